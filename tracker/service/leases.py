"""Leases: who may do a job now. One conditional statement decides, the same for polls, digests and deliveries."""

import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Table, delete, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from crawler.clock import now
from tracker.tables import Lease, table

LEASE = table(Lease)


def process_name() -> str:
    """A name for one holder of leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:6]}"


@contextmanager
def held(engine: Engine, name: str, seconds: float, *, patience: float = 0) -> Iterator[bool]:
    """Hold the lease `name` while the block runs, or yield False where somebody else holds it.

    Renewed in the background, so a holder that is killed gives it up within `seconds`; `patience` waits that long.
    """
    owner = process_name()
    end = time.monotonic() + patience
    while not (mine := _claimed(engine, name, owner, seconds)) and time.monotonic() < end:
        time.sleep(min(0.5, seconds / 3))
    if not mine:
        yield False
        return
    over = threading.Event()

    def renew() -> None:
        while not over.wait(seconds / 3):
            _claimed(engine, name, owner, seconds)

    beat = threading.Thread(target=renew, daemon=True)
    beat.start()
    try:
        yield True
    finally:
        over.set()
        beat.join()
        with engine.begin() as connection:
            release(connection, name, owner)


def _claimed(engine: Engine, name: str, owner: str, seconds: float) -> bool:
    with engine.begin() as connection:
        return claim(connection, name, owner, seconds)


def claim(connection: Connection, name: str, owner: str, seconds: float) -> bool:
    """Take the lease `name` for `seconds`, or say that somebody else holds it."""
    at = now()
    until = at + timedelta(seconds=seconds)
    mine = (
        update(LEASE)
        .where(LEASE.c.name == name, or_(LEASE.c.until <= at, LEASE.c.owner == owner))
        .values(owner=owner, until=until)
    )
    if connection.execute(mine).rowcount:
        return True
    fresh = insert_new(connection, LEASE).values(name=name, owner=owner, until=until)
    return connection.execute(fresh.returning(LEASE.c.name)).first() is not None


def release(connection: Connection, name: str, owner: str) -> None:
    """Give the lease back, if it is still ours."""
    connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.owner == owner))


def insert_new(connection: Connection, into: Table) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the database's own dialect."""
    dialect = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return dialect(into).on_conflict_do_nothing()
