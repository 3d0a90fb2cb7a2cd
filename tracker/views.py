"""What the command line and the board list: plain rows for reading, each query in one place."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CTE, ColumnElement, Connection, Row, ScalarSelect, Select, case, false, func, select

from crawler.page import FROM_BEST
from crawler.portals import Portal
from tracker.decisions import marked, tracked_ids
from tracker.digest import Action, open_actions
from tracker.projects import MILESTONE, PROCEEDING, PROJECT, PUBLICATION
from tracker.state import ProjectState
from tracker.tables import Channel, Event, Poll, table

CHANNEL, POLL, EVENT = table(Channel), table(Poll), table(Event)


@dataclass(frozen=True)
class PortalRow:
    """One portal with the worst state of its channels."""

    id: str
    family: str
    name: str
    state: str
    """`never` before the first poll."""
    last_ok: datetime | None
    """When every channel had last been read: the oldest of their last good polls."""
    lag: timedelta | None
    """How old that is."""
    reason: str = ""
    notices: int = 0
    unread: int = 0
    """Listed, but no poll had room for them yet: their titles name no vehicle."""


def portal_rows(connection: Connection, portals: list[Portal], at: datetime) -> Iterator[PortalRow]:
    """Every configured portal, polled or not."""
    listed = func.sum(case((PUBLICATION.c.state == "listed", 1), else_=0))
    grouped = select(PUBLICATION.c.portal, func.count().label("publications"), listed.label("listed"))
    counts = {
        row.portal: (row.publications, row.listed) for row in connection.execute(grouped.group_by(PUBLICATION.c.portal))
    }
    channels = {(row.portal, row.channel): row for row in connection.execute(select(CHANNEL))}
    for portal in portals:
        known = [channels.get((portal.id, channel.id)) for channel in portal.channels]
        rows = [row for row in known if row is not None and row.state is not None]
        worst = max((row.state for row in rows), key=FROM_BEST.index, default="never")
        good = [row.last_ok_at for row in rows if row.last_ok_at is not None]
        last_ok = min(good) if rows and len(good) == len(rows) else None
        kept, unread = counts.get(portal.id, (0, 0))
        yield PortalRow(
            id=portal.id,
            family=portal.family,
            name=portal.name.zh,
            state=worst,
            last_ok=last_ok,
            lag=at - last_ok if last_ok else None,
            reason="; ".join(f"{row.channel}: {row.reason}" for row in rows if row.state == worst and row.reason),
            notices=kept,
            unread=unread,
        )


def notices(connection: Connection, limit: int, *, portal: str | None = None) -> list[Row[Any]]:
    """Publications, the newest first."""
    query = select(PUBLICATION).order_by(PUBLICATION.c.published_at.desc().nulls_last(), PUBLICATION.c.id.desc())
    if portal:
        query = query.where(PUBLICATION.c.portal == portal)
    return list(connection.execute(query.limit(limit)))


@dataclass(frozen=True)
class ProjectRow:
    """One purchase with what a bidder has to do next."""

    id: int
    name: str
    buyer: str | None
    region: str | None
    stage: str
    vehicle_purchase: str
    closed: bool
    next: Action | None
    state: ProjectState
    tracked: bool


def soonest_action(at: datetime, verdicts: Collection[str] = ()) -> CTE:
    """By project_id the instant `at` of the next thing that a bidder has to do; of these verdicts only, if given."""
    project = PROCEEDING.c.project_id
    query = _open_actions(at, MILESTONE.c.bidder_acts).add_columns(project).group_by(project)
    if verdicts:
        of = PROJECT.alias("of")
        query = query.join(of, of.c.id == PROCEEDING.c.project_id).where(of.c.vehicle_purchase.in_(verdicts))
    return query.cte("soonest")


def soonest_of(at: datetime) -> ScalarSelect[Any]:
    """The same for the project of a row, looked up one by one: quicker where a list is of few of them."""
    # Behind coalesce, so that SQLite begins with the project and not with everything that is open.
    query = _open_actions(at, func.coalesce(MILESTONE.c.bidder_acts, false()))
    return query.where(PROCEEDING.c.project_id == PROJECT.c.id).correlate(PROJECT).scalar_subquery()


def _open_actions(at: datetime, acts: ColumnElement[bool]) -> Select[Any]:
    query = select(func.min(MILESTONE.c.earliest).label("at")).select_from(PROCEEDING)
    return query.join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id).where(acts, MILESTONE.c.latest > at)


def projects(
    connection: Connection,
    at: datetime,
    *,
    vehicles: bool = False,
    tracked: bool = False,
    limit: int | None = None,
) -> list[ProjectRow]:
    """Living projects: those a bidder can still act on first, by the earliest action; then the newest."""
    # No plain `alias_of IS NULL`: SQLite would walk the index of aliases, in which nearly every project stands.
    query = select(PROJECT).where(func.coalesce(PROJECT.c.alias_of, 0) == 0, PROJECT.c.state_hash != "")
    soonest: ColumnElement[Any]
    if tracked:
        query, soonest = query.where(marked("track")), soonest_of(at)
    else:
        every = soonest_action(at)
        query, soonest = query.outerjoin(every, every.c.project_id == PROJECT.c.id), every.c.at
    if vehicles:
        query = query.where(PROJECT.c.vehicle_purchase.in_(["yes", "mixed"]))
    query = query.order_by(soonest.is_(None), soonest, PROJECT.c.id.desc())
    mine = tracked_ids(connection)
    return [_project(row, at, row.id in mine) for row in connection.execute(query.limit(limit) if limit else query)]


def _project(row: Row[Any], at: datetime, tracked: bool) -> ProjectRow:
    state = ProjectState.model_validate(row.state)
    actions = open_actions(state, at)
    return ProjectRow(
        id=row.id,
        name=row.name,
        buyer=row.buyer,
        region=row.region,
        stage=row.stage,
        vehicle_purchase=row.vehicle_purchase,
        closed=row.closed,
        next=actions[0] if actions else None,
        state=state,
        tracked=tracked,
    )


def events(connection: Connection, limit: int, *, project: int | None = None) -> list[Row[Any]]:
    """History, the newest first."""
    query = select(EVENT).order_by(EVENT.c.id.desc()).limit(limit)
    return list(connection.execute(query.where(EVENT.c.project_id == project) if project else query))


def polls(connection: Connection, limit: int, *, portal: str | None = None) -> list[Row[Any]]:
    """Polls, the newest first."""
    query = select(POLL).order_by(POLL.c.id.desc()).limit(limit)
    return list(connection.execute(query.where(POLL.c.portal == portal) if portal else query))


def publications_of(connection: Connection, project: int) -> list[Row[Any]]:
    """All publications of a project in the order in which they were published."""
    query = select(PUBLICATION).where(PUBLICATION.c.project_id == project)
    return list(connection.execute(query.order_by(PUBLICATION.c.published_at.nulls_first(), PUBLICATION.c.id)))
