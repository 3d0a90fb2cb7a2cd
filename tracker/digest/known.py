"""Projects with what hangs on them: links, who follows or passed them, which watch asked for them."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.text import one_line
from tracker.answers import unanswered
from tracker.db import chunks
from tracker.decisions import live
from tracker.digest.model import Link
from tracker.i18n import language
from tracker.kinds import WANTED
from tracker.present import link
from tracker.state import ProjectState
from tracker.tables import Bid, Decision, DigestItem, Event, Person, Project, Publication, table
from tracker.watches import facts_of, list_watches, wanted_by

BID, DECISION, DIGEST_ITEM, EVENT, PERSON = table(Bid), table(Decision), table(DigestItem), table(Event), table(Person)
PROJECT, PUBLICATION = table(Project), table(Publication)


@dataclass
class Known:
    """A project with what hangs on it, as loaded."""

    row: Row[Any]
    links: list[Link] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    """Address by `portal/key`."""
    tracked_by: list[str] = field(default_factory=list)
    owner: str = ""
    passed: bool = False
    done: set[tuple[str, str]] = field(default_factory=set)
    """What somebody has said to be done already: kind and instant (UTC, ISO 8601) of each."""
    bids: dict[str, str] = field(default_factory=dict)
    """How far our bid is, by proceeding."""
    unanswered: int = 0
    """Reminders that nobody has acknowledged."""
    why: tuple[str, ...] = ()
    """Which of the reader's watches asked for it, and why; empty without one."""

    @property
    def state(self) -> ProjectState:
        """Raises pydantic.ValidationError for a state this version cannot read."""
        return ProjectState.model_validate(self.row.state)


def living(connection: Connection) -> dict[int, int]:
    """Where each project that was joined into another lives now."""
    alias = {
        row.id: row.alias_of
        for row in connection.execute(select(PROJECT.c.id, PROJECT.c.alias_of).where(PROJECT.c.alias_of.is_not(None)))
    }

    def follow(project: int) -> int:
        seen = {project}
        while project in alias and alias[project] not in seen:
            project = alias[project]
            seen.add(project)
        return project

    return {project: follow(project) for project in alias}


def load(connection: Connection, ids: Collection[int], home: dict[int, int]) -> dict[int, Known]:
    """Projects by the id under which they live, with links and what people decided."""
    wanted = {home.get(each, each) for each in ids}
    known: dict[int, Known] = {}
    for part in chunks(wanted):
        for row in connection.execute(select(PROJECT).where(PROJECT.c.id.in_(part))):
            known[row.id] = Known(row)
    _add_links(connection, known)
    _add_decisions(connection, known, home)
    _add_bids(connection, known, home)
    followed = {identity for identity, project in known.items() if project.tracked_by}
    for identity, count in unanswered(connection, followed, home).items() if followed else ():
        known[identity].unanswered = count
    return known


def _add_links(connection: Connection, known: dict[int, Known]) -> None:
    columns = (PUBLICATION.c.project_id, PUBLICATION.c.portal, PUBLICATION.c.key, PUBLICATION.c.title)
    for part in chunks(known):
        query = select(*columns, PUBLICATION.c.url, PUBLICATION.c.published_at).where(
            PUBLICATION.c.project_id.in_(part)
        )
        for row in connection.execute(query.order_by(PUBLICATION.c.published_at.desc(), PUBLICATION.c.id.desc())):
            project = known[row.project_id]
            shown = Link(row.portal, one_line(row.title), link(row.url), row.published_at)
            project.links.append(shown)
            project.urls[f"{row.portal}/{row.key}"] = shown.url


def _add_decisions(connection: Connection, known: dict[int, Known], home: dict[int, int]) -> None:
    """Who tracks or passed a project: the whole team sees either, and the later word counts; and what is done."""
    ids = set(known) | {joined for joined, lives in home.items() if lives in known}
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    rows: list[Row[Any]] = []
    for part in chunks(ids):
        asked = DECISION.c.project_id.in_(part), live("track", "pass", "acknowledge")
        rows += connection.execute(select(DECISION).where(*asked))
    for row in sorted(rows, key=lambda each: (each.at, each.id)):
        project = known[home.get(row.project_id, row.project_id)]
        if row.kind == "acknowledge":
            if done := row.data.get("done"):
                project.done.add((done["kind"], done["at"]))
            continue
        project.passed = row.kind == "pass"
        name = names.get(row.data.get("owner_id", row.person_id), "")
        if row.kind == "track":
            project.tracked_by = [*(each for each in project.tracked_by if each != name), name]
            project.owner = name
        else:
            project.tracked_by, project.owner = [], ""


def _add_bids(connection: Connection, known: dict[int, Known], home: dict[int, int]) -> None:
    for part in chunks(set(known) | {joined for joined, lives in home.items() if lives in known}):
        for row in connection.execute(select(BID).where(BID.c.project_id.in_(part)).order_by(BID.c.id)):
            known[home.get(row.project_id, row.project_id)].bids[row.proceeding] = row.status


def add_why(
    connection: Connection,
    person_id: int | None,
    events: Collection[int],
    known: dict[int, Known],
    home: dict[int, int],
) -> None:
    """What the router wrote beside the events: the watches that asked for them."""
    for part in chunks(events) if person_id is not None else ():
        query = (
            select(EVENT.c.project_id, DIGEST_ITEM.c.why)
            .join(EVENT, EVENT.c.id == DIGEST_ITEM.c.event_id)
            .where(DIGEST_ITEM.c.person_id == person_id, EVENT.c.id.in_(part), DIGEST_ITEM.c.why.is_not(None))
            .order_by(DIGEST_ITEM.c.event_id)
        )
        for row in connection.execute(query):
            project = known.get(home.get(row.project_id, row.project_id))
            if project is not None:
                project.why = tuple(one_line(each, 200) for each in row.why["words"])


def asked(
    connection: Connection, person: Row[Any] | None, known: dict[int, Known], ids: set[int], now: datetime
) -> set[int]:
    """Those of the projects that somebody tracks or the reader's watches ask for; all of them without a watch."""
    watches = [each for each in list_watches(connection) if person is not None and each.person_id == person.id]
    if person is None or not watches:
        return ids
    asked = {each for each in ids if each in known and known[each].tracked_by}
    with language(person.language):
        for project, facts in facts_of(connection, ids - asked).items():
            why = wanted_by(watches, facts, now, news=False)
            if why is not None and project in known:
                known[project].why = known[project].why or tuple(one_line(each, 200) for each in why.words)
                asked.add(project)
    return asked


def is_passed(connection: Connection, project_id: int) -> bool:
    """Whether the team's last word on a project is pass."""
    home = living(connection)
    project = load(connection, [project_id], home).get(home.get(project_id, project_id))
    return project is not None and project.passed


def matched(project: Row[Any], event: Row[Any] | None = None) -> bool:
    """Whether a person without a watch is told of it: vehicle tenders, those to check, and those that were one."""
    return project.vehicle_purchase in (*WANTED, "review") or (
        event is not None and event.kind == "verdict" and event.before in WANTED
    )
