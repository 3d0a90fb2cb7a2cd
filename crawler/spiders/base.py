"""What all portals have in common: one crawl from its plan to its result line.

Access patterns build on it (listdetail.py), families on those (ccgp.py), and a portal is a YAML file.

Nothing is allowed to vanish. Every request is entered in `_open` when it is made and struck off by its callback, its
errback or a signal; what stays open is named, and the poll is then partial.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response
from scrapy.utils.httpobj import urlparse_cached
from twisted.python.failure import Failure

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
)
from crawler.middlewares import GateRefused, HostStopped, RobotsForbidden, RobotsUnreadable
from crawler.page import ChannelResult, Line, Page, Result, Row, State
from crawler.plan import Plan
from crawler.portals import Bilingual, Channel, Portal, common_signs
from crawler.resolver import refused_address
from crawler.urls import Refused, absolute, is_loopback, swapped

_WORSE: tuple[State, ...] = ("ok", "empty", "partial", "suspect", "failed", "blocked")
NOT_ASKED = "not asked: "
EVIDENCE_BYTES = 200_000
MAX_MISSING = 50
MAX_HOPS = 5
REPLICA_CONCURRENCY = 16


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
    unconditional: bool = False
    """Fetched whole although a validator is known: something else about the notice has changed."""


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
    """Set by a family's class; crawler/loader.py finds it by this name."""
    portal: Portal

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
        return self.dressed(request, ask)

    def dressed(self, request: Request, ask: Ask) -> Request:  # noqa: ARG002  # for families that post
        """The request as the platform wants it, such as a form that is posted in place of a query."""
        return request

    def ask_or_fail(self, ask: Ask, what: str = "the link leads") -> Iterator[Any]:
        """The request, or what its failing leaves where the gate refuses it or its host gets no more requests."""
        if fault := self.stop_fault(ask.url):
            yield from self.failed(ask, _not_asked(fault))
            return
        try:
            yield self.ask(ask)
        except Refused as refused:
            yield from self.failed(ask, gate_fault(refused, b"", what))

    def _conditions(self, ask: Ask) -> dict[str, str] | None:
        asked_again = ask.recheck and not ask.unconditional
        known = self.plan.known.get(ask.row.key) if asked_again and ask.row else None
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
                fault = gate_fault(refused, body, f"redirected (HTTP {response.status})")
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
                return gate_fault(refused, body, "sent (meta refresh)")
        return Fault("failed", str(found), body)

    def stop(self, response: Response, fault: Fault) -> Fault:
        """No further request to the host of this answer; returns the fault with the answer as evidence."""
        fault = replace(fault, body=response.body)
        self._stopped.setdefault(urlparse_cached(response).netloc, fault)
        return fault

    def unexpected(self, response: Response, text: str, missing: str) -> Fault:
        """What a page without its list or notice is. A refusal stops the host."""
        found = finding(text, self.signs)
        if found is None:
            return Fault("failed", missing, response.body)
        fault = self._found_fault(found, response.body, response.url)
        if fault.state == "blocked":
            self._stopped.setdefault(urlparse_cached(response).netloc, fault)
        return fault

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
    return replace(fault, reason=f"{NOT_ASKED}{fault.reason}", body=b"")


def gate_fault(refused: Refused, body: bytes, what: str) -> Fault:
    """`what` says who led there: `redirected`, `the link leads` …"""
    if refused.fault == "host":
        return Fault("failed", f"{what} to another host: {refused.host}", body, moved_to=refused.host)
    return Fault("failed", f"{what} to an address that is never fetched: {refused.why}", body)


def _read_plan(plan: Plan | str | None) -> Plan:
    if isinstance(plan, str):
        return Plan.model_validate_json(Path(plan).read_bytes())
    return plan or Plan()


def _after_retries(tried: Request | Response) -> str:
    retries = tried.meta.get("retry_times", 0)
    return f" after {retries} retries" if retries else ""
