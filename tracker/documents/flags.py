"""Clauses that may lock in one brand or break the law, with article, scope and the last day to question them.

The rows are data (config/documents/flags.yaml); law and dates are those of config/procedures. A flag is a question to a
person, never a verdict: `decide` keeps what the person makes of it.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast, get_args

from sqlalchemy import Connection, select

from crawler.reading.dates import _number as chinese_number
from crawler.text import fold
from tracker.bidding.requirements import requirements_of
from tracker.decisions import Mistake, project
from tracker.documents.model import Requirement
from tracker.documents.rows import FlagRow, load_flags
from tracker.i18n import _
from tracker.procedures.law import Law, Regime, Rule, Text, load_law
from tracker.procedures.stages import load_procedures, procedure_for
from tracker.state import MilestoneState, ProceedingState, ProjectState, current
from tracker.tables import FlagDecision, FlagVerdict, table
from tracker.team import kept
from tracker.team.people import PERSON, person

FLAG_DECISION = table(FlagDecision)


@dataclass(frozen=True)
class Ground:
    """Why a clause is questioned: a rule of config/procedures, or an article."""

    legal_ref: str
    words: Text
    rule_id: str = ""
    regime: Regime | None = None
    methods: tuple[str, ...] = ()
    confidence: str = ""


@dataclass(frozen=True)
class Flag:
    id: str
    name: Text
    level: Literal["alert", "note"]
    requirement: Requirement
    found: str
    """The words that gave rise to it."""
    grounds: tuple[Ground, ...]
    sure: bool = True
    """False where the law the purchase is under is not known."""


@dataclass(frozen=True)
class Until:
    """The last day to question the documents."""

    rule_id: str
    earliest: datetime
    """Aware; the safe one."""
    latest: datetime
    words: str
    legal_ref: str
    provisional: bool
    lot: str = ""


@dataclass(frozen=True)
class Question:
    """A flag before a person: until when it can be raised, and what was decided."""

    flag: Flag
    until: tuple[Until, ...]
    """Of its lot; empty where no date is known."""
    verdict: FlagVerdict | None = None
    reason: str = ""
    by: str = ""


def flags(
    asked: Sequence[Requirement], regime: Regime | None, method: str, on: date, law: Law | None = None
) -> list[Flag]:
    """What in the requirements a person should look at, under this law and method on this day; alerts first.

    Without a regime the flags of every law are given, marked as not sure.
    """
    law = law or load_law()
    topics = {each.topic for each in asked}
    found = [
        flag
        for row in load_flags().flags
        if (grounds := tuple(_grounds(row, regime, method, on, law)))
        for each in asked
        if (flag := _flag(row, each, grounds, topics, regime))
    ]
    return sorted(found, key=lambda flag: flag.level != "alert")


def _flag(
    row: FlagRow, asked: Requirement, grounds: tuple[Ground, ...], topics: Collection[str], regime: Regime | None
) -> Flag | None:
    if (row.kinds and asked.kind not in row.kinds) or (row.topics and asked.topic not in row.topics):
        return None
    if row.marks and asked.mark not in row.marks:
        return None
    if row.scored_again and row.scored_again not in topics:
        return None
    words = fold(asked.words)
    if row.barred and row.barred.search(words):
        return None
    match = _match(row, words)
    if row.find and match is None:
        return None
    said = asked.words[match.start() : match.end()] if match else asked.words
    return Flag(row.id, row.name, row.level, asked, said, grounds, regime is not None)


def _match(row: FlagRow, words: str) -> "re.Match[str] | None":
    """The first place where a pattern fits; with `more_than` its number must pass it."""
    for pattern in row.patterns:
        for match in pattern.finditer(words):
            if row.more_than is None:
                return match
            number = next((said for name, said in match.groupdict().items() if said and name.startswith("n")), "")
            if (_value(number) or 0) > row.more_than:
                return match
    return None


def _value(words: str) -> float | None:
    try:
        return float(words)
    except ValueError:
        return float(value) if (value := chinese_number(words.replace("两", "二"))) is not None else None


def _grounds(row: FlagRow, regime: Regime | None, method: str, on: date, law: Law) -> Iterator[Ground]:
    """The rules that hold here; a qualification stage belongs to its tender."""
    asked = "open" if method == "prequalification" else method
    for rule_id in row.rules:
        for rule in law.rules[rule_id]:
            if rule.in_force(on) and _binds(rule, regime, asked):
                scope = rule.regime
                yield Ground(rule.legal_ref, rule.name, rule_id, scope, rule.methods, rule.confidence)
    here = (regime is None or not row.regimes or regime in row.regimes) and (
        not row.methods or not asked or asked in row.methods
    )
    if row.legal and here:
        yield Ground(row.legal, row.name, "", row.regimes[0] if len(row.regimes) == 1 else None, row.methods)


def _binds(rule: Rule, regime: Regime | None, method: str) -> bool:
    return (regime is None or rule.under(regime)) and (not rule.methods or not method or method in rule.methods)


# --- of a project ---------------------------------------------------------------------------------------------------


def questions(connection: Connection, identity: int, now: datetime) -> list[Question]:
    """The flags of a project for the proceeding that can be answered now, with dates and decisions. Raises Mistake."""
    target = project(connection, identity)
    state = ProjectState.model_validate(target.state) if target.state else None
    if state is None or not state.proceedings:
        raise Mistake(_("project {id} has no notice that was read yet; poll its portal first").format(id=identity))
    proceeding = current(state.proceedings)
    regime = cast(Regime, state.regime) if state.regime in get_args(Regime) else None
    found = flags(requirements_of(connection, target.id), regime, _method(proceeding, regime), now.date())
    dates = _dates(proceeding, regime)
    decided = _decided(connection, target.id)
    return [
        Question(
            flag,
            tuple(each for each in dates if not flag.requirement.lot or each.lot in ("", flag.requirement.lot)),
            *decided.get((flag.id, flag.requirement.key), (None, "", "")),
        )
        for flag in found
    ]


def _method(proceeding: ProceedingState, regime: Regime | None) -> str:
    kinds = proceeding.kinds
    procedure = procedure_for(proceeding.method, regime, kinds, load_procedures())  # type: ignore[arg-type]  # as derived
    return procedure.method if procedure else ""


def _dates(proceeding: ProceedingState, regime: Regime | None) -> tuple[Until, ...]:
    """As the law engine left them among the milestones."""
    rows = load_flags().question
    wanted = {rule for name, rules in rows.items() for rule in rules if regime in (None, name)}
    return tuple(_until(each) for each in proceeding.milestones if each.rule_id in wanted)


def _until(each: MilestoneState) -> Until:
    words = str(Text(each.words, each.words_en or each.words))
    return Until(each.rule_id, each.earliest, each.latest, words, each.legal_ref, each.provisional, each.lot)


def _decided(connection: Connection, project_id: int) -> Mapping[tuple[str, str], tuple[FlagVerdict, str, str]]:
    query = (
        select(FLAG_DECISION, PERSON.c.name)
        .join(PERSON, PERSON.c.id == FLAG_DECISION.c.person_id)
        .where(FLAG_DECISION.c.project_id == project_id)
        .order_by(FLAG_DECISION.c.id)
    )
    return {(row.flag, row.requirement): (row.verdict, row.reason, row.name) for row in connection.execute(query)}


def decide(
    connection: Connection, who: str, identity: int, flag: str, key: str, verdict: FlagVerdict, reason: str = ""
) -> None:
    """Keep what a person makes of a flag: question the clause in time, or leave it. Raises Mistake, PersonError."""
    by, target = person(connection, who), project(connection, identity)
    names = {row.id for row in load_flags().flags}
    if flag not in names:
        raise Mistake(
            _("there is no flag {name!r}; there is: {known}").format(name=flag, known=", ".join(sorted(names)))
        )
    if all(each.key != key for each in requirements_of(connection, target.id)):
        raise Mistake(
            _("project {id} has no requirement {key}; `chebiao document flags` shows them").format(id=identity, key=key)
        )
    mine = FLAG_DECISION.c.project_id == target.id, FLAG_DECISION.c.flag == flag, FLAG_DECISION.c.requirement == key
    row = connection.execute(select(FLAG_DECISION).where(*mine).order_by(FLAG_DECISION.c.id.desc())).first()
    if row is None:
        values = {"flag": flag, "requirement": key, "verdict": verdict, "reason": reason}
        kept.add(connection, FLAG_DECISION, by, project_id=target.id, **values)
    else:
        kept.edit(connection, FLAG_DECISION, by, row, verdict=verdict, reason=reason)
