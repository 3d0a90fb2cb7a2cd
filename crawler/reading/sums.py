"""Amounts of a notice as a whole: budget, ceiling, deposit, fees. Amounts of lots and awards: lots.py, awards.py."""

import re
from collections.abc import Callable

from crawler.notice import Conflict, Issue, Kind, Lot, Money, Reading
from crawler.reading.choose import Candidate, choose
from crawler.reading.lots import LISTED, Blocks, mentions
from crawler.reading.money import Amount, first_amount
from crawler.reading.sheet import Hit, Sheet, line_start
from crawler.reading.tables import Table

Candidates = dict[str, list[Candidate[Money]]]

_PER_LOT = re.compile(
    r"(?:按|分)(?:标项|包|标段|采购包)|单[车台价]|/\s*[辆台套]|每[辆台套]|标项[一二三\d]+.{0,8}不(?:超过|高于)"
)
_LOT_LEAD = re.compile(
    r"^\s*(?:第?[一二三四五六七八九十\d]+(?:包|标段|标项|分标)|(?:采购包|合同包|标项|标段|包|分标)\s*[一二三四五六七八九十\d]+)"
)
_YEARLY = re.compile(r"每年|/ *年")
_WHOLE = re.compile(r"总价|合计|总计|总额|共计|总预算")
"""What stands before the total where a price per vehicle goes before it."""
_LABEL_ONLY = re.compile(r"[ (.、\d]*(?:[^:,]{2,14}:)? *")
_AS_BUDGET = re.compile(r"\s*(?:与|同)(?:本项目|采购|项目)*预算(?:总?金额|价)?(?:一致|相同|相等)?")
_ESTIMATE = re.compile(r"预估|预计|估算|概算|审核|采购金额|规模|投资|框架协议")
"""Labels of amounts that stand in where no budget is printed."""
_FUNDS = re.compile(
    r"资金(?:来源)?(?:为|:|来自|系)?[^\n。;,:\d]{0,12}(?:自筹|财政|国有|专项|自有|补助|企业|其他|上级|资本金)[^\n。;,\d]{0,8}?(?=\d[\d,.]*\s*(?:万元|亿元))"
    r"|预算(?:资金|金额|总额|经费)?(?:为|共|约)?(?=(?:人民币)?[壹贰叁肆伍陆柒捌玖拾])"
)
"""`项目资金为自筹资金3300万元`: the money set aside, in the place of a budget."""
_EACH_LOT = re.compile(r"/ *(?:包|标段|标项|分标)|每(?:个)?(?:包|标段|标项|分标|采购包)|各(?:包|标段)")
_A_YEAR = re.compile(r"[^\n]{0,3}?(?:/ *年|每年)[^\n。]{0,12}(?:[二两三四五2-5] *年)")
"""A sum a year of a purchase for several years is no total."""
ABSURD = 100_000_000_000_00
"""Hundredths: no single public purchase of vehicles reaches 1000亿元; such a figure is a unit error."""


def plain(money: Money) -> str:
    """An amount as text: yuan, or hundredths with the currency for others."""
    if money.yuan is not None:
        return str(money.yuan)
    return f"{money.hundredths / 100}%" if money.kind == "rate" else f"{money.hundredths / 100} {money.currency}"


def same(one: Money, two: Money) -> bool:
    """Equal to the yuan: 73.08万元 and 730800.00元, or a figure printed rounded to 万元."""
    if one.currency != two.currency:
        return False
    gap = abs(one.hundredths - two.hundredths)
    return gap <= 100 or (
        gap < 100 * 100 and min(one.hundredths, two.hundredths) % 1_000_000 == 0 and gap * 10_000 < one.hundredths
    )


def amount_of(sheet: Sheet, hit: Hit) -> tuple[Amount, Amount | None] | None:
    """The amount a label's value states and, where it differs, the 大写 beside it."""
    found = first_amount(sheet.folded, hit.value, hit.end, hit.unit)
    return (found.amount, found.other) if found else None


def read_sums(
    sheet: Sheet, tables: list[Table], kind: Kind, lots: tuple[Lot, ...], blocks: Blocks, skip: Callable[[int], bool]
) -> tuple[dict[str, Reading[Money]], list[Conflict], list[Issue]]:
    """Totals printed under their labels. Lots' amounts are not among them."""
    found: Candidates = {}
    conflicts: list[Conflict] = []
    issues: list[Issue] = []

    headers = [(table.start, start) for table in tables if (start := _first_row(table)) is not None]
    of_lots = [(e.start, e.end) for lot in lots for e in lot.evidence if e.rule in ("lots:sentence", "lots:brackets")]

    def add(name: str, hit: Hit, rank: int, totals_only: bool = True) -> None:
        value = sheet.folded[hit.value : hit.end]
        if totals_only and any(a <= hit.start < b for a, b in headers):
            return  # a column's header, whose cells are read with their rows
        if totals_only and (
            skip(hit.start) or skip(hit.value) or blocks.at(hit.start) is not None or _lot_in_front(sheet, hit)
        ):
            return
        if totals_only and (_LOT_LEAD.search(value) or LISTED.fullmatch(value)):
            return  # `标项一：…；标项二：…` is a list of lots, read there
        if kind == "correction" and totals_only and re.match(r"\s*原", value):
            return  # what it was
        got = amount_of(sheet, hit)
        if got is None:
            return
        amount, other = got
        if totals_only and (amount.money.kind == "unit" or _YEARLY.search(value)) and (whole := _WHOLE.search(value)):
            further = first_amount(sheet.folded, hit.value + whole.end(), hit.end, hit.unit)
            amount, other = (further.amount, further.other) if further else (amount, other)
        if amount.money.hundredths > ABSURD:
            issues.append(
                Issue("value", sheet.text[hit.value : hit.end][:80], f"{hit.label}: absurd amount, a unit error?")
            )
            return
        if totals_only and (amount.money.kind in ("unit", "rate") or _A_YEAR.match(sheet.folded, amount.end - 3)):
            return
        if totals_only and _a_year(sheet, hit, amount):
            return
        if totals_only and _PER_LOT.search(_WHOLE.split(value[: amount.start - hit.value])[-1]):
            return
        if amount.money.hundredths == 0 and name in ("budget", "ceiling", "contract_amount", "award_total"):
            return  # a form's empty field
        if totals_only and any(a < amount.end and amount.start < b for a, b in of_lots):
            return
        if totals_only and amount.money.hundredths < 100_00 and not (amount.stated_unit or hit.unit == "万元"):
            return  # a serial number, a count
        evidence = sheet.evidence(amount.start, amount.end, hit.label, "labels:" + hit.key)
        found.setdefault(name, []).append(Candidate(amount.money, evidence, rank, votes=rank in (0, 1, 4)))
        if other is not None:
            spelled = sheet.evidence(other.start, other.end, hit.label, "money:capital")
            found[name].append(Candidate(other.money, spelled, rank + 1))

    in_result = kind in ("award", "award_candidate", "contract")
    for hit in sheet.of("budget", "joint_budget"):
        if hit.section in ("subject", "fee") and in_result and hit.key == "budget" and _ESTIMATE.search(hit.label):
            continue
        rank = 4 if hit.summary else _budget_rank(hit)
        add("budget", hit, rank)
        if hit.key == "joint_budget":
            add("ceiling", hit, rank)
    funds = _FUNDS.search(sheet.folded) if "budget" not in found and not in_result and kind != "correction" else None
    if funds is not None and (got := first_amount(sheet.folded, funds.end(), funds.end() + 44)) is not None:
        evidence = sheet.evidence(funds.start(), got.amount.end, rule="sums:funds")
        found["budget"] = [Candidate(got.amount.money, evidence, 2, votes=False)]
    for hit in sheet.of("ceiling"):
        add("ceiling", hit, 4 if hit.summary else 0 if hit.sep == "colon" else 1)
    for hit in sheet.of("award_total"):
        add("award_total", hit, 4 if hit.summary else 1)
    for hit in sheet.of("contract_amount"):
        add("contract_amount", hit, 1)
    for hit in sheet.of("agency_fee_amount"):
        add("agency_fee", hit, 0, totals_only=False)
    for hit in sheet.of("agency_fee"):
        if re.search(r"\d\s*(?:万?元)", sheet.folded[hit.value : hit.end]) and not re.search(
            r"\d+\s*[%‰]|以下|以上|部分", sheet.folded[hit.value : hit.end]
        ):
            add("agency_fee", hit, 2, totals_only=False)
    for hit in sheet.of("doc_price"):
        value = sheet.folded[hit.value : hit.end]
        if re.search(r"免费|不收|无偿", value[:12]):
            evidence = sheet.evidence(hit.value, hit.end, hit.label, "labels:doc_price")
            found.setdefault("document_price", []).append(Candidate(Money(0), evidence, 1))
        else:
            add("document_price", hit, 4 if hit.summary else 0, totals_only=False)
    _deposits(sheet, tables, found, skip)
    for hit in sheet.of("ceiling"):
        if "ceiling" not in found and not hit.summary and _AS_BUDGET.match(sheet.folded, hit.value, hit.end):
            found["ceiling"] = [
                Candidate(c.value, sheet.evidence(hit.value, hit.end, hit.label, "sums:as-budget"), c.rank)
                for c in found.get("budget", ())[:1]
            ]
    by_lot = any(lot.ceiling for lot in lots)  # their sum is the ceiling
    if not found.get("ceiling") and not by_lot and kind not in ("award", "award_candidate", "contract", "correction"):
        _ceiling_of_rows(sheet, tables, found)
    money: dict[str, Reading[Money]] = {}
    for name, candidates in found.items():
        chosen, conflict = choose(name, candidates, plain, same=same)
        if chosen is not None:
            money[name] = chosen
        if conflict is not None and name in ("budget", "ceiling", "award_total", "contract_amount"):
            conflicts.append(conflict)
    return money, conflicts, issues


_EACH_YEAR_LEAD = re.compile(r"每年[^\d,;。]{0,4}$")
_A_YEAR_BEHIND = re.compile(r"\s*(?:万?元)?整?\s*[()]{0,2}\s*(?:/\s*年|每年)")
_YEARS = re.compile(r"(?:服务|合同|履约|履行|协议)[^\n。\d]{0,6}(?:期|时间|年限|期限)[^\n。]{0,8}?[二两三四五2-5] *年")


def _a_year(sheet: Sheet, hit: Hit, amount: Amount) -> bool:
    """Whether a sum is that of one year out of several: no total."""
    if _EACH_YEAR_LEAD.search(sheet.folded[max(0, amount.start - 8) : amount.start]):
        return True
    folded = sheet.folded
    printed = (
        _YEARLY.search(folded, amount.start, amount.end)  # a sum's unit takes `/年` in
        or _A_YEAR_BEHIND.match(folded, amount.end)
        or _YEARLY.search(folded, hit.start, hit.value)  # `最高限价（元/年）：`
    )
    return printed is not None and _YEARS.search(folded) is not None


def _first_row(table: Table) -> int | None:
    return min((cell.start for row in table.rows[:1] for cell in row if cell), default=None)


def _ceiling_of_rows(sheet: Sheet, tables: list[Table], found: Candidates) -> None:
    """A ceiling printed for every row of what is bought and nowhere as a total: their sum."""
    for table in tables:
        column = table.index("ceiling")
        if column is None or "/" in table.columns[column].words or re.search(r"单价|每", table.columns[column].words):
            continue
        total, places = 0, []
        for row in table.rows:
            cell = table.cell(row, "ceiling")
            got = first_amount(sheet.folded, cell.start, cell.end, table.columns[column].unit) if cell else None
            if got is None or cell is None or got.amount.money.kind != "total":
                return
            total += got.amount.money.hundredths
            places.append(sheet.evidence(cell.start, cell.end, table.columns[column].words, "sums:rows"))
        if total and places:
            found["ceiling"] = [Candidate(Money(total), place, 3) for place in places]
        return


def _lot_in_front(sheet: Sheet, hit: Hit) -> bool:
    """`第3包预算金额：` is the lot's."""
    line = sheet.folded[line_start(sheet.folded, hit.start) : hit.start].strip()
    sentence = re.split(r"[;。]", line)[-1]
    first = next(mentions(sentence), None)
    if first and len(first[2]) == 1 and _LABEL_ONLY.fullmatch(sentence[: first[0]]):
        return True  # `2标段：探伤车，最高限价96.5万元`, `招标范围：一标段：…，最高限价96.5万元`
    return any(end >= len(line) - 1 for _, end, _ in mentions(line))


def _budget_rank(hit: Hit) -> int:
    """预算金额 before estimates, estimates before the investment of the whole scheme."""
    if hit.key == "joint_budget" or not _ESTIMATE.search(hit.label):
        return 0
    return 5 if "总投资" in hit.label or "投资额" in hit.label else 2


def _deposits(sheet: Sheet, tables: list[Table], found: Candidates, skip: Callable[[int], bool]) -> None:
    """A single deposit. Several different ones (one a lot) are no single deposit and are left to the clauses."""
    seen: list[Candidate[Money]] = []
    for hit in sheet.of("deposit"):
        value = sheet.folded[hit.value : hit.end]
        if skip(hit.start):
            continue  # what a correction changes
        if re.search(r"^\s*(?:不收|无需|不需|免收|无|不要求|本项目(?:不|无)|/|-)", value):
            continue
        if _EACH_LOT.search(value):
            return  # an amount a lot is no single deposit
        if len({n for _, _, numbers in mentions(sheet.folded, hit.value, hit.end) for n in numbers}) > 1:
            return  # one a lot
        got = first_amount(sheet.folded, hit.value, hit.end, hit.unit)
        if got is None or got.amount.money.kind != "total" or got.amount.money.hundredths == 0:
            continue
        if not got.amount.stated_unit and not hit.unit and hit.sep not in ("bar",):
            words = sheet.folded[got.amount.start : got.amount.end]
            if not re.fullmatch(r"[\d,.]{4,}", words.strip()):
                continue
        evidence = sheet.evidence(got.amount.start, got.amount.end, hit.label, "labels:deposit")
        seen.append(Candidate(got.amount.money, evidence, 0 if "金额" in hit.label or hit.sep == "colon" else 1))
    for table in tables:
        column = table.index("deposit")
        for row in table.rows if column is not None else ():
            cell = table.cell(row, "deposit")
            got = first_amount(sheet.folded, cell.start, cell.end, table.unit("deposit")) if cell else None
            if (
                got is not None
                and cell is not None
                and got.amount.money.kind == "total"
                and got.amount.money.hundredths
            ):
                seen.append(
                    Candidate(got.amount.money, sheet.evidence(cell.start, cell.end, "投标保证金", "sums:table"), 1)
                )
            elif cell is not None:
                return
        if column is not None and len(table.rows) > 1:
            return  # a deposit a lot: no single one
    if seen and len({candidate.value.hundredths for candidate in seen}) == 1:
        found["deposit"] = seen
