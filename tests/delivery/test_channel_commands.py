"""`chebiao chat`, `chebiao ics` and what `doctor` says of groups, as a user meets them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import icalendar
import pytest

from crawler.clock import SHANGHAI
from demo.robots import Robots
from tests.shell import Shell
from tracker.db import open_database
from tracker.delivery.unsubscribe import ensure_link, unsubscribe

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)


@pytest.fixture
def platforms() -> Iterator[Robots]:
    with Robots() as running:
        running.group("wecom", "sales")
        running.group("dingtalk", "leads", sign="SECkey")
        yield running


@pytest.fixture
def shell(tmp_path: Path, platforms: Robots, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("CHEBIAO_NOW", NOW.isoformat())  # the platforms' clock stands in this process
    robots = tmp_path / "robots.toml"
    robots.write_text(platforms.file(), encoding="utf-8")
    run = Shell(tmp_path, CHEBIAO_CHAT_ROBOTS_FILE=str(robots), CHEBIAO_NOW=NOW.isoformat())
    run("person", "add", "李经理", "li@example.cn")
    return run


def test_a_group_is_added_tried_listed_and_switched_off(shell: Shell, platforms: Robots) -> None:
    shell("chat", "add", "销售群", "--robot", "sales", "--for", "李经理", "--as", "李经理")
    assert "`chebiao chat test 销售群`" in shell.said
    shell("chat", "test", "销售群")
    assert "看到它，说明日报和提醒都能送达。" in platforms.messages[0].text
    (row,) = shell.rows("chat", "list")
    assert (row["name"], row["medium"], row["person"], row["digest"], row["active"]) == (
        "销售群",
        "wecom",
        "李经理",
        True,
        True,
    )
    assert "企业微信" in shell("chat", "list")
    shell("chat", "edit", "销售群", "--as", "李经理", "--no-digest", "--inactive")
    assert [(row["digest"], row["active"]) for row in shell.rows("chat", "list")] == [(False, False)]


def test_a_group_that_is_not_told_says_what_the_platform_said(shell: Shell, platforms: Robots) -> None:
    shell("chat", "add", "领导群", "--robot", "leads", "--for", "李经理", "--as", "李经理")
    group = platforms.groups["token-of-leads-dingtalk"]
    platforms.refuse(group, code=310000, words=f"keywords not in content, token {group.token}")
    shell("chat", "test", "领导群", code=1)
    assert "310000 keywords not in content, token …" in shell.said
    assert group.token not in shell.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("add", "群", "--robot", "nobody", "--for", "李经理"), "sales, leads"),
        (("add", "群", "--robot", "sales"), "--team"),
        (("edit", "没有的群", "--inactive"), "没有的群"),
    ],
)
def test_h71_a_mistake_names_the_fix(shell: Shell, arguments: tuple[str, ...], said: str) -> None:
    shell("chat", *arguments, "--as", "李经理", code=2)
    assert said in shell.said


def test_doctor_names_a_group_without_robot_and_who_stopped_the_mails(shell: Shell, tmp_path: Path) -> None:
    shell("chat", "add", "销售群", "--robot", "sales", "--for", "李经理", "--as", "李经理")
    assert "群 销售群 经 wecom 接收消息" in shell("doctor", "--offline", code=1)
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    with engine.begin() as connection:
        ensure_link(connection, 1, NOW)
        token = connection.exec_driver_sql("SELECT token FROM mail_link").scalar_one()
        unsubscribe(connection, token, NOW)
    (tmp_path / "robots.toml").write_text("")
    said = shell("doctor", "--offline", code=1)
    assert "群 销售群 没有可用的机器人 sales" in said
    assert "李经理 已通过邮件中的链接退订邮件" in said


def test_a_calendar_is_written_to_a_file_and_its_address_shown_once(shell: Shell, tmp_path: Path) -> None:
    shell("ics", "export", "李经理", "-o", str(tmp_path / "x.ics"))
    assert icalendar.Calendar.from_ical((tmp_path / "x.ics").read_bytes())["VERSION"] == "2.0"
    path = shell("ics", "link", "李经理").strip()
    assert path.startswith("/ics/")
    assert "public_url" in shell.said
    whole = shell("ics", "link", "李经理", CHEBIAO_PUBLIC_URL="https://t.example.cn").strip()
    assert whole.startswith("https://t.example.cn/ics/")
    shell("ics", "revoke", "李经理")
    assert "李经理 的 1 个地址已停用" in shell.said


def test_h71_an_unknown_part_of_the_service_is_a_mistake(shell: Shell) -> None:
    shell("serve", "--only", "sendr", code=2)
    assert "poller, router, sender, clock, web" in shell.said


def test_the_digest_is_sent_to_groups_too(shell: Shell, platforms: Robots) -> None:
    later = (NOW + timedelta(days=1)).isoformat()
    shell("chat", "add", "销售群", "--robot", "sales", "--for", "李经理", "--as", "李经理")
    shell("digest", "--send", CHEBIAO_NOW=later)
    assert platforms.messages[-1].text.startswith("### 车标 11-24 周二")
