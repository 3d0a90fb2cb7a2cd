"""The files that notices name: for tracked projects and on demand, kept under their hash, looked at again.

A file that a portal replaces without a word is news (`attachment-changed`): a tender document exchanged a week before
the deadline changes what has to be offered.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

from sqlalchemy import Connection, Engine, Row, or_, select, update

from crawler.clock import now
from crawler.config import home
from crawler.filetypes import FileKind, safe_name
from crawler.notice import Attachment as Named
from crawler.page import File
from crawler.page import Row as ListRow
from crawler.plan import Known, Plan
from crawler.portals import Portal
from tracker.db import reading
from tracker.decisions import decided
from tracker.events import Change, write
from tracker.projects import PUBLICATION, VERSION, unpack
from tracker.service.leases import insert_new
from tracker.service.poll import Crawl
from tracker.tables import Attachment, table

ATTACHMENT = table(Attachment)
CHANNEL = "files"
"""What stands for a channel in the rows of a plan of files."""
RECHECK = timedelta(hours=24)
"""How often the files of a tracked project are asked for again."""
AT_ONCE = 40
"""Files of one portal in one go."""


def store_folder() -> Path:
    """Where files lie, each under the first two characters and the whole of its hash."""
    return home() / "files"


def path_of(digest: str) -> Path:
    return store_folder() / digest[:2] / digest


def shown_name(row: Row[Any]) -> str:
    """The name to show and to save a file under: cleaned, and with an ending that fits its bytes."""
    kind: FileKind = row.kind
    return safe_name(row.name, kind if row.state == "fetched" else "unknown")


def note(connection: Connection, projects: Sequence[int]) -> None:
    """Enter what the newest readings of these projects name; what is known stays as it is."""
    query = (
        select(PUBLICATION.c.id, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.project_id.in_(projects))
    )
    at = now()
    rows = [
        _named(publication, each) | {"first_seen_at": at}
        for publication, packed in connection.execute(query).all()
        for each in unpack(packed).attachments
    ]
    if rows:
        connection.execute(insert_new(connection, ATTACHMENT), rows)


def _named(publication: int, each: Named) -> dict[str, Any]:
    state = "needs-login" if each.needs_login else "named"
    return {"publication_id": publication, "name": each.name, "url": each.url or "", "state": state}


def of_project(connection: Connection, project: int) -> list[Row[Any]]:
    """The files of a project with portal and page, as they stand: those of the newest notice first."""
    query = (
        select(ATTACHMENT, PUBLICATION.c.portal, PUBLICATION.c.title, PUBLICATION.c.url.label("page"))
        .join(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
        .where(PUBLICATION.c.project_id == project)
        .order_by(PUBLICATION.c.published_at.desc().nulls_last(), ATTACHMENT.c.id)
    )
    return list(connection.execute(query))


def due(connection: Connection, portal: str) -> list[Row[Any]]:
    """Files of tracked projects on a portal that were never asked for, or not for a day. Logins are left alone."""
    query = (
        select(ATTACHMENT, PUBLICATION.c.portal)
        .join(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
        .where(PUBLICATION.c.portal == portal, PUBLICATION.c.project_id.in_(decided("track")), ATTACHMENT.c.url != "")
        .where(ATTACHMENT.c.state != "needs-login")
        .where(or_(ATTACHMENT.c.checked_at.is_(None), ATTACHMENT.c.checked_at < now() - RECHECK))
        .order_by(ATTACHMENT.c.checked_at.nulls_first(), ATTACHMENT.c.id)
    )
    return list(connection.execute(query.limit(AT_ONCE)))


def refresh(
    engine: Engine, portal: Portal, *, base_url: str | None = None, timeout_s: float = 3600, stop: Flag | None = None
) -> int:
    """Fetch what is due of the tracked projects on one portal; returns how many files were asked for."""
    with engine.begin() as connection:
        here = PUBLICATION.c.portal == portal.id, PUBLICATION.c.project_id.in_(decided("track"))
        mine = select(PUBLICATION.c.project_id).where(*here)
        note(connection, list(connection.scalars(mine.distinct())))
    with reading(engine) as connection:
        waiting = due(connection, portal.id)
    fetch(engine, portal, waiting, base_url=base_url, timeout_s=timeout_s, stop=stop)
    return len(waiting)


def fetch_project(
    engine: Engine,
    project: int,
    portals: Mapping[str, Portal],
    *,
    base_url: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Ask for every file of a project now, conditionally where one is held."""
    with engine.begin() as connection:
        note(connection, [project])
    with reading(engine) as connection:
        by_portal: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for row in of_project(connection, project):
            if row.url and row.state != "needs-login":
                by_portal[row.portal].append(row)
    for name, rows in by_portal.items():
        if name in portals:
            fetch(engine, portals[name], rows, base_url=base_url, progress=progress)


def fetch(
    engine: Engine,
    portal: Portal,
    rows: Sequence[Row[Any]],
    *,
    base_url: str | None = None,
    timeout_s: float = 3600,
    stop: Flag | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Ask for these files in a child process and note what came of each."""
    if not rows:
        return
    wanted = {row.url: row for row in rows}
    held = {row.url: row for row in rows if row.hash and path_of(row.hash).is_file()}
    store_folder().mkdir(parents=True, exist_ok=True)
    plan = Plan(
        channels=(),
        files=tuple(
            ListRow(channel=CHANNEL, key=url, url=url, facts={"title": row.name}, row_hash="")
            for url, row in wanted.items()
        ),
        known={url: Known(row_hash="", etag=row.etag, last_modified=row.last_modified) for url, row in held.items()},
        files_into=str(store_folder()),
        base_url=base_url,
    )
    with Crawl(portal.id, plan, timeout_s, stop or Flag()) as crawl:
        for line in crawl.lines():
            if isinstance(line, File):
                progress(line.row.facts.get("title", line.row.url))
                with engine.begin() as connection:
                    for row in connection.execute(_same(portal.id, line.row.url)).all():
                        _take(connection, row, line)


def _same(portal: str, url: str) -> Any:
    """Every publication of the portal that names this address."""
    return (
        select(ATTACHMENT, PUBLICATION.c.portal, PUBLICATION.c.channel, PUBLICATION.c.project_id, PUBLICATION.c.key)
        .join(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
        .where(PUBLICATION.c.portal == portal, ATTACHMENT.c.url == url)
    )


def _take(connection: Connection, row: Row[Any], line: File) -> None:
    """What came of one file. A file we hold is not forgotten because it cannot be had today."""
    values: dict[str, Any] = {"checked_at": line.fetched_at, "detail": line.detail}
    if line.outcome == "fetched":
        values |= {
            "state": "fetched",
            "hash": line.hash,
            "size": line.size,
            "kind": line.kind,
            "etag": line.etag,
            "last_modified": line.last_modified,
        }
        if line.hash != row.hash:
            values["fetched_at"] = line.fetched_at
    elif line.outcome != "unchanged" and (row.hash is None or line.outcome == "gone"):
        values["state"] = line.outcome
    connection.execute(update(ATTACHMENT).where(ATTACHMENT.c.id == row.id).values(**values))
    if line.outcome == "fetched" and row.hash is not None and line.hash != row.hash:
        _announce(connection, row, line)


def _announce(connection: Connection, row: Row[Any], line: File) -> None:
    versions = {"before": _version(row.size, row.hash), "after": _version(line.size, line.hash)}
    data = {
        "url": row.url,
        "was": row.hash,
        "is": line.hash,
        "fields": [{"field": safe_name(row.name)} | versions],
    }
    change = Change("attachment-changed", None, None, data, f"{row.portal}/{row.key}|{row.url}")
    write(
        connection,
        [change],
        cause="published",
        seen_at=line.fetched_at,
        once=line.fetched_at.isoformat(),
        project_id=row.project_id,
        publication_id=row.publication_id,
        portal=row.portal,
        channel=row.channel,
    )


def _version(size: int, digest: str | None) -> str:
    """How two versions of one file are told apart for people."""
    return f"{max(1, size // 1024)} KB, {(digest or '')[:8]}"
