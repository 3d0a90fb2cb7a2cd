"""Dates as calendar events (RFC 5545): one for each milestone of tracked projects, as a feed, in mails, as a file.

An event keeps its UID; SEQUENCE is counted from our append-only history, so it rises with every move, also of one that
is taken back. What was terminated or dropped is cancelled. Instants are UTC; a day without an hour is an all-day event.
The feed is no alarm: programs fetch it when they like, some once a day (pitfalls IC3).
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from icalendar import Alarm, Calendar, Event
from sqlalchemy import Connection, Row, or_, select, update

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.db import chunks
from tracker.decisions import tracked_ids
from tracker.delivery.alerts import Alert as Told
from tracker.delivery.alerts import Bundle
from tracker.delivery.mail import Attached, sender
from tracker.digest import Digest, Item, Known, living, load
from tracker.i18n import _, both, language
from tracker.present import ACTS, MOMENTS, dated, local, portal_name, word
from tracker.settings import Settings
from tracker.state import MilestoneState, ProceedingState
from tracker.tables import Assignment, OwnMilestone, Person, TeamMember, table
from tracker.tables import Event as History
from tracker.team import accounts
from tracker.team.accounts import TOKEN, hash_of, make_token
from tracker.team.tasks import OWN_NAMES

ASSIGNMENT, OWN_MILESTONE, PERSON, TEAM_MEMBER = (
    table(Assignment),
    table(OwnMilestone),
    table(Person),
    table(TeamMember),
)
HISTORY = table(History)

KEPT = timedelta(days=90)
"""Dates that are over stay in the feed for so long."""
REFRESH = timedelta(hours=1)
MOVES = frozenset({"deadline-moved", "date-recomputed", "date-dropped", "date-set"})
ENDS = frozenset({"terminated", "suspended", "resumed"})
OPENING = "opening_at"
ALARMS: dict[str, tuple[timedelta, ...]] = {
    OPENING: (timedelta(days=1), timedelta(hours=1), timedelta(minutes=15)),
    "bid_deadline": (timedelta(days=3), timedelta(days=1), timedelta(hours=3)),
}
OTHER_ALARMS = (timedelta(days=1), timedelta(hours=3))
DAY_ALARM = timedelta(hours=15)
"""Nine in the morning of the day before: a day without an hour gets no reminder by the hour."""


@dataclass(frozen=True)
class Entry:
    """One calendar event."""

    uid: str
    sequence: int
    changed_at: datetime
    start: datetime | date
    """A date for a whole day, in Asia/Shanghai."""
    summary: str
    description: str
    url: str = ""
    status: str = "CONFIRMED"
    alarms: tuple[timedelta, ...] = ()

    @property
    def cancelled(self) -> bool:
        return self.status == "CANCELLED"


# --- from projects to events ----------------------------------------------------------------------------------------


def followed(connection: Connection, person_id: int) -> set[int]:
    """The projects a person tracks, or has been given as owner, deputy or member of the team."""
    home = living(connection)
    teams = select(TEAM_MEMBER.c.team_id).where(TEAM_MEMBER.c.person_id == person_id)
    given = select(ASSIGNMENT.c.project_id).where(
        ASSIGNMENT.c.ended_at.is_(None),
        or_(ASSIGNMENT.c.deputy_id == person_id, ASSIGNMENT.c.team_id.in_(teams)),
    )
    name = connection.scalar(select(PERSON.c.name).where(PERSON.c.id == person_id))
    mine = {home.get(each, each) for each in connection.scalars(given)}
    known = load(connection, tracked_ids(connection), home)
    return {
        each for each, project in known.items() if name in project.tracked_by or (each in mine and project.tracked_by)
    }


def entries(connection: Connection, ids: Collection[int], settings: Settings, now: datetime) -> list[Entry]:
    """The events of these projects, by time. A project that cannot be read has none; the digest names it."""
    home = living(connection)
    known = load(connection, ids, home)
    history = _history(connection, known, home)
    found: list[Entry] = []
    for identity, project in known.items():
        try:
            found += _of_project(project, history[identity], settings, now)
        except ValueError:  # a state this version cannot read
            continue
    return sorted(found, key=_order)


def _order(entry: Entry) -> tuple[str, str]:
    return entry.start.isoformat(), entry.uid


def _history(connection: Connection, known: dict[int, Known], home: dict[int, int]) -> defaultdict[int, list[Row[Any]]]:
    """What moved and ended, by the project as it lives now, oldest first."""
    ids = set(known) | {joined for joined, lives in home.items() if lives in known}
    found: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for part in chunks(ids):
        query = select(HISTORY).where(HISTORY.c.project_id.in_(part), HISTORY.c.kind.in_(MOVES | ENDS))
        for row in connection.execute(query.order_by(HISTORY.c.id)):
            found[home.get(row.project_id, row.project_id)].append(row)
    return found


def _of_project(project: Known, history: Sequence[Row[Any]], settings: Settings, now: datetime) -> Iterator[Entry]:
    moves: defaultdict[tuple[str, str], list[Row[Any]]] = defaultdict(list)
    ends: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for event in history:
        place = event.data.get("proceeding", "")
        if event.kind in ENDS:
            ends[place].append(event)
        else:
            slot = "|".join(event.data.get(part) or "" for part in ("lot", "milestone", "rule_id"))
            moves[place, slot].append(event)
    standing: set[tuple[str, str]] = set()
    for proceeding in project.state.proceedings:
        for each in proceeding.milestones:
            place = (proceeding.key, each.slot)
            standing.add(place)
            if not _belongs(each, bool(moves[place])):
                continue
            told = [*moves[place], *ends[proceeding.key]]
            entry = _entry(project, proceeding, each, told, settings, now)
            if entry is not None:
                yield entry
    for (key, slot), told in moves.items():
        if (key, slot) not in standing and told[-1].kind == "date-dropped":
            yield _dropped(project, key, slot, [*told, *ends[key]], settings)


def _belongs(milestone: MilestoneState, moved: bool) -> bool:
    """What a bidder does or is present at, and rights of who takes part; to the day at least.

    A computed date whose proceeding has ended carries no mark any more; where it moved before it was in calendars.
    """
    if milestone.precision not in ("minute", "day"):
        return False
    printed = not milestone.rule_id and milestone.kind in {*ACTS, OPENING}
    return printed or milestone.bidder_acts or bool(milestone.alarm) or moved


def _entry(
    project: Known,
    proceeding: ProceedingState,
    milestone: MilestoneState,
    told: Sequence[Row[Any]],
    settings: Settings,
    now: datetime,
) -> Entry | None:
    status = "TENTATIVE" if milestone.provisional or proceeding.outcome == "suspended" else "CONFIRMED"
    lot = next((each for each in proceeding.lots if each.no == milestone.lot), None)
    if "terminated" in (proceeding.outcome, lot.outcome if lot else None):
        said = max((each.seen_at for each in told if each.kind == "terminated"), default=None)
        if said is None:
            return None  # it had ended before we saw it: it never stood in a calendar
        status = "CANCELLED" if milestone.latest > said else status
    start: datetime | date = milestone.earliest.astimezone(UTC)
    if milestone.precision == "day":
        start = local(milestone.earliest).date()
    name = milestone.kind if milestone.kind in MOMENTS else milestone.rule_id or milestone.kind
    return Entry(
        uid=_uid(project, proceeding.key, milestone.slot, settings),
        sequence=len(told),
        changed_at=max((each.seen_at for each in told), default=project.row.first_seen_at),
        start=start,
        summary=_summary(word(MOMENTS, name), milestone.lot, project, status),
        description="\n".join(_description(project, milestone, settings, now)),
        url=project.urls.get(milestone.source, "") or next((each.url for each in project.links if each.url), ""),
        status=status,
        alarms=_alarms(milestone) if status != "CANCELLED" and milestone.latest > now else (),
    )


def _dropped(project: Known, key: str, slot: str, told: Sequence[Row[Any]], settings: Settings) -> Entry:
    """A date that nobody states any more."""
    last = next(each for each in reversed(told) if each.kind == "date-dropped")
    lot, kind, rule_id = slot.split("|")
    before = datetime.fromisoformat(last.before).replace(tzinfo=SHANGHAI)
    return Entry(
        uid=_uid(project, key, slot, settings),
        sequence=len(told),
        changed_at=max(each.seen_at for each in told),
        start=before.astimezone(UTC) if " " in last.before else before.date(),
        summary=_summary(word(MOMENTS, kind if kind in MOMENTS else rule_id or kind), lot, project, "CANCELLED"),
        description=_("No notice states this date any more."),
        status="CANCELLED",
    )


def _uid(project: Known, key: str, slot: str, settings: Settings) -> str:
    """The same for ever: made of what names a milestone, not of its row."""
    place = hashlib.sha256(f"{key}|{slot}".encode()).hexdigest()[:16]
    return f"{project.row.id}-{place}@{settings.mail_domain}"


def _summary(name: str, lot: str, project: Known, status: str) -> str:
    mark = {"CANCELLED": _("cancelled"), "TENTATIVE": _("provisional")}.get(status, "")
    where = " " + _("lot %(no)s") % {"no": lot} if lot else ""
    return one_line(f"{f'[{mark}] ' if mark else ''}{name}{where} · {project.row.name}", 120)


def _description(project: Known, milestone: MilestoneState, settings: Settings, now: datetime) -> Iterator[str]:
    state = project.state
    yield " · ".join(filter(None, (state.number, state.buyer, state.region)))
    words = both(milestone.words, milestone.words_en or milestone.words)
    if words:
        yield _("computed: %(steps)s") % {"steps": words} if milestone.rule_id else _("“%(words)s”") % {"words": words}
    if milestone.conflict:
        values = " / ".join(dated(each.value, now) for each in milestone.conflict)
        yield f"{_('Places disagree:')} {values}"
    if project.owner:
        yield _("owner: %(name)s") % {"name": project.owner}
    for each in project.links[:3]:
        yield f"{portal_name(each.portal)} {each.url}".strip()
    if settings.public_url:
        yield f"{settings.public_url}/projects/{project.row.id}"
    yield _("The source counts, not this calendar: calendar programs fetch changes late.")


def _alarms(milestone: MilestoneState) -> tuple[timedelta, ...]:
    return (DAY_ALARM,) if milestone.precision == "day" else ALARMS.get(milestone.kind, OTHER_ALARMS)


def own_dates(connection: Connection, person_id: int, settings: Settings) -> list[Entry]:
    """Visits, test drives and approvals that the person is to see to."""
    home = living(connection)
    rows = connection.execute(select(OWN_MILESTONE).where(OWN_MILESTONE.c.owner_id == person_id)).all()
    known = load(connection, {row.project_id for row in rows}, home)
    found = []
    for row in rows:
        project = known[home.get(row.project_id, row.project_id)]
        what = " ".join(filter(None, (_(OWN_NAMES[row.kind]), one_line(row.name, 60))))
        found.append(
            Entry(
                uid=f"own-{row.id}@{settings.mail_domain}",
                sequence=row.version - 1,
                changed_at=row.at,
                start=row.due_at.astimezone(UTC),
                summary=one_line(f"{'✓ ' if row.done_at else ''}{what} · {project.row.name}", 120),
                description=one_line(row.result or "", 300),
                alarms=() if row.done_at else (timedelta(days=1), timedelta(hours=1)),
            )
        )
    return sorted(found, key=_order)


# --- writing --------------------------------------------------------------------------------------------------------


def write(found: Iterable[Entry], settings: Settings, name: str) -> bytes:
    """The events as an iCalendar object (METHOD:PUBLISH, RFC 5546 3.2.1); the same events give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Chebiao//Chebiao//ZH")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-caldesc", _("Dates of tracked tenders. No alarm: calendar programs fetch changes late."))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for each in found:
        calendar.add_component(_component(each, settings))
    made: bytes = calendar.to_ical()
    return made


def _component(entry: Entry, settings: Settings) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.start)
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("status", entry.status)
    event.add("transp", "TRANSPARENT")
    event.add("organizer", f"mailto:{sender(settings).addr_spec}")
    if entry.url:
        event.add("url", entry.url)
    for before in entry.alarms:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.summary)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event


# --- what is handed out ---------------------------------------------------------------------------------------------


def feed(connection: Connection, person_id: int, now: datetime, settings: Settings) -> bytes:
    """A person's calendar: dates of the projects they follow, from 90 days back, and their own."""
    row = connection.execute(select(PERSON).where(PERSON.c.id == person_id)).one()
    with language(row.language):
        found = [*entries(connection, followed(connection, person_id), settings, now)]
        found += own_dates(connection, person_id, settings)
        recent = [each for each in found if _day(each.start) >= local(now - KEPT).date()]
        return write(sorted(recent, key=_order), settings, _("Chebiao: tenders"))


def _day(start: datetime | date) -> date:
    return local(start).date() if isinstance(start, datetime) else start


def moved(what: Digest | Told | Bundle) -> set[int]:
    """The projects whose dates a mail tells to have moved or ended."""
    if isinstance(what, Digest):
        items: list[Item | None] = list(what.moved)
    else:
        items = [each.item for each in (what.alerts if isinstance(what, Bundle) else (what,))]
    return {each.project_id for each in items if each and any(change.kind in MOVES | ENDS for change in each.changes)}


def file_for(
    connection: Connection, person_id: int, ids: Collection[int], now: datetime, settings: Settings
) -> Attached | None:
    """The dates of those of the projects that the person follows, as a file for a mail; None without any to come."""
    mine = followed(connection, person_id) & set(ids)
    found = [each for each in entries(connection, mine, settings, now) if _day(each.start) >= local(now).date()]
    if not found:
        return None
    content = write(found, settings, _("Chebiao: tenders"))
    return Attached(_("dates") + ".ics", content, ("text", "calendar"), (("charset", "utf-8"), ("method", "PUBLISH")))


# --- the address of the feed ----------------------------------------------------------------------------------------


def new_address(connection: Connection, person_id: int, now: datetime, settings: Settings) -> str:
    """A new secret address of a person's feed, shown once; earlier ones end. Without a public URL only the path."""
    end_addresses(connection, person_id, now)
    token = make_token(connection, person_id, "calendar", _("calendar"), now)
    return f"{settings.public_url}/ics/{token}.ics"


def end_addresses(connection: Connection, person_id: int, now: datetime) -> int:
    """Revoke the addresses of a person's feed; returns how many there were."""
    mine = TOKEN.c.person_id == person_id, TOKEN.c.kind == "calendar", TOKEN.c.ended_at.is_(None)
    return connection.execute(update(TOKEN).where(*mine).values(ended_at=now)).rowcount


def owner_of(connection: Connection, token: str, now: datetime) -> int | None:
    """The person whose feed has this address; None where it is unknown, revoked, or the person has gone.

    Unlike the board a feed needs no account: who only gets mails can have one.
    """
    query = (
        select(TOKEN.c.person_id)
        .join(PERSON, PERSON.c.id == TOKEN.c.person_id)
        .where(TOKEN.c.hash == hash_of(token), TOKEN.c.kind == "calendar", *accounts.alive(now))
        .where(PERSON.c.active, PERSON.c.forgotten_at.is_(None))
    )
    return connection.execute(query).scalar()
