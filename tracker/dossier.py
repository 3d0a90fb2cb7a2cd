"""One project with all that is known of it and all that was done about it, for one page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from tracker import views
from tracker.bidding.bids import bids_of, deposits_of
from tracker.decisions import Mistake, pass_reason, project
from tracker.documents.shelf import Card as DocumentCard
from tracker.documents.shelf import documents
from tracker.i18n import _, both
from tracker.inbox import Line, line
from tracker.projects import DECISION
from tracker.standing import Standing, Step, done_by, standings, track
from tracker.state import MilestoneState, ProceedingState, ProjectState
from tracker.team.notes import Line as NoteLine
from tracker.team.notes import notes_of
from tracker.team.people import PERSON, person
from tracker.team.tasks import Own, Todo, milestones_of, tasks
from tracker.team.work import Assigned, assignment

HISTORY = 200


@dataclass(frozen=True)
class Dated:
    """A date as shown: with where it was read, for a look at the very words."""

    milestone: MilestoneState
    proceeding: str
    notice: int | None
    """The publication that decided, by its number; None for a computed date."""

    @property
    def name(self) -> str:
        """A computed date by its rule; empty for a printed one, whose kind says it."""
        return both(self.milestone.label, self.milestone.label_en) if self.milestone.rule_id else ""


@dataclass(frozen=True)
class Way:
    """A proceeding with its stages, where it stands and its dates."""

    state: ProceedingState
    steps: tuple[Step, ...]
    standings: tuple[Standing, ...]
    ahead: tuple[Dated, ...]
    past: tuple[Dated, ...]


@dataclass(frozen=True)
class Decided:
    id: int
    kind: str
    by: str
    at: datetime
    why: str
    data: Mapping[str, Any]
    undone: bool


@dataclass(frozen=True)
class Dossier:
    row: Row[Any]
    state: ProjectState
    line: Line
    """As lists show it, with the next action and the marks of people."""
    ways: tuple[Way, ...]
    publications: Sequence[Row[Any]]
    history: Sequence[Row[Any]]
    """Newest first."""
    people: Mapping[int, str]
    assigned: Assigned | None
    notes: Sequence[NoteLine]
    to_do: Sequence[Todo]
    own: Sequence[Own]
    bids: Sequence[Row[Any]]
    deposits: Sequence[Row[Any]]
    papers: Sequence[DocumentCard]
    decisions: Sequence[Decided]


def dossier(connection: Connection, reader: str, identity: int, at: datetime) -> Dossier:
    """Everything about a project; one that was joined into another gives the other. Raises Mistake."""
    row = project(connection, identity)
    state = ProjectState.model_validate(row.state)
    publications = views.publications_of(connection, row.id)
    ours = bids_of(connection, row.id)
    deposits = deposits_of(connection, row.id)
    shown = line(connection, person(connection, reader), row.id, at)
    if shown is None:
        raise Mistake(_("project {id} cannot be shown; `chebiao reprocess` may help").format(id=row.id))
    return Dossier(
        row=row,
        state=state,
        line=shown,
        ways=tuple(_ways(state, publications, ours, deposits, at)),
        publications=publications,
        history=views.events(connection, HISTORY, project=row.id),
        people={each.id: each.name for each in connection.execute(select(PERSON.c.id, PERSON.c.name))},
        assigned=assignment(connection, row.id),
        notes=notes_of(connection, row.id),
        to_do=tasks(connection, identity=row.id, closed=True),
        own=milestones_of(connection, row.id),
        bids=ours,
        deposits=deposits,
        papers=documents(connection, row.id),
        decisions=tuple(_decisions(connection, row.id)),
    )


def _ways(
    state: ProjectState,
    publications: Sequence[Row[Any]],
    ours: Sequence[Row[Any]],
    deposits: Sequence[Row[Any]],
    at: datetime,
) -> Iterator[Way]:
    """The newest proceeding first: it is the one to act on."""
    by_key = {f"{each.portal}/{each.key}": each.id for each in publications}
    bound = {each.bid_id for each in deposits if each.bound_at is not None}
    for proceeding in reversed(state.proceedings):
        mine = [each for each in ours if each.proceeding == proceeding.key]
        done = frozenset().union(*(done_by(each.status, deposit_bound=each.id in bound) for each in mine))
        found = tuple(each for each in standings(state, at, done) if each.proceeding == proceeding.key)
        dates = [
            Dated(each, proceeding.key, by_key.get(each.source))
            for each in sorted(proceeding.milestones, key=lambda each: (each.earliest, each.kind))
        ]
        yield Way(
            state=proceeding,
            steps=track(state, proceeding),
            standings=found,
            ahead=tuple(each for each in dates if each.milestone.latest > at),
            past=tuple(each for each in dates if each.milestone.latest <= at),
        )


def _decisions(connection: Connection, identity: int) -> Iterator[Decided]:
    """What people decided, the newest first; what was taken back is kept in sight."""
    query = (
        select(DECISION, PERSON.c.name.label("by"))
        .join(PERSON, PERSON.c.id == DECISION.c.person_id)
        .where(DECISION.c.project_id == identity)
        .order_by(DECISION.c.id.desc())
    )
    for row in connection.execute(query):
        why = pass_reason(row) if row.kind == "pass" else row.reason or ""
        yield Decided(row.id, row.kind, row.by, row.at, why, row.data, row.undone_at is not None)
