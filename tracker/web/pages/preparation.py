"""Preparing a bid: the checklist and the compliance matrix, edited in place, the gate before handing in, and files."""

from collections.abc import Callable
from itertools import groupby
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from crawler.clock import now
from crawler.text import one_line
from tracker.bidding import matrix, opening, papers, readiness
from tracker.bidding.bids import bids_of
from tracker.bidding.pages import sheet_html
from tracker.bidding.workbook import matrix_excel
from tracker.checklist import build
from tracker.checklist import outputs as lists
from tracker.checklist.model import CHANGES, ITEM_STATUS, STATUS, Checklist, Line
from tracker.checklist.work import set_item
from tracker.db import reading
from tracker.decisions import Mistake, project
from tracker.documents.words import KINDS
from tracker.i18n import _, both
from tracker.team import kept
from tracker.team.people import people
from tracker.web.acts import record
from tracker.web.download import TYPES
from tracker.web.forms import Fields
from tracker.web.roles import Bidder, Viewer
from tracker.web.show import done, page, part, wants_part

router = APIRouter()
PRINTED = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
"""Of a page made for paper, which brings its style along."""


# --- checklist ------------------------------------------------------------------------------------------------------


@router.get("/projects/{identity:int}/checklist")
def checklist_page(request: Request, who: Viewer, identity: int) -> Response:
    with reading(request.app.state.engine) as connection:
        shown = build(connection, identity, now())
        team = people(connection, active=True)
    values = _checklist_values(shown) | {"team": team}
    return page(request, "web/checklist.html", **values)


def _checklist_values(shown: Checklist) -> dict[str, Any]:
    settled = sum(line.kept is not None and line.kept.settled for line in shown.lines)
    return {
        "c": shown,
        "settled": settled,
        "states": ITEM_STATUS,
        "derived": STATUS,
        "changes": CHANGES,
        "said": lists.said,
        "grounds": lists.grounds,
        "due_words": lists.due_words,
    }


class Item(Fields):
    item: str
    status: str = ""
    owner: str = ""
    due: str = ""
    evidence: str = ""


@router.post("/projects/{identity:int}/checklist")
def set_line(request: Request, who: Bidder, identity: int, sent: Annotated[Item, Form()]) -> Response:
    """How a line stands; what is left empty stays as it is."""
    at = now()
    with request.app.state.engine.begin() as connection:
        set_item(
            connection,
            who.name,
            identity,
            sent.item,
            at,
            status=sent.status or None,
            owner=sent.owner or None,
            due=kept.day(sent.due) if sent.due else None,
            evidence=sent.evidence.strip() or None,
            version=sent.version,
        )
        shown = build(connection, identity, at)
        team = people(connection, active=True)
        line = _line(shown, sent.item)
        act = record(connection, who, _("kept: {what}").format(what=one_line(both(line.text.zh, line.text.en), 40)))
    values = _checklist_values(shown) | {"line": line, "team": team, "open": False}
    html = part(request, "web/checklist_line.html", **values) if wants_part(request) else ""
    return done(request, act, back=f"/projects/{identity}/checklist#{sent.item}", html=html)


def _line(shown: Checklist, item: str) -> Line:
    found = next((line for line in shown.lines if line.id == item), None)
    if found is None:
        raise Mistake(_("the checklist has no line {item}").format(item=item))
    return found


# --- matrix ---------------------------------------------------------------------------------------------------------


@router.get("/projects/{identity:int}/matrix")
def matrix_page(request: Request, who: Viewer, identity: int) -> Response:
    with reading(request.app.state.engine) as connection:
        shown = matrix.matrix(connection, identity, now())
        gate = readiness.ready(connection, identity, now()) if bids_of(connection, shown.project_id) else None
        team = people(connection, active=True)
    values = _matrix_values(shown) | {"gate": gate, "gate_groups": readiness.GROUPS, "team": team}
    return page(request, "web/matrix.html", **values)


def _matrix_values(shown: matrix.Matrix) -> dict[str, Any]:
    return {
        "m": shown,
        "groups": [(kind, list(rows)) for kind, rows in groupby(shown.ours, key=lambda row: row.kind)],
        "kinds": KINDS,
        "statuses": matrix.STATUSES,
        "deviations": matrix.DEVIATIONS,
        "agains": matrix.AGAIN,
    }


class Answered(Fields):
    key: str
    status: str = ""
    owner: str = ""
    answer: str = ""
    deviation: str = ""
    place: str = ""
    evidence: str = ""


@router.post("/projects/{identity:int}/matrix")
def set_answer(request: Request, who: Bidder, identity: int, sent: Annotated[Answered, Form()]) -> Response:
    """Our answer to one requirement."""
    at = now()
    with request.app.state.engine.begin() as connection:
        (row,) = matrix.set_rows(
            connection,
            who.name,
            identity,
            [sent.key],
            status=sent.status or None,
            owner=sent.owner or None,
            answer=sent.answer,
            deviation=sent.deviation or None,
            place=sent.place,
            evidence=sent.evidence,
            version=sent.version,
        )
        shown = matrix.matrix(connection, identity, at)
        team = people(connection, active=True)
        act = record(connection, who, _("kept: {what}").format(what=one_line(row.words, 40)))
    values = _matrix_values(shown) | {"row": row, "team": team}
    html = part(request, "web/matrix_row.html", **values) if wants_part(request) else ""
    return done(request, act, back=f"/projects/{identity}/matrix#r{row.key[:12]}", html=html)


# --- files and the day of the opening -------------------------------------------------------------------------------

File = Literal["checklist.docx", "checklist.xlsx", "matrix.xlsx", "papers.docx"]


@router.get("/projects/{identity:int}/files/{name}")
def file(request: Request, who: Bidder, identity: int, name: Annotated[File, Path()]) -> Response:
    """A file of the project, made now; its properties name the bidding entity and nobody else."""
    at = now()
    with reading(request.app.state.engine) as connection:
        made: dict[str, Callable[[], bytes]] = {
            "checklist.docx": lambda: lists.word(build(connection, identity, at)),
            "checklist.xlsx": lambda: lists.excel(build(connection, identity, at)),
            "matrix.xlsx": lambda: matrix_excel(matrix.matrix(connection, identity, at)),
            "papers.docx": lambda: papers.word(papers.papers(connection, identity, at)),
        }
        content = made[name]()
    header = {"content-disposition": f'attachment; filename="{identity}-{name}"'}
    return Response(content, media_type=TYPES[name.rpartition(".")[2]], headers=header)


@router.get("/projects/{identity:int}/opening-day")
def opening_day(request: Request, who: Viewer, identity: int) -> Response:
    """The sheet for the day of the opening, to print; a page with a style of its own."""
    with reading(request.app.state.engine) as connection:
        shown = opening.sheet(connection, project(connection, identity).id, now())
    return HTMLResponse(sheet_html(shown), headers={"content-security-policy": PRINTED})
