"""How well requirements are found: those expected, listed by hand beside each document, against those extracted."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from crawler.text import comparison_key
from tracker.documents.model import Requirement

HERE = Path(__file__).parent / "tenders"
Key = tuple[str, str, str, str, int | None, int | None]
"""Kind, mark, lot, words, hundredths of points, hundredths of CNY."""


def expected(name: str) -> list[Key]:
    """`[kind, mark, lot, words, {points, yuan}]`, one row a requirement."""
    rows = yaml.safe_load((HERE / f"{name}.yaml").read_text(encoding="utf-8"))
    return [_key(*row) for row in rows]


def _key(kind: str, mark: str, lot: str, words: str, more: dict[str, float] | None = None) -> Key:
    points, yuan = (more or {}).get("points"), (more or {}).get("yuan")
    worth = (round(points * 100) if points is not None else None, round(yuan * 100) if yuan is not None else None)
    return kind, mark, lot, comparison_key(words), *worth


def found(requirements: Sequence[Requirement]) -> list[Key]:
    return [(r.kind, r.mark, r.lot, comparison_key(r.words), r.points, r.amount) for r in requirements]


@dataclass(frozen=True)
class Score:
    precision: float
    recall: float
    missed: tuple[Key, ...]
    extra: tuple[Key, ...]


def score(wanted: Sequence[Key], got: Sequence[Key]) -> Score:
    """Each expected requirement is found once or missed; everything else that was found is too much."""
    want, have = Counter(wanted), Counter(got)
    hits = sum((want & have).values())
    missed, extra = tuple((want - have).elements()), tuple((have - want).elements())
    return Score(hits / len(got) if got else 0.0, hits / len(wanted), missed, extra)
