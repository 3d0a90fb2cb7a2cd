"""Windows in which an organiser buys again: told ahead of time, and a visit that becomes a task.

Be at the centre before its tender. From the notice to the result nobody visits: then the task means written questions,
the site visit that the documents offer, and 质疑 (GPL 25 forbids what else it could look like); after it, it is done.
"""

from datetime import date, datetime, time

from sqlalchemy import Connection, Row, insert, select, update

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.decisions import tracked_ids
from tracker.digest import Ahead, Known, living, load
from tracker.digest.ahead import ahead, open_windows
from tracker.events import Change, write
from tracker.i18n import _
from tracker.kinds import TENDER_KINDS, WANTED
from tracker.linking import normal_buyer
from tracker.present import day as worded_day
from tracker.present import window_kind
from tracker.reminders.plan import Reminders
from tracker.rhythm import load_settings
from tracker.state import ProjectState
from tracker.tables import Event, Person, Rhythm, Task, table
from tracker.team.people import people
from tracker.team.roles import roles_of, usual_lead
from tracker.workdays import Calendar

EVENT, PERSON, RHYTHM, TASK = table(Event), table(Person), table(Rhythm), table(Task)

VISIT, INQUIRY = "visit:", "inquiry:"
"""Origins of the task before the notice, and from the notice to the result; the key of the rhythm follows."""
AT = time(17)


def remind_visits(connection: Connection, now: datetime, reminders: Reminders, calendar: Calendar) -> int:
    """Write an event for each window whose lead time has come, and the visit task; returns how many events.

    Housekeeping keeps the forecasts (tracker/rhythms.py). A lead time that was slept through is told by the next one.
    """
    fresh = due_visits(connection, now, reminders, calendar)
    if not fresh:
        return 0
    home = living(connection)
    known = load(connection, tracked_ids(connection), home)
    tracked = [each for each in known.values() if each.tracked_by and not each.passed]
    made = 0
    for window in ahead(connection, tracked, now, calendar, max(load_settings().remind_days)):
        told = fresh.get((window.key, window.first))
        if told is None:
            continue
        there = {each.row.id: each for each in tracked if each.row.id in {row.project_id for row in window.purchases}}
        roles = roles_of(connection, there, home)
        owner = _owner(connection, window, [roles[each].owner for each in there])
        _task(connection, window, owner, now, calendar)
        names = {owner, usual_lead(connection), *(name for each in there.values() for name in each.tracked_by)}
        data = {
            "rhythm": window.key,
            "first": window.first.isoformat(),
            "lead": told,
            "people": sorted(names - {""}),
        }
        change = Change("rhythm-ahead", None, f"{told}d", data, f"{window.key}@{window.first}")
        write(connection, [change], cause="clock", seen_at=now, once="", occurred_at=now)
        made += 1
    return made


def due_visits(
    connection: Connection, now: datetime, reminders: Reminders, calendar: Calendar
) -> dict[tuple[str, date], int]:
    """By rhythm and first day, the windows whose lead time has come and was not told: so many working days ahead."""
    leads = load_settings().remind_days
    if not leads:
        return {}
    today = now.astimezone(SHANGHAI).date()
    fresh: dict[tuple[str, date], int] = {}
    for each in open_windows(connection, today, calendar.add_working_days(today, max(leads))):
        lead = _lead(each.first, now, leads, reminders, calendar) if each.first > today else None
        if lead is not None and not _is_said(connection, each, lead):
            fresh[each.key, each.first] = lead
    return fresh


def _lead(first: date, now: datetime, leads: tuple[int, ...], reminders: Reminders, calendar: Calendar) -> int | None:
    """The shortest lead time that has come."""
    mornings = {n: datetime.combine(calendar.add_working_days(first, -n), reminders.morning, SHANGHAI) for n in leads}
    return min((n for n, at in mornings.items() if at <= now), default=None)


def _is_said(connection: Connection, window: Ahead, lead: int) -> bool:
    key = f"rhythm-ahead::{window.key}@{window.first}:None>{lead}d:"
    return connection.execute(select(EVENT.c.id).where(EVENT.c.key == key)).first() is not None


def _owner(connection: Connection, window: Ahead, owners: list[str]) -> str:
    """Who goes: the owner of a project there, else who entered the rhythm, else the lead; empty for nobody."""
    here = {each.name for each in people(connection, active=True)}
    key, form, vehicle_class, kind, _origin = window.key.split("|")
    query = (
        select(PERSON.c.name)
        .join(RHYTHM, RHYTHM.c.person_id == PERSON.c.id)
        .where(RHYTHM.c.organiser_key == key, RHYTHM.c.form == form, RHYTHM.c.vehicle_class == vehicle_class)
        .where(RHYTHM.c.kind == kind, RHYTHM.c.ended_at.is_(None))
    )
    wanted = [*owners, *connection.scalars(query.order_by(RHYTHM.c.id)), usual_lead(connection)]
    return next((name for name in wanted if name in here), "")


def _task(connection: Connection, window: Ahead, owner: str, now: datetime, calendar: Calendar) -> None:
    """One visit for a window; none where nobody can be named."""
    origin = f"{VISIT}{window.key}@{window.first}"
    later = f"{INQUIRY}{window.key}@{window.first}"
    if not owner or connection.execute(select(TASK.c.id).where(TASK.c.origin.in_((origin, later)))).first():
        return
    title = _("visit {organiser} before {day}: {what}").format(
        organiser=window.organiser, day=worded_day(window.first, now), what=window_kind(window.kind, window.origin)
    )
    due = datetime.combine(calendar.previous_working_day(window.first), AT, SHANGHAI)
    project_id = window.purchases[0].project_id if window.purchases else None
    values = {
        "project_id": project_id,
        "title": one_line(title, 200),
        "owner_id": connection.scalar(select(PERSON.c.id).where(PERSON.c.name == owner)),
        "due_at": due,
        "state": "open",
        "origin": origin,
        "person_id": None,
        "at": now,
        "version": 1,
    }
    number = connection.execute(insert(TASK).values(values).returning(TASK.c.id)).scalar_one()
    said = {"id": number, "values": {"title": values["title"], "owner_id": owner, "origin": origin}}
    change = Change("task-added", None, None, said, str(number))
    write(connection, [change], cause="clock", seen_at=now, once="", project_id=project_id)


# --- from the notice to the result ----------------------------------------------------------------------------------

OPENS, CLOSES = "published", frozenset({"awarded", "contracted", "terminated"})


def follow_visits(connection: Connection, event: Row[tuple[object, ...]], project: Known, now: datetime) -> None:
    """Turn the visit tasks of an organiser when its notice is out, and close them with the result.

    Called for each event of a project once; a task that has turned stays with the project it turned for.
    """
    if event.kind in CLOSES:
        mine = TASK.c.state == "open", TASK.c.project_id == project.row.id, TASK.c.origin.startswith(INQUIRY)
        for task in connection.execute(select(TASK).where(*mine)).all():
            _change(connection, task, now, state="done", feedback=_("the result is out"))
        return
    is_notice = event.kind == OPENS and event.data.get("kind") in TENDER_KINDS and not event.data.get("same_as")
    if not is_notice or project.row.vehicle_purchase not in WANTED:
        return
    waiting = connection.execute(
        select(TASK).where(TASK.c.state == "open", TASK.c.origin.startswith(VISIT)).order_by(TASK.c.id)
    ).all()
    if not waiting:
        return
    state = project.state
    keys = {normal_buyer(name) for name in (state.buyer, state.agency) if name} - {"", None}
    for task in waiting:
        if task.origin.removeprefix(VISIT).split("|")[0] in keys:
            title = _("notice is out, no visits until the result: written questions, site visit, 质疑 only ({name})")
            _change(
                connection,
                task,
                now,
                title=one_line(title.format(name=state.name), 200),
                origin=INQUIRY + task.origin.removeprefix(VISIT),
                project_id=project.row.id,
                due_at=_last_question(state, now) or task.due_at,
            )


def _last_question(state: ProjectState, now: datetime) -> datetime | None:
    """By when questions, or else the bid, have to be handed in."""
    dated = {each.kind: each.earliest for place in state.proceedings for each in place.milestones if each.latest > now}
    wanted = ("question_deadline", "gp.remedy.challenge-documents", "tb.objection.documents", "bid_deadline")
    return next((dated[kind] for kind in wanted if kind in dated), None)


def _change(connection: Connection, task: Row[tuple[object, ...]], now: datetime, **values: object) -> None:
    """As `tracker.team.kept.edit` does for people; here a fact of the world has changed the task."""
    same = TASK.c.id == task.id, TASK.c.version == task.version
    if connection.execute(update(TASK).where(*same).values(**values, version=task.version + 1)).rowcount:
        fields = [
            {"field": name, "before": str(task._mapping[name] or ""), "after": str(value)}
            for name, value in values.items()
        ]
        change = Change("task-changed", None, None, {"id": task.id, "fields": fields}, f"{task.id}v{task.version + 1}")
        write(connection, [change], cause="clock", seen_at=now, once="", project_id=task.project_id)
