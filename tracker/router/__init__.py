"""From events to duties: which event concerns whom, what waits for the digest and what cannot wait.

One file holds the rules of one kind of event. The router runs in a transaction of its own, never in the one that wrote
the events; unique keys make every repetition harmless. A rule that fails never stops the other events: its event moves
on, keeps the reason, and every digest names it.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from crawler.text import one_line
from tracker.db import chunks
from tracker.delivery.deliveries import new_delivery
from tracker.delivery.destinations import told_with
from tracker.delivery.hours import next_digest
from tracker.digest import Known, living, load, matched
from tracker.i18n import language
from tracker.reminders.visits import follow_visits
from tracker.router import matches, misread, money, moves, reminders, results, rhythm, sources, work
from tracker.router.cases import Case, Duty, Rule
from tracker.router.matches import GATHER
from tracker.router.welcome import welcome
from tracker.service.leases import insert_new
from tracker.tables import Assignment, Delivery, DigestItem, Event, Person, Poll, Task, table
from tracker.team.roles import NOBODY, Roles, roles_of
from tracker.watches import Facts, Watched, Why, facts_of, list_watches, still_asked, wanted_by
from tracker.workdays import load_calendar

__all__ = ["RULES", "SORTS", "Case", "Duty", "Rule", "route", "welcome"]

DELIVERY, DIGEST_ITEM, EVENT, PERSON = table(Delivery), table(DigestItem), table(Event), table(Person)
ASSIGNMENT, POLL, TASK = table(Assignment), table(Poll), table(Task)

SORTS = (matches, moves, results, sources, misread, reminders, rhythm, work, money)
RULES: dict[str, Rule] = {kind: rule for sort in SORTS for kind, rule in sort.RULES.items()}
"""One rule for each kind of event; a kind without one (date-set, merged, split) is history only."""

PASSED = {"state": "cancelled", "reason": "the project was passed"}


def has_to_route(connection: Connection) -> bool:
    """Whether `route` has an event to take."""
    return connection.execute(select(EVENT.c.id).where(EVENT.c.routed_at.is_(None)).limit(1)).first() is not None


def route(connection: Connection, now: datetime) -> int:
    """Write what each event not yet routed asks for; returns how many events were taken.

    An alert is a digest item too, where the digest has a place for it: it names the alert as told already, or tells it
    if it never left.
    """
    events = connection.execute(select(EVENT).where(EVENT.c.routed_at.is_(None)).order_by(EVENT.c.id)).all()
    if not events:
        return 0
    desk = _Desk.load(connection, events, now)
    for event in events:
        try:
            with connection.begin_nested():
                project = desk.known.get(desk.home.get(event.project_id, event.project_id))
                if project is not None:
                    follow_visits(connection, event, project, now)
                for case in desk.cases(event):
                    _duties(connection, case, desk.wishes)
        except Exception as error:  # whatever it is, it must not stop the other events
            why = one_line(f"{type(error).__name__}: {error}", 300)
            connection.execute(update(EVENT).where(EVENT.c.id == event.id).values(route_error=why))
            _items(connection, event.id, (person.id for person in desk.people))
    for part in chunks({event.id for event in events}):
        connection.execute(update(EVENT).where(EVENT.c.id.in_(part)).values(routed_at=now))
    _gather(connection, now)
    return len(events)


@dataclass(frozen=True)
class _Desk:
    """What all cases of one run share, read once."""

    now: datetime
    people: list[Row[Any]]
    home: dict[int, int]
    known: dict[int, Known]
    roles: dict[int, Roles]
    groups: dict[int, list[Row[Any]]]
    work: dict[int, tuple[str, str]]
    """By event about a task or an assignment: who asked, and who has to do it."""
    wishes: "_Wishes"
    joined: dict[str, datetime]
    """When portals were first polled that came later than the first one."""

    @classmethod
    def load(cls, connection: Connection, events: Collection[Row[Any]], now: datetime) -> "_Desk":
        people = select(PERSON).where(PERSON.c.active, PERSON.c.forgotten_at.is_(None)).order_by(PERSON.c.id)
        active = list(connection.execute(people))
        home = living(connection)
        known = load(connection, {event.project_id for event in events if event.project_id}, home)
        return cls(
            now=now,
            people=active,
            home=home,
            known=known,
            roles=roles_of(connection, known, home),
            groups=told_with(connection, [person.id for person in active]),
            work=dict(_work(connection, events)),
            wishes=_Wishes.load(connection, known, home),
            joined=_joined(connection, {event.portal for event in events if event.portal}),
        )

    def cases(self, event: Row[Any]) -> Iterator[Case]:
        """The event for each person; none where its kind has no rule or its project is gone."""
        identity = self.home.get(event.project_id, event.project_id)
        project = self.known.get(identity)
        if event.kind not in RULES or (event.project_id is not None and project is None):
            return
        asked_by, done_by = self.work.get(event.id, ("", ""))
        for person in self.people:
            yield Case(
                event=event,
                project=project,
                person=person,
                now=self.now,
                calendar=load_calendar(),
                groups=tuple(self.groups.get(person.id, ())),
                roles=self.roles.get(identity, NOBODY),
                asked_by=asked_by,
                done_by=done_by,
                joined_at=self.joined.get(event.portal or ""),
            )


def _joined(connection: Connection, portals: Collection[str]) -> dict[str, datetime]:
    """First polls of portals that were added a day or more after the home's own first poll."""
    first = connection.scalar(select(POLL.c.started_at).order_by(POLL.c.id).limit(1))
    found = {}
    for portal in portals:
        mine = select(POLL.c.started_at).where(POLL.c.portal == portal).order_by(POLL.c.id).limit(1)
        at = connection.scalar(mine)
        if first is not None and at is not None and at >= first + timedelta(days=1):
            found[portal] = at
    return found


def _work(connection: Connection, events: Iterable[Row[Any]]) -> Iterator[tuple[int, tuple[str, str]]]:
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    for event in events:
        for key, rows in (("task", TASK), ("assignment", ASSIGNMENT)):
            number = event.data.get(key) or (event.data.get("id") if event.kind == f"{key}-changed" else None)
            if event.kind.startswith((f"{key}-", "feedback-")) and number is not None:
                row = connection.execute(select(rows).where(rows.c.id == number)).one_or_none()
                if row is not None:
                    yield event.id, (names.get(row.person_id, ""), names.get(row.owner_id, ""))


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
        if case.project is None or facts is None or case.person.id not in self.by_person:
            return None
        news = case.event.kind == "published"
        if news and (kind := case.event.data.get("kind")):
            facts = replace(facts, kinds=frozenset({kind}))
        with language(case.person.language):
            why = wanted_by(self.by_person[case.person.id], facts, case.now, event=case.event.id, news=news)
        return why or self.told.get((case.person.id, case.project.row.id))

    def concerns(self, case: Case, why: Why | None) -> bool:
        """Whether somebody tracks the project (or passed it, which is recorded), or the person asked for it."""
        if case.project is None:
            return True
        asked = why is not None if case.person.id in self.by_person else matched(case.project.row, case.event)
        return bool(case.project.tracked_by) or case.project.passed or asked


def _duties(connection: Connection, case: Case, wishes: _Wishes) -> None:
    event, rule = case.event, RULES[case.event.kind]
    why = wishes.asks(case) if rule.whom is None else None
    if not (rule.whom(case) if rule.whom is not None else wishes.concerns(case, why)):
        return
    duty = rule.duty(case)
    passed = case.project is not None and case.project.passed
    leaves_at = _leaves_at(case, duty)
    if leaves_at is not None:
        ways: list[Row[Any] | None] = [None] if case.person.email else []
        ways += [group for group in case.groups if group.person_id is not None or not duty.private]
        for way in ways:
            row = new_delivery(case.person.id, case.now, way) | {"kind": "alert", "event_id": event.id}
            row |= {"not_before": leaves_at, "due_at": leaves_at, "passes_at": duty.passes_at}
            row |= PASSED if passed else {}
            connection.execute(insert_new(connection, DELIVERY).values(row))
    if duty.digest and not passed:
        _items(connection, event.id, [case.person.id], why)


def _leaves_at(case: Case, duty: Duty) -> datetime | None:
    """When an alert leaves at the earliest; None where there is none, or where it waits for the digest.

    Who wants no alerts beside the digest still gets what passes before the next one.
    """
    if not duty.at_once:
        return None
    leaves_at = max(duty.not_before or case.now, case.now)
    if case.person.frequency == "instant" or duty.insists:
        return leaves_at
    if duty.passes_at is None or duty.passes_at >= next_digest(case.person, case.now, case.calendar):
        return None
    return max(leaves_at, duty.passes_at)


def _items(connection: Connection, event_id: int, people: Iterable[int], why: Why | None = None) -> None:
    said = why.as_json() if why else None
    rows = [{"person_id": person, "event_id": event_id, "why": said} for person in people]
    if rows:
        connection.execute(insert_new(connection, DIGEST_ITEM), rows)


GATHERED = timedelta(minutes=30)
"""The longest that a new match waits for others."""


def _gather(connection: Connection, now: datetime) -> None:
    """New matches wait on while more keep coming, so that the first poll of a source gives one mail, not fifty."""
    waiting = (
        select(DELIVERY.c.id, DELIVERY.c.person_id, DELIVERY.c.destination_id, DELIVERY.c.made_at)
        .join(EVENT, EVENT.c.id == DELIVERY.c.event_id)
        .where(DELIVERY.c.state == "due", DELIVERY.c.kind == "alert", DELIVERY.c.attempts == 0)
        .where(DELIVERY.c.not_before > now, EVENT.c.kind == "published")
    )
    rows = connection.execute(waiting).all()
    growing = {(row.person_id, row.destination_id) for row in rows if row.made_at == now}
    for row in rows:
        if (row.person_id, row.destination_id) in growing:
            until = min(now + GATHER, row.made_at + GATHERED)
            later = update(DELIVERY).where(DELIVERY.c.id == row.id, DELIVERY.c.not_before < until)
            connection.execute(later.values(not_before=until, due_at=until))
