"""What one digest says: composed from ids, so that sending it again gives the same text.

`compose` gathers facts only; wording belongs to the templates (tracker/render.py). What cannot be composed is named
in the digest and left out; it never stops the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.db import chunks
from tracker.i18n import language
from tracker.present import ACTS, link
from tracker.state import MilestoneState, ProceedingState, ProjectState, Said
from tracker.tables import (
    Attempt,
    Channel,
    Decision,
    Delivery,
    DigestItem,
    Event,
    Milestone,
    Person,
    Proceeding,
    Project,
    Publication,
    table,
)
from tracker.tables import Digest as DigestRow
from tracker.watches import facts_of, list_watches, wanted_by
from tracker.workdays import Calendar, load_calendar

ATTEMPT, CHANNEL, DECISION, DELIVERY, DIGEST = (
    table(Attempt),
    table(Channel),
    table(Decision),
    table(Delivery),
    table(DigestRow),
)
DIGEST_ITEM, EVENT, MILESTONE, PERSON = table(DigestItem), table(Event), table(Milestone), table(Person)
PROCEEDING, PROJECT, PUBLICATION = table(Proceeding), table(Project), table(Publication)

WANTED = ("yes", "mixed")
"""Verdicts of a vehicle tender; `review` is listed as to be checked."""
TENDER_KINDS = frozenset(
    {"tender", "prequalification", "negotiation", "consultation", "inquiry", "single_source", "framework"}
)
EARLY_KINDS = frozenset({"intention", "opinion"})
RESULT_KINDS = frozenset({"award_candidate", "award", "contract", "acceptance"})
RESULT_EVENTS = frozenset({"awarded", "contracted"})
MOVING_EVENTS = frozenset(
    {
        "deadline-moved",
        "date-recomputed",
        "date-dropped",
        "conflict",
        "amount-changed",
        "changed",
        "terminated",
        "suspended",
        "resumed",
        "withdrawn",
        "back-again",
        "verdict",
        "re-tendered",
        "attachment-changed",
    }
)
NEVER_CUT = frozenset({"deadline-moved", "date-recomputed", "terminated", "conflict"})
SOURCE_EVENTS = frozenset({"source-blind", "source-back"})

OLD = timedelta(days=30)
"""What appears now but was published so long ago is filed and counted, not told as news."""
OVERDUE = timedelta(hours=2)
"""A channel that should have been polled so long ago is not read, whatever its last poll said."""


# --- the model ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Action:
    """What a bidder has to do next."""

    kind: str
    """A key of crawler.notice.TIMES or the id of what a rule computes."""
    earliest: datetime
    latest: datetime
    precision: str
    lot: str = ""
    rule_id: str = ""
    """Of a computed date; empty for a printed one."""
    words: str = ""
    """As printed, or the steps of the computation."""
    words_en: str = ""
    check: str = ""
    """Where a printed date falls short of a legal minimum."""
    check_en: str = ""
    url: str = ""
    provisional: bool = False
    conflict: tuple[Said, ...] = ()


@dataclass(frozen=True)
class Link:
    """One publication of the project."""

    portal: str
    title: str
    url: str
    """Empty where the address may not be shown as a link."""
    published_at: datetime | None = None


@dataclass(frozen=True)
class Change:
    """One thing that moved."""

    event_id: int
    kind: str
    what: tuple[str, ...] = ()
    """The dates or the amount that moved; several where they moved together."""
    way: tuple[str, ...] = ()
    """Before → after, with every step between."""
    words: str = ""
    url: str = ""
    shortened: bool = False
    cause: str = "published"
    lots: tuple[str, ...] = ()
    details: tuple[tuple[str, str, str], ...] = ()
    """Field, before, after of a silent edit."""


@dataclass(frozen=True)
class Result:
    supplier: str
    amount: int | None
    lot: str
    brand: str
    stage: str


@dataclass(frozen=True)
class Item:
    """One project in the digest, with everything said of it."""

    project_id: int
    name: str
    number: str = ""
    buyer: str = ""
    region: str = ""
    method: str = ""
    stage: str = ""
    stage_en: str = ""
    vehicle_purchase: str = "no"
    vehicles: tuple[str, ...] = ()
    vehicle_count: float | None = None
    budget: int | None = None
    actions: tuple[Action, ...] = ()
    """Open ones, the earliest first."""
    past: Action | None = None
    """The last one, where none is open any more."""
    owner: str = ""
    followers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()
    news: str = ""
    """Kind of the publication that brought it here."""
    links: tuple[Link, ...] = ()
    changes: tuple[Change, ...] = ()
    results: tuple[Result, ...] = ()
    failed: bool = False
    """Ended without an award."""
    expected: Action | None = None
    """When an intention expects to buy."""
    delay: timedelta | None = None
    """From publication to our first sight, where that was too late."""

    @property
    def next(self) -> Action | None:
        return self.actions[0] if self.actions else None


@dataclass(frozen=True)
class Blind:
    """A source that could not be read."""

    portal: str
    channels: tuple[str, ...]
    since: datetime | None
    """None: never read yet."""
    state: str
    reason: str


@dataclass(frozen=True)
class Health:
    total: int
    read: int
    last_ok_at: datetime | None
    blind: tuple[Blind, ...] = ()


@dataclass(frozen=True)
class Told:
    """Already told at once."""

    name: str
    kind: str
    sent_at: datetime
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """An item that could not be shown, by name, and why."""

    name: str
    why: str
    url: str = ""


@dataclass(frozen=True)
class Dead:
    """A message that will not be tried again."""

    person: str
    kind: str
    made_at: datetime
    reason: str


@dataclass(frozen=True)
class Digest:
    """Everything the templates print."""

    person: str | None
    language: str
    local_date: date
    now: datetime
    since: datetime
    today: tuple[Item, ...]
    moved: tuple[Item, ...]
    sources: Health
    sources_back: tuple[str, ...]
    new: tuple[Item, ...]
    check: tuple[Item, ...]
    intentions: tuple[Item, ...]
    results: tuple[Item, ...]
    others: tuple[Item, ...]
    late: tuple[Item, ...]
    told: tuple[Told, ...]
    filed: int
    """Old notices that appeared now: counted only."""
    skipped: tuple[Skipped, ...]
    dead: tuple[Dead, ...]
    due_at: datetime | None = None
    """When it should have left, where it is late."""

    @property
    def quiet(self) -> bool:
        return not (
            self.today or self.moved or self.new or self.check or self.intentions or self.results or self.late
        ) and not (self.others or self.told or self.skipped or self.dead)


@dataclass(frozen=True)
class Alert:
    """One thing that cannot wait for the digest."""

    person: str
    language: str
    now: datetime
    kind: str
    """The event's kind; `published` is a new match that closes before the next digest can help."""
    item: Item | None
    blind: Blind | None
    seen_at: datetime
    due_at: datetime | None = None
    """When it should have left, where it is late."""


# --- facts ----------------------------------------------------------------------------------------------------------


@dataclass
class Known:
    """A project with what hangs on it, as loaded."""

    row: Row[Any]
    links: list[Link] = field(default_factory=list)
    urls: dict[str, str] = field(default_factory=dict)
    """Address by `portal/key`."""
    tracked_by: list[str] = field(default_factory=list)
    owner: str = ""
    passed: bool = False
    why: tuple[str, ...] = ()
    """Which of the reader's watches asked for it, and why; empty without one."""

    @property
    def state(self) -> ProjectState:
        """Raises pydantic.ValidationError for a state this version cannot read."""
        return ProjectState.model_validate(self.row.state)


def living(connection: Connection) -> dict[int, int]:
    """Where each project that was joined into another lives now."""
    alias = {
        row.id: row.alias_of
        for row in connection.execute(select(PROJECT.c.id, PROJECT.c.alias_of).where(PROJECT.c.alias_of.is_not(None)))
    }

    def follow(project: int) -> int:
        seen = {project}
        while project in alias and alias[project] not in seen:
            project = alias[project]
            seen.add(project)
        return project

    return {project: follow(project) for project in alias}


def load(connection: Connection, ids: Collection[int], home: dict[int, int]) -> dict[int, Known]:
    """Projects by the id under which they live, with links and what people decided."""
    wanted = {home.get(each, each) for each in ids}
    known: dict[int, Known] = {}
    for part in chunks(wanted):
        for row in connection.execute(select(PROJECT).where(PROJECT.c.id.in_(part))):
            known[row.id] = Known(row)
    _add_links(connection, known)
    _add_decisions(connection, known, home)
    return known


def _add_links(connection: Connection, known: dict[int, Known]) -> None:
    columns = (PUBLICATION.c.project_id, PUBLICATION.c.portal, PUBLICATION.c.key, PUBLICATION.c.title)
    for part in chunks(known):
        query = select(*columns, PUBLICATION.c.url, PUBLICATION.c.published_at).where(
            PUBLICATION.c.project_id.in_(part)
        )
        for row in connection.execute(query.order_by(PUBLICATION.c.published_at.desc(), PUBLICATION.c.id.desc())):
            project = known[row.project_id]
            shown = Link(row.portal, one_line(row.title), link(row.url), row.published_at)
            project.links.append(shown)
            project.urls[f"{row.portal}/{row.key}"] = shown.url


def _add_decisions(connection: Connection, known: dict[int, Known], home: dict[int, int]) -> None:
    """Who tracks or passed a project: the whole team sees either, and the later word counts."""
    ids = set(known) | {joined for joined, lives in home.items() if lives in known}
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    rows: list[Row[Any]] = []
    for part in chunks(ids):
        query = select(DECISION).where(
            DECISION.c.project_id.in_(part), DECISION.c.undone_at.is_(None), DECISION.c.kind.in_(("track", "pass"))
        )
        rows += connection.execute(query)
    for row in sorted(rows, key=lambda each: (each.at, each.id)):
        project = known[home.get(row.project_id, row.project_id)]
        project.passed = row.kind == "pass"
        name = names.get(row.data.get("owner_id", row.person_id), "")
        if row.kind == "track":
            project.tracked_by = [*(each for each in project.tracked_by if each != name), name]
            project.owner = name
        else:
            project.tracked_by, project.owner = [], ""


def _add_why(
    connection: Connection,
    person_id: int | None,
    events: Collection[int],
    known: dict[int, Known],
    home: dict[int, int],
) -> None:
    """What the router wrote beside the events: the watches that asked for them."""
    for part in chunks(events) if person_id is not None else ():
        query = (
            select(EVENT.c.project_id, DIGEST_ITEM.c.why)
            .join(EVENT, EVENT.c.id == DIGEST_ITEM.c.event_id)
            .where(DIGEST_ITEM.c.person_id == person_id, EVENT.c.id.in_(part), DIGEST_ITEM.c.why.is_not(None))
            .order_by(DIGEST_ITEM.c.event_id)
        )
        for row in connection.execute(query):
            project = known.get(home.get(row.project_id, row.project_id))
            if project is not None:
                project.why = tuple(one_line(each, 200) for each in row.why["words"])


def _asked(
    connection: Connection, person: Row[Any] | None, known: dict[int, Known], ids: set[int], now: datetime
) -> set[int]:
    """Those of the projects that somebody tracks or the reader's watches ask for; all of them without a watch."""
    watches = [each for each in list_watches(connection) if person is not None and each.person_id == person.id]
    if person is None or not watches:
        return ids
    asked = {each for each in ids if each in known and known[each].tracked_by}
    with language(person.language):
        for project, facts in facts_of(connection, ids - asked).items():
            why = wanted_by(watches, facts, now, news=False)
            if why is not None and project in known:
                known[project].why = known[project].why or tuple(one_line(each, 200) for each in why.words)
                asked.add(project)
    return asked


def is_passed(connection: Connection, project_id: int) -> bool:
    """Whether the team's last word on a project is pass."""
    home = living(connection)
    project = load(connection, [project_id], home).get(home.get(project_id, project_id))
    return project is not None and project.passed


def matched(project: Row[Any], event: Row[Any] | None = None) -> bool:
    """Whether a person without a watch is told of it: vehicle tenders, those to check, and those that were one."""
    return project.vehicle_purchase in (*WANTED, "review") or (
        event is not None and event.kind == "verdict" and event.before in WANTED
    )


# --- one item -------------------------------------------------------------------------------------------------------

_ORDER = {kind: place for place, kind in enumerate(ACTS)}


def _action(milestone: MilestoneState, urls: dict[str, str]) -> Action:
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


def _milestones(state: ProjectState) -> Iterator[tuple[ProceedingState, MilestoneState]]:
    for proceeding in state.proceedings:
        for milestone in proceeding.milestones:
            yield proceeding, milestone


def open_actions(state: ProjectState, now: datetime, urls: dict[str, str] | None = None) -> tuple[Action, ...]:
    """What a bidder can still do, the earliest first; lots that share a date are one action."""
    found: dict[tuple[str, datetime], Action] = {}
    for proceeding, milestone in _milestones(state):
        if milestone.bidder_acts and milestone.latest > now and proceeding.outcome in (None, "suspended"):
            found.setdefault((milestone.kind, milestone.earliest), _action(milestone, urls or {}))
    return tuple(sorted(found.values(), key=lambda each: (each.earliest, _ORDER.get(each.kind, 99), each.kind)))


def _past(state: ProjectState, now: datetime, urls: dict[str, str]) -> Action | None:
    over = [milestone for _, milestone in _milestones(state) if milestone.kind in ACTS and milestone.latest <= now]
    return _action(max(over, key=lambda each: each.earliest), urls) if over else None


def build(known: Known, now: datetime, **said: Any) -> Item:
    """The item of one project. Raises whatever its state makes impossible; the caller names the item then."""
    state = known.state
    main = next((each for each in reversed(state.proceedings) if each.outcome is None), None)
    main = main or (state.proceedings[-1] if state.proceedings else None)
    milestones = [milestone for _, milestone in _milestones(state)]
    expected = next((each for each in milestones if each.kind == "expected_at"), None)
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
        actions=open_actions(state, now, known.urls),
        past=_past(state, now, known.urls),
        owner=known.owner,
        followers=tuple(known.tracked_by),
        reasons=(*known.why, *(one_line(each, 120) for each in state.reasons[:3])),
        reasons_en=(*known.why, *(one_line(each, 120) for each in state.reasons_en[:3])),
        links=tuple(known.links),
        results=tuple(
            Result(one_line(each.supplier, 80), each.amount, each.lot, one_line(each.brand or "", 40), each.stage)
            for proceeding in state.proceedings
            for each in proceeding.awards
        ),
        failed=bool(main and main.outcome == "terminated"),
        expected=_action(expected, known.urls) if expected else None,
        **said,
    )


# --- changes --------------------------------------------------------------------------------------------------------


def changes_of(events: Sequence[Row[Any]], urls: dict[int, str], known: Known | None) -> tuple[Change, ...]:
    """What moved, one Change a date: a date that moved twice shows its whole way."""
    steps: defaultdict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for event in events:
        slot = (event.kind, *(event.data.get(part) for part in ("proceeding", "lot", "milestone", "rule_id", "field")))
        alone = event.id if event.kind in ("changed", "attachment-changed") else None
        steps[(*slot, alone)].append(event)
    moved_by = {event.publication_id for event in events if event.kind == "deadline-moved"}
    made = []
    for way in steps.values():
        last = way[-1]
        if last.kind == "changed" and last.publication_id in moved_by and not _details(last, dates=False):
            continue  # the moved date says it already
        made.append(_change(way, urls, known))
    made.sort(key=lambda each: (not each.shortened, each.kind not in NEVER_CUT, each.event_id))
    return tuple(_together(made))


def _together(changes: list[Change]) -> Iterator[Change]:
    """Dates that moved the same way in one notice (submission and opening) are told once."""
    groups: dict[tuple[Any, ...], Change] = {}
    for each in changes:
        alike = (each.way, each.url, each.cause) if each.kind == "deadline-moved" else (each.event_id,)
        first = groups.get(alike)
        groups[alike] = each if first is None else replace(first, what=(*first.what, *each.what))
    for each in groups.values():
        yield replace(each, what=tuple(dict.fromkeys(each.what)))


def _change(way: list[Row[Any]], urls: dict[int, str], known: Known | None) -> Change:
    last, data = way[-1], way[-1].data
    values = [] if last.kind == "published" else [way[0].before, *(each.after for each in way)]
    if last.kind == "conflict":
        values = [each.get("value") for each in data.get("values", [])]
    shown = [one_line(str(each), 80) for each in values if each not in (None, "")]
    source = known.urls.get(data.get("source", ""), "") if known else ""
    return Change(
        event_id=last.id,
        kind=last.kind,
        what=tuple(each for each in (data.get("milestone") or data.get("field"),) if each),
        way=tuple(shown),
        words=one_line(data.get("words") or "", 200),
        url=source or urls.get(last.publication_id, ""),
        shortened=last.kind == "deadline-moved" and bool(way[0].before and last.after and last.after < way[0].before),
        cause=last.cause,
        lots=tuple(one_line(str(each), 20) for each in data.get("lots", []) if each != "all"),
        details=_details(last),
    )


_SAID_BY_EVENTS = {"bid_deadline", "opening_at", "documents_until", "corrections"}
"""Fields of a silent edit that a moved date of the same publication tells better."""


def _details(event: Row[Any], *, dates: bool = True) -> tuple[tuple[str, str, str], ...]:
    fields = event.data.get("fields", []) if event.kind in ("changed", "attachment-changed") else []
    return tuple(
        (
            one_line(str(each["field"]), 40),
            one_line(each.get("before") or "", 80),
            one_line(each.get("after") or "", 80),
        )
        for each in fields
        if dates or each["field"].partition(" [")[0] not in _SAID_BY_EVENTS
    )[:6]


# --- sources --------------------------------------------------------------------------------------------------------


def health(connection: Connection, now: datetime) -> list[dict[str, Any]]:
    """Each channel as it stands, in the form that is kept with the digest."""
    return [
        {
            "portal": row.portal,
            "channel": row.channel,
            "read": row.state in ("ok", "empty") and row.next_due_at > now - OVERDUE,
            "state": "overdue" if row.state in ("ok", "empty") else row.state or "never",
            "since": _iso(row.blind_since or row.last_ok_at),
            "ok_at": _iso(row.last_ok_at),
            "reason": one_line(row.reason, 200),
        }
        for row in connection.execute(select(CHANNEL).order_by(CHANNEL.c.portal, CHANNEL.c.channel))
    ]


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def sources(kept: Iterable[dict[str, Any]]) -> Health:
    """Read and blind ones; channels of one portal that are blind for one reason stand together."""
    rows = list(kept)
    groups: defaultdict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if not row["read"]:
            groups[row["portal"], row["state"], row["reason"]].append(row)
    blind = tuple(
        Blind(
            portal=portal,
            channels=tuple(each["channel"] for each in group),
            since=min((datetime.fromisoformat(each["since"]) for each in group if each["since"]), default=None),
            state=state,
            reason=reason,
        )
        for (portal, state, reason), group in groups.items()
    )
    last = max((datetime.fromisoformat(each["ok_at"]) for each in rows if each["ok_at"]), default=None)
    return Health(len(rows), sum(each["read"] for each in rows), last, blind)


# --- the digest -----------------------------------------------------------------------------------------------------


def compose(
    connection: Connection,
    person_id: int | None,
    now: datetime,
    *,
    digest_id: int | None = None,
    due_at: datetime | None = None,
) -> Digest:
    """The digest of a person: the one with `digest_id`, today's if it was made, else what waits for the next one.

    For None: what anybody without a watch would read of the last 24 hours. `due_at` is given for a mail that is late.
    """
    person = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one() if person_id is not None else None
    row = _row(connection, person_id, now, digest_id)
    digest_id = row.id if row else None
    since = _since(connection, person, row, now)
    events = _events(connection, person_id, digest_id, since)
    home = living(connection)
    soon = _due_soon(connection, now)
    known = load(connection, {event.project_id for event in events if event.project_id} | soon, home)
    _add_why(connection, person_id, [event.id for event in events], known, home)
    skipped = [Skipped(_event_name(event, known, home), event.route_error) for event in events if event.route_error]
    told = _told(connection, person_id, [event.id for event in events])
    sections = _sections(events, known, home, now, set(told), skipped, publication_urls(connection, events))
    soon = {home.get(each, each) for each in soon}
    today = _today(known, _asked(connection, person, known, soon, now), now, skipped)
    return Digest(
        person=person.name if person else None,
        language=person.language if person else "",
        local_date=row.local_date if row else now.astimezone(SHANGHAI).date(),
        now=now,
        since=since,
        today=today,
        sources=sources(row.health if row else health(connection, now)),
        sources_back=tuple(dict.fromkeys(event.portal or "" for event in events if event.kind == "source-back")),
        told=_told_items(events, known, home, told),
        skipped=tuple(skipped),
        dead=_dead(connection, since),
        due_at=due_at,
        **sections,
    )


def _row(connection: Connection, person_id: int | None, now: datetime, digest_id: int | None) -> Row[Any] | None:
    query = select(DIGEST)
    if digest_id is not None:
        return connection.execute(query.where(DIGEST.c.id == digest_id)).one()
    today = DIGEST.c.local_date == now.astimezone(SHANGHAI).date(), DIGEST.c.kind == "daily"
    return connection.execute(query.where(DIGEST.c.person_id == person_id, *today)).one_or_none()


def _since(connection: Connection, person: Row[Any] | None, row: Row[Any] | None, now: datetime) -> datetime:
    """The beginning of the window: the digest before this one."""
    if person is None:
        return now - timedelta(days=1)
    query = select(func.max(DIGEST.c.made_at)).where(DIGEST.c.person_id == person.id, DIGEST.c.kind == "daily")
    if row is not None:
        query = query.where(DIGEST.c.id < row.id)
    last: datetime | None = connection.execute(query).scalar()
    return last or min(person.added_at, now)


def _events(
    connection: Connection, person_id: int | None, digest_id: int | None, since: datetime
) -> Sequence[Row[Any]]:
    query = select(EVENT).order_by(EVENT.c.id)
    if person_id is None:
        wanted = or_(PROJECT.c.vehicle_purchase.in_((*WANTED, "review")), EVENT.c.kind.in_(SOURCE_EVENTS))
        kinds = EVENT.c.kind.in_((*MOVING_EVENTS, *RESULT_EVENTS, *SOURCE_EVENTS, "published"))
        query = query.outerjoin(PROJECT, PROJECT.c.id == EVENT.c.project_id)
        return connection.execute(query.where(EVENT.c.seen_at > since, wanted, kinds)).all()
    mine = DIGEST_ITEM.c.digest_id == digest_id if digest_id is not None else DIGEST_ITEM.c.digest_id.is_(None)
    query = query.join(DIGEST_ITEM, and_(DIGEST_ITEM.c.event_id == EVENT.c.id, DIGEST_ITEM.c.person_id == person_id))
    return connection.execute(query.where(mine)).all()


def publication_urls(connection: Connection, events: Iterable[Row[Any]]) -> dict[int, str]:
    """Addresses that may be shown, by publication."""
    urls: dict[int, str] = {}
    for part in chunks({event.publication_id for event in events if event.publication_id}):
        query = select(PUBLICATION.c.id, PUBLICATION.c.url).where(PUBLICATION.c.id.in_(part))
        urls |= {row.id: link(row.url) for row in connection.execute(query)}
    return urls


def _event_name(event: Row[Any], known: dict[int, Known], home: dict[int, int]) -> str:
    project = known.get(home.get(event.project_id, event.project_id))
    return one_line(project.row.name) if project else one_line(f"{event.kind} {event.portal or event.id}")


def _told(connection: Connection, person_id: int | None, events: list[int]) -> dict[int, datetime]:
    """Events of which an alert has reached this person, with the instant it left."""
    sent: dict[int, datetime] = {}
    if person_id is None:
        return sent
    for part in chunks(events):
        query = select(DELIVERY.c.event_id, DELIVERY.c.sent_at).where(
            DELIVERY.c.person_id == person_id,
            DELIVERY.c.kind == "alert",
            DELIVERY.c.state == "sent",
            DELIVERY.c.event_id.in_(part),
        )
        sent |= {row.event_id: row.sent_at for row in connection.execute(query)}
    return sent


def _told_items(
    events: Sequence[Row[Any]], known: dict[int, Known], home: dict[int, int], told: dict[int, datetime]
) -> tuple[Told, ...]:
    made = []
    for event in (each for each in events if each.id in told):
        project = known.get(home.get(event.project_id, event.project_id))
        changes = changes_of([event], {}, project) if event.kind in MOVING_EVENTS else ()
        made.append(Told(_event_name(event, known, home), event.kind, told[event.id], changes))
    return tuple(made)


def _dead(connection: Connection, since: datetime) -> tuple[Dead, ...]:
    """Messages given up since the last digest: whoever reads this tells those they were for."""
    last = and_(ATTEMPT.c.delivery_id == DELIVERY.c.id, ATTEMPT.c.number == DELIVERY.c.attempts)
    query = (
        select(PERSON.c.name, DELIVERY.c.kind, DELIVERY.c.made_at, DELIVERY.c.reason)
        .join(PERSON, PERSON.c.id == DELIVERY.c.person_id)
        .join(ATTEMPT, last)
        .where(DELIVERY.c.state == "dead", ATTEMPT.c.ended_at > since)
        .order_by(DELIVERY.c.id)
    )
    return tuple(Dead(row.name, row.kind, row.made_at, one_line(row.reason, 160)) for row in connection.execute(query))


def horizon(now: datetime, calendar: Calendar, working_days: int) -> datetime:
    """The end of the n-th working day after today."""
    last = calendar.add_working_days(now.astimezone(SHANGHAI).date(), working_days)
    return datetime.combine(last + timedelta(days=1), time(), SHANGHAI)


SOON_TRACKED, SOON_MATCHED = 7, 2
"""Working days ahead that count as today's business: tracked projects, and those nobody has looked at yet."""


def _due_soon(connection: Connection, now: datetime) -> set[int]:
    """Projects with something for a bidder to do in the coming days."""
    query = (
        select(PROCEEDING.c.project_id)
        .join(MILESTONE, MILESTONE.c.proceeding_id == PROCEEDING.c.id)
        .join(PROJECT, PROJECT.c.id == PROCEEDING.c.project_id)
        .where(
            MILESTONE.c.bidder_acts.is_(True),
            MILESTONE.c.latest > now,
            MILESTONE.c.earliest < horizon(now, load_calendar(), SOON_TRACKED),
            PROJECT.c.alias_of.is_(None),
        )
        .distinct()
    )
    return set(connection.execute(query).scalars())


def _today(known: dict[int, Known], ids: set[int], now: datetime, skipped: list[Skipped]) -> tuple[Item, ...]:
    calendar = load_calendar()
    ends = {True: horizon(now, calendar, SOON_TRACKED), False: horizon(now, calendar, SOON_MATCHED)}
    found = []
    for project in (known[each] for each in sorted(ids) if each in known):
        if project.passed or not (project.tracked_by or project.row.vehicle_purchase in WANTED):
            continue
        item = _guarded(project, now, skipped)
        if item and item.next and item.next.earliest < ends[bool(project.tracked_by)]:
            found.append(item)
    return tuple(sorted(found, key=_by_action))


def _guarded(project: Known, now: datetime, skipped: list[Skipped], **said: Any) -> Item | None:
    """The item, or None after naming it among the skipped: one bad item never stops the others."""
    try:
        return build(project, now, **said)
    except Exception as error:
        name = one_line(project.row.name or f"#{project.row.id}")
        if not any(each.name == name for each in skipped):
            url = project.links[0].url if project.links else ""
            skipped.append(Skipped(name, one_line(f"{type(error).__name__}: {error}", 160), url))
        return None


def _by_action(item: Item) -> tuple[datetime, int, int]:
    if item.next is None:
        return datetime.max.replace(tzinfo=SHANGHAI), 99, item.project_id
    return item.next.earliest, _ORDER.get(item.next.kind, 99), item.project_id


def _sections(
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
            item = _guarded(project, now, skipped, changes=changes_of(movings, urls, project))
            if item:
                found["moved"].append(item)
        section, bringer = _section(project, fresh, published, group, told)
        if section == "filed":
            filed += 1
        elif section:
            news = bringer.data.get("kind", "other") if bringer is not None else ""
            item = _guarded(project, now, skipped, news=news, delay=_delay(bringer) if section == "late" else None)
            if item:
                found[section].append(item)
    made: dict[str, Any] = {name: tuple(sorted(items, key=_by_action)) for name, items in found.items()}
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
        _by_action(item),
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
    ends = [milestone.latest for _, milestone in _milestones(state) if milestone.kind in ACTS]
    return bool(ends) and max(ends) <= event.seen_at


def _delay(event: Row[Any] | None) -> timedelta | None:
    if event is None or event.occurred_at is None:
        return None
    late: timedelta = event.seen_at - event.occurred_at
    return max(late, timedelta(0))


# --- alerts ---------------------------------------------------------------------------------------------------------


def compose_alert(
    connection: Connection, event_id: int, person_id: int, now: datetime, *, due_at: datetime | None = None
) -> Alert:
    """What cannot wait, as it stands now. Raises what its project's state makes impossible."""
    event = connection.execute(select(EVENT).where(EVENT.c.id == event_id)).one()
    person = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one()
    item, blind = None, None
    if event.project_id is None:
        since = event.data.get("since")
        blind = Blind(
            portal=event.portal or "",
            channels=(event.channel,) if event.channel else (),
            since=datetime.fromisoformat(since) if since else event.seen_at,
            state=event.data.get("state", ""),
            reason=one_line(event.data.get("reason") or "", 200),
        )
    else:
        home = living(connection)
        project = load(connection, [event.project_id], home)[home.get(event.project_id, event.project_id)]
        _add_why(connection, person_id, [event_id], {project.row.id: project}, home)
        changes: tuple[Change, ...] = ()
        if event.kind in MOVING_EVENTS:
            changes = changes_of([event], publication_urls(connection, [event]), project)
        item = build(project, now, changes=changes, news=event.data.get("kind", ""))
    return Alert(person.name, person.language, now, event.kind, item, blind, event.seen_at, due_at)
