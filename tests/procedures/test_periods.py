"""Periods counted: the worked examples, both ends of a disputed one, years without a table, printed periods."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.clock import SHANGHAI
from crawler.notice import Period, When
from tracker.i18n import language
from tracker.procedures.engine import Computed, Missing, compute, moment, period, resolve_period
from tracker.procedures.law import Law, NoSuchRule, PeriodRule, load_law
from tracker.workdays import Calendar, import_year, load_calendar

DAY = timedelta(days=1)


def ends(rule_id: str, start: str, anchor: str | None = None) -> tuple[str, str]:
    found = period(rule_id, date.fromisoformat(start), anchor=anchor)
    assert not found["provisional"]
    return found["until"], found["latest_arguable"]


# The five worked examples of the reference (2026 calendar).


def test_example_1_notice_period_over_the_national_holiday() -> None:
    found = period("gp.tender.notice-period", date(2026, 9, 28))
    assert found["until"] == found["latest_arguable"] == "2026-10-10"
    assert found["from"] == "2026-09-28"
    assert found["steps"] == ["发布 2026-09-28 + 5个工作日 → 2026-10-10；10-01…07 放假，10-10 调休上班"]


def test_example_2_bid_window_ends_inside_the_holiday() -> None:
    assert ends("gp.tender.bid-window", "2026-09-14") == ("2026-10-04", "2026-10-08")


def test_example_3_result_notice_then_challenge() -> None:
    assert ends("gp.award.result-notice-period", "2026-09-29")[0] == "2026-09-30"
    assert ends("gp.remedy.challenge-result", "2026-09-30")[0] == "2026-10-15"
    assert ends("gp.remedy.challenge-result", "2026-09-29", "result-published")[0] == "2026-10-15", "both in one"


def test_example_4_answer_then_complaint() -> None:
    assert ends("gp.remedy.challenge-answer", "2026-10-12")[0] == "2026-10-21"
    assert ends("gp.remedy.complaint", "2026-10-21")[0] == "2026-11-11"
    assert ends("gp.remedy.complaint", "2026-10-12", "challenge-received")[0] == "2026-11-11"


def test_example_5_latest_clarification_is_not_rolled() -> None:
    assert ends("gp.tender.clarification-lead", "2026-12-14") == ("2026-11-29", "2026-11-29"), "a Sunday"


# Ends in dispute, months, backward working days.


@pytest.mark.parametrize(
    ("rule_id", "start", "until", "latest"),
    [
        ("gp.contract.signing", "2026-10-22", "2026-11-21", "2026-11-23"),  # a plain Saturday
        ("tb.objection.candidates", "2026-09-29", "2026-10-02", "2026-10-08"),  # inside the publicity of 3 days
        ("gp.single-source.objection", "2026-09-28", "2026-10-10", "2026-10-10"),
        ("gp.negotiation.clarification-lead", "2026-10-12", "2026-10-08", "2026-10-08"),  # 10-10, 10-09, 10-08
        ("gp.bond.plan", "2026-10-12", "2026-10-10", "2026-10-10"),  # the Saturday works
        ("gp.remedy.lawsuit", "2025-08-31", "2026-02-28", "2026-02-28"),  # no 31 February; 调休 Saturday works
        ("gp.framework.term-goods", "2025-02-28", "2026-02-28", "2026-02-28"),
        ("gp.payment.sme-acceptance", "2026-06-01", "2026-07-01", "2026-07-01"),  # 30 days from the acceptance
        ("ent.payment.sme-settlement", "2026-06-01", "2026-07-31", "2026-07-31"),  # a large enterprise: 60
        ("gp.tender.opening", "2026-10-04", "2026-10-04", "2026-10-04"),  # the same moment, whatever the day
    ],
)
def test_both_ends_of_a_period(rule_id: str, start: str, until: str, latest: str) -> None:
    assert ends(rule_id, start) == (until, latest)


def test_steps_say_why_a_plain_weekend_is_disputed() -> None:
    steps = period("gp.contract.signing", date(2026, 10, 22))["steps"]
    assert "11-21 星期六，最晚可主张至 2026-11-23" in steps
    assert any("普通周末有争议：以 2026-11-21 为准" in step for step in steps)
    assert not any("有争议" in step for step in period("tb.contract.signing", date(2026, 10, 22))["steps"])


def test_steps_in_english() -> None:
    with language("en"):
        steps = period("gp.tender.notice-period", date(2026, 9, 28))["steps"]
    assert steps == ["publication 2026-09-28 + 5 working days → 2026-10-10; 10-01…07 off, 10-10 works (调休)"]


@pytest.mark.parametrize(
    "rule_id", ["gp.bond.refund-exit", "gp.tender.documents-extension", "gp.inquiry.documents-window"]
)
def test_a_rule_without_a_length_gives_words_and_no_date(rule_id: str) -> None:
    found = period(rule_id, date(2026, 5, 6))
    assert found["until"] is None
    assert found["latest_arguable"] is None
    assert found["steps"]


@pytest.mark.parametrize(
    ("rule_id", "day", "anchor"),
    [
        ("ent.periods", date(2026, 5, 6), None),
        ("gp.nothing", date(2026, 5, 6), None),
        ("gp.contract.signing", date(2026, 5, 6), "delivery"),
        ("gp.tender.notice-period", date(9999, 12, 30), None),
        ("gp.payment.sme", date(2025, 5, 31), None),
    ],
)
def test_what_cannot_be_counted_is_said_with_the_rule(rule_id: str, day: date, anchor: str | None) -> None:
    with pytest.raises(NoSuchRule, match=r"\w+\.\w+|9999"):
        period(rule_id, day, anchor=anchor)


def test_a_proxy_only_where_the_rule_names_it_and_marked() -> None:
    by_notice = period("gp.contract.signing", date(2026, 11, 2), anchor="result-published")
    assert by_notice["until"] == "2026-12-02"
    assert any(step.startswith("代用起点") for step in by_notice["steps"])
    with pytest.raises(NoSuchRule):
        period("tb.contract.signing", date(2026, 11, 2), anchor="result-published")


# Years without a table.


def test_h38_over_the_new_year_the_safe_end_counts_every_day_that_may_work() -> None:
    found = period("gp.remedy.complaint", date(2026, 12, 14))
    assert found["provisional"]
    assert (found["until"], found["latest_arguable"]) == ("2027-01-03", "2027-01-05")
    assert any("2027" in step and "暂定" in step for step in found["steps"])


def test_h38_a_period_that_ends_in_a_known_year_is_not_provisional() -> None:
    assert not period("gp.remedy.challenge-documents", date(2026, 12, 22))["provisional"]
    assert period("gp.remedy.challenge-documents", date(2026, 12, 23))["provisional"]


def test_h38_calendar_days_only_leave_open_whether_they_roll() -> None:
    found = period("gp.contract.signing", date(2026, 12, 10))
    assert found["provisional"]
    assert (found["until"], found["latest_arguable"]) == ("2027-01-09", "2027-01-11")
    backward = period("gp.tender.clarification-lead", date(2027, 3, 1))
    assert not backward["provisional"], "no calendar has a say in it"
    assert backward["until"] == "2027-02-14"


def test_h38_backward_working_days_in_an_unknown_year_keep_the_safe_side() -> None:
    found = period("gp.inquiry.clarification-lead", date(2027, 3, 8))  # a Monday
    assert found["provisional"]
    assert found["until"] == "2027-03-03", "weekends off: the earlier day is the safe one for the last act"
    assert found["latest_arguable"] == "2027-03-05"


def test_h38_the_table_of_the_new_year_makes_the_date_firm(tmp_path: Path) -> None:
    before = period("gp.remedy.complaint", date(2026, 12, 14))
    days = "".join(
        f"  - {{name: {name}, date: {day}, isOffDay: true}}\n"
        for day, name in load_calendar().statutory.with_make_up(2027).items()
    )
    table = tmp_path / "new.yaml"
    table.write_text(
        f"year: 2027\ndays:\n{days}  - {{name: 元旦, date: 2027-01-02, isOffDay: true}}\n", encoding="utf-8"
    )
    import_year(table)

    after = period("gp.remedy.complaint", date(2026, 12, 14))

    assert before["provisional"]
    assert not after["provisional"]
    assert after["until"] == after["latest_arguable"] == "2027-01-05"


# Anchors that are not a day.


def test_h21_an_anchor_known_to_the_month_gives_both_ends(law: Law, calendar: Calendar) -> None:
    rule = law.period("gp.intention.publish-lead", date(2026, 12, 1))
    found = compute(rule, When("2026-12"), calendar, law)
    assert (found.until, found.latest_arguable) == (date(2026, 11, 1), date(2026, 12, 1))


def test_h21_a_day_is_from_its_first_to_its_last_hour(law: Law, calendar: Calendar) -> None:
    found = compute(law.period("gp.contract.signing", date(2026, 11, 2)), When("2026-11-02"), calendar, law)
    assert found.moment.earliest == datetime(2026, 12, 2, tzinfo=SHANGHAI)
    assert found.moment.latest == datetime(2026, 12, 3, tzinfo=SHANGHAI)
    assert found.moment.precision == "day"


def test_h21_a_deadline_by_the_minute_stays_one(law: Law, calendar: Calendar) -> None:
    found = compute(law.period("gp.bond.arrival", date(2026, 11, 2)), When("2026-11-02T09:30"), calendar, law)
    assert found.moment.earliest == found.moment.latest == datetime(2026, 11, 2, 9, 30, tzinfo=SHANGHAI)


def test_the_day_of_an_instant_is_that_of_beijing(law: Law, calendar: Calendar) -> None:
    rule = law.period("gp.tender.notice-period", date(2026, 3, 2))
    late_on_sunday_in_london = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)
    assert compute(rule, late_on_sunday_in_london, calendar, law).until == date(2026, 3, 9)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        moment(datetime(2026, 3, 1, 17, 0))  # noqa: DTZ001


# Printed periods.


def test_a_printed_period_counts_from_the_day_after(law: Law, calendar: Calendar) -> None:
    printed = Period("notice-published", 5, "working_day")
    found = resolve_period(printed, {"notice-published": When("2026-05-12T08:40")}, calendar, law)
    assert isinstance(found, Computed)
    assert found.until == date(2026, 5, 19)


@pytest.mark.parametrize(
    ("printed", "known", "until"),
    [
        (Period("bid-deadline", 0, "day"), {"bid-deadline": When("2026-06-08T14:00")}, date(2026, 6, 8)),
        (Period("award-published", 1, "working_day"), {"result-published": When("2026-06-12")}, date(2026, 6, 15)),
        (Period("documents-from", 2, "week"), {"documents-issued": When("2026-06-01")}, date(2026, 6, 15)),
        (Period("contract-signed", 3, "month"), {"contract-signed": When("2025-11-30")}, date(2026, 2, 28)),
        (Period("accepted", 1, "year"), {"accepted": date(2024, 2, 29)}, date(2025, 2, 28)),
    ],
)
def test_printed_periods_of_every_unit(
    law: Law, calendar: Calendar, printed: Period, known: dict[str, When], until: date
) -> None:
    found = resolve_period(printed, known, calendar, law)
    assert isinstance(found, Computed)
    assert found.until == until


def test_without_its_anchor_a_printed_period_asks_for_it(law: Law, calendar: Calendar) -> None:
    found = resolve_period(Period("contract-signed", 30, "day"), {}, calendar, law)
    assert isinstance(found, Missing)
    assert "合同签订之日" in found.ask.zh


# Properties over all rules and many days.

PERIODS = sorted(rule_id for rule_id, rows in load_law().rules.items() if isinstance(rows[0], PeriodRule))


@given(rule_id=st.sampled_from(PERIODS), day=st.dates(date(2026, 10, 1), date(2035, 12, 31)))
def test_any_rule_from_any_day_keeps_its_order(rule_id: str, day: date) -> None:
    law, calendar = load_law(), load_calendar()
    rule = law.period(rule_id, day)
    if rule.length is None:
        return
    found = compute(rule, day, calendar, law)
    assert found.until <= found.latest_arguable
    assert found.moment.earliest <= found.moment.latest
    assert (found.until >= day) if rule.direction == "after" else (found.until <= day)
    assert found.steps
    if found.until == found.latest_arguable and rule.unit == "working_day" and rule.length:
        assert calendar.is_working(found.until)
    if rule.unit == "day" and rule.direction == "after":
        assert found.until == day + rule.length * DAY
        assert calendar.is_working(found.latest_arguable) or rule.length == 0
    if found.provisional:
        assert not calendar.knows(min(day, found.until), max(day, found.latest_arguable))


@given(first=st.dates(date(2024, 1, 1), date(2030, 1, 1)), later=st.integers(0, 30), rule_id=st.sampled_from(PERIODS))
def test_a_later_start_never_ends_earlier(first: date, later: int, rule_id: str) -> None:
    law, calendar = load_law(), load_calendar()
    rule = law.rules[rule_id][0]
    assert isinstance(rule, PeriodRule)
    if rule.length is None:
        return
    one, other = (compute(rule, day, calendar, law) for day in (first, first + later * DAY))
    assert one.until <= other.until
    assert one.latest_arguable <= other.latest_arguable
