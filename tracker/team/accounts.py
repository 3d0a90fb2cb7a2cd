"""Who may use the board: accounts with a role, passwords, sessions, one-time links, tokens for feeds and the API.

Only hashes are kept. A random token has 256 bits, so that SHA-256 of it suffices; passwords go through argon2id.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, Row, and_, delete, func, insert, or_, select, update

from crawler.text import one_line
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.service.leases import insert_new
from tracker.tables import Account, LoginFailure, Session, Token, table
from tracker.team.kept import EditedMeanwhile
from tracker.team.people import PERSON, Card, add_person, people, person

ACCOUNT, SESSION, TOKEN, FAILURE = table(Account), table(Session), table(Token), table(LoginFailure)

Role = Literal["viewer", "bidder", "lead", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "bidder", "lead", "admin")
"""Each may what those before it may."""
NAMES = {"viewer": "viewer", "bidder": "bid manager", "lead": "lead", "admin": "administrator"}
"""A msgid each."""

SESSION_DAYS = 30
FIRST_LINK = timedelta(hours=24)
INVITATION = timedelta(hours=72)
SHORTEST, LONGEST = 10, 200
"""Characters of a password."""

WINDOW = timedelta(minutes=15)
"""Wrong passwords of so long ago count against the next attempt …"""
PER_NAME, PER_ADDRESS = 5, 30
"""… so many of one name from one address, and so many from one address whatever the name."""
PER_NAME_ANYWHERE = 50


class LoginRefused(Mistake):
    """Wrong, or too many attempts; `wait` is in seconds, 0 where one may try again at once."""

    def __init__(self, said: str, wait: int = 0) -> None:
        super().__init__(said)
        self.wait = wait


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()  # argon2id with the parameters of RFC 9106 for little memory


@cache
def _nobody() -> str:
    """A hash to compare with where there is no such person: the answer takes as long."""
    return _hasher().hash(secrets.token_urlsafe())


# --- accounts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """A person with what they may do; the role is empty for who only gets mail."""

    person: Card
    role: str
    has_password: bool
    version: int


def members(connection: Connection) -> list[Member]:
    """Everybody by name."""
    known = {row.person_id: row for row in connection.execute(select(ACCOUNT))}
    found = []
    for card in people(connection):
        row = known.get(card.id)
        found.append(Member(card, row.role, bool(row.password), row.version) if row else Member(card, "", False, 0))
    return found


def any_account(connection: Connection) -> bool:
    """Whether somebody can log in."""
    query = select(ACCOUNT.c.person_id).join(PERSON, PERSON.c.id == ACCOUNT.c.person_id)
    return (
        connection.execute(query.where(ACCOUNT.c.password.is_not(None), PERSON.c.active).limit(1)).first() is not None
    )


def checked_role(role: str) -> Role:
    """Raises Mistake naming the roles."""
    found = next((each for each in ROLES if each == role), None)
    if found is None:
        raise Mistake(_("{role!r} is no role; take one of {known}").format(role=role, known=", ".join(ROLES)))
    return found


_row = select(ACCOUNT, ACCOUNT.c.person_id.label("id"))
"""An account by the person's number, as everything else that is edited has one."""


def set_role(connection: Connection, name: str, role: str, version: int | None = None) -> Member:
    """What a person may do from now on. Raises Mistake where no administrator would be left, EditedMeanwhile."""
    card, wanted = person(connection, name), checked_role(role)
    row = connection.execute(_row.where(ACCOUNT.c.person_id == card.id)).one_or_none()
    if row is None:
        connection.execute(insert_new(connection, ACCOUNT).values(person_id=card.id, role=wanted, version=1))
        return Member(card, wanted, False, 1)
    if version is not None and row.version != version:
        raise EditedMeanwhile(row, ACCOUNT.name)
    if row.role == "admin" and wanted != "admin" and row.password:
        _keep_an_admin(connection, card)
    connection.execute(
        update(ACCOUNT).where(ACCOUNT.c.person_id == card.id).values(role=wanted, version=row.version + 1)
    )
    return Member(card, wanted, bool(row.password), row.version + 1)


def _keep_an_admin(connection: Connection, leaving: Card) -> None:
    others = (
        select(func.count())
        .select_from(ACCOUNT)
        .join(PERSON, PERSON.c.id == ACCOUNT.c.person_id)
        .where(
            ACCOUNT.c.role == "admin",
            ACCOUNT.c.password.is_not(None),
            PERSON.c.active,
            PERSON.c.id != leaving.id,
        )
    )
    if not connection.scalar(others):
        raise Mistake(_("{name} is the only administrator; make somebody else one first").format(name=leaving.name))


def close_account(connection: Connection, name: str) -> None:
    """No more access; mails and what was done stay. Raises Mistake where no administrator would be left."""
    card = person(connection, name)
    row = connection.execute(select(ACCOUNT).where(ACCOUNT.c.person_id == card.id)).one_or_none()
    if row is not None and row.role == "admin" and row.password:
        _keep_an_admin(connection, card)
    end_sessions(connection, card.id)
    connection.execute(delete(TOKEN).where(TOKEN.c.person_id == card.id))
    connection.execute(delete(ACCOUNT).where(ACCOUNT.c.person_id == card.id))


# --- passwords ------------------------------------------------------------------------------------------------------


def checked_password(password: str, name: str) -> str:
    """Raises Mistake for one that is too short, too long or the name."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Mistake(
            _("a password has {least} to {most} characters; a short sentence is easy to keep in mind").format(
                least=SHORTEST, most=LONGEST
            )
        )
    if password.casefold().strip(" 0123456789") == name.casefold():
        raise Mistake(_("the password is the name; take another"))
    return password


def set_password(connection: Connection, card: Card, password: str, at: datetime, *, keep: str = "") -> None:
    """Raises Mistake. Every session of the person ends but the one whose cookie is `keep`."""
    hashed = _hasher().hash(checked_password(password, card.name))
    mine = update(ACCOUNT).where(ACCOUNT.c.person_id == card.id)
    connection.execute(mine.values(password=hashed, password_at=at))
    end_sessions(connection, card.id, keep=keep)


def change_password(engine: Engine, card: Card, old: str, new: str, at: datetime, *, keep: str = "") -> None:
    """By the person, who gives the old one. Raises Mistake."""
    with reading(engine) as connection:
        hashed = connection.scalar(select(ACCOUNT.c.password).where(ACCOUNT.c.person_id == card.id))
    if not hashed or not _fits(hashed, old):
        raise Mistake(_("the old password is not right"))
    with engine.begin() as connection:
        set_password(connection, card, new, at, keep=keep)


def _fits(hashed: str, password: str) -> bool:
    try:
        return _hasher().verify(hashed, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False


# --- the first account, invitations ---------------------------------------------------------------------------------


def first_link(connection: Connection, at: datetime) -> str | None:
    """A token for the set-up of the first administrator; None once somebody can log in. Earlier ones end."""
    if any_account(connection):
        return None
    connection.execute(delete(TOKEN).where(TOKEN.c.kind == "setup", TOKEN.c.person_id.is_(None)))
    return _new_token(connection, "setup", None, "", at, at + FIRST_LINK)


def invite(connection: Connection, name: str, role: str | None, at: datetime) -> str:
    """A token by which a person sets their password, the first time or anew. Raises Mistake, PersonError."""
    card = person(connection, name)
    known = connection.scalar(select(ACCOUNT.c.role).where(ACCOUNT.c.person_id == card.id))
    if known is None or role is not None:
        set_role(connection, name, role or "viewer")
    connection.execute(delete(TOKEN).where(TOKEN.c.kind == "setup", TOKEN.c.person_id == card.id))
    return _new_token(connection, "setup", card.id, "", at, at + INVITATION)


def setup_open(connection: Connection, token: str, at: datetime) -> Row[Any] | None:
    """The one-time link as it stands, with the person's name (None for the first account); None once it is over."""
    query: Any = (
        select(TOKEN.c.id, TOKEN.c.person_id, PERSON.c.name)
        .outerjoin(PERSON, PERSON.c.id == TOKEN.c.person_id)
        .where(TOKEN.c.hash == hash_of(token), TOKEN.c.kind == "setup", *alive(at))
    )
    row: Row[Any] | None = connection.execute(query).one_or_none()
    return None if row is None or (row.person_id is None and any_account(connection)) else row


def finish_setup(
    connection: Connection, token: str, password: str, at: datetime, *, name: str = "", email: str | None = None
) -> Card:
    """Set the password; the link is over then. The first account takes a name, known or new. Raises Mistake."""
    row = setup_open(connection, token, at)
    if row is None:
        raise Mistake(_("this link is over; ask for a new one: `chebiao account link NAME`"))
    if row.person_id is None:
        shown = one_line(name, 60).strip()
        known = {each.name: each for each in people(connection)}
        card = known.get(shown) or add_person(connection, shown, email, at)
        connection.execute(insert_new(connection, ACCOUNT).values(person_id=card.id, role="admin", version=1))
        connection.execute(update(ACCOUNT).where(ACCOUNT.c.person_id == card.id).values(role="admin"))
    else:
        card = person(connection, row.name)
    set_password(connection, card, password, at)
    connection.execute(update(TOKEN).where(TOKEN.c.id == row.id).values(ended_at=at))
    return card


# --- sessions -------------------------------------------------------------------------------------------------------


def log_in(engine: Engine, name: str, password: str, address: str, at: datetime) -> str:
    """A new session's cookie. The name may be the mail address. Raises LoginRefused."""
    shown = one_line(name, 254).strip().casefold()
    with reading(engine) as connection:
        if (wait := _too_many(connection, shown, address, at)) > 0:
            raise LoginRefused(_("too many attempts; try again in {n} minutes").format(n=-(-wait // 60)), wait)
        who = or_(func.lower(PERSON.c.name) == shown, func.lower(PERSON.c.email) == shown)
        query = select(PERSON.c.id, ACCOUNT.c.password).join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id)
        found = connection.execute(query.where(who, PERSON.c.active, ACCOUNT.c.password.is_not(None))).all()
    row = found[0] if len(found) == 1 else None
    # Hashing takes its time and stays outside every transaction.
    right = _fits(row.password if row else _nobody(), password)
    with engine.begin() as connection:
        if row is None or not right:
            connection.execute(insert(FAILURE).values(name=shown, address=address, at=at))
            raise_later = LoginRefused(_("name and password do not fit"))
        else:
            if _hasher().check_needs_rehash(row.password):
                mine = update(ACCOUNT).where(ACCOUNT.c.person_id == row.id)
                connection.execute(mine.values(password=_hasher().hash(password)))
            return start_session(connection, row.id, at)
    raise raise_later


def _too_many(connection: Connection, name: str, address: str, at: datetime) -> int:
    """Seconds to wait before the next attempt; 0 for none."""
    limits = (
        (PER_NAME, (FAILURE.c.name == name, FAILURE.c.address == address)),
        (PER_NAME_ANYWHERE, (FAILURE.c.name == name,)),
        (PER_ADDRESS, (FAILURE.c.address == address,)),
    )
    for most, where in limits:
        query = select(FAILURE.c.at).where(*where, FAILURE.c.at > at - WINDOW).order_by(FAILURE.c.at.desc())
        times = list(connection.scalars(query.limit(most)))
        if len(times) == most:
            return max(int((times[-1] + WINDOW - at).total_seconds()), 1)
    return 0


def start_session(connection: Connection, person_id: int, at: datetime) -> str:
    """A new session's cookie; what is over of others goes."""
    connection.execute(delete(SESSION).where(SESSION.c.expires_at <= at))
    connection.execute(delete(FAILURE).where(FAILURE.c.at <= at - timedelta(days=7)))
    token = secrets.token_urlsafe(32)
    values = {"hash": hash_of(token), "person_id": person_id, "at": at}
    connection.execute(insert(SESSION).values(**values, expires_at=at + timedelta(days=SESSION_DAYS)))
    return token


def end_session(connection: Connection, token: str) -> None:
    connection.execute(delete(SESSION).where(SESSION.c.hash == hash_of(token)))


def end_sessions(connection: Connection, person_id: int, *, keep: str = "") -> None:
    """All of a person, but the one whose cookie is `keep`."""
    connection.execute(delete(SESSION).where(SESSION.c.person_id == person_id, SESSION.c.hash != hash_of(keep)))


def who_is(connection: Connection, token: str, at: datetime) -> Row[Any] | None:
    """The person of a session's cookie, with the role; None where it is over, or they may no longer come in."""
    mine = (SESSION.c.hash == hash_of(token), SESSION.c.expires_at > at)
    return connection.execute(_members().join(SESSION, SESSION.c.person_id == PERSON.c.id).where(*mine)).one_or_none()


def _members() -> Any:
    active = and_(PERSON.c.active, PERSON.c.forgotten_at.is_(None))
    columns = (PERSON.c.id, PERSON.c.name, PERSON.c.language, ACCOUNT.c.role)
    return select(*columns).join(ACCOUNT, ACCOUNT.c.person_id == PERSON.c.id).where(active)


# --- tokens ---------------------------------------------------------------------------------------------------------


def alive(at: datetime) -> tuple[Any, ...]:
    """Of a token that has neither ended nor run out."""
    return TOKEN.c.ended_at.is_(None), or_(TOKEN.c.expires_at.is_(None), TOKEN.c.expires_at > at)


def _new_token(
    connection: Connection, kind: str, person_id: int | None, name: str, at: datetime, expires_at: datetime | None
) -> str:
    token = secrets.token_urlsafe(32)
    values = {"hash": hash_of(token), "kind": kind, "person_id": person_id, "name": name}
    connection.execute(insert(TOKEN).values(**values, at=at, expires_at=expires_at))
    return token


def make_token(
    connection: Connection,
    person_id: int,
    kind: Literal["api", "calendar"],
    name: str,
    at: datetime,
    *,
    expires_at: datetime | None = None,
) -> str:
    """A new token, shown once. Raises Mistake without a name to know it by."""
    shown = one_line(name, 60).strip()
    if not shown:
        raise Mistake(_("the token has no name; write what it is for"))
    return _new_token(connection, kind, person_id, shown, at, expires_at)


def token_owner(connection: Connection, token: str, kind: Literal["api", "calendar"], at: datetime) -> Row[Any] | None:
    """The person whose token it is, with the role; None where it is unknown, revoked or over."""
    mine = (TOKEN.c.hash == hash_of(token), TOKEN.c.kind == kind, *alive(at))
    return connection.execute(_members().join(TOKEN, TOKEN.c.person_id == PERSON.c.id).where(*mine)).one_or_none()


def tokens_of(connection: Connection, person_id: int) -> list[Row[Any]]:
    """A person's living tokens, the newest first, without the token itself."""
    mine = (TOKEN.c.person_id == person_id, TOKEN.c.kind != "setup", TOKEN.c.ended_at.is_(None))
    columns = (TOKEN.c.id, TOKEN.c.kind, TOKEN.c.name, TOKEN.c.at, TOKEN.c.expires_at)
    return list(connection.execute(select(*columns).where(*mine).order_by(TOKEN.c.id.desc())))


def end_token(connection: Connection, person_id: int, identity: int, at: datetime) -> None:
    """Revoke one's own token. Raises Mistake."""
    mine = (TOKEN.c.id == identity, TOKEN.c.person_id == person_id, TOKEN.c.ended_at.is_(None))
    if not connection.execute(update(TOKEN).where(*mine).values(ended_at=at)).rowcount:
        raise Mistake(_("there is no token {id} of yours").format(id=identity))
