"""The URL gate: what an outsider can write into a link never makes this machine talk to its own network."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import Gate, Refused, absolute, canonical_key, forbidden_address, is_loopback, origin, swapped

GATE = Gate(frozenset({"www.ccgp.gov.cn", "*.zcygov.cn"}))


def refused(url: str, gate: Gate = GATE) -> Refused:
    with pytest.raises(Refused) as caught:
        gate.check(url)
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "https://www.ccgp.gov.cn/cggg/dfgg/gkzb/index.htm",
        "http://www.ccgp.gov.cn:80/a?b=c#d",
        "https://oss.zj.zcygov.cn/1/附件%201.pdf",
        "HTTPS://WWW.CCGP.GOV.CN/",
    ],
)
def test_the_portals_own_addresses_pass(url: str) -> None:
    assert GATE.check(url) == url


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://www.ccgp.gov.cn/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("//www.ccgp.gov.cn/", "scheme"),
        ("http://127.0.0.1/", "address"),
        ("http://169.254.169.254/latest/", "address"),
        ("http://100.64.0.1/", "address"),
        ("http://[::1]/", "address"),
        ("http://[::ffff:127.0.0.1]/", "address"),
        ("http://2130706433/", "address"),
        ("http://0177.0.0.1/", "form"),
        ("http://0x7f.1/", "address"),
        ("http://127.1/", "address"),
        ("http://10.0.0.1/", "address"),
        ("http://0.0.0.0/", "address"),
        ("http://224.0.0.1/", "address"),
        ("http://localhost/", "address"),
        ("http://metadata.google.internal/", "address"),
        ("http://www.ccgp.gov.cn@127.0.0.1/", "userinfo"),
        ("http://user:secret@www.ccgp.gov.cn/", "userinfo"),
        ("http://a\\@www.ccgp.gov.cn/", "form"),
        ("http://www.ccgp.gov.cn\\@evil.example/", "form"),
        ("http://www.ccgp.gov.cn /", "form"),
        ("http://www.ccgp.gov.cn/\r\nHost: evil", "form"),
        ("http://www.ccgp.gov.cn/\u202egnp.exe", "form"),
        ("http://www.ccgp.gov.cn:99999/", "form"),
        ("http://www.ccgp.gov.cn:22/", "port"),
        ("http://www.ccgp.gov.cn.evil.example/", "host"),
        ("http://zcygov.cn.evil.example/", "host"),
        ("http://evilzcygov.cn/", "host"),
        ("http://8.8.8.8/", "host"),
        ("http://" + "a" * 3000 + "/", "form"),
    ],
)
def test_h06_addresses_that_are_refused(url: str, fault: str) -> None:
    assert refused(url).fault == fault


@pytest.mark.parametrize(
    "url", ["http://www.ссgp.gov.cn/", "http://www。ccgp.gov.cn/", "http://１２７.0.0.1/", "http://ⓦww.ccgp.gov.cn/"]
)
def test_h06_a_lookalike_host_is_never_the_portals(url: str) -> None:
    assert refused(url).fault in {"host", "form", "address"}


def test_a_long_address_is_shortened_in_the_message() -> None:
    assert len(str(refused("http://evil.example/" + "x" * 1000))) < 400


def test_the_gate_of_a_replica_lets_the_replica_through_and_nothing_else() -> None:
    gate = Gate(frozenset(), loopback="127.0.0.1:8000")
    assert gate.check("http://127.0.0.1:8000/cggg/")
    assert refused("http://127.0.0.1:8001/", gate).fault == "address"
    assert refused("http://169.254.169.254/", gate).fault == "address"
    assert refused("http://www.ccgp.gov.cn/", gate).fault == "host"


def test_a_portal_on_a_port_of_its_own() -> None:
    gate = Gate(frozenset({"zb.example.cn"}), frozenset({8443}))
    assert gate.check("https://zb.example.cn:8443/")
    assert refused("https://zb.example.cn:8080/", gate).fault == "port"


@given(st.ip_addresses())
def test_every_address_is_either_public_or_forbidden(ip: object) -> None:
    address = ip_address(str(ip))
    if forbidden_address(str(ip)) is None:
        assert address.is_global
        assert not any((address.is_multicast, address.is_reserved, address.is_loopback, address.is_private))


@given(st.ip_addresses(v=4, network="127.0.0.0/8"), st.sampled_from(["", "dec", "oct", "hex", "mapped"]))
def test_h06_loopback_in_any_spelling_is_refused(ip: object, spelling: str) -> None:
    number, parts = int(ip_address(str(ip))), str(ip).split(".")
    host = {
        "": str(ip),
        "dec": str(number),
        "oct": ".".join(f"0{int(p):o}" for p in parts),
        "hex": hex(number),
        "mapped": f"[::ffff:{ip}]",
    }[spelling]
    assert refused(f"http://{host}/").fault in {"address", "form"}


@given(st.text(max_size=40), st.text(max_size=20))
def test_whatever_passes_really_leads_to_a_host_of_the_portal(host: str, path: str) -> None:
    """What passes has the portal's host in the eyes of the parser that connects, and resolves to no other."""
    for url in (f"http://{host}/{path}", f"http://www.ccgp.gov.cn{host}/{path}", f"{host}://www.ccgp.gov.cn/{path}"):
        try:
            GATE.check(url)
        except Refused:
            continue
        parts = urlsplit(url)
        assert parts.scheme in {"http", "https"}
        assert GATE.allows(parts.hostname or "")
        assert parts.username is None


@given(st.text())
def test_the_gate_answers_or_refuses_but_never_breaks(url: str) -> None:
    try:
        passed = GATE.check(url)
    except Refused:
        return
    assert passed == url


@given(st.text(max_size=60))
def test_a_printed_link_becomes_one_the_gate_can_judge(href: str) -> None:
    try:
        passed = GATE.check(absolute("https://www.ccgp.gov.cn/cggg/", href))
    except Refused:
        return
    assert passed.isascii()


def test_links_as_portals_print_them() -> None:
    base = "http://www.ccgp.gov.cn/cggg/dfgg/gkzb/index_3.htm"
    assert absolute(base, " ./202609/t1.htm\n") == "http://www.ccgp.gov.cn/cggg/dfgg/gkzb/202609/t1.htm"
    assert absolute(base, "../../zygg/t1.htm") == "http://www.ccgp.gov.cn/cggg/zygg/t1.htm"
    assert absolute(base, "/附件.pdf") == "http://www.ccgp.gov.cn/%E9%99%84%E4%BB%B6.pdf"
    assert absolute(base, "a%20b.htm").endswith("/a%20b.htm")


def test_h16_sessions_counters_and_timestamps_are_no_part_of_a_key() -> None:
    plain = canonical_key("https://zb.example.cn/detail?id=77&type=2")
    for other in (
        "http://zb.example.cn/detail;jsessionid=A1B2?type=2&id=77&_t=1732180000",
        "https://zb.example.cn:443/detail?id=77&type=2&token=abc#top",
        "https://mirror.example.cn/detail?rand=0.77&id=77&type=2",
    ):
        assert canonical_key(other) == plain
    assert canonical_key("https://zb.example.cn/detail?id=78&type=2") != plain


def test_a_replica_has_the_same_paths() -> None:
    there = swapped("https://www.ccgp.gov.cn/cggg/dfgg/index.htm?a=1", "http://127.0.0.1:8000")
    assert there == "http://127.0.0.1:8000/cggg/dfgg/index.htm?a=1"
    assert origin(there) == "127.0.0.1:8000"
    assert is_loopback("127.0.0.1")
    assert is_loopback("localhost")
    assert not is_loopback(socket.gethostname() + ".example")
