"""Work in a second process, where the system can copy this one cheaply.

The copy knows all that this process knows (`os.fork`), so nothing has to be sent to it: what comes
back is a value that can be pickled. Its own caches and what it notes elsewhere end with it.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Result = TypeVar("Result")

_work: Callable[[], Any] | None = None


def second_core() -> bool:
    """Whether a copy of this process is cheap, and would run on a core of its own.

    Only Linux is trusted to copy a process safely (`multiprocessing`, "Contexts and start
    methods": forking is problematic on macOS, and does not exist on Windows).
    """
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


@contextmanager
def beside(work: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Do work in a copy of this process while a block runs.

    Args:
        work: What to do; its result must be picklable.

    Yields:
        Waits for the result. Does the work itself where there is no second process, or where it
        died: a copy may be ended for want of memory.
    """
    from concurrent.futures.process import BrokenProcessPool

    executor = _copy(work)
    if executor is None:
        yield work
        return
    try:
        future = executor.submit(_run)
    except OSError:  # No process to be had.
        executor.shutdown(wait=False)
        yield work
        return

    def result() -> Result:
        try:
            found: Result = future.result()
        except BrokenProcessPool:
            found = work()
        return found

    try:
        yield result
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def _copy(work: Callable[[], Any]) -> ProcessPoolExecutor | None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    try:
        return ProcessPoolExecutor(1, get_context("fork"), _keep, (work,))
    except (OSError, ImportError, NotImplementedError):
        return None  # No semaphores: a container without /dev/shm.


def _keep(work: Callable[[], Any]) -> None:
    """Remember what to do: the arguments of a task are pickled, those of this are not."""
    global _work
    _work = work
    import threading

    # Ctrl+C reaches both processes; only the first one has something to say.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # The pool's worker would wait for its next task for ever, were the first process killed.
    threading.Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    from multiprocessing import parent_process

    first = parent_process()
    if first is not None:
        first.join()
        os._exit(1)


def _run() -> Any:
    assert _work is not None
    return _work()
