"""Did we have it? A list from another service, row by row: had it and when, or missed, late, filtered, and why.

The list is Excel, CSV (a title, a date and a link under any sensible heading) or a saved mail with links.
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from crawler.page import GOOD
from crawler.portals import Channel, Portal
from crawler.text import UndecodableError, clean, comparison_key, decode, one_line
from crawler.urls import canonical_key
from tracker.decisions import Mistake
from tracker.i18n import _, both
from tracker.linking import normal_name
from tracker.present import POLL_STATES, moment, portal_name, word
from tracker.search import search
from tracker.tables import Poll, Project, Publication, table
from tracker.watches import Criteria, Watched, facts_of, matches

POLL, PROJECT, PUBLICATION = table(Poll), table(Project), table(Publication)

MAX_BYTES = 50_000_000
MAX_UNPACKED = 300_000_000
"""Bytes of an Excel file once unpacked: no small file may fill the memory."""
MAX_ROWS = 50_000
LATE = timedelta(days=1)
"""After the day the other service names, we should have it by the end of the next."""

TITLES = (
    "标题",
    "项目名称",
    "公告标题",
    "公告名称",
    "招标标题",
    "项目标题",
    "名称",
    "项目",
    "title",
    "name",
    "subject",
)
DATES = ("发布时间", "发布日期", "公告时间", "公告日期", "日期", "时间", "发布", "date", "published", "time")
LINKS = ("链接", "网址", "原文链接", "原文", "来源链接", "公告链接", "地址", "url", "link", "href")
_DAY = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\s*日?[T\s]*(\d{1,2})[:时](\d{2}))?")
_URL = re.compile(r"https?://[^\s<>\"'）)】\]]+")


@dataclass(frozen=True)
class Listed:
    """One row of the other list."""

    row: int
    """Line of the sheet, or number of the link in a mail; from 1."""
    title: str
    published: date | None = None
    link: str = ""


Result = Literal["had", "late", "filtered", "missed"]
Why = Literal["", "late", "not vehicles", "watch", "not fetched", "unreadable", "not covered", "blind", "unknown"]


@dataclass(frozen=True)
class Finding:
    """What became of a row."""

    listed: Listed
    result: Result
    why: Why
    words: str
    """For a person."""
    seen_at: datetime | None = None
    publication_id: int | None = None
    project_id: int | None = None


# --- reading the list -----------------------------------------------------------------------------------------------


def read_list(path: Path, complain: Callable[[str], None]) -> list[Listed]:
    """The rows of a file; a row without a title is named by `complain`. Raises Mistake for a file of another kind."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Mistake(f"{path}: {error.strerror}") from None
    if size > MAX_BYTES:
        raise Mistake(_("{path}: larger than 50 MB; split it").format(path=path))
    kind = path.suffix.lower()
    if kind == ".eml":
        return _mail(path)
    if kind in (".xlsx", ".xlsm"):
        table_rows: Iterable[Sequence[Any]] = _sheet(path)
    elif kind in (".csv", ".tsv", ".txt"):
        table_rows = _csv(path)
    else:
        raise Mistake(_("{path}: write Excel (.xlsx), CSV, or a saved mail (.eml)").format(path=path))
    return list(_rows(path, table_rows, complain))


def _sheet(path: Path) -> Iterator[list[Any]]:
    """The cells of the first sheet; behind each row the addresses its cells link to."""
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > MAX_UNPACKED:
                raise Mistake(_("{path}: larger than 50 MB; split it").format(path=path))
        book = load_workbook(path)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise Mistake(_("{path}: no Excel file ({error}); save it as .xlsx").format(path=path, error=error)) from None
    for cells in book.worksheets[0].iter_rows(max_row=MAX_ROWS + 1):
        linked = (cell.hyperlink.target for cell in cells if cell.hyperlink and cell.hyperlink.target)
        yield [*(cell.value for cell in cells), *linked]


def _csv(path: Path) -> Iterator[list[str]]:
    try:
        content = decode(path.read_bytes())
    except UndecodableError as error:
        raise Mistake(f"{path}: {error}") from None
    head = content[:4000]
    delimiter = max(",\t;", key=lambda mark: head.split("\n", 1)[0].count(mark))
    try:
        for number, row in enumerate(csv.reader(io.StringIO(content), delimiter=delimiter)):
            if number > MAX_ROWS:
                return
            yield row
    except csv.Error as error:
        raise Mistake(_("{path}: no CSV ({error})").format(path=path, error=error)) from None


def _rows(path: Path, rows: Iterable[Sequence[Any]], complain: Callable[[str], None]) -> Iterator[Listed]:
    columns: dict[str, int] = {}
    for number, cells in enumerate(rows, 1):
        if not columns:
            columns = _heading(cells)
            if not columns and number >= 20:
                break
            continue
        if not any(cell not in (None, "") for cell in cells):
            continue
        title = one_line(_cell(cells, columns.get("title")), 300)
        link = _URL.search(_cell(cells, columns.get("link"))) or _URL.search(" ".join(map(str, cells)))
        if not title and not link:
            complain(_("{path}, line {n}: neither title nor link; left out").format(path=path, n=number))
            continue
        raw = cells[columns["date"]] if columns.get("date", len(cells)) < len(cells) else None
        yield Listed(number, title, _date(raw), link[0] if link else "")
    if not columns:
        raise Mistake(
            _("{path}: no heading with a title; name the columns 标题, 发布时间, 链接 (title, date, link)").format(
                path=path
            )
        )


def _heading(cells: Sequence[Any]) -> dict[str, int]:
    """Which column holds what; empty where the row is no heading."""
    words = [comparison_key(str(cell or "")) for cell in cells]
    found: dict[str, int] = {}
    for name, known in (("title", TITLES), ("date", DATES), ("link", LINKS)):
        exact = [words.index(each) for each in known if each in words]
        within = [n for each in known for n, said in enumerate(words) if each in said and len(said) <= 12]
        taken = set(found.values())
        place = next((n for n in (*exact, *within) if n not in taken), None)
        if place is not None:
            found[name] = place
    return found if "title" in found else {}


def _cell(cells: Sequence[Any], column: int | None) -> str:
    return clean(str(cells[column])) if column is not None and column < len(cells) and cells[column] is not None else ""


def _date(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    found = _DAY.search(str(value or ""))
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _mail(path: Path) -> list[Listed]:
    """Links of a saved mail with the words they stand under, or the line before a bare address."""
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    if not isinstance(message, EmailMessage):
        raise Mistake(_("{path}: no mail").format(path=path))
    sent = _mail_day(message)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    found: list[tuple[str, str, date | None]] = []
    if html is not None:
        soup = BeautifulSoup(html.get_content(), "lxml")
        for anchor in soup.find_all("a", href=True):
            around = anchor.find_parent(["tr", "li", "p", "div"])
            day = _date(around.get_text(" ")) if around else None
            found.append((one_line(anchor.get_text(" "), 300), str(anchor["href"]), day))
    elif plain is not None:
        before = ""
        for line in plain.get_content().splitlines():
            link = _URL.search(line)
            if link:
                title = one_line(line[: link.start()], 300).strip(" ：:-") or before
                found.append((title, link[0], _date(line) or _date(before)))
            elif line.strip():
                before = one_line(re.sub(r"^\s*\d+[.、)]\s*", "", line), 300)
    rows = [each for each in found if _URL.match(each[1]) and len(each[0]) >= 6]
    if not rows:
        raise Mistake(_("{path}: no link with a title in the mail").format(path=path))
    return [Listed(n, title, day or sent, link) for n, (title, link, day) in enumerate(rows[:MAX_ROWS], 1)]


def _mail_day(message: EmailMessage) -> date | None:
    try:
        sent = message["date"].datetime
    except (AttributeError, ValueError, TypeError):
        return None
    return sent.astimezone(SHANGHAI).date() if sent and sent.tzinfo else None


# --- looking it up --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Audit:
    """What rows are compared with."""

    connection: Connection
    portals: Sequence[Portal]
    watches: Sequence[Watched] = ()
    """Of the person whose list it is; without any, every vehicle tender counts."""

    def judge(self, listed: Listed) -> Finding:
        """What became of one row."""
        found = self._by_link(listed) or self._by_title(listed)
        if found is None:
            why, words = self._absence(listed)
            return Finding(listed, "missed", why, words)
        result, why, words = self._presence(listed, found)
        return Finding(listed, result, why, words, found.first_seen_at, found.id, found.project_id)

    def _by_link(self, listed: Listed) -> Row[Any] | None:
        if not listed.link:
            return None
        portal = self._portal(listed.link)
        same = PUBLICATION.c.url == listed.link
        if portal is not None:
            same = same | ((PUBLICATION.c.portal == portal.id) & PUBLICATION.c.page_key.in_(_keys(listed.link)))
        return self.connection.execute(_oldest(select(PUBLICATION).where(same))).first()

    def _by_title(self, listed: Listed) -> Row[Any] | None:
        """The oldest notice with this title, or the same subject, around that day."""
        if not listed.title:
            return None
        plain = _plain_title(listed.title)
        subject = normal_name(plain)
        for asked in dict.fromkeys((plain, subject)):
            if len(asked) < 6:
                continue
            near = [each for each in search(self.connection, asked, limit=40) if _near(each.published_at, listed)]
            ids = [each.publication_id for each in near]
            if ids:
                query = _oldest(select(PUBLICATION).where(PUBLICATION.c.id.in_(ids)))
                return self.connection.execute(query).first()
        listed_only = select(PUBLICATION).where(PUBLICATION.c.state == "listed", PUBLICATION.c.title == listed.title)
        return self.connection.execute(_oldest(listed_only)).first()

    def _presence(self, listed: Listed, row: Row[Any]) -> tuple[Result, Why, str]:
        seen = moment(row.first_seen_at)
        where = _("{portal}, first seen {seen}").format(portal=portal_name(row.portal), seen=seen)
        if row.state == "listed":
            return (
                "missed",
                "not fetched",
                _("on the list, but its page was never fetched: {where}").format(where=where),
            )
        if row.state == "unreadable":
            return "missed", "unreadable", _("fetched, but not readable: {where}").format(where=where)
        project = self.connection.execute(select(PROJECT).where(PROJECT.c.id == row.project_id)).one_or_none()
        if project is not None and project.vehicle_purchase == "no":
            reasons = row.relevance["reasons"] if row.relevance else []
            rule = "; ".join(f"{each['zh']} ({each['rule']})" for each in reasons[:2]) or "–"
            return (
                "filtered",
                "not vehicles",
                _("judged to buy no vehicles: {rule}; {where}").format(rule=rule, where=where),
            )
        failed = self._unwatched(row.project_id)
        if failed:
            return "filtered", "watch", _("no watch asks for it: {failed}; {where}").format(failed=failed, where=where)
        if listed.published is not None and row.first_seen_at > _end(listed.published) + LATE:
            late = row.first_seen_at - _end(listed.published)
            return "late", "late", _("{days} days after it came out: {where}").format(days=late.days, where=where)
        return "had", "", where

    def _unwatched(self, project_id: int | None) -> str:
        """Which criterion of each watch failed; empty where one fits, or there is none."""
        if not self.watches or project_id is None:
            return ""
        facts = facts_of(self.connection, [project_id]).get(project_id)
        if facts is None:
            return ""
        said = []
        for watch in self.watches:
            match = matches(watch.criteria or Criteria(), facts, watch.created_at, news=False)
            if match.hit:
                return ""
            said.append(f"{watch.name}: " + ", ".join(f"{f.criterion} {f.words}" for f in match.findings if not f.fits))
        return "; ".join(said)

    def _portal(self, link: str) -> Portal | None:
        host = (urlsplit(link).hostname or "").lower() if _URL.match(link) else ""
        fitting = [each for each in self.portals if host and each.gate().allows(host)]
        # Of several portals on one host, the one with the most lists holds the notices.
        return max(fitting, key=lambda each: len(each.channels), default=None)

    def _absence(self, listed: Listed) -> tuple[Why, str]:
        portal = self._portal(listed.link)
        if portal is None:
            host = urlsplit(listed.link).hostname if listed.link else None
            if host:
                return "not covered", _("we do not read {host}, and no portal that we read had it").format(host=host)
            return "unknown", _("no portal that we read had it; the list gives no link to its source")
        if listed.published is None:
            return "unknown", _("{portal} is read, but the list gives no day to look at").format(
                portal=portal_name(portal.id)
            )
        channels = _channels(portal, listed)
        told = [blind for each in channels if (blind := self._blind(portal, each, listed.published))]
        if told:
            more = _(" and {n} more channels").format(n=len(told) - 2) if len(told) > 2 else ""
            return "blind", "; ".join(told[:2]) + more
        names = "、".join(both(each.name.zh, each.name.en) for each in channels[:3])
        return "unknown", _(
            "{portal} was read from that day on, and the notice was not on its lists: {channels}"
        ).format(portal=portal_name(portal.id), channels=names + ("…" if len(channels) > 3 else ""))

    def _blind(self, portal: Portal, channel: Channel, day: date) -> str:
        """Why the list of a channel may have held a notice of that day unseen; empty where it was read.

        A poll that failed is made good by a later one: lists are read on until every row is known.
        """
        start = datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
        query = (
            select(POLL)
            .where(POLL.c.portal == portal.id, POLL.c.channel == channel.id)
            .where(POLL.c.ended_at >= start, POLL.c.started_at <= start + timedelta(days=3))
            .order_by(POLL.c.id)
        )
        polls = self.connection.execute(query).all()
        name = f"{portal_name(portal.id)} {both(channel.name.zh, channel.name.en)}"
        if not polls:
            return _("{portal} was not polled in the three days from {day}").format(portal=name, day=day)
        last = polls[-1]
        if last.state in GOOD:
            return ""
        return _("{portal} could not be read then: {state} {reason}").format(
            portal=name, state=word(POLL_STATES, last.state), reason=one_line(last.reason, 160)
        )


def _channels(portal: Portal, listed: Listed) -> list[Channel]:
    """The channels that should have held a notice: by the folder of its link, else by its kind, else all of them."""
    path = urlsplit(listed.link).path
    by_folder = [each for each in portal.channels if (folder := _folder(each.path)) != "/" and path.startswith(folder)]
    if by_folder:
        longest = max(len(_folder(each.path)) for each in by_folder)
        return [each for each in by_folder if len(_folder(each.path)) == longest]
    by_kind = [each for each in portal.channels if each.kind and each.kind in listed.title]
    return by_kind or list(portal.channels)


def _folder(path: str) -> str:
    return urlsplit(path).path.rpartition("/")[0] + "/"


def _keys(link: str) -> list[str]:
    """What our key of this page may be: the number at the end of a ccgp address, or the address without its session."""
    stem = urlsplit(link).path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    numbers = re.findall(r"\d+", stem)
    return list(dict.fromkeys([stem, *numbers[-1:], canonical_key(link)]))


def _oldest(query: Any) -> Any:
    return query.order_by(PUBLICATION.c.first_seen_at, PUBLICATION.c.id).limit(1)


def _plain_title(title: str) -> str:
    """Without a region in brackets before it and the name of a site behind it."""
    return re.sub(
        r"^\s*[【\[（(][^】\]）)]{1,12}[】\]）)]\s*|\s*[-_|—]\s*[^-_|—]{2,14}(?:网|平台|标讯)\s*$", "", title
    ).strip()


def _near(published: datetime | None, listed: Listed) -> bool:
    """Within two months of the day the list names, where both are known."""
    if published is None or listed.published is None:
        return True
    return abs(published.astimezone(SHANGHAI).date() - listed.published) <= timedelta(days=60)


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), SHANGHAI)


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many rows had each result."""
    counts = dict.fromkeys(("had", "late", "filtered", "missed"), 0)
    for each in findings:
        counts[each.result] += 1
    return counts
