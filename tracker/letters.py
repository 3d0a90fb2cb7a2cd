"""What leaves by mail for one digest row: the page, and the files that go along with it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from tracker.digest import Digest, compose
from tracker.digest.workbook import workbook
from tracker.i18n import _, language
from tracker.mail import Attached
from tracker.render import Rendered, render
from tracker.settings import Settings

LOG = logging.getLogger(__name__)

HTML = ("text", "html")
EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Letter:
    """A mail before it is built."""

    page: Rendered
    attached: tuple[Attached, ...] = ()


def digest_letter(
    connection: Connection,
    person_id: int,
    digest_id: int,
    at: datetime,
    settings: Settings,
    due_at: datetime | None = None,
) -> Letter:
    """The morning's digest. While the board has no address, the whole list goes along as HTML and Excel.

    `due_at` is given for a mail that is late.
    """
    digest = compose(connection, person_id, at, digest_id=digest_id, due_at=due_at)
    page = render(digest, board=settings.public_url)
    return Letter(page, () if settings.public_url or digest.quiet else full_list(digest))


def full_list(digest: Digest) -> tuple[Attached, ...]:
    """Everything of a digest, nothing cut, as files; one that cannot be made is left out and never holds the mail."""
    with language(digest.language or None):
        name = _("Chebiao digest {day}").format(day=digest.local_date.isoformat())
        made = (
            _made(f"{name}.html", HTML, lambda: render(digest, complete=True).html.encode()),
            _made(f"{name}.xlsx", EXCEL, lambda: workbook(digest)),
        )
    return tuple(each for each in made if each is not None)


def _made(name: str, subtype: tuple[str, str], content: Callable[[], bytes]) -> Attached | None:
    try:
        return Attached(name, content(), subtype)
    except Exception:
        LOG.exception("%s cannot be made", name)
        return None
