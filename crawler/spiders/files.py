"""Attachments: the files a plan names, fetched through the portal's own gate and its attachment hosts.

Each file is written into the content-addressed store as it comes, under the hash of its bytes; the lines say where.
A link that ends at a login is recorded as such, never tried further.
"""

import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from crawler.clock import now
from crawler.filetypes import sniff
from crawler.judge import GONE_STATUS, finding, text_of
from crawler.page import File
from crawler.plan import Plan
from crawler.spiders.base import Ask, Fault, PortalSpider
from crawler.urls import Refused, is_loopback, swapped

MAX_FILE = 100 * 1024 * 1024
"""Bytes of one attachment; tender documents with drawings reach fifty."""
FILE_TIMEOUT = 600


class FilesSpider(PortalSpider):
    """One crawl of the attachments of one portal; no family, since files are the same everywhere."""

    def _prepare(self, crawler: Crawler, plan: Plan) -> None:
        super()._prepare(crawler, plan)
        self.gate = self.portal.attachment_gate(plan.base_url or crawler.settings.get("REPLICA_URL"))
        self._max_mb = MAX_FILE >> 20
        if plan.files_into is None:
            raise ValueError("plan: files without files_into; name the folder of the store")
        self._store = Path(plan.files_into)

    async def crawl(self) -> AsyncIterator[Any]:
        for row in self.plan.files:
            first = Ask(self.tally(row.channel).channel, self.here(row.url), row, recheck=row.key in self.plan.known)
            for request_or_line in self.ask_or_fail(first):
                yield request_or_line
            await self._until(lambda: len(self._open) < self._window)
        await self._until(lambda: not self._open)

    def here(self, url: str) -> str:
        if not self.replica:
            return url
        if is_loopback(urlsplit(url).hostname or ""):
            return swapped(url, self.base_url)  # stored from a replica that may stand at another port now
        try:
            return swapped(self.portal.attachment_gate().check(url), self.base_url)
        except Refused:
            return url

    def dressed(self, request: Request, ask: Ask) -> Request:  # noqa: ARG002  # every request here is for a file
        request.meta.update(download_maxsize=MAX_FILE, download_timeout=FILE_TIMEOUT)
        return request

    def stop_fault(self, url: str) -> Fault | None:
        """As for pages, except that one link behind a login says nothing about the others."""
        fault = super().stop_fault(url)
        return None if fault is not None and _is_login(fault) else fault

    def read_response(self, response: Response, ask: Ask) -> Iterator[Any]:
        if response.status == 304:
            yield self._line(ask, "unchanged", response)
        elif response.status in GONE_STATUS:
            yield self._line(ask, "gone", response, f"HTTP {response.status}")
        elif (kind := sniff(response.body)) == "html" and (found := self._page(response)):
            yield self._line(ask, "needs-login" if "login" in found else "refused", response, found)
        else:
            digest = self._keep(response.body)
            self._pages += 1
            self.tally(ask.channel.id).fetched += 1
            size = len(response.body)
            yield self._line(ask, "fetched", response, digest=digest, size=size, kind=kind)

    def failed(self, ask: Ask, fault: Fault) -> Iterator[Any]:
        login = _is_login(fault)
        refused = fault.state == "blocked" or fault.moved_to or "refused" in fault.reason or "never" in fault.reason
        outcome: _Outcome = "needs-login" if login else "refused" if refused else "failed"
        self.tally(ask.channel.id).unfetched += 1
        if outcome == "failed":
            self.tally(ask.channel.id).note(Fault("partial", fault.reason), ask.url)
        yield self._line(ask, outcome, None, fault.reason)

    def _page(self, response: Response) -> str | None:
        """What a page in place of a file is; None where it may be the document itself, saved as HTML."""
        found = finding(text_of(response.body) or "", self.signs)
        return str(found) if found else None

    def _keep(self, body: bytes) -> str:
        """The file into the store, whole or not at all; returns its hash. Raises OSError (disk full)."""
        digest = hashlib.sha256(body).hexdigest()
        target = self._store / digest[:2] / digest
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_suffix(f".{os.getpid()}.partial")
            try:
                partial.write_bytes(body)
                partial.replace(target)
            finally:
                partial.unlink(missing_ok=True)
        return digest

    def _line(
        self,
        ask: Ask,
        outcome: "_Outcome",
        response: Response | None,
        detail: str = "",
        digest: str | None = None,
        size: int = 0,
        kind: str = "unknown",
    ) -> dict[str, Any]:
        assert ask.row is not None

        def header(name: str) -> str | None:
            value = response.headers.get(name) if response is not None else None
            return value.decode("latin-1") if value else None

        return self.say(
            File(
                portal=self.portal.id,
                row=ask.row,
                outcome=outcome,
                detail=detail,
                fetched_at=now(),
                hash=digest,
                size=size,
                kind=kind,
                etag=header("ETag"),
                last_modified=header("Last-Modified"),
            )
        )


def _is_login(fault: Fault) -> bool:
    return fault.state == "blocked" and ("login" in fault.reason or "HTTP 401" in fault.reason)


_Outcome = Literal["fetched", "unchanged", "gone", "needs-login", "refused", "failed"]
