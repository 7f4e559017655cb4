"""New code formatted with the target's own black settings."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from pusher_migrate.syntax.formatting import BlackSettings, black_settings, format_statement

CALL = "manager.send(alpha_argument, beta_argument, gamma_argument)"


@pytest.mark.parametrize(
    ("indent", "length", "expected"),
    [
        ("", 59, CALL),
        ("", 58, "manager.send(\n    alpha_argument, beta_argument, gamma_argument\n)"),
        ("    ", 63, CALL),
        (
            "    ",
            62,
            "manager.send(\n        alpha_argument, beta_argument, gamma_argument\n    )",
        ),
        ("\t", 62, "manager.send(\n\t\talpha_argument, beta_argument, gamma_argument\n\t)"),
        ("\t\t", 67, CALL),
        (
            "",
            30,
            "manager.send(\n    alpha_argument,\n    beta_argument,\n    gamma_argument,\n)",
        ),
    ],
)
def test_line_length_counts_the_indentation(indent: str, length: int, expected: str) -> None:
    settings = BlackSettings(line_length=length)
    assert format_statement(CALL, indent=indent, settings=settings) == expected


def test_any_indentation_wider_than_the_line_is_survived() -> None:
    result = format_statement("send(a, b)", indent=" " * 80, settings=BlackSettings(line_length=8))
    assert ast.dump(ast.parse(result)) == ast.dump(ast.parse("send(a, b)"))


def test_suffix_counts_and_is_not_in_the_result() -> None:
    settings = BlackSettings(line_length=65)
    assert format_statement(CALL, indent="", settings=settings, suffix_width=6) == CALL
    wrapped = format_statement(CALL, indent="", settings=settings, suffix_width=7)
    assert wrapped == "manager.send(\n    alpha_argument, beta_argument, gamma_argument\n)"


def test_unit_of_the_file_is_used_and_strings_are_not_moved() -> None:
    code = "def f(x=x):\n    if x:\n        g('''\n    a\n''')\nregister(f)"
    assert format_statement(code, indent="  ", unit="  ", settings=BlackSettings()) == (
        "def f(x=x):\n    if x:\n      g('''\n    a\n''')\n\n  register(f)"
    )


def test_comments_are_spelled_as_they_were() -> None:
    code = "send(\n    {\n        'a': 1, #one\n    },\n)"
    formatted = format_statement(code, indent="", settings=BlackSettings())
    assert formatted == "send(\n    {\n        'a': 1,  #one\n    },\n)"


@pytest.mark.parametrize(
    "code", ["f'''{x}\n  {y!r}'''", "send(f\"{a['k']}\", rb'x\\d')", "x = (1,)"]
)
def test_nothing_but_layout_changes(code: str) -> None:
    for settings in (BlackSettings(), BlackSettings(10, False, True, ("py311",), True)):
        result = format_statement(code, indent="", settings=settings)
        assert ast.dump(ast.parse(result)) == ast.dump(ast.parse(code))


def test_what_black_cannot_read_or_would_change_is_kept() -> None:
    # A docstring: black moves its text.
    code = "def f():\n    '''a\n\n        b  \n    '''\n    return 1"
    result = format_statement(code, indent="\t", settings=BlackSettings())
    assert result == "def f():\n\t\t'''a\n\n        b  \n    '''\n\t\treturn 1"
    # Old targets, new grammar.
    settings = BlackSettings(target_versions=("py37",))
    code = "match   x:\n    case 1:\n        pass"
    assert format_statement(code, indent="", settings=settings) == code


def test_quotes() -> None:
    code = "send('a', \"b\")"
    unknown = black_settings(None)
    configured = black_settings("[tool.black]\n")
    skipped = black_settings("[tool.black]\nskip-string-normalization = true\n")
    assert format_statement(code, indent="", settings=unknown) == code
    assert format_statement(code, indent="", settings=configured) == 'send("a", "b")'
    assert format_statement(code, indent="", settings=skipped) == code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, BlackSettings()),
        ("[project]\nname = 'x'\n", BlackSettings()),
        (
            "[tool.black]\nline-length = 100\ntarget-version = ['py311', 'PY312']\n"
            "skip-magic-trailing-comma = true\npreview = true\n",
            BlackSettings(100, False, True, ("py311", "py312"), True),
        ),
        ("[tool.black]\nline_length = '79'\n", BlackSettings(79, False)),
        ("[tool.black]\ntarget-version = 'py310'\n", BlackSettings(88, False, False, ("py310",))),
        ("[tool.ruff]\nline-length = 120\n", BlackSettings(120)),
        ("[tool.ruff.format]\nquote-style = 'double'\n", BlackSettings(88, False)),
        ("[tool.black]\n[tool.ruff]\nline-length = 120\n", BlackSettings(88, False)),
        ("tool = 1\n", BlackSettings()),
    ],
)
def test_settings(text: str | None, expected: BlackSettings) -> None:
    assert black_settings(text) == expected


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("[tool.black\n", "not valid TOML"),
        ("[tool.black]\nline-length = 'wide'\n", "line-length"),
        ("[tool.black]\nline-length = -3\n", "line-length"),
        ("[tool.black]\nline-length = true\n", "line-length"),
        ("[tool.black]\npreview = 'perhaps'\n", "preview"),
        ("[tool.black]\ntarget-version = 3\n", "target-version"),
    ],
)
def test_bad_settings_are_noted(text: str, note: str) -> None:
    settings = black_settings(text)
    assert len(settings.notes) == 1 and note in settings.notes[0]
    assert settings.line_length == 88


def test_unknown_target_version_does_not_stop_formatting() -> None:
    settings = BlackSettings(target_versions=("py999",))
    assert format_statement("send(a,b)", indent="", settings=settings) == "send(a, b)"


def test_arguments_that_are_unpacked_get_the_comma_that_black_gives_them_in_a_file() -> None:
    code = "send(*alpha_argument, **beta_argument)"
    result = format_statement(code, indent="", settings=BlackSettings(line_length=20))
    assert result == "send(\n    *alpha_argument,\n    **beta_argument,\n)"


def test_importing_the_helpers_imports_neither_black_nor_libcst() -> None:
    modules = ("blocks", "calls", "formatting", "imports", "on_commit", "statements")
    code = "import sys\n" + "".join(f"import pusher_migrate.syntax.{name}\n" for name in modules)
    code += "print([name for name in sys.modules if name in ('black', 'libcst')])\n"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
