"""From "not registered" to "uploaded": how far we have got the documents, and how our bid got to the platform."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI, now
from crawler.text import one_line
from tracker.bidding import bids
from tracker.bidding.bids import BID
from tracker.bidding.credentials import ACCOUNT, key_words
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.state import ProjectState
from tracker.tables import Registration, table
from tracker.team import kept
from tracker.team.people import person
from tracker.team.tasks import close_tasks_from

REGISTRATION = table(Registration)
State = Literal["unregistered", "pending", "registered", "fee-paid", "downloaded"]
STATES: Final[dict[State, str]] = {
    "unregistered": "not registered",
    "pending": "registration pending",
    "registered": "registered for the documents",
    "fee-paid": "document fee paid",
    "downloaded": "documents downloaded",
}
"""A msgid each, in the order in which they are reached."""
STEPS: Final[dict[State, str]] = {
    "pending": "applied_at",
    "registered": "registered_at",
    "fee-paid": "fee_paid_at",
    "downloaded": "downloaded_at",
}


@dataclass(frozen=True)
class Got:
    """How far the documents of one proceeding or lot are ours."""

    id: int | None
    proceeding: str
    lot: str
    state: State
    """The last step reached."""
    fee: int | None = None
    """Hundredths of CNY; 0 where they are free, None where it is not known."""
    fee_open: bool = False
    """A fee is asked for and not paid yet."""
    applied_at: datetime | None = None
    registered_at: datetime | None = None
    fee_paid_at: datetime | None = None
    downloaded_at: datetime | None = None
    proof: str = ""
    account_id: int | None = None
    version: int = 0

    @property
    def complete(self) -> bool:
        return self.downloaded_at is not None and not self.fee_open


def registrations(connection: Connection, identity: int) -> list[Got]:
    """How far each proceeding and lot of a project is, as far as anybody noted it."""
    mine = select(REGISTRATION).where(REGISTRATION.c.project_id == project(connection, identity).id)
    query = mine.order_by(REGISTRATION.c.proceeding, REGISTRATION.c.lot, REGISTRATION.c.id)
    return [_got(row) for row in connection.execute(query)]


def registration(connection: Connection, identity: int, proceeding: str, lot: str = "") -> Got:
    """How far one proceeding or lot is: what was noted for the lot, else for the whole, else nothing yet."""
    known = {(each.proceeding, each.lot): each for each in registrations(connection, identity)}
    return known.get((proceeding, lot)) or known.get((proceeding, "")) or Got(None, proceeding, lot, "unregistered")


def _got(row: Row[Any]) -> Got:
    reached = [state for state, column in STEPS.items() if row._mapping[column] is not None]
    return Got(
        id=row.id,
        proceeding=row.proceeding,
        lot=row.lot,
        state=reached[-1] if reached else "unregistered",
        fee=row.fee,
        fee_open=bool(row.fee) and row.fee_paid_at is None,
        applied_at=row.applied_at,
        registered_at=row.registered_at,
        fee_paid_at=row.fee_paid_at,
        downloaded_at=row.downloaded_at,
        proof=row.proof,
        account_id=row.account_id,
        version=row.version,
    )


def register(
    connection: Connection,
    who: str,
    identity: int,
    step: str,
    *,
    at: datetime | None = None,
    lot: str = "",
    proceeding: str | None = None,
    proof: str | None = None,
    fee: int | None = None,
    account_id: int | None = None,
    version: int | None = None,
) -> Got:
    """Note that a step was reached: pending, registered (with a proof), fee-paid, downloaded. Raises Mistake.

    Steps may be skipped: a free document has no fee, many platforms no application.
    """
    by, target = person(connection, who), project(connection, identity)
    if step not in STEPS:
        raise Mistake(_("{step!r} is no step; write one of: {known}").format(step=step, known=", ".join(STEPS)))
    if account_id is not None:
        kept.get(connection, ACCOUNT, account_id)
    place = bids.place_of(target, proceeding, lot).key
    known = registration(connection, target.id, place, lot)
    if step == "registered" and not (proof or known.proof):
        raise Mistake(_("name what proves it (receipt, number, file): --proof TEXT"))
    values: dict[str, Any] = {STEPS[step]: at or now()}
    values |= {"proof": one_line(proof, 300)} if proof else {}
    values |= {"fee": fee} if fee is not None else {}
    values |= {"account_id": account_id} if account_id is not None else {}
    if known.id is None or known.lot != lot:
        fresh = {"project_id": target.id, "proceeding": place, "lot": lot, "proof": ""}
        return _got(kept.add(connection, REGISTRATION, by, **(fresh | values)))
    before = kept.get(connection, REGISTRATION, known.id, version)
    return _got(kept.edit(connection, REGISTRATION, by, before, **values))


# --- upload ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Uploaded:
    bid: Row[Any]
    warnings: tuple[str, ...] = ()
    """In the language of the moment."""


def upload(
    connection: Connection,
    who: str,
    bid_id: int,
    *,
    receipt: str,
    account_id: int | None = None,
    at: datetime | None = None,
    version: int | None = None,
) -> Uploaded:
    """Note that the bid was uploaded (or handed over), with which account, and so which CA key encrypted it.

    A later upload replaces the earlier one: after a correction, or with a renewed key. Raises Mistake, EditedMeanwhile.
    """
    by, before = person(connection, who), bids.bid(connection, bid_id, version)
    if before.status in bids.CLOSED or before.status == "opened":
        raise Mistake(
            _("bid {id} is {status}; nothing can be handed in any more").format(id=bid_id, status=before.status)
        )
    if not one_line(receipt, 300):
        raise Mistake(_("name what proves it (receipt, number, file): --receipt TEXT"))
    moved = bids.change_bid(connection, who, bid_id, "submitted", version=version).bid
    values: dict[str, Any] = {"submitted_at": at or now(), "receipt": one_line(receipt, 300)}
    warnings = []
    if account_id is not None:
        key = kept.get(connection, ACCOUNT, account_id)
        if key.company != before.bidder:
            raise Mistake(
                _(
                    "account {id} belongs to {company}, the bid to {bidder}: never upload one firm's bid with another's"
                ).format(id=account_id, company=key.company, bidder=before.bidder)
            )
        values |= {"account_id": key.id, "ca_serial": key.ca_serial, "ca_until": key.ca_until}
        opening = opening_of(project(connection, before.project_id), before.proceeding, before.lot)
        if key.ca_until is not None and opening is not None and key.ca_until < opening.astimezone(SHANGHAI).date():
            said = _("the CA key {key} ends before the opening: renew it, then encrypt and upload again")
            warnings.append(said.format(key=key_words(key)))
    after = kept.edit(connection, BID, by, moved, **values)
    close_tasks_from(connection, who, f"encrypt:{bid_id}", _("uploaded again"))
    return Uploaded(after, tuple(warnings))


def opening_of(target: Row[Any], proceeding: str, lot: str = "") -> datetime | None:
    """When bids are opened, else when they are due, as printed for the lot or the whole; UTC."""
    kinds = ("opening_at", "bid_deadline", "prequalification_deadline")
    return bids.printed(ProjectState.model_validate(target.state), proceeding, kinds, lot)
