"""Which sources were read and which are blind, kept with each digest as it was made."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from crawler.page import GOOD
from crawler.text import one_line
from tracker.digest.model import Blind, Health
from tracker.tables import Channel, table

CHANNEL = table(Channel)

OVERDUE = timedelta(hours=2)
"""A channel that should have been polled so long ago is not read, whatever its last poll said."""


def health(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Each channel as it stands, in the form that is kept with the digest."""
    return [
        {
            "portal": row.portal,
            "channel": row.channel,
            "read": row.state in GOOD and row.next_due_at > now - OVERDUE,
            "state": "overdue" if row.state in GOOD else row.state or "never",
            "since": _iso(row.blind_since or row.last_ok_at),
            "ok_at": _iso(row.last_ok_at),
            "reason": one_line(row.reason, 200),
        }
        for row in connection.execute(select(CHANNEL).order_by(CHANNEL.c.portal, CHANNEL.c.channel))
    ]


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def sources(kept: Iterable[dict[str, Any]]) -> Health:
    """Read and blind ones; channels of one portal that are blind for one reason stand together."""
    rows = list(kept)
    groups: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if not row["read"]:
            groups[row["portal"], row["state"], row["reason"]].append(row)
    blind = tuple(
        Blind(
            portal=portal,
            channels=tuple(each["channel"] for each in group),
            since=min((datetime.fromisoformat(each["since"]) for each in group if each["since"]), default=None),
            state=state,
            reason=reason,
        )
        for (portal, state, reason), group in groups.items()
    )
    last = max((datetime.fromisoformat(each["ok_at"]) for each in rows if each["ok_at"]), default=None)
    return Health(len(rows), sum(each["read"] for each in rows), last, blind)
