"""Where a command spends its time, and how many function calls it makes.

    python benchmarks/profile_command.py [--sort KEY] check benchmarks/.work/trees/small

The number of calls is the same on every machine and on a busy one (string hashing is fixed for the
run), so it tells of a regression where a time would not. Work in other processes is not seen.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import io
import os
import pstats
import sys


def main() -> int:
    """Profile one command line of the tool in this process."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--sort", default="tottime", help="column to sort by (cumulative, ncalls)")
    parser.add_argument("--lines", type=int, default=30, help="how many functions to show")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="arguments of pusher-migrate")
    options = parser.parse_args()
    if os.environ.get("PYTHONHASHSEED") != "0":
        os.execve(
            sys.executable, [sys.executable, *sys.argv], {**os.environ, "PYTHONHASHSEED": "0"}
        )
    profile = cProfile.Profile()
    code: object = 0
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            # Imports are part of what a user waits for.
            profile.enable()
            from pusher_migrate.cli import main as run

            run(options.command)
        except SystemExit as end:
            code = end.code
        finally:
            profile.disable()
    stats = pstats.Stats(profile)
    print(f"exit code {code}")
    stats.sort_stats(options.sort).print_stats(options.lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
