"""What makes a proceeding turn: a qualification, rounds of a negotiation, lots that end apart, too few brands. Pure."""

import re
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

    what: Literal["anchor", "term", "round", "qualification", "left", "nature"]
    proceeding: str
    name: str
    """The anchor, the term of the contract, the step of a round; `passed` or `failed`; `emergency` or `mandatory`."""
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
        yield from _named_brands(source, notice, regime, method)
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


_BRAND = re.compile(r"(?:指定|推荐|参考|限定)?品牌(?:要求|范围)?\s*[：:为]\s*([^；;。\n，,（(]{1,80})")
_OPEN = re.compile(r"相当于|同等|类似|不低于|及以上|或者?以上|不限|自拟|自报|投标人|供应商|响应|填写|/|—")
"""Words beside brands that let others in, or a form that the bidder fills in."""
_OPENING = {"tender", "prequalification", "negotiation", "consultation", "inquiry"}


def _named_brands(source: str, notice: Notice, regime: Regime | None, method: str) -> Iterator[RiskState]:
    """A need that names one or two brands and lets no other in: fewer than three brands can bid."""
    if regime not in {"GP", "TB"} or notice.kind not in _OPENING:
        return
    rule_id = "tb.tender.min-bidders"
    if regime == "GP":
        tender = method in {"open", "invited", "prequalification"}
        rule_id = "gp.tender.same-brand-count" if tender else "gp.nontender.same-brand"
    places = [(item.lot, item.spec or "") for item in notice.items]
    places += [(clause.lot, clause.words) for clause in notice.clauses]
    told: set[str] = set()
    for lot, words in places:
        match = _BRAND.search(words)
        if match is None or _OPEN.search(words):
            continue
        brands = [each for each in re.split(r"[、\s]|或者?|和|及", match[1]) if each.strip()]
        if 0 < len(brands) < LEAST and (lot or "") not in told:
            told.add(lot or "")
            yield RiskState(
                rule_id=rule_id,
                lot=lot or "",
                zh=f"只写明 {len(brands)} 个品牌，能投标的品牌可能不足三家；可在质疑（异议）期限内提出",
                en=f"only {len(brands)} brand(s) named: fewer than three may be able to bid; question it in time",
                words=match.group().strip(),
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
