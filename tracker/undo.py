"""Taking back what was done, step by step, the last one first."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from crawler.clock import now
from tracker import decisions
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.tables import Assignment, OwnMilestone, Task, table
from tracker.team import kept
from tracker.team.people import person
from tracker.watches import find_watch, remove_watch

Step = dict[str, Any]
"""`{"take-back": "decision", "id": 12}`: a key of HOW and the row it concerns."""
ASSIGNMENT, OWN_MILESTONE, TASK = table(Assignment), table(OwnMilestone), table(Task)


def take_back(connection: Connection, who: str, steps: Sequence[Step]) -> None:
    """All of the steps. Raises Mistake where one is no longer possible; nothing is taken back then."""
    for step in reversed(steps):
        how = HOW.get(step["take-back"])
        if how is None:
            raise Mistake(_("this cannot be taken back any more"))
        how(connection, who, step["id"])


def _end_assignment(connection: Connection, who: str, identity: int) -> None:
    kept.edit(
        connection, ASSIGNMENT, person(connection, who), kept.get(connection, ASSIGNMENT, identity), ended_at=now()
    )


def _renew_assignment(connection: Connection, who: str, identity: int) -> None:
    kept.edit(
        connection, ASSIGNMENT, person(connection, who), kept.get(connection, ASSIGNMENT, identity), ended_at=None
    )


def _open_task(connection: Connection, who: str, identity: int) -> None:
    before = kept.get(connection, TASK, identity)
    kept.edit(connection, TASK, person(connection, who), before, state="open", feedback=None)


def _drop_task(connection: Connection, who: str, identity: int) -> None:
    kept.edit(connection, TASK, person(connection, who), kept.get(connection, TASK, identity), state="dropped")


def _remove_watch(connection: Connection, who: str, identity: int) -> None:
    remove_watch(connection, find_watch(connection, person(connection, who), str(identity)))


def _open_milestone(connection: Connection, who: str, identity: int) -> None:
    before = kept.get(connection, OWN_MILESTONE, identity)
    kept.edit(connection, OWN_MILESTONE, person(connection, who), before, done_at=None, result=None)


HOW: dict[str, Callable[[Connection, str, int], None]] = {
    "decision": decisions.undo,
    "ended-decision": decisions.renew,
    "assignment": _end_assignment,
    "ended-assignment": _renew_assignment,
    "closed-task": _open_task,
    "made-task": _drop_task,
    "done-milestone": _open_milestone,
    "watch": _remove_watch,
    "correction": decisions.take_back_correction,
}
