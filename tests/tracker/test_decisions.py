"""What people decide outlives every re-reading, names a person, and can be taken back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine, select

from tracker import decisions
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.export import canonical
from tracker.intake import take_page
from tracker.keeping import reprocess
from tracker.projects import PROJECT, PUBLICATION
from tracker.state import MilestoneState, ProjectState
from tracker.team.people import PersonError, add_person
from tracker.views import events, projects

from .pages import FETCHED, correction, tender

OLD, NEW = "2026年12月03日 09点30分", "2026年12月01日 14点00分"


@pytest.fixture(autouse=True)
def li(database: Engine) -> str:
    with database.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", datetime(2026, 11, 1, tzinfo=UTC))
    return "李经理"


def only_project(connection: Connection) -> int:
    (row,) = projects(connection, FETCHED)
    return row.id


def bid_deadline(engine: Engine) -> MilestoneState:
    with reading(engine) as connection:
        state: ProjectState = projects(connection, FETCHED)[0].state
    return next(each for each in state.proceedings[-1].milestones if each.kind == "bid_deadline" and not each.rule_id)


def test_tracking_takes_back_a_pass(database: Engine) -> None:
    take_page(database, tender())
    with database.begin() as connection:
        project = only_project(connection)
        decisions.mark(connection, "李经理", project, "pass", "region")
        decisions.mark(connection, "李经理", project, "track")
    with reading(database) as connection:
        assert projects(connection, FETCHED)[0].tracked
        kinds = [row.kind for row in events(connection, 10) if row.person_id]
    assert kinds == ["decided-track", "decided-pass"]


def test_a_decision_needs_a_person_who_exists(database: Engine) -> None:
    take_page(database, tender())
    with database.begin() as connection, pytest.raises(PersonError, match="王某"):
        decisions.mark(connection, "王某", only_project(connection), "track")


def test_h36_a_wrong_split_is_merged_and_the_merge_survives_reprocessing(database: Engine) -> None:
    take_page(database, tender())
    take_page(database, tender(key="3001", number="AB-77", buyer="别处区水务局", name="抢险车采购项目"))
    with database.begin() as connection:
        older, newer = sorted(row.id for row in projects(connection, FETCHED))
        done = decisions.merge(connection, "李经理", newer, older, "one purchase in two notices")
        assert only_project(connection) == older
        assert decisions.project(connection, newer).id == older
    reprocess(database)
    with database.begin() as connection:
        assert only_project(connection) == older
        decisions.undo(connection, "李经理", done.id)
        assert len(projects(connection, FETCHED)) == 2


def test_h36_a_wrong_merge_is_split_and_tracking_is_copied(database: Engine) -> None:
    take_page(database, tender(OLD))
    take_page(database, correction(OLD, NEW))
    with database.begin() as connection:
        project = only_project(connection)
        decisions.mark(connection, "李经理", project, "track")
        decisions.split(connection, "李经理", "ccgp/1002", "another purchase")
        rows = projects(connection, FETCHED)
    assert [row.tracked for row in rows] == [True, True]
    assert project in {row.id for row in rows}
    reprocess(database)
    with reading(database) as connection:
        assert len(projects(connection, FETCHED)) == 2


def test_a_value_corrected_by_hand_wins_until_the_page_changes(database: Engine) -> None:
    take_page(database, tender(OLD))
    with database.begin() as connection:
        decisions.correct(connection, "李经理", "ccgp/1001", "bid_deadline", "2026-12-02 09:00", "read on the phone")
    milestone = bid_deadline(database)
    assert milestone.earliest.isoformat() == "2026-12-02T01:00:00+00:00"
    assert milestone.words == "李经理：read on the phone"
    assert not milestone.conflict

    take_page(database, tender(NEW))
    milestone = bid_deadline(database)
    assert {said.value for said in milestone.conflict} == {"2026-12-02 09:00", "2026-12-01 14:00"}
    assert milestone.earliest.isoformat() == "2026-12-01T06:00:00+00:00"


def test_an_official_correction_after_a_hand_correction_wins(database: Engine) -> None:
    take_page(database, tender(OLD))
    with database.begin() as connection:
        decisions.correct(connection, "李经理", "ccgp/1001", "bid_deadline", "2026-12-02 09:00", "misread")
    take_page(database, correction(OLD, "2026年12月10日 10点00分"))
    assert bid_deadline(database).earliest.isoformat() == "2026-12-10T02:00:00+00:00"


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("deadline", "2026-12-02", "no field"), ("bid_deadline", "soon", "no time"), ("budget", "many", "no amount")],
)
def test_a_hand_correction_that_makes_no_sense_is_refused(
    database: Engine, monkeypatch: pytest.MonkeyPatch, field: str, value: str, says: str
) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    take_page(database, tender())
    with database.begin() as connection, pytest.raises(Mistake, match=says):
        decisions.correct(connection, "李经理", "ccgp/1001", field, value, "why")


def test_a_persons_verdict_on_relevance_wins_and_is_kept(database: Engine) -> None:
    take_page(database, tender())
    with database.begin() as connection:
        decisions.judge(connection, "李经理", only_project(connection), "no", "toys")
    reprocess(database)
    with reading(database) as connection:
        assert projects(connection, FETCHED)[0].vehicle_purchase == "no"
        assert projects(connection, FETCHED, vehicles=True) == []


def test_reprocessing_twice_changes_nothing(database: Engine) -> None:
    for page in (tender(OLD), correction(OLD, NEW)):
        take_page(database, page)
    with reading(database) as connection:
        before, history = list(canonical(connection)), len(events(connection, 1000))
    for _ in range(2):
        assert reprocess(database).changed == 0
    with reading(database) as connection:
        assert list(canonical(connection)) == before
        assert len(events(connection, 1000)) == history


def test_what_was_joined_and_is_parted_again_gets_its_number_back(database: Engine) -> None:
    with database.begin() as connection:
        add_person(connection, "李丽", None, FETCHED)
    take_page(database, tender(key="1001", number="YJZC-2026-0117"), replica=True)
    take_page(
        database, tender(key="1002", number="SLZC-2026-0555", buyer="云溪市教育局", name="校车采购项目"), replica=True
    )
    with database.begin() as connection:
        first, second = connection.scalars(select(PROJECT.c.id).order_by(PROJECT.c.id))
        done = decisions.merge(connection, "李丽", second, first)
    with reading(database) as connection:
        assert decisions.project(connection, second).id == first
    with database.begin() as connection:
        decisions.undo(connection, "李丽", done.id)
        assert decisions.project(connection, second).id == second
        assert decisions.project(connection, second).name == "校车采购项目"
        rows = connection.execute(select(PUBLICATION.c.key, PUBLICATION.c.project_id).order_by(PUBLICATION.c.id)).all()
    assert [tuple(row) for row in rows] == [("1001", first), ("1002", second)]
