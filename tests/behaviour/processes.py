"""Child processes that are asked and answer in lines of JSON."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

TESTS = Path(__file__).resolve().parent.parent
TIMEOUT = 60  # seconds; only a hang takes that long


class ChildFailed(AssertionError):
    """The child ended, hung, or answered with an error; carries what it wrote to stderr."""


class Child:
    """A module of this package, run as ``python -m`` in a process of its own.

    Every line of its stdout is a JSON document. Those with the key ``"push"`` come unasked and wait
    in ``pushed``; every other one answers the oldest question.

    Args:
        module: Dotted name under ``tests``.
        arguments: Its command line.
        environment: Added to this process's environment.
        stderr: File for what the child logs.
    """

    def __init__(
        self, module: str, *arguments: str, environment: dict[str, str], stderr: Path
    ) -> None:
        self.pushed: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._stderr = stderr
        with stderr.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=TESTS,
                # Sample projects are read-only input: no bytecode next to their sources.
                env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | environment,
            )
        assert self._process.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), name=module, daemon=True
        )
        self._reader.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()  # end of input is the sign to end
            self._process.wait(timeout=10)
        except (subprocess.TimeoutExpired, OSError):
            self._process.kill()
            self._process.wait()
        self._reader.join(timeout=10)

    def ask(self, command: str, **arguments: Any) -> Any:
        """Send a command and return the answer.

        Raises ChildFailed if there is none, or the child reports an exception.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"command": command, **arguments}) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._failure(f"{command}: {error}") from None
        return self.answer(command)

    def answer(self, what: str) -> Any:
        """The next answer; raises ChildFailed as ``ask`` does."""
        try:
            answer = self._answers.get(timeout=TIMEOUT)
        except queue.Empty:
            raise self._failure(f"{what}: no answer in {TIMEOUT} s") from None
        if answer is None:
            raise self._failure(f"{what}: the process ended")
        if "error" in answer:
            raise ChildFailed(f"{what}:\n{answer['error']}")
        return answer["answer"]

    def _read(self, stdout: IO[str]) -> None:
        for line in stdout:
            message = json.loads(line)
            if "push" in message:
                self.pushed.put(message["push"])
            else:
                self._answers.put(message)
        self._answers.put(None)

    def _failure(self, message: str) -> ChildFailed:
        return ChildFailed(f"{message}\n{self._stderr.read_text(errors='replace')[-4000:]}")
