"""The schedule and health of channels."""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    Index,
    Text,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

PollState = Literal["ok", "empty", "partial", "suspect", "blocked", "failed"]


class Channel(SQLModel, table=True):
    """The schedule and health of one channel of a portal."""

    portal: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    next_due_at: datetime = Field(index=True)
    deep_due_at: datetime
    interval_minutes: float = 60
    state: str | None = None
    reason: str = Field(default="", sa_type=Text)
    failures: int = Field(default=0, description="polls in a row that were neither ok nor empty")
    blind_since: datetime | None = None
    last_ok_at: datetime | None = None
    last_poll_at: datetime | None = None


class Lease(SQLModel, table=True):
    """Who holds a name (a host, a digest run) until when. Claimed by one conditional statement."""

    name: str = Field(primary_key=True)
    owner: str
    until: datetime


class Step(SQLModel, table=True):
    """The latest run of a step of the service in one process: what `/health` shows, and how a hanging one is found."""

    name: str = Field(primary_key=True)
    owner: str = Field(primary_key=True)
    started_at: datetime
    limit_at: datetime = Field(description="when it is taken to hang")
    ended_at: datetime | None = Field(default=None, description="None while it runs, or where its process ended first")
    error: str | None = Field(default=None, sa_type=Text)


class Poll(SQLModel, table=True):
    __table_args__ = (one_of("state", PollState), Index("ix_poll_channel", "portal", "channel", "id"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    portal: str
    channel: str
    mode: str = "quick"
    started_at: datetime
    ended_at: datetime
    state: str
    reason: str = Field(default="", sa_type=Text)
    requests: int = 0
    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    failed: int = 0
    unfetched: int = 0
    missing: list[str] = json_column(list)
    evidence: str | None = Field(default=None, foreign_key="blob.hash")
