"""What people do about a project: who answers, tasks, own dates."""

from datetime import datetime
from typing import Literal

from sqlalchemy import (
    Index,
    Text,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, one_of

TaskState = Literal["open", "done", "dropped"]
OwnMilestoneKind = Literal[
    "visit", "sample-car", "test-drive", "factory-visit", "internal-approval", "bid-ready", "delivery", "other"
]


class Assignment(SQLModel, table=True):
    """Who answers for a project; the newest one that has not ended counts."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    owner_id: int = Field(foreign_key="person.id", index=True)
    deputy_id: int | None = Field(default=None, foreign_key="person.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    instruction: str = Field(default="", sa_type=Text)
    due_at: datetime | None = None
    feedback: str | None = Field(default=None, sa_type=Text)
    feedback_at: datetime | None = None
    person_id: int = Field(foreign_key="person.id", description="who assigned it")
    at: datetime
    ended_at: datetime | None = None
    version: int = 1


class Task(SQLModel, table=True):
    """Something one person is to do, with or without a project."""

    __table_args__ = (one_of("state", TaskState), Index("ix_task_open", "owner_id", "state", "due_at"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    title: str = Field(sa_type=Text)
    owner_id: int = Field(foreign_key="person.id")
    due_at: datetime | None = None
    state: str = "open"
    feedback: str | None = Field(default=None, sa_type=Text)
    origin: str = Field(default="", description="what made it, such as `deposit:3`; a person's own has none")
    person_id: int | None = Field(default=None, foreign_key="person.id", description="who asked for it")
    at: datetime
    version: int = 1


class OwnMilestone(SQLModel, table=True):
    """A date of the team's own beside the authority's: a visit, a test drive, an internal approval."""

    __tablename__ = "own_milestone"
    __table_args__ = (one_of("kind", OwnMilestoneKind), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    kind: str
    name: str = Field(default="", sa_type=Text)
    due_at: datetime
    done_at: datetime | None = None
    result: str | None = Field(default=None, sa_type=Text)
    owner_id: int = Field(foreign_key="person.id", index=True)
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1
