"""What people know of a proceeding and no notice prints: results of a qualification, rounds of a negotiation, moments
that periods start at, terms of the contract. Each is a decision: it names a person, and `chebiao undo` takes it back.
"""

from typing import Any

from sqlalchemy import Connection, Row

from crawler.notice import Period
from tracker.decisions import Done, Mistake, enter, project
from tracker.derive import parse_when
from tracker.i18n import _
from tracker.procedures.law import load_law
from tracker.procedures.milestones import TERMS
from tracker.state import ProceedingState, ProjectState
from tracker.turns import ROUND_STEPS

UNITS = ("day", "working_day", "week", "month", "year")
TALKS = ("negotiation", "consultation", "single_source")


def anchor(
    connection: Connection, who: str, identity: int, name: str, at: str, *, where: str | None = None, note: str = ""
) -> Done:
    """A moment that a period starts at, such as `challenge-received`. Raises Mistake naming those there are."""
    known = load_law().anchors
    if name not in known:
        shown = ", ".join(sorted(known))
        raise Mistake(_("{name!r} starts no period; write one of: {known}").format(name=name, known=shown))
    place = _place(project(connection, identity), where)
    fact = {"what": "anchor", "proceeding": place.key, "name": name, "value": _time(at)}
    return enter(connection, who, identity, fact, note or None)


def term(
    connection: Connection,
    who: str,
    identity: int,
    name: str,
    length: int,
    unit: str,
    start: str,
    *,
    where: str | None = None,
    note: str = "",
) -> Done:
    """A term of the contract, such as `warranty_bond` 24 `month` from `accepted`. Raises Mistake."""
    if unit not in UNITS:
        raise Mistake(_("{unit!r} is no unit; write one of: {known}").format(unit=unit, known=", ".join(UNITS)))
    if load_law().anchor_named(start) is None:
        shown = ", ".join(sorted(load_law().anchors))
        raise Mistake(_("{name!r} starts no period; write one of: {known}").format(name=start, known=shown))
    if not 0 < length <= 3660:
        raise Mistake(_("the length is 1 to 3660"))
    place = _place(project(connection, identity), where)
    fact = {"what": "term", "proceeding": place.key, "name": name, "period": vars(Period(start, length, unit))}  # type: ignore[arg-type]  # one of UNITS
    return enter(connection, who, identity, fact, note or None)


KNOWN_TERMS = tuple(TERMS)


def negotiation_round(
    connection: Connection,
    who: str,
    identity: int,
    number: int,
    step: str,
    at: str,
    *,
    where: str | None = None,
    note: str = "",
) -> Done:
    """A step of a round of talks (written-changes, resubmission, last-price …) and its time. Raises Mistake."""
    if step not in ROUND_STEPS:
        shown = ", ".join(ROUND_STEPS)
        raise Mistake(_("{step!r} is no step of a round; write one of: {known}").format(step=step, known=shown))
    if not 1 <= number <= 20:
        raise Mistake(_("rounds are counted from 1 to 20"))
    place = _place(project(connection, identity), where)
    if place.method not in TALKS:
        raise Mistake(
            _("{place} is no negotiation ({method}): a tender has no rounds, and bargaining in it is forbidden").format(
                place=place.key, method=place.method or "–"
            )
        )
    fact = {"what": "round", "proceeding": place.key, "name": step, "round": number, "value": _time(at)}
    return enter(connection, who, identity, fact, note or None)


def leave(
    connection: Connection, who: str, identity: int, at: str, *, where: str | None = None, note: str = ""
) -> Done:
    """We leave a negotiation before the last price; the deposit comes back (74号令 34). Raises Mistake after it."""
    place = _place(project(connection, identity), where)
    if place.method not in TALKS:
        raise Mistake(_("{place} is no negotiation; withdraw the bid instead").format(place=place.key))
    when = _time(at)
    last = [said.value for each in place.rounds for said in each.steps if said.source == "last-price"]
    if last and when.replace("T", " ") > max(last):
        raise Mistake(_("the last price was due {at}; whoever leaves after it loses the deposit").format(at=max(last)))
    fact = {"what": "left", "proceeding": place.key, "value": when}
    return enter(connection, who, identity, fact, note or None)


def qualification(
    connection: Connection, who: str, identity: int, *, passed: bool, at: str, where: str | None = None, note: str = ""
) -> Done:
    """We passed or failed a qualification, and when we were told. Raises Mistake where there is none."""
    row = project(connection, identity)
    places = [each.key for each in _state(row).proceedings if each.kind == "qualification"]
    if where is None and not places:
        raise Mistake(_("project {id} has no qualification").format(id=row.id))
    place = _place(row, where or places[-1])
    if place.kind != "qualification":
        raise Mistake(_("{place} is no qualification").format(place=place.key))
    fact = {"what": "qualification", "proceeding": place.key, "name": "passed" if passed else "failed"}
    return enter(connection, who, identity, fact | {"value": _time(at)}, note or None)


NATURES = ("emergency", "mandatory")


def nature(
    connection: Connection, who: str, identity: int, name: str, *, holds: bool, where: str | None = None, note: str = ""
) -> Done:
    """Whether it is an emergency purchase (no minimum periods), or a tender that the law demands. Raises Mistake."""
    if name not in NATURES:
        raise Mistake(_("{name!r} is not known; write one of: {known}").format(name=name, known=", ".join(NATURES)))
    place = _place(project(connection, identity), where)
    fact = {"what": "nature", "proceeding": place.key, "name": name, "value": "yes" if holds else "no"}
    return enter(connection, who, identity, fact, note or None)


def _state(row: Row[Any]) -> ProjectState:
    return ProjectState.model_validate(row.state)


def _place(row: Row[Any], where: str | None) -> ProceedingState:
    """The named proceeding, else the newest one. Raises Mistake."""
    places = {each.key: each for each in _state(row).proceedings}
    key = where or next(reversed(places), "")
    if key not in places:
        raise Mistake(
            _("project {project} has no proceeding {key!r}; it has: {known}").format(
                project=row.id, key=key, known=", ".join(places)
            )
        )
    return places[key]


def _time(text: str) -> str:
    when = parse_when(text.strip().replace(" ", "T"))
    if when is None or when.precision not in {"minute", "day"}:
        raise Mistake(_("{value!r} is no time; write 2026-12-03 09:30 or 2026-12-03").format(value=text))
    return when.local
