"""A tender with people who work on it, frozen on 2026-11-20 09:00 Beijing time."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy import Engine

from crawler.clock import SHANGHAI
from tests.tracker.pages import tender
from tracker import decisions
from tracker.intake import take_page
from tracker.people import add_person

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=SHANGHAI)
ENTITY = "远江示例汽车销售有限公司"
OTHER = "柳河示例汽车贸易有限公司"


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def project(database: Engine) -> int:
    """An open tender that 王小明 tracks; the deadline is 2026-12-03 09:30."""
    take_page(database, tender())
    with database.begin() as connection:
        for name in ("王小明", "李经理"):
            add_person(connection, name, None, NOW)
        decisions.mark(connection, "王小明", 1, "track")
    return 1
