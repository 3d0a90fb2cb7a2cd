"""Publications into groups, groups into clusters, and a person's word above all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from tracker.linking.answer import Join, Pair
from tracker.linking.evidence import LATE_COPY_DAYS, VETO, Edge, Group, attempts_apart, copies, gap, relate
from tracker.linking.naming import bigrams
from tracker.linking.publication import Facts, keys_of


class Forest:
    """Disjoint sets of keys; the smallest key of a set stands for it."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.parent = {key: key for key in keys}

    def root(self, key: str) -> str:
        while (up := self.parent[key]) != key:
            self.parent[key] = self.parent[up]
            key = up
        return key

    def join(self, one: str, other: str) -> None:
        low, high = sorted((self.root(one), self.root(other)))
        self.parent[high] = low

    def sets_of(self, keys: Iterable[str]) -> list[list[str]]:
        """The given keys, set by set."""
        found: dict[str, list[str]] = defaultdict(list)
        for key in sorted(keys):
            found[self.root(key)].append(key)
        return list(found.values())


Scored = tuple[float, str, str]
"""How sure an edge is, and the keys at its ends."""


def cluster(
    keys: Iterable[str], edges: Iterable[Scored], apart: Callable[[str, str], bool]
) -> tuple[list[list[str]], list[Scored]]:
    """Join keys along edges, the surest first, unless members of the two sets must stay apart.

    Gives the sets, and the edges that were used.
    """
    forest = Forest(keys)
    members = {key: [key] for key in forest.parent}
    used: list[Scored] = []
    for edge in sorted(edges, key=lambda edge: (-edge[0], edge[1], edge[2])):
        a, b = forest.root(edge[1]), forest.root(edge[2])
        if a == b or any(apart(x, y) for x, y in product(members[a], members[b])):
            continue
        used.append(edge)
        forest.join(a, b)
        members[min(a, b)] = members[a] + members[b]
    return forest.sets_of(forest.parent), used


@dataclass
class Person:
    """A person's joins and partings, as far as they concern the publications at hand."""

    joined: Forest
    decided: tuple[Pair, ...]
    parted: dict[str, set[str]]
    contradictions: tuple[Pair, ...]

    def apart(self, one: Iterable[str], other: Iterable[str]) -> bool:
        others = set(other)
        return any(not others.isdisjoint(self.parted.get(key, ())) for key in one)


def persons_word(keys: Iterable[str], must: Iterable[Pair], cannot: Iterable[Pair]) -> Person:
    """What a person decided of these keys; pairs with other keys are left aside."""
    joined = Forest(keys)
    known = joined.parent
    decided: list[Pair] = []
    for one, other in sorted({(min(pair), max(pair)) for pair in must}):
        if one in known and other in known and joined.root(one) != joined.root(other):
            joined.join(one, other)
            decided.append((one, other))
    parted: dict[str, set[str]] = defaultdict(set)
    wrong: list[Pair] = []
    for one, other in sorted({(min(pair), max(pair)) for pair in cannot}):
        if one not in known or other not in known:
            continue
        if joined.root(one) == joined.root(other):
            wrong.append((one, other))
        else:
            parted[one].add(other)
            parted[other].add(one)
    return Person(joined, tuple(decided), parted, tuple(wrong))


def groups_of(facts: dict[str, Facts], person: Person) -> list[Group]:
    """Publications that a person joined, and those with one strong number and one buyer.

    Where a person parted two of a set, number and buyer decide nothing alone: its publications are compared singly.
    """
    decided = [Join(one, other, "person", "", 1.0) for one, other in person.decided]
    numbered: list[Join] = []
    first: dict[tuple[str, str], str] = {}
    for key in sorted(facts):
        its = facts[key]
        for number in its.numbers.values():
            if its.buyer and not number.weak:
                known = first.setdefault((number.full, its.buyer), key)
                if known != key:
                    numbered.append(Join(known, key, "number", its.item.number or number.full, 0.99))
    forest = Forest(facts)
    for join in decided + numbered:
        forest.join(join.one, join.other)
    held: dict[str, list[Join]] = defaultdict(list)
    for join in decided + numbered:
        held[forest.root(join.one)].append(join)
    found: list[Group] = []
    for keys in forest.sets_of(facts):
        joins = held[forest.root(keys[0])]
        if person.apart(keys, keys):
            joins = [join for join in joins if join.reason == "person"]
            parts = person.joined.sets_of(keys)
        else:
            parts = [keys]
        found += (Group((facts[key] for key in part), _fewest(part, joins)) for part in parts)
    return sorted(found)


def _fewest(keys: Sequence[str], joins: Iterable[Join]) -> list[Join]:
    """As many of the joins as it takes to hold the keys together."""
    forest = Forest(keys)
    used: list[Join] = []
    for join in joins:
        if join.one in forest.parent and forest.root(join.one) != forest.root(join.other):
            forest.join(join.one, join.other)
            used.append(join)
    return used


FIRM = ("number", "number-name", "stem", "reference", "copy")
"""Reasons that join before names are compared, so that names, buyers and budgets are known as well as can be."""


def _candidates(groups: Sequence[Group], firm: bool) -> set[tuple[Group, Group]]:
    """Pairs of groups that a comparison may join, the smaller id first."""
    blocks: dict[str, list[Group]] = defaultdict(list)
    for group in groups:
        for key in {key for facts in group.members for key in keys_of(facts)}:
            if not (firm and key.startswith("b:")):
                blocks[key].append(group)
    pairs: set[tuple[Group, Group]] = set()
    for key, block in blocks.items():
        if len(block) < 2:
            continue
        if key.startswith("b:"):
            pairs |= _named_alike(block)
        else:
            pairs.update(
                (one, other)
                for one, other in combinations(sorted(block), 2)
                if key[0] != "t" or _may_share_a_name(one, other)
            )
    return pairs


def _may_share_a_name(one: Group, other: Group) -> bool:
    """Two groups with strong numbers of their own are compared by name only where they may be copies."""
    return one.open or other.open or gap(one, other) <= LATE_COPY_DAYS


def _named_alike(block: Sequence[Group]) -> set[tuple[Group, Group]]:
    """Pairs of one buyer's groups of which one is open to a name and which share two characters in a row."""
    pieces: dict[str, list[Group]] = defaultdict(list)
    for group in block:
        for piece in {piece for part in group.cores for piece in bigrams(part)}:
            pieces[piece].append(group)
    pairs: set[tuple[Group, Group]] = set()
    for sharing in pieces.values():
        for one, other in product([group for group in sharing if group.open], sharing):
            if one is not other:
                pairs.add((one, other) if one < other else (other, one))
    return pairs


class Relations:
    """What groups are to each other, each pair compared once."""

    def __init__(self, groups: Iterable[Group], person: Person, *, firm: bool) -> None:
        self.by_id = {group.id: group for group in groups}
        self.person = person
        self.firm = firm
        self.known: dict[Pair, Edge | str | None] = {}

    def between(self, one: str, other: str) -> Edge | str | None:
        pair = (min(one, other), max(one, other))
        if pair not in self.known:
            a, b = self.by_id[pair[0]], self.by_id[pair[1]]
            parted = self.person.apart((f.item.key for f in a.members), (f.item.key for f in b.members))
            self.known[pair] = VETO if parted else relate(a, b)
        return self.known[pair]

    def apart(self, one: str, other: str) -> bool:
        return self.between(one, other) == VETO

    def edges(self) -> Iterator[Scored]:
        """Edges among the candidates; of two equally sure ones the one nearer in time comes first."""
        for one, other in _candidates(list(self.by_id.values()), self.firm):
            edge = self.between(one.id, other.id)
            if isinstance(edge, Edge) and (edge.reason in FIRM or not self.firm):
                far = any(attempts_apart(a, b) for a, b in product(one.attempts, other.attempts))
                bonus = 0.015 if edge.reason.startswith("number") and copies(one, other) else 0.0
                yield edge.sure + bonus - 0.01 * far - 1e-5 * min(gap(one, other), 900), one.id, other.id

    def joined(self, edges: Iterable[Scored]) -> list[Group]:
        """The groups, joined along the edges as far as nothing forbids it."""
        sets, used = cluster(self.by_id, edges, self.apart)
        joins: dict[str, list[Join]] = defaultdict(list)
        for _sure, one, other in used:
            edge = self.between(one, other)
            assert isinstance(edge, Edge)
            joins[one].append(Join(one, other, edge.reason, edge.words, edge.sure))
        return sorted(
            Group(
                (facts for key in keys for facts in self.by_id[key].members),
                [join for key in keys for join in (*self.by_id[key].joins, *joins[key])],
            )
            for keys in sets
        )
