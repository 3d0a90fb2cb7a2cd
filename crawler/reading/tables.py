# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Tables in a notice's text, however the portal printed them.

Five forms: rows with `|` between the cells (our own rendering of HTML, and several portals' text), rows with blanks
between the cells, one cell a line (a table whose markup was lost), and rows whose cells run together. All become
header keys and rows of cells with offsets. Cells that went missing are aligned by what their columns can hold.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, pairwise
from typing import NamedTuple

from crawler.reading.labels import Labels, load
from crawler.reading.sheet import Sheet, numbering_end

_UNITS = re.compile(
    r"^(?:辆|台|套|批|项|个|艘|架|只|件|组|部|具|把|双|人|年|月|吨|米|公斤|㎡|平方米|元|万元|人天|宗|家|次|式|樘|块|张|条|本|份|包|箱|顶|株|头|匹|台套|台\(套\)|辆/年|标段|公里|千米|km|m2?|升|座|株|樘|处|间|栋|户|瓶|支|盒|盆|副|扇|榀|根|卷|袋|桶|罐|片|枚|颗|台/套|套/台|批次)$"
)
_NUMBER = re.compile(r"^[约≥]?\d[\d,]*(?:\.\d+)?(?:\s*[(]?[一-龥/]{1,4}[)]?)?$")
_PURE = re.compile(r"^\d[\d,]*(?:\.\d+)?$")
_MONEY = re.compile(
    r"^(?:(?:最终|投标|总)?(?:报价|总价|价格|金额):)?(?:[¥$]|人民币)?\s*\d[\d,]*(?:\.\d+)?\s*[(]?(?:万?元|亿元|%|元整|万)?[)]?(?:/.{1,4}|每年|\(人民币\))?$|^[-/]$|^(?:下浮|折扣|费)率?.*%?$"
)
_SERIAL = re.compile(
    r"^(?:\d{1,3}(?:-\d{1,3})?|第?[一二三四五六七八九十\d]{1,3}(?:包|标段|标项|名|分标|标|品目|(?:中标|成交|中选|入围)?候选(?:人|供应商|单位))?|(?:采购包|合同包|标项|标段|分标|标包|包件|包组|包)\s*[一二三四五六七八九十\d]{1,3}|第?[A-Z](?:分?包|分标|标段|标包)?)$"
)
_MONEY_KEYS = frozenset(
    "budget lot_budget ceiling lot_ceiling joint_budget award_amount unit_price unit_ceiling deposit award_total contract_amount".split()
)
_HEAD_KEYS = frozenset(
    "serial item_name quantity unit supplier other_supplier award_amount lot_name name change_item change_before change_after budget lot_budget buyer".split()
)


class Cell(NamedTuple):
    """A cell's words and where they stand."""

    words: str
    start: int
    end: int


class Column(NamedTuple):
    """A header cell: the key of its label ("" where unknown), its words, the unit it carries."""

    key: str
    words: str
    unit: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its header understood."""

    start: int
    end: int
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell | None, ...], ...]

    def index(self, *keys: str) -> int | None:
        """The first column with one of these keys, in the order of the keys."""
        for key in keys:
            for number, column in enumerate(self.columns):
                if column.key == key:
                    return number
        return None

    def cell(self, row: tuple[Cell | None, ...], *keys: str) -> Cell | None:
        """A row's cell under the first of these keys that has one."""
        for key in keys:
            for number, column in enumerate(self.columns):
                if column.key == key and number < len(row) and (cell := row[number]) is not None:
                    return cell
        return None

    def unit(self, *keys: str) -> str:
        number = self.index(*keys)
        return self.columns[number].unit if number is not None else ""


_REMARK = re.compile(
    r"(?:要求|参数|说明|备注|描述|规格|标准|情况|行业|政策|其他事项|其它事项|理由|配置|产地|总价|用途)(?:\([^()]*\))?$"
)
_COLUMN_ENDS = (
    ("remark", re.compile(r"^经?评审.*价$|得分$|评分$")),
    ("serial", re.compile(r"(?:候选人|供应商|投标人)(?:及|的)?(?:排序|排名|名次)$")),
    ("change_before", re.compile(r"(?:更正|变更|修改|调整|澄清|更改)前.{0,4}$|^原.{0,8}(?:内容|条款|信息|表述|文件)$")),
    ("change_after", re.compile(r"(?:更正|变更|修改|调整|澄清|更改)后.{0,4}$|^现.{0,6}(?:内容|条款|信息|表述)$")),
    ("unit_price", re.compile(r"单价$")),
    ("unit_ceiling", re.compile(r"单[价台车项].{0,3}限价$|限价单价$")),
    ("ceiling", re.compile(r"(?:限价|控制价)$")),
    ("lot_budget", re.compile(r"预算(?:金额|价|额|控制数)?$|估算价$")),
    ("quantity", re.compile(r"(?<![及和与、])(?:数量|台数|辆数|套数)$")),
    ("award_amount", re.compile(r"^(?:中标|成交|中选|投标|最终|含税|不含税).{0,6}(?:价|价格|金额|报价)$")),
    ("supplier", re.compile(r"^(?:推荐的?|拟)?(?:中标|成交|中选|入围).{0,4}(?:人|供应商|单位|企业)(?:名称|全称)?$")),
    ("item_name", re.compile(r"^(?:货物|产品|物资|设备|车辆|标的|商品|服务|采购).{0,6}(?:名称|内容)$")),
)
"""What a column holds whose header is no label of its own, by how the header ends (`车辆购置预算`)."""
_UNIT_WORDS = re.compile(r"[(:/,]\s*(?:单位:)?(?:人民币)?(百万元|亿元|万元|千元|元)")


@lru_cache(maxsize=20_000)
def column(words: str) -> Column:
    """A header cell's key and unit."""
    labels = load()
    bare = re.sub(r"\s+", "", words)
    unit = _UNIT_WORDS.search(bare)
    key = (
        labels.key(bare) or labels.key(re.sub(r"\([^()]*\)", "", bare)) or labels.key(re.sub(r"[★*#]", "", bare)) or ""
    )
    if key == "needs" and bare.endswith("数量"):
        key = "quantity"  # `采购数量` announces a list in running text, a count over a column
    if not key and len(bare) <= 20:
        plain = re.sub(r"\([^()]*\)", "", bare)
        top = "ceiling" if re.search(r"(?:控制|限)(?:价)?(?:总价|合计)$", plain) else ""
        remark = "remark" if _REMARK.search(bare) else ""
        key = top or remark or next((name for name, end in _COLUMN_ENDS if end.search(plain)), "")
    return Column(key, bare, unit[1] if unit else "")


def read_tables(sheet: Sheet) -> list[Table]:
    """All tables with an understood header, in order."""
    labels = load()
    lines = _lines(sheet)
    tables = [*_piped(sheet)]
    taken = [(table.start, table.end) for table in tables]
    tables += [t for t in _spaced(sheet, lines, labels) if not any(a < t.end and t.start < b for a, b in taken)]
    taken = [(table.start, table.end) for table in tables]
    tables += [t for t in _stacked(sheet, lines, labels) if not any(a < t.end and t.start < b for a, b in taken)]
    if not tables:
        tables = (
            list(_fused(lines, labels))
            or list(_numbered_rows(lines, labels))
            or [table for line in lines for table in _run_together(line, labels)]
        )
    return sorted(tables, key=lambda table: table.start)


_TEXT, _SUM_, _COUNT_ = r"(\S.*?)", r"((?:\d{1,3}(?:,\d{3})+|\d+)\.\d{2}\d*?|-)(?:元)?", r"(\d{1,5}[一-龥]{0,2}?)"


def _fused(lines: list[Cell], labels: Labels) -> Iterator[Table]:
    """A table whose cells have run together without any sign, where its amounts have cents to tell them apart.

    `标包名称数量预算金额（元）最高限价（元）` over `A勘查车1批1360000.001360000.00`.
    """
    for index, line in enumerate(lines[:-1]):
        if not 10 <= len(line.words) <= 120 or " " in line.words or ":" in line.words:
            continue
        columns = _segmented(line.words, labels)
        keys = [column_.key for column_ in columns]
        if (
            len(columns) < 3
            or not any(key in _MONEY_KEYS for key in keys)
            or not any(key in _HEAD_KEYS for key in keys)
        ):
            continue
        plain = [key not in _MONEY_KEYS and key not in ("quantity", "serial") for key in keys]
        last = max(n for n, key in enumerate(keys) if key in _MONEY_KEYS)
        if any(plain[n] and plain[n + 1] for n in range(last)):
            continue  # nothing tells where one text ends and the next begins
        pattern = "".join(_SUM_ if key in _MONEY_KEYS else _COUNT_ if key == "quantity" else _TEXT for key in keys)
        row_pattern = re.compile(pattern + "$")
        rows: list[tuple[Cell | None, ...]] = []
        end = line.end
        for below in lines[index + 1 :]:
            match = row_pattern.match(below.words)
            if match is None:
                break
            rows.append(
                tuple(
                    Cell(match[n], below.start + match.start(n), below.start + match.end(n))
                    for n in range(1, len(columns) + 1)
                )
            )
            end = below.end
        if rows:
            yield Table(line.start, end, tuple(columns), tuple(rows))


def _segmented(words: str, labels: Labels) -> list[Column]:
    """A line that is nothing but known labels, one behind the other; empty where it is not."""
    columns, end = _leading_labels(words, labels)
    return columns if end == len(words) else []


def _leading_labels(words: str, labels: Labels) -> tuple[list[Column], int]:
    """The known labels a text begins with, one behind the other, and where they end."""
    columns: list[Column] = []
    at = 0
    while at < len(words):
        for size in range(min(24, len(words) - at), 1, -1):
            bracket = re.match(r"\([^()]{1,8}\)", words[at + size :])
            if labels.key(words[at : at + size]) is not None and not words[at : at + size].endswith("("):
                stop = at + size + (bracket.end() if bracket else 0)
                columns.append(column(words[at:stop]))
                at = stop
                break
        else:
            break
    return columns, at


def leading_labels(words: str) -> int:
    """Where the known labels end that a run of words begins with, one behind the other."""
    return _leading_labels(words, load())[1]


_NUMBERED_HEAD = re.compile(r"(?:序号|包号|标项|标段号|标包号|分包号|采购包|合同包)(?=[一-龥])")


def _run_together(line: Cell, labels: Labels) -> Iterator[Table]:
    """Header and rows in one run of a page without line breaks: `包号货物名称数量预算（万元）1清障车2辆962洒水车1辆45`.

    Taken only where every row fits the header and one division into numbered rows is finer than all others.
    """
    for mark in _NUMBERED_HEAD.finditer(line.words):
        columns, size = _leading_labels(line.words[mark.start() : mark.start() + 160], labels)
        sums = [n for n, column_ in enumerate(columns) if column_.key in _MONEY_KEYS]
        first = re.compile(r"[一-龥]{0,6}(?=1\D)").match(line.words, mark.start() + size)
        if (
            len(columns) < 4
            or not sums
            or first is None
            or _blurred(columns)
            or not any(c.key in _HEAD_KEYS for c in columns[1:])
        ):
            continue
        body, offset = _before_label(line.words[first.end() :], labels), line.start + first.end()
        ways = sorted(islice(_divisions(body, 1, re.compile(_row_cells(columns, sums))), 50), key=len)
        if ways and (len(ways) == 1 or len(ways[-1]) > len(ways[-2])):
            rows = []
            for number, found in enumerate(ways[-1], 1):
                inside = [
                    Cell(found[n], offset + found.start(n), offset + found.end(n)) if found[n] else None
                    for n in range(1, len(columns))
                ]
                start = offset + found.start() - len(str(number))
                rows.append((Cell(str(number), start, start + len(str(number))), *inside))
            yield Table(line.start + mark.start(), line.end, tuple(columns), tuple(rows))


def _blurred(columns: list[Column]) -> bool:
    """Whether a supplier's name runs into another text beside it."""
    texts = [column_.key not in _MONEY_KEYS and column_.key not in ("quantity", "serial") for column_ in columns]
    return any(
        "supplier" in (one.key, two.key) and texts[n] and texts[n + 1] for n, (one, two) in enumerate(pairwise(columns))
    )


def _row_cells(columns: list[Column], sums: list[int]) -> str:
    """The cells behind a row's number, run together, as an expression."""
    return "".join(
        r"(\d+(?:\.\d+)?)(?:万?元)?"
        if n in sums
        else r"(\d{1,4}[一-龥]{0,2}?)"
        if column_.key == "quantity"
        else r"(\D.{0,79}?)"
        if n < sums[-1]
        else r"(\D.{0,19})?"
        for n, column_ in enumerate(columns[1:], 1)
    )


def _before_label(body: str, labels: Labels) -> str:
    """The rows of a run without what follows the table: up to the first known label with a colon."""
    colon = body.find(":")
    for size in range(min(24, colon), 1, -1):
        if labels.key(body[colon - size : colon]) is not None:
            return re.sub(r"(?:[一二三四五六七八九十]{1,2}、|\d{1,2}[.、])?$", "", body[: colon - size])
    return body


def _numbered_rows(lines: list[Cell], labels: Labels) -> Iterator[Table]:
    """A header in one run over numbered rows in one run each: `1四轮电动车15辆720000`.

    Taken only where no two sums stand side by side: nothing would tell where one ends.
    """
    for index, line in enumerate(lines[:-1]):
        if not 8 <= len(line.words) <= 120 or not _NUMBERED_HEAD.match(line.words):
            continue
        columns = _segmented(line.words, labels)
        sums = [n for n, column_ in enumerate(columns) if column_.key in _MONEY_KEYS]
        beside = any(
            b - a == 1 or columns[a + 1].key == "quantity"
            for a, b in pairwise([*sums, len(columns) + 1])
            if a + 1 < len(columns)
        )
        if (
            len(columns) < 4
            or not sums
            or beside
            or _blurred(columns)
            or not any(c.key in _HEAD_KEYS for c in columns[1:])
        ):
            continue
        row = re.compile(_row_cells(columns, sums))
        rows: list[tuple[Cell | None, ...]] = []
        for below in lines[index + 1 :]:
            number = str(len(rows) + 1)
            found = row.fullmatch(below.words, len(number)) if below.words.startswith(number) else None
            if found is None:
                break
            inside = [
                Cell(found[n], below.start + found.start(n), below.start + found.end(n)) if found[n] else None
                for n in range(1, len(columns))
            ]
            rows.append((Cell(number, below.start, below.start + len(number)), *inside))
        if rows:
            yield Table(line.start, lines[index + len(rows)].end, tuple(columns), tuple(rows))


def _divisions(body: str, number: int, row: re.Pattern[str], at: int = 0) -> Iterator[list[re.Match[str]]]:
    """The ways to divide a run into rows numbered from `number` on, each matching `row` behind its number."""
    begin = at + len(str(number))
    if found := row.fullmatch(body, begin):
        yield [found]
    for further in re.finditer(rf"{number + 1}(?=\D)", body[begin:]) if number < 20 else ():
        stop = begin + further.start()
        if found := row.fullmatch(body, begin, stop):
            yield from ([found, *rest] for rest in _divisions(body, number + 1, row, stop))


def _is_header(columns: list[Column], least: int = 2) -> bool:
    known = [c for c in columns if c.key]
    return (
        len(known) >= least
        and any(c.key in _HEAD_KEYS for c in known)
        and len(known) * 2 >= len([c for c in columns if c.words])
    )


def _piped(sheet: Sheet) -> Iterator[Table]:
    folded = sheet.folded
    if "|" not in folded:
        return
    grid: list[list[Cell]] = []
    header: list[Column] | None = None
    begin = 0
    for start, end in _pipe_rows(folded):
        cells = _split_pipes(folded, start, end)
        words = [cell.words for cell in cells]
        if all(re.fullmatch(r"[-:\s]*", word) for word in words):
            if any("-" in word for word in words):
                continue
            continue
        columns = [column(word) for word in words]
        fresh = len(columns) > 1 and _is_header(columns) and not any(_NUMBER.match(w) for w in words if w)
        if fresh:
            if header is not None and grid:
                yield _made(begin, grid[-1][-1].end, header, grid)
            header, grid, begin = columns, [], start
        elif header is not None:
            gap = sheet.section_at(start)
            if gap is not None and gap.start > (grid[-1][-1].end if grid else begin) and gap.level == 1:
                yield from [_made(begin, grid[-1][-1].end, header, grid)] if grid else []
                header, grid = None, []
                continue
            short = 1 < len(cells) < len(header) and header[0].key == "serial" and _SERIAL.match(cells[0].words)
            if len(cells) == len(header) or short or (len(cells) > 1 and abs(len(cells) - len(header)) <= 2):
                grid.append(cells)
            else:
                yield from [_made(begin, grid[-1][-1].end, header, grid)] if grid else []
                header, grid = None, []
    if header is not None and grid:
        yield _made(begin, grid[-1][-1].end, header, grid)


def _pipe_rows(folded: str) -> Iterator[tuple[int, int]]:
    """Rows of cells. Where rows end with a bar, one whose cells hold line breaks goes on until its bars are complete."""
    barred = [line for line in folded.split("\n") if "|" in line]
    closed = sum(1 for line in barred if line.rstrip().endswith("|")) * 4 > len(barred)
    offset = 0
    width = 0
    begun: int | None = None
    for line in folded.split("\n"):
        start, offset = offset, offset + len(line) + 1
        end = start + len(line)
        if not closed:
            if "|" in line:
                yield start, end
            continue
        if begun is None:
            if "|" not in line:
                continue
            begun = start
        bars = folded.count("|", begun, end)
        if line.rstrip().endswith("|") and (bars >= width or bars == 1):
            if bars >= 2:
                width = bars
                yield begun, end
            begun = None
        elif end - begun > 1500:
            begun, width = None, 0


def _split_pipes(folded: str, start: int, end: int) -> list[Cell]:
    cells = []
    at = start
    stripped_end = end
    while stripped_end > start and folded[stripped_end - 1] in " \n":
        stripped_end -= 1
    if stripped_end > start and folded[stripped_end - 1] == "|":
        stripped_end -= 1
    if folded[start:stripped_end].lstrip().startswith("|"):
        at = folded.index("|", start) + 1
    while at <= stripped_end:
        bar = folded.find("|", at, stripped_end)
        stop = stripped_end if bar < 0 else bar
        cells.append(_cell(folded, at, stop))
        at = stop + 1
        if bar < 0:
            break
    return cells


def _cell(folded: str, start: int, end: int) -> Cell:
    while start < end and folded[start] in " \n":
        start += 1
    while end > start and folded[end - 1] in " \n":
        end -= 1
    return Cell(folded[start:end], start, end)


def _made(start: int, end: int, header: list[Column], grid: list[list[Cell]]) -> Table:
    rows = []
    for cells in grid:
        if len(cells) == len(header):
            row: tuple[Cell | None, ...] = tuple(cell if cell.words else None for cell in cells)
        else:
            row = tuple(_align([cell for cell in cells if cell.words], header))
        if any(row):
            rows.append(row)
    return Table(start, end, tuple(header), tuple(rows))


def _unremarked(words: str) -> str:
    """A lot's number without what stands in brackets behind it."""
    return re.sub(r"\([^()]*\)$", "", words)


def _fits(cell: str, column_: Column) -> float:
    """How well a cell's words suit a column."""
    key = column_.key
    if key == "quantity":
        return 3 if _NUMBER.match(cell) and len(cell) < 12 else -5
    if key == "unit":
        return 3 if _UNITS.match(cell) else -4 if _PURE.match(cell) else 0 if len(cell) <= 4 else -4
    if key in _MONEY_KEYS:
        return 2.5 if _MONEY.match(cell) and (len(cell) > 2 or cell in "-/") else 0.5 if _PURE.match(cell) else -4
    if key == "serial":
        return 3 if _SERIAL.match(_unremarked(cell)) else -1 if len(cell) < 24 and re.search(r"\d", cell) else -5
    if key in ("supplier", "other_supplier"):
        return (
            2.5 if re.search(r"公司|厂|中心|集团|院|社|店|行|部$", cell) else -2 if re.search(r"^[\d.,]+$", cell) else 0
        )
    if key in ("item_name", "lot_name", "name"):
        return -3 if _PURE.match(cell) or _UNITS.match(cell) else 1.5
    if _PURE.match(cell):
        return -0.5 if key else 0.3
    return 0.8


def _align(cells: list[Cell], header: list[Column]) -> list[Cell | None]:
    """Cells to columns in order, each cell to one column, empty columns left out, by the best total fit."""
    columns, count = len(header), len(cells)
    if count == columns and all(_fits(c.words, h) > -3 for c, h in zip(cells, header, strict=True)):
        return list(cells)
    worst = -1e9
    best = [[worst] * (count + 1) for _ in range(columns + 1)]
    step: list[list[str]] = [[""] * (count + 1) for _ in range(columns + 1)]
    best[0][0] = 0.0
    for i in range(columns + 1):
        for j in range(count + 1):
            here = best[i][j]
            if here == worst:
                continue
            if i < columns and here - 0.9 > best[i + 1][j]:
                best[i + 1][j], step[i + 1][j] = here - 0.9, "empty"
            if i < columns and j < count:
                total = here + _fits(cells[j].words, header[i])
                if total > best[i + 1][j + 1]:
                    best[i + 1][j + 1], step[i + 1][j + 1] = total, "take"
            if j < count and here - 2.0 > best[i][j + 1]:
                best[i][j + 1], step[i][j + 1] = here - 2.0, "drop"
    row: list[Cell | None] = [None] * columns
    i, j = columns, count
    while i or j:
        how = step[i][j]
        if how == "take":
            row[i - 1] = cells[j - 1]
            i, j = i - 1, j - 1
        elif how == "empty":
            i -= 1
        elif how == "drop":
            j -= 1
        else:
            break
    return row


def _lines(sheet: Sheet) -> list[Cell]:
    out = []
    offset = 0
    for line in sheet.folded.split("\n"):
        bare = line.rstrip(" |") if line.count("|") == 1 else line
        if bare.strip():
            out.append(_cell(sheet.folded, offset, offset + len(bare)))
        offset += len(line) + 1
    return out


def _stops(line: Cell, sheet: Sheet, labels: Labels) -> bool:
    """Whether a line cannot be part of a table's body: a heading or a label with its value."""
    section = sheet.section_at(line.start)
    if (
        section is not None
        and line.start <= section.start < line.end
        and line.words[: numbering_end(line.words)].strip()
    ):
        return True
    head, colon, _ = line.words.partition(":")
    bare = head[numbering_end(head) :]
    if colon and labels.key(bare) in _MONEY_KEYS and _MONEY.match(line.words):
        return False  # a sum that carries its name inside the cell
    return bool(colon and labels.key(bare)) or line.words.startswith(("注:", "备注:", "说明:", "合计", "总计"))


def _spaced(sheet: Sheet, lines: list[Cell], labels: Labels) -> Iterator[Table]:
    """Header and rows with blanks between the cells."""
    index = 0
    while index < len(lines):
        line = lines[index]
        index += 1
        if len(line.words) > 160 or line.words.count(" ") < 2:
            continue
        parts = _parts(line)
        if len(parts) < 3:
            continue
        columns = [column(part.words) for part in parts]
        if not _is_header(columns, 3) or any(_PURE.match(part.words) for part in parts):
            continue
        rows: list[tuple[Cell | None, ...]] = []
        end = line.end
        while index < len(lines):
            row_parts = _parts(lines[index])
            whole = len(row_parts) == len(columns) and columns[0].key == "serial" and _SERIAL.match(row_parts[0].words)
            if not whole and _stops(lines[index], sheet, labels):
                break
            if len(row_parts) < len(columns):
                single = [
                    Cell(m.group(), lines[index].start + m.start(), lines[index].start + m.end())
                    for m in re.finditer(r"\S+", lines[index].words)
                ]
                row_parts = single if len(single) == len(columns) else row_parts
            if len(row_parts) < 2:
                break
            row = _align(row_parts, columns)
            if columns[0].key == "serial" and (row[0] is None or not _SERIAL.match(_unremarked(row[0].words))):
                break
            rows.append(tuple(row))
            end = lines[index].end
            index += 1
        if rows:
            yield Table(line.start, end, tuple(columns), tuple(rows))


def _parts(line: Cell) -> list[Cell]:
    """A line's cells: two blanks or more divide where the line has such, else one blank does."""
    wide = bool(re.search(r"\S {2,}\S", line.words))
    pattern = (
        r"\S+(?: \S+)*"
        if wide
        else r"20\d\d[-/.年]\S+ \d{1,2}[:时点]\S*|[¥]?\d[\d,.]* (?:万?元)(?:\(\S+\))?(?= |$)|[^\s:]+: ?[\d.]+ 分|\S+"
    )
    return [Cell(m.group(), line.start + m.start(), line.start + m.end()) for m in re.finditer(pattern, line.words)]


def _stacked(sheet: Sheet, lines: list[Cell], labels: Labels) -> Iterator[Table]:
    """One cell a line: a run of header words, then rows."""
    index = 0
    while index < len(lines):
        header, after = _stacked_header(lines, index)
        if header is None:
            index += 1
            continue
        body: list[Cell] = []
        at = after
        changes = any(column_.key == "change_after" for column_ in header)
        while at < len(lines) and (
            not _stops(lines[at], sheet, labels) or (changes and _CLAUSE_NUMBER.match(lines[at].words))
        ):
            if len(body) > len(header) and _stacked_header(lines, at)[0] is not None:
                break
            body.append(lines[at])
            at += 1
            if len(body) > 600:
                break
        rows, used = _stacked_rows(body, header)
        if rows:
            yield Table(lines[index].start, body[used - 1].end, tuple(header), tuple(rows))
            index = after + used
        else:
            index = after


_CLAUSE_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2})* *[一-龥]{2,20}$")
"""A clause a row of changes names (`6.1 投标截止时间`): no heading there."""


_PAIR_KEYS = frozenset("name buyer agency number plan_number person phone method region role_name role_address".split())


def _stacked_header(lines: list[Cell], index: int) -> tuple[list[Column] | None, int]:
    """The header that begins at a line, and the line behind it."""
    header: list[Column] = []
    at = index
    unknown = 0
    while at < len(lines) and len(header) < 16:
        words = lines[at].words
        if len(words) > 40 or "|" in words or words.endswith((":", "。", ";")):
            break
        if header and re.fullmatch(r"\(.{1,8}\)", words):
            last = header.pop()
            header.append(column(last.words + words))
            at += 1
            continue
        got = column(words)
        if not header and got.key in ("", "remark"):
            break
        if words[: numbering_end(words)].strip():
            break
        if not got.key and header and header[0].key in _PAIR_KEYS:
            break  # a label's value: these lines are pairs
        if not got.key:
            ahead = [column(line.words).key for line in lines[at + 1 : at + 3]]
            if unknown >= 2 or not any(ahead) or re.search(r"\d|公司|中心$|局$|^/$|^无$", words) or len(words) > 10:
                break
            unknown += 1
        elif header and (_SERIAL.match(words) or _RANKED.fullmatch(words)):
            break
        header.append(got)
        at += 1
        if got.key == "change_after" and any(c.key == "change_before" for c in header):
            break  # the field's name below begins the first row
    while header and not header[-1].key:
        header.pop()
        at -= 1
    if len(header) > 2 and header[0].key == "needs" and header[1].key == "serial":
        header = header[1:]  # `采购清单` is the table's caption
    known = [c.key for c in header if c.key]
    if len(known) < 3 or not any(key in _HEAD_KEYS for key in known) or len(set(known)) < 3:
        return None, index
    return header, at


def _stacked_rows(body: list[Cell], header: list[Column]) -> tuple[list[tuple[Cell | None, ...]], int]:
    """Rows out of lines: where serial numbers begin them, else by the number of columns."""
    if not body:
        return [], 0
    width = len(header)
    if header[0].key == "serial":
        regular = numbered = 0
        while (regular + 1) * width <= len(body):
            words, before = body[regular * width].words, body[(regular - 1) * width].words if regular else ""
            again = words == before and _LOT_SERIAL.search(words) is not None  # several winners of one lot
            chunk = body[regular * width : (regular + 1) * width]
            tens = (
                words.isdigit() and words == str(int(body[0].words or 0) * (regular + 1))
                if body[0].words.isdigit()
                else False
            )
            if not (again or tens or _starts_row(words, numbered)) or any(
                _fits(c.words, h) < -3 for c, h in zip(chunk, header, strict=True)
            ):
                break
            regular += 1
            numbered += not again
        follows = body[regular * width].words if regular * width < len(body) else ""
        if regular and not (follows and _starts_row(follows, numbered)):
            return [tuple(body[n * width : (n + 1) * width]) for n in range(regular)], regular * width
        first = next((n for n, cell in enumerate(body[:5]) if _starts_row(cell.words, 0)), None)
        starts = [] if first is None else [first]
        shape = _shape(body[first].words) if first is not None else ""
        for number, cell in enumerate(body):
            if (
                starts
                and number - starts[-1] >= min(3, width - 1)
                and _shape(cell.words) == shape
                and _starts_row(cell.words, len(starts))
            ):
                starts.append(number)
        if starts:
            rows = []
            ends = [*starts[1:], min(len(body), starts[-1] + width)]
            for begin, end in zip(starts, ends, strict=True):
                cells = body[begin : min(end, begin + width + 4)]
                rows.append(tuple(_align(cells, header)))
            return rows, ends[-1]
    rows = []
    used = 0
    while used + max(2, width - 1) <= len(body) and len(rows) < 60:
        chunk = body[used : used + width]
        if len(chunk) < width or sum(_fits(c.words, h) < -3 for c, h in zip(chunk, header, strict=True)) > 0:
            if rows:
                break
            row = _align(body[: width + 1], header)
            return ([tuple(row)], min(len(body), width)) if sum(1 for cell in row if cell) >= 3 else ([], 0)
        rows.append(tuple(chunk))
        used += width
    return rows, used


_RANKED = re.compile(r"第[一二三1-3](?:名|(?:中标|成交|中选|入围)?候选(?:人|供应商|单位))")
_LOT_SERIAL = re.compile(r"包|标段|标项|分标")


def _shape(words: str) -> str:
    return re.sub(r"\d+|[一二三四五六七八九十]+", "#", words)


_ORDINAL = "一二三四五六七八九十"


def _starts_row(words: str, done: int) -> bool:
    """Whether a line is the serial number of row `done` + 1, in whatever form."""
    number = done + 1
    forms = {
        str(number),
        f"{number:02d}",
        f"第{number}包",
        f"包{number}",
        f"{number}包",
        f"标项{number}",
        f"采购包{number}",
        f"{number}标段",
        f"合同包{number}",
        f"第{number}名",
        f"第{number}标段",
        f"分标{number}",
        f"{number}分标",
        f"{number}-1",
        f"1-{number}",
    }
    if number <= 26:
        letter = chr(64 + number)
        forms |= {letter, f"{letter}包", f"{letter}分标", f"第{letter}包", f"包{letter}"}
    if number <= 10:
        cn = _ORDINAL[number - 1]
        forms |= {
            cn,
            f"第{cn}包",
            f"{cn}标段",
            f"标项{cn}",
            f"第{cn}名",
            f"第{cn}标段",
            f"包{cn}",
            f"{cn}包",
            f"第{cn}中标候选人",
            f"{cn}分标",
        }
    bare = re.sub(r"(?<=^第.)(?:中标|成交|中选|入围)?(?:候选)?(?:人|供应商|单位)$|(?<=^第.)排序$", "名", words)
    if words in forms or bare in forms:
        return True
    return bool(done == 0 and _SERIAL.match(words))
