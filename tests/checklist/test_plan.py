"""The backward plan: working days counted back from a deadline, the late ones first."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crawler.clock import SHANGHAI
from tracker.checklist.model import Plan
from tracker.checklist.plan import Anchor, plan
from tracker.checklist.rows import StepRow, load_rows
from tracker.procedures.law import Text
from tracker.workdays import load_calendar

CALENDAR = load_calendar()
DAYS = {
    "letter": 3,
    "deposit-request": 5,
    "deposit-bound": 1,
    "upload": 1,
    "seal": 2,
}


def planned(deadline: date, today: date, tracked: date | None = None) -> Plan:
    """The shipped steps of a purchase."""
    steps = [step for step in load_rows().steps if not step.phases or "purchase" in step.phases]
    anchors = {"bid_deadline": Anchor(deadline, Text("递交截止", "bid deadline"))}
    return plan(steps, anchors, deadline, tracked, today, CALENDAR)


def days(made: Plan) -> dict[str, date]:
    return {step.id: step.due.at.astimezone(SHANGHAI).date() for step in made.steps}


def test_days_are_counted_back_over_the_national_holiday_and_its_make_up_days() -> None:
    # 2026: 1 to 7 October are off, Saturday 10 October and Sunday 20 September work.
    made = days(planned(date(2026, 10, 12), date(2026, 9, 18)))
    assert made["upload"] == date(2026, 10, 10)
    assert made["seal"] == date(2026, 10, 9)
    assert made["letter"] == date(2026, 10, 8)
    assert made["deposit-request"] == date(2026, 9, 29)


def test_in_time_nothing_is_late() -> None:
    made = planned(date(2026, 12, 7), date(2026, 11, 20))
    assert not made.compressed
    assert (made.needed, made.left) == (12, 12)
    assert [step.due.at for step in made.steps] == sorted(step.due.at for step in made.steps)


def test_too_late_means_today_or_drop_first_and_the_rest_on_its_day() -> None:
    today = date(2026, 12, 3)
    made = planned(date(2026, 12, 7), today, tracked=today)
    late = [step.id for step in made.steps if step.due.late]
    assert late == [step.id for step in made.steps][: len(late)]
    assert set(late) == {"deposit-request", "proofs", "letter", "price", "review"}
    assert {days(made)[name] for name in late} == {today}
    assert days(made)["seal"] == today  # its own day, no earlier
    assert days(made)["upload"] == date(2026, 12, 4)
    assert made.compressed
    assert (made.needed, made.left) == (6, 3)


def test_on_the_last_day_all_but_the_opening_is_late() -> None:
    made = planned(date(2026, 12, 7), date(2026, 12, 7))
    assert [step.id for step in made.steps if not step.due.late and step.planned == date(2026, 12, 7)][-1] == "attend"
    assert next(step for step in made.steps if step.id == "upload").due.late


def test_the_earliest_of_several_dates_counts() -> None:
    anchors = {
        "bid_deadline": Anchor(date(2026, 12, 7), Text("递交截止", "bid deadline")),
        "deposit_deadline": Anchor(date(2026, 12, 3), Text("保证金截止", "deposit deadline")),
    }
    steps = [step for step in load_rows().steps if step.id == "deposit-bound"]
    made = plan(steps, anchors, date(2026, 12, 7), None, date(2026, 11, 20), CALENDAR)
    assert days(made) == {"deposit-bound": date(2026, 12, 2)}
    assert "保证金截止（2026-12-03）前 1 个工作日" in made.steps[0].due.why.zh


def test_a_step_without_any_of_its_dates_is_left_out() -> None:
    step = StepRow(id="x", zh="某事", en="something", who="person", before=("documents_until",), working_days=1)
    assert plan([step], {}, None, None, date(2026, 11, 20), CALENDAR).steps == ()


def test_a_year_without_a_calendar_makes_the_step_provisional() -> None:
    year = max(CALENDAR.tables) + 1
    made = planned(date(year, 6, 15), date(year, 5, 4))
    assert all(step.due.provisional for step in made.steps if step.id in DAYS)


@given(st.dates(date(2026, 1, 20), date(2026, 12, 20)), st.integers(0, 60), st.integers(0, 20))
def test_every_step_is_a_right_number_of_working_days_before_and_never_in_the_past(
    deadline: date, before: int, since: int
) -> None:
    today = deadline - timedelta(days=before)
    made = planned(deadline, today, today - timedelta(days=since))
    for step in made.steps:
        due = step.due.at.astimezone(SHANGHAI).date()
        assert today <= due
        assert step.due.late == (step.planned < today)
        if step.id in DAYS:
            assert due <= max(deadline, today)
            assert CALENDAR.is_working(step.planned)
            between = (step.planned + timedelta(days=n) for n in range((deadline - step.planned).days))
            assert sum(CALENDAR.is_working(day) for day in between) == DAYS[step.id]
    late = [step.due.late for step in made.steps]
    assert late == sorted(late, reverse=True)
    assert made.compressed == any(late)
