"""The catalogue: what legacy events mean in a project, and which states need which emission.

`choose_catalogue` finds and reads it, `Catalogue` answers what it says of a call or a write, and
`check_signatures` holds it against the manager's source. The format is described in
``codemods/README.md``.

The names below are imported when they are first used: looking for a catalogue must not cost the
time that reading one takes.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pusher_migrate.catalogue.call import (
        Argument,
        CallTemplate,
        Constant,
        Expression,
        NameRef,
        Placeholder,
        PlaceholderKind,
        parse_call,
    )
    from pusher_migrate.catalogue.files import (
        available_codemods,
        choose_catalogue,
        load,
        load_codemod,
        starter_text,
    )
    from pusher_migrate.catalogue.find import CatalogueFile, find_catalogue
    from pusher_migrate.catalogue.matching import Match
    from pusher_migrate.catalogue.problems import CatalogueErrors, CatalogueWarning
    from pusher_migrate.catalogue.reader import parse_catalogue
    from pusher_migrate.catalogue.signatures import (
        Parameter,
        ParameterKind,
        Signature,
        call_problems,
        check_signatures,
    )
    from pusher_migrate.catalogue.values import (
        Catalogue,
        DjangoOptions,
        Event,
        EventMatch,
        Known,
        Legacy,
        Manager,
        Operation,
        State,
        StateMatch,
    )

__all__ = [
    "Argument",
    "CallTemplate",
    "Catalogue",
    "CatalogueErrors",
    "CatalogueFile",
    "CatalogueWarning",
    "Constant",
    "DjangoOptions",
    "Event",
    "EventMatch",
    "Expression",
    "Known",
    "Legacy",
    "Manager",
    "Match",
    "NameRef",
    "Operation",
    "Parameter",
    "ParameterKind",
    "Placeholder",
    "PlaceholderKind",
    "Signature",
    "State",
    "StateMatch",
    "available_codemods",
    "call_problems",
    "check_signatures",
    "choose_catalogue",
    "find_catalogue",
    "load",
    "load_codemod",
    "parse_call",
    "parse_catalogue",
    "starter_text",
]

# Where each of them is defined, as above: type checkers read that list, Python this one.
_NAMES = {
    "call": (
        "Argument",
        "CallTemplate",
        "Constant",
        "Expression",
        "NameRef",
        "Placeholder",
        "PlaceholderKind",
        "parse_call",
    ),
    "files": (
        "available_codemods",
        "choose_catalogue",
        "load",
        "load_codemod",
        "starter_text",
    ),
    "find": (
        "CatalogueFile",
        "find_catalogue",
    ),
    "matching": ("Match",),
    "problems": (
        "CatalogueErrors",
        "CatalogueWarning",
    ),
    "reader": ("parse_catalogue",),
    "signatures": (
        "Parameter",
        "ParameterKind",
        "Signature",
        "call_problems",
        "check_signatures",
    ),
    "values": (
        "Catalogue",
        "DjangoOptions",
        "Event",
        "EventMatch",
        "Known",
        "Legacy",
        "Manager",
        "Operation",
        "State",
        "StateMatch",
    ),
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value  # the next use finds it without coming here
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
