"""People and what they decided, wrote and asked for: never overwritten by derivation."""

from datetime import datetime, time
from typing import Any, Literal

from sqlalchemy import (
    CheckConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

DecisionKind = Literal[
    "track", "pass", "favourite", "must-link", "cannot-link", "relevance", "fact", "acknowledge", "snooze"
]
Frequency = Literal["instant", "daily", "weekly"]


class Person(SQLModel, table=True):
    __table_args__ = (one_of("frequency", Frequency), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    email: str | None = None
    language: str = "zh_CN"
    digest_at: time = Field(default=time(7, 30), description="local time in `zone`")
    digest_days: str = Field(default="working", description="working, daily, or weekdays such as mon,wed,fri")
    frequency: str = Field(
        default="instant",
        description="instant: alerts at once beside the digest; daily, weekly: the digest, and what cannot wait for it",
    )
    quiet_from: time | None = Field(default=None, description="local time; nothing but what is critical leaves from …")
    quiet_to: time | None = Field(default=None, description="… to; the same as quiet_from means no quiet hours")
    quiet_days: bool = Field(default=False, description="days without a digest are quiet as a whole")
    packs: str = Field(default="weekly,monthly", description="the reports they get, none where it is empty")
    zone: str = Field(default="Asia/Shanghai", description="of the hours above; dates are shown in Asia/Shanghai")
    active: bool = True
    added_at: datetime
    forgotten_at: datetime | None = None
    version: int = 1


class Watch(SQLModel, table=True):
    """A subscription of a person or of a team; tracker.watches.Criteria validates what it asks for."""

    __table_args__ = (
        UniqueConstraint("person_id", "name"),
        UniqueConstraint("team_id", "name"),
        CheckConstraint("(person_id IS NULL) <> (team_id IS NULL)", name="whose"),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    name: str
    criteria: dict[str, Any] = json_column()
    created_at: datetime
    from_event: int = Field(default=0, description="the newest event when it was made: earlier ones are its backlog")
    active: bool = True
    version: int = 1


class Decision(SQLModel, table=True):
    """What a person decided; derivation reads it and never overwrites it."""

    __table_args__ = (
        Index("ix_decision_live", "kind", "undone_at", "project_id"),
        one_of("kind", DecisionKind),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    data: dict[str, Any] = json_column()
    reason: str | None = Field(default=None, sa_type=Text)
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    undone_at: datetime | None = None
    undone_by: int | None = Field(default=None, foreign_key="person.id")


class Override(SQLModel, table=True):
    """A value corrected by hand for one version of a publication."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    version_number: int
    field: str
    lot: str = ""
    value: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    undone_at: datetime | None = None


class Note(SQLModel, table=True):
    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    text: str = Field(sa_type=Text)
    person_id: int = Field(foreign_key="person.id", description="who wrote it")
    keeper_id: int | None = Field(default=None, foreign_key="person.id", description="to whom it was handed over")
    at: datetime
    version: int = 1


class Team(SQLModel, table=True):
    """People who share projects; disputes about who owns one go to its lead."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    lead_id: int | None = Field(default=None, foreign_key="person.id")
    version: int = 1


class TeamMember(SQLModel, table=True):
    __tablename__ = "team_member"

    team_id: int = Field(primary_key=True, foreign_key="team.id")
    person_id: int = Field(primary_key=True, foreign_key="person.id", index=True)


class Forgotten(SQLModel, table=True):
    """Words blanked for good: a salted hash stays, so that a re-reading blanks them again."""

    digest: str = Field(primary_key=True)
    length: int
    at: datetime
