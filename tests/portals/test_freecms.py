"""The freecms family: two portals by YAML alone, read from replicas of their shape."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from crawler.clock import SHANGHAI
from crawler.loader import spider_class
from crawler.portals import load_portals
from crawler.reading import read
from crawler.spiders.answers import moment
from crawler.spiders.freecms import FreecmsSpider
from demo.freecms import FreecmsReplica, key
from demo.sample import Sample
from tests.crawler.crawl_replica import NOON, Crawl, crawl, notice

FIRST = {"zycg": "entrusted", "plap": "notices"}


def samples(numbers: range) -> list[Sample]:
    return [replace(notice(n), slug=f"n{n}", published=NOON - timedelta(minutes=5 * (100 - n))) for n in numbers]


@pytest.fixture
def replica() -> Iterator[FreecmsReplica]:
    with FreecmsReplica(samples(range(1, 31))) as portal:
        yield portal


def ask(portal: FreecmsReplica, home: Path, portal_id: str = "zycg", **plan: object) -> Crawl:
    return crawl(portal.base_url, portal_id=portal_id, channels=(FIRST[portal_id],), home=home, **plan)  # type: ignore[arg-type]


@pytest.mark.parametrize("portal_id", ["zycg", "plap"])
def test_a_second_member_of_a_family_is_one_yaml_file(replica: FreecmsReplica, tmp_path: Path, portal_id: str) -> None:
    portal = load_portals()[portal_id]
    assert spider_class(portal).__mro__[1] is FreecmsSpider
    done = ask(replica, tmp_path, portal_id)
    told = done.channel(FIRST[portal_id])
    assert (told.state, told.rows, len(done.pages)) == ("ok", 30, 30), told
    lists = [request.path for request in replica.requests if "/rest/" in request.path]
    assert all(path.startswith(portal.channels[0].path.partition("currPage=")[0]) for path in lists)
    replica.requests.clear()
    again = ask(replica, tmp_path, portal_id, known=done.known())
    assert (again.result.requests, again.pages) == (1, [])


def test_a_third_member_is_written_into_the_home_folder(replica: FreecmsReplica, tmp_path: Path) -> None:
    """The claim of docs/portals.md: no code, one file."""
    shipped = Path("config/portals/zycg.yaml").read_text(encoding="utf-8")
    (tmp_path / "portals").mkdir()
    text = shipped.replace("id: zycg", "id: city-bureau").replace("www.zycg.gov.cn", "zfcg.example.gov.cn")
    (tmp_path / "portals" / "city-bureau.yaml").write_text(text, encoding="utf-8")
    done = crawl(replica.base_url, portal_id="city-bureau", channels=("entrusted",), home=tmp_path)
    assert (done.channel("entrusted").state, len(done.pages)) == ("ok", 30), done.log


def test_what_the_list_says_is_handed_over(replica: FreecmsReplica, tmp_path: Path) -> None:
    done = ask(replica, tmp_path)
    page = next(page for page in done.pages if page.row.key == key(samples(range(7, 8))[0]))
    assert page.row.facts == {
        "title": "示例县第7小学课桌椅采购项目公开招标公告",
        "published": "2026-11-20 04:15:00",
        "kind": "采购公告",
        "purchaseManner": "公开招标",
        "region": "示例省",
        "buyer": "示例县第7小学",
        "number": "SL-0007",
    }
    (read_notice,) = read(page)
    assert read_notice.texts["project_number"].value == "SL-0007"
    assert read_notice.texts["buyer"].value == "示例县第7小学"


@pytest.mark.parametrize(
    ("fault", "state", "words"),
    [
        ("code=500", "blocked", "验证码错误"),  # the site asks for its captcha
        ("renamed=pageurl", "failed", "no field 'pageurl'"),
        ("renamed=title", "ok", ""),  # the short title still stands there
        ("renamed=noticeTime", "ok", ""),
        ("no-records", "suspect", "0 rows"),
        ("held-back", "suspect", "page 1 of 3 is empty"),
        ("captcha", "blocked", "频繁"),
        ("layout", "ok", ""),
    ],
)
def test_h1_h2_h10_a_list_in_another_shape(
    replica: FreecmsReplica, tmp_path: Path, fault: str, state: str, words: str
) -> None:
    name, _, arg = fault.partition("=")
    replica.set_fault(name, arg=arg, path="*/rest/*")
    told = ask(replica, tmp_path).channel("entrusted")
    assert told.state == state, told.reason
    assert words in told.reason


def test_h11_a_row_that_moves_to_the_next_page_is_neither_lost_nor_doubled(
    replica: FreecmsReplica, tmp_path: Path
) -> None:
    first = ask(replica, tmp_path)
    replica.put(*samples(range(31, 46)))
    second = ask(replica, tmp_path, known=first.known())
    assert sorted(second.keys) == sorted(key(each) for each in samples(range(31, 46)))


@pytest.mark.parametrize(
    ("value", "printed"),
    [
        ("2026-03-17", "2026-03-17"),
        ("2026-03-17 09:30:00", "2026-03-17 09:30:00"),
        (1773711000, "2026-03-17 09:30"),
        (1773711000000, "2026-03-17 09:30"),
        ("1773711000000", "2026-03-17 09:30"),
        ("20260317093000", "2026-03-17 09:30"),
        (9999999999999, ""),
        (17, ""),
        (None, ""),
    ],
)
def test_h10_times_in_seconds_or_milliseconds_are_told_by_what_is_plausible(value: object, printed: str) -> None:
    assert moment(value, SHANGHAI) == printed
