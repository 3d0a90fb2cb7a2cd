"""Where each proceeding and lot stands at an instant: the step, whose turn it is, and what the bidder does by when.

Pure: a project's state, what we have done already, and the instant; no database, no clock.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, cast

from crawler.notice import Kind, Method
from tracker.i18n import both
from tracker.procedures.law import Regime, Text
from tracker.procedures.stages import (
    Action,
    Actor,
    Due,
    Procedure,
    Stage,
    in_order,
    load_procedures,
    open_actions,
    procedure_for,
    stage_of,
)
from tracker.state import LotState, MilestoneState, ProceedingState, ProjectState

OVER = {"terminated", "awarded", "contracted", "passed", "failed"}


@dataclass(frozen=True)
class Standing:
    """One proceeding, or one lot of it that stands elsewhere."""

    proceeding: str
    lot: str
    stage: Text | None
    turn: Actor | None
    """Whose turn it is; None after the end."""
    outcome: str | None
    actions: tuple[Action, ...]
    """What the bidder can still do, the earliest first."""

    @property
    def next(self) -> Action | None:
        return self.actions[0] if self.actions else None


def standings(
    state: ProjectState, at: datetime, done: Collection[str] = (), known: Mapping[str, Procedure] | None = None
) -> Iterator[Standing]:
    """Every proceeding, and each lot whose end or step differs. `done` holds ids of steps we have taken (`done_by`)."""
    known = known or load_procedures()
    for proceeding in state.proceedings:
        procedure = _procedure(proceeding, state.regime, known)
        yield _standing(proceeding, None, procedure, state, at, done)
        for lot in proceeding.lots:
            own = any(each.lot == lot.no and each.bidder_acts for each in proceeding.milestones)
            if own or lot.outcome != proceeding.outcome or lot.kinds:
                yield _standing(proceeding, lot, procedure, state, at, done)


@dataclass(frozen=True)
class Step:
    """One stage of a proceeding on its way."""

    id: str
    name: Text
    place: Literal["behind", "here", "ahead"]


def track(state: ProjectState, proceeding: ProceedingState) -> tuple[Step, ...]:
    """The stages of a proceeding in order, and which one it has reached; none where its method has no file."""
    procedure = _procedure(proceeding, state.regime, load_procedures())
    stages = procedure.under(cast("Regime | None", state.regime)) if procedure else ()
    ids = [stage.id for stage in stages]
    reached = ids.index(proceeding.stage) if proceeding.stage in ids else -1
    return tuple(
        Step(stage.id, stage.name, "behind" if place < reached else "here" if place == reached else "ahead")
        for place, stage in enumerate(stages)
        if not stage.side or place == reached
    )


def _procedure(proceeding: ProceedingState, regime: str | None, known: Mapping[str, Procedure]) -> Procedure | None:
    kinds = cast("tuple[Kind, ...]", proceeding.kinds)
    return procedure_for(cast("Method | None", proceeding.method), cast("Regime | None", regime), kinds, known)


def _standing(
    proceeding: ProceedingState,
    lot: LotState | None,
    procedure: Procedure | None,
    state: ProjectState,
    at: datetime,
    done: Collection[str],
) -> Standing:
    no, outcome = (lot.no, lot.outcome) if lot else ("", proceeding.outcome)
    following = Text(proceeding.next_zh, proceeding.next_en)
    if procedure is None or outcome in {"passed", "failed"} or proceeding.left or not proceeding.kinds:
        still = _rights(proceeding, at) if outcome != "passed" else ()
        what = (Action("", following, None, None, ""),) if following.zh else ()
        step = Text(proceeding.stage_zh, proceeding.stage_en) if proceeding.stage else None
        return Standing(proceeding.key, no, step, cast("Actor | None", proceeding.turn), outcome, (*what, *still))
    regime = cast("Regime | None", state.regime)
    kinds = cast("tuple[Kind, ...]", (lot.kinds if lot and lot.kinds else proceeding.kinds))
    due = _due(proceeding.milestones, no)
    passed = {name for name, each in due.items() if each.latest < at}
    position = stage_of(procedure, kinds, regime, suspended=outcome == "suspended", passed=passed)
    stage = _in_rounds(proceeding, procedure, position.stage, at)
    found = open_actions(procedure, regime, due, at, kinds=kinds, done=done)
    rounds = list(_round_actions(proceeding, at)) if outcome not in OVER else []
    if rounds:  # a step with a date of its own says more than the step at large
        found = [each for each in found if each.earliest is not None or each.stage not in {"talks", "last-price"}]
    actions = in_order([*found, *rounds], procedure.under(regime), at)
    turn = None if outcome in OVER else (stage.actor if stage else position.turn)
    return Standing(proceeding.key, no, stage.name if stage else None, turn, outcome, tuple(actions))


def _due(milestones: Iterable[MilestoneState], lot: str) -> dict[str, Due]:
    """Dates by printed kind or rule; those of the lot count before those of the whole proceeding."""
    ordered = sorted((each for each in milestones if each.lot in ("", lot)), key=lambda each: each.lot)
    return {each.rule_id or each.kind: Due(each.earliest, each.latest, each.precision) for each in ordered}


def _in_rounds(proceeding: ProceedingState, procedure: Procedure, stage: Stage | None, at: datetime) -> Stage | None:
    """The step of the talks that has begun last, where people entered rounds; a result counts more."""
    steps = {each.id: each for each in procedure.stages}
    order = list(steps)
    begun = [
        each
        for each in proceeding.milestones
        if each.kind.rpartition("-")[0] in steps and not each.rule_id and each.earliest <= at
    ]
    if not begun or stage is None:
        return stage
    last = steps[max(begun, key=lambda each: (each.earliest, each.kind)).kind.rpartition("-")[0]]
    return last if order.index(last.id) > order.index(stage.id) else stage


def _round_actions(proceeding: ProceedingState, at: datetime) -> Iterator[Action]:
    for each in proceeding.milestones:
        step = each.kind.rpartition("-")[0]
        if step in {"resubmission", "last-price"} and each.latest >= at and each.bidder_acts:
            yield Action(step, Text(each.label, each.label_en), each.earliest, each.latest, each.kind, each.precision)


def _rights(proceeding: ProceedingState, at: datetime) -> tuple[Action, ...]:
    return tuple(
        Action("", Text(each.label, each.label_en), each.earliest, each.latest, each.rule_id, each.precision)
        for each in sorted(proceeding.milestones, key=lambda each: each.earliest)
        if each.alarm and each.latest >= at
    )


# --- what we have done ----------------------------------------------------------------------------------------------

_HANDED_IN = {"notice", "documents", "submission", "first-response", "application"}
_BEHIND = _HANDED_IN | {"opening", "deposit"}
_BY_STATUS = {
    "registered": {"notice", "documents"},
    "preparing": {"notice", "documents"},
    "submitted": _HANDED_IN,
    "opened": _HANDED_IN | {"opening"},
} | dict.fromkeys(("won", "lost", "void", "withdrawn"), _BEHIND)


def done_by(status: str | None, *, deposit_bound: bool = False) -> frozenset[str]:
    """Steps that are behind us, by how far our bid is (tracker/bidding/bids.py)."""
    return frozenset(_BY_STATUS.get(status or "", set()) | ({"deposit"} if deposit_bound else set()))


# --- rights of who takes part ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Right:
    """Something the law lets us do, or has others owe us, by a date: alarmed for tracked projects only."""

    proceeding: str
    milestone: MilestoneState

    @property
    def name(self) -> str:
        return both(self.milestone.label, self.milestone.label_en)


WHO = {
    "anyone": set[str](),
    "taker": {"registered", "preparing", "submitted", "opened", "won", "lost", "void", "withdrawn"},
    "participant": {"submitted", "opened", "won", "lost", "void"},
    "winner": {"won"},
}
"""By standing, how far our bid must have come for the right to be ours."""


def rights(
    state: ProjectState, at: datetime, *, tracked: bool, statuses: Mapping[str, str] | None = None
) -> list[Right]:
    """Questions, complaints, signing, refunds still open at `at`, the earliest first; none where nobody tracks it.

    `statuses` holds how far our bid is by proceeding, or by `proceeding|lot`; without a bid every right is listed,
    since we may know better. Who bids for some lots has the rights of those.
    """
    if not tracked:
        return []
    found = [
        Right(proceeding.key, each)
        for proceeding in state.proceedings
        for each in proceeding.milestones
        if each.alarm == "tracked" and each.latest > at and _ours(proceeding, each, statuses or {})
    ]
    return sorted(found, key=lambda each: (each.milestone.earliest, each.milestone.kind))


def _ours(proceeding: ProceedingState, milestone: MilestoneState, statuses: Mapping[str, str]) -> bool:
    by_lot = {key.partition("|")[2]: status for key, status in statuses.items() if key.startswith(f"{proceeding.key}|")}
    whole = statuses.get(proceeding.key)
    if milestone.lot:
        ours = {by_lot.get(milestone.lot, whole)}
    else:  # a date of the whole is that of each lot that has none of its own
        apart = {each.lot for each in proceeding.milestones if each.kind == milestone.kind}
        ours = {whole, *(status for lot, status in by_lot.items() if lot not in apart)}
    wanted = WHO.get(milestone.standing)
    return not wanted or not (whole or by_lot) or bool(ours & wanted)
