"""What is derived of publications, and its history."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Index,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

ProceedingKind = Literal["intention", "opinion", "qualification", "purchase"]
Cause = Literal["published", "re-read", "rule", "calendar", "person", "poll", "clock"]
"""clock: nothing was said anew; a time has come (a reminder, a task that falls due)."""


class Notice(SQLModel, table=True):
    """The same announcement on all portals. Derived."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    title: str = Field(sa_type=Text)


class Organisation(SQLModel, table=True):
    """A buyer, agency or procurement centre under a comparison key, with the spellings met."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    name: str
    aliases: list[str] = json_column(list)


class Project(SQLModel, table=True):
    """One purchase from the first intention to the contract. All but id and alias_of is derived."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    alias_of: int | None = Field(default=None, foreign_key="project.id", index=True)
    name: str = Field(sa_type=Text)
    number: str | None = None
    buyer: str | None = None
    buyer_id: int | None = Field(default=None, foreign_key="organisation.id", index=True)
    region: str | None = None
    regime: str | None = None
    vehicle_purchase: str = Field(default="no", index=True)
    stage: str = ""
    closed: bool = False
    replica: bool = False
    state: dict[str, Any] = json_column()
    state_hash: str = ""
    first_seen_at: datetime = Field(index=True)
    changed_at: datetime = Field(index=True)


class Proceeding(SQLModel, table=True):
    """One procedure inside a project: a qualification, a purchase, one round after a failure."""

    __table_args__ = (UniqueConstraint("project_id", "key"), one_of("kind", ProceedingKind), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    key: str = Field(description="natural: kind and round, such as purchase-1")
    kind: str
    round: int = 1
    method: str | None = None
    number: str | None = None
    stage: str = ""
    outcome: str | None = None
    re_tender_of: int | None = Field(default=None, foreign_key="proceeding.id")


class Lot(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("proceeding_id", "no"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    proceeding_id: int = Field(foreign_key="proceeding.id", index=True)
    no: str
    name: str | None = Field(default=None, sa_type=Text)
    budget: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    outcome: str | None = None


class Milestone(SQLModel, table=True):
    """A date of a proceeding or lot, printed (rule_id empty) or computed by a rule."""

    __table_args__ = (
        UniqueConstraint("proceeding_id", "lot", "kind", "rule_id"),
        Index("ix_milestone_open", "bidder_acts", "latest"),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    proceeding_id: int = Field(foreign_key="proceeding.id", index=True)
    lot: str = ""
    kind: str
    rule_id: str = ""
    earliest: datetime = Field(index=True)
    latest: datetime
    precision: str
    zone: str = "Asia/Shanghai"
    words: str = Field(sa_type=Text, description="the words it was read from, or the steps it was computed by")
    bidder_acts: bool = False
    provisional: bool = False
    conflict: list[dict[str, Any]] = json_column(list)
    evidence: dict[str, Any] = json_column()


class Award(SQLModel, table=True):
    """A lot won, once, as the last word on it says: a contract before an award, an award before a candidate."""

    __table_args__ = (UniqueConstraint("proceeding_id", "no"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    proceeding_id: int = Field(foreign_key="proceeding.id", index=True)
    no: int = Field(description="from 1, in the order of the state")
    lot: str = ""
    supplier: str = Field(sa_type=Text)
    supplier_key: str = Field(index=True, description="for comparing names")
    stage: str
    amount: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    unit_price: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    computed: bool = Field(default=False, description="the unit price is amount / number of vehicles, not printed")
    brand: str | None = None
    model: str | None = Field(default=None, sa_type=Text)
    vehicles: str = Field(default="", description="ids of vehicle types, separated by blanks")
    region: str = Field(default="", description="full names from the province down, separated by /")
    at: datetime | None = Field(default=None, index=True, description="when it was published")


class Event(SQLModel, table=True):
    """A fact of history: append-only, never regenerated."""

    __table_args__ = (one_of("cause", Cause), Index("ix_event_unrouted", "routed_at", "id"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True, description="made from content, so that a repetition adds none")
    kind: str
    cause: str
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    proceeding_id: int | None = None
    publication_id: int | None = Field(default=None, foreign_key="publication.id", index=True)
    portal: str | None = None
    channel: str | None = None
    before: str | None = Field(default=None, sa_type=Text)
    after: str | None = Field(default=None, sa_type=Text)
    data: dict[str, Any] = json_column()
    occurred_at: datetime | None = Field(default=None, description="when it was published, as far as is known")
    seen_at: datetime = Field(index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    routed_at: datetime | None = None
    route_error: str | None = Field(
        default=None, sa_type=Text, description="why its rule failed; the digests name such an event"
    )
