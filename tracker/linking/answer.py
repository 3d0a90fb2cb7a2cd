"""The groups that linking gives."""

from dataclasses import dataclass, field
from typing import Literal

from crawler.notice import Kind
from tracker.i18n import _

Pair = tuple[str, str]
ProceedingKind = Literal["intention", "opinion", "qualification", "purchase"]


@dataclass(frozen=True)
class Join:
    """Why two publications stand in one project."""

    one: str
    other: str
    reason: str
    """A key of `REASONS`."""
    words: str
    """The number, name or buyer that both have."""
    confidence: float


@dataclass(frozen=True)
class NoticeGroup:
    """One announcement."""

    id: str
    """The key of its earliest publication."""
    kind: Kind
    members: tuple[str, ...]
    """Keys of its publications, earliest first."""


@dataclass(frozen=True)
class Proceeding:
    """One procedure inside a project."""

    kind: ProceedingKind
    round: int
    """1 for the first of its kind; an attempt that calls itself the third is 3 even where the others were not seen."""
    number: str | None
    """The project number as printed by its first notice that has one."""
    re_tender_of: int | None
    """Index of the proceeding that this one repeats."""
    notices: tuple[str, ...]
    """Ids of its notices, earliest first."""


@dataclass(frozen=True)
class Project:
    """One purchase."""

    id: str
    """The key of its earliest publication."""
    members: tuple[str, ...]
    notices: tuple[NoticeGroup, ...]
    proceedings: tuple[Proceeding, ...]
    joins: tuple[Join, ...] = ()

    @property
    def confidence(self) -> float:
        """Of its weakest join; 1 for a single publication."""
        return min((join.confidence for join in self.joins), default=1.0)


@dataclass(frozen=True)
class Linked:
    projects: tuple[Project, ...]
    contradictions: tuple[Pair, ...] = ()
    """Pairs that a person both joined (perhaps through others) and parted; the joins count."""
    project_of: dict[str, str] = field(default_factory=dict)
    notice_of: dict[str, str] = field(default_factory=dict)


REASONS = {
    "person": "a person joined them",
    "number": "same project number and buyer",
    "number-name": "same project number and a like name; a buyer is missing",
    "stem": "project numbers that differ only in a lot or round, and a like name",
    "reference": "one names the number of the other",
    "life": "the portal shows both as one project's notices",
    "copy": "same announcement: name, stage and day agree",
    "repeat": "a later attempt at the same purchase",
    "name": "same buyer, like name, and the days fit",
    "name-budget": "same buyer and budget, similar name, and the days fit",
    "name-only": "same specific name and the days fit; no number, no buyer",
}
"""msgids of the reasons, strongest first."""


def why(join: Join) -> str:
    """The reason of a join in the reader's language, with the number, name or buyer that both have."""
    reason = _(REASONS[join.reason])
    return f"{reason}: {join.words}" if join.words else reason
