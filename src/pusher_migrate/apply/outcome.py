"""What an apply or an undo did and did not do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a file was not written or a change not applied.

    Attributes:
        what: The file's path, or the change's key.
        reason: Half a sentence that goes on from it: ``is read-only``.
    """

    what: str
    reason: str

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}"


@dataclass(frozen=True, slots=True)
class ApplyResult:
    """Every file of the plan is in exactly one of the first three, every change in one of two.

    Attributes:
        written: Paths of the files that were replaced.
        skipped: Files left alone on purpose, or because what they belong with was.
        failed: Files that should have been written and could not be.
        applied: Keys of the changes that are in the files now.
        dropped: Keys of the changes that are not, each with the reason.
        notes: Remarks on what was written.
        interrupted: Whether Ctrl-C (or a termination signal) ended it early.
    """

    written: tuple[str, ...] = ()
    skipped: tuple[Outcome, ...] = ()
    failed: tuple[Outcome, ...] = ()
    applied: tuple[str, ...] = ()
    dropped: tuple[Outcome, ...] = ()
    notes: tuple[str, ...] = ()
    interrupted: bool = False

    @property
    def complete(self) -> bool:
        """Whether all that was asked for is done."""
        return not (self.failed or self.dropped or self.interrupted)

    def summary(self) -> str:
        """One line: what was done and what was not."""
        counts = [(len(self.written), "written"), (len(self.skipped), "left alone")]
        if self.failed:
            counts.append((len(self.failed), "failed"))
        text = ", ".join(
            f"{count} {'file' if count == 1 else 'files'} {done}" for count, done in counts
        )
        return f"interrupted: {text}" if self.interrupted else text


class ApplyInterrupted(KeyboardInterrupt):
    """Ctrl-C during an apply or undo, raised once no file is half done.

    Args:
        result: What was done and what was not.
    """

    def __init__(self, result: ApplyResult) -> None:
        self.result = result
        super().__init__(result.summary())
