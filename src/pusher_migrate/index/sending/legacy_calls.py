"""What legacy calls mean, and which instances their channel and payload are made from."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from pusher_migrate.catalogue import Catalogue, Event
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle, chain_of
from pusher_migrate.index.sending.contracts import Emission
from pusher_migrate.index.values.evaluate import Evaluator
from pusher_migrate.index.values.values import Frame, Record, Text, Unknown, Value, shape
from pusher_migrate.nodes import walk


class LegacyCalls:
    """Answers about legacy calls.

    Args:
        evaluator: Static values.
        catalogue: What they mean.
    """

    def __init__(self, evaluator: Evaluator, catalogue: Catalogue) -> None:
        self.evaluator = evaluator
        self.catalogue = catalogue
        self._entries: dict[Emission, Event | None] = {}

    def entry(self, emission: Emission) -> Event | None:
        """The catalogue's entry for a legacy call, when it is certain which one applies."""
        if emission not in self._entries:
            self._entries[emission] = self._matched(emission)
        return self._entries[emission]

    def _matched(self, emission: Emission) -> Event | None:
        if len(emission.sends) != 1:
            return None
        send = emission.sends[0]
        name = send.event.literal if isinstance(send.event, Text) else None
        payload = send.payload
        required = None
        complete = False
        if isinstance(payload, Record):
            required = [entry.key for entry in payload.entries if not entry.optional]
            complete = not payload.open and len(required) == len(payload.keys)
        return self.catalogue.event_for(
            name, shape(send.channels[0]), required, complete=complete
        ).event

    def handles(self, view: View, emission: Emission) -> set[Handle]:
        """The handles that the channel and payload of a legacy call are made from."""
        found: set[Handle] = set()
        for send in emission.sends:
            for channel in send.channels:
                self._from_value(view, channel, found)
            payload = send.payload
            if isinstance(payload, Record):
                for entry in payload.entries:
                    self._from_expression(view, entry.node, entry.frame, found)
            else:
                self._from_value(view, payload, found)
        return found

    def _from_value(self, view: View, value: Value, found: set[Handle]) -> None:
        holes: Iterable[Unknown] = ()
        if isinstance(value, Text):
            holes = value.holes
        elif isinstance(value, Unknown):
            holes = (value,)
        for hole in holes:
            self._from_expression(view, hole.node, hole.frame, found)

    def _from_expression(
        self, view: View, node: ast.expr, frame: Frame, found: set[Handle]
    ) -> None:
        outer = self.evaluator.outermost(Unknown(node, frame))
        for part in walk(outer.node):
            if not isinstance(part, ast.Attribute | ast.Name):
                continue
            chain = chain_of(part)
            if chain is None:
                continue
            passed = outer.frame.arguments.get(chain.name)
            if passed is not None:
                root = self.evaluator.outermost(Unknown(*passed))
                inner = chain_of(root.node)
                if inner is None or root.frame.function is not view.node:
                    continue
                chain = inner.extended(chain.path)
            elif outer.frame.function is not view.node:
                continue
            if view.module.scopes[view.node].find(chain.name) is not None:
                found.add(chain)
