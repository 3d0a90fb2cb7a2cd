"""Criteria as single fields: the options of a command, the parameters of an address, the fields of a form."""

from typing import Any

from tracker.i18n import _, both
from tracker.present import KINDS, METHODS, money, portal_name, vehicle_name, word
from tracker.regions import gazetteer
from tracker.relevance import vocabulary
from tracker.watches import PURCHASE, Criteria, criteria_from

INSIDE = {"any": "keywords", "all": "keywords", "none": "keywords", "fields": "keywords"} | dict.fromkeys(
    ("min", "max", "unknown"), "amount"
)
"""Fields of a part of the criteria."""
MANY = (
    *("regions", "vehicles", "buyer_kinds", "buyers", "methods", "stages", "portals", "classes"),
    *("any", "all", "none", "fields"),
)
YES_NO = ("unknown", "unknown_region", "untyped", "review")
NAMES = (*MANY, "min", "max", "min_days_left", *YES_NO)


def criteria_with(base: Criteria, given: dict[str, Any]) -> Criteria:
    """`base` with some fields replaced. Raises Mistake naming the field and the fix."""
    values = base.model_dump(exclude_defaults=True)
    for name, value in given.items():
        inside = INSIDE.get(name)
        if inside:
            values[inside] = values.get(inside, {}) | {name: value}
        else:
            values[name] = value
    return criteria_from(values)


def fields_of(criteria: Criteria) -> dict[str, Any]:
    """The fields that differ from what a watch asks for by itself; the way back from `criteria_with`."""
    values = criteria.model_dump(mode="json", exclude_defaults=True)
    return {name: value for part in ("amount", "keywords") for name, value in values.pop(part, {}).items()} | values


def short_name(criteria: Criteria) -> str:
    """What a watch may be called: its criteria in a few words, in the language of the moment."""
    buyers = {row.id: both(row.zh, row.en) for row in vocabulary().data.buyers}
    classes = {row.id: both(row.zh, row.en) for row in vocabulary().data.classes}
    amount = criteria.amount
    parts = [
        *(gazetteer().named(each).path[-1] for each in criteria.regions),
        *(vehicle_name(each) for each in criteria.vehicles),
        *(buyers.get(each, each) for each in criteria.buyer_kinds),
        *criteria.buyers,
        *(word(METHODS, each) for each in criteria.methods),
        *(word(KINDS, each) for each in criteria.stages),
        *(portal_name(each) for each in criteria.portals),
        *(classes.get(each, each) for each in criteria.classes if each != PURCHASE),
        *criteria.keywords.any,
        *criteria.keywords.all,
        *(_("without {word}").format(word=each) for each in criteria.keywords.none),
    ]
    if amount.min is not None:
        parts.append(f"≥ {money(round(amount.min * 100))}")
    if amount.max is not None:
        parts.append(f"≤ {money(round(amount.max * 100))}")
    if criteria.min_days_left is not None:
        parts.append(_("{n} days left").format(n=criteria.min_days_left))
    return " · ".join(parts) or _("all vehicle tenders")
