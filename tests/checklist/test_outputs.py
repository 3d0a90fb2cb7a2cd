"""The page, the Word file, the workbook, text and JSON: opened again, and with hostile words in every field."""

import json
import runpy
import shutil
import subprocess
import zipfile
from dataclasses import replace
from html import escape
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from docx.document import Document as WordFile
from docxtpl import DocxTemplate
from jinja2 import UndefinedError
from lxml.html import HtmlElement, fromstring
from openpyxl import Workbook, load_workbook

from crawler.page import Page
from tests.tracker.pages import page, tender
from tracker.checklist import Checklist, excel, html, text, word
from tracker.checklist.model import SECTIONS
from tracker.delivery import render
from tracker.i18n import language

from .conftest import Listed

PAYLOADS = [
    "<script>alert(1)</script>警车采购",
    '"><img src=x onerror=alert(1)>警车采购',
    "{{7*7}}{% for x in y %}警车采购",
    "[点这里](javascript:alert(1))警车采购",
    '<font color="warning">警车</font>采购 & 维修',
    "=cmd(' /C calc'!A0)警车采购",
    "＝1+1警车采购",
    "javascript:alert(1) data:text/html,警车采购",
]


def hostile(payload: str) -> Page:
    """A tender whose name, buyer and requirement hold the payload, and an attachment with a bad address."""
    body = tender(name=escape(payload), buyer=escape(f"{payload}局")).body.decode()
    link = f'<p>附件：<a href="javascript:alert(1)">{escape(payload)}.docx</a></p>'
    need = f"<p>★1.{escape(payload)}须列入公告。</p>"
    return page(
        body.replace("</div></div>", f"{need}{link}</div></div>"),
        key="1001",
        title=f"{payload}公开招标公告",
        published="2026-11-10 10:00",
        buyer=payload,
    )


def tree(checklist: Checklist) -> HtmlElement:
    return fromstring(html(checklist))


def open_word(content: bytes) -> WordFile:
    return Document(BytesIO(content))


def words_of(document: WordFile) -> str:
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(paragraph.text for paragraph in document.paragraphs), *cells))


def open_excel(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_h17_hostile_words_are_shown_as_they_are_in_every_output(listed: Listed, payload: str) -> None:
    checklist = listed(hostile(payload))
    assert payload in checklist.name
    shown = tree(checklist)
    assert payload in shown.text_content()
    assert not shown.xpath("//script|//img|//font|//iframe|//object|//form")
    assert not shown.xpath("//@*[starts-with(name(), 'on')]")
    assert all(href.startswith(("http://", "https://")) for href in shown.xpath("//@href"))
    assert payload in words_of(open_word(word(checklist)))
    cells = [cell for sheet in open_excel(excel(checklist)) for row in sheet.iter_rows() for cell in row]
    assert any(payload in str(cell.value) for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert payload in json.loads(render.as_json(checklist))["name"]
    assert payload.replace(" ", "") in text(checklist).replace("\n", "").replace(" ", "")


def test_h18_line_ends_controls_and_turned_text_do_no_harm(listed: Listed) -> None:
    dirty = "警用\r\n车辆\u2028\u2029\x85\x00\x1b[31m\u202e\u200b采购" + "长" * 10_000
    checklist = listed(hostile(dirty))
    for each in (html(checklist), text(checklist), words_of(open_word(word(checklist)))):
        assert not set(each) & set("\r\x00\x1b\u2028\u2029\u202e\u200b\x85")
    assert len(checklist.name) <= 300
    assert excel(checklist)


def test_h19_a_name_that_is_a_formula_stays_text_in_the_workbook(listed: Listed) -> None:
    book = open_excel(excel(listed(hostile("=HYPERLINK(1)警车采购"))))
    cell = next(cell for cell in book.worksheets[0]["B"] if "HYPERLINK" in str(cell.value))
    assert (cell.data_type, str(cell.value)[0]) == ("s", "=")


def test_the_page_needs_nothing_from_outside(listed: Listed) -> None:
    content = html(listed("police-tender"))
    shown = fromstring(content)
    assert not shown.xpath("//link|//script|//img|//@src")
    assert "url(" not in content
    assert "@import" not in content
    assert "prefers-color-scheme:dark" in content
    assert "size:A4" in content
    assert shown.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0].startswith("default-src 'none'")
    assert shown.get("lang") == "zh-CN"


def test_the_page_shows_sections_quotes_and_what_is_to_be_found_out(listed: Listed) -> None:
    shown = tree(listed("police-tender"))
    heads = [head.text_content() for head in shown.xpath("//h2")]
    assert [name.zh for name in SECTIONS.values() if not any(name.zh in head for head in heads)] == []
    scoring = shown.get_element_by_id("scoring.method")
    assert "综合评分法，价格分30分" in scoring.text_content()
    payment = shown.get_element_by_id("terms.payment")
    assert "待查明" in payment.text_content()
    seal = shown.get_element_by_id("formal.signature")
    assert "须人工核对" in seal.text_content()
    assert "12-03 周四" in seal.text_content()


def test_the_page_speaks_english_too(listed: Listed) -> None:
    checklist = listed("fire-negotiation")
    with language("en"):
        shown = tree(checklist)
    assert shown.get("lang") == "en"
    heads = " ".join(head.text_content() for head in shown.xpath("//h2"))
    assert "Making, signing, sealing" in heads
    assert "late: today or drop" in shown.text_content()


def test_late_steps_stand_first_and_say_so(listed: Listed) -> None:
    shown = tree(listed("pickups-inquiry"))
    rows = shown.xpath("//h2[contains(., '倒排')]/following-sibling::table[1]/tbody/tr")
    assert "late" in rows[0].get("class", "")
    assert "已晚：今天办，否则放弃" in rows[0].text_content()
    assert "late" not in rows[-1].get("class", "")


def test_word_has_headings_tables_page_numbers_and_no_traces(listed: Listed) -> None:
    checklist = listed("police-tender")
    content = word(checklist)
    document = open_word(content)
    heads = [
        paragraph.text for paragraph in document.paragraphs if paragraph.style and paragraph.style.name == "Heading 1"
    ]
    assert [f"{n} · {name.zh}" for n, name in enumerate(SECTIONS.values(), 1)] == [
        head for head in heads if head[0].isdigit()
    ]
    lines = sum(len(table.rows) - 1 for table in document.tables if table.cell(0, 2).text == "公告原文")
    assert lines == len(checklist.lines)
    properties = document.core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert checklist.name in properties.title
    with zipfile.ZipFile(BytesIO(content)) as parts:
        foot = "".join(parts.read(name).decode() for name in parts.namelist() if "footer" in name)
        whole = "".join(
            parts.read(name).decode("utf-8", "replace") for name in parts.namelist() if name.endswith("xml")
        )
    assert "PAGE" in foot
    assert "NUMPAGES" in foot
    assert "{{" not in whole
    assert "{%" not in whole
    assert "python-docx" not in whole


def test_a_missing_value_is_an_error_and_no_blank_in_word(listed: Listed, tmp_path: Path) -> None:
    source = Document(str(render.templates() / "checklist" / "checklist.docx"))
    source.add_paragraph("{{ checklist.nothing_of_the_kind }}")
    (tmp_path / "checklist").mkdir()
    source.save(str(tmp_path / "checklist" / "checklist.docx"))
    checklist = listed("fire-negotiation")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tracker.checklist.outputs.templates", lambda: tmp_path)
        with pytest.raises(UndefinedError, match="nothing_of_the_kind"):
            word(checklist)


def test_the_word_template_is_what_its_script_makes() -> None:
    folder = render.templates() / "checklist"
    made = runpy.run_path(str(folder / "make_template.py"))["make"]()
    kept = DocxTemplate(folder / "checklist.docx")
    kept.init_docx()
    assert kept.get_xml() == DocxTemplate.xml_to_string(DocxTemplate, made.element.body)


def test_the_workbook_can_be_filtered_read_and_filled_in(listed: Listed) -> None:
    checklist = listed("police-tender")
    book = open_excel(excel(checklist))
    assert book.sheetnames == ["概览", "倒排计划", "日期", "清单", "技术偏离", "信息来源"]
    lines = book["清单"]
    assert lines.freeze_panes == "A2"
    assert lines.auto_filter.ref == f"A1:L{len(checklist.lines) + 1}"
    assert lines.max_row == len(checklist.lines) + 1
    assert "北京时间 (UTC+8)" in lines["E1"].value
    assert min(lines.column_dimensions[letter].width for letter in "BC") >= 40
    deadline = next(row for row in book["日期"].iter_rows(values_only=True) if row[0] == "递交截止")
    assert str(deadline[1]) == "2026-12-07 09:30:00"
    specs = book["技术偏离"]
    choice = specs.data_validations.dataValidation[0]
    assert "正偏离" in choice.formula1
    assert {row[0] for row in specs.iter_rows(min_row=2, values_only=True)} == {"1", "2", "3"}
    assert not book.properties.creator
    assert all(sheet.page_setup.orientation == "landscape" for sheet in book)


def test_json_holds_both_languages_and_plain_values(listed: Listed) -> None:
    checklist = listed("police-tender")
    plain = json.loads(render.as_json(checklist))
    assert plain["sections"][0]["name"] == {"zh": "了解项目", "en": "Know the project"}
    line = plain["sections"][0]["lines"][0]
    assert {"id", "section", "text", "who", "status", "says", "asks", "legal", "due"} <= set(line)
    assert set(line["says"][0]) == {"words", "source", "label", "lot", "start", "place"}
    assert plain["made_at"].startswith("2026-11-20T09:00:00")
    assert len(plain["plan"]["steps"]) == len(checklist.plan.steps)


def test_the_text_fits_eighty_columns(listed: Listed) -> None:
    from tracker.present import columns

    lines = text(listed("sanitation-tender")).splitlines()
    assert max(columns(line) for line in lines if "http" not in line) <= 80


@pytest.mark.parametrize(
    "slug",
    [
        "sweepers-opinion",
        "command-single-source",
        "buses-prequalification",
        "framework-call",
        "cars-and-insurance-consultation",
        "clinic-conflict",
        "night-lights-orphan",
        "cold-chain-award",
        "water-trucks-acceptance",
        "bus-group-candidates",
        "driving-day-only",
        "police-intentions",
    ],
)
def test_whatever_the_notice_every_output_can_be_made(listed: Listed, slug: str) -> None:
    checklist = listed(slug)
    assert checklist.lines
    for code in ("zh_CN", "en"):
        with language(code):
            assert checklist.name in tree(checklist).text_content()
            assert text(checklist)
    assert open_word(word(checklist)).paragraphs
    assert open_excel(excel(checklist)).sheetnames


def test_an_empty_checklist_still_makes_a_file(listed: Listed) -> None:
    bare = replace(
        listed(tender()),
        number="",
        buyer="",
        agency="",
        amounts=(),
        lots=(),
        goods=(),
        dates=(),
        sections=(),
        specs=(),
        sources=(),
        laws=(),
    )
    assert "待查明" in tree(bare).text_content()
    assert word(bare)
    assert excel(bare)


def need(*programs: str) -> str:
    found = next((path for program in programs if (path := shutil.which(program))), None)
    if found is None:
        pytest.skip(f"{programs[0]} is not installed here")
    return found


@pytest.mark.parametrize("ending", ["docx", "xlsx"])
def test_libreoffice_opens_the_file_and_prints_it(listed: Listed, tmp_path: Path, ending: str) -> None:
    office, reader = need("soffice", "libreoffice"), need("pdftotext")
    checklist = listed("fire-negotiation")
    source = tmp_path / f"清单.{ending}"
    source.write_bytes(word(checklist) if ending == "docx" else excel(checklist))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    command = [office, "--headless", profile, "--convert-to", "pdf", "--outdir", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True, timeout=150)
    printed = subprocess.run([reader, tmp_path / "清单.pdf", "-"], check=True, capture_output=True, timeout=60)
    words = printed.stdout.decode().replace("\n", "").replace(" ", "")
    assert checklist.name in words
    assert "已晚：今天办" in words
    assert "{{" not in words


def test_chromium_prints_the_page_on_a4(listed: Listed, tmp_path: Path) -> None:
    browser, reader = need("chromium", "chromium-browser", "google-chrome"), need("pdfinfo")
    (tmp_path / "a.html").write_text(html(listed("police-tender")), encoding="utf-8")
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--no-pdf-header-footer",
        f"--print-to-pdf={tmp_path / 'a.pdf'}",
        (tmp_path / "a.html").as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=150)
    said = subprocess.run([reader, tmp_path / "a.pdf"], check=True, capture_output=True, timeout=60).stdout.decode()
    facts = dict(line.split(":", 1) for line in said.splitlines() if ":" in line)
    assert "A4" in facts["Page size"]
    assert 5 <= int(facts["Pages"]) <= 15
