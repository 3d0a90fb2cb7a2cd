# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Who won what for how much; of candidates every rank is kept."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import replace

from crawler.notice import Award, Kind, Money
from crawler.reading.lots import Blocks, lot_number
from crawler.reading.money import first_amount
from crawler.reading.sheet import Hit, Sheet, line_start
from crawler.reading.tables import Cell, Table, leading_labels
from crawler.text import comparison_key, fold

_EMPTY = re.compile(r"^[\s/\\*\-—_.。]*$|^(?:无|详见.*|见.*|废标|流标|空|暂无)$")
_RANK = tuple((f"第{mark}", rank) for rank, pair in enumerate(("一1", "二2", "三3", "四4", "五5"), 1) for mark in pair)
_RATE_LABEL = re.compile(r"下浮率|折扣率|费率|优惠率|让利率")
_LOST = re.compile(r"未中标|未成交|否决|无效(?:投标|响应)|不通过|不合格|未通过|未入围|废标|^(?:否|落选)$")
_ORG = re.compile(
    r"公司|厂|集团|中心|院|所|店|行|社|部|站|队|校|协会|事务所|合作社|经营部|商行|合伙|联合体|个人|银行|工作室|馆|商场|超市|中心"
)
_SKIP_SECTIONS = (
    "rejected",
    "fee",
    "contact",
    "role_buyer",
    "role_agency",
    "role_project",
    "experts",
    "other",
    "qualification",
    "feedback",
)


def _supplier(words: str) -> str | None:
    words = words.strip(" ,，。;；:：、|")
    words = re.sub(r"^(?:\d{1,2}[、.．]|[（(]\d{1,2}[)）])\s*", "", words)
    words = re.split(
        r"[\s　]{2,}|[,，;；]\s*(?=地址|供应商地址|联系|统一社会|中标|成交)|(?<=公司)\s*[（(](?:地址|联系|统一社会|报价|得分|中标价|成交价|投标报价)|(?<=公司)(?:地址|联系)[:：]?|，(?=.{0,4}(?:报价|金额))",
        words,
    )[0]
    words = re.sub(r"^[(（]万?元[)）]", "", words)
    words = words.strip(" ,，。;；:：、|")
    if (
        _EMPTY.match(words)
        or not 2 <= len(words) <= 80
        or re.search(r"[:：?？]|不足|要求|应当|质疑|可在|供应商$|名称$|地址$", words)
    ):
        return None
    return words


def read_awards(
    sheet: Sheet, tables: list[Table], kind: Kind, blocks: Blocks, title_lot: str | None
) -> tuple[Award, ...]:
    """Winners (rank 1) and, of candidates, those after them. Empty where the notice is no result."""
    if kind not in ("award", "award_candidate", "correction", "contract"):
        return ()
    found: list[Award] = []
    if kind == "contract":
        return ()
    aside: list[Award] = []
    for table in tables:
        rows = _across(sheet, table, blocks) or _from_table(sheet, table, kind, blocks)
        section = sheet.section_at(table.start)
        (aside if section is not None and section.id in _SKIP_SECTIONS else found).extend(rows)
    if ranked := _ranked_lines(sheet, blocks):
        found = ranked
    heads = [(table.start, min((c.start for c in table.rows[0] if c), default=table.start)) for table in tables]
    labelled = _from_labels(sheet, kind, blocks, heads)
    if (
        kind == "correction"
        and not any(s.id == "award" for s in sheet.sections)
        and not re.search(r"结果|中标|成交", sheet.folded[:400])
    ):
        return ()
    if not found and not labelled:
        labelled = _from_prose(sheet, blocks) or _from_lines(sheet) or _from_runs(sheet, blocks)
    if not found and not labelled:
        found = aside  # a list of all bidders in 其他补充事宜 is no award where the winner is named
    merged = _merge(found, labelled)
    if kind in ("award", "correction") and len(merged) == 1 and merged[0].lot is None and title_lot:
        merged = [replace(merged[0], lot=title_lot)]
    merged = _with_goods(sheet, tables, merged, blocks)
    totals = sheet.of("award_total")
    firsts = [award for award in merged if award.rank == 1]
    if len(firsts) == 1 and firsts[0].amount is None and totals:
        got = first_amount(sheet.folded, totals[-1].value, totals[-1].end, totals[-1].unit)
        if got is not None and got.amount.money.kind == "total":
            merged = [replace(a, amount=got.amount.money) if a is firsts[0] else a for a in merged]
    return tuple(merged)


def _money(sheet: Sheet, start: int, end: int, unit: str, label: str) -> Money | None:
    got = first_amount(sheet.folded, start, end, unit)
    if got is None:
        return None
    money = got.amount.money
    if re.match(r"\s*(?:中标|成交|投标)?单价", sheet.folded[start:end]) and money.kind == "total":
        return replace(money, kind="unit")
    if _RATE_LABEL.search(fold(label)) and money.kind == "total" and not got.amount.stated_unit:
        return Money(money.hundredths, kind="rate")
    return money


def _rank(words: str) -> int | None:
    flat = fold(words)
    for mark, rank in _RANK:
        if mark in flat:
            return rank
    bare = re.fullmatch(r"\s*(\d{1,2})\s*", flat)
    return int(bare[1]) if bare else None


def _from_table(sheet: Sheet, table: Table, kind: Kind, blocks: Blocks) -> list[Award]:
    supplier_column = table.index("supplier")
    name_column = table.index("role_name")
    ranks = any(re.search(r"排序|名次|排名", c.words) for c in table.columns)
    if supplier_column is None and not (ranks and name_column is not None):
        return []
    if supplier_column is not None and table.columns[supplier_column].words.startswith("投标人") and not ranks:
        return []  # all who bid
    section = sheet.section_at(table.start)
    if section is not None and section.id in _SKIP_SECTIONS and table.index("award_amount") is None:
        return []
    if section is not None and section.id == "rejected":
        return []
    if (
        table.index("award_amount", "award_total") is None
        and table.index("item_name", "quantity", "unit_price") is None
        and table.index("lot_name") is None
        and kind != "award_candidate"
    ):
        return []
    out: list[Award] = []
    subject = section is not None and section.id == "subject"
    lot_column = next(
        (n for n, c in enumerate(table.columns) if c.key == "serial" and re.search(r"包|标段|标项|分标", c.words)), None
    )
    rank_column = next((n for n, c in enumerate(table.columns) if re.search(r"排序|名次|排名", c.words)), None)
    serial_column = table.index("serial")
    last_lot: str | None = None
    for number, row in enumerate(table.rows):
        cell = table.cell(row, "supplier") if supplier_column is not None else table.cell(row, "role_name")
        name = _supplier(sheet.text[cell.start : cell.end]) if cell else None
        if name is None or cell is None or (supplier_column is None and not _ORG.search(name)):
            continue
        if any(other is not None and _LOST.search(other.words) for other in row):
            continue
        lot = blocks.at(cell.start)
        if lot_column is not None and lot_column < len(row) and (lot_cell := row[lot_column]) is not None:
            lot = lot_number(lot_cell.words) or lot
            last_lot = lot
        elif lot_column is not None:
            lot = last_lot
        elif (
            table.index("lot_name") is not None
            and serial_column is not None
            and (serial := row[serial_column]) is not None
            and not ranks
            and not subject
        ):
            lot = lot_number(serial.words) or lot
        rank = 1
        if supplier_column is not None and table.columns[supplier_column].words.startswith("入围"):
            pass  # all who entered a framework, whatever their order
        elif rank_column is not None and rank_column < len(row) and (rank_cell := row[rank_column]) is not None:
            rank = _rank(rank_cell.words) or 1
        elif (
            kind == "award_candidate"
            and serial_column is not None
            and lot_column is None
            and (serial := row[serial_column]) is not None
        ):
            rank = _rank(serial.words) or number + 1
        amount_cell = table.cell(row, "award_amount", "award_total")
        label_column = table.index("award_amount", "award_total")
        amount = None
        if amount_cell is not None and label_column is not None:
            unit = table.columns[label_column].unit
            if not unit and (unit_cell := table.cell(row, "unit")) is not None and unit_cell.words in ("元", "万元"):
                unit = unit_cell.words
            amount = _money(sheet, amount_cell.start, amount_cell.end, unit, table.columns[label_column].words)
        out.append(
            Award(
                lot=lot,
                supplier=name,
                amount=amount,
                rank=rank,
                address=_words(sheet, table.cell(row, "supplier_address", "role_address")),
                brand=_words(sheet, table.cell(row, "brand")),
                model=_words(sheet, table.cell(row, "model")),
                unit_price=_unit_price(sheet, table, row),
                evidence=(
                    sheet.evidence(cell.start, cell.end, table.columns[supplier_column or 0].words, "awards:table"),
                )
                + (
                    (
                        sheet.evidence(
                            amount_cell.start, amount_cell.end, table.columns[label_column].words, "awards:table"
                        ),
                    )
                    if amount_cell and label_column is not None
                    else ()
                ),
            )
        )
    return out


def _across(sheet: Sheet, table: Table, blocks: Blocks) -> list[Award]:
    """Candidates side by side: a column for 第一名, 第二名 …, a row for the names and one for the quotations."""
    ranks = {
        n: rank
        for n, c in enumerate(table.columns)
        if n and (rank := _rank(c.words)) and re.match(r"第?.名|第.(?:中标|成交)?候选", c.words)
    }
    if len(ranks) < 2:
        return []
    names = next(
        (row for row in table.rows if row[0] and re.search(r"名称|单位|投标人|候选人|供应商", row[0].words)), None
    )
    quotes = next((row for row in table.rows if row[0] and re.search(r"报价|价格|金额", row[0].words)), None)
    out = []
    for column, rank in ranks.items():
        cell = names[column] if names and column < len(names) else None
        name = _supplier(sheet.text[cell.start : cell.end]) if cell else None
        if cell is None or name is None:
            continue
        quote = quotes[column] if quotes and column < len(quotes) else None
        unit = re.search(r"万元", quotes[0].words) if quotes and quotes[0] else None
        amount = _money(sheet, quote.start, quote.end, "万元" if unit else "", "") if quote else None
        out.append(
            Award(
                blocks.at(cell.start),
                name,
                amount,
                rank,
                evidence=(sheet.evidence(cell.start, cell.end, table.columns[column].words, "awards:across"),),
            )
        )
    return out


def _with_goods(sheet: Sheet, tables: list[Table], awards: list[Award], blocks: Blocks) -> list[Award]:
    """Brand, model and price of what was won, from 主要标的信息 that does not name the supplier again.

    Given where a lot has one winner. Several goods of one lot are named one behind the other, without a price.
    """
    goods: dict[str | None, list[tuple[Cell | None, Cell | None, Money | None]]] = {}
    for table in tables:
        if table.index("supplier", "award_amount") is not None or table.index("brand", "model") is None:
            continue
        named = table.index("lot_name") is not None
        column = next(
            (n for n, c in enumerate(table.columns) if c.key == "serial" and (named or _LOT_COLUMN.search(c.words))),
            None,
        )
        for row in table.rows:
            cell = row[column] if column is not None and column < len(row) else None
            first = next((c for c in row if c), None)
            lot = lot_number(cell.words) if cell else blocks.at(first.start) if first else None
            goods.setdefault(lot, []).append(
                (table.cell(row, "brand"), table.cell(row, "model"), _unit_price(sheet, table, row))
            )
    if not goods:
        goods = _labelled_goods(sheet, blocks)
    winners = [award for award in awards if award.rank == 1]
    out = []
    for award in awards:
        rivals = [other for other in winners if other.lot == award.lot]
        rows = goods.get(award.lot) or (goods.get(None) if len(winners) == 1 else None) or []
        if len(winners) == 1 and not rows and len(goods) == 1 and award.lot is None:
            (rows,) = goods.values()
        if award.rank == 1 and rows and len(rivals) == 1 and not (award.brand or award.model):
            cells = [c for brand, model, _ in rows for c in (brand, model) if c and not _EMPTY.match(c.words)]
            award = replace(
                award,
                brand=_joined(sheet, [brand for brand, _, _ in rows]),
                model=_joined(sheet, [model for _, model, _ in rows]),
                unit_price=award.unit_price or (rows[0][2] if len(rows) == 1 else None),
                evidence=(*award.evidence, *(sheet.evidence(c.start, c.end, rule="awards:goods") for c in cells[:4])),
            )
        out.append(award)
    return out


_LOT_COLUMN = re.compile(r"包|标段|标项|分标")


def _joined(sheet: Sheet, cells: list[Cell | None]) -> str | None:
    words = [word for cell in cells if (word := _words(sheet, cell))]
    return "；".join(dict.fromkeys(words)) or None


def _labelled_goods(
    sheet: Sheet, blocks: Blocks
) -> dict[str | None, list[tuple[Cell | None, Cell | None, Money | None]]]:
    """`名称：… 品牌（如有）：… 规格型号：… 单价：…`, a line each."""
    out: dict[str | None, list[tuple[Cell | None, Cell | None, Money | None]]] = {}
    hits = [h for h in sheet.of("brand", "model", "unit_price") if h.section == "subject" and h.sep == "colon"]
    by_lot: dict[str | None, dict[str, list[Hit]]] = {}
    for hit in hits:
        by_lot.setdefault(blocks.at(hit.start), {}).setdefault(hit.key, []).append(hit)
    for lot, named in by_lot.items():
        if any(len(rows) > 1 for rows in named.values()):
            continue  # whose brand goes with which model is not told
        cells = {key: Cell(sheet.folded[h.value : h.end], h.value, h.end) for key, (h,) in named.items()}
        price = named.get("unit_price")
        got = first_amount(sheet.folded, price[0].value, price[0].end, price[0].unit) if price else None
        money = (
            Money(got.amount.money.hundredths, got.amount.money.currency, "unit")
            if got and got.amount.money.kind != "rate"
            else None
        )
        out[lot] = [(cells.get("brand"), cells.get("model"), money)]
    return out


_RANKS_BESIDE = re.compile(
    r"(?:^|\n)[^\n\d|]{0,16}?(?P<ranks>(?:\s{1,20}第[一二三四五1-5](?:名|(?:中标|成交|中选)?候选(?:人|供应商))){2,5})(?=[^\S\n]{0,20}\n)"
)
_QUOTATION = re.compile(r"报价|价格|金额|总价")
_NO_QUOTATION = re.compile(r"分|率|单价|排名")
"""What is a score, a rate or a price a piece, though it names a price (`价格分`)."""


def _ranked_lines(sheet: Sheet, blocks: Blocks) -> list[Award]:
    """Candidates side by side whose table lost its markup: after the ranks each label is followed by as many values."""
    folded = sheet.folded
    head = _RANKS_BESIDE.search(folded) if "第" in folded else None
    if head is None:
        return []
    ranks = [rank for words in head["ranks"].split() if (rank := _rank(words))]
    if len(set(ranks)) != len(ranks):
        return []
    section = sheet.section_at(head.end())
    stop = section.end if section and section.start <= head.start() else len(folded)
    places = list(re.compile(r"\S+").finditer(folded, head.end(), min(stop, head.end() + 900)))
    names: list[re.Match[str]] = []
    quotes: list[re.Match[str]] = []
    unit = ""
    for index in range(0, len(places) - len(ranks), len(ranks) + 1):
        label, values = places[index].group(), places[index + 1 : index + 1 + len(ranks)]
        if not names and all(_ORG.search(value.group()) for value in values):
            names = values
        elif names and not quotes and _QUOTATION.search(label) and not _NO_QUOTATION.search(label):
            quotes, unit = values, "万元" if "万元" in label else ""
    return [
        Award(
            blocks.at(name.start()),
            sheet.text[name.start() : name.end()],
            _money(sheet, quotes[n].start(), quotes[n].end(), unit, "") if quotes else None,
            ranks[n],
            evidence=(sheet.evidence(name.start(), name.end(), head["ranks"].split()[n], "awards:beside"),),
        )
        for n, name in enumerate(names)
    ]


def _words(sheet: Sheet, cell: Cell | None) -> str | None:
    if cell is None or _EMPTY.match(cell.words):
        return None
    return sheet.text[cell.start : cell.end]


def _unit_price(sheet: Sheet, table: Table, row: tuple[Cell | None, ...]) -> Money | None:
    cell = table.cell(row, "unit_price")
    if cell is None:
        return None
    got = first_amount(sheet.folded, cell.start, cell.end, table.unit("unit_price"))
    return (
        Money(got.amount.money.hundredths, got.amount.money.currency, "unit")
        if got and got.amount.money.kind != "rate"
        else None
    )


def _from_labels(sheet: Sheet, kind: Kind, blocks: Blocks, heads: list[tuple[int, int]]) -> list[Award]:
    """Supplier labels with the amount that follows before the next supplier."""
    out: list[Award] = []
    names = sorted([*sheet.of("supplier"), *sheet.of("other_supplier"), *_role_names(sheet)], key=lambda hit: hit.start)
    values = sorted([*sheet.of("award_amount"), *sheet.of("award_total")], key=lambda hit: hit.start)
    starts = [hit.start for hit in values]
    inside = [hit for hit in names if not _elsewhere(hit) and not any(a <= hit.start < b for a, b in heads)]
    for index, hit in enumerate(inside):
        stop = inside[index + 1].start if index + 1 < len(inside) else len(sheet.folded)
        name = _supplier(sheet.words(hit))
        if name is None or hit.summary:
            continue
        if hit.label == "供应商" and kind != "award":
            continue
        rank = 1
        for mark, number in _RANK:
            if mark in hit.label:
                rank = number
        near = values[bisect_right(starts, hit.start) : bisect_left(starts, min(stop, hit.start + 500))]
        printed = [v for v in near if v.key == "award_amount" and not _elsewhere(v)]
        amount_hit = next((v for v in printed if not v.label.startswith("不含税")), next(iter(printed), None))
        if amount_hit is None and len(inside) == 1:
            amount_hit = next((v for v in values if not _elsewhere(v) and not v.summary), None)
        amount = None
        evidence = [sheet.evidence(hit.value, min(hit.end, hit.value + len(name) + 4), hit.label, "labels:supplier")]
        if amount_hit is not None:
            amount = _money(sheet, amount_hit.value, amount_hit.end, amount_hit.unit, amount_hit.label)
            evidence.append(sheet.evidence(amount_hit.value, amount_hit.end, amount_hit.label, "labels:award_amount"))
        elif (rate := _rate_near(sheet, hit, stop)) is not None:
            amount = rate
        address = next((h for h in sheet.of("supplier_address") if hit.start < h.start < stop), None)
        out.append(
            Award(
                lot=blocks.at(hit.start) or _lot_before(sheet, hit),
                supplier=name,
                amount=amount,
                rank=rank,
                address=sheet.words(address) if address else None,
                evidence=tuple(evidence),
            )
        )
    return out


_WON = re.compile(
    r"(?:中标|成交|中选)(?:人|供应商|单位)(?:为|是):?\s*(?P<name>[^,，。;；:\n]{4,60}?)(?=[,。;\n]|\((?:地址|统一))(?P<rest>[^。\n]*)"
)
_CHOSEN = re.compile(
    r"(?:确定|选定|推荐)\s*(?P<name>[^,，。;；:\n]{4,50}?)\s*为(?:本|该|此)?[^,。;\n]{0,12}?(?:第一)?(?:中标|成交|中选)(?:人|供应商|单位|候选人)"
    r"|(?:中标|成交|中选)(?:人|供应商|单位)(?P<bare>[一-龥][一-龥()]{1,40}?有限(?:责任)?公司)(?=[\s一二三四五六\d,。;(])"
)
"""`招标人确定某公司为该项目的中标人`, `中标人某公司一、中标价格…`."""
_WON_FOR = re.compile(r"(?:中标|成交|中选)(?:金额|总?价格?|总金额)(?:为|:)?|投标(?:总)?报价(?:为|:)?")


def _from_prose(sheet: Sheet, blocks: Blocks) -> list[Award]:
    """`第一包中标人为某公司，地址…，中标金额41.28万元`."""
    out = []
    for match in _WON.finditer(sheet.folded):
        start, end = match.span("name")
        name = _supplier(sheet.text[start:end])
        if name is None or not _ORG.search(name):
            continue
        line = re.split(r"[。;\n]", sheet.folded[max(0, match.start() - 40) : match.start()])[-1]
        price = _WON_FOR.search(sheet.folded, match.start("rest"), match.end("rest"))
        amount = _money(sheet, price.end(), match.end("rest"), "", "") if price else None
        lot = lot_number(line) if re.search(r"包|标段|标项", line) else blocks.at(start)
        out.append(Award(lot, name, amount, 1, evidence=(sheet.evidence(start, end, rule="awards:prose"),)))
    for match in _CHOSEN.finditer(sheet.folded) if not out else ():
        start, end = match.span("name" if match["name"] else "bare")
        name = _supplier(sheet.text[start:end])
        if name is None or not _ORG.search(name):
            continue
        stop = min(len(sheet.folded), match.end() + 120)
        price = _WON_FOR.search(sheet.folded, match.end(), stop)
        amount = _money(sheet, price.end(), min(stop, price.end() + 40), "", "") if price else None
        evidence = sheet.evidence(start, end, rule="awards:chosen")
        out.append(Award(blocks.at(start), name, amount, 1, evidence=(evidence,)))
    return out


_WON_LINE = re.compile(
    r"^ *(?P<lot>[^\s:]{2,7})[: ] *(?:\S{2,30} +)?(?P<name>[^\s:,。;\d]{4,40}(?:公司|厂|中心|集团|合作社|经营部|研究院))[ ,](?P<rest>[^\n]*)",
    re.M,
)
_SUM = re.compile(r"\d[\d,]*(?:\.\d+)? *(?:万?元)")


def _from_lines(sheet: Sheet) -> list[Award]:
    """A winner a line, its parts with blanks between them: `包1 洒水车 某公司 含税总价 1,132,000元（…）`."""
    out = []
    for match in _WON_LINE.finditer(sheet.folded):
        lot, price = lot_number(match["lot"]), _SUM.search(sheet.folded, match.start("rest"), match.end("rest"))
        section = sheet.section_at(match.start())
        if lot is None or price is None or (section is not None and section.id in _SKIP_SECTIONS):
            continue
        start, end = match.span("name")
        amount = _money(sheet, price.start(), price.end(), "", "")
        evidence = sheet.evidence(start, price.end(), rule="awards:line")
        out.append(Award(lot, sheet.text[start:end], amount, 1, evidence=(evidence,)))
    return out


_COMPANY = r"[一-龥()A-Za-z]{3,40}?(?:有限(?:责任)?公司|公司|厂|研究院|合作社|经营部)(?:[一-龥]{2,8}分公司)?"
_NO_PRICE = r"代理|收取|资本|预算|费"
_GROUPED = r"\d{1,3}(?:,\d{3})+"
_RUN = re.compile(
    rf"(?P<name>{_COMPANY})(?:(?!{_NO_PRICE})[^\n;。,]){{0,60}}?(?<![\d,.\-A-Za-z路街道巷弄村组栋幢座楼层元])"
    rf"(?P<sum>(?:{_GROUPED}|(?<!号)\d+)(?:\.\d{{1,6}})? *[(]?万?元)"
    rf"|(?:报价|总价|金额|价): *(?P<first>(?:{_GROUPED}|\d+)(?:\.\d{{1,6}})? *[(]?万?元)[)]?(?P<behind>{_COMPANY})"
)
"""A house number and the sum behind it run together (`某路3021986000元`): such a sum is left alone."""
_NO_WINNER = re.compile(rf"^[由仅因]|{_NO_PRICE}")
_GOODS_FIRST = re.compile(r"(?:包|标项|标的|货物|产品|标段)名称|采购内容|标的(?!信息)")
_RUN_HEAD = re.compile(r"供应商名称|中标人|成交人|中标(?:[(]成交[)])?供应商")


def _from_runs(sheet: Sheet, blocks: Blocks) -> list[Award]:
    """A result whose table ran together: `供应商名称供应商地址中标（成交）金额` over `某公司某路6号1,986,000.00元93.4`."""
    out = []
    for section in sheet.named("award"):
        if not _RUN_HEAD.search(sheet.folded, section.body, section.end):
            continue
        lines = re.compile(r"[^\n]+").finditer(sheet.folded, section.body, section.end)
        priced = [line.span() for line in lines if "元" in line.group()]
        for match in (match for span in priced for match in _RUN.finditer(sheet.folded, *span)):
            start, end = match.span("name" if match["name"] else "behind")
            start += leading_labels(sheet.folded[start:end])
            name = sheet.folded[start:end]
            if not re.match(_COMPANY, name) or _NO_WINNER.search(name):
                continue
            if match["name"] and _GOODS_FIRST.search(sheet.folded, section.body, match.start()):
                continue  # the goods stand right before the supplier: nothing tells them apart
            first, last = match.span("sum" if match["sum"] else "first")
            evidence = sheet.evidence(start, max(end, last), rule="awards:run")
            out.append(
                Award(
                    blocks.at(start), sheet.text[start:end], _money(sheet, first, last, "", ""), 1, evidence=(evidence,)
                )
            )
    return out


def _role_names(sheet: Sheet) -> list[Hit]:
    """`单位名称` under a heading such as 中标人信息."""
    out = []
    for hit in sheet.of("role_name"):
        section = sheet.section_at(hit.start)
        if (
            section is not None
            and section.id == "award"
            and re.match(r"(?:中标|成交|中选)(?:[(]成交[)])?(?:人|供应商|单位)(?:信息)?$", section.heading)
        ):
            out.append(hit)
    return out


def _rate_near(sheet: Sheet, hit: Hit, stop: int) -> Money | None:
    near = sheet.folded[hit.end : min(stop, hit.end + 200)]
    match = re.search(r"(?:下浮率|折扣率|费率|优惠率)[^\d\n]{0,12}(\d{1,3}(?:\.\d+)?)", near)
    return Money(round(float(match[1]) * 100), kind="rate") if match else None


def _lot_before(sheet: Sheet, hit: Hit) -> str | None:
    """A lot named on the same line in front of the label (`第1包中标供应商：…`)."""
    line = sheet.folded[line_start(sheet.folded, hit.start) : hit.start]
    return lot_number(line) if line and re.search(r"包|标段|标项|分标", line) else None


def _elsewhere(hit: Hit) -> bool:
    if hit.section in ("role_buyer", "role_agency", "role_project") and hit.label.startswith(("中标", "成交", "中选")):
        return False  # a page of labels above their values has no headings that end a party's part
    return hit.section in _SKIP_SECTIONS or (hit.section == "basic" and hit.label in ("供应商", "报价"))


def _merge(tables: list[Award], labelled: list[Award]) -> list[Award]:
    """One award a lot and supplier; a later place fills what an earlier one leaves open."""
    merged: list[Award] = []
    by_name: dict[str, list[int]] = {}
    for award in [*tables, *labelled]:
        same_name = by_name.setdefault(comparison_key(award.supplier or ""), [])
        twin = next(
            (
                n
                for n in same_name
                if (merged[n].lot == award.lot or merged[n].lot is None or award.lot is None)
                and not (
                    merged[n].rank != award.rank
                    and merged[n].amount
                    and award.amount
                    and merged[n].amount != award.amount
                )
            ),
            None,
        )
        if twin is None:
            same_name.append(len(merged))
            merged.append(award)
            continue
        known = merged[twin]
        merged[twin] = replace(
            known,
            lot=known.lot or award.lot,
            amount=known.amount or award.amount,
            rank=min(known.rank, award.rank),
            address=known.address or award.address,
            brand=known.brand or award.brand,
            model=known.model or award.model,
            unit_price=known.unit_price or award.unit_price,
            evidence=(*known.evidence, *award.evidence)[:6],
        )
    return merged
