"""``pusher-migrate check``: what it finds, how it says so, and when it does not look."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.guarded import (
    CATALOGUE,
    EVENT,
    FIRST,
    UNKNOWN,
    check,
    document,
    files,
    git,
    run,
    write,
)

CALL, OTHER = f"shop/views.py:{FIRST}:5:", f"shop/views.py:{FIRST + 1}:5:"
BODY = f"    {EVENT}\n    {UNKNOWN}\n"

WRAPPER = """\
from shop.realtime import pusher_client


def tell(event, payload):
    pusher_client.trigger("orders", event, payload)
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The project, with a call that the catalogue knows and one that it does not."""
    return write(tmp_path / "project", files(BODY))


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """The project without a legacy call."""
    return write(tmp_path / "project", files("    order.save()\n"))


def test_findings_are_lines_and_exit_code_1(shop: Path) -> None:
    done = run(shop, "check")
    assert done.returncode == 1
    first, second = done.stdout.splitlines()
    assert first == f"{CALL} PM101 [*] Send 'order-paid' through realtime_order_paid"
    assert second.startswith(f"{OTHER} PM102 trigger of 'order-lost': The catalogue has no")
    assert "2 findings in 1 file." in done.stderr
    assert "offers a change for 1 of them" in done.stderr


def test_nothing_found_is_exit_code_0_and_silence_on_stdout(clean: Path) -> None:
    done = run(clean, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No findings in 6 files.\n"
    assert run(clean, "check", "-q").stderr == ""


def test_findings_are_those_of_migrate(shop: Path) -> None:
    plan = json.loads(run(shop, "migrate", "--json").stdout)
    planned = {
        (item["code"], item["path"], item["line"], item["column"], item["symbol"])
        for item in (*plan["changes"], *plan["deferrals"])
    }
    found = {
        (item["code"], item["path"], item["line"], item["column"], item["symbol"])
        for item in document(shop)["findings"]
    }
    assert len(found) == 2
    assert found <= planned


def test_what_a_rewrite_would_leave_unused_is_no_finding_before_it(tmp_path: Path) -> None:
    root = write(tmp_path, files(f"    {EVENT}\n"))
    codes = [item["code"] for item in json.loads(run(root, "migrate", "--json").stdout)["changes"]]
    assert "PM105" in codes
    assert check(root)[1] == [f"{CALL} PM101"]
    assert check(root, "--select", "PM105") == (0, [])


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        (["--select", "PM102"], ["PM102"]),
        (["--select", "PM1", "--ignore", "PM101"], ["PM102"]),
        (["--ignore", "PM1"], []),
        (["--select", "ALL"], ["PM101", "PM102"]),
    ],
    ids=" ".join,
)
def test_codes_can_be_selected(shop: Path, arguments: list[str], codes: list[str]) -> None:
    code, lines = check(shop, *arguments)
    assert [line.split()[1] for line in lines if " PM1" in line] == codes
    assert code == (1 if lines else 0)


def test_the_catalogue_selects_and_the_command_line_goes_first(shop: Path) -> None:
    (shop / "pusher-migrate.toml").write_text(CATALOGUE + '\n[check]\nselect = ["PM102"]\n')
    assert check(shop)[1] == [f"{OTHER} PM102"]
    assert check(shop, "shop/views.py")[1] == [f"{OTHER} PM102"]
    assert check(shop, "--select", "PM101")[1] == [f"{CALL} PM101"]


def test_missing_emissions_are_found_when_selected(tmp_path: Path) -> None:
    contents = files("    order.total = 3\n    order.save()\n")
    contents["pusher-migrate.toml"] += (
        '\n[[state]]\nmodel = "shop.Order"\nfields = ["total"]\n'
        'emit = "realtime_order_paid(order)"\n'
    )
    root = write(tmp_path, contents)
    assert check(root) == (0, [])
    code, lines = check(root, "--select", "PM3", "shop/views.py")
    assert (code, [line.split()[1] for line in lines]) == (1, ["PM301"])


# --- Files that are named -------------------------------------------------------------------------


def test_only_what_is_in_named_files_is_reported(shop: Path) -> None:
    assert check(shop, "shop/views.py") == (1, [f"{CALL} PM101", f"{OTHER} PM102"])
    assert check(shop, "shop/models.py", "shop/manager.py", "shop/realtime.py") == (0, [])
    assert check(shop, "shop") == (1, [f"{CALL} PM101", f"{OTHER} PM102"])


def test_a_file_alone_has_the_same_findings_as_in_its_project(tmp_path: Path) -> None:
    # The type of the parameter is only known from the caller in another file.
    contents = files("    order.save()\n")
    contents["shop/tell.py"] = (
        "def tell(channel, order):\n    channel.trigger('orders', 'order-paid', {'id': order.id})\n"
    )
    contents["shop/use.py"] = (
        "from shop.realtime import pusher_client\nfrom shop.tell import tell\n"
        "from shop.models import Order\n\n\ndef use():\n"
        "    tell(pusher_client, Order.objects.get())\n"
    )
    root = write(tmp_path, contents)
    whole = check(root, "--no-cache")
    assert whole[0] == 1
    assert check(root, "--no-cache", "shop/tell.py") == whole


def test_what_only_looks_like_a_client_is_clean(clean: Path) -> None:
    (clean / "shop/door.py").write_text(
        "class Alarm:\n    def trigger(self, a, b, c):\n        pass\n\n\n"
        "Alarm().trigger('a', 'b', {})\n"
    )
    assert check(clean, "shop/door.py") == (0, [])
    assert check(clean) == (0, [])


def test_calls_of_wrappers_are_found_once_the_wrappers_are_known(clean: Path) -> None:
    (clean / "shop/tell.py").write_text(WRAPPER)
    (clean / "shop/jobs.py").write_text(
        "from shop.tell import tell\n\n\ndef job(order):\n"
        "    tell('order-paid', {'id': order.id})\n"
    )
    alone = run(clean, "check", "shop/jobs.py")
    assert (alone.returncode, alone.stdout) == (0, "")
    assert "Calls of functions that send for their callers were not looked for" in alone.stderr
    whole = check(clean)
    assert (whole[0], [line.split()[0] for line in whole[1]]) == (1, ["shop/jobs.py:5:5:"])
    assert check(clean, "shop/jobs.py") == whole
    # What does not call them needs no remark any more.
    assert run(clean, "check", "shop/models.py").stderr == "No findings in 1 file.\n"


def test_standard_input_counts_in_place_of_the_file(shop: Path, clean: Path) -> None:
    bad = files(BODY)["shop/views.py"]
    done = run(clean, "check", "-", "--stdin-filename", "shop/views.py", text=bad)
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == [CALL, OTHER]
    # Also for a file that is not there yet, and without leaving a trace in the cache.
    done = run(clean, "check", "--stdin-filename", "shop/new.py", text=bad)
    assert done.stdout.startswith(f"shop/new.py:{FIRST}:5: PM101")
    assert not (clean / "shop/new.py").exists()
    (clean / "shop/views.py").write_text(files("    order.save()\n")["shop/views.py"])
    assert check(clean) == (0, [])
    assert run(clean, "check", "--stdin-filename", "shop/views.py", text="x = 1\n").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-"], "--stdin-filename"),
        (["--stdin-filename", "a.py", "b.py"], "files are named too"),
        (["--stdin-filename", "../a.py"], "no catalogue"),
        (["--stdin-filename", "none/a.py"], "No such file"),
        (["none.py"], "none.py"),
        (["--select", "PM9999"], "unknown code"),
        (["--format", "xml"], "xml"),
        (["--format", "sarif", "--statistics"], "--statistics"),
        (["--update-baseline", "--strict-baseline"], "do not go together"),
        (["--update-baseline", "--stdin-filename", "a.py"], "do not go together"),
        (["--baseline", "none.json"], "--update-baseline"),
        (["--catalogue", "none.toml"], "none.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_contradictions_are_one_line_and_exit_code_2(
    shop: Path, arguments: list[str], said: str
) -> None:
    done = run(shop, "check", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_excluded_files_are_left_out_even_when_named_if_asked_to(shop: Path) -> None:
    (shop / "pusher-migrate.toml").write_text(
        CATALOGUE + '\n[files]\nexclude = ["shop/views.py"]\n'
    )
    assert check(shop) == (0, [])
    assert check(shop, "shop/views.py")[0] == 1
    assert check(shop, "--force-exclude", "shop/views.py") == (0, [])


# --- Files that cannot be looked at ----------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"from shop.realtime import pusher_client\npusher_client.trigger('a', 'b', {}\n",
        "pusher_client.trigger('a', 'b', {})\n".encode("utf-16"),
        b"pusher_client.trigger('\xff', 'b', {})\n",
        b"# coding: none\npusher_client.trigger('a', 'b', {})\n",
    ],
    ids=["syntax", "utf-16", "bytes", "coding"],
)
@pytest.mark.parametrize("arguments", [[], ["shop/bad.py"], ["--exit-zero"]], ids=" ".join)
def test_a_file_that_cannot_be_parsed_is_exit_code_2(
    clean: Path, content: bytes, arguments: list[str]
) -> None:
    (clean / "shop/bad.py").write_bytes(content)
    done = run(clean, "check", *arguments)
    assert done.returncode == 2
    (line,) = done.stdout.splitlines()
    assert re.match(r"shop/bad\.py:\d+:\d+: PM901 ", line)
    assert "1 file could not be read" in done.stderr


def test_a_wrong_catalogue_is_exit_code_2_for_clean_files_too(clean: Path) -> None:
    assert check(clean, "shop/models.py") == (0, [])
    (clean / "pusher-migrate.toml").write_text("[legacy\n")
    done = run(clean, "check", "shop/models.py")
    assert (done.returncode, done.stdout) == (2, "")
    assert "pusher-migrate.toml:1" in done.stderr


def test_without_a_catalogue_a_draft_will_do_and_none_is_needed_for_clean_code(
    shop: Path, tmp_path: Path
) -> None:
    (shop / "pusher-migrate.toml").unlink()
    done = run(shop, "check")
    assert done.returncode == 1
    assert [line.split()[0] for line in done.stdout.splitlines()] == [CALL, OTHER]
    assert "there is no catalogue" in done.stderr
    # Nothing is learnt from a draft, so a catalogue that is written later is heeded at once.
    assert run(shop, "check", "shop/models.py").returncode == 0
    assert not (shop / ".pusher-migrate-cache/shortcut").exists()
    plain = write(tmp_path / "plain", {"manage.py": "", "a.py": "trigger = 1\n"})
    done = run(plain, "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "No findings in 2 files.\n"


def test_no_file_at_all_is_exit_code_2(tmp_path: Path) -> None:
    (tmp_path / "pusher-migrate.toml").write_text(CATALOGUE)
    done = run(tmp_path, "check")
    assert done.returncode == 2
    assert "no Python files" in done.stderr


# --- Comments --------------------------------------------------------------------------------


def test_a_comment_hides_a_finding_and_an_idle_one_is_found(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        files(
            f"    {EVENT}  # pusher-migrate: ignore[PM101] the app goes in May\n"
            f"    {UNKNOWN}  # pusher-migrate: ignore[PM101]\n"
            "    order.save()  # pusher-migrate: ignore[PM301]\n"
        ),
    )
    done = run(root, "check")
    lines = done.stdout.splitlines()
    assert [line.split()[1] for line in lines] == ["PM102", "PM902"]
    assert [line.split(":")[1] for line in lines] == [str(FIRST + 1)] * 2
    assert "1 suppressed by a comment" in done.stderr
    # The same when the file is named, and for the one who asks for all codes PM301 is idle too.
    assert check(root, "shop/views.py") == check(root)
    assert sum("PM902" in line for line in check(root, "--select", "ALL")[1]) == 2
    assert check(root, "--ignore", "PM902,PM102") == (0, [])
    hidden = [item for item in document(root)["findings"] if item["status"] == "suppressed"]
    assert [(item["line"], item["suppressed_by"]) for item in hidden] == [
        (FIRST, f"Suppressed by the comment on line {FIRST}: the app goes in May.")
    ]


# --- How it is said --------------------------------------------------------------------------


def test_exit_zero(shop: Path) -> None:
    done = run(shop, "check", "--exit-zero")
    assert done.returncode == 0
    assert done.stdout.count("\n") == 2


def test_statistics(shop: Path) -> None:
    with (shop / "shop/views.py").open("a") as file:
        file.write(f"    {UNKNOWN}\n")
    done = run(shop, "check", "--statistics")
    assert done.returncode == 1
    assert done.stdout == "2  PM102  unmapped-legacy-call\n1  PM101  legacy-call\n"
    done = run(shop, "check", "--statistics", "--format", "json")
    assert json.loads(done.stdout)["statistics"][0] == {
        "code": "PM102",
        "name": "unmapped-legacy-call",
        "count": 2,
    }


def test_json(shop: Path) -> None:
    value = document(shop)
    assert value["schema_version"] == 1
    assert value["root"] == str(shop)
    assert value["summary"] == {
        "files_looked_at": 6,
        "new": 2,
        "baseline": 0,
        "suppressed": 0,
        "unreadable_files": 0,
        "fixed": 0,
    }
    first, second = value["findings"]
    assert re.fullmatch(r"[0-9a-f]{16}", first.pop("fingerprint"))
    assert first == {
        "code": "PM101",
        "name": "legacy-call",
        "path": "shop/views.py",
        "line": FIRST,
        "column": 5,
        "symbol": "pay",
        "message": "Send 'order-paid' through realtime_order_paid",
        "fix": "safe",
        "status": "new",
        "suppressed_by": None,
    }
    assert second["fix"] is None


def test_github_annotations_name_files_from_the_top_of_the_repository(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    root = write(tmp_path / "back, end", files(BODY))
    done = run(root, "check", "--format", "github")
    assert (done.returncode, done.stderr) == (1, "")
    first = done.stdout.splitlines()[0]
    assert first == (
        f"::error title=pusher-migrate PM101,file=back%2C end/shop/views.py,line={FIRST},col=5::"
        f"back, end/{CALL} PM101 Send 'order-paid' through realtime_order_paid"
    )


def test_names_in_messages_cannot_break_the_report(tmp_path: Path) -> None:
    body = '    pusher_client.trigger("a", "x\\n::error::%0A\\x1b[31m", {})\n'
    root = write(tmp_path, files(body))
    for output_format in ("text", "github"):
        done = run(root, "check", "--format", output_format)
        assert len(done.stdout.splitlines()) == 1
        assert "\x1b" not in done.stdout
    assert run(root, "check", "--format", "github").stdout.count("%0A") == 0


def test_a_closed_pipe_is_no_traceback(shop: Path) -> None:
    import subprocess
    import sys

    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "pusher_migrate", "check"]
    done = subprocess.run(command, cwd=shop, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    assert done.returncode == 141
    assert "Traceback" not in done.stderr
