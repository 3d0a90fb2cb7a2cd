"""What is asked of a bidder for the proceeding that can be answered now: by its documents, and by its notices."""

from sqlalchemy import Connection, select

from crawler.text import one_line
from tracker.documents.model import Requirement
from tracker.documents.requirements import of_notice
from tracker.documents.stored import DOCUMENT, DOCUMENT_VERSION, REQUIREMENT, requirement_of, stored_requirements
from tracker.projects import PROCEEDING, PROJECT, PUBLICATION, VERSION, unpack
from tracker.state import ProjectState, current
from tracker.tables import Attachment, table

ATTACHMENT = table(Attachment)
CALLING = {"tender", "prequalification", "negotiation", "consultation", "inquiry", "framework", "single_source"}
"""Notices that ask for bids, and so may hold requirements themselves."""


def requirements_of(connection: Connection, identity: int) -> list[Requirement]:
    """What the newest documents of the present proceeding ask, then what only its notices do; each once."""
    found = {each.key: each for each in of_documents(connection, identity)}
    for each in _of_notices(connection, identity):
        found.setdefault(each.key, each)
    return list(found.values())


def _present(connection: Connection, identity: int) -> list[int]:
    """Ids of the proceeding that can be answered now."""
    state = connection.scalar(select(PROJECT.c.state).where(PROJECT.c.id == identity))
    places = ProjectState.model_validate(state).proceedings if state else ()
    if not places:
        return []
    mine = PROCEEDING.c.project_id == identity, PROCEEDING.c.key == current(places).key
    return list(connection.scalars(select(PROCEEDING.c.id).where(*mine)))


def of_documents(connection: Connection, identity: int) -> list[Requirement]:
    """Of files added by hand, and of those a notice of the present proceeding names."""
    places = _present(connection, identity)
    query = (
        stored_requirements()
        .join(DOCUMENT, DOCUMENT.c.version_id == DOCUMENT_VERSION.c.id)
        .outerjoin(ATTACHMENT, ATTACHMENT.c.id == DOCUMENT_VERSION.c.attachment_id)
        .outerjoin(PUBLICATION, PUBLICATION.c.id == ATTACHMENT.c.publication_id)
        .where(DOCUMENT.c.project_id == identity)
        .where(PUBLICATION.c.id.is_(None) | PUBLICATION.c.proceeding_id.in_(places))
        .order_by(DOCUMENT.c.id, REQUIREMENT.c.position)
    )
    return [requirement_of(row) for row in connection.execute(query)]


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


def unread_of(connection: Connection, identity: int) -> tuple[str, ...]:
    """The newest documents that could not be read, or not wholly, each with the reason."""
    query = (
        select(DOCUMENT_VERSION.c.name, DOCUMENT_VERSION.c.detail)
        .join(DOCUMENT, DOCUMENT.c.version_id == DOCUMENT_VERSION.c.id)
        .where(DOCUMENT.c.project_id == identity, DOCUMENT_VERSION.c.state != "read")
        .order_by(DOCUMENT.c.id)
    )
    return tuple(
        one_line(f"{row.name}: {row.detail}" if row.detail else row.name, 200) for row in connection.execute(query)
    )
