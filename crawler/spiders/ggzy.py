"""The family of 全国公共资源交易平台: a list asked for by a form and answered in JSON, and notices in frames.

Seen on www.ggzy.gov.cn (captured 2026-03, reports of 2025 and 2026). A channel is one stage of one source; its path
carries the parameters that say which (`SOURCE_TYPE`, `DEAL_CLASSIFY`, `DEAL_STAGE`), and they are posted.

The platform shows no more than the first thousand rows of a query. What is younger than three days is one query,
newest first; where that is not enough, or a deep poll reads back, each day is a query of its own, and where a day
reaches the limit, each province of it.
"""

import json
import re
from datetime import date, timedelta
from typing import Any, ClassVar

from parsel import Selector
from scrapy import Request
from scrapy.http import Response

from crawler.clock import now
from crawler.judge import text_of
from crawler.page import Row
from crawler.portals import Channel
from crawler.spiders.answers import decoded, field, moment, number, objects, page_fault, query_of, with_query, words
from crawler.spiders.base import Ask, Fault
from crawler.spiders.listdetail import ListDetailSpider, ListMissing, ListPage, ListRefused, row_hash
from crawler.urls import absolute

CLIP = 1000
"""Rows at which a query is cut off (report of 2026-10; in 2026-03 more were shown)."""
SHOWN_DAYS = 3
"""The page's own choice when it is opened."""
MOST_DAYS = 30
"""How far back a channel is read that was away for longer, or never read: older tenders have closed."""
PROVINCES = (
    "110000 120000 130000 140000 150000 210000 220000 230000 310000 320000 330000 340000 350000 360000 370000 410000 "
    "420000 430000 440000 450000 460000 500000 510000 520000 530000 540000 610000 620000 630000 640000 650000 660000 "
    "670000"
).split()
"""DEAL_PROVINCE; 660000 is 兵团, 670000 stands for central enterprises in addresses of notices."""

_SAID = {
    829: Fault("blocked", "captcha wanted (code 829)"),
    800: Fault("blocked", "too frequent (code 800)", retry_after_s=1800),
}
"""Answers that mean: not now. No captcha is ever answered."""
_SHOW = re.compile(r"showDetail\(\s*this\s*,\s*'(\w+)'\s*,\s*'([^']+)'")
_LAST = re.compile(r"firstLastUrl\s*=\s*'(/information/[^']+)'")
_NUMBER = re.compile(r"(?:项目|招标|采购|标段)[^：:]{0,6}(?:编号|编码|代码)\s*[：:]\s*(\S.*)")
_FRAME, _NOTICE = "/html/a/", "/html/b/"


class GgzySpider(ListDetailSpider):
    family = "ggzy"
    detail_marks: ClassVar[tuple[bytes, ...]] = (b'id="mycontent"', b"detail_Table")

    # -- Lists

    def first_list(self, channel: Channel) -> str:
        today = self._today()
        return self._query(channel.path, today - timedelta(days=SHOWN_DAYS - 1), today)

    def dressed(self, request: Request, ask: Ask) -> Request:
        """A list is asked for as the page does it: by a form. `X-Pass-Token` is what a person's captcha would fill."""
        if ask.row is not None:
            return request
        address, _, form = request.url.partition("?")
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "Accept": "application/json, text/javascript, */*; q=0.01",
            "Referer": f"{self.base_url}/deal/dealList.html",
            "Origin": self.base_url,
            "X-Requested-With": "XMLHttpRequest",
            "X-Pass-Token": "",
        }
        return request.replace(url=address, method="POST", body=form.encode(), headers=headers)

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        answer = decoded(text)
        if (code := number(answer, "code", "the answer")) != 200:
            raise ListRefused(_SAID.get(code) or Fault("failed", f"code {code}: {words(answer.get('message'))[:200]}"))
        data = field(answer, "data", "the answer")
        if not isinstance(data, dict):
            raise ListMissing("data is no object")
        found = [self._row(record, channel, url, n) for n, record in enumerate(objects(data, "records", "data"))]
        total, pages = number(data, "total", "data"), number(data, "pages", "data")
        asked = query_of(url)
        page = int(asked["PAGENUMBER"])
        day, province = asked["TIMEBEGIN"] == asked["TIMEEND"], asked.get("DEAL_PROVINCE", "")
        odd = page_fault(page, pages, len(found))
        if province and page == 1 and total >= CLIP:
            odd = f"{total} rows of one day and province: what lies behind the first {CLIP} may not be shown"
        return ListPage(
            rows=tuple(found),
            next_url=self._following(channel, url, page, pages, clipped=total >= CLIP),
            pages=pages,
            undated=sum("published" not in row.facts for row in found),
            part=f"{asked['TIMEBEGIN']} {province}".strip() if day else "",
            fault=Fault("partial", odd) if odd else None,
        )

    def _row(self, record: Any, channel: Channel, url: str, n: int) -> Row:
        where = f"records[{n}]"
        told = {name: field(record, name, where) for name in ("id", "title", "publishTime", "url")}
        if not words(told["id"]) or not words(told["url"]):
            raise ListMissing(f"{where} has an empty id or url")
        facts = {
            "title": words(told["title"]),
            "published": moment(told["publishTime"], self._zone),
            "kind": words(record.get("informationTypeText")) or channel.kind,
            "region": words(record.get("provinceText")),
            "source": words(record.get("transactionSourcesPlatformText")),
            "industry": words(record.get("industryTypeText")),
        }
        printed = {name: value for name, value in facts.items() if value}
        link = absolute(url, words(told["url"]))
        return Row(channel=channel.id, key=words(told["id"]), url=link, facts=printed, row_hash=row_hash(printed))

    def _following(self, channel: Channel, url: str, page: int, pages: int, *, clipped: bool) -> str | None:
        """The next page of this slice, or the first one of the next slice; None behind the oldest day."""
        asked = query_of(url)
        begin, end = date.fromisoformat(asked["TIMEBEGIN"]), date.fromisoformat(asked["TIMEEND"])
        province = asked.get("DEAL_PROVINCE")
        if begin != end:  # the first query, over the days the page shows by itself
            if channel.id in self._back_to or (clipped and page >= pages):
                return self._query(channel.path, end, end)
            return with_query(url, PAGENUMBER=page + 1) if page < pages else None
        if clipped and province is None:
            return self._query(channel.path, end, end, PROVINCES[0])
        if page < pages:
            return with_query(url, PAGENUMBER=page + 1)
        if province is not None and province != PROVINCES[-1]:
            return self._query(channel.path, end, end, PROVINCES[PROVINCES.index(province) + 1])
        before = end - timedelta(days=1)
        return self._query(channel.path, before, before) if before >= self._oldest(channel) else None

    def _oldest(self, channel: Channel) -> date:
        """The day up to which this channel is read."""
        back_to, today = self._back_to.get(channel.id), self._today()
        if back_to is None:
            return today - timedelta(days=SHOWN_DAYS - 1)
        return max(back_to.astimezone(self._zone).date(), today - timedelta(days=MOST_DAYS))

    def _today(self) -> date:
        return now().astimezone(self._zone).date()

    def _query(self, path: str, begin: date, end: date, province: str = "") -> str:
        """A query over whole days; `unlimited` fields are left out, as the page leaves them out."""
        days: dict[str, str | int] = {"DEAL_TIME": "06", "isShowAll": "1", "PAGENUMBER": 1}
        for name, day in (("TIMEBEGIN", begin), ("TIMEEND", end)):
            days |= {name: day.isoformat(), f"{name}_SHOW": day.isoformat()}
        return with_query(path, **days, **({"DEAL_PROVINCE": province} if province else {}))

    # -- Notices

    def _detail(self, row: Row, recheck: bool = False) -> Ask:
        """The frame first, for its number and the project's other notices; at once the notice where a title is of no
        likely interest, since every frame costs a request."""
        ask = super()._detail(row, recheck)
        if recheck or self._likely is None or self._likely.search(row.facts.get("title", "")):
            return ask
        ask.url = ask.url.replace(_FRAME, _NOTICE)
        return ask

    def beyond(self, response: Response, ask: Ask, row: Row) -> Ask | None:
        if _FRAME not in ask.url or not (told := read_frame(text_of(response.body) or "")):
            return None
        target = ask.url.replace(_FRAME, _NOTICE)
        if (last := told.pop("last", "")) and not any(_stem(target) == entry["key"] for entry in _life(told)):
            target = self.here(absolute(ask.url, last))
        fresh = row.model_copy(update={"facts": row.facts | told})
        # Where the project's life has grown, the page is sent on even if it is the same itself.
        grown = fresh.facts != row.facts
        return Ask(ask.channel, target, fresh, recheck=ask.recheck, unconditional=grown)

    def _is_detail(self, response: Response, row: Row) -> bool:  # noqa: ARG002  # the frame shows the title as well
        return any(mark in response.body for mark in self.detail_marks)


def read_frame(text: str) -> dict[str, str]:
    """What a frame (A page) says besides the notice, as facts; empty where it is no frame.

    `number` is the project's; `life` a JSON list of its notices, each with key, stage, title, published; `last` the
    address the frame itself shows. The script variables (mysid, myareaId …) belong to the template: never read.
    """
    root = Selector(text=text, type="html")
    last = _LAST.search(text)
    if not root.css("ul.ul_toggle") and last is None:
        return {}
    facts = {"last": last[1]} if last else {}
    for label in root.css("p.p_o span").xpath("string(.)").getall():
        if (match := _NUMBER.search(" ".join(label.split()))) and "platformName" not in label:
            facts["number"] = match[1].strip()
    life = []
    for item in root.css("ul.fully_list li"):
        if shown := _SHOW.search(item.css("a::attr(onclick)").get("")):
            title = item.css("a::attr(title)").get("") or item.css("a").xpath("string(.)").get("")
            entry = {"key": _stem(shown[2]), "stage": shown[1], "title": words(title)}
            life.append(entry | {"published": words(item.css("span").xpath("string(.)").get(""))})
    if life:
        facts["life"] = json.dumps(life, ensure_ascii=False, separators=(",", ":"))
    return facts


def _life(facts: dict[str, str]) -> list[dict[str, str]]:
    life: list[dict[str, str]] = json.loads(facts.get("life", "[]"))
    return life


def _stem(url: str) -> str:
    """The platform's own key of a notice: the name of its page."""
    return url.rpartition("/")[2].partition(".")[0]
