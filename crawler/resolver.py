"""Name resolution with the second half of the URL gate: what a name resolved to is judged as it is connected to."""

from typing import Any

from scrapy.resolver import CachingThreadedResolver
from scrapy.statscollectors import StatsCollector
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from crawler.urls import forbidden_address

_REFUSED = "gate/address_refused"


def refused_address(stats: StatsCollector, host: str | None) -> str | None:
    """Why this crawl's resolver refused a name, if it did. Twisted turns every resolver error into "no results"."""
    why: str | None = stats.get_value(f"{_REFUSED}/{host}")
    return why


class GuardedResolver(CachingThreadedResolver):
    """Scrapy's resolver, which refuses every address that is not public.

    The connection is made to the very address judged here, so a name that resolves differently a moment later gains
    nothing. A loopback address passes only while every crawl of this process reads a replica.
    """

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float) -> None:
        super().__init__(reactor, cache_size, timeout)
        self.process: Any = None

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: ReactorBase) -> "GuardedResolver":
        """`crawler` is the whole CrawlerProcess: one resolver serves a process."""
        resolver = super().from_crawler(crawler, reactor)
        resolver.process = crawler
        return resolver

    def getHostByName(self, name: str, timeout: Any = ()) -> "Deferred[str]":
        return super().getHostByName(name, timeout).addCallback(self._judged, name)

    def _judged(self, address: str, name: str) -> str:
        crawls = list(self.process.crawlers)
        if crawls and all(getattr(crawl.spider, "replica", False) for crawl in crawls):
            return address
        if (why := forbidden_address(address)) is None:
            return address
        for crawl in crawls:
            crawl.stats.set_value(f"{_REFUSED}/{name}", f"{name} resolves to {address}, {why}")
        raise DNSLookupError(f"{name} resolves to {address}, {why}")
