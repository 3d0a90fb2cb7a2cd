"""Accounts, one-time links, tokens and sessions in both databases; inbox and triage there too."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from crawler.clock import SHANGHAI
from tests.tracker.pages import tender
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.inbox import Asked, inbox
from tracker.intake import take_page
from tracker.projects import PROJECT
from tracker.team import accounts
from tracker.team.kept import EditedMeanwhile
from tracker.team.people import add_person, person
from tracker.triage import triage
from tracker.undo import take_back
from tracker.web.paging import cursor, keys

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI)
PASSWORD = "vier Räder und ein Lenkrad"


@pytest.fixture(autouse=True)
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_NOW", NOW.isoformat())


@pytest.fixture
def house(database: Engine) -> Engine:
    with database.begin() as connection:
        for name, role in (("王经理", "admin"), ("李丽", "bidder")):
            card = add_person(connection, name, None, NOW)
            accounts.set_role(connection, name, role)
            accounts.set_password(connection, card, PASSWORD, NOW)
    return database


def test_passwords_and_tokens_are_kept_as_hashes_only(house: Engine) -> None:
    with house.begin() as connection:
        token = accounts.make_token(connection, person(connection, "李丽").id, "api", "脚本", NOW)
        cookie = accounts.start_session(connection, person(connection, "李丽").id, NOW)
        kept = [
            str(tuple(row))
            for each in (accounts.ACCOUNT, accounts.TOKEN, accounts.SESSION)
            for row in connection.execute(select(each))
        ]
    assert any("$argon2id$" in row for row in kept)
    assert not any(secret in row for row in kept for secret in (PASSWORD, token, cookie))


def test_a_token_opens_its_own_door_until_it_is_revoked_or_over(house: Engine) -> None:
    with house.begin() as connection:
        mine = person(connection, "李丽").id
        token = accounts.make_token(connection, mine, "api", "脚本", NOW, expires_at=NOW + timedelta(days=1))
        found = accounts.token_owner(connection, token, "api", NOW)
        assert found is not None
        assert (found.name, found.role) == ("李丽", "bidder")
        assert accounts.token_owner(connection, token, "calendar", NOW) is None
        assert accounts.token_owner(connection, token, "api", NOW + timedelta(days=1)) is None
        (row,) = accounts.tokens_of(connection, mine)
        with pytest.raises(Mistake):
            accounts.end_token(connection, person(connection, "王经理").id, row.id, NOW)
        accounts.end_token(connection, mine, row.id, NOW)
        assert accounts.token_owner(connection, token, "api", NOW) is None


def test_the_last_administrator_stays_one(house: Engine) -> None:
    with house.begin() as connection:
        for forbidden in (
            lambda: accounts.set_role(connection, "王经理", "lead"),
            lambda: accounts.close_account(connection, "王经理"),
        ):
            with pytest.raises(Mistake, match="唯一的管理员"):
                forbidden()
        accounts.set_role(connection, "李丽", "admin")
        accounts.set_role(connection, "王经理", "lead")
        assert {each.person.name: each.role for each in accounts.members(connection)} == {
            "王经理": "lead",
            "李丽": "admin",
        }


def test_two_who_change_one_role_are_told(house: Engine) -> None:
    with house.begin() as connection:
        before = next(each for each in accounts.members(connection) if each.person.name == "李丽")
        accounts.set_role(connection, "李丽", "lead", before.version)
        with pytest.raises(EditedMeanwhile):
            accounts.set_role(connection, "李丽", "viewer", before.version)


def test_an_invitation_sets_a_password_once(house: Engine) -> None:
    with house.begin() as connection:
        add_person(connection, "新同事", None, NOW)
        token = accounts.invite(connection, "新同事", "viewer", NOW)
        assert accounts.finish_setup(connection, token, PASSWORD, NOW).name == "新同事"
        with pytest.raises(Mistake, match="链接已失效"):
            accounts.finish_setup(connection, token, PASSWORD, NOW)
    assert accounts.log_in(house, "新同事", PASSWORD, "127.0.0.1", NOW)


@pytest.mark.parametrize("password", ["zu kurz", "x" * 201, "李丽", "李丽12345678"])
def test_weak_passwords_are_refused(house: Engine, password: str) -> None:
    with house.begin() as connection, pytest.raises(Mistake):
        accounts.set_password(connection, person(connection, "李丽"), password, NOW)


def publish(engine: Engine, count: int) -> None:
    """So many tenders of different buyers."""
    for n in range(count):
        take_page(engine, tender(key=f"2{n}", number=f"YJ-2026-{n}", buyer=f"远江{n}局", name=f"警车{n}采购"))


def test_triage_and_its_way_back(house: Engine) -> None:
    for number in range(4):
        take_page(
            house,
            tender(key=f"2{number}", number=f"YJ-2026-{number}", buyer=f"远江{number}局", name=f"警车{number}采购"),
        )
    with house.begin() as connection:
        reader = person(connection, "李丽")

        def listed(asked: Asked = Asked()) -> list[int]:  # noqa: B008  (frozen)
            return [each.item.project_id for each in inbox(connection, reader, asked, NOW).lines]

        first, second, *rest = listed()
        assert len(rest) == 2
        passed = triage(connection, "李丽", "pass", [first, second], why=4)
        tracked = triage(connection, "李丽", "track", [first])
        snoozed = triage(connection, "李丽", "snooze", [rest[0]], days=2)
        assert listed() == rest[1:]
        assert listed(Asked("passed")) == [second]
        assert listed(Asked("tracked")) == [first] == listed(Asked("mine"))
        assert listed(Asked("snoozed")) == [rest[0]]
        for each in (snoozed, tracked):
            take_back(connection, "李丽", each.steps)
        assert sorted(listed(Asked("passed"))) == sorted([first, second])
        with pytest.raises(Mistake):  # the first pass was renewed under another number meanwhile
            take_back(connection, "李丽", passed.steps)


def test_pages_by_the_last_row(house: Engine) -> None:
    for number in range(5):
        take_page(
            house,
            tender(key=f"3{number}", number=f"YJ-2026-{number}", buyer=f"远江{number}局", name=f"警车{number}采购"),
        )
    with reading(house) as connection:
        reader = person(connection, "李丽")
        whole = [each.item.project_id for each in inbox(connection, reader, Asked(), NOW).lines]
        found, after = [], None
        while True:
            part = inbox(connection, reader, Asked(), NOW, after=after, limit=2)
            found += [each.item.project_id for each in part.lines]
            if part.after is None:
                break
            after = keys(cursor(*part.after), 2)
        assert found == whole
        assert len(set(whole)) == 5 == len(connection.execute(select(PROJECT.c.id)).all())
