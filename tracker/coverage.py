"""What is read and what is not: each portal with its channels, their last polls, and what is not covered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from crawler.judge import text_of
from crawler.page import FROM_BEST, GOOD
from crawler.portals import Portal
from crawler.text import one_line
from tracker.archive import bytes_of
from tracker.decisions import Mistake
from tracker.i18n import _, both
from tracker.projects import PUBLICATION
from tracker.tables import Channel, Poll, table

CHANNEL, POLL = table(Channel), table(Poll)
LATELY = timedelta(days=14)
SHOWN = 40
"""Polls of a channel in its small chart."""
SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class PollMark:
    """One poll in a row of them."""

    state: str
    at: datetime
    rows: int
    new: int
    reason: str


@dataclass(frozen=True)
class ChannelHealth:
    id: str
    name: str
    state: str
    """never where it was not polled yet."""
    reason: str
    blind_since: datetime | None
    last_ok_at: datetime | None
    next_due_at: datetime | None
    polls: tuple[PollMark, ...]
    """Of the last two weeks, oldest first."""
    newest: datetime | None
    """When its newest notice was first seen."""
    evidence: str
    """Hash of the page by which the last bad poll was judged; empty where none was kept."""


@dataclass(frozen=True)
class PortalHealth:
    id: str
    name: str
    on: bool
    """Polled by the service, as far as the settings say."""
    state: str
    channels: tuple[ChannelHealth, ...]
    notices: int
    unread: int
    """Listed, and not read for want of room."""
    not_covered: tuple[str, ...]

    @property
    def blind(self) -> tuple[ChannelHealth, ...]:
        return tuple(each for each in self.channels if each.state not in (*GOOD, "never"))


def coverage(
    connection: Connection, portals: Sequence[Portal], chosen: Sequence[str], at: datetime
) -> list[PortalHealth]:
    """Every portal; those with something wrong first. `chosen`: those the settings name, none for all."""
    known = {(row.portal, row.channel): row for row in connection.execute(select(CHANNEL))}
    counted = select(
        PUBLICATION.c.portal,
        PUBLICATION.c.channel,
        func.count().label("all"),
        func.max(PUBLICATION.c.first_seen_at).label("newest"),
        func.count().filter(PUBLICATION.c.state == "listed").label("unread"),
    ).group_by(PUBLICATION.c.portal, PUBLICATION.c.channel)
    counts = {(row.portal, row.channel): row for row in connection.execute(counted)}
    found = []
    for portal in portals:
        channels = []
        for channel in portal.channels:
            key = portal.id, channel.id
            row, count = known.get(key), counts.get(key)
            polls = _polls(connection, *key, at) if row else []
            bad = next((each for each in reversed(polls) if each.state not in GOOD), None)
            channels.append(
                ChannelHealth(
                    id=channel.id,
                    name=both(channel.name.zh, channel.name.en),
                    state=(row.state if row else None) or "never",
                    reason=one_line(row.reason or "", 300) if row else "",
                    blind_since=row.blind_since if row else None,
                    last_ok_at=row.last_ok_at if row else None,
                    next_due_at=row.next_due_at if row else None,
                    polls=tuple(PollMark(p.state, p.ended_at, p.rows, p.new, p.reason) for p in polls),
                    newest=count.newest if count else None,
                    evidence=(bad.evidence or "") if bad and row and row.state not in GOOD else "",
                )
            )
        mine = [each for (name, _channel), each in counts.items() if name == portal.id]
        found.append(
            PortalHealth(
                id=portal.id,
                name=both(portal.name.zh, portal.name.en),
                on=not chosen or portal.id in chosen,
                state=max((each.state for each in channels), key=FROM_BEST.index, default="never"),
                channels=tuple(channels),
                notices=sum(each.all for each in mine),
                unread=sum(each.unread for each in mine),
                not_covered=tuple(portal.not_covered),
            )
        )
    return sorted(found, key=lambda each: (not each.on, -FROM_BEST.index(each.state) if each.on else 0))


def _polls(connection: Connection, portal: str, channel: str, at: datetime) -> list[Row[Any]]:
    """The newest polls of a channel, oldest first: a few of thousands, by its index."""
    columns = (POLL.c.state, POLL.c.ended_at, POLL.c.rows, POLL.c.new, POLL.c.reason, POLL.c.evidence)
    mine = (POLL.c.portal == portal, POLL.c.channel == channel, POLL.c.ended_at > at - LATELY)
    query = select(*columns).where(*mine).order_by(POLL.c.id.desc()).limit(SHOWN)
    return list(reversed(connection.execute(query).all()))


def seen_page(connection: Connection, digest: str) -> str:
    """The visible text of a page that was kept as evidence. Raises Mistake where there is none."""
    is_evidence = connection.execute(select(POLL.c.id).where(POLL.c.evidence == digest).limit(1)).first() is not None
    body = bytes_of(connection, digest) if is_evidence else None
    if body is None:
        raise Mistake(_("this page is not kept any more"))
    return text_of(body) or body[:2000].decode("utf-8", errors="replace")


def ask_now(connection: Connection, portal: Portal, at: datetime) -> int:
    """Make every channel of a portal due, for the service to poll it next; returns how many.

    Politeness stays: the host is asked no faster, and what asked us to wait (`Retry-After`) or was polled within the
    last two minutes keeps its time.
    """
    resting = CHANNEL.c.next_due_at > at + timedelta(hours=6)
    ready = (
        CHANNEL.c.portal == portal.id,
        CHANNEL.c.channel.in_([each.id for each in portal.channels]),
        CHANNEL.c.next_due_at > at,
        ~(resting & (CHANNEL.c.failures > 0)),
        (CHANNEL.c.last_poll_at.is_(None)) | (CHANNEL.c.last_poll_at < at - SOON),
    )
    return connection.execute(update(CHANNEL).where(*ready).values(next_due_at=at)).rowcount
