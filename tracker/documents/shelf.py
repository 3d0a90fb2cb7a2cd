"""The documents of a project: taken from its notices' attachments or from a person, read once, every version kept.

A file is stored under its hash before anything reads it. Reading happens in a child process, outside any transaction;
a version that waits to be read is read by whoever comes next, so a crash loses nothing.
"""

import hashlib
import logging
import re
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, delete, insert, select, update

from crawler.clock import now
from crawler.filetypes import FileKind, safe_name, sniff
from crawler.text import fold, one_line
from tracker.attachments import ATTACHMENT, path_of, store_folder
from tracker.db import insert_row, reading
from tracker.decisions import Mistake, decided, project
from tracker.documents import lines as text
from tracker.documents.archive import MAX_DEPTH
from tracker.documents.difference import Difference, difference, read_otherwise, with_history
from tracker.documents.lines import Line, Parsed
from tracker.documents.model import Requirement
from tracker.documents.reader import READER_VERSION, read, unpack
from tracker.documents.requirements import requirements
from tracker.documents.stored import (
    DOCUMENT,
    DOCUMENT_VERSION,
    REQUIREMENT,
    requirement_of,
    stored_requirements,
    values_of,
)
from tracker.events import Change, write
from tracker.i18n import _
from tracker.kinds import RESULT_KINDS
from tracker.projects import PUBLICATION
from tracker.team.people import person

log = logging.getLogger(__name__)
MAX_FILE = 200 * 1024 * 1024
"""Bytes of a file a person adds."""
_VERSION_WORDS = re.compile(
    r"[\s_\-—.]*(?:[(（\[【]?(?:第?[一二三四五六七八九十\d]{1,2}次)?(?:更正|变更|修改|修订|澄清|更新|补充|最新|最终|终稿|定稿|发布|发售|正式|上传|盖章|签章)"
    r"(?:后|版|稿|件|文件)*(?:[一二三四五六七八九十\d]{1,2})?[)）\]】]?|[vV]\d+(?:\.\d+)*|[(（]\d{1,2}[)）]|20\d\d[-.年]?\d{1,2}[-.月]?\d{1,2}日?|\d{8,14})+$"
)


_NO_NAME = re.compile(r"(?:附件|文件|附表|file|attachment|新建.*)?[\d一二三四五六七八九十]*\.\w+$")
"""Names that name nothing."""


@dataclass(frozen=True)
class Card:
    """A document as lists show it: its newest version."""

    id: int
    name: str
    version: int
    version_id: int
    state: str
    reasons: tuple[str, ...]
    kind: str
    size: int
    pages: int | None
    unread: tuple[int, ...]
    requirements: int
    at: datetime
    archive: str = ""
    """Name of the archive it came in."""
    left_out: bool = False
    """The newest version of its archive no longer holds it."""
    hash: str = ""


@dataclass(frozen=True)
class Came:
    """A file to be put on the shelf."""

    name: str
    hash: str
    size: int
    kind: FileKind
    attachment_id: int | None = None
    person_id: int | None = None
    of: int | None = None
    """The document it is a version of, where a person says so."""


@dataclass(frozen=True)
class Archive:
    """Where files come from that are packed."""

    document_id: int
    version_id: int
    depth: int


# --- putting on the shelf -------------------------------------------------------------------------------------------


def add(engine: Engine, who: str, identity: int, paths: Sequence[Path], of: int | None = None) -> list[int]:
    """Files a person adds to a project; returns the ids of the versions. Raises Mistake, PersonError.

    A file whose name differs only in words such as 更正后 or V2 is a new version of the known document; `of` names
    the document where the name does not tell.
    """
    with reading(engine) as connection:
        by, target = person(connection, who), project(connection, identity)
        if of is not None:
            _document(connection, of, target.id)
    if of is not None and len(paths) > 1:
        raise Mistake(_("give one file with --of: it is the new version of one document"))
    came = [replace(_kept(path), person_id=by.id, of=of) for path in paths]
    with engine.begin() as connection:
        made = _place(connection, target.id, came, None)
    read_waiting(engine, target.id)
    return made


def take_in(engine: Engine, identity: int) -> list[int]:
    """The fetched attachments of a project that are not on its shelf yet; returns the ids of the new versions."""
    with engine.begin() as connection:
        target = project(connection, identity)
        held = set(connection.scalars(_hashes(target.id)))
        query = (
            select(ATTACHMENT)
            .join(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
            .where(PUBLICATION.c.project_id == target.id, _asks())
            .order_by(PUBLICATION.c.published_at.nulls_first(), ATTACHMENT.c.id)
        )
        came = []
        for row in connection.execute(query):
            if row.hash not in held and path_of(row.hash).is_file():
                held.add(row.hash)
                came.append(Came(safe_name(row.name, row.kind), row.hash, row.size, row.kind, attachment_id=row.id))
        made = _place(connection, target.id, came, None)
    read_waiting(engine, target.id)
    return made


def catch_up(engine: Engine) -> int:
    """What has come for tracked projects, and what an ended process left unread; returns how many were read."""
    with reading(engine) as connection:
        behind = _behind(connection)
    return sum(len(take_in(engine, each)) for each in behind) + read_waiting(engine)


def has_to_catch_up(connection: Connection) -> bool:
    """Whether a file has come for a tracked project, or one on the shelf waits to be read."""
    return _next_waiting(connection) is not None or bool(_behind(connection))


def _behind(connection: Connection) -> list[int]:
    """Tracked projects with files that are not on the shelf."""
    shelved = (
        select(DOCUMENT_VERSION.c.id)
        .join(DOCUMENT, DOCUMENT.c.id == DOCUMENT_VERSION.c.document_id)
        .where(DOCUMENT.c.project_id == PUBLICATION.c.project_id, DOCUMENT_VERSION.c.hash == ATTACHMENT.c.hash)
    )
    query = (
        select(PUBLICATION.c.project_id)
        .join(ATTACHMENT, ATTACHMENT.c.publication_id == PUBLICATION.c.id)
        .where(PUBLICATION.c.project_id.in_(decided("track")), _asks(), ~shelved.exists())
    )
    return list(connection.scalars(query.distinct()))


def _asks() -> Any:
    """Files that are here, of notices before the award and of corrections; those of a result ask nothing any more."""
    return and_(ATTACHMENT.c.state == "fetched", PUBLICATION.c.kind.not_in(RESULT_KINDS))


def _hashes(project_id: int) -> Any:
    return (
        select(DOCUMENT_VERSION.c.hash)
        .join(DOCUMENT, DOCUMENT.c.id == DOCUMENT_VERSION.c.document_id)
        .where(DOCUMENT.c.project_id == project_id)
    )


def _kept(path: Path) -> Came:
    """A person's file in the store. Raises Mistake."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise Mistake(_("{path}: not a file; name files, no folders").format(path=path))
        if size > MAX_FILE:
            raise Mistake(
                _("{path}: {size} MB; files up to {most} MB are taken").format(
                    path=path, size=size >> 20, most=MAX_FILE >> 20
                )
            )
        body = path.read_bytes()
    except OSError as error:
        raise Mistake(f"{path}: {error.strerror}") from None
    digest = hashlib.sha256(body).hexdigest()
    target = path_of(digest)
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_suffix(".partial")
        shutil.copyfile(path, partial)
        partial.replace(target)
    kind = sniff(body)
    return Came(safe_name(path.name, kind), digest, size, kind)


def _place(connection: Connection, project_id: int, came: Iterable[Came], archive: Archive | None) -> list[int]:
    """A version for each file: of the document of its name, or the first of a new one."""
    made: list[int] = []
    seen: Counter[str] = Counter()
    for each in came:
        key = document_key(each.name, each.kind)
        if _NO_NAME.match(key):  # 附件1 of another notice is another file
            key = f"{each.attachment_id or each.hash[:8]}/{key}"
        seen[key] += 1
        if seen[key] > 1:  # two files of one archive or call are two documents, whatever they are called
            key = f"{key}#{seen[key]}"
        document_id = (
            each.of or _known(connection, project_id, key, archive) or _new(connection, project_id, key, each, archive)
        )
        version_id = _version(connection, document_id, each, archive)
        if version_id is not None:
            made.append(version_id)
    return made


def document_key(name: str, kind: str) -> str:
    """What stays the same in the names of a document's versions: no ending, dates, 更正后, V2, (1)."""
    folders, _slash, base = unicodedata.normalize("NFKC", fold(name)).casefold().rpartition("/")
    stem = base.rpartition(".")[0] or base
    while (shorter := _VERSION_WORDS.sub("", stem)) and shorter != stem:
        stem = shorter
    stem = re.sub(r"\s+", "", stem)
    return f"{folders}/{stem}.{kind}".lstrip("/")


def _known(connection: Connection, project_id: int, key: str, archive: Archive | None) -> int | None:
    inside = DOCUMENT.c.archive_id == archive.document_id if archive else DOCUMENT.c.archive_id.is_(None)
    query = select(DOCUMENT.c.id).where(DOCUMENT.c.project_id == project_id, DOCUMENT.c.key == key, inside)
    return connection.scalar(query.order_by(DOCUMENT.c.id))


def _new(connection: Connection, project_id: int, key: str, came: Came, archive: Archive | None) -> int:
    values = {
        "project_id": project_id,
        "key": key,
        "name": came.name,
        "archive_id": archive.document_id if archive else None,
        "first_seen_at": now(),
    }
    return insert_row(connection, DOCUMENT, **values)


def _version(connection: Connection, document_id: int, came: Came, archive: Archive | None) -> int | None:
    """A new version, unless the newest one has these bytes."""
    last = connection.execute(_versions_of(document_id)).first()
    if last is not None and last.hash == came.hash:
        if archive is not None:
            same = update(DOCUMENT_VERSION).where(DOCUMENT_VERSION.c.id == last.id)
            connection.execute(same.values(archive_version_id=archive.version_id))
        return None
    values: dict[str, Any] = {
        "document_id": document_id,
        "number": last.number + 1 if last else 1,
        "name": came.name,
        "hash": came.hash,
        "size": came.size,
        "kind": came.kind,
        "state": "waiting",
        "unread_pages": [],
        "archive_version_id": archive.version_id if archive else None,
        "attachment_id": came.attachment_id,
        "person_id": came.person_id,
        "at": now(),
    }
    made = insert_row(connection, DOCUMENT_VERSION, **values)
    changed = update(DOCUMENT).where(DOCUMENT.c.id == document_id)
    connection.execute(changed.values(version_id=made, name=came.name))
    return made


def _versions_of(document_id: int) -> Any:
    newest = DOCUMENT_VERSION.c.number.desc()
    return select(DOCUMENT_VERSION).where(DOCUMENT_VERSION.c.document_id == document_id).order_by(newest)


# --- reading --------------------------------------------------------------------------------------------------------


def read_waiting(engine: Engine, project_id: int | None = None) -> int:
    """Read every version that waits, what archives hold included; returns how many were read."""
    count = 0
    while True:
        with reading(engine) as connection:
            waiting = _next_waiting(connection, project_id)
        if waiting is None:
            return count
        count += 1
        if waiting.kind == "zip":
            _open(engine, waiting)
        else:
            _read(engine, waiting, read(path_of(waiting.hash), waiting.kind))


def read_again(engine: Engine, project_id: int | None = None) -> int:
    """Read anew what an older reader read; returns how many versions."""
    old = DOCUMENT_VERSION.c.reader_version != READER_VERSION
    mine = select(DOCUMENT.c.id).where(DOCUMENT.c.project_id == project_id) if project_id else select(DOCUMENT.c.id)
    with engine.begin() as connection:
        query = update(DOCUMENT_VERSION).where(old, DOCUMENT_VERSION.c.document_id.in_(mine))
        connection.execute(query.values(state="waiting"))
    return read_waiting(engine, project_id)


def _next_waiting(connection: Connection, project_id: int | None = None) -> Row[Any] | None:
    query = (
        select(DOCUMENT_VERSION, DOCUMENT.c.project_id)
        .join(DOCUMENT, DOCUMENT.c.id == DOCUMENT_VERSION.c.document_id)
        .where(DOCUMENT_VERSION.c.state == "waiting")
        .order_by(DOCUMENT_VERSION.c.id)
    )
    if project_id is not None:
        query = query.where(DOCUMENT.c.project_id == project_id)
    return connection.execute(query.limit(1)).first()


def _open(engine: Engine, version: Row[Any]) -> None:
    """The files of an archive onto the shelf, beside it."""
    with reading(engine) as connection:
        depth = _depth(connection, version.id)
    if depth > MAX_DEPTH:
        _read(engine, version, Parsed("refused", ("depth",)))
        return
    found = unpack(path_of(version.hash), store_folder())
    if found.refused:
        _read(
            engine,
            version,
            Parsed("unreadable" if found.refused in ("damaged", "encrypted") else "refused", (found.refused,)),
        )
        return
    archive = Archive(version.document_id, version.id, depth)
    with engine.begin() as connection:
        came = [Came(each.name, each.hash, each.size, each.kind, person_id=version.person_id) for each in found.entries]
        _place(connection, version.project_id, came, archive)
    _read(engine, version, Parsed("read"))


def _depth(connection: Connection, version_id: int | None) -> int:
    """How many archives lie around a version, itself counted."""
    depth = 0
    while version_id is not None:
        depth += 1
        query = select(DOCUMENT_VERSION.c.archive_version_id).where(DOCUMENT_VERSION.c.id == version_id)
        version_id = connection.scalar(query)
    return depth


def _read(engine: Engine, version: Row[Any], parsed: Parsed) -> None:
    """Store what came of a version: its text, its requirements, and what they changed."""
    try:
        found = requirements(parsed.lines, version.name)
    except Exception:  # words nobody thought of: this document says so, the others go on
        log.exception("requirements of %s", version.name)
        found, parsed = [], replace(parsed, state="unreadable", reasons=(*parsed.reasons, "crash"))
    with engine.begin() as connection:
        before = _before(connection, version)
        old = _rows(connection, [before.id]) if before is not None else []
        if before is not None:
            found = with_history(old, found)
        if version.reader_version:
            found = read_otherwise(_rows(connection, [version.id]), found)
        values = {
            "state": parsed.state,
            "detail": " ".join(parsed.reasons),
            "pages": parsed.pages,
            "unread_pages": list(parsed.unread),
            "packed": text.pack(parsed),
            "reader_version": READER_VERSION,
        }
        connection.execute(update(DOCUMENT_VERSION).where(DOCUMENT_VERSION.c.id == version.id).values(**values))
        connection.execute(delete(REQUIREMENT).where(REQUIREMENT.c.document_version_id == version.id))
        if found:
            of = {"project_id": version.project_id, "document_version_id": version.id}
            rows = [of | {"position": n} | values_of(each) for n, each in enumerate(found)]
            connection.execute(insert(REQUIREMENT), rows)
        if before is not None and not version.reader_version and parsed.lines:
            _announce(connection, version, difference(old, found))


def _before(connection: Connection, version: Row[Any]) -> Row[Any] | None:
    """The version before it that could be read."""
    older = _versions_of(version.document_id).where(
        DOCUMENT_VERSION.c.number < version.number, DOCUMENT_VERSION.c.state.in_(("read", "partly"))
    )
    return connection.execute(older).first()


def _announce(connection: Connection, version: Row[Any], found: Difference) -> None:
    """A new version that asks something else is news; the gravest changes first."""
    if not found:
        return
    said = [(None, each) for each in found.added] + [(each.before, each.after) for each in found.changed]
    gone = [(each, None) for each in found.dropped]
    fields = [
        {"field": _named(after or before), "before": _said(before), "after": _said(after)}
        for before, after in sorted([*said, *gone], key=lambda pair: _weight(pair[1] or pair[0]))
    ]
    data = {
        "document": version.document_id,
        "version": version.number,
        "name": version.name,
        "added": len(found.added),
        "changed": len(found.changed),
        "dropped": len(found.dropped),
        "fields": fields[:20],
    }
    change = Change("requirements-changed", None, None, data, str(version.id))
    cause = "person" if version.person_id else "published"
    write(
        connection,
        [change],
        cause=cause,
        seen_at=now(),
        once=str(version.id),
        project_id=version.project_id,
        person_id=version.person_id,
    )


def _weight(each: Requirement | None) -> tuple[bool, bool]:
    return each is None or each.mark != "★", each is None or each.kind not in ("qualification", "void", "deposit")


def _named(each: Requirement | None) -> str:
    return one_line(f"{each.mark} {each.label or each.words}", 40) if each else ""


def _said(each: Requirement | None) -> str | None:
    return one_line(each.words, 120) if each else None


# --- looking up -----------------------------------------------------------------------------------------------------


def documents(connection: Connection, identity: int) -> list[Card]:
    """The documents of a project, those of archives below them. Raises Mistake."""
    target = project(connection, identity)
    query = (
        select(DOCUMENT_VERSION, DOCUMENT.c.name.label("called"), DOCUMENT.c.archive_id)
        .join(DOCUMENT, DOCUMENT.c.version_id == DOCUMENT_VERSION.c.id)
        .where(DOCUMENT.c.project_id == target.id)
        .order_by(DOCUMENT.c.id)
    )
    rows = list(connection.execute(query))
    names = {row.document_id: row.called for row in rows}
    newest = {row.document_id: row.id for row in rows}
    asked = Counter(
        connection.scalars(select(REQUIREMENT.c.document_version_id).where(REQUIREMENT.c.project_id == target.id))
    )
    return [
        Card(
            id=row.document_id,
            name=row.called,
            version=row.number,
            version_id=row.id,
            state=row.state,
            reasons=tuple(row.detail.split()),
            kind=row.kind,
            size=row.size,
            pages=row.pages,
            unread=tuple(row.unread_pages),
            requirements=asked[row.id],
            at=row.at,
            archive=names.get(row.archive_id, ""),
            left_out=row.archive_id is not None and row.archive_version_id != newest.get(row.archive_id),
            hash=row.hash,
        )
        for row in rows
    ]


def _document(connection: Connection, identity: int, project_id: int | None = None) -> Row[Any]:
    row = connection.execute(select(DOCUMENT).where(DOCUMENT.c.id == identity)).one_or_none()
    if row is None or (project_id is not None and row.project_id != project_id):
        raise Mistake(_("there is no document {id} here; `chebiao document list` shows them").format(id=identity))
    return row


def versions(connection: Connection, identity: int) -> list[Row[Any]]:
    """The versions of a document, the newest first. Raises Mistake."""
    return list(connection.execute(_versions_of(_document(connection, identity).id)))


def version_of(connection: Connection, identity: int, number: int | None = None) -> Row[Any]:
    """One version of a document, the newest unless a number is given. Raises Mistake."""
    found = versions(connection, identity)
    for row in found:
        if number in (None, row.number):
            return row
    known = ", ".join(str(row.number) for row in reversed(found))
    raise Mistake(
        _("document {id} has no version {number}; it has {known}").format(id=identity, number=number, known=known)
    )


def lines(version: Row[Any]) -> tuple[Line, ...]:
    """The text of a version, each line with its page."""
    return text.unpack(version.packed).lines if version.packed else ()


def requirements_of_version(connection: Connection, version_id: int) -> list[Requirement]:
    return _rows(connection, [version_id])


def changes(connection: Connection, identity: int, old: int | None = None, new: int | None = None) -> Difference:
    """What the new version of a document asks otherwise than the old one; the last two unless named. Raises Mistake."""
    after = version_of(connection, identity, new)
    before = version_of(connection, identity, old) if old is not None else _before(connection, after)
    if before is None:
        raise Mistake(_("document {id} has no earlier version that could be read").format(id=identity))
    return difference(_rows(connection, [before.id]), _rows(connection, [after.id]))


def _rows(connection: Connection, version_ids: Sequence[int]) -> list[Requirement]:
    query = (
        stored_requirements()
        .where(REQUIREMENT.c.document_version_id.in_(version_ids))
        .order_by(REQUIREMENT.c.document_version_id, REQUIREMENT.c.position)
    )
    return [requirement_of(row) for row in connection.execute(query)]
