"""The family of freecms (福建博思): a list asked for with GET and answered in JSON, and a static page for each notice.

Seen on www.zycg.gov.cn and www.plap.mil.cn (reports of 2021 to 2026). A channel's path carries the parameters of the
site (`siteId`, `channel`, `noticeType`, `pageSize` …). Hosts that want a captcha or signed headers answer with a code
or page of their own and end as `blocked`; nothing is computed for them.
"""

import re
from typing import Any, ClassVar

from crawler.page import Row
from crawler.portals import Channel
from crawler.spiders.answers import decoded, field, moment, number, objects, page_fault, query_of, with_query, words
from crawler.spiders.base import Fault
from crawler.spiders.listdetail import ListDetailSpider, ListMissing, ListPage, ListRefused, row_hash
from crawler.urls import absolute

PAGE_SIZE = 10
"""Rows of a page where the path does not say `pageSize`."""
_REFUSED = re.compile(r"验证码|频繁|captcha|verify|签名|sign|登录|拒绝|非法请求", re.I)
_METHODS = {
    "1": "公开招标",
    "2": "邀请招标",
    "3": "竞争性谈判",
    "4": "询价",
    "5": "单一来源",
    "6": "其他",
}
"""purchaseManner of plap.mil.cn; others print words."""
_KINDS = (
    ("001051", "单一来源公示"),
    ("001052", "资格预审公告"),
    ("001053", "资格预审公告"),
    ("001054", "合同公告"),
    ("001059", "需求公示"),
    ("001004", "终止公告"),
    ("001006", "终止公告"),
    ("00101", "采购公告"),
    ("00102", "中标公告"),
    ("00103", "更正公告"),
    ("59", "采购意向"),
)
"""noticeType by its beginning, where no noticeTypeName is printed."""


class FreecmsSpider(ListDetailSpider):
    family = "freecms"
    detail_marks: ClassVar[tuple[bytes, ...]] = (b"info-article", b'id="noticeArea"', b"detail_text")

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        answer = decoded(text)
        code, said = words(field(answer, "code", "the answer")), words(answer.get("msg"))[:200]
        if code != "200":
            refused = _REFUSED.search(said)
            raise ListRefused(Fault("blocked" if refused else "failed", f"code {code}: {said}".rstrip(": ")))
        records = objects(answer, "data", "the answer")
        found = [self._row(record, channel, url, n) for n, record in enumerate(records)]
        asked = query_of(url)
        page, size = int(asked.get("currPage", "1")), int(asked.get("pageSize", PAGE_SIZE))
        pages = -(-number(answer, "total", "the answer") // size)
        odd = page_fault(page, pages, len(found))
        return ListPage(
            rows=tuple(found),
            next_url=with_query(url, currPage=page + 1) if page < pages else None,
            pages=pages,
            undated=sum("published" not in row.facts for row in found),
            fault=Fault("partial", odd) if odd else None,
        )

    def _row(self, record: Any, channel: Channel, url: str, n: int) -> Row:
        where = f"data[{n}]"
        key = words(field(record, "id", where))
        link = words(record.get("pageurl")) or words(record.get("htmlpath")) or words(field(record, "pageurl", where))
        if not key or not link:
            raise ListMissing(f"{where} has an empty id or pageurl")
        title = record.get("title") or record.get("shorttitle") or field(record, "title", where)
        method = words(record.get("purchaseManner"))
        facts = {
            "title": words(title),
            "published": moment(record.get("noticeTime") or record.get("addtimeStr"), self._zone),
            "kind": words(record.get("noticeTypeName")) or _kind(words(record.get("noticeType"))) or channel.kind,
            "purchaseManner": _METHODS.get(method, method),
            "region": words(record.get("regionName")),
            "buyer": words(record.get("purchaser")),
            "agency": words(record.get("agency")),
            "number": words(record.get("openTenderCode")),
            "budget": words(record.get("budget")),
            "openTenderTime": moment(record.get("openTenderTime"), self._zone),
        }
        printed = {name: value for name, value in facts.items() if value}
        return Row(channel=channel.id, key=key, url=absolute(url, link), facts=printed, row_hash=row_hash(printed))


def _kind(code: str) -> str:
    return next((kind for beginning, kind in _KINDS if code.startswith(beginning)), "")
