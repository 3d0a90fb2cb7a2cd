"""May we bid? Each gate by the words of the notice and the company's own facts."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from crawler.clock import now
from crawler.config import ConfigurationError
from crawler.notice import Evidence, Notice, Reading
from tests.tracker.pages import tender
from tracker.bidding.bids import open_bid
from tracker.bidding.credentials import add_account
from tracker.db import reading
from tracker.gates import Account, Case, Company, Gate, Offer, case_of, gates, load_company, load_signs
from tracker.intake import take_page
from tracker.projects import PROJECT
from tracker.regions import place_of
from tracker.state import ProceedingState, ProjectState
from tracker.team.people import add_person
from tracker.watches import Facts


def gate(
    name: str,
    text: str = "",
    company: Company | None = None,
    *,
    brands: frozenset[str] = frozenset(),
    state: dict[str, Any] | None = None,
    method: str = "open",
    buyer: str = "宁波市公安局",
    accounts: tuple[Account, ...] = (),
    closes: date | None = None,
    opens: date | None = None,
    bidder: str = "",
    **notice: Any,
) -> Gate:
    proceeding = ProceedingState(key="purchase-1", kind="purchase", method=method)
    facts = Facts(place=place_of(buyer=buyer))
    known = {"name": "警车采购", "vehicle_types": ("police_car",), "proceedings": (proceeding,)} | (state or {})
    case = Case(
        state=ProjectState(**known),
        facts=facts,
        notices=[("ccgp/1", Notice(text=text, **notice))],
        signs=load_signs(),
        company=company or Company(),
        day=date(2026, 11, 20),
        brands=brands,
        accounts=accounts,
        closes=closes,
        opens=opens,
        bidder=bidder,
    )
    return next(each for each in gates(case) if each.id == name)


DEALER, MAKER = Company(role="dealer"), Company(role="maker")


@pytest.mark.parametrize(
    ("text", "company", "answer"),
    [
        ("投标人须为所投产品的生产厂家。", DEALER, "no"),
        ("投标人须为所投产品的生产厂家。", MAKER, "yes"),
        ("投标人须为所投产品的生产厂家。", Company(), "unknown"),
        ("本项目不接受代理商投标。", DEALER, "no"),
        ("仅限整车生产企业参加。", DEALER, "no"),
        ("投标人须为生产厂家或其授权的代理商。", DEALER, "yes"),
        ("供应商为经销商的，须提供制造商授权书。", DEALER, "yes"),
        ("须提供制造商授权书。", DEALER, "unknown"),
        ("须提供营业执照。", DEALER, "unknown"),
        ("须提供营业执照。", MAKER, "yes"),
    ],
)
def test_maker_or_dealer(text: str, company: Company, answer: str) -> None:
    found = gate("role", f"前文。{text}后文。", company)
    assert found.answer == answer
    if "营业执照" not in text:
        assert found.evidence[0].words in text
        assert found.evidence[0].source == "ccgp/1"


@pytest.mark.parametrize(
    ("text", "held", "answer"),
    [
        ("须具有医疗器械经营许可证。", ("medical-device-sale",), "yes"),
        ("须具有医疗器械经营许可证。", ("iso9001",), "no"),
        ("须具有医疗器械经营许可证。", (), "unknown"),
        ("须提供有效的营业执照。", (), "yes"),
        ("按采购文件。", ("iso9001",), "unknown"),
        ("须通过ISO9001认证并具有道路运输经营许可证。", ("iso9001",), "no"),
    ],
)
def test_licences(text: str, held: tuple[str, ...], answer: str) -> None:
    assert gate("licence", text, Company(licences=held)).answer == answer


@pytest.mark.parametrize(
    ("text", "company", "answer"),
    [
        ("", {"regions": ["浙江省"]}, "yes"),
        ("", {"regions": ["江苏省", "上海"]}, "no"),
        ("", {}, "unknown"),
        ("投标人须在宁波市注册的企业。", {"registered": "宁波市"}, "yes"),
        ("投标人须在宁波市注册的企业。", {"registered": "南京市"}, "unknown"),
        ("投标人须在本市设有售后服务网点。", {}, "unknown"),
    ],
)
def test_region(text: str, company: dict[str, Any], answer: str) -> None:
    found = gate("region", text, Company.model_validate(company))
    assert found.answer == answer
    assert bool(found.evidence) == bool(text)


def test_a_buyer_of_unknown_place_is_unknown() -> None:
    assert gate("region", "", Company(regions=("浙江省",)), buyer="某研究院").answer == "unknown"


OURS = Offer(type="police_car", brand="岭驰", model="LC5030", announced=True, maker_size="large")


@pytest.mark.parametrize(
    ("models", "answer"),
    [
        ((), "unknown"),
        ((OURS,), "yes"),
        ((OURS.model_copy(update={"announced": False}),), "no"),
        ((OURS.model_copy(update={"announced": None}),), "unknown"),
        ((Offer(type="bus", announced=True),), "no"),
        ((Offer(type="prisoner_van", announced=True),), "yes"),  # a kind of police car
    ],
)
def test_a_model_in_the_announcement(models: tuple[Offer, ...], answer: str) -> None:
    found = gate("model", "投标车型须列入《道路机动车辆生产企业及产品公告》。", Company(models=models))
    assert found.answer == answer
    assert "产品公告" in found.evidence[0].words


def sme(value: bool) -> Reading[bool]:
    return Reading(value, (Evidence("本项目专门面向中小企业采购"),))


@pytest.mark.parametrize(
    ("only", "company", "answer"),
    [
        (None, Company(size="small"), "unknown"),
        (sme(False), Company(), "yes"),
        (sme(True), Company(), "unknown"),
        (sme(True), Company(role="maker", size="large"), "no"),
        (sme(True), Company(role="maker", size="medium"), "yes"),
        # of goods the maker counts: a small dealer of a large maker's cars is out
        (sme(True), Company(role="dealer", size="small", models=(OURS,)), "no"),
        (sme(True), Company(role="dealer", models=(OURS, OURS.model_copy(update={"maker_size": "small"}))), "yes"),
    ],
)
def test_set_aside_for_small_enterprises(only: Reading[bool] | None, company: Company, answer: str) -> None:
    assert gate("sme", "", company, sme_only=only).answer == answer


@pytest.mark.parametrize(
    ("allowed", "ours", "regime", "answer"),
    [
        (False, None, "GP", "yes"),
        (False, False, "GP", "yes"),
        (False, True, "GP", "no"),
        (True, True, "GP", "yes"),
        (None, True, "GP", "yes"),  # silent means allowed
        (None, True, "ENT", "unknown"),
    ],
)
def test_consortium(allowed: bool | None, ours: bool | None, regime: str, answer: str) -> None:
    printed = None if allowed is None else Reading(allowed, (Evidence("联合体"),))
    found = gate("consortium", "", Company(consortium=ours), state={"regime": regime}, consortium_allowed=printed)
    assert found.answer == answer


@pytest.mark.parametrize(
    ("text", "accounts", "answer"),
    [
        ("供应商登录政采云平台获取采购文件。", (Account(id="zcygov"),), "yes"),
        ("供应商登录政采云平台获取采购文件。", (Account(id="plap"),), "no"),
        ("供应商登录政采云平台获取采购文件。", (), "unknown"),
        ("供应商登录政采云平台获取采购文件。", (Account(id="zcygov", until=date(2026, 11, 19)),), "no"),
        ("供应商登录政采云平台获取采购文件。", (Account(id="zcygov", until=date(2026, 11, 20)),), "yes"),
        ("请登录沧平市公共资源交易中心网站下载。", (Account(id="沧平市公共资源交易中心"),), "yes"),
        ("到采购人处领取。", (Account(id="zcygov"),), "unknown"),
    ],
)
def test_an_account_on_the_platform(text: str, accounts: tuple[Account, ...], answer: str) -> None:
    assert gate("platform", text, Company(platforms=accounts)).answer == answer


PLATFORM = "供应商登录政采云平台获取采购文件。"


@pytest.mark.parametrize(
    ("closes", "answer", "says"),
    [
        (None, "no", "3 个工作日"),
        (date(2026, 11, 24), "no", "2026-11-25"),
        (date(2026, 11, 25), "unknown", "今天申请"),
    ],
)
def test_no_account_is_a_gate_with_a_lead_time(closes: date | None, answer: str, says: str) -> None:
    found = gate("platform", PLATFORM, Company(platforms=(Account(id="plap"),)), closes=closes)
    assert found.answer == answer
    assert says in found.why


@pytest.mark.parametrize(
    ("account", "answer"),
    [
        (Account(id="zcygov", admission="pending"), "unknown"),
        (Account(id="zcygov", until=date(2026, 12, 2)), "unknown"),
        (Account(id="zcygov", until=date(2026, 12, 3)), "yes"),
    ],
)
def test_an_account_must_be_admitted_and_its_key_live_until_the_opening(account: Account, answer: str) -> None:
    assert gate("platform", PLATFORM, accounts=(account,), opens=date(2026, 12, 3)).answer == answer


@pytest.mark.parametrize(
    ("bidder", "us", "answer"),
    [("", "示例", "yes"), ("示例", "示例", "yes"), ("二店", "示例", "no"), ("二店", "", "unknown")],
)
def test_one_tender_one_bidding_entity(bidder: str, us: str, answer: str) -> None:
    assert gate("bidder", "", Company(name=us), bidder=bidder).answer == answer


@pytest.mark.parametrize(
    ("text", "brands", "method", "answer"),
    [
        ("", frozenset({"甲", "乙", "丙"}), "open", "yes"),
        ("", frozenset({"甲", "乙"}), "open", "unknown"),
        ("", frozenset(), "single_source", "yes"),
        ("品牌型号：岭驰牌", frozenset({"甲", "乙", "丙"}), "open", "no"),
        ("参考品牌：岭驰牌或相当于", frozenset({"甲", "乙", "丙"}), "open", "yes"),
        ("品牌：不限", frozenset({"甲", "乙", "丙"}), "open", "yes"),
    ],
)
def test_three_brands(text: str, brands: frozenset[str], method: str, answer: str) -> None:
    assert gate("brands", text, brands=brands, method=method).answer == answer


def test_gates_of_a_stored_project_quote_its_notice(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    (tmp_path / "company.yaml").write_text("name: 示例\nconsortium: true\nregions: [浙江]\n", encoding="utf-8")
    take_page(database, tender())
    with reading(database) as connection:
        found = {each.id: each for each in gates(case_of(connection, connection.scalar(select(PROJECT.c.id)) or 0))}
    assert len(found) == 9
    assert found["consortium"].answer == "no"
    assert "不接受联合体" in found["consortium"].evidence[0].words
    assert found["role"].answer == "unknown"


def test_accounts_and_the_lock_come_from_the_tables(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    (tmp_path / "company.yaml").write_text("name: 示例\nplatforms:\n  - {id: zcygov}\n", encoding="utf-8")
    take_page(database, tender())
    with database.begin() as connection:
        add_person(connection, "王小明", None, now())
        add_account(connection, "王小明", "示例", "zcygov", admission="pending")
        add_account(connection, "王小明", "二店", "plap")
        open_bid(connection, "王小明", 1, "二店")
        case = case_of(connection, 1)
        found = {each.id: each for each in gates(case)}
    assert [(each.id, each.admission) for each in case.accounts] == [("zcygov", "pending")]
    assert (case.closes, case.opens) == (date(2026, 11, 17), date(2026, 12, 3))
    assert found["bidder"].answer == "no"


def test_h71_a_wrong_company_file_names_line_and_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    (tmp_path / "company.yaml").write_text("name: 示例\nlicenses: [iso9001]\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"line 2.*licences"):
        load_company()
    (tmp_path / "company.yaml").write_text("name: 示例\nmodels:\n  - {type: hovercraft}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"line 3.*hovercraft"):
        load_company()


def test_the_shipped_files_can_be_read() -> None:
    assert [row.id for row in load_signs().gates] == [
        "role",
        "licence",
        "region",
        "model",
        "sme",
        "consortium",
        "platform",
        "bidder",
        "brands",
    ]
    assert load_company() == Company()
