"""Rows that people keep by hand: added and edited by a named person, each change an event of history.

An edit carries the row as it was looked at, so that two people who edit one row at once lose nothing (hostile 65).
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, Row, Table, select, update

from crawler.clock import SHANGHAI, now
from tracker.db import insert_row
from tracker.decisions import Mistake
from tracker.derive import parse_when
from tracker.events import Change, write
from tracker.i18n import _
from tracker.team.people import PERSON, Card


class EditedMeanwhile(Mistake):
    """Somebody else changed the row first; `now` is how it stands."""

    def __init__(self, row: Row[Any], table: str) -> None:
        super().__init__(
            _(
                "{what} {id} was changed by somebody else meanwhile (version {version} now); look at it and repeat"
            ).format(what=_(table), id=row.id, version=row.version)
        )
        self.now = row


def get(connection: Connection, of: Table, identity: int, version: int | None = None) -> Row[Any]:
    """A row by its number, at the version that was looked at. Raises Mistake, EditedMeanwhile."""
    row = connection.execute(select(of).where(of.c.id == identity)).one_or_none()
    if row is None:
        raise Mistake(_("there is no {what} {id}").format(what=_(of.name), id=identity))
    if version is not None and row.version != version:
        raise EditedMeanwhile(row, of.name)
    return row


def add(connection: Connection, to: Table, by: Card, **values: Any) -> Row[Any]:
    """A new row and its event; `version` where it goes on from a row that it takes the place of."""
    version = values.pop("version", 1)
    if "person_id" in to.c:
        values |= {"person_id": by.id}
    if "at" in to.c:
        values |= {"at": now()}
    row = get(connection, to, insert_row(connection, to, **values, version=version))
    said = {name: plain(connection, name, value) for name, value in values.items() if name not in _SILENT}
    _say(connection, to, by, row, Change(f"{to.name}-added", None, None, {"id": row.id, "values": said}))
    return row


def edit(connection: Connection, of: Table, by: Card, before: Row[Any], **values: Any) -> Row[Any]:
    """Change a row from the version that was looked at; the same values change nothing. Raises EditedMeanwhile."""
    changed = {name: value for name, value in values.items() if before._mapping[name] != value}
    if not changed:
        return before
    mine = of.c.id == before.id, of.c.version == before.version
    if not connection.execute(update(of).where(*mine).values(**changed, version=before.version + 1)).rowcount:
        raise EditedMeanwhile(get(connection, of, before.id), of.name)
    fields = [
        {
            "field": name,
            "before": plain(connection, name, before._mapping[name]),
            "after": plain(connection, name, value),
        }
        for name, value in sorted(changed.items())
        if name not in _SILENT
    ]
    row = get(connection, of, before.id)
    said = fields[0] if len(fields) == 1 else {"before": None, "after": None}
    change = Change(f"{of.name}-changed", said["before"], said["after"], {"id": row.id, "fields": fields})
    _say(connection, of, by, row, change)
    return row


_SILENT = {"at", "person_id", "project_id"}


def _say(connection: Connection, of: Table, by: Card, row: Row[Any], change: Change) -> None:
    project = row.project_id if "project_id" in of.c else None
    once = f"{of.name}{row.id}v{row.version}"
    write(connection, [change], cause="person", seen_at=now(), once=once, project_id=project, person_id=by.id)


def plain(connection: Connection, name: str, value: Any) -> str | None:
    """A value as history shows it: people by name, instants in Asia/Shanghai."""
    if value is None:
        return None
    if name.endswith("_id") and name.removesuffix("_id") in {"owner", "deputy", "keeper", "lead"}:
        return connection.scalar(select(PERSON.c.name).where(PERSON.c.id == value))
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
    return str(value)


# --- what people type -----------------------------------------------------------------------------------------------


def instant(text: str) -> datetime:
    """`2026-12-03 17:00` in Asia/Shanghai, or the last minute of `2026-12-03`; UTC. Raises Mistake."""
    when = parse_when(text.strip().replace(" ", "T"))
    if when is None or when.precision not in ("minute", "day"):
        raise Mistake(_("{value!r} is no time; write 2026-12-03 09:30 or 2026-12-03").format(value=text))
    return when.span[0] if when.precision == "minute" else when.span[1] - timedelta(minutes=1)


def day(text: str) -> date:
    """`2026-12-03`. Raises Mistake."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Mistake(_("{value!r} is no day; write 2026-12-03").format(value=text)) from None


_AMOUNT = re.compile(r"([\d,，]+(?:\.\d+)?)\s*(万)?元?")


def fen(text: str) -> int:
    """`2550000`, `2,550,000.00` or `255万` in hundredths of CNY. Raises Mistake."""
    match = _AMOUNT.fullmatch(text.strip())
    try:
        amount = Decimal(re.sub("[,，]", "", match[1])) * (1_000_000 if match[2] else 100) if match else None
    except InvalidOperation:
        amount = None
    if amount is None or amount != amount.to_integral_value() or amount >= 10**15:
        raise Mistake(_("{value!r} is no amount; write yuan, such as 2550000.00").format(value=text))
    return int(amount)
