"""Digests, and the duty to tell a person."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    Column,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

DeliveryState = Literal["due", "sent", "dead", "cancelled"]
AttemptPhase = Literal["claimed", "sending", "done"]


class Digest(SQLModel, table=True):
    """The window of one digest of one person."""

    __table_args__ = (UniqueConstraint("person_id", "kind", "local_date"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str = "daily"
    local_date: date
    made_at: datetime
    health: list[dict[str, Any]] = json_column(list)


class DigestItem(SQLModel, table=True):
    """An event that concerns a person; the router writes it, the next digest takes it.

    Chosen by the absence of a digest, never by a time or an id: a lower id may commit later.
    """

    __tablename__ = "digest_item"
    __table_args__ = (
        UniqueConstraint("person_id", "event_id"),
        Index("ix_digest_item_open", "person_id", "digest_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    event_id: int = Field(foreign_key="event.id")
    digest_id: int | None = Field(default=None, foreign_key="digest.id")
    why: dict[str, Any] | None = Field(
        default=None,
        sa_column=Column(JSON(none_as_null=True)),
        description="the watch that asked for it and its reasons; None without one",
    )


class Delivery(SQLModel, table=True):
    """The duty to tell one person one thing on one channel."""

    __table_args__ = (
        UniqueConstraint("person_id", "kind", "event_id"),
        UniqueConstraint("person_id", "kind", "digest_id"),
        one_of("state", DeliveryState),
        Index("ix_delivery_due", "state", "not_before"),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    kind: str
    event_id: int | None = Field(default=None, foreign_key="event.id")
    digest_id: int | None = Field(default=None, foreign_key="digest.id")
    medium: str = "mail"
    state: str = "due"
    reason: str = Field(default="", sa_type=Text)
    not_before: datetime
    message_id: str = Field(unique=True)
    attempts: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None
    content: bytes | None = Field(default=None, sa_column=Column(LargeBinary), description="stored just before sending")
    made_at: datetime
    sent_at: datetime | None = None


class Attempt(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("delivery_id", "number"), one_of("phase", AttemptPhase), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.id", index=True)
    number: int
    phase: str = "claimed"
    outcome: str | None = None
    code: str | None = None
    text: str = Field(default="", sa_type=Text)
    started_at: datetime
    ended_at: datetime | None = None
