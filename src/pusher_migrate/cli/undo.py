"""``pusher-migrate undo``: take the last apply back."""

from __future__ import annotations

from pathlib import Path

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.report.exit_code import ExitCode


@click.command("undo", short_help="Take the last apply back.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@output_options
def command(path: Path | None, no_color: bool, quiet: bool) -> ExitCode:
    """Take the last apply back, in the project around PATH or the working directory.

    A file that was changed since it was written is left alone. Called again, it takes the apply
    before that back.

    Exits 0 when all files are as they were, 2 when there is nothing to undo or a file could not be
    restored, 130 when interrupted.
    """
    from pusher_migrate.apply import ApplyInterrupted, undo
    from pusher_migrate.discover import find_project_root
    from pusher_migrate.report.text import count

    console = Console(colour=not no_color, quiet=quiet)
    root = find_project_root([path] if path is not None else [])
    try:
        result = undo(root)
    except ApplyInterrupted as interrupted:
        result = interrupted.result
    for written in result.written:
        console.say(f"restored {written}")
    for item in result.skipped:
        console.say(f"left alone: {item.what} {item.reason}")
    for note in result.notes:
        console.warn(note)
    console.fail(f"{item.what} {item.reason}" for item in result.failed)
    head = "Interrupted: " if result.interrupted else ""
    console.say(f"{head}{count(len(result.written), 'file')} restored in {root}.")
    if result.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.DONE if result.complete else ExitCode.FAILED
