"""Measures pusher-migrate and its peers on the same trees, in turn, in one run.

    python benchmarks/run.py              everything; writes benchmarks/RESULTS.md
    python benchmarks/run.py --quick      three runs, without the large tree; only prints
    python benchmarks/run.py --only check --only check-file

Run it with the Python that the tool is installed for. Peers are installed from PyPI at pinned
versions, trees are generated; both stay in benchmarks/.work. README.md says what is compared.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
from pathlib import Path

import bars
import commands
import trees
from measure import Result, measure

HERE = Path(__file__).resolve().parent
WORK = HERE / ".work"


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=(__doc__ or "").split("\n\n")[0], allow_abbrev=False
    )
    parser.add_argument("--quick", action="store_true", help="3 runs, no large tree, no file")
    parser.add_argument("--only", action="append", choices=commands.GROUPS, help="only this group")
    parser.add_argument("--tree", action="append", help="only this tree, such as 1x")
    parser.add_argument("--runs", type=int, default=0, help="counted runs of each command")
    parser.add_argument(
        "--no-peers", action="store_true", help="only pusher-migrate's own commands"
    )
    parser.add_argument("--every-peer", action="store_true", help="also those that take an hour")
    parser.add_argument("--limit", type=float, default=1800.0, help="seconds before a run is ended")
    parser.add_argument(
        "--build", action="store_true", help="make trees and environments, then end"
    )
    parser.add_argument("--write", action="store_true", help="write RESULTS.md after a partial run")
    return parser.parse_args()


def versions() -> list[str]:
    """What was compared, one line each."""
    said = subprocess.run(
        [*commands.tool_command(), "--version"], capture_output=True, text=True, check=False
    )
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"],
        cwd=HERE,
        capture_output=True,
        text=True,
        check=False,
    )
    tool = said.stdout.strip() if said.returncode == 0 else "pusher-migrate (does not start)"
    return [
        f"{tool}, commit {commit.stdout.strip() or 'unknown'}",
        *(f"{package} {version}" for package, version in commands.PINNED.items()),
        f"CPython {platform.python_version()}",
    ]


def document(results: bars.Results, sites: list[trees.Site], runs: int) -> str:
    """RESULTS.md."""
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    described: list[tuple[str, ...]] = [
        (site.name, f"{site.files:,}", f"{site.lines:,}", str(site.calls)) for site in sites
    ]
    return "\n\n".join(
        [
            "# Results",
            f"Written by `python benchmarks/run.py` on {today}; {machine}. Medians of up to {runs} "
            "runs after a warm-up, all commands in turn on the same tree. Only ratios within one "
            "run mean anything: times depend on the machine and on what else it does.",
            "\n".join(f"- {line}" for line in versions()),
            "## Bars",
            bars.bar_table(results),
            "## Trees",
            bars.table(("tree", "Python files", "lines", "legacy calls"), described),
            "## Times",
            bars.time_table(results),
            "`found` counts what a command reports or rewrites, to show that it did the work: "
            "patterns without types also match other objects' `trigger`, and ruff counts uses of "
            "the client's module. A command that needs more than a minute ran once.",
        ]
    )


def main() -> int:
    """Run the benchmark; the exit code is 1 when nothing could be measured."""
    options = arguments()
    WORK.mkdir(exist_ok=True)
    runs = options.runs or (3 if options.quick else 5)
    scripts = commands.install(WORK)
    sites = trees.build(WORK, large=not options.quick)
    if options.build:
        return 0
    partial = bool(options.quick or options.only or options.tree or options.no_peers)
    if options.tree:
        sites = [site for site in sites if site.name in options.tree]
    found: list[Result] = []
    for site in sites:
        lines = commands.commands_for(site, WORK, scripts, options.every_peer)
        if options.only:
            lines = [c for c in lines if set(c.groups) & set(options.only)]
        if options.no_peers:
            lines = [c for c in lines if c.name.startswith("pusher-migrate")]
        found += measure(
            lines,
            runs=runs,
            scratch=WORK,
            limit=options.limit,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
    results = {result.command.key: result for result in found}
    text = document(results, sites, runs)
    print(text)
    if options.write or not partial:
        (HERE / "RESULTS.md").write_text(text + "\n", encoding="utf-8")
    return 0 if any(not result.problem for result in found) else 1


if __name__ == "__main__":
    sys.exit(main())
