"""Every table. Instants are aware and stored in UTC; enumerations are words guarded by CHECK constraints.

Boundary types are pydantic models elsewhere; nothing that comes from outside is bound to these classes directly
(SQLModel does not validate `table=True` classes, pitfalls SM1).
"""

from datetime import date, datetime, time
from typing import Any, Literal, get_args

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field, SQLModel

# Names first: an unnamed constraint cannot be dropped in a later SQLite batch (pitfalls AL3).
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

PublicationState = Literal["listed", "read", "unreadable", "withdrawn"]
AttachmentState = Literal["named", "fetched", "gone", "needs-login", "refused", "failed"]
ProceedingKind = Literal["intention", "opinion", "qualification", "purchase"]
Cause = Literal["published", "re-read", "rule", "calendar", "person", "poll"]
PollState = Literal["ok", "empty", "partial", "suspect", "blocked", "failed"]
DecisionKind = Literal["track", "pass", "favourite", "must-link", "cannot-link", "relevance", "fact"]
DeliveryState = Literal["due", "sent", "dead", "cancelled"]
AttemptPhase = Literal["claimed", "sending", "done"]
DigestDays = Literal["working", "daily"]
TaskState = Literal["open", "done", "dropped"]
OwnMilestoneKind = Literal[
    "visit", "sample-car", "test-drive", "factory-visit", "internal-approval", "bid-ready", "delivery", "other"
]
BidStatus = Literal["considering", "registered", "preparing", "submitted", "opened", "won", "lost", "void", "withdrawn"]
DepositForm = Literal["transfer", "cheque", "draft", "bank-guarantee", "insurance", "other"]
RhythmKind = Literal["batch", "monthly", "framework", "yearly", "intention"]
RhythmOrigin = Literal["declared", "entered"]
ForecastOutcome = Literal["hit", "early", "late", "none"]


def one_of(column: str, words: Any) -> CheckConstraint:
    """The column holds one of the words of a Literal."""
    listed = ", ".join(f"'{word}'" for word in get_args(words))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def json_column(default: type = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


KEPT = {"sqlite_autoincrement": True}
"""Ids are given once and never used again."""


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
    first_seen_at: datetime
    changed_at: datetime


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

    __table_args__ = (UniqueConstraint("proceeding_id", "lot", "kind", "rule_id"), KEPT)

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


class Person(SQLModel, table=True):
    __table_args__ = (one_of("digest_days", DigestDays), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    email: str | None = None
    language: str = "zh_CN"
    digest_at: time = Field(default=time(7, 30), description="local time, Asia/Shanghai")
    digest_days: str = "working"
    active: bool = True
    added_at: datetime
    forgotten_at: datetime | None = None
    version: int = 1


class Watch(SQLModel, table=True):
    """A person's subscription; tracker.watches.Criteria validates what it asks for."""

    __table_args__ = (UniqueConstraint("person_id", "name"), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    name: str
    criteria: dict[str, Any] = json_column()
    created_at: datetime
    from_event: int = Field(default=0, description="the newest event when it was made: earlier ones are its backlog")
    active: bool = True
    version: int = 1


class Decision(SQLModel, table=True):
    """What a person decided; derivation reads it and never overwrites it."""

    __table_args__ = (one_of("kind", DecisionKind), KEPT)

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


class Bid(SQLModel, table=True):
    """Our bid for a proceeding or one lot of it; a project has one bidding entity, whichever branch works on it."""

    __table_args__ = (one_of("status", BidStatus), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    proceeding: str = Field(description="natural key, such as purchase-1")
    lot: str = ""
    bidder: str = Field(sa_type=Text, description="the bidding entity")
    status: str = "considering"
    price: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    rank: int | None = None
    winner: str | None = Field(default=None, sa_type=Text)
    winner_price: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY")
    reason: str | None = Field(default=None, sa_type=Text, description="why it was lost, void or withdrawn")
    next_contact: date | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    closed_at: datetime | None = None
    version: int = 1


class Deposit(SQLModel, table=True):
    """A bid deposit on its way there and back."""

    __table_args__ = (one_of("form", DepositForm), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    bid_id: int = Field(foreign_key="bid.id", index=True)
    amount: int = Field(sa_type=BigInteger, description="hundredths of CNY")
    due_at: datetime | None = None
    form: str = Field(default="transfer", description="how it is given")
    paid_at: datetime | None = None
    bound_at: datetime | None = Field(default=None, description="the platform has matched it to bidder and lot")
    returned_at: datetime | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1


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


class Forgotten(SQLModel, table=True):
    """Words blanked for good: a salted hash stays, so that a re-reading blanks them again."""

    digest: str = Field(primary_key=True)
    length: int
    at: datetime


METADATA: MetaData = SQLModel.metadata


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model, for the bulk statements of intake and derive."""
    return METADATA.tables[str(model.__tablename__)]
