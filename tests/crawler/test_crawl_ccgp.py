"""How the ccgp family reads its lists: rows, dates, region and buyer, the next page."""

from html import escape
from pathlib import Path

import pytest
from crawl_replica import NOON, notice, notices
from hypothesis import given
from hypothesis import strategies as st

from crawler.clock import SHANGHAI
from crawler.portals import Bilingual, Channel
from crawler.spiders.ccgp import CcgpSpider
from crawler.spiders.listdetail import ListMissing, ListPage, published_at, row_hash
from demo import pages

SPIDER = CcgpSpider(name="ccgp")
CHANNEL = Channel(id="tenders", name=Bilingual(zh="招标", en="Tenders"), path="/cggg/dfgg/gkzb/index.htm", kind="招标")
URL = "https://www.ccgp.gov.cn/cggg/dfgg/gkzb/index.htm"


def read(html: str, url: str = URL) -> ListPage:
    return SPIDER.read_list(CHANNEL, url, html)


def listed(
    rows: str, pager: str = "Pager({size:3, current:0, prefix:'index',suffix:'htm'});", kind: str = "c_list_bid"
) -> str:
    return f"<html><body><ul class='{kind}'>{rows}</ul><script>{pager}</script></body></html>"


def test_a_row_of_a_single_type_channel() -> None:
    page = read(
        listed(
            '<li><a href="./202609/t20260909_2731.htm" title="某县救护车采购项目公开招标公告">某县救护车采购...</a>\n'
            "发布时间：<em>2026-09-09 22:47</em> 地域：<em>四川</em> 采购人：<em>某县人民医院</em></li>"
        )
    )
    (row,) = page.rows
    assert row.key == "2731"
    assert row.url == "https://www.ccgp.gov.cn/cggg/dfgg/gkzb/202609/t20260909_2731.htm"
    assert row.facts == {
        "title": "某县救护车采购项目公开招标公告",
        "kind": "招标",
        "published": "2026-09-09 22:47",
        "region": "四川",
        "buyer": "某县人民医院",
    }
    assert (page.next_url, page.pages, page.undated) == ("index_1.htm", 3, 0)


def test_a_mixed_list_prints_the_type_first() -> None:
    page = read(
        listed(
            '<li><a href="/cggg/dfgg/xjgg/202609/t20260909_1.htm">询价公告</a> <em rel="bxlx">询价公告</em> '
            "发布时间：<em>2026-09-09 08:00</em> 地域：<em></em> 采购人：<em>某局</em></li>"
        )
    )
    assert page.rows[0].facts == {
        "title": "询价公告",
        "kind": "询价公告",
        "published": "2026-09-09 08:00",
        "buyer": "某局",
    }


def test_batch_pages_print_labels_in_running_text() -> None:
    rows = (
        '<li><a href="../../../cggg/zygg/gkzb/202609/t20260901_5.htm" title="批量集中采购">批量...</a>'
        "日期：2026-09-01 地域：北京 采购人：某部机关服务中心</li>"
    )
    url = "https://www.ccgp.gov.cn/zydwplcg/zy/zyzb/"
    (row,) = read(listed(rows, kind="ulst"), url).rows
    assert row.url == "https://www.ccgp.gov.cn/cggg/zygg/gkzb/202609/t20260901_5.htm"
    assert row.facts["published"] == "2026-09-01"
    assert row.facts["region"] == "北京"
    assert row.facts["buyer"] == "某部机关服务中心"


def test_older_batch_pages_print_spans() -> None:
    rows = (
        '<li><a href="http://www.ccgp.gov.cn/cggg/zygg/gkzb/201309/t20130901_7.htm">公告</a>'
        "<span>招标</span><span>2013-09-01</span><span>全国</span></li>"
    )
    (row,) = read(listed(rows, kind="ulst")).rows
    assert (row.facts["published"], row.facts["region"]) == ("2013-09-01", "全国")


def test_a_list_that_is_missing_is_no_empty_list() -> None:
    with pytest.raises(ListMissing):
        read("<html><body><div class='v6-list'></div></body></html>")
    assert read(listed("")).rows == ()


@pytest.mark.parametrize(
    ("pager", "next_url", "size"),
    [
        ("Pager({size:25, current:0, prefix:'index',suffix:'htm'});", "index_1.htm", 25),
        ("Pager({size:25, current:23, prefix:'index',suffix:'htm'});", "index_24.htm", 25),
        ("Pager({size:25, current:24, prefix:'index',suffix:'htm'});", None, 25),
        ('Pager( { size : "2" , current : "0" , prefix : "list" , suffix : "html" } )', "list_1.html", 2),
        ("Pager({size:1, current:0, prefix:'index',suffix:'htm'});", None, 1),
        ("Pager({size:x});alert(1)", None, None),
        ("", None, None),
    ],
)
def test_the_pager_is_read_as_text_and_never_run(pager: str, next_url: str | None, size: int | None) -> None:
    page = read(listed("<li><a href='./t20260909_1.htm'>a</a></li>", pager))
    assert (page.next_url, page.pages) == (next_url, size)


def test_a_pager_cannot_lead_out_of_the_portal() -> None:
    """Its prefix is part of a path; what it could smuggle in is stopped by the URL gate."""
    page = read(listed("", "Pager({size:9, current:0, prefix:'//evil.example/x',suffix:'htm'});"))
    assert page.next_url == "//evil.example/x_1.htm"


def test_rows_without_a_date_are_counted() -> None:
    page = read(listed("<li><a href='./a.htm'>甲</a></li><li><hr></li><li><a href='./b.htm'>乙</a></li>"))
    assert len(page.rows) == 2
    assert page.undated == 2


def test_h16_a_session_in_the_link_makes_no_new_notice() -> None:
    def key(href: str) -> str:
        return read(listed(f"<li><a href='{href}'>x</a></li>")).rows[0].key

    assert key("./202609/t20260909_77.htm;jsessionid=AB") == "77"
    assert key("/detail?id=5&_t=1") == key("/detail?_t=2&id=5&token=x") == "/detail?id=5"
    assert key("./202609/t20260909_77.htm") == key("../gkzb/202609/t20260909_77.htm?from=list") == "77"


def test_the_hash_follows_the_printed_facts_only() -> None:
    html = pages.listing(notices([3]), base="/cggg/dfgg/gkzb/", name="x", pages=1, current=0, mixed=False)
    (row,) = read(html).rows
    (other,) = SPIDER.read_list(CHANNEL.model_copy(update={"kind": "另一说法"}), URL, html).rows
    assert row.facts != other.facts
    assert row.row_hash == other.row_hash
    (moved,) = read(html.replace("示例省", "邻省")).rows
    assert moved.row_hash != row.row_hash
    assert row_hash({"title": "甲 乙"}) == row_hash({"title": "甲乙"})


printable = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs", "Cf")), min_size=1, max_size=40)


@given(st.lists(st.tuples(printable, printable, printable), max_size=8), st.booleans(), st.integers(1, 30))
def test_what_a_list_prints_comes_back(facts: list[tuple[str, str, str]], mixed: bool, size: int) -> None:
    samples = [notice(n, title=t, region=r, buyer=b) for n, (t, r, b) in enumerate(facts)]
    html = pages.listing(samples, base="/cggg/dfgg/gkzb/", name="x", pages=size, current=0, mixed=mixed)
    page = read(html)
    told = [(r.facts["title"], r.facts["region"], r.facts["buyer"]) for r in page.rows]
    assert told == facts
    assert [r.key for r in page.rows] == [str(s.id) for s in samples]
    assert page.undated == 0
    assert page.next_url == ("index_1.htm" if size > 1 else None)


@given(st.text(max_size=300))
def test_no_list_breaks_the_reading(rows: str) -> None:
    page = read(listed(rows))
    assert all(row.key for row in page.rows)


@pytest.mark.parametrize("title", ["<b>\"甲\"</b> & 'x'", "{{7*7}}", "a\u3000b", "=cmd|x"])
def test_h17_a_title_with_markup_comes_out_as_it_was_printed(title: str) -> None:
    (row,) = read(listed(f'<li><a href="./t20260909_1.htm" title="{escape(title)}">x</a></li>')).rows
    assert row.facts["title"] == " ".join(title.split())


@pytest.mark.parametrize(
    ("printed", "minute"),
    [
        ("2026-11-20 12:00", (2026, 11, 20, 12, 0)),
        ("2026年11月20日  12:00", (2026, 11, 20, 12, 0)),
        ("2026.9.1", (2026, 9, 1, 23, 59)),
        ("2026/09/01", (2026, 9, 1, 23, 59)),
        ("发布时间：2026-09-01", (2026, 9, 1, 23, 59)),
    ],
)
def test_publishing_times_as_lists_print_them(printed: str, minute: tuple[int, int, int, int, int]) -> None:
    found = published_at(printed, SHANGHAI)
    assert found is not None
    assert (found.year, found.month, found.day, found.hour, found.minute) == minute
    assert found.tzinfo is SHANGHAI


@pytest.mark.parametrize("printed", ["", "昨天", "2026-13-01", "2026-02-30 10:00", "2026-09-01 25:00"])
def test_a_time_that_cannot_be_is_none(printed: str) -> None:
    assert published_at(printed, SHANGHAI) is None


@given(st.datetimes(min_value=NOON.replace(tzinfo=None, year=2001), max_value=NOON.replace(tzinfo=None, year=2098)))
def test_a_printed_time_comes_back(moment: object) -> None:
    printed = f"{moment:%Y-%m-%d %H:%M}"
    found = published_at(printed, SHANGHAI)
    assert found is not None
    assert f"{found:%Y-%m-%d %H:%M}" == printed


def test_a_captured_search_page_has_no_channel_list(shared: Path) -> None:
    """The search is another layout: read as a channel it must fail loudly, not give zero rows."""
    html = (shared / "data" / "pages" / "ccgp_search_web.html").read_text("utf-8", "replace")
    with pytest.raises(ListMissing):
        read(html)
