"""Dictionaries as they are written: displays, and the arguments of ``dict`` and ``update``."""

from __future__ import annotations

import ast

from pusher_migrate.index.values.questions import Evaluation
from pusher_migrate.index.values.values import Entry, Frame, Record, Text, merge, opened


def display(evaluation: Evaluation, node: ast.Dict, frame: Frame) -> Record:
    """What ``{...}`` gives; open when one of its keys, or what it spreads, is not known."""
    record = Record(())
    for key, value in zip(node.keys, node.values, strict=True):
        if key is None:
            spread = evaluation.evaluate(value, frame)
            record = merge(record, spread) if isinstance(spread, Record) else opened(record)
            continue
        name = evaluation.evaluate(key, frame)
        if isinstance(name, Text) and name.literal is not None:
            record = merge(record, Record((Entry(name.literal, value, frame),)))
        else:
            record = opened(record)
    return record


def dict_call(evaluation: Evaluation, node: ast.Call, frame: Frame) -> Record:
    """What ``dict(...)`` or ``update(...)`` gives for these arguments."""
    record = Record(())
    for argument in node.args:
        base = evaluation.evaluate(argument, frame)
        record = merge(record, base) if isinstance(base, Record) else opened(record)
    for keyword in node.keywords:
        if keyword.arg is not None:
            record = merge(record, Record((Entry(keyword.arg, keyword.value, frame),)))
            continue
        spread = evaluation.evaluate(keyword.value, frame)
        record = merge(record, spread) if isinstance(spread, Record) else opened(record)
    return record
