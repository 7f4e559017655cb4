"""From TOML to `Catalogue`. The format is described in ``codemods/README.md``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Literal

from pusher_migrate.catalogue.call import CallTemplate, PlaceholderKind
from pusher_migrate.catalogue.lines import Place, key_lines
from pusher_migrate.catalogue.problems import CatalogueErrors
from pusher_migrate.catalogue.shadowing import repeated_states, shadowed_events
from pusher_migrate.catalogue.table import (
    DOTTED,
    DOTTED_IN_MODULE,
    IDENTIFIER,
    MODEL,
    Document,
    Table,
)
from pusher_migrate.catalogue.toml_text import parse_toml, too_deep
from pusher_migrate.catalogue.values import (
    DEFAULT_PREFIX,
    Catalogue,
    DjangoOptions,
    Envelope,
    Event,
    Handlers,
    Legacy,
    Manager,
    Operation,
    State,
)
from pusher_migrate.config import (
    CodeOptions,
    did_you_mean,
    ignore_problem,
    quoted,
    selector_problem,
)
from pusher_migrate.errors import CatalogueError

# The keys of each table, which the errors and the documentation's test go by.
KEYS: Mapping[str, tuple[str, ...]] = {
    "[legacy]": ("clients", "transport"),
    "[manager]": ("object", "class", "prefix", "import_from"),
    "[django]": ("robust", "on_commit", "target_version", "handlers"),
    "[[event]]": (
        "event",
        "channel",
        "keys",
        "call",
        "accept_lost_keys",
        "accept_changed_values",
        "accept_channel_change",
        "superseded_by",
        "superseded",
        "types",
        "scaffold",
        "envelope",
        "reason",
    ),
    "[[state]]": (
        "model",
        "fields",
        "when",
        "emit",
        "satisfied_by",
        "owner",
        "on",
        "types",
        "reason",
    ),
    "[check]": ("select", "ignore"),
    "[files]": ("exclude",),
}
OPERATIONS: tuple[Operation, ...] = ("create", "update", "delete")
HANDLERS: tuple[Handlers, ...] = ("move", "drop")
ENVELOPES: tuple[Envelope, ...] = ("wire", "manager")
_DOTTED_GLOB = re.compile(r"[\w.*?\[\]!-]+")
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_PREFIX = re.compile(r"([^\W\d]\w*)?")


def parse_catalogue(text: str, path: str, base: tuple[str, ...] = ()) -> Catalogue:
    """Read a catalogue.

    Args:
        text: The TOML document.
        path: How to call it in errors.
        base: The table of it that holds the catalogue: ``("tool", "pusher-migrate")``.

    Raises:
        CatalogueErrors: With all that is wrong.
    """
    data = parse_toml(text, path)
    try:
        document = Document(path, key_lines(text))
    except RecursionError:
        raise too_deep(path) from None
    content: object = data
    for key in base:
        content = content.get(key) if isinstance(content, dict) else None
    if not isinstance(content, dict):
        message = f"has no table [{'.'.join(base)}]"
        raise CatalogueErrors([CatalogueError(message, path, document.line(base))])
    catalogue = _read(document, base, content)
    if document.errors:
        raise CatalogueErrors(document.errors)
    return catalogue


def _read(document: Document, base: Place, content: dict[str, object]) -> Catalogue:
    """The catalogue in ``content``; what is wrong is noted in the document."""
    names = {label.strip("[]"): label for label in KEYS}
    for name in content:
        if name not in names:
            homes = [label for label, keys in KEYS.items() if name in keys]
            hint = f"; it belongs in {' or '.join(homes)}" if homes else ""
            hint = hint or did_you_mean(name, names, "valid tables")
            value = content[name]
            rows = value if isinstance(value, list) and value else [value]
            kind = "table" if all(isinstance(row, dict) for row in rows) else "key"
            document.error((*base, name), f"unknown {kind} {quoted(name)}{hint}")
    tables = {
        label: _tables(document, base, label, content.get(name)) for name, label in names.items()
    }
    manager = _manager(tables["[manager]"])
    prefix = manager.prefix if manager else ""
    events = tuple(_event(table, prefix) for table in tables["[[event]]"])
    states = tuple(_state(table, prefix) for table in tables["[[state]]"])
    if manager is None and not tables["[manager]"] and (events or states):
        first = tables["[[event]]"] or tables["[[state]]"]
        document.error(first[0].place, f'{first[0].label} needs a [manager] with its "object"')
    return Catalogue(
        legacy=_legacy(tables["[legacy]"]),
        manager=manager,
        django=_django(tables["[django]"]),
        events=events,
        states=states,
        check=_check(tables["[check]"]),
        exclude=tuple(item for table in tables["[files]"] for item in table.strings("exclude")),
        path=document.path,
        warnings=(
            *shadowed_events(document.path, events),
            *repeated_states(document.path, states),
        ),
    )


def _tables(document: Document, base: Place, label: str, value: object) -> list[Table]:
    """The tables with one header: at most one for ``[name]``, any number for ``[[name]]``."""
    if value is None:
        return []
    name = label.strip("[]")
    place = (*base, name)
    dotted = ".".join(str(part) for part in place)
    shown = label.replace(name, dotted)
    repeated = label.startswith("[[")
    found: list[tuple[Place, dict[str, object]]] = []
    if repeated and isinstance(value, list):
        found = [((*place, i), item) for i, item in enumerate(value) if isinstance(item, dict)]
    if not repeated and isinstance(value, dict):
        found = [(place, value)]
    if not found or (isinstance(value, list) and len(found) < len(value)):
        document.error(place, f"{quoted(dotted)} must be written as a table, {shown}")
    others = {other: keys for other, keys in KEYS.items() if other != label}
    tables = [Table(document, where, shown, data) for where, data in found]
    for table in tables:
        table.check_keys(KEYS[label], others)
    return tables


def _legacy(tables: Iterable[Table]) -> Legacy:
    for table in tables:
        return Legacy(
            clients=table.strings("clients", DOTTED_IN_MODULE, "package.module.client"),
            transport=table.strings("transport", _DOTTED_GLOB, "package.module.*"),
        )
    return Legacy()


def _manager(tables: Iterable[Table]) -> Manager | None:
    for table in tables:
        if "object" not in table.data:
            table.missing("object", "the dotted name of the object with the sending methods")
        # Unlike other strings a prefix may be empty: then any method may be called.
        prefix = table.data.get("prefix", DEFAULT_PREFIX)
        if not isinstance(prefix, str):
            table.wrong_type("prefix", "a string", prefix)
            prefix = ""
        elif not _PREFIX.fullmatch(prefix):
            table.error("prefix", f"{quoted(prefix)} cannot begin the name of a method")
            prefix = ""
        return Manager(
            object=table.optional("object", DOTTED_IN_MODULE, "package.module.manager") or "",
            class_name=table.optional("class", DOTTED_IN_MODULE, "package.module.Manager"),
            prefix=prefix,
            import_from=table.optional("import_from", DOTTED, "package.module"),
            line=table.line,
        )
    return None


def _django(tables: Iterable[Table]) -> DjangoOptions:
    for table in tables:
        robust: bool | Literal["auto"] = "auto"
        value = table.data.get("robust", "auto")
        if isinstance(value, bool):
            robust = value
        elif value != "auto":
            table.error("robust", f'"robust" in {table.label} must be true, false or "auto"')
        handlers = table.word("handlers", HANDLERS, "move")
        if handlers == "drop" and robust is False:
            table.error(
                "handlers", 'handlers = "drop" leaves failures to robust, which is false here'
            )
        return DjangoOptions(
            robust=robust,
            on_commit=table.boolean("on_commit", True),
            target_version=table.optional("target_version", _VERSION, "5.2"),
            handlers=handlers,
        )
    return DjangoOptions()


def _check(tables: Iterable[Table]) -> CodeOptions:
    for table in tables:
        for key, problem_of in (("select", selector_problem), ("ignore", ignore_problem)):
            value = table.data.get(key)
            for index, item in enumerate(value if isinstance(value, list) else []):
                if isinstance(item, str) and item.strip() and (problem := problem_of(item)):
                    table.error(key, f"{problem} ({key} in {table.label})", index)
        select = table.strings("select") if "select" in table.data else None
        return CodeOptions(select, table.strings("ignore"))
    return CodeOptions()


def _event(table: Table, prefix: str) -> Event:
    names = table.strings("event", single=True)
    if not names and table.data.get("event", []) == []:
        table.missing("event", "the name of the event, or several")
    calls = table.calls("call", many=False)
    superseded_by = _methods(table, "superseded_by", prefix)
    if "call" not in table.data and "superseded_by" not in table.data:
        table.missing("call", 'what to call instead (or "superseded_by", when nothing is needed)')
    for call in calls:
        _check_call(table, "call", call, prefix, (PlaceholderKind.PAYLOAD, PlaceholderKind.CHANNEL))
    superseded = table.word("superseded", ("review", "remove"), "review")
    envelope = table.word("envelope", ENVELOPES, "wire")
    scaffold = table.boolean("scaffold")
    for key, needed, given in (
        ("superseded", "superseded_by", "superseded_by" in table.data),
        ("scaffold", "call", not scaffold or "call" in table.data),
        ("envelope", "scaffold = true", envelope == "wire" or scaffold),
        ("types", "call", "call" in table.data),
    ):
        if key in table.data and not given:
            table.error(key, f"{quoted(key)} in {table.label} has no effect without {needed}")
    return Event(
        names=names,
        channel=table.string("channel") or None,
        keys=table.strings("keys"),
        call=calls[0] if calls else None,
        accept_lost_keys=table.strings("accept_lost_keys"),
        accept_changed_values=table.strings("accept_changed_values"),
        superseded_by=superseded_by,
        superseded_is_safe=superseded == "remove",
        types=_types(table, "call", calls),
        accept_channel_change=table.boolean("accept_channel_change"),
        scaffold=scaffold,
        envelope=envelope,
        reason=table.string("reason"),
        line=table.line,
        key_lines=table.key_lines(),
    )


def _state(table: Table, prefix: str) -> State:
    for key, why in (("model", "such as app.Model"), ("emit", "the call that a write needs")):
        if table.data.get(key, []) == []:
            table.missing(key, why)
    words = table.strings("on")
    on = tuple(op for op in OPERATIONS if op in words) or ("update",)
    for index, word in enumerate(words):
        if word not in OPERATIONS:
            hint = did_you_mean(word, OPERATIONS, "valid values")
            table.error("on", f'{quoted(word)} is not a value of "on"{hint}', index)
    if table.data.get("on") == []:
        table.error("on", f'"on" in {table.label} must not be empty')
    fields = table.strings("fields", IDENTIFIER, "status")
    if not fields and table.data.get("fields", []) == [] and "update" in on:
        table.missing("fields", "the fields whose updates are watched")
    when = []
    for name, value in table.entries("when").items():
        if name not in fields:
            hint = did_you_mean(name, fields, "fields")
            table.error("when", f'{quoted(name)} in "when" is not in "fields"{hint}', name)
        when.append((name, table.scalars("when", name, value)))
    emit = table.calls("emit", many=True)
    for call in emit:
        _check_call(table, "emit", call, prefix, (PlaceholderKind.CHANGED_FIELDS,))
    return State(
        model=table.optional("model", MODEL, "app.Model") or "",
        fields=fields,
        emit=emit,
        when=tuple(when),
        satisfied_by=_methods(table, "satisfied_by", prefix),
        owner=table.optional("owner", DOTTED_IN_MODULE, "package.module.function"),
        on=on,
        types=_types(table, "emit", emit),
        reason=table.string("reason"),
        line=table.line,
        key_lines=table.key_lines(),
    )


def _methods(table: Table, key: str, prefix: str) -> tuple[str, ...]:
    names = table.strings(key, IDENTIFIER, f"{prefix}room_updated")
    for index, name in enumerate(names):
        if IDENTIFIER.fullmatch(name) and not name.startswith(prefix):
            table.error(key, _off_prefix(name, prefix), index)
    return names


def _off_prefix(method: str, prefix: str) -> str:
    return f"{quoted(method)} does not begin with {quoted(prefix)}, the prefix in [manager]"


def _check_call(
    table: Table,
    key: str,
    call: CallTemplate,
    prefix: str,
    placeholders: tuple[PlaceholderKind, ...],
) -> None:
    """Note what is wrong with a call in this place, though it is a good call."""
    found = []
    if not call.method.startswith(prefix):
        found.append(_off_prefix(call.method, prefix))
    for placeholder in call.placeholders:
        if placeholder.kind not in placeholders:
            found.append(f"{quoted(str(placeholder))} has no meaning in {table.label}")
    for message in found:
        table.document.errors.append(CatalogueError(message, table.document.path, call.line))


def _types(table: Table, key: str, calls: Iterable[CallTemplate]) -> tuple[tuple[str, str], ...]:
    names = {name for call in calls for name in call.names}
    found = []
    for name, model in table.entries("types").items():
        if names and name not in names:
            hint = did_you_mean(name, names, f"names in {quoted(key)}")
            table.error("types", f'{quoted(name)} in "types" is not a name in {key}{hint}', name)
        if not isinstance(model, str) or not MODEL.fullmatch(model):
            table.error("types", f'{quoted(name)} in "types" must look like "app.Model"', name)
        else:
            found.append((name, model))
    return tuple(found)
