"""The only part of the tool that writes: apply a plan, take the last apply back."""

from pusher_migrate.apply.dirty import dirty_files
from pusher_migrate.apply.outcome import ApplyInterrupted, ApplyResult, Outcome
from pusher_migrate.apply.run import apply_plan, undo

__all__ = ["ApplyInterrupted", "ApplyResult", "Outcome", "apply_plan", "dirty_files", "undo"]
