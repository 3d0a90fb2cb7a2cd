# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Dates of notices: precedence, conflicts, windows, periods, and the traps of the field."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.notice import Notice, Period, When
from crawler.reading import read_document
from crawler.reading.dates import first_moment, moments, period, span
from crawler.reading.times import plain
from crawler.text import fold

TENDER = "河口县勘查车采购项目公开招标公告"


def read(text: str, title: str = TENDER) -> Notice:
    (notice,) = read_document(title=title, text=text)
    return notice


def local(notice: Notice, name: str) -> str | None:
    reading = notice.times.get(name)
    return reading.value.local if reading and isinstance(reading.value, When) else None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2026年12月03日 09点30分（北京时间）", "2026-12-03T09:30"),
        ("2026年06月12日 09点00分", "2026-06-12T09:00"),
        ("2025年07月30日09时00分", "2025-07-30T09:00"),
        ("2021年12月27日 09:00", "2021-12-27T09:00"),
        ("2026-09-14 09:30:00", "2026-09-14T09:30"),
        ("2025-07-1409:00:00", "2025-07-14T09:00"),
        ("2025/6/24", "2025-06-24"),
        ("2026.8.27", "2026-08-27"),
        ("2026.12.3 14:00", "2026-12-03T14:00"),
        ("２０２６年８月２７日９：３０", "2026-08-27T09:30"),
        ("二〇二六年十二月三日上午九时三十分", "2026-12-03T09:30"),
        ("2026年12月3日上午9：30", "2026-12-03T09:30"),
        ("2026年12月3日下午2:30", "2026-12-03T14:30"),
        ("2026年12月3日下午14:30", "2026-12-03T14:30"),
        ("2026年12月3日9时整", "2026-12-03T09:00"),
        ("2026年12月3日24时", "2026-12-04T00:00"),
        ("2026年12月31日24:00", "2027-01-01T00:00"),
        ("2026年12月3日17:00前", "2026-12-03T17:00"),
        ("2026年12月3日（星期四）9:30", "2026-12-03T09:30"),
        ("2026年12月3日北京时间9:30", "2026-12-03T09:30"),
        ("北京时间2026年12月3日上午9：00整", "2026-12-03T09:00"),
        ("2026年年12月月3日日 09时时30分分", "2026-12-03T09:30"),
        ("2026-05", "2026-05"),
        ("2026年5月", "2026-05"),
        ("2026年第四季度", "2026-Q4"),
        ("2026年12月3日中午12:30", "2026-12-03T12:30"),
    ],
)
def test_forms_of_dates(words: str, expected: str) -> None:
    moment = first_moment(fold(words))
    assert moment is not None
    assert moment.when is not None
    assert moment.when.local == expected


DAYS = st.dates(date(2000, 1, 1), date(2099, 10, 30))
HOURS = st.tuples(st.integers(0, 23), st.integers(0, 59))
DATE_FORMS = (
    "{y}年{m}月{d}日", "{y}年{m:02}月{d:02}日", "{y}-{m:02}-{d:02}", "{y}/{m}/{d}", "{y}.{m}.{d}", "{y} 年 {m} 月 {d} 日",
)  # fmt: skip
HOUR_FORMS = (
    " {h:02}:{n:02}",
    " {h:02}:{n:02}:00",
    "{h}时{n:02}分",
    " {h:02}点{n:02}分",
    "{h}：{n:02}",
    " {h:02}时{n:02}分00秒",
)


def full_width(words: str) -> str:
    return words.translate({c: c + 0xFEE0 for c in range(0x30, 0x3A)})


@given(day=DAYS, form=st.sampled_from(DATE_FORMS), wide=st.booleans())
def test_any_rendering_of_a_day_reads_back(day: date, form: str, wide: bool) -> None:
    words = form.format(y=day.year, m=day.month, d=day.day)
    moment = first_moment(fold(full_width(words) if wide else words))
    assert moment is not None
    assert moment.when == When(day.isoformat())


@given(
    day=DAYS, hour=HOURS, form=st.sampled_from(DATE_FORMS[:4]), clock=st.sampled_from(HOUR_FORMS), wide=st.booleans()
)
def test_any_rendering_of_an_hour_reads_back(
    day: date, hour: tuple[int, int], form: str, clock: str, wide: bool
) -> None:
    separated = clock if clock.startswith(" ") or "日" in form else f" {clock}"
    words = form.format(y=day.year, m=day.month, d=day.day) + separated.format(h=hour[0], n=hour[1])
    moment = first_moment(fold(full_width(words) if wide else words))
    assert moment is not None
    assert moment.when == When(f"{day.isoformat()}T{hour[0]:02}:{hour[1]:02}")


@given(
    day=DAYS, days=st.integers(1, 60), link=st.sampled_from(["至", "到", " 至 ", "-", "~", "起至"]), short=st.booleans()
)
def test_any_window_reads_back(day: date, days: int, link: str, short: bool) -> None:
    last = day + timedelta(days=days)
    end = (
        f"{last.month}月{last.day}日"
        if short and last < day.replace(year=day.year + 1, day=1)
        else f"{last.year}年{last.month}月{last.day}日"
    )
    text = fold(
        f"{day.year}年{day.month}月{day.day}日{link}{end}，每天上午9:00至12:00，下午14:00至17:30（北京时间，法定节假日除外）"
    )
    got = span(text)
    assert got is not None
    assert got.first == When(f"{day.isoformat()}T09:00")
    assert got.last == When(f"{last.isoformat()}T17:30")


@given(text=st.text(max_size=200))
def test_no_text_breaks_the_date_reader(text: str) -> None:
    folded = fold(text)
    for moment in moments(folded):
        assert 0 <= moment.start < moment.end <= len(folded)
    span(folded)
    period(folded)


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (
            "2026年12月29日至1月6日（法定节假日除外），每天上午9:00至11:30，下午14:00至16:30",
            "2026-12-29T09:00",
            "2027-01-06T16:30",
        ),
        (
            "2026-12-06 至 2026-12-29，每天上午 00:00:00-12:00:00，下午 12:00:00-23:59:59",
            "2026-12-06T00:00",
            "2026-12-29T23:59",
        ),
        ("2026年8月12日8时30分至2026年8月18日17时00分", "2026-08-12T08:30", "2026-08-18T17:00"),
        ("2026年8月12日至2026年8月18日17:00", "2026-08-12", "2026-08-18T17:00"),
        ("2026年8月12日至2026年8月18日，上午8：30—11：30，下午13：30—17：00", "2026-08-12T08:30", "2026-08-18T17:00"),
        ("2026年8月12日至8月18日，每个工作日上午9:00—11:30，下午2:30—5:00", "2026-08-12T09:00", "2026-08-18T17:00"),
        ("2026年8月12日至2026年8月18日24时", "2026-08-12", "2026-08-19T00:00"),
        ("/至2026年8月18日，每天上午00:00至12:00，下午12:00至23:59", None, "2026-08-18T23:59"),
    ],
)
def test_windows(words: str, first: str | None, last: str | None) -> None:
    got = span(fold(words))
    assert got is not None
    assert (got.first.local if got.first else None, got.last.local if got.last else None) == (first, last)


def test_relative_period_stays_a_period() -> None:
    notice = read("三、获取招标文件\n时间：自招标文件公告发布之日起5个工作日\n地点：平台")
    assert notice.times["documents_until"].value == Period("notice-published", 5, "working_day")


def test_window_that_ends_with_the_deadline() -> None:
    notice = read(
        "三、获取招标文件\n时间：公告发布之日起至投标截止时间前\n四、提交投标文件截止时间、开标时间和地点\n时间：2026年8月25日9时30分"
    )
    assert notice.times["documents_until"].value == Period("bid-deadline", 0, "day")


OVERVIEW = "项目概况\n勘查车采购招标项目的潜在投标人应在平台获取招标文件，并于2026年8月24日09点30分（北京时间）前递交投标文件。\n"
SECTION = "四、提交投标文件截止时间、开标时间和地点\n提交投标文件截止时间：2026年8月25日09点30分（北京时间）\n开标时间：2026年8月25日09点30分\n地点：河口\n"


def test_section_wins_over_overview_and_both_are_shown() -> None:
    notice = read(OVERVIEW + SECTION)
    assert local(notice, "bid_deadline") == "2026-08-25T09:30"
    (conflict,) = notice.conflicts
    assert conflict.field == "bid_deadline"
    assert [reading.value for reading in conflict.values] == ["2026-08-25T09:30", "2026-08-24T09:30"]
    assert notice.times["bid_deadline"].confidence <= 0.5


def test_places_that_agree_raise_confidence() -> None:
    alone = read(SECTION)
    both = read(OVERVIEW.replace("24日", "25日") + SECTION)
    assert both.times["bid_deadline"].confidence > alone.times["bid_deadline"].confidence
    assert len(both.times["bid_deadline"].evidence) == 2


def test_summary_counts_least() -> None:
    summary = "【公告概要】\n获取招标文件时间：2026年8月1日至2026年8月7日\n开标时间：2026年8月26日 09:30\n【正文】\n"
    notice = read(summary + SECTION)
    assert local(notice, "opening_at") == "2026-08-25T09:30"
    assert "opening_at" in {conflict.field for conflict in notice.conflicts}


# The traps of the field, each by its number in the project's reference.


def test_trap_1_blanks_inside_labels() -> None:
    notice = read("1.采购人信息\n名　　称：河口县公安局\n地　址：河口\n预 算 金 额：12 万元")
    assert notice.texts["buyer"].value == "河口县公安局"
    assert notice.money["budget"].value.yuan == 120000


def test_trap_2_the_blank_between_date_and_time() -> None:
    assert local(read("四、响应文件提交\n截止时间：2026.12.3 14:00"), "bid_deadline") == "2026-12-03T14:00"


def test_trap_3_documents_window_is_never_the_deadline() -> None:
    text = "【公告概要】\n获取采购文件时间：2026年8月1日至2026年8月7日\n预算金额：￥12.000000万元（人民币）\n【正文】\n详见采购文件。"
    notice = read(text, title="河口县勘查车采购竞争性磋商公告")
    assert local(notice, "documents_until") == "2026-08-07"
    assert "bid_deadline" not in notice.times


def test_trap_4_deadline_and_negotiation_differ() -> None:
    text = "四、响应文件提交\n截止时间：2026年8月25日13:00\n五、开启\n时间：2026年8月25日14:00"
    notice = read(text, title="河口县勘查车采购竞争性谈判公告")
    assert (local(notice, "bid_deadline"), local(notice, "opening_at")) == ("2026-08-25T13:00", "2026-08-25T14:00")


def test_trap_7_sections_by_words_not_numbers() -> None:
    notice = read("三、采购计划备案号\nX\n五、提交投标文件截止时间、开标时间和地点\n时间：2026年8月25日9时30分")
    assert local(notice, "bid_deadline") == local(notice, "opening_at") == "2026-08-25T09:30"


def test_trap_18_old_registration_time_is_the_documents_window() -> None:
    notice = read("报名时间：2016年8月1日至2016年8月5日\n投标截止时间：2016年8月25日9:30")
    assert (local(notice, "documents_from"), local(notice, "documents_until")) == ("2016-08-01", "2016-08-05")
    assert local(notice, "bid_deadline") == "2016-08-25T09:30"


def test_trap_20_opinions_have_no_bid_deadline() -> None:
    text = "征询期限：2026年8月1日至2026年8月7日17:00\n意见反馈截止时间：2026年8月7日17:00"
    notice = read(text, title="勘查车采购意见征询公告")
    assert "bid_deadline" not in notice.times
    assert local(notice, "opinion_deadline") == "2026-08-07T17:00"


def test_trap_21_deposit_deadline_is_a_field_of_its_own() -> None:
    notice = read("保证金缴纳截止时间：2026年8月25日08:59\n投标截止时间：2026年8月25日09:00")
    assert local(notice, "deposit_deadline") == "2026-08-25T08:59"
    assert local(notice, "bid_deadline") == "2026-08-25T09:00"


def test_trap_22_publicity_of_a_single_source_is_no_deadline() -> None:
    notice = read("三、公示期限\n2026年8月1日至2026年8月8日", title="云梯消防车单一来源采购公示")
    assert "bid_deadline" not in notice.times
    assert local(notice, "opinion_deadline") == "2026-08-08"


def test_start_of_handing_in_is_not_its_end() -> None:
    text = "四、提交投标文件截止时间、开标时间和地点\n递交投标文件开始时间：2026年8月25日9:00\n投标截止时间：2026年8月25日9:30\n开标时间：2026年8月25日9:30"
    assert local(read(text), "bid_deadline") == "2026-08-25T09:30"


def test_window_of_quoting_ends_with_the_deadline() -> None:
    text = "项目名称：工程车\n竞价时间：2026年8月24日9:00至2026年8月25日9:30"
    assert local(read(text, title="工程车竞价公告"), "bid_deadline") == "2026-08-25T09:30"
    text = "竞价开始时间：2026-08-24 09:00:00\n竞价截止时间：2026-08-25 09:30:00"
    assert local(read(text, title="工程车网上竞价公告"), "bid_deadline") == "2026-08-25T09:30"


def test_opening_said_to_be_at_the_deadline() -> None:
    text = "5.投标文件的递交\n5.1投标文件递交截止时间（即投标截止时间）为：2026年8月25日9时30分。\n5.2本项目将于投标文件递交截止同一时间在系统开标。"
    assert local(read(text), "opening_at") == "2026-08-25T09:30"
    text = "6.1投标截止时间：2026年8月25日9时30分\n7.开标\n开标时间：同投标截止时间。开标地点：河口"
    assert local(read(text), "opening_at") == "2026-08-25T09:30"


def test_deadline_in_a_bare_section() -> None:
    text = "四、响应文件提交\n2026年08月25日 09点30分 （北京时间）（从磋商文件开始发出之日起不得少于10日）\n地点：河口\n五、开启\n2026年08月25日 09点30分"
    notice = read(text, title="勘查车竞争性磋商公告")
    assert (local(notice, "bid_deadline"), local(notice, "opening_at")) == ("2026-08-25T09:30", "2026-08-25T09:30")


# Hostile inputs, by number.


def test_h21_impossible_day_gives_nothing_but_an_issue() -> None:
    notice = read("投标截止时间：2026年2月30日9时30分")
    assert "bid_deadline" not in notice.times
    assert any(issue.what == "value" and "2月30日" in issue.words for issue in notice.issues)


def test_h21_no_year_no_guess() -> None:
    assert "bid_deadline" not in read("投标截止时间：8月25日9时30分").times


def test_h21_day_without_hour_stays_a_day() -> None:
    notice = read("投标截止时间：2026年8月25日")
    assert local(notice, "bid_deadline") == "2026-08-25"
    assert notice.times["bid_deadline"].value.precision == "day"  # type: ignore[union-attr]


def test_h21_another_zone_is_a_conflict() -> None:
    notice = read("投标截止时间：2026年8月25日9时30分（东京时间）")
    assert "bid_deadline" in {conflict.field for conflict in notice.conflicts}


def test_h21_year_far_away_is_shown_as_printed() -> None:
    assert local(read("投标截止时间：2048年8月25日9时30分"), "bid_deadline") == "2048-08-25T09:30"


def test_date_and_hour_on_two_lines() -> None:
    assert local(read("投标截止时间：2026-8-25\n9:30，逾期不予受理。"), "bid_deadline") == "2026-08-25T09:30"


@pytest.mark.parametrize(
    ("words", "until"),
    [
        ("时间：自本公告发布之日起至2026年8月10日17:00", "2026-08-10T17:00"),
        ("时间：即日起至2026年8月10日17时00分", "2026-08-10T17:00"),
        ("时间：2026年8月4日起，至2026年8月10日止", "2026-08-10"),
        ("时间：2026年8月4日9:00-2026年8月10日17:00", "2026-08-10T17:00"),
        ("时间：2026年8月10日17:00前", "2026-08-10T17:00"),
        ("时间：2026年8月4日(周二)至2026年8月10日(周一)，9:00-17:00", "2026-08-10T17:00"),
        ("时间：从2026年8月4日9时到2026年8月10日17时", "2026-08-10T17:00"),
        ("截止时间：2026年8月10日17:00", "2026-08-10T17:00"),
        (
            "招标文件发售期：2026年8月4日—2026年8月10日（节假日除外），上午9：00—12：00，下午14：00—17：00",
            "2026-08-10T17:00",
        ),
        ("凡有意参加投标者，请于2026年8月4日至2026年8月10日17时，登录平台下载。", "2026-08-10T17:00"),
        ("报名截止时间：2026年8月10日17:00", "2026-08-10T17:00"),
        ("请于2026年8月10日17:00前登录平台获取招标文件。", "2026-08-10T17:00"),
    ],
)
def test_ends_of_the_documents_window(words: str, until: str) -> None:
    notice = read(
        f"三、获取招标文件\n{words}\n地点：平台\n四、提交投标文件截止时间、开标时间和地点\n时间：2026年8月25日9时30分"
    )
    assert local(notice, "documents_until") == until
    assert local(notice, "bid_deadline") == "2026-08-25T09:30"


DUE = "2026-08-25T09:30"


@pytest.mark.parametrize(
    "words",
    [
        "5.1投标文件递交的截止时间（投标截止时间，下同）为2026年8月25日9时30分，投标人应在截止时间前通过平台递交。",
        "5.1 投标文件递交截止时间为2026年8月25日上午09时30分（北京时间），地点为河口。",
        "6.响应文件的提交\n6.1响应文件提交截止时间（即响应截止时间）为：2026年08月25日09时30分00秒",
        "四、响应文件提交\n截止时间：2026年8月25日 09:30\n地点：平台",
        "四、响应文件提交\n时间：2026年8月25日 08:30-09:30\n地点：平台",
        "四、响应文件提交\n2026年8月25日09:30前（北京时间）\n地点：平台",
        "四、响应文件提交\n应于2026年8月25日9时30分（北京时间）前提交响应文件，逾期不予受理。",
        "四、投标截止时间及开标时间\n2026年8月25日9时30分",
        "四、投标截止时间：2026年8月25日 09:30五、开标时间：2026年8月25日 10:30",
        "报价截止时间\n2026-08-25 09:30:00\n报价开始时间\n2026-08-20 09:00:00",
        "竞价开始时间：2026-08-20 09:00:00\n竞价结束时间：2026-08-25 09:30:00",
        "竞价时间：2026年8月25日8:30至9:30",
        "网上竞价时间：2026年8月20日9时00分—2026年8月25日9时30分",
        "投标文件递交时间：2026年8月25日9:00-9:30",
        "递交投标文件起止时间：2026年8月25日9:00至2026年8月25日9:30",
        "投标人应于2026年8月25日9时30分前将投标文件上传至交易平台。",
        "请于2026年8月25日09:30时（北京时间）之前将响应文件送达至河口县一路1号。",
        "提交首次响应文件截止时间：2026年8月25日9:30；最后报价提交截止时间：2026年8月25日11:30",
        "投标文件递交截止时间 | 2026年8月25日 09:30 | 递交方式 | 网上 |",
        "投标文件递交截止时间\n2026年8月25日09时30分\n开标时间\n2026年8月25日10时00分",
        "递交投标（响应）文件截止时间：2026年8月25日上午9:30（北京时间）前",
        "投标截止时间（北京时间）：2026年8月25日9:30",
        "投标截止日期及时间：2026年8月25日9时30分",
        "截止投标日期：2026年8月25日9时30分",
        "比选申请文件递交截止时间：2026年8月25日9时30分",
        "询价响应截止时间：2026年8月25日9时30分",
        "应答文件递交的截止时间（应答截止时间）为2026年08月25日09时\n30分。",
        "报名时间：2026年8月4日至2026年8月10日\n文件递交截止时间：2026年8月25日9时30分",
        "获取采购文件截止时间：2026年8月10日17:00\n递交响应文件截止时间：2026年8月25日9时30分",
        "保证金到账截止时间：2026年8月24日17:00\n递交响应文件截止时间：2026年8月25日9时30分",
        "现场踏勘时间：2026年8月10日9:00\n答疑截止时间：2026年8月12日\n投标截止时间：2026年8月25日9时30分",
        "投标截止时间：详见招标文件\n四、提交投标文件截止时间、开标时间和地点\n时间：2026年8月25日9时30分",
        "样品递交截止时间：2026年8月24日9:30\n投标文件递交截止时间：2026年8月25日9:30",
        "响应文件递交截止时间：2026年08月25日09时30分（北京时间）；响应文件开启时间：2026年08月25日09时30分",
        "四、提交投标文件截止时间、开标时间和地点\n2026年08月25日 09:30（北京时间）\n投标文件解密截止时间：2026年08月25日 10:00\n地点：平台",
        "潜在投标人应在平台获取招标文件，并于2026年8月25日09:00至09:30（北京时间）前递交投标文件。",
        "四、提交投标文件截止时间、开标时间和地点\n投标文件接收时间：2026年8月25日9时00分至9时30分\n开标时间：2026年8月25日9时30分",
        "四、提交投标文件截止时间、开标时间和地点\n开始接收投标文件时间：2026年8月25日9时00分\n投标截止时间：2026年8月25日9时30分",
        "投标文件开始递交时间：2026年8月25日9时00分\n投标文件递交截止时间：2026年8月25日9时30分",
        "投标文件递交起止时间：2026年8月25日9时00分-9时30分（北京时间）",
        "五、投标文件递交\n1.递交时间：2026年8月25日9:00～9:30\n2.递交地点：河口",
        "五、投标文件的递交\n投标文件递交的时间为2026年8月25日9时00分至2026年8月25日9时30分，地点为河口。",
        "五、递交投标文件时间及地点\n时间：2026年8月25日上午9:00开始，9:30截止\n地点：河口",
        "五、响应文件递交时间：2026年8月25日9:00（开始），2026年8月25日9:30（截止）",
        "投标文件递交开始时间：2026年8月25日9时00分，截止时间：2026年8月25日9时30分",
        "投标文件递交时间：2026年8月25日 09:00\n至\n2026年8月25日 09:30\n开标时间：2026年8月25日 09:30",
        "投标文件递交时间\n2026-08-25 09:00:00\n至 2026-08-25 09:30:00\n开标时间\n2026-08-25 09:30:00",
        "6、投标截止时间和开标时间：2026年8月25日上午09:30（北京时间）。",
    ],
)
def test_deadline_in_the_words_of_many_portals(words: str) -> None:
    assert local(read(words), "bid_deadline") == DUE


def test_the_start_of_submission_is_never_the_deadline() -> None:
    text = "四、响应文件提交\n1、开始时间：2026年12月4日8点30分（北京时间）\n2、截止时间：2026年12月4日9点00分（北京时间）\n3、地点：开标室\n"
    notice = read(text, title="河口县勘查车采购询价公告")
    assert local(notice, "bid_deadline") == "2026-12-04T09:00"
    assert not notice.conflicts


def test_pleas_and_guarantees_due_before_are_no_deadline() -> None:
    text = "四、响应文件提交\n截止时间：2026年5月6日9点30分（北京时间）\n七、其他补充事宜\n1.有关疑问请于2026年4月28日17:00前以书面形式提交。\n2.投标保函须在2026年5月5日17:00前送达，逾期按无效响应处理。\n"
    notice = read(text, title="河口县勘查车采购竞争性磋商公告")
    assert local(notice, "bid_deadline") == "2026-05-06T09:30"
    assert not notice.conflicts


@pytest.mark.parametrize(
    "words",
    [
        "七、开标：与投标截止时间同一时间。\n八、投标保证金：第一包5万元，须于2026年2月28日19时00分前到账。",
        "七、其他：开标时间与投标截止时间为同一时间。",
        "七、其他：投标截止时间即为开标时间。",
    ],
)
def test_opening_told_by_the_deadline_in_other_words(words: str) -> None:
    notice = read(f"六、投标文件的递交：投标文件递交的截止时间为2026年3月2日11时00分。\n{words}\n")
    assert local(notice, "opening_at") == "2026-03-02T11:00"


def test_an_opening_after_the_deadline_at_no_stated_hour_is_none() -> None:
    text = "四、提交响应文件\n1.首次响应文件提交截止时间：2026年7月21日9时30分\n2.谈判时间：首次响应文件提交截止时间后（具体时间另行通知）\n"
    assert local(read(text, title="河口县勘查车竞争性谈判公告"), "opening_at") is None


def test_a_window_from_the_notice_to_a_day_is_no_period() -> None:
    assert period(fold("自公告发布之日起至2026年7月16日止")) is None


@pytest.mark.parametrize(
    "words",
    [
        "四、提交投标文件截止时间、开标时间和地点 2026年09月16日 09时30分00秒 （北京时间）\n地点：河口县",
        "截标/开标时间：2026年9月16日9:30",
        "投标截止时间：同开标时间\n开标时间：2026年9月16日9:30",
        "磋商时间：2026年9月16日9:30\n磋商文件递交截止：2026年9月16日9:30",
        "递交投标文件时间：2026年9月16日（开标当日）08时30分～09时30分，2026年9月16日9时30分在一楼公开开标。",
    ],
)
def test_deadline_and_opening_in_one_breath(words: str) -> None:
    times = read(words).times
    assert (plain(times["bid_deadline"].value), plain(times["opening_at"].value)) == ("2026-09-16T09:30",) * 2


def test_a_time_of_decryption_is_no_opening() -> None:
    text = "5. 投标文件的递交\n5.1 投标截止时间为2026年9月16日9时00分。\n6. 开标时间及地点\n6.1 开标时间同投标截止时间；\n6.2 解密截止时间：2026年9月16日9时30分。"
    assert plain(read(text).times["opening_at"].value) == "2026-09-16T09:00"


def test_the_opening_of_its_section_goes_before_a_later_talk() -> None:
    text = "五、开启\n时间：2026年9月16日13时30分\n九、其他补充事宜\n2.谈判时间：2026年9月16日14时30分。"
    notice = read(text)
    assert plain(notice.times["opening_at"].value) == "2026-09-16T13:30"
    assert [c.field for c in notice.conflicts] == ["opening_at"]


def test_documents_sold_without_a_label() -> None:
    text = "凡有意参加者，请于2026年9月1日至2026年9月7日（法定节假日除外），每日上午9时至12时，下午14时至17时，持介绍信购买招标文件。"
    times = read(text).times
    assert (plain(times["documents_from"].value), plain(times["documents_until"].value)) == (
        "2026-09-01T09:00",
        "2026-09-07T17:00",
    )


def test_a_past_deadline_told_by_a_termination() -> None:
    text = "二、项目终止的原因\n本项目于2026年7月29日14时30分（磋商响应截止时间）提交响应文件的供应商不足三家。"
    (notice,) = read_document(title="河口县救护车采购项目流标公告", text=text)
    assert plain(notice.times["bid_deadline"].value) == "2026-07-29T14:30"
