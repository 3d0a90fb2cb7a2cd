"""The invented world: how well, in any order, and piece by piece."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.linking import LINKABLE, Linkable, Linked, Pair, blocking_keys, link, neighbourhood

from .world import World, pairwise_f1, world

SEEDS = st.integers(0, 10_000)


def rounds(linked: Linked) -> dict[str, tuple[str, int]]:
    """Kind and round of the proceeding, by publication."""
    of_notice = {
        notice: (proceeding.kind, proceeding.round)
        for project in linked.projects
        for proceeding in project.proceedings
        for notice in proceeding.notices
    }
    return {key: of_notice[notice] for key, notice in linked.notice_of.items()}


@pytest.mark.parametrize("seed", range(6))
def test_the_world_is_linked_as_it_is(seed: int) -> None:
    made = world(seed)
    linked = link(made.items)
    assert pairwise_f1(made.project, linked.project_of) >= 0.99
    assert pairwise_f1(made.notice, linked.notice_of) >= 0.99
    found = rounds(linked)
    assert sum(found[item.key] == made.proceeding[item.key] for item in made.items) >= 0.98 * len(made.items)


@pytest.mark.parametrize("seed", range(6))
def test_h34_the_world_half_seen(seed: int) -> None:
    made = world(seed, seen=0.6)
    linked = link(made.items)
    assert pairwise_f1(made.project, linked.project_of) >= 0.97
    assert pairwise_f1(made.notice, linked.notice_of) >= 0.99


@given(seed=SEEDS, shuffle=st.integers())
@settings(max_examples=20, deadline=None)
def test_h28_any_order_of_arrival_gives_the_same_groups(seed: int, shuffle: int) -> None:
    items = world(seed, stories=8).items
    mixed = list(items)
    Random(shuffle).shuffle(mixed)
    assert link(mixed) == link(items)


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_every_publication_stands_in_one_place(seed: int) -> None:
    made = world(seed, stories=8, seen=0.8)
    linked = link(made.items)
    keys = sorted(item.key for item in made.items)
    assert sorted(key for project in linked.projects for key in project.members) == keys
    for project in linked.projects:
        assert sorted(key for notice in project.notices for key in notice.members) == sorted(project.members)
        ids = sorted(notice.id for notice in project.notices)
        assert sorted(notice for proceeding in project.proceedings for notice in proceeding.notices) == ids
        slots = [(proceeding.kind, proceeding.round) for proceeding in project.proceedings]
        assert len(set(slots)) == len(slots)
        assert len(project.joins) == len(project.members) - 1


def pairs_of(made: World, rng: Random) -> tuple[list[Pair], list[Pair]]:
    """A few decisions of a person about this world."""
    keys = [item.key for item in made.items]

    def some() -> list[Pair]:
        return [(rng.choice(keys), rng.choice(keys)) for _ in range(3)]

    return some(), some()


@given(seed=SEEDS, whim=st.integers())
@settings(max_examples=20, deadline=None)
def test_h36_a_persons_word_holds(seed: int, whim: int) -> None:
    made = world(seed, stories=6)
    must, cannot = pairs_of(made, Random(whim))
    linked = link(made.items, must, cannot)
    for one, other in must:
        assert linked.project_of[one] == linked.project_of[other]
    for one, other in cannot:
        broken = (min(one, other), max(one, other)) in linked.contradictions
        assert (linked.project_of[one] == linked.project_of[other]) == broken


def components(items: list[Linkable]) -> list[list[Linkable]]:
    """Publications connected by blocking keys."""
    groups: list[tuple[set[str], list[Linkable]]] = []
    for item in items:
        keys, members = set(blocking_keys(item)), [item]
        apart = []
        for group in groups:
            if keys.isdisjoint(group[0]):
                apart.append(group)
            else:
                keys |= group[0]
                members += group[1]
        groups = [*apart, (keys, members)]
    return [members for _keys, members in groups]


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_linking_each_connected_part_is_linking_everything(seed: int) -> None:
    made = world(seed, stories=12)
    whole = link(made.items)
    apart = [link(part) for part in components(made.items)]
    assert len(apart) > 1
    assert sorted(project.id for linked in apart for project in linked.projects) == [p.id for p in whole.projects]
    for linked in apart:
        assert all(project in whole.projects for project in linked.projects)


@given(seed=SEEDS, whim=st.integers())
@settings(max_examples=15, deadline=None)
def test_linking_a_neighbourhood_gives_what_linking_everything_gives(seed: int, whim: int) -> None:
    """What intake does: one publication arrives, and only what it is connected with is linked again."""
    made = world(seed, stories=12)
    rng = Random(whim)
    must, cannot = pairs_of(made, rng)
    whole = link(made.items, must, cannot)
    by_key = {item.key: item for item in made.items}
    stored = {item.key: blocking_keys(item) for item in made.items}

    def fetch(keys: frozenset[str]) -> list[Linkable]:
        return [by_key[key] for key, its in stored.items() if its & keys]

    for seed_item in rng.sample(made.items, 5):
        near = neighbourhood([seed_item], fetch, must, cannot, lambda keys: [by_key[key] for key in keys])
        project = next(p for p in link(near, must, cannot).projects if seed_item.key in p.members)
        assert project in whole.projects


def test_a_neighbourhood_is_small() -> None:
    made = world(3, stories=60)
    stored = {item.key: (item, blocking_keys(item)) for item in made.items}

    def fetch(keys: frozenset[str]) -> list[Linkable]:
        return [item for item, its in stored.values() if its & keys]

    sizes = sorted(len(neighbourhood([item], fetch)) for item in made.items[:40])
    assert sizes[len(sizes) // 2] <= 20
    assert sizes[-1] <= 60


@given(seed=SEEDS)
@settings(max_examples=5, deadline=None)
def test_what_is_stored_for_linking_comes_back_unchanged(seed: int) -> None:
    for item in world(seed, stories=2).items:
        assert LINKABLE.validate_json(LINKABLE.dump_json(item)) == item


def test_round_budgets_and_common_hours_do_not_connect_the_country() -> None:
    """Thousands of tenders close at 09:30 for a round sum, and what one of them looks at must not grow with them."""
    places = [a + b + c for a in "远临青石柳岚" for b in "江湖禾桥坪溪" for c in "市县区"]
    goods = ("警用车辆采购", "环卫设备购置", "校园家具采购", "医用耗材采购", "图书采购")
    dice = Random(7)
    items = [
        linkable_of(n, dice.choice(places) + "教育局", dice.choice(goods), date(2026, 11, 2) + timedelta(n % 20))
        for n in range(2_000)
    ]
    stored: dict[str, list[Linkable]] = {}
    for item in items:
        for key in blocking_keys(item):
            stored.setdefault(key, []).append(item)
    looked = 0

    def fetch(keys: frozenset[str]) -> list[Linkable]:
        nonlocal looked
        found = [item for key in keys for item in stored.get(key, ())]
        looked += len(found)
        return found

    neighbourhood([items[1_000]], fetch)
    assert looked < 1_000, "its own hour and sum, and what completes those; not the hours and sums of these again"


def linkable_of(n: int, buyer: str, goods: str, day: date) -> Linkable:
    """An open tender of half a million that closes three weeks later at half past nine."""
    return Linkable(
        key=f"ccgp/{n}",
        portal="ccgp",
        kind="tender",
        title=f"{buyer}{goods}项目公开招标公告",
        name=f"{goods}项目",
        number=f"ZC-2026-{n:05d}",
        buyer=buyer,
        published=day,
        deadline=f"{day + timedelta(21)} 09:30",
        budget_fen=50_000_000,
    )
