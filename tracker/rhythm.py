"""When an organiser buys again: rhythms declared, entered or learned, and the windows they lead to expect. Pure.

A rhythm belongs to organiser × form × vehicle class. What it gives is a forecast with its support, never a fact. Days
are dates of Asia/Shanghai; windows hold both their ends.
"""

import calendar as months
import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low, quantiles
from typing import Annotated, Literal, cast

from pydantic import Field

from crawler.config import config_file, read_yaml
from tracker.procedures.law import Text
from tracker.workdays import DAY, Calendar, Row

Kind = Literal["batch", "monthly", "framework", "yearly", "intention"]
Origin = Literal["declared", "entered", "learned"]
Outcome = Literal["hit", "early", "late", "none"]
Shift = Literal["next", "previous", "none"]


class Settings(Row):
    """config/rhythm.yaml as it stands."""

    slots: int = Field(ge=3, le=24)
    needed: int = Field(ge=2)
    tolerance: int = Field(ge=0, le=5)
    chance: float = Field(gt=0, lt=1)
    same_round: int = Field(ge=0)
    misses_to_lapse: int = Field(ge=1)
    grace: int = Field(ge=0, le=60)
    ahead: int = Field(ge=1, le=24)
    history_months: int = Field(ge=6)
    yearly_slots: int = Field(ge=2)
    yearly_needed: int = Field(ge=2)
    yearly_tolerance: int = Field(ge=0, le=60)
    yearly_margin: int = Field(ge=0, le=30)
    framework_tolerance_days: int = Field(ge=0, le=90)
    framework_lead_days: int = Field(ge=0)
    intention_least: int = Field(ge=2)
    intention_never_days: int = Field(ge=30)
    remind_days: tuple[Annotated[int, Field(ge=1, le=60)], ...] = (10, 5, 1)
    prepare: tuple[Text, ...] = ()


def load_settings() -> Settings:
    """The settings in force. Raises ConfigurationError."""
    return read_yaml(config_file("rhythm.yaml"), Settings)


@dataclass(frozen=True)
class Window:
    """Days in which something is expected, both ends in it."""

    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


Blind = Sequence[Window]
"""Days on which the organiser's sources could not be read."""


def is_blind(window: Window, blind: Blind) -> bool:
    """Whether a round inside the window may have passed unseen."""
    return any(each.first <= window.last and window.first <= each.last for each in blind)


# --- rules that people write ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rule:
    """When in a month or year, as a document declares it or a person enters it.

    `day 12`, `weekday 2 3` (the second Wednesday), `last-working-day`; `yearly 03-01 03-31`; `dates 2026-12-08 …`
    (cut-offs a document prints); `until 2027-05-31` (the end of a framework). A day off is moved: `next`, `previous`
    or `none`, as the last word.
    """

    sort: Literal["day", "weekday", "last-working-day", "yearly", "dates", "until"]
    numbers: tuple[int, ...] = ()
    days: tuple[date, ...] = ()
    ends: tuple[tuple[int, int], ...] = ()
    shift: Shift = "next"


def parse_rule(text: str) -> Rule:
    """A rule from its words. Raises ValueError saying what is wrong."""
    words = text.split()
    shift: Shift = "next"
    if words and words[-1] in ("next", "previous", "none"):
        shift = cast(Shift, words.pop())
    sort, values = (words[0], words[1:]) if words else ("", [])
    if sort == "day" and len(values) == 1 and values[0].isdigit() and 1 <= int(values[0]) <= 31:
        return Rule("day", (int(values[0]),), shift=shift)
    if sort == "weekday" and len(values) == 2 and all(each.isdigit() for each in values):
        nth, weekday = map(int, values)
        if 1 <= nth <= 5 and 1 <= weekday <= 7:
            return Rule("weekday", (nth, weekday), shift=shift)
    if sort == "last-working-day" and not values:
        return Rule("last-working-day")
    if sort == "yearly" and len(values) == 2 and all(re.fullmatch(r"\d\d-\d\d", each) for each in values):
        for each in values:
            date.fromisoformat(f"2024-{each}")  # a leap year knows every day
        first, last = ((int(each[:2]), int(each[3:])) for each in values)
        return Rule("yearly", ends=(first, last))
    if sort == "dates" and values:
        return Rule("dates", days=tuple(sorted(map(date.fromisoformat, values))), shift="none")
    if sort == "until" and len(values) == 1:
        return Rule("until", days=(date.fromisoformat(values[0]),), shift="none")
    raise ValueError(f"{text!r}: write e.g. `day 12`, `weekday 2 3`, `last-working-day`, `yearly 03-01 03-31`")


def day_in(rule: Rule, year: int, month: int, calendar: Calendar) -> date | None:
    """The day a monthly rule means; None in a month that has no such day (a fifth Monday)."""
    last = months.monthrange(year, month)[1]
    if rule.sort == "last-working-day":
        return _before(date(year, month, last), calendar)
    if rule.sort == "day":
        return _shifted(date(year, month, min(rule.numbers[0], last)), rule.shift, calendar)
    nth, weekday = rule.numbers
    first = date(year, month, 1)
    found = first + ((weekday - first.isoweekday()) % 7 + 7 * (nth - 1)) * DAY
    return _shifted(found, rule.shift, calendar) if found.month == month else None


def _shifted(day: date, shift: Shift, calendar: Calendar) -> date:
    if shift == "none":
        return day
    return calendar.roll(day) if shift == "next" else _before(day, calendar)


def _before(day: date, calendar: Calendar) -> date:
    while not calendar.is_working(day):
        day -= DAY
    return day


def windows_of(rule: Rule, today: date, calendar: Calendar, settings: Settings) -> Iterator[Window]:
    """The windows of a rule that have not passed, the earliest first."""
    found: list[Window] = []
    if rule.sort == "until":
        found = [Window(rule.days[0] - settings.framework_lead_days * DAY, rule.days[0])]
    elif rule.sort == "dates":
        found = [Window(each, each) for each in rule.days]
    elif rule.sort == "yearly":
        found = [_in_year(rule, year) for year in range(today.year - 1, today.year + settings.ahead + 1)]
    else:
        for year, month in _months_from(today, settings.ahead + 1):
            day = day_in(rule, year, month, calendar)
            found += [Window(day, day)] if day else []
    yield from [each for each in found if each.last >= today][: settings.ahead]


def _in_year(rule: Rule, year: int) -> Window:
    (m1, d1), (m2, d2) = rule.ends
    turn = (m2, d2) < (m1, d1)  # from December into January
    first, last = date(year, m1, min(d1, _length(year, m1))), year + turn
    return Window(first, date(last, m2, min(d2, _length(last, m2))))


def _length(year: int, month: int) -> int:
    return months.monthrange(year, month)[1]


def _months_from(day: date, count: int) -> Iterator[tuple[int, int]]:
    for n in range(count):
        at = day.year * 12 + day.month - 1 + n
        yield at // 12, at % 12 + 1


# --- learning -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Round:
    """A purchase of vehicles as it opened."""

    day: date
    number: int | None = None
    """第N期, where the title says so."""
    repeat: bool = False
    """A re-tender: it follows its own failure and tells nothing of a rhythm."""


def points(rounds: Sequence[Round], calendar: Calendar, same_round: int) -> list[date]:
    """One point a round: the first day of notices that belong together, by 第N期 or by lying close."""
    found: list[tuple[date, int | None]] = []
    for each in sorted((each for each in rounds if not each.repeat), key=lambda each: (each.day, each.number or 0)):
        if found and _same(found[-1], each, calendar, same_round):
            continue
        found.append((each.day, each.number))
    return [day for day, _number in found]


def _same(last: tuple[date, int | None], new: Round, calendar: Calendar, same_round: int) -> bool:
    day, number = last
    if number is not None and new.number is not None:
        return number == new.number and (new.day - day).days < 200  # next year counts from one again
    return (new.day - day).days < 90 and calendar.working_days_between(day, new.day) <= same_round


Place = Literal["day", "from-start", "from-end"]
"""How a month's day is told: by its number, or by counting working days from either end."""


@dataclass(frozen=True)
class Learned:
    """A monthly rhythm that beat chance."""

    place: Place
    value: int
    hits: int
    slots: int
    offsets: tuple[int, int]
    """The earliest and latest round in time, in working days from the expected day."""
    lapsed: bool
    misses: int
    """Months in a row without a round, up to now, while the source was read."""


def expected(place: Place, value: int, year: int, month: int, calendar: Calendar) -> date:
    """The day of a month that a place means, always a working day."""
    if place == "day":
        return calendar.roll(date(year, month, min(value, _length(year, month))))
    working = _working(year, month, calendar)
    return working[min(value, len(working)) - 1] if place == "from-start" else working[-min(value, len(working))]


def _working(year: int, month: int, calendar: Calendar) -> list[date]:
    days = [date(year, month, n) for n in range(1, _length(year, month) + 1)]
    return [day for day in days if calendar.is_working(day)] or days


class Ruler:
    """Distances in working days over the span of some rounds, counted once."""

    def __init__(self, days: Sequence[date], today: date, calendar: Calendar, margin: int = 70) -> None:
        """`margin` days are measured before and after them all."""
        self.calendar = calendar
        self.start = min(days) - margin * DAY
        self.counts = [0]
        for n in range((max(*days, today) - self.start).days + margin):
            self.counts.append(self.counts[-1] + calendar.is_working(self.start + n * DAY))
        self._expected: dict[tuple[Place, int, int, int], date] = {}

    def at(self, day: date) -> int:
        """Working days up to and with `day`."""
        return self.counts[(day - self.start).days + 1]

    def expected(self, place: Place, value: int, year: int, month: int) -> date:
        key = (place, value, year, month)
        if key not in self._expected:
            self._expected[key] = expected(place, value, year, month, self.calendar)
        return self._expected[key]

    @property
    def end(self) -> date:
        """The first day after the span."""
        return self.start + (len(self.counts) - 1) * DAY

    def nearest(self, days: Sequence[date], day: date) -> int:
        """From `day` to the nearest of `days` (sorted), in working days; what lies far is simply far."""
        n = bisect_left(days, day)
        near = [self.at(each) - self.at(day) for each in days[max(0, n - 1) : n + 1]]
        return min(near, key=lambda offset: (abs(offset), offset), default=99)


def learn_monthly(
    days: Sequence[date], today: date, calendar: Calendar, settings: Settings, blind: Blind = ()
) -> Learned | None:
    """A monthly rhythm in rounds (one point a round), or None: no rhythm found.

    Of the last `slots` months that are over and were not blind, `needed` must have had a round within `tolerance`
    working days of the expected day; and foretelling each month from the earlier ones alone must have done better
    than chance. A busy organiser has a round near any day: that chance is counted as it is.
    """
    days = sorted({day for day in days if day <= today})
    if len(days) < settings.needed:
        return None
    history = _judged_months(days, today, settings, blind)
    told = history[-settings.slots :]
    if len(told) < settings.needed:
        return None
    ruler = Ruler(days, today, calendar)
    fit = _fit(days, told, ruler, settings.tolerance)
    if fit is None:
        return None
    results = [ruler.nearest(days, ruler.expected(*fit, *month)) for month in told]
    inside = [offset for offset in results if abs(offset) <= settings.tolerance]
    if len(inside) < settings.needed or not _beats_chance(days, history, ruler, settings):
        return None
    missed = 0
    for offset in reversed(results):
        if abs(offset) <= settings.tolerance:
            break
        missed += 1
    lapsed = missed >= settings.misses_to_lapse
    return Learned(*fit, len(inside), len(told), (min(inside), max(inside)), lapsed, missed)


def _judged_months(days: Sequence[date], today: date, settings: Settings, blind: Blind) -> list[tuple[int, int]]:
    """The months that are over, or already have their round, and were read; the oldest first."""
    found: list[tuple[int, int]] = []
    at = today.year * 12 + today.month - 1
    first = days[0].year * 12 + days[0].month - 1
    while at >= first and len(found) < 2 * settings.slots:
        year, month = at // 12, at % 12 + 1
        whole = Window(date(year, month, 1), date(year, month, _length(year, month)))
        has_one = any(whole.holds(day) for day in days)
        if has_one or (whole.last < today and not is_blind(whole, blind)):
            found.append((year, month))
        at -= 1
    return found[::-1]


def _fit(
    days: Sequence[date], told: Sequence[tuple[int, int]], ruler: Ruler, tolerance: int
) -> tuple[Place, int] | None:
    """The place in the month that most months agree with; of equals the one their rounds lie closest to."""
    best: tuple[int, int, int] | None = None
    found: tuple[Place, int] | None = None
    places: tuple[Place, ...] = ("from-start", "from-end", "day")
    for order, place in enumerate(places):
        for value in range(1, 32 if place == "day" else 24):
            offsets = [ruler.nearest(days, ruler.expected(place, value, *month)) for month in told]
            inside = [abs(offset) for offset in offsets if abs(offset) <= tolerance]
            score = (-len(inside), sum(inside), order)
            if inside and (best is None or score < best):
                best, found = score, (place, value)
    return found


def _beats_chance(days: Sequence[date], told: Sequence[tuple[int, int]], ruler: Ruler, settings: Settings) -> bool:
    """Leave the last out: fit on the months before it, foretell it, and so on back; could luck do as well?"""
    hits = 0
    odds: list[float] = []
    for n in range(2, len(told)):
        year, month = told[n]
        working = _working(year, month, ruler.calendar)
        near = [day for day in working if abs(ruler.nearest(days, day)) <= settings.tolerance]
        odds.append(len(near) / len(working))
        before = [day for day in days if day < date(year, month, 1)]
        fit = _fit(before, told[:n], ruler, settings.tolerance)
        if fit is not None:
            foretold = ruler.expected(*fit, year, month)
            hits += abs(ruler.nearest(days, foretold)) <= settings.tolerance
    return tail(odds, hits) < settings.chance


def tail(odds: Sequence[float], hits: int) -> float:
    """The chance of at least `hits` successes in independent tries with these odds (Poisson binomial)."""
    ways = [1.0]
    for p in odds:
        ways = [
            (ways[n] * (1 - p) if n < len(ways) else 0.0) + (ways[n - 1] * p if n else 0.0)
            for n in range(len(ways) + 1)
        ]
    return sum(ways[hits:])


def learned_windows(
    found: Learned, days: Collection[date], today: date, calendar: Calendar, settings: Settings
) -> Iterator[Window]:
    """The coming windows of a learned rhythm; none once it has lapsed, and none for a round that has come."""
    if found.lapsed:
        return
    count = 0
    for year, month in _months_from(today, settings.ahead + 1):
        day = expected(found.place, found.value, year, month, calendar)
        low, high = (calendar.add_working_days(day, offset) for offset in found.offsets)
        near = calendar.add_working_days(low, -settings.grace)
        if high >= today and not any(near <= each <= high for each in days) and count < settings.ahead:
            count += 1
            yield Window(low, high)


# --- once a year ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LearnedYear:
    """A time of the year that beat chance."""

    month: int
    day: int
    hits: int
    slots: int
    offsets: tuple[int, int]
    """The earliest and latest round in time, in working days from the expected day."""
    lapsed: bool


def learn_yearly(
    days: Sequence[date], today: date, calendar: Calendar, settings: Settings, blind: Blind = ()
) -> LearnedYear | None:
    """A yearly window in rounds (one point a round), or None.

    Of the last `yearly_slots` years that are over and were not blind, `yearly_needed` must have had a round within
    `yearly_tolerance` working days of the same day; and foretelling each year from the earlier ones alone must have
    done better than chance.
    """
    days = sorted({day for day in days if day <= today})
    if len(days) < settings.yearly_needed:
        return None
    ruler = Ruler(days, today, calendar, margin=500)
    best: tuple[tuple[int, int], date, dict[int, int]] | None = None
    for candidate in days:
        offsets = _by_year(candidate, days, today, ruler, settings, blind)
        inside = [abs(offset) for offset in offsets.values() if abs(offset) <= settings.yearly_tolerance]
        score = (-len(inside), sum(inside))
        if best is None or score < best[0]:
            best = (score, candidate, offsets)
    assert best is not None
    _score, fit, offsets = best
    told = sorted(offsets)[-settings.yearly_slots :]
    in_time = [offsets[year] for year in told if abs(offsets[year]) <= settings.yearly_tolerance]
    if len(in_time) < settings.yearly_needed or not _year_beats_chance(days, fit, sorted(offsets), ruler, settings):
        return None
    missed = 0
    for year in reversed(told):
        if abs(offsets[year]) <= settings.yearly_tolerance:
            break
        missed += 1
    lapsed = missed >= settings.misses_to_lapse
    return LearnedYear(fit.month, fit.day, len(in_time), len(told), (min(in_time), max(in_time)), lapsed)


def _day_of(day: date, year: int, calendar: Calendar) -> date:
    """The same day in another year, a working day."""
    return calendar.roll(date(year, day.month, min(day.day, _length(year, day.month))))


def _by_year(
    fit: date, days: Sequence[date], today: date, ruler: Ruler, settings: Settings, blind: Blind
) -> dict[int, int]:
    """How far the nearest round lay from the day in each year that is over, or has its round, and was read."""
    found: dict[int, int] = {}
    for year in range(days[0].year, today.year + 1):
        middle = _day_of(fit, year, ruler.calendar)
        first, last = (ruler.calendar.add_working_days(middle, n * settings.yearly_tolerance) for n in (-1, 1))
        if last < days[0] or middle > today:
            continue
        offset = ruler.nearest(days, middle)
        hit = abs(offset) <= settings.yearly_tolerance
        if hit or (last < today and not is_blind(Window(first, last), blind)):
            found[year] = offset
    return found


def _year_beats_chance(days: Sequence[date], fit: date, years: Sequence[int], ruler: Ruler, settings: Settings) -> bool:
    """Leave the last out: foretell each year from the rounds before it; could luck do as well?"""
    hits = 0
    odds: list[float] = []
    for year in years[1:]:
        middle = _day_of(fit, year, ruler.calendar)
        around = [middle + n * DAY for n in range(-182, 183)]
        working = [day for day in around if ruler.start <= day < ruler.end and ruler.calendar.is_working(day)]
        near = [day for day in working if abs(ruler.nearest(days, day)) <= settings.yearly_tolerance]
        before = [day for day in days if day < middle - 182 * DAY]
        if not before:
            continue
        odds.append(len(near) / len(working))
        guess = min(before, key=lambda day: (_spread(day, before, ruler), day))
        hits += abs(ruler.nearest(days, _day_of(guess, year, ruler.calendar))) <= settings.yearly_tolerance
    return tail(odds, hits) < settings.chance


def _spread(day: date, days: Sequence[date], ruler: Ruler) -> int:
    """How far rounds lie from the same day in their years, all in all."""
    return sum(abs(ruler.nearest(days, _day_of(day, year, ruler.calendar))) for year in {each.year for each in days})


def yearly_windows(
    found: LearnedYear, days: Collection[date], today: date, calendar: Calendar, settings: Settings
) -> Iterator[Window]:
    """The coming windows of a yearly rhythm; none once it has lapsed, and none for a round that has come."""
    if found.lapsed:
        return
    low, high = min(found.offsets[0], -settings.yearly_margin), max(found.offsets[1], settings.yearly_margin)
    count = 0
    for year in range(today.year, today.year + settings.ahead + 2):
        middle = calendar.roll(date(year, found.month, min(found.day, _length(year, found.month))))
        window = Window(calendar.add_working_days(middle, low), calendar.add_working_days(middle, high))
        near = calendar.add_working_days(window.first, -settings.grace)
        if window.last >= today and not any(near <= day <= window.last for day in days) and count < settings.ahead:
            count += 1
            yield window


# --- one framework after the other ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class LearnedTerm:
    """How long one framework holds before the next is bought, where that beat chance."""

    term: int
    """Days from one round to the next."""
    spread: tuple[int, int]
    """The shortest and the longest of those in time."""
    hits: int
    slots: int
    last: date
    """The newest round."""


def learn_term(days: Sequence[date], today: date, settings: Settings) -> LearnedTerm | None:
    """The term of an organiser's frameworks from their rounds, or None.

    Each term is foretold from the earlier ones; a guess anywhere in twice their length must do worse.
    """
    days = sorted({day for day in days if day <= today})
    terms = [(later - earlier).days for earlier, later in pairwise(days)]
    if len(terms) < 2:
        return None
    tolerance = settings.framework_tolerance_days
    odds: list[float] = []
    hits = 0
    for n in range(1, len(terms)):
        guess = median_low(terms[:n])
        odds.append(min(1.0, (2 * tolerance + 1) / max(1, 2 * guess)))
        hits += abs(terms[n] - guess) <= tolerance
    if tail(odds, hits) >= settings.chance:
        return None
    term = median_low(terms)
    near = [each for each in terms if abs(each - term) <= tolerance]
    return LearnedTerm(term, (min(near), max(near)), len(near), len(terms), days[-1])


def term_windows(found: LearnedTerm, today: date, settings: Settings) -> tuple[Window, ...]:
    """When the next framework is expected; none once that time has passed as often as ends a rhythm."""
    windows = [
        Window(found.last + (n * found.term - margin) * DAY, found.last + (n * found.term + margin) * DAY)
        for n in range(1, settings.misses_to_lapse + 1)
        for margin in (max(7, found.term - found.spread[0], found.spread[1] - found.term),)
    ]
    return tuple(window for window in windows if window.last >= today)[:1]


# --- from an intention to its notice --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lag:
    """How long after the first day of the expected month a buyer's notices came, in days."""

    median: int
    quartiles: tuple[int, int]
    came: int
    never: int

    @property
    def never_share(self) -> float:
        return self.never / (self.came + self.never)


@dataclass(frozen=True)
class Intended:
    """An intention's expected month, and the day its notice came."""

    month: date
    """Its first day."""
    notice: date | None = None


def learn_lag(intended: Sequence[Intended], today: date, settings: Settings) -> Lag | None:
    """A buyer's lag, or None for too few; an intention still inside its time is left out."""
    lags = sorted((each.notice - each.month).days for each in intended if each.notice)
    late = timedelta(days=settings.intention_never_days)
    never = sum(each.notice is None and today > _month_end(each.month) + late for each in intended)
    if len(lags) + never < settings.intention_least or not lags:
        return None
    low, _middle, high = quantiles(lags, n=4, method="inclusive") if len(lags) > 1 else (lags[0],) * 3
    return Lag(median_low(lags), (round(low), round(high)), len(lags), never)


def _month_end(day: date) -> date:
    return date(day.year, day.month, _length(day.year, day.month))


# --- how a forecast came out ----------------------------------------------------------------------------------------


def outcome(
    window: Window, days: Collection[date], today: date, calendar: Calendar, settings: Settings
) -> tuple[Outcome, date | None] | None:
    """How a forecast ended, and on which day; None while it is open."""
    early = calendar.add_working_days(window.first, -settings.grace)
    late = calendar.add_working_days(window.last, settings.grace)
    inside = [day for day in days if window.holds(day)]
    if inside:
        return "hit", min(inside)
    before = [day for day in days if early <= day < window.first]
    after = [day for day in days if window.last < day <= late]
    if after and not before:
        return "late", min(after)
    if before and today > window.last:
        return "early", max(before)
    return ("none", None) if today > late else None


def missed_in_a_row(closed: Sequence[tuple[Outcome, bool]]) -> int:
    """Forecasts that failed up to now, the oldest first; one while the source was blind neither counts nor clears."""
    count = 0
    for result, blind in reversed(closed):
        if blind and result == "none":
            continue
        if result != "none":
            break
        count += 1
    return count


# --- what documents declare -----------------------------------------------------------------------------------------

_NUMBER = re.compile(r"第\s*(\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?:期|批次|批)")
_CUT_OFF = re.compile(
    r"(?:归集|(?:需求|计划)(?:申报|上报|报送))(?:的)?截止(?:时间|日期)?[为是：:\s]*(\d{4})\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})"
)
_DIGITS = {char: n for n, char in enumerate("零一二三四五六七八九")}


def batch_number(title: str) -> int | None:
    """第N期, 第N批; None where the title has none."""
    match = _NUMBER.search(title)
    if match is None:
        return None
    text = match[1]
    if text.isdigit():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + (_DIGITS.get(ones, 0) if ones else 0)


_TERM = re.compile(
    r"(?:框架协议|协议|入围|服务|合同)(?:的)?(?:有效)?期(?:限)?[为是：:\s]*(?:自[^，。；\n]{0,24}?起)?[^，。；\n\d一二两三]{0,6}"
    r"(\d{1,2}|[一二两三])\s*(?:（[^）]{1,4}）)?\s*(年|个月)"
)
_UNTIL = re.compile(
    r"(?:框架协议|协议|入围|供货)(?:的)?(?:有效)?期(?:限)?[^，。；\n]{0,40}?(?:至|到|—|-|~)\s*(20\d\d)\s*[年./-]\s*(\d{1,2})\s*[月./-]\s*(\d{1,2})"
)
_YEARS = _DIGITS | {"两": 2}


def framework_end(text: str, start: date) -> date | None:
    """The last day of a framework agreement by its own words: printed, or a term from `start`; None without either."""
    if match := _UNTIL.search(text):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            return None
    if not (match := _TERM.search(text)):
        return None
    count = int(match[1]) if match[1].isdigit() else _YEARS[match[1]]
    months = count * (12 if match[2] == "年" else 1)
    at = start.year * 12 + start.month - 1 + months
    year, month = at // 12, at % 12 + 1
    return date(year, month, min(start.day, _length(year, month))) if 0 < months <= 120 else None


def cut_offs(text: str) -> list[date]:
    """Collection cut-offs (归集截止) that a document prints, in order."""
    found = set()
    for match in _CUT_OFF.finditer(text):
        try:
            found.add(date(int(match[1]), int(match[2]), int(match[3])))
        except ValueError:
            continue
    return sorted(found)
