"""What a price has to hold, as a clause says it, and the purchase tax by vehicle and date of the invoice. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from tracker.documents.model import Requirement
from tracker.documents.rows import TaxRow, load_tax
from tracker.procedures.law import Text
from tracker.relevance import facts, vocabulary
from tracker.state import ProjectState

PARTS: dict[str, tuple[Text, tuple[str, ...]]] = {
    "tax": (Text("购置税", "purchase tax"), ("购置税",)),
    "plates": (Text("上牌", "plates"), ("上牌", "上户", "落户", "注册登记", "牌照")),
    "insurance": (Text("保险", "insurance"), ("保险", "交强险", "商业险")),
    "transport": (Text("运输", "transport"), ("运输", "运至", "运费", "送货", "运杂费")),
    "fit-out": (Text("改装加装", "fit-out"), ("改装", "加装", "上装", "涂装", "装备")),
    "training": (Text("培训", "training"), ("培训",)),
    "service": (Text("售后服务", "service"), ("售后", "质保", "保修")),
    "fee": (Text("代理（中标）服务费", "agency fee"), ("服务费", "代理费")),
    "taxes": (Text("税费", "taxes"), ("税费", "税金", "增值税")),
}
"""What a price may include beside the vehicle, with the words it is told by."""


def included(words: str) -> list[str]:
    """Which of PARTS a clause names."""
    return [name for name, (_name, signs) in PARTS.items() if any(sign in words for sign in signs)]


def tax_notes(asked: Iterable[Requirement], state: ProjectState, on: date) -> list[Text]:
    """The purchase tax that a price including it has to hold, by the vehicles of a project and a day of invoice."""
    if not any(each.topic == "price.included" and "tax" in included(each.words) for each in asked):
        return []
    energy = facts.energy(vocabulary(), state.name)
    known = None if energy == "unknown" else energy == "new-energy"
    return [_worded(row) for row in purchase_tax(state.vehicle_types, known, on)]


def _worded(row: TaxRow) -> Text:
    ground = f"（{row.legal}）" if row.legal else ""
    return Text(f"{row.zh}{ground}", f"{row.en}{f' ({row.legal})' if row.legal else ''}")


def purchase_tax(vehicles: Sequence[str], new_energy: bool | None, on: date) -> list[TaxRow]:
    """The rule for vehicles of these types invoiced on a day; two where it is not known whether they are new energy.

    The date is that of the invoice, not of bid or contract: a delivery that slips may change the tax.
    """
    found = [
        row
        for energy in ((new_energy,) if new_energy is not None else (False, True))
        for row in _rules(vehicles, energy, on)
    ]
    return list({row.id: row for row in found}.values())


def _rules(vehicles: Sequence[str], new_energy: bool, on: date) -> Iterator[TaxRow]:
    types = {above for name in vehicles for above in _with_above(name)}
    for row in load_tax():
        in_force = row.valid_from <= on and (row.valid_to is None or on <= row.valid_to)
        if in_force and (not row.energy or new_energy) and (not row.vehicles or types & set(row.vehicles)):
            yield row
            return


def _with_above(name: str) -> Iterator[str]:
    types = vocabulary().types
    at: str | None = name
    while at is not None and at in types:
        yield at
        at = types[at].parent
