"""Leases: who may do a job now. One conditional statement decides, the same for polls, digests and deliveries."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Table, delete, or_, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from crawler.clock import now
from tracker.tables import Lease, table

LEASE = table(Lease)


def claim(connection: Connection, name: str, owner: str, seconds: int) -> bool:
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
    return bool(connection.execute(fresh).rowcount)


def release(connection: Connection, name: str, owner: str) -> None:
    """Give the lease back, if it is still ours."""
    connection.execute(delete(LEASE).where(LEASE.c.name == name, LEASE.c.owner == owner))


def insert_new(connection: Connection, into: Table) -> Any:
    """INSERT … ON CONFLICT DO NOTHING in the database's own dialect."""
    dialect = postgresql_insert if connection.dialect.name == "postgresql" else sqlite_insert
    return dialect(into).on_conflict_do_nothing()
