"""How our workbooks look: one font, a green heading row that stays in sight, filters, rows as high as their text."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.header_footer import _HeaderFooterPart as HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tracker import present, sheets

INK, SOFT, ACCENT, LINE = "1C2420", "66716B", "14694E", "DDE4E0"
HEAD = PatternFill("solid", fgColor=ACCENT)
TINTS = {"find": "FAEED6", "late": "FBE4E1", "person": "E9EDEB", "known": "DFF1E8", "open": "FFFFFF"}
FONT = "Microsoft YaHei"


YUAN, MINUTE, COUNT = "#,##0.00", "yyyy-mm-dd hh:mm", "#,##0"
"""Formats of numbers: amounts in yuan, instants in Beijing time, plain numbers."""
SUM_YUAN, SUM_COUNT = '#,##0.00;-#,##0.00;"–"', '#,##0;-#,##0;"–"'
"""The same in tables of sums, where nothing stands back."""


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its width in characters, the format of its numbers and dates."""

    title: str
    width: int
    form: str = ""


def add_table(
    book: Workbook, title: str, columns: Sequence[Column], rows: Iterable[Sequence[sheets.Value]]
) -> Worksheet:
    """A sheet with a heading and rows, ready to filter and to print. Text stays text, whatever it begins with."""
    sheet = sheets.add_sheet(book, title)
    sheets.append(sheet, [column.title for column in columns])
    for row in rows:
        sheets.append(sheet, row)
    dress(sheet, tuple(column.width for column in columns))
    for number, column in enumerate(columns, 1):
        if column.form:
            sheet.cell(1, number).alignment = Alignment(vertical="center", horizontal="right", indent=1, wrap_text=True)
        for (cell,) in sheet.iter_rows(min_row=2, min_col=number, max_col=number) if column.form else ():
            if not isinstance(cell.value, str):
                # Among instants a day alone stays a day: no hour was printed.
                cell.number_format = cell.number_format if type(cell.value) is date else column.form
                cell.alignment = Alignment(vertical="top", horizontal="right", indent=1)
    for_paper(sheet)
    return sheet


def file_of(book: Workbook) -> bytes:
    """The workbook as a file."""
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def dress(sheet: Worksheet, widths: tuple[int, ...], head: bool = True) -> None:
    """Font, edges, widths and heights of a filled sheet; with a heading, a green first row that stays, and filters."""
    plain, top = Font(name=FONT, size=10, color=INK), Alignment(vertical="top", wrap_text=True, horizontal="left")
    edge = Border(bottom=Side("thin", color=LINE))
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for number, row in enumerate(sheet.iter_rows(), 1):
        for cell in row:
            cell.font, cell.alignment, cell.border = plain, top, edge
        sheet.row_dimensions[number].height = _height([str(cell.value or "") for cell in row], widths)
    if not head:
        return
    for cell in sheet[1]:
        cell.font = Font(name=FONT, size=10, bold=True, color="FFFFFF")
        cell.fill = HEAD
        cell.alignment = Alignment(vertical="center", wrap_text=True)
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(widths))}{max(sheet.max_row, 1)}"


def _height(texts: list[str], widths: tuple[int, ...]) -> float:
    """Points that hold the longest cell: programs do not measure wrapped rows of a file they did not write."""
    lines = max(
        (
            sum(max(1, -(-present.columns(line) // max(width - 2, 1))) for line in text.split("\n"))
            for text, width in zip(texts, widths, strict=False)
        ),
        default=1,
    )
    return min(lines * 14.5 + 5, 400)


def tint(sheet: Worksheet, formula: str, kind: str, first: str, last: str = "") -> None:
    """Colour the cells of some columns where a formula over the row holds, so that filtering and editing keep it."""
    where = f"{first}2:{last or first}{max(sheet.max_row, 2)}"
    look = DifferentialStyle(fill=PatternFill("solid", bgColor=TINTS[kind]))
    sheet.conditional_formatting.add(where, Rule(type="expression", formula=[formula], dxf=look))


def for_paper(sheet: Worksheet) -> None:
    """A4 across, one page wide, the heading on every page, page numbers at the foot."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    if sheet.freeze_panes:
        sheet.print_title_rows = "1:1"
    sheet.oddFooter = HeaderFooterItem(center=HeaderFooterPart(text="&P / &N", size=9))
    sheet.sheet_view.showGridLines = False
