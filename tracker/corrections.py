"""People's words on relevance beside the rules that said otherwise: what to mend in config/vehicles.yaml."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from tracker.decisions import live
from tracker.projects import DECISION, PERSON, PROJECT, PUBLICATION


@dataclass(frozen=True)
class Erred:
    """A notice whose verdict by rule differs from the person's."""

    publication_id: int
    title: str
    verdict: str
    rules: tuple[str, ...]
    """Of config/vehicles.yaml and of the judge, the weightiest first."""
    reasons: tuple[str, ...]
    reasons_en: tuple[str, ...]


@dataclass(frozen=True)
class Correction:
    """One person's verdict on one project."""

    decision_id: int
    at: datetime
    person: str
    project_id: int
    name: str
    verdict: str
    why: str | None
    erred: tuple[Erred, ...]
    """Empty where the rules say the same by now."""


def corrections(connection: Connection, limit: int | None = None) -> Iterator[Correction]:
    """Verdicts by people that stand, the newest first."""
    query = (
        select(DECISION, PERSON.c.name.label("by"), PROJECT.c.name.label("project_name"))
        .join(PERSON, PERSON.c.id == DECISION.c.person_id)
        .join(PROJECT, PROJECT.c.id == DECISION.c.project_id)
        .where(live("relevance"))
        .order_by(DECISION.c.id.desc())
        .limit(limit)
    )
    for row in connection.execute(query).all():
        verdict = row.data["vehicle_purchase"]
        erred = tuple(_erred(connection, row.project_id, verdict))
        yield Correction(row.id, row.at, row.by, row.project_id, row.project_name, verdict, row.reason, erred)


def _erred(connection: Connection, project_id: int, verdict: str) -> Iterator[Erred]:
    query = select(PUBLICATION.c.id, PUBLICATION.c.title, PUBLICATION.c.relevance)
    rows = connection.execute(query.where(PUBLICATION.c.project_id == project_id).order_by(PUBLICATION.c.id))
    for row in rows:
        said = row.relevance
        if said and said["vehicle_purchase"] != verdict:
            reasons = said.get("reasons", ())
            yield Erred(
                row.id,
                row.title,
                said["vehicle_purchase"],
                tuple(each["rule"] for each in reasons),
                tuple(each["zh"] for each in reasons),
                tuple(each["en"] for each in reasons),
            )
