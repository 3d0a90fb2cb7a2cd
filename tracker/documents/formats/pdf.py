"""PDF: words and rules by pdfplumber; lines, paragraphs over page breaks and tables by their geometry.

Coordinates are points from the upper left corner of the page.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pdfplumber
from pdfminer.pdfdocument import PDFEncryptionError, PDFPasswordIncorrect
from pdfplumber.utils.exceptions import PdfminerException

from crawler.text import clean
from tracker.documents.formats.radicals import plain
from tracker.documents.lines import Line, Parsed, Reason, row

MAX_PAGES = 3000
"""Pages that are read; the rest is named as unread."""
MAX_WORDS = 20_000
"""Of one page; a page a person reads has some hundreds."""
MAX_RULES = 20_000
"""Drawn lines of one page that are looked at for tables; a drawing has more and is no table."""
GARBLED = 0.1
"""Share of characters without a meaning (fonts that hide which they are) from which a page counts as unread."""

_TOP = re.compile(
    r"\s*(?:第[一二三四五六七八九十百\d]{1,4}[章节部篇册卷条]|[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]{1,3}[)）]|[★▲※#]|注[:：])"
)
_ITEM = re.compile(r"\s*(?:\d{1,2}(?:\.\d{1,2}){0,3}[.、．)）\s]|[(（]\d{1,2}[)）]|[①-⑳])")
_END = re.compile(r"[。；;：:！？!?]\s*$")
_CLOSED = "，。；：、！？（）《》“”"
"""Punctuation whose white half is no blank."""
_NUMBERS = re.compile(r"\d+")
logging.getLogger("pdfminer").setLevel(logging.CRITICAL)  # it tells of fonts without a box once a character


@dataclass(frozen=True)
class Text:
    """One printed line."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Row:
    cells: tuple[str, ...]
    top: float
    bottom: float
    table: int
    """Of the page, from 0."""
    xs: tuple[float, ...]
    """Where its columns begin."""


@dataclass(frozen=True)
class Page:
    number: int
    height: float
    items: tuple[Text | Row, ...]
    """From top to bottom."""
    reason: Reason | None = None
    """Why nothing of it could be read."""


def parse(path: Path) -> Parsed:
    """The whole document; what memory or time did not allow is named as unread."""
    try:
        with pdfplumber.open(path) as document:
            total = len(document.pages)
            pages, stopped = _read(document)
    except PdfminerException as error:
        cause = error.args[0] if error.args else None
        return Parsed("unreadable", ("encrypted" if _is_locked(cause) else "damaged",))
    except PDFPasswordIncorrect:
        return Parsed("unreadable", ("encrypted",))
    except (RecursionError, ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError):
        return Parsed("unreadable", ("damaged",))
    if not total:
        return Parsed("unreadable", ("damaged",))
    return _whole(pages, total, stopped)


def _is_locked(cause: object) -> bool:
    return isinstance(cause, PDFPasswordIncorrect | PDFEncryptionError)


def _read(document: "pdfplumber.pdf.PDF") -> tuple[list[Page], Reason | None]:
    """Page by page, so that memory stays flat; a page that cannot be read does not stop the others."""
    pages: list[Page] = []
    for source in document.pages[:MAX_PAGES]:
        try:
            pages.append(_page(source))
        except MemoryError:
            return pages, "memory"
        except TimeoutError:
            return pages, "time"
        except Exception:  # a hostile page may raise anything the parser has
            pages.append(Page(source.page_number, 0, (), "damaged"))
        finally:
            source.close()
    return pages, "size" if len(document.pages) > MAX_PAGES else None


def _whole(pages: Sequence[Page], total: int, stopped: Reason | None) -> Parsed:
    reasons: dict[Reason, None] = {}
    unread = [page.number for page in pages if page.reason] + list(range(len(pages) + 1, total + 1))
    for page in pages:
        if page.reason:
            reasons["scanned-pages" if page.reason == "scan" else page.reason] = None
    if stopped:
        reasons[stopped] = None
    lines = tuple(flow(pages))
    if not lines:
        only_scans = {page.reason for page in pages} <= {"scan", None}
        why: Reason = "scan" if any(page.reason == "scan" for page in pages) else "empty"
        return Parsed("unreadable", (why,) if only_scans and not stopped else tuple(reasons), (), total, tuple(unread))
    return Parsed("partly" if reasons else "read", tuple(reasons), lines, total, tuple(unread))


def _page(source: "pdfplumber.page.Page") -> Page:
    words = source.extract_words(keep_blank_chars=False, x_tolerance=2.5, y_tolerance=2.5)[:MAX_WORDS]
    shown = sum(len(word["text"]) for word in words)
    lost = sum(word["text"].count("(cid:") * 6 + word["text"].count("\ufffd") for word in words)
    hidden = sum(1 for word in words for char in word["text"] if "\ue000" <= char <= "\uf8ff")
    if shown and (lost + hidden) > GARBLED * shown:
        return Page(source.page_number, source.height, (), "garbled")
    if shown < 12 and _is_picture(source):
        return Page(source.page_number, source.height, (), "scan")
    rows, left = _tables(source, words)
    items: list[Text | Row] = [*rows, *_printed(left)]
    return Page(source.page_number, source.height, tuple(sorted(items, key=lambda item: (item.top, item.bottom))))


def _is_picture(source: "pdfplumber.page.Page") -> bool:
    """Whether an image fills a good part of the page: a scan."""
    area = source.width * source.height
    return any((image["x1"] - image["x0"]) * (image["bottom"] - image["top"]) > area / 4 for image in source.images)


# --- lines ----------------------------------------------------------------------------------------------------------


def _printed(words: Iterable[dict[str, Any]]) -> Iterator[Text]:
    """Words side by side as printed lines."""
    lines: list[list[dict[str, Any]]] = []
    for word in sorted(words, key=lambda w: (w["top"] + w["bottom"], w["x0"])):
        middle = (word["top"] + word["bottom"]) / 2
        last = lines[-1] if lines else None
        if last and last[0]["top"] < middle < last[0]["bottom"]:
            last.append(word)
        else:
            lines.append([word])
    for line in lines:
        line.sort(key=lambda w: float(w["x0"]))
        text = clean(plain(_joined(line))).strip()
        if text:
            yield Text(
                text,
                line[0]["x0"],
                max(word["x1"] for word in line),
                min(word["top"] for word in line),
                max(word["bottom"] for word in line),
            )


def _joined(words: Sequence[dict[str, Any]]) -> str:
    """Words of a line; a gap counts as a blank between Latin words, or where it is as wide as a letter.

    Justified lines are stretched between all their letters.
    """
    out = ""
    end = 0.0
    for word in words:
        gap = word["x0"] - end
        height = word["bottom"] - word["top"]
        latin = bool(out) and out[-1].isascii() and word["text"][:1].isascii()
        wide = gap > (2 if out[-1:] in _CLOSED or word["text"][:1] in _CLOSED else 0.9) * height
        out += " " if out and (latin or wide) else ""
        out += word["text"]
        end = word["x1"]
    return out


# --- tables ---------------------------------------------------------------------------------------------------------


def _tables(source: "pdfplumber.page.Page", words: list[dict[str, Any]]) -> tuple[list[Row], list[dict[str, Any]]]:
    """Rows of the ruled tables, and the words that stand outside them."""
    if len(source.edges) > MAX_RULES or not source.edges:
        return [], words
    found = source.find_tables({"explicit_horizontal_lines": _open_ends(source.edges)})
    rows: list[Row] = []
    left = words
    for number, table in enumerate(found):
        starts = _steps(cell[0] for cell in table.cells)
        if len(starts) < 2:
            continue  # a box around text
        x0, top, x1, bottom = table.bbox
        inside = [
            word for word in left if x0 - 1 < _middle(word, "x") < x1 + 1 and top - 1 < _middle(word) < bottom + 1
        ]
        taken = {id(word) for word in inside}
        left = [word for word in left if id(word) not in taken]
        rows += _rows(number, table.cells, starts, inside)
    return rows, left


def _open_ends(edges: Sequence[dict[str, Any]]) -> list[float]:
    """Where upright rules end without a level one: a row that the page break cuts."""
    upright = [edge for edge in edges if edge["orientation"] == "v" and edge["bottom"] - edge["top"] > 4]
    level = _steps(edge["top"] for edge in edges if edge["orientation"] == "h")
    ends = Counter(round(edge[side]) for edge in upright for side in ("top", "bottom"))
    return [float(y) for y, count in ends.items() if count > 2 and not any(abs(y - other) < 4 for other in level)]


def _steps(values: Iterable[float]) -> list[float]:
    """Values in order, those closer than three points as one."""
    out: list[float] = []
    for value in sorted(values):
        if not out or value - out[-1] > 3:
            out.append(value)
    return out


def _middle(word: dict[str, Any], axis: str = "y") -> float:
    a, b = ("x0", "x1") if axis == "x" else ("top", "bottom")
    return float(word[a] + word[b]) / 2


def _rows(
    number: int, cells: Sequence[tuple[float, float, float, float]], starts: list[float], words: list[dict[str, Any]]
) -> Iterator[Row]:
    """Row by row; a cell that spans several rows is said in each, one that spans columns only in the first."""
    said: dict[tuple[float, float, float, float], str] = {}
    for cell in cells:
        x0, top, x1, bottom = cell
        inside = [word for word in words if x0 <= _middle(word, "x") < x1 and top <= _middle(word) < bottom]
        said[cell] = "\n".join(line.text for line in _printed(inside))
    for top in (tops := _steps(cell[1] for cell in cells)):
        below = min((other for other in tops if other > top), default=max(cell[3] for cell in cells))
        middle = (top + below) / 2
        across = {_column(starts, cell[0]): cell for cell in cells if cell[1] < middle < cell[3]}
        texts = tuple(_cell(said[across[column]]) if column in across else "" for column in range(len(starts)))
        if any(texts):
            yield Row(texts, top, below, number, tuple(starts))


def _column(starts: list[float], x: float) -> int:
    return min(range(len(starts)), key=lambda n: abs(starts[n] - x))


def _cell(text: str) -> str:
    """The lines of a cell as one text: Chinese goes on without a blank, Latin words keep one."""
    return re.sub(r"(?<=[\x21-\x7e])\n(?=[A-Za-z])", " ", text).replace("\n", "")


# --- the flow over the pages ----------------------------------------------------------------------------------------


def flow(pages: Sequence[Page]) -> Iterator[Line]:
    """Paragraphs and rows of all pages: heads and feet out, paragraphs and tables joined over page breaks."""
    running = _running(pages)
    left, right = _margins(pages)
    number = 0
    table: list[tuple[int, Row]] = []  # rows of the table that is open, with their pages
    paragraph: list[tuple[int, Text]] = []
    for page in pages:
        items = [item for item in page.items if not (isinstance(item, Text) and _runs(item, page, running))]
        for n, item in enumerate(items):
            if isinstance(item, Text):
                if table:
                    number += 1
                    yield from _table(table, number)
                    table = []
                if paragraph and not _goes_on(paragraph[-1][1], item, left, right):
                    yield _paragraph(paragraph)
                    paragraph = []
                paragraph.append((page.number, item))
                continue
            if paragraph:
                yield _paragraph(paragraph)
                paragraph = []
            if table and not _same_table(table[-1], page.number, item, first=n == 0):
                number += 1
                yield from _table(table, number)
                table = []
            table.append((page.number, item))
    if table:
        yield from _table(table, number + 1)
    if paragraph:
        yield _paragraph(paragraph)


def _running(pages: Sequence[Page]) -> frozenset[str]:
    """Lines near the upper and lower edge that come again on most pages, numbers aside."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_NUMBERS.sub("#", item.text) for item in _edge(page)})
    enough = max(3, len(pages) // 3)
    return frozenset(text for text, count in seen.items() if count >= enough)


def _edge(page: Page) -> list[Text]:
    lines = [item for item in page.items if isinstance(item, Text)]
    return [line for line in lines if line.bottom < page.height * 0.1 or line.top > page.height * 0.9]


def _runs(item: Text, page: Page, running: frozenset[str]) -> bool:
    at_edge = item.bottom < page.height * 0.1 or item.top > page.height * 0.9
    alone = re.fullmatch(r"[-—\s]*(?:第?\s*\d{1,4}\s*页?(?:\s*[/,，共]*\s*共?\s*\d{1,4}\s*页?)?)[-—\s]*", item.text)
    return at_edge and bool(alone or _NUMBERS.sub("#", item.text) in running)


def _margins(pages: Sequence[Page]) -> tuple[float, float]:
    """Where text usually begins and ends."""
    lines = [item for page in pages for item in page.items if isinstance(item, Text) and len(item.text) > 10]
    if not lines:
        return 0.0, 0.0
    lefts = Counter(round(line.x0) for line in lines)
    rights = Counter(round(line.x1) for line in lines)
    often = max(2, len(lines) // 50)
    return (
        float(min((x for x, count in lefts.items() if count >= often), default=min(lefts))),
        float(max((x for x, count in rights.items() if count >= often), default=max(rights))),
    )


def _goes_on(line: Text, following: Text, left: float, right: float) -> bool:
    """Whether a printed line is followed by the rest of its paragraph."""
    em = line.bottom - line.top
    if line.x1 < right - 1.6 * em or _TOP.match(following.text):
        return False
    if abs((following.bottom - following.top) - em) > 0.25 * em:
        return False  # another size: a heading
    indented = following.x0 > left + 1.2 * em and following.x0 > line.x0 + 0.5 * em
    if indented or (following.x0 > left + 1.2 * em and abs(following.x0 - line.x0) > 0.5 * em):
        return False
    if _END.search(line.text):
        begins_alike = abs(following.x0 - line.x0) <= 0.5 * em and line.x0 > left + 1.2 * em
        return not begins_alike and not _ITEM.match(following.text)
    return following.x0 <= left + 1.2 * em or not _ITEM.match(following.text)


def _paragraph(lines: Sequence[tuple[int, Text]]) -> Line:
    text = "\n".join(line.text for _page, line in lines)
    return Line(_cell(text), lines[0][0])


def _same_table(last: tuple[int, Row], page: int, item: Row, *, first: bool) -> bool:
    """Whether a row goes on with the open table: on the same page, or at the head of the next with the same columns."""
    number, before = last
    if page == number:
        return item.table == before.table
    return (
        first
        and page == number + 1
        and len(item.xs) == len(before.xs)
        and all(abs(a - b) < 6 for a, b in zip(item.xs, before.xs, strict=True))
    )


def _table(rows: Sequence[tuple[int, Row]], number: int) -> Iterator[Line]:
    """The rows of one table: its head once, a row cut by the page break whole."""
    head = rows[0][1].cells
    merged: list[tuple[int, Row]] = []
    page_before = rows[0][0]
    for page, one in rows:
        is_first = page != page_before  # of its page, a repeated head aside
        if is_first and one.cells == head:
            continue
        page_before = page
        if is_first and not one.cells[0] and merged[-1][1].cells[0]:
            merged[-1] = (merged[-1][0], replace(merged[-1][1], cells=_one_cell_each(merged[-1][1], one)))
        else:
            merged.append((page, one))
    for page, one in merged:
        yield row(one.cells, page, number)


def _one_cell_each(upper: Row, lower: Row) -> tuple[str, ...]:
    return tuple(_cell(f"{a}\n{b}") if a and b else a or b for a, b in zip(upper.cells, lower.cells, strict=True))
