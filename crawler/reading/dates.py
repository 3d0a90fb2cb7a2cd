# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Dates, times, ranges and periods as Chinese notices print them.

All functions take folded text (`crawler.text.fold`). A year is never guessed; an impossible day is reported and
gives nothing; 24:00 is the next day's 00:00. White space may stand between the parts, line breaks too, but never
inside a number: `2026.12.3 14:00` is the third, not the thirty-first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from crawler.notice import Period, When

_DIGIT = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "O": 0, "○": 0, "Ｏ": 0, "两": 2}
_CN = "〇零○O一二三四五六七八九十廿卅两"

_S = r"\s*"
# A sign set first, and what may not stand in front asked behind it: the engine then skips at once to the next such sign.
_YEAR = (
    r"(?P<y>[12〇零○O一二三四五六七八九](?<![\d.].)(?:(?<=1)9\d\d|(?<=2)0\d\d|(?<![12])[〇零○O一二三四五六七八九]{3}))"
)
_NUM = r"(?:1[0-2]|0?[1-9])"
_DAYNUM = r"(?:3[01]|[12]\d|0?[1-9])"
_CNNUM = rf"[{_CN}]{{1,3}}"
_ZONES = r"北京时间|东京时间|纽约时间|伦敦时间|莫斯科时间|格林尼治时间|世界时|GMT|UTC(?:[+-]\d+)?|CST"
_GAP = rf"(?:{_S}[,，、T]?{_S}(?:\((?:(?:星期|周)[一二三四五六日天]|{_ZONES}|工作日|开标当[日天]|截止当?[日天]|当[日天])\)|(?:星期|周)[一二三四五六日天]|{_ZONES})?{_S}[,，]?{_S})"
_HALF = r"(?P<half>上午|下午|中午|晚上|凌晨|早上|晚|早|[AP]M)?"
_CLOCK = (
    rf"{_HALF}{_S}(?:(?P<h>2[0-4]|[01]?\d)(?:{_S}(?:[:;]{{1,2}}|[时点]+:?){_S}(?P<mi>[0-5]\d|\d(?=\s*分))(?:{_S}(?:分+|[:;]){_S}(?:(?P<s>[0-5]\d){_S}秒?)?)?"
    rf"|{_S}[时点]{_S}(?P<whole>整|半|正)?)"
    rf"|(?P<ch>二?十[一二三四五六七八九]?|[〇零一二三四五六七八九两])[时点](?:(?P<cm>[〇零一二三四五]?十?[一二三四五六七八九〇零]?)分?|整)?)"
)
_AFTER = rf"(?:{_S}\((?P<zone>{_ZONES})|{_S}(?P<zone2>{_ZONES})(?=[\s,，。;)]|$))?"

_DATE_HEAD = (
    rf"(?:{_YEAR}{_S}(?:年+度?{_S}(?P<m>{_NUM}|{_CNNUM}){_S}月+(?:份)?(?:{_S}(?P<d>{_DAYNUM}|{_CNNUM}){_S}[日号]+)?"
    rf"|(?P<sep>[-/.])(?P<m2>{_NUM})(?P=sep)(?P<d2>(?:0[1-9]|[12]\d|3[01])(?=\d\d:\d\d)|{_DAYNUM}(?!\d|[.]\d))日?"
    rf"|-(?P<m3>0[1-9]|1[0-2])(?![-\d])"
    rf"|年{_S}第?(?P<q>[一二三四1-4]){_S}季度"
    rf"|年(?=[\s,，。;)]|$)))"
)
MOMENT = re.compile(rf"{_DATE_HEAD}(?:{_GAP}{_CLOCK})?{_AFTER}")
_DAY_ONLY = re.compile(_DATE_HEAD)
_CLOCK_RE = re.compile(rf"(?<![\d.]){_CLOCK}")
_MONTH_DAY = re.compile(rf"(?<![\d年]){_S}(?:(?P<m>{_NUM}){_S}月{_S})?(?P<d>{_DAYNUM}){_S}[日号]+(?:{_GAP}{_CLOCK})?")
_MONTH_DAY_ONLY = re.compile(rf"(?<![\d年]){_S}(?:(?P<m>{_NUM}){_S}月{_S})?(?P<d>{_DAYNUM}){_S}[日号]+")
_TO = re.compile(
    rf"{_S}(?:\((?:{_ZONES}|(?:星期|周)[一二三四五六日天])\))?{_S}(?:起)?{_S}[,，]?{_S}(?:至|到|—|--|-|~|——|起至){_S}"
)
_END_AHEAD = re.compile(r"(?:至|到|截止(?:时间)?(?:到|至|为|于)?|截至|截止时间:)\s*$")


def _number(words: str) -> int | None:
    """`12`, `十二`, `廿五`, `〇三` as a number."""
    if words.isdigit():
        return int(words)
    if all(c in _DIGIT for c in words):
        return int("".join(str(_DIGIT[c]) for c in words))
    words = words.replace("廿", "二十").replace("卅", "三十")
    tens, mark, ones = words.partition("十")
    if not mark or len(tens) > 1 or len(ones) > 1:
        return None
    high = _DIGIT.get(tens, 1) if tens else 1
    return 10 * high + (_DIGIT.get(ones, 0) if ones else 0)


class Clock(NamedTuple):
    """An hour of the day; 24:00 is kept as such until it meets its day."""

    hour: int
    minute: int

    def on(self, day: date) -> str:
        """The local time on a day, without a zone as printed; 24:00 is the next day's 00:00."""
        last = day + timedelta(days=1) if self.hour == 24 else day
        return f"{last.isoformat()}T{self.hour % 24:02d}:{self.minute:02d}"


class Moment(NamedTuple):
    """A point in time found in a text, `start` to `end` being its words."""

    start: int
    end: int
    when: When | None
    """None where the words name an impossible day."""
    zone: str | None = None
    """A stated zone other than China's, as printed."""
    day: date | None = None


_OTHER_ZONES = {
    "东京时间": "Asia/Tokyo",
    "纽约时间": "America/New_York",
    "伦敦时间": "Europe/London",
    "莫斯科时间": "Europe/Moscow",
    "格林尼治时间": "UTC",
    "世界时": "UTC",
    "GMT": "UTC",
    "UTC": "UTC",
}


def _clock(match: re.Match[str]) -> Clock | None:
    """The time of day of a match, None where it has none or an impossible one. Seconds are 00 or 59 and move nobody."""
    half = match["half"] or ""
    if match["h"] is not None:
        hour = int(match["h"])
        minute = 30 if match["whole"] == "半" else int(match["mi"] or 0)
    elif match["ch"] is not None:
        hour_number, minute_number = _number(match["ch"]), _number(match["cm"]) if match["cm"] else 0
        if hour_number is None or minute_number is None:
            return None
        hour, minute = hour_number, minute_number
    else:
        return None
    if (half in {"下午", "晚上", "晚", "PM"} and hour < 12) or (half == "中午" and hour < 3):
        hour += 12
    elif half in {"凌晨", "AM"} and hour == 12:
        hour = 0
    if hour > 24 or (hour == 24 and minute):
        return None
    return Clock(hour, minute)


def _moment(match: re.Match[str]) -> Moment:
    start, end = match.start("y"), match.end()
    zone_words = match["zone"] or match["zone2"]
    zone = None
    if zone_words:
        zone = next((name for words, name in _OTHER_ZONES.items() if zone_words.startswith(words)), None)
        if match["zone"]:  # the zone behind the time belongs to the words; an opening bracket alone does not
            end = match.start("zone") - 1
            while match.string[end - 1].isspace():
                end -= 1
    year = _number(match["y"])
    if year is None:
        return Moment(start, end, None)
    if match["q"]:
        return Moment(start, end, When(f"{year}-Q{_number(match['q'])}"))
    month_words, day_words = match["m"] or match["m2"] or match["m3"], match["d"] or match["d2"]
    if not month_words:
        return Moment(start, end, When(str(year)))
    month = _number(month_words)
    if month is None or not 1 <= month <= 12:
        return Moment(start, end, None)
    timed = match["h"] is not None or match["ch"] is not None
    if not day_words:
        if timed:  # "2026年5月 9时" is no month
            end = match.start("half") if match["half"] else end
        return Moment(start, end, When(f"{year}-{month:02d}"))
    try:
        day = date(year, month, _number(day_words) or 0)
    except ValueError:
        return Moment(start, end, None)
    if not timed:
        return Moment(start, end, When(day.isoformat()), zone, day)
    clock = _clock(match)
    return Moment(start, end, When(clock.on(day)) if clock else None, zone, day)


def moments(folded: str, start: int = 0, end: int | None = None) -> Iterator[Moment]:
    """Every date or time with a year, in order."""
    for match in MOMENT.finditer(folded, start, len(folded) if end is None else end):
        yield _moment(match)


def instants(folded: str, start: int = 0, end: int | None = None) -> list[Moment]:
    """Dates with their hours, and hours that stand alone behind a date of the same line and take its day."""
    out = list(moments(folded, start, end))
    stop = len(folded) if end is None else end
    for moment in list(out):
        line_end = folded.find("\n", moment.end, stop)
        line_end = stop if line_end < 0 else line_end
        following = next((other.start for other in out if other.start > moment.start), line_end)
        if moment.day is None or moment.when is None or moment.when.precision != "minute":
            continue
        for match in _CLOCK_RE.finditer(folded, moment.end, min(line_end, following)):
            clock = _clock(match)
            if clock is not None and match["mi"]:
                out.append(Moment(match.start(), match.end(), When(clock.on(moment.day)), None, moment.day))
    return sorted(out, key=lambda moment: moment.start)


def first_moment(folded: str, start: int = 0, end: int | None = None) -> Moment | None:
    """The first date or time with a year."""
    return next(moments(folded, start, end), None)


@dataclass(frozen=True)
class Span:
    """A range such as the window for obtaining documents."""

    start: int
    end: int
    first: When | None
    last: When | None
    impossible: tuple[str, ...] = field(default=())
    """Words that name a day that does not exist."""


_DAILY = re.compile(r"每[天日]|每个?工作日|工作日|上午|办公时间")
_OPEN_START = re.compile(r"^[\s:]*/?\s*(?:至|到|-)\s*")
_NOT_DAILY = re.compile(r"[。;]\s*(?=\D)|\n\s*(?:[一二三四五六七八九十]+、|\(?\d+[)、.]|地点|方式|售价)|电话|热线|咨询")


def span(folded: str, start: int = 0, end: int | None = None) -> Span | None:
    """The first range from `start` on, with daily hours applied to its ends where it prints them.

    A single date gives a range with that date as both first and, where words like 截止 or 前 follow, last value
    only. None where there is no date.
    """
    stop = len(folded) if end is None else end
    head = MOMENT.search(folded, start, stop)
    if head is None:
        return None
    one = _moment(head)
    impossible = [folded[one.start : one.end]] if one.when is None else []
    link = _TO.match(folded, one.end, stop) or _TO.match(folded, head.end(), stop)
    if link is None and (gap := re.compile(rf"\s*\({_ZONES}\)\s*").match(folded, one.end, stop)):
        link = _TO.match(folded, gap.end(), stop)
    if link is None:
        close = re.compile(r"\s*(?:\([^)\n]{1,12}\))?\s*(?:止|前|截止|之前)").match(folded, one.end, stop)
        ahead = _END_AHEAD.search(folded[max(start, one.start - 8) : one.start])
        if close or ahead or _OPEN_START.match(folded[start : one.start]):
            last, words_end = _with_hours(folded, None, one, one.end, stop)[1:]
            return Span(one.start, words_end, None, last, tuple(impossible))
        if re.match(r"\s*(?:起|开始)", folded[one.end : one.end + 4]):
            return Span(one.start, one.end, one.when, None, tuple(impossible))
        return Span(one.start, one.end, one.when, one.when, tuple(impossible)) if one.when else None
    two = _second(folded, link.end(), stop, one)
    if two is None:
        return Span(one.start, one.end, one.when, None, tuple(impossible))
    if two.when is None:
        impossible.append(folded[two.start : two.end])
    first, last, words_end = _with_hours(folded, one, two, two.end, stop)
    return Span(one.start, words_end, first, last, tuple(impossible))


def _second(folded: str, start: int, stop: int, one: Moment) -> Moment | None:
    """The end of a range; without a year it takes the year that makes it follow its beginning."""
    match = MOMENT.match(folded, start, stop)
    if match is not None:
        two = _moment(match)
        # `至2025年8月21日，上午8:30-11:30` prints daily hours, not an hour of the last day.
        if two.day and re.match(r"\s*(?:-|~|至|到)+\s*\d{1,2}\s*[:时点]", folded[match.end() : match.end() + 8]):
            head = _DAY_ONLY.match(folded, start, stop)
            day_end = head.end() if head else match.end()
            return Moment(two.start, day_end, When(two.day.isoformat()), two.zone, two.day)
        return two
    short = _MONTH_DAY.match(folded, start, stop)
    if short and re.match(r"\s*(?:-|~|至|到|—)+\s*\d{1,2}\s*[:时点]", folded[short.end() : short.end() + 8]):
        short = _MONTH_DAY_ONLY.match(folded, start, stop)  # daily hours, as above
    if short is not None and one.day is not None:
        month = int(short["m"]) if short["m"] else one.day.month
        number = int(short["d"])
        year = one.day.year + ((month, number) < (one.day.month, one.day.day))
        if not short["m"] and number < one.day.day:
            return Moment(start, short.end(), None)
        try:
            day = date(year, month, number)
        except ValueError:
            return Moment(start, short.end(), None)
        clock = _clock(short) if "h" in short.groupdict() else None
        return Moment(start, short.end(), When(clock.on(day) if clock else day.isoformat()), None, day)
    clock_only = _CLOCK_RE.match(folded, start, stop)
    if clock_only is not None and one.day is not None and (clock := _clock(clock_only)):
        return Moment(start, clock_only.end(), When(clock.on(one.day)), None, one.day)
    return None


def _with_hours(
    folded: str, one: Moment | None, two: Moment, at: int, stop: int
) -> tuple[When | None, When | None, int]:
    """Ends of a range with the daily hours that follow it: the first opening, the last closing."""
    first, last = one.when if one else None, two.when
    lacks = (first is not None and first.precision == "day") or (last is not None and last.precision == "day")
    if not lacks:
        return first, last, at
    tail_end = min(stop, at + 160)
    cut = _NOT_DAILY.search(folded, at, tail_end)
    tail_end = cut.start() if cut else tail_end
    other_date = MOMENT.search(folded, at, tail_end)
    if other_date:
        tail_end = other_date.start()
    hours: list[tuple[re.Match[str], Clock]] = []
    for match in _CLOCK_RE.finditer(folded, at, tail_end):
        clock = _clock(match)
        if clock is None:
            continue
        before = folded[hours[-1][0].end() : match.start()].strip() if hours else ""
        if (
            hours
            and match["half"] is None
            and hours[-1][0]["half"] in {"下午", "晚上"}
            and clock.hour < 12
            and before in {"-", "--", "~", "至", "到"}
        ):
            clock = Clock(clock.hour + 12, clock.minute)  # 下午2:30-5:00
        hours.append((match, clock))
    if not hours or not (_DAILY.search(folded, at, tail_end) or len(hours) > 1):
        return first, last, at
    opening, closing = hours[0][1], max((c for _, c in hours), key=lambda c: (c.hour, c.minute))
    if first is not None and first.precision == "day" and one is not None and one.day:
        first = When(opening.on(one.day))
    if last is not None and last.precision == "day" and two.day:
        last = When(closing.on(two.day))
    return first, last, hours[-1][0].end()


_PERIOD_UNIT: dict[str, str] = {"工作日": "working_day", "日": "day", "天": "day", "日历天": "day", "日历日": "day"}
_PERIOD_UNIT |= {"自然日": "day", "周": "week", "星期": "week", "个月": "month", "月": "month", "年": "year"}
_ANCHOR = (
    (re.compile(r"公告|公示|发布|发出|发售"), "notice-published"),
    (re.compile(r"合同.{0,6}(?:签订|签署|生效)|签订.{0,4}合同"), "contract-signed"),
    (re.compile(r"(?:中标|成交)通知书"), "award-notified"),
    (re.compile(r"(?:中标|成交|结果).{0,8}公[告示]"), "award-published"),
    (re.compile(r"获取|领取|购买"), "documents-from"),
    (re.compile(r"投标截止|提交.{0,8}截止|开标"), "bid-deadline"),
    (re.compile(r"开工"), "works-started"),
)
_RELATIVE = re.compile(
    r"(?:自|从|于)?(?P<anchor>[^\n。;,，:]{2,40}?)(?:之日|之时|当日|后|起|即日)[^\n。;,:\d]{0,12}?(?P<n>(?<!\d)\d{1,3}(?!\d)|[一二三四五六七八九十两]{1,3})\s*(?:\([^)]{1,4}\)\s*)?个?"
    r"(?P<unit>工作日|日历天|日历日|自然日|个月|星期|日|天|周|月|年)"
)
_UNTIL_BID = re.compile(
    r"(?:自|从)?(?P<anchor>[^\n。;,，:]{2,40}?)(?:之日|之时)?起?\s*(?:至|到)\s*(?:本项目)?(?:投标|响应|提交|递交|报价|开标|首次)[^\n。;,，]{0,14}?(?:截止|之时)"
)

_BEFORE_BID = re.compile(
    r"\s*(?:至|到|同)?\s*(?:本项目)?(?:(?:提交|递交|上传)(?:投标|响应|首次响应|应答)文件|(?:投标|响应|应答)(?:文件)?(?:提交|递交)?)(?:的)?截止(?:时间|日期)?(?:之?前|止|一致)?\s*(?:[。;,\n]|$)"
)


def period(folded: str, start: int = 0, end: int | None = None) -> tuple[Period, int, int] | None:
    """A relative period and where its words stand: `自公告发布之日起5个工作日`, `公告之日起至投标截止时间前`."""
    stop = len(folded) if end is None else end
    until = _UNTIL_BID.search(folded, start, stop) or _BEFORE_BID.match(folded, start, stop)
    if until is not None:
        return Period("bid-deadline", 0, "day"), until.start(), until.end()
    match = _RELATIVE.search(folded, start, stop)
    if match is None:
        return None
    number = _number(match["n"])
    anchor = next((name for pattern, name in _ANCHOR if pattern.search(match["anchor"])), None)
    if number is None or anchor is None:
        return None
    return Period(anchor, number, _PERIOD_UNIT[match["unit"]]), match.start(), match.end()  # type: ignore[arg-type]
