"""``pusher-migrate inventory``: what emits what, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.report.exit_code import ExitCode

if TYPE_CHECKING:
    from pusher_migrate.catalogue import Catalogue
    from pusher_migrate.inventory.values import Inventory


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
@click.option("--no-cache", is_flag=True, help="Neither read nor write .pusher-migrate-cache/.")
@output_options
def command(
    path: Path | None,
    output_format: str,
    codemod: str | None,
    catalogue: Path | None,
    no_cache: bool,
    no_color: bool,
    quiet: bool,
) -> ExitCode:
    """Say what emits what, where, in the project around PATH or the working directory.

    Every emission of both systems with its channel, event and payload, channels, events with
    several payload shapes, and how many of the writes of watched state are told of. Without a
    catalogue the manager and the watched state are found from the code.

    Exits 0, or 2 when a file could not be read: it is named, and all others are in the inventory.
    """
    from pusher_migrate.cache import Cache
    from pusher_migrate.catalogue import choose_catalogue
    from pusher_migrate.cli.drafting import DRAFT_NOTE, refuse_no_project
    from pusher_migrate.discover import find_project_root
    from pusher_migrate.inputs import all_of, answer_key
    from pusher_migrate.inventory.values import Inventory

    console = Console(colour=not no_color, quiet=quiet)
    root = find_project_root([path] if path is not None else [])
    chosen = choose_catalogue(root, config=catalogue, codemod=codemod)
    for warning in chosen.warnings if chosen is not None else ():
        console.warn(str(warning))
    if chosen is None:
        refuse_no_project(root)
    exclude = chosen.exclude if chosen is not None else ()
    inventory = Cache(root, enabled=not no_cache).remember(
        "inventory",
        Inventory,
        lambda: _take(root, chosen, quiet),
        key=lambda: answer_key(root, exclude, [all_of(chosen)]),
    )
    if chosen is None:
        console.say(DRAFT_NOTE)
    console.report(_document(inventory, root, output_format, console))
    console.fail(inventory.unreadable)
    return ExitCode.FAILED if inventory.unreadable else ExitCode.DONE


def _take(root: Path, chosen: Catalogue | None, quiet: bool) -> Inventory:
    from pusher_migrate.cli.drafting import index_with
    from pusher_migrate.inventory.collect import take_inventory

    indexed = index_with(root, chosen, quiet)
    return take_inventory(indexed.index, indexed.catalogue, drafted=chosen is None)


def _document(inventory: Inventory, root: Path, output_format: str, console: Console) -> str:
    """What goes to stdout."""
    match output_format:
        case "json":
            from pusher_migrate.report.inventory_json import inventory_json

            return inventory_json(inventory, str(root))
        case "markdown":
            from pusher_migrate.report.inventory_markdown import inventory_markdown

            return inventory_markdown(inventory, root.name)
    from pusher_migrate.report.inventory_text import inventory_text

    return inventory_text(inventory, console.width, console.paint)
