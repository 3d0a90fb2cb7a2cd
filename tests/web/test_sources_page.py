"""Sources: what could not be read and why, the page it was judged by, and a poll asked for."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import insert, select, update

from crawler.page import Page as Fetched
from crawler.portals import load_portals
from tracker.coverage import ask_now, coverage
from tracker.db import reading
from tracker.intake import store_evidence
from tracker.tables import Channel, Poll, table

from .conftest import NOW, Board, Visit

CHANNEL, POLL = table(Channel), table(Poll)
TENDERS = ("ccgp", "dfgg-gkzb")


@pytest.fixture
def blind(board: Board) -> Board:
    """One channel that was refused twice, with the page that did it."""
    with board.engine.begin() as connection:
        seen = store_evidence(connection, Fetched.pack("<html><script>alert(1)</script>访问过于频繁</html>".encode()))
        for hours, state in ((3, "ok"), (2, "blocked"), (1, "blocked")):
            at = NOW - timedelta(hours=hours)
            row = {"portal": TENDERS[0], "channel": TENDERS[1], "mode": "quick", "started_at": at, "ended_at": at}
            row |= {"state": state, "reason": "" if state == "ok" else "访问过于频繁", "requests": 1, "rows": 20}
            row |= {"new": 2, "changed": 0, "unchanged": 0, "failed": 0, "unfetched": 0, "missing": []}
            connection.execute(insert(POLL).values(**row, evidence=None if state == "ok" else seen))
        same = CHANNEL.c.portal == TENDERS[0], CHANNEL.c.channel == TENDERS[1]
        health = {"state": "blocked", "reason": "访问过于频繁", "failures": 2, "interval_minutes": 60.0}
        health |= {"blind_since": NOW - timedelta(hours=2), "last_ok_at": NOW - timedelta(hours=3)}
        health |= {
            "last_poll_at": NOW - timedelta(hours=1),
            "next_due_at": NOW + timedelta(hours=2),
            "deep_due_at": NOW,
        }
        if not connection.execute(update(CHANNEL).where(*same).values(**health)).rowcount:
            connection.execute(insert(CHANNEL).values(portal=TENDERS[0], channel=TENDERS[1], **health))
    return board


def test_what_cannot_be_read_stands_first_with_its_reason_and_its_page(blind: Board, visit: Visit) -> None:
    page = visit("/sources", "周敏")
    first = page.locator("section.source").first
    expect(first.locator("h2")).to_contain_text("ccgp")
    expect(first.locator(".fault")).to_contain_text("访问过于频繁")
    assert first.locator("svg.polls rect.bad").count() == 2
    first.locator(".fault a").click()
    expect(page.locator("pre.evidence")).to_contain_text("访问过于频繁")
    assert page.get_by_role("button", name="立即采集").count() == 0, "a viewer asks for no poll"


def test_a_poll_can_be_asked_for(blind: Board, visit: Visit) -> None:
    page = visit("/sources", "李丽")
    page.locator("#ccgp").get_by_role("button", name="立即采集").click()
    expect(page.locator("#notes")).to_contain_text("接下来采集")
    with reading(blind.engine) as connection:
        due = connection.execute(select(CHANNEL.c.next_due_at).where(CHANNEL.c.channel == TENDERS[1])).scalar_one()
    assert due <= NOW


def test_a_host_that_asked_to_wait_is_left_alone(blind: Board) -> None:
    with blind.engine.begin() as connection:
        connection.execute(update(CHANNEL).values(next_due_at=NOW + timedelta(hours=20)))
        assert ask_now(connection, load_portals()["ccgp"], NOW) == 0
        connection.execute(update(CHANNEL).values(next_due_at=NOW + timedelta(hours=2), last_poll_at=NOW))
        assert ask_now(connection, load_portals()["ccgp"], NOW) == 0, "it was polled this very minute"


def test_portals_that_are_switched_off_come_last(blind: Board) -> None:
    with reading(blind.engine) as connection:
        found = coverage(connection, list(load_portals().values()), ("ccgp",), NOW)
    assert [each.id for each in found if each.on] == ["ccgp"]
    assert found[0].id == "ccgp"
