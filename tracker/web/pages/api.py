"""What is known, as JSON for other programs: reading only, by a person's API token or their session.

It is open to bidders and above: whole lists leave the house here, which viewers do not take out (hostile 66).
Instants are UTC with an offset; money is integer hundredths of CNY. Lists come page by page: `next` is the value of
`after` for the page behind. What is listed under /api/v1 keeps its meaning; what changes it gets a new number.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypeVar

from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Row, select

from crawler.clock import now
from crawler.notice import NOTICE
from crawler.portals import load_portals
from crawler.text import one_line
from tracker import ocds, views
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.decisions import project as living_project
from tracker.inbox import Asked, Show, Sort, inbox
from tracker.projects import PUBLICATION, VERSION, unpack
from tracker.state import MilestoneState, ProjectState
from tracker.tables import Event, table
from tracker.team.people import person
from tracker.web.filters import criteria_in
from tracker.web.paging import cursor, keys
from tracker.web.roles import Bidder
from tracker.web.show import with_query

EVENT = table(Event)
MOST = 200
BASE = "/api/v1"


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


Each = TypeVar("Each", bound=BaseModel)


class Paged(Told, Generic[Each]):
    items: list[Each]
    next: str | None = None
    """`after` of the page behind; null on the last one."""


class Next(Told):
    """What a bidder has to do next."""

    kind: str
    rule_id: str
    lot: str
    earliest: datetime
    latest: datetime
    precision: str
    words: str
    """As printed, or the steps of the computation."""
    provisional: bool


class Summary(Told):
    project_id: int
    name: str
    number: str
    buyer: str
    region: str
    method: str
    stage: str
    vehicle_purchase: str
    vehicles: list[str]
    vehicle_count: float | None
    budget: int | None
    """Hundredths of CNY."""
    owner: str
    next: Next | None
    url: str
    """Of its newest notice, on the portal."""


class PublicationOf(Told):
    id: int
    portal: str
    channel: str
    key: str
    url: str
    title: str
    kind: str
    state: str
    published_at: datetime | None
    first_seen_at: datetime
    project_id: int | None


class Project(Told):
    id: int
    first_seen_at: datetime
    changed_at: datetime
    state: ProjectState
    """All that is derived of its notices, each date with its words, rule and conflicts."""
    publications: list[PublicationOf]


class Notice(Told):
    publication: PublicationOf
    version: int
    reader: str
    reading: dict[str, Any]
    """As docs/reading.md says; every value with its evidence."""


class Happened(Told):
    id: int
    kind: str
    cause: str
    project_id: int | None
    publication_id: int | None
    portal: str | None
    channel: str | None
    before: str | None
    after: str | None
    data: dict[str, Any]
    occurred_at: datetime | None
    seen_at: datetime


class Deadline(Told):
    project_id: int
    project: str
    proceeding: str
    milestone: MilestoneState


class Source(Told):
    id: str
    name: str
    family: str
    state: str
    reason: str
    last_ok: datetime | None
    notices: int
    unread: int


class Fault(Told):
    detail: str | list[dict[str, Any]]


FAULTS: dict[int | str, dict[str, Any]] = {code: {"model": Fault} for code in (400, 401, 403, 404, 422)}
router = APIRouter(prefix=BASE, tags=["v1"], responses=FAULTS)
Limit = Annotated[int, Query(ge=1, le=MOST)]
Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
AfterId = Annotated[int, Query(ge=0, le=2**31 - 1, description="`next` of the page before")]


@router.get("/projects")
def projects(
    request: Request,
    who: Bidder,
    show: Annotated[Show, Query(description="which list of the board")] = "all",
    sort: Sort = "newest",
    q: Annotated[str, Query(max_length=200, description="words, as in search")] = "",
    after: Annotated[str, Query(max_length=400, description="`next` of the page before")] = "",
    limit: Limit = 50,
) -> Paged[Summary]:
    """Projects of a list of the board. Any field of a watch may be given as well (docs/watches.md)."""
    asked = Asked(show, sort, criteria_in(request.query_params), one_line(q).strip())
    with reading(request.app.state.engine) as connection:
        found = inbox(
            connection,
            person(connection, who.name),
            asked,
            now(),
            after=keys(after, 1 if asked.words else 2),
            limit=limit,
        )
    items = [Summary.model_validate(line.item) for line in found.lines]
    return Paged(items=items, next=cursor(*found.after) if found.after else None)


@router.get("/projects/{identity}")
def project(request: Request, who: Bidder, identity: Id) -> Project:
    """One project; the id of one that was joined into another gives the other."""
    with reading(request.app.state.engine) as connection:
        row = _living(connection, identity)
        return Project(
            id=row.id,
            first_seen_at=row.first_seen_at,
            changed_at=row.changed_at,
            state=ProjectState.model_validate(row.state),
            publications=[PublicationOf.model_validate(each) for each in views.publications_of(connection, row.id)],
        )


@router.get("/projects/{identity}/events")
def project_events(
    request: Request, who: Bidder, identity: Id, after: AfterId = 0, limit: Limit = 50
) -> Paged[Happened]:
    """The history of a project, oldest first."""
    with reading(request.app.state.engine) as connection:
        return _events(connection, after, limit, EVENT.c.project_id == _living(connection, identity).id)


@router.get("/events")
def events(request: Request, who: Bidder, after: AfterId = 0, limit: Limit = 50) -> Paged[Happened]:
    """Everything that happened, oldest first: ask again with `next` to follow along."""
    with reading(request.app.state.engine) as connection:
        return _events(connection, after, limit)


def _events(connection: Connection, after: int, limit: int, *which: Any) -> Paged[Happened]:
    query = select(EVENT).where(EVENT.c.id > after, *which).order_by(EVENT.c.id).limit(limit + 1)
    rows = connection.execute(query).all()
    items = [Happened.model_validate(row) for row in rows[:limit]]
    return Paged(items=items, next=str(items[-1].id) if len(rows) > limit else None)


@router.get("/notices")
def notices(request: Request, who: Bidder, after: AfterId = 0, limit: Limit = 50) -> Paged[PublicationOf]:
    """Publications in the order in which they were first seen."""
    query = select(PUBLICATION).where(PUBLICATION.c.id > after).order_by(PUBLICATION.c.id).limit(limit + 1)
    with reading(request.app.state.engine) as connection:
        rows = connection.execute(query).all()
    items = [PublicationOf.model_validate(row) for row in rows[:limit]]
    return Paged(items=items, next=str(items[-1].id) if len(rows) > limit else None)


@router.get("/notices/{identity}")
def notice(request: Request, who: Bidder, identity: Id) -> Notice:
    """One publication with its newest reading."""
    query = (
        select(PUBLICATION, VERSION.c.reading, VERSION.c.number, VERSION.c.reader_version)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.id == identity)
    )
    with reading(request.app.state.engine) as connection:
        row = connection.execute(query).one_or_none()
    if row is None:
        raise HTTPException(404, f"no notice {identity} was read")
    said = PublicationOf.model_validate(row)
    read = NOTICE.dump_python(unpack(row.reading), mode="json", exclude_defaults=True)
    return Notice(publication=said, version=row.number, reader=row.reader_version, reading=read)


@router.get("/deadlines")
def deadlines(
    request: Request,
    who: Bidder,
    tracked: Annotated[bool, Query(description="only of tracked projects")] = True,
    limit: Limit = 50,
) -> list[Deadline]:
    """What bidders have to do, the earliest first."""
    at = now()
    with reading(request.app.state.engine) as connection:
        found = views.projects(connection, at, vehicles=not tracked, tracked=tracked, limit=limit)
    due = [
        Deadline(project_id=row.id, project=row.name, proceeding=proceeding.key, milestone=milestone)
        for row in found
        for proceeding in row.state.proceedings
        for milestone in proceeding.milestones
        if milestone.bidder_acts and milestone.latest > at
    ]
    return sorted(due, key=lambda each: (each.milestone.earliest, each.project_id))[:limit]


@router.get("/sources")
def sources(request: Request, who: Bidder) -> list[Source]:
    """Every portal with its health."""
    with reading(request.app.state.engine) as connection:
        return [
            Source.model_validate(row) for row in views.portal_rows(connection, list(load_portals().values()), now())
        ]


# --- OCDS -----------------------------------------------------------------------------------------------------------


@router.get("/ocds/{what}", response_class=JSONResponse)
def ocds_package(
    request: Request,
    who: Bidder,
    what: Literal["records", "releases"],
    after: AfterId = 0,
    limit: Annotated[int, Query(ge=1, le=ocds.PACKAGE_ROWS, description="projects a package")] = 50,
) -> Response:
    """An OCDS 1.1 package of vehicle purchases; `links.next` leads to the next one."""
    with reading(request.app.state.engine) as connection:
        chosen = ocds.living(connection, after=after, limit=limit + 1)
    more = len(chosen) > limit
    url = str(request.url.replace(query=request.url.query))
    links = {"next": f"{request.base_url}".rstrip("/") + with_query(url, after=chosen[limit - 1])} if more else None
    pieces = ocds.package(what, _told(request, what, chosen[:limit]), now(), url, links)
    return StreamingResponse(pieces, media_type="application/json")


def _told(request: Request, what: str, chosen: list[int]) -> Iterator[dict[str, Any]]:
    with reading(request.app.state.engine) as connection:
        for record in ocds.records(connection, chosen):
            if what == "records":
                yield record
            else:
                yield from record["releases"]


@router.get("/ocds/records/{process}")
def ocds_record(request: Request, who: Bidder, process: Annotated[str, Path(max_length=100)]) -> dict[str, Any]:
    """The OCDS record of one contracting process, by its ocid."""
    with reading(request.app.state.engine) as connection:
        found = ocds.find(connection, process)
    if found is None:
        raise HTTPException(404, f"no contracting process {one_line(process, 100)}")
    return found


# --- what there is --------------------------------------------------------------------------------------------------


@router.get("/openapi.json", include_in_schema=False)
def openapi(_request: Request, who: Bidder) -> dict[str, Any]:
    """The description of this interface."""
    return _described()


@cache
def _described() -> dict[str, Any]:
    told = get_openapi(title="Chebiao", version="1", description=__doc__, routes=router.routes)
    told["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    told["security"] = [{"token": []}]
    return told


def _living(connection: Connection, identity: int) -> Row[Any]:
    try:
        row = living_project(connection, identity)
    except Mistake:
        row = None
    if row is None or not row.state_hash:
        raise HTTPException(404, f"no project {identity}")
    return row
