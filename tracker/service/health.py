"""How the service stands, for whoever watches machines: no secret, no name of a person, no title of a tender."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from tracker.db import reading
from tracker.digest.sources import health as channel_rows
from tracker.digest.sources import sources
from tracker.service.steps import stands
from tracker.tables import Delivery, Destination, Lease, table

DELIVERY, DESTINATION, LEASE = table(Delivery), table(Destination), table(Lease)

LATE = timedelta(minutes=10)
"""A step that ticks and has not ended for so long is late."""
SELDOM = frozenset({"housekeeping"})
"""Steps that run every few hours."""
WAITING = timedelta(hours=1)
"""A message that has been due for so long waits for something to be mended."""


@dataclass(frozen=True)
class Health:
    """`ok`, `degraded` (something waits or cannot be read) or `down` (the service does not do its work)."""

    status: str
    report: dict[str, Any]


def health_of(engine: Engine, now: datetime) -> Health:
    """Database, steps, sources and deliveries. Never raises."""
    try:
        with reading(engine) as connection:
            report = _report(connection, now)
    except SQLAlchemyError as fault:
        return Health("down", {"status": "down", "database": type(fault).__name__})
    late = [name for name, step in report["steps"].items() if step["state"] in ("late", "hangs")]
    waits = report["sources"]["blind"] or report["deliveries"]["waiting"] or report["deliveries"]["paused"]
    status = "down" if late else "degraded" if waits else "ok"
    return Health(status, {"status": status, **report})


def _report(connection: Connection, now: datetime) -> dict[str, Any]:
    found = sources(channel_rows(connection, now))
    return {
        "at": now.isoformat(),
        "database": "ok",
        "steps": {each.name: _step(each, now) for each in stands(connection, now) if not each.name.startswith("poll ")},
        "sources": {
            "channels": found.total,
            "read": found.read,
            "last_read_at": found.last_ok_at.isoformat() if found.last_ok_at else None,
            "blind": {each.portal: each.state for each in found.blind},
        },
        "deliveries": _deliveries(connection, now),
    }


def _step(step: Any, now: datetime) -> dict[str, Any]:
    late = step.name not in SELDOM and not step.running and (step.ended_at is None or step.ended_at < now - LATE)
    state = "hangs" if step.hangs else "late" if late else "running" if step.running else "ok"
    return {
        "state": state,
        "last_end": step.ended_at.isoformat() if step.ended_at else None,
        "failed": bool(step.error),
    }


def _deliveries(connection: Connection, now: datetime) -> dict[str, Any]:
    """What waits by medium, and which way out rests because its server refuses us."""
    due = (
        select(DELIVERY.c.medium, func.count().label("number"))
        .where(DELIVERY.c.state == "due", DELIVERY.c.not_before < now - WAITING)
        .group_by(DELIVERY.c.medium)
    )
    dead = select(func.count()).where(DELIVERY.c.state == "dead")
    sent = select(DELIVERY.c.medium, func.max(DELIVERY.c.sent_at).label("at")).group_by(DELIVERY.c.medium)
    media = {row.id: row.medium for row in connection.execute(select(DESTINATION.c.id, DESTINATION.c.medium))}
    resting = Counter[str]()
    for name in connection.scalars(select(LEASE.c.name).where(LEASE.c.name.like("pause:%"), LEASE.c.until > now)):
        way = name.removeprefix("pause:")
        resting[media.get(int(way.removeprefix("group:")), "group") if way.startswith("group:") else way] += 1
    return {
        "waiting": {row.medium: row.number for row in connection.execute(due)},
        "dead": connection.scalar(dead) or 0,
        "last_sent_at": {row.medium: row.at.isoformat() for row in connection.execute(sent) if row.at},
        "paused": dict(resting),
    }
