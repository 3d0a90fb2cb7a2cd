"""Notes of people on projects. A handed-over note keeps its author and gets a keeper."""

import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from crawler.text import one_line
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.tables import Note, table
from tracker.team import kept
from tracker.team.people import PERSON, people, person
from tracker.team.tasks import add_task

NOTE = table(Note)


@dataclass(frozen=True)
class Line:
    """A note as shown."""

    id: int
    text: str
    by: str
    keeper: str
    at: datetime
    version: int


def _checked(text: str) -> str:
    if not text.strip():
        raise Mistake(_("the note is empty; write a sentence"))
    return text.strip()


def add_note(connection: Connection, who: str, identity: int, text: str) -> int:
    """A note on a project; returns its number. `@name` gives that colleague a task to look at it.

    Raises Mistake, PersonError.
    """
    by, target = person(connection, who), project(connection, identity)
    made = int(kept.add(connection, NOTE, by, project_id=target.id, text=_checked(text)).id)
    for name in named_in(connection, text):
        title = _("look at the note: {text}").format(text=one_line(text, 80))
        add_task(connection, who, title, owner=name, identity=target.id, origin=f"note:{made}")
    return made


def named_in(connection: Connection, text: str) -> list[str]:
    """The colleagues a text calls by @name, each once; of two names that fit, the longer."""
    known = sorted((card.name for card in people(connection, active=True)), key=len, reverse=True)
    called = (next((name for name in known if rest.startswith(name)), None) for rest in re.split("[@＠]", text)[1:])
    return list(dict.fromkeys(name for name in called if name))


def edit_note(connection: Connection, who: str, identity: int, text: str, version: int | None = None) -> None:
    """Another wording. Raises Mistake, EditedMeanwhile where it is no longer at `version`."""
    by, before = person(connection, who), kept.get(connection, NOTE, identity, version)
    kept.edit(connection, NOTE, by, before, text=_checked(text))


def notes_of(connection: Connection, identity: int) -> list[Line]:
    """The notes of a project, the oldest first."""
    author, keeper = PERSON.alias(), PERSON.alias()
    query = (
        select(NOTE, author.c.name.label("by"), func.coalesce(keeper.c.name, author.c.name).label("keeper"))
        .join(author, author.c.id == NOTE.c.person_id)
        .outerjoin(keeper, keeper.c.id == NOTE.c.keeper_id)
        .where(NOTE.c.project_id == identity)
        .order_by(NOTE.c.at, NOTE.c.id)
    )
    return [Line(row.id, row.text, row.by, row.keeper, row.at, row.version) for row in connection.execute(query)]
