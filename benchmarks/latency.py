"""How long after its publication a change is in somebody's mailbox, over a season of one portal.

    python -m benchmarks.latency [DAYS]        default: 20

Hours on the driven clock of demo/season.py, where the portal is polled six times a day: they say what the policy of
alerts and digests does, not how fast this machine is.
"""

import os
import statistics
import sys
import tempfile
from collections import defaultdict
from datetime import date, datetime, time, timedelta

from crawler.clock import SHANGHAI
from demo.season import Drive, Published, Season
from tracker.db import open_database
from tracker.team.people import add_person

FIRST = date(2026, 10, 12)
READER = "reader@example.cn"


def hours(drive: Drive, change: Published) -> float | None:
    """From publication to the first mail that names the purchase after it; None where none came."""
    name = "".join(change.name.split())[:24]
    arrived = (mail.at for mail in drive.mails if mail.at >= change.at and name in "".join(mail.text.split()))
    told = next(arrived, None)
    return (told - change.at) / timedelta(hours=1) if told is not None else None


def main() -> None:
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as home:
        os.environ |= {"CHEBIAO_HOME": home, "CHEBIAO_NOW": f"{FIRST}T06:00:00+08:00"}
        engine = open_database(f"sqlite:///{home}/chebiao.sqlite")
        before = datetime.combine(FIRST - timedelta(days=1), time(12), SHANGHAI)
        with engine.begin() as connection:
            add_person(connection, "reader", READER, before, digest_at=time(7, 30))
        drive = Drive(engine, Season.of(FIRST, days))
        drive.run()
        engine.dispose()
    found: defaultdict[str, list[float]] = defaultdict(list)
    for change in drive.season.told:
        waited = hours(drive, change)
        if waited is None:
            raise SystemExit(f"nobody was told of {change.name} ({change.event})")
        found[change.event].append(waited)
    for event, waits in found.items():
        slow = statistics.quantiles(waits, n=20)[-1] if len(waits) > 1 else waits[0]
        print(f"{event:12} {len(waits):4d} changes   median {statistics.median(waits):5.1f} h   p95 {slow:5.1f} h")


if __name__ == "__main__":
    main()
