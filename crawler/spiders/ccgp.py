"""The family of 中国政府采购网: static list pages that are counted by a script, and a page for each notice.

Seen on www.ccgp.gov.cn, channels `/cggg/…` and batch procurement pages `/zydwplcg/…` (reports of 2017 to 2026).
"""

import re
from typing import ClassVar
from urllib.parse import urlsplit

from parsel import Selector

from crawler.page import Row
from crawler.portals import Channel
from crawler.spiders.listdetail import ListDetailSpider, ListMissing, ListPage, row_hash
from crawler.urls import absolute, canonical_key

_LIST = "ul.c_list_bid, ul.ulst, ul#pageContent"
_PAGER = re.compile(r"Pager\(\s*\{([^{}]*)\}")
NUMBER = re.compile(r"/t\d{8}_(\d+)\.s?html?$")
_DATE = re.compile(r"\d{4}[-./年]\d{1,2}[-./月]\d{1,2}日?(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_LABELLED = re.compile(r"(?:发布时间|日期|时间|地域|采购人)\s*[：:]")
_LABELS = {"region": "地域", "buyer": "采购人"}


class CcgpSpider(ListDetailSpider):
    family = "ccgp"
    detail_marks: ClassVar[tuple[bytes, ...]] = (
        b"vF_detail_content",
        b"vT_detail_content",  # pages before 2017
        b'name="ArticleTitle"',
        b'id="noticeArea"',
    )

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        root = Selector(text=text, type="html")
        lists = root.css(_LIST)
        if not lists:
            raise ListMissing("the list is missing")
        rows, undated = [], 0
        for item in lists[0].xpath("./li"):
            if (row := _row(item, channel, url)) is not None:
                rows.append(row)
                undated += "published" not in row.facts
        pages, current, prefix, suffix = _pager(text)
        following = f"{prefix}_{current + 1}.{suffix}" if pages is not None and current + 1 < pages else None
        return ListPage(tuple(rows), following, pages, undated)


def _row(item: Selector, channel: Channel, url: str) -> Row | None:
    """One `li`; None where it holds no link (a divider)."""
    href = item.xpath(".//a/@href").get()
    if not href:
        return None
    link = absolute(url, href)
    # The link's text is cut with dots; the attribute holds the whole title.
    title = item.xpath(".//a/@title").get() or item.xpath("string(.//a)").get() or ""
    printed = {"title": " ".join(title.split()), **_cells(item)}
    printed = {name: value for name, value in printed.items() if value}
    number = NUMBER.search(urlsplit(link).path.partition(";")[0])
    key = number[1] if number else canonical_key(link)
    # The channel's own word for its notices is a hint for the reader; a change of ours to it is no change of theirs.
    facts = {"kind": channel.kind, **printed} if channel.kind else printed
    return Row(channel=channel.id, key=key, url=link, facts=facts, row_hash=row_hash(printed))


def _cells(item: Selector) -> dict[str, str]:
    """Time, region and buyer of a row, and its type where the list mixes types.

    Single-type lists print three `em`, mixed ones four with the type first, so the one that looks like a date is the
    guide. Batch pages print labels in running text, older ones bare `span`.
    """
    told = [" ".join(cell.split()) for cell in item.xpath(".//em | .//span").xpath("string(.)").getall()]
    at = next((n for n, cell in enumerate(told) if _DATE.fullmatch(cell)), None)
    if at is not None:
        region, buyer = (*told[at + 1 : at + 3], "", "")[:2]
        kind = item.xpath("string(.//em[@rel='bxlx'])").get() or ""
        facts = {"published": told[at], "region": region, "buyer": buyer}
        return facts | ({"kind": kind.strip()} if kind.strip() else {})
    words = " ".join(item.xpath("string(.)").get("").split())
    date = _DATE.search(words)
    facts = {"published": date[0] if date else ""}
    for name, label in _LABELS.items():
        _, found, rest = words.partition(label)
        if found:
            facts[name] = _LABELLED.split(rest.lstrip("：: "))[0].strip()
    return {name: value for name, value in facts.items() if value}


def _pager(text: str) -> tuple[int | None, int, str, str]:
    """Pages, the current one from 0, and how page names are made; pages is None without a pager.

    The call `Pager({size:25, current:0, prefix:'index',suffix:'htm'})` is read as text and never run.
    """
    if (call := _PAGER.search(text)) is None:
        return None, 0, "index", "htm"
    said = dict(re.findall(r"(\w+)\s*:\s*['\"]?([\w./-]*)", call[1]))
    size, current = said.get("size", ""), said.get("current", "0")
    pages = int(size) if size.isascii() and size.isdigit() else None
    return pages, int(current) if current.isdigit() else 0, said.get("prefix") or "index", said.get("suffix") or "htm"
