"""The database: one schema on fresh and old files, rules on every connection, instants that stay aware."""

import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import DateTime, Engine, func, insert, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel.sql.sqltypes import UTCDateTime

from crawler.config import ConfigurationError
from tracker import db
from tracker.service.leases import claim, held
from tracker.tables import METADATA, Event, Lease, Person, table

EVENT, PERSON, LEASE = table(Event), table(Person), table(Lease)


def test_migrations_have_one_head_and_give_the_schema_of_the_tables(database: Engine) -> None:
    assert len(ScriptDirectory(str(db.MIGRATIONS)).get_heads()) == 1
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_every_instant_refuses_naive_values(database: Engine) -> None:
    columns = [column for each in METADATA.sorted_tables for column in each.c if isinstance(column.type, DateTime)]
    assert all(isinstance(column.type, UTCDateTime) for column in columns) or not columns
    naive = {"name": "x", "added_at": datetime(2026, 11, 21, 8)}  # noqa: DTZ001  (the point of the test)
    with pytest.raises(StatementError, match=r"naive|timezone|tz"), database.begin() as connection:
        connection.execute(insert(PERSON).values(**naive))


def test_instants_come_back_aware_and_compare_at_the_bounds(database: Engine) -> None:
    at = datetime(2026, 11, 21, 1, 30, tzinfo=UTC)
    with database.begin() as connection:
        connection.execute(insert(PERSON).values(name="x", added_at=at))
    with db.reading(database) as connection:
        assert connection.scalar(select(PERSON.c.added_at)) == at
        assert connection.scalar(select(func.count()).where(PERSON.c.added_at <= at)) == 1
        assert connection.scalar(select(func.count()).where(PERSON.c.added_at > at)) == 0


def test_a_dangling_row_and_an_unknown_word_are_refused(database: Engine) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    row = {"key": "k", "kind": "x", "cause": "published", "project_id": 99, "seen_at": at, "data": {}}
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(insert(EVENT).values(**row))
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(insert(EVENT).values(key="k", kind="x", cause="nobody", seen_at=at, data={}))


def test_h61_two_writers_wait_for_each_other(database: Engine) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    with database.begin() as connection:
        connection.execute(insert(LEASE).values(name="counter", owner="0", until=at))
    faults: list[Exception] = []

    def add() -> None:
        try:
            for _ in range(20):
                with database.begin() as connection:
                    lock = select(LEASE.c.owner).where(LEASE.c.name == "counter").with_for_update()
                    count = int(connection.scalar(lock) or 0)
                    connection.execute(text("UPDATE lease SET owner = :n"), {"n": str(count + 1)})
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with db.reading(database) as connection:
        assert connection.scalar(select(LEASE.c.owner)) == "80"


def test_a_lease_has_one_holder_until_it_is_given_back(database: Engine) -> None:
    with held(database, "host:x", 30) as mine, held(database, "host:x", 30) as theirs:
        assert (mine, theirs) == (True, False)
    with held(database, "host:x", 30) as again:
        assert again


def test_a_lease_of_a_dead_holder_runs_out(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_NOW", "2026-11-21T08:00:00+08:00")
    with database.begin() as connection:
        assert claim(connection, "host:x", "dead", 15)
        assert not claim(connection, "host:x", "living", 15)
    monkeypatch.setenv("CHEBIAO_NOW", "2026-11-21T08:00:16+08:00")
    with database.begin() as connection:
        assert claim(connection, "host:x", "living", 15)


def test_h63_an_old_sqlite_file_is_upgraded_after_a_backup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.sqlite"
    db.open_database(f"sqlite:///{path}").dispose()
    with sqlite3.connect(path) as old:  # as a version before the newest migration left it
        old.execute("DELETE FROM alembic_version")
        old.execute("INSERT INTO alembic_version VALUES ('0000')")
    with pytest.raises(ConfigurationError, match="revision 0000, which this version of chebiao does not know"):
        db.open_database(f"sqlite:///{path}")
    assert sqlite3.connect(path).execute("SELECT version_num FROM alembic_version").fetchone() == ("0000",)


def test_h63_rows_of_the_first_version_and_what_points_at_them_survive_every_migration(tmp_path: Path) -> None:
    """SQLite changes a table by copying it and dropping the old one, while other rows point at it."""
    path = tmp_path / "old.sqlite"
    engine = db.connect(f"sqlite:///{path}")
    db.upgrade(engine, "0001")
    at = "2026-11-21 00:00:00.000000"
    with sqlite3.connect(path) as old:
        old.execute(f"""INSERT INTO person (name, language, digest_at, digest_days, active, added_at, version)
            VALUES ('x', 'zh_CN', '07:30:00.000000', 'working', 1, '{at}', 1)""")
        old.execute(f"""INSERT INTO delivery (person_id, kind, medium, state, reason, not_before, message_id, attempts,
            made_at) VALUES (1, 'alert', 'mail', 'due', '', '{at}', 'delivery-1', 1, '{at}')""")
        old.execute(
            f"INSERT INTO attempt (delivery_id, number, phase, text, started_at) VALUES (1, 1, 'done', '', '{at}')"
        )
    db.open_database(f"sqlite:///{path}").dispose()
    new = sqlite3.connect(path)
    assert new.execute("SELECT person_id, message_id, destination_id, part, parts FROM delivery").fetchall() == [
        (1, "delivery-1", None, 1, 1)
    ]
    assert new.execute("SELECT delivery_id, number FROM attempt").fetchall() == [(1, 1)]
    assert new.execute("PRAGMA foreign_key_check").fetchall() == []
    backup = sqlite3.connect(next(tmp_path.glob("old.sqlite.before-*")))
    assert backup.execute("SELECT message_id FROM delivery").fetchall() == [("delivery-1",)]


def test_h62_the_backup_of_a_file_in_use_opens_with_all_committed_rows(tmp_path: Path) -> None:
    engine = db.open_database(f"sqlite:///{tmp_path / 'a.sqlite'}")
    at = datetime(2026, 11, 21, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(insert(PERSON).values(name="x", added_at=at))
    db.backup_sqlite(engine, tmp_path / "copy.sqlite")
    copy = sqlite3.connect(tmp_path / "copy.sqlite")
    assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert copy.execute("SELECT name FROM person").fetchall() == [("x",)]


def test_a_database_that_cannot_be_opened_says_so(tmp_path: Path) -> None:
    (tmp_path / "no.sqlite").write_bytes(b"this is no database at all, but long enough to look at" * 40)
    with pytest.raises(ConfigurationError, match=r"cannot be opened|not a database"):
        db.open_database(f"sqlite:///{tmp_path / 'no.sqlite'}")
