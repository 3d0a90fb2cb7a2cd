"""Projects in the database: which publications belong together, and what derivation says of them.

`settle` is called by intake, by reprocessing and after a person's decision, always inside their transaction.
"""

import hashlib
import json
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, Select, bindparam, delete, insert, select, tuple_, update

from crawler.clock import now
from crawler.notice import NOTICE, Notice
from crawler.portals import load_portals
from crawler.text import comparison_key
from tracker.db import chunks, insert_row
from tracker.derive import HandValue, Member, Place, Rules, Verdict, derive
from tracker.events import Change, differences, write
from tracker.i18n import _
from tracker.linking import LINKABLE, Linkable, blocking_keys, link, neighbourhood, normal_buyer
from tracker.linking import Project as LinkedProject
from tracker.regions import place_of
from tracker.service.leases import insert_new
from tracker.state import AwardState, ProceedingState, ProjectState, as_json
from tracker.tables import (
    Assignment,
    Award,
    Bid,
    ChecklistItem,
    Decision,
    Deposit,
    Document,
    Duty,
    Event,
    FlagDecision,
    LinkKey,
    Lot,
    MatrixRow,
    Milestone,
    Note,
    Organisation,
    Override,
    OwnMilestone,
    Payment,
    Person,
    Proceeding,
    Project,
    Publication,
    Registration,
    RequirementRow,
    Task,
    Version,
    table,
)
from tracker.tables import Notice as NoticeRow
from tracker.turns import Entered, fact_of

PUBLICATION, VERSION, LINK_KEY, NOTICE_ROW = table(Publication), table(Version), table(LinkKey), table(NoticeRow)
PROJECT, PROCEEDING, LOT, MILESTONE = table(Project), table(Proceeding), table(Lot), table(Milestone)
AWARD, EVENT = table(Award), table(Event)
# What every page asks and writes is put into words once: SQLAlchemy takes longer to make a statement than to run it.
UPDATE_PUBLICATION = update(PUBLICATION).where(PUBLICATION.c.id == bindparam("_id"))
_UPDATE_PROJECT = update(PROJECT).where(PROJECT.c.id == bindparam("_id"))
PARTS = (LOT, MILESTONE, AWARD)
"""What hangs on a proceeding and is derived with it."""
DECISION, OVERRIDE, PERSON, ORGANISATION = table(Decision), table(Override), table(Person), table(Organisation)
HUMAN = tuple(
    table(each)
    for each in (
        Decision,
        Note,
        Assignment,
        Task,
        OwnMilestone,
        Bid,
        Deposit,
        Payment,
        Document,
        RequirementRow,
        FlagDecision,
        ChecklistItem,
        MatrixRow,
        Duty,
        Registration,
    )
)
"""What people keep on a project; it moves along when the project is joined to another."""

STANDINGS = ("official", "branch", "platform", "enterprise", "other")


@cache
def standings() -> dict[str, int]:
    """Each portal's rank where portals differ: ccgp, its branches, the others (87号令 11)."""
    return {portal.id: STANDINGS.index(portal.standing) for portal in load_portals().values()}


@dataclass(frozen=True)
class Trigger:
    """Why projects are settled anew: goes into the events this causes."""

    cause: str
    once: str
    """Names the version, decision or run, so that each difference is written once."""
    publication_id: int | None = None
    occurred_at: datetime | None = None
    person_id: int | None = None


def index_links(connection: Connection, publication_id: int, item: Linkable, *, new: bool = False) -> None:
    """Replace the blocking keys of one publication; `new` where it cannot have any yet."""
    if not new:
        connection.execute(delete(LINK_KEY).where(LINK_KEY.c.publication_id == publication_id))
    rows = [{"key": key, "publication_id": publication_id} for key in sorted(blocking_keys(item))]
    if rows:
        connection.execute(insert(LINK_KEY), rows)


@dataclass(frozen=True)
class Settled:
    """Where the publications that were looked at stand now."""

    project_of: dict[int, int]
    copies_of: dict[int, list[int]]
    """Other publications of the same announcement."""


@dataclass(frozen=True)
class Part:
    """The publications of one project, as linking placed them."""

    project_id: int
    rows: list[Row[Any]]
    places: tuple[Place, ...]
    where: dict[int, str]
    """Natural key of the proceeding, by publication."""
    new: bool
    """Made just now, so that nothing of it is stored yet."""


Moves = defaultdict[int, dict[str, int]]
"""Columns of publications that change, by publication id; written once, at the end."""


def settle(
    connection: Connection,
    seeds: Iterable[int],
    trigger: Trigger,
    fresh: Mapping[int, Notice] | None = None,
    rules: Rules | None = None,
) -> Settled:
    """Link, place and derive everything that the publications `seeds` touch.

    `fresh` holds notices just read, by publication id, so that they need not be unpacked again; `rules` those that
    the caller has loaded already.
    """
    pairs = link_decisions(connection)
    must = [pair for kind, pair in pairs if kind == "must-link"]
    cannot = [pair for kind, pair in pairs if kind == "cannot-link"]
    seeds = set(seeds)
    near = _Near(connection)
    items = near.take(_BY_ID, seeds)
    items = neighbourhood(items, near.by_blocking_keys, must, cannot, near.by_names)
    # Whole projects only: one that loses a publication here keeps its id with its oldest one, and is derived anew.
    while stray := near.missing(items):
        items = neighbourhood([*items, *stray], near.by_blocking_keys, must, cannot, near.by_names)
    linked = link(items, must=must, cannot=cannot)
    rows = {row.id: row for row in near.rows.values()}
    names = {name: row.id for name, row in near.rows.items()}
    rules = rules or Rules.load()
    moves: Moves = defaultdict(dict)
    announced = [[names[key] for key in notice.members] for project in linked.projects for notice in project.notices]
    same = _assign_notices(connection, announced, rows, moves)
    members = [[names[key] for key in project.members] for project in linked.projects]
    owners, made = _assign_projects(connection, members, rows, trigger, moves)
    homes_now: dict[int, int] = {}
    before: defaultdict[int | None, set[int]] = defaultdict(set)
    for row in rows.values():
        before[row.project_id].add(row.id)
    for project, ids, owner in zip(linked.projects, members, owners, strict=True):
        homes_now |= dict.fromkeys(ids, owner)
        if before[owner] == set(ids) and not (set(ids) & seeds):
            continue  # a project that lost a publication to another one is derived anew, too
        places, where = _places(project)
        by_id = {names[key]: place for key, place in where.items()}
        part = Part(owner, [rows[each] for each in ids], places, by_id, new=owner in made)
        _rederive(connection, part, same, trigger, fresh or {}, rules, moves)
    _flush(connection, moves)
    return Settled(
        homes_now, {each: [other for other in group if other != each] for group in announced for each in group}
    )


def _flush(connection: Connection, moves: Moves) -> None:
    by_columns: defaultdict[tuple[str, ...], list[dict[str, int]]] = defaultdict(list)
    for publication, values in moves.items():
        by_columns[tuple(sorted(values))].append({"_id": publication} | values)
    for rows in by_columns.values():
        connection.execute(UPDATE_PUBLICATION, rows)


def _places(project: LinkedProject) -> tuple[tuple[Place, ...], dict[str, str]]:
    """The proceedings of a linked project under natural keys, and which publication stands in which."""
    keys: list[str] = []
    for proceeding in project.proceedings:
        key = f"{proceeding.kind}-{proceeding.round}"
        keys.append(key if key not in keys else f"{key}-{len(keys)}")
    places = tuple(
        Place(key, each.kind, each.round, keys[each.re_tender_of] if each.re_tender_of is not None else None)
        for key, each in zip(keys, project.proceedings, strict=True)
    )
    members = {notice.id: notice.members for notice in project.notices}
    where = {
        member: key
        for key, each in zip(keys, project.proceedings, strict=True)
        for notice in each.notices
        for member in members[notice]
    }
    return places, where


_LINK_DECISIONS = (
    select(DECISION.c.kind, DECISION.c.data)
    .where(DECISION.c.kind.in_(["must-link", "cannot-link"]), DECISION.c.undone_at.is_(None))
    .order_by(DECISION.c.id)
)


def link_decisions(connection: Connection) -> list[tuple[str, tuple[str, str]]]:
    """Pairs of publications that a person joined or parted, the newest word of each pair."""
    newest: dict[tuple[str, str], str] = {}
    for kind, data in connection.execute(_LINK_DECISIONS):
        first, second = sorted((data["a"], data["b"]))
        newest[first, second] = kind
    return [(kind, pair) for pair, kind in newest.items()]


class _Near:
    """Stored publications by `portal/key`, fetched as linking asks for them."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.rows: dict[str, Row[Any]] = {}
        self._items: dict[str, Linkable] = {}
        self._whole: set[int] = set()

    def take(self, query: Select[Any], sought: Collection[Any]) -> list[Linkable]:
        found: list[Linkable] = []
        row: Any  # SQLAlchemy types a row by eleven columns at most
        for row in self.connection.execute(query, {"sought": list(sought)}):
            name = f"{row.portal}/{row.key}"
            if name not in self.rows:
                self.rows[name] = row
                self._items[name] = LINKABLE.validate_python(row.linkable)
            found.append(self._items[name])
        return found

    def missing(self, items: Collection[Linkable]) -> list[Linkable]:
        """What stands in one project with some of the items and is none of them."""
        homes = {self.rows[item.key].project_id for item in items} - {None} - self._whole
        self._whole |= homes
        inside = {item.key for item in items}
        members = self.take(_BY_PROJECT, homes) if homes else []
        return [item for item in members if item.key not in inside]

    def by_blocking_keys(self, keys: Collection[str]) -> list[Linkable]:
        ids = set(self.connection.scalars(_BY_KEY, {"sought": list(keys)}))
        found = [self._items[name] for name, row in self.rows.items() if row.id in ids]
        for some in chunks(ids - {row.id for row in self.rows.values()}):
            found += self.take(_BY_ID, some)
        return found

    def by_names(self, names: Collection[str]) -> list[Linkable]:
        return self.take(_BY_NAME, [tuple(name.split("/", 1)) for name in names]) if names else []


_COLUMNS = (
    PUBLICATION.c.id,
    PUBLICATION.c.portal,
    PUBLICATION.c.key,
    PUBLICATION.c.facts,
    PUBLICATION.c.state,
    PUBLICATION.c.published_at,
    PUBLICATION.c.version_id,
    PUBLICATION.c.notice_id,
    PUBLICATION.c.project_id,
    PUBLICATION.c.proceeding_id,
    PUBLICATION.c.linkable,
    PUBLICATION.c.relevance,
    PUBLICATION.c.kind,
    PUBLICATION.c.title,
    PUBLICATION.c.replica,
)
_SOUGHT: BindParameter[Any] = bindparam("sought", expanding=True)
_LINKABLE = select(*_COLUMNS).where(PUBLICATION.c.linkable.is_not(None))
_BY_ID = _LINKABLE.where(PUBLICATION.c.id.in_(_SOUGHT))
_BY_PROJECT = _LINKABLE.where(PUBLICATION.c.project_id.in_(_SOUGHT))
_BY_KEY = select(LINK_KEY.c.publication_id).where(LINK_KEY.c.key.in_(_SOUGHT))
_BY_NAME = _LINKABLE.where(tuple_(PUBLICATION.c.portal, PUBLICATION.c.key).in_(_SOUGHT))


def _assign_notices(
    connection: Connection, groups: list[list[int]], rows: Mapping[int, Row[Any]], moves: Moves
) -> dict[int, str]:
    """Give each announcement its row; returns for each publication the name of its announcement."""
    taken: set[int] = set()
    same: dict[int, str] = {}
    for group in groups:
        first = rows[min(group)]
        same |= dict.fromkeys(group, min(f"{rows[each].portal}/{rows[each].key}" for each in group))
        known = sorted({rows[each].notice_id for each in group if rows[each].notice_id is not None} - taken)
        notice_id = known[0] if known else insert_row(connection, NOTICE_ROW, kind=first.kind, title=first.title)
        taken.add(notice_id)
        for each in group:
            if rows[each].notice_id != notice_id:
                moves[each]["notice_id"] = notice_id
    return same


def _assign_projects(
    connection: Connection, groups: list[list[int]], rows: Mapping[int, Row[Any]], trigger: Trigger, moves: Moves
) -> tuple[list[int], set[int]]:
    """A project id for each group: the oldest survives a join, and stays with the oldest publication on a split.

    Returns as well which of them were made just now.
    """
    oldest: dict[int, int] = {}
    for row in rows.values():
        if row.project_id is not None:
            oldest[row.project_id] = min(oldest.get(row.project_id, row.id), row.id)
    owners: list[int] = []
    made: set[int] = set()
    for group in groups:
        members = set(group)
        ours = sorted(project for project, first in oldest.items() if first in members)
        if ours:
            owner = ours[0]
            _join(connection, owner, ours[1:], trigger)
        else:
            lost = sorted({rows[each].project_id for each in group if rows[each].project_id is not None})
            former = _former(connection, lost, members) if lost else None
            owner = former or _new_project(connection, rows[min(group)])
            made |= set() if former else {owner}
            for source in lost:
                _split(connection, source, owner, trigger)
        owners.append(owner)
        for each in group:
            if rows[each].project_id != owner:
                moves[each]["project_id"] = owner
    return owners, made


def _former(connection: Connection, lost: Sequence[int], members: Collection[int]) -> int | None:
    """The project that these publications founded before it was joined into another: what is parted gets its id back.

    Links and decisions that name it lead to its purchase again.
    """
    joined = PROJECT.alias("joined")
    query = (
        select(joined.c.id)
        .join(EVENT, EVENT.c.project_id == joined.c.id)
        .where(joined.c.alias_of.in_(lost), EVENT.c.kind == "published", EVENT.c.publication_id.in_(members))
        .order_by(joined.c.id)
    )
    return connection.scalar(query.limit(1))


def _new_project(connection: Connection, row: Row[Any]) -> int:
    at = now()
    return insert_row(
        connection, PROJECT, name=row.title, replica=row.replica, first_seen_at=at, changed_at=at, state={}
    )


def _join(connection: Connection, owner: int, absorbed: list[int], trigger: Trigger) -> None:
    """The older id lives, the others become its aliases; what people decided moves along."""
    for project in absorbed:
        connection.execute(update(PROJECT).where(PROJECT.c.alias_of == project).values(alias_of=owner))
        connection.execute(update(PROJECT).where(PROJECT.c.id == project).values(alias_of=owner))
        for each in HUMAN:
            connection.execute(update(each).where(each.c.project_id == project).values(project_id=owner))
        _clear(connection, project)
        change = Change("merged", str(project), str(owner), {"absorbed": project}, str(project))
        _say(connection, [change], owner, trigger)


def _split(connection: Connection, source: int, new: int, trigger: Trigger) -> None:
    """Tracking is copied to both parts, with an event that asks a person to check."""
    query = select(DECISION).where(DECISION.c.project_id == source, DECISION.c.undone_at.is_(None))
    copies = [
        {name: value for name, value in row._mapping.items() if name != "id"} | {"project_id": new}
        for row in connection.execute(query)
    ]
    if copies:
        connection.execute(insert(DECISION), copies)
    _ask_to_check(connection, source, new, [each for each in copies if each["kind"] == "track"])
    change = Change("split", str(source), str(new), {"from": source, "check": bool(copies)}, f"{source}>{new}")
    _say(connection, [change], new, trigger)


def _ask_to_check(connection: Connection, source: int, new: int, tracks: list[dict[str, Any]]) -> None:
    """A task for each person whose tracked project was parted: does the other part still concern us?"""
    title = _("project {new} was parted from project {old}: check which of them we follow").format(new=new, old=source)
    owners = {int(each["data"].get("owner_id", each["person_id"])) for each in tracks}
    rows = [
        {"project_id": new, "title": title, "owner_id": owner, "state": "open", "origin": f"split:{source}"}
        | {"at": now(), "version": 1}
        for owner in sorted(owners)
    ]
    if rows:
        connection.execute(insert(table(Task)), rows)


def _clear(connection: Connection, project: int) -> None:
    """Remove the derived rows of a project that became an alias."""
    proceedings = select(PROCEEDING.c.id).where(PROCEEDING.c.project_id == project)
    members = PUBLICATION.c.proceeding_id.in_(proceedings)
    connection.execute(update(PUBLICATION).where(members).values(proceeding_id=None))
    for each in PARTS:
        connection.execute(delete(each).where(each.c.proceeding_id.in_(proceedings)))
    connection.execute(update(PROCEEDING).where(PROCEEDING.c.project_id == project).values(re_tender_of=None))
    connection.execute(delete(PROCEEDING).where(PROCEEDING.c.project_id == project))


def _rederive(
    connection: Connection,
    part: Part,
    same: dict[int, str],
    trigger: Trigger,
    fresh: Mapping[int, Notice],
    rules: Rules,
    moves: Moves,
) -> None:
    notices = dict(fresh) | _readings(connection, [row for row in part.rows if row.id not in fresh])
    # A publication seen for the first time has no corrections by hand, a project made just now no decisions.
    hand = _overrides(connection, [row.id for row in part.rows if row.project_id is not None])
    fresh_only = part.new and all(row.project_id is None for row in part.rows)
    decided, entered = (None, ()) if fresh_only else _decided(connection, part.project_id)
    ranks = standings()
    members = [
        Member(
            key=f"{row.portal}/{row.key}",
            notice=notices[row.id],
            same=same[row.id],
            proceeding=part.where[row.id],
            rank=ranks.get(row.portal, len(STANDINGS)),
            region=row.facts.get("region") or None,
            listed=row.published_at,
            withdrawn=row.state == "withdrawn",
            verdict=_verdict(row.relevance),
            overrides=hand.get(row.id, ()),
        )
        for row in part.rows
    ]
    _store(connection, part, derive(members, part.places, rules, relevance=decided, entered=entered), trigger, moves)


def _readings(connection: Connection, rows: list[Row[Any]]) -> dict[int, Notice]:
    if not rows:
        return {}
    query = select(VERSION.c.publication_id, VERSION.c.reading).where(
        VERSION.c.id.in_([row.version_id for row in rows])
    )
    return {publication: unpack(reading) for publication, reading in connection.execute(query)}


def pack(notice: Notice) -> bytes:
    """A reading as it is stored."""
    return zlib.compress(NOTICE.dump_json(notice, exclude_defaults=True), 1)


def unpack(reading: bytes) -> Notice:
    """A stored reading."""
    return NOTICE.validate_json(zlib.decompress(reading))


def _verdict(stored: dict[str, Any] | None) -> Verdict:
    if not stored:
        return Verdict()
    return Verdict(
        vehicle_purchase=stored["vehicle_purchase"],
        types=tuple(stored.get("types", ())),
        count=stored.get("count"),
        reasons=tuple(each["zh"] for each in stored.get("reasons", ())),
        reasons_en=tuple(each["en"] for each in stored.get("reasons", ())),
    )


def _overrides(connection: Connection, publications: list[int]) -> dict[int, tuple[HandValue, ...]]:
    """Corrections by hand; one made for an older version stands beside what the page says now."""
    if not publications:
        return {}
    query = (
        select(OVERRIDE, PERSON.c.name.label("by"), VERSION.c.number.label("newest"))
        .join(PERSON, PERSON.c.id == OVERRIDE.c.person_id)
        .join(PUBLICATION, PUBLICATION.c.id == OVERRIDE.c.publication_id)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(OVERRIDE.c.publication_id.in_(publications), OVERRIDE.c.undone_at.is_(None))
        .order_by(OVERRIDE.c.id)
    )
    found: defaultdict[int, dict[tuple[str, str], HandValue]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.publication_id][row.lot, row.field] = HandValue(
            row.field, row.lot, row.value, f"{row.by}：{row.reason}", superseded=row.newest > row.version_number
        )
    return {publication: tuple(values.values()) for publication, values in found.items()}


def _decided(connection: Connection, project_id: int) -> tuple[str | None, tuple[Entered, ...]]:
    """A person's verdict on whether the project buys vehicles, and the newest word of each fact they entered."""
    query = (
        select(DECISION.c.kind, DECISION.c.data, DECISION.c.reason, PERSON.c.name)
        .join(PERSON, PERSON.c.id == DECISION.c.person_id)
        .where(DECISION.c.project_id == project_id, DECISION.c.kind.in_(("relevance", "fact")))
        .where(DECISION.c.undone_at.is_(None))
        .order_by(DECISION.c.id)
    )
    verdict: str | None = None
    entered: dict[tuple[str, ...], Entered] = {}
    for row in connection.execute(query):
        if row.kind == "relevance":
            verdict = row.data["vehicle_purchase"]
            continue
        fact = fact_of(row.data, f"{row.name}：{row.reason}" if row.reason else row.name)
        entered[fact.key] = fact
    return verdict, tuple(fact for _key, fact in sorted(entered.items()))


def _store(connection: Connection, part: Part, state: ProjectState, trigger: Trigger, moves: Moves) -> None:
    """Write the difference between the stored state and `state`, and one event for each."""
    canonical = as_json(state)
    digest = hashlib.sha256(json.dumps(canonical, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    old: ProjectState | None = None
    if not part.new:
        known = connection.execute(select(PROJECT).where(PROJECT.c.id == part.project_id)).one()
        if known.state_hash == digest and known.alias_of is None:
            _place(connection, part, state, moves)
            return
        old = ProjectState.model_validate(known.state) if known.state else None
    values = {
        "_id": part.project_id,
        "alias_of": None,
        "name": state.name,
        "number": state.number,
        "buyer": state.buyer,
        "buyer_id": _organisation(connection, state.buyer),
        "region": state.region,
        "regime": state.regime,
        "vehicle_purchase": state.vehicle_purchase,
        "stage": state.proceedings[-1].stage if state.proceedings else "",
        "closed": state.closed,
        "state": canonical,
        "state_hash": digest,
        "changed_at": now(),
    }
    connection.execute(_UPDATE_PROJECT, values)
    _place(connection, part, state, moves)
    _say(connection, differences(old, state), part.project_id, trigger)


def _say(connection: Connection, changes: Iterable[Change], project_id: int, trigger: Trigger) -> None:
    write(
        connection,
        changes,
        cause=trigger.cause,
        seen_at=now(),
        once=trigger.once,
        project_id=project_id,
        publication_id=trigger.publication_id,
        occurred_at=trigger.occurred_at,
        person_id=trigger.person_id,
    )


_ORGANISATION = select(ORGANISATION).where(ORGANISATION.c.key == bindparam("key"))


def _organisation(connection: Connection, name: str | None) -> int | None:
    """The buyer's row under its comparison key; a new spelling becomes an alias."""
    if not name or not (key := normal_buyer(name)):
        return None
    known = connection.execute(_ORGANISATION, {"key": key}).one_or_none()
    if known is None:
        fresh = insert_new(connection, ORGANISATION).returning(ORGANISATION.c.id)
        made = connection.scalar(fresh, {"key": key, "name": name, "aliases": []})
        # None: another writer was first.
        return made or connection.scalar(select(ORGANISATION.c.id).where(ORGANISATION.c.key == key))
    if name != known.name and name not in known.aliases:
        aliases = [*known.aliases, name]
        connection.execute(update(ORGANISATION).where(ORGANISATION.c.id == known.id).values(aliases=aliases))
    return int(known.id)


def _place(connection: Connection, part: Part, state: ProjectState, moves: Moves) -> None:
    """The rows of proceedings, lots and milestones as the state has them; ids stay with their natural keys."""
    mine = select(PROCEEDING).where(PROCEEDING.c.project_id == part.project_id)
    known = {} if part.new else {row.key: row for row in connection.execute(mine)}
    ids: dict[str, int] = {}
    for proceeding in state.proceedings:
        values = _proceeding_row(proceeding)
        if proceeding.key in known:
            ids[proceeding.key] = known[proceeding.key].id
            if any(known[proceeding.key]._mapping[name] != value for name, value in values.items()):
                connection.execute(update(PROCEEDING).where(PROCEEDING.c.id == ids[proceeding.key]).values(**values))
        else:
            natural = {"project_id": part.project_id, "key": proceeding.key}
            ids[proceeding.key] = insert_row(connection, PROCEEDING, **natural, **values)
    for proceeding in state.proceedings:
        if proceeding.re_tender_of in ids:
            earlier = ids[proceeding.re_tender_of]
            connection.execute(
                update(PROCEEDING).where(PROCEEDING.c.id == ids[proceeding.key]).values(re_tender_of=earlier)
            )
        for rows_of, rows, natural_key in (
            (LOT, [_lot_row(each) for each in proceeding.lots], ("no",)),
            (MILESTONE, [_milestone_row(each) for each in proceeding.milestones], ("lot", "kind", "rule_id")),
            (AWARD, award_rows(state, proceeding), ("no",)),
        ):
            if proceeding.key in known:
                _keep(connection, rows_of, ids[proceeding.key], rows, natural_key)
            elif rows:
                connection.execute(insert(rows_of), [{"proceeding_id": ids[proceeding.key]} | row for row in rows])
    for row in part.rows:
        if row.proceeding_id != ids[part.where[row.id]]:
            moves[row.id]["proceeding_id"] = ids[part.where[row.id]]
    for key in known.keys() - ids.keys():
        for each in PARTS:
            connection.execute(delete(each).where(each.c.proceeding_id == known[key].id))
        connection.execute(
            update(PUBLICATION).where(PUBLICATION.c.proceeding_id == known[key].id).values(proceeding_id=None)
        )
        connection.execute(
            update(PROCEEDING).where(PROCEEDING.c.re_tender_of == known[key].id).values(re_tender_of=None)
        )
        connection.execute(delete(PROCEEDING).where(PROCEEDING.c.id == known[key].id))


def _proceeding_row(state: ProceedingState) -> dict[str, Any]:
    return {
        "kind": state.kind,
        "round": state.round,
        "method": state.method,
        "number": state.number,
        "stage": state.stage,
        "outcome": state.outcome,
    }


def _lot_row(lot: Any) -> dict[str, Any]:
    return {"no": lot.no, "name": lot.name, "budget": lot.budget, "outcome": lot.outcome}


def _milestone_row(milestone: Any) -> dict[str, Any]:
    return {
        "lot": milestone.lot,
        "kind": milestone.kind,
        "rule_id": milestone.rule_id,
        "earliest": milestone.earliest,
        "latest": milestone.latest,
        "precision": milestone.precision,
        "zone": milestone.zone,
        "words": milestone.words,
        "bidder_acts": milestone.bidder_acts,
        "provisional": milestone.provisional,
        "conflict": [each.model_dump() for each in milestone.conflict],
        "evidence": {
            "label": milestone.label,
            "source": milestone.source,
            "words_en": milestone.words_en,
            "history": [each.model_dump() for each in milestone.history],
        },
    }


LAST_WORD = ("contract", "award", "award_candidate")


def award_rows(state: ProjectState, proceeding: ProceedingState) -> list[dict[str, Any]]:
    """Each lot won, once: the last word on it, completed by what was said before.

    Where no unit price is printed, one winner of the whole purchase has sold every vehicle of it at amount / number.
    """
    said: defaultdict[str, defaultdict[str, list[AwardState]]] = defaultdict(lambda: defaultdict(list))
    for award in sorted(proceeding.awards, key=lambda each: LAST_WORD.index(each.stage)):
        said[award.lot][comparison_key(award.supplier)].append(award)
    rows: list[dict[str, Any]] = []
    for winners in said.values():
        decided = any(awards[0].stage != "award_candidate" for awards in winners.values())
        for supplier, awards in winners.items():
            if decided and awards[0].stage == "award_candidate":
                continue
            last = [each for each in awards if each.stage == awards[0].stage]
            for each in last:  # several where one winner sells several models
                rows.append(_award_row(len(rows) + 1, supplier, awards if len(last) == 1 else [each]))
    count = state.vehicle_count
    if (
        len(rows) == 1
        and rows[0]["unit_price"] is None
        and rows[0]["amount"]
        and count
        and len(state.vehicle_types) == 1
    ):
        rows[0] |= {"unit_price": round(rows[0]["amount"] / count), "computed": True}
    if not rows:
        return rows
    place = place_of(portal=state.region or "", buyer=state.buyer or "", title=state.name)
    shared = {"vehicles": " ".join(state.vehicle_types), "region": "/".join(place.path)}
    return [row | shared for row in rows]


def _award_row(no: int, supplier: str, awards: Sequence[AwardState]) -> dict[str, Any]:
    """The first of `awards` decides; what it leaves out comes from the others."""

    def first(name: str) -> Any:
        return next((value for each in awards if (value := getattr(each, name)) is not None), None)

    told = {name: first(name) for name in ("amount", "unit_price", "brand", "model")}
    days = [each.at for each in awards if each.at is not None]
    head = {"no": no, "lot": awards[0].lot, "supplier": awards[0].supplier, "supplier_key": supplier}
    return head | told | {"stage": awards[0].stage, "computed": False, "at": min(days, default=None)}


def _keep(
    connection: Connection, rows_of: Any, proceeding: int, wanted: list[dict[str, Any]], natural: tuple[str, ...]
) -> None:
    """Make the rows of one proceeding equal `wanted`, touching only what differs."""
    known = {
        tuple(row._mapping[name] for name in natural): row
        for row in connection.execute(select(rows_of).where(rows_of.c.proceeding_id == proceeding))
    }
    fresh = []
    for values in wanted:
        row = known.pop(tuple(values[name] for name in natural), None)
        if row is None:
            fresh.append({"proceeding_id": proceeding} | values)
        elif any(row._mapping[name] != value for name, value in values.items()):
            connection.execute(update(rows_of).where(rows_of.c.id == row.id).values(**values))
    if fresh:
        connection.execute(insert(rows_of), fresh)
    if known:
        connection.execute(delete(rows_of).where(rows_of.c.id.in_([row.id for row in known.values()])))
