"""Backup, restore, retention, forgetting: what is kept stays whole, what is to go goes for good."""

import tarfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Engine, select, update

from crawler.config import ConfigurationError
from tracker import decisions
from tracker.db import open_database, reading
from tracker.export import canonical
from tracker.intake import BLOB, take_page
from tracker.keeping import backup, forget, let_go, reprocess, restore
from tracker.projects import VERSION, unpack
from tracker.team.people import add_person, people
from tracker.views import projects

from .pages import FETCHED, correction, page, tender

OLD, NEW = "2026年12月03日 09点30分", "2026年12月01日 14点00分"
REPAIR = page(
    "<html><body><p>一、项目基本情况</p><p>项目编号：WX-2026-9</p><p>项目名称：公务车辆定点维修服务</p></body></html>",
    key="88",
    title="远江市财政局公务车辆定点维修服务公开招标公告",
    published="2026-11-10 10:00",
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "portals").mkdir(parents=True)
    (tmp_path / "home" / "portals" / "own.yaml").write_text("id: own\n", encoding="utf-8")
    return tmp_path / "home"


def test_a_backup_restores_into_an_empty_database_with_everything(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in (tender(OLD), correction(OLD, NEW), REPAIR):
        take_page(database, each)
    with database.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", FETCHED)
        decisions.mark(connection, "李经理", projects(connection, FETCHED)[0].id, "track")
        before = list(canonical(connection))
    assert backup(database, tmp_path / "all.tar.gz") > 20

    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path / "other"))
    empty = open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    restore(empty, tmp_path / "all.tar.gz")
    with reading(empty) as connection:
        assert list(canonical(connection)) == before
        assert [row.tracked for row in projects(connection, FETCHED, tracked=True)] == [True]
    assert (tmp_path / "other" / "portals" / "own.yaml").read_text() == "id: own\n"
    assert take_page(empty, tender(OLD)) == "unchanged"
    take_page(empty, tender(key="5", number="N-5", buyer="新区交通局", name="道路清障车采购项目"))


def test_restore_refuses_a_database_that_holds_data_and_a_file_that_is_none(database: Engine, tmp_path: Path) -> None:
    take_page(database, tender())
    backup(database, tmp_path / "all.tar.gz")
    with pytest.raises(ConfigurationError, match="already"):
        restore(database, tmp_path / "all.tar.gz")
    (tmp_path / "cut.tar.gz").write_bytes((tmp_path / "all.tar.gz").read_bytes()[:900])
    with pytest.raises(ConfigurationError, match="not a complete Chebiao backup"):
        restore(open_database(f"sqlite:///{tmp_path / 'new.sqlite'}"), tmp_path / "cut.tar.gz")


def test_h39_a_backup_with_a_path_outside_writes_nothing_there(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_page(database, tender())
    backup(database, tmp_path / "all.tar.gz")
    evil = tmp_path / "evil.tar.gz"
    with tarfile.open(tmp_path / "all.tar.gz") as source, tarfile.open(evil, "w:gz") as target:
        for member in source.getmembers():
            target.addfile(member, source.extractfile(member))
        (tmp_path / "payload").write_text("x")
        target.add(tmp_path / "payload", arcname="home/../../outside.txt")
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path / "third" / "home"))
    restore(open_database(f"sqlite:///{tmp_path / 'third.sqlite'}"), evil)
    assert not (tmp_path / "outside.txt").exists()
    assert not (tmp_path / "third" / "outside.txt").exists()


def test_raw_pages_of_what_nobody_needs_go_after_their_time(database: Engine) -> None:
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC), tick=False):
        take_page(database, tender())
        take_page(database, REPAIR)
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=181), tick=False):
        assert let_go(database, 180) == 1
        assert let_go(database, 180) == 0
    with reading(database) as connection:
        kept = [row.packed is not None for row in connection.execute(select(BLOB.c.packed))]
        assert sorted(kept) == [False, True]
        texts = [unpack(row.reading).text for row in connection.execute(select(VERSION.c.reading))]
    assert all(texts)
    assert reprocess(database).without_page == 1


def test_a_tracked_notice_keeps_its_raw_page(database: Engine) -> None:
    take_page(database, REPAIR)
    with database.begin() as connection:
        add_person(connection, "李经理", None, FETCHED)
        decisions.mark(connection, "李经理", projects(connection, FETCHED)[0].id, "track")
        connection.execute(update(BLOB).values(stored_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert let_go(database, 180) == 0


@pytest.mark.parametrize("words", ["赵某某", "0000-0000001"])
def test_forgotten_words_are_gone_everywhere_and_stay_gone(database: Engine, words: str) -> None:
    take_page(database, tender())
    done = forget(database, words)
    assert (done.pages, done.readings) == (1, 1)

    def holds() -> bool:
        with reading(database) as connection:
            bodies = [zlib.decompress(row.packed) for row in connection.execute(select(BLOB.c.packed))]
            readings = [zlib.decompress(row.reading) for row in connection.execute(select(VERSION.c.reading))]
            states = "".join(canonical(connection))
        return any(words.encode() in each for each in (*bodies, *readings)) or words in states

    assert not holds()
    reprocess(database)
    assert not holds()
    take_page(database, tender(NEW))
    assert not holds()


def test_a_forgotten_person_is_no_longer_listed(database: Engine) -> None:
    with database.begin() as connection:
        add_person(connection, "李经理", "li@example.cn", FETCHED)
    assert forget(database, "李经理").person
    with reading(database) as connection:
        assert people(connection) == []
