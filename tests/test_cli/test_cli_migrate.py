"""``pusher-migrate migrate`` as a user runs it: the console script, real git, exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from shop_project import FILES, PAID, SENT, Run, commit, git, write_files

VIEWS = "shop/views.py"
SAFE_CALL = "    notification_manager.realtime_order_paid(order)\n"
REVIEW_CALL = "    notification_manager.realtime_order_sent(order)\n"


def status(root: Path) -> list[str]:
    """Names of the files that differ from the last commit."""
    return [line[3:] for line in git(root, "status", "--porcelain").splitlines()]


def views(root: Path) -> str:
    return (root / VIEWS).read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [[], ["--diff"], ["--diff", "shop"], ["--diff", VIEWS]])
def test_off_a_terminal_it_only_shows(shop: Path, run: Run, arguments: list[str]) -> None:
    done = run(shop, "migrate", *arguments)
    assert done.returncode == 0
    assert status(shop) == []
    text = done.stdout.decode()
    for part in (
        "# shop/views.py:8:5: PM101 [safe] in pay\n",
        "PM401 [for review] in send\n",
        "#   before: order-sent on shop-{order.shop.id} with id, by\n",
        "#   after:  order_sent on shop-{order.shop.id} with id\n",
        "#   lost:   by: subscribers",
        "# Left to you: 1\n",
        "# shop/views.py:20:5: PM102 in count\n",
    ):
        assert part in text
    assert "\x1b" not in text
    # Messages go to stderr, a line each.
    assert done.stderr.decode().splitlines() == [
        "2 changes in 1 file: 1 safe, 1 for review; 1 call left alone.",
        "Apply the safe ones with `--yes`, those for review too with `--unsafe`.",
    ]


def test_git_applies_what_is_shown_and_it_equals_what_is_applied(shop: Path, run: Run) -> None:
    patch = shop.parent / "shown.patch"
    patch.write_bytes(run(shop, "migrate", "--diff").stdout)
    git(shop, "apply", patch)
    by_git = views(shop)
    git(shop, "checkout", "--quiet", ".")
    assert run(shop, "migrate", "--unsafe").returncode == 0
    assert views(shop) == by_git
    assert SAFE_CALL in by_git and REVIEW_CALL in by_git


def test_yes_applies_what_is_safe_and_says_what_it_left(shop: Path, run: Run) -> None:
    done = run(shop, "migrate", "--yes")
    assert done.returncode == 0
    assert SAFE_CALL in views(shop)
    assert REVIEW_CALL not in views(shop)
    assert status(shop) == [VIEWS]
    messages = done.stderr.decode()
    assert f"wrote {VIEWS}\n" in messages
    assert f"not applied: {SENT} is for review\n" in messages
    assert "1 change applied in 1 file, 1 not applied; 1 call left alone.\n" in messages
    assert "# shop/views.py:20:5: PM102 in count\n" in done.stdout.decode()


@pytest.mark.parametrize("flags", [["--unsafe"], ["--unsafe", "--yes"]])
def test_unsafe_applies_both_kinds(shop: Path, run: Run, flags: list[str]) -> None:
    done = run(shop, "migrate", *flags)
    assert done.returncode == 0
    assert SAFE_CALL in views(shop) and REVIEW_CALL in views(shop)
    assert b"2 changes applied in 1 file; 1 call left alone." in done.stderr


def test_a_second_run_changes_nothing(shop: Path, run: Run) -> None:
    run(shop, "migrate", "--unsafe")
    after = views(shop)
    done = run(shop, "migrate", "--unsafe", "--allow-dirty", "--exit-non-zero-on-change")
    assert done.returncode == 0
    assert b"Nothing to change in " in done.stderr
    assert views(shop) == after


def test_undo_takes_it_back(shop: Path, run: Run) -> None:
    run(shop, "migrate", "--yes")
    run(shop, "migrate", "--unsafe", "--allow-dirty")
    assert REVIEW_CALL in views(shop)
    done = run(shop, "undo")
    assert done.returncode == 0
    assert f"restored {VIEWS}\n" in done.stderr.decode()
    assert SAFE_CALL in views(shop) and REVIEW_CALL not in views(shop)
    assert run(shop / "shop", "undo").returncode == 0
    assert status(shop) == []
    nothing = run(shop, "undo")
    assert nothing.returncode == 2
    assert nothing.stderr.decode().startswith("error: there is nothing to undo")


def test_undo_leaves_a_file_alone_that_changed_since(shop: Path, run: Run) -> None:
    run(shop, "migrate", "--yes")
    edited = views(shop) + "# mine\n"
    (shop / VIEWS).write_text(edited, encoding="utf-8")
    done = run(shop, "undo")
    assert done.returncode == 2
    assert f"error: {VIEWS} was changed since" in done.stderr.decode()
    assert views(shop) == edited


@pytest.mark.parametrize(
    ("flags", "shown", "hidden"),
    [(["--yes"], PAID, SENT), (["--unsafe"], SENT, "nothing")],
)
def test_diff_along_with_yes_shows_what_yes_would_apply(
    shop: Path, run: Run, flags: list[str], shown: str, hidden: str
) -> None:
    done = run(shop, "migrate", "--diff", *flags)
    heads = re.findall(r"^# (\S+:\d+:\d+): (PM\d+)\b.*\[", done.stdout.decode(), re.MULTILINE)
    keys = [f"{code}:{place}" for place, code in heads]
    assert shown in keys and hidden not in keys
    assert (b"1 change not shown, which --yes would not apply." in done.stderr) is (hidden == SENT)
    assert status(shop) == []


def test_patch_writes_a_file_and_nothing_else(shop: Path, run: Run) -> None:
    patch = shop.parent / "out.patch"
    patch.write_text("from the last time\n" * 1000)
    done = run(shop, "migrate", "--patch", patch)
    assert done.returncode == 0
    assert done.stdout == b""
    assert f"Wrote {patch}; apply it in {shop} with `git apply`.".encode() in done.stderr
    assert status(shop) == []
    assert b"#   reason: " in patch.read_bytes()
    git(shop, "apply", patch)
    assert SAFE_CALL in views(shop) and REVIEW_CALL in views(shop)
    git(shop, "checkout", "--quiet", ".")
    run(shop, "migrate", "--patch", patch, "--yes")
    git(shop, "apply", patch)
    assert SAFE_CALL in views(shop) and REVIEW_CALL not in views(shop)


def test_a_patch_of_nothing_replaces_an_old_one(shop: Path, run: Run) -> None:
    patch = shop.parent / "out.patch"
    patch.write_text("diff --git a/x b/x\n")
    done = run(shop, "migrate", "--patch", patch, "--select", "PM106")
    assert done.returncode == 0
    assert b"diff" not in patch.read_bytes()


def test_diffs_are_in_the_files_own_encoding(shop: Path, run: Run) -> None:
    """A patch in another encoding than the file's would not apply."""
    latin = "# coding: latin-1\r\n# Bestätigt\r\n" + FILES[VIEWS].replace("\n", "\r\n")
    write_files(shop, {VIEWS: latin.encode("latin-1")})
    commit(shop)
    patch = shop.parent / "shown.patch"
    patch.write_bytes(run(shop, "migrate", "--diff").stdout)
    git(shop, "apply", patch)
    raw = (shop / VIEWS).read_bytes()
    assert "Bestätigt\r\n".encode("latin-1") in raw
    assert SAFE_CALL.replace("\n", "\r\n").encode() in raw
    assert b"\r\n" in raw and raw.count(b"\n") == raw.count(b"\r\n")


@pytest.mark.parametrize(
    ("flags", "codes"),
    [
        (["--select", "PM101"], {"PM101"}),
        (["--select", "PM102"], {"PM102"}),
        (["--ignore", "PM101"], {"PM102"}),
        (["--select", "PM1", "--ignore", "PM102"], {"PM101"}),
        (["--select", "PM101,PM102"], {"PM101", "PM102"}),
    ],
)
def test_codes_are_selected(shop: Path, run: Run, flags: list[str], codes: set[str]) -> None:
    document = json.loads(run(shop, "migrate", "--json", *flags).stdout)
    found = {item["code"] for item in (*document["changes"], *document["deferrals"])}
    assert found == codes


def test_quiet_has_diffs_and_errors_only(shop: Path, run: Run) -> None:
    done = run(shop, "migrate", "--diff", "--quiet")
    assert done.stderr == b""
    assert b"diff --git" in done.stdout
    done = run(shop, "migrate", "--yes", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert SAFE_CALL in views(shop)
    done = run(shop, "migrate", "--unsafe", "--quiet")
    assert done.returncode == 2
    assert b"uncommitted" in done.stderr


@pytest.mark.parametrize("flags", [["--diff"], ["--yes"], ["--json"], ["--patch", "../x.patch"]])
def test_changes_are_told_by_the_exit_code_on_request(
    shop: Path, run: Run, flags: list[str]
) -> None:
    assert run(shop, "migrate", *flags, "--exit-non-zero-on-change").returncode == 1
    nothing = run(shop, "migrate", "--exit-non-zero-on-change", "--select", "PM106", "--diff")
    assert nothing.returncode == 0


def test_uncommitted_work_stops_the_run_before_anything_is_written(shop: Path, run: Run) -> None:
    mine = views(shop) + "# mine\n"
    (shop / VIEWS).write_text(mine, encoding="utf-8")
    done = run(shop, "migrate", "--yes")
    assert done.returncode == 2
    assert done.stderr.decode().splitlines() == [
        f"error: 1 file with uncommitted changes ({VIEWS}): commit or stash them, "
        "or use --allow-dirty; nothing was written"
    ]
    assert views(shop) == mine
    assert run(shop, "migrate", "--diff").returncode == 0, "looking is always allowed"
    assert run(shop, "migrate", "--yes", "--allow-dirty").returncode == 0
    assert SAFE_CALL in views(shop) and views(shop).endswith("# mine\n")


def test_uncommitted_work_elsewhere_is_no_matter(shop: Path, run: Run) -> None:
    write_files(shop, {"shop/notes.txt": "mine", "shop/models.py": FILES["shop/models.py"] + "#\n"})
    assert run(shop, "migrate", "--yes").returncode == 0
    assert SAFE_CALL in views(shop)


def test_it_works_outside_git(tmp_path: Path, run: Run) -> None:
    root = write_files(tmp_path / "plain", FILES)
    done = run(root, "migrate", "--yes")
    assert done.returncode == 0
    assert SAFE_CALL in views(root)
    assert run(root, "undo").returncode == 0
    assert views(root) == FILES[VIEWS]


@pytest.mark.parametrize("where", ["shop", "."])
def test_without_a_path_it_is_the_whole_project(shop: Path, run: Run, where: str) -> None:
    done = run(shop / where, "migrate", "--diff")
    assert done.stdout.count(b"diff --git a/shop/views.py b/shop/views.py") == 2


def test_a_path_limits_what_is_changed(shop: Path, run: Run) -> None:
    write_files(shop, {"other/views.py": FILES[VIEWS]})
    commit(shop)
    assert run(shop, "migrate", "--yes", "other").returncode == 0
    assert status(shop) == ["other/views.py"]


def test_an_unreadable_file_is_told_by_the_exit_code_and_stops_nothing(
    shop: Path, run: Run
) -> None:
    write_files(shop, {"shop/broken.py": "pusher_client.trigger()\ndef f(:\n"})
    commit(shop)
    done = run(shop, "migrate", "--yes")
    assert done.returncode == 2
    assert SAFE_CALL in views(shop)
    assert b"# Not looked at: 1\n" in done.stdout
    assert b"# shop/broken.py:2:" in done.stdout
    assert b"1 file could not be read." in done.stderr


def test_a_codemod_gives_way_to_the_projects_own_catalogue(shop: Path, run: Run) -> None:
    done = run(shop, "migrate", "--diff", "--codemod", "hotelmate")
    assert done.returncode == 0
    assert b"warning: pusher-migrate.toml: --codemod hotelmate is not used" in done.stderr
    assert b"realtime_order_paid" in done.stdout


@pytest.mark.parametrize("option", ["--catalogue", "--config"])
def test_a_catalogue_can_be_named(shop: Path, run: Run, option: str) -> None:
    (shop / "pusher-migrate.toml").rename(shop.parent / "other.toml")
    done = run(shop, "migrate", "--diff", option, shop.parent / "other.toml")
    assert done.returncode == 0
    assert b"realtime_order_paid" in done.stdout


def test_colours_can_be_forced_and_forbidden(shop: Path, run: Run) -> None:
    forced = run(shop, "migrate", "--diff", env={"FORCE_COLOR": "1"})
    assert b"\x1b[32m+from shop.manager" in forced.stdout
    plain = run(shop, "migrate", "--diff", "--no-color", env={"FORCE_COLOR": "1"})
    assert b"\x1b" not in plain.stdout + plain.stderr
