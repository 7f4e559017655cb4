"""The codes, which of them are reported, and where a project begins."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.config import (
    ALL,
    CODES,
    CodeOptions,
    Settings,
    did_you_mean,
    enabled_codes,
    ignore_problem,
    make_settings,
    options_from_flags,
    quoted,
    selector_problem,
)
from pusher_migrate.errors import UsageError


def test_codes_are_well_formed() -> None:
    assert list(CODES) == sorted(CODES)
    for code, entry in CODES.items():
        assert entry.code == code
        assert re.fullmatch(r"PM\d{3}", code)
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", entry.name)
        assert entry.summary[0].isupper()
        assert not entry.summary.endswith(".")
    assert len({entry.name for entry in CODES.values()}) == len(CODES)


@pytest.mark.parametrize("selector", ["ALL", "PM", "PM1", "PM10", "PM101", "PM902"])
def test_prefixes_codes_and_all_select(selector: str) -> None:
    assert selector_problem(selector) is None
    assert ignore_problem(selector) is None


@pytest.mark.parametrize(
    ("selector", "hint"),
    [
        ("PM108", "did you mean"),
        ("pm101", 'did you mean "PM101"?'),
        ("all", 'did you mean "ALL"?'),
        ("P", "valid codes: ALL, PM1, PM101"),
        ("PM1011", 'did you mean "PM101"?'),
        ("PM5", "did you mean"),
        ("PMT201", 'did you mean "PM201"?'),
        ("", "valid codes: ALL, PM1"),
        ("E501", "valid codes: ALL, PM1"),
        ("legacy-call", "valid codes: ALL, PM1"),
    ],
)
def test_what_selects_nothing_is_a_problem(selector: str, hint: str) -> None:
    problem = selector_problem(selector)
    assert problem is not None
    assert problem.startswith(f'unknown code "{selector}"; ')
    assert hint in problem


def test_flags_may_be_repeated_and_hold_lists() -> None:
    assert options_from_flags(["PM1, PM201", "PM3"], ["PM104,"]) == CodeOptions(
        ("PM1", "PM201", "PM3"), ("PM104",)
    )
    assert options_from_flags() == options_from_flags((), ()) == CodeOptions(None, ())


@pytest.mark.parametrize(
    ("select", "ignore", "message"),
    [
        (["PM1,PM999"], [], r'^--select: unknown code "PM999"; did you mean "PM9'),
        (["PM1"], ["PM2", "ALLL"], r'^--ignore: unknown code "ALLL"; did you mean "ALL"\?$'),
        ([], ["PM901"], r"^--ignore: PM901 cannot be ignored; exclude the file instead"),
    ],
)
def test_wrong_flags_are_usage_errors(select: list[str], ignore: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        options_from_flags(select, ignore)
    assert "\n" not in str(caught.value)


PM1 = {code for code in CODES if code.startswith("PM1")}
EVERY = set(CODES)
NOT_SAID = CodeOptions()


@pytest.mark.parametrize(
    ("places", "enabled"),
    [
        ([], PM1),
        ([NOT_SAID, NOT_SAID], PM1),
        # One place.
        ([CodeOptions(("PM2",))], {"PM201", "PM202"}),
        ([CodeOptions(("PM201", "PM103"))], {"PM201", "PM103"}),
        ([CodeOptions((ALL,))], EVERY),
        ([CodeOptions(())], set()),
        ([CodeOptions(None, ("PM104",))], PM1 - {"PM104"}),
        ([CodeOptions(None, ("PM1",))], set()),
        ([CodeOptions(None, (ALL,))], set()),
        # The longer one wins, in either list; then the ignored one.
        ([CodeOptions(("PM1",), ("PM104",))], PM1 - {"PM104"}),
        ([CodeOptions(("PM104",), ("PM1",))], {"PM104"}),
        ([CodeOptions((ALL,), ("PM1",))], EVERY - PM1),
        ([CodeOptions(("PM1",), (ALL,))], PM1),
        ([CodeOptions(("PM104",), ("PM104",))], set()),
        ([CodeOptions(("PM1", "PM2"), ("PM10",))], {"PM201", "PM202"}),
        # The command line, after the catalogue.
        ([CodeOptions(("PM2",)), NOT_SAID], {"PM201", "PM202"}),
        ([CodeOptions(("PM2",)), CodeOptions(("PM3",))], {"PM301", "PM302", "PM303", "PM304"}),
        ([CodeOptions(("PM2",)), CodeOptions(None, ("PM201",))], {"PM202"}),
        ([CodeOptions(None, ("PM104",)), CodeOptions(("PM10",))], PM1),
        ([CodeOptions(None, ("PM104",)), CodeOptions(None, ("PM103",))], PM1 - {"PM104", "PM103"}),
    ],
)
def test_selection(places: list[CodeOptions], enabled: set[str]) -> None:
    assert enabled_codes(["PM1"], places) == enabled | {"PM901"}


SELECTORS = st.lists(
    st.sampled_from([ALL, *CODES, *(code[:n] for code in CODES for n in (2, 3, 4))]), max_size=4
)


@given(SELECTORS, SELECTORS, SELECTORS)
def test_a_code_that_is_named_in_full_is_settled(
    default: list[str], select: list[str], ignore: list[str]
) -> None:
    enabled = enabled_codes(default, [CodeOptions(tuple(select), tuple(ignore))])
    assert "PM901" in enabled <= EVERY
    for code in EVERY - {"PM901"}:
        if code in ignore:
            assert code not in enabled
        elif code in select:
            assert code in enabled
        elif not any(s == ALL or code.startswith(s) for s in select):
            assert code not in enabled
    # The order of a list never matters.
    turned = [CodeOptions(tuple(reversed(select)), tuple(reversed(ignore)))]
    assert enabled == enabled_codes(default, turned)


def test_settings_merge_both_places(tmp_path: Path) -> None:
    settings = make_settings(
        tmp_path / "a" / "..",
        default=("PM1",),
        catalogue=CodeOptions(("PM2",)),
        flags=CodeOptions(None, ("PM202",)),
        exclude=("a/**", "b"),
        extra_exclude=("c", "b"),
    )
    assert settings == Settings(tmp_path, frozenset({"PM201", "PM901"}), ("a/**", "b", "c"))
    assert [code for code in CODES if settings.is_selected(code)] == ["PM201", "PM901"]
    assert make_settings(tmp_path).enabled == EVERY == Settings(tmp_path).enabled


def test_a_relative_root_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path)
    assert make_settings(Path("a")).root == tmp_path / "a"


# Words for errors.


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("chanel", '; did you mean "channel"?'),
        ("CHANNEL", '; did you mean "channel"?'),
        ("keys", '; did you mean "keys"?'),
        ("zzz", ""),
        ("", ""),
    ],
)
def test_hints(word: str, hint: str) -> None:
    assert did_you_mean(word, ["keys", "channel", "call"]) == hint


def test_without_a_close_word_all_are_listed() -> None:
    assert did_you_mean("zzz", ["b", "a", "b"], "valid keys") == "; valid keys: a, b"
    assert did_you_mean("zzz", [], "valid keys") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", '"plain"'),
        ("größe 🚌", '"größe 🚌"'),
        ("a\nb\t\0", '"a\\nb\\t\\x00"'),
        ("\x1b[31m", '"\\x1b[31m"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("\ud800", '"\\ud800"'),
        ("x" * 100, '"' + "x" * 77 + '..."'),
        ("x" * 80, '"' + "x" * 80 + '"'),
    ],
)
def test_quoted_text_is_one_printable_line(text: str, shown: str) -> None:
    assert quoted(text) == shown
