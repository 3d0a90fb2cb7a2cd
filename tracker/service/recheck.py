"""Known pages that are looked at again: a portal that edits or withdraws a notice tells nobody.

Of tracked projects and of vehicle purchases still open, each within a budget of the portal. What is tracked does not
wait for its list: `hasten` makes its channel due.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from crawler.clock import SHANGHAI
from crawler.page import Row as ListRow
from tracker.decisions import marked
from tracker.intake import list_row
from tracker.projects import MILESTONE, PROCEEDING, PROJECT, PUBLICATION
from tracker.tables import Channel, table

CHANNEL = table(Channel)

BUDGET = 60
"""Known pages to look at again in one poll, for each portal."""
DAILY, CLOSE = timedelta(hours=24), timedelta(hours=2)
LAST_DAYS = timedelta(days=3)
"""Before the bidder must act: tracked projects and open vehicle purchases are read every two hours."""
LAST_CALL = timedelta(hours=3)
EVENING = time(18, 0)
"""Local, Asia/Shanghai: late corrections are put up at the end of the working day."""
PAUSE = timedelta(minutes=30)
"""Between two polls of a channel that only known pages ask for."""


def is_due(last_seen: datetime, soonest: datetime, at: datetime, *, tracked: bool) -> bool:
    """Whether a page last seen then must be seen again, where the bidder must next act at `soonest`."""
    if last_seen < at - DAILY or (last_seen < at - CLOSE and soonest < at + LAST_DAYS):
        return True
    evening = datetime.combine(at.astimezone(SHANGHAI).date(), EVENING, SHANGHAI)
    return tracked and any(last_seen < call <= at for call in (evening, soonest - LAST_CALL))


def rows(connection: Connection, portal: str, channels: Sequence[str], at: datetime) -> list[ListRow]:
    """What the next poll of these channels looks at again, the longest unseen first."""
    found: dict[str, ListRow] = {}
    here = PUBLICATION.c.portal == portal, PUBLICATION.c.channel.in_(channels)
    for row in _due(connection, at, or_(PROJECT.c.vehicle_purchase.in_(["yes", "mixed"]), marked("track")), *here):
        found.setdefault(row.page_key, list_row(row))
        if len(found) >= BUDGET:
            break
    return list(found.values())


def asked_for(connection: Connection, at: datetime) -> set[tuple[str, str]]:
    """Portal and channel of tracked projects that wait for another look; only channels that are free to be hastened.

    A channel that backs off after failures keeps its own time.
    """
    free = {(row.portal, row.channel) for row in connection.execute(select(CHANNEL).where(*_free(at)))}
    if not free:
        return free
    return free & {(row.portal, row.channel) for row in _due(connection, at, marked("track"))}


def hasten(connection: Connection, at: datetime) -> int:
    """Make the channels due that are asked for; returns how many."""
    hastened = 0
    for portal, channel in sorted(asked_for(connection, at)):
        same = CHANNEL.c.portal == portal, CHANNEL.c.channel == channel
        hastened += connection.execute(update(CHANNEL).where(*same, *_free(at)).values(next_due_at=at)).rowcount
    return hastened


def _free(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return CHANNEL.c.failures == 0, CHANNEL.c.next_due_at > at, CHANNEL.c.last_poll_at < at - PAUSE


def _due(connection: Connection, at: datetime, *which: ColumnElement[bool]) -> Iterator[Row[Any]]:
    """Publications to be seen again, of such projects, the longest unseen first."""
    soonest = (
        select(PROCEEDING.c.project_id, func.min(MILESTONE.c.latest).label("soonest"))
        .join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id)
        .where(MILESTONE.c.bidder_acts, MILESTONE.c.latest > at)
        .group_by(PROCEEDING.c.project_id)
        .subquery()
    )
    query = (
        select(PUBLICATION, soonest.c.soonest, marked("track").label("is_tracked"))
        .join(PROJECT, PROJECT.c.id == PUBLICATION.c.project_id)
        .join(soonest, soonest.c.project_id == PROJECT.c.id)
        .where(PUBLICATION.c.state == "read", PUBLICATION.c.last_seen_at < at, *which)
        .order_by(PUBLICATION.c.last_seen_at, PUBLICATION.c.id)
    )
    for row in connection.execute(query):
        if is_due(row.last_seen_at, row.soonest, at, tracked=row.is_tracked):
            yield row
