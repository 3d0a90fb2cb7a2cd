"""What a pack says, as facts; wording belongs to the templates and the workbook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, get_args

from tracker.digest import Owed
from tracker.packs.period import Period
from tracker.results import Group, Win

StepKind = Literal["new", "tracked", "registered", "submitted", "won", "lost", "dropped"]
STEPS: tuple[StepKind, ...] = get_args(StepKind)
"""How far a purchase came with us, in order; `dropped` are bids that were void or withdrawn."""


@dataclass(frozen=True)
class Purchase:
    """A vehicle purchase, as far as the lists need it."""

    project_id: int
    name: str
    number: str = ""
    buyer: str = ""
    region: str = ""
    province: str = ""
    """Empty where it is not known."""
    vehicles: tuple[str, ...] = ()
    units: float | None = None
    budget: int | None = None
    """Hundredths of CNY."""
    method: str = ""
    stage: str = ""
    stage_en: str = ""
    owner: str = ""
    portal: str = ""
    url: str = ""


@dataclass(frozen=True)
class Customer:
    """A purchase that was seen for the first time, with its buyer as a customer."""

    purchase: Purchase
    day: date
    first_time: bool
    """No earlier vehicle purchase of this buyer is known."""
    closes_at: datetime | None = None
    """When bids are due, where that is printed."""
    contact: str = ""
    """As the notice prints it, like the telephone."""
    phone: str = ""
    tracked: bool = False


@dataclass(frozen=True)
class Step:
    """Something we did about a purchase, or how our bid for it ended."""

    kind: StepKind
    purchase: Purchase
    at: datetime
    by: str
    """The owner, else who noted it."""
    lot: str = ""
    amount: int | None = None
    """Our price, hundredths of CNY."""
    rank: int | None = None
    reason: str = ""
    winner: str = ""
    winner_price: int | None = None


@dataclass(frozen=True)
class Count:
    """How many, with units and sums as far as they are known."""

    number: int = 0
    units: float = 0
    amount: int = 0
    """Hundredths of CNY: budgets of what is new and tracked, our prices of bids."""

    def plus(self, units: float | None, amount: int | None) -> "Count":
        return Count(self.number + 1, self.units + (units or 0), self.amount + (amount or 0))


@dataclass(frozen=True)
class Tally:
    """Counts by step, of everything or of what shares a person, a province or a type."""

    name: str
    """Of a person or province, or the id of a vehicle type; empty for what has none."""
    counts: Mapping[StepKind, Count] = field(default_factory=dict)

    def of(self, kind: StepKind) -> Count:
        return self.counts.get(kind, Count())


@dataclass(frozen=True)
class Rival:
    """Another winner of the period."""

    group: Group
    brands: tuple[str, ...]
    """As printed, the most often offered first."""


@dataclass(frozen=True)
class Pack:
    """A week or month of the team."""

    period: Period
    person: str
    language: str
    now: datetime
    customers: tuple[Customer, ...]
    steps: tuple[Step, ...]
    total: Tally
    before: Tally
    """The same of the period before."""
    by_person: tuple[Tally, ...]
    by_province: tuple[Tally, ...]
    by_vehicle: tuple[Tally, ...]
    money: tuple[Owed, ...]
    rivals: tuple[Rival, ...]
    """The most often winning first."""
    rival_wins: tuple[Win, ...]
    """The newest first."""
    due_at: datetime | None = None
    """When it should have left, where it is late."""

    @property
    def late_money(self) -> tuple[Owed, ...]:
        return tuple(each for each in self.money if each.overdue)

    def ended(self, *kinds: StepKind) -> tuple[Step, ...]:
        return tuple(each for each in self.steps if each.kind in kinds)
