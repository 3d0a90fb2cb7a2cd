# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Pages of portals: ccgp's parts, templates, hidden text, hostile markup, JSON answers, intention tables."""

import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.notice import NOTICE, Notice, When
from crawler.page import Page, Row
from crawler.reading import blocks, read, read_document

URL = "http://www.ccgp.gov.cn/cggg/dfgg/gkzb/202608/t20260803_28000001.htm"

CCGP = """<!doctype html><html><head><meta charset="utf-8"><meta name="ArticleTitle" content="河口县勘查车采购公开招标公告">
<meta name="PubDate" content="2026-08-03 15:32"><title>河口县勘查车采购公开招标公告</title><style>.x{{color:red}}</style></head><body>
<div class="v4incheadertop"><p>财政部唯一指定 服务热线：400-810-1996</p></div>
<div class="vF_deail_currentloc"><a class="CurrChnlCls">首页</a>&raquo;<a class="CurrChnlCls">地方公告</a>&raquo;<a class="CurrChnlCls">公开招标公告</a></div>
<div class="vF_detail_header"><h2 class="tc">河口县勘查车采购公开招标公告</h2><p class="tc"><span id="pubTime">2026年08月03日 15:32</span></p></div>
<div class='table'><table><tr><td class='title'>采购项目名称</td><td colspan='3'>河口县勘查车采购</td></tr>
<tr><td class='title'>品目</td><td colspan='3'><p>货物/设备/车辆/专用车辆</p></td></tr>
<tr><td class='title'>采购单位</td><td colspan='3'>河口县公安局</td></tr>
<tr><td class='title'>行政区域</td><td>河口县</td><td class='title'>公告时间</td><td>2026年08月03日  15:32</td></tr>
<tr><td class='title'>获取招标文件时间</td><td colspan='3'>2026年08月04日至2026年08月10日</td></tr>
<tr><td class='title'>开标时间</td><td colspan='3'>2026年08月25日 09:30</td></tr>
<tr><td class='title'>预算金额</td><td colspan='3'>￥120.000000万元（人民币）</td></tr>
<tr><td class='title'>附件1</td><td colspan='3'><a class='bizDownload' href='' id='ABC123' title='点击下载'>招标文件.pdf</a></td></tr></table></div>
<div class="vF_detail_content_container"><div class="vF_detail_content">{body}</div></div><!--vF_detail_content_container-->
<div class="vF_detail_relcontent"><h2>相关公告</h2><a href="/other.htm">另一项目 预算金额：999万元</a></div>
<div class="footer">版权所有</div></body></html>"""

BODY = """<p><strong>一、项目基本情况</strong></p><p>项目编号：HK2026-01</p><p>预算金额：120.000000 万元（人民币）</p>
<p>采购需求：</p><table><tr><td>序号</td><td>货物名称</td><td>数量</td><td>单位</td></tr><tr><td>1</td><td>勘查车</td><td>4</td><td>辆</td></tr></table>
<div><div><p><strong>四、提交投标文件截止时间、开标时间和地点</strong></p></div></div>
<p><span>202</span><span>6</span>年<span>08</span>月<span>25</span>日 09点30分（北京时间）</p>
<p class="fjxx">附件信息：</p><ul class="fjxx"><li><a href="https://oss.example.cn/a/2.docx">需求清单.docx</a> 12K</li></ul>
<p>附件：<a href="/gpx-public-file?accessCode=77">澄清文件</a> <a href="javascript:alert(1)">点我.pdf</a></p>"""


def one(html: str, **more: str) -> Notice:
    (notice,) = read_document(html=html, url=URL, **more)  # type: ignore[arg-type]
    return notice


def test_ccgp_page() -> None:
    notice = one(CCGP.format(body=BODY))
    assert notice.title == "河口县勘查车采购公开招标公告"
    assert notice.published is not None
    assert notice.published.value == When("2026-08-03T15:32")
    assert (notice.kind, notice.method) == ("tender", "open")
    assert notice.texts["buyer"].value == "河口县公安局"
    assert notice.texts["buyer"].evidence[0].source == "summary"
    assert notice.texts["project_number"].value == "HK2026-01"
    assert notice.times["bid_deadline"].value == When("2026-08-25T09:30")
    assert notice.times["documents_until"].value == When("2026-08-10")
    assert notice.money["budget"].value.yuan == 1200000
    assert {e.source for e in notice.money["budget"].evidence} == {"body", "summary"}
    assert [(i.name, i.quantity, i.unit) for i in notice.items] == [("勘查车", 4, "辆")]
    assert "货物/设备/车辆/专用车辆" in notice.codes
    assert "999" not in notice.text
    assert "版权" not in notice.text


def test_attachments_of_three_kinds() -> None:
    found = {a.name: a.url for a in one(CCGP.format(body=BODY)).attachments}
    assert found == {
        "招标文件.pdf": "https://www.ccgp.gov.cn/oss/download?uuid=ABC123",
        "需求清单.docx": "https://oss.example.cn/a/2.docx",
        "澄清文件": "http://www.ccgp.gov.cn/gpx-public-file?accessCode=77",
        "点我.pdf": None,
    }


def test_evidence_points_into_the_text_and_survives_storage() -> None:
    notice = one(CCGP.format(body=BODY))
    readings = [*notice.texts.values(), *notice.times.values(), *notice.money.values()]
    places = [e for reading in readings for e in reading.evidence if e.start >= 0]
    assert places
    assert all(notice.text[e.start : e.end] == e.words and e.rule for e in places)
    assert NOTICE.validate_json(NOTICE.dump_json(notice)) == notice


def test_a_spiders_page_is_read() -> None:
    row = Row(
        channel="gkzb",
        key="28000001",
        url=URL,
        facts={"title": "截断的标题…", "published": "2026-08-03 15:32"},
        row_hash="x",
    )
    packed = Page.pack(CCGP.format(body=BODY).encode("gb18030"))
    page = Page(
        portal="ccgp", row=row, fetched_at=datetime(2026, 8, 3, 8, tzinfo=UTC), encoding="gb2312", packed=packed
    )
    (notice,) = read(page)
    assert notice.times["bid_deadline"].value == When("2026-08-25T09:30")
    assert notice.portal == "ccgp"


def test_h9_undecodable_page_is_an_issue() -> None:
    row = Row(channel="gkzb", key="1", url=URL, facts={"title": "标题"}, row_hash="x")
    page = Page(
        portal="ccgp",
        row=row,
        fetched_at=datetime(2026, 8, 3, 8, tzinfo=UTC),
        packed=Page.pack(bytes(range(128, 256)) * 9),
    )
    (notice,) = read(page)
    assert notice.title == "标题"
    assert [issue.what for issue in notice.issues] == ["encoding"]


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">投标截止时间：2026年8月1日9时</div>',
        '<span style="color:#fff">投标截止时间：2026年8月1日9时</span>',
        "<p hidden>投标截止时间：2026年8月1日9时</p>",
        '<script>var a="投标截止时间：2026年8月1日9时"</script>',
        "<!-- 投标截止时间：2026年8月1日9时 -->",
        '<p style="visibility: hidden">投标截止时间：2026年8月1日9时</p>',
    ],
)
def test_h25_hidden_text_is_not_read(hidden: str) -> None:
    notice = one(CCGP.format(body=BODY + hidden))
    assert notice.times["bid_deadline"].value == When("2026-08-25T09:30")
    assert notice.conflicts == ()
    assert "8月1日" not in notice.text


def test_h25_image_only_page_says_so() -> None:
    notice = one(CCGP.format(body="<p><img src='a.jpg'></p>").replace("class='table'", "class='tbl'"))
    assert any(issue.words == "not readable here" for issue in notice.issues)


def test_h25_ten_thousand_nested_tags_are_bounded() -> None:
    begun = time.perf_counter()
    one("<div>" * 10_000 + "项目编号：HK2026-01" + "</div>" * 10_000)
    one("<table><tr><td>" * 3_000 + "项目编号：HK2026-01")
    assert time.perf_counter() - begun < 20


def test_h25_five_megabytes_are_bounded() -> None:
    row = "<tr><td>1</td><td>投标截止时间：2026年8月25日9时30分</td><td>" + "长" * 200 + "</td></tr>"
    page = "<html><body><table>" + row * (5_000_000 // len(row)) + "</table></body></html>"
    begun = time.perf_counter()
    notice = one(page)
    assert time.perf_counter() - begun < 60
    assert any(issue.what == "size" for issue in notice.issues)


@pytest.mark.parametrize(("limit", "value"), [("MAX_HTML", 2_000), ("MAX_TAGS", 100), ("MAX_TEXT", 50)])
def test_h25_more_than_a_limit_is_cut_and_said(limit: str, value: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, limit, value)
    page = blocks.read_html("<p>字字字</p>" * 1_000)
    assert "size" in [issue.what for issue in page.issues]
    assert page.text.startswith("字字字")


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["<table>", "</td>", "<tr>", "<td rowspan=9999 colspan=x>", "<p", ">", "项目编号：", "2026年8月", "25日", "<!--", "]]>", "&#0;", "&nbsp;", "</div>", "预算金额：１２万元", "|", "\n", "<script>", "第1包", "更正为：", "<a href='::'>附件.pdf</a>"]), max_size=60))  # fmt: skip
def test_mangled_markup_never_raises(parts: list[str]) -> None:
    read_document(html="<html><body>" + "".join(parts), title="更正公告")
    read_document(text="".join(parts), title="中标公告")


def test_h17_markup_in_a_title_stays_text() -> None:
    notice = one(CCGP.format(body=BODY), title='<script>alert(1)</script>{{7*7}}采购公告"><img onerror=x>')
    assert notice.title.startswith("<script>alert(1)</script>{{7*7}}")


def test_zcy_template_spans_run_together() -> None:
    body = '<p>项目编号：<samp class="bookmark-item code-00004">HK2026-02</samp></p><p>名    称：<samp>河口县公安局</samp>　</p>'
    assert one(CCGP.format(body=body)).texts["project_number"].value == "HK2026-02"


def test_label_tables_of_hebei() -> None:
    body = "<table><tr><td>项目编号</td><td>HK2026-03</td><td>采购方式</td><td>公开招标</td></tr><tr><td>投标截止时间</td><td colspan=3>2026年8月25日 9:30</td></tr></table>"
    notice = one(CCGP.format(body=body))
    assert notice.texts["project_number"].value == "HK2026-03"
    assert notice.times["bid_deadline"].value == When("2026-08-25T09:30")


def test_rows_spanned_by_a_lot() -> None:
    body = (
        "<p>三、中标（成交）信息</p><table><tr><th>包号</th><th>供应商名称</th><th>中标金额（万元）</th><th>货物名称</th><th>数量</th></tr>"
        "<tr><td rowspan=2>1</td><td rowspan=2>甲汽车有限公司</td><td rowspan=2>90</td><td>勘查车</td><td>2</td></tr>"
        "<tr><td>囚车</td><td>1</td></tr><tr><td>2</td><td>乙汽车有限公司</td><td>45</td><td>轿车</td><td>3</td></tr></table>"
    )
    notice = one(CCGP.format(body=body).replace("公开招标公告", "中标公告"))
    assert [(a.lot, a.supplier, a.amount.yuan if a.amount else None) for a in notice.awards] == [
        ("1", "甲汽车有限公司", 900000),
        ("2", "乙汽车有限公司", 450000),
    ]
    assert [(i.lot, i.name, i.quantity) for i in notice.items] == [
        ("1", "勘查车", 2),
        ("1", "囚车", 1),
        ("2", "轿车", 3),
    ]


# Intentions


INTENTIONS = (
    "河口县公安局2026年5月至6月政府采购意向\n现将河口县公安局2026年5月至6月采购意向公开如下：\n"
    "序号 | 采购项目名称 | 采购需求概况 | 预算金额（万元） | 预计采购时间（填写到月） | 备注 |\n"
    "1 | 勘查车 | 购置勘查车4辆 | 120.000000 | 2026年5月 | |\n2 | 警用摩托车 | 购置摩托车10辆 | 45 | 2026-06 | |\n"
    "3 | 勘查车 | 购置勘查车2辆 | 60 | 2026年6月 | |\n合计 | | | 225 | | |"
)


def test_trap_13_each_row_of_an_intention_table_is_a_notice() -> None:
    notices = read_document(title="河口县公安局2026年5月至6月政府采购意向", text=INTENTIONS)
    assert [n.texts["project_name"].value for n in notices] == ["勘查车", "警用摩托车", "勘查车"]
    assert [n.money["budget"].value.yuan for n in notices] == [1200000, 450000, 600000]
    assert [n.times["expected_at"].value for n in notices] == [When("2026-05"), When("2026-06"), When("2026-06")]
    assert [[(i.name, i.quantity) for i in n.items] for n in notices] == [
        [("勘查车", 4)],
        [("摩托车", 10)],
        [("勘查车", 2)],
    ]
    assert {n.texts["buyer"].value for n in notices} == {"河口县公安局"}
    assert len({n.key for n in notices}) == 3
    assert all(n.key for n in notices)


def test_a_single_intention_has_no_key() -> None:
    text = "项目所在采购意向：河口县公安局2026年5月政府采购意向\n采购单位：河口县公安局\n采购项目名称：勘查车\n预算金额：120.000000万元(人民币)\n预计采购时间：2026-05\n"
    (notice,) = read_document(title="勘查车采购意向", text=text)
    assert notice.key is None
    assert notice.times["expected_at"].value == When("2026-05")
    assert notice.money["budget"].value.yuan == 1200000


# JSON answers


def answer(**fields: object) -> str:
    content = "<p>项目编号：HK2026-01</p><p>预算金额：120万元</p><p>投标截止时间：2026年8月25日9时30分</p>"
    return json.dumps(
        {"success": True, "result": {"data": {"title": "勘查车公开招标公告", "content": content, **fields}}}
    )


def test_fields_of_the_data_are_evidence_of_their_own() -> None:
    page = answer(projectCode="HK2026-01", purchaser="河口县公安局", publishDate=1785742320000, budget="1200000.0000")
    (notice,) = read_document(html=page)
    assert notice.title == "勘查车公开招标公告"
    assert notice.texts["buyer"].value == "河口县公安局"
    assert [e.source for e in notice.texts["buyer"].evidence] == ["data"]
    assert [e.source for e in notice.texts["project_number"].evidence] == ["body", "data"]
    assert notice.published is not None
    assert notice.published.value == When("2026-08-03T15:32")
    assert notice.conflicts == ()


def test_the_text_stands_where_the_data_contradict_it() -> None:
    (notice,) = read_document(html=answer(bidDeadline="2026-08-26 09:30:00", budget="1300000"))
    assert notice.times["bid_deadline"].value == When("2026-08-25T09:30")
    assert notice.money["budget"].value.yuan == 1200000
    assert {conflict.field for conflict in notice.conflicts} == {"bid_deadline", "budget"}


def test_h10_unknown_field_of_the_data_is_an_issue() -> None:
    (notice,) = read_document(html=answer(mysteriousField="x"))
    assert [issue.words for issue in notice.issues if issue.what == "key"] == ["mysteriousField"]


def test_an_unknown_label_is_an_issue() -> None:
    (notice,) = read_document(title="勘查车公开招标公告", text="预约看车时间：2026年8月5日\n项目编号：HK2026-01")
    assert "预约看车时间" in [issue.words for issue in notice.issues if issue.what == "label"]
