"""What can go wrong at a portal, as switches of the replica.

A fault is written `NAME[=ARG][@GLOB][#COUNT][+AFTER]`: it strikes paths that match GLOB (default: what its scope says),
COUNT times (default: until cleared), after the first AFTER matching requests went well. So
`429=120@/cggg/dfgg/gkzb/*#3` answers three requests below that channel with 429 and `Retry-After: 120`.

The scope `any` is every path but robots.txt, `list` every list page, `detail` every notice, `robots` robots.txt.

| name | scope | what happens |
| --- | --- | --- |
| `429` | any | 429; ARG is printed as `Retry-After` (seconds, an HTTP date or nonsense), without ARG no such header |
| `403`, `412`, `521` | any | that status with a short refusing page; ARG as above |
| `500`, `502`, `503`, `504` | any | that status with a server's error page; ARG as above |
| `404`, `410` | detail | the notice was withdrawn: the branded error page with that status |
| `captcha` | any | HTTP 200 with the 频繁访问 page; ARG `old` takes the older 安全验证 page with a captcha |
| `busy` | any | 302 to /serverisbusy.html, which answers the 频繁访问 page |
| `login` | any | HTTP 200 with a login form |
| `maintenance` | any | HTTP 200 with 系统维护 |
| `empty` | any | HTTP 200 with an empty body |
| `big` | any | HTTP 200 with a well-formed page of ARG megabytes (default 30), uncompressed |
| `endless` | any | HTTP 200, a chunked body that never ends |
| `length` | any | `Content-Length: 1 GiB`, then the true page, then silence until the client goes |
| `slow` | any | ARG seconds (default 2) before the first byte |
| `drip` | any | the body comes 64 bytes at a time, ARG seconds (default 0.05) apart |
| `truncated` | any | the full `Content-Length`, half of an uncompressed body, then the connection closes |
| `cut-gzip` | any | a gzip body cut in the middle, under a `Content-Length` that fits the cut |
| `bomb` | any | a gzip body that unpacks to ARG megabytes (default 256); `deflate-bomb` and `br-bomb` the same |
| `reset` | any | the connection is reset before any answer; ARG `body` resets in the middle of the body |
| `gbk-as-utf8` | any | GBK bytes under labels (header and meta) that say utf-8 |
| `utf8-as-gbk` | any | UTF-8 bytes under labels that say gbk |
| `gb18030-as-gb2312` | any | GB 18030 bytes under labels that say gb2312 |
| `no-charset` | any | GBK bytes without any label |
| `bom` | any | UTF-8 with a byte order mark |
| `layout` | list | the list container has another class; on details with `@…`: the body's containers have |
| `zero-rows` | list | the container is there, and empty |
| `repeat` | list | every further page is page 1 again |
| `shift` | list | ARG rows (default 3) came on top between two pages; a negative ARG: that many were taken away |
| `redirect` | any | 302 to ARG (default http://moved.example.cn plus the path), `301:http://…` with that status |
| `meta-refresh` | any | HTTP 200, an HTML page that refreshes to ARG (default as above) |
| `redirect-private` | any | 302 to ARG (default http://169.254.169.254/latest/) |
| `redirect-loop` | any | 302 between the address and `?loop=1` for ever |
| `redirect-login` | any | 302 to /login, which answers the login page |
| `no-text` | detail | a notice whose body is empty |
| `counter` | detail | a view counter and the day of today in the page: other bytes at each request, the same notice |
| `robots` | robots | ARG: `allow`, `disallow`, `delay`, `403`, `410`, `503`, `html`, `huge` (5 MB), `gbk`, `slow` |
"""

import itertools
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from typing import Literal

import brotli  # type: ignore[import-untyped]  # ships no types; comes with Scrapy, which asks portals for br

from demo import pages

Scope = Literal["any", "list", "detail", "robots"]
MEGABYTE = 1 << 20
HTML = "text/html; charset=utf-8"
MOVED = "http://moved.example.cn"


@dataclass(frozen=True)
class Reply:
    """An answer and the manner in which it is put on the wire."""

    status: int = 200
    body: bytes = b""
    """Uncompressed, unless `encoding` is set."""
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    etag: str | None = None
    modified: str | None = None
    packed: bytes | None = None
    """`body` as gzip, made once; `body` is then empty."""
    encoding: str | None = None
    """Set where `body` is already encoded: it is sent as it is."""
    plain: bool = False
    """Never compressed."""
    delay: float = 0.0
    drip: float | None = None
    cut: int | None = None
    """Only so many bytes of the body leave, then the connection closes."""
    length: int | None = None
    """A Content-Length that lies."""
    reset: bool = False
    """The connection is reset, before any byte or where `cut` says."""
    chunks: Callable[[], Iterator[bytes]] | None = None
    """A chunked body in place of `body`."""

    def content(self) -> bytes:
        return self.body if self.packed is None else zlib.decompress(self.packed, wbits=31)

    def with_body(self, body: bytes, content_type: str = HTML, encoding: str | None = None) -> "Reply":
        """The same answer with another body: its validators and compressed form no longer hold."""
        return replace(
            self, body=body, content_type=content_type, encoding=encoding, packed=None, etag=None, modified=None
        )


@dataclass(frozen=True)
class Ask:
    """What a fault may look at: the request's path and the replica's true answers."""

    path: str
    arg: str
    honest: Callable[[], Reply]
    shifted: Callable[[int], Reply]
    """The list page as it would be with so many rows more on top at each page."""
    first: Callable[[], Reply]
    """Page 1 of the list that the path belongs to."""
    hits: int
    """Requests this fault has struck, this one included."""
    today: str


Effect = Callable[[Ask], Reply]
FAULTS: dict[str, tuple[Scope, Effect]] = {}


def _fault(scope: Scope, *names: str) -> Callable[[Effect], Effect]:
    def enter(effect: Effect) -> Effect:
        for name in names:
            FAULTS[name] = (scope, effect)
        return effect

    return enter


def _text(words: str, status: int = 200) -> Reply:
    return Reply(status, words.encode())


def _elsewhere(target: str, status: int = 302) -> Reply:
    return Reply(status, headers=(("Location", target),))


def _refusal(status: int, scope: Scope, title: str) -> None:
    """A bare error page with that status; the argument becomes Retry-After."""

    def effect(ask: Ask) -> Reply:
        page = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>"
        return replace(_text(page, status), headers=(("Retry-After", ask.arg),) if ask.arg else ())

    _fault(scope, str(status))(effect)


for _status, _title in (
    (403, "Forbidden"),
    (412, "Precondition Failed"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (502, "Bad Gateway"),
    (503, "Service Temporarily Unavailable"),
    (504, "Gateway Time-out"),
    (521, "Web Server Is Down"),
):
    _refusal(_status, "any", _title)


@_fault("detail", "404")
def _withdrawn(_: Ask) -> Reply:
    return _text(pages.missing(), 404)


@_fault("detail", "410")
def _gone(_: Ask) -> Reply:
    return _text(pages.missing(), 410)


@_fault("any", "captcha")
def _captcha(ask: Ask) -> Reply:
    return _text(pages.blocked(old=ask.arg == "old"))


@_fault("any", "busy")
def _busy(_: Ask) -> Reply:
    return _elsewhere("/serverisbusy.html")


@_fault("any", "login")
def _login(_: Ask) -> Reply:
    return _text(pages.login())


@_fault("any", "maintenance")
def _maintenance(_: Ask) -> Reply:
    return _text(pages.maintenance())


@_fault("any", "empty")
def _empty(_: Ask) -> Reply:
    return Reply()


@_fault("any", "big")
def _big(ask: Ask) -> Reply:
    return Reply(body=_padding(int(ask.arg or 30) * MEGABYTE), plain=True)


@cache
def _padding(size: int) -> bytes:
    line = b"<p>" + "演示填充".encode() * 20 + b"</p>\n"
    return b"<html><body>" + line * (size // len(line)) + b"</body></html>"


@_fault("any", "endless")
def _endless(_: Ask) -> Reply:
    return Reply(chunks=lambda: itertools.repeat(b"<p>0000</p>\n" * 512), plain=True)


@_fault("any", "length")
def _length(ask: Ask) -> Reply:
    return replace(ask.honest(), plain=True, length=1 << 30)


@_fault("any", "slow")
def _slow(ask: Ask) -> Reply:
    return replace(ask.honest(), delay=float(ask.arg or 2))


@_fault("any", "drip")
def _drip(ask: Ask) -> Reply:
    return replace(ask.honest(), drip=float(ask.arg or 0.05))


@_fault("any", "truncated")
def _truncated(ask: Ask) -> Reply:
    page = ask.honest()
    return replace(page, plain=True, cut=len(page.content()) // 2)


@_fault("any", "cut-gzip")
def _cut_gzip(ask: Ask) -> Reply:
    page = ask.honest()
    packed = page.packed or _gzip(page.body)
    return page.with_body(packed[: len(packed) // 2], encoding="gzip")


def _gzip(body: bytes) -> bytes:
    return zlib.compress(body, 1, wbits=31)


@_fault("any", "bomb")
def _bomb(ask: Ask) -> Reply:
    return Reply(body=_zeros(int(ask.arg or 256), 31), encoding="gzip")


@_fault("any", "deflate-bomb")
def _deflate_bomb(ask: Ask) -> Reply:
    return Reply(body=_zeros(int(ask.arg or 256), 15), encoding="deflate")


@_fault("any", "br-bomb")
def _br_bomb(ask: Ask) -> Reply:
    return Reply(body=_brotli_blanks(int(ask.arg or 256)), encoding="br")


@cache
def _brotli_blanks(megabytes: int) -> bytes:
    packer, block = brotli.Compressor(quality=1), b" " * MEGABYTE
    return b"".join(packer.process(block) for _ in range(megabytes)) + bytes(packer.finish())


@cache
def _zeros(megabytes: int, wbits: int) -> bytes:
    """So many megabytes of blanks, compressed about a thousandfold."""
    packer, block = zlib.compressobj(9, wbits=wbits), b" " * MEGABYTE
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


@_fault("any", "reset")
def _reset(ask: Ask) -> Reply:
    if ask.arg != "body":
        return Reply(reset=True)
    page = ask.honest()
    return replace(page, plain=True, cut=len(page.content()) // 2, reset=True)


def _recode(name: str, codec: str, label: str | None) -> None:
    """Bytes in `codec` under header and meta labels that say `label`; what the codec lacks becomes `?`."""

    def effect(ask: Ask) -> Reply:
        page = ask.honest()
        words = page.content().decode()
        words = words.replace("charset=utf-8", f"charset={label}" if label else "")
        kind = f"text/html; charset={label}" if label else "text/html"
        return page.with_body(words.encode(codec, errors="replace"), content_type=kind)

    _fault("any", name)(effect)


_recode("gbk-as-utf8", "gbk", "utf-8")
_recode("utf8-as-gbk", "utf-8", "gbk")
_recode("gb18030-as-gb2312", "gb18030", "gb2312")
_recode("no-charset", "gbk", None)
_recode("bom", "utf-8-sig", "utf-8")


@_fault("list", "layout")
def _layout(ask: Ask) -> Reply:
    page, body = ask.honest(), ask.honest().content()
    for mark in (b"c_list_bid", b"ulst", b"vF_detail_content_container", b"vF_detail_content"):
        body = body.replace(b'"' + mark + b'"', b'"v6-' + mark[::-1] + b'"')
    return page.with_body(body)


@_fault("list", "zero-rows")
def _zero_rows(ask: Ask) -> Reply:
    page = ask.honest()
    rows = re.compile(rb'(<ul class="(?:c_list_bid|ulst)">).*?(</ul>)', re.DOTALL)
    return page.with_body(rows.sub(rb"\1\2", page.content()))


@_fault("list", "repeat")
def _repeat(ask: Ask) -> Reply:
    return ask.first()


@_fault("list", "shift")
def _shift(ask: Ask) -> Reply:
    return ask.shifted(int(ask.arg or 3))


@_fault("any", "redirect")
def _redirect(ask: Ask) -> Reply:
    status, target = (int(ask.arg[:3]), ask.arg[4:]) if re.match(r"3\d\d:", ask.arg) else (302, ask.arg)
    return _elsewhere(target or MOVED + ask.path, status)


@_fault("any", "meta-refresh")
def _meta_refresh(ask: Ask) -> Reply:
    return _text(pages.refresh(ask.arg or MOVED + ask.path))


@_fault("any", "redirect-private")
def _redirect_private(ask: Ask) -> Reply:
    return _elsewhere(ask.arg or "http://169.254.169.254/latest/")


@_fault("any", "redirect-loop")
def _redirect_loop(ask: Ask) -> Reply:
    path, _, query = ask.path.partition("?")
    return _elsewhere(path if query else f"{path}?loop=1")


@_fault("any", "redirect-login")
def _redirect_login(_: Ask) -> Reply:
    return _elsewhere("/login")


@_fault("detail", "no-text")
def _no_text(ask: Ask) -> Reply:
    page = ask.honest()
    body = re.compile(
        rb'(<div class="vF_detail_content">).*(</div>\n</div><!--vF_detail_content_container-->)', re.DOTALL
    )
    return page.with_body(body.sub(rb"\1\2", page.content()))


@_fault("detail", "counter")
def _counter(ask: Ask) -> Reply:
    page = ask.honest()
    seen = f'<p>浏览次数：<span id="viewCount">{ask.hits}</span> 今天是{ask.today}</p>'.encode()
    return page.with_body(page.content().replace(b"<!--vF_deail_maincontent-->", seen, 1))


ROBOTS = {
    "allow": Reply(body=b"User-agent: *\nAllow: /\n", content_type="text/plain"),
    "disallow": Reply(body=b"User-agent: *\nDisallow: /\n", content_type="text/plain"),
    "delay": Reply(body=b"User-agent: *\nCrawl-delay: 5\nDisallow: /search/\n", content_type="text/plain"),
    "403": _text("<html><body>Forbidden</body></html>", 403),
    "410": _text(pages.missing(), 410),
    "503": _text("<html><body>Service Unavailable</body></html>", 503),
    "html": _text(pages.maintenance()),
    "gbk": Reply(body="# 禁止抓取\nUser-agent: *\nDisallow: /admin/\n".encode("gbk"), content_type="text/plain"),
}


@_fault("robots", "robots")
def _robots(ask: Ask) -> Reply:
    if ask.arg == "huge":
        line = b"Disallow: /0000000000/\n"
        return Reply(body=b"User-agent: *\n" + line * (5 * MEGABYTE // len(line)), content_type="text/plain")
    if ask.arg == "slow":
        return replace(ROBOTS["allow"], delay=30)
    return ROBOTS[ask.arg]


NUMBERS: dict[str, type[int] | type[float]] = {
    "slow": float,
    "drip": float,
    "big": int,
    "bomb": int,
    "deflate-bomb": int,
    "br-bomb": int,
    "shift": int,
}
"""Faults whose argument is a number."""


@dataclass
class Fault:
    """One switch, on. Counts down by itself; `hits` says how many requests it has struck."""

    name: str
    arg: str = ""
    path: str | None = None
    """A glob over the path, query included."""
    times: int | None = None
    after: int = 0
    hits: int = 0
    passed: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"unknown fault {self.name!r}; there are: {', '.join(sorted(FAULTS))}")
        if self.name == "robots" and self.arg not in {*ROBOTS, "huge", "slow"}:
            raise ValueError(f"robots={self.arg}: write one of {', '.join(ROBOTS)}, huge, slow")
        kind = NUMBERS.get(self.name)
        if kind and self.arg:
            try:
                kind(self.arg)
            except ValueError:
                raise ValueError(f"{self.name}={self.arg}: NAME=ARG wants a number, e.g. {self.name}=2") from None

    @classmethod
    def parse(cls, words: str) -> "Fault":
        """From `NAME[=ARG][@GLOB][#COUNT][+AFTER]`. ValueError names the words it cannot read."""
        shape = (
            r"(?P<name>[\w-]+)(?:=(?P<arg>.*?))?(?:@(?P<path>[*/][^@#+]*))?(?:#(?P<times>\d+))?(?:\+(?P<after>\d+))?"
        )
        match = re.fullmatch(shape, words)
        if match is None:
            raise ValueError(f"{words!r} is not NAME[=ARG][@GLOB][#COUNT][+AFTER], such as 429=120@/cggg/*#3")
        times = match["times"]
        return cls(
            match["name"], match["arg"] or "", match["path"], int(times) if times else None, int(match["after"] or 0)
        )

    @property
    def spent(self) -> bool:
        return self.times is not None and self.hits >= self.times

    def strikes(self, path: str, scope: Scope) -> bool:
        """Whether it is this fault's turn; counts the request."""
        wanted = FAULTS[self.name][0]
        if self.path is not None:
            meant = fnmatchcase(path, self.path)
        else:
            meant = scope != "robots" if wanted == "any" else scope == wanted
        if self.spent or not meant:
            return False
        if self.passed < self.after:
            self.passed += 1
            return False
        self.hits += 1
        return True

    def reply(self, ask: Ask) -> Reply:
        return FAULTS[self.name][1](ask)
