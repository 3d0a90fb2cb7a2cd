"""Whatever a portal does, a crawl ends with a state, a reason and evidence; nothing vanishes and nobody is pestered.

Each test starts a replica with faults switched on and crawls it in a child process, as the tracker does.
"""

import json
import re
import socket
import subprocess
import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from crawl_replica import NOON, ROOT, Crawl, crawl, crawl_together, environment, notices

from crawler.urls import forbidden_address
from demo.portal import ReplicaPortal

pytestmark = pytest.mark.xdist_group("crawl-faults")  # one worker builds what all of them use

LIST = "/cggg/dfgg/gkzb/index.htm"
DETAILS = "/cggg/*/t*.htm"


def replica(*faults: str, count: int = 12, **changes: object) -> ReplicaPortal:
    return ReplicaPortal(notices(range(1, count + 1), **changes), faults=faults, page_size=5)


def paths(portal: ReplicaPortal) -> list[str]:
    return [request.path for request in portal.requests]


def whole(done: Crawl) -> Crawl:
    """What holds for every crawl, however it ended."""
    assert done.code == (0 if all(c.state in ("ok", "empty") for c in done.result.channels) else 1)
    return sound(done)


def sound(done: Crawl) -> Crawl:
    result = done.result
    assert result.reconciled
    assert result.pages == len(done.pages)
    for channel in result.channels:
        assert bool(channel.reason) == (channel.state != "ok")
    assert "Traceback" not in done.log, done.log
    return done


def test_a_quiet_portal() -> None:
    with replica() as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert (channel.state, channel.rows, channel.fetched, channel.unfetched) == ("ok", 12, 12, 0)
    assert done.result.requests == 3 + 12
    assert paths(portal)[0] == "/robots.txt"
    assert paths(portal).count("/robots.txt") == 1
    assert sorted(done.keys) == [str(27_000_000 + n) for n in range(1, 13)]
    page = done.pages[0]
    assert page.row.facts["title"] in page.body.decode()
    assert page.fetched_at == NOON
    assert page.etag
    assert page.last_modified


Told = dict[str, tuple[Crawl, list[str]]]
"""By fault: what the crawl said, and what the replica was asked for."""

BLOCK_PAGES = {
    "captcha": "blocked page 频繁访问",
    "captcha=old": "blocked page 安全验证",
    "busy": "blocked page at serverisbusy",
    "login": "login page 用户登录",
    "redirect-login": "login page at /login",
    "maintenance": "maintenance page 系统维护",
}
REFUSING = {
    "429=120": 120,
    "429": None,
    "429=soon": None,
    "429=31536000": 86400,
    "429=Fri, 20 Nov 2026 05:00:00 GMT": 3600,
    "403": None,
    "412": None,
    "521=60": 60,
}
MOVED = ["redirect", "redirect=301:http://moved.example.cn/new", "meta-refresh"]
PRIVATE = [
    f"redirect={target}"
    for target in (
        "http://169.254.169.254/latest/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://0177.0.0.1/",
        "http://100.64.0.1/",
        "http://user@127.0.0.1/",
        "http://a\\@b/",
        "file:///etc/passwd",
    )
]
ROBOTS = {
    "robots=403": ("failed", "robots.txt unreadable: HTTP 403"),
    "robots=503": ("failed", "robots.txt unreadable: HTTP 503"),
    "robots=html": ("failed", "robots.txt unreadable: HTML in place of rules"),
    "robots=huge": ("failed", "robots.txt unreadable: unpacks to more than the limit"),
    "robots=disallow": ("blocked", "robots.txt forbids it"),
    "robots=410": ("ok", ""),
    "robots=gbk": ("ok", ""),
    "robots=allow": ("ok", ""),
}
ENCODINGS = ["gbk-as-utf8", "utf8-as-gbk", "gb18030-as-gb2312", "no-charset", "bom"]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A crawl of a replica with each of these faults on every page."""
    faults = [*BLOCK_PAGES, *REFUSING, *MOVED, *PRIVATE, *ROBOTS, *ENCODINGS]
    with ExitStack() as stack:
        portals = {name: stack.enter_context(ReplicaPortal(notices(range(1, 4)))) for name in faults}
        for name, portal in portals.items():
            fault, _, arg = name.partition("=")
            portal.set_fault(fault, arg=arg)
        done = crawl_together(portals, tmp_path_factory.mktemp("crawls"))
        return {name: (sound(done[name]), paths(portal)) for name, portal in portals.items()}


# -- 1


def test_h01_zero_rows_where_rows_are_usual_is_suspect() -> None:
    with replica("zero-rows") as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "suspect"
    assert channel.reason == f"0 rows where at least 1 are usual on {LIST}"
    assert channel.evidence is not None
    assert not done.pages


def test_h01_zero_rows_where_that_is_normal_is_empty() -> None:
    with replica() as portal:
        done = whole(crawl(portal, channels=["zygg-yqzbgg"]))
    assert done.channel("zygg-yqzbgg").state == "empty"
    assert done.code == 0


# -- 2 and 3


@pytest.mark.parametrize("fault", BLOCK_PAGES)
def test_h02_a_refusal_with_200_is_blocked_and_the_host_is_left_alone(told: Told, fault: str) -> None:
    done, asked = told[fault]
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "blocked"
    assert channel.reason.startswith(BLOCK_PAGES[fault])
    assert channel.evidence is not None
    assert not done.pages
    assert asked == ["/robots.txt", LIST]  # nothing tries to pass it


def test_h02_a_refusal_among_the_details_keeps_what_was_read_and_names_the_rest() -> None:
    with replica(f"captcha@{DETAILS}+4") as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "blocked"
    assert len(done.pages) == 4
    assert channel.unfetched == 8
    assert {line.why for line in done.listed} == {"refused"}
    assert {line.row.key for line in done.listed} | set(done.keys) == {str(27_000_000 + n) for n in range(1, 13)}


@pytest.mark.parametrize("fault", REFUSING)
def test_h03_a_refusing_status_is_blocked_at_once(told: Told, fault: str) -> None:
    done, asked = told[fault]
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "blocked"
    assert channel.reason == f"HTTP {fault[:3]} on {LIST}"
    assert channel.retry_after_s == REFUSING[fault]
    assert asked == ["/robots.txt", LIST]  # no retry


def test_h03_the_other_channels_say_why_they_were_not_read() -> None:
    with replica("429=120") as portal:
        done = whole(crawl(portal, channels=None))
    assert len(done.result.channels) == 28
    assert {c.state for c in done.result.channels} == {"blocked"}
    assert {c.retry_after_s for c in done.result.channels} == {120}
    asked = len({path for path in paths(portal) if "index" in path or path.endswith("/")})
    # How many had gone out before the first answer depends on the machine; every other one says it was not asked.
    assert sum("not asked" in c.reason for c in done.result.channels) == 28 - asked
    assert all(c.reason for c in done.result.channels)


# -- 4 and 8: each channel of one crawl has its own fault

BROKEN = {
    "jzxtpgg": ("500", "HTTP 500 after 2 retries", 3),
    "xjgg": ("empty", "HTTP 200 with an empty body", 1),
    "gkzb": ("truncated", "the page is cut short after 2 retries", 3),
    "jzxcs": ("cut-gzip", "the page is cut short after 2 retries", 3),
    "zbgg": ("reset=body", "the page is cut short after 2 retries", 3),
    "cjgg": ("big", "larger than the limit of 20 MB", 1),
    "gzgg": ("endless", "larger than the limit of 20 MB", 1),
    "fblbgg": ("length", "larger than the limit of 20 MB", 1),
    "dylygg": ("bomb", "unpacks to more than the limit of 20 MB", 1),
    "qtgg": ("deflate-bomb", "unpacks to more than the limit of 20 MB", 1),
    "zgysgg": ("layout", "the list is missing", 1),
    "yqzbgg": ("redirect-loop", "redirected in a circle (HTTP 302)", 6),
}


def test_h04_h08_faults_of_one_list_are_named_and_the_other_lists_go_on() -> None:
    faults = [f"{fault}@/cggg/dfgg/{code}/index.htm*" for code, (fault, _, _) in BROKEN.items()]
    with replica(*faults, area="zygg") as portal:
        channels = [f"dfgg-{code}" for code in BROKEN] + ["zygg-gkzb"]
        done = whole(crawl(portal, channels=channels, timeout=120))
    for code, (fault, said, sent) in BROKEN.items():
        channel = done.channel(f"dfgg-{code}")
        assert (channel.state, fault) == ("failed", fault)
        assert channel.reason.startswith(said), channel.reason
        assert len(channel.missing) == 1
        assert sum(path.startswith(f"/cggg/dfgg/{code}/") for path in paths(portal)) == sent
    assert done.channel("zygg-gkzb").state == "ok"
    assert len(done.pages) == 12
    memory = re.search(r"memusage/max': (\d+)", done.log)
    assert memory is not None
    assert int(memory[1]) < 320 << 20  # the program, and ten bodies of up to 20 MB side by side


def test_h04_a_list_that_recovers_is_read() -> None:
    with replica(f"503@{LIST}#1", f"reset@{DETAILS}#2") as portal:
        done = whole(crawl(portal))
    assert done.channel("dfgg-gkzb").state == "ok"
    assert len(done.pages) == 12


def test_h04_a_server_that_asks_to_wait_is_not_asked_again() -> None:
    with replica("503=600") as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert (channel.state, channel.retry_after_s) == ("failed", 600)
    assert paths(portal) == ["/robots.txt", LIST]


def test_h04_an_unreachable_portal() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = whole(crawl(f"http://127.0.0.1:{port}"))
    assert done.channel("dfgg-gkzb").state == "failed"
    assert "robots.txt unreadable: connection refused" in done.channel("dfgg-gkzb").reason


def test_h04_one_broken_notice_never_stops_the_others() -> None:
    keys = {n: f"/cggg/*_270000{n:02}.htm" for n in range(1, 13)}
    with replica(
        f"500@{keys[1]}",
        f"empty@{keys[2]}",
        f"big@{keys[3]}",
        f"cut-gzip@{keys[4]}",
        f"redirect@{keys[5]}",
        f"meta-refresh@{keys[6]}",
        f"404@{keys[7]}",
    ) as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "partial"
    assert sorted(int(k) - 27_000_000 for k in done.keys) == [8, 9, 10, 11, 12]
    told = {int(line.row.key) - 27_000_000: (line.why, line.detail.split(" at ")[0]) for line in done.listed}
    assert told == {
        1: ("unreadable", "HTTP 500 after 2 retries"),
        2: ("unreadable", "HTTP 200 with an empty body"),
        3: ("unreadable", "larger than the limit of 20 MB"),
        4: ("unreadable", "the page is cut short after 2 retries"),
        5: ("off-site", "redirected (HTTP 302) to another host: moved.example.cn"),
        6: ("off-site", "sent (meta refresh) to another host: moved.example.cn"),
        7: ("unreadable", "HTTP 404"),
    }
    assert len(channel.missing) == 6


def test_too_many_unreadable_notices_are_suspect() -> None:
    with replica(f"empty@{DETAILS}") as portal:
        done = whole(crawl(portal))
    assert done.channel("dfgg-gkzb").state == "suspect"
    assert "12 of 12 notices are unreadable" in done.channel("dfgg-gkzb").reason


# -- 5 and 6


@pytest.mark.parametrize("fault", MOVED)
def test_h05_a_portal_that_moved_is_named_with_its_new_host(told: Told, fault: str) -> None:
    done, asked = told[fault]
    channel = done.channel("dfgg-gkzb")
    assert (channel.state, channel.moved_to) == ("failed", "moved.example.cn")
    assert not done.pages
    assert asked == ["/robots.txt", LIST]


def test_a_redirect_within_the_portal_is_followed() -> None:
    with replica(f"redirect=/cggg/dfgg/gkzb/@{LIST}") as portal:
        done = whole(crawl(portal))
    assert done.channel("dfgg-gkzb").state == "ok"
    assert done.result.requests == 4 + 12
    assert len(done.pages) == 12


@pytest.mark.parametrize("fault", PRIVATE)
def test_h06_a_redirect_into_the_own_network_is_refused(told: Told, fault: str) -> None:
    done, asked = told[fault]
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "failed"
    assert "to an address that is never fetched" in channel.reason
    assert asked == ["/robots.txt", LIST]


def test_h06_a_row_that_leads_into_the_own_network_is_refused_and_named() -> None:
    with replica("redirect-private@/cggg/*_27000003.htm") as portal:
        done = whole(crawl(portal))
    (line,) = done.listed
    assert (line.why, line.row.key) == ("refused", "27000003")
    assert done.channel("dfgg-gkzb").state == "partial"
    assert len(done.pages) == 11


def test_h06_a_name_that_resolves_to_a_private_address_is_refused_as_it_connects(tmp_path: Path) -> None:
    name = socket.gethostname()
    try:
        address = socket.gethostbyname(name)
    except OSError:
        pytest.skip("this machine's own name does not resolve")
    if forbidden_address(address) is None or "." in name.rpartition(".")[2] or not re.fullmatch(r"[a-z0-9.-]+", name):
        pytest.skip("this machine's own name is public or unusual")
    portal = yaml.safe_load((ROOT / "config" / "portals" / "ccgp.yaml").read_text("utf-8"))
    portal.update(id="near", base_url=f"http://{name}", hosts=[], channels=portal["channels"][:1])
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "near.yaml").write_text(yaml.safe_dump(portal, allow_unicode=True), "utf-8")
    done = whole(crawl(None, portal_id="near", channels=None, home=tmp_path))
    (channel,) = done.result.channels
    assert channel.state == "failed"
    assert f"{name} resolves to {address}, a " in channel.reason


# -- 7


@pytest.mark.parametrize("fault", ROBOTS)
def test_h07_robots(told: Told, fault: str) -> None:
    done, asked = told[fault]
    channel, (state, said) = done.channel("dfgg-gkzb"), ROBOTS[fault]
    assert channel.state == state
    assert channel.reason.startswith(said)
    assert (LIST in asked) == (state == "ok")
    assert asked.count("/robots.txt") == (3 if fault == "robots=503" else 1)


# -- 9


@pytest.mark.parametrize("fault", ENCODINGS)
def test_h09_lists_are_read_in_whatever_encoding_and_bodies_kept_as_they_came(told: Told, fault: str) -> None:
    done, _ = told[fault]
    assert done.channel("dfgg-gkzb").state == "ok"
    assert {p.row.facts["title"] for p in done.pages} == {
        f"示例县第{n}小学课桌椅采购项目公开招标公告" for n in (1, 2, 3)
    }
    assert all("\ufffd" not in p.row.facts["buyer"] for p in done.pages)
    codec = "utf-8" if fault in ("utf8-as-gbk", "bom") else "gb18030"
    assert all(p.row.facts["title"] in p.body.decode(codec) for p in done.pages)


# -- 10 and 11


def test_h10_a_repeated_page_ends_paging_and_is_partial() -> None:
    with replica("repeat@/cggg/dfgg/gkzb/index_*") as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "partial"
    assert "page 2 repeats page 1" in channel.reason
    assert len(done.pages) == 5
    assert sum(path.startswith("/cggg/dfgg/gkzb/index") for path in paths(portal)) == 2


def test_h10_a_later_page_that_fails_is_partial_and_names_it() -> None:
    with replica("500@/cggg/dfgg/gkzb/index_1.htm") as portal:
        done = whole(crawl(portal))
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "partial"
    assert channel.missing == (f"{portal.base_url}/cggg/dfgg/gkzb/index_1.htm",)
    assert len(done.pages) == 5


def test_h11_rows_pushed_to_the_next_page_while_reading_are_taken_once() -> None:
    with replica("shift=2") as portal:
        done = whole(crawl(portal))
    assert done.channel("dfgg-gkzb").state == "ok"
    assert sorted(done.keys) == [str(27_000_000 + n) for n in range(1, 13)]


def test_h11_rows_lost_between_two_pages_are_found_by_the_deep_poll() -> None:
    recent = range(980, 1000)
    with ReplicaPortal(notices(recent), faults=["shift=-2"], page_size=5) as portal:
        first = whole(crawl(portal))
        lost = {str(27_000_000 + n) for n in recent} - set(first.keys)
        assert lost
        portal.clear_faults()
        quick = whole(crawl(portal, known=first.known()))
        deep = whole(crawl(portal, known=first.known(), mode="deep"))
    assert quick.result.requests == 1
    assert set(deep.keys) == lost


# -- 12 and 13


def test_h12_our_clock_counts_and_theirs_is_kept_apart() -> None:
    future = notices([1, 2, 3], published=NOON + timedelta(days=400))
    with ReplicaPortal(future) as portal:
        done = whole(crawl(portal, mode="deep"))
    assert {page.fetched_at for page in done.pages} == {NOON}
    assert all(page.row.facts["published"].startswith("2027") for page in done.pages)


def test_h13_four_hundred_rows_after_an_outage_are_all_taken() -> None:
    with ReplicaPortal(notices(range(1, 21)), page_size=20) as portal:
        before = whole(crawl(portal))
        portal.add(*notices(range(21, 421)))
        after = whole(crawl(portal, known=before.known()))
    assert len(after.pages) == 400
    assert not set(after.keys) & set(before.keys)
    assert after.channel("dfgg-gkzb").state == "ok"


# -- The line itself


def test_two_crawls_of_one_portal_say_the_same() -> None:
    with replica() as portal:
        first, second = crawl(portal), crawl(portal)
    rows = [sorted((p.row.key, p.row.row_hash, p.packed) for p in done.pages) for done in (first, second)]
    assert rows[0] == rows[1]


def test_a_reader_that_goes_away_ends_the_crawl() -> None:
    with replica("drip=0.1@*/t2*", count=200) as portal:
        child = subprocess.Popen(
            [sys.executable, "-m", "crawler", "crawl", "ccgp", "--base-url", portal.base_url],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
        )
        assert child.stdout is not None
        assert child.stderr is not None
        assert json.loads(child.stdout.readline())["type"] == "page"
        child.stdout.close()
        log = child.stderr.read().decode()
        assert child.wait(30) == 1
    assert "nobody reads our lines" in log
    assert "BrokenPipeError" not in log
    assert len(paths(portal)) < 28 + 200
