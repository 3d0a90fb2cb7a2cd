"""The one small engine: from a rule and the moment it starts at to dates, each with its steps.

Two ends come out of a period. `until` is the safe one, not moved for holidays; `latest_arguable` is where the law,
read in the bidder's favour, may still reach (`count.end-holiday`, `count.end-weekend`). In a year without a calendar
table the same pair holds the cautious and the likely end, marked provisional. As instants the pair is from the
first hour of `until` to the last of `latest_arguable`, in Asia/Shanghai.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Literal

from crawler.clock import SHANGHAI
from crawler.notice import Period, When
from tracker.i18n import _
from tracker.procedures.law import Law, NoSuchRule, PeriodRule, Proxy, Text, load_law
from tracker.workdays import DAY, Calendar, load_calendar

UNITS = {
    "working_day": Text("个工作日", " working days"),
    "day": Text("日", " days"),
    "week": Text("周", " weeks"),
    "month": Text("个月", " months"),
    "year": Text("年", " years"),
}
WEEKDAYS_ZH = "一二三四五六日"


@dataclass(frozen=True)
class Moment:
    """When something is: the earliest and latest instant it can mean (aware), and as it is written."""

    earliest: datetime
    latest: datetime
    words: str
    precision: Literal["minute", "day"] = "day"

    @property
    def first_day(self) -> date:
        return self.earliest.astimezone(SHANGHAI).date()

    @property
    def last_day(self) -> date:
        """The latest day it can fall on; a day that ends at 24:00 is itself, not the next."""
        latest = self.latest.astimezone(SHANGHAI)
        return (latest - timedelta(microseconds=1)).date() if self.latest > self.earliest else latest.date()


@dataclass(frozen=True)
class Computed:
    """What a rule gives, with how it was reached."""

    rule_id: str
    anchor: str
    start: Moment
    until: date
    """The last day, not moved for holidays: the safe one."""
    latest_arguable: date
    """The last day after moving it as the law says."""
    moment: Moment
    """Both as instants, for storing: alarms and sorting use the earliest."""
    provisional: bool
    """It rests on a year without a calendar table."""
    steps: tuple[Text, ...]
    proxy: Proxy | None = None
    """Set where another moment stood for the anchor."""


@dataclass(frozen=True)
class Missing:
    """No anchor is known, so there is no date: what to enter to get one."""

    rule_id: str
    anchors: tuple[str, ...]
    ask: Text


def moment(value: "When | date | datetime | Moment") -> Moment:
    """Any way of saying when. A naive datetime raises ValueError: its zone is unknown."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, When):
        earliest, latest = value.span
        words = value.local.replace("T", " ")
        return Moment(earliest, latest, words, "minute" if value.precision == "minute" else "day")
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; periods start at aware instants")
        return Moment(value, value, f"{value.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", "minute")
    return between(value, value)


def between(first: date, last: date) -> Moment:
    """From 00:00 of the first day to 24:00 of the last, in Asia/Shanghai."""
    words = str(first) if first == last else f"{first} / {last}"
    return Moment(_midnight(first), _midnight(last + DAY), words)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def compute(
    rule: PeriodRule, value: "When | date | datetime | Moment", calendar: Calendar, law: Law, anchor: str = ""
) -> Computed:
    """The end of a rule's period from the moment `value` of its anchor (the first one, unless named).

    NoSuchRule where the law gives no length.
    """
    if rule.length is None:
        raise NoSuchRule(_("{rule_id} has no length: {words}").format(rule_id=rule.rule_id, words=rule.name))
    anchor = anchor or rule.anchors[0]
    found = _count(moment(value), rule.length, rule.unit, rule.direction, calendar, _label(law, anchor))
    if rule.regime == "GP":
        found = replace(found, steps=(*found.steps, *_weekend(found, calendar)))
    return replace(found, rule_id=rule.rule_id, anchor=anchor)


def resolve_period(
    period: Period, anchors: "Mapping[str, When | date | datetime | Moment]", calendar: Calendar, law: Law
) -> Computed | Missing:
    """A printed period ("自公告发布之日起5个工作日") as dates; `anchors` holds what is known, by anchor id.

    Length 0 is the anchor itself ("until the bid deadline"). The reader's other names of an anchor are understood.
    """
    named = law.anchor_named(period.anchor)
    anchor = named.id if named else period.anchor
    value = anchors.get(anchor, anchors.get(period.anchor))
    if value is None:
        return missing("", (anchor,), law)
    found = _count(moment(value), period.length, period.unit, "after", calendar, _label(law, anchor))
    return replace(found, anchor=anchor)


def missing(rule_id: str, anchors: tuple[str, ...], law: Law) -> Missing:
    """What to ask a person for."""
    known = [law.anchors.get(name) for name in anchors]
    terms = [anchor.term if anchor else name for anchor, name in zip(known, anchors, strict=True)]
    names = [anchor.en if anchor else name for anchor, name in zip(known, anchors, strict=True)]
    ask = Text("需填写：" + "，或者".join(terms), "to be entered: " + ", or ".join(names))
    return Missing(rule_id, anchors, ask)


def earlier_and_later(found: list[Computed]) -> Computed:
    """Of several starts the law gives: the earlier end is safe, the later one arguable."""
    first = min(found, key=lambda each: each.until)
    until, latest = first.until, max(each.latest_arguable for each in found)
    if len({(each.until, each.latest_arguable) for each in found}) == 1:
        return first
    return replace(
        first,
        latest_arguable=latest,
        moment=between(until, latest),
        provisional=any(each.provisional for each in found),
        steps=tuple(dict.fromkeys(step for each in found for step in each.steps)),
    )


def period(
    rule_id: str,
    from_date: date,
    *,
    anchor: str | None = None,
    law: Law | None = None,
    calendar: Calendar | None = None,
) -> dict[str, Any]:
    """What `chebiao period RULE_ID --from DATE --json` prints.

    `from_date` is the day of the rule's own anchor, or of `anchor`, from which the rule's own is then reached through
    the rules between (`result-published` for `gp.remedy.challenge-result`). Where the law gives no length `until` and
    `latest_arguable` are None. NoSuchRule (a ValueError) says what is wrong.
    """
    law, calendar = law or load_law(), calendar or load_calendar()
    rule = law.period(rule_id, from_date)
    answer: dict[str, Any] = {
        "rule_id": rule_id,
        "from": str(from_date),
        "until": None,
        "latest_arguable": None,
        "provisional": False,
        "steps": [str(rule.name)],
        "anchor": anchor or next(iter(rule.anchors), None),
        "legal_ref": rule.legal_ref,
        "confidence": rule.confidence,
    }
    source = law.period(rule.within, from_date) if rule.within else rule
    if source.length is None:
        return answer
    try:
        found = _from_anchor(source, from_date, anchor, calendar, law)
    except OverflowError:
        raise NoSuchRule(_("{day} lies too far away to count from").format(day=from_date)) from None
    return answer | {
        "until": str(found.until),
        "latest_arguable": str(found.latest_arguable),
        "provisional": found.provisional,
        "steps": [str(step) for step in found.steps],
    }


def _from_anchor(rule: PeriodRule, day: date, anchor: str | None, calendar: Calendar, law: Law) -> Computed:
    """From the rule's own anchor, from a proxy it names, or through the one rule whose end its anchor is."""
    if anchor is None or anchor in rule.anchors:
        return compute(rule, day, calendar, law, anchor or "")
    for proxy in rule.proxies:
        if proxy.anchor == anchor:
            return by_proxy(compute(rule, day, calendar, law, anchor), proxy)
    for own in rule.anchors:
        for name in law.anchors[own].rules:
            before = law.period(name, day)
            if anchor in before.anchors:
                return chain(compute(before, day, calendar, law, anchor), rule, own, calendar, law)
    raise NoSuchRule(
        _("{rule_id} does not count from {anchor}, but from {own}").format(
            rule_id=rule.rule_id, anchor=anchor, own=", ".join(rule.anchors)
        )
    )


def chain(before: Computed, rule: PeriodRule, anchor: str, calendar: Calendar, law: Law) -> Computed:
    """A period that starts where another one ends."""
    found = compute(rule, before.moment, calendar, law, anchor)
    return replace(
        found, provisional=before.provisional or found.provisional, steps=before.steps + found.steps, proxy=before.proxy
    )


def by_proxy(found: Computed, proxy: Proxy) -> Computed:
    """Mark that another moment stood for the anchor, and why."""
    why = Text(f"代用起点：{proxy.zh}（{proxy.legal_ref}）", f"Proxy for the start: {proxy.en} ({proxy.legal_ref})")
    return replace(found, proxy=proxy, steps=(*found.steps, why))


def _label(law: Law, anchor: str) -> Text:
    return law.anchors[anchor].name if anchor in law.anchors else Text(anchor, anchor)


def _count(
    start: Moment, length: int, unit: str, direction: Literal["after", "before"], calendar: Calendar, label: Text
) -> Computed:
    if length == 0:
        step = Text(f"{label.zh} {start.words}", f"{label.en} {start.words}")
        return Computed("", "", start, start.first_day, start.last_day, start, False, (step,))
    sign = 1 if direction == "after" else -1
    first = _ends(start.first_day, sign * length, unit, calendar)
    last = _ends(start.last_day, sign * length, unit, calendar)
    until, latest = first[0], last[1]
    touched = _touched(start, unit, sign, until, latest)
    provisional = touched is not None and not calendar.knows(*touched)
    steps = [_main_step(start, sign * length, unit, calendar, label, first[0], last[0])]
    if not provisional and latest != last[0]:
        steps.append(_rolled(last[0], latest, calendar))
    if provisional:
        steps.append(_provisional(touched, unit, until, latest, calendar))
    return Computed("", "", start, until, latest, between(until, latest), provisional, tuple(steps))


def _ends(day: date, length: int, unit: str, calendar: Calendar) -> tuple[date, date]:
    """The safe and the latest arguable end from one day; backward counts are not moved (`count.backward`)."""
    if unit == "working_day":
        ends = [calendar.add_working_days(day, length, cautious=cautious) for cautious in (True, False)]
        return min(ends), max(ends)
    end = (
        day + length * (7 * DAY if unit == "week" else DAY)
        if unit in {"day", "week"}
        else months_after(day, length, unit)
    )
    return end, calendar.roll(end) if length > 0 else end


def months_after(day: date, length: int, unit: str = "month") -> date:
    """The same day of the month, or the month's last day where it has none (民法典 202)."""
    months = day.year * 12 + day.month - 1 + length * (12 if unit == "year" else 1)
    first = date(months // 12, months % 12 + 1, 1)
    after = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return min(first.replace(day=1) + (day.day - 1) * DAY, after - DAY)


def _touched(start: Moment, unit: str, sign: int, until: date, latest: date) -> tuple[date, date] | None:
    """The days whose being a working day or not decides the result; None where none does."""
    if unit == "working_day":
        return (start.first_day + DAY, latest) if sign > 0 else (until, start.last_day - DAY)
    return (until, latest) if sign > 0 else None


def _main_step(start: Moment, length: int, unit: str, calendar: Calendar, label: Text, first: date, last: date) -> Text:
    units, sign = UNITS[unit], "+" if length > 0 else "−"
    end = str(first) if first == last else f"{first} / {last}"
    zh = f"{label.zh} {start.words} {sign} {abs(length)}{units.zh} → {end}"
    en = f"{label.en} {start.words} {sign} {abs(length)}{units.en} → {end}"
    if abs(length) == 1:
        en = en.replace(units.en, units.en.removesuffix("s"))
    if unit == "working_day":
        days = (start.first_day + DAY, last) if length > 0 else (first, start.last_day - DAY)
        off, on = _specials(calendar, *days)
        zh_notes = [f"{span} 放假" for span in off] + [f"{span} 调休上班" for span in on]
        en_notes = [f"{span} off" for span in off] + [f"{span} works (调休)" for span in on]
        if zh_notes:
            return Text(f"{zh}；{'，'.join(zh_notes)}", f"{en}; {', '.join(en_notes)}")
    return Text(zh, en)


def _specials(calendar: Calendar, first: date, last: date) -> tuple[list[str], list[str]]:
    """Days off and 调休 working days from `first` to `last`, each run of days as one span."""
    days = [first + n * DAY for n in range((last - first).days + 1)]
    special = [found for found in map(calendar.special, days) if found]
    off = [found.date for found in special if found.isOffDay]
    return _spans(off), _spans([found.date for found in special if not found.isOffDay])


def _spans(days: list[date]) -> list[str]:
    """`10-01…07` for consecutive days of a month, `09-30…10-02` across months, `10-10` for one day."""
    starts = [day for before, day in pairwise([None, *days]) if day and (before is None or day - before > DAY)]
    ends = [day for day, after in pairwise([*days, None]) if day and (after is None or after - day > DAY)]
    return [
        f"{start:%m-%d}" + ("" if start == end else f"…{end:%d}" if start.month == end.month else f"…{end:%m-%d}")
        for start, end in zip(starts, ends, strict=True)
    ]


def _rolled(end: date, rolled: date, calendar: Calendar) -> Text:
    special = calendar.special(end)
    zh = f"{special.name}放假" if special else f"星期{WEEKDAYS_ZH[end.weekday()]}"
    en = f"{special.name} is off" if special else f"{end:%A}"
    return Text(f"{end:%m-%d} {zh}，最晚可主张至 {rolled}", f"{end:%m-%d} {en}; arguable until {rolled}")


def _weekend(found: Computed, calendar: Calendar) -> tuple[Text, ...]:
    """The dispute about a plain weekend in 政府采购 (`count.end-weekend`)."""
    plain = found.until.weekday() >= 5 and not calendar.special(found.until)
    if not plain or found.provisional or found.until == found.latest_arguable:
        return ()
    return (
        Text(
            f"财政部规章只规定法定节假日顺延，普通周末有争议：以 {found.until} 为准",
            "The ministry's orders move statutory holidays only; a plain weekend is open to dispute: "
            f"rely on {found.until}",
        ),
    )


def _provisional(touched: tuple[date, date] | None, unit: str, until: date, latest: date, calendar: Calendar) -> Text:
    days = touched or (until, latest)
    unknown = [year for year in range(days[0].year, days[1].year + 1) if year not in calendar.tables]
    years = ", ".join(map(str, unknown))
    if unit != "working_day":
        return Text(
            f"暂定：{years}年没有放假表，{until} 是否顺延未定，按法定节假日估算 {latest}",
            f"Provisional: no calendar table for {years}; whether {until} moves is open, "
            f"by the statutory holidays {latest}",
        )
    return Text(
        f"暂定：{years}年没有放假表，最早 {until}（除法定节假日外每天都上班），按法定节假日估算 {latest}",
        f"Provisional: no calendar table for {years}; earliest {until} (every day but statutory holidays works), "
        f"by the statutory holidays {latest}",
    )
