"""What a document requires of a bidder: every clause and row that asks, in its own words, with its place. Pure.

The patterns are data (config/documents); what stands here only knows paragraphs, rows, labels and sentences.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import cast

from crawler.notice import Notice
from crawler.reading.money import first_amount
from crawler.text import fold
from tracker.documents.formats.web import lines_of
from tracker.documents.lines import Line
from tracker.documents.model import Amendment, Kind, Mark, Place, Requirement
from tracker.documents.outline import Unit, column, head_of, lot_mentions, lot_of_cell, units
from tracker.documents.rows import Patterns, Topic, Zone, load_patterns

MARKS: tuple[Mark, ...] = ("★", "▲", "#")
"""The strongest first."""
MAX_WORDS = 2000
"""Characters of one requirement."""
_LABEL = re.compile(r"^(?P<label>[^：:。；;，,|]{2,24})[：:](?P<rest>.*)$", re.S)
_NUMERIC = re.compile(r"^[\d.、()（）]*$")
_ORDER = re.compile(r"^\s*(?:序\s*号|编\s*号|条款号)\s*$")
_NOTHING = re.compile(
    r"^(?:[\s/／\\—–\-_＿无]*|否|(?:本项目)?(?:不收取|免收|免于?缴纳|无需缴纳)[^。；]{0,8}|不适用|不组织.{0,8}|不要求|不举行|详见.{1,30}|见.{1,16}(?:章|表|公告|附件))[。.]?$"
)
_ASKS = re.compile(
    r"[≥≤＞＜><±]|不(?:得|能|可|允许|少于|低于|小于|大于|高于|超过|多于|短于)|必须|须(?!知)|应(?:当|能|为|有|具|配|采|符|满|提|设|安|按|在|不)"
    r"|需(?:提供|配|具|满|符|安|有|能)|提供|配(?:备|置|有)|具[有备]|满足|符合|支持|采用|带(?!来)|保证|承诺|负责|至少|安装|设置?有?"
)
_POINTS = re.compile(
    r"(?:最[高多](?:得|加)?|满分|共|计|得|加)\s*(\d{1,3}(?:\.\d{1,2})?)\s*分|[(（]\s*(?:满分|权重)?\s*(\d{1,3}(?:\.\d{1,2})?)\s*分?\s*[)）]"
)
_WORTH = re.compile(r"[^\d，。；：:|]{2,14}[：:]?\s*(\d{1,3}(?:\.\d{1,2})?)\s*分\s*[。：:]")
"""`价格50分：`, `技术参数：40分。`: what a factor is worth, before how it is counted."""
_NAMES = re.compile(r"\s*(?:号|条款|项|标记|指标|参数(?:响应|要求)?\b)")
"""Behind a sign that is spoken of: `★条款响应`, `打★号的`."""
_QUOTES = "“”\"「」『』‘’'"
_SIGN = re.compile(rf"[{_QUOTES}]\s*[★☆▲△▼※#＃*]\s*[{_QUOTES}]")
"""A sign that is spoken of: such a clause says what it means, for every lot."""
_LONE_SIGN = re.compile(r"[★☆▲△▼※#＃*]$")
"""A sign in a column of its own."""
_PARTS = re.compile(r"[^。；;]+[。；;]?")


def requirements(lines: Sequence[Line], file: str, patterns: Patterns | None = None) -> list[Requirement]:
    """Everything the lines of one document ask, in their order; what is said twice comes once, with both places."""
    patterns = patterns or load_patterns()
    parts = list(units(lines, patterns))
    means = meanings(lines, patterns, [unit.words for unit in parts if unit.zone and unit.zone.kind == "void"])
    found: dict[str, Requirement] = {}
    for unit in parts:
        for each in _asked(unit, file, patterns, means):
            known = found.get(each.key)
            if known is None:
                found[each.key] = each
            elif each.place != known.place and each.place not in known.also:
                found[each.key] = replace(known, also=(*known.also, each.place))
    return list(found.values())


def of_notice(notice: Notice, key: str, patterns: Patterns | None = None) -> list[Requirement]:
    """What a notice itself asks; `key` (`portal/key`) stands for a file."""
    return requirements(list(lines_of(notice.text)), key, patterns)


def restated(
    each: Requirement, words: str, amendment: Amendment | None, patterns: Patterns | None = None
) -> Requirement:
    """A requirement in new words, its mark, points and sum read from them anew."""
    patterns = patterns or load_patterns()
    text = words.strip()[:MAX_WORDS]
    money = any(topic.id == each.topic and topic.money for topic in patterns.topics)
    found = first_amount(fold(text)) if money else None
    return replace(
        each,
        words=text,
        mark=each.mark if _signs(text, patterns) == _signs(each.words, patterns) else _mark(text, patterns.means),
        label=each.label if each.label in text else "",
        points=_points_now(each, text),
        amount=found.amount.money.hundredths if found else each.amount,
        amended=(*each.amended, amendment) if amendment else each.amended,
    )


def _signs(words: str, patterns: Patterns) -> list[str]:
    return [char for char in words if char in patterns.signs]


def _points_now(each: Requirement, words: str) -> int | None:
    """Points stand in the same cell as before, else in the words."""
    if each.kind != "scoring":
        return each.points
    cells, old = words.split(" | "), each.words.split(" | ")
    at = next((n for n, cell in enumerate(old) if _NUMERIC.match(cell) and _number(cell) == each.points), None)
    if at is not None and len(cells) == len(old):
        return _number(cells[at])
    return max((value for a, b in _POINTS.findall(words) if (value := _number(a or b))), default=each.points)


def meanings(lines: Iterable[Line], patterns: Patterns, fatal: Iterable[str] = ()) -> Mapping[str, Mark]:
    """What the signs before clauses mean: as the document defines them, else as is usual.

    `fatal` are points of a list of what voids a bid: a sign that one of them names is a ★.
    """
    means = dict(patterns.means)
    quoted = re.compile(
        rf"[{_QUOTES}]\s*([{re.escape(patterns.signs)}])\s*[{_QUOTES}]|带\s*([{re.escape(patterns.signs)}])"
    )
    for words in fatal:
        if said := quoted.search(words):
            means[said[1] or said[2]] = "★"
    for line in lines:
        if not any(sign in line.text for sign in patterns.signs):
            continue
        for sentence in _PARTS.findall(line.text):
            said = quoted.search(sentence)
            if said is None:
                continue
            for mark, pattern in patterns.defined:
                if pattern.search(sentence):
                    means[said[1] or said[2]] = mark
                    break
    return means


def _asked(unit: Unit, file: str, patterns: Patterns, means: Mapping[str, Mark]) -> Iterator[Requirement]:
    if unit.zone is not None and unit.zone.reads == "none":
        return
    if (unit.table is not None and unit.table.reads == "none") or patterns.nothing.search(unit.line.text):
        return
    for kind, topic, label, words, points, amount in _read(unit, patterns, means):
        mark = _mark(words, means) or ("★" if unit.fatal and kind in ("technical", "commercial") else "")
        text = words.strip()[:MAX_WORDS]
        common = (kind == "void" and bool(_SIGN.search(words))) or topic in patterns.common
        for lot in _lots(words, unit, common):
            place = Place(file, unit.section, unit.line.page)
            yield Requirement(kind, text, place, lot, mark, topic, label, points, amount)


_Said = tuple[Kind, str, str, str, int | None, int | None]
"""Kind, topic, label, words, points, amount."""


def _read(unit: Unit, patterns: Patterns, means: Mapping[str, Mark]) -> Iterator[_Said]:
    if unit.line.table:
        yield from _row(unit, patterns, means)
        return
    zone = unit.zone
    label, rest = _labelled(unit.words)
    if zone is None or zone.kind is None or not _is_item(unit, zone, means):
        yield from _sentences(unit, label, patterns, means)
    elif _NOTHING.match(rest) or patterns.others_act.search(unit.words):
        return
    elif zone.kind == "void" and patterns.void_unless and patterns.void_unless.search(unit.words):
        return  # what ends the whole purchase is no fault of a bid
    elif zone.kind == "scoring":
        yield from _scored(unit, label, patterns)
    elif zone.kind in ("technical", "commercial") and (fatal := _fatal(unit, patterns)):
        yield from (("void", "", label, sentence, None, None) for sentence in fatal)
    else:
        topic = _topic(unit, label, unit.words, patterns)
        kind = _kind(zone.kind, topic, label)
        for words in _by_lot(unit.words):
            yield kind, topic.id if topic else "", label, words, None, _amount(words, topic)


def _is_item(unit: Unit, zone: Zone, means: Mapping[str, Mark]) -> bool:
    """Whether a paragraph is a point of its own."""
    if zone.reads == "items":
        return bool(zone.kind == "scoring" or unit.numbered or _mark(unit.words, means) or _ASKS.search(unit.words))
    asks = unit.numbered and bool(_ASKS.search(unit.words) or re.search(r"\d", unit.words))
    return zone.reads == "asks" and (asks or bool(_mark(unit.words, means)))


def _fatal(unit: Unit, patterns: Patterns) -> list[str]:
    """The sentences of a paragraph that say that a bid falls."""
    return [each for each in _whole_sentences(unit, unit.words, patterns) if _is_void(unit, each, patterns)]


def _is_void(unit: Unit, words: str, patterns: Patterns) -> bool:
    if unit.zone is not None and unit.zone.id in patterns.void_except:
        return False
    return bool(patterns.void.search(words)) and not (patterns.void_unless and patterns.void_unless.search(words))


def _kind(of_zone: Kind, topic: Topic | None, label: str) -> Kind:
    """A topic says the kind in a part of mixed matters; elsewhere only one that the label names."""
    if topic is None:
        return of_zone
    flat = re.sub(r"\s+", "", fold(label))
    named = bool(flat and topic.label and topic.label.fullmatch(flat))
    mixed = of_zone == "commercial" or (of_zone == "technical" and named)
    return cast(Kind, topic.kind) if mixed else of_zone


def _sentences(unit: Unit, label: str, patterns: Patterns, means: Mapping[str, Mark]) -> Iterator[_Said]:
    """What the sentences of a paragraph ask; a labelled paragraph is one."""
    topic = _by_label(unit, label, patterns)
    if topic is not None and not _NOTHING.match(_labelled(unit.words)[1]):
        for words in _by_lot(unit.words):
            yield cast(Kind, topic.kind), topic.id, label, words, None, _amount(words, topic)
        return
    for sentence in _whole_sentences(unit, unit.words, patterns):
        found = _sentence(unit, sentence, patterns)
        if found is not None:
            kind, topic_id, topic = found
            for words in _by_lot(sentence):
                yield kind, topic_id, label, words, None, _amount(words, topic)
        elif _mark(sentence, means) and sentence.lstrip()[:1] in means:
            yield "technical", "", label, sentence, None, None


def _whole_sentences(unit: Unit, words: str, patterns: Patterns) -> list[str]:
    """At full stops; at a semicolon only where one part says that a bid falls and another does not."""
    found: list[str] = []
    for sentence in re.findall(r"[^。]+。?", words):
        parts = _PARTS.findall(sentence)
        mixed = len({_is_void(unit, part, patterns) for part in parts}) > 1
        found += parts if mixed else [sentence]
    return [part.strip() for part in found if part.strip()]


def _sentence(unit: Unit, sentence: str, patterns: Patterns) -> tuple[Kind, str, Topic | None] | None:
    topic = _by_words(unit, sentence, patterns)
    if _is_void(unit, sentence, patterns):
        return "void", topic.id if topic else "", topic
    if topic is None or patterns.others_act.search(sentence):
        return None
    return cast(Kind, topic.kind), topic.id, topic


def _topic(unit: Unit, label: str, words: str, patterns: Patterns) -> Topic | None:
    return _by_label(unit, label, patterns) or _by_words(unit, words, patterns)


def _by_label(unit: Unit, label: str, patterns: Patterns) -> Topic | None:
    flat = re.sub(r"\s+", "", fold(label)).lstrip(f"{patterns.signs} ")
    if not flat:
        return None
    fits = (topic for topic in patterns.topics if _in_zone(topic, unit) and topic.label)
    return next((topic for topic in fits if topic.label and topic.label.fullmatch(flat)), None)


def _by_words(unit: Unit, words: str, patterns: Patterns) -> Topic | None:
    for topic in patterns.topics:
        found = topic.found and _in_zone(topic, unit) and topic.found.search(words)
        if found and not (topic.barred and topic.barred.search(words)):
            return topic
    return None


def _in_zone(topic: Topic, unit: Unit) -> bool:
    return not topic.zones or (unit.zone.id if unit.zone else "") in topic.zones


# --- rows -----------------------------------------------------------------------------------------------------------


def _row(unit: Unit, patterns: Patterns, means: Mapping[str, Mark]) -> Iterator[_Said]:
    table = unit.table
    words = _cells(unit)
    label = _row_label(unit)
    if not words:
        return
    if table is not None and table.reads == "ceiling":
        yield from _ceiling(unit, words, label)
    elif table is not None and table.reads == "sheet" and (unit.zone is None or unit.zone.reads == "sentences"):
        yield from _sheet(unit, patterns)
    elif table is not None and table.kind is not None and table.reads == "items":
        if table.kind == "scoring":
            yield from _scored(unit, label, patterns)
        elif not _NOTHING.match(column(unit, "words") or words):
            yield table.kind, table.topic, label, words, None, None
    elif unit.zone is not None and unit.zone.kind is not None and (unit.zone.reads == "items" or _asks_row(unit)):
        if _NOTHING.match(_last(unit)) or (not unit.head and len(unit.line.cells) < 2):
            return
        if unit.zone.kind == "scoring":
            yield from _scored(unit, label, patterns)
            return
        topic = _topic(unit, label, words, patterns)
        yield _kind(unit.zone.kind, topic, label), topic.id if topic else "", label, words, None, _amount(words, topic)
    elif any(cell[:1] in means for cell in unit.line.cells):
        yield "technical", "", label, words, None, None
    elif unit.zone is not None and len([cell for cell in unit.line.cells if cell]) <= 3:
        yield from _sheet(unit, patterns)


def _asks_row(unit: Unit) -> bool:
    return unit.zone is not None and unit.zone.reads == "asks" and bool(_ASKS.search(_last(unit)))


def _cells(unit: Unit) -> str:
    """A row's words without the number it begins with."""
    cells = list(unit.line.cells)
    if unit.head:
        kept = [cell for n, cell in enumerate(cells) if n >= len(unit.head) or not _ORDER.match(unit.head[n])]
        cells = kept or cells
    while len(cells) > 1 and _NUMERIC.match(cells[0]) and not _is_lot(unit, 0):
        cells.pop(0)
    said = [cell for cell in cells if cell]
    if len(said) > 1 and _LONE_SIGN.match(said[0]):
        said[:2] = [f"{said[0]}{said[1]}"]
    return " | ".join(said)


def _is_lot(unit: Unit, at: int) -> bool:
    return bool(unit.head) and at < len(unit.head) and bool(re.search(r"包|标段|标项|分标", unit.head[at]))


def _row_label(unit: Unit) -> str:
    named = column(unit, "label")
    if named:
        return named
    said = [cell for cell in unit.line.cells if cell and not _NUMERIC.match(cell)]
    return said[0] if len(said) > 1 and len(said[0]) <= 40 else ""


def _last(unit: Unit) -> str:
    """What a row says beside its label."""
    label = _row_label(unit)
    return " ".join(cell for cell in unit.line.cells if cell and cell != label and not _NUMERIC.match(cell)) or label


def _ceiling(unit: Unit, words: str, label: str) -> Iterator[_Said]:
    cell = column(unit, "ceiling")
    if not cell or _NOTHING.match(cell) or label in ("合计", "总计"):
        return
    unit_word = re.search(r"万?元", head_of(unit, "ceiling"))
    found = first_amount(fold(cell), unit=unit_word[0] if unit_word else "")
    yield "price", "price.ceiling", label, words, None, found.amount.money.hundredths if found else None


def _sheet(unit: Unit, patterns: Patterns) -> Iterator[_Said]:
    """A row of label and contents: as a whole where its label names a topic, else by its sentences."""
    label, words = _row_label(unit), _last(unit)
    if not label or _NOTHING.match(words):
        return
    topic = _by_label(unit, label, patterns)
    if topic is not None:
        for part in _by_lot(words):
            common = part != words and not any(lot_mentions(part))  # what stands behind the lots, such as the form
            own = (_by_words(unit, f"{label}：{part}", patterns) if common else None) or topic
            yield cast(Kind, own.kind), own.id, label, f"{label} | {part}", None, _amount(part, own)
        return
    for sentence in _whole_sentences(unit, words, patterns):
        found = _sentence(unit, sentence, patterns) or _sentence(unit, f"{label}：{sentence}", patterns)
        if found is not None:
            yield found[0], found[1], label, f"{label} | {sentence}", None, _amount(sentence, found[2])


def _scored(unit: Unit, label: str, patterns: Patterns) -> Iterator[_Said]:
    words = _cells(unit) if unit.line.table else unit.words
    cell = column(unit, "points") or ""
    points = _number(cell) if cell else None
    if points is None and (worth := _WORTH.match(words)):
        points = _number(worth[1])
    if points is None:
        points = max((value for a, b in _POINTS.findall(words) if (value := _number(a or b))), default=None)
    topic = _topic(unit, label, words, patterns)
    if points is not None or (topic is not None and topic.kind == "scoring"):
        yield "scoring", topic.id if topic else "", label, words, points, None


def _number(words: str) -> int | None:
    """Points as hundredths: `30`, `30分`, `0-5`."""
    found = re.findall(r"\d{1,3}(?:\.\d{1,2})?", fold(words))
    try:
        return int(max(Decimal(each) for each in found) * 100) if found else None
    except InvalidOperation:
        return None


# --- words ----------------------------------------------------------------------------------------------------------


def _labelled(words: str) -> tuple[str, str]:
    found = _LABEL.match(words.lstrip("★☆▲△▼※#＃*● "))
    return (found["label"].strip(), found["rest"].strip()) if found else ("", words)


def _mark(words: str, means: Mapping[str, Mark]) -> Mark:
    """The strongest mark of a clause; a sign between quotation marks only speaks of it."""
    found = {
        means[char]
        for n, char in enumerate(words)
        if char in means and not (n and words[n - 1] in _QUOTES) and _leads(words, n) and not _NAMES.match(words, n + 1)
    }
    return next((mark for mark in MARKS if mark in found), "")


def _leads(words: str, at: int) -> bool:
    """Whether a sign stands before a clause, and is no star of multiplication or of a name."""
    before = words[:at].rstrip()
    return not before or before[-1] in "|：:。；;、)）" or words[at] in "★▲☆△"


def _amount(words: str, topic: Topic | None) -> int | None:
    if topic is None or not topic.money:
        return None
    flat = fold(words)
    named = topic.found.search(flat) if topic.found else None
    found = first_amount(flat, named.start() if named else 0)
    money = found.amount.money if found else None
    return money.hundredths if money is not None and money.kind in ("total", "unit") else None


def _lots(words: str, unit: Unit, common: bool) -> tuple[str, ...]:
    """The lots a clause names, else those of its column or of the headings above; `("",)` where it holds for all."""
    cell = column(unit, "lot")
    if cell and (number := lot_of_cell(cell)):
        return (number,)
    named = tuple(dict.fromkeys(n for _start, _end, numbers in lot_mentions(words) for n in numbers))
    return named or (("",) if common else unit.lots or ("",))


def _by_lot(words: str) -> list[str]:
    """`包1：3万元；包2：4万元` by lot; anything else whole."""
    flat = fold(words)
    starts = [start for start, _end, _numbers in lot_mentions(words) if start == 0 or flat[start - 1] in ";,。、:( \n"]
    if len(starts) < 2:
        return [words]
    label, _rest = _labelled(words)
    parts = [words[a:b].strip(" ，,；;、\n") for a, b in pairwise([*starts, len(words)])]
    if any(len(part) < 6 for part in parts) or not all(re.search(r"\d|[：:]", fold(part)[3:]) for part in parts):
        return [words]
    lead = re.split(r"[；;。]", words[: starts[0]])[-1].strip()
    last, stop, rest = (
        re.split(r"([；。])(?!$)", parts[-1], maxsplit=1)
        if re.search(r"[；。](?!$)", parts[-1])
        else (parts[-1], "", "")
    )
    last += stop.replace("；", "")
    parts[-1:] = [last, rest] if rest else [last]
    return [f"{lead}{part}" if label and lead.endswith(("：", ":")) else part for part in parts]
