"""What a checklist holds: frozen values that serialise, each in both languages, each with where it comes from."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from tracker.i18n import _, language
from tracker.procedures.law import Text
from tracker.tables import ItemStatus

SectionId = Literal[
    "project", "qualification", "supply", "technical", "scoring", "terms", "making", "submission", "after"
]
SECTIONS: dict[SectionId, Text] = {
    "project": Text("了解项目", "Know the project"),
    "qualification": Text("核对资格", "Check the qualification"),
    "supply": Text("梳理供货", "Sort out the supply"),
    "technical": Text("技术", "Technical answer"),
    "scoring": Text("评分", "Scoring"),
    "terms": Text("商务与履约", "Commercial terms and performance"),
    "making": Text("制作与签章", "Making, signing, sealing"),
    "submission": Text("递交", "Handing in"),
    "after": Text("开标后", "After the opening"),
}
"""In the bidder's order."""

Who = Literal["tool", "person", "maker", "finance", "legal"]
WHO: dict[Who, Text] = {
    "tool": Text("工具", "tool"),
    "person": Text("人工", "person"),
    "maker": Text("厂家", "maker"),
    "finance": Text("财务", "finance"),
    "legal": Text("法务", "legal"),
}
"""Who can check a line."""

Status = Literal["known", "find", "open", "person"]
STATUS: dict[Status, Text] = {
    "find": Text("待查明", "to find out"),
    "open": Text("待办", "open"),
    "person": Text("须人工核对", "a person must check"),
    "known": Text("已知", "known"),
}
"""What derivation says of a line. Never "done": nothing here turns green by itself."""

ITEM_STATUS: dict[ItemStatus, Text] = {
    "open": Text("待办", "open"),
    "doing": Text("进行中", "doing"),
    "done": Text("已完成", "done"),
    "check-again": Text("须重新核对", "check again"),
    "not-applicable": Text("不适用", "not applicable"),
}
"""What people say of a line or step."""
SETTLED: tuple[ItemStatus, ...] = ("done", "not-applicable")

Change = Literal["", "added", "changed", "dropped"]
CHANGES: dict[Change, Text] = {
    "added": Text("新增", "added"),
    "changed": Text("有变化", "changed"),
    "dropped": Text("已取消", "dropped"),
}

Phase = Literal["intention", "opinion", "qualification", "purchase", "award", "ended"]
PHASES: dict[Phase, Text] = {
    "intention": Text("采购意向阶段", "intention"),
    "opinion": Text("意见征询阶段", "call for opinions"),
    "qualification": Text("资格预审阶段", "qualification"),
    "purchase": Text("采购阶段", "purchase"),
    "award": Text("结果阶段", "result"),
    "ended": Text("已终止", "ended"),
}

OUTCOMES: dict[str, Text] = {
    "terminated": Text("已终止", "terminated"),
    "candidate": Text("候选人已公示", "candidates published"),
    "awarded": Text("已中标（成交）", "awarded"),
    "contracted": Text("已签合同", "contracted"),
    "suspended": Text("暂停", "suspended"),
}


def say(msgid: str, **values: object) -> Text:
    """A msgid in both languages."""
    with language("zh_CN"):
        zh = _(msgid).format(**values)
    with language("en"):
        en = _(msgid).format(**values)
    return Text(zh, en)


@dataclass(frozen=True)
class Source:
    """A notice the checklist was filled from."""

    key: str
    """`portal/key` of the publication."""
    title: str
    url: str
    portal: str
    published: datetime | None
    version: int
    withdrawn: bool = False


@dataclass(frozen=True)
class Quote:
    """What a notice says, verbatim."""

    words: str
    source: str
    """`portal/key` of a notice, or the name of a file; empty for a correction by hand."""
    label: str = ""
    """As printed before the words."""
    lot: str = ""
    start: int = -1
    """Offset in the notice's text, in characters; -1 where it stands in a summary, list row or title."""
    place: str = ""
    """Section and page, where `source` is a file."""


@dataclass(frozen=True)
class Legal:
    """The ground in law or practice."""

    ref: str
    rule_id: str = ""
    name: Text | None = None
    confidence: str = ""
    """text, secondary, own, own-low: how well the rule is known (docs/law.md)."""


@dataclass(frozen=True)
class Law:
    """What a short name of a law means."""

    short: str
    name: str
    """In Chinese, with its number."""
    read: str
    """text, secondary, own: how well its text is known."""


@dataclass(frozen=True)
class Kept:
    """How people stand with a line or step: who changed it last, and when."""

    status: ItemStatus
    owner: str = ""
    due: date | None = None
    """A day of their own, in place of the plan's."""
    evidence: str = ""
    by: str = ""
    at: datetime | None = None
    version: int = 0

    @property
    def settled(self) -> bool:
        return self.status in SETTLED


@dataclass(frozen=True)
class Due:
    """A day or moment to have it done by, with its reason."""

    name: str
    """A step of the plan, a printed time, or the rule_id that computes it."""
    at: datetime
    precision: str
    why: Text
    plan: bool = False
    """A target of the team, no legal deadline."""
    late: bool = False
    """The planned day lies in the past: today or drop."""
    passed: bool = False
    """A printed or legal deadline that is over."""
    provisional: bool = False


@dataclass(frozen=True)
class Line:
    id: str
    section: SectionId
    text: Text
    who: Who
    status: Status
    says: tuple[Quote, ...] = ()
    asks: bool = False
    """The notice should say something here; without `says` it is still to be found out."""
    note: Text | None = None
    legal: tuple[Legal, ...] = ()
    due: Due | None = None
    each_round: bool = False
    """Comes again in each round of a negotiation."""
    round: int = 1
    """Which round it is for; from the second on the id ends in `@2`."""
    after_correction: bool = False
    """To be checked again after each correction, whatever it says."""
    part: str = ""
    """The file of config/checklists it stands in."""
    kept: Kept | None = None
    """What people did on it; None where nobody has."""
    change: Change = ""
    """What the last correction or document changed in it."""
    was: tuple[str, ...] = ()
    """What was said before, where it changed."""

    @property
    def state(self) -> Text:
        """What people say of it, else what derivation does."""
        return ITEM_STATUS[self.kept.status] if self.kept else STATUS[self.status]


@dataclass(frozen=True)
class Dropped:
    """A line that stands on the list no more; the work on it is kept."""

    id: str
    text: Text
    at: datetime
    kept: Kept | None = None


@dataclass(frozen=True)
class Section:
    id: SectionId
    name: Text
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Step:
    """One step of the plan, counted back from a deadline."""

    id: str
    text: Text
    who: Who
    due: Due
    planned: date
    """Where it would stand with time enough."""
    key: str
    """The item that people tick off: the line it is the same as, else `plan.` and its id."""
    kept: Kept | None = None

    @property
    def settled(self) -> bool:
        return self.kept is not None and self.kept.settled


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...] = ()
    """Late ones first, then by day; what is settled last."""
    compressed: bool = False
    needed: int = 0
    """Working days the steps take."""
    left: int = 0
    """Working days that are left, today counted."""
    reason: Text | None = None
    """Why there is no plan."""


@dataclass(frozen=True)
class Rival:
    value: str
    words: str
    source: str


@dataclass(frozen=True)
class DateRow:
    """A date of the proceeding or of a lot, printed or computed."""

    kind: str
    name: Text
    earliest: datetime
    latest: datetime
    precision: str
    words: Text
    """The words it was read from, or the steps of the rule."""
    rule_id: str = ""
    legal_ref: str = ""
    lot: str = ""
    label: str = ""
    source: str = ""
    bidder_acts: bool = False
    passed: bool = False
    provisional: bool = False
    check: Text | None = None
    conflict: tuple[Rival, ...] = ()
    history: tuple[Rival, ...] = ()


@dataclass(frozen=True)
class Conflict:
    """A value that is no date, printed differently in two places."""

    field: Text
    values: tuple[Rival, ...]
    lot: str = ""


@dataclass(frozen=True)
class Amount:
    kind: str
    name: Text
    hundredths: int | None
    """Of CNY; None where the words name several sums, such as one a lot."""
    quote: Quote | None = None
    lot: str = ""


@dataclass(frozen=True)
class Goods:
    name: str
    quantity: float | int | None = None
    unit: str = ""
    lot: str = ""
    types: tuple[str, ...] = ()


@dataclass(frozen=True)
class LotRow:
    no: str
    name: str
    budget: int | None = None
    ceiling: int | None = None
    """Hundredths of CNY."""
    outcome: str = ""
    goods: tuple[Goods, ...] = ()


@dataclass(frozen=True)
class SpecPoint:
    """要求值 from the notice; 我方值 and 偏离 are the bidder's to fill in."""

    id: str
    name: Text
    required: tuple[Quote, ...] = ()
    mark: str = ""
    """★ or ▲ where the notice marks it."""


@dataclass(frozen=True)
class SpecTable:
    vehicle: str
    """A type of config/vehicles.yaml."""
    name: Text
    goods: Goods | None
    points: tuple[SpecPoint, ...]


DEVIATIONS = (
    Text("满足", "met"),
    Text("正偏离", "better"),
    Text("负偏离", "worse"),
    Text("不响应", "no answer"),
)


@dataclass(frozen=True)
class Checklist:
    project_id: int
    made_at: datetime
    name: str
    number: str
    buyer: str
    agency: str
    region: str
    regime: str
    regime_name: Text
    method: str
    method_name: Text
    phase: Phase
    stage: Text
    tracked_since: date | None
    amounts: tuple[Amount, ...]
    lots: tuple[LotRow, ...]
    goods: tuple[Goods, ...]
    dates: tuple[DateRow, ...]
    conflicts: tuple[Conflict, ...]
    warnings: tuple[Text, ...]
    plan: Plan
    sections: tuple[Section, ...]
    specs: tuple[SpecTable, ...]
    sources: tuple[Source, ...]
    laws: tuple[Law, ...] = ()
    unknown_types: tuple[str, ...] = ()
    """Vehicle types without a file of their own or of a parent."""
    proceeding: str = ""
    """Natural key of the proceeding it is for."""
    round: int = 1
    """Of the talks."""
    derived_at: datetime | None = None
    """When it was last compared with what was published; None before that."""
    dropped: tuple[Dropped, ...] = ()
    bidder: str = ""
    """Our bidding entity, once there is a bid."""
    zone: str = "Asia/Shanghai"

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for section in self.sections for line in section.lines)

    def count(self, status: Status) -> int:
        """Lines of which derivation says so, and people nothing yet."""
        return sum(line.status == status and line.kept is None for line in self.lines)

    def worked(self, status: ItemStatus) -> int:
        """Lines of which people say so."""
        return sum(line.kept is not None and line.kept.status == status for line in self.lines)
