"""The backward plan: steps in working days before a deadline, editable in config/checklists/plan.yaml.

Pure: dates, a calendar and the present day in, steps out. Days are days of Asia/Shanghai.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from crawler.clock import SHANGHAI
from tracker.checklist.model import Due, Kept, Plan, Step, say
from tracker.checklist.rows import StepRow
from tracker.procedures.law import Text
from tracker.workdays import Calendar


@dataclass(frozen=True)
class Anchor:
    """A date that steps count back from."""

    day: date
    name: Text


def plan(
    steps: Iterable[StepRow],
    anchors: Mapping[str, Anchor],
    deadline: date | None,
    tracked: date | None,
    today: date,
    calendar: Calendar,
    *,
    lines: Collection[str] = (),
    work: Mapping[str, Kept] | None = None,
) -> Plan:
    """The steps that can be dated, the late ones first, the settled ones last.

    A step counts back from the earliest known of its dates; without any it is left out. A day of the team's own comes
    before that. A step whose day lies in the past and is not settled is due today (late: today or drop); the others
    keep their day, so that the rest is done in fewer days. `deadline` is the day the bid, application or opinion is
    due; `lines` are the ids of the lines on the list, `work` what people did, by item.
    """
    found = [
        step for row in steps if (step := _step(row, anchors, tracked, today, calendar, key_of(row, lines), work or {}))
    ]
    last = deadline or today
    to_do = [step for step in found if not step.settled]
    first = min((step.planned for step in to_do), default=today)
    return Plan(
        steps=tuple(sorted(found, key=lambda step: (step.settled, not step.due.late, step.due.at, step.planned))),
        compressed=any(step.due.late for step in found),
        needed=_working_days(calendar, first, last),
        left=_working_days(calendar, today, last),
    )


def key_of(row: StepRow, lines: Collection[str]) -> str:
    """The item that settles a step: the line that is the same piece of work, where it is on the list."""
    return row.line if row.line in lines else f"plan.{row.id}"


def _step(
    row: StepRow,
    anchors: Mapping[str, Anchor],
    tracked: date | None,
    today: date,
    calendar: Calendar,
    key: str,
    work: Mapping[str, Kept],
) -> Step | None:
    provisional = False
    if row.starts == "tracking":
        day = tracked or today
        why = say("on the day of tracking") if tracked else say("not tracked yet: on the day of tracking")
    else:
        known = [anchors[name] for name in row.before if name in anchors]
        if not known:
            return None
        anchor = min(known, key=lambda each: each.day)
        day = calendar.add_working_days(anchor.day, -row.working_days)
        why = _why(row.working_days, anchor)
        provisional = not calendar.knows(day, anchor.day)
        if anchor.day < today:
            return None
    kept = work.get(key)
    if kept is not None and kept.due is not None:
        day, why, provisional = kept.due, own_day(kept), False
    settled = kept is not None and kept.settled
    late = day < today and not settled
    at = start_of(day if settled else max(day, today))
    due = Due(row.id, at, "day", why, plan=True, late=late, provisional=provisional)
    return Step(row.id, row.name, row.who, due, day, key, kept)


def own_day(kept: Kept) -> Text:
    """Why an item is due on a day that a person set."""
    return say("set by {name}", name=kept.by)


def _why(working_days: int, anchor: Anchor) -> Text:
    if not working_days:
        return Text(f"{anchor.name.zh}当日（{anchor.day}）", f"on the day of the {anchor.name.en} ({anchor.day})")
    return Text(
        f"{anchor.name.zh}（{anchor.day}）前 {working_days} 个工作日",
        f"{working_days} working day{'s' * (working_days > 1)} before the {anchor.name.en} ({anchor.day})",
    )


def _working_days(calendar: Calendar, first: date, last: date) -> int:
    """Working days from `first` to `last`, both counted where they are working days."""
    if last < first:
        return 0
    return calendar.working_days_between(first, last) + calendar.is_working(first)


def start_of(day: date) -> datetime:
    """The first instant of a day of Asia/Shanghai, in UTC."""
    return datetime.combine(day, time(), SHANGHAI).astimezone(UTC)
