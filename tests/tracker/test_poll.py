"""A poll from plan to tables, with a real child process on a real replica."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from crawler.clock import now
from crawler.portals import Portal, load_portals
from demo.notices import world
from demo.portal import ReplicaPortal
from demo.sample import Sample
from tracker.db import open_database, reading
from tracker.decisions import mark
from tracker.projects import PUBLICATION
from tracker.relevance import likely_words
from tracker.service.poll import PollReport, make_plan, poll
from tracker.service.recheck import hasten
from tracker.service.schedule import due
from tracker.tables import Channel, Poll, table
from tracker.team.people import add_person
from tracker.views import events, portal_rows, projects

CHANNEL, POLL = table(Channel), table(Poll)
SAMPLES = [sample for sample in world() if (sample.area, sample.channel) in {("dfgg", "gkzb"), ("dfgg", "gzgg")}]
CHANNELS = ["dfgg-gkzb", "dfgg-gzgg"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def engine(home: Path) -> Engine:
    return open_database(f"sqlite:///{home / 'chebiao.sqlite'}")


@pytest.fixture
def replica() -> Iterator[ReplicaPortal]:
    with ReplicaPortal(SAMPLES) as portal:
        yield portal


@pytest.fixture
def ccgp() -> Portal:
    return load_portals()["ccgp"]


def ask(engine: Engine, portal: Portal, replica: ReplicaPortal, **more: object) -> PollReport:
    report = poll(engine, portal, channels=CHANNELS, base_url=replica.base_url, **more)  # type: ignore[arg-type]
    assert report is not None
    return report


def details(replica: ReplicaPortal) -> list[str]:
    return [request.path for request in replica.requests if "/t2" in request.path]


def test_a_second_quick_poll_with_nothing_new_is_one_request_a_channel(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal
) -> None:
    first = ask(engine, ccgp, replica)
    assert (first.state, first.total("new")) == ("ok", len(SAMPLES))
    replica.requests.clear()
    second = ask(engine, ccgp, replica)
    assert (second.requests, second.total("new"), details(replica)) == (2, 0, [])


def test_a_silent_edit_is_found_when_the_page_is_checked_again(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(engine, ccgp, replica)
    with reading(engine) as connection:
        watched = next(row for row in projects(connection, now(), vehicles=True) if row.next)
    later = watched.next.earliest - timedelta(hours=30)  # type: ignore[union-attr]
    monkeypatch.setenv("CHEBIAO_NOW", max(later, now() + timedelta(hours=25)).isoformat())
    with reading(engine) as connection:
        assert make_plan(connection, ccgp, channels=CHANNELS).recheck


def test_what_the_budget_leaves_out_is_counted_and_fetched_next_time(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal
) -> None:
    first = ask(engine, ccgp, replica, budget=5)
    assert (first.total("new"), sum(each.unfetched for each in first.channels)) == (5, len(SAMPLES) - 5)
    with reading(engine) as connection:
        read = [row.title for row in connection.execute(select(PUBLICATION)) if row.state == "read"]
    assert all(any(word in title.lower() for word in likely_words()) for title in read), "likely vehicles come first"
    second = ask(engine, ccgp, replica)
    assert second.total("new") == len(SAMPLES) - 5


def test_h2_a_block_page_ends_as_blocked_with_its_evidence(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal
) -> None:
    replica.set_fault("busy", path="*index*")
    assert ask(engine, ccgp, replica).state == "blocked"
    with reading(engine) as connection:
        row = connection.execute(select(POLL)).first()
        assert row is not None
        assert row.evidence
    assert projects_of(engine) == 0


def projects_of(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(projects(connection, now()))


def test_a_source_is_named_blind_at_the_second_failure_and_back_at_recovery(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal
) -> None:
    fault = replica.set_fault("500")
    for expected in (0, 1, 1):
        assert ask(engine, ccgp, replica).state in {"failed", "partial"}
        with reading(engine) as connection:
            kinds = [row.kind for row in events(connection, 100) if row.channel == "dfgg-gkzb"]
        assert kinds.count("source-blind") == expected
    replica.clear_faults()
    assert fault.hits > 0
    assert ask(engine, ccgp, replica).state == "ok"
    with reading(engine) as connection:
        kinds = [row.kind for row in events(connection, 2000) if row.channel == "dfgg-gkzb"]
        (row,) = portal_rows(connection, [ccgp], now())
    assert kinds.count("source-back") == 1
    assert row.state == "ok"


def test_h13_nothing_is_lost_after_an_outage(engine: Engine, ccgp: Portal, replica: ReplicaPortal) -> None:
    ask(engine, ccgp, replica)
    replica.set_fault("503")
    ask(engine, ccgp, replica)
    replica.clear_faults()
    added: list[Sample] = []
    for number in range(60):
        sample = SAMPLES[number % len(SAMPLES)]
        fresh = {"id": 0, "slug": f"{sample.slug}-{number}", "title": f"{sample.title}{number}"}
        added.append(Sample(**(vars(sample) | fresh)))
    replica.add(*added)
    report = ask(engine, ccgp, replica, mode="deep")
    assert report.total("new") == 60


def test_a_child_that_dies_without_a_result_line_is_a_failure(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    (broken / "crawler").mkdir(parents=True)
    (broken / "crawler" / "__init__.py").write_text("")
    (broken / "crawler" / "__main__.py").write_text("raise SystemExit(3)\n")
    monkeypatch.setenv("PYTHONPATH", f"{broken}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.chdir(broken)
    report = ask(engine, ccgp, replica)
    assert {each.state for each in report.channels} == {"failed"}
    assert "code 3" in report.reason or "without a result" in report.reason


def test_a_crawl_that_hangs_is_ended(engine: Engine, ccgp: Portal, replica: ReplicaPortal) -> None:
    replica.set_fault("slow", arg="30")
    report = ask(engine, ccgp, replica, timeout_s=3)
    assert report.state == "failed"
    assert "ended after 3 s" in report.reason


def test_a_tracked_project_does_not_wait_for_its_list(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(engine, ccgp, replica)
    with reading(engine) as connection:
        rows = projects(connection, now(), vehicles=True)
        soon = next(row for row in rows if row.next and row.next.earliest > now() + timedelta(days=3))
    deadline = soon.next.earliest  # type: ignore[union-attr]
    quiet = deadline - timedelta(hours=50)
    monkeypatch.setenv("CHEBIAO_NOW", quiet.isoformat())
    with engine.begin() as connection:
        connection.execute(CHANNEL.update().values(last_poll_at=quiet - timedelta(hours=1), next_due_at=deadline))
        assert hasten(connection, quiet) == 0, "nobody tracks it"
        add_person(connection, "李经理", None, quiet)
        mark(connection, "李经理", soon.id, "track")
        assert hasten(connection, quiet) == 1
        assert hasten(connection, quiet) == 0, "it is due already"
        (waiting,) = due(connection, [ccgp], quiet)
    assert len(waiting.channels) == 1
    replica.requests.clear()
    ask(engine, ccgp, replica)
    assert details(replica), "its page was asked for, not only the list"
    with engine.begin() as connection:
        connection.execute(CHANNEL.update().values(next_due_at=deadline))
        assert hasten(connection, now()) == 0, "it was seen a moment ago"
