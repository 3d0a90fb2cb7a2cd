"""采购意向 and 招标计划: one page may list many purchases; each row is a notice of its own."""

import re
from dataclasses import replace

from crawler.notice import Notice, Period, Reading, When
from crawler.reading.dates import first_moment
from crawler.reading.kinds import _methods, rules
from crawler.reading.money import first_amount
from crawler.reading.sheet import Sheet
from crawler.reading.tables import Table
from crawler.text import comparison_key

_TOTAL = re.compile(r"^(?:合计|总计|小计)")


def split_rows(notice: Notice, sheet: Sheet, tables: list[Table]) -> list[Notice]:
    """The notices of an intention page: one a row where a table lists them, else the page as it is."""
    table = next(
        (
            t
            for t in tables
            if t.index("name", "item_name", "lot_name") is not None and t.index("budget", "expected") is not None
        ),
        None,
    )
    if table is None:
        return [notice]
    out: list[Notice] = []
    taken: dict[str, int] = {}
    rows = [
        row
        for row in table.rows
        if (name := table.cell(row, "name", "item_name", "lot_name")) is not None and not _TOTAL.match(name.words)
    ]
    for row in rows:
        name = table.cell(row, "name", "item_name", "lot_name")
        if name is None:
            continue
        texts = dict(notice.texts)
        times: dict[str, Reading[When | Period]] = {k: v for k, v in notice.times.items() if k != "expected_at"}
        money = {k: v for k, v in notice.money.items() if k != "budget"}
        words = " ".join(sheet.text[name.start : name.end].split())
        texts["project_name"] = Reading(
            words, (sheet.evidence(name.start, name.end, "项目名称", "intentions:row"),), 0.95
        )
        for key, column in (("buyer", "buyer"), ("delivery_period", "period"), ("category", "category")):
            cell = table.cell(row, column)
            if cell is not None and cell.words not in "-/":
                texts[key] = Reading(
                    sheet.text[cell.start : cell.end],
                    (sheet.evidence(cell.start, cell.end, column, "intentions:row"),),
                    0.95,
                )
        cell = table.cell(row, "budget", "lot_budget")
        if cell is not None:
            got = first_amount(sheet.folded, cell.start, cell.end, table.unit("budget", "lot_budget"))
            if got is not None and got.amount.money.kind != "rate":
                money["budget"] = Reading(
                    got.amount.money, (sheet.evidence(cell.start, cell.end, "预算金额", "intentions:row"),), 0.95
                )
        cell = table.cell(row, "expected")
        if cell is not None:
            moment = first_moment(sheet.folded, cell.start, cell.end)
            if moment is not None and moment.when is not None:
                times["expected_at"] = Reading(
                    moment.when, (sheet.evidence(cell.start, cell.end, "预计采购时间", "intentions:row"),), 0.95
                )
        method = notice.method
        cell = table.cell(row, "method")
        if (
            cell is not None
            and len(
                named := _methods(cell.words + ("招标" if cell.words in ("公开", "邀请") else ""), rules()["methods"])
            )
            == 1
        ):
            method = named[0]
        needs = table.cell(row, "needs")
        row_items = tuple(
            item
            for item in notice.items
            if item.evidence and name.start <= item.evidence[0].start <= (needs.end if needs else name.end)
        )
        row_key: str | None = None
        if len(rows) > 1:
            stem = comparison_key(words)[:60]
            taken[stem] = taken.get(stem, 0) + 1
            row_key = stem if taken[stem] == 1 else f"{stem}#{taken[stem]}"
        out.append(
            replace(
                notice,
                key=row_key,
                method=method,
                texts=texts,
                times=times,
                money=money,
                lots=(),
                items=row_items,
                conflicts=()
                if len(rows) > 1
                else tuple(c for c in notice.conflicts if c.field not in ("budget", "expected_at")),
            )
        )
    return out or [notice]
