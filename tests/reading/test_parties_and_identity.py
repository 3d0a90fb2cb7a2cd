# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Who buys, who runs it, and which purchase it is, in the words of many portals."""

import pytest

from crawler.notice import Notice
from crawler.reading import read_document
from crawler.reading.parties import split_contact


def read(text: str, title: str = "勘查车采购公开招标公告") -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def value(notice: Notice, name: str) -> str | None:
    reading = notice.texts.get(name)
    return reading.value if reading else None


BUYER, AGENCY = "河口县公安局", "河口招标有限公司"
CONTACTS = f"七、联系方式\n1.采购人信息\n名 称：{BUYER}\n地址：一路1号\n联系方式：王某 010-00000000\n2.采购代理机构信息\n名　称：{AGENCY}\n地址：二路2号\n联系方式：010-00000000\n3.项目联系方式\n项目联系人：李某\n电　话：010-00000000\n"


@pytest.mark.parametrize(
    "text",
    [
        CONTACTS,
        CONTACTS.replace("采购代理机构信息", "采购代理机构信息（如有）"),
        CONTACTS.replace("名 称", "单位名称").replace("名　称", "单位名称"),
        CONTACTS.replace("：\n", "：").replace("名 称：", "名 称：\n"),
        f"1.釆购人信息\n名称：{BUYER}\n2.釆购代理机构信息\n名称：{AGENCY}\n",
        f"采购人：{BUYER}\n采购代理机构：{AGENCY}\n",
        f"采 购 人：{BUYER}　　　招标代理机构：{AGENCY}\n地　址：一路1号　　　地　址：二路2号\n",
        f"招标人：{BUYER}\n招标代理：{AGENCY}\n",
        f"招标人名称 | {BUYER} |\n招标代理机构名称 | {AGENCY} |\n",
        f"招标人\n{BUYER}\n招标代理机构\n{AGENCY}\n",
        f"本招标项目勘查车采购已批准，招标人为{BUYER}，招标代理机构为{AGENCY}。项目已具备招标条件，现进行公开招标。",
        f"{AGENCY}受{BUYER}的委托，就勘查车采购进行公开招标。",
        f"{AGENCY}（以下简称“招标代理机构”）受{BUYER}（以下简称“招标人”）委托，组织勘查车采购的公开招标工作。",
        f"采购单位名称：{BUYER}\n代理机构全称：{AGENCY}\n",
        f"一、采购人名称：{BUYER}\n二、采购代理机构名称：{AGENCY}\n三、采购项目名称：勘查车采购\n",
        f"【公告概要】\n采购单位：{BUYER}\n代理机构名称：{AGENCY}\n【正文】\n详见附件。\n",
        f"采购人（甲方）：{BUYER}\n集中采购机构：{AGENCY}\n",
        f"项目业主：{BUYER}\n代理机构：{AGENCY} 地址：二路2号 电话：010-00000000\n",
        f"联系方式\n采购人：{BUYER}（盖章）\n采购代理机构：{AGENCY}（盖章）\n",
    ],
)
def test_trap_16_buyer_and_agency(text: str) -> None:
    notice = read(text)
    assert (value(notice, "buyer"), value(notice, "agency")) == (BUYER, AGENCY)


@pytest.mark.parametrize("words", ["采购代理机构：/", "采购代理机构：无", "采购代理机构：", f"采购代理机构：{BUYER}"])
def test_trap_16_no_agency_is_valid(words: str) -> None:
    notice = read(f"采购人：{BUYER}\n{words}\n地址：一路1号\n")
    assert (value(notice, "buyer"), value(notice, "agency")) == (BUYER, None)


def test_supervisors_and_suppliers_are_no_parties() -> None:
    text = f"供应商名称：甲汽车有限公司\n采购人：{BUYER}\n3.同级政府采购监督管理部门\n名 称：河口县财政局\n地 址：三路3号\n"
    notice = read(text, title="勘查车采购中标公告")
    assert (value(notice, "buyer"), value(notice, "agency")) == (BUYER, None)


@pytest.mark.parametrize(
    ("words", "person", "phone"),
    [
        ("资产部021-60000000", "资产部", "021-60000000"),
        ("王某021-60000000-8009", "王某", "021-60000000-8009"),
        ("李某,（010）60000000转128", "李某", "（010）60000000转128"),
        ("王老师 13800000000", "王老师", "13800000000"),
        ("010-60000000、60000001", None, "010-60000000、60000001"),
        ("王某、李某", "王某、李某", None),
    ],
)
def test_trap_17_name_and_phone_run_together(words: str, person: str | None, phone: str | None) -> None:
    assert split_contact(words) == (person, phone)


def test_contacts_by_role() -> None:
    found = {contact.role: contact for contact in read(CONTACTS).contacts}
    assert (found["buyer"].name, found["buyer"].person, found["buyer"].phone) == (BUYER, "王某", "010-00000000")
    assert (found["project"].person, found["project"].phone) == ("李某", "010-00000000")


NUMBER = "HKZC-2026-C-031"


@pytest.mark.parametrize(
    "text",
    [
        f"项目编号：{NUMBER}",
        f"项 目 编 号：{NUMBER}　　　　",
        f"一、项目编号：{NUMBER}（招标文件编号：HKZC-2026-C-031-1）",
        f"项目编号（或招标编号、政府采购计划编号、采购计划备案文号等，如有）：{NUMBER}",
        f"项目名称：勘查车采购项目编号：{NUMBER}项目联系方式：010-00000000",
        f"（招标编号：{NUMBER}）",
        f"招标编号：（{NUMBER}）",
        f"本招标项目为勘查车采购（项目编号：{NUMBER}），招标人为河口县公安局。",
        f"采购项目编号 | {NUMBER} | 采购计划编号 | 河财采计[2026]-00871 |",
        f"项目编号\n{NUMBER}\n项目名称\n勘查车采购",
        f"采购计划备案号：河财采计[2026]-00871\n项目编号：{NUMBER}",
        f"项目编号：{NUMBER}；采购方式：公开招标",
        f"项目编号：{NUMBER} 项目名称：勘查车采购",
        f"1、采购项目编号：{NUMBER}\n2、采购项目名称：勘查车采购",
        f"原公告的采购项目编号：{NUMBER}　　　　　",
        f"谈判编号：{NUMBER}",
        f"竞价单号：{NUMBER}",
    ],
)
def test_h22_number(text: str) -> None:
    assert value(read(text), "project_number") == NUMBER


@pytest.mark.parametrize(
    "number",
    ["[230225]HKZC[GK]20260003-1", "11010226210200025327-XM001", "442000-2026-00917", "202601", "河政采磋商-2026-3", "HK2026-118（二次）", "采购计划-[2026]-01872号-CS-06", "2026-JKQ-W1024", "SNJY(2026)0623-3-1"],
)  # fmt: skip
def test_h22_numbers_as_printed(number: str) -> None:
    assert value(read(f"项目编号：{number}\n项目名称：勘查车采购"), "project_number") == number


def test_investment_code_is_no_project_number() -> None:
    notice = read("投资项目代码：2408-360730-04-01-840616\n招标编号：HK2026-9\n项目编码：2408-360730-04-01-840616")
    assert value(notice, "project_number") == "HK2026-9"


def test_plan_number_is_kept_apart() -> None:
    notice = read("采购计划编号：河财采计[2026]-00871\n")
    assert value(notice, "project_number") is None
    assert value(notice, "plan_number") == "河财采计[2026]-00871"


NAME = "河口县公安局2026年勘查车采购项目"


@pytest.mark.parametrize(
    "text",
    [
        f"项目名称：{NAME}",
        f"二、项目名称：\n{NAME}\n三、采购方式：公开招标",
        f"项目名称：{NAME}项目编号：HK2026-01",
        f"采购项目名称 | {NAME} |",
        f"项目名称：{NAME}（项目编号：HK2026-01）",
        f"工程名称：{NAME}\n建设单位：河口县公安局",
        f"{NAME}招标项目的潜在投标人应在平台获取招标文件，并于2026年8月25日9时30分前递交投标文件。",
        f"本招标项目为{NAME}，招标编号：HK2026-01，招标人为河口县公安局。",
        f"根据有关规定，现对{NAME}进行公开招标，欢迎合格的供应商前来投标。",
        "详见附件。",
    ],
)
def test_name(text: str) -> None:
    assert value(read(text, title=f"{NAME}公开招标公告"), "project_name") == NAME


def test_references_to_earlier_notices() -> None:
    notice = read("原公告的采购项目编号：HK2026-01\n首次公告日期：2026年8月3日\n", title="勘查车更正公告")
    assert set(notice.references) >= {"HK2026-01", "2026-08-03"}


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        ("本项目不接受联合体投标。", False), ("本项目接受联合体投标。", True), ("本项目（是/否）接受联合体投标：否", False),
        ("本项目（否）接受联合体投标", False), ("本项目（是）接受联合体投标", True), ("本项目是否接受联合体投标：□是 ☑否", False),
        ("本项目是否接受联合体：□是  否", False), ("本项目(   是    否   )接受联合体投标。", None), ("本项目( 不接受   )联合体投标。", False),
        ("是否允许联合体\n否", False), ("本次招标不接受联合体投标。联合体投标的，应满足下列要求：/。", False), ("是否接受联合体投标：是", True),
        ("√不接受  □接受联合体", False), ("联合体投标的，应提交联合体协议。", None), ("采购包1：不接受联合体投标", False),
    ],
)  # fmt: skip
def test_consortium(words: str, allowed: bool | None) -> None:
    reading = read(words).consortium_allowed
    assert (reading.value if reading else None) == allowed


def test_clauses_a_bidder_must_answer() -> None:
    text = (
        "二、申请人的资格要求：\n1.满足《中华人民共和国政府采购法》第二十二条规定；\n2.落实政府采购政策需满足的资格要求：本项目专门面向中小企业采购。\n"
        "3.本项目的特定资格要求：所投车型须列入公告。\n★轴距不小于3300mm\n▲续航里程不小于500km\n付款方式：验收合格后30日内支付100%。\n"
        "交货期：合同签订后60日内\n交货地点：河口县一路1号\n质保期：3年\n代理服务费：由中标人支付，按差额定率累进计取。\n"
    )
    notice = read(text)
    kinds = {clause.kind for clause in notice.clauses}
    assert {"qualification", "star", "triangle", "payment", "delivery", "warranty", "agency_fee", "sme"} <= kinds
    assert notice.sme_only is not None
    assert notice.sme_only.value
    assert value(notice, "delivery_period") == "合同签订后60日内"
    assert value(notice, "delivery_place") == "河口县一路1号"
    assert all(notice.text[e.start : e.end] == e.words for c in notice.clauses for e in c.evidence)


def test_trap_24_the_whole_label_decides() -> None:
    text = "三、获取招标文件\n时间：2026年8月4日至2026年8月10日\n方式：网上下载\n售价：0元\n采购方式：公开招标\n支付方式：电汇\n"
    notice = read(text)
    assert value(notice, "documents_how") == "网上下载"
    assert notice.method == "open"
    assert notice.money["document_price"].value.hundredths == 0


@pytest.mark.parametrize(
    ("text", "buyer"),
    [
        (
            "我校拟对巡逻车进行询价采购。\n三、采购预算：9.8万元\n栖河理工大学招标采购中心\n2026年11月2日",
            "栖河理工大学",
        ),
        ("我院拟采购转运车，欢迎报名。\n白河县医院\n2026年4月17日", "白河县医院"),
        ("长岭林业局对巡护车进行公开询价，欢迎参加。\n一、采购内容：巡护车2辆", "长岭林业局"),
        ("名称 河口县环卫所\n采购人 河口县环卫所", "河口县环卫所"),
        ("【采购人】河口县环卫所\n【预算金额】20万元", "河口县环卫所"),
    ],
)
def test_a_buyer_without_the_usual_label(text: str, buyer: str) -> None:
    (notice,) = read_document(title="巡逻车询价公告", text=text)
    assert notice.texts["buyer"].value == buyer


def test_how_the_documents_are_obtained_shows_its_own_words_first() -> None:
    text = "三、获取招标文件\n时间：2026年5月6日至2026年5月12日\n地点：河口县公共资源交易网\n方式：网上下载\n售价：0元"
    (notice,) = read_document(title="洒水车采购招标公告", text=text)
    how = notice.texts["documents_how"]
    assert how.value == how.evidence[0].words == "网上下载"


def test_labels_and_values_with_one_blank_between() -> None:
    text = "采购项目编号 HK2026-088 采购项目名称 河口县救护车采购\n采购人名称 河口县医院 采购人地址 河口县一路11号\n投标截止时间 2026-04-30 09:00 开标时间 2026-04-30 09:00"
    (notice,) = read_document(title="招标公告", text=text)
    assert notice.texts["project_number"].value == "HK2026-088"
    assert notice.texts["buyer"].value == "河口县医院"
    assert notice.times["bid_deadline"].value.local == "2026-04-30T09:00"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("采购编号：YZ2026-0123、采购人：河口县公安局", "YZ2026-0123"),
        ("采购编号：YZ2026-0123、项目名称：警车采购", "YZ2026-0123"),
        ("2、采购编号：YZ2026-01233、项目名称：警车采购", "YZ2026-0123"),  # the 3 numbers the next point
        ("2、采购编号：YZ2026-01234、项目名称：警车采购", "YZ2026-01234"),
        ("项目编号：青招2026公开招标采购项目字第012号", "青招2026公开招标采购项目字第012号"),
    ],
)
def test_what_is_behind_a_number(line: str, number: str) -> None:
    assert value(read(line), "project_number") == number


def test_the_number_of_a_framework_is_its_calls_own() -> None:
    line = "征集项目编号：KJ-2026-07\n项目名称：公务用车维修服务框架协议采购\n采购方式：封闭式框架协议采购\n"
    call = read(line, title="公务用车维修服务框架协议采购征集公告")
    assert (call.kind, value(call, "project_number")) == ("framework", "KJ-2026-07")
    assert value(read(line, title="公务用车维修服务更正公告"), "project_number") is None


def test_a_second_party_is_kept_and_a_person_is_not() -> None:
    assert value(read("采购人：河口县公交公司 , 某局\n"), "buyer") == "河口县公交公司 , 某局"
    assert value(read("采购人：河口县公安局，李某\n"), "buyer") == "河口县公安局"
