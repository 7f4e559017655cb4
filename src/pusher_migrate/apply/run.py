"""Apply a plan and undo it: decide for each file whether it may be written, then write.

Everything is checked and every new content is made in memory before anything is written. A file
that may not be written takes the changes with it that edit it, and those that require them; what is
left is written in groups, each of them all or none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pusher_migrate.apply import record as undo_record
from pusher_migrate.apply.dirty import dirty_files
from pusher_migrate.apply.groups import Group, group_files
from pusher_migrate.apply.outcome import ApplyInterrupted, ApplyResult, Outcome
from pusher_migrate.apply.writer import Replacement, WriteError, replace_together, signals_held
from pusher_migrate.discover import read
from pusher_migrate.edits import apply_edits, verify_untouched
from pusher_migrate.errors import ApplyError, EditConflict, SourceError
from pusher_migrate.model import Edit, Plan
from pusher_migrate.source import SourceFile, decode, encode, parse

_INTERRUPTED = "was not reached: interrupted"


class _Refused(Exception):
    """A file may not be written. ``deliberate`` when it could be, but should not."""

    def __init__(self, reason: str, *, deliberate: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.deliberate = deliberate


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A file as it is now."""

    target: str
    raw: bytes
    source: SourceFile


@dataclass
class _Log:
    """Collects what becomes of each file."""

    written: list[str] = field(default_factory=list)
    unchanged: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    interrupted: bool = False

    def refuse(self, path: str, refused: _Refused) -> None:
        (self.skipped if refused.deliberate else self.failed)[path] = refused.reason

    def reason(self, path: str) -> str | None:
        return self.failed.get(path) or self.skipped.get(path)

    def settled(self, path: str) -> bool:
        return path in self.written or path in self.unchanged


def apply_plan(
    root: str | os.PathLike[str], plan: Plan, *, allow_dirty: bool = False
) -> ApplyResult:
    """Write the changes of a plan.

    A file is left alone if it changed since the plan was made, has uncommitted changes, is
    read-only, is outside the root, or would not be Python afterwards; a change is applied in all
    its files or in none. The originals are kept for `undo`.

    Args:
        root: The project's root; the plan's paths are relative to it.
        plan: With a digest for each file that it edits.
        allow_dirty: Also write files with uncommitted changes.

    Raises:
        ApplyError: Whether there are uncommitted changes cannot be told; nothing was written.
        ApplyInterrupted: Ctrl-C; it carries the result, and no file is half written.
    """
    top = os.path.realpath(root)
    log = _Log()
    paths = sorted({path for change in plan.changes for path in change.paths})
    try:
        dirty = frozenset(() if allow_dirty else dirty_files(top, paths))
        kept, replacements = _prepare(top, plan, dirty, log)
    except KeyboardInterrupt:
        nothing = tuple(Outcome(path, _INTERRUPTED) for path in paths)
        dropped = tuple(Outcome(change.key, _INTERRUPTED) for change in plan.changes)
        raise ApplyInterrupted(
            ApplyResult(skipped=nothing, dropped=dropped, interrupted=True)
        ) from None
    groups = group_files(kept.changes)
    changing = [file for file in replacements.values() if file.after != file.before]
    log.unchanged = set(replacements).difference(file.path for file in changing)
    with signals_held() as interrupted:
        if changing:
            _write_recorded(top, groups, changing, interrupted, log)
        log.interrupted = interrupted()
    result = _result_of(plan, kept, paths, log)
    if result.interrupted:
        raise ApplyInterrupted(result)
    return result


def undo(root: str | os.PathLike[str]) -> ApplyResult:
    """Take the last apply back that was not taken back yet.

    A file is restored if it still is as it was written. Otherwise it is left alone, with the files
    that share a change with it and those whose changes it needs.

    Args:
        root: The project's root.

    Returns:
        With the restored files as ``written``; it says nothing about changes.

    Raises:
        ApplyError: There is nothing to undo, or its record is damaged.
        ApplyInterrupted: Ctrl-C; it carries the result.
    """
    top = os.path.realpath(root)
    record = undo_record.newest(top)
    if record is None:
        raise ApplyError(f"there is nothing to undo in {top}")
    log = _Log()
    replacements = {}
    for entry in record.entries:
        try:
            target = _target(top, entry.path)
            now = read(top, entry.path)
            digest = hashlib.sha256(now).hexdigest()
            if digest == entry.before:
                log.unchanged.add(entry.path)
            elif digest == entry.after:
                content = undo_record.original(record, entry)
                replacements[entry.path] = Replacement(entry.path, target, now, content)
            else:
                log.failed[entry.path] = "was changed since it was written"
        except SourceError as error:
            log.failed[entry.path] = error.message
        except ApplyError as error:
            log.failed[entry.path] = str(error)
        except _Refused as error:
            log.refuse(entry.path, error)
    with signals_held() as interrupted:
        _write_groups(_reversed(record.groups), replacements, interrupted, log)
        undo_record.keep(record, {e.path for e in record.entries if not log.settled(e.path)})
        log.interrupted = interrupted()
    for path in log.unchanged:
        log.skipped[path] = "already is as it was before"
    result = ApplyResult(
        written=tuple(sorted(log.written)),
        skipped=_outcomes(log.skipped),
        failed=_outcomes(log.failed),
        notes=tuple(log.notes),
        interrupted=log.interrupted,
    )
    if result.interrupted:
        raise ApplyInterrupted(result)
    return result


def _prepare(
    root: str, plan: Plan, dirty: frozenset[str], log: _Log
) -> tuple[Plan, dict[str, Replacement]]:
    """What of the plan can be done, and the new content of each file; the rest goes to the log."""
    loaded: dict[str, _Loaded] = {}
    contents: dict[str, tuple[tuple[Edit, ...], bytes]] = {}
    while True:
        edits = _edits_by_path(plan)
        for path in edits:
            try:
                if path not in loaded:
                    targets = {file.target: other for other, file in loaded.items()}
                    loaded[path] = _load(root, path, plan.digests.get(path), path in dirty, targets)
                if path not in contents or contents[path][0] != edits[path]:
                    contents[path] = edits[path], _render(loaded[path], edits[path])
            except _Refused as error:
                log.refuse(path, error)
        fine = [c.key for c in plan.changes if c.edits and not any(map(log.reason, c.paths))]
        reduced = plan.only(fine)
        if len(reduced.changes) == len(plan.changes):
            break
        plan = reduced
    return plan, {
        path: Replacement(path, loaded[path].target, loaded[path].raw, contents[path][1])
        for path in edits
    }


def _edits_by_path(plan: Plan) -> dict[str, tuple[Edit, ...]]:
    found: dict[str, list[Edit]] = {}
    for change in plan.changes:
        for edit in change.edits:
            found.setdefault(edit.path, []).append(edit)
    return {path: tuple(edits) for path, edits in sorted(found.items())}


def _target(root: str, path: str) -> str:
    """Absolute path of the regular file that a path of the plan stands for."""
    target = os.path.realpath(os.path.join(root, path))
    if os.path.commonpath([root, target]) != root:
        raise _Refused("is outside the project")
    return target


def _load(
    root: str, path: str, digest: str | None, dirty: bool, targets: Mapping[str, str]
) -> _Loaded:
    """Read a file that is to be written, and see whether it may be."""
    target = _target(root, path)
    if target in targets:
        raise _Refused(f"is the same file as {targets[target]}", deliberate=True)
    try:
        raw = read(root, path)
        if hashlib.sha256(raw).hexdigest() != digest:
            raise _Refused("changed since the plan was made: run it again", deliberate=True)
        if dirty:
            raise _Refused("has uncommitted changes", deliberate=True)
        # Renaming over a read-only file would work, and root may write any: the mode is a wish.
        if not os.stat(target).st_mode & 0o222 or not os.access(target, os.W_OK):
            raise _Refused("is read-only")
        if not os.access(os.path.dirname(target), os.W_OK | os.X_OK):
            raise _Refused("is in a directory that cannot be written to")
        source = decode(path, raw)
        if encode(source, source.text) != raw:
            raise _Refused(f"holds bytes that {source.encoding} would not give back")
    except SourceError as error:
        raise _Refused(error.message) from error
    except OSError as error:
        raise _Refused(f"cannot be read: {error.strerror}") from error
    return _Loaded(target, raw, source)


def _render(file: _Loaded, edits: Sequence[Edit]) -> bytes:
    """A file's new bytes, proven to be Python and to differ only where the edits are."""
    source = file.source
    try:
        text = apply_edits(source, edits)
        content = encode(source, text)
        written = decode(source.path, content)
        verify_untouched(source, written.text, edits)
        if (written.encoding, written.bom) != (source.encoding, source.bom):
            raise _Refused("would change its encoding")
        parse(written)
    except (EditConflict, ApplyError) as error:
        raise _Refused(f"cannot be edited as planned: {error}") from error
    except SourceError as error:
        raise _Refused(
            f"would not be Python afterwards: line {error.line} {error.message}"
        ) from error
    return content


def _write_recorded(
    root: str,
    groups: Sequence[Group],
    changing: Sequence[Replacement],
    interrupted: Callable[[], bool],
    log: _Log,
) -> None:
    """Save the originals, then write."""
    try:
        record = undo_record.save(root, changing, groups)
    except OSError as error:
        why = f"was not written, because its original cannot be saved for undo: {error.strerror}"
        log.failed.update((file.path, why) for file in changing)
        return
    _write_groups(groups, {file.path: file for file in changing}, interrupted, log)
    undo_record.keep(record, {*log.written, *log.stuck})


def _write_groups(
    groups: Sequence[Group],
    replacements: Mapping[str, Replacement],
    interrupted: Callable[[], bool],
    log: _Log,
) -> None:
    """Write group after group; what cannot be done takes along only what depends on it."""
    undone: dict[int, str] = {}
    hopeless: str | None = None
    for index, group in enumerate(groups):
        files = [replacements[path] for path in group.paths if path in replacements]
        bad = next((path for path in group.paths if log.reason(path)), None)
        blocker = next((undone[need] for need in group.needs if need in undone), None)
        why = None
        if bad:
            why = f"belongs with {bad}, which is left as it is"
        elif blocker:
            why = f"depends on {blocker}, which is left as it is"
        elif hopeless:
            why = f"was not tried, because {hopeless}"
        elif interrupted():
            why = _INTERRUPTED
        else:
            try:
                log.notes.extend(replace_together(files))
                log.written.extend(file.path for file in files)
            except WriteError as error:
                bad = error.path
                log.failed[bad] = error.reason
                log.stuck.update(path for path, _ in error.stuck)
                for path, reason in error.stuck:
                    log.failed[path] = (
                        f"was written, and could not be put back when {bad} failed ({reason}); "
                        "undo restores it"
                    )
                if error.hopeless:
                    hopeless = f"{bad} {error.reason}"
                why = f"belongs with {bad}, which failed"
        if why:
            undone[index] = bad or blocker or next(iter(group.paths))
            for file in files:
                if not log.reason(file.path):
                    log.skipped[file.path] = why


def _reversed(groups: Sequence[Group]) -> list[Group]:
    """The groups for the way back: last first, and each needs those that needed it."""
    last = len(groups) - 1
    return [
        Group(
            group.paths,
            tuple(last - other for other in range(last, index, -1) if index in groups[other].needs),
        )
        for index, group in reversed(list(enumerate(groups)))
    ]


def _result_of(plan: Plan, kept: Plan, paths: Iterable[str], log: _Log) -> ApplyResult:
    """Account for every file and every change of the plan."""
    applied = [c.key for c in kept.changes if all(log.settled(path) for path in c.paths)]
    dropped = []
    for change in plan.changes:
        if change.key in applied:
            continue
        reasons = (f"{path} {why}" for path in change.paths if (why := log.reason(path)))
        missing = (key for key in change.requires if key not in applied)
        why = next(reasons, None) or next((f"requires {key}" for key in missing), "has no edits")
        dropped.append(Outcome(change.key, why))
    for path in paths:
        if path in log.unchanged:
            log.skipped[path] = "already is as planned"
        elif path not in log.written and not log.reason(path):
            log.skipped[path] = "its changes belong with others that cannot be made"
    return ApplyResult(
        tuple(sorted(log.written)),
        _outcomes(log.skipped),
        _outcomes(log.failed),
        tuple(applied),
        tuple(dropped),
        tuple(log.notes),
        log.interrupted,
    )


def _outcomes(reasons: Mapping[str, str]) -> tuple[Outcome, ...]:
    return tuple(Outcome(path, reason) for path, reason in sorted(reasons.items()))
