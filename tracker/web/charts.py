"""Charts as numbers for SVG: where marks, lines and labels stand. Templates draw them; nothing runs in the browser.

Lengths are in the units of the viewBox; y grows downward. A colour never says something alone: every mark has words.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from crawler.clock import SHANGHAI

LEFT, RIGHT, TOP, BOTTOM = 64, 12, 10, 26
"""Room for the labels around the plot."""
LABELS = 8
"""Along the time axis, at most."""


@dataclass(frozen=True)
class Mark:
    """A point, with its place among those that are marked."""

    x: float
    y: float
    place: int


@dataclass(frozen=True)
class Tick:
    at: float
    words: str


@dataclass(frozen=True)
class OverTime:
    """Amounts over time, each a mark, with the median of each month as a line."""

    width: int
    height: int
    marks: tuple[Mark, ...]
    months: tuple[tuple[float, float], ...]
    across: tuple[Tick, ...]
    upward: tuple[Tick, ...]

    @property
    def line(self) -> str:
        """The points of a polyline."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.months)


def over_time(
    given: Sequence[tuple[datetime, float]], *, marked: int | None = None, width: int = 620, height: int = 260
) -> OverTime | None:
    """A chart of (instant, amount); None where there is nothing to draw. Amounts start at 0.

    Only the last `marked` of them get a mark each; the line is of all.
    """
    if not given:
        return None
    first, last = min(at for at, _ in given), max(at for at, _ in given)
    span = max((last - first).total_seconds(), 86400.0)
    step = _nice(max(amount for _, amount in given) / 4)
    top = step * max(1, math.ceil(max(amount for _, amount in given) / step))

    def x(at: datetime) -> float:
        return round(LEFT + (width - LEFT - RIGHT) * (at - first).total_seconds() / span, 1)

    def y(amount: float) -> float:
        return round(height - BOTTOM - (height - TOP - BOTTOM) * amount / top, 1)

    by_month: dict[tuple[int, int], list[tuple[datetime, float]]] = {}
    for at, amount in given:
        here = at.astimezone(SHANGHAI)
        by_month.setdefault((here.year, here.month), []).append((at, amount))
    months = []
    for _month, each in sorted(by_month.items()):
        days = [at for at, _ in each]
        middle = min(days) + (max(days) - min(days)) / 2
        months.append((x(middle), y(median(amount for _, amount in each))))
    return OverTime(
        width=width,
        height=height,
        marks=tuple(
            Mark(x(at), y(amount), place) for place, (at, amount) in enumerate(given[-(marked or len(given)) :])
        ),
        months=tuple(months),
        across=tuple(_ticks(first, last, x)),
        upward=tuple(Tick(y(step * n), f"{step * n:g}") for n in range(round(top / step) + 1)),
    )


def _nice(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is no smaller."""
    if least <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(n * power for n in (1, 2, 2.5, 5, 10) if n * power >= least * 0.999_999)


def _ticks(first: datetime, last: datetime, x: Callable[[datetime], float]) -> Iterator[Tick]:
    """First days of months inside the time shown; where it is shorter, its first day."""
    begin, end = first.astimezone(SHANGHAI), last.astimezone(SHANGHAI)
    starts = [
        datetime(n // 12, n % 12 + 1, 1, tzinfo=SHANGHAI)
        for n in range(begin.year * 12 + begin.month, end.year * 12 + end.month)
    ]
    for each in starts[:: max(1, math.ceil(len(starts) / LABELS))]:
        yield Tick(x(each), f"{each:%Y-%m}")
    if not starts:
        yield Tick(x(first), f"{begin:%Y-%m-%d}")
