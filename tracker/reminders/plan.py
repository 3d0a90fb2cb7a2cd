"""When a date is reminded of: config/reminders.yaml as a list of instants. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from crawler.clock import SHANGHAI
from crawler.config import config_file, read_yaml
from tracker.workdays import DAY, Calendar, Row

Count = Annotated[int, Field(ge=0, le=60)]


class Plan(Row):
    """How long before a date people are reminded of it."""

    working_days: tuple[Annotated[int, Field(ge=1, le=60)], ...] = ()
    hours: tuple[Annotated[int, Field(ge=1, le=23)], ...] = ()
    minutes: tuple[Annotated[int, Field(ge=0, le=180)], ...] = ()


class Reminders(Row):
    """The file as it stands."""

    morning: time
    plans: dict[str, Plan]
    kinds: dict[str, str] = {}
    again_at: time
    again_minutes: int = Field(ge=10, le=24 * 60)
    lead_within: int = Field(ge=0, le=30)
    unowned_within: int = Field(ge=0, le=30)

    @model_validator(mode="after")
    def _named(self) -> "Reminders":
        for plan in ("date", "own"):
            if plan not in self.plans:
                raise ValueError(f"plans: {plan} is missing; write e.g. {plan}: {{working_days: [3, 1], hours: [3]}}")
        for kind, plan in self.kinds.items():
            if plan not in {*self.plans, "none"}:
                raise ValueError(f"kinds: {kind}: there is no plan {plan!r}; known: {', '.join(self.plans)}, none")
        return self

    def plan(self, kind: str) -> Plan:
        """Of a date by its kind or rule; empty where it has no reminder."""
        name = self.kinds.get(kind, "date")
        return self.plans.get(name, Plan())

    @property
    def longest(self) -> int:
        """Working days before a date at which its first reminder can fall due."""
        return max((n for plan in self.plans.values() for n in plan.working_days), default=1)


def load_reminders() -> Reminders:
    """The file in force. Raises ConfigurationError."""
    path = config_file("reminders.yaml")
    return _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, _modified: int) -> Reminders:
    """Read once for a state of the file: every tick of the service asks."""
    return read_yaml(path, Reminders)


@dataclass(frozen=True)
class Occurrence:
    """One reminder of one date."""

    due_at: datetime
    step: str
    """`7d` (working days), `3h`, `15m`."""
    step_at: datetime
    """When its step fell due first."""
    last_days: bool = False
    """So near that the lead is told too."""

    @property
    def is_again(self) -> bool:
        """A repetition of its step, which an answer spares."""
        return self.due_at > self.step_at

    @property
    def is_hourly(self) -> bool:
        return not self.step.endswith("d")

    @property
    def calls_lead(self) -> bool:
        """Whether the lead is told too where nobody acknowledged those before it; not minutes before an opening."""
        return self.last_days and not self.step.endswith("m")


def occurrences(
    earliest: datetime, precision: str, plan: Plan, settings: Reminders, calendar: Calendar
) -> list[Occurrence]:
    """Every reminder of a date in order of time, with the repetitions that an answer spares.

    None counted in hours where only a day was printed.
    """
    steps = sorted(_steps(earliest, precision, plan, settings, calendar), key=lambda each: each.due_at)
    lead_from = _morning(earliest, settings.lead_within, settings, calendar)
    found: list[Occurrence] = []
    for place, step in enumerate(steps):
        until = steps[place + 1].due_at if place + 1 < len(steps) else earliest
        is_last_of_days = step.step == f"{min(plan.working_days, default=0)}d"
        every = [step, *(_again(step, until, settings) if is_last_of_days or step.step.endswith("h") else ())]
        found += [
            Occurrence(each.due_at, each.step, each.step_at, last_days=each.due_at >= lead_from) for each in every
        ]
    return found


def _steps(
    earliest: datetime, precision: str, plan: Plan, settings: Reminders, calendar: Calendar
) -> Iterator[Occurrence]:
    for days in set(plan.working_days):
        at = _morning(earliest, days, settings, calendar)
        yield Occurrence(at, f"{days}d", at)
    if precision == "minute":
        for unit, counts in (("h", plan.hours), ("m", plan.minutes)):
            for count in set(counts):
                at = earliest - (timedelta(hours=count) if unit == "h" else timedelta(minutes=count))
                yield Occurrence(at, f"{count}{unit}", at)


def _morning(earliest: datetime, days: int, settings: Reminders, calendar: Calendar) -> datetime:
    day = calendar.add_working_days(earliest.astimezone(SHANGHAI).date(), -days)
    return datetime.combine(day, settings.morning, SHANGHAI)


def _again(step: Occurrence, until: datetime, settings: Reminders) -> Iterator[Occurrence]:
    """The repetitions of a step before the next one: once a day, or every so many minutes."""
    if step.is_hourly:
        at, every = step.due_at + timedelta(minutes=settings.again_minutes), timedelta(minutes=settings.again_minutes)
    else:
        at, every = datetime.combine(step.due_at.astimezone(SHANGHAI).date(), settings.again_at, SHANGHAI), DAY
    while at < until:
        if at > step.due_at:
            yield Occurrence(at, step.step, step.step_at)
        at += every


GRACE = timedelta(minutes=30)
"""So long after its time a reminder counted in minutes is still worth a word."""


def latest(found: list[Occurrence], earliest: datetime, now: datetime) -> Occurrence | None:
    """The newest reminder that has fallen due: one that slept through the others catches up once.

    None after the date itself, but for the step that begins with it.
    """
    due = [each for each in found if each.due_at <= now]
    if not due or now >= earliest + (GRACE if due[-1].due_at >= earliest else timedelta()):
        return None
    return due[-1]
