"""What buyers owe us for bids we won: instalments with their due day, until the money has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.clock import now
from tracker.bidding.bids import BID, bid
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.state import MilestoneState, ProjectState
from tracker.tables import Payment, table
from tracker.team import kept
from tracker.team.people import person

PAYMENT = table(Payment)
RULES = ("gp.payment.buyer", "gp.payment.sme", "ent.payment.sme")
"""Rules that date a payment where the contract sets no day, the nearer one first (config/procedures)."""


def payment_due(state: ProjectState, proceeding: str) -> MilestoneState | None:
    """The day by which a buyer has to pay: of the contract's term, else of the first rule that can be counted."""
    place = next((each for each in state.proceedings if each.key == proceeding), None)
    dated = {each.rule_id or each.kind: each for each in place.milestones} if place else {}
    return next((dated[name] for name in ("payment", *RULES) if name in dated), None)


def add_payment(
    connection: Connection, who: str, bid_id: int, amount: int, *, due: datetime | None = None, name: str = ""
) -> Row[Any]:
    """An instalment (hundredths of CNY) of a bid we won; its day comes from contract or law where none is given.

    Raises Mistake.
    """
    by, ours = person(connection, who), bid(connection, bid_id)
    if ours.status != "won":
        raise Mistake(_("bid {id} is not won; the buyer owes nothing for it").format(id=ours.id))
    if amount <= 0:
        raise Mistake(_("the amount is not above zero; give --amount YUAN"))
    counted = payment_due(ProjectState.model_validate(project(connection, ours.project_id).state), ours.proceeding)
    values = {"amount": amount, "name": name.strip(), "due_at": due or (counted.latest if counted else None)}
    return kept.add(connection, PAYMENT, by, project_id=ours.project_id, bid_id=ours.id, **values)


def receive_payment(
    connection: Connection, who: str, identity: int, *, at: datetime | None = None, version: int | None = None
) -> Row[Any]:
    """The money has come. Raises Mistake, EditedMeanwhile."""
    by, before = person(connection, who), kept.get(connection, PAYMENT, identity, version)
    if before.received_at is not None:
        raise Mistake(_("payment {id} has come already").format(id=identity))
    return kept.edit(connection, PAYMENT, by, before, received_at=at or now())


def move_payment(
    connection: Connection, who: str, identity: int, due: datetime, version: int | None = None
) -> Row[Any]:
    """Another due day. Raises Mistake, EditedMeanwhile."""
    by, before = person(connection, who), kept.get(connection, PAYMENT, identity, version)
    return kept.edit(connection, PAYMENT, by, before, due_at=due)


def payments(connection: Connection, identity: int | None = None) -> list[Row[Any]]:
    """Those of a project, else all that have not come, the earliest due first; each with the bidding entity."""
    query = select(PAYMENT, BID.c.bidder).join(BID, BID.c.id == PAYMENT.c.bid_id)
    if identity is None:
        query = query.where(PAYMENT.c.received_at.is_(None))
    else:
        query = query.where(PAYMENT.c.project_id == project(connection, identity).id)
    return list(connection.execute(query.order_by(PAYMENT.c.due_at.is_(None), PAYMENT.c.due_at, PAYMENT.c.id)))
