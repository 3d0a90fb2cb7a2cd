# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Decoding and cleaning: right text or a clear refusal, never mojibake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.text import MAX_TITLE, UndecodableError, clean, comparison_key, decode, fold, one_line

SAMPLE = "河口县公安局执法执勤车辆采购项目公开招标公告，预算金额：１２万元。镕喆"


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"), ("utf-8", None), ("utf-8", "gb2312"), ("utf-8-sig", None), ("gb18030", "gb2312"), ("gbk", "GBK"),
        ("gb18030", None), ("gbk", "iso-8859-1"), ("utf-16", None), ("gb18030", "no-such-encoding"),
    ],
)  # fmt: skip
def test_h9_charsets(encoding: str, declared: str | None) -> None:
    assert decode(SAMPLE.encode(encoding), declared) == SAMPLE


def test_h9_charset_of_the_page_itself() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>' + SAMPLE
    assert decode(page.encode("gb18030")).endswith(SAMPLE)


def test_h9_a_few_damaged_bytes_do_not_hide_a_page() -> None:
    body = bytearray((SAMPLE * 50).encode())
    body[301:302] = b"\xff"
    assert decode(bytes(body)).count("\ufffd") <= 3


def test_h9_undecodable_is_said() -> None:
    with pytest.raises(UndecodableError, match="no encoding fits"):
        decode(bytes(range(128, 256)) * 20, "utf-8")


def test_h18_control_bidi_and_zero_width_characters_go() -> None:
    dirty = "采购\x00公\u202e告\u200b\x1b[31m\ud800第\u2028二行\r\n第三\x85行"
    assert clean(dirty) == "采购公告[31m第\n二行\n第三\n行"
    assert one_line("甲\r\n\t乙" + "长" * 10_000)[:3] == "甲 乙"
    assert len(one_line("长" * 10_000)) == MAX_TITLE


@given(st.text())
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(fold(text)) == len(text)


@given(st.text())
def test_cleaning_is_done_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("ＡＢ－０１２", "AB-012"), ("AB—012", "AB–012"), ("[2026]12号", "〔2026〕12号"), ("（第二次）", "(第二次)"),
        ("河 口\u3000县", "河口县"), ("ab‐1", "AB-1"), ("【1】", "[1]"), ("12−3", "12-3"),
    ],
)  # fmt: skip
def test_h22_comparison_keys(one: str, two: str) -> None:
    assert comparison_key(one) == comparison_key(two)


def test_h22_different_numbers_stay_different() -> None:
    assert comparison_key("HK-2026-01") != comparison_key("HK-2026-011")
