"""What a page is, told by its frame and title before anything in it is parsed."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from crawl_replica import notice
from hypothesis import given
from hypothesis import strategies as st

from crawler.judge import LONGEST_WAIT_S, finding, page_title, redirect_finding, retry_after, text_of
from crawler.portals import common_signs
from crawler.spiders.ccgp import CcgpSpider
from demo import pages

SIGNS = common_signs()
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
LONG = "<p>" + "本项目采购一批设备，供应商应当具备相应资格。" * 40 + "</p>"


def page(title: str, body: str) -> str:
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>"


@pytest.mark.parametrize(
    ("html", "verdict"),
    [
        (pages.blocked(), "blocked"),
        (pages.blocked(old=True), "blocked"),
        (pages.login(), "login"),
        (pages.maintenance(), "maintenance"),
        (pages.missing(), "not_found"),
        (pages.refresh("http://moved.example.cn/"), "refresh"),
        (page("提示", "您的访问行为异常,请稍后再试"), "blocked"),
        (page("", "系统正在升级维护中，暂停服务，请谅解"), "maintenance"),
        (page("用户认证", "<input type='password' name='p'>" + LONG), "login"),
        (page("首页", "<img src='/captcha.jpg?1'><input name=code>"), "captcha"),
        (page("Just a moment...", "Checking your browser"), "blocked"),
        (page("访问验证", "请完成滑块验证"), "blocked"),
        (page("", "请拖动滑块完成验证"), "captcha"),
    ],
)
def test_h02_pages_that_come_with_200_and_are_not_the_page(html: str, verdict: str) -> None:
    found = finding(html, SIGNS)
    assert found is not None
    assert found.verdict == verdict
    assert found.words


@pytest.mark.parametrize(
    "html",
    [
        page("验证码系统采购项目公开招标公告", LONG),
        page("某局安全验证平台采购公告", LONG),
        page("统一身份认证登录系统采购项目中标公告", LONG),
        page("系统维护服务采购项目竞争性磋商公告", LONG),
        page("网站访问频繁预警系统招标公告", "<p>访问过于频繁时报警，</p>" + LONG),
        page("采购公告", LONG + "<p>请稍后再试的字样应当能够显示</p>"),
    ],
)
def test_a_tender_about_captchas_is_a_tender(html: str) -> None:
    assert finding(html, SIGNS) is None


def test_words_hidden_in_scripts_are_not_seen() -> None:
    assert finding(page("采购公告", "<script>alert('访问过于频繁')</script><p>正文</p>"), SIGNS) is None


@pytest.mark.parametrize(
    ("target", "verdict"),
    [
        ("https://www.ccgp.gov.cn/serverisbusy.html", "blocked"),
        ("https://sso.example.gov.cn/cas?service=x", "login"),
        ("https://www.ccgp.gov.cn/verifyCode", "captcha"),
    ],
)
def test_the_address_of_a_redirect_tells(target: str, verdict: str) -> None:
    found = redirect_finding(target, SIGNS)
    assert found is not None
    assert found.verdict == verdict


def test_an_ordinary_redirect_tells_nothing() -> None:
    assert redirect_finding("https://www.ccgp.gov.cn/cggg/dfgg/gkzb/index.htm", SIGNS) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        (" 120 ", 120),
        ("0", None),
        ("-5", None),
        ("Fri, 20 Nov 2026 04:10:00 GMT", 600),
        ("Fri, 20 Nov 2026 03:00:00 GMT", None),
        ("Fri, 20 Nov 2026 04:10:00", 600),
        ("31536000", LONGEST_WAIT_S),
        ("Sat, 20 Nov 2027 04:00:00 GMT", LONGEST_WAIT_S),
        ("9" * 4000, LONGEST_WAIT_S),
        ("soon", None),
        ("1e3", None),
        ("٣٠", None),
        ("", None),
        (None, None),
    ],
)
def test_h03_retry_after(header: str | None, seconds: int | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text())
def test_h03_nonsense_in_retry_after_never_breaks(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 < seconds <= LONGEST_WAIT_S


@given(st.integers(1, 10**9))
def test_h03_seconds_and_dates_mean_the_same(seconds: int) -> None:
    at = NOW + timedelta(seconds=min(seconds, 10**8))
    as_date = retry_after(at.strftime("%a, %d %b %Y %H:%M:%S GMT"), NOW)
    assert as_date == retry_after(str(min(seconds, 10**8)), NOW)


WORDS = "关于采购车辆的公告：救护车、清障车，预算￥１２０万元 〇"


@pytest.mark.parametrize(
    ("body", "declared"),
    [
        (WORDS.encode(), "utf-8"),
        (WORDS.encode(), "gbk"),
        (WORDS.encode(), None),
        (WORDS.encode("utf-8-sig"), None),
        (WORDS.encode("gb18030"), "gb2312"),
        (WORDS.encode("gb18030"), "utf-8"),
        (WORDS.encode("gb18030"), None),
        (WORDS.encode("gb18030"), "no-such-encoding"),
        (b"<meta charset=gb2312>" + WORDS.encode("gb18030"), None),
        (WORDS.encode("utf-16"), None),
    ],
)
def test_h09_characters_come_out_right_whatever_the_label_says(body: bytes, declared: str | None) -> None:
    text = text_of(body, declared)
    assert text is not None
    assert WORDS in text


def test_h09_a_few_broken_bytes_do_not_lose_a_page() -> None:
    body = (WORDS * 50).encode() + b"\xe9\x87" + ("结束" * 10).encode()
    text = text_of(body, "utf-8")
    assert text is not None
    assert "清障车" in text


@given(st.binary(max_size=400))
def test_h09_no_bytes_break_the_decoder(body: bytes) -> None:
    text = text_of(body, None)
    assert text is None or text.count("\ufffd") * 200 <= max(len(text), 1)


@given(st.text(), st.text())
def test_no_page_breaks_the_judge(title: str, body: str) -> None:
    found = finding(page(title, body), SIGNS)
    assert found is None or found.words


@pytest.mark.filterwarnings("ignore:Input data is too big")
@pytest.mark.parametrize("piece", ["<div <meta http-equiv=", "<script>", "<title>", "<!--", "<div>", "<input "])
def test_h25_a_page_of_nothing_but_open_tags_is_judged_in_time(piece: str) -> None:
    started = time.process_time()
    assert finding("<html>" + piece * 100_000, SIGNS) is None
    assert time.process_time() - started < 3


def test_the_title_is_read_with_its_entities() -> None:
    assert page_title("<TITLE>\n 采购&amp;租赁 \n公告</TITLE>") == "采购&租赁 公告"


@pytest.mark.parametrize(
    "name", ["award_central_pumch_20260929", "correction_beijing_20260924", "failedbid_beijing_20260924"]
)
def test_captured_notices_are_taken_for_notices(shared: Path, name: str) -> None:
    body = (shared / "data" / "pages" / f"{name}.html").read_bytes()
    assert any(mark in body for mark in CcgpSpider.detail_marks)
    text = text_of(body, None)
    assert text is not None
    assert finding(text, SIGNS) is None


@pytest.mark.parametrize("path", ["ccgp_search_web.html", "ggzy_probe_page.html", "jsggzy_detail_tender.html"])
def test_captured_pages_of_other_kinds_are_not_taken_for_refusals(shared: Path, path: str) -> None:
    text = text_of((shared / "data" / "pages" / path).read_bytes(), None)
    assert text is not None
    assert (found := finding(text, SIGNS)) is None, found


def test_our_own_notices_are_taken_for_notices() -> None:
    html = pages.detail(notice(7))
    assert any(mark in html.encode() for mark in CcgpSpider.detail_marks)
    assert finding(html, SIGNS) is None
