"""The family of 全国公共资源交易平台 against a replica in its own shape."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from crawler.page import LINE, Page, Row
from crawler.plan import Plan
from crawler.portals import load_portals
from crawler.reading import read
from crawler.spiders.ggzy import PROVINCES, GgzySpider, read_frame
from crawler.spiders.listdetail import ListMissing, ListRefused
from demo.ggzy import Entry, GgzyReplica
from tests.crawler.crawl_replica import NOON, ROOT, Crawl, crawl, environment
from tracker.linking import link, linkable

CHANNEL = "p-0201"


def entry(n: int, *, ago: timedelta | None = None, **more: object) -> Entry:
    """The n-th notice, the higher the younger, five minutes apart, all of them today."""
    published = NOON - (ago if ago is not None else timedelta(minutes=1000 - n) / 5)
    given = {
        "id": f"{n:036x}",
        "title": f"示例市第{n}小学校车采购项目公开招标公告",
        "published": published,
        "body": f"<p>一、项目编号：SL-{n:04}</p><p>项目名称：校车采购{n}</p>",
        "number": f"SL-{n:04}",
    }
    return Entry(**{**given, **more})  # type: ignore[arg-type]


@pytest.fixture
def replica() -> Iterator[GgzyReplica]:
    with GgzyReplica(entry(n) for n in range(1, 31)) as portal:
        yield portal


def ask(portal: GgzyReplica, home: Path, channels: tuple[str, ...] = (CHANNEL,), **plan: object) -> Crawl:
    return crawl(portal.base_url, portal_id="ggzy", channels=channels, home=home, **plan)  # type: ignore[arg-type]


def stages(portal: GgzyReplica) -> list[dict[str, str]]:
    return [{name: values[0] for name, values in parse_qs(form).items()} for form in portal.asked_for()]


def test_the_list_is_posted_as_the_page_posts_it(replica: GgzyReplica, tmp_path: Path) -> None:
    done = ask(replica, tmp_path)
    assert done.channel(CHANNEL).state == "ok", done.result
    first = stages(replica)[0]
    assert first == {
        "SOURCE_TYPE": "1",
        "DEAL_CLASSIFY": "02",
        "DEAL_STAGE": "0201",
        "DEAL_TIME": "06",
        "isShowAll": "1",
        "PAGENUMBER": "1",
        "TIMEBEGIN": "2026-11-18",
        "TIMEBEGIN_SHOW": "2026-11-18",
        "TIMEEND": "2026-11-20",
        "TIMEEND_SHOW": "2026-11-20",
    }, "what is unlimited is left out"
    post = next(request for request in replica.requests if request.method == "POST")
    assert post.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert post.headers["referer"].endswith("/deal/dealList.html")
    assert post.headers.get("x-pass-token", "") == ""
    assert len(done.pages) == 30
    assert done.result.reconciled


def test_a_notice_comes_with_the_number_and_life_of_its_frame(tmp_path: Path) -> None:
    tender, award = (
        entry(1, project="bus", ago=timedelta(hours=40)),
        entry(
            2,
            project="bus",
            stage="0202",
            title="示例市第1小学校车采购项目中标公告",
            number="SL-0001",
            body="<p>正文</p>",
        ),
    )
    with GgzyReplica([tender, award]) as portal:
        done = ask(portal, tmp_path, channels=(CHANNEL, "p-0202"))
    page = next(page for page in done.pages if page.row.key == award.id)
    assert page.row.facts["number"] == "SL-0001"
    assert json.loads(page.row.facts["life"]) == [
        {"key": tender.id, "stage": "0201", "title": tender.title, "published": "2026-11-18"},
        {"key": award.id, "stage": "0202", "title": award.title, "published": "2026-11-20"},
    ]
    assert "ffff" not in json.dumps(page.row.facts), "script variables of the template are no facts"
    assert "/html/a/" in page.row.url, "people are sent to the page with the whole life"
    assert b"mycontent" in page.body
    (notice,) = read(page)
    assert notice.texts["project_number"].value == "SL-0001"


def test_a_title_of_no_interest_costs_one_request(replica: GgzyReplica, tmp_path: Path) -> None:
    replica.put(entry(31, title="示例市课桌椅采购项目公开招标公告"))
    done = ask(replica, tmp_path, likely=("校车",))
    frames = [request.path for request in replica.requests if "/html/a/" in request.path]
    notices = [request.path for request in replica.requests if "/html/b/" in request.path]
    assert (len(frames), len(notices), len(done.pages)) == (30, 31, 31)


def test_a_quiet_quick_poll_is_one_request(replica: GgzyReplica, tmp_path: Path) -> None:
    first = ask(replica, tmp_path)
    replica.requests.clear()
    second = ask(replica, tmp_path, known=first.known())
    assert (second.result.requests, len(second.pages), second.channel(CHANNEL).state) == (1, 0, "ok")


def test_a_longer_life_sends_the_same_notice_again(tmp_path: Path) -> None:
    with GgzyReplica([entry(1, project="bus")]) as portal:
        first = ask(portal, tmp_path)
        row = first.pages[0].row
        quiet = ask(portal, tmp_path, known=first.known(), recheck=(row,))
        assert [line.row.key for line in quiet.unchanged] == [row.key]
        portal.put(entry(2, project="bus", stage="0204", title="示例市第1小学校车采购项目更正公告"))
        grown = ask(portal, tmp_path, known=first.known(), recheck=(row,))
    (page,) = [page for page in grown.pages if page.row.key == row.key]
    assert len(json.loads(page.row.facts["life"])) == 2


def test_a_query_that_reaches_the_limit_is_read_day_by_day_and_province_by_province(tmp_path: Path) -> None:
    """60 rows a day in three provinces where a query shows 50: every row is found."""
    rows = [
        entry(100 * day + n, ago=timedelta(days=day, minutes=n), province=PROVINCES[n % 3])
        for day in range(3)
        for n in range(60)
    ]
    with GgzyReplica(rows, clip=50) as portal:
        done = limited(portal, tmp_path)
        forms = stages(portal)
    assert len({row.row.key for row in done.listed}) == 180
    assert done.channel(CHANNEL).state == "ok", done.channel(CHANNEL).reason
    asked = [form.get("DEAL_PROVINCE") for form in forms if form["TIMEBEGIN"] == "2026-11-20"]
    assert asked[:2] == [None, PROVINCES[0]], "a day is asked whole first"
    assert set(asked) == {None, *PROVINCES}


def limited(portal: GgzyReplica, home: Path) -> Crawl:
    """A crawl that believes in a limit of 50 rows, in a child process of its own."""
    plan = Plan(channels=(CHANNEL,), base_url=portal.base_url, detail_budget=0)
    code = (
        "import sys; import crawler.spiders.ggzy as g; g.CLIP = 50; from crawler.__main__ import main; sys.exit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "crawl", "ggzy", "--plan", "-"],
        input=plan.model_dump_json().encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        env=environment(home) | {"PYTHONPATH": os.fspath(ROOT)},
    )
    return Crawl([LINE.validate_json(line) for line in done.stdout.splitlines()], done.returncode, done.stderr.decode())


def test_a_deep_poll_reads_every_day_of_the_overlap(tmp_path: Path) -> None:
    rows = [entry(n, ago=timedelta(hours=n)) for n in range(60)]
    with GgzyReplica(rows) as portal:
        first = ask(portal, tmp_path, detail_budget=60)
        late = entry(500, ago=timedelta(hours=45))
        portal.put(late)
        portal.requests.clear()
        deep = ask(portal, tmp_path, mode="deep", known=first.known())
        days = [form["TIMEBEGIN"] for form in stages(portal)]
    assert days == ["2026-11-18", "2026-11-20", "2026-11-19", "2026-11-19", "2026-11-18", "2026-11-18"]
    assert deep.keys == [late.id], "published late, with an old date"


def test_after_an_outage_of_a_month_no_more_than_thirty_days_are_asked_for(tmp_path: Path) -> None:
    with GgzyReplica([entry(1)]) as portal:
        ask(portal, tmp_path, back_to={CHANNEL: datetime.fromisoformat("1970-01-01T00:00:00+00:00")})
        assert min(form["TIMEBEGIN"] for form in stages(portal)) == "2026-10-21"


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("code=829", "blocked", "captcha wanted"),
        ("code=800", "blocked", "too frequent"),
        ("code=801", "failed", "code 801: 参数错误"),
        ("code=804", "failed", "code 804"),
        ("captcha", "blocked", "频繁"),
        ("login", "blocked", "login"),
        ("maintenance", "blocked", "维护"),
        ("no-records", "suspect", "0 rows"),
        ("null-list", "suspect", "0 rows"),
        ("renamed=publishTime", "failed", "no field 'publishTime'; is it 'publishTimeNew' now?"),
        ("renamed=url", "failed", "no field 'url'"),
        ("empty", "failed", "empty body"),
        ("truncated", "failed", "in place of a JSON list"),
    ],
)
def test_h1_h2_h10_what_is_no_list_is_told(
    replica: GgzyReplica, tmp_path: Path, fault: str, state: str, words: str
) -> None:
    name, _, arg = fault.partition("=")
    replica.set_fault(name, arg=arg, path="/information/pubTradingInfo/*")
    done = ask(replica, tmp_path)
    told = done.channel(CHANNEL)
    assert (told.state, done.pages) == (state, [])
    if fault != "truncated":
        assert words in told.reason
    assert told.evidence or fault in {"empty", "truncated"}


def test_h2_after_a_captcha_the_host_gets_no_further_request(replica: GgzyReplica, tmp_path: Path) -> None:
    row = ask(replica, tmp_path).pages[0].row
    replica.requests.clear()
    replica.set_fault("code", arg="829")
    done = ask(replica, tmp_path, pending=(row,))
    assert (done.channel(CHANNEL).state, done.channel(CHANNEL).unfetched) == ("blocked", 1)
    assert [request.path for request in replica.requests if "/html/" in request.path] == []


def test_h10_page_two_that_repeats_page_one_ends_the_paging(replica: GgzyReplica, tmp_path: Path) -> None:
    replica.set_fault("repeat", path="*PAGENUMBER=2*")
    told = ask(replica, tmp_path).channel(CHANNEL)
    assert (told.state, told.rows) == ("partial", 40)
    assert "page 2 repeats page 1" in told.reason


def test_h10_a_total_that_is_wrong_is_told(replica: GgzyReplica, tmp_path: Path) -> None:
    replica.put(*(entry(n) for n in range(31, 61)))
    replica.set_fault("held-back", path="*PAGENUMBER=2*")
    told = ask(replica, tmp_path).channel(CHANNEL)
    assert told.state == "partial"
    assert "page 2 of 3 is empty" in told.reason


def test_h15_a_frame_that_is_gone_is_a_withdrawn_notice(replica: GgzyReplica, tmp_path: Path) -> None:
    first = ask(replica, tmp_path)
    row = first.pages[0].row
    replica.set_fault("404", path=f"*{row.key}*")
    again = ask(replica, tmp_path, known=first.known(), recheck=(row,))
    assert [gone.row.key for gone in again.gone] == [row.key]


def test_what_the_platform_shows_as_one_project_is_one_project(tmp_path: Path) -> None:
    """Neither number nor buyer nor a like name: the platform's own list of the project's notices joins them."""
    with GgzyReplica(
        [
            entry(1, project="bus", number="", body="<p>见附件</p>", title="示例公交公司纯电动客车招标公告"),
            entry(2, project="bus", number="", body="<p>见附件</p>", title="二标段中标结果", stage="0202"),
            entry(3, number="", body="<p>见附件</p>", title="一标段中标结果", stage="0202"),
        ]
    ) as portal:
        done = ask(portal, tmp_path, channels=(CHANNEL, "p-0202"))
    items = [linkable(f"ggzy/{page.row.key}", read(page)[0], portal="ggzy") for page in done.pages]
    projects = [set(project.members) for project in link(items).projects]
    assert {f"ggzy/{1:036x}", f"ggzy/{2:036x}"} in projects
    assert {f"ggzy/{3:036x}"} in projects


def test_the_captured_answer_becomes_rows(shared: Path) -> None:
    portal = load_portals()["ggzy"]
    spider = GgzySpider(name="ggzy")
    spider.portal, spider.plan = portal, None  # type: ignore[assignment]
    spider._back_to, spider._zone = {}, NOON.tzinfo  # type: ignore[assignment]
    text = (shared / "data/pages/ggzy_api_sample.json").read_text(encoding="utf-8")
    channel = portal.channels[0]
    url = portal.base_url + spider.first_list(channel)
    page = spider.read_list(channel, url, text)
    answer = json.loads(text)
    assert [row.key for row in page.rows] == [record["id"] for record in answer["data"]["records"]]
    assert [row.facts["title"] for row in page.rows] == [record["title"] for record in answer["data"]["records"]]
    assert (page.undated, page.pages) == (0, answer["data"]["pages"])
    assert all("/html/a/" in row.url for row in page.rows)
    with pytest.raises(ListMissing, match="HTML in place"):
        spider.read_list(channel, url, (shared / "data/pages/ggzy_probe_page.html").read_text(encoding="utf-8"))
    with pytest.raises(ListRefused, match="captcha"):
        spider.read_list(channel, url, '{"code": 829, "captchaToken": "x"}')


def test_the_captured_frame_tells_number_and_life(shared: Path) -> None:
    text = (shared / "data/pages/ggzy_detail_sample.html").read_text(encoding="utf-8")
    told = read_frame(text)
    life = json.loads(told["life"])
    assert [entry["stage"] for entry in life] == ["0201", "0201", "0202", "0203"]
    assert all(entry["published"].startswith("2026-") and entry["title"] and entry["key"] for entry in life)
    assert told["number"] in text
    assert "mysid" not in told["life"]
    assert life[-1]["key"] in told["last"]


def test_the_captured_notice_is_read(shared: Path) -> None:
    body = (shared / "data/pages/ggzy_detail_b_sample.html").read_bytes()
    frame = read_frame((shared / "data/pages/ggzy_detail_sample.html").read_text(encoding="utf-8"))
    listed = Row(channel="p-0202", key="k", url="https://www.ggzy.gov.cn/x", facts=frame, row_hash="h")
    (notice,) = read(Page(portal="ggzy", row=listed, fetched_at=NOON, packed=Page.pack(body)))
    assert notice.kind == "contract"
    assert notice.texts["project_number"].value == frame["number"]
    assert notice.texts["buyer"].value in body.decode()
    assert "contract_signed_at" in notice.times
