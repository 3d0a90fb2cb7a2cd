"""Tender documents of a project, their versions as read, and what they require."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
)
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

DocumentState = Literal["waiting", "read", "partly", "unreadable", "refused"]
RequirementKind = Literal[
    "qualification", "conformity", "commercial", "technical", "scoring", "submission", "deposit", "price", "delivery",
    "warranty", "payment", "contract", "void",
]  # fmt: skip
RequirementMark = Literal["", "★", "▲", "#"]
FlagVerdict = Literal["question", "leave"]


class Document(SQLModel, table=True):
    """A file of a tender as people speak of it: the tender document, a drawing, a table; its versions hang below."""

    __table_args__ = (Index("ix_document_name", "project_id", "key"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    key: str = Field(sa_type=Text, description="its name without the words that tell versions apart")
    name: str = Field(sa_type=Text, description="as its newest version is called")
    archive_id: int | None = Field(default=None, foreign_key="document.id", index=True, description="packed inside it")
    version_id: int | None = Field(default=None, description="the newest version")
    first_seen_at: datetime


class DocumentVersion(SQLModel, table=True):
    """One state of a document: bytes in $CHEBIAO_HOME/files, text as read. None is ever thrown away."""

    __tablename__ = "document_version"
    __table_args__ = (UniqueConstraint("document_id", "number"), one_of("state", DocumentState), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    document_id: int = Field(foreign_key="document.id", index=True)
    number: int
    name: str = Field(sa_type=Text, description="as the portal, the person or the archive calls it")
    hash: str = Field(index=True, description="SHA-256 of the file in $CHEBIAO_HOME/files")
    size: int
    kind: str = Field(default="unknown", description="told by its bytes")
    state: str = "waiting"
    detail: str = Field(default="", sa_type=Text, description="why it could not be read, or not wholly")
    pages: int | None = None
    unread_pages: list[int] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    packed: bytes | None = Field(default=None, sa_column=Column(LargeBinary), description="zlib of its lines as JSON")
    reader_version: str = ""
    archive_version_id: int | None = Field(
        default=None, foreign_key="document_version.id", description="the newest state of the archive that holds it"
    )
    attachment_id: int | None = Field(default=None, foreign_key="attachment.id", index=True)
    person_id: int | None = Field(default=None, foreign_key="person.id", description="who added it by hand")
    at: datetime


class RequirementRow(SQLModel, table=True):
    """One thing a version of a document asks for; `key` stays the same as long as words, kind and lot do."""

    __tablename__ = "requirement"
    __table_args__ = (
        UniqueConstraint("document_version_id", "key"),
        one_of("kind", RequirementKind),
        one_of("mark", RequirementMark),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    document_version_id: int = Field(foreign_key="document_version.id", index=True)
    position: int = Field(description="its place in the document, from 0")
    key: str = Field(index=True)
    kind: str
    topic: str = Field(default="", description="what it is about: an id of config/documents")
    mark: str = ""
    lot: str = ""
    label: str = Field(default="", sa_type=Text, description="what is asked about: a parameter, a scoring factor")
    words: str = Field(sa_type=Text, description="verbatim")
    section: str = Field(default="", sa_type=Text)
    page: int | None = None
    points: int | None = Field(default=None, description="hundredths of a point")
    amount: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    also: list[dict[str, Any]] = json_column(list)
    """Further places that say the same: section, page."""
    replaces: str | None = Field(default=None, description="key it had in the version before, where its words changed")


class FlagDecision(SQLModel, table=True):
    """What a person makes of a clause that may lock in one brand or break the law."""

    __tablename__ = "flag_decision"
    __table_args__ = (Index("ix_flag_decision_of", "project_id", "flag"), one_of("verdict", FlagVerdict), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id")
    flag: str = Field(description="id of config/documents/flags.yaml")
    requirement: str = Field(description="key of the requirement")
    verdict: str
    reason: str = Field(default="", sa_type=Text)
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1
