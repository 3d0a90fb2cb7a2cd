"""Project numbers, buyers and project names in a form that compares.

The same purchase is written in many ways: full-width digits, other brackets, a round or a lot glued to the number,
a stage word behind the name, the portal's decorations before it. Everything here is pure text; which spellings
occur is told in docs/linking.md.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from crawler.text import clean, comparison_key

AGAIN = -1
"""An attempt that is called a repetition (重新招标) without saying which."""

_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九十")} | {"两": 2, "〇": 0}
_N = r"(?:\d{1,3}|[一二三四五六七八九十]{1,3})"


def _integer(words: str) -> int:
    """`12`, `十二` or `一二` as 12."""
    if words.isdecimal():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    digits = "".join(str(_DIGITS[char]) for char in ones)
    return (_DIGITS.get(tens, 1) * 10 if ten else 0) + int(digits or 0)


LONGEST = 400
"""Characters of a number or title that are looked at."""

_NEXT_LINE = re.compile(
    r"\s+\d{1,2}(?:[.．]\d{1,2})+[、.．]?\s*$"  # `… 1.2`
    r"|\s+(?:\d{1,2}[.．、]|[一二三四五六七八九十]{1,2}、)\s*[\u4e00-\u9fff].*$"  # `… 1.招标条件`, `… 二、项目名称`
)
"""The number of the next paragraph, with its first words or without, where a text lost its line ends."""


# --- attempts and lots, which stand in numbers and in names alike -------------------------------------------------

_CALL = r"(?:公开|邀请|网上|竞争性|国内|国际|资格预审|招标|采购|谈判|磋商|询价|询比|比选|竞价|挂网|开标|遴选|公告|公示)"
_ATTEMPT = re.compile(
    rf"\((?:第)?({_N})次(?:{_CALL})*\)"  # （二次）, (第2次招标)
    rf"|第({_N})次(?={_CALL}|\(|$)"  # 第二次, at the end or before what is done again
    rf"|(?<![第年月日\d])({_N})次(?={_CALL}|$)"  # 二次公告; but 二次供水 is a thing
    r"|(\(重\)|\(?重新(?:招标|采购|竞价|询价|组织|挂网)\)?|\(?重招\)?|再次(?=招标|采购))"
)
_LOT_WORD = r"(?:合同|采购|分|子|投)?(?:包件|包组|标包|标段|标项|分标|分包|品目|包)"
_LOT = re.compile(
    rf"\(?(?:第|(?<![0-9a-z]))({_N}|[a-z])(?:号)?{_LOT_WORD}(?:组|件|号)?\)?(?!装|括|含|车|机)"  # 第3包, 06包, A包
    rf"|\(?{_LOT_WORD}号?:?({_N}|[a-z](?![a-z]))\)?(?!年|月|批|期|次|辆|台|套|个|项)"  # 采购包2, 标项一
)


def _attempt(match: re.Match[str]) -> int:
    words = match[1] or match[2] or match[3]
    return _integer(words) if words else AGAIN


def _take_attempt(text: str) -> tuple[str, int | None]:
    """The text without its first mark of an attempt, and the attempt."""
    found = _ATTEMPT.search(text)
    if not found:
        return text, None
    return text[: found.start()] + text[found.end() :], _attempt(found)


def _take_lots(text: str) -> tuple[str, frozenset[str]]:
    """The text without its lots (in brackets with their names, too), and the lots in arabic digits or capitals."""
    lots = {normal_lot(found[1] or found[2]) for found in _LOT.finditer(text) if found[1] or found[2]}
    if not lots:
        return text, frozenset()
    text = re.sub(rf"\((?:[^()]*?)(?:{_LOT.pattern})[^()]*\)", "", text)
    return _LOT.sub("", text), frozenset(lots)


def normal_lot(no: str) -> str:
    """`三`, `03` and `3` are lot `3`; letters are capitals."""
    no = comparison_key(no)
    found = re.fullmatch(rf"第?({_N})(?:号)?(?:{_LOT_WORD})?|(?:{_LOT_WORD})({_N})", no)
    if found:
        return str(_integer(found[1] or found[2]))
    return re.sub(_LOT_WORD, "", no).upper() or no.upper()


# --- numbers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """A project number that compares."""

    full: str
    """Letters, digits and Chinese characters only: portals drop and change dashes and brackets."""
    stem: str
    """`full` without a short tail behind the serial (`-1`, `/02`): a lot, a round, or nothing to us."""
    weak: bool
    """Too short or too much like a date to stand for one purchase without the buyer and a like name."""
    attempt: int | None = None
    lots: frozenset[str] = frozenset()


_NO_NUMBER = re.compile(r"^(?:无|暂无|详见|见|/|-|\(?空)|^(?:财库|财办库|国办|国发|国令|主席令)")
_NUMBER_LABEL = re.compile(r"^[^a-z0-9()]{0,16}(?:编号|编码|项目号|文号|代码)(?:\([^()]*\))?:?")
_OTHER_NUMBER = re.compile(r"\((?=[^()]*(?:编号|文号|任务书|备案|计划|预算|代理|内部))")
_LOT_TAIL = re.compile(rf"\(({_N})\)$|-(?:包|标段)?({_N})?(?:包|标段)$")


def _open_bracket_cut(text: str) -> str:
    """Cut at the first closing bracket that nothing opened."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return text[:at]
    return text


def _is_date(digits: str) -> bool:
    """A year, a month or a day written as 4, 6 or 8 digits of our time."""
    if not digits.isdecimal() or len(digits) not in (4, 6, 8) or not 1990 <= int(digits[:4]) <= 2099:
        return False
    try:
        date(int(digits[:4]), int(digits[4:6] or 1), int(digits[6:8] or 1))
    except ValueError:
        return False
    return True


def _stem(full: str) -> str:
    """Drop a tail of one or two digits behind a serial number; `…-2025-6` and `…-2025-06` keep their serial."""
    found = re.fullmatch(r"(.*?(?:(\d+)-)?(\d+))-\d{1,2}", full)
    if not found or _is_date(found[3]):
        return full
    behind_date = _is_date(found[2] or "") and not (len(found[3]) == 2 and int(found[3]) <= 12)
    return found[1] if len(found[3]) >= 3 or behind_date else full


@lru_cache(maxsize=65536)
def normal_number(raw: str | None, lot: str = "") -> Number | None:
    """A printed project number in comparable form; None where it says nothing (无, 详见附件) or cites a rule (财库…).

    Trailing rubbish (a stage word, a bracket with another number) is cut off; round and lot are kept apart. `lot`
    is the one the title names: a tail that says the same is no part of the number.
    """
    text = _open_bracket_cut(comparison_key(_NEXT_LINE.sub("", clean(raw or "")[:LONGEST])))
    text = _NUMBER_LABEL.sub("", text)
    text = re.split(r"[,;、。!?\n]|" + _OTHER_NUMBER.pattern, text)[0]
    if not text or _NO_NUMBER.search(text):
        return None
    text, attempt = _take_attempt(text)
    text, lots = _take_lots(text)
    if tail := _LOT_TAIL.search(text):
        lots |= {normal_lot(no) for no in tail.groups() if no}
        text = text[: tail.start()]
    text = re.sub(r"\)[^0-9a-z()]+$|[^0-9a-z号)]{2,}$", "", text)  # `…010)磋商公告`, `…0025采购项目`
    text = re.sub(r"[第号]", "", text)
    text = re.sub(r"(?<=\d)[^0-9a-z\u4e00-\u9fff]+(?=\d)", "-", text)
    if lot and (tail := re.search(rf"-0?{lot.lower()}$", text)):
        lots |= {lot}
        text = text[: tail.start()]
    text = re.sub(r"[^0-9a-z\u4e00-\u9fff-]|(?<!\d)-|-(?!\d)", "", text)
    digits = sum(char.isdigit() for char in text)
    if digits < 2 or len(text) < 4 or len(text) > 60:
        return None
    plain = text.replace("-", "")
    weak = len(plain) < 7 or digits < 4 or _is_date(plain) or (plain.isdigit() and len(plain) < 9)
    return Number(plain, _stem(text).replace("-", ""), weak, attempt, lots)


_PRINTED = re.compile(
    r"(?:编号|编码|项目号|文号)[:：]?\s*([^\s，。；、,;:：]{6,60})"
    r"|[（(\[【]([^\s（()）【】]*[A-Za-z][^\s（()）【】]*\d{2}[^\s（()）【】]*)[)）\]】]"
)


_BESIDE = re.compile(
    r"(?:招标|采购|项目|代理|内部|委托|任务书?|计划)编[号码](?:[(（][^()（）]{0,12}[)）])?[:：]\s*([^\s，。；、,;:：()（）]{6,40})"
)


def numbers_in(title: str) -> tuple[Number, ...]:
    """Strong numbers that a title prints, after a label or alone in brackets."""
    return _strong(match[1] or match[2] for match in _PRINTED.finditer(title))


def numbers_beside(text: str) -> tuple[Number, ...]:
    """Strong numbers behind a label in a notice's text: the agency's beside the plan's, the first attempt's."""
    return _strong(match[1] for match in _BESIDE.finditer(text))


def _strong(printed: Iterable[str]) -> tuple[Number, ...]:
    return tuple(dict.fromkeys(number for raw in printed if (number := normal_number(raw)) and not number.weak))


# --- buyers -------------------------------------------------------------------------------------------------------

_NEXT_NUMBER = re.compile(r"\s+\d{1,2}[.．、]\s*$")
"""Of the next line, where a text lost its line ends: `青禾县公安局 2.`"""
_NOBODY = re.compile(r"^(?:某|无$|/|-|详见|见|采购人$|招标人$|采购单位$|招标单位$|保密)")
_LEGAL_FORM = re.compile(
    r"\((?:本级|本级行政|机关|本部|盖章|公章|采购人|招标人|采购单位|甲方|单位公章|自行采购)\)"
    r"|本级行政$|本级$|机关本级$|股份有限公司|有限责任公司|有限公司|[^0-9a-z\u4e00-\u9fff]"
)
_APART = re.compile(r"[一二三四五六七八九十]|\d+")


@lru_cache(maxsize=65536)
def normal_buyer(raw: str | None) -> str | None:
    """An organisation's name in comparable form, without legal form and brackets; None where it names nobody (某部)."""
    text = comparison_key(_NEXT_NUMBER.sub("", clean(raw or "")))
    text = re.sub(r"^(?:名称|采购人|采购单位|招标人):", "", text)
    if _NOBODY.search(text):
        return None
    text = _LEGAL_FORM.sub("", text)
    return text if 3 <= len(text) <= 60 else None


def _abbreviates(short: str, long: str) -> bool:
    """卫健局 for 卫生健康局: the characters in order, place and end alike, no ordinal lost (第一, 第二 医院)."""
    if short[:2] != long[:2] or short[-1] != long[-1] or len(short) < 5 or 2 * len(short) < len(long):
        return False
    rest = iter(long)
    return all(char in rest for char in short) and _APART.findall(short) == _APART.findall(long)


@lru_cache(maxsize=65536)
def same_buyer(one: str | None, other: str | None) -> bool | None:
    """Whether two normal buyers are one; None where one of them is not known. A branch counts as its parent."""
    if not one or not other:
        return None
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return (len(short) >= 5 and short in long) or _abbreviates(short, long)


# --- names --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """What a title or a project name says."""

    subject: str
    """The thing bought, with the place if printed, without stage words, decorations, round and lot."""
    attempt: int | None = None
    lots: frozenset[str] = frozenset()
    ordinal: int | None = None
    """Which correction it is (更正公告（第二次）)."""
    numbers: tuple[Number, ...] = ()
    stages: frozenset[str] = frozenset()
    """Words that tell a stage from the opening: change, end, result … A title without any may be of any stage."""


_STAGES = {
    "intention": "意向|招标计划",
    "opinion": "意见|征询|需求公示|需求调查",
    "qualification": "资格预审|资审",
    "change": "更正|变更|澄清|答疑|补遗|补充|延期|暂停|恢复",
    "end": "终止|废标|流标|中止|失败|异常",
    "candidate": "候选",
    "result": "中标|成交|中选|结果|入围",
    "contract": "合同",
    "acceptance": "验收",
}
_NUMBER_IN_BRACKETS = re.compile(
    r"\([^()]*(?:编号|编码|项目号)[^()]*(?:\([^()]*\)[^()]*)*\)|\((?=[^()]*[a-z-])(?=(?:[^()]*\d){4})[a-z0-9-]+\)"
)
_BY_AGENCY = re.compile(
    r"^[^关]{2,40}?(?:公司|中心|局|院|院所|学|校|室|府|处|站|所|会|集团|部|队|园|厅|行|厂|社)关于(.{4,}?)$"
)
_CHANGE = r"(?:更正|变更|澄清|答疑|补充|补遗|延期|暂停|修改)"
_ORDINAL = re.compile(
    rf"{_CHANGE}(?:\({_CHANGE}\))?[^\d一二三四五六七八九十()]{{0,6}}\(?第?\s?({_N})(?:次|号)?\)?"
    rf"|第({_N})次(?={_CHANGE})|(?<=[目告])({_N})次(?={_CHANGE})"
)
_LEADING = re.compile(r"^(?:\([^()]{0,24}\))+(?=.{6})")
_BRACKET_JUNK = re.compile(r"\((?:项目名称|网|电子标|电子化|\d{4}|含.{0,8}|采购方式:[^()]*)\)|/?标段$")
_STAGE = (
    "公告 公示 预告 预公告 预公示 通知 通知书 告知 书 的 关于 采购 招标 公开 邀请 国内 "
    "国际 网上 在线 电子化 电子 竞争性 竞争 谈判 磋商 询价 询比 询比价 比选 比价 遴选 "
    "竞价 竞谈 竞磋 单一来源 单一 来源 框架协议 征集 入围 邀请书 更正 变更 澄清 答疑 补充 "
    "补遗 延期 暂停 恢复 修改 终止 废标 流标 失败 异常 中止 中标 成交 结果 中选 候选人 "
    "候选 评标 评审 开标 合同 验收 履约 意向 需求 调查 征询 征求 意见 预审 资格 资审 "
    "后审 文件 项目 全文 重发 第 次 二次 以及 及 和 与 或"
).split()
# Whole words at the end of a name that say the stage or the method, and nothing of what is bought.
_TAIL = re.compile(
    rf"(?:{'|'.join(sorted(map(re.escape, _STAGE), key=len, reverse=True))}|[^0-9a-z\u4e00-\u9fff)]|\(\))+$"
)
_TWICE = re.compile(r"^(.{4,}?)(?:项目)?\1")
_PORTAL_TAG = re.compile(r"(?:\([^()]*(?:公告|公示|变更|更正)[^()]*\))+$")


@lru_cache(maxsize=65536)
def read_name(raw: str | None) -> Name:
    """Take a title or project name apart."""
    text = _NEXT_LINE.sub("", html.unescape(clean(raw or "")[:LONGEST]))
    text = re.sub(r"<[^<>]{0,200}>", "", text)
    numbers = numbers_in(text)
    text = comparison_key(text)
    printed = text
    text = _NUMBER_IN_BRACKETS.sub("", text)
    ordinal = None
    if found := _ORDINAL.search(text):
        ordinal = _integer(found[1] or found[2] or found[3])
        kept = re.sub(rf"\(?第?{_N}(?:次|号)?\)?$", "", found[0]) if found[1] else ""
        text = text[: found.start()] + kept + text[found.end() :]
    text, attempt = _take_attempt(text)
    text, lots = _take_lots(text)
    text = _LEADING.sub("", text)
    text = _PORTAL_TAG.sub("", text) or text
    text = _BRACKET_JUNK.sub("", text)
    if found := _BY_AGENCY.search(text):
        printed = printed.replace(text[: found.start(1)], "", 1)  # 青澄清源公司 is no 澄清
        text = found[1]
    stages = frozenset(stage for stage, words in _STAGES.items() if re.search(words, printed))
    for _ in range(3):
        text = _TAIL.sub("", text)
        text = re.sub(r"\((?:[^()]{0,12})\)$", lambda m: "" if _TAIL.fullmatch(m[0].strip("()")) else m[0], text)
    text = re.sub(r"[^0-9a-z\u4e00-\u9fff]", "", text)
    text = _TWICE.sub(r"\1", text)
    return Name(text, attempt, lots, ordinal, numbers, stages)


def normal_name(raw: str | None) -> str:
    """A title or project name in comparable form: what is bought, without stage, decorations, round and lot."""
    return read_name(raw).subject


_GENERIC = re.compile(r"采购|项目|购置|公开招标|招标|(?:19|20)\d\d(?:年度?)?|年度")
_COMPANY = re.compile(r"股份有限公司|有限责任公司|有限公司")
_VEHICLE = re.compile(r"用车|车辆|汽车")


@lru_cache(maxsize=65536)
def core(subject: str, buyer: str | None = None) -> str:
    """The subject without the buyer, the year and the words that every purchase has."""
    if buyer:
        subject = _COMPANY.sub("", subject).replace(buyer, "", 1)
    return _VEHICLE.sub("车", _GENERIC.sub("", subject)) or subject


@lru_cache(maxsize=65536)
def bigrams(text: str) -> frozenset[str]:
    return frozenset(text[at : at + 2] for at in range(len(text) - 1)) or frozenset(filter(None, (text,)))


@lru_cache(maxsize=65536)
def marks(subject: str) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """What tells like-named purchases apart: years, other numerals (第三期, 2号楼, 第一中学), sides (东部, 西区)."""
    years = frozenset(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", subject))
    rest = re.sub(r"(?<!\d)(?:19|20)\d\d(?!\d)", "", subject)
    rest = re.sub(
        r"[一二三四五六七八九十]+(?=期|批|号|所|区|分|大队|支队|中队|中学|小学|中|小|楼|院|校区|医院|季度|类|组)",
        lambda found: str(_integer(found[0])),
        rest,
    )
    numerals = re.findall(r"\d+(?:\.\d+)?|(?<=[^a-z0-9])[a-z](?=[^a-z0-9]|$)", rest)
    sides = re.findall(r"[东南西北](?=部|区|片|线|段|岸|院|校|厂)", rest)
    return years, frozenset(numerals), frozenset(sides)


def at_odds(one: str, other: str) -> bool:
    """Whether the years, numerals or sides in two subjects say that they are different things."""
    return any(a and b and not (a & b) for a, b in zip(marks(one), marks(other), strict=True))


@lru_cache(maxsize=262144)
def likeness(one: str, other: str) -> float:
    """0 to 1: how alike two cores are (the Dice share of common character pairs)."""
    if one == other:
        return 1.0
    a, b = bigrams(one), bigrams(other)
    if not (common := len(a & b)):
        return 0.0
    return 2 * common / (len(a) + len(b))


def abridges(one: str, other: str) -> bool:
    """Whether one core is the other with characters left out (执法车 for 执法执勤车)."""
    short, long = sorted((one, other), key=len)
    rest = iter(long)
    return len(short) >= 3 and bool(bigrams(short) & bigrams(long)) and all(char in rest for char in short)
