"""Persons: adding, listing and editing them. When each may be told is counted in tracker/delivery/hours.py.

An edit carries the version it was made from, so that two people who edit one person at once lose nothing.
"""

import re
from dataclasses import dataclass, fields, replace
from datetime import datetime, time
from typing import Any, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select, update

from crawler.text import one_line
from tracker.delivery.hours import WEEKDAYS
from tracker.delivery.unsubscribe import renew_link
from tracker.i18n import _
from tracker.service.leases import insert_new
from tracker.tables import Frequency, Person, table

PERSON = table(Person)

_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+")
LANGUAGES = ("zh_CN", "en")
FREQUENCIES: tuple[str, ...] = get_args(Frequency)
PACKS = ("weekly", "monthly")
"""Reports a person may get (tracker/packs)."""


class PersonError(ValueError):
    """What is wrong with a person's data, and how to mend it."""


class EditedMeanwhile(PersonError):
    """Somebody else changed the person first; `now` is how they stand."""

    def __init__(self, now: "Card") -> None:
        super().__init__(
            _("{name} was changed by somebody else meanwhile; look at the new values and repeat your change").format(
                name=now.name
            )
        )
        self.now = now


@dataclass(frozen=True)
class Card:
    """A person as shown and edited."""

    id: int
    name: str
    email: str | None
    language: str
    digest_at: time
    digest_days: str
    frequency: str
    quiet_from: time | None
    quiet_to: time | None
    quiet_days: bool
    zone: str
    packs: str
    active: bool
    version: int


EDITABLE = frozenset(field.name for field in fields(Card)) - {"id", "version"}


def _card(row: Row[Any]) -> Card:
    return Card(**{field.name: row._mapping[field.name] for field in fields(Card)})


def checked_name(name: str) -> str:
    """A name on one line. Raises PersonError."""
    shown = one_line(name, 60)
    if not shown:
        raise PersonError(_("the name is empty; write e.g. 王小明"))
    return shown


def checked_address(email: str | None) -> str | None:
    """A mail address as SMTP takes it everywhere. Raises PersonError."""
    if not email:
        return None
    address = email.strip()
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        raise PersonError(
            _("{email!r} is no mail address; write e.g. wang@example.com").format(email=one_line(email, 80))
        )
    return address


def _checked(values: dict[str, Any]) -> dict[str, Any]:
    if unknown := sorted(set(values) - EDITABLE):
        raise PersonError(
            _("a person has no {field!r}; known: {known}").format(field=unknown[0], known=", ".join(sorted(EDITABLE)))
        )
    if "name" in values:
        values["name"] = checked_name(values["name"])
    if "email" in values:
        values["email"] = checked_address(values["email"])
    if values.get("language", "en") not in LANGUAGES:
        raise PersonError(
            _("language {code!r} is not known; take one of {known}").format(
                code=values["language"], known=", ".join(LANGUAGES)
            )
        )
    if "digest_days" in values:
        values["digest_days"] = checked_days(values["digest_days"])
    if values.get("frequency", "instant") not in FREQUENCIES:
        raise PersonError(
            _("frequency {word!r} is not known; take one of {known}").format(
                word=values["frequency"], known=", ".join(FREQUENCIES)
            )
        )
    if ("quiet_from" in values) != ("quiet_to" in values):
        raise PersonError(_("quiet hours have a beginning and an end; write e.g. 21:00-07:30"))
    if "zone" in values:
        values["zone"] = checked_zone(values["zone"])
    if "packs" in values:
        values["packs"] = checked_packs(values["packs"])
    return values


def checked_days(days: str) -> str:
    """`working`, `daily`, or weekdays in their order. Raises PersonError."""
    named = {each.strip().lower() for each in days.split(",")}
    if days in ("working", "daily"):
        return days
    if not named <= set(WEEKDAYS):
        raise PersonError(
            _("digest days are `working`, `daily` or weekdays such as mon,wed,fri; not {days!r}").format(
                days=one_line(days, 40)
            )
        )
    return ",".join(each for each in WEEKDAYS if each in named)


def checked_packs(packs: str) -> str:
    """`weekly`, `monthly`, both, or `none`, which is kept as nothing. Raises PersonError."""
    named = {each.strip().lower() for each in packs.split(",")} - {"", "none"}
    if not named <= set(PACKS):
        raise PersonError(
            _("reports are `weekly`, `monthly`, both of them or `none`; not {packs!r}").format(
                packs=one_line(packs, 40)
            )
        )
    return ",".join(each for each in PACKS if each in named)


def checked_zone(zone: str) -> str:
    """The name of a time zone. Raises PersonError."""
    try:
        return ZoneInfo(zone).key
    except (KeyError, ValueError, OSError):  # an unknown name, one with odd characters, a folder of names
        raise PersonError(
            _("there is no time zone {zone!r}; write e.g. Asia/Shanghai").format(zone=one_line(zone, 40))
        ) from None


def add_person(connection: Connection, name: str, email: str | None, now: datetime, **more: Any) -> Card:
    """A new person; `more` may give any other field of a card that people edit. Raises PersonError."""
    values = _checked({"name": name, "email": email, **more})
    row = {
        "language": "zh_CN",
        "digest_at": time(7, 30),
        "digest_days": "working",
        "frequency": "instant",
        "quiet_days": False,
        "zone": "Asia/Shanghai",
        "packs": ",".join(PACKS),
        "active": True,
        "version": 1,
    }
    # PostgreSQL answers no row count to an INSERT with a key of its own making: the returned id tells.
    fresh = insert_new(connection, PERSON).values(row | values | {"added_at": now}).returning(PERSON.c.id)
    if connection.execute(fresh).scalar() is None:
        raise PersonError(
            _("there is a person {name} already; take another name, or edit that one").format(name=values["name"])
        )
    return person(connection, values["name"])


def person(connection: Connection, name: str) -> Card:
    """By name. Raises PersonError naming who there is."""
    row = connection.execute(select(PERSON).where(PERSON.c.name == one_line(name, 60))).one_or_none()
    if row is None:
        names = ", ".join(each.name for each in people(connection)) or _("nobody yet")
        raise PersonError(_("no person {name!r}; there is: {names}").format(name=one_line(name, 60), names=names))
    return _card(row)


def people(connection: Connection, *, active: bool = False) -> list[Card]:
    """Everybody by name, or the active ones; who asked to be forgotten is not listed."""
    query = select(PERSON).where(PERSON.c.forgotten_at.is_(None)).order_by(PERSON.c.name)
    return [_card(row) for row in connection.execute(query.where(PERSON.c.active) if active else query)]


def edit_person(connection: Connection, before: Card, **values: Any) -> Card:
    """Change a person from the version that was looked at. Raises EditedMeanwhile, PersonError."""
    values = _checked(values)
    taken = select(PERSON.c.id).where(PERSON.c.name == values.get("name"), PERSON.c.id != before.id)
    if "name" in values and connection.execute(taken).first():
        raise PersonError(
            _("there is a person {name} already; take another name, or edit that one").format(name=values["name"])
        )
    mine = PERSON.c.id == before.id, PERSON.c.version == before.version
    if not connection.execute(update(PERSON).where(*mine).values(**values, version=before.version + 1)).rowcount:
        raise EditedMeanwhile(_card(connection.execute(select(PERSON).where(PERSON.c.id == before.id)).one()))
    if values.get("email", before.email) != before.email:
        renew_link(connection, before.id)
    return replace(before, **values, version=before.version + 1)
