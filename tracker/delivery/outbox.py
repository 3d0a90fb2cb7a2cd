"""What was to be told to whom, and how it went: the log that people read, and the way to send a dead letter again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from sqlalchemy import Connection, Row, func, select, update

from crawler.text import one_line
from tracker.decisions import Mistake
from tracker.events import Change, write
from tracker.i18n import _
from tracker.tables import Delivery, DeliveryState, Destination, Digest, Event, Person, Project, table
from tracker.team.people import person

DELIVERY, DESTINATION, DIGEST = table(Delivery), table(Destination), table(Digest)
EVENT, PERSON, PROJECT = table(Event), table(Person), table(Project)
STATES: tuple[str, ...] = get_args(DeliveryState)
OPEN = ("dead", "due")
"""States that may need a look."""


@dataclass(frozen=True)
class Letter:
    """One message to one person or group."""

    id: int
    person: str
    group: str
    """Empty for a mail."""
    what: str
    """The kind of the event, or of the digest."""
    about: str
    """The project, the source, or the day of the digest."""
    tells: int
    """How many duties it tells: more than one where it is folded."""
    state: str
    reason: str
    made_at: datetime
    next_at: datetime | None
    """When it is tried next; None once it has ended."""
    sent_at: datetime | None
    tries: int


def letters(
    connection: Connection, *, states: tuple[str, ...] = OPEN, who: str | None = None, limit: int = 50
) -> list[Letter]:
    """Messages, the newest first; what a folded one tells is counted with it. Raises Mistake, PersonError."""
    if unknown := sorted(set(states) - set(STATES)):
        raise Mistake(
            _("{state!r} is no state; write one of: {known}").format(state=unknown[0], known=", ".join(STATES))
        )
    carried = DELIVERY.alias()
    tells = select(func.count()).where(carried.c.carried_by == DELIVERY.c.id).scalar_subquery()
    query = (
        select(
            DELIVERY,
            PERSON.c.name.label("person"),
            DESTINATION.c.name.label("group"),
            EVENT.c.kind.label("event_kind"),
            EVENT.c.portal,
            PROJECT.c.name.label("project"),
            DIGEST.c.kind.label("digest_kind"),
            DIGEST.c.local_date,
            tells.label("others"),
        )
        .join(PERSON, PERSON.c.id == DELIVERY.c.person_id)
        .outerjoin(DESTINATION, DESTINATION.c.id == DELIVERY.c.destination_id)
        .outerjoin(EVENT, EVENT.c.id == DELIVERY.c.event_id)
        .outerjoin(PROJECT, PROJECT.c.id == EVENT.c.project_id)
        .outerjoin(DIGEST, DIGEST.c.id == DELIVERY.c.digest_id)
        .where(DELIVERY.c.state.in_(states), DELIVERY.c.carried_by.is_(None))
    )
    if who is not None:
        query = query.where(DELIVERY.c.person_id == person(connection, who).id)
    return [_letter(row) for row in connection.execute(query.order_by(DELIVERY.c.id.desc()).limit(limit))]


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        id=row.id,
        person=row.person,
        group=row.group or "",
        what=row.event_kind or row.digest_kind or row.kind,
        about=one_line(row.project or row.portal or (row.local_date.isoformat() if row.local_date else ""), 80),
        tells=1 + row.others,
        state=row.state,
        reason=one_line(row.reason, 200),
        made_at=row.made_at,
        next_at=row.not_before if row.state == "due" else None,
        sent_at=row.sent_at,
        tries=row.attempts,
    )


def resend(connection: Connection, who: str, identity: int, now: datetime) -> None:
    """Send a dead letter again, with what it carried, or try now what waits. Raises Mistake, PersonError.

    It is worded anew, under the same Message-ID; a part of a message to a group keeps its words. Whether it is still
    wanted is asked when it leaves.
    """
    by = person(connection, who)
    row = connection.execute(select(DELIVERY).where(DELIVERY.c.id == identity)).one_or_none()
    if row is None:
        raise Mistake(_("there is no delivery {id}; `chebiao deliveries` lists them").format(id=identity))
    if row.carried_by is not None:
        raise Mistake(_("delivery {id} is told by {other}; send that one").format(id=identity, other=row.carried_by))
    if row.state not in OPEN:
        raise Mistake(
            _("delivery {id} is {state}; only what is dead or waits can be sent again").format(
                id=identity, state=row.state
            )
        )
    values: dict[str, Any] = {"state": "due", "not_before": now, "reason": "", "forgiven": row.attempts}
    if row.parts == 1:
        values["content"] = None
    same = DELIVERY.c.id == identity, DELIVERY.c.state == row.state, DELIVERY.c.attempts == row.attempts
    if not connection.execute(update(DELIVERY).where(*same).values(values)).rowcount:
        raise Mistake(_("delivery {id} is being sent just now").format(id=identity))
    carried = DELIVERY.c.carried_by == identity, DELIVERY.c.state == "dead"
    connection.execute(update(DELIVERY).where(*carried).values(state="due", reason=""))
    change = Change("delivery-resent", row.state, "due", {"delivery": identity}, str(identity))
    write(connection, [change], cause="person", seen_at=now, once=f"{row.attempts}@{now.isoformat()}", person_id=by.id)
