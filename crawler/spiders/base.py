"""What all portals have in common: one crawl from its plan to its result line.

A family module (ccgp.py) says how its platform lists and shows notices: it subclasses `ListDetailSpider`, sets
`family`, and turns a list page into rows and the address of the next page. How a platform pages (a page count, a
next link, a token) is thereby the family's own matter and nobody else's.

Nothing is allowed to vanish. Every request is entered in `_open` when it is made and struck off by its callback, its
errback or a signal; what stays open is named, and the poll is then partial.
"""

import asyncio
import heapq
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from html import unescape
from itertools import count
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from crawler.clock import now
from crawler.judge import (
    BLOCK_STATUS,
    GONE_STATUS,
    REFUSALS,
    Finding,
    failure_words,
    finding,
    redirect_finding,
    retry_after,
    text_of,
)
from crawler.middlewares import GateRefused, HostStopped, RobotsForbidden, RobotsUnreadable
from crawler.page import ChannelResult, Gone, Line, Listed, Page, Result, Row, State, Unchanged
from crawler.plan import Plan
from crawler.portals import Bilingual, Channel, Portal, common_signs
from crawler.resolver import refused_address
from crawler.urls import Refused, absolute, is_loopback, swapped

_WORSE: tuple[State, ...] = ("ok", "empty", "partial", "suspect", "failed", "blocked")
EVIDENCE_BYTES = 200_000
MAX_MISSING = 50
MAX_HOPS = 5
_NOT_ASKED = "not asked: "
OVERLAP = timedelta(hours=48)
"""How far back a deep poll reads: longer than any outage of one working day."""
STOP_AFTER = 10
"""Known rows in a row that end a quick poll's paging. Not the first one: numbers interleave, rows move."""
MAX_PAGES = 500
"""Of one channel in one crawl; no portal lists so many, an endless pager does."""
REPLICA_CONCURRENCY = 16


@dataclass(frozen=True)
class ListPage:
    """One page of a list, taken apart."""

    rows: tuple[Row, ...]
    next_url: str | None = None
    """Absolute or relative to this page; None on the last one."""
    pages: int | None = None
    """How many pages the portal says there are."""
    undated: int = 0
    """Rows in which no publishing time was found."""


class ListMissing(Exception):
    """The page does not have the list it should have: a changed layout, or not the page that was asked for."""


@dataclass(eq=False, slots=True)
class Ask:
    """One request and what it is for."""

    channel: Channel
    url: str
    row: Row | None = None
    """None for a list page."""
    page: int = 1
    recheck: bool = False
    hops: int = 0


@dataclass(frozen=True)
class Fault:
    """Why a page could not be taken."""

    state: State
    reason: str
    body: bytes = b""
    moved_to: str | None = None
    retry_after_s: int | None = None


@dataclass
class Tally:
    """What is known so far of the poll of one channel."""

    channel: Channel
    due: bool
    requests: int = 0
    rows: int = 0
    fetched: int = 0
    unfetched: int = 0
    unreadable: int = 0
    missing: list[str] = field(default_factory=list)
    state: State = "ok"
    reasons: list[str] = field(default_factory=list)
    worst: Fault | None = None
    # Of the paging:
    known_run: int = 0
    last_keys: frozenset[str] = frozenset()
    pages: int | None = None

    def note(self, fault: Fault, url: str | None = None) -> None:
        """Take a fault into account; the worst one gives state and evidence, each reason is said once."""
        if fault.reason not in self.reasons:
            self.reasons.append(fault.reason)
        if url is not None and url not in self.missing:
            self.missing.append(url)
        if _WORSE.index(fault.state) > _WORSE.index(self.state):
            self.state, self.worst = fault.state, fault

    def result(self) -> ChannelResult:
        worst = self.worst
        return ChannelResult(
            channel=self.channel.id,
            state=self.state,
            reason="; ".join(self.reasons)[:1000],
            requests=self.requests,
            rows=self.rows,
            fetched=self.fetched,
            unfetched=self.unfetched,
            missing=tuple(self.missing[:MAX_MISSING]),
            evidence=Page.pack(worst.body[:EVIDENCE_BYTES]) if worst and worst.body else None,
            moved_to=worst.moved_to if worst else None,
            retry_after_s=worst.retry_after_s if worst else None,
        )


class PortalSpider(Spider):
    """One crawl of one portal: requests with an end each, lines out, a result line last."""

    family: ClassVar[str] = ""
    portal: Portal
    detail_marks: ClassVar[tuple[bytes, ...]] = ()
    """Bytes of which a detail page of this family has at least one."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, plan: Plan | str | None = None, **kwargs: Any) -> Self:
        """`plan` is a Plan or, as `scrapy crawl ID -a plan=FILE`, the file that holds one."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        spider._prepare(crawler, _read_plan(plan))
        return spider

    def _prepare(self, crawler: Crawler, plan: Plan) -> None:
        portal = self.portal
        stand_in = plan.base_url or crawler.settings.get("REPLICA_URL")
        if stand_in and not is_loopback(urlsplit(stand_in).hostname or ""):
            raise ValueError(f"base-url {stand_in!r} is not on loopback; a replica runs on this machine")
        if unknown := sorted(set(plan.channels or ()) - {c.id for c in portal.channels}):
            known = ", ".join(c.id for c in portal.channels)
            raise ValueError(f"plan: {portal.id} has no channel {unknown[0]}; it has {known}")
        self.plan = plan
        self.replica = bool(stand_in) or portal.replica
        self.base_url: str = (stand_in or portal.base_url).rstrip("/")
        self.gate = portal.gate(stand_in)
        self.signs = (*portal.signs, *common_signs())
        self._stopped: dict[str, Fault] = {}
        """Hosts (with port) that get no further request, and why."""
        self._late: Fault | None = None
        self.tallies: dict[str, Tally] = {}
        self._open: set[Ask] = set()
        self._asked = self._ended = 0
        self._pages = self._lines_out = self._lines_written = 0
        polite: dict[str, Any] = {"DOWNLOAD_DELAY": portal.rate.delay_s}
        if self.replica:
            polite = {
                "DOWNLOAD_DELAY": 0,
                "AUTOTHROTTLE_ENABLED": False,
                "CONCURRENT_REQUESTS_PER_DOMAIN": REPLICA_CONCURRENCY,
            }
        for setting, value in polite.items():
            crawler.settings.set(setting, value, priority="spider")
        self._window = 2 * crawler.settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN")
        self._max_mb = crawler.settings.getint("DOWNLOAD_MAXSIZE") >> 20
        self._seconds = crawler.settings.getfloat("CRAWL_SECONDS")
        connect = crawler.signals.connect
        connect(self._on_spider_error, signals.spider_error)
        connect(self._on_dropped, signals.request_dropped)
        for written in (signals.item_scraped, signals.item_dropped, signals.item_error):
            connect(self._on_written, written)

    # -- The crawl

    async def start(self) -> AsyncIterator[Any]:
        """Everything in order: what `crawl` makes, until each request has ended, then the result line."""
        self._stir = asyncio.Event()
        self._deadline = time.monotonic() + self._seconds
        started = now()
        async for request_or_line in self.crawl():
            yield request_or_line
        await self._until(lambda: self._lines_written >= self._lines_out)
        yield self.say(self._result(started))
        # Until it is written and off Scrapy's books; else the engine looks again only at its next heartbeat, in 5 s.
        await self._until(lambda: self._lines_written >= self._lines_out)
        await asyncio.sleep(0.02)

    def crawl(self) -> AsyncIterator[Any]:
        """Requests and lines of this access pattern, ending when all requests have ended."""
        raise NotImplementedError

    def read_response(self, response: Response, ask: Ask) -> Iterator[Any]:
        """What a page that is none of the usual faults gives: lines and further requests."""
        raise NotImplementedError

    def failed(self, ask: Ask, fault: Fault) -> Iterator[Any]:
        """What is left of a request that had no good end: notes and lines."""
        raise NotImplementedError

    def _result(self, started: datetime) -> Result:
        shown = [t for t in self.tallies.values() if t.due or t.state != "ok"]
        return Result(
            portal=self.portal.id,
            started_at=started,
            ended_at=now(),
            requests=self._asked,
            rows=sum(t.rows for t in self.tallies.values()),
            pages=self._pages,
            reconciled=self._asked == self._ended,
            channels=tuple(t.result() for t in shown),
        )

    def tally(self, channel_id: str) -> Tally:
        """Of a channel, due or not: one that is not due shows in the result only where something went wrong."""
        if channel_id not in self.tallies:
            channel = self.portal.channel(channel_id) or _former(channel_id)
            due = self.plan.channels is None or channel_id in self.plan.channels
            self.tallies[channel_id] = Tally(channel, due)
        return self.tallies[channel_id]

    # -- Requests and their ends

    def here(self, url: str) -> str:
        """The address to fetch: the portal's own, or the same page on the replica."""
        if not self.replica:
            return url
        try:
            return swapped(self.portal.gate().check(url), self.base_url)
        except Refused:
            return url  # not one of the portal's; the replica's own gate judges it

    def ask(self, ask: Ask) -> Request:
        """A request for `ask.url`, entered in the books. Raises Refused where the URL gate says no."""
        self.gate.check(ask.url)
        request = Request(
            ask.url,
            callback=self._on_response,
            errback=self._on_failure,
            headers=self._conditions(ask),
            # A redirect is an answer to be judged: Scrapy would follow it to another host, or lose it silently.
            meta={"ask": ask, "dont_redirect": True},
        )
        self._open.add(ask)
        self._asked += 1
        self.tally(ask.channel.id).requests += 1
        return request

    def ask_or_fail(self, ask: Ask, what: str = "the link leads") -> Iterator[Any]:
        """The request, or what its failing leaves where the gate refuses it or its host gets no more requests."""
        if fault := self.stop_fault(ask.url):
            yield from self.failed(ask, _not_asked(fault))
            return
        try:
            yield self.ask(ask)
        except Refused as refused:
            yield from self.failed(ask, _gate_fault(refused, b"", what))

    def _conditions(self, ask: Ask) -> dict[str, str] | None:
        known = self.plan.known.get(ask.row.key) if ask.recheck and ask.row else None
        if known is None:
            return None
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in headers.items() if value} or None

    def _end(self, ask: Ask) -> None:
        if ask in self._open:
            self._open.discard(ask)
            self._ended += 1
        self._stir.set()

    def say(self, line: Line) -> dict[str, Any]:
        """A line as the item Scrapy carries."""
        self._lines_out += 1
        return line.model_dump(mode="json")

    async def _until(self, done: Callable[[], bool]) -> None:
        """Wait for `done`, which every end of a request may bring about; give up on what has been lost."""
        quiet = 0
        while not done():
            self._stir.clear()
            try:
                await asyncio.wait_for(self._stir.wait(), 1)
                quiet = 0
            except TimeoutError:
                quiet = quiet + 1 if self._idle() else 0
            if quiet >= 5:  # nothing is under way and yet something is open: it has vanished inside Scrapy
                self._lost()
                return
            if time.monotonic() > self._deadline and self._late is None:
                after = f"{self._seconds / 60:.0f} minutes"
                self._late = Fault("partial", f"stopped after {after}, the rest is for the next poll")

    def _idle(self) -> bool:
        """Whether Scrapy has nothing in hand: no request waiting or under way, no answer being read."""
        engine = self.crawler.engine
        scheduler, reading = engine.scheduler, engine.scraper.slot
        waiting = scheduler is not None and scheduler.has_pending_requests()
        return not waiting and not engine.downloader.active and (reading is None or reading.is_idle())

    def _lost(self) -> None:
        for ask in self._open:
            fault = Fault("partial", "a request vanished without an answer")
            self.tally(ask.channel.id).note(fault, ask.url)
        self._open.clear()
        self._lines_written = self._lines_out

    def stop_fault(self, url: str) -> Fault | None:
        """Why no request may leave for this address any more: its host refused us, or the time is over."""
        return self._stopped.get(urlsplit(url).netloc) or self._late

    # -- Callbacks

    def _on_response(self, response: Response) -> Iterator[Any]:
        ask: Ask = response.meta["ask"]
        if 300 <= response.status < 400 and response.status != 304:
            yield from self._redirected(response, ask)
        elif fault := self._refused_or_broken(response):
            if fault.state == "blocked" or fault.retry_after_s is not None:
                self._stopped.setdefault(urlparse_cached(response).netloc, fault)
            yield from self.failed(ask, fault)
        else:
            yield from self.read_response(response, ask)
        self._end(ask)

    def _refused_or_broken(self, response: Response) -> Fault | None:
        status, body = response.status, response.body
        header = response.headers.get("Retry-After")
        wait = retry_after(header.decode("latin-1") if header else None, now())
        if status in BLOCK_STATUS:
            return Fault("blocked", f"HTTP {status}", body, retry_after_s=wait)
        if status in GONE_STATUS or status == 304:
            return None  # an answer about one page, which read_response understands
        if status != 200:
            return Fault("failed", f"HTTP {status}{_after_retries(response)}", body, retry_after_s=wait)
        if not body.strip():
            return Fault("failed", "HTTP 200 with an empty body")
        if "partial" in response.flags and b"</html" not in body[-2000:].lower():
            return Fault("failed", "the page is cut short", body)
        return None

    def _redirected(self, response: Response, ask: Ask) -> Iterator[Any]:
        """Follow a hop within the portal; anything else is an answer about the portal."""
        location = response.headers.get("Location", b"") or b""
        target = absolute(response.url, location.decode("utf-8", "replace"))
        body = response.body or f"HTTP {response.status}\nLocation: {target}\n".encode()
        if found := redirect_finding(target, self.signs):
            fault = self._found_fault(found, body)
            if fault.state == "blocked":
                self._stopped.setdefault(urlparse_cached(response).netloc, fault)
        elif not location or ask.hops >= MAX_HOPS:
            where = "in a circle" if location else "to nowhere"
            fault = Fault("failed", f"redirected {where} (HTTP {response.status})", body)
        else:
            hop = Ask(ask.channel, self.here(target), ask.row, ask.page, ask.recheck, ask.hops + 1)
            try:
                yield self.ask(hop)
                return
            except Refused as refused:
                fault = _gate_fault(refused, body, f"redirected (HTTP {response.status})")
        yield from self.failed(ask, fault)

    def _found_fault(self, found: Finding, body: bytes, base: str = "") -> Fault:
        if found.verdict in REFUSALS:
            return Fault("blocked", str(found), body)
        if found.verdict == "refresh":
            target = absolute(base, found.target)
            if again := redirect_finding(target, self.signs):
                return self._found_fault(again, body)
            try:
                self.gate.check(self.here(target))
            except Refused as refused:
                return _gate_fault(refused, body, "sent (meta refresh)")
        return Fault("failed", str(found), body)

    def _on_failure(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy sets it
        ask: Ask = request.meta["ask"]
        yield from self.failed(ask, self._failure_fault(failure.value, request))
        self._end(ask)

    def _failure_fault(self, error: BaseException | None, request: Request) -> Fault:
        parts = urlparse_cached(request)
        match error:
            case HostStopped():
                return _not_asked(self.stop_fault(request.url) or Fault("failed", str(error)))
            case RobotsUnreadable():
                return Fault("failed", str(error))
            case GateRefused():
                return Fault("failed", f"address refused: {error}")
            case RobotsForbidden():
                return Fault("blocked", str(error))
            case CannotResolveHostError() if refused := refused_address(self.crawler.stats, parts.hostname):
                return Fault("failed", f"address refused: {refused}")
            case _:
                return Fault("failed", failure_words(error, self._max_mb) + _after_retries(request))

    # -- Signals

    def _on_spider_error(self, failure: Failure, response: Any) -> None:
        request = getattr(response, "request", None)
        ask = request.meta.get("ask") if request is not None else None
        if ask is not None:
            error = f"{type(failure.value).__name__}: {str(failure.value)[:200]}"
            body = response.body if isinstance(response, Response) else b""
            self.tally(ask.channel.id).note(Fault("partial", f"our own mistake ({error})", body), ask.url)
            self._end(ask)

    def _on_dropped(self, request: Request) -> None:
        if ask := request.meta.get("ask"):
            self.tally(ask.channel.id).note(Fault("partial", "a request was dropped"), ask.url)
            self._end(ask)

    def _on_written(self) -> None:
        self._lines_written += 1
        self._stir.set()


def _former(channel_id: str) -> Channel:
    """A channel that rows of the plan still name although the portal's file no longer does."""
    return Channel(id=channel_id, name=Bilingual(zh=channel_id, en=channel_id), path="/")


def _not_asked(fault: Fault) -> Fault:
    return replace(fault, reason=f"{_NOT_ASKED}{fault.reason}", body=b"")


def _gate_fault(refused: Refused, body: bytes, what: str) -> Fault:
    if refused.fault == "host":
        return Fault("failed", f"{what} to another host: {refused.host}", body, moved_to=refused.host)
    return Fault("failed", f"{what} to an address that is never fetched: {refused.why}", body)


class ListDetailSpider(PortalSpider):
    """Lists of rows, each leading to a page of its own: the pattern of nearly every portal."""

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        """A list page taken apart. Raises ListMissing where the list is not there."""
        raise NotImplementedError

    def _prepare(self, crawler: Crawler, plan: Plan) -> None:
        super()._prepare(crawler, plan)
        self._seen: set[str] = set()
        self._asked_for: set[str] = set()
        self._left_over = {row.key for row in plan.pending}
        self._gone: list[Gone] = []
        self._again = 0
        deep = now() - OVERLAP
        self._back_to = {c.id: deep for c in self.portal.channels} if plan.mode == "deep" else {}
        for channel_id, instant in plan.back_to.items():
            self._back_to[channel_id] = min(instant, self._back_to.get(channel_id, instant))
        self._wanted: list[tuple[int, int, Ask]] = []
        self._order = count()
        self._likely = re.compile("|".join(map(re.escape, plan.likely))) if plan.likely else None
        self._zone = ZoneInfo(self.portal.time_zone)

    # -- The order of things

    async def crawl(self) -> AsyncIterator[Any]:
        # A first poll of a busy portal could page through its whole time and bring no notice home.
        self._lists_until = self._deadline - self._seconds / 2
        due = [c for c in self.portal.channels if self.plan.channels is None or c.id in self.plan.channels]
        # Short windows first; lists that repeat others last, so that a row is counted where it belongs.
        for channel in sorted(due, key=lambda c: (c.repeats, not c.short_window)):
            first = Ask(channel, self.here(self.portal.base_url.rstrip("/") + channel.path))
            for request in self.ask_or_fail(first):
                yield request
            await self._until(lambda: len(self._open) < self._window)
        await self._until(lambda: not self._open)
        for line in self._choose_details():
            yield line
        while self._wanted:
            for request_or_line in self.ask_or_fail(heapq.heappop(self._wanted)[2]):
                yield request_or_line
            await self._until(lambda: len(self._open) < self._window)
        await self._until(lambda: not self._open)
        for line in self._weigh_details():
            yield line

    def _choose_details(self) -> Iterator[dict[str, Any]]:
        """Put what the budget allows in the order of fetching; say of the rest that it waits.

        A crawl may be killed at any moment and lose nothing: the rest is said before the first detail is asked for,
        and of two equal rows the older one is fetched first, so that known ground grows from below and the next
        poll, reading from the top, does not stop in front of a gap.
        """
        for row in self.plan.pending:
            self._want(row, pending=True)
        budget = self.plan.detail_budget
        if budget is None and not self.replica:  # a budget is politeness, which loopback does not need
            budget = self.portal.detail_budget
        ranked = sorted(self._wanted)
        self._wanted = [(rank, -order, ask) for rank, order, ask in ranked[:budget]]
        heapq.heapify(self._wanted)
        for _, _, ask in ranked[len(self._wanted) :]:
            if ask.row is not None:
                self.tally(ask.channel.id).unfetched += 1
                yield self.say(Listed(portal=self.portal.id, row=ask.row, why="budget"))
        # What the tracker asks to see again has a budget of the tracker's own. It comes after the likely ones.
        for row in self.plan.recheck:
            if row.key not in self._asked_for:
                self._asked_for.add(row.key)
                heapq.heappush(self._wanted, (_RECHECK_RANK, next(self._order), self._detail(row, recheck=True)))

    def _want(self, row: Row, pending: bool = False) -> None:
        """Likely titles first, among them short windows first, and new rows before those left over. Each row once."""
        if row.key in self._asked_for:
            return
        self._asked_for.add(row.key)
        channel = self.portal.channel(row.channel)
        likely = self._likely is None or self._likely.search(row.facts.get("title", "")) is not None
        rank = 2 * (channel is None or not channel.short_window) + pending + (0 if likely else _RECHECK_RANK + 1)
        heapq.heappush(self._wanted, (rank, next(self._order), self._detail(row)))

    def _detail(self, row: Row, recheck: bool = False) -> Ask:
        url = self.here(row.url)
        if self.replica and is_loopback(urlsplit(url).hostname or ""):
            url = swapped(url, self.base_url)  # stored from a replica that may stand at another port now
        return Ask(self.tally(row.channel).channel, url, row, recheck=recheck)

    # -- Pages

    def read_response(self, response: Response, ask: Ask) -> Iterator[Any]:
        if ask.row is None:
            yield from self._read_list(response, ask)
        else:
            yield from self._read_detail(response, ask, ask.row)

    def _read_list(self, response: Response, ask: Ask) -> Iterator[Any]:
        text = text_of(response.body, _declared(response))
        if response.status != 200 or text is None:
            what = "undecodable page" if response.status == 200 else f"HTTP {response.status}"
            yield from self.failed(ask, Fault("failed", what, response.body))
            return
        try:
            found = self.read_list(ask.channel, response.url, text)
        except ListMissing as missing:
            yield from self.failed(ask, self._unexpected(response, text, str(missing)))
            return
        tally = self.tally(ask.channel.id)
        if fault := _list_fault(found, tally, ask, self._min_rows(ask.channel)):
            tally.note(Fault(fault.state, f"{fault.reason} on {_path(ask.url)}", response.body))
        repeated = ask.page > 1 and tally.last_keys == {row.key for row in found.rows}
        tally.last_keys = frozenset(row.key for row in found.rows)
        tally.pages = found.pages
        tally.rows += len(found.rows)
        if not repeated and self._take(found.rows, tally):
            yield from self._next_list(response, ask, found)

    def _next_list(self, response: Response, ask: Ask, found: ListPage) -> Iterator[Any]:
        if found.next_url is None:
            if found.pages is None and found.rows:
                fault = Fault("partial", f"no page count on {_path(ask.url)}, further pages were not read")
                self.tally(ask.channel.id).note(fault)
            return
        target = self.here(absolute(response.url, found.next_url))
        following = Ask(ask.channel, target, page=ask.page + 1)
        if ask.page >= MAX_PAGES:
            yield from self.failed(following, Fault("partial", f"paging ended after {MAX_PAGES} pages"))
        elif time.monotonic() > self._lists_until:
            yield from self.failed(
                following, Fault("partial", "the time for lists is over, further pages were not read")
            )
        else:
            yield from self.ask_or_fail(following, "the next page leads")

    def _min_rows(self, channel: Channel) -> int:
        return self.portal.expect.min_rows if channel.min_rows is None else channel.min_rows

    def _take(self, rows: tuple[Row, ...], tally: Tally) -> bool:
        """Note the rows that are to be fetched; True where the next page has to be read as well."""
        fresh = 0
        for row in rows:
            known = self.plan.known.get(row.key)
            if known is not None and (tally.channel.repeats or known.row_hash == row.row_hash):
                tally.known_run += 1
            elif row.key in self._seen:
                fresh += 1  # it moved from the page before to this one while we read
            elif row.key in self._left_over:
                tally.known_run += 1  # seen in an earlier poll; it waits for its detail, now with fresh facts
                self._want(row, pending=True)
            else:
                tally.known_run = 0
                fresh += 1
                self._want(row)
            self._seen.add(row.key)
        if fresh and tally.known_run < STOP_AFTER:
            return True
        return any(self._inside(row, tally.channel.id) for row in rows)

    def _inside(self, row: Row, channel_id: str) -> bool:
        """Whether a row is young enough to be read past, in a deep poll or up to where the last poll ended whole."""
        back_to = self._back_to.get(channel_id)
        if back_to is None:
            return False
        published = published_at(row.facts.get("published", ""), self._zone)
        return published is None or published >= back_to

    def _read_detail(self, response: Response, ask: Ask, row: Row) -> Iterator[Any]:
        tally, portal = self.tally(ask.channel.id), self.portal.id
        if response.status == 304:
            yield self.say(Unchanged(portal=portal, row=row))
        elif response.status in GONE_STATUS:
            if ask.recheck or row.key in self.plan.known or row.key in self._left_over:
                self._gone.append(Gone(portal=portal, row=row, status=response.status))
            else:  # the list may run ahead of the page; the next poll asks again
                tally.unfetched += 1
                why = f"HTTP {response.status}"
                yield self.say(Listed(portal=portal, row=row, why="unreadable", detail=why))
        elif self._is_detail(response, row):
            tally.fetched += 1
            self._pages += 1
            self._again += ask.recheck
            yield self.say(self._page(response, ask, row))
        else:
            text = text_of(response.body, _declared(response))
            fault = (
                Fault("failed", "undecodable page", response.body)
                if text is None
                else self._unexpected(response, text, "no notice on the page")
            )
            yield from self.failed(ask, fault)

    def _is_detail(self, response: Response, row: Row) -> bool:
        """Whether the page shows a notice: a mark of the family, or the very title its list printed."""
        if "html" not in (response.headers.get("Content-Type") or b"html").decode("latin-1").lower():
            return True  # a file in place of a page; the reader says what it makes of it
        if any(mark in response.body for mark in self.detail_marks):
            return True
        title = _folded(row.facts.get("title", ""))
        return len(title) > 5 and title in _folded(unescape(text_of(response.body, _declared(response)) or ""))

    def _page(self, response: Response, ask: Ask, row: Row) -> Page:
        header = {name: (response.headers.get(name) or b"").decode("latin-1") for name in _KEPT_HEADERS}
        return Page(
            portal=self.portal.id,
            row=row,
            fetched_at=now(),
            status=response.status,
            content_type=header["Content-Type"].partition(";")[0].strip() or "text/html",
            encoding=_declared(response),
            etag=header["ETag"] or None,
            last_modified=header["Last-Modified"] or None,
            packed=Page.pack(response.body),
            recheck=ask.recheck,
        )

    def _unexpected(self, response: Response, text: str, missing: str) -> Fault:
        """What a page without its list or notice is. A refusal stops the host."""
        found = finding(text, self.signs)
        if found is None:
            return Fault("failed", missing, response.body)
        fault = self._found_fault(found, response.body, response.url)
        if fault.state == "blocked":
            self._stopped.setdefault(urlparse_cached(response).netloc, fault)
        return fault

    # -- Bad ends

    def failed(self, ask: Ask, fault: Fault) -> Iterator[Any]:
        tally = self.tally(ask.channel.id)
        if ask.row is None:
            at_list = fault.state if ask.page == 1 or fault.state == "blocked" else "partial"
            tally.note(replace(fault, state=at_list, reason=f"{fault.reason} on {_path(ask.url)}"), ask.url)
            return
        tally.unfetched += 1
        why = _why(fault)
        tally.unreadable += why == "unreadable"
        if not ask.recheck:
            yield self.say(
                Listed(portal=self.portal.id, row=ask.row, why=why, detail=f"{fault.reason} at {ask.url}"[:500])
            )
        if why != "budget":
            state: State = "blocked" if fault.state == "blocked" else "partial"
            tally.note(replace(fault, state=state, reason=f"notices: {fault.reason.removeprefix(_NOT_ASKED)}"), ask.url)

    def _weigh_details(self) -> Iterator[Any]:
        """Judgements that need all details: too many unreadable, too many gone."""
        for tally in self.tallies.values():
            total = tally.fetched + tally.unreadable
            if tally.unreadable >= 5 and tally.unreadable * 2 > total:
                tally.note(Fault("suspect", f"{tally.unreadable} of {total} notices are unreadable: changed layout?"))
        # A portal that loses its whole archive for an hour has not withdrawn every notice.
        if len(self._gone) > 3 and len(self._gone) > self._again:
            for gone in self._gone:
                fault = Fault("suspect", f"{len(self._gone)} known notices at once answer HTTP {gone.status}")
                self.tally(gone.row.channel).note(fault, gone.row.url)
            return
        yield from map(self.say, self._gone)


_RECHECK_RANK = 4
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified")
_DATE = re.compile(r"(20\d\d)\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:\D{1,3}(\d{1,2})[:：](\d{2}))?")


def _read_plan(plan: Plan | str | None) -> Plan:
    if isinstance(plan, str):
        return Plan.model_validate_json(Path(plan).read_bytes())
    return plan or Plan()


def row_hash(facts: dict[str, str]) -> str:
    """Of what a list row says, blanks aside."""
    told = "\0".join(f"{name}={_folded(facts[name])}" for name in sorted(facts))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def published_at(words: str, zone: ZoneInfo) -> datetime | None:
    """A publishing time as lists print it, aware; a day without a time is its end. None where there is none."""
    if (match := _DATE.search(words)) is None:
        return None
    year, month, day = (int(part) for part in match.group(1, 2, 3))
    hour, minute = (int(match[4]), int(match[5])) if match[4] else (23, 59)
    try:
        return datetime(year, month, day, hour, minute, tzinfo=zone)
    except ValueError:
        return None


def _list_fault(found: ListPage, tally: Tally, ask: Ask, least: int) -> Fault | None:
    """What is odd about a list page that could be read."""
    rows = len(found.rows)
    if ask.page == 1 and rows == 0 and least == 0:
        return Fault("empty", "no rows")
    if ask.page == 1 and rows < least:
        return Fault("suspect", f"{rows} rows where at least {least} are usual")
    if rows and found.undated * 2 > rows:
        return Fault("suspect", f"{found.undated} of {rows} rows without a date: changed layout?")
    if ask.page > 1 and rows and {row.key for row in found.rows} == tally.last_keys:
        return Fault("partial", f"page {ask.page} repeats page {ask.page - 1}")
    if ask.page > 1 and found.pages is not None and found.pages < (tally.pages or 0):
        return Fault("partial", f"{tally.pages} pages shrank to {found.pages} while they were read")
    return None


def _why(fault: Fault) -> Literal["budget", "refused", "unreadable", "off-site"]:
    if fault.moved_to:
        return "off-site"
    if fault.state == "partial":  # the crawl's time was over
        return "budget"
    refused = fault.state == "blocked" or "never fetched" in fault.reason or "address refused" in fault.reason
    return "refused" if refused else "unreadable"


def _after_retries(tried: Request | Response) -> str:
    retries = tried.meta.get("retry_times", 0)
    return f" after {retries} retries" if retries else ""


def _declared(response: Response) -> str | None:
    return http_content_type_encoding((response.headers.get("Content-Type") or b"").decode("latin-1"))


def _folded(words: str) -> str:
    return "".join(words.split())


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
