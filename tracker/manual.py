"""Notices that came by phone, by WeChat or on paper: through the same door as what is crawled, source 人工.

Pasted text, a file, five fields, or the address of a page of a known portal become a `Page` of the portal `manual`;
reading, linking, derivation and alarms are those of every other page.
"""

import hashlib
import html
import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from sqlalchemy import Connection, Engine, select

from crawler.clock import SHANGHAI, now
from crawler.filetypes import FileKind, sniff
from crawler.notice import Notice
from crawler.page import Gone, Listed, Page, Result
from crawler.page import Row as ListRow
from crawler.plan import Plan
from crawler.portals import Portal, load_portals
from crawler.reading import read_document
from crawler.reading.dates import first_moment
from crawler.text import UndecodableError, clean, decode, fold
from crawler.urls import Refused
from tracker.decisions import Mistake
from tracker.documents.formats import READABLE
from tracker.documents.lines import Line
from tracker.documents.reader import read
from tracker.documents.words import REASONS
from tracker.events import Change, write
from tracker.i18n import _
from tracker.intake import take_page
from tracker.present import MANUAL as PORTAL
from tracker.projects import PUBLICATION
from tracker.service.leases import held
from tracker.service.poll import Crawl
from tracker.team import kept
from tracker.team.people import person

CHANNEL = "manual"
TOLD = "told"
"""The fact of a row whose day of publishing nobody knows: when it was passed on, which then stands for it."""
MAX_BYTES = 20_000_000
TIMEOUT_S = 120.0
"""For the child process that reads a document."""
TITLES = {
    "open": "公开招标公告",
    "invited": "邀请招标公告",
    "negotiation": "竞争性谈判公告",
    "consultation": "竞争性磋商公告",
    "inquiry": "询价公告",
    "single_source": "单一来源采购公示",
    "intention": "采购意向公告",
}
"""How official notices of each kind end their titles; the reader knows them by it."""
Form = Literal["open", "invited", "negotiation", "consultation", "inquiry", "single_source", "intention"]


def from_text(text: str, title: str = "", published: str = "") -> Page:
    """Pasted words of a notice, or a saved page's markup. Raises Mistake.

    Title and day are read from it where they are not given; the title is the first line at last.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise Mistake(_("nothing was pasted; give the words of the notice on standard input"))
    body = text
    if not re.match(r"\s*<(?:!doctype|html|head|body|div|table|p)\b", text, re.I):
        body = f"<html><body>{''.join(f'<p>{html.escape(line)}</p>' for line in lines)}</body></html>"
        title = title or _headline(lines)
    found = next(iter(read_document(title=title, html=body)), None)
    said = found.text.splitlines() if found else lines
    title = clean(title or (found.title if found else "") or _headline(said or lines))[:200]
    return _page(body, key=_digest(text), title=title, published=published or _printed_day(found, said))


def _printed_day(found: Notice | None, lines: Sequence[str]) -> str:
    """The day a notice says it was published, or was signed at its end; empty where it says neither or a day to come.

    Periods count from it: with the day on which it was passed on they would end too late.
    """
    if found and found.published and found.published.value.span[0] <= now():
        return found.published.value.local
    for line in reversed(lines[-6:]):
        moment = first_moment(fold(line)) if len(line) <= 20 else None
        if moment and moment.when and moment.when.precision == "day" and moment.when.span[0] <= now():
            return moment.when.local
    return ""


def _headline(lines: Sequence[str]) -> str:
    """The first line; with the next ones where the title of the notice goes on and ends there."""
    for end, line in enumerate(lines[:4], 1):
        if re.search(r"(?:公告|公示|通知|意向|邀请书?|函)(?:[（(][^（）()]{1,12}[）)])?$", line):
            return "".join(lines[:end])
    return lines[0]


def from_file(path: Path, title: str = "", published: str = "") -> Page:
    """A saved page, a text, or a document (.html, .txt, .pdf, .docx, .xlsx), told by its bytes. Raises Mistake."""
    try:
        body = path.read_bytes()
    except OSError as error:
        raise Mistake(_("{path}: {error}; check the path").format(path=path, error=error.strerror)) from None
    if len(body) > MAX_BYTES:
        raise Mistake(_("{path} is larger than 20 MB; that is no notice").format(path=path))
    kind = sniff(body)
    if kind in READABLE - {"html", "text"}:
        return _from_document(path, kind, title, published)
    if kind not in {"html", "text", "unknown"}:
        raise Mistake(_("{path}: save it as .html, .txt, .pdf or .docx, or paste its text").format(path=path))
    try:
        return from_text(decode(body, None), title, published)
    except UndecodableError:
        raise Mistake(_("{path}: its characters cannot be read; save it as UTF-8").format(path=path)) from None


def _from_document(path: Path, kind: FileKind, title: str, published: str) -> Page:
    """A PDF or Word file as somebody sent it; its tables stay tables."""
    parsed = read(path, kind, TIMEOUT_S)
    if not parsed.lines:
        why = ", ".join(_(REASONS[reason]) for reason in parsed.reasons)
        raise Mistake(
            _("{path}: nothing could be read ({why}); paste its text, or give the fields").format(path=path, why=why)
        )
    body = "".join(_markup(list(lines)) for _table, lines in groupby(parsed.lines, key=lambda line: line.table))
    words = [line.text.strip() for line in parsed.lines if line.text.strip()]
    return from_text(f"<html><body>{body}</body></html>", title or _headline(words), published)


def _markup(lines: Sequence[Line]) -> str:
    """Paragraphs, or the rows of one table."""
    if not lines[0].table:
        return "".join(f"<p>{html.escape(line.text)}</p>" for line in lines)
    rows = ("".join(f"<td>{html.escape(cell)}</td>" for cell in line.cells) for line in lines)
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def from_fields(
    title: str,
    *,
    buyer: str = "",
    number: str = "",
    deadline: str = "",
    budget: str = "",
    form: Form = "open",
    published: str = "",
) -> Page:
    """What somebody told us, field by field; the same number (else title and buyer) later is a new version of it."""
    if not title.strip():
        raise Mistake(_("the title is missing: --title TEXT"))
    name = clean(title)
    lines = [f"项目名称：{name}"]
    if number:
        lines.append(f"项目编号：{clean(number)}")
    if buyer:
        lines.append(f"采购人：{clean(buyer)}")
    if budget:
        lines.append(f"预算金额：{kept.fen(budget) / 100:.2f}元")
    if deadline:
        at = kept.instant(deadline).astimezone(SHANGHAI)
        clock = f" {at:%H}点{at:%M}分" if re.search(r"\d:\d", deadline) else ""
        lines.append(f"提交投标文件截止时间：{at:%Y年%m月%d日}{clock}")
    shown = name if TITLES[form] in name else f"{name}{TITLES[form]}"
    body = f"<html><body>{''.join(f'<p>{html.escape(line)}</p>' for line in lines)}</body></html>"
    return _page(body, key=_digest(number or f"{name}|{buyer}"), title=shown, buyer=clean(buyer), published=published)


def from_url(engine: Engine, url: str, *, base_url: str | None = None, timeout_s: float = 120) -> Page:
    """A page of a portal we know, fetched by its own spider: its gate, robots.txt and pace. Raises Mistake.

    `base_url` is a replica on loopback that stands in for the portal.
    """
    portal = _portal_of(url)
    row = ListRow(channel=portal.channels[0].id, key=_digest(url), url=url, facts={}, row_hash="")
    plan = Plan(channels=(), recheck=(row,), base_url=base_url)
    with held(engine, portal.claim, timeout_s, patience=timeout_s) as mine:
        if not mine:
            raise Mistake(_("{portal} is being polled just now; try again later").format(portal=portal.id))
        return _fetched(portal, plan, timeout_s)


def _fetched(portal: Portal, plan: Plan, timeout_s: float) -> Page:
    said = ""
    with Crawl(portal.id, plan, timeout_s, threading.Event()) as crawl:
        for line in crawl.lines():
            if isinstance(line, Page):
                return _by_hand(line)
            if isinstance(line, Listed):
                said = line.detail or line.why
            elif isinstance(line, Gone):
                said = f"HTTP {line.status}"
            elif isinstance(line, Result):
                said = said or next((each.reason for each in line.channels if each.reason), "")
                break
    raise Mistake(_("the page could not be fetched ({why}); paste its text instead").format(why=said or crawl.fault))


def _by_hand(page: Page) -> Page:
    return page.model_copy(
        update={"portal": PORTAL, "row": page.row.model_copy(update={"channel": CHANNEL}), "recheck": False}
    )


def _portal_of(url: str) -> Portal:
    """The portal whose gate lets the address through. Raises Mistake naming the portals there are."""
    host = (urlsplit(url).hostname or "").lower()
    if not host:
        raise Mistake(_("{url!r} is no address; write https://…").format(url=url))
    portals = load_portals()
    for portal in portals.values():
        if portal.replica:
            continue
        try:
            portal.gate().check(url)
        except Refused as refused:
            if refused.fault != "host":
                raise Mistake(str(refused)) from None
            continue
        return portal
    known = ", ".join(sorted(each.id for each in portals.values() if not each.replica))
    raise Mistake(
        _("{host} belongs to no portal that is followed ({known}); paste the text of the page instead").format(
            host=host, known=known
        )
    )


def _digest(words: str) -> str:
    return hashlib.sha256(re.sub(r"\s+", "", words).encode()).hexdigest()[:16]


def _page(body: str, *, key: str, title: str, buyer: str = "", published: str = "") -> Page:
    at = now()
    facts = {"title": title, "published": f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"}
    if published:
        facts["published"] = f"{kept.instant(published).astimezone(SHANGHAI):%Y-%m-%d}"
    else:
        facts[TOLD] = facts["published"]
    if buyer:
        facts["buyer"] = buyer
    row = ListRow(channel=CHANNEL, key=key, url="", facts=facts, row_hash=_digest(body))
    return Page(portal=PORTAL, row=row, fetched_at=at, encoding="utf-8", packed=Page.pack(body.encode()))


@dataclass(frozen=True)
class Added:
    """A notice as it stands after it was added."""

    publication_id: int
    project_id: int


def add_notice(engine: Engine, who: str, page: Page, note: str = "") -> list[Added]:
    """Store a page by hand; returns what became of it. Raises Mistake where nothing could be read.

    A notice that stands on a portal already joins its project; what was typed twice stays one.
    """
    with engine.connect() as connection:
        by = person(connection, who)
        known = _first_seen(connection, page)
        replica = bool(connection.scalar(select(PUBLICATION.c.replica).limit(1)))
    if known is not None and TOLD in page.row.facts:
        # Said again: the day it was first told stays, so that the same words are the same reading.
        row = page.row.model_copy(update={"facts": page.row.facts | {"published": known}})
        page = page.model_copy(update={"row": row})
    if take_page(engine, page, replica=replica) == "failed":
        raise Mistake(_("nothing could be read from it; give the fields one by one"))
    with engine.begin() as connection:
        rows = _stored(connection, page)
        for each in rows:
            change = Change("entered-by-hand", None, note or None, {"source": _("by hand"), "note": note}, page.row.key)
            write(
                connection,
                [change],
                cause="person",
                seen_at=now(),
                once=f"{each.publication_id}:{page.row.row_hash}",
                project_id=each.project_id,
                publication_id=each.publication_id,
                portal=PORTAL,
                person_id=by.id,
            )
    return rows


def _first_seen(connection: Connection, page: Page) -> str | None:
    same = PUBLICATION.c.portal == PORTAL, PUBLICATION.c.page_key == page.row.key
    facts = connection.scalar(select(PUBLICATION.c.facts).where(*same).limit(1))
    return facts.get("published") if facts else None


def _stored(connection: Connection, page: Page) -> list[Added]:
    same = PUBLICATION.c.portal == PORTAL, PUBLICATION.c.page_key == page.row.key
    query = select(PUBLICATION.c.id, PUBLICATION.c.project_id).where(*same).order_by(PUBLICATION.c.id)
    return [Added(row.id, row.project_id) for row in connection.execute(query)]
