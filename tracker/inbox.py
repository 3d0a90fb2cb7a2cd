"""Projects as lists to work through: what is new and nobody decided on, what one follows, what was passed.

One query proposes projects in order, watches or filters judge them (tracker/watches.py), page by page by the last row.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import CTE, ColumnElement, Connection, Select, and_, func, not_, select, true

from tracker.db import beyond, chunks
from tracker.decisions import live, marked, pass_reason, snoozed, whose
from tracker.digest import Item, Skipped, living, load
from tracker.digest.items import guarded
from tracker.projects import DECISION, PROJECT
from tracker.reminders import reminded_people
from tracker.search import search
from tracker.team.people import PERSON, Card
from tracker.views import soonest_action, soonest_of
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
    asks_reader: bool = False
    """Reminders of its dates wait for this reader to have seen them."""


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
    verdicts = PURCHASES if only_purchases else ()
    soonest = soonest_action(at, verdicts)
    by_due, of_few = asked.sort == "due", asked.show not in ("new", "all")
    due = func.coalesce(soonest_of(at) if of_few else soonest.c.at, NEVER)
    sort: ColumnElement[Any] = due if by_due else PROJECT.c.first_seen_at
    # No plain `alias_of IS NULL`: SQLite would walk the index of aliases, in which nearly every project stands.
    living_ones = func.coalesce(PROJECT.c.alias_of, 0) == 0
    query = select(PROJECT.c.id, PROJECT.c.first_seen_at, PROJECT.c.changed_at, sort.label("sort"))
    query = query.where(living_ones, PROJECT.c.state_hash != "", _shown(asked.show, reader, at, soonest, verdicts))
    if by_due and not of_few:
        query = query.outerjoin(soonest, soonest.c.project_id == PROJECT.c.id)
    if only_purchases and asked.show != "new":  # of the few that a person marked, so not by the index of verdicts
        query = query.where(func.coalesce(PROJECT.c.vehicle_purchase, "").in_(PURCHASES))
    if asked.words:
        yield from _found(connection, asked.words, query, after)
        return
    if after is not None:
        query = query.where(beyond((sort, after[0], not by_due), (PROJECT.c.id, after[1], True)))
    ordered = query.order_by(sort if by_due else sort.desc(), PROJECT.c.id.desc())
    with connection.execute(ordered, execution_options={"yield_per": BATCH}) as result:
        for rows in result.partitions():
            yield [_Proposed(row.id, row.changed_at, row.first_seen_at, (row.sort, row.id)) for row in rows]


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


def _shown(show: Show, reader: Card, at: datetime, soonest: CTE, verdicts: Collection[str]) -> ColumnElement[bool]:
    """Which projects a list is of; those that are new have one of the verdicts, where any are given."""
    undecided = and_(not_(marked("track")), not_(marked("pass")))
    match show:
        case "new":
            ids = PROJECT.alias("recent")
            recent = select(ids.c.id).where(not_(ids.c.closed), ids.c.changed_at > at - RECENT)
            if verdicts:  # behind coalesce, so that SQLite looks by the time of the change, not by the verdict
                recent = recent.where(func.coalesce(ids.c.vehicle_purchase, "").in_(verdicts))
            live = PROJECT.c.id.in_(select(soonest.c.project_id).union(recent))
            return and_(live, undecided, not_(snoozed(reader.id, at)))
        case "snoozed":
            return and_(undecided, snoozed(reader.id, at))
        case "favourites":
            return marked("favourite", DECISION.c.person_id == reader.id)
        case "passed":
            return marked("pass")
        case "tracked":
            return marked("track")
        case "mine":
            owner = func.coalesce(DECISION.c.data["owner_id"].as_integer(), DECISION.c.person_id)
            return marked("track", owner == reader.id)
        case "all":
            return true()


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
    marks = _marks(connection, reader, set(known), home, {each for each in known if known[each].unanswered})
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
    return lines_of(connection, reader, [item])[item.project_id]


def lines_of(connection: Connection, reader: Card, items: Iterable[Item]) -> dict[int, Line]:
    """Items that are composed already as lines, by project."""
    by_id = {each.project_id: each for each in items}
    asked = {each for each, item in by_id.items() if item.unanswered}
    marks = _marks(connection, reader, set(by_id), living(connection), asked)
    return {identity: Line(item, (), **marks.get(identity, {})) for identity, item in by_id.items()}


def _marks(
    connection: Connection, reader: Card, ids: Collection[int], home: Mapping[int, int], reminded: Collection[int]
) -> dict[int, dict[str, Any]]:
    """By project: favourites, put-off ones and reminders of the reader, and passes of anybody.

    `reminded` are those whose reminders wait for somebody.
    """
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    found: defaultdict[int, dict[str, Any]] = defaultdict(dict)
    for part in chunks({*ids, *(joined for joined, lives in home.items() if lives in ids)}):
        query = select(DECISION).where(DECISION.c.project_id.in_(part), live("favourite", "pass", "snooze"))
        for row in connection.execute(query.order_by(DECISION.c.id)):
            marks = found[home.get(row.project_id, row.project_id)]
            if row.kind == "pass":
                marks["passed"] = Passed(names.get(whose(row), ""), pass_reason(row), row.at)
            elif row.person_id == reader.id:
                until = date.fromisoformat(row.data["until"]) if row.kind == "snooze" else None
                marks |= {"favourite": True} if until is None else {"snoozed_until": until}
    for identity, asked in reminded_people(connection, reminded).items() if reminded else ():
        if reader.name in asked:
            found[identity]["asks_reader"] = True
    return found
