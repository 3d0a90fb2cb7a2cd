"""What a poll costs a portal in requests, and what a long list costs us in memory.

    python -m benchmarks.portals [ROWS ...]        default: 1000 10000

First a quiet quick poll of thirty channels (28 of ccgp, 2 of zycg), where nothing is new: the aim is one request a
channel. Then lists of a JSON interface, every row of them unknown and no detail fetched: the aim is that memory stays
bounded. Crawls are child processes against replicas on loopback, as the tracker starts them.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from crawler.memory import peak
from crawler.page import LINE, Listed, Page, Result
from crawler.plan import Known, Plan
from crawler.portals import load_portals
from demo.freecms import FreecmsReplica
from demo.notices import many, world
from demo.portal import ReplicaPortal


@dataclass(frozen=True)
class Crawled:
    """One crawl with its cost."""

    result: Result
    known: dict[str, Known]
    seconds: float
    megabytes: float


def crawl(portal_id: str, plan: Plan) -> Crawled:
    """Run one crawl in a child. Raises SystemExit where it gives no result line."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        given, said = Path(folder) / "plan.json", Path(folder) / "lines.jsonl"
        given.write_text(plan.model_dump_json(), encoding="utf-8")
        command = [sys.executable, "-m", "crawler", "crawl", portal_id, "--plan", str(given)]
        with said.open("wb") as out:
            child = subprocess.Popen(
                command, stdout=out, stderr=subprocess.DEVNULL, env=os.environ | {"CHEBIAO_HOME": folder}
            )
            most = 0.0
            while child.poll() is None:
                most = max(most, peak(child.pid) / 2**20)
                time.sleep(0.02)
        seconds = time.monotonic() - began
        known: dict[str, Known] = {}
        for raw in said.open("rb"):
            line = LINE.validate_json(raw)
            if isinstance(line, Page):
                known[line.row.key] = Known(row_hash=line.row.row_hash, etag=line.etag)
            elif isinstance(line, Listed):
                known[line.row.key] = Known(row_hash=line.row.row_hash)
            elif isinstance(line, Result):
                return Crawled(line, known, seconds, most)
    raise SystemExit(f"the crawl of {portal_id} ended with {child.returncode} and no result line")


def quiet() -> None:
    """Two polls of everything; the second finds nothing new and is counted."""
    portals = load_portals()
    channels = {"ccgp": [each.id for each in portals["ccgp"].channels], "zycg": ["entrusted", "inquiries"]}
    with ReplicaPortal(world()) as ccgp, FreecmsReplica(world()) as zycg:
        requests = robots = 0
        for portal_id, replica in (("ccgp", ccgp), ("zycg", zycg)):
            plan = Plan(channels=tuple(channels[portal_id]), base_url=replica.base_url)
            known = crawl(portal_id, plan).known
            replica.requests.clear()
            crawl(portal_id, plan.model_copy(update={"known": known}))
            robots += sum(request.path == "/robots.txt" for request in replica.requests)
            requests += sum(request.path != "/robots.txt" for request in replica.requests)
    count = sum(map(len, channels.values()))
    print(f"quiet quick poll of {count} channels   {requests} requests, and {robots} of robots.txt", flush=True)


def long_list(rows: int) -> None:
    """Every page of one list, rows only."""
    samples = [replace(sample, slug=f"{n}") for n, sample in enumerate(many(rows))]
    with FreecmsReplica(samples) as replica:
        plan = Plan(channels=("notices",), base_url=replica.base_url, detail_budget=0)
        done = crawl("plap", plan)
    told = next(each for each in done.result.channels if each.channel == "notices")
    if told.rows != rows:
        raise SystemExit(f"{told.rows} of {rows} rows: {told.reason}")
    speed = rows / done.seconds
    print(
        f"{rows:6d} rows of a JSON list   {told.requests:4d} requests   {done.seconds:5.1f} s   {speed:6.0f} rows/s"
        f"   {done.megabytes:4.0f} MB",
        flush=True,
    )


def main() -> None:
    quiet()
    for rows in [int(word) for word in sys.argv[1:]] or [1_000, 10_000]:
        long_list(rows)


if __name__ == "__main__":
    main()
