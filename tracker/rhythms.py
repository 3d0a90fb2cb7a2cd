"""Rhythms in the database: rounds from what was published, rules people entered, and every forecast that was shown.

The counting is in tracker/rhythm.py. What is told here is expected, never known.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import Connection, Row, select, update

from crawler.clock import SHANGHAI, now
from tracker.db import chunks
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.kinds import TENDER_KINDS, WANTED
from tracker.linking import normal_buyer
from tracker.projects import PROCEEDING, PROJECT, PUBLICATION, VERSION, unpack
from tracker.rhythm import (
    Blind,
    Intended,
    Kind,
    Lag,
    Origin,
    Round,
    Rule,
    Settings,
    Window,
    batch_number,
    cut_offs,
    framework_end,
    is_blind,
    learn_lag,
    learn_monthly,
    learn_term,
    learn_yearly,
    learned_windows,
    load_settings,
    missed_in_a_row,
    outcome,
    parse_rule,
    points,
    term_windows,
    windows_of,
    yearly_windows,
)
from tracker.service.leases import insert_new
from tracker.state import ProjectState
from tracker.tables import Event, Forecast, Rhythm, RhythmKind, table
from tracker.team import kept
from tracker.team.people import person
from tracker.workdays import DAY, Calendar, load_calendar

RHYTHM, FORECAST, EVENT = table(Rhythm), table(Forecast), table(Event)
KINDS: tuple[str, ...] = get_args(RhythmKind)
SORTS = {
    "batch": ("day", "weekday", "last-working-day", "dates"),
    "monthly": ("day", "weekday", "last-working-day"),
    "framework": ("until",),
    "yearly": ("yearly",),
    "intention": ("yearly",),
}
"""Which rules make sense for which kind."""
_CENTRE = re.compile(r"采购中心|公共资源交易中心|集中采购|采购办公室|机关事务")


def _key(name: str) -> str:
    """Spellings of one organiser are equal."""
    return normal_buyer(name) or ""


@dataclass(frozen=True)
class Series:
    """What a rhythm belongs to."""

    organiser: str
    form: str
    vehicle_class: str

    @property
    def key(self) -> str:
        return "|".join((_key(self.organiser), self.form, self.vehicle_class))


@dataclass(frozen=True)
class Expected:
    """A rhythm with what it leads to expect. `state` is expected, lapsed, or none (no rhythm found)."""

    series: Series
    kind: Kind
    origin: Origin
    state: str
    windows: tuple[Window, ...] = ()
    hits: int | None = None
    slots: int | None = None
    words: str = ""
    id: int | None = None
    """Of a rhythm that a person entered."""

    @property
    def key(self) -> str:
        return f"{self.series.key}|{self.kind}|{self.origin}"

    @property
    def support(self) -> str:
        """`6 期中 5 期`, or where it was written."""
        if self.slots is not None:
            return _("{hits} of {slots} rounds").format(hits=self.hits, slots=self.slots)
        return self.words


@dataclass(frozen=True)
class Seen:
    """A round as it was published, with what its forecast needs besides the day."""

    round: Round
    publication_id: int
    portal: str
    proceeding_id: int


def rounds(connection: Connection, since: date) -> dict[Series, list[Seen]]:
    """First notices of vehicle purchases by organiser, form and class; the earliest publication of a proceeding."""
    query = (
        select(
            PUBLICATION.c.id,
            PUBLICATION.c.portal,
            PUBLICATION.c.title,
            PUBLICATION.c.published_at,
            PUBLICATION.c.proceeding_id,
            PROJECT.c.state,
            PROCEEDING.c.method,
            PROCEEDING.c.round,
            PROCEEDING.c.re_tender_of,
        )
        .join(PROCEEDING, PROCEEDING.c.id == PUBLICATION.c.proceeding_id)
        .join(PROJECT, PROJECT.c.id == PROCEEDING.c.project_id)
        .where(PUBLICATION.c.kind.in_(TENDER_KINDS), PUBLICATION.c.published_at.is_not(None))
        .where(PROJECT.c.vehicle_purchase.in_(WANTED), PROJECT.c.alias_of.is_(None))
        .order_by(PUBLICATION.c.published_at, PUBLICATION.c.id)
    )
    found: defaultdict[Series, list[Seen]] = defaultdict(list)
    taken: set[int] = set()
    for row in connection.execute(query):
        day = row.published_at.astimezone(SHANGHAI).date()
        if row.proceeding_id in taken or day < since:
            continue
        taken.add(row.proceeding_id)
        state = ProjectState.model_validate(row.state)
        organiser = _organiser(state)
        if organiser:
            number = batch_number(row.title)
            repeat = row.re_tender_of is not None or row.round > 1
            series = _series(organiser, number, row.method, state.vehicle_types)
            found[series].append(Seen(Round(day, number, repeat), row.id, row.portal, row.proceeding_id))
    return dict(found)


def _organiser(state: ProjectState) -> str:
    """The procurement centre that runs it, else the buyer: an agency for hire has no rhythm of its own."""
    if state.agency and _CENTRE.search(state.agency):
        return state.agency
    return state.buyer or ""


def _series(organiser: str, number: int | None, method: str | None, types: Sequence[str]) -> Series:
    if number is not None:
        return Series(organiser, "batch", "")  # a batch takes whatever was collected
    return Series(organiser, method or "other", types[0] if len(types) == 1 else "mixed")


def blind_windows(connection: Connection, portals: set[str], today: date) -> list[Window]:
    """Days on which one of these portals was known to be unreadable."""
    query = select(EVENT.c.portal, EVENT.c.channel, EVENT.c.kind, EVENT.c.seen_at).where(
        EVENT.c.kind.in_(("source-blind", "source-back")), EVENT.c.portal.in_(portals)
    )
    began: dict[tuple[str, str], date] = {}
    found: list[Window] = []
    for row in connection.execute(query.order_by(EVENT.c.id)):
        day = row.seen_at.astimezone(SHANGHAI).date()
        if row.kind == "source-blind":
            began.setdefault((row.portal, row.channel), day)
        elif (row.portal, row.channel) in began:
            found.append(Window(began.pop((row.portal, row.channel)), day))
    return found + [Window(day, today) for day in began.values()]


# --- what is expected -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Desk:
    """What every rhythm is counted with."""

    today: date
    calendar: Calendar
    settings: Settings
    seen: dict[Series, list[Seen]]
    blind: Mapping[Series, Blind]

    def days(self, series: Series) -> list[date]:
        """One point a round of what fits; an empty form or class of an entered rhythm takes any."""
        fitting = [each.round for other, rounds in self.seen.items() if _fits(series, other) for each in rounds]
        return points(fitting, self.calendar, self.settings.same_round)


def _fits(wanted: Series, other: Series) -> bool:
    return (
        _key(wanted.organiser) == _key(other.organiser)
        and wanted.form in ("", other.form)
        and wanted.vehicle_class in ("", other.vehicle_class)
    )


def desk(connection: Connection, today: date) -> Desk:
    """Everything read once."""
    settings = load_settings()
    at = today.year * 12 + today.month - 1 - settings.history_months
    seen = rounds(connection, date(at // 12, at % 12 + 1, 1))
    portals = {each.portal for rounds in seen.values() for each in rounds}
    windows = {portal: blind_windows(connection, {portal}, today) for portal in portals}
    blind = {
        series: [window for portal in sorted({each.portal for each in rounds}) for window in windows[portal]]
        for series, rounds in seen.items()
    }
    return Desk(today, load_calendar(), settings, seen, blind)


def expectations(connection: Connection, at: datetime, organiser: str | None = None) -> list[Expected]:
    """All rhythms, entered and declared before learned ones; for a named organiser also where none was found."""
    known = desk(connection, at.astimezone(SHANGHAI).date())
    found = [*_entered(connection, known), *_declared(connection, known), *_learned(known, found_only=not organiser)]
    if organiser:
        key = _key(organiser)
        found = [each for each in found if _key(each.series.organiser) == key]
    return found


def _entered(connection: Connection, at: Desk) -> Iterator[Expected]:
    query = select(RHYTHM).where(RHYTHM.c.ended_at.is_(None)).order_by(RHYTHM.c.organiser, RHYTHM.c.id)
    for row in connection.execute(query).all():
        series = Series(row.organiser, row.form, row.vehicle_class)
        found = Expected(series, row.kind, row.origin, "expected", words=row.words or row.rule, id=row.id)
        closed = [(each.outcome, each.blind) for each in _forecasts(connection, found.key) if each.outcome]
        if missed_in_a_row(closed) >= at.settings.misses_to_lapse:
            yield Expected(series, row.kind, row.origin, "lapsed", words=found.words, id=row.id)
            continue
        windows = tuple(windows_of(parse_rule(row.rule), at.today, at.calendar, at.settings))
        yield Expected(series, row.kind, row.origin, "expected", windows, words=found.words, id=row.id)


def _declared(connection: Connection, at: Desk) -> Iterator[Expected]:
    """Collection cut-offs (归集截止) that batch notices print and that are still to come."""
    for series, seen in sorted(at.seen.items(), key=lambda each: each[0].key):
        if series.form == "framework":
            yield from _declared_term(connection, series, seen[-1], at)
        if series.form != "batch":
            continue
        ids = [each.publication_id for each in seen[-3:]]
        query = (
            select(VERSION.c.reading, PUBLICATION.c.title)
            .join(PUBLICATION, PUBLICATION.c.version_id == VERSION.c.id)
            .where(PUBLICATION.c.id.in_(ids))
            .order_by(PUBLICATION.c.id)
        )
        for row in connection.execute(query):
            coming = [day for day in cut_offs(unpack(row.reading).text) if day >= at.today]
            if coming:
                windows = tuple(Window(day, day) for day in coming)
                yield Expected(series, "batch", "declared", "expected", windows, words=row.title)


def _declared_term(connection: Connection, series: Series, newest: Seen, at: Desk) -> Iterator[Expected]:
    """The end of the newest framework agreement, as its documents print it, counted from its result or contract."""
    query = (
        select(VERSION.c.reading, PUBLICATION.c.title, PUBLICATION.c.kind, PUBLICATION.c.published_at)
        .join(PUBLICATION, PUBLICATION.c.version_id == VERSION.c.id)
        .where(PUBLICATION.c.proceeding_id == newest.proceeding_id, PUBLICATION.c.published_at.is_not(None))
        .order_by(PUBLICATION.c.published_at.desc(), PUBLICATION.c.id)
    )
    rows = connection.execute(query).all()
    signed = [row.published_at for row in rows if row.kind in ("contract", "award")]
    start = (signed[0].astimezone(SHANGHAI).date() if signed else newest.round.day) + (0 if signed else 60) * DAY
    for row in rows:
        end = framework_end(unpack(row.reading).text, start)
        if end is not None and end >= at.today:
            windows = tuple(windows_of(Rule("until", days=(end,)), at.today, at.calendar, at.settings))
            yield Expected(series, "framework", "declared", "expected", windows, words=row.title)
            return


def _learned(at: Desk, *, found_only: bool) -> Iterator[Expected]:
    for series, seen in sorted(at.seen.items(), key=lambda each: each[0].key):
        days = points([each.round for each in seen], at.calendar, at.settings.same_round)
        found = _term(series, days, at) if series.form == "framework" else _monthly(series, days, at)
        if found is None and series.form not in ("framework", "batch"):
            found = _yearly(series, days, at)
        if found is not None:
            yield found
        elif not found_only:
            kinds: dict[str, Kind] = {"batch": "batch", "framework": "framework"}
            yield Expected(series, kinds.get(series.form, "monthly"), "learned", "none")


def _monthly(series: Series, days: list[date], at: Desk) -> Expected | None:
    learned = learn_monthly(days, at.today, at.calendar, at.settings, at.blind[series])
    if learned is None:
        return None
    windows = tuple(learned_windows(learned, days, at.today, at.calendar, at.settings))
    kind: Kind = "batch" if series.form == "batch" else "monthly"
    state = "lapsed" if learned.lapsed else "expected"
    return Expected(series, kind, "learned", state, windows, learned.hits, learned.slots)


def _yearly(series: Series, days: list[date], at: Desk) -> Expected | None:
    learned = learn_yearly(days, at.today, at.calendar, at.settings, at.blind[series])
    if learned is None:
        return None
    windows = tuple(yearly_windows(learned, days, at.today, at.calendar, at.settings))
    state = "lapsed" if learned.lapsed else "expected"
    return Expected(series, "yearly", "learned", state, windows, learned.hits, learned.slots)


def _term(series: Series, days: list[date], at: Desk) -> Expected | None:
    learned = learn_term(days, at.today, at.settings)
    if learned is None:
        return None
    windows = term_windows(learned, at.today, at.settings)
    state = "expected" if windows else "lapsed"
    return Expected(series, "framework", "learned", state, windows, learned.hits, learned.slots)


# --- intentions -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Coming:
    """An intention that waits for its notice, with the buyer's lag as far as it is known."""

    project_id: int
    name: str
    buyer: str
    month: date
    """First day of the expected month; of a call for opinions its own day."""
    lag: Lag | None
    window: Window | None


def intentions(connection: Connection, at: datetime, organiser: str | None = None) -> list[Coming]:
    """Intentions of vehicle purchases without a notice so far, by expected month."""
    today = at.astimezone(SHANGHAI).date()
    found = _coming(connection, today, _expected_month, organiser=organiser)
    return sorted(found, key=lambda each: (each.month, each.project_id))


def usual_lags(connection: Connection, at: datetime, projects: Collection[int]) -> dict[int, Coming]:
    """How these projects' buyers usually go on: from the expected month of an intention, else from a call for
    opinions, to the notice. What has its notice is left out."""
    today = at.astimezone(SHANGHAI).date()
    calls = _first_days(connection, {"opinion"})
    found: dict[int, Coming] = {}
    for start in (_expected_month, lambda row: calls.get(row.id)):
        for each in _coming(connection, today, start, projects=projects):
            found.setdefault(each.project_id, each)
    return found


def _coming(
    connection: Connection,
    today: date,
    start: Callable[[Row[Any]], date | None],
    *,
    organiser: str | None = None,
    projects: Collection[int] | None = None,
) -> list[Coming]:
    """Vehicle purchases that wait for their notice, each with the lag learned from all of its buyer's.

    `start` gives the day a purchase counts from; with `projects` only those are told, of their buyers alone.
    """
    query = select(PROJECT).where(PROJECT.c.vehicle_purchase.in_(WANTED), PROJECT.c.alias_of.is_(None))
    if projects is not None:
        asked = PROJECT.c.id.in_(projects)
        query = query.where(asked | PROJECT.c.buyer_id.in_(select(PROJECT.c.buyer_id).where(asked)))
    by_buyer: defaultdict[str, list[tuple[Row[Any], Intended]]] = defaultdict(list)
    rows = connection.execute(query.order_by(PROJECT.c.id)).all()
    notices = _first_days(connection, TENDER_KINDS, None if projects is None else {row.id for row in rows})
    for row in rows:
        day = start(row)
        if day is not None and row.buyer:
            by_buyer[_key(row.buyer)].append((row, Intended(day, notices.get(row.id))))
    settings = load_settings()
    found = []
    for buyer in sorted({_key(organiser)} & by_buyer.keys() if organiser else by_buyer):
        lag = learn_lag([intended for _row, intended in by_buyer[buyer]], today, settings)
        for row, intended in by_buyer[buyer]:
            if intended.notice is None and (projects is None or row.id in projects):
                low, high = lag.quartiles if lag else (0, 0)
                window = Window(intended.month + low * DAY, intended.month + high * DAY) if lag else None
                found.append(Coming(row.id, row.name, row.buyer, intended.month, lag, window))
    return found


def _expected_month(row: Row[Any]) -> date | None:
    try:
        state = ProjectState.model_validate(row.state)
    except ValueError:  # the digest names such a project; the others' lags are told all the same
        return None
    days = [
        milestone.earliest.astimezone(SHANGHAI).date()
        for proceeding in state.proceedings
        for milestone in proceeding.milestones
        if milestone.kind == "expected_at" and milestone.precision in ("month", "day", "minute")
    ]
    return min(days).replace(day=1) if days else None


def _first_days(
    connection: Connection, kinds: Collection[str], projects: Collection[int] | None = None
) -> dict[int, date]:
    """The day of each project's first publication of these kinds; of all projects, or of some."""
    columns = PUBLICATION.c.project_id, PUBLICATION.c.published_at
    query = select(*columns).where(PUBLICATION.c.kind.in_(kinds), PUBLICATION.c.published_at.is_not(None))
    parts = (
        [query] if projects is None else [query.where(PUBLICATION.c.project_id.in_(each)) for each in chunks(projects)]
    )
    found: dict[int, date] = {}
    for row in (row for part in parts for row in connection.execute(part)):
        day = row.published_at.astimezone(SHANGHAI).date()
        found[row.project_id] = min(found.get(row.project_id, day), day)
    return found


# --- forecasts are kept and closed ----------------------------------------------------------------------------------


def _forecasts(connection: Connection, key: str) -> list[Row[Any]]:
    query = select(FORECAST).where(FORECAST.c.rhythm_key == key).order_by(FORECAST.c.first)
    return list(connection.execute(query))


def keep_forecasts(connection: Connection, at: datetime) -> int:
    """Write down the next window of each rhythm and close those that are over; returns how many were closed.

    Runs as often as one likes: a window that moves a little while its forecast is open makes no second one.
    """
    known = desk(connection, at.astimezone(SHANGHAI).date())
    closed = 0
    for each in expectations(connection, at):
        days = known.days(each.series)
        before = _forecasts(connection, each.key)
        ended = [_close(connection, row, days, known, each.series) for row in before if row.outcome is None]
        closed += sum(ended)
        if all(ended) and each.windows and all(row.first != each.windows[0].first for row in before):
            window = each.windows[0]
            values = {
                "rhythm_key": each.key,
                "first": window.first,
                "last": window.last,
                "support": f"{each.hits}/{each.slots}" if each.slots else "",
                "made_at": now(),
                "blind": False,
            }
            connection.execute(insert_new(connection, FORECAST).values(**values))
    return closed


def _close(connection: Connection, row: Row[Any], days: list[date], at: Desk, series: Series) -> bool:
    window = Window(row.first, row.last)
    ended = outcome(window, days, at.today, at.calendar, at.settings)
    if ended is None:
        return False
    blind = [each for other, windows in at.blind.items() if _fits(series, other) for each in windows]
    values = {"outcome": ended[0], "outcome_on": ended[1], "blind": is_blind(window, blind)}
    connection.execute(update(FORECAST).where(FORECAST.c.id == row.id).values(**values))
    return True


def track_record(connection: Connection, key: str) -> dict[str, int]:
    """How the closed forecasts of a rhythm came out, by outcome."""
    found: defaultdict[str, int] = defaultdict(int)
    for row in _forecasts(connection, key):
        if row.outcome:
            found[row.outcome] += 1
    return dict(found)


# --- by hand --------------------------------------------------------------------------------------------------------


def add_rhythm(
    connection: Connection,
    who: str,
    organiser: str,
    kind: str,
    rule: str,
    *,
    form: str = "",
    vehicle_class: str = "",
    words: str = "",
    declared: bool = False,
) -> Row[Any]:
    """A rhythm that a person knows, or that a document declares (`words` quotes it). Raises Mistake."""
    by = person(connection, who)
    if kind not in KINDS:
        raise Mistake(_("{kind!r} is no kind; write one of: {known}").format(kind=kind, known=", ".join(KINDS)))
    try:
        parsed = parse_rule(rule)
    except ValueError as error:
        raise Mistake(_("the rule cannot be read: {error}").format(error=error)) from None
    if parsed.sort not in SORTS[kind]:
        raise Mistake(
            _("a rhythm of kind {kind} takes a rule of: {known}").format(kind=kind, known=", ".join(SORTS[kind]))
        )
    if not _key(organiser):
        raise Mistake(_("name the organiser, as its notices do"))
    if declared and not words:
        raise Mistake(_("quote the document that declares it: --words TEXT"))
    return kept.add(
        connection,
        RHYTHM,
        by,
        organiser=organiser.strip(),
        organiser_key=_key(organiser),
        form=form,
        vehicle_class=vehicle_class,
        kind=kind,
        origin="declared" if declared else "entered",
        rule=rule.strip(),
        words=words,
        valid_from=now().astimezone(SHANGHAI).date(),
    )


def end_rhythm(connection: Connection, who: str, identity: int, version: int | None = None) -> None:
    """It holds no longer. Raises Mistake, EditedMeanwhile."""
    by, row = person(connection, who), kept.get(connection, RHYTHM, identity, version)
    if row.ended_at is not None:
        raise Mistake(_("rhythm {id} has ended already").format(id=identity))
    kept.edit(connection, RHYTHM, by, row, ended_at=now())
