"""Chinese working days (工作日): Monday to Friday, less the State Council's days off, plus its 调休 working days.

Each year has a table of its own (`config/calendar/2026.yaml`, in the form of holiday-cn's year files); the user's
own tables in `$CHEBIAO_HOME/calendar` count before the shipped ones. No package decides here: a year without a table
is never computed silently. Two views exist for such a year, both from the statutory holidays alone:

- the likely one: weekends and statutory holidays with their make-up days are off;
- the cautious one: every day but the statutory holidays works, since 调休 may turn any weekend into working days.

Days are plain dates of Asia/Shanghai.
"""

import json
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

from crawler.config import ConfigurationError, config_folder, home, read_yaml
from tracker.i18n import _

DAY = timedelta(days=1)


class Row(BaseModel):
    """A row of a configuration file: no unknown keys, no change after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SpecialDay(Row):
    """A day that is not what its weekday says, or a weekend inside a holiday."""

    name: str
    """Of the holiday, as the State Council notice calls it."""
    date: date
    isOffDay: Annotated[bool, Field(strict=True)]
    """False for a 调休 working day."""


class YearTable(BaseModel):
    """One year's days off and 调休 working days. Keys that holiday-cn adds (`$schema`, `$id`) are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    year: int = Field(ge=2000, le=2100)
    source: str = ""
    """The State Council notice: title, number, date."""
    papers: tuple[str, ...] = ()
    """URLs of the notice."""
    days: tuple[SpecialDay, ...]


class Holiday(Row):
    """A statutory holiday (放假办法 2): a feast day and the days around it."""

    name: str
    feast: str
    offsets: tuple[int, ...]
    first_year: int = 0
    last_year: int = 9999


class Statutory(Row):
    """The statutory holidays by rule, with the feasts the rule cannot compute."""

    holidays: tuple[Holiday, ...]
    feast_names: tuple[str, ...]
    feasts: dict[int, tuple[str, ...]]

    def days(self, year: int) -> dict[date, str]:
        """Statutory days of a year with their names. Without that year's feasts only those on fixed days."""
        feasts = dict(zip(self.feast_names, self.feasts.get(year, ()), strict=False))
        found: dict[date, str] = {}
        for holiday in self.holidays:
            month_day = feasts.get(holiday.feast, holiday.feast)
            if month_day in self.feast_names or not holiday.first_year <= year <= holiday.last_year:
                continue
            feast = date.fromisoformat(f"{year}-{month_day}")
            for offset in holiday.offsets:
                found.setdefault(feast + offset * DAY, holiday.name)
        return found

    def with_make_up(self, year: int) -> dict[date, str]:
        """The statutory days and, for each on a weekend, a working day off after it (放假办法 7)."""
        found = self.days(year)
        for day, name in sorted(found.items()):
            if day.weekday() >= 5:
                substitute = day
                while substitute.weekday() >= 5 or substitute in found:
                    substitute += DAY
                found[substitute] = name
        return found


class Calendar:
    """Working days of the years it has tables for, and two views of all others (see the module)."""

    def __init__(self, tables: Mapping[int, YearTable], statutory: Statutory) -> None:
        self.tables = tables
        self.statutory = statutory
        # A table may name days of the December before; the later year's notice then decides.
        self._special = {day.date: day for year in sorted(tables) for day in tables[year].days}
        self._by_rule: dict[int, tuple[dict[date, str], dict[date, str]]] = {}

    def knows(self, first: date, last: date | None = None) -> bool:
        """Whether every year from `first` to `last` (both in it) has a table."""
        years = sorted((first.year, (last or first).year))
        return all(year in self.tables for year in range(years[0], years[1] + 1))

    def special(self, day: date) -> SpecialDay | None:
        """What the table, or for a year without one the statutory rule, says of a day beyond its weekday."""
        if day in self._special or day.year in self.tables:
            return self._special.get(day)
        name = self._rule(day.year)[1].get(day)
        return SpecialDay(name=name, date=day, isOffDay=True) if name else None

    def is_working(self, day: date, *, cautious: bool = False) -> bool:
        """Whether offices work on `day`; `cautious` chooses the view for a year without a table."""
        known = self._special.get(day)
        if known:
            return not known.isOffDay
        if day.year in self.tables:
            return day.weekday() < 5
        statutory, with_make_up = self._rule(day.year)
        return day not in statutory if cautious else day.weekday() < 5 and day not in with_make_up

    def add_working_days(self, start: date, count: int, *, cautious: bool = False) -> date:
        """The `count`-th working day after `start` (before it, if negative); `start` itself is not counted.

        The start day may be a holiday. 0 gives `start`. OverflowError beyond the year 9999.
        """
        step = DAY if count > 0 else -DAY
        day, left = start, abs(count)
        while left:
            day += step
            left -= self.is_working(day, cautious=cautious)
        return day

    def roll(self, day: date, *, cautious: bool = False) -> date:
        """`day`, or the first working day after it where `day` is none (民法典 203)."""
        while not self.is_working(day, cautious=cautious):
            day += DAY
        return day

    def previous_working_day(self, day: date) -> date:
        """The last working day before `day`."""
        return self.add_working_days(day, -1)

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; negative where `end` lies before `start`."""
        if end < start:
            return -self.working_days_between(end, start)
        return sum(self.is_working(start + n * DAY) for n in range(1, (end - start).days + 1))

    def _rule(self, year: int) -> tuple[dict[date, str], dict[date, str]]:
        if year not in self._by_rule:
            self._by_rule[year] = self.statutory.days(year), self.statutory.with_make_up(year)
        return self._by_rule[year]


def load_calendar() -> Calendar:
    """The shipped and the user's year tables. Raises ConfigurationError naming file, line or key, and fix."""
    files = config_folder("calendar")
    return _calendar(tuple((path, path.stat().st_mtime_ns) for path in files.values()))


@cache
def _calendar(files: tuple[tuple[Path, int], ...]) -> Calendar:
    """Read once for a state of the files: derivation asks for the calendar a thousand times."""
    paths = {path.stem: path for path, _modified in files}
    statutory = read_yaml(paths.pop("statutory"), Statutory)
    tables = {}
    for stem, path in paths.items():
        table = read_year(path, statutory)
        if stem != str(table.year):
            raise ConfigurationError(
                _("{path}: the table is of {year}; rename the file to {year}.yaml").format(path=path, year=table.year)
            )
        tables[table.year] = table
    return Calendar(tables, statutory)


def import_year(file: Path) -> YearTable:
    """Take a year's table into `$CHEBIAO_HOME/calendar`, where it counts before a shipped one of the same year.

    `file` is YAML in the shipped form or JSON as holiday-cn publishes it. ConfigurationError names file, line or
    key, and fix; then nothing is written.
    """
    statutory = read_yaml(config_folder("calendar")["statutory"], Statutory)
    table = read_year(file, statutory)
    target = home() / "calendar" / f"{table.year}.yaml"
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(".new")
    draft.write_text(
        yaml.safe_dump(json.loads(table.model_dump_json()), allow_unicode=True, sort_keys=False), encoding="utf-8"
    )
    draft.replace(target)
    return table


def read_year(path: Path, statutory: Statutory) -> YearTable:
    """A year's table, checked against what no notice can say. ConfigurationError names file, key and fix."""
    try:
        table = read_yaml(path, YearTable)
    except ValueError as error:  # an unquoted 2026-02-30, which YAML turns into a date itself
        raise ConfigurationError(f"{path}: {error}") from None
    problem = _problem(table, statutory)
    if problem:
        raise ConfigurationError(f"{path}: {problem}")
    return table


def _problem(table: YearTable, statutory: Statutory) -> str | None:
    off = {day.date for day in table.days if day.isOffDay}
    if not off:
        return _("days: no day off in it; the notice for {year} may not be out yet").format(year=table.year)
    seen: set[date] = set()
    for index, day in enumerate(table.days):
        where = f"days[{index}].date {day.date}"
        if day.date.year != table.year and (day.date.year, day.date.month) != (table.year - 1, 12):
            return _("{where}: not in {year}; correct the date or the year").format(where=where, year=table.year)
        if day.date in seen:
            return _("{where}: given twice; keep one").format(where=where)
        if not day.isOffDay and day.date.weekday() < 5:
            return _("{where}: a working day made up lies on a weekend; correct the date or isOffDay").format(
                where=where
            )
        seen.add(day.date)
    missing = sorted(set(statutory.days(table.year)) - off)
    if missing:
        days = ", ".join(map(str, missing))
        return _("days: statutory holidays are missing or not off: {days}; add them").format(days=days)
    return None
