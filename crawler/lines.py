"""Where a crawl's lines go: stdout, one JSON object each, written through at once."""

import json
import os
import sys
from typing import Any, Self

from scrapy.crawler import Crawler
from scrapy.utils.defer import deferred_from_coro


class LineWriter:
    """Item pipeline of `python -m crawler crawl`. A reader that is slow slows the crawl; one that is gone ends it."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.out = sys.stdout.buffer
        self.gone = False

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        return cls(crawler)

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        if self.gone:
            return item
        try:
            self.out.write(json.dumps(item, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
            self.out.flush()
        except BrokenPipeError:
            self.gone = True
            # The interpreter flushes stdout once more at its end; let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())
            deferred_from_coro(self.crawler.engine.close_spider_async(reason="nobody reads our lines"))
        return item
