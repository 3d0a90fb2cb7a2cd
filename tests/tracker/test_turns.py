"""What turns a proceeding: qualifications, rounds of talks, lots that end apart, terminations, and the rights after."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
import time_machine
from sqlalchemy import Engine

from crawler.notice import Award, Item, Lot, Notice
from crawler.page import Page
from tracker import decisions, entered
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.derive import Member, Place, derive
from tracker.explain import rule_notes
from tracker.intake import take_page
from tracker.keeping import reprocess
from tracker.procedures.stages import Action
from tracker.standing import Standing, done_by, rights, standings
from tracker.state import MilestoneState, ProceedingState, ProjectState
from tracker.team.people import add_person
from tracker.views import events, projects

from .pages import FETCHED, page, tender, termination

BUYER, NAME, NUMBER = "远江市公安局", "警用车辆采购项目", "YJZC-2026-0117"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    with time_machine.travel(datetime(2026, 11, 20, 2, tzinfo=UTC), tick=False):
        yield


@pytest.fixture(autouse=True)
def wang(database: Engine) -> None:
    with database.begin() as connection:
        add_person(connection, "王小明", None, datetime(2026, 11, 1, tzinfo=UTC))


def body(*lines: str) -> str:
    inside = "".join(f"<p>{line}</p>" for line in lines)
    return (
        '<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">'
        f"{inside}</div></div></body></html>"
    )


def negotiation() -> Page:
    text = body(
        "一、项目基本情况",
        f"项目编号：{NUMBER}",
        f"项目名称：{NAME}",
        "采购方式：竞争性谈判",
        "预算金额：180.000000万元（人民币）",
        "采购需求：警用轿车 6辆",
        "三、获取采购文件",
        "时间：2026年11月11日 至 2026年11月17日，每天上午9:00至12:00，下午14:00至17:00",
        "四、响应文件提交",
        "截止时间：2026年11月24日 09点30分（北京时间）",
        "五、开启",
        "时间：2026年11月24日 09点30分（北京时间）",
        "1.采购人信息",
        f"名称：{BUYER}",
    )
    title = f"{BUYER}{NAME}竞争性谈判公告"
    return page(text, key="1001", title=title, published="2026-11-10 10:00", buyer=BUYER, channel="dfgg-jzxtp")


def prequalification() -> Page:
    text = body(
        "一、项目基本情况",
        f"项目编号：{NUMBER}",
        f"项目名称：{NAME}",
        "采购需求：警用轿车 6辆",
        "三、获取资格预审文件",
        "时间：2026年11月11日 至 2026年11月17日，每天上午9:00至12:00，下午14:00至17:00",
        "四、资格预审申请文件的提交",
        "提交资格预审申请文件截止时间：2026年11月24日 09点30分（北京时间）",
        "1.采购人信息",
        f"名称：{BUYER}",
    )
    title = f"{BUYER}{NAME}资格预审公告"
    return page(text, key="1001", title=title, published="2026-11-10 10:00", buyer=BUYER, channel="dfgg-zgys")


def only(database: Engine) -> tuple[int, ProjectState]:
    with reading(database) as connection:
        (row,) = projects(connection, FETCHED)
    return row.id, row.state


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def position(state: ProjectState, when: str, proceeding: str = "purchase-1", lot: str = "") -> Standing:
    return next(each for each in standings(state, at(when)) if (each.proceeding, each.lot) == (proceeding, lot))


def stages_of(actions: tuple[Action, ...]) -> list[str]:
    return [action.stage for action in actions]


def milestone(proceeding: ProceedingState, kind: str) -> MilestoneState:
    return next(each for each in proceeding.milestones if kind in (each.kind, each.rule_id))


# --- negotiation ----------------------------------------------------------------------------------------------------


def test_h37_each_round_has_its_own_dates_and_the_last_price_its_alarm(database: Engine) -> None:
    take_page(database, negotiation())
    identity, state = only(database)
    assert state.proceedings[0].method == "negotiation"
    assert position(state, "2026-11-18T10:00").next is not None
    assert "first-response" in stages_of(position(state, "2026-11-18T10:00").actions)
    with database.begin() as connection:
        entered.negotiation_round(connection, "王小明", identity, 1, "written-changes", "2026-11-25 10:00")
        entered.negotiation_round(connection, "王小明", identity, 1, "resubmission", "2026-11-26 10:00", note="by mail")
        entered.negotiation_round(connection, "王小明", identity, 2, "resubmission", "2026-11-28 10:00")
        entered.negotiation_round(connection, "王小明", identity, 2, "last-price", "2026-11-28 15:00")
    _identity, state = only(database)
    (proceeding,) = state.proceedings
    assert [(each.no, [said.source for said in each.steps]) for each in proceeding.rounds] == [
        (1, ["written-changes", "resubmission"]),
        (2, ["resubmission", "last-price"]),
    ]
    first = milestone(proceeding, "resubmission-1")
    assert (first.earliest, first.words, first.bidder_acts) == (at("2026-11-26T10:00"), "王小明：by mail", True)
    assert not milestone(proceeding, "written-changes-1").bidder_acts

    during = position(state, "2026-11-26T12:00")
    assert during.stage
    assert during.stage.en == "Handing in again"
    assert [each.source for each in during.actions if each.earliest] == ["resubmission-2", "last-price-2"]
    with reading(database) as connection:
        assert projects(connection, at("2026-11-26T12:00"))[0].next is not None, "the digest sees it, too"


def test_a_tender_has_no_rounds(database: Engine) -> None:
    take_page(database, tender())
    identity, _state = only(database)
    with database.begin() as connection, pytest.raises(Mistake, match="no rounds"):
        entered.negotiation_round(connection, "王小明", identity, 1, "last-price", "2026-12-05 10:00")


def test_h37_leaving_before_the_last_price_gets_the_deposit_back(database: Engine) -> None:
    take_page(database, negotiation())
    identity, _state = only(database)
    with database.begin() as connection:
        entered.negotiation_round(connection, "王小明", identity, 1, "last-price", "2026-11-28 15:00")
        with pytest.raises(Mistake, match="loses the deposit"):
            entered.leave(connection, "王小明", identity, "2026-11-28 16:00")
        done = entered.leave(connection, "王小明", identity, "2026-11-26 16:00", note="too expensive")
    _identity, state = only(database)
    (proceeding,) = state.proceedings
    assert proceeding.left
    assert proceeding.left.words == "王小明：too expensive"
    assert proceeding.next_en == "Left: ask for the deposit back"
    assert not any(each.bidder_acts for each in proceeding.milestones)
    assert proceeding.outcome is None, "the negotiation itself goes on"
    with database.begin() as connection:
        decisions.undo(connection, "王小明", done.id)
    _identity, state = only(database)
    assert state.proceedings[0].left is None
    assert milestone(state.proceedings[0], "last-price-1").bidder_acts


def test_what_people_entered_outlives_reading_anew_and_a_later_word_wins(database: Engine) -> None:
    take_page(database, negotiation())
    identity, _state = only(database)
    with database.begin() as connection:
        entered.negotiation_round(connection, "王小明", identity, 1, "last-price", "2026-11-28 15:00")
        entered.negotiation_round(connection, "王小明", identity, 1, "last-price", "2026-11-27 15:00")
    before = only(database)[1]
    assert milestone(before.proceedings[0], "last-price-1").earliest == at("2026-11-27T15:00")
    assert reprocess(database).changed == 0
    assert only(database)[1] == before


# --- qualification --------------------------------------------------------------------------------------------------


def test_h37_passing_the_qualification_opens_the_purchase(database: Engine) -> None:
    take_page(database, prequalification())
    identity, state = only(database)
    assert [each.kind for each in state.proceedings] == ["qualification"]
    with database.begin() as connection:
        entered.qualification(connection, "王小明", identity, passed=True, at="2026-11-27")
    _identity, state = only(database)
    assert [(each.key, each.outcome) for each in state.proceedings] == [
        ("qualification-1", "passed"),
        ("purchase-1", None),
    ]
    assert "purchase opens" in state.proceedings[1].next_en
    assert not state.closed
    take_page(database, tender(key="1005", published="2026-12-01 10:00", deadline="2026年12月25日 09点30分"))
    _identity, state = only(database)
    assert [each.key for each in state.proceedings] == ["qualification-1", "purchase-1"]
    assert milestone(state.proceedings[1], "bid_deadline").bidder_acts
    with reading(database) as connection:
        assert "qualification-passed" in [row.kind for row in events(connection, 100)]


def test_h37_failing_the_qualification_closes_it_with_what_can_still_be_done(database: Engine) -> None:
    take_page(database, prequalification())
    identity, _state = only(database)
    with database.begin() as connection:
        entered.qualification(
            connection, "王小明", identity, passed=False, at="2026-11-27", note="no licence for special vehicles"
        )
    _identity, state = only(database)
    (proceeding,) = state.proceedings
    assert (proceeding.outcome, state.closed) == ("failed", True)
    assert "ask for the reason" in proceeding.next_en
    challenge = milestone(proceeding, "gp.remedy.challenge-process")
    assert challenge.latest == at("2026-12-09T00:00"), "seven working days after we were told"
    assert challenge.alarm == "tracked"
    standing = position(state, "2026-12-01T09:00", "qualification-1")
    assert [each.source for each in standing.actions][-1:] == ["gp.remedy.challenge-process"]
    take_page(database, tender(key="1005", published="2026-12-01 10:00", deadline="2026年12月25日 09点30分"))
    purchase = only(database)[1].proceedings[1]
    assert not any(each.bidder_acts for each in purchase.milestones), "closed to us"


def test_a_result_needs_a_qualification(database: Engine) -> None:
    take_page(database, tender())
    identity, _state = only(database)
    with database.begin() as connection, pytest.raises(Mistake, match="no qualification"):
        entered.qualification(connection, "王小明", identity, passed=True, at="2026-11-27")


# --- lots and ends --------------------------------------------------------------------------------------------------


def members(*notices: Notice) -> list[Member]:
    return [
        Member(key=f"ccgp/{n}", notice=notice, same=f"ccgp/{n}", listed=datetime(2026, 11, 10 + n, 2, tzinfo=UTC))
        for n, notice in enumerate(notices)
    ]


def lot_notice() -> Notice:
    return Notice(
        title="警用车辆公开招标公告", kind="tender", method="open", lots=(Lot("1"), Lot("2")), text="政府采购法"
    )


def test_lots_end_differently_each_at_its_own_step() -> None:
    result = Notice(
        title="第1包中标、第2包废标公告",
        kind="award",
        awards=(Award(lot="1", supplier="甲公司"),),
        terminated_lots=("2",),
    )
    state = derive(members(lot_notice(), result), [Place("purchase-1")])
    (proceeding,) = state.proceedings
    assert {lot.no: lot.outcome for lot in proceeding.lots} == {"1": "awarded", "2": "terminated"}
    assert {lot.no: lot.kinds for lot in proceeding.lots}["2"] == ("tender", "termination")
    stages = {each.lot: each for each in standings(state, at("2026-12-10T09:00"))}
    assert stages["2"].outcome == "terminated"
    assert stages_of(stages["2"].actions) == ["closing"]


def test_the_end_of_one_lot_leaves_the_others_dates_alive() -> None:
    ended = Notice(title="第2包终止公告", kind="termination", terminated_lots=("2",))
    before, after = (
        derive(members(*notices), [Place("purchase-1")]).proceedings[0]
        for notices in ([lot_notice()], [lot_notice(), ended])
    )
    assert {each.no: each.outcome for each in after.lots} == {"1": None, "2": "terminated"}
    acting = {each.slot for each in before.milestones if each.bidder_acts}
    assert acting <= {each.slot for each in after.milestones if each.bidder_acts}


def test_h33_a_termination_stops_what_the_bidder_does_and_dates_the_refund(database: Engine) -> None:
    take_page(database, tender())
    take_page(database, termination())
    _identity, state = only(database)
    (proceeding,) = state.proceedings
    assert not any(each.bidder_acts for each in proceeding.milestones)
    assert proceeding.turn is None
    refund = milestone(proceeding, "gp.bond.refund-terminated")
    assert (refund.alarm, refund.latest) == ("tracked", at("2026-12-03T00:00"))
    (action,) = position(state, "2026-11-26T09:00").actions
    assert (action.stage, action.source) == ("closing", "gp.bond.refund-terminated")


# --- whose turn, and rights -----------------------------------------------------------------------------------------


def test_the_earliest_open_action_follows_the_clock_and_what_we_did(database: Engine) -> None:
    take_page(database, tender())
    _identity, state = only(database)
    early = position(state, "2026-11-12T09:00")
    assert early.next
    assert early.next.stage in {"documents", "notice"}
    ours = next(iter(standings(state, at("2026-11-12T09:00"), done_by("registered"))))
    assert ours.next
    assert ours.next.stage == "questions"
    late = position(state, "2026-12-03T10:00")
    assert late.stage
    assert (late.turn, late.stage.en) == ("committee", "Review and evaluation")


def test_rights_are_alarmed_for_tracked_projects_and_for_those_they_belong_to(database: Engine) -> None:
    take_page(database, tender())
    identity, _state = only(database)
    with database.begin() as connection:
        entered.anchor(connection, "王小明", identity, "challenge-received", "2026-11-20")
        entered.anchor(connection, "王小明", identity, "accepted", "2026-12-20")
        entered.term(connection, "王小明", identity, "warranty_bond", 24, "month", "accepted")
    _identity, state = only(database)
    assert rights(state, FETCHED, tracked=False) == []
    found = {each.milestone.kind: each.milestone for each in rights(state, FETCHED, tracked=True)}
    assert {"gp.remedy.challenge-documents", "gp.remedy.challenge-answer", "gp.remedy.complaint"} <= set(found)
    assert found["gp.remedy.challenge-answer"].latest == at("2026-12-02T00:00")
    assert found["warranty_bond"].earliest == at("2028-12-20T00:00")
    considering = {
        each.milestone.kind for each in rights(state, FETCHED, tracked=True, statuses={"purchase-1": "considering"})
    }
    assert "gp.remedy.challenge-documents" not in considering, "only who obtained the documents may challenge them"


def test_a_moment_that_starts_no_period_is_refused(database: Engine) -> None:
    take_page(database, tender())
    identity, _state = only(database)
    with database.begin() as connection, pytest.raises(Mistake, match="challenge-received"):
        entered.anchor(connection, "王小明", identity, "lunch", "2026-11-20")


# --- brands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("brands", "few"), [(("甲牌", "甲牌", "甲牌"), True), (("甲牌", "乙牌", "丙牌"), False)])
def test_three_dealers_of_one_brand_are_a_risk_in_a_gp_tender(brands: tuple[str, ...], few: bool) -> None:
    start = Notice(
        title="警用车辆公开招标公告", kind="tender", method="open", text="根据《中华人民共和国政府采购法》，政府采购"
    )
    awards = tuple(Award(supplier=f"经销商{n}", brand=brand, model="X1", rank=n + 1) for n, brand in enumerate(brands))
    (proceeding,) = derive(members(start, Notice(title="中标公告", kind="award", awards=awards))).proceedings
    assert [each.rule_id for each in proceeding.risks] == (["gp.tender.same-brand-count"] if few else [])


@pytest.mark.parametrize(
    ("spec", "rules"),
    [
        ("品牌：甲牌", ["gp.tender.same-brand-count"]),
        ("指定品牌：甲牌、乙牌", ["gp.tender.same-brand-count"]),
        ("推荐品牌：甲牌、乙牌、丙牌", []),
        ("参考品牌：甲牌或相当于", []),
        ("排量不大于1.8L", []),
    ],
)
def test_a_need_that_names_fewer_than_three_brands_is_a_risk(spec: str, rules: list[str]) -> None:
    notice = Notice(
        title="警用车辆公开招标公告",
        kind="tender",
        method="open",
        text="根据《中华人民共和国政府采购法》，政府采购",
        items=(Item("警用轿车", spec=spec),),
    )
    (proceeding,) = derive(members(notice)).proceedings
    assert [each.rule_id for each in proceeding.risks] == rules


def test_brand_and_relation_rules_are_noted_in_their_scope() -> None:
    def noted(text: str) -> set[str]:
        notice = Notice(title="警用车辆公开招标公告", kind="tender", method="open", text=text)
        return {each.rule_id for each in rule_notes(derive(members(notice)), date(2026, 11, 20))}

    government = noted("根据《中华人民共和国政府采购法》，政府采购")
    assert {"gp.tender.same-brand", "gp.related-suppliers"} <= government
    assert not any(each.startswith("tb.") for each in government)
    tendering = noted("根据《中华人民共和国招标投标法》，招标人，评标委员会，中标候选人公示")
    assert {"tb.related-suppliers", "tb.interested-party", "tb.same-brand"} <= tendering
    assert "gp.tender.same-brand" not in tendering
