"""What the text of a notice says beside its title: counted vehicles, names in table cells, lots, catalogue codes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tracker.relevance.phrase import Finding, normalise, read
from tracker.relevance.vocabulary import VehicleType, Vocabulary

READ_AT_MOST = 60_000
"""Characters of a text that are looked at; what is bought stands in the first pages."""

_NUMERALS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10}
_COUNTED = re.compile(r"(?<![\d.])(\d{1,4}|[一二两三四五六七八九十])\s*[(（]?\s*(辆|台|部)(?![班时次套子])")
_COUNT_CELL = re.compile(r"(\d{1,4})(?:\.0+)?(?:\s*[(（]?\s*([辆台部套])\s*[)）]?)?")
_UNIT_CELL = re.compile(r"[辆台部]")
_CELL = re.compile(r"[\n\r\t|｜,，;；。、]+|\s{1,}|(?<=\D)[:：]")
_TAIL_BRACKET = re.compile(r"(?:[(（][^()（）]{0,30}[)）]|[(（])\s*$")
_CUT = re.compile(r"[\s|,，、：:；;()（）“”\"]")
_VERB = re.compile(r"采购|购置|购买|更新|配备|项目|公告|招标|竞价|由|为|[/“”]")
_LOT = re.compile(
    r"(?:(?:采购包|标项|合同包|标段|分包|包件|包组|包)\s*([0-9一二三四五六七八九十A-Z]{1,3})|"
    r"(?:第\s*)?([0-9一二三四五六七八九十]{1,3})\s*(?:标段|标包|分包|包|标项|标))\s*(?:[(（:：]|名称[:：])\s*"
    r"([^()（）:：\n。，,；;]{2,30})"
)
_NO_NAME = re.compile(r"详见|预算|最高限价|万元|文件|本项目|中标|成交|供应商|公司|不作|废标|流标|否|无|[\d.,元%]+$")
# A sentence of this kind asks for vehicles of the bidder, or tells of those the buyer has.
_NOT_BOUGHT = re.compile(
    r"不少于|自有|须具[备有]|投入|业绩|现有|在用|服务车辆|保险|维修|租|报废|停车|车位|原有|司机|驾驶员|取消|更换下|注册资本"
)
_BUYS = re.compile(r"采购|购置|购买|更新|新增")
_CODE = re.compile(r"(?<![A-Za-z0-9])A02\d{4,6}(?!\d)[^\S\n]{0,3}[一-鿿]{0,12}")
_CATEGORY = re.compile(r"(?:品目(?:名称)?|采购目录|采购品目)\s*[:：|]?\s*([^\s|:：]{2,60})")


@dataclass(frozen=True)
class Named:
    """A vehicle the text names, with its number where one stands beside it."""

    name: str
    types: tuple[str, ...]
    count: int | None = None
    unit: str | None = None


@dataclass(frozen=True)
class NamedLot:
    no: str
    name: str
    finding: Finding


@dataclass(frozen=True)
class Body:
    vehicles: tuple[Named, ...] = ()
    lots: tuple[NamedLot, ...] = ()
    codes: tuple[str, ...] = ()
    mentioned: tuple[str, ...] = ()
    """Type ids of kinds of vehicle named anywhere, whatever is said of them."""


def look(vocabulary: Vocabulary, text: str, *, signals: bool = False) -> Body:
    """Read a text. With `signals`, vehicles the buyer has count too (insurance, disposal)."""
    text = text[:READ_AT_MOST]
    if not vocabulary.trigger.search(text):
        return Body()
    vehicles: dict[str, Named] = {}
    for named in (*_sentences(vocabulary, text, signals), *_cells(vocabulary, text)):
        known = vehicles.get(named.name)
        if known is None or (known.count is None and named.count is not None):
            vehicles[named.name] = named
    codes = [m.group().strip() for m in _CODE.finditer(text)]
    codes += [m.group(1) for m in _CATEGORY.finditer(text)]
    tokens = (vocabulary.tokens[m.group()] for m in vocabulary.word.finditer(normalise(text)))
    kinds = (t.row.id for t in tokens if isinstance(t.row, VehicleType) and not t.row.generic)
    return Body(
        tuple(vehicles.values()),
        tuple(_lots(vocabulary, text)),
        tuple(dict.fromkeys(codes)),
        tuple(dict.fromkeys(kinds)),
    )


def number(digits: str) -> int:
    return int(digits) if digits.isdigit() else _NUMERALS[digits]


def _sentences(vocabulary: Vocabulary, text: str, signals: bool) -> Iterator[Named]:
    """采购囚车1辆; 2辆消防车."""
    for match in _COUNTED.finditer(text):
        start = max(text.rfind(mark, 0, match.start()) for mark in "\n。；;") + 1
        before = text[max(start, match.start() - 60) : match.start()]
        after = re.split(r"[\n。；;，,、(（]", text[match.end() : match.end() + 24])[0]
        if not signals and _NOT_BOUGHT.search(before[-40:] + after) and not _BUYS.search(before):
            continue
        name = _CUT.split(_TAIL_BRACKET.sub("", before.rstrip()).rstrip('”" '))[-1]
        for candidate in (name, after):
            found = read(vocabulary, candidate, bought=True) if candidate else None
            if found is not None and found.verdict == "yes":
                yield Named(_short(candidate, found), found.types, number(match.group(1)), match.group(2))
                break
            if signals and (own := _first_vehicle(vocabulary, candidate)) is not None:
                yield replace(own, count=number(match.group(1)), unit=match.group(2))
                break


def _first_vehicle(vocabulary: Vocabulary, text: str) -> Named | None:
    """3台公务车保险: the vehicles insured are no head noun."""
    for match in vocabulary.word.finditer(normalise(text)):
        row = vocabulary.tokens[match.group()].row
        if isinstance(row, VehicleType) and len(match.group()) > 1:
            return Named(match.group(), (row.id,))
    return None


def _short(name: str, found: Finding) -> str:
    """The name without the verb before it: 采购囚车 is 囚车."""
    name = re.sub(r"^.*(?:采购|购置|购买|更新|配备|更换|报废的|到期的|其中)", "", name).strip("的一批：: ")
    return name or found.word


def _cells(vocabulary: Vocabulary, text: str) -> Iterator[Named]:
    """Table cells: a short name whose head is a vehicle, then its number within the next few cells."""
    cells = [c for c in _CELL.split(text) if c]
    for at, cell in enumerate(cells):
        if not 2 <= len(cell) <= 30 or not vocabulary.trigger.search(cell):
            continue
        name = _TAIL_BRACKET.sub("", cell).strip()
        if _COUNTED.search(name):
            continue  # a sentence's business
        found = read(vocabulary, name, bought=True)
        if found.verdict != "yes" or not found.firm or _NOT_BOUGHT.search(cell) or _VERB.search(cell):
            continue
        count, unit = _count(vocabulary, cells[at + 1 : at + 7])
        yield Named(name, found.types, count, unit)


def _count(vocabulary: Vocabulary, cells: list[str]) -> tuple[int | None, str | None]:
    """The number in the cells after a name: beside its unit, or the only one there; else none, not a guess."""
    numbers: list[int] = []
    for at, cell in enumerate(cells):
        if _UNIT_CELL.fullmatch(cell):
            beside = [c for c in (*cells[at - 1 : at], *cells[at + 1 : at + 2]) if c.isdigit() and len(c) < 5]
            return (int(beside[0]) if len(beside) == 1 else numbers[0] if len(numbers) == 1 else None), cell
        if (match := _COUNT_CELL.fullmatch(cell)) is not None:
            if match.group(2):
                return int(match.group(1)), match.group(2)
            numbers.append(int(match.group(1)))
        elif read(vocabulary, cell, bought=True).verdict is not None:
            break
    return (numbers[0] if len(numbers) == 1 and numbers[0] > 0 else None), None


def _lots(vocabulary: Vocabulary, text: str) -> Iterator[NamedLot]:
    seen: set[str] = set()
    for match in _LOT.finditer(text):
        no = _arabic(match.group(1) or match.group(2))
        name = match.group(3).strip()
        if no in seen or _NO_NAME.search(name) or not re.search(r"[一-鿿]{2}", name):
            continue
        seen.add(no)
        yield NamedLot(no, name, read(vocabulary, name, bought=True))


def _arabic(no: str) -> str:
    return str(_NUMERALS[no]) if no in _NUMERALS else no
