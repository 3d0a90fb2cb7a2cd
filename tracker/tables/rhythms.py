"""When organisers buy, and what was forecast of it."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import (
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, one_of

RhythmKind = Literal["batch", "monthly", "framework", "yearly", "intention"]
RhythmOrigin = Literal["declared", "entered"]
ForecastOutcome = Literal["hit", "early", "late", "none"]


class Rhythm(SQLModel, table=True):
    """When an organiser buys again, as a person entered it or a document declares it; learned ones are computed."""

    __table_args__ = (one_of("kind", RhythmKind), one_of("origin", RhythmOrigin), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    organiser: str
    organiser_key: str = Field(index=True)
    form: str = Field(default="", description="a method, `framework`, `batch` …; empty: any")
    vehicle_class: str = Field(default="", description="as relevance names it; empty: any")
    kind: str
    origin: str
    rule: str = Field(description="such as `day 12`, `weekday 2 2`, `last-working-day`, `date 2026-12-08`")
    words: str = Field(default="", sa_type=Text, description="the document's, or the person's reason")
    valid_from: date
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    ended_at: datetime | None = None
    version: int = 1


class Forecast(SQLModel, table=True):
    """A window that was shown to people, and how it came out."""

    __table_args__ = (UniqueConstraint("rhythm_key", "first"), one_of("outcome", ForecastOutcome), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    rhythm_key: str = Field(description="organiser key, form, class, kind and origin, joined by |")
    first: date
    last: date
    support: str = Field(description="such as 5/6")
    made_at: datetime
    outcome: str | None = Field(default=None, description="None while open")
    outcome_on: date | None = None
    blind: bool = Field(default=False, description="the source was not read inside the window: no miss")
