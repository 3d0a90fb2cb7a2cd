# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Results: suppliers, amounts, lots, ranks, and lots that failed."""

import pytest

from crawler.notice import Notice
from crawler.reading import read_document


def read(text: str, title: str = "河口县环卫车辆采购项目中标（成交）结果公告") -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def awards(text: str, **more: str) -> list[tuple[str | None, str | None, float | int | None]]:
    return [(a.lot, a.supplier, a.amount.yuan if a.amount else None) for a in read(text, **more).awards if a.rank == 1]


HEAD = "一、项目编号：HK2026-01\n二、项目名称：河口县环卫车辆采购项目\n三、中标（成交）信息\n"
FEE = "\n六、代理服务收费标准及金额：\n代理服务收费金额：12,000.00元\n"


def test_labels() -> None:
    text = (
        HEAD + "供应商名称：河口汽车销售有限公司\n供应商地址：河口县一路1号\n中标（成交）金额：98.5000000（万元）" + FEE
    )
    assert awards(text) == [(None, "河口汽车销售有限公司", 985000)]
    assert read(text).awards[0].address == "河口县一路1号"
    assert read(text).money["agency_fee"].value.yuan == 12000


def test_amount_with_quotation_words() -> None:
    text = (
        HEAD
        + "1.中标结果：\n序号 | 中标（成交）金额(元) | 中标供应商名称 | 中标供应商地址 |\n1 | 报价：250000（元） | 河口汽车销售有限公司 | 河口县 |"
    )
    assert awards(text) == [(None, "河口汽车销售有限公司", 250000)]


def test_lots_by_lines() -> None:
    text = (
        HEAD
        + "第1包：\n供应商名称：甲汽车有限公司\n中标金额：100万元\n第2包：\n供应商名称：乙汽车有限公司\n中标金额：2,000,000.00元"
        + FEE
    )
    assert awards(text) == [("1", "甲汽车有限公司", 1000000), ("2", "乙汽车有限公司", 2000000)]


def test_lots_in_a_table() -> None:
    text = (
        HEAD
        + "包号 | 中标供应商 | 中标金额（万元） |\n包1 | 甲汽车有限公司 | 100 |\n包2 | 乙汽车有限公司 | 200 |\n包3 | 废标 | / |"
        + FEE
    )
    assert awards(text) == [("1", "甲汽车有限公司", 1000000), ("2", "乙汽车有限公司", 2000000)]
    assert read(text).terminated_lots == ("3",)


def test_lots_in_a_sentence() -> None:
    text = (
        HEAD
        + "第1包中标供应商：甲汽车有限公司，中标金额：100万元；\n第2包中标供应商：乙汽车有限公司，中标金额：200万元。"
    )
    assert awards(text) == [("1", "甲汽车有限公司", 1000000), ("2", "乙汽车有限公司", 2000000)]


def test_ranking_of_bidders_is_no_award() -> None:
    text = (
        HEAD
        + "供应商名称：甲汽车有限公司\n中标金额：100万元\n八、其他补充事宜\n"
        + "供应商名称 | 得分 | 排名 |\n甲汽车有限公司 | 92.1 | 1 |\n乙汽车有限公司 | 88.0 | 2 |\n丙汽车有限公司 | 80.3 | 3 |"
    )
    assert awards(text) == [(None, "甲汽车有限公司", 1000000)]


def test_main_goods_give_brand_model_and_unit_price() -> None:
    text = (
        HEAD
        + "供应商名称：甲汽车有限公司\n中标金额：100万元\n四、主要标的信息\n"
        + "序号 | 供应商名称 | 货物名称 | 货物品牌 | 货物型号 | 货物数量 | 货物单价(元) |\n1 | 甲汽车有限公司 | 洒水车 | 某牌 | ABC5180 | 2 | 500000 |"
    )
    (award,) = read(text).awards
    assert (award.brand, award.model, award.unit_price.yuan if award.unit_price else None) == (
        "某牌",
        "ABC5180",
        500000,
    )
    (item,) = read(text).items
    assert (item.name, item.quantity) == ("洒水车", 2)


def test_rate_has_no_amount() -> None:
    text = HEAD + "供应商名称：甲保险有限公司\n中标（成交）金额：下浮率：12.5%"
    (award,) = read(text).awards
    assert award.amount is not None
    assert award.amount.kind == "rate"
    assert award.amount.yuan is None


def test_candidates_keep_their_rank() -> None:
    text = (
        "中标候选人名单\n排序 | 中标候选人名称 | 投标报价（元） |\n第一名 | 甲汽车有限公司 | 1,000,000.00 |\n"
        "第二名 | 乙汽车有限公司 | 1,010,000.00 |\n第三名 | 丙汽车有限公司 | 1,020,000.00 |"
    )
    notice = read(text, title="河口公交渣土车采购中标候选人公示")
    assert [(a.rank, a.supplier) for a in notice.awards] == [
        (1, "甲汽车有限公司"),
        (2, "乙汽车有限公司"),
        (3, "丙汽车有限公司"),
    ]


def test_candidates_by_labels() -> None:
    text = "第一中标候选人：甲汽车有限公司\n投标报价：1000000元\n第二中标候选人：乙汽车有限公司\n投标报价：1010000元"
    notice = read(text, title="河口公交渣土车采购中标候选人公示")
    assert [(a.rank, a.supplier, a.amount.yuan if a.amount else None) for a in notice.awards] == [
        (1, "甲汽车有限公司", 1000000),
        (2, "乙汽车有限公司", 1010000),
    ]


def test_joint_bidders_are_one_supplier() -> None:
    text = HEAD + "中标供应商：甲汽车有限公司（联合体牵头人）、乙改装有限公司\n中标金额：100万元"
    assert len(awards(text)) == 1


def test_terminations() -> None:
    whole = read(
        "一、项目基本情况\n采购项目编号：HK1\n二、项目终止的原因\n有效供应商不足三家\n", title="河口县车辆采购终止公告"
    )
    assert whole.terminated_lots == ("all",)
    text = "二、项目终止的原因\n第2包：通过符合性审查的投标人不足3家，本包废标。\n"
    assert read(text, title="河口县车辆采购第2包废标公告").terminated_lots == ("2",)
    two = "八、废标理由：\n标项1：供应商不足三家\n标项3：供应商不足三家\n"
    assert read(two, title="河口县车辆采购废标公告").terminated_lots == ("1", "3")


def test_result_that_announces_a_failure_is_a_termination() -> None:
    text = HEAD.replace(
        "三、中标（成交）信息\n", "三、采购结果\n采购包1(洒水车):\n废标理由：有效供应商不足三家，本项目流标。\n"
    )
    notice = read(text, title="河口县环卫车辆采购项目结果公告（采购包1）")
    assert (notice.kind, notice.terminated_lots) == ("termination", ("1",))


def test_candidates_side_by_side() -> None:
    text = (
        "中标候选人 | 第一名 | 第二名 | 第三名 |\n单位名称 | 甲汽车有限公司 | 乙汽车有限公司 | 丙汽车有限公司 |\n"
        "投标报价（万元） | 100 | 101 | 102 |\n交货期 | 60天 | 60天 | 60天 |"
    )
    notice = read(text, title="河口公交渣土车采购中标候选人公示")
    assert [(a.rank, a.supplier, a.amount.yuan if a.amount else None) for a in notice.awards] == [
        (1, "甲汽车有限公司", 1000000),
        (2, "乙汽车有限公司", 1010000),
        (3, "丙汽车有限公司", 1020000),
    ]


def test_blocks_of_hubei() -> None:
    text = (
        HEAD
        + "包号：1\n供应商名称：甲汽车有限公司\n供应商地址：一路1号\n中标（成交）金额：586,885.50元\n"
        + "包号：2\n供应商名称：乙保养有限公司\n供应商地址：二路2号\n中标（成交）金额：单价：12.78元\n"
        + "七、中标（成交）候选供应商评审得分及报价表\n包号：1 供应商名称 报价总得分 技术总得分 合计 排序\n甲汽车有限公司 28.87 51 98.87 1\n丙汽车有限公司 20.10 50 89.10 2\n"
    )
    notice = read(text)
    assert [(a.lot, a.supplier, a.amount.kind if a.amount else None) for a in notice.awards if a.rank == 1] == [
        ("1", "甲汽车有限公司", "total"),
        ("2", "乙保养有限公司", None),  # a price a unit is no amount
    ]


def test_candidate_named_inside_the_suppliers_value() -> None:
    text = (
        HEAD
        + "供应商名称：第一中标候选人：甲公司\n中标（成交）金额：100（万元）\n供应商名称：第二中标候选人：乙公司\n中标（成交）金额：98（万元）"
    )
    assert [(a.rank, a.supplier) for a in read(text).awards] == [(1, "甲公司"), (2, "乙公司")]


def test_winners_told_in_a_sentence() -> None:
    text = "一、中标信息\n第一包中标人为河口冷链设备有限公司，地址河口县二路3号，中标金额人民币柒拾陆万元整（760000.00元），其中单价15200元/台。第二包中标人为大泽生物科技有限公司，地址大泽市一路1号，中标金额41.28万元。第三包因供应商不足三家，作废标处理。\n"
    title = "河口县疫苗冷链设备采购项目中标公告"
    assert awards(text, title=title) == [
        ("1", "河口冷链设备有限公司", 760000),
        ("2", "大泽生物科技有限公司", 412800),
    ]
    assert read(text, title=title).kind == "award"
    assert read(text, title=title).terminated_lots == ("3",)


def test_every_supplier_that_entered_a_framework() -> None:
    table = "排序 | 入围供应商 | 供应商地址 | 入围单价（元/辆）\n1 | 河口汽车有限公司 | 河口县一路1号 | 112800.00\n2 | 大泽汽车有限公司 | 大泽市一路1号 | 115600.00\n"
    title = "河口县公务用车框架协议采购入围结果公告"
    text = f"一、项目编号：HK-KJ-1\n二、入围信息\n{table}"
    assert [a[1:] for a in awards(text, title=title)] == [("河口汽车有限公司", None), ("大泽汽车有限公司", None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "一、中标人信息\n001第一标段：\n中标人：甲汽车有限公司\n中标价格：1616600元\n002第二标段：\n中标人：乙汽车有限公司\n",
            [("1", "甲汽车有限公司", 1616600), ("2", "乙汽车有限公司", None)],
        ),
        ("招标人确定甲汽车（河口）有限公司为该项目的中标人，现予以公示。\n投标报价：299.27万元", [(None, "甲汽车（河口）有限公司", 2992700)]),
        ("一、中标人甲汽车有限公司一、中标价格488.24万元", [(None, "甲汽车有限公司", 4882400)]),
        (
            "成交情况：\n包1 自卸车 甲汽车有限公司 含税总价 8,940,000元（745000元/台×12台）\n包2 洒水车 乙汽车有限公司 含税总价 1,132,000元",
            [("1", "甲汽车有限公司", 8940000), ("2", "乙汽车有限公司", 1132000)],
        ),
        (
            "三、中标信息\n包号 | 供应商名称 | 供应商地址 | 中标金额 | 得分\n包1 | 甲汽车有限公司 | 河口路1号 | 100000元 | 92\n包2 | 有效投标人不足三家，废标\n包3 | 乙汽车有限公司 | 河口路2号 | 200000元 | 89",
            [("1", "甲汽车有限公司", 100000), ("3", "乙汽车有限公司", 200000)],
        ),
    ],
)  # fmt: skip
def test_winners_in_further_forms(text: str, expected: list[tuple[str | None, str, int | None]]) -> None:
    (notice,) = read_document(title="河口县车辆采购中标结果公示", text=text)
    assert [(a.lot, a.supplier, a.amount.yuan if a.amount else None) for a in notice.awards] == expected


def test_brand_and_model_from_a_table_that_does_not_name_the_supplier_again() -> None:
    text = (
        HEAD
        + "包号 | 供应商名称 | 中标（成交）金额 |\n1 | 河口汽车销售有限公司 | 480000元 |\n2 | 北岸客车有限公司 | 910000元 |\n"
        + "四、主要标的信息\n包号 | 名称 | 品牌 | 规格型号 | 数量 | 单价（元） |\n1 | 洒水车 | 河车 | HC5080GSS | 2 | 240000 |\n"
        + "2 | 客车 | 北岸 | BA6750 | 1 | 450000 |\n2 | 客车 | 北岸 | BA6800 | 1 | 460000 |"
    )
    one, two = read(text).awards
    assert (one.brand, one.model) == ("河车", "HC5080GSS")
    assert one.unit_price is not None
    assert one.unit_price.hundredths == 240000_00
    assert (two.brand, two.model, two.unit_price) == ("北岸", "BA6750；BA6800", None)
    assert any(evidence.words == "HC5080GSS" for evidence in one.evidence)


def test_brand_and_model_under_labels() -> None:
    text = (
        HEAD
        + "供应商名称：河口汽车销售有限公司\n中标（成交）金额：48万元\n四、主要标的信息\n名称：洒水车\n品牌（如有）：河车\n规格型号：HC5080GSS\n数量：2辆\n单价：240000元"
    )
    (award,) = read(text).awards
    assert (award.brand, award.model) == ("河车", "HC5080GSS")


def test_rivals_in_one_lot_get_no_brand_that_names_none_of_them() -> None:
    text = (
        HEAD
        + "包号 | 入围供应商 | 入围价格 |\n1 | 河口汽车销售有限公司 | 折扣率80% |\n1 | 北岸客车有限公司 | 折扣率82% |\n"
        + "四、主要标的信息\n名称 | 品牌 | 规格型号 |\n洒水车 | 河车 | HC5080GSS |"
    )
    assert [award.brand for award in read(text).awards] == [None, None]


def test_several_winners_of_one_lot_one_cell_a_line() -> None:
    text = HEAD + "\n".join(
        "包号 入围供应商名称 排序 入围价格 第1包 甲河租赁有限公司 1 折扣率75% 第1包 乙河租赁有限公司 2 折扣率78% 第2包 丙河租赁有限公司 1 折扣率72%".split()
    )
    assert [row[:2] for row in awards(text)] == [
        ("1", "甲河租赁有限公司"),
        ("1", "乙河租赁有限公司"),
        ("2", "丙河租赁有限公司"),
    ]


@pytest.mark.parametrize("sign", ["\n", " "])
def test_candidates_side_by_side_without_markup(sign: str) -> None:
    rows = [
        ("中标候选人排名", "第一名", "第二名", "第三名"),
        ("中标候选人名称", "甲河客车有限公司", "乙河客车有限公司", "丙河客车有限公司"),
        ("投标报价（万元）", "320.5", "318", "325"),
    ]
    text = "招标人：河口公交有限公司\n" + "\n".join(sign.join(row) for row in rows)
    assert awards(text, title="河口公交客车采购中标候选人公示") == [(None, "甲河客车有限公司", 3205000)]


def test_a_table_that_ran_together() -> None:
    text = (
        HEAD + "供应商名称供应商地址中标（成交）金额评审总得分\n河口汽车销售有限公司河口县工业路12号1,986,000.00元93.40"
    )
    assert awards(text) == [(None, "河口汽车销售有限公司", 1986000)]


def test_a_failed_lot_inside_its_own_block() -> None:
    text = HEAD.replace("三、中标（成交）信息", "三、采购结果") + (
        "采购包1:\n供应商名称 | 供应商地址 | 中标（成交）金额 |\n河口汽车销售有限公司 | 河口县 | 480,000.00元 |\n"
        "采购包2:\n废标理由：实质性响应的供应商不足三家\n四、评审专家名单：周某"
    )
    notice = read(text, title="河口县环卫车辆采购项目结果公告")
    assert (notice.kind, notice.terminated_lots) == ("award", ("2",))


RUN = HEAD + "供应商名称供应商地址中标（成交）金额\n"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("河口汽车有限公司河口市滨江路6号1,986,000.00元93.4", [(None, "河口汽车有限公司", 1986000)]),
        ("河口汽车有限公司河口市滨江路3021986000.00元", []),  # the house number and the sum run together
        ("河口汽车有限公司注册资本5000万元，中标价1980000元", []),
        ("代理费由乙招标代理有限公司收取12000元", []),
    ],
)
def test_a_line_that_ran_together(line: str, said: list[tuple[str | None, str, int]]) -> None:
    assert awards(RUN + line) == said


def test_a_score_is_no_quotation() -> None:
    text = (
        "二、评标结果\n中标候选人 第一名 第二名 第三名\n单位名称 甲汽车有限公司 乙汽车有限公司 丙汽车有限公司\n价格分 30 28 27\n"
        "投标报价（元） 980000 990000 995000\n三、公示期"
    )
    assert awards(text, title="河口县环卫车采购中标候选人公示") == [(None, "甲汽车有限公司", 980000)]


@pytest.mark.parametrize(("reason", "ended"), [("无", ()), ("/", ()), ("供应商不足三家", ("2",))])
def test_an_empty_reason_ends_no_lot(reason: str, ended: tuple[str, ...]) -> None:
    first, second = "第1包\n供应商名称：甲汽车有限公司\n中标金额：100万元\n第2包\n", f"废标原因：{reason}\n四、其他"
    assert read(HEAD + first + second).terminated_lots == ended
    won = "供应商名称：乙汽车有限公司\n中标金额：200万元\n"
    assert read(HEAD + first + won + second).terminated_lots == ()


def test_goods_of_a_lot_that_failed_are_not_the_winners() -> None:
    goods = "四、主要标的信息\n包号 | 名称 | 品牌 | 规格型号 | 数量 |\n包{lot} | 洒水车 | 东江 | DJ5 | 2 |"
    won = HEAD + "第1包\n供应商名称：甲汽车有限公司\n中标金额：100万元\n"
    assert [award.brand for award in read(won + goods.format(lot=2)).awards] == [None]
    assert [award.brand for award in read(won + goods.format(lot=1)).awards] == ["东江"]


def test_a_failure_with_a_quotation_is_no_award() -> None:
    text = "三、采购结果\n甲汽车有限公司等二家投标，报价980000元，有效投标不足三家，本项目废标。\n"
    notice = read(text, title="河口县环卫车采购项目结果公告")
    assert (notice.kind, notice.terminated_lots) == ("termination", ("all",))
