"""The other end of ``processes.Child``: a loop that answers commands."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, TextIO


def take_stdout() -> TextIO:
    """The stream for answers; whatever prints to stdout from now on lands on stderr instead."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return answers


def serve(commands: Mapping[str, Callable[..., Any]], answers: TextIO) -> None:
    """Answer the commands on stdin until it ends."""
    for line in sys.stdin:
        arguments = json.loads(line)
        try:
            answer = {"answer": commands[arguments.pop("command")](**arguments)}
        except Exception:
            # The test reports it; the next command may still work.
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)
