"""Format new code with black, as lone statements at the indentation they will have.

The target's own settings decide. Where it has none, black's defaults apply but string quotes stay:
nothing then says that the project wants the quotes of its own code changed.
"""

from __future__ import annotations

import ast
import tokenize
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module

from pusher_migrate.syntax.rows import (
    comment_list,
    display_width,
    indented,
    parsed,
    rows_inside_strings,
    tokens_of,
    with_unit,
)

_LEVEL = " " * 4
_NESTED = "if True:\n"

# Without a target version black looks at the code to find one, and in a lone statement it finds too
# little: it would leave out the trailing comma after `*args` that it adds when it sees the file.
_OLDEST = "py37"


@dataclass(frozen=True, slots=True)
class BlackSettings:
    """The settings of the target's own black.

    Attributes:
        line_length: Columns of a line at most.
        skip_string_normalization: Leave the quotes of strings as they are.
        skip_magic_trailing_comma: Do not take a trailing comma as a wish for one item a line.
        target_versions: Names like ``py311``; empty for those that black would assume.
        preview: Use black's preview style.
        notes: What in the configuration could not be used.
        enabled: False where nobody will see the code: it is then laid out as it was made.
    """

    line_length: int = 88
    skip_string_normalization: bool = True
    skip_magic_trailing_comma: bool = False
    target_versions: tuple[str, ...] = ()
    preview: bool = False
    notes: tuple[str, ...] = ()
    enabled: bool = True


def load_black() -> None:
    """Import black now, which takes long, while nothing waits for it."""
    import_module("black")


def black_settings(pyproject: str | None) -> BlackSettings:
    """Read the settings from a project's ``pyproject.toml``.

    Without a ``[tool.black]`` table, ruff's ``line-length`` and ``format.quote-style`` count, whose
    formatter writes the same style. A value that black would not take becomes a note.

    Args:
        pyproject: The file's text, None when there is no such file.
    """
    try:
        data = tomllib.loads(pyproject or "")
    except tomllib.TOMLDecodeError as error:
        return BlackSettings(notes=(f"pyproject.toml is not valid TOML: {error}",))
    tools = data.get("tool")
    tools = tools if isinstance(tools, dict) else {}
    black, ruff = tools.get("black"), tools.get("ruff")
    if isinstance(black, dict):
        return _from_black(black)
    if isinstance(ruff, dict):
        return _from_ruff(ruff)
    return BlackSettings()


@lru_cache(maxsize=1024)
def format_statement(
    code: str,
    *,
    indent: str,
    settings: BlackSettings,
    unit: str | None = None,
    suffix_width: int = 0,
) -> str:
    """Format one or more statements as black would at a given indentation.

    What black cannot read, or would change in more than its layout, is returned as it is. Answers
    are kept: whether code fits is asked before it is written, and a project repeats itself.

    Args:
        code: Valid statements that start in the first column, nested by four spaces, with
            ``"\\n"`` line ends.
        indent: Indentation of the statements in the file.
        settings: The target's black settings.
        unit: The file's own indentation of one level; by default a tab where ``indent`` has tabs,
            else four spaces.
        suffix_width: Columns that are taken behind the last statement, by a trailing comment.

    Returns:
        The code without a last line end. Each row but the first, and but those inside strings,
        begins with ``indent``, so that the result can stand in place of a statement.
    """
    code = code.strip("\n")
    unit = unit or ("\t" if "\t" in indent else _LEVEL)
    width = display_width(indent)
    formatted = _black(code, bool(indent), width, settings, suffix_width)
    candidates = [] if formatted is None else [with_unit(formatted, unit)]
    candidates.append(with_unit(code, unit))
    for candidate in candidates:
        result = indented(candidate, indent, first=False)
        if _same_code(code, _at_top(result, indent)):
            return result
    return indented(code, indent, first=False)


def _black(
    code: str, nested: bool, width: int, settings: BlackSettings, suffix_width: int
) -> str | None:
    """The code as black formats it, in the first column; None when black cannot, or is not to."""
    if not settings.enabled:
        return None
    placeholder = ""
    if suffix_width and not _ends_in_comment(code):
        # "  # " takes four columns; black counts a trailing comment when it measures the line.
        placeholder = "  # " + "x" * max(suffix_width - 4, 1)
    text = code + placeholder + "\n"
    length = settings.line_length - width
    if nested:
        # In a block black leaves one blank line around a nested function, at the top level two.
        text, length = _NESTED + indented(text, _LEVEL), length + len(_LEVEL)
    formatted = _run_black(text, max(length, 1), settings)
    if formatted is None:
        return None
    formatted = formatted.rstrip("\n")
    if placeholder:
        if not formatted.endswith(placeholder):
            return _black(code, nested, width, settings, 0)
        formatted = formatted.removesuffix(placeholder)
    if nested:
        # black puts a blank line before a function that begins a block.
        formatted = _without_level(formatted.removeprefix(_NESTED).lstrip("\n"))
    return _with_comments_of(code, formatted)


def _run_black(text: str, line_length: int, settings: BlackSettings) -> str | None:
    # Imported here: `check` and the index never format, and black takes a while to import.
    import black
    from black.mode import TargetVersion
    from black.parsing import InvalidInput

    known = {version.name.lower(): version for version in TargetVersion}
    names = [name for name in settings.target_versions if name in known]
    if not names:
        names = list(known)[list(known).index(_OLDEST) :] if _OLDEST in known else []
    mode = black.Mode(
        target_versions={known[name] for name in names},
        line_length=line_length,
        string_normalization=not settings.skip_string_normalization,
        magic_trailing_comma=not settings.skip_magic_trailing_comma,
        preview=settings.preview,
    )
    try:
        return black.format_str(text, mode=mode)
    except (InvalidInput, ValueError, SyntaxError, RecursionError):
        return None


def _without_level(code: str) -> str:
    inside = rows_inside_strings(tokens_of(_NESTED + code + "\n"))
    return "\n".join(
        row if number + 1 in inside else row.removeprefix(_LEVEL)
        for number, row in enumerate(code.split("\n"))
    )


def _with_comments_of(code: str, formatted: str) -> str | None:
    """``formatted`` with the comments spelled as in ``code``: black writes ``#this`` as ``# this``.

    Returns:
        None when a comment was lost.
    """
    before, after = comment_list(code), comment_list(formatted)
    if before == after:
        return formatted
    if [_letters(comment) for comment in before] != [_letters(comment) for comment in after]:
        same = sorted(map(_letters, before)) == sorted(map(_letters, after))
        return formatted if same else None
    rows = formatted.split("\n")
    found = [token for token in tokens_of(formatted) if token.type == tokenize.COMMENT]
    for original, token in zip(before, found, strict=True):
        row, column = token.start
        rows[row - 1] = rows[row - 1][:column] + original
    return "\n".join(rows)


def _letters(comment: str) -> str:
    return "".join(comment.split())


def _ends_in_comment(code: str) -> bool:
    last = code.rpartition("\n")[2]
    return any(last.endswith(comment) for comment in comment_list(code)[-1:])


def _at_top(code: str, indent: str) -> str:
    """Code as `format_statement` returns it, so that it parses on its own."""
    return f"{_NESTED}{indent}{code}\n" if indent else code + "\n"


def _same_code(code: str, result: str) -> bool:
    old, new = parsed(code), parsed(result)
    if old is None or new is None:
        return False
    body = new.body
    if result.startswith(_NESTED) and isinstance(body[0], ast.If):
        body = body[0].body
    return [ast.dump(node) for node in old.body] == [ast.dump(node) for node in body]


def _from_black(table: Mapping[str, object]) -> BlackSettings:
    # black's own reader takes its options with and without dashes.
    options = {key.replace("--", "").replace("_", "-"): value for key, value in table.items()}
    notes: list[str] = []

    def flag(name: str) -> bool:
        value = options.get(name, False)
        if isinstance(value, bool):
            return value
        if str(value).lower() in ("true", "1", "yes", "false", "0", "no"):
            return str(value).lower() in ("true", "1", "yes")
        notes.append(f"[tool.black] {name} is neither true nor false")
        return False

    length = _length(options.get("line-length"), "[tool.black]", notes)
    versions = options.get("target-version", [])
    versions = [versions] if isinstance(versions, str) else versions
    if not isinstance(versions, list) or not all(isinstance(name, str) for name in versions):
        notes.append("[tool.black] target-version is not a list of names")
        versions = []
    return BlackSettings(
        line_length=length,
        skip_string_normalization=flag("skip-string-normalization"),
        skip_magic_trailing_comma=flag("skip-magic-trailing-comma"),
        target_versions=tuple(name.lower() for name in versions),
        preview=flag("preview"),
        notes=tuple(notes),
    )


def _from_ruff(table: Mapping[str, object]) -> BlackSettings:
    notes: list[str] = []
    format_table = table.get("format")
    style = format_table.get("quote-style") if isinstance(format_table, dict) else None
    length = _length(table.get("line-length"), "[tool.ruff]", notes)
    return BlackSettings(
        line_length=length, skip_string_normalization=style != "double", notes=tuple(notes)
    )


def _length(value: object, table: str, notes: list[str]) -> int:
    default = BlackSettings().line_length
    if value is None:
        return default
    try:
        length = int(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else 0
    except ValueError:
        length = 0
    if length < 1:
        notes.append(f"{table} line-length is not a positive number: using {default}")
        return default
    return length
