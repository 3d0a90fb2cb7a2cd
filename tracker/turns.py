"""What makes a proceeding turn: a qualification, rounds of a negotiation, lots that end apart, too few brands. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal

from crawler.notice import Kind, Notice, Period, When
from tracker.procedures.brands import LEAST, Offer, count_bidders
from tracker.procedures.law import Regime, Text
from tracker.procedures.stages import Procedure
from tracker.state import MilestoneState, ProceedingState, RiskState, RoundState, Said


@dataclass(frozen=True)
class Entered:
    """What a person knows of a proceeding and no notice prints (tracker/entered.py)."""

    what: Literal["anchor", "term", "round", "qualification", "left"]
    proceeding: str
    name: str
    """The anchor, the term of the contract, the step of a round; `passed` or `failed`."""
    value: str = ""
    """A time as in When.local."""
    words: str = ""
    """Who and why, as shown beside the value."""
    round: int = 0
    period: Period | None = None
    """Of a term."""

    @property
    def key(self) -> tuple[str, ...]:
        """A later word with the same key replaces an earlier one."""
        name = "" if self.what in {"qualification", "left"} else self.name
        return (self.proceeding, self.what, name, f"{self.round:03d}")


def fact_of(data: Mapping[str, Any], words: str) -> Entered:
    """A fact as it is stored in a decision."""
    period = data.get("period")
    return Entered(
        what=data["what"],
        proceeding=data["proceeding"],
        name=data.get("name", ""),
        value=data.get("value", ""),
        words=words,
        round=data.get("round", 0),
        period=Period(**period) if period else None,
    )


def kinds_for(notice: Notice, lot: str) -> Iterator[Kind]:
    """As what a notice counts for one lot: a result that names other lots says nothing of it."""
    ended = notice.terminated_lots
    if notice.kind == "termination":
        if not ended or "all" in ended or lot in ended:
            yield "termination"
    elif notice.kind in {"award_candidate", "award", "contract"}:
        named = {each.lot for each in notice.awards if each.lot}
        if lot in named or (not named and lot not in ended):
            yield notice.kind
        elif lot in ended:
            yield "termination"
    else:
        yield notice.kind


def rounds_of(entered: Sequence[Entered]) -> Iterator[RoundState]:
    """The rounds of a negotiation in order, each with its steps by time."""
    held: defaultdict[int, list[Said]] = defaultdict(list)
    for each in entered:
        if each.what == "round":
            held[each.round].append(Said(value=each.value.replace("T", " "), words=each.words, source=each.name))
    for no, steps in sorted(held.items()):
        yield RoundState(no=no, steps=tuple(sorted(steps, key=lambda said: (said.value, said.source))))


ROUND_STEPS = {
    "talks": Text("谈判（磋商）", "talks"),
    "written-changes": Text("书面变动", "written changes"),
    "resubmission": Text("重新提交响应文件", "handing in again"),
    "last-price": Text("最后报价", "last price"),
}
"""Steps of a round, as config/procedures/stages.yaml names them."""
_BIDDERS_STEPS = {"resubmission", "last-price"}


def round_milestones(rounds: Sequence[RoundState], is_open: bool) -> Iterator[MilestoneState]:
    """Each step of each round under a kind of its own (`resubmission-2`)."""
    for each in rounds:
        for said in each.steps:
            when = When(said.value.replace(" ", "T"))
            name = ROUND_STEPS[said.source]
            yield MilestoneState(
                kind=f"{said.source}-{each.no}",
                earliest=when.span[0].astimezone(UTC),
                latest=when.span[1].astimezone(UTC),
                precision=when.precision,
                words=said.words,
                label=f"第{each.no}轮{name.zh}",
                label_en=f"round {each.no}: {name.en}",
                bidder_acts=said.source in _BIDDERS_STEPS and is_open,
            )


def risks_of(notices: Iterable[tuple[str, Notice]], regime: Regime | None, method: str) -> Iterator[RiskState]:
    """Lots whose offers count as fewer than three bidders, from the brands a result prints (`portal/key`, notice)."""
    for source, notice in notices:
        offers: defaultdict[str, list[Offer]] = defaultdict(list)
        for award in notice.awards:
            if award.supplier and award.brand:
                offers[award.lot or ""].append(Offer(award.supplier, award.brand, award.model or ""))
        for lot, offered in sorted(offers.items()):
            counted = count_bidders(offered, regime, method)
            if counted.fails and counted.rule_id and len({each.bidder for each in offered}) >= LEAST:
                brands = "、".join(sorted({each.brand for each in offered}))
                yield RiskState(
                    rule_id=counted.rule_id,
                    lot=lot,
                    zh=f"{len(offered)} 家供应商按品牌只算 {counted.bidders} 家，不足三家，可能应当废标",
                    en=f"{len(offered)} suppliers count as {counted.bidders} by brand: too few, it may have to fail",
                    words=brands,
                    source=source,
                )


def qualified(proceedings: Sequence[ProceedingState], known: Mapping[str, Procedure]) -> Iterator[ProceedingState]:
    """A qualification that was passed opens the purchase before its notice comes; one that was failed closes it."""
    outcome = next((each.outcome for each in reversed(proceedings) if each.kind == "qualification"), None)
    for each in proceedings:
        if outcome == "failed" and each.kind == "purchase":
            closed = [milestone.model_copy(update={"bidder_acts": False}) for milestone in each.milestones]
            yield each.model_copy(update={"milestones": tuple(closed), "turn": None})
        else:
            yield each
    opens = known["prequalification"].passed if "prequalification" in known else None
    if outcome == "passed" and opens and not any(each.kind == "purchase" for each in proceedings):
        yield ProceedingState(
            key="purchase-1",
            kind="purchase",
            method=opens.procedure,
            turn="buyer",
            next_zh=opens.zh,
            next_en=opens.en,
        )
