"""When each channel is due. What is due stands in our table; whoever claims it moves the due time first.

All times are instants in UTC; the working hours of short windows are those of Asia/Shanghai.
"""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, select, update

from crawler.clock import SHANGHAI
from crawler.portals import Interval, Portal
from tracker.service.leases import insert_new
from tracker.tables import Channel, table
from tracker.workdays import load_calendar

CHANNEL = table(Channel)

SHORT_WINDOW = Interval(min=15, max=30)
"""Minutes between polls where a notice may be open for hours only, from 08:00 to 19:00 on working days."""
FAILURE_CEILING = timedelta(hours=6)
RETRY_AFTER_CEILING = timedelta(hours=24)
DEEP_EVERY = timedelta(hours=24)


@dataclass(frozen=True)
class Ended:
    """How a poll of a channel ended, as far as the schedule cares."""

    mode: str
    at: datetime
    failures: int = 0
    """Polls in a row without a good end, this one included."""
    news: int = 0
    retry_after_s: int | None = None


@dataclass(frozen=True)
class Due:
    """Channels of one portal that wait to be polled."""

    portal: str
    channels: tuple[str, ...]
    mode: Literal["quick", "deep"]


def bounds(portal: Portal, channel: str, at: datetime) -> Interval:
    """Least and most minutes between two polls at this time of day."""
    defined = portal.channel(channel)
    if defined is None:
        return portal.interval
    if defined.short_window and _office_hours(at):
        return SHORT_WINDOW
    return defined.interval or portal.interval


def _office_hours(at: datetime) -> bool:
    local = at.astimezone(SHANGHAI)
    return 8 <= local.hour < 19 and load_calendar().is_working(local.date())


def after_poll(portal: Portal, channel: str, interval: float | None, ended: Ended) -> dict[str, Any]:
    """Next due time and interval. News shorten the interval, silence lengthens it; failures back off with jitter."""
    limits = bounds(portal, channel, ended.at)
    now_minutes = interval if interval is not None else float(limits.min)
    if ended.failures:
        wait = min(timedelta(minutes=limits.min) * 2 ** min(ended.failures - 1, 10), FAILURE_CEILING)
        if ended.retry_after_s is not None:
            wait = max(wait, min(timedelta(seconds=ended.retry_after_s), RETRY_AFTER_CEILING))
        return {
            "next_due_at": ended.at + wait * random.uniform(1.0, 1.2),
            "interval_minutes": now_minutes,
            "deep_due_at": ended.at,  # what was missed meanwhile lies deeper than page one
        }
    minutes = now_minutes * (0.5 if ended.news else 1.3)
    minutes = min(max(minutes, limits.min), limits.max)
    values: dict[str, Any] = {
        "next_due_at": ended.at + timedelta(minutes=minutes * random.uniform(0.95, 1.05)),
        "interval_minutes": minutes,
    }
    if ended.mode == "deep":
        values["deep_due_at"] = ended.at + DEEP_EVERY * random.uniform(0.95, 1.05)
    return values


def enrol(connection: Connection, portals: list[Portal], at: datetime) -> None:
    """A row for every channel that has none: due at once, and deep, since everything is new."""
    rows = [
        {"portal": portal.id, "channel": channel.id, "next_due_at": at, "deep_due_at": at}
        for portal in portals
        for channel in portal.channels
    ]
    if rows:
        connection.execute(insert_new(connection, CHANNEL), rows)


def due(connection: Connection, portals: list[Portal], at: datetime) -> list[Due]:
    """What waits to be polled, a portal at a time; deep where one of its channels is due for that."""
    known = {portal.id: {channel.id for channel in portal.channels} for portal in portals}
    query = select(CHANNEL).where(CHANNEL.c.next_due_at <= at).order_by(CHANNEL.c.next_due_at)
    found: defaultdict[tuple[str, Literal["quick", "deep"]], list[str]] = defaultdict(list)
    for row in connection.execute(query):
        if row.channel in known.get(row.portal, ()):
            found[row.portal, "deep" if row.deep_due_at <= at else "quick"].append(row.channel)
    return [Due(portal, tuple(channels), mode) for (portal, mode), channels in found.items()]


def claim_due(connection: Connection, portal: Portal, due_now: Due, at: datetime) -> Due | None:
    """Move the due time of these channels before anything is requested; what another process took is left out."""
    mine = []
    for channel in due_now.channels:
        wait = timedelta(minutes=bounds(portal, channel, at).min)
        claimed = connection.execute(
            update(CHANNEL)
            .where(CHANNEL.c.portal == portal.id, CHANNEL.c.channel == channel, CHANNEL.c.next_due_at <= at)
            .values(next_due_at=at + wait)
        )
        if claimed.rowcount:
            mine.append(channel)
    return Due(portal.id, tuple(mine), due_now.mode) if mine else None


def give_back(connection: Connection, due_now: Due, at: datetime) -> None:
    """A poll that was stopped half way stays due."""
    channels = CHANNEL.c.channel.in_(due_now.channels)
    connection.execute(update(CHANNEL).where(CHANNEL.c.portal == due_now.portal, channels).values(next_due_at=at))
