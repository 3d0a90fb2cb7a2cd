"""When a person may be told: the days and the hour of the digest, quiet hours, weekly readers.

Hours are local times in the person's zone; instants come and go aware. What is quiet holds a mail back and never an
evaluation: `free_at` says until when.
"""

from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tracker.workdays import DAY, Calendar

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Reader(Protocol):
    """What is asked of a person: a card, or a row of the table."""

    @property
    def digest_at(self) -> time: ...
    @property
    def digest_days(self) -> str: ...
    @property
    def frequency(self) -> str: ...
    @property
    def quiet_from(self) -> time | None: ...
    @property
    def quiet_to(self) -> time | None: ...
    @property
    def quiet_days(self) -> bool: ...
    @property
    def zone(self) -> str: ...


def is_digest_day(who: Reader, day: date, calendar: Calendar) -> bool:
    """Whether the digest comes on that day; a weekly one comes on the first such day of the week (from Monday on)."""
    if not _is_chosen(who.digest_days, day, calendar):
        return False
    monday = day - day.weekday() * DAY
    earlier = (monday + n * DAY for n in range(day.weekday()))
    return who.frequency != "weekly" or not any(_is_chosen(who.digest_days, each, calendar) for each in earlier)


def _is_chosen(days: str, day: date, calendar: Calendar) -> bool:
    """Working days respect 调休; weekdays do not."""
    if days == "working":
        return calendar.is_working(day)
    return days == "daily" or WEEKDAYS[day.weekday()] in days.split(",")


def last_digest(who: Reader, now: datetime, calendar: Calendar) -> datetime:
    """The latest instant up to `now` at which a digest was due; its date in the person's zone names the digest."""
    day = local(who, now).date()
    while (slot := _at(who, day, who.digest_at)) > now or not is_digest_day(who, day, calendar):
        day -= DAY
    return slot


def next_digest(who: Reader, now: datetime, calendar: Calendar) -> datetime:
    """The first instant after `now` at which a digest is due."""
    day = local(who, now).date()
    while (slot := _at(who, day, who.digest_at)) <= now or not is_digest_day(who, day, calendar):
        day += DAY
    return slot


PACK_AT = time(8)
"""When a weekly or monthly report leaves, in the person's zone."""


def last_pack(who: Reader, kind: str, now: datetime, calendar: Calendar) -> tuple[datetime, date]:
    """The latest instant up to `now` at which a report was due, with the first day of its week or month.

    Weekly ones on Monday (who reads on working days gets them on the week's first one), monthly ones on the first
    working day.
    """
    day = local(who, now).date()
    while True:
        first = day - day.weekday() * DAY if kind == "weekly" else day.replace(day=1)
        rolls = kind == "monthly" or who.digest_days == "working"
        slot = _at(who, calendar.roll(first) if rolls else first, PACK_AT)
        if slot <= now:
            return slot, first
        day = first - DAY


def free_at(who: Reader, at: datetime, calendar: Calendar) -> datetime:
    """The first instant from `at` on that is neither inside quiet hours nor on a quiet day."""
    while (end := _quiet_until(who, at, calendar)) is not None:
        at = end
    return at


def _quiet_until(who: Reader, at: datetime, calendar: Calendar) -> datetime | None:
    """The end of the quiet that holds at this instant; None where there is none."""
    here = local(who, at)
    if who.quiet_days and not is_digest_day(who, here.date(), calendar):
        return _after(who, at, here.date() + DAY, time())
    first, last = who.quiet_from, who.quiet_to
    if first is None or last is None or first == last:
        return None
    now = here.time()
    inside = first <= now < last if first < last else now >= first or now < last
    if not inside:
        return None
    return _after(who, at, here.date() + (DAY if now >= last else timedelta()), last)


def _after(who: Reader, at: datetime, day: date, hour: time) -> datetime:
    """A local time as an instant later than `at`, also in the hour that a zone repeats when summer time ends."""
    found = _at(who, day, hour)
    return found if found > at else max(_at(who, day, hour.replace(fold=1)), at + timedelta(minutes=1))


def local(who: Reader, at: datetime) -> datetime:
    """An instant in the person's zone."""
    return at.astimezone(ZoneInfo(who.zone))


def _at(who: Reader, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(who.zone))
