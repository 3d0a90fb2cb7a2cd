"""Lists of rows, each leading to a page of its own: the pattern of nearly every portal.

A family module (ccgp.py) subclasses `ListDetailSpider`, sets `family`, and turns a list page into rows and the address
of the next page. How a platform pages (a page count, a next link, a token) is thereby its own matter.
"""

import heapq
import re
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from html import unescape
from itertools import count
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from scrapy.crawler import Crawler
from scrapy.http import Response
from w3lib.encoding import http_content_type_encoding

from crawler.clock import now
from crawler.judge import GONE_STATUS, text_of
from crawler.page import Gone, Listed, Page, Row, State, Unchanged
from crawler.plan import Plan
from crawler.portals import Channel
from crawler.spiders.base import NOT_ASKED, Ask, Fault, PortalSpider
from crawler.urls import absolute, is_loopback, swapped

OVERLAP = timedelta(hours=48)
"""How far back a deep poll reads: longer than any outage of one working day."""
STOP_AFTER = 10
"""Known rows in a row that end a quick poll's paging. Not the first one: numbers interleave, rows move."""
MAX_PAGES = 500
"""Of one channel in one crawl; no portal lists so many, an endless pager does."""


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
    part: str = ""
    """Which slice of the list this is, where it is read in slices (a day, a province). A slice is read to its end."""
    fault: Fault | None = None
    """What is odd about the page besides; its rows are taken all the same."""


class ListMissing(Exception):
    """The page does not have the list it should have: a changed layout, or not the page that was asked for."""


class ListRefused(Exception):
    """The answer says in its own words why it holds no list: a captcha is wanted, we are too frequent, wrong query."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


@dataclass
class _Paging:
    """How far the list of one channel was read."""

    pages: int | None = None
    """As many as the last page said there are."""
    keys: frozenset[str] = frozenset()
    """Of the last page."""
    part: str = ""
    """Of the last page."""
    known_run: int = 0
    """Known rows in a row, over pages."""


class ListDetailSpider(PortalSpider):
    """One crawl: the lists of the due channels, then the pages their unknown and changed rows lead to."""

    detail_marks: ClassVar[tuple[bytes, ...]] = ()
    """Bytes of which a detail page of this family has at least one."""

    def read_list(self, channel: Channel, url: str, text: str) -> ListPage:
        """A list page taken apart. Raises ListMissing where the list is not there, ListRefused where it says why."""
        raise NotImplementedError

    def first_list(self, channel: Channel) -> str:
        """Path and query of the first list page."""
        return channel.path

    def beyond(self, response: Response, ask: Ask, row: Row) -> Ask | None:  # noqa: ARG002  # for families with frames
        """The page to ask for next, where this one only leads to the notice; None where it is the notice."""
        return None

    def _prepare(self, crawler: Crawler, plan: Plan) -> None:
        super()._prepare(crawler, plan)
        self._paging: defaultdict[str, _Paging] = defaultdict(_Paging)
        self._seen: set[str] = set()
        self._asked_for: set[str] = set()
        self._left_over = {row.key for row in plan.pending}
        self._gone: list[Gone] = []
        """Known notices whose page is no more; said at the end, when it is clear that not all of them are."""
        self._still_there = 0
        deep = now() - OVERLAP
        self._back_to = {c.id: deep for c in self.portal.channels} if plan.mode == "deep" else {}
        for channel_id, instant in plan.back_to.items():
            self._back_to[channel_id] = min(instant, self._back_to.get(channel_id, instant))
        self._wanted: list[tuple[int, int, Ask]] = []
        self._order = count()
        self._likely = re.compile("|".join(map(re.escape, plan.likely))) if plan.likely else None
        self._zone = ZoneInfo(self.portal.time_zone)
        self._budget = plan.detail_budget
        if self._budget is None and not self.replica:  # a budget is politeness, which loopback does not need
            self._budget = self.portal.detail_budget

    # -- The order of things

    async def crawl(self) -> AsyncIterator[Any]:
        # A first poll of a busy portal could page through its whole time and bring no notice home.
        self._lists_until = self._deadline - self._seconds / 2
        due = [c for c in self.portal.channels if self.plan.channels is None or c.id in self.plan.channels]
        # Short windows first; lists that repeat others last, so that a row is counted where it belongs.
        for channel in sorted(due, key=lambda c: (c.repeats, not c.short_window)):
            first = Ask(channel, self.here(self.portal.base_url.rstrip("/") + self.first_list(channel)))
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
        yield from self._keep_to_budget()
        self._wanted = [(rank, -order, ask) for rank, order, ask in self._wanted]
        heapq.heapify(self._wanted)
        # What the tracker asks to see again has a budget of the tracker's own. It comes after the likely ones.
        for row in self.plan.recheck:
            if row.key not in self._asked_for:
                self._asked_for.add(row.key)
                heapq.heappush(self._wanted, (_RECHECK_RANK, next(self._order), self._detail(row, recheck=True)))

    def _keep_to_budget(self) -> Iterator[dict[str, Any]]:
        """Say of what the budget leaves over that it waits, and let go of it: no list is too long for our memory."""
        self._wanted.sort()
        over = self._wanted[self._budget :] if self._budget is not None else []
        del self._wanted[len(self._wanted) - len(over) :]
        for _, _, ask in over:
            if ask.row is not None:
                self.tally(ask.channel.id).unfetched += 1
                yield self.say(Listed(portal=self.portal.id, row=ask.row, why="budget"))

    def _want(self, row: Row, pending: bool = False) -> None:
        """Likely titles first, among them short windows first, and new rows before those left over. Each row once."""
        if row.key in self._asked_for:
            return
        self._asked_for.add(row.key)
        channel = self.portal.channel(row.channel)
        likely = self._likely is None or self._likely.search(row.facts.get("title", "")) is not None
        rank = 2 * (channel is None or not channel.short_window) + pending + (0 if likely else _RECHECK_RANK + 1)
        self._wanted.append((rank, next(self._order), self._detail(row)))

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
            found = self.read_list(ask.channel, ask.url, text)
        except ListRefused as refused:
            stops = refused.fault.state == "blocked"
            fault = self.stop(response, refused.fault) if stops else replace(refused.fault, body=response.body)
            yield from self.failed(ask, fault)
            return
        except ListMissing as missing:
            yield from self.failed(ask, self.unexpected(response, text, str(missing)))
            return
        tally, paging = self.tally(ask.channel.id), self._paging[ask.channel.id]
        keys = frozenset(row.key for row in found.rows)
        for odd in (found.fault, _list_fault(found, paging, ask, self._min_rows(ask.channel))):
            if odd is not None:
                tally.note(Fault(odd.state, f"{odd.reason} on {_path(ask.url)}", response.body))
        repeated = ask.page > 1 and bool(keys) and keys == paging.keys and found.part == paging.part
        paging.keys, paging.pages, paging.part = keys, found.pages, found.part
        tally.rows += len(found.rows)
        going_on = self._take(found.rows, ask.channel) or found.part
        if self._budget is not None and len(self._wanted) > self._budget + _SPARE:
            yield from self._keep_to_budget()
        if going_on and not repeated:
            yield from self._next_list(ask, found)

    def _next_list(self, ask: Ask, found: ListPage) -> Iterator[Any]:
        if found.next_url is None:
            if found.pages is None and found.rows:
                fault = Fault("partial", f"no page count on {_path(ask.url)}, further pages were not read")
                self.tally(ask.channel.id).note(fault)
            return
        if self.plan.list_pages is not None and ask.page >= self.plan.list_pages:
            return
        target = self.here(absolute(ask.url, found.next_url))
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

    def _take(self, rows: tuple[Row, ...], channel: Channel) -> bool:
        """Note the rows that are to be fetched; True where the next page has to be read as well."""
        paging, fresh = self._paging[channel.id], 0
        for row in rows:
            known = self.plan.known.get(row.key)
            if known is not None and (channel.repeats or known.row_hash == row.row_hash):
                paging.known_run += 1
            elif row.key in self._seen:
                fresh += 1  # it moved from the page before to this one while we read
            elif row.key in self._left_over:
                paging.known_run += 1  # seen in an earlier poll; it waits for its detail, now with fresh facts
                self._want(row, pending=True)
            else:
                paging.known_run = 0
                fresh += 1
                self._want(row)
            self._seen.add(row.key)
        if fresh and paging.known_run < STOP_AFTER:
            return True
        return any(self._inside(row, channel.id) for row in rows)

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
            self._still_there += 1
            yield self.say(Unchanged(portal=portal, row=row))
        elif response.status in GONE_STATUS:
            gone = Gone(portal=portal, row=row, status=response.status)
            if ask.recheck or row.key in self.plan.known:
                self._gone.append(gone)
            elif row.key in self._left_over:
                yield self.say(gone)
            else:  # the list may run ahead of the page; the next poll asks again
                tally.unfetched += 1
                why = f"HTTP {response.status}"
                yield self.say(Listed(portal=portal, row=row, why="unreadable", detail=why))
        elif (following := self.beyond(response, ask, row)) is not None:
            yield from self.ask_or_fail(following)
        elif self._is_detail(response, row):
            tally.fetched += 1
            self._pages += 1
            self._still_there += ask.recheck
            yield self.say(self._page(response, ask, row))
        else:
            text = text_of(response.body, _declared(response))
            fault = (
                Fault("failed", "undecodable page", response.body)
                if text is None
                else self.unexpected(response, text, "no notice on the page")
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
            tally.note(replace(fault, state=state, reason=f"notices: {fault.reason.removeprefix(NOT_ASKED)}"), ask.url)

    def _weigh_details(self) -> Iterator[Any]:
        """Judgements that need all details: too many unreadable, too many gone."""
        for tally in self.tallies.values():
            total = tally.fetched + tally.unreadable
            if tally.unreadable >= 5 and tally.unreadable * 2 > total:
                tally.note(Fault("suspect", f"{tally.unreadable} of {total} notices are unreadable: changed layout?"))
        # A portal that loses its whole archive for an hour has not withdrawn every notice.
        if len(self._gone) > 3 and len(self._gone) > self._still_there:
            for gone in self._gone:
                fault = Fault("suspect", f"{len(self._gone)} known notices at once answer HTTP {gone.status}")
                self.tally(gone.row.channel).note(fault, gone.row.url)
            return
        yield from map(self.say, self._gone)


_RECHECK_RANK = 4
_SPARE = 500
"""Rows above the budget that are held before they are let go of: a sort for each page would cost more."""
_KEPT_HEADERS = ("Content-Type", "ETag", "Last-Modified")
_DATE = re.compile(r"(20\d\d)\D{1,2}(\d{1,2})\D{1,2}(\d{1,2})(?:\D{1,3}(\d{1,2})[:：](\d{2}))?")


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


def _list_fault(found: ListPage, before: _Paging, ask: Ask, least: int) -> Fault | None:
    """What is odd about a list page that could be read."""
    rows = len(found.rows)
    if ask.page == 1 and rows == 0 and least == 0:
        return Fault("empty", "no rows")
    if ask.page == 1 and rows < least:
        return Fault("suspect", f"{rows} rows where at least {least} are usual")
    if rows and found.undated * 2 > rows:
        return Fault("suspect", f"{found.undated} of {rows} rows without a date: changed layout?")
    if found.part != before.part:
        return None  # the first page of another slice
    if ask.page > 1 and rows and {row.key for row in found.rows} == before.keys:
        return Fault("partial", f"page {ask.page} repeats page {ask.page - 1}")
    if ask.page > 1 and found.pages is not None and found.pages < (before.pages or 0):
        return Fault("partial", f"{before.pages} pages shrank to {found.pages} while they were read")
    return None


def _why(fault: Fault) -> Literal["budget", "refused", "unreadable", "off-site"]:
    if fault.moved_to:
        return "off-site"
    if fault.state == "partial":  # the crawl's time was over
        return "budget"
    refused = fault.state == "blocked" or "never fetched" in fault.reason or "address refused" in fault.reason
    return "refused" if refused else "unreadable"


def _declared(response: Response) -> str | None:
    return http_content_type_encoding((response.headers.get("Content-Type") or b"").decode("latin-1"))


def _folded(words: str) -> str:
    return "".join(words.split())


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")
