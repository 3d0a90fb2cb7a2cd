"""Which spiders there are: one for each portal file, made of the family's class."""

from collections.abc import Mapping
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.settings import BaseSettings

import crawler.spiders
from crawler.portals import Portal, load_portals
from crawler.spiders.base import PortalSpider
from crawler.spiders.files import FilesSpider


def families() -> dict[str, type[PortalSpider]]:
    """The family modules of crawler/spiders by name; each holds one spider class with `family` set."""
    modules = (import_module(f"crawler.spiders.{found.name}") for found in iter_modules(crawler.spiders.__path__))
    return {
        spider.family: spider
        for module in modules
        for _, spider in getmembers(module, isclass)
        if issubclass(spider, PortalSpider) and spider.family and spider.__module__ == module.__name__
    }


def spider_class(portal: Portal, known: Mapping[str, type[PortalSpider]] | None = None) -> type[PortalSpider]:
    """The spider of one portal. ValueError where no module knows its family."""
    known = families() if known is None else known
    if portal.family not in known:
        raise ValueError(
            f"{portal.id}.yaml: family: no module crawler/spiders/{portal.family}.py; known are {', '.join(known)}"
        )
    return type(portal.id, (known[portal.family],), {"name": portal.id, "portal": portal})


def files_spider_class(portal: Portal) -> type[PortalSpider]:
    """The spider that fetches attachments of one portal."""
    return type(f"{portal.id}-files", (FilesSpider,), {"name": f"{portal.id}-files", "portal": portal})


class PortalSpiderLoader:
    """Scrapy's SpiderLoaderProtocol: `scrapy list` and `scrapy crawl ID` see every portal."""

    def __init__(self) -> None:
        known = families()
        self._spiders = {p.id: spider_class(p, known) for p in load_portals().values() if p.family in known}

    @classmethod
    def from_settings(cls, _settings: BaseSettings) -> "PortalSpiderLoader":
        return cls()

    def load(self, spider_name: str) -> type[Spider]:
        return self._spiders[spider_name]

    def find_by_request(self, request: Request) -> list[str]:
        """The portals whose hosts a URL belongs to."""
        host = urlsplit(request.url).hostname or ""
        return sorted(name for name, spider in self._spiders.items() if spider.portal.gate().allows(host))

    def list(self) -> list[str]:
        return sorted(self._spiders)
