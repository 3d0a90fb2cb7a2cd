"""What changed between two versions of a document, requirement by requirement. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from crawler.text import comparison_key
from tracker.documents.model import Requirement

ALIKE = 0.62
"""Share of words in common from which two clauses are one that changed."""
ALIKE_WITH_LABEL = 0.15
"""The same where both are about the same thing: the same parameter, the same numbered point."""


@dataclass(frozen=True)
class Changed:
    before: Requirement
    after: Requirement


@dataclass(frozen=True)
class Difference:
    added: tuple[Requirement, ...] = ()
    changed: tuple[Changed, ...] = ()
    dropped: tuple[Requirement, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.dropped)


def difference(old: Sequence[Requirement], new: Sequence[Requirement]) -> Difference:
    """Requirements of one version beside those of the next; what merely moved is no difference."""
    before = {each.key: each for each in old}
    after = {each.key: each for each in new}
    gone = [each for key, each in before.items() if key not in after]
    come = [each for key, each in after.items() if key not in before]
    pairs = dict(_pairs(gone, come))
    taken = set(pairs.values())
    return Difference(
        added=tuple(each for n, each in enumerate(come) if n not in taken),
        changed=tuple(Changed(gone[a], come[b]) for a, b in sorted(pairs.items(), key=lambda pair: pair[1])),
        dropped=tuple(each for n, each in enumerate(gone) if n not in pairs),
    )


def with_history(old: Sequence[Requirement], new: Sequence[Requirement]) -> list[Requirement]:
    """The new requirements, each changed one with the key it had before, so that work on it can follow."""
    was = {each.after.key: each.before.key for each in difference(old, new).changed}
    return [replace(each, replaces=was.get(each.key, "")) for each in new]


def read_otherwise(old: Sequence[Requirement], new: Sequence[Requirement]) -> list[Requirement]:
    """The requirements of a version that is read anew: the same words of another kind, lot or mark keep their work."""
    known, found = {each.key: each.replaces for each in old}, {each.key for each in new}
    was: dict[str, str] = {}
    for each in old:
        if each.key not in found:
            was.setdefault(comparison_key(each.words), each.key)
    return [
        replace(each, replaces=each.replaces or known.get(each.key) or was.get(comparison_key(each.words), ""))
        for each in new
    ]


def _pairs(gone: Sequence[Requirement], come: Sequence[Requirement]) -> Iterator[tuple[int, int]]:
    """The likeliest pairs first, each requirement in one pair at most. Only the same kind and lot can be a pair."""
    places: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for b, each in enumerate(come):
        places[each.kind, each.lot].append(b)
    scored = [
        (score, a, b)
        for a, one in enumerate(gone)
        for b in places[one.kind, one.lot]
        if (score := _alike(one, come[b])) > 0
    ]
    left, right = set(range(len(gone))), set(range(len(come)))
    for _score, a, b in sorted(scored, key=lambda each: (-each[0], each[1], each[2])):
        if a in left and b in right:
            left.discard(a)
            right.discard(b)
            yield a, b


def _alike(one: Requirement, other: Requirement) -> float:
    """How sure it is that one became the other; 0 where it is not."""
    matcher = SequenceMatcher(None, comparison_key(one.words), comparison_key(other.words), autojunk=False)
    same_thing = bool(one.label) and comparison_key(one.label) == comparison_key(other.label)
    same_point = one.place.section == other.place.section and one.topic == other.topic
    least = ALIKE_WITH_LABEL if same_thing else ALIKE
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    ratio = matcher.ratio()
    return ratio + same_thing + 0.5 * same_point if ratio >= least else 0.0
