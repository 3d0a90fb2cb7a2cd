"""What leaves by mail: the page, and the files that go along with it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.delivery.alerts import Alert, Bundle
from tracker.delivery.mail import Attached
from tracker.delivery.render import Rendered, environment, render, rendered
from tracker.digest import Digest
from tracker.digest.workbook import workbook
from tracker.i18n import _, language
from tracker.packs import words
from tracker.packs.model import Pack
from tracker.packs.workbook import workbook as book_of_pack
from tracker.settings import Settings

LOG = logging.getLogger(__name__)

STOP = "<!-- stop -->"
"""Where a mail's foot has room for its reader's own link (templates/email/base.html)."""
HTML = ("text", "html")
EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@dataclass(frozen=True)
class Letter:
    """A mail before it is built."""

    page: Rendered
    attached: tuple[Attached, ...] = ()


def letter_of(what: Digest | Alert | Bundle | Pack, settings: Settings) -> Letter:
    """A mail about it. A pack brings its workbook; a digest its whole list, while the board has no address."""
    page = rendered(what, board=settings.public_url)
    if isinstance(what, Digest) and not what.quiet and not settings.public_url:
        return Letter(page, full_list(what))
    if isinstance(what, Pack):
        return Letter(page, pack_book(what))
    return Letter(page)


def with_link(page: Rendered, link: str) -> Rendered:
    """The same mail with its reader's own link at the foot, by which they stop the mails; without one, as it was."""
    if not link:
        return page
    html = environment().get_template("email/stop.html").render(link=link)
    text = f"{page.text.rstrip()}\n{_('No more of these mails:')}\n{link}\n"
    return replace(page, html=page.html.replace(STOP, html), text=text)


def full_list(digest: Digest) -> tuple[Attached, ...]:
    """Everything of a digest, nothing cut, as files; one that cannot be made is left out and never holds the mail."""
    with language(digest.language or None):
        name = _("Chebiao digest {day}").format(day=digest.local_date.isoformat())
        made = (
            _made(f"{name}.html", HTML, lambda: render(digest, complete=True).html.encode()),
            _made(f"{name}.xlsx", EXCEL, lambda: workbook(digest)),
        )
    return tuple(each for each in made if each is not None)


def pack_book(pack: Pack) -> tuple[Attached, ...]:
    """The workbook of a pack, under the name that the trade's handbooks give its first table."""
    with language(pack.language or None):
        name = f"{words.title(pack.period.kind)} {words.days(pack.period)}.xlsx"
        made = _made(name, EXCEL, lambda: book_of_pack(pack))
    return (made,) if made is not None else ()


def _made(name: str, subtype: tuple[str, str], content: Callable[[], bytes]) -> Attached | None:
    try:
        return Attached(name, content(), subtype)
    except Exception:
        LOG.exception("%s cannot be made", name)
        return None
