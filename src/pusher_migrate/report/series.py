"""A plan as a series of diffs, one a change, each on top of those before it.

``git apply`` takes such a series in one go, and a reviewer sees a change's reason right above what
it does. A diff of each change against the files as they are would not do: changes of one file that
lie close together, or that share an import, would not apply one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pusher_migrate.edits import apply_edits, unified_diff
from pusher_migrate.errors import ApplyError, PusherMigrateError
from pusher_migrate.model import Change, Edit, Plan
from pusher_migrate.source import SourceFile, decode, encode

Reader = Callable[[str], bytes]

_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class FileDiff:
    """What one change does to one file.

    Attributes:
        path: Relative to the root.
        text: Unified diff, as text.
        encoding: The file's own, which a patch has to be in.
    """

    path: str
    text: str
    encoding: str

    @property
    def patch(self) -> bytes:
        """The diff as ``git apply`` has to be given it."""
        return self.text.encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Step:
    """One change in a series.

    Attributes:
        change: The change.
        diffs: In path order. Empty when the steps before do all that it does.
    """

    change: Change
    diffs: tuple[FileDiff, ...]

    @property
    def text(self) -> str:
        """The diffs of all files, as text."""
        return "".join(diff.text for diff in self.diffs)


class Series:
    """The files of a plan with the changes that were accepted so far.

    Args:
        read: Gives a file's bytes by its path; raises SourceError.
        plan: Where the changes come from.
    """

    def __init__(self, read: Reader, plan: Plan) -> None:
        self._read = read
        self._plan = plan
        self._sources: dict[str, SourceFile] = {}
        self._texts: dict[str, str] = {}
        self._accepted: set[str] = set()
        # What each file gets, and from which change, in the plan's order.
        self._edits: dict[str, list[tuple[str, Edit]]] = {}
        for change in plan.changes:
            key = change.key
            for edit in change.edits:
                self._edits.setdefault(edit.path, []).append((key, edit))

    def step(self, change: Change) -> Step:
        """What a change would do now; accepts nothing.

        Raises:
            PusherMigrateError: A file cannot be read, changed since the plan was made, or does not
                take the edits.
        """
        diffs = []
        for path in change.paths:
            source = self._source(path)
            before = self._texts.get(path, source.text)
            after = self._with(path, change)
            mark = _MARK if source.bom else ""
            text = unified_diff(path, mark + before, mark + after)
            if text:
                # Raises for a character that the file's encoding lacks, as applying it would.
                encode(source, after)
                diffs.append(FileDiff(path, text, source.encoding))
        return Step(change, tuple(diffs))

    def accept(self, change: Change) -> None:
        """Take a change in, so that the next ones are shown on top of it.

        Raises:
            PusherMigrateError: As `step`.
        """
        texts = {path: self._with(path, change) for path in change.paths}
        self._texts.update(texts)
        self._accepted.add(change.key)

    def _with(self, path: str, change: Change) -> str:
        """A file's text with the accepted changes and one more."""
        wanted = {*self._accepted, change.key}
        # In the plan's order, whichever they were accepted in: insertions at one place keep the
        # order that they are given in, and the result has to be what applying the plan gives.
        edits = (edit for key, edit in self._edits.get(path, ()) if key in wanted)
        return apply_edits(self._source(path), edits)

    def _source(self, path: str) -> SourceFile:
        if path not in self._sources:
            source = decode(path, self._read(path))
            if self._plan.digests.get(path, source.digest) != source.digest:
                raise ApplyError(f"{path} changed since the plan was made: run it again")
            self._sources[path] = source
        return self._sources[path]


def requirements_first(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Changes in the given order, but each after those that it requires.

    Changes that require each other stay in the given order.
    """
    by_key = {change.key: change for change in changes}
    done: dict[str, Change] = {}

    def visit(change: Change, trail: frozenset[str]) -> None:
        if change.key in done or change.key in trail:
            return
        for key in change.requires:
            if key in by_key:
                visit(by_key[key], trail | {change.key})
        done[change.key] = change

    for change in by_key.values():
        visit(change, frozenset())
    return tuple(done.values())


def plan_series(
    read: Reader, plan: Plan
) -> tuple[tuple[Step, ...], tuple[tuple[Change, PusherMigrateError], ...]]:
    """All changes of a plan as a series.

    Args:
        read: As for `Series`.
        plan: The plan.

    Returns:
        The steps, and the changes that cannot be shown, each with the reason; those are left out,
        along with the changes that require them.
    """
    series = Series(read, plan)
    steps: list[Step] = []
    problems: list[tuple[Change, PusherMigrateError]] = []
    failed: set[str] = set()
    for change in requirements_first(plan.changes):
        missing = next((key for key in change.requires if key in failed), None)
        try:
            if missing:
                raise ApplyError(f"requires {missing}, which cannot be made")
            steps.append(series.step(change))
            series.accept(change)
        except PusherMigrateError as error:
            failed.add(change.key)
            problems.append((change, error))
    return tuple(steps), tuple(problems)
