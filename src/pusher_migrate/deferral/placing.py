"""Put a manager call in the place of a legacy call, deferred where that is right."""

from __future__ import annotations

from dataclasses import dataclass

from pusher_migrate.deferral.decide import Deferrals
from pusher_migrate.deferral.values import Deferred, Refused, Site
from pusher_migrate.model import Deferral, Edit
from pusher_migrate.rewriting.emit import replace_call
from pusher_migrate.syntax.layout import Refusal


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """What comes of it.

    Attributes:
        edits: The edits; imports first, that of the call last.
        deferred: How it is deferred, None when it is not.
        left: The PM202 finding when it would have to be and cannot.
    """

    edits: tuple[Edit, ...]
    deferred: Deferred | None = None
    left: Deferral | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that the edits settle besides that of the rule."""
        return ("PM201",) if self.deferred is not None else ()

    @property
    def said(self) -> str:
        """Where the deferral matters; empty without one."""
        return self.deferred.reason if self.deferred is not None else ""

    @property
    def doubts(self) -> tuple[str, ...]:
        """Why a person should look."""
        return self.deferred.doubts if self.deferred is not None else ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Further remarks."""
        return self.deferred.notes if self.deferred is not None else ()


def place(deferrals: Deferrals, site: Site) -> Placed | Refusal:
    """Replace the site's statement by its call.

    Args:
        deferrals: Decides.
        site: The legacy call and the call that takes its place; its statement is the call's own, or
            the check around it that goes too.
    """
    context = deferrals.context
    left = None
    if context.settings.is_selected("PM201"):
        decision = deferrals.decide(site)
        if isinstance(decision, Deferred):
            edits = deferrals.edits(site, decision)
            if not isinstance(edits, Refusal):
                return Placed(edits, decision)
            decision = Refused(f"{edits.reason[:1].upper()}{edits.reason[1:]}.")
        if isinstance(decision, Refused):
            left = _left(site, decision)
    assert site.call is not None
    own = site.module.statement_around(site.call)
    around = site.statement if site.statement is not own else None
    edit = replace_call(context, site.module, site.call, site.parts.render(), around=around)
    return edit if isinstance(edit, Refusal) else Placed((edit,), left=left)


def _left(site: Site, decision: Refused) -> Deferral:
    return Deferral(
        "PM202",
        site.module.source.location(site.anchor),
        f"{site.parts.method} is not deferred",
        decision.reason,
        site.module.symbol(site.anchor),
        decision.actionable,
    )
