"""The afternoon's supplement: what is new since the digest and has to be acted on within a day, or nothing at all.

It is looked at once a day of digests, at 16:00 of the reader; what it tells is not told again by the next digest.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, select, update

from tracker.delivery.destinations import with_digest
from tracker.delivery.hours import is_digest_day, local
from tracker.digest import Known, living, load, open_actions
from tracker.service.leases import insert_new
from tracker.tables import Delivery, Digest, DigestItem, Event, Person, table
from tracker.workdays import load_calendar

DELIVERY, DIGEST, DIGEST_ITEM = table(Delivery), table(Digest), table(DigestItem)
EVENT, PERSON = table(Event), table(Person)

SUPPLEMENT: Final = "supplement"
"""The kind of its row among the digests."""
AT = time(16)
WITHIN = timedelta(hours=24)


def due_supplements(connection: Connection, now: datetime, at: time = AT) -> list[tuple[Row[Any], int]]:
    """The people whose supplement has something to say now, each with its row among the digests.

    The row is written for everybody whose hour has come, so that each day is looked at once, also after a sleep, and
    by one of two workers. A weekly reader gets none.
    """
    found = []
    for person, day in not_looked_at(connection, now, at):
        row = {"person_id": person.id, "kind": SUPPLEMENT, "local_date": day, "made_at": now, "health": []}
        fresh = insert_new(connection, DIGEST).values(row).returning(DIGEST.c.id)
        digest_id = connection.execute(fresh).scalar()
        if digest_id is None:
            continue
        events = _pressing(connection, person.id, now)
        if events and (person.email or with_digest(connection, person.id)):
            mine = DIGEST_ITEM.c.person_id == person.id, DIGEST_ITEM.c.event_id.in_(events)
            connection.execute(update(DIGEST_ITEM).where(*mine).values(digest_id=digest_id))
            found.append((person, digest_id))
    return found


def not_looked_at(connection: Connection, now: datetime, at: time = AT) -> list[tuple[Row[Any], date]]:
    """The people whose hour has come on a day of theirs that was not looked at yet, and that day."""
    calendar = load_calendar()
    people = select(PERSON).where(PERSON.c.active, PERSON.c.forgotten_at.is_(None), PERSON.c.frequency != "weekly")
    done = select(DIGEST.c.person_id, DIGEST.c.local_date).where(
        DIGEST.c.kind == SUPPLEMENT, DIGEST.c.local_date >= (now - timedelta(days=2)).date()
    )
    looked = {(row.person_id, row.local_date) for row in connection.execute(done)}
    found = []
    for person in connection.execute(people.order_by(PERSON.c.id)).all():
        here = local(person, now)
        slot = datetime.combine(here.date(), at, here.tzinfo)
        is_time = person.added_at <= slot <= now and is_digest_day(person, here.date(), calendar)
        if is_time and (person.id, here.date()) not in looked:
            found.append((person, here.date()))
    return found


def _pressing(connection: Connection, person_id: int, now: datetime) -> list[int]:
    """Events that wait for the next digest, that no alert tells, of purchases with something to do within a day."""
    alert = and_(
        DELIVERY.c.person_id == person_id,
        DELIVERY.c.event_id == EVENT.c.id,
        DELIVERY.c.kind == "alert",
        DELIVERY.c.state.in_(("due", "sent")),
    )
    query = (
        select(EVENT)
        .join(DIGEST_ITEM, DIGEST_ITEM.c.event_id == EVENT.c.id)
        .where(DIGEST_ITEM.c.person_id == person_id, DIGEST_ITEM.c.digest_id.is_(None))
        .where(EVENT.c.project_id.is_not(None), EVENT.c.route_error.is_(None))
        .where(~select(DELIVERY.c.id).where(alert).exists())
    )
    events = connection.execute(query.order_by(EVENT.c.id)).all()
    return _of_pressing_projects(connection, events, now)


def _of_pressing_projects(connection: Connection, events: Sequence[Row[Any]], now: datetime) -> list[int]:
    home = living(connection)
    known = load(connection, {event.project_id for event in events}, home)
    pressing = {identity for identity, project in known.items() if _is_pressing(project, now)}
    return [event.id for event in events if home.get(event.project_id, event.project_id) in pressing]


def _is_pressing(project: Known, now: datetime) -> bool:
    if project.passed:
        return False
    try:
        actions = open_actions(project.state, now)
    except ValueError:  # the digest names it
        return False
    return bool(actions) and actions[0].earliest < now + WITHIN
