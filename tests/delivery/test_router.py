"""Which event becomes what for whom."""

from datetime import timedelta

import pytest
from handmade import NOW, World, at, date
from sqlalchemy import update

from tracker.router import welcome
from tracker.tables import Delivery, DigestItem, Event, Poll, Project, table


def items(world: World) -> list[tuple[int, int]]:
    return [(row.person_id, row.event_id) for row in world.rows(DigestItem)]


def alerts(world: World) -> list[tuple[int, int]]:
    return [(row.person_id, row.event_id) for row in world.rows(Delivery, kind="alert", state="due")]


def test_everybody_active_hears_of_every_vehicle_tender(world: World) -> None:
    wang, lin = world.person(), world.person("林芳", "lin@example.cn")
    world.person("周离", "zhou@example.cn", active=False)
    tender = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    mixed = world.project("车辆及设备采购", date("bid_deadline", "12-20 09:30"), verdict="mixed")
    unclear = world.project("设备采购", date("bid_deadline", "12-20 09:30"), verdict="review")
    office = world.project("办公家具采购", date("bid_deadline", "12-20 09:30"), verdict="no")
    heard = [world.published(each) for each in (tender, mixed, unclear)]
    world.published(office)
    assert world.route() == 4
    assert items(world) == [(person, event) for event in heard for person in (wang, lin)]
    assert alerts(world) == []


def test_routing_again_adds_nothing_and_events_are_taken_once(world: World) -> None:
    world.person()
    event = world.published(world.project("救护车采购", date("bid_deadline", "11-24 09:30")))
    assert world.route() == 1
    assert world.route() == 0
    rows = table(Event)
    with world.engine.begin() as connection:  # as if the worker had died after writing and before marking
        connection.execute(update(rows).where(rows.c.id == event).values(routed_at=None))
    assert world.route() == 1
    assert len(items(world)) == len(alerts(world)) == 1


@pytest.mark.parametrize(
    ("closes", "urgent"),
    [
        # Monday 07:30: the next digest comes on Tuesday, the working day after it is Wednesday.
        ("11-23 17:00", True),
        ("11-24 16:00", True),
        ("11-24", True),
        ("11-25 00:00", False),
        ("11-25 09:00", False),
        ("11-23 07:00", False),  # over before we saw it: the digest says so
    ],
)
def test_a_new_match_is_told_at_once_only_if_the_digest_would_be_too_late(
    world: World, closes: str, urgent: bool
) -> None:
    me = world.person()
    event = world.published(world.project("洒水车询价", date("bid_deadline", closes), method="inquiry"), "inquiry")
    world.route()
    assert alerts(world) == ([(me, event)] if urgent else [])
    assert items(world) == [(me, event)]


def test_the_long_holiday_makes_more_matches_urgent(world: World) -> None:
    """Before 国庆 the next digest comes days later: what closes on the day after the holiday cannot wait for it."""
    me = world.person()
    project = world.project("公务用车采购", date("bid_deadline", "10-08 15:00"))
    event = world.published(project, seen_at=at("09-30 10:00"))
    world.route(at("09-30 10:00"))
    assert alerts(world) == [(me, event)]


def test_a_moved_deadline_and_a_termination_cannot_wait_but_recomputed_dates_can(world: World) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    moved = world.event("deadline-moved", project, "2026-12-10 09:30", "2026-12-20 09:30", milestone="bid_deadline")
    ended = world.event("terminated", project, None, "terminated", lots=["all"])
    holiday = world.event("deadline-moved", project, "2026-12-10", "2026-12-11", cause="calendar", milestone="x")
    long_ago = world.event("deadline-moved", project, "2026-11-10 09:30", "2026-11-12 09:30", milestone="bid_deadline")
    misread = world.event("verdict", project, "yes", "no", cause="re-read")
    world.route()
    assert alerts(world) == [(me, moved), (me, ended), (me, misread)]
    assert [event for _, event in items(world)] == [moved, ended, holiday, long_ago, misread]


def test_a_copy_on_another_portal_alarms_nobody_twice(world: World) -> None:
    world.person()
    project = world.project("洒水车询价", date("bid_deadline", "11-24 09:30"))
    first = world.published(project)
    world.published(project, same_as="ccgp/1")
    world.route()
    assert [event for _, event in alerts(world)] == [first]


def test_h58_nothing_for_passed_projects_with_a_record_why(world: World) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    world.decide("pass", project, me)
    event = world.event("terminated", project, None, "terminated")
    world.route()
    assert items(world) == []
    delivery = world.delivery(event_id=event)
    assert (delivery.state, delivery.reason) == ("cancelled", "the project was passed")


def test_tracking_again_after_a_pass_counts(world: World) -> None:
    me = world.person()
    project = world.project("办公家具", date("bid_deadline", "12-20 09:30"), verdict="no")
    world.decide("pass", project, me, NOW - timedelta(days=2))
    world.decide("track", project, me, NOW - timedelta(days=1))
    event = world.event("terminated", project, None, "terminated")
    world.route()
    assert alerts(world) == [(me, event)]


def test_a_blind_source_is_told_at_once_and_its_return_in_the_digest(world: World) -> None:
    me = world.person()
    blind = world.event("source-blind", portal="ccgp", channel="dfgg-gkzb", cause="poll", reason="HTTP 403")
    back = world.event("source-back", portal="ccgp", channel="dfgg-gkzb", cause="poll")
    world.route()
    assert alerts(world) == [(me, blind)]
    assert items(world) == [(me, blind), (me, back)]


def test_h50_a_poisoned_event_moves_on_with_its_reason_and_reaches_every_digest(world: World) -> None:
    me = world.person()
    good = world.published(world.project("消防车采购", date("bid_deadline", "11-24 09:30")))
    sick = world.project("坏数据采购", date("bid_deadline", "11-24 09:30"))
    rows = table(Project)
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == sick).values(state={"name": ["not", "text"]}))
    bad = world.published(sick)
    after = world.published(world.project("救护车采购", date("bid_deadline", "11-24 10:30")))
    assert world.route() == 3
    assert [event for _, event in alerts(world)] == [good, after]
    assert items(world) == [(me, good), (me, bad), (me, after)]
    errors = {row.id: row.route_error for row in world.rows(Event)}
    assert "ValidationError" in errors.pop(bad)
    assert set(errors.values()) == {None}
    assert all(row.routed_at for row in world.rows(Event))


def test_a_new_person_finds_what_is_still_open_and_is_not_alarmed(world: World) -> None:
    still = world.published(world.project("消防车采购", date("bid_deadline", "11-24 09:30")))
    world.published(world.project("救护车采购", date("bid_deadline", "11-20 09:30")))
    wish = world.published(world.project("校车采购意向", kind="intention"), "intention")
    world.route()
    new = world.person(added_at=NOW)
    with world.engine.begin() as connection:
        assert welcome(connection, new, NOW) == 2
        assert welcome(connection, new, NOW) == 2
    assert items(world) == [(new, still), (new, wish)]
    assert alerts(world) == []


@pytest.mark.parametrize("kind", ["withdrawn", "suspended"])
def test_h15_a_page_that_goes_and_a_halt_are_told_at_once_to_who_follows(world: World, kind: str) -> None:
    me = world.person()
    followed = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    world.decide("track", followed, me)
    other = world.project("公交车采购", date("bid_deadline", "12-20 09:30"))
    event = world.event(kind, followed, None, "ccgp/1")
    world.event(kind, other, None, "ccgp/2")
    world.route()
    assert alerts(world) == [(me, event)]
    assert len(items(world)) == 2


def test_a_date_taken_back_is_told_at_once_to_who_follows_and_what_ends_by_itself_is_not(world: World) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    over = world.project("公交车采购", outcome="terminated")
    for each in (project, over):
        world.decide("track", each, me)
    dropped = {"milestone": "bid_deadline", "rule_id": "", "proceeding": "purchase-1"}
    event = world.event("date-dropped", project, "2026-12-20 09:30", None, data=dropped)
    world.event("date-dropped", project, "2026-12-24", None, data=dropped | {"rule_id": "gp.bond.plan"})
    world.event("date-dropped", project, "2026-11-01 09:30", None, data=dropped)
    world.event("date-dropped", over, "2026-12-20 09:30", None, data=dropped)
    world.route()
    assert alerts(world) == [(me, event)]


def test_what_is_still_to_be_checked_can_wait_unless_somebody_tracks_it(world: World) -> None:
    me = world.person()
    unclear = world.project("设备采购", date("bid_deadline", "12-20 09:30"), verdict="review")
    taken = world.project("车辆及设备采购", date("bid_deadline", "12-20 09:30"), verdict="review")
    world.decide("track", taken, me)
    for project in (unclear, taken):
        world.event("deadline-moved", project, "2026-12-10 09:30", "2026-12-20 09:30", milestone="bid_deadline")
    world.route()
    assert [world.rows(Event, id=event)[0].project_id for _person, event in alerts(world)] == [taken]


def test_h31_a_date_that_comes_earlier_is_louder(world: World) -> None:
    world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    early = world.event("deadline-moved", project, "2026-12-30 09:30", "2026-12-20 09:30", milestone="bid_deadline")
    later = world.event("deadline-moved", project, "2026-12-10 09:30", "2026-12-20 09:30", milestone="bid_deadline")
    world.route()
    assert world.delivery(event_id=early).passes_at == NOW
    assert world.delivery(event_id=later).passes_at == at("12-19 09:30")


def test_a_termination_of_a_vehicle_tender_nobody_tracked_is_news(world: World) -> None:
    me = world.person()
    event = world.event("terminated", world.project("校车采购", outcome="terminated"), None, "terminated")
    world.route()
    assert alerts(world) == [(me, event)]


def test_results_and_new_rounds_wait_for_the_digest(world: World) -> None:
    me = world.person()
    project = world.project("校车采购", date("bid_deadline", "12-20 09:30"))
    events = [world.event(kind, project, None, kind) for kind in ("awarded", "contracted", "re-tendered")]
    events += [world.published(project, kind) for kind in ("award_candidate", "award", "contract", "correction")]
    world.route()
    assert alerts(world) == []
    assert items(world) == [(me, event) for event in events]


def test_a_new_portal_floods_nobody_with_what_it_published_before(world: World) -> None:
    """E2: it starts from now; the last thirty days stand in the lists."""
    me = world.person()
    first_poll = {"mode": "deep", "state": "ok", "requests": 1, "rows": 1, "missing": []} | dict.fromkeys(
        ("new", "changed", "unchanged", "failed", "unfetched"), 0
    )
    for portal, when in (("ccgp", NOW - timedelta(days=90)), ("ggzy", NOW - timedelta(hours=1))):
        world.add(Poll, portal=portal, channel="x", started_at=when, ended_at=when, **first_poll)
    named = {}
    for portal in ("ccgp", "ggzy"):
        for days in (0, 9):
            project = world.project(f"{portal} 消防车采购 {days}", date("bid_deadline", "12-20 09:30"))
            named[portal, days] = world.published(project, portal=portal, occurred_at=NOW - timedelta(days=days))
    world.route()
    told = {event for _person, event in items(world)}
    assert told == {named["ccgp", 0], named["ccgp", 9], named["ggzy", 0]}
    assert {person for person, _event in items(world)} == {me}
