"""An archived notice: the original as it came, shut off, beside what was read from it, each value where it stands."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response
from starlette.datastructures import MutableHeaders

from crawler.judge import text_of
from crawler.notice import MONEY, TEXTS, TIMES, Notice
from crawler.reading.explain import TITLES, rows, shown, stretches
from tracker import archive, decisions
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.present import KINDS, METHODS
from tracker.web.acts import record
from tracker.web.forms import Fields
from tracker.web.roles import Bidder, Viewer
from tracker.web.shield import policy
from tracker.web.show import done, page

router = APIRouter()
CODES = {"kind": KINDS, "method": METHODS}
SEALED = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; base-uri 'none'"
)
"""Of an original: it runs nothing, loads nothing, sends nothing, and has an origin of its own."""


@router.get("/notices/{identity:int}")
def notice_page(request: Request, who: Viewer, identity: int) -> Response:
    with reading(request.app.state.engine) as connection:
        kept = archive.archived(connection, identity)
    values: dict[str, Any] = {
        "kept": kept,
        "publication": kept.publication,
        "notice": kept.notice,
        "values": [(each, _title(each.key)) for each in rows(kept.notice, _, CODES)] if kept.notice else [],
        "conflicts": [
            (_title(each.field), [(shown(r.value), r.evidence[0].words if r.evidence else "") for r in each.values])
            for each in (kept.notice.conflicts if kept.notice else ())
        ],
        "pieces": list(pieces(kept.notice)) if kept.notice else [],
        "fields": [(name, _title(name)) for name in (*TIMES, *MONEY, *TEXTS)],
    }
    response = page(request, "web/notice.html", **values)
    response.headers["content-security-policy"] = policy(frame_src="'self'")
    return response


def _title(field: str) -> str:
    return _(TITLES[field]) if field in TITLES else field


def pieces(notice: Notice) -> Iterator[tuple[str, str, str]]:
    """The text in stretches: words, what they say (empty between), and an anchor for the first of each field."""
    at, seen = 0, set[str]()
    for start, end, keys in stretches(notice):
        if at < start:
            yield notice.text[at:start], "", ""
        fresh = next((key for key in keys if key not in seen), "")
        seen.update(keys)
        yield notice.text[start:end], ", ".join(_title(key) for key in keys), f"f-{fresh}" if fresh else ""
        at = end
    if at < len(notice.text):
        yield notice.text[at:], "", ""


@router.get("/notices/{identity:int}/original")
def original(request: Request, who: Viewer, identity: int) -> Response:
    """The bytes as they came, as a page that can do nothing; what is no page is offered as a file."""
    with reading(request.app.state.engine) as connection:
        kept = archive.archived(connection, identity)
        body = archive.body_of(connection, kept)
    if body is None:
        raise HTTPException(404, _("the original is not kept any more; its text is"))
    text = text_of(body)
    headers = MutableHeaders({"content-security-policy": SEALED, "cache-control": "no-store"})
    if text is None:
        headers["content-disposition"] = f'attachment; filename="notice-{identity}.bin"'
        return Response(body, media_type="application/octet-stream", headers=headers)
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


class Correct(Fields):
    field: str
    value: str = ""
    lot: str = ""
    reason: str


@router.post("/notices/{identity:int}/correct")
def correct(request: Request, who: Bidder, identity: int, sent: Annotated[Correct, Form()]) -> Response:
    """A value that was misread, by hand and with a reason; a later change of the page stands beside it."""
    if not sent.reason.strip():
        raise Mistake(_("a correction needs a reason; write where you read it"))
    with request.app.state.engine.begin() as connection:
        made = decisions.correct(
            connection, who.name, str(identity), sent.field, sent.value.strip() or None, sent.reason.strip(), sent.lot
        )
        words = _("corrected: {field}").format(field=_title(sent.field))
        act = record(connection, who, words, [{"take-back": "correction", "id": made}])
    return done(request, act, back=f"/notices/{identity}")
