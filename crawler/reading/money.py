"""Amounts as Chinese notices print them, in integer hundredths. All functions take folded text."""

import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Literal, NamedTuple

from crawler.notice import Money

_UNITS = {"元": 1, "块": 1, "圆": 1, "千元": 1000, "万": 10_000, "万元": 10_000, "万圆": 10_000, "百万": 1_000_000}
_UNITS |= {"百万元": 1_000_000, "千万元": 10_000_000, "亿": 100_000_000, "亿元": 100_000_000}
_CURRENCY = {"美元": "USD", "USD": "USD", "$": "USD", "US$": "USD", "欧元": "EUR", "EUR": "EUR", "€": "EUR"}
_CURRENCY |= {"日元": "JPY", "JPY": "JPY", "港元": "HKD", "港币": "HKD", "HKD": "HKD", "英镑": "GBP", "£": "GBP"}

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,12}(?: \d{1,3})*(?:\.\d+)?"
_UNIT = r"百万元|千万元|百万|亿元|亿|万元|万圆|万|千元|元|圆"
_PER = (
    r"(?:人民币)?\s*(?:\(人民币\)\s*)?(?P<per>/\s*[年月日天]|每\s*[年月]|/\s*[一-龥]{1,3}(?:\s*/\s*[一-龥]{1,3})*"
    r"|每[辆台套人次])?"
)
AMOUNT = re.compile(
    rf"(?P<cur>人民币|RMB|CNY|US\$|USD|EUR|HKD|JPY|[¥$€£])?\s*:?\s*(?P<about>约|不超过|不高于|不低于)?\s*"
    rf"(?:(?<![\d.A-Za-z-])|(?<=[包段项]\d-))(?P<n>{_DIGITS})(?![\d.]*\d)(?!\s*[年月日时])\s*"
    rf"(?:(?:-|~|至|—)\s*(?P<n2>{_DIGITS})\s*)?"
    rf"\(?\s*(?P<unit>{_UNIT}|美元|欧元|日元|港元|港币|英镑|%|‰)?\)?{_PER}"
)
_CAPITALS = "零〇壹贰叁肆伍陆柒捌玖拾佰仟萬万亿億元圆角分整正貳參陸两弍"
CAPITAL = re.compile(rf"(?:人民币|RMB)?\s*:?\s*(?P<words>[壹贰叁肆伍陆柒捌玖拾零貳參陸][{_CAPITALS}]{{1,40}})")
_RATE = re.compile(
    r"(?P<kind>下浮率?|折扣率?|费率|优惠率|让利|税率)\s*(?:\([^)]{0,12}\))?\s*[:为]?\s*(?P<n>\d{1,3}(?:\.\d+)?)\s*%?"
)
_NOTHING = re.compile(r"^\s*(?:-+|/+|无|详见.*|见.*文件.*|面议|/元)\s*$")


class Amount(NamedTuple):
    """An amount found in a text, `start` to `end` being its words."""

    start: int
    end: int
    money: Money
    stated_unit: bool
    """Whether the words themselves carry the unit; else it came from label or header, or is only assumed."""


def _hundredths(number: str, factor: int) -> int | None:
    try:
        return int((Decimal(number.replace(",", "").replace(" ", "")) * factor * 100).to_integral_value())
    except InvalidOperation:
        return None


def capital(words: str) -> int | None:
    """A 大写 amount in hundredths: `肆拾伍万陆仟玖佰陆拾元整` → 45696000. None where it is no number."""
    words = words.translate(str.maketrans("萬億圓圆貳參陸弍", "万亿元元贰叁陆贰")).rstrip("整正")
    whole, mark, rest = words.partition("元")
    if not whole:
        return None
    if not mark and not re.search("[拾佰仟万亿]", whole):
        return None
    import cn2an  # here, since it takes a quarter of a second and few notices spell their amounts

    try:
        yuan: float = cn2an.cn2an(whole, "smart")
    except (ValueError, KeyError, IndexError):
        return None
    cents = 0
    for unit, worth in (("角", 10), ("分", 1)):
        found = re.search(rf"([壹贰叁肆伍陆柒捌玖]){unit}", rest)
        if found:
            cents += ("壹贰叁肆伍陆柒捌玖".index(found[1]) + 1) * worth
    return round(yuan) * 100 + cents


def amounts(folded: str, start: int = 0, end: int | None = None, unit: str = "") -> Iterator[Amount]:
    """Every amount in order. `unit` (`万元`) is the one of label or table header, for numbers without their own."""
    stop = len(folded) if end is None else end
    for match in AMOUNT.finditer(folded, start, stop):
        printed = match["unit"]
        symbol = match["cur"] or ""
        if printed in ("%", "‰"):
            hundredths = _hundredths(match["n"], 1)
            if hundredths is not None:
                yield Amount(match.start("n"), match.end(), Money(hundredths, kind="rate"), True)
            continue
        currency = _CURRENCY.get(printed or "") or _CURRENCY.get(symbol) or "CNY"
        if match["about"] and not (printed or symbol):
            symbol = ""
        factor = _UNITS.get(printed or "", 0) or _UNITS.get(unit, 1) if currency == "CNY" else 1
        lower = _hundredths(match["n"], factor)
        if lower is None:
            continue
        kind: Literal["total", "unit", "range", "rate"] = "total"
        upper = None
        if match["n2"]:
            upper = _hundredths(match["n2"], factor)
            kind = "range" if upper is not None and upper > lower else "total"
            upper = upper if kind == "range" else None
        if match["per"] and not re.match(r"(?:/|每)\s*[年]$", match["per"]):
            kind = "unit"
        first = match.start("cur") if match["cur"] else match.start("about") if match["about"] else match.start("n")
        last = match.end()
        while last > first and folded[last - 1].isspace():
            last -= 1
        if folded[first:last].count("(") < folded[first:last].count(")"):
            last -= 1
        elif folded[first:last].count("(") > folded[first:last].count(")"):
            last = match.end("n")
        yield Amount(first, last, Money(lower, currency, kind, upper), bool(printed or symbol))


class Figures(NamedTuple):
    """What one place prints as an amount: digits, 大写, or both."""

    amount: Amount
    other: Amount | None = None
    """The 大写 beside the digits where the two differ; inside a bid the 大写 wins (M87 59), here it is shown."""


def first_amount(folded: str, start: int = 0, end: int | None = None, unit: str = "") -> Figures | None:
    """The amount a value states: 大写 and digits read together, a rate as a rate, `-` and 详见 as nothing."""
    stop = len(folded) if end is None else end
    if _NOTHING.match(folded[start:stop]):
        return None
    rate = _RATE.search(folded, start, stop)
    words = CAPITAL.search(folded, start, stop)
    spelled = None
    if words is not None:
        hundredths = capital(words["words"])
        if hundredths is not None:
            spelled = Amount(words.start(), words.end(), Money(hundredths), True)
    digits = None
    for amount in amounts(folded, start, stop, unit):
        if rate and rate.start() <= amount.start and amount.end <= rate.end() + 1:
            continue
        if digits is None or (amount.stated_unit and not digits.stated_unit and not unit):
            digits = amount
        if digits.stated_unit or unit:
            break
    if rate is not None and (digits is None or rate.start() < digits.start):
        value = _hundredths(rate["n"], 1)
        if value is not None:
            return Figures(Amount(rate.start(), rate.end(), Money(value, kind="rate"), True))
    if spelled is not None and digits is not None:
        if digits.start > spelled.end + 12 or digits.money.kind == "rate":
            return Figures(spelled)
        differs = digits.money.hundredths != spelled.money.hundredths
        return Figures(digits, spelled if differs else None)
    found = digits or spelled
    return Figures(found) if found else None
