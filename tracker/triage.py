"""Triage: one word on one project or on many, with the steps that take it back.

The rules of each word are those of `tracker.decisions` and `tracker.team.work`; here is only what a person does in one
stroke, so that it can be undone in one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI, now, today
from crawler.text import one_line
from tracker import decisions
from tracker.decisions import PASS_REASONS, Mistake, project
from tracker.digest import living, load
from tracker.digest.items import build
from tracker.i18n import _, ngettext
from tracker.projects import DECISION
from tracker.reminders import acknowledge_project
from tracker.tables import Assignment, table
from tracker.team import kept
from tracker.team.notes import add_note
from tracker.team.tasks import OWN_MILESTONE, OWN_NAMES, TASK, close_task, finish_milestone
from tracker.team.work import assign, give_feedback
from tracker.undo import Step
from tracker.views import soonest_action
from tracker.workdays import Calendar, load_calendar

ASSIGNMENT = table(Assignment)

Verb = Literal["track", "pass", "favourite", "snooze", "done", "untrack", "unpass", "unfavourite", "unsnooze"]
MOST = 500
"""Projects in one stroke; each is a decision of its own, with its line of history."""


@dataclass(frozen=True)
class Done:
    """What was done, in words, and the way back."""

    words: str
    steps: tuple[Step, ...]


def triage(
    connection: Connection,
    who: str,
    verb: Verb,
    ids: Sequence[int],
    *,
    why: int | None = None,
    reason: str | None = None,
    days: int = 1,
) -> Done:
    """Say one word on projects. `why` is a key of PASS_REASONS, `days` are working days to snooze. Raises Mistake."""
    if not 1 <= len(ids) <= MOST:
        raise Mistake(_("choose between 1 and {n} projects").format(n=MOST))
    targets = list({row.id: row for row in (project(connection, each) for each in ids)}.values())
    found = [row.id for row in targets]
    before = _live(connection, found)
    until = today()
    for row in targets:
        match verb:
            case "track" | "favourite":
                decisions.mark(connection, who, row.id, verb, reason)
            case "pass":
                decisions.mark(connection, who, row.id, verb, reason, why=why)
            case "snooze":
                until = _until(connection, row.id, days)
                decisions.snooze(connection, who, row.id, until)
            case "done":
                decisions.acknowledge(connection, who, row.id, done=_next_action(connection, row))
            case _:
                decisions.unmark(connection, who, row.id, _UN[verb])
    return Done(_words(verb, targets, why, until), tuple(_way_back(before, _live(connection, found))))


_UN: dict[str, Any] = {"untrack": "track", "unpass": "pass", "unfavourite": "favourite", "unsnooze": "snooze"}


def _live(connection: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    mine = (DECISION.c.project_id.in_(ids), DECISION.c.undone_at.is_(None))
    kinds = DECISION.c.kind.in_((*decisions.MARKS, "snooze", "acknowledge"))
    return {row.id: row for row in connection.execute(select(DECISION).where(*mine, kinds).order_by(DECISION.c.id))}


def _way_back(before: dict[int, Row[Any]], after: dict[int, Row[Any]]) -> list[Step]:
    """Read from the end: first the new marks go, then those they had ended count again."""
    ended = [{"take-back": "ended-decision", "id": each} for each in before if each not in after]
    return [*ended, *({"take-back": "decision", "id": each} for each in after if each not in before)]


def _next_action(connection: Connection, target: Row[Any]) -> tuple[str, datetime]:
    """Kind and instant of what is to be done next. Raises Mistake where there is nothing."""
    item = build(load(connection, [target.id], living(connection))[target.id], now())
    if item.next is None:
        raise Mistake(_("project {id} has nothing to do at present").format(id=target.id))
    return item.next.kind, item.next.earliest


def _until(connection: Connection, identity: int, days: int) -> date:
    """So many working days ahead, but before the day on which the bidder has to act next."""
    calendar = load_calendar()
    wanted = calendar.add_working_days(today(), max(1, min(days, 60)))
    soonest = soonest_action(datetime.combine(today(), time(), SHANGHAI))
    at = connection.scalar(select(soonest.c.at).where(soonest.c.project_id == identity))
    if at is None:
        return wanted
    last = _working_day_before(at.astimezone(SHANGHAI).date(), calendar)
    if last <= today():
        raise Mistake(_("the next date is too near to put it off: {day}").format(day=at.astimezone(SHANGHAI).date()))
    return min(wanted, last)


def _working_day_before(day: date, calendar: Calendar) -> date:
    before = day - timedelta(days=1)
    while not calendar.is_working(before):
        before -= timedelta(days=1)
    return before


SAID = {
    "track": "tracked: {name}",
    "pass": "passed: {name}",
    "favourite": "favourite: {name}",
    "snooze": "snoozed until {until}: {name}",
    "done": "done: {name}",
    "seen": "reminder seen: {name}",
    "untrack": "no longer tracked: {name}",
    "unpass": "no longer passed: {name}",
    "unfavourite": "no favourite any more: {name}",
    "unsnooze": "back in sight: {name}",
}
"""What was done, in words (a msgid each)."""


def _words(verb: Verb, targets: Sequence[Row[Any]], why: int | None, until: date) -> str:
    name = one_line(targets[0].name, 40)
    if len(targets) > 1:
        name = ngettext("{n} project", "{n} projects", len(targets)).format(n=len(targets))
    words = _(SAID[verb]).format(name=name, until=until)
    return f"{words} ({_(PASS_REASONS[why])})" if verb == "pass" and why in PASS_REASONS else words


def seen(connection: Connection, who: str, identity: int) -> Done:
    """The reminders of a project so far are seen, by one of those they were for. Raises Mistake, PersonError."""
    made = acknowledge_project(connection, who, identity)
    name = one_line(project(connection, made.project_id).name, 40)
    return Done(_(SAID["seen"]).format(name=name), ({"take-back": "decision", "id": made.id},))


# --- assigning, writing a note --------------------------------------------------------------------------------------


def give(
    connection: Connection,
    who: str,
    identity: int,
    owner: str,
    *,
    instruction: str = "",
    due: datetime | None = None,
    version: int | None = None,
) -> Done:
    """Assign a project. Raises Mistake, EditedMeanwhile, PersonError."""
    target = project(connection, identity)
    before, assigned = _live(connection, [target.id]), _assigned(connection, target.id)
    asked = _disputes(connection, target.id)
    assign(connection, who, target.id, owner, instruction=instruction, due=due, version=version)
    steps = _way_back(before, _live(connection, [target.id]))
    now_assigned = _assigned(connection, target.id)
    steps += [{"take-back": "closed-task", "id": each} for each in asked - _disputes(connection, target.id)]
    steps += [{"take-back": "ended-assignment", "id": each} for each in assigned - now_assigned]
    steps += [{"take-back": "assignment", "id": each} for each in now_assigned - assigned]
    words = _("assigned to {owner}: {name}").format(owner=owner, name=one_line(target.name, 40))
    return Done(words, tuple(steps))


def _assigned(connection: Connection, identity: int) -> set[int]:
    mine = (ASSIGNMENT.c.project_id == identity, ASSIGNMENT.c.ended_at.is_(None))
    return set(connection.scalars(select(ASSIGNMENT.c.id).where(*mine)))


def _disputes(connection: Connection, identity: int) -> set[int]:
    mine = (TASK.c.origin == f"dispute:{identity}", TASK.c.state == "open")
    return set(connection.scalars(select(TASK.c.id).where(*mine)))


ErrandKind = Literal["task", "own-milestone", "feedback"]


def finish(
    connection: Connection, who: str, kind: ErrandKind, identity: int, said: str = "", version: int | None = None
) -> Done:
    """A task, a date of our own or an asked answer is done; `identity` is its row's.

    Raises Mistake, EditedMeanwhile.
    """
    match kind:
        case "task":
            title = one_line(kept.get(connection, TASK, identity, version).title, 40)
            close_task(connection, who, identity, said or None, version=version)
            return Done(_(SAID["done"]).format(name=title), ({"take-back": "closed-task", "id": identity},))
        case "own-milestone":
            row = kept.get(connection, OWN_MILESTONE, identity, version)
            finish_milestone(connection, who, identity, said or _("done"), version=version)
            name = one_line(row.name, 40) or _(OWN_NAMES[row.kind])
            return Done(_(SAID["done"]).format(name=name), ({"take-back": "done-milestone", "id": identity},))
        case "feedback":
            if not said.strip():
                raise Mistake(_("the answer is empty; write a sentence"))
            row = kept.get(connection, ASSIGNMENT, identity, version)
            give_feedback(connection, who, row.project_id, said.strip(), version)
            return Done(_("answered: {words}").format(words=one_line(said, 40)), ())


def jot(connection: Connection, who: str, identity: int, text: str) -> Done:
    """A note on a project. Raises Mistake."""
    target = project(connection, identity)
    add_note(connection, who, target.id, text)
    return Done(_("note kept: {name}").format(name=one_line(target.name, 40)), ())
