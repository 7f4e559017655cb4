"""What was done, before and after an emission, to the objects that it tells of."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from pusher_migrate.deferral.arguments import Arguments
from pusher_migrate.deferral.clauses import few, is_of_list, summary
from pusher_migrate.deferral.expressions import Expressions
from pusher_migrate.deferral.outside import Outside
from pusher_migrate.deferral.values import Site
from pusher_migrate.index.build import ProjectIndex
from pusher_migrate.index.calls import callees
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.flow.bindings import node_bindings
from pusher_migrate.index.flow.graph import Graph, Node
from pusher_migrate.index.instances import frameworks
from pusher_migrate.index.instances.aftermath import Aftermath
from pusher_migrate.index.instances.chains import Chain, Reference, chain_of, text_of
from pusher_migrate.index.instances.touches import Touch, TouchKind
from pusher_migrate.index.transactions.atomic import Transactions
from pusher_migrate.index.types import models
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.types import ClassType, Instance, Type
from pusher_migrate.nodes import walk

_DELETE_SIGNALS = ("pre_delete", "post_delete")


@dataclass(frozen=True, slots=True)
class Persisting:
    """A statement behind the emission that persists what the event tells of.

    Attributes:
        statement: The statement.
        text: The call in it, ``room.save``.
        deletes: Whether it deletes.
    """

    statement: ast.stmt
    text: str
    deletes: bool


class History:
    """Looks around one site.

    Args:
        site: Where.
        index: The project.
        arguments: The site's arguments.
        aftermath: Follows objects.
        transactions: Tells whose transaction is open where.
    """

    def __init__(
        self,
        site: Site,
        index: ProjectIndex,
        arguments: Arguments,
        aftermath: Aftermath,
        transactions: Transactions,
    ) -> None:
        function = site.function
        assert function is not None
        self.site = site
        self.function: FunctionNode = function
        self.module = site.module
        self.inference = index.inference
        self.arguments = arguments
        self.aftermath = aftermath
        self.outside = Outside(aftermath, transactions)
        self.graph: Graph = index.inference.locals.graph(function)
        self.here = self.graph.nodes_of(site.statement)
        self.carried = arguments.carried()

    # --- Before -----------------------------------------------------------------------------------

    def gone(self) -> str | None:
        """Why an instance has no primary key when the callback runs, or now already."""
        keys = self.arguments.keys_read()
        for chain in dict.fromkeys([*self.carried, *keys]):
            deletes = self._calls(chain, callees.DELETES)
            nodes = [node for node, _ in deletes]
            if nodes and self._reaches(nodes, chain):
                text, line = text_of(chain), deletes[0][1].lineno
                return (
                    f"line {line} deletes {text} before it, so {text}.id is None here already: the "
                    "event is wrong as it is. Take the values before the delete"
                )
        if self.carried and any(
            signal in _DELETE_SIGNALS
            for signal, _ in signals_of(self.inference, self.module, self.function)
        ):
            if ("instance",) in self.carried:
                return (
                    "after a delete Django sets instance.id to None, which can come before the "
                    "commit: pass the values that the event needs instead of the instance"
                )
        return None

    def expression(self) -> str | None:
        """Why an instance holds a database expression instead of a value."""
        expressions = Expressions(self.inference, self.aftermath)
        body = self.aftermath.body(self.module, self.function)
        for chain in self.arguments.read():
            renewed = [node for node, _ in self._calls(chain, callees.REFRESHES)]
            found = [
                (node, ast.unparse(target))
                for node, target, value in self._assignments(chain)
                if expressions.is_one(self.module, value)
            ]
            found += [
                (node, f"what {name} sets on {text_of(chain)}")
                for node in self.graph.nodes
                for name in expressions.set_by(body.passages(node), chain)
            ]
            for node, what in found:
                if self._reaches([node], chain, renewed):
                    return (
                        f"{what} is a database expression since line {node.line}, not a "
                        f"value: call {text_of(chain)}.refresh_from_db() before the event"
                    )
        return None

    def persisting(self) -> Persisting | None:
        """What persists, behind the emission, a change that was made before it."""
        for chain in self.arguments.read():
            saves = self._calls(chain, callees.SAVES)
            if not saves:
                continue
            changes = [node for node, _, _ in self._assignments(chain)]
            done = [node for node, _ in saves]
            later = [pair for pair in saves if self._follows(pair[0], chain)]
            if later and changes and self._reaches(changes, chain, done):
                return self._persisting(later[0], deletes=False)
            if later and self._comes_unsaved(chain, changes, done):
                return self._persisting(later[0], deletes=False)
        for chain in self.arguments.read():
            deletes = [
                pair
                for pair in self._calls(chain, callees.DELETES)
                if self._follows(pair[0], chain)
            ]
            if deletes:
                return self._persisting(deletes[0], deletes=True)
        return None

    def _comes_unsaved(self, chain: Chain, changes: list[Node], saves: list[Node]) -> bool:
        """Whether an object is saved behind the site only, and nothing changes it in between.

        What the save of a parameter is for was done by the caller then; a new object is in no
        database at all.
        """
        return (
            len(chain) == 1
            and self._is_new_or_given(chain[0])
            and not any(self._follows(node, chain) for node in changes)
            and not self._reaches(saves, chain)
        )

    def _is_new_or_given(self, name: str) -> bool:
        scope = self.module.scopes[self.function]
        if name not in scope.names:
            return False
        bindings = self.inference.locals.bindings_at(
            self.module, scope, ast.Name(name, ast.Load()), self.site.statement
        )
        return any(
            binding.kind == "parameter"
            or (
                binding.kind == "assign"
                and isinstance(binding.value, ast.Call)
                and isinstance(self.inference.type_of(self.module, binding.value.func), ClassType)
            )
            for binding in bindings
        )

    def before_write(self) -> str | None:
        """Why an instance is not in the database yet, whatever this function does."""
        signals = signals_of(self.inference, self.module, self.function)
        if any(signal == "pre_save" for signal, _ in signals) and self.carried:
            return (
                "Django sends pre_save before it writes, and without a transaction on_commit sends "
                "at once: send in post_save, with what has to be known of before kept until then"
            )
        return None

    def _persisting(self, found: tuple[Node, ast.Call], *, deletes: bool) -> Persisting:
        call = found[1]
        return Persisting(self.module.statement_around(call), ast.unparse(call.func), deletes)

    def stale(self) -> Iterator[str]:
        """Bulk writes on the way here, which leave instances in memory as they were."""
        for chain in self.carried:
            found = self._type_of(chain)
            if not isinstance(found, Instance):
                continue
            for graph_node in self.graph.nodes:
                for call in _calls_in(graph_node):
                    if callees.last_name(call) not in ("update", "bulk_update"):
                        continue
                    if f"{found.cls.name}.objects" not in ast.unparse(call.func):
                        continue
                    if self._reaches([graph_node], chain):
                        yield (
                            f"{ast.unparse(call.func)} (line {call.lineno}) changes rows, not "
                            f"{text_of(chain)}: fetch it again if the event is to tell of that"
                        )

    # --- After ------------------------------------------------------------------------------------

    def later(self, start: ast.stmt) -> tuple[list[str], list[str]]:
        """What is done to the arguments behind a statement: refusals and doubts, as clauses."""
        refusals: list[str] = []
        doubts: list[str] = []
        outside: list[str] = []
        starts = self.graph.nodes_of(start)
        for chain in self.carried:
            touches = self.aftermath.after(self.module, self.function, starts, [Reference(chain)])
            if touches is None:
                refusals.append("the function has too many paths to follow its arguments on")
                break
            if self._is_row(chain) or self._calls(chain, callees.SAVES):
                touches = [touch for touch in touches if not is_of_list(touch)]
            unsaved = self.aftermath.unsaved(self.module, self.function, touches)
            for touch in touches:
                self._judge(touch, unsaved, chain, refusals, doubts)
            doubts += summary([touch for touch in touches if touch not in unsaved], chain)
            if self.aftermath.is_cut_short(self.module, self.function, starts, chain):
                doubts.append(f"{text_of(chain)} goes by too many names to look at all of them")
            names = self.aftermath.names(self.module, self.function, starts, chain)
            left = self.aftermath.left(self.module, self.function, starts, [Reference(chain)])
            outside += self.outside.doubts(self.module, self.function, names, left)
        doubts += few(list(dict.fromkeys(outside)))
        return list(dict.fromkeys(refusals)), list(dict.fromkeys(doubts))

    def _judge(
        self,
        touch: Touch,
        unsaved: list[Touch],
        chain: Chain,
        refusals: list[str],
        doubts: list[str],
    ) -> None:
        line, text = touch.line, text_of(chain)
        if touch in unsaved:
            shown = "a deferred event would show that"
            if self._is_row(chain):
                shown = f"and does not save it on every path: {shown}, which is in no database"
            refusals.append(f"line {line} changes {text} afterwards ({touch.text}), {shown}")
        elif touch.kind is TouchKind.DELETED:
            if touch.part:
                doubts.append(f"line {line} deletes a part of {text} ({touch.text})")
            else:
                refusals.append(
                    f"line {line} deletes {text} afterwards, so at the commit its id is None: pass "
                    "the values that the event needs"
                )
        elif touch.kind is TouchKind.REFRESHED:
            doubts.append(f"line {line} reads {text} anew: the event would tell of that state")
        elif touch.kind is TouchKind.POSSIBLE:
            doubts.append(
                f"a function that is defined behind it changes {text} (line {line}, {touch.text}): "
                "if it runs before the commit, the event would show that"
            )

    def _is_row(self, chain: Chain) -> bool:
        found = self._type_of(chain)
        return isinstance(found, Instance) and models.is_model(self.inference, found.cls)

    def _type_of(self, chain: Chain) -> Type | None:
        if "[]" in chain:
            return None
        return self.arguments.type_of(ast.parse(".".join(chain), mode="eval").body)

    # --- Syntax around ----------------------------------------------------------------------------

    def _calls(self, chain: Chain, names: frozenset[str]) -> list[tuple[Node, ast.Call]]:
        """Calls of a method of an object in this function: ``room.save()``, ``super().save()``."""
        return [
            (node, call)
            for node in self.graph.nodes
            for call in _calls_in(node)
            if _is_call_of(call, chain, names)
            or (names is callees.DELETES and chain == self._deleted(call))
        ]

    def _deleted(self, call: ast.Call) -> Chain | None:
        return frameworks.deleted(self.inference, self.module, call)

    def _assignments(self, chain: Chain) -> Iterator[tuple[Node, ast.expr, ast.expr]]:
        """Assignments to attributes of an object, with the value."""
        for node in self.graph.nodes:
            tree = node.tree
            if isinstance(tree, ast.Assign):
                targets, value = tree.targets, tree.value
            elif isinstance(tree, ast.AugAssign | ast.AnnAssign) and tree.value is not None:
                targets, value = [tree.target], tree.value
            else:
                continue
            for outer in targets:
                for target in walk(outer):
                    if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store):
                        if chain_of(target.value) == chain:
                            yield node, target, value

    def _rebinding(self, chain: Chain) -> set[Node]:
        """Nodes after which the chain's name stands for another object."""
        return {
            node
            for node in self.graph.nodes
            if any(binding.name == chain[0] for binding in node_bindings(node))
        }

    def _reaches(self, nodes: Iterable[Node], chain: Chain, without: Iterable[Node] = ()) -> bool:
        """Whether the site can be reached from one of the nodes with the object still the same."""
        starts = set(nodes)
        rebinding = self._rebinding(chain) - starts
        return self._exists_path(starts, self.here, rebinding, set(without) - starts)

    def _follows(self, node: Node, chain: Chain) -> bool:
        """Whether a node can be reached from the site with the object still the same."""
        return self._exists_path(self.here, (node,), self._rebinding(chain))

    def _exists_path(
        self,
        starts: Iterable[Node],
        goals: Iterable[Node],
        rebinding: Collection[Node],
        without: Collection[Node] = (),
    ) -> bool:
        """As `Graph.exists_path`; a loop that ends does not bind its target anew."""
        wanted, seen = set(goals), set[Node]()
        stack = [e.target for node in starts for e in self.graph.successors(node) if e.completes]
        while stack:
            node = stack.pop()
            if node in wanted:
                return True
            if node in seen:
                continue
            seen.add(node)
            for edge in self.graph.successors(node):
                bound = node in rebinding and edge.binds
                if not (edge.completes and (bound or node in without)):
                    stack.append(edge.target)
        return False


def _calls_in(node: Node) -> Iterator[ast.Call]:
    for code in node.code:
        for part in walk(code):
            if isinstance(part, ast.Call):
                yield part


def _is_call_of(call: ast.Call, chain: Chain, names: frozenset[str]) -> bool:
    function = call.func
    if isinstance(function, ast.Attribute) and function.attr in names:
        of_self = chain == ("self",) and _is_super(function.value)
        return of_self or chain_of(function.value) == chain
    if names is callees.DELETES and callees.last_name(call) in callees.DELETING_FUNCTIONS:
        return any(chain_of(argument) == chain for argument in call.args)
    return False


def _is_super(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )
