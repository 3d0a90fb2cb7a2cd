"""Saved pages, each with what must be read from it: `chebiao portal new --contribute` adds to them."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from crawler.page import Page, Row
from crawler.reading import read
from crawler.reading.printed import as_schema

SAMPLES = sorted((Path(__file__).parent / "samples").glob("*/expected.json"))


@pytest.mark.parametrize("expected", SAMPLES, ids=lambda path: path.parent.name)
def test_a_sample_is_read_as_it_was(expected: Path) -> None:
    said = json.loads(expected.read_text(encoding="utf-8"))
    body = (expected.parent / "page.html").read_bytes()
    page = Page(
        portal=said["portal"],
        row=Row.model_validate(said["row"]),
        fetched_at=datetime.fromisoformat(said["fetched_at"]),
        content_type=said["content_type"],
        encoding="utf-8",
        packed=Page.pack(body),
    )
    found = json.loads(json.dumps([as_schema(notice) for notice in read(page)]))
    assert len(found) == len(said["notices"])
    for now, before in zip(found, said["notices"], strict=True):
        assert {name: now[name] for name in before} == before, "what is added to the schema later is no change"


def test_there_is_a_sample_of_each_family_with_a_replica() -> None:
    portals = {json.loads(path.read_text(encoding="utf-8"))["portal"] for path in SAMPLES}
    assert {"ccgp", "ggzy", "zycg"} <= portals
