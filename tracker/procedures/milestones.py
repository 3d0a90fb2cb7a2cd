"""What the law adds to the dates a proceeding prints, and which printed dates fall short of it.

Pure: facts in, milestones out. An anchor takes its value from what a person entered, else from a printed time, else
from the publication of a notice, else from the end of another rule; a proxy only where the rule names one, marked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from crawler.notice import Kind, Period, When
from tracker.procedures.engine import (
    Computed,
    Missing,
    Moment,
    by_proxy,
    chain,
    compute,
    earlier_and_later,
    missing,
    moment,
    resolve_period,
)
from tracker.procedures.law import Law, PeriodRule, Regime, Standing, Text
from tracker.procedures.stages import Procedure
from tracker.workdays import Calendar

Role = Literal["deadline", "due", "minimum", "plan"]
"""deadline: the bidder acts by then; due: another party owes something by then; minimum: the least a printed date
must allow; plan: a target of the team."""
Alarm = Literal["tracked", "never"]
Value = When | Period


@dataclass(frozen=True)
class Facts:
    """What is known of one proceeding, or of one lot of it, after all corrections."""

    times: Mapping[str, Value] = field(default_factory=dict)
    """Effective printed times, by key of crawler.notice.TIMES."""
    published: Mapping[Kind, When] = field(default_factory=dict)
    """When the first notice of a kind appeared; for 政府采购 on the earliest designated medium (M87 16)."""
    corrected: When | None = None
    """When the last correction that may affect bids appeared."""
    entered: Mapping[str, When] = field(default_factory=dict)
    """Anchors a person knows: `documents-obtained`, `challenge-received`, `delivery` …"""
    terms: Mapping[str, Period] = field(default_factory=dict)
    """Periods of the contract, by a name of their own: `warranty`, `warranty_bond` …"""
    emergency: bool = False
    """紧急采购: the usual minimum periods do not bind (`gp.emergency.no-minimum`)."""
    mandatory: bool = False
    """依法必须进行招标的项目."""


@dataclass(frozen=True)
class ComputedMilestone:
    """One thing the law, or a term of the contract, dates."""

    kind: str
    """The rule_id, or the name of the contract's term."""
    rule_id: str
    """Empty for a term of the contract."""
    name: Text
    result: Computed | Missing
    role: Role
    bidder_acts: bool
    alarm: Alarm
    standing: Standing | None = None
    binding: bool = True
    """False for a rule of mandatory tenders where this one is by choice: an orientation."""
    confidence: str = "text"
    legal_ref: str = ""


@dataclass(frozen=True)
class Check:
    """A printed date beside the legal minimum: `check` breaks it, `arguable` lies between the two readings."""

    rule_id: str
    field: str
    printed: When
    bound: Computed
    verdict: Literal["check", "arguable"]
    text: Text


@dataclass(frozen=True)
class Case:
    """A proceeding before the law: its facts, the method's steps, and where the anchors of periods get their values.

    Each rule is counted once, however many of the questions below are asked of a case.
    """

    facts: Facts
    regime: Regime | None
    procedure: Procedure
    calendar: Calendar
    law: Law
    _memo: "dict[str, tuple[PeriodRule, Computed | Missing] | None]" = field(default_factory=dict, repr=False)

    @cached_property
    def rule_ids(self) -> tuple[str, ...]:
        return self.procedure.rule_ids(self.regime)

    def milestones(self) -> list[ComputedMilestone]:
        """Everything the steps of this method date under this regime, in the order of the steps.

        A rule without a known anchor comes as Missing: no date, but what to enter. Without a regime, for 军队采购 and
        for enterprises (but for payment) there is nothing to compute.
        """
        found = [self._milestone(rule, result) for rule, result in self.dated() if self._wanted(rule)]
        return found + [_term(name, self.printed(term)) for name, term in self.facts.terms.items()]

    def checks(self) -> list[Check]:
        """Every printed date that does not keep a legal bound, breaches and arguable ones."""
        found: list[Check | None] = []
        for rule_id in self.rule_ids if not self.facts.emergency else ():
            if not any(rule.bounds for rule in self.law.periods(rule_id)):
                continue
            rule, result = self.rule(rule_id) or (None, None)
            if rule is None or not isinstance(result, Computed) or (rule.mandatory_only and not self.facts.mandatory):
                continue
            field = rule.bounds or ""
            printed = self.facts.corrected if field == "correction" else self.facts.times.get(field)
            if isinstance(printed, When):
                found.append(_checked(rule, result, printed, self.calendar, self.law))
        return [check for check in found if check]

    def _wanted(self, rule: PeriodRule) -> bool:
        """Not the minimum periods of an emergency, nor a deadline that is printed: `checks` compares the two."""
        role = _role(rule)
        printed = role == "deadline" and rule.bounds in self.facts.times
        return not printed and not (role == "minimum" and self.facts.emergency)

    def _milestone(self, rule: PeriodRule, result: Computed | Missing) -> ComputedMilestone:
        role = _role(rule)
        binding = self.facts.mandatory or not rule.mandatory_only
        if not binding and isinstance(result, Computed):
            note = Text("仅约束依法必须进行招标的项目，此处供参照", "Binds mandatory tenders only; an orientation here")
            result = replace(result, steps=(*result.steps, note))
        return ComputedMilestone(
            kind=rule.rule_id,
            rule_id=rule.rule_id,
            name=rule.name,
            result=result,
            role=role,
            bidder_acts=rule.bidder_acts,
            alarm="tracked" if rule.bidder_acts and role != "minimum" else "never",
            standing=rule.standing,
            binding=binding,
            confidence=rule.confidence,
            legal_ref=rule.legal_ref,
        )

    def dated(self) -> Iterator[tuple[PeriodRule, Computed | Missing]]:
        """Each period the steps name, in the version in force where it starts, with what it gives here."""
        for rule_id in self.rule_ids:
            found = self.rule(rule_id)
            if found:
                yield found

    def rule(self, rule_id: str) -> tuple[PeriodRule, Computed | Missing] | None:
        """A rule with its dates; without an anchor its newest version, with what to enter. None outside its scope."""
        if rule_id not in self._memo:
            self._memo[rule_id] = self._rule(rule_id)
        return self._memo[rule_id]

    def _rule(self, rule_id: str) -> tuple[PeriodRule, Computed | Missing] | None:
        rules = [rule for rule in self.law.periods(rule_id) if rule.under(self.regime)]
        results = [(rule, self.resolve(rule)) for rule in rules if rule.length is not None or rule.within]
        for rule, result in results:
            if isinstance(result, Computed) and rule.in_force(result.start.first_day):
                return rule, result
        return next(((rule, result) for rule, result in results[-1:] if isinstance(result, Missing)), None)

    def resolve(self, rule: PeriodRule) -> Computed | Missing:
        """One rule with the anchors that are known; where it gives several starts, the earlier end is the safe one."""
        if rule.within:
            return self._inside(rule, rule.within)
        ends = [end for end in (self.end(rule, anchor) for anchor in rule.anchors) if end]
        if ends:
            return min(ends, key=lambda end: end.until) if rule.plan else earlier_and_later(ends)
        for proxy in rule.proxies:
            end = self.end(rule, proxy.anchor)
            if end:
                return by_proxy(end, proxy)
        return missing(rule.rule_id, rule.anchors, self.law)

    def _inside(self, rule: PeriodRule, outer_id: str) -> Computed | Missing:
        """What is done inside another period ends with it: at its printed end, else at the least the law allows."""
        outer = self.rule(outer_id)
        printed = self.facts.times.get(outer[0].bounds or "") if outer else None
        if isinstance(printed, When):
            at = moment(printed)
            step = Text(f"公告写明至 {at.words}", f"the notice says until {at.words}")
            return Computed(rule.rule_id, rule.anchors[0], at, at.first_day, at.last_day, at, False, (step,))
        return replace(outer[1], rule_id=rule.rule_id) if outer else missing(rule.rule_id, rule.anchors, self.law)

    def end(self, rule: PeriodRule, anchor: str) -> Computed | None:
        """The end of a rule's period from one anchor; None where the anchor is unknown."""
        value = self.value(anchor, rule)
        if isinstance(value, Computed):
            return chain(value, rule, anchor, self.calendar, self.law)
        return compute(rule, value, self.calendar, self.law, anchor) if value else None

    def value(self, anchor: str, rule: PeriodRule | None = None) -> "Moment | Computed | None":
        """The moment of an anchor, or the computation it comes from."""
        entry = self.law.anchors[anchor]
        if anchor in self.facts.entered:
            return moment(self.facts.entered[anchor])
        printed = self.facts.times.get(entry.field) if entry.field else None
        if isinstance(printed, When):
            return moment(printed)
        if printed:
            resolved = self.printed(printed)
            return resolved if isinstance(resolved, Computed) else None
        kinds = entry.notices
        if anchor == "notice-published":
            kinds = (rule.notices if rule else ()) or self.procedure.opening
        days = [self.facts.published[kind] for kind in kinds if kind in self.facts.published]
        if days:
            return moment(min(days, key=lambda when: when.span))
        return next(filter(None, map(self._end_of, entry.rules)), None)

    def printed(self, period: Period) -> Computed | Missing:
        """A printed period; it starts at a printed date or at a notice, never at another printed period."""
        dates = {name: value for name, value in self.facts.times.items() if isinstance(value, When)}
        plain = replace(self, facts=replace(self.facts, times=dates), _memo={})
        anchor = self.law.anchor_named(period.anchor)
        value = plain.value(anchor.id) if anchor else None
        if anchor is None or value is None:
            return resolve_period(period, {}, self.calendar, self.law)
        start = value.moment if isinstance(value, Computed) else value
        return resolve_period(period, {anchor.id: start}, self.calendar, self.law)

    def _end_of(self, rule_id: str) -> Computed | None:
        """The end of a rule that another one counts from, where this method has it."""
        found = self.rule(rule_id) if rule_id in self.rule_ids else None
        return found[1] if found and isinstance(found[1], Computed) else None


def _checked(rule: PeriodRule, bound: Computed, printed: When, calendar: Calendar, law: Law) -> Check | None:
    when = moment(printed)
    if rule.length == 0:
        # Equal to the minute; a printed deposit deadline one minute early is custom, not a breach.
        minutes = "minute" in (when.precision, bound.start.precision) and when.precision == bound.start.precision
        apart = bound.start.earliest - when.latest if minutes else (bound.start.first_day - when.last_day)
        late_too = rule.reported_as is None
        broken = apart > timedelta(minutes=1) or (late_too and apart < -timedelta(minutes=1))
        verdict: Literal["check", "arguable"] | None = "check" if broken else None
    elif rule.direction == "before":
        # What comes after the anchor itself changes nothing for bids: the result was corrected, say.
        verdict = "check" if bound.until < when.first_day <= bound.start.last_day else None
    elif when.last_day < _least(rule, bound, calendar, law):
        verdict = "check"
    else:
        verdict = "arguable" if when.last_day < bound.latest_arguable else None
    if verdict is None:
        return None
    return Check(
        rule.reported_as or rule.rule_id, rule.bounds or "", printed, bound, verdict, _words(rule, bound, when, verdict)
    )


def _least(rule: PeriodRule, bound: Computed, calendar: Calendar, law: Law) -> date:
    """The earliest day that can still be defended for a printed end."""
    counted = rule.unit != "working_day" or calendar.is_working(bound.start.first_day)
    if not (rule.first_day_disputed and rule.length and counted):
        return bound.until
    shorter = rule.model_copy(update={"length": rule.length - 1})
    return min(bound.until, compute(shorter, bound.start, calendar, law, bound.anchor).until)


def _words(rule: PeriodRule, bound: Computed, printed: Moment, verdict: str) -> Text:
    steps_zh = "；".join(step.zh for step in bound.steps)
    steps_en = "; ".join(step.en for step in bound.steps)
    verdict_zh, verdict_en = ("需核对", "Check") if verdict == "check" else ("有争议", "Arguable")
    said_zh, said_en = ("更正发布于", "changed on") if rule.bounds == "correction" else ("公告为", "the notice says")
    return Text(
        f"{verdict_zh}：{rule.zh}，{said_zh} {printed.words}，{steps_zh}（{rule.legal_ref}）",
        f"{verdict_en}: {rule.en}; {said_en} {printed.words}, {steps_en} ({rule.legal_ref})",
    )


def _role(rule: PeriodRule) -> Role:
    if rule.plan:
        return "plan"
    if rule.acts == "bidder":
        return "deadline"
    return "minimum" if rule.comparison == "≥" else "due"


def _term(name: str, result: Computed | Missing) -> ComputedMilestone:
    """A date by the contract: the retention money after the warranty, say."""
    known = TERMS.get(name, Text(name, name))
    return ComputedMilestone(name, "", known, result, "due", True, "tracked", "winner", legal_ref="合同")


TERMS = {
    "warranty": Text("质保期满", "End of the warranty"),
    "warranty_bond": Text("质保金退还", "Retention money back"),
    "performance_bond": Text("履约保证金退还", "Performance bond back"),
    "delivery": Text("交货期", "Delivery"),
    "payment": Text("付款", "Payment"),
}
"""Names of the terms most contracts have; others show the name they were given."""
