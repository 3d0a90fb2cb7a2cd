"""Notices of one purchase become one project; of another one they never do."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest

from crawler.notice import Kind
from tracker.i18n import _, language
from tracker.linking import REASONS, Linkable, Linked, Project, link, why

START = date(2026, 3, 2)
BUYER = "青禾县公安局"
NAME = "青禾县公安局执法执勤车辆采购项目"
NUMBER = "QHZC-2026-C-0417"


def item(key: str, title: str, kind: Kind, day: int = 0, portal: str = "国家", **fields: object) -> Linkable:
    """A publication `day` days after the start, with the buyer and number unless told otherwise."""
    given: dict[str, object] = {"buyer": BUYER, "number": NUMBER, "name": NAME} | fields
    return Linkable(
        key=key,
        portal=portal,
        title=title,
        kind=kind,
        published=START + timedelta(days=day),
        **given,  # type: ignore[arg-type]
    )


def project(linked: Linked, key: str) -> Project:
    return next(project for project in linked.projects if key in project.members)


def together(linked: Linked, *keys: str) -> bool:
    return len({linked.project_of[key] for key in keys}) == 1


def shape(linked: Linked, key: str) -> list[tuple[str, int, int | None, tuple[str, ...]]]:
    return [(p.kind, p.round, p.re_tender_of, p.notices) for p in project(linked, key).proceedings]


TENDER = item("tender", f"{NAME}竞争性磋商公告", "consultation", deadline="2026-03-16T09:30", budget_fen=86_000_000)
AWARD = item("award", f"{NAME}成交结果公告", "award", 17)


# --- layer one: one announcement on several portals ---


def test_one_announcement_on_three_portals_is_one_notice() -> None:
    copies = [
        TENDER,
        item(
            "copy",
            f"[青禾县]{NAME}竞争性磋商公告",
            "consultation",
            1,
            "全国",
            number="ＱＨＺＣ－２０２６－Ｃ－０４１７",
        ),
        item("bare", f"【电子化】{NAME}采购公告", "other", 0, "省", number=None, buyer=None, name=None),
    ]
    linked = link(copies)
    assert [notice.members for notice in linked.projects[0].notices] == [("bare", "tender", "copy")]
    assert linked.projects[0].notices[0].kind == "consultation"


def test_h35_a_wrong_deadline_on_one_portal_parts_nothing() -> None:
    wrong = item("wrong", TENDER.title, "consultation", 2, "全国", deadline="2026-03-17T09:30", budget_fen=86_000_000)
    linked = link([TENDER, wrong])
    assert linked.notice_of["tender"] == linked.notice_of["wrong"]


def test_one_portal_that_shows_a_notice_twice() -> None:
    again = item("again", TENDER.title, "consultation", deadline=TENDER.deadline, budget_fen=TENDER.budget_fen)
    linked = link([TENDER, again])
    assert linked.notice_of["tender"] == linked.notice_of["again"]


def test_one_portal_with_another_deadline_shows_another_notice() -> None:
    anew = item("anew", TENDER.title, "consultation", 1, deadline="2026-03-30T09:30")
    linked = link([TENDER, anew])
    assert together(linked, "tender", "anew")
    assert linked.notice_of["tender"] != linked.notice_of["anew"]


def test_results_of_two_lots_are_two_notices() -> None:
    linked = link(
        [
            item("one", f"{NAME}第1包废标公告", "termination", 17),
            item("two", f"{NAME}第2包废标公告", "termination", 17),
            item("copy", f"{NAME}第一包废标公告", "termination", 17, "全国"),
        ]
    )
    assert linked.notice_of["one"] == linked.notice_of["copy"] != linked.notice_of["two"]


def test_an_agency_whose_name_sounds_like_a_stage() -> None:
    """青澄清源 holds 澄清, and is no correction."""
    bare = item(
        "bare",
        f"青澄清源招标代理有限公司关于{NAME}竞争性磋商公告",
        "consultation",
        1,
        "全国",
        number=None,
        buyer=None,
        name=None,
    )
    linked = link([TENDER, bare])
    assert linked.notice_of["tender"] == linked.notice_of["bare"]


def test_two_numbers_for_one_announcement() -> None:
    """One portal prints the agency's number, another the plan's; the very same title on the same day decides."""
    title = "青禾县公安局2026年城区巡逻防控执法执勤车辆采购项目公开招标公告"
    one = item("one", title, "tender", number="QHZC-2026-C-0417", name=None)
    other = item("other", title, "tender", 1, "全国", number="CGJH-330199-2026-88", name=None)
    beside = item("beside", title, "tender", 0, number="QHZC-2026-C-0418", name=None)
    assert link([one, other]).notice_of["one"] == link([one, other]).notice_of["other"]
    assert not together(link([one, beside]), "one", "beside"), "one portal that shows two numbers means two purchases"


def test_h22_two_numbers_for_one_announcement_and_its_result_under_the_other() -> None:
    """The copy prints the plan's number, and so does the result on the first portal."""
    title = "青禾县公安局2026年城区巡逻防控执法执勤车辆采购项目"
    one = item("one", f"{title}公开招标公告", "tender", number="QHZC-2026-C-0417", name=None)
    copy = item("copy", f"{title}公开招标公告", "tender", 1, "全国", number="CGJH-330199-2026-88", name=None)
    won = item("won", f"{title}中标公告", "award", 25, number="CGJH-330199-2026-88", name=None)
    linked = link([one, copy, won])
    assert together(linked, "one", "copy", "won")


def test_a_result_under_a_number_the_notice_prints_beside_its_own() -> None:
    text = "项目编号：QHZC-2026-C-0417（代理编号：ZH26021） 项目名称：执法执勤车辆采购项目"
    one = replace(TENDER, key="one", text_start=text)
    won = item("won", f"{NAME}中标结果公告", "award", 25, number="ZH26021", name=None)
    linked = link([one, won])
    assert together(linked, "one", "won")
    assert linked.projects[0].joins[0].reason == "reference"


def test_a_bare_copy_whose_stage_was_read_otherwise() -> None:
    bare = item("bare", f"{NAME}竞争性磋商成交", "consultation", 17, "全国", number=None, buyer=None, name=None)
    won = item("won", f"{NAME}竞争性磋商成交公告", "award", 17)
    assert link([won, bare]).notice_of["won"] == link([won, bare]).notice_of["bare"]


# --- layer two: one purchase ---

LIFE = (
    item(
        "intention",
        "青禾县公安局2026年3月政府采购意向",
        "intention",
        -60,
        number=None,
        name="执法车辆采购",
        budget_fen=86_000_000,
    ),
    item("opinion", f"{NAME}采购需求意见征询公告", "opinion", -20, number="YJ-2026-0038"),
    TENDER,
    item(
        "correction",
        "执法执勤车辆采购项目更正公告（第一次）",
        "correction",
        5,
        number=None,
        deadline="2026-03-20T09:30",
    ),
    item("candidate", f"{NAME}成交候选人公示", "award_candidate", 15),
    AWARD,
    item("contract", f"{NAME}合同公告", "contract", 40, number="QHZC-HT-2026-0099"),
    item("acceptance", f"{NAME}验收结果公告", "acceptance", 160),
)


def test_a_whole_life_is_one_project_with_three_proceedings() -> None:
    linked = link(LIFE)
    assert shape(linked, "tender") == [
        ("intention", 1, None, ("intention",)),
        ("opinion", 1, None, ("opinion",)),
        ("purchase", 1, None, ("tender", "correction", "candidate", "award", "contract", "acceptance")),
    ]


def test_h27_h34_any_part_of_a_life_seen_first() -> None:
    """A correction before its original, an award without a tender: joined as soon as the others come."""
    for count in range(2, len(LIFE)):
        linked = link(LIFE[-count:])
        assert len(linked.projects) == 1, [part.key for part in LIFE[-count:]]


def test_h28_order_of_arrival_changes_nothing() -> None:
    parts = LIFE[:4]
    assert len({repr(link(order)) for order in permutations(parts)}) == 1


def test_h30_a_correction_published_as_an_ordinary_notice() -> None:
    linked = link([TENDER, item("plain", f"关于{NAME}延期的通知", "correction", 4, number=None, buyer=None)])
    assert together(linked, "tender", "plain")
    assert linked.notice_of["tender"] != linked.notice_of["plain"]


def test_a_correction_that_only_cites_the_number() -> None:
    linked = link(
        [TENDER, item("cites", "执法执勤车辆更正公告", "correction", 4, number=None, name=None, references=(NUMBER,))]
    )
    assert project(linked, "cites").joins[0].reason == "reference"
    assert together(linked, "tender", "cites")


def test_qualification_and_purchase_are_two_proceedings() -> None:
    linked = link(
        [
            item("qualify", f"{NAME}资格预审公告", "prequalification", -40),
            item("changed", f"{NAME}资格预审更正公告", "correction", -35),
            item("tender", f"{NAME}公开招标公告", "tender"),
            AWARD,
        ]
    )
    assert shape(linked, "tender") == [
        ("qualification", 1, None, ("qualify", "changed")),
        ("purchase", 1, None, ("tender", "award")),
    ]


def test_h37_negotiation_first_and_tender_later_are_two_purchases_of_one_project() -> None:
    linked = link(
        [
            item("talks", f"{NAME}竞争性谈判公告", "negotiation"),
            item("tender", f"{NAME}公开招标公告", "tender", 30),
            AWARD,
        ]
    )
    assert [(kind, round_, of) for kind, round_, of, _ in shape(linked, "tender")] == [
        ("purchase", 1, None),
        ("purchase", 2, None),
    ]


# --- second attempts ---


@pytest.mark.parametrize("number", [NUMBER, "QHZC-2026-C-0588", None])
@pytest.mark.parametrize("mark", ["（二次）", "（第二次）", "（重新招标）"])
def test_h33_a_second_attempt_repeats_the_first(number: str | None, mark: str) -> None:
    linked = link(
        [
            TENDER,
            item("failed", f"{NAME}废标公告", "termination", 15),
            item("second", f"{NAME}{mark}竞争性磋商公告", "consultation", 25, number=number),
            item("won", f"{NAME}{mark}成交公告", "award", 40, number=number),
        ]
    )
    assert shape(linked, "tender") == [
        ("purchase", 1, None, ("tender", "failed")),
        ("purchase", 2, 0, ("second", "won")),
    ]


def test_h33_a_second_attempt_without_a_word_of_it() -> None:
    linked = link(
        [
            TENDER,
            item("failed", f"{NAME}废标公告", "termination", 15),
            item("second", f"{NAME}竞争性磋商公告", "consultation", 25, deadline="2026-04-10T09:30"),
        ]
    )
    assert [part[:3] for part in shape(linked, "tender")] == [("purchase", 1, None), ("purchase", 2, 0)]


def test_h33_a_correction_without_number_in_a_silent_second_attempt() -> None:
    linked = link(
        [
            TENDER,
            item("failed", f"{NAME}废标公告", "termination", 15),
            item("second", f"{NAME}竞争性磋商公告", "consultation", 25, deadline="2026-04-10T09:30"),
            item("changed", "执法执勤车辆采购项目更正公告", "correction", 29, number=None),
        ]
    )
    assert shape(linked, "tender")[1] == ("purchase", 2, 0, ("second", "changed"))


def test_h33_a_third_attempt_whose_forerunners_were_not_seen() -> None:
    linked = link([item("third", f"{NAME}（三次）竞争性磋商公告", "consultation")])
    assert shape(linked, "third") == [("purchase", 3, None, ("third",))]


def test_a_failure_on_the_day_of_the_next_attempt_belongs_to_the_one_before() -> None:
    linked = link(
        [item("failed", f"{NAME}废标公告", "termination", 25), item("second", f"{NAME}（二次）招标公告", "tender", 25)]
    )
    assert shape(linked, "second") == [("purchase", 1, None, ("failed",)), ("purchase", 2, 0, ("second",))]


# --- what must stay apart ---


def test_h22_one_number_at_two_buyers_is_two_projects() -> None:
    other = item(
        "other", "白石市中心医院负压救护车采购项目招标公告", "tender", buyer="白石市中心医院", name="负压救护车采购项目"
    )
    namesake = item(
        "namesake",
        "白石市公安局执法执勤车辆采购项目招标公告",
        "tender",
        buyer="白石市公安局",
        name="执法执勤车辆采购项目",
    )
    assert len(link([TENDER, other, namesake]).projects) == 3


def test_two_purchases_of_one_buyer_within_days() -> None:
    second = item(
        "second",
        "青禾县公安局警用摩托车采购项目竞争性磋商公告",
        "consultation",
        2,
        number="QHZC-2026-C-0420",
        name="警用摩托车采购项目",
    )
    nearly = item(
        "nearly",
        "青禾县公安局执法勤务车辆采购项目竞争性磋商公告",
        "consultation",
        2,
        number="QHZC-2026-C-0421",
        name="执法勤务车辆采购项目",
    )
    assert len(link([TENDER, second, nearly]).projects) == 3


def test_two_batches_with_no_number() -> None:
    first = item("first", f"{NAME}（第一批）招标公告", "tender", number=None, name=None)
    second = item("second", f"{NAME}（第二批）招标公告", "tender", 2, number=None, name=None)
    result = item("result", f"{NAME}（第二批）中标公告", "award", 30, number=None, name=None)
    linked = link([first, second, result])
    assert together(linked, "second", "result")
    assert not together(linked, "first", "second")


def test_the_same_purchase_every_year() -> None:
    next_year = item("next", TENDER.title, "consultation", 364, number="QHZC-2027-C-0102")
    result = item("result", AWARD.title, "award", 380, number=None)
    linked = link([TENDER, AWARD, next_year, result])
    assert not together(linked, "tender", "next")
    assert together(linked, "next", "result")


def test_two_intentions_of_one_page_with_one_name() -> None:
    rows = [
        item("row1", "政府采购意向", "intention", -60, number=None, name="执法车辆采购", budget_fen=86_000_000),
        item("row2", "政府采购意向", "intention", -60, number=None, name="执法车辆采购", budget_fen=12_000_000),
    ]
    linked = link([*rows, TENDER])
    assert together(linked, "row1", "tender")
    assert not together(linked, "row2", "tender")


def test_h22_no_number_joins_with_lower_confidence() -> None:
    linked = link([TENDER, item("result", f"{NAME}成交公告", "award", 17, number=None)])
    assert project(linked, "tender").joins[0].reason == "name"
    assert project(linked, "tender").confidence < link([TENDER, AWARD]).projects[0].confidence


def test_h23_buyer_and_agency_swapped() -> None:
    agency = "清源招标代理有限公司"
    swapped = item("swapped", AWARD.title, "award", 17, buyer=agency, agency=BUYER)
    tender = item("tender", TENDER.title, "consultation", agency=agency)
    assert together(link([tender, swapped]), "tender", "swapped")


# --- a person's word ---


def test_h36_a_person_parts_two_with_one_number_and_the_others_go_where_they_fit() -> None:
    second = item("second", f"{NAME}（二次）竞争性磋商公告", "consultation", 60)
    won = item("won", f"{NAME}（二次）成交公告", "award", 80)
    linked = link([TENDER, AWARD, second, won], cannot=[("second", "tender")])
    assert not together(linked, "tender", "second")
    assert together(linked, "second", "won")
    assert together(linked, "tender", "award")


def test_h36_a_person_joins_what_rules_keep_apart() -> None:
    other = item(
        "other", "白石市公安局警用摩托车采购公告", "tender", buyer="白石市公安局", number="BSZC-2026-0007", name=None
    )
    late = item(
        "late", "白石市公安局警用摩托车中标公告", "award", 20, buyer="白石市公安局", number="BSZC-2026-0007", name=None
    )
    linked = link([TENDER, other, late], must=[("tender", "other")])
    assert together(linked, "tender", "other", "late")
    assert any(join.reason == "person" for join in project(linked, "tender").joins)


def test_h36_undo_is_leaving_the_pair_out() -> None:
    assert link([TENDER, AWARD], cannot=[("tender", "award")]).projects != link([TENDER, AWARD]).projects
    assert link([TENDER, AWARD], cannot=[]) == link([TENDER, AWARD])


def test_h36_a_pair_joined_and_parted_is_reported_and_stays_joined() -> None:
    linked = link([TENDER, AWARD], must=[("award", "tender")], cannot=[("tender", "award")])
    assert linked.contradictions == (("award", "tender"),)
    assert together(linked, "tender", "award")


def test_pairs_of_publications_that_are_not_here_change_nothing() -> None:
    assert link([TENDER], must=[("tender", "gone")], cannot=[("gone", "tender")]) == link([TENDER])


def test_two_publications_with_one_key_are_refused() -> None:
    with pytest.raises(ValueError, match="two publications have the key 'tender'"):
        link([TENDER, item("tender", "另一公告", "tender")])


def test_every_join_says_why_in_both_languages() -> None:
    join = link([TENDER, AWARD]).projects[0].joins[0]
    with language("en"):
        assert why(join) == f"same project number and buyer: {NUMBER}"
    with language("zh_CN"):
        assert why(join) == f"项目编号与采购人相同: {NUMBER}"
        assert all(_(reason) != reason for reason in REASONS.values())


def test_h18_titles_without_end_are_linked_in_no_time() -> None:
    endless = ["（" * 50_000, "关于" * 50_000, "1-" * 50_000, "第一包" * 30_000, "<" * 50_000, "青禾县" * 30_000]
    linked = link([item(f"k{at}", title, "tender", number=title, name=title) for at, title in enumerate(endless)])
    assert len(linked.project_of) == len(endless)
