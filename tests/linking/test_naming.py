"""Numbers, buyers and names in comparable form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.linking.naming import (
    AGAIN,
    at_odds,
    normal_buyer,
    normal_name,
    normal_number,
    numbers_beside,
    read_name,
    same_buyer,
)


def key(raw: str) -> str | None:
    number = normal_number(raw)
    return number.full if number else None


@pytest.mark.parametrize(
    "spelling",
    [
        "QHZC-2026-C-0417",
        "ＱＨＺＣ－２０２６－Ｃ－０４１７",
        "QHZC—2026—C—0417",
        "QHZC‐2026–C－0417",
        " QHZC - 2026 - C - 0417 ",
        "qhzc-2026-c-0417",
        "QHZC-2026-C-0417。",
        "QHZC-2026-C-0417)竞争性磋商公告",
        "QHZC-2026-C-0417）公开招标公告)",
        "QHZC-2026-C-0417（政府采购任务书编号：RW12345678号）",
        "QHZC-2026-C-0417（采购计划备案号：备-2026-1）",
        "项目编号：QHZC-2026-C-0417",
        "采购项目编号:QHZC-2026-C-0417",
        "QHZC-2026-C-0417（第二次）",
        "QHZC-2026-C-0417(二次)",
        "QHZC-2026-C-0417包1",
        "QHZC-2026-C-0417（一）",
        "QHZC-2026-C-0417 2.3",
        "QHZC-2026-C-0417 1.招标条件",
        "QHZC-2026-C-0417 二、项目名称",
    ],
)
def test_h22_spellings_of_one_number(spelling: str) -> None:
    assert key(spelling) == "qhzc2026c0417"


def test_h22_brackets_of_any_shape() -> None:
    assert len({key(f"{a}330199{b}QHZC{a}GK{b}20260417") for a, b in ("[]", "【】", "〔〕", "()", "（）")}) == 1


def test_h22_round_and_lot_stand_beside_the_number() -> None:
    number = normal_number("QHZC-2026-0417（第三次）包2")
    assert number is not None
    assert number.attempt == 3
    assert number.lots == {"2"}


@pytest.mark.parametrize(
    ("number", "stem"),
    [
        ("QHZC-2026-0417-01", "qhzc20260417"),
        ("QHZC-2026-0417/02", "qhzc20260417"),
        ("[330199]QHZC[TP]2026104-1", "330199qhzctp2026104"),
        ("QHZC-GK-2026-6", "qhzcgk20266"),  # what stands behind a year is the serial number
        ("青财采购2026-22", "青财采购202622"),
        ("QH-GC-20260418-01", "qhgc2026041801"),  # and so behind a day
        ("QH-GC-20260418-01-02", "qhgc2026041801-02".replace("-", "")),
    ],
)
def test_h22_a_short_tail_behind_a_serial_is_a_lot_or_round(number: str, stem: str) -> None:
    found = normal_number(number)
    assert found is not None
    assert found.stem == stem


def test_h22_the_lot_of_the_title_is_no_part_of_the_number() -> None:
    assert normal_number("青财采购2026-11-02", "2") == normal_number("青财采购2026-11-2", "2")
    number = normal_number("青财采购2026-11-02", "2")
    assert number is not None
    assert number.full == "青财采购202611"


@pytest.mark.parametrize("nothing", [None, "", "无", "/", "-", "详见附件", "见招标文件", "财库〔2021〕88号", "12"])
def test_h22_no_number(nothing: str | None) -> None:
    assert normal_number(nothing) is None


@pytest.mark.parametrize(
    ("number", "weak"), [("202608", True), ("2026-018", True), ("20260803", True), ("CQ26A0917", False)]
)
def test_h22_a_month_or_a_short_serial_stands_for_no_purchase_alone(number: str, weak: bool) -> None:
    found = normal_number(number)
    assert found is not None
    assert found.weak == weak


SEPARATORS = st.sampled_from("-—–－‐―")


@given(
    letters=st.text("ABCDEFGHJKLMNPQRSTUVWXYZ", min_size=2, max_size=8),
    serial=st.integers(100, 99999),
    separators=st.tuples(SEPARATORS, SEPARATORS),
    wide=st.booleans(),
    rubbish=st.sampled_from(("", "。", "）磋商公告", "（预算编号：0026-1）", "\u3000", "；")),
)
def test_h22_noise_never_changes_a_number(
    letters: str, serial: int, separators: tuple[str, str], wide: bool, rubbish: str
) -> None:
    plain = f"{letters}-2026-{serial:05d}"
    noisy = f"{letters}{separators[0]}2026{separators[1]}{serial:05d}{rubbish}"
    if wide:
        noisy = "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isalnum() else char for char in noisy)
    assert key(noisy) == key(plain)


@given(
    st.one_of(
        st.text(max_size=80),
        st.text("第一二三十次包标段()（）[]-—/0123456789Aa号项目采购公告更正关于公司的", max_size=60),
    )
)
def test_nothing_a_portal_prints_breaks_the_readers_of_names(text: str) -> None:
    number, buyer, name = normal_number(text), normal_buyer(text), read_name(text)
    assert number is None or number.full.startswith(number.stem)
    assert buyer is None or 3 <= len(buyer) <= 60
    assert not any(char.isspace() for char in name.subject)


@given(st.integers(1, 99999), st.integers(1, 99999))
def test_h22_different_serials_stay_different(one: int, other: int) -> None:
    assert (key(f"QHZC-2026-{one:05d}") == key(f"QHZC-2026-{other:05d}")) == (one == other)


# --- buyers ---


@pytest.mark.parametrize(
    "spelling",
    [
        "青禾县公共交通有限公司",
        "青禾县公共交通有限责任公司",
        "青禾县公共交通 有限公司",
        "青禾县公共交通有限公司（采购人）",
        "名称：青禾县公共交通有限公司",
    ],
)
def test_h23_spellings_of_one_buyer(spelling: str) -> None:
    assert normal_buyer(spelling) == "青禾县公共交通"


@pytest.mark.parametrize("nobody", ["某部", "某单位", "详见公告", "/", "", None])
def test_h23_a_buyer_that_is_not_named(nobody: str | None) -> None:
    assert normal_buyer(nobody) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("青禾县公安局", "青禾县公安局交通警察大队", True),
        ("青禾县卫生健康局", "青禾县卫健局", True),
        ("浙江省青禾县人民医院", "青禾县人民医院", True),
        ("青禾县公安局", "白石市公安局", False),
        ("青禾县第一人民医院", "青禾县第二人民医院", False),
        ("青禾县公安局", None, None),
    ],
)
def test_h23_whether_two_buyers_are_one(one: str, other: str | None, same: bool | None) -> None:
    assert same_buyer(normal_buyer(one), normal_buyer(other)) is same


# --- names ---


@pytest.mark.parametrize(
    "title",
    [
        "青禾县公安局执法执勤车辆采购项目公开招标公告",
        "[青禾县]青禾县公安局执法执勤车辆采购项目公开招标公告",
        "【货物】青禾县公安局执法执勤车辆采购项目招标公告",
        "青禾县公安局<em style='color:red'>执法执勤车辆</em>采购项目招标公告",
        "青禾县公安局 青禾县公安局执法执勤车辆采购项目 (项目编号:QHZC-2026-0417)竞争性磋商公告",
        "清源招标代理有限公司关于青禾县公安局执法执勤车辆采购项目（QHZC2026-J1-0417-QHZX）的竞争性谈判公告",
        "青禾县公安局执法执勤车辆采购项目更正公告（第一次）",
        "青禾县公安局执法执勤车辆采购项目（二次）询价公告",
        "青禾县公安局执法执勤车辆采购项目第2包废标公告",
        "青禾县公安局执法执勤车辆采购项目[中标候选人公示]",
        "青禾县公安局执法执勤车辆采购项目_询比公告",
        "青禾县公安局执法执勤车辆采购中标（成交）结果公告",
        "青禾县公安局执法执勤车辆采购项目",
    ],
)
def test_one_subject_whatever_a_portal_writes_round_it(title: str) -> None:
    assert normal_name(title) == "青禾县公安局执法执勤车辆"


@pytest.mark.parametrize(
    ("title", "attempt"),
    [
        ("公务用车采购项目（二次）招标公告", 2),
        ("公务用车采购项目(第3次)竞争性磋商公告", 3),
        ("公务用车采购二次竞价公告", 2),
        ("公务用车采购公开招标二次公告", 2),
        ("公务用车采购项目（重新招标）招标公告", AGAIN),
        ("二次供水设备采购招标公告", None),
        ("公务用车采购项目更正公告（第二次）", None),
        ("公务用车采购项目（二次）更正公告（第一次）", 2),
    ],
)
def test_h33_the_attempt_a_title_names(title: str, attempt: int | None) -> None:
    assert read_name(title).attempt == attempt


def test_h28_corrections_are_counted_apart_from_attempts() -> None:
    name = read_name("公务用车采购项目（二次）更正公告（第三次）")
    assert (name.attempt, name.ordinal) == (2, 3)


@pytest.mark.parametrize("lot", ["第12包", "12包", "包12", "第十二包", "（采购包12）", "标段十二"])
def test_lots_in_any_spelling(lot: str) -> None:
    assert read_name(f"环卫车辆采购项目{lot}中标公告").lots == {"12"}


@pytest.mark.parametrize("title", ["公务用车采购（第一批）招标公告", "面包车采购招标公告", "应急装备背包采购招标公告"])
def test_no_lots(title: str) -> None:
    assert read_name(title).lots == frozenset()


@pytest.mark.parametrize(
    ("one", "other", "odds"),
    [
        ("2026年公务用车", "2025年公务用车", True),
        ("公务用车批量集中第三期", "公务用车批量集中第四期", True),
        ("公务用车第一批", "公务用车第二批", True),
        ("2026年公务用车", "公务用车", False),
    ],
)
def test_numerals_tell_like_names_apart(one: str, other: str, odds: bool) -> None:
    assert at_odds(one, other) is odds


def test_the_agencys_number_beside_the_plans() -> None:
    text = "项目编号：QHZC-2026-C-0417（代理编号：ZH26021） 采购计划编号：[2026]青禾-0088号 许可证编号：A2026110042"
    assert [number.full for number in numbers_beside(text)] == ["qhzc2026c0417", "zh26021", "2026青禾0088"]


def test_sides_tell_like_names_apart() -> None:
    assert at_odds("东部水厂抢修车", "西部水厂抢修车")
    assert at_odds("南院区救护车", "北院区救护车")
    assert not at_odds("浦东新区救护车", "救护车")


def test_the_next_lines_number_is_no_part_of_a_buyer() -> None:
    assert normal_buyer("青禾县人民医院 2.") == normal_buyer("青禾县人民医院")
