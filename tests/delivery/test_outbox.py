"""What did not arrive is listed, and can be sent again by hand."""

from datetime import timedelta

import pytest
from handmade import NOW, World, at, date
from typer.testing import CliRunner

from demo.smtp import MailSink
from tracker.cli import app
from tracker.decisions import Mistake
from tracker.delivery.deliveries import deliver_due
from tracker.delivery.outbox import letters, resend
from tracker.settings import Settings
from tracker.tables import Attempt, Delivery, Event

MINUTE = timedelta(minutes=1)


def dead_letter(world: World, sink: MailSink, settings: Settings) -> int:
    world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    world.event("terminated", project, None, "terminated")
    world.route(NOW)
    sink.answer("rcpt", "550 5.1.1 no such user", times=1)
    deliver_due(world.engine, NOW, settings)
    number: int = world.delivery(state="dead").id
    return number


def again(world: World, number: int, now=NOW + MINUTE) -> None:
    with world.engine.begin() as connection:
        resend(connection, "王小明", number, now)


def test_h48_a_dead_letter_is_listed_with_its_reason_and_sent_again(
    world: World, sink: MailSink, settings: Settings
) -> None:
    number = dead_letter(world, sink, settings)
    with world.engine.connect() as connection:
        (found,) = letters(connection)
    assert (found.person, found.what, found.about, found.state) == ("王小明", "terminated", "校车采购", "dead")
    assert found.reason == "550 5.1.1 no such user"
    first = world.delivery(id=number).message_id
    again(world, number)
    assert deliver_due(world.engine, NOW + MINUTE, settings) == {"sent": 1}
    assert first in sink.messages[0].message["Message-ID"]
    assert [row.person_id for row in world.rows(Event, kind="delivery-resent")] == [1]
    with world.engine.connect() as connection:
        assert letters(connection) == []
        assert [each.state for each in letters(connection, states=("sent",))] == ["sent"]


def test_h46_one_that_was_unknown_twice_can_be_sent_again_and_keeps_its_log(
    world: World, sink: MailSink, settings: Settings
) -> None:
    world.person()
    world.event("source-blind", portal="ccgp", channel="a", cause="poll")
    world.route(NOW)
    sink.answer("data", "drop", times=2)
    deliver_due(world.engine, NOW, settings)
    deliver_due(world.engine, NOW + 11 * MINUTE, settings)
    number = world.delivery(state="dead").id
    again(world, number, NOW + 20 * MINUTE)
    assert deliver_due(world.engine, NOW + 20 * MINUTE, settings) == {"sent": 1}
    assert [row.outcome for row in world.rows(Attempt)] == ["unknown", "unknown", "sent"]


def test_a_folded_dead_letter_is_sent_again_whole(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    for n in range(5):
        world.event(
            "terminated", world.project(f"第{n}号校车", date("bid_deadline", "12-20 09:30")), None, "terminated"
        )
    world.route(NOW)
    sink.answer("rcpt", "550 5.1.1 no such user", times=1)
    deliver_due(world.engine, NOW, settings)
    with world.engine.connect() as connection:
        (found,) = letters(connection)
    assert found.tells == 5
    carried = next(row.id for row in world.rows(Delivery) if row.carried_by)
    with pytest.raises(Mistake, match=str(found.id)):
        again(world, carried)
    again(world, found.id)
    assert deliver_due(world.engine, NOW + MINUTE, settings) == {"sent": 1}
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_what_was_sent_is_not_sent_again_and_what_waits_is_tried_now(
    world: World, sink: MailSink, settings: Settings
) -> None:
    number = dead_letter(world, sink, settings)
    again(world, number)
    sink.answer("rcpt", "450 4.2.0 busy", times=1)
    deliver_due(world.engine, NOW + MINUTE, settings)
    assert deliver_due(world.engine, NOW + 2 * MINUTE, settings) == {}
    again(world, number, NOW + 2 * MINUTE)
    assert deliver_due(world.engine, NOW + 2 * MINUTE, settings) == {"sent": 1}
    with pytest.raises(Mistake, match="sent"):
        again(world, number)
    with pytest.raises(Mistake, match="4711"):
        again(world, 4711)


def test_the_commands_list_and_send_again(
    world: World, sink: MailSink, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = dead_letter(world, sink, settings)
    monkeypatch.setattr("tracker.cli.outbox.engine", lambda: world.engine)
    monkeypatch.setenv("CHEBIAO_NOW", at("11-23 08:00").isoformat())
    shell = CliRunner()
    listed = shell.invoke(app, ["deliveries", "--json"])
    assert listed.exit_code == 0
    assert '"state": "dead"' in listed.stdout
    assert "未送达" in shell.invoke(app, ["deliveries"]).stdout
    assert shell.invoke(app, ["deliveries", "resend", "--as", "王小明", "--dead"]).exit_code == 0
    assert world.delivery(id=number).state == "due"
    assert shell.invoke(app, ["deliveries", "--state", "lost"]).exception is not None
