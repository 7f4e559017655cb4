"""Check the catalogue's calls against the manager's real methods.

A call that the method would refuse is an error in the catalogue, found before anything is
rewritten, and not a broken program afterwards.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pusher_migrate.catalogue.call import CallTemplate
from pusher_migrate.catalogue.values import Catalogue
from pusher_migrate.config import did_you_mean, one_line, quoted
from pusher_migrate.errors import CatalogueError


class ParameterKind(enum.StrEnum):
    """How a parameter takes its argument, in the words of the ``inspect`` module."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL = "positional or keyword"
    KEYWORD_ONLY = "keyword-only"
    VAR_POSITIONAL = "variadic positional"
    VAR_KEYWORD = "variadic keyword"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a method."""

    name: str
    kind: ParameterKind = ParameterKind.POSITIONAL
    has_default: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """A method that a caller sees.

    Attributes:
        name: The method's name.
        parameters: In order, without ``self``.
        line: 1-based line of the definition, 0 when it is not known.
        path: File of the definition.
    """

    name: str
    parameters: tuple[Parameter, ...] = ()
    line: int = 0
    path: str = ""

    def __str__(self) -> str:
        return f"{self.name}({', '.join(_shown(self.parameters))})"


def check_signatures(
    catalogue: Catalogue, signatures: Mapping[str, Signature]
) -> list[CatalogueError]:
    """All the ways in which the catalogue's calls do not fit the manager, in the order of lines.

    A method that does not exist is no error where an entry with ``scaffold`` calls it: it will be
    written, and from then on its signature is checked like that of the others.

    Args:
        catalogue: The catalogue.
        signatures: Name and signature of each method of the manager, whether or not it has the
            prefix. Where the manager's source was not found there is nothing to check against:
            then this must not be called.
    """
    planned = {
        event.call.method
        for event in catalogue.events
        if event.scaffold and event.call and event.call.method not in signatures
    }
    errors: list[CatalogueError] = []
    for call in _calls(catalogue):
        signature = signatures.get(call.method)
        if signature is not None:
            messages = list(call_problems(call, signature))
        elif call.method in planned:
            messages = []
        else:
            messages = [_unknown_method(call.method, signatures)]
        errors += [
            CatalogueError(one_line(text), catalogue.path, call.line or None) for text in messages
        ]
    for key, names, line in _method_names(catalogue):
        for name in names:
            if name not in signatures and name not in planned:
                message = f"{key}: {_unknown_method(name, signatures)}"
                errors.append(CatalogueError(message, catalogue.path, line or None))
    return sorted(errors, key=lambda error: error.line or 0)


def call_problems(call: CallTemplate, signature: Signature) -> Iterator[str]:
    """What Python would say of a call of a method with this signature, in one line each."""
    kinds = ParameterKind
    takes_more = {p.kind for p in signature.parameters}
    by_position = [
        p for p in signature.parameters if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL)
    ]
    by_keyword = {
        p.name: p for p in signature.parameters if p.kind in (kinds.POSITIONAL, kinds.KEYWORD_ONLY)
    }
    given = {p.name for p in by_position[: len(call.positional)]}
    surplus = len(call.positional) - len(by_position)
    if surplus > 0 and kinds.VAR_POSITIONAL not in takes_more:
        extra = ", ".join(quoted(str(value)) for value in call.positional[-surplus:])
        yield f"{signature} takes no further positional argument: {extra}"
    for keyword, _ in call.keywords:
        if keyword in by_keyword:
            if keyword in given:
                yield f"{signature} gets {quoted(keyword)} twice, by position and by keyword"
            given.add(keyword)
        elif kinds.VAR_KEYWORD not in takes_more:
            if any(p.name == keyword for p in by_position):
                yield f"{signature} takes {quoted(keyword)} by position only"
                given.add(keyword)
            else:
                hint = did_you_mean(keyword, by_keyword)
                yield f"{signature} has no parameter {quoted(keyword)}{hint}"
    variadic = (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
    for parameter in signature.parameters:
        needed = not parameter.has_default and parameter.kind not in variadic
        if needed and parameter.name not in given:
            yield f"{signature} needs an argument for {quoted(parameter.name)}: {call}"


def _calls(catalogue: Catalogue) -> Iterator[CallTemplate]:
    for event in catalogue.events:
        if event.call is not None:
            yield event.call
    for state in catalogue.states:
        yield from state.emit


def _method_names(catalogue: Catalogue) -> Iterator[tuple[str, tuple[str, ...], int]]:
    for event in catalogue.events:
        line = event.key_lines.get("superseded_by", event.line)
        yield "superseded_by", event.superseded_by, line
    for state in catalogue.states:
        line = state.key_lines.get("satisfied_by", state.line)
        yield "satisfied_by", state.satisfied_by, line


def _unknown_method(name: str, signatures: Mapping[str, Signature]) -> str:
    hint = did_you_mean(name, signatures)
    return f"the manager has no method {quoted(name)}{hint}"


def _shown(parameters: tuple[Parameter, ...]) -> Iterator[str]:
    """The parameters as Python writes them, without the values of their defaults."""
    kinds = ParameterKind
    starred = False
    for index, parameter in enumerate(parameters):
        if parameter.kind is kinds.KEYWORD_ONLY and not starred:
            starred = True
            yield "*"
        starred = starred or parameter.kind is kinds.VAR_POSITIONAL
        stars = {kinds.VAR_POSITIONAL: "*", kinds.VAR_KEYWORD: "**"}.get(parameter.kind, "")
        yield f"{stars}{parameter.name}{'=...' if parameter.has_default else ''}"
        following = parameters[index + 1].kind if index + 1 < len(parameters) else None
        if parameter.kind is kinds.POSITIONAL_ONLY and following is not kinds.POSITIONAL_ONLY:
            yield "/"
