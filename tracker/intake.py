"""The one door into the tracker: each line of a crawl in one transaction.

Archive, publication, version, links, derivation and events are written together or not at all, so a crawl killed at
any moment loses nothing and repeats nothing: what was not committed is fetched again, what was is known.
"""

import base64
import hashlib
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, bindparam, func, insert, select, update

from crawler.clock import SHANGHAI, now
from crawler.notice import NOTICE, Correction, Issue, Notice
from crawler.page import Gone, Listed, Page, Unchanged
from crawler.page import Row as ListRow
from crawler.reading import READER_VERSION, read
from crawler.text import clean
from tracker.derive import Rules, parse_when
from tracker.events import Change, value_changes, write
from tracker.forget import Blanker
from tracker.linking import LINKABLE, Linkable, linkable
from tracker.projects import (
    PUBLICATION,
    UPDATE_PUBLICATION,
    VERSION,
    Settled,
    Trigger,
    index_links,
    pack,
    settle,
    unpack,
)
from tracker.relevance import Relevance, classify
from tracker.search import Told, index_text
from tracker.service.leases import insert_new
from tracker.tables import Blob, table

BLOB = table(Blob)
log = logging.getLogger(__name__)

Outcome = Literal["new", "changed", "unchanged", "failed"]


@dataclass
class Counts:
    """What became of the lines of one channel."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)


def take_page(engine: Engine, page: Page, *, replica: bool = False, rules: Rules | None = None) -> Outcome:
    """Archive a page, read it, and store what is new in it. A page that cannot be read is kept and marked."""
    notices, unreadable = _read(page)
    with engine.begin() as connection:
        blanker = Blanker.load(connection)
        body = blanker.bytes(page.body)
        notices = [blanker.notice(each) for each in notices]
        return store(connection, page, body, notices, replica=replica, unreadable=unreadable, rules=rules)


def _read(page: Page) -> tuple[list[Notice], bool]:
    """The notices of a page; one that the reader cannot take yields what its list row said, and an issue."""
    try:
        notices = read(page)
    except Exception as error:  # one bad notice never stops the others
        log.exception("cannot read %s %s", page.portal, page.row.url)
        issue = Issue("layout", type(error).__name__, clean(str(error))[:500])
    else:
        if notices:
            return notices, False
        issue = Issue("layout", "no notice found on the page")
    title = clean(page.row.facts.get("title", ""))
    return [Notice(title=title, url=page.row.url, portal=page.portal, issues=(issue,))], True


def store(
    connection: Connection,
    page: Page,
    body: bytes,
    notices: Sequence[Notice],
    *,
    replica: bool = False,
    unreadable: bool = False,
    rules: Rules | None = None,
) -> Outcome:
    """One page into the tables, inside the caller's transaction."""
    known = {row.key: row for row in _publications_of(connection, page.portal, page.row.key)}
    wanted = {_key(page.row.key, each): each for each in notices}
    digest = hashlib.sha256(body).hexdigest()
    outcomes: set[Outcome] = set()
    fresh: dict[int, Notice] = {}
    for key, notice in wanted.items():
        row = known.get(key)
        reading_hash = fingerprint(notice)
        if row is not None and row.version_id is not None and _reading_hash(connection, row) == reading_hash:
            _touch(connection, row.id, page)
            if row.state == "withdrawn":
                settle(connection, [row.id], Trigger("published", f"back:{page.fetched_at.isoformat()}", row.id))
            outcomes.add("unchanged")
            continue
        if unreadable and row is not None and row.version_id is not None:
            outcomes.add("failed")  # nothing known is overwritten by nothing
            continue
        _archive(connection, digest, body)
        at = _published_at(page, notice)
        link, said = understood(page.portal, key, notice, at)
        derived = {"state": "unreadable" if unreadable else "read", "published_at": at, "replica": replica}
        identity, old = _publish(connection, row, page, key, notice, derived | said)
        version = _version(connection, row, identity, page, digest, notice, reading_hash)
        connection.execute(UPDATE_PUBLICATION, {"_id": identity, "version_id": version})
        index_links(connection, identity, link, new=row is None)
        title = clean(page.row.facts.get("title", ""))
        new = Told(title, page.row.facts, at or page.fetched_at) if row is None else None
        index_text(connection, identity, notice, new)
        fresh[identity] = notice
        trigger = Trigger("published", f"v{version}", identity, at)
        settled = settle(connection, [identity], trigger, fresh, rules)
        _announce(connection, identity, key, page, notice, old, trigger, settled)
        outcomes.add("changed" if old is not None else "new")
    _withdraw_rows(connection, page, [row for key, row in known.items() if key not in wanted and not unreadable])
    if unreadable:
        return "failed"
    return next((each for each in ("new", "changed", "failed") if each in outcomes), "unchanged")


def understood(portal: str, key: str, notice: Notice, at: datetime | None) -> tuple[Linkable, dict[str, Any]]:
    """What linking and relevance say of one reading, and the columns that hold it.

    `at` stands in where the page prints no date: then its list row says when it was published.
    """
    day = at.astimezone(SHANGHAI).date() if at else None
    link = linkable(f"{portal}/{key}", notice, portal=portal, published=day)
    columns = {
        "kind": notice.kind,
        "linkable": LINKABLE.dump_python(link, mode="json", exclude_defaults=True),
        "relevance": _verdict_json(classify(notice.title, notice.text, notice=notice)),
    }
    return link, columns


def _verdict_json(found: Relevance) -> dict[str, Any]:
    """What relevance says of one publication, as it is stored."""
    return {
        "vehicle_purchase": found.vehicle_purchase,
        "types": list(found.types),
        "class": found.cls,
        "count": found.count,
        "reasons": [{"rule": each.rule, "zh": each.zh, "en": each.en} for each in found.reasons],
        "energy": found.energy,
        "use_class": found.use_class,
        "fleet_signal": found.fleet_signal,
    }


def _key(page_key: str, notice: Notice) -> str:
    return f"{page_key}#{notice.key}" if notice.key else page_key


def fingerprint(notice: Notice) -> str:
    """Of the values, the text and the attachments: what a new version needs to be new."""
    said = NOTICE.dump_json(notice, exclude_defaults=True, exclude={"issues", "url", "portal", "companions"})
    return hashlib.sha256(said).hexdigest()


_OF_PAGE = select(PUBLICATION).where(
    PUBLICATION.c.portal == bindparam("portal"), PUBLICATION.c.page_key == bindparam("page_key")
)


def _publications_of(connection: Connection, portal: str, page_key: str) -> list[Row[Any]]:
    return list(connection.execute(_OF_PAGE, {"portal": portal, "page_key": page_key}))


def _reading_hash(connection: Connection, row: Row[Any]) -> str | None:
    return connection.scalar(select(VERSION.c.reading_hash).where(VERSION.c.id == row.version_id))


def _archive(connection: Connection, digest: str, body: bytes) -> None:
    packed = zlib.compress(body, 6)
    row = {"hash": digest, "packed": packed, "size": len(body), "stored_at": now()}
    connection.execute(insert_new(connection, BLOB), row)


def _published_at(page: Page, notice: Notice) -> datetime | None:
    """When it was published: as the notice prints it, else as its list row does."""
    if notice.published is not None:
        return notice.published.value.span[0].astimezone(UTC)
    listed = parse_when(page.row.facts.get("published", "").strip().replace(" ", "T")[:16])
    return listed.span[0].astimezone(UTC) if listed else None


def _seen(page: Page) -> dict[str, Any]:
    return {
        "row_hash": page.row.row_hash,
        "facts": page.row.facts,
        "etag": page.etag,
        "last_modified": page.last_modified,
        "last_seen_at": page.fetched_at,
    }


def _touch(connection: Connection, identity: int, page: Page) -> None:
    connection.execute(UPDATE_PUBLICATION, _seen(page) | {"_id": identity, "state": "read", "url": page.row.url})


def _publish(
    connection: Connection, row: Row[Any] | None, page: Page, key: str, notice: Notice, derived: dict[str, Any]
) -> tuple[int, Notice | None]:
    """The publication's row, and its former reading if it had one."""
    values = (
        _seen(page)
        | {
            "channel": page.row.channel,
            "url": page.row.url,
            "title": notice.title or clean(page.row.facts.get("title", "")),
        }
        | derived
    )
    if row is None:
        natural = {"portal": page.portal, "page_key": page.row.key, "key": key, "first_seen_at": page.fetched_at}
        made = connection.execute(insert(PUBLICATION), natural | values).inserted_primary_key
        return int(made[0]), None  # type: ignore[index]
    connection.execute(UPDATE_PUBLICATION, values | {"_id": row.id})
    if row.version_id is None:
        return row.id, None
    return row.id, unpack(connection.scalar(select(VERSION.c.reading).where(VERSION.c.id == row.version_id)) or b"")


def _version(
    connection: Connection,
    row: Row[Any] | None,
    publication: int,
    page: Page,
    digest: str,
    notice: Notice,
    reading_hash: str,
) -> int:
    newest = select(func.max(VERSION.c.number)).where(VERSION.c.publication_id == publication)
    last = (connection.scalar(newest) or 0) if row is not None else 0
    values = {
        "publication_id": publication,
        "number": last + 1,
        "blob_hash": digest,
        "reading": pack(notice),
        "reading_hash": reading_hash,
        "reader_version": READER_VERSION,
        "fetched_at": page.fetched_at,
        "content_type": page.content_type,
        "encoding": page.encoding,
    }
    return int(connection.execute(insert(VERSION), values).inserted_primary_key[0])  # type: ignore[index]


def _announce(
    connection: Connection,
    identity: int,
    key: str,
    page: Page,
    notice: Notice,
    old: Notice | None,
    trigger: Trigger,
    settled: Settled,
) -> None:
    """The news of the publication itself: that it appeared, or that it was edited without a notice."""
    if old is None:
        data = {
            "kind": notice.kind,
            "same_as": _name(connection, min(settled.copies_of[identity], default=None)),
            "corrections": [_correction(each) for each in notice.corrections],
            "terminated_lots": list(notice.terminated_lots),
        }
        change = Change("published", None, notice.title, data, f"{page.portal}/{key}")
        once = "once"
    else:
        fields = value_changes(old, notice)
        change = Change("changed", None, None, {"fields": fields}, f"{page.portal}/{key}")
        once = trigger.once
    write(
        connection,
        [change],
        cause="published",
        seen_at=now(),
        once=once,
        project_id=settled.project_of[identity],
        publication_id=identity,
        portal=page.portal,
        channel=page.row.channel,
        occurred_at=trigger.occurred_at,
    )


def _name(connection: Connection, identity: int | None) -> str | None:
    """`portal/key` of a publication."""
    if identity is None:
        return None
    row = connection.execute(select(PUBLICATION.c.portal, PUBLICATION.c.key).where(PUBLICATION.c.id == identity)).one()
    return f"{row.portal}/{row.key}"


def _correction(change: Correction) -> dict[str, Any]:
    return {
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "lot": change.lot,
        "words": " → ".join(each.words for each in change.evidence),
        "label": change.evidence[0].label if change.evidence else "",
    }


def _withdraw_rows(connection: Connection, page: Page, rows: list[Row[Any]]) -> None:
    """Notices of a page that the page no longer holds (a row taken out of an intention table)."""
    for row in rows:
        if row.state == "listed":
            continue
        withdraw(connection, row.id, page.fetched_at)


def withdraw(connection: Connection, identity: int, at: datetime) -> None:
    """Mark a publication as taken away by its portal; nothing of it is deleted."""
    marked = connection.execute(
        update(PUBLICATION)
        .where(PUBLICATION.c.id == identity, PUBLICATION.c.state != "withdrawn")
        .values(state="withdrawn", last_seen_at=at)
    )
    if marked.rowcount:
        settle(connection, [identity], Trigger("published", f"withdrawn:{at.isoformat()}", identity, at))


def take_gone(engine: Engine, gone: Gone) -> Outcome:
    """A known page that answers 404 or 410."""
    with engine.begin() as connection:
        rows = _publications_of(connection, gone.portal, gone.row.key)
        for row in rows:
            withdraw(connection, row.id, now())
    return "changed" if rows else "failed"


def take_listed(engine: Engine, listed: Listed, *, replica: bool = False) -> Outcome:
    """A row whose detail was not fetched: kept, so that it is offered again until it is."""
    with engine.begin() as connection:
        at = now()
        row = listed.row
        values = {
            "portal": listed.portal,
            "channel": row.channel,
            "page_key": row.key,
            "key": row.key,
            "url": row.url,
            "title": clean(row.facts.get("title", "")),
            "facts": row.facts,
            "row_hash": row.row_hash,
            "state": "listed",
            "replica": replica,
            "first_seen_at": at,
            "last_seen_at": at,
        }
        known = _publications_of(connection, listed.portal, row.key)
        if not known:
            connection.execute(insert_new(connection, PUBLICATION).values(**values))
    return "failed" if listed.why != "budget" else "unchanged"


def take_unchanged(engine: Engine, line: Unchanged) -> Outcome:
    """A re-checked page that the portal says is the same."""
    with engine.begin() as connection:
        same = (PUBLICATION.c.portal == line.portal, PUBLICATION.c.page_key == line.row.key)
        connection.execute(update(PUBLICATION).where(*same).values(last_seen_at=now()))
    return "unchanged"


PENDING_DAYS, PENDING_LIMIT = timedelta(days=45), 20_000


def pending_rows(connection: Connection, portal: str, channels: Sequence[str]) -> list[ListRow]:
    """Rows listed lately whose details are still to be fetched, oldest first.

    A portal may list more than politeness lets us read. What no poll had room for within `PENDING_DAYS` has closed;
    it stays in the archive as a title, and `doctor` and the digest count it.
    """
    query = (
        select(PUBLICATION)
        .where(PUBLICATION.c.portal == portal, PUBLICATION.c.state == "listed", PUBLICATION.c.channel.in_(channels))
        .where(PUBLICATION.c.first_seen_at > now() - PENDING_DAYS)
        .order_by(PUBLICATION.c.id.desc())
        .limit(PENDING_LIMIT)
    )
    return [list_row(row) for row in connection.execute(query)][::-1]


def list_row(row: Row[Any]) -> ListRow:
    """A publication as the list row it came from."""
    return ListRow(channel=row.channel, key=row.page_key, url=row.url, facts=row.facts, row_hash=row.row_hash)


def store_evidence(connection: Connection, packed: str | None) -> str | None:
    """Archive the page that a poll was judged by; returns its hash."""
    if packed is None:
        return None
    body = zlib.decompress(base64.b64decode(packed))
    digest = hashlib.sha256(body).hexdigest()
    _archive(connection, digest, body)
    return digest
