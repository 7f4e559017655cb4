"""``pusher-migrate init``: draft the catalogue from the code."""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.errors import UsageError
from pusher_migrate.report.exit_code import ExitCode

if TYPE_CHECKING:
    from pusher_migrate.catalogue import CatalogueFile
    from pusher_migrate.draft.values import Draft

_NAME = "pusher-migrate.toml"


@click.command("init", short_help="Draft the catalogue from the code.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--diff",
    is_flag=True,
    help="Show what a new draft would change in the catalogue, or add; write nothing.",
)
@output_options
def command(path: Path | None, diff: bool, no_color: bool, quiet: bool) -> ExitCode:
    """Draft pusher-migrate.toml from the code of the project around PATH or the working directory.

    Clients, the transport, the manager, an [[event]] for each kind of legacy call, a [[state]] for
    fields whose writes the code tells of. What was inferred and how surely is said in comments:
    read it before anything is applied. A catalogue that is there is never overwritten.

    Exits 0, or 2 when there is a catalogue already or a file could not be read: it is named, and
    the draft is made from all others.
    """
    from pusher_migrate.catalogue import find_catalogue
    from pusher_migrate.cli.drafting import index_with, unreadable
    from pusher_migrate.discover import find_project_root
    from pusher_migrate.draft.text import draft_text

    console = Console(colour=not no_color, quiet=quiet)
    root = find_project_root([path] if path is not None else [])
    present = find_catalogue(root)
    if present is not None and not diff:
        raise UsageError(
            f"{present.path} is there already and is never overwritten; --diff shows what a new "
            "draft would change"
        )
    indexed = index_with(root, None, quiet)
    assert indexed.draft is not None
    text = draft_text(indexed.draft)
    if diff:
        _show(present, text, console)
    else:
        _write(root / _NAME, text)
        console.say(f"wrote {root / _NAME}")
        console.say(_told(indexed.draft))
    problems = unreadable(indexed.index)
    console.fail(problems)
    return ExitCode.FAILED if problems else ExitCode.DONE


def _show(present: CatalogueFile | None, text: str, console: Console) -> None:
    """Print the difference between the catalogue and the draft.

    Raises:
        CatalogueError: The catalogue cannot be read.
    """
    from pusher_migrate.catalogue.toml_text import decoded, display_path, read_bytes

    old = ""
    name = _NAME
    if present is not None and present.kind == "file":
        name = present.path.name
        old = decoded(read_bytes(present.path, display_path(present.path)), str(present.path))
    elif present is not None:
        console.say(f"the catalogue is a table of {present.path.name}: the whole draft is shown")
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        text.splitlines(keepends=True),
        f"a/{name}" if old else "/dev/null",
        f"b/{name}",
    )
    patch = "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)
    if patch:
        console.diff(patch, patch.encode())
    else:
        console.say("A new draft would change nothing.")


def _write(path: Path, text: str) -> None:
    """Create a file; fail if something is there, also if it came into being only now.

    Raises:
        UsageError: It is there, or it cannot be written.
    """
    try:
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{os.fspath(path)} is there already and is never overwritten") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"{os.fspath(path)} cannot be written: {reason}") from error


def _told(draft: Draft) -> str:
    """What is in a draft, in a few words."""
    from pusher_migrate.report.text import count

    manager = draft.manager.object if draft.manager is not None else "none was found"
    matched = len(draft.matched)
    rest = len(draft.events) - matched
    parts = [
        f"{count(len(draft.clients), 'client')}, manager: {manager}",
        f"{count(len(draft.events), 'kind')} of legacy event: {matched} with a method that means "
        f"the same, {rest} commented out",
        f"{count(len(draft.states), 'watched state')}",
    ]
    return f"Drafted: {'; '.join(parts)}. Read it, then run `pusher-migrate migrate --diff`."
