"""Reminders: what falls due by the clock, written as events that the router turns into messages.

Every tick asks `has_fallen_due`, which only reads, before it calls `remind`. A lease lets one process at a time write,
and an event has a key made of its content: a machine that slept catches up once, and two workers say a thing once.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection

from tracker.answers import waiting
from tracker.decisions import Done, Mistake, acknowledge, project
from tracker.digest import living, load
from tracker.i18n import _
from tracker.reminders.dates import answered_after, due_dates, remind_dates, standing_dates
from tracker.reminders.errands import due_errands, remind_errands
from tracker.reminders.plan import load_reminders
from tracker.reminders.visits import due_visits, remind_visits
from tracker.service.leases import claim, process_name, release
from tracker.team.people import person
from tracker.team.roles import roles_of
from tracker.workdays import load_calendar

__all__ = ["acknowledge_project", "answered_after", "has_fallen_due", "remind", "reminded_people", "standing_dates"]

LEASE_NAME, LEASE_SECONDS = "reminders", 60.0


def has_fallen_due(connection: Connection, now: datetime) -> bool:
    """Whether `remind` has something to say. Raises ConfigurationError."""
    settings, calendar = load_reminders(), load_calendar()
    return any(each(connection, now, settings, calendar) for each in (due_dates, due_errands, due_visits))


def remind(connection: Connection, now: datetime) -> int:
    """Write what has fallen due and was not said; returns how many events. Raises ConfigurationError.

    Another process that looks at the same time waits for this transaction, and finds nothing left to say.
    """
    owner = process_name()
    if not claim(connection, LEASE_NAME, owner, LEASE_SECONDS):
        return 0
    settings, calendar = load_reminders(), load_calendar()
    made = sum(each(connection, now, settings, calendar) for each in (remind_dates, remind_errands, remind_visits))
    release(connection, LEASE_NAME, owner)
    return made


def reminded_people(connection: Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """By project with reminders that nobody has acknowledged, whose word they wait for.

    Those whom `tracker/router/reminders.py` tells: who follows the project, its owner and deputy, whose date it is, and
    the lead.
    """
    home = living(connection)
    asked = waiting(connection, ids, home)
    known = load(connection, asked, home)
    roles = roles_of(connection, known, home)
    return {
        identity: {*project.tracked_by, roles[identity].owner, roles[identity].deputy, roles[identity].lead}.union(
            *(row.data["people"] for row in asked[identity])
        )
        - {""}
        for identity, project in known.items()
    }


def acknowledge_project(connection: Connection, who: str, identity: int) -> Done:
    """I have seen the reminders of this project: they are not repeated, the next step and a moved date come anew.

    Raises Mistake where nothing waits for an answer, or for that of others; PersonError.
    """
    name = person(connection, who).name
    target = project(connection, identity).id
    asked = reminded_people(connection, {target}).get(target)
    if asked is None:
        raise Mistake(_("project {id} has no reminder that waits for an answer").format(id=target))
    if name not in asked:
        raise Mistake(
            _("the reminders of project {id} wait for {people}; follow it first").format(
                id=target, people=_(", ").join(sorted(asked))
            )
        )
    return acknowledge(connection, name, target)
