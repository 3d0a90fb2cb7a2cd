"""A full disk, a locked file, a broken definition: a clear message, the rest goes on, nothing stored is lost."""

import hashlib
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from crawler.page import Page
from crawler.portals import load_portals
from tracker.cli.faults import explain
from tracker.db import open_database, reading
from tracker.intake import take_page
from tracker.views import projects

from .pages import FETCHED, tender


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")


def count(engine: Engine) -> int:
    with reading(engine) as connection:
        return len(projects(connection, FETCHED))


def test_h62_a_full_disk_leaves_nothing_half_done_and_the_next_try_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    limit = 1_073_741_823

    @event.listens_for(engine, "checkout")
    def _small_disk(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(f"PRAGMA max_page_count={limit}")

    take_page(engine, tender())
    with engine.connect() as connection:
        limit = connection.exec_driver_sql("PRAGMA page_count").scalar() or 0
    noise = hashlib.sha256(b"x").hexdigest() * 40 + "".join(map(str, range(9_000)))
    big = tender(key="2", number="B-2", buyer="别处区水务局", name="抢险车采购项目")
    big = big.model_copy(update={"packed": Page.pack(big.body.replace(b"</body>", f"<!--{noise}--></body>".encode()))})
    with pytest.raises(OperationalError) as fault:
        take_page(engine, big)
    limit = 1_073_741_823
    assert "the disk is full" in explain(fault.value)
    assert count(engine) == 1
    assert take_page(engine, big) == "new"
    assert count(engine) == 2


def write_impatiently(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA busy_timeout=50")  # type: ignore[union-attr]
        connection.execute(text("DELETE FROM lease"))


def test_h61_a_locked_database_says_so(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    other = sqlite3.connect(tmp_path / "chebiao.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(OperationalError) as fault:
            write_impatiently(engine)
    finally:
        other.execute("ROLLBACK")
    assert "locked by another program" in explain(fault.value)
    assert take_page(engine, tender()) == "new"


def test_a_broken_portal_file_is_named_and_the_others_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "mine.yaml").write_text("id: mine\nnam: {zh: 我的, en: mine}\n", encoding="utf-8")
    found = load_portals()
    assert "ccgp" in found
    assert "mine" not in found
    (fault,) = found.errors
    assert "mine.yaml:2" in str(fault) or "mine.yaml, line 2" in str(fault)
    assert "'name'" in str(fault) or "name" in str(fault)
