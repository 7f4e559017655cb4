"""What a run of ``migrate`` came to. The one place that decides the exit code.

The numbers and the reasons for them are documented in ``docs/exit-codes.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from pusher_migrate.model import Applicability, Change, Deferral, Plan
from pusher_migrate.report.exit_code import ExitCode
from pusher_migrate.report.text import count, joined

_UNREADABLE = "PM901"
_CALL_CODES = ("PM1", "PM2")


@dataclass(frozen=True)
class MigrateOutcome:
    """What was planned, what was done of it, and what could not be done.

    Attributes:
        plan: What was to be shown or applied, after selection.
        writing: Whether the run was to write to the files that it looked at.
        applied: Keys of the changes that are in the files now.
        written: How many files were written.
        problems: What could not be done, a line each; unreadable files are not among them.
        interrupted: Whether Ctrl-C ended the run early.
        exit_non_zero_on_change: Whether changes are to be told by the exit code.
    """

    plan: Plan
    writing: bool = False
    applied: frozenset[str] = frozenset()
    written: int = 0
    problems: tuple[str, ...] = ()
    interrupted: bool = False
    exit_non_zero_on_change: bool = False

    @property
    def exit_code(self) -> ExitCode:
        """Interrupted before failed, failed before changed: the worst that is to be told."""
        if self.interrupted:
            return ExitCode.INTERRUPTED
        if self.problems or self.unreadable:
            return ExitCode.FAILED
        changed = self.applied if self.writing else self.plan.changes
        if changed and self.exit_non_zero_on_change:
            return ExitCode.FOUND
        return ExitCode.DONE

    @cached_property
    def unreadable(self) -> tuple[Deferral, ...]:
        """The files that could not be looked at."""
        return tuple(item for item in self.plan.deferrals if item.code == _UNREADABLE)

    @property
    def suppressed(self) -> int:
        """How many findings a comment hides."""
        return sum(item.suppressed for item in self.plan.deferrals)

    @cached_property
    def left_alone(self) -> tuple[Deferral, ...]:
        """What a person has to do something about."""
        return tuple(
            item for item in self.plan.deferrals if item.actionable and item.code != _UNREADABLE
        )

    @cached_property
    def pending(self) -> tuple[Change, ...]:
        """The changes that are not in the files."""
        return tuple(change for change in self.plan.changes if change.key not in self.applied)

    def counts(self) -> dict[str, int]:
        """The numbers of the summary, under the names that ``--json`` has."""
        changes = self.plan.changes
        return {
            "changes": len(changes),
            "files": len({path for change in changes for path in change.paths}),
            "safe": sum(change.applicability is Applicability.SAFE for change in changes),
            "review": sum(change.applicability is Applicability.REVIEW for change in changes),
            "applied": len(self.applied),
            "written_files": self.written,
            "left_alone": len(self.left_alone),
            "right_as_it_is": len(self.plan.deferrals)
            - len(self.left_alone)
            - len(self.unreadable)
            - self.suppressed,
            "suppressed": self.suppressed,
            "unreadable_files": len(self.unreadable),
        }

    def summary(self) -> str:
        """One line: ``12 changes in 5 files: 9 safe, 3 for review; 7 calls left alone.``"""
        numbers = self.counts()
        head = self._applied_text() if self.writing else self._planned_text()
        calls = all(item.code.startswith(_CALL_CODES) for item in self.left_alone)
        tail = joined(
            [
                (
                    f"{count(len(self.left_alone), 'call' if calls else 'finding')} left alone"
                    if self.left_alone
                    else ""
                ),
                f"{self.suppressed} suppressed by a comment" if self.suppressed else "",
                (
                    f"{count(numbers['unreadable_files'], 'file')} could not be read"
                    if self.unreadable
                    else ""
                ),
            ]
        )
        return f"{head}; {tail}." if tail else f"{head}."

    def next_steps(self) -> str:
        """What the user may want to do next; empty when there is nothing to do."""
        safe = any(change.applicability is Applicability.SAFE for change in self.pending)
        review = any(change.applicability is Applicability.REVIEW for change in self.pending)
        if self.writing:
            undo = "Take it back with `pusher-migrate undo`." if self.applied else ""
            rest = "`--unsafe` applies what is for review as well." if review else ""
            return " ".join(part for part in (rest, undo) if part)
        if safe and review:
            return "Apply the safe ones with `--yes`, those for review too with `--unsafe`."
        if safe:
            return "Apply them with `--yes`."
        return "Look at them, then apply them with `--unsafe`." if review else ""

    def _planned_text(self) -> str:
        numbers = self.counts()
        if not numbers["changes"]:
            return f"Nothing to change in {count(self.plan.files, 'file')}"
        kinds = joined(
            f"{numbers[name]} {shown}" if numbers[name] else ""
            for name, shown in (("safe", "safe"), ("review", "for review"))
        )
        return (
            f"{count(numbers['changes'], 'change')} in {count(numbers['files'], 'file')}: {kinds}"
        )

    def _applied_text(self) -> str:
        numbers = self.counts()
        if not numbers["changes"]:
            return f"Nothing to change in {count(self.plan.files, 'file')}"
        head = f"{count(numbers['applied'], 'change')} applied in {count(self.written, 'file')}"
        if self.interrupted:
            head = f"Interrupted: {head}"
        return f"{head}, {len(self.pending)} not applied" if self.pending else head
