"""A look at one portal without storing anything: one list page a channel, a few notices, and what they would become."""

import base64
import json
import re
import threading
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.notice import Notice
from crawler.page import GOOD, ChannelResult, Listed, Page, Result
from crawler.plan import Plan
from crawler.portals import Portal
from crawler.reading import read
from crawler.reading.blocks import read_html
from crawler.reading.printed import as_schema
from crawler.text import UndecodableError, decode
from tracker.relevance import Relevance, classify, likely_words
from tracker.service.expect import share_faults
from tracker.service.poll import Crawl

EVIDENCE_WORDS = 200
"""Characters of a page that are shown as the reason of a judgement."""


@dataclass
class Looked:
    """One notice page with what it says."""

    page: Page
    notices: list[Notice]
    verdicts: list[Relevance]


@dataclass
class Look:
    """What one poll of a portal saw and would keep."""

    portal: Portal
    channels: list[ChannelResult] = field(default_factory=list)
    pages: list[Looked] = field(default_factory=list)
    waiting: list[Listed] = field(default_factory=list)
    requests: int = 0
    fault: str = ""
    """Why the crawl itself ended badly."""

    @property
    def good(self) -> bool:
        """Whether every channel could be read, and the notices hold what is usual."""
        return not self.fault and not self.below and all(each.state in GOOD for each in self.channels)

    @property
    def below(self) -> list[str]:
        """Which shares are below what the portal's file calls normal."""
        return share_faults(self.portal.expect, [notice for page in self.pages for notice in page.notices])

    @property
    def kept(self) -> int:
        """Publications that a true poll would have stored, rows without their page among them."""
        return sum(len(page.notices) for page in self.pages) + len(self.waiting)


def look(
    portal: Portal,
    *,
    channels: Sequence[str] | None = None,
    notices: int = 3,
    base_url: str | None = None,
    timeout_s: float = 900,
) -> Look:
    """Poll one portal now, one list page a channel and `notices` pages in all. Only the child's log is stored."""
    wanted = tuple(channels or (each.id for each in portal.channels))
    plan = Plan(channels=wanted, list_pages=1, detail_budget=notices, likely=likely_words(), base_url=base_url)
    seen = Look(portal)
    ended = False
    with Crawl(portal.id, plan, timeout_s, threading.Event()) as crawl:
        for line in crawl.lines():
            match line:
                case Page():
                    seen.pages.append(_looked(line))
                case Listed():
                    seen.waiting.append(line)
                case Result():
                    seen.channels, seen.requests, ended = list(line.channels), line.requests, True
                    break
    if not ended:
        seen.fault = crawl.fault or "the crawl ended without a result line"
    return seen


def _looked(page: Page) -> Looked:
    notices = read(page)
    return Looked(page, notices, [classify(each.title, each.text, notice=each) for each in notices])


def evidence(result: ChannelResult) -> str:
    """The first words of the page by which a channel was judged; empty where there is none."""
    if result.evidence is None:
        return ""
    body = zlib.decompress(base64.b64decode(result.evidence))
    text = _text(body)
    page = read_html(text)
    shown = f"{page.title} {page.text}" if "<" in text[:200] else text
    return " ".join(shown.split())[:EVIDENCE_WORDS]


def _text(body: bytes, declared: str | None = None) -> str:
    """The page's characters; what cannot be decoded is shown as far as it goes."""
    try:
        return decode(body, declared)
    except UndecodableError:
        return body.decode("utf-8", "replace")


# --- samples --------------------------------------------------------------------------------------------------------

_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})([-—－)） ]{0,2})\d{7,8}(?!\d)")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def scrubbed(text: str, persons: Sequence[str] = ()) -> str:
    """A page without the numbers, addresses and names of its contact persons."""
    text = _MOBILE.sub("13800000000", text)
    text = _LANDLINE.sub(lambda m: f"{m[1]}{m[2]}{'0' * 8}", text)
    text = _MAIL.sub("someone@example.com", text)
    for person in sorted({each for each in persons if 2 <= len(each) <= 4}, key=len, reverse=True):
        text = text.replace(person, "某某")
    return text


def keep_sample(looked: Looked, folder: Path) -> Iterator[Path]:
    """Write a page, its row and the notices it should give, contact persons masked. Yields the files."""
    page = looked.page
    text = _text(page.body, page.encoding)
    people = [contact.person or "" for notice in looked.notices for contact in notice.contacts]
    body = scrubbed(text, [name for each in people for name in re.split(r"[、，,/ ]", each)])
    kept = page.model_copy(update={"packed": Page.pack(body.encode()), "encoding": "utf-8"})
    folder.mkdir(parents=True, exist_ok=True)
    described: dict[str, Any] = {
        "portal": page.portal,
        "row": page.row.model_dump(),
        "fetched_at": page.fetched_at.isoformat(),
        "content_type": page.content_type,
        "notices": [as_schema(each) for each in read(kept)],
    }
    for name, content in (("page.html", body), ("expected.json", json.dumps(described, ensure_ascii=False, indent=1))):
        (folder / name).write_text(content, encoding="utf-8")
        yield folder / name
