"""Steps are watched: one that hangs ends its process and is reported; processes that end are started again."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, insert, select

from tracker.db import open_database, reading
from tracker.service.steps import HUNG, Watch, report_lost, stands, tidy_steps
from tracker.service.supervise import MISTAKE, Supervisor, Wish
from tracker.tables import Event, Step, table

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
EVENT, STEP = table(Event), table(Step)


def until(what: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not what() and time.monotonic() < end:
        time.sleep(0.05)
    return what()


def test_a_step_that_ends_says_when_and_a_fault_is_kept(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_NOW", NOW.isoformat())
    watch = Watch(database, "host:1")
    with watch.step("route", 60):
        with reading(database) as connection:
            (ran,) = stands(connection, NOW)
        assert (ran.name, ran.running, ran.ended_at) == ("route", True, None)
    with watch.step("send", 60):
        raise OSError("disk")  # logged and kept; the service goes on
    with reading(database) as connection:
        route, send = stands(connection, NOW)
    assert (route.running, route.hangs, route.ended_at, route.error) == (False, False, NOW, "")
    assert send.error == "OSError: disk"


def test_a_step_that_hangs_ends_the_process(database: Engine) -> None:
    ended: list[int] = []
    watch = Watch(database, "host:1", end=ended.append)
    watch.start()
    over = threading.Event()

    def hang() -> None:
        with watch.step("route", 0.3):
            over.wait(30)

    thread = threading.Thread(target=hang)
    thread.start()
    assert until(lambda: ended == [HUNG])
    over.set()
    thread.join()
    watch.stop()


def test_a_long_step_that_says_it_is_alive_goes_on(database: Engine) -> None:
    ended: list[int] = []
    watch = Watch(database, "host:1", end=ended.append)
    watch.start()
    with watch.step("send", 1.5) as alive:
        for _each in range(8):
            time.sleep(0.4)
            alive()
    watch.stop()
    assert ended == []


def test_a_step_that_did_not_end_is_said_once_by_whoever_looks_next(database: Engine) -> None:
    limit = NOW + timedelta(seconds=60)
    with database.begin() as connection:  # as a process that was killed left it
        row = {"name": "route", "owner": "dead:1", "started_at": NOW, "limit_at": limit}
        connection.execute(insert(STEP).values(row))
    assert report_lost(database, NOW + timedelta(seconds=59)) == 0
    later = NOW + timedelta(seconds=61)
    with reading(database) as connection:
        assert [each.hangs for each in stands(connection, later)] == [True]
    assert report_lost(database, later) == 1
    assert report_lost(database, later) == 0
    with reading(database) as connection:
        (event,) = connection.execute(select(EVENT)).all()
        assert (event.kind, event.after, event.cause) == ("step-lost", "route", "clock")
        assert event.data["owner"] == "dead:1"
        (ran,) = stands(connection, later)
    assert (ran.hangs, ran.error) == (False, "did not end")
    with database.begin() as connection:
        tidy_steps(connection, later + timedelta(days=8))
        assert connection.execute(select(STEP)).all() == []


HANGING = """
import os, sys, threading, time
from tracker.service import steps
from tracker.db import open_database
steps.DEAF_S = 3
watch = steps.Watch(open_database(sys.argv[1]), "child")
watch.start()
with watch.step("route", 1 if sys.argv[2] == "waits" else 3600):
    if sys.argv[2] == "waits":
        time.sleep(60)
    __import__("re").match(r"(a+)+$", "a" * 40 + "b")  # holds Python's only turn for years
"""


@pytest.mark.parametrize(("how", "code"), [("waits", HUNG), ("calculates", 1)])
def test_h53_a_process_whose_step_hangs_ends_by_itself_and_says_where(tmp_path: Path, how: str, code: int) -> None:
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    open_database(url).dispose()
    child = subprocess.run([sys.executable, "-c", HANGING, url, how], capture_output=True, text=True, timeout=100)
    assert child.returncode == code, child.stderr
    assert "<module>" in child.stderr  # the traceback of the step
    with reading(open_database(url)) as connection:
        assert [each.ended_at for each in stands(connection, datetime.now(UTC))] == [None]


# --- processes ------------------------------------------------------------------------------------------------------


def supervised(target: Callable[[Sequence[str], Wish], None], groups: Sequence[tuple[str, ...]]) -> tuple[int, float]:
    """Runs the supervisor in this process, whose signals it takes for the time being."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    began = time.monotonic()
    try:
        return Supervisor(Wish(), groups, target).run(), time.monotonic() - began
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_process_that_ends_is_started_again_and_the_others_go_on(tmp_path: Path) -> None:
    def target(roles: Sequence[str], _wish: Wish) -> None:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        with (tmp_path / roles[0]).open("a") as file:
            file.write(f"{os.getpid()}\n")
        if roles[0] == "poller":
            os._exit(HUNG)
        time.sleep(60)

    def stop_when_seen() -> None:
        until(lambda: (tmp_path / "poller").exists() and len((tmp_path / "poller").read_text().split()) >= 2)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=stop_when_seen).start()
    code, _took = supervised(target, [("poller",), ("sender",)])
    assert code == 0
    assert len((tmp_path / "poller").read_text().split()) >= 2
    assert len((tmp_path / "sender").read_text().split()) == 1


def test_h71_settings_with_which_a_process_cannot_start_end_the_whole(tmp_path: Path) -> None:
    def target(roles: Sequence[str], _wish: Wish) -> None:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
        if roles[0] == "web":
            os._exit(MISTAKE)
        time.sleep(60)

    code, took = supervised(target, [("sender",), ("web",)])
    assert code == MISTAKE
    assert took < 30
