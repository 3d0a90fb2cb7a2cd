"""Templates to answers: every page is `page(request, "web/….html", …)`; the one Jinja environment of the house."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from crawler.clock import now
from tracker.i18n import _
from tracker.pages import environment
from tracker.present import word
from tracker.team.accounts import NAMES as ROLE_NAMES
from tracker.web.acts import Act, shown_act
from tracker.web.csrf import token_of
from tracker.web.roles import Visitor
from tracker.web.shield import remember, stranger

STATIC = Path(__file__).parent / "static"

NAVIGATION = {
    "today": ("/", "d"),
    "inbox": ("/inbox", "i"),
    "projects": ("/projects", "t"),
    "calendar": ("/calendar", "c"),
    "sources": ("/sources", "s"),
    "results": ("/results", "r"),
    "settings": ("/settings", "e"),
}
"""Address, and the letter after g."""
PAGES = {
    "today": "Today",
    "inbox": "Inbox",
    "projects": "Projects",
    "calendar": "Calendar",
    "sources": "Sources",
    "results": "Results",
    "settings": "Settings",
}
"""A msgid each; the names of the icons too."""


@cache
def asset(name: str) -> str:
    """The address of a static file, with a mark of its content: it may be kept for ever."""
    mark = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={mark}"


def wants_part(request: Request) -> bool:
    """Whether htmx asks, which swaps a part of the page that is open."""
    return "hx-request" in request.headers


def own_path(target: str | None, otherwise: str = "/") -> str:
    """The address if it lies on this board, else `otherwise`: nobody is sent elsewhere (hostile 67)."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return otherwise
    if any(char <= " " or char in "\\\x7f" for char in target):
        return otherwise
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else otherwise


def with_query(url: str, **changes: Any) -> str:
    """The address with some parameters set, or taken away by None."""
    parts = urlsplit(url)
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name not in changes]
    kept += [(name, str(value)) for name, value in changes.items() if value is not None]
    return f"{parts.path}?{urlencode(kept)}" if kept else parts.path


def here(request: Request) -> str:
    """The address of the page that is open, without what was just done."""
    shown = urlsplit(request.headers.get("hx-current-url", "") if wants_part(request) else str(request.url))
    path = own_path(f"{shown.path}?{shown.query}" if shown.query else shown.path or request.url.path)
    return with_query(path, did=None)


def back_to(request: Request, back: str = "") -> str:
    """Where a form came from: its own `back`, else the page named by the browser, else today."""
    if back:
        return own_path(back)
    referer = urlsplit(request.headers.get("referer", ""))
    if referer.netloc != request.headers.get("host"):
        return "/"
    return own_path(f"{referer.path}?{referer.query}" if referer.query else referer.path)


def context(request: Request) -> dict[str, Any]:
    """What every template may use besides its own values."""
    visitor: Visitor = request.state.visitor
    return {
        "who": visitor,
        "csrf": token_of(visitor.session) if visitor.session else "",
        "now": now(),
        "here": here(request),
        "path": request.url.path,
        "navigation": [(name, *NAVIGATION[name], _(PAGES[name])) for name in NAVIGATION],
        "asset": asset,
        "with_query": with_query,
        "role_name": lambda role: word(ROLE_NAMES, role),
        "mail_is_off": request.app.state.settings.smtp_url is None,
    }


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page. What was just done (`?did=`) is told with a button that takes it back."""
    visitor: Visitor = request.state.visitor
    fresh = ""
    if not visitor.session:  # a form needs a cookie to make its token of
        fresh = stranger()
        visitor = Visitor(session=fresh)
        request.state.visitor = visitor
    act = shown_act(request.app.state.engine, visitor, request.query_params.get("did", ""))
    html = environment().get_template(template).render(context(request) | {"act": act} | values)
    response = HTMLResponse(html, status_code=status)
    if fresh:
        remember(response, fresh, secure=request.url.scheme == "https")
    return response


def part(request: Request, template: str, **values: Any) -> str:
    """A part of a page as HTML."""
    return environment().get_template(template).render(context(request) | values)


def done(request: Request, act: Act | None, *, back: str = "", html: str = "") -> Response:
    """The answer to a change: for htmx `html` in place of its target and a note beside; else back to the page."""
    if wants_part(request):
        note = part(request, "web/note.html", act=act) if act else ""
        return HTMLResponse(html + note)
    return RedirectResponse(with_query(back_to(request, back), did=act.id if act else None), status_code=303)


def stale(response: Response) -> Response:
    """Ask the open page to fetch its list anew: a project may stand in several places of it."""
    response.headers["HX-Trigger"] = "stale"
    return response


def go(request: Request, target: str) -> Response:
    """Send the browser to another page of the board, also from a request of htmx."""
    target = own_path(target)
    if wants_part(request):
        return Response(status_code=204, headers={"HX-Redirect": target})
    return RedirectResponse(target, status_code=303)


def mistake(request: Request, said: str, *, status: int = 422, **values: Any) -> Response:
    """What cannot be done and what to do instead: for htmx a note on the open page, else a page."""
    if wants_part(request):
        html = part(request, "web/note.html", act=None, fault=said)
        return HTMLResponse(html, status_code=status, headers={"HX-Reswap": "none"})
    return page(request, "web/error.html", status=status, title=_("That did not work"), said=said, **values)
