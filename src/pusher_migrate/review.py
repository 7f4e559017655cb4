"""What a plan would do, shown as diffs, and which of its changes are to be done. All pure.

Files are read through a function that the caller passes in: path relative to the root -> bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from pusher_migrate.edits import apply_edits, unified_diff
from pusher_migrate.errors import ApplyError, PusherMigrateError
from pusher_migrate.model import Applicability, Change, Edit, Plan
from pusher_migrate.source import SourceFile, decode, encode

Reader = Callable[[str], bytes]

#: Yes, no, this and all that follow, or quit and keep what was approved. What is none of these
#: counts as no.
Answer = Literal["y", "n", "a", "q"]
Ask = Callable[[Change, str], Answer]


class Mode(enum.StrEnum):
    """How changes are chosen."""

    SAFE = "safe"
    """Those that are safe (``--yes``)."""
    UNSAFE = "unsafe"
    """Those for review too (``--unsafe``)."""
    ASK = "ask"
    """Those that a person says yes to."""


@dataclass(frozen=True, slots=True)
class FilePreview:
    """One file as it is and as it would be.

    Attributes:
        path: Relative to the root.
        before: The file as it is.
        after: Its text afterwards, without byte order mark.
        diff: Unified diff, as text for people.
    """

    path: str
    before: SourceFile
    after: str
    diff: str

    @property
    def patch(self) -> bytes:
        """The diff in the file's own encoding: what ``git apply`` has to be given."""
        return self.diff.encode(self.before.encoding)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would do to the files.

    Attributes:
        files: In path order, those that would change.
        problems: Files that could not be shown, because they cannot be read, changed since the plan
            was made, or do not take the edits.
    """

    files: tuple[FilePreview, ...]
    problems: tuple[PusherMigrateError, ...] = ()

    @property
    def diff(self) -> str:
        """The diffs of all files, as text for people."""
        return "".join(file.diff for file in self.files)

    @property
    def patch(self) -> bytes:
        """The diffs of all files, as ``git apply`` takes them."""
        return b"".join(file.patch for file in self.files)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which changes of a plan are to be made.

    Attributes:
        kept: Their keys, in the plan's order; give them to `Plan.only`.
        dropped: The keys of all others, each with the reason.
        quit: Whether the person quit before all was asked.
    """

    kept: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...] = ()
    quit: bool = False


def preview(read: Reader, plan: Plan) -> Preview:
    """What a plan would do to each file that it edits."""
    edits: dict[str, list[Edit]] = {}
    for change in plan.changes:
        for edit in change.edits:
            edits.setdefault(edit.path, []).append(edit)
    files: list[FilePreview] = []
    problems: list[PusherMigrateError] = []
    for path in sorted(edits):
        try:
            before = _load(read, plan, path)
            shown = _preview_file(before, edits[path])
        except PusherMigrateError as error:
            problems.append(error)
        else:
            if shown.diff:
                files.append(shown)
    return Preview(tuple(files), tuple(problems))


def change_differ(read: Reader, plan: Plan) -> Callable[[Change], str]:
    """A function that gives the diff of one change alone against the files as they are.

    Each file is read once, when it is first needed.

    Raises (the function that is returned):
        PusherMigrateError: A file cannot be read, changed since the plan was made, or does not take
            the edits.
    """

    @cache
    def load(path: str) -> SourceFile:
        return _load(read, plan, path)

    def diff(change: Change) -> str:
        return "".join(
            _preview_file(load(path), (e for e in change.edits if e.path == path)).diff
            for path in change.paths
        )

    return diff


def decide(
    plan: Plan,
    mode: Mode,
    *,
    ask: Ask | None = None,
    diff: Callable[[Change], str] = lambda _: "",
) -> Decision:
    """Choose the changes to make.

    A change is only made together with all that it requires. Before a person is asked about a
    change, its requirements are asked about; if one of them is declined, the change is not asked
    about any more.

    Args:
        plan: What there is to choose from.
        mode: How to choose.
        ask: For `Mode.ASK`: called with a change and its diff.
        diff: For `Mode.ASK`: gives a change's diff, see `change_differ`.

    Raises:
        ValueError: `Mode.ASK` without ``ask``.
    """
    if mode is Mode.ASK and ask is None:
        raise ValueError("asking needs a function to ask")
    chooser = _Chooser(plan, mode, ask, diff)
    for change in plan.changes:
        chooser.visit(change)
    kept = tuple(change.key for change in plan.only(chooser.chosen).changes)
    left = {change.key: change for change in plan.changes if change.key not in kept}
    return Decision(
        kept,
        tuple((key, chooser.declined.get(key) or _missing(left[key], kept)) for key in left),
        chooser.quit,
    )


class _Chooser:
    """One run of `decide`."""

    def __init__(
        self, plan: Plan, mode: Mode, ask: Ask | None, diff: Callable[[Change], str]
    ) -> None:
        self.changes = {change.key: change for change in plan.changes}
        self.mode = mode
        self.ask = ask
        self.diff = diff
        self.visited: set[str] = set()
        self.chosen: set[str] = set()
        self.declined: dict[str, str] = {}
        self.all = False
        self.quit = False

    def visit(self, change: Change) -> None:
        """Decide about a change, and before that about what it requires."""
        if change.key in self.visited:
            return
        self.visited.add(change.key)
        for key in change.requires:
            if key in self.changes:
                self.visit(self.changes[key])
        # One that requires this change in turn is not decided yet.
        missing = [key for key in change.requires if self._is_out(key)]
        reason = f"requires {missing[0]}, which is not made" if missing else self._objection(change)
        if reason:
            self.declined[change.key] = reason
        else:
            self.chosen.add(change.key)

    def _is_out(self, key: str) -> bool:
        return key not in self.changes or key in self.declined

    def _objection(self, change: Change) -> str | None:
        """Why a change is not chosen, None if it is."""
        if change.applicability is Applicability.MANUAL or not change.edits:
            return "offers no edit"
        if self.mode is Mode.UNSAFE or self.all:
            return None
        if self.mode is Mode.SAFE:
            return None if change.applicability is Applicability.SAFE else "is for review"
        if self.quit:
            return "was left undecided"
        answer = self.ask(change, self.diff(change)) if self.ask else "n"
        self.all = answer == "a"
        self.quit = answer == "q"
        if answer in ("y", "a"):
            return None
        return "was left undecided" if self.quit else "was declined"


def _missing(change: Change, kept: Iterable[str]) -> str:
    """Names the requirement that `Plan.only` missed."""
    made = set(kept)
    key = next((key for key in change.requires if key not in made), "another change")
    return f"requires {key}, which is not made"


def _load(read: Reader, plan: Plan, path: str) -> SourceFile:
    source = decode(path, read(path))
    if plan.digests.get(path, source.digest) != source.digest:
        raise ApplyError(f"{path}: changed since the plan was made: run it again")
    return source


def _preview_file(before: SourceFile, edits: Iterable[Edit]) -> FilePreview:
    after = apply_edits(before, edits)
    # Raises for a character that the file's encoding lacks, as applying it would.
    encode(before, after)
    # To git the byte order mark is part of the first line.
    mark = "\ufeff" if before.bom else ""
    diff = unified_diff(before.path, mark + before.text, mark + after)
    return FilePreview(before.path, before, after, diff)
