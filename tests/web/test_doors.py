"""Who gets in where: every route and every role, forged forms, foreign hosts, headers, addresses that lead away."""

import re
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from crawler.clock import now
from crawler.config import ConfigurationError
from tracker.db import reading
from tracker.projects import PROJECT
from tracker.settings import Settings
from tracker.team import accounts
from tracker.team.people import edit_person, person
from tracker.web.app import Web, create_app, routes
from tracker.web.csrf import token_of
from tracker.web.roles import guarded
from tracker.web.shield import BODY, HEADERS, allowed_hosts
from tracker.web.show import own_path

from .conftest import NOW, PASSWORD, PEOPLE, Client

ORDER = ("", "viewer", "bidder", "lead", "admin")
BY_ROLE = {role: name for name, role in PEOPLE.items()}
ROUTES = [(method, route.path, role) for route, role in routes() for method in sorted(route.methods or ())]


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda part: "task" if part[1] == "kind" else "1", path)


def refused(answer: Any) -> str:
    """`login`, `role`, `forged` or nothing."""
    location = answer.headers.get("location", answer.headers.get("hx-redirect", ""))
    if answer.status_code == 401 or (answer.status_code == 303 and location.startswith("/login")):
        return "login"
    if answer.status_code != 403:
        return ""
    return "forged" if "未接受" in answer.text or "请重新载入" in answer.text else "role"


@pytest.mark.parametrize("role", ORDER)
@pytest.mark.parametrize(("method", "path", "needed"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_h66_each_route_and_each_role(client: Client, method: str, path: str, needed: str, role: str) -> None:
    """Too little of a role is refused before anything else; enough of it meets the next guard, the form's token."""
    made = client(BY_ROLE.get(role))
    made.headers["x-csrf-token"] = "forged"
    answer = made.request(method, filled(path))
    enough = needed in ("anyone", "signed") or (bool(role) and ORDER.index(role) >= ORDER.index(needed))
    if not enough:
        assert refused(answer) == ("role" if role else "login")
    elif method in ("GET", "HEAD"):
        assert refused(answer) == ""
    elif needed != "signed":
        assert refused(answer) == "forged"


OUT = ("/results.", "/files/", "/api/")
"""Where whole lists and files leave the house."""


def test_h66_a_viewer_takes_nothing_out_and_reads_no_notes(client: Client, engine: Engine) -> None:
    """Neither files nor the interface, by session or by a token that was made before; on pages, no note of the team."""
    made = client("周敏")
    ways = [path for method, path, _needed in ROUTES if method == "GET" and any(each in path for each in OUT)]
    assert len(ways) > 10
    assert {refused(made.get(filled(path))) for path in ways} == {"role"}
    with engine.begin() as connection:
        token = accounts.make_token(connection, person(connection, "周敏").id, "api", "alt", now())
        found = connection.execute(select(PROJECT.c.id).where(PROJECT.c.name.contains("警用车辆购置"))).scalar_one()
    assert client(authorization=f"Bearer {token}").get("/api/v1/projects").status_code == 403
    for path in (f"/projects/{found}", f"/projects/{found}/checklist", "/results?span=all", "/settings"):
        page = made.get(path).text
        assert "样车须到场" not in page
        assert not any(each in page for each in OUT)
    assert "样车须到场" in client("李丽").get(f"/projects/{found}").text


def test_a_route_that_names_nobody_does_not_start() -> None:
    router = APIRouter()

    @router.get("/open")
    def open_door() -> str:
        return "anybody"

    with pytest.raises(RuntimeError, match="/open: name one role"):
        list(guarded(router))


def test_h67_a_get_changes_nothing(client: Client, engine: Engine) -> None:
    def rows() -> dict[str, list[Any]]:
        with reading(engine) as connection:
            from tracker.tables import METADATA

            return {name: connection.execute(each.select()).all() for name, each in METADATA.tables.items()}

    made = client("王经理")
    before = rows()
    for method, path, _needed in ROUTES:
        if method == "GET":
            made.get(filled(path))
    assert rows() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"x-csrf-token": ""},
        {"x-csrf-token": "é"},
    ],
)
def test_h67_a_form_from_elsewhere_is_not_taken(client: Client, headers: dict[str, str]) -> None:
    sent = {name: value.encode() for name, value in headers.items()}
    answer = client("李丽").post("/projects/1/mark", data={"act": "track"}, headers=sent)  # type: ignore[arg-type]
    assert refused(answer) == "forged"


def test_the_token_of_one_session_does_not_fit_another(client: Client) -> None:
    one, other = client("李丽"), client("赵磊")
    answer = one.post(
        "/projects/1/mark", data={"act": "track"}, headers={"x-csrf-token": other.headers["x-csrf-token"]}
    )
    assert refused(answer) == "forged"


def test_h66_unknown_fields_are_refused_by_name(client: Client) -> None:
    answer = client("李丽").post("/projects/1/mark", data={"act": "track", "owner_id": "1", "stage": "won"})
    assert answer.status_code == 422
    assert "owner_id" in answer.text
    assert "stage" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:8765", "[::2]"])
def test_a_foreign_host_name_is_refused(client: Client, host: str) -> None:
    assert client("李丽").get("/inbox", headers={"host": host}).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost", "LOCALHOST:1", "[::1]:8765"])
def test_this_machine_has_four_names(client: Client, host: str) -> None:
    assert client("李丽").get("/inbox", headers={"host": host}).status_code == 200


def test_the_public_address_names_a_host() -> None:
    assert "tenders.example.cn" in allowed_hosts(Settings(public_url="https://Tenders.example.cn:8443/x"))
    assert "0.0.0.0" not in allowed_hosts(Settings(), "0.0.0.0")


def test_every_answer_carries_the_headers(client: Client) -> None:
    made = client("李丽")
    for path in ("/", "/inbox", "/nowhere", "/static/board.css", "/login"):
        answer = made.get(path)
        for name, value in HEADERS.items():
            if name != "cache-control":
                assert answer.headers[name] == value, (path, name)
    assert "unsafe" not in HEADERS["content-security-policy"]
    assert made.get("/inbox").headers["cache-control"] == "no-store"
    assert "immutable" in made.get("/static/board.css").headers["cache-control"]


def test_no_page_has_a_script_or_a_style_of_its_own(client: Client) -> None:
    made = client("王经理")
    for method, path, _needed in ROUTES:
        answer = made.get(filled(path)) if method == "GET" else None
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        if answer.headers["content-security-policy"] != HEADERS["content-security-policy"]:
            continue  # an archived page has a policy of its own, in a sandbox
        found = re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=|hx-on|javascript:", answer.text)
        assert found == [], path


def test_too_large_a_request_is_cut(client: Client) -> None:
    made = client("李丽")
    assert made.post("/undo", headers={"content-length": str(BODY + 1)}).status_code == 413

    def endless() -> Any:
        for _ in range((BODY >> 20) + 2):
            yield b"x" * (1 << 20)

    form = {"content-type": "application/x-www-form-urlencoded"}
    assert made.post("/undo", content=endless(), headers=form).status_code in (400, 413)


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https://evil.example", "/ok\r\nX: 1", "\t/x", ""]
)
def test_h67_nobody_is_sent_elsewhere(target: str) -> None:
    assert own_path(target) == "/"


@given(st.text(max_size=40))
def test_h67_an_own_path_is_a_path(text: str) -> None:
    found = own_path(text)
    assert found.startswith("/")
    assert not re.match(r"/[/\\]", found)
    assert not re.search(r"[\x00-\x20\\]", found)


# --- login ----------------------------------------------------------------------------------------------------------


def log_in(made: TestClient, name: str = "李丽", password: str = PASSWORD, next: str = "") -> Any:
    made.get("/login")
    return made.post(
        "/login",
        data={"name": name, "password": password, "next": next, "csrf": token_of(made.cookies["chebiao"])},
    )


def test_login_leads_to_the_page_that_was_asked_for(client: Client) -> None:
    made = client()
    assert made.get("/inbox?regions=浙江").headers["location"].startswith("/login?next=%2Finbox")
    answer = log_in(made, next="/inbox?regions=浙江")
    assert answer.headers["location"] == "/inbox?regions=%E6%B5%99%E6%B1%9F"
    cookie = answer.headers["set-cookie"]
    assert all(part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/"))
    assert made.get("/inbox").status_code == 200


def test_login_by_mail_address_and_never_to_another_site(client: Client) -> None:
    assert log_in(client(), "BIDDER@example.cn", next="//evil.example").headers["location"] == "/"


def test_a_cookie_is_for_https_only_where_the_board_is(engine: Engine) -> None:
    made = TestClient(create_app(engine, Settings()), base_url="https://127.0.0.1", follow_redirects=False)
    made.get("/login")
    data = {"name": "李丽", "password": PASSWORD, "csrf": token_of(made.cookies["chebiao"])}
    assert "Secure" in made.post("/login", data=data).headers["set-cookie"]


@pytest.mark.parametrize(("name", "password"), [("李丽", "falsches Wort"), ("nobody", PASSWORD), ("李丽", "x" * 5000)])
def test_wrong_ones_are_told_alike(client: Client, name: str, password: str) -> None:
    answer = log_in(client(), name, password)
    assert answer.status_code == 403
    assert "姓名与密码不符" in answer.text


def test_many_wrong_passwords_slow_down_even_the_right_one(client: Client, frozen: Callable[..., None]) -> None:
    made = client()
    for _ in range(accounts.PER_NAME):
        assert log_in(made, password="falsches Wort").status_code == 403
    answer = log_in(made)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 900
    assert log_in(made, "赵磊").status_code == 303
    frozen(NOW + timedelta(minutes=16))
    assert log_in(client()).status_code == 303


def test_logout_and_a_new_password_end_sessions(client: Client, engine: Engine) -> None:
    one, other = client("李丽"), client("李丽")
    assert one.post("/logout").status_code == 303
    assert refused(one.get("/inbox")) == "login"
    assert other.get("/inbox").status_code == 200
    with engine.begin() as connection:
        accounts.set_password(connection, person(connection, "李丽"), "ein ganz neuer Satz", now())
    assert refused(other.get("/inbox")) == "login"


def test_who_left_is_out_at_once(client: Client, engine: Engine) -> None:
    made = client("李丽")
    with engine.begin() as connection:
        edit_person(connection, person(connection, "李丽"), active=False)
    assert refused(made.get("/inbox")) == "login"
    assert log_in(client()).status_code == 403


def test_a_session_ends_by_itself(client: Client, frozen: Callable[..., None]) -> None:
    made = client("李丽")
    frozen(NOW + timedelta(days=accounts.SESSION_DAYS, seconds=1))
    assert refused(made.get("/inbox")) == "login"


# --- the first account, listening -------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Any, frozen: Any) -> Engine:
    from tracker.db import open_database

    return open_database(f"sqlite:///{tmp_path / 'empty.sqlite'}")


def test_the_first_start_gives_a_link_that_works_once(empty: Engine) -> None:
    web = Web(empty, Settings(), port=0)
    path = web.link.removeprefix(web.url)
    made = TestClient(create_app(empty, Settings()), base_url="http://127.0.0.1", follow_redirects=False)
    assert refused(made.get("/inbox")) == "login"
    form = made.get(path)
    assert "管理员" in form.text
    csrf = token_of(made.cookies["chebiao"])
    data = {"csrf": csrf, "name": "王经理", "password": "zu kurz", "again": "zu kurz"}
    assert made.post(path, data=data).status_code == 422
    data |= {"password": PASSWORD, "again": PASSWORD}
    answer = made.post(path, data=data)
    assert answer.headers["location"] == "/"
    assert made.get("/inbox").status_code == 200
    assert made.get(path).status_code == 404
    assert Web(empty, Settings(), port=0).link == ""


def test_a_newer_link_ends_the_older_and_all_end_after_a_day(empty: Engine, frozen: Callable[..., None]) -> None:
    made = TestClient(create_app(empty, Settings()), base_url="http://127.0.0.1")
    old, new = (Web(empty, Settings(), port=0) for _ in range(2))
    assert made.get(old.link.removeprefix(old.url)).status_code == 404
    assert made.get(new.link.removeprefix(new.url)).status_code == 200
    frozen(NOW + timedelta(hours=25))
    assert made.get(new.link.removeprefix(new.url)).status_code == 404


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_it_does_not_listen_beyond_this_machine_without_an_account(empty: Engine, host: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(f"不在 {host} 上监听")):
        Web(empty, Settings(), host, 0)


def test_a_taken_port_is_named(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="--port"):
        Web(engine, Settings(), port=taken.getsockname()[1])


def test_languages(client: Client) -> None:
    made = client("李丽")
    assert "收件箱" in made.get("/inbox").text
    assert made.post("/language", data={"language": "en", "back": "/inbox"}).headers["location"] == "/inbox"
    english = made.get("/inbox").text
    assert '<html lang="en">' in english
    assert ">Inbox<" in english
    assert made.post("/language", data={"language": "xx"}).status_code == 422
