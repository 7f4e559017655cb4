"""Where the program starts: the check that needs nothing else, or else the command line.

The command line's library takes longer to import than a commit hook has for a clean file, so it is
only imported when `check.shortcut` cannot answer.
"""

from __future__ import annotations

import gc
import sys

from pusher_migrate.check.shortcut import answer


def main(prog_name: str = "pusher-migrate") -> None:
    """Run the program and end the process.

    Args:
        prog_name: How the program is called in its help.
    """
    code = answer(sys.argv[1:])
    if code is not None:
        sys.exit(code)
    # Nothing here makes cycles that matter, and one command is a short life: collecting garbage
    # among millions of syntax nodes takes a third of a plan's time (`gc` docs, `gc.disable`).
    gc.disable()
    from pusher_migrate.cli import main as run

    try:
        run(prog_name=prog_name)
    finally:
        # Nor look through all of it when the process ends, which takes a sixth of that time.
        gc.freeze()
