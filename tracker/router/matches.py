"""New notices: a match waits for the digest, unless its first window closes before the digest can help."""

from datetime import datetime, time, timedelta

from crawler.clock import SHANGHAI
from tracker.delivery.hours import next_digest
from tracker.digest import open_actions
from tracker.kinds import TENDER_KINDS, WANTED
from tracker.router.cases import NOTHING, WAITS, Case, Duty, Rule, at_once, waits

GATHER = timedelta(minutes=5)
"""A new match waits so long for others, so that one poll gives one mail …"""
HURRY = timedelta(hours=3)
"""… unless it closes so soon."""


def _published(case: Case) -> Duty:
    """竞价, 询比, mall and framework call-offs close within hours; a copy on another portal is no news."""
    data = case.event.data
    if case.backlog and not case.tracked:
        return NOTHING
    if case.project is None or data.get("same_as") or data.get("kind") not in TENDER_KINDS:
        return WAITS
    if case.project.row.vehicle_purchase not in WANTED:
        return WAITS
    actions = open_actions(case.project.state, case.now)
    slot = next_digest(case.person, case.now, case.calendar)
    after = case.calendar.add_working_days(slot.astimezone(SHANGHAI).date(), 1)
    if not actions or actions[0].earliest >= datetime.combine(after, time(), SHANGHAI):
        return WAITS
    wait = GATHER if actions[0].earliest > case.now + HURRY else timedelta()
    found = at_once(case)
    return Duty(at_once=True, passes_at=found.passes_at, not_before=case.now + wait)


RULES = {
    "published": Rule(_published),
    "re-tendered": Rule(waits),
}
