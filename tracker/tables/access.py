"""Who may use the board: accounts, sessions, tokens, and what was just done in a session.

Of everything that opens a door only a hash is kept: passwords by argon2, random tokens by SHA-256.
"""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, json_column, one_of

AccountRole = Literal["viewer", "bidder", "lead", "admin"]
TokenKind = Literal["setup", "api", "calendar"]


class Account(SQLModel, table=True):
    """What a person may do on the board; without a password they come in by a one-time link first."""

    __table_args__ = (one_of("role", AccountRole),)

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_column_kwargs={"autoincrement": False})
    role: str = "viewer"
    password: str | None = Field(default=None, sa_type=Text, description="argon2id, with its parameters")
    password_at: datetime | None = None
    version: int = 1


class Session(SQLModel, table=True):
    """One browser that is logged in."""

    __tablename__ = "web_session"

    hash: str = Field(primary_key=True, description="SHA-256 of the cookie, hex")
    person_id: int = Field(foreign_key="person.id", index=True)
    at: datetime
    expires_at: datetime = Field(index=True)


class Token(SQLModel, table=True):
    """An unguessable address or key of a person; it ends by use (setup), by time, or when it is revoked."""

    __table_args__ = (one_of("kind", TokenKind), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    hash: str = Field(unique=True, description="SHA-256 of the token, hex")
    kind: str
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True, description="None: the first one")
    name: str = Field(default="", sa_type=Text, description="what the person calls it")
    at: datetime
    expires_at: datetime | None = None
    ended_at: datetime | None = Field(default=None, description="used or revoked")


class LoginFailure(SQLModel, table=True):
    """A wrong password; many of them slow the next attempts down."""

    __tablename__ = "login_failure"
    __table_args__ = (Index("ix_login_failure_name", "name", "at"), Index("ix_login_failure_address", "address", "at"))

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(sa_type=Text)
    address: str
    at: datetime


class Act(SQLModel, table=True):
    """What a person just did on the board, in words, with the steps that take it back."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    session: str = Field(index=True, description="hash of the session it was done in")
    words: str = Field(sa_type=Text)
    steps: list[dict[str, Any]] = json_column(list)
    at: datetime
    undone_at: datetime | None = None
