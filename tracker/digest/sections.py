"""Which project stands where: what is due soon, and the section of the weightiest news."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, not_, or_, select

from crawler.clock import SHANGHAI
from tracker.decisions import marked
from tracker.digest.changes import changes_of
from tracker.digest.items import by_action, guarded, milestones
from tracker.digest.known import Known
from tracker.digest.model import Item, Skipped
from tracker.kinds import EARLY_KINDS, MOVING_EVENTS, NEVER_CUT, RESULT_EVENTS, RESULT_KINDS, TENDER_KINDS, WANTED
from tracker.present import ACTS
from tracker.tables import Milestone, Proceeding, Project, table
from tracker.workdays import Calendar, load_calendar

MILESTONE, PROCEEDING, PROJECT = table(Milestone), table(Proceeding), table(Project)

OLD = timedelta(days=30)
"""What appears now but was published so long ago is filed and counted, not told as news."""


def horizon(now: datetime, calendar: Calendar, working_days: int) -> datetime:
    """The end of the n-th working day after today."""
    last = calendar.add_working_days(now.astimezone(SHANGHAI).date(), working_days)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)


SOON_TRACKED, SOON_MATCHED = 7, 2
"""Working days ahead that count as today's business: tracked projects, and those nobody has looked at yet."""


def due_soon(connection: Connection, now: datetime) -> set[int]:
    """Projects with something for a bidder to do in the coming days; only those that `today` may tell of."""
    calendar = load_calendar()
    matched = MILESTONE.c.earliest < horizon(now, calendar, SOON_MATCHED)
    query = (
        select(PROCEEDING.c.project_id)
        .join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id)
        .join(PROJECT, PROJECT.c.id == PROCEEDING.c.project_id)
        .where(
            MILESTONE.c.bidder_acts.is_(True),
            MILESTONE.c.latest > now,
            MILESTONE.c.earliest < horizon(now, calendar, SOON_TRACKED),
            or_(and_(PROJECT.c.vehicle_purchase.in_(WANTED), matched), marked("track")),
            PROJECT.c.alias_of.is_(None),
        )
        .distinct()
    )
    return set(connection.execute(query).scalars())


def followed_ids(connection: Connection, now: datetime) -> set[int]:
    """Projects somebody tracks with which something can still happen: they are open, or a date of theirs lies ahead.

    A team tracks thousands in the course of years; what is over and past has nothing to say to a digest.
    """
    dates = select(MILESTONE.c.id).join(PROCEEDING, PROCEEDING.c.id == MILESTONE.c.proceeding_id)
    ahead = dates.where(PROCEEDING.c.project_id == PROJECT.c.id, MILESTONE.c.latest > now).exists()
    # No plain `alias_of IS NULL`: SQLite would walk the index of aliases, in which nearly every project stands.
    living = (func.coalesce(PROJECT.c.alias_of, 0) == 0, or_(not_(PROJECT.c.closed), ahead))
    return set(connection.scalars(select(PROJECT.c.id).where(marked("track"), *living)))


def today(known: dict[int, Known], ids: set[int], now: datetime, skipped: list[Skipped]) -> tuple[Item, ...]:
    calendar = load_calendar()
    ends = {True: horizon(now, calendar, SOON_TRACKED), False: horizon(now, calendar, SOON_MATCHED)}
    found = []
    for project in (known[each] for each in sorted(ids) if each in known):
        if project.passed or not (project.tracked_by or project.row.vehicle_purchase in WANTED):
            continue
        item = guarded(project, now, skipped)
        if item and item.next and item.next.earliest < ends[bool(project.tracked_by)]:
            found.append(item)
    return tuple(sorted(found, key=by_action))


RIGHTS_AHEAD = 10
"""Working days ahead in which a right that ends is told: a question needs its facts, a seal and a way to the agency."""


def windows(followed: Iterable[Known], until: datetime, now: datetime, skipped: list[Skipped]) -> tuple[Item, ...]:
    """Tracked projects with a right whose last day begins before `until`, the earliest first."""
    items = (guarded(each, now, skipped) for each in followed)
    soon = [item for item in items if item and item.rights and item.rights[0].earliest < until]
    return tuple(sorted(soon, key=lambda item: (item.rights[0].earliest, item.project_id)))


def sections(
    events: Sequence[Row[Any]],
    known: dict[int, Known],
    home: dict[int, int],
    now: datetime,
    told: set[int],
    skipped: list[Skipped],
    urls: dict[int, str],
) -> dict[str, Any]:
    """One entry a project, in the section of its weightiest news; what moved is listed besides."""
    groups: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for event in events:
        if event.project_id is not None and not event.route_error:
            groups[home.get(event.project_id, event.project_id)].append(event)
    found: dict[str, list[Item]] = {
        name: [] for name in ("moved", "new", "check", "intentions", "results", "others", "late")
    }
    filed = 0
    for project_id, group in groups.items():
        project = known.get(project_id)
        if project is None or project.passed:
            continue
        published = [event for event in group if event.kind == "published"]
        movings = [event for event in group if event.kind in MOVING_EVENTS and event.id not in told]
        movings += [event for event in published if _loose_correction(event, group) and event.id not in told]
        fresh = [event for event in published if not event.data.get("same_as")]
        if movings:
            item = guarded(project, now, skipped, changes=changes_of(movings, urls, project))
            if item:
                found["moved"].append(item)
        section, bringer = _section(project, fresh, published, group, told)
        if section == "filed":
            filed += 1
        elif section:
            news = bringer.data.get("kind", "other") if bringer is not None else ""
            item = guarded(project, now, skipped, news=news, delay=_delay(bringer) if section == "late" else None)
            if item:
                found[section].append(item)
    made: dict[str, Any] = {name: tuple(sorted(items, key=by_action)) for name, items in found.items()}
    made["moved"] = tuple(sorted(found["moved"], key=_by_weight))
    return made | {"filed": filed}


def _loose_correction(event: Row[Any], group: Sequence[Row[Any]]) -> bool:
    """A correction or termination notice that no other event of the group speaks for."""
    if event.data.get("kind") not in ("correction", "termination") or event.data.get("same_as"):
        return False
    speaks = {"deadline-moved", "terminated", "changed", "amount-changed", "conflict"}
    return not any(each.kind in speaks and each.publication_id == event.publication_id for each in group)


def _by_weight(item: Item) -> tuple[bool, bool, tuple[datetime, int, int]]:
    return (
        not any(each.shortened for each in item.changes),
        not any(each.kind in NEVER_CUT for each in item.changes),
        by_action(item),
    )


def _section(
    project: Known,
    fresh: Sequence[Row[Any]],
    published: Sequence[Row[Any]],
    group: Sequence[Row[Any]],
    told: set[int],
) -> tuple[str, Row[Any] | None]:
    """Where a project stands, and the publication that put it there; the empty text for none."""
    kinds = {event.data.get("kind", "other"): event for event in fresh}
    tender = next((kinds[kind] for kind in kinds if kind in TENDER_KINDS), None)
    became = next((e for e in group if e.kind == "verdict" and e.after in (*WANTED, "review")), None)
    if (tender is not None and tender.id not in told) or (tender is None and became is not None):
        if tender is not None and _too_late(project, tender):
            return ("filed", None) if _old(tender) else ("late", tender)
        return ("check" if project.row.vehicle_purchase == "review" else "new"), tender
    if tender is not None:
        return "", None  # told at once already
    for section, wanted in (("results", RESULT_KINDS), ("intentions", EARLY_KINDS)):
        found = next((kinds[kind] for kind in kinds if kind in wanted), None)
        if found is not None:
            return ("filed" if _old(found) else section), found
    if any(event.kind in RESULT_EVENTS for event in group):
        return "results", None
    other = next((event for event in published if event.data.get("kind") not in ("correction", "termination")), None)
    if other is not None:
        return ("filed" if _old(other) else "others"), other
    return "", None


def _old(event: Row[Any]) -> bool:
    return event.occurred_at is not None and event.seen_at - event.occurred_at > OLD


def _too_late(project: Known, event: Row[Any]) -> bool:
    """Every window of the proceeding was over when we first saw it."""
    try:
        state = project.state
    except ValueError:
        return False  # the item names itself when it is built
    ends = [milestone.latest for _, milestone in milestones(state) if milestone.kind in ACTS]
    return bool(ends) and max(ends) <= event.seen_at


def _delay(event: Row[Any] | None) -> timedelta | None:
    if event is None or event.occurred_at is None:
        return None
    late: timedelta = event.seen_at - event.occurred_at
    return max(late, timedelta(0))
