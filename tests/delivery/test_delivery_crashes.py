"""kill -9 at every point of a sending: never lost, at most one repeat, and that with the same Message-ID."""

import random
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from handmade import CRASHES, NOW, World

from demo.smtp import MailSink
from tracker.delivery.deliveries import deliver_due, make_digests
from tracker.settings import Settings
from tracker.tables import Attempt, Delivery

LEASE_OVER = timedelta(minutes=7)


def worker(database_url: str, sink: MailSink, now: datetime, point: str) -> "subprocess.Popen[str]":
    script = str(Path(__file__).with_name("crash_worker.py"))
    arguments = [sys.executable, script, database_url, sink.url, now.isoformat(), point]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def one_mail(world: World) -> None:
    world.person()
    world.event("source-blind", portal="ccgp", channel="x", cause="poll", reason="HTTP 403")
    world.route(NOW)


@pytest.mark.parametrize(
    ("point", "left_before", "left_after", "tries"),
    CRASHES,
)
def test_h46_kill_9_at_a_named_point(
    world: World,
    database_url: str,
    sink: MailSink,
    settings: Settings,
    point: str,
    left_before: int,
    left_after: int,
    tries: list[str],
) -> None:
    one_mail(world)
    child = worker(database_url, sink, NOW, point)
    assert child.wait(150) == -9, child.communicate()
    assert len(sink.messages) == left_before
    if point != "in-claim":
        assert deliver_due(world.engine, NOW + timedelta(minutes=1), settings) == {}  # the dead worker's lease
    assert deliver_due(world.engine, NOW + LEASE_OVER, settings) == {"sent": 1}
    assert len(sink.messages) == left_after
    assert len({mail.message["Message-ID"] for mail in sink.messages}) == 1
    assert len({mail.raw for mail in sink.messages}) == 1
    assert [row.outcome for row in world.rows(Attempt)] == tries
    assert world.delivery().state == "sent"


def test_h46_kill_9_at_random_moments_loses_nothing_and_repeats_once_at_most(
    world: World, database_url: str, sink: MailSink, settings: Settings
) -> None:
    pick = random.Random(11)
    for number in range(15):
        world.person(f"人{number}", f"p{number}@example.cn")
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
    now = NOW
    for _round in range(4):
        child = worker(database_url, sink, now, "none")
        goal = len(sink.messages) + pick.randint(1, 4)
        until = time.monotonic() + 30
        while len(sink.messages) < goal and child.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(pick.random() * 0.03)
        child.kill()
        child.communicate()
        now += LEASE_OVER
    deliver_due(world.engine, now + timedelta(hours=2), settings, ignore_backoff=True)
    arrived = Counter(mail.message["Message-ID"] for mail in sink.messages)
    assert len(arrived) == 15
    assert max(arrived.values()) <= 2
    assert {row.state for row in world.rows(Delivery)} == {"sent"}


def test_h47_two_processes_send_each_once(world: World, database_url: str, sink: MailSink) -> None:
    for number in range(12):
        world.person(f"人{number}", f"p{number}@example.cn")
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
    children = [worker(database_url, sink, NOW, "none") for _n in range(2)]
    for child in children:
        _out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
    arrived = Counter(mail.message["Message-ID"] for mail in sink.messages)
    assert len(arrived) == 12
    assert set(arrived.values()) == {1}
