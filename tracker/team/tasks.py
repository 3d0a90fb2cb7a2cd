"""Tasks, and the team's own milestones beside the authority's dates: visit, sample car, test drive, approval."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection, Select, select

from crawler.clock import now
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.tables import OwnMilestone, OwnMilestoneKind, Task, table
from tracker.team import kept
from tracker.team.people import PERSON, person

TASK, OWN_MILESTONE = table(Task), table(OwnMilestone)
OWN_KINDS: tuple[str, ...] = get_args(OwnMilestoneKind)
OWN_NAMES = {
    "visit": "visit to the buyer",
    "sample-car": "sample car",
    "test-drive": "test drive",
    "factory-visit": "factory visit",
    "internal-approval": "internal approval",
    "bid-ready": "bid documents ready",
    "delivery": "delivery",
    "other": "other",
}
"""A msgid each."""


@dataclass(frozen=True)
class Todo:
    """A task as shown."""

    id: int
    project_id: int | None
    title: str
    owner: str
    due_at: datetime | None
    state: str
    feedback: str | None
    version: int


@dataclass(frozen=True)
class Own:
    """A milestone of our own as shown."""

    id: int
    project_id: int
    kind: str
    name: str
    due_at: datetime
    done_at: datetime | None
    result: str | None
    owner: str
    version: int


def add_task(
    connection: Connection,
    who: str,
    title: str,
    *,
    owner: str | None = None,
    due: datetime | None = None,
    identity: int | None = None,
    origin: str = "",
) -> int:
    """A task for `owner` (else oneself), of a project or of none; returns its number. Raises Mistake, PersonError."""
    by = person(connection, who)
    if not title.strip():
        raise Mistake(_("the task is empty; write what is to be done"))
    row = kept.add(
        connection,
        TASK,
        by,
        project_id=project(connection, identity).id if identity is not None else None,
        title=title.strip(),
        owner_id=person(connection, owner or who).id,
        due_at=due,
        state="open",
        origin=origin,
    )
    return int(row.id)


def close_task(
    connection: Connection,
    who: str,
    identity: int,
    feedback: str | None = None,
    *,
    dropped: bool = False,
    version: int | None = None,
) -> None:
    """Done, or dropped. Raises Mistake where it is closed already."""
    by, before = person(connection, who), kept.get(connection, TASK, identity, version)
    if before.state != "open":
        raise Mistake(_("task {id} is closed already").format(id=identity))
    kept.edit(connection, TASK, by, before, state="dropped" if dropped else "done", feedback=feedback)


def edit_task(connection: Connection, who: str, identity: int, version: int | None = None, **values: Any) -> None:
    """Change title, owner (a name) or due (an aware instant). Raises Mistake, EditedMeanwhile, PersonError."""
    by, before = person(connection, who), kept.get(connection, TASK, identity, version)
    changes = {{"due": "due_at"}.get(name, name): value for name, value in values.items() if value is not None}
    if "owner" in changes:
        changes["owner_id"] = person(connection, changes.pop("owner")).id
    kept.edit(connection, TASK, by, before, **changes)


def close_tasks_from(connection: Connection, who: str, origin: str, feedback: str) -> None:
    """Close what is open of the tasks that one thing made."""
    rows = connection.execute(select(TASK.c.id).where(TASK.c.origin == origin, TASK.c.state == "open")).all()
    for row in rows:
        close_task(connection, who, row.id, feedback)


def tasks(
    connection: Connection, *, owner: str | None = None, identity: int | None = None, closed: bool = False
) -> list[Todo]:
    """Open tasks (and closed ones on request), the earliest due first; those without a date come last."""
    query: Select[Any] = select(TASK, PERSON.c.name.label("owner")).join(PERSON, PERSON.c.id == TASK.c.owner_id)
    if owner is not None:
        query = query.where(TASK.c.owner_id == person(connection, owner).id)
    if identity is not None:
        query = query.where(TASK.c.project_id == project(connection, identity).id)
    if not closed:
        query = query.where(TASK.c.state == "open")
    ordered = query.order_by(TASK.c.due_at.is_(None), TASK.c.due_at, TASK.c.id)
    return [
        Todo(row.id, row.project_id, row.title, row.owner, row.due_at, row.state, row.feedback, row.version)
        for row in connection.execute(ordered)
    ]


# --- milestones of our own ------------------------------------------------------------------------------------------


def add_milestone(
    connection: Connection,
    who: str,
    identity: int,
    kind: str,
    due: datetime,
    name: str = "",
    owner: str | None = None,
) -> int:
    """A date of our own; returns its number. Raises Mistake, PersonError."""
    if kind not in OWN_KINDS:
        raise Mistake(
            _("{kind!r} is no milestone of ours; write one of: {known}").format(kind=kind, known=", ".join(OWN_KINDS))
        )
    by, target = person(connection, who), project(connection, identity)
    keeper = person(connection, owner or who)
    row = kept.add(
        connection, OWN_MILESTONE, by, project_id=target.id, kind=kind, name=name, due_at=due, owner_id=keeper.id
    )
    return int(row.id)


def finish_milestone(
    connection: Connection,
    who: str,
    identity: int,
    result: str,
    *,
    at: datetime | None = None,
    version: int | None = None,
) -> None:
    """It took place, with what came of it. Raises Mistake, EditedMeanwhile."""
    by, before = person(connection, who), kept.get(connection, OWN_MILESTONE, identity, version)
    kept.edit(connection, OWN_MILESTONE, by, before, done_at=at or now(), result=result)


def move_milestone(connection: Connection, who: str, identity: int, due: datetime, version: int | None = None) -> None:
    """Another date. Raises Mistake, EditedMeanwhile."""
    by, before = person(connection, who), kept.get(connection, OWN_MILESTONE, identity, version)
    kept.edit(connection, OWN_MILESTONE, by, before, due_at=due)


def milestones_of(connection: Connection, identity: int) -> list[Own]:
    """Our own milestones of a project, the earliest first."""
    query = (
        select(OWN_MILESTONE, PERSON.c.name.label("owner"))
        .join(PERSON, PERSON.c.id == OWN_MILESTONE.c.owner_id)
        .where(OWN_MILESTONE.c.project_id == identity)
        .order_by(OWN_MILESTONE.c.due_at, OWN_MILESTONE.c.id)
    )
    return [
        Own(row.id, row.project_id, row.kind, row.name, row.due_at, row.done_at, row.result, row.owner, row.version)
        for row in connection.execute(query)
    ]
