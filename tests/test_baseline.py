"""The ratchet: known findings stay known however the code around them moves, and new ones fail."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher_migrate.check.baseline import FILE_NAME, Comparison, Entry, compare, load, save
from pusher_migrate.check.finding import Finding, fingerprint_of
from pusher_migrate.model import Location
from tests.guarded import EVENT, FIRST, HEAD, UNKNOWN, check, document, files, run, write


def print_of(text: str) -> str:
    (statement,) = ast.parse(text).body
    return fingerprint_of(statement)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("f(a, b)", "f( a,b )  # remark", True),
        ("f(a, b)", "f(\n    a,\n    b,\n)", True),
        ("f('a')", 'f("a")', True),
        ("f('a' 'b')", "f('ab')", True),
        ("f((a))", "f(a)", True),
        ("x = 0x10", "x = 16", True),
        ("f(f'{a}-b')", 'f(f"{a}-b")', True),
        ("f(a, b)", "f(b, a)", False),
        ("f(a)", "f(*a)", False),
        ("f(a=b)", "f(b)", False),
        ("f('a')", "f(b'a')", False),
        ("f(1)", "f('1')", False),
        ("f(1)", "f(True)", False),
        ("f(None)", "f()", False),
        ("f([a], [])", "f([], [a])", False),
        ("x.y = f()", "x = f()", False),
        ("x = f()", "x += f()", False),
        ("f(f'{a}')", "f(f'{a!r}')", False),
        ("f(lambda: 1)", "f(lambda: 2)", False),
        # Of a compound statement the header counts: its body is made of other statements.
        ("if f():\n    a()", "if f():\n    b()\nelse:\n    c()", True),
        ("if f():\n    a()", "if g():\n    a()", False),
        ("with f() as x:\n    a()", "with f() as y:\n    a()", False),
        ("def f(x=g()):\n    a()", "def f(x=h()):\n    a()", False),
    ],
)
def test_what_a_fingerprint_depends_on(one: str, other: str, same: bool) -> None:
    assert (print_of(one) == print_of(other)) is same


def test_fingerprints_are_the_same_in_every_version() -> None:
    # A baseline is shared by people with different interpreters: these never change.
    call = "client.trigger(f'a-{b.c}', 'd', {'e': [1, 2.5, None]})"
    assert print_of(call) == "02ac9ce2c2746209"
    assert print_of('x = f"a{b!r:>{w}}" f"c" "d"') == "81bb484b9cbb06e4"
    assert print_of('x = f"" "" f"{a}" ""') == "bd00cbf334b12815"


def finding(path: str, what: str, code: str = "PM101", line: int = 1) -> Finding:
    return Finding(code, Location(path, line), "message", fingerprint=what)


def held(
    entries: list[Entry],
    findings: list[Finding],
    looked_at: set[str] | None = None,
    gone: tuple[str, ...] = (),
    enabled: tuple[str, ...] = ("PM101", "PM201"),
) -> Comparison:
    return compare(
        entries,
        findings,
        looked_at=lambda path: looked_at is None or path in looked_at,
        is_there=lambda path: path not in gone,
        enabled=enabled,
    )


A, B = Entry("a.py", "PM101", "1"), Entry("b.py", "PM101", "1")


def test_a_second_copy_is_new() -> None:
    result = held([A], [finding("a.py", "1"), finding("a.py", "1", line=9)])
    assert [item.location.line for item in result.new] == [9]
    assert [item.location.line for item in result.known] == [1]


def test_a_copy_in_another_file_is_new_and_a_move_is_not() -> None:
    assert len(held([A], [finding("a.py", "1"), finding("b.py", "1")]).new) == 1
    moved = held([A], [finding("b.py", "1")])
    assert (moved.new, moved.fixed, len(moved.known)) == ((), (), 1)
    assert moved.updated() == (B,)


def test_a_move_is_seen_only_when_the_old_place_was_looked_at_or_is_gone() -> None:
    assert len(held([A], [finding("b.py", "1")], looked_at={"b.py"}).new) == 1
    assert held([A], [finding("b.py", "1")], looked_at={"a.py", "b.py"}).new == ()
    assert held([A], [finding("b.py", "1")], looked_at={"b.py"}, gone=("a.py",)).new == ()


def test_what_stayed_goes_before_what_moved() -> None:
    result = held([B], [finding("a.py", "1"), finding("b.py", "1")])
    assert [item.location.path for item in result.new] == ["a.py"]


def test_how_a_legacy_call_can_be_migrated_does_not_make_it_new() -> None:
    result = held([A], [finding("a.py", "1", "PM102")])
    assert (result.new, result.fixed) == ((), ())
    assert result.updated() == (Entry("a.py", "PM102", "1"),)
    assert len(held([A], [finding("a.py", "1", "PM201")]).new) == 1


def test_only_what_was_looked_for_can_be_fixed() -> None:
    entries = [A, B, Entry("a.py", "PM301", "2"), Entry("c.py", "PM201", "3")]
    result = held(entries, [], looked_at={"a.py"}, gone=("c.py",))
    assert result.fixed == (A, Entry("c.py", "PM201", "3"))
    assert result.updated() == (Entry("a.py", "PM301", "2"), B)


def test_nothing_without_a_fingerprint_is_ever_known() -> None:
    result = held([Entry("a.py", "PM101", "")], [finding("a.py", "")])
    assert len(result.new) == 1
    assert result.updated() == ()


ENTRIES = st.builds(
    Entry,
    st.sampled_from(["a.py", "b.py", "c.py"]),
    st.sampled_from(["PM101", "PM102", "PM201"]),
    st.sampled_from("12"),
)
FINDINGS = ENTRIES.map(lambda entry: finding(entry.path, entry.fingerprint, entry.code))


@given(st.lists(ENTRIES), st.lists(FINDINGS), st.sets(st.sampled_from(["a.py", "b.py", "c.py"])))
def test_after_an_update_nothing_is_new_and_nothing_is_fixed(
    entries: list[Entry], findings: list[Finding], looked_at: set[str]
) -> None:
    findings = [item for item in findings if item.location.path in looked_at]
    first = held(entries, findings, looked_at)
    assert len(first.new) + len(first.known) == len(findings)
    assert len(first.known) + len(first.fixed) + len(first.kept) == len(entries)
    second = held(list(first.updated()), findings, looked_at)
    assert (second.new, second.fixed) == ((), ())
    assert second.updated() == first.updated()


@given(st.lists(ENTRIES), st.lists(FINDINGS, min_size=1))
def test_one_more_finding_is_always_new(entries: list[Entry], findings: list[Finding]) -> None:
    known = list(held(entries, findings).updated())
    assert len(held(known, [*findings, findings[0]]).new) == 1


@given(st.lists(ENTRIES))
def test_a_baseline_is_read_as_it_was_written(entries: list[Entry]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "baseline.json"
        save(path, entries)
        assert load(path) == tuple(sorted(entries))
        json.loads(path.read_text())


# --- The command ----------------------------------------------------------------------------

BODY = f"    {EVENT}\n    {UNKNOWN}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project with a baseline of two findings."""
    root = write(tmp_path / "project", files(BODY))
    done = run(root, "check", "--update-baseline")
    assert (done.returncode, done.stdout) == (0, "")
    assert f"{FILE_NAME} holds 2 findings" in done.stderr
    return root


def test_known_findings_are_not_reported(shop: Path) -> None:
    done = run(shop, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "2 in the baseline" in done.stderr
    assert [item["status"] for item in document(shop)["findings"]] == ["baseline"] * 2
    assert check(shop, "shop/views.py") == (0, [])


def test_a_new_one_fails(shop: Path) -> None:
    with (shop / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    code, lines = check(shop)
    assert (code, lines) == (1, [f"shop/views.py:{FIRST + 2}:5: PM102"])


def test_editing_around_and_laying_out_anew_breaks_nothing(shop: Path) -> None:
    text = (shop / "shop/views.py").read_text()
    text = text.replace(EVENT, EVENT.replace(", ", ",\n        ").replace('"', "'"))
    (shop / "shop/views.py").write_text("import os\n\n\ndef before():\n    pass\n\n\n" + text)
    assert check(shop, "--strict-baseline") == (0, [])


def test_moved_functions_and_renamed_files_are_followed(shop: Path) -> None:
    (shop / "shop/views.py").rename(shop / "shop/orders.py")
    assert check(shop) == (0, [])
    assert check(shop, "shop/orders.py") == (0, [])
    # A second file with the same code is new: what it was copied from is still there.
    (shop / "shop/copy.py").write_text((shop / "shop/orders.py").read_text())
    code, lines = check(shop)
    assert (code, len(lines)) == (1, 2)


def test_fixed_findings_shrink_it(shop: Path) -> None:
    (shop / "shop/views.py").write_text(HEAD + f"    {UNKNOWN}\n")
    done = run(shop, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 finding of .pusher-migrate-baseline.json is gone" in done.stderr
    assert run(shop, "check", "--strict-baseline").returncode == 1
    assert run(shop, "check", "--strict-baseline", "shop/models.py").returncode == 0
    assert run(shop, "check", "--strict-baseline", "--exit-zero").returncode == 0
    assert [entry["code"] for entry in document(shop)["fixed"]] == ["PM101"]
    run(shop, "check", "--update-baseline")
    assert [entry.code for entry in load(shop / FILE_NAME)] == ["PM102"]
    assert run(shop, "check", "--strict-baseline").returncode == 0


def test_an_update_for_some_files_or_codes_keeps_the_rest(shop: Path) -> None:
    (shop / "shop/views.py").write_text(HEAD + "    order.save()\n")
    run(shop, "check", "--update-baseline", "shop/models.py")
    assert len(load(shop / FILE_NAME)) == 2
    run(shop, "check", "--update-baseline", "--select", "PM2")
    assert len(load(shop / FILE_NAME)) == 2
    run(shop, "check", "--update-baseline", "shop/views.py")
    assert load(shop / FILE_NAME) == ()


def test_what_a_comment_hides_is_no_part_of_it(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}  # pusher-migrate: ignore[PM101]\n"))
    run(root, "check", "--update-baseline")
    assert load(root / FILE_NAME) == ()


def test_it_can_be_kept_elsewhere(shop: Path, tmp_path: Path) -> None:
    (shop / FILE_NAME).rename(tmp_path / "known.json")
    assert check(shop)[0] == 1
    assert check(shop, "--baseline", tmp_path / "known.json") == (0, [])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        "<<<<<<< HEAD",
        '{"version": 2, "findings": []}',
        '{"version": 1, "findings": [{"path": "a.py"}]}',
        '{"version": 1, "findings": [{"path": 1, "code": "PM101", "fingerprint": "a"}]}',
        '{"version": 1, "findings": [{"path": "a.py", "code": "X", "fingerprint": "a"}]}',
        '{"version": 1, "findings": [["a.py", "PM101", "a"]]}',
        "[" * 100_000,
    ],
)
def test_a_damaged_one_is_one_line_and_exit_code_2(shop: Path, content: str) -> None:
    (shop / FILE_NAME).write_text(content)
    done = run(shop, "check")
    assert (done.returncode, done.stdout) == (2, "")
    assert FILE_NAME in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_it_is_written_one_entry_a_line_and_in_order(shop: Path) -> None:
    text = (shop / FILE_NAME).read_text()
    assert text.endswith("\n")
    rows = [line for line in text.splitlines() if "fingerprint" in line]
    assert rows == sorted(rows)
    assert len(rows) == 2
    before = text
    run(shop, "check", "--update-baseline")
    assert (shop / FILE_NAME).read_text() == before
