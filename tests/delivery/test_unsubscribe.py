"""Mails carry how to stop them; the link shows on GET and acts on POST only (hostile 55, 57)."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.headerregistry import Address

import pytest
from fastapi.testclient import TestClient
from handmade import NOW, World, date
from sqlalchemy import Engine

from demo.smtp import MailSink
from tracker.delivery.deliveries import deliver_due, make_digests
from tracker.delivery.mail import build
from tracker.delivery.unsubscribe import ensure_link, has_stopped, link_of, unsubscribe
from tracker.settings import Settings
from tracker.tables import Delivery, DigestItem, Event, MailLink
from tracker.team.people import edit_person, person
from tracker.web.app import create_app

PUBLIC = "https://t.example.cn"


@pytest.fixture
def public(settings: Settings) -> Settings:
    return settings.model_copy(update={"public_url": PUBLIC})


def morning(world: World, settings: Settings, days: int = 0) -> dict[str, int]:
    at = NOW + timedelta(days=days)
    world.digests(at)
    return dict(deliver_due(world.engine, at, settings))


def link(world: World, name: str = "王小明") -> str:
    with world.engine.begin() as connection:
        card = person(connection, name)
        ensure_link(connection, card.id, NOW)
        return link_of(connection, card.id, Settings(public_url=PUBLIC)).removeprefix(PUBLIC)


@pytest.fixture
def web(database: Engine) -> TestClient:
    return TestClient(create_app(database, Settings(public_url=PUBLIC)), base_url=PUBLIC)


# --- headers --------------------------------------------------------------------------------------------------------


def test_each_mail_carries_the_reader_s_own_link_on_one_line(world: World, sink: MailSink, public: Settings) -> None:
    world.person()
    world.person("林芳", "lin@example.cn")
    assert morning(world, public) == {"sent": 2}
    links = []
    for mail in sink.messages:
        head = mail.raw.split(b"\r\n\r\n", 1)[0]
        found = re.search(rb"(?m)^List-Unsubscribe: <(https://t\.example\.cn/u/[\w-]{22})>\r$", head)
        assert found is not None, head  # neither folded nor encoded (pitfalls ML3)
        assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
        links.append(found[1])
    assert len(set(links)) == 2


def test_the_link_stands_at_the_foot_of_text_and_html(world: World, sink: MailSink, public: Settings) -> None:
    world.person()
    morning(world, public)
    message = sink.messages[0].message
    url = str(message["List-Unsubscribe"]).strip("<>")
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n").endswith(f"不再接收这些邮件：\n{url}\n")
    assert f'href="{url}"' in html.get_content()


def test_the_link_stays_the_same_in_every_mail(world: World, sink: MailSink, public: Settings) -> None:
    world.person()
    morning(world, public)
    morning(world, public, days=1)
    assert len({str(mail.message["List-Unsubscribe"]) for mail in sink.messages}) == 1


def test_without_a_public_address_there_is_no_link(world: World, sink: MailSink, settings: Settings) -> None:
    world.person()
    morning(world, settings)
    assert sink.messages[0].message["List-Unsubscribe"] is None
    assert world.rows(MailLink) == []


def test_one_click_is_offered_over_https_only() -> None:
    """RFC 8058, 3.1: the address is an https one."""
    settings = Settings(mail_from="a@example.cn")
    raw = build(
        settings,
        to=Address(addr_spec="b@example.cn"),
        subject="x",
        text="x",
        html=None,
        message_id="1",
        at=NOW,
        unsubscribe="http://10.0.0.7:8765/u/abc",
    )
    message = message_from_bytes(raw, policy=policy.default)
    assert message["List-Unsubscribe"] == "<http://10.0.0.7:8765/u/abc>"
    assert message["List-Unsubscribe-Post"] is None


# --- the page -------------------------------------------------------------------------------------------------------


def test_h57_looking_at_the_link_changes_nothing(world: World, web: TestClient) -> None:
    me = world.person()
    url = link(world)
    for _scanner in range(3):
        answer = web.get(url)
        assert answer.status_code == 200
        assert web.head(url).status_code in (200, 405)
    assert "不再接收邮件" in answer.text
    assert "w…@example.cn" in answer.text
    assert "wang@example.cn" not in answer.text  # whoever opens it learns no address
    with world.engine.connect() as connection:
        assert not has_stopped(connection, me)
    assert world.rows(Event) == []


def test_h57_a_post_stops_the_mails_and_a_repetition_is_harmless(world: World, web: TestClient) -> None:
    me = world.person()
    url = link(world)
    for _replay in range(2):
        answer = web.post(url, data={"List-Unsubscribe": "One-Click"})  # as a mail program sends it, without a cookie
        assert answer.status_code == 200
        assert "恢复接收邮件" in answer.text
    with world.engine.connect() as connection:
        assert has_stopped(connection, me)
    assert [(row.kind, row.person_id) for row in world.rows(Event)] == [("mails-stopped", me)]


def test_h57_the_page_stops_and_starts_again(world: World, web: TestClient) -> None:
    me = world.person()
    url = link(world)
    web.post(url, data={"wish": "stop"})
    answer = web.post(url, data={"wish": "again"})
    assert "不再接收邮件" in answer.text
    with world.engine.connect() as connection:
        assert not has_stopped(connection, me)
    assert [row.kind for row in world.rows(Event)] == ["mails-stopped", "mails-resumed"]


@pytest.mark.parametrize("token", ["x" * 22, "'; DROP TABLE person; --", "%00", "a/b", "é" * 5, "x" * 5000])
def test_h57_a_forged_link_gets_the_neutral_page(world: World, web: TestClient, token: str) -> None:
    me = world.person()
    link(world)
    for answer in (web.get(f"/u/{token}"), web.post(f"/u/{token}", data={"wish": "stop"})):
        assert answer.status_code == 404
        assert "王小明" not in answer.text
    with world.engine.connect() as connection:
        assert not has_stopped(connection, me)


def test_h57_the_link_of_one_stops_nobody_else(world: World, web: TestClient) -> None:
    world.person()
    lin = world.person("林芳", "lin@example.cn")
    web.post(link(world))
    with world.engine.connect() as connection:
        assert not has_stopped(connection, lin)


def test_h57_the_link_to_an_address_that_was_changed_has_ended(world: World, web: TestClient) -> None:
    world.person()
    url = link(world)
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "王小明"), email="neu@example.cn")
    assert web.post(url).status_code == 404
    assert link(world) != url


def test_the_page_speaks_the_reader_s_language(world: World, web: TestClient) -> None:
    world.person(language="en")
    assert "Send me no more mails" in web.get(link(world)).text


# --- what follows ---------------------------------------------------------------------------------------------------


def test_h55_who_stopped_gets_nothing_and_loses_nothing(world: World, sink: MailSink, public: Settings) -> None:
    world.person()
    token = link(world).removeprefix("/u/")
    with world.engine.begin() as connection:
        unsubscribe(connection, token, NOW)
    world.published(world.project("消防车采购", date("bid_deadline", "12-24 16:00")))
    urgent = world.project("洒水车采购", date("bid_deadline", "11-23 16:00"))
    world.published(urgent)
    morning(world, public)
    assert deliver_due(world.engine, NOW + timedelta(minutes=10), public) == {"cancelled": 1}
    assert sink.messages == []
    assert {row.reason for row in world.rows(Delivery)} == {"the person has stopped the mails"}
    assert {row.digest_id for row in world.rows(DigestItem)} == {None}
    with world.engine.begin() as connection:
        unsubscribe(connection, token, NOW, again=True)
    assert morning(world, public, days=1) == {"sent": 1}
    body = sink.messages[0].message.get_body(("plain",))
    assert body is not None
    assert "消防车采购" in body.get_content()


def test_h55_who_stopped_between_making_and_sending_gets_it_no_more(
    world: World, sink: MailSink, public: Settings
) -> None:
    world.person()
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
        ensure_link(connection, 1, NOW)
    (row,) = world.rows(MailLink)
    with world.engine.begin() as connection:
        unsubscribe(connection, row.token, NOW)
    assert deliver_due(world.engine, NOW, public) == {"cancelled": 1}
