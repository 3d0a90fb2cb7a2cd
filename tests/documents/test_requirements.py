"""Requirements of tenders of our own, against lists made by hand; and the small rules they rest on."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.notice import Notice
from tests.documents.scoring import expected, found, score
from tracker.documents.lines import Line, Parsed, dump, load, pack, row, unpack
from tracker.documents.model import Place, Requirement
from tracker.documents.requirements import of_notice, requirements

Read = Callable[[str, str], Parsed]
LEAST = 0.95


def asked(*lines: str | Line) -> list[Requirement]:
    return requirements([line if isinstance(line, Line) else Line(line) for line in lines], "招标文件.docx")


# --- whole documents ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("police", "pdf"),
        ("police", "docx"),
        ("fire", "docx"),
        ("fire", "pdf"),
        ("sanitation", "pdf"),
        ("sanitation", "html"),
        ("ambulance", "docx"),
        ("ambulance", "pdf"),
        ("trucks", "docx"),
        ("pickups", "docx"),
        ("tractors", "docx"),
        ("bus", "docx"),
        ("watering", "docx"),
        ("schoolbus", "docx"),
        ("framework", "docx"),
        ("tanker", "docx"),
        ("refrig", "docx"),
    ],
)
def test_requirements_are_found_and_nothing_else_is_taken_for_one(parsed: Read, name: str, kind: str) -> None:
    result = score(expected(name), found(requirements(parsed(name, kind).lines, name)))
    assert result.recall >= LEAST, result.missed
    assert result.precision >= LEAST, result.extra


def test_the_tender_for_police_cars_is_a_document_of_sixty_pages_with_three_lots(parsed: Read) -> None:
    document = parsed("police", "pdf")
    assert document.state == "read"
    assert document.pages is not None
    assert document.pages >= 56
    asked_of = {each.lot for each in requirements(document.lines, "police")}
    assert asked_of == {"", "1", "2", "3"}


def test_a_line_says_its_section_and_page(parsed: Read) -> None:
    found = requirements(parsed("police", "pdf").lines, "招标文件.pdf")
    bus = next(each for each in found if each.words.startswith("外形尺寸：8545"))
    assert bus.place.section == "第三章 采购需求 四、包2囚车技术要求 （一）大型囚车 2.2"
    lines = parsed("police", "pdf").lines
    page = next(line.page for line in lines if "8545×2460×3320" in line.text)
    assert page is not None
    assert page > 10
    assert str(bus.place) == f"第三章 采购需求 四、包2囚车技术要求 （一）大型囚车 2.2, p. {page}"


def test_the_same_document_in_word_and_as_a_print_asks_the_same(parsed: Read) -> None:
    printed = requirements(parsed("police", "pdf").lines, "a.pdf")
    written = requirements(parsed("police", "docx").lines, "a.docx")
    assert [each.key for each in printed] == [each.key for each in written]


def test_points_and_sums_are_kept(parsed: Read) -> None:
    found = requirements(parsed("police", "docx").lines, "a.docx")
    scores = [each for each in found if each.kind == "scoring" and each.points is not None]
    assert sum(each.points or 0 for each in scores) == 100_00
    assert {each.lot: each.amount for each in found if each.topic == "deposit.amount"} == {
        "1": 30_000_00,
        "2": 40_000_00,
        "3": 20_000_00,
    }


# --- small rules ----------------------------------------------------------------------------------------------------


def test_a_document_says_itself_what_its_signs_mean() -> None:
    usual = asked("第三章 技术要求", "1、▲轴距不小于2700mm。")
    own = asked("带“▲”的条款为实质性要求，不满足即作无效处理。", "第三章 技术要求", "1、▲轴距不小于2700mm。")
    assert [each.mark for each in usual] == ["▲"]
    assert [each.mark for each in own if each.kind == "technical"] == ["★"]


@pytest.mark.parametrize(
    "words",
    ["对“★”条款逐条响应且无负偏离", "完全满足所有★号条款", "尺寸4650*1780*1440以内", "报价与★标记的条款无关"],
)
def test_a_sign_that_is_spoken_of_marks_nothing(words: str) -> None:
    assert {each.mark for each in asked("第三章 技术要求", f"1、{words}，须满足。")} == {""}


def test_lots_come_from_words_columns_and_headings() -> None:
    table = [row(cells, None, 1) for cells in (("包号", "货物名称", "最高限价（元）"), ("2", "囚车", "500000"))]
    found = asked(
        "第三章 采购需求",
        *table,
        "二、包1 技术要求",
        "1、轴距不小于2700mm。",
        "2、包3的颜色须经确认。",
        "第四章 商务要求",
        "1、交货期：包1 30日内；包2 60日内。",
    )
    assert [(each.lot, each.words) for each in found] == [
        ("2", "2 | 囚车 | 500000"),
        ("1", "轴距不小于2700mm。"),
        ("3", "包3的颜色须经确认。"),
        ("1", "交货期：包1 30日内"),
        ("2", "交货期：包2 60日内。"),
    ]


def test_nothing_in_the_forms_to_fill_in_is_asked() -> None:
    assert asked("第六章 投标文件格式", "一、投标函", "我方承诺投标有效期为90日，逾期交货支付违约金。") == []


def test_a_table_of_contents_opens_nothing() -> None:
    found = asked("目录", "第一章 技术要求......3", "第二章 投标文件格式 9", "第一章 技术要求", "1、轴距不小于2700mm。")
    assert [each.place.section for each in found] == ["第一章 技术要求 1、"]


def test_what_is_said_twice_comes_once_with_both_places() -> None:
    lines = [
        Line("第一章 投标人资格要求", 1),
        Line("1、具有有效的营业执照。", 1),
        Line("第四章 资格审查标准", 9),
        Line("3、具有有效的营业执照。", 9),
    ]
    (only,) = requirements(lines, "a.pdf")
    assert only.place.page == 1
    assert [str(place) for place in only.also] == ["第四章 资格审查标准 3、, p. 9"]


def test_the_key_stays_where_only_number_page_and_spelling_change() -> None:
    one = Requirement("technical", "轴距（mm） | ≥2700", Place("a.pdf", "2.1", 4), "1", "★")
    other = Requirement("technical", "轴距(mm)|≥ ２７００", Place("b.docx", "2.3", 9), "1", "★")
    assert one.key == other.key
    for changed in (replace(one, lot="2"), replace(one, mark=""), replace(one, words="轴距（mm） | ≥2750")):
        assert changed.key != one.key


def test_a_notice_asks_too() -> None:
    text = (
        "二、申请人的资格要求\n1.具有有效的营业执照；\n2.本项目不接受联合体投标。\n"
        "四、投标保证金\n投标保证金：人民币3万元"
    )
    found = of_notice(Notice(kind="tender", title="车辆采购项目", text=text), "ccgp/1001")
    assert [(each.kind, each.words) for each in found] == [
        ("qualification", "具有有效的营业执照；"),
        ("qualification", "本项目不接受联合体投标。"),
        ("deposit", "投标保证金：人民币3万元"),
    ]
    assert {each.place.file for each in found} == {"ccgp/1001"}
    assert found[2].amount == 30_000_00


WORDS = st.text(
    alphabet="第一二三四五六章节包标段采购投标保证金★▲●#须应无效1.2、（）()：；。|≥≤=元万 \n\t",
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(WORDS, st.lists(WORDS, min_size=1, max_size=5)), max_size=25))
def test_no_words_make_it_fail_and_each_requirement_stands_in_them(parts: list[str | list[str]]) -> None:
    lines = [Line(each) if isinstance(each, str) else row(each, None, n + 1) for n, each in enumerate(parts)]
    found = requirements(lines, "a")
    assert len({each.key for each in found}) == len(found)
    said = "\n".join(line.text for line in lines)
    for each in found:
        parts = each.words.split("：")[-1].split(" | ")
        assert all(part.strip() in said or part.strip() in said.replace(" | ", "") for part in parts)


@given(st.lists(st.builds(Line, st.text(max_size=20), st.none() | st.integers(1, 9), st.just(()), st.integers(0, 3))))
def test_text_survives_storing(lines: list[Line]) -> None:
    whole = Parsed("partly", ("size",), tuple(lines), 3, (2,))
    assert unpack(pack(whole)) == whole
    assert load(dump(whole)) == whole


@pytest.mark.parametrize("said", [b"", b"[]", b'{"state": "read"}', b'{"lines": [1]}', b"\xff"])
def test_an_answer_of_the_child_that_is_none_is_refused(said: bytes) -> None:
    with pytest.raises(ValueError):
        load(said)
