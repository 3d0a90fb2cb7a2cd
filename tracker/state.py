"""What derivation says of a project: the whole of it, as plain values that compare and serialise.

`Project.state` holds it as JSON; the tables proceeding, lot and milestone hold the same for queries.
No arrival time and no database id is in it, so any order of arrival ends in the same state.
"""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Said(Part):
    """One place that states a value, for a conflict or for the history of a date."""

    value: str
    """As printed for people: `2026-12-03 09:30` in the milestone's zone, or an amount in yuan."""
    words: str
    source: str
    """`portal/key` of the publication."""


class MilestoneState(Part):
    """A date of a proceeding or of one lot. Alarms and sorting use `earliest`."""

    lot: str = ""
    kind: str
    """A key of crawler.notice.TIMES for a printed date, else the id of what a rule computes."""
    rule_id: str = ""
    earliest: AwareDatetime
    latest: AwareDatetime
    precision: str
    zone: str = "Asia/Shanghai"
    words: str
    """The words it was read from; for a computed one the steps in Chinese."""
    words_en: str = ""
    label: str = ""
    """As printed; of a computed date the rule's name in Chinese."""
    label_en: str = ""
    legal_ref: str = ""
    check: str = ""
    """Set where a printed date falls short of a legal minimum, in Chinese; a matter to look at, no verdict."""
    check_en: str = ""
    source: str = ""
    """`portal/key` of the publication that decided."""
    bidder_acts: bool = False
    """A bidder loses something if this passes; false once the proceeding or lot has ended."""
    alarm: Literal["", "tracked"] = ""
    """`tracked`: a right, or something owed to us, that only who takes part cares for: alarmed for tracked projects."""
    standing: str = ""
    """Who may use the right: `taker` of the documents, `participant`, `winner` … (tracker.procedures.law.Standing)."""
    provisional: bool = False
    conflict: tuple[Said, ...] = ()
    """All values where places disagree; empty where they agree."""
    history: tuple[Said, ...] = ()
    """Earlier values in order, without the present one."""

    @property
    def slot(self) -> str:
        """The natural key inside a proceeding."""
        return f"{self.lot}|{self.kind}|{self.rule_id}"


class LotState(Part):
    no: str
    name: str | None = None
    budget: int | None = None
    """Hundredths of CNY."""
    ceiling: int | None = None
    outcome: str | None = None
    """None while open; `terminated`, `candidate`, `awarded`, `contracted`."""
    kinds: tuple[str, ...] = ()
    """Of the notices about it, where they differ from those about the whole proceeding."""
    stage: str = ""
    """Where the lot stands, if elsewhere than the proceeding."""
    stage_zh: str = ""
    stage_en: str = ""


class RoundState(Part):
    """One round of a negotiation, as a person who takes part enters it; each step has a date of its own."""

    no: int
    steps: tuple[Said, ...]
    """`source` is the step: written-changes, resubmission, last-price …"""


class RiskState(Part):
    """Something that may make a lot fail, with what it was read from."""

    rule_id: str
    lot: str = ""
    zh: str
    en: str
    words: str = ""
    source: str = ""


class AwardState(Part):
    lot: str = ""
    supplier: str
    amount: int | None = None
    """Hundredths of CNY."""
    brand: str | None = None
    model: str | None = None
    unit_price: int | None = None
    source: str
    at: AwareDatetime | None = None
    """When it was published."""
    stage: str
    """award_candidate, award or contract."""


class ProceedingState(Part):
    key: str
    kind: str
    round: int = 1
    method: str | None = None
    number: str | None = None
    stage: str = ""
    """Id of a stage in config/procedures."""
    stage_zh: str = ""
    stage_en: str = ""
    outcome: str | None = None
    """None while open; `terminated`, `awarded`, `contracted`, `suspended`; of a qualification `passed`, `failed`."""
    kinds: tuple[str, ...] = ()
    """Of the notices seen."""
    turn: str | None = None
    """Who acts now as far as notices tell: buyer, agency, bidder, committee, both. None when it has ended."""
    next_zh: str = ""
    """What the bidder does next; after an end what can still be done."""
    next_en: str = ""
    rounds: tuple[RoundState, ...] = ()
    natures: tuple[Said, ...] = ()
    """`emergency` (no minimum periods), `mandatory` (依法必须进行招标), with the words that say so."""
    left: Said | None = None
    """We left the negotiation before the last price; the deposit comes back (74号令 34)."""
    risks: tuple[RiskState, ...] = ()
    re_tender_of: str | None = None
    lots: tuple[LotState, ...] = ()
    milestones: tuple[MilestoneState, ...] = ()
    awards: tuple[AwardState, ...] = ()


RANK = ("intention", "opinion", "qualification", "purchase")
OVER = frozenset({"terminated", "awarded", "contracted"})
"""Outcomes after which a proceeding cannot be answered."""


def current(proceedings: Sequence[ProceedingState]) -> ProceedingState:
    """The proceeding a bidder can answer: the open one furthest on, else the last. ValueError where there is none."""
    going = [each for each in proceedings if each.outcome not in OVER]
    return max(going or proceedings, key=lambda each: (RANK.index(each.kind), each.round))


class ProjectState(Part):
    name: str
    number: str | None = None
    buyer: str | None = None
    agency: str | None = None
    region: str | None = None
    regime: str | None = None
    vehicle_purchase: str = "no"
    vehicle_types: tuple[str, ...] = ()
    vehicle_count: float | None = None
    reasons: tuple[str, ...] = ()
    """Why it is (not) a vehicle purchase, in Chinese, most telling first."""
    reasons_en: tuple[str, ...] = ()
    budget: int | None = None
    """Hundredths of CNY."""
    ceiling: int | None = None
    deposit: int | None = None
    documents_how: str | None = None
    proceedings: tuple[ProceedingState, ...] = ()
    withdrawn: tuple[str, ...] = ()
    """Publications that the portal took away."""

    @property
    def closed(self) -> bool:
        """Every proceeding has an end."""
        return bool(self.proceedings) and all(
            each.outcome in {"terminated", "awarded", "contracted", "passed", "failed"} for each in self.proceedings
        )


def as_json(state: ProjectState) -> dict[str, Any]:
    """Canonical: equal states give equal JSON."""
    return state.model_dump(mode="json", exclude_defaults=True)
