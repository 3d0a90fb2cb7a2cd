"""What lets us bid: accounts and CA keys of platforms, and the shelf of papers, each with the day it ends.

The key that encrypted a bid is the one that decrypts it. Renewing it between the upload and the opening leaves a bid
that cannot be opened, so a change of a key that has encrypted a bid alarms at once: encrypt again.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from sqlalchemy import Connection, Row, select

from crawler.clock import now
from crawler.text import one_line
from tracker.bidding.bids import BID
from tracker.decisions import Mistake
from tracker.events import Change, write
from tracker.i18n import _
from tracker.tables import Admission, Credential, CredentialKind, PlatformAccount, table
from tracker.team import kept
from tracker.team.people import Card, person
from tracker.team.tasks import add_task
from tracker.team.work import owner_name

ACCOUNT, CREDENTIAL = table(PlatformAccount), table(Credential)
ADMISSIONS: Final[dict[Admission, str]] = {
    "none": "not in the register",
    "pending": "entry in the register pending",
    "admitted": "in the register",
}
CREDENTIAL_KINDS: Final[dict[CredentialKind, str]] = {
    "licence": "licence",
    "authorisation": "authorisation",
    "certificate": "certificate",
    "test-report": "test report",
    "announcement": "page of the announcement",
    "case": "reference",
    "statement": "statement",
    "guarantee": "guarantee",
    "other": "other",
}
"""A msgid each."""
KEY = ("ca_kind", "ca_serial", "ca_until")
"""What makes one CA certificate another than the one before."""

AccountField = Literal["login", "admission", "ca_kind", "ca_serial", "ca_until", "holder", "hotline"]
CredentialField = Literal["kind", "name", "number", "issuer", "until", "place"]


@dataclass(frozen=True)
class Renewed:
    """An account after a change, and the bids that its new key cannot decrypt."""

    account: Row[Any]
    encrypt_again: tuple[Row[Any], ...] = ()


def add_account(connection: Connection, who: str, company: str, platform: str, **values: Any) -> Row[Any]:
    """A company's account on a platform (id of gates.yaml, or the name as printed). Raises Mistake."""
    by = person(connection, who)
    where = {"company": one_line(company, 120), "platform": one_line(platform, 120)}
    if not all(where.values()):
        raise Mistake(_("name the company and the platform"))
    if (known := account(connection, **where)) is not None:
        raise Mistake(
            _("{company} has an account on {platform} already: {id}; change that one").format(**where, id=known.id)
        )
    return kept.add(connection, ACCOUNT, by, **where, **_checked(values, get_args(AccountField)))


def account(connection: Connection, company: str, platform: str) -> Row[Any] | None:
    """The account of a company on a platform."""
    mine = select(ACCOUNT).where(ACCOUNT.c.company == company, ACCOUNT.c.platform == platform)
    return connection.execute(mine.order_by(ACCOUNT.c.id)).first()


def accounts(connection: Connection, company: str | None = None) -> list[Row[Any]]:
    """Accounts by company and platform."""
    query = select(ACCOUNT).order_by(ACCOUNT.c.company, ACCOUNT.c.platform, ACCOUNT.c.id)
    return list(connection.execute(query.where(ACCOUNT.c.company == company) if company else query))


def change_account(
    connection: Connection,
    who: str,
    identity: int,
    *,
    version: int | None = None,
    correction: bool = False,
    **values: Any,
) -> Renewed:
    """Change an account. Another CA key alarms for each bid it has encrypted and that is not opened yet.

    `correction`: the key is the same and was noted wrongly; the bids take the right values over and nothing alarms.
    Raises Mistake, EditedMeanwhile.
    """
    by, before = person(connection, who), kept.get(connection, ACCOUNT, identity, version)
    after = kept.edit(connection, ACCOUNT, by, before, **_checked(values, get_args(AccountField)))
    if all(before._mapping[name] == after._mapping[name] for name in KEY):
        return Renewed(after)
    waiting = _encrypted_with(connection, identity)
    if correction:
        for bid in waiting:
            kept.edit(connection, BID, by, bid, ca_serial=after.ca_serial, ca_until=after.ca_until)
        return Renewed(after)
    for bid in waiting:
        _alarm(connection, by, bid, before, after)
    return Renewed(after, tuple(waiting))


def _encrypted_with(connection: Connection, identity: int) -> list[Row[Any]]:
    """The bids this account's key has encrypted and that wait for their opening."""
    waiting = BID.c.account_id == identity, BID.c.status == "submitted"
    return list(connection.execute(select(BID).where(*waiting).order_by(BID.c.id)))


def _alarm(connection: Connection, by: Card, bid: Row[Any], before: Row[Any], after: Row[Any]) -> None:
    """Event and task: the bid must be encrypted and uploaded again with the new key."""
    said = {"bid": bid.id, "bidder": bid.bidder, "platform": after.platform, "holder": after.holder}
    change = Change("encrypt-again", key_words(before), key_words(after), said, f"bid{bid.id}")
    once = f"account{after.id}v{after.version}"
    write(connection, [change], cause="person", seen_at=now(), once=once, project_id=bid.project_id, person_id=by.id)
    title = _("encrypt and upload bid {bid} again: the CA key of {platform} is another one now").format(
        bid=bid.id, platform=after.platform
    )
    owner = owner_name(connection, bid.project_id)
    add_task(connection, by.name, title, owner=owner, due=now(), identity=bid.project_id, origin=f"encrypt:{bid.id}")


def key_words(row: Row[Any]) -> str:
    """A CA key as people tell it from another: `CFCA 0017 (2027-03-31)`."""
    until = f"({row.ca_until})" if row.ca_until else ""
    return " ".join(part for part in (getattr(row, "ca_kind", ""), row.ca_serial or "", until) if part) or "–"


# --- the shelf ------------------------------------------------------------------------------------------------------


def add_credential(
    connection: Connection, who: str, company: str, kind: str, name: str, *, owner: str | None = None, **values: Any
) -> Row[Any]:
    """A paper for the shelf of a company. Raises Mistake, PersonError."""
    by = person(connection, who)
    said = {"company": one_line(company, 120), "name": one_line(name, 200), "kind": kind}
    if not said["company"] or not said["name"]:
        raise Mistake(_("name the company and the paper"))
    owner_id = person(connection, owner).id if owner else None
    return kept.add(connection, CREDENTIAL, by, owner_id=owner_id, **_checked(said | values, ("company", *_CREDENTIAL)))


_CREDENTIAL = get_args(CredentialField)


def change_credential(
    connection: Connection,
    who: str,
    identity: int,
    *,
    version: int | None = None,
    owner: str | None = None,
    retired: bool | None = None,
    **values: Any,
) -> Row[Any]:
    """Change a paper, or retire it when a newer one takes its place. Raises Mistake, EditedMeanwhile, PersonError."""
    by, before = person(connection, who), kept.get(connection, CREDENTIAL, identity, version)
    changes = _checked(values, _CREDENTIAL)
    if owner is not None:
        changes["owner_id"] = person(connection, owner).id
    if retired is not None:
        changes["retired_at"] = now() if retired else None
    return kept.edit(connection, CREDENTIAL, by, before, **changes)


def credentials(
    connection: Connection, company: str | None = None, *, ending_by: date | None = None, retired: bool = False
) -> list[Row[Any]]:
    """Papers by company, what ends first before the others; `ending_by` leaves only those that end until that day."""
    query = select(CREDENTIAL).order_by(
        CREDENTIAL.c.company, CREDENTIAL.c.until.is_(None), CREDENTIAL.c.until, CREDENTIAL.c.id
    )
    if company:
        query = query.where(CREDENTIAL.c.company == company)
    if ending_by is not None:
        query = query.where(CREDENTIAL.c.until <= ending_by)
    return list(connection.execute(query if retired else query.where(CREDENTIAL.c.retired_at.is_(None))))


def _checked(values: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    """The values that are given, on one line each. Raises Mistake."""
    given = {name: value for name, value in values.items() if value is not None}
    if unknown := sorted(set(given) - set(known)):
        raise Mistake(_("there is no {field!r}; known: {known}").format(field=unknown[0], known=", ".join(known)))
    for name, words in (("admission", tuple(ADMISSIONS)), ("kind", tuple(CREDENTIAL_KINDS))):
        if name in given and given[name] not in words:
            raise Mistake(
                _("{field}: {value!r} is not known; write one of: {known}").format(
                    field=name, value=given[name], known=", ".join(words)
                )
            )
    return {name: one_line(value, 300) if isinstance(value, str) else value for name, value in given.items()}
