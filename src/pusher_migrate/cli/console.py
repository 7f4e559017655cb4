"""Where the output goes: reports and diffs to stdout, messages to stderr."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import click

from pusher_migrate.report.style import (
    Paint,
    coloured,
    is_terminal,
    paint_diff,
    plain,
    wants_colour,
)
from pusher_migrate.report.text import WIDTH, fit, message

_Function = TypeVar("_Function", bound=Callable[..., Any])


def output_options(function: _Function) -> _Function:
    """The options that all commands share; they are parameters ``no_color`` and ``quiet``."""
    quiet = click.option(
        "--quiet", "-q", is_flag=True, help="No messages but errors; diffs are still shown."
    )
    no_color = click.option(
        "--no-color",
        is_flag=True,
        help="No colours; off a terminal and with NO_COLOR there are none.",
    )
    return no_color(quiet(function))


class Console:
    """Writes to the process's standard streams.

    Args:
        colour: False for ``--no-color``.
        quiet: Whether messages other than errors are dropped.

    Attributes:
        paint: Colours text for stdout.
        width: Columns to wrap text for stdout at.
        interactive: Whether somebody can be asked.
        quiet: As given.
    """

    def __init__(self, *, colour: bool = True, quiet: bool = False) -> None:
        self.quiet = quiet
        self.paint = _paint(wants_colour(sys.stdout, os.environ, colour))
        self.interactive = is_terminal(sys.stdin) and is_terminal(sys.stdout)
        columns = shutil.get_terminal_size().columns
        self._terminal = is_terminal(sys.stdout)
        self.width = fit(columns) if self._terminal else WIDTH
        self._message_paint = _paint(wants_colour(sys.stderr, os.environ, colour))
        # Off a terminal a message stays one line, so that it can be searched for.
        self._message_width = fit(columns) if is_terminal(sys.stderr) else sys.maxsize

    def report(self, text: str) -> None:
        """Write text to stdout as it is.

        Raises:
            OSError: stdout cannot be written to.
        """
        self._write(text, text.encode("utf-8", "backslashreplace"))

    def diff(self, text: str, patch: bytes) -> None:
        """Write a diff to stdout: for the eye on a terminal, else as ``git apply`` takes it.

        Args:
            text: The diff as text.
            patch: The diff in the encoding of its file.

        Raises:
            OSError: stdout cannot be written to.
        """
        if self._terminal or self.paint is not plain:
            self._write(paint_diff(text, self.paint), None)
        else:
            self._write(text, patch)

    def say(self, text: str) -> None:
        """A message, unless ``quiet``."""
        if not self.quiet:
            self._tell(text)

    def warn(self, text: str) -> None:
        """Something that is probably not meant, unless ``quiet``."""
        if not self.quiet:
            self._tell(text, "warning")

    def fail(self, texts: Iterable[str]) -> None:
        """What could not be done, a line each."""
        for text in texts:
            self._tell(text, "error")

    def ask(self, prompt: str) -> str | None:
        """Ask on the terminal.

        Returns:
            The answer without surrounding blanks; None at the end of input.
        """
        sys.stdout.write(prompt)
        sys.stdout.flush()
        line = sys.stdin.readline()
        if not line:
            sys.stdout.write("\n")
            return None
        return line.strip()

    def _tell(self, text: str, role: str = "") -> None:
        # What was reported before has to be on the screen before.
        sys.stdout.flush()
        plain_text = message(f"{role}: {text}" if role else text, self._message_width)
        if role:
            head = f"{role}:"
            plain_text = self._message_paint(role, head) + plain_text[len(head) :]
        sys.stderr.write(plain_text + "\n")
        sys.stderr.flush()

    def _write(self, text: str, raw: bytes | None) -> None:
        buffer = getattr(sys.stdout, "buffer", None)
        if raw is None or self._terminal or buffer is None:
            sys.stdout.write(text)
            return
        sys.stdout.flush()
        buffer.write(raw)


def _paint(colours: bool) -> Paint:
    return coloured if colours else plain
