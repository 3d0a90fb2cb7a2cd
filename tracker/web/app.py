"""The board as a whole: `create_app` for tests and servers, `run` for `chebiao serve`."""

import logging
import socket
import sys
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from sqlalchemy import Engine
from starlette.exceptions import HTTPException as StarletteHTTPException

from crawler.clock import now
from crawler.config import ConfigurationError
from crawler.urls import is_loopback
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.settings import Settings
from tracker.team import kept, people
from tracker.team.accounts import NAMES, any_account, first_link
from tracker.team.people import PersonError
from tracker.web import DEFAULT_HOST as DEFAULT_HOST
from tracker.web import DEFAULT_PORT as DEFAULT_PORT
from tracker.web import auth, calendar_feed, health, unsubscribe
from tracker.web.conflict import conflict
from tracker.web.csrf import Forged
from tracker.web.pages import ROUTERS
from tracker.web.roles import Needed, NotAllowed, NotLoggedIn, guarded
from tracker.web.shield import API, Shield, allowed_hosts
from tracker.web.show import STATIC, here, mistake, page, wants_part, with_query

log = logging.getLogger(__name__)


def all_routers() -> tuple[APIRouter, ...]:
    return auth.router, *ROUTERS, health.router, unsubscribe.router, calendar_feed.router


def routes() -> Iterator[tuple[APIRoute, Needed]]:
    """Every route with who may use it. Raises RuntimeError for one without a guard."""
    for router in all_routers():
        yield from guarded(router)


def create_app(engine: Engine, settings: Settings, *, listening: str = DEFAULT_HOST) -> FastAPI:
    """The board on a database. Raises RuntimeError where a route names nobody who may use it."""
    app = FastAPI(title="Chebiao", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.engine, app.state.settings = engine, settings
    list(routes())
    for router in all_routers():
        app.include_router(router)
    app.mount("/static", Kept(directory=STATIC))
    for kind, handler in HANDLERS.items():
        app.add_exception_handler(kind, handler)
    app.add_middleware(Shield, engine=engine, settings=settings, hosts=allowed_hosts(settings, listening))
    return app


class Kept(StaticFiles):
    """Static files; their addresses carry a mark of the content, so a browser keeps them."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


# --- what goes wrong ------------------------------------------------------------------------------------------------


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(API)


def _fault(request: Request, status: int, title: str, said: str = "") -> Response:
    if _is_api(request):
        return JSONResponse({"detail": said or title}, status)
    if wants_part(request):
        return mistake(request, said or title, status=status)
    return page(request, "web/error.html", status=status, title=title, said=said)


def _not_logged_in(request: Request, _error: Exception) -> Response:
    if _is_api(request):
        return JSONResponse(
            {"detail": _("give an API token: Authorization: Bearer …")}, 401, {"WWW-Authenticate": "Bearer"}
        )
    target = with_query("/login", next=here(request) if request.method == "GET" and here(request) != "/" else None)
    if wants_part(request):
        return Response(status_code=401, headers={"HX-Redirect": target})
    return RedirectResponse(target, 303)


def _not_allowed(request: Request, error: Exception) -> Response:
    assert isinstance(error, NotAllowed)
    visitor = request.state.visitor
    said = _("Your role ({role}) does not cover this; it takes at least {needed}.").format(
        role=_(NAMES[visitor.role]), needed=_(NAMES[error.needed])
    )
    return _fault(request, 403, _("Not yours to do"), said)


def _forged(request: Request, error: Exception) -> Response:
    log.warning("%s %s refused: %s", request.method, request.url.path, error)
    said = _("The page was open too long or does not come from here. Load it again and repeat what you did.")
    return _fault(request, 403, _("Not taken"), said)


def _mistake(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": str(error)}, 422) if _is_api(request) else mistake(request, str(error))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(str(each["loc"][-1]) for each in error.errors())
    if _is_api(request):
        plain = [{"loc": list(each["loc"]), "msg": each["msg"]} for each in error.errors()]
        return JSONResponse({"detail": plain}, 422)
    return mistake(
        request, _("these fields are missing, unknown or cannot be understood: {fields}").format(fields=fields)
    )


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    titles = {
        404: _("There is no such page"),
        405: _("This address takes no such request"),
    }
    title = titles.get(error.status_code, HTTPStatus(error.status_code).phrase)
    said = error.detail if isinstance(error, HTTPException) and error.detail != "Not Found" else ""
    response = _fault(request, error.status_code, title, said)
    for name, value in (error.headers or {}).items():
        response.headers[name] = value
    return response


def _broken(request: Request, error: Exception) -> Response:
    """Nothing of the inside is shown; the log has it."""
    log.error("%s %s", request.method, request.url.path, exc_info=error)
    return _fault(request, 500, _("Something broke here"), _("It is written to the log. What you entered is not kept."))


HANDLERS: dict[Any, Any] = {
    NotLoggedIn: _not_logged_in,
    NotAllowed: _not_allowed,
    Forged: _forged,
    kept.EditedMeanwhile: conflict,
    people.EditedMeanwhile: conflict,
    Mistake: _mistake,
    PersonError: _mistake,
    ConfigurationError: _mistake,
    RequestValidationError: _invalid,
    StarletteHTTPException: _http,
    Exception: _broken,
}


# --- serving --------------------------------------------------------------------------------------------------------


class Web:
    """The board on a socket; `run` until `stop` is called from another thread, SIGTERM or Ctrl-C."""

    def __init__(self, engine: Engine, settings: Settings, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
        """Raises ConfigurationError where nobody could log in from beyond, or the port is taken; port 0: any."""
        with reading(engine) as connection:
            somebody = any_account(connection)
        if not is_loopback(host) and not somebody:
            raise ConfigurationError(
                _(
                    "the board does not listen on {host} while nobody has an account: start `chebiao serve` on "
                    "127.0.0.1 first and open the link it prints, then start it with --host {host} again"
                ).format(host=host)
            )
        try:
            self._socket = socket.create_server((host, port), family=_family(host))
        except OSError as error:
            raise ConfigurationError(
                _("cannot listen on {host}:{port}: {why}; take another --port").format(
                    host=host, port=port, why=error.strerror
                )
            ) from None
        self.url = f"http://{f'[{host}]' if ':' in host else host}:{self._socket.getsockname()[1]}"
        self.link = ""
        """The one-time link of the first account, where there is none yet."""
        if not somebody:
            with engine.begin() as connection:
                token = first_link(connection, now())
            self.link = f"{self.url}/setup/{token}"
        config = uvicorn.Config(
            create_app(engine, settings, listening=host),
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=5,
        )
        self._server = uvicorn.Server(config)

    def run(self) -> None:
        log.info("the board is at %s", self.url)
        if self.link:
            said = _("Nobody has an account yet. Open this link once, within 24 hours: {link}").format(link=self.link)
            print(said, file=sys.stderr, flush=True)  # noqa: T201  # not into the log: it opens the door
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        self._server.should_exit = True


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def run(engine: Engine, settings: Settings, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> None:
    """Serve the board until stopped. Raises ConfigurationError."""
    Web(engine, settings, host, port).run()
