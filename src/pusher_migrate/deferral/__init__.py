"""Deferring manager calls to the commit: the one decision that all rules share.

A rule describes where a call stands (`Site`) and asks `Deferrals.decide`; for a `Deferred` answer
`Deferrals.edits` gives the edits. `place` does both for a call that takes a legacy call's place.
`in_order` looks at all outcomes of a rule once more: events must not overtake each other.
"""

from pusher_migrate.deferral.decide import Deferrals
from pusher_migrate.deferral.order import in_order
from pusher_migrate.deferral.placing import Placed, place
from pusher_migrate.deferral.values import Decision, Deferred, Kept, Refused, Site, site_of

__all__ = [
    "Decision",
    "Deferrals",
    "Deferred",
    "Kept",
    "Placed",
    "Refused",
    "Site",
    "in_order",
    "place",
    "site_of",
]
