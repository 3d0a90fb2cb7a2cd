"""The life of a delivery: made once, claimed by a lease, tried, recorded. Only a recorded success ends it.

    due ──claim──▶ leased ──▶ sent
     ▲               ├─ transient, channel ─▶ due again after a back-off
     │               ├─ unknown ────────────▶ due again once, with the very same bytes
     │               ├─ permanent ──────────▶ dead: named in the next digest and by `doctor`
     └─ lease over ──┘   the person or the reason has gone ─▶ cancelled

No transaction is open while the network is used. The phase `sending` is committed, with the bytes, just before any
content leaves; so after a crash `claimed` proves that nothing left, and `sending` means that nobody knows.
"""

import logging
import os
import random
import socket
import time as stopwatch
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, case, exists, func, insert, or_, select, update

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError
from tracker.db import reading
from tracker.delivery import ics
from tracker.delivery.alerts import Alert, Bundle, compose_bundle, outdated
from tracker.delivery.chat import messages, say
from tracker.delivery.destinations import DESTINATION, with_digest
from tracker.delivery.hours import last_digest, last_pack
from tracker.delivery.letters import letter_of, with_link
from tracker.delivery.mail import Answer, Attached, build, header_text, send, sender, server
from tracker.delivery.pacing import has_to_pace, pace, settle_carried, told_by
from tracker.delivery.robots import PLATFORMS, Robot, post, robot_of
from tracker.delivery.supplements import SUPPLEMENT, due_supplements, not_looked_at
from tracker.delivery.unsubscribe import ensure_link, has_stopped, link_of, who_stopped
from tracker.digest import (
    ATTEMPT,
    DELIVERY,
    DIGEST,
    DIGEST_ITEM,
    PERSON,
    Digest,
    compose,
    health,
)
from tracker.i18n import language
from tracker.packs import KINDS as PACKS
from tracker.packs import Pack, compose_pack, period_before
from tracker.service.leases import LEASE, insert_new
from tracker.settings import Settings
from tracker.workdays import Calendar, load_calendar

LOG = logging.getLogger(__name__)

LEASE_TIME = timedelta(minutes=6)
"""Longer than the longest conversation of one send (mail.py, robots.py): a live worker never loses it."""
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
UNKNOWN_AFTER = timedelta(minutes=10)
PAUSE = {"transient": timedelta(minutes=1), "channel": timedelta(minutes=15)}
"""How long all mail, or one robot, rests when it cannot be talked to or refuses our login."""
LATE = timedelta(minutes=15)
"""A mail that leaves so much later than it was due says so."""
TWICE_UNKNOWN = "sent twice without an answer; it may have arrived"
NOTHING_DROPPED: Mapping[int, str] = {}


# --- making digests -------------------------------------------------------------------------------------------------


def make_digests(connection: Connection, now: datetime, *, force_today: bool = False) -> int:
    """For everybody whose digest or report is due: its row, the digest's items and its deliveries; returns how many.

    What was missed (sleep, outage) is made once, for the latest missed time, with everything since. The unique key
    (person, kind, local date) makes a restart, a second worker and a clock set back harmless. `force_today` makes
    today's digest now, whatever the hour and the day.
    """
    made = 0
    kept: list[dict[str, Any]] | None = None
    for person, kind, day, ways in list(_wanted(connection, now, force_today)):
        kept = health(connection, now) if kept is None else kept
        row = {"person_id": person.id, "kind": kind, "local_date": day, "made_at": now}
        fresh = insert_new(connection, DIGEST).values(row | {"health": kept if kind == "daily" else []})
        digest_id = connection.execute(fresh.returning(DIGEST.c.id)).scalar()
        if digest_id is None:
            continue
        if kind == "daily":
            open_items = DIGEST_ITEM.c.person_id == person.id, DIGEST_ITEM.c.digest_id.is_(None)
            connection.execute(update(DIGEST_ITEM).where(*open_items).values(digest_id=digest_id))
        for way in ways:
            _instead_of_alerts(connection, person.id, way, digest_id)
            delivery = new_delivery(person.id, now, way) | {"kind": "digest", "digest_id": digest_id}
            connection.execute(insert_new(connection, DELIVERY).values(delivery))
        made += 1
    return made


def has_digests_to_make(connection: Connection, now: datetime) -> bool:
    """Whether `make_digests` or `make_supplements` has something to write."""
    return any(True for _each in _wanted(connection, now)) or bool(not_looked_at(connection, now))


def _wanted(
    connection: Connection, now: datetime, force_today: bool = False
) -> Iterator[tuple[Row[Any], str, date, list[Row[Any] | None]]]:
    """The digests and reports that are due and not made: person, kind, the day that names it, and the ways it goes."""
    calendar, stopped = load_calendar(), who_stopped(connection)
    people = select(PERSON).where(PERSON.c.active, PERSON.c.forgotten_at.is_(None))
    for person in connection.execute(people.order_by(PERSON.c.id)).all():
        mail: list[Row[Any] | None] = [None] if person.email and person.id not in stopped else []
        groups = with_digest(connection, person.id)
        for kind, day in _due(person, now, calendar, force_today):
            ways = [*mail, *groups] if kind == "daily" else mail
            if ways and not _newest_day(connection, person.id, kind, day):
                yield person, kind, day, ways


def _due(person: Row[Any], now: datetime, calendar: Calendar, force_today: bool) -> Iterator[tuple[str, date]]:
    """What a person gets and the day that names it: the newest slot of each kind since they were added."""
    slot = last_digest(person, now, calendar)
    if force_today:
        yield "daily", now.astimezone(SHANGHAI).date()
        return
    if slot >= person.added_at:
        yield "daily", slot.date()
    for kind in person.packs.split(",") if person.packs else ():
        slot, first = last_pack(person, kind, now, calendar)
        if slot >= person.added_at:
            yield kind, first


def _instead_of_alerts(connection: Connection, person_id: int, way: Row[Any] | None, digest_id: int) -> None:
    """An alert that nobody has tried to send yet and the digest that leaves the same way would say the same twice."""
    told = select(DIGEST_ITEM.c.event_id).where(DIGEST_ITEM.c.digest_id == digest_id)
    untried = DELIVERY.c.state == "due", DELIVERY.c.attempts == 0, DELIVERY.c.kind == "alert"
    mine = DELIVERY.c.person_id == person_id if way is None else DELIVERY.c.destination_id == way.id
    connection.execute(
        update(DELIVERY)
        .where(mine, _goes(None if way is None else way.id), *untried, DELIVERY.c.event_id.in_(told))
        .values(state="cancelled", reason="told by the digest that left with it")
    )


def _newest_day(connection: Connection, person_id: int, kind: str, day: date) -> bool:
    """Whether a digest of that day or a later one exists: a clock set back makes none of yesterday."""
    query = select(DIGEST.c.id).where(
        DIGEST.c.person_id == person_id, DIGEST.c.kind == kind, DIGEST.c.local_date >= day
    )
    return connection.execute(query).first() is not None


def make_supplements(connection: Connection, now: datetime) -> int:
    """The deliveries of this afternoon's supplements (supplements.py); returns how many people get one."""
    due = due_supplements(connection, now)
    for person, digest_id in due:
        mail = [None] if person.email and not has_stopped(connection, person.id) else []
        for way in [*mail, *with_digest(connection, person.id)]:
            delivery = new_delivery(person.id, now, way) | {"kind": "digest", "digest_id": digest_id}
            connection.execute(insert_new(connection, DELIVERY).values(delivery))
    return len(due)


def new_delivery(person_id: int, now: datetime, way: Row[Any] | None = None) -> dict[str, Any]:
    """The row of a duty to be done now, by mail or by `way` (a row of `destination`); the caller adds what it tells."""
    return {
        "person_id": person_id,
        "medium": way.medium if way is not None else "mail",
        "destination_id": way.id if way is not None else None,
        "part": 1,
        "parts": 1,
        "state": "due",
        "reason": "",
        "not_before": now,
        "message_id": f"delivery-{uuid.uuid4()}",
        "attempts": 0,
        "made_at": now,
    }


# --- sending what is due --------------------------------------------------------------------------------------------


def worker_name() -> str:
    """Tells two workers apart, on one machine or two."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


def _quietly() -> None:
    pass


def send_due(
    engine: Engine,
    now: datetime,
    settings: Settings,
    *,
    ignore_backoff: bool = False,
    alive: Callable[[], None] = _quietly,
) -> Counter[str]:
    """Everything that is due, by mail where it is set up and by every group robot; counts by outcome.

    `alive` is called before each message.
    """
    counts = Counter[str]()
    if settings.smtp_url is not None:
        counts += deliver_due(engine, now, settings, ignore_backoff=ignore_backoff, alive=alive)
    return counts + deliver_chats(engine, now, settings, ignore_backoff=ignore_backoff, alive=alive)


def deliver_due(
    engine: Engine,
    now: datetime,
    settings: Settings,
    *,
    ignore_backoff: bool = False,
    limit: int = 10_000,
    alive: Callable[[], None] = _quietly,
) -> Counter[str]:
    """Send the mails that are due and free.

    Counts by outcome: sent, transient, permanent, channel, unknown, cancelled, ours. `ignore_backoff` tries what waits
    for its back-off too. Raises ConfigurationError when mail is off.
    Ends early when the server cannot be talked to at all: the rest stays due.
    """
    server(settings), sender(settings)
    return _lane(engine, now, settings, None, ignore_backoff, limit, alive)


def deliver_chats(
    engine: Engine,
    now: datetime,
    settings: Settings,
    *,
    ignore_backoff: bool = False,
    alive: Callable[[], None] = _quietly,
) -> Counter[str]:
    """Send what is due to chat groups, each by itself: a robot that fails holds up nobody else (pitfalls CH5).

    A robot gets no more messages a minute than its platform takes; what is left over waits for the next call.
    """
    counts = Counter[str]()
    with reading(engine) as connection:
        waiting = select(DELIVERY.c.destination_id).where(*_free(now, ignore_backoff))
        ways = connection.execute(select(DESTINATION).where(DESTINATION.c.id.in_(waiting)).order_by(DESTINATION.c.id))
        found = ways.all()
    for way in found:
        with reading(engine) as connection:
            room = _room(connection, way, now)
        counts += _lane(engine, now, settings, way.id, ignore_backoff, room, alive)
    return counts


def _room(connection: Connection, way: Row[Any], now: datetime) -> int:
    """How many messages a robot may still be sent within this minute."""
    query = (
        select(func.count())
        .select_from(ATTEMPT)
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .join(DESTINATION, DESTINATION.c.id == DELIVERY.c.destination_id)
        .where(DESTINATION.c.robot == way.robot, ATTEMPT.c.started_at > now - timedelta(minutes=1))
    )
    return max(PLATFORMS[way.medium].per_minute - (connection.scalar(query) or 0), 0)


def _lane(
    engine: Engine,
    now: datetime,
    settings: Settings,
    way_id: int | None,
    ignore_backoff: bool,
    limit: int,
    alive: Callable[[], None],
) -> Counter[str]:
    """One way out: all mail, or one robot. Ends where the next message would fare no better."""
    began, owner, counts = stopwatch.monotonic(), worker_name(), Counter[str]()
    if not ignore_backoff and _paused(engine, now, way_id):
        return counts
    with reading(engine) as connection:
        if not has_to_pace(connection, now, way_id, hurry=ignore_backoff):
            return counts
    with engine.begin() as connection:
        pace(connection, now, way_id, hurry=ignore_backoff)
    left = limit
    while left > 0 and (found := _candidates(engine, now, way_id, ignore_backoff, left)):
        tried = False
        for delivery_id in found:
            alive()
            at = now + timedelta(seconds=stopwatch.monotonic() - began)
            outcome, answer = step(engine, delivery_id, at, settings, owner, ignore_backoff=ignore_backoff)
            if outcome is None:
                continue  # another worker has it
            tried, left = True, left - 1
            counts[outcome] += 1
            if answer is not None and (answer.outcome == "channel" or not answer.reached):
                wait = timedelta(seconds=answer.wait_s)
                _pause(engine, at + max(PAUSE.get(answer.outcome, PAUSE["transient"]), wait), way_id)
                return counts
        if way_id is None or not tried:
            break  # only what is told in parts leaves more behind than it found
    return counts


def _goes(way_id: int | None) -> Any:
    return DELIVERY.c.destination_id.is_(None) if way_id is None else DELIVERY.c.destination_id == way_id


def _candidates(engine: Engine, now: datetime, way_id: int | None, ignore_backoff: bool, limit: int) -> list[int]:
    """Alerts first: they cannot wait, digests can."""
    query = select(DELIVERY.c.id).where(*_free(now, ignore_backoff), _goes(way_id))
    order = (DELIVERY.c.kind != "alert", DELIVERY.c.not_before, DELIVERY.c.id)
    with reading(engine) as connection:
        return list(connection.execute(query.order_by(*order).limit(limit)).scalars())


def _free(at: datetime, ignore_backoff: bool) -> list[Any]:
    """Due, held by nobody, and no part before it still waits."""
    before = DELIVERY.alias("before")
    same = or_(before.c.event_id == DELIVERY.c.event_id, before.c.digest_id == DELIVERY.c.digest_id)
    first = exists().where(
        before.c.destination_id == DELIVERY.c.destination_id,
        before.c.kind == DELIVERY.c.kind,
        same,
        before.c.part < DELIVERY.c.part,
        before.c.state == "due",
    )
    free = [
        DELIVERY.c.state == "due",
        or_(DELIVERY.c.lease_until.is_(None), DELIVERY.c.lease_until < at),
        or_(DELIVERY.c.part == 1, ~first),
    ]
    free.append(DELIVERY.c.carried_by.is_(None))  # another one tells it
    return free if ignore_backoff else [*free, DELIVERY.c.not_before <= at]


def _pause_name(way_id: int | None) -> str:
    return "pause:mail" if way_id is None else f"pause:group:{way_id}"


def _paused(engine: Engine, at: datetime, way_id: int | None) -> bool:
    name = _pause_name(way_id)
    with reading(engine) as connection:
        return connection.execute(select(LEASE).where(LEASE.c.name == name, LEASE.c.until > at)).first() is not None


def _pause(engine: Engine, until: datetime, way_id: int | None) -> None:
    name = _pause_name(way_id)
    with engine.begin() as connection:
        if not connection.execute(update(LEASE).where(LEASE.c.name == name).values(until=until)).rowcount:
            connection.execute(insert_new(connection, LEASE).values(name=name, owner="sender", until=until))


@dataclass(frozen=True)
class Prepared:
    """A message ready to leave, or the reason why none is needed any more."""

    to: str = ""
    content: bytes = b""
    cancelled: str = ""
    robot: Robot | None = None
    """None: by mail to `to`."""
    rest: tuple[bytes, ...] = ()
    """The further parts of a message to a group."""
    dropped: dict[int, str] = field(default_factory=dict)
    """Deliveries that it was to carry and that nobody needs any more, with the reason."""


def step(
    engine: Engine, delivery_id: int, at: datetime, settings: Settings, owner: str, *, ignore_backoff: bool = False
) -> tuple[str | None, Answer | None]:
    """One delivery, one try. None: another worker has it or it is no longer due."""
    with engine.begin() as connection:
        number = claim(connection, delivery_id, at, owner, ignore_backoff=ignore_backoff)
        if number is not None and settings.public_url:
            ensure_link(connection, _reader(connection, delivery_id), at)
    if number is None:
        return None, None
    mine = Claim(delivery_id, number, owner)
    try:
        with reading(engine) as connection:
            prepared = prepare(connection, delivery_id, at, settings)
    except ConfigurationError as error:  # the file of robots: nothing can leave until somebody mends it
        record(engine, mine, at, "channel", "", str(error)[:300])
        return "channel", Answer("channel", text=str(error))
    except Exception as error:  # our fault, whatever it is: it must not stop the other deliveries
        LOG.exception("delivery %s cannot be made", delivery_id)
        record(engine, mine, at, "ours", "", f"{type(error).__name__}: {error}"[:300])
        return "ours", None
    if prepared.cancelled:
        record(engine, mine, at, "cancelled", "", prepared.cancelled)
        return "cancelled", None
    answer = _leave(engine, mine, at, settings, prepared)
    record(engine, mine, at, answer.outcome, answer.code, answer.text, prepared.dropped)
    LOG.info("delivery %s attempt %s: %s %s", delivery_id, number, answer.outcome, answer.code)
    return answer.outcome, answer


def _reader(connection: Connection, delivery_id: int) -> int:
    found: int = connection.execute(select(DELIVERY.c.person_id).where(DELIVERY.c.id == delivery_id)).scalar_one()
    return found


def _leave(engine: Engine, mine: "Claim", at: datetime, settings: Settings, prepared: Prepared) -> Answer:
    def marked() -> bool:
        return mark_sending(engine, mine, prepared.content)

    if prepared.robot is None:
        return send(server(settings), sender(settings).addr_spec, prepared.to, prepared.content, before_data=marked)
    if prepared.rest and not _part(engine, mine, at, prepared):
        return Answer("transient", text="lease lost before sending")
    return post(prepared.robot, prepared.content, at, before=marked)


def _part(engine: Engine, mine: "Claim", at: datetime, prepared: Prepared) -> bool:
    """Make each part a delivery of its own, with its bytes: later parts must not be worded anew, lest one is lost.

    False: the lease is lost.
    """
    many = 1 + len(prepared.rest)
    with engine.begin() as connection:
        kept = {"content": zlib.compress(prepared.content), "parts": many}
        if not connection.execute(update(DELIVERY).where(mine.holds).values(kept)).rowcount:
            return False
        row = connection.execute(select(DELIVERY).where(DELIVERY.c.id == mine.delivery_id)).one()._mapping
        same = {name: row[name] for name in ("person_id", "kind", "event_id", "digest_id", "medium", "destination_id")}
        same |= {name: row[name] for name in ("made_at", "not_before")}
        for number, content in enumerate(prepared.rest, 2):
            part = {"part": number, "parts": many, "content": zlib.compress(content)}
            new = new_delivery(row["person_id"], at) | same | part
            connection.execute(insert_new(connection, DELIVERY).values(new))
    return True


@dataclass(frozen=True)
class Claim:
    """What a worker holds: it counts only while delivery, owner and number of the try still agree."""

    delivery_id: int
    number: int
    owner: str

    @property
    def holds(self) -> Any:
        return and_(
            DELIVERY.c.id == self.delivery_id,
            DELIVERY.c.lease_owner == self.owner,
            DELIVERY.c.attempts == self.number,
            DELIVERY.c.state == "due",
        )

    @property
    def attempt(self) -> Any:
        return and_(ATTEMPT.c.delivery_id == self.delivery_id, ATTEMPT.c.number == self.number)


def claim(
    connection: Connection, delivery_id: int, at: datetime, owner: str, *, ignore_backoff: bool = False
) -> int | None:
    """Take the lease by one conditional update; returns the number of the try, or None.

    A try that a dead worker left in the phase `sending` is closed as `unknown`; the second unknown makes it a dead
    letter, so that nobody gets more than one repeat.
    """
    taken = connection.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery_id, *_free(at, ignore_backoff))
        .values(lease_owner=owner, lease_until=at + LEASE_TIME, attempts=DELIVERY.c.attempts + 1)
    )
    if not taken.rowcount:
        return None
    open_tries = ATTEMPT.c.delivery_id == delivery_id, ATTEMPT.c.phase != "done"
    for phase, outcome in (("sending", "unknown"), ("claimed", "transient")):
        connection.execute(
            update(ATTEMPT)
            .where(*open_tries, ATTEMPT.c.phase == phase)
            .values(phase="done", outcome=outcome, text="the worker ended before it could record", ended_at=at)
        )
    if _unknowns(connection, delivery_id) > 1:
        free = {"lease_owner": None, "lease_until": None, "attempts": DELIVERY.c.attempts - 1}
        content = case((DELIVERY.c.parts > 1, DELIVERY.c.content), else_=None)
        dead = {"state": "dead", "reason": TWICE_UNKNOWN, "content": content}
        connection.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id).values(free | dead))
        return None
    number: int = connection.execute(select(DELIVERY.c.attempts).where(DELIVERY.c.id == delivery_id)).scalar_one()
    connection.execute(
        insert(ATTEMPT).values(delivery_id=delivery_id, number=number, phase="claimed", text="", started_at=at)
    )
    return number


def _unknowns(connection: Connection, delivery_id: int) -> int:
    """Tries whose end nobody knows, since a person sent it again."""
    query = (
        select(ATTEMPT.c.id)
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(ATTEMPT.c.delivery_id == delivery_id, ATTEMPT.c.outcome == "unknown")
        .where(ATTEMPT.c.number > DELIVERY.c.forgiven)
    )
    return len(connection.execute(query).all())


def mark_sending(engine: Engine, mine: Claim, content: bytes) -> bool:
    """Committed before any content leaves. False: the lease is lost, nothing may be sent."""
    with engine.begin() as connection:
        kept = update(DELIVERY).where(mine.holds).values(content=zlib.compress(content))
        if not connection.execute(kept).rowcount:
            return False
        connection.execute(update(ATTEMPT).where(mine.attempt).values(phase="sending"))
    return True


def record(
    engine: Engine,
    mine: Claim,
    at: datetime,
    outcome: str,
    code: str,
    text: str,
    dropped: Mapping[int, str] = NOTHING_DROPPED,
) -> None:
    """Write how the try ended. Who lost the lease writes only into the log of tries."""
    with engine.begin() as connection:
        _end(connection, mine, at, outcome, code, text, dropped)


def _end(
    connection: Connection, mine: Claim, at: datetime, outcome: str, code: str, text: str, dropped: Mapping[int, str]
) -> None:
    connection.execute(
        update(ATTEMPT).where(mine.attempt).values(phase="done", outcome=outcome, code=code, text=text, ended_at=at)
    )
    parts: int = connection.execute(select(DELIVERY.c.parts).where(DELIVERY.c.id == mine.delivery_id)).scalar_one()
    after = _after(mine.number, at, outcome, _unknowns(connection, mine.delivery_id))
    if parts > 1 and after.get("state") != "sent":
        after.pop("content", None)  # a part is never worded anew
    words = " ".join(each for each in (code, text) if each)
    reason = "" if outcome == "sent" else words
    if outcome == "unknown" and after.get("state") == "dead":
        reason = f"{TWICE_UNKNOWN}: {words}"
    ended = update(DELIVERY).where(mine.holds).values(**after, reason=reason, lease_owner=None, lease_until=None)
    if connection.execute(ended).rowcount:
        settle_carried(connection, mine.delivery_id, after, reason, dropped)


def _after(number: int, at: datetime, outcome: str, unknowns: int) -> dict[str, Any]:
    """What becomes of the delivery. The bytes stay only while their fate is unknown."""
    if outcome == "sent":
        return {"state": "sent", "sent_at": at, "content": None}
    if outcome in ("permanent", "cancelled") or (outcome == "unknown" and unknowns > 1):
        return {"state": "dead" if outcome != "cancelled" else "cancelled", "content": None}
    if outcome == "unknown":
        return {"not_before": at + UNKNOWN_AFTER}
    wait = BACK_OFF[min(number, len(BACK_OFF)) - 1]
    return {"not_before": at + wait * random.uniform(0.8, 1.0), "content": None}


# --- what leaves ----------------------------------------------------------------------------------------------------


def prepare(connection: Connection, delivery_id: int, at: datetime, settings: Settings) -> Prepared:
    """The message as it has to leave now: person, address and decisions are read again.

    After an unknown outcome the stored bytes go again; after a sure failure the mail is made anew, with the same
    Message-ID and a line that says it is late.
    """
    delivery = connection.execute(select(DELIVERY).where(DELIVERY.c.id == delivery_id)).one()
    person = connection.execute(select(PERSON).where(PERSON.c.id == delivery.person_id)).one()
    way = None
    if delivery.destination_id is not None:
        way = connection.execute(select(DESTINATION).where(DESTINATION.c.id == delivery.destination_id)).one()
    if reason := _no_longer(connection, person, way):
        return Prepared(cancelled=reason)
    kept = zlib.decompress(delivery.content) if delivery.content is not None else None
    was_due = delivery.due_at or delivery.made_at
    due_at = was_due if at - was_due > LATE else None
    told, dropped = _told(connection, delivery)
    if delivery.event_id is not None and not told:
        return Prepared(cancelled=dropped[delivery.id])
    if way is not None:
        robot = robot_of(settings, way.robot)
        if kept is not None:
            return Prepared(content=kept, robot=robot)
        said = _composed(connection, delivery, told, at, due_at)
        if isinstance(said, Pack):
            return Prepared(cancelled="groups get no reports")
        first, *rest = messages(robot.medium, say(said, shared=way.team_id is not None))
        return Prepared(content=first, robot=robot, rest=tuple(rest), dropped=dropped)
    if kept is not None and parseaddr(str(message_from_bytes(kept)["To"]))[1] == person.email:
        return Prepared(person.email, kept)
    what = _composed(connection, delivery, told, at, due_at)
    letter, stop = letter_of(what, settings), link_of(connection, person.id, settings)
    with language(person.language):
        page = with_link(letter.page, stop)
    dates = () if isinstance(what, Pack) else _dates(connection, person, what, at, settings)
    content = build(
        settings,
        to=Address(header_text(person.name), addr_spec=person.email),
        subject=page.subject,
        text=page.text,
        html=page.html,
        message_id=delivery.message_id,
        at=at,
        attached=(*letter.attached, *dates),
        unsubscribe=stop,
    )
    return Prepared(person.email, content, dropped=dropped)


def _dates(
    connection: Connection, person: Row[Any], what: Digest | Alert | Bundle, at: datetime, settings: Settings
) -> tuple[Attached, ...]:
    """Dates that moved, as calendar events; the mail leaves without them where they cannot be made."""
    try:
        with language(person.language):
            made = ics.file_for(connection, person.id, ics.moved(what), at, settings)
    except Exception:
        LOG.exception("calendar events for delivery to person %d", person.id)
        return ()
    return (made,) if made is not None else ()


def _no_longer(connection: Connection, person: Row[Any], way: Row[Any] | None) -> str:
    """Why a delivery is not wanted any more; empty while it is."""
    if way is not None and not way.active:
        return "the group is told nothing any more"
    if person.forgotten_at is not None or not (person.active or (way is not None and way.team_id is not None)):
        return "the person gets no mail any more"
    if way is None and not person.email:
        return "the person has no address"
    if way is None and has_stopped(connection, person.id):
        return "the person has stopped the mails"
    return ""


def _composed(
    connection: Connection, delivery: Row[Any], told: list[int], at: datetime, due_at: datetime | None
) -> Digest | Alert | Bundle | Pack:
    """What a delivery says as things stand now."""
    if delivery.digest_id is None:
        return compose_bundle(connection, told, delivery.person_id, at, due_at=due_at)
    row = connection.execute(select(DIGEST).where(DIGEST.c.id == delivery.digest_id)).one()
    if row.kind in PACKS:
        person = connection.execute(select(PERSON).where(PERSON.c.id == delivery.person_id)).one()
        return compose_pack(connection, period_before(row.kind, row.local_date), at, person=person, due_at=due_at)
    if row.kind != SUPPLEMENT:
        return compose(connection, delivery.person_id, at, digest_id=delivery.digest_id, due_at=due_at)
    items = select(DIGEST_ITEM.c.event_id).where(DIGEST_ITEM.c.digest_id == delivery.digest_id)
    events = list(connection.scalars(items.order_by(DIGEST_ITEM.c.event_id)))
    return compose_bundle(connection, events, delivery.person_id, at, kind=SUPPLEMENT, due_at=due_at)


def _told(connection: Connection, delivery: Row[Any]) -> tuple[list[int], dict[int, str]]:
    """Events that a message tells, and the deliveries it leaves out because they are true no more."""
    rows = told_by(connection, delivery) if delivery.event_id is not None else []
    why = {row.id: outdated(connection, row.event_id) for row in rows}
    return [row.event_id for row in rows if not why[row.id]], {number: each for number, each in why.items() if each}
