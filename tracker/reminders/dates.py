"""Dates of tracked projects that come near, each said at its steps until somebody answers.

What has fallen due is computed from the dates as they stand now, and written as an event of the project: a date that
moves has new steps, one that ends has none, and a machine that slept says the newest step once.
"""

import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from tracker.answers import answers, reminded
from tracker.db import chunks
from tracker.decisions import tracked_ids
from tracker.digest import Known, living, load
from tracker.events import MOVING, Change, write
from tracker.procedures.law import load_law
from tracker.reminders.plan import GRACE, Occurrence, Plan, Reminders, latest, load_reminders, occurrences
from tracker.standing import done_by, rights
from tracker.state import ProceedingState, ProjectState
from tracker.tables import Bid, Deposit, Milestone, OwnMilestone, Person, Proceeding, table
from tracker.workdays import Calendar

LOG = logging.getLogger(__name__)

BID, DEPOSIT = table(Bid), table(Deposit)
MILESTONE, OWN_MILESTONE, PERSON, PROCEEDING = (
    table(Milestone),
    table(OwnMilestone),
    table(Person),
    table(Proceeding),
)

STEPS = {
    "documents_until": {"documents"},
    "prequalification_deadline": {"application"},
    "deposit_deadline": {"deposit"},
    "gp.bond.arrival": {"deposit"},
    "bid_deadline": {"submission", "first-response"},
}
"""The steps of a procedure that a date is the end of (config/procedures/stages.yaml): taken ones need no reminder."""
OPENING, OPENINGS = "opening_at", {"opening_at", "gp.tender.opening", "tb.tender.opening"}
LEFT = {"won", "lost", "void", "withdrawn"}
"""A bid that has ended: what is still to be done are rights."""


@dataclass(frozen=True)
class Dated:
    """One date as it stands now."""

    slot: str
    """`purchase-1||bid_deadline|` (proceeding, lot, kind, rule), or `own|7` for a date of the team's own."""
    kind: str
    earliest: datetime
    precision: str
    plan: Plan
    person: str = ""
    """Whose date of our own it is."""

    @property
    def key(self) -> tuple[str, str]:
        """The date and the instant it stands for: another instant is reminded of anew."""
        return self.slot, iso(self.earliest)


def iso(at: datetime) -> str:
    """An instant as events keep it."""
    return at.astimezone(UTC).isoformat()


def dates_of(
    state: ProjectState, at: datetime, settings: Reminders, bids: Mapping[str, str], bound: Collection[str] = ()
) -> Iterator[Dated]:
    """What a tracked project has people do: dates a bidder keeps, openings, and rights that are ours. Pure.

    `bids` holds how far our bid is by proceeding, `bound` the proceedings whose deposit the platform has matched.
    """
    ours = {(right.proceeding, right.milestone.slot) for right in _used(state, at, bids)}
    for proceeding in state.proceedings:
        status = bids.get(proceeding.key)
        done = done_by(status, deposit_bound=proceeding.key in bound)
        printed = {each.lot for each in proceeding.milestones if each.kind == OPENING}
        for each in proceeding.milestones:
            if each.kind in OPENINGS:
                twice = each.kind != OPENING and each.lot in printed
                wanted = not twice and proceeding.outcome in (None, "suspended") and _takes_part(proceeding, status)
            elif each.bidder_acts:
                wanted = status not in LEFT and not STEPS.get(each.kind, set()) & done
            else:
                wanted = (proceeding.key, each.slot) in ours
            plan = settings.plan(each.rule_id or each.kind)
            if wanted and plan != Plan():
                yield Dated(f"{proceeding.key}|{each.slot}", each.kind, each.earliest, each.precision, plan)


def _used(state: ProjectState, at: datetime, bids: Mapping[str, str]) -> Iterator[Any]:
    """Rights that we use by acting; what others owe us is no date to keep."""
    for right in rights(state, at, tracked=True, statuses=bids):
        if any(rule.acts == "bidder" for rule in load_law().periods(right.milestone.rule_id)):
            yield right


def _takes_part(proceeding: ProceedingState, status: str | None) -> bool:
    """An opening is for who has handed in; without a bid noted here we may have all the same."""
    return proceeding.left is None and status in (None, "submitted", "opened")


# --- what has fallen due --------------------------------------------------------------------------------------------


def remind_dates(connection: Connection, now: datetime, settings: Reminders, calendar: Calendar) -> int:
    """One event for each project with reminders that have fallen due and were not said; returns how many."""
    fresh = due_dates(connection, now, settings, calendar)
    for project, due in fresh:
        _say(connection, project, due, now)
    return len(fresh)


def due_dates(
    connection: Connection, now: datetime, settings: Reminders, calendar: Calendar
) -> list[tuple[Known, list["Due"]]]:
    """Projects with the reminders of their dates that have fallen due and were not said."""
    home = living(connection)
    tracked = {home.get(each, each) for each in tracked_ids(connection)}
    near = _near(connection, tracked, now, settings, calendar)
    own = _own(connection, tracked, home, now, settings, calendar)
    if not near and not own:
        return []
    known = load(connection, near | own.keys(), home)
    said, answered = reminded(connection, known, home), answers(connection, known, home)
    bound = _bound(connection)
    found = []
    for identity, project in sorted(known.items()):
        if project.passed or not project.tracked_by:
            continue
        try:
            dates = list(dates_of(project.state, now, settings, project.bids, bound.get(identity, ())))
        except Exception as error:  # one project that cannot be read stops no other; the digest names it
            LOG.warning("no reminders for project %s: %s", identity, type(error).__name__)
            continue
        dates += own.get(identity, [])
        due = list(_due(dates, now, settings, calendar, said.get(identity, []), answered.get(identity)))
        if due:
            found.append((project, due))
    return found


def _near(
    connection: Connection, tracked: Collection[int], now: datetime, settings: Reminders, calendar: Calendar
) -> set[int]:
    """Tracked projects with a date that a reminder can be about now."""
    found: set[int] = set()
    for part in chunks(tracked):
        query = (
            select(PROCEEDING.c.project_id)
            .join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id)
            .where(PROCEEDING.c.project_id.in_(part), MILESTONE.c.earliest > now - GRACE)
            .where(MILESTONE.c.earliest < _horizon(now, settings, calendar))
        )
        found |= set(connection.scalars(query.distinct()))
    return found


def _horizon(now: datetime, settings: Reminders, calendar: Calendar) -> datetime:
    last = calendar.add_working_days(now.astimezone(SHANGHAI).date(), settings.longest + 1)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)


def _own(
    connection: Connection,
    tracked: Collection[int],
    home: Mapping[int, int],
    now: datetime,
    settings: Reminders,
    calendar: Calendar,
) -> dict[int, list[Dated]]:
    """Dates of the team's own that have not taken place."""
    found: dict[int, list[Dated]] = {}
    for row in connection.execute(_own_rows().where(OWN_MILESTONE.c.due_at > now)):
        identity = home.get(row.project_id, row.project_id)
        if identity in tracked and row.due_at < _horizon(now, settings, calendar):
            found.setdefault(identity, []).append(_own_date(row, settings))
    return found


def _own_rows() -> Any:
    query = select(OWN_MILESTONE, PERSON.c.name.label("owner")).join(PERSON, PERSON.c.id == OWN_MILESTONE.c.owner_id)
    return query.where(OWN_MILESTONE.c.done_at.is_(None)).order_by(OWN_MILESTONE.c.id)


def _own_date(row: Row[Any], settings: Reminders) -> Dated:
    return Dated(f"own|{row.id}", row.kind, row.due_at, "minute", settings.plans["own"], row.owner)


def standing_dates(connection: Connection, event: Row[Any], project: Known) -> list[tuple[dict[str, Any], Dated]]:
    """Those dates of a reminder that still stand as they did, each with what the reminder says of it."""
    settings = load_reminders()
    bound = _bound(connection).get(project.row.id, ())
    now = {each.key: each for each in dates_of(project.state, event.seen_at, settings, project.bids, bound)}
    now |= {each.key: each for each in (_own_date(row, settings) for row in connection.execute(_own_rows()))}
    return [(told, now[told["slot"], told["at"]]) for told in event.data["dates"] if (told["slot"], told["at"]) in now]


def answered_after(connection: Connection, event: Row[Any]) -> bool:
    """Whether somebody has acknowledged it since, or a later reminder tells the same dates."""
    home = living(connection)
    identity = home.get(event.project_id, event.project_id)
    answered = answers(connection, {identity}, home).get(identity)
    if answered is not None and answered >= event.seen_at:
        return True
    mine = {(told["slot"], told["at"]) for told in event.data["dates"]}
    later = [row for row in reminded(connection, {identity}, home).get(identity, ()) if row.id > event.id]
    return any(mine <= {(told["slot"], told["at"]) for told in row.data["dates"]} for row in later)


def _bound(connection: Connection) -> dict[int, set[str]]:
    """By project, the proceedings whose deposit has arrived and is matched."""
    query = (
        select(BID.c.project_id, BID.c.proceeding)
        .join(DEPOSIT, DEPOSIT.c.bid_id == BID.c.id)
        .where(DEPOSIT.c.bound_at.is_not(None))
    )
    found: dict[int, set[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.project_id, set()).add(row.proceeding)
    return found


@dataclass(frozen=True)
class Due:
    """A date with the reminder of it that has fallen due."""

    date: Dated
    occurrence: Occurrence
    unanswered: int
    """Reminders of its last days before this one that nobody has acknowledged."""


def _due(
    dates: Collection[Dated],
    now: datetime,
    settings: Reminders,
    calendar: Calendar,
    said: Collection[Row[Any]],
    answered: datetime | None,
) -> Iterator[Due]:
    for date in dates:
        steps = occurrences(date.earliest, date.precision, date.plan, settings, calendar)
        found = latest(steps, date.earliest, now)
        if found is None:
            continue
        before = [(row, told) for row in said for told in row.data["dates"] if (told["slot"], told["at"]) == date.key]
        if any(told["due_at"] == iso(found.due_at) for _row, told in before):
            continue
        spared = (  # somebody has acknowledged this step, after a reminder of this very date
            answered is not None and answered >= found.step_at and any(row.seen_at <= answered for row, _ in before)
        )
        if found.is_again and spared:
            continue
        open_ones = [told for row, told in before if answered is None or row.seen_at > answered]
        yield Due(date, found, sum(told["last_days"] for told in open_ones))


def _say(connection: Connection, project: Known, due: Collection[Due], now: datetime) -> None:
    """All of one project in one event, which is one message."""
    first = min(due, key=lambda each: (each.date.earliest, each.date.kind))
    dates = [
        {
            "slot": each.date.slot,
            "kind": each.date.kind,
            "at": iso(each.date.earliest),
            "step": each.occurrence.step,
            "due_at": iso(each.occurrence.due_at),
            "last_days": each.occurrence.last_days,
        }
        for each in sorted(due, key=lambda each: (each.date.earliest, each.date.slot))
    ]
    data = {
        "earliest": iso(first.date.earliest),
        "last_days": any(each.occurrence.last_days for each in due),
        "hourly": any(each.occurrence.is_hourly for each in due),
        "again": all(each.occurrence.is_again for each in due),
        "unanswered": max(each.unanswered for each in due),
        "lead": any(each.unanswered and each.occurrence.calls_lead for each in due),
        "people": sorted({each.date.person for each in due} - {""}),
        "dates": dates,
    }
    form = MOVING.get(first.date.precision, MOVING["day"])
    shown = first.date.earliest.astimezone(SHANGHAI).strftime(form)
    write(
        connection,
        [Change("reminder", None, shown, data, first.date.kind)],
        cause="clock",
        seen_at=now,
        once=";".join(f"{each['slot']}@{each['at']}@{each['due_at']}" for each in dates),
        project_id=project.row.id,
        occurred_at=min(each.occurrence.due_at for each in due),
    )
