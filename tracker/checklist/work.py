"""What people do on a checklist, and what becomes of it when a correction or a document comes.

A list is derived anew as soon as its project, its notices or its documents have changed. Lines that came, changed or
went are marked and told in one event; work is kept; what was done on a line that rests on other words now goes back to
"check again", as do answers of the matrix. No derivation ever settles a line: only a named person does.
"""

import difflib
import hashlib
import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update

from crawler.text import comparison_key, one_line
from tracker.bidding.matrix import carry
from tracker.checklist.build import build
from tracker.checklist.items import ITEM, STATE, Stood, rows_of, stood
from tracker.checklist.model import SETTLED, Change, Checklist, Line
from tracker.db import chunks, reading
from tracker.decisions import Mistake, marked, project
from tracker.events import Change as Happened
from tracker.events import write
from tracker.i18n import _
from tracker.projects import PROJECT, PUBLICATION, VERSION
from tracker.service.leases import insert_new
from tracker.tables import Bid, Document, DocumentVersion, ItemStatus, table
from tracker.team import kept
from tracker.team.people import person

BID, DOCUMENT, DOCUMENT_VERSION = table(Bid), table(Document), table(DocumentVersion)
STATUSES: tuple[ItemStatus, ...] = get_args(ItemStatus)
MAX_WORDS = 200
"""Characters of a quotation that are kept to be shown as what was said before."""
TOLD = 40
"""Items that one event names; how many there were stands beside them."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Difference:
    """What a derivation changed, by item."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    """Those of them that people had worked on, now to be checked again."""
    opened: bool = False
    """The list was made for the first time, or for another proceeding."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.dropped or self.again)


# --- deriving anew --------------------------------------------------------------------------------------------------


def refresh_all(engine: Engine, at: datetime) -> int:
    """Derive the lists of all tracked projects that have changed; one transaction each. Returns how many changed."""
    with reading(engine) as connection:
        waiting = stale(connection)
    changed = 0
    for each in waiting:
        try:
            with engine.begin() as connection:
                changed += bool(refresh(connection, each, at))
        except Exception:  # one list never stops the others
            log.exception("checklist of project %d", each)
    return changed


def stale(connection: Connection) -> list[int]:
    """Projects whose list rests on what is no longer so: the tracked ones, and those somebody works on."""
    followed = or_(marked("track"), PROJECT.c.id.in_(select(STATE.c.project_id)))
    wanted = select(PROJECT.c.id, PROJECT.c.state_hash).where(
        followed, PROJECT.c.alias_of.is_(None), PROJECT.c.state_hash != ""
    )
    had = {row.project_id: row.basis for row in connection.execute(select(STATE.c.project_id, STATE.c.basis))}
    hashes = {row.id: row.state_hash for row in connection.execute(wanted)}
    return [each for each, basis in _bases(connection, hashes).items() if had.get(each) != basis]


def refresh(connection: Connection, identity: int, at: datetime) -> Difference | None:
    """Derive one list anew and keep it; None where it rests on the same as before. Raises Mistake.

    The caller's transaction writes; the project's row is locked, so two processes do it once.
    """
    target = project(connection, identity)
    target = connection.execute(select(PROJECT).where(PROJECT.c.id == target.id).with_for_update()).one()
    basis = _bases(connection, {target.id: target.state_hash})[target.id]
    state = connection.execute(select(STATE).where(STATE.c.project_id == target.id)).one_or_none()
    if state is not None and state.basis == basis:
        return None
    _join_doubles(connection, target.id)
    checklist = build(connection, target.id, at)
    corrections = _corrections(connection, target.id)
    lines = {line.id: line for line in checklist.lines}
    now_stands = {name: _stands(line, corrections) for name, line in lines.items()}
    before = state.items if state is not None and state.proceeding == checklist.proceeding else None
    if before is None:
        difference = Difference(again=_carry(connection, target.id, checklist, lines, at), opened=True)
        items = now_stands
    else:
        items, difference = compare({name: stood(said) for name, said in before.items()}, now_stands, at)
        again = _again(connection, target.id, checklist.proceeding, difference)
        difference = replace(difference, again=again)
    values = {
        "proceeding": checklist.proceeding,
        "basis": basis,
        "items": {name: each.as_json() for name, each in items.items()},
        "derived_at": at,
    }
    connection.execute(insert_new(connection, STATE), values | {"project_id": target.id})
    connection.execute(update(STATE).where(STATE.c.project_id == target.id).values(**values))
    _tell(connection, target.id, state, checklist, difference, basis, at)
    carried = carry(connection, target.id, at)
    if carried or (difference and not difference.opened):
        _take_back_ready(connection, target.id)
    return difference


def compare(
    before: Mapping[str, Stood], now_stands: Mapping[str, Stood], at: datetime
) -> tuple[dict[str, Stood], Difference]:
    """The lines to keep, each with what changed in it, and the difference. Pure.

    A line that changes twice before anybody looks shows what it said at first.
    """
    listed = {name for name, line in before.items() if line.change != "dropped"}
    added = tuple(name for name in now_stands if name not in listed)
    changed = tuple(name for name in now_stands if name in listed and now_stands[name].mark != before[name].mark)
    dropped = tuple(name for name in before if name in listed and name not in now_stands)
    items: dict[str, Stood] = {}
    for name, line in now_stands.items():
        old = before.get(name)
        if name in added:
            items[name] = replace(line, change="added", at=at)
        elif name in changed and old is not None:
            first: Change = "added" if old.change == "added" else "changed"
            items[name] = replace(line, change=first, was=old.was or old.words, at=at)
        elif old is not None:
            items[name] = replace(line, change=old.change, was=old.was, at=old.at)
    for name, old in before.items():
        if name in dropped:
            items[name] = replace(old, change="dropped", at=at)
        elif name not in listed and name not in now_stands:
            items[name] = old
    return items, Difference(added, changed, dropped)


def _stands(line: Line, corrections: str) -> Stood:
    words = tuple(
        one_line(f"{quote.lot}|{quote.words}" if quote.lot else quote.words, MAX_WORDS) for quote in line.says
    )
    rests_on = sorted({f"{quote.lot}|{comparison_key(quote.words)}" for quote in line.says})
    if line.after_correction:
        rests_on.append(corrections)
    mark = hashlib.sha256("\n".join(rests_on).encode()).hexdigest()[:16]
    return Stood(line.text, words, mark)


def _bases(connection: Connection, hashes: Mapping[int, str]) -> dict[int, str]:
    """By project, of its state (given), the readings of its notices and its documents."""
    said: dict[int, list[Any]] = {identity: [state_hash] for identity, state_hash in hashes.items()}
    for part in chunks(said):
        readings = (
            select(PUBLICATION.c.project_id, VERSION.c.id, VERSION.c.reading_hash)
            .join(PUBLICATION, PUBLICATION.c.version_id == VERSION.c.id)
            .where(PUBLICATION.c.project_id.in_(part))
            .order_by(VERSION.c.id)
        )
        for identity, *reading_of in (*connection.execute(readings), *_documents(connection, part)):
            said[identity].append(reading_of)
    return {identity: hashlib.sha256(json.dumps(each).encode()).hexdigest() for identity, each in said.items()}


def _documents(connection: Connection, ids: Collection[int]) -> list[Row[Any]]:
    """The versions of these projects' documents, each with how far it could be read."""
    query = (
        select(
            DOCUMENT.c.project_id,
            DOCUMENT_VERSION.c.id,
            DOCUMENT_VERSION.c.state,
            DOCUMENT_VERSION.c.reader_version,
        )
        .join(DOCUMENT, DOCUMENT.c.id == DOCUMENT_VERSION.c.document_id)
        .where(DOCUMENT.c.project_id.in_(ids))
        .order_by(DOCUMENT_VERSION.c.id)
    )
    return list(connection.execute(query))


def _corrections(connection: Connection, identity: int) -> str:
    """What was corrected so far: correction notices (a copy on another portal is the same one), edits, documents."""
    notices = select(PUBLICATION.c.notice_id).where(
        PUBLICATION.c.project_id == identity, PUBLICATION.c.kind == "correction"
    )
    edits = (
        select(VERSION.c.publication_id, VERSION.c.blob_hash)
        .join(PUBLICATION, PUBLICATION.c.id == VERSION.c.publication_id)
        .where(PUBLICATION.c.project_id == identity, VERSION.c.number > 1)
    )
    said = [
        sorted(set(connection.scalars(notices))),
        sorted({tuple(row) for row in connection.execute(edits)}, key=repr),
        [row.id for row in _documents(connection, [identity])],
    ]
    return json.dumps(said)


# --- what becomes of the work ---------------------------------------------------------------------------------------


def _again(connection: Connection, identity: int, proceeding: str, difference: Difference) -> tuple[str, ...]:
    """Put the work on touched lines back to "check again"; that on lines that are no more stays as it is."""
    touched = {*difference.added, *difference.changed}
    found = [
        row
        for row in rows_of(connection, identity, proceeding)
        if row.item in touched and row.status in (*SETTLED, "doing")
    ]
    for row in found:
        mine = update(ITEM).where(ITEM.c.id == row.id)
        connection.execute(mine.values(status="check-again", version=row.version + 1))
    return tuple(row.item for row in found)


def _carry(
    connection: Connection, identity: int, checklist: Checklist, lines: Mapping[str, Line], at: datetime
) -> tuple[str, ...]:
    """Bring work of an earlier proceeding along, to be checked again: a licence that was copied need not be twice."""
    here = {row.item for row in rows_of(connection, identity, checklist.proceeding)}
    newest: dict[str, Row[Any]] = {
        row.item: row
        for row in rows_of(connection, identity)
        if row.proceeding != checklist.proceeding and row.item in lines and row.item not in here
    }
    rows = [
        {
            "project_id": identity,
            "proceeding": checklist.proceeding,
            "item": name,
            "status": "open" if row.status == "open" else "check-again",
            "owner_id": row.owner_id,
            "evidence": row.evidence,
            "person_id": row.person_id,
            "at": at,
            "version": 1,
        }
        for name, row in newest.items()
        if lines[name].round == 1
    ]
    if rows:
        connection.execute(insert(ITEM), rows)
    return tuple(str(row["item"]) for row in rows if row["status"] == "check-again")


def _join_doubles(connection: Connection, identity: int) -> None:
    """Projects that were joined may both have had work on a line: the older row stays and takes the other's words."""
    first: dict[tuple[str, str], Row[Any]] = {}
    for row in rows_of(connection, identity):
        older = first.setdefault((row.proceeding, row.item), row)
        if older is row:
            continue
        evidence = "\n".join(dict.fromkeys(each for each in (older.evidence, row.evidence) if each))
        same = older.status == row.status and older.evidence == row.evidence
        values = {
            "evidence": evidence,
            "status": older.status if same else "check-again",
            "owner_id": older.owner_id or row.owner_id,
            "due": min((each for each in (older.due, row.due) if each), default=None),
            "version": older.version + 1,
        }
        connection.execute(update(ITEM).where(ITEM.c.id == older.id).values(**values))
        connection.execute(delete(ITEM).where(ITEM.c.id == row.id))


def _take_back_ready(connection: Connection, identity: int) -> None:
    """A bid that was declared ready is so no longer."""
    ready = update(BID).where(BID.c.project_id == identity, BID.c.ready_at.is_not(None))
    connection.execute(ready.values(ready_at=None, ready_despite=None, version=BID.c.version + 1))


def _tell(
    connection: Connection,
    identity: int,
    state: Row[Any] | None,
    checklist: Checklist,
    difference: Difference,
    basis: str,
    at: datetime,
) -> None:
    """One event for one derivation that changed something, naming the lines in both languages."""
    if state is None or not (difference or difference.opened):
        return
    texts = {line.id: line.text for line in checklist.lines} | {each.id: each.text for each in checklist.dropped}
    before = {name: stood(said).text for name, said in state.items.items()}
    said: dict[str, Any] = {"proceeding": checklist.proceeding}
    for name in ("added", "changed", "dropped", "again"):
        items: Iterable[str] = getattr(difference, name)
        words = [texts.get(each) or before[each] for each in items]
        said[name] = [{"item": item, "zh": text.zh, "en": text.en} for item, text in zip(items, words, strict=True)]
        said[f"{name}_count"] = len(said[name])
        said[name] = said[name][:TOLD]
    kind = "checklist-opened" if difference.opened else "checklist-changed"
    change = Happened(kind, None, None, said, checklist.proceeding)
    write(connection, [change], cause="published", seen_at=at, once=basis[:16], project_id=identity)


# --- by people ------------------------------------------------------------------------------------------------------


def set_item(
    connection: Connection,
    who: str,
    identity: int,
    item: str,
    at: datetime,
    *,
    status: str | None = None,
    owner: str | None = None,
    due: date | None = None,
    evidence: str | None = None,
    version: int | None = None,
) -> Row[Any]:
    """Say how a line or step of the present list stands. What is not given stays.

    `version` is that of the row looked at (0: nobody had touched it). Raises Mistake, EditedMeanwhile, PersonError.
    """
    by, target = person(connection, who), project(connection, identity)
    connection.execute(select(PROJECT.c.id).where(PROJECT.c.id == target.id).with_for_update())
    checklist = build(connection, target.id, at)
    known = {line.id for line in checklist.lines} | {step.key for step in checklist.plan.steps}
    name = _named(item, known, {step.id: step.key for step in checklist.plan.steps})
    if status is not None and status not in STATUSES:
        raise Mistake(
            _("{status!r} is no status; write one of: {known}").format(status=status, known=", ".join(STATUSES))
        )
    given: dict[str, Any] = {
        "status": status,
        "owner_id": person(connection, owner).id if owner else None,
        "due": due,
        "evidence": evidence,
    }
    values = {field: value for field, value in given.items() if value is not None}
    rows = [row for row in rows_of(connection, target.id, checklist.proceeding) if row.item == name]
    if not rows:
        if version:
            raise Mistake(_("nobody has touched {item} yet; repeat it without --version").format(item=name))
        natural = {"project_id": target.id, "proceeding": checklist.proceeding, "item": name}
        return kept.add(connection, ITEM, by, **({"status": "open", "evidence": ""} | natural | values))
    before = kept.get(connection, ITEM, rows[0].id)
    if version is not None and before.version != version:
        raise kept.EditedMeanwhile(before, ITEM.name)
    if all(before._mapping[field] == value for field, value in values.items()):
        return before
    return kept.edit(connection, ITEM, by, before, **values, person_id=by.id, at=at)


def _named(item: str, known: set[str], steps: Mapping[str, str]) -> str:
    """The item a person means: its id, or that of a step. Raises Mistake naming the nearest."""
    name = steps.get(item, item)
    if name in known:
        return name
    close = difflib.get_close_matches(item, known, n=3, cutoff=0.4)
    raise Mistake(_("the list has no item {item!r}; near it: {known}").format(item=item, known=", ".join(close) or "–"))
