"""What a digest says, as facts; wording belongs to the templates (tracker/delivery/render.py)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

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
class Touched:
    """Something of ours that hangs on a date that moved: a step or line of the checklist, a date of our own."""

    name: str
    name_en: str
    due: datetime | None = None
    """Where it stands now."""
    late: bool = False
    """Its day is over, or lies behind the date it has to serve."""


@dataclass(frozen=True)
class Result:
    supplier: str
    amount: int | None
    """Hundredths of CNY."""
    lot: str
    brand: str
    stage: str
    model: str = ""
    unit_price: int | None = None
    """Hundredths of CNY."""


@dataclass(frozen=True)
class Usual:
    """How long this buyer's notices take after an intention or a call for opinions; expected, never known."""

    days: int
    """Median, from the first day of the expected month, or from the call."""
    came: int
    never: int
    """Of these, without a notice so far."""
    first: date
    last: date
    """Days between which the notice is expected: the middle half of the earlier ones."""


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
    usual: Usual | None = None
    """The buyer's habit; None where too little is known of it."""
    rights: tuple[Action, ...] = ()
    """Questions, objections, complaints and signatures that are ours to make, the earliest last day first."""
    touched: tuple[Touched, ...] = ()
    """What of our own work its moved dates touch."""
    delay: timedelta | None = None
    """From publication to our first sight, where that was too late."""
    unanswered: int = 0
    """Reminders of its dates that nobody has acknowledged."""

    @property
    def next(self) -> Action | None:
        return self.actions[0] if self.actions else None

    @property
    def url(self) -> str:
        """Of its newest notice that may be shown as a link; empty where there is none."""
        return next((each.url for each in self.links if each.url), "")


ErrandKind = Literal["task", "own-milestone", "feedback"]


@dataclass(frozen=True)
class Errand:
    """Something the reader is to do by today: a task, a date of the team's own, an answer to an assignment."""

    kind: ErrandKind
    title: str
    """Of a task as it was written; of a date of ours its name or the key of team.tasks.OWN_NAMES; else empty."""
    due: datetime
    project_id: int | None = None
    project: str = ""
    url: str = ""
    by: str = ""
    """Who asked, where it was somebody else."""
    id: int = 0
    """Of its row, with the version it was read at: the board can close it."""
    version: int = 1


@dataclass(frozen=True)
class Owed:
    """Money of ours that is outside: a deposit that is not back, a payment that has not come."""

    kind: Literal["deposit", "payment"]
    project_id: int
    name: str
    buyer: str
    owner: str
    amount: int
    """Hundredths of CNY."""
    since: datetime | None = None
    """When we paid it."""
    due: datetime | None = None
    """When it has to be back or here; None while neither law nor contract dates it."""
    rule_id: str = ""
    """Of the rule that dates it."""
    words: str = ""
    url: str = ""
    status: str = ""
    """How far our bid is."""
    overdue: bool = False


@dataclass(frozen=True)
class Ending:
    """Something that lets us bid and runs out: a CA key, an account, a paper of the shelf."""

    kind: Literal["ca-key", "paper"]
    company: str
    name: str
    until: date
    holder: str = ""


@dataclass(frozen=True)
class Purchase:
    """A project by its name."""

    project_id: int
    name: str


@dataclass(frozen=True)
class Ahead:
    """A window in which an organiser is expected to buy again."""

    organiser: str
    kind: str
    origin: str
    """declared, entered or learned."""
    form: str
    vehicle_class: str
    first: date
    last: date
    support: str = ""
    """`5/6`: so many of the last rounds came when they were expected; of others the words they rest on."""
    purchases: tuple[Purchase, ...] = ()
    """Open purchases of this organiser that we know, the tracked ones first."""
    key: str = ""
    """Of the rhythm, as its forecasts are kept under."""


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
    errands: tuple[Errand, ...] = ()
    """The reader's own, overdue ones first."""
    windows: tuple[Item, ...] = ()
    """Tracked projects with rights that end in the coming days."""
    ahead: tuple[Ahead, ...] = ()
    money: tuple[Owed, ...] = ()
    """Overdue first, then by due day; what has no due day last."""
    endings: tuple[Ending, ...] = ()

    @property
    def quiet(self) -> bool:
        """Nothing new and nothing to do; money outside and keys that end are no news."""
        news = (self.moved, self.new, self.check, self.intentions, self.results, self.others, self.late)
        work = (self.today, self.errands, self.windows)
        return not any((*work, *news, self.told, self.skipped, self.dead))
