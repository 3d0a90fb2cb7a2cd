"""Whether an alert that waited is still true when it leaves: what nobody needs is not sent, and the reason is kept."""

from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.digest import Known, living, load
from tracker.reminders import answered_after, standing_dates
from tracker.tables import Assignment, Deposit, Event, Task, table
from tracker.team.roles import roles_of

ASSIGNMENT, DEPOSIT, EVENT, TASK = table(Assignment), table(Deposit), table(Event), table(Task)


def outdated(connection: Connection, event_id: int) -> str:
    """Why nobody needs to be told of this event any more; empty while it holds. What is late is still told."""
    event = connection.execute(select(EVENT).where(EVENT.c.id == event_id)).one()
    project = _project(connection, event)
    if project is not None and project.passed:
        return "the project was passed"
    match event.kind:
        case "reminder":
            return _reminder(connection, event, project)
        case "task-due":
            return _is_open(connection, event, TASK, "task", "the task is done or moved")
        case "feedback-due":
            return _is_open(connection, event, ASSIGNMENT, "assignment", "the answer was given, or the date moved")
        case "deposit-overdue":
            query = select(DEPOSIT.c.returned_at).where(DEPOSIT.c.id == event.data["deposit"])
            return "the deposit came back" if connection.scalar(query) is not None else ""
        case "unowned" if project is not None:
            owner = roles_of(connection, {project.row.id: project}, living(connection))[project.row.id].owner
            return "somebody owns it now" if owner and owner != event.before else ""
    return ""


def _project(connection: Connection, event: Row[Any]) -> Known | None:
    if event.project_id is None:
        return None
    home = living(connection)
    return load(connection, [event.project_id], home).get(home.get(event.project_id, event.project_id))


def _reminder(connection: Connection, event: Row[Any], project: Known | None) -> str:
    if project is None or not project.tracked_by:
        return "nobody follows the project any more"
    if not standing_dates(connection, event, project):
        return "the date has moved, or its matter is done"
    if answered_after(connection, event):
        return "acknowledged, or told by a later reminder"
    return ""


def _is_open(connection: Connection, event: Row[Any], of: Any, key: str, reason: str) -> str:
    row = connection.execute(select(of).where(of.c.id == event.data[key])).one_or_none()
    if row is None or row.due_at is None or row.due_at.isoformat() != event.data["due_at"]:
        return reason
    over = row.state != "open" if key == "task" else row.ended_at is not None or row.feedback is not None
    return reason if over else ""
