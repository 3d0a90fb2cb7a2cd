"""What goes along with a digest until the board has an address."""

from io import BytesIO

import pytest
from handmade import NOW, World, busy_day, date, full_day
from openpyxl import load_workbook
from test_digest_content import HOSTILE, made

from tracker.digest import Digest
from tracker.digest.workbook import workbook
from tracker.i18n import language


@pytest.fixture
def monday(world: World) -> Digest:
    return made(world, full_day(world))


def rows(content: bytes, sheet: str) -> list[list[object]]:
    book = load_workbook(BytesIO(content))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=2)]
