"""Clauses that may lock in one brand or break the law: by regime, method and day; and the purchase tax by date."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from crawler.config import ConfigurationError, shipped
from tracker.documents.flags import flags
from tracker.documents.lines import Parsed
from tracker.documents.model import Kind, Place, Requirement
from tracker.documents.price import PARTS, included, purchase_tax
from tracker.documents.requirements import requirements
from tracker.documents.rows import load_flags, load_patterns
from tracker.procedures.law import Regime

DAY = date(2026, 10, 21)
Read = Callable[[str, str], Parsed]


def of(name: str, parsed: Read, regime: Regime, method: str) -> list[tuple[str, str, str]]:
    found = flags(requirements(parsed(name, "docx").lines, name), regime, method, DAY)
    return [(each.level, each.id, each.requirement.lot) for each in found]


def test_the_tender_for_police_cars(parsed: Read) -> None:
    assert of("police", parsed, "GP", "open") == [
        ("alert", "maker-letter", "2"),
        ("alert", "size-figures", "2"),
        ("alert", "references-many", "2"),
        ("alert", "references-local", ""),
        ("alert", "local-branch", ""),
        ("alert", "local-branch", ""),
        ("alert", "brand-named", "2"),
        ("alert", "single-model", "2"),
        ("alert", "unquantified", ""),
        ("alert", "unquantified", ""),
        ("alert", "scored-again-references", ""),
        ("alert", "scored-again-references", ""),
        ("alert", "cash-only", ""),
        ("note", "samples", "3"),
        ("note", "pay-when-funded", ""),
    ]


def test_the_consultation_for_fire_engines(parsed: Read) -> None:
    assert of("fire", parsed, "GP", "consultation") == [
        ("alert", "local-branch", ""),
        ("alert", "brand-named", ""),
        ("alert", "unquantified", ""),
        ("alert", "unquantified", ""),
        ("alert", "audit-first", ""),
        ("note", "maker-letter-elsewhere", ""),
        ("note", "maker-letter-scored", ""),
    ]


def test_the_tender_of_a_company_for_sanitation_vehicles(parsed: Read) -> None:
    assert of("sanitation", parsed, "TB", "open") == [
        ("alert", "references-local-tb", ""),
        ("alert", "bills-only", ""),
        ("note", "maker-letter-elsewhere", ""),
        ("note", "maker-letter-elsewhere", ""),
        ("note", "tax-free-claim", "2"),
    ]


LETTER = "须提供车辆制造商出具的授权书。"


@pytest.mark.parametrize(
    ("regime", "method", "flag", "legal"),
    [
        ("GP", "open", "maker-letter", "M87 2, 17"),
        ("GP", "invited", "maker-letter", "M87 2, 17"),
        ("GP", "prequalification", "maker-letter", "M87 2, 17"),
        ("GP", "consultation", "maker-letter-elsewhere", "GPR 20"),
        ("GP", "single_source", "maker-letter-elsewhere", "GPR 20"),
        ("TB", "open", "maker-letter-elsewhere", "TBR 32; documents"),
        ("ENT", "enterprise", "maker-letter-elsewhere", "the document"),
    ],
)
def test_a_makers_letter_is_judged_by_regime_and_method(regime: Regime, method: str, flag: str, legal: str) -> None:
    (found,) = flags([asked("qualification", LETTER)], regime, method, DAY)
    assert (found.id, found.grounds[0].legal_ref, found.found) == (flag, legal, "制造商出具的授权")


def test_a_framework_agreement_lets_the_maker_be_asked() -> None:
    assert flags([asked("qualification", LETTER)], "GP", "framework", DAY) == []


def test_without_a_regime_every_law_speaks_and_none_is_sure() -> None:
    found = flags([asked("qualification", LETTER)], None, "", DAY)
    assert {each.id for each in found} == {"maker-letter", "maker-letter-elsewhere"}
    assert not any(each.sure for each in found)


def test_a_rule_not_yet_in_force_flags_nothing() -> None:
    words = asked("qualification", "具有不少于3个同类项目业绩。")
    assert [each.id for each in flags([words], "GP", "open", DAY)] == ["references-many"]
    assert flags([words], "GP", "open", date(2020, 1, 1)) == []


def asked(kind: Kind, words: str, topic: str = "") -> Requirement:
    return Requirement(kind, words, Place("招标文件.docx"), topic=topic)


@pytest.mark.parametrize(
    ("kind", "words", "flag"),
    [
        ("qualification", "进口产品须提供制造商出具的授权书。", None),
        ("qualification", "具有不少于2个同类项目业绩。", None),
        ("qualification", "近三年完成过三个同类项目的供货业绩。", "references-many"),
        ("qualification", "注册资金不少于500万元。", "size-figures"),
        ("scoring", "年营业收入达到1亿元的得3分", "size-figures"),
        ("scoring", "具有本市同类供货业绩的得2分", "references-local"),
        ("technical", "采用博世或同等档次及以上品牌电喷系统。", None),
        ("technical", "采用博世电喷系统。", "brand-named"),
        ("technical", "外形尺寸4865×1845×1490mm", "single-model"),
        ("technical", "外形尺寸4865×1845×1490mm（允许偏差±20mm）", None),
        ("technical", "外形尺寸不大于4865×1845×1490mm", None),
        ("technical", "轴距：2800mm。", "single-model"),
        ("technical", "轴距≥2800mm。", None),
        ("deposit", "保证金以电汇、保函形式提交。", None),
        ("deposit", "保证金只接受电汇。", "cash-only"),
        ("deposit", "投标保证金为预算金额的3%。", "bond-share"),
        ("deposit", "投标保证金为预算金额的2%。", None),
        ("payment", "以审计机关的审计结果为结算依据。", "audit-first"),
        ("payment", "货款以六个月银行承兑汇票支付。", "bills-only"),
        ("scoring", "由评委根据外观美观程度酌情打分，0～5分", "unquantified"),
        ("scoring", "功率每增加5kW得1分，最多5分", None),
        ("warranty", "在云溪市内设有固定的服务网点。", "local-branch"),
        ("warranty", "承诺中标后在云溪市内设有服务网点。", None),
        ("qualification", "提供本国产品声明函。", "domestic-gate"),
    ],
)
def test_each_kind_of_clause(kind: Kind, words: str, flag: str | None) -> None:
    found = flags([asked(kind, words)], "GP", "open", DAY)
    assert [each.id for each in found] == ([flag] if flag else [])


def test_performance_bonds_and_scores_of_qualifications() -> None:
    bond = asked("contract", "履约保证金 | 合同金额的15%", "contract.performance-bond")
    assert [each.id for each in flags([bond], "GP", "open", DAY)] == ["performance-bond-share"]
    scored = asked("scoring", "每个业绩得2分", "scoring.references")
    assert flags([scored], "GP", "open", DAY) == []
    both = [scored, asked("qualification", "具有1个同类业绩。", "qualification.references")]
    assert [each.id for each in flags(both, "GP", "open", DAY)] == ["scored-again-references"]


# --- what a price holds, and the tax --------------------------------------------------------------------------------


def test_what_a_price_includes() -> None:
    words = "报价应包含车辆、加装、运输、保险、上牌、车辆购置税、培训、代理服务费等全部费用"
    assert included(words) == ["tax", "plates", "insurance", "transport", "fit-out", "training", "fee"]
    assert set(included("报价含税")) <= set(PARTS)


@pytest.mark.parametrize(
    ("vehicles", "new_energy", "on", "rules"),
    [
        (["sedan"], True, date(2025, 12, 31), ["tax.nev-exempt"]),
        (["sedan"], True, date(2026, 1, 1), ["tax.nev-half"]),
        (["sedan"], True, date(2027, 12, 31), ["tax.nev-half"]),
        (["sedan"], True, date(2028, 1, 1), ["tax.nev-after"]),
        (["sedan"], False, date(2026, 11, 1), ["tax.general"]),
        (["sedan"], None, date(2026, 11, 1), ["tax.general", "tax.nev-half"]),
        (["pickup"], True, date(2026, 11, 1), ["tax.nev-half-other"]),
        (["police_car"], False, date(2026, 11, 1), ["tax.general"]),
        (["fire_engine"], False, date(2026, 11, 1), ["tax.exempt-special"]),
        (["sweeper"], True, date(2026, 11, 1), ["tax.exempt-special"]),
        (["bus"], True, date(2026, 11, 1), ["tax.exempt-bus"]),
    ],
)
def test_the_purchase_tax_goes_by_vehicle_energy_and_invoice(
    vehicles: list[str], new_energy: bool | None, on: date, rules: list[str]
) -> None:
    assert [row.id for row in purchase_tax(vehicles, new_energy, on)] == rules


# --- the files ------------------------------------------------------------------------------------------------------


def edited(home: Path, name: str, old: str, new: str) -> None:
    text = (shipped() / "documents" / name).read_text(encoding="utf-8")
    assert old in text
    (home / "documents").mkdir(parents=True)
    (home / "documents" / name).write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_flag_that_names_no_rule_there_is_is_told_with_the_nearest(home: Path) -> None:
    edited(home, "flags.yaml", "gp.tender.no-maker-authorisation", "gp.tender.no-maker-autorisation")
    with pytest.raises(ConfigurationError, match=r"flags maker-letter: rules: .*gp\.tender\.no-maker-authorisation"):
        load_flags()


def test_a_topic_in_a_zone_that_is_not_there_is_told(home: Path) -> None:
    edited(home, "topics.yaml", "zones: [scoring]", "zones: [skoring]")
    with pytest.raises(ConfigurationError, match="nothing is called skoring; known: commercial, conformity"):
        load_patterns()


def test_a_broken_pattern_is_told_with_its_line(home: Path) -> None:
    edited(home, "zones.yaml", '"须知"', '"须知("')
    with pytest.raises(ConfigurationError, match=r"zones\.yaml, line \d+: zones\.\d+\.heads"):
        load_patterns()
