"""Every fault can be seen from outside, strikes where and as often as it was told, and is documented."""

import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import brotli  # type: ignore[import-untyped]  # ships no types
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsel import Selector

import demo.faults
import demo.portal
from demo import notices
from demo.faults import FAULTS, MEGABYTE, NUMBERS, Fault
from demo.portal import ReplicaPortal

TODAY = date(2026, 11, 23)
MANY = notices.many(90, TODAY)
LIST = "/cggg/dfgg/gkzb/index.htm"
DETAIL = MANY[0].path


@pytest.fixture
def portal() -> Iterator[ReplicaPortal]:
    with ReplicaPortal(MANY) as running:
        yield running


@pytest.fixture
def web(portal: ReplicaPortal) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=portal.base_url, timeout=5) as client:
        yield client


def raw(portal: ReplicaPortal, path: str, limit: int = 1 << 22) -> bytes:
    """What the wire carries for one request, until the declared length is reached, the connection ends, or `limit`."""
    with socket.create_connection((portal.host, portal.port), timeout=5) as line:
        line.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        received = b""
        while len(received) < limit and (part := line.recv(65536)):
            received += part
            head, _, body = received.partition(b"\r\n\r\n")
            declared = re.search(rb"Content-Length: (\d+)", head)
            if declared and len(body) >= int(declared[1]):
                break
    return received


def rows(answer: httpx.Response) -> list[str]:
    return Selector(answer.text).css("ul.c_list_bid a::attr(href)").getall()


@pytest.mark.parametrize("name", ["403", "412", "429", "500", "502", "503", "504", "521"])
def test_h03_refusals_carry_retry_after_only_when_told(portal: ReplicaPortal, web: httpx.Client, name: str) -> None:
    portal.set_fault(name, times=1)
    portal.set_fault(name, arg="Wed, 25 Nov 2026 08:00:00 GMT", times=1)
    bare, told = web.get(LIST), web.get(LIST)
    assert bare.status_code == told.status_code == int(name)
    assert "retry-after" not in bare.headers
    assert told.headers["retry-after"] == "Wed, 25 Nov 2026 08:00:00 GMT"
    assert web.get(LIST).status_code == 200


@pytest.mark.parametrize(
    ("name", "arg", "mark"),
    [
        ("captcha", "", "<title>频繁访问!中国政府采购网</title>"),
        ("captcha", "old", "<title>安全验证</title>"),
        ("login", "", 'type="password"'),
        ("maintenance", "", "系统升级维护中"),
        ("empty", "", ""),
    ],
)
def test_h02_pages_that_are_no_notice_come_with_200(
    portal: ReplicaPortal, web: httpx.Client, name: str, arg: str, mark: str
) -> None:
    portal.set_fault(name, arg=arg)
    answer = web.get(DETAIL)
    assert answer.status_code == 200
    assert mark in answer.text
    assert "vF_detail_content" not in answer.text
    assert (answer.content == b"") == (name == "empty")


def test_a_busy_portal_sends_its_visitors_to_the_block_page(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("busy", path=LIST)
    answer = web.get(LIST)
    assert (answer.status_code, answer.headers["location"]) == (302, "/serverisbusy.html")
    assert "访问过于频繁" in web.get("/serverisbusy.html").text


def test_h04_a_truncated_body_keeps_its_full_length(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("truncated")
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        web.get(DETAIL)
    wire = raw(portal, DETAIL)
    declared = int(wire.split(b"Content-Length: ")[1].split(b"\r\n")[0])
    assert len(wire.split(b"\r\n\r\n", 1)[1]) == declared // 2


def test_h04_a_cut_gzip_body_looks_complete_until_it_is_unpacked(portal: ReplicaPortal, web: httpx.Client) -> None:
    whole = web.get(DETAIL).content
    portal.set_fault("cut-gzip")
    head, body = raw(portal, DETAIL).split(b"\r\n\r\n", 1)
    assert b"Content-Encoding: gzip" in head
    assert f"Content-Length: {len(body)}".encode() in head
    unpacker = zlib.decompressobj(wbits=31)
    half = unpacker.decompress(body)
    assert not unpacker.eof
    assert whole.startswith(half)


@pytest.mark.parametrize("arg", ["", "body"])
def test_h04_the_connection_is_reset(portal: ReplicaPortal, web: httpx.Client, arg: str) -> None:
    portal.set_fault("reset", arg=arg)
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        web.get(DETAIL)


@pytest.mark.parametrize(
    ("name", "coding", "unpack"),
    [
        ("bomb", "gzip", lambda packed: zlib.decompress(packed, wbits=31)),
        ("deflate-bomb", "deflate", zlib.decompress),
        ("br-bomb", "br", brotli.decompress),
    ],
)
def test_h08_a_bomb_is_small_on_the_wire_and_huge_inside(
    portal: ReplicaPortal, name: str, coding: str, unpack: Callable[[bytes], bytes]
) -> None:
    portal.set_fault(name, arg="8")
    with httpx.stream("GET", portal.base_url + DETAIL) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == coding
    assert len(packed) < MEGABYTE // 20
    assert unpack(packed) == b" " * (8 * MEGABYTE)


def test_h08_a_big_page_is_as_big_as_asked(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("big", arg="3")
    answer = web.get(DETAIL)
    assert 2.9 * MEGABYTE < len(answer.content) < 3.1 * MEGABYTE
    assert answer.text.endswith("</html>")


def test_h08_an_endless_body_goes_on_and_on(portal: ReplicaPortal) -> None:
    portal.set_fault("endless")
    wire = raw(portal, DETAIL, limit=2 * MEGABYTE)
    assert b"Transfer-Encoding: chunked" in wire
    assert len(wire) >= 2 * MEGABYTE


def test_h08_a_length_that_lies_leaves_the_client_waiting(portal: ReplicaPortal) -> None:
    portal.set_fault("length")
    with socket.create_connection((portal.host, portal.port), timeout=0.5) as line:
        line.sendall(f"GET {DETAIL} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = line.recv(65536)
        while b"</html>" not in received:
            received += line.recv(65536)
        with pytest.raises(TimeoutError):
            line.recv(1)
    assert b"Content-Length: 1073741824" in received


def test_h08_slow_answers_and_dripping_bodies(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("slow", arg="0.3", times=1)
    portal.set_fault("drip", arg="0.001", times=1)
    start = time.monotonic()
    assert web.get(DETAIL).status_code == 200
    assert time.monotonic() - start >= 0.3
    sizes = []
    with web.stream("GET", DETAIL) as answer:
        sizes = [len(part) for part in answer.iter_raw()]
    assert len(sizes) > 5


@pytest.mark.parametrize(
    ("name", "codec", "label"),
    [
        ("gbk-as-utf8", "gbk", "utf-8"),
        ("utf8-as-gbk", "utf-8", "gbk"),
        ("gb18030-as-gb2312", "gb18030", "gb2312"),
        ("no-charset", "gbk", None),
        ("bom", "utf-8-sig", "utf-8"),
    ],
)
def test_h09_bytes_and_labels_disagree(
    portal: ReplicaPortal, web: httpx.Client, name: str, codec: str, label: str | None
) -> None:
    portal.set_fault(name)
    answer = web.get(DETAIL)
    words = answer.content.decode(codec)
    assert MANY[0].title in words
    said = f"charset={label}" if label else "charset="
    assert (said in answer.headers["content-type"]) == (label is not None)
    assert (said in words) == (label is not None)


def test_a_changed_layout_has_no_list_container_but_still_the_rows(portal: ReplicaPortal, web: httpx.Client) -> None:
    honest = web.get(LIST)
    portal.set_fault("layout")
    assert rows(web.get(LIST)) == []
    links = Selector(web.get(LIST).text).css("li > a::attr(href)").getall()
    assert set(rows(honest)) < set(links)
    assert "vF_detail_content" in web.get(DETAIL).text
    portal.set_fault("layout", path="*/t2*.htm")
    assert 'class="vF_detail_content"' not in web.get(DETAIL).text


def test_h01_zero_rows_leave_the_container_empty(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("zero-rows", times=2)
    html = Selector(web.get(LIST).text)
    assert html.css("ul.c_list_bid")
    assert not html.css("ul.c_list_bid > li")
    assert Selector(web.get("/zydwplcg/zy/zyzb/").text).css("ul.ulst")
    assert len(rows(web.get(LIST))) == 20


def test_h10_the_second_page_repeats_the_first(portal: ReplicaPortal, web: httpx.Client) -> None:
    first, second = rows(web.get(LIST)), rows(web.get("/cggg/dfgg/gkzb/index_1.htm"))
    assert not set(first) & set(second)
    portal.set_fault("repeat")
    assert rows(web.get("/cggg/dfgg/gkzb/index_1.htm")) == first


def test_h11_rows_shift_between_pages(portal: ReplicaPortal, web: httpx.Client) -> None:
    """With new rows on top the pages overlap and still hold everything; with rows taken away some are skipped."""
    honest = rows(web.get("/cggg/dfgg/")) + [
        row for n in range(1, 5) for row in rows(web.get(f"/cggg/dfgg/index_{n}.htm"))
    ]
    assert len(honest) == 90
    shifting = portal.set_fault("shift", arg="3")
    first, second = rows(web.get("/cggg/dfgg/")), rows(web.get("/cggg/dfgg/index_1.htm"))
    assert first[-3:] == second[:3]
    seen, n = set(first) | set(second), 2
    while (answer := web.get(f"/cggg/dfgg/index_{n}.htm")).status_code == 200:
        seen |= set(rows(answer))
        n += 1
    assert seen == set(honest)
    assert shifting.hits == n + 1
    portal.clear_faults()
    portal.set_fault("shift", arg="-2")
    assert rows(web.get("/cggg/dfgg/index_1.htm"))[0] == honest[22]


def test_h05_the_portal_moved(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("redirect", times=1)
    portal.set_fault("redirect", arg="301:http://new.example.cn/x", times=1)
    portal.set_fault("meta-refresh", times=1)
    answers = [web.get(LIST) for _ in range(3)]
    assert [a.status_code for a in answers] == [302, 301, 200]
    assert answers[0].headers["location"] == "http://moved.example.cn" + LIST
    assert answers[1].headers["location"] == "http://new.example.cn/x"
    refresh = Selector(answers[2].text).css("meta[http-equiv=refresh]::attr(content)").get()
    assert refresh == f"0; url=http://moved.example.cn{LIST}"


def test_h06_redirects_into_the_private_network_and_in_circles(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("redirect-private", times=1)
    portal.set_fault("redirect-private", arg="http://2130706433/", times=1)
    assert web.get(DETAIL).headers["location"] == "http://169.254.169.254/latest/"
    assert web.get(DETAIL).headers["location"] == "http://2130706433/"
    portal.set_fault("redirect-loop")
    with pytest.raises(httpx.TooManyRedirects):
        web.get(DETAIL, follow_redirects=True)


def test_details_that_redirect_to_one_login_page(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("redirect-login", path="*/t2*")
    assert {web.get(s.path).headers["location"] for s in MANY[:3]} == {"/login"}
    assert web.get("/login").status_code == 200


@pytest.mark.parametrize("name", ["404", "410"])
def test_h15_a_withdrawn_notice_stays_in_the_list(portal: ReplicaPortal, web: httpx.Client, name: str) -> None:
    portal.set_fault(name, path=DETAIL)
    assert web.get(DETAIL).status_code == int(name)
    assert DETAIL.rsplit("/", 1)[1] in web.get("/cggg/dfgg/").text
    assert web.get(MANY[1].path).status_code == 200


def test_a_notice_without_text_keeps_its_frame(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("no-text")
    html = Selector(web.get(DETAIL).text)
    body = html.css("div.vF_detail_content_container > div.vF_detail_content")
    assert len(body) == 1
    assert "".join(body.css("::text").getall()).strip() == ""
    assert html.css("h2.tc::text").get() == MANY[0].title


def test_h14_a_view_counter_changes_the_bytes_and_nothing_else(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("counter")
    one, two = web.get(DETAIL), web.get(DETAIL)
    assert one.content != two.content
    bodies = {Selector(a.text).css("div.vF_detail_content").get() for a in (one, two)}
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("arg", "status", "words"),
    [
        ("allow", 200, "Allow: /"),
        ("disallow", 200, "Disallow: /\n"),
        ("delay", 200, "Crawl-delay: 5"),
        ("403", 403, "Forbidden"),
        ("410", 410, "错误页面"),
        ("503", 503, "Unavailable"),
        ("html", 200, "<html>"),
    ],
)
def test_h07_robots_in_all_its_forms(
    portal: ReplicaPortal, web: httpx.Client, arg: str, status: int, words: str
) -> None:
    portal.set_fault("robots", arg=arg)
    answer = web.get("/robots.txt")
    assert answer.status_code == status
    assert words in answer.text
    assert web.get(LIST).status_code == 200


def test_h07_robots_huge_and_in_gbk(portal: ReplicaPortal, web: httpx.Client) -> None:
    portal.set_fault("robots", arg="huge", times=1)
    assert len(web.get("/robots.txt").content) > 4.9 * MEGABYTE
    portal.set_fault("robots", arg="gbk", times=1)
    assert "禁止抓取" in web.get("/robots.txt").content.decode("gbk")


def test_a_fault_strikes_its_paths_after_some_and_so_often(portal: ReplicaPortal, web: httpx.Client) -> None:
    fault = portal.set_fault("503", path="/cggg/dfgg/gkzb/*", after=1, times=2)
    statuses = [web.get(LIST).status_code for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    assert fault.hits == 2
    assert web.get("/cggg/dfgg/").status_code == 200
    portal.set_fault("captcha")
    assert web.get("/robots.txt").status_code == 404, "robots.txt is struck only by name or by path"
    portal.clear_faults()
    assert rows(web.get(LIST))


@given(
    name=st.sampled_from(sorted(set(FAULTS) - {"robots", *NUMBERS})),
    arg=st.sampled_from(["", "120", "http://a.example.cn:81/x?y=1", "Wed, 25 Nov 2026 08:00:00 GMT", "-2"]),
    path=st.sampled_from([None, "/cggg/*", "*/t2026????_*.htm", "/robots.txt"]),
    times=st.none() | st.integers(0, 99),
    after=st.integers(0, 99),
)
def test_the_words_of_a_fault_are_read_back(
    name: str, arg: str, path: str | None, times: int | None, after: int
) -> None:
    words = name + (f"={arg}" if arg else "") + (f"@{path}" if path else "")
    words += (f"#{times}" if times is not None else "") + (f"+{after}" if after else "")
    assert Fault.parse(words) == Fault(name, arg, path, times, after)


@pytest.mark.parametrize(
    "words", ["", "429 please", "429@", "429#many", "robots=maybe", "teapot", "slow=soon", "big=1.5"]
)
def test_words_that_are_no_fault_are_refused(words: str) -> None:
    with pytest.raises(ValueError, match=r"NAME|write one of|there are"):
        Fault.parse(words)


def test_every_fault_is_documented() -> None:
    table = Path(demo.faults.__file__).read_text("utf-8").split('"""')[1]
    short = demo.portal.__doc__ or ""
    own = [name for name, (_, effect) in FAULTS.items() if effect.__module__ == demo.faults.__name__]
    assert own
    for name in own:  # other replicas of this run may have added theirs
        assert f"`{name}`" in table, name
        assert f"`{name}`" in short or f"`{name}[" in short or f"`{name}=" in short, name
