"""Derivation on hand-made notices, where no page is needed to say what is meant."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crawler.clock import SHANGHAI
from crawler.notice import Award, Correction, Evidence, Lot, Money, Notice, Period, Reading, When
from tracker.derive import Member, Place, derive
from tracker.events import differences
from tracker.standing import rights, standings
from tracker.state import MilestoneState, ProceedingState
from tracker.turns import Entered


def said(day: str) -> Reading[When]:
    return Reading(When(day))


TENDER = Notice(
    title="远江市公安局警用车辆采购项目公开招标公告",
    published=said("2026-11-10"),
    kind="tender",
    method="open",
    times={"bid_deadline": Reading(When("2026-12-03T09:30"), (Evidence("2026年12月03日 09点30分"),))},
)


def amended(published: str, after: str | None, words: str) -> Notice:
    """A correction of the deadline; without `after` it takes the date back."""
    change = Correction("bid_deadline", "2026-12-03T09:30", after, evidence=(Evidence(words),))
    return Notice(title="更正公告", published=said(published), kind="correction", corrections=(change,))


def bid_deadline(*notices: Notice) -> MilestoneState:
    members = [Member(f"ccgp/{number}", notice, same=str(number)) for number, notice in enumerate(notices)]
    (proceeding,) = derive(members).proceedings
    return next(each for each in proceeding.milestones if each.kind == "bid_deadline" and not each.rule_id)


def test_a_deadline_that_is_taken_back_stays_in_sight_as_provisional() -> None:
    found = bid_deadline(TENDER, amended("2026-11-18", None, "开标时间另行通知"))
    assert found.earliest.isoformat() == "2026-12-03T01:30:00+00:00"
    assert found.provisional
    assert [(each.value, each.words) for each in found.conflict] == [
        ("2026-12-03 09:30", "2026年12月03日 09点30分"),
        ("–", "开标时间另行通知"),
    ]


def test_a_new_date_after_that_counts_alone() -> None:
    taken_back = amended("2026-11-18", None, "开标时间另行通知")
    found = bid_deadline(TENDER, taken_back, amended("2026-11-22", "2026-12-10T14:00", "2026年12月10日14时"))
    assert found.earliest.isoformat() == "2026-12-10T06:00:00+00:00"
    assert not found.provisional
    assert not found.conflict


def test_an_opening_at_the_old_deadline_moves_along_and_says_so() -> None:
    opening = {"opening_at": Reading(When("2026-12-03T09:30"))}
    tender = Notice(**{**vars(TENDER), "times": {**TENDER.times, **opening}})
    (proceeding,) = derive(
        [
            Member("ccgp/1", tender, same="1"),
            Member("ccgp/2", amended("2026-11-22", "2026-12-10T14:00", "14时"), same="2"),
        ]
    ).proceedings
    found = next(each for each in proceeding.milestones if each.kind == "opening_at")
    assert found.earliest.isoformat() == "2026-12-10T06:00:00+00:00"
    assert found.provisional


# --- changes that come too late -------------------------------------------------------------------------------------


def opened(method: str, deadline: str, **times: str) -> Notice:
    """An opening notice of 政府采购 by a method."""
    printed = {name: Reading(When(moment)) for name, moment in {"bid_deadline": deadline, **times}.items()}
    kind = {"open": "tender", "prequalification": "prequalification"}.get(method, method)
    return Notice(
        title="远江市公安局警用车辆采购项目",
        published=said("2026-10-09"),
        kind=kind,  # type: ignore[arg-type]
        method="open" if method == "prequalification" else method,  # type: ignore[arg-type]
        times=printed,  # type: ignore[arg-type]
        text="根据《中华人民共和国政府采购法》",
    )


def change(published: str, field: str = "other", before: str | None = "5座", after: str | None = "7座") -> Notice:
    changes = (Correction(field, before, after, evidence=(Evidence(f"{before} → {after}"),)),)
    return Notice(title="更正公告", published=said(published), kind="correction", corrections=changes)


@pytest.mark.parametrize(
    ("method", "deadline", "last", "late", "rule"),
    [  # the last lawful day and the next one
        ("open", "2026-12-03T09:30", "2026-11-18", "2026-11-19", "12-03 09:30 − 15日 → 2026-11-18"),
        ("consultation", "2026-12-03T09:30", "2026-11-28", "2026-11-29", "12-03 09:30 − 5日 → 2026-11-28"),
        ("negotiation", "2026-12-03T09:30", "2026-11-30", "2026-12-01", "12-03 09:30 − 3个工作日 → 2026-11-30"),
        ("inquiry", "2026-12-07T09:30", "2026-12-02", "2026-12-03", "12-07 09:30 − 3个工作日 → 2026-12-02"),
    ],
)
def test_a_change_shortly_before_the_deadline_is_a_check_at_the_deadline(
    method: str, deadline: str, last: str, late: str, rule: str
) -> None:
    assert not bid_deadline(opened(method, deadline), change(last)).check
    found = bid_deadline(opened(method, deadline), change(late)).check
    assert f"更正发布于 {late}" in found
    assert rule in found


def test_the_lead_is_counted_to_the_deadline_that_holds_after_all_corrections() -> None:
    late = change("2026-11-25")
    extended = amended("2026-11-26", "2026-12-10T09:30", "2026年12月10日")
    assert bid_deadline(opened("open", "2026-12-03T09:30"), late).check
    assert not bid_deadline(opened("open", "2026-12-03T09:30"), late, extended).check


def test_a_change_that_only_gives_more_time_or_corrects_the_result_is_no_check() -> None:
    tender = opened("open", "2026-12-03T09:30")
    assert not bid_deadline(tender, amended("2026-12-01", "2026-12-05T09:30", "2026年12月05日")).check
    assert not bid_deadline(tender, change("2026-12-20")).check, "published after the bids were in"
    assert bid_deadline(tender, amended("2026-11-25", "2026-12-01T09:30", "2026年12月01日")).check, "moved to the front"


def test_the_application_has_three_days() -> None:
    notice = opened("prequalification", "2026-12-20T09:30", prequalification_deadline="2026-11-23T09:30")
    for day, checked in (("2026-11-20", False), ("2026-11-21", True)):
        members = [Member("ccgp/1", notice, same="1"), Member("ccgp/2", change(day), same="2")]
        milestones = [each for one in derive(members).proceedings for each in one.milestones]
        (found,) = [each for each in milestones if each.kind == "prequalification_deadline"]
        assert ("gp" not in found.check and "更正发布于" in found.check) is checked


def test_the_plan_for_the_deposit_keeps_to_its_own_deadline_where_that_is_earlier() -> None:
    plan = "gp.bond.plan"
    assert days(derived(opened("open", "2026-12-03T09:30")), plan) == {"": "12-02 00:00"}
    early = opened("open", "2026-12-03T09:30", deposit_deadline="2026-12-01T17:00")
    assert days(derived(early), plan) == {"": "11-30 00:00"}


# --- lots with dates of their own -----------------------------------------------------------------------------------


def at_time(moment: str) -> Reading[When | Period]:
    return Reading(When(moment), (Evidence(moment),))


def two_lots(first: str = "2026-12-03T09:30", second: str = "2026-12-04T14:00", **more: Any) -> Notice:
    """A GP tender of two lots, each with its own deadline."""
    times = {"1": {"bid_deadline": at_time(first)}, "2": {"bid_deadline": at_time(second)}}
    return Notice(
        title="远江市公安局警用车辆采购项目公开招标公告",
        published=said("2026-11-10"),
        kind="tender",
        method="open",
        times={"documents_from": at_time("2026-11-10")},
        lots=(Lot("1"), Lot("2")),
        lot_times=times,
        text="根据《中华人民共和国政府采购法》",
        **more,
    )


def moved(published: str, after: str, *, lot: str | None = None, before: str | None = None) -> Notice:
    change = Correction("bid_deadline", before, after, lot=lot, evidence=(Evidence(after),))
    return Notice(title="更正公告", published=said(published), kind="correction", corrections=(change,))


def derived(*notices: Notice) -> ProceedingState:
    members = [Member(f"ccgp/{number}", notice, same=str(number)) for number, notice in enumerate(notices)]
    (proceeding,) = derive(members).proceedings
    return proceeding


def days(proceeding: ProceedingState, kind: str) -> dict[str, str]:
    """The earliest instant of one kind of milestone, in Beijing, by lot."""
    return {
        each.lot: each.earliest.astimezone(SHANGHAI).strftime("%m-%d %H:%M")
        for each in proceeding.milestones
        if each.kind == kind
    }


def test_each_lot_has_the_law_counted_from_its_own_deadline() -> None:
    found = derived(two_lots())
    assert days(found, "bid_deadline") == {"1": "12-03 09:30", "2": "12-04 14:00"}
    assert days(found, "gp.bond.plan") == {"1": "12-02 00:00", "2": "12-03 00:00"}
    at = datetime(2026, 11, 20, tzinfo=UTC)
    lots = {each.lot: each for each in standings(derive([Member("ccgp/0", two_lots(), same="0")]), at) if each.lot}
    assert set(lots) == {"1", "2"}
    due = {lot: next(a for a in each.actions if a.stage == "submission").earliest for lot, each in lots.items()}
    assert due["1"] != due["2"]


def test_lots_with_one_deadline_have_one_date_by_law() -> None:
    same = "2026-12-03T09:30"
    assert days(derived(two_lots(same, same)), "gp.bond.plan") == {"": "12-02 00:00"}


def test_a_lot_that_falls_short_of_the_minimum_is_checked_alone() -> None:
    found = derived(two_lots("2026-11-20T09:30", "2026-12-04T14:00"))
    checked = {each.lot: bool(each.check) for each in found.milestones if each.kind == "bid_deadline"}
    assert checked == {"1": True, "2": False}


def test_a_correction_of_one_lot_leaves_the_others() -> None:
    found = derived(TENDER_OF_TWO, moved("2026-11-18", "2026-12-10T09:30", lot="2", before="2026-12-03T09:30"))
    assert days(found, "bid_deadline") == {"": "12-03 09:30", "2": "12-10 09:30"}
    assert days(found, "opening_at") == {"": "12-03 09:30", "2": "12-10 09:30"}
    lot = next(each for each in found.milestones if (each.lot, each.kind) == ("2", "bid_deadline"))
    assert [each.value for each in lot.history] == ["2026-12-03 09:30"]


TENDER_OF_TWO = Notice(
    **{
        **vars(TENDER),
        "lots": (Lot("1"), Lot("2")),
        "times": {**TENDER.times, "opening_at": Reading(When("2026-12-03T09:30"))},
    }
)


def test_a_correction_for_all_moves_the_lots_that_had_the_old_date() -> None:
    one = moved("2026-11-16", "2026-12-08T09:30", lot="2", before="2026-12-03T09:30")
    found = derived(TENDER_OF_TWO, one, moved("2026-11-18", "2026-12-10T09:30", before="2026-12-03T09:30"))
    assert days(found, "bid_deadline") == {"": "12-10 09:30", "2": "12-08 09:30"}
    spoken = derived(two_lots(), moved("2026-11-18", "2026-12-15T09:30"))
    assert days(spoken, "bid_deadline") == {"": "12-15 09:30", "1": "12-15 09:30", "2": "12-15 09:30"}


def test_a_lot_that_parts_is_told_as_moved() -> None:
    members = [Member("ccgp/1", TENDER_OF_TWO, same="1")]
    correction = moved("2026-11-18", "2026-12-10T09:30", lot="2", before="2026-12-03T09:30")
    after = [*members, Member("ccgp/2", correction, same="2")]
    told = [
        each for each in differences(derive(members), derive(after)) if each.data.get("milestone") == "bid_deadline"
    ]
    assert [(each.kind, each.before, each.after) for each in told] == [
        ("deadline-moved", "2026-12-03 09:30", "2026-12-10 09:30")
    ]


def test_the_refund_of_a_lot_that_ended_is_that_of_the_lot() -> None:
    ended = Notice(title="第2包终止公告", published=said("2026-12-01"), kind="termination", terminated_lots=("2",))
    found = derived(two_lots(), ended)
    assert days(found, "gp.bond.refund-terminated") == {"2": "12-08 00:00"}
    assert {each.lot for each in found.milestones if each.bidder_acts and each.kind == "bid_deadline"} == {"1"}


def test_results_of_lots_on_different_days_are_challenged_each_in_its_time() -> None:
    results = [
        Notice(
            title=f"第{lot}包中标公告", published=said(day), kind="award", awards=(Award(lot=lot, supplier="甲公司"),)
        )
        for lot, day in (("1", "2026-12-07"), ("2", "2026-12-14"))
    ]
    found = days(derived(two_lots(), *results), "gp.remedy.challenge-result")
    assert found == {"": "12-17 00:00", "2": "12-24 00:00"}


# --- purchases that the law treats apart ----------------------------------------------------------------------------


def short(title: str = "抢险车采购公开招标公告", text: str = "") -> Notice:
    """A GP tender that leaves five days to prepare a bid."""
    return Notice(
        title=title,
        published=said("2026-11-10"),
        kind="tender",
        method="open",
        times={"documents_from": at_time("2026-11-10"), "bid_deadline": at_time("2026-11-15T09:30")},
        text="根据《中华人民共和国政府采购法》。" + text,
    )


@pytest.mark.parametrize(
    ("notice", "silent"),
    [
        (short(), False),
        (short(title="抢险车紧急采购公告"), True),
        (short(text="因汛情属于不可预见的紧急情况，本项目采用紧急采购。"), True),
        (short(text="本项目为非紧急采购。"), False),
        (short(text="应急救援装备采购平台。本项目不适用紧急采购。"), False),
    ],
)
def test_an_emergency_purchase_is_silent_about_minimum_periods(notice: Notice, silent: bool) -> None:
    found = derived(notice)
    deadline = next(each for each in found.milestones if each.kind == "bid_deadline")
    assert bool(deadline.check) is not silent
    assert [each.value for each in found.natures] == (["emergency"] if silent else [])
    assert all(each.words for each in found.natures)


@pytest.mark.parametrize(("value", "checked"), [("yes", False), ("no", True)])
def test_a_person_knows_better_whether_it_is_an_emergency(value: str, checked: bool) -> None:
    notice = short(title="抢险车紧急采购公告") if value == "no" else short()
    word = Entered("nature", "purchase-1", "emergency", value, "王小明：电话确认")
    (found,) = derive([Member("ccgp/1", notice, same="1")], entered=[word]).proceedings
    assert any(each.check for each in found.milestones) is checked


def test_a_mandatory_tender_is_held_to_the_rules_of_one() -> None:
    said_so = "招标人按照《中华人民共和国招标投标法》招标。"
    plain, mandatory = (
        derived(replace(short(), text=said_so + more)) for more in ("", "本招标项目属于依法必须进行招标的项目。")
    )
    assert not any(each.check for each in plain.milestones)
    assert any(each.check for each in mandatory.milestones)


# --- suspended and resumed ------------------------------------------------------------------------------------------


def test_a_pause_shows_how_long_it_may_last_and_ends_with_the_notice_that_resumes() -> None:
    tender = replace(two_lots("2026-12-03T09:30", "2026-12-03T09:30"), lot_times={}, times=TENDER.times, lots=())
    pause = Notice(title="暂停公告", published=said("2026-11-16"), kind="correction", suspended=True)
    found = derived(tender, pause)
    assert (found.outcome, found.turn) == ("suspended", "buyer")
    assert days(found, "gp.remedy.suspension") == {"": "12-16 00:00"}
    deadline = next(each for each in found.milestones if each.kind == "bid_deadline")
    assert (deadline.provisional, deadline.bidder_acts) == (True, True)
    after = derived(
        tender, pause, Notice(title="恢复采购公告", published=said("2026-11-25"), kind="correction", resumed=True)
    )
    assert after.outcome is None
    assert days(after, "gp.remedy.suspension") == {}
    assert not next(each for each in after.milestones if each.kind == "bid_deadline").provisional


def test_a_new_deadline_ends_a_pause_without_a_word_of_it() -> None:
    pause = Notice(title="更正公告", published=said("2026-11-16"), kind="correction", suspended=True)
    set_anew = amended("2026-11-25", "2026-12-18T09:30", "2026年12月18日09:30")
    assert derived(TENDER, pause).outcome == "suspended"
    assert derived(TENDER, pause, set_anew).outcome is None
    assert derived(TENDER, pause, change("2026-11-25")).outcome == "suspended", "other changes leave it resting"


@pytest.mark.parametrize(
    ("statuses", "found"),
    [
        ({}, {"", "2"}),
        ({"purchase-1": "lost"}, {"", "2"}),
        ({"purchase-1|1": "lost"}, {""}),
        ({"purchase-1|2": "lost"}, {"2"}),
        ({"purchase-1|1": "lost", "purchase-1|2": "lost"}, {"", "2"}),
        ({"purchase-1|1": "considering"}, set()),
    ],
)
def test_who_bids_for_some_lots_has_the_rights_of_those(statuses: dict[str, str], found: set[str]) -> None:
    results = [
        Notice(f"第{lot}包中标公告", published=said(day), kind="award", awards=(Award(lot=lot, supplier="甲公司"),))
        for lot, day in (("1", "2026-12-07"), ("2", "2026-12-14"))
    ]
    state = derive([Member(f"ccgp/{n}", notice, same=str(n)) for n, notice in enumerate([two_lots(), *results])])
    ours = rights(state, datetime(2026, 12, 8, tzinfo=UTC), tracked=True, statuses=statuses)
    assert {each.milestone.lot for each in ours if each.milestone.kind == "gp.remedy.challenge-result"} == found


# --- what is told of an end -------------------------------------------------------------------------------------------


def told(*notices: Notice) -> list[tuple[str, Any]]:
    """Kinds of the changes that the last notice makes, with the lots they are about."""
    before, after = (
        derive([Member(f"ccgp/{n}", notice, same=str(n)) for n, notice in enumerate(part)])
        for part in (notices[:-1], notices)
    )
    ends = {"awarded", "terminated", "contracted"}
    return [(each.kind, each.data["lots"]) for each in differences(before, after) if each.kind in ends]


def won(*lots: str) -> Notice:
    awards = tuple(Award(lot, "华远汽车有限公司") for lot in lots)
    return Notice(title="中标公告", published=said("2026-12-07"), kind="award", awards=awards)


def failed(*lots: str) -> Notice:
    return Notice(title="废标公告", published=said("2026-12-08"), kind="termination", terminated_lots=lots)


def test_a_lot_that_fails_after_the_other_was_won_is_told_as_failed() -> None:
    assert told(two_lots(), won("1")) == [("awarded", ["1"])]
    assert told(two_lots(), won("1"), failed("2")) == [("terminated", ["2"])]
    assert told(two_lots(), failed("2")) == [("terminated", ["2"])]


def test_lots_that_all_end_alike_are_told_as_one_end() -> None:
    assert told(two_lots(), won("1"), won("2")) == [("awarded", ["all"])]
    assert told(two_lots(), failed("1", "2")) == [("terminated", ["all"])]
    assert told(two_lots(), failed("all")) == [("terminated", ["all"])]


def test_a_new_attempt_at_one_lot_changes_no_amount_of_what_it_repeats() -> None:
    def budget(yuan: int) -> dict[str, Any]:
        return {"budget": Reading(Money(yuan * 100, kind="total"))}

    first = Member("ccgp/1", replace(TENDER, money=budget(6_400_000)), same="1", proceeding="purchase-1")
    again = Member(
        "ccgp/2",
        replace(TENDER, published=said("2026-12-20"), money=budget(2_700_000)),
        same="2",
        proceeding="purchase-2",
    )
    places = (Place("purchase-1"), Place("purchase-2", round=2, re_tender_of="purchase-1"))
    changes = [each.kind for each in differences(derive([first]), derive([first, again], places))]
    assert "re-tendered" in changes
    assert "amount-changed" not in changes


# --- publicity ------------------------------------------------------------------------------------------------------


def publicity(kind: str, until: str, text: str) -> Notice:
    return Notice(
        title="远江市公共交通有限公司公交车采购",
        published=said("2026-04-28"),
        kind=kind,  # type: ignore[arg-type]  # as a test writes it
        times={"opinion_deadline": at_time(until)},
        awards=(Award(None, "华远汽车有限公司"),),
        text=text,
    )


def public(kind: str, until: str, text: str) -> ProceedingState:
    return derived(publicity(kind, until, text))


def test_candidates_may_be_objected_to_until_the_printed_end_of_their_publicity() -> None:
    found = public("award_candidate", "2026-05-06", "招标人 中标候选人公示 投标人有异议的，标段")
    assert found.stage_zh == "中标候选人公示"
    assert days(found, "tb.objection.candidates") == {"": "05-06 00:00"}, "not the least of three days, 05-01"
    assert days(found, "publicity_until") == {"": "05-06 00:00"}
    assert days(found, "opinion_deadline") == {}, "it is no draft that opinions are sent about"
    (end,) = [each for each in found.milestones if each.kind == "publicity_until"]
    assert not end.check


def test_a_correction_moves_a_publicity_whatever_it_calls_it() -> None:
    words = "招标人 中标候选人公示 投标人有异议的，标段"
    change = Correction("opinion_deadline", "2026-05-06", "2026-05-08", evidence=(Evidence("公示期限延长至5月8日"),))
    later = Notice(title="更正公告", published=said("2026-04-30"), kind="correction", corrections=(change,))
    found = derived(publicity("award_candidate", "2026-05-06", words), later)
    assert days(found, "publicity_until") == {"": "05-08 00:00"}
    assert days(found, "tb.objection.candidates") == {"": "05-08 00:00"}
    assert days(found, "opinion_deadline") == {}


def test_the_printed_end_of_a_publicity_is_acted_by_where_no_rule_names_an_objection() -> None:
    for words, acts in (("招标人 中标候选人公示", False), ("企业采购 成交候选人公示", True)):
        found = public("award_candidate", "2026-05-06", words)
        (end,) = [each for each in found.milestones if each.kind == "publicity_until"]
        objection = [each for each in found.milestones if each.rule_id == "tb.objection.candidates"]
        assert (end.bidder_acts, not objection) == (acts, acts), words


def test_a_single_source_that_is_public_for_too_few_days_is_a_check() -> None:
    law = "根据《中华人民共和国政府采购法》第三十一条"
    for until, checked in (("2026-05-08", False), ("2026-05-07", False), ("2026-05-06", True)):
        found = public("single_source", until, law)  # 04-29, 30, 05-06, 7, 8; practice counts 04-28, too
        (end,) = [each for each in found.milestones if each.kind == "publicity_until"]
        assert bool(end.check) is checked, until
        assert days(found, "gp.single-source.objection") == {"": until[5:] + " 00:00"}
