"""What stands on a checklist, by method, stage, lot and vehicle, from real pages."""

from datetime import date, datetime

import pytest
from sqlalchemy import Engine

from crawler.clock import SHANGHAI
from demo.sample import Sample
from tests.tracker.pages import correction, page, page_of, tender, termination
from tracker import decisions
from tracker.checklist import Checklist, build
from tracker.checklist.model import SECTIONS
from tracker.checklist.rows import load_rows
from tracker.db import reading
from tracker.intake import take_page
from tracker.team.people import add_person

from .conftest import NOW, Listed

OLD, NEW = "2026年12月03日 09点30分", "2026年12月01日 14点00分"


def ids(checklist: Checklist) -> set[str]:
    return {line.id for line in checklist.lines}


def line(checklist: Checklist, name: str) -> tuple[str, list[str]]:
    """Status and quoted words of a line."""
    found = next(each for each in checklist.lines if each.id == name)
    return found.status, [quote.words for quote in found.says]


def test_the_police_tender_lists_what_the_notice_says_word_for_word(listed: Listed, samples: dict[str, Sample]) -> None:
    checklist = listed("police-tender")
    assert (checklist.method, checklist.phase, checklist.regime) == ("open", "purchase", "GP")
    assert [section.id for section in checklist.sections] == list(SECTIONS)
    assert line(checklist, "scoring.method") == ("known", ["3.评标办法：综合评分法，价格分30分。"])
    assert line(checklist, "qualification.consortium")[1] == ["本项目（否）接受联合体投标。"]
    status, deposit = line(checklist, "terms.deposit")
    assert status == "open"
    assert any("第2包3万元" in words for words in deposit)
    amounts = {each.kind: each for each in checklist.amounts}
    assert amounts["budget"].hundredths == 804_000_000
    assert amounts["deposit"].hundredths is None  # three sums, one a lot: none of them is the deposit
    assert "第3包3万元" in (amounts["deposit"].quote.words if amounts["deposit"].quote else "")
    text = samples["police-tender"].body
    for each in checklist.lines:
        for quote in each.says:
            if quote.start >= 0 and "|" not in quote.words and " " not in quote.words:
                assert quote.words.removesuffix("…") in text
    assert {quote.source for each in checklist.lines for quote in each.says} == {checklist.sources[0].key}


def test_a_line_that_only_a_person_can_check_is_never_known_by_itself(listed: Listed) -> None:
    checklist = listed("police-tender")
    by_who = {(each.who, each.status) for each in checklist.lines}
    assert by_who <= {
        ("person", "person"),
        ("tool", "known"),
        ("tool", "find"),
        ("maker", "open"),
        ("finance", "open"),
        ("legal", "open"),
    }
    assert line(checklist, "formal.signature")[0] == "person"
    assert checklist.count("known") + checklist.count("find") + checklist.count("open") + checklist.count(
        "person"
    ) == len(checklist.lines)


def test_what_the_notice_does_not_say_is_to_be_found_out(listed: Listed) -> None:
    checklist = listed(tender())
    assert line(checklist, "scoring.method") == ("find", [])
    payment = next(each for each in checklist.lines if each.id == "terms.payment")
    assert payment.asks
    assert payment.says == ()


def test_each_lot_of_the_police_tender_has_a_technical_table_with_its_own_needs(listed: Listed) -> None:
    checklist = listed("police-tender")
    tables = {table.goods.lot: table for table in checklist.specs if table.goods}
    assert set(tables) == {"1", "2", "3"}
    asked = {
        lot: {point.id: [quote.words for quote in point.required] for point in table.points}
        for lot, table in tables.items()
    }
    assert asked["1"]["size"] == ["轴距≥2800mm"]
    assert asked["1"]["range"] == ["CLTC续航≥500km"]
    assert asked["2"]["seats"] == ["17座"]
    assert asked["2"]["range"] == []
    assert asked["3"]["drive"] == ["四驱"]
    assert asked["3"]["lockers"] == ["车内设物证柜和照明升降杆"]
    assert {"police.type", "police.transport", "police.secrecy", "police.data", "car.fuel-label"} <= ids(checklist)


@pytest.mark.parametrize(
    ("slug", "vehicle", "needs"),
    [
        ("fire-negotiation", "fire_engine", {"fire.ccc", "fire.fit", "special.kind", "negotiation.last-price"}),
        ("sanitation-tender", "sweeper", {"sanitation.fit", "sanitation.tax", "special.two-makers"}),
        ("pickups-inquiry", "pickup", {"pickup.conversion", "inquiry.one-price"}),
        ("tractors-tender", "tractor", {"tractor.match", "truck.mass"}),
        ("ambulances-consultation", "ambulance", {"ambulance.class", "consultation.scoring"}),
        ("riders-consultation", "motorcycle", {"motorcycle.gear"}),
        ("transit-tender", "bus", {"bus.battery", "bus.terminals"}),
        ("school-buses-tender", "school_bus", {"school.standard"}),
        ("framework-call", "sedan", {"framework.entrant", "car.version"}),
    ],
)
def test_method_and_vehicle_bring_their_own_lines(listed: Listed, slug: str, vehicle: str, needs: set[str]) -> None:
    checklist = listed(slug)
    assert needs <= ids(checklist)
    assert vehicle in {table.vehicle for table in checklist.specs}
    others = {part for part in load_rows().parts if part in {"open", "negotiation", "consultation", "inquiry"}}
    used = {each.part for each in checklist.lines} & others
    assert used == {checklist.method} & others


def test_tractor_points_are_filled_from_the_need(listed: Listed) -> None:
    checklist = listed("tractors-tender")
    asked = {point.id: [quote.words for quote in point.required] for point in checklist.specs[0].points}
    assert asked["drive"] == ["6×4驱动"]
    assert asked["power"] == ["发动机功率≥350kW"]
    assert asked["rear-axle"] == ["后桥承载≥16t"]
    assert asked["air-filter"] == ["沙漠空滤"]


def test_at_the_qualification_stage_nothing_of_the_purchase_is_listed(listed: Listed) -> None:
    checklist = listed("tractors-prequalification", now=datetime(2026, 10, 20, 9, tzinfo=SHANGHAI))
    assert (checklist.phase, checklist.method) == ("qualification", "prequalification")
    purchase = {each.id for stem in ("documents", "formal", "open") for each in load_rows().parts[stem].lines}
    purchase |= {"terms.deposit", "supply.tax", "scoring.method", "technical.table", "after.contract", "truck.mass"}
    assert not ids(checklist) & purchase
    assert {step.id for step in checklist.plan.steps} & {"deposit-request", "deposit-bound", "price", "attend"} == set()
    assert {"prequalification.criteria", "prequalification.next", "qualification.terms"} <= ids(checklist)
    assert "scoring" not in {section.id for section in checklist.sections}
    assert [row.kind for row in checklist.dates if row.kind == "bid_deadline"] == []


def test_the_purchase_notice_after_it_opens_the_purchase_list(listed: Listed) -> None:
    checklist = listed("tractors-prequalification", "tractors-tender")
    assert checklist.phase == "purchase"
    assert "open.after-prequalification" in ids(checklist)
    assert not any(each.startswith("prequalification.") for each in ids(checklist))
    assert len(checklist.sources) == 1


def test_a_negotiation_opens_lines_again_in_each_round(listed: Listed) -> None:
    checklist = listed("fire-negotiation")
    again = {each.id for each in checklist.lines if each.each_round}
    assert {"negotiation.attend", "negotiation.again", "negotiation.floor"} <= again


def test_legal_grounds_are_those_of_the_method_and_law(listed: Listed) -> None:
    checklist = listed("pickups-inquiry")
    grounds = {legal.rule_id for each in checklist.lines for legal in each.legal if legal.rule_id}
    assert "gp.inquiry.response-window" in grounds
    assert not any(rule.startswith(("tb.", "ent.", "gp.framework", "gp.consultation")) for rule in grounds)
    assert {"M74", "GPR"} <= {law.short for law in checklist.laws}


def test_three_days_of_an_inquiry_are_late_first_and_pressed(listed: Listed) -> None:
    plan = listed("pickups-inquiry").plan
    assert plan.compressed
    assert plan.left < plan.needed
    late = [step.due.late for step in plan.steps]
    assert late == sorted(late, reverse=True)
    assert {step.id for step in plan.steps if step.due.late} == {"deposit-request", "proofs"}
    assert all(step.due.at.astimezone(SHANGHAI).date() == NOW.date() for step in plan.steps if step.due.late)


def test_a_deposit_that_is_not_asked_is_not_planned(listed: Listed) -> None:
    waived = page(
        tender().body.decode().replace("本项目不接受联合体投标。", "本项目免收投标保证金。"),
        key="1001",
        title="远江市公安局警用车辆采购项目公开招标公告",
        published="2026-11-10 10:00",
        buyer="远江市公安局",
    )
    assert not {"deposit-request", "deposit-bound"} & {step.id for step in listed(waived).plan.steps}
    asked = listed(tender(key="2001", number="LHZC-2026-0031", buyer="柳河县公安局", name="巡逻车采购项目"))
    assert {"deposit-request", "deposit-bound"} <= {step.id for step in asked.plan.steps}


def test_a_correction_moves_dates_and_plan_and_is_quoted(listed: Listed) -> None:
    before = listed(tender(OLD))
    after = listed(correction(OLD, NEW))
    deadline = next(row for row in after.dates if row.kind == "bid_deadline")
    assert [rival.value for rival in deadline.history] == ["2026-12-03 09:30"]
    assert any(NEW in quote.words for each in after.lines if each.id == "project.corrections" for quote in each.says)
    planned = {step.id: step.planned for step in before.plan.steps}
    moved = {step.id: step.planned for step in after.plan.steps}
    assert moved["upload"] < planned["upload"]
    assert len(after.sources) == 2


def test_a_contradiction_is_shown_with_both_values_and_warned_of(listed: Listed) -> None:
    checklist = listed("clinic-conflict")
    dates = [row for row in checklist.dates if row.conflict]
    assert dates or checklist.conflicts
    for row in dates:
        assert len({rival.value for rival in row.conflict}) > 1


def test_after_a_termination_only_the_way_back_is_listed(listed: Listed) -> None:
    checklist = listed(tender(), termination(), now=datetime(2026, 11, 26, 9, tzinfo=SHANGHAI))
    assert checklist.phase == "ended"
    assert {"after.refund-terminated", "after.retender"} <= ids(checklist)
    assert not {"terms.deposit", "formal.signature", "technical.marks"} & ids(checklist)
    assert checklist.plan.steps == ()
    assert checklist.plan.reason
    refund = next(each for each in checklist.lines if each.id == "after.refund-terminated")
    assert refund.due is not None
    assert refund.due.name == "gp.bond.refund-terminated"


def test_stage_zero_asks_for_opinions_and_no_bid(listed: Listed) -> None:
    checklist = listed("sweepers-opinion")
    assert checklist.phase == "opinion"
    assert {"stage0.opinion", "supply.registration"} <= ids(checklist)
    assert not any(each.startswith(("making.", "formal.", "terms.", "scoring.")) for each in ids(checklist))
    assert {step.id for step in checklist.plan.steps} == {"register", "opinion-draft", "opinion-sent"}


def test_an_award_leaves_what_follows_the_result(listed: Listed) -> None:
    checklist = listed("school-buses-tender", "school-buses-award")
    assert checklist.phase == "award"
    assert {"after.result", "after.contract", "after.deposit-back"} <= ids(checklist)
    assert not any(each.startswith(("making.", "terms.")) for each in ids(checklist))


def test_lots_that_failed_have_no_table(listed: Listed) -> None:
    checklist = listed("garbage-tender", "garbage-lot-failed")
    over = {lot.no for lot in checklist.lots if lot.outcome == "terminated"}
    assert over
    assert not {goods.lot for goods in checklist.goods} & over
    assert any("left out" in warning.en for warning in checklist.warnings)


def test_documents_missed_and_a_passed_deadline_are_said(listed: Listed) -> None:
    late = listed(tender(), now=datetime(2026, 11, 19, 9, tzinfo=SHANGHAI))
    assert any("documents is over" in warning.en for warning in late.warnings)
    over = listed(tender(), now=datetime(2026, 12, 3, 10, tzinfo=SHANGHAI))
    assert over.plan.steps == ()
    assert "passed" in (over.plan.reason.en if over.plan.reason else "")


def test_tracking_sets_the_day_of_registration(store: Engine, listed: Listed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_NOW", "2026-11-18T10:00:00+08:00")
    checklist = listed("police-tender")
    assert checklist.tracked_since is None
    with store.begin() as connection:
        add_person(connection, "王小明", "wang@example.cn", NOW)
        decisions.mark(connection, "王小明", checklist.project_id, "track")
    with reading(store) as connection:
        tracked = build(connection, checklist.project_id, NOW)
    register = next(step for step in tracked.plan.steps if step.id == "register")
    assert register.planned == tracked.tracked_since == date(2026, 11, 18)
    assert register.due.late  # two days ago; whether it was done is not known here


def test_a_value_corrected_by_hand_is_the_one_shown(store: Engine, listed: Listed) -> None:
    checklist = listed(tender())
    with store.begin() as connection:
        add_person(connection, "王小明", "wang@example.cn", NOW)
        decisions.correct(connection, "王小明", checklist.sources[0].key, "budget", "1700000", "看了采购文件")
    with reading(store) as connection:
        again = build(connection, checklist.project_id, NOW)
    assert next(each.hundredths for each in again.amounts if each.kind == "budget") == 170_000_000


def test_no_such_project_is_a_mistake_that_says_so(store: Engine) -> None:
    with reading(store) as connection, pytest.raises(decisions.Mistake, match="7"):
        build(connection, 7, NOW)


def test_both_databases_give_the_same_list(database: Engine, samples: dict[str, Sample]) -> None:
    take_page(database, page_of(samples["fire-negotiation"]))
    with reading(database) as connection:
        checklist = build(connection, 1, NOW)
    assert {"fire.ccc", "negotiation.last-price"} <= ids(checklist)
    assert checklist.dates == tuple(sorted(checklist.dates, key=lambda row: row.earliest))
