"""Projects as lists to work through: what is new and nobody decided on, what one follows, what was passed.

One query proposes projects in order, watches or filters judge them (tracker/watches.py), page by page by the last row.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select, true

from crawler.clock import SHANGHAI
from tracker.db import beyond, chunks
from tracker.decisions import pass_reason, whose
from tracker.digest import Item, Skipped, living, load
from tracker.digest.items import guarded
from tracker.people import PERSON, Card
from tracker.projects import DECISION, PROJECT
from tracker.search import search
from tracker.views import soonest_action
from tracker.watches import PURCHASE, Criteria, Facts, Watched, facts_of, list_watches, matches, wanted_by

Show = Literal["new", "snoozed", "favourites", "passed", "tracked", "mine", "all"]
SHOWS: tuple[Show, ...] = ("new", "snoozed", "favourites", "passed", "tracked", "mine", "all")
Sort = Literal["due", "newest"]

RECENT = timedelta(days=30)
"""What has no date to act by is shown as new for so long after it last changed."""
BATCH = 120
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""Sorts what has no date behind everything that has one."""
PURCHASES = ("yes", "mixed", "review")


@dataclass(frozen=True)
class Asked:
    """What a list is to show."""

    show: Show = "new"
    sort: Sort = "due"
    criteria: Criteria | None = None
    """None: what the person's watches ask for where the list is of new ones; every project of the other lists."""
    words: str = ""
    """Looked for in the notices, as search does."""


@dataclass(frozen=True)
class Passed:
    by: str
    why: str
    at: datetime


@dataclass(frozen=True)
class Line:
    """One project as it stands in a list."""

    item: Item
    key: tuple[Any, ...]
    """Sort keys, for the page behind it."""
    why: tuple[str, ...] = ()
    """Which watch or filter took it."""
    favourite: bool = False
    snoozed_until: date | None = None
    passed: Passed | None = None
    first_seen_at: datetime | None = None


@dataclass(frozen=True)
class _Proposed:
    """A project in the order of the list."""

    id: int
    changed_at: datetime
    first_seen_at: datetime
    key: tuple[Any, ...]


_Chosen = tuple[_Proposed, tuple[str, ...]]
"""With the reasons why it fits."""


@dataclass(frozen=True)
class Page:
    lines: tuple[Line, ...]
    after: tuple[Any, ...] | None
    """The key of its last line where there are more behind it."""
    skipped: tuple[Skipped, ...] = ()
    """Projects that cannot be shown, by name: one bad row never hides the others."""


def inbox(
    connection: Connection,
    reader: Card,
    asked: Asked,
    at: datetime,
    *,
    after: tuple[Any, ...] | None = None,
    limit: int = 50,
) -> Page:
    """One page of a list; `after` is the key of the last line of the page before."""
    judge = _Judge(connection, reader, asked, at)
    chosen: list[_Chosen] = []
    for batch in _proposed(connection, reader, asked, at, after, judge.only_purchases):
        chosen += judge.fitting(batch)
        if len(chosen) > limit:
            break
    return _page(connection, reader, at, chosen[:limit], more=len(chosen) > limit)


def all_ids(
    connection: Connection, reader: Card, asked: Asked, at: datetime, *, seen_by: datetime, most: int
) -> list[int]:
    """The projects of the whole list that have not changed since `seen_by`: nobody passes what they could not see.

    At most `most`, and one more where there are more.
    """
    judge = _Judge(connection, reader, asked, at)
    found: list[int] = []
    for batch in _proposed(connection, reader, asked, at, None, judge.only_purchases):
        found += [each.id for each, _why in judge.fitting([each for each in batch if each.changed_at <= seen_by])]
        if len(found) > most:
            break
    return found[: most + 1]


# --- what is proposed, and in which order ---------------------------------------------------------------------------


def _proposed(
    connection: Connection,
    reader: Card,
    asked: Asked,
    at: datetime,
    after: tuple[Any, ...] | None,
    only_purchases: bool,
) -> Iterator[list[_Proposed]]:
    """Living projects of the list, in batches."""
    soonest = soonest_action(at)
    due = func.coalesce(soonest.c.at, NEVER)
    query = (
        select(PROJECT.c.id, PROJECT.c.first_seen_at, PROJECT.c.changed_at, due.label("due"))
        .outerjoin(soonest, soonest.c.project_id == PROJECT.c.id)
        .where(PROJECT.c.alias_of.is_(None), PROJECT.c.state_hash != "", _shown(asked.show, reader, soonest, at))
    )
    if only_purchases:
        query = query.where(PROJECT.c.vehicle_purchase.in_(PURCHASES))
    if asked.words:
        yield from _found(connection, asked.words, query, after)
        return
    first, down = (due, False) if asked.sort == "due" else (PROJECT.c.first_seen_at, True)
    query = query.order_by(first.desc() if down else first, PROJECT.c.id.desc()).limit(BATCH)
    key = after
    while True:
        page = query if key is None else query.where(beyond((first, key[0], down), (PROJECT.c.id, key[1], True)))
        rows = connection.execute(page).all()
        yield [
            _Proposed(row.id, row.changed_at, row.first_seen_at, (row.due if not down else row.first_seen_at, row.id))
            for row in rows
        ]
        if len(rows) < BATCH:
            return
        key = (rows[-1].due if not down else rows[-1].first_seen_at, rows[-1].id)


def _found(
    connection: Connection, words: str, query: Select[Any], after: tuple[Any, ...] | None
) -> Iterator[list[_Proposed]]:
    """Projects whose notices hold the words, the newest notice first; the key is that notice's rank."""
    last = after[0] if after else None
    seen: set[int] = set()
    while hits := search(connection, words, limit=BATCH, after=last):
        ranks = {hit.project_id: hit.rank for hit in reversed(hits) if hit.project_id not in seen}
        seen |= {each for each in ranks if each is not None}
        rows = connection.execute(query.where(PROJECT.c.id.in_(each for each in ranks if each is not None)))
        found = [_Proposed(row.id, row.changed_at, row.first_seen_at, (ranks[row.id],)) for row in rows]
        yield sorted(found, key=lambda each: each.key, reverse=True)
        last = hits[-1].rank
        if len(hits) < BATCH:
            return


def _shown(show: Show, reader: Card, soonest: Any, at: datetime) -> ColumnElement[bool]:
    """Which projects a list is of."""
    undecided = and_(not_(_marked("track")), not_(_marked("pass")))
    match show:
        case "new":
            acts = or_(soonest.c.at.is_not(None), and_(not_(PROJECT.c.closed), PROJECT.c.changed_at > at - RECENT))
            return and_(acts, undecided, not_(_snoozed(reader, at)))
        case "snoozed":
            return and_(undecided, _snoozed(reader, at))
        case "favourites":
            return _marked("favourite", DECISION.c.person_id == reader.id)
        case "passed":
            return _marked("pass")
        case "tracked":
            return _marked("track")
        case "mine":
            owner = func.coalesce(DECISION.c.data["owner_id"].as_integer(), DECISION.c.person_id)
            return _marked("track", owner == reader.id)
        case "all":
            return true()


_DECIDED = PROJECT.alias("decided")


def _marked(kind: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a project, or one that was joined into it, carries a mark."""
    lives = select(func.coalesce(_DECIDED.c.alias_of, _DECIDED.c.id))
    lives = lives.join(DECISION, DECISION.c.project_id == _DECIDED.c.id)
    return PROJECT.c.id.in_(lives.where(DECISION.c.kind == kind, DECISION.c.undone_at.is_(None), *more))


def _snoozed(reader: Card, at: datetime) -> ColumnElement[bool]:
    """Put off by the reader to a later day; a change of the project brings it back before."""
    until = DECISION.c.data["until"].as_string()
    day = at.astimezone(SHANGHAI).date().isoformat()
    unchanged = DECISION.c.at >= _DECIDED.c.changed_at
    return _marked("snooze", DECISION.c.person_id == reader.id, until > day, unchanged)


# --- what fits ------------------------------------------------------------------------------------------------------


class _Judge:
    """Judges what is proposed by the filters, or by the reader's watches."""

    def __init__(self, connection: Connection, reader: Card, asked: Asked, at: datetime) -> None:
        self.connection, self.asked, self.at = connection, asked, at
        self.watches: list[Watched] = []
        if asked.criteria is None and asked.show in ("new", "snoozed") and not asked.words:
            self.watches = list_watches(connection, reader, active=True)
        wanted = [asked.criteria] if asked.criteria else [each.criteria for each in self.watches]
        classes = {name for each in wanted for name in (each or Criteria()).classes or ("anything",)}
        of_new = asked.show in ("new", "snoozed") and not asked.words
        self.only_purchases = classes == {PURCHASE} or (of_new and not wanted)
        """Whether only what buys vehicles can fit, so that the database leaves out the rest."""

    def fitting(self, batch: Sequence[_Proposed]) -> list[_Chosen]:
        """Those that fit, with the reasons in the language of the moment."""
        if self.asked.criteria is None and not self.watches:
            return [(each, ()) for each in batch]
        facts = facts_of(self.connection, [each.id for each in batch])
        judged = ((each, self._why(facts[each.id])) for each in batch if each.id in facts)
        return [(each, why) for each, why in judged if why is not None]

    def _why(self, facts: Facts) -> tuple[str, ...] | None:
        if self.asked.criteria is not None:
            match = matches(self.asked.criteria, facts, self.at)
            return match.reasons if match.hit else None
        wanted = wanted_by(self.watches, facts, self.at)
        return wanted.words if wanted else None


# --- what a line shows ----------------------------------------------------------------------------------------------


def _page(
    connection: Connection,
    reader: Card,
    at: datetime,
    chosen: Sequence[_Chosen],
    *,
    more: bool,
) -> Page:
    home = living(connection)
    known = load(connection, [each.id for each, _why in chosen], home)
    marks = _marks(connection, reader, set(known), home)
    skipped: list[Skipped] = []
    lines = []
    for proposed, why in chosen:
        item = guarded(known[proposed.id], at, skipped)
        if item is not None:
            said = marks.get(proposed.id, {})
            lines.append(Line(item, proposed.key, why, first_seen_at=proposed.first_seen_at, **said))
    key = chosen[-1][0].key if chosen and more else None
    return Page(tuple(lines), key, tuple(skipped))


def line(connection: Connection, reader: Card, identity: int, at: datetime) -> Line | None:
    """One project as a line, however it stands; None where it cannot be shown."""
    home = living(connection)
    known = load(connection, [identity], home)
    project = next(iter(known.values()), None)
    item = guarded(project, at, []) if project is not None else None
    if item is None:
        return None
    return Line(item, (), **_marks(connection, reader, {item.project_id}, home).get(item.project_id, {}))


def lines_of(connection: Connection, reader: Card, items: Iterable[Item]) -> dict[int, Line]:
    """Items that are composed already as lines, by project."""
    by_id = {each.project_id: each for each in items}
    marks = _marks(connection, reader, set(by_id), living(connection))
    return {identity: Line(item, (), **marks.get(identity, {})) for identity, item in by_id.items()}


def _marks(
    connection: Connection, reader: Card, ids: Collection[int], home: Mapping[int, int]
) -> dict[int, dict[str, Any]]:
    """Favourites and put-off projects of the reader, and passes of anybody, by project."""
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for part in chunks({*ids, *(joined for joined, lives in home.items() if lives in ids)}):
        query = select(DECISION).where(
            DECISION.c.project_id.in_(part),
            DECISION.c.undone_at.is_(None),
            DECISION.c.kind.in_(("favourite", "pass", "snooze")),
        )
        for row in connection.execute(query.order_by(DECISION.c.id)):
            marks = found[home.get(row.project_id, row.project_id)]
            if row.kind == "pass":
                marks["passed"] = Passed(names.get(whose(row), ""), pass_reason(row), row.at)
            elif row.person_id == reader.id:
                until = date.fromisoformat(row.data["until"]) if row.kind == "snooze" else None
                marks |= {"favourite": True} if until is None else {"snoozed_until": until}
    return found
