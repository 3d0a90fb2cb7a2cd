"""Every table. Instants are aware and stored in UTC; enumerations are words guarded by CHECK constraints.

Boundary types are pydantic models elsewhere; nothing that comes from outside is bound to these classes directly
(SQLModel does not validate `table=True` classes, pitfalls SM1).
"""

from tracker.tables.base import METADATA, table
from tracker.tables.bids import Bid, BidStatus, Deposit, DepositForm
from tracker.tables.delivery import Attempt, AttemptPhase, Delivery, DeliveryState, Digest, DigestItem
from tracker.tables.documents import (
    Document,
    DocumentState,
    DocumentVersion,
    FlagDecision,
    FlagVerdict,
    RequirementKind,
    RequirementMark,
    RequirementRow,
)
from tracker.tables.people import (
    Decision,
    DecisionKind,
    DigestDays,
    Forgotten,
    Note,
    Override,
    Person,
    Team,
    TeamMember,
    Watch,
)
from tracker.tables.polling import Channel, Lease, Poll, PollState
from tracker.tables.projects import (
    Cause,
    Event,
    Lot,
    Milestone,
    Notice,
    Organisation,
    Proceeding,
    ProceedingKind,
    Project,
)
from tracker.tables.publications import (
    Attachment,
    AttachmentState,
    Blob,
    LinkKey,
    NoticeText,
    Publication,
    PublicationState,
    Version,
)
from tracker.tables.rhythms import Forecast, ForecastOutcome, Rhythm, RhythmKind, RhythmOrigin
from tracker.tables.work import Assignment, OwnMilestone, OwnMilestoneKind, Task, TaskState

__all__ = [
    "METADATA",
    "Assignment",
    "Attachment",
    "AttachmentState",
    "Attempt",
    "AttemptPhase",
    "Bid",
    "BidStatus",
    "Blob",
    "Cause",
    "Channel",
    "Decision",
    "DecisionKind",
    "Delivery",
    "DeliveryState",
    "Deposit",
    "DepositForm",
    "Digest",
    "DigestDays",
    "DigestItem",
    "Document",
    "DocumentState",
    "DocumentVersion",
    "Event",
    "FlagDecision",
    "FlagVerdict",
    "Forecast",
    "ForecastOutcome",
    "Forgotten",
    "Lease",
    "LinkKey",
    "Lot",
    "Milestone",
    "Note",
    "Notice",
    "NoticeText",
    "Organisation",
    "Override",
    "OwnMilestone",
    "OwnMilestoneKind",
    "Person",
    "Poll",
    "PollState",
    "Proceeding",
    "ProceedingKind",
    "Project",
    "Publication",
    "PublicationState",
    "RequirementKind",
    "RequirementMark",
    "RequirementRow",
    "Rhythm",
    "RhythmKind",
    "RhythmOrigin",
    "Task",
    "TaskState",
    "Team",
    "TeamMember",
    "Version",
    "Watch",
    "table",
]
