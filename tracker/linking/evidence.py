"""What two publications, or two groups of them, are to each other: joined, kept apart, or nothing."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from tracker.linking.answer import Join
from tracker.linking.naming import AGAIN, Number, abridges, at_odds, bigrams, core, likeness, same_buyer
from tracker.linking.publication import EARLY, LATE, SPECIFIC, Facts, Linkable

COPY_DAYS = 3
"""Portals print the same announcement on the same day or a few days apart."""
LATE_COPY_DAYS = 15
"""The same, where deadline or text show that it is the same."""
REPEAT_DAYS = 270
"""Longest time from the end of one attempt to the opening of the next."""
SILENT_REPEAT_DAYS = 120
"""The same, where the next attempt does not call itself one."""
CONTRACT_DAYS = 120
"""Longest time to a contract that prints a number of its own."""
STAGE_DAYS = 200
"""Longest time between two stages joined by name alone; an intention leads by up to twice that, and an acceptance
may follow after four times that."""

VETO = "veto"
"""Two publications or groups that must not stand together, whatever joins them to third ones."""


@lru_cache(maxsize=16384)
def _pieces(text: str) -> frozenset[str]:
    return bigrams(re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold()))


def _text_likeness(one: Linkable, other: Linkable) -> float | None:
    """Share of the shorter text's character pairs found in the other; None where a text is too short to tell."""
    a, b = _pieces(one.text_start), _pieces(other.text_start)
    if min(len(a), len(b)) < 60:
        return None
    return len(a & b) / min(len(a), len(b))


def attempts_apart(one: int | None, other: int | None) -> bool:
    """Whether two attempts are known and different; 'again' is any but the first."""
    if one is None or other is None:
        return False
    return (one == 1) != (other == 1) if AGAIN in (one, other) else one != other


def settled(attempt: int | None) -> int:
    """The attempt as a number: one that is not named is the first, a repetition the second."""
    return 1 if attempt is None else 2 if attempt == AGAIN else attempt


def _same(one: object, other: object) -> bool | None:
    return None if one is None or other is None else one == other


def _numbers_apart(one: Facts, other: Facts) -> bool:
    """Whether both print a number that can stand alone and share none."""
    a, b = ({n.stem for n in facts.numbers.values() if not n.weak} for facts in (one, other))
    return bool(a and b and not a & b)


def _days_apart(one: Facts, other: Facts) -> int | None:
    return abs(one.day - other.day) if one.day is not None and other.day is not None else None


def _alike_cores(one: Iterable[str], other: Iterable[str]) -> float:
    return max((likeness(a, b) for a, b in product(one, other)), default=0.0)


def announcement(one: Facts, other: Facts) -> float | str | None:
    """How surely two publications of one project are one announcement; VETO where they are not."""
    a, b = one.item, other.item
    text, due, cost = _text_likeness(a, b), _same(a.deadline, b.deadline), _same(a.budget_fen, b.budget_fen)
    days = _days_apart(one, other)
    same_portal = bool(a.portal) and a.portal == b.portal
    same_title = one.heading == other.heading and one.said == other.said
    twin = same_title and not same_portal and days in (0, 1) and due is not False and cost is not False
    if one.stage != other.stage and not twin and not (same_title and "other" in (one.stage, other.stage)):
        return VETO
    if attempts_apart(one.attempt, other.attempt) or (one.ordinal or other.ordinal) != (other.ordinal or one.ordinal):
        return VETO
    if (one.lots and other.lots and one.lots != other.lots) or at_odds(one.heading, other.heading):
        return VETO
    if _numbers_apart(one, other) and (text or 0) < 0.95:
        # One portal prints the agency's number, another that of the plan: the very same title must speak for it.
        telling = len(core(one.heading)) >= 2 * SPECIFIC and (text is None or text >= 0.4)
        if not (same_title and ((due and cost is not False) or (twin and telling))):
            return VETO
    if same_portal:
        # A portal that shows a notice twice shows it on the same day and word for word.
        twice = (days or 0) <= 1 and same_title and one.lots == other.lots
        return 0.95 if twice and due is not False and (text is None or text >= 0.9) else VETO
    if one.stage != "opening" and due is False:
        return VETO  # two corrections; of one opening notice a wrong copy is a conflict to show
    if one.stage != "opening" and not (one.heading in other.heading or other.heading in one.heading):
        return None  # results of two lots may differ in nothing but the lot's name
    if days is None:
        days = 0 if same_title or due or (text or 0) >= 0.8 else LATE_COPY_DAYS
    late = (due and text is not None and text >= 0.5) or (text or 0) >= 0.9
    if days > (LATE_COPY_DAYS if late else COPY_DAYS):
        return VETO
    alike = 1.0 if set(one.subjects) & set(other.subjects) else _alike_cores(one.cores, other.cores)
    sure = 0.4 + 0.2 * same_title + 0.2 * alike + 0.1 * (text or 0) + 0.1 * bool(due)
    sure -= 0.02 * days + 0.2 * (one.lots != other.lots)
    return sure if sure >= 0.45 else None


# --- groups of publications that surely belong together -----------------------------------------------------------


class Group:
    """Publications that surely belong together, and what they say between them.

    Most groups of a neighbourhood are compared with no other, so what they say is put together when it is asked.
    """

    def __init__(self, members: Iterable[Facts], joins: Iterable[Join] = ()) -> None:
        self.members = sorted(members, key=lambda facts: facts.order)
        self.joins = tuple(joins)
        self.id = min(facts.item.key for facts in self.members)

    @cached_property
    def numbers(self) -> dict[str, Number]:
        return {full: n for facts in self.members for full, n in facts.numbers.items()}

    @cached_property
    def strong(self) -> set[str]:
        return {n.stem for n in self.numbers.values() if not n.weak}

    @cached_property
    def references(self) -> set[str]:
        return {ref for facts in self.members for ref in facts.references}

    @cached_property
    def companions(self) -> set[str]:
        return {key for facts in self.members for key in facts.item.companions}

    @cached_property
    def buyers(self) -> list[str]:
        return sorted({facts.buyer for facts in self.members if facts.buyer})

    @cached_property
    def agencies(self) -> list[str]:
        return sorted({facts.agency for facts in self.members if facts.agency})

    @cached_property
    def subjects(self) -> set[str]:
        return {subject for facts in self.members for subject in facts.subjects}

    @cached_property
    def cores(self) -> list[str]:
        return sorted({part for facts in self.members for part in facts.cores})

    @cached_property
    def ranks(self) -> set[int]:
        return {facts.rank for facts in self.members if facts.rank is not None}

    @cached_property
    def attempts(self) -> set[int]:
        return {facts.attempt for facts in self.members if facts.attempt is not None}

    @cached_property
    def shown(self) -> set[tuple[str, str]]:
        return {(facts.item.portal, facts.stage) for facts in self.members if facts.item.portal}

    @cached_property
    def _days(self) -> list[int]:
        return [facts.day for facts in self.members if facts.day is not None]

    @cached_property
    def first(self) -> int | None:
        return min(self._days, default=None)

    @cached_property
    def last(self) -> int | None:
        return max(self._days, default=None)

    @cached_property
    def budgets(self) -> set[int]:
        return {facts.item.budget_fen for facts in self.members if facts.item.budget_fen}

    @cached_property
    def deadlines(self) -> set[str]:
        return {facts.item.deadline for facts in self.members if facts.item.deadline}

    @cached_property
    def openings(self) -> list[int]:
        return sorted({f.day for f in self.members if f.stage == "opening" and f.day is not None})

    @cached_property
    def opened(self) -> int | None:
        return min(self.openings, default=None)

    @cached_property
    def ended(self) -> int | None:
        return max((f.day for f in self.members if f.stage == "termination" and f.day is not None), default=None)

    @property
    def early(self) -> bool:
        """Only what comes before the procurement: intention, opinion, qualification."""
        return bool(self.ranks) and max(self.ranks) <= EARLY

    @property
    def open(self) -> bool:
        """Whether a name may join it to others: without a strong number, early, late, repeated or ended."""
        return (
            not self.strong
            or self.early
            or min(self.ranks, default=0) >= LATE
            or bool(self.attempts - {1})
            or self.ended is not None
        )

    def __lt__(self, other: "Group") -> bool:
        return self.id < other.id


@dataclass(frozen=True, slots=True)
class Edge:
    sure: float
    reason: str
    words: str


def same_organisation(one: Group, other: Group) -> bool | None:
    """Whether the buyers agree; None where one is missing, or agency and buyer may be swapped."""
    if one.buyers and other.buyers:
        if any(same_buyer(a, b) for a, b in product(one.buyers, other.buyers)):
            return True
        return None if set(one.buyers) & set(other.agencies) or set(other.buyers) & set(one.agencies) else False
    for known, unknown in ((one, other), (other, one)):
        if known.buyers and any(buyer in facts.title for buyer in known.buyers for facts in unknown.members):
            return True
    return None


def _alike(one: Group, other: Group) -> float:
    if one.subjects & other.subjects:
        return 1.0
    return _alike_cores(one.cores, other.cores)


def gap(one: Group, other: Group) -> int:
    """Days between two groups; 0 where they overlap or a day is unknown."""
    if one.first is None or one.last is None or other.first is None or other.last is None:
        return 0
    return max(0, one.first - other.last, other.first - one.last)


def _budgets(one: Group, other: Group) -> bool | None:
    return bool(one.budgets & other.budgets) if one.budgets and other.budgets else None


def _in_order(one: Group, other: Group) -> bool:
    """No stage of one attempt lies before an earlier stage, and the time between fits."""
    for a, b in product(one.members, other.members):
        if a.rank is None or b.rank is None or a.rank == b.rank or settled(a.attempt) != settled(b.attempt):
            continue
        early, late = (a, b) if a.rank < b.rank else (b, a)
        if early.day is None or late.day is None or early.day - COPY_DAYS <= late.day:
            continue
        # A correction behind a failure is no contradiction where something was opened in between.
        if not any(late.day <= day <= early.day + COPY_DAYS for day in one.openings + other.openings):
            return False
    ranks = one.ranks | other.ranks
    longest = STAGE_DAYS * (4 if 7 in ranks else 2 if 0 in ranks else 1)
    return gap(one, other) <= longest


def copies(one: Group, other: Group) -> bool:
    """Whether some publication of each is the same announcement, by name, deadline or text as well as by day."""
    if one.strong and other.strong and not one.strong & other.strong and one.shown & other.shown:
        return False  # the same portal shows the same stage under both numbers
    for a, b in product(one.members, other.members):
        common = set(a.subjects) & set(b.subjects)
        due = _same(a.item.deadline, b.item.deadline)
        if not (common or due) or not isinstance(announcement(a, b), float):
            continue
        text = _text_likeness(a.item, b.item) or 0
        if common and (due or text >= 0.8 or max(len(core(subject)) for subject in common) >= SPECIFIC):
            return True
        alike = _alike_cores(a.cores, b.cores) >= 0.6
        if due and alike and (text >= 0.9 or _same(a.item.budget_fen, b.item.budget_fen)):
            return True
    return False


def _later(one: int, other: int) -> bool:
    """Whether the second attempt can come after the first."""
    if AGAIN in (one, other):
        return (other == AGAIN and one == 1) or (one == AGAIN and other > 2)
    return one < other


def _repeats(one: Group, other: Group, buyers: bool | None) -> bool:
    """Whether one is a later attempt at what the other tried."""
    if not one.subjects & other.subjects and not (buyers and _alike(one, other) >= 0.95):
        return False
    if not buyers and max(map(len, one.cores), default=0) < SPECIFIC:
        return False
    if gap(one, other) > REPEAT_DAYS:
        return False
    for earlier, later in ((one, other), (other, one)):
        began = later.opened if later.opened is not None else later.first
        if began is not None and earlier.first is not None and began < earlier.first:
            continue
        if marked := later.attempts - {1}:
            if all(_later(a, b) for a in earlier.attempts or {1} for b in marked):
                return True
        elif _silently(earlier, later, began) and buyers and not later.attempts:
            return True
    return False


def _silently(earlier: Group, later: Group, began: int | None) -> bool:
    """Whether what began then may be tried again because the earlier attempt had failed shortly before."""
    if began is None or earlier.ended is None or _budgets(earlier, later) is False:
        return False
    return 0 <= began - earlier.ended <= SILENT_REPEAT_DAYS


def _by_name(one: Group, other: Group, buyers: bool | None) -> Edge | None:
    """Joined without a common number."""
    if not _in_order(one, other):
        return None
    like, money, early = _alike(one, other), _budgets(one, other), one.early or other.early
    if one.strong and other.strong:
        # Numbers of their own: only a name that is quite the same joins them, and no contract comes a year later.
        same = one.subjects & other.subjects or (like >= 0.85 and money)
        if not same or (6 in (min(one.ranks | {9}), min(other.ranks | {9})) and gap(one, other) > CONTRACT_DAYS):
            return None
    if buyers:
        words = (one.buyers or other.buyers)[0]
        if like >= (0.8 if 0 in one.ranks | other.ranks else 0.85) and (money is not False or like >= 0.95):
            return Edge(0.8 + 0.02 * bool(money) + 0.01 * (like == 1.0), "name", words)
        if money and (like >= 0.5 or (early and any(abridges(a, b) for a, b in product(one.cores, other.cores)))):
            return Edge(0.75 if like >= 0.5 else 0.65, "name-budget", words)
        if like >= 0.4 and one.deadlines & other.deadlines:
            return Edge(0.75, "name-budget", words)
    elif common := {subject for subject in one.subjects & other.subjects if len(core(subject)) >= SPECIFIC}:
        return Edge(0.7, "name-only", max(common, key=lambda subject: (len(subject), subject)))
    return None


def relate(one: Group, other: Group) -> Edge | str | None:
    """What two groups are to each other: an edge that joins them, VETO, or nothing."""
    buyers = same_organisation(one, other)
    if buyers is False:
        return VETO
    like = _alike(one, other)
    if shared := sorted(one.numbers.keys() & other.numbers.keys()):
        strong = not all(one.numbers[full].weak for full in shared)
        if buyers and (strong or like >= 0.5):
            return Edge(0.98 if strong else 0.9, "number", shared[0])
        if like >= (0.4 if strong else 0.85):
            return Edge(0.93 if strong else 0.8, "number-name", shared[0])
        return None
    if named := sorted(
        (one.references & (other.numbers.keys() | other.strong))
        | (other.references & (one.numbers.keys() | one.strong))
    ):
        return Edge(0.92, "reference", named[0]) if buyers or like >= 0.3 else None
    if shown := sorted(one.companions & other.companions):
        return Edge(0.92, "life", shown[0])
    if (tails := sorted(one.strong & other.strong)) and like >= 0.5:
        return Edge(0.9, "stem", tails[0])
    if one.ranks == other.ranks == {0} and _budgets(one, other) is False:
        return VETO  # two rows of intentions
    if one.subjects and other.subjects and all(at_odds(a, b) for a, b in product(one.subjects, other.subjects)):
        return VETO
    if copies(one, other):
        return Edge(0.88, "copy", sorted(one.subjects & other.subjects)[0])
    if _repeats(one, other, buyers):
        return Edge(0.83, "repeat", sorted(one.subjects | other.subjects)[0])
    numbered = bool(one.strong and other.strong)
    if numbered and not (one.early or other.early or min(one.ranks | {9}) >= 6 or min(other.ranks | {9}) >= 6):
        return VETO
    if one.opened is not None and other.opened is not None and not numbered:
        return VETO  # two opening notices that are neither copies nor attempts at the same thing
    return _by_name(one, other, buyers)
