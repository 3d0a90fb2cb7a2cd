"""When a person may be told: digest days and hours, quiet hours and days, zones."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from handmade import at
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.delivery.hours import free_at, is_digest_day, last_digest, local, next_digest
from tracker.workdays import load_calendar

CALENDAR = load_calendar()
ZONES = ("Asia/Shanghai", "Pacific/Kiritimati", "Pacific/Midway", "America/New_York", "UTC")


@dataclass(frozen=True)
class Reader:
    digest_at: time = time(7, 30)
    digest_days: str = "working"
    frequency: str = "instant"
    quiet_from: time | None = None
    quiet_to: time | None = None
    quiet_days: bool = False
    zone: str = "Asia/Shanghai"


NIGHT = Reader(quiet_from=time(21, 30), quiet_to=time(7, 0))
minutes_of_the_year = st.integers(0, 353 * 24 * 60)
hours = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@given(
    minutes_of_the_year,
    hours,
    st.sampled_from(["working", "daily", "mon,wed,fri", "sun"]),
    st.sampled_from(["instant", "weekly"]),
    st.sampled_from(ZONES),
)
def test_every_instant_lies_between_two_digests(minutes: int, hour: time, days: str, often: str, zone: str) -> None:
    who = Reader(hour, days, often, zone=zone)
    now = at("01-01") + timedelta(minutes=minutes)
    before, after = last_digest(who, now, CALENDAR), next_digest(who, now, CALENDAR)
    assert before <= now < after
    assert is_digest_day(who, before.date(), CALENDAR)
    assert is_digest_day(who, after.date(), CALENDAR)
    assert (before.time(), after.time()) == (hour, hour)
    assert next_digest(who, before, CALENDAR) == after
    assert last_digest(who, after, CALENDAR) == after


def test_h53_windows_are_the_readers_hours_wherever_the_host_is(monkeypatch: pytest.MonkeyPatch) -> None:
    import time as machine

    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Midway", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        machine.tzset()
        assert next_digest(Reader(), at("11-20 08:00"), CALENDAR) == at("11-23 07:30")
        assert free_at(NIGHT, at("11-20 23:00"), CALENDAR) == at("11-21 07:00")
    monkeypatch.delenv("TZ")
    machine.tzset()


def test_a_week_begins_with_its_first_day_of_work() -> None:
    """2026-10-05 to 10-07 are holidays, 10-10 is a working Saturday."""
    weekly = Reader(frequency="weekly")
    assert next_digest(weekly, at("09-28 08:00"), CALENDAR) == at("10-08 07:30")
    assert next_digest(weekly, at("10-08 08:00"), CALENDAR) == at("10-12 07:30")
    assert next_digest(Reader(), at("10-09 08:00"), CALENDAR) == at("10-10 07:30")
    assert next_digest(Reader(digest_days="mon,fri"), at("10-09 08:00"), CALENDAR) == at("10-12 07:30")


@pytest.mark.parametrize(
    ("when", "free"),
    [
        ("11-23 21:29", "11-23 21:29"),
        ("11-23 21:30", "11-24 07:00"),
        ("11-24 00:00", "11-24 07:00"),
        ("11-24 06:59", "11-24 07:00"),
        ("11-24 07:00", "11-24 07:00"),
    ],
)
def test_h53_quiet_hours_over_midnight(when: str, free: str) -> None:
    assert free_at(NIGHT, at(when), CALENDAR) == at(free)


def test_h53_start_and_end_alike_mean_no_quiet_hours_and_noon_can_be_quiet() -> None:
    none = Reader(quiet_from=time(8), quiet_to=time(8))
    siesta = Reader(quiet_from=time(12), quiet_to=time(14))
    for hour in ("00:00", "08:00", "12:30", "23:59"):
        assert free_at(none, at(f"11-23 {hour}"), CALENDAR) == at(f"11-23 {hour}")
    assert free_at(siesta, at("11-23 12:30"), CALENDAR) == at("11-23 14:00")
    assert free_at(siesta, at("11-23 14:00"), CALENDAR) == at("11-23 14:00")


def test_quiet_days_follow_the_working_days_of_the_reader() -> None:
    """A mail of the eve of 国庆 waits for 10-08, and one of a plain Friday night for Monday morning."""
    rests = Reader(quiet_from=time(21), quiet_to=time(7), quiet_days=True)
    assert free_at(rests, at("09-30 22:00"), CALENDAR) == at("10-08 07:00")
    assert free_at(rests, at("11-20 22:00"), CALENDAR) == at("11-23 07:00")
    assert free_at(rests, at("10-10 12:00"), CALENDAR) == at("10-10 12:00")  # a working Saturday
    assert free_at(Reader(digest_days="daily", quiet_days=True), at("11-21 12:00"), CALENDAR) == at("11-21 12:00")


def test_h53_a_new_zone_counts_from_the_next_window_on() -> None:
    here, there = NIGHT, Reader(quiet_from=time(21, 30), quiet_to=time(7), zone="America/New_York")
    noon = at("11-23 12:00")  # 23:00 of the day before in New York
    assert free_at(here, noon, CALENDAR) == noon
    assert free_at(there, noon, CALENDAR) == at("11-23 20:00")


@given(minutes_of_the_year, hours, hours, st.booleans(), st.sampled_from(ZONES))
@example(305 * 24 * 60 + 14 * 60, time(0, 45), time(1, 30), False, "America/New_York")
def test_h53_what_is_held_is_free_in_the_end_and_never_before(
    minutes: int, first: time, last: time, days: bool, zone: str
) -> None:
    """Also in the hour that New York repeats on 2026-11-01 and the one it leaves out on 2026-03-08."""
    who = Reader(quiet_from=first, quiet_to=last, quiet_days=days, zone=zone)
    now = at("01-01") + timedelta(minutes=minutes)
    free = free_at(who, now, CALENDAR)
    assert now <= free <= now + timedelta(days=14)
    assert free_at(who, free, CALENDAR) == free
    if free > now:
        assert free_at(who, free - timedelta(minutes=1), CALENDAR) >= free
    here = local(who, free)
    quiet = first <= here.time() < last if first < last else here.time() >= first or here.time() < last
    assert first == last or not quiet


def test_the_repeated_hour_ends_once() -> None:
    who = Reader(quiet_from=time(0, 30), quiet_to=time(1, 30), zone="America/New_York")
    second = datetime(2026, 11, 1, 1, 10, fold=1, tzinfo=ZoneInfo("America/New_York"))
    free = free_at(who, second, CALENDAR)
    assert second < free <= second + timedelta(minutes=20)
