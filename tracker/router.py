"""From events to duties: which event concerns whom, what waits for the digest and what cannot wait.

Runs in a transaction of its own, never in the one that wrote the events. Unique keys make every repetition harmless.
A rule that fails never stops the other events: its event moves on, keeps the reason, and every digest names it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, select, update

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.db import chunks
from tracker.deliveries import new_delivery
from tracker.destinations import told_with
from tracker.digest import (
    EARLY_KINDS,
    MOVING_EVENTS,
    RESULT_EVENTS,
    TENDER_KINDS,
    WANTED,
    Known,
    living,
    load,
    matched,
    open_actions,
)
from tracker.hours import next_digest
from tracker.i18n import language
from tracker.leases import insert_new
from tracker.tables import Delivery, DigestItem, Event, Person, Project, table
from tracker.watches import Facts, Watched, Why, facts_of, list_watches, still_asked, wanted_by
from tracker.workdays import Calendar, load_calendar

DELIVERY, DIGEST_ITEM, EVENT, PERSON, PROJECT = (
    table(Delivery),
    table(DigestItem),
    table(Event),
    table(Person),
    table(Project),
)

Fate = Literal["at once", "digest", "nothing"]


@dataclass(frozen=True)
class Case:
    """One event for one person."""

    event: Row[Any]
    project: Known | None
    person: Row[Any]
    now: datetime
    calendar: Calendar
    groups: tuple[Row[Any], ...] = ()
    """The chat groups that are told what this person is told at once."""


def _published(case: Case) -> Fate:
    """A new match waits, unless its first window closes before the working day after the next digest."""
    data = case.event.data
    if case.project is None or data.get("same_as") or data.get("kind") not in TENDER_KINDS:
        return "digest"
    if case.project.row.vehicle_purchase not in WANTED:
        return "digest"
    actions = open_actions(case.project.state, case.now)
    slot = next_digest(case.person, case.now, case.calendar)
    after = case.calendar.add_working_days(slot.astimezone(SHANGHAI).date(), 1)
    urgent = actions and actions[0].earliest < datetime.combine(after, time(), SHANGHAI)
    return "at once" if urgent else "digest"


def _moved(case: Case) -> Fate:
    """At once where the old or the new date still lies ahead; what a law or calendar recomputes can wait."""
    if case.event.cause not in ("published", "re-read"):
        return "digest"
    days = [_day_end(each) for each in (case.event.before, case.event.after)]
    return "at once" if any(day is None or day > case.now for day in days) else "digest"


def _day_end(value: str | None) -> datetime | None:
    """The end of the local day an event's value names; None where it names none."""
    try:
        day = datetime.strptime((value or "")[:10], "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return day + timedelta(days=1)


def _terminated(case: Case) -> Fate:
    return "at once" if case.event.cause in ("published", "re-read") else "digest"


def _verdict(case: Case) -> Fate:
    """A re-reading that turns the verdict is said at once: we had misread this."""
    wanted = case.event.before in WANTED or case.event.after in WANTED
    return "at once" if case.event.cause == "re-read" and wanted else "digest"


def _waits(_case: Case) -> Fate:
    return "digest"


def _at_once(_case: Case) -> Fate:
    return "at once"


RULES: dict[str, Callable[[Case], Fate]] = {
    **dict.fromkeys(MOVING_EVENTS | RESULT_EVENTS, _waits),
    "published": _published,
    "deadline-moved": _moved,
    "attachment-changed": _waits,
    "terminated": _terminated,
    "verdict": _verdict,
    "source-blind": _at_once,
    "source-back": _waits,
}
"""One rule for each kind of event; a kind without one (date-set, merged, split) is history only."""


def route(connection: Connection, now: datetime) -> int:
    """Write what each event not yet routed asks for; returns how many events were taken.

    An alert is a digest item too: the digest names it as told already, or tells it if the alert never left.
    """
    events = connection.execute(select(EVENT).where(EVENT.c.routed_at.is_(None)).order_by(EVENT.c.id)).all()
    if not events:
        return 0
    people = connection.execute(select(PERSON).where(PERSON.c.active, PERSON.c.forgotten_at.is_(None))).all()
    calendar = load_calendar()
    home = living(connection)
    known = load(connection, {event.project_id for event in events if event.project_id}, home)
    wishes = _Wishes.load(connection, known, home)
    groups = told_with(connection, [person.id for person in people])
    for event in events:
        project = known.get(home.get(event.project_id, event.project_id))
        try:
            with connection.begin_nested():
                for person in people:
                    with_groups = tuple(groups.get(person.id, ()))
                    _duties(connection, Case(event, project, person, now, calendar, with_groups), wishes)
        except Exception as error:  # whatever it is, it must not stop the other events
            why = one_line(f"{type(error).__name__}: {error}", 300)
            connection.execute(update(EVENT).where(EVENT.c.id == event.id).values(route_error=why))
            _items(connection, event.id, (person.id for person in people))
    for part in chunks({event.id for event in events}):
        connection.execute(update(EVENT).where(EVENT.c.id.in_(part)).values(routed_at=now))
    return len(events)


@dataclass(frozen=True)
class _Wishes:
    """What people's watches ask for, among the projects at hand."""

    by_person: dict[int, list[Watched]]
    """A person who is not in it has no watch and gets all vehicle tenders."""
    facts: dict[int, Facts]
    told: dict[tuple[int, int], Why]
    """By person and project: the watch that brought the project before, so that its changes follow."""

    @classmethod
    def load(cls, connection: Connection, known: Mapping[int, Known], home: Mapping[int, int]) -> "_Wishes":
        by_person: dict[int, list[Watched]] = {}
        for watch in list_watches(connection):
            by_person.setdefault(watch.person_id, []).append(watch)
        if not by_person:
            return cls({}, {}, {})
        return cls(by_person, facts_of(connection, list(known)), still_asked(connection, by_person, known, home))

    def asks(self, case: Case) -> Why | None:
        """Why this person's watches ask for the event's project; None where they do not."""
        facts = self.facts.get(case.project.row.id) if case.project else None
        if case.project is None or facts is None:
            return None
        news = case.event.kind == "published"
        if news and (kind := case.event.data.get("kind")):
            facts = replace(facts, kinds=frozenset({kind}))
        with language(case.person.language):
            why = wanted_by(self.by_person[case.person.id], facts, case.now, event=case.event.id, news=news)
        return why or self.told.get((case.person.id, case.project.row.id))


def _duties(connection: Connection, case: Case, wishes: _Wishes) -> None:
    event, project = case.event, case.project
    rule = RULES.get(event.kind)
    if rule is None or (event.project_id is not None and project is None):
        return
    why: Why | None = None
    if project is not None:
        watched = case.person.id in wishes.by_person
        why = wishes.asks(case) if watched else None
        asked = why is not None if watched else matched(project.row, event)
        if not (project.tracked_by or project.passed or asked):
            return
    fate = rule(case)
    passed = project is not None and project.passed
    ways: list[Row[Any] | None] = [*([None] if case.person.email else []), *case.groups]
    for way in ways if fate == "at once" else ():
        state = {"state": "cancelled", "reason": "the project was passed"} if passed else {"state": "due"}
        row = new_delivery(case.person.id, case.now, way) | {"kind": "alert", "event_id": event.id} | state
        connection.execute(insert_new(connection, DELIVERY).values(row))
    if fate != "nothing" and not passed:
        _items(connection, event.id, [case.person.id], why)


def _items(connection: Connection, event_id: int, people: Iterable[int], why: Why | None = None) -> None:
    said = why.as_json() if why else None
    rows = [{"person_id": person, "event_id": event_id, "why": said} for person in people]
    if rows:
        connection.execute(insert_new(connection, DIGEST_ITEM), rows)


WELCOME = timedelta(days=30)


def welcome(connection: Connection, person_id: int, now: datetime) -> int:
    """What a new person finds in the first digest: tenders of the last 30 days that are still open, and intentions.

    Returns how many. Nothing is sent at once: these are no news to the others.
    """
    query = (
        select(EVENT)
        .join(PROJECT, PROJECT.c.id == EVENT.c.project_id)
        .where(EVENT.c.kind == "published", EVENT.c.seen_at > now - WELCOME, PROJECT.c.vehicle_purchase.in_(WANTED))
        .where(EVENT.c.routed_at.is_not(None))
    )
    events = connection.execute(query.order_by(EVENT.c.id)).all()
    home = living(connection)
    known = load(connection, {event.project_id for event in events}, home)
    taken = [
        event.id
        for event in events
        if not event.data.get("same_as")
        and (project := known[home.get(event.project_id, event.project_id)])
        and not project.passed
        and (
            event.data.get("kind") in EARLY_KINDS
            or (event.data.get("kind") in TENDER_KINDS and _still_open(project, now))
        )
    ]
    for event_id in taken:
        _items(connection, event_id, [person_id])
    return len(taken)


def _still_open(project: Known, now: datetime) -> bool:
    try:
        return bool(open_actions(project.state, now))
    except ValueError:
        return True  # the digest names it
