"""What the law adds to a proceeding, and the printed dates it questions."""

import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from crawler.notice import Period, When
from tracker.procedures.engine import Computed, Missing
from tracker.procedures.law import Law, Regime
from tracker.procedures.milestones import (
    Case,
    Check,
    ComputedMilestone,
    Facts,
)
from tracker.procedures.regimes import regime_of
from tracker.procedures.stages import Procedure, procedure_for
from tracker.workdays import Calendar

TENDER = Facts(
    times={
        "documents_from": When("2026-09-14"),
        "documents_until": When("2026-09-21"),
        "bid_deadline": When("2026-10-12T09:30"),
        "opening_at": When("2026-10-12T09:30"),
    },
    published={"tender": When("2026-09-11T16:20")},
)
"""An open tender of 警车 whose notice came out on Friday, 11 September 2026."""


class Bench:
    """The shipped law on one method."""

    def __init__(self, methods: dict[str, Procedure], calendar: Calendar, law: Law) -> None:
        self.methods, self.calendar, self.law = methods, calendar, law

    def milestones(
        self, facts: Facts, regime: Regime | None = "GP", method: str = "open"
    ) -> dict[str, ComputedMilestone]:
        found = Case(facts, regime, self.methods[method], self.calendar, self.law).milestones()
        assert len(found) == len({each.kind for each in found})
        return {each.kind: each for each in found}

    def day(self, facts: Facts, kind: str, regime: Regime = "GP", method: str = "open") -> date | None:
        result = self.milestones(facts, regime, method)[kind].result
        return result.until if isinstance(result, Computed) else None

    def checks(self, facts: Facts, regime: Regime = "GP", method: str = "open") -> dict[str, Check]:
        found = Case(facts, regime, self.methods[method], self.calendar, self.law).checks()
        return {each.rule_id: each for each in found}


@pytest.fixture
def bench(methods: dict[str, Procedure], calendar: Calendar, law: Law) -> Bench:
    return Bench(methods, calendar, law)


def test_question_the_documents_until_seven_working_days_after_the_notice_period(bench: Bench) -> None:
    found = bench.milestones(TENDER)["gp.remedy.challenge-documents"]
    assert isinstance(found.result, Computed)
    # 公告期 09-14 … 09-18; then 09-20 (调休), 09-21 … 09-24, 中秋 off, 09-28, 09-29
    assert found.result.until == date(2026, 9, 29)
    assert (found.role, found.alarm, found.standing) == ("deadline", "tracked", "taker")
    assert [step.zh for step in found.result.steps] == [
        "发布 2026-09-11 16:20 + 5个工作日 → 2026-09-18",
        "公告期满 2026-09-18 + 7个工作日 → 2026-09-29；09-25…27 放假，09-20 调休上班",
    ]


def test_of_two_starts_the_earlier_end_is_safe_and_the_later_arguable(bench: Bench) -> None:
    early = replace(TENDER, entered={"documents-obtained": When("2026-09-14")})
    found = bench.milestones(early)["gp.remedy.challenge-documents"].result
    assert isinstance(found, Computed)
    assert (found.until, found.latest_arguable) == (date(2026, 9, 22), date(2026, 9, 29))


def test_the_result_dates_challenge_signing_and_refund(bench: Bench) -> None:
    awarded = replace(TENDER, published={**TENDER.published, "award": When("2026-10-13")})
    assert bench.day(awarded, "gp.remedy.challenge-result") == date(2026, 10, 23)
    signing = bench.milestones(awarded)["gp.contract.signing"].result
    assert isinstance(signing, Computed)
    assert signing.until == date(2026, 11, 12)
    assert signing.proxy, "the notice of award goes out together with the result notice"
    assert bench.day(awarded, "gp.bond.refund-not-awarded") == date(2026, 10, 20)
    assert bench.day(awarded, "gp.remedy.complaint") is None, "nobody has challenged anything"


def test_what_a_person_enters_counts_before_a_proxy(bench: Bench) -> None:
    awarded = replace(
        TENDER,
        published={**TENDER.published, "award": When("2026-10-13")},
        entered={"award-notified": When("2026-10-15"), "challenge-received": When("2026-10-20")},
    )
    signing = bench.milestones(awarded)["gp.contract.signing"].result
    assert isinstance(signing, Computed)
    assert signing.until == date(2026, 11, 14)
    assert signing.proxy is None
    assert bench.day(awarded, "gp.remedy.challenge-answer") == date(2026, 10, 29)
    assert bench.day(awarded, "gp.remedy.complaint") == date(2026, 11, 19)


def test_the_signed_contract_dates_publication_and_refund(bench: Bench) -> None:
    signed = replace(TENDER, times={**TENDER.times, "contract_signed_at": When("2026-11-02")})
    assert bench.day(signed, "gp.contract.publication") == date(2026, 11, 4)
    assert bench.day(signed, "gp.bond.refund-awarded") == date(2026, 11, 9)
    assert bench.milestones(signed)["gp.contract.publication"].alarm == "never", "no act of the bidder"


def test_a_termination_dates_the_refund(bench: Bench) -> None:
    ended = replace(TENDER, published={**TENDER.published, "termination": When("2026-09-24")})
    refund = bench.milestones(ended)["gp.bond.refund-terminated"].result
    assert isinstance(refund, Computed)
    assert refund.until == date(2026, 10, 9), "09-28 … 09-30, then 10-08 and 10-09"
    assert refund.proxy
    assert refund.proxy.anchor == "termination-published"


def test_without_an_anchor_no_date_but_what_to_enter(bench: Bench) -> None:
    found = bench.milestones(TENDER)["gp.payment.sme"].result
    assert isinstance(found, Missing)
    assert found.ask.zh == "需填写：货物交付之日"


def test_payment_follows_the_law_in_force_at_the_delivery(bench: Bench) -> None:
    old = Facts(published={"tender": When("2025-02-10")}, entered={"delivery": When("2025-07-01")})
    assert bench.day(old, "gp.payment.sme") == date(2025, 7, 31), "the tender is older than the rule, the delivery not"
    before = replace(old, entered={"delivery": When("2025-05-20")})
    assert "gp.payment.sme" not in bench.milestones(before)


def test_a_company_that_tenders_pays_as_a_company(bench: Bench) -> None:
    facts = replace(TENDER, entered={"accepted": When("2026-10-30")})
    found = bench.milestones(facts, "TB")
    assert not any(kind.startswith("gp.") for kind in found)
    result = found["ent.payment.sme-acceptance"].result
    assert isinstance(result, Computed)
    assert result.until == date(2026, 12, 29)


def test_objections_under_the_tendering_law(bench: Bench) -> None:
    facts = replace(TENDER, published={**TENDER.published, "award_candidate": When("2026-10-14")})
    assert bench.day(facts, "tb.objection.documents", "TB") == date(2026, 10, 2)
    objection = bench.milestones(facts, "TB")["tb.objection.candidates"]
    assert isinstance(objection.result, Computed)
    assert (objection.result.until, objection.result.latest_arguable) == (date(2026, 10, 17), date(2026, 10, 19))
    assert not objection.binding
    assert "参照" in objection.result.steps[-1].zh
    duty = bench.milestones(replace(facts, mandatory=True), "TB")["tb.objection.candidates"]
    assert duty.binding


@pytest.mark.parametrize("regime", [None, "PLA"])
def test_no_regime_or_the_military_no_date(bench: Bench, regime: Regime | None) -> None:
    assert bench.milestones(TENDER, regime) == {}


def test_an_enterprise_has_no_procedural_period_but_payment(bench: Bench) -> None:
    facts = Facts(
        times=TENDER.times, published={"inquiry": When("2026-09-11")}, entered={"delivery": When("2026-11-02")}
    )
    found = bench.milestones(facts, "ENT", "enterprise")
    dated = {kind for kind, each in found.items() if isinstance(each.result, Computed)}
    assert dated == {"ent.bond.plan", "ent.payment.sme"}
    assert found["ent.bond.plan"].role == "plan"


def test_single_source_publicity_lets_competitors_object(bench: Bench) -> None:
    facts = Facts(published={"single_source": When("2026-08-12")})
    assert bench.day(facts, "gp.single-source.objection", "GP", "single_source") == date(2026, 8, 19)


def test_terms_of_the_contract_are_dated_too(bench: Bench) -> None:
    facts = replace(
        TENDER, entered={"accepted": When("2026-11-20")}, terms={"warranty_bond": Period("accepted", 36, "month")}
    )
    found = bench.milestones(facts)["warranty_bond"]
    assert isinstance(found.result, Computed)
    assert found.result.until == date(2029, 11, 20)
    assert found.name.zh == "质保金退还"


def test_a_printed_period_is_an_anchor_too(bench: Bench) -> None:
    facts = replace(TENDER, times={**TENDER.times, "documents_until": Period("notice-published", 5, "working_day")})
    visit = bench.milestones(facts)["gp.tender.site-visit-order"].result
    assert isinstance(visit, Computed)
    assert visit.until == date(2026, 9, 18)


def test_a_printed_deadline_stands_for_the_computed_one(bench: Bench) -> None:
    assert "gp.bond.arrival" in bench.milestones(TENDER)
    printed = replace(TENDER, times={**TENDER.times, "deposit_deadline": When("2026-10-11T17:00")})
    assert "gp.bond.arrival" not in bench.milestones(printed)


# Printed dates beside the legal minimum.


def test_a_lawful_notice_raises_no_check(bench: Bench) -> None:
    assert bench.checks(TENDER) == {}


@pytest.mark.parametrize(
    ("deadline", "verdict"),
    [
        ("2026-10-03T09:30", "check"),
        ("2026-10-04T09:30", "arguable"),
        ("2026-10-07T09:30", "arguable"),
        ("2026-10-08T09:30", None),
    ],
)
def test_twenty_days_to_prepare_a_bid(bench: Bench, deadline: str, verdict: str | None) -> None:
    times = {**TENDER.times, "bid_deadline": When(deadline), "opening_at": When(deadline)}
    found = bench.checks(replace(TENDER, times=times)).get("gp.tender.bid-window")
    assert (found.verdict if found else None) == verdict
    if found:
        assert "2026-10-04" in found.text.zh


@pytest.mark.parametrize(
    ("until", "verdict"), [("2026-11-05", "check"), ("2026-11-06", "arguable"), ("2026-11-09", None)]
)
def test_practice_counts_the_first_day_of_a_sale(bench: Bench, until: str, verdict: str | None) -> None:
    """Monday to Friday are five days to most agencies, and four to a strict reader."""
    facts = Facts(
        times={
            "documents_from": When("2026-11-02T09:00"),
            "documents_until": When(until),
            "bid_deadline": When("2026-11-13T09:30"),
        },
        published={"consultation": When("2026-11-02")},
    )
    found = bench.checks(facts, "GP", "consultation").get("gp.consultation.documents-window")
    assert (found.verdict if found else None) == verdict


def test_emergency_purchases_are_silent(bench: Bench) -> None:
    times = {**TENDER.times, "bid_deadline": When("2026-09-16T09:30"), "documents_until": When("2026-09-15")}
    short = replace(TENDER, times=times)
    assert {"gp.tender.bid-window", "gp.tender.documents-window"} <= set(bench.checks(short))
    assert bench.checks(replace(short, emergency=True)) == {}


def test_a_late_correction_should_move_the_deadline(bench: Bench) -> None:
    late = bench.checks(replace(TENDER, corrected=When("2026-09-28")))["gp.tender.clarification-lead"]
    assert late.verdict == "check"
    assert late.bound.until == date(2026, 9, 27)
    assert "gp.tender.clarification-lead" not in bench.checks(replace(TENDER, corrected=When("2026-09-27")))


@pytest.mark.parametrize(
    ("deposit", "flagged"),
    [
        ("2026-10-09T17:00", True),
        ("2026-10-12T09:28", True),
        ("2026-10-12T09:29", False),
        ("2026-10-12T09:30", False),
        ("2026-10-12", False),
    ],
)
def test_a_deposit_wanted_before_the_deadline_is_flagged_but_not_for_a_minute(
    bench: Bench, deposit: str, flagged: bool
) -> None:
    found = bench.checks(replace(TENDER, times={**TENDER.times, "deposit_deadline": When(deposit)}))
    assert ("gp.bond.earlier-deadline" in found) == flagged


def test_an_opening_apart_from_the_deadline_is_flagged(bench: Bench) -> None:
    found = bench.checks(replace(TENDER, times={**TENDER.times, "opening_at": When("2026-10-12T14:30")}))
    assert found["gp.tender.opening"].verdict == "check"


def test_rules_of_mandatory_tenders_flag_nothing_else(bench: Bench) -> None:
    times = {**TENDER.times, "bid_deadline": When("2026-09-25T09:30"), "opening_at": When("2026-09-25T09:30")}
    short = replace(TENDER, times=times)
    assert "tb.tender.bid-window" not in bench.checks(short, "TB"), "vehicles are tendered by choice"
    assert "tb.tender.bid-window" in bench.checks(replace(short, mandatory=True), "TB")


def test_h21_a_deadline_before_the_publication_is_a_check_not_a_crash(bench: Bench) -> None:
    times = {**TENDER.times, "bid_deadline": When("2025-10-12T09:30"), "opening_at": When("2025-10-12")}
    found = bench.checks(replace(TENDER, times=times))
    assert found["gp.tender.bid-window"].verdict == "check"


def test_negotiation_needs_three_working_days_only(bench: Bench) -> None:
    facts = Facts(
        times={"documents_from": When("2026-10-30"), "bid_deadline": When("2026-11-04T14:30")},
        published={"negotiation": When("2026-10-29")},
    )
    assert bench.checks(facts, "GP", "negotiation") == {}
    assert "gp.consultation.response-window" in bench.checks(
        replace(facts, published={"consultation": When("2026-10-29")}), "GP", "consultation"
    )


def test_real_lawful_notices_raise_no_check(bench: Bench, shared: Path) -> None:
    """Whoever flags what agencies do every day is not read for long."""
    opening = {"tender", "negotiation", "consultation", "inquiry", "prequalification"}
    compared = 0
    for folder in (shared / "gold", shared / "gold" / "vehicles"):
        labels = {row["id"]: row for row in map(json.loads, (folder / "labels.jsonl").read_text("utf-8").splitlines())}
        for page in map(json.loads, (folder / "pages.jsonl").read_text("utf-8").splitlines()):
            label = labels[page["id"]]
            day = re.match(r"(\d{4})\D(\d\d?)\D(\d\d?)", page["published_at"] or "")
            regime = regime_of(page["text"], title=page["title"], buyer=label["buyer"] or "").regime
            if label["kind"] not in opening or not day or regime is None:
                continue
            procedure = procedure_for(label["method"], regime, {label["kind"]})
            assert procedure
            printed = {
                name: label[name] for name in ("documents_from", "documents_until", "bid_deadline", "opening_at")
            }
            facts = Facts(
                times={name: When(value) for name, value in printed.items() if value},
                published={label["kind"]: When(f"{day[1]}-{int(day[2]):02}-{int(day[3]):02}")},
            )
            found = Case(facts, regime, procedure, bench.calendar, bench.law).checks()
            assert [check.text.zh for check in found if check.verdict == "check"] == [], page["id"]
            compared += 1
    assert compared > 15
