"""Three dealers are not always three bidders."""

from datetime import date

import pytest

from tracker.procedures.brands import Offer, count_bidders
from tracker.procedures.law import Law, Regime

DEALERS = (
    Offer("临溪东方汽贸", "临岳", "LY6600"),
    Offer("临溪南方汽贸", "临岳", "LY6600"),
    Offer("临溪西方汽贸", "临岳", "LY6710"),
)


@pytest.mark.parametrize(
    ("regime", "method", "document_rule", "bidders", "rule_id", "fails"),
    [
        ("GP", "open", False, 1, "gp.tender.same-brand-count", True),
        ("GP", "inquiry", False, 2, "gp.nontender.same-brand", True),
        ("TB", "open", False, 3, "", False),
        ("TB", "open", True, 2, "tb.same-brand", True),
        ("ENT", "enterprise", False, 3, "", False),
        ("ENT", "enterprise", True, 2, "ent.same-brand", False),
    ],
)
def test_one_brand_counts_by_regime_and_method(
    law: Law, regime: Regime, method: str, document_rule: bool, bidders: int, rule_id: str, fails: bool
) -> None:
    found = count_bidders(DEALERS, regime, method, document_rule=document_rule)
    assert (found.bidders, found.rule_id, found.fails) == (bidders, rule_id, fails)
    assert not rule_id or rule_id in law.rules


def test_relation_rules_have_their_scope(law: Law) -> None:
    today = date(2026, 11, 21)

    def named(regime: Regime, method: str) -> set[str]:
        return {rule.rule_id for rule in law.requirements(regime, method, today)}

    assert {"gp.related-suppliers", "gp.tender.same-brand"} <= named("GP", "open")
    assert "gp.tender.same-brand" not in named("GP", "inquiry")
    assert "tb.related-suppliers" in named("TB", "open")
    assert not {rule for rule in named("TB", "open") if rule.startswith("gp.")}
    assert "gp.emergency.no-minimum" not in {
        rule.rule_id for rule in law.requirements("GP", "open", date(2026, 9, 30))
    }, "in force from October 2026"
