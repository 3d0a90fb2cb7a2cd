"""The law as data: the rows of `config/procedures/*.yaml`, typed, cross-checked and found by rule_id.

`rules-*.yaml`, `amounts.yaml` and `counting.yaml` hold rules, `anchors.yaml` the moments periods start at, `laws.yaml`
what a legal_ref names; `stages.yaml` and every other file describe the steps of a method (tracker.procedures.stages).
`docs/law.md` explains the keys. A user's file in `$CHEBIAO_HOME/procedures` replaces the shipped one of its name.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, model_validator

from crawler.config import ConfigurationError, config_folder, read_yaml
from crawler.notice import Kind
from tracker.i18n import _, both
from tracker.workdays import Row

Regime = Literal["GP", "TB", "PLA", "ENT"]
"""政府采购, 招标投标, 军队采购, 企业采购."""
Comparison = Literal["≥", "≤", "="]
"""≥: a duty of the buyer, the period may not be shorter; ≤: the act must be done inside it."""
Unit = Literal["working_day", "day", "month", "year"]
Sort = Literal["period", "requirement", "amount", "counting"]
Standing = Literal["anyone", "taker", "participant", "winner", "objector", "challenger", "complainant", "respondent"]
"""Who may use a right: who lawfully took the documents, who took part, who won, who has objected …"""
RuleId = Annotated[str, Field(pattern=r"^[a-z]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$")]


def _since(value: Any) -> Any:
    """A year alone means that the day is unknown; the rule then counts from the year's first day."""
    return date(int(value), 1, 1) if isinstance(value, str | int) and len(str(value)) == 4 else value


Since = Annotated[date, BeforeValidator(_since)]


@dataclass(frozen=True)
class Text:
    """Words in both languages; `str()` gives those of the current one."""

    zh: str
    en: str

    def __str__(self) -> str:
        return both(self.zh, self.en)


class Named(Row):
    zh: str
    en: str

    @property
    def name(self) -> Text:
        return Text(self.zh, self.en)


class Proxy(Named):
    """A known moment that a rule lets stand for its anchor, and why."""

    anchor: str
    legal_ref: str


class Counts(Row):
    """A rule that lets the period of another one start elsewhere."""

    rule_id: RuleId
    anchor: str


class Limit(Row):
    comparison: Literal["≥", "≤", "=", "<"]
    value: float
    unit: Literal["percent", "permille", "percent-a-day", "yuan", "count", "minutes"]
    of: str = ""


class Rule(Named):
    """A rule without a period: a requirement, an amount or a way of counting."""

    rule_id: RuleId
    sort: Sort = "requirement"
    """Set by the list it stands in."""
    regime: Regime | None = None
    """Of the file, unless the row has its own; None where it holds for all."""
    also_under: tuple[Regime, ...] = ()
    """Where it follows the kind of buyer: a company pays under its own rules also when it tenders."""
    methods: tuple[str, ...] = ()
    """Scope: the procurement methods it binds; empty means all of the regime."""
    legal_ref: str
    mandatory_only: bool = False
    """Binds only 依法必须进行招标的项目."""
    valid_from: Since | None = None
    """None: unknown, taken as always."""
    valid_to: date | None = None
    """Last day in force; None: open."""
    confidence: Literal["text", "secondary", "own", "own-low"]
    """How well it is known: read in the legal text, at second hand, own knowledge."""
    doubt: str = ""
    """What in it is known less well."""
    limits: tuple[Limit, ...] = ()
    counts: Counts | None = None

    def under(self, regime: Regime | None) -> bool:
        return self.regime is None or self.regime == regime or regime in self.also_under

    def in_force(self, on: date) -> bool:
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on <= self.valid_to)


class PeriodRule(Rule):
    """A rule with a period, or with the statement that there is none."""

    sort: Sort = "period"
    anchors: tuple[str, ...]
    """Where several are known the earlier end is the safe one."""
    notices: tuple[Kind, ...] = ()
    """Whose publication the anchor `notice-published` means."""
    comparison: Comparison | None = None
    length: Annotated[int, Field(ge=0)] | None = None
    """None: the law gives no length."""
    unit: Unit = "day"
    direction: Literal["after", "before"] = "after"
    within: RuleId | None = None
    """The period of this other rule is meant."""
    bounds: str | None = None
    """The printed time, or with `correction` the notice, that this rule sets a limit to."""
    reported_as: RuleId | None = None
    """The rule a breach is shown under, where another one says what to do."""
    first_day_disputed: bool = False
    """Practice counts the first day too; a printed end short by that day alone is arguable."""
    proxies: tuple[Proxy, ...] = ()
    acts: Literal["bidder", "other"] = "other"
    """Whose act the period limits."""
    bidder_acts: bool = False
    """The bidder acts on it or loses something by it."""
    standing: Standing | None = None
    plan: bool = False
    """A target of the team, never shown as a legal deadline."""

    @model_validator(mode="after")
    def _whole(self) -> "PeriodRule":
        if (self.comparison is None) != (self.length is None):
            raise ValueError("comparison and length go together; give both or neither")
        return self


class Anchor(Named):
    """A moment a period starts at, and where its value comes from."""

    id: str
    term: str
    """The law's own wording, asked of the person where the value is unknown."""
    field: str | None = None
    """A key of crawler.notice.TIMES."""
    notices: tuple[Kind, ...] = ()
    rules: tuple[RuleId, ...] = ()
    """Rules whose end it is."""
    also: tuple[str, ...] = ()
    """Names the reader gives it in crawler.notice.Period."""


class Source(Row):
    """A law or notice."""

    short: str
    zh: str
    cite: str = ""
    """How people cite it, such as 财政部87号令; empty where by its name."""
    number: str = ""
    valid_from: Since | None = None
    read: Literal["text", "secondary", "own"]


class _Rules(Row):
    regime: Regime | None = None
    periods: tuple[PeriodRule, ...] = ()
    requirements: tuple[Rule, ...] = ()
    amounts: tuple[Rule, ...] = ()
    counting: tuple[Rule, ...] = ()

    def all(self) -> Iterable[Rule]:
        for sort in ("period", "requirement", "amount", "counting"):
            rows: tuple[Rule, ...] = getattr(self, sort if sort == "counting" else f"{sort}s")
            for row in rows:
                yield row.model_copy(update={"sort": sort, "regime": row.regime or self.regime})


class _Anchors(Row):
    anchors: tuple[Anchor, ...]


class _Sources(Row):
    laws: tuple[Source, ...]
    words: Mapping[str, str] = {}


class NoSuchRule(ValueError):
    """No rule of this id, none in force on the day, or one without a period; says so for a person."""


@dataclass(frozen=True)
class Law:
    """All rules, by id; several rows of one id follow each other in time."""

    rules: Mapping[str, tuple[Rule, ...]]
    anchors: Mapping[str, Anchor]
    sources: Mapping[str, Source]
    words: Mapping[str, str]
    """What stands in a `legal_ref` beside laws, in Chinese."""

    def rule(self, rule_id: str, on: date) -> Rule:
        """The version in force on a day. NoSuchRule names the nearest id or the days in force."""
        if rule_id not in self.rules:
            close = difflib.get_close_matches(rule_id, self.rules, n=3, cutoff=0.5)
            hint = _("; did you mean {ids}?").format(ids=", ".join(close)) if close else ""
            raise NoSuchRule(_("no rule {rule_id}").format(rule_id=rule_id) + hint)
        for rule in self.rules[rule_id]:
            if rule.in_force(on):
                return rule
        spans = ", ".join(f"{rule.valid_from or '…'} – {rule.valid_to or '…'}" for rule in self.rules[rule_id])
        raise NoSuchRule(
            _("{rule_id} was not in force on {on}; it is from {spans}").format(rule_id=rule_id, on=on, spans=spans)
        )

    def period(self, rule_id: str, on: date) -> PeriodRule:
        """As `rule`, with the period: a rule that moves the start of another gives that one's with its own anchor."""
        rule = self.rule(rule_id, on)
        if isinstance(rule, PeriodRule):
            return rule
        for version in self.periods(rule_id):
            if version.in_force(on):
                return version
        raise NoSuchRule(_("{rule_id} sets no period, it says: {words}").format(rule_id=rule_id, words=rule.name))

    def requirements(self, regime: Regime | None, method: str, on: date) -> list[Rule]:
        """What binds a purchase of this regime and method beside its periods: requirements and amounts."""
        return [
            rule
            for rows in self.rules.values()
            for rule in rows
            if rule.sort in {"requirement", "amount"}
            and rule.regime is not None
            and rule.under(regime)
            and (not rule.methods or method in rule.methods)
            and rule.in_force(on)
        ]

    def periods(self, rule_id: str) -> tuple[PeriodRule, ...]:
        """All versions of a rule's period in order of time; none where it sets no period."""
        return self._periods.get(rule_id, ())

    def anchor_named(self, name: str) -> Anchor | None:
        """The anchor of an id, or of a name the reader gives it."""
        return self.anchors.get(name) or next((each for each in self.anchors.values() if name in each.also), None)

    @cached_property
    def _periods(self) -> Mapping[str, tuple[PeriodRule, ...]]:
        own = {
            rule_id: tuple(row for row in rows if isinstance(row, PeriodRule)) for rule_id, rows in self.rules.items()
        }
        moved = {
            rule.rule_id: tuple(_moved(base, rule, rule.counts.anchor) for base in own[rule.counts.rule_id])
            for rows in self.rules.values()
            for rule in rows
            if rule.counts
        }
        return own | moved


def _moved(base: PeriodRule, rule: Rule, anchor: str) -> PeriodRule:
    """The period of `base` from another anchor, under the name and in the time of `rule`."""
    own = {name: getattr(rule, name) for name in Rule.model_fields.keys() - {"sort", "counts", "limits", "methods"}}
    starts = [day for day in (base.valid_from, rule.valid_from) if day]
    ends = [day for day in (base.valid_to, rule.valid_to) if day]
    own |= {"valid_from": max(starts, default=None), "valid_to": min(ends, default=None), "anchors": (anchor,)}
    return base.model_copy(update=own)


SPECIAL = ("anchors", "laws", "stages", "regimes", "endings")
"""Files of their own form, beside those with rules and those with a method."""


def is_rules(stem: str) -> bool:
    return stem.startswith("rules-") or stem in {"amounts", "counting"}


def load_law() -> Law:
    """The shipped and the user's rules. ConfigurationError names file, line or rule_id, and fix."""
    return _law(files_now())


def files_now() -> tuple[tuple[Path, int], ...]:
    """The files of config/procedures that count, with their times: equal as long as nobody edits one."""
    return tuple((path, path.stat().st_mtime_ns) for path in config_folder("procedures").values())


T = TypeVar("T", bound=BaseModel)


def file_named(files: tuple[tuple[Path, int], ...], stem: str, model: type[T]) -> T:
    return read_yaml(next(path for path, _time in files if path.stem == stem), model)


@cache
def _law(files: tuple[tuple[Path, int], ...]) -> Law:
    rules: dict[str, list[Rule]] = defaultdict(list)
    origin: dict[str, Path] = {}
    for path, _time in files:
        if is_rules(path.stem):
            for rule in read_yaml(path, _Rules).all():
                rules[rule.rule_id].append(rule)
                origin[rule.rule_id] = path
    named = file_named(files, "laws", _Sources)
    law = Law(
        {rule_id: tuple(sorted(rows, key=lambda row: row.valid_from or date.min)) for rule_id, rows in rules.items()},
        {anchor.id: anchor for anchor in file_named(files, "anchors", _Anchors).anchors},
        {source.short: source for source in named.laws},
        named.words,
    )
    for rule_id, rows in law.rules.items():
        problem = next(filter(None, (_dangling(law, row) for row in rows)), None) or _overlap(rows)
        if problem:
            raise ConfigurationError(f"{origin[rule_id]}: {rule_id}: {problem}")
    return law


def _dangling(law: Law, rule: Rule) -> str | None:
    """What a row names that is not there."""
    anchors: list[str] = [rule.counts.anchor] if rule.counts else []
    rules: list[str | None] = [rule.counts.rule_id] if rule.counts else []
    if isinstance(rule, PeriodRule):
        anchors += [*rule.anchors, *(proxy.anchor for proxy in rule.proxies)]
        rules += [rule.within, rule.reported_as]
    for anchor in anchors:
        if anchor not in law.anchors:
            return _("anchor {name} is not in anchors.yaml; correct it or add it there").format(name=anchor)
    for name in rules:
        if name and name not in law.rules:
            return _("it names the rule {name}, which does not exist; correct the id").format(name=name)
    return None


def _overlap(rows: tuple[Rule, ...]) -> str | None:
    for earlier, later in pairwise(rows):
        if later.valid_from is None or earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            return _("two rows in force at once; set valid_to of the earlier before valid_from of the later")
    return None
