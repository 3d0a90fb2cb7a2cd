"""The other hosts of 中国政府采购网: search, contracts, single source before review."""

from pathlib import Path

import pytest

from crawler.portals import load_portals
from crawler.spiders.ccgp import CcgpSpider
from crawler.spiders.ccgp_contracts import CcgpContractsSpider
from crawler.spiders.ccgp_search import CcgpSearchSpider
from crawler.spiders.listdetail import ListMissing

PORTALS = load_portals()
SEARCH = PORTALS["ccgp-search"]
URL = SEARCH.base_url + SEARCH.channels[0].path
HEAD = '<p>关键字： <span style="color:#c00000">车辆</span> 共找到 <span style="color:#c00000">{n}</span> 条内容</p>'
HIT = """<li><a href="http://www.ccgp.gov.cn/cggg/dfgg/gkzb/202611/t20261119_27400001.htm">
示例县<font color="red">车辆</font>采购项目公开招标公告</a><p>摘要…</p>
<span>2026.11.19 19:30:01 | 采购人：示例县公安局 | 代理机构：示例招标公司 <br/>
<strong> 公开招标公告 </strong> | <a href="javascript:void(0)">示例省</a> | <strong>货物/车辆</strong></span></li>"""


def hits(rows: str, n: int) -> str:
    return f"<html><body>{HEAD.format(n=n)}<ul class='vT-srch-result-list-bid'>{rows}</ul></body></html>"


def test_a_hit_of_the_search() -> None:
    page = CcgpSearchSpider(name="s").read_list(SEARCH.channels[0], URL, hits(HIT, 45))
    (row,) = page.rows
    assert row.key == "27400001", "the same key as in the channels"
    assert row.facts == {
        "title": "示例县车辆采购项目公开招标公告",
        "published": "2026-11-19 19:30",
        "kind": "公开招标公告",
        "buyer": "示例县公安局",
        "agency": "示例招标公司",
        "region": "示例省",
    }
    assert page.pages == 3
    assert page.next_url is not None
    assert "page_index=2" in page.next_url
    assert "kw=%E8%BD%A6%E8%BE%86" in page.next_url


def test_h1_a_true_zero_is_the_list_present_and_empty(shared: Path) -> None:
    spider = CcgpSearchSpider(name="s")
    page = spider.read_list(SEARCH.channels[0], URL, hits("", 0))
    assert (page.rows, page.pages, page.next_url) == ((), 0, None)
    captured = (shared / "data/pages/ccgp_search_web.html").read_text(encoding="utf-8")
    page = spider.read_list(SEARCH.channels[0], URL, captured)
    assert (page.rows, page.pages) == ((), 0)
    with pytest.raises(ListMissing):
        spider.read_list(SEARCH.channels[0], URL, captured.replace("vT-srch-result-list-bid", "new-list"))


def test_too_many_hits_are_said_and_not_all_read() -> None:
    page = CcgpSearchSpider(name="s").read_list(SEARCH.channels[0], URL, hits(HIT, 900))
    assert page.fault is not None
    assert (page.fault.state, "900 hits" in page.fault.reason) == ("partial", True)
    last = URL.replace("page_index=1", "page_index=10")
    assert CcgpSearchSpider(name="s").read_list(SEARCH.channels[0], last, hits(HIT, 900)).next_url is None


def test_portals_on_one_host_are_never_polled_at_the_same_time() -> None:
    assert PORTALS["ccgp-search"].claim == PORTALS["ccgp-single"].claim == PORTALS["ccgp"].claim
    assert PORTALS["ccgp-contracts"].claim != PORTALS["ccgp"].claim


def test_contracts_are_links_with_a_date_beside_them() -> None:
    portal = PORTALS["ccgp-contracts"]
    url = portal.base_url + portal.channels[0].path
    key = "0123456789abcdef0123456789ABCDEF"
    html = (
        f"<table><tr><td><a href='/GS8/contractpublish/detail/{key}?contractSign=0'>示例县公安局警用车辆采购合同"
        "</a></td>"
        "<td>2026-11-18</td></tr><tr><td><a href='/GS8/other'>其他</a></td></tr></table>"
    )
    page = CcgpContractsSpider(name="c").read_list(portal.channels[0], url, html)
    (row,) = page.rows
    assert (row.key, row.facts["published"]) == (key.lower(), "2026-11-18")
    assert row.facts["title"] == "示例县公安局警用车辆采购合同"
    assert page.next_url == f"{portal.base_url}/GS8/contractpublish/index_2"
    with pytest.raises(ListMissing):
        CcgpContractsSpider(name="c").read_list(portal.channels[0], url, "<html><body>维护中</body></html>")
    end = url.replace("index_1", "index_9")
    assert CcgpContractsSpider(name="c").read_list(portal.channels[0], end, "<html></html>").next_url is None


def test_single_source_before_review_is_the_ccgp_family_by_yaml_alone() -> None:
    portal = PORTALS["ccgp-single"]
    html = (
        "<ul id='pageContent'><li><a href='/eadylynotice/202611/t20261118_27400009.htm'>示例局专用车辆单一来源公示</a>"
        "<span>2026-11-18</span></li></ul><script>Pager({size:2, current:0, prefix:'index',suffix:'htm'});</script>"
    )
    page = CcgpSpider(name="c").read_list(portal.channels[0], portal.base_url + portal.channels[0].path, html)
    (row,) = page.rows
    assert (row.key, row.facts["published"], page.next_url) == ("27400009", "2026-11-18", "index_1.htm")
