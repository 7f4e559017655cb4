"""The catalogue: what legacy events mean in a project, and which states need which emission.

`choose_catalogue` finds and reads it, `Catalogue` answers what it says of a call or a write, and
`check_signatures` holds it against the manager's source. The format is described in
``codemods/README.md``.
"""

from __future__ import annotations

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
    CatalogueFile,
    available_codemods,
    choose_catalogue,
    find_catalogue,
    load,
    load_codemod,
    starter_text,
)
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
