"""What cannot happen where a row is read that is known to be there."""

from __future__ import annotations

from pusher_migrate.index.flow.assumptions import Assumptions
from pusher_migrate.index.flow.graph import Edge
from pusher_migrate.index.instances.functions import View
from pusher_migrate.index.instances.handles import Handle


def edges_without_row(view: View, origin: Handle) -> frozenset[Edge]:
    """The edges that are not taken where a row is read by its key: it is there, it was written.

    ``row = Room.objects.filter(pk=pk).first()`` and ``if row:``; ``get`` in a ``try``.
    """
    found: set[Edge] = set()
    for node in view.graph.nodes if origin.text is None else ():
        for target, source in view.names.targets(node):
            if source == origin and not target.path:
                found |= Assumptions(view.graph, [node], [target.name]).impossible()
                found |= {e for e in view.graph.successors(node) if not e.completes}
    return frozenset(found)
