"""What ``pusher-migrate check`` imports on a file without a finding, and what that costs.

    python benchmarks/profile_startup.py [FILE]

Prints the slowest imports of ``python -X importtime`` and whether anything is among them that the
fast path must do without. Times are to be read, not compared: the test suite asserts on names.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

CLEAN = "def total(rows):\n    return sum(row.amount for row in rows)\n"
# Each costs more than the whole check may.
HEAVY = ("asyncio", "black", "concurrent", "libcst", "multiprocessing", "unittest", "yaml")
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")
SHOWN = 25


def main() -> int:
    """Exit code 1 when something heavy is imported, 2 when the command does not work."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(directory) / "clean.py"
        if len(sys.argv) == 1:
            path.write_text(CLEAN, encoding="utf-8")
        command = [sys.executable, "-X", "importtime", "-m", "pusher_migrate", "check", str(path)]
        done = subprocess.run(command, cwd=path.parent, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        print(done.stderr.strip().splitlines()[-1], file=sys.stderr)
        return 2
    # Microseconds: own, with all that it imports; depth by indentation.
    found = [
        (int(own), int(total), len(indent) // 2, name)
        for own, total, indent, name in LINE.findall(done.stderr)
    ]
    print(f"{sum(own for own, *_ in found) / 1000:.1f} ms in {len(found)} imports\n")
    print("   own ms  total ms  module")
    for own, total, _, name in sorted(found, reverse=True)[:SHOWN]:
        print(f"{own / 1000:9.2f} {total / 1000:9.2f}  {name}")
    heavy = sorted({name for *_, name in found if name.split(".")[0] in HEAVY})
    print("\nheavy: " + (", ".join(heavy) or "none"))
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(main())
