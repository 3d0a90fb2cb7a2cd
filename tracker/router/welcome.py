"""What a new person finds in the first digest."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from tracker.digest import Known, living, load, open_actions
from tracker.kinds import EARLY_KINDS, TENDER_KINDS, WANTED
from tracker.service.leases import insert_new
from tracker.tables import DigestItem, Event, Project, table

DIGEST_ITEM, EVENT, PROJECT = table(DigestItem), table(Event), table(Project)

WELCOME = timedelta(days=30)


def welcome(connection: Connection, person_id: int, now: datetime) -> int:
    """Tenders of the last 30 days that are still open, and intentions; returns how many.

    Nothing is sent at once: these are no news to the others.
    """
    query = (
        select(EVENT)
        .join(PROJECT, PROJECT.c.id == EVENT.c.project_id)
        .where(EVENT.c.kind == "published", EVENT.c.seen_at > now - WELCOME, PROJECT.c.vehicle_purchase.in_(WANTED))
        .where(EVENT.c.routed_at.is_not(None))
    )
    events = connection.execute(query.order_by(EVENT.c.id)).all()
    home = living(connection)
    known = load(connection, {event.project_id for event in events}, home)
    taken = [
        event.id
        for event in events
        if not event.data.get("same_as")
        and (project := known[home.get(event.project_id, event.project_id)])
        and not project.passed
        and (
            event.data.get("kind") in EARLY_KINDS
            or (event.data.get("kind") in TENDER_KINDS and _still_open(project, now))
        )
    ]
    if taken:
        rows = [{"person_id": person_id, "event_id": event_id} for event_id in taken]
        connection.execute(insert_new(connection, DIGEST_ITEM), rows)
    return len(taken)


def _still_open(project: Known, now: datetime) -> bool:
    try:
        return bool(open_actions(project.state, now))
    except ValueError:
        return True  # the digest names it
