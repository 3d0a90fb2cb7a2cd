"""Where each line of a document stands: chapter and numbers, the part it belongs to, the lot it speaks of. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from crawler.reading.lots import lot_number, mentions
from crawler.text import fold
from tracker.documents.lines import Line
from tracker.documents.rows import Patterns, TableRow, Zone

_CN = "一二三四五六七八九十百"
_UNITS = (
    "[年月日天周个项台辆套份包家次人名号米吨元万亿秒点时期批层级挡档座种把只根片件倍处路楼组具支盘瓶张块千百寸升位款册页卷折成至到和或、]"
    "|小时|分[钟]?|公里|马力"
)
"""What makes a number in front a quantity."""
_NUMBER = re.compile(
    rf"""\s*(?P<sign>[★☆▲△▼※＊*\#＃●◆■]\s*)?(?:
      (?P<part>第\s*[{_CN}\d]{{1,4}}\s*[部分册卷篇]{{1,2}})
    | (?P<chapter>第\s*[{_CN}\d]{{1,4}}\s*章)
    | (?P<section>第\s*[{_CN}\d]{{1,4}}\s*节)
    | (?P<article>第\s*[{_CN}\d]{{1,4}}\s*条)
    | (?P<annex>(?:附件|附表|附录)\s*[{_CN}\d]{{1,3}}|(?:附件|附表|附录|表\s*[{_CN}\d]{{1,3}})(?=[:：\s.、]))[:：]?
    | (?P<cn>[{_CN}]{{1,3}})\s*[、.．]
    | [(（](?P<cnp>[{_CN}]{{1,3}})[)）]
    | (?P<dots>\d{{1,2}}(?:\s*[.．]\s*\d{{1,3}}){{1,4}})(?![\d%元万年月日×xX*～~-])\s*[.、．]?
    | (?P<n>\d{{1,3}})\s*(?:[、．)）](?!\d)|[.](?!\d))
    | (?P<bare>\d{{1,2}})(?=\s*[一-鿿])(?!\s*(?:{_UNITS}))
    | [(（](?P<np>\d{{1,3}})[)）]
    | (?P<letter>[a-zA-Z])[)）.、](?![a-zA-Z])
    | (?P<circle>[①-⑳])
    )\s*""",
    re.X,
)
_RANK = {
    "part": 0,
    "chapter": 1,
    "section": 2,
    "annex": 2,
    "article": 3,
    "cn": 3,
    "cnp": 4,
    "n": 5,
    "np": 10,
    "letter": 10.5,
    "circle": 11,
}
_DEEPEST = 99
_STYLED = {1: 1, 2: 3, 3: 4, 4: 5}
"""Ranks of headings that only a style marks."""
_FIGURES = re.compile(r"[≥≤＞＜><＝±%]|\d")
_TOC = re.compile(r"(?:[.…·．]\s*){4,}\d{1,4}\s*$|^\s*目\s*录\s*$")
_TOC_PLAIN = re.compile(rf"^\s*第[{_CN}\d]{{1,4}}[章部节][^。；]{{1,40}}?[\s.…]\d{{1,4}}\s*$")
_VALUES = re.compile(r"[。；;，,：:|≥≤%％]|\d\s*(?:万|元|日|天|年|月|个|小时|份|家|名)")
"""What a mere name of a lot does not hold."""
_LETTERED = re.compile(r"(?<![A-Za-z\d])([A-H])包(?=\d)")
"""`A包1600万元`: a lot and a sum, where `1包` before figures could be anything."""
_SUBSTANTIVE = re.compile(r"(?<!非)实质性(?:技术|商务)?(?:要求|条款|参数|指标|条件)")
"""A heading over points of which each miss voids the bid."""
_BRACKETS = re.compile(r"[(（][^()（）]*[)）]")
MAX_TITLE = 30
"""Characters of a heading; a longer line is a clause."""


@dataclass(frozen=True)
class Unit:
    """A paragraph or row with its place in the document."""

    line: Line
    words: str
    """Without its number."""
    section: str
    zone: Zone | None
    lots: tuple[str, ...] = ()
    """Of the headings above; none where they name no single lot."""
    numbered: bool = False
    head: tuple[str, ...] = ()
    """Of a row: the heads of its columns."""
    table: TableRow | None = None
    fatal: bool = False
    """Under a heading that says that each of its points must be met."""


@dataclass
class _Level:
    rank: float
    label: str
    zone: Zone | None
    lots: tuple[str, ...]
    bare: bool = False
    """A heading without a number: the next heading of any rank ends it."""
    lot: bool = False
    """A line that only names a lot."""
    fatal: bool = False
    """Its heading says that each of its points must be met."""


@dataclass
class _Outline:
    patterns: Patterns
    said: Mapping[str, int] = field(default_factory=dict)
    """How often each line that could be a heading is said."""
    lots_left: int = 0
    """Lines to come that only name a lot."""
    levels: list[_Level] = field(default_factory=list)

    @property
    def zone(self) -> Zone | None:
        return self.levels[-1].zone if self.levels else None

    @property
    def lots(self) -> tuple[str, ...]:
        return self.levels[-1].lots if self.levels else ()

    @property
    def fatal(self) -> bool:
        return bool(self.levels) and self.levels[-1].fatal

    def section(self, number: str = "") -> str:
        return " ".join([*(level.label for level in self.levels if level.label), *([number] if number else [])])

    def leave(self, rank: float, *, heading: bool = True) -> None:
        """Go up to where something of this rank stands."""
        while self.levels and (self.levels[-1].rank >= rank or (heading and self.levels[-1].bare)):
            self.levels.pop()

    def enter(
        self,
        rank: float,
        label: str,
        zone: Zone | None,
        lots: tuple[str, ...],
        *,
        bare: bool = False,
        heading: bool = True,
    ) -> None:
        self.leave(rank, heading=heading)
        above = self.levels[-1] if self.levels else None
        if above and above.zone and above.zone.closed:
            zone = above.zone
        fatal = bool(_SUBSTANTIVE.search(label)) or bool(above and above.fatal)
        zone, lots = zone or (above.zone if above else None), lots or (above.lots if above else ())
        self.levels.append(_Level(rank, label, zone, lots, bare, fatal=fatal))

    def leave_lot(self) -> None:
        """What stands below the last lot and under none of the others is said of all of them."""
        at = next((n for n, level in enumerate(self.levels) if level.lot), None)
        if at is not None:
            del self.levels[at:]

    def enter_lot(self, words: str) -> None:
        """A line that only names a lot holds for what follows, until another lot or the heading above it ends."""
        while any(level.lot for level in self.levels):
            self.levels.pop()
        rank = self.levels[-1].rank if self.levels else 0
        above = self.levels[-1] if self.levels else None
        level = _Level(rank + 0.5, words[:MAX_TITLE], above.zone if above else None, _lots_of_heading(words), lot=True)
        self.levels.append(level)


def units(lines: Sequence[Line], patterns: Patterns) -> Iterator[Unit]:
    """Every paragraph and row that is no heading and no line of the table of contents."""
    said = [line for line in _without_contents(lines) if line.text.strip(" |")]
    alone = [line.text.strip() for line in said if not line.table and len(line.text) <= 40]
    outline = _Outline(patterns, Counter(alone), sum(map(_is_lot_heading, alone)))
    for number, group in groupby(said, key=lambda line: line.table):
        if number:
            yield from _table(list(group), outline)
            continue
        for line in group:
            unit = _paragraph(line, outline)
            if unit is not None:
                yield unit


def _without_contents(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines of a table of contents go: those with leaders, and after its head those that end with a page."""
    inside = False
    for line in lines:
        if _TOC.search(line.text):
            inside = True
        elif inside and not line.table and _TOC_PLAIN.match(line.text) and not line.level:
            continue
        else:
            inside = False
            yield line


def _paragraph(line: Line, outline: _Outline) -> Unit | None:
    found = _NUMBER.match(line.text)
    words = line.text[found.end() :].strip() if found else line.text
    label = line.text[: found.end()].strip() if found else ""
    if found and found["sign"]:  # the sign belongs to the clause
        words = f"{found['sign'].strip()}{words}"
        label = label.removeprefix(found["sign"].strip()).strip()
    rank = _rank(found)
    if found and found["annex"] and _zone(words, outline.patterns) is None:
        rank = 9  # a table that belongs to what stands above it
    if not found and _is_lot_heading(words):
        outline.enter_lot(words)
        outline.lots_left -= 1
        return None
    if line.level and not found:
        rank = _STYLED.get(line.level, 5)
    signed = bool(words) and words[0] in outline.patterns.signs
    if line.level or (found and not signed and (_is_heading(words, rank) or _is_lot_heading(words))):
        zone, lots = _zone(words, outline.patterns), _lots_of_heading(words)
        zone = zone or _led(words, outline.patterns)
        gap = "" if label.endswith(("、", "）", ")")) else " "
        outline.enter(rank, f"{label}{gap}{words}".strip() if len(words) <= MAX_TITLE else label, zone, lots)
        return None
    if not found and not line.level and (zone := _bare_heading(words, outline.patterns)):
        if outline.said.get(words) == 1 and outline.lots_left <= 0:
            outline.leave_lot()
        outline.enter(4, words, zone, _lots_of_heading(words), bare=True)
        return None
    lead = _lead(words, numbered=found is not None, patterns=outline.patterns)
    if lead is not None:
        zone = lead[0] or (_zone(words[:-1], outline.patterns) if found and len(words) <= MAX_TITLE else None)
        outline.enter(rank if found else 9, label, zone, _lots_of_heading(words), heading=False)
        return None
    if found and rank < _DEEPEST:
        outline.leave(rank, heading=False)
    return Unit(
        line, words, outline.section(label), outline.zone, outline.lots, numbered=found is not None, fatal=outline.fatal
    )


def _lead(words: str, *, numbered: bool, patterns: Patterns) -> tuple[Zone | None] | None:
    """Whether a line only leads to the points below it, and which part they are then."""
    colon = words.endswith(("：", ":"))
    if len(words) >= 60 or not (colon or (numbered and not words.endswith(("。", "；", ";")))):
        return None
    zone = _led(words, patterns)
    return (zone,) if colon or zone else None


def _led(words: str, patterns: Patterns) -> Zone | None:
    """The part that a line leads to by what it says."""
    said = _BRACKETS.sub("", words).rstrip("：:")
    return next((zone for zone in patterns.zones if zone.lead and zone.lead.search(said)), None)


def _rank(found: "re.Match[str] | None") -> float:
    if found is None:
        return _DEEPEST
    named = (rank for name, rank in _RANK.items() if found[name])
    return next(named, 5 + fold(found["dots"] or "").count("."))


def _is_heading(words: str, rank: float) -> bool:
    """A short line without an end or figures; chapters are headings whatever they say."""
    if rank <= 2:
        return len(words) <= 2 * MAX_TITLE
    if len(words) > MAX_TITLE or not words or re.search(r"[。；;，,：:|]", _BRACKETS.sub("", words)):
        return False
    return not _FIGURES.search(re.sub(r"[(（].*?[)）]|包\s*\d+|第?\s*\d+\s*(?:包|标段)|20\d\d年?", "", words))


def _is_lot_heading(words: str) -> bool:
    """`采购包1（救护车）：`, `第二包`: a lot, its name and nothing else."""
    found = next(lot_mentions(words), None)
    if found is None or len(words) > 40:
        return False
    bracketed = words[: found[0]] in ("(", "（") and words[found[1] : found[1] + 1] in (")", "）")
    if found[0] and not bracketed:
        return False
    end = found[1] + bracketed
    rest = _BRACKETS.sub("", words[end:]).strip("：: ")
    named = len(rest) <= 16 and not _VALUES.search(rest) and (bracketed or words[end : end + 1] in "：: 　")
    return not rest or named


def _bare_heading(words: str, patterns: Patterns) -> Zone | None:
    """A short line without a number that names a part, such as 投标人须知前附表."""
    words = _BRACKETS.sub("", words)
    if not 0 < len(words) <= 16 or re.search(r"[。；;，,：:|\d_＿]", words) or words[0] in patterns.signs:
        return None
    return _zone(words, patterns)


def _zone(words: str, patterns: Patterns) -> Zone | None:
    flat = re.sub(r"\s+", "", fold(words)).lstrip(":")
    bare = _BRACKETS.sub("", flat)
    found = (zone for zone in patterns.zones if zone.head and zone.head.search(bare))
    aside = (zone for zone in patterns.zones if zone.kind != "void" and zone.head and zone.head.search(flat))
    return next(found, None) or next(aside, None)  # in brackets, 否则响应无效 says how grave the part is, not what


def _lots_of_heading(words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(number for _start, _end, found in lot_mentions(words) for number in found))


def lot_mentions(words: str) -> Iterator[tuple[int, int, list[str]]]:
    """Where lots are named, with their numbers; 同一标段 and 每包 name none."""
    flat = fold(words)
    lettered = ((found.start(), found.end(), [found[1]]) for found in _LETTERED.finditer(flat))
    for start, end, numbers in sorted([*mentions(flat), *lettered]):
        if not start or flat[start - 1] not in "同每任某各该单":
            yield start, end, numbers


# --- tables ---------------------------------------------------------------------------------------------------------


def _table(rows: list[Line], outline: _Outline) -> Iterator[Unit]:
    """The rows of one table with its head; a row of a single cell is a heading over those below it."""
    while rows and _single(rows[0]) is not None:
        title = _single(rows.pop(0)) or ""
        if zone := _zone(title, outline.patterns):
            outline.enter(3, title[:MAX_TITLE], zone, _lots_of_heading(title))
    if not rows:
        return
    head = rows[0].cells
    kind = _kind(head, outline.patterns)
    is_head = kind is not None or _looks_like_head(rows)
    group, lots, zone = "", outline.lots, outline.zone
    for line in rows[1:] if is_head else rows:
        single = _single(line)
        if single is not None and not _FIGURES.search(single):
            group, lots = single[:MAX_TITLE], _lots_of_heading(single) or outline.lots
            zone = (not (zone and zone.closed) and _zone(single, outline.patterns)) or outline.zone
            continue
        if is_head and line.cells == head:
            continue
        part = None if kind or (zone and zone.closed) else _part_of_row(line, outline.patterns)
        yield Unit(
            replace(line, cells=line.cells[1:]) if part else line,
            line.text,
            outline.section(group),
            part or zone,
            lots,
            numbered=True,
            head=head[bool(part) :] if is_head else (),
            table=kind,
            fatal=outline.fatal,
        )


def _part_of_row(line: Line, patterns: Patterns) -> Zone | None:
    """The part that a first cell such as 形式评审标准 names for its row."""
    if len(line.cells) < 3 or len(line.cells[0]) > 12:
        return None
    zone = _zone(line.cells[0], patterns)
    return zone if zone and zone.reads == "items" else None


def _single(line: Line) -> str | None:
    """What a row says whose cells are empty but one."""
    said = [cell for cell in line.cells if cell]
    return said[0] if len(said) == 1 and line.cells[0] == said[0] and len(line.cells) > 1 else None


def _kind(head: Sequence[str], patterns: Patterns) -> TableRow | None:
    flat = [re.sub(r"\s+", "", fold(cell)) for cell in head]
    return next(
        (each for each in patterns.tables if all(_column(flat, each, name) is not None for name in each.needs)), None
    )


def _column(flat: Sequence[str], kind: TableRow, name: str) -> int | None:
    pattern = kind.heads[name]
    return next((n for n, cell in enumerate(flat) if cell and pattern.search(cell)), None)


def column(unit: Unit, name: str) -> str | None:
    """The cell of a row under the column that its kind of table calls so."""
    if unit.table is None or name not in unit.table.heads:
        return None
    flat = [re.sub(r"\s+", "", fold(cell)) for cell in unit.head]
    at = _column(flat, unit.table, name)
    return unit.line.cells[at] if at is not None and at < len(unit.line.cells) else None


def head_of(unit: Unit, name: str) -> str:
    """The head of that column, as printed."""
    if unit.table is None or name not in unit.table.heads:
        return ""
    flat = [re.sub(r"\s+", "", fold(cell)) for cell in unit.head]
    at = _column(flat, unit.table, name)
    return unit.head[at] if at is not None else ""


def _looks_like_head(rows: Sequence[Line]) -> bool:
    """Short cells without figures over rows that have some."""
    first = rows[0].cells
    return len(rows) > 1 and all(cell and len(cell) <= 14 for cell in first) and not _FIGURES.search("".join(first[:2]))


def lot_of_cell(cell: str) -> str:
    return lot_number(cell) or ""
