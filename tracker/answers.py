"""Reminders that were said of projects, and who acknowledged them; who said them is tracker/reminders."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.db import chunks
from tracker.decisions import live
from tracker.tables import Decision, Event, table

DECISION, EVENT = table(Decision), table(Event)


def reminded(connection: Connection, ids: Collection[int], home: Mapping[int, int]) -> dict[int, list[Row[Any]]]:
    """The reminders of each project so far, the oldest first, with those of projects that were joined into it."""
    found: dict[int, list[Row[Any]]] = {}
    for part in chunks({*ids, *(joined for joined, lives in home.items() if lives in ids)}):
        query = select(EVENT).where(EVENT.c.kind == "reminder", EVENT.c.project_id.in_(part)).order_by(EVENT.c.id)
        for row in connection.execute(query):
            found.setdefault(home.get(row.project_id, row.project_id), []).append(row)
    return found


def answers(connection: Connection, ids: Collection[int], home: Mapping[int, int]) -> dict[int, datetime]:
    """When the reminders of a project were acknowledged last, by whomever."""
    query = select(DECISION).where(live("acknowledge"))
    found: dict[int, datetime] = {}
    for row in connection.execute(query.order_by(DECISION.c.at, DECISION.c.id)):
        identity = home.get(row.project_id, row.project_id)
        if identity in ids:
            found[identity] = row.at
    return found


def waiting(connection: Connection, ids: Collection[int], home: Mapping[int, int]) -> dict[int, list[Row[Any]]]:
    """By project, the reminders nobody has acknowledged, the oldest first; projects without any are left out."""
    answered = answers(connection, ids, home)
    found = {}
    for identity, rows in reminded(connection, ids, home).items():
        last = answered.get(identity)
        if open_ones := [row for row in rows if last is None or row.seen_at > last]:
            found[identity] = open_ones
    return found


def unanswered(connection: Connection, ids: Collection[int], home: Mapping[int, int]) -> dict[int, int]:
    """By project, how many reminders nobody has acknowledged; projects without any are left out."""
    return {identity: len(rows) for identity, rows in waiting(connection, ids, home).items()}
