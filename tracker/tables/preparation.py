"""How far the answer to a tender is: the checklist as last derived, what people did on it, the compliance matrix.

Rows that people keep carry no unique key beside their id: when two projects are joined both sides' work moves along,
and the next derivation joins what now stands twice (`tracker.checklist.work`, `tracker.bidding.matrix`).
"""

from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

ItemStatus = Literal["open", "doing", "done", "check-again", "not-applicable"]
RowStatus = Literal["open", "drafted", "reviewed", "done"]
Deviation = Literal["", "met", "better", "worse", "none"]
DutyRole = Literal["attends", "deputy", "ca-holder", "price", "technical", "maker", "platform", "agency", "other"]


class ChecklistState(SQLModel, table=True):
    """The checklist of a project as last derived: what the next derivation is compared with."""

    __tablename__ = "checklist"

    project_id: int = Field(primary_key=True, foreign_key="project.id")
    proceeding: str = Field(description="natural key of the proceeding it was derived for")
    basis: str = Field(description="of what it was derived from: the same basis needs no new derivation")
    items: dict[str, Any] = json_column()
    """By item: what its line rested on, and what the last derivations changed in it."""
    derived_at: datetime


class ChecklistItem(SQLModel, table=True):
    """What people did about one line of a checklist; a line nobody touched has no row."""

    __tablename__ = "checklist_item"
    __table_args__ = (
        Index("ix_checklist_item_of", "project_id", "proceeding", "item"),
        one_of("status", ItemStatus),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    proceeding: str
    item: str = Field(description="id of the line or step; a later round of talks behind `@`")
    status: str = "open"
    owner_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    due: date | None = None
    evidence: str = Field(default="", sa_type=Text)
    person_id: int = Field(foreign_key="person.id", description="who changed it last")
    at: datetime
    version: int = 1


class MatrixRow(SQLModel, table=True):
    """Our answer to one requirement, by the stable key of the requirement; one nobody touched has no row."""

    __tablename__ = "matrix_row"
    __table_args__ = (
        Index("ix_matrix_row_of", "project_id", "requirement"),
        one_of("status", RowStatus),
        one_of("deviation", Deviation),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    requirement: str = Field(description="key of tracker.documents.model.Requirement")
    words: str = Field(sa_type=Text, description="as they stood when the row was last worked on")
    status: str = "open"
    owner_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    answer: str = Field(default="", sa_type=Text)
    deviation: str = ""
    place: str = Field(default="", sa_type=Text, description="where in our bid: section, page")
    evidence: str = Field(default="", sa_type=Text)
    credential_id: int | None = Field(default=None, foreign_key="credential.id")
    again: str = Field(default="", sa_type=Text, description="why it must be checked again; empty where it need not")
    person_id: int = Field(foreign_key="person.id", description="who changed it last")
    at: datetime
    version: int = 1


class Duty(SQLModel, table=True):
    """Who does what on the day of the opening, and under which number: the phone tree, in its order."""

    __table_args__ = (one_of("role", DutyRole), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    role: str
    name: str = Field(sa_type=Text)
    phone: str = ""
    person_id: int = Field(foreign_key="person.id", description="who noted it")
    at: datetime
    version: int = 1
