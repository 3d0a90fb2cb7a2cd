"""`/u/TOKEN`: the link of every mail. GET shows a form and changes nothing; POST acts (RFC 8058, pitfalls ML9)."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from crawler.clock import now
from tracker.db import reading
from tracker.delivery.unsubscribe import Subscription, unsubscribe, unsubscribe_page
from tracker.i18n import language
from tracker.web.roles import Signed
from tracker.web.show import page

router = APIRouter()


@router.get("/u/{token}")
def show(request: Request, who: Signed, token: str) -> Response:
    with reading(request.app.state.engine) as connection:
        return _page(request, token, unsubscribe_page(connection, token))


@router.post("/u/{token}")
def act(request: Request, who: Signed, token: str, wish: Annotated[str, Form(max_length=20)] = "") -> Response:
    """A mail program's One-Click sends `List-Unsubscribe=One-Click`, the page `wish=again` or `wish=stop`."""
    with request.app.state.engine.begin() as connection:
        found = unsubscribe(connection, token, now(), again=wish == "again")
    return _page(request, token, found, done=True)


def _page(request: Request, token: str, found: Subscription | None, *, done: bool = False) -> Response:
    """The same neutral page for a link that was never given and for one that has ended."""
    with language(found.language if found else None):
        return page(
            request,
            "web/unsubscribe.html",
            status=200 if found else 404,
            found=found,
            token=token if found else "",
            done=done,
        )
