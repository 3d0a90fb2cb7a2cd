"""Reminders: what falls due by the clock, written as events that the router turns into messages.

`remind` is called at every tick. A lease lets one process at a time look, and an event has a key made of its content,
so that a machine that slept catches up once and two workers say a thing once.
"""

from datetime import datetime

from sqlalchemy import Connection

from tracker.answers import unanswered
from tracker.decisions import Done, Mistake, acknowledge, project
from tracker.digest import living
from tracker.i18n import _
from tracker.leases import claim, process_name, release
from tracker.people import person
from tracker.reminders.dates import answered_after, remind_dates, standing_dates
from tracker.reminders.errands import remind_errands
from tracker.reminders.plan import load_reminders
from tracker.reminders.visits import remind_visits
from tracker.workdays import load_calendar

__all__ = ["acknowledge_project", "answered_after", "remind", "standing_dates"]

LEASE_NAME, LEASE_SECONDS = "reminders", 60.0


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


def acknowledge_project(connection: Connection, who: str, identity: int) -> Done:
    """I have seen the reminders of this project: they are not repeated, the next step and a moved date come anew.

    Raises Mistake where nothing waits for an answer, PersonError.
    """
    person(connection, who)
    target = project(connection, identity).id
    if not unanswered(connection, {target}, living(connection)):
        raise Mistake(_("project {id} has no reminder that waits for an answer").format(id=target))
    return acknowledge(connection, who, target)
