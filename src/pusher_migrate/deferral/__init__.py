"""Deferring manager calls to the commit: the one decision that all rules share.

A rule describes where a call stands (`Site`), asks `Deferrals.decide`, and for a `Deferred` answer
takes `Deferrals.edits`.
"""

from pusher_migrate.deferral.decide import Deferrals
from pusher_migrate.deferral.values import Decision, Deferred, Kept, Refused, Site, site_of

__all__ = ["Decision", "Deferrals", "Deferred", "Kept", "Refused", "Site", "site_of"]
