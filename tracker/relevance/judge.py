"""The judgement: evidence of every kind weighed into one answer with reasons a person can read."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from crawler.notice import Item, Lot, Money, Notice
from tracker.i18n import both
from tracker.relevance import facts
from tracker.relevance.body import READ_AT_MOST, Body, Named, look
from tracker.relevance.codes import CodeFinding
from tracker.relevance.codes import judge as judge_code
from tracker.relevance.phrase import Finding, Verdict, read, says_nothing, without_names
from tracker.relevance.vocabulary import Vocabulary, vocabulary

VehiclePurchase = Literal["yes", "no", "mixed", "review"]


@dataclass(frozen=True)
class Reason:
    """Why, in both languages."""

    rule: str
    """Which rule spoke: title.head, title.class, code, items, lots, body …"""
    zh: str
    en: str

    def __str__(self) -> str:
        return both(self.zh, self.en)


@dataclass(frozen=True)
class Vehicle:
    """One kind of vehicle bought."""

    name: str
    types: tuple[str, ...]
    count: int | None = None
    unit: str | None = None
    lot: str | None = None
    unit_price: Money | None = None
    """Printed, or total divided by number where the lot holds this one kind only."""
    price_computed: bool = False
    energy: facts.Energy = "unknown"
    use_class: str = "unknown"
    limit: facts.LimitCheck = "unknown"
    limit_row: str | None = None
    """Id of the limit compared with."""


@dataclass(frozen=True)
class LotRelevance:
    no: str
    name: str | None
    vehicle_purchase: VehiclePurchase
    types: tuple[str, ...]
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Relevance:
    """Whether a notice buys vehicles, which, and why."""

    vehicle_purchase: VehiclePurchase
    types: tuple[str, ...] = ()
    cls: str = "none"
    """`purchase`, `unclear`, `none` (no word of vehicles), `other`, or an id of classes[] in vehicles.yaml."""
    reasons: tuple[Reason, ...] = ()
    lots: tuple[LotRelevance, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    fleet: tuple[Named, ...] = ()
    """Vehicles the buyer has, told by a notice of insurance, repair, rent or disposal."""
    fleet_signal: bool = False
    energy: facts.Energy = "unknown"
    chassis_or_complete: facts.Make = "unknown"
    use_class: str = "unknown"
    limit: facts.LimitCheck = "unknown"

    @property
    def count(self) -> int | None:
        """Vehicles in all; None where one kind is printed without number."""
        counts = [v.count for v in self.vehicles]
        return sum(c for c in counts if c is not None) if counts and None not in counts else None


@dataclass
class _Case:
    """The judgement while it is being made."""

    words: Vocabulary
    verdict: Verdict | None
    cls: str
    types: tuple[str, ...] = ()
    reasons: list[Reason] = field(default_factory=list)

    def set(self, verdict: Verdict, cls: str, types: Iterable[str] = ()) -> None:
        self.verdict, self.cls = verdict, cls
        self.types = self.words.specific(self.types, types)


def classify(title: str, text: str = "", *, notice: Notice | None = None) -> Relevance:
    """Whether a notice buys vehicles, from its title, its text and, where there is one, its reading.

    Evidence by weight: catalogue code and name, CPV and PSC, items and lots, the head noun of the title, the body,
    the kind of buyer. Undecided is `review`, never silence. ConfigurationError if vehicles.yaml cannot be used.
    """
    words = vocabulary()
    if notice is not None:
        title, text = title or notice.title, text or notice.text
    text = text[:READ_AT_MOST]
    head = read(words, title)
    if head.verdict is None and notice is not None and "project_name" in notice.texts:
        head = read(words, notice.texts["project_name"].value)
    if head.verdict is None and not text and notice is None:
        return _NONE
    body = look(words, text) if text else Body()
    case = _Case(words, head.verdict, head.cls, head.types)
    if head.verdict is not None:
        case.reasons.append(_title_reason(head))
    vehicles, lots, mixed_with = _printed(words, notice, body)
    _weigh_parts(words, case, head, title, notice, body, vehicles, lots, mixed_with)
    buyer = _buyer(notice, title)
    _weigh_buyer(words, case, head, buyer)
    _weigh_codes(words, case, notice, body)
    return _answer(words, case, title, text, notice, vehicles, lots, buyer)


_GOODS = re.compile(r"A\d{6}|货物/")
_NONE = Relevance("no", reasons=(Reason("title.none", "标题无车辆用词", "the title has no word of vehicles"),))


# --- items and lots ---------------------------------------------------------------------------------------------


def _printed(
    words: Vocabulary, notice: Notice | None, body: Body
) -> tuple[tuple[Vehicle, ...], tuple[LotRelevance, ...], str]:
    """Vehicles and lots by the reading, else by the text; and the name of something bought that is no vehicle."""
    items = notice.items if notice else ()
    judged = [(item, _item(words, item)) for item in items]
    vehicles = tuple(
        Vehicle(i.name, f.types, _whole(i.quantity), i.unit, i.lot, i.unit_price)
        for i, f in judged
        if f.verdict in ("yes", "mixed")
    )
    other = next((i.name for i, f in judged if f.verdict in (None, "no")), "")
    lots: tuple[LotRelevance, ...] = ()
    if notice and notice.lots:
        lots = tuple(_lot(words, lot, [pair for pair in judged if pair[0].lot == lot.no]) for lot in notice.lots)
    elif body.lots:
        lots = tuple(_named_lot(lot.no, lot.name, lot.finding) for lot in body.lots)
    named = [lot for lot in lots if lot.name]
    if not other and any(lot.vehicle_purchase in ("yes", "mixed") for lot in named):
        other = next((lot.name or "" for lot in named if lot.vehicle_purchase == "no"), "")
        other = other or next((lot.name or "" for lot in named if lot.vehicle_purchase == "review"), "")
    if not judged:
        counted = [v for v in body.vehicles if v.count is not None]
        vehicles = tuple(Vehicle(v.name, v.types, v.count, v.unit) for v in counted or body.vehicles)
    return vehicles, lots, other


def _whole(quantity: float | int | None) -> int | None:
    return int(quantity) if quantity is not None and quantity == int(quantity) and quantity > 0 else None


def _item(words: Vocabulary, item: Item) -> Finding:
    """An item by its code, else by its name; 辆 makes a doubtful name a vehicle."""
    code = judge_code(words, item.code) if item.code else None
    found = read(words, item.name, bought=True)
    if code is not None and code.verdict == "yes" and found.verdict != "no":
        return replace(found, verdict="yes", types=code.types if words.vague(found.types) else found.types)
    if found.verdict == "review" and item.unit == "辆" and found.rule in ("unlisted", "beside"):
        return replace(found, verdict="yes", types=found.types or ("special",))
    return found


def _lot(words: Vocabulary, lot: Lot, items: list[tuple[Item, Finding]]) -> LotRelevance:
    """A lot by its items, else by its name."""
    verdicts = {"yes" if f.verdict in ("yes", "mixed") else f.verdict or "no" for _, f in items}
    if not items:
        return _named_lot(lot.no, lot.name, read(words, lot.name or "", bought=True))
    types = words.specific(*(f.types for _, f in items))
    purchase: VehiclePurchase = (
        "yes" if verdicts == {"yes"} else "mixed" if "yes" in verdicts else "review" if "review" in verdicts else "no"
    )
    names = "、".join(i.name for i, _ in items[:3])
    reason = Reason("items", f"标的 {names}", f"items {names}")
    return LotRelevance(lot.no, lot.name, purchase, types if purchase != "no" else (), (reason,))


def _named_lot(no: str, name: str | None, found: Finding) -> LotRelevance:
    reasons = (_lot_reason(name, found),) if name else ()
    return LotRelevance(no, name, found.verdict or ("no" if name else "review"), found.types, reasons)


def _lot_reason(name: str | None, found: Finding) -> Reason:
    if found.verdict is None:
        return Reason("lots", f"包名 {name} 无车辆用词", f"lot {name}: no word of vehicles")
    inner = _title_reason(found)
    return Reason("lots", f"包名 {name}：{inner.zh}", f"lot {name}: {inner.en}")


# --- weighing ---------------------------------------------------------------------------------------------------


def _weigh_parts(
    words: Vocabulary,
    case: _Case,
    head: Finding,
    title: str,
    notice: Notice | None,
    body: Body,
    vehicles: tuple[Vehicle, ...],
    lots: tuple[LotRelevance, ...],
    mixed_with: str,
) -> None:
    """Items, lots and the counts of the body against the title."""
    if head.verdict == "no" and (head.firm or head.rule == "context"):
        return  # 维修, 租赁 …: the vehicles printed are those repaired or rented
    read_items = notice is not None and bool(notice.items)
    open_kind = head.verdict == "review" or (bool(head.types) and words.vague(head.types))
    sure = [v for v in vehicles if v.count is not None or read_items or open_kind]
    lot_types = words.specific(*(lot.types for lot in lots if lot.vehicle_purchase in ("yes", "mixed")))
    if not (sure or lot_types):
        if body.mentioned and _means_vehicles(head):
            case.types = ()
            case.set("yes", "purchase", body.mentioned)
            case.reasons.append(_names_reason("body", [words.types[t].zh for t in body.mentioned]))
        return
    types = words.specific(lot_types, *(v.types for v in sure))
    if isinstance(head.row, object) and head.rule == "ambiguous" and getattr(head.row, "over", False):
        case.types = types
        return
    if head.verdict is None or head.verdict == "no":
        intention = notice is not None and notice.kind == "intention"
        unit = any(v.unit == "辆" for v in sure)
        if not (intention or says_nothing(words, title)) and not (notice is not None and notice.items):
            if unit:
                case.set("review", "unclear", types)
                case.reasons.append(_names_reason("body", [v.name for v in sure]))
            return
    if head.verdict not in ("yes", "mixed"):
        case.types = ()
    case.set("mixed" if mixed_with or head.verdict == "mixed" else "yes", "purchase", types)
    if sure:
        case.reasons.append(_count_reason(sure, "items" if notice is not None and notice.items else "body"))
    elif lot_types:
        named = [lot.name or lot.no for lot in lots if lot.vehicle_purchase in ("yes", "mixed")]
        case.reasons.append(_names_reason("lots", named))
    if mixed_with:
        case.reasons.append(Reason("lots.other", f"另含 {mixed_with}", f"also buys {mixed_with}"))


def _means_vehicles(head: Finding) -> bool:
    return bool(getattr(head.row, "means_vehicles", False))


def _weigh_buyer(words: Vocabulary, case: _Case, head: Finding, buyer: str) -> None:
    """An unlisted X车 counts as special vehicle only where the buyer is no hospital, school or works."""
    if case.verdict != "yes" or head.rule != "head-by-work":
        return
    row = next((b for b in words.data.buyers if b.doubt and any(w in buyer for w in b.words)), None)
    if row is not None:
        case.set("review", "unclear")
        case.reasons.append(
            Reason("buyer", f"采购人为{row.zh}，可能是推车或场内车", f"the buyer is a {row.en}: perhaps a trolley")
        )


def _weigh_codes(words: Vocabulary, case: _Case, notice: Notice | None, body: Body) -> None:
    """Codes weigh most: they decide an open case, and turn a contrary title into a case for a person."""
    printed = list(notice.codes if notice else ()) or list(body.codes)
    if notice is not None and "category" in notice.texts:
        printed.append(notice.texts["category"].value)
    printed = [code for line in printed for code in re.split(r"[,，;；、]", line) if code.strip()]
    found = [f for f in (judge_code(words, code) for code in printed) if f is not None]
    if not found:
        return
    yes = [f for f in found if f.verdict == "yes"]
    best = yes[0] if yes else found[0]
    if yes and found[0].verdict == "no" and found[0].scheme != "catalogue" and case.verdict not in ("yes", "mixed"):
        # The main code is the first; vehicles stand among the additional ones only.
        case.set("review", "unclear", words.specific(*(f.types for f in yes)))
        case.reasons[:0] = [_code_reason(found[0]), _code_reason(best)]
        return
    reason = _code_reason(best)
    if yes:
        types = words.specific(*(f.types for f in yes))
        if case.verdict in (None, "review"):
            # Other goods of the catalogue beside the vehicles make it mixed.
            others = [code for code in printed if _GOODS.match(code) and judge_code(words, code) is None]
            case.types = case.types or types
            case.set("mixed" if others else "yes", "purchase")
        elif case.verdict == "no":
            case.set("review", "unclear", types)
            reason = Reason("code.conflict", f"{reason.zh}，与标题不符", f"{reason.en}, against the title")
        elif words.vague(case.types):
            case.types = words.specific(case.types, types)
    elif best.verdict == "no" and case.verdict in (None, "review"):
        case.set("no" if case.verdict is None else "review", best.cls if case.verdict is None else case.cls)
    elif best.verdict == "review" and case.verdict is None:
        case.set("review", "unclear")
    case.reasons.insert(0, reason)


# --- the answer -------------------------------------------------------------------------------------------------


def _buyer(notice: Notice | None, title: str) -> str:
    if notice is not None and "buyer" in notice.texts:
        return notice.texts["buyer"].value
    return title


def _answer(
    words: Vocabulary,
    case: _Case,
    title: str,
    text: str,
    notice: Notice | None,
    vehicles: tuple[Vehicle, ...],
    lots: tuple[LotRelevance, ...],
    buyer: str,
) -> Relevance:
    verdict: VehiclePurchase = case.verdict or "no"
    row = words.classes.get(case.cls)
    signal = verdict == "no" and row is not None and row.fleet
    if verdict == "no":
        own = look(words, f"{title}\n{text}", signals=True).vehicles if signal else ()
        reasons = tuple(case.reasons) or _NONE.reasons
        return Relevance("no", cls=case.cls, reasons=reasons, lots=lots, fleet=own, fleet_signal=signal)
    said = without_names(words, title)
    described = tuple(_describe(words, v, said, text, notice, vehicles, buyer) for v in vehicles)
    types = case.types
    if words.vague(types):
        types = words.specific(types, *(v.types for v in described))
    energies = {v.energy for v in described} or {facts.energy(words, said)}
    limits = {v.limit for v in described} or {"unknown"}
    uses = {v.use_class for v in described} - {"unknown"}
    title_use = facts.use_class(words, said, types)
    return Relevance(
        verdict,
        types,
        case.cls,
        tuple(case.reasons),
        lots,
        described,
        energy=energies.pop() if len(energies) == 1 else "unknown",
        chassis_or_complete=facts.make(types),
        use_class=title_use if title_use != "unknown" else uses.pop() if len(uses) == 1 else "unknown",
        limit="over" if "over" in limits else "within" if limits == {"within"} else "unknown",
    )


def _describe(
    words: Vocabulary,
    vehicle: Vehicle,
    title: str,
    text: str,
    notice: Notice | None,
    vehicles: tuple[Vehicle, ...],
    buyer: str,
) -> Vehicle:
    price, computed = vehicle.unit_price, False
    if price is None and notice is not None:
        price = facts.unit_price(_total(notice, vehicle, vehicles), vehicle.count)
        computed = price is not None
    about = f"{vehicle.name} {title}"
    energy = facts.energy(words, vehicle.name)
    if energy == "unknown":
        energy = facts.energy(words, title)
    if energy == "unknown" and len(vehicles) == 1:
        energy = facts.energy(words, text)
    use = facts.use_class(words, vehicle.name, ())
    if use == "unknown":
        use = facts.use_class(words, about, vehicle.types)
    kind = facts.buyer_kind(words, buyer)
    limit, row = facts.check_limit(words, price, use, vehicle.types, energy, kind, text)
    return replace(
        vehicle, unit_price=price, price_computed=computed, energy=energy, use_class=use, limit=limit,
        limit_row=row.id if row else None,
    )  # fmt: skip


def _total(notice: Notice, vehicle: Vehicle, vehicles: tuple[Vehicle, ...]) -> Money | None:
    """The sum that pays for this kind of vehicle alone: of its lot, or of the notice where it is the only item."""
    if vehicle.lot is not None:
        if sum(item.lot == vehicle.lot for item in notice.items) != 1:
            return None
        lot = next((lot for lot in notice.lots if lot.no == vehicle.lot), None)
        return (lot.budget or lot.ceiling) if lot else None
    if len(notice.items) != 1 or len(vehicles) != 1 or len(notice.lots) > 1:
        return None
    reading = notice.money.get("budget") or notice.money.get("ceiling") or notice.money.get("contract_amount")
    return reading.value if reading else None


# --- reasons ----------------------------------------------------------------------------------------------------


_SAID = {
    "head": ("标题中心词 {word}", "head noun {word}"),
    "head-by-work": ("标题中心词 {word}（按作业用途判断）", "head noun {word}, judged by the work it does"),
    "head-with-others": ("标题中心词 {word}，另含 {by}", "head noun {word}, with {by}"),
    "class": ("标题中心词 {by}：{zh}", "head noun {by}: {en}"),
    "class-of-word": ("{word} 后接 {by}：{zh}", "{word} before {by}: {en}"),
    "modifies": ("{word} 只修饰 {by}", "{word} only modifies {by}"),
    "context": ("{word} 在“{by}”语境中：{zh}", "{word} near {by}: {en}"),
    "aside": ("括号内含 {word} 采购", "the brackets hold a purchase of {word}"),
    "plate": ("标题有号牌，为既有车辆", "the title has a number plate: a vehicle that exists"),
    "pieces": ("标题以“辆”计数", "the title counts in 辆"),
    "no-purchase-word": ("标题有 {word}，无采购用词", "the title says {word} without a purchase word"),
    "equipment": ("标题 {word}：{zh}", "title says {word}: {en}"),
    "built-on": ("括号内 {word}，可能是车载或自行式", "the brackets say {word}: perhaps built on a vehicle"),
    "bare-equipment": ("{zh}的{word}可能含车", "{word} of {en} may include vehicles"),
    "ambiguous": ("{word}：{zh}", "{word}: {en}"),
    "beside": ("{word} 与 {by} 并列，需人工判断", "{word} beside {by}: a person decides"),
    "unlisted": ("{word} 不在词表中", "{word} stands in no list"),
    "no-vehicle-word": ("标题无车辆用词", "the title has no word of vehicles"),
}
"""What each rule of a title says, in both languages."""


def _title_reason(found: Finding) -> Reason:
    key = "class-of-word" if found.rule == "class" and found.word else found.rule
    row = {"zh": found.row.zh, "en": found.row.en} if found.row is not None else {"zh": "", "en": ""}
    zh, en = (said.format(word=found.word, by=found.by, **row) for said in _SAID[key])
    return Reason(f"title.{found.rule}", zh, en)


def _code_reason(found: CodeFinding) -> Reason:
    scheme = "品目" if found.scheme == "catalogue" else found.scheme
    edition_zh = f"（{found.edition} 年版）" if found.edition == "2013" else ""
    edition_en = f" (edition of {found.edition})" if found.edition == "2013" else ""
    said = " ".join(part for part in (found.code, found.name_zh) if part)
    said_en = " ".join(part for part in (found.code, found.name_en) if part)
    label = "category" if found.scheme == "catalogue" else found.scheme
    return Reason("code", f"{scheme} {said}{edition_zh}", f"{label} {said_en}{edition_en}")


def _count_reason(vehicles: list[Vehicle], rule: str) -> Reason:
    said = "、".join(f"{v.name}{f' {v.count}{v.unit or str()}' if v.count else ''}" for v in vehicles[:4])
    place_zh, place_en = ("标的", "items") if rule == "items" else ("正文", "body")
    return Reason(rule, f"{place_zh} {said}", f"{place_en}: {said}")


def _names_reason(rule: str, names: list[str]) -> Reason:
    said = "、".join(names[:4])
    place_zh, place_en = {"lots": ("包名", "lots"), "body": ("正文提到", "body names")}[rule]
    return Reason(rule, f"{place_zh} {said}", f"{place_en} {said}")


def likely_words() -> tuple[str, ...]:
    """Words in a title that put its detail first when the budget is short (`Plan.likely`), in no order."""
    return vocabulary().likely
