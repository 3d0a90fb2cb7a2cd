# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Every form in which a 更正公告 states a change becomes before → after."""

import pytest

from crawler.notice import Notice
from crawler.reading import read_document

HEAD = """一、项目基本情况
原公告的采购项目编号：KYCG-2026-031
原公告的采购项目名称：开源县公安局勘查车采购项目
首次公告日期：2026年8月3日
二、更正信息
更正事项：采购公告
更正内容：
"""
TAIL = """
更正日期：2026年8月12日
三、其他补充事宜
无
四、凡对本次公告内容提出询问，请按以下方式联系。
1.采购人信息
名称：开源县公安局
"""


def read_one(body: str, title: str = "开源县公安局勘查车采购项目更正公告", head: str = HEAD) -> Notice:
    (notice,) = read_document(title=title, text=head + body + TAIL)
    return notice


def changes(body: str, **more: str) -> set[tuple[str, str | None, str | None]]:
    return {(c.field, c.before, c.after) for c in read_one(body, **more).corrections if c.field != "other"}


BID = ("bid_deadline", "2026-08-25T09:30", "2026-08-28T09:30")
OPEN = ("opening_at", "2026-08-25T09:30", "2026-08-28T09:30")
BOTH = {BID, OPEN}

FORMS = {
    "colon, 更正为": ("原公告的投标文件提交截止时间：2026-08-25 09:30:00，更正为：2026-08-28 09:30:00。", {BID}),
    "two sentences": (
        "原公告的投标文件提交截止时间：2026-08-25 09:30:00，更正为：2026-08-28 09:30:00。\n"
        "原公告的开标时间：2026-08-25 09:30:00，更正为：2026-08-28 09:30:00。",
        BOTH,
    ),
    "由 … 变更为, joint": ("投标截止时间和开标时间由2026年8月25日9时30分变更为2026年8月28日9时30分。", BOTH),
    "由 … 延期至": ("1.提交投标文件截止时间、开标时间由2026年08月25日 09点30分延期至2026年08月28日 09点30分。", BOTH),
    "原为, 现为": ("投标截止时间原为2026年8月25日上午9:30，现更正为2026年8月28日上午9:30。", {BID}),
    "将 X 由 A 调整为 B": ("现将本项目响应文件提交截止时间由2026年8月25日09:30调整为2026年8月28日09:30。", {BID}),
    "原定于, 推迟至": ("原定于2026年8月25日9时30分开标，现推迟至2026年8月28日9时30分开标。", {OPEN}),
    "only after": ("投标截止时间延期至2026年8月28日9时30分。", {("bid_deadline", None, "2026-08-28T09:30")}),
    "only after, joint": (
        "本项目投标文件递交截止时间及开标时间顺延至2026年8月28日9时30分，地点不变。",
        {("bid_deadline", None, "2026-08-28T09:30"), ("opening_at", None, "2026-08-28T09:30")},
    ),
    "earlier": (
        "提交投标文件截止时间由2026年8月28日9时30分提前至2026年8月25日9时30分。",
        {("bid_deadline", "2026-08-28T09:30", "2026-08-25T09:30")},
    ),
    "two lines 原 / 现": (
        "原投标截止时间：2026年8月25日09时30分（北京时间）\n现投标截止时间：2026年8月28日09时30分（北京时间）",
        {BID},
    ),
    "blocks 更正前 / 更正后": (
        "更正前：\n提交投标文件截止时间：2026年8月25日09:30\n开标时间：2026年8月25日09:30\n"
        "更正后：\n提交投标文件截止时间：2026年8月28日09:30\n开标时间：2026年8月28日09:30",
        BOTH,
    ),
    "blocks on one line": ("提交投标文件截止时间 更正前：2026-08-25 09:30 更正后：2026-08-28 09:30", {BID}),
    "原公告内容, 现更正为": (
        "原公告内容：四、提交投标文件截止时间：2026年8月25日9点30分；\n现更正为：四、提交投标文件截止时间：2026年8月28日9点30分。",
        {BID},
    ),
    "quoted": (
        "招标公告中“投标截止时间：2026年8月25日9时30分”修改为“投标截止时间：2026年8月28日9时30分”。",
        {BID},
    ),
    "table with bars": (
        "序号 | 更正项 | 更正前内容 | 更正后内容 |\n"
        "1 | 提交投标文件截止时间 | 2026年08月25日 09:30 | 2026年08月28日 09:30 |\n"
        "2 | 开标时间 | 2026年08月25日 09:30 | 2026年08月28日 09:30 |",
        BOTH,
    ),
    "table, one cell a line": (
        "序号\n更正项\n更正前内容\n更正后内容\n1\n提交投标文件截止时间\n2026年08月25日 09:30\n2026年08月28日 09:30\n"
        "2\n开标时间\n2026年08月25日 09:30\n2026年08月28日 09:30",
        BOTH,
    ),
    "table without serial": (
        "更正项 | 更正前 | 更正后 |\n投标截止时间 | 2026-08-25 09:30:00 | 2026-08-28 09:30:00 |",
        {BID},
    ),
    "documents": (
        "获取招标文件结束日期：2026-08-10，更正为：2026-08-14。",
        {("documents_until", "2026-08-10", "2026-08-14")},
    ),
    "documents as a range": (
        "获取招标文件时间由2026年8月4日至2026年8月10日更正为2026年8月4日至2026年8月14日。",
        {("documents_until", "2026-08-10", "2026-08-14")},
    ),
    "documents lengthened": (
        "招标文件获取时间延长至2026年8月14日17:00。",
        {("documents_until", None, "2026-08-14T17:00")},
    ),
    "budget in 万元": ("预算金额由128万元更正为136万元。", {("budget", "1280000", "1360000")}),
    "ceiling in 元": ("最高限价：1,280,000.00元，更正为：1,260,000.00元。", {("ceiling", "1280000", "1260000")}),
    "deposit": ("投标保证金金额由20000元调整为10000元。", {("deposit", "20000", "10000")}),
    "budget and ceiling": (
        "1.预算金额由128万元调整为136万元；\n2.最高限价由128万元调整为136万元。",
        {("budget", "1280000", "1360000"), ("ceiling", "1280000", "1360000")},
    ),
    "date and money": (
        "（1）采购预算由128万元变更为136万元。\n（2）投标文件递交截止时间由2026年8月25日9:30变更为2026年8月28日9:30。",
        {("budget", "1280000", "1360000"), BID},
    ),
    "响应文件, 开启": (
        "响应文件提交截止时间：2026年8月25日09时30分，现更正为：2026年8月28日09时30分；"
        "响应文件开启时间：2026年8月25日09时30分，现更正为：2026年8月28日09时30分。",
        BOTH,
    ),
    "资格预审": (
        "资格预审申请文件提交截止时间由2026年8月25日9时30分变更为2026年8月28日9时30分。",
        {("prequalification_deadline", "2026-08-25T09:30", "2026-08-28T09:30")},
    ),
    "doubled characters": (
        "投标截止时间：2026年年08月月25日日 09时30分，更正为：2026年08月28日 09时30分。",
        {BID},
    ),
    "correction of a correction": (
        "本公司于2026年8月10日发布的更正公告中“投标截止时间由2026年8月20日9时30分延期至2026年8月25日9时30分”，"
        "现更正为“投标截止时间延期至2026年8月28日9时30分”。",
        {BID},
    ),
    "full width": ("投标截止时间由２０２６年８月２５日９：３０变更为２０２６年８月２８日９：３０。", {BID}),
    "opening follows": (
        "投标文件提交截止时间由2026年8月25日9时30分延期至2026年8月28日9时30分，开标时间相应顺延至2026年8月28日9时30分。",
        {BID, ("opening_at", None, "2026-08-28T09:30")},
    ),
    "place besides time": (
        "开标时间及地点由“2026年8月25日9:30，第一开标室”变更为“2026年8月28日9:30，第二开标室”。",
        {OPEN},
    ),
    "原 / 现 with colons": (
        "1、原内容为：投标截止时间：2026年8月25日9时30分。\n现内容为：投标截止时间：2026年8月28日9时30分。",
        {BID},
    ),
    "sections quoted whole": (
        "更正前：四、提交投标文件截止时间、开标时间和地点\n2026年08月25日 09点30分（北京时间）\n地点：河口\n"
        "更正后：四、提交投标文件截止时间、开标时间和地点\n2026年08月28日 09点30分（北京时间）\n地点：河口",
        BOTH,
    ),
    "joint in a bracket": ("投标截止时间（开标时间）由2026年8月25日9时30分变更为2026年8月28日9时30分。", BOTH),
    "deadline and opening joined by a sign": (
        "投标文件递交截止时间/开标时间：2026年8月25日9:30，现变更为：2026年8月28日9:30。",
        BOTH,
    ),
    "until opened": ("本项目延期至2026年8月28日9时30分开标。", {("opening_at", None, "2026-08-28T09:30")}),
    "由原来的 … 改为": ("投标文件递交截止时间：由原来的2026年8月25日9:30改为2026年8月28日9:30。", {BID}),
    "new first, old in a bracket": (
        "提交投标文件截止时间更正为2026年8月28日9时30分（原为2026年8月25日9时30分）。",
        {BID},
    ),
    "registration lengthened": ("报名时间延长至2026年8月14日。", {("documents_until", None, "2026-08-14")}),
    "documents, 顺延": (
        "采购文件获取截止时间由2026年8月10日17:00顺延至2026年8月14日17:00。",
        {("documents_until", "2026-08-10T17:00", "2026-08-14T17:00")},
    ),
    "原 … , 现调整为": ("预算金额：原128万元，现调整为136万元。", {("budget", "1280000", "1360000")}),
    "capitals": (
        "预算金额由人民币壹佰贰拾捌万元整更正为人民币壹佰叁拾陆万元整。",
        {("budget", "1280000", "1360000")},
    ),
    "item named above": ("更正事项：开标时间\n更正前：2026年8月25日9:30\n更正后：2026年8月28日9:30", {OPEN}),
    "table with 原公告内容": (
        "序号 | 项目 | 原公告内容 | 更正后内容 |\n1 | 投标截止时间 | 2026年8月25日9:30 | 2026年8月28日9:30 |",
        {BID},
    ),
    "table whose cells repeat the label": (
        "更正前内容 | 更正后内容 |\n投标截止时间：2026年8月25日9:30 开标时间：2026年8月25日9:30 | 投标截止时间：2026年8月28日9:30 开标时间：2026年8月28日9:30 |",
        BOTH,
    ),
    "table with blanks": (
        "序号 更正项 更正前内容 更正后内容\n1 投标截止时间 2026-08-25 09:30:00 2026-08-28 09:30:00",
        {BID},
    ),
    "three fields, three points": (
        "1.获取招标文件截止时间由2026年8月10日延长至2026年8月14日；\n2.投标截止时间由2026年8月25日9:30延长至2026年8月28日9:30；\n"
        "3.开标时间由2026年8月25日9:30延长至2026年8月28日9:30。",
        {("documents_until", "2026-08-10", "2026-08-14"), *BOTH},
    ),
    "hour only in the new": (
        "投标截止时间由2026年8月25日变更为2026年8月28日14:00。",
        {("bid_deadline", "2026-08-25", "2026-08-28T14:00")},
    ),
    "clause quoted with its place": (
        "1.原公告“四、提交投标文件截止时间、开标时间和地点：2026年8月25日 09点30分（北京时间）”，现更正为：“2026年8月28日 09点30分（北京时间）”。",
        BOTH,
    ),
    "window under its heading": (
        "三、获取招标文件：时间：2026年8月4日至2026年8月10日，更正为：2026年8月4日至2026年8月14日。",
        {("documents_until", "2026-08-10", "2026-08-14")},
    ),
    "window moved at both ends": (
        "获取采购文件时间由“2026年8月4日至2026年8月10日”更正为“2026年8月6日至2026年8月14日”。",
        {("documents_from", "2026-08-04", "2026-08-06"), ("documents_until", "2026-08-10", "2026-08-14")},
    ),
    "window of handing in": (
        "投标文件递交时间由2026年8月25日9:00至9:30变更为2026年8月28日9:00至9:30。",
        {BID},
    ),
    "opened as planned, now later": (
        "原定于2026年8月25日9时30分开标的勘查车采购项目，因故延期至2026年8月28日9时30分开标。",
        {OPEN},
    ),
    "numbered answers": (
        "一、投标截止时间\n原：2026年8月25日9:30\n现：2026年8月28日9:30\n二、开标时间\n原：2026年8月25日9:30\n现：2026年8月28日9:30",
        BOTH,
    ),
    "更正为 on the next line": (
        "投标截止时间：2026年8月25日9时30分\n更正为：\n投标截止时间：2026年8月28日9时30分",
        {BID},
    ),
    "变更前 and 变更后 in brackets": (
        "【变更前】投标截止时间：2026年8月25日9时30分\n【变更后】投标截止时间：2026年8月28日9时30分",
        {BID},
    ),
    "time of the agency": (
        "磋商响应文件递交截止时间及磋商时间由2026年8月25日上午9:30更正为2026年8月28日上午9:30（北京时间）。",
        BOTH,
    ),
    "ceiling of the whole in 万元": ("招标控制价由128.5万元调整为126万元。", {("ceiling", "1285000", "1260000")}),
    "label with a unit": ("预算金额（万元）：128，更正为：136", {("budget", "1280000", "1360000")}),
    "原定为, in quotes": (
        "2. 投标文件递交截止时间及开标时间原定为“2026年08月25日09:30”，现顺延至：“2026年08月28日 09:30”；",
        BOTH,
    ),
    "arrow": ("投标截止时间：2026-08-25 09:30 → 2026-08-28 09:30", {BID}),
    "应为": ("公告中开标时间“2026年8月25日9时30分”有误，应为“2026年8月28日9时30分”。", {OPEN}),
}


@pytest.mark.parametrize("form", FORMS)
def test_stated_change(form: str) -> None:
    body, wanted = FORMS[form]
    assert changes(body) == wanted


def test_old_deadline_is_never_the_deadline() -> None:
    notice = read_one(FORMS["colon, 更正为"][0])
    assert notice.kind == "correction"
    assert "bid_deadline" not in notice.times


def test_only_one_lot_is_corrected() -> None:
    notice = read_one("采购包2投标文件提交截止时间由2026年8月25日9时30分延期至2026年8月28日9时30分。")
    assert [(c.field, c.lot) for c in notice.corrections] == [("bid_deadline", "2")]


def test_other_changes_keep_their_words() -> None:
    notice = read_one("招标文件第三章第2.3条“轴距≥3300mm”修改为“轴距≥3200mm”。")
    (change,) = notice.corrections
    assert change.field == "other"
    assert "3300" in (change.before or "")
    assert "3200" in (change.after or "")


def test_reprint_without_stated_change_gives_no_change() -> None:
    text = (
        "项目编号：KYCG-2026-031\n项目名称：勘查车\n投标截止时间：2026年8月28日9时30分\n开标时间：2026年8月28日9时30分"
    )
    (notice,) = read_document(title="勘查车采购项目变更公告", text=text)
    assert not [c for c in notice.corrections if c.field != "other"]


def test_suspension_and_resumption() -> None:
    assert read_one("因故暂停本项目采购活动。", title="关于暂停勘查车采购项目采购活动的公告").suspended
    assert read_one("现恢复本项目采购活动。", title="勘查车采购项目恢复采购公告").resumed


def test_every_value_shows_its_words() -> None:
    for body, _ in FORMS.values():
        notice = read_one(body)
        for change in notice.corrections:
            for evidence in change.evidence:
                assert notice.text[evidence.start : evidence.end] == evidence.words


def test_a_question_and_what_stays_are_no_changes() -> None:
    asked = "问题2：投标截止时间是否可以延期至2026年8月28日9时30分？\n答：不可以。\n问题3：开标时间是否推迟？\n答：不推迟，开标时间仍为2026年8月25日9时30分。"
    assert changes(asked, title="开源县公安局勘查车采购项目澄清函") == set()
    moved = "原开标地点“开标一室”更正为“开标三室”，投标截止时间和开标时间2026年8月25日9:30不变。"
    assert changes(moved) == set()
    table = "序号 | 更正项 | 更正前内容 | 更正后内容 |\n1 | 最高限价 | 98万元 | 不变 |\n2 | 开标时间 | 2026年8月25日9:30 | 2026年8月28日9:30 |"
    assert changes(table) == {OPEN}


def test_the_field_may_stand_behind_its_date() -> None:
    assert changes(
        "原公告“并于2026年8月25日09点30分（北京时间）前递交投标文件”更正为“并于2026年8月28日09点30分（北京时间）前递交投标文件”。"
    ) == {BID}
    assert (
        changes("原定于2026年8月25日9:30提交响应文件并开启，改为2026年8月28日9:30提交响应文件并开启，其他不变。")
        == BOTH
    )
    assert (
        changes("原定2026年8月25日上午9:30投标截止并开标。现投标截止时间及开标时间调整为2026年8月28日9:30，地点不变。")
        == BOTH
    )


def test_old_and_new_in_one_clause() -> None:
    body = "投标截止时间：原2026年8月25日9:30，现2026年8月28日9:30；控制价：原1,120万元，现1,085万元。"
    assert changes(body) == {BID, ("ceiling", "11200000", "10850000")}


def test_changes_one_below_the_other_keep_to_themselves() -> None:
    body = "提交投标文件截止时间：2026年8月25日09时30分（经2026年8月7日第一次更正）\n更正为：\n提交投标文件截止时间：2026年8月28日09时30分\n开标时间：2026年8月25日09时30分\n更正为：\n开标时间：2026年8月28日09时30分"
    assert changes(body) == BOTH


def test_a_date_withdrawn_has_no_after() -> None:
    body = (
        "原内容：提交投标文件截止时间和开标时间：2026年8月25日9时30分。\n"
        "现更正为：提交投标文件截止时间和开标时间：另行通知。"
    )
    assert changes(body) == {("bid_deadline", BID[1], None), ("opening_at", OPEN[1], None)}


def test_a_row_names_its_lot_in_a_column_of_its_own() -> None:
    body = "序号 | 标项 | 更正项 | 更正前内容 | 更正后内容 |\n1 | 标项1 | 开标时间 | 2026年8月25日9:30 | 2026年8月28日9:30 |\n2 | 标项2 | 开标时间 | 2026年8月26日9:30 | 2026年8月31日9:30 |"
    rows = {(c.lot, c.before, c.after) for c in read_one(body).corrections}
    assert rows == {("1", "2026-08-25T09:30", "2026-08-28T09:30"), ("2", "2026-08-26T09:30", "2026-08-31T09:30")}


FURTHER = {
    "cells run together": "序号更正项更正前内容更正后内容\n1提交投标文件截止时间、开标时间2026年08月25日09时30分（北京时间）2026年08月28日09时30分（北京时间）",
    "two blocks": "一、原公告内容：\n投标截止时间：2026年8月25日9:30\n开标时间：2026年8月25日9:30\n二、现更正内容：\n投标截止时间：2026年8月28日9:30\n开标时间：2026年8月28日9:30",
    "blocks without a sign": "原公告信息\n投标截止时间 2026-08-25 09:30\n开标时间 2026-08-25 09:30\n变更后信息\n投标截止时间 2026-08-28 09:30\n开标时间 2026-08-28 09:30",
    "another header": "序号 | 条款 | 原文件内容 | 澄清、修改后内容\n1 | 5.1 | 投标截止时间及开标时间：2026年8月25日9:30 | 投标截止时间及开标时间：2026年8月28日9:30",
    "moved along": "投标截止时间由2026年8月25日9时30分延期至2026年8月28日9时30分，开标时间同步顺延。",
}


@pytest.mark.parametrize("form", FURTHER)
def test_further_forms_of_a_change(form: str) -> None:
    assert changes(FURTHER[form]) == BOTH


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("变更前截止时间：2026-08-25 09:30\n变更后截止时间：2026-08-28 09:30", {BID}),
        ("延期后的投标截止时间为2026年8月28日9时30分，开标地点不变。", {("bid_deadline", None, "2026-08-28T09:30")}),
        (
            "投标截止时间由2026年8月25日9时30分延期至2026年8月28日9时30分，开标时间相应顺延。",
            {BID, ("opening_at", None, "2026-08-28T09:30")},
        ),
        ("2预算金额85万元92万元", {("budget", "850000", "920000")}),
        (
            "投标截止时间由2026年8月25日9时30分延至2026年8月28日9时30分，招标文件获取截止时间由2026年8月10日17时延至2026年8月20日17时。",
            {BID, ("documents_until", "2026-08-10T17:00", "2026-08-20T17:00")},
        ),
    ],
)
def test_a_change_and_no_more(body: str, expected: set[tuple[str, str | None, str | None]]) -> None:
    assert changes(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        "原定于2026年8月25日9时30分开标，现决定投标截止时间（开标时间）延期，具体时间另行通知。",
        "原投标截止时间及开标时间2026年8月25日9时30分，更正为：另行通知。",
    ],
)
def test_a_date_taken_back_has_no_after(body: str) -> None:
    assert changes(body) == {("bid_deadline", "2026-08-25T09:30", None), ("opening_at", "2026-08-25T09:30", None)}


@pytest.mark.parametrize(
    "body",
    [
        "第1包技术参数“水罐容积≥6000L”变更为“水罐容积≥5800L”，预算金额不变。",
        "因收到质疑，现暂停采购活动，开标恢复时间另行公告。",
        "序号 | 更正项 | 更正前内容\n1 | 投标截止时间 | 2026年8月25日9:30",
    ],
)
def test_what_changes_no_date_and_no_sum(body: str) -> None:
    assert changes(body) == set()


@pytest.mark.parametrize(
    ("body", "lots"),
    [
        ("1.取消第3包（低温冰箱）的采购，第1包、第2包继续。", ("3",)),
        ("二、第2包（救援车）因需求调整，取消采购，另行组织。\n三、第1包不变。", ("2",)),
        ("取消第2包的原产地要求。", ()),
    ],
)
def test_lots_a_correction_takes_out(body: str, lots: tuple[str, ...]) -> None:
    assert read_one(body).terminated_lots == lots


def test_two_sums_changed_in_one_sentence_keep_their_own_before_and_after() -> None:
    body = "B包预算金额由560000元更正为588000元，最高限价由560000元更正为580000元。"
    assert changes(body) == {("budget", "560000", "588000"), ("ceiling", "560000", "580000")}


def test_openings_move_with_each_lots_own_deadline() -> None:
    body = "第2包提交投标文件截止时间由2026年4月2日9点30分更正为2026年4月9日9点30分；第3包提交投标文件截止时间由2026年4月2日14点30分更正为2026年4月10日14点30分。开标时间作相应调整。"
    opened = {(row.lot, row.after) for row in read_one(body).corrections if row.field == "opening_at"}
    assert opened == {("2", "2026-04-09T09:30"), ("3", "2026-04-10T14:30")}


@pytest.mark.parametrize("sign", [" | ", "\n", "：\n"])
def test_before_and_after_as_labels_of_whole_cells(sign: str) -> None:
    body = (
        f"更正前内容{sign}提交投标文件截止时间：2026-05-27 09:30；开标时间：2026-05-27 09:30\n"
        f"更正后内容{sign}提交投标文件截止时间：2026-06-03 09:30；开标时间：2026-06-03 09:30"
    )
    assert changes(body) == {
        ("bid_deadline", "2026-05-27T09:30", "2026-06-03T09:30"),
        ("opening_at", "2026-05-27T09:30", "2026-06-03T09:30"),
    }


def test_a_clause_that_is_struck_out_is_a_sum_without_a_successor() -> None:
    assert changes("原招标文件“投标保证金：20000元”取消，不再收取。") == {("deposit", "20000", None)}
    assert "deposit" not in read_one("原招标文件“投标保证金：20000元”取消，不再收取。").money
