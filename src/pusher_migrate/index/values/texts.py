"""Text that is put together of parts: f-strings, ``%``, ``format``, ``join``."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from pusher_migrate.index.values import records
from pusher_migrate.index.values.formats import Field, brace_parts, percent_parts
from pusher_migrate.index.values.questions import Evaluation
from pusher_migrate.index.values.values import Frame, Items, Scalar, Text, Unknown, Value, text_of


def joined(evaluation: Evaluation, node: ast.JoinedStr, frame: Frame) -> Value:
    """An f-string."""
    parts: list[str | Unknown] = []
    for part in node.values:
        if isinstance(part, ast.FormattedValue):
            plain = part.format_spec is None and part.conversion in (-1, ord("s"))
            parts += (
                spliced(evaluation, part.value, frame) if plain else [Unknown(part.value, frame)]
            )
        elif isinstance(part, ast.Constant):
            parts.append(str(part.value))
    return text_of(parts)


def spliced(evaluation: Evaluation, node: ast.expr, frame: Frame) -> list[str | Unknown]:
    """An expression put into a string by ``str()``."""
    value = evaluation.evaluate(node, frame)
    if isinstance(value, Text):
        return list(value.parts)
    if isinstance(value, Scalar):
        return [str(value.value)]
    if isinstance(value, Unknown):
        return [value]
    return [Unknown(node, frame)]


def percent(evaluation: Evaluation, template: str, node: ast.BinOp, frame: Frame) -> Value:
    """``"room-%s" % room.id``, also with a tuple or a dictionary on the right."""
    if isinstance(node.right, ast.Dict):
        record = records.display(evaluation, node.right, frame)
        named = {e.key: (e.node, e.frame) for e in record.entries}
        return _filled(evaluation, percent_parts(template), (), named, node, frame)
    values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    parts = percent_parts(template)
    fields = sum(isinstance(part, Field) for part in parts or ())
    if fields != len(values):
        return Unknown(node, frame)
    return _filled(evaluation, parts, [(value, frame) for value in values], {}, node, frame)


def formatted(evaluation: Evaluation, template: str, node: ast.Call, frame: Frame) -> Value:
    """``"room-{}".format(room.id)``, by position and name."""
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        return Unknown(node, frame)
    named = {k.arg: (k.value, frame) for k in node.keywords if k.arg is not None}
    positional = [(argument, frame) for argument in node.args]
    return _filled(evaluation, brace_parts(template), positional, named, node, frame)


def put_together(
    evaluation: Evaluation, function: ast.Attribute, node: ast.Call, frame: Frame
) -> Value:
    """``"-".join(["room", kind])``, of a list of which all elements are seen."""
    separator = evaluation.evaluate(function.value, frame)
    items = evaluation.evaluate(node.args[0], frame)
    if isinstance(separator, Text) and isinstance(items, Items) and not items.open:
        parts: list[str | Unknown] = []
        for index, (element, home) in enumerate(items.elements):
            parts += [*(separator.parts if index else ()), *spliced(evaluation, element, home)]
        return text_of(parts)
    return Unknown(node, frame)


def _filled(
    evaluation: Evaluation,
    parts: list[str | Field] | None,
    positional: Sequence[tuple[ast.expr, Frame]],
    named: Mapping[str, tuple[ast.expr, Frame]],
    node: ast.expr,
    frame: Frame,
) -> Value:
    filled: list[str | Unknown] = []
    for part in parts or ():
        if isinstance(part, str):
            filled.append(part)
        elif isinstance(part.name, int) and part.name < len(positional):
            filled += spliced(evaluation, *positional[part.name])
        elif isinstance(part.name, str) and part.name in named:
            filled += spliced(evaluation, *named[part.name])
        else:
            return Unknown(node, frame)
    return text_of(filled) if parts is not None else Unknown(node, frame)
