# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Amounts: every form back to its yuan, and what is no amount."""

from decimal import Decimal

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.notice import Notice
from crawler.reading import read_document
from crawler.reading.money import amounts, capital, first_amount
from crawler.text import fold


def yuan(words: str, unit: str = "") -> float | int | None:
    found = first_amount(fold(words), unit=unit)
    return found.amount.money.yuan if found else None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2,550,000.00元", 2550000), ("640,645.80元", 640645.8), ("￥73.080000万元（人民币）", 730800), ("73.0800000 万元（人民币）", 730800),
        ("390.000000万元(人民币)", 3900000), ("￥0.7278万元", 7278), ("人民币肆拾伍万陆仟玖佰陆拾元整（456960.00元）", 456960),
        ("人民币壹仟贰佰万元整（¥12,000,000.00）", 12000000), ("壹拾捌万伍仟元伍角", 185000.5), ("约45万元", 450000), ("４５．５万元", 455000),
        ("40\n万元", 400000), ("4 8\n万元", 480000), ("182.0000000（万元）", 1820000), ("报价：250000（元）", 250000), ("3.58亿元", 358000000),
        ("人民币132万元（含税）", 1320000), ("8301886.79元人民币", 8301886.79), ("130.000000万元（采购包1：55.000000万元）", 1300000),
    ],
)  # fmt: skip
def test_h20_forms_of_amounts(words: str, expected: float) -> None:
    assert yuan(words) == expected


@pytest.mark.parametrize("words", ["-", "/", "详见采购文件", "面议", "无", ""])
def test_h20_no_amount(words: str) -> None:
    assert yuan(words) is None


def test_h20_unit_of_label_or_header() -> None:
    assert yuan("180", unit="万元") == 1800000
    assert yuan("180元", unit="万元") == 180


def test_h20_range_rate_unit_and_foreign_currency_are_no_total() -> None:
    found = first_amount("18-25万元")
    assert found is not None
    assert (found.amount.money.kind, found.amount.money.hundredths, found.amount.money.upper) == (
        "range",
        18000000,
        25000000,
    )
    rate = first_amount(fold("下浮率：12.5%"))
    assert rate is not None
    assert (rate.amount.money.kind, rate.amount.money.yuan) == ("rate", None)
    unit = first_amount("170000元/辆")
    assert unit is not None
    assert unit.amount.money.kind == "unit"
    dollars = first_amount("USD 1,000")
    assert dollars is not None
    assert (dollars.amount.money.currency, dollars.amount.money.yuan) == ("USD", None)


def test_h20_capitals_that_differ_from_the_digits_are_shown() -> None:
    found = first_amount(fold("人民币肆拾伍万元整（¥460,000.00元）"))
    assert found is not None
    assert found.amount.money.yuan == 460000
    assert found.other is not None
    assert found.other.money.yuan == 450000


FORMS = ("{n}元", "￥{n}元", "{c}元", "人民币{c}元", "{w}万元", "￥{w}万元（人民币）", "{n} 元", "{w} 万元")


@given(cents=st.integers(1, 10**12), form=st.sampled_from(FORMS), wide=st.booleans())
def test_any_rendering_of_an_amount_reads_back(cents: int, form: str, wide: bool) -> None:
    value = Decimal(cents) / 100
    words = form.format(n=f"{value:.2f}", c=f"{value:,.2f}", w=f"{value / 10000:.6f}")
    if wide:
        words = words.translate({c: c + 0xFEE0 for c in range(0x30, 0x3A)})
    found = first_amount(fold(words))
    assert found is not None
    assert found.amount.money.hundredths == cents


@given(st.integers(1, 99_999_999))
def test_any_amount_in_capitals_reads_back(number: int) -> None:
    words = cn2an.an2cn(str(number), "rmb")
    assert capital(words) == number * 100


@given(st.text(max_size=120))
def test_no_text_breaks_the_money_reader(text: str) -> None:
    folded = fold(text)
    list(amounts(folded))
    first_amount(folded)


def read(text: str, title: str = "河口县勘查车采购项目公开招标公告") -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def test_trap_5_agency_fee_is_no_award() -> None:
    text = "三、中标（成交）信息\n供应商名称：甲汽车有限公司\n中标（成交）金额：98万元\n六、代理服务收费标准及金额：\n代理服务收费金额：1.2万元"
    notice = read(text, title="勘查车中标公告")
    assert [a.amount.yuan for a in notice.awards if a.amount] == [980000]
    assert notice.money["agency_fee"].value.yuan == 12000


@pytest.mark.parametrize(
    "label",
    ["预算金额（最高限价）", "预算金额（即最高投标限价）", "采购预算及最高限价", "预算金额（最高限价）（万元）"],
)
def test_trap_10_joint_label_gives_both(label: str) -> None:
    notice = read(f"{label}：{'12' if '万元' in label else '120000元'}")
    assert notice.money["budget"].value.yuan == notice.money["ceiling"].value.yuan == 120000


def test_trap_11_unit_in_the_label() -> None:
    assert read("预算金额（万元）：12").money["budget"].value.yuan == 120000
    assert read("预算金额（元）：3997500元（国库资金：3997500元；自筹资金：0元）").money["budget"].value.yuan == 3997500


def test_ceiling_is_not_budget_and_a_price_per_vehicle_is_no_total() -> None:
    notice = read("最高限价：17万元/辆")
    assert "budget" not in notice.money
    assert "ceiling" not in notice.money


def test_two_budgets_are_a_conflict() -> None:
    summary = "【公告概要】\n预算金额：￥12.000000万元（人民币）\n【正文】\n"
    notice = read(summary + "一、项目基本情况\n预算金额：13万元")
    assert notice.money["budget"].value.yuan == 130000
    assert [c.field for c in notice.conflicts] == ["budget"]


def test_absurd_amount_is_flagged_and_not_taken() -> None:
    notice = read("预算金额（万元）：120000000000元万元\n预算金额（亿元）：120000")
    assert "budget" not in notice.money or notice.money["budget"].value.hundredths < 10**14
    assert any(issue.what == "value" for issue in notice.issues)


def test_deposit() -> None:
    assert read("投标保证金：人民币伍万元整（50000.00元），以保函形式提交").money["deposit"].value.yuan == 50000
    assert "deposit" not in read("磋商保证金：本项目不收取磋商保证金。").money
    assert "deposit" not in read("投标保证金：第一标段：肆拾万元；第二标段：贰拾万元。").money
    assert "deposit" not in read("投标保证金：每包人民币20000元。").money
    assert "deposit" not in read("投标保证金：20000元/包").money
    assert "deposit" not in read("履约保证金：中标金额的5%").money


def test_a_year_is_no_amount() -> None:
    notice = read("七、投标保证金：人民币贰万元整，2026年9月8日16时前到账。\n")
    assert notice.money["deposit"].value.yuan == 20000
    assert "deposit" not in read("七、投标保证金：须于2026年2月28日前到账。\n").money


def test_amounts_listed_for_the_lots_in_their_order() -> None:
    lots = "标项一\n标项名称:高端彩超\n预算金额（元）:2500000\n标项二\n标项名称:便携彩超\n预算金额（元）:1360000\n"
    notice = read(f"一、项目基本情况\n预算金额（元）：3860000\n最高限价（元）：2480000,1280000\n采购需求：\n{lots}")
    assert notice.money["ceiling"].value.yuan == 3_760_000
    assert [lot.ceiling.yuan for lot in notice.lots if lot.ceiling] == [2_480_000, 1_280_000]


def test_a_sum_a_year_for_several_years_is_no_total() -> None:
    assert "budget" not in read("一、项目基本情况\n预算金额：45万元/年，服务期三年\n").money


def test_a_ceiling_said_to_equal_the_budget() -> None:
    notice = read("一、项目基本情况\n预算金额：54万元\n最高限价：与预算金额一致，超过的响应无效。\n")
    assert notice.money["ceiling"].value.yuan == 540_000


@pytest.mark.parametrize("printed", ["（元/年）：500000", "：500000元/年", "：50万元（每年）", "：50万元每年"])
def test_the_sum_of_one_year_out_of_several_is_no_total(printed: str) -> None:
    text = f"项目名称：公务用车维修服务\n最高限价{printed}\n服务期限："
    (several,) = read_document(title="公务用车维修服务招标公告", text=text + "3年")
    (single,) = read_document(title="公务用车维修服务招标公告", text=text + "1年")
    assert "ceiling" not in several.money
    assert single.money["ceiling"].value.yuan == 500000
