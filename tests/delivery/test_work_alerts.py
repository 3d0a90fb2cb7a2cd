"""What colleagues ask of one another, what is overdue, what nobody has taken on, money that is not back."""

from datetime import datetime, timedelta

import pytest
import time_machine
from handmade import NOW, World, at, date
from sqlalchemy import update

from demo.smtp import MailSink
from tracker.bidding.bids import add_deposit, change_bid, mark_deposit, open_bid
from tracker.delivery.deliveries import deliver_due
from tracker.router import RULES, SORTS
from tracker.settings import Settings
from tracker.tables import Delivery, Event, Person, table
from tracker.team.tasks import add_task, close_task, edit_task
from tracker.team.work import assign, claim, give_feedback, hand_over, set_team

DAY = timedelta(days=1)


@pytest.fixture
def team(world: World) -> dict[str, int]:
    """A lead and two people of one team."""
    ids = {name: world.person(name, f"{n}@example.cn") for n, name in enumerate(("赵总", "王小明", "林芳"))}
    with world.engine.begin() as connection:
        set_team(connection, "赵总", "南区", "赵总", ("王小明", "林芳"))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    return ids


def told(world: World, now: datetime = NOW) -> list[tuple[str, str]]:
    """Who is told of which kind of event; everything that waits is routed."""
    world.tick(now)
    names = {row.id: row.name for row in world.rows(Person)}
    kinds = {row.id: row.kind for row in world.rows(Event)}
    rows = world.rows(Delivery, kind="alert")
    return [(names[row.person_id], kinds[row.event_id]) for row in rows]


def sent(world: World, sink: MailSink, settings: Settings, now: datetime = NOW) -> dict[str, tuple[str, str]]:
    """Subject and text of the last mail to each address."""
    deliver_due(world.engine, now, settings)
    found = {}
    for mail in sink.messages:
        body = mail.message.get_body(("plain",))
        assert body is not None
        found[mail.recipients[0]] = (str(mail.message["Subject"]), body.get_content().replace("\r\n", "\n"))
    return found


def test_one_rule_for_each_kind_of_event() -> None:
    assert len(RULES) == sum(len(sort.RULES) for sort in SORTS)


def test_an_assignment_is_told_to_owner_and_deputy_and_not_to_who_made_it(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    with time_machine.travel(NOW, tick=False), world.engine.begin() as connection:
        assign(
            connection, "赵总", project, "王小明", deputy="林芳", instruction="先问清底盘要求", due=at("11-25 18:00")
        )
    assert told(world) == [("王小明", "assignment-added"), ("林芳", "assignment-added")]
    mails = sent(world, sink, settings)
    subject, text = mails["1@example.cn"]
    assert subject == "【交办】校车采购 12-20 周日 09:30"
    assert "赵总 把此项目交给您。" in text
    assert "先问清底盘要求" in text
    assert "11-25 周三 18:00" in text
    assert "赵总 指定您为 王小明 的替补。" in mails["2@example.cn"][1]


def test_who_takes_a_project_for_oneself_is_told_nothing(world: World, team: dict[str, int]) -> None:
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    with world.engine.begin() as connection:
        assign(connection, "王小明", project, "王小明")
    assert told(world) == []


def test_an_assignment_comes_whatever_the_frequency_and_waits_for_quiet_hours(
    world: World, team: dict[str, int]
) -> None:
    with world.engine.begin() as connection:
        connection.execute(update(table(Person)).values(frequency="weekly"))
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    with world.engine.begin() as connection:
        assign(connection, "赵总", project, "王小明")
    assert told(world) == [("王小明", "assignment-added")]
    assert world.delivery(kind="alert").passes_at is None


def test_the_answer_goes_to_who_asked(world: World, team: dict[str, int], sink: MailSink, settings: Settings) -> None:
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    with world.engine.begin() as connection:
        assign(connection, "赵总", project, "王小明")
        connection.execute(update(table(Event)).values(routed_at=NOW))
        give_feedback(connection, "王小明", project, "底盘可供，价格待定")
    assert told(world) == [("赵总", "assignment-changed")]
    subject, text = sent(world, sink, settings)["0@example.cn"]
    assert subject.startswith("【交办变更】校车采购")
    assert "王小明 已回复。" in text
    assert "底盘可供，价格待定" in text


def test_a_hand_over_tells_the_one_who_gets_it_in_one_mail(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    with world.engine.begin() as connection:
        for n in range(6):
            add_task(connection, "王小明", f"第{n}件事", owner="王小明")
        connection.execute(update(table(Event)).values(routed_at=NOW))
        hand_over(connection, "赵总", "王小明", "林芳")
    assert told(world) == [("林芳", "task-changed")] * 6
    subject, text = sent(world, sink, settings)["2@example.cn"]
    assert subject == "【6 条提醒】第0件事 等"
    assert all(f"第{n}件事" in text for n in range(6))
    assert len(sink.messages) == 1


def test_a_dispute_goes_to_the_lead_and_to_who_has_the_project(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    with world.engine.begin() as connection:
        assign(connection, "赵总", project, "王小明", team="南区")
        connection.execute(update(table(Event)).values(routed_at=NOW))
        claim(connection, "林芳", project, "三年前就在跟")
    assert told(world) == [("赵总", "ownership-disputed"), ("王小明", "ownership-disputed")]
    subject, text = sent(world, sink, settings)["0@example.cn"]
    assert subject.startswith("【归属争议】校车采购")
    assert "林芳 主张 王小明 的项目归其负责。" in text
    assert "三年前就在跟" in text


def test_a_task_for_somebody_else_is_told_and_one_s_own_is_not(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    with world.engine.begin() as connection:
        add_task(connection, "赵总", "给青湖市公安局送样车", owner="王小明", due=at("11-27 18:00"))
        add_task(connection, "王小明", "自己记一笔")
    assert told(world) == [("王小明", "task-added")]
    subject, text = sent(world, sink, settings)["1@example.cn"]
    assert subject == "【任务】给青湖市公安局送样车"
    assert "赵总 给您布置了任务。" in text


def test_a_task_due_today_stands_in_the_digest_and_an_overdue_one_is_said_to_both(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    with time_machine.travel(NOW, tick=False), world.engine.begin() as connection:
        add_task(connection, "赵总", "送样车", owner="王小明", due=at("11-24 18:00"))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    assert told(world, at("11-24 07:00")) == []
    assert [row.data["step"] for row in world.rows(Event, kind="task-due")] == ["today"]
    assert told(world, at("11-25 07:00")) == [("赵总", "task-due"), ("王小明", "task-due")]
    assert told(world, at("11-26 07:00")) == told(world, at("11-25 07:10"))  # once
    subject, text = sent(world, sink, settings, at("11-25 07:30"))["1@example.cn"]
    assert subject == "【任务逾期】送样车"
    assert "王小明 的任务已逾期。" in text


def test_a_task_that_is_done_or_moved_meanwhile_is_called_off(
    world: World, team: dict[str, int], settings: Settings
) -> None:
    with time_machine.travel(NOW, tick=False), world.engine.begin() as connection:
        done = add_task(connection, "王小明", "一", due=at("11-24 18:00"))
        moved = add_task(connection, "王小明", "二", due=at("11-24 18:00"))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    assert told(world, at("11-25 07:00")) == [("王小明", "task-due"), ("王小明", "task-due")]
    with world.engine.begin() as connection:
        close_task(connection, "王小明", done, "好了")
        edit_task(connection, "王小明", moved, due=at("12-24 18:00"))
    assert deliver_due(world.engine, at("11-25 07:30"), settings) == {"cancelled": 2}


def test_h58_an_overdue_answer_is_asked_for_and_a_given_one_is_not(world: World, team: dict[str, int]) -> None:
    first = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    second = world.project("公交车采购", date("bid_deadline", "12-20 09:30"))
    with time_machine.travel(NOW, tick=False), world.engine.begin() as connection:
        for each in (first, second):
            assign(connection, "赵总", each, "王小明", due=at("11-24 18:00"))
        give_feedback(connection, "王小明", second, "好")
        connection.execute(update(table(Event)).values(routed_at=NOW))
    assert told(world, at("11-25 07:00")) == [("赵总", "feedback-due"), ("王小明", "feedback-due")]


def test_a_project_whose_owner_has_left_is_told_to_the_lead(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    gone = world.person("周离", "zhou@example.cn")
    project = world.project("校车采购", date("bid_deadline", "11-25 09:30"))
    world.decide("track", project, gone)
    with world.engine.begin() as connection:
        set_team(connection, "赵总", "南区", "赵总", ("王小明", "林芳", "周离"))
        connection.execute(update(table(Person)).where(table(Person).c.id == gone).values(active=False))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    assert ("赵总", "unowned") in told(world)
    mails = sent(world, sink, settings, at("11-23 09:00"))
    assert any("【无人负责】校车采购" in subject or "条提醒" in subject for subject, _text in mails.values())
    assert "却无人负责" in mails["0@example.cn"][1]


def test_a_project_kept_at_hand_that_nobody_tracks_is_told_to_the_lead(world: World, team: dict[str, int]) -> None:
    project = world.project("校车采购", date("bid_deadline", "11-25 09:30"))
    far = world.project("公交车采购", date("bid_deadline", "12-25 09:30"))
    for each in (project, far):
        world.decide("favourite", each, team["王小明"])
    (event,) = [(name, kind) for name, kind in told(world) if kind == "unowned"] or [None]
    assert event is None  # nobody leads who has no project: the file of ownership names no lead
    assert [row.project_id for row in world.rows(Event, kind="unowned")] == [project]


def test_a_deposit_that_is_not_back_in_time_is_told_to_the_bidder_and_the_lead(
    world: World, team: dict[str, int], sink: MailSink, settings: Settings
) -> None:
    refund = date(
        "gp.bond.refund-not-awarded", "12-01", rule_id="gp.bond.refund-not-awarded", alarm="tracked",
        standing="participant",
    ).model_copy(update={"bidder_acts": False})  # fmt: skip
    project = world.project("校车采购", date("bid_deadline", "11-20 09:30"), refund, deposit=2_000_000)
    with time_machine.travel(at("11-10 09:00"), tick=False), world.engine.begin() as connection:
        assign(connection, "王小明", project, "王小明")
        bid = open_bid(connection, "王小明", project, "江北宏达汽车销售有限公司")
        deposit = add_deposit(connection, "王小明", bid.id)
        mark_deposit(connection, "王小明", deposit.id, "paid")
        change_bid(connection, "王小明", bid.id, "submitted")
        change_bid(connection, "王小明", bid.id, "lost", reason="价格")
        connection.execute(update(table(Event)).values(routed_at=NOW))
    assert "deposit-overdue" not in {kind for _name, kind in told(world, at("12-01 10:00"))}
    late = at("12-02 08:00")
    assert {name for name, kind in told(world, late) if kind == "deposit-overdue"} == {"王小明", "赵总"}
    mails = sent(world, sink, settings, at("12-02 09:00"))
    text = mails["0@example.cn"][1]
    assert "2 万元" in text
    assert "江北宏达汽车销售有限公司" in text
    with world.engine.begin() as connection:
        mark_deposit(connection, "王小明", deposit.id, "returned")
    assert len([1 for _name, kind in told(world, late + DAY) if kind == "deposit-overdue"]) == 2
