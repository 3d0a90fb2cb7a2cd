"""What people have to do that no notice dates: tasks, answers to assignments, deposits to get back, who takes it on.

Each is said once a step. What falls due today stands in the digest; what is overdue is a message.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from tracker.bidding.bids import BID, deposits_out, refund_due
from tracker.db import chunks
from tracker.decisions import decided
from tracker.digest import Known, living, load, open_actions
from tracker.events import Change, write
from tracker.reminders.plan import Reminders
from tracker.tables import Assignment, Event, Milestone, Proceeding, Task, table
from tracker.team.people import people
from tracker.team.roles import roles_of
from tracker.workdays import Calendar

ASSIGNMENT, EVENT, TASK = table(Assignment), table(Event), table(Task)
MILESTONE, PROCEEDING = table(Milestone), table(Proceeding)


def remind_errands(connection: Connection, now: datetime, settings: Reminders, calendar: Calendar) -> int:
    """Write what has fallen due and was not said; returns how many events."""
    fresh = due_errands(connection, now, settings, calendar)
    for project, change in fresh:
        write(connection, [change], cause="clock", seen_at=now, once="", project_id=project, occurred_at=now)
    return len(fresh)


Said = tuple[int | None, Change]


def due_errands(connection: Connection, now: datetime, settings: Reminders, calendar: Calendar) -> list[Said]:
    """What has fallen due and was not said."""
    home = living(connection)
    found = [
        *_tasks(connection, now, settings, calendar),
        *_feedback(connection, now, settings, calendar),
        *_deposits(connection, now, home),
        *_unowned(connection, now, home, settings, calendar),
    ]
    return [(project, change) for project, change in found if not _is_said(connection, project, change)]


def _is_said(connection: Connection, project: int | None, change: Change) -> bool:
    """Whether an event of this kind, project and slot exists: its key begins with the three (tracker/events.py)."""
    key = f"{change.kind}:{project or ''}:{change.slot}:{change.before}>{change.after}:"
    return connection.execute(select(EVENT.c.id).where(EVENT.c.key == key)).first() is not None


def _step(due: datetime, now: datetime, settings: Reminders, calendar: Calendar) -> str | None:
    """`today` from the morning of the day on, `overdue` from the morning of the next working day on."""
    day = due.astimezone(SHANGHAI).date()
    late = datetime.combine(calendar.add_working_days(day, 1), settings.morning, SHANGHAI)
    if now >= max(late, due):
        return "overdue"
    return "today" if now >= datetime.combine(day, settings.morning, SHANGHAI) else None


def _ahead(now: datetime) -> datetime:
    return now + timedelta(days=1)


def _tasks(connection: Connection, now: datetime, settings: Reminders, calendar: Calendar) -> Iterator[Said]:
    query = select(TASK).where(TASK.c.state == "open", TASK.c.due_at < _ahead(now)).order_by(TASK.c.id)
    for row in connection.execute(query):
        step = _step(row.due_at, now, settings, calendar)
        if step is not None:
            data = {"task": row.id, "step": step, "due_at": row.due_at.isoformat()}
            yield row.project_id, Change("task-due", None, step, data, f"{row.id}@{row.due_at.isoformat()}")


def _feedback(connection: Connection, now: datetime, settings: Reminders, calendar: Calendar) -> Iterator[Said]:
    """Assignments that asked for an answer by now."""
    query = select(ASSIGNMENT).where(ASSIGNMENT.c.ended_at.is_(None), ASSIGNMENT.c.feedback.is_(None))
    for row in connection.execute(query.where(ASSIGNMENT.c.due_at < _ahead(now)).order_by(ASSIGNMENT.c.id)):
        step = _step(row.due_at, now, settings, calendar)
        if step is not None:
            data = {"assignment": row.id, "step": step, "due_at": row.due_at.isoformat()}
            yield row.project_id, Change("feedback-due", None, step, data, f"{row.id}@{row.due_at.isoformat()}")


def _deposits(connection: Connection, now: datetime, home: dict[int, int]) -> Iterator[Said]:
    """Deposits that should be back by law and are not (GPR 33, TBR 57)."""
    rows = deposits_out(connection)
    known = load(connection, {row.project_id for row in rows}, home) if rows else {}
    for row in rows:
        bid = connection.execute(select(BID).where(BID.c.id == row.bid_id)).one()
        due = _refund(known.get(home.get(row.project_id, row.project_id)), bid)
        if due is not None and due[0] <= now:
            data = {"deposit": row.id, "due_at": due[0].isoformat(), "rule_id": due[1]}
            yield row.project_id, Change("deposit-overdue", None, None, data, str(row.id))


def _refund(project: Known | None, bid: Row[Any]) -> tuple[datetime, str] | None:
    """The last day of the refund and the rule that dates it; None while neither is known."""
    try:
        found = refund_due(project.state, bid) if project is not None and bid.closed_at is not None else None
    except ValueError:  # a state that cannot be read: the digest names the project
        return None
    return (found.latest, found.rule_id) if found is not None else None


def _unowned(
    connection: Connection, now: datetime, home: dict[int, int], settings: Reminders, calendar: Calendar
) -> Iterator[Said]:
    """Projects that people follow or keep at hand, with a date near, and nobody who answers for them."""
    last = calendar.add_working_days(now.astimezone(SHANGHAI).date(), settings.unowned_within + 1)
    end = datetime.combine(last, settings.morning, SHANGHAI)
    wanted = {home.get(each, each) for each in connection.scalars(decided("track", "favourite").distinct())}
    near: set[int] = set()
    for part in chunks(wanted):
        dated = (
            select(PROCEEDING.c.project_id)
            .join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id)
            .where(PROCEEDING.c.project_id.in_(part), MILESTONE.c.bidder_acts.is_(True))
            .where(MILESTONE.c.latest > now, MILESTONE.c.earliest < end)
        )
        near |= set(connection.scalars(dated.distinct()))
    if not near:
        return
    known = load(connection, near, home)
    here = {each.name for each in people(connection, active=True)}
    roles = roles_of(connection, known, home)
    for identity, project in sorted(known.items()):
        owner = roles[identity].owner
        if project.passed or owner in here:
            continue
        try:
            actions = open_actions(project.state, now)
        except ValueError:
            continue
        if actions and actions[0].earliest < end:
            data = {"owner": owner, "earliest": actions[0].earliest.isoformat()}
            yield identity, Change("unowned", owner or None, None, data, actions[0].earliest.isoformat())
