# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Lots in their layouts, and what looks like a lot and is none."""

import time

import pytest

from crawler.notice import Notice
from crawler.reading import read_document
from crawler.reading.lots import lot_number, mentions


def read(text: str, title: str = "河口县环卫车辆采购项目公开招标公告") -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def lots(text: str, **more: str) -> list[tuple[str, str | None, float | int | None]]:
    return [(lot.no, lot.name, lot.budget.yuan if lot.budget else None) for lot in read(text, **more).lots]


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("第十二包", "12"), ("第12包", "12"), ("12包", "12"), ("包12", "12"), ("06包", "6"), ("采购包1", "1"), ("合同包2", "2"),
        ("标项一", "1"), ("标项 3", "3"), ("第一标段", "1"), ("一标段", "1"), ("A包", "A"), ("A分标", "A"), ("1分标", "1"),
        ("第2分包", "2"), ("标段（包）1", "1"), ("包号：02", "2"), ("Ⅱ标段", "2"), ("第A包", "A"), ("包件1", "1"),
    ],
)  # fmt: skip
def test_number_of_a_lot(words: str, number: str) -> None:
    assert lot_number(words) == number


@pytest.mark.parametrize(
    "words",
    [
        "第一批",
        "CT室",
        "三包服务",
        "每包1套",
        "1个包",
        "不分包",
        "承包二级",
        "面包3箱",
        "包装修",
        "一包到底",
        "包10年",
        "本项目共分为2个包",
    ],
)
def test_no_lot(words: str) -> None:
    assert list(mentions(words)) == []


def test_list_and_range_of_lots() -> None:
    assert [n for _, _, numbers in mentions("第1、2、4包") for n in numbers] == ["1", "2", "4"]
    assert [n for _, _, numbers in mentions("第1-3包") for n in numbers] == ["1", "2", "3"]


def test_brackets_behind_the_total() -> None:
    text = "预算金额：90.000000万元（采购包1：55.000000万元；采购包2：35.000000万元）"
    assert lots(text) == [("1", None, 550000), ("2", None, 350000)]
    assert read(text).money["budget"].value.yuan == 900000


def test_blocks_of_guangdong() -> None:
    text = (
        "预算金额：900,000.00元\n采购需求：\n采购包1(洒水车):\n采购包预算金额：550,000.00元\n"
        "品目号 品目名称 采购标的 数量（单位） 技术规格、参数及要求 品目预算(元) 最高限价(元)\n1-1 专用车辆 洒水车 1(辆) 详见采购文件 550,000.00 -\n"
        "采购包2(清扫车):\n采购包预算金额：350,000.00元\n"
        "品目号 品目名称 采购标的 数量（单位） 技术规格、参数及要求 品目预算(元) 最高限价(元)\n2-1 专用车辆 清扫车 1(辆) 详见采购文件 350,000.00 -\n"
    )
    assert lots(text) == [("1", "洒水车", 550000), ("2", "清扫车", 350000)]
    assert [(i.name, i.quantity, i.unit, i.lot) for i in read(text).items] == [
        ("洒水车", 1, "辆", "1"),
        ("清扫车", 1, "辆", "2"),
    ]


def test_blocks_of_zcy() -> None:
    text = (
        "采购需求：\n标项一\n标项名称: 洒水车\n数量: 2\n预算金额（元）: 900000\n单位: 辆\n简要规格描述或项目基本概况介绍、用途：见文件\n备注：\n"
        "标项二\n标项名称: 清扫车\n数量: 1\n预算金额（元）: 450000\n单位: 辆\n备注：\n"
    )
    assert lots(text) == [("1", "洒水车", 900000), ("2", "清扫车", 450000)]
    assert read(text).money["budget"].value.yuan == 1350000


@pytest.mark.parametrize(
    "table",
    [
        "包号 | 货物名称 | 数量 | 单位 | 预算金额（万元） |\n1 | 洒水车 | 2 | 辆 | 90 |\n2 | 清扫车 | 1 | 辆 | 45 |",
        "包号 货物名称 数量 单位 预算金额（万元）\n1 洒水车 2 辆 90\n2 清扫车 1 辆 45",
        "包号    货物名称    数量    单位    预算金额（万元）\n第1包    洒水车    2    辆    90\n第2包    清扫车    1    辆    45",
        "包号\n货物名称\n数量\n单位\n预算金额（万元）\n1\n洒水车\n2\n辆\n90\n2\n清扫车\n1\n辆\n45",
        "| 包号 | 货物名称 | 数量 | 单位 | 预算金额（万元） |\n|---|---|---|---|---|\n| 1 | 洒水车 | 2 | 辆 | 90 |\n| 2 | 清扫车 | 1 | 辆 | 45 |",
    ],
)
def test_table_in_every_layout(table: str) -> None:
    notice = read("采购需求：\n" + table + "\n合同履行期限：60日")
    assert [(lot.no, lot.name, lot.budget.yuan if lot.budget else None) for lot in notice.lots] == [
        ("1", "洒水车", 900000),
        ("2", "清扫车", 450000),
    ]
    assert [(i.name, i.quantity, i.unit, i.lot) for i in notice.items] == [
        ("洒水车", 2, "辆", "1"),
        ("清扫车", 1, "辆", "2"),
    ]


def test_prose() -> None:
    text = "2.2 标段划分：本项目划分为2个标段。\n一标段：洒水车2辆，预算90万元；\n二标段：清扫车1辆，预算45万元。"
    assert [(no, budget) for no, _, budget in lots(text)] == [("1", 900000), ("2", 450000)]


def test_budget_of_lots_on_lines_of_their_own() -> None:
    text = "预算金额：\n第1包：洒水车，90万元\n第2包：清扫车，45万元"
    assert [(no, budget) for no, _, budget in lots(text)] == [("1", 900000), ("2", 450000)]


def test_undivided() -> None:
    assert lots("预算金额：90万元\n本项目不划分标包。") == []
    assert lots("预算金额：90万元\n标段（包别）划分：1个包。") == []


def test_sum_of_lots_that_contradicts_the_total_is_a_conflict() -> None:
    notice = read("预算金额：100万元（采购包1：55万元；采购包2：35万元）")
    assert [conflict.field for conflict in notice.conflicts] == ["budget"]
    assert notice.money["budget"].value.yuan == 1000000


def test_lots_that_make_the_total_are_no_conflict() -> None:
    assert read("预算金额：90万元（采购包1：55万元；采购包2：35万元）").conflicts == ()


def test_deadlines_of_lots() -> None:
    text = (
        "四、提交投标文件截止时间、开标时间和地点\n采购包1：\n提交投标文件截止时间：2026年8月25日9时30分\n"
        "采购包2：\n提交投标文件截止时间：2026年8月26日9时30分\n"
    )
    notice = read(text)
    assert {lot: times["bid_deadline"].value.local for lot, times in notice.lot_times.items()} == {  # type: ignore[union-attr]
        "1": "2026-08-25T09:30",
        "2": "2026-08-26T09:30",
    }
    assert notice.times["bid_deadline"].value.local == "2026-08-25T09:30"  # type: ignore[union-attr]
    assert notice.conflicts == ()


def test_table_whose_cells_have_run_together() -> None:
    text = "分包情况：\n标包名称数量包预算金额（元）最高限价（元）采购需求\nA洒水车1批1360000.001350000.00详见采购文件\nB清扫车2辆900000.00880000.00详见采购文件\n本项目不接受联合体"
    assert lots(text) == [("A", "洒水车", 1360000), ("B", "清扫车", 900000)]
    assert read(text).money["budget"].value.yuan == 2260000
    assert read(text).money["ceiling"].value.yuan == 2230000


def test_a_table_whose_cells_run_together() -> None:
    text = "包号货物名称数量技术规格、参数及要求预算金额（万元）附件材料1清障车2见招标文件962洒水车1见招标文件45"
    assert lots(text) == [("1", "清障车", 960000), ("2", "洒水车", 450000)]


def test_columns_by_how_their_header_ends() -> None:
    text = "标段号 | 标段名称 | 数量 | 单位 | 标段采购预算（万元）\nA | 警用轿车 | 20 | 辆 | 236.00\nB | 囚车 | 2 | 辆 | 72.00\n"
    assert lots(text) == [("A", "警用轿车", 2360000), ("B", "囚车", 720000)]


def test_ceilings_of_lots_in_a_sentence_are_summed() -> None:
    text = "2.2 招标范围：一标段：搅拌运输车30辆，最高投标限价1260万元；二标段：泵车4辆，最高投标限价为人民币玖佰捌拾万元整（980万元）。"
    notice = read(text)
    assert notice.money["ceiling"].value.yuan == 22400000
    assert not notice.conflicts


def test_a_sum_a_kilobyte_does_not_make_a_second_a_page() -> None:
    line = "投标截止时间：2026年9月16日9时30分，预算金额：120万元，第1包救护车2辆；"
    began = time.process_time()
    read(line * 8000)
    assert time.process_time() - began < 20  # some 370,000 characters in one line; quadratic reading takes minutes


def test_words_about_lots_in_general_name_none() -> None:
    assert lots("一、项目基本情况\n采购需求：洒水车2辆\n投标人不得与其他投标人委托同一标段的制造商。") == []


def test_a_header_and_numbered_rows_in_one_run_each() -> None:
    text = "一、项目基本情况\n采购需求：\n包号标的名称数量单位预算金额（元）\n1洒水车15辆720000\n2电动车40辆168000\n合同履行期限：30日"
    assert lots(text) == [("1", "洒水车", 720000), ("2", "电动车", 168000)]


def test_lines_of_labels_and_values_are_no_table() -> None:
    text = "\n".join("询价单名称 洒水车 采购单位 河口县城管局 预算总价（元） 264000.00 报价截止时间 2026-03-11".split())
    assert read(text).money["budget"].value.yuan == 264000
