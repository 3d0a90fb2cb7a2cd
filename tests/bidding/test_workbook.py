"""The matrix as a workbook, filled in and read back: nothing stored is lost, what cannot be taken over is shown."""

from dataclasses import replace
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import Engine

from tracker.bidding.matrix import Answer, matrix, set_rows
from tracker.bidding.workbook import Imported, import_matrix, matrix_excel
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import language

from .conftest import ASKED, NOW, shelve

STAR, TRIANGLE, SERVICE = ASKED[1], ASKED[2], ASKED[3]


@pytest.fixture
def shelved(database: Engine, project: int) -> Engine:
    with database.begin() as connection:
        shelve(connection, ASKED)
    return database


def export(engine: Engine, lang: str = "zh_CN") -> Workbook:
    with reading(engine) as connection, language(lang):
        return load_workbook(BytesIO(matrix_excel(matrix(connection, 1, NOW))))


def fill(book: Workbook, key: str, **cells: str | int | None) -> Workbook:
    """Cells of the row of a requirement by the letter of their column."""
    sheet = book.worksheets[0]
    number = next(cell.row for cell in sheet["N"] if cell.value == key)
    for letter, value in cells.items():
        sheet[f"{letter}{number}"] = value
    return book


def read_back(engine: Engine, book: Workbook, who: str = "王小明", *, over: bool = False) -> Imported:
    file = BytesIO()
    book.save(file)
    with engine.begin() as connection:
        return import_matrix(connection, who, 1, file.getvalue(), over=over)


def row(engine: Engine, key: str) -> Answer:
    with reading(engine) as connection:
        return next(each for each in matrix(connection, 1, NOW).rows if each.key == key)


@pytest.mark.parametrize(("lang", "status", "deviation"), [("zh_CN", "已起草", "正偏离"), ("en", "drafted", "better")])
def test_answers_come_back_in_either_language(shelved: Engine, lang: str, status: str, deviation: str) -> None:
    book = fill(export(shelved, lang), STAR.key, G=status, H="李经理", I="165km/h", J=deviation, K=12, L="检验报告")
    done = read_back(shelved, book)
    found = row(shelved, STAR.key)
    assert (found.status, found.owner, found.answer, found.deviation, found.place, found.evidence) == (
        "drafted", "李经理", "165km/h", "better", "12", "检验报告",
    )  # fmt: skip
    assert [each.key for each in done.kept] == [STAR.key]
    assert done.conflicts == ()
    again = read_back(shelved, book)
    assert (again.kept, again.conflicts) == ((), ()), "the same file twice changes nothing"


def test_rows_are_known_by_their_number_wherever_they_were_sorted_to(shelved: Engine) -> None:
    book = fill(export(shelved), STAR.key, I="165km/h")
    sheet = book.worksheets[0]
    rows = [[cell.value for cell in each] for each in sheet.iter_rows(min_row=2)]
    for number, values in enumerate(reversed(rows), 2):
        for column, value in enumerate(values, 1):
            sheet.cell(number, column).value = value
    read_back(shelved, book)
    assert row(shelved, STAR.key).answer == "165km/h"


def test_an_empty_cell_takes_no_answer_away(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "王小明", 1, [STAR.key], status="reviewed", answer="165km/h", place="p. 12")
    read_back(shelved, fill(export(shelved), STAR.key, I=None, K="p. 14"))
    found = row(shelved, STAR.key)
    assert (found.answer, found.place, found.status) == ("165km/h", "p. 14", "reviewed")


def test_h65_what_somebody_changed_meanwhile_stays_and_is_shown(shelved: Engine) -> None:
    book = fill(export(shelved), STAR.key, I="165km/h")
    with shelved.begin() as connection:
        set_rows(connection, "李经理", 1, [STAR.key], answer="170km/h")
        set_rows(connection, "李经理", 1, [TRIANGLE.key], answer="2850mm")
    done = read_back(shelved, book)
    (conflict,) = done.conflicts
    assert "李经理" in conflict.why
    assert [(theirs, ours) for _field, theirs, ours in conflict.fields] == [("165km/h", "170km/h")]
    assert row(shelved, STAR.key).answer == "170km/h"
    assert row(shelved, TRIANGLE.key).answer == "2850mm", "a row nobody filled in is no conflict"
    assert read_back(shelved, book, over=True).conflicts == ()
    assert row(shelved, STAR.key).answer == "165km/h"


def test_a_requirement_that_changed_meanwhile_is_never_answered_by_the_old_workbook(shelved: Engine) -> None:
    book = fill(export(shelved), STAR.key, I="165km/h", J="满足")
    fill(book, SERVICE.key, I="三个网点")
    stricter = replace(STAR, words="★1.最高车速 | ≥170km/h", replaces=STAR.key)
    with shelved.begin() as connection:
        shelve(connection, [stricter, ASKED[0], TRIANGLE], number=2)
    done = read_back(shelved, book, over=True)
    assert done.kept == ()
    changed, gone = done.conflicts
    assert changed.words == stricter.words
    assert gone.words == SERVICE.words
    assert row(shelved, stricter.key).answer == ""


def test_mistakes_name_sheet_and_cell_and_store_nothing(shelved: Engine) -> None:
    book = fill(export(shelved), STAR.key, G="做完了", I="165km/h")
    fill(book, TRIANGLE.key, H="无此人", J="还行")
    with pytest.raises(Mistake) as told:
        read_back(shelved, book)
    said = str(told.value)
    cells = {cell.value: cell.row for cell in book.worksheets[0]["N"]}
    for cell in (f"G{cells[STAR.key]}", f"H{cells[TRIANGLE.key]}", f"J{cells[TRIANGLE.key]}"):
        assert cell in said
    assert "正偏离" in said or "better" in said, "what to write instead"
    assert row(shelved, STAR.key).answer == ""


def test_other_files_are_refused_with_a_way_out(shelved: Engine) -> None:
    other = Workbook()
    other.worksheets[0]["A1"] = "姓名"
    with pytest.raises(Mistake, match="matrix PROJECT"):
        read_back(shelved, other)
    for content in (b"", b"no workbook", b"PK\x03\x04 broken"):
        with shelved.begin() as connection, pytest.raises(Mistake, match=r"\.xlsx"):
            import_matrix(connection, "王小明", 1, content)
    doubled = export(shelved)
    sheet = doubled.worksheets[0]
    sheet["N3"] = sheet["N2"].value
    with pytest.raises(Mistake, match="N3"):
        read_back(shelved, doubled)


def test_without_its_stamps_a_workbook_replaces_nothing_that_is_stored(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "李经理", 1, [STAR.key], answer="150km/h")
    book = fill(export(shelved), STAR.key, I="165km/h")
    book.worksheets[0].delete_cols(15)
    done = read_back(shelved, book)
    assert (done.kept, len(done.conflicts)) == ((), 1)
    assert row(shelved, STAR.key).answer == "150km/h"
    assert read_back(shelved, book, over=True).kept


def test_a_damaged_workbook_is_a_sentence(shelved: Engine) -> None:
    file = BytesIO()
    export(shelved).save(file)
    content = file.getvalue()
    for at in range(60, len(content), len(content) // 40):
        broken = content[:at] + bytes(each ^ 0x5A for each in content[at : at + 40]) + content[at + 40 :]
        with shelved.begin() as connection:
            try:
                import_matrix(connection, "王小明", 1, broken)
            except Mistake:
                continue
