"""A pack as a workbook: the handbooks' table of new customers, counts, what we did, results, money, rivals.

In the language of the moment; amounts in yuan, times Beijing time, text always text.
"""

from collections.abc import Iterable, Iterator

from crawler.text import comparison_key
from tracker import present, sheets
from tracker.i18n import _, both
from tracker.packs import words
from tracker.packs.model import STEPS, Pack, Purchase, Step, Tally
from tracker.present import local
from tracker.sheetlook import COUNT, MINUTE, SUM_COUNT, SUM_YUAN, YUAN, Column, add_table, file_of, tint
from tracker.sheets import ZONE_HEADING, Value


def workbook(pack: Pack) -> bytes:
    """An .xlsx file with everything of the pack."""
    book = sheets.workbook(pack.now)
    add_table(book, words.title(pack.period.kind), _customer_columns(), list(_customers(pack)))
    counts = add_table(book, _("Counts"), _count_columns(), list(_counts(pack)))
    tint(counts, f'$A2="{_("All")}"', "known", "A", "P")
    add_table(
        book, _("Tracked and bid"), _step_columns(), list(_steps(pack.ended("tracked", "registered", "submitted")))
    )
    add_table(book, _("Won and lost"), _end_columns(), list(_ends(pack.ended("won", "lost", "dropped"))))
    money = add_table(book, _("Deposits and payments"), _money_columns(), list(_money(pack)))
    tint(money, f'$F2="{_("overdue")}"', "late", "D", "F")
    add_table(book, _("Rivals' wins"), _rival_columns(), list(_rivals(pack)))
    return file_of(book)


def _yuan(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _types(names: Iterable[str]) -> str:
    return "、".join(present.vehicle_name(each) for each in names)


def _yes(fact: bool) -> str:
    return _("yes") if fact else ""


# --- new customers --------------------------------------------------------------------------------------------------


def _customer_columns() -> tuple[Column, ...]:
    return (
        Column(_("No."), 6, COUNT),
        Column(_("Day"), 12),
        Column(_("Customer (buyer)"), 30),
        Column(_("New customer"), 10),
        Column(_("Region"), 14),
        Column(_("Project"), 42),
        Column(_("Project no."), 20),
        Column(_("Vehicles"), 20),
        Column(_("Units"), 8, COUNT),
        Column(_("Budget (yuan)"), 17, YUAN),
        Column(_("Method"), 14),
        Column(_("Stage"), 16),
        Column(f"{_('Bids due')}（{ZONE_HEADING}）", 22, MINUTE),
        Column(_("Contact"), 12),
        Column(_("Telephone"), 18),
        Column(_("Source"), 18),
        Column(_("Owner"), 10),
        Column(_("Tracked"), 8),
        Column(_("Address"), 46),
    )


def _customers(pack: Pack) -> Iterator[tuple[Value, ...]]:
    for number, each in enumerate(pack.customers, 1):
        one = each.purchase
        yield (
            number,
            each.day,
            one.buyer,
            _yes(each.first_time),
            one.region,
            one.name,
            one.number,
            _types(one.vehicles),
            one.units,
            _yuan(one.budget),
            _method(one),
            both(one.stage, one.stage_en),
            each.closes_at,
            each.contact,
            each.phone,
            present.portal_name(one.portal) if one.portal else "",
            one.owner,
            _yes(each.tracked),
            one.url,
        )


def _method(one: Purchase) -> str:
    return present.word(present.METHODS, one.method) if one.method else ""


# --- counts ---------------------------------------------------------------------------------------------------------


def _count_columns() -> tuple[Column, ...]:
    told = [Column(_("By what"), 12), Column(_("Group"), 22)]
    for kind in STEPS:
        told.append(Column(words.step(kind), 11, SUM_COUNT))
        if kind in ("new", "won"):
            told += [
                Column(_("{step}, units").format(step=words.step(kind)), 12, SUM_COUNT),
                Column(_("{step}, yuan").format(step=words.step(kind)), 19, SUM_YUAN),
            ]
        elif kind == "submitted":
            told.append(Column(_("{step}, yuan").format(step=words.step(kind)), 19, SUM_YUAN))
    return tuple(told)


def _counts(pack: Pack) -> Iterator[tuple[Value, ...]]:
    yield _count_row(_("All"), words.days(pack.period), pack.total)
    yield _count_row(_("Period before"), words.days(pack.period.before), pack.before)
    for each in pack.by_person:
        yield _count_row(_("Person"), each.name or _("nobody in charge"), each)
    for each in pack.by_province:
        yield _count_row(_("Region"), each.name or _("not known"), each)
    for each in pack.by_vehicle:
        yield _count_row(_("Vehicles"), present.vehicle_name(each.name) if each.name else _("not known"), each)


def _count_row(what: str, name: str, tally: Tally) -> tuple[Value, ...]:
    told: list[Value] = [what, name]
    for kind in STEPS:
        count = tally.of(kind)
        told.append(count.number)
        if kind in ("new", "won"):
            told += [count.units, _yuan(count.amount)]
        elif kind == "submitted":
            told.append(_yuan(count.amount))
    return tuple(told)


# --- what we did ----------------------------------------------------------------------------------------------------


def _step_columns() -> tuple[Column, ...]:
    return (
        Column(_("Step"), 12),
        Column(_("Day"), 12),
        *_purchase_columns(),
        Column(_("Who"), 10),
        Column(_("Amount (yuan)"), 18, YUAN),
        Column(_("Address"), 46),
    )


def _purchase_columns() -> tuple[Column, ...]:
    return (
        Column(_("Project"), 42),
        Column(_("lot"), 8),
        Column(_("Buyer"), 28),
        Column(_("Region"), 14),
        Column(_("Vehicles"), 20),
        Column(_("Units"), 8, COUNT),
    )


def _purchase(each: Step) -> tuple[Value, ...]:
    one = each.purchase
    return one.name, each.lot, one.buyer, one.region, _types(one.vehicles), one.units


def _steps(steps: Iterable[Step]) -> Iterator[tuple[Value, ...]]:
    for each in steps:
        day = local(each.at).date()
        yield words.step(each.kind), day, *_purchase(each), each.by, _yuan(each.amount), each.purchase.url


def _end_columns() -> tuple[Column, ...]:
    return (
        Column(_("End"), 12),
        Column(_("Day"), 12),
        *_purchase_columns(),
        Column(_("Who"), 10),
        Column(_("Our price (yuan)"), 18, YUAN),
        Column(_("Rank"), 8, COUNT),
        Column(_("Reason"), 40),
        Column(_("Winner"), 30),
        Column(_("Winner's price (yuan)"), 20, YUAN),
        Column(_("Address"), 46),
    )


def _ends(steps: Iterable[Step]) -> Iterator[tuple[Value, ...]]:
    for each in steps:
        end = each.by, _yuan(each.amount), each.rank, each.reason, each.winner, _yuan(each.winner_price)
        yield words.step(each.kind), local(each.at).date(), *_purchase(each), *end, each.purchase.url


# --- money and rivals -----------------------------------------------------------------------------------------------


def _money_columns() -> tuple[Column, ...]:
    return (
        Column(_("Kind"), 10),
        Column(_("Project"), 44),
        Column(_("Buyer"), 30),
        Column(_("Amount (yuan)"), 18, YUAN),
        Column(_("Due day"), 14),
        Column(_("State"), 12),
        Column(_("Paid on"), 14),
        Column(_("Owner"), 12),
        Column(_("Remark"), 30),
        Column(_("Address"), 46),
    )


def _money(pack: Pack) -> Iterator[tuple[Value, ...]]:
    for each in pack.money:
        yield (
            _("deposit") if each.kind == "deposit" else _("payment"),
            each.name,
            each.buyer,
            _yuan(each.amount),
            local(each.due).date() if each.due else None,
            _("overdue") if each.overdue else "",
            local(each.since).date() if each.since else None,
            each.owner,
            each.words,
            each.url,
        )


def _rival_columns() -> tuple[Column, ...]:
    return (
        Column(_("Winner"), 34),
        Column(_("Wins"), 8, COUNT),
        Column(_("Project"), 42),
        Column(_("lot"), 8),
        Column(_("Buyer"), 30),
        Column(_("Region"), 14),
        Column(_("Vehicles"), 20),
        Column(_("Brand"), 14),
        Column(_("Model"), 18),
        Column(_("Unit price (yuan)"), 18, YUAN),
        Column(_("Amount (yuan)"), 18, YUAN),
        Column(_("Day"), 12),
    )


def _rivals(pack: Pack) -> Iterator[tuple[Value, ...]]:
    """By winner, the most often winning first; each lot in a row of its own."""
    place = {rival.group.key: number for number, rival in enumerate(pack.rivals)}
    for each in sorted(pack.rival_wins, key=lambda win: place[comparison_key(win.winner)]):
        yield (
            each.winner,
            pack.rivals[place[comparison_key(each.winner)]].group.wins,
            each.project,
            each.lot,
            each.buyer,
            "".join(each.region),
            _types(each.vehicles),
            each.brand,
            each.model,
            _yuan(each.unit_price),
            _yuan(each.amount),
            local(each.at).date() if each.at else None,
        )
