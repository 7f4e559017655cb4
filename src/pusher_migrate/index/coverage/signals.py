"""Receivers of Django's model signals, and what else runs by itself when a row is saved or deleted.

Source: Django, "Signals": ``post_save`` is sent by ``save()`` and what calls it (``create``,
``get_or_create``, ``update_or_create``), with ``created``; ``post_delete`` by ``delete()`` of
instances and querysets. ``update``, ``bulk_create`` and ``bulk_update`` send none.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pusher_migrate.index.code.syntax import keyword_of
from pusher_migrate.index.coverage.tellings import Tellings
from pusher_migrate.index.instances.functions import Views
from pusher_migrate.index.instances.handles import Handle
from pusher_migrate.index.types.django import signals_of
from pusher_migrate.index.types.infer import Inference
from pusher_migrate.index.types.types import ClassType, External, FunctionType
from pusher_migrate.index.writes import serializers
from pusher_migrate.index.writes.watch import left_out_path
from pusher_migrate.index.writes.writes import Kind, Site

_SIGNALS = ("post_save", "post_delete")
#: What runs the model's own ``save()``, and sends ``post_save``.
SAVING = (Kind.SAVE, Kind.CREATE, Kind.FIRST_OR_CREATE, Kind.UPDATE_OR_CREATE, Kind.SERIALIZER)


@dataclass(frozen=True, eq=False, slots=True)
class Receiver:
    """A function that runs when a row is saved or deleted.

    Attributes:
        function: It.
        signal: ``post_save`` or ``post_delete``.
        sender: The model; None for all models.
    """

    function: FunctionType
    signal: str
    sender: ClassType | None


@dataclass(frozen=True, slots=True)
class Inherent:
    """What a persisting call tells by itself.

    Attributes:
        always: Whether on every path.
        through: Dotted name of the receiver or method.
    """

    always: bool
    through: str


def receivers_in(inference: Inference) -> tuple[Receiver, ...]:
    """All receivers of a project, in path order."""
    found: list[Receiver] = []
    for module in inference.project.modules_holding(*_SIGNALS):
        if left_out_path(module.path) is not None:
            continue
        handlers = {
            node: FunctionType(module, node)
            for node in module.functions
            if isinstance(node, ast.FunctionDef) and node.decorator_list
        }
        for call in module.calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "connect":
                target = inference.type_of(module, call.args[0]) if call.args else None
                if isinstance(target, FunctionType) and isinstance(target.node, ast.FunctionDef):
                    handlers[target.node] = target
                    if keyword_of(call, "sender") is None:
                        found += _for_all(target, [inference.type_of(module, call.func.value)])
        for function in handlers.values():
            for signal, sender in signals_of(inference, function.module, function.node):
                if signal in _SIGNALS:
                    found.append(Receiver(function, signal, sender))
            found += _decorated_for_all(inference, function)
    return tuple(found)


def _decorated_for_all(inference: Inference, function: FunctionType) -> list[Receiver]:
    found: list[Receiver] = []
    node = function.node
    for decorator in node.decorator_list if isinstance(node, ast.FunctionDef) else ():
        if isinstance(decorator, ast.Call) and decorator.args:
            if keyword_of(decorator, "sender") is None:
                first = decorator.args[0]
                signals = first.elts if isinstance(first, ast.List | ast.Tuple) else [first]
                types = [inference.type_of(function.module, item) for item in signals]
                found += _for_all(function, types)
    return found


def _for_all(function: FunctionType, signals: Sequence[object]) -> list[Receiver]:
    names = [s.path.rpartition(".")[2] for s in signals if isinstance(s, External)]
    return [Receiver(function, name, None) for name in names if name in _SIGNALS]


class Signals:
    """What runs by itself in one project, and what it tells.

    Args:
        views: Its functions.
        tellings: Who tells of what.
        receivers: What runs when a row is saved or deleted.
    """

    def __init__(self, views: Views, tellings: Tellings, receivers: Sequence[Receiver]) -> None:
        self.views = views
        self.inference = views.inference
        self.tellings = tellings
        self._receivers: dict[tuple[str, ClassType | None], list[tuple[int, Receiver]]] = {}
        for at, receiver in enumerate(receivers):
            known = self._receivers.setdefault((receiver.signal, receiver.sender), [])
            known.append((at, receiver))

    def inherent(
        self, site: Site, cls: ClassType, methods: frozenset[str], system: str | None = None
    ) -> list[Inherent]:
        """What a site tells by itself, through the model's own ``save()`` and its signals."""
        found = []
        signal = "post_save" if site.kind in SAVING else ""
        if site.kind in (Kind.DELETE, Kind.BULK_DELETE):
            signal = "post_delete"
        name = {"post_save": "save", "post_delete": "delete"}.get(signal)
        own = serializers.own_method(self.inference, cls, name) if name is not None else None
        inside = own is not None and site.function is own.node
        if own is not None and not inside and site.kind is not Kind.BULK_DELETE:
            found += self._told(own, Handle("self"), methods, system, None, own_parameter=True)
        if name is not None and site.kind is not Kind.BULK_DELETE:
            for other in self.tellings.hooks.in_heirs(cls, name):
                heirs = self._told(other, Handle("self"), methods, system, None, own_parameter=True)
                found += [replace(item, always=False) for item in heirs]
        for receiver in self._receiving(signal, cls):
            known: dict[str, bool | None] | None = None
            if signal == "post_save":
                known = {"created": site.operation == "create"}
            found += self._told(receiver.function, Handle("instance"), methods, system, known)
        return found

    def _receiving(self, signal: str, cls: ClassType) -> list[Receiver]:
        """The receivers of a signal of a model, in their order."""
        found = (*self._receivers.get((signal, cls), ()), *self._receivers.get((signal, None), ()))
        return [receiver for _, receiver in sorted(found, key=lambda item: item[0])]

    def _told(
        self,
        function: FunctionType,
        handle: Handle,
        methods: frozenset[str],
        system: str | None,
        known: dict[str, bool | None] | None,
        own_parameter: bool = False,
    ) -> list[Inherent]:
        node = function.node
        if isinstance(node, ast.Lambda):
            return []
        if own_parameter and node.args.args:
            handle = Handle(node.args.args[0].arg)
        view = self.tellings.view_of(function)
        found = []
        for summary in self.tellings.summary(function):
            if summary.method not in methods or system not in (None, summary.system):
                continue
            if summary.told.handle != handle:
                if summary.told.handle is None:
                    found.append(Inherent(False, function.dotted))
                continue
            always = summary.always
            if not always:
                if known and not self._possible(function, summary.method, handle, known):
                    continue
                always = self.tellings.always(view, handle, summary.method, known)
            found.append(Inherent(always, function.dotted))
        return found

    def _possible(
        self, function: FunctionType, method: str, handle: Handle, known: dict[str, bool | None]
    ) -> bool:
        """Whether a receiver may tell at all, given what is known of ``created``."""
        view = self.tellings.view_of(function)
        return self.tellings.sometimes(view, handle, method, known)
