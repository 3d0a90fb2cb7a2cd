"""The weeks and months that packs tell of: whole ones, in days of Asia/Shanghai."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal, get_args

from crawler.clock import SHANGHAI
from tracker.workdays import DAY

PackKind = Literal["weekly", "monthly"]
KINDS: tuple[PackKind, ...] = get_args(PackKind)


@dataclass(frozen=True)
class Period:
    """A week from Monday to Sunday, or a calendar month."""

    kind: PackKind
    first: date
    last: date
    """In it."""

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), SHANGHAI)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return datetime.combine(self.last + DAY, time(), SHANGHAI)

    @property
    def before(self) -> "Period":
        """The period before it."""
        return period_before(self.kind, self.first)

    def holds(self, at: datetime) -> bool:
        return self.start <= at < self.end


def period_before(kind: PackKind, day: date) -> Period:
    """The newest whole week or month that is over before `day` begins: what a pack of that day tells of."""
    last = day - day.weekday() * DAY - DAY if kind == "weekly" else day.replace(day=1) - DAY
    first = last - 6 * DAY if kind == "weekly" else last.replace(day=1)
    return Period(kind, first, last)
