"""``pusher-migrate explain``: a text for every code, with examples that are Python."""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from shop_project import Run

from pusher_migrate.config import CODES
from pusher_migrate.report.explain import code_list, explanation
from pusher_migrate.report.explanations import EXPLANATIONS


def test_every_code_is_explained_and_nothing_else() -> None:
    assert list(EXPLANATIONS) == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_examples_are_python_and_differ(code: str) -> None:
    text = EXPLANATIONS[code]
    assert text.before != text.after
    ast.parse(text.after)
    if code == "PM901":
        with pytest.raises(SyntaxError):
            ast.parse(text.before)
    else:
        ast.parse(text.before)
    # They are indented in the output, which has to stay within a terminal.
    assert max(map(len, (text.before + text.after).splitlines())) <= 96


@pytest.mark.parametrize("code", CODES)
def test_an_explanation_has_all_its_parts_and_fits(code: str) -> None:
    shown = explanation(code, 80)
    words = " ".join(shown.split())
    known, text = CODES[code], EXPLANATIONS[code]
    for part in (f"{code} {known.name}", known.summary, text.meaning, text.outcome):
        assert " ".join(part.split()) in words
    assert textwrap.indent(text.before, "    ") in shown
    prose = [line for line in shown.splitlines() if not line.startswith("    ")]
    assert max(map(len, prose)) <= 80


def test_without_a_code_all_are_listed(tmp_path: Path, run: Run) -> None:
    done = run(tmp_path, "explain")
    assert done.returncode == 0
    assert [line[:5] for line in done.stdout.decode().splitlines() if line[0] != " "] == [*CODES]
    assert max(map(len, code_list(60).splitlines())) <= 60


@pytest.mark.parametrize(
    ("argument", "codes"),
    [
        ("PM101", ["PM101"]),
        ("pm101", ["PM101"]),
        ("PM2", [code for code in CODES if code.startswith("PM2")]),
        ("all", [*CODES]),
    ],
)
def test_codes_and_prefixes(tmp_path: Path, run: Run, argument: str, codes: list[str]) -> None:
    done = run(tmp_path, "explain", argument)
    assert done.returncode == 0
    heads = [
        line.split()[0]
        for line in done.stdout.decode().splitlines()
        if line.split()[:2] in [[code, CODES[code].name] for code in CODES]
    ]
    assert heads == codes
