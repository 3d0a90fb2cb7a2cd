"""Our bids and their deposits."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Text,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, one_of

BidStatus = Literal["considering", "registered", "preparing", "submitted", "opened", "won", "lost", "void", "withdrawn"]
DepositForm = Literal["transfer", "cheque", "draft", "bank-guarantee", "insurance", "other"]


class Bid(SQLModel, table=True):
    """Our bid for a proceeding or one lot of it; a project has one bidding entity, whichever branch works on it."""

    __table_args__ = (one_of("status", BidStatus), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    proceeding: str = Field(description="natural key, such as purchase-1")
    lot: str = ""
    bidder: str = Field(sa_type=Text, description="the bidding entity")
    status: str = "considering"
    price: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    rank: int | None = None
    winner: str | None = Field(default=None, sa_type=Text)
    winner_price: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    reason: str | None = Field(default=None, sa_type=Text, description="why it was lost, void or withdrawn")
    next_contact: date | None = None
    ready_at: datetime | None = Field(default=None, description="declared ready; a correction takes it back")
    ready_despite: str | None = Field(default=None, sa_type=Text, description="why, where something was still open")
    submitted_at: datetime | None = Field(default=None, description="of the newest upload or hand-over")
    receipt: str | None = Field(default=None, sa_type=Text, description="proves the upload or hand-over")
    account_id: int | None = Field(default=None, foreign_key="platform_account.id", description="it was uploaded with")
    ca_serial: str | None = Field(default=None, description="the CA key it was encrypted with: the same one decrypts")
    ca_until: date | None = Field(default=None, description="last day of that key when it encrypted")
    valid_until: date | None = Field(default=None, description="last day the bid binds us (投标有效期)")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    closed_at: datetime | None = None
    version: int = 1


class Deposit(SQLModel, table=True):
    """A bid deposit on its way there and back."""

    __table_args__ = (one_of("form", DepositForm), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    bid_id: int = Field(foreign_key="bid.id", index=True)
    amount: int = Field(sa_type=BigInteger, description="hundredths of CNY")
    due_at: datetime | None = None
    form: str = Field(default="transfer", description="how it is given")
    paid_at: datetime | None = None
    bound_at: datetime | None = Field(default=None, description="the platform has matched it to bidder and lot")
    returned_at: datetime | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1


class Payment(SQLModel, table=True):
    """Money a buyer owes us for a bid we won, one row an instalment."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    bid_id: int = Field(foreign_key="bid.id", index=True)
    name: str = Field(default="", sa_type=Text, description="which instalment: on delivery, the rest …")
    amount: int = Field(sa_type=BigInteger, description="hundredths of CNY")
    due_at: datetime | None = Field(default=None, description="by contract, else by the rule that dates it; None: open")
    received_at: datetime | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1
