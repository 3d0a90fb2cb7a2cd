"""A bid from considering to its end, and the deposit until it is back."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from crawler.page import Page
from tests.tracker.pages import page
from tracker.bidding import bids
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.intake import take_page
from tracker.team import kept, tasks, work
from tracker.views import events

from .conftest import ENTITY, NOW

pytestmark = pytest.mark.usefixtures("english")


def award() -> Page:
    """Another supplier wins `tender`."""
    body = """<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目编号：YJZC-2026-0117</p><p>二、项目名称：警用车辆采购项目</p><p>三、中标（成交）信息</p>
    <p>供应商名称：别家汽车贸易有限公司</p><p>供应商地址：别处路2号</p><p>中标（成交）金额：171.000000（万元）</p>
    <p>九、凡对本次公告内容提出询问，请按以下方式联系</p><p>1.采购人信息</p><p>名称：远江市公安局</p></div></div></body></html>"""
    title = "远江市公安局警用车辆采购项目中标结果公告"
    return page(body, key="1009", title=title, published="2026-12-07 10:00", buyer="远江市公安局")


def test_a_bid_goes_its_way_and_every_step_has_a_name(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        assert (bid.status, bid.proceeding) == ("considering", "purchase-1")
        for status in ("registered", "preparing", "submitted", "opened"):
            bids.change_bid(connection, "王小明", bid.id, status, price=175_000_000)
        done = bids.change_bid(
            connection,
            "李经理",
            bid.id,
            "lost",
            rank=2,
            winner="别家汽车贸易有限公司",
            winner_price=171_000_000,
            reason="price",
            next_contact=kept.day("2027-03-01"),
        )
    assert (done.bid.status, done.bid.rank, done.bid.reason, done.bid.closed_at) == ("lost", 2, "price", NOW)
    with reading(database) as connection:
        changed = [row for row in reversed(events(connection, 50)) if row.kind == "bid-changed"]
    assert len(changed) == 5
    assert {each["field"] for each in changed[-1].data["fields"]} >= {"status", "rank", "winner", "reason"}
    assert all(row.person_id for row in changed)


@pytest.mark.parametrize(
    ("start", "to", "reason", "says"),
    [
        ("considering", "won", "x", "not submitted"),
        ("preparing", "lost", "x", "not submitted"),
        ("submitted", "lost", None, "say why"),
        ("registered", "withdrawn", None, "say why"),
        ("opened", "withdrawn", "x", "after the opening"),
        ("submitted", "preparing", None, "say why"),
        ("submitted", "sleeping", "x", "no status"),
    ],
)
def test_a_step_that_makes_no_sense_is_refused(
    database: Engine, project: int, start: str, to: str, reason: str | None, says: str
) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        bids.change_bid(connection, "王小明", bid.id, start)
        with pytest.raises(Mistake, match=says):
            bids.change_bid(connection, "王小明", bid.id, to, reason=reason)


def test_one_tender_has_one_bidding_entity_across_branches(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bids.open_bid(connection, "王小明", project, ENTITY)
        with pytest.raises(Mistake, match="locked to 远江示例汽车销售有限公司"):
            bids.open_bid(connection, "李经理", project, "远江示例汽车销售有限公司二分公司", lot="2")
        with pytest.raises(Mistake, match="already"):
            bids.open_bid(connection, "李经理", project, ENTITY)


def test_h65_two_people_move_one_bid(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        bids.change_bid(connection, "王小明", bid.id, "registered", version=bid.version)
    with database.begin() as connection, pytest.raises(kept.EditedMeanwhile) as caught:
        bids.change_bid(connection, "李经理", bid.id, "preparing", version=bid.version)
    assert caught.value.now.status == "registered"


def test_the_deposit_is_due_with_the_bid_and_closing_asks_for_it(database: Engine, project: int) -> None:
    with database.begin() as connection:
        work.assign(connection, "李经理", project, "王小明")
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        with pytest.raises(Mistake, match="--amount"):
            bids.add_deposit(connection, "王小明", bid.id)
        deposit = bids.add_deposit(connection, "王小明", bid.id, amount=3_000_000)
        assert deposit.due_at == datetime(2026, 12, 3, 1, 30, tzinfo=UTC)
        with pytest.raises(Mistake, match="not paid"):
            bids.mark_deposit(connection, "王小明", deposit.id, "returned")
        bids.mark_deposit(connection, "王小明", deposit.id, "paid", form="bank-guarantee")
        bids.mark_deposit(connection, "王小明", deposit.id, "bound")
        bids.change_bid(connection, "王小明", bid.id, "submitted")
    take_page(database, award())
    with database.begin() as connection:
        done = bids.change_bid(connection, "李经理", bid.id, "lost", reason="price")
        (task,) = tasks.tasks(connection, owner="王小明")
        assert (task.id,) == done.tasks
        assert "30000.00" in task.title
        assert "GPR 33" in task.title
        assert task.due_at == datetime(2026, 12, 14, 16, 0, tzinfo=UTC), "five working days after the result"
        assert [row.id for row in bids.deposits_out(connection)] == [deposit.id]
        bids.mark_deposit(connection, "王小明", deposit.id, "returned", at=kept.instant("2026-12-11 10:00"))
        assert tasks.tasks(connection, owner="王小明") == []
        assert bids.deposits_out(connection) == []


def test_closing_a_bid_whose_deposit_was_not_noted_as_paid_asks(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        bids.add_deposit(connection, "王小明", bid.id, amount=3_000_000)
        done = bids.change_bid(connection, "王小明", bid.id, "withdrawn", reason="no authorisation")
    assert len(done.asks) == 1
    assert done.tasks == ()


def test_large_prices_fit_both_databases(database: Engine, project: int) -> None:
    with database.begin() as connection:
        bid = bids.open_bid(connection, "王小明", project, ENTITY)
        done = bids.change_bid(connection, "王小明", bid.id, price=500_000_000_000)
    assert done.bid.price == 500_000_000_000
