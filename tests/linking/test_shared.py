"""Real groups of notices from the reference folder."""

import csv
import json
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tracker.linking.files import link_file

from .world import pairwise_f1

FIELDS = ("id", "url", "portal", "title", "published_at", "text")


def groups(shared: Path) -> list[dict[str, str]]:
    with (shared / "data" / "duplicates.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row | {"id": f"r{at}", "published_at": row["date"]} for at, row in enumerate(rows)]


def linked(tmp_path: Path, rows: list[dict[str, Any]], fields: tuple[str, ...]) -> list[dict[str, Any]]:
    file = tmp_path / "rows.jsonl"
    lines = (json.dumps({field: row[field] for field in fields if field in row}) for row in rows)
    file.write_text("\n".join(lines), encoding="utf-8")
    return list(link_file(file, lambda bad: pytest.fail(str(bad))))


@pytest.mark.parametrize(
    ("fields", "project", "notice"),
    [
        (FIELDS, 0.98, 0.98),
        (("id", "title", "text"), 0.98, 0.98),
        (("id", "portal", "title", "published_at"), 0.90, 0.98),
    ],
    ids=["whole", "no portal, no date", "no text"],
)
def test_pairwise_f1_on_real_groups(
    shared: Path, tmp_path: Path, fields: tuple[str, ...], project: float, notice: float
) -> None:
    rows = groups(shared)
    lines = linked(tmp_path, rows, fields)
    projects = {row["id"]: row["group"] for row in rows}
    notices = {row["id"]: row["group"] + row["notice"] for row in rows}
    assert pairwise_f1(projects, {line["id"]: line["project"] for line in lines}) >= project
    assert pairwise_f1(notices, {line["id"]: line["notice"] for line in lines}) >= notice


def test_no_false_join_over_all_real_and_constructed_notices(shared: Path, tmp_path: Path) -> None:
    """Everything together: whatever stands in one project names one number, or one subject."""
    rows: list[dict[str, Any]] = list(groups(shared))
    labels: dict[str, dict[str, Any]] = {}
    for folder in (shared / "gold", shared / "gold" / "vehicles"):
        rows += map(json.loads, (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines())
        labels |= {row["id"]: row for row in map(json.loads, (folder / "labels.jsonl").read_text("utf-8").splitlines())}
    known = {row["id"]: row for row in rows}
    projects: dict[str, list[str]] = {}
    for line in linked(tmp_path, rows, FIELDS):
        projects.setdefault(line["project"], []).append(line["id"])
    for members in projects.values():
        groups_met = {known[key]["group"] for key in members if "group" in known[key]}
        assert len(groups_met) <= 1, members
        numbers = {labels[key]["project_number"] for key in members if key in labels} - {None}
        assert len(numbers) <= 1, members
        # A labelled notice joins another only with its number, or where it is the very copy of a captured row.
        titled = {known[key]["title"] for key in members if key in labels}
        assert len(titled) <= 1 or numbers, members
    assert sum(len(members) for members in projects.values()) == len(rows)
    assert len(set(chain.from_iterable(projects.values()))) == len(rows)
