"""Work on a checklist: kept by named people, touched again by corrections and rounds, never settled by itself."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from crawler.clock import SHANGHAI
from crawler.page import Page
from demo.sample import Sample
from tests.tracker.pages import correction, page, page_of, tender
from tracker import decisions, entered
from tracker.bidding import bids
from tracker.checklist import Checklist, build
from tracker.checklist.items import ITEM, Stood
from tracker.checklist.model import SETTLED, Line
from tracker.checklist.work import compare, refresh, refresh_all, set_item, stale
from tracker.db import insert_row, reading
from tracker.intake import take_page
from tracker.procedures.law import Text
from tracker.projects import PROJECT
from tracker.team import kept
from tracker.team.people import add_person, person
from tracker.views import events

from .conftest import NOW

OLD, NEW = "2026年12月03日 09点30分", "2026年12月10日 14点00分"
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def followed(database: Engine) -> int:
    """A tender that 王小明 tracks, its list derived once."""
    take_page(database, tender(OLD))
    with database.begin() as connection:
        for name in ("王小明", "李经理"):
            add_person(connection, name, None, NOW)
        decisions.mark(connection, "王小明", 1, "track")
    assert refresh_all(database, NOW) == 0
    return 1


def listed(engine: Engine, project: int = 1, now: datetime = NOW) -> Checklist:
    with reading(engine) as connection:
        return build(connection, project, now)


def line(checklist: Checklist, name: str) -> Line:
    return next(each for each in checklist.lines if each.id == name)


def put(engine: Engine, item: str, status: str, **more: object) -> None:
    with engine.begin() as connection:
        set_item(connection, "王小明", 1, item, NOW, status=status, **more)  # type: ignore[arg-type]


def history(engine: Engine, kind: str) -> list[dict[str, object]]:
    with reading(engine) as connection:
        return [row.data for row in events(connection, 200) if row.kind == kind]


def test_a_person_settles_a_line_and_the_list_says_who_and_when(database: Engine, followed: int) -> None:
    put(database, "formal.signature", "done", owner="李经理", evidence="第3页、第7页")
    found = line(listed(database), "formal.signature")
    assert found.kept is not None
    assert (found.kept.status, found.kept.owner, found.kept.by) == ("done", "李经理", "王小明")
    assert (found.kept.evidence, found.kept.at, found.kept.version) == ("第3页、第7页", NOW, 1)
    assert str(found.state) == "已完成"
    assert found.status == "person", "what derivation says of it stays what it was"
    (said,) = history(database, "checklist_item-added")
    assert said["values"] == {
        "status": "done", "evidence": "第3页、第7页", "owner_id": "李经理",
        "proceeding": "purchase-1", "item": "formal.signature",
    }  # fmt: skip


def test_no_derivation_settles_a_line_whoever_can_check_it(database: Engine, followed: int) -> None:
    take_page(database, correction(OLD, NEW))
    refresh_all(database, LATER)
    assert [each.id for each in listed(database).lines if each.kept and each.kept.status in SETTLED] == []


def test_h65_two_people_on_one_line(database: Engine, followed: int) -> None:
    put(database, "project.account", "doing", version=0)
    put(database, "project.account", "done", version=1)
    with pytest.raises(kept.EditedMeanwhile) as caught:
        put(database, "project.account", "not-applicable", version=1)
    assert caught.value.now.status == "done"
    with database.begin() as connection, pytest.raises(decisions.Mistake, match=r"formal\.e-sign"):
        set_item(connection, "王小明", 1, "formal.esign", NOW, status="done")
    with database.begin() as connection, pytest.raises(decisions.Mistake, match="not-applicable"):
        set_item(connection, "王小明", 1, "formal.e-sign", NOW, status="finished")


def test_a_correction_keeps_the_work_and_asks_to_check_what_it_touched(database: Engine, followed: int) -> None:
    put(database, "project.dates", "done", evidence="抄入日程")
    put(database, "submission.upload", "done", evidence="回执 001")
    put(database, "formal.copies", "done")
    take_page(database, correction(OLD, NEW))
    with reading(database) as connection:
        assert stale(connection) == [1]
    assert refresh_all(database, LATER) == 1
    checklist = listed(database)
    dates = line(checklist, "project.dates")
    assert dates.kept is not None
    assert (dates.kept.status, dates.kept.evidence, dates.kept.version) == ("check-again", "抄入日程", 2)
    assert dates.change == "changed"
    assert any(OLD in words for words in dates.was)
    assert any(NEW in quote.words for quote in dates.says)
    upload = line(checklist, "submission.upload")
    assert upload.kept is not None
    assert upload.kept.status == "check-again", "uploaded again after each correction"
    copies = line(checklist, "formal.copies")
    assert copies.kept is not None
    assert (copies.kept.status, copies.change) == ("done", "")
    assert line(checklist, "project.corrections").change == "added"
    (said,) = history(database, "checklist-changed")
    assert {"project.dates", "submission.upload"} <= {each["item"] for each in said["again"]}  # type: ignore[attr-defined]
    assert "project.corrections" in {each["item"] for each in said["added"]}  # type: ignore[attr-defined]


def test_deriving_twice_adds_nothing(database: Engine, followed: int) -> None:
    take_page(database, correction(OLD, NEW))
    assert refresh_all(database, LATER) == 1
    assert refresh_all(database, LATER) == 0
    with database.begin() as connection:
        assert refresh(connection, 1, LATER) is None
    assert len(history(database, "checklist-changed")) == 1


def test_a_copy_of_the_correction_on_another_portal_is_no_second_correction(database: Engine, followed: int) -> None:
    take_page(database, correction(OLD, NEW))
    refresh_all(database, LATER)
    put(database, "submission.upload", "done")
    take_page(database, correction(OLD, NEW, key="77", portal="ggzy"))
    refresh_all(database, LATER)
    upload = line(listed(database), "submission.upload")
    assert upload.kept is not None
    assert upload.kept.status == "done"


def test_what_was_marked_is_so_until_somebody_has_looked(database: Engine, followed: int) -> None:
    take_page(database, correction(OLD, NEW))
    refresh_all(database, NOW - timedelta(minutes=5))
    assert line(listed(database), "project.corrections").change == "added"
    put(database, "project.corrections", "done")
    assert line(listed(database), "project.corrections").change == ""


def test_a_line_that_is_dropped_is_shown_with_its_work_and_comes_back_to_be_checked(
    database: Engine, followed: int
) -> None:
    def edited(text: str) -> Page:
        body = tender(OLD).body.decode().replace("警用轿车 6辆", text)
        title = "远江市公安局警用车辆采购项目公开招标公告"
        return page(body, key="1001", title=title, published="2026-11-10 10:00", buyer="远江市公安局")

    take_page(database, edited("警用轿车 6辆，须提供样车"))
    refresh_all(database, LATER)
    put(database, "technical.samples", "done", evidence="样车已送")
    take_page(database, edited("警用轿车 6辆。"))
    refresh_all(database, LATER)
    checklist = listed(database)
    assert "technical.samples" not in {each.id for each in checklist.lines}
    (gone,) = [each for each in checklist.dropped if each.id == "technical.samples"]
    assert gone.kept is not None
    assert gone.kept.evidence == "样车已送"
    take_page(database, edited("警用轿车 6辆，仍须提供样车"))
    refresh_all(database, LATER)
    back = line(listed(database), "technical.samples")
    assert back.kept is not None
    assert (back.kept.status, back.kept.evidence) == ("check-again", "样车已送")


def test_a_ready_bid_is_so_no_longer_after_a_correction(database: Engine, followed: int) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", 1, "远江示例汽车销售有限公司")
        kept.edit(connection, bids.BID, person(connection, "王小明"), bid, ready_at=NOW)
    take_page(database, correction(OLD, NEW))
    refresh_all(database, LATER)
    with reading(database) as connection:
        assert bids.bid(connection, 1).ready_at is None


def test_work_of_the_qualification_comes_along_to_be_checked_again(
    database: Engine, samples: dict[str, Sample]
) -> None:
    take_page(database, page_of(samples["tractors-prequalification"]))
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        decisions.mark(connection, "王小明", 1, "track")
        refresh(connection, 1, NOW)
        set_item(connection, "王小明", 1, "qualification.credit", NOW, status="done", evidence="四张截图")
        set_item(connection, "王小明", 1, "prequalification.upload", NOW, status="done")
    take_page(database, page_of(samples["tractors-tender"]))
    refresh_all(database, LATER)
    checklist = listed(database)
    credit = line(checklist, "qualification.credit")
    assert checklist.proceeding == "purchase-1"
    assert credit.kept is not None
    assert (credit.kept.status, credit.kept.evidence) == ("check-again", "四张截图")
    assert not {each.id for each in checklist.dropped}, "another proceeding has another list; nothing was dropped"
    (said,) = history(database, "checklist-opened")
    assert [each["item"] for each in said["again"]] == ["qualification.credit"]  # type: ignore[attr-defined]


def test_each_round_opens_its_lines_anew_with_its_own_dates(database: Engine, samples: dict[str, Sample]) -> None:
    take_page(database, page_of(samples["fire-negotiation"]))
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        decisions.mark(connection, "王小明", 1, "track")
        refresh(connection, 1, NOW)
        set_item(connection, "王小明", 1, "negotiation.attend", NOW, status="done")
        for number, day in ((1, "2026-11-24 09:30"), (2, "2026-11-26 15:00")):
            entered.negotiation_round(connection, "王小明", 1, number, "last-price", day)
    refresh_all(database, LATER)
    checklist = listed(database)
    assert checklist.round == 2
    first, second = line(checklist, "negotiation.attend"), line(checklist, "negotiation.attend@2")
    assert first.kept is not None
    assert first.kept.status == "done"
    assert (second.kept, second.round, second.change) == (None, 2, "added")
    floor = line(checklist, "negotiation.floor@2")
    assert floor.due is not None
    assert floor.due.at == datetime(2026, 11, 26, 15, 0, tzinfo=SHANGHAI)
    last = line(checklist, "negotiation.last-price")
    assert last.due is not None
    assert last.due.at == datetime(2026, 11, 26, 15, 0, tzinfo=SHANGHAI)


def test_a_step_and_its_line_are_ticked_together_and_a_done_step_is_not_late(database: Engine, followed: int) -> None:
    late = datetime(2026, 11, 25, 9, 0, tzinfo=SHANGHAI)
    before = {step.id: step for step in listed(database, now=late).plan.steps}
    assert before["register"].due.late
    put(database, "register", "done", evidence="系统 A，编号 17，11-20 10:12")
    after = listed(database, now=late)
    step = next(each for each in after.plan.steps if each.id == "register")
    assert step.key == "supply.registration"
    assert not step.due.late
    assert after.plan.steps[-1] == step, "what is settled stands last"
    registered = line(after, "supply.registration")
    assert registered.kept is not None
    assert registered.kept.evidence.startswith("系统 A")
    assert registered.due is not None
    assert not registered.due.late


def test_a_day_of_ones_own_comes_before_the_plans(database: Engine, followed: int) -> None:
    put(database, "plan.review", "open", due=date(2026, 11, 23))
    put(database, "formal.copies", "doing", due=date(2026, 11, 19))
    checklist = listed(database)
    step = next(each for each in checklist.plan.steps if each.id == "review")
    assert (step.planned, str(step.due.why)) == (date(2026, 11, 23), "由王小明设定")
    copies = line(checklist, "formal.copies")
    assert copies.due is not None
    assert copies.due.late


def test_joined_projects_keep_both_sides_work(database: Engine, followed: int) -> None:
    other = tender(OLD, key="2001", number="LHZC-2026-0031", buyer="柳河县公安局", name="巡逻车采购项目")
    take_page(database, other)
    with database.begin() as connection:
        set_item(connection, "王小明", 1, "formal.copies", NOW, status="done", evidence="一正四副")
        set_item(connection, "李经理", 2, "formal.copies", NOW, status="doing", evidence="两副")
        decisions.merge(connection, "李经理", 1, 2)
    refresh_all(database, LATER)
    copies = line(listed(database), "formal.copies")
    assert copies.kept is not None
    assert copies.kept.status == "check-again"
    assert copies.kept.evidence == "一正四副\n两副"
    with reading(database) as connection:
        rows = connection.execute(select(ITEM.c.project_id).where(ITEM.c.item == "formal.copies")).all()
    assert [row.project_id for row in rows] == [1]


def test_one_broken_list_does_not_stop_the_others(database: Engine, followed: int) -> None:
    with database.begin() as connection:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        broken = {"name": "x", "state": {"name": 3}, "state_hash": "x", "first_seen_at": at, "changed_at": at}
        identity = insert_row(connection, PROJECT, **broken)
        decisions.mark(connection, "王小明", identity, "track")
    take_page(database, correction(OLD, NEW))
    assert refresh_all(database, LATER) == 1


names = st.sampled_from(["a", "b", "c", "d"])
marks = st.sampled_from(["1", "2", "3"])
lists = st.dictionaries(names, marks)


@given(st.lists(lists, min_size=2, max_size=6))
def test_every_difference_is_told_once_and_nothing_is_lost(states: list[dict[str, str]]) -> None:
    def stands(marks_: dict[str, str]) -> dict[str, Stood]:
        return {name: Stood(Text(name, name), (mark,), mark) for name, mark in marks_.items()}

    items = stands(states[0])
    for before, after in pairwise(states):
        items, difference = compare(items, stands(after), NOW)
        assert set(difference.added) == set(after) - set(before)
        assert set(difference.dropped) == set(before) - set(after)
        assert set(difference.changed) == {name for name in set(before) & set(after) if before[name] != after[name]}
        assert {name for name, line in items.items() if line.change != "dropped"} == set(after)
        again, none = compare(items, stands(after), NOW)
        assert (again, bool(none)) == (items, False)
