"""The codes as text, for ``pusher-migrate explain``."""

from __future__ import annotations

import textwrap

from pusher_migrate.config import CODES
from pusher_migrate.report.explanations import EXPLANATIONS
from pusher_migrate.report.style import Paint, plain
from pusher_migrate.report.text import WIDTH

_INDENT = "    "


def code_list(width: int = WIDTH, paint: Paint = plain) -> str:
    """All codes with their summaries."""
    lines = []
    for code in CODES.values():
        first, *others = textwrap.wrap(
            code.summary, width - 7, break_long_words=False, break_on_hyphens=False
        )
        lines.append(f"{paint('code', code.code)}  {first}")
        lines += (" " * 7 + line for line in others)
    return "\n".join(lines) + "\n"


def explanation(code: str, width: int = WIDTH, paint: Paint = plain) -> str:
    """What one code means, what is done about it, and an example.

    Raises:
        KeyError: There is no such code.
    """
    known, text = CODES[code], EXPLANATIONS[code]
    blocks = [
        f"{paint('code', code)} {paint('title', known.name)}",
        _filled(f"{known.summary}.", width),
        _filled(text.meaning, width),
        _filled(text.outcome, width),
        f"{paint('label', 'Before:')}\n\n{textwrap.indent(text.before, _INDENT).rstrip()}",
        f"{paint('label', 'After:')}\n\n"
        + (textwrap.indent(text.after, _INDENT).rstrip() or f"{_INDENT}(nothing)"),
    ]
    return "\n\n".join(blocks) + "\n"


def _filled(text: str, width: int) -> str:
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
