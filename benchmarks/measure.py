"""Runs whole processes in turn and keeps their wall time and peak memory."""

from __future__ import annotations

import os
import re
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

# A command whose first run takes longer than this (seconds) is run less often, so that a slow peer
# does not decide how long the benchmark takes.
SLOW, VERY_SLOW = 10.0, 60.0


@dataclass(frozen=True)
class Command:
    """One command line on one tree.

    Attributes:
        name: As the tables call it.
        tree: Name of the tree, the key by which results are found again together with ``name``.
        argv: What is run.
        cwd: Where.
        groups: What ``--only`` selects by.
        accepted: Exit codes that mean that the work was done.
        counted: Regular expression; its matches in the output are what the command found.
        environment: Added to this process's own.
    """

    name: str
    tree: str
    argv: tuple[str, ...]
    cwd: Path
    groups: tuple[str, ...]
    accepted: tuple[int, ...] = (0,)
    counted: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Name and tree."""
        return self.name, self.tree


@dataclass(frozen=True)
class Run:
    """One process, from start to end.

    Attributes:
        seconds: Wall time.
        peak: Resident memory of the largest process of the tree that it started, in MB (10**6
            bytes). Never below that of the harness itself, some 20 MB, which Linux counts in.
        found: How often ``Command.counted`` matched; None when it has none.
        problem: Why it is not a result, empty when it is one.
    """

    seconds: float
    peak: float
    found: int | None = None
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """All runs of one command that count."""

    command: Command
    runs: tuple[Run, ...]

    @property
    def problem(self) -> str:
        """Why there is no result, empty when there is one."""
        return next((run.problem for run in self.runs if run.problem), "")

    @property
    def seconds(self) -> float:
        """Median wall time."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def peak(self) -> float:
        """Highest peak memory of any run, in MB."""
        return max(run.peak for run in self.runs)


def run_once(command: Command, scratch: Path, limit: float) -> Run:
    """Run a command with its output in a file; ``limit`` in seconds ends it."""
    output = scratch / "output.txt"
    errors = scratch / "errors.txt"
    environment = {**os.environ, **command.environment}
    with output.open("wb") as out, errors.open("wb") as err:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                command.argv,
                cwd=command.cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )
        except OSError as error:
            return Run(0.0, 0.0, problem=f"cannot be run: {error.strerror}")
        # Its own session, so that the workers that it started end with it.
        timer = threading.Timer(limit, os.killpg, (process.pid, signal.SIGKILL))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        timer.cancel()
    code = os.waitstatus_to_exitcode(status)
    process.returncode = code  # already waited for
    peak = usage.ru_maxrss * 1024 / 1e6
    if code == -signal.SIGKILL and seconds >= limit:
        return Run(seconds, peak, problem=f"ended after {limit:.0f} s")
    said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    # An uncaught exception ends Python with the code that linters use for findings.
    if code not in command.accepted or any(line.startswith("Traceback") for line in said):
        return Run(seconds, peak, problem=f"exit code {code}: {said[-1] if said else 'no message'}")
    found = None
    if command.counted:
        text = output.read_text(encoding="utf-8", errors="replace")
        found = len(re.findall(command.counted, text, re.MULTILINE))
    return Run(seconds, peak, found)


def wanted_runs(first: Run, runs: int) -> int:
    """How many more runs after the first, given how long that took."""
    if first.problem or first.seconds > VERY_SLOW:
        return 0
    return min(runs, 2) if first.seconds > SLOW else runs


def measure(
    commands: Iterable[Command],
    *,
    runs: int,
    scratch: Path,
    limit: float,
    say: Callable[[str], None],
) -> list[Result]:
    """Measure commands on one tree in turn (A B C A B C), so that a busy spell hits all alike.

    The first run of each warms the file cache and is not counted, unless it is the only one.
    """
    commands = list(commands)
    kept: dict[tuple[str, str], list[Run]] = {}
    left: dict[tuple[str, str], int] = {}
    first: dict[tuple[str, str], Run] = {}
    for command in commands:
        first[command.key] = run = run_once(command, scratch, limit)
        say(f"{command.tree}: {command.name}: {run.problem or f'{run.seconds:.3f} s (warm-up)'}")
        left[command.key] = wanted_runs(run, runs)
        kept[command.key] = []
    while any(left.values()):
        for command in commands:
            if left[command.key]:
                left[command.key] -= 1
                run = run_once(command, scratch, limit)
                kept[command.key].append(run)
                say(f"{command.tree}: {command.name}: {run.problem or f'{run.seconds:.3f} s'}")
    return [Result(c, tuple(kept[c.key]) or (first[c.key],)) for c in commands]
