"""``pusher-migrate inventory``: what emits what, and where."""

from __future__ import annotations

from pathlib import Path

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.report.exit_code import ExitCode


@click.command(
    "inventory", short_help="Say what emits what, where, and what is written in silence."
)
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "-f",
    "output_format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    help="Text for a terminal, a markdown document, or JSON (docs/inventory-json.md).",
)
@click.option(
    "--codemod",
    metavar="NAME",
    help="A catalogue that comes with the tool; the project's own wins.",
)
@click.option(
    "--catalogue",
    "--config",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The catalogue, if it is not the project's own pusher-migrate.toml.",
)
@output_options
def command(
    path: Path | None,
    output_format: str,
    codemod: str | None,
    catalogue: Path | None,
    no_color: bool,
    quiet: bool,
) -> ExitCode:
    """Say what emits what, where, in the project around PATH or the working directory.

    Every emission of both systems with its channel, event and payload, channels, events with
    several payload shapes, and how many of the writes of watched state are told of. Without a
    catalogue the manager and the watched state are found from the code.

    Exits 0, or 2 when a file could not be read: it is named, and all others are in the inventory.
    """
    from pusher_migrate.catalogue import choose_catalogue
    from pusher_migrate.cli.drafting import DRAFT_NOTE, index_with, unreadable
    from pusher_migrate.discover import find_project_root
    from pusher_migrate.inventory.collect import take_inventory
    from pusher_migrate.report.inventory_json import inventory_json
    from pusher_migrate.report.inventory_markdown import inventory_markdown
    from pusher_migrate.report.inventory_text import inventory_text

    console = Console(colour=not no_color, quiet=quiet)
    root = find_project_root([path] if path is not None else [])
    chosen = choose_catalogue(root, config=catalogue, codemod=codemod)
    for warning in chosen.warnings if chosen is not None else ():
        console.warn(str(warning))
    indexed = index_with(root, chosen, quiet)
    if indexed.draft is not None:
        console.say(DRAFT_NOTE)
    inventory = take_inventory(indexed.index, indexed.catalogue, drafted=indexed.draft is not None)
    match output_format:
        case "json":
            console.report(inventory_json(inventory, str(root)))
        case "markdown":
            console.report(inventory_markdown(inventory, root.name))
        case _:
            console.report(inventory_text(inventory, console.width, console.paint))
    problems = unreadable(indexed.index)
    console.fail(problems)
    return ExitCode.FAILED if problems else ExitCode.DONE
