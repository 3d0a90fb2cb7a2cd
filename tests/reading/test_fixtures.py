"""The reader against the project's own labelled notices (tests/fixtures/README.md)."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from scoring import FIELDS, TIMES, Row, score

pytestmark = pytest.mark.xdist_group("reading-fixtures")  # one worker builds what all of them use

NOTICES = Path(__file__).resolve().parents[1] / "fixtures" / "notices"
SETS = ("corrections", "vehicles", "others", "layouts", "second", "third", "fourth", "fifth", "sixth", "seventh")
NEVER_WRONG = ("bid_deadline", "opening_at")
READ = [name for name in FIELDS if name != "vehicle_purchase"]
"""What is bought is judged by the room of relevance, with these same labels."""


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read(paths: list[Path]) -> list[dict[str, Any]]:
    """What `python -m crawler.reading FILE...` prints, as a user would call it."""
    command = [sys.executable, "-m", "crawler.reading", *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def saved_pages() -> list[Path]:
    return sorted((NOTICES / "html").glob("*.html"))


@pytest.fixture(scope="module")
def notices() -> list[Row]:
    listed: list[Row] = [*read([NOTICES / f"{name}.jsonl" for name in SETS])]
    return listed + [{**row, "id": f"{row['id']}.html"} for row in read(saved_pages())]


@pytest.fixture(scope="module")
def labels() -> list[Row]:
    listed: list[Row] = [row for name in SETS for row in lines(NOTICES / f"{name}.labels.jsonl")]
    return listed + lines(NOTICES / "html" / "labels.jsonl")


@pytest.mark.parametrize("name", READ)
def test_the_reader_finds_what_the_labels_say(name: str, labels: list[Row], notices: list[Row]) -> None:
    found = score(name, labels, notices)
    assert found.f1 >= 0.95, "\n".join([f"{name}: F1 {found.f1:.3f}", *found.differences])


@pytest.mark.parametrize("name", NEVER_WRONG)
def test_a_date_to_bid_by_is_never_wrong(name: str, labels: list[Row], notices: list[Row]) -> None:
    found = score(name, labels, notices)
    assert found.precision == 1.0, "\n".join(found.differences)


@pytest.mark.parametrize("name", SETS)
def test_every_page_has_a_label_and_says_that_it_is_constructed(name: str) -> None:
    written, labelled = lines(NOTICES / f"{name}.jsonl"), lines(NOTICES / f"{name}.labels.jsonl")
    assert [page["id"] for page in written] == list(dict.fromkeys(label["id"] for label in labelled))
    for page in written:
        assert re.match(r"https?://[\w.-]+\.example\.cn/", page["url"]), page["url"]
        assert not re.search(r"(?<!\w)1[3-9]\d{9}(?!\d)|0\d{2,3}-[1-9]\d{6,7}", page["text"]), (
            f"{page['id']} has a telephone"
        )


def test_every_saved_page_has_a_label() -> None:
    assert {page.name for page in saved_pages()} == {row["id"] for row in lines(NOTICES / "html" / "labels.jsonl")}


def test_labelled_times_are_times(labels: list[Row]) -> None:
    shape = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2})?")
    for label in labels:
        printed = [label[name] for name in ("documents_from", *TIMES)]
        printed += [row[side] for row in label["corrections"] for side in ("before", "after") if row["field"] in TIMES]
        assert all(value is None or shape.fullmatch(value) for value in printed), label["id"]


class TestScoring:
    """The measure itself, on answers whose score is known."""

    label = {
        "id": "a",
        "kind": "tender",
        "bid_deadline": "2026-12-15T09:30",
        "lots": [{"no": "1", "budget_yuan": 10}, {"no": "2", "budget_yuan": None}],
        "buyer": "澄溪县（本级）公安局",
    }

    def test_equal_but_for_width_and_form_is_right(self) -> None:
        notice = {
            "id": "a",
            "kind": "tender",
            "bid_deadline": "2026-12-15 09:30:00",
            "lots": [{"no": "第02包"}, {"no": "1", "budget_yuan": 10.0}],
            "buyer": "澄溪县(本级) 公安局",
        }
        for name in ("kind", "bid_deadline", "lots", "buyer"):
            assert score(name, [self.label], [notice]).f1 == 1.0, name

    def test_a_wrong_value_costs_precision_and_a_missing_one_recall(self) -> None:
        wrong = score("bid_deadline", [self.label], [{"id": "a", "bid_deadline": "2026-12-15T10:00"}])
        assert (wrong.precision, wrong.recall) == (0.0, 0.0)
        assert "a bid_deadline" in wrong.differences[0]
        missing = score("bid_deadline", [self.label], [])
        assert (missing.precision, missing.recall) == (1.0, 0.0)

    def test_a_value_where_the_page_prints_none_costs_precision(self) -> None:
        silent = {**self.label, "bid_deadline": None}
        assert score("bid_deadline", [silent], [self.label]).precision == 0.0

    def test_a_field_the_set_does_not_label_is_not_judged(self) -> None:
        assert score("items", [self.label], [{"id": "a", "items": [{"name": "车", "quantity": 1}]}]).given == 0

    def test_rows_of_one_page_are_matched_in_their_order(self) -> None:
        two = [{"id": "b", "kind": "intention", "budget_yuan": sum_} for sum_ in (1, 2)]
        assert score("budget_yuan", two, two).right == 2
        assert score("budget_yuan", two, two[::-1]).right == 0
        assert score("budget_yuan", two, [*two, {"id": "b", "budget_yuan": 3}]).precision == pytest.approx(2 / 3)

    def test_a_change_of_another_field_and_the_dates_of_a_correction_are_not_judged(self) -> None:
        change = {"field": "budget_yuan", "before": 1, "after": 2}
        label = {"id": "c", "kind": "correction", "corrections": [{"field": "other"}, change]}
        notice = {**label, "bid_deadline": "2026-12-15", "corrections": [change]}
        assert score("corrections", [label], [notice]).f1 == 1.0
        assert score("bid_deadline", [label], [notice]).given == 0
