"""The calendar: read back with icalendar, and held against the rules of RFC 5545 and RFC 5546."""

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import icalendar
import pytest
from handmade import NOW, World, at
from handmade import date as dated
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from demo.smtp import MailSink
from tracker.delivery import ics
from tracker.delivery.deliveries import deliver_due, make_digests
from tracker.delivery.ics import Entry, end_addresses, entries, feed, followed, new_address, owner_of, write
from tracker.router import route
from tracker.settings import Settings
from tracker.state import MilestoneState
from tracker.tables import Assignment, OwnMilestone, Project, Team, TeamMember, Token, table

SETTINGS = Settings(mail_from="车标 <chebiao@example.cn>", mail_domain="example.cn", public_url="https://t.example.cn")


def tracked(world: World, *dates: MilestoneState, name: str = "云溪公交车采购", **more: Any) -> tuple[int, int]:
    """A person and a project that they track."""
    me = world.person()
    project = world.project(name, *dates, **more)
    world.decide("track", project, me)
    return me, project


def calendar_of(world: World, person: int, now: datetime = NOW) -> icalendar.Calendar:
    with world.engine.connect() as connection:
        content = feed(connection, person, now, SETTINGS)
    check(content)
    return icalendar.Calendar.from_ical(content)


def events(calendar: icalendar.Calendar) -> list[Any]:
    return list(calendar.walk("VEVENT"))


def moved(world: World, project: int, before: str, after: str, kind: str = "bid_deadline", **more: Any) -> int:
    where = {"proceeding": "purchase-1", "lot": "", "milestone": kind, "rule_id": "", "source": "ccgp/1"}
    return world.event("deadline-moved", project, before, after, **where, **more)


def check(content: bytes) -> None:
    """Rules every program may rely on."""
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)  # CRLF only
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))  # RFC 5545 3.1: octets
    for line in content.split(b"\r\n"):
        line.decode("utf-8")  # folded between characters
    assert b"TZID" not in content  # UTC or a day: nothing to look a zone up for
    lines = re.sub(rb"\r\n[ \t]", b"", content).decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert [line for line in lines if line.startswith(("VERSION:", "METHOD:"))] == ["VERSION:2.0", "METHOD:PUBLISH"]
    calendar = icalendar.Calendar.from_ical(content)
    assert calendar.errors == []
    uids = []
    for event in events(calendar):
        assert event.errors == []
        for name in ("UID", "DTSTAMP", "DTSTART", "SUMMARY", "ORGANIZER", "SEQUENCE"):  # RFC 5546 3.2.1
            assert not isinstance(event[name], list), name
        assert "ATTENDEE" not in event
        assert str(event["ORGANIZER"]).startswith("mailto:")
        assert event["DTSTAMP"].to_ical().endswith(b"Z")
        assert event["STATUS"] in ("TENTATIVE", "CONFIRMED", "CANCELLED")
        start = event["DTSTART"]
        assert start.to_ical().endswith(b"Z") or start.params.get("VALUE") == "DATE"
        for alarm in event.walk("VALARM"):
            assert {"ACTION", "TRIGGER", "DESCRIPTION"} <= set(alarm)
        uids.append(str(event["UID"]))
    assert len(uids) == len(set(uids))


# --- what is an event -----------------------------------------------------------------------------------------------


def test_a_deadline_to_the_minute_is_an_instant_and_a_day_is_a_whole_day(world: World) -> None:
    me, _project = tracked(
        world,
        dated("bid_deadline", "12-03 09:30"),
        dated("documents_until", "11-27"),
        dated("opening_at", "12-03 09:30"),
    )
    documents, first, second = events(calendar_of(world, me))
    assert documents.decoded("DTSTART") == date(2026, 11, 27)
    assert [each.decoded("TRIGGER") for each in documents.walk("VALARM")] == [timedelta(hours=-15)]
    found = {str(each["SUMMARY"]): each for each in (first, second)}
    assert set(found) == {"递交截止 · 云溪公交车采购", "开标 · 云溪公交车采购"}
    opening = found["开标 · 云溪公交车采购"]
    assert opening.decoded("DTSTART") == datetime(2026, 12, 3, 1, 30, tzinfo=UTC)
    steps = [each.decoded("TRIGGER") for each in opening.walk("VALARM")]
    assert steps == [-timedelta(days=1), -timedelta(hours=1), -timedelta(minutes=15)]
    words = str(opening["DESCRIPTION"])
    assert "“opening_at 12-03 09:30”" in words  # the words it was read from
    assert "https://t.example.cn/projects/" in words
    assert str(opening["URL"]).startswith("https://www.ccgp.gov.cn/")


def test_months_and_dates_nobody_acts_on_are_no_events(world: World) -> None:
    expected = dated("expected_at", "12-01").model_copy(update={"precision": "month"})
    signed = dated("contract_signed_at", "12-20").model_copy(update={"bidder_acts": False})
    me, _project = tracked(world, expected, signed)
    assert events(calendar_of(world, me)) == []


def test_a_computed_date_that_is_not_sure_is_tentative_and_shows_how_it_was_computed(world: World) -> None:
    rule = dated("gp.question.tender", "12-01").model_copy(
        update={"rule_id": "gp.question.tender", "words": "公告 11-24 + 7 个工作日", "provisional": True}
    )
    me, _project = tracked(world, rule)
    (event,) = events(calendar_of(world, me))
    assert event["STATUS"] == "TENTATIVE"
    assert str(event["SUMMARY"]).startswith("[暂定] ")
    assert "公告 11-24 + 7 个工作日" in str(event["DESCRIPTION"])


def test_only_what_a_person_follows(world: World) -> None:
    me, mine = tracked(world, dated("bid_deadline", "12-03 09:30"))
    lin = world.person("林芳", "lin@example.cn")
    other = world.project("别人的项目", dated("bid_deadline", "12-04 09:30"))
    team_one = world.project("团队的项目", dated("bid_deadline", "12-05 09:30"))
    world.decide("track", other, lin)
    world.decide("track", team_one, lin)
    with world.engine.begin() as connection:
        team = connection.execute(insert(table(Team)).values(name="一部", version=1).returning(table(Team).c.id))
        team_id = team.scalar_one()
        connection.execute(insert(table(TeamMember)).values(team_id=team_id, person_id=me))
        row = {"project_id": team_one, "owner_id": lin, "team_id": team_id, "person_id": lin, "at": NOW, "version": 1}
        connection.execute(insert(table(Assignment)).values(**row, instruction=""))
    with world.engine.connect() as connection:
        assert followed(connection, me) == {mine, team_one}
        assert followed(connection, lin) == {other, team_one}
    world.decide("pass", mine, me, NOW)
    assert [str(each["SUMMARY"]) for each in events(calendar_of(world, me))] == ["递交截止 · 团队的项目"]


def test_own_dates_of_a_person_are_in_their_feed(world: World) -> None:
    me, project = tracked(world)
    row = {"project_id": project, "kind": "test-drive", "due_at": at("11-25 14:00"), "owner_id": me, "person_id": me}
    with world.engine.begin() as connection:
        connection.execute(insert(table(OwnMilestone)).values(**row, name="二号车", at=NOW, version=3))
    (event,) = events(calendar_of(world, me))
    assert (str(event["SUMMARY"]), event["SEQUENCE"]) == ("试驾 二号车 · 云溪公交车采购", 2)


def test_what_is_long_over_leaves_the_feed(world: World) -> None:
    me, _project = tracked(world, dated("bid_deadline", "11-20 09:30"))
    assert len(events(calendar_of(world, me))) == 1
    assert events(calendar_of(world, me, NOW + timedelta(days=120))) == []


# --- moving and ending ----------------------------------------------------------------------------------------------


def test_h32_a_date_that_moves_and_moves_back_keeps_its_uid_and_rises_twice(world: World) -> None:
    me, project = tracked(world, dated("bid_deadline", "12-03 09:30"))
    (before,) = events(calendar_of(world, me))
    moved(world, project, "2026-12-03 09:30", "2026-11-27 09:30", seen_at=NOW - timedelta(hours=3))
    moved(world, project, "2026-11-27 09:30", "2026-12-03 09:30", seen_at=NOW - timedelta(hours=1))
    (after,) = events(calendar_of(world, me))
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 2)
    assert after.decoded("LAST-MODIFIED") == NOW - timedelta(hours=1)
    assert before["DTSTART"].to_ical() == after["DTSTART"].to_ical()


def test_h33_termination_cancels_what_was_still_ahead(world: World) -> None:
    me, project = tracked(
        world, dated("documents_until", "11-20 17:00"), dated("bid_deadline", "12-03 09:30"), outcome="terminated"
    )
    world.event(
        "terminated", project, None, "terminated", proceeding="purchase-1", lots=["all"], seen_at=at("11-22 10:00")
    )
    past, ahead = events(calendar_of(world, me))
    assert (past["STATUS"], ahead["STATUS"]) == ("CONFIRMED", "CANCELLED")
    assert ahead["SEQUENCE"] == 1
    assert str(ahead["SUMMARY"]).startswith("[已取消] ")
    assert list(ahead.walk("VALARM")) == []


def test_what_had_ended_before_we_saw_it_was_never_in_a_calendar(world: World) -> None:
    me, _project = tracked(world, dated("bid_deadline", "12-03 09:30"), outcome="terminated")
    assert events(calendar_of(world, me)) == []


def test_a_date_nobody_states_any_more_is_cancelled(world: World) -> None:
    me, project = tracked(world)
    where = {"proceeding": "purchase-1", "lot": "2", "milestone": "question_deadline", "rule_id": ""}
    world.event("date-dropped", project, "2026-12-03", None, **where)
    (event,) = events(calendar_of(world, me))
    assert (event["STATUS"], event["SEQUENCE"], event.decoded("DTSTART")) == ("CANCELLED", 1, date(2026, 12, 3))
    assert str(event["SUMMARY"]) == "[已取消] 提疑截止 第 2 包 · 云溪公交车采购"


def test_a_project_that_cannot_be_read_hides_no_other(world: World) -> None:
    me, broken = tracked(world, dated("bid_deadline", "12-03 09:30"))
    good = world.project("好项目", dated("bid_deadline", "12-04 09:30"))
    world.decide("track", good, me)
    with world.engine.begin() as connection:
        connection.execute(update(table(Project)).where(table(Project).c.id == broken).values(state={"name": 3}))
    assert [str(each["SUMMARY"]) for each in events(calendar_of(world, me))] == ["递交截止 · 好项目"]


def test_the_same_state_gives_the_same_bytes(world: World) -> None:
    me, _project = tracked(world, dated("bid_deadline", "12-03 09:30"))
    with world.engine.connect() as connection:
        assert feed(connection, me, NOW, SETTINGS) == feed(connection, me, NOW + timedelta(hours=5), SETTINGS)


# --- any text -------------------------------------------------------------------------------------------------------


@given(st.text(max_size=300), st.text(max_size=300))
def test_h17_h18_any_text_stays_text(title: str, words: str) -> None:
    summary = ics.one_line(title, 120)
    entry = Entry("1@x", 0, NOW, date(2026, 12, 3), summary, ics.one_line(words, 300), alarms=(timedelta(hours=1),))
    content = write([entry], SETTINGS, "车标")
    check(content)
    (event,) = events(icalendar.Calendar.from_ical(content))
    assert str(event["SUMMARY"]) == summary
    assert set(event) <= {"UID", "DTSTAMP", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "SUMMARY", "DESCRIPTION"} | {
        "STATUS",
        "TRANSP",
        "ORGANIZER",
    }


def test_h17_a_title_with_line_ends_adds_no_line(world: World) -> None:
    me, _project = tracked(
        world, dated("bid_deadline", "12-03 09:30"), name="采购\r\nATTENDEE:mailto:x@y\r\nEND:VEVENT"
    )
    (event,) = events(calendar_of(world, me))
    assert "ATTENDEE" not in event


# --- mails ----------------------------------------------------------------------------------------------------------


def attached(sink: MailSink, number: int = -1) -> list[tuple[str, str, bytes]]:
    message = message_from_bytes(sink.messages[number].raw, policy=policy.default)
    return [
        (part.get_filename() or "", str(part["Content-Type"]), part.get_payload(decode=True))  # type: ignore[misc]
        for part in message.iter_attachments()  # type: ignore[attr-defined]
        if part.get_content_type() == "text/calendar"
    ]


def test_an_alert_of_a_moved_date_brings_the_event_along(world: World, sink: MailSink, settings: Settings) -> None:
    me, project = tracked(world, dated("bid_deadline", "11-27 09:30"))
    moved(world, project, "2026-12-03 09:30", "2026-11-27 09:30", words="更正")
    world.route(NOW)
    assert deliver_due(world.engine, NOW, settings) == {"sent": 1}
    ((name, kind, content),) = attached(sink)
    assert name == "时间.ics"
    assert 'charset="utf-8"' in kind
    assert 'method="PUBLISH"' in kind
    check(content)
    (event,) = events(icalendar.Calendar.from_ical(content))
    assert event.decoded("DTSTART") == datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
    assert event["SEQUENCE"] == 1
    (in_feed,) = events(calendar_of(world, me))
    assert in_feed["UID"] == event["UID"]


def test_a_digest_brings_events_only_for_what_its_reader_follows_and_only_where_dates_moved(
    world: World, sink: MailSink, settings: Settings
) -> None:
    _me, project = tracked(world, dated("bid_deadline", "12-27 09:30"))
    world.person("林芳", "lin@example.cn")
    world.published(world.project("新项目", dated("bid_deadline", "12-24 16:00")))
    with world.engine.begin() as connection:
        route(connection, NOW)
        make_digests(connection, NOW)
    deliver_due(world.engine, NOW, settings)
    assert [attached(sink, number) for number in range(2)] == [[], []]
    moved(world, project, "2026-12-20 09:30", "2026-12-27 09:30", words="延期")
    tomorrow = NOW + timedelta(days=1)
    with world.engine.begin() as connection:
        route(connection, tomorrow)
        make_digests(connection, tomorrow)
    deliver_due(world.engine, tomorrow, settings)
    by_reader = {mail.recipients[0]: bool(attached(sink, n)) for n, mail in enumerate(sink.messages) if n >= 2}
    assert by_reader == {"wang@example.cn": True, "lin@example.cn": False}


def test_a_calendar_that_cannot_be_made_stops_no_mail(
    world: World, sink: MailSink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _me, project = tracked(world, dated("bid_deadline", "11-27 09:30"))
    moved(world, project, "2026-12-03 09:30", "2026-11-27 09:30")
    world.route(NOW)
    monkeypatch.setattr(ics, "write", lambda *_: 1 / 0)
    assert deliver_due(world.engine, NOW, settings) == {"sent": 1}
    assert attached(sink) == []


# --- the address ----------------------------------------------------------------------------------------------------


def test_an_address_is_unguessable_kept_as_a_hash_and_revocable(world: World) -> None:
    me = world.person()
    with world.engine.begin() as connection:
        first = new_address(connection, me, NOW, SETTINGS)
        second = new_address(connection, me, NOW, SETTINGS)
    token = second.removeprefix("https://t.example.cn/ics/").removesuffix(".ics")
    assert re.fullmatch(r"[\w-]{43}", token)  # 256 bits
    assert token not in str(world.rows(Token))
    with world.engine.begin() as connection:
        assert owner_of(connection, first[-47:-4], NOW) is None  # a new one ends the old one
        assert owner_of(connection, token, NOW) == me
        assert end_addresses(connection, me, NOW) == 1
        assert owner_of(connection, token, NOW) is None


def test_entries_of_nothing_are_none(world: World) -> None:
    with world.engine.connect() as connection:
        assert entries(connection, [], SETTINGS, NOW) == []
