"""Rhythms: what people write, what is learned from rounds, and how a forecast comes out."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from crawler.page import Page
from tracker import rhythms
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.events import Change, write
from tracker.intake import take_page
from tracker.rhythm import (
    Intended,
    Round,
    Window,
    batch_number,
    cut_offs,
    day_in,
    expected,
    framework_end,
    learn_lag,
    learn_monthly,
    learn_term,
    learn_yearly,
    learned_windows,
    load_settings,
    missed_in_a_row,
    outcome,
    parse_rule,
    points,
    tail,
    term_windows,
    windows_of,
    yearly_windows,
)
from tracker.team.people import add_person
from tracker.workdays import load_calendar

from .pages import page, tender

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


# --- once a year, and one framework after the other -----------------------------------------------------------------

YEARLY = [d("2022-03-14"), d("2023-03-20"), d("2024-03-11"), d("2025-03-25"), d("2026-03-16")]


def test_a_yearly_window_is_found_with_its_support() -> None:
    found = learn_yearly(YEARLY, TODAY, CALENDAR, SETTINGS)
    assert found
    assert (found.month, found.hits, found.slots, found.lapsed) == (3, 4, 4, False)
    (window, *later) = yearly_windows(found, YEARLY, TODAY, CALENDAR, SETTINGS)
    assert window.first <= d("2027-03-16") <= window.last
    assert [each.first.year for each in later] == [2028, 2029]


def test_a_yearly_round_may_fall_about_new_year() -> None:
    days = [d("2022-12-28"), d("2024-01-04"), d("2024-12-30"), d("2026-01-06")]
    found = learn_yearly(days, TODAY, CALENDAR, SETTINGS)
    assert found
    window = next(yearly_windows(found, days, TODAY, CALENDAR, SETTINGS))
    assert window.first <= d("2026-12-31") <= window.last


@pytest.mark.parametrize(
    "days",
    [
        YEARLY[-2:],  # two years tell nothing
        [d("2023-03-14"), d("2024-07-20"), d("2025-11-11")],
        [d(f"{year}-{month:02d}-15") for year in range(2022, 2027) for month in (1, 3, 5, 7, 9, 11)],  # always near one
    ],
)
def test_no_yearly_rhythm_without_three_years_that_beat_chance(days: list[date]) -> None:
    assert learn_yearly([day for day in days if day <= TODAY], TODAY, CALENDAR, SETTINGS) is None


def test_two_missed_years_end_a_yearly_rhythm_unless_the_source_was_blind() -> None:
    days = [d("2020-03-16"), d("2021-03-15"), d("2022-03-14"), d("2023-03-20")]
    patient = SETTINGS.model_copy(update={"yearly_slots": 6})
    found = learn_yearly(days, d("2025-11-21"), CALENDAR, patient)
    assert found
    assert found.lapsed
    assert list(yearly_windows(found, days, d("2025-11-21"), CALENDAR, SETTINGS)) == []
    blind = [Window(d("2025-01-01"), d("2025-06-30"))]
    seen = learn_yearly(days, d("2025-11-21"), CALENDAR, patient, blind)
    assert seen
    assert not seen.lapsed


@given(
    day=st.dates(d("2020-01-01"), d("2020-12-31")),
    offsets=st.lists(st.integers(-8, 8), min_size=5, max_size=5),
)
def test_a_true_yearly_rhythm_is_found_and_foretells_its_next_round(day: date, offsets: list[int]) -> None:
    days = sorted(date(2020 + n, day.month, min(day.day, 28)) + timedelta(days=off) for n, off in enumerate(offsets))
    today = days[-1] + timedelta(days=100)
    found = learn_yearly(days, today, CALENDAR, SETTINGS)
    assert found
    window = next(yearly_windows(found, days, today, CALENDAR, SETTINGS))
    expected_day = date(2025, day.month, min(day.day, 28))
    assert abs((window.first - expected_day).days) <= 40
    assert window.first <= window.last


def test_the_term_of_frameworks_is_learned_and_foretells_the_next() -> None:
    days = [d("2022-06-10"), d("2023-06-16"), d("2024-06-07"), d("2025-06-13"), d("2026-06-12")]
    found = learn_term(days, TODAY, SETTINGS)
    assert found
    assert (found.hits, found.slots) == (4, 4)
    (window,) = term_windows(found, TODAY, SETTINGS)
    assert window.first <= d("2027-06-11") <= window.last
    assert term_windows(found, d("2028-12-01"), SETTINGS) == (), "two terms passed without a new one"


@pytest.mark.parametrize(
    "days",
    [
        [d("2024-06-10"), d("2026-06-12")],
        [d("2023-06-10"), d("2024-06-16"), d("2025-06-11")],  # one year foretold once: chance may do as well
        [d("2021-06-10"), d("2022-02-16"), d("2024-06-11"), d("2025-01-10"), d("2026-08-01")],
    ],
)
def test_too_few_or_uneven_terms_are_none(days: list[date]) -> None:
    assert learn_term(days, TODAY, SETTINGS) is None


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("框架协议期限：2年", "2028-01-15"),
        ("协议有效期为自签订之日起一年。", "2027-01-15"),
        ("入围有效期：18个月", "2027-07-15"),
        ("框架协议有效期：2026年2月1日至2027年12月31日", "2027-12-31"),
        ("交货期：合同签订后3个月内", None),
        ("质保期2年", None),
        ("", None),
    ],
)
def test_the_end_of_a_framework_by_its_own_words(text: str, end: str | None) -> None:
    assert framework_end(text, d("2026-01-15")) == (d(end) if end else None)


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


def framework_call(year: int) -> Page:
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目基本情况</p><p>项目编号：KJ-{year}-07</p><p>项目名称：{year}年度公务用车框架协议采购项目</p>
    <p>采购需求：公务用车，框架协议期限：2年</p><p>提交响应文件截止时间：{year}年07月08日 09点30分（北京时间）</p>
    <p>采购人信息</p><p>名称：示例省政府采购中心</p></div></div></body></html>"""
    title = f"示例省政府采购中心{year}年度公务用车框架协议采购征集公告"
    return page(
        body, key=f"7{year}", title=title, published=f"{year}-06-{10 + year % 5} 10:00", buyer="示例省政府采购中心"
    )


def test_a_framework_is_expected_anew_before_the_term_its_notice_prints(database: Engine) -> None:
    take_page(database, framework_call(2025))
    with time_machine.travel(NOW, tick=False), reading(database) as connection:
        (found,) = rhythms.expectations(connection, NOW)
    assert (found.kind, found.origin, found.state) == ("framework", "declared", "expected")
    (window,) = found.windows
    assert d("2027-06-01") <= window.last <= d("2027-09-30")
    assert (window.last - window.first).days == SETTINGS.framework_lead_days
    assert "框架协议采购征集公告" in found.support


def test_frameworks_that_follow_each_other_are_learned(database: Engine) -> None:
    for year in (2022, 2023, 2024, 2025, 2026):
        take_page(database, framework_call(year))
    with time_machine.travel(NOW, tick=False), reading(database) as connection:
        kinds = {each.origin: each for each in rhythms.expectations(connection, NOW)}
    learned = kinds["learned"]
    assert (learned.kind, learned.hits, learned.slots) == ("framework", 4, 4)
    assert learned.windows[0].first <= d("2027-06-12") <= learned.windows[0].last


def test_a_yearly_purchase_is_expected_in_its_season(database: Engine) -> None:
    for n, day in enumerate(YEARLY):
        name = f"{('甲', '乙', '丙', '丁', '戊')[n]}分局警用车辆采购项目"
        number = f"YJ-{n:03d}-B"
        take_page(
            database,
            tender(
                f"{day.year}年12月28日 09点30分", key=f"8{n:03d}", number=number, name=name, published=f"{day} 10:00"
            ),
        )
    with time_machine.travel(NOW, tick=False), reading(database) as connection:
        (found,) = [each for each in rhythms.expectations(connection, NOW) if each.state == "expected"]
    assert (found.kind, found.origin, found.support) == ("yearly", "learned", "4 期中 4 期")
    assert found.windows[0].first <= d("2027-03-16") <= found.windows[0].last
