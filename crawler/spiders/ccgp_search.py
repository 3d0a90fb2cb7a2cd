"""The keyword search of 中国政府采购网 (search.ccgp.gov.cn): rare and slow, since it blocks quick readers soon.

Seen in a page captured in 2019 and reports of 2017 to 2026. A channel is one keyword: its path carries the whole query,
with `timeType` for how many days back. The rows lead to ordinary notices of www.ccgp.gov.cn.
"""

import re
from typing import ClassVar

from parsel import Selector

from crawler.page import Row
from crawler.portals import Channel
from crawler.spiders.answers import query_of, with_query
from crawler.spiders.base import Fault
from crawler.spiders.ccgp import NUMBER, CcgpSpider
from crawler.spiders.listdetail import ListDetailSpider, ListMissing, ListPage, row_hash
from crawler.urls import absolute, canonical_key

PAGE_SIZE = 20
MOST_PAGES = 10
"""Of one query; a keyword with more hits is too wide for a search that has to stay rare."""
_TOTAL = re.compile(r"共找到\s*<span[^>]*>\s*(\d+)\s*</span>")
_DATE = re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})\s+(\d{1,2}:\d{2})")
_LABELS = {"buyer": "采购人", "agency": "代理机构"}


class CcgpSearchSpider(ListDetailSpider):
    family = "ccgp-search"
    detail_marks: ClassVar[tuple[bytes, ...]] = CcgpSpider.detail_marks

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        root = Selector(text=text, type="html")
        lists = root.css("ul.vT-srch-result-list-bid")
        total = _TOTAL.search(text)
        if not lists or total is None:
            raise ListMissing("the list of hits is missing")
        rows = [row for item in lists[0].xpath("./li") if (row := _row(item, channel, url)) is not None]
        page, pages = int(query_of(url).get("page_index", "1")), -(-int(total[1]) // PAGE_SIZE)
        too_many = pages > MOST_PAGES and page == 1
        fault = Fault("partial", f"{total[1]} hits, only the first {MOST_PAGES} pages are read") if too_many else None
        following = with_query(url, page_index=page + 1) if page < min(pages, MOST_PAGES) else None
        return ListPage(tuple(rows), following, pages, sum("published" not in r.facts for r in rows), fault=fault)


def _row(item: Selector, channel: Channel, url: str) -> Row | None:
    """One hit: link, summary, then `time | 采购人：… | 代理机构：…` and in bold the type, region and category."""
    href = item.xpath(".//a/@href").get()
    if not href:
        return None
    link = absolute(url, href)
    said = " ".join(item.xpath("string(./span)").get("").split())
    date = _DATE.search(said)
    facts = {
        "title": " ".join(item.xpath("string(.//a)").get("").split()),
        "published": f"{date[1]}-{int(date[2]):02}-{int(date[3]):02} {date[4]}" if date else "",
        "kind": " ".join(item.xpath("string(./span/strong)").get("").split()),
    }
    kind_at = said.find(facts["kind"]) if facts["kind"] else -1
    cells = [cell.strip() for cell in (said[:kind_at] if kind_at >= 0 else said).split("|")]
    for name, label in _LABELS.items():
        facts[name] = next((cell.partition("：")[2].strip() for cell in cells if cell.startswith(label)), "")
    behind = [cell.strip() for cell in said[kind_at + len(facts["kind"]) :].split("|")] if kind_at >= 0 else []
    facts["region"] = behind[1] if len(behind) > 1 else ""
    printed = {name: value for name, value in facts.items() if value}
    number = NUMBER.search(link)
    return Row(
        channel=channel.id,
        key=number[1] if number else canonical_key(link),
        url=link,
        facts=printed,
        row_hash=row_hash(printed),
    )
