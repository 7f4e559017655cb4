"""Defer a call to the commit: ``transaction.on_commit(lambda room=room: manager.send(room))``.

Arguments are bound as defaults, so that they are what they were at the place of the call: a bare
``lambda: manager.send(room)`` would see a later value of ``room``, in a loop the last one.
``functools.partial`` would bind too, but with ``robust=True`` Django loses the callbacks behind one
that fails (ticket 36487), so it is never written.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from pusher_migrate.nodes import walk
from pusher_migrate.syntax.calls import (
    DOUBLE_STAR,
    CallParts,
    as_argument,
    as_receiver,
    as_value,
    parenthesized,
    parse_expression,
)
from pusher_migrate.syntax.default_names import root_name, telling_names
from pusher_migrate.syntax.layout import Refusal
from pusher_migrate.syntax.names import bindings, free_name, identifiers, is_builtin, names_read
from pusher_migrate.syntax.rows import indented, parsed

#: Name and expression of a default argument.
Binding = tuple[str, str]

#: What leaves a function, suspends it, or binds names outside it, and how that is said.
_NOT_MOVABLE: tuple[tuple[type[ast.AST] | tuple[type[ast.AST], ...], str], ...] = (
    (ast.Return, "it returns"),
    (ast.Raise, "it raises"),
    ((ast.Yield, ast.YieldFrom), "it yields"),
    ((ast.Await, ast.AsyncFor, ast.AsyncWith), "it awaits"),
    ((ast.Global, ast.Nonlocal), "it binds names of the code around it"),
    (ast.NamedExpr, "it binds a name with :="),
)


@dataclass(frozen=True, slots=True)
class BoundCall:
    """A call whose arguments are bound by value.

    Attributes:
        call: The call with the defaults' names for arguments.
        bindings: The defaults, in the order in which the arguments were evaluated.
        evaluated: The arguments that are more than a name: they are evaluated at registration, so
            what they raise is raised there, outside a ``try`` that moves into the callback.
    """

    call: CallParts
    bindings: tuple[Binding, ...]
    evaluated: tuple[str, ...] = ()


def bind_call(
    call: CallParts,
    *,
    local_names: Collection[str] = (),
    constants: Collection[str] = (),
    taken: Collection[str] = (),
    parameters: Sequence[str] = (),
) -> BoundCall | Refusal:
    """Bind the arguments of a call by value.

    A name is bound as itself, other expressions under a name that tells what they are
    (``room_id=room.id``, ``now=timezone.now()``). Literals, and displays of literals, stay.

    Args:
        call: The call as it stands.
        local_names: Names that are local where it stands. One that the receiver begins with is
            bound too (but ``self`` and ``cls``, which nobody rebinds), and they make for names that
            tell more: ``old_status_lower``, not ``lower``.
        constants: Names, plain or dotted, that never change and so stay.
        taken: Names that no default must have.
        parameters: Names of the method's parameters in order, for what has no name of its own.

    Raises:
        ValueError: A part of the call is not valid source.
    """
    binder = _Binder(call, frozenset(local_names), frozenset(constants), frozenset(taken))
    positional: list[str] = []
    keywords: list[tuple[str, str]] = []
    receiver = binder.receiver()
    for number, text in enumerate(call.positional, 1):
        meant = parameters[number - 1] if number <= len(parameters) else ""
        argument = binder.argument(text, "", number, meant)
        if isinstance(argument, Refusal):
            return argument
        positional.append(argument)
    for number, (name, text) in enumerate(call.keywords, len(call.positional) + 1):
        argument = binder.argument(text, name, number)
        if isinstance(argument, Refusal):
            return argument
        keywords.append((name, argument))
    bound = CallParts(receiver, call.method, tuple(positional), tuple(keywords))
    return BoundCall(bound, tuple(binder.bindings), tuple(binder.evaluated))


def bind_names(code: str, local_names: Collection[str]) -> tuple[Binding, ...] | Refusal:
    """The defaults that statements need when they move into a function of their own.

    Args:
        code: The statements.
        local_names: Names that are local where they stand.

    Returns:
        Each local name that they read; a refusal when they cannot move, because they return,
        raise, suspend, leave a loop outside, or set something that outlives them.

    Raises:
        ValueError: It is not valid source.
    """
    tree = parsed(code)
    if tree is None:
        raise ValueError(f"not valid source: {code!r}")
    reason = next(filter(None, map(_why_not_movable, walk(tree))), None)
    if reason is None and any(_leaves_loop(node) for node in tree.body):
        reason = "it leaves or continues a loop"
    handled = _handler_names(tree)
    bound = bindings(tree)
    sets = sorted((set(bound) - handled) & set(local_names))
    if reason is None and sets:
        reason = f"it sets {', '.join(sets)}"
    if reason is None and any(not _only_in_handlers(tree, name) for name in handled):
        reason = "the name of a caught exception is used outside its handler"
    if reason:
        return Refusal(f"the code cannot move into a callback: {reason}")
    names = [name for name in names_read([tree]) if name in local_names and name not in bound]
    return tuple((name, name) for name in names)


def render_on_commit(
    call: CallParts,
    bindings: Sequence[Binding],
    *,
    on_commit: str,
    using: str | None,
    robust: bool,
) -> str:
    """The statement that makes a call when the transaction commits, not formatted.

    Args:
        call: The call, its arguments bound (`bind_call`).
        bindings: The defaults.
        on_commit: The expression for Django's ``django.db.transaction.on_commit``.
        using: Source of the database alias; None for the default one.
        robust: Whether Django is to log what the callback raises and go on (since Django 4.2).

    Raises:
        ValueError: A part is not valid source.
    """
    parameters = _parameters(bindings)
    head = f"lambda {parameters}" if parameters else "lambda"
    return _register(f"{head}: {call.render()}", on_commit, using, robust)


def render_nested_def(
    body: str,
    bindings: Sequence[Binding],
    *,
    on_commit: str,
    using: str | None,
    robust: bool,
    taken: Collection[str] = (),
    name: str = "notify",
) -> str:
    """A local function around statements, and the statement that registers it.

    Args:
        body: Statements that start in the first column.
        bindings: The function's defaults (`bind_names`, and those of a bound call in the body).
        on_commit: As for `render_on_commit`.
        using: As for `render_on_commit`.
        robust: As for `render_on_commit`.
        taken: Names that the function must not have: those that the code around it uses.
        name: The function's name, if that is free.

    Raises:
        ValueError: A part is not valid source.
    """
    tree = parsed(body)
    if tree is None or not tree.body:
        raise ValueError(f"not valid source: {body!r}")
    used = identifiers(tree) | set(taken) | {bound for bound, _ in bindings}
    free = free_name((name, f"{name}_on_commit"), used.__contains__)
    head = f"def {free}({_parameters(bindings)}):"
    block = indented(body.strip("\n"), " " * 4)
    return f"{head}\n{block}\n{_register(free, on_commit, using, robust)}"


def _register(callback: str, on_commit: str, using: str | None, robust: bool) -> str:
    arguments = [callback]
    if using is not None:
        arguments.append(f"using={as_value(using)}")
    if robust:
        arguments.append("robust=True")
    return f"{as_receiver(on_commit)}({', '.join(arguments)})"


def _parameters(bindings: Sequence[Binding]) -> str:
    return ", ".join(f"{name}={_default(text)}" for name, text in bindings)


def _default(text: str) -> str:
    value = as_value(text)
    # `lambda f=lambda: 1: f()` is valid, and nobody can read it.
    return parenthesized(value) if isinstance(parse_expression(value), ast.Lambda) else value


class _Binder:
    """Collects the defaults of one call."""

    def __init__(
        self,
        call: CallParts,
        local_names: frozenset[str],
        constants: frozenset[str],
        taken: frozenset[str],
    ) -> None:
        self.bindings: list[Binding] = []
        self.evaluated: list[str] = []
        self._call = call
        self._locals = local_names
        self._constants = constants
        # Names that mean something else inside the callback, before any default is named.
        self._used = set(taken) | set(names_read([parse_expression(call.receiver)]))
        self._plain: set[str] = set()
        for name, text in (*(("", text) for text in call.positional), *call.keywords):
            starred = name == DOUBLE_STAR or text.lstrip().startswith("*")
            node = parse_expression(text.strip().removeprefix("*"))
            if isinstance(node, ast.Name) or self._stays(node):
                self._used.update(names_read([node]))
            if isinstance(node, ast.Name) and not starred:
                self._plain.add(node.id)

    def receiver(self) -> str:
        """The receiver as the callback has to write it."""
        text = self._call.receiver
        node = parse_expression(text)
        read = [name for name in names_read([node]) if name in self._locals - {"self", "cls"}]
        if not read:
            return text
        if root_name(node) is not None:
            self._bind(read[0], read[0])
            return text
        return self._evaluate(text, node, ["manager"])

    def argument(self, text: str, keyword: str, number: int, parameter: str = "") -> str | Refusal:
        """An argument as the callback has to write it.

        Args:
            text: Its source.
            keyword: Its name; empty for a positional one.
            number: Its 1-based place in the call.
            parameter: The parameter that it is for, when that is known of a positional one.
        """
        text = as_argument(text)
        if text.startswith("*"):
            inner = text[1:].strip()
            return "*" + self._unpacked(inner, f"(*{as_receiver(inner)},)", number)
        if keyword == DOUBLE_STAR:
            return self._unpacked(text, f"{{**{as_receiver(text)}}}", number)
        node = parse_expression(text)
        if self._stays(node):
            return text
        if isinstance(node, ast.Name):
            self._bind(node.id, node.id)
            return node.id
        if isinstance(node, ast.GeneratorExp):
            return Refusal(
                "an argument is a generator, which would run only at the commit; make it a list"
            )
        names = [keyword] if keyword else []
        names += telling_names(node, self._locals)
        if parameter:
            names += [parameter, f"{parameter}_value"]
        return self._evaluate(text, node, [*names, f"arg{number}"])

    def _unpacked(self, text: str, display: str, number: int) -> str:
        """Bind a copy: what is unpacked may be an iterator, or change until the commit."""
        node = parse_expression(text)
        names = [*telling_names(node, self._locals), f"arg{number}"]
        if isinstance(node, ast.Name):
            others = {bound for name, bound in self.bindings if name == node.id} - {display}
            if node.id not in self._plain and not others:
                self._bind(node.id, display)
                self.evaluated.append(display)
                return node.id
            # `send(rooms, *rooms)`: one default cannot be both.
            names = [f"{node.id}_copy", f"arg{number}"]
        return self._evaluate(display, node, names)

    def _bind(self, name: str, text: str) -> None:
        if (name, text) not in self.bindings:
            self.bindings.append((name, text))
        self._used.add(name)

    def _evaluate(self, text: str, node: ast.expr, names: Sequence[str]) -> str:
        name = free_name(names, self._used.__contains__)
        self._bind(name, text)
        self.evaluated.append(text)
        return name

    def _stays(self, node: ast.expr) -> bool:
        """Whether an argument is the same at the commit, whenever it is evaluated."""
        if isinstance(node, ast.Constant):
            return True
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.operand, ast.Constant)
        if isinstance(node, ast.JoinedStr):
            return not any(isinstance(part, ast.FormattedValue) for part in node.values)
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return all(self._stays(item) for item in node.elts)
        if isinstance(node, ast.Dict):
            return all(
                item is not None and self._stays(item) for item in (*node.keys, *node.values)
            )
        if isinstance(node, ast.Name) and is_builtin(node.id):
            return node.id not in self._locals
        return root_name(node) is not None and ast.unparse(node) in self._constants


def _why_not_movable(node: ast.AST) -> str | None:
    for kinds, reason in _NOT_MOVABLE:
        if isinstance(node, kinds):
            return reason
    if isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
        return f"it sets {ast.unparse(node)}"
    return None


def _leaves_loop(node: ast.AST) -> bool:
    if isinstance(node, (ast.Break, ast.Continue)):
        return True
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return False
    if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
        return any(_leaves_loop(child) for child in node.orelse)
    return any(_leaves_loop(child) for child in ast.iter_child_nodes(node))


def _handler_names(tree: ast.AST) -> frozenset[str]:
    return frozenset(
        node.name
        for node in walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.name is not None
    )


def _only_in_handlers(tree: ast.AST, name: str) -> bool:
    """Whether a name occurs only in the handlers that catch an exception under it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and node.id == name:
            return False
        if isinstance(node, ast.ExceptHandler) and node.name == name:
            stack.extend([node.type] if node.type else [])
        else:
            stack.extend(ast.iter_child_nodes(node))
    return True
