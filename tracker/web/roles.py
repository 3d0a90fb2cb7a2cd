"""Who may do what: the one place where a request is let in.

Every route names in its signature who may use it (`who: Viewer`, `who: Bidder` …); the app does not start with a route
that names nobody. What names a person by its address alone (`Signed`: feeds, unsubscribe links, one-time links) is let
in without a session and checks its token itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute

from tracker.team.accounts import ROLES
from tracker.web.csrf import check_csrf

Needed = Literal["anyone", "signed", "viewer", "bidder", "lead", "admin"]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True)
class Visitor:
    """Who asks. `id` is 0 for somebody who has not logged in."""

    id: int = 0
    name: str = ""
    role: str = ""
    session: str = ""
    """The session's cookie, or before the login a random one; the forms of its pages carry a token made of it."""
    by_token: bool = False
    """An API token: reading only."""

    def may(self, needed: Needed) -> bool:
        """Whether the role suffices."""
        if needed in ("anyone", "signed"):
            return True
        return self.role in ROLES and ROLES.index(self.role) >= ROLES.index(needed)


class NotLoggedIn(Exception):
    """Somebody unknown asks for what only members see."""


class NotAllowed(Exception):
    """A member asks for what their role does not cover; `needed` is the least role that does."""

    def __init__(self, needed: Needed) -> None:
        super().__init__(needed)
        self.needed = needed


class Needs:
    """The guard of a route: role first, then that a change comes from one of our own pages."""

    def __init__(self, role: Needed) -> None:
        self.role = role

    async def __call__(self, request: Request) -> Visitor:
        visitor: Visitor = request.state.visitor
        if not visitor.may(self.role):
            raise NotAllowed(self.role) if visitor.id else NotLoggedIn
        if request.method not in SAFE and self.role != "signed":
            if visitor.by_token:
                raise NotAllowed(self.role)
            await check_csrf(request, visitor.session)
        return visitor


Anyone = Annotated[Visitor, Depends(Needs("anyone"))]
Signed = Annotated[Visitor, Depends(Needs("signed"))]
Viewer = Annotated[Visitor, Depends(Needs("viewer"))]
Bidder = Annotated[Visitor, Depends(Needs("bidder"))]
Lead = Annotated[Visitor, Depends(Needs("lead"))]
Admin = Annotated[Visitor, Depends(Needs("admin"))]


def guarded(router: APIRouter) -> Iterator[tuple[APIRoute, Needed]]:
    """Every route with who may use it. Raises RuntimeError for one that names nobody."""
    for route in router.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route}: only plain routes are guarded; mount nothing else")
        needs = [each for each in _calls(route) if isinstance(each, Needs)]
        if len(needs) != 1:
            raise RuntimeError(f"{route.methods} {route.path}: name one role in its signature, such as Viewer")
        yield route, needs[0].role


def _calls(route: APIRoute) -> Iterator[Any]:
    for each in route.dependant.dependencies:
        yield each.call
