"""A pack from the database: what came, what we did about it, how it ended, and who else won.

The window is whole days; what is read is as it stands now, so that a pack made anew tells later corrections.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError
from crawler.notice import Contact
from crawler.text import comparison_key, one_line
from tracker.bidding.bids import BID, STATUSES
from tracker.db import chunks
from tracker.decisions import live
from tracker.digest import Known, living, load
from tracker.digest.money import money, outside
from tracker.digest.sections import OLD
from tracker.gates import load_company
from tracker.kinds import TENDER_KINDS, WANTED
from tracker.packs.model import STEPS, Count, Customer, Pack, Purchase, Rival, Step, StepKind, Tally
from tracker.packs.period import Period
from tracker.projects import PUBLICATION, VERSION, unpack
from tracker.regions import place_of
from tracker.relevance import classify
from tracker.results import Asked, Win, grouped, wins
from tracker.state import ProjectState
from tracker.tables import Decision, Event, Person, Project, Registration, table

DECISION, EVENT, PERSON, PROJECT, REGISTRATION = (
    table(Decision),
    table(Event),
    table(Person),
    table(Project),
    table(Registration),
)
ENDS: dict[str, StepKind] = {"won": "won", "lost": "lost", "void": "dropped", "withdrawn": "dropped"}
OURS: dict[str, StepKind] = {"registered": "registered", "submitted": "submitted", **ENDS}
"""Which change of a bid's status is a step of the pack."""


def compose_pack(
    connection: Connection,
    period: Period,
    now: datetime,
    *,
    person: Row[Any] | None = None,
    due_at: datetime | None = None,
) -> Pack:
    """The pack of a period, for a person or for anybody. `due_at` is given for a mail that is late."""
    home = living(connection)
    customers, steps = _work(connection, period, home)
    earlier, done = _work(connection, period.before, home, contacts=False)
    deposits, due = outside(connection)
    held = load(connection, {row.project_id for row in (*deposits, *due)}, home)
    rival_wins = _rival_wins(connection, period)
    return Pack(
        period=period,
        person=person.name if person is not None else "",
        language=person.language if person is not None else "",
        now=now,
        customers=customers,
        steps=steps,
        total=_tally("", customers, steps),
        before=_tally("", earlier, done),
        by_person=_tallies(customers, steps, lambda purchase, by: (by or purchase.owner,)),
        by_province=_tallies(customers, steps, lambda purchase, _by: (purchase.province,)),
        by_vehicle=_tallies(customers, steps, lambda purchase, _by: purchase.vehicles or ("",)),
        money=money(connection, deposits, due, held, home, now),
        rivals=_rivals(rival_wins),
        rival_wins=rival_wins,
        due_at=due_at,
    )


Work = tuple[tuple[Customer, ...], tuple[Step, ...]]


def _work(connection: Connection, period: Period, home: dict[int, int], *, contacts: bool = True) -> Work:
    """What came and what we did in a period."""
    fresh = _fresh(connection, period)
    tracked = _tracked(connection, period)
    moved = _moved_bids(connection, period)
    registered = _registered(connection, period)
    numbers = {row.project_id for row in (*tracked, *(row for row, *_more in moved), *registered)}
    known = load(connection, {*fresh, *(each for each in numbers if each is not None)}, home)
    purchases = {number: _purchase(project) for number, project in known.items()}
    met = _met_before(connection, [known[each].row for each in fresh if each in known], period)
    printed = _contacts(connection, fresh) if contacts else {}
    customers = [
        _customer(known[number], purchases[number], known[number].row.buyer_id not in met, printed.get(number))
        for number in fresh
        if number in known
    ]
    here = {number: home.get(number, number) for number in numbers if number is not None}
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    steps = [*_followed(tracked, here, purchases, names), *_registrations(registered, here, purchases, names)]
    steps += _bid_steps(connection, moved, here, purchases, names)
    return tuple(customers), tuple(_once(steps))


# --- what came ------------------------------------------------------------------------------------------------------


def _fresh(connection: Connection, period: Period) -> list[int]:
    """Vehicle purchases seen first in the period, in the order they came; what was published long before is no news."""
    query = (
        select(PROJECT.c.id, PROJECT.c.first_seen_at, PUBLICATION.c.published_at)
        .join(PUBLICATION, PUBLICATION.c.project_id == PROJECT.c.id)
        .where(PROJECT.c.vehicle_purchase.in_(WANTED), PROJECT.c.alias_of.is_(None))
        .where(PROJECT.c.first_seen_at >= period.start, PROJECT.c.first_seen_at < period.end)
        .order_by(PROJECT.c.first_seen_at, PROJECT.c.id)
    )
    newest: dict[int, tuple[datetime, datetime | None]] = {}
    for row in connection.execute(query):
        _seen, day = newest.get(row.id, (None, None))
        known = [each for each in (day, row.published_at) if each is not None]
        newest[row.id] = row.first_seen_at, max(known, default=None)
    return [number for number, (seen, day) in newest.items() if day is None or seen - day <= OLD]


def _met_before(connection: Connection, rows: Collection[Row[Any]], period: Period) -> set[int]:
    """Buyers of whom a vehicle purchase was known before the period."""
    found: set[int] = set()
    for part in chunks({row.buyer_id for row in rows if row.buyer_id is not None}):
        query = select(PROJECT.c.buyer_id).where(
            PROJECT.c.buyer_id.in_(part),
            PROJECT.c.vehicle_purchase.in_(WANTED),
            PROJECT.c.first_seen_at < period.start,
        )
        found |= set(connection.scalars(query.distinct()))
    return found


def _contacts(connection: Connection, projects: Collection[int]) -> dict[int, Contact]:
    """The buyer's contact as its newest notice prints it, else the project's."""
    found: dict[int, Contact] = {}
    for part in chunks(projects):
        query = (
            select(PUBLICATION.c.project_id, VERSION.c.reading)
            .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
            .where(PUBLICATION.c.project_id.in_(part))
            .order_by(PUBLICATION.c.published_at.desc(), PUBLICATION.c.id.desc())
        )
        for row in connection.execute(query):
            if row.project_id in found:
                continue
            by_role = {each.role: each for each in reversed(unpack(row.reading).contacts) if each.person or each.phone}
            best = next((by_role[role] for role in ("buyer", "project", "agency") if role in by_role), None)
            if best is not None:
                found[row.project_id] = best
    return found


def _purchase(project: Known) -> Purchase:
    """A project whose state cannot be read stands with its name alone."""
    row = project.row
    try:
        state: ProjectState = project.state
    except ValueError:
        return Purchase(row.id, one_line(row.name, 200), buyer=one_line(row.buyer or "", 80), owner=project.owner)
    main = next((each for each in reversed(state.proceedings) if each.outcome is None), None)
    main = main or (state.proceedings[-1] if state.proceedings else None)
    link = next((each for each in project.links if each.url), None)
    place = place_of(address=state.region or "")
    place = place if place.path else place_of(buyer=state.buyer or "")
    return Purchase(
        project_id=row.id,
        name=one_line(state.name, 200),
        number=one_line(state.number or "", 80),
        buyer=one_line(state.buyer or "", 80),
        region=one_line(state.region or "", 40),
        province=place.path[0] if place.path else "",
        vehicles=state.vehicle_types,
        units=state.vehicle_count,
        budget=state.budget if state.budget is not None else state.ceiling,
        method=main.method or "" if main else "",
        stage=one_line(main.stage_zh or main.stage, 40) if main else "",
        stage_en=one_line(main.stage_en or main.stage, 40) if main else "",
        owner=project.owner,
        portal=link.portal if link else "",
        url=link.url if link else "",
    )


def _customer(project: Known, purchase: Purchase, first_time: bool, contact: Contact | None) -> Customer:
    row = project.row
    try:
        ends = [m.earliest for each in project.state.proceedings for m in each.milestones if m.kind == "bid_deadline"]
    except ValueError:
        ends = []
    return Customer(
        purchase=purchase,
        day=row.first_seen_at.astimezone(SHANGHAI).date(),
        first_time=first_time,
        closes_at=max(ends, default=None),
        contact=one_line(contact.person or "", 40) if contact else "",
        phone=one_line(contact.phone or "", 60) if contact else "",
        tracked=bool(project.tracked_by),
    )


# --- what we did ----------------------------------------------------------------------------------------------------


def _tracked(connection: Connection, period: Period) -> list[Row[Any]]:
    query = select(DECISION).where(
        live("track"),
        DECISION.c.project_id.is_not(None),
        DECISION.c.at >= period.start,
        DECISION.c.at < period.end,
    )
    return list(connection.execute(query.order_by(DECISION.c.at, DECISION.c.id)))


def _registered(connection: Connection, period: Period) -> list[Row[Any]]:
    at = REGISTRATION.c.registered_at
    query = select(REGISTRATION).where(at >= period.start, at < period.end)
    return list(connection.execute(query.order_by(at, REGISTRATION.c.id)))


Moved = tuple[Row[Any], str, datetime, int | None]
"""A bid as it stands now, the status it came to, when, and who moved it."""


def _moved_bids(connection: Connection, period: Period) -> list[Moved]:
    """Each step that a bid came to in the period and did not take back in it."""
    query = select(EVENT).where(
        EVENT.c.kind.in_(("bid-added", "bid-changed")), EVENT.c.seen_at >= period.start, EVENT.c.seen_at < period.end
    )
    reached: defaultdict[int, list[tuple[str, datetime, int | None]]] = defaultdict(list)
    for event in connection.execute(query.order_by(EVENT.c.seen_at, EVENT.c.id)):
        changed = {each["field"]: each["after"] for each in event.data.get("fields", ())}
        status = changed.get("status") or event.data.get("values", {}).get("status")
        if status is not None:
            reached[event.data["id"]].append((status, event.seen_at, event.person_id))
    found: list[Moved] = []
    for part in chunks(reached):
        for bid in connection.execute(select(BID).where(BID.c.id.in_(part)).order_by(BID.c.id)):
            last = reached[bid.id][-1][0]
            found += [(bid, *each) for each in reached[bid.id] if _stands(each[0], last)]
    return found


def _stands(status: str, last: str) -> bool:
    """Whether a status still holds when the last one of the period does: ends only if they are it, steps if passed."""
    if status in ENDS:
        return status == last
    return STATUSES.index(status) <= STATUSES.index(last)


def _followed(
    rows: Iterable[Row[Any]], here: dict[int, int], purchases: dict[int, Purchase], names: dict[int, str]
) -> Iterator[Step]:
    for row in rows:
        if (purchase := purchases.get(here[row.project_id])) is not None:
            by = names.get(row.data.get("owner_id", row.person_id), "")
            yield Step("tracked", purchase, row.at, by, amount=purchase.budget)


def _registrations(
    rows: Iterable[Row[Any]], here: dict[int, int], purchases: dict[int, Purchase], names: dict[int, str]
) -> Iterator[Step]:
    for row in rows:
        if (purchase := purchases.get(here[row.project_id])) is not None:
            by = purchase.owner or names.get(row.person_id, "")
            yield Step("registered", purchase, row.registered_at, by, lot=row.lot, amount=purchase.budget)


def _bid_steps(
    connection: Connection,
    moved: Iterable[Moved],
    here: dict[int, int],
    purchases: dict[int, Purchase],
    names: dict[int, str],
) -> Iterator[Step]:
    for bid, status, at, person_id in moved:
        kind, purchase = OURS.get(status), purchases.get(here[bid.project_id])
        if kind is None or purchase is None:
            continue
        if bid.lot:
            purchase = _of_lot(connection, purchase, bid.lot)
        yield Step(
            kind=kind,
            purchase=purchase,
            at=at,
            by=purchase.owner or names.get(person_id or 0, ""),
            lot=bid.lot,
            amount=purchase.budget if kind == "registered" else bid.price,
            rank=bid.rank,
            reason=one_line(bid.reason or "", 200) if kind in ("lost", "dropped") else "",
            winner=one_line(bid.winner or "", 80),
            winner_price=bid.winner_price,
        )


def _of_lot(connection: Connection, purchase: Purchase, lot: str) -> Purchase:
    """The purchase with the vehicles of one lot, as the newest notice that asks for bids lists them."""
    query = (
        select(VERSION.c.reading)
        .join(PUBLICATION, PUBLICATION.c.version_id == VERSION.c.id)
        .where(PUBLICATION.c.project_id == purchase.project_id, PUBLICATION.c.kind.in_(TENDER_KINDS))
        .order_by(PUBLICATION.c.published_at.desc(), PUBLICATION.c.id.desc())
        .limit(1)
    )
    reading = connection.scalar(query)
    notice = unpack(reading) if reading is not None else None
    vehicles = classify(notice.title, notice=notice).vehicles if notice else ()
    mine = [each for each in vehicles if each.lot == lot]
    units = sum(each.count or 0 for each in mine) or None
    types = tuple(dict.fromkeys(name for each in mine for name in each.types))
    return replace(purchase, vehicles=types or purchase.vehicles, units=units)


def _once(steps: Iterable[Step]) -> list[Step]:
    """One step of a kind for a purchase and lot, the last; in order of time."""
    found = {(each.kind, each.purchase.project_id, each.lot): each for each in sorted(steps, key=lambda s: s.at)}
    return sorted(found.values(), key=lambda each: (each.at, STEPS.index(each.kind), each.purchase.project_id))


# --- counts ---------------------------------------------------------------------------------------------------------

Key = Callable[[Purchase, str], tuple[str, ...]]


def _tally(name: str, customers: Iterable[Customer], steps: Iterable[Step]) -> Tally:
    counts: dict[StepKind, Count] = {}
    for each in customers:
        counts["new"] = counts.get("new", Count()).plus(each.purchase.units, each.purchase.budget)
    for step in steps:
        counts[step.kind] = counts.get(step.kind, Count()).plus(step.purchase.units, step.amount)
    return Tally(name, counts)


def _tallies(customers: Iterable[Customer], steps: Iterable[Step], key: Key) -> tuple[Tally, ...]:
    """By name, the busiest first; what has no name comes last."""
    came: defaultdict[str, list[Customer]] = defaultdict(list)
    done: defaultdict[str, list[Step]] = defaultdict(list)
    for each in customers:
        for name in key(each.purchase, ""):
            came[name].append(each)
    for step in steps:
        for name in key(step.purchase, step.by):
            done[name].append(step)
    made = [_tally(name, came[name], done[name]) for name in sorted({*came, *done})]
    return tuple(
        sorted(made, key=lambda each: (not each.name, *(-each.of(kind).number for kind in _WEIGHT), each.name))
    )


_WEIGHT: tuple[StepKind, ...] = ("won", "submitted", "tracked", "new")


# --- the others -----------------------------------------------------------------------------------------------------


def _rival_wins(connection: Connection, period: Period) -> tuple[Win, ...]:
    """Lots of vehicle purchases won in the period by whoever is not one of our bidding entities."""
    ours = {comparison_key(name) for name in connection.scalars(select(BID.c.bidder).distinct())}
    with suppress(ConfigurationError):  # `doctor` tells; the bids name us too
        ours.add(comparison_key(load_company().name))
    found = wins(connection, Asked(since=period.start, until=period.end))
    return tuple(_one_line(each) for each in found if comparison_key(each.winner) not in ours)


def _one_line(win: Win) -> Win:
    """As it can be shown: a name of ten thousand characters, or of two lines, is none."""
    return replace(
        win,
        project=one_line(win.project, 200),
        buyer=one_line(win.buyer, 80),
        lot=one_line(win.lot, 20),
        winner=one_line(win.winner, 80),
        brand=one_line(win.brand, 40),
        model=one_line(win.model, 40),
    )


def _rivals(won: Collection[Win]) -> tuple[Rival, ...]:
    brands: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in won:
        if each.brand:
            brands[comparison_key(each.winner)][each.brand] += 1
    return tuple(
        Rival(group, tuple(name for name, _times in brands[group.key].most_common()))
        for group in grouped(won, "winner")
    )
