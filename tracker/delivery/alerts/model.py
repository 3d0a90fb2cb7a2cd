"""What an alert says, as facts; wording belongs to the templates (templates/email/alerts)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracker.digest.model import Ahead, Blind, Item
from tracker.procedures.law import Text

Family = Literal["match", "moved", "ended", "misread", "blind", "reminder", "work", "money", "rhythm"]
FAMILIES: dict[str, Family] = {
    "published": "match",
    "deadline-moved": "moved",
    "date-dropped": "moved",
    "suspended": "moved",
    "withdrawn": "moved",
    "terminated": "ended",
    "verdict": "misread",
    "source-blind": "blind",
    "reminder": "reminder",
    "assignment-added": "work",
    "assignment-changed": "work",
    "ownership-disputed": "work",
    "task-added": "work",
    "task-changed": "work",
    "task-due": "work",
    "feedback-due": "work",
    "unowned": "work",
    "deposit-overdue": "money",
    "rhythm-ahead": "rhythm",
}
"""The template of each kind of event that can be told at once; any other change of a project is worded as one."""


def family_of(kind: str) -> Family:
    """The template that words an event of this kind."""
    return FAMILIES.get(kind, "moved")


LOUDNESS: tuple[Family, ...] = (
    "ended",
    "moved",
    "reminder",
    "misread",
    "match",
    "work",
    "money",
    "rhythm",
    "blind",
)
"""Which comes first where one mail tells several."""


@dataclass(frozen=True)
class Near:
    """A date of which people are reminded, as it stands now."""

    kind: str
    """A key of tracker.present.ACTS or MOMENTS, the id of a rule, or of tracker.team.tasks.OWN_NAMES."""
    at: datetime
    latest: datetime
    precision: str
    step: str
    """`7d` (working days), `3h`, `15m`; `0m` says that it begins."""
    own: bool = False
    """A date of the team's own."""
    name: str = ""
    """Of a date of our own, where somebody gave it one."""
    words: str = ""
    words_en: str = ""
    url: str = ""
    provisional: bool = False
    computed: bool = False


@dataclass(frozen=True)
class Asked:
    """What a colleague asks for, or what is overdue."""

    by: str = ""
    to: str = ""
    words: str = ""
    """The instruction, the task, the answer, the reason."""
    due: datetime | None = None
    overdue: bool = False
    amount: int | None = None
    """Hundredths of CNY."""
    rule_id: str = ""
    """Of the rule that dates it."""
    project: str = ""
    url: str = ""


@dataclass(frozen=True)
class Round:
    """An earlier purchase of the same organiser, with what it was decided for."""

    day: date
    name: str
    supplier: str = ""
    brand: str = ""
    model: str = ""
    unit_price: int | None = None
    """Hundredths of CNY."""
    amount: int | None = None
    """Hundredths of CNY."""
    url: str = ""


@dataclass(frozen=True)
class Contact:
    """As a notice prints it."""

    role: str
    name: str
    person: str
    phone: str


@dataclass(frozen=True)
class Visit:
    """A window in which an organiser buys again, with what helps to be there in time."""

    ahead: Ahead
    lead: int
    """Working days before it begins."""
    rounds: tuple[Round, ...] = ()
    """The newest first."""
    contacts: tuple[Contact, ...] = ()
    prepare: tuple[Text, ...] = ()
    owner: str = ""
    """Who has the task of the visit."""
    due: datetime | None = None


@dataclass(frozen=True)
class Alert:
    """One thing that cannot wait for the digest."""

    person: str
    language: str
    now: datetime
    kind: str
    """The event's kind; `published` is a new match that closes before the next digest can help."""
    seen_at: datetime
    number: int = 0
    """Of the event."""
    item: Item | None = None
    blind: Blind | None = None
    dates: tuple[Near, ...] = ()
    asked: Asked | None = None
    visit: Visit | None = None
    escalated: bool = False
    """The reader is told as the lead, because nobody has acknowledged the reminders before."""
    unanswered: int = 0
    due_at: datetime | None = None
    """When it should have left, where it is late."""

    @property
    def family(self) -> Family:
        """The template that words it."""
        return family_of(self.kind)

    @property
    def shortened(self) -> bool:
        return self.item is not None and any(each.shortened for each in self.item.changes)

    @property
    def loudness(self) -> tuple[bool, int, datetime]:
        """The louder the smaller."""
        first = self.dates[0].at if self.dates else self.item.next.earliest if self.item and self.item.next else None
        return not self.shortened, LOUDNESS.index(self.family), first or datetime.max.replace(tzinfo=self.now.tzinfo)


@dataclass(frozen=True)
class Bundle:
    """Several alerts in one mail: what came together, or what is new in the afternoon."""

    person: str
    language: str
    now: datetime
    alerts: tuple[Alert, ...]
    """The loudest first."""
    kind: Literal["folded", "supplement"] = "folded"
    skipped: tuple[str, ...] = ()
    """Names of what could not be shown."""
    due_at: datetime | None = None
    """When it should have left, where it is late."""
