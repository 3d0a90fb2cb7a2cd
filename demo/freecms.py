"""A replica of a freecms site (www.zycg.gov.cn, www.plap.mil.cn) on loopback: JSON lists and static notices.

    python -m demo.freecms --port 8002

serves the sample world; `demo/answering.py` and `demo/faults.py` explain the faults.
"""

import hashlib
import sys
from collections.abc import Iterable
from html import escape
from typing import Any

from crawler.clock import SHANGHAI
from demo import pages
from demo.answering import AnsweringReplica, answer, main
from demo.faults import Fault, Reply, Scope
from demo.portal import stored
from demo.sample import Sample


class FreecmsReplica(AnsweringReplica):
    """Serves samples to whatever `rest/v1/notice/selectInfo….do` asks for, whichever site it is."""

    def __init__(self, samples: Iterable[Sample] = (), *, faults: Iterable[str | Fault] = (), port: int = 0) -> None:
        super().__init__(faults=faults, port=port)
        self.shown: list[Sample] = []
        self.put(*samples)

    def put(self, *samples: Sample) -> None:
        """Publishes samples; one with a known slug takes the place of the old one."""
        with self._lock:
            slugs = {each.slug for each in samples}
            self.shown = [each for each in self.shown if each.slug not in slugs] + list(samples)
            self.shown.sort(key=lambda each: each.published, reverse=True)
            self._pages = {path(each): each for each in self.shown}

    def kind_of(self, path: str) -> Scope:
        return "list" if "/rest/v1/notice/" in path else "detail" if path in self._pages else "any"

    def first_page(self, asked: dict[str, str]) -> dict[str, str]:
        return asked | {"currPage": "1"}

    def respond(self, path: str, asked: dict[str, str]) -> Reply:
        if "/rest/v1/notice/selectInfo" in path:
            page, size = int(asked.get("currPage", 1)), int(asked.get("pageSize", 10))
            rows = self.shown[(page - 1) * size : page * size]
            records = [_record(each) for each in rows]
            return answer({"code": "200", "msg": "操作成功", "total": len(self.shown), "data": records})
        if shown := self._pages.get(path):
            return stored(_notice(shown))
        return Reply(404, pages.missing().encode())


def key(sample: Sample) -> str:
    """The site's own id of a notice."""
    return hashlib.sha256(sample.slug.encode()).hexdigest()[:32]


def path(sample: Sample) -> str:
    return f"/freecms/site/demo/ggxx/info/{sample.published:%Y}/{key(sample)}.html"


def _record(sample: Sample) -> dict[str, Any]:
    return {
        "id": key(sample),
        "title": f"<font color='red'>{escape(sample.title)}</font>",
        "shorttitle": sample.title[:20],
        "pageurl": path(sample),
        "htmlpath": None,
        "noticeTime": f"{sample.published.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}",
        "addtimeStr": f"{sample.published.astimezone(SHANGHAI):%Y-%m-%d}",
        "regionName": sample.region,
        "noticeType": "00103" if sample.kind == "correction" else "00101",
        "noticeTypeName": None,
        "openTenderCode": sample.number,
        "purchaseManner": "1",
        "purchaser": sample.buyer,
        "agency": None,
        "budget": None,
        "content": None,
    }


def _notice(sample: Sample) -> str:
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(sample.title)}</title></head><body>"
        f"<h1>{escape(sample.title)}</h1><p>发布时间：{sample.published.astimezone(SHANGHAI):%Y-%m-%d %H:%M}</p>"
        f"<div class='info-article'>{sample.body}</div></body></html>"
    )


if __name__ == "__main__":
    from demo.notices import world

    sys.exit(main("demo.freecms", lambda port, faults: FreecmsReplica(world(), faults=faults, port=port)))
