"""The command line: ``pusher-migrate COMMAND``.

A command is one module of this package with a click command named ``command``, and one line in
`COMMANDS`. It is imported when it is called, so that ``--help``, ``--version`` and ``check`` do not
pay for what only ``migrate`` needs. Commands return an `ExitCode`; errors that a user can cause are
raised as `PusherMigrateError` and become one line here.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from pusher_migrate import __version__
from pusher_migrate.errors import PusherMigrateError
from pusher_migrate.report.exit_code import ExitCode
from pusher_migrate.report.style import coloured, harmless, plain, wants_colour

#: Name, and what ``--help`` says of it; the order is that of the help. The module's name is the
#: command's, with underscores.
COMMANDS = (
    ("init", "Draft the catalogue from the code."),
    ("inventory", "Say what emits what, where, and what is written in silence."),
    ("migrate", "Rewrite legacy calls and show, ask or apply."),
    ("check", "Find legacy calls; for hooks and CI."),
    ("undo", "Take the last apply back."),
    ("explain", "Say what a code means, with an example."),
)

_DEBUG = "PUSHER_MIGRATE_DEBUG"
_DEPTH = 20_000
_COMPLETION = "_PUSHER_MIGRATE_COMPLETE"


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of `COMMANDS`."""
        return [name for name, _ in COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, imported now; None if there is none."""
        if cmd_name not in dict(COMMANDS):
            return None
        module = import_module(f"{__name__}.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands for ``--help``, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(COMMANDS)


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 changes or findings where they are to be told, 2 the work could "
    "not be done, 130 interrupted. docs/exit-codes.md has the details.",
)
@click.version_option(__version__, "-V", "--version", prog_name="pusher-migrate")
@click.pass_context
def group(ctx: click.Context) -> int | None:
    """Move Django code from scattered Pusher calls to one commit-safe notification manager."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return ExitCode.FAILED
    return None


def main(args: Sequence[str] | None = None, prog_name: str = "pusher-migrate") -> NoReturn:
    """Run the program and end the process.

    Args:
        args: The arguments; None for the process's own.
        prog_name: How the program is called in its help.
    """
    sys.exit(run(sys.argv[1:] if args is None else args, prog_name))


def run(args: Sequence[str], prog_name: str = "pusher-migrate") -> int:
    """Run the program; no exception but SystemExit gets out.

    Args:
        args: The arguments.
        prog_name: How the program is called in its help.

    Returns:
        The exit code.
    """
    _prepare_streams()
    # Expressions of generated code are nested deeper than Python's default lets code follow them.
    sys.setrecursionlimit(max(sys.getrecursionlimit(), _DEPTH))
    paint = coloured if wants_colour(sys.stderr, os.environ, "--no-color" not in args) else plain
    try:
        code = _dispatch(args, prog_name)
        # Here, because an error at the interpreter's exit cannot be reported any more.
        sys.stdout.flush()
        sys.stderr.flush()
        return code
    except BrokenPipeError:
        _discard_output()
        return ExitCode.BROKEN_PIPE
    except (KeyboardInterrupt, click.Abort):
        _complain([paint("error", "interrupted")])
        return ExitCode.INTERRUPTED
    except click.ClickException as error:
        lines = [error.format_message()]
        if isinstance(error, click.UsageError) and error.ctx is not None:
            lines[0] = f"{lines[0]} (see {error.ctx.command_path} --help)"
    except PusherMigrateError as error:
        # A catalogue has all of its errors in one exception.
        lines = [str(item) for item in getattr(error, "errors", (error,))]
    except Exception as error:
        if os.environ.get(_DEBUG):
            raise
        lines = [_last_words(error)]
    prefix = paint("error", "error:")
    _complain([f"{prefix} {harmless(line)}" for line in lines])
    return ExitCode.FAILED


def _dispatch(args: Sequence[str], prog_name: str) -> int:
    if _COMPLETION in os.environ:
        # click's own entry point, which answers the shell and exits.
        group.main(list(args), prog_name, complete_var=_COMPLETION)
    # Not group.main: it turns broken pipes and Ctrl-C into exit codes of its own.
    try:
        with group.make_context(prog_name, list(args)) as context:
            return int(group.invoke(context) or ExitCode.DONE)
    except click.exceptions.Exit as error:
        return error.exit_code


def _last_words(error: Exception) -> str:
    """One line for an error that nobody foresaw."""
    if isinstance(error, OSError) and error.errno is not None:
        where = f" ({error.filename})" if error.filename else ""
        return f"{os.strerror(error.errno)}{where}"
    if isinstance(error, MemoryError):
        return "out of memory"
    about = " ".join(str(error).split())[:200]
    what = f"{type(error).__name__}: {about}" if about else type(error).__name__
    return (
        f"this is a bug in pusher-migrate {__version__} ({what}); please report it with the "
        f"output of the same command under {_DEBUG}=1"
    )


def _prepare_streams() -> None:
    """Have streams to write to, and let no character that they cannot encode end the program."""
    # None when the descriptor was closed by whoever started the program.
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _complain(lines: Sequence[str]) -> None:
    """Write lines to stderr, whatever has become of the streams."""
    try:
        sys.stdout.flush()
    except OSError:
        _discard_output()
    try:
        for line in lines:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        return


def _discard_output() -> None:
    """Drop what is still to be written, or Python complains of it when it exits."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, ValueError):
        return
