"""Requirements as they lie in the database."""

from typing import Any

from sqlalchemy import Row, select

from tracker.documents.model import Place, Requirement
from tracker.tables import Document, DocumentVersion, RequirementRow, table

DOCUMENT, DOCUMENT_VERSION, REQUIREMENT = table(Document), table(DocumentVersion), table(RequirementRow)


def stored_requirements() -> Any:
    """The query for rows that `requirement_of` takes; a caller says which."""
    return select(REQUIREMENT, DOCUMENT_VERSION.c.name.label("file")).join(
        DOCUMENT_VERSION, DOCUMENT_VERSION.c.id == REQUIREMENT.c.document_version_id
    )


def requirement_of(row: Row[Any]) -> Requirement:
    """A row as a requirement."""
    return Requirement(
        kind=row.kind,
        words=row.words,
        place=Place(row.file, row.section, row.page),
        lot=row.lot,
        mark=row.mark,
        topic=row.topic,
        label=row.label,
        points=row.points,
        amount=row.amount,
        also=tuple(Place(row.file, each["section"], each["page"]) for each in row.also),
        replaces=row.replaces or "",
    )


def values_of(requirement: Requirement) -> dict[str, Any]:
    """A requirement as the columns of its row."""
    return {
        "key": requirement.key,
        "kind": requirement.kind,
        "topic": requirement.topic,
        "mark": requirement.mark,
        "lot": requirement.lot,
        "label": requirement.label,
        "words": requirement.words,
        "section": requirement.place.section,
        "page": requirement.place.page,
        "points": requirement.points,
        "amount": requirement.amount,
        "also": [{"section": place.section, "page": place.page} for place in requirement.also],
        "replaces": requirement.replaces or None,
    }
