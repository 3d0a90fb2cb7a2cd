"""What linking looks at in one publication, and the keys under which it can meet others."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from urllib.parse import urlsplit

from pydantic import TypeAdapter

from crawler.notice import Kind, Notice, When
from crawler.text import comparison_key
from tracker.linking.naming import (
    Name,
    Number,
    core,
    normal_buyer,
    normal_lot,
    normal_number,
    numbers_beside,
    read_name,
)

OPENERS: frozenset[Kind] = frozenset(("tender", "negotiation", "consultation", "inquiry", "single_source", "framework"))
_RANK: dict[str, int] = {"intention": 0, "opinion": 1, "prequalification": 2} | dict.fromkeys(OPENERS, 3)
_RANK |= {"correction": 3, "termination": 4, "award_candidate": 4, "award": 5, "contract": 6, "acceptance": 7}
"""Order of the stages; a later one is never published before an earlier one of the same attempt."""
EARLY, LATE = 2, 6
"""Up to which rank a notice comes before the procurement, and from which on after its result."""

TEXT_START = 420
"""Characters of a notice's text that linking looks at."""
MEETING_DAYS = 32
"""Length of the periods in which short subjects meet; two overlap, so that half of it always lies in one."""
SPECIFIC = 6
"""Characters left of a name, without buyer, year and common words, that can stand for one purchase without a buyer."""


@dataclass(frozen=True, slots=True)
class Linkable:
    """What linking looks at in one publication."""

    key: str
    portal: str = ""
    title: str = ""
    kind: Kind = "other"
    published: date | None = None
    number: str | None = None
    name: str | None = None
    buyer: str | None = None
    agency: str | None = None
    budget_fen: int | None = None
    deadline: str | None = None
    """As `When.local`; in a correction the new one."""
    references: tuple[str, ...] = ()
    companions: tuple[str, ...] = ()
    """Keys of publications that the portal itself shows as the same project's."""
    lots: tuple[str, ...] = ()
    """Lots that a result, a correction or a termination is about."""
    text_start: str = ""


LINKABLE: TypeAdapter[Linkable] = TypeAdapter(Linkable)
"""Serialises a linkable to JSON and back."""


def linkable(key: str, notice: Notice, *, portal: str | None = None, published: date | None = None) -> Linkable:
    """What linking needs of a notice that was read. `published` stands in where the notice prints no day."""

    def text(name: str) -> str | None:
        reading = notice.texts.get(name)
        return reading.value if reading else None

    printed = notice.published.value if notice.published else None
    if printed and printed.precision in ("minute", "day"):
        published = date.fromisoformat(printed.local[:10])
    budget = notice.money.get("budget")
    moved = [change.after for change in notice.corrections if change.field == "bid_deadline" and change.after]
    deadline = notice.times.get("bid_deadline")
    due = deadline.value.local if deadline and isinstance(deadline.value, When) else None
    lots = {lot for lot in notice.terminated_lots if lot != "all"} | {award.lot for award in notice.awards if award.lot}
    return Linkable(
        key=key,
        portal=portal or notice.portal or urlsplit(notice.url or "").netloc,
        title=notice.title,
        kind=notice.kind,
        published=published,
        number=text("project_number"),
        name=text("project_name"),
        buyer=text("buyer"),
        agency=text("agency"),
        budget_fen=budget.value.hundredths if budget and budget.value.currency == "CNY" else None,
        deadline=moved[-1] if moved else due,
        references=notice.references,
        companions=notice.companions,
        lots=tuple(sorted(lots)),
        text_start=notice.text[:TEXT_START],
    )


@dataclass(frozen=True, slots=True)
class Facts:
    item: Linkable
    stage: str
    rank: int | None
    day: int | None
    numbers: dict[str, Number]
    references: frozenset[str]
    buyer: str | None
    agency: str | None
    title: str
    """Folded whole, for a buyer's name in it."""
    heading: str
    """Subject of the title."""
    said: frozenset[str]
    """Stages that the title names."""
    subjects: tuple[str, ...]
    cores: tuple[str, ...]
    attempt: int | None
    lots: frozenset[str]
    ordinal: int | None

    @property
    def open(self) -> bool:
        """Whether a name may join it, or a group it stands in, to others; `Group.open` holds of no other groups."""
        early_or_late = self.rank is not None and (self.rank <= EARLY or self.rank >= LATE)
        strong = any(not number.weak for number in self.numbers.values())
        return not strong or early_or_late or self.attempt not in (None, 1) or self.stage == "termination"

    @property
    def order(self) -> tuple[int, str]:
        return (self.day if self.day is not None else 1 << 30, self.item.key)


def _split(raw: str | None, lot: str = "") -> list[Number]:
    """Every number of a field that holds one or several."""
    found = (normal_number(part, lot) for part in comparison_key(raw or "").replace("、", ";").split(";"))
    return [number for number in found if number]


@lru_cache(maxsize=8192)
def facts_of(item: Linkable) -> Facts:
    """A publication's facts in comparable form; intake asks for those of one neighbourhood again and again."""
    title, name = read_name(item.title), read_name(item.name)
    lots = title.lots or frozenset(map(normal_lot, item.lots))
    only = next(iter(lots)) if len(lots) == 1 else ""
    numbers = {number.full: number for number in (*_split(item.number, only), *title.numbers)}
    buyer = normal_buyer(item.buyer)
    # The title of an intention page names the buyer and the months, not the purchase.
    named: tuple[Name, ...] = (name,) if item.kind == "intention" and name.subject else (title, name)
    subjects = dict.fromkeys(part.subject for part in named if part.subject)
    if buyer:
        subjects |= {buyer + subject: None for subject in subjects if buyer not in subject}
    references = {number.full for each in item.references for number in _split(each) if not number.weak}
    references |= {number.full for number in numbers_beside(item.text_start)} - numbers.keys()
    marks = (title.attempt, name.attempt, *(number.attempt for number in numbers.values()))
    attempts = [mark for mark in marks if mark is not None]
    return Facts(
        item=item,
        stage="opening" if item.kind in OPENERS else item.kind,
        rank=_RANK.get(item.kind),
        day=item.published.toordinal() if item.published else None,
        numbers=numbers,
        references=frozenset(references),
        buyer=buyer,
        agency=normal_buyer(item.agency),
        title=comparison_key(item.title).replace("(", "").replace(")", ""),
        heading=title.subject,
        said=title.stages,
        subjects=tuple(subjects),
        cores=tuple(dict.fromkeys(core(subject, buyer) for subject in subjects)),
        attempt=max(attempts) if attempts else None,
        lots=lots,
        ordinal=title.ordinal,
    )


def blocking_keys(item: Linkable) -> frozenset[str]:
    """What a publication is stored under: two that share none of these are joined by nothing but a person or a third.

    `b:` is its buyer, and `o:` again where a name may join it to others; `u:` a short name whose buyer is not known.
    """
    facts = facts_of(item)
    keys = keys_of(facts)
    if facts.buyer:
        return keys | {f"o:{facts.buyer}"} if facts.open else keys
    return keys | {f"u{key[1:]}" for key in keys if _short_name(key)}


@lru_cache(maxsize=8192)
def asking_keys(item: Linkable) -> frozenset[str]:
    """What a publication looks for others under. A name joins two groups only where one of them is open to it
    (`Group.open`), and an open group has an open member: one that is not open looks for the open ones of its buyer.
    """
    facts = facts_of(item)
    keys = keys_of(facts)
    return keys if facts.open or not facts.buyer else keys - {f"b:{facts.buyer}"} | {f"o:{facts.buyer}"}


@lru_cache(maxsize=8192)
def completing_keys(item: Linkable) -> frozenset[str]:
    """What completes the group of a publication: number, references, long names.

    Without buyer, common hour and round sum, and short names of known buyers: these are shared by strangers, and
    following them from stranger to stranger would lead through the whole country.
    """
    keys = {key for key in keys_of(facts_of(item)) if key[:2] not in ("b:", "d:")}
    if not facts_of(item).buyer:
        return frozenset(keys)
    return frozenset(f"u{key[1:]}" if _short_name(key) else key for key in keys)


def _short_name(key: str) -> bool:
    """Whether it is the key of a short name, which holds for some weeks."""
    return key.startswith("t:") and re.search(r"@-?\d+$", key) is not None


def number_keys(facts: Facts) -> set[str]:
    return {f"n:{number.stem}" for number in facts.numbers.values()} | {
        f"n:{number.full}" for number in facts.numbers.values()
    }


def keys_of(facts: Facts) -> frozenset[str]:
    """The keys of a publication's numbers, references, names, buyer and figures."""
    return _keys(facts.item)


@lru_cache(maxsize=8192)
def _keys(item: Linkable) -> frozenset[str]:
    facts = facts_of(item)
    keys = number_keys(facts) | {f"n:{reference}" for reference in facts.references}
    keys |= {f"p:{key}" for key in (*facts.item.companions, *([facts.item.key] if facts.item.companions else ()))}
    for subject in facts.subjects:
        keys |= _subject_keys(facts, subject)
    if facts.buyer:
        keys.add(f"b:{facts.buyer}")
    if facts.item.deadline and facts.item.budget_fen:
        keys.add(f"d:{facts.item.deadline} {facts.item.budget_fen}")
    return frozenset(keys)


def _subject_keys(facts: Facts, subject: str) -> set[str]:
    """A long subject, or one with its buyer in it, meets its like at any time; a short one ("冷链疫苗运输车") would
    connect half the country, so where the buyer is known it meets those without a buyer in the same weeks only.
    """
    length = len(core(subject))
    if length < SPECIFIC:
        return set()
    always = {f"t:{subject}"}
    if length >= 2 * SPECIFIC or facts.day is None or (facts.buyer and facts.buyer in subject):
        return always
    weeks = {f"t:{subject}@{(facts.day + shift) // MEETING_DAYS}" for shift in (0, MEETING_DAYS // 2)}
    return weeks if facts.buyer else weeks | always
