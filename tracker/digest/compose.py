"""A digest composed from ids, so that sending it again gives the same text, and the alerts that cannot wait for one.

`compose` gathers facts only. What cannot be composed is named in the digest and left out; it never stops the rest.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.db import chunks
from tracker.digest.affected import touched
from tracker.digest.ahead import ahead
from tracker.digest.changes import changes_of, publication_urls
from tracker.digest.endings import endings
from tracker.digest.known import Known, add_why, asked, living, load
from tracker.digest.mine import due_rows, errands
from tracker.digest.model import Dead, Digest, Item, Skipped, Told, Usual
from tracker.digest.money import money, outside
from tracker.digest.sections import RIGHTS_AHEAD, due_soon, followed_ids, horizon, sections, windows
from tracker.digest.sections import today as todays
from tracker.digest.sources import health, sources
from tracker.kinds import MOVING_EVENTS, RESULT_EVENTS, SOURCE_EVENTS, WANTED
from tracker.rhythms import Coming, usual_lags
from tracker.tables import Attempt, Delivery, Destination, DigestItem, Event, Person, Project, table
from tracker.tables import Digest as DigestRow
from tracker.workdays import load_calendar

ATTEMPT, DELIVERY, DIGEST, DIGEST_ITEM = table(Attempt), table(Delivery), table(DigestRow), table(DigestItem)
EVENT, PERSON, PROJECT, DESTINATION = table(Event), table(Person), table(Project), table(Destination)
LOG = logging.getLogger(__name__)

DATED = ("deadline-moved", "date-dropped", "conflict")
"""Changes of a date; what a law computes anew from one is told beside it."""


def compose(
    connection: Connection,
    person_id: int | None,
    now: datetime,
    *,
    digest_id: int | None = None,
    due_at: datetime | None = None,
    live: bool = False,
) -> Digest:
    """The digest of a person: the one with `digest_id`, today's if it was made, else what waits for the next one.

    `live`: as things stand now, which is today's and what waits, with the sources as they are.

    For None: what anybody without a watch would read of the last 24 hours. `due_at` is given for a mail that is late.
    """
    person = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one() if person_id is not None else None
    row = _row(connection, person_id, now, digest_id)
    digest_id = row.id if row else None
    since = _since(connection, person, row, now)
    events = _events(connection, person_id, digest_id, since, live=live)
    home = living(connection)
    calendar, today = load_calendar(), now.astimezone(SHANGHAI).date()
    soon, tracked = due_soon(connection, now), followed_ids(connection, now)
    mine = due_rows(connection, person_id, now) if person_id is not None else []
    deposits, due = outside(connection)
    wanted = {event.project_id for event in events} | soon | tracked
    wanted |= {row.project_id for row in (*(row for _kind, row in mine), *deposits, *due)}
    known = load(connection, wanted - {None}, home)
    add_why(connection, person_id, [event.id for event in events], known, home)
    skipped = [Skipped(_event_name(event, known, home), event.route_error) for event in events if event.route_error]
    told = _told(connection, person_id, [event.id for event in events])
    found = sections(events, known, home, now, set(told), skipped, publication_urls(connection, events))
    found["moved"] = tuple(with_touched(connection, each, known, now) for each in found["moved"])
    found["intentions"] = _with_habits(connection, found["intentions"], now)
    followed = [known[each] for each in sorted(tracked) if each in known and known[each].tracked_by]
    return Digest(
        person=person.name if person else None,
        language=person.language if person else "",
        local_date=row.local_date if row else today,
        now=now,
        since=since,
        today=todays(known, asked(connection, person, known, soon, now), now, skipped),
        errands=errands(connection, person_id, mine, known, home) if person_id is not None else (),
        windows=windows(followed, horizon(now, calendar, RIGHTS_AHEAD), now, skipped),
        ahead=ahead(connection, followed, now, calendar),
        money=money(connection, deposits, due, known, home, now),
        endings=endings(connection, today),
        sources=sources(row.health if row and not live else health(connection, now)),
        sources_back=tuple(dict.fromkeys(event.portal or "" for event in events if event.kind == "source-back")),
        told=_told_items(events, known, home, told),
        dead=_dead(connection, since),
        due_at=due_at,
        **found,
        skipped=tuple(skipped),
    )


def with_touched(connection: Connection, item: Item, known: dict[int, Known], now: datetime) -> Item:
    """A tracked item whose dates moved, with what of our own work hangs on them."""
    kinds = {kind for change in item.changes if change.kind in DATED for kind in change.what}
    if not (kinds and item.followers):
        return item
    try:
        ours = touched(connection, item.project_id, known[item.project_id].state, kinds, now)
    except Exception:  # the moved date itself must be told, whatever is wrong with our own list
        LOG.exception("what the moved dates of project %d touch", item.project_id)
        return item
    return replace(item, touched=ours)


def _with_habits(connection: Connection, items: tuple[Item, ...], now: datetime) -> tuple[Item, ...]:
    """Intentions and calls for opinions with what their buyers usually do next."""
    found = usual_lags(connection, now, {each.project_id for each in items}) if items else {}
    return tuple(replace(each, usual=_habit(found.get(each.project_id))) for each in items)


def _habit(coming: Coming | None) -> Usual | None:
    if coming is None or coming.lag is None or coming.window is None:
        return None
    lag = coming.lag
    return Usual(lag.median, lag.came, lag.never, coming.window.first, coming.window.last)


def _row(connection: Connection, person_id: int | None, now: datetime, digest_id: int | None) -> Row[Any] | None:
    query = select(DIGEST)
    if digest_id is not None:
        return connection.execute(query.where(DIGEST.c.id == digest_id)).one()
    today = DIGEST.c.local_date == now.astimezone(SHANGHAI).date(), DIGEST.c.kind == "daily"
    return connection.execute(query.where(DIGEST.c.person_id == person_id, *today)).one_or_none()


def _since(connection: Connection, person: Row[Any] | None, row: Row[Any] | None, now: datetime) -> datetime:
    """The beginning of the window: the digest before this one."""
    if person is None:
        return now - timedelta(days=1)
    query = select(func.max(DIGEST.c.made_at)).where(DIGEST.c.person_id == person.id, DIGEST.c.kind == "daily")
    if row is not None:
        query = query.where(DIGEST.c.id < row.id)
    last: datetime | None = connection.execute(query).scalar()
    return last or min(person.added_at, now)


def _events(
    connection: Connection, person_id: int | None, digest_id: int | None, since: datetime, *, live: bool = False
) -> Sequence[Row[Any]]:
    query = select(EVENT).order_by(EVENT.c.id)
    if person_id is None:
        wanted = or_(PROJECT.c.vehicle_purchase.in_((*WANTED, "review")), EVENT.c.kind.in_(SOURCE_EVENTS))
        kinds = EVENT.c.kind.in_((*MOVING_EVENTS, *RESULT_EVENTS, *SOURCE_EVENTS, "published"))
        query = query.outerjoin(PROJECT, PROJECT.c.id == EVENT.c.project_id)
        return connection.execute(query.where(EVENT.c.seen_at > since, wanted, kinds)).all()
    mine = DIGEST_ITEM.c.digest_id == digest_id if digest_id is not None else DIGEST_ITEM.c.digest_id.is_(None)
    if live:
        mine = or_(mine, DIGEST_ITEM.c.digest_id.is_(None))
    query = query.join(DIGEST_ITEM, and_(DIGEST_ITEM.c.event_id == EVENT.c.id, DIGEST_ITEM.c.person_id == person_id))
    return connection.execute(query.where(mine)).all()


def _event_name(event: Row[Any], known: dict[int, Known], home: dict[int, int]) -> str:
    project = known.get(home.get(event.project_id, event.project_id))
    return one_line(project.row.name) if project else one_line(f"{event.kind} {event.portal or event.id}")


def _told(connection: Connection, person_id: int | None, events: list[int]) -> dict[int, datetime]:
    """Events of which an alert has reached this person, with the instant it left; a team's group does not count."""
    sent: dict[int, datetime] = {}
    if person_id is None:
        return sent
    teams = select(DESTINATION.c.id).where(DESTINATION.c.team_id.is_not(None))
    for part in chunks(events):
        query = select(DELIVERY.c.event_id, DELIVERY.c.sent_at).where(
            DELIVERY.c.person_id == person_id,
            DELIVERY.c.kind == "alert",
            DELIVERY.c.state == "sent",
            DELIVERY.c.event_id.in_(part),
            or_(DELIVERY.c.destination_id.is_(None), DELIVERY.c.destination_id.not_in(teams)),
        )
        sent |= {row.event_id: row.sent_at for row in connection.execute(query)}
    return sent


def _told_items(
    events: Sequence[Row[Any]], known: dict[int, Known], home: dict[int, int], told: dict[int, datetime]
) -> tuple[Told, ...]:
    made = []
    for event in (each for each in events if each.id in told):
        project = known.get(home.get(event.project_id, event.project_id))
        changes = changes_of([event], {}, project) if event.kind in MOVING_EVENTS else ()
        made.append(Told(_event_name(event, known, home), event.kind, told[event.id], changes))
    return tuple(made)


def _dead(connection: Connection, since: datetime) -> tuple[Dead, ...]:
    """Messages given up since the last digest: whoever reads this tells those they were for."""
    last = and_(ATTEMPT.c.delivery_id == DELIVERY.c.id, ATTEMPT.c.number == DELIVERY.c.attempts)
    query = (
        select(PERSON.c.name, DELIVERY.c.kind, DELIVERY.c.made_at, DELIVERY.c.reason)
        .join(PERSON, PERSON.c.id == DELIVERY.c.person_id)
        .join(ATTEMPT, last)
        .where(DELIVERY.c.state == "dead", ATTEMPT.c.ended_at > since)
        .order_by(DELIVERY.c.id)
    )
    return tuple(Dead(row.name, row.kind, row.made_at, one_line(row.reason, 160)) for row in connection.execute(query))
