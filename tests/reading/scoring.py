"""Scores what a reader printed against labels, field by field.

The measure is that of the labelled sets it is used on: per field, precision is right values / values given and
recall is right values / values labelled. What neither has counts nowhere; a value where the label is null counts
against precision. Rows are matched by `id`; a page with several notices (an intention table) has several rows of
one id, matched in their order.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

Row = Mapping[str, Any]
Values = frozenset[Any]

MONEY = ("budget_yuan", "ceiling_yuan", "deposit_yuan")
TIMES = ("documents_until", "bid_deadline", "opening_at", "prequalification_deadline")
IN_CORRECTIONS = frozenset({"documents_from", "documents_until", "bid_deadline", "opening_at", "lots", "awards"})
"""Not judged in a correction: its values stand under `corrections`."""


def folded(text: str) -> str:
    """Width, brackets, dashes, case and white space made equal."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = text.translate(str.maketrans("—–―‐−〔〕【】〈〉[]", "-----()()()()"))
    return re.sub(r"\s+", "", text).strip("。.,;:、")


def _text(raw: Any) -> Any:
    return None if raw in (None, "") else folded(str(raw))


def _money(raw: Any) -> Any:
    return None if raw is None else round(float(raw), 2)


def _deposit(raw: Any) -> Any:
    return _money(raw) or None  # "0元" says as little as silence


def _minute(raw: Any) -> Any:
    return None if raw in (None, "") else str(raw).replace(" ", "T")[:16]


def _day(raw: Any) -> Any:
    return None if raw in (None, "") else str(raw)[:10]


def _truth(raw: Any) -> Any:
    return raw


def _purchase(raw: Any) -> Any:
    return None if raw == "review" else raw  # a person is asked: neither right nor wrong


def _lot(raw: Any) -> Any:
    """`第03包` and `3` are one lot."""
    text = _text(raw)
    digits = re.search(r"\d+", text) if text else None
    return str(int(digits.group())) if digits else text


def _lots(rows: Iterable[Row]) -> Values:
    return frozenset((_lot(row.get("no")), _money(row.get("budget_yuan"))) for row in rows)


def _awards(rows: Iterable[Row]) -> Values:
    return frozenset((_text(row.get("supplier")), _money(row.get("amount_yuan"))) for row in rows)


def _corrections(rows: Iterable[Row]) -> Values:
    """Known fields only: what `other` stands for is words, and no two readers cut words alike."""

    def change(row: Row) -> tuple[Any, ...]:
        form = _money if row["field"] in MONEY else _minute
        return row["field"], form(row.get("before")), form(row.get("after"))

    return frozenset(change(row) for row in rows if row["field"] != "other")


def _items(rows: Iterable[Row]) -> Values:
    return frozenset((_text(row.get("name")), _money(row.get("quantity"))) for row in rows)


SCALARS: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("kind", "method", "project_number", "project_name", "buyer", "agency"), _text),
    "budget_yuan": _money,
    "ceiling_yuan": _money,
    "deposit_yuan": _deposit,
    "documents_from": _day,
    **dict.fromkeys(TIMES, _minute),
    "consortium_allowed": _truth,
    "vehicle_purchase": _purchase,
}
LISTS: dict[str, Callable[[Iterable[Any]], Values]] = {
    "lots": _lots,
    "awards": _awards,
    "corrections": _corrections,
    "terminated_lots": lambda rows: frozenset(_lot(row) for row in rows),
    "items": _items,
    "conflicts": lambda rows: frozenset(_text(row) for row in rows),
}
FIELDS = (*SCALARS, *LISTS)


def values(name: str, row: Row) -> Values:
    """What `row` says of a field, comparable."""
    if name in SCALARS:
        value = SCALARS[name](row.get(name))
        return frozenset() if value is None else frozenset({value})
    return LISTS[name](row.get(name) or ())


def judged(name: str, label: Row) -> bool:
    """Whether a label says anything about the field, be it that the page prints nothing."""
    if label["kind"] == "correction" and name in IN_CORRECTIONS:
        return False
    return label.get("method") is not None if name == "method" else name in label


@dataclass
class Score:
    right: int = 0
    given: int = 0
    wanted: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.given if self.given else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def by_id(rows: Iterable[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["id"], []).append(row)
    return grouped


def score(name: str, labels: Iterable[Row], notices: Iterable[Row]) -> Score:
    """One field over all labels. A notice read twice from one page counts its values as surplus."""
    total, nothing = Score(), dict[str, Any]()
    read = by_id(notices)
    for key, wanted_rows in by_id(labels).items():
        if not judged(name, wanted_rows[0]):
            continue
        for label, notice in zip_longest(wanted_rows, read.get(key, ()), fillvalue=nothing):
            want, got = values(name, label), values(name, notice)
            total.right += len(want & got)
            total.given += len(got)
            total.wanted += len(want)
            if want != got:
                total.differences.append(f"{key} {name}: want {sorted(map(str, want))} got {sorted(map(str, got))}")
    return total
