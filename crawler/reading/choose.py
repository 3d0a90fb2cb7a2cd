"""From many places to one value: precedence, agreement, conflict."""

from collections.abc import Callable, Iterable
from typing import Generic, NamedTuple, TypeVar

from crawler.notice import Conflict, Evidence, Reading

T = TypeVar("T")


class Candidate(NamedTuple, Generic[T]):
    """One place that prints a value. The lower the rank, the more it counts."""

    value: T
    evidence: Evidence
    rank: int
    votes: bool = True
    """False where the place may print less or something narrower without contradicting (a day for a minute)."""


def choose(
    field: str,
    candidates: Iterable[Candidate[T]],
    plain: Callable[[T], str],
    lot: str | None = None,
    same: Callable[[T, T], bool] | None = None,
) -> tuple[Reading[T] | None, Conflict | None]:
    """The value of best rank with the evidence of all that agree, and a conflict where others differ.

    `plain` writes a value as text for the conflict; `same` says which values do not contradict each other.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.rank)
    if not ordered:
        return None, None
    best = ordered[0]
    equal = same or (lambda one, two: one == two)
    agreeing = [candidate for candidate in ordered if equal(best.value, candidate.value)]
    differing = [candidate for candidate in ordered if candidate.votes and not equal(best.value, candidate.value)]
    places = len({(candidate.evidence.start, candidate.evidence.source) for candidate in agreeing})
    base = {0: 0.95, 1: 0.9, 2: 0.85}.get(best.rank, 0.7)
    confidence = min(0.99, base + 0.02 * (places - 1))
    conflict = None
    if differing:
        confidence = min(confidence, 0.5)
        groups: dict[str, list[Evidence]] = {plain(best.value): [c.evidence for c in agreeing]}
        for candidate in differing:
            groups.setdefault(plain(candidate.value), []).append(candidate.evidence)
        conflict = Conflict(field, tuple(Reading(words, tuple(places_), 0.5) for words, places_ in groups.items()), lot)
    evidence = tuple(dict.fromkeys(candidate.evidence for candidate in agreeing))
    return Reading(best.value, evidence, confidence), conflict
