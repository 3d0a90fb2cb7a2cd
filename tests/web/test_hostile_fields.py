"""Every text field of every form, filled with what an attacker or a careless paste would put there."""

import re
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from crawler.clock import now
from tracker.db import reading
from tracker.projects import PUBLICATION
from tracker.team import accounts
from tracker.team.people import person
from tracker.watches import Criteria, add_watch, list_watches
from tracker.web.app import routes

from .conftest import Board, Client

MARK = "<img src=x onerror=alert(1)>"
WILD = (
    f'=HYPERLINK("http://evil.example","{MARK}"){{{{7*7}}}}\r\nBcc: all@example.cn\u2028../../etc/passwd'
    "\x00\x1b[31m\u202egpj.exe\u200b javascript:alert(2)"
)
HUGE = "车" * 60_000
LONE = "%ED%A0%80"
"""A lone surrogate, as bytes that are no UTF-8."""
USUAL = {
    "act": "track",
    "due": "2026-12-01T09:00",
    "field": "buyer",
    "name": "新同事",
    "owner": "李丽",
    "query": "vehicles=消防车",
    "reason": "见公告第三条",
    "role": "bidder",
    "text": "样车须到场",
    "title": "准备截图",
    "verdict": "yes",
}
DEARLY = ("/login", "/setup/", "/settings/password")
"""Passwords are hashed there, which takes long on purpose; tests/web/test_doors.py looks at them."""
KEPT_OUT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u200b\u2028\u202e]")


def forms() -> Iterator[tuple[str, list[str]]]:
    """Address and text fields of every form."""
    for route, needed in routes():
        if "POST" not in (route.methods or ()) or needed == "signed" or route.path.startswith(DEARLY):
            continue
        for given in route.dependant.body_params:
            fields = getattr(given.field_info.annotation, "model_fields", {})
            texts = [name for name, field in fields.items() if field.annotation is str and name != "csrf"]
            if texts:
                yield route.path, texts


@pytest.fixture
def made(client: Client) -> TestClient:
    return client("王经理")


def test_h17_h18_h69_no_field_breaks_a_page_or_runs_on_one(board: Board, engine: Engine, made: TestClient) -> None:
    """Refused with words or kept as text: never a server error, never markup, and no control character stays."""
    project = board.project("警用车辆购置")
    with reading(engine) as connection:
        notice = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == project))
    item = re.search(r'name="item" value="([^"]+)"', made.get(f"/projects/{project}/checklist").text)
    usual = USUAL | {"item": item[1] if item else ""}
    broken = []
    tried = 0
    for path, fields in forms():
        identity = 1 if "errands" in path else notice if "notices" in path else project
        address = re.sub(r"{identity[^}]*}", str(identity), path).replace("{kind}", "task")
        for field in fields:
            rest = {name: usual[name] for name in fields if name in usual and name != field}
            for value in (quote(WILD), quote(HUGE), LONE):
                sent = f"{urlencode(rest)}&{field}={value}"
                form = {"content-type": "application/x-www-form-urlencoded"}
                answer = made.post(address, content=sent, headers=form)
                tried += 1
                if answer.status_code >= 500 or MARK in answer.text:
                    broken.append(f"{address} {field}={value[:20]}: {answer.status_code}")
    assert broken == []
    assert tried > 150
    for path in ("/", "/projects", f"/projects/{project}", f"/projects/{project}/checklist", "/settings", "/calendar"):
        page = made.get(path)
        assert page.status_code == 200, path
        assert MARK not in page.text, path
        assert KEPT_OUT.findall(page.text) == [], path
    assert "/etc/passwd" in made.get(f"/projects/{project}").text, "something of it was kept, as words"


def test_h66_nobody_reaches_what_is_another_s(client: Client, engine: Engine) -> None:
    """Roles, tokens, watches and acts of others: refused, and nothing has changed."""
    with engine.begin() as connection:
        boss, me = person(connection, "王经理"), person(connection, "李丽")
        token = accounts.make_token(connection, boss.id, "api", "报表", now())
        watch = add_watch(connection, boss, "消防车", Criteria(vehicles=("fire_engine",)))
        key = accounts.tokens_of(connection, boss.id)[0].id
    made = client("李丽")
    assert made.post("/settings/people/role", data={"name": "李丽", "role": "admin"}).status_code == 403
    for form in ("/settings/me", "/projects/1/mark"):
        assert made.post(form, data={"act": "track", "role": "admin", "person_id": "1"}).status_code == 422
    made.post("/settings/tokens/end", data={"id": str(key)})
    made.post("/settings/watches/pause", data={"id": str(watch.id)})
    client("王经理").post("/projects/1/mark", data={"act": "track"})
    assert made.post("/undo", data={"act": "1"}).status_code == 422
    with reading(engine) as connection:
        assert accounts.token_owner(connection, token, "api", now()) is not None
        assert [each.active for each in list_watches(connection, boss)] == [True]
        roles = {each.person.name: each.role for each in accounts.members(connection)}
    assert roles[me.name] == "bidder"
