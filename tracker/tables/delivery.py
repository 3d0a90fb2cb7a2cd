"""Digests, the duty to tell a person or a group, and where groups are told."""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

DeliveryState = Literal["due", "sent", "dead", "cancelled"]
AttemptPhase = Literal["claimed", "sending", "done"]
ChatMedium = Literal["wecom", "dingtalk", "feishu"]


_MAIL: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("destination_id IS NULL"))


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


class Destination(SQLModel, table=True):
    """A group robot: told beside the mail what one person is told, or what concerns anybody of a team.

    Its address and key stand in the file of robots (tracker/delivery/robots.py) under the name `robot`, never here.
    """

    __table_args__ = (
        one_of("medium", ChatMedium),
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="whose"),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    medium: str
    robot: str
    person_id: int | None = Field(default=None, foreign_key="person.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    digest: bool = Field(default=True, description="the digest too, beside the alerts; of a team its lead's")
    active: bool = True
    added_at: datetime
    version: int = 1


class Delivery(SQLModel, table=True):
    """The duty to tell one person one thing by mail, or one group by its robot.

    What a group is told is worded for `person_id`; too long for one message, it becomes several rows, one a part.
    """

    __table_args__ = (
        Index("uq_delivery_mail_event", "person_id", "kind", "event_id", unique=True, **_MAIL),
        Index("uq_delivery_mail_digest", "person_id", "kind", "digest_id", unique=True, **_MAIL),
        UniqueConstraint("destination_id", "kind", "event_id", "part"),
        UniqueConstraint("destination_id", "kind", "digest_id", "part"),
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
    destination_id: int | None = Field(default=None, foreign_key="destination.id", description="None: by mail")
    part: int = 1
    parts: int = 1
    state: str = "due"
    reason: str = Field(default="", sa_type=Text)
    not_before: datetime
    due_at: datetime | None = Field(
        default=None, description="when it was to leave, quiet hours counted and failures not; None: when it was made"
    )
    passes_at: datetime | None = Field(
        default=None, description="from when on quiet hours hold it no longer; None: they always do"
    )
    carried_by: int | None = Field(
        default=None, foreign_key="delivery.id", index=True, description="the folded mail that tells this one too"
    )
    forgiven: int = Field(default=0, description="tries before a person sent it again: what they left unknown is past")
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


class MailLink(SQLModel, table=True):
    """How a person stops the mails and has them come again, by the link that stands in each.

    The token is kept as it is, because every mail repeats it; it opens nothing but this.
    """

    __tablename__ = "mail_link"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    token: str = Field(unique=True)
    made_at: datetime
    stopped_at: datetime | None = Field(default=None, description="no mails since then; None: they come")
