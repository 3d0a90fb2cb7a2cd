"""What lets us bid and may run out: accounts and CA keys of platforms, papers of the company, registrations."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from tracker.tables.base import KEPT, one_of

Admission = Literal["none", "pending", "admitted"]
CredentialKind = Literal[
    "licence", "authorisation", "certificate", "test-report", "announcement", "case", "statement", "guarantee", "other"
]


class PlatformAccount(SQLModel, table=True):
    """One company's account on one platform, its entry in the register of suppliers, and its CA key."""

    __tablename__ = "platform_account"
    __table_args__ = (one_of("admission", Admission), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    company: str = Field(sa_type=Text, index=True, description="the bidding entity it belongs to")
    platform: str = Field(sa_type=Text, description="id in gates.yaml, or the platform's name as printed")
    login: str = Field(default="", description="name of the account; never its password")
    admission: str = Field(default="none", description="入库: entry in the platform's register of suppliers")
    ca_kind: str = Field(default="", description="issuer and kind of the CA key")
    ca_serial: str = Field(default="", description="tells one key, and one certificate of it, from the next")
    ca_until: date | None = Field(default=None, description="last day of the CA certificate")
    holder: str = Field(default="", sa_type=Text, description="who has the key")
    hotline: str = Field(default="", description="the platform's telephone on the day of the opening")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1


class Credential(SQLModel, table=True):
    """A paper of the shelf: licence, letter, certificate, report, announcement page, reference."""

    __table_args__ = (one_of("kind", CredentialKind), KEPT)

    id: int | None = Field(default=None, primary_key=True)
    company: str = Field(sa_type=Text, index=True, description="whose shelf it stands on")
    kind: str
    name: str = Field(sa_type=Text)
    number: str = ""
    issuer: str = Field(default="", sa_type=Text)
    until: date | None = Field(default=None, description="last day it is good for; empty where it has no end")
    place: str = Field(default="", sa_type=Text, description="where the original and the file lie")
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    retired_at: datetime | None = Field(default=None, description="replaced by a newer one")
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1


class Registration(SQLModel, table=True):
    """How far we have got the documents of a proceeding or lot: applied, registered, paid for, downloaded."""

    __table_args__ = (KEPT,)

    id: int | None = Field(default=None, primary_key=True)
    project_id: int = Field(foreign_key="project.id", index=True)
    proceeding: str
    lot: str = ""
    account_id: int | None = Field(default=None, foreign_key="platform_account.id")
    applied_at: datetime | None = None
    registered_at: datetime | None = None
    proof: str = Field(default="", sa_type=Text, description="receipt, number or file that proves it")
    fee: int | None = Field(default=None, sa_type=BigInteger, description="hundredths of CNY; 0 where it is free")
    fee_paid_at: datetime | None = None
    downloaded_at: datetime | None = None
    person_id: int = Field(foreign_key="person.id")
    at: datetime
    version: int = 1
