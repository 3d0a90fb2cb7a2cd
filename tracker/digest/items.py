"""One project as an item: what a bidder has to do by when, and all that is said beside it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.digest.known import Known
from tracker.digest.model import Action, Item, Result, Skipped
from tracker.present import ACTS
from tracker.procedures.law import load_law
from tracker.standing import rights
from tracker.state import MilestoneState, ProceedingState, ProjectState

_ORDER = {kind: place for place, kind in enumerate(ACTS)}


def action(milestone: MilestoneState, urls: dict[str, str]) -> Action:
    return Action(
        kind=milestone.kind,
        earliest=milestone.earliest,
        latest=milestone.latest,
        precision=milestone.precision,
        lot=milestone.lot,
        rule_id=milestone.rule_id,
        words=one_line(milestone.words, 200),
        words_en=one_line(milestone.words_en, 200),
        check=one_line(milestone.check, 160),
        check_en=one_line(milestone.check_en, 160),
        url=urls.get(milestone.source, ""),
        provisional=milestone.provisional,
        conflict=milestone.conflict,
    )


def milestones(state: ProjectState) -> Iterator[tuple[ProceedingState, MilestoneState]]:
    for proceeding in state.proceedings:
        for milestone in proceeding.milestones:
            yield proceeding, milestone


def open_actions(state: ProjectState, now: datetime, urls: dict[str, str] | None = None) -> tuple[Action, ...]:
    """What a bidder can still do, the earliest first; lots that share a date are one action."""
    found: dict[tuple[str, datetime], Action] = {}
    for proceeding, milestone in milestones(state):
        if milestone.bidder_acts and milestone.latest > now and proceeding.outcome in (None, "suspended"):
            found.setdefault((milestone.kind, milestone.earliest), action(milestone, urls or {}))
    return tuple(sorted(found.values(), key=lambda each: (each.earliest, _ORDER.get(each.kind, 99), each.kind)))


def open_rights(known: Known, state: ProjectState, now: datetime) -> tuple[Action, ...]:
    """Rights that we use by acting ourselves, one a rule, the earliest last day first; none of an untracked project.

    What others owe us (refunds, answers) is no right to use: tracker/digest/money.py.
    """
    found: dict[str, Action] = {}
    for right in rights(state, now, tracked=bool(known.tracked_by), statuses=known.bids):
        rule_id = right.milestone.rule_id
        if rule_id and any(rule.acts == "bidder" for rule in load_law().periods(rule_id)):
            found.setdefault(rule_id, action(right.milestone, known.urls))
    return tuple(found.values())


def _to_do(known: Known, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    return tuple(each for each in actions if (each.kind, each.earliest.astimezone(UTC).isoformat()) not in known.done)


def _past(state: ProjectState, now: datetime, urls: dict[str, str]) -> Action | None:
    over = [milestone for _, milestone in milestones(state) if milestone.kind in ACTS and milestone.latest <= now]
    return action(max(over, key=lambda each: each.earliest), urls) if over else None


def build(known: Known, now: datetime, **said: Any) -> Item:
    """The item of one project. Raises whatever its state makes impossible; the caller names the item then."""
    state = known.state
    main = next((each for each in reversed(state.proceedings) if each.outcome is None), None)
    main = main or (state.proceedings[-1] if state.proceedings else None)
    expected = next((each for _, each in milestones(state) if each.kind == "expected_at"), None)
    return Item(
        project_id=known.row.id,
        name=one_line(state.name, 200),
        number=one_line(state.number or "", 80),
        buyer=one_line(state.buyer or "", 80),
        region=one_line(state.region or "", 40),
        method=main.method or "" if main else "",
        stage=one_line(main.stage_zh or main.stage if main else "", 40),
        stage_en=one_line(main.stage_en or main.stage if main else "", 40),
        vehicle_purchase=state.vehicle_purchase,
        vehicles=state.vehicle_types,
        vehicle_count=state.vehicle_count,
        budget=state.budget if state.budget is not None else state.ceiling,
        actions=_to_do(known, open_actions(state, now, known.urls)),
        past=_past(state, now, known.urls),
        owner=known.owner,
        followers=tuple(known.tracked_by),
        reasons=(*known.why, *(one_line(each, 120) for each in state.reasons[:3])),
        reasons_en=(*known.why, *(one_line(each, 120) for each in state.reasons_en[:3])),
        links=tuple(known.links),
        rights=open_rights(known, state, now),
        results=tuple(
            Result(
                supplier=one_line(each.supplier, 80),
                amount=each.amount,
                lot=each.lot,
                brand=one_line(each.brand or "", 40),
                stage=each.stage,
                model=one_line(each.model or "", 40),
                unit_price=each.unit_price,
            )
            for proceeding in state.proceedings
            for each in proceeding.awards
        ),
        failed=bool(main and main.outcome == "terminated"),
        unanswered=known.unanswered,
        expected=action(expected, known.urls) if expected else None,
        **said,
    )


def guarded(project: Known, now: datetime, skipped: list[Skipped], **said: Any) -> Item | None:
    """The item, or None after naming it among the skipped: one bad item never stops the others."""
    try:
        return build(project, now, **said)
    except Exception as error:
        name = one_line(project.row.name or f"#{project.row.id}")
        if not any(each.name == name for each in skipped):
            url = project.links[0].url if project.links else ""
            skipped.append(Skipped(name, one_line(f"{type(error).__name__}: {error}", 160), url))
        return None


def by_action(item: Item) -> tuple[datetime, int, int]:
    if item.next is None:
        return datetime.max.replace(tzinfo=SHANGHAI), 99, item.project_id
    return item.next.earliest, _ORDER.get(item.next.kind, 99), item.project_id
