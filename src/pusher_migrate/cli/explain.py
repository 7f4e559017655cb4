"""``pusher-migrate explain``: what a code means."""

from __future__ import annotations

import click

from pusher_migrate.cli.console import Console, output_options
from pusher_migrate.config import ALL, CODES, selector_problem
from pusher_migrate.errors import UsageError
from pusher_migrate.report.exit_code import ExitCode


@click.command("explain", short_help="Say what a code means, with an example.")
@click.argument("code", required=False)
@output_options
def command(code: str | None, no_color: bool, quiet: bool) -> ExitCode:
    """Say what CODE means, with an example before and after; without CODE, list all codes.

    A prefix, such as PM2, stands for all codes that begin with it.
    """
    from pusher_migrate.report.explain import code_list, explanation

    console = Console(colour=not no_color, quiet=quiet)
    if code is None:
        console.report(code_list(console.width, console.paint))
        return ExitCode.DONE
    wanted = code.strip().upper()
    if problem := selector_problem(wanted):
        raise UsageError(problem)
    chosen = [known for known in CODES if wanted == ALL or known.startswith(wanted)]
    console.report("\n".join(explanation(item, console.width, console.paint) for item in chosen))
    return ExitCode.DONE
