"""What the tests of the board share: an invented world read once, a board that serves a copy of it, one browser."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from crawler.clock import SHANGHAI, now
from demo.notices import world
from tests.tracker.pages import page_of
from tracker.db import open_database, reading
from tracker.decisions import mark
from tracker.intake import take_page
from tracker.projects import PROJECT
from tracker.router import route
from tracker.settings import Settings
from tracker.team import accounts
from tracker.team.notes import add_note
from tracker.team.people import add_person, person
from tracker.team.tasks import add_task
from tracker.web.app import Web, create_app
from tracker.web.csrf import token_of

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
"""A Monday morning."""
PASSWORD = "vier Räder und ein Lenkrad"
PEOPLE = {"王经理": "admin", "赵磊": "lead", "李丽": "bidder", "周敏": "viewer"}
OTHERS = 12
"""Notices of the world that buy no vehicles, besides all that do."""


@pytest.fixture(scope="session")
def world_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the notices of the demo's world, four people, and what they have done so far."""
    path = tmp_path_factory.mktemp("world") / "chebiao.sqlite"
    engine = open_database(f"sqlite:///{path}")
    samples = sorted(world(NOW.date()), key=lambda each: each.published)
    others = [each for each in samples if each.slug.startswith("other-")][-OTHERS:]
    with pytest.MonkeyPatch.context() as patch:
        _at(patch, NOW - timedelta(days=3))
        with engine.begin() as connection:
            for name, role in PEOPLE.items():
                add_person(connection, name, f"{role}@example.cn", now(), digest_days="daily")
                accounts.set_role(connection, name, role)
                accounts.set_password(connection, person(connection, name), PASSWORD, now())
        for sample in samples:
            if not sample.slug.startswith("other-") or sample in others:
                take_page(engine, page_of(sample))
        with engine.begin() as connection:
            ids = {row.name: row.id for row in connection.execute(select(PROJECT.c.id, PROJECT.c.name))}
            police = next(ids[name] for name in ids if "警用车辆" in name)
            mark(connection, "李丽", police, "track")
            add_note(connection, "李丽", police, "已与经办人确认：样车须到场。")
            add_task(connection, "李丽", "准备警用车辆公告目录截图", identity=police, due=NOW + timedelta(hours=9))
            route(connection, now())
    engine.dispose()
    return path


def _at(patch: pytest.MonkeyPatch, instant: datetime) -> None:
    patch.setenv("CHEBIAO_NOW", instant.isoformat())


@dataclass
class Board:
    """A running board."""

    url: str
    engine: Engine
    at: Callable[[datetime], None]
    """Set its clock."""

    def cookie(self, name: str) -> str:
        """A session of a person, without the login form."""
        with self.engine.begin() as connection:
            return accounts.start_session(connection, person(connection, name).id, now())

    def project(self, words: str) -> int:
        """The id of the project whose name holds the words."""
        with reading(self.engine) as connection:
            living = select(PROJECT.c.id).where(PROJECT.c.name.contains(words), PROJECT.c.alias_of.is_(None))
            return int(connection.execute(living).scalars().first() or 0)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The clock stands on the Monday morning; call it to move on."""
    _at(monkeypatch, NOW)
    return lambda instant: _at(monkeypatch, instant)


@pytest.fixture
def engine(world_file: Path, tmp_path: Path, frozen: Callable[[datetime], None]) -> Iterator[Engine]:
    """A copy of the world."""
    copy = tmp_path / "chebiao.sqlite"
    shutil.copy(world_file, copy)
    made = open_database(f"sqlite:///{copy}")
    yield made
    made.dispose()


@pytest.fixture
def board(engine: Engine, frozen: Callable[[datetime], None]) -> Iterator[Board]:
    """The board on a port of loopback."""
    web = Web(engine, Settings(), port=0)
    thread = threading.Thread(target=web.run, daemon=True)
    thread.start()
    yield Board(web.url, engine, frozen)
    web.stop()
    thread.join(10)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, once for all tests."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine (apt install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield running
        running.close()


Client = Callable[..., TestClient]


@pytest.fixture
def client(engine: Engine) -> Client:
    """`client("李丽")` has a session; its `csrf` header fits."""

    def make(name: str | None = None, **headers: str) -> TestClient:
        made = TestClient(
            create_app(engine, Settings()),
            base_url="http://127.0.0.1",
            follow_redirects=False,
            raise_server_exceptions=False,
            headers=headers,
        )
        if name:
            with engine.begin() as connection:
                cookie = accounts.start_session(connection, person(connection, name).id, now())
            made.cookies.set("chebiao", cookie)
            made.headers["x-csrf-token"] = token_of(cookie)
        return made

    return make


Visit = Callable[..., Page]


def _is_ours(said: ConsoleMessage) -> bool:
    """Whether a page of ours broke our own policy; an original that is shut off is meant to be held back."""
    return "Content Security Policy" in said.text and not said.location["url"].endswith("/original")


@pytest.fixture
def visit(browser: Browser, board: Board) -> Iterator[Visit]:
    """Open a page of the board as a person: `visit("/inbox", "李丽", width=390, touch=True)`."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        path: str = "/", name: str | None = "王经理", *, width: int = 1280, height: int = 800, **more: object
    ) -> Page:
        touch = bool(more.pop("touch", False))
        context = browser.new_context(
            viewport={"width": width, "height": height},
            base_url=board.url,
            has_touch=touch,
            is_mobile=touch,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **more,  # type: ignore[arg-type]  # options of Playwright as they are
        )
        contexts.append(context)
        context.set_default_timeout(8000)
        if name:
            context.add_cookies([{"name": "chebiao", "value": board.cookie(name), "url": board.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if _is_ours(said) else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
