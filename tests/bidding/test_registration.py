"""Accounts and CA keys, the shelf of papers, registration and upload; one bidding entity for one tender."""

from datetime import date, datetime

import pytest
from sqlalchemy import Engine

from crawler.clock import SHANGHAI
from tests.tracker.pages import tender
from tracker import decisions
from tracker.bidding import bids, credentials, registration
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import language
from tracker.intake import take_page
from tracker.team import kept, tasks, work
from tracker.team.people import add_person
from tracker.views import events

from .conftest import ENTITY, NOW, OTHER

KEY = {"ca_kind": "CFCA", "ca_serial": "0017", "ca_until": date(2027, 3, 31), "holder": "王小明"}


def kinds(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.kind for row in events(connection, 100)]


# --- one tender, one bidding entity ---------------------------------------------------------------------------------


def test_a_second_branch_is_told_at_once_who_bids_since_when_and_why(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bids.open_bid(connection, "王小明", project, ENTITY)
    with database.begin() as connection, pytest.raises(bids.Locked) as caught:
        bids.open_bid(connection, "李经理", project, OTHER)
    said = str(caught.value)
    assert all(
        words in said
        for words in (ENTITY, OTHER, "王小明", "2026-11-20 09:00", "政府采购法实施条例第18条", "财政部87号令第37条")
    )
    assert caught.value.lock.bidder == ENTITY
    with database.begin() as connection:
        with language("en"):
            held = bids.lock(connection, project)
        assert held is not None
        assert held.by == "王小明"
        assert "direct holding or management relation" in held.reasons[0]
    assert "bidder-locked" in kinds(database)


def test_who_follows_it_in_another_team_gets_a_task_and_the_own_team_none(database: Engine, project: int) -> None:
    with database.begin() as connection:
        add_person(connection, "同组", None, NOW)
        work.set_team(connection, "王小明", "一店", members=("王小明", "同组"))
        work.set_team(connection, "王小明", "二店", members=("李经理",))
        for name in ("李经理", "同组"):
            decisions.mark(connection, name, project, "track")
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        (task,) = tasks.tasks(connection, identity=project)
        assert task.owner == "李经理"
        assert ENTITY in task.title
        bids.change_bid(connection, "王小明", bid.id, "withdrawn", reason="让给二店")
        assert tasks.tasks(connection, identity=project) == []


def test_the_same_entity_may_bid_for_another_lot_and_locks_once(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bids.open_bid(connection, "王小明", project, ENTITY)
        bids.open_bid(connection, "李经理", project, f" {ENTITY} ", lot="2")
    assert kinds(database).count("bidder-locked") == 1


def test_who_withdraws_before_handing_in_frees_the_tender_and_who_handed_in_does_not(
    database: Engine, project: int
) -> None:
    with database.begin() as connection:
        first = bids.open_bid(connection, "王小明", project, ENTITY)
        bids.change_bid(connection, "王小明", first.id, "withdrawn", reason="让给分公司")
        assert bids.lock(connection, project) is None
        second = bids.open_bid(connection, "李经理", project, OTHER)
        bids.change_bid(connection, "李经理", second.id, "submitted")
        bids.change_bid(connection, "李经理", second.id, "withdrawn", reason="缺授权")
        with pytest.raises(bids.Locked):
            bids.open_bid(connection, "王小明", project, ENTITY)


def test_two_projects_that_turn_out_to_be_one_show_both_entities(database: Engine, project: int) -> None:
    take_page(database, tender(key="2001", number="LHZC-2026-0031", buyer="柳河县公安局", name="巡逻车采购项目"))
    with database.begin() as connection:
        bids.open_bid(connection, "王小明", project, ENTITY)
        bids.open_bid(connection, "李经理", 2, OTHER)
        decisions.merge(connection, "王小明", 1, 2)
        held = bids.lock(connection, 2)
    assert held is not None
    assert (held.project_id, held.bidder, held.others) == (1, ENTITY, (OTHER,))


@pytest.mark.parametrize(
    ("regime", "articles"),
    [
        ("GP", ["政府采购法实施条例第18条", "财政部87号令第37条"]),
        ("TB", ["招标投标法实施条例第34条", "招标投标法实施条例第40条"]),
        (None, ["政府采购法实施条例第18条", "招标投标法实施条例第34条"]),
    ],
)
def test_the_reason_is_that_of_the_law_the_project_is_under(regime: str | None, articles: list[str]) -> None:
    said = "\n".join(bids._why_one(regime))
    assert all(article in said for article in articles)
    assert ("招标投标法" in said) == (regime != "GP")


# --- accounts and keys ----------------------------------------------------------------------------------------------


def uploaded(engine: Engine, project: int) -> tuple[int, int]:
    """A bid uploaded with an account, as (bid, account)."""
    with engine.begin() as connection:
        account = credentials.add_account(connection, "王小明", ENTITY, "zcygov", admission="admitted", **KEY)
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        done = registration.upload(connection, "王小明", bid.id, receipt="回执 88", account_id=account.id)
    assert (done.bid.status, done.bid.ca_serial, done.bid.ca_until) == ("submitted", "0017", date(2027, 3, 31))
    assert done.warnings == ()
    return bid.id, account.id


def test_renewing_the_key_between_upload_and_opening_alarms_encrypt_again(database: Engine, project: int) -> None:
    bid, account = uploaded(database, project)
    with database.begin() as connection:
        until = date(2028, 3, 31)
        done = credentials.change_account(connection, "李经理", account, ca_serial="0018", ca_until=until)
        assert [each.id for each in done.encrypt_again] == [bid]
        (task,) = tasks.tasks(connection, identity=project)
        assert "zcygov" in task.title
        (alarm,) = [row for row in events(connection, 50) if row.kind == "encrypt-again"]
        assert (alarm.before, alarm.after) == ("CFCA 0017 (2027-03-31)", "CFCA 0018 (2028-03-31)")
        registration.upload(connection, "王小明", bid, receipt="回执 89", account_id=account)
        assert tasks.tasks(connection, identity=project) == [], "uploading again settles it"
        assert credentials.change_account(connection, "李经理", account, hotline="0571-1").encrypt_again == ()


def test_a_key_noted_wrongly_is_put_right_without_an_alarm(database: Engine, project: int) -> None:
    bid, account = uploaded(database, project)
    with database.begin() as connection:
        done = credentials.change_account(connection, "王小明", account, ca_serial="0071", correction=True)
        assert done.encrypt_again == ()
        assert bids.bid(connection, bid).ca_serial == "0071"
    assert "encrypt-again" not in kinds(database)


@pytest.mark.parametrize("status", ["opened", "withdrawn"])
def test_after_the_opening_a_key_may_be_renewed(database: Engine, project: int, status: str) -> None:
    bid, account = uploaded(database, project)
    with database.begin() as connection:
        bids.change_bid(connection, "王小明", bid, status, reason="x")
        assert credentials.change_account(connection, "王小明", account, ca_serial="0018").encrypt_again == ()


def test_a_key_that_ends_before_the_opening_is_told_at_the_upload(database: Engine, project: int) -> None:
    with database.begin() as connection:
        account = credentials.add_account(connection, "王小明", ENTITY, "zcygov", ca_until=date(2026, 12, 2))
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        done = registration.upload(connection, "王小明", bid.id, receipt="回执", account_id=account.id)
    assert len(done.warnings) == 1
    assert "2026-12-02" in done.warnings[0]


def test_one_firms_bid_is_never_uploaded_with_anothers_account(database: Engine, project: int) -> None:
    with database.begin() as connection:
        account = credentials.add_account(connection, "李经理", OTHER, "zcygov")
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        with pytest.raises(Mistake, match=OTHER):
            registration.upload(connection, "王小明", bid.id, receipt="回执", account_id=account.id)


def test_mistakes_with_accounts_and_papers_name_the_fix(database: Engine, project: int) -> None:
    with database.begin() as connection:
        credentials.add_account(connection, "王小明", ENTITY, "zcygov")
        with pytest.raises(Mistake, match="zcygov"):
            credentials.add_account(connection, "王小明", ENTITY, "zcygov")
        with pytest.raises(Mistake, match="pending"):
            credentials.add_account(connection, "王小明", ENTITY, "cebpub", admission="yes")
        with pytest.raises(Mistake, match="test-report"):
            credentials.add_credential(connection, "王小明", ENTITY, "paper", "检验报告")
        with pytest.raises(Mistake):
            credentials.add_credential(connection, "王小明", " ", "licence", "营业执照")


def test_the_shelf_lists_what_ends_first_and_leaves_out_what_was_replaced(database: Engine, project: int) -> None:
    with database.begin() as connection:
        for name, until in (("营业执照", None), ("警灯检验报告", date(2026, 12, 1)), ("授权书", date(2026, 11, 30))):
            credentials.add_credential(connection, "王小明", ENTITY, "other", name, until=until, owner="李经理")
        assert [row.name for row in credentials.credentials(connection)] == ["授权书", "警灯检验报告", "营业执照"]
        assert [row.name for row in credentials.credentials(connection, ending_by=date(2026, 11, 30))] == ["授权书"]
        old = credentials.change_credential(connection, "王小明", 3, retired=True)
        assert old.retired_at == NOW
        assert [row.name for row in credentials.credentials(connection, ENTITY)] == ["警灯检验报告", "营业执照"]
    with database.begin() as connection, pytest.raises(kept.EditedMeanwhile):
        credentials.change_credential(connection, "王小明", 3, until=date(2027, 1, 1), version=1)


# --- registration ---------------------------------------------------------------------------------------------------


def test_the_documents_are_got_step_by_step_with_a_proof(database: Engine, project: int) -> None:
    with database.begin() as connection:
        assert registration.registration(connection, project, "purchase-1").state == "unregistered"
        assert registration.register(connection, "王小明", project, "pending").state == "pending"
        with pytest.raises(Mistake, match="--proof"):
            registration.register(connection, "王小明", project, "registered")
        got = registration.register(connection, "王小明", project, "registered", proof="回执 12", fee=50_000)
        assert (got.state, got.fee_open, got.complete) == ("registered", True, False)
        got = registration.register(connection, "王小明", project, "downloaded")
        assert (got.state, got.complete) == ("downloaded", False), "downloaded, but the fee is open"
        got = registration.register(
            connection, "王小明", project, "fee-paid", at=datetime(2026, 11, 20, tzinfo=SHANGHAI)
        )
        assert got.complete
        with pytest.raises(kept.EditedMeanwhile):
            registration.register(connection, "李经理", project, "downloaded", version=1)
        with pytest.raises(Mistake, match="fee-paid"):
            registration.register(connection, "王小明", project, "paid")


def test_a_lot_registered_apart_has_a_state_of_its_own(database: Engine, project: int) -> None:
    with database.begin() as connection:
        registration.register(connection, "王小明", project, "downloaded", fee=0)
        registration.register(connection, "王小明", project, "pending", lot="2")
        assert registration.registration(connection, project, "purchase-1", "2").state == "pending"
        assert registration.registration(connection, project, "purchase-1", "1").complete
        with pytest.raises(Mistake, match="purchase-1"):
            registration.register(connection, "王小明", project, "pending", proceeding="purchase-9")
