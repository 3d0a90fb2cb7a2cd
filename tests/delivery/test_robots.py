"""The senders of group robots against stand-ins that answer as the platforms do."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from handmade import NOW
from pydantic import SecretStr

from crawler.config import ConfigurationError
from demo.faults import Reply
from demo.robots import Group, Medium, Robots
from tracker.delivery.mail import Answer
from tracker.delivery.robots import PLATFORMS, Robot, post, robot_of, robots
from tracker.settings import Settings, load

MEDIA: tuple[Medium, ...] = ("wecom", "dingtalk", "feishu")
BODIES = {
    "wecom": {"msgtype": "markdown", "markdown": {"content": "消防车"}},
    "dingtalk": {"msgtype": "markdown", "markdown": {"title": "车标", "text": "消防车"}},
    "feishu": {
        "msg_type": "post",
        "content": {"post": {"zh_cn": {"title": "车标", "content": [[{"tag": "text", "text": "消防车"}]]}}},
    },
}


def settings_of(text: str) -> Settings:
    return Settings(chat_robots=SecretStr(text))


def robot(chat: Robots, group: Group) -> Robot:
    return robot_of(settings_of(chat.file()), group.name)


def sent(chat: Robots, group: Group, body: bytes | None = None) -> Answer:
    content = json.dumps(BODIES[group.medium], ensure_ascii=False).encode() if body is None else body
    return post(robot(chat, group), content, NOW, before=lambda: True)


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("medium", MEDIA)
def test_a_message_arrives(chat: Robots, medium: Medium) -> None:
    answer = sent(chat, chat.group(medium, "sales"))
    assert (answer.outcome, answer.code) == ("sent", "0")
    assert "消防车" in chat.messages[0].text


@pytest.mark.parametrize(
    ("medium", "code", "outcome"),
    [
        ("wecom", 40058, "permanent"),
        ("wecom", 93000, "channel"),
        ("wecom", 45009, "transient"),
        ("wecom", -1, "transient"),
        ("dingtalk", 460101, "permanent"),
        ("dingtalk", 310000, "channel"),
        ("dingtalk", 130101, "transient"),
        ("feishu", 19001, "channel"),
        ("feishu", 11232, "transient"),
        ("feishu", 9499, "permanent"),
    ],
)
def test_h52_a_code_in_a_good_answer_is_a_failure(chat: Robots, medium: Medium, code: int, outcome: str) -> None:
    group = chat.group(medium, "sales")
    chat.refuse(group, code=code, words="no")
    answer = sent(chat, group)
    assert (answer.outcome, answer.code, answer.text) == (outcome, str(code), "no")
    assert chat.messages == []


@pytest.mark.parametrize(("medium", "wait"), [("wecom", 60), ("dingtalk", 600), ("feishu", 60)])
def test_h52_too_many_a_minute_rest_the_robot(chat: Robots, medium: Medium, wait: int) -> None:
    group = chat.group(medium, "sales", per_minute=1)
    assert sent(chat, group).outcome == "sent"
    answer = sent(chat, group)
    assert (answer.outcome, answer.reached, answer.wait_s) == ("transient", False, wait)


def words(status: int, body: str = "busy", headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status, body.encode(), "text/plain", headers, plain=True)


@pytest.mark.parametrize(
    ("reply", "outcome", "wait"),
    [
        (words(429, headers=(("Retry-After", "120"),)), "transient", 120),
        (words(429, headers=(("Retry-After", "Sun, 22 Nov 2026 23:35:00 GMT"),)), "transient", 300),
        (words(429, headers=(("Retry-After", "99999999"),)), "transient", 3600),
        (words(429, headers=(("Retry-After", "soon"),)), "transient", 60),
        (words(429), "transient", 60),
        (words(502), "transient", 0),
        (words(503, headers=(("Retry-After", "30"),)), "transient", 30),
        (words(413), "permanent", 0),
        (words(404), "channel", 0),
        (words(302, headers=(("Location", "https://elsewhere.example.cn/"),)), "channel", 0),
        (words(200, "<html>login</html>"), "transient", 0),
        (words(200, "[]"), "transient", 0),
        (words(200, "{}"), "transient", 0),
        (words(200, "x" * 100_000), "unknown", 0),
        (Reply(reset=True), "unknown", 0),
        (Reply(200, b'{"errcode": 0}', reset=True, cut=5), "unknown", 0),
    ],
)
def test_h52_every_answer_has_its_outcome(chat: Robots, reply: Reply, outcome: str, wait: float) -> None:
    group = chat.group("wecom", "sales")
    chat.refuse(group, reply=reply)
    answer = sent(chat, group)
    assert (answer.outcome, answer.wait_s) == (outcome, wait)
    assert len(chat.requests) == 1  # a redirect is not followed


def test_a_platform_that_cannot_be_reached_has_got_nothing(chat: Robots) -> None:
    group = chat.group("feishu", "sales")
    found = robot(chat, group)
    gone = Robot(found.name, found.medium, found.url.replace(str(chat.port), "9"), replica=True)
    answer = post(gone, b"{}", NOW, before=lambda: True)
    assert (answer.outcome, answer.reached) == ("transient", False)


def test_nothing_leaves_without_the_lease(chat: Robots) -> None:
    found = robot(chat, chat.group("wecom", "sales"))
    assert post(found, b"{}", NOW, before=lambda: False).outcome == "transient"
    assert chat.requests == []


# --- signatures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("medium", ["dingtalk", "feishu"])
def test_a_signed_message_is_taken(chat: Robots, medium: Medium) -> None:
    assert sent(chat, chat.group(medium, "sales", sign="SEC密钥+/=")).outcome == "sent"


@pytest.mark.parametrize(("medium", "code"), [("dingtalk", "310000"), ("feishu", "19021")])
def test_a_wrong_key_and_a_clock_an_hour_off_stop_the_robot(chat: Robots, medium: Medium, code: str) -> None:
    group = chat.group(medium, "sales", sign="SECright")
    found = robot(chat, group)
    content = json.dumps(BODIES[medium]).encode()
    wrong = Robot(found.name, medium, found.url, "SECwrong", replica=True)
    for each, at in ((wrong, NOW), (found, NOW - timedelta(minutes=61))):
        answer = post(each, content, at, before=lambda: True)
        assert (answer.outcome, answer.code) == ("channel", code)


# --- secrets and the gate -------------------------------------------------------------------------------------------


def test_h68_no_secret_in_reprs_answers_and_logs(chat: Robots, caplog: pytest.LogCaptureFixture) -> None:
    group = chat.group("dingtalk", "sales", sign="SECsecretkey")
    chat.refuse(group, code=300005, words=f"token {group.token} is not exist, SECsecretkey")
    answer = sent(chat, group)
    assert answer.text == "token … is not exist, …"
    said = repr((robot(chat, group), settings_of(chat.file()), answer)) + caplog.text
    assert group.token not in said
    assert "SECsecretkey" not in said


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            'medium = "wecom"\nurl = "https://evil.example.cn/cgi-bin/webhook/send?key=k3y-s3cret"',
            "qyapi.weixin.qq.com",
        ),
        ('medium = "wecom"\nurl = "http://127.0.0.1:80/cgi-bin/webhook/send?key=k3y-s3cret"', "address"),
        ('medium = "wecom"\nurl = "http://169.254.169.254/cgi-bin/webhook/send?key=k3y-s3cret"', "address"),
        ('medium = "wecom"\nurl = "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k3y-s3cret"', "https"),
        ('medium = "wecom"\nurl = "https://me@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k3y-s3cret"', "userinfo"),
        ('medium = "wecom"\nurl = "https://qyapi.weixin.qq.com/other?key=k3y-s3cret"', "/cgi-bin/webhook/send"),
        ('medium = "feishu"\nurl = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k3y-s3cret"', "open.feishu"),
        (
            'medium = "wecom"\nurl = "https://evil.example.cn/cgi-bin/webhook/send?key=k3y-s3cret"\nreplica = true',
            "host",
        ),
        ('medium = "slack"\nurl = "https://hooks.example.com/k3y-s3cret"', "medium"),
        ('medium = "wecom"', "url"),
        ('medium = "wecom"\nurl = "https://qyapi.weixin.qq.com/x?key=k3y-s3cret"\ncolour = "k3y-s3cret"', "colour"),
        ('medium = "wecom\nurl = "k3y-s3cret"', "TOML"),
    ],
)
def test_h06_h71_a_robot_that_may_not_be_used_is_named_without_its_address(lines: str, said: str) -> None:
    with pytest.raises(ConfigurationError) as mistake:
        robots(settings_of(f"[sales]\n{lines}"))
    assert said in str(mistake.value)
    assert "s3cret" not in str(mistake.value)


@pytest.mark.parametrize(
    ("medium", "url"),
    [
        ("wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"),
        ("dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=0123456789abcdef"),
        ("feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/3e58660d-xxxx"),
        ("feishu", "https://open.larksuite.com/open-apis/bot/v2/hook/3e58660d-xxxx"),
    ],
)
def test_the_platforms_own_addresses_pass(medium: Medium, url: str) -> None:
    found = robot_of(settings_of(f'[sales]\nmedium = "{medium}"\nurl = "{url}"'), "sales")
    assert found.secrets
    assert all(each in url for each in found.secrets)
    assert found.platform is PLATFORMS[medium]


def test_robots_stand_in_a_file_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "robots.toml"
    path.write_text('[sales]\nmedium = "feishu"\nurl = "https://open.feishu.cn/open-apis/bot/v2/hook/abcdef"\n')
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_CHAT_ROBOTS_FILE", str(path))
    assert list(robots(load())) == ["sales"]
    assert robots(Settings()) == {}
    with pytest.raises(ConfigurationError, match="sales"):
        robot_of(load(), "unknown")
