"""DOCX: paragraphs and tables in order, with the numbers Word computes itself and the pages it last printed.

Deleted and hidden text stays out; macros, links and embedded objects are never followed.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from lxml import etree

from tracker.documents.formats.ooxml import check, part
from tracker.documents.formats.radicals import tidy
from tracker.documents.lines import Line, Parsed, Reason, row

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MAX_ROWS = 50_000
BREAK = "\f"
_CHINESE = "零一二三四五六七八九"
_SKIPPED = frozenset(
    (f"{W}del", f"{W}moveFrom", f"{W}delText", f"{W}instrText", f"{MC}Fallback", f"{W}sectPr", f"{W}rPr", f"{W}pPr")
)


def parse(path: Path) -> Parsed:
    """The whole document."""
    try:
        with zipfile.ZipFile(path) as archive:
            refused = check(archive)
            if refused:
                return Parsed("refused", (refused,))
            body = part(archive, "word/document.xml")
            if body is None:
                return Parsed("unreadable", ("damaged",))
            reader = _Reader(Numbering(part(archive, "word/numbering.xml")), _styles(part(archive, "word/styles.xml")))
            names = archive.namelist()
            embedded = (
                any("/embeddings/" in name for name in names) or next(body.iter(f"{W}altChunk"), None) is not None
            )
            pictures = sum("/media/" in name for name in names)
    except (zipfile.BadZipFile, etree.XMLSyntaxError, OSError, ValueError, NotImplementedError):
        return Parsed("unreadable", ("damaged",))
    lines = tuple(reader.read(body))
    if not lines:
        return Parsed("unreadable", ("scan" if pictures else "empty",))
    reasons: tuple[Reason, ...] = ("embedded",) if embedded else ()
    reasons += ("pictures",) if _mostly_pictures(lines, pictures) else ()
    reasons += ("size",) if reader.cut else ()
    return Parsed("partly" if reasons else "read", reasons, lines, reader.page if reader.paged else None)


def _mostly_pictures(lines: tuple[Line, ...], pictures: int) -> bool:
    """Few words beside many pictures: pages that were scanned into a Word file."""
    return pictures > 2 and sum(len(line.text) for line in lines) < 200 * pictures


@dataclass(frozen=True)
class Style:
    level: int = 0
    """Of a heading, 1 the outermost."""
    numbering: tuple[str, int] | None = None
    """Id of a list and level in it."""


def _styles(tree: etree._Element | None) -> dict[str, Style]:
    """Paragraph styles that make headings or numbers, those they are based on included."""
    if tree is None:
        return {}
    raw = {each.get(f"{W}styleId", ""): each for each in tree.iter(f"{W}style")}

    def read(name: str, depth: int = 0) -> Style:
        element = raw.get(name)
        if element is None or depth > 8:
            return Style()
        below = element.find(f"{W}basedOn")
        base = read(below.get(f"{W}val", ""), depth + 1) if below is not None else Style()
        level = _outline(element.find(f"{W}pPr")) or base.level
        return Style(level, _number_of(element.find(f"{W}pPr"), base.numbering) or base.numbering)

    return {name: read(name) for name in raw}


def _outline(properties: etree._Element | None) -> int:
    found = properties.find(f"{W}outlineLvl") if properties is not None else None
    value = found.get(f"{W}val", "") if found is not None else ""
    return int(value) + 1 if value.isdigit() and int(value) < 9 else 0


def _number_of(properties: etree._Element | None, base: tuple[str, int] | None = None) -> tuple[str, int] | None:
    """Which list a paragraph or style belongs to; list 0 takes it out of any."""
    found = properties.find(f"{W}numPr") if properties is not None else None
    if found is None:
        return None
    number, level = found.find(f"{W}numId"), found.find(f"{W}ilvl")
    name = number.get(f"{W}val", "") if number is not None else base[0] if base else ""
    depth = level.get(f"{W}val", "0") if level is not None else str(base[1]) if base else "0"
    return (name, min(int(depth), 8)) if name and depth.isdigit() else None


@dataclass(frozen=True)
class Level:
    form: str
    words: str
    start: int


class Numbering:
    """The numbers of automatic lists (`第三章`, `2.1`, `（一）`), counted along the document."""

    def __init__(self, tree: etree._Element | None) -> None:
        self._lists: dict[str, tuple[str, dict[int, Level]]] = {}
        self._at: dict[str, dict[int, int]] = {}
        if tree is None:
            return
        abstract = {
            each.get(f"{W}abstractNumId", ""): {
                int(level.get(f"{W}ilvl", "0")): _level(level) for level in each.iter(f"{W}lvl")
            }
            for each in tree.iter(f"{W}abstractNum")
        }
        for each in tree.iter(f"{W}num"):
            named = each.find(f"{W}abstractNumId")
            name = named.get(f"{W}val", "") if named is not None else ""
            levels = dict(abstract.get(name, {}))
            starts = False
            for changed in each.iter(f"{W}lvlOverride"):
                depth = int(changed.get(f"{W}ilvl", "0"))
                start = changed.find(f"{W}startOverride")
                if start is not None and depth in levels:
                    levels[depth] = Level(levels[depth].form, levels[depth].words, int(start.get(f"{W}val", "1")))
                    starts = True
            own = each.get(f"{W}numId", "")
            self._lists[own] = (f"num{own}" if starts else f"abstract{name}", levels)

    def next(self, name: str, depth: int) -> str:
        """The number of the next paragraph of a list; empty for bullets and unknown lists."""
        counter, levels = self._lists.get(name, ("", {}))
        level = levels.get(depth)
        if level is None:
            return ""
        at = self._at.setdefault(counter, {})
        at[depth] = at.get(depth, level.start - 1) + 1
        for deeper in [each for each in at if each > depth]:
            del at[deeper]
        words = level.words
        for each in range(depth + 1):
            outer = levels.get(each)
            if f"%{each + 1}" in words and outer is not None:
                words = words.replace(f"%{each + 1}", _digits(at.setdefault(each, outer.start), outer.form))
        return "" if level.form in ("bullet", "none") else words


def _level(element: etree._Element) -> Level:
    def value(name: str, default: str) -> str:
        found = element.find(f"{W}{name}")
        return found.get(f"{W}val", default) if found is not None else default

    start = value("start", "1")
    return Level(value("numFmt", "decimal"), value("lvlText", ""), int(start) if start.isdigit() else 1)


def _digits(n: int, form: str) -> str:
    """A number in one of Word's forms; an unknown form is written in digits."""
    if form.startswith(("chinese", "japaneseCounting", "ideographDigital", "taiwanese")):
        return _chinese(n)
    if form in ("upperLetter", "lowerLetter") and 0 < n < 27:
        return chr((64 if form == "upperLetter" else 96) + n)
    if form.startswith("decimalEnclosedCircle") and 0 < n < 21:
        return chr(0x245F + n)
    if form in ("upperRoman", "lowerRoman") and 0 < n < 40:
        roman = "X" * (n // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[n % 10]
        return roman if form == "upperRoman" else roman.lower()
    return f"{n:02d}" if form == "decimalZero" else str(n)


def _chinese(n: int) -> str:
    """1–99 as 一, 十二, 二十一."""
    if not 0 < n < 100:
        return str(n)
    tens, ones = divmod(n, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{_CHINESE[tens]}十") + (_CHINESE[ones] if ones else "")


@dataclass
class _Reader:
    numbering: Numbering
    styles: dict[str, Style]
    page: int = 1
    paged: bool = False
    """Word left its page breaks in the file."""
    cut: bool = False
    _tables: "count[int]" = field(default_factory=lambda: count(1))

    def read(self, document: etree._Element) -> Iterator[Line]:
        body = document.find(f"{W}body")
        self.paged = next(document.iter(f"{W}lastRenderedPageBreak"), None) is not None
        yield from self._blocks(body) if body is not None else ()

    def _blocks(self, parent: etree._Element) -> Iterator[Line]:
        for each in parent:
            if each.tag == f"{W}p":
                line = self._paragraph(each)
                if line is not None:
                    yield line
                for box in each.iter(f"{W}txbxContent"):
                    if not any(above.tag == f"{MC}Fallback" for above in box.iterancestors()):
                        yield from self._blocks(box)
            elif each.tag == f"{W}tbl":
                yield from self._table(each)
            elif each.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}smartTag"):
                yield from self._blocks(each)

    def _paragraph(self, element: etree._Element) -> Line | None:
        properties = element.find(f"{W}pPr")
        style = self._style(properties)
        listed = _number_of(properties, style.numbering) or style.numbering
        said = "".join(self._words(element))
        before = said[: len(said) - len(said.lstrip(f"{BREAK} "))]
        at = self.page + before.count(BREAK)
        self.page += said.count(BREAK)
        words = tidy(said.replace(BREAK, ""))
        if not words:
            return None
        number = self.numbering.next(*listed) if listed and listed[0] != "0" else ""
        gap = " " if number[-1:].isdigit() else ""
        return Line(f"{number}{gap}{words}", at if self.paged else None, level=_outline(properties) or style.level)

    def _style(self, properties: etree._Element | None) -> Style:
        named = properties.find(f"{W}pStyle") if properties is not None else None
        return self.styles.get(named.get(f"{W}val", ""), Style()) if named is not None else Style()

    def _words(self, element: etree._Element) -> Iterator[str]:
        """Text of a paragraph as it is seen, with a mark where Word began a new page."""
        for each in element:
            if each.tag in _SKIPPED or each.tag == f"{W}txbxContent":
                continue
            if each.tag == f"{W}r" and _hidden(each):
                continue
            if each.tag == f"{W}t":
                yield each.text or ""
            elif each.tag in (f"{W}tab", f"{W}br", f"{W}cr"):
                yield " "
            elif each.tag == f"{W}noBreakHyphen":
                yield "-"
            elif each.tag == f"{W}lastRenderedPageBreak":
                yield BREAK
            else:
                yield from self._words(each)

    def _table(self, element: etree._Element) -> Iterator[Line]:
        """Row by row; a cell merged downwards is said in each row, one merged across only once."""
        number = next(self._tables)
        above: dict[int, str] = {}
        for n, each in enumerate(element.iterchildren(f"{W}tr", f"{W}sdt")):
            if n >= MAX_ROWS:
                self.cut = True
                return
            at = self.page if self.paged else None
            cells: list[str] = []
            inside: dict[int, list[Line]] = {}
            for cell in each.iter(f"{W}tc"):
                if _owner(cell) is not element:
                    continue
                column = len(cells)
                properties = cell.find(f"{W}tcPr")
                words, nested = self._cell(cell)
                merge = properties.find(f"{W}vMerge") if properties is not None else None
                if merge is not None and merge.get(f"{W}val") != "restart" and not words:
                    words = above.get(column, "")
                above[column] = words if merge is not None else ""
                inside[column] = nested
                cells += [words, *[""] * (_span(properties) - 1)]
            for column, nested in inside.items():
                if nested and _is_value(nested) and any(cell for n, cell in enumerate(cells) if n != column):
                    said = "；".join(" ".join(cell for cell in line.cells if cell) for line in nested)
                    cells[column] = f"{cells[column]} {said}".strip()
                    inside[column] = []
            if any(cells):
                yield row(cells, at, number)
            for nested in inside.values():
                yield from nested

    def _cell(self, cell: etree._Element) -> tuple[str, list[Line]]:
        """The words of a cell, and the rows of tables inside it."""
        words: list[str] = []
        nested: list[Line] = []
        for line in self._blocks(cell):
            if line.table:
                nested.append(line)
            else:
                words.append(line.text)
        return " ".join(words), nested


def _is_value(nested: list[Line]) -> bool:
    """Whether a table inside a cell is the value of its row, which a ★ before it marks, and no part of its own."""
    return len(nested) <= 15 and sum(len(line.text) for line in nested) <= 600


def _owner(cell: etree._Element) -> etree._Element | None:
    return next(cell.iterancestors(f"{W}tbl"), None)


def _span(properties: etree._Element | None) -> int:
    found = properties.find(f"{W}gridSpan") if properties is not None else None
    value = found.get(f"{W}val", "1") if found is not None else "1"
    return min(max(int(value), 1), 60) if value.isdigit() else 1


def _hidden(run: etree._Element) -> bool:
    properties = run.find(f"{W}rPr")
    found = properties.find(f"{W}vanish") if properties is not None else None
    return found is not None and found.get(f"{W}val", "1") not in ("0", "false")
