"""What leaves together and when: quiet hours hold back, what is due at once becomes one message, nobody gets too many.

A folded message is carried by one of its deliveries; the others wait for how it ends (`carried_by`). Each stays a duty
of its own, with its own key, so that nothing is lost: a carrier that is called off lets the others go.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select, true, update

from tracker.delivery.alerts import together
from tracker.delivery.hours import free_at
from tracker.service.leases import claim, process_name, release
from tracker.tables import Delivery, Event, Person, table
from tracker.workdays import load_calendar

DELIVERY, EVENT, PERSON = table(Delivery), table(Event), table(Person)

APART = 3
"""So many alerts that are due together are messages of their own; more become one."""
HOURLY = 6
"""So many alerts a person gets by mail within an hour; what is not critical waits and is folded."""
HOUR = timedelta(hours=1)


def has_to_pace(connection: Connection, now: datetime, way_id: int | None, *, hurry: bool = False) -> bool:
    """Whether `pace` could change anything: something may leave now, or waits for what carries it."""
    leaves = true() if hurry else or_(DELIVERY.c.not_before <= now, DELIVERY.c.carried_by.is_not(None))
    query = select(DELIVERY.c.id).where(DELIVERY.c.state == "due", _goes(way_id), leaves)
    return connection.execute(query.limit(1)).first() is not None


def pace(connection: Connection, now: datetime, way_id: int | None, *, hurry: bool = False) -> None:
    """Hold back and fold what waits on one way: all mail (None), or one chat group.

    `hurry` holds nothing back. One process at a time: another one waits for this transaction.
    """
    owner, name = process_name(), f"pace:{way_id or 'mail'}"
    if not claim(connection, name, owner, 60):
        return
    _let_go(connection)
    rows = _waiting(connection, now, way_id)
    if not hurry:
        rows = _hold(connection, rows, now)
        rows = _spread(connection, rows, now) if way_id is None else rows
    lanes: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        if row.kind == "alert" and row.attempts == 0:
            lanes[way_id or row.person_id].append(row)
    for lane in lanes.values():
        _fold(connection, lane, now, hurry=hurry)
    release(connection, name, owner)


def _let_go(connection: Connection) -> None:
    """Those whose carrier was called off leave by themselves."""
    carrier = DELIVERY.alias()
    carries = select(carrier.c.id).where(carrier.c.state == "due", carrier.c.carried_by.is_(None))
    lost = DELIVERY.c.state == "due", DELIVERY.c.carried_by.is_not(None), DELIVERY.c.carried_by.not_in(carries)
    connection.execute(update(DELIVERY).where(*lost).values(carried_by=None))


def _waiting(connection: Connection, now: datetime, way_id: int | None) -> list[Row[Any]]:
    """Everything that is to leave this way, with the hours of the person and the kind of its event."""
    hours = ("digest_at", "digest_days", "frequency", "quiet_from", "quiet_to", "quiet_days", "zone")
    query = (
        select(DELIVERY, *(PERSON.c[each] for each in hours), EVENT.c.kind.label("event_kind"))
        .join(PERSON, PERSON.c.id == DELIVERY.c.person_id)
        .outerjoin(EVENT, EVENT.c.id == DELIVERY.c.event_id)
        .where(DELIVERY.c.state == "due", DELIVERY.c.carried_by.is_(None))
        .where(or_(DELIVERY.c.lease_until.is_(None), DELIVERY.c.lease_until < now))
    )
    return list(connection.execute(query.where(_goes(way_id)).order_by(DELIVERY.c.id)))


def _goes(way_id: int | None) -> ColumnElement[bool]:
    return DELIVERY.c.destination_id.is_(None) if way_id is None else DELIVERY.c.destination_id == way_id


def _hold(connection: Connection, rows: Collection[Row[Any]], now: datetime) -> list[Row[Any]]:
    """Those that are not held by quiet hours; the others wait for their end, or until they become critical."""
    calendar = load_calendar()
    free: dict[int, datetime] = {}
    left = []
    for row in rows:
        until = free.setdefault(row.person_id, free_at(row, now, calendar))
        if until <= now or (row.passes_at is not None and row.passes_at <= now):
            left.append(row)
        elif row.not_before <= now:
            _wait(connection, row, min(until, row.passes_at or until))
    return left


def _spread(connection: Connection, rows: Collection[Row[Any]], now: datetime) -> list[Row[Any]]:
    """Those that may leave within this hour; the others wait until the oldest of the last mails is an hour old."""
    sent: defaultdict[int, list[datetime]] = defaultdict(list)
    query = select(DELIVERY.c.person_id, DELIVERY.c.sent_at).where(
        DELIVERY.c.kind == "alert",
        DELIVERY.c.destination_id.is_(None),
        DELIVERY.c.carried_by.is_(None),
        DELIVERY.c.sent_at > now - HOUR,
    )
    for person_id, sent_at in connection.execute(query.order_by(DELIVERY.c.sent_at)):
        sent[person_id].append(sent_at)
    left = []
    for row in rows:
        last = sent[row.person_id]
        calm = row.kind == "alert" and (row.passes_at is None or row.passes_at > now)
        if calm and len(last) >= HOURLY:
            _wait(connection, row, max(last[-HOURLY] + HOUR, row.not_before))
        else:
            left.append(row)
    return left


def _wait(connection: Connection, row: Row[Any], until: datetime) -> None:
    """A mail that waits on purpose is not late."""
    values = {"not_before": until} | ({"due_at": until} if row.attempts == 0 else {})
    same = DELIVERY.c.id == row.id, DELIVERY.c.state == "due", DELIVERY.c.attempts == row.attempts
    connection.execute(update(DELIVERY).where(*same).values(values))


def _fold(connection: Connection, lane: Sequence[Row[Any]], now: datetime, *, hurry: bool) -> None:
    """What is due now, and new matches that still wait for others, as few messages."""
    ready = [row for row in lane if hurry or row.not_before <= now]
    if not ready:
        return
    gathering = [row for row in lane if row not in ready and row.event_kind == "published"]
    of_event = {row.event_id: row for row in (*ready, *gathering)}
    events = connection.execute(select(EVENT).where(EVENT.c.id.in_(list(of_event))).order_by(EVENT.c.id)).all()
    groups = [[of_event[event_id] for event_id in group] for group in together(events)]
    if len(groups) > APART:
        _carry(connection, ready[0], [row for group in groups for row in group])
        return
    for group in groups:
        first = next((row for row in group if row in ready), None)
        if first is not None:
            _carry(connection, first, group)


def _carry(connection: Connection, carrier: Row[Any], rows: Collection[Row[Any]]) -> None:
    others = [row.id for row in rows if row.id != carrier.id]
    if others:
        free = DELIVERY.c.state == "due", DELIVERY.c.attempts == 0, DELIVERY.c.carried_by.is_(None)
        connection.execute(update(DELIVERY).where(DELIVERY.c.id.in_(others), *free).values(carried_by=carrier.id))


# --- for the sender -------------------------------------------------------------------------------------------------


def told_by(connection: Connection, delivery: Row[Any]) -> list[Row[Any]]:
    """The deliveries that one message tells: itself, and what it carries."""
    carried = and_(DELIVERY.c.carried_by == delivery.id, DELIVERY.c.state == "due")
    query = select(DELIVERY).where(or_(DELIVERY.c.id == delivery.id, carried))
    return list(connection.execute(query.order_by(DELIVERY.c.id)))


def settle_carried(
    connection: Connection, carrier_id: int, after: dict[str, Any], reason: str, dropped: Mapping[int, str]
) -> None:
    """What became of the message became of what it carried; what was left out of it is called off, with the reason."""
    carried = DELIVERY.c.carried_by == carrier_id, DELIVERY.c.state == "due"
    if after.get("state") in ("sent", "dead"):
        for each, why in dropped.items():
            gone = update(DELIVERY).where(*carried, DELIVERY.c.id == each)
            connection.execute(gone.values(state="cancelled", reason=why))
        values = {"state": after["state"], "sent_at": after.get("sent_at"), "reason": reason}
        connection.execute(update(DELIVERY).where(*carried).values(values))
