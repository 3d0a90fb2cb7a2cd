"""The calendar, and what one sets: deliveries, tokens, watches, people."""

from datetime import time

import httpx
from playwright.sync_api import expect

from tracker import watches
from tracker.db import reading
from tracker.team import accounts
from tracker.team.people import person
from tracker.watches import criteria_from

from .conftest import Board, Visit


def test_a_month_holds_what_the_team_follows_and_leads_there(visit: Visit) -> None:
    page = visit("/calendar", "周敏")
    expect(page.locator("td.today .day")).to_contain_text("23")
    followed = page.locator(".entry").count()
    assert followed > 0
    expect(page.locator(".entry.task")).to_contain_text("公告目录截图")
    page.get_by_role("link", name="全部购车招标").click()
    assert page.locator(".entry").count() > followed
    page.locator(".entry.deadline a").first.click()
    expect(page.locator("h1")).not_to_be_empty()
    assert "/projects/" in page.url


def test_days_off_are_those_of_the_calendar(visit: Visit) -> None:
    page = visit("/calendar?day=2026-10-01", "周敏")
    assert page.locator("td.rest", has=page.locator("time[datetime='2026-10-07']")).count() == 1
    expect(page.locator("td", has=page.locator("time[datetime='2026-10-10']"))).to_contain_text("班")
    week = visit("/calendar?day=2026-10-08&view=week", "周敏")
    assert week.locator("tbody td").count() == 7
    assert visit("/calendar?day=nonsense", "周敏").locator("td.today").count() == 1


def test_deliveries_are_kept_and_a_second_change_sees_the_first(board: Board, visit: Visit) -> None:
    first, second = visit("/settings", "李丽"), visit("/settings", "李丽")
    first.locator("input[name=digest_at]").fill("06:45")
    first.locator("input[name=quiet_from]").fill("21:00")
    first.locator("input[name=quiet_to]").fill("07:30")
    first.locator("#me button.main").click()
    expect(first.locator("#notes")).to_contain_text("已保存")
    with reading(board.engine) as connection:
        card = person(connection, "李丽")
    assert (card.digest_at, card.quiet_from) == (time(6, 45), time(21, 0))
    second.locator("input[name=digest_at]").fill("08:00")
    second.locator("#me button.main").click()
    expect(second.locator("main")).to_contain_text("06:45")


def test_a_token_and_a_feed_are_shown_once_and_can_be_revoked(board: Board, visit: Visit) -> None:
    page = visit("/settings", "李丽")
    page.locator("#feed input[name=name]").fill("报表")
    page.get_by_role("button", name="新建接口令牌").click()
    token = page.locator("#secret").inner_text()
    header = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{board.url}/api/v1/sources", headers=header).status_code == 200
    page.goto("/settings")
    assert page.locator("#secret").count() == 0
    page.get_by_role("button", name="吊销").first.click()
    expect(page.locator("#notes")).to_contain_text("已吊销")
    assert httpx.get(f"{board.url}/api/v1/sources", headers=header).status_code == 401
    page.get_by_role("button", name="生成日历地址").click()
    assert httpx.get(page.locator("#secret").inner_text()).text.startswith("BEGIN:VCALENDAR")


def test_a_watch_is_tried_and_paused(board: Board, visit: Visit) -> None:
    with board.engine.begin() as connection:
        watches.add_watch(connection, person(connection, "李丽"), "警车", criteria_from({"vehicles": ["警车"]}))
    page = visit("/settings", "李丽")
    page.get_by_role("button", name="试运行").click()
    expect(page.locator(".tried")).to_contain_text("近 30 天")
    expect(page.locator(".tried")).to_contain_text("警用车辆")
    page.get_by_role("button", name="暂停").click()
    expect(page.locator("#watches")).to_contain_text("已暂停")


def test_an_administrator_invites_and_the_link_opens_an_account(board: Board, visit: Visit) -> None:
    page = visit("/settings", "王经理")
    page.locator("#people form.fields input[name=name]").fill("新同事")
    page.locator("#people form.fields select[name=role]").select_option("bidder")
    page.locator("#people form.fields button").click()
    link = page.locator("#secret").inner_text()
    assert "/setup/" in link
    assert httpx.get(link).status_code == 200
    with reading(board.engine) as connection:
        roles = {each.person.name: each.role for each in accounts.members(connection)}
    assert roles["新同事"] == "bidder"
    assert visit("/settings", "李丽").locator("#people").count() == 0
