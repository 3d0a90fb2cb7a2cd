"""One event for one person, and what a rule makes of it: said at once, in the next digest, or not at all."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from tracker.digest import Known, open_actions
from tracker.kinds import WANTED
from tracker.team.roles import NOBODY, Roles
from tracker.workdays import Calendar

BACKLOG = timedelta(days=2)
"""What a new portal published within so long before it was added is told like news."""
CRITICAL = timedelta(hours=24)
"""So long before the next thing a bidder has to do, quiet hours hold nothing about it any more."""


@dataclass(frozen=True)
class Case:
    """One event for one person."""

    event: Row[Any]
    project: Known | None
    person: Row[Any]
    now: datetime
    calendar: Calendar
    groups: tuple[Row[Any], ...] = ()
    """The chat groups that are told what this person is told at once."""
    roles: Roles = NOBODY
    """Who answers for the project."""
    asked_by: str = ""
    """Who asked for the task or the answer that the event is about."""
    done_by: str = ""
    """Who has to do it."""
    joined_at: datetime | None = None
    """When the event's portal was first polled, where that was later than the others: what is older is its backlog."""

    @property
    def backlog(self) -> bool:
        """Published well before its portal was added: a new portal floods nobody, lists and search offer it."""
        when = self.event.occurred_at
        return self.joined_at is not None and when is not None and when < self.joined_at - BACKLOG

    @property
    def tracked(self) -> bool:
        return self.project is not None and bool(self.project.tracked_by)

    @property
    def matched(self) -> bool:
        """A vehicle tender, or one that somebody tracks; what is still to be checked can wait."""
        return self.tracked or (self.project is not None and self.project.row.vehicle_purchase in WANTED)


@dataclass(frozen=True)
class Duty:
    """What an event asks for one person."""

    at_once: bool = False
    digest: bool = True
    """An item of the next digest too, which names it as told already or tells it."""
    passes_at: datetime | None = None
    """From when on neither quiet hours nor a low frequency hold it; None: they always do."""
    insists: bool = False
    """It comes at once whatever the frequency: addressed to this one person."""
    private: bool = False
    """No group of a team is told."""
    not_before: datetime | None = None


WAITS = Duty()
NOTHING = Duty(digest=False)


@dataclass(frozen=True)
class Rule:
    """What one kind of event asks, and of whom."""

    duty: Callable[[Case], Duty]
    whom: Callable[[Case], bool] | None = None
    """None: whom the project concerns, because somebody tracks it or the person's watches ask for it."""


def waits(_case: Case) -> Duty:
    """It can wait for the digest."""
    return WAITS


def at_once(case: Case, *, loud: bool = False) -> Duty:
    """It cannot wait; `loud` passes quiet hours, the others from a day before the next thing to do on."""
    if loud:
        return Duty(at_once=True, passes_at=case.now)
    actions = open_actions(case.project.state, case.now) if case.project is not None else ()
    return Duty(at_once=True, passes_at=actions[0].earliest - CRITICAL if actions else None)


def mail(**more: Any) -> Duty:
    """A message to this one person; the digest shows the same by its own means."""
    return Duty(at_once=True, digest=False, insists=True, **more)


def answers(case: Case) -> bool:
    """Whether the person follows the project, owns it or stands in for the owner."""
    name = case.person.name
    followers = case.project.tracked_by if case.project is not None else ()
    return name in {*followers, case.roles.owner, case.roles.deputy}
