"""What a poll brought against what is usual: shares of fields, silence, unread notices, gaps after an outage."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from crawler.clock import SHANGHAI, now
from crawler.notice import Evidence, Notice, Reading, When
from crawler.portals import Expect, Portal, load_portals
from demo.portal import ReplicaPortal
from demo.sample import Sample
from tests.crawler.crawl_replica import NOON, notice
from tracker.db import open_database, reading
from tracker.projects import PUBLICATION
from tracker.service.expect import share_faults
from tracker.service.poll import EPOCH, PollReport, make_plan, poll
from tracker.tables import Channel, table

CHANNEL = table(Channel)
NAME = "dfgg-gkzb"
SOUND = (
    "<p>一、项目编号：SL-{n:04}</p><p>采购人信息</p><p>名称：示例县第{n}小学</p>"
    "<p>提交投标文件截止时间：2026年12月15日 09点30分（北京时间）</p>"
)


def sound(n: int, **changes: Any) -> Sample:
    """A tender with number, buyer and deadline."""
    body = SOUND.format(n=n)
    return notice(n, **{"body": body, "summary": (("采购单位", f"示例县第{n}小学"),), **changes})


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Engine:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_NOW", NOON.isoformat())
    return open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")


@pytest.fixture
def ccgp() -> Portal:
    return load_portals()["ccgp"]


def ask(engine: Engine, portal: Portal, replica: ReplicaPortal, **more: object) -> PollReport:
    report = poll(engine, portal, channels=[NAME], base_url=replica.base_url, **more)  # type: ignore[arg-type]
    assert report is not None
    return report


def test_tenders_without_deadlines_are_suspect(engine: Engine, ccgp: Portal) -> None:
    """The form is right, every page is read, and yet nothing says until when: the layout has changed."""
    with ReplicaPortal([sound(n, body=f"<p>一、项目编号：SL-{n:04}</p><p>正文</p>") for n in range(1, 31)]) as replica:
        report = ask(engine, ccgp, replica)
    assert report.state == "suspect"
    assert "0 of 30 notices have a deadline, 70% are usual" in report.reason
    assert report.total("new") == 30, "what was read is kept"


def test_usual_tenders_are_well(engine: Engine, ccgp: Portal) -> None:
    with ReplicaPortal([sound(n) for n in range(1, 31)]) as replica:
        report = ask(engine, ccgp, replica)
    assert (report.state, report.reason) == ("ok", "")


def test_a_few_odd_notices_say_nothing(engine: Engine, ccgp: Portal) -> None:
    with ReplicaPortal([sound(n, body="<p>正文</p>") for n in range(1, 15)]) as replica:
        assert ask(engine, ccgp, replica).state == "ok"


def test_shares_are_judged_among_the_kinds_that_have_the_field() -> None:
    expect = Expect(deadline=0.7, number=0.8, buyer=0.9)
    value = Reading("x", (Evidence("x"),))
    award = Notice(kind="award", texts={"project_number": value, "buyer": value})
    tender = replace(award, kind="tender", times={"bid_deadline": Reading(When("2026-12-15T09:30"), (Evidence("x"),))})
    assert share_faults(expect, [award] * 40) == [], "an award has no deadline"
    assert share_faults(expect, [tender] * 20 + [award] * 20) == []
    bare = replace(tender, times={}, texts={})
    (late, number, buyer) = share_faults(expect, [tender] * 10 + [bare] * 10)
    assert (late[:8], number[:8], buyer[:8]) == ("10 of 20", "10 of 20", "10 of 20")


@pytest.mark.parametrize(
    ("last", "at", "state"),
    [
        ("2026-11-16T12:00", "2026-11-20T13:00", "suspect"),  # Monday to Friday
        ("2026-11-20T18:00", "2026-11-23T12:00", "ok"),  # a weekend
        ("2026-09-30T18:00", "2026-10-08T09:00", "ok"),  # the national holiday
        ("2026-09-30T18:00", "2026-10-13T09:00", "suspect"),
    ],
)
def test_a_silence_longer_than_usual_is_suspect_but_days_off_do_not_count(
    engine: Engine, ccgp: Portal, monkeypatch: pytest.MonkeyPatch, last: str, at: str, state: str
) -> None:
    with ReplicaPortal([sound(1)]) as replica:
        ask(engine, ccgp, replica)
        seen = datetime.fromisoformat(last).replace(tzinfo=SHANGHAI)
        with engine.begin() as connection:
            connection.execute(update(PUBLICATION).values(first_seen_at=seen))
        monkeypatch.setenv("CHEBIAO_NOW", datetime.fromisoformat(at).replace(tzinfo=SHANGHAI).isoformat())
        report = ask(engine, ccgp, replica)
    assert report.state == state, report.reason
    assert ("nothing new for" in report.reason) == (state == "suspect")


def test_h13_down_three_days_then_400_rows(engine: Engine, ccgp: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was published meanwhile is found, also below rows that a half-finished poll has made known."""
    start = NOON - timedelta(days=4)
    with ReplicaPortal([sound(n, published=start - timedelta(minutes=n)) for n in range(1, 31)]) as replica:
        monkeypatch.setenv("CHEBIAO_NOW", start.isoformat())
        assert ask(engine, ccgp, replica).state == "ok"
        replica.set_fault("503")
        for day in (1, 2, 3):
            monkeypatch.setenv("CHEBIAO_NOW", (start + timedelta(days=day)).isoformat())
            assert ask(engine, ccgp, replica).state == "failed"
        replica.clear_faults()
        replica.add(*(sound(1000 + n, published=start + timedelta(minutes=14 * n)) for n in range(400)))
        monkeypatch.setenv("CHEBIAO_NOW", NOON.isoformat())
        # The first try ends half way: the tenth list page cannot be read.
        replica.set_fault("500", path="*index_9.htm")
        half = ask(engine, ccgp, replica)
        assert (half.state, half.total("new") < 400) == ("partial", True)
        with reading(engine) as connection:
            row = connection.execute(select(CHANNEL).where(CHANNEL.c.channel == NAME)).one()
            plan = make_plan(connection, ccgp, channels=[NAME])
        assert plan.back_to == {NAME: row.last_ok_at - timedelta(hours=48)}
        replica.clear_faults()
        whole = ask(engine, ccgp, replica)
    assert (whole.state, half.total("new") + whole.total("new")) == ("ok", 400)
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(PUBLICATION)) == 430
        assert make_plan(connection, ccgp, channels=[NAME]).back_to == {}


def test_a_channel_that_was_never_read_whole_is_read_from_the_beginning(engine: Engine, ccgp: Portal) -> None:
    with ReplicaPortal([sound(n) for n in range(1, 31)], faults=["500@*index_1.htm"]) as replica:
        ask(engine, ccgp, replica)
    with reading(engine) as connection:
        assert make_plan(connection, ccgp, channels=[NAME]).back_to == {NAME: EPOCH}
    assert now() == NOON
