"""A whole notice: codes, items, lots and body beside the title; prices, limits, fleets."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from crawler.notice import Item, Lot, Money, Notice, Reading
from crawler.reading import read_document
from tracker.i18n import language
from tracker.relevance import classify


def yuan(amount: int) -> Money:
    return Money(amount * 100)


def texts(**values: str) -> dict[str, Reading[str]]:
    return {key: Reading(value) for key, value in values.items()}


POLICE = Notice(
    title="澜坪县公安局警务装备购置招标公告",
    texts=texts(buyer="澜坪县公安局"),
    lots=(Lot("1", "巡逻车辆", yuan(1_800_000)), Lot("2", "防护装备", yuan(400_000))),
    items=(
        Item("警用巡逻车", 10, "辆", lot="1"),
        Item("防刺服", 100, "件", lot="2"),
    ),
)


def test_one_lot_with_cars_makes_equipment_mixed() -> None:
    found = classify("", notice=POLICE)
    assert found.vehicle_purchase == "mixed"
    assert found.types == ("police_car",)
    assert [(lot.no, lot.vehicle_purchase) for lot in found.lots] == [("1", "yes"), ("2", "no")]
    assert [reason.rule for reason in found.reasons] == ["title.equipment", "items", "lots.other"]
    assert "防刺服" in found.reasons[-1].zh


def test_equipment_that_is_all_vehicles_is_a_purchase() -> None:
    found = classify("", notice=replace(POLICE, lots=POLICE.lots[:1], items=POLICE.items[:1]))
    assert found.vehicle_purchase == "yes"


def test_equipment_without_any_sign_stays_in_review_and_is_not_dropped() -> None:
    found = classify("澜坪县公安局警务装备购置", "一、项目概况：采购警棍40根、对讲机55部。")
    assert (found.vehicle_purchase, found.cls) == ("review", "unclear")


def test_price_of_one_vehicle_by_its_lot() -> None:
    car = classify("", notice=POLICE).vehicles[0]
    assert car.unit_price == Money(18_000_000, kind="unit")
    assert car.price_computed
    assert car.count == 10


def test_no_price_of_one_vehicle_where_a_lot_holds_two_kinds() -> None:
    mixed_lot = (*POLICE.items, Item("囚车", 2, "辆", lot="1"))
    found = classify("", notice=replace(POLICE, items=mixed_lot))
    assert [v.unit_price for v in found.vehicles] == [None, None]
    assert found.count == 12


def test_a_printed_price_is_not_computed() -> None:
    items = (Item("囚车", 2, "辆", unit_price=Money(26_000_000, kind="unit")),)
    car = classify("", notice=Notice(title="澜坪县看守所囚车采购", items=items)).vehicles[0]
    assert car.unit_price == Money(26_000_000, kind="unit")
    assert not car.price_computed


OFFICIAL = Notice(
    title="澜坪县机关事务服务中心应急保障用车（燃油轿车）采购",
    texts=texts(buyer="澜坪县机关事务服务中心"),
    money={"budget": Reading(yuan(340_000))},
    items=(Item("应急保障用车（燃油轿车）", 2, "辆"),),
)


@pytest.mark.parametrize(
    ("budget", "text", "limit"),
    [
        (340_000, "以上为裸车价，购置税由采购人承担。", "within"),
        (360_000, "以上为裸车价。", "within"),  # 以内 includes the number
        (380_000, "以上为裸车价。", "over"),
        (380_000, "报价含购置税、保险、上牌。", "unknown"),
        (380_000, "", "unknown"),  # nobody says what is in it: never "over"
    ],
)
def test_limits_compare_the_bare_price_only(budget: int, text: str, limit: str) -> None:
    found = classify("", notice=replace(OFFICIAL, money={"budget": Reading(yuan(budget))}, text=text))
    assert (found.use_class, found.energy, found.limit) == ("emergency", "fuel", limit)
    assert found.vehicles[0].limit_row == (None if limit == "unknown" else "official-car.emergency")


def test_limits_do_not_bind_enterprises() -> None:
    notice = replace(OFFICIAL, texts=texts(buyer="澜坪建设集团有限公司"), money={"budget": Reading(yuan(900_000))})
    assert classify("", notice=replace(notice, text="裸车价")).limit == "unknown"


@pytest.mark.parametrize(
    ("title", "energy"),
    [
        ("纯电动公交车采购", "new-energy"),
        ("柴油皮卡采购", "fuel"),
        ("燃油及新能源汽车采购", "unknown"),
        ("校车采购", "unknown"),
    ],
)
def test_new_energy_or_fuel(title: str, energy: str) -> None:
    assert classify(title).energy == energy


def test_the_name_of_a_buyer_is_no_energy_and_no_use() -> None:
    found = classify("岚风新能源集团有限公司综合行政执法局载货汽车采购")
    assert (found.energy, found.use_class) == ("unknown", "unknown")


@pytest.mark.parametrize(
    ("title", "make"), [("二类底盘采购", "chassis"), ("消防车采购", "complete"), ("公务用车租赁", "unknown")]
)
def test_chassis_or_complete(title: str, make: str) -> None:
    assert classify(title).chassis_or_complete == make


@pytest.mark.parametrize(
    ("title", "use"),
    [
        ("机要通信用车采购", "confidential"),
        ("执法执勤用车采购", "enforcement"),
        ("特种专业技术用车采购", "special-technical"),
        ("公务用车采购", "official"),
        ("12米公交车采购", "public-transport"),
        ("洗扫车采购", "sanitation"),
        ("泡沫消防车采购", "fire"),
        ("救护车采购", "medical"),
        ("自卸车采购", "unknown"),
    ],
)
def test_class_of_use(title: str, use: str) -> None:
    assert classify(title).use_class == use


def test_the_code_comes_first_among_the_reasons() -> None:
    found = classify("", notice=Notice(title="澜坪县消防车采购项目", codes=("A02030609 消防车",)))
    assert found.reasons[0].zh == "品目 A02030609 消防车"
    assert found.reasons[1].zh == "标题中心词 消防车"
    with language("en"):
        assert str(found.reasons[1]) == "head noun 消防车"


def test_a_code_decides_a_title_that_says_nothing() -> None:
    found = classify("", notice=Notice(title="澜坪县2026年第三季度采购项目", codes=("A02030621 医疗车",)))
    assert (found.vehicle_purchase, found.types) == ("yes", ("medical",))


def test_other_goods_of_the_catalogue_make_it_mixed() -> None:
    codes = ("A02030621 医疗车", "A02320000 医疗设备")
    found = classify("", notice=Notice(title="澜坪县2026年第三季度采购项目", codes=codes))
    assert found.vehicle_purchase == "mixed"


def test_a_code_against_the_title_is_for_a_person() -> None:
    found = classify("", notice=Notice(title="澜坪县执法车维修服务", codes=("A02030610 警车",)))
    assert found.vehicle_purchase == "review"
    assert "与标题不符" in found.reasons[0].zh


def test_a_name_of_2013_wins_over_the_number_of_2022() -> None:
    found = classify("", notice=Notice(title="澜坪县2026年采购项目", codes=("A02030601 小型客车",)))
    assert found.types == ("mpv",)
    assert "2013 年版" in found.reasons[0].zh


def test_cpv_of_a_title_in_another_language() -> None:
    found = classify("", notice=Notice(title="Dodávka hasičských vozidel", codes=("34144210-3",)))
    assert (found.vehicle_purchase, found.types) == ("yes", ("fire_engine",))


def test_vehicles_among_the_additional_codes_only_are_for_a_person() -> None:
    codes = ("50110000-9", "34110000-1")
    assert classify("", notice=Notice(title="Rámcová dohoda", codes=codes)).vehicle_purchase == "review"


# --- the body ---------------------------------------------------------------------------------------------------

INTENTION = """为便于供应商及时了解政府采购信息，现公开采购意向如下：
序号
采购项目名称
采购需求概况
1
校园交通更新项目
更换车龄届满的中小学校车7辆，外廓须满足校车安全条例；两年免费上门保养
"""


def test_the_body_decides_where_the_title_names_nothing() -> None:
    found = classify("澜坪县教育局2026年9月政府采购意向", INTENTION)
    assert (found.vehicle_purchase, found.types, found.count) == ("yes", ("school_bus",), 7)


def test_counted_vehicles_in_the_body_of_another_purchase_are_for_a_person() -> None:
    found = classify("澜坪县应急物资储备库建设项目配套采购", "采购清单：帐篷100顶、排涝车2辆、发电机5台。")
    assert found.vehicle_purchase == "review"
    assert found.types == ("rescue_vehicle",)


def test_vehicles_asked_of_the_bidder_are_no_purchase() -> None:
    text = "投标人自有越野车不少于3辆、中巴不少于1辆，须提供行驶证。"
    assert classify("澜坪县会议交通用车服务", text).vehicle_purchase == "no"
    assert classify("澜坪县机关后勤综合保障采购", text).vehicle_purchase == "no"


TABLE = """包号
名称
单位
数量
限价
第1包
油料运输车（12立方）
台
5
210.50
第2包
野战宿营车
台
4
300.25
"""


def test_a_table_with_a_cell_a_line() -> None:
    found = classify("某旅运输装备购置公告", TABLE)
    assert found.vehicle_purchase == "yes"
    assert [(v.name, v.count, v.unit) for v in found.vehicles] == [
        ("油料运输车", 5, "台"),
        ("野战宿营车", 4, "台"),
    ]


def test_two_numbers_without_unit_give_no_count() -> None:
    """A wrong number is worse than none: 3 may be the row and 25 the count, or the other way round."""
    found = classify("皮卡采购", "双排皮卡\n3\n25\n另行通知")
    assert [(v.name, v.count) for v in found.vehicles] == [("双排皮卡", None)]


def test_lots_named_in_the_body() -> None:
    text = "采购包1（被服帐篷）预算61万元。采购包2（防汛抢险车）预算233万元。"
    found = classify("澜坪县应急装备采购项目更正公告", text)
    assert found.vehicle_purchase == "mixed"
    assert [(lot.no, lot.vehicle_purchase) for lot in found.lots] == [("1", "no"), ("2", "yes")]


def test_capacity_means_vehicles_once_the_body_names_them() -> None:
    text = "技术条款第14条：城市客车乘客门数量改为两个。"
    assert classify("澜坪市新增运力项目更正公告", text).vehicle_purchase == "yes"


def test_insurance_tells_of_the_buyers_fleet() -> None:
    found = classify("澜坪县公务用车车辆保险", "投保车辆：轿车12辆、越野车3辆，保险期一年。")
    assert (found.vehicle_purchase, found.cls, found.fleet_signal) == ("no", "insurance", True)
    assert [(v.name, v.count) for v in found.fleet] == [("轿车", 12), ("越野车", 3)]


def test_insured_cars_counted_in_the_title() -> None:
    found = classify("澜坪县文化馆5台公务车保险采购")
    assert [(v.name, v.count, v.unit) for v in found.fleet] == [("公务车", 5, "台")]


def test_disposal_of_one_car_by_its_plate() -> None:
    found = classify("某公司名下轿车（川A1B234）整体转让")
    assert (found.vehicle_purchase, found.cls, found.fleet_signal) == ("no", "disposal", True)


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("folder", ["gold", "gold/vehicles"])
@pytest.mark.parametrize("with_reading", [False, True])
def test_shared_notices(shared: Path, folder: str, with_reading: bool) -> None:
    wanted = {row["id"]: row["vehicle_purchase"] for row in rows(shared / folder / "labels.jsonl")}
    wrong = []
    for page in rows(shared / folder / "pages.jsonl"):
        notice = read_document(title=page["title"], text=page["text"])[0] if with_reading else None
        found = classify(page["title"], page["text"], notice=notice)
        if found.vehicle_purchase != wanted[page["id"]]:
            wrong.append((page["id"], wanted[page["id"]], found.vehicle_purchase))
    assert wrong == []
