"""What a buyer owes for a bid that was won, until it has come."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tracker.bidding import bids, payments
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.state import MilestoneState, ProceedingState, ProjectState
from tracker.team import kept
from tracker.views import events

from .conftest import ENTITY, NOW

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def bid(database: Engine, project: int) -> int:
    with database.begin() as connection:
        return int(bids.open_bid(connection, "王小明", project, ENTITY).id)


def win(database: Engine, bid: int) -> None:
    with database.begin() as connection:
        for status in ("submitted", "won"):
            bids.change_bid(connection, "王小明", bid, status)


def test_an_instalment_waits_until_the_money_has_come(database: Engine, bid: int) -> None:
    win(database, bid)
    with database.begin() as connection:
        late = payments.add_payment(connection, "王小明", bid, 50_000_000, due=NOW - timedelta(days=9), name="到货款")
        rest = payments.add_payment(connection, "王小明", bid, 5_000_000)
        assert [(row.name, row.due_at) for row in payments.payments(connection)] == [
            ("到货款", NOW - timedelta(days=9)),
            ("", None),  # neither contract nor law dates it yet
        ]
        payments.receive_payment(connection, "王小明", late.id, version=late.version)
        payments.move_payment(connection, "王小明", rest.id, kept.instant("2027-01-15"))
        (open_one,) = payments.payments(connection)
        assert (open_one.id, open_one.bidder) == (rest.id, ENTITY)
        assert len(payments.payments(connection, open_one.project_id)) == 2
        with pytest.raises(Mistake, match="has come already"):
            payments.receive_payment(connection, "王小明", late.id)
    with reading(database) as connection:
        kinds = [row.kind for row in events(connection, 20)]
    assert (kinds.count("payment-added"), kinds.count("payment-changed")) == (2, 2)


def test_nothing_is_owed_for_a_bid_not_won_and_two_editors_do_not_overwrite(database: Engine, bid: int) -> None:
    with database.begin() as connection, pytest.raises(Mistake, match="not won"):
        payments.add_payment(connection, "王小明", bid, 100)
    win(database, bid)
    with database.begin() as connection:
        with pytest.raises(Mistake, match="not above zero"):
            payments.add_payment(connection, "王小明", bid, 0)
        row = payments.add_payment(connection, "王小明", bid, 100)
        payments.move_payment(connection, "王小明", row.id, NOW)
        with pytest.raises(kept.EditedMeanwhile):
            payments.receive_payment(connection, "王小明", row.id, version=row.version)


def dated(kind: str, day: int, rule_id: str = "") -> MilestoneState:
    at = datetime(2026, 12, day, tzinfo=UTC)
    return MilestoneState(kind=kind, rule_id=rule_id, earliest=at, latest=at, precision="day", words="x")


def test_the_contract_s_day_counts_before_the_law_s() -> None:
    law = dated("gp.payment.buyer", 20, "gp.payment.buyer")
    contract = dated("payment", 10)
    place = ProceedingState(key="purchase-1", kind="purchase", milestones=(law, contract))
    state = ProjectState(name="x", proceedings=(place,))
    assert payments.payment_due(state, "purchase-1") == contract
    only_law = state.model_copy(update={"proceedings": (place.model_copy(update={"milestones": (law,)}),)})
    assert payments.payment_due(only_law, "purchase-1") == law
    assert payments.payment_due(only_law, "purchase-2") is None
