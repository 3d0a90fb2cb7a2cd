"""The gate for cells (XL1-XL6): text stays text, titles are ones Excel takes, instants are Beijing time."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from tracker import sheets

AT = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
DANGEROUS = ["=1+1", "=cmd|' /C calc'!A0", "+1", "-1+1", "@SUM(A1)", "＝1+1", "＋1", "－1", "＠A1", '=HYPERLINK("x")']


def saved(book: Workbook) -> Workbook:
    """The book after saving and opening it again."""
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return load_workbook(file)


def book_of(*values: sheets.Value) -> Workbook:
    book = sheets.workbook(AT)
    sheet = sheets.add_sheet(book, "数据")
    for value in values:
        sheets.append(sheet, (value,))
    return book


@pytest.mark.parametrize("text", DANGEROUS)
def test_h19_text_stays_text_after_save_open_save(text: str) -> None:
    once = saved(book_of(text))
    twice = saved(once)
    for book in (once, twice):
        cell = book["数据"]["A1"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.quotePrefix


def test_h19_the_same_in_write_only_mode() -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("数据")
    sheets.write_only_row(sheet, ["=1+1", None, 3])
    row = next(saved(book)["数据"].iter_rows())
    assert [(cell.value, cell.data_type) for cell in row] == [("=1+1", "s"), (None, "n"), (3, "n")]


def test_h19_control_characters_are_removed_and_long_text_is_cut_with_a_mark() -> None:
    book = saved(book_of("警\x00车\x1b[31m\x0b采购", "长" * 40_000))
    assert book["数据"]["A1"].value == "警车[31m\n采购"
    long = book["数据"]["A2"].value
    assert len(long) == sheets.MAX_CELL
    assert long.endswith(sheets.CUT)


@pytest.mark.parametrize(
    ("title", "given"),
    [
        ("第1包/第2包", "第1包 第2包"),
        ("a[b]:c*d?e\\f", "a b c d e f"),
        ("'引号'", "引号"),
        ("", "表"),
        ("History", "History 2"),
        ("名" * 40, "名" * 31),
        ("a\x00b\nc", "ab c"),
    ],
)
def test_h19_titles_of_sheets_are_ones_excel_takes(title: str, given: str) -> None:
    assert sheets.sheet_title(title) == given


def test_titles_differ_in_any_case_even_when_cut() -> None:
    book = sheets.workbook(AT)
    for _ in range(12):
        sheets.add_sheet(book, "A" * 40)
        sheets.add_sheet(book, "a" * 40)
    titles = saved(book).sheetnames
    assert len({title.casefold() for title in titles}) == 24
    assert max(map(len, titles)) <= sheets.MAX_TITLE


@given(st.text(max_size=60), st.lists(st.text(max_size=40), max_size=4))
def test_any_title_is_taken(title: str, taken: list[str]) -> None:
    found = sheets.sheet_title(title, taken)
    assert 1 <= len(found) <= sheets.MAX_TITLE
    assert not set(found) & set(sheets.FORBIDDEN_IN_TITLE)
    assert found.casefold() not in {each.casefold() for each in taken}


@given(st.text(max_size=200))
def test_any_text_can_be_stored_and_never_becomes_a_formula(text: str) -> None:
    cell = sheets.put(Workbook().worksheets[0]["A1"], text)
    assert cell.data_type == ("s" if sheets.plain(text) else "n")
    assert (cell.value or "") == sheets.plain(text)


def test_instants_are_shown_in_beijing_time_and_naive_ones_refused() -> None:
    cell = saved(book_of(AT))["数据"]["A1"]
    assert cell.value == datetime(2026, 11, 20, 9, 0)  # noqa: DTZ001  (Excel knows no zone)
    assert cell.number_format == "yyyy-mm-dd hh:mm"
    with pytest.raises(ValueError, match="no time zone"):
        sheets.beijing(datetime(2026, 11, 20))  # noqa: DTZ001


def test_a_workbook_names_neither_person_nor_machine() -> None:
    properties = saved(book_of("x")).properties
    assert not properties.creator
    assert not properties.lastModifiedBy
    assert properties.created == AT.replace(tzinfo=None)


@pytest.mark.parametrize("text", [*DANGEROUS, "  =1", "\t=1", "\r=1"])
def test_h19_csv_text_never_acts(text: str) -> None:
    assert sheets.csv_text(text).startswith("'")
