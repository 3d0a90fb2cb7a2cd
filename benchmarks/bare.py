"""The baseline: a bare Scrapy spider that fetches the list pages and details of the replica, and keeps nothing."""

import re
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response


class Bare(Spider):
    """Follows every list page of the channels and every link on it."""

    name = "bare"

    def __init__(self, base_url: str, channels: list[str], **more: Any) -> None:
        super().__init__(**more)
        self.base_url, self.channels = base_url, channels
        self.fetched = 0

    async def start(self) -> AsyncIterator[Request]:
        for channel in self.channels:
            yield Request(f"{self.base_url}/cggg/{channel.replace('-', '/')}/index.htm", callback=self.first)

    def first(self, response: Response) -> Iterator[Request]:
        pages = re.search(r"size:\s*(\d+)", response.text)
        for page in range(1, int(pages[1]) if pages else 1):
            yield response.follow(f"index_{page}.htm", callback=self.listing)
        yield from self.listing(response)

    def listing(self, response: Response) -> Iterator[Request]:
        for link in response.css("ul.c_list_bid > li > a::attr(href)").getall():
            yield response.follow(link, callback=self.detail)

    def detail(self, response: Response) -> None:
        self.fetched += len(response.body) > 0


def main() -> None:
    base_url, *channels = sys.argv[1:]
    settings = {
        "LOG_LEVEL": "ERROR",
        "ROBOTSTXT_OBEY": False,
        "CONCURRENT_REQUESTS": 16,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 16,
        "TELNETCONSOLE_ENABLED": False,
    }
    process = CrawlerProcess(settings)
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, base_url=base_url, channels=channels)
    process.start()
    print(crawler.spider.fetched)


if __name__ == "__main__":
    main()
