# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Lots (包, 标段, 标项 …) in all their layouts: brackets behind a total, blocks, tables, prose, lists."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from crawler.notice import Evidence, Kind, Lot, Money
from crawler.reading.dates import _number as chinese_number
from crawler.reading.money import amounts, first_amount
from crawler.reading.sheet import Sheet, line_start
from crawler.reading.tables import Table
from crawler.text import fold

_WORD = r"(?:标段|标包)\((?:包|标段)\)|(?:包|标段|标项|分包|采购包|标包|合同包|分标)(?:编)?号 *:|采购包|合同包|标项|标段|标包|包组|包件|分标|分包|子包|包段|项目包|包号?"
_N = r"(?:\d{1,3}(?!\d|\.\d)|[一二三四五六七八九十]{1,3}|[ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ]|[A-Z](?![A-Za-z\d-]))"
_NOT_AFTER = r"(?![括含装干办修业头裹年月围庄机揽裹袱厢]|到底)"
MENTION = re.compile(
    rf"(?:第 *(?P<a>{_N}(?: *[、,和及-] *第? *{_N})*) *(?:个)?(?:采购包|合同包|标段|标项|标包|分标|分包|子包|包组|包件|包段|包)(?!括|含))"
    rf"|(?:(?<![不每各单本一二两三四五六七八九十\d个按共承发外转总打背钱书面荷])(?:{_WORD}) *\[?(?P<b>{_N}(?: *[、,和及] *(?:{_WORD})? *{_N})*)(?:(?<=[一二三四五六七八九十])(?=\d)|(?![\d.]*[个%元万台辆套]|\d|[日月年天小时号楼层室米])))"
    rf"|(?:(?:(?<![A-Za-z\d.第、共分设为个约每同任统另单])|(?<=[段包项标]、))(?P<c>{_N}) *(?:标段|标项|采购包|合同包|标包|分标|包件|包组|包(?!\d)){_NOT_AFTER})"
)
_LOT_WORD = re.compile(r"包|标[段项]|分标")
_THREE_GUARANTEES = re.compile(r"三包(?:服务|政策|责任|规定|期|凭证|内|法)|国家三包|\"三包\"|“三包”|三包$")
_UNDIVIDED = re.compile(r"不(?:划分|分)(?:标|采购)?(?:包|标段)|不分包|划分[:为)]*(?:1|一)个(?:包|标段)")
_SPLIT = re.compile(_N)


@dataclass
class Blocks:
    """Where each lot's own text begins and ends, to give a lot to what stands there."""

    starts: list[int] = field(default_factory=list)
    spans: list[tuple[int, int, str]] = field(default_factory=list)

    def at(self, offset: int) -> str | None:
        """The lot whose block holds an offset."""
        index = bisect_right(self.starts, offset) - 1
        if index >= 0:
            start, end, number = self.spans[index]
            if start <= offset < end:
                return number
        return None


@dataclass
class _Found:
    name: str | None = None
    budget: Money | None = None
    ceiling: Money | None = None
    evidence: list[Evidence] = field(default_factory=list)


def lot_number(words: str) -> str | None:
    """`第十二包`, `12包`, `包12`, `标项一`, `A包` as `12`, `1`, `A`; None where no number is in it."""
    flat = fold(words)
    match = MENTION.search(flat)
    raw = next((group for group in match.groups() if group), None) if match else None
    if raw is None:
        bare = re.fullmatch(rf"\s*(?:[A-Za-z\d\-]*-)?({_N}|0\d)\s*", flat) or re.search(
            r"(?:-|包|标段|标项)0*(\d{1,3})\s*$", flat
        )
        raw = bare[1] if bare else None
    return _normal(raw) if raw else None


_ROMAN = "ⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ"


def _normal(raw: str) -> str | None:
    raw = raw.strip()
    if raw.isdigit():
        return str(int(raw)) if 0 < int(raw) < 500 else None
    if raw in _ROMAN:
        return str(_ROMAN.index(raw) + 1)
    if raw.isalpha() and raw.isascii():
        return raw
    value = chinese_number(raw)
    return str(value) if value else None


def mentions(folded: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int, list[str]]]:
    """Every mention of lots with the numbers it names (`第1、2包`, `采购包1`), in order."""
    for match in _mentioned(folded, start, len(folded) if end is None else end):
        around = folded[max(0, match.start() - 2) : match.end() + 3]
        if _THREE_GUARANTEES.search(around):
            continue
        raw = match["a"] or match["b"] or match["c"]
        line = folded[line_start(folded, match.start()) : match.end() + 8]
        if match["c"] and re.search(
            r"(?:划分|共|分为|不超过|最多|只能中|个)\s*$", folded[max(0, match.start() - 4) : match.start()]
        ):
            continue
        if re.search(r"(?:划分|分包)(?:情况)?[):]?\s*:?\s*\d个", line):
            continue
        numbers = [_normal(part) for part in _SPLIT.findall(raw)]
        if "-" in raw and len(numbers) == 2 and all(n and n.isdigit() for n in numbers):
            low, high = (int(n) for n in numbers if n)
            if low < high <= low + 40:
                numbers = [str(n) for n in range(low, high + 1)]
        kept = [number for number in numbers if number]
        if kept:
            yield match.start(), match.end(), kept


def _mentioned(folded: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """The mentions, sought only on the lines that hold a word for a lot."""
    while word := _LOT_WORD.search(folded, start, end):
        start = folded.rfind("\n", start, word.start()) + 1 or start
        newline = folded.find("\n", word.end(), end)
        stop = end if newline < 0 else newline
        yield from MENTION.finditer(folded, start, stop)
        start = stop


_HEADER = re.compile(r"(?:^|\n)[ ]*(?:\(?0\d\d[)、]? *|\(?[一二三四五六七八九十\d]{1,3}[)、.] *|[★▲◆*]\s*)?$")
_AFTER_NAME = re.compile(r" *(?:\((?P<inside>[^()\n]*(?:\([^()\n]*\)[^()\n]*)*)\))? *(?:[:：](?P<rest>[^\n]*))?")


def read_lots(sheet: Sheet, tables: list[Table], title: str, kind: Kind) -> tuple[tuple[Lot, ...], Blocks]:
    """The lots a notice names, and where each one's own text stands."""
    found: dict[str, _Found] = {}
    blocks = Blocks()

    def lot(number: str, evidence: Evidence | None = None) -> _Found:
        entry = found.setdefault(number, _Found())
        if evidence is not None and len(entry.evidence) < 6:
            entry.evidence.append(evidence)
        return entry

    for _, _, numbers in mentions(fold(title)):
        for number in numbers:
            entry = lot(number, Evidence(title, "title", rule="lots:title"))
            named = re.search(
                r"[(]?第?[一二三四五六七八九十\d]+(?:采购)?(?:包|标段)[:：]\s*(?P<name>[^()]+)[)]", fold(title)
            )
            if named and len(numbers) == 1:
                entry.name = title[named.start("name") : named.end("name")].strip()
    seen = list(mentions(sheet.folded))
    headers: list[tuple[int, int, str]] = []
    for start, end, numbers in seen:
        section = sheet.section_at(start)
        if (
            section is not None
            and section.id in ("other", "contact", "qualification", "documents", "feedback")
            and _reference(sheet, start, end)
        ):
            continue
        for number in numbers:
            lot(number, sheet.evidence(start, end, rule="lots:mention"))
        before = sheet.folded[line_start(sheet.folded, start) : start]
        if len(numbers) == 1 and _HEADER.search("\n" + before):
            headers.append((start, end, numbers[0]))
    _block_spans(sheet, headers, blocks, tables)
    for start, end, number in headers:
        _named_by_header(sheet, start, end, lot(number))
    _from_labels(sheet, blocks, found, kind)
    _from_brackets(sheet, lot)
    _from_among(sheet, lot)
    _from_parts(sheet, lot)
    _from_sentences(sheet, seen, found)
    _from_lists(sheet, found)
    _from_tables(sheet, tables, lot, kind)
    _single_table_name(sheet, found)
    undivided = _UNDIVIDED.search("".join(sheet.folded.split()))
    if undivided and len(found) == 1:
        found = {}
    elif undivided:
        found = {
            number: entry
            for number, entry in found.items()
            if any(e.rule in ("lots:mention", "lots:title") for e in entry.evidence)
        }
    lots = tuple(
        Lot(number, entry.name, entry.budget, entry.ceiling, tuple(dict.fromkeys(entry.evidence)))
        for number, entry in sorted(
            found.items(), key=lambda pair: (not pair[0].isdigit(), int(pair[0]) if pair[0].isdigit() else 0, pair[0])
        )
    )
    return lots, blocks


def _reference(sheet: Sheet, start: int, end: int) -> bool:
    """A mention in running conditions that names no lot of this notice (`最多可中1个包`, `同一标段`)."""
    around = sheet.folded[max(0, start - 12) : end + 6]
    return bool(re.search(r"兼投|兼中|同一|只能|最多|不得|每个", around))


def _block_spans(sheet: Sheet, headers: list[tuple[int, int, str]], blocks: Blocks, tables: list[Table]) -> None:
    borders = [section.start for section in sheet.sections if section.level == 1]
    for index, (start, _, number) in enumerate(headers):
        stop = headers[index + 1][0] if index + 1 < len(headers) else len(sheet.folded)
        place = bisect_right(borders, start)
        if place < len(borders):
            stop = min(stop, borders[place])
        stop = min([stop, *(table.end for table in tables if table.start <= start < table.end)])
        blocks.spans.append((start, stop, number))
        blocks.starts.append(start)


_NOT_NAMING = frozenset("award reason correction qualification subject rejected experts fee submission opening".split())
"""Sections where the words behind `第2包：` say something of the lot but do not name it."""


def _named_by_header(sheet: Sheet, start: int, end: int, entry: _Found) -> None:
    match = _AFTER_NAME.match(sheet.folded, end)
    if match is None:
        return
    for group in ("inside", "rest"):
        words = re.split(rf"[;；](?= *(?:{_WORD}|第))", match[group] or "")[0].strip(" :;,。")
        if not words or entry.name:
            continue
        section = sheet.section_at(start)
        if section is not None and section.id in _NOT_NAMING and (group == "rest" or section.id == "qualification"):
            continue
        if (
            not re.search(r"预算|限价|元|无$|不足|废标|流标|截止|时间|^\d|要求|接受|允许|\d{4}年|公司|详见", words)
            and len(words) <= 60
        ):
            offset = match.start(group)
            at = sheet.text.find(words, offset - 1) if words in sheet.text[offset - 1 : offset + len(words) + 6] else -1
            name = sheet.text[at : at + len(words)] if at >= 0 else words
            entry.name = re.sub(r"(?<=[一-龥)）])\s*\d{1,4}\s*[辆台套艘架部]$", "", name)


def _from_labels(sheet: Sheet, blocks: Blocks, found: dict[str, _Found], kind: Kind) -> None:
    for hit in sheet.of("lot_name"):
        number = blocks.at(hit.start)
        if number and number in found:
            words = sheet.words(hit).strip(" ,，。;；")
            if words and len(words) <= 120:
                found[number].name = words
                found[number].evidence.append(sheet.evidence(hit.value, hit.end, hit.label, "labels:lot_name"))
    names = [hit for hit in sheet.of("lot_name") if hit.sep == "colon"]
    if not found and len(names) == 1 and names[0].label == "标项名称" and kind not in ("correction", "termination"):
        found["1"] = _Found(evidence=[sheet.evidence(names[0].value, names[0].end, names[0].label, "labels:lot_name")])
    if len(found) == 1 and len(names) == 1 and blocks.at(names[0].start) is None:
        # 政采云 with one 标项 prints its block without a number.
        (entry,) = found.values()
        entry.name = entry.name or sheet.words(names[0]).strip(" ,，。;；")
        budget = next((h for h in sheet.of("budget") if names[0].start < h.start < names[0].start + 300), None)
        got = first_amount(sheet.folded, budget.value, budget.end, budget.unit) if budget else None
        if got is not None and budget is not None and entry.budget is None and got.amount.money.kind == "total":
            entry.budget = got.amount.money
            entry.evidence.append(sheet.evidence(budget.value, budget.end, budget.label, "labels:budget"))
    for hit in sheet.of("lot_budget", "budget", "lot_ceiling", "ceiling", "joint_budget"):
        number = blocks.at(hit.start)
        if hit.summary or not number or number not in found:
            continue
        got = first_amount(sheet.folded, hit.value, hit.end, hit.unit)
        if got is None or got.amount.money.kind != "total" or got.amount.money.hundredths == 0:
            continue
        entry = found[number]
        evidence = sheet.evidence(got.amount.start, got.amount.end, hit.label, "labels:" + hit.key)
        if hit.key in ("lot_budget", "budget", "joint_budget") and entry.budget is None:
            entry.budget = got.amount.money
            entry.evidence.append(evidence)
        if hit.key in ("lot_ceiling", "ceiling", "joint_budget") and entry.ceiling is None:
            entry.ceiling = got.amount.money
            entry.evidence.append(evidence)


def _from_brackets(sheet: Sheet, lot: object) -> None:
    """`130万元（采购包1：55万元；采购包2：35万元）` and `标项一：100万元；标项二：200万元` behind a money label."""
    for hit in sheet.of("budget", "joint_budget", "ceiling", "lot_budget", "lot_ceiling"):
        if hit.summary:
            continue
        end = _run_of_lots(sheet, hit.end)
        value = sheet.folded[hit.value : end]
        marks = list(mentions(sheet.folded, hit.value, end))
        attributive = list(mentions(sheet.folded, max(0, hit.start - 8), hit.start))
        if not marks and attributive and attributive[-1][1] >= hit.start - 1:
            marks = [(hit.start, hit.value, attributive[-1][2])]
        if not marks or not value:
            continue
        for index, (_, after, numbers) in enumerate(marks):
            stop = marks[index + 1][0] if index + 1 < len(marks) else end
            amount = next(
                (
                    a
                    for a in amounts(sheet.folded, after, stop, hit.unit)
                    if a.stated_unit or hit.unit or a.money.hundredths > 100_000
                ),
                None,
            )
            if amount is None or len(numbers) != 1 or amount.money.kind != "total":
                continue
            entry = lot(numbers[0], sheet.evidence(amount.start, amount.end, hit.label, "lots:brackets"))  # type: ignore[operator]
            if hit.key in ("budget", "joint_budget", "lot_budget") and entry.budget is None:
                entry.budget = amount.money
            if hit.key in ("ceiling", "joint_budget", "lot_ceiling") and entry.ceiling is None:
                entry.ceiling = amount.money


LISTED = re.compile(r"\s*\d{4,}(?:\.\d+)?(?:\s*[,、;]\s*\d{4,}(?:\.\d+)?)+\s*[;。]?\s*")
"""`2280000,3900000,800000`: an amount a lot, in their order."""


def _from_lists(sheet: Sheet, found: dict[str, _Found]) -> None:
    """Amounts listed one behind the other under one label, where there are as many as lots."""
    numbered = [found[str(n)] for n in range(1, len(found) + 1) if str(n) in found]
    for hit in sheet.of("budget", "ceiling"):
        if not LISTED.fullmatch(sheet.folded, hit.value, hit.end):
            continue
        places = [m.span() for m in re.finditer(r"[\d.]+", sheet.folded[hit.value : hit.end])]
        if len(places) != len(numbered) or len(numbered) != len(found):
            continue
        for entry, (start, end) in zip(numbered, places, strict=True):
            got = first_amount(sheet.folded, hit.value + start, hit.value + end, hit.unit)
            if got is not None and getattr(entry, hit.key) is None:
                setattr(entry, hit.key, got.amount.money)
                entry.evidence.append(sheet.evidence(hit.value + start, hit.value + end, hit.label, "lots:list"))


_OWN_SUM = re.compile(
    r"(?P<what>(?:采购|项目)?预算(?:金额)?|(?:合同)?估算价|概算|最高(?:投标)?限价|控制价)(?:\([^()\n]{1,6}\))?(?:为|约|:)?\s*(?=[约¥\d]|人民币|[壹贰叁肆伍陆柒捌玖拾])"
)


def _from_sentences(sheet: Sheet, seen: list[tuple[int, int, list[str]]], found: dict[str, _Found]) -> None:
    """`一标段：纯电动客车10台，估算价640万元；二标段：…`: a lot's own sum in the sentence that begins with it."""
    for index, (_, end, numbers) in enumerate(seen):
        if len(numbers) != 1 or numbers[0] not in found:
            continue
        further = seen[index + 1][0] if index + 1 < len(seen) else len(sheet.folded)
        stop = min(re.compile(r"[;。\n]|$").search(sheet.folded, end).start(), further)  # type: ignore[union-attr]
        entry = found[numbers[0]]
        for match in _OWN_SUM.finditer(sheet.folded, end, stop):
            got = first_amount(sheet.folded, match.end(), stop)
            if got is None or not got.amount.stated_unit or got.amount.money.kind != "total":
                continue
            top = re.search("限价|控制价", match["what"]) is not None
            if (entry.ceiling if top else entry.budget) is None:
                entry.ceiling, entry.budget = (
                    (got.amount.money, entry.budget) if top else (entry.ceiling, got.amount.money)
                )
                entry.evidence.append(sheet.evidence(got.amount.start, got.amount.end, match["what"], "lots:sentence"))


_AMONG = re.compile(
    r"(?P<no>[A-Z]|\d{1,2}|包\d{1,2}) +(?P<name>[^\d\n:;,。][^\n:;,。]{1,60}?) +(?P<sum>\d[\d,]*(?:\.\d+)?) *(?P<unit>万?元)"
)


def _from_among(sheet: Sheet, lot: object) -> None:
    """`预算金额为 480000 元，其中：B 羽毛球馆 200000元A 游泳馆 280000元`; counted only where the parts make the whole."""
    for hit in sheet.of("budget"):
        line_end = sheet.folded.find("\n", hit.value)
        line_end = len(sheet.folded) if line_end < 0 else line_end
        mark = sheet.folded.find("其中", hit.value, line_end)
        if mark < 0:
            continue
        whole = first_amount(sheet.folded, hit.value, mark, hit.unit)
        parts = list(_AMONG.finditer(sheet.folded, mark, line_end))
        sums = [first_amount(sheet.folded, m.start("sum"), m.end("unit")) for m in parts]
        if (
            whole is None
            or not parts
            or sum(s.amount.money.hundredths for s in sums if s) != whole.amount.money.hundredths
        ):
            continue
        for match, part in zip(parts, sums, strict=True):
            number = _normal(match["no"].lstrip("包"))
            if number is None or part is None:
                continue
            entry = lot(number, sheet.evidence(match.start("sum"), match.end("unit"), hit.label, "lots:among"))  # type: ignore[operator]
            entry.name = entry.name or sheet.text[match.start("name") : match.end("name")]
            entry.budget = entry.budget or part.amount.money


_PARTS = re.compile(r"其中的?:?\s*(?P<all>(?:\(0\d\d\)[^();;\n]{2,60}[;;\n ]*){2,})")
_PART = re.compile(r"\((?P<no>0\d\d)\)(?P<name>[^();;\n]{2,60})")


def _from_parts(sheet: Sheet, lot: object) -> None:
    """`本次招标为其中的：(001)清污船采购;(002)吊车采购`, as the forms of tender platforms list them."""
    for match in _PARTS.finditer(sheet.folded):
        for part in _PART.finditer(sheet.folded, match.start("all"), match.end("all")):
            start, end = part.span("name")
            entry = lot(str(int(part["no"])), sheet.evidence(start, end, "标段", "lots:parts"))  # type: ignore[operator]
            entry.name = entry.name or sheet.text[start:end].strip()


def _run_of_lots(sheet: Sheet, end: int) -> int:
    """A value whose lots go on over the next lines, one a line."""
    while True:
        below = re.match(r"\s*\n?\s*[^\n]{0,60}", sheet.folded[end : end + 80])
        line_start = end
        while line_start < len(sheet.folded) and sheet.folded[line_start] in " \n;,。":
            line_start += 1
        line_end = sheet.folded.find("\n", line_start)
        line_end = len(sheet.folded) if line_end < 0 else line_end
        line = sheet.folded[line_start:line_end]
        match = MENTION.match(line)
        if (
            not below
            or match is None
            or len(line) > 120
            or not re.search(r"[:：].{0,20}\d", line[match.end() :])
            or line_start - end > 3
            or line_end <= end
        ):
            return end
        end = line_end


_LOT_HEADER = re.compile(r"包号|标段|标项|标包|分标|采购包|合同包|包件|分包|包组|包别")


def _from_tables(sheet: Sheet, tables: list[Table], lot: object, kind: Kind) -> None:
    for table in tables:
        serial = next((c for c in table.columns if c.key == "serial" and _LOT_HEADER.search(c.words)), None)
        has_name = table.index("lot_name") is not None
        if serial is None and not has_name:
            continue
        if serial is None and not any(c.key == "serial" for c in table.columns):
            _lettered(sheet, table, lot)
            continue
        if table.index("change_before", "change_after") is not None:
            continue
        column = (
            table.columns.index(serial) if serial else next(n for n, c in enumerate(table.columns) if c.key == "serial")
        )
        budgets = table.index("lot_budget", "budget")
        last_number = None
        for row in table.rows:
            cell = row[column] if column < len(row) else None
            number = lot_number(cell.words) if cell else last_number
            if number is None:
                continue
            repeated = number == last_number
            last_number = number
            entry = lot(
                number,
                sheet.evidence(cell.start, cell.end, serial.words if serial else "序号", "lots:table")
                if cell
                else None,
            )  # type: ignore[operator]
            name = table.cell(row, "lot_name") or (
                table.cell(row, "item_name", "needs", "name", "role_name")
                if serial is not None and kind not in ("award", "award_candidate")
                else None
            )
            if (
                name is not None
                and not entry.name
                and len(name.words) <= 80
                and not re.match(r"详见|见|[\d,.]+$", name.words)
            ):
                entry.name = sheet.text[name.start : name.end]
            elif repeated and name is not None and entry.name and table.index("lot_name") is None:
                pass
            if budgets is not None and (money := table.cell(row, "lot_budget", "budget")) and not repeated:
                got = first_amount(sheet.folded, money.start, money.end, table.columns[budgets].unit)
                if got and got.amount.money.kind == "total" and entry.budget is None and got.amount.money.hundredths:
                    entry.budget = got.amount.money
            if (money := table.cell(row, "lot_ceiling", "ceiling")) and not repeated:
                got = first_amount(sheet.folded, money.start, money.end, table.unit("lot_ceiling", "ceiling"))
                if got and got.amount.money.kind == "total" and entry.ceiling is None and got.amount.money.hundredths:
                    entry.ceiling = got.amount.money


def _lettered(sheet: Sheet, table: Table, lot: object) -> None:
    """Lots whose letter runs into their name (`A勘查车`) in a table without a column of numbers."""
    for row in table.rows:
        cell = table.cell(row, "lot_name")
        match = re.match(r"([A-Z])(?=[一-龥])", cell.words) if cell else None
        if cell is None or match is None:
            continue
        entry = lot(match[1], sheet.evidence(cell.start, cell.start + 1, "标包名称", "lots:letter"))  # type: ignore[operator]
        entry.name = entry.name or sheet.text[cell.start + 1 : cell.end]
        for keys, name in ((("lot_budget", "budget"), "budget"), (("lot_ceiling", "ceiling"), "ceiling")):
            money = table.cell(row, *keys)
            got = first_amount(money.words, unit=table.unit(*keys)) if money else None
            if got is not None and getattr(entry, name) is None and got.amount.money.kind == "total":
                setattr(entry, name, got.amount.money)


def _single_table_name(sheet: Sheet, found: dict[str, _Found]) -> None:
    """`采购需求：` of a 政采云 page whose table lost its header: name, quantity, budget, description, one lot."""
    if len(found) != 1:
        return
    (entry,) = found.values()
    if entry.budget is not None:
        return
    for hit in sheet.of("needs"):
        lines = [line.strip() for line in sheet.folded[hit.value : hit.end].split("\n") if line.strip()]
        if len(lines) >= 3 and re.fullmatch(r"\d{1,4}", lines[1]) and re.fullmatch(r"\d[\d,]{3,}(?:\.\d+)?", lines[2]):
            offset = sheet.folded.find(lines[2], hit.value)
            got = first_amount(sheet.folded, offset, offset + len(lines[2]))
            if got:
                entry.budget = got.amount.money
                entry.name = entry.name or lines[0]
                entry.evidence.append(sheet.evidence(offset, offset + len(lines[2]), hit.label, "lots:bare-rows"))


def settle(
    lots: Sequence[Lot], total: Money | None, ceiling: Money | None
) -> tuple[Money | None, Money | None, int | None]:
    """Totals from lots where none is printed: budget, ceiling; and the lots' sum where it contradicts the total."""
    budgets = [lot.budget for lot in lots]
    ceilings = [lot.ceiling for lot in lots]
    whole = sum(b.hundredths for b in budgets if b) if lots and all(budgets) else None
    tops = sum(c.hundredths for c in ceilings if c) if lots and all(ceilings) else None
    printed = total.hundredths if total is not None and total.currency == "CNY" and total.kind == "total" else None
    mismatch = None
    if (
        printed is not None
        and whole is not None
        and len(lots) > 1
        and abs(printed - whole) > max(100, printed // 100_000)
    ):
        mismatch = whole
    return (
        Money(whole) if total is None and whole else None,
        Money(tops) if ceiling is None and tops else None,
        mismatch,
    )
