"""The life of a delivery, one step at a time, with a real SMTP server."""

import re
from datetime import time, timedelta

import pytest
from handmade import NOW, World, at, busy_day, date, side_by_side
from pydantic import SecretStr
from sqlalchemy import update

from crawler.config import ConfigurationError
from demo.smtp import MailSink
from tracker.delivery.deliveries import Claim, claim, deliver_due, make_digests, mark_sending, record, step
from tracker.router import route
from tracker.settings import Settings
from tracker.tables import Attempt, Delivery, Digest, Project, table
from tracker.team.people import edit_person, person

MINUTE = timedelta(minutes=1)


def sent_ids(sink: MailSink) -> list[str]:
    return [mail.message["Message-ID"] for mail in sink.messages]


# --- from events to a mailbox ---------------------------------------------------------------------------------------


def test_from_events_to_a_mail_in_a_mailbox(world: World, sink: MailSink, settings: Settings) -> None:
    busy_day(world)
    assert world.digests() == 2
    counts = deliver_due(world.engine, NOW, settings)
    assert counts == {"sent": 2}  # the alerts of this hour stand in the digests that leave with them
    digest = next(mail for mail in sink.messages if "要办" in mail.message["Subject"] and "wang" in mail.recipients[0])
    plain = digest.message.get_body(("plain",))
    assert plain is not None
    assert "白石镇人民政府洒水车询价采购" in plain.get_content()
    assert digest.message["From"] == "车标 <chebiao@example.cn>"
    assert digest.message["To"] == "王小明 <wang@example.cn>"
    assert {row.state for row in world.rows(Delivery, kind="digest")} == {"sent"}
    assert deliver_due(world.engine, NOW + timedelta(days=1), settings, ignore_backoff=True) == {}
    assert len(sink.messages) == 2


def test_alerts_leave_first_and_say_what_counts(world: World, sink: MailSink, settings: Settings) -> None:
    busy_day(world)
    evening = at("11-22 21:00")
    world.published(world.project("黎明消防车询价", date("bid_deadline", "11-23 16:00")), "inquiry")
    with world.engine.begin() as connection:
        make_digests(connection, at("11-20 07:30"))  # Friday's, which has not left yet
        route(connection, evening)
    deliver_due(world.engine, evening + 5 * MINUTE, settings)  # a new match waits so long for others
    subjects = [mail.message["Subject"] for mail in sink.messages if mail.recipients == ("wang@example.cn",)]
    assert subjects == [
        "【截止提前】云溪公交集团2026年纯电动公交车采购 11-27 09:30",
        "【终止】桐源县教育局校车采购（第二次）",
        "【即将截止】黎明消防车询价 11-23 周一 16:00",
        "车标 11-20 周五｜要办 4、1 个来源未读到",
    ]


def test_the_digest_after_an_alert_names_it_in_one_line(world: World, sink: MailSink, settings: Settings) -> None:
    busy_day(world)
    world.route(NOW - timedelta(hours=10))
    deliver_due(world.engine, NOW - timedelta(hours=10), settings)
    world.digests()
    deliver_due(world.engine, NOW, settings)
    body = sink.messages[-1].message.get_body(("plain",))
    assert body is not None
    assert "已即时提醒 2" in body.get_content()


# --- windows --------------------------------------------------------------------------------------------------------


def test_h54_one_digest_a_day_whatever_happens(world: World) -> None:
    world.person(added_at=NOW - timedelta(hours=1))
    assert world.digests(NOW - MINUTE) == 0
    assert world.digests() == 1
    assert world.digests() == 0
    assert world.digests(NOW + timedelta(hours=5)) == 0
    assert world.digests(NOW - timedelta(hours=30)) == 0  # the clock was set back
    assert world.digests(force_today=True) == 0


def test_h54_what_was_slept_through_is_made_once_with_everything_since(world: World) -> None:
    me = world.person()
    assert world.digests(at("11-13 07:30")) == 1
    world.event("source-back", portal="ccgp", cause="poll", seen_at=at("11-16 12:00"))
    assert world.digests(at("11-21 10:00")) == 1  # asleep for a week; awake on a Saturday
    days = [row.local_date.isoformat() for row in world.rows(Digest, person_id=me)]
    assert days == ["2026-11-13", "2026-11-20"]
    assert world.digests(at("11-22 10:00")) == 0


def test_working_days_follow_the_year_table_and_daily_means_daily(world: World) -> None:
    """2026-10-10 is a working Saturday (调休), 2026-10-01 a holiday."""
    world.person(added_at=at("09-01"))
    world.person("林芳", "lin@example.cn", digest_days="daily", added_at=at("09-01"))
    assert world.digests(at("09-30 08:00")) == 2
    assert world.digests(at("10-01 08:00")) == 1
    assert world.digests(at("10-10 08:00")) == 2


def test_each_has_an_hour_of_their_own(world: World) -> None:
    world.person(digest_at=time(6, 0))
    world.person("林芳", "lin@example.cn", digest_at=time(18, 0))
    assert world.digests(at("11-20 18:00")) == 2
    assert world.digests(at("11-23 06:00")) == 1
    assert world.digests(at("11-23 17:59")) == 0
    assert world.digests(at("11-23 18:00")) == 1


def test_today_s_can_be_had_early_and_then_comes_no_second(world: World) -> None:
    world.person()
    assert world.digests(at("11-22 12:00"), force_today=True) == 1  # a Sunday
    assert world.digests(at("11-23 06:00"), force_today=True) == 1
    assert world.digests() == 0


# --- claims ---------------------------------------------------------------------------------------------------------


def one_alert(world: World) -> int:
    world.person()
    world.event("source-blind", portal="ccgp", channel="dfgg-gkzb", cause="poll", reason="HTTP 403")
    world.route(NOW)
    row: int = world.delivery(kind="alert").id
    return row


def claimed(world: World, delivery: int, when=NOW, owner: str = "a") -> int | None:
    with world.engine.begin() as connection:
        return claim(connection, delivery, when, owner)


def test_h47_one_of_two_workers_gets_it(world: World) -> None:
    delivery = one_alert(world)
    assert claimed(world, delivery, owner="a") == 1
    assert claimed(world, delivery, owner="b") is None


def test_h47_a_worker_asleep_past_its_lease_records_nothing_as_its_own(world: World) -> None:
    delivery = one_alert(world)
    claimed(world, delivery, owner="slow")
    later = NOW + 7 * MINUTE
    assert claimed(world, delivery, later, owner="quick") == 2
    assert not mark_sending(world.engine, Claim(delivery, 1, "slow"), b"x")  # it must not even begin to send
    record(world.engine, Claim(delivery, 1, "slow"), later, "sent", "250", "")
    assert world.delivery(kind="alert").state == "due"
    assert mark_sending(world.engine, Claim(delivery, 2, "quick"), b"x")
    record(world.engine, Claim(delivery, 2, "quick"), later, "sent", "250", "")
    assert world.delivery(kind="alert").state == "sent"


def test_h47_two_workers_at_once_send_each_mail_once(world: World, sink: MailSink, settings: Settings) -> None:
    for number in range(40):
        world.person(f"人{number}", f"p{number}@example.cn")
    world.digests()
    side_by_side(lambda: deliver_due(world.engine, NOW, settings))
    assert len(sent_ids(sink)) == len(set(sent_ids(sink))) == 40
    assert {row.attempts for row in world.rows(Delivery)} == {1}


# --- answers --------------------------------------------------------------------------------------------------------


def test_h48_transient_answers_are_tried_again_with_growing_pauses(
    world: World, sink: MailSink, settings: Settings
) -> None:
    delivery = one_alert(world)
    sink.answer("rcpt", "450 4.2.0 mailbox busy", times=6)
    now, pauses = NOW, []
    for _try in range(6):
        assert deliver_due(world.engine, now, settings) == {"transient": 1}
        row = world.delivery(id=delivery)
        assert (row.state, row.reason) == ("due", "450 4.2.0 mailbox busy")
        pauses.append((row.not_before - now) / MINUTE)
        assert deliver_due(world.engine, now, settings) == {}  # not before its time
        now = row.not_before
    for pause, most in zip(pauses, (1, 5, 15, 60, 60, 60), strict=True):
        assert 0.79 * most <= pause <= most + 0.1
    assert deliver_due(world.engine, now, settings) == {"sent": 1}
    assert [row.outcome for row in world.rows(Attempt)] == ["transient"] * 6 + ["sent"]
    assert len(set(sent_ids(sink))) == 1


def test_h48_one_bad_recipient_among_ten(world: World, sink: MailSink, settings: Settings) -> None:
    people = [world.person(f"人{number}", f"p{number}@example.cn") for number in range(10)]
    world.digests()
    sink.answer("rcpt", "550 5.1.1 no such user", match="p3@*")
    assert deliver_due(world.engine, NOW, settings) == {"sent": 9, "permanent": 1}
    dead = world.delivery(state="dead")
    assert dead.reason == "550 5.1.1 no such user"
    assert dead.person_id == people[3]
    assert deliver_due(world.engine, NOW + timedelta(days=1), settings, ignore_backoff=True) == {}


def test_h48_a_refused_login_rests_all_mail_and_loses_none(world: World) -> None:
    for number in range(5):
        world.person(f"人{number}", f"p{number}@example.cn")
    world.digests()
    with MailSink(login=("me", "right")) as sink:
        wrong = Settings(smtp_url=SecretStr(f"smtp://me:wrong@{sink.host}:{sink.port}"), mail_from="a@example.cn")
        right = wrong.model_copy(update={"smtp_url": SecretStr(sink.url)})
        assert deliver_due(world.engine, NOW, wrong) == {"channel": 1}  # one try, not five: accounts get locked
        assert deliver_due(world.engine, NOW + MINUTE, right) == {}
        assert deliver_due(world.engine, NOW + 16 * MINUTE, right) == {"sent": 5}
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_h49_a_server_down_for_two_hours_makes_mail_late_not_lost(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    world.digests()
    world.published(world.project("洒水车询价", date("bid_deadline", "11-23 17:00"), method="inquiry"), "inquiry")
    world.digests()
    down = settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")})
    now = NOW
    while now < NOW + timedelta(hours=2):
        deliver_due(world.engine, now, down)
        now += 5 * MINUTE
    counts = deliver_due(world.engine, now + timedelta(hours=1), settings)
    assert counts == {"sent": 2}
    for mail in sink.messages:
        body = mail.message.get_body(("plain",))
        assert body is not None
        assert re.search("迟到：本邮件应于 11-23 周一 07:3[05] 发", body.get_content())
        assert "还剩 6 小时" in body.get_content()  # the true time left at 10:30
    assert {row.message_id for row in world.rows(Delivery)} == {
        each.strip("<>").split("@")[0] for each in sent_ids(sink)
    }


def test_h46_a_break_after_the_content_is_repeated_once_with_the_same_bytes(
    world: World, sink: MailSink, settings: Settings
) -> None:
    delivery = one_alert(world)
    sink.answer("data", "drop", times=1, keep=True)
    assert deliver_due(world.engine, NOW, settings) == {"unknown": 1}
    assert deliver_due(world.engine, NOW + 9 * MINUTE, settings) == {}
    assert deliver_due(world.engine, NOW + 11 * MINUTE, settings) == {"sent": 1}
    first, second = sink.messages
    assert first.raw == second.raw
    assert world.delivery(id=delivery).content is None


def test_h46_unknown_twice_is_a_dead_letter_that_says_so(world: World, sink: MailSink, settings: Settings) -> None:
    delivery = one_alert(world)
    sink.answer("data", "drop", keep=True)
    deliver_due(world.engine, NOW, settings)
    deliver_due(world.engine, NOW + 11 * MINUTE, settings)
    assert deliver_due(world.engine, NOW + timedelta(days=1), settings, ignore_backoff=True) == {}
    row = world.delivery(id=delivery)
    assert row.state == "dead"
    assert "it may have arrived" in row.reason
    assert len(sink.messages) == 2


def test_h55_the_person_is_read_again_when_the_mail_leaves(world: World, sink: MailSink, settings: Settings) -> None:
    world.person("搬家", "old@example.cn")
    world.person("离职", "gone@example.cn")
    world.person("清空", "none@example.cn")
    world.digests()
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "搬家"), email="new@example.cn")
        edit_person(connection, person(connection, "离职"), active=False)
        edit_person(connection, person(connection, "清空"), email=None)
    assert deliver_due(world.engine, NOW, settings) == {"sent": 1, "cancelled": 2}
    assert [mail.recipients for mail in sink.messages] == [("new@example.cn",)]
    assert sorted(row.reason for row in world.rows(Delivery, state="cancelled")) == [
        "the person gets no mail any more",
        "the person has no address",
    ]


def test_h55_an_unknown_mail_goes_to_the_new_address_made_anew(
    world: World, sink: MailSink, settings: Settings
) -> None:
    one_alert(world)
    sink.answer("data", "drop", times=1)
    deliver_due(world.engine, NOW, settings)
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "王小明"), email="new@example.cn")
    assert deliver_due(world.engine, NOW + 11 * MINUTE, settings) == {"sent": 1}
    assert sink.messages[0].recipients == ("new@example.cn",)
    assert "new@example.cn" in sink.messages[0].message["To"]


def test_h58_an_alert_of_a_project_passed_meanwhile_does_not_leave(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    world.event("terminated", project, None, "terminated")
    world.route(NOW)
    world.decide("pass", project, me, NOW)
    assert deliver_due(world.engine, NOW, settings) == {"cancelled": 1}
    assert world.delivery(kind="alert").reason == "the project was passed"
    assert sink.messages == []


def test_h50_a_delivery_that_cannot_be_made_stops_no_other(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    world.event("terminated", project, None, "terminated")
    world.event("source-blind", portal="ccgp", channel="x", cause="poll")
    with world.engine.begin() as connection:
        route(connection, NOW)
        connection.execute(update(table(Project)).values(state={"name": 7}))
    assert deliver_due(world.engine, NOW, settings) == {"ours": 1, "sent": 1}
    row = world.delivery(state="due")
    assert "ValidationError" in row.reason
    assert row.not_before > NOW


def test_ignore_backoff_tries_what_waits(world: World, sink: MailSink, settings: Settings) -> None:
    one_alert(world)
    sink.answer("rcpt", "450 4.2.0 busy", times=1)
    deliver_due(world.engine, NOW, settings)
    assert deliver_due(world.engine, NOW + timedelta(seconds=1), settings, ignore_backoff=True) == {"sent": 1}


def test_mail_that_is_not_configured_is_an_error_at_once(world: World) -> None:
    with pytest.raises(ConfigurationError, match="CHEBIAO_SMTP_URL"):
        deliver_due(world.engine, NOW, Settings())


def test_a_step_on_what_is_no_longer_due_does_nothing(world: World, settings: Settings) -> None:
    delivery = one_alert(world)
    outcome, answer = step(world.engine, delivery, NOW, settings, "a")
    assert (outcome, answer and answer.code) == ("sent", "250")
    assert step(world.engine, delivery, NOW, settings, "a") == (None, None)
