"""What is asked of a bidder for the proceeding that can be answered now: by its documents, and by its notices."""

from sqlalchemy import Connection, select

from crawler.text import one_line
from tracker.documents.model import Requirement
from tracker.documents.requirements import of_notice
from tracker.documents.shelf import Card, documents
from tracker.documents.stored import DOCUMENT_VERSION, REQUIREMENT, requirement_of, stored_requirements
from tracker.projects import PROCEEDING, PROJECT, PUBLICATION, VERSION, unpack
from tracker.state import ProjectState, current
from tracker.tables import Attachment, table

ATTACHMENT = table(Attachment)
CALLING = {"tender", "prequalification", "negotiation", "consultation", "inquiry", "framework", "single_source"}
"""Notices that ask for bids, and so may hold requirements themselves."""


def requirements_of(connection: Connection, identity: int) -> list[Requirement]:
    """What the newest documents of the present proceeding ask, then what only its notices do; each once."""
    found: dict[str, Requirement] = {}
    for each in (*of_documents(connection, identity), *_of_notices(connection, identity)):
        found.setdefault(each.key, each)
    return list(found.values())


def of_documents(connection: Connection, identity: int) -> list[Requirement]:
    """What the newest versions of the documents ask, in their order."""
    cards = {each.version_id: each for each in _valid(connection, identity)}
    rows = connection.execute(
        stored_requirements()
        .where(REQUIREMENT.c.document_version_id.in_(cards))
        .order_by(DOCUMENT_VERSION.c.document_id, REQUIREMENT.c.position)
    )
    return [requirement_of(row) for row in rows]


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
