"""Checklists of real pages: the demo's invented notices and short ones, taken in as a poll would."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from crawler.clock import SHANGHAI
from crawler.page import Page
from demo.notices import world
from demo.sample import Sample
from tests.tracker.pages import page_of
from tracker.checklist import Checklist, build
from tracker.db import open_database, reading
from tracker.intake import take_page
from tracker.projects import PROJECT

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
"""A Friday; no holiday follows before the new year."""


@cache
def _samples() -> dict[str, Sample]:
    return {sample.slug: sample for sample in world(TODAY)}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    """An empty database on SQLite; what differs on PostgreSQL is tested with the fixture `database`."""
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    yield engine
    engine.dispose()


Listed = Callable[..., Checklist]


@pytest.fixture
def listed(store: Engine) -> Listed:
    """The checklist of the newest project after taking in samples (by slug) or pages."""

    def make(*pages: str | Page, now: datetime = NOW) -> Checklist:
        for each in pages:
            take_page(store, page_of(_samples()[each]) if isinstance(each, str) else each)
        with reading(store) as connection:
            newest = connection.scalar(select(func.max(PROJECT.c.id)).where(PROJECT.c.alias_of.is_(None)))
            return build(connection, newest or 0, now)

    return make


@pytest.fixture
def samples() -> dict[str, Sample]:
    return _samples()
