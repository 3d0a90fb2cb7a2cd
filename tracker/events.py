"""Events: what changed in a project, said once. History is append-only; a repetition adds nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from crawler.clock import SHANGHAI
from crawler.notice import Notice
from tracker.service.leases import insert_new
from tracker.state import MilestoneState, ProceedingState, ProjectState
from tracker.tables import Event, table

EVENT = table(Event)

MOVING = {"minute": "%Y-%m-%d %H:%M", "day": "%Y-%m-%d"}


@dataclass(frozen=True)
class Change:
    """One difference between two states of a project, or one fact about a publication or a source."""

    kind: str
    before: str | None = None
    after: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    slot: str = ""
    """What changed, by natural key; part of the event's key."""


def instant(milestone: MilestoneState) -> str:
    """The earliest instant of a milestone for people, in Asia/Shanghai, no finer than it was printed."""
    form = MOVING.get(milestone.precision, "%Y-%m-%d")
    return milestone.earliest.astimezone(SHANGHAI).strftime(form)


def differences(old: ProjectState | None, new: ProjectState) -> Iterator[Change]:
    """Every difference worth a line of history. A project seen for the first time has none: its notice is the news."""
    if old is None:
        return
    if old.vehicle_purchase != new.vehicle_purchase:
        yield Change("verdict", old.vehicle_purchase, new.vehicle_purchase, {"reasons": list(new.reasons)}, "verdict")
    known_places = {each.key for each in old.proceedings}
    again = any(each.re_tender_of and each.key not in known_places for each in new.proceedings)
    for name in () if again else ("budget", "ceiling", "deposit"):  # a new attempt states the sums of what it repeats
        before, after = getattr(old, name), getattr(new, name)
        if before is not None and after is not None and before != after:
            yield Change("amount-changed", str(before), str(after), {"field": name}, name)
    before_by_key = {each.key: each for each in old.proceedings}
    for proceeding in new.proceedings:
        known = before_by_key.get(proceeding.key)
        if known is None:
            if proceeding.re_tender_of:
                yield Change("re-tendered", None, proceeding.key, {"proceeding": proceeding.key}, proceeding.key)
            known = ProceedingState(key=proceeding.key, kind=proceeding.kind)
        yield from _outcomes(known, proceeding)
        yield from _dates(known, proceeding)
    for gone in sorted(set(new.withdrawn) - set(old.withdrawn)):
        yield Change("withdrawn", None, gone, {"publication": gone}, gone)
    for back in sorted(set(old.withdrawn) - set(new.withdrawn)):
        yield Change("back-again", back, None, {"publication": back}, back)


OUTCOMES = {
    "terminated": "terminated",
    "awarded": "awarded",
    "contracted": "contracted",
    "suspended": "suspended",
    "passed": "qualification-passed",
    "failed": "qualification-failed",
}


def _outcomes(old: ProceedingState, new: ProceedingState) -> Iterator[Change]:
    """The end of the whole, or of each lot where lots end differently: who bids for the failed one is told so."""
    where = {"proceeding": new.key}
    before = {lot.no: lot.outcome for lot in old.lots}
    changed: dict[str, list[str]] = {}
    for lot in new.lots:
        if lot.outcome and lot.outcome != before.get(lot.no):
            changed.setdefault(lot.outcome, []).append(lot.no)
    apart = len({lot.outcome for lot in new.lots}) > 1
    if new.outcome != old.outcome and not (apart and changed):
        kind = OUTCOMES.get(new.outcome or "", "resumed")
        yield Change(kind, old.outcome, new.outcome, where | {"lots": ["all"]}, new.key)
        return
    for outcome, lots in changed.items():
        yield Change(outcome, None, outcome, where | {"lots": lots}, f"{new.key}|{','.join(lots)}")


def _dates(old: ProceedingState, new: ProceedingState) -> Iterator[Change]:
    before = {each.slot: each for each in old.milestones}
    after = {each.slot: each for each in new.milestones}
    for slot, milestone in after.items():
        where: dict[str, Any] = {
            "proceeding": new.key,
            "lot": milestone.lot,
            "milestone": milestone.kind,
            "rule_id": milestone.rule_id,
            "words": milestone.words,
            "source": milestone.source,
        }
        known = before.get(slot)
        if known is None and milestone.lot and not milestone.rule_id:  # a lot's date that parted from that of all
            known = before.get(f"|{milestone.kind}|")
        if known is None:
            yield Change("date-set", None, instant(milestone), where, f"{new.key}|{slot}")
        elif (known.earliest, known.latest) != (milestone.earliest, milestone.latest):
            kind = "date-recomputed" if milestone.rule_id else "deadline-moved"
            where["shortened"] = milestone.earliest < known.earliest
            where["was_words"] = known.words
            yield Change(kind, instant(known), instant(milestone), where, f"{new.key}|{slot}")
        if milestone.conflict and (known is None or known.conflict != milestone.conflict):
            values = [each.model_dump() for each in milestone.conflict]
            yield Change("conflict", None, instant(milestone), where | {"values": values}, f"{new.key}|{slot}")
    for slot in before.keys() - after.keys():
        gone = before[slot]
        where = {"proceeding": new.key, "lot": gone.lot, "milestone": gone.kind, "rule_id": gone.rule_id}
        yield Change("date-dropped", instant(gone), None, where, f"{new.key}|{slot}")


def value_changes(old: Notice, new: Notice) -> list[dict[str, Any]]:
    """What a silent edit or another reading changed, field by field, as printed for people."""
    before, after = values(old), values(new)
    return [
        {"field": name, "before": before.get(name), "after": after.get(name)}
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def values(notice: Notice) -> dict[str, str]:
    """The values of a notice without their evidence, as words."""
    said: dict[str, str] = {"title": notice.title, "kind": notice.kind}
    if notice.method:
        said["method"] = notice.method
    said |= {name: reading.value for name, reading in notice.texts.items()}
    said |= {name: _plain(reading.value) for name, reading in notice.times.items()}
    said |= {name: _plain(reading.value) for name, reading in notice.money.items()}
    for lot, times in notice.lot_times.items():
        said |= {f"{name} [{lot}]": _plain(reading.value) for name, reading in times.items()}
    if notice.consortium_allowed is not None:
        said["consortium_allowed"] = str(notice.consortium_allowed.value)
    for name, rows in (
        ("lots", [(lot.no, lot.name, lot.budget) for lot in notice.lots]),
        ("awards", [(award.lot, award.supplier, award.amount) for award in notice.awards]),
        ("corrections", [(each.lot, each.field, each.before, each.after) for each in notice.corrections]),
        ("items", [(item.name, item.quantity, item.unit) for item in notice.items]),
        ("attachments", [(each.name, each.url) for each in notice.attachments]),
        ("terminated_lots", list(notice.terminated_lots)),
    ):
        if rows:
            said[name] = "; ".join(_plain(row) for row in rows)
    return said


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(_plain(each) for each in value if each is not None)
    if hasattr(value, "local"):
        return str(value.local).replace("T", " ")
    if hasattr(value, "hundredths"):
        return f"{value.hundredths / 100:.2f} {value.currency}"
    if hasattr(value, "anchor"):
        return f"{value.anchor} + {value.length} {value.unit}"
    return str(value)


def write(
    connection: Connection,
    changes: Iterable[Change],
    *,
    cause: str,
    seen_at: datetime,
    once: str,
    project_id: int | None = None,
    publication_id: int | None = None,
    portal: str | None = None,
    channel: str | None = None,
    occurred_at: datetime | None = None,
    person_id: int | None = None,
) -> int:
    """Append the changes; `once` names what caused them (a version, a decision), so that each is written once."""
    rows = [
        {
            "key": f"{change.kind}:{project_id or portal or ''}:{change.slot}:{change.before}>{change.after}:{once}",
            "kind": change.kind,
            "cause": cause,
            "project_id": project_id,
            "publication_id": publication_id,
            "portal": portal,
            "channel": channel,
            "before": change.before,
            "after": change.after,
            "data": change.data,
            "occurred_at": occurred_at,
            "seen_at": seen_at,
            "person_id": person_id,
        }
        for change in changes
    ]
    if rows:
        connection.execute(insert_new(connection, EVENT), rows)
    return len(rows)
