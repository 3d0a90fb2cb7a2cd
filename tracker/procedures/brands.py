"""How many bidders several offers count as: dealers of one brand may count once, by regime and method."""

from collections.abc import Collection
from dataclasses import dataclass

from tracker.procedures.law import Regime

LEAST = 3
"""Fewer bidders, and a tender fails (`gp.tender.min-qualified`, `tb.tender.min-bidders`)."""


@dataclass(frozen=True)
class Offer:
    """What one bidder offers for a lot: its core product."""

    bidder: str
    brand: str
    model: str = ""


@dataclass(frozen=True)
class Count:
    bidders: int
    rule_id: str
    """The rule that makes offers count once; empty where none does."""
    fails: bool
    """Too few for the method: the lot threatens to fail."""


def count_bidders(
    offers: Collection[Offer], regime: Regime | None, method: str, *, document_rule: bool = False
) -> Count:
    """Offers as the law counts them.

    政府采购 tender: one brand is one bidder (M87 31). 谈判, 磋商, 询价: the same brand and model (财办库〔2003〕38号).
    Elsewhere each bidder counts, unless the document writes the brand-and-model rule (`document_rule`).
    """
    if regime == "GP" and method in {"open", "invited", "prequalification"}:
        counted, rule_id = {offer.brand for offer in offers}, "gp.tender.same-brand-count"
    elif regime == "GP" and method in {"negotiation", "consultation", "inquiry"}:
        counted, rule_id = {f"{offer.brand} {offer.model}" for offer in offers}, "gp.nontender.same-brand"
    elif document_rule:
        counted = {f"{offer.brand} {offer.model}" for offer in offers}
        rule_id = "tb.same-brand" if regime == "TB" else "ent.same-brand"
    else:
        counted, rule_id = {offer.bidder for offer in offers}, ""
    few = regime in {"GP", "TB"} and method != "single_source" and len(counted) < LEAST
    return Count(len(counted), rule_id, few)
