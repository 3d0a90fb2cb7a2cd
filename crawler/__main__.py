"""`python -m crawler crawl PORTAL`: one crawl, JSON lines on stdout, logs on stderr, the result line last.

Exit codes: 0 every channel ok or empty, 1 anything else, 2 the caller's mistake.
"""

import argparse
import sys
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

from pydantic import ValidationError

from crawler.config import FileError
from crawler.page import GOOD, LINE, Result
from crawler.plan import Plan
from crawler.portals import Portal, load_portals
from crawler.urls import Refused, is_loopback, origin


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        if given.command == "list":
            return _list()
        portal = _portal(given.portal)
        plan = _plan(given.plan, portal, given.base_url)
    except (FileError, UserMistake) as mistake:
        print(mistake, file=sys.stderr)  # noqa: T201
        return 2
    return _crawl(portal, plan)


class UserMistake(ValueError):
    """Something the caller can put right; the message says how."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crawler", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the portals that can be crawled")
    crawl = commands.add_parser("crawl", help="crawl one portal")
    crawl.add_argument("portal", help="id of a portal: the name of its file in config/portals")
    crawl.add_argument("--plan", metavar="FILE", help="what is due and what is known (crawler/plan.py); - reads stdin")
    crawl.add_argument("--base-url", metavar="URL", help="a replica on loopback, such as http://127.0.0.1:8000")
    return parser


def _list() -> int:
    portals = load_portals()
    for portal in portals.values():
        print(f"{portal.id}\t{portal.family}\t{len(portal.channels)} channels\t{portal.name.en}")  # noqa: T201
    for error in portals.errors:
        print(error, file=sys.stderr)  # noqa: T201
    return 1 if portals.errors else 0


def _portal(portal_id: str) -> Portal:
    portals = load_portals()
    if portal_id in portals:
        return portals[portal_id]
    for error in portals.errors:
        if error.path.stem == portal_id:
            raise error
    near = get_close_matches(portal_id, portals, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(portals)}"
    raise UserMistake(f"no portal {portal_id!r}; {hint}")


def _plan(source: str | None, portal: Portal, base_url: str | None) -> Plan:
    plan = Plan()
    if source is not None:
        try:
            raw = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
            plan = Plan.model_validate_json(raw)
        except OSError as error:
            raise UserMistake(f"--plan {source}: {error.strerror}") from None
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"])) or "the whole"
            raise UserMistake(f"--plan {source}: {where}: {first['msg']}") from None
    plan = plan.model_copy(update={"base_url": base_url or plan.base_url})
    known = {channel.id for channel in portal.channels}
    if unknown := sorted(set(plan.channels or ()) - known):
        raise UserMistake(f"--plan: {portal.id} has no channel {unknown[0]!r}; it has {', '.join(sorted(known))}")
    if plan.base_url is not None:
        try:
            origin(plan.base_url)
        except Refused as refused:
            raise UserMistake(f"--base-url: {refused.why}") from None
        if not is_loopback(urlsplit(plan.base_url).hostname or ""):
            raise UserMistake(f"--base-url {plan.base_url} is not on loopback; a replica runs on this machine")
    return plan


def _crawl(portal: Portal, plan: Plan) -> int:
    from scrapy.crawler import CrawlerProcess
    from scrapy.settings import Settings
    from scrapy.signals import item_scraped

    from crawler.loader import files_spider_class, spider_class

    settings = Settings()
    settings.setmodule("crawler.settings", priority="project")
    settings.set("ITEM_PIPELINES", {"crawler.lines.LineWriter": 100})
    process = CrawlerProcess(settings)
    crawl = process.create_crawler(files_spider_class(portal) if plan.files else spider_class(portal))
    results: list[Result] = []

    def keep(item: dict[str, object]) -> None:
        if item["type"] == "result":
            results.append(LINE.validate_python(item))  # type: ignore[arg-type]  # its type says Result

    crawl.signals.connect(keep, item_scraped)
    process.crawl(crawl, plan=plan)
    process.start()
    return 0 if results and all(c.state in GOOD for c in results[0].channels) else 1


def _exit() -> NoReturn:
    sys.exit(main())


if __name__ == "__main__":
    _exit()
