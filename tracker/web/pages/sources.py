"""Sources: what is read and what is not, the last polls, the page that made one fail, and asking for a poll now."""

from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Path, Request
from fastapi.responses import Response

from crawler.clock import now
from crawler.portals import load_portals
from tracker import coverage
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.present import portal_name
from tracker.web.acts import record
from tracker.web.forms import Fields
from tracker.web.roles import Bidder, Viewer
from tracker.web.show import done, page

router = APIRouter()


@router.get("/sources")
def sources_page(request: Request, who: Viewer) -> Response:
    settings = request.app.state.settings
    portals = load_portals()
    with reading(request.app.state.engine) as connection:
        found = coverage.coverage(connection, list(portals.values()), settings.portals, now())
    return page(request, "web/sources.html", portals=found, errors=[str(each) for each in portals.errors])


@router.get("/sources/evidence/{digest}")
def evidence_page(request: Request, who: Viewer, digest: Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]) -> Response:
    """The words of a page that was judged, as text: nothing of it runs or is loaded."""
    with reading(request.app.state.engine) as connection:
        try:
            text = coverage.seen_page(connection, digest)
        except Mistake as mistake:
            raise HTTPException(404, str(mistake)) from None
    return page(request, "web/evidence.html", text=text)


class Ask(Fields):
    portal: str


@router.post("/sources/poll")
def poll_now(request: Request, who: Bidder, sent: Annotated[Ask, Form()]) -> Response:
    """The service polls it at its next tick; the host is asked no faster for it."""
    portal = load_portals().get(sent.portal)
    if portal is None:
        raise Mistake(_("there is no portal {name}").format(name=sent.portal[:60]))
    with request.app.state.engine.begin() as connection:
        due = coverage.ask_now(connection, portal, now())
        name = portal_name(portal.id)
        words = _("{name}: {n} channels are polled next").format(name=name, n=due)
        none = _("{name} was polled a moment ago, or has asked us to wait").format(name=name)
        act = record(connection, who, words if due else none, [])
    return done(request, act, back=sent.back)
