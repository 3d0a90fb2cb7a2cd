"""Alerts composed from ids, so that sending one again gives the same text; everything is read as it stands now."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Connection, Row, select

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.decisions import tracked_ids
from tracker.delivery.alerts.model import LOUDNESS, Alert, Asked, Bundle, Contact, Near, Round, Visit, family_of
from tracker.digest import Ahead, Known, living, load
from tracker.digest.ahead import ahead
from tracker.digest.changes import changes_of, publication_urls
from tracker.digest.compose import with_touched
from tracker.digest.items import build
from tracker.digest.known import add_why
from tracker.digest.model import Blind
from tracker.kinds import MOVING_EVENTS, WANTED
from tracker.linking import normal_buyer
from tracker.projects import unpack
from tracker.reminders import standing_dates
from tracker.reminders.visits import INQUIRY, VISIT
from tracker.rhythm import load_settings
from tracker.state import ProjectState
from tracker.tables import (
    Assignment,
    Bid,
    Deposit,
    Event,
    OwnMilestone,
    Person,
    Project,
    Publication,
    Task,
    Version,
    table,
)
from tracker.team.roles import roles_of
from tracker.workdays import load_calendar

ASSIGNMENT, BID, DEPOSIT, EVENT = table(Assignment), table(Bid), table(Deposit), table(Event)
OWN_MILESTONE, PERSON, PROJECT = table(OwnMilestone), table(Person), table(Project)
PUBLICATION, TASK, VERSION = table(Publication), table(Task), table(Version)

ROUNDS, CONTACTS = 5, 4
"""Earlier purchases and contacts that are named with a window."""


@dataclass(frozen=True)
class Scene:
    """What the parts of an alert are composed from."""

    connection: Connection
    events: Sequence[Row[Any]]
    """Of one project; the loudest first."""
    project: Known | None
    person: Row[Any]
    now: datetime

    @property
    def event(self) -> Row[Any]:
        return self.events[0]


def compose_alert(
    connection: Connection,
    event_id: int,
    person_id: int,
    now: datetime,
    *,
    due_at: datetime | None = None,
    also: Iterable[int] = (),
) -> Alert:
    """What cannot wait, as it stands now; `also` holds other events of the same project that it tells too.

    Raises what its project's state makes impossible.
    """
    query = select(EVENT).where(EVENT.c.id.in_([event_id, *also])).order_by(EVENT.c.id)
    events = sorted(connection.execute(query).all(), key=lambda row: LOUDNESS.index(family_of(row.kind)))
    person = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one()
    event, project = events[0], None
    if event.project_id is not None:
        home = living(connection)
        project = load(connection, [event.project_id], home)[home.get(event.project_id, event.project_id)]
        add_why(connection, person_id, [row.id for row in events], {project.row.id: project}, home)
    scene = Scene(connection, events, project, person, now)
    alert = Alert(
        person=person.name,
        language=person.language,
        now=now,
        kind=event.kind,
        seen_at=event.seen_at,
        number=event.id,
        due_at=due_at,
        item=_item(scene),
    )
    return replace(alert, **PARTS.get(alert.family, _nothing)(scene))


def _nothing(_scene: Scene) -> dict[str, Any]:
    return {}


def _item(scene: Scene) -> Any:
    if scene.project is None:
        return None
    moving = [event for event in scene.events if event.kind in MOVING_EVENTS]
    changes = changes_of(moving, publication_urls(scene.connection, moving), scene.project)
    item = build(scene.project, scene.now, changes=changes, news=scene.event.data.get("kind", ""))
    return with_touched(scene.connection, item, {item.project_id: scene.project}, scene.now)


def _blind(scene: Scene) -> dict[str, Any]:
    """One portal; several channels that could not be read for one reason stand together."""
    event = scene.event
    since = [datetime.fromisoformat(each.data["since"]) for each in scene.events if each.data.get("since")]
    blind = Blind(
        portal=event.portal or "",
        channels=tuple(dict.fromkeys(each.channel for each in scene.events if each.channel)),
        since=min(since, default=event.seen_at),
        state=event.data.get("state", ""),
        reason=one_line(event.data.get("reason") or "", 200),
    )
    return {"blind": blind}


def _reminder(scene: Scene) -> dict[str, Any]:
    event, project = scene.event, cast("Known", scene.project)
    shown = [_near(scene, told, date.earliest, date.kind) for told, date in standing_dates(*_where(scene))]
    followers = {*project.tracked_by, *event.data["people"]}
    roles = roles_of(scene.connection, {project.row.id: project}, living(scene.connection))[project.row.id]
    asked = scene.person.name in {*followers, roles.owner, roles.deputy}
    shown.sort(key=lambda each: not each.step.endswith("m"))  # an opening that begins comes first
    return {
        "dates": tuple(shown),
        "escalated": not asked,
        "unanswered": event.data["unanswered"],
        "asked": Asked(to=roles.owner),
    }


def _where(scene: Scene) -> tuple[Connection, Row[Any], Known]:
    return scene.connection, scene.event, cast("Known", scene.project)


def _near(scene: Scene, told: dict[str, Any], at: datetime, kind: str) -> Near:
    """The date with the words it was read from, or computed by."""
    if told["slot"].startswith("own|"):
        query = select(OWN_MILESTONE).where(OWN_MILESTONE.c.id == int(told["slot"].removeprefix("own|")))
        row = scene.connection.execute(query).one()
        return Near(kind, at, at, "minute", told["step"], own=True, name=one_line(row.name, 80))
    project = cast("Known", scene.project)
    for proceeding in project.state.proceedings:
        for each in proceeding.milestones:
            if f"{proceeding.key}|{each.slot}" == told["slot"]:
                return Near(
                    kind=kind,
                    at=at,
                    latest=each.latest,
                    precision=each.precision,
                    step=told["step"],
                    words=one_line(each.words, 200),
                    words_en=one_line(each.words_en or each.words, 200),
                    url=project.urls.get(each.source, ""),
                    provisional=each.provisional,
                    computed=bool(each.rule_id),
                )
    raise LookupError(told["slot"])


# --- work -----------------------------------------------------------------------------------------------------------


def _work(scene: Scene) -> dict[str, Any]:
    event, data = scene.event, scene.event.data
    if event.kind in ("task-added", "task-changed", "task-due"):
        row = _row(scene, TASK, data.get("task") or data.get("id"))
        by, words = row.person_id, row.title
        asked = Asked(_name(scene, by), _name(scene, row.owner_id), one_line(words, 300), row.due_at)
    elif event.kind in ("assignment-added", "assignment-changed", "feedback-due"):
        row = _row(scene, ASSIGNMENT, data.get("assignment") or data.get("id"))
        is_answer = "feedback" in {each["field"] for each in data.get("fields", ())}
        by, words = (row.owner_id, row.feedback) if is_answer else (row.person_id, row.instruction)
        asked = Asked(_name(scene, by), _name(scene, row.owner_id), one_line(words or "", 500), row.due_at)
    elif event.kind == "ownership-disputed":
        asked = Asked(by=event.after or "", to=event.before or "", words=one_line(data.get("reason") or "", 300))
    else:
        asked = Asked(to=event.before or "")
    return {"asked": replace(asked, overdue=data.get("step") == "overdue")}


def _row(scene: Scene, of: Any, number: int) -> Row[Any]:
    return scene.connection.execute(select(of).where(of.c.id == number)).one()


def _name(scene: Scene, person_id: int | None) -> str:
    return scene.connection.scalar(select(PERSON.c.name).where(PERSON.c.id == person_id)) or ""


def _money(scene: Scene) -> dict[str, Any]:
    row = _row(scene, DEPOSIT, scene.event.data["deposit"])
    bid = _row(scene, BID, row.bid_id)
    asked = Asked(
        by=one_line(bid.bidder, 80),
        words=bid.status,
        due=datetime.fromisoformat(scene.event.data["due_at"]),
        overdue=True,
        amount=row.amount,
        rule_id=scene.event.data["rule_id"],
    )
    return {"asked": asked}


# --- rhythms --------------------------------------------------------------------------------------------------------


def _rhythm(scene: Scene) -> dict[str, Any]:
    """The window as it is expected now; one that has moved or lapsed since is told as it was."""
    connection, data = scene.connection, scene.event.data
    home = living(connection)
    known = load(connection, tracked_ids(connection), home)
    tracked = [each for each in known.values() if each.tracked_by and not each.passed]
    settings = load_settings()
    longest = max((*settings.remind_days, data["lead"]))
    windows = ahead(connection, tracked, scene.now, load_calendar(), longest + 5)
    window = next((each for each in windows if each.key == data["rhythm"]), None)
    if window is None:
        key, form, vehicle_class, kind, origin = data["rhythm"].split("|")
        first = datetime.fromisoformat(data["first"]).date()
        window = Ahead(key, kind, origin, form, vehicle_class, first, first, key=data["rhythm"])
    query = select(TASK).where(TASK.c.origin.in_([f"{each}{window.key}@{data['first']}" for each in (VISIT, INQUIRY)]))
    task = connection.execute(query).first()
    there = _of_organiser(connection, data["rhythm"].split("|")[0])
    visit = Visit(
        ahead=window,
        lead=data["lead"],
        rounds=tuple(_rounds(connection, there)),
        contacts=tuple(_contacts(connection, there)),
        prepare=settings.prepare,
        owner=_name(scene, task.owner_id) if task is not None else "",
        due=task.due_at if task is not None else None,
    )
    return {"visit": visit}


RECENT = timedelta(days=800)


def _of_organiser(connection: Connection, key: str) -> list[tuple[Row[Any], ProjectState]]:
    """Vehicle purchases of an organiser, as buyer or as the centre that runs them, the newest first."""
    query = select(PROJECT).where(PROJECT.c.vehicle_purchase.in_(WANTED), PROJECT.c.alias_of.is_(None))
    found = []
    for row in connection.execute(query.order_by(PROJECT.c.id.desc())):
        names = (row.state.get("buyer"), row.state.get("agency"))  # cheaper than reading every state whole
        if key in {normal_buyer(name) for name in names if name}:
            try:
                found.append((row, ProjectState.model_validate(row.state)))
            except ValueError:  # the digest names it
                continue
    return found


def _rounds(connection: Connection, there: Sequence[tuple[Row[Any], ProjectState]]) -> list[Round]:
    """Earlier purchases with a result: day, winner, brand and prices."""
    found = []
    for row, state in there:
        awards = [award for proceeding in state.proceedings for award in proceeding.awards]
        if not awards:
            continue
        query = select(PUBLICATION.c.published_at, PUBLICATION.c.url).where(PUBLICATION.c.project_id == row.id)
        page = connection.execute(query.order_by(PUBLICATION.c.published_at.desc().nulls_last())).first()
        if page is None or page.published_at is None:
            continue
        award = next((each for each in awards if each.unit_price is not None), awards[-1])
        found.append(
            Round(
                day=page.published_at.astimezone(SHANGHAI).date(),
                name=one_line(row.name, 80),
                supplier=one_line(award.supplier, 60),
                brand=one_line(award.brand or "", 40),
                model=one_line(award.model or "", 40),
                unit_price=award.unit_price,
                amount=award.amount,
            )
        )
    return sorted(found, key=lambda each: each.day, reverse=True)[:ROUNDS]


def _contacts(connection: Connection, there: Sequence[tuple[Row[Any], ProjectState]]) -> list[Contact]:
    """Contacts that the newest notices print; nothing else is known of people."""
    found: dict[tuple[str, str], Contact] = {}
    for row, _state in there[:ROUNDS]:
        query = (
            select(VERSION.c.reading)
            .join(PUBLICATION, PUBLICATION.c.version_id == VERSION.c.id)
            .where(PUBLICATION.c.project_id == row.id)
            .order_by(PUBLICATION.c.published_at.desc().nulls_last(), PUBLICATION.c.id.desc())
            .limit(1)
        )
        for reading in connection.scalars(query):
            for each in unpack(reading).contacts:
                if each.role in ("buyer", "agency", "project") and (each.phone or each.person):
                    said = Contact(
                        each.role,
                        one_line(each.name or "", 60),
                        one_line(each.person or "", 30),
                        one_line(each.phone or "", 40),
                    )
                    found.setdefault((said.person, said.phone), said)
    return list(found.values())[:CONTACTS]


PARTS: dict[str, Callable[[Scene], dict[str, Any]]] = {
    "blind": _blind,
    "reminder": _reminder,
    "work": _work,
    "money": _money,
    "rhythm": _rhythm,
}
"""What an alert says beside its project, by family."""


# --- several in one mail --------------------------------------------------------------------------------------------


def together(events: Iterable[Row[Any]]) -> list[list[int]]:
    """Ids of events that one message tells: changes of one project, channels of one portal."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for event in events:
        family = family_of(event.kind)
        place: tuple[Any, ...] = (event.id,)
        if family in ("moved", "ended", "misread", "match") and event.project_id is not None:
            place = ("project", event.project_id)
        elif family == "blind":
            place = ("portal", event.portal, event.data.get("reason"))
        groups.setdefault(place, []).append(event.id)
    return list(groups.values())


def compose_bundle(
    connection: Connection,
    event_ids: Sequence[int],
    person_id: int,
    now: datetime,
    *,
    kind: Any = "folded",
    due_at: datetime | None = None,
) -> Alert | Bundle:
    """Several alerts, the loudest first; a single one where all belong together. What cannot be composed is named."""
    query = select(EVENT).where(EVENT.c.id.in_(event_ids)).order_by(EVENT.c.id)
    groups = together(connection.execute(query).all())
    if len(groups) == 1 and kind == "folded":
        first, *also = groups[0]
        return compose_alert(connection, first, person_id, now, due_at=due_at, also=also)
    person = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one()
    alerts, skipped = [], []
    for first, *also in groups:
        try:
            alerts.append(compose_alert(connection, first, person_id, now, also=also))
        except Exception as error:  # one poisoned item stops no other
            skipped.append(one_line(f"{_title(connection, first)} ({type(error).__name__})", 160))
    ordered = tuple(sorted(alerts, key=lambda each: each.loudness))
    return Bundle(person.name, person.language, now, ordered, kind, tuple(skipped), due_at)


def _title(connection: Connection, event_id: int) -> str:
    query = select(PROJECT.c.name).join(EVENT, EVENT.c.project_id == PROJECT.c.id).where(EVENT.c.id == event_id)
    return connection.scalar(query) or f"#{event_id}"
