"""Settings: one's own deliveries, password, feeds and tokens; watches; people and roles; what else is set up."""

from datetime import time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from crawler.clock import now, today
from crawler.portals import load_portals
from tracker import watches
from tracker.bidding import credentials
from tracker.corrections import corrections
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.delivery import ics
from tracker.delivery.mail import doctor_mail
from tracker.filters import short_name
from tracker.i18n import _
from tracker.team import accounts, people
from tracker.team.people import LANGUAGES, Card, person
from tracker.watches import Criteria
from tracker.web.acts import record
from tracker.web.filters import query_of
from tracker.web.forms import Fields
from tracker.web.roles import Admin, Bidder, Viewer, Visitor
from tracker.web.show import done, page
from tracker.words import DAYS, FREQUENCIES
from tracker.workdays import load_calendar

router = APIRouter()
TRIED = timedelta(days=30)


@router.get("/settings")
def settings_page(request: Request, who: Viewer) -> Response:
    return _page(request, who)


def _page(request: Request, who: Visitor, **shown: Any) -> Response:
    at = now()
    with reading(request.app.state.engine) as connection:
        me = person(connection, who.name)
        mine = watches.list_watches(connection, me)
        values: dict[str, Any] = {
            "me": me,
            "languages": LANGUAGES,
            "frequencies": FREQUENCIES,
            "days": DAYS,
            "watches": [(each, _words(each.criteria), _address(each.criteria)) for each in mine],
            "tokens": accounts.tokens_of(connection, me.id),
            "members": accounts.members(connection) if who.may("admin") else [],
            "roles": accounts.NAMES,
            "platforms": credentials.accounts(connection),
            "reviewed": list(corrections(connection, 20)),
        }
    portals, settings = load_portals(), request.app.state.settings
    values |= {
        "portals": [(each, not settings.portals or each.id in settings.portals) for each in portals.values()],
        "years": sorted(load_calendar().tables),
        "today": today(),
        "secret": "",
        "tried": None,
        "found": None,
        "at": at,
    }
    return page(request, "web/settings.html", **(values | shown))


def _words(criteria: Criteria | None) -> str:
    return short_name(criteria) if criteria else ""


def _address(criteria: Criteria | None) -> str:
    if criteria is None:
        return ""
    return "&".join(f"{name}={value}" for name, value in query_of(criteria))


# --- one's own ------------------------------------------------------------------------------------------------------


class Me(Fields):
    email: str = ""
    language: str = "zh_CN"
    digest_at: time
    digest_days: str
    frequency: str
    quiet_from: str = ""
    quiet_to: str = ""


@router.post("/settings/me")
def change_me(request: Request, who: Viewer, sent: Annotated[Me, Form()]) -> Response:
    """When and how often one is told. Others change it by the command line."""
    quiet = [time.fromisoformat(each) if each else None for each in (sent.quiet_from, sent.quiet_to)]
    with request.app.state.engine.begin() as connection:
        before = _at_version(person(connection, who.name), sent.version)
        people.edit_person(
            connection,
            before,
            email=sent.email.strip() or None,
            language=sent.language,
            digest_at=sent.digest_at,
            digest_days=sent.digest_days,
            frequency=sent.frequency,
            quiet_from=quiet[0],
            quiet_to=quiet[1],
        )
        act = record(connection, who, _("your deliveries are kept"))
    return done(request, act, back="/settings")


def _at_version(card: Card, version: int | None) -> Card:
    if version is not None and card.version != version:
        raise people.EditedMeanwhile(card)
    return card


@router.post("/settings/test-mail")
def send_test(request: Request, who: Viewer, _sent: Annotated[Fields, Form()]) -> Response:
    """A test mail to oneself, now."""
    with reading(request.app.state.engine) as connection:
        card = person(connection, who.name)
    if not card.email:
        raise Mistake(_("you have no address; keep one above first"))
    return _page(request, who, found=doctor_mail(request.app.state.settings, now(), card.email))


class Password(Fields):
    old: str
    new: str


@router.post("/settings/password")
def change_password(request: Request, who: Viewer, sent: Annotated[Password, Form()]) -> Response:
    engine = request.app.state.engine
    with reading(engine) as connection:
        card = person(connection, who.name)
    accounts.change_password(engine, card, sent.old, sent.new, now(), keep=who.session)
    with engine.begin() as connection:
        act = record(connection, who, _("the password is changed; every other session has ended"))
    return done(request, act, back="/settings")


@router.post("/settings/feed")
def new_feed(request: Request, who: Viewer, _sent: Annotated[Fields, Form()]) -> Response:
    """A new address of one's calendar, shown once; the one before ends."""
    with request.app.state.engine.begin() as connection:
        address = ics.new_address(connection, who.id, now(), request.app.state.settings)
    return _page(request, who, secret=address if "://" in address else f"{request.base_url}".rstrip("/") + address)


class Token(Fields):
    name: str


@router.post("/settings/tokens")
def new_token(request: Request, who: Bidder, sent: Annotated[Token, Form()]) -> Response:
    """A token for the JSON interface, shown once."""
    with request.app.state.engine.begin() as connection:
        token = accounts.make_token(connection, who.id, "api", sent.name, now())
    return _page(request, who, secret=token)


class End(Fields):
    id: int


@router.post("/settings/tokens/end")
def end_token(request: Request, who: Viewer, sent: Annotated[End, Form()]) -> Response:
    with request.app.state.engine.begin() as connection:
        accounts.end_token(connection, who.id, sent.id, now())
        act = record(connection, who, _("revoked"))
    return done(request, act, back="/settings")


# --- watches --------------------------------------------------------------------------------------------------------


class Watch(Fields):
    id: int


@router.post("/settings/watches/try")
def try_watch(request: Request, who: Viewer, sent: Annotated[Watch, Form()]) -> Response:
    """What a watch would have caught in thirty days, and what it narrowly missed."""
    at = now()
    with reading(request.app.state.engine) as connection:
        watch = watches.find_watch(connection, person(connection, who.name), str(sent.id))
        if watch.criteria is None:
            raise Mistake(_("the watch {name} cannot be read: {fault}").format(name=watch.name, fault=watch.fault))
        tried = watches.try_watch(connection, watch.criteria, at - TRIED, at)
    return _page(request, who, tried=(watch, tried))


@router.post("/settings/watches/pause")
def pause_watch(request: Request, who: Bidder, sent: Annotated[Watch, Form()]) -> Response:
    """Pause a watch, or let it go on."""
    with request.app.state.engine.begin() as connection:
        watch = watches.find_watch(connection, person(connection, who.name), str(sent.id))
        watches.edit_watch(connection, watch, active=not watch.active)
        words = _("paused: {name}") if watch.active else _("goes on: {name}")
        act = record(connection, who, words.format(name=watch.name))
    return done(request, act, back="/settings")


# --- people ---------------------------------------------------------------------------------------------------------


class Invited(Fields):
    name: str
    role: str
    email: str = ""


@router.post("/settings/people")
def invite(request: Request, who: Admin, sent: Annotated[Invited, Form()]) -> Response:
    """A colleague, new or known, gets a one-time link to set a password."""
    at = now()
    with request.app.state.engine.begin() as connection:
        name = people.checked_name(sent.name)
        if not any(each.name == name for each in people.people(connection)):
            people.add_person(connection, name, sent.email.strip() or None, at)
        token = accounts.invite(connection, name, sent.role, at)
    return _page(request, who, secret=f"{request.base_url}".rstrip("/") + f"/setup/{token}")


class Role(Fields):
    name: str
    role: str


@router.post("/settings/people/role")
def change_role(request: Request, who: Admin, sent: Annotated[Role, Form()]) -> Response:
    with request.app.state.engine.begin() as connection:
        if sent.role:
            accounts.set_role(connection, sent.name, sent.role, sent.version)
        else:
            accounts.close_account(connection, sent.name)
        act = record(connection, who, _("the role of {name} is kept").format(name=sent.name))
    return done(request, act, back="/settings")
