"""`make bench`: every benchmark in turn, each a ratio to a named baseline in the same run."""

import subprocess
import sys
from pathlib import Path

BASELINES = {"bare"}
"""Modules that another one runs."""


def main() -> int:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    failed = 0
    for name in names:
        if name not in BASELINES:
            print(f"\n== {name}", flush=True)
            failed |= subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
