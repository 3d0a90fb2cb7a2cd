"""The one door: what a page becomes in the tables, whatever the order and however often it comes."""

from itertools import permutations

import pytest
from sqlalchemy import Engine, func, select

from crawler.page import Gone, Listed, Page
from tracker.db import reading
from tracker.intake import pending_rows, take_gone, take_listed, take_page
from tracker.projects import MILESTONE, PROJECT, PUBLICATION, VERSION
from tracker.state import ProjectState
from tracker.tables import METADATA
from tracker.views import events, projects

from .pages import FETCHED, correction, page, tender, termination

OLD, NEW = "2026年12月03日 09点30分", "2026年12月01日 14点00分"


def states(engine: Engine) -> list[ProjectState]:
    with reading(engine) as connection:
        return [row.state for row in projects(connection, FETCHED)]


def kinds(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.kind for row in reversed(events(connection, 1000))]


def count(engine: Engine, name: str) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(METADATA.tables[name])) or 0


def deadline(state: ProjectState, kind: str = "bid_deadline") -> str:
    milestone = next(each for each in state.proceedings[-1].milestones if each.kind == kind and not each.rule_id)
    return milestone.earliest.isoformat()


def test_a_tender_becomes_a_project_with_its_dates_and_their_words(database: Engine) -> None:
    assert take_page(database, tender()) == "new"
    (state,) = states(database)
    assert (state.name, state.buyer, state.number) == ("警用车辆采购项目", "远江市公安局", "YJZC-2026-0117")
    assert state.budget == 180_000_000
    assert state.vehicle_purchase == "yes"
    assert state.reasons
    milestone = next(each for each in state.proceedings[0].milestones if each.kind == "bid_deadline")
    assert milestone.earliest.isoformat() == "2026-12-03T01:30:00+00:00"
    assert "2026年12月03日 09点30分" in milestone.words
    assert kinds(database) == ["published"]


def test_the_same_page_again_changes_nothing(database: Engine) -> None:
    take_page(database, tender())
    before = {name: count(database, name) for name in METADATA.tables}
    assert take_page(database, tender()) == "unchanged"
    assert {name: count(database, name) for name in METADATA.tables} == before


def test_new_bytes_with_an_old_reading_make_no_version(database: Engine) -> None:
    take_page(database, tender())
    same = tender()
    seen = Page.pack(same.body.replace(b"<html>", b"<html><!-- 1024 views -->"))
    assert take_page(database, same.model_copy(update={"packed": seen})) == "unchanged"
    assert count(database, "version") == 1
    assert count(database, "blob") == 1


def test_h14_a_silent_edit_is_an_event_with_before_and_after(database: Engine) -> None:
    take_page(database, tender(OLD))
    assert take_page(database, tender(NEW)) == "changed"
    assert count(database, "version") == 2
    with reading(database) as connection:
        changed = next(row for row in events(connection, 50) if row.kind == "changed")
        moved = next(row for row in events(connection, 50) if row.kind == "deadline-moved")
    fields = {each["field"]: (each["before"], each["after"]) for each in changed.data["fields"]}
    assert fields["bid_deadline"] == ("2026-12-03 09:30", "2026-12-01 14:00")
    assert (moved.before, moved.after, moved.data["shortened"]) == ("2026-12-03 09:30", "2026-12-01 14:00", True)


def test_h15_a_page_that_is_gone_is_marked_and_kept(database: Engine) -> None:
    original = tender()
    take_page(database, original)
    for _ in range(2):
        take_gone(database, Gone(portal="ccgp", row=original.row, status=404))
    assert kinds(database).count("withdrawn") == 1
    assert count(database, "version") == 1
    take_page(database, original)
    assert kinds(database)[-1] == "back-again"


def test_h27_a_correction_before_its_original(database: Engine) -> None:
    take_page(database, correction(OLD, NEW))
    assert deadline(states(database)[0]) == "2026-12-01T06:00:00+00:00"
    take_page(database, tender(OLD))
    (state,) = states(database)
    assert deadline(state) == "2026-12-01T06:00:00+00:00"
    assert state.budget == 180_000_000


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_h28_any_order_of_arrival_ends_in_the_same_state(database: Engine, order: tuple[int, ...]) -> None:
    pages = [
        tender(OLD),
        correction(OLD, NEW),
        correction(NEW, "2026年12月10日 10点00分", key="1004", published="2026-11-20 09:00"),
        termination(),
    ]
    for place in order:
        take_page(database, pages[place])
        take_page(database, pages[place])
    (state,) = states(database)
    assert deadline(state) == "2026-12-10T02:00:00+00:00"
    assert state.proceedings[-1].outcome == "terminated"
    moved = next(each for each in state.proceedings[-1].milestones if each.kind == "bid_deadline" and not each.rule_id)
    assert [said.value for said in moved.history] == ["2026-12-03 09:30", "2026-12-01 14:00"]
    assert not moved.bidder_acts


def test_h32_moved_and_moved_back_is_two_events(database: Engine) -> None:
    take_page(database, tender(OLD))
    take_page(database, correction(OLD, NEW))
    take_page(database, correction(NEW, OLD, key="1005", published="2026-11-21 09:00"))
    with reading(database) as connection:
        moves = [
            (row.before, row.after)
            for row in reversed(events(connection, 50))
            if row.kind == "deadline-moved" and row.data["milestone"] == "bid_deadline"
        ]
    assert moves == [("2026-12-03 09:30", "2026-12-01 14:00"), ("2026-12-01 14:00", "2026-12-03 09:30")]


def test_h35_one_project_on_two_portals_shows_the_conflict_and_uses_the_earlier(database: Engine) -> None:
    take_page(database, tender(OLD))
    take_page(database, tender(NEW, key="9001", portal="elsewhere"))
    (state,) = states(database)
    milestone = next(each for each in state.proceedings[0].milestones if each.kind == "bid_deadline")
    assert {said.value for said in milestone.conflict} == {"2026-12-03 09:30", "2026-12-01 14:00"}
    assert milestone.earliest.isoformat() == "2026-12-01T06:00:00+00:00"
    assert milestone.source == "ccgp/1001"
    assert "conflict" in kinds(database)


def test_h22_the_same_number_at_two_buyers_is_two_projects(database: Engine) -> None:
    take_page(database, tender())
    take_page(database, tender(key="2001", buyer="临湖县水务局", name="供水抢修车采购项目"))
    assert len(states(database)) == 2


def test_a_page_without_text_is_kept_and_marked(database: Engine) -> None:
    empty = page("<html><body></body></html>", key="77", title="某单位车辆采购公告")
    take_page(database, empty)
    with reading(database) as connection:
        row = connection.execute(select(PUBLICATION)).one()
        assert row.title == "某单位车辆采购公告"
        assert connection.scalar(select(func.count()).select_from(VERSION)) == 1


def test_nothing_known_is_overwritten_by_a_page_that_cannot_be_read(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_page(database, tender())

    def broken(_page: Page) -> None:
        raise RuntimeError("a fault in the reader")

    monkeypatch.setattr("tracker.intake.read", broken)
    assert take_page(database, tender(NEW)) == "failed"
    assert deadline(states(database)[0]) == "2026-12-03T01:30:00+00:00"


def test_a_listed_row_is_offered_again_until_it_is_read(database: Engine) -> None:
    first = tender()
    take_listed(database, Listed(portal="ccgp", row=first.row, why="budget"))
    with reading(database) as connection:
        assert [row.key for row in pending_rows(connection, "ccgp", [first.row.channel])] == ["1001"]
    take_page(database, first)
    with reading(database) as connection:
        assert pending_rows(connection, "ccgp", [first.row.channel]) == []


def test_milestones_keep_their_ids_when_a_date_moves(database: Engine) -> None:
    take_page(database, tender(OLD))
    same = select(MILESTONE.c.id).where(MILESTONE.c.kind == "bid_deadline", MILESTONE.c.rule_id == "")
    with reading(database) as connection:
        before = connection.scalar(same)
    take_page(database, correction(OLD, NEW))
    with reading(database) as connection:
        assert connection.scalar(same) == before
        assert connection.scalar(select(func.count()).select_from(PROJECT).where(PROJECT.c.alias_of.is_(None))) == 1
