"""What a check came to, as lines, JSON and numbers; and its exit code.

``docs/exit-codes.md`` documents the exit code, ``docs/check.md`` the JSON.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pusher_migrate import __version__
from pusher_migrate.check.baseline import Comparison
from pusher_migrate.check.finding import Finding
from pusher_migrate.config import CODES
from pusher_migrate.report.exit_code import ExitCode
from pusher_migrate.report.style import Paint, harmless, plain
from pusher_migrate.report.text import count, joined

#: Raised when a key changes its meaning or goes; new keys may come without.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class CheckOutcome:
    """What was found, held against the baseline.

    Attributes:
        comparison: The findings that are neither suppressed nor unreadable files.
        suppressed: The findings that a comment hides.
        unreadable: The files that could not be looked at, as findings.
        files: How many files were looked at.
        baseline: Path of the baseline as the user would type it; empty when there is none.
        written: Whether the baseline was brought up to date.
        exit_zero: Whether findings are not to be told by the exit code.
        strict: Whether entries of the baseline that are fixed count as findings.
    """

    comparison: Comparison
    suppressed: tuple[Finding, ...] = ()
    unreadable: tuple[Finding, ...] = ()
    files: int = 0
    baseline: str = ""
    written: bool = False
    exit_zero: bool = False
    strict: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """What was not looked at goes before what was found: the worst that is to be told."""
        if self.unreadable:
            return ExitCode.FAILED
        if self.exit_zero or self.written:
            return ExitCode.DONE
        found = self.comparison.new or (self.strict and self.comparison.fixed)
        return ExitCode.FOUND if found else ExitCode.DONE

    @cached_property
    def reported(self) -> tuple[Finding, ...]:
        """The findings that somebody has to do something about, in path and line order."""
        found = () if self.written else self.comparison.new
        return tuple(sorted((*found, *self.unreadable), key=_place))

    def summary(self) -> str:
        """One line for people: ``3 findings in 2 files; 5 in the baseline.``"""
        new = self.comparison.new
        if self.written:
            known = len(new) + len(self.comparison.known)
            head = f"{self.baseline} holds {count(known, 'finding')}"
        elif new:
            places = len({item.location.path for item in new})
            head = f"{count(len(new), 'finding')} in {count(places, 'file')}"
        else:
            head = f"No findings in {count(self.files, 'file')}"
        tail = joined(
            [
                f"{len(self.comparison.known)} in the baseline" if self._shows_known else "",
                f"{len(self.suppressed)} suppressed by a comment" if self.suppressed else "",
                (
                    f"{count(len(self.unreadable), 'file')} could not be read"
                    if self.unreadable
                    else ""
                ),
            ]
        )
        return f"{head}; {tail}." if tail else f"{head}."

    def hints(self) -> tuple[str, ...]:
        """What the user may want to do next, a line each."""
        hints = []
        fixable = sum(bool(item.fix) for item in self.comparison.new)
        if fixable and not self.written:
            hints.append(f"`pusher-migrate migrate` offers a change for {fixable} of them.")
        fixed = len(self.comparison.fixed)
        if fixed and not self.written:
            hints.append(
                f"{count(fixed, 'finding')} of {self.baseline} {'is' if fixed == 1 else 'are'} "
                "gone: shrink it with `pusher-migrate check --update-baseline`."
            )
        return tuple(hints)

    @property
    def _shows_known(self) -> bool:
        return bool(self.comparison.known) and not self.written


def finding_line(finding: Finding, paint: Paint = plain) -> str:
    """``path:line:column: CODE message``, as ruff writes it and editors understand it."""
    place = paint("place", harmless(f"{finding.location}:"))
    mark = f"{paint('safe', '[*]')} " if finding.fix == "safe" else ""
    return f"{place} {paint('code', finding.code)} {mark}{harmless(finding.message)}"


def findings_text(outcome: CheckOutcome, paint: Paint = plain) -> str:
    """A line for each finding that is to be done something about."""
    return "".join(f"{finding_line(item, paint)}\n" for item in outcome.reported)


def statistics(findings: Iterable[Finding]) -> list[tuple[int, str, str]]:
    """Number, code and name of each kind of finding, the most frequent first."""
    counts = Counter(item.code for item in findings)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(number, code, CODES[code].name) for code, number in ordered]


def statistics_text(outcome: CheckOutcome, paint: Paint = plain) -> str:
    """A line for each kind of finding: number, code, name."""
    rows = statistics(outcome.reported)
    width = max((len(str(number)) for number, *_ in rows), default=0)
    return "".join(
        f"{number:>{width}}  {paint('code', code)}  {name}\n" for number, code, name in rows
    )


def findings_json(outcome: CheckOutcome, root: str) -> str:
    """The document that ``check --format json`` prints, with a newline at its end.

    Args:
        outcome: What was found.
        root: Absolute path of the project's root.
    """
    comparison = outcome.comparison
    rows = [
        *((item, "new") for item in comparison.new),
        *((item, "baseline") for item in comparison.known),
        *((item, "suppressed") for item in outcome.suppressed),
        *((item, "unreadable") for item in outcome.unreadable),
    ]
    document = {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "pusher-migrate", "version": __version__},
        "root": root,
        "exit_code": int(outcome.exit_code),
        "summary": {
            "files_looked_at": outcome.files,
            "new": len(comparison.new),
            "baseline": len(comparison.known),
            "suppressed": len(outcome.suppressed),
            "unreadable_files": len(outcome.unreadable),
            "fixed": len(comparison.fixed),
        },
        "findings": [
            _finding_data(item, status)
            for item, status in sorted(rows, key=lambda row: _place(row[0]))
        ],
        "fixed": [entry._asdict() for entry in comparison.fixed],
    }
    return json.dumps(document, indent=2) + "\n"


def statistics_json(outcome: CheckOutcome) -> str:
    """What ``check --format json --statistics`` prints."""
    rows = statistics(outcome.reported)
    listed = [{"code": code, "name": name, "count": number} for number, code, name in rows]
    document = {"schema_version": SCHEMA_VERSION, "statistics": listed}
    return json.dumps(document, indent=2) + "\n"


def _finding_data(finding: Finding, status: str) -> dict[str, Any]:
    return {
        "code": finding.code,
        "name": CODES[finding.code].name,
        "path": finding.location.path,
        "line": finding.location.line,
        "column": finding.location.column,
        "symbol": finding.symbol,
        "message": finding.message,
        "fingerprint": finding.fingerprint,
        "fix": finding.fix or None,
        "status": status,
        "suppressed_by": finding.suppressed or None,
    }


def _place(finding: Finding) -> tuple[str, int, int, str]:
    location = finding.location
    return location.path, location.line, location.column, finding.code
