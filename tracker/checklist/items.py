"""What is stored of a checklist: how people stand with its items, and how it was last derived."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker.checklist.model import Change, Dropped, Kept
from tracker.procedures.law import Text
from tracker.tables import ChecklistItem, ChecklistState, table
from tracker.team.people import PERSON

ITEM, STATE = table(ChecklistItem), table(ChecklistState)


@dataclass(frozen=True)
class Stood:
    """One line as it was last derived."""

    text: Text
    words: tuple[str, ...] = ()
    """What it rested on, as quoted."""
    mark: str = ""
    """Of those words for comparison; empty where it stands on the list no more."""
    change: Change = ""
    was: tuple[str, ...] = ()
    at: datetime | None = None
    """When that change was seen."""

    def as_json(self) -> dict[str, Any]:
        found: dict[str, Any] = {"zh": self.text.zh, "en": self.text.en, "words": list(self.words), "mark": self.mark}
        if self.change:
            found |= {"change": self.change, "was": list(self.was), "at": self.at.isoformat() if self.at else None}
        return found


def stood(said: dict[str, Any]) -> Stood:
    """A line as `Stood.as_json` stored it."""
    return Stood(
        text=Text(said["zh"], said["en"]),
        words=tuple(said["words"]),
        mark=said["mark"],
        change=said.get("change", ""),
        was=tuple(said.get("was", ())),
        at=datetime.fromisoformat(said["at"]) if said.get("at") else None,
    )


@dataclass(frozen=True)
class Standing:
    """What is stored of one project's list for one proceeding."""

    work: dict[str, Kept] = field(default_factory=dict)
    """By item."""
    lines: dict[str, Stood] = field(default_factory=dict)
    derived_at: datetime | None = None

    @property
    def dropped(self) -> tuple[Dropped, ...]:
        """Lines that were on the list and are no more."""
        return tuple(
            Dropped(name, line.text, line.at, self.work.get(name))
            for name, line in self.lines.items()
            if line.change == "dropped" and line.at is not None
        )

    def change(self, item: str) -> Stood | None:
        """What changed in a line, as long as nobody has said anything of it since."""
        line, kept = self.lines.get(item), self.work.get(item)
        if line is None or not line.change or line.at is None:
            return None
        seen = kept is not None and kept.status != "check-again" and kept.at is not None and kept.at >= line.at
        return None if seen else line


def standing(connection: Connection, project: int, proceeding: str) -> Standing:
    """What is stored of a project (a living id) for one of its proceedings."""
    work = {row.item: _kept(row) for row in reversed(rows_of(connection, project, proceeding))}  # the oldest row counts
    state = connection.execute(select(STATE).where(STATE.c.project_id == project)).one_or_none()
    if state is None or state.proceeding != proceeding:
        return Standing(work)
    return Standing(work, {name: stood(said) for name, said in state.items.items()}, state.derived_at)


def rows_of(connection: Connection, project: int, proceeding: str | None = None) -> list[Row[Any]]:
    """The rows that people keep, the oldest first, with the names of owner and of who changed them last."""
    owner, by = PERSON.alias("owner"), PERSON.alias("by")
    query = (
        select(ITEM, owner.c.name.label("owner"), by.c.name.label("by"))
        .outerjoin(owner, owner.c.id == ITEM.c.owner_id)
        .join(by, by.c.id == ITEM.c.person_id)
        .where(ITEM.c.project_id == project)
        .order_by(ITEM.c.id)
    )
    if proceeding is not None:
        query = query.where(ITEM.c.proceeding == proceeding)
    return list(connection.execute(query))


def _kept(row: Row[Any]) -> Kept:
    return Kept(row.status, row.owner or "", row.due, row.evidence, row.by, row.at, row.version)
