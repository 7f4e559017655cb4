"""Builds the trees that are measured, and rebuilds them only when what makes them has changed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DJANGO = "5.2.19"


@dataclass(frozen=True)
class Site:
    """A tree to run commands on.

    Attributes:
        name: ``one file``, ``1x``, ``10x`` or ``no match``.
        root: The working directory of the commands; a git repository.
        target: The path argument, relative to ``root``.
        files: Python files.
        lines: Their lines.
        calls: Legacy calls in them.
    """

    name: str
    root: Path
    target: str
    files: int
    lines: int
    calls: int


def _commit(root: Path) -> None:
    """Make a git repository of a tree: tools look up to the repository's root for what to ignore,
    and the directory that the trees are in is ignored."""
    nobody = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "benchmark",
        "GIT_AUTHOR_EMAIL": "benchmark@example.invalid",
        "GIT_COMMITTER_NAME": "benchmark",
        "GIT_COMMITTER_EMAIL": "benchmark@example.invalid",
    }
    for arguments in (("init", "-q"), ("add", "-Af"), ("commit", "-qm", "The tree")):
        subprocess.run(
            ["git", *arguments], cwd=root, check=True, env={**os.environ, **nobody}, text=True
        )


def _fingerprint() -> str:
    digest = hashlib.sha256(f"{sys.version} {DJANGO}".encode())
    for path in sorted([*(HERE / "tree").rglob("*"), Path(__file__)]):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(path.relative_to(HERE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _generated(root: Path, name: str, copies: int) -> list[Site]:
    # Only here, to keep it out of the process that measures.
    from tree.generate import generate

    made = generate(root, copies)
    # An empty file here switches off semgrep's own idea of what to leave out: the tests.
    (root / ".semgrepignore").touch()
    (root / ".gitignore").write_text("__pycache__/\n.pusher-migrate-cache/\n", encoding="utf-8")
    _commit(root)
    sites = [Site(name, root, ".", made.files, made.lines, made.legacy_calls)]
    if copies == 1:
        clean = made.clean_file.relative_to(root).as_posix()
        lines = made.clean_file.read_text(encoding="utf-8").count("\n")
        sites.insert(0, Site("one file", root, clean, 1, lines, 0))
    return sites


def _without_match(root: Path) -> list[Site]:
    """Django's source and this Python's standard library, tests included."""
    if root.exists():
        shutil.rmtree(root)
    root.mkdir(parents=True)
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-deps", "--no-compile"]
    subprocess.run([*pip, "--target", root / "site", f"django=={DJANGO}"], check=True)
    leave_out = shutil.ignore_patterns("site-packages", "__pycache__", "config-*", "*.so")
    shutil.copytree(sysconfig.get_path("stdlib"), root / "stdlib", ignore=leave_out)
    (root / ".semgrepignore").touch()
    _commit(root)
    python = [path.read_bytes() for path in root.rglob("*.py")]
    return [Site("no match", root, ".", len(python), sum(t.count(b"\n") for t in python), 0)]


def _make(work: Path, names: list[str]) -> None:
    """Build those of the named trees that are missing or out of date."""
    makers: dict[str, Callable[[Path], list[Site]]] = {
        "small": lambda root: _generated(root, "1x", 1),
        "no-match": _without_match,
        "large": lambda root: _generated(root, "10x", 10),
    }
    stamp = _fingerprint()
    for name in names:
        root, note = work / "trees" / name, work / "trees" / f"{name}.json"
        known = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
        if known.get("fingerprint") == stamp and root.exists():
            continue
        print(f"building the tree {name}", file=sys.stderr)
        note.unlink(missing_ok=True)
        rows = [{**asdict(site), "root": str(site.root)} for site in makers[name](root)]
        note.write_text(json.dumps({"fingerprint": stamp, "sites": rows}), encoding="utf-8")


def build(work: Path, *, large: bool) -> list[Site]:
    """The trees under ``work``, in the order in which they are measured.

    They are built in a process of its own: the memory of the process that starts a command is the
    least that Linux reports as that command's peak.
    """
    names = ["small", "no-match", *(["large"] if large else [])]
    subprocess.run([sys.executable, str(Path(__file__)), str(work), *names], check=True)
    sites = []
    for name in names:
        note = json.loads((work / "trees" / f"{name}.json").read_text(encoding="utf-8"))
        sites += [Site(**{**row, "root": Path(row["root"])}) for row in note["sites"]]
    return sites


if __name__ == "__main__":
    _make(Path(sys.argv[1]), sys.argv[2:])
