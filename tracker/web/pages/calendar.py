"""Calendar: a month or a week of deadlines, tasks and windows of rhythms. Days are those of Asia/Shanghai."""

from calendar import Calendar as Weeks
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from crawler.clock import today
from tracker.agenda import Entry, agenda
from tracker.db import reading
from tracker.i18n import _
from tracker.web.roles import Viewer
from tracker.web.show import here, page, with_query
from tracker.workdays import load_calendar

router = APIRouter()
MONDAYS = Weeks(firstweekday=0)
MOST_OF_MONTH, MOST_OF_WEEK = 12, 100
"""Entries of a day."""
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@router.get("/calendar")
def calendar_page(request: Request, who: Viewer) -> Response:
    params = request.query_params
    chosen, by_week, everybody = _day(params.get("day", "")), params.get("view") == "week", params.get("show") == "all"
    monday = chosen - timedelta(days=chosen.weekday())
    weeks = [_week(monday)] if by_week else MONDAYS.monthdatescalendar(chosen.year, chosen.month)
    with reading(request.app.state.engine) as connection:
        found = agenda(connection, weeks[0][0], weeks[-1][-1], followed=not everybody)
    on_day = _by_day(found, weeks[0][0], weeks[-1][-1])
    most = MOST_OF_WEEK if by_week else MOST_OF_MONTH
    workdays, now_day, url = load_calendar(), today(), here(request)
    month = chosen.replace(day=1)
    before = chosen - timedelta(days=7) if by_week else (month - timedelta(days=1)).replace(day=1)
    after = chosen + timedelta(days=7) if by_week else (month + timedelta(days=32)).replace(day=1)
    values: dict[str, Any] = {
        "weeks": [
            [
                {
                    "day": day,
                    "inside": by_week or day.month == chosen.month,
                    "today": day == now_day,
                    "past": day < now_day,
                    "working": workdays.is_working(day),
                    "entries": on_day.get(day, [])[:most],
                    "more": max(0, len(on_day.get(day, ())) - most),
                    "week": with_query(url, view="week", day=day.isoformat()),
                }
                for day in week
            ]
            for week in weeks
        ],
        "head": chosen,
        "by_week": by_week,
        "everybody": everybody,
        "weekdays": [_(each) for each in WEEKDAYS],
        "before": with_query(url, day=before.isoformat()),
        "after": with_query(url, day=after.isoformat()),
        "this": with_query(url, day=None),
        "views": [
            (_("month"), with_query(url, view=None), not by_week),
            (_("week"), with_query(url, view="week"), by_week),
        ],
        "shows": [
            (_("followed"), with_query(url, show=None), not everybody),
            (_("all vehicle tenders"), with_query(url, show="all"), everybody),
        ],
    }
    return page(request, "web/calendar.html", **values)


def _day(text: str) -> date:
    """The day asked for; today where it is none, or too far off to be meant."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return today()
    return day if 2000 <= day.year <= 2100 else today()


def _week(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(7)]


def _by_day(entries: list[Entry], first: date, last: date) -> dict[date, list[Entry]]:
    """What stands on each day from `first` to `last`; a window stands on all of its days."""
    found: dict[date, list[Entry]] = {}
    for entry in entries:
        day = max(entry.first, first)
        while day <= min(entry.last, last):
            found.setdefault(day, []).append(entry)
            day += timedelta(days=1)
    return found
