"""XLSX: the rows of every visible sheet as last computed. Macros, links and formulas are never followed."""

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from tracker.documents.formats.ooxml import check
from tracker.documents.formats.radicals import tidy
from tracker.documents.lines import Line, Parsed, Reason, row

MAX_ROWS = 20_000
"""Rows of a file that are read; a bill of quantities has some hundreds."""
MAX_COLUMNS = 60


def parse(path: Path) -> Parsed:
    """Each sheet a table under its name."""
    try:
        with zipfile.ZipFile(path) as archive:
            refused = check(archive)
        if refused:
            return Parsed("refused", (refused,))
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (zipfile.BadZipFile, InvalidFileException, OSError, ValueError, KeyError, TypeError):
        return Parsed("unreadable", ("damaged",))
    reasons: dict[Reason, None] = {}
    try:
        lines = tuple(_lines(book, reasons))
    except (zipfile.BadZipFile, SyntaxError, ValueError, KeyError, TypeError, AttributeError):
        return Parsed("unreadable", ("damaged",))
    finally:
        book.close()
    if not lines:
        return Parsed("unreadable", tuple(reasons) or ("empty",))
    return Parsed("partly" if reasons else "read", tuple(reasons), lines)


def _lines(book: Any, reasons: "dict[Reason, None]") -> Iterator[Line]:
    left = MAX_ROWS
    for number, sheet in enumerate(book.worksheets, 1):
        if sheet.sheet_state != "visible":
            reasons["hidden"] = None
            continue
        if hasattr(sheet, "reset_dimensions"):
            sheet.reset_dimensions()  # the size a file states may be a lie
        yield Line(tidy(sheet.title), level=1)
        rows = sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True)
        for values in islice(rows, left):
            left -= 1
            cells = [_words(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                yield row(cells, None, number)
        if left <= 0:
            reasons["size"] = None
            return


def _words(value: object) -> str:
    """A value as it is shown, near enough: no formats are applied but to dates and whole numbers."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return tidy(str(value))
