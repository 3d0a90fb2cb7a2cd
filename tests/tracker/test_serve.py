"""`chebiao serve`: each job once, whatever restarts, sleeps or runs beside it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, event, func, select, update

from crawler.clock import SHANGHAI, now
from demo.notices import world
from demo.portal import ReplicaPortal
from demo.robots import Robots
from demo.smtp import MailSink
from tracker.db import open_database, reading
from tracker.delivery.destinations import add_group
from tracker.service.serve import Service
from tracker.service.steps import Ran, stands
from tracker.settings import Settings
from tracker.tables import Channel, Digest, Poll, table
from tracker.team.people import add_person

SAMPLES = [sample for sample in world() if sample.vehicles != "no"][:12]
CHANNEL, DIGEST, POLL = table(Channel), table(Digest), table(Poll)


@pytest.fixture
def replica() -> Iterator[ReplicaPortal]:
    with ReplicaPortal(SAMPLES) as portal:
        yield portal


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as found:
        yield found


def settings_for(sink: MailSink) -> Settings:
    return Settings(smtp_url=SecretStr(sink.url), mail_from="Chebiao <chebiao@example.cn>", mail_domain="example.cn")


def at(monkeypatch: pytest.MonkeyPatch, day: int, hour: int, minute: int = 0) -> datetime:
    moment = datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)
    monkeypatch.setenv("CHEBIAO_NOW", moment.isoformat())
    return moment


def polls(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(POLL)) or 0


def test_two_services_on_one_database_do_each_job_once(
    database: Engine,
    replica: ReplicaPortal,
    sink: MailSink,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    moment = at(monkeypatch, 23, 7, 0)
    one = Service(database, settings_for(sink), base_url=replica.base_url)
    two = Service(database, settings_for(sink), base_url=replica.base_url)
    with database.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", moment)
    ccgp = next(each for each in one.portals() if each.id == "ccgp")
    assert one.poll_portal(ccgp)
    assert not two.poll_portal(ccgp)
    channels = len(ccgp.channels)
    assert polls(database) == channels

    at(monkeypatch, 23, 7, 31)
    for service in (one, two, one):
        service.tick_mail()
    digests = [mail for mail in sink.messages if str(mail.message["Subject"]).startswith("车标 ")]
    assert len(digests) == 1, [str(mail.message["Subject"]) for mail in sink.messages]
    one.close()
    two.close()


def test_h54_what_a_sleeping_machine_missed_is_done_once_on_waking(
    database: Engine, replica: ReplicaPortal, sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    moment = at(monkeypatch, 23, 6, 0)
    service = Service(database, settings_for(sink), base_url=replica.base_url)
    with database.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", moment)
    service.poll_portal(next(each for each in service.portals() if each.id == "ccgp"))
    for day, hour in ((26, 11), (26, 12), (27, 7)):  # asleep for three mornings
        at(monkeypatch, day, hour)
        service.tick_mail()
    with reading(database) as connection:
        assert connection.scalar(select(func.count()).where(DIGEST.c.kind == "daily")) == 1
    at(monkeypatch, 27, 7, 30)
    service.tick_mail()
    with reading(database) as connection:
        assert connection.scalar(select(func.count()).where(DIGEST.c.kind == "daily")) == 2
    service.close()


def test_a_service_with_nothing_to_do_only_reads(
    sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    moment = at(monkeypatch, 23, 7, 0)
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    service = Service(engine, settings_for(sink))
    with engine.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", moment)
        connection.execute(update(CHANNEL).values(next_due_at=moment + timedelta(days=1)))
    writes: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def note(*seen: Any) -> None:
        writes.extend(["a transaction that writes"] if seen[2] == "BEGIN IMMEDIATE" else [])

    def tick() -> int:
        writes.clear()
        for job in service.jobs():
            if job.name != "housekeeping":
                job.step()
        service.tick_mail()
        return len(writes)

    assert tick() == 0
    at(monkeypatch, 23, 9, 0)
    assert tick() > 0, "the digest and the week's report are due"
    assert tick() == 0
    at(monkeypatch, 23, 16, 1)
    assert tick() == 1, "whether a supplement is needed is looked at once"
    assert tick() == 0
    service.close()
    engine.dispose()


def test_serve_polls_sends_and_ends_cleanly_on_sigterm(replica: ReplicaPortal, sink: MailSink, tmp_path: Path) -> None:
    environment = os.environ | {
        "CHEBIAO_HOME": str(tmp_path),
        "CHEBIAO_SMTP_URL": sink.url,
        "CHEBIAO_MAIL_FROM": "chebiao@example.cn",
        "CHEBIAO_TICK_SECONDS": "1",
    }
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    command = [sys.executable, "-m", "tracker", "serve", "--port", "0", "--base-url", replica.base_url]
    with (tmp_path / "serve.log").open("wb") as log:
        child = subprocess.Popen(command, env=environment, stderr=log)
        try:
            end = time.monotonic() + 90
            while polls(engine) == 0 and time.monotonic() < end:
                time.sleep(0.3)
        finally:
            child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    said = (tmp_path / "serve.log").read_text(encoding="utf-8")
    assert polls(engine) > 0
    assert "stopped" in said
    assert "Traceback" not in said


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[tuple[dict[str, str], MailSink, Robots, ReplicaPortal]]:
    """A home with one person, one chat group, secrets, and all that answers on loopback."""
    with ReplicaPortal(SAMPLES) as replica, MailSink(login=("me", "pa55-w0rd")) as mail, Robots() as chat:
        sales = chat.group("dingtalk", "sales", sign="SECsign-key")
        (tmp_path / "robots.toml").write_text(chat.file(), encoding="utf-8")
        (tmp_path / "smtp").write_text(mail.url + "\n", encoding="utf-8")
        environment = os.environ | {
            "CHEBIAO_HOME": str(tmp_path),
            "CHEBIAO_SMTP_URL_FILE": str(tmp_path / "smtp"),
            "CHEBIAO_CHAT_ROBOTS_FILE": str(tmp_path / "robots.toml"),
            "CHEBIAO_MAIL_FROM": "chebiao@example.cn",
            "CHEBIAO_PUBLIC_URL": "https://t.example.cn",
            "CHEBIAO_TICK_SECONDS": "1",
        }
        engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
        settings = Settings(chat_robots=SecretStr(chat.file()))
        with engine.begin() as connection:
            add_person(connection, "李经理", "li@example.cn", now() - timedelta(days=10), digest_days="daily")
            add_group(connection, "李经理", "销售群", sales.name, now(), settings, of="李经理")
        engine.dispose()
        yield environment, mail, chat, replica


def test_h68_a_full_run_logs_json_lines_without_secrets_and_without_what_was_mailed(
    everything: tuple[dict[str, str], MailSink, Robots, ReplicaPortal], tmp_path: Path
) -> None:
    environment, mail, chat, replica = everything
    command = [sys.executable, "-m", "tracker", "serve", "--log-json", "--verbose", "--port", "0"]
    with (tmp_path / "serve.log").open("wb") as log:
        child = subprocess.Popen([*command, "--base-url", replica.base_url], env=environment, stderr=log)
        try:
            end = time.monotonic() + 120
            while not (mail.messages and chat.messages) and time.monotonic() < end:
                time.sleep(0.3)
        finally:
            child.send_signal(signal.SIGTERM)
        assert child.wait(60) == 0
    said = (tmp_path / "serve.log").read_text(encoding="utf-8")
    assert mail.messages, said
    assert chat.messages, said
    # The one-time link of the first account is for the person at the terminal, not for the log.
    lines = [json.loads(line) for line in said.splitlines() if "/setup/" not in line]
    assert all({"at", "level", "who", "what"} <= line.keys() for line in lines)
    assert {"tracker.delivery.deliveries", "tracker.service.serve", "tracker.web.app"} <= {
        line["who"] for line in lines
    }
    assert not any(line["level"] in ("error", "critical") for line in lines), said
    token = str(mail.messages[0].message["List-Unsubscribe"]).rpartition("/u/")[2].rstrip(">")
    for secret in ("pa55-w0rd", "SECsign-key", "token-of-sales-dingtalk", token, "li@example.cn"):
        assert secret not in said
    body = mail.messages[0].message.get_body(("plain",))
    assert body is not None
    told = [line.strip() for line in body.get_content().splitlines() if len(line.strip()) > 12]
    assert told
    assert [line for line in told if line in said] == []


def test_one_part_alone_does_only_its_work(
    everything: tuple[dict[str, str], MailSink, Robots, ReplicaPortal], tmp_path: Path
) -> None:
    environment, _mail, _chat, replica = everything
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    command = [sys.executable, "-m", "tracker", "serve", "--only", "clock", "--base-url", replica.base_url]
    child = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
    try:
        end = time.monotonic() + 60
        while not (steps := {each.name for each in _stands(engine)}) and time.monotonic() < end:
            time.sleep(0.2)
        time.sleep(1.5)
        steps = {each.name for each in _stands(engine)}
    finally:
        child.send_signal(signal.SIGTERM)
        _out, said = child.communicate(timeout=60)
    assert child.returncode == 0, said
    assert steps == {"digests", "housekeeping"}
    assert polls(engine) == 0


def _stands(engine: Engine) -> list[Ran]:
    with reading(engine) as connection:
        return stands(connection, now())


def test_housekeeping_is_done_by_one_service_at_a_time(
    database: Engine, sink: MailSink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    at(monkeypatch, 23, 3)
    one, two = Service(database, settings_for(sink)), Service(database, settings_for(sink))
    called: list[str] = []
    monkeypatch.setattr("tracker.service.serve.let_go", lambda *_: called.append("let go") or 0)
    one.tick_housekeeping()
    two.tick_housekeeping()
    assert called == ["let go"]
    one.close()
    two.close()
