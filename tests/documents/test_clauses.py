"""Corrections that quote single clauses: read, placed, and said loudly where they cannot be."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.documents.clauses import Applied, Stated, apply, is_correction, stated
from tracker.documents.lines import Line, row
from tracker.documents.model import UNPLACED, Place, Requirement

SOURCE = "ccgp/1002"


def asks(kind: str, words: str, section: str, lot: str = "", **more: object) -> Requirement:
    return Requirement(kind, words, Place("招标文件.docx", section, 9), lot, **more)  # type: ignore[arg-type]


SPEED = asks("technical", "★最高车速（km/h） | ≥160", "第三章 采购需求 2.1", mark="★", label="★最高车速（km/h）")
BASE = asks("technical", "▲轴距不小于2800mm。", "第三章 采购需求 2.2", mark="▲")
FUEL = asks("technical", "百公里油耗不大于8L。", "第三章 采购需求 2.3")
TIME = asks("delivery", "交货期 | 合同签订后30日内", "第二章 投标人须知前附表", label="交货期")
PAID = asks("payment", "付款方式：验收合格后30日内支付", "第四章 合同 3.1")
VALID = asks("submission", "投标有效期 | 60日历天", "第二章 投标人须知前附表", label="投标有效期")
SCORED = asks("scoring", "类似业绩 | 每提供一个得2分，最高6分", "第五章 评标办法", label="类似业绩", points=600)
LETTER = asks("qualification", "投标人须提供车辆制造商出具的授权书。", "第一章 招标公告 二、 3")
ASKED = (SPEED, BASE, FUEL, TIME, PAID, VALID, SCORED, LETTER)


def said(*lines: str | Line) -> list[Stated]:
    return stated([each if isinstance(each, Line) else Line(each) for each in lines], SOURCE)


def applied(*lines: str | Line, asked: tuple[Requirement, ...] = ASKED) -> Applied:
    return apply(asked, said(*lines))


def changed(result: Applied) -> list[tuple[str, str]]:
    """Old and new words of what was changed; an empty side where a clause came or went."""
    return [
        (before.words if before else "", after.words if after else "")
        for each in result.placed
        for before, after in zip(
            each.before or (None,) * len(each.after), each.after or (None,) * len(each.before), strict=True
        )
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["原招标文件第三章 采购需求 第2.1条“★最高车速（km/h）：≥160”，现更正为“★最高车速（km/h）：≥150”。"],
        ["1、将招标文件第三章2.1中“★最高车速（km/h）：≥160”修改为“★最高车速（km/h）：≥150”。", "其他内容不变。"],
        ["1、第三章 采购需求 2.1", "原内容：★最高车速（km/h）：≥160", "更正后内容：", "★最高车速（km/h）：≥150"],
        ["招标文件第三章第2.1条由“★最高车速（km/h）：≥160”调整为“★最高车速（km/h）：≥150”。"],
    ],
)
def test_a_quoted_clause_is_found_however_the_correction_words_it(lines: list[str]) -> None:
    result = applied("二、更正信息", *lines)
    assert changed(result) == [(SPEED.words, "★最高车速（km/h）：≥150")]
    (now,) = [each for each in result.asked if each.amended]
    assert (now.mark, now.former, now.amended[0].place.file) == ("★", (SPEED.key,), SOURCE)
    assert now.amended[0].said in lines[0] or now.amended[0].said.split("\n")[0] in lines[0]
    assert result.unplaced == ()


def test_part_of_a_clause_is_exchanged_within_it() -> None:
    result = applied("将招标文件第五章评标办法中“每提供一个得2分，最高6分”修改为“每提供一个得1分，最高3分”。")
    assert changed(result) == [(SCORED.words, "类似业绩 | 每提供一个得1分，最高3分")]
    assert [each.points for each in result.asked if each.amended] == [300]


def test_a_short_fragment_needs_its_place_or_its_label() -> None:
    alone = applied("原“30日内”现改为“45日内”。")
    assert alone.placed == ()
    assert [each.topic for each in alone.asked if each.words not in {a.words for a in ASKED}] == [UNPLACED]
    named = applied("原投标人须知前附表“交货期”：合同签订后30日内，现更正为：合同签订后45日内。")
    assert changed(named) == [(TIME.words, "交货期 | 合同签订后45日内")]


def test_a_table_of_changes_changes_and_deletes_and_leaves_dates_to_others() -> None:
    head = ("序号", "更正项", "更正前内容", "更正后内容")
    table = [
        row(cells, 2, 1)
        for cells in (
            head,
            ("1", "第二章 投标有效期", "60日历天", "90日历天"),
            ("2", "第一章资格要求第3条", "投标人须提供车辆制造商出具的授权书。", "删除"),
            ("3", "开标时间", "2026-12-03 09:30", "2026-12-10 09:30"),
        )
    ]
    result = applied(*table)
    assert changed(result) == [(VALID.words, "投标有效期 | 90日历天"), (LETTER.words, "")]
    assert result.unplaced == ()
    assert LETTER not in result.asked


def test_clauses_are_dropped_and_added_beside_their_neighbours() -> None:
    result = applied(
        "三、更正内容",
        "删除招标文件第三章2.3“百公里油耗不大于8L。”",
        "在第三章 采购需求 2.2后增加：“★2.4 配备倒车影像。”",
        "第三章2.2条修改为：▲轴距不小于2700mm。",
    )
    assert changed(result) == [(FUEL.words, ""), ("", "★配备倒车影像。"), (BASE.words, "▲轴距不小于2700mm")]
    (new,) = [each for each in result.asked if each.words == "★配备倒车影像。"]
    assert (new.kind, new.mark, new.amended[0].place.section) == ("technical", "★", "三、更正内容")


def test_what_cannot_be_placed_stands_among_the_requirements_in_its_own_words() -> None:
    result = applied("招标文件第三章第2.9条由“车身颜色白色”更正为“★车身颜色藏青色”。")
    assert result.placed == ()
    (left,) = result.unplaced
    (shown,) = [each for each in result.asked if each.topic == UNPLACED]
    assert (left.before, left.after) == ("车身颜色白色", "★车身颜色藏青色")
    assert (shown.words, shown.kind, shown.mark) == (left.words, "technical", "★")
    assert set(ASKED) <= set(result.asked), "nothing else was touched"


def test_two_clauses_with_the_same_words_are_told_apart_by_number_or_not_at_all() -> None:
    twins = (
        asks("technical", "轮胎为无内胎子午线轮胎。", "第三章 采购需求 一、技术 2.1"),
        asks("warranty", "轮胎为无内胎子午线轮胎。", "第三章 采购需求 二、售后 4.6"),
    )
    numbered = applied("第三章4.6“轮胎为无内胎子午线轮胎”改为“轮胎为防爆轮胎”。", asked=twins)
    assert changed(numbered) == [(twins[1].words, "轮胎为防爆轮胎。")]
    unnamed = applied("第三章“轮胎为无内胎子午线轮胎”改为“轮胎为防爆轮胎”。", asked=twins)
    assert (unnamed.placed, len(unnamed.unplaced)) == ((), 1)


def test_a_change_of_one_lot_touches_no_other() -> None:
    lots = tuple(asks("technical", "轴距不小于2800mm。", f"第三章 包{lot} 2.1", lot) for lot in ("1", "2"))
    result = applied("第三章包2第2.1条“轴距不小于2800mm”，现更正为“轴距不小于2700mm”。", asked=lots)
    assert [(each.lot, each.words) for each in result.asked] == [
        ("1", "轴距不小于2800mm。"),
        ("2", "轴距不小于2700mm。"),
    ]
    both = applied("第三章第2.1条“轴距不小于2800mm”，现更正为“轴距不小于2700mm”。", asked=lots)
    assert {each.words for each in both.asked} == {"轴距不小于2700mm。"}


def test_a_passage_of_several_clauses_is_exchanged_clause_by_clause() -> None:
    result = applied(
        "1、第三章 采购需求 2.2-2.3",
        "原内容：",
        "2.2 ▲轴距不小于2800mm。",
        "2.3 百公里油耗不大于8L。",
        "现更正为：",
        "2.2 ▲轴距不小于2700mm。",
        "2.3 百公里油耗不大于8L。",
    )
    assert [each.words for each in result.asked if each.place.section.endswith(("2.2", "2.3"))] == [
        FUEL.words,
        "▲轴距不小于2700mm。",
    ]


def test_corrections_of_corrections_go_on_and_copies_change_nothing() -> None:
    first = said("第三章2.2“轴距不小于2800mm”改为“轴距不小于2700mm”。")
    second = stated([Line("第三章2.2“轴距不小于2700mm”改为“轴距不小于2650mm”。")], "ccgp/1003")
    copy = stated([Line("第三章2.2“轴距不小于2800mm”改为“轴距不小于2700mm”。")], "szggzy/7")
    result = apply(ASKED, [*first, *copy, *second])
    (now,) = [each for each in result.asked if each.amended]
    assert now.words == "▲轴距不小于2650mm。"
    assert now.former[-1] == BASE.key
    assert len(now.former) == 2
    assert result.unplaced == ()


def test_a_document_published_anew_already_says_the_new_words() -> None:
    again = apply(
        [asks("technical", "▲轴距不小于2700mm。", "第三章 2.2", mark="▲")],
        said("第三章2.2“轴距不小于2800mm”改为“轴距不小于2700mm”。"),
    )
    assert (again.placed, again.unplaced) == ((), ())


def test_a_correction_is_told_from_a_new_version_of_the_whole() -> None:
    chapters = [Line(f"第{n}章 {name}") for n, name in zip("一二三四", ("公告", "须知", "需求", "评标"), strict=True)]
    assert is_correction("更正公告.docx", [Line("采购项目更正公告")])
    assert is_correction("附件1.pdf", [Line("巡逻车采购项目"), Line("答疑文件（第1号）")])
    assert not is_correction("招标文件（更正后）.docx", chapters)
    assert not is_correction("招标文件.docx", [Line("招标文件"), Line("第一章 招标公告")])
    parts = [Line(f"第{n}部分 {name}") for n, name in zip("1234", ("邀请", "须知", "需求", "评审"), strict=True)]
    assert not is_correction("磋商文件（更正稿）.docx", parts)
    assert not is_correction("磋商文件（更正稿）.docx", [Line("须知")] * 2_000)


WORDS = st.text(alphabet="第三章2.1条原现更正为改删除增加“”：；。，\n包1轴距≥A ", max_size=50)


@settings(max_examples=150, deadline=None)
@given(st.lists(WORDS, max_size=12))
def test_no_words_make_it_fail_and_no_clause_goes_without_a_statement(parts: list[str]) -> None:
    result = applied(*parts)
    touched = {each.key for one in result.placed for each in one.before}
    assert all(each in result.asked for each in ASKED if each.key not in touched)


CHANGE = "原招标文件第二章 投标人须知前附表 投标有效期“60日历天”，现更正为“{}日历天”。"


def test_a_late_copy_of_a_correction_does_not_undo_the_newer_one() -> None:
    first, second = said(CHANGE.format(90)), said(CHANGE.replace("60", "90").format(120))
    result = apply(ASKED, [*first, *second, *first])
    assert [each.words for each in result.asked if each.amended] == ["投标有效期 | 120日历天"]
    assert result.unplaced == ()


def test_words_that_come_back_are_for_a_person() -> None:
    there, back = said(CHANGE.format(90)), said(CHANGE.replace("60", "90").format(60))
    result = apply(ASKED, [*there, *back, *there])
    assert [each.words for each in result.asked if each.amended and each.topic != UNPLACED] == [VALID.words]
    assert len(result.unplaced) == 1


def test_nearly_the_same_words_with_other_figures_are_another_clause() -> None:
    clause = asks("technical", "发动机额定功率不小于100kW，排量不小于2.0L", "第三章 采购需求 2.4")
    result = applied(
        "原“发动机额定功率不小于150kW，排量不小于3.0L”，现更正为“发动机额定功率不小于160kW，排量不小于3.0L”。",
        asked=(*ASKED, clause),
    )
    assert clause in result.asked
    assert result.unplaced
