"""What stands before every page: the host's name, the size of a request, who asks, and the headers of every answer."""

import secrets
from collections.abc import Collection, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from fastapi.concurrency import run_in_threadpool
from sqlalchemy import Engine
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from crawler.clock import now
from tracker.db import reading
from tracker.i18n import _, language
from tracker.settings import Settings
from tracker.team.accounts import token_owner, who_is
from tracker.team.people import LANGUAGES
from tracker.web.roles import Visitor

COOKIE, LANGUAGE = "chebiao", "chebiao_language"
BODY = 20 * 1024 * 1024
"""Bytes of a request at most: an Excel file of a matrix is far below."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
API = "/api/"

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
"""No inline script, no inline style, nothing from elsewhere."""


def policy(**changes: str) -> str:
    """The Content-Security-Policy, with some directives changed: `policy(frame_src="'self'")`."""
    made = POLICY | {name.replace("_", "-"): value for name, value in changes.items()}
    return "; ".join(f"{name} {value}".strip() for name, value in made.items())


HEADERS = {
    "content-security-policy": policy(),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    "cache-control": "no-store",
}
"""Of every answer; a handler may set another value of its own."""


def allowed_hosts(settings: Settings, listening: str = "127.0.0.1") -> frozenset[str]:
    """Names under which the board answers: this machine, what it listens on, and the host of `public_url`."""
    given = {listening, urlsplit(settings.public_url).hostname or ""}
    return LOOPBACK | {each.lower() for each in given if each not in ("", "0.0.0.0", "::")}  # noqa: S104  # compared


class TooLarge(Exception):
    """A request with more bytes than any form of ours sends."""


class Shield:
    """ASGI middleware around the whole board."""

    def __init__(self, app: ASGIApp, *, engine: Engine, settings: Settings, hosts: Collection[str]) -> None:
        self.app, self.engine, self.settings, self.hosts = app, engine, settings, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refused(headers)
        if refused is not None:
            await refused(scope, receive, _with_headers(send))
            return
        cookies = _cookies(headers)
        visitor, speaks = await run_in_threadpool(self._visitor, scope["path"], headers, cookies)
        scope.setdefault("state", {})["visitor"] = visitor
        chosen = cookies.get(LANGUAGE, "")
        with language(chosen if chosen in LANGUAGES else speaks or self.settings.language):
            try:
                await self.app(scope, _bounded(receive), _with_headers(send))
            except TooLarge:
                await _too_large()(scope, receive, _with_headers(send))

    def _refused(self, headers: Headers) -> Response | None:
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
        if name.lower() not in self.hosts:
            return PlainTextResponse(
                "unknown host; set public_url to the address by which the board is reached\n", status_code=400
            )
        length = headers.get("content-length", "0")
        return _too_large() if not length.isdigit() or int(length) > BODY else None

    def _visitor(self, path: str, headers: Headers, cookies: MutableMapping[str, str]) -> tuple[Visitor, str]:
        """Who asks, and their language. An API key counts below /api/ only."""
        scheme, _blank, key = headers.get("authorization", "").partition(" ")
        if path.startswith(API) and scheme.lower() == "bearer":
            with reading(self.engine) as connection:
                row = token_owner(connection, key.strip(), "api", now())
            return (Visitor(row.id, row.name, row.role, by_token=True), row.language) if row else (Visitor(), "")
        cookie = cookies.get(COOKIE, "")
        if not cookie or path.startswith("/static/"):
            return Visitor(), ""
        with reading(self.engine) as connection:
            row = who_is(connection, cookie, now())
        return (Visitor(row.id, row.name, row.role, cookie), row.language) if row else (Visitor(session=cookie), "")


def _too_large() -> Response:
    return PlainTextResponse(_("too large: at most {n} MB").format(n=BODY >> 20), status_code=413)


def _cookies(headers: Headers) -> dict[str, str]:
    try:
        return {name: each.value for name, each in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _bounded(receive: Receive) -> Receive:
    """Counts the bytes that really come: a chunked body names no length."""
    seen = 0

    async def bounded() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY:
            raise TooLarge
        return message

    return bounded


def _with_headers(send: Send) -> Send:
    async def sending(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def remember(response: Response, cookie: str, *, secure: bool, days: int | None = None) -> None:
    """Give the browser the session's cookie."""
    age = days * 86_400 if days else None
    response.set_cookie(COOKIE, cookie, max_age=age, path="/", secure=secure, httponly=True, samesite="lax")


def stranger() -> str:
    """A cookie for somebody who has not logged in yet, so that the login form can carry a token."""
    return secrets.token_urlsafe(24)
