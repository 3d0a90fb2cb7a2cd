"""The shipped calendar and law, whatever the developer's own home folder holds."""

from pathlib import Path

import pytest

from tracker.procedures.law import Law, load_law
from tracker.procedures.stages import Procedure, load_procedures
from tracker.workdays import Calendar, load_calendar


@pytest.fixture(autouse=True)
def empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_LANG", "zh_CN")
    return tmp_path


@pytest.fixture
def calendar() -> Calendar:
    return load_calendar()


@pytest.fixture
def law() -> Law:
    return load_law()


@pytest.fixture
def methods() -> dict[str, Procedure]:
    return dict(load_procedures())
