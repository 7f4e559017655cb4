"""How arguments reach parameters: positions, names, ``*args`` and ``**kwargs``, partials.

Source of the rules: Python's language reference, "Calls".
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.code.scopes import FunctionNode
from pusher_migrate.index.code.syntax import default_of
from pusher_migrate.index.types.types import FunctionType
from pusher_migrate.index.values.values import Frame, Items, Record, Unknown, Value

#: An expression and where it is evaluated.
Argument = tuple[ast.expr, Frame]
Evaluate = Callable[[ast.expr, Frame], Value]


@dataclass(frozen=True, eq=False, slots=True)
class Passed:
    """The arguments of one call, stars looked through.

    Attributes:
        positional: In order.
        keywords: By name.
        rest: A ``*`` argument of which the content is not known; what follows it has no place.
        rest_keywords: A ``**`` argument likewise.
    """

    positional: tuple[Argument, ...] = ()
    keywords: dict[str, Argument] = field(default_factory=dict)
    rest: Argument | None = None
    rest_keywords: Argument | None = None

    def after(self, earlier: Passed) -> Passed:
        """These arguments behind those of a partial that was made before."""
        if earlier.rest is not None:
            return Passed(
                earlier.positional,
                earlier.keywords | self.keywords,
                earlier.rest,
                self.rest_keywords or earlier.rest_keywords,
            )
        return Passed(
            earlier.positional + self.positional,
            earlier.keywords | self.keywords,
            self.rest,
            self.rest_keywords or earlier.rest_keywords,
        )


def passed(
    evaluate: Evaluate,
    arguments: Iterable[ast.expr],
    keywords: Iterable[ast.keyword],
    frame: Frame,
) -> Passed:
    """The arguments of a call that stands in a frame."""
    positional: list[Argument] = []
    rest: Argument | None = None
    for argument in arguments:
        if rest is not None:
            break
        if not isinstance(argument, ast.Starred):
            positional.append((argument, frame))
            continue
        value = evaluate(argument.value, frame)
        if isinstance(value, Items) and not value.open:
            positional += value.elements
        elif isinstance(value, Unknown) and isinstance(value.node, ast.Name):
            rest = (argument.value, frame)
        else:
            rest = (argument, frame)
    named: dict[str, Argument] = {}
    rest_keywords: Argument | None = None
    for keyword in keywords:
        if keyword.arg is not None:
            named[keyword.arg] = (keyword.value, frame)
            continue
        value = evaluate(keyword.value, frame)
        if isinstance(value, Record):
            sure = [e for e in value.entries if not (e.optional or e.varies)]
            named.update({entry.key: (entry.node, entry.frame) for entry in sure})
            if not value.open and len(sure) == len(value.entries):
                continue
        rest_keywords = (keyword.value, frame)
    return Passed(tuple(positional), named, rest, rest_keywords)


def by_name(arguments: Passed, names: Sequence[str]) -> dict[str, Argument]:
    """The arguments by the names of the parameters, given in order.

    What an unknown ``*`` or ``**`` argument may bring stands for the parameters that are left.
    """
    found = dict(zip(names, arguments.positional, strict=False))
    for name, argument in arguments.keywords.items():
        found.setdefault(name, argument)
    for unknown in (arguments.rest, arguments.rest_keywords):
        if unknown is not None:
            for name in names:
                found.setdefault(name, unknown)
    return found


def bound(
    called: FunctionType, arguments: Passed, receiver: Argument | None, depth: int
) -> dict[str, Argument]:
    """What a called function finds under the names of its parameters; unknown ones are left out.

    Args:
        called: The function.
        arguments: What it is called with.
        receiver: What its ``self`` or ``cls`` is, when it is bound and that is written down.
        depth: Number of calls and variables looked through so far.
    """
    declared = called.node.args
    positional = [*declared.posonlyargs, *declared.args]
    values: dict[str, Argument] = {}
    if called.bound is not None and positional:
        if receiver is not None:
            values[positional[0].arg] = receiver
        positional = positional[1:]
    for parameter, argument in zip(positional, arguments.positional, strict=False):
        values[parameter.arg] = argument
    others = [*positional[len(arguments.positional) :], *declared.kwonlyargs]
    names = {parameter.arg for parameter in (*declared.args, *declared.kwonlyargs)}
    for parameter in others:
        argument_given = arguments.keywords.get(parameter.arg)
        if argument_given is not None and parameter.arg in names:
            values[parameter.arg] = argument_given
            continue
        missing = arguments.rest if parameter not in declared.kwonlyargs else None
        missing = missing or arguments.rest_keywords
        if missing is not None:
            values[parameter.arg] = missing  # One of them brings it, or else it is the default.
            continue
        default = default_of(called.node, parameter)
        if default is not None:
            values[parameter.arg] = (default, _home(called.module, called.node, depth))
    home = _home(called.module, called.node, depth)
    if declared.vararg is not None:
        extra = _gathered(arguments.positional[len(positional) :], arguments.rest, home)
        if extra is not None:
            values[declared.vararg.arg] = extra
    if declared.kwarg is not None:
        surplus = {k: v for k, v in arguments.keywords.items() if k not in names}
        gathered = _gathered_keywords(surplus, arguments.rest_keywords, home)
        if gathered is not None:
            values[declared.kwarg.arg] = gathered
    return values


def _home(module: Module, function: FunctionNode, depth: int) -> Frame:
    """Where the defaults of a function are evaluated."""
    around = module.named_function_around(function)
    return Frame(module, around, module.statement_around(function), {}, depth + 1)


def _gathered(
    positional: Sequence[Argument], rest: Argument | None, home: Frame
) -> Argument | None:
    """What lands in ``*args``, as a tuple; None when its parts are of different frames."""
    parts = [*positional, *([rest] if rest is not None else [])]
    frames = {frame for _, frame in parts} or {home}
    if len(frames) != 1:
        return None
    elements: list[ast.expr] = [node for node, _ in positional]
    if rest is not None:
        star = rest[0] if isinstance(rest[0], ast.Starred) else ast.Starred(rest[0], ast.Load())
        elements.append(star)
    return ast.Tuple(elements, ast.Load()), frames.pop()


def _gathered_keywords(
    keywords: dict[str, Argument], rest: Argument | None, home: Frame
) -> Argument | None:
    """What lands in ``**kwargs``, as a dictionary; None when its parts are of different frames."""
    parts = [*keywords.values(), *([rest] if rest is not None else [])]
    frames = {frame for _, frame in parts} or {home}
    if len(frames) != 1:
        return None
    keys: list[ast.expr | None] = [ast.Constant(name) for name in keywords]
    values: list[ast.expr] = [node for node, _ in keywords.values()]
    if rest is not None:
        keys.append(None)
        values.append(rest[0])
    return ast.Dict(keys, values), frames.pop()
