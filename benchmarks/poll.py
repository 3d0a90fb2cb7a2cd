"""Poll + read + store beside a bare Scrapy spider that only fetches the same pages.

    python -m benchmarks.poll [N ...]        default: 1000 10000

Same replica process, same bytes, robots off for the peer, delay 0 and concurrency 16 for both; interleaved, cold
database each time, medians. Seconds are whole processes, start-up included. Peak memory is that of the largest
process of each side. The peer parses nothing and stores nothing; ours reads every field, links, derives and commits.
"""

import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

PAGE_SIZE = 100
CHANNELS = ("dfgg-gkzb", "dfgg-jzxcs", "dfgg-zbgg", "dfgg-xjgg", "dfgg-jzxtpgg", "dfgg-gzgg")


@dataclass(frozen=True)
class Run:
    seconds: float
    megabytes: float


def measured(command: list[str], **environment: str) -> Run:
    """Run a command and take its time and peak memory. Raises SystemExit when it fails."""
    began = time.monotonic()
    child = subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = child.stderr.read().decode(errors="replace") if child.stderr else ""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {child.returncode}:\n{said[-2000:]}")
    return Run(time.monotonic() - began, usage.ru_maxrss / 1024)


def ours(base_url: str, n: int) -> Run:
    home = Path(tempfile.mkdtemp(prefix="chebiao-bench-"))
    try:
        channels = [word for channel in CHANNELS for word in ("--channel", channel)]
        command = [sys.executable, "-m", "tracker", "poll", "ccgp", "--base-url", base_url, "--deep"]
        run = measured([*command, "--budget", str(n), *channels], CHEBIAO_HOME=str(home))
        stored = stored_notices(home)
        if stored < n:
            raise SystemExit(f"only {stored} of {n} notices were stored")
        return run
    finally:
        shutil.rmtree(home)


def stored_notices(home: Path) -> int:
    with sqlite3.connect(home / "chebiao.sqlite") as database:
        return int(database.execute("SELECT count(*) FROM version").fetchone()[0])


def bare(base_url: str) -> Run:
    return measured([sys.executable, "-m", "benchmarks.bare", base_url, *CHANNELS])


def compare(n: int, rounds: int) -> None:
    command = [sys.executable, "-m", "demo.portal", "--port", "0", "--many", str(n), "--page-size", str(PAGE_SIZE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as replica:
        assert replica.stdout is not None
        base_url = replica.stdout.readline().split()[-1]
        try:
            runs = [(bare(base_url), ours(base_url, n)) for _ in range(rounds)]
        finally:
            replica.terminate()
    peer, own = ([pair[side] for pair in runs] for side in (0, 1))
    peer_s, own_s = (statistics.median(run.seconds for run in each) for each in (peer, own))
    print(
        f"{n:6d} details   bare {n / peer_s:6.0f}/s {max(r.megabytes for r in peer):4.0f} MB"
        f"   chebiao {n / own_s:6.0f}/s {max(r.megabytes for r in own):4.0f} MB   ratio {peer_s / own_s:.2f}",
        flush=True,
    )


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [1_000, 10_000]
    print("poll + read + store beside bare fetching (aim: ratio at least 0.4, memory flat)")
    for n in sizes:
        compare(n, 3 if n <= 2_000 else 1)


if __name__ == "__main__":
    main()
