"""Chat groups as recipients: who is told, split messages, failing robots, crashes (hostile 46, 47, 49, 50, 52)."""

import json
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from handmade import CRASHES, NOW, World, date
from pydantic import SecretStr
from sqlalchemy import insert, update

from crawler.config import ConfigurationError
from demo.faults import Reply
from demo.robots import Group, Robots
from demo.smtp import MailSink
from tracker.decisions import Mistake
from tracker.delivery.chat import BLOCK
from tracker.delivery.deliveries import deliver_chats, deliver_due, send_due
from tracker.delivery.destinations import add_group, edit_group, group, groups
from tracker.delivery.robots import PLATFORMS
from tracker.router import route
from tracker.settings import Settings
from tracker.tables import Attempt, Delivery, Event, Project, Team, TeamMember, table
from tracker.team.kept import EditedMeanwhile

MINUTE = timedelta(minutes=1)
LEASE_OVER = 7 * MINUTE


def settings_with(chat: Robots, settings: Settings | None = None) -> Settings:
    return (settings or Settings()).model_copy(update={"chat_robots": SecretStr(chat.file())})


def told(world: World, chat: Robots, robot: Group, of: str | None = "王小明", who: str = "王小明", **more: Any) -> None:
    settings = settings_with(chat)
    with world.engine.begin() as connection:
        add_group(connection, who, f"群-{robot.name}", robot.name, NOW, settings, of=of, **more)


def team(world: World, name: str, lead: int | None, *members: int) -> None:
    with world.engine.begin() as connection:
        fresh = insert(table(Team)).values(name=name, lead_id=lead, version=1).returning(table(Team).c.id)
        identity = connection.execute(fresh).scalar_one()
        rows = [{"team_id": identity, "person_id": each} for each in members]
        connection.execute(insert(table(TeamMember)), rows)


def blind(world: World, when: datetime = NOW) -> None:
    world.event("source-blind", portal="ccgp", channel="dfgg-gkzb", cause="poll", reason="HTTP 403")
    world.route(when)


def digests(world: World, when: datetime = NOW) -> int:
    return world.digests(when)


def many(world: World, number: int) -> None:
    for each in range(number):
        world.published(world.project(f"第{each}号水罐消防车采购项目", date("bid_deadline", "12-24 16:00")))


# --- who is told ----------------------------------------------------------------------------------------------------


def test_a_person_is_told_by_mail_and_in_their_group(
    world: World, chat: Robots, sink: MailSink, settings: Settings
) -> None:
    sales = chat.group("wecom", "sales")
    world.person()
    told(world, chat, sales)
    blind(world)
    assert send_due(world.engine, NOW, settings_with(chat, settings)) == {"sent": 2}
    assert len(sink.messages) == len(chat.messages) == 1
    assert "HTTP 403" in chat.messages[0].text
    assert {row.medium: row.state for row in world.rows(Delivery)} == {"mail": "sent", "wecom": "sent"}


def test_a_team_s_group_is_told_once_what_any_member_is_told_and_gets_the_lead_s_digest(
    world: World, chat: Robots
) -> None:
    lead, lin, other = world.person(), world.person("林芳", None), world.person("周强", None)
    team(world, "销售一部", lead, lin, other)
    leads = chat.group("feishu", "leads", sign="SECkey")
    told(world, chat, leads, of=None, team="销售一部")
    blind(world)
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"sent": 1}
    assert digests(world) == 1  # the members without an address get none of their own
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"sent": 1}
    assert [message.text.partition("\n")[0] for message in chat.messages] == [
        "【来源读不到】中国政府采购网",
        "车标 11-23 周一｜今日无新，来源已读 0/0",
    ]


def test_a_person_without_an_address_can_live_on_the_group_alone(world: World, chat: Robots) -> None:
    world.person(email=None)
    told(world, chat, chat.group("dingtalk", "me"))
    many(world, 1)
    assert digests(world) == 1
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"sent": 1}
    assert "水罐消防车" in chat.messages[0].text


def test_a_group_without_the_digest_gets_alerts_only(world: World, chat: Robots) -> None:
    world.person(email=None)
    told(world, chat, chat.group("dingtalk", "me"), digest=False)
    blind(world)
    assert digests(world) == 0
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"sent": 1}


def test_the_digest_that_leaves_now_tells_the_untried_alert_the_same_way_only(
    world: World, chat: Robots, sink: MailSink, settings: Settings
) -> None:
    world.person()
    told(world, chat, chat.group("wecom", "alerts"), digest=False)
    blind(world)
    assert digests(world) == 1
    assert send_due(world.engine, NOW, settings_with(chat, settings)) == {"sent": 2}
    states = {(row.medium, row.kind): row.state for row in world.rows(Delivery)}
    assert states == {("mail", "alert"): "cancelled", ("mail", "digest"): "sent", ("wecom", "alert"): "sent"}


def test_what_only_a_team_s_group_was_told_is_told_again_in_the_digest(
    world: World, chat: Robots, sink: MailSink, settings: Settings
) -> None:
    me = world.person(added_at=NOW - timedelta(days=10))
    team(world, "销售一部", None, me)
    told(world, chat, chat.group("wecom", "all"), of=None, team="销售一部", digest=False)
    many(world, 1)
    world.event("terminated", world.rows(Project)[0].id, None, "terminated", proceeding="purchase-1", lots=["all"])
    with world.engine.begin() as connection:
        route(connection, NOW - timedelta(hours=3))
        connection.execute(update(table(Delivery)).where(table(Delivery).c.medium == "mail").values(state="cancelled"))
    assert deliver_chats(world.engine, NOW - timedelta(hours=3), settings_with(chat)) == {"sent": 1}
    assert digests(world) == 1
    deliver_due(world.engine, NOW, settings)
    body = sink.messages[0].message.get_body(("plain",))
    assert body is not None
    assert "已即时提醒" not in body.get_content()
    assert "终止" in body.get_content()


@pytest.mark.parametrize("what", ["group", "person"])
def test_h55_who_was_taken_off_is_told_nothing(world: World, chat: Robots, what: str) -> None:
    me = world.person(email=None)
    told(world, chat, chat.group("wecom", "sales"))
    settings = settings_with(chat)
    blind(world)
    with world.engine.begin() as connection:
        if what == "group":
            edit_group(connection, "王小明", group(connection, "群-sales"), settings, active=False)
        else:
            connection.exec_driver_sql(f"UPDATE person SET active = false WHERE id = {me}")
    assert deliver_chats(world.engine, NOW, settings) == {"cancelled": 1}
    assert chat.messages == []


def test_h58_a_passed_project_is_not_told(world: World, chat: Robots) -> None:
    me = world.person(email=None)
    sales = chat.group("wecom", "sales")
    told(world, chat, sales)
    project = world.project("消防车采购", date("bid_deadline", "11-23 16:00"))
    world.published(project)
    world.route(NOW - timedelta(hours=12))
    world.decide("pass", project, me)
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"cancelled": 1}


# --- editing groups -------------------------------------------------------------------------------------------------


def test_a_group_is_added_listed_and_edited_by_a_named_person(world: World, chat: Robots) -> None:
    world.person()
    for medium in ("wecom", "feishu"):
        chat.group(medium, medium)
    settings = settings_with(chat)
    told(world, chat, chat.groups["token-of-wecom-wecom"])
    with world.engine.begin() as connection:
        (before,) = groups(connection)
        assert (before.medium, before.person, before.team, before.digest) == ("wecom", "王小明", "", True)
        after = edit_group(connection, "王小明", before, settings, digest=False)
        assert not after.digest
        with pytest.raises(EditedMeanwhile):
            edit_group(connection, "王小明", before, settings, active=False)
        with pytest.raises(Mistake, match="wecom"):
            edit_group(connection, "王小明", after, settings, robot="feishu")  # stored messages are in its form
    assert [row.kind for row in world.rows(Event)] == ["destination-added", "destination-changed"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"of": None}, "--for"),
        ({"of": "王小明", "team": "销售一部"}, "--for"),
        ({"of": "谁"}, "谁"),
        ({"of": None, "team": "没有"}, "没有"),
        ({"of": None, "team": "无头部"}, "--no-digest"),
        ({"of": "王小明", "robot": "nobody"}, "nobody"),
        ({"of": "王小明", "name": " "}, "销售群"),
        ({"of": "王小明", "name": "群"}, "群"),
    ],
)
def test_h71_a_mistake_in_adding_a_group_names_the_fix(
    world: World, chat: Robots, more: dict[str, str], said: str
) -> None:
    world.person()
    chat.group("wecom", "sales")
    team(world, "无头部", None, 1)
    wanted = {"name": "新群", "robot": "sales"} | more
    with world.engine.begin() as connection:
        add_group(connection, "王小明", "群", "sales", NOW, settings_with(chat), of="王小明")
        with pytest.raises((Mistake, ConfigurationError, ValueError), match=said):
            add_group(
                connection,
                "王小明",
                wanted["name"],
                wanted["robot"],
                NOW,
                settings_with(chat),
                of=wanted.get("of"),
                team=wanted.get("team"),
            )


# --- parts ----------------------------------------------------------------------------------------------------------


def test_h52_a_long_digest_arrives_in_numbered_parts_each_a_delivery_of_its_own(world: World, chat: Robots) -> None:
    world.person(email=None)
    told(world, chat, chat.group("wecom", "sales"))
    many(world, 40)
    digests(world)
    counts = deliver_chats(world.engine, NOW, settings_with(chat))
    rows = world.rows(Delivery)
    assert counts == {"sent": len(rows)}
    assert len(rows) > 3
    assert [row.part for row in rows] == list(range(1, len(rows) + 1))
    assert {row.parts for row in rows} == {len(rows)}
    assert {row.content for row in rows} == {None}
    heads = [message.text.partition("\n")[0] for message in chat.messages]
    assert [head[-len(f"({n}/{len(rows)})") :] for n, head in enumerate(heads, 1)] == [
        f"({n}/{len(rows)})" for n in range(1, len(rows) + 1)
    ]
    plain = "".join(message.text for message in chat.messages)
    assert all(plain.count(f"第{n}号水罐消防车采购项目") == 1 for n in range(40))
    assert max(len(part) for message in chat.messages for part in message.text.split("\n\n")) <= BLOCK + 60


def test_h52_parts_come_in_order_and_only_the_failed_ones_again(world: World, chat: Robots) -> None:
    world.person(email=None)
    sales = chat.group("wecom", "sales")
    told(world, chat, sales)
    many(world, 40)
    digests(world)
    chat.refuse(sales, code=-1, times=1)
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"transient": 1}  # the first part only
    assert {row.parts > 1 for row in world.rows(Delivery)} == {True}
    many(world, 3)  # news that must not change what the other parts hold
    now = NOW + 2 * MINUTE
    chat.refuse(sales, reply=Reply(502, b"bad gateway", "text/plain", plain=True), times=0)
    assert deliver_chats(world.engine, now, settings_with(chat))["sent"] == len(world.rows(Delivery))
    numbers = [int(message.text.partition("(")[2].partition("/")[0]) for message in chat.messages]
    assert numbers == sorted(numbers) == list(range(1, len(numbers) + 1))


def test_h52_no_more_messages_a_minute_than_the_platform_takes(
    world: World, chat: Robots, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left over waits for the next minute, and costs no try."""
    monkeypatch.setitem(PLATFORMS, "wecom", replace(PLATFORMS["wecom"], per_minute=3))
    world.person(email=None)
    sales = chat.group("wecom", "sales", per_minute=3)
    told(world, chat, sales)
    many(world, 40)
    digests(world)
    settings = settings_with(chat)
    assert deliver_chats(world.engine, NOW, settings) == {"sent": 3}
    assert deliver_chats(world.engine, NOW + MINUTE / 2, settings) == {}
    later = NOW + 2 * MINUTE
    monkeypatch.setenv("CHEBIAO_NOW", later.isoformat())
    left = len(world.rows(Delivery)) - 3
    assert 0 < left <= 3
    assert deliver_chats(world.engine, later, settings) == {"sent": left}
    assert {row.attempts for row in world.rows(Delivery)} == {1}


# --- failures -------------------------------------------------------------------------------------------------------


def test_h52_a_rate_limit_rests_the_robot_as_long_as_it_asks(world: World, chat: Robots) -> None:
    world.person(email=None)
    ding = chat.group("dingtalk", "sales")
    told(world, chat, ding)
    blind(world)
    chat.refuse(ding, code=130101, words="send too fast", times=1)
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"transient": 1}
    assert deliver_chats(world.engine, NOW + 9 * MINUTE, settings_with(chat)) == {}
    assert deliver_chats(world.engine, NOW + 11 * MINUTE, settings_with(chat)) == {"sent": 1}
    assert [row.code for row in world.rows(Attempt)] == ["130101", "0"]


def test_h49_a_platform_down_for_two_hours_makes_the_message_late_not_lost(world: World, chat: Robots) -> None:
    world.person(email=None)
    sales = chat.group("feishu", "sales")
    told(world, chat, sales)
    blind(world)
    chat.refuse(sales, reply=Reply(503, b"down", "text/plain", plain=True))
    now = NOW
    while now < NOW + timedelta(hours=2):
        deliver_chats(world.engine, now, settings_with(chat))
        now += 5 * MINUTE
    chat.relent()
    assert deliver_chats(world.engine, now + timedelta(hours=1), settings_with(chat)) == {"sent": 1}
    assert "延迟送达：本消息原应于 11-23 周一 07:30 发出。" in chat.messages[0].text


def test_h48_one_robot_with_a_dead_key_stops_neither_the_others_nor_mail(
    world: World, chat: Robots, sink: MailSink, settings: Settings
) -> None:
    world.person()
    gone, good = chat.group("wecom", "gone"), chat.group("feishu", "good")
    for each in (gone, good):
        told(world, chat, each)
    blind(world)
    full = settings_with(chat, settings)
    del chat.groups[gone.token]
    assert send_due(world.engine, NOW, full) == {"sent": 2, "channel": 1}
    assert send_due(world.engine, NOW + MINUTE, full) == {}  # a try now and then, not one a tick
    chat.groups[gone.token] = gone
    assert send_due(world.engine, NOW + 20 * MINUTE, full) == {"sent": 1}


def test_h48_a_file_of_robots_that_is_broken_waits_for_its_mending(world: World, chat: Robots) -> None:
    world.person(email=None)
    told(world, chat, chat.group("wecom", "sales"))
    blind(world)
    broken = Settings(chat_robots=SecretStr("[sales"))
    assert deliver_chats(world.engine, NOW, broken) == {"channel": 1}
    assert "CHEBIAO_CHAT_ROBOTS_FILE" in world.delivery().reason
    assert deliver_chats(world.engine, NOW + 16 * MINUTE, settings_with(chat)) == {"sent": 1}


def test_h48_a_refused_message_is_a_dead_letter_that_doctor_and_digest_name(world: World, chat: Robots) -> None:
    world.person(email=None)
    sales = chat.group("dingtalk", "sales")
    told(world, chat, sales)
    blind(world)
    chat.refuse(sales, code=430102, words="content illegal")
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"permanent": 1}
    (row,) = world.rows(Delivery, state="dead")
    assert row.reason == "430102 content illegal"
    chat.relent()
    assert digests(world, NOW + timedelta(days=1)) == 1
    deliver_chats(world.engine, NOW + timedelta(days=1), settings_with(chat))
    assert "430102 content illegal" in chat.messages[-1].text


def test_h50_one_poisoned_item_among_two_hundred_is_named(world: World, chat: Robots) -> None:
    world.person(email=None)
    told(world, chat, chat.group("feishu", "sales", per_minute=100))
    many(world, 200)
    poisoned = world.rows(Project)[77]
    digests(world)
    with world.engine.begin() as connection:
        project = table(Project)
        connection.execute(update(project).where(project.c.id == poisoned.id).values(state={"name": 3}))
    counts = deliver_chats(world.engine, NOW, settings_with(chat))
    assert set(counts) == {"sent"}
    plain = "".join(message.text for message in chat.messages)
    assert "未能显示的条目 1" in plain
    assert all(f"第{n}号" in plain for n in range(200))


def test_h46_an_answer_that_never_came_is_repeated_once_with_the_same_bytes(world: World, chat: Robots) -> None:
    world.person(email=None)
    sales = chat.group("wecom", "sales")
    told(world, chat, sales)
    blind(world)
    chat.refuse(sales, reply=Reply(reset=True), times=1, keep=True)
    assert deliver_chats(world.engine, NOW, settings_with(chat)) == {"unknown": 1}
    assert deliver_chats(world.engine, NOW + 9 * MINUTE, settings_with(chat)) == {}
    assert deliver_chats(world.engine, NOW + 11 * MINUTE, settings_with(chat)) == {"sent": 1}
    first, second = chat.messages
    assert first.body == second.body


# --- crashes --------------------------------------------------------------------------------------------------------


def worker(database_url: str, robots: Path, now: datetime, point: str) -> "subprocess.Popen[str]":
    script = str(Path(__file__).with_name("crash_worker.py"))
    arguments = [sys.executable, script, database_url, f"file:{robots}", now.isoformat(), point]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def robots_file(chat: Robots, tmp_path: Path, world: World) -> Path:
    """One person, one group, and the file that names its robot."""
    world.person(email=None)
    told(world, chat, chat.group("wecom", "sales"))
    path = tmp_path / "robots.toml"
    path.write_text(chat.file(), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("point", "left_before", "left_after", "tries"),
    CRASHES,
)
def test_h46_kill_9_at_a_named_point(
    world: World,
    database_url: str,
    chat: Robots,
    robots_file: Path,
    point: str,
    left_before: int,
    left_after: int,
    tries: list[str],
) -> None:
    blind(world)
    child = worker(database_url, robots_file, NOW, point)
    assert child.wait(150) == -9, child.communicate()
    assert len(chat.messages) == left_before
    settings = settings_with(chat)
    if point != "in-claim":
        assert deliver_chats(world.engine, NOW + MINUTE, settings) == {}  # the dead worker's lease
    assert deliver_chats(world.engine, NOW + LEASE_OVER, settings) == {"sent": 1}
    assert len(chat.messages) == left_after
    assert len({json.dumps(message.body) for message in chat.messages}) == 1
    assert [row.outcome for row in world.rows(Attempt)] == tries
    assert world.delivery().state == "sent"


def test_h46_kill_9_between_parts_repeats_at_most_one_part(
    world: World, database_url: str, chat: Robots, robots_file: Path
) -> None:
    many(world, 40)
    digests(world)
    child = worker(database_url, robots_file, NOW, "before-third-record")
    assert child.wait(150) == -9, child.communicate()
    assert len(chat.messages) == 3
    deliver_chats(world.engine, NOW + LEASE_OVER, settings_with(chat))
    arrived = Counter(message.text.partition("\n")[0] for message in chat.messages)
    assert len(arrived) == len(world.rows(Delivery)) > 3
    assert sorted(arrived.values())[-2:] == [1, 2]
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_h46_h47_two_workers_killed_at_random_moments_lose_nothing(
    world: World, database_url: str, chat: Robots, tmp_path: Path
) -> None:
    pick = random.Random(7)
    for number in range(12):
        world.person(f"人{number}", None)
        told(world, chat, chat.group("wecom", f"g{number}"), of=f"人{number}", who="人0")
    robots_file = tmp_path / "robots.toml"
    robots_file.write_text(chat.file(), encoding="utf-8")
    blind(world)
    children = [worker(database_url, robots_file, NOW, "none") for _n in range(2)]
    goal, until = pick.randint(1, 6), time.monotonic() + 30
    while len(chat.messages) < goal and children[0].poll() is None and time.monotonic() < until:
        time.sleep(0.002)
    time.sleep(pick.random() * 0.03)
    for child in children:
        child.kill()
        child.communicate()
    again = [worker(database_url, robots_file, NOW + LEASE_OVER, "none") for _n in range(2)]
    for child in again:
        _out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
    arrived = Counter(message.group for message in chat.messages)
    assert len(arrived) == 12
    assert max(arrived.values()) <= 2
    assert {row.state for row in world.rows(Delivery)} == {"sent"}
