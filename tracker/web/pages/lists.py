"""Inbox and projects: lists to work through, filtered as watches are, page by page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from crawler.clock import now
from crawler.text import one_line
from tracker import watches
from tracker.db import reading
from tracker.decisions import PASS_REASONS, Mistake
from tracker.filters import short_name
from tracker.i18n import _, both
from tracker.inbox import Asked, Page, Show, Sort, all_ids, inbox
from tracker.present import KINDS, METHODS, vehicle_name, word
from tracker.relevance import vocabulary
from tracker.team.people import person
from tracker.triage import MOST, Verb, triage
from tracker.watches import PURCHASE, Criteria
from tracker.web.acts import record
from tracker.web.filters import criteria_in, given, query_of, without
from tracker.web.forms import Fields
from tracker.web.paging import cursor, keys
from tracker.web.roles import Bidder, Viewer, Visitor
from tracker.web.show import back_to, done, go, here, page, with_query

router = APIRouter()

LISTS: dict[str, tuple[Show, ...]] = {
    "/inbox": ("new", "snoozed", "passed", "all"),
    "/projects": ("tracked", "mine", "favourites"),
}
"""The lists of a page; the first one opens."""
SHOWS = {
    "new": "to triage",
    "snoozed": "snoozed",
    "passed": "passed",
    "all": "all",
    "tracked": "tracked",
    "mine": "mine",
    "favourites": "favourites",
}
SORTS = {"due": "by what is due", "newest": "newest first"}
"""A msgid each."""
LIMIT = 50


def reasons() -> dict[int, str]:
    """Why one passes, by key, in the language of the moment."""
    return {n: _(words) for n, words in PASS_REASONS.items()}


@router.get("/inbox")
def inbox_page(request: Request, who: Viewer) -> Response:
    return _list(request, who, "/inbox")


@router.get("/projects")
def projects_page(request: Request, who: Viewer) -> Response:
    return _list(request, who, "/projects")


def asked_of(params: QueryParams, path: str) -> Asked:
    """What the address of a list asks for. Raises Mistake naming field and fix."""
    shows = LISTS[path]
    show = next((each for each in shows if each == params.get("show")), shows[0])
    sort: Sort = "newest" if params.get("sort") == "newest" or show in ("passed", "all") else "due"
    return Asked(show, sort, criteria_in(params), one_line(params.get("q", ""), 200).strip())


def _list(request: Request, who: Visitor, path: str) -> Response:
    params, at = request.query_params, now()
    said = ""
    try:
        asked = asked_of(params, path)
        after = keys(params.get("after", ""), 1 if asked.words else 2)
    except Mistake as mistake:
        said, asked, after = str(mistake), None, None
    found = Page((), None)
    with reading(request.app.state.engine) as connection:
        reader = person(connection, who.name)
        mine = watches.list_watches(connection, reader, active=True)
        if asked is not None:
            found = inbox(connection, reader, asked, at, after=after, limit=LIMIT)
    url = here(request)
    values: dict[str, Any] = {
        "title": _("Inbox") if path == "/inbox" else _("Projects"),
        "said": said,
        "asked": asked or Asked(LISTS[path][0]),
        "lines": found.lines,
        "skipped": found.skipped,
        "next": with_query(url, after=cursor(*found.after)) if found.after else "",
        "first": with_query(url, after=None) if params.get("after") else "",
        "tabs": [(word(SHOWS, each), with_query(url, show=each, after=None), each) for each in LISTS[path]],
        "sorts": [(word(SORTS, each), with_query(url, sort=each, after=None), each) for each in get_args(Sort)],
        "watches": [(each.name, _watch_url(path, each)) for each in mine if each.criteria is not None],
        "filters": _chips(url, params, asked),
        "form": _Form.of(params),
        "seen_by": at,
        "reasons": reasons(),
        "list_path": path,
    }
    return page(request, "web/list.html", status=422 if said else 200, **values)


def _watch_url(path: str, watch: watches.Watched) -> str:
    assert watch.criteria is not None
    return f"{path}?{urlencode(query_of(watch.criteria))}" if query_of(watch.criteria) else path


def _chips(url: str, params: QueryParams, asked: Asked | None) -> list[tuple[str, str]]:
    """What the list is filtered by, each with the address without it."""
    if asked is None:
        return []
    found = [(f"“{asked.words}”", with_query(url, q=None, after=None))] if asked.words else []
    if asked.criteria is None:
        return found
    for name, value in given(params).items():
        values = value if isinstance(value, tuple) else (value,)
        for each in values:
            words = short_name(criteria_in(QueryParams({name: str(each)})) or Criteria())
            if name in ("unknown", "unknown_region", "untyped", "review"):
                words = _(SWITCHES[name][0] if each else SWITCHES[name][1])
            found.append((words, without(url, params, name, str(each))))
    return found


SWITCHES = {
    "unknown": ("also without an amount", "only with an amount"),
    "unknown_region": ("also without a region", "only with a known region"),
    "untyped": ("also without a kind", "only with a named kind"),
    "review": ("also to check", "without those to check"),
}
"""On and off (a msgid each)."""


@dataclass(frozen=True)
class _Form:
    """What the filter form offers, and what is chosen."""

    chosen: dict[str, Any]
    vehicles: list[str]
    buyer_kinds: list[tuple[str, str]]
    methods: list[tuple[str, str]]
    stages: list[tuple[str, str]]
    classes: list[tuple[str, str]]

    @classmethod
    def of(cls, params: QueryParams) -> "_Form":
        data = vocabulary()
        chosen = {name: ", ".join(each) if isinstance(each, tuple) else each for name, each in given(params).items()}
        return cls(
            chosen=chosen,
            vehicles=[vehicle_name(each) for each in data.types],
            buyer_kinds=[(row.id, both(row.zh, row.en)) for row in data.data.buyers],
            methods=[(name, word(METHODS, name)) for name in METHODS],
            stages=[(name, word(KINDS, name)) for name in KINDS],
            classes=[(PURCHASE, _("purchase")), *((row.id, both(row.zh, row.en)) for row in data.data.classes)],
        )


# --- a filter becomes a watch ---------------------------------------------------------------------------------------


class Save(Fields):
    query: str
    name: str = ""


@router.post("/inbox/watch")
def save_watch(request: Request, who: Bidder, sent: Annotated[Save, Form()]) -> Response:
    """The filters of the address as a watch, in one click; its name can be changed later."""
    criteria = criteria_in(QueryParams(sent.query))
    if criteria is None:
        raise Mistake(_("a watch without any criterion is what one gets without a watch; give at least one"))
    with request.app.state.engine.begin() as connection:
        reader = person(connection, who.name)
        made = watches.add_watch(connection, reader, sent.name or short_name(criteria), criteria)
        words = _("{name} is told of what {watch} asks for from now on").format(name=who.name, watch=made.name)
        act = record(connection, who, words, [{"take-back": "watch", "id": made.id}])
    return done(request, act, back=sent.back)


# --- many at once ---------------------------------------------------------------------------------------------------


class Bulk(Fields):
    act: str
    ids: list[int] = []
    whole: bool = False
    """All that match the filter, not only those chosen."""
    query: str = ""
    path: str = "/inbox"
    seen_by: datetime | None = None
    """When the list was shown: what changed since then is left alone."""


@router.post("/lists/bulk")
def bulk(request: Request, who: Bidder, sent: Annotated[Bulk, Form()]) -> Response:
    """One word on the chosen projects, or on all of a filter."""
    verb, why, days = verb_of(sent.act)
    with request.app.state.engine.begin() as connection:
        ids = sent.ids
        if sent.whole:
            if sent.seen_by is None or sent.seen_by.tzinfo is None or sent.path not in LISTS:
                raise Mistake(_("load the list again and repeat what you did"))
            asked = asked_of(QueryParams(sent.query), sent.path)
            reader = person(connection, who.name)
            ids = all_ids(connection, reader, asked, now(), seen_by=sent.seen_by, most=MOST)
            if len(ids) > MOST:
                raise Mistake(_("more than {n} projects match; narrow the filter first").format(n=MOST))
        if not ids:
            raise Mistake(_("nothing is chosen"))
        what = triage(connection, who.name, verb, ids, why=why, days=days)
        act = record(connection, who, what.words, what.steps)
    target = with_query(back_to(request, sent.back), did=act.id)
    return go(request, target)


VERBS: tuple[Verb, ...] = get_args(Verb)


def verb_of(act: str) -> tuple[Verb, int | None, int]:
    """`pass-3` is pass for the third reason, `snooze-5` put off by five working days. Raises Mistake."""
    name, _dash, number = act.partition("-")
    verb = next((each for each in VERBS if each == name), None)
    if verb is None or (number and not number.isdigit()):
        raise Mistake(_("{act!r} cannot be done").format(act=one_line(act, 20)))
    return verb, int(number) if number and verb == "pass" else None, int(number) if number and verb == "snooze" else 1
