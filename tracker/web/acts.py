"""What was just done: said once in a note with a button that takes it back, instead of asking beforehand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, Row, select, update

from crawler.clock import now
from tracker.db import insert_row, reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.tables import Act as ActRow
from tracker.tables import table
from tracker.team.accounts import hash_of
from tracker.undo import Step, take_back
from tracker.web.roles import Visitor

ACT = table(ActRow)


@dataclass(frozen=True)
class Act:
    """One thing done in this session."""

    id: int
    words: str
    can_undo: bool
    undone: bool = False


def record(connection: Connection, who: Visitor, words: str, steps: Sequence[Step] = ()) -> Act:
    """Keep what was done, in the transaction that does it; `steps` take it back (tracker/undo.py), none: for good."""
    values = {"person_id": who.id, "session": hash_of(who.session), "words": words, "steps": list(steps), "at": now()}
    return Act(insert_row(connection, ACT, **values), words, bool(steps))


def shown_act(engine: Engine, who: Visitor, did: str) -> Act | None:
    """The act of an address such as `/inbox?did=12`; None where it is none of this session."""
    if not who.id or not did.isdigit():
        return None
    with reading(engine) as connection:
        mine = (ACT.c.id == int(did), ACT.c.session == hash_of(who.session))
        row = connection.execute(select(ACT).where(*mine)).one_or_none()
    return _act(row) if row else None


def _act(row: Row[Any]) -> Act:
    return Act(row.id, row.words, bool(row.steps) and row.undone_at is None, row.undone_at is not None)


def undo(connection: Connection, who: Visitor, identity: int | None = None) -> Act:
    """Take back one act of this session, else the newest that can be. Raises Mistake."""
    query = select(ACT).where(ACT.c.session == hash_of(who.session), ACT.c.undone_at.is_(None))
    if identity is not None:
        query = query.where(ACT.c.id == identity)
    rows = connection.execute(query.order_by(ACT.c.id.desc()).limit(50)).all()
    row = next((each for each in rows if each.steps), None)
    if row is None:
        raise Mistake(_("there is nothing to take back"))
    take_back(connection, who.name, row.steps)
    connection.execute(update(ACT).where(ACT.c.id == row.id).values(undone_at=now()))
    return Act(row.id, _("taken back: {words}").format(words=row.words), False, True)
