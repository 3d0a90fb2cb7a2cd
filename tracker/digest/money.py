"""Money of ours that is outside: deposits that are not back, payments that have not come."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.text import one_line
from tracker.bidding.bids import deposits_out, refund_due
from tracker.bidding.payments import payments
from tracker.digest.known import Known
from tracker.digest.model import Owed
from tracker.state import MilestoneState
from tracker.tables import Bid, table

BID = table(Bid)


def outside(connection: Connection) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """The deposits and the payments that are outside, as rows."""
    return deposits_out(connection), payments(connection)


def money(
    connection: Connection,
    deposits: Collection[Row[Any]],
    due: Collection[Row[Any]],
    known: dict[int, Known],
    home: dict[int, int],
    now: datetime,
) -> tuple[Owed, ...]:
    """All of it: overdue first, then by the day it is due; what nothing dates comes last.

    A deposit is due by the rule that dates its refund, once the bid has ended (GPR 33, TBR 57).
    """
    query = select(BID).where(BID.c.id.in_(sorted({row.bid_id for row in (*deposits, *due)})))
    bids = {row.id: row for row in connection.execute(query)}
    found = [*_deposits(deposits, bids, known, home, now), *_payments(due, bids, known, home, now)]
    return tuple(sorted(found, key=lambda each: (not each.overdue, each.due is None, each.due or now, each.name)))


def _deposits(
    rows: Collection[Row[Any]], bids: dict[int, Row[Any]], known: dict[int, Known], home: dict[int, int], now: datetime
) -> Iterator[Owed]:
    for row in rows:
        project = known.get(home.get(row.project_id, row.project_id))
        if project is not None:
            refund = _refund(project, bids[row.bid_id])
            yield Owed(
                kind="deposit",
                **_shared(project, row, bids),
                since=row.paid_at,
                due=refund.earliest if refund else None,
                rule_id=refund.rule_id if refund else "",
                overdue=refund is not None and refund.latest <= now,
            )


def _payments(
    rows: Collection[Row[Any]], bids: dict[int, Row[Any]], known: dict[int, Known], home: dict[int, int], now: datetime
) -> Iterator[Owed]:
    for row in rows:
        project = known.get(home.get(row.project_id, row.project_id))
        if project is not None:
            late = row.due_at is not None and row.due_at <= now
            shared = _shared(project, row, bids)
            yield Owed(kind="payment", **shared, due=row.due_at, words=one_line(row.name, 60), overdue=late)


def _shared(project: Known, row: Row[Any], bids: dict[int, Row[Any]]) -> dict[str, Any]:
    return {
        "project_id": project.row.id,
        "name": one_line(project.row.name, 120),
        "buyer": one_line(project.row.buyer or "", 80),
        "owner": project.owner,
        "amount": row.amount,
        "url": next((each.url for each in project.links if each.url), ""),
        "status": bids[row.bid_id].status,
    }


def _refund(project: Known, bid: Row[Any]) -> MilestoneState | None:
    """None before the bid has ended, and where the law cannot count yet."""
    try:
        return refund_due(project.state, bid) if bid.closed_at is not None else None
    except ValueError:  # a state that cannot be read: the sum is told without its day
        return None
