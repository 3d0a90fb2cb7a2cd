"""What the tests of the crawler share: small notices, a plan, one crawl in a child process, or many in one."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from crawler.clock import SHANGHAI
from crawler.page import LINE, ChannelResult, Gone, Line, Listed, Page, Result, Row, Unchanged
from crawler.plan import Known, Plan
from demo.portal import ReplicaPortal
from demo.sample import Sample

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=SHANGHAI)
"""The frozen present of these tests."""
ROOT = Path(__file__).resolve().parents[2]


def notice(n: int, *, channel: str = "gkzb", area: str = "dfgg", **changes: Any) -> Sample:
    """The n-th notice: the higher, the younger, five minutes apart."""
    given: dict[str, Any] = {
        "slug": f"n{n}",
        "project": f"p{n}",
        "kind": "tender",
        "area": area,
        "channel": channel,
        "title": f"示例县第{n}小学课桌椅采购项目公开招标公告",
        "published": NOON - timedelta(minutes=5 * (1000 - n)),
        "region": "示例省",
        "buyer": f"示例县第{n}小学",
        "number": f"SL-{n:04}",
        "summary": (("采购项目名称", f"课桌椅{n}"),),
        "body": f"<p>一、项目编号：SL-{n:04}</p>",
        "id": 27_000_000 + n,
    }
    return Sample(**{**given, **changes})


def notices(numbers: Iterable[int], **changes: Any) -> list[Sample]:
    return [notice(n, **changes) for n in numbers]


@dataclass
class Crawl:
    """What one crawl said."""

    lines: list[Line]
    code: int
    log: str
    by_channel: dict[str, ChannelResult] = field(default_factory=dict)

    @property
    def result(self) -> Result:
        assert isinstance(self.lines[-1], Result), self.log[-3000:]
        return self.lines[-1]

    @property
    def pages(self) -> list[Page]:
        return [line for line in self.lines if isinstance(line, Page)]

    @property
    def listed(self) -> list[Listed]:
        return [line for line in self.lines if isinstance(line, Listed)]

    @property
    def gone(self) -> list[Gone]:
        return [line for line in self.lines if isinstance(line, Gone)]

    @property
    def unchanged(self) -> list[Unchanged]:
        return [line for line in self.lines if isinstance(line, Unchanged)]

    def channel(self, channel_id: str) -> ChannelResult:
        return next(c for c in self.result.channels if c.channel == channel_id)

    @property
    def keys(self) -> list[str]:
        return [page.row.key for page in self.pages]

    def known(self) -> dict[str, Known]:
        """As the tracker would remember it."""
        return {
            p.row.key: Known(row_hash=p.row.row_hash, etag=p.etag, last_modified=p.last_modified) for p in self.pages
        }

    def row(self, key: str) -> Row:
        return next(p.row for p in self.pages if p.row.key == key)


def crawl(
    portal: ReplicaPortal | str | None,
    *,
    channels: Sequence[str] | None = ("dfgg-gkzb",),
    portal_id: str = "ccgp",
    home: Path | None = None,
    at: datetime = NOON,
    timeout: float = 60,
    **plan: Any,
) -> Crawl:
    """`python -m crawler crawl ccgp --plan -` against a replica, in a child process as the tracker does it."""
    base = portal.base_url if isinstance(portal, ReplicaPortal) else portal
    asked = Plan(channels=tuple(channels) if channels is not None else None, **plan)
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "crawl", portal_id, "--plan", "-", *(["--base-url", base] if base else [])],
        input=asked.model_dump_json().encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=timeout,
        env=environment(home, at),
    )
    lines = [LINE.validate_python(json.loads(line)) for line in done.stdout.splitlines()]
    return Crawl(lines, done.returncode, done.stderr.decode())


def crawl_together(
    asked: Mapping[str, ReplicaPortal], out: Path, channels: Sequence[str] = ("dfgg-gkzb",)
) -> dict[str, Crawl]:
    """Quick polls of several replicas side by side in one child process: starting Scrapy costs more than they do.

    `code` and `log` are those of the whole child.
    """
    plans = {
        name: Plan(channels=tuple(channels), base_url=portal.base_url).model_dump(mode="json")
        for name, portal in asked.items()
    }
    done = subprocess.run(
        [sys.executable, "-c", _TOGETHER, str(out)],
        input=json.dumps(plans).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=120,
        env=environment(),
    )
    log = done.stderr.decode()
    assert done.returncode == 0, log
    return {
        name: Crawl([LINE.validate_json(line) for line in (out / f"{n}.jsonl").read_bytes().splitlines()], 0, log)
        for n, name in enumerate(asked)
    }


_TOGETHER = """
import json, sys
from scrapy.crawler import CrawlerProcess
from scrapy.settings import Settings
from crawler.loader import spider_class
from crawler.plan import Plan
from crawler.portals import load_portals

settings = Settings()
settings.setmodule("crawler.settings", priority="project")
process = CrawlerProcess(settings)
for n, plan in enumerate(json.load(sys.stdin).values()):
    crawl = process.create_crawler(spider_class(load_portals()["ccgp"]))
    crawl.settings.set("FEEDS", {f"{sys.argv[1]}/{n}.jsonl": {"format": "jsonlines"}})
    process.crawl(crawl, plan=Plan.model_validate(plan))
process.start()
"""


def environment(home: Path | None = None, at: datetime = NOON) -> dict[str, str]:
    """Of the child: frozen clock, no home of the developer's own."""
    own = {k: v for k, v in os.environ.items() if not k.startswith("CHEBIAO_")}
    return own | {"CHEBIAO_NOW": at.isoformat(), "CHEBIAO_HOME": str(home or ROOT / "no-such-home")}
