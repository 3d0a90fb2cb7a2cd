"""Login, logout, the one-time link of the first account and of invitations, the language switch, undo."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from crawler.clock import now
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.router import welcome
from tracker.team import accounts
from tracker.team.accounts import LoginRefused
from tracker.team.people import LANGUAGES, PersonError, people
from tracker.web.acts import undo
from tracker.web.forms import Fields
from tracker.web.roles import Anyone, Viewer
from tracker.web.shield import LANGUAGE, remember, stranger
from tracker.web.show import done, own_path, page, stale

router = APIRouter()


class Login(Fields):
    name: str
    password: str
    next: str = ""


@router.get("/login")
def login_page(request: Request, who: Anyone, next: str = "") -> Response:
    return RedirectResponse(own_path(next), 303) if who.id else _login(request, next)


def _login(request: Request, next_: str, said: str = "", name: str = "", status: int = 200) -> Response:
    return page(request, "web/login.html", status=status, next=own_path(next_, ""), said=said, name=name)


@router.post("/login")
def login(request: Request, who: Anyone, given: Annotated[Login, Form()]) -> Response:
    """A new session; the one before it ends."""
    address = request.client.host if request.client else ""
    engine = request.app.state.engine
    try:
        cookie = accounts.log_in(engine, given.name, given.password, address, now())
    except LoginRefused as refused:
        answer = _login(request, given.next, str(refused), given.name, 429 if refused.wait else 403)
        if refused.wait:
            answer.headers["retry-after"] = str(refused.wait)
        return answer
    with engine.begin() as connection:
        accounts.end_session(connection, who.session)
    return _welcome(request, cookie, given.next)


def _welcome(request: Request, cookie: str, target: str) -> Response:
    response = RedirectResponse(own_path(target), 303)
    remember(response, cookie, secure=request.url.scheme == "https", days=accounts.SESSION_DAYS)
    return response


@router.post("/logout")
def logout(request: Request, who: Viewer) -> Response:
    with request.app.state.engine.begin() as connection:
        accounts.end_session(connection, who.session)
    response = RedirectResponse("/login", 303)
    remember(response, stranger(), secure=request.url.scheme == "https")
    return response


# --- one-time links -------------------------------------------------------------------------------------------------


class Setup(Fields):
    name: str = ""
    email: str = ""
    password: str
    again: str


@router.get("/setup/{token}")
def setup_page(request: Request, who: Anyone, token: str) -> Response:
    return _setup(request, token)


def _setup(
    request: Request, token: str, said: str = "", name: str = "", email: str = "", status: int = 200
) -> Response:
    with reading(request.app.state.engine) as connection:
        row = accounts.setup_open(connection, token, now())
    if row is None:
        said = _("This link is over. On the machine that runs Chebiao, `chebiao account link NAME` makes a new one.")
        return page(request, "web/error.html", status=404, title=_("Link is over"), said=said)
    values = {"first": row.person_id is None, "known": row.name or "", "name": name, "email": email, "said": said}
    return page(request, "web/setup.html", status=status, token=token, least=accounts.SHORTEST, **values)


@router.post("/setup/{token}")
def setup(request: Request, who: Anyone, token: str, given: Annotated[Setup, Form()]) -> Response:
    """Set the password and log in; the link is over then."""
    engine = request.app.state.engine
    try:
        if given.password != given.again:
            raise Mistake(_("the two passwords differ"))
        with engine.begin() as connection:
            before = {each.id for each in people(connection)}
            card = accounts.finish_setup(
                connection, token, given.password, now(), name=given.name, email=given.email or None
            )
            if card.id not in before:
                welcome(connection, card.id, now())
            cookie = accounts.start_session(connection, card.id, now())
    except (Mistake, PersonError) as error:
        return _setup(request, token, str(error), given.name, given.email, 422)
    return _welcome(request, cookie, "/")


# --- language, undo -------------------------------------------------------------------------------------------------


class Language(Fields):
    language: str


@router.post("/language")
def choose_language(request: Request, who: Anyone, given: Annotated[Language, Form()]) -> Response:
    """The language of this browser; mails keep that of the person."""
    if given.language not in LANGUAGES:
        raise Mistake(_("{code!r} is none of our languages").format(code=given.language))
    response = done(request, None, back=given.back)
    year = 365 * 86_400
    response.set_cookie(LANGUAGE, given.language, max_age=year, httponly=True, samesite="lax")
    return response


class Undo(Fields):
    act: int | None = None


@router.post("/undo")
def take_back(request: Request, who: Viewer, given: Annotated[Undo, Form()]) -> Response:
    """Take back what was just done; the page shows how things stand now."""
    with request.app.state.engine.begin() as connection:
        act = undo(connection, who, given.act)
    return stale(done(request, act, back=given.back))
