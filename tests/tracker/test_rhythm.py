"""Rhythms: what people write, what is learned from rounds, and how a forecast comes out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tracker import rhythms
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.events import Change, write
from tracker.intake import take_page
from tracker.people import add_person
from tracker.rhythm import (
    Intended,
    Round,
    Window,
    batch_number,
    cut_offs,
    day_in,
    expected,
    learn_lag,
    learn_monthly,
    learned_windows,
    load_settings,
    missed_in_a_row,
    outcome,
    parse_rule,
    points,
    tail,
    windows_of,
)
from tracker.workdays import load_calendar

from .pages import tender

TODAY = date(2026, 11, 21)
CALENDAR = load_calendar()
SETTINGS = load_settings()
MONTHS = [(2026, month) for month in range(4, 12)]


def d(text: str) -> date:
    return date.fromisoformat(text)


# --- rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "month", "day"),
    [
        ("day 12", (2026, 11), "2026-11-12"),
        ("day 3", (2026, 10), "2026-10-08"),  # the National Day holiday: the next working day
        ("day 3 previous", (2026, 10), "2026-09-30"),
        ("day 3 none", (2026, 10), "2026-10-03"),
        ("day 31", (2026, 11), "2026-11-30"),
        ("weekday 2 3", (2026, 11), "2026-11-11"),
        ("last-working-day", (2026, 10), "2026-10-30"),
    ],
)
def test_a_day_of_the_month_as_people_say_it(rule: str, month: tuple[int, int], day: str) -> None:
    assert day_in(parse_rule(rule), *month, CALENDAR) == d(day)


def test_a_month_without_a_fifth_monday_has_no_such_day() -> None:
    assert day_in(parse_rule("weekday 5 1"), 2026, 11, CALENDAR) == d("2026-11-30")
    assert day_in(parse_rule("weekday 5 1"), 2026, 10, CALENDAR) is None


@pytest.mark.parametrize(
    "rule", ["", "day", "day 0", "day 32", "weekday 6 1", "weekday 1 8", "yearly 02-30 03-01", "until soon", "monthly"]
)
def test_a_rule_that_makes_no_sense_is_refused(rule: str) -> None:
    with pytest.raises(ValueError):
        parse_rule(rule)


def test_a_yearly_window_may_turn_the_year() -> None:
    found = list(windows_of(parse_rule("yearly 12-20 01-15"), d("2027-01-03"), CALENDAR, SETTINGS))
    assert found[0] == Window(d("2026-12-20"), d("2027-01-15"))


def test_a_framework_is_bought_anew_before_its_term_ends() -> None:
    (found,) = windows_of(parse_rule("until 2027-05-31"), TODAY, CALENDAR, SETTINGS)
    assert (found.first, found.last) == (d("2027-03-02"), d("2027-05-31"))


@given(st.integers(1, 31), st.integers(0, 400), st.sampled_from(["next", "previous"]))
def test_a_shifted_day_is_a_working_day_and_windows_never_lie_in_the_past(day: int, ahead: int, shift: str) -> None:
    today = TODAY + timedelta(days=ahead)
    for window in windows_of(parse_rule(f"day {day} {shift}"), today, CALENDAR, SETTINGS):
        assert window.last >= today
        assert CALENDAR.is_working(window.first)


# --- learning -------------------------------------------------------------------------------------------------------


def about(day: int, offsets: Sequence[int | None], months: Sequence[tuple[int, int]] = MONTHS) -> list[date]:
    """A round near that day of each month, so many working days off; None where the month had none."""
    return [
        CALENDAR.add_working_days(expected("day", day, *month, CALENDAR), offset)
        for month, offset in zip(months[-len(offsets) :], offsets, strict=True)
        if offset is not None
    ]


def test_a_monthly_opening_is_found_with_its_support_and_window() -> None:
    found = learn_monthly(about(10, [0, 1, 0, -1, None, 0, 1, 0]), TODAY, CALENDAR, SETTINGS)
    assert found
    assert (found.hits, found.slots, found.lapsed) == (5, 6, False)
    window = next(learned_windows(found, [], d("2026-11-30"), CALENDAR, SETTINGS))
    assert window.first <= d("2026-12-10") <= window.last
    assert (window.last - window.first).days <= 6


def test_three_of_six_are_no_rhythm() -> None:
    assert learn_monthly(about(10, [0, None, 0, None, None, 0]), TODAY, CALENDAR, SETTINGS) is None


def test_rounds_all_over_the_month_are_no_rhythm() -> None:
    days = [date(2026, month, day) for month, day in zip(range(4, 12), (2, 21, 11, 29, 7, 16, 26, 4), strict=True)]
    assert learn_monthly(days, TODAY, CALENDAR, SETTINGS) is None


def test_a_busy_organiser_has_a_round_near_any_day_and_that_is_no_rhythm() -> None:
    days = [date(2026, 4, 1) + timedelta(days=4 * n) for n in range(58)]
    assert learn_monthly(days, TODAY, CALENDAR, SETTINGS) is None


def test_two_misses_end_a_rhythm_unless_the_source_was_blind() -> None:
    days = about(10, [0, 0, 1, 0, 0, 0, None, None], [(2026, month) for month in range(3, 11)])
    today = d("2026-11-05")
    found = learn_monthly(days, today, CALENDAR, SETTINGS)
    assert found
    assert (found.lapsed, found.misses) == (True, 2)
    assert list(learned_windows(found, days, today, CALENDAR, SETTINGS)) == []
    blind = [Window(d("2026-09-01"), d("2026-10-31"))]
    unseen = learn_monthly(days, today, CALENDAR, SETTINGS, blind)
    assert unseen
    assert (unseen.lapsed, unseen.misses) == (False, 0)


def test_lots_and_batches_of_one_round_are_one_point_and_re_tenders_are_none() -> None:
    rounds = [
        Round(d("2026-09-08"), 9),
        Round(d("2026-09-22"), 9),
        Round(d("2026-10-12"), 10),
        Round(d("2026-10-13")),
        Round(d("2026-10-26"), repeat=True),
    ]
    assert points(rounds, CALENDAR, SETTINGS.same_round) == [d("2026-09-08"), d("2026-10-12")]


days = st.dates(d("2026-01-01"), TODAY)


@settings(max_examples=40, deadline=None)
@given(st.lists(days, max_size=30))
def test_what_is_learned_keeps_its_own_conditions(found_days: list[date]) -> None:
    found = learn_monthly(found_days, TODAY, CALENDAR, SETTINGS)
    assert found == learn_monthly(found_days[::-1], TODAY, CALENDAR, SETTINGS)
    if found:
        assert SETTINGS.needed <= found.hits <= found.slots <= SETTINGS.slots
        assert -SETTINGS.tolerance <= found.offsets[0] <= found.offsets[1] <= SETTINGS.tolerance
        assert found.lapsed == (found.misses >= SETTINGS.misses_to_lapse)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 28), st.lists(st.integers(-1, 1), min_size=8, max_size=8))
def test_a_true_rhythm_is_found_and_foretells_its_next_round(day: int, offsets: list[int]) -> None:
    found = learn_monthly(about(day, offsets), d("2026-12-01"), CALENDAR, SETTINGS)
    assert found
    assert found.hits >= 4


def test_chance_alone_is_seldom_taken_for_a_rhythm() -> None:
    """200 organisers without a rhythm; the settings promise less than one in twenty."""
    import random

    found = 0
    for seed in range(200):
        dice = random.Random(seed)
        picked = [date(2025, 11, 1) + timedelta(days=dice.randrange(385)) for _ in range(dice.choice([6, 9, 14, 25]))]
        found += (
            learn_monthly([day for day in picked if CALENDAR.is_working(day)], TODAY, CALENDAR, SETTINGS) is not None
        )
    assert found <= 10


@given(st.lists(st.floats(0, 1), max_size=8))
def test_the_tail_is_a_probability_that_falls_with_more_hits(odds: list[float]) -> None:
    tails = [tail(odds, hits) for hits in range(len(odds) + 2)]
    assert tails[0] == pytest.approx(1)
    assert tails[-1] == 0
    assert all(one >= other - 1e-12 for one, other in pairwise(tails))


# --- intentions -----------------------------------------------------------------------------------------------------


def test_the_lag_from_intention_to_notice_has_median_quartiles_and_what_never_came() -> None:
    known = [
        Intended(d("2026-01-01"), d("2026-01-21")),
        Intended(d("2026-02-01"), d("2026-03-03")),
        Intended(d("2026-03-01"), d("2026-04-10")),
        Intended(d("2026-03-01")),
        Intended(d("2026-10-01")),  # still inside its time
    ]
    lag = learn_lag(known, TODAY, SETTINGS)
    assert lag
    assert (lag.median, lag.quartiles, lag.came, lag.never) == (30, (25, 35), 3, 1)
    assert lag.never_share == 0.25
    assert learn_lag(known[:2], TODAY, SETTINGS) is None


# --- outcomes -------------------------------------------------------------------------------------------------------

WINDOW = Window(d("2026-12-08"), d("2026-12-11"))


@pytest.mark.parametrize(
    ("rounds", "today", "ends"),
    [
        (["2026-12-09"], "2026-12-09", ("hit", d("2026-12-09"))),
        (["2026-12-02"], "2026-12-14", ("early", d("2026-12-02"))),
        (["2026-12-02"], "2026-12-05", None),
        (["2026-12-16"], "2026-12-16", ("late", d("2026-12-16"))),
        ([], "2026-12-20", None),
        ([], "2026-12-28", ("none", None)),
        (["2026-10-09"], "2026-12-28", ("none", None)),
    ],
)
def test_each_forecast_is_closed(rounds: list[str], today: str, ends: object) -> None:
    assert outcome(WINDOW, [d(each) for each in rounds], d(today), CALENDAR, SETTINGS) == ends


@given(st.lists(days, max_size=5), st.integers(0, 60), days, st.integers(0, 5))
def test_every_forecast_closes_at_last_and_stays_as_it_closed(
    rounds: list[date], wait: int, first: date, length: int
) -> None:
    window = Window(first, first + timedelta(days=length))
    late = window.last + timedelta(days=60)
    known = [day for day in rounds if day <= window.last]
    ended = outcome(window, known, late, CALENDAR, SETTINGS)
    assert ended is not None
    assert outcome(window, known, late + timedelta(days=wait), CALENDAR, SETTINGS) == ended


def test_a_miss_while_the_source_was_blind_neither_counts_nor_clears() -> None:
    assert missed_in_a_row([("hit", False), ("none", False), ("none", True), ("none", False)]) == 2
    assert missed_in_a_row([("none", False), ("late", False)]) == 0


# --- documents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "number"),
    [("2026年第11期批量集中采购", 11), ("第十二批公务用车", 12), ("第二十期", 20), ("警用车辆采购", None)],
)
def test_the_number_of_a_batch(title: str, number: int | None) -> None:
    assert batch_number(title) == number


def test_cut_offs_that_a_document_prints() -> None:
    text = "本期归集截止时间：2026年12月5日；第12期需求申报截止日期为2026-12-31。归集截止2026年13月1日无效。"
    assert cut_offs(text) == [d("2026-12-05"), d("2026-12-31")]


# --- in the database ------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)


def monthly_tenders(database: Engine, days: Sequence[date]) -> None:
    for n, day in enumerate(days):
        take_page(
            database,
            tender(
                f"{day.year}年12月28日 09点30分",
                key=f"6{n:03d}",
                number=f"YJ-{n:03d}-A",
                name=f"{('甲', '乙', '丙', '丁', '戊', '己', '庚', '辛')[n]}分局警用车辆采购项目",
                published=f"{day} 10:00",
            ),
        )


def test_a_rhythm_is_learned_shown_kept_and_closed(database: Engine) -> None:
    monthly_tenders(database, about(10, [0, 1, 0, 0, 1, 0, 0, 0]))
    with time_machine.travel(NOW, tick=False), database.begin() as connection:
        (found,) = [each for each in rhythms.expectations(connection, NOW) if each.state == "expected"]
        assert (found.kind, found.origin, found.hits, found.slots) == ("monthly", "learned", 6, 6)
        assert found.support == "6 期中 6 期"
        assert found.windows[0].first <= d("2026-12-10") <= found.windows[0].last
        assert rhythms.keep_forecasts(connection, NOW) == 0
        rhythms.keep_forecasts(connection, NOW)
        rows = connection.execute(select(rhythms.FORECAST)).all()
    assert len(rows) == 1, "shown twice, kept once"
    monthly = tender(key="6100", number="YJ-100-A", name="壬分局警用车辆采购项目", published="2026-12-10 10:00")
    take_page(database, monthly)
    later = NOW + timedelta(days=30)
    with time_machine.travel(later, tick=False), database.begin() as connection:
        assert rhythms.keep_forecasts(connection, later) == 1
        assert rhythms.track_record(connection, found.key) == {"hit": 1}


def test_no_rhythm_is_said_for_a_named_organiser(database: Engine) -> None:
    monthly_tenders(database, [d("2026-05-04"), d("2026-07-22"), d("2026-10-15")])
    with reading(database) as connection:
        assert rhythms.expectations(connection, NOW) == []
        (found,) = rhythms.expectations(connection, NOW, "远江市公安局")
    assert (found.state, found.windows) == ("none", ())


def test_an_entered_rhythm_lapses_after_two_misses_the_source_saw(database: Engine) -> None:
    with time_machine.travel(NOW, tick=False) as clock, database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        rhythms.add_rhythm(connection, "王小明", "远江市公安局", "monthly", "day 25", words="their clerk said so")
        for days in (0, 30):
            clock.move_to(NOW + timedelta(days=days))
            rhythms.keep_forecasts(connection, NOW + timedelta(days=days))
        (live,) = rhythms.expectations(connection, NOW + timedelta(days=30))
        assert (live.state, live.origin, live.support) == ("expected", "entered", "their clerk said so")
        clock.move_to(NOW + timedelta(days=60))
        rhythms.keep_forecasts(connection, NOW + timedelta(days=60))
        (lapsed,) = rhythms.expectations(connection, NOW + timedelta(days=60))
    assert lapsed.state == "lapsed"


def test_blind_days_of_a_portal_come_from_its_events(database: Engine) -> None:
    began = datetime(2026, 9, 3, tzinfo=UTC)
    with database.begin() as connection:
        for kind, at in (("source-blind", began), ("source-back", began + timedelta(days=9))):
            write(connection, [Change(kind)], cause="poll", seen_at=at, once=kind, portal="ccgp", channel="dfgg-gkzb")
        found = rhythms.blind_windows(connection, {"ccgp"}, TODAY)
        assert found == [Window(d("2026-09-03"), d("2026-09-12"))]
        assert rhythms.blind_windows(connection, {"other"}, TODAY) == []


@pytest.mark.parametrize(
    ("kind", "rule", "more", "says"),
    [
        ("weekly", "day 1", {}, "no kind"),
        ("monthly", "day 40", {}, "cannot be read"),
        ("yearly", "day 4", {}, "takes a rule"),
        ("monthly", "day 4", {"declared": True}, "quote"),
    ],
)
def test_a_rhythm_that_makes_no_sense_is_refused(
    database: Engine, monkeypatch: pytest.MonkeyPatch, kind: str, rule: str, more: dict[str, bool], says: str
) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        with pytest.raises(Mistake, match=says):
            rhythms.add_rhythm(connection, "王小明", "远江市公安局", kind, rule, **more)  # type: ignore[arg-type]
