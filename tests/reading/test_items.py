# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""What is bought, where a name is printed with a count; and what is only mentioned."""

import pytest

from crawler.notice import Notice
from crawler.reading import read_document


def read(text: str, title: str = "河口县车辆采购项目公开招标公告") -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def items(text: str, **more: str) -> list[tuple[str, float | int | None, str | None]]:
    return [(item.name, item.quantity, item.unit) for item in read(text, **more).items]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("采购需求：采购皮卡车2辆、轿车3辆。", [("皮卡车", 2, "辆"), ("轿车", 3, "辆")]),
        ("采购需求：购置8吨压缩式垃圾车2辆，详见招标文件。", [("8吨压缩式垃圾车", 2, "辆")]),
        ("采购内容：负压救护车3辆，含车载设备。", [("负压救护车", 3, "辆")]),
        ("采购需求：拟采购新能源公交车20台（10.5米级）。", [("新能源公交车", 20, "台")]),
        ("采购内容：多功能抑尘车一辆。", [("多功能抑尘车", 1, "辆")]),
        ("采购需求：采购2辆纯电动公交车", [("纯电动公交车", 2, "辆")]),
        ("采购需求：6×6驱动二类底盘14台（平头双排），用于改装。", [("6×6驱动二类底盘", 14, "台")]),
        ("采购需求：更新到期报废的36座小学生专用校车9辆，须符合标准。", [("36座小学生专用校车", 9, "辆")]),
        ("标的名称：勘查车\n数量：4\n单位：辆\n预算金额（元）：1200000", [("勘查车", 4, "辆")]),
        ("货物名称：警用摩托车\n数量：10台", [("警用摩托车", 10, "台")]),
        ("采购需求：为在册的560辆运输车统一加装车载终端560套。", [("车载终端", 560, "套")]),
    ],
)  # fmt: skip
def test_goods_in_words(words: str, expected: list[tuple[str, int, str]]) -> None:
    assert items(words + "\n合同履行期限：60日\n") == expected


@pytest.mark.parametrize(
    "words",
    [
        "采购需求：提供车辆租赁服务，供应商须自有轿车不少于10辆、商务车不少于6辆。",
        "采购需求：为全县50辆公务车提供保险服务。",
        "采购需求：公务车维修保养服务，现有车辆86辆。",
        "其他补充事宜：现有停车场约有车辆86辆需在施工期间转场。",
    ],
)
def test_trap_vehicles_only_mentioned_are_no_items(words: str) -> None:
    assert items(words + "\n合同履行期限：一年\n") == []


def test_several_goods_in_one_cell() -> None:
    text = "四、主要标的信息\n序号 | 货物名称 | 货物数量 | 货物单价(元) |\n1 | 勘查车;囚车 | 2;1 | 300000;260000 |"
    assert items(text, title="车辆中标公告") == [("勘查车", 2, None), ("囚车", 1, None)]


def test_unit_price_code_and_specification() -> None:
    text = "采购需求：\n序号 | 品目编码 | 货物名称 | 规格型号 | 数量 | 单位 | 单价（万元） |\n1 | A02030609 | 勘查车 | ABC5030 | 2 | 辆 | 30 |"
    (item,) = read(text).items
    assert (item.code, item.spec, item.unit_price.yuan if item.unit_price else None) == ("A02030609", "ABC5030", 300000)
    assert "A02030609" in read(text).codes


def test_totals_and_empty_rows_are_no_items() -> None:
    text = "采购需求：\n序号 | 货物名称 | 数量 | 单位 |\n1 | 勘查车 | 2 | 辆 |\n | | | |\n合计 | | 2 | 辆 |"
    assert items(text) == [("勘查车", 2, "辆")]


def test_every_item_shows_its_words() -> None:
    notice = read("采购需求：采购皮卡车2辆、轿车3辆。\n")
    for item in notice.items:
        assert item.evidence
        assert all(notice.text[e.start : e.end] == e.words for e in item.evidence)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("采购需求：\n医疗转运车 | 3 | 辆 | 总质量不大于4495kg |\n", [("医疗转运车", 3, "辆")]),
        ("采购清单：殡仪车贰辆", [("殡仪车", 2, "辆")]),
        (
            "二、项目概况\n轨道检测车4台、接触网作业车2台，估算价680万元。",
            [("轨道检测车", 4, "台"), ("接触网作业车", 2, "台")],
        ),
        ("规模：12米纯电动客车30台，含充电桩配套15套\n", [("12米纯电动客车", 30, "台"), ("充电桩", 15, "套")]),
    ],
)
def test_goods_in_further_forms(text: str, expected: list[tuple[str, int, str]]) -> None:
    (notice,) = read_document(title="河口县车辆采购招标公告", text=text)
    assert [(i.name, i.quantity, i.unit) for i in notice.items] == expected


@pytest.mark.parametrize(("count", "number"), [("十二", 12), ("二十", 20), ("叁拾", 30), ("二十三", 23)])
def test_counts_in_chinese_numerals(count: str, number: int) -> None:
    assert items(f"采购内容：救护车{count}辆。") == [("救护车", number, "辆")]


@pytest.mark.parametrize(
    ("words", "goods", "place"),
    [
        ("采购内容：救护车，预估数量3辆。", ("救护车", 3, "辆"), 0),
        ("采购内容：救护车，预计3辆。", ("救护车", 3, "辆"), 0),
        ("采购内容：皮卡检测，皮卡，预计采购规模28辆。", ("皮卡", 28, "辆"), 1),
    ],
)
def test_a_count_stands_for_the_goods_named_right_before(words: str, goods: tuple[str, int, str], place: int) -> None:
    text = f"项目名称：车辆项目\n{words}"
    (item,) = read(text).items
    assert (item.name, item.quantity, item.unit) == goods
    places = [at for at in range(len(text)) if text.startswith(goods[0], at)]
    assert item.evidence[0].start == places[place]
