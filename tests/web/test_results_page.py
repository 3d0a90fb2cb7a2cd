"""Results: counted, drawn, listed, filtered, and taken away as a file a spreadsheet cannot be tricked by."""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from playwright.sync_api import expect
from sqlalchemy import update

from tracker.projects import AWARD
from tracker.web.charts import over_time

from .conftest import NOW, Board, Visit


@pytest.fixture
def client(board: Board) -> Callable[[str], httpx.Response]:
    cookie = board.cookie("李丽")
    return lambda path: httpx.get(board.url + path, cookies={"chebiao": cookie}, follow_redirects=False)


def test_wins_are_counted_drawn_and_lead_to_their_projects(visit: Visit) -> None:
    page = visit("/results", "周敏")
    rows = page.locator("table.wins tbody tr")
    assert rows.count() > 2
    marks = page.locator("svg.chart .mark")
    assert marks.count() > 0
    first = page.locator(".results-grid tbody th a").first
    name = first.inner_text()
    first.click()
    expect(page.locator("table.wins tbody tr td:nth-child(2)").first).to_have_text(name)
    assert set(page.locator("table.wins tbody tr td:nth-child(2)").all_inner_texts()) == {name}


def test_of_many_prices_the_newest_are_marked_each_with_its_own_project(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit("/results?span=all", "周敏")
    every = page.locator("svg.chart a").evaluate_all("marks => marks.map(each => each.textContent + each.href.baseVal)")
    assert len(every) > 2
    monkeypatch.setattr("tracker.web.pages.results.MARKS", 2)
    page.reload()
    marked = page.locator("svg.chart a").evaluate_all(
        "marks => marks.map(each => each.textContent + each.href.baseVal)"
    )
    assert marked == every[-2:]
    expect(page.locator("main")).to_contain_text(f"共 {len(every)} 条")


def test_an_unknown_region_or_type_is_named_with_what_to_write(client: Callable[[str], httpx.Response]) -> None:
    for path, word in (("/results?region=瓦坎达", "瓦坎达"), ("/results?vehicle=飞碟", "飞碟")):
        answer = client(path)
        assert answer.status_code == 422
        assert word in answer.text


def test_h19_files_hold_text_as_text(board: Board, client: Callable[[str], httpx.Response]) -> None:
    evil = '=HYPERLINK("http://x","y")'
    with board.engine.begin() as connection:
        connection.execute(update(AWARD).values(supplier=evil))
    rows = list(csv.reader(io.StringIO(client("/results.csv?span=all").content.decode("utf-8-sig"))))
    assert len(rows) > 2
    assert {row[5] for row in rows[1:]} == {f"'{evil}"}
    answer = client("/results.xlsx?span=all")
    assert "attachment" in answer.headers["content-disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    cells = [row[5] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == {evil}
    assert {cell.data_type for cell in cells} == {"s"}


moments = st.integers(0, 10 * 365 * 24).map(lambda hours: NOW - timedelta(hours=hours))


@given(st.lists(st.tuples(moments, st.floats(0.01, 1e6)), min_size=1, max_size=40))
def test_every_mark_lies_inside_its_chart(given_points: list[tuple[datetime, float]]) -> None:
    chart = over_time(given_points)
    assert chart is not None
    assert len(chart.marks) == len(given_points)
    for mark in chart.marks:
        assert 0 <= mark.x <= chart.width
        assert 0 <= mark.y <= chart.height
    assert chart.across
    assert len(chart.upward) <= 8


def test_higher_prices_stand_higher_and_later_ones_further_right() -> None:
    chart = over_time([(NOW, 10.0), (NOW + timedelta(days=200), 20.0)])
    assert chart is not None
    first, second = chart.marks
    assert first.x < second.x
    assert first.y > second.y
    assert over_time([]) is None
