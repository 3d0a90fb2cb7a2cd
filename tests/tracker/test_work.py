"""The human side: who owns a project, what is to be done, and that no change is lost or without a name."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from tracker.db import reading
from tracker.decisions import Mistake, mark, merge, split
from tracker.intake import take_page
from tracker.keeping import forget
from tracker.projects import DECISION
from tracker.tables import METADATA
from tracker.team import kept, notes, tasks, work
from tracker.team.ownership import Contact, Ownership, Region, load_ownership, owner_by_rules
from tracker.team.people import add_person, edit_person, person
from tracker.views import events, projects
from tracker.watches import Criteria, add_watch

from .pages import FETCHED, correction, tender

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
TEAM = ("王小明", "李经理", "赵敏", "钱主管")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as driven:
        yield driven


@pytest.fixture
def project(database: Engine) -> int:
    """A tender of four people who all speak English."""
    take_page(database, tender())
    with database.begin() as connection:
        for name in TEAM:
            add_person(connection, name, None, NOW)
        (row,) = projects(connection, FETCHED)
    return row.id


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")


def history(database: Engine) -> list[tuple[str, str | None, str | None, int | None]]:
    with reading(database) as connection:
        return [
            (row.kind, row.before, row.after, row.person_id)
            for row in reversed(events(connection, 1000))
            if row.cause == "person"
        ]


def test_an_assignment_names_owner_instruction_and_due_time_and_asks_for_feedback(
    database: Engine, project: int
) -> None:
    due = kept.instant("2026-11-24 17:00")
    with database.begin() as connection:
        found = work.assign(
            connection, "钱主管", project, "王小明", deputy="赵敏", instruction="visit them first", due=due
        )
        assert (found.owner, found.deputy, found.by) == ("王小明", "赵敏", "钱主管")
        assert found.due_at == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
        assert projects(connection, FETCHED)[0].tracked
        work.give_feedback(connection, "王小明", project, "they want 6 cars in January")
        answered = work.assignment(connection, project)
    assert answered
    assert answered.feedback == "they want 6 cars in January"
    assert [kind for kind, *_ in history(database)] == ["assignment-added", "decided-track", "assignment-changed"]
    assert all(who for *_, who in history(database))


def test_a_second_assignment_ends_the_first_and_both_stay_in_history(database: Engine, project: int) -> None:
    with database.begin() as connection:
        work.assign(connection, "钱主管", project, "王小明")
        work.assign(connection, "钱主管", project, "李经理")
        assert work.owner_name(connection, project) == "李经理"
        rows = connection.execute(select(work.ASSIGNMENT).order_by(work.ASSIGNMENT.c.id)).all()
    assert [row.ended_at is None for row in rows] == [False, True]


def test_h65_two_people_edit_one_note_and_the_second_sees_both(database: Engine, project: int) -> None:
    with database.begin() as connection:
        number = notes.add_note(connection, "王小明", project, "asks for 国六")
    with database.begin() as connection:
        notes.edit_note(connection, "李经理", number, "asks for 国六, white", version=1)
    with database.begin() as connection, pytest.raises(kept.EditedMeanwhile) as caught:
        notes.edit_note(connection, "赵敏", number, "asks for 国六, black", version=1)
    assert caught.value.now.text == "asks for 国六, white"
    assert "version 2" in str(caught.value)
    with reading(database) as connection:
        (note,) = notes.notes_of(connection, project)
    assert (note.text, note.by, note.version) == ("asks for 国六, white", "王小明", 2)


def test_h65_an_assignment_looked_at_before_another_one_is_refused(database: Engine, project: int) -> None:
    with database.begin() as connection:
        seen = work.assign(connection, "钱主管", project, "王小明")
        work.give_feedback(connection, "王小明", project, "on it")
    with database.begin() as connection, pytest.raises(kept.EditedMeanwhile):
        work.assign(connection, "钱主管", project, "李经理", version=seen.version)


def test_the_same_value_again_is_no_change_and_no_event(database: Engine, project: int) -> None:
    with database.begin() as connection:
        number = tasks.add_task(connection, "王小明", "call the agency", identity=project)
        tasks.edit_task(connection, "王小明", number, title="call the agency")
    assert [kind for kind, *_ in history(database)] == ["task-added"]


def test_tasks_come_by_due_time_and_close_once(database: Engine, project: int) -> None:
    with database.begin() as connection:
        later = tasks.add_task(connection, "钱主管", "price", owner="王小明", due=kept.instant("2026-11-25"))
        never = tasks.add_task(connection, "钱主管", "some day", owner="王小明")
        soon = tasks.add_task(connection, "钱主管", "call", owner="王小明", due=kept.instant("2026-11-21 09:00"))
        assert [each.id for each in tasks.tasks(connection, owner="王小明")] == [soon, later, never]
        tasks.close_task(connection, "王小明", soon, "they called back")
        with pytest.raises(Mistake, match="closed already"):
            tasks.close_task(connection, "王小明", soon)
        assert [each.id for each in tasks.tasks(connection, owner="王小明")] == [later, never]
        closed = tasks.tasks(connection, owner="王小明", closed=True)
    assert {each.id: each.feedback for each in closed}[soon] == "they called back"


def test_our_own_milestones_stand_beside_the_authoritys(database: Engine, project: int) -> None:
    with database.begin() as connection:
        drive = tasks.add_milestone(connection, "王小明", project, "test-drive", kept.instant("2026-11-26 14:00"))
        tasks.add_milestone(connection, "王小明", project, "visit", kept.instant("2026-11-23"), "their garage", "赵敏")
        tasks.finish_milestone(connection, "王小明", drive, "the chief drove it himself")
        with pytest.raises(Mistake, match="test-drive"):
            tasks.add_milestone(connection, "王小明", project, "golf", kept.instant("2026-11-23"))
        found = tasks.milestones_of(connection, project)
    assert [(each.kind, each.owner, each.result) for each in found] == [
        ("visit", "赵敏", None),
        ("test-drive", "王小明", "the chief drove it himself"),
    ]
    assert found[1].done_at == NOW


# --- ownership ------------------------------------------------------------------------------------------------------

RULES = Ownership(
    rules=("first-registered", "region", "depth"),
    points={"track": 1, "note": 1, "milestone": 3},
    margin=2,
    regions=(Region(region="江苏省", person="李经理"), Region(region="江苏省南京市", person="赵敏")),
)


def at(day: int) -> datetime:
    return datetime(2026, 11, day, 1, tzinfo=UTC)


def test_the_first_rule_that_names_somebody_decides_and_the_others_are_shown() -> None:
    contacts = [
        Contact("王小明", "note", at(3), here=True),
        Contact("李经理", "track", at(2), here=True),
        Contact("赵敏", "milestone", at(1), here=False),
        Contact("赵敏", "milestone", at(4), here=True),
    ]
    found = owner_by_rules(contacts, "江苏省南京市鼓楼区", RULES)
    assert found.owner == "李经理"
    assert [(each.rule, each.person) for each in found.sayings] == [
        ("first-registered", "李经理"),
        ("region", "赵敏"),
        ("depth", "赵敏"),
    ]
    assert "6" in found.sayings[2].why


def test_depth_too_close_names_nobody() -> None:
    contacts = [Contact("王小明", "note", at(3), here=True), Contact("李经理", "track", at(2), here=True)]
    only_depth = RULES.model_copy(update={"rules": ("depth",)})
    assert owner_by_rules(contacts, None, only_depth).owner is None


@given(
    st.permutations([Contact(name, "note", at(day), here=True) for name, day in zip(TEAM, (5, 3, 3, 9), strict=True)])
)
def test_ownership_does_not_depend_on_the_order_of_what_is_known(contacts: list[Contact]) -> None:
    found = owner_by_rules(contacts, "江苏省", RULES)
    assert found == owner_by_rules(sorted(contacts, key=lambda each: each.person), "江苏省", RULES)
    assert found.owner == min("李经理", "赵敏")


def test_the_shipped_rules_load() -> None:
    assert load_ownership().rules[0] == "first-registered"


def test_who_came_first_owns_it_and_a_rival_claim_goes_to_the_lead(
    database: Engine, project: int, clock: time_machine.Traveller
) -> None:
    with database.begin() as connection:
        work.set_team(connection, "钱主管", "南区", lead="钱主管", members=("王小明", "李经理"))
        notes.add_note(connection, "王小明", project, "called them")
        clock.shift(timedelta(hours=1))
        notes.add_note(connection, "李经理", project, "I know them, too")
        assert work.ownership(connection, project).owner == "王小明"
        disputed = work.claim(connection, "李经理", project, "my old customer")
        assert (disputed.owner, disputed.lead) == ("王小明", "钱主管")
        (task,) = tasks.tasks(connection, owner="钱主管")
        assert task.id == disputed.task
        assert task.due_at == datetime(2026, 11, 24, 10, 0, tzinfo=UTC), "two working days, 18:00 in Beijing"
        work.assign(connection, "钱主管", project, "李经理", instruction="the customer asked for him")
        assert tasks.tasks(connection, owner="钱主管") == []
        assert work.owner_name(connection, project) == "李经理"
    assert ("ownership-disputed", "王小明", "李经理") in [each[:3] for each in history(database)]


def test_a_claim_nobody_contests_is_an_assignment(database: Engine, project: int) -> None:
    with database.begin() as connection:
        assert work.claim(connection, "王小明", project).task is None
        assert work.owner_name(connection, project) == "王小明"


def test_a_dispute_without_a_lead_says_how_to_name_one(database: Engine, project: int) -> None:
    with database.begin() as connection:
        notes.add_note(connection, "王小明", project, "called them")
        with pytest.raises(Mistake, match="team set"):
            work.claim(connection, "李经理", project)


def test_who_has_left_owns_nothing_by_the_rules(database: Engine, project: int) -> None:
    with database.begin() as connection:
        notes.add_note(connection, "王小明", project, "called them")
        edit_person(connection, person(connection, "王小明"), active=False)
        assert work.ownership(connection, project).owner is None


# --- handing over ---------------------------------------------------------------------------------------------------


def test_handing_over_moves_projects_tasks_and_notes_and_nothing_else(database: Engine, project: int) -> None:
    take_page(database, tender(key="3001", number="AB-77", buyer="别处区水务局", name="抢险车采购项目"))
    with database.begin() as connection:
        other = max(row.id for row in projects(connection, FETCHED))
        work.assign(connection, "钱主管", project, "王小明", deputy="李经理", instruction="bid")
        mark(connection, "王小明", other, "track")
        note = notes.add_note(connection, "王小明", project, "his phone is out of date")
        mine = tasks.add_task(connection, "王小明", "price", identity=project)
        done = tasks.add_task(connection, "王小明", "old")
        tasks.close_task(connection, "王小明", done)
        theirs = tasks.add_task(connection, "赵敏", "not his")
        tasks.add_milestone(connection, "王小明", project, "visit", kept.instant("2026-11-24"))
        add_watch(connection, person(connection, "王小明"), "警车", Criteria(vehicles=("police_car",)))
        line = {"project_id": project, "proceeding": "purchase-1", "item": "quote", "status": "doing", "evidence": ""}
        mine_id = person(connection, "王小明").id
        kept.add(connection, work.CHECKLIST_ITEM, person(connection, "王小明"), **line, owner_id=mine_id)
        moved = work.hand_over(connection, "钱主管", "王小明", "李经理")
        assert moved == work.HandedOver(projects=2, tasks=1, milestones=1, notes=1, lines=1, watches=1)
        found = work.assignment(connection, project)
        assert found
        assert (found.owner, found.deputy, found.instruction) == ("李经理", "", "bid")
        assert [each.id for each in tasks.tasks(connection, owner="李经理")] == [mine]
        assert [each.id for each in tasks.tasks(connection, owner="赵敏")] == [theirs]
        assert tasks.tasks(connection, owner="王小明") == []
        (line,) = notes.notes_of(connection, project)
        assert (line.id, line.by, line.keeper) == (note, "王小明", "李经理")
        live = connection.execute(select(DECISION).where(DECISION.c.undone_at.is_(None))).all()
        taker = person(connection, "李经理").id
        assert {(row.project_id, row.data["owner_id"]) for row in live} == {(project, taker), (other, taker)}
        assert work.hand_over(connection, "钱主管", "王小明", "李经理") == work.HandedOver()


def test_handing_over_to_oneself_is_refused(database: Engine, project: int) -> None:
    with database.begin() as connection, pytest.raises(Mistake, match="name two people"):
        work.hand_over(connection, "钱主管", "王小明", "王小明")


# --- joined and parted ----------------------------------------------------------------------------------------------


def test_h36_what_people_keep_moves_along_when_projects_are_joined(database: Engine, project: int) -> None:
    take_page(database, tender(key="3001", number="AB-77", buyer="别处区水务局", name="抢险车采购项目"))
    with database.begin() as connection:
        other = max(row.id for row in projects(connection, FETCHED))
        notes.add_note(connection, "王小明", other, "the same purchase?")
        tasks.add_task(connection, "王小明", "ask", identity=other)
        work.assign(connection, "钱主管", other, "王小明")
        merge(connection, "李经理", project, other)
        assert [each.text for each in notes.notes_of(connection, project)] == ["the same purchase?"]
        assert [each.project_id for each in tasks.tasks(connection)] == [project]
        assert work.owner_name(connection, other) == "王小明", "the old number still leads there"


def test_h36_parting_a_tracked_project_makes_a_task_to_check(database: Engine, project: int) -> None:
    take_page(database, correction("2026年12月03日 09点30分", "2026年12月01日 14点00分"))
    with database.begin() as connection:
        mark(connection, "王小明", project, "track")
        split(connection, "李经理", "ccgp/1002", "another purchase")
        (task,) = tasks.tasks(connection)
    assert task.owner == "王小明"
    assert task.project_id != project


@pytest.mark.parametrize(
    ("typed", "hundredths"), [("2550000", 255_000_000), ("2,550,000.05元", 255_000_005), ("25.5万", 25_500_000)]
)
def test_amounts_as_people_type_them(typed: str, hundredths: int) -> None:
    assert kept.fen(typed) == hundredths


@pytest.mark.parametrize("typed", ["", "much", "1.005", "-5", "1e6", "9" * 20])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(Mistake, match="no amount"):
        kept.fen(typed)


def test_every_table_people_edit_has_a_version() -> None:
    edited = ("note", "assignment", "task", "own_milestone", "bid", "deposit", "team", "rhythm", "person")
    assert all("version" in METADATA.tables[name].c for name in edited)


def test_a_forgotten_name_goes_from_tasks_instructions_and_results(database: Engine, project: int) -> None:
    with database.begin() as connection:
        work.assign(connection, "钱主管", project, "王小明", instruction="ask 赵某某 first")
        task = tasks.add_task(connection, "王小明", "call 赵某某", identity=project)
    forget(database, "赵某某")
    with reading(database) as connection:
        found = work.assignment(connection, project)
        assert found
        assert "赵某某" not in found.instruction
        assert "赵某某" not in kept.get(connection, tasks.TASK, task).title
        assert all("赵某某" not in str(row.data) for row in events(connection, 100))
