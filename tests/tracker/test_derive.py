"""Derivation on hand-made notices, where no page is needed to say what is meant."""

from crawler.notice import Correction, Evidence, Notice, Reading, When
from tracker.derive import Member, derive
from tracker.state import MilestoneState


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
