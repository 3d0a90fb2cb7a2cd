"""The matrix, the day of the opening and the frame of the bid as files: hostile words, names, other programs."""

import json
import runpy
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from docx import Document
from docx.document import Document as WordFile
from docxtpl import DocxTemplate
from lxml.html import fromstring
from openpyxl import load_workbook
from sqlalchemy import Engine

from demo.sample import Sample
from tests.checklist.conftest import samples  # noqa: F401  (the demo's invented notices)
from tests.checklist.test_outputs import PAYLOADS
from tests.tracker.pages import page_of
from tracker import decisions
from tracker.bidding import bids, opening, papers, registration
from tracker.bidding import pages as bid_pages
from tracker.bidding.matrix import Matrix, matrix, set_rows
from tracker.bidding.opening import Sheet
from tracker.bidding.workbook import matrix_excel
from tracker.db import open_database, reading
from tracker.decisions import Mistake
from tracker.delivery import render
from tracker.i18n import language
from tracker.intake import take_page
from tracker.pdf import pdf
from tracker.team.people import add_person

from .conftest import ASKED, ENTITY, NOW, shelve


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """SQLite alone: what goes into a file does not hang on the database."""
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def bidding(database: Engine, project: int) -> Engine:
    with database.begin() as connection:
        shelve(connection, ASKED)
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        bids.change_bid(connection, "王小明", bid.id, "preparing", price=175_550_000)
        opening.set_duty(connection, "王小明", 1, "attends", "王小明", "138 0000 0001")
        set_rows(
            connection, "王小明", 1, [ASKED[1].key], answer="165km/h", deviation="better", place="p. 12", status="done"
        )
        set_rows(connection, "王小明", 1, [ASKED[2].key], answer="2700mm", deviation="worse")
    return database


def shown(engine: Engine) -> Matrix:
    with reading(engine) as connection:
        return matrix(connection, 1, NOW)


def page(engine: Engine) -> Sheet:
    with reading(engine) as connection:
        return opening.sheet(connection, 1, NOW)


def frame(engine: Engine) -> papers.Papers:
    with reading(engine) as connection:
        return papers.papers(connection, 1, NOW)


def opened(content: bytes) -> WordFile:
    return Document(BytesIO(content))


def words_of(document: WordFile) -> str:
    cells = (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join((*(paragraph.text for paragraph in document.paragraphs), *cells))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_h17_hostile_words_are_shown_as_they_are(bidding: Engine, payload: str) -> None:
    with bidding.begin() as connection:
        hostile = replace(ASKED[1], words=f"★{payload}", place=replace(ASKED[1].place, file=f"{payload}.docx"))
        shelve(connection, [hostile, *ASKED[2:]], number=2)
        set_rows(connection, "王小明", 1, [hostile.key], answer=payload, place=payload, evidence=payload, status="done")
        opening.set_duty(connection, "王小明", 1, "deputy", payload, payload)
    found, day = shown(bidding), page(bidding)
    for html in (bid_pages.matrix_html(found), bid_pages.sheet_html(day)):
        tree = fromstring(html)
        assert not tree.xpath("//script|//img|//font|//iframe|//object|//form|//link")
        assert not tree.xpath("//@*[starts-with(name(), 'on')]")
        assert not tree.xpath("//@href")
    shown_words = fromstring(bid_pages.matrix_html(found)).text_content()
    assert shown_words.count(payload) >= 4
    book = load_workbook(BytesIO(matrix_excel(found)))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert any(cell.value == payload for cell in cells)
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert payload in words_of(opened(papers.word(frame(bidding))))
    assert payload in json.dumps(json.loads(render.as_json(found)), ensure_ascii=False).replace('\\"', '"')


def test_files_name_the_bidding_entity_and_nobody_else(bidding: Engine) -> None:
    properties = opened(papers.word(frame(bidding))).core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == (ENTITY, ENTITY, "")
    book = load_workbook(BytesIO(matrix_excel(shown(bidding)))).properties
    assert (book.creator, book.lastModifiedBy) == (ENTITY, ENTITY)
    content = pdf(bid_pages.sheet_html(page(bidding)), ENTITY)
    said = pypdfium2.PdfDocument(content).get_metadata_dict()
    assert said["Author"] == ENTITY
    assert (said["Creator"], said["Producer"]) == ("", "")
    assert "警用车辆采购项目" in said["Title"]
    assert not any(name in content for name in (b"Chrom", b"Skia", b"Mozilla", b"root"))


def test_the_day_of_the_opening_is_one_page_of_paper(bidding: Engine) -> None:
    made = pypdfium2.PdfDocument(pdf(bid_pages.sheet_html(page(bidding)), ENTITY))
    assert len(made) == 1
    words = made[0].get_textpage().get_text_range()
    assert "09:30 – 10:00" in words
    assert "138 0000 0001" in words


def test_without_chromium_a_pdf_is_refused_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_CHROMIUM", "no-such-browser")
    with pytest.raises(Mistake, match=r"\.html"):
        pdf("<p>x</p>")


def test_the_workbook_has_filters_choices_and_a_loud_star(bidding: Engine) -> None:
    with bidding.begin() as connection:
        set_rows(connection, "王小明", 1, [ASKED[1].key], deviation="worse")
    sheet = load_workbook(BytesIO(matrix_excel(shown(bidding)))).worksheets[0]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref.startswith("A1:O")
    lists = [each.formula1 for each in sheet.data_validations.dataValidation]
    assert lists == ['"待办,已起草,已复核,已定稿"', '"满足,正偏离,负偏离,不响应"']
    assert any("★" in rule.formula[0] for each in sheet.conditional_formatting for rule in each.rules)


def test_the_frame_is_filled_from_notice_matrix_and_bid(bidding: Engine) -> None:
    document = opened(papers.word(frame(bidding)))
    heads = [each.text for each in document.paragraphs if each.style and each.style.name == "Heading 1"]
    assert heads[:4] == ["目　录", "投标函", "开标一览表", "分项报价表"]
    assert {"技术偏离表", "商务偏离表", "中小企业声明函（货物）", "实质性响应一览表（★）"} <= set(heads)
    words = words_of(document)
    assert "壹佰柒拾伍万伍仟伍佰元整" in words
    assert "1,755,500.00" in words
    assert "90 日" in words
    tables = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert ["1", "★1.最高车速 | ≥160km/h\n第三章 2.1, p. 17", "165km/h", "正偏离", "p. 12"] in tables
    contents = [
        each.text.split("\t")[0] for each in document.paragraphs if each.style and each.style.name == "Contents"
    ]
    assert contents == heads[1:]


def test_an_answer_to_words_that_have_changed_is_marked_in_the_frame(bidding: Engine) -> None:
    with bidding.begin() as connection:
        stricter = replace(ASKED[1], words="★1.最高车速 | ≥170km/h", replaces=ASKED[1].key)
        shelve(connection, [stricter, *ASKED[2:]], number=2)
    assert "〔须重新核对〕165km/h" in words_of(opened(papers.word(frame(bidding))))


def test_a_negotiation_answers_and_does_not_bid(database: Engine, samples: dict[str, Sample]) -> None:  # noqa: F811
    take_page(database, page_of(samples["fire-negotiation"]))
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        bids.open_bid(connection, "王小明", 1, ENTITY)
    document = opened(papers.word(frame(database)))
    heads = [each.text for each in document.paragraphs if each.style and each.style.name == "Heading 1"]
    assert heads[1:3] == ["响应承诺函", "首轮报价表"]
    assert "最后报价" in words_of(document)
    assert "投标人" not in words_of(document).replace("投标人名称", "")


def test_without_a_bid_there_is_no_frame(database: Engine, project: int) -> None:
    with reading(database) as connection, pytest.raises(Mistake, match="project bid open"):
        papers.papers(connection, project, NOW)


@pytest.mark.parametrize(
    ("hundredths", "words"),
    [
        (175_550_000, "壹佰柒拾伍万伍仟伍佰元整"),
        (8_000_000_00, "捌佰万元整"),
        (123_456_78, "壹拾贰万叁仟肆佰伍拾陆元柒角捌分"),
    ],
)
def test_sums_in_words(hundredths: int, words: str) -> None:
    assert papers.rmb(hundredths) == words


def test_the_word_template_is_what_its_script_makes() -> None:
    folder = Path(__file__).parents[2] / "templates" / "bid"
    made = runpy.run_path(str(folder / "make_template.py"))["make"]()
    kept = Document(str(folder / "papers.docx"))
    assert made.element.xml == kept.element.xml
    assert DocxTemplate(folder / "papers.docx").get_undeclared_template_variables() == {"papers", "deviation", "number"}


def test_the_pages_speak_english_too(bidding: Engine) -> None:
    with language("en"):
        assert "Requirement, verbatim" in bid_pages.matrix_html(shown(bidding))
        assert "Phone tree" in bid_pages.sheet_text(page(bidding))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed here")
def test_libreoffice_opens_them_and_counts_the_pages_of_the_contents(bidding: Engine, tmp_path: Path) -> None:
    (tmp_path / "papers.docx").write_bytes(papers.word(frame(bidding)))
    (tmp_path / "matrix.xlsx").write_bytes(matrix_excel(shown(bidding)))
    for name in ("papers.docx", "matrix.xlsx"):
        command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf"]
        subprocess.run(
            [*command, "--outdir", str(tmp_path), name], cwd=tmp_path, check=True, timeout=150, capture_output=True
        )
    made = pypdfium2.PdfDocument(tmp_path / "papers.pdf")
    contents = made[1].get_textpage().get_text_range()
    assert "投标函" in contents
    page_of_letter = next(
        n for n in range(2, len(made)) if "正式授权下述签字人" in made[n].get_textpage().get_text_range()
    )
    assert f"{page_of_letter + 1}" in contents.split("投标函")[1][:200]
    assert "≥160km/h" in pypdfium2.PdfDocument(tmp_path / "matrix.pdf")[0].get_textpage().get_text_range()


def test_what_is_asked_of_other_lots_is_not_in_the_frame(database: Engine, samples: dict[str, Sample]) -> None:  # noqa: F811
    take_page(database, page_of(samples["police-tender"]))
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        bids.open_bid(connection, "王小明", 1, ENTITY, lot="2")
        registration.register(connection, "王小明", 1, "downloaded")
        decisions.mark(connection, "王小明", 1, "track")
    found = frame(database)
    assert [(item.name, item.quantity, item.lot) for item in found.items] == [("运兵车", "6", "2")]
    assert found.lots == ("2",)
    assert "168" in found.ceiling
    assert found.valid_until is None or found.valid_until > date(2026, 12, 7)
