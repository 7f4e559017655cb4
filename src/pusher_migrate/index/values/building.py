"""Dictionaries and lists that are built by steps, between their creation and their use."""

from __future__ import annotations

import ast

from pusher_migrate.index.code import sdk
from pusher_migrate.index.code.modules import Module
from pusher_migrate.index.flow.locals import Step
from pusher_migrate.index.types.types import External
from pusher_migrate.index.values.questions import Evaluation
from pusher_migrate.index.values.records import dict_call
from pusher_migrate.index.values.values import (
    Entry,
    Frame,
    Items,
    Record,
    Text,
    Value,
    merge,
    opened,
)
from pusher_migrate.nodes import walk

_READING_BUILTINS = frozenset(
    [
        "print",
        "len",
        "str",
        "repr",
        "bool",
        "isinstance",
        "sorted",
        "list",
        "dict",
        "tuple",
        "set",
        "type",
        "range",
        "enumerate",
        "zip",
        "any",
        "all",
    ]
)
_CHANGING = frozenset({"update", "append", "extend", "insert", "pop", "clear", "setdefault"})
_LOGGING = frozenset(["debug", "info", "warning", "error", "exception", "critical", "log"])


def built(
    evaluation: Evaluation, name: str, start: ast.stmt | None, value: Value, frame: Frame
) -> Value:
    """A dictionary or list with what the statements since ``start`` add to it.

    Args:
        evaluation: Evaluates what is added.
        name: The local name that it is used by.
        start: Where it is bound to the name; None for a parameter.
        value: What it is there.
        frame: Where it is used.
    """
    if not isinstance(value, Record | Items) or frame.function is None:
        return value
    steps = evaluation.inference.locals.steps(
        frame.module, frame.function, name, start, frame.statement
    )
    for step in steps:
        if step.kind == "argument" and _only_reads(evaluation, frame.module, step.value):
            continue
        changed = (
            _list_after(evaluation, value, step, frame)
            if isinstance(value, Items)
            else _record_after(evaluation, value, step, frame)
        )
        if changed is None:
            return opened(value)
        value = changed
    return value


def _record_after(evaluation: Evaluation, value: Record, step: Step, frame: Frame) -> Record | None:
    """A dictionary after one step; None when the step is not one that adds keys."""
    at = frame.at(step.statement)
    if step.kind == "item":
        key = evaluation.evaluate(step.key, at) if step.key else None
        literal = key.literal if isinstance(key, Text) else None
        if literal is None or step.value is None:
            return opened(value)
        return merge(value, Record((Entry(literal, step.value, at, step.conditional),)))
    if step.kind != "update":
        return None
    assert isinstance(step.value, ast.Call)
    added = dict_call(evaluation, step.value, at)
    entries = tuple(
        Entry(e.key, e.node, e.frame, e.optional or step.conditional, e.varies)
        for e in added.entries
    )
    return merge(value, Record(entries, added.open))


def _list_after(evaluation: Evaluation, value: Items, step: Step, frame: Frame) -> Items | None:
    """A list after ``append`` or ``extend``; None when something else happens to it."""
    call = step.value
    if step.kind != "method" or not isinstance(call, ast.Call) or len(call.args) != 1:
        return None
    element = (call.args[0], frame.at(step.statement))
    if step.detail == "append":
        return Items((*value.elements, element), value.open or step.conditional)
    if step.detail == "extend":
        more = evaluation.evaluate(*element)
        if isinstance(more, Items):
            unsure = value.open or more.open or step.conditional
            return Items(value.elements + more.elements, unsure)
    return None


def _only_reads(evaluation: Evaluation, module: Module, call: ast.expr | None) -> bool:
    """True for calls known not to change what they are given: print, logging, the client."""
    if not isinstance(call, ast.Call):
        return False
    called = evaluation.inference.type_of(module, call.func)
    if isinstance(called, External):
        return called.path.startswith(("json.", "logging.", f"{sdk.CLIENT}()."))
    if isinstance(call.func, ast.Name) and module.scope_at(call).find(call.func.id) is None:
        return call.func.id in _READING_BUILTINS
    # ``logger = logging.getLogger(__name__)`` and what else logging hands out.
    return isinstance(call.func, ast.Attribute) and call.func.attr in _LOGGING


def is_changed(module: Module, name: str) -> bool:
    """Whether a module changes the table behind one of its names: then it is no constant."""
    for node in walk(module.tree):
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id != name:
                continue
            if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
                return True
            if isinstance(node, ast.Attribute) and node.attr in _CHANGING:
                return True
    return False
