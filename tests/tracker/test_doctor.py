"""`chebiao doctor` reads every file that a person may edit, and names what is wrong in it."""

import os
import shutil
from pathlib import Path

import pytest

from crawler.config import shipped
from tracker.doctor import FOLDERS, LOADERS, Finding, examine
from tracker.i18n import language


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    return tmp_path


def found(level: str) -> list[Finding]:
    with language("en"):
        return [each for each in examine(look_at_portals=False) if each.level == level]


def test_the_shipped_files_can_all_be_read(house: Path) -> None:
    said = [each.what for each in found("ok")]
    assert f"{len(LOADERS)} kinds of configuration can be read" in said
    assert any("company.yaml" in each.fix for each in found("note"))


def test_every_shipped_file_is_read_by_something() -> None:
    """A new file in config/ needs a loader here; portals, the calendar and the settings have checks of their own."""
    others = {"portals", "calendar", "chebiao.toml"}
    known = {name.partition("/")[0] for name in LOADERS} | others
    assert {path.name for path in shipped().iterdir() if not path.name.startswith((".", "_"))} <= known
    assert {path.name for path in shipped().iterdir() if path.is_dir() and path.name[0] not in "._"} == set(FOLDERS)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vehicles.yaml", "purchases: [采购]"),
        ("regions.yaml", "provinces: 5"),
        ("gates.yaml", "role: {"),
        ("company.yaml", "rolle: dealer"),
        ("ownership.yaml", "rules: what"),
        ("rhythm.yaml", "slots: many"),
        ("reading/labels.yaml", "labels: 7"),
        ("reading/kinds.yaml", "first: ["),
        ("pages.yaml", "signs: 3"),
        ("reminders.yaml", "plans: 3"),
        ("opening-day.yaml", "steps: 3"),
        ("documents/flags.yaml", "flags: 3"),
        ("documents/marks.yaml", "marks: 3"),
        ("procedures/open.yaml", "method: open\nstages: 3"),
        ("procedures/endings.yaml", "endings: 3"),
        ("procedures/regimes.yaml", "signals: 3"),
        ("checklists/open.yaml", "rows: 3"),
        ("watches/mine.toml", 'vehicles = ["消防年"]'),
    ],
)
def test_h71_a_broken_file_of_ones_own_is_named(house: Path, name: str, words: str) -> None:
    (house / name).parent.mkdir(exist_ok=True)
    (house / name).write_text(words + "\n", encoding="utf-8")
    faults = found("fault")
    assert any(name in each.what and each.fix for each in faults), faults


def test_a_copy_older_than_the_shipped_file_is_noted(house: Path) -> None:
    copy = house / "vehicles.yaml"
    shutil.copy(shipped() / "vehicles.yaml", copy)
    (said,) = [each for each in (*found("ok"), *found("note")) if "vehicles.yaml" in each.what]
    assert (said.level, said.fix) == ("ok", "")
    os.utime(copy, (0, 0))
    (said,) = [each for each in found("note") if "vehicles.yaml" in each.what]
    assert "compare" in said.fix
