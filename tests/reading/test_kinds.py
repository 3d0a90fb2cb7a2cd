# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Kinds and methods from titles, filing and words of the body; names out of titles."""

import pytest

from crawler.reading import read_document
from crawler.reading.identity import name_of_title

TITLES = {
    "河口县公安局执法执勤车辆采购项目公开招标公告": ("tender", "open"),
    "河口县公安局执法执勤车辆采购项目邀请招标公告": ("tender", "invited"),
    "河口县环卫站洒水车采购竞争性谈判公告": ("negotiation", "negotiation"),
    "河口县环卫站洒水车采购竞争性磋商公告（第二次）": ("consultation", "consultation"),
    "河口县环卫站洒水车采购询价公告": ("inquiry", "inquiry"),
    "河口公交集团场站车辆询比采购公告": ("inquiry", "inquiry"),
    "河口公交集团工程车竞价公告": ("inquiry", "inquiry"),
    "河口公交集团工程车比选公告": ("inquiry", "inquiry"),
    "云梯消防车采购单一来源采购公示": ("single_source", "single_source"),
    "特种底盘采购项目资格预审公告": ("prequalification", None),
    "公务用车定点加油框架协议采购征集公告": ("framework", "framework"),
    "河口县公安局2026年5月至6月政府采购意向": ("intention", None),
    "河口县城投公司2026年招标计划": ("intention", None),
    "执法执勤车辆采购项目更正公告": ("correction", None),
    "执法执勤车辆采购项目公开招标更正公告（二）": ("correction", "open"),
    "执法执勤车辆采购项目竞争性磋商变更公告": ("correction", "consultation"),
    "执法执勤车辆采购项目澄清公告": ("correction", None),
    "执法执勤车辆采购项目延期公告": ("correction", None),
    "关于执法执勤车辆采购项目延期开标的通知": ("correction", None),
    "关于暂停执法执勤车辆采购项目采购活动的公告": ("correction", None),
    "执法执勤车辆采购项目招标文件补遗书（一）": ("correction", None),
    "执法执勤车辆采购项目答疑澄清文件": ("correction", None),
    "执法执勤车辆采购项目中标结果更正公告": ("correction", None),
    "执法执勤车辆采购项目终止公告": ("termination", None),
    "执法执勤车辆采购项目废标公告": ("termination", None),
    "执法执勤车辆采购项目流标公告": ("termination", None),
    "关于终止执法执勤车辆采购项目采购活动的公告": ("termination", None),
    "执法执勤车辆采购项目采购失败公告": ("termination", None),
    "执法执勤车辆采购项目中标（成交）结果公告": ("award", None),
    "执法执勤车辆采购项目中标公告": ("award", None),
    "执法执勤车辆采购项目竞争性谈判成交公告": ("award", "negotiation"),
    "执法执勤车辆采购项目结果公告": ("award", None),
    "公务用车保险框架协议入围结果公告": ("award", "framework"),
    "渣土车采购中标候选人公示": ("award_candidate", None),
    "渣土车采购评标结果公示": ("award_candidate", None),
    "渣土车采购合同公告": ("contract", None),
    "渣土车采购履约验收公告": ("acceptance", None),
    "渣土车采购意见征询公告": ("opinion", None),
    "渣土车采购需求公示": ("opinion", None),
    "渣土车采购招标文件公示": ("opinion", None),
    "渣土车采购市场询价公告": ("opinion", None),
    # Words of the subject are no kind.
    "合同管理系统采购项目公开招标公告": ("tender", "open"),
    "机动车登记变更系统采购项目竞争性磋商公告": ("consultation", "consultation"),
    "车辆验收检测服务采购项目招标公告": ("tender", None),
    "招标代理服务采购项目竞争性磋商公告": ("consultation", "consultation"),
    "询价平台升级项目单一来源采购公示": ("single_source", "single_source"),
    "[电子化][竞争性谈判]河口学院教学车辆采购项目": ("negotiation", "negotiation"),
}


@pytest.mark.parametrize("title", TITLES)
def test_kind_and_method_from_the_title(title: str) -> None:
    (notice,) = read_document(title=title, text=title + "\n项目编号：HK2026-01\n")
    assert (notice.kind, notice.method) == TITLES[title]


NAMES = {
    "河口县公安局执法执勤车辆采购项目公开招标公告": "河口县公安局执法执勤车辆采购项目",
    "河口招标有限公司关于河口县环卫站洒水车采购项目的竞争性谈判公告": "河口县环卫站洒水车采购项目",
    "关于洒水车采购项目的更正公告": "洒水车采购项目",
    "关于洒水车采购项目延期开标的通知": "洒水车采购项目",
    "关于暂停洒水车采购项目采购活动的公告": "洒水车采购项目",
    "关于终止洒水车采购项目的公告": "洒水车采购项目",
    "洒水车采购项目更正公告（第二次）": "洒水车采购项目",
    "洒水车采购项目招标文件补遗书（一）": "洒水车采购项目",
    "洒水车采购项目澄清答疑文件": "洒水车采购项目",
    "洒水车采购项目采购失败公告": "洒水车采购项目",
    "[省本级]洒水车采购项目（项目编号：HKZC2026-01）电子化竞争性谈判公告": "洒水车采购项目",
    "洒水车采购项目（二次）竞争性磋商公告": "洒水车采购项目（二次）",
    "洒水车采购项目中标候选人公示[中标候选人公示]": "洒水车采购项目",
    "洒水车采购项目暂停公告": "洒水车采购项目",
    "洒水车采购项目终止公告": "洒水车采购项目",
    "【变更公告】洒水车采购项目": "洒水车采购项目",
}


@pytest.mark.parametrize("title", NAMES)
def test_name_out_of_a_title(title: str) -> None:
    assert name_of_title(title) == NAMES[title]


PROSE = {
    "我中心于2026年8月3日发布的河口县洒水车采购项目（项目编号：HK2026-01）招标公告，现作如下更正：": "河口县洒水车采购项目",
    "现将河口县洒水车采购项目（项目编号：HK2026-01）有关事项变更如下：": "河口县洒水车采购项目",
    "河口县洒水车采购项目（项目编号：HK2026-01）因故延期，具体如下：": "河口县洒水车采购项目",
    "各潜在投标人：河口县洒水车采购项目（招标编号：HK2026-01）招标文件作如下澄清：": "河口县洒水车采购项目",
    "对河口县洒水车采购项目招标文件作如下修改：": "河口县洒水车采购项目",
}


@pytest.mark.parametrize("sentence", PROSE)
def test_name_out_of_a_sentence(sentence: str) -> None:
    (notice,) = read_document(title="更正公告", text=sentence + "\n投标截止时间延期至2026年8月28日9时30分。")
    assert notice.texts["project_name"].value == PROSE[sentence]


def test_a_correction_under_the_title_of_a_tender_is_a_correction() -> None:
    text = "一、项目基本情况\n原公告的采购项目编号：HK1\n二、更正信息\n更正事项：采购公告\n更正内容：\n开标时间由2026年8月25日9时30分变更为2026年8月28日9时30分。"
    (notice,) = read_document(title="洒水车采购项目公开招标公告", text=text)
    assert notice.kind == "correction"


def test_ambiguous_publicity_is_decided_by_the_body() -> None:
    (draft,) = read_document(
        title="公务车辆购置项目预公示", text="采购需求（征求意见稿）\n意见反馈方式：书面\n反馈截止时间：2026年5月6日"
    )
    (result,) = read_document(
        title="公务车辆购置项目预公示", text="预中标供应商：河口汽车销售有限公司\n中标金额：35万元"
    )
    assert (draft.kind, result.kind) == ("opinion", "award_candidate")
    assert "bid_deadline" not in draft.times


def test_unknown_kind_is_an_issue_not_a_crash() -> None:
    (notice,) = read_document(title="春节放假安排", text="办公时间调整如下。")
    assert notice.kind == "other"
    assert [issue.what for issue in notice.issues] == ["kind"]
