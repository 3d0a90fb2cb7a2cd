"""What each format gives: paragraphs, rows, numbers, pages; and that hidden, deleted and repeated text stays out."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from tests.documents.making import Block, as_html
from tracker.documents.formats import READERS
from tracker.documents.formats.pdf import Page, Row, Text, flow
from tracker.documents.formats.radicals import plain, tidy
from tracker.documents.lines import Line, Parsed


def read(path: Path, kind: str) -> Parsed:
    return READERS[kind](path)


def texts(parsed: Parsed) -> list[str]:
    return [line.text for line in parsed.lines]


# --- Word -----------------------------------------------------------------------------------------------------------


def numbering(form: str, words: Sequence[str]) -> str:
    levels = "".join(
        f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="{form if n == 0 else "decimal"}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
        for n, text in enumerate(words)
    )
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    return (
        f'<w:numbering {space}><w:abstractNum w:abstractNumId="7">{levels}</w:abstractNum>'
        '<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>'
    )


def listed(document: "docx.document.Document", words: str, level: int) -> None:
    properties = document.add_paragraph(words)._p.get_or_add_pPr()
    number, depth, identity = OxmlElement("w:numPr"), OxmlElement("w:ilvl"), OxmlElement("w:numId")
    depth.set(qn("w:val"), str(level))
    identity.set(qn("w:val"), "3")
    number.extend((depth, identity))
    properties.append(number)


def test_numbers_that_word_computes_are_read(tmp_path: Path) -> None:
    document = docx.Document()
    for words, level in (("采购需求", 0), ("车辆", 1), ("轴距", 2), ("颜色", 2), ("服务", 1), ("质保", 2), ("合同", 0)):
        listed(document, words, level)
    path, made = tmp_path / "plain.docx", tmp_path / "a.docx"
    document.save(str(path))
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            if info.filename != "word/numbering.xml":
                new.writestr(info, old.read(info))
        new.writestr("word/numbering.xml", numbering("chineseCounting", ("第%1章", "%1.%2", "%1.%2.%3")))
    assert texts(read(made, "docx")) == [
        "第一章采购需求",
        "一.1 车辆",
        "一.1.1 轴距",
        "一.1.2 颜色",
        "一.2 服务",
        "一.2.1 质保",
        "第二章合同",
    ]


def test_merged_cells_deleted_and_hidden_words(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(3, 3)
    for n, cells in enumerate((("项目", "参数", "要求"), ("底盘", "功率", "≥100kW"), ("", "轴距", "≥2700mm"))):
        for column, words in enumerate(cells):
            table.cell(n, column).text = words
    table.cell(1, 0).merge(table.cell(2, 0)).text = "底盘"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "参数和要求"
    hidden = document.add_paragraph("看得见")
    hidden.add_run("看不见").font.hidden = True
    deleted = document.add_paragraph("留下的")
    mark = OxmlElement("w:del")
    run = OxmlElement("w:r")
    gone = OxmlElement("w:delText")
    gone.text = "删掉的"
    run.append(gone)
    mark.append(run)
    deleted._p.append(mark)
    document.save(str(tmp_path / "a.docx"))
    assert texts(read(tmp_path / "a.docx", "docx")) == [
        "项目 | 参数和要求 | ",
        "底盘 | 功率 | ≥100kW",
        "底盘 | 轴距 | ≥2700mm",
        "看得见",
        "留下的",
    ]


def test_pages_are_those_word_printed_last(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("第一页")
    for words in ("第二页", "第三页"):
        paragraph = document.add_paragraph()
        run = paragraph.add_run()
        run._r.append(OxmlElement("w:lastRenderedPageBreak"))
        paragraph.add_run(words)
    document.save(str(tmp_path / "a.docx"))
    parsed = read(tmp_path / "a.docx", "docx")
    assert [(line.text, line.page) for line in parsed.lines] == [("第一页", 1), ("第二页", 2), ("第三页", 3)]
    assert parsed.pages == 3


def test_without_printed_pages_word_gives_none(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("甲").add_run().add_break(WD_BREAK.PAGE)
    document.save(str(tmp_path / "a.docx"))
    parsed = read(tmp_path / "a.docx", "docx")
    assert (parsed.lines[0].page, parsed.pages) == (None, None)


# --- PDF: the flow over pages ---------------------------------------------------------------------------------------


def text(words: str, top: float, *, x0: float = 70, x1: float = 520, height: float = 14) -> Text:
    return Text(words, x0, x1, top, top + height)


def page(number: int, *items: Text | Row) -> Page:
    return Page(number, 800, items)


def test_paragraphs_go_on_over_lines_and_pages() -> None:
    pages = [
        page(1, text("2.1 投标人应当按照招标文件的规定提交", 600, x0=98), text("投标保证金，逾期提交的，", 700, x0=70)),
        page(2, text("投标无效。", 100, x0=70, x1=140), text("2.2 另一条。", 130, x0=98, x1=200)),
    ]
    assert [(line.text, line.page) for line in flow(pages)] == [
        ("2.1 投标人应当按照招标文件的规定提交投标保证金，逾期提交的，投标无效。", 1),
        ("2.2 另一条。", 2),
    ]


def test_running_heads_and_page_numbers_go() -> None:
    pages = [
        page(
            n,
            text("云溪市公安局招标文件", 30),
            text(f"第{n}条 内容", 300, x1=200),
            text(f"第 {n} 页 共 4 页", 770, x1=100),
        )
        for n in range(1, 5)
    ]
    assert [line.text for line in flow(pages)] == ["第1条 内容", "第2条 内容", "第3条 内容", "第4条 内容"]


def test_a_table_goes_on_over_the_page_break_with_its_head_once_and_a_cut_row_whole() -> None:
    xs = (70.0, 120.0, 300.0)
    head = ("序号", "名称", "要求")
    pages = [
        page(1, Row(head, 600, 620, 0, xs), Row(("1", "警灯", "符合现行"), 620, 790, 0, xs)),
        page(
            2,
            Row(head, 50, 70, 0, xs),
            Row(("", "", "标准"), 70, 90, 0, xs),
            Row(("2", "警报器", "100W"), 90, 110, 0, xs),
        ),
    ]
    assert [(line.text, line.page, line.table) for line in flow(pages)] == [
        ("序号 | 名称 | 要求", 1, 1),
        ("1 | 警灯 | 符合现行标准", 1, 1),
        ("2 | 警报器 | 100W", 2, 1),
    ]


def test_other_columns_on_the_next_page_are_another_table() -> None:
    pages = [
        page(1, Row(("a", "b"), 700, 720, 0, (70.0, 200.0))),
        page(2, Row(("c", "d"), 50, 70, 0, (70.0, 300.0))),
    ]
    assert [line.table for line in flow(pages)] == [1, 2]


def test_radicals_in_fonts_become_characters() -> None:
    assert plain("⻋辆采购⼈⾯积⼾⻓⻔") == "车辆采购人面积户长门"
    assert tidy("  投标\u200b保证金 \n 说明 ") == "投标保证金 说明"


# --- Excel, HTML, text ----------------------------------------------------------------------------------------------


def test_a_workbook_gives_each_visible_sheet_as_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    first.title = "包1参数"
    for cells in (("序号", "参数", "要求"), (1, "轴距", "≥2700mm"), (2.0, "质量", None)):
        first.append(cells)
    book.create_sheet("下拉").sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    parsed = read(tmp_path / "a.xlsx", "xlsx")
    assert texts(parsed) == ["包1参数", "序号 | 参数 | 要求", "1 | 轴距 | ≥2700mm", "2 | 质量"]
    assert (parsed.state, parsed.reasons) == ("partly", ("hidden",))


def test_html_is_read_as_notices_are_and_hidden_text_is_no_content(tmp_path: Path) -> None:
    page = as_html([Block("h1", "第一章 技术要求"), Block("table", rows=(("序号", "要求"), ("1", "轴距≥2700mm")))])
    path = tmp_path / "a.html"
    path.write_text(page + '<p style="display:none">看不见</p>', encoding="gb18030")
    parsed = read(path, "html")
    assert texts(parsed) == ["第一章 技术要求", "序号 | 要求", "1 | 轴距≥2700mm"]
    assert [line.table for line in parsed.lines] == [0, 1, 1]


def test_plain_text_in_gbk(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes("第一章 技术要求\r\n\r\n1、轴距不小于2700mm。".encode("gbk"))
    assert read(tmp_path / "a.txt", "text").lines == (Line("第一章 技术要求"), Line("1、轴距不小于2700mm。"))


@pytest.mark.parametrize("kind", sorted(READERS))
def test_an_empty_file_of_any_kind_is_not_fine(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert read(tmp_path / "a", kind).state == "unreadable"


def test_a_table_inside_a_cell_is_the_value_of_its_row_and_keeps_its_mark(tmp_path: Path) -> None:
    made = docx.Document()
    table = made.add_table(2, 3)
    for cell, words in zip(table.rows[0].cells, ("序号", "项目", "技术要求"), strict=True):
        cell.text = words
    for cell, words in zip(table.rows[1].cells, ("1", "★整车尺寸", ""), strict=True):
        cell.text = words
    inner = table.rows[1].cells[2].add_table(2, 2)
    for line, (name, value) in zip(inner.rows, (("车长", "≤5995mm"), ("车宽", "≤2100mm")), strict=True):
        line.cells[0].text, line.cells[1].text = name, value
    path = tmp_path / "嵌套.docx"
    made.save(str(path))
    rows = [line.cells for line in READERS["docx"](path).lines if line.table]
    assert rows == [("序号", "项目", "技术要求"), ("1", "★整车尺寸", "车长 ≤5995mm；车宽 ≤2100mm")]


def test_a_table_that_only_lays_out_a_page_is_read_row_by_row(tmp_path: Path) -> None:
    made = docx.Document()
    inner = made.add_table(1, 1).rows[0].cells[0].add_table(2, 2)
    for line, (name, value) in zip(inner.rows, (("车长", "≤5995mm"), ("车宽", "≤2100mm")), strict=True):
        line.cells[0].text, line.cells[1].text = name, value
    path = tmp_path / "版式.docx"
    made.save(str(path))
    assert [line.cells for line in READERS["docx"](path).lines] == [("车长", "≤5995mm"), ("车宽", "≤2100mm")]
