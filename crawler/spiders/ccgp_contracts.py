"""The contracts of 中国政府采购网 (htgs.ccgp.gov.cn): lists of links, a page for each contract.

Reports of 2020 and 2024 give the addresses and no more, so the family relies on nothing else: a row is a link to
`…/detail/{32 hex}`, its title and the date beside it, and the pages of the list are counted by their own names.
"""

import re

from parsel import Selector

from crawler.page import Row
from crawler.portals import Channel
from crawler.spiders.listdetail import ListDetailSpider, ListMissing, ListPage, row_hash
from crawler.urls import absolute

_DETAIL = re.compile(r"/detail/([0-9a-fA-F]{32})\b")
_PAGE = re.compile(r"(/index_)(\d+)$")
_DATE = re.compile(r"20\d\d[-./年]\d{1,2}[-./月]\d{1,2}日?")


class CcgpContractsSpider(ListDetailSpider):
    family = "ccgp-contracts"

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        place = _PAGE.search(url)
        page = int(place[2]) if place else 1
        rows: dict[str, Row] = {}
        for link in Selector(text=text, type="html").css("a[href]"):
            if (found := _DETAIL.search(link.attrib["href"])) and found[1] not in rows:
                rows[found[1]] = _row(link, found[1], channel, url)
        if not rows and page == 1:
            raise ListMissing("no link to a contract on the page")
        following = f"{url[: place.start()]}/index_{page + 1}" if place and rows else None
        undated = sum("published" not in row.facts for row in rows.values())
        return ListPage(tuple(rows.values()), following, None if following else page, undated)


def _row(link: Selector, key: str, channel: Channel, url: str) -> Row:
    """A link with the date that stands nearest above or beside it: in its cell, row or item."""
    title = link.attrib.get("title") or link.xpath("string(.)").get("")
    around = link.xpath("string(ancestor::*[self::tr or self::li or self::dl][1])").get("")
    date = _DATE.search(around)
    facts = {"title": " ".join(title.split()), "published": date[0] if date else ""}
    printed = {name: value for name, value in facts.items() if value}
    return Row(
        channel=channel.id,
        key=key.lower(),
        url=absolute(url, link.attrib["href"]),
        facts={"kind": channel.kind} | printed if channel.kind else printed,
        row_hash=row_hash(printed),
    )
