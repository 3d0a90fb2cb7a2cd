"""A project and its archived notices: the very words behind each date, and what people put right."""

import httpx
import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from crawler.text import one_line
from tracker.db import reading
from tracker.decisions import project
from tracker.projects import PROJECT, PUBLICATION, VERSION
from tracker.state import ProjectState
from tracker.team.tasks import tasks

from .conftest import Board, Visit

POLICE = "警用车辆"


def deadline_of(board: Board, identity: int) -> str:
    with reading(board.engine) as connection:
        state = ProjectState.model_validate(project(connection, identity).state)
    dates = [each for way in state.proceedings for each in way.milestones if each.kind == "bid_deadline"]
    return dates[-1].words


def test_a_date_shows_the_words_it_was_read_from_and_leads_to_them(board: Board, visit: Visit) -> None:
    identity = board.project(POLICE)
    page = visit(f"/projects/{identity}", "周敏")
    row = page.locator("table.dates tr", has_text="递交截止").first
    words = deadline_of(board, identity)
    assert words in (row.locator("details.evidence").get_attribute("title") or "")
    row.locator("summary").click()
    expect(row.locator(".shown")).to_contain_text(words)
    row.get_by_role("link", name="在公告原文中的位置").click()
    expect(page.locator("mark:target")).to_have_text(words)


def test_stages_are_behind_here_and_ahead(board: Board, visit: Visit) -> None:
    page = visit(f"/projects/{board.project(POLICE)}", "周敏")
    track = page.locator("ol.track").first
    assert track.locator("li.here").count() == 1
    assert track.locator("li.ahead").count() > 1
    places = [each.get_attribute("class") for each in track.locator("li").all()]
    assert places == sorted(places, key=["behind", "here", "ahead"].index)


def test_a_viewer_sees_and_changes_nothing(board: Board, visit: Visit) -> None:
    page = visit(f"/projects/{board.project(POLICE)}", "周敏")
    assert page.locator("article form").count() == 0


def test_a_note_with_a_name_gives_that_colleague_a_task(board: Board, visit: Visit) -> None:
    identity = board.project(POLICE)
    page = visit(f"/projects/{identity}", "李丽")
    page.locator("#notes-of textarea").fill("@赵磊 请确认样车时间 <b>不是标签</b>")
    page.locator("#notes-of button").click()
    expect(page.locator("#notes-of .pre").first).to_have_text("@赵磊 请确认样车时间 <b>不是标签</b>")
    with reading(board.engine) as connection:
        assert any("样车时间" in each.title for each in tasks(connection, owner="赵磊"))


def test_a_task_is_made_and_taken_back(board: Board, visit: Visit) -> None:
    identity = board.project(POLICE)
    page = visit(f"/projects/{identity}", "李丽")
    page.locator("#tasks summary").click()
    page.locator("#tasks input[name=title]").fill("去现场看车")
    page.locator("#tasks button.main").click()
    expect(page.locator("#tasks")).to_contain_text("去现场看车")
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#notes")).to_contain_text("已撤销")
    with reading(board.engine) as connection:
        assert not any(each.title == "去现场看车" for each in tasks(connection, identity=identity))


def test_two_projects_are_joined_and_parted_again(board: Board, visit: Visit) -> None:
    one = board.project(POLICE)
    with reading(board.engine) as connection:
        other = connection.scalar(
            select(PROJECT.c.id).where(PROJECT.c.id != one, PROJECT.c.alias_of.is_(None), PROJECT.c.state_hash != "")
        )
    page = visit(f"/projects/{one}", "李丽")
    before = page.locator("#publications h2").inner_text()
    page.locator("#put-right summary", has_text="同一采购").click()
    page.locator("#put-right input[name=other]").fill(str(other))
    page.locator("#put-right button", has_text="合并").click()
    expect(page.locator("#notes")).to_contain_text("已合并")
    assert page.locator("#publications h2").inner_text() != before
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("#notes")).to_contain_text("已撤销")
    page.goto(f"/projects/{one}")
    expect(page.locator("#publications h2")).to_have_text(before)


def test_a_wrong_value_is_corrected_by_hand_with_a_reason_and_taken_back(board: Board, visit: Visit) -> None:
    identity = board.project(POLICE)
    with reading(board.engine) as connection:
        notice = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == identity))
    page = visit(f"/notices/{notice}", "李丽")
    page.locator("#read summary").click()
    page.locator("#read input[name=value]").fill("2026-12-30 09:30")
    page.locator("#read input[name=reason]").fill("电话确认")
    page.locator("#read button.main").click()
    expect(page.locator("#read")).to_contain_text("电话确认")
    other = visit(f"/projects/{identity}", "周敏")
    expect(other.locator("table.dates tr", has_text="递交截止").first).to_contain_text("12-30")
    page.keyboard.press("u")
    expect(page.locator("#notes")).to_contain_text("已撤销")
    other.reload()
    expect(other.locator("table.dates tr", has_text="递交截止").first).not_to_contain_text("12-30")


def test_h17_what_a_portal_wrote_is_shown_and_never_run(board: Board, visit: Visit) -> None:
    identity = board.project(POLICE)
    evil = '<script>window.hurt=1</script>"><img src=x onerror=window.hurt=1>{{7*7}}'
    with board.engine.begin() as connection:
        connection.execute(update(PUBLICATION).where(PUBLICATION.c.project_id == identity).values(title=evil))
        notice = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == identity))
    page = visit(f"/projects/{identity}", "李丽")
    assert page.evaluate("window.hurt") is None
    expect(page.locator("#publications")).to_contain_text("{{7*7}}")
    page.goto(f"/notices/{notice}")
    assert page.evaluate("window.hurt") is None
    expect(page.locator("h1")).to_have_text(one_line(evil, 1000))


def test_the_original_is_shut_off(board: Board) -> None:
    with reading(board.engine) as connection:
        notice = connection.scalar(select(PUBLICATION.c.id).join(VERSION, VERSION.c.id == PUBLICATION.c.version_id))
    answer = httpx.get(f"{board.url}/notices/{notice}/original", cookies={"chebiao": board.cookie("周敏")})
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox;")
    assert "default-src 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<html" in answer.text.lower()
    assert httpx.get(f"{board.url}/notices/{notice}/original").status_code == 303, "nobody sees it without a session"


@pytest.mark.parametrize("path", ["/projects/999999", "/notices/999999"])
def test_what_is_not_there_is_said(board: Board, path: str) -> None:
    answer = httpx.get(board.url + path, cookies={"chebiao": board.cookie("周敏")})
    assert answer.status_code == 422
    assert "999999" in answer.text


def test_without_javascript_everything_is_there(board: Board, visit: Visit) -> None:
    page = visit(f"/projects/{board.project(POLICE)}", "李丽", java_script_enabled=False)
    page.locator("table.dates summary").first.click()
    expect(page.locator("table.dates .shown").first).to_be_visible()
    page.locator("#notes-of textarea").fill("无脚本也能写")
    page.locator("#notes-of button").click()
    expect(page.locator("#notes-of .pre").first).to_have_text("无脚本也能写")
