"""Frozen values as JSON and back, by the annotations of their classes.

Both ways know the few kinds of types that the values between two stages are made of, and no others.
What is read has to fit the annotations to the letter: it comes from a file, and files are never
trusted.
"""

from __future__ import annotations

import enum
import types
import typing
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

_SCALARS = (str, int, bool, type(None))


class Misfit(ValueError):
    """What was read is not a value of the type that was asked for."""


def to_json(value: object) -> object:
    """A value as what ``json`` takes.

    Args:
        value: Dataclasses, enums, tuples, dictionaries with words as keys, and plain values, in any
            combination.

    Raises:
        TypeError: It holds something else.
    """
    if isinstance(value, enum.Enum):
        return to_json(value.value)
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, tuple):
        return [to_json(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: to_json(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_json(getattr(value, item.name)) for item in fields(value)}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def from_json(shape: Any, data: object) -> Any:
    """The value that `to_json` made something of.

    Args:
        shape: Its type: a class, or an annotation such as ``tuple[Location, ...]``.
        data: What ``json`` read.

    Raises:
        Misfit: It is no value of that type.
        TypeError: Values of that type cannot be kept.
    """
    origin = typing.get_origin(shape)
    if shape in _SCALARS:
        if type(data) is not shape:  # In Python True is an int; here it is none.
            raise Misfit(f"{data!r:.80} for {shape.__name__}")
        return data
    if origin is tuple:
        return _tuple(typing.get_args(shape), data)
    if origin is dict:
        _, inner = typing.get_args(shape)
        if not isinstance(data, dict):
            raise Misfit(f"{data!r:.80} for a dictionary")
        return {key: from_json(inner, item) for key, item in data.items()}
    if origin in (types.UnionType, typing.Union):
        return _one_of(typing.get_args(shape), data)
    if isinstance(shape, type) and issubclass(shape, enum.Enum):
        try:
            return shape(data)
        except ValueError as error:
            raise Misfit(str(error)) from None
    if isinstance(shape, type) and is_dataclass(shape):
        hints = _hints(shape)
        if not isinstance(data, dict) or data.keys() != hints.keys():
            raise Misfit(f"{data!r:.80} for {shape!r}")
        return shape(**{name: from_json(hint, data[name]) for name, hint in hints.items()})
    raise TypeError(f"{shape!r} cannot be kept")


def _tuple(inner: tuple[Any, ...], data: object) -> tuple[Any, ...]:
    if not isinstance(data, list):
        raise Misfit(f"{data!r:.80} for a tuple")
    if inner[-1] is Ellipsis:
        return tuple(from_json(inner[0], item) for item in data)
    if len(inner) != len(data):
        raise Misfit(f"{len(data)} items for {len(inner)}")
    return tuple(from_json(one, item) for one, item in zip(inner, data, strict=True))


def _one_of(shapes: tuple[Any, ...], data: object) -> Any:
    """A value of the one type that is not None; no union has two in what is kept."""
    if data is None and type(None) in shapes:
        return None
    others = [shape for shape in shapes if shape is not type(None)]
    if len(others) != 1:
        raise TypeError(f"{shapes!r}: which of them it was could not be told")
    return from_json(others[0], data)


@cache
def _hints(shape: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(shape)
    return {item.name: hints[item.name] for item in fields(shape)}
