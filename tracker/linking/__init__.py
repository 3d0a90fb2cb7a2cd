"""Which publications are one announcement, and which announcements are one purchase.

Two layers. A *notice* is one announcement, published on one or several portals. A *project* is one purchase, from
the first intention to the acceptance, and holds *proceedings*: the stage before the notice, a qualification, each
attempt to buy. Everything here is pure: the same publications give the same groups whatever their order, and a
publication's group depends only on those it is connected with (see `neighbourhood`). docs/linking.md tells the rules.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations

from tracker.linking.answer import REASONS, Join, Linked, NoticeGroup, Pair, Proceeding, Project
from tracker.linking.clusters import Forest, Relations, cluster, groups_of, persons_word
from tracker.linking.evidence import VETO, Edge, Group, announcement
from tracker.linking.naming import normal_buyer, normal_name, normal_number
from tracker.linking.proceedings import proceedings
from tracker.linking.publication import (
    LINKABLE,
    Facts,
    Linkable,
    blocking_keys,
    facts_of,
    linkable,
    number_keys,
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
    must = sorted({(min(pair), max(pair)) for pair in must})
    person = persons_word(facts, must, cannot)
    relations = Relations(groups_of(facts, person), person)
    edges = list(relations.edges())
    clusters = cluster(relations.by_id, edges, relations.apart)
    at = {group: number for number, cluster in enumerate(clusters) for group in cluster}
    inside: dict[int, list[tuple[float, str, str]]] = defaultdict(list)
    for edge in edges:
        if at[edge[1]] == at[edge[2]]:
            inside[at[edge[1]]].append(edge)
    projects = sorted(
        (
            _project([relations.by_id[group] for group in cluster], inside[number], relations, must)
            for number, cluster in enumerate(clusters)
        ),
        key=lambda project: project.id,
    )
    return Linked(
        projects=tuple(projects),
        contradictions=person.contradictions,
        project_of={key: project.id for project in projects for key in project.members},
        notice_of={key: notice.id for project in projects for notice in project.notices for key in notice.members},
    )


def _project(
    groups: Sequence[Group],
    edges: Iterable[tuple[float, str, str]],
    relations: Relations,
    must: Iterable[Pair],
) -> Project:
    members = sorted((facts for group in groups for facts in group.members), key=lambda facts: facts.order)
    notices = _notices(members)
    return Project(
        id=members[0].item.key,
        members=tuple(facts.item.key for facts in members),
        notices=tuple(notices),
        proceedings=tuple(proceedings(notices, {facts.item.key: facts for facts in members})),
        joins=tuple(_joins(groups, edges, relations, must)),
    )


def _joins(
    groups: Sequence[Group],
    edges: Iterable[tuple[float, str, str]],
    relations: Relations,
    must: Iterable[Pair],
) -> Iterator[Join]:
    """The fewest joins that explain a project: inside each group, then between groups, the surest first."""
    decided = set(must)
    for group in groups:
        keys = {facts.item.key for facts in group.members}
        forest = Forest(keys)
        for one, other in sorted(pair for pair in decided if set(pair) <= keys):
            if forest.root(one) != forest.root(other):
                forest.join(one, other)
                yield Join(one, other, "person", "", 1.0)
        first: dict[str, str] = {}
        for facts in group.members:
            for full in facts.numbers:
                key = first.setdefault(full, facts.item.key)
                if forest.root(key) != forest.root(facts.item.key):
                    forest.join(key, facts.item.key)
                    yield Join(key, facts.item.key, "number", facts.item.number or full, 0.99)
    forest = Forest(group.id for group in groups)
    for _sure, one, other in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        edge = relations.between(one, other)
        if isinstance(edge, Edge) and forest.root(one) != forest.root(other):
            forest.join(one, other)
            yield Join(one, other, edge.reason, edge.words, edge.sure)


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
    groups = cluster(by_key, edges, lambda one, other: between(one, other) == VETO)
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
        wanted = {b for a, b in must if a in near} | {a for a, b in must if b in near}
        if by_key and wanted - pool.keys():
            pool.update((item.key, item) for item in by_key(frozenset(wanted - pool.keys())))
        take(key for item in near for key in blocking_keys(pool[item]))
        # A group counts as a whole: complete those at the rim by their numbers before comparing.
        while True:
            known = len(pool)
            take(key for item in list(pool.values()) for key in number_keys(facts_of(item)))
            if len(pool) == known:
                break
        facts = {key: facts_of(item) for key, item in pool.items()}
        person = persons_word(facts, must, cannot)
        groups = groups_of(facts, person)
        relations = Relations(groups, person)
        touched = Forest(relations.by_id)
        for _sure, one, other in relations.edges():
            touched.join(one, other)
        members = {group.id: [facts.item.key for facts in group.members] for group in groups}
        roots = {touched.root(group) for group, keys in members.items() if not near.isdisjoint(keys)}
        near |= {key for group, keys in members.items() if touched.root(group) in roots for key in keys}
        if len(near) == size:
            return sorted((pool[key] for key in near), key=lambda item: item.key)
