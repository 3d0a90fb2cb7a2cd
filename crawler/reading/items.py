# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""What is bought, where the notice prints a name with a count: tables, lot blocks, label lists, sentences."""

import re
from collections.abc import Iterator
from dataclasses import replace

from crawler.notice import Item, Kind, Money
from crawler.reading.lots import Blocks, lot_number
from crawler.reading.money import first_amount
from crawler.reading.sheet import Hit, Sheet
from crawler.reading.tables import Cell, Table
from crawler.text import comparison_key

_COUNT = re.compile(r"(?P<n>\d[\d,]*(?:\.\d+)?)\s*[(]?\s*(?P<unit>[一-龥㎡]{1,3}(?:/[一-龥]{1,2})?)?\s*[)]?")
_COUNT_WORDS = r"\d{1,5}|[一二三四五六七八九十两]{1,3}|[壹贰叁肆伍陆柒捌玖拾]{1,3}"
_UNIT_WORDS = "辆|台套|台|套|架|艘|部|批|项|个|件|组|只|具|把|双|张|条|座(?![一-龥])|樘|吨(?![一-龥])"
_GOODS = re.compile(
    rf"(?P<name>[一-龥A-Za-z0-9×xX*·\-—()/.“”\"≥≤]{{2,40}}?)\s*[:：]?\s*(?:共计|共|合计|各|数量(?:为|:)?)?\s*(?P<n>{_COUNT_WORDS})\s*(?P<unit>{_UNIT_WORDS})(?![一-龥]{{0,2}}(?:以上|以下|以内|及以上))"
)
_BUYING_FIRST = re.compile(
    rf"(?:采购|购置|购买|更新|新增|配备|配置)\s*(?P<n>{_COUNT_WORDS})\s*(?P<unit>辆|台套|台|套|架|艘|部)\s*(?P<name>[一-龥A-Za-z0-9×\-()]{{2,30}})"
)
_VERBS = re.compile(
    r"^.*(?:采购内容(?:为|包括)?|采购标的(?:为)?|采购|购置|购买|加装|安装|配备|新增|更新|采买|包括|包含|其中|分别为|主要为|内容为|为|计划|拟|及|和|以及|分别|即|:|:|,|;|、|。|\d[、.．)](?!\d))(?=[^采购]{2})"
)
_NOT_BOUGHT = re.compile(
    r"不少于|不低于|不超过|至少|现有|在册|接入|保险|维修|租赁|自有|服务期|质保|(?<!到期)报废|停放|总计|业绩|以上|车位|供应商须|投标人须|具有|转场|每[辆台套]"
)
_TOTAL = re.compile(r"^(?:合计|总计|小计|共计|总价|合 计)")


def read_items(sheet: Sheet, tables: list[Table], kind: Kind, blocks: Blocks) -> tuple[Item, ...]:
    """The goods or services printed with a count, lots given where the place tells."""
    if kind == "acceptance":
        return ()
    found = [item for table in tables for item in _from_table(sheet, table, blocks)]
    if not found:
        found = list(_from_labels(sheet, blocks))
    if not found:
        found = list(_from_bare_rows(sheet, blocks))
    if not found:
        found = list(_from_sentences(sheet, tables, kind, blocks))
    if not found:
        found = list(_named_by_project(sheet))
    unique: dict[tuple[str, object, str | None], Item] = {}
    for item in found:
        unique.setdefault((comparison_key(item.name), item.quantity, item.lot), item)
    out = list(unique.values())
    for whole in [i for i in out if not i.lot and len(out) > 2]:
        parts = [i for i in out if i is not whole and i.name.endswith(whole.name) and i.unit == whole.unit]
        if len(parts) > 1 and sum(i.quantity or 0 for i in parts) == whole.quantity:
            out.remove(whole)  # `自卸车40辆` over its two lots
    # The same goods listed once by lot and once without.
    return tuple(
        i
        for i in out
        if i.lot
        or not any(o.lot and o.quantity == i.quantity and comparison_key(o.name) == comparison_key(i.name) for o in out)
    )


def _quantity(words: str) -> tuple[float | int | None, str | None]:
    match = _COUNT.match(words.strip().lstrip("约"))
    if match is None:
        return None, None
    number = float(match["n"].replace(",", ""))
    return (int(number) if number.is_integer() else number), match["unit"]


def _from_table(sheet: Sheet, table: Table, blocks: Blocks) -> Iterator[Item]:
    quantity_column = table.index("quantity")
    keys = (
        ("item_name", "needs", "lot_name", "name", "category")
        if table.index("item_name") is None and table.index("quantity") is not None
        else ("item_name",)
    )
    name_key = next((key for key in keys if table.index(key) is not None), None)
    if name_key is None and quantity_column is not None and table.index("role_name") is not None:
        name_key = "role_name"
    if quantity_column is None and name_key is not None:
        yield from _counted_names(sheet, table, name_key)
    if name_key is None or quantity_column is None or table.index("change_before") is not None:
        return
    lot_column = next(
        (n for n, c in enumerate(table.columns) if c.key == "serial" and re.search(r"包|标段|标项|分标", c.words)), None
    )
    lot: str | None = None
    for row in table.rows:
        name, count = table.cell(row, name_key), row[quantity_column] if quantity_column < len(row) else None
        if name is None or _TOTAL.match(name.words) or re.fullmatch(r"详见.*|见.*|/|-", name.words):
            continue
        if lot_column is not None and (cell := row[lot_column]) is not None:
            lot = lot_number(cell.words)
        where = lot if lot_column is not None else blocks.at(name.start)
        names, counts = _several(sheet, name, count)
        unit_cell = table.cell(row, "unit")
        price = table.cell(row, "unit_price")
        amount = first_amount(sheet.folded, price.start, price.end, table.unit("unit_price")) if price else None
        code = re.search(r"A\d{6,8}", " ".join(cell.words for cell in row if cell))
        for one, many in zip(names, counts, strict=True):
            quantity, inline = _quantity(many) if many else (None, None)
            header_unit = re.search(r"[(]([辆台套])[)]", table.columns[quantity_column].words)
            unit = (
                unit_cell.words
                if unit_cell and not re.search(r"\d|元", unit_cell.words)
                else inline or (header_unit[1] if header_unit else None)
            )
            if quantity is None or not one:
                continue
            yield Item(
                name=one,
                quantity=quantity,
                unit=unit,
                lot=where,
                unit_price=Money(amount.amount.money.hundredths, amount.amount.money.currency, "unit")
                if amount and len(names) == 1 and amount.amount.money.kind != "rate"
                else None,
                code=code.group() if code else None,
                spec=sheet.text[spec.start : spec.end][:300] if (spec := table.cell(row, "model")) else None,
                evidence=(
                    sheet.evidence(
                        name.start, name.end, table.columns[table.index(name_key) or 0].words, "items:table"
                    ),
                ),
            )


_COUNTED = re.compile(r"(?P<name>.{2,40}?)\s*\((?:共|计)?(?P<n>\d{1,5})\s*(?P<unit>辆|台套|台|套|艘|架|部)\)")


def _counted_names(sheet: Sheet, table: Table, key: str) -> Iterator[Item]:
    """Names that carry their count in brackets (`巡逻轿车（18辆）`), in a table without a column for it."""
    for row in table.rows:
        cell = table.cell(row, key)
        match = _COUNTED.fullmatch(cell.words) if cell else None
        if cell is None or match is None:
            continue
        numbers = [lot_number(c.words) for h, c in zip(table.columns, row, strict=False) if h.key == "serial" and c]
        evidence = sheet.evidence(cell.start, cell.end, table.columns[table.index(key) or 0].words, "items:counted")
        name = sheet.text[cell.start : cell.start + match.end("name")]
        yield Item(name, int(match["n"]), match["unit"], next(iter(numbers), None), evidence=(evidence,))


def _several(sheet: Sheet, name: Cell, count: Cell | None) -> tuple[list[str], list[str]]:
    """Cells that hold several goods divided by `;`, with as many counts."""
    words = sheet.text[name.start : name.end]
    many = count.words if count else ""
    names = [part.strip() for part in re.split(r"[;；]\s*", words) if part.strip()]
    counts = [part.strip() for part in re.split(r"[;；]\s*", many) if part.strip()]
    if len(names) > 1 and len(names) == len(counts):
        return names, counts
    return [" ".join(words.split())], [many]


def _from_labels(sheet: Sheet, blocks: Blocks) -> Iterator[Item]:
    """`标项名称: … 数量: … 单位: …` and `标的名称：… 数量：… 单位：…`."""
    keys = ("item_name", "lot_name")
    names = [h for h in sheet.hits if h.key in keys and sheet.words(h) and h.sep in ("colon", "bar")]
    for index, hit in enumerate(names):
        stop = names[index + 1].start if index + 1 < len(names) else len(sheet.folded)
        stop = min(stop, hit.start + 700)
        count = next((h for h in sheet.of("quantity") if hit.start < h.start < stop), None)
        if count is None or (hit.sep == "bar" and (count.sep != "bar" or "\n" in sheet.folded[hit.start : count.end])):
            continue
        if re.search(r"采购(?:项目)?$", sheet.words(hit)):  # the name of a package, whose goods its description counts
            needs = [h for h in sheet.of("needs") if hit.start < h.start < stop]
            goods = [item for h in needs for item in _sentence_items(sheet, h.value, min(h.end, stop), blocks)]
            if len(goods) == 1 and goods[0].unit in ("辆", "台", "艘", "架"):
                yield goods[0]
                continue
        unit_hit = next((h for h in sheet.of("unit") if hit.start < h.start < stop), None)
        quantity, inline = _quantity(sheet.folded[count.value : count.end])
        if quantity is None:
            continue
        yield Item(
            sheet.words(hit).strip(" ,，;；。"),
            quantity,
            sheet.words(unit_hit) if unit_hit else inline,
            blocks.at(hit.start),
            evidence=(_evidence(sheet, hit), _evidence(sheet, count)),
        )


def _named_by_project(sheet: Sheet) -> Iterator[Item]:
    """`项目名称：转运电瓶车 … 数量：3辆`: a small purchase named after what it buys."""
    names, counts = sheet.of("name"), sheet.of("quantity")
    if len(counts) != 1 or len(names) != 1 or not 0 < counts[0].start - names[0].start < 300:
        return
    quantity, unit = _quantity(sheet.folded[counts[0].value : counts[0].end])
    words = re.sub(r"(?:采购|购置)?(?:项目)?$", "", sheet.words(names[0]))
    if quantity is not None and unit and re.fullmatch(_UNIT_WORDS, unit) and 2 <= len(words) <= 20:
        yield Item(words, quantity, unit, None, evidence=(_evidence(sheet, names[0]), _evidence(sheet, counts[0])))


_BARE_ROW = re.compile(
    r"^[ |]*(?:\d{1,2} *\| *)?(?P<name>[^|\n\d][^|\n]{1,40}?) *\| *(?P<n>\d{1,5}) *\| *(?P<unit>辆|台|套|台套|艘|架|部|批|项|个|件) *(?:\||$)",
    re.M,
)
_WON_ROW = re.compile(
    r"^ *(?P<lot>[^\s]{2,6}) +(?P<name>[^\s\d:][^\s:]{1,30}) +\S{2,40}(?:公司|厂|中心|合作社|经营部)\s.*?[×xX*] *(?P<n>\d{1,4}) *(?P<unit>辆|台|套)",
    re.M,
)


def _from_bare_rows(sheet: Sheet, blocks: Blocks) -> Iterator[Item]:
    """Rows whose header the portal lost (`救护车 | 3 | 辆 | …`), and winners' lines (`包1 洒水车 某公司 … ×2台`)."""
    for match in _BARE_ROW.finditer(sheet.folded) if "|" in sheet.folded else ():
        start, end = match.span("name")
        yield Item(
            sheet.text[start:end],
            int(match["n"]),
            match["unit"],
            blocks.at(start),
            evidence=(sheet.evidence(start, match.end("unit"), rule="items:bare-row"),),
        )
    for match in _WON_ROW.finditer(sheet.folded):
        if (lot := lot_number(match["lot"])) is not None:
            start, end = match.span("name")
            evidence = sheet.evidence(start, match.end("unit"), rule="items:won-row")
            yield Item(sheet.text[start:end], int(match["n"]), match["unit"], lot, evidence=(evidence,))


def _evidence(sheet: Sheet, hit: Hit):  # type: ignore[no-untyped-def]
    return sheet.evidence(hit.value, hit.end, hit.label, "items:labels")


_CN = {c: i for i, c in enumerate("零一二三四五六七八九十")} | {"两": 2}
_PLAIN = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")


def _number(words: str) -> int | None:
    if words.isdigit():
        return int(words)
    words = words.translate(_PLAIN)
    if len(words) == 1:
        return _CN.get(words)
    if words.startswith("十"):
        return 10 + _CN.get(words[1], 0)
    tens, ten, ones = words.partition("十")
    return _CN[tens] * 10 + _CN.get(ones, 0) if ten and tens in _CN else None


_QUOTED = re.compile(
    r"[“\"](?P<name>[^”\"\n]{2,30})[”\"]\s*\(\s*(?P<n>\d{1,4})\s*(?P<unit>辆|台|套|艘|架)\s*\)"
    r"|[“\"](?P<kept>[^”\"\n]{2,30}?)(?P<n2>\d{1,4})(?P<unit2>辆|台|套|艘|架)[”\"](?=不变)"
)
_BRACKETED = re.compile(r"\((?P<name>[一-龥]{2,16}车[一-龥]{0,4})(?P<n>\d{1,4})(?P<unit>辆|台),")
_LOT_GOODS = re.compile(
    r"(?:包|标段|标项|分标)\s*\d{0,2}[一二三四五六七八九十]?\s*\((?P<in>[^()\n]{3,40}\d{1,4}\s*[辆台套艘架部])\)"
)


def _from_sentences(sheet: Sheet, tables: list[Table], kind: Kind, blocks: Blocks) -> Iterator[Item]:
    """Goods in running text of the needs: `6×6驱动底盘14台`, `采购2辆救护车`."""
    for match in _QUOTED.finditer(sheet.folded):
        start, end = match.span("name" if match["name"] else "kept")
        yield Item(
            sheet.text[start:end],
            int(match["n"] or match["n2"]),
            match["unit"] or match["unit2"],
            blocks.at(start),
            evidence=(sheet.evidence(start, match.end(), rule="items:quoted"),),
        )
    for match in _BRACKETED.finditer(sheet.folded):
        start, end = match.span("name")
        yield Item(
            sheet.text[start:end],
            int(match["n"]),
            match["unit"],
            blocks.at(start),
            evidence=(sheet.evidence(start, match.end(), rule="items:bracket"),),
        )
    for match in _LOT_GOODS.finditer(sheet.folded):
        for item in _sentence_items(sheet, match.start("in"), match.end("in"), blocks):
            yield replace(
                item, lot=lot_number(sheet.folded[max(0, match.start() - 3) : match.start("in") - 1]) or item.lot
            )
    if kind in ("termination", "award_candidate"):
        return
    if kind in ("correction", "award"):  # only what the notice prints as bought, not what it says of changes
        for hit in sheet.of("needs"):
            if hit.section == "basic" if kind == "correction" else hit.label == "采购内容":
                yield from _sentence_items(sheet, hit.value, min(hit.end, hit.value + 300), blocks)
        return
    for table in tables:
        for row in table.rows if table.index("needs") is not None else ():
            cell = table.cell(row, "needs")
            if cell is not None:
                yield from _sentence_items(sheet, cell.start, min(cell.end, cell.start + 300), blocks)
    for section in sheet.sections:
        if re.search(r"名称、数量|采购内容|招标内容|招标范围", section.heading) or (
            section.heading.startswith("项目概况") and "潜在" not in sheet.folded[section.body : section.body + 120]
        ):
            yield from _sentence_items(sheet, section.body, min(section.end, section.body + 300), blocks)
    for hit in sheet.of("needs"):
        if hit.label == "项目概况" and hit.section != "basic" and "潜在" in sheet.folded[hit.value : hit.value + 80]:
            continue
        end = min(hit.end, hit.value + 600)
        yield from _sentence_items(sheet, hit.value, end, blocks)
    for hit in sheet.of("ceiling", "budget"):
        # `一标段（6×4牵引车20台）：860万元`
        if blocks.at(hit.start) is None:
            line_end = sheet.folded.find("\n\n", hit.value)
            stop = min(len(sheet.folded), hit.value + 300) if line_end < 0 else min(line_end, hit.value + 300)
            for match in re.finditer(r"(?:标段|包|标项)\((?P<in>[^()\n]{3,40})\)", sheet.folded[hit.value : stop]):
                start = hit.value + match.start("in")
                for item in _sentence_items(sheet, start, hit.value + match.end("in"), blocks):
                    number = lot_number(sheet.folded[max(0, start - 6) : start - 1])
                    yield Item(item.name, item.quantity, item.unit, number, evidence=item.evidence)


_NOT_THE_GOODS = re.compile(
    r"的?(?:车载|随车)?[一-龥]{0,6}?(?:系统|设备)?(?:升级改造|维修|改造|维护|保养|租赁|保险|检修|年检)"
)
"""What is done to the goods counted before it: `监测车1台车载系统升级改造` buys no car."""
_AMOUNT_ONLY = re.compile(
    r"(?:预估|预计|暂估|计划|采购)?(?:采购)?(?:规模|数量|总量|需求量|用量)(?:为|约|:)?|(?:预估|预计|暂估)约?"
)
"""What stands before a count whose goods are named in the clause before (`皮卡，预估规模28辆`)."""
_IN_BRACKETS = re.compile(r"\([^()\n;。]{1,30}\)")
_AMONG = re.compile(r"[,;:]?\s*其中[^。;\n]{4,120}")
_CLAUSE = re.compile(
    r"(?:\([^()\n;。]{1,30}\)|[^,;。\n、])+(?:,(?=\s*(?:共计?)?\d{1,5}(?:辆|台|套|艘|架)\s*(?:[;。\n]|$))[^,;。\n、]+)?"
)
"""A clause; a count alone (`新能源轿车，6辆`) belongs to the one before it."""
_LOT_BEFORE = re.compile(
    r"^(?:第?[一二三四五六七八九十\d]{1,2}|[A-Z])(?:标段|标包|标项|包)[:]?(?=.{2})|^(?:采购包|合同包|标段|标包|标项|包)[一二三四五六七八九十\d]{1,2}[:](?=.{2})"
)


def _sentence_items(sheet: Sheet, start: int, end: int, blocks: Blocks) -> Iterator[Item]:
    text = sheet.folded[start:end]
    for clause in _CLAUSE.finditer(text):
        # Signs inside brackets are no borders of a name; a sign of the same length stands in for them.
        words = _IN_BRACKETS.sub(lambda m: re.sub("[,、]", "·", m.group()), clause.group()).replace(",", ":")
        if _NOT_BOUGHT.search(words[: words.find("(")] if "(" in words else words):
            head = re.split(r"加装|安装|配备", words)
            if len(head) < 2 or _NOT_BOUGHT.search(head[-1].split("(")[0]):
                continue
        verbs = list(re.finditer(r"加装|安装|配备|购置|采购(?!项目|需求|内容|人|单位)", words))
        if (
            verbs
            and re.search(r"\d|[一二三四五六七八九十两]", words[verbs[-1].end() :])
            and not _BUYING_FIRST.search(words)
        ):
            skip = verbs[-1].end()
            clause_start, words = clause.start() + skip, words[skip:]
        else:
            clause_start = clause.start()
        first = _BUYING_FIRST.search(words)
        match = first or _GOODS.search(words)
        if match is None:
            continue
        name = match["name"]
        if first is None:
            verb = _VERBS.match(name)
            name = name[verb.end() :] if verb else name
            name = re.sub(r"^.*(?:加装|安装|配备)", "", name)
        name = re.sub(r"^.*(?:报废|老旧|淘汰)的", "", name).strip("-—:： ")
        name = re.sub(r"^(?:含|另有|另含|另)(?=.{2})|(?<=.{2})配套$", "", name)
        if name.count("(") != name.count(")"):
            name = name.strip("()")
        name = _LOT_BEFORE.sub("", name)
        name = re.sub(r"^\([一二三四五六七八九十\d]{1,2}\)(?=[一-龥])", "", name)
        if _AMOUNT_ONLY.fullmatch(name) and (
            above := re.search(r"([^,;。\n:]{2,30}),[^,;。\n]*$", text[: clause.start() + 1])
        ):
            at, end_of_name = start + above.end(1) - len(_LOT_BEFORE.sub("", above[1])), start + above.end(1)
            evidence = sheet.evidence(at, start + clause_start + match.end("unit"), rule="items:sentence")
            yield Item(
                sheet.text[at:end_of_name],
                _number(match["n"]),
                match["unit"],
                blocks.at(at),
                evidence=(evidence,),
            )
            continue
        number = _number(match["n"])
        if (
            number is None
            or (match["unit"] == "批" and number == 1)  # `一批` counts nothing
            or not 2 <= len(name) <= 40
            or not re.search(r"[一-龥]", name)
            or re.search(r"^(?:第|共|各|本|该|供应商|合同|项目)|第$|[≥≤<>=]|划分为?$|^[约近共计]+\d*$", name)
            or _NOT_THE_GOODS.match(words, match.end())
        ):
            continue
        parts = _AMONG.match(text, clause.end())
        if parts and sum(int(n) for n in re.findall(r"(\d+) *(?:辆|台|套|艘|架|部)", parts.group())) == number:
            continue  # `养护车2台，其中A车1台、B车1台`: the parts are what is bought
        at = start + clause_start + match.start("name") + max(0, match["name"].find(name))
        yield Item(
            sheet.text[at : at + len(name)],
            number,
            match["unit"],
            blocks.at(at),
            evidence=(sheet.evidence(at, start + clause_start + match.end("unit"), rule="items:sentence"),),
        )
