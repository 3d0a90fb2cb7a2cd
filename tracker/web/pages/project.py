"""One project: where it stands, every date with its words, what changed, and what the team does about it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from crawler.clock import now
from crawler.text import one_line
from tracker import decisions, dossier
from tracker.db import reading
from tracker.i18n import _
from tracker.present import METHODS, MOMENTS, moment, money, word
from tracker.team import kept, tasks
from tracker.team.people import people
from tracker.undo import Step
from tracker.web.acts import record
from tracker.web.forms import Fields
from tracker.web.pages.lists import reasons
from tracker.web.roles import Bidder, Viewer
from tracker.web.show import done, go, page
from tracker.words import BIDS, EVENTS, OUTCOMES, event_value

router = APIRouter()


@router.get("/projects/{identity:int}")
def project_page(request: Request, who: Viewer, identity: int) -> Response:
    at = now()
    with reading(request.app.state.engine) as connection:
        shown = dossier.dossier(connection, who.name, identity, at)
        team = people(connection, active=True)
    if shown.row.id != identity:
        return go(request, f"/projects/{shown.row.id}")
    values: dict[str, Any] = {
        "d": shown,
        "line": shown.line,
        "item": shown.line.item,
        "reasons": reasons(),
        "team": team,
        "history": [_told(row, shown, at) for row in shown.history],
        "text": as_text(shown, at),
        "bid_words": BIDS,
        "end": lambda outcome: word(OUTCOMES, outcome),
    }
    return page(request, "web/project.html", **values)


def _told(row: Any, shown: dossier.Dossier, at: datetime) -> dict[str, Any]:
    """An event as people read it: what, of which date, before and after, by whom."""
    date = row.data.get("rule_id") or row.data.get("milestone")
    return {
        "at": row.seen_at,
        "what": word(EVENTS, row.kind),
        "of": word(MOMENTS, date) if date in MOMENTS else "",
        "before": event_value(row.kind, row.before),
        "after": event_value(row.kind, row.after),
        "fields": [
            (word(MOMENTS, each["field"]), *(one_line(str(each.get(side) or "–"), 80) for side in ("before", "after")))
            for each in row.data.get("fields", ())[:8]
        ],
        "words": one_line(str(row.data.get("words") or ""), 200),
        "notice": row.publication_id,
        "by": shown.people.get(row.person_id, ""),
        "cause": row.cause,
        "decision": row.kind.startswith(("decided-", "undone", "note-", "task-", "assignment-", "bid-", "deposit-")),
        "occurred": moment(row.occurred_at, "minute", at) if row.occurred_at else "",
    }


def as_text(shown: dossier.Dossier, at: datetime) -> str:
    """The project in a few lines, to paste into a chat."""
    state, item = shown.state, shown.line.item
    lines = [state.name]
    for label, value in (
        (_("number"), state.number),
        (_("buyer"), state.buyer),
        (_("method"), word(METHODS, item.method) if item.method else ""),
        (_("budget"), money(state.budget) if state.budget else ""),
    ):
        if value:
            lines.append(f"{label}{_(': ')}{value}")
    for action in item.actions[:4]:
        name = word(MOMENTS, action.kind) if action.kind in MOMENTS else action.kind
        lines.append(f"{name}{_(': ')}{moment(action.earliest, action.precision, at)}")
    if item.url:
        lines.append(item.url)
    return "\n".join(lines)


# --- what the team does about it ------------------------------------------------------------------------------------


class Task(Fields):
    title: str
    owner: str = ""
    due: str = ""


@router.post("/projects/{identity:int}/tasks")
def add_task(request: Request, who: Bidder, identity: int, sent: Annotated[Task, Form()]) -> Response:
    due = kept.instant(sent.due.replace("T", " ")) if sent.due else None
    with request.app.state.engine.begin() as connection:
        made = tasks.add_task(
            connection, who.name, sent.title, owner=sent.owner or who.name, identity=identity, due=due
        )
        words = _("task made: {title}").format(title=one_line(sent.title, 40))
        act = record(connection, who, words, [{"take-back": "made-task", "id": made}])
    return done(request, act, back=sent.back or f"/projects/{identity}")


class Merge(Fields):
    other: int
    reason: str = ""


@router.post("/projects/{identity:int}/merge")
def merge(request: Request, who: Bidder, identity: int, sent: Annotated[Merge, Form()]) -> Response:
    """The two are one purchase. The older number stays; `u` parts them again."""
    with request.app.state.engine.begin() as connection:
        made = decisions.merge(connection, who.name, identity, sent.other, sent.reason or None)
        stays = decisions.project(connection, identity).id
        words = _("joined: projects {one} and {other}").format(one=identity, other=sent.other)
        act = record(connection, who, words, [_step(made.id)])
    return go(request, f"/projects/{stays}?did={act.id}")


class Split(Fields):
    notice: str
    reason: str = ""


@router.post("/projects/{identity:int}/split")
def split(request: Request, who: Bidder, identity: int, sent: Annotated[Split, Form()]) -> Response:
    """This notice belongs to another purchase."""
    with request.app.state.engine.begin() as connection:
        made = decisions.split(connection, who.name, sent.notice, sent.reason or None)
        words = _("split off: {notice}").format(notice=sent.notice)
        act = record(connection, who, words, [_step(each.id) for each in made])
    return done(request, act, back=f"/projects/{identity}")


class Verdict(Fields):
    verdict: str
    reason: str = ""


@router.post("/projects/{identity:int}/verdict")
def verdict(request: Request, who: Bidder, identity: int, sent: Annotated[Verdict, Form()]) -> Response:
    """Whether it buys vehicles, by a person's word."""
    with request.app.state.engine.begin() as connection:
        made = decisions.judge(connection, who.name, identity, sent.verdict, sent.reason or None)
        act = record(connection, who, _("your word on it is kept"), [_step(made.id)])
    return done(request, act, back=f"/projects/{identity}")


def _step(decision: int) -> Step:
    return {"take-back": "decision", "id": decision}
