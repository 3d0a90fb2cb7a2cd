"""What can be done to one project from every list: track, pass, favourite, put off, assign, note."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from crawler.clock import now
from tracker.db import reading
from tracker.decisions import project
from tracker.inbox import line
from tracker.team import kept, work
from tracker.team.people import people, person
from tracker.triage import Done, give, jot, seen, triage
from tracker.web.acts import Act, record
from tracker.web.forms import Fields
from tracker.web.pages.lists import reasons, verb_of
from tracker.web.roles import Bidder, Viewer, Visitor
from tracker.web.show import back_to, done, page, part, stale, wants_part

router = APIRouter()

LEAVES = {
    "new": {"track", "pass", "snooze"},
    "snoozed": {"track", "pass", "unsnooze"},
    "passed": {"track", "unpass"},
    "tracked": {"untrack", "pass"},
    "mine": {"untrack", "pass"},
    "favourites": {"unfavourite"},
}
"""Which words take a project out of which list."""


class Mark(Fields):
    act: str
    list: str = ""
    """The list the project stands in, `today` or none."""
    reason: str = ""


@router.post("/projects/{identity}/mark")
def mark(request: Request, who: Bidder, identity: int, sent: Annotated[Mark, Form()]) -> Response:
    verb, why, days = verb_of(sent.act)
    with request.app.state.engine.begin() as connection:
        what = triage(connection, who.name, verb, [identity], why=why, reason=sent.reason or None, days=days)
        act = record(connection, who, what.words, what.steps)
    if sent.list == "today":
        return stale(done(request, act, back=sent.back))
    gone = verb in LEAVES.get(sent.list, ())
    return done(request, act, back=sent.back, html="" if gone else _line(request, who, identity, sent.list))


def _line(request: Request, who: Visitor, identity: int, shown_in: str) -> str:
    """The project's line as it stands now, where htmx swaps it."""
    return part(request, "web/line.html", **_line_values(request, who, identity, shown_in)) if shown_in else ""


def _line_values(request: Request, who: Visitor, identity: int, shown_in: str) -> dict[str, Any]:
    with reading(request.app.state.engine) as connection:
        found = line(connection, person(connection, who.name), identity, now())
    return {"line": found, "shown_in": shown_in, "reasons": reasons()}


def _kept(request: Request, who: Visitor, identity: int, what: Done, act: Act, sent: Fields, shown_in: str) -> Response:
    """After a form of the dialog: it closes, and the line shows what has changed."""
    if not wants_part(request) or shown_in in ("", "today"):
        return stale(done(request, act, back=sent.back))
    gone = shown_in == "new" and bool(what.steps)
    values = _line_values(request, who, identity, shown_in)
    html = part(request, "web/after_dialog.html", identity=identity, gone=gone, **values)
    return done(request, act, back=sent.back, html=html)


# --- reminders ------------------------------------------------------------------------------------------------------


class Seen(Fields):
    list: str = ""


@router.get("/projects/{identity}/seen")
def seen_form(request: Request, who: Viewer, identity: int, back: str = "") -> Response:
    """Where a reminder's mail leads: one press says that it was seen. Opening it does nothing, as scanners do it."""
    with reading(request.app.state.engine) as connection:
        target = project(connection, identity)
        found = line(connection, person(connection, who.name), target.id, now())
    return dialog(request, "seen", "", back or f"/projects/{target.id}", {"target": target, "line": found})


@router.post("/projects/{identity}/seen")
def say_seen(request: Request, who: Viewer, identity: int, sent: Annotated[Seen, Form()]) -> Response:
    """One's own answer to one's own reminder, whatever the role."""
    with request.app.state.engine.begin() as connection:
        what = seen(connection, who.name, identity)
        act = record(connection, who, what.words, what.steps)
    if sent.list == "today":
        return stale(done(request, act, back=sent.back))
    return done(request, act, back=sent.back, html=_line(request, who, identity, sent.list))


# --- assign ---------------------------------------------------------------------------------------------------------


class Assign(Fields):
    owner: str
    instruction: str = ""
    due: str = ""
    list: str = ""


@router.get("/projects/{identity}/assign")
def assign_form(request: Request, who: Bidder, identity: int, list: str = "", back: str = "") -> Response:
    with reading(request.app.state.engine) as connection:
        target = project(connection, identity)
        values: dict[str, Any] = {
            "target": target,
            "people": people(connection, active=True),
            "now_with": work.assignment(connection, target.id),
            "rules": work.ownership(connection, target.id),
        }
    return dialog(request, "assign", list, back, values)


def dialog(request: Request, name: str, shown_in: str, back: str, values: dict[str, Any]) -> Response:
    """A small form: over the open page where htmx asks, else a page of its own."""
    values |= {"over": wants_part(request), "shown_in": shown_in, "back": back_to(request, back)}
    values["form"] = f"web/{name}_form.html"
    values.setdefault("heading", values["target"].name if "target" in values else "")
    if wants_part(request):
        return HTMLResponse(part(request, f"web/{name}_form.html", **values))
    return page(request, "web/form_page.html", **values)


@router.post("/projects/{identity}/assign")
def assign(request: Request, who: Bidder, identity: int, sent: Annotated[Assign, Form()]) -> Response:
    due = kept.instant(sent.due.replace("T", " ")) if sent.due else None
    with request.app.state.engine.begin() as connection:
        what = give(
            connection,
            who.name,
            identity,
            sent.owner,
            instruction=sent.instruction.strip(),
            due=due,
            version=sent.version,
        )
        act = record(connection, who, what.words, what.steps)
    return _kept(request, who, identity, what, act, sent, sent.list)


# --- note -----------------------------------------------------------------------------------------------------------


class Note(Fields):
    text: str
    list: str = ""


@router.get("/projects/{identity}/note")
def note_form(request: Request, who: Bidder, identity: int, list: str = "", back: str = "") -> Response:
    with reading(request.app.state.engine) as connection:
        target = project(connection, identity)
    return dialog(request, "note", list, back, {"target": target})


@router.post("/projects/{identity}/note")
def note(request: Request, who: Bidder, identity: int, sent: Annotated[Note, Form()]) -> Response:
    with request.app.state.engine.begin() as connection:
        what = jot(connection, who.name, identity, sent.text)
        act = record(connection, who, what.words, what.steps)
    return _kept(request, who, identity, what, act, sent, sent.list)
