"""The replica, parsed the way the portal's reference describes the true pages."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from parsel import Selector

from demo import notices
from demo.pages import CHANNELS
from demo.portal import ReplicaPortal
from demo.sample import Sample

TODAY = date(2026, 11, 23)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def world() -> tuple[Sample, ...]:
    return notices.world(TODAY)


@pytest.fixture(scope="module")
def portal(world: tuple[Sample, ...]) -> Iterator[ReplicaPortal]:
    with ReplicaPortal(world) as running:
        yield running


@pytest.fixture(scope="module")
def web(portal: ReplicaPortal) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=portal.base_url, timeout=10) as client:
        yield client


def page(web: httpx.Client, path: str) -> Selector:
    answer = web.get(path)
    assert answer.status_code == 200, path
    return Selector(answer.text)


def pager(html: Selector) -> tuple[int, int]:
    found = re.search(r"Pager\(\{size:(\d+), current:(\d+), prefix:'index',suffix:'htm'\}\)", html.get())
    assert found
    return int(found[1]), int(found[2])


def test_a_channel_lists_its_notices_over_several_pages_newest_first(
    web: httpx.Client, world: tuple[Sample, ...]
) -> None:
    first = page(web, "/cggg/dfgg/gkzb/index.htm")
    size, current = pager(first)
    assert (size, current) == (3, 0)
    paths, times = [], []
    for n in range(size):
        at = "/cggg/dfgg/gkzb/" + ("index.htm" if n == 0 else f"index_{n}.htm")
        html = page(web, at)
        assert pager(html) == (size, n)
        for row in html.css("ul.c_list_bid > li"):
            assert row.css("a::attr(href)").get("").startswith("./2026")
            paths.append(urljoin(at, row.css("a::attr(href)").get("")))
            times.append(row.css("em::text").get(""))
    expected = [s for s in world if s.area == "dfgg" and s.channel == "gkzb"]
    assert paths == [s.path for s in expected]
    assert times == sorted(times, reverse=True)
    assert web.get(f"/cggg/dfgg/gkzb/index_{size}.htm").status_code == 404


def test_a_row_cuts_its_text_and_keeps_the_whole_title(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    again = notices.by_slug(world)["garbage-second"]
    row = page(web, "/cggg/dfgg/gkzb/index.htm").xpath(f"//li[a/@href='./{again.path[16:]}']")
    assert row.css("a::attr(title)").get() == again.title
    words = row.css("a::text").get("")
    assert words.endswith("...")
    assert again.title.startswith(words.removesuffix("..."))
    assert row.css("em::text").getall() == [f"{again.published:%Y-%m-%d %H:%M}", "山东", again.buyer]


def test_mixed_pages_print_the_type_first_and_link_into_the_channels(
    web: httpx.Client, world: tuple[Sample, ...]
) -> None:
    html = page(web, "/cggg/dfgg/")
    for row in html.css("ul.c_list_bid > li"):
        assert len(row.css("em")) == 4
        kind = row.css("em[rel=bxlx]::text").get()
        code = row.css("a::attr(href)").get("").split("/")[1]
        assert kind == CHANNELS[code]
    assert pager(html)[0] == -(-sum(s.area == "dfgg" for s in world) // 20)


def test_batch_pages_have_their_own_list(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    at = "/zydwplcg/zy/zyzb/"
    rows = page(web, at).css("ul.ulst > li")
    batch = notices.by_slug(world)["batch-tender"]
    assert [urljoin(at, r.css("a::attr(href)").get("")) for r in rows] == [batch.path]
    assert "（第11期）" in batch.title
    assert f"日期：{batch.published:%Y-%m-%d %H:%M} 地域：北京 采购人：{batch.buyer}" in rows[0].get()
    assert web.get("/zydwplcg/zz/zzzhb/").status_code == 200


def test_a_detail_page_has_the_frame_of_the_true_one(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    sample = notices.by_slug(world)["pickups-inquiry"]
    html = page(web, sample.path)
    assert html.css("meta[name=ArticleTitle]::attr(content)").get() == sample.title
    assert html.css("meta[name=PubDate]::attr(content)").get() == f"{sample.published:%Y-%m-%d %H:%M}"
    assert html.css("title::text").get() == html.css("div.vF_detail_header h2.tc::text").get() == sample.title
    assert html.css("span#pubTime::text").get() == f"{sample.published:%Y年%m月%d日 %H:%M}"
    assert html.css("div.vF_deail_currentloc a.CurrChnlCls::text").getall() == [
        "首页",
        "政采公告",
        "地方公告",
        "询价公告",
    ]
    body = html.css("div.vF_detail_content_container > div.vF_detail_content")
    assert "提交响应文件" in "".join(body.css("::text").getall())
    assert "<!--vF_detail_content_container-->" in html.get()
    assert "<!--vF_detail_main-->" in html.get()


@pytest.mark.parametrize(
    ("slug", "labels"),
    [
        (
            "police-tender",
            {"获取招标文件时间", "招标文件售价", "获取招标文件的地点", "开标时间", "开标地点", "预算金额"},
        ),
        (
            "fire-negotiation",
            {"获取采购文件时间", "响应文件递交地点", "响应文件开启时间", "响应文件开启地点", "预算金额"},
        ),
        ("school-buses-award", {"评审专家名单", "总中标金额", "本项目招标公告日期", "中标日期"}),
        ("cold-chain-award", {"评审专家名单", "总成交金额", "成交日期"}),
        ("snow-later", {"首次公告日期", "更正日期"}),
        ("enforcement-ended", set()),
    ],
)
def test_the_summary_has_the_rows_of_its_type(
    web: httpx.Client, world: tuple[Sample, ...], slug: str, labels: set[str]
) -> None:
    html = page(web, notices.by_slug(world)[slug].path)
    shown = html.css("div.table > table td.title::text").getall()
    common = {"采购项目名称", "品目", "采购单位", "行政区域", "公告时间", "项目联系人", "采购单位地址", "代理机构名称"}
    assert common | labels <= set(shown)
    assert shown.count("采购单位") == 2
    moment = html.xpath("//td[@class='title'][.='公告时间']/following-sibling::td[1]/text()").get("")
    assert re.fullmatch(r"\d{4}年\d\d月\d\d日  \d\d:\d\d", moment)


SELECTORS = (
    "meta[name=ArticleTitle]",
    "meta[name=PubDate]",
    "body#detail",
    "div.main div.main_container div.vF_deail_currentloc a.CurrChnlCls",
    "div.vF_deail_maincontent div.vF_detail_main div.vF_detail_header h2.tc",
    "p.tc span#pubTime",
    "span#sourceName",
    "div.table > h5",
    "div.table > table td.title",
    "div.vF_detail_content_container > div.vF_detail_content p > strong",
    "div.vF_detail_relcontent div.vF_detail_relcontent_lst",
    "div.footer",
)


@pytest.mark.parametrize(
    ("captured", "slug"),
    [
        ("award_central_pumch_20260929.html", "school-buses-award"),
        ("correction_beijing_20260924.html", "sanitation-earlier"),
        ("failedbid_beijing_20260924.html", "garbage-lot-failed"),
    ],
)
def test_captured_pages_and_replicas_answer_to_the_same_selectors(
    shared: Path, web: httpx.Client, world: tuple[Sample, ...], captured: str, slug: str
) -> None:
    true = Selector((shared / "data" / "pages" / captured).read_text("utf-8"))
    replica = page(web, notices.by_slug(world)[slug].path)
    for selector in SELECTORS:
        assert true.css(selector), selector
        assert replica.css(selector), selector
    # The replica prints every label of the summary that the true page of this type prints.
    labels = set(true.css("div.table td.title::text").getall()) - {"附件1", "附件2"}
    assert labels <= set(replica.css("div.table td.title::text").getall())


def test_the_four_source_systems_are_told_apart(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    samples = notices.by_slug(world)
    zcy = page(web, samples["ambulances-consultation"].path)
    assert zcy.css("samp.bookmark-item.code-00004::text").get() == samples["ambulances-consultation"].number
    assert zcy.css("samp.code-00014::text").get() == samples["ambulances-consultation"].buyer
    # 政采云 leaves the category empty.
    assert zcy.xpath("//td[.='品目']/following-sibling::td//text()").get("") == ""
    award = page(web, samples["cold-chain-award"].path)
    assert award.css("td.code-summaryPrice::text").get() == "报价：739600（元）"
    assert award.css("td.code-winningSupplierName::text").get() == "楚阳远岑专用汽车股份有限公司"
    gpcms = page(web, samples["tractors-tender"].path)
    assert gpcms.css("div#noticeArea style")
    assert gpcms.css("#template-innerinfo::attr(style)").get() == "display:none"
    buyer = gpcms.css("span._notice_content_noticePurchase-purchaserOrgName::text").get()
    assert buyer == samples["tractors-tender"].buyer
    central = page(web, samples["school-buses-award"].path)
    assert central.css("div.vF_detail_content > p > strong::text").get("").startswith("一、项目编号：")
    table = page(web, samples["police-tender"].path)
    assert table.css("div.vF_detail_content > table")


def test_attachments_of_three_kinds_can_be_downloaded(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    samples = notices.by_slug(world)
    police = page(web, samples["police-tender"].path)
    link = police.css("a.bizDownload")
    assert link.attrib["href"] == ""
    urls = {f"/oss/download?uuid={link.attrib['id']}": samples["police-tender"].files[0]}
    zcy = samples["ambulances-consultation"]
    assert page(web, zcy.path).css("p.fjxx + ul.fjxx")
    urls[page(web, zcy.path).css("ul.fjxx li a::attr(href)").get("")] = zcy.files[0]
    gpcms = samples["tractors-tender"]
    hrefs = page(web, gpcms.path).xpath("//p[.='附件：']/following-sibling::p//a/@href").getall()
    urls |= dict(zip(hrefs, gpcms.files, strict=True))
    assert len(urls) == 4
    for url, file in urls.items():
        answer = web.get(url)
        assert answer.status_code == 200
        assert answer.content == file.data
        assert answer.content[:2] == b"PK"


def test_a_stored_page_answers_304_to_its_validators(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    path = notices.by_slug(world)["fire-negotiation"].path
    first = web.get(path)
    assert first.headers["content-encoding"] == "gzip"
    by_tag = web.get(path, headers={"If-None-Match": first.headers["etag"]})
    by_date = web.get(path, headers={"If-Modified-Since": first.headers["last-modified"]})
    assert (by_tag.status_code, by_tag.content) == (304, b"")
    assert by_date.status_code == 304
    assert web.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_without_gzip_the_same_page_comes_plain(web: httpx.Client, world: tuple[Sample, ...]) -> None:
    path = world[0].path
    plain = web.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == web.get(path).text


@pytest.mark.parametrize("path", ["/robots.txt", "/cggg/dfgg/feibiao/", "/cggg/dfgg/gkzb/209901/t20990101_1.htm"])
def test_unknown_paths_and_robots_get_the_branded_page(web: httpx.Client, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 404
    assert "<title>错误页面！中国政府采购网</title>" in answer.text
    assert "对不起，您所访问的页面不存在" in answer.text


def test_the_log_shows_every_request_with_its_headers(world: tuple[Sample, ...]) -> None:
    with ReplicaPortal(world[:3]) as portal:
        httpx.get(portal.base_url + "/cggg/dfgg/?a=1", headers={"User-Agent": "probe"})
        httpx.head(portal.base_url + "/robots.txt")
        assert [(r.method, r.path) for r in portal.requests] == [("GET", "/cggg/dfgg/?a=1"), ("HEAD", "/robots.txt")]
        assert portal.requests[0].headers["user-agent"] == "probe"


def test_notices_come_change_and_go_while_it_runs(world: tuple[Sample, ...]) -> None:
    from dataclasses import replace

    with ReplicaPortal(world) as portal, httpx.Client(base_url=portal.base_url) as web:
        before = web.get(world[0].path)
        portal.replace(replace(world[0], title="改过的标题"))
        after = web.get(world[0].path)
        assert "改过的标题" in after.text
        assert after.headers["etag"] != before.headers["etag"]
        new = portal.add(*notices.news(world[0].published + timedelta(days=3)))
        assert all(s.id > world[0].id for s in new)
        assert new[0].title in web.get("/cggg/dfgg/gzgg/index.htm").text
        assert web.get(new[0].path).status_code == 200
        portal.remove(world[0])
        assert web.get(world[0].path).status_code == 404
        assert world[0].path.rsplit("/", 1)[1] not in web.get("/cggg/dfgg/xjgg/").text
        with pytest.raises(KeyError, match="no notice with id"):
            portal.replace(world[0])


def test_one_connection_carries_many_requests(world: tuple[Sample, ...]) -> None:
    with ReplicaPortal(world) as portal, socket.create_connection((portal.host, portal.port), timeout=5) as line:
        ask = b"GET /robots.txt HTTP/1.1\r\nHost: x\r\n\r\n"
        line.sendall(ask * 3)
        received = b""
        while received.count(b"</html>") < 3:
            received += line.recv(65536)
        assert received.count(b"HTTP/1.1 404 Not Found") == 3


def test_as_a_process_it_says_when_it_is_ready_and_ends_on_request() -> None:
    command = [sys.executable, "-m", "demo.portal", "--port", "0", "--fault", "429=7@/cggg/*#1", "--many", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout
        ready = process.stdout.readline().split()
        assert ready[0] == "ready"
        first = httpx.get(ready[1] + "/cggg/dfgg/")
        assert (first.status_code, first.headers["retry-after"]) == (429, "7")
        assert httpx.get(ready[1] + "/cggg/dfgg/").status_code == 200
        process.terminate()
        assert process.wait(10) == 0


def test_a_fault_misspelt_on_the_command_line_is_explained() -> None:
    command = [sys.executable, "-m", "demo.portal", "--fault", "capcha"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30, check=False)
    assert done.returncode == 2
    assert "unknown fault 'capcha'; there are: 403" in done.stderr
    assert "Traceback" not in done.stderr


def test_generated_notices_are_the_same_for_the_same_day_and_all_are_listed() -> None:
    many = notices.many(120, TODAY)
    assert many == notices.many(120, TODAY)
    assert len({s.path for s in many}) == 120
    with ReplicaPortal(many) as portal, httpx.Client(base_url=portal.base_url) as web:
        listed = set()
        for n in range(pager(page(web, "/cggg/dfgg/"))[0]):
            at = "/cggg/dfgg/" + (f"index_{n}.htm" if n else "index.htm")
            listed |= {urljoin(at, h) for h in page(web, at).css("ul.c_list_bid a::attr(href)").getall()}
        assert listed == {s.path for s in many}
        assert web.get(many[77].path).status_code == 200
