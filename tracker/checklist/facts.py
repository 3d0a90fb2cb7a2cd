"""What the notices of a proceeding say, by name, verbatim and with the place it stands in."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from crawler.notice import MONEY, TEXTS, TIMES, Evidence, Item, Notice
from crawler.text import one_line
from tracker.checklist.model import Quote
from tracker.documents.model import Requirement
from tracker.state import MilestoneState

MAX_QUOTE = 600
"""Characters of one quotation; the rest is one click away."""
MAX_QUOTES = 12
MAX_ASKED = 5
"""Requirements of documents that one line quotes."""
LINE = re.compile(r"[^\S\n]*(\S[^\n]*)")
SENTENCE = re.compile(r"[^\S\n]*[^\s。；;|][^。；;\n|]*[。；;]?")
HEADING = re.compile(r"\s*[一二三四五六七八九十]{1,3}、[^。；;]{1,30}$")
BODY = "【正文】"
"""Before it the reader's text holds the portal's summary, which repeats the body."""


@dataclass(frozen=True)
class Said:
    """One notice as it speaks."""

    key: str
    """`portal/key`."""
    notice: Notice

    @cached_property
    def sentences(self) -> tuple[tuple[int, str], ...]:
        """Sentences and cells of the body with their offsets; a label on a line of its own takes its value along."""
        text = self.notice.text
        body = text.find(BODY)
        found: list[tuple[int, str]] = []
        label: tuple[int, str] | None = None
        for line in LINE.finditer(text, body + len(BODY) if body >= 0 else 0):
            start, words = line.start(1), line.group(1).strip()
            is_heading, alone = bool(HEADING.match(words)), is_label(words)
            if label is not None and (is_heading or alone):
                found.append(label)
                label = None
            if alone:
                label = (start, words)
            elif not is_heading:
                for part in SENTENCE.finditer(text, start, line.end()):
                    at, said = label or (part.start(), "")
                    found.append((at, f"{said} {part.group().strip()}".strip()))
                    label = None
        return tuple(found)


@dataclass(frozen=True)
class Facts:
    """The notices of a proceeding, newest first, and its dates as derivation left them."""

    said: tuple[Said, ...]
    milestones: Sequence[MilestoneState] = ()
    settled: Mapping[str, str | int | None] | None = None
    """Values the project's state decided on, corrections by hand included."""
    asked: Sequence[Requirement] = ()
    """What the tender documents require; that of the notices stands in `said`."""

    def quotes(self, name: str) -> tuple[Quote, ...]:
        """What is said under a name of `rows.FACTS`."""
        if name in TIMES:
            found: Iterable[Quote] = self._times(name)
        elif name in TEXTS:
            found = self._newest(lambda each: self._text(each, name)) or self._by_hand(name)
        elif name in MONEY:
            found = self._newest(lambda each: _money(each, name)) or self._by_hand(name)
        elif name in {"consortium", "sme_only"}:
            field = "consortium_allowed" if name == "consortium" else name
            found = self._newest(lambda each: _evidence(each, getattr(each.notice, field)))
        else:
            kind, _dot, which = name.partition(".")
            found = (quote for each in self.said for quote in _LISTS[kind](each, which))
            if kind == "clause":
                found = (*found, *_first(each for each in self.asked if _is_clause(each, which)))
        return distinct(found)

    def find(self, patterns: Sequence[str]) -> tuple[Quote, ...]:
        """The sentences in which one of the regular expressions is found: of the notices, then of the documents."""
        said = (
            Quote(_short(sentence), each.key, start=start)
            for each in self.said
            for start, sentence in each.sentences
            if speaks_of(patterns, sentence)
        )
        return distinct((*said, *_first(each for each in self.asked if speaks_of(patterns, each.words))))

    def speaks_of(self, patterns: Sequence[str]) -> bool:
        """Whether a notice, its title included, or a document holds one of the regular expressions."""
        return any(speaks_of(patterns, f"{each.notice.title}\n{each.notice.text}") for each in self.said) or any(
            speaks_of(patterns, each.words) for each in self.asked
        )

    def _times(self, name: str) -> Iterator[Quote]:
        for each in self.milestones:
            if each.kind == name:
                yield Quote(_short(each.words), each.source, each.label, each.lot)

    def _newest(self, read: Callable[[Said], Iterable[Quote]]) -> tuple[Quote, ...]:
        """What the newest notice that speaks of it says."""
        return next((found for each in self.said if (found := tuple(read(each)))), ())

    def _text(self, each: Said, name: str) -> Iterator[Quote]:
        reading = each.notice.texts.get(name)
        if reading is not None and self._agrees(name, reading.value):
            value, places = reading.value, reading.evidence
            exact = next((place for place in places if value in place.words or place.words in value), None)
            yield (
                _quote(each, exact, value)
                if exact and value in exact.words
                else Quote(_short(value), each.key, exact.label if exact else "")
            )

    def _agrees(self, name: str, value: str) -> bool:
        return self.settled is None or name not in self.settled or self.settled[name] == value

    def _by_hand(self, name: str) -> tuple[Quote, ...]:
        """A value of the state that no notice prints: a person set it."""
        value = (self.settled or {}).get(name)
        if value is None:
            return ()
        return (Quote(_short(value if isinstance(value, str) else f"{value / 100:.2f} 元"), ""),)


CLAUSE_KINDS = {
    "qualification": "qualification",
    "payment": "payment",
    "delivery": "delivery",
    "warranty": "warranty",
    "deposit": "deposit",
}
"""Clauses of notices under the kinds of requirements."""
CLAUSE_MARKS = {"star": "★", "triangle": "▲"}
CLAUSE_TOPICS = {
    "agency_fee": "price.service-fee",
    "performance_bond": "contract.performance-bond",
    "sme": "qualification.sme",
}


def _is_clause(asked: Requirement, which: str) -> bool:
    """Whether a requirement is what a notice would say under `clause.WHICH`."""
    if which in CLAUSE_MARKS:
        return asked.mark == CLAUSE_MARKS[which]
    if which in CLAUSE_TOPICS:
        return asked.topic == CLAUSE_TOPICS[which]
    return asked.kind == CLAUSE_KINDS.get(which)


def _first(asked: Iterable[Requirement]) -> Iterator[Quote]:
    """As many of them as a line can show; the matrix holds all."""
    return (quoted(each) for each in islice(asked, MAX_ASKED))


def quoted(asked: Requirement) -> Quote:
    """A requirement as a line quotes it."""
    label = one_line(asked.label, 60) if asked.label not in asked.words else ""
    place = str(asked.place) if asked.place.section or asked.place.page is not None else ""
    return Quote(_short(asked.words), asked.place.file, label, asked.lot, place=place)


def is_label(line: str) -> bool:
    """A short line without an end or a value, such as 开标时间 above its time."""
    words = line.strip()
    return len(words) <= 16 and not re.search(r"[。；;|\d：:]", words) and not HEADING.match(words)


def speaks_of(patterns: Sequence[str], words: str) -> bool:
    """Whether one of the regular expressions is found."""
    return any(re.search(pattern, words) for pattern in patterns)


def _short(words: str) -> str:
    return one_line(words, MAX_QUOTE)


def _quote(each: Said, place: Evidence, words: str = "", lot: str | None = None) -> Quote:
    start = place.start if place.source == "body" else -1
    return Quote(_short(words or place.words), each.key, one_line(place.label, 60), lot or "", start)


def distinct(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    """Without repetitions: copies of a notice on other portals say the same, and a sentence holds its parts."""
    kept: list[Quote] = []
    for quote in quotes:
        if quote.words and not any(_within(quote, each) for each in kept):
            kept = [each for each in kept if not _within(each, quote)] + [quote]
    return tuple(kept[:MAX_QUOTES])


def _within(part: Quote, whole: Quote) -> bool:
    """Whether the one says no more than the other: the same with its label, or a mere name inside a longer text."""
    if part.lot != whole.lot and whole.lot:
        return False
    is_name = part.words != whole.words and part.words in whole.words and not re.search(r"\d", part.words)
    return is_name or _flat(part) in _flat(whole)


def _flat(quote: Quote) -> str:
    label = quote.label if quote.label not in quote.words else ""
    return re.sub(r"[\s：:]", "", label + quote.words)


def _evidence(each: Said, reading: object) -> Iterator[Quote]:
    for place in getattr(reading, "evidence", ())[:1]:
        yield _quote(each, place, _sentence(each, place))


def _sentence(each: Said, place: Evidence) -> str:
    """The whole sentence a few words stand in."""
    if place.start < 0:
        return place.words
    return next((words for start, words in each.sentences if start <= place.start < start + len(words)), place.words)


def _money(each: Said, name: str) -> Iterator[Quote]:
    for change in each.notice.corrections:
        if change.field == f"{name}_yuan":
            words = change.evidence[0].words if change.evidence else f"{change.before or ''} → {change.after}"
            yield Quote(_short(words), each.key, lot=change.lot or "")
            return
    yield from _evidence(each, each.notice.money.get(name))


def _clauses(each: Said, kind: str) -> Iterator[Quote]:
    for clause in each.notice.clauses:
        if clause.kind == kind:
            place = clause.evidence[0] if clause.evidence else Evidence(clause.words)
            yield _quote(each, place, clause.words, clause.lot)


def _contacts(each: Said, role: str) -> Iterator[Quote]:
    for contact in each.notice.contacts:
        if contact.role == role:
            parts = (contact.name, contact.person, contact.phone, contact.address)
            yield Quote(_short(" · ".join(part for part in parts if part)), each.key)


def _lots(each: Said, _which: str) -> Iterator[Quote]:
    for lot in each.notice.lots:
        yield Quote(_short(lot.name or lot.no), each.key, lot=lot.no)


def _items(each: Said, _which: str) -> Iterator[Quote]:
    for item in each.notice.items:
        yield Quote(_short(row_of(each, item)), each.key, lot=item.lot or "", start=_start(item))


def _start(item: Item) -> int:
    return item.evidence[0].start if item.evidence else -1


def row_of(each: Said, item: Item) -> str:
    """The line of the notice an item stands in: the whole row of a table."""
    text, start = each.notice.text, _start(item)
    if start < 0:
        parts = (item.name, f"{item.quantity:g}" if item.quantity is not None else None, item.unit, item.spec)
        return " ".join(part for part in parts if part)
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", start)
    return text[first : last if last >= 0 else None].strip(" |")


def _codes(each: Said, _which: str) -> Iterator[Quote]:
    for code in each.notice.codes:
        yield Quote(_short(code), each.key)


def _attachments(each: Said, _which: str) -> Iterator[Quote]:
    for file in each.notice.attachments:
        yield Quote(_short(file.name), each.key)


def _corrections(each: Said, _which: str) -> Iterator[Quote]:
    for change in each.notice.corrections:
        words = change.evidence[0].words if change.evidence else ""
        yield Quote(_short(words or f"{change.before or '…'} → {change.after or '…'}"), each.key, lot=change.lot or "")


_LISTS: Mapping[str, Callable[[Said, str], Iterator[Quote]]] = {
    "clause": _clauses,
    "contact": _contacts,
    "lots": _lots,
    "items": _items,
    "codes": _codes,
    "attachments": _attachments,
    "corrections": _corrections,
}

CELL_PARTS = re.compile(r"[^，,；;。|、\n]+")
NEXT_HEADING = re.compile(r"\n\s*[二三四五六七八九十]+、|\Z")


def requirements(each: Said, item: Item | None, alone: bool) -> Iterator[tuple[str, Quote]]:
    """(mark, words) of what a notice asks of the goods: the item's own row, and all ★ and ▲ clauses.

    Where it is the only item, the rest of the paragraph on the need counts too.
    """
    if item is not None and item.spec:
        for part in CELL_PARTS.findall(item.spec):
            yield "", Quote(_short(part), each.key, lot=item.lot or "")
    if item is not None and (start := _start(item)) >= 0:
        text = each.notice.text
        end = start + len(text[start:].split("\n", 1)[0])
        if alone and (border := NEXT_HEADING.search(text, start)):
            end = max(end, border.start())
        for found in CELL_PARTS.finditer(text, start, end):
            words = found.group().strip()
            if words and item.name not in words:
                yield "", Quote(_short(words), each.key, lot=item.lot or "", start=found.start())
    for clause in each.notice.clauses:
        if clause.kind in {"star", "triangle"} and (item is None or clause.lot in (None, item.lot)):
            place = clause.evidence[0] if clause.evidence else Evidence(clause.words)
            yield "★" if clause.kind == "star" else "▲", _quote(each, place, clause.words, clause.lot)
