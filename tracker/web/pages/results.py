"""Results: who won what at which price, counted, drawn over time, listed, and as files."""

from datetime import datetime, timedelta
from typing import Annotated, Any, get_args

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response
from starlette.datastructures import QueryParams

from crawler.clock import now
from crawler.text import one_line
from tracker import results
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.present import vehicle_name, word
from tracker.regions import UnknownRegion, gazetteer
from tracker.relevance import vocabulary
from tracker.results import GROUPS, Asked, By, Win
from tracker.web.charts import over_time
from tracker.web.download import Ending, download
from tracker.web.paging import cursor, keys
from tracker.web.roles import Bidder, Viewer
from tracker.web.show import here, page, with_query

router = APIRouter()
SPANS = {"12": "the last year", "36": "the last three years", "all": "all years"}
"""Months (a msgid each)."""
LIMIT, SHOWN_GROUPS, MARKS = 50, 15, 300
"""Awards a page, groups, marks in the chart; the line in it and the counts are of all, and the file has all."""
FIELDS = ("vehicle", "region", "buyer", "winner", "brand", "candidates")


def asked_of(params: QueryParams, at: datetime) -> Asked:
    """What an address asks for. Raises Mistake naming field and fix."""

    def given(name: str) -> str:
        return one_line(params.get(name, ""), 100).strip()

    region: tuple[str, ...] = ()
    if words := given("region"):
        try:
            region = gazetteer().named(words).path
        except UnknownRegion as unknown:
            raise Mistake(str(unknown)) from None
    months = params.get("span", "36")
    since = at - timedelta(days=30.44 * int(months)) if months in SPANS and months != "all" else None
    return Asked(
        vehicle=results.vehicle_id(given("vehicle")),
        region=region,
        buyer=given("buyer"),
        winner=given("winner"),
        brand=given("brand"),
        since=since,
        candidates=params.get("candidates") == "1",
    )


@router.get("/results")
def results_page(request: Request, who: Viewer) -> Response:
    params, at = request.query_params, now()
    by: By = next((each for each in get_args(By) if each == params.get("by")), "winner")
    said = ""
    try:
        asked, after = asked_of(params, at), keys(params.get("after", ""), 2)
    except Mistake as mistake:
        said, asked, after = str(mistake), Asked(), None
    with reading(request.app.state.engine) as connection:
        found = results.wins(connection, asked, after=after, limit=LIMIT + 1)
        every = results.numbers(connection, asked, by)
        priced = results.prices(connection, asked, limit=MARKS)
    counted = results.grouped(every, by)
    drawn = sorted((each.at, each.id, each.unit_price) for each in every if each.at and each.unit_price is not None)
    points = [(at, price / 1_000_000) for at, _id, price in drawn]
    url = here(request)
    values: dict[str, Any] = {
        "said": said,
        "asked": asked,
        "by": by,
        "tabs": [(_(GROUPS[each]), with_query(url, by=each, after=None), each) for each in GROUPS],
        "spans": [(word(SPANS, each), each) for each in SPANS],
        "span": params.get("span", "36"),
        "given": {
            name: params.get(name, "") for name in ("vehicle", "region", "buyer", "winner", "brand", "candidates")
        },
        "types": [vehicle_name(each) for each in vocabulary().types],
        "groups": [(each, _inside(url, by, each.name)) for each in counted[:SHOWN_GROUPS]],
        "more_groups": max(0, len(counted) - SHOWN_GROUPS),
        "most": max((each.wins for each in counted), default=0),
        "sum": sum(each.amount for each in counted) if by != "vehicle" else None,
        "chart": over_time(points, marked=MARKS),
        "points": len(points),
        "priced": priced,
        "wins": found[:LIMIT],
        "next": with_query(url, after=cursor(*found[LIMIT - 1].key)) if len(found) > LIMIT else "",
        "first": with_query(url, after=None) if params.get("after") else "",
        "csv": with_query(url.replace("/results", "/results.csv", 1), after=None),
        "xlsx": with_query(url.replace("/results", "/results.xlsx", 1), after=None),
    }
    return page(request, "web/results.html", status=422 if said else 200, **values)


def _inside(url: str, by: By, name: str) -> str:
    """The address that shows one group only; empty for the group without a name."""
    return with_query(url, **{by: name}, after=None) if name else ""


@router.get("/results.{ending}")
def results_file(request: Request, who: Bidder, ending: Annotated[Ending, Path()]) -> Response:
    at = now()
    asked = asked_of(request.query_params, at)
    with reading(request.app.state.engine) as connection:
        found = results.wins(connection, asked)
    titles = (
        _("published (Beijing time)"),
        _("project"),
        _("buyer"),
        _("region"),
        _("lot"),
        _("winner"),
        _("brand"),
        _("model"),
        _("vehicle type"),
        _("amount (yuan)"),
        _("unit price (yuan)"),
        _("unit price is"),
        _("from"),
    )
    return download("results", ending, titles, map(_row, found), at)


def _row(win: Win) -> tuple[str | float | datetime | None, ...]:
    return (
        win.at,
        win.project,
        win.buyer,
        " ".join(win.region),
        win.lot,
        win.winner,
        win.brand,
        win.model,
        " ".join(vehicle_name(each) for each in win.vehicles),
        win.amount / 100 if win.amount is not None else None,
        win.unit_price / 100 if win.unit_price is not None else None,
        "" if win.unit_price is None else _("computed") if win.computed else _("printed"),
        win.stage,
    )
