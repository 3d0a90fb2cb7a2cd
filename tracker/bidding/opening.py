"""The day of the opening on one page, in minutes: what, from when until when, who, who stands in, whom to call.

Steps are `config/opening-day.yaml`. How long decryption lasts is read from notice and documents; where neither says
it, the page says so and nothing is guessed.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final, get_args

from pydantic import Field, model_validator
from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from crawler.config import config_file, read_yaml
from crawler.text import one_line
from tracker.bidding import bids
from tracker.bidding.credentials import ACCOUNT, key_words
from tracker.bidding.registration import opening_of
from tracker.checklist.build import Case, case_of
from tracker.checklist.model import Quote
from tracker.checklist.rows import Scope
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.procedures.law import Named, Text
from tracker.procedures.regimes import Pattern
from tracker.tables import Duty, DutyRole, table
from tracker.team import kept
from tracker.team.people import person
from tracker.team.work import assignment
from tracker.workdays import Row as YamlRow
from tracker.workdays import load_calendar

DUTY = table(Duty)
ROLES: Final[dict[DutyRole, str]] = {
    "attends": "attends",
    "deputy": "stands in",
    "ca-holder": "holds the CA key",
    "price": "decides the price",
    "technical": "answers on technical matters",
    "maker": "the maker's contact",
    "platform": "the platform's hotline",
    "agency": "the agency",
    "other": "other",
}
"""A msgid each, in the order of the phone tree."""
OURS: Final = ("attends", "deputy", "ca-holder", "price")
"""Roles that must have a name and a number before the day."""


class StepRow(Named, Scope):
    id: str
    who: tuple[DutyRole, ...]
    days: Annotated[int, Field(le=0)] | None = None
    at: time | None = None
    minutes: int | None = None
    until: int | None = None
    window: bool = False
    """It lasts as long as the documents give for decryption."""
    after_window: bool = False
    """Counted from the end of the decryption, where that is known and later."""
    electronic: bool | None = None
    """Only where bids are opened electronically, or only where on paper; None: always."""
    find: tuple[Pattern, ...] = ()
    legal: str = ""

    @model_validator(mode="after")
    def _timed(self) -> "StepRow":
        if (self.minutes is None) == (self.days is None or self.at is None):
            raise ValueError("give either `minutes`, or `days` and `at`")
        return self


class _Steps(YamlRow):
    electronic: tuple[Pattern, ...]
    steps: tuple[StepRow, ...]


@dataclass(frozen=True)
class Step:
    """One thing to do, from when and until when."""

    id: str
    text: Text
    roles: tuple[DutyRole, ...]
    starts: datetime | None
    """None where no opening is known."""
    ends: datetime | None = None
    says: tuple[Quote, ...] = ()
    legal: str = ""
    unknown: bool = False
    """How long it lasts should be printed and was not found."""


@dataclass(frozen=True)
class Call:
    """One line of the phone tree."""

    role: DutyRole
    name: str
    phone: str
    id: int | None = None
    """None for what is taken from elsewhere: the assignment, the notice, the account."""
    version: int = 0


@dataclass(frozen=True)
class Sheet:
    project_id: int
    name: str
    number: str
    buyer: str
    bidder: str
    made_at: datetime
    opening: datetime | None
    precision: str
    place: str
    electronic: bool
    window: timedelta | None
    """How long decryption lasts; None where nothing says it."""
    lots: tuple[str, ...]
    steps: tuple[Step, ...]
    calls: tuple[Call, ...]
    key: str
    """The CA key that encrypted; empty where none was noted."""
    receipt: str
    warnings: tuple[str, ...] = ()
    """In the language of the moment."""


def load_steps() -> _Steps:
    """The steps of an opening day in force. Raises ConfigurationError."""
    return read_yaml(config_file("opening-day.yaml"), _Steps)


def sheet(connection: Connection, identity: int, at: datetime) -> Sheet:
    """The page for a project's opening. Raises Mistake where there is no such project, or no notice of it yet."""
    row, case, _sources = case_of(connection, identity, at)
    rows = load_steps()
    held = [each for each in bids.bids_of(connection, row.id) if each.proceeding == case.proceeding.key]
    ours = held[0] if held else None
    lots = tuple(sorted({each.lot for each in held if each.lot}))
    opening = opening_of(row, case.proceeding.key, lots[0] if len(lots) == 1 else "")
    precision = next((each.precision for each in case.proceeding.milestones if each.earliest == opening), "minute")
    is_electronic = case.facts.speaks_of(rows.electronic)
    window = _window(case)
    exact = opening if precision == "minute" else None
    steps = tuple(_steps(case, rows.steps, exact, opening, window, is_electronic))
    calls = tuple(_calls(connection, row, case, ours))
    page = Sheet(
        project_id=row.id,
        name=one_line(row.name),
        number=one_line(row.number or ""),
        buyer=one_line(row.buyer or ""),
        bidder=bids.entity(connection, row.id),
        made_at=at,
        opening=opening,
        precision=precision,
        place=next((quote.words for quote in case.facts.quotes("opening_place")), ""),
        electronic=is_electronic,
        window=window,
        lots=lots,
        steps=steps,
        calls=calls,
        key=key_words(ours) if ours is not None and (ours.ca_serial or ours.ca_until) else "",
        receipt=(ours.receipt or "") if ours is not None else "",
    )
    return replace(page, warnings=tuple(_warnings(page, at)))


def _steps(
    case: Case,
    rows: Sequence[StepRow],
    exact: datetime | None,
    opening: datetime | None,
    window: timedelta | None,
    is_electronic: bool,
) -> Iterator[Step]:
    day = opening.astimezone(SHANGHAI).date() if opening else None
    for row in rows:
        if (row.electronic is not None and row.electronic != is_electronic) or not case.holds(row):
            continue
        starts = ends = None
        if row.minutes is None:
            starts = _before(day, row) if day else None
        elif exact is not None:
            late = window if row.after_window and is_electronic and window is not None else timedelta()
            starts = exact + late + timedelta(minutes=row.minutes)
            if row.window and window is not None:
                ends = starts + window
            elif row.until is not None:
                ends = exact + timedelta(minutes=row.until)
        says = case.facts.find(row.find)[:2] if row.find else ()
        yield Step(row.id, row.name, row.who, starts, ends, says, row.legal, unknown=row.window and window is None)


def _before(day: date, row: StepRow) -> datetime:
    """So many working days before, at a time of day in Asia/Shanghai."""
    assert row.days is not None  # _timed has seen to it
    assert row.at is not None
    return datetime.combine(load_calendar().add_working_days(day, row.days), row.at, SHANGHAI)


_MINUTES = re.compile(r"(\d{1,3})\s*分钟|(\d)\s*(?:个)?小时|(半)\s*(?:个)?小时")


def _window(case: Case) -> timedelta | None:
    """How long decryption lasts, from the first sentence on it that names minutes or hours."""
    for quote in case.facts.find(("解密",)):
        match = _MINUTES.search(quote.words)
        if match:
            minutes = int(match[1]) if match[1] else 60 * int(match[2]) if match[2] else 30
            return timedelta(minutes=minutes)
    return None


def _calls(connection: Connection, row: Row[Any], case: Case, ours: Row[Any] | None) -> Iterator[Call]:
    """The phone tree in its order: what was noted, then what is known from the assignment, account and notice."""
    noted = duties(connection, row.id)
    given = {each.role for each in noted}
    found = [Call(each.role, each.name, each.phone, each.id, each.version) for each in noted]
    holds = assignment(connection, row.id)
    if holds is not None:
        found += [Call("attends", holds.owner, "")] if "attends" not in given else []
        found += [Call("deputy", holds.deputy, "")] if "deputy" not in given and holds.deputy else []
    if ours is not None and ours.account_id is not None:
        key = kept.get(connection, ACCOUNT, ours.account_id)
        found += [Call("ca-holder", key.holder, "")] if key.holder and "ca-holder" not in given else []
        found += [Call("platform", key.platform, key.hotline)] if "platform" not in given else []
    if "agency" not in given:
        found += _printed(case)
    found += [Call(role, "", "") for role in OURS if role not in {each.role for each in found}]  # to be written in
    order = list(ROLES)
    yield from sorted(found, key=lambda each: order.index(each.role))


def _printed(case: Case) -> list[Call]:
    """The agency's contact as the newest notice prints one with a number; without an agency the buyer's."""
    for role in ("agency", "project", "buyer"):
        for said in case.facts.said:
            for each in said.notice.contacts:
                if each.role == role and each.phone:
                    name = " · ".join(part for part in (each.name, each.person) if part)
                    return [Call("agency", one_line(name, 60), one_line(each.phone, 40))]
    return []


def _warnings(page: Sheet, at: datetime) -> Iterator[str]:
    if page.opening is None:
        yield _("no opening was read yet; enter it with `chebiao notice correct`")
    elif page.precision != "minute":
        yield _("the hour of the opening is not printed: ask the agency")
    elif page.opening <= at:
        yield _("the opening is over")
    if page.electronic and page.window is None:
        yield _("how long decryption lasts is not printed: ask the agency, and decrypt at once")
    named = {each.role for each in page.calls if each.name and each.phone}
    missing = [_(ROLES[role]) for role in OURS if role not in named and (role != "ca-holder" or page.electronic)]
    if missing:
        yield _("without name or number: {roles}").format(roles=_(", ").join(missing))
    if page.electronic and not page.key:
        yield _("which CA key encrypted was not noted: `chebiao bid uploaded`")


# --- who does it ----------------------------------------------------------------------------------------------------


def duties(connection: Connection, identity: int) -> list[Row[Any]]:
    """Who was noted for the day, in the order of noting."""
    mine = select(DUTY).where(DUTY.c.project_id == project(connection, identity).id)
    return list(connection.execute(mine.order_by(DUTY.c.id)))


def set_duty(
    connection: Connection, who: str, identity: int, role: str, name: str, phone: str = "", version: int | None = None
) -> Row[Any]:
    """Note who does what on the day, and the number; `other` may stand several times. Raises Mistake, EditedMeanwhile.

    The number of a colleague is kept with the project, and goes with `chebiao forget`.
    """
    by, target = person(connection, who), project(connection, identity)
    if role not in get_args(DutyRole):
        raise Mistake(
            _("{field}: {value!r} is not known; write one of: {known}").format(
                field="role", value=role, known=", ".join(ROLES)
            )
        )
    if not (shown := one_line(name, 60)):
        raise Mistake(_("the name is empty; write e.g. 王小明"))
    values = {"name": shown, "phone": one_line(phone, 40)}
    same = next((each for each in duties(connection, target.id) if each.role == role and role != "other"), None)
    if same is None:
        return kept.add(connection, DUTY, by, project_id=target.id, role=role, **values)
    return kept.edit(connection, DUTY, by, kept.get(connection, DUTY, same.id, version), **values)
