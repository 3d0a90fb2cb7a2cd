"""What the reader is to do by today: tasks, dates of the team's own, answers that assignments ask for."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.digest.known import Known
from tracker.digest.model import Errand, ErrandKind
from tracker.tables import Assignment, OwnMilestone, Person, Task, table

ASSIGNMENT, OWN_MILESTONE, PERSON, TASK = table(Assignment), table(OwnMilestone), table(Person), table(Task)


def end_of_day(now: datetime) -> datetime:
    """Midnight after this instant, in Beijing."""
    return datetime.combine(now.astimezone(SHANGHAI).date() + timedelta(days=1), time(), SHANGHAI)


def due_rows(connection: Connection, person_id: int, now: datetime) -> list[tuple[ErrandKind, Row[Any]]]:
    """Rows of the person that are due by the end of today, each with its kind."""
    last = end_of_day(now)
    queries: tuple[tuple[ErrandKind, Select[Any]], ...] = (
        ("task", select(TASK).where(TASK.c.owner_id == person_id, TASK.c.state == "open", TASK.c.due_at < last)),
        (
            "own-milestone",
            select(OWN_MILESTONE).where(
                OWN_MILESTONE.c.owner_id == person_id,
                OWN_MILESTONE.c.done_at.is_(None),
                OWN_MILESTONE.c.due_at < last,
            ),
        ),
        (
            "feedback",
            select(ASSIGNMENT).where(
                ASSIGNMENT.c.owner_id == person_id,
                ASSIGNMENT.c.ended_at.is_(None),
                ASSIGNMENT.c.feedback.is_(None),
                ASSIGNMENT.c.due_at < last,
            ),
        ),
    )
    return [(kind, row) for kind, query in queries for row in connection.execute(query).all()]


def errands(
    connection: Connection,
    person_id: int,
    rows: list[tuple[ErrandKind, Row[Any]]],
    known: dict[int, Known],
    home: dict[int, int],
) -> tuple[Errand, ...]:
    """The rows as they are shown, the one due first before the others; nothing of a project that was passed."""
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    found = []
    for kind, row in rows:
        project = known.get(home.get(row.project_id, row.project_id)) if row.project_id else None
        if project is not None and project.passed:
            continue
        found.append(
            Errand(
                kind=kind,
                title=_title(kind, row),
                due=row.due_at,
                project_id=project.row.id if project else None,
                project=one_line(project.row.name, 120) if project else "",
                url=next((each.url for each in project.links if each.url), "") if project else "",
                by=names.get(row.person_id, "") if row.person_id != person_id else "",
                id=row.id,
                version=row.version,
            )
        )
    return tuple(sorted(found, key=lambda each: (each.due, each.kind, each.title)))


def _title(kind: ErrandKind, row: Row[Any]) -> str:
    if kind == "task":
        return one_line(row.title, 120)
    if kind == "own-milestone":
        return one_line(row.name or row.kind, 120)
    return one_line(row.instruction, 120)
