"""`/health` for machines that watch machines, `/ics/…` for calendar programs: without login, without secrets."""

from datetime import timedelta

import icalendar
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, insert

from crawler.clock import now
from tests.web.conftest import NOW
from tracker.db import open_database
from tracker.delivery.ics import end_addresses, new_address
from tracker.service.steps import Watch
from tracker.settings import Settings
from tracker.tables import Channel, Delivery, Lease, Step, table
from tracker.team.people import add_person, person
from tracker.web.app import create_app

PUBLIC = "https://t.example.cn"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_NOW", NOW.isoformat())


@pytest.fixture
def web(database: Engine) -> TestClient:
    return TestClient(create_app(database, Settings(public_url=PUBLIC)), base_url=PUBLIC)


def channel(engine: Engine, state: str, reason: str = "") -> None:
    row = {
        "portal": "ccgp",
        "channel": state,
        "next_due_at": NOW + timedelta(hours=1),
        "deep_due_at": NOW,
        "failures": 0,
    }
    with engine.begin() as connection:
        values = row | {"state": state, "reason": reason, "interval_minutes": 60, "last_ok_at": NOW}
        connection.execute(insert(table(Channel)).values(values))


def test_a_service_that_works_is_ok(database: Engine, web: TestClient) -> None:
    watch = Watch(database, "host:1")
    for name in ("polls", "route", "digests", "send", "housekeeping"):
        with watch.step(name, 60):
            pass
    channel(database, "ok")
    answer = web.get("/health")
    found = answer.json()
    assert (answer.status_code, found["status"], found["database"]) == (200, "ok", "ok")
    assert found["steps"]["route"] == {"state": "ok", "last_end": now().isoformat(), "failed": False}
    assert found["sources"] == {"channels": 1, "read": 1, "last_read_at": now().isoformat(), "blind": {}}
    assert found["deliveries"] == {"waiting": {}, "dead": 0, "last_sent_at": {}, "paused": {}}
    assert answer.headers["cache-control"] == "no-store"


def test_a_step_that_has_not_run_or_hangs_is_down(database: Engine, web: TestClient) -> None:
    old = {"owner": "host:1", "started_at": NOW - timedelta(hours=1), "limit_at": NOW - timedelta(minutes=30)}
    with database.begin() as connection:
        connection.execute(insert(table(Step)).values(name="send", ended_at=NOW - timedelta(minutes=20), **old))
        connection.execute(insert(table(Step)).values(name="route", ended_at=None, **old))
    answer = web.get("/health")
    assert answer.status_code == 503
    assert {name: step["state"] for name, step in answer.json()["steps"].items()} == {"send": "late", "route": "hangs"}


def test_a_blind_source_and_a_resting_robot_are_degraded_and_named_without_secrets(
    database: Engine, web: TestClient
) -> None:
    channel(database, "blocked", "HTTP 403 for https://x/?token=s3cret")
    with database.begin() as connection:
        person_id = add_person(connection, "王小明", "wang@example.cn", NOW).id
        rest = {"name": "pause:mail", "owner": "sender", "until": NOW + timedelta(minutes=5)}
        connection.execute(insert(table(Lease)).values(rest))
        late = {"not_before": NOW - timedelta(hours=2), "made_at": NOW, "attempts": 4, "reason": "535 s3cret"}
        row = {"person_id": person_id, "kind": "alert", "medium": "mail", "state": "due", "message_id": "1"}
        connection.execute(insert(table(Delivery)).values(row | late | {"part": 1, "parts": 1}))
    answer = web.get("/health")
    found = answer.json()
    assert (answer.status_code, found["status"]) == (200, "degraded")
    assert found["sources"]["blind"] == {"ccgp": "blocked"}
    assert (found["deliveries"]["waiting"], found["deliveries"]["paused"]) == ({"mail": 1}, {"mail": 1})
    assert not any(word in answer.text for word in ("s3cret", "wang", "王小明"))


def test_a_database_that_cannot_be_reached_is_down(tmp_path) -> None:  # type: ignore[no-untyped-def]
    engine = open_database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    client = TestClient(create_app(engine, Settings(public_url=PUBLIC)), base_url=PUBLIC)
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE channel RENAME TO gone")
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "down", "database": "OperationalError"})


# --- the feed -------------------------------------------------------------------------------------------------------


def feed_path(engine: Engine) -> str:
    with engine.begin() as connection:
        card = add_person(connection, "王小明", None, NOW)
        return new_address(connection, card.id, NOW, Settings())


def test_a_feed_is_fetched_by_its_address_alone_and_seldom_twice(database: Engine, web: TestClient) -> None:
    path = feed_path(database)
    answer = web.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert icalendar.Calendar.from_ical(answer.content)["METHOD"] == "PUBLISH"
    again = web.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_h66_an_address_that_is_wrong_or_revoked_shows_nothing(database: Engine, web: TestClient) -> None:
    path = feed_path(database)
    forged = path[:-5] + ("A" if path[-5] != "A" else "B") + ".ics"
    answers = [web.get(forged), web.get("/ics/.ics"), web.get("/ics/" + "x" * 3000 + ".ics"), web.post(path)]
    assert [answer.status_code for answer in answers] == [404, 404, 404, 405]
    with database.begin() as connection:
        end_addresses(connection, person(connection, "王小明").id, NOW)
    assert web.get(path).status_code == 404
