"""The checklist of a project, made anew from its state and notices, with what people did on it. Nothing is guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Row, func, select

from crawler.clock import SHANGHAI
from crawler.notice import TIMES
from crawler.text import one_line
from tracker import decisions, present
from tracker.bidding import bids
from tracker.bidding.requirements import of_documents, unread_of
from tracker.checklist.facts import Facts, Said, distinct, quoted, requirements, speaks_of
from tracker.checklist.items import Standing, standing
from tracker.checklist.model import (
    PHASES,
    SECTIONS,
    Amount,
    Checklist,
    Conflict,
    DateRow,
    Due,
    Goods,
    Kept,
    Legal,
    Line,
    LotRow,
    Phase,
    Plan,
    Quote,
    Rival,
    Section,
    Source,
    SpecPoint,
    SpecTable,
    Status,
    say,
)
from tracker.checklist.model import Law as LawName
from tracker.checklist.plan import Anchor, own_day, plan, start_of
from tracker.checklist.rows import LineRow, Part, PointRow, Rows, Scope, load_rows
from tracker.decisions import live
from tracker.documents.model import UNPLACED, Requirement
from tracker.i18n import _
from tracker.procedures.law import Law, Regime, Rule, Text, load_law
from tracker.procedures.regimes import load_signals
from tracker.procedures.stages import Procedure, load_procedures, procedure_for
from tracker.projects import DECISION, PROCEEDING, PUBLICATION, VERSION, unpack
from tracker.relevance import classify, vocabulary
from tracker.state import LotState, MilestoneState, ProceedingState, ProjectState, current
from tracker.state import Said as Stated
from tracker.turns import ROUND_STEPS
from tracker.workdays import load_calendar

OVER = {"terminated": "ended", "awarded": "award", "contracted": "award"}
DEADLINES = ("bid_deadline", "prequalification_deadline", "opinion_deadline", "gp.single-source.objection")
"""By which the answer of a proceeding is due."""
AMOUNTS = {
    "budget": "budget",
    "ceiling": "price ceiling",
    "deposit": "deposit",
    "agency_fee": "agency fee",
    "document_price": "price of the documents",
}
"""Sums in the head of a checklist (a msgid each)."""
CLAUSE_OF = {"deposit": "clause.deposit"}
"""Clauses that speak of a sum where no single one could be read, as where each lot has its own."""
SUM = re.compile(r"\d[\d,.]*\s*(?:亿|万)?元")
MAX_GOODS = 40
"""Technical tables of one checklist; a framework call may list hundreds of models."""


@dataclass(frozen=True)
class Case:
    """One project at one moment, as the lines are chosen and filled for it."""

    state: ProjectState
    proceeding: ProceedingState
    phase: Phase
    regime: Regime | None
    procedure: Procedure | None
    facts: Facts
    rows: Rows
    law: Law
    now: datetime
    standing: Standing
    """What people did, and what was derived before."""

    @property
    def round(self) -> int:
        """Which round of the talks it is."""
        return max((each.no for each in self.proceeding.rounds), default=1)

    @property
    def method(self) -> str:
        return self.procedure.method if self.procedure else ""

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()

    @property
    def live(self) -> tuple[MilestoneState, ...]:
        """Dates of the proceeding and of the lots a bidder can still answer."""
        over = {lot.no for lot in self.proceeding.lots if lot.outcome in OVER}
        return tuple(each for each in self.proceeding.milestones if each.lot not in over)

    def binds(self, rule: Rule) -> bool:
        """Whether a rule is of this law and method; a rule that only other methods name is theirs."""
        if self.regime is not None and not rule.under(self.regime):
            return False
        if self.procedure is None:
            return True
        if rule.methods:
            return self.method in rule.methods
        return rule.rule_id in self.procedure.rule_ids(self.regime) or rule.rule_id not in self.named

    @cached_property
    def named(self) -> frozenset[str]:
        """The rules that belong to a step of some method."""
        procedures = load_procedures().values()
        return frozenset(rule for each in procedures for stage in each.stages for rule in stage.rules)

    def holds(self, scope: Scope) -> bool:
        """Whether lines of this scope belong here; an unknown law leaves the lines of every law in."""
        return (
            (not scope.phases or self.phase in scope.phases)
            and (not scope.methods or self.method in scope.methods)
            and (not scope.regimes or self.regime is None or self.regime in scope.regimes)
            and (not scope.only_if or self.facts.speaks_of(scope.only_if))
            and not (scope.unless and self.facts.speaks_of(scope.unless))
        )


def case_of(connection: Connection, project_id: int, now: datetime) -> tuple[Row[Any], Case, tuple[Source, ...]]:
    """A project, its present proceeding with what is said of it, and whence. Raises Mistake where nothing was read."""
    row = decisions.project(connection, project_id)
    state = ProjectState.model_validate(row.state) if row.state else None
    if state is None or not state.proceedings:
        raise decisions.Mistake(
            _("project {id} has no notice that was read yet; poll its portal first").format(id=project_id)
        )
    proceeding = current(state.proceedings)
    sources, said = _notices(connection, row.id, proceeding.key)
    asked = of_documents(connection, row.id)
    return row, _case(state, proceeding, said, asked, now, standing(connection, row.id, proceeding.key)), sources


def build(connection: Connection, project_id: int, now: datetime) -> Checklist:
    """The checklist of a project at an instant. Raises Mistake where there is no such project, or no notice of it yet.

    It is scoped to the proceeding a bidder can answer now: at the qualification stage nothing of the purchase stands
    on it.
    """
    row, case, sources = case_of(connection, project_id, now)
    state, proceeding = case.state, case.proceeding
    tracked = _tracked(connection, row.id)
    goods, unknown = _goods(case)
    rows = _rows(case, _parts(case, goods))
    steps = _plan(case, tracked, frozenset(line.id for _stem, line in rows))
    sections = _sections(case, rows, steps)
    return Checklist(
        project_id=row.id,
        made_at=now,
        name=one_line(state.name),
        number=one_line(state.number or ""),
        buyer=one_line(state.buyer or ""),
        agency=one_line(state.agency or ""),
        region=one_line(state.region or ""),
        regime=case.regime or "",
        regime_name=_regime_name(case.regime),
        method=case.method,
        method_name=case.procedure.name if case.procedure else say("not known"),
        phase=case.phase,
        stage=Text(proceeding.stage_zh, proceeding.stage_en) if proceeding.stage else PHASES[case.phase],
        tracked_since=tracked,
        amounts=tuple(_amounts(case)),
        lots=tuple(_lot(lot, goods) for lot in proceeding.lots),
        goods=goods,
        dates=_dates(case),
        conflicts=tuple(_conflicts(case)),
        warnings=(
            *_warnings(case, sources, unknown),
            *map(_unread, unread_of(connection, row.id)),
            *(_unplaced(each) for each in case.facts.asked if each.topic == UNPLACED),
        ),
        plan=steps,
        sections=sections,
        specs=tuple(_specs(case, goods)),
        sources=sources,
        laws=_laws(case, sections),
        unknown_types=unknown,
        proceeding=proceeding.key,
        round=case.round,
        derived_at=case.standing.derived_at,
        dropped=case.standing.dropped,
        bidder=bids.entity(connection, row.id),
    )


def _case(
    state: ProjectState,
    proceeding: ProceedingState,
    said: tuple[Said, ...],
    asked: Sequence[Requirement],
    now: datetime,
    stored: Standing,
) -> Case:
    kinds = {each.notice.kind for each in said}
    regime: Regime | None = state.regime  # type: ignore[assignment]  # written by derive from Regime
    method = proceeding.method
    procedure = procedure_for(method, regime, kinds, load_procedures())  # type: ignore[arg-type]  # as above
    phase: Phase = OVER.get(proceeding.outcome or "", proceeding.kind)  # type: ignore[assignment]  # ProceedingKind
    if proceeding.kind in {"intention", "opinion"}:
        procedure = None
    settled = {
        "project_name": state.name,
        "project_number": proceeding.number or state.number,
        "buyer": state.buyer,
        "agency": state.agency,
        "region": state.region,
        "documents_how": state.documents_how,
        "budget": state.budget,
        "ceiling": state.ceiling,
        "deposit": state.deposit,
    }
    facts = Facts(said, proceeding.milestones, settled, asked)
    return Case(state, proceeding, phase, regime, procedure, facts, load_rows(), load_law(), now, stored)


def _notices(connection: Connection, project: int, proceeding: str) -> tuple[tuple[Source, ...], tuple[Said, ...]]:
    """The notices of a proceeding that were read, newest first, and whence they come."""
    query = (
        select(PUBLICATION, VERSION.c.reading, VERSION.c.number.label("version_number"))
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .join(PROCEEDING, PROCEEDING.c.id == PUBLICATION.c.proceeding_id)
        .where(PUBLICATION.c.project_id == project, PROCEEDING.c.key == proceeding)
        .order_by(PUBLICATION.c.published_at.desc().nulls_last(), PUBLICATION.c.id.desc())
    )
    sources, said = [], []
    for row in connection.execute(query):
        key = f"{row.portal}/{row.key}"
        sources.append(
            Source(
                key=key,
                title=one_line(row.title),
                url=present.link(row.url),
                portal=one_line(present.portal_name(row.portal)),
                published=row.published_at,
                version=row.version_number,
                withdrawn=row.state == "withdrawn",
            )
        )
        said.append(Said(key, unpack(row.reading)))
    return tuple(sources), tuple(said)


def _tracked(connection: Connection, project: int) -> date | None:
    """Since which day the team follows the project."""
    first = connection.scalar(select(func.min(DECISION.c.at)).where(DECISION.c.project_id == project, live("track")))
    return first.astimezone(SHANGHAI).date() if first else None


# --- the plan -------------------------------------------------------------------------------------------------------


def _plan(case: Case, tracked: date | None, lines: frozenset[str]) -> Plan:
    rows = [row for row in case.rows.steps if case.holds(row)]
    if case.proceeding.outcome is not None and case.phase != "award":
        return Plan(reason=say("the proceeding is suspended or has ended; nothing is to be handed in now"))
    anchors = _anchors(case, {name for row in rows for name in row.before})
    main = [name for name in DEADLINES if name in anchors]
    if not main and case.phase in {"qualification", "purchase"}:
        return Plan(reason=say("no deadline was read yet; enter it with `chebiao notice correct` to have a plan"))
    if main and all(anchors[name].day < case.today or _over(case, name) for name in main):
        return Plan(reason=say("the deadline has passed; nothing is left to plan before it"))
    deadline = min((anchors[name].day for name in main), default=None)
    work = case.standing.work
    return plan(rows, anchors, deadline, tracked, case.today, load_calendar(), lines=lines, work=work)


def _anchors(case: Case, names: set[str]) -> dict[str, Anchor]:
    """The earliest day of each date that is not over for good, of all open lots."""
    found: dict[str, Anchor] = {}
    for each in case.live:
        name = each.kind if not each.rule_id else each.rule_id
        day = each.earliest.astimezone(SHANGHAI).date()
        if name in names and (name not in found or day < found[name].day):
            found[name] = Anchor(day, _name(each))
    return found


def _over(case: Case, kind: str) -> bool:
    mine = [each for each in case.live if each.kind == kind]
    return bool(mine) and all(each.latest <= case.now for each in mine)


# --- lines ----------------------------------------------------------------------------------------------------------


def _parts(case: Case, goods: Sequence[Goods]) -> tuple[tuple[str, Part], ...]:
    """The files that count: those for no vehicle in particular, and those of the vehicles bought."""
    parts = case.rows.parts
    types = dict.fromkeys((*case.state.vehicle_types, *(name for each in goods for name in each.types)))
    mine = [stem for name in types if (stem := case.rows.vehicle_part(name))]
    wanted = dict.fromkeys((*mine, *(stem for each in mine for stem in parts[each].also)))
    general = [stem for stem, part in parts.items() if not part.vehicles]
    return tuple((stem, parts[stem]) for stem in (*general, *wanted))


def _rows(case: Case, parts: Sequence[tuple[str, Part]]) -> list[tuple[str, LineRow]]:
    """The lines that belong here, each with its file."""
    return [
        (stem, row)
        for stem, part in parts
        for row in part.lines
        if case.holds(Scope(**{name: getattr(row, name) for name in Scope.model_fields}).within(part))
    ]


def _sections(case: Case, rows: Sequence[tuple[str, LineRow]], steps: Plan) -> tuple[Section, ...]:
    lines = [
        _line(case, row, stem, steps, number)
        for stem, row in rows
        for number in (range(1, case.round + 1) if row.each_round else (1,))
    ]
    made = (
        Section(name, words, tuple(line for line in lines if line.section == name)) for name, words in SECTIONS.items()
    )
    return tuple(section for section in made if section.lines)


def _line(case: Case, row: LineRow, stem: str, steps: Plan, number: int) -> Line:
    quotes = (quote for name in row.says for quote in case.facts.quotes(name))
    said = distinct((*quotes, *case.facts.find(row.find)))
    item = row.id if number == 1 else f"{row.id}@{number}"
    kept, change = case.standing.work.get(item), case.standing.change(item)
    due = _own_due(case, kept) or _due(case, row.due, steps, number)
    if due is not None and kept is not None and kept.settled:
        due = replace(due, late=False)
    asks = bool(row.says or row.find)
    return Line(
        id=item,
        section=row.section,
        text=row.name,
        who=row.who,
        status=_status(row, bool(said) or (not asks and due is not None)),
        says=said,
        asks=asks,
        note=row.note.name if row.note else None,
        legal=tuple(_legal(case, row)),
        due=due,
        each_round=row.each_round,
        round=number,
        after_correction=row.after_correction,
        part=stem,
        kept=kept,
        change=change.change if change else "",
        was=change.was if change else (),
    )


def _status(row: LineRow, known: bool) -> Status:
    if row.who == "person":
        return "person"
    if row.who == "tool":
        return "known" if known else "find"
    return "open"


def _legal(case: Case, row: LineRow) -> Iterator[Legal]:
    for rule_id in row.rules:
        for rule in case.law.rules[rule_id]:
            if rule.in_force(case.today) and case.binds(rule):
                yield Legal(rule.legal_ref, rule_id, rule.name, rule.confidence)
                break
    if row.legal:
        yield Legal(row.legal)


def _laws(case: Case, sections: Sequence[Section]) -> tuple[LawName, ...]:
    refs = [each.legal_ref for each in case.proceeding.milestones]
    refs += [legal.ref for section in sections for line in section.lines for legal in line.legal]
    return tuple(
        LawName(law.short, f"{law.zh}（{law.number}）" if law.number else law.zh, law.read)
        for law in case.rows.cited(refs)
    )


def _own_due(case: Case, kept: Kept | None) -> Due | None:
    """The day a person set for a line."""
    if kept is None or kept.due is None:
        return None
    late = kept.due < case.today
    return Due("own", start_of(max(kept.due, case.today) if late else kept.due), "day", own_day(kept), True, late)


def _due(case: Case, names: Sequence[str], steps: Plan, number: int) -> Due | None:
    """The first of the names that has a date: a step of the plan or of this round, a printed time, or a rule.

    In a later round of the talks only its own steps count: the dates of the first one are over.
    """
    planned = {step.id: step.due for step in steps.steps} if number == 1 else {}
    for name in names:
        if name in planned:
            return planned[name]
        wanted = [name] if number == 1 else []
        if name in ROUND_STEPS:
            wanted = [f"{name}-{no}" for no in ((number,) if number > 1 else range(case.round, 0, -1))]
        for kind in wanted:
            dated = [each for each in case.live if (each.rule_id or each.kind) == kind]
            if dated:
                return _date_due(case, min(dated, key=lambda each: each.earliest))
    return None


def _date_due(case: Case, date_: MilestoneState) -> Due:
    lot = say(" (lot {lot})", lot=date_.lot) if date_.lot else Text("", "")
    name = _name(date_)
    return Due(
        name=date_.rule_id or date_.kind,
        at=date_.earliest,
        precision=date_.precision,
        why=Text(f"{name.zh}{lot.zh}", f"{name.en}{lot.en}"),
        passed=date_.latest <= case.now,
        provisional=date_.provisional,
    )


def _name(date_: MilestoneState) -> Text:
    if date_.rule_id:
        return Text(date_.label, date_.label_en or date_.label)
    return say(present.MOMENTS[date_.kind]) if date_.kind in present.MOMENTS else Text(date_.label, date_.kind)


# --- head -----------------------------------------------------------------------------------------------------------


def _regime_name(regime: Regime | None) -> Text:
    known: Mapping[str, Text] = {each.id: each.name for each in load_signals().regimes}
    return known.get(regime or "", say("not known"))


def _amounts(case: Case) -> Iterator[Amount]:
    state = case.state
    whole = {"budget": state.budget, "ceiling": state.ceiling, "deposit": state.deposit}
    for kind in AMOUNTS:
        quotes = case.facts.quotes(kind) or case.facts.quotes(CLAUSE_OF.get(kind, kind))
        amount = whole.get(kind) if kind in whole else _newest_sum(case, kind)
        quote = quotes[0] if quotes else None
        if amount is not None or quote is not None:
            several = quote is not None and len(SUM.findall(quote.words)) > 1
            yield Amount(kind, say(AMOUNTS[kind]), None if several else amount, quote)


def _newest_sum(case: Case, kind: str) -> int | None:
    for each in case.facts.said:
        reading = each.notice.money.get(kind)
        if reading is not None and reading.value.kind == "total" and reading.value.currency == "CNY":
            return reading.value.hundredths
    return None


def _goods(case: Case) -> tuple[tuple[Goods, ...], tuple[str, ...]]:
    """The vehicles bought, by item, and their types for which there is no file."""
    found: dict[tuple[str, str], Goods] = {}
    over = {lot.no for lot in case.proceeding.lots if lot.outcome in OVER}
    for each in reversed(case.facts.said):
        if each.notice.kind in {"termination", "award", "award_candidate", "contract", "acceptance"}:
            continue
        for vehicle in classify(each.notice.title, notice=each.notice).vehicles:
            lot = vehicle.lot or ""
            if lot not in over:
                name = one_line(vehicle.name, 120)
                found[name, lot] = Goods(name, vehicle.count, one_line(vehicle.unit or "", 10), lot, vehicle.types)
    goods = tuple(found.values())[:MAX_GOODS]
    types = {*case.state.vehicle_types, *(name for each in goods for name in each.types)}
    return goods, tuple(sorted(name for name in types if case.rows.vehicle_part(name) is None))


def _lot(lot: LotState, goods: Sequence[Goods]) -> LotRow:
    return LotRow(
        no=one_line(lot.no, 20),
        name=one_line(lot.name or "", 120),
        budget=lot.budget,
        ceiling=lot.ceiling,
        outcome=lot.outcome or "",
        goods=tuple(each for each in goods if each.lot == lot.no),
    )


def _dates(case: Case) -> tuple[DateRow, ...]:
    rows = (
        DateRow(
            kind=each.kind,
            name=_name(each),
            earliest=each.earliest,
            latest=each.latest,
            precision=each.precision,
            words=Text(one_line(each.words, 400), one_line(each.words_en or each.words, 400)),
            rule_id=each.rule_id,
            legal_ref=each.legal_ref,
            lot=each.lot,
            label=one_line(each.label, 60) if not each.rule_id else "",
            source=each.source,
            bidder_acts=each.bidder_acts,
            passed=each.latest <= case.now,
            provisional=each.provisional,
            check=Text(each.check, each.check_en or each.check) if each.check else None,
            conflict=_rivals(each.conflict),
            history=_rivals(each.history),
        )
        for each in case.proceeding.milestones
    )
    return tuple(sorted(rows, key=lambda row: (row.earliest, bool(row.rule_id), row.lot, row.kind)))


def _rivals(said: Sequence[Stated]) -> tuple[Rival, ...]:
    return tuple(Rival(one_line(each.value, 80), one_line(each.words, 200), each.source) for each in said)


def _conflicts(case: Case) -> Iterator[Conflict]:
    """Values that a notice prints differently in two places, beside the dates, which carry theirs."""
    for said in case.facts.said:
        for conflict in said.notice.conflicts:
            if conflict.field not in TIMES:
                values = tuple(
                    Rival(
                        one_line(each.value, 80),
                        one_line(each.evidence[0].words if each.evidence else each.value, 200),
                        said.key,
                    )
                    for each in conflict.values
                )
                name = say(present.MOMENTS[conflict.field]) if conflict.field in present.MOMENTS else None
                yield Conflict(name or Text(conflict.field, conflict.field), values, conflict.lot or "")


def _warnings(case: Case, sources: Sequence[Source], unknown: Sequence[str]) -> Iterator[Text]:
    if case.proceeding.outcome == "suspended":
        yield say("the proceeding is suspended: wait for the notice that resumes it")
    if case.phase == "ended":
        yield say("the proceeding was ended without a result")
    if case.phase in {"qualification", "purchase"} and _over(case, "documents_until"):
        yield say(
            "the time to obtain the documents is over: who has not obtained them can neither bid nor question them"
        )
    for row in _dates(case):
        if row.conflict and not row.passed:
            values = " / ".join(dict.fromkeys(each.value for each in row.conflict))
            yield say("contradiction: {name} {values}; the earlier counts here", name=row.name, values=values)
    for source in sources:
        if source.withdrawn:
            yield say("the portal took this notice away: {title}", title=source.title)
    if any(lot.outcome in OVER for lot in case.proceeding.lots) and case.phase not in {"ended", "award"}:
        over = [lot.no for lot in case.proceeding.lots if lot.outcome in OVER]
        yield say("lots that are over and left out: {lots}", lots=", ".join(over))
    if case.regime is None:
        yield say("the law it is under is not known: lines of every law are listed; decide it first")
    if case.phase in {"qualification", "purchase"} and case.procedure is None:
        yield say("the method is not known: only lines that hold for every method are listed")
    if case.state.vehicle_purchase == "no":
        yield say("judged to buy no vehicles; the lines are general ones")
    for name in unknown:
        yield say("there is no list of its own for {vehicle}; add one in config/checklists", vehicle=name)


def _unplaced(asked: Requirement) -> Text:
    said = one_line(asked.words, 160)
    return say("a correction changes a clause that was not found here, look for it: {words}", words=said)


def _unread(document: str) -> Text:
    return say("not read here, look into it: {document}", document=document)


# --- technical tables -----------------------------------------------------------------------------------------------


def _specs(case: Case, goods: Sequence[Goods]) -> Iterator[SpecTable]:
    """One table an item; without items one a type of vehicle."""
    if case.phase not in {"opinion", "qualification", "purchase"}:
        return
    alone = len(goods) == 1
    wanted: list[tuple[str, Goods | None]] = [(each.types[0], each) for each in goods if each.types]
    wanted = wanted or [(name, None) for name in case.state.vehicle_types]
    for vehicle, item in wanted:
        stem = case.rows.vehicle_part(vehicle)
        if stem is None or not case.rows.parts[stem].specs:
            continue
        asked = tuple(_asked(case, item, alone))
        points = tuple(_point(case.rows.points[name], asked) for name in case.rows.parts[stem].specs)
        types = vocabulary().types
        yield SpecTable(vehicle, Text(types[vehicle].zh, types[vehicle].en), item, points + tuple(_rest(points, asked)))


def _asked(case: Case, goods: Goods | None, alone: bool) -> Iterator[tuple[str, Quote]]:
    seen: set[str] = set()
    for said in case.facts.said:
        items = [each for each in said.notice.items if goods and one_line(each.name, 120) == goods.name]
        for item in (*items,) or (None,):
            for mark, quote in requirements(said, item, alone):
                if quote.words not in seen:
                    seen.add(quote.words)
                    yield mark, quote
    for each in case.facts.asked:
        lot_fits = goods is None or not goods.lot or each.lot in ("", goods.lot)
        if (each.kind == "technical" or each.mark) and lot_fits and each.words not in seen:
            seen.add(each.words)
            yield each.mark, quoted(each)


def _point(row: PointRow, asked: Sequence[tuple[str, Quote]]) -> SpecPoint:
    hits = [(mark, quote) for mark, quote in asked if speaks_of(row.find, quote.words)]
    return SpecPoint(row.id, row.name, tuple(quote for _mark, quote in hits), _strongest(mark for mark, _quote in hits))


def _rest(points: Sequence[SpecPoint], asked: Sequence[tuple[str, Quote]]) -> Iterator[SpecPoint]:
    """What is asked with a mark and fits no point: a table must hold every ★ and ▲."""
    taken = {quote.words for point in points for quote in point.required}
    for n, (mark, quote) in enumerate(each for each in asked if each[0] and each[1].words not in taken):
        yield SpecPoint(f"marked-{n + 1}", say("marked term"), (quote,), mark)


def _strongest(marks: Iterator[str]) -> str:
    found = set(marks)
    return "★" if "★" in found else "▲" if "▲" in found else ""
