# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""The reader against the labelled notices of the reference folder, where it is here; thresholds, not exact figures."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

AT_LEAST = {
    "kind": 0.98, "method": 0.98, "project_number": 0.97, "project_name": 0.95, "buyer": 0.97, "agency": 0.97, "budget_yuan": 0.95,
    "ceiling_yuan": 0.95, "documents_from": 0.95, "documents_until": 0.95, "bid_deadline": 0.98, "opening_at": 0.98, "consortium_allowed": 0.95,
    "lots": 0.9, "awards": 0.95, "corrections": 0.95, "terminated_lots": 0.95,
}  # fmt: skip
NEVER_WRONG = ("bid_deadline", "opening_at", "prequalification_deadline")


def score(labels: Path, pages: Path, scorer: Path, folder: Path) -> dict[str, dict[str, float]]:
    read = subprocess.run([sys.executable, "-m", "crawler.reading", str(pages)], capture_output=True, check=True)
    out = folder / "out.jsonl"
    out.write_bytes(read.stdout)
    done = subprocess.run(
        [sys.executable, str(scorer), str(labels), str(out), "--json"], capture_output=True, check=True
    )
    table: dict[str, dict[str, float]] = json.loads(done.stdout)
    return table


@pytest.mark.parametrize("name", [".", "vehicles"])
def test_reference_notices(name: str, shared: Path, tmp_path: Path) -> None:
    gold = shared / "gold"
    table = score(gold / name / "labels.jsonl", gold / name / "pages.jsonl", gold / "score.py", tmp_path)
    low = {
        field: table[field]["f1"]
        for field, least in AT_LEAST.items()
        if table[field]["labelled"] and table[field]["f1"] < least
    }
    assert not low
    assert all(table[field]["precision"] == 1 for field in NEVER_WRONG)
