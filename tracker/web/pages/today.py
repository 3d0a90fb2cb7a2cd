"""Today: the digest as it stands now, in its order, each line with what can be done about it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from crawler.clock import SHANGHAI, now
from tracker.db import reading
from tracker.digest import Digest, Errand, Item, compose
from tracker.i18n import _
from tracker.inbox import Line, lines_of
from tracker.team.people import person
from tracker.triage import ErrandKind, finish
from tracker.web.acts import record
from tracker.web.forms import Fields
from tracker.web.pages.lists import reasons
from tracker.web.pages.triage import dialog
from tracker.web.roles import Bidder, Viewer
from tracker.web.show import done, page, stale

router = APIRouter()

HEADS = {
    "moved": "Changed",
    "sources": "Sources",
    "windows": "Questions, objections, signatures: last days",
    "new": "New tenders",
    "check": "To check: may buy vehicles",
    "intentions": "Intentions and calls for opinions",
    "ahead": "Purchases expected soon",
    "results": "Results and failed tenders",
    "others": "Other notices",
    "late": "Found after closing",
    "money": "Money outside",
    "endings": "Keys and papers that end",
    "told": "Already told at once",
    "skipped": "Could not be shown",
    "dead": "Mails that did not arrive",
}
"""Behind what is to be done, the parts of the digest in its order (a msgid each)."""
OF_ITEMS = ("today", "moved", "windows", "new", "check", "intentions", "results", "others", "late")
MOST = 50
"""Lines of a part before "show all"; what changed is never cut."""
PUT_OFF = ("today", "new", "check", "intentions", "others")
"""Parts in which a snoozed project stays out of sight; what moved or ends is shown all the same."""


@router.get("/")
def today_page(request: Request, who: Viewer) -> Response:
    at = now()
    with reading(request.app.state.engine) as connection:
        digest = compose(connection, who.id, at, live=True)
        items = [item for name in OF_ITEMS for item in getattr(digest, name)]
        lines = lines_of(connection, person(connection, who.name), items)
    digest, snoozed = _in_sight(digest, lines)
    whole = request.query_params.get("whole", "")
    parts: dict[str, Sequence[Item | Errand]] = {name: getattr(digest, name) for name in OF_ITEMS}
    parts["todo"] = list(_to_do(digest))
    cut = {name: len(found) > MOST and name not in ("moved", whole) for name, found in parts.items()}
    values: dict[str, Any] = {
        "digest": digest,
        "parts": {name: found[:MOST] if cut[name] else found for name, found in parts.items()},
        "counts": {name: len(found) for name, found in parts.items()},
        "cut": cut,
        "marks": lines,
        "heads": [(name, _(words)) for name, words in HEADS.items()],
        "of_items": OF_ITEMS,
        "snoozed": snoozed,
        "reasons": reasons(),
        "shown_in": "today",
    }
    return page(request, "web/today.html", **values)


def _in_sight(digest: Digest, lines: dict[int, Line]) -> tuple[Digest, int]:
    """The digest without what the reader put off, and how many those are."""
    day = digest.now.astimezone(SHANGHAI).date()

    def is_put_off(item: Item) -> bool:
        until = lines[item.project_id].snoozed_until
        return until is not None and until > day

    kept: dict[str, Any] = {name: tuple(i for i in getattr(digest, name) if not is_put_off(i)) for name in PUT_OFF}
    gone = {item.project_id for name in PUT_OFF for item in getattr(digest, name) if is_put_off(item)}
    return replace(digest, **kept), len(gone)


def _to_do(digest: Digest) -> Iterator[Item | Errand]:
    """Projects and the reader's own errands in order of time, as the mail has them."""

    def due(each: Item | Errand) -> datetime:
        if isinstance(each, Errand):
            return each.due
        return each.next.earliest if each.next else digest.now

    found: list[Item | Errand] = [*digest.today, *digest.errands]
    yield from sorted(found, key=due)


# --- errands --------------------------------------------------------------------------------------------------------


class Finish(Fields):
    said: str = ""


@router.get("/errands/{kind}/{identity}")
def finish_form(request: Request, who: Bidder, kind: ErrandKind, identity: int, back: str = "") -> Response:
    """With a few words about how it went."""
    return dialog(request, "finish", "today", back, {"kind": kind, "identity": identity, "heading": _("Done")})


@router.post("/errands/{kind}/{identity}")
def finish_errand(
    request: Request, who: Bidder, kind: ErrandKind, identity: int, sent: Annotated[Finish, Form()]
) -> Response:
    with request.app.state.engine.begin() as connection:
        what = finish(connection, who.name, kind, identity, sent.said, sent.version)
        act = record(connection, who, what.words, what.steps)
    return stale(done(request, act, back=sent.back))
