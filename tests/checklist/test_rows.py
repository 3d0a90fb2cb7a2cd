"""The shipped files are whole; a user's mistake is told with file, key and the nearest right name."""

import shutil
from pathlib import Path

import pytest

from crawler.config import ConfigurationError, shipped
from tracker.checklist.rows import load_rows, short_names
from tracker.procedures.stages import load_procedures
from tracker.relevance import vocabulary


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder of checklists, empty."""
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    folder = tmp_path / "checklists"
    folder.mkdir()
    return folder


def with_line(folder: Path, **changes: str) -> None:
    row = {"id": "own.line", "section": "terms", "who": "person", "zh": "自有事项", "en": "Own line"} | changes
    body = ", ".join(f"{key}: {value}" for key, value in row.items())
    (folder / "own.yaml").write_text(f"zh: 自有\nen: own\nlines:\n  - {{{body}}}\n", encoding="utf-8")


def test_every_type_of_vehicle_has_lines_and_a_technical_table() -> None:
    rows = load_rows()
    for name in vocabulary().types:
        stem = rows.vehicle_part(name)
        assert stem is not None, name
        assert rows.parts[stem].lines
        assert len(rows.parts[stem].specs) >= 10, stem


def test_types_with_a_trade_of_their_own_do_not_fall_back_to_the_general_list() -> None:
    rows = load_rows()
    assert rows.vehicle_part("garbage_truck") == "vehicle-sanitation"
    assert rows.vehicle_part("prisoner_van") == "vehicle-police"
    assert rows.vehicle_part("rescue_vehicle") == "vehicle-special"
    assert rows.vehicle_part("suv") == "vehicle-car"
    assert rows.vehicle_part("flying_saucer") is None


def test_the_points_of_trucks_are_those_the_trade_teaches() -> None:
    parts = load_rows().parts
    shared = ("announcement", "power", "gearbox", "rear-axle", "cab", "tyres", "frame")
    for stem in ("tractor", "tipper", "flatbed", "light-truck"):
        assert set(shared) <= set(parts[f"vehicle-{stem}"].specs)
    assert {"cylinder", "subframe", "pivot", "ribs", "plate", "lifting"} <= set(parts["vehicle-tipper"].specs)
    assert "air-filter" in parts["vehicle-tractor"].specs
    assert "air-filter" not in parts["vehicle-light-truck"].specs
    assert "box-size" not in parts["vehicle-tractor"].specs


def test_every_method_that_can_be_answered_has_a_file() -> None:
    methods = {method for part in load_rows().parts.values() for method in part.methods}
    answered = set(load_procedures()) - {"combined", "prequalification"}
    assert answered <= methods
    assert "prequalification" in load_rows().parts


def test_a_line_of_the_tool_has_something_the_tool_can_look_at() -> None:
    for part in load_rows().parts.values():
        for line in part.lines:
            assert line.who != "tool" or line.says or line.find or line.due, line.id


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"rules": "[gp.bond.plam]"}, "gp.bond.plan"),
        ({"due": "[uploads]"}, "upload"),
        ({"says": "[budgets]"}, "budget"),
        ({"section": "term"}, "terms"),
        ({"who": "lawyer"}, "legal"),
        ({"methods": "[opened]"}, "open"),
        ({"legal": "M88 3"}, "M87"),
        ({"find": '["(未完"]'}, "own.yaml"),
        ({"finds": "[押金]"}, "find"),
        ({"id": "terms.deposit"}, "common"),
    ],
)
def test_a_wrong_name_is_told_with_the_nearest_right_one(own: Path, changes: dict[str, str], said: str) -> None:
    with_line(own, **changes)
    with pytest.raises(ConfigurationError) as told:
        load_rows()
    assert "own.yaml" in str(told.value)
    assert said in str(told.value)


def test_a_step_needs_one_way_to_be_dated(own: Path) -> None:
    shutil.copy(shipped() / "checklists" / "plan.yaml", own / "plan.yaml")
    with (own / "plan.yaml").open("a", encoding="utf-8") as file:
        file.write("  - {id: nowhere, who: person, zh: 无处, en: nowhere}\n")
    with pytest.raises(ConfigurationError, match=r"plan\.yaml.*nowhere"):
        load_rows()


def test_a_user_file_replaces_the_shipped_one_whole(own: Path) -> None:
    (own / "formal.yaml").write_text(
        "zh: 形式\nen: form\nlines:\n  - {id: formal.own, section: making, who: person, zh: 自有, en: own}\n",
        encoding="utf-8",
    )
    assert [line.id for line in load_rows().parts["formal"].lines] == ["formal.own"]


def test_the_lines_that_shipped_steps_name_are_there() -> None:
    rows = load_rows()
    lines = {line.id for part in rows.parts.values() for line in part.lines}
    assert {step.line for step in rows.steps} - {""} <= lines


def test_short_names_of_laws_are_found_in_references() -> None:
    assert short_names("GP: M87 63(2); TB: TBR 51(1)") == ("M87", "TBR")
    assert short_names("VPT 1-6, 9, 12; NEV10") == ("VPT", "NEV10")
    assert short_names("WS/T 292; REG 15(4)") == ("WS/T", "REG")
    assert short_names("practice") == ()
