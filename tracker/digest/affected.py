"""What of our own work a moved date touches: steps and lines of the checklist, our own dates, the deposit."""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, select

from crawler.text import one_line
from tracker.checklist.build import build
from tracker.checklist.model import say
from tracker.checklist.rows import load_rows
from tracker.decisions import Mistake
from tracker.digest.items import milestones
from tracker.digest.model import Touched
from tracker.present import MOMENTS
from tracker.procedures.law import Text
from tracker.state import ProjectState
from tracker.tables import Deposit, table
from tracker.team.tasks import OWN_NAMES, milestones_of

DEPOSIT = table(Deposit)
CLOSING = ("bid_deadline", "prequalification_deadline", "opinion_deadline")
"""Printed dates that our own ones have to come before."""
DEPOSIT_BY = ("deposit_deadline", *CLOSING[:2])
"""Which printed date a deposit has to keep, the first that is there (tracker/bidding/bids.py)."""


def touched(
    connection: Connection, project_id: int, state: ProjectState, kinds: Collection[str], now: datetime
) -> tuple[Touched, ...]:
    """What hangs on the dates of these kinds (printed ones, or ids of rules) as it stands now, the late ones first.

    Empty where the project has no checklist yet.
    """
    try:
        checklist = build(connection, project_id, now)
    except Mistake:
        return ()
    hanging = {row.id for row in load_rows().steps if set(row.before) & set(kinds)}
    found = [
        Touched(one_line(step.text.zh, 60), one_line(step.text.en, 60), step.due.at, step.due.late)
        for step in checklist.plan.steps
        if step.due.name in hanging
    ]
    found += [
        Touched(one_line(line.text.zh, 60), one_line(line.text.en, 60), line.due.at, line.due.passed)
        for section in checklist.sections
        for line in section.lines
        if line.due is not None and line.due.name in kinds
    ]
    found += _own_dates(connection, project_id, state, kinds)
    found += _deposits(connection, project_id, state, kinds)
    unique = {(each.name, each.due): each for each in found}
    return tuple(sorted(unique.values(), key=lambda each: (not each.late, each.due or now, each.name)))


def _own_dates(
    connection: Connection, project_id: int, state: ProjectState, kinds: Collection[str]
) -> Iterator[Touched]:
    """Our own dates that now lie behind the answer they should serve."""
    ends = [each.earliest for _, each in milestones(state) if each.kind in CLOSING and each.kind in kinds]
    for own in milestones_of(connection, project_id) if ends else ():
        if own.done_at is None and own.due_at > min(ends):
            yield _worded(own.name, OWN_NAMES[own.kind], own.due_at, late=True)


def _deposits(
    connection: Connection, project_id: int, state: ProjectState, kinds: Collection[str]
) -> Iterator[Touched]:
    """Deposits not yet paid, whose day was noted from the date that moved."""
    dates = {each.kind: each.earliest for _, each in milestones(state) if not each.rule_id}
    keeps = next((kind for kind in DEPOSIT_BY if kind in dates), None)
    if keeps is None or keeps not in kinds:
        return
    unpaid = DEPOSIT.c.project_id == project_id, DEPOSIT.c.paid_at.is_(None), DEPOSIT.c.due_at.is_not(None)
    for row in connection.execute(select(DEPOSIT).where(*unpaid)):
        if row.due_at != dates[keeps]:
            yield _worded("", MOMENTS["deposit"], dates[keeps], late=row.due_at > dates[keeps])


def _worded(name: str, msgid: str, due: datetime, *, late: bool) -> Touched:
    """A name that somebody wrote, else the msgid in both languages."""
    words = Text(name, name) if name else say(msgid)
    return Touched(one_line(words.zh, 60), one_line(words.en, 60), due, late)
