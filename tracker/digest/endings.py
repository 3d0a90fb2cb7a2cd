"""CA keys and papers that end soon, or have ended: from the tables of accounts and credentials, and company.yaml."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import Connection, select

from crawler.config import ConfigurationError
from crawler.text import one_line
from tracker.digest.model import Ending
from tracker.gates import load_company, load_signs
from tracker.i18n import both
from tracker.tables import Credential, Person, PlatformAccount, table

ACCOUNT, CREDENTIAL, PERSON = table(PlatformAccount), table(Credential), table(Person)
AHEAD = timedelta(days=30)
"""A new CA key takes a visit to its issuer, an authorisation or a report weeks."""
OVER = timedelta(days=30)
"""What ended longer ago is known, and no bid waits for it."""


def endings(connection: Connection, today: date) -> tuple[Ending, ...]:
    """What ends within 30 days or ended in the last 30, the earliest first.

    A platform that stands in the table is taken from there alone: company.yaml holds what nobody entered yet.
    """
    entered = list(_accounts(connection))
    known = {(each.company, each.name) for each in entered}
    filed = [each for each in _filed() if (each.company, each.name) not in known]
    found = [each for each in (*entered, *filed, *_papers(connection)) if today - OVER <= each.until <= today + AHEAD]
    return tuple(sorted(found, key=lambda each: (each.until, each.company, each.name)))


def _accounts(connection: Connection) -> Iterator[Ending]:
    names = _platforms()
    for row in connection.execute(select(ACCOUNT).where(ACCOUNT.c.ca_until.is_not(None)).order_by(ACCOUNT.c.id)):
        platform = names.get(row.platform, row.platform)
        yield Ending(
            "ca-key", one_line(row.company, 60), one_line(platform, 60), row.ca_until, one_line(row.holder, 40)
        )


def _papers(connection: Connection) -> Iterator[Ending]:
    names = {row.id: row.name for row in connection.execute(select(PERSON.c.id, PERSON.c.name))}
    current = CREDENTIAL.c.until.is_not(None), CREDENTIAL.c.retired_at.is_(None)
    for row in connection.execute(select(CREDENTIAL).where(*current).order_by(CREDENTIAL.c.id)):
        holder = names.get(row.owner_id, "")
        yield Ending("paper", one_line(row.company, 60), one_line(row.name, 80), row.until, holder)


def _filed() -> Iterator[Ending]:
    """Of company.yaml; one that cannot be read is named by `doctor`, and the mail still leaves."""
    try:
        company = load_company()
    except ConfigurationError:
        return
    names = _platforms()
    for account in company.platforms:
        if account.until is not None:
            yield Ending("ca-key", one_line(company.name, 60), names.get(account.id, account.id), account.until)


def _platforms() -> dict[str, str]:
    """Names of the platforms of gates.yaml."""
    try:
        return {row.id: both(row.zh, row.en) for row in load_signs().platform}
    except ConfigurationError:
        return {}
