"""What leaves by mail: the page, and the files that go along with it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from tracker.alerts import Alert, Bundle
from tracker.digest import Digest
from tracker.digest.workbook import workbook
from tracker.i18n import _, language
from tracker.mail import Attached
from tracker.render import Rendered, render, rendered
from tracker.settings import Settings

LOG = logging.getLogger(__name__)

HTML = ("text", "html")
EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Letter:
    """A mail before it is built."""

    page: Rendered
    attached: tuple[Attached, ...] = ()


def letter_of(what: Digest | Alert | Bundle, settings: Settings) -> Letter:
    """A mail about it. While the board has no address, a digest brings its whole list along as HTML and Excel."""
    page = rendered(what, board=settings.public_url)
    if isinstance(what, Digest) and not what.quiet and not settings.public_url:
        return Letter(page, full_list(what))
    return Letter(page)


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
