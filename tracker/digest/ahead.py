"""Windows in which organisers are expected to buy again, and what we know there: from the forecasts that are kept."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.digest.known import Known
from tracker.digest.model import Ahead, Purchase
from tracker.kinds import WANTED
from tracker.linking import normal_buyer
from tracker.state import ProjectState
from tracker.tables import Forecast, Organisation, Project, Rhythm, table
from tracker.workdays import Calendar

FORECAST, ORGANISATION, PROJECT, RHYTHM = table(Forecast), table(Organisation), table(Project), table(Rhythm)
WORKING_DAYS = 10
"""Before the beginning of a window: time enough to be at the centre before its tender."""
MOST = 5
"""Purchases that are named with one window."""


def ahead(
    connection: Connection,
    tracked: Collection[Known],
    now: datetime,
    calendar: Calendar,
    working_days: int = WORKING_DAYS,
) -> tuple[Ahead, ...]:
    """Windows that have begun or begin within ten working days, the earliest first, with what we know there."""
    today = now.astimezone(SHANGHAI).date()
    found = open_windows(connection, today, calendar.add_working_days(today, working_days))
    ours = list(_followed(tracked)) if found else []
    return tuple(replace(each, purchases=tuple(_there(connection, each, ours))) for each in found)


def open_windows(connection: Connection, first: date, last: date) -> list[Ahead]:
    """Windows of open forecasts that touch these days (Asia/Shanghai, both included), the earliest first.

    Housekeeping keeps the forecasts (tracker/rhythms.py); a rhythm that a person has ended is left out.
    """
    query = select(FORECAST).where(FORECAST.c.outcome.is_(None), FORECAST.c.first <= last, FORECAST.c.last >= first)
    rows = connection.execute(query.order_by(FORECAST.c.first, FORECAST.c.id)).all()
    if not rows:
        return []
    entered = _entered(connection)
    names = _names(connection, {row.rhythm_key.split("|")[0] for row in rows})
    found = []
    for row in rows:
        key, form, vehicle_class, kind, origin = row.rhythm_key.split("|")
        rules = entered.get(row.rhythm_key)
        living = [each for each in rules or () if each.ended_at is None]
        if rules and not living:
            continue
        found.append(
            Ahead(
                organiser=one_line(living[0].organiser if living else names.get(key, key), 80),
                kind=kind,
                origin=origin,
                form=form,
                vehicle_class=vehicle_class,
                first=row.first,
                last=row.last,
                support=one_line(row.support or (living[0].words if living else ""), 80),
                key=row.rhythm_key,
            )
        )
    return found


def _entered(connection: Connection) -> dict[str, list[Row[Any]]]:
    """Rules that people wrote, the ended ones too, under the keys of their forecasts."""
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(select(RHYTHM).order_by(RHYTHM.c.id)):
        found["|".join((row.organiser_key, row.form, row.vehicle_class, row.kind, row.origin))].append(row)
    return found


def _names(connection: Connection, keys: Collection[str]) -> dict[str, str]:
    query = select(ORGANISATION.c.key, ORGANISATION.c.name).where(ORGANISATION.c.key.in_(sorted(keys)))
    return {row.key: row.name for row in connection.execute(query)}


def _followed(tracked: Iterable[Known]) -> Iterator[tuple[Row[Any], frozenset[str]]]:
    """Tracked projects that are open, each with the keys of its buyer and of the centre that runs it."""
    for each in tracked:
        if each.row.closed:
            continue
        try:
            state: ProjectState = each.state
        except ValueError:  # its item names itself
            continue
        yield each.row, frozenset(key for name in (state.buyer, state.agency) if (key := normal_buyer(name)))


def _there(
    connection: Connection, window: Ahead, ours: Iterable[tuple[Row[Any], frozenset[str]]]
) -> Iterator[Purchase]:
    """Open purchases of an organiser: the tracked ones, then others of the same buyer, the newest first."""
    key = window.key.split("|")[0]
    shown = {row.id: row for row, keys in ours if key in keys}
    organiser = select(ORGANISATION.c.id).where(ORGANISATION.c.key == key)
    same = PROJECT.c.buyer_id.in_(organiser), PROJECT.c.closed.is_(False), PROJECT.c.alias_of.is_(None)
    wanted = select(PROJECT).where(*same, PROJECT.c.vehicle_purchase.in_(WANTED))
    for row in connection.execute(wanted.order_by(PROJECT.c.changed_at.desc()).limit(2 * MOST)):
        shown.setdefault(row.id, row)
    for row in list(shown.values())[:MOST]:
        yield Purchase(row.id, one_line(row.name, 80))
