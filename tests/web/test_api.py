"""The JSON interface: by token or session, reading only, what its description says and nothing else."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import Engine

from crawler.clock import now
from tracker.settings import Settings
from tracker.team.accounts import end_token, make_token, tokens_of
from tracker.team.people import person
from tracker.web.app import create_app
from tracker.web.pages.api import BASE

from .conftest import Board

Ask = Callable[..., httpx.Response]


@pytest.fixture
def token(engine: Engine) -> str:
    with engine.begin() as connection:
        return make_token(connection, person(connection, "李丽").id, "api", "报表", now())


@pytest.fixture
def ask(board: Board, token: str) -> Iterator[Ask]:
    with httpx.Client(base_url=board.url + BASE, headers={"authorization": f"Bearer {token}"}) as client:
        yield client.get


def told(response: httpx.Response) -> Any:
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("application/json")
    return response.json()


def test_nobody_reads_without_a_token_and_nobody_with_a_revoked_one(board: Board, token: str, ask: Ask) -> None:
    assert httpx.get(f"{board.url}{BASE}/projects").status_code == 401
    assert httpx.get(f"{board.url}{BASE}/projects", headers={"authorization": "Bearer x"}).status_code == 401
    assert ask("/projects").status_code == 200
    with board.engine.begin() as connection:
        mine = person(connection, "李丽").id
        end_token(connection, mine, tokens_of(connection, mine)[0].id, now())
    assert ask("/projects").status_code == 401


def test_a_token_opens_no_page_and_changes_nothing(board: Board, token: str) -> None:
    header = {"authorization": f"Bearer {token}"}
    assert httpx.get(f"{board.url}/inbox", headers=header).status_code == 303, "pages take a session"
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert httpx.request(method, f"{board.url}{BASE}/projects", headers=header).status_code == 405


def test_projects_come_page_by_page_and_each_once(ask: Ask) -> None:
    whole = told(ask("/projects", params={"limit": 200}))
    assert whole["next"] is None
    found: list[int] = []
    after = ""
    while after is not None:
        page = told(ask("/projects", params={"limit": 7, "after": after}))
        assert len(page["items"]) <= 7
        found += [each["project_id"] for each in page["items"]]
        after = page["next"]
    assert found == [each["project_id"] for each in whole["items"]]


def test_the_filters_of_a_watch_and_words_narrow_the_list(ask: Ask) -> None:
    police = told(ask("/projects", params={"vehicles": "警车"}))["items"]
    assert any("警用车辆" in each["name"] for each in police)
    everything = told(ask("/projects", params={"limit": 200}))["items"]
    assert {each["project_id"] for each in police} < {each["project_id"] for each in everything}
    assert told(ask("/projects", params={"q": "警用车辆"}))["items"]
    wrong = ask("/projects", params={"vehicles": "飞碟"})
    assert wrong.status_code == 422
    assert "飞碟" in wrong.json()["detail"]


def test_a_project_tells_every_date_with_its_words(ask: Ask, board: Board) -> None:
    identity = board.project("警用车辆")
    project = told(ask(f"/projects/{identity}"))
    dates = [each for proceeding in project["state"]["proceedings"] for each in proceeding["milestones"]]
    assert dates
    assert all(each["words"] for each in dates)
    assert project["publications"]
    first = project["publications"][0]["id"]
    notice = told(ask(f"/notices/{first}"))
    number = notice["reading"]["texts"]["project_number"]
    assert number["evidence"][0]["words"]
    assert ask("/projects/999999").status_code == 404
    assert ask("/notices/999999").status_code == 404


def test_history_can_be_followed(ask: Ask) -> None:
    first = told(ask("/events", params={"limit": 3}))
    second = told(ask("/events", params={"limit": 3, "after": first["next"]}))
    ids = [each["id"] for page in (first, second) for each in page["items"]]
    assert ids == sorted(set(ids))
    assert len(ids) == 6


def test_deadlines_and_sources(ask: Ask) -> None:
    mine = told(ask("/deadlines"))
    everybody = told(ask("/deadlines", params={"tracked": "false", "limit": 200}))
    assert mine
    assert len(everybody) > len(mine)
    moments = [each["milestone"]["earliest"] for each in everybody]
    assert moments == sorted(moments)
    assert "ccgp" in {each["id"] for each in told(ask("/sources"))}


def test_ocds_packages_lead_to_the_next_one(ask: Ask) -> None:
    found: set[str] = set()
    url: str | None = "/ocds/records?limit=5"
    while url:
        package = told(ask(url))
        records = {each["ocid"] for each in package["records"]}
        assert not records & found
        found |= records
        url = package.get("links", {}).get("next")
    assert len(found) > 5
    one = min(found)
    assert told(ask(f"/ocds/records/{one}"))["ocid"] == one
    assert told(ask("/ocds/releases?limit=2"))["releases"]
    assert ask("/ocds/records/ocds-chebiao-0-x").status_code == 404


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def test_every_answer_is_as_described(engine: Engine, token: str) -> None:
    """schemathesis: whatever is sent, no server error, and only answers the description names."""
    header = {"authorization": f"Bearer {token}", "host": "127.0.0.1"}
    app = create_app(engine, Settings(), listening="127.0.0.1")
    schema = schemathesis.openapi.from_asgi(f"{BASE}/openapi.json", app, headers=header)
    found = [each.ok() for each in schema.get_all_operations()]
    assert len(found) >= 10
    for operation in found:

        @settings(max_examples=12, database=None, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def probe(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=CHECKS, headers=header)

        probe()
