"""How times, sums and lines are worded."""

from datetime import timedelta

import pytest
from handmade import NOW, at
from hypothesis import given
from hypothesis import strategies as st

from tracker.i18n import language
from tracker.present import (
    ACTS,
    clip,
    columns,
    dated,
    fold_text,
    left,
    link,
    moment,
    money,
    portal_name,
    span,
    vehicle_name,
    word,
)


@pytest.mark.parametrize(
    ("earliest", "latest", "zh", "en"),
    [
        ("11-23 09:00", "11-23 09:00", "还剩 1 小时", "1 hour left"),
        ("11-23 08:00", "11-23 08:00", "不足 1 小时", "within the hour"),
        ("11-23 21:00", "11-23 21:00", "今天", "today"),
        ("11-23", "11-24", "今天", "today"),
        ("11-24 00:00", "11-24 00:00", "明天", "tomorrow"),
        ("11-24", "11-25", "明天", "tomorrow"),
        ("11-26 09:00", "11-26 09:00", "还剩 3 天", "3 days left"),
        ("11-23 07:30", "11-23 07:30", "已过", "past"),
        ("11-21 09:00", "11-21 09:00", "2 天前", "2 days ago"),
    ],
)
def test_h56_how_long_is_left(earliest: str, latest: str, zh: str, en: str) -> None:
    with language("zh_CN"):
        assert left(at(earliest), at(latest), NOW) == zh
    with language("en"):
        assert left(at(earliest), at(latest), NOW) == en


def test_a_day_without_an_hour_is_counted_in_days_on_its_eve() -> None:
    eve = at("11-23 13:00")
    assert left(at("11-24"), at("11-25"), eve) == "明天", "not eleven hours: the whole day is still left"
    assert left(at("11-24 00:00"), at("11-24 00:00"), eve) == "还剩 11 小时"
    assert left(at("11-23 20:00"), at("11-25 09:00"), eve) == "还剩 7 小时", "a conflict counts to the earlier"


def test_moments_are_no_finer_than_they_were_printed() -> None:
    when = at("12-03 09:30")
    assert [moment(when, each) for each in ("minute", "day", "month", "quarter", "year")] == [
        "12-03 周四 09:30",
        "12-03 周四",
        "2026-12",
        "2026 Q4",
        "2026",
    ]
    assert moment(when.replace(year=2027), now=NOW) == "2027-12-03 周五 09:30"


def test_the_present_year_goes_without_saying() -> None:
    assert dated("2026-12-03 09:30", NOW) == "12-03 09:30"
    assert dated("2027-01-03", NOW) == "2027-01-03"
    assert dated("2026-", NOW) == "2026-"


@pytest.mark.parametrize(
    ("hundredths", "zh", "en"),
    [
        (12_850_000, "12.85 万元", "CNY 128,500"),
        (99_900, "999 元", "CNY 999"),
        (1_234_567_800_000, "123.4568 亿元", "CNY 12,345,678,000"),
        (350_000_000_00, "3.5 亿元", "CNY 350,000,000"),
        (1_234_50, "1,234.5 元", "CNY 1,234.50"),
        (None, "", ""),
    ],
)
def test_money(hundredths: int | None, zh: str, en: str) -> None:
    with language("zh_CN"):
        assert money(hundredths) == zh
    with language("en"):
        assert money(hundredths) == en


def test_delays_in_their_largest_unit() -> None:
    assert span(timedelta(hours=76)) == "3 天"
    assert span(timedelta(hours=5, minutes=59)) == "5 小时"


def test_names_come_from_configuration_and_unknown_ids_speak_for_themselves() -> None:
    assert portal_name("ccgp") == "中国政府采购网"
    assert portal_name("nowhere") == "nowhere"
    assert vehicle_name("bus") == "客车、公交车"
    assert vehicle_name("hovercraft") == "hovercraft"
    assert word(ACTS, "bid_deadline") == "递交投标/响应文件"
    assert word(ACTS, "ent.bond.plan") == "保证金计划日"
    assert word(ACTS, "no.such.rule") == "no.such.rule"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://www.ccgp.gov.cn/cggg/x.htm?a=1&b=2", True),
        ("http://127.0.0.1:8000/x.htm", True),
        ("javascript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("https://user@evil.example/", False),
        ("https://a.example\\@b.example/", False),
        ("https://a.example/ x", False),
        ('https://a.example/"onmouseover=', False),
        ("https://a.example/\u202egpj.exe", False),
        ("ftp://a.example/", False),
        ("//a.example/", False),
        ("", False),
        (None, False),
    ],
)
def test_h17_only_plain_web_addresses_become_links(url: str | None, shown: bool) -> None:
    assert link(url) == (url if shown else "")


@given(st.text(st.sampled_from("招标 公告abc，。（）09:30 \n  https://例x/"), max_size=200), st.integers(10, 60))
def test_folding_keeps_every_character_and_every_line_short(text: str, width: int) -> None:
    folded = fold_text(text, width)
    assert "".join(folded.split()) == "".join(text.split())
    for line in folded.splitlines():
        assert columns(line) <= width + 2 or "http" in line


def test_a_long_address_stays_on_one_line_of_its_own() -> None:
    url = "https://www.ccgp.gov.cn/cggg/dfgg/gkzb/202611/t20261122_24711111.htm?a=1"
    assert fold_text(f"  原文： {url} 完").splitlines() == ["  原文：", f"  {url}", "  完"]


@given(st.text(max_size=80), st.integers(2, 60))
def test_clipping_keeps_to_the_width(text: str, width: int) -> None:
    assert columns(clip(text, width)) <= width
