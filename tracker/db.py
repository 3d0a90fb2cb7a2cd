"""The database: engine, transactions, migrations, backup.

SQLite by default (WAL, `BEGIN IMMEDIATE` for writers, foreign keys on), PostgreSQL by `CHEBIAO_DATABASE_URL`.
SQLite upgrades itself after a backup; PostgreSQL is upgraded by `chebiao db upgrade`.
"""

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import ColumnElement, Connection, Engine, Table, and_, create_engine, event, insert, make_url, or_
from sqlalchemy.exc import DatabaseError

from crawler.config import ConfigurationError

MIGRATIONS = Path(__file__).parent / "migrations"
READ_ONLY = "chebiao_read_only"
"""Execution option of connections that only read: they begin deferred and never wait for a writer."""


def open_database(url: str) -> Engine:
    """An engine on an up-to-date schema.

    Raises ConfigurationError when the database cannot be reached, is newer than this program, or (PostgreSQL) waits
    for `chebiao db upgrade`.
    """
    engine = connect(url)
    try:
        current = revision(engine)
    except DatabaseError as error:
        raise ConfigurationError(f"database {engine.url!r} cannot be opened: {error.orig}") from None
    head = _script().get_current_head()
    if current == head:
        return engine
    if current is not None and current not in {each.revision for each in _script().walk_revisions()}:
        raise ConfigurationError(
            f"database {engine.url!r} is at revision {current}, which this version of chebiao does not know; "
            "install the newer version that wrote it"
        )
    if engine.dialect.name == "sqlite":
        if current is not None:
            backup_sqlite(engine, Path(str(engine.url.database) + f".before-{head}"))
        upgrade(engine)
    elif current is None:
        upgrade(engine)
    else:
        raise ConfigurationError("the database waits for an upgrade: run `chebiao db upgrade` once, then start again")
    return engine


def connect(url: str) -> Engine:
    """A bare engine with our connection rules; nothing is created but the SQLite file's folder."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        return engine
    return create_engine(url, pool_pre_ping=True)


PRAGMAS = (
    "busy_timeout=15000",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    "cache_size=-16384",  # KiB a connection; with the usual 2 MiB, lists of 100,000 projects are read from disk anew
)


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we begin ourselves (pitfalls SL1)
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    read_only = connection.get_execution_options().get(READ_ONLY)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def chunks(ids: Collection[int], size: int = 500) -> Iterator[list[int]]:
    """Lists short enough for one IN (…)."""
    ordered = sorted(ids)
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def beyond(*parts: tuple[ColumnElement[Any], Any, bool]) -> ColumnElement[bool]:
    """Rows behind the given one, for lists page by page: (column, its value, whether descending), ids last."""
    ways = []
    for place, (column, value, descending) in enumerate(parts):
        same = [each == known for each, known, _down in parts[:place]]
        ways.append(and_(*same, column < value if descending else column > value))
    return or_(*ways)


def insert_row(connection: Connection, into: Table, **values: Any) -> int:
    """A row of a table whose key is `id`; returns it."""
    return int(connection.execute(insert(into).values(**values).returning(into.c.id)).scalar_one())


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that only reads."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        yield connection


@cache
def _script() -> ScriptDirectory:
    """The migrations, read once a process."""
    return ScriptDirectory(str(MIGRATIONS))


def revision(engine: Engine) -> str | None:
    """The schema's revision; None for an empty database."""
    with reading(engine) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema to `to` in one transaction.

    SQLite changes a table by copying it and dropping the old one, which would take the rows that point at it along:
    foreign keys rest meanwhile and are checked before the end. Raises ConfigurationError where one is broken.
    """
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)  # has no effect inside a transaction
        try:
            with connection.begin():
                command.upgrade(_config(connection), to)
                if engine.dialect.name == "sqlite" and (row := _dangling(connection)):
                    raise ConfigurationError(
                        f"database {engine.url!r}: the upgrade would leave a row of {row[0]} that points at nothing in "
                        f"{row[2]}; nothing was changed, report this with the name of the version you come from"
                    )
        finally:
            _foreign_keys(connection, on=True)


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    if connection.dialect.name == "sqlite":
        driver: Any = connection.connection.driver_connection
        driver.execute(f"PRAGMA foreign_keys={'ON' if on else 'OFF'}")


def _dangling(connection: Connection) -> Any:
    return connection.exec_driver_sql("PRAGMA foreign_key_check").first()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def backup_sqlite(engine: Engine, target: Path) -> None:
    """A consistent copy while others write (SQLite's backup API; a plain copy would lose the WAL, pitfalls SL5)."""
    with engine.connect().execution_options(**{READ_ONLY: True}) as connection:
        source: Any = connection.connection.driver_connection
        with sqlite3.connect(target) as copy:
            source.backup(copy)
        copy.close()
