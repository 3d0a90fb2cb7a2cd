"""What a digest and an alert say, as facts; wording belongs to the templates (tracker/render.py)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tracker.state import Said


@dataclass(frozen=True)
class Action:
    """What a bidder has to do next."""

    kind: str
    """A key of crawler.notice.TIMES or the id of what a rule computes."""
    earliest: datetime
    latest: datetime
    precision: str
    lot: str = ""
    rule_id: str = ""
    """Of a computed date; empty for a printed one."""
    words: str = ""
    """As printed, or the steps of the computation."""
    words_en: str = ""
    check: str = ""
    """Where a printed date falls short of a legal minimum."""
    check_en: str = ""
    url: str = ""
    provisional: bool = False
    conflict: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Link:
    """One publication of the project."""

    portal: str
    title: str
    url: str
    """Empty where the address may not be shown as a link."""
    published_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """One thing that moved."""

    event_id: int
    kind: str
    what: tuple[str, ...] = ()
    """The dates or the amount that moved; several where they moved together."""
    way: tuple[str, ...] = ()
    """Before → after, with every step between."""
    words: str = ""
    url: str = ""
    shortened: bool = False
    cause: str = "published"
    lots: tuple[str, ...] = ()
    details: tuple[tuple[str, str, str], ...] = ()
    """Field, before, after of a silent edit."""


@dataclass(frozen=True)
class Result:
    supplier: str
    amount: int | None
    lot: str
    brand: str
    stage: str


@dataclass(frozen=True)
class Item:
    """One project in the digest, with everything said of it."""

    project_id: int
    name: str
    number: str = ""
    buyer: str = ""
    region: str = ""
    method: str = ""
    stage: str = ""
    stage_en: str = ""
    vehicle_purchase: str = "no"
    vehicles: tuple[str, ...] = ()
    vehicle_count: float | None = None
    budget: int | None = None
    actions: tuple[Action, ...] = ()
    """Open ones, the earliest first."""
    past: Action | None = None
    """The last one, where none is open any more."""
    owner: str = ""
    followers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()
    news: str = ""
    """Kind of the publication that brought it here."""
    links: tuple[Link, ...] = ()
    changes: tuple[Change, ...] = ()
    results: tuple[Result, ...] = ()
    failed: bool = False
    """Ended without an award."""
    expected: Action | None = None
    """When an intention expects to buy."""
    delay: timedelta | None = None
    """From publication to our first sight, where that was too late."""

    @property
    def next(self) -> Action | None:
        return self.actions[0] if self.actions else None


@dataclass(frozen=True)
class Blind:
    """A source that could not be read."""

    portal: str
    channels: tuple[str, ...]
    since: datetime | None
    """None: never read yet."""
    state: str
    reason: str


@dataclass(frozen=True)
class Health:
    total: int
    read: int
    last_ok_at: datetime | None
    blind: tuple[Blind, ...] = ()


@dataclass(frozen=True)
class Told:
    """Already told at once."""

    name: str
    kind: str
    sent_at: datetime
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """An item that could not be shown, by name, and why."""

    name: str
    why: str
    url: str = ""


@dataclass(frozen=True)
class Dead:
    """A message that will not be tried again."""

    person: str
    kind: str
    made_at: datetime
    reason: str


@dataclass(frozen=True)
class Digest:
    """Everything the templates print."""

    person: str | None
    language: str
    local_date: date
    now: datetime
    since: datetime
    today: tuple[Item, ...]
    moved: tuple[Item, ...]
    sources: Health
    sources_back: tuple[str, ...]
    new: tuple[Item, ...]
    check: tuple[Item, ...]
    intentions: tuple[Item, ...]
    results: tuple[Item, ...]
    others: tuple[Item, ...]
    late: tuple[Item, ...]
    told: tuple[Told, ...]
    filed: int
    """Old notices that appeared now: counted only."""
    skipped: tuple[Skipped, ...]
    dead: tuple[Dead, ...]
    due_at: datetime | None = None
    """When it should have left, where it is late."""

    @property
    def quiet(self) -> bool:
        return not (
            self.today or self.moved or self.new or self.check or self.intentions or self.results or self.late
        ) and not (self.others or self.told or self.skipped or self.dead)


@dataclass(frozen=True)
class Alert:
    """One thing that cannot wait for the digest."""

    person: str
    language: str
    now: datetime
    kind: str
    """The event's kind; `published` is a new match that closes before the next digest can help."""
    item: Item | None
    blind: Blind | None
    seen_at: datetime
    due_at: datetime | None = None
    """When it should have left, where it is late."""
