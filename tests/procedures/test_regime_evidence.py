"""Which law a purchase is under, from its own words, its buyer and its portal."""

import pytest

from tracker.procedures.law import Regime
from tracker.procedures.regimes import regime_of

CASES: list[tuple[Regime | None, str, str, str]] = [
    ("GP", "满足《中华人民共和国政府采购法》第二十二条规定；对采购文件提出质疑的……", "临溪县公安局", "ccgp"),
    ("GP", "采购计划备案文号：临采计〔2026〕12号。根据《中华人民共和国政府采购法》", "临溪县人民医院", "trade-centre"),
    (
        "TB",
        "招标人：临溪市公共交通集团有限公司。本标段采用资格后审。对评标结果有异议的",
        "临溪市公共交通集团有限公司",
        "trade-centre",
    ),
    ("TB", "中标候选人公示 招标人 异议", "临溪环卫有限公司", ""),
    ("PLA", "军队采购网注册供应商", "某部队", "plap"),
    ("PLA", "根据《中华人民共和国政府采购法》等规定采购越野车", "武警临溪支队", ""),
    ("ENT", "询比采购公告 应答人须在平台申领询比文件", "临溪电力有限公司", "esp"),
    ("ENT", "竞价公告 报价人须在线报价", "临溪物流集团有限公司", ""),
    (None, "竞价公告", "", ""),
    ("GP", "网上竞价公告 采购人信息", "临溪县中心医院", ""),
    ("ENT", "自卸车询价公告 供应商报价", "临溪城建有限公司", "trade-centre"),
    ("GP", "云梯消防车单一来源采购公示 异议……同时抄送同级财政部门", "临溪市消防救援支队", ""),
    (None, "车辆采购公告", "", "ccgp"),  # the portal alone decides nothing
    (None, "", "", ""),
]


@pytest.mark.parametrize(("regime", "text", "buyer", "portal"), CASES)
def test_the_regime_comes_from_evidence(regime: Regime | None, text: str, buyer: str, portal: str) -> None:
    assert regime_of(text, buyer=buyer, portal=portal).regime == regime


def test_every_signal_shows_its_words() -> None:
    text = "供应商对采购文件有质疑的。满足政府采购法第二十二条规定"
    found = regime_of(text, buyer="临溪县教育局")
    assert found.evidence[0].signal.id == "gpl-article", "the strongest first"
    for each in found.evidence:
        if each.signal.place == "text":
            assert text[each.start : each.start + len(each.words)] == each.words
    assert sum(found.points.values()) == sum(each.signal.points for each in found.evidence)


def test_a_government_notice_that_says_招标人_stays_one() -> None:
    text = "招标人：临溪县卫生局。依据《中华人民共和国政府采购法》，供应商须满足政府采购法第二十二条；质疑"
    assert regime_of(text, buyer="临溪县卫生局", portal="ccgp").regime == "GP"


def test_an_office_for_veterans_is_no_army() -> None:
    assert regime_of("满足政府采购法第二十二条", buyer="临溪市退役军人事务局").regime == "GP"


def test_close_evidence_is_left_to_a_person() -> None:
    found = regime_of("招标人 质疑 异议 采购计划编号", buyer="")
    assert found.regime is None
    assert {"GP", "TB"} <= set(found.points)


def test_the_title_of_an_enterprise_notice_outweighs_loose_words() -> None:
    body = "询比公告 招标人 异议 标段"
    buyer = "临溪通信有限公司"
    assert regime_of(body, buyer=buyer).regime is None
    assert regime_of(body, title="皮卡采购项目询比公告", buyer=buyer).regime == "ENT"
