"""What portals said: raw bytes, publications and their readings."""

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
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

PublicationState = Literal["listed", "read", "unreadable", "withdrawn"]
AttachmentState = Literal["named", "fetched", "gone", "needs-login", "refused", "failed"]


class Blob(SQLModel, table=True):
    """Raw bytes as fetched, once for each content."""

    hash: str = Field(primary_key=True, description="SHA-256 of the raw bytes, hex")
    packed: bytes | None = Field(sa_column=Column(LargeBinary), description="zlib; None once retention ended it")
    size: int
    stored_at: datetime


class Publication(SQLModel, table=True):
    """One announcement on one portal, under the portal's own key."""

    __table_args__ = (
        UniqueConstraint("portal", "key"),
        Index("ix_publication_page", "portal", "page_key"),
        Index("ix_publication_source", "portal", "channel", "state", "first_seen_at"),
        one_of("state", PublicationState),
        KEPT,
    )

    id: int | None = Field(default=None, primary_key=True)
    portal: str
    channel: str
    page_key: str = Field(description="the key of the list row or page")
    key: str = Field(description="page_key, and #row where one page holds many notices")
    url: str = Field(sa_type=Text)
    title: str = Field(sa_type=Text)
    kind: str = "other"
    facts: dict[str, str] = json_column()
    row_hash: str
    etag: str | None = None
    last_modified: str | None = None
    state: str = "listed"
    replica: bool = False
    published_at: datetime | None = Field(default=None, description="as the notice or its list row says")
    first_seen_at: datetime
    last_seen_at: datetime
    version_id: int | None = Field(default=None, description="the newest version")
    notice_id: int | None = Field(default=None, foreign_key="notice.id", index=True)
    proceeding_id: int | None = Field(default=None, foreign_key="proceeding.id", index=True)
    project_id: int | None = Field(default=None, foreign_key="project.id", index=True)
    linkable: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    relevance: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))


class Attachment(SQLModel, table=True):
    """A file that a publication names: where it lies, what was fetched of it and when."""

    __table_args__ = (UniqueConstraint("publication_id", "url", "name"), one_of("state", AttachmentState), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    name: str = Field(sa_type=Text, description="as the notice prints it")
    url: str = Field(default="", sa_type=Text, description="empty where the notice gives none")
    state: str = "named"
    detail: str = Field(default="", sa_type=Text, description="why it was not fetched")
    hash: str | None = Field(default=None, description="SHA-256 of the file in $CHEBIAO_HOME/files")
    size: int = 0
    kind: str = Field(default="unknown", description="told by its bytes")
    etag: str | None = None
    last_modified: str | None = None
    first_seen_at: datetime
    fetched_at: datetime | None = Field(default=None, description="when these bytes came")
    checked_at: datetime | None = Field(default=None, description="when it was asked for last")


class NoticeText(SQLModel, table=True):
    """What search and watches look at in a publication, prepared once from its newest reading."""

    __tablename__ = "notice_text"
    __table_args__ = (Index("ix_notice_text_grams", "grams", postgresql_using="gin"),)

    publication_id: int = Field(primary_key=True, foreign_key="publication.id")
    rank: int = Field(
        sa_column=Column(BigInteger, nullable=False, unique=True),
        description="minute of publishing and id: the newest highest",
    )
    title: str = Field(sa_type=Text)
    buyer: str = Field(default="", sa_type=Text)
    items: str = Field(default="", sa_type=Text, description="names of items and lots, one a line")
    winner: str = Field(default="", sa_type=Text)
    place: dict[str, Any] = json_column()
    packed: bytes = Field(
        sa_column=Column(LargeBinary, nullable=False), description="zlib of the text as it was indexed"
    )
    grams: list[str] | None = Field(
        default=None,
        sa_column=Column(JSON(none_as_null=True).with_variant(ARRAY(Text), "postgresql")),
        description="PostgreSQL only; SQLite keeps an FTS5 table beside",
    )


class LinkKey(SQLModel, table=True):
    """Blocking keys: two publications that share none cannot belong together."""

    __tablename__ = "link_key"
    key: str = Field(primary_key=True)
    publication_id: int = Field(primary_key=True, foreign_key="publication.id", index=True)


class Version(SQLModel, table=True):
    """One reading of a publication; a new one only for a new reading, not for new bytes."""

    __table_args__ = (UniqueConstraint("publication_id", "number"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    publication_id: int = Field(foreign_key="publication.id", index=True)
    number: int
    blob_hash: str | None = Field(default=None, foreign_key="blob.hash", index=True)
    reading: bytes = Field(sa_column=Column(LargeBinary, nullable=False), description="zlib of the Notice as JSON")
    reading_hash: str
    reader_version: str
    fetched_at: datetime
    content_type: str = "text/html"
    encoding: str | None = None
