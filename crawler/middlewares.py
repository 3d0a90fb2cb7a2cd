"""Downloader middlewares: the URL gate on every request, robots.txt that must be readable, retries that listen,
and compressed bodies that are whole."""

import asyncio
import zlib
from typing import TYPE_CHECKING, Any, Self

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.httpcompression import HttpCompressionMiddleware
from scrapy.downloadermiddlewares.retry import RetryMiddleware, get_retry_request
from scrapy.exceptions import IgnoreRequest, ResponseDataLossError
from scrapy.extensions.throttle import AutoThrottle
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.httpobj import urlparse_cached

from crawler.judge import BLOCK_STATUS, GONE_STATUS, failure_words, text_of
from crawler.resolver import refused_address
from crawler.urls import Refused

if TYPE_CHECKING:
    from crawler.spiders.base import PortalSpider

ROBOTS_MAXSIZE = 500 * 1024
"""RFC 9309 §2.5 asks crawlers to read at least 500 KiB; a larger file is no robots.txt."""


_IS_ROBOTS = "robots"
LONGEST_CRAWL_DELAY = 60.0
"""Seconds; a robots.txt that asks for an hour between two pages would keep a poll from ever ending."""
UNPACKED_LIMIT = 64 * 1024 * 1024
"""Where the check for wholeness gives up on a bomb; DOWNLOAD_MAXSIZE refuses it then."""


class GateRefused(IgnoreRequest):
    """The URL gate said no; no request has left."""


class HostStopped(IgnoreRequest):
    """The host refused us earlier in this crawl; no request has left."""


class RobotsUnreadable(IgnoreRequest):
    """robots.txt gave no clear answer, so nothing is fetched from that host."""


def _spider(crawler: Crawler) -> "PortalSpider":
    spider: Any = crawler.spider
    return spider  # type: ignore[no-any-return]  # every spider of this project is a PortalSpider


class GateMiddleware:
    """Every request passes the gate, robots.txt and redirects of it included; a host that refused us gets none."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        spider = _spider(self.crawler)
        try:
            spider.gate.check(request.url)
        except Refused as refused:
            raise GateRefused(refused.why) from None
        if fault := spider.stop_fault(request.url):
            raise HostStopped(fault.reason)


class RobotsForbidden(IgnoreRequest):
    """robots.txt forbids this address."""


class RobotsMiddleware:
    """robots.txt of each host is read once a crawl, before anything else of it.

    Unlike Scrapy's own, it looks at the status, and takes only 404 and 410 for "no rules": after a server error
    Scrapy goes on, and it reads an HTML error page as "all allowed". RFC 9309 lets a 403 pass; we do not.
    """

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.agent: str = crawler.settings["ROBOTSTXT_USER_AGENT"]
        self._rules: dict[str, asyncio.Future[Protego | str]] = {}
        """By origin; text says why they could not be read."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        if request.meta.get(_IS_ROBOTS):
            return
        parts = urlparse_cached(request)
        host = f"{parts.scheme}://{parts.netloc}"
        if host not in self._rules:
            self._rules[host] = asyncio.ensure_future(self._read(host))
        rules = await asyncio.shield(self._rules[host])
        if isinstance(rules, str):
            raise RobotsUnreadable(f"robots.txt unreadable: {rules}")
        if not rules.can_fetch(request.url, self.agent):
            raise RobotsForbidden("robots.txt forbids it")

    async def _read(self, host: str) -> "Protego | str":
        meta = {_IS_ROBOTS: True, "download_maxsize": ROBOTS_MAXSIZE}
        request = Request(f"{host}/robots.txt", priority=1000, meta=meta, callback=NO_CALLBACK)
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # whatever it is, the rules are unknown then
            refused = refused_address(self.crawler.stats, urlparse_cached(request).hostname)
            return refused or failure_words(error, ROBOTS_MAXSIZE / (1 << 20))
        if response.status in GONE_STATUS:
            return Protego.parse("")
        if response.status != 200:
            return f"HTTP {response.status}"
        text = text_of(response.body)
        if text is None or "\0" in text:
            return "no text"
        if text.lstrip().startswith("<"):
            return "HTML in place of rules"
        rules = Protego.parse(text)
        self.slow_down(rules.crawl_delay(self.agent) or 0)
        return rules

    def slow_down(self, seconds: float) -> None:
        """Obey a Crawl-delay longer than our own, up to a minute. A replica has no throttle to slow."""
        throttle = self.crawler.get_extension(AutoThrottle)
        if throttle is not None:
            throttle.mindelay = max(throttle.mindelay, min(seconds, LONGEST_CRAWL_DELAY))


class PatientRetryMiddleware(RetryMiddleware):
    """Scrapy's, except that a portal that refuses us or names a time to come back is not asked again at once."""

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Any = None,  # noqa: ARG002  # Scrapy's
    ) -> Request | Response:
        if response.status in BLOCK_STATUS or response.headers.get("Retry-After"):
            return response
        return super().process_response(request, response)

    def process_exception(
        self,
        request: Request,
        exception: Exception,
        spider: Any = None,  # noqa: ARG002  # Scrapy's
    ) -> Request | Response | None:
        if refused_address(self.crawler.stats, urlparse_cached(request).hostname):
            return None
        return super().process_exception(request, exception)


class WholeCompressionMiddleware(HttpCompressionMiddleware):
    """Scrapy's, except that a compressed body that was cut is a failure.

    Scrapy unpacks what is there and says nothing, although half a notice may have lost its deadline.
    """

    def __init__(self, *, crawler: Crawler) -> None:
        super().__init__(crawler=crawler)
        self.crawler = crawler

    def process_response(
        self,
        request: Request,
        response: Response,
        spider: Any = None,  # noqa: ARG002  # Scrapy's
    ) -> Request | Response:
        encoding = (response.headers.get("Content-Encoding") or b"").strip().lower()
        if encoding in (b"gzip", b"x-gzip", b"deflate"):
            if response.body and not is_whole(response.body, encoding != b"deflate"):
                again = get_retry_request(request, spider=_spider(self.crawler), reason="cut short")
                if again is None:
                    raise ResponseDataLossError("a compressed body is cut short")
                return again
        elif encoding not in (b"", b"identity"):
            raise IgnoreRequest(f"answered in {encoding.decode('latin-1')!r}, which was not asked for")
        return super().process_response(request, response)


def is_whole(packed: bytes, gzip: bool) -> bool:
    """Whether a gzip or deflate stream reaches its own end. Unpacks in small pieces and keeps none of them.

    True as well for what is no such stream, or larger than any page may be: others judge that.
    """
    bits = 31 if gzip else 15 if packed[:1] == b"\x78" else -15
    while packed:
        stream, size = zlib.decompressobj(wbits=bits), 0
        while not stream.eof:
            try:
                piece = stream.decompress(packed, 1 << 16)
            except zlib.error:
                return True
            size += len(piece)
            packed = stream.unconsumed_tail
            if size > UNPACKED_LIMIT:
                return True
            if not piece and not packed:
                return stream.eof
        packed = stream.unused_data if gzip and stream.unused_data.startswith(b"\x1f\x8b") else b""
    return True
