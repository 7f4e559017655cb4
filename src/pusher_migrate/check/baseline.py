"""The ratchet: findings that are known and may stay, by what they say and not by where they are.

An entry is matched by path, code and fingerprint of the statement. A statement that left its file
is followed into another one by its fingerprint, so that renaming a file or moving a function breaks
nothing; a copy of it is new, because the original is still there.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from pusher_migrate.check.finding import Finding, family_of
from pusher_migrate.config import CODES, one_line
from pusher_migrate.errors import UsageError

FILE_NAME = ".pusher-migrate-baseline.json"
_VERSION = 1


class Entry(NamedTuple):
    """One statement with a finding that is known."""

    path: str
    code: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Findings held against a baseline.

    Attributes:
        new: What is not in it, in the order of the findings.
        known: What is in it.
        fixed: Entries that nothing was found for, though it was looked for.
        kept: Entries of which this run says nothing.
    """

    new: tuple[Finding, ...]
    known: tuple[Finding, ...] = ()
    fixed: tuple[Entry, ...] = ()
    kept: tuple[Entry, ...] = ()

    def updated(self) -> tuple[Entry, ...]:
        """The entries of a baseline that fits: with what is new, without what is fixed."""
        found = (
            Entry(item.location.path, item.code, item.fingerprint)
            for item in (*self.new, *self.known)
            if item.fingerprint
        )
        return tuple(sorted((*self.kept, *found)))


def compare(
    entries: Iterable[Entry],
    findings: Iterable[Finding],
    *,
    looked_at: Callable[[str], bool],
    is_there: Callable[[str], bool],
    enabled: Collection[str],
) -> Comparison:
    """Tell new findings from known ones.

    Args:
        entries: What is known; an entry counts as often as it is there.
        findings: What was found; suppressed ones are left out by the caller.
        looked_at: Whether a file was looked at in this run.
        is_there: Whether a file exists.
        enabled: The codes that were looked for.
    """
    waiting: dict[tuple[str, str], list[Entry]] = {}
    for entry in sorted(entries):
        waiting.setdefault((family_of(entry.code), entry.fingerprint), []).append(entry)

    def take(item: Finding, fits: Callable[[str], bool]) -> bool:
        same = waiting.get((item.family, item.fingerprint), []) if item.fingerprint else []
        found = next((entry for entry in same if fits(entry.path)), None)
        if found is not None:
            same.remove(found)
        return found is not None

    def has_left(path: str) -> bool:
        return looked_at(path) or not is_there(path)

    # All that stayed where it was first: only what is left over can have moved.
    findings = tuple(findings)
    stayed = [take(item, item.location.path.__eq__) for item in findings]
    known = [was or take(item, has_left) for item, was in zip(findings, stayed, strict=True)]
    families = {family_of(code) for code in enabled}
    left = sorted(entry for same in waiting.values() for entry in same)
    fixed = {entry for entry in left if family_of(entry.code) in families and has_left(entry.path)}
    return Comparison(
        tuple(item for item, is_known in zip(findings, known, strict=True) if not is_known),
        tuple(item for item, is_known in zip(findings, known, strict=True) if is_known),
        tuple(entry for entry in left if entry in fixed),
        tuple(entry for entry in left if entry not in fixed),
    )


def load(path: Path) -> tuple[Entry, ...]:
    """Read a baseline.

    Raises:
        UsageError: It is not there, cannot be read, or is no baseline of this version.
    """
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        why = one_line(str(error))
        raise UsageError(f"{path}: not a baseline, and not even JSON: {why}") from error
    if not isinstance(document, dict) or not isinstance(document.get("findings"), list):
        raise UsageError(f"{path}: not a baseline: it has no list of findings")
    if document.get("version") != _VERSION:
        raise UsageError(
            f"{path}: a baseline of version {one_line(repr(document.get('version')))}, and this "
            f"release reads version {_VERSION}; write it anew with --update-baseline"
        )
    return tuple(_entry(item, path) for item in document["findings"])


def save(path: Path, entries: Iterable[Entry]) -> None:
    """Write a baseline: sorted, one entry a line, so that versions of it can be merged.

    Raises:
        UsageError: It cannot be written; what was there is left as it is.
    """
    rows = ",\n".join("    " + json.dumps(entry._asdict()) for entry in sorted(entries))
    listed = f"[\n{rows}\n  ]" if rows else "[]"
    text = f'{{\n  "version": {_VERSION},\n  "findings": {listed}\n}}\n'
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, path)
        except BaseException:
            os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from error


def _entry(item: object, path: Path) -> Entry:
    if isinstance(item, dict):
        values = [item.get(name) for name in Entry._fields]
        texts = [value for value in values if isinstance(value, str)]
        if len(texts) == len(values) and texts[1] in CODES:
            return Entry(*texts)
    shown = one_line(json.dumps(item))[:80]
    raise UsageError(f"{path}: not a baseline: {shown} is no finding with path, code, fingerprint")


def _umask() -> int:
    # There is no way to ask for it without setting it.
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
