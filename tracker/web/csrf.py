"""A change is taken only from our own pages: a token made of the session's cookie, and what the browser says.

The cookie is out of reach of other sites and of scripts (HttpOnly, SameSite=Lax); the token in a form or in a header of
htmx proves that whoever sends the form could read our page.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request

FIELD, HEADER = "csrf", "x-csrf-token"


class Forged(Exception):
    """A change that did not come from one of our pages, or from one that was left open too long."""


def token_of(session: str) -> str:
    """What the forms of a session carry."""
    return hmac.new(session.encode(), b"chebiao form", hashlib.sha256).hexdigest()


async def check_csrf(request: Request, session: str) -> None:
    """Raises Forged."""
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise Forged(f"sent from another site ({site})")
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.headers.get("host", "").lower():
        raise Forged("sent from another origin")
    given = request.headers.get(HEADER)
    if given is None:
        given = (await request.form()).get(FIELD, "")  # type: ignore[assignment]  # a file is no token either
    if not session or not isinstance(given, str) or not hmac.compare_digest(given.encode(), token_of(session).encode()):
        raise Forged("the form's token does not fit")
