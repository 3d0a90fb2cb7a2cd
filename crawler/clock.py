"""The one clock. Nothing else in the house asks the machine for the time."""

import os
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Chinese portals print local time in one zone, UTC+8 without summer time."""


def now() -> datetime:
    """The present instant, aware, in UTC.

    `CHEBIAO_NOW` (ISO 8601 with a zone) stands in for it, so that a test or a simulation can drive the
    clock of child processes too. A naive value there raises ValueError.
    """
    driven = os.environ.get("CHEBIAO_NOW")
    if driven:
        instant = datetime.fromisoformat(driven)
        if instant.tzinfo is None:
            raise ValueError(f"CHEBIAO_NOW={driven!r} has no time zone; write e.g. 2026-11-21T08:00:00+08:00")
        return instant.astimezone(UTC)
    return datetime.now(UTC)


def today() -> date:
    """The present day in Asia/Shanghai."""
    return now().astimezone(SHANGHAI).date()
