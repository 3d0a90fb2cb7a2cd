"""When a channel is due: shorter after news, longer in silence, backing off in failure, never given up."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from crawler.clock import SHANGHAI
from crawler.portals import Portal, load_portals
from tracker.db import reading
from tracker.service.schedule import CHANNEL, Due, Ended, after_poll, bounds, claim_due, due, enrol, give_back

MORNING = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)  # a working Monday
CCGP = load_portals()["ccgp"]
QUIET, SHORT = "dfgg-gkzb", "dfgg-xjgg"


def minutes(values: dict[str, object], at: datetime) -> float:
    due_at = values["next_due_at"]
    assert isinstance(due_at, datetime)
    return (due_at - at).total_seconds() / 60


def test_news_shorten_the_interval_and_silence_lengthens_it() -> None:
    news = after_poll(CCGP, QUIET, 120.0, Ended("quick", MORNING, news=3))
    silence = after_poll(CCGP, QUIET, 120.0, Ended("quick", MORNING))
    assert news["interval_minutes"] < 120 < silence["interval_minutes"]


@given(st.floats(1, 10_000), st.integers(0, 500))
def test_the_interval_stays_within_its_bounds(interval: float, news: int) -> None:
    found = after_poll(CCGP, QUIET, interval, Ended("quick", MORNING, news=news))
    limits = bounds(CCGP, QUIET, MORNING)
    assert limits.min <= found["interval_minutes"] <= limits.max


@pytest.mark.parametrize(
    ("local", "short"),
    [
        (datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI), True),
        (datetime(2026, 11, 23, 7, 59, tzinfo=SHANGHAI), False),
        (datetime(2026, 11, 23, 19, 0, tzinfo=SHANGHAI), False),
        (datetime(2026, 11, 22, 10, 0, tzinfo=SHANGHAI), False),  # Sunday
        (datetime(2026, 10, 10, 10, 0, tzinfo=SHANGHAI), True),  # Saturday, 调休 working day
    ],
)
def test_short_windows_are_watched_closely_in_working_hours(local: datetime, short: bool) -> None:
    assert (bounds(CCGP, SHORT, local.astimezone(UTC)).max <= 30) is short


@given(st.integers(1, 10_000))
def test_failures_back_off_to_six_hours_and_no_further(failures: int) -> None:
    found = after_poll(CCGP, QUIET, 60.0, Ended("quick", MORNING, failures=failures))
    assert 0 < minutes(found, MORNING) <= 6 * 60 * 1.2
    assert found["deep_due_at"] == MORNING


@pytest.mark.parametrize(
    ("asked", "at_least", "at_most"), [(7200, 120, 144), (365 * 86400, 24 * 60, 24 * 72), (None, 60, 72)]
)
def test_h3_retry_after_is_obeyed_up_to_a_day(asked: int | None, at_least: float, at_most: float) -> None:
    found = after_poll(CCGP, QUIET, 60.0, Ended("quick", MORNING, failures=1, retry_after_s=asked))
    assert at_least <= minutes(found, MORNING) <= at_most


def test_the_due_time_moves_before_anything_is_requested_and_only_one_gets_it(database: Engine) -> None:
    with database.begin() as connection:
        enrol(connection, [CCGP], MORNING)
        enrol(connection, [CCGP], MORNING + timedelta(days=9))
        (waiting,) = due(connection, [CCGP], MORNING)
    assert waiting.mode == "deep"
    assert len(waiting.channels) == len(CCGP.channels)
    with database.begin() as connection:
        mine = claim_due(connection, CCGP, waiting, MORNING)
        theirs = claim_due(connection, CCGP, waiting, MORNING)
        assert due(connection, [CCGP], MORNING) == []
    assert mine == waiting
    assert theirs is None


def test_a_stopped_poll_stays_due(database: Engine) -> None:
    one = Due("ccgp", (QUIET,), "quick")
    with database.begin() as connection:
        enrol(connection, [CCGP], MORNING)
        claim_due(connection, CCGP, one, MORNING)
        give_back(connection, one, MORNING)
        found = due(connection, [CCGP], MORNING)
    assert QUIET in {channel for each in found for channel in each.channels}


def test_a_channel_that_left_the_portals_file_is_not_polled(database: Engine) -> None:
    fewer: Portal = CCGP.model_copy(update={"channels": CCGP.channels[:1]})
    with database.begin() as connection:
        enrol(connection, [CCGP], MORNING)
        (found,) = due(connection, [fewer], MORNING)
    assert found.channels == (CCGP.channels[0].id,)
    with reading(database) as connection:
        assert len(connection.execute(select(CHANNEL)).all()) == len(CCGP.channels)
