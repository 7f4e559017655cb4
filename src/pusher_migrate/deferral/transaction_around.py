"""The transaction around a call: whether there is one, on which database, and how that is said."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from pusher_migrate.deferral.values import Site
from pusher_migrate.index.code.syntax import decorator_name, keyword_of, own_nodes
from pusher_migrate.index.transactions.atomic import Block, Transactions

_DANGER = (
    "subscribers could hear of it before the commit, and of a transaction that is then rolled back."
)
_NO_TRANSACTION = (
    "No transaction is visible around it, so it is sent at once{before}; when a caller opens one, "
    "it waits for the commit."
)


@dataclass(frozen=True, slots=True)
class TransactionAround:
    """What is known of the transaction around a call.

    Attributes:
        blocks: The blocks around it, the nearest first; empty when none is visible.
        using: Source of the database alias for ``on_commit``; None for the default database.
        problem: Why the alias cannot be told; None when it can.
        doubts: Why a person should look.
        inserted: Whether nothing was sent there before.
    """

    blocks: tuple[Block, ...]
    using: str | None = None
    problem: str | None = None
    doubts: tuple[str, ...] = ()
    inserted: bool = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is visible."""
        return bool(self.blocks)

    @property
    def said(self) -> str:
        """Where it matters, as a sentence."""
        if self.blocks:
            return f"{_opened(self.blocks[0])}: {_DANGER}"
        return _NO_TRANSACTION.format(before="" if self.inserted else ", as before")


def transaction_around(site: Site, transactions: Transactions) -> TransactionAround:
    """What is around a site."""
    own = transactions.inside(site.module, site.anchor)
    outer = transactions.around(site.module, site.anchor)
    blocks = (*own, *outer)
    using, problem = _alias(site, own or outer)
    doubts = () if problem else _other_databases(site, using)
    return TransactionAround(blocks, using, problem, doubts, site.inserted)


def _alias(site: Site, blocks: Sequence[Block]) -> tuple[str | None, str | None]:
    """The database of the nearest blocks, and why it cannot be told."""
    aliases: dict[str, None] = {}
    for block in blocks:
        if block.using is None:
            aliases["default"] = None
        elif isinstance(block.using, ast.Constant) and isinstance(block.using.value, str):
            aliases[block.using.value] = None
        else:
            return None, (
                f"the database of the transaction ({_place(block)}) is not literal "
                f"(using={ast.unparse(block.using)}), so on_commit cannot be given the same one"
            )
    if len(aliases) > 1:
        listed = " and ".join(aliases)
        return (
            None,
            f"it stands in transactions on several databases ({listed}); choose one by hand",
        )
    alias = next(iter(aliases), "default")
    if alias == "default":
        return None, None
    if blocks[0].kind == "caller":
        return None, (
            f"it is called in a transaction on the database {alias!r} ({_place(blocks[0])}), which "
            "the function does not know: pass the alias, or send there"
        )
    return f'"{alias}"', None


def _other_databases(site: Site, using: str | None) -> tuple[str, ...]:
    """Writes of the function on a database other than the one whose commit is waited for."""
    function = site.function
    if function is None:
        return ()
    waited = using.strip("\"'") if using else "default"
    for node in own_nodes(function):
        if not isinstance(node, ast.Call):
            continue
        named = keyword_of(node, "using")
        if decorator_name(node) == "using" and node.args:
            named = node.args[0]
        if decorator_name(node) == "atomic" or named is None:
            continue
        if isinstance(named, ast.Constant) and named.value in (waited, None):
            continue
        return (
            f"line {node.lineno} names a database ({ast.unparse(named)}), and the event waits for "
            f"the commit on {waited!r}",
        )
    return ()


def _opened(block: Block) -> str:
    """The beginning of a sentence: what opens the transaction."""
    durable = " (durable: its end is the commit)" if block.durable else ""
    match block.kind:
        case "with":
            return f"Inside the transaction.atomic of line {block.line}{durable}"
        case "decorator":
            return f"The function runs in transaction.atomic (line {block.line}{durable})"
        case "requests":
            return f"ATOMIC_REQUESTS ({block.path}:{block.line}) makes a request one transaction"
        case "caller":
            how = (
                "in a request that is one transaction"
                if block.detail == "requests"
                else ("inside a transaction")
            )
            return f"Called {how} at {block.path}:{block.line}"
        case "signal":
            return f"Django sends {block.detail} inside the transaction of the write"
        case "admin":
            return f"The admin calls {block.detail} inside a transaction"
    return "A migration runs in a transaction"


def _place(block: Block) -> str:
    return f"{block.path}:{block.line}"
