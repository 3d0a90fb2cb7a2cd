"""What a notice says, each value with the words it was read from.

A `Notice` is the reader's whole answer about one announcement. Nothing in it is computed by law and nothing is
guessed: what the page does not print is absent, what it prints twice with different values is a conflict, and a
period ("5个工作日 from publication") stays a period.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from crawler.clock import SHANGHAI

Kind = Literal[
    "intention",
    "opinion",  # 意见征询, 需求公示, 采购文件公示: stage 0, printed as `other`
    "prequalification",
    "tender",
    "negotiation",
    "consultation",
    "inquiry",
    "single_source",
    "framework",
    "correction",
    "termination",
    "award_candidate",
    "award",
    "contract",
    "acceptance",
    "other",
]
Method = Literal["open", "invited", "negotiation", "consultation", "inquiry", "single_source", "framework", "other"]
Precision = Literal["minute", "day", "month", "quarter", "year"]
Source = Literal["body", "summary", "list", "title", "data"]
"""Where evidence stands: the running text, the portal's summary table, its list row, the title, structured data."""


@dataclass(frozen=True)
class Evidence:
    """The very words a value was read from."""

    words: str
    source: Source = "body"
    start: int = -1
    """Offset of `words` in `Notice.text`, in characters; -1 where the source is not the text."""
    end: int = -1
    label: str = ""
    """The label as printed (`提交投标文件截止时间`), empty where a sentence carried it."""
    rule: str = ""
    """Which rule of config/reading led to it, as `file:id`."""


@dataclass(frozen=True)
class When:
    """A wall-clock time as printed, with the precision it was printed in."""

    local: str
    """`2026-12-03T09:30`, `2026-12-03`, `2026-12`, `2026-Q4` or `2026`."""
    zone: str = "Asia/Shanghai"

    @property
    def precision(self) -> Precision:
        if "T" in self.local:
            return "minute"
        if "Q" in self.local:
            return "quarter"
        return {10: "day", 7: "month", 4: "year"}[len(self.local)]  # type: ignore[return-value]

    @cached_property
    def span(self) -> tuple[datetime, datetime]:
        """Earliest and latest aware instants it can mean; a day is 00:00 to 24:00."""
        zone = SHANGHAI if self.zone == "Asia/Shanghai" else ZoneInfo(self.zone)
        if self.precision == "minute":
            at = datetime.fromisoformat(self.local).replace(tzinfo=zone)
            return at, at
        first, after = self._days()
        return (
            datetime(first.year, first.month, first.day, tzinfo=zone),
            datetime(after.year, after.month, after.day, tzinfo=zone),
        )

    def _days(self) -> tuple[date, date]:
        """The first day and the day after the last."""
        if self.precision == "day":
            first = date.fromisoformat(self.local)
            return first, first + timedelta(days=1)
        year = int(self.local[:4])
        if self.precision == "year":
            return date(year, 1, 1), date(year + 1, 1, 1)
        if self.precision == "quarter":
            month, months = 3 * int(self.local[-1]) - 2, 3
        else:
            month, months = int(self.local[5:7]), 1
        after = month + months
        return date(year, month, 1), date(year + (after > 12), (after - 1) % 12 + 1, 1)


@dataclass(frozen=True)
class Period:
    """A relative period as printed; the tracker's engine resolves it."""

    anchor: str
    """`notice-published`, `bid-deadline`, `contract-signed`, `award-published`, `documents-from` …"""
    length: int
    """0 with anchor `bid-deadline` means: until the bid deadline."""
    unit: Literal["working_day", "day", "week", "month", "year"]


@dataclass(frozen=True)
class Money:
    """An amount in integer hundredths of its currency (分 for CNY)."""

    hundredths: int
    currency: str = "CNY"
    kind: Literal["total", "unit", "range", "rate"] = "total"
    upper: int | None = None
    """Upper bound of a range, in hundredths. For a rate, `hundredths` are hundredths of a percent."""

    @property
    def yuan(self) -> float | int | None:
        """In yuan, or None where it is no sum in CNY."""
        if self.currency != "CNY" or self.kind == "rate":
            return None
        return self.hundredths // 100 if self.hundredths % 100 == 0 else self.hundredths / 100


T = TypeVar("T")


@dataclass(frozen=True)
class Reading(Generic[T]):
    """A value with all the places it was read from; the first is the one that decided."""

    value: T
    evidence: tuple[Evidence, ...] = ()
    confidence: float = 1.0
    """0 to 1; places that agree raise it, a conflict lowers it."""


@dataclass(frozen=True)
class Conflict:
    """One field printed with different values, the first by precedence. The tracker alarms on the earlier."""

    field: str
    values: tuple[Reading[str], ...]
    """Normalised values as strings (dates as in When.local, money in yuan)."""
    lot: str | None = None


@dataclass(frozen=True)
class Lot:
    no: str
    name: str | None = None
    budget: Money | None = None
    ceiling: Money | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Item:
    name: str
    quantity: float | int | None = None
    unit: str | None = None
    lot: str | None = None
    unit_price: Money | None = None
    code: str | None = None
    """Catalogue code (品目) where one is printed, such as A02030609."""
    spec: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Award:
    lot: str | None = None
    supplier: str | None = None
    amount: Money | None = None
    rank: int = 1
    address: str | None = None
    brand: str | None = None
    model: str | None = None
    unit_price: Money | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Correction:
    """One stated change."""

    field: str
    """A key of Notice.times or Notice.money, or `other`."""
    before: str | None = None
    """Normalised like When.local or yuan for a known field; words for `other`."""
    after: str | None = None
    lot: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Attachment:
    name: str
    url: str | None = None
    needs_login: bool = False
    hash: str | None = None


@dataclass(frozen=True)
class Contact:
    role: Literal["buyer", "agency", "project", "finance", "other"]
    name: str | None = None
    person: str | None = None
    phone: str | None = None
    address: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Clause:
    """A line a bidder must answer: a qualification, a ★ or ▲ clause, a payment term, a fee."""

    kind: str
    """qualification, star, triangle, payment, agency_fee, delivery, warranty, deposit, documents, sme …"""
    words: str
    lot: str | None = None
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Issue:
    """Something on the page the reader met and did not know: never silence, never a crash."""

    what: Literal["label", "kind", "key", "value", "layout", "encoding", "size"]
    words: str
    detail: str = ""


TIMES = (
    "documents_from",
    "documents_until",
    "bid_deadline",
    "opening_at",
    "prequalification_deadline",
    "deposit_deadline",
    "question_deadline",
    "opinion_deadline",
    "publicity_until",  # of candidates or a single source; the reader calls it an opinion_deadline
    "expected_at",  # 预计采购时间 of an intention
    "contract_signed_at",
    "first_published_at",  # 首次公告日期 printed in a correction or result
)
MONEY = ("budget", "ceiling", "deposit", "award_total", "agency_fee", "document_price", "contract_amount")
TEXTS = (
    "project_number",
    "project_name",
    "buyer",
    "agency",
    "plan_number",
    "region",
    "opening_place",
    "delivery_period",
    "delivery_place",
    "documents_how",
    "category",
)


@dataclass(frozen=True)
class Notice:
    """One announcement, read."""

    title: str = ""
    url: str | None = None
    portal: str | None = None
    key: str | None = None
    """Tells several notices of one page apart (a row of an intention table); None where the page is one."""
    published: Reading[When] | None = None
    kind: Kind = "other"
    kind_evidence: tuple[Evidence, ...] = ()
    method: Method | None = None
    texts: dict[str, Reading[str]] = field(default_factory=dict)
    times: dict[str, Reading[When | Period]] = field(default_factory=dict)
    money: dict[str, Reading[Money]] = field(default_factory=dict)
    consortium_allowed: Reading[bool] | None = None
    sme_only: Reading[bool] | None = None
    lots: tuple[Lot, ...] = ()
    lot_times: dict[str, dict[str, Reading[When | Period]]] = field(default_factory=dict)
    """By lot number, where a lot has dates of its own."""
    items: tuple[Item, ...] = ()
    awards: tuple[Award, ...] = ()
    corrections: tuple[Correction, ...] = ()
    terminated_lots: tuple[str, ...] = ()
    """Lot numbers, or ("all",)."""
    suspended: bool = False
    resumed: bool = False
    references: tuple[str, ...] = ()
    """Numbers and dates of earlier notices this one names (原公告编号)."""
    companions: tuple[str, ...] = ()
    """Notices that the portal itself shows as the same project's, under its own keys: `portal/key`."""
    codes: tuple[str, ...] = ()
    """Catalogue codes and names (品目) and CPV codes as printed."""
    clauses: tuple[Clause, ...] = ()
    contacts: tuple[Contact, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    issues: tuple[Issue, ...] = ()
    text: str = ""
    """The cleaned text all evidence offsets point into."""


NOTICE: TypeAdapter[Notice] = TypeAdapter(Notice)
"""Serialises a notice to JSON and back without loss."""
