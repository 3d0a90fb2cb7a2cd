"""A replica of the static channels of www.ccgp.gov.cn on loopback.

    python -m demo.portal --port 8000 --fault 429=120@/cggg/dfgg/gkzb/*#3

prints `ready http://127.0.0.1:8000` and serves until it is stopped. What it serves:

- `/cggg/{zygg|dfgg}/{code}/index.htm`, `index_1.htm` … and the mixed `/cggg/{zygg|dfgg}/`, with the page's own Pager;
- `/zydwplcg/{zy|zz}/…/`: batch procurement;
- `/cggg/{zygg|dfgg}/{code}/{yyyymm}/t{yyyymmdd}_{id}.htm`: the notices, gzip, ETag and Last-Modified with 304;
- attachments at `/oss/download?uuid=`, `/oss/{id}/{name}` and `/gpx-public-file?accessCode=`;
- everything else, robots.txt too, as the branded 404 page.

Faults are switched on by words or by `ReplicaPortal.set_fault`; `demo/faults.py` explains each:

| group | faults |
| --- | --- |
| refused | `429[=RETRY-AFTER]` `403` `412` `521` `captcha[=old]` `busy` `login` `redirect-login` |
| broken | `500` `502` `503` `504` `empty` `truncated` `cut-gzip` `reset[=body]` `maintenance` |
| slow or too big | `slow[=S]` `drip[=S]` `big[=MB]` `endless` `length` `bomb[=MB]` `deflate-bomb[=MB]` `br-bomb[=MB]` |
| characters | `gbk-as-utf8` `utf8-as-gbk` `gb18030-as-gb2312` `no-charset` `bom` |
| lists | `layout` `zero-rows` `repeat` `shift[=N]` |
| moved | `redirect[=URL]` `meta-refresh[=URL]` `redirect-private[=URL]` `redirect-loop` |
| notices | `404` `410` `no-text` `counter` |
| robots.txt | `robots=allow|disallow|delay|403|410|503|html|huge|gbk|slow` |
"""

import argparse
import asyncio
import hashlib
import re
import socket
import struct
import sys
import threading
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.client import responses
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import parse_qs, quote, unquote

from crawler import clock
from demo import pages
from demo.faults import Ask, Fault, Reply, Scope
from demo.loopback import Loopback, serve
from demo.sample import Sample

LIST = re.compile(
    r"(?P<base>/cggg/(?P<area>zygg|dfgg)/(?:(?P<code>[a-z]+)/)?|/zydwplcg/(?P<batch>z[yz]/[a-z]+)/)"
    r"(?:index(?:_(?P<page>\d+))?\.htm)?"
)
DETAIL = re.compile(r"/cggg/(?:zygg|dfgg)/[a-z]+/\d{6}/t\d{8}_\d+\.htm")


class Request(NamedTuple):
    method: str
    path: str
    """With the query."""
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes = b""


class Site:
    """The replica's content: which answer belongs to which path. It knows nothing of faults or sockets."""

    def __init__(self, samples: Iterable[Sample], page_size: int) -> None:
        self.page_size = page_size
        self.samples: dict[int, Sample] = {}
        self._details: dict[str, Reply] = {}
        self._lists: dict[tuple[str, int], Reply] = {}
        self._files: dict[str, Reply] = {}
        self._missing = Reply(404, pages.missing().encode())
        self._fixed = {
            "/": Reply(body=pages.front().encode()),
            "/serverisbusy.html": Reply(body=pages.blocked().encode()),
            "/login": Reply(body=pages.login().encode()),
        }
        self.put(samples)

    def put(self, samples: Iterable[Sample]) -> None:
        """Adds notices; one with a known id takes the place of the old one."""
        for sample in samples:
            known = self.samples.get(sample.id)
            if known:
                self._details.pop(known.path, None)
            moment = clock.now() if known else sample.published
            self.samples[sample.id] = sample
            self._details[sample.path] = stored(pages.detail(sample), moment)
            for file in sample.files:
                name = f"attachment; filename*=UTF-8''{quote(file.name)}"
                self._files[file.id] = Reply(
                    body=file.data,
                    content_type="application/octet-stream",
                    headers=(("Content-Disposition", name),),
                    plain=True,
                )
        self._lists.clear()

    def drop(self, ids: Iterable[int]) -> None:
        """The notices vanish from the lists, and their pages answer 404."""
        for number in ids:
            self._details.pop(self.samples.pop(number).path)
        self._lists.clear()

    def reply(self, path: str, shift: int = 0) -> Reply:
        """The honest answer; `shift` rows came on top of a list at each page turned."""
        plain, _, query = path.partition("?")
        if found := self._details.get(plain) or self._fixed.get(plain):
            return found
        if place := LIST.fullmatch(plain):
            return self._list(place, shift)
        parts = PurePosixPath(unquote(plain)).parts
        match parts:
            case ("/", "oss", "download"):
                wanted = parse_qs(query).get("uuid", [""])[0]
            case ("/", "oss", wanted, _):
                pass
            case ("/", "gpx-public-file"):
                wanted = parse_qs(query).get("accessCode", [""])[0]
            case _:
                return self._missing
        return self._files.get(wanted, self._missing)

    def _list(self, place: re.Match[str], shift: int) -> Reply:
        known = (place["area"] and place["code"] in {None, *pages.CHANNELS}) or place["batch"] in pages.BATCHES
        if not known:
            return self._missing
        key = (place[0], shift)
        if key not in self._lists:
            self._lists[key] = self._render(place, shift)
        return self._lists[key]

    def _render(self, place: re.Match[str], shift: int) -> Reply:
        area, code, batch = place["area"], place["code"], place["batch"]
        rows = [
            s
            for s in self.samples.values()
            if (s.batch == batch if batch else s.area == area and code in {None, s.channel})
        ]
        rows.sort(key=lambda s: (s.published, s.id), reverse=True)
        page, size = int(place["page"] or 0), self.page_size
        step = size - shift
        count = 1 + max(0, -((size - len(rows)) // step))
        if page >= count or place["page"] == "0":
            return self._missing
        start = page * step
        shown = rows[start : start + size]
        if batch:
            html = pages.batch_listing(shown, name=pages.BATCHES[batch], pages=count, current=page)
        else:
            name = pages.CHANNELS[code] if code else pages.AREAS[area]
            html = pages.listing(shown, base=place["base"], name=name, pages=count, current=page, mixed=code is None)
        # No Last-Modified: its second is too coarse for a list that tests change within one.
        return stored(html)


def stored(html: str, modified: datetime | None = None) -> Reply:
    """A page as it is kept: compressed once, with the validators of a static file."""
    body = html.encode()
    etag = hashlib.sha256(body).hexdigest()[:16]
    packed = zlib.compress(body, 1, wbits=31)
    return Reply(packed=packed, etag=f'"{etag}"', modified=_http_date(modified) if modified else None)


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


@dataclass(frozen=True)
class _Wire:
    """An answer ready to leave."""

    head: bytes
    body: bytes


def _compose(request: Request, reply: Reply, closing: bool) -> _Wire:
    """Status line, headers and body, compressed where the client takes it and the answer allows it."""
    accepts = request.headers.get("accept-encoding", "")
    status, encoding, etag = reply.status, reply.encoding, reply.etag
    if encoding or reply.plain or "gzip" not in accepts:
        body = reply.content()
    else:
        body, encoding = reply.packed or zlib.compress(reply.body, 1, wbits=31), "gzip"
        # nginx weakens the tag of what it compresses.
        etag = f"W/{etag}" if etag else None
    if status == HTTPStatus.OK and _unchanged(request, reply):
        status, body, encoding = HTTPStatus.NOT_MODIFIED, b"", None
    lines = [
        f"HTTP/1.1 {int(status)} {responses.get(status, 'Unofficial')}",
        "Server: replica",
        f"Date: {_http_date(clock.now())}",
        f"Connection: {'close' if closing else 'keep-alive'}",
    ]
    if status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Type: {reply.content_type}")
    if etag:
        lines.append(f"ETag: {etag}")
    if reply.modified:
        lines.append(f"Last-Modified: {reply.modified}")
    if encoding:
        lines.append(f"Content-Encoding: {encoding}")
    if not reply.plain:
        lines.append("Vary: Accept-Encoding")
    lines += [f"{name}: {value}" for name, value in reply.headers]
    if reply.chunks:
        lines.append("Transfer-Encoding: chunked")
    elif status != HTTPStatus.NOT_MODIFIED:
        lines.append(f"Content-Length: {len(body) if reply.length is None else reply.length}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
    return _Wire(head, b"" if request.method == "HEAD" else body)


def _unchanged(request: Request, reply: Reply) -> bool:
    """Whether the client holds this very page: If-None-Match, else If-Modified-Since by equality as nginx does."""
    if wanted := request.headers.get("if-none-match"):
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        return reply.etag is not None and reply.etag in tags
    since = request.headers.get("if-modified-since")
    return since is not None and since == reply.modified


class ReplicaPortal(Loopback):
    """The replica in a thread of its own.

        with ReplicaPortal(notices.world()) as portal:
            portal.set_fault("captcha", path="/cggg/dfgg/gkzb/*", times=1)
            httpx.get(portal.base_url + "/cggg/dfgg/gkzb/index.htm")

    `requests` is the log of all requests so far, in order of arrival. Notices can be added, replaced and removed
    while it runs. Faults are words of `demo.faults` or `Fault` objects; the first that strikes decides.
    """

    def __init__(
        self,
        samples: Iterable[Sample] = (),
        *,
        faults: Iterable[str | Fault] = (),
        port: int = 0,
        page_size: int = 20,
    ) -> None:
        super().__init__(port)
        self.requests: list[Request] = []
        self._site = Site(samples, page_size)
        self._faults = [Fault.parse(f) if isinstance(f, str) else f for f in faults]
        self._lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def url(self, sample: Sample) -> str:
        return self.base_url + sample.path

    @property
    def samples(self) -> list[Sample]:
        """What is published now."""
        with self._lock:
            return list(self._site.samples.values())

    def add(self, *samples: Sample) -> tuple[Sample, ...]:
        """Publishes more notices; one without an id gets the next free one. Returns them as published."""
        with self._lock:
            free = max(self._site.samples, default=27_500_000) + 1
            numbered = tuple(s if s.id else replace(s, id=free + n) for n, s in enumerate(samples))
            self._site.put(numbered)
        return numbered

    def replace(self, sample: Sample) -> None:
        """Publishes another text under an id that is out already. KeyError where it is not."""
        with self._lock:
            if sample.id not in self._site.samples:
                raise KeyError(f"no notice with id {sample.id} is published")
            self._site.put([sample])

    def remove(self, *samples: Sample) -> None:
        """Takes notices off the lists; their pages answer 404."""
        with self._lock:
            self._site.drop(s.id for s in samples)

    def set_fault(
        self, name: str, *, arg: str = "", path: str | None = None, times: int | None = None, after: int = 0
    ) -> Fault:
        """Switches a fault on, or several of one name for different paths. ValueError for an unknown name.

        `path` is a glob, `times` how often it strikes, `after` how many matching requests it lets pass first.
        """
        fault = Fault(name, arg, path, times, after)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        with self._lock:
            self._faults.clear()

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, self.host, self.port)

    def _answer(self, request: Request) -> Reply:
        path = request.path
        if request.method not in {"GET", "HEAD"}:
            return Reply(405, b"Method Not Allowed", "text/plain", plain=True)
        with self._lock:
            site, scope = self._site, _scope(path.partition("?")[0])
            striking = next((f for f in self._faults if f.strikes(path, scope)), None)
            if striking is None:
                return site.reply(path)
            base = LIST.fullmatch(path)
            ask = Ask(
                path=path,
                arg=striking.arg,
                honest=lambda: site.reply(path),
                shifted=lambda rows: site.reply(path, rows),
                first=lambda: site.reply(base["base"] if base else path),
                hits=striking.hits,
                today=clock.today().isoformat(),
            )
            return striking.reply(ask)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
                while request := await _read(reader):
                    self.requests.append(request)
                    if not await _send(writer, request, self._answer(request)):
                        break
        finally:
            writer.close()


def _scope(path: str) -> Scope:
    if path == "/robots.txt":
        return "robots"
    if LIST.fullmatch(path):
        return "list"
    return "detail" if DETAIL.fullmatch(path) else "any"


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """The next request of a connection, or None at its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != 3:
        return None
    pairs = (line.partition(":") for line in rest if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(words[0], words[1], headers, body)


async def _send(writer: asyncio.StreamWriter, request: Request, reply: Reply) -> bool:
    """Puts an answer on the wire in its manner. False where the connection ends with it."""
    closing = reply.cut is not None or reply.reset or request.headers.get("connection", "").lower() == "close"
    if reply.delay:
        await asyncio.sleep(reply.delay)
    if reply.reset and reply.cut is None:
        _abort(writer)
        return False
    wire = _compose(request, reply, closing)
    if reply.chunks:
        writer.write(wire.head)
        for chunk in reply.chunks():
            writer.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            await writer.drain()
    elif reply.drip is not None:
        writer.write(wire.head)
        for start in range(0, len(wire.body), 64):
            writer.write(wire.body[start : start + 64])
            await writer.drain()
            await asyncio.sleep(reply.drip)
    else:
        writer.write(wire.head + wire.body[: reply.cut])
        await writer.drain()
    if reply.reset:
        # What was written has to leave first: a reset throws away what the kernel still holds.
        await asyncio.sleep(0.05)
        _abort(writer)
    if reply.length is not None:
        await asyncio.sleep(3600)
    return not closing


def _abort(writer: asyncio.StreamWriter) -> None:
    """Ends a connection by RST in place of FIN."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def main(arguments: list[str] | None = None) -> int:
    """The replica as a process. Ends on SIGTERM or Ctrl-C with 0; 2 for a mistake in the arguments."""
    from demo import notices

    parser = argparse.ArgumentParser(prog="python -m demo.portal", description="A replica of ccgp on loopback.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=ARG][@GLOB][#COUNT][+AFTER]")
    parser.add_argument("--many", type=int, metavar="N", help="N generated notices in place of the sample world")
    parser.add_argument("--page-size", type=int, default=20, help="rows of a list page")
    options = parser.parse_args(arguments)
    try:
        faults = [Fault.parse(words) for words in options.fault]
    except ValueError as error:
        parser.error(str(error))
    samples = notices.world() if options.many is None else notices.many(options.many)
    portal = ReplicaPortal(samples, faults=faults, port=options.port, page_size=options.page_size)
    try:
        serve(portal, lambda: portal.base_url)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}; take another with --port")
    return 0


if __name__ == "__main__":
    sys.exit(main())
