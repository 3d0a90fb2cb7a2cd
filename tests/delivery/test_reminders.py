"""Dates that come near: when people are reminded, of what, whom else, and when it ends."""

from datetime import datetime, timedelta

import pytest
import time_machine
from handmade import NOW, World, at, date, side_by_side
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from crawler.clock import SHANGHAI
from demo.smtp import MailSink
from tracker.answers import unanswered
from tracker.decisions import Mistake, undo
from tracker.delivery.deliveries import deliver_due
from tracker.reminders import acknowledge_project, remind
from tracker.reminders.dates import dates_of
from tracker.reminders.plan import Plan, latest, load_reminders, occurrences
from tracker.settings import Settings
from tracker.state import MilestoneState, ProceedingState, ProjectState, as_json
from tracker.tables import Assignment, Bid, Delivery, Event, Milestone, OwnMilestone, Project, Team, table
from tracker.team.work import set_team
from tracker.workdays import load_calendar

CALENDAR = load_calendar()
PLANS = load_reminders()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
DUE = at("12-08 09:30")
"""A Tuesday."""


def days_of(precision: str = "minute", plan: str = "date", earliest: datetime = DUE) -> list[tuple[str, str]]:
    found = occurrences(earliest, precision, PLANS.plans[plan], PLANS, CALENDAR)
    return [(each.step, each.due_at.astimezone(SHANGHAI).strftime("%m-%d %H:%M")) for each in found]


# --- when -----------------------------------------------------------------------------------------------------------


def test_seven_three_and_one_working_days_and_three_hours_before() -> None:
    assert days_of() == [
        ("7d", "11-27 07:00"),
        ("3d", "12-03 07:00"),
        ("1d", "12-07 07:00"),
        ("1d", "12-07 14:00"),  # again, unless somebody has answered
        ("3h", "12-08 06:30"),
        ("3h", "12-08 07:30"),
        ("3h", "12-08 08:30"),
    ]


def test_no_reminder_counts_hours_where_only_a_day_was_printed() -> None:
    assert days_of("day", earliest=at("12-08")) == [
        ("7d", "11-27 07:00"),
        ("3d", "12-03 07:00"),
        ("1d", "12-07 07:00"),
        ("1d", "12-07 14:00"),
    ]


def test_working_days_jump_over_a_long_holiday() -> None:
    """2026: 10-01 to 10-07 are off, and 09-25 for 中秋; the last day's reminder comes again each day."""
    found = days_of(earliest=at("10-08 15:00"))
    assert found[:3] == [("7d", "09-21 07:00"), ("3d", "09-28 07:00"), ("1d", "09-30 07:00")]
    assert [day for step, day in found if step == "1d"][1:] == [
        "09-30 14:00",
        *(f"10-0{n} 14:00" for n in range(1, 8)),
    ]


def test_an_opening_is_told_the_day_before_an_hour_a_quarter_and_when_it_begins() -> None:
    assert days_of(plan="opening") == [
        ("1d", "12-07 07:00"),
        ("1d", "12-07 14:00"),
        ("60m", "12-08 08:30"),
        ("15m", "12-08 09:15"),
        ("0m", "12-08 09:30"),
    ]


@given(st.integers(0, 60 * 24 * 30), st.sampled_from(["minute", "day"]), st.sampled_from(sorted(PLANS.plans)))
def test_what_falls_due_is_before_the_date_in_order_and_the_latest_is_told_once(
    minutes: int, precision: str, plan: str
) -> None:
    steps = occurrences(DUE, precision, PLANS.plans[plan], PLANS, CALENDAR)
    assert [each.due_at for each in steps] == sorted({each.due_at for each in steps})
    assert all(each.step_at <= each.due_at <= DUE for each in steps)
    now = DUE - timedelta(minutes=minutes) + HOUR
    told = latest(steps, DUE, now)
    if told is not None:
        assert told.due_at <= now < DUE + HOUR
        assert not [each for each in steps if told.due_at < each.due_at <= now]


# --- of what --------------------------------------------------------------------------------------------------------


def state(*dates: MilestoneState, outcome: str | None = None) -> ProjectState:
    place = ProceedingState(key="purchase-1", kind="purchase", outcome=outcome, milestones=dates)
    return ProjectState(name="消防车采购", proceedings=(place,))


def kinds(of: ProjectState, status: str | None = None, bound: tuple[str, ...] = ()) -> list[str]:
    bids = {"purchase-1": status} if status else {}
    return [each.kind for each in dates_of(of, NOW, PLANS, bids, bound)]


ALL = state(
    date("documents_until", "11-30 17:00"),
    date("question_deadline", "11-27"),
    date("deposit_deadline", "12-07 17:00"),
    date("bid_deadline", "12-08 09:30"),
    date("opening_at", "12-08 09:30"),
)


def test_what_is_done_is_not_reminded_of() -> None:
    assert kinds(ALL) == ["documents_until", "question_deadline", "deposit_deadline", "bid_deadline", "opening_at"]
    assert kinds(ALL, "preparing") == ["question_deadline", "deposit_deadline", "bid_deadline"]
    assert kinds(ALL, "preparing", ("purchase-1",)) == ["question_deadline", "bid_deadline"]
    assert kinds(ALL, "submitted") == ["question_deadline", "deposit_deadline", "opening_at"]


def test_h58_nothing_for_a_bid_that_was_withdrawn() -> None:
    assert kinds(ALL, "withdrawn") == []


def test_an_opening_that_is_printed_and_computed_is_one() -> None:
    computed = date("gp.tender.opening", "12-08 09:30", rule_id="gp.tender.opening")
    assert kinds(state(date("opening_at", "12-08 09:30"), computed)) == ["opening_at"]
    assert kinds(state(computed)) == ["gp.tender.opening"]


def test_h33_a_termination_ends_them() -> None:
    """Derivation takes `bidder_acts` away from what has ended."""
    closed = [each.model_copy(update={"bidder_acts": False}) for each in ALL.proceedings[0].milestones]
    assert kinds(state(*closed, outcome="terminated")) == []


def test_rights_of_who_takes_part_are_dates_to_keep_and_what_others_owe_is_none() -> None:
    challenge = date(
        "gp.remedy.challenge-result", "12-01", rule_id="gp.remedy.challenge-result", alarm="tracked",
        standing="participant",
    ).model_copy(update={"bidder_acts": False})  # fmt: skip
    refund = date(
        "gp.bond.refund-not-awarded", "12-01", rule_id="gp.bond.refund-not-awarded", alarm="tracked",
        standing="participant",
    ).model_copy(update={"bidder_acts": False})  # fmt: skip
    over = state(challenge, refund, outcome="awarded")
    assert kinds(over) == ["gp.remedy.challenge-result"]
    assert kinds(over, "lost") == ["gp.remedy.challenge-result"]
    assert kinds(over, "withdrawn") == []


# --- to whom --------------------------------------------------------------------------------------------------------


def reminders(world: World) -> list[tuple[str, bool]]:
    """Which steps were said, and whether the lead was told."""
    rows = world.rows(Event, kind="reminder")
    return [(",".join(each["step"] for each in row.data["dates"]), row.data["lead"]) for row in rows]


def mails(world: World) -> list[tuple[int, str]]:
    rows = {row.id: row for row in world.rows(Event)}
    found = [row for row in world.rows(Delivery, kind="alert") if rows[row.event_id].kind == "reminder"]
    return [(row.person_id, row.not_before.astimezone(SHANGHAI).strftime("%m-%d %H:%M")) for row in found]


def tracked(world: World, *dates: MilestoneState, by: int | None = None, **more: str) -> int:
    project = world.project("青湖市消防车采购", *(dates or (date("bid_deadline", "12-08 09:30"),)), **more)
    world.decide("track", project, by if by is not None else world.person())
    return project


def move(world: World, project: int, *dates: MilestoneState, outcome: str | None = None) -> None:
    """What derivation writes when a correction moves a date."""
    rows, places = table(Project), table(Milestone)
    old = ProjectState.model_validate(world.rows(Project, id=project)[0].state)
    place = old.proceedings[0].model_copy(update={"milestones": dates, "outcome": outcome})
    new = as_json(old.model_copy(update={"proceedings": (place,)}))
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == project).values(state=new))
        for each in dates:
            moved = {"earliest": each.earliest, "latest": each.latest, "bidder_acts": each.bidder_acts}
            connection.execute(update(places).where(places.c.kind == each.kind).values(moved))


def test_early_reminders_stand_in_the_digest_and_the_last_day_s_are_mails(world: World) -> None:
    me = world.person()
    tracked(world, by=me)
    for now in ("11-26 12:00", "11-27 07:00", "11-27 07:01", "11-30 07:30", "12-03 07:00", "12-04 07:30"):
        world.tick(at(now))
    assert reminders(world) == [("7d", False), ("3d", False)]
    assert mails(world) == []
    world.tick(at("12-07 07:00"))
    world.tick(at("12-08 06:30"))
    assert [step for step, _lead in reminders(world)] == ["7d", "3d", "1d", "3h"]
    assert mails(world) == [(me, "12-07 07:30"), (me, "12-08 06:30")]


def test_who_has_no_digest_that_day_gets_the_early_ones_by_mail(world: World) -> None:
    me = world.person(frequency="weekly")
    tracked(world, by=me)
    world.tick(at("11-27 07:00"))  # a Friday; the digest comes on Monday
    assert mails(world) == [(me, "11-27 07:30")]


def test_h54_a_machine_that_slept_catches_up_once(world: World) -> None:
    tracked(world)
    world.tick(at("12-07 15:00"))
    world.tick(at("12-07 15:01"))
    assert reminders(world) == [("1d", False)]


def test_h54_a_clock_set_back_says_nothing_twice(world: World) -> None:
    tracked(world)
    for now in ("12-07 07:00", "12-07 06:00", "12-07 07:00", "12-07 07:10"):
        world.tick(at(now))
    assert [step for step, _lead in reminders(world)] == ["1d", "3d"]  # the one that was due at six o'clock


def test_h47_two_workers_say_a_reminder_once(world: World) -> None:
    tracked(world)

    def work() -> None:
        for n in range(5):
            with world.engine.begin() as connection:
                remind(connection, at("12-07 07:00") + n * MINUTE)

    side_by_side(work)
    assert reminders(world) == [("1d", False)]


def test_nobody_who_does_not_follow_is_reminded(world: World) -> None:
    me, other = world.person(), world.person("林芳", "lin@example.cn")
    tracked(world, by=me)
    world.tick(at("12-07 07:00"))
    assert {person for person, _when in mails(world)} == {me}
    assert other not in {person for person, _when in mails(world)}


def test_h58_nothing_for_a_passed_project(world: World) -> None:
    me = world.person()
    project = tracked(world, by=me)
    world.decide("pass", project, me, NOW)
    world.tick(at("12-07 07:00"))
    assert reminders(world) == []


def test_h58_a_reminder_of_a_project_passed_meanwhile_does_not_leave(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person()
    project = tracked(world, by=me)
    world.tick(at("12-08 06:30"))
    world.decide("pass", project, me, at("12-08 06:30"))
    assert deliver_due(world.engine, at("12-08 06:31"), settings) == {"cancelled": 1}
    assert world.delivery(kind="alert").reason == "the project was passed"
    assert sink.messages == []


def acknowledge(world: World, project: int, now: datetime, who: str = "王小明") -> int:
    with time_machine.travel(now, tick=False), world.engine.begin() as connection:
        return acknowledge_project(connection, who, project).id


def test_an_answer_ends_the_repetitions_of_a_step_and_the_next_step_comes_anew(world: World) -> None:
    project = tracked(world)
    world.tick(at("12-07 07:00"))
    acknowledge(world, project, at("12-07 08:00"))
    for now in ("12-07 14:00", "12-08 06:30"):
        world.tick(at(now))
    assert reminders(world) == [("1d", False), ("3h", False)]
    acknowledge(world, project, at("12-08 06:40"))
    world.tick(at("12-08 07:30"))
    assert len(reminders(world)) == 2


def test_an_answer_taken_back_counts_no_more(world: World) -> None:
    project = tracked(world)
    world.tick(at("12-07 07:00"))
    decision = acknowledge(world, project, at("12-07 08:00"))
    with world.engine.begin() as connection:
        undo(connection, "王小明", decision)
        assert unanswered(connection, {project}, {}) == {project: 1}
    world.tick(at("12-07 14:00"))
    assert [step for step, _lead in reminders(world)] == ["1d", "1d"]


def test_there_has_to_be_something_to_answer(world: World) -> None:
    project = tracked(world)
    with pytest.raises(Mistake, match=str(project)):
        acknowledge(world, project, at("12-01 08:00"))
    with pytest.raises(Mistake, match="4711"):
        acknowledge(world, 4711, at("12-01 08:00"))


def test_only_whom_a_reminder_is_for_can_say_that_it_was_seen(world: World) -> None:
    project = tracked(world)
    world.person("钱进", "qian@example.cn")
    world.tick(at("12-07 07:00"))
    with pytest.raises(Mistake, match="王小明"):
        acknowledge(world, project, at("12-07 08:00"), "钱进")


def test_the_owner_s_lead_is_told_when_nobody_answers_on_the_last_day(world: World) -> None:
    me, chief = world.person(), world.person("赵总", "zhao@example.cn")
    with world.engine.begin() as connection:
        set_team(connection, "赵总", "南区", "赵总", ("王小明",))
    project = tracked(world, by=me)
    world.tick(at("11-27 07:00"))
    world.tick(at("12-07 07:00"))
    assert {person for person, _when in mails(world)} == {me}
    world.tick(at("12-07 14:00"))
    assert reminders(world)[-1] == ("1d", True)
    assert [person for person, _when in mails(world)] == [me, me, chief]
    acknowledge(world, project, at("12-07 15:00"), "赵总")
    world.tick(at("12-08 06:30"))
    assert reminders(world)[-1] == ("3h", False)


def test_the_lead_reads_who_owns_it_and_that_nobody_answered(world: World, sink: MailSink, settings: Settings) -> None:
    me = world.person(email="wang@example.cn")
    world.person("赵总", "zhao@example.cn")
    with world.engine.begin() as connection:
        set_team(connection, "赵总", "南区", "赵总", ("王小明",))
    tracked(world, by=me)
    world.tick(at("12-07 07:00"))
    deliver_due(world.engine, at("12-07 08:00"), settings)
    world.tick(at("12-07 14:00"))
    deliver_due(world.engine, at("12-07 14:00"), settings)
    found = next(mail for mail in sink.messages if mail.recipients == ("zhao@example.cn",))
    assert found.message["Subject"].startswith("【无人确认】青湖市消防车采购 递交投标")
    assert found.message["Subject"].endswith("12-08 周二 09:30")
    body = found.message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "该日期已提醒 1 次，无人确认。" in text
    assert "负责：王小明" in text
    assert "chebiao ack 1 --as 赵总" in text


def test_h31_a_moved_date_is_reminded_of_anew(world: World) -> None:
    project = tracked(world)
    world.tick(at("12-03 07:00"))
    acknowledge(world, project, at("12-03 09:00"))
    move(world, project, date("bid_deadline", "12-15 09:30"))
    for now in ("12-04 07:00", "12-07 07:00", "12-10 07:00"):
        world.tick(at(now))
    assert reminders(world) == [("3d", False), ("7d", False), ("3d", False)]


def test_h31_a_date_moved_into_the_coming_days_is_said_although_the_old_one_was_answered(world: World) -> None:
    project = tracked(world)
    world.tick(at("12-03 07:00"))
    acknowledge(world, project, at("12-03 09:00"))
    move(world, project, date("bid_deadline", "12-04 16:00"))
    world.tick(at("12-03 10:00"))
    assert reminders(world) == [("3d", False), ("1d", False)]


def test_h33_a_reminder_of_a_date_that_moved_or_ended_meanwhile_is_called_off(world: World, settings: Settings) -> None:
    project = tracked(world)
    world.tick(at("12-08 06:30"))
    move(world, project, date("bid_deadline", "12-15 09:30"))
    assert deliver_due(world.engine, at("12-08 06:31"), settings) == {"cancelled": 1}
    assert world.delivery(kind="alert").reason == "the date has moved, or its matter is done"


def test_a_reminder_that_waited_until_the_next_one_is_told_by_that(world: World, settings: Settings) -> None:
    tracked(world)
    world.tick(at("12-08 06:30"))
    world.tick(at("12-08 07:30"))
    assert deliver_due(world.engine, at("12-08 07:31"), settings) == {"cancelled": 1, "sent": 1}


def test_h49_h56_a_reminder_kept_by_an_outage_leaves_late_with_the_true_time_left(
    world: World, sink: MailSink, settings: Settings
) -> None:
    tracked(world)
    world.tick(at("12-08 08:30"))
    down = settings.model_copy(update={"smtp_url": None})
    assert down.smtp_url is None  # nothing can leave before the outage ends, after the date
    deliver_due(world.engine, at("12-08 10:45"), settings)
    body = sink.messages[0].message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "迟到：本邮件应于 12-08 周二 08:30 发出" in text
    assert "已过" in text
    assert "还剩" not in text


def test_h35_places_that_disagree_are_reminded_of_by_the_earlier(world: World) -> None:
    open_between = date("bid_deadline", "12-08 09:30").model_copy(update={"latest": at("12-10 09:30")})
    tracked(world, open_between)
    world.tick(at("12-07 07:00"))
    assert reminders(world) == [("1d", False)]


def test_dates_of_one_project_that_fall_due_together_are_one_message(world: World) -> None:
    tracked(
        world,
        date("deposit_deadline", "12-08 09:30"),
        date("bid_deadline", "12-08 09:30"),
        date("opening_at", "12-08 09:30"),
    )
    world.tick(at("12-07 07:00"))
    assert reminders(world) == [("1d,1d,1d", False)]
    assert len(mails(world)) == 1


def test_a_date_of_our_own_reminds_the_one_whose_date_it_is(world: World, sink: MailSink, settings: Settings) -> None:
    me, lin = world.person(), world.person("林芳", "lin@example.cn")
    project = tracked(world, date("bid_deadline", "12-30 09:30"), by=me)
    row = {
        "project_id": project, "kind": "test-drive", "name": "", "due_at": at("12-08 10:00"), "owner_id": lin,
        "person_id": me, "at": NOW, "version": 1,
    }  # fmt: skip
    with world.engine.begin() as connection:
        connection.execute(table(OwnMilestone).insert().values(row))
    world.tick(at("12-07 07:00"))
    deliver_due(world.engine, at("12-07 07:30"), settings)
    subjects = {
        mail.recipients[0]: mail.message["Subject"] for mail in sink.messages if "提醒" in mail.message["Subject"]
    }
    assert subjects["lin@example.cn"] == "【提醒】青湖市消防车采购 试驾 12-08 周二 10:00"


def test_owner_and_deputy_are_reminded_though_somebody_else_tracked_it(world: World) -> None:
    me, lin, yu = world.person(), world.person("林芳", "lin@example.cn"), world.person("余波", "yu@example.cn")
    project = tracked(world, by=me)
    row = {"project_id": project, "owner_id": lin, "deputy_id": yu, "instruction": "", "person_id": me, "at": NOW}
    with world.engine.begin() as connection:
        connection.execute(table(Assignment).insert().values(row | {"version": 1}))
    world.tick(at("12-07 07:00"))
    assert {person for person, _when in mails(world)} == {me, lin, yu}


def test_what_was_handed_in_is_reminded_of_at_the_opening_only(world: World) -> None:
    me = world.person()
    project = tracked(world, date("bid_deadline", "12-08 09:30"), date("opening_at", "12-08 09:30"), by=me)
    row = {"project_id": project, "proceeding": "purchase-1", "lot": "", "bidder": "江北宏达", "status": "submitted"}
    with world.engine.begin() as connection:
        connection.execute(table(Bid).insert().values(row | {"person_id": me, "at": NOW, "version": 1}))
    for now in (
        "12-07 07:00",
        "12-07 14:00",
        "12-08 06:30",
        "12-08 08:30",
        "12-08 09:15",
        "12-08 09:30",
        "12-08 09:45",
    ):
        world.tick(at(now))
    assert [step for step, _lead in reminders(world)] == ["1d", "1d", "60m", "15m", "0m"]


def test_quiet_hours_hold_the_early_ones_and_not_the_last_day_s(
    world: World, sink: MailSink, settings: Settings
) -> None:
    from datetime import time

    tracked(world, by=world.person(quiet_from=time(20), quiet_to=time(9)))
    world.tick(at("12-07 07:00"))
    assert deliver_due(world.engine, at("12-07 08:00"), settings) == {}
    assert deliver_due(world.engine, at("12-07 09:00"), settings)["sent"] >= 1
    world.tick(at("12-08 06:30"))
    assert deliver_due(world.engine, at("12-08 06:30"), settings)["sent"] >= 1
    assert "【提醒】" in sink.messages[-1].message["Subject"]


def test_a_project_that_cannot_be_read_stops_no_other(world: World) -> None:
    me = world.person()
    sick = tracked(world, by=me)
    tracked(world, by=me)
    with world.engine.begin() as connection:
        connection.execute(update(table(Project)).where(table(Project).c.id == sick).values(state={"name": 7}))
    world.tick(at("12-07 07:00"))
    assert len(reminders(world)) == 1


def test_a_plan_without_steps_has_no_reminder() -> None:
    assert occurrences(DUE, "minute", Plan(), PLANS, CALENDAR) == []
    assert PLANS.plan("tb.objection.opening") == Plan()
    assert table(Team).c.lead_id is not None
