"""Answers from the cache are those that a run without it gives, whatever has changed since."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from pusher_migrate import cli
from pusher_migrate.catalogue import choose_catalogue
from pusher_migrate.django_version import _READERS
from pusher_migrate.errors import SourceError
from pusher_migrate.inputs import all_of, tree_key
from pusher_migrate.requirement_files import LOCKS, REQUIREMENTS
from tests.guarded import CATALOGUE, EVENT, HEAD, files, git, write
from tests.test_startup import imported

VIEWS = f"""\
from django.db import transaction
{HEAD}    with transaction.atomic():
        order.save()
        {EVENT}
"""

#: A command line, and a module that it needs when it has no answer.
COMMANDS = (
    (("inventory",), "pusher_migrate.index.build"),
    (("inventory", "--format", "json"), "pusher_migrate.index.build"),
    (("inventory", "--format", "markdown"), "pusher_migrate.index.build"),
    (("migrate",), "pusher_migrate.plan"),
    (("migrate", "--diff"), "pusher_migrate.plan"),
    (("migrate", "--json"), "pusher_migrate.plan"),
    (("migrate", "--patch", "-"), "pusher_migrate.plan"),
    (("migrate", "--diff", "--fix-tests", "shop/views.py"), "pusher_migrate.plan"),
    (("check",), "pusher_migrate.plan"),
    (("check", "--select", "ALL", "--format", "json"), "pusher_migrate.plan"),
)
DIFF, CHECK, TAKE = ("migrate", "--diff"), ("check", "--select", "ALL"), ("inventory",)
JSON = ("inventory", "--format", "json")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    contents = {**files(""), "shop/views.py": VIEWS, "requirements.txt": "django>=4.2\n"}
    return write(tmp_path / "project", contents)


def said(root: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, output and messages of a run; in this process, as there are hundreds of them."""
    output, messages = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with (
        contextlib.chdir(root),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(messages),
    ):
        code = cli.run(arguments)
    texts = []
    for stream in (output, messages):
        stream.flush()
        stream.seek(0)
        texts.append(stream.read())
    return code, texts[0], texts[1]


def same(root: Path, arguments: tuple[str, ...]) -> tuple[int, str, str]:
    """What a run says, after having held it against one without the cache."""
    found = said(root, *arguments)
    assert found == said(root, *arguments, "--no-cache")
    return found


@pytest.mark.parametrize("drafted", [False, True], ids=["catalogue", "draft"])
@pytest.mark.parametrize(("arguments", "heavy"), COMMANDS)
def test_an_answer_is_kept(
    project: Path, arguments: tuple[str, ...], heavy: str, drafted: bool
) -> None:
    if drafted:
        (project / "pusher-migrate.toml").unlink()
    code, *_ = first = said(project, *arguments)
    assert first == same(project, arguments)
    names = imported(project, *arguments, code=code)
    assert heavy not in names
    drafting = {name for name in names if name.startswith("pusher_migrate.draft")}
    assert drafting <= {"pusher_migrate.draft", "pusher_migrate.draft.values"}


def test_one_answer_is_there_for_all_ways_to_print_it(project: Path) -> None:
    for command in ("inventory", "migrate"):
        said(project, command)
    directory = project / ".pusher-migrate-cache"
    before = sorted(os.listdir(directory))
    for arguments, _ in COMMANDS[:7]:
        said(project, *arguments)
    assert sorted(os.listdir(directory)) == before


def replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        text = (root / path).read_text()
        assert old in text
        (root / path).write_text(text.replace(old, new))

    return change


def put(path: str, content: str | bytes) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        for one in changes:
            one(root)

    return change


def remove(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink()


MORE = f"{HEAD}    {EVENT}\n"

#: What changes, how, and the command lines whose answer is another one then.
CHANGES = {
    "a file": (replace("shop/views.py", "        order.save()\n", ""), [DIFF, CHECK, TAKE]),
    "a file, keeping size and time": (None, [DIFF, CHECK, TAKE]),
    "a file that is only read": (
        replace("shop/manager.py", '"orders"', '"others"'),
        [DIFF, CHECK, TAKE],
    ),
    "a new file": (put("shop/more.py", MORE), [DIFF, CHECK, TAKE]),
    "a file less": (remove("shop/views.py"), [DIFF, CHECK, TAKE]),
    "another name of a file": (
        lambda root: (root / "shop/views.py").rename(root / "shop/views_of_it.py"),
        [DIFF, CHECK, TAKE],
    ),
    "another place of a file": (
        lambda root: (root / "shop/manager.py").rename(root / "manager.py"),
        [DIFF, CHECK, TAKE],
    ),
    "a file that is no text": (put("shop/views.py", b"x = 1\0"), [DIFF, CHECK, TAKE]),
    "a file in UTF-16": (put("shop/views.py", "x = 1".encode("utf-16")), [DIFF, CHECK, TAKE]),
    "a link in place of a file": (
        lambda root: (
            (root / "shop/views.py").unlink(),
            (root / "shop/views.py").symlink_to("/etc/hostname"),
        ),
        [DIFF, CHECK, TAKE],
    ),
    "a file that git ignores": (
        lambda root: (git(root, "init", "-q"), (root / ".gitignore").write_text("views.py\n")),
        [DIFF, CHECK, TAKE],
    ),
    "an entry of the catalogue": (
        replace("pusher-migrate.toml", '"order-paid"', '"order-left"'),
        [DIFF, CHECK],
    ),
    "a line of the catalogue": (
        lambda root: (root / "pusher-migrate.toml").write_text("# A comment.\n" + CATALOGUE),
        [DIFF],
    ),
    "what the catalogue leaves out": (
        lambda root: (root / "pusher-migrate.toml").write_text(
            CATALOGUE + '\n[files]\nexclude = ["views.py"]\n'
        ),
        [DIFF, CHECK, TAKE],
    ),
    "what the catalogue says of Django": (
        lambda root: (root / "pusher-migrate.toml").write_text(
            CATALOGUE + "\n[django]\non_commit = false\n"
        ),
        [DIFF],
    ),
    "no catalogue": (remove("pusher-migrate.toml"), [DIFF, CHECK, TAKE]),
    "a catalogue that is not used": (put(".pusher-migrate.toml", CATALOGUE), [DIFF, CHECK, TAKE]),
    "black's settings": (
        put("pyproject.toml", "[tool.black]\nline-length = 120\n"),
        [DIFF],
    ),
    "ruff's settings": (put("pyproject.toml", "[tool.ruff]\nline-length = 120\n"), [DIFF]),
    "the requirements": (put("requirements.txt", "django>=3.2\n"), [DIFF]),
    "requirements of their own": (put("requirements/base.txt", "django>=3.2\n"), [DIFF]),
    "no requirements": (remove("requirements.txt"), [DIFF]),
    "requirements next to manage.py": (
        both(
            put("site/manage.py", ""),
            put("site/setup.cfg", "[options]\ninstall_requires = django>=3.2\n"),
        ),
        [DIFF],
    ),
    "a lock file": (put("uv.lock", '[[package]]\nname = "django"\nversion = "3.2.1"\n'), [DIFF]),
    "a lock file next to manage.py": (
        both(
            put("site/manage.py", ""),
            put("site/Pipfile.lock", '{"default": {"django": {"version": "==3.2"}}}'),
        ),
        [DIFF],
    ),
    "nothing but a time": (lambda root: os.utime(root / "shop/views.py", (0, 0)), []),
    "nothing but a file of data": (put("shop/data.json", "{}"), []),
}  # fmt: skip


def keep_size_and_time(root: Path) -> None:
    path = root / "shop/views.py"
    status = path.stat()
    replace("shop/views.py", "order-paid", "order-pain")(root)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size


@pytest.mark.parametrize("what", CHANGES)
def test_an_answer_follows_whatever_it_depends_on(project: Path, what: str) -> None:
    change, follow = CHANGES[what]
    before = {line: same(project, line) for line in (DIFF, CHECK, TAKE)}
    (change or keep_size_and_time)(project)
    after = {line: same(project, line) for line in before}
    assert [line for line in before if before[line] != after[line]] == follow
    # And again, now that the answers are kept.
    assert {line: same(project, line) for line in before} == after


def test_requirements_count_wherever_they_are_read(project: Path) -> None:
    """Only they change: a new ``manage.py`` would make another tree."""
    (project / "requirements.txt").unlink()
    put("site/manage.py", "")(project)
    seen = [same(project, DIFF)]
    for name, text in (
        ("setup.cfg", "[options]\ninstall_requires = django>=3.2\n"),
        ("requirements/web.in", "django>=2.2\n"),
        ("Pipfile.lock", '{"default": {"django": {"version": "==4.2"}}}'),
    ):
        put(f"site/{name}", text)(project)
        seen.append(same(project, DIFF))
    assert len(set(seen)) == len(seen)


def test_the_reason_why_a_file_cannot_be_read_counts(tmp_path: Path) -> None:
    def key(why: str) -> str:
        def read(path: str) -> bytes:
            raise SourceError(path, 1, why)

        return tree_key(tmp_path, ["a.py"], read, ())

    empty = tree_key(tmp_path, ["a.py"], lambda _: b"", ())
    assert len({key("no permission"), key("no regular file"), empty}) == 3


@pytest.mark.parametrize(
    ("line", "other"),
    [
        (DIFF, (*DIFF, "--select", "PM1")),
        (DIFF, (*DIFF, "--ignore", "PM105")),
        (DIFF, (*DIFF, "shop/models.py")),
        (DIFF, (*DIFF, "--codemod", "hotelmate")),
        (DIFF, (*DIFF, "--catalogue", "other.toml")),
        (CHECK, ("check", "--select", "PM2")),
        (CHECK, (*CHECK, "--catalogue", "other.toml")),
        (JSON, (*JSON, "--catalogue", "other.toml")),
        (TAKE, (*TAKE, "--codemod", "hotelmate")),
    ],
)
def test_another_question_has_another_answer(
    project: Path, line: tuple[str, ...], other: tuple[str, ...]
) -> None:
    put("other.toml", CATALOGUE.replace("order-paid", "order-left"))(project)
    first = same(project, line)
    assert same(project, other) != first
    assert same(project, line) == first


def test_tests_are_edited_when_that_is_asked_for(project: Path) -> None:
    text = """\
        from django.test import TestCase
        from shop.views import pay


        class PayTest(TestCase):
            def test_it(self):
                pay(None, 1)
    """
    put("shop/tests.py", "\n".join(row[8:] for row in text.splitlines()))(project)
    first = same(project, DIFF)
    assert same(project, (*DIFF, "--fix-tests")) is not None
    assert same(project, DIFF) == first
    names = [p.name for p in (project / ".pusher-migrate-cache").glob("plan-*")]
    assert len(names) == 2


def test_paths_are_shown_as_seen_from_where_one_is(project: Path) -> None:
    put(".pusher-migrate.toml", CATALOGUE)(project)
    for line in (DIFF, TAKE):
        here = same(project, line)
        there = same(project / "shop", line)
        assert here != there, "the warning names the catalogue as a user here would type it"
        assert same(project, line) == here
    moved = project.rename(project.with_name("moved"))
    same(moved, ("inventory", "--format", "json"))
    same(moved, ("migrate", "--json"))


def test_what_is_applied_is_never_from_before(project: Path) -> None:
    said(project, "migrate", "--diff")
    replace("shop/views.py", "def pay", "def settle")(project)
    assert said(project, "migrate", "--yes", "--allow-dirty")[0] == 0
    text = (project / "shop/views.py").read_text()
    assert "def settle" in text and "on_commit" in text
    assert "Nothing to change" in same(project, DIFF)[2]
    assert said(project, "undo")[0] == 0
    assert "2 changes" in same(project, DIFF)[2]


def test_an_error_is_not_kept(project: Path) -> None:
    for line in (DIFF, CHECK):
        first = same(project, line)
        replace("shop/manager.py", "self, order", "self")(project)
        assert same(project, line)[0] == 2
        replace("shop/manager.py", "(self)", "(self, order)")(project)
        assert same(project, line) == first


@pytest.mark.parametrize("arguments", [DIFF, CHECK, TAKE], ids=lambda line: line[0])
def test_a_damaged_cache_is_rebuilt(project: Path, arguments: tuple[str, ...]) -> None:
    first = same(project, arguments)
    directory = project / ".pusher-migrate-cache"
    kept = {path: path.read_bytes() for path in directory.iterdir()}
    for damage in (lambda raw: raw[:-1], lambda _: b"", lambda raw: raw.replace(b"1", b"2")):
        for path, raw in kept.items():
            path.write_bytes(damage(raw))
        assert same(project, arguments) == first
    for path, raw in kept.items():
        if path.name.startswith(("plan-", "check-", "inventory-")):
            assert path.read_bytes() == raw


@pytest.mark.parametrize("arguments", [DIFF, CHECK, TAKE], ids=lambda line: line[0])
def test_two_runs_at_once_do_not_disturb_each_other(
    project: Path, arguments: tuple[str, ...]
) -> None:
    expected = said(project, *arguments, "--no-cache")
    command = [sys.executable, "-m", "pusher_migrate", *arguments]
    running = [
        subprocess.Popen(
            command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in running:
        output, errors = process.communicate()
        assert (process.returncode, output, errors) == expected


def test_a_file_where_the_cache_would_be_is_no_error(project: Path) -> None:
    put(".pusher-migrate-cache", "mine")(project)
    for line in (DIFF, CHECK, TAKE):
        same(project, line)
    assert (project / ".pusher-migrate-cache").read_text() == "mine"


def test_the_cache_leaves_no_trace_in_git(project: Path) -> None:
    git(project, "init", "-q")
    git(project, "add", ".")
    before = git(project, "status", "--porcelain")
    for line in (DIFF, CHECK, TAKE):
        said(project, *line)
    assert git(project, "status", "--porcelain") == before


# --- That nothing is forgotten --------------------------------------------------------------------


def test_every_file_that_says_which_django_runs_counts() -> None:
    assert set(_READERS) == {*LOCKS, *REQUIREMENTS}


def test_all_that_is_known_of_a_catalogue_counts(project: Path) -> None:
    """Also what its own ``repr`` and its equality leave out."""
    catalogue = choose_catalogue(project)
    assert catalogue is not None
    told = json.dumps(all_of(catalogue), default=str)
    for item in (*fields(catalogue), *fields(catalogue.events[0])):
        assert f'"{item.name}"' in told


# Which files of the project are opened while an answer is made, and which while its key is.
_WATCHED_RUN = """
import json, os, sys
from pusher_migrate import cli
from pusher_migrate.cache import Cache

root, phase, opened = os.path.realpath("."), "", {"key": set(), "make": set()}

def watch(event, arguments):
    if event == "open" and phase and isinstance(arguments[0], (str, os.PathLike)):
        path = os.path.realpath(arguments[0])
        if path.startswith(root + os.sep) and ".pusher-migrate-cache" not in path:
            opened[phase].add(os.path.relpath(path, root))

def during(name, work):
    def run():
        global phase
        before, phase = phase, name
        try:
            return work()
        finally:
            phase = before
    return run

remember = Cache.remember

def watched(self, kind, shape, make, key, again=None):
    again = during("key", again or key)
    return remember(self, kind, shape, during("make", make), during("key", key), again)

sys.addaudithook(watch)
Cache.remember = watched
code = cli.run(sys.argv[1:])
print(json.dumps({name: sorted(paths) for name, paths in opened.items()}), file=sys.stderr)
"""


@pytest.mark.parametrize("drafted", [False, True], ids=["catalogue", "draft"])
@pytest.mark.parametrize("arguments", [DIFF, CHECK, TAKE], ids=lambda line: line[0])
def test_nothing_is_read_that_the_key_does_not_know(
    project: Path, arguments: tuple[str, ...], drafted: bool
) -> None:
    """Whoever makes the program read another file of the project has to tell `inputs` of it."""
    write(
        project,
        {
            "pyproject.toml": "[tool.black]\nline-length = 90\n",
            "setup.cfg": "[options]\ninstall_requires = django>=4.2\n",
            "uv.lock": '[[package]]\nname = "other"\nversion = "1"\n',
            "setup.py": "from setuptools import setup\nsetup(install_requires=['django'])\n",
            "README.md": "Nobody reads this.\n",
            "shop/tests.py": "from shop.views import pay\n\n\ndef test_it():\n    pay(None, 1)\n",
        },
    )
    if drafted:
        (project / "pusher-migrate.toml").unlink()
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED_RUN, *arguments],
        cwd=project,
        capture_output=True,
        text=True,
    )
    opened = json.loads(done.stderr.splitlines()[-1])
    assert {"shop/views.py", "shop/manager.py", "uv.lock"} <= set(opened["key"])
    assert set(opened["make"]) <= set(opened["key"])
    assert "README.md" not in opened["key"]
