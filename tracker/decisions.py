"""What people decide: track, pass, favourite, join, part, correct a value, judge relevance.

Every decision names a person, is kept with who and when, and can be undone. Derivation reads decisions and never
overwrites them.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, or_, select, update

from crawler.clock import SHANGHAI, now, today
from crawler.notice import MONEY, TEXTS, TIMES
from tracker.db import insert_row
from tracker.derive import parse_when
from tracker.events import Change, write
from tracker.i18n import _
from tracker.projects import DECISION, OVERRIDE, PROJECT, PUBLICATION, VERSION, Trigger, settle
from tracker.team.people import person

Mark = Literal["track", "pass", "favourite"]
MARKS: tuple[Mark, ...] = get_args(Mark)
VERDICTS = ("yes", "no", "mixed", "review")
PASS_REASONS = {
    1: "not vehicles",
    2: "not our models",
    3: "region or delivery",
    4: "qualification or authorisation",
    5: "price, time or other",
}
"""Why a project is passed, by the key that says it (a msgid each); the answers feed the words that watches exclude."""


class Mistake(ValueError):
    """Something a person asked for that cannot be done; the message says what to do instead."""


@dataclass(frozen=True)
class Done:
    """A decision as it was kept."""

    id: int
    project_id: int


def project(connection: Connection, identity: int) -> Row[Any]:
    """The project, or the one it was joined into. Raises Mistake."""
    row = connection.execute(select(PROJECT).where(PROJECT.c.id == identity)).one_or_none()
    if row is None:
        raise Mistake(_("there is no project {id}; `chebiao projects` lists them").format(id=identity))
    return project(connection, row.alias_of) if row.alias_of is not None else row


def publication(connection: Connection, name: str) -> Row[Any]:
    """By id or `portal/key`. Raises Mistake."""
    portal, _sep, key = name.partition("/")
    same = (
        (PUBLICATION.c.id == int(name),)
        if name.isdigit()
        else (
            PUBLICATION.c.portal == portal,
            PUBLICATION.c.key == key,
        )
    )
    row = connection.execute(select(PUBLICATION).where(*same)).one_or_none()
    if row is None:
        raise Mistake(_("there is no notice {name}; `chebiao notices` lists them").format(name=name))
    return row


def mark(
    connection: Connection,
    who: str,
    identity: int,
    kind: Mark,
    reason: str | None = None,
    *,
    owner: int | None = None,
    why: int | None = None,
) -> Done:
    """Track, pass or favourite a project. Tracking takes back a pass and the other way round.

    `owner` is the person it is done for, where that is another one (an assignment, a hand-over); `why` is a key of
    PASS_REASONS. Raises Mistake.
    """
    if why is not None and (kind != "pass" or why not in PASS_REASONS):
        raise Mistake(_("a pass has a reason from 1 to {n}, not {why}").format(n=len(PASS_REASONS), why=why))
    by, target = person(connection, who), project(connection, identity)
    opposite = {"track": "pass", "pass": "track"}.get(kind)
    if opposite:
        _undo_kind(connection, target.id, opposite, by.id)
    _undo_kind(connection, target.id, kind, by.id, only=owner or by.id)
    data: dict[str, Any] = {"who": who}
    data |= {"owner_id": owner} if owner is not None else {}
    data |= {"why": why} if why is not None else {}
    return _keep(connection, kind, target.id, by.id, data, reason)


def snooze(connection: Connection, who: str, identity: int, until: date) -> Done:
    """Out of one's own sight until that day begins (Asia/Shanghai), or until something about it changes."""
    by, target = person(connection, who), project(connection, identity)
    if until <= today():
        raise Mistake(_("{day} is not ahead; take a later day").format(day=until))
    _undo_kind(connection, target.id, "snooze", by.id, only=by.id)
    return _keep(connection, "snooze", target.id, by.id, {"who": who, "until": until.isoformat()}, None)


def acknowledge(connection: Connection, who: str, identity: int, *, done: tuple[str, datetime] | None = None) -> Done:
    """The reminders of a project so far are answered, for the whole team (tracker/reminders). Raises Mistake.

    `done`: the thing to do of this kind and day has been done; it is no next action any more unless the day moves.
    """
    by, target = person(connection, who), project(connection, identity)
    data: dict[str, Any] = {"who": who}
    data |= {"done": {"kind": done[0], "at": done[1].astimezone(UTC).isoformat()}} if done else {}
    return _keep(connection, "acknowledge", target.id, by.id, data, None)


def pass_reason(decision: Row[Any]) -> str:
    """Why a project was passed, in the language of the moment: the reason's name, and what was written besides."""
    said = (_(PASS_REASONS[decision.data["why"]]) if decision.data.get("why") in PASS_REASONS else "", decision.reason)
    return "; ".join(each for each in said if each)


def live(*kinds: str) -> ColumnElement[bool]:
    """Decisions of these kinds that nobody has taken back."""
    return and_(DECISION.c.kind.in_(kinds), DECISION.c.undone_at.is_(None))


def decided(*kinds: str) -> Select[int]:
    """Ids of the projects with such a decision, for use in a query."""
    return select(DECISION.c.project_id).where(live(*kinds), DECISION.c.project_id.is_not(None))


def tracked_ids(connection: Connection) -> set[int]:
    """Projects with a decision to track that stands."""
    return set(connection.scalars(decided("track").distinct()))


_JOINED = PROJECT.alias("joined")


def marked(kind: str, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a project, or one that was joined into it, carries a mark; `more` narrows the decisions."""
    own = decided(kind).where(*more)
    # Two lists rather than one join: hardly any project is an alias, and rows of projects are wide.
    joined = select(_JOINED.c.alias_of).where(_JOINED.c.alias_of.is_not(None), _JOINED.c.id.in_(own))
    return or_(PROJECT.c.id.in_(own), PROJECT.c.id.in_(joined))


def snoozed(person_id: int, at: datetime) -> ColumnElement[bool]:
    """Whether a person put a project off to a later day; a change of the project brings it back before."""
    until = DECISION.c.data["until"].as_string()
    day = at.astimezone(SHANGHAI).date().isoformat()
    changed_at = select(_JOINED.c.changed_at).where(_JOINED.c.id == DECISION.c.project_id).scalar_subquery()
    return marked("snooze", DECISION.c.person_id == person_id, until > day, DECISION.c.at >= changed_at)


def whose(decision: Row[Any]) -> int:
    """The person a mark belongs to."""
    return int(decision.data.get("owner_id", decision.person_id))


def unmark(connection: Connection, who: str, identity: int, kind: Mark) -> None:
    """Take a mark back."""
    by, target = person(connection, who), project(connection, identity)
    if not _undo_kind(connection, target.id, kind, by.id):
        raise Mistake(_("project {id} carries no such mark").format(id=target.id))


def _undo_kind(connection: Connection, target: int, kind: str, by: int, only: int | None = None) -> int:
    standing = select(DECISION).where(DECISION.c.project_id == target, live(kind))
    rows = [row for row in connection.execute(standing) if only is None or whose(row) == only]
    ended = update(DECISION).where(DECISION.c.id.in_([row.id for row in rows]))
    return connection.execute(ended.values(undone_at=now(), undone_by=by)).rowcount if rows else 0


def _keep(
    connection: Connection, kind: str, target: int | None, by: int, data: dict[str, Any], reason: str | None
) -> Done:
    at = now()
    values = {"kind": kind, "project_id": target, "person_id": by, "data": data, "reason": reason, "at": at}
    identity = insert_row(connection, DECISION, **values)
    change = Change(f"decided-{kind}", None, reason, data, str(identity))
    write(connection, [change], cause="person", seen_at=at, once=str(identity), project_id=target, person_id=by)
    return Done(identity, target or 0)


def enter(connection: Connection, who: str, identity: int, fact: dict[str, Any], reason: str | None = None) -> Done:
    """Keep a fact that no notice prints and derive anew (tracker/entered.py checks it)."""
    by, target = person(connection, who), project(connection, identity)
    done = _keep(connection, "fact", target.id, by.id, fact, reason)
    _resettle(connection, target.id, done.id, by.id)
    return done


def judge(connection: Connection, who: str, identity: int, verdict: str, reason: str | None = None) -> Done:
    """A person's word on whether the project buys vehicles; it wins for this project."""
    if verdict not in VERDICTS:
        raise Mistake(
            _("{verdict!r} is no verdict; write one of: {known}").format(verdict=verdict, known="yes, no, mixed")
        )
    by, target = person(connection, who), project(connection, identity)
    _undo_kind(connection, target.id, "relevance", by.id)
    done = _keep(connection, "relevance", target.id, by.id, {"vehicle_purchase": verdict}, reason)
    _resettle(connection, target.id, done.id, by.id)
    return done


def merge(connection: Connection, who: str, first: int, second: int, reason: str | None = None) -> Done:
    """Two projects are one purchase; it survives reprocessing."""
    by = person(connection, who)
    one, other = project(connection, first), project(connection, second)
    if one.id == other.id:
        raise Mistake(_("both are project {id} already").format(id=one.id))
    pair = {"a": _first_key(connection, one.id), "b": _first_key(connection, other.id)}
    done = _keep(connection, "must-link", min(one.id, other.id), by.id, pair, reason)
    _resettle(connection, one.id, done.id, by.id)
    return done


def split(connection: Connection, who: str, name: str, reason: str | None = None) -> list[Done]:
    """This notice belongs to another purchase than the rest of its project."""
    by, apart = person(connection, who), publication(connection, name)
    others = select(PUBLICATION).where(
        PUBLICATION.c.project_id == apart.project_id, PUBLICATION.c.notice_id != apart.notice_id
    )
    rest = list(connection.execute(others))
    if not rest:
        raise Mistake(_("{name} stands alone in its project already").format(name=name))
    key = f"{apart.portal}/{apart.key}"
    done = [
        _keep(connection, "cannot-link", apart.project_id, by.id, {"a": key, "b": f"{row.portal}/{row.key}"}, reason)
        for row in rest
    ]
    _resettle(connection, apart.project_id, done[0].id, by.id)
    return done


def undo(connection: Connection, who: str, decision: int) -> None:
    """Take back any decision by its number."""
    by = person(connection, who)
    row = connection.execute(select(DECISION).where(DECISION.c.id == decision)).one_or_none()
    if row is None or row.undone_at is not None:
        raise Mistake(_("there is no decision {id} to take back").format(id=decision))
    connection.execute(update(DECISION).where(DECISION.c.id == decision).values(undone_at=now(), undone_by=by.id))
    change = Change("undone", row.kind, None, row.data, str(decision))
    write(
        connection,
        [change],
        cause="person",
        seen_at=now(),
        once=str(decision),
        project_id=row.project_id,
        person_id=by.id,
    )
    if row.kind in {"must-link", "cannot-link", "relevance", "fact"} and row.project_id is not None:
        _resettle(connection, row.project_id, decision, by.id, {row.data.get("a"), row.data.get("b")} - {None})


def renew(connection: Connection, who: str, decision: int) -> None:
    """Let a mark count again that was taken back, by its number. Raises Mistake."""
    by = person(connection, who)
    row = connection.execute(select(DECISION).where(DECISION.c.id == decision)).one_or_none()
    if row is None or row.undone_at is None or row.kind not in (*MARKS, "snooze"):
        raise Mistake(_("there is no decision {id} to renew").format(id=decision))
    if row.kind == "snooze":
        snooze(connection, who, row.project_id, date.fromisoformat(row.data["until"]))
        return
    owner = None if whose(row) == by.id else whose(row)
    mark(connection, who, row.project_id, row.kind, row.reason, owner=owner, why=row.data.get("why"))


def correct(
    connection: Connection, who: str, name: str, field: str, value: str | None, reason: str, lot: str = ""
) -> int:
    """Correct a misread value of one notice by hand. A later change of the page stands beside it as a conflict."""
    if field not in (*TIMES, *MONEY, *TEXTS):
        known = ", ".join((*TIMES, *MONEY, *TEXTS))
        raise Mistake(_("{field!r} is no field; write one of: {known}").format(field=field, known=known))
    if field in TIMES and value and parse_when(value.replace(" ", "T")) is None:
        raise Mistake(_("{value!r} is no time; write 2026-12-03 09:30 or 2026-12-03").format(value=value))
    if field in MONEY and value:
        _yuan(value)
    by, target = person(connection, who), publication(connection, name)
    if target.version_id is None:
        raise Mistake(_("{name} was listed but not read yet; there is nothing to correct").format(name=name))
    number = connection.scalar(select(VERSION.c.number).where(VERSION.c.id == target.version_id))
    values = {
        "publication_id": target.id,
        "version_number": number,
        "field": field,
        "lot": lot,
        "value": value,
        "reason": reason,
        "person_id": by.id,
        "at": now(),
    }
    identity = insert_row(connection, OVERRIDE, **values)
    change = Change("corrected-by-hand", None, value, {"field": field, "lot": lot, "reason": reason}, f"{name}|{field}")
    write(
        connection,
        [change],
        cause="person",
        seen_at=now(),
        once=f"override{identity}",
        project_id=target.project_id,
        publication_id=target.id,
        person_id=by.id,
    )
    settle(connection, [target.id], Trigger("person", f"override{identity}", target.id, person_id=by.id))
    return identity


def take_back_correction(connection: Connection, who: str, identity: int) -> None:
    """What the notice prints counts again. Raises Mistake."""
    by = person(connection, who)
    row = connection.execute(select(OVERRIDE).where(OVERRIDE.c.id == identity)).one_or_none()
    if row is None or row.undone_at is not None:
        raise Mistake(_("there is no correction {id} to take back").format(id=identity))
    connection.execute(update(OVERRIDE).where(OVERRIDE.c.id == identity).values(undone_at=now()))
    once = f"override{identity}-undone"
    settle(connection, [row.publication_id], Trigger("person", once, row.publication_id, person_id=by.id))


def _yuan(value: str) -> float:
    try:
        return float(value.replace(",", ""))
    except ValueError:
        raise Mistake(_("{value!r} is no amount; write yuan, such as 2550000.00").format(value=value)) from None


def _first_key(connection: Connection, identity: int) -> str:
    query = select(PUBLICATION.c.portal, PUBLICATION.c.key).where(PUBLICATION.c.project_id == identity)
    row = connection.execute(query.order_by(PUBLICATION.c.id).limit(1)).one()
    return f"{row.portal}/{row.key}"


def _resettle(connection: Connection, identity: int, once: int, by: int, also: set[str] | None = None) -> None:
    seeds = set(connection.scalars(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == identity)))
    seeds |= {publication(connection, name).id for name in also or ()}
    settle(connection, seeds, Trigger("person", f"decision{once}", person_id=by))
