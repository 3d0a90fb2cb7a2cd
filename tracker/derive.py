"""Derive: a pure function from all publications of a project to its state.

No database, no network, no clock. Intake and reprocessing both call it; any order of arrival gives the same state,
because statements are ordered by what was published, never by when it was seen.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from operator import attrgetter

from crawler.clock import SHANGHAI
from crawler.notice import Conflict, Kind, Money, Notice, Period, Reading, When
from tracker.procedures.engine import Computed
from tracker.procedures.law import Law, Regime, Text, load_law
from tracker.procedures.milestones import Case, Check, ComputedMilestone, Facts
from tracker.procedures.regimes import RegimeFinding, Signals, load_signals, regime_of
from tracker.procedures.stages import Position, Procedure, load_procedures, procedure_for, stage_of
from tracker.state import (
    AwardState,
    LotState,
    MilestoneState,
    ProceedingState,
    ProjectState,
    Said,
)
from tracker.turns import Entered, kinds_for, qualified, risks_of, round_milestones, rounds_of
from tracker.workdays import Calendar, load_calendar

LATE = datetime.max.replace(tzinfo=UTC)
EARLY = datetime.min.replace(tzinfo=UTC)

BIDDER_ACTS = {
    "documents_until",
    "bid_deadline",
    "prequalification_deadline",
    "deposit_deadline",
    "question_deadline",
    "opinion_deadline",
}
"""Printed times by which a bidder must have done something."""

_BEST_SOURCE = (
    "tender",
    "negotiation",
    "consultation",
    "inquiry",
    "framework",
    "single_source",
    "prequalification",
    "award",
    "award_candidate",
    "contract",
    "correction",
    "termination",
    "acceptance",
    "opinion",
    "intention",
    "other",
)
"""Which kind of notice says best what a project is called and who buys."""


@dataclass(frozen=True)
class HandValue:
    """A value corrected by a person for one publication."""

    field: str
    lot: str
    value: str | None
    words: str
    """Who and why, as shown beside the value."""
    superseded: bool = False
    """The page has changed since: the official value stands beside this one."""


@dataclass(frozen=True)
class Verdict:
    """What relevance says of one publication, as far as derivation needs it."""

    vehicle_purchase: str = "no"
    types: tuple[str, ...] = ()
    count: float | None = None
    reasons: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()


@dataclass(frozen=True)
class Member:
    """One publication with its newest reading and its place among the others."""

    key: str
    """`portal/key`."""
    notice: Notice
    same: str
    """Equal for publications of one announcement."""
    proceeding: str = "purchase-1"
    rank: int = 0
    """Standing of the medium: 0 is the official one (ccgp before its branches before others)."""
    region: str | None = None
    listed: datetime | None = None
    """Publishing instant as the list gave it, for a page that prints none."""
    withdrawn: bool = False
    verdict: Verdict = Verdict()
    overrides: tuple[HandValue, ...] = ()

    @property
    def published(self) -> datetime | None:
        if self.notice.published is not None:
            return self.notice.published.value.span[0].astimezone(UTC)
        return self.listed


@dataclass(frozen=True)
class Place:
    """A proceeding as linking sees it."""

    key: str
    kind: str = "purchase"
    round: int = 1
    re_tender_of: str | None = None


@dataclass(frozen=True)
class Announcement:
    """The publications of one announcement, the official first."""

    members: tuple[Member, ...]
    published: datetime | None

    @property
    def notice(self) -> Notice:
        return self.members[0].notice

    @property
    def order(self) -> tuple[object, ...]:
        """By day of publishing, originals before corrections, then by the hour.

        An undated original comes first and an undated correction last, so that neither undoes the other.
        """
        amends = self.notice.kind in {"correction", "termination"}
        at = self.published or (LATE if amends else EARLY)
        day = at if at in (LATE, EARLY) else at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
        return (day, amends, at, self.members[0].key)


@dataclass
class Slot:
    """One date of one lot as the chain of announcements moves it."""

    now: "Statement"
    history: list["Statement"] = field(default_factory=list)


@dataclass(frozen=True)
class Statement:
    """What one announcement says of one date."""

    value: When | Period | None
    """None where the announcement takes the date back (另行通知)."""
    words: str
    label: str
    source: str
    rivals: tuple[Said, ...] = ()
    """All values, when this announcement contradicts itself, its copies, or a person."""
    span: tuple[datetime, datetime] | None = None
    provisional: bool = False


def announcements(members: Iterable[Member]) -> list[Announcement]:
    """Publications of one announcement together, in the order in which they were published."""
    groups: defaultdict[str, list[Member]] = defaultdict(list)
    for member in members:
        groups[member.same].append(member)
    made = []
    for group in groups.values():
        dated = [each.published for each in group if each.published is not None]
        ranked = tuple(sorted(group, key=lambda each: (each.rank, each.published or LATE, each.key)))
        made.append(Announcement(ranked, min(dated, default=None)))
    return sorted(made, key=lambda each: each.order)


def shown(value: When | Period | None) -> str:
    """A printed time for people: `2026-12-03 09:30`; `–` where a notice takes it back."""
    if value is None:
        return "–"
    if isinstance(value, When):
        return value.local.replace("T", " ")
    return f"{value.anchor} + {value.length} {value.unit}"


def parse_when(text: str | None) -> When | None:
    """A normalised time, or None where it names no possible one."""
    if not text:
        return None
    try:
        when = When(text)
        _ = when.span
    except (ValueError, KeyError, OverflowError):
        return None
    return when


def timeline(chain: Sequence[Announcement]) -> dict[tuple[str, str], Slot]:
    """Each printed date, by (lot, field), after the whole chain of originals and corrections."""
    slots: dict[tuple[str, str], Slot] = {}
    for announcement in chain:
        stated = {_of_publicity(where, slots): said for where, said in _statements(announcement)}
        for where, statement in stated.items():
            known = slots.get(where)
            if statement.value is None:
                if known is not None:
                    known.now = _doubted(known.now, statement)
                continue
            _lots_follow(slots, where, statement, announcement, stated)
            if known is None:
                slots[where] = _first_of_a_lot(slots, where, statement)
            elif known.now.value != statement.value or statement.rivals:
                if known.now.value != statement.value:
                    known.history.append(known.now)
                    _opening_follows(slots, where, known.now, statement)
                known.now = statement
    return slots


def _first_of_a_lot(slots: dict[tuple[str, str], Slot], where: tuple[str, str], statement: Statement) -> Slot:
    """A date of its own that a lot gets parts from that of the whole proceeding, and remembers it."""
    lot, name = where
    whole = slots.get(("", name))
    if not lot or whole is None or whole.now.value == statement.value:
        return Slot(statement)
    _opening_follows(slots, where, whole.now, statement)
    return Slot(statement, [*whole.history, whole.now])


def _lots_follow(
    slots: dict[tuple[str, str], Slot],
    where: tuple[str, str],
    new: Statement,
    announcement: Announcement,
    stated: Mapping[tuple[str, str], Statement],
) -> None:
    """A correction for all lots moves those that had the date it corrects; a lot with another date keeps it.

    Where only lots had dates until now, it speaks of them all.
    """
    lot, moved = where
    if lot or announcement.notice.kind != "correction":
        return
    whole = slots.get(where)
    for (no, name), slot in slots.items():
        if not no or name != moved or (no, name) in stated or slot.now.value == new.value:
            continue
        if whole is None or slot.now.value == whole.now.value:
            slot.history.append(slot.now)
            slot.now = new


def _doubted(stands: Statement, withdrawal: Statement) -> Statement:
    """A date that a notice takes back (另行通知) stays in sight beside those words until a new one is printed.

    Dropping it would lose a deadline where the notice was misread.
    """
    rivals = (*(stands.rivals or (_said(stands),)), _said(withdrawal))
    return replace(stands, rivals=rivals, provisional=True)


def _opening_follows(
    slots: dict[tuple[str, str], Slot], where: tuple[str, str], old: Statement, new: Statement
) -> None:
    """Bids are opened at the moment submission ends (招标投标法 34), so an opening at the old one moves along.

    It stays provisional until a notice prints it. A lot whose deadline parts from the others takes its opening along.
    """
    lot, moved = where
    own = slots.get((lot, "opening_at"))
    opening = own or slots.get(("", "opening_at"))
    if moved != "bid_deadline" or opening is None or opening.now.value != old.value:
        return
    slots[lot, "opening_at"] = Slot(replace(new, provisional=True), [*opening.history, opening.now])


def _statements(announcement: Announcement) -> Iterator[tuple[tuple[str, str], Statement]]:
    """What an announcement says of each date; its copies on other portals are compared."""
    said: defaultdict[tuple[str, str], list[Statement]] = defaultdict(list)
    for member in announcement.members:
        for (lot, name), statement in _member_statements(member):
            said[lot, name].append(statement)
    for where, copies in said.items():
        first = copies[0]
        rivals = [rival for each in copies for rival in (each.rivals or (_said(each),))]
        if len({rival.value for rival in rivals}) > 1:
            # A copy that repeats the same words adds nothing; the best-ranked place is named.
            distinct = {(rival.value, rival.words): rival for rival in reversed(rivals)}
            ordered = tuple(sorted(distinct.values(), key=attrgetter("value", "source", "words")))
            first = replace(first, rivals=ordered, span=_hull(ordered))
        else:
            first = replace(first, rivals=())
        yield where, first


def _meant(name: str, kind: Kind) -> str:
    """A 公示期限 is the time for opinions before a purchase, and that for objections once somebody is named."""
    return "publicity_until" if name == "opinion_deadline" and kind in {"single_source", "award_candidate"} else name


def _of_publicity(where: tuple[str, str], slots: Mapping[tuple[str, str], Slot]) -> tuple[str, str]:
    """A correction does not say what it corrects: where only objections have a 公示期限, it is theirs that moves."""
    lot, name = where
    known = (lot, "publicity_until") in slots and where not in slots
    return (lot, "publicity_until") if name == "opinion_deadline" and known else where


def _said(statement: Statement) -> Said:
    return Said(value=shown(statement.value), words=statement.words, source=statement.source)


def _hull(values: Iterable[Said]) -> tuple[datetime, datetime] | None:
    spans = [when.span for each in values if (when := parse_when(each.value.replace(" ", "T")))]
    if not spans:
        return None
    return min(span[0] for span in spans), max(span[1] for span in spans)


def _member_statements(member: Member) -> Iterator[tuple[tuple[str, str], Statement]]:
    notice = member.notice
    by_hand = {(each.lot, _meant(each.field, notice.kind)): each for each in member.overrides}
    conflicts = {(each.lot or "", _meant(each.field, notice.kind)): each for each in notice.conflicts}
    printed = dict(_printed(member))
    for where in sorted(printed.keys() | by_hand.keys()):
        official = printed.get(where)
        hand = by_hand.get(where)
        if hand is not None:
            statement = _overridden(member, hand, official)
            if statement is not None:
                yield where, statement
        elif official is not None:
            conflict = conflicts.get(where)
            yield where, _contradicted(official, conflict) if conflict else official


def _printed(member: Member) -> Iterator[tuple[tuple[str, str], Statement]]:
    notice = member.notice
    if not notice.corrections:  # a correction that states its changes repeats old dates beside them
        for lot, times in (("", notice.times), *sorted(notice.lot_times.items())):
            for name, reading in times.items():
                yield (lot, _meant(name, notice.kind)), _statement(member, reading)
    for change in notice.corrections:
        after = parse_when(change.after)
        withdrawn = change.after is None and change.before is not None
        if change.field not in _TIME_FIELDS or (after is None and not withdrawn):
            continue
        words = " → ".join(each.words for each in change.evidence) or f"{change.before or ''} → {change.after or '–'}"
        label = change.evidence[0].label if change.evidence else ""
        yield (change.lot or "", change.field), Statement(after, words, label, member.key)


_TIME_FIELDS = BIDDER_ACTS | {"documents_from", "opening_at", "expected_at", "publicity_until"}


def _statement(member: Member, reading: Reading[When | Period]) -> Statement:
    first = reading.evidence[0] if reading.evidence else None
    return Statement(
        reading.value,
        first.words if first else shown(reading.value),
        first.label if first else "",
        member.key,
    )


def _contradicted(statement: Statement, conflict: Conflict) -> Statement:
    rivals = tuple(
        Said(
            value=each.value.replace("T", " "),
            words=each.evidence[0].words if each.evidence else each.value,
            source=statement.source,
        )
        for each in conflict.values
    )
    return replace(statement, rivals=rivals, span=_hull(rivals))


def _overridden(member: Member, hand: HandValue, official: Statement | None) -> Statement | None:
    value = parse_when(hand.value.replace(" ", "T")) if hand.value else None
    if value is None:
        return None  # a person said: no such date
    statement = Statement(value, hand.words, "", member.key)
    if hand.superseded and official is not None and official.value != value:
        rivals = (_said(statement), _said(official))
        return replace(statement, rivals=rivals, span=_hull(rivals))
    return statement


def _printed_milestones(slots: dict[tuple[str, str], Slot], ended: set[str]) -> Iterator[MilestoneState]:
    """Printed dates with an instant of their own."""
    for (lot, name), slot in sorted(slots.items()):
        statement = slot.now
        if not isinstance(statement.value, When):
            continue
        span = statement.span or statement.value.span
        yield MilestoneState(
            lot=lot,
            kind=name,
            earliest=span[0].astimezone(UTC),
            latest=span[1].astimezone(UTC),
            precision=statement.value.precision,
            zone=statement.value.zone,
            words=statement.words,
            label=statement.label,
            source=statement.source,
            bidder_acts=name in BIDDER_ACTS and _open(lot, ended),
            provisional=statement.provisional,
            conflict=statement.rivals,
            history=tuple(_said(each) for each in slot.history),
        )


def _open(lot: str, ended: set[str]) -> bool:
    return "all" not in ended and lot not in ended


@dataclass(frozen=True)
class Rules:
    """The law and the calendar that a derivation counts with."""

    law: Law
    calendar: Calendar
    procedures: Mapping[str, Procedure]
    signals: Signals

    @classmethod
    def load(cls) -> "Rules":
        """Those in force: shipped, or the user's own."""
        return cls(load_law(), load_calendar(), load_procedures(), load_signals())


_ANCHOR_OF = {"qualification": "step-ended"}
"""What starts a period besides the anchors themselves: the day a result was told ends that step (94号令 10)."""


@dataclass(frozen=True)
class Lawful:
    """One proceeding before the law."""

    rules: Rules
    regime: Regime | None
    procedure: Procedure
    chain: Sequence[Announcement]
    slots: dict[tuple[str, str], Slot]
    ended: set[str]
    entered: Sequence[Entered] = ()
    natures: Collection[str] = ()
    lots: Collection[str] = ()
    suspended: bool = False

    def facts(self, lot: str = "") -> Facts:
        """What is known of the whole proceeding; of a lot its own dates count first, and only notices about it."""
        about = [("", name) for _no, name in self.slots] + [(lot, name) for _no, name in self.slots]
        times = {where[1]: self.slots[where].now.value for where in about if where in self.slots}
        return Facts(
            times={name: value for name, value in times.items() if value},
            published=_published(self.chain, lot, whole_ended="all" in self.ended),
            corrected=max(
                (when for each in self.chain if _may_affect_bids(each.notice) and (when := _day(each))),
                key=lambda when: when.span,
                default=None,
            ),
            entered=self._paused()
            | {
                _ANCHOR_OF.get(each.what, each.name): when
                for each in self.entered
                if each.what in _ANCHOR_OF or each.what == "anchor"
                if (when := parse_when(each.value))
            },
            terms={each.name: each.period for each in self.entered if each.what == "term" and each.period},
            emergency="emergency" in self.natures,
            mandatory="mandatory" in self.natures,
        )

    def _paused(self) -> dict[str, When]:
        """When the present pause was published; nothing where the activity goes on."""
        days = [_day(each) for each in self.chain if each.notice.suspended]
        return {"suspension-published": days[-1]} if self.suspended and days and days[-1] else {}

    def milestones(self) -> Iterator[MilestoneState]:
        """Dates the law adds, relative periods resolved, and printed dates that fall short of a minimum."""
        cases = {lot: self._case(lot) for lot in ("", *self._lots_apart())}
        checks: defaultdict[tuple[str, str], list[Text]] = defaultdict(list)
        for lot, case in cases.items():
            for check in case.checks():
                if check.verdict == "check":
                    checks[lot, self._shown_at(check)].append(check.text)
        for printed in _printed_milestones(self.slots, self.ended):
            texts = checks[printed.lot, printed.kind]
            zh, en = "；".join(each.zh for each in texts), "; ".join(each.en for each in texts)
            said = {"check": zh, "check_en": en} if texts else {}
            # What is due while the activity rests holds until it goes on, and may then be set anew.
            paused = {"provisional": True} if self.suspended and printed.bidder_acts else {}
            yield printed.model_copy(update=said | paused)
        yield from self._relative(cases)
        yield from self._by_law(cases)

    def _shown_at(self, check: Check) -> str:
        """The printed date a check is shown at: a change that came too late is one of the deadline it comes before."""
        field = self.rules.law.anchors[check.bound.anchor].field
        return field if check.field == "correction" and field else check.field

    def _case(self, lot: str) -> Case:
        return Case(self.facts(lot), self.regime, self.procedure, self.rules.calendar, self.rules.law)

    def _lots_apart(self) -> list[str]:
        """Lots with a date of their own, or of which other notices speak than of the whole."""
        dated = {no for no, _name in self.slots if no}
        whole = {each.notice.kind for each in self.chain}
        told = {no for no in self.lots if {kind for each in self.chain for kind in kinds_for(each.notice, no)} != whole}
        return sorted(dated | told)

    def _by_law(self, cases: Mapping[str, Case]) -> Iterator[MilestoneState]:
        """What the law adds; a lot's date is its own where it differs, and the proceeding's where all lots agree."""
        found: defaultdict[str, dict[str, tuple[ComputedMilestone, Computed]]] = defaultdict(dict)
        for lot, case in cases.items():
            for computed in case.milestones():
                if isinstance(computed.result, Computed) and computed.role != "minimum":
                    found[computed.rule_id or computed.kind][lot] = computed, computed.result
        for by_lot in found.values():
            agreed = {result.moment for _milestone, result in by_lot.values()}
            if "" not in by_lot and len(agreed) == 1 and by_lot.keys() == set(self.lots):
                yield self._computed(*next(iter(by_lot.values())))
                continue
            for lot, (milestone, result) in by_lot.items():
                if not lot or "" not in by_lot or result.moment != by_lot[""][1].moment:
                    yield self._computed(milestone, result, lot)

    def _relative(self, cases: Mapping[str, Case]) -> Iterator[MilestoneState]:
        """Printed periods, such as 自公告发布之日起5个工作日."""
        for (lot, name), slot in sorted(self.slots.items()):
            statement = slot.now
            if not isinstance(statement.value, Period):
                continue
            found = cases[lot].printed(statement.value)
            if isinstance(found, Computed):
                steps = "；".join(step.zh for step in found.steps)
                yield MilestoneState(
                    lot=lot,
                    kind=name,
                    earliest=found.moment.earliest.astimezone(UTC),
                    latest=found.moment.latest.astimezone(UTC),
                    precision=found.moment.precision,
                    words=f"{statement.words}（{steps}）",
                    words_en="; ".join(step.en for step in found.steps),
                    label=statement.label,
                    source=statement.source,
                    bidder_acts=name in BIDDER_ACTS and _open(lot, self.ended),
                    provisional=found.provisional,
                )

    def _computed(self, milestone: ComputedMilestone, found: Computed, lot: str = "") -> MilestoneState:
        return MilestoneState(
            lot=lot,
            kind=milestone.rule_id or milestone.kind,
            rule_id=milestone.rule_id,
            earliest=found.moment.earliest.astimezone(UTC),
            latest=found.moment.latest.astimezone(UTC),
            precision=found.moment.precision,
            words="；".join(step.zh for step in found.steps),
            words_en="; ".join(step.en for step in found.steps),
            label=milestone.name.zh,
            label_en=milestone.name.en,
            legal_ref=milestone.legal_ref,
            bidder_acts=milestone.role == "deadline" and milestone.bidder_acts and _open(lot, self.ended),
            alarm="tracked" if milestone.alarm == "tracked" and milestone.role in {"deadline", "due"} else "",
            standing=milestone.standing or "",
            provisional=found.provisional or found.proxy is not None,
        )


def _may_affect_bids(notice: Notice) -> bool:
    """A change that may affect how bids are prepared, as far as the notice tells: not one that only gives more time."""
    if notice.kind != "correction" or notice.suspended or notice.resumed:
        return False
    return not notice.corrections or any(
        each.field not in _TIME_FIELDS or (each.before and each.after and each.after < each.before)
        for each in notice.corrections
    )


def _published(chain: Sequence[Announcement], lot: str = "", *, whole_ended: bool = True) -> dict[Kind, When]:
    """When the first notice of each kind appeared; the official medium's day counts where it carries the notice.

    For a lot those that are about it; the end of some lots is none of the whole proceeding.
    """
    first: dict[Kind, When] = {}
    for announcement in chain:
        when, kind = _day(announcement), announcement.notice.kind
        some_lots = set(announcement.notice.terminated_lots) - {"all"}
        kinds: Iterable[Kind] = kinds_for(announcement.notice, lot) if lot else (kind,)
        if when is None or (not lot and kind == "termination" and some_lots and not whole_ended):
            continue
        for each in kinds:
            first.setdefault(each, when)
    return first


def _day(announcement: Announcement) -> When | None:
    """The day of publishing on the medium that counts: the best-ranked one that is dated."""
    best = min(member.rank for member in announcement.members)
    dated = [each.published for each in announcement.members if each.published is not None and each.rank == best]
    at = min(dated) if dated else announcement.published
    return When(at.astimezone(SHANGHAI).date().isoformat()) if at is not None else None


@dataclass
class Ending:
    """How a proceeding and its lots end, as the announcements say it one after the other."""

    outcome: str | None = None
    lots: dict[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> set[str]:
        """Lots a bidder can do nothing about any more, and `all`."""
        over = {lot for lot, outcome in self.lots.items() if outcome in {"terminated", "awarded", "contracted"}}
        return over | ({"all"} if self.outcome in {"terminated", "awarded", "contracted"} else set())


def _ending(chain: Sequence[Announcement], lots: Iterable[str]) -> Ending:
    ending = Ending()
    known = set(lots)
    for announcement in chain:
        notice = announcement.notice
        if notice.kind == "termination":
            if "all" in notice.terminated_lots or not notice.terminated_lots:
                ending.outcome = "terminated"
            else:
                ending.lots |= dict.fromkeys(notice.terminated_lots, "terminated")
        elif notice.kind in {"award_candidate", "award", "contract"}:
            word = {"award_candidate": "candidate", "award": "awarded", "contract": "contracted"}[notice.kind]
            named = {each.lot for each in notice.awards if each.lot}
            if named and known:
                ending.lots |= dict.fromkeys(named, word)
            elif word != "candidate":
                ending.outcome = word
            if notice.kind == "award" and notice.terminated_lots:
                ending.lots |= dict.fromkeys(set(notice.terminated_lots) - {"all"}, "terminated")
        elif notice.suspended:
            ending.outcome = "suspended"
        elif ending.outcome == "suspended" and (notice.resumed or _sets_a_deadline(announcement)):
            ending.outcome = None
        if known and known <= ending.ended and ending.outcome in {None, "suspended"}:
            outcomes = {ending.lots[lot] for lot in known}
            ending.outcome = next(word for word in ("contracted", "awarded", "terminated") if word in outcomes)
    return ending


def _sets_a_deadline(announcement: Announcement) -> bool:
    """Whether a correction sets all bids a new end: the purchase goes on, though no notice says 恢复."""
    if announcement.notice.kind != "correction":
        return False
    return any(where == ("", "bid_deadline") and each.value for where, each in _statements(announcement))


def _lots(chain: Sequence[Announcement]) -> dict[str, LotState]:
    lots: dict[str, LotState] = {}
    for announcement in chain:
        for lot in announcement.notice.lots:
            old = lots.get(lot.no, LotState(no=lot.no))
            lots[lot.no] = old.model_copy(
                update={
                    "name": lot.name or old.name,
                    "budget": _fen(lot.budget) or old.budget,
                    "ceiling": _fen(lot.ceiling) or old.ceiling,
                }
            )
    return lots


def _fen(money: Money | None) -> int | None:
    if money is None or money.currency != "CNY" or money.kind != "total":
        return None
    return money.hundredths


def _awards(chain: Sequence[Announcement]) -> Iterator[AwardState]:
    for announcement in chain:
        notice = announcement.notice
        if notice.kind not in {"award_candidate", "award", "contract"}:
            continue
        for award in notice.awards:
            if award.supplier and award.rank == 1:
                yield AwardState(
                    lot=award.lot or "",
                    supplier=award.supplier,
                    amount=_fen(award.amount),
                    brand=award.brand,
                    model=award.model,
                    unit_price=award.unit_price.hundredths if award.unit_price else None,
                    source=announcement.members[0].key,
                    at=announcement.published,
                    stage=notice.kind,
                )


def _proceeding(
    place: Place, chain: Sequence[Announcement], regime: Regime | None, rules: Rules, entered: Sequence[Entered]
) -> ProceedingState:
    lots = _lots(chain)
    ending = _ending(chain, lots)
    for each in entered:
        if each.what == "qualification" and ending.outcome != "terminated":
            ending.outcome = each.name
    slots = timeline(chain)
    method = next((each.notice.method for each in telling(chain) if each.notice.method), None)
    kinds = {each.notice.kind for each in chain}
    if ending.outcome != "terminated":
        kinds.discard("termination")  # of one lot only, or taken back
    procedure = procedure_for(method, regime, kinds, rules.procedures)
    left = next((each for each in entered if each.what == "left"), None)
    ended = ending.ended | ({"all"} if left else set())
    rounds = tuple(rounds_of(entered))
    natures = tuple(_natures(chain, entered, rules.signals))
    if procedure is None:
        milestones = list(_printed_milestones(slots, ended))
        position = Position(None, "open", None, None)
    else:
        special, rests = [each.value for each in natures], ending.outcome == "suspended"
        lawful = Lawful(rules, regime, procedure, chain, slots, ended, entered, special, lots, rests)
        milestones = list(lawful.milestones())
        position = stage_of(procedure, kinds, regime, suspended=ending.outcome == "suspended")
    milestones = list(_with_objections(milestones, rules.law, ended))
    following = _following(procedure, position, ending.outcome, left is not None)
    return ProceedingState(
        key=place.key,
        kind=place.kind,
        round=place.round,
        method=method,
        number=_text(chain, "project_number"),
        stage=position.stage.id if position.stage else "",
        stage_zh=position.stage.zh if position.stage else "",
        stage_en=position.stage.en if position.stage else "",
        outcome=ending.outcome,
        kinds=tuple(sorted(kinds)),
        turn=position.turn if ending.outcome not in _OVER and not left else None,
        next_zh=following.zh if following else "",
        next_en=following.en if following else "",
        rounds=rounds,
        natures=natures,
        left=Said(value=left.value.replace("T", " "), words=left.words, source="left") if left else None,
        risks=tuple(risks_of(((each.members[0].key, each.notice) for each in chain), regime, procedure.method))
        if procedure
        else (),
        re_tender_of=place.re_tender_of,
        lots=tuple(_lot(lot, chain, ending, procedure, regime, kinds) for _no, lot in sorted(lots.items())),
        milestones=(*milestones, *round_milestones(rounds, _open("", ended))),
        awards=tuple(_awards(chain)),
    )


def _with_objections(found: Sequence[MilestoneState], law: Law, ended: set[str]) -> Iterator[MilestoneState]:
    """Where no rule of law says until when one may object, a bidder acts by the printed end of the publicity."""
    told = {each.lot for each in found if any(_ends_publicity(law, rule.within) for rule in law.periods(each.rule_id))}
    for each in found:
        acts = each.kind == "publicity_until" and not told & {"", each.lot} and _open(each.lot, ended)
        yield each.model_copy(update={"bidder_acts": True}) if acts else each


def _ends_publicity(law: Law, rule_id: str | None) -> bool:
    return any(rule.bounds == "publicity_until" for rule in law.periods(rule_id or ""))


def _natures(chain: Sequence[Announcement], entered: Sequence[Entered], signals: Signals) -> Iterator[Said]:
    """What the law treats apart: an emergency purchase, a tender that is mandatory; a person's word wins."""
    said = {each.name: each for each in entered if each.what == "nature"}
    for nature in signals.natures:
        word = said.get(nature.id)
        if word is not None:
            if word.value == "yes":
                yield Said(value=nature.id, words=word.words, source="")
            continue
        for announcement in chain:
            words = nature.words_in(announcement.notice.title, announcement.notice.text[:REGIME_TEXT])
            if words:
                yield Said(value=nature.id, words=words, source=announcement.members[0].key)
                break


_OVER = {"terminated", "awarded", "contracted", "passed", "failed"}


def _following(procedure: Procedure | None, position: Position, outcome: str | None, left: bool) -> Text | None:
    """What the bidder does next, or can still do after an end."""
    if procedure is None:
        return None
    if outcome == "passed" and procedure.passed:
        return procedure.passed.name
    if outcome == "failed" and procedure.failed:
        return procedure.failed.name
    if left:
        leaving = next((stage for stage in procedure.stages if stage.id == "leaving"), None)
        return leaving.done.name if leaving and leaving.done else None
    return position.act


def _lot(
    lot: LotState,
    chain: Sequence[Announcement],
    ending: Ending,
    procedure: Procedure | None,
    regime: Regime | None,
    whole: set[Kind],
) -> LotState:
    """A lot with an end and a stage of its own, from the notices that are about it."""
    outcome = ending.lots.get(lot.no, ending.outcome)
    kinds = {kind for each in chain for kind in kinds_for(each.notice, lot.no)}
    if outcome != "terminated":
        kinds.discard("termination")
    if procedure is None or kinds == whole:
        return lot.model_copy(update={"outcome": outcome})
    stage = stage_of(procedure, kinds, regime, suspended=ending.outcome == "suspended").stage
    said = {"stage": stage.id, "stage_zh": stage.zh, "stage_en": stage.en} if stage else {}
    return lot.model_copy(update={"outcome": outcome, "kinds": tuple(sorted(kinds)), **said})


REGIME_TEXT = 6_000
"""Characters of each notice that are weighed for the regime; the signals stand near the top and in the contacts."""


def regime_finding(best: Sequence[Announcement], buyer: str | None, signals: Signals) -> RegimeFinding:
    """The law the purchase is under, with the signals, from the notices that say best what it is."""
    texts = "\n".join(each.notice.text[:REGIME_TEXT] for each in best[:3])
    title = "\n".join(each.notice.title for each in best[:3])
    portal = best[0].members[0].key.partition("/")[0]
    return regime_of(texts, title=title, buyer=buyer or "", portal=portal, signals=signals)


def telling(chain: Sequence[Announcement]) -> list[Announcement]:
    """The announcements that say best what is bought, newest of a kind first."""
    newest_first = sorted(chain, key=lambda each: each.order, reverse=True)
    return sorted(newest_first, key=lambda each: _BEST_SOURCE.index(each.notice.kind))


def _text(chain: Sequence[Announcement], name: str) -> str | None:
    for announcement in telling(chain):
        for member in announcement.members:
            hand = next((each for each in member.overrides if each.field == name), None)
            if hand is not None:
                return hand.value
            if name in member.notice.texts:
                return member.notice.texts[name].value
    return None


def _money(chain: Sequence[Announcement], name: str) -> int | None:
    """The newest stated amount in hundredths of CNY: a correction wins over what it corrects."""
    for announcement in sorted(chain, key=lambda each: each.order, reverse=True):
        for member in announcement.members:
            for hand in member.overrides:
                if hand.field == name and not hand.lot and hand.value is not None:
                    return round(float(hand.value) * 100)
        for change in announcement.notice.corrections:
            if change.field == f"{name}_yuan" and change.after and not change.lot:
                try:
                    return round(float(change.after) * 100)
                except ValueError:
                    continue
        amount = _fen(reading.value) if (reading := announcement.notice.money.get(name)) else None
        if amount is not None:
            return amount
    return None


def _verdict(chain: Sequence[Announcement], decided: str | None) -> Verdict:
    """The strongest verdict among the notices; a person's word wins."""
    strongest = ("yes", "mixed", "review", "no")
    members = [member for announcement in telling(chain) for member in announcement.members]
    best = min(members, key=lambda each: strongest.index(each.verdict.vehicle_purchase)).verdict
    return replace(best, vehicle_purchase=decided) if decided else best


def derive(
    members: Sequence[Member],
    places: Sequence[Place] = (Place("purchase-1"),),
    rules: Rules | None = None,
    *,
    relevance: str | None = None,
    entered: Sequence[Entered] = (),
) -> ProjectState:
    """The state of a project from all its publications.

    `relevance` is a person's verdict, which wins; `entered` is what people know beside the notices, the newest word
    of each fact only.
    """
    rules = rules or Rules.load()
    chain = announcements(members)
    verdict = _verdict(chain, relevance)
    best = telling(chain)
    buyer = _text(chain, "buyer")
    regime = regime_finding(best, buyer, rules.signals).regime
    by_place = {place.key: [each for each in chain if each.members[0].proceeding == place.key] for place in places}
    return ProjectState(
        name=_text(chain, "project_name") or best[0].notice.title,
        number=_text(chain, "project_number"),
        buyer=buyer,
        agency=_text(chain, "agency"),
        region=_text(chain, "region") or next((m.region for a in best for m in a.members if m.region), None),
        regime=regime,
        vehicle_purchase=verdict.vehicle_purchase,
        vehicle_types=verdict.types,
        vehicle_count=verdict.count,
        reasons=verdict.reasons,
        reasons_en=verdict.reasons_en,
        budget=_money(chain, "budget"),
        ceiling=_money(chain, "ceiling"),
        deposit=_money(chain, "deposit"),
        documents_how=_text(chain, "documents_how"),
        proceedings=tuple(
            qualified(
                [
                    _proceeding(
                        place,
                        by_place[place.key],
                        regime,
                        rules,
                        [each for each in entered if each.proceeding == place.key],
                    )
                    for place in places
                    if by_place[place.key]
                ],
                rules.procedures,
            )
        ),
        withdrawn=tuple(sorted(member.key for member in members if member.withdrawn)),
    )
