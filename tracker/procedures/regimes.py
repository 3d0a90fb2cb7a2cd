"""Which law a purchase is under, from evidence (`config/procedures/regimes.yaml`). Never from the portal alone."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from tracker.procedures.law import Named, Regime, file_named, files_now
from tracker.workdays import Row

Place = Literal["title", "text", "buyer", "portal"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class RegimeName(Named):
    id: Regime


class Signal(Row):
    id: str
    regime: Regime
    points: int = Field(gt=0)
    place: Place = Field(alias="in")
    pattern: Pattern
    company: bool | None = None
    """Counts only where the buyer is (true) or is not (false) a company."""


class Nature(Named):
    """A kind of purchase that the law treats apart, and the words of a notice that say so."""

    id: Literal["emergency", "mandatory"]
    pattern: Pattern
    but: Pattern = "$^"
    """Around a match these words take it back."""

    def words_in(self, title: str, text: str) -> str:
        """The words that say so; empty where none do."""
        for part in (title, text):
            for match in re.finditer(self.pattern, part):
                if not re.search(self.but, part[max(0, match.start() - 12) : match.end() + 4]):
                    return match.group()
        return ""


class Signals(Row):
    regimes: tuple[RegimeName, ...]
    natures: tuple[Nature, ...] = ()
    company: Pattern
    margin: int
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class Found:
    """One signal with the words that gave it."""

    signal: Signal
    words: str
    start: int


@dataclass(frozen=True)
class RegimeFinding:
    """The regime the evidence points to; None where it is silent, too close, or the portal alone speaks."""

    regime: Regime | None
    points: Mapping[Regime, int]
    evidence: tuple[Found, ...]
    """The strongest first."""


def load_signals() -> Signals:
    """The signals in force. ConfigurationError names file, line and fix."""
    return _signals(files_now())


def regime_of(
    text: str, *, title: str = "", buyer: str = "", portal: str = "", signals: Signals | None = None
) -> RegimeFinding:
    """Weigh the signals in a purchase's texts (of all its notices, joined), its title, buyer and portal.

    A signal counts once, however often it stands there. `signals` spares looking at the file again.
    """
    rules = signals or load_signals()
    places: dict[Place, str] = {"title": title, "text": text, "buyer": buyer, "portal": portal}
    company = bool(buyer) and re.search(rules.company, buyer.strip()) is not None
    found = []
    for signal in rules.signals:
        match = re.search(signal.pattern, places[signal.place])
        if match and signal.company in (None, company):
            found.append(Found(signal, match.group(), match.start()))
    found.sort(key=lambda each: -each.signal.points)
    points: Counter[Regime] = Counter()
    for each in found:
        points[each.signal.regime] += each.signal.points
    ranked = [*points.most_common(2), (None, 0), (None, 0)]
    clear = ranked[0][1] - ranked[1][1] >= rules.margin
    spoken = any(each.signal.place != "portal" and each.signal.regime == ranked[0][0] for each in found)
    return RegimeFinding(ranked[0][0] if clear and spoken else None, dict(points), tuple(found))


@cache
def _signals(files: tuple[tuple[Path, int], ...]) -> Signals:
    return file_named(files, "regimes", Signals)
