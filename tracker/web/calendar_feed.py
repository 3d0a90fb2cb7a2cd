"""`/ics/TOKEN.ics`: a person's calendar, for programs that know nothing but its address."""

import hashlib

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from crawler.clock import now
from tracker.db import reading
from tracker.delivery.ics import feed, owner_of
from tracker.i18n import _
from tracker.web.roles import Signed

router = APIRouter()


@router.get("/ics/{token}.ics")
def calendar(request: Request, who: Signed, token: str) -> Response:
    """With an ETag: most programs ask every hour, and little moves."""
    engine, at = request.app.state.engine, now()
    with reading(engine) as connection:
        person_id = owner_of(connection, token, at)
        content = feed(connection, person_id, at, request.app.state.settings) if person_id is not None else b""
    if person_id is None:
        return PlainTextResponse(_("There is no calendar at this address, or it was revoked.") + "\n", 404)
    headers = {
        "etag": f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        "cache-control": "private, no-cache",
        "content-disposition": 'inline; filename="chebiao.ics"',
        "x-robots-tag": "noindex",
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)
