"""The values that flow from one stage to the next. All are frozen; none knows how it was made.

An edit replaces a span of one file. A change groups the edits of one finding, with the reason and
the effect on subscribers, and is what a person says yes or no to. A deferral is a finding that gets
no edit, with a reason that a person can act on. A plan is all of these for one run.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field


class Applicability(enum.StrEnum):
    """How much review a change needs (the same three words as ruff's and rustc's idea of it)."""

    SAFE = "safe"
    REVIEW = "review"
    MANUAL = "manual"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file.

    Attributes:
        path: Relative to the project root, with forward slashes.
        line: 1-based.
        column: 1-based, counted in characters as ruff and editors do.
    """

    path: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Replace the bytes ``start`` to ``end`` of a file by ``replacement``.

    Offsets count the UTF-8 bytes of the decoded text without its byte order mark, which is how both
    ``ast`` (``col_offset``) and LibCST count. An insertion has ``start == end``.
    ``replacement`` uses ``"\\n"``; the file's own line end is put in when the edit is applied.
    """

    path: str
    start: int
    end: int
    replacement: str


@dataclass(frozen=True, slots=True)
class Wire:
    """What subscribers get from one send, as far as it is statically known.

    Attributes:
        channel: Template with the holes' source in braces, ``staff-hotel-{room.hotel.id}``.
        event: Event name, with holes as in ``channel``.
        keys: Top-level payload keys in order.
        complete: False when the payload may hold more keys than ``keys``.
    """

    channel: str
    event: str
    keys: tuple[str, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Effect:
    """What subscribers got, what they get, and what they lose (PM401)."""

    before: tuple[Wire, ...] = ()
    after: tuple[Wire, ...] = ()
    lost_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """One reviewable unit.

    Attributes:
        code: The leading code, ``PM101``.
        location: Where the finding is.
        title: One line, imperative: what is done.
        reason: Why it is right, in one or more sentences.
        edits: All edits; applied together or not at all. Edits that are equal to another change's
            (the same import) are applied once.
        applicability: SAFE or REVIEW.
        review_reasons: For REVIEW, why a person should look.
        effect: What subscribers will notice.
        also: Further codes that the same edits settle (``PM201`` for a deferred rewrite).
        requires: ``key`` of the changes without which this one must not be applied.
        symbol: Dotted name of the function around the finding, empty at module level.
        notes: Further remarks for the reader.
    """

    code: str
    location: Location
    title: str
    reason: str
    edits: tuple[Edit, ...]
    applicability: Applicability = Applicability.SAFE
    review_reasons: tuple[str, ...] = ()
    effect: Effect = field(default_factory=Effect)
    also: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    symbol: str = ""
    notes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Identifies the change within its plan."""
        return f"{self.code}:{self.location}"

    @property
    def codes(self) -> tuple[str, ...]:
        """All codes that the change settles, the leading one first."""
        return (self.code, *self.also)

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the files that the change edits, sorted."""
        return tuple(sorted({edit.path for edit in self.edits}))


@dataclass(frozen=True, slots=True)
class Deferral:
    """A finding without an edit.

    Attributes:
        code: ``PM104``.
        location: Where it is.
        title: One line: what was found.
        reason: Why it is left alone and what a person should do.
        symbol: Dotted name of the function around it.
        actionable: False for what is right as it is and only reported (the transport, tests).
        suppressed: True when a comment in the code asks to leave it alone.
    """

    code: str
    location: Location
    title: str
    reason: str
    symbol: str = ""
    actionable: bool = True
    suppressed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes and deferrals of one run, in path and line order.

    Attributes:
        changes: What can be applied.
        deferrals: What is left to a person, PM901 for broken files included.
        files: How many files were looked at.
        digests: SHA-256 of the raw bytes of each file that a change edits, so that apply can refuse
            a file that changed meanwhile.
        notes: Remarks on the run as a whole (a draft catalogue was used, ...).
    """

    changes: tuple[Change, ...] = ()
    deferrals: tuple[Deferral, ...] = ()
    files: int = 0
    digests: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def only(self, keys: Iterable[str]) -> Plan:
        """The plan with these changes only, less those whose requirements fell away."""
        kept = set(keys)
        while True:
            changes = tuple(
                change
                for change in self.changes
                if change.key in kept and kept.issuperset(change.requires)
            )
            remaining = {change.key for change in changes}
            if remaining == kept & {change.key for change in self.changes}:
                break
            kept = remaining
        paths = {path for change in changes for path in change.paths}
        digests = {path: digest for path, digest in self.digests.items() if path in paths}
        return Plan(changes, self.deferrals, self.files, digests, self.notes)
