"""A reminder is seen by one press of whom it is for: from the lists, from the project, from the mail's link."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tracker.answers import unanswered
from tracker.db import reading
from tracker.decisions import mark
from tracker.reminders import remind

from .conftest import NOW, Board, Client, Visit

PRESS = "知道了"


@pytest.fixture
def reminded(engine: Engine) -> int:
    """The police project, which 李丽 tracks and which people were reminded of this morning."""
    board = Board("", engine, lambda _at: None)
    with engine.begin() as connection:
        assert remind(connection, NOW)
    return board.project("警用车辆购置")


def waits(engine: Engine, project: int) -> bool:
    with reading(engine) as connection:
        return project in unanswered(connection, {project}, {})


def test_the_link_of_a_mail_does_nothing_until_it_is_pressed(client: Client, engine: Engine, reminded: int) -> None:
    """A scanner that opens links acknowledges nothing; the person logs in and presses once."""
    stranger = client().get(f"/projects/{reminded}/seen")
    assert stranger.headers["location"] == f"/login?next=%2Fprojects%2F{reminded}%2Fseen"
    made = client("李丽")
    assert f">{PRESS}</button>" in made.get(f"/projects/{reminded}/seen").text
    assert waits(engine, reminded)
    pressed = made.post(f"/projects/{reminded}/seen", data={"back": f"/projects/{reminded}"})
    assert pressed.headers["location"].startswith(f"/projects/{reminded}?did=")
    assert not waits(engine, reminded)
    assert "已确认提醒" in made.get(pressed.headers["location"]).text
    assert made.post("/undo", data={}).status_code == 303
    assert waits(engine, reminded)


def test_whose_reminder_it_is_not_sees_it_and_cannot_silence_it(client: Client, engine: Engine, reminded: int) -> None:
    for name in ("周敏", "王经理"):
        made = client(name)
        page = made.get(f"/projects/{reminded}").text
        assert "无人确认" in page
        assert f"/projects/{reminded}/seen" in page
        assert f">{PRESS}</button>" not in page
        answer = made.post(f"/projects/{reminded}/seen", data={})
        assert answer.status_code == 422
        assert "李丽" in answer.text
    assert waits(engine, reminded)


def test_a_viewer_who_follows_it_answers_what_is_theirs(client: Client, engine: Engine, reminded: int) -> None:
    with engine.begin() as connection:
        mark(connection, "周敏", reminded, "track")
    answer = client("周敏").post(f"/projects/{reminded}/seen", data={})
    assert answer.status_code == 303
    assert not waits(engine, reminded)


def test_one_key_in_a_list_and_the_way_back(visit: Visit, board: Board, reminded: int) -> None:
    page = visit("/projects", "李丽")
    line = page.locator(f"#p{reminded}")
    line.locator("[data-key=r]").focus()
    page.keyboard.press("r")
    page.locator("[data-note]", has_text="已确认提醒").wait_for()
    assert line.locator(".reminded").count() == 0
    assert not waits(board.engine, reminded)
    page.keyboard.press("u")
    page.locator("[data-note]", has_text="已撤销").wait_for()
    assert waits(board.engine, reminded)


def test_what_is_seen_comes_again_at_the_next_step(engine: Engine, client: Client, reminded: int) -> None:
    client("李丽").post(f"/projects/{reminded}/seen", data={})
    with engine.begin() as connection:
        for hours in range(1, 24 * 5):
            remind(connection, NOW + timedelta(hours=hours))
    assert waits(engine, reminded)
