"""What falls on which day: dates of followed purchases, tasks and dates of our own, and windows of rhythms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Connection, or_, select

from crawler.clock import SHANGHAI
from tracker.decisions import marked
from tracker.digest.ahead import open_windows
from tracker.present import MOMENTS as NAMES
from tracker.present import own_name, rule_name, window_kind, word
from tracker.projects import MILESTONE, PROCEEDING, PROJECT
from tracker.tables import OwnMilestone, Person, Task, table

OWN, PERSON, TASK = table(OwnMilestone), table(Person), table(Task)
Kind = Literal["deadline", "opening", "task", "own", "window"]
OPENINGS = ("opening_at",)
CLOSED = ("terminated", "awarded", "contracted", "passed", "failed")


@dataclass(frozen=True)
class Entry:
    """One thing on a day; a window covers several. Days are those of Asia/Shanghai."""

    kind: Kind
    first: date
    last: date
    at: datetime | None
    """None where only the day is known."""
    what: str
    name: str
    project_id: int | None
    who: str = ""
    provisional: bool = False


def agenda(connection: Connection, first: date, last: date, *, followed: bool = True) -> list[Entry]:
    """Everything from `first` to `last`, both included. `followed`: only of tracked projects, else of all purchases."""
    begin = datetime.combine(first, time(), SHANGHAI)
    end = datetime.combine(last + timedelta(days=1), time(), SHANGHAI)
    found = [*_dates(connection, begin, end, followed), *_own(connection, begin, end), *_tasks(connection, begin, end)]
    found += _windows(connection, first, last)
    return sorted(found, key=lambda each: (each.first, each.at or begin, each.kind, each.what, each.name))


def _dates(connection: Connection, begin: datetime, end: datetime, followed: bool) -> Iterator[Entry]:
    """The bidder's dates and openings of living projects; a conflict stands on its earlier day."""
    which: ColumnElement[bool] = PROJECT.c.vehicle_purchase.in_(("yes", "mixed"))
    if followed:
        which = marked("track")
    query = (
        select(MILESTONE, PROJECT.c.id.label("project"), PROJECT.c.name)
        .join(PROCEEDING, PROCEEDING.c.id == MILESTONE.c.proceeding_id)
        .join(PROJECT, PROJECT.c.id == PROCEEDING.c.project_id)
        .where(MILESTONE.c.earliest >= begin, MILESTONE.c.earliest < end, which, PROJECT.c.alias_of.is_(None))
        .where(or_(MILESTONE.c.bidder_acts, MILESTONE.c.kind.in_(OPENINGS)))
        .where(or_(PROCEEDING.c.outcome.is_(None), PROCEEDING.c.outcome.not_in(CLOSED)))
    )
    seen: set[tuple[int, str, datetime]] = set()
    for row in connection.execute(query.order_by(MILESTONE.c.lot)):
        key = (row.project, row.rule_id or row.kind, row.earliest)
        if key in seen:
            continue  # lots that share a date
        seen.add(key)
        day = row.earliest.astimezone(SHANGHAI).date()
        what = rule_name(row.rule_id) if row.rule_id else word(NAMES, row.kind)
        at = row.earliest if row.precision == "minute" else None
        kind: Kind = "opening" if row.kind in OPENINGS else "deadline"
        yield Entry(kind, day, day, at, what, row.name, row.project, provisional=row.provisional)


def _own(connection: Connection, begin: datetime, end: datetime) -> Iterator[Entry]:
    query = (
        select(OWN, PERSON.c.name.label("who"), PROJECT.c.name.label("project"))
        .join(PERSON, PERSON.c.id == OWN.c.owner_id)
        .join(PROJECT, PROJECT.c.id == OWN.c.project_id)
        .where(OWN.c.due_at >= begin, OWN.c.due_at < end, OWN.c.done_at.is_(None))
    )
    for row in connection.execute(query):
        day = row.due_at.astimezone(SHANGHAI).date()
        yield Entry("own", day, day, row.due_at, row.name or own_name(row.kind), row.project, row.project_id, row.who)


def _tasks(connection: Connection, begin: datetime, end: datetime) -> Iterator[Entry]:
    query = (
        select(TASK, PERSON.c.name.label("who"), PROJECT.c.name.label("project"))
        .join(PERSON, PERSON.c.id == TASK.c.owner_id)
        .outerjoin(PROJECT, PROJECT.c.id == TASK.c.project_id)
        .where(TASK.c.due_at >= begin, TASK.c.due_at < end, TASK.c.state == "open")
    )
    for row in connection.execute(query):
        day = row.due_at.astimezone(SHANGHAI).date()
        yield Entry("task", day, day, row.due_at, row.title, row.project or "", row.project_id, row.who)


def _windows(connection: Connection, first: date, last: date) -> Iterator[Entry]:
    """What organisers are expected to do, never a fact."""
    for each in open_windows(connection, first, last):
        what = window_kind(each.kind, each.origin)
        yield Entry("window", each.first, each.last, None, what, each.organiser, None, provisional=True)
