"""A notice as one flat JSON object: the keys others measure us by, and useful more."""

from typing import Any

from crawler.notice import Award, Lot, Money, Notice, Period, Reading, When

_PRINTED_TIMES = ("documents_from", "documents_until", "bid_deadline", "opening_at", "prequalification_deadline")


def as_schema(notice: Notice, id: str | None = None) -> dict[str, Any]:
    """The printed schema of a notice (times local `YYYY-MM-DDTHH:MM`, money in yuan), `vehicle_purchase` excepted.

    A value that conflicts is printed with the place of best precedence; a relative period is null.
    """
    correction = notice.kind == "correction"
    text = {key: reading.value for key, reading in notice.texts.items()}
    out: dict[str, Any] = {
        "id": id if id is not None else notice.key,
        "kind": "other" if notice.kind == "opinion" else notice.kind,
        "method": notice.method,
        "project_number": text.get("project_number"),
        "project_name": text.get("project_name"),
        "buyer": text.get("buyer"),
        "agency": text.get("agency"),
        "budget_yuan": _yuan(notice.money.get("budget")),
        "ceiling_yuan": _yuan(notice.money.get("ceiling")),
    }
    for name in _PRINTED_TIMES:
        out[name] = None if correction else _local(notice.times.get(name))
    until = notice.times.get("documents_until")
    if until is not None and until.value == Period("bid-deadline", 0, "day") and not correction:
        out["documents_until"] = out["bid_deadline"]  # said to end with the deadline, which is printed
    out |= {
        "consortium_allowed": notice.consortium_allowed.value if notice.consortium_allowed else None,
        "deposit_yuan": _yuan(notice.money.get("deposit")),
        "lots": [_lot(lot) for lot in notice.lots],
        "awards": [_award(award) for award in notice.awards if award.rank == 1],
        "corrections": [
            {
                "field": _field(c.field) if c.field in _CHANGED else "other",
                "before": _known(c.field, c.before),
                "after": _known(c.field, c.after),
            }
            | ({"lot": c.lot} if c.lot else {})
            for c in notice.corrections
        ],
        "terminated_lots": list(notice.terminated_lots),
        "items": [
            {"name": item.name, "quantity": item.quantity, "unit": item.unit} | ({"lot": item.lot} if item.lot else {})
            for item in notice.items
        ],
        "conflicts": sorted({_field(conflict.field) for conflict in notice.conflicts}),
        "title": notice.title,
        "url": notice.url,
        "portal": notice.portal,
        "published_at": _local(notice.published),
        "plan_number": text.get("plan_number"),
        "region": text.get("region"),
        "opinion_deadline": _local(notice.times.get("opinion_deadline")),
        "expected_at": _local(notice.times.get("expected_at")),
        "deposit_deadline": _local(notice.times.get("deposit_deadline")),
        "periods": {
            name: {"anchor": reading.value.anchor, "length": reading.value.length, "unit": reading.value.unit}
            for name, reading in notice.times.items()
            if isinstance(reading.value, Period)
        },
        "delivery_period": text.get("delivery_period"),
        "delivery_place": text.get("delivery_place"),
        "sme_only": notice.sme_only.value if notice.sme_only else None,
        "references": list(notice.references),
        "codes": list(notice.codes),
        "attachments": [{"name": a.name, "url": a.url} for a in notice.attachments],
        "issues": [{"what": i.what, "words": i.words, "detail": i.detail} for i in notice.issues],
    }
    return out


def _field(name: str) -> str:
    """Our money keys carry no unit; the printed ones do."""
    return f"{name}_yuan" if name in {"budget", "ceiling", "deposit"} else name


_CHANGED = (*_PRINTED_TIMES, "budget", "ceiling", "deposit")


def _known(field: str, value: str | None) -> str | float | int | None:
    if value is None or field == "other":
        return value
    if field in {"budget", "ceiling", "deposit"}:
        number = float(value)
        return int(number) if number.is_integer() else number
    return value


def _local(reading: Reading[Any] | None) -> str | None:
    return reading.value.local if reading is not None and isinstance(reading.value, When) else None


def _yuan(reading: Reading[Money] | None) -> float | int | None:
    if reading is None or reading.value.kind in ("unit", "rate"):
        return None
    return reading.value.yuan


def _lot(lot: Lot) -> dict[str, Any]:
    return {"no": lot.no, "name": lot.name, "budget_yuan": lot.budget.yuan if lot.budget else None}


def _award(award: Award) -> dict[str, Any]:
    amount = award.amount if award.amount and award.amount.kind not in ("unit", "rate") else None
    return {
        "lot": award.lot,
        "supplier": award.supplier,
        "amount_yuan": amount.yuan if amount else None,
        "brand": award.brand,
        "model": award.model,
    }
