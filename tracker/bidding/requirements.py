"""What is asked of a bidder for the proceeding that can be answered now: by its documents, and by its notices."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from crawler.text import one_line
from tracker.documents.clauses import Applied, Stated, apply, is_correction, stated
from tracker.documents.formats.web import lines_of
from tracker.documents.model import UNPLACED, Requirement
from tracker.documents.requirements import of_notice
from tracker.documents.shelf import Card, documents
from tracker.documents.shelf import lines as lines_of_version
from tracker.documents.stored import DOCUMENT_VERSION, REQUIREMENT, requirement_of, stored_requirements
from tracker.projects import PROCEEDING, PROJECT, PUBLICATION, VERSION, unpack
from tracker.state import ProjectState, current
from tracker.tables import Attachment, table

ATTACHMENT = table(Attachment)
CALLING = {"tender", "prequalification", "negotiation", "consultation", "inquiry", "framework", "single_source"}
"""Notices that ask for bids, and so may hold requirements themselves."""
MAX_PAGES = 40
"""Of a file that is looked at as a correction; a longer one is the documents themselves."""


def requirements_of(connection: Connection, identity: int) -> list[Requirement]:
    """What the newest documents of the present proceeding ask, then only its notices; each once, as corrected."""
    return list(corrected(connection, identity).asked)


def of_documents(connection: Connection, identity: int) -> list[Requirement]:
    """What the newest versions of the documents ask, in their order, as corrected; last what could not be placed."""
    files = {each.name for each in _valid(connection, identity)}
    return [
        each for each in corrected(connection, identity).asked if each.place.file in files or each.topic == UNPLACED
    ]


def corrected(connection: Connection, identity: int) -> Applied:
    """What is asked, and what corrections that quote single clauses changed in it, the oldest first."""
    cards = _valid(connection, identity)
    found: dict[str, Requirement] = {}
    for each in (*_stored(connection, cards), *_of_notices(connection, identity)):
        found.setdefault(each.key, each)
    said = sorted(
        (*_stated_by_notices(connection, identity), *_stated_by_documents(connection, cards)), key=lambda each: each[0]
    )
    return apply(found.values(), [each for _at, changes in said for each in changes])


def _stored(connection: Connection, cards: Sequence[Card]) -> list[Requirement]:
    rows = connection.execute(
        stored_requirements()
        .where(REQUIREMENT.c.document_version_id.in_([each.version_id for each in cards]))
        .order_by(DOCUMENT_VERSION.c.document_id, REQUIREMENT.c.position)
    )
    return [requirement_of(row) for row in rows]


def _stated_by_notices(connection: Connection, identity: int) -> Iterator[tuple[datetime, list[Stated]]]:
    """The single clauses that corrections of the present proceeding change, each notice with when it came."""
    query = (
        select(
            PUBLICATION.c.portal, PUBLICATION.c.key, PUBLICATION.c.published_at, VERSION.c.fetched_at, VERSION.c.reading
        )
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.proceeding_id.in_(_present(connection, identity)), PUBLICATION.c.kind == "correction")
        .where(PUBLICATION.c.state != "withdrawn")
        .order_by(PUBLICATION.c.id)
    )
    for row in connection.execute(query):
        lines = list(lines_of(unpack(row.reading).text))
        yield row.published_at or row.fetched_at, stated(lines, f"{row.portal}/{row.key}")


def _stated_by_documents(connection: Connection, cards: Sequence[Card]) -> Iterator[tuple[datetime, list[Stated]]]:
    """The same of files such as 更正公告.pdf and 答疑文件.docx."""
    short = [each.version_id for each in cards if each.pages is None or each.pages <= MAX_PAGES]
    query = select(DOCUMENT_VERSION).where(DOCUMENT_VERSION.c.id.in_(short), DOCUMENT_VERSION.c.packed.is_not(None))
    for row in connection.execute(query.order_by(DOCUMENT_VERSION.c.id)):
        lines = lines_of_version(row)
        if is_correction(row.name, lines):
            yield row.at, stated(lines, row.name)


def unread_of(connection: Connection, identity: int) -> tuple[str, ...]:
    """The documents that could not be read, or not wholly: what they ask is not known here."""
    return tuple(one_line(each.name, 120) for each in _valid(connection, identity) if each.state != "read")


def _valid(connection: Connection, identity: int) -> list[Card]:
    """Files added by hand, and those that notices of the present proceeding name; none that its archive left out."""
    elsewhere = set(
        connection.scalars(
            select(DOCUMENT_VERSION.c.id)
            .join(ATTACHMENT, ATTACHMENT.c.id == DOCUMENT_VERSION.c.attachment_id)
            .join(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
            .where(PUBLICATION.c.project_id == identity)
            .where(PUBLICATION.c.proceeding_id.not_in(_present(connection, identity)))
        )
    )
    return [each for each in documents(connection, identity) if not each.left_out and each.version_id not in elsewhere]


def _of_notices(connection: Connection, identity: int) -> list[Requirement]:
    query = (
        select(PUBLICATION.c.portal, PUBLICATION.c.key, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.proceeding_id.in_(_present(connection, identity)), PUBLICATION.c.kind.in_(CALLING))
        .where(PUBLICATION.c.state != "withdrawn")
        .order_by(PUBLICATION.c.published_at.nulls_last(), PUBLICATION.c.id)
    )
    return [
        each for row in connection.execute(query) for each in of_notice(unpack(row.reading), f"{row.portal}/{row.key}")
    ]


def _present(connection: Connection, identity: int) -> list[int]:
    """Ids of the proceeding that can be answered now."""
    state = connection.scalar(select(PROJECT.c.state).where(PROJECT.c.id == identity))
    places = ProjectState.model_validate(state).proceedings if state else ()
    if not places:
        return []
    mine = PROCEEDING.c.project_id == identity, PROCEEDING.c.key == current(places).key
    return list(connection.scalars(select(PROCEEDING.c.id).where(*mine)))
