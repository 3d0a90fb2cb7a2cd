"""The one gate for cells of spreadsheets and CSV: text stays text, in Excel, LibreOffice and after saving again.

Nothing else in the house sets a cell. product rules XL1-XL6: a leading `=` is never a formula, control characters
and over-long text are mended visibly, sheet titles are ones Excel takes, instants are Beijing time without a zone
(the heading names it), and a workbook says nothing of who made it.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.worksheet.worksheet import Worksheet

from crawler.clock import SHANGHAI
from crawler.text import clean

MAX_CELL = 32_767
"""Characters Excel keeps in a cell; openpyxl cuts the rest without a word."""
CUT = "…〔已截断，全文见原公告 / cut, see the notice〕"
MAX_TITLE = 31
FORBIDDEN_IN_TITLE = "[]:*?/\\"
ZONE_HEADING = "北京时间 (UTC+8)"
ACTIVE = "=+-@＝＋－＠\t\r\n"
"""What makes a spreadsheet take text for a formula, in half and full width."""

Value = str | int | float | bool | date | datetime | None


def plain(text: str) -> str:
    """Text as a cell can hold it: no control characters, at most 32,767 characters with a mark where cut."""
    text = clean(text)
    return text if len(text) <= MAX_CELL else text[: MAX_CELL - len(CUT)] + CUT


def beijing(instant: datetime) -> datetime:
    """The wall clock in Beijing, naive as Excel wants it. ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant!r} has no time zone")
    return instant.astimezone(SHANGHAI).replace(tzinfo=None)


def put(cell: Cell, value: Value) -> Cell:
    """Set a cell. Text is stored as text whatever it begins with; an empty one leaves the cell empty."""
    if isinstance(value, str):
        text = plain(value)
        cell.value = text or None
        cell.data_type = "s" if text else "n"
        if text.startswith(tuple(ACTIVE)):
            cell.quotePrefix = True  # stays text when somebody edits the cell in Excel
    elif isinstance(value, datetime):
        cell.value = beijing(value)
        cell.number_format = "yyyy-mm-dd hh:mm"
    elif isinstance(value, date):
        cell.value = value
        cell.number_format = "yyyy-mm-dd"
    else:
        cell.value = value
    return cell


def append(sheet: Worksheet, values: Sequence[Value]) -> int:
    """A new row below the others; returns its number, from 1."""
    row = sheet.max_row + 1 if sheet.max_row > 1 or sheet["A1"].value is not None else 1
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column)
        if isinstance(cell, Cell):  # always: nothing here merges cells
            put(cell, value)
    return row


def write_only_row(sheet: Any, values: Sequence[Value]) -> None:
    """The same for a sheet in write-only mode, where rows are streamed."""
    sheet.append([put(WriteOnlyCell(sheet), value) for value in values])


def sheet_title(title: str, taken: Iterable[str] = ()) -> str:
    """A title Excel takes: no `[]:*?/\\`, no quote at an end, at most 31 characters, unlike the others in any case."""
    flat = " ".join("".join(" " if char in FORBIDDEN_IN_TITLE else char for char in clean(title)).split())
    base = flat.strip("' ")[:MAX_TITLE].strip("' ") or "表"
    used = {each.casefold() for each in taken} | {"history"}  # Excel keeps that name for itself
    found, n = base, 1
    while found.casefold() in used:
        n += 1
        mark = f" {n}"
        found = base[: MAX_TITLE - len(mark)].rstrip() + mark
    return found


def workbook(at: datetime, author: str = "", *, streamed: bool = False) -> Workbook:
    """An empty workbook without a sheet, whose properties name the author (a bidding entity) and nobody else.

    `at` is aware. A streamed one takes rows by `write_only_row` alone and holds none of them in memory.
    """
    book = Workbook(write_only=streamed)
    if not streamed:
        book.remove(book.worksheets[0])
    book.properties.creator = book.properties.lastModifiedBy = author
    book.properties.created = book.properties.modified = at.astimezone(UTC).replace(tzinfo=None)
    return book


def add_sheet(book: Workbook, title: str) -> Worksheet:
    """A new sheet under a title that Excel takes."""
    sheet: Worksheet = book.create_sheet(sheet_title(title, book.sheetnames))
    return sheet


def csv_text(value: Value) -> str:
    """A value for CSV: text that a spreadsheet would run gets an apostrophe before it."""
    if isinstance(value, datetime):
        return f"{beijing(value):%Y-%m-%d %H:%M}"
    if not isinstance(value, str):
        return "" if value is None else str(value)
    text = plain(value)
    return f"'{text}" if text.lstrip(" ").startswith(tuple(ACTIVE)) or value[:1] in ACTIVE else text
