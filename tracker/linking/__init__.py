"""Which publications are one announcement, and which announcements are one purchase.

Two layers. A *notice* is one announcement, published on one or several portals. A *project* is one purchase, from
the first intention to the acceptance, and holds *proceedings*: the stage before the notice, a qualification, each
attempt to buy. Everything here is pure: the same publications give the same groups whatever their order, and a
publication's group depends only on those it is connected with (see `neighbourhood`). docs/linking.md tells the rules.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import combinations

from tracker.linking.answer import REASONS, Join, Linked, NoticeGroup, Pair, Proceeding, Project, why
from tracker.linking.clusters import Forest, Relations, cluster, groups_of, persons_word
from tracker.linking.evidence import VETO, Group, announcement
from tracker.linking.naming import normal_buyer, normal_name, normal_number
from tracker.linking.proceedings import proceedings
from tracker.linking.publication import (
    LINKABLE,
    Facts,
    Linkable,
    asking_keys,
    blocking_keys,
    completing_keys,
    facts_of,
    linkable,
)

__all__ = [
    "LINKABLE",
    "REASONS",
    "Join",
    "Linkable",
    "Linked",
    "NoticeGroup",
    "Pair",
    "Proceeding",
    "Project",
    "blocking_keys",
    "link",
    "linkable",
    "neighbourhood",
    "normal_buyer",
    "normal_name",
    "normal_number",
    "why",
]


def link(items: Iterable[Linkable], must: Iterable[Pair] = (), cannot: Iterable[Pair] = ()) -> Linked:
    """Group publications into notices and projects.

    `must` and `cannot` are a person's decisions, pairs of keys; they win over everything, pairs with unknown keys
    are left aside. Raises ValueError where two different items have one key.
    """
    facts: dict[str, Facts] = {}
    for item in items:
        if item.key in facts and facts[item.key].item != item:
            raise ValueError(f"two publications have the key {item.key!r}; keys must be unique")
        facts[item.key] = facts_of(item)
    person = persons_word(facts, must, cannot)
    groups = groups_of(facts, person)
    for firm in (True, False):
        relations = Relations(groups, person, firm=firm)
        groups = relations.joined(relations.edges())
    projects = sorted((_project(group) for group in groups), key=lambda project: project.id)
    return Linked(
        projects=tuple(projects),
        contradictions=person.contradictions,
        project_of={key: project.id for project in projects for key in project.members},
        notice_of={key: notice.id for project in projects for notice in project.notices for key in notice.members},
    )


def _project(group: Group) -> Project:
    notices = _notices(group.members)
    return Project(
        id=group.members[0].item.key,
        members=tuple(facts.item.key for facts in group.members),
        notices=tuple(notices),
        proceedings=tuple(proceedings(notices, {facts.item.key: facts for facts in group.members})),
        joins=group.joins,
    )


def _notices(members: Sequence[Facts]) -> list[NoticeGroup]:
    """The announcements of a project, earliest first."""
    by_key = {facts.item.key: facts for facts in members}
    known: dict[Pair, float | str | None] = {}

    def between(one: str, other: str) -> float | str | None:
        pair = (min(one, other), max(one, other))
        if pair not in known:
            known[pair] = announcement(by_key[pair[0]], by_key[pair[1]])
        return known[pair]

    edges = [
        (sure, one, other)
        for one, other in combinations(sorted(by_key), 2)
        if isinstance(sure := between(one, other), float)
    ]
    groups, _used = cluster(by_key, edges, lambda one, other: between(one, other) == VETO)
    found: list[NoticeGroup] = []
    for keys in groups:
        ordered = sorted((by_key[key] for key in keys), key=lambda facts: facts.order)
        kinds = [facts.item.kind for facts in ordered]
        kind = next((kind for kind in kinds if kind != "other"), kinds[0])
        found.append(NoticeGroup(ordered[0].item.key, kind, tuple(facts.item.key for facts in ordered)))
    return sorted(found, key=lambda notice: by_key[notice.id].order)


def neighbourhood(
    seeds: Iterable[Linkable],
    fetch: Callable[[frozenset[str]], Iterable[Linkable]],
    must: Iterable[Pair] = (),
    cannot: Iterable[Pair] = (),
    by_key: Callable[[frozenset[str]], Iterable[Linkable]] | None = None,
) -> list[Linkable]:
    """All publications that linking must see so that the groups of `seeds` come out as if it saw everything.

    `fetch` gives the stored publications that have any of the blocking keys, `by_key` those with the given keys
    (needed for a person's pairs only). What the seeds belonged to before should be among the seeds.
    """
    must, cannot = list(must), list(cannot)
    pool: dict[str, Linkable] = {}
    asked: set[str] = set()

    def take(keys: Iterable[str]) -> None:
        if new := frozenset(keys) - asked:
            asked.update(new)
            pool.update((item.key, item) for item in fetch(new))

    pool.update((item.key, item) for item in seeds)
    near = set(pool)
    while True:
        size = len(near)
        take(key for name in near for key in asking_keys(pool[name]) | completing_keys(pool[name]))
        # A group is compared as a whole: those at the rim are completed first.
        while True:
            known = len(pool)
            take(key for item in list(pool.values()) for key in completing_keys(item))
            partners = {b for a, b in must if a in pool} | {a for a, b in must if b in pool}
            if by_key and partners - pool.keys():
                pool.update((item.key, item) for item in by_key(frozenset(partners - pool.keys())))
            if len(pool) == known:
                break
        near |= _reached(near, {key: facts_of(item) for key, item in pool.items()}, must, cannot)
        if len(near) == size:
            return sorted((pool[key] for key in near), key=lambda item: item.key)


def _reached(near: set[str], facts: dict[str, Facts], must: Iterable[Pair], cannot: Iterable[Pair]) -> set[str]:
    """Keys that edges lead to from the near ones, used or not."""
    person = persons_word(facts, must, cannot)
    groups = groups_of(facts, person)
    touched = Forest(facts)
    for firm in (True, False):
        for group in groups:
            for member in group.members:
                touched.join(group.id, member.item.key)
        relations = Relations(groups, person, firm=firm)
        edges = list(relations.edges())
        for _sure, one, other in edges:
            touched.join(one, other)
        groups = relations.joined(edges)
    roots = {touched.root(key) for key in near}
    return {key for key in facts if touched.root(key) in roots}
