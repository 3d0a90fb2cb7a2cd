"""How a reader stops the mails, and has them come again, by the link that stands in each of them.

A link is opened by scanners before it reaches anybody (pitfalls ML9): looking at it changes nothing, only a POST does.
What was published meanwhile waits for the first digest after the mails come again; chat groups go on as before.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from crawler.clock import now
from tracker.events import Change, write
from tracker.service.leases import insert_new
from tracker.settings import Settings
from tracker.tables import MailLink, Person, table

MAIL_LINK, PERSON = table(MailLink), table(Person)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}")


@dataclass(frozen=True)
class Subscription:
    """What the page of a link shows; of the address only what its owner recognises."""

    person_id: int
    name: str
    address: str
    language: str
    stopped_at: datetime | None


def ensure_link(connection: Connection, person_id: int, at: datetime) -> None:
    """Give a person the token that their mails carry, where they have none yet (128 bits, nobody guesses it)."""
    row = {"person_id": person_id, "token": secrets.token_urlsafe(16), "made_at": at}
    connection.execute(insert_new(connection, MAIL_LINK).values(row))


def link_of(connection: Connection, person_id: int, settings: Settings) -> str:
    """The address that a person's mails carry; empty without a public URL or a token."""
    token = connection.scalar(select(MAIL_LINK.c.token).where(MAIL_LINK.c.person_id == person_id))
    return f"{settings.public_url}/u/{token}" if settings.public_url and token else ""


def renew_link(connection: Connection, person_id: int) -> None:
    """Another token: the links in earlier mails end. So does a stop, for it was about the address until now."""
    fresh = {"token": secrets.token_urlsafe(16), "made_at": now(), "stopped_at": None}
    connection.execute(update(MAIL_LINK).where(MAIL_LINK.c.person_id == person_id).values(fresh))


def has_stopped(connection: Connection, person_id: int) -> bool:
    """Whether a person wants no mails."""
    query = select(MAIL_LINK.c.person_id).where(MAIL_LINK.c.person_id == person_id, MAIL_LINK.c.stopped_at.is_not(None))
    return connection.execute(query).first() is not None


def who_stopped(connection: Connection) -> dict[int, datetime]:
    """Everybody who wants no mails, and since when."""
    query = select(MAIL_LINK.c.person_id, MAIL_LINK.c.stopped_at).where(MAIL_LINK.c.stopped_at.is_not(None))
    return {row.person_id: row.stopped_at for row in connection.execute(query)}


def unsubscribe_page(connection: Connection, token: str) -> Subscription | None:
    """What a link stands for; None for one that was never given, or no longer holds. Changes nothing."""
    if not _TOKEN.fullmatch(token):
        return None  # PostgreSQL refuses some characters outright
    query = (
        select(PERSON.c.id, PERSON.c.name, PERSON.c.email, PERSON.c.language, MAIL_LINK.c.stopped_at)
        .join(MAIL_LINK, MAIL_LINK.c.person_id == PERSON.c.id)
        .where(MAIL_LINK.c.token == token, PERSON.c.active, PERSON.c.forgotten_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Subscription(row.id, row.name, _masked(row.email or ""), row.language, row.stopped_at)


def _masked(address: str) -> str:
    """`w…@example.cn`: the page may lie open on somebody else's screen."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}…{at}{domain}" if at else ""


def unsubscribe(connection: Connection, token: str, at: datetime, *, again: bool = False) -> Subscription | None:
    """Stop the mails, or with `again` have them come again; a repetition changes nothing. None for an unknown link."""
    found = unsubscribe_page(connection, token)
    if found is None or (found.stopped_at is None) is again:
        return found
    value = None if again else at
    mine = (
        MAIL_LINK.c.token == token,
        MAIL_LINK.c.stopped_at.is_not(None) if again else MAIL_LINK.c.stopped_at.is_(None),
    )
    if connection.execute(update(MAIL_LINK).where(*mine).values(stopped_at=value)).rowcount:
        change = Change("mails-resumed" if again else "mails-stopped", None, found.name)
        once = f"{found.person_id}:{at.isoformat()}"
        write(connection, [change], cause="person", seen_at=at, once=once, person_id=found.person_id)
    return unsubscribe_page(connection, token)
