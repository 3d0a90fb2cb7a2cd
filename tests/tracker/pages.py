"""Pages as a spider would send them, made from plain words or from the demo's invented world."""

import hashlib
from datetime import UTC, datetime

from crawler.clock import SHANGHAI
from crawler.page import Page, Row
from demo import pages as demo_pages
from demo.sample import Sample

FETCHED = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


def page_of(sample: Sample, portal: str = "ccgp") -> Page:
    """The detail page of a sample of the demo."""
    return page(
        demo_pages.detail(sample),
        key=str(sample.id),
        title=sample.title,
        published=sample.published.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        region=sample.region,
        buyer=sample.buyer,
        portal=portal,
    )


def page(body: str, *, key: str, portal: str = "ccgp", channel: str = "dfgg-gkzb", **facts: str) -> Page:
    """A page with this body; `facts` are what its list row said."""
    row_hash = hashlib.sha256(repr(sorted(facts.items())).encode()).hexdigest()
    url = f"http://www.ccgp.gov.cn/cggg/dfgg/gkzb/202611/t20261120_{key}.htm"
    row = Row(channel=channel, key=key, url=url, facts=facts, row_hash=row_hash)
    return Page(portal=portal, row=row, fetched_at=FETCHED, encoding="utf-8", packed=Page.pack(body.encode()))


def tender(
    deadline: str = "2026年12月03日 09点30分",
    *,
    key: str = "1001",
    number: str = "YJZC-2026-0117",
    buyer: str = "远江市公安局",
    name: str = "警用车辆采购项目",
    published: str = "2026-11-10 10:00",
    portal: str = "ccgp",
) -> Page:
    """An open tender in the official format, as short as it can be."""
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目基本情况</p><p>项目编号：{number}</p><p>项目名称：{name}</p><p>预算金额：180.000000万元（人民币）</p>
    <p>采购需求：警用轿车 6辆</p><p>本项目不接受联合体投标。</p>
    <p>三、获取招标文件</p><p>时间：2026年11月11日 至 2026年11月17日，每天上午9:00至12:00，下午14:00至17:00</p>
    <p>四、提交投标文件截止时间、开标时间和地点</p><p>提交投标文件截止时间：{deadline}（北京时间）</p>
    <p>开标时间：{deadline}（北京时间）</p>
    <p>七、对本次招标提出询问，请按以下方式联系</p><p>1.采购人信息</p><p>名称：{buyer}</p>
    <p>地址：远江市示例路1号</p><p>联系方式：赵某某 0000-0000001</p></div></div></body></html>"""
    title = f"{buyer}{name}公开招标公告"
    return page(body, key=key, title=title, published=published, buyer=buyer, portal=portal)


def correction(
    before: str,
    after: str,
    *,
    key: str = "1002",
    number: str = "YJZC-2026-0117",
    buyer: str = "远江市公安局",
    name: str = "警用车辆采购项目",
    published: str = "2026-11-18 15:00",
    portal: str = "ccgp",
) -> Page:
    """A correction that moves the deadline and the opening of `tender`."""
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目基本情况</p><p>原公告的采购项目编号：{number}</p><p>原公告的采购项目名称：{name}</p>
    <p>首次公告日期：2026年11月10日</p><p>二、更正信息</p><p>更正事项：采购公告</p>
    <p>更正内容：原公告的提交投标文件截止时间：{before}，更正为：{after}。</p>
    <p>开标时间：{before}，更正为：{after}。</p><p>更正日期：2026年11月18日</p>
    <p>四、凡对本次公告内容提出询问，请按以下方式联系</p><p>1.采购人信息</p><p>名称：{buyer}</p></div></div></body></html>"""
    return page(body, key=key, title=f"{buyer}{name}更正公告", published=published, buyer=buyer, portal=portal)


def termination(
    *,
    key: str = "1003",
    number: str = "YJZC-2026-0117",
    buyer: str = "远江市公安局",
    name: str = "警用车辆采购项目",
    published: str = "2026-11-25 15:00",
) -> Page:
    """The end of `tender` without an award."""
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目基本情况</p><p>采购项目编号：{number}</p><p>采购项目名称：{name}</p>
    <p>二、项目终止的原因</p><p>递交投标文件的供应商不足三家，本项目废标。</p>
    <p>四、凡对本次公告内容提出询问，请按以下方式联系</p><p>1.采购人信息</p><p>名称：{buyer}</p></div></div></body></html>"""
    return page(body, key=key, title=f"{buyer}{name}终止公告", published=published, buyer=buyer)
