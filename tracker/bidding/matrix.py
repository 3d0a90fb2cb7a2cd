"""The compliance matrix: every requirement of notice and documents in its own words, and our answer to it.

A row hangs on the stable key of its requirement. Where a correction changes the words, the work goes over to the new
requirement and is to be checked again; where it drops them, the work stays in sight. A ★ we do not meet is shouted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, get_args

from sqlalchemy import Connection, Row, delete, select, update

from crawler.clock import now
from crawler.text import one_line
from tracker.bidding import bids
from tracker.bidding.credentials import CREDENTIAL
from tracker.bidding.requirements import requirements_of, unread_of
from tracker.decisions import Mistake, project
from tracker.documents.model import UNPLACED, Kind, Place, Requirement
from tracker.events import Change, write
from tracker.i18n import _
from tracker.projects import PROJECT
from tracker.tables import Deviation, MatrixRow, RowStatus, table
from tracker.team import kept
from tracker.team.people import PERSON, person

ROW = table(MatrixRow)
STATUSES: Final[dict[RowStatus, str]] = {
    "open": "open",
    "drafted": "drafted",
    "reviewed": "reviewed",
    "done": "finished",
}
DEVIATIONS: Final[dict[Deviation, str]] = {
    "": "not judged",
    "met": "met",
    "better": "better",
    "worse": "worse",
    "none": "no answer",
}
"""A msgid each."""
ORDER: Final[tuple[Kind, ...]] = (
    "void", "qualification", "conformity", "deposit", "price", "technical", "scoring", "commercial", "delivery",
    "warranty", "payment", "contract", "submission",
)  # fmt: skip
"""Of the rows: what kills a bid first."""
WORDS: Final = "words-changed"
AGAIN: Final[dict[str, str]] = {WORDS: "its words have changed"}
"""Why a row must be checked again (a msgid each)."""
SETTLED: Final[tuple[RowStatus, ...]] = ("reviewed", "done")


@dataclass(frozen=True)
class Answer:
    """One row as people see it."""

    key: str
    kind: Kind
    mark: str
    lot: str
    label: str
    words: str
    """Verbatim."""
    source: str
    """The file, or `portal/key` of the notice."""
    place_asked: str
    """Section and page there; empty where it has none."""
    topic: str = ""
    points: int | None = None
    """Hundredths of a point."""
    status: RowStatus = "open"
    owner: str = ""
    answer: str = ""
    deviation: Deviation = ""
    place: str = ""
    """Where in our bid."""
    evidence: str = ""
    credential: str = ""
    credential_id: int | None = None
    credential_until: date | None = None
    again: str = ""
    """Why it must be checked again."""
    was: str = ""
    """What was asked when it was last worked on, or before a correction; empty where it has not changed."""
    corrected: str = ""
    """Where the correction stands that changed it, added it, or could not be placed (`unplaced`)."""
    said: str = ""
    """That correction's words, verbatim."""
    by: str = ""
    at: datetime | None = None
    version: int = 0
    former: tuple[str, ...] = ()
    """The keys it had before its words changed."""

    @property
    def settled(self) -> bool:
        return self.status in SETTLED and not self.again

    @property
    def unplaced(self) -> bool:
        """A correction that changes a clause nobody could find here: the clause itself still stands as it was."""
        return self.topic == UNPLACED

    @property
    def shout(self) -> bool:
        """A ★ that we do not meet, or do not answer, voids the bid."""
        return self.mark == "★" and self.deviation in ("worse", "none")

    @property
    def loses(self) -> bool:
        """A ▲ that we do not meet costs points."""
        return self.mark == "▲" and self.deviation in ("worse", "none")


@dataclass(frozen=True)
class Matrix:
    project_id: int
    name: str
    number: str
    bidder: str
    made_at: datetime
    lots: tuple[str, ...]
    """Those we bid for; empty: every lot."""
    rows: tuple[Answer, ...]
    dropped: tuple[Answer, ...] = ()
    """Work on what is asked no more."""
    unread: tuple[str, ...] = ()
    """Documents that could not be read, or not wholly: what they ask is not here."""

    @property
    def ours(self) -> tuple[Answer, ...]:
        """The rows of the lots we bid for."""
        return tuple(row for row in self.rows if not row.lot or not self.lots or row.lot in self.lots)

    @property
    def unplaced(self) -> tuple[Answer, ...]:
        """Corrections of clauses that were not found here and that nobody has settled yet."""
        return tuple(row for row in self.ours if row.unplaced and not row.settled)

    @property
    def shouts(self) -> tuple[Answer, ...]:
        return tuple(row for row in self.ours if row.shout)

    def count(self, status: RowStatus) -> int:
        return sum(row.status == status for row in self.ours)


def matrix(connection: Connection, identity: int, at: datetime) -> Matrix:
    """The matrix of a project at an instant. Raises Mistake where there is no such project."""
    target = project(connection, identity)
    asked = requirements_of(connection, target.id)
    work = _work(connection, target.id)
    rows = tuple(_answer(each, work) for each in asked)
    known = {key for each in asked for key in (each.key, *each.former)}
    held = bids.bids_of(connection, target.id)
    lots = {row.lot for row in held if row.status != "withdrawn"}
    return Matrix(
        project_id=target.id,
        name=one_line(target.name),
        number=one_line(target.number or ""),
        bidder=bids.entity(connection, target.id),
        made_at=at,
        lots=() if "" in lots else tuple(sorted(lots)),
        rows=tuple(sorted(rows, key=lambda row: ORDER.index(row.kind))),
        dropped=tuple(_gone(row) for key, row in work.items() if key not in known),
        unread=unread_of(connection, target.id),
    )


# --- our answers ----------------------------------------------------------------------------------------------------


def _work(connection: Connection, identity: int) -> dict[str, Row[Any]]:
    """The rows that people keep, by requirement; of two after a join the one that was worked on last."""
    owner, by = PERSON.alias("owner"), PERSON.alias("by")
    query = (
        select(
            ROW,
            owner.c.name.label("owner"),
            by.c.name.label("by"),
            CREDENTIAL.c.name.label("credential"),
            CREDENTIAL.c.until.label("credential_until"),
        )
        .outerjoin(owner, owner.c.id == ROW.c.owner_id)
        .join(by, by.c.id == ROW.c.person_id)
        .outerjoin(CREDENTIAL, CREDENTIAL.c.id == ROW.c.credential_id)
        .where(ROW.c.project_id == identity)
        .order_by(ROW.c.at, ROW.c.id)
    )
    return {row.requirement: row for row in connection.execute(query)}


def _answer(asked: Requirement, work: Mapping[str, Row[Any]]) -> Answer:
    empty = Answer(
        key=asked.key,
        kind=asked.kind,
        mark=asked.mark,
        lot=asked.lot,
        label=asked.label,
        words=asked.words,
        source=asked.place.file,
        place_asked=str(asked.place) if asked.place.section or asked.place.page is not None else "",
        topic=asked.topic,
        points=asked.points,
        former=asked.former,
        was=asked.amended[-1].before if asked.amended and asked.topic != UNPLACED else "",
        corrected=_place(asked.amended[-1].place) if asked.amended else "",
        said=asked.amended[-1].said if asked.amended else "",
    )
    row = work.get(asked.key)
    if row is not None:
        return _with(empty, row)
    before = _before(asked, work)
    if before is None:
        return empty
    return replace(_with(empty, before), again=before.again or WORDS, was=before.words)


def _place(place: Place) -> str:
    """`ccgp/1002, 二、更正信息`: file, then section and page where there are any."""
    return place.file if str(place) == place.file else f"{place.file}, {place}"


def _before(asked: Requirement, work: Mapping[str, Row[Any]]) -> Row[Any] | None:
    """The work on what it asked before, the newest first."""
    return next((work[key] for key in asked.former if key in work), None)


def _with(empty: Answer, row: Row[Any]) -> Answer:
    return replace(
        empty,
        status=row.status,
        owner=row.owner or "",
        answer=row.answer,
        deviation=row.deviation,
        place=row.place,
        evidence=row.evidence,
        credential=row.credential or "",
        credential_id=row.credential_id,
        credential_until=row.credential_until,
        again=row.again,
        was=row.words if row.again and row.words != empty.words else empty.was,
        by=row.by,
        at=row.at,
        version=row.version,
    )


def _gone(row: Row[Any]) -> Answer:
    empty = Answer(row.requirement, "conformity", "", "", "", row.words, "", "")
    return replace(_with(empty, row), was="")


def set_rows(
    connection: Connection,
    who: str,
    identity: int,
    keys: Sequence[str],
    *,
    status: str | None = None,
    owner: str | None = None,
    answer: str | None = None,
    deviation: str | None = None,
    place: str | None = None,
    evidence: str | None = None,
    credential_id: int | None = None,
    version: int | None = None,
) -> list[Answer]:
    """Say how one or more requirements (keys, or the first signs of them) are answered. What is not given stays.

    `version` is that of the row looked at (0: nobody had touched it); with several rows it is not looked at. Raises
    Mistake, EditedMeanwhile, PersonError.
    """
    given = {
        "status": status,
        "owner": owner or None,
        "answer": answer,
        "deviation": deviation,
        "place": place,
        "evidence": evidence,
        "credential_id": credential_id,
    }
    values = {name: value for name, value in given.items() if value is not None}
    keys = tuple(dict.fromkeys(keys))
    return set_each(connection, who, identity, [(key, values, version if len(keys) == 1 else None) for key in keys])


def set_each(
    connection: Connection, who: str, identity: int, wanted: Sequence[tuple[str, Mapping[str, Any], int | None]]
) -> list[Answer]:
    """As `set_rows`, each row with values of its own: (key, values by name, version looked at)."""
    by, target = person(connection, who), project(connection, identity)
    connection.execute(select(PROJECT.c.id).where(PROJECT.c.id == target.id).with_for_update())
    carry(connection, target.id, now())
    asked = {each.key: each for each in requirements_of(connection, target.id)}
    work = _work(connection, target.id)
    chosen = [(_meant(key, asked), _checked(connection, values), version) for key, values, version in wanted]
    for key, values, version in chosen:
        words, row = asked[key].words, work.get(key)
        if row is None:
            if version:
                raise Mistake(_("nobody has touched {item} yet; repeat it without --version").format(item=key))
            fresh = {"project_id": target.id, "requirement": key, "words": words, "status": "open"}
            kept.add(connection, ROW, by, **(_EMPTY | fresh | values))
            continue
        before = kept.get(connection, ROW, row.id, version)
        changed = ({"again": "", "words": words} if "status" in values else {}) | values
        if any(before._mapping[name] != value for name, value in changed.items()):
            kept.edit(connection, ROW, by, before, **changed, person_id=by.id, at=now())
    work = _work(connection, target.id)
    return [_answer(asked[key], work) for key in dict.fromkeys(key for key, _values, _version in chosen)]


def _checked(connection: Connection, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the row keeps them. Raises Mistake, PersonError."""
    for name, known in (("status", get_args(RowStatus)), ("deviation", [each for each in get_args(Deviation) if each])):
        if name in values and values[name] not in known:
            raise Mistake(
                _("{field}: {value!r} is not known; write one of: {known}").format(
                    field=name, value=values[name], known=", ".join(known)
                )
            )
    if "credential_id" in values:
        kept.get(connection, CREDENTIAL, values["credential_id"])
    owner = {"owner_id": person(connection, values["owner"]).id} if "owner" in values else {}
    return {name: value for name, value in values.items() if name != "owner"} | owner


_EMPTY = {"answer": "", "deviation": "", "place": "", "evidence": "", "again": ""}


def _meant(key: str, asked: Mapping[str, Requirement]) -> str:
    """The one requirement whose key begins so. Raises Mistake."""
    fits = [each for each in asked if each.startswith(key)] if key else []
    if len(fits) == 1:
        return fits[0]
    if not fits:
        raise Mistake(_("there is no requirement {key!r}; `chebiao matrix` lists them").format(key=key))
    raise Mistake(
        _("{key!r} fits {n} requirements; write more of the key: {known}").format(
            key=key, n=len(fits), known=", ".join(each[:8] for each in fits[:6])
        )
    )


def carry(connection: Connection, identity: int, at: datetime) -> tuple[str, ...]:
    """Take work over to requirements whose words a new version changed, to be checked again; returns their keys.

    Of two rows on one requirement, as after a join of projects, the one that was worked on last stays. One event.
    """
    work = _work(connection, identity)
    doubles = [row.id for row in _rows(connection, identity) if work[row.requirement].id != row.id]
    if doubles:
        connection.execute(delete(ROW).where(ROW.c.id.in_(doubles)))
    moved = [
        (each, before)
        for each in requirements_of(connection, identity)
        if each.key not in work and (before := _before(each, work)) is not None
    ]
    for asked, row in moved:
        values = {"requirement": asked.key, "again": WORDS, "version": row.version + 1}
        connection.execute(update(ROW).where(ROW.c.id == row.id).values(**values))
    if moved:
        said = [
            {
                "key": asked.key,
                "before": one_line(row.words, 200),
                "after": one_line(asked.words, 200),
                "mark": asked.mark,
            }
            for asked, row in moved[:40]
        ]
        change = Change("matrix-changed", None, None, {"rows": said, "count": len(moved)}, moved[0][0].key)
        once = ",".join(sorted(asked.key for asked, _row in moved))[:200]
        write(connection, [change], cause="published", seen_at=at, once=once, project_id=identity)
    return tuple(asked.key for asked, _row in moved)


def _rows(connection: Connection, identity: int) -> list[Row[Any]]:
    return list(connection.execute(select(ROW).where(ROW.c.project_id == identity)))
