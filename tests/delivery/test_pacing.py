"""What leaves together and when: quiet hours, many alerts at once, the afternoon's supplement."""

import tempfile
from datetime import datetime, time, timedelta
from email.message import EmailMessage

import hypothesis
import pytest
from handmade import NOW, World, at, date, side_by_side
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import update

from crawler.clock import SHANGHAI
from demo.smtp import MailSink
from tracker.db import open_database
from tracker.delivery.deliveries import deliver_due, make_digests, make_supplements
from tracker.delivery.pacing import APART, HOURLY
from tracker.settings import Settings
from tracker.tables import Delivery, Digest, DigestItem, Event, Project, table
from tracker.team.people import edit_person, person

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
EVENING = at("11-23 22:00")
QUIET = {"quiet_from": time(21), "quiet_to": time(7)}


def subjects(sink: MailSink) -> list[str]:
    return [str(mail.message["Subject"]) for mail in sink.messages]


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def urgent(world: World, count: int, closes: str = "11-24 16:00", seen: datetime = EVENING) -> list[int]:
    return [
        world.published(
            world.project(f"第{n}号洒水车询价", date("bid_deadline", closes), method="inquiry"), "inquiry", seen_at=seen
        )
        for n in range(1, count + 1)
    ]


# --- quiet hours ----------------------------------------------------------------------------------------------------


def test_h53_quiet_hours_hold_the_mail_and_never_the_evaluation(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person(**QUIET)
    world.event("source-blind", portal="ccgp", channel="a", cause="poll", reason="HTTP 403")
    world.route(EVENING)
    assert world.delivery(kind="alert").state == "due"  # evaluated at once
    assert deliver_due(world.engine, EVENING, settings) == {}
    assert world.delivery(kind="alert").not_before == at("11-24 07:00")
    assert deliver_due(world.engine, at("11-24 06:59"), settings) == {}
    assert deliver_due(world.engine, at("11-24 07:00"), settings) == {"sent": 1}
    assert "迟到" not in text_of(sink.messages[0].message)  # it waited on purpose


def test_h31_a_date_that_comes_earlier_passes_quiet_hours(world: World, sink: MailSink, settings: Settings) -> None:
    me = world.person(**QUIET)
    project = world.project("校车采购", date("bid_deadline", "12-10 09:30"))
    world.decide("track", project, me)
    world.event("deadline-moved", project, "2026-12-20 09:30", "2026-12-10 09:30", milestone="bid_deadline")
    later = world.project("公交车采购", date("bid_deadline", "12-20 09:30"))
    world.event("deadline-moved", later, "2026-12-10 09:30", "2026-12-20 09:30", milestone="bid_deadline")
    world.route(EVENING)
    deliver_due(world.engine, EVENING, settings)
    assert subjects(sink) == ["【截止提前】校车采购 12-10 09:30"]
    deliver_due(world.engine, at("11-24 07:00"), settings)
    assert subjects(sink)[1:] == ["【改期】公交车采购 12-20 09:30"]


def test_h53_what_is_due_within_a_day_passes_quiet_hours_and_what_becomes_so_passes_then(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person(quiet_days=True)
    friday = at("11-20 22:00")
    world.event("terminated", world.project("校车采购", date("bid_deadline", "11-21 18:00")), None, "terminated")
    world.event("terminated", world.project("公交车采购", date("bid_deadline", "11-22 12:00")), None, "terminated")
    world.event("terminated", world.project("救护车采购", date("bid_deadline", "12-22 12:00")), None, "terminated")
    world.route(friday)
    saturday = at("11-21 00:30")
    assert deliver_due(world.engine, saturday, settings) == {"sent": 1}
    assert deliver_due(world.engine, at("11-21 11:59"), settings) == {}
    assert deliver_due(world.engine, at("11-21 12:00"), settings) == {"sent": 1}
    assert deliver_due(world.engine, at("11-23 00:00"), settings) == {"sent": 1}
    assert [each.split("】")[1].strip() for each in subjects(sink)] == ["校车采购", "公交车采购", "救护车采购"]


def test_h53_new_quiet_hours_and_a_new_zone_count_from_the_next_try_on_and_lose_nothing(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person(**QUIET)
    world.event("source-blind", portal="ccgp", channel="a", cause="poll")
    world.route(EVENING)
    deliver_due(world.engine, EVENING, settings)
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "王小明"), zone="Europe/London")
    assert deliver_due(world.engine, at("11-24 07:00"), settings) == {}  # 23:00 in London
    assert deliver_due(world.engine, at("11-24 15:00"), settings) == {"sent": 1}
    assert len(sink.messages) == 1


def test_a_digest_waits_for_the_end_of_quiet_hours_too(world: World, sink: MailSink, settings: Settings) -> None:
    world.person(quiet_from=time(21), quiet_to=time(8))
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
    assert deliver_due(world.engine, NOW, settings) == {}
    assert deliver_due(world.engine, at("11-23 08:00"), settings)["sent"]
    assert any(each.startswith("车标 11-23") for each in subjects(sink))


def test_sending_by_hand_asks_no_quiet_hours(world: World, settings: Settings) -> None:
    world.person(**QUIET)
    world.event("source-blind", portal="ccgp", channel="a", cause="poll")
    world.route(EVENING)
    assert deliver_due(world.engine, EVENING, settings, ignore_backoff=True) == {"sent": 1}


# --- frequency ------------------------------------------------------------------------------------------------------


def test_who_wants_the_digest_only_gets_what_is_critical_before_it(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person(frequency="daily")
    calm = world.event("source-blind", portal="ccgp", channel="a", cause="poll")
    far = world.published(world.project("洒水车询价", date("bid_deadline", "11-25 16:00")), "inquiry", seen_at=EVENING)
    near = world.published(world.project("垃圾车询价", date("bid_deadline", "11-24 10:00")), "inquiry", seen_at=EVENING)
    world.route(EVENING)
    assert [row.event_id for row in world.rows(Delivery, kind="alert")] == [near]
    assert [row.event_id for row in world.rows(DigestItem, person_id=me)] == [calm, far, near]
    deliver_due(world.engine, EVENING + 5 * MINUTE, settings)
    assert subjects(sink) == ["【即将截止】垃圾车询价 11-24 周二 10:00"]


def test_a_weekly_reader_is_told_of_an_urgent_match_a_day_before_it_closes(world: World) -> None:
    """The next digest comes on Monday; waiting for it would lose the tender."""
    world.person(frequency="weekly")
    monday = at("11-23 12:00")
    world.published(world.project("洒水车询价", date("bid_deadline", "11-26 16:00")), "inquiry", seen_at=monday)
    world.route(monday)
    assert world.delivery(kind="alert").not_before == at("11-25 16:00")


# --- many at once ---------------------------------------------------------------------------------------------------


def test_fifty_urgent_matches_of_a_first_poll_are_one_mail_and_none_is_lost(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person()
    events = urgent(world, 50)
    now = EVENING
    for part in range(0, 50, 10):  # as the poll goes on, and the service ticks
        with world.engine.begin() as connection:
            hidden = table(Event).c.id.in_(events[part + 10 :])
            connection.execute(update(table(Event)).where(hidden).values(routed_at=now))
            connection.execute(
                update(table(Event)).where(table(Event).c.id.in_(events[part : part + 10])).values(routed_at=None)
            )
        world.route(now)
        assert deliver_due(world.engine, now, settings) == {}
        now += 2 * MINUTE
    assert deliver_due(world.engine, now + 3 * MINUTE, settings) == {"sent": 1}
    (mail,) = sink.messages
    assert mail.message["Subject"] == "【50 条提醒】第1号洒水车询价 等"
    text = text_of(mail.message)
    assert all(f"第{n}号洒水车询价" in text for n in range(1, 51))
    assert text.count("https://") == 50
    rows = world.rows(Delivery, kind="alert", person_id=me)
    assert {row.state for row in rows} == {"sent"}
    assert len({row.sent_at for row in rows}) == 1
    with world.engine.begin() as connection:
        make_digests(connection, at("11-24 07:30"))
    deliver_due(world.engine, at("11-24 07:30"), settings)
    digest = next(mail for mail in sink.messages if mail.message["Subject"].startswith("车标 11-24"))
    assert "已即时提醒" in text_of(digest.message)


def test_one_that_closes_within_hours_does_not_wait_for_others_and_takes_them_along(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    urgent(world, 5)
    world.published(world.project("应急车竞价", date("bid_deadline", "11-24 00:30")), "inquiry", seen_at=EVENING)
    world.route(EVENING)
    assert deliver_due(world.engine, EVENING, settings) == {"sent": 1}
    assert subjects(sink) == ["【6 条提醒】应急车竞价 等"]


def test_a_new_match_waits_half_an_hour_at_the_longest(world: World, settings: Settings) -> None:
    world.person()
    first = urgent(world, 1)[0]
    world.route(EVENING)
    for minute in range(4, 40, 4):
        world.published(world.project(f"车{minute}", date("bid_deadline", "11-24 16:00")), "inquiry", seen_at=EVENING)
        world.route(EVENING + minute * MINUTE)
    assert world.delivery(event_id=first).not_before == EVENING + 30 * MINUTE


def test_a_few_are_mails_of_their_own(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    urgent(world, APART)
    world.route(EVENING)
    assert deliver_due(world.engine, EVENING + 5 * MINUTE, settings) == {"sent": APART}


def test_dates_that_moved_in_one_notice_are_one_mail(world: World, sink: MailSink, settings: Settings) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-10 09:30"), date("opening_at", "12-10 09:30"))
    world.decide("track", project, me)
    for kind in ("bid_deadline", "opening_at"):
        world.event("deadline-moved", project, "2026-12-20 09:30", "2026-12-10 09:30", milestone=kind)
    world.route(NOW)
    assert deliver_due(world.engine, NOW, settings) == {"sent": 1}
    assert subjects(sink) == ["【截止提前】校车采购 12-10 09:30"]
    text = text_of(sink.messages[0].message)
    assert "递交截止、开标" in text
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_every_list_of_a_portal_blind_for_one_reason_is_one_mail(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    for n in range(28):
        world.event("source-blind", portal="ccgp", channel=f"list-{n}", cause="poll", reason="HTTP 403")
    world.route(NOW)
    assert deliver_due(world.engine, NOW, settings) == {"sent": 1}
    assert "22" in text_of(sink.messages[0].message)  # six lists by name, and so many more


def test_nobody_gets_more_than_so_many_alerts_an_hour_and_what_waits_is_folded(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    now = NOW
    for n in range(HOURLY + 4):
        world.event("source-blind", portal=f"p{n}", channel="a", cause="poll", reason=str(n), seen_at=now)
        world.route(now)
        deliver_due(world.engine, now, settings)
        now += 2 * MINUTE
    assert len(sink.messages) == HOURLY
    deliver_due(world.engine, NOW + HOUR + MINUTE, settings)
    assert len(sink.messages) == HOURLY + 1
    assert subjects(sink)[-1].startswith("【4 条提醒】")
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_h48_a_folded_mail_that_fails_is_tried_again_as_one(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    urgent(world, 6)
    world.route(EVENING)
    sink.answer("rcpt", "450 4.2.0 busy", times=1)
    late = EVENING + 5 * MINUTE
    assert deliver_due(world.engine, late, settings) == {"transient": 1}
    assert deliver_due(world.engine, late + MINUTE, settings) == {"sent": 1}
    assert subjects(sink) == ["【6 条提醒】第1号洒水车询价 等"]


def test_h48_a_folded_dead_letter_takes_all_it_tells_with_it_and_each_stays_to_be_seen(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    urgent(world, 6)
    world.route(EVENING)
    sink.answer("rcpt", "550 5.1.1 no such user")
    deliver_due(world.engine, EVENING + 5 * MINUTE, settings)
    assert {(row.state, row.reason) for row in world.rows(Delivery)} == {("dead", "550 5.1.1 no such user")}


def test_h58_what_was_passed_meanwhile_is_left_out_of_a_folded_mail(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person()
    events = urgent(world, 6)
    world.route(EVENING)
    rows = {row.id: row.project_id for row in world.rows(Event)}
    for gone in (events[0], events[3]):  # the one that carries the others, and one that is carried
        world.decide("pass", rows[gone], me, EVENING)
    deliver_due(world.engine, EVENING + 5 * MINUTE, settings)
    assert subjects(sink) == ["【4 条提醒】第2号洒水车询价 等"]
    states = {row.event_id: (row.state, row.reason) for row in world.rows(Delivery)}
    assert states[events[3]] == ("cancelled", "the project was passed")
    assert states[events[1]] == ("sent", "")


def test_h50_one_that_cannot_be_shown_is_named_in_the_folded_mail_and_the_others_go_out(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    events = urgent(world, 6)
    world.route(EVENING)
    sick = {row.id: row.project_id for row in world.rows(Event)}[events[2]]
    with world.engine.begin() as connection:
        connection.execute(update(table(Project)).where(table(Project).c.id == sick).values(state={"name": 7}))
    assert deliver_due(world.engine, EVENING + 5 * MINUTE, settings) == {"sent": 1}
    text = text_of(sink.messages[0].message)
    assert "第3号洒水车询价 (ValidationError)" in text.replace("\r\n", "").replace("  ", "")
    assert "第6号洒水车询价" in text


def test_a_digest_that_leaves_first_calls_off_what_it_tells_and_lets_the_rest_go(
    world: World, sink: MailSink, settings: Settings
) -> None:
    """The carrier is told by the digest; what it carried and the digest has no place for leaves by itself."""
    me = world.person()
    events = urgent(world, 5, closes="11-24 16:00", seen=at("11-24 07:29"))
    world.route(at("11-24 07:29"))
    with world.engine.begin() as connection:
        rows = table(Delivery)
        carrier = connection.execute(rows.select().order_by(rows.c.id)).first()
        connection.execute(update(rows).where(rows.c.id != carrier.id).values(carried_by=carrier.id))
        items = table(DigestItem)
        connection.execute(items.delete().where(items.c.event_id == events[4]))
    with world.engine.begin() as connection:
        make_digests(connection, at("11-24 07:30"))
    deliver_due(world.engine, at("11-24 07:35"), settings)
    states = {row.event_id: row.state for row in world.rows(Delivery, person_id=me, kind="alert")}
    assert states == dict.fromkeys(events[:4], "cancelled") | {events[4]: "sent"}


def test_h47_two_workers_send_a_folded_mail_once(world: World, sink: MailSink, settings: Settings) -> None:
    for n in range(5):
        world.person(f"人{n}", f"p{n}@example.cn")
    urgent(world, 8)
    world.route(EVENING)
    side_by_side(lambda: deliver_due(world.engine, EVENING + 5 * MINUTE, settings))
    assert subjects(sink) == ["【8 条提醒】第1号洒水车询价 等"] * 5
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_h46_a_folded_mail_whose_fate_is_unknown_goes_again_with_the_same_bytes(
    world: World, sink: MailSink, settings: Settings
) -> None:
    """Meanwhile others have come: they are told by another mail."""
    me = world.person()
    events = urgent(world, 5)
    world.route(EVENING)
    sink.answer("data", "drop", times=1, keep=True)
    late = EVENING + 5 * MINUTE
    assert deliver_due(world.engine, late, settings) == {"unknown": 1}
    project = {row.id: row.project_id for row in world.rows(Event)}[events[1]]
    world.decide("pass", project, me, late)  # the bytes that may have arrived are not changed any more
    urgent(world, 1, seen=late)
    world.route(late)
    assert deliver_due(world.engine, late + 11 * MINUTE, settings) == {"sent": 2}
    first, *others = sink.messages
    assert [mail.raw == first.raw for mail in others].count(True) == 1
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


@hypothesis.settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 600), st.sampled_from(["urgent", "moved", "blind", "ended"])), min_size=1, max_size=25
    ),
    st.lists(st.integers(0, 600), max_size=6),
)
def test_whatever_comes_when_each_thing_is_told_once(arrivals: list[tuple[int, str]], outages: list[int]) -> None:
    """From ten in the evening on, over quiet hours, with a server that fails now and then."""
    with tempfile.TemporaryDirectory() as folder, MailSink() as sink:
        world = World(open_database(f"sqlite:///{folder}/chebiao.sqlite"))
        settings = Settings(smtp_url=SecretStr(sink.url), mail_from="a@example.cn", mail_domain="example.cn")
        world.person(**QUIET)
        told = []
        for number, (minute, kind) in enumerate(sorted(arrivals)):
            now, name = EVENING + minute * MINUTE, f"第{number}号车"
            if kind == "blind":
                world.event("source-blind", portal=name, channel="a", cause="poll", seen_at=now)
            else:
                project = world.project(name, date("bid_deadline", "11-24 16:00"))
                if kind == "urgent":
                    world.published(project, "inquiry", seen_at=now)
                elif kind == "moved":
                    world.event("deadline-moved", project, "2026-11-26 16:00", "2026-11-24 16:00", seen_at=now)
                else:
                    world.event("terminated", project, None, "terminated", seen_at=now)
            told.append(name)
            world.route(now)
            if minute in outages:
                sink.answer("rcpt", "450 4.2.0 busy", times=1)
            deliver_due(world.engine, now, settings)
        for hour in range(11, 24):
            deliver_due(world.engine, EVENING + hour * HOUR, settings)
        world.engine.dispose()
        said = ["".join(text_of(mail.message).split()) for mail in sink.messages]
        for name in told:
            assert sum(name in text for text in said) == 1, (name, said)
        assert {row.state for row in world.rows(Delivery, kind="alert")} == {"sent"}
        world.engine.dispose()


# --- the afternoon --------------------------------------------------------------------------------------------------


def supplement(world: World, now: datetime) -> int:
    world.route(now)
    with world.engine.begin() as connection:
        return make_supplements(connection, now)


def changed(world: World, closes: str) -> int:
    """A tracked project with news that could wait for the digest."""
    me = next(iter(world.rows(Digest)), None)
    project = world.project("校车采购", date("bid_deadline", closes))
    world.decide("track", project, 1)
    assert me is None or me.person_id
    return world.event("attachment-changed", project, fields=[], seen_at=at("11-24 13:00"))


def test_the_supplement_tells_what_is_new_and_due_within_a_day(
    world: World, sink: MailSink, settings: Settings
) -> None:
    me = world.person()
    near, far = changed(world, "11-25 09:30"), changed(world, "11-27 09:30")
    assert supplement(world, at("11-24 15:59")) == 0
    assert supplement(world, at("11-24 16:00")) == 1
    assert deliver_due(world.engine, at("11-24 16:00"), settings) == {"sent": 1}
    assert subjects(sink) == ["车标 11-24 周二 16:00｜1 项须 24 小时内处理：校车采购"]
    text = text_of(sink.messages[0].message)
    assert "文件已替换" in text
    assert "11-25 周三 09:30" in text
    told = {row.event_id: row.digest_id for row in world.rows(DigestItem, person_id=me)}
    assert told[near] is not None
    assert told[far] is None


def test_without_anything_pressing_there_is_no_supplement(world: World) -> None:
    world.person()
    changed(world, "11-27 09:30")
    assert supplement(world, at("11-24 16:00")) == 0
    assert world.rows(Delivery) == []
    changed(world, "11-25 09:30")
    assert supplement(world, at("11-24 18:00")) == 0  # the day was looked at


def test_what_an_alert_has_told_is_no_supplement(world: World, settings: Settings) -> None:
    world.person()
    urgent(world, 1, closes="11-25 09:00", seen=at("11-24 15:50"))
    assert supplement(world, at("11-24 16:00")) == 0


@pytest.mark.parametrize(
    ("slept_until", "made"), [("11-24 19:00", 1), ("11-25 01:00", 0), ("11-28 17:00", 0), ("11-25 16:00", 0)]
)
def test_h54_a_supplement_slept_through_is_made_the_same_day_or_left_to_the_digest(
    world: World, slept_until: str, made: int
) -> None:
    world.person()
    changed(world, "11-25 09:30")
    assert supplement(world, at(slept_until)) == made
    assert supplement(world, at(slept_until) + MINUTE) == 0


def test_days_without_a_digest_and_weekly_readers_have_no_supplement(world: World) -> None:
    world.person(frequency="weekly")
    changed(world, "11-25 09:30")
    assert supplement(world, at("11-24 16:00")) == 0


def test_h46_the_supplement_keeps_its_message_id(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    changed(world, "11-25 09:30")
    supplement(world, at("11-24 16:00"))
    sink.answer("data", "drop", times=1, keep=True)
    deliver_due(world.engine, at("11-24 16:00"), settings)
    deliver_due(world.engine, at("11-24 16:11"), settings)
    first, second = sink.messages
    assert first.raw == second.raw
    assert world.delivery(kind="digest").state == "sent"


def test_local_times_are_the_reader_s(world: World) -> None:
    world.person(zone="Europe/London")
    changed(world, "11-25 09:30")
    assert supplement(world, at("11-24 16:00")) == 0
    assert supplement(world, at("11-24 23:59")) == 0
    assert supplement(world, at("11-25 00:00")) == 1  # 16:00 in London
    assert at("11-25 00:00").tzinfo is SHANGHAI
