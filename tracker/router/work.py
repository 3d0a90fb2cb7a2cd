"""What colleagues ask of one another, and what nobody has taken on: to the person it is for, whoever else looks on."""

from tracker.reminders.visits import INQUIRY, VISIT
from tracker.router.cases import NOTHING, Case, Duty, Rule, mail
from tracker.router.reminders import in_digest_soon, morning

OWN = ("dispute:", VISIT, INQUIRY)
"""Origins of tasks of which another message tells."""


def _asked(_case: Case) -> Duty:
    return mail(private=True)


def _assigned(case: Case) -> bool:
    """The owner and the deputy, unless they took it themselves."""
    values = case.event.data.get("values", {})
    return _is_other(case) and case.person.name in {values.get("owner_id"), values.get("deputy_id")}


def _reassigned(case: Case) -> bool:
    """Who got it by a hand-over, and who asked for the answer that was given."""
    changed = {each["field"]: each["after"] for each in case.event.data.get("fields", ())}
    taken = case.person.name in {changed.get("owner_id"), changed.get("deputy_id")}
    answered = changed.get("feedback") and case.person.name == case.asked_by
    return _is_other(case) and bool(taken or answered)


def _disputed(case: Case) -> bool:
    """The lead, who settles it, and who has it now."""
    return _is_other(case) and case.person.name in {case.event.data.get("lead"), case.event.before}


def _given(case: Case) -> bool:
    """A task somebody else made for me, or gave to me."""
    values = case.event.data.get("values", {})
    changed = {each["field"]: each["after"] for each in case.event.data.get("fields", ())}
    mine = case.person.name in {values.get("owner_id"), changed.get("owner_id")}
    return _is_other(case) and mine and not str(values.get("origin", "")).startswith(OWN)


def _is_other(case: Case) -> bool:
    return bool(case.event.person_id != case.person.id)


def _due(case: Case) -> Duty:
    """What falls due today stands in the digest; what is overdue is said, at a decent hour."""
    if case.event.data["step"] == "today" and in_digest_soon(case):
        return NOTHING
    return mail(private=True, not_before=morning(case))


def _who_is_late(case: Case) -> bool:
    """Who has to do it; once it is overdue, who asked for it too."""
    asked = case.event.data["step"] == "overdue" and case.person.name == case.asked_by
    return case.person.name == case.done_by or bool(asked)


def _unowned(case: Case) -> bool:
    """The lead; where there is none, who keeps the project at hand."""
    followers = case.project.tracked_by if case.project is not None else []
    return case.person.name == case.roles.lead or (not case.roles.lead and case.person.name in followers)


def _at_decent_hour(case: Case) -> Duty:
    return mail(private=True, not_before=morning(case))


RULES = {
    "assignment-added": Rule(_asked, _assigned),
    "assignment-changed": Rule(_asked, _reassigned),
    "ownership-disputed": Rule(_asked, _disputed),
    "task-added": Rule(_asked, _given),
    "task-changed": Rule(_asked, _given),
    "task-due": Rule(_due, _who_is_late),
    "feedback-due": Rule(_due, _who_is_late),
    "unowned": Rule(_at_decent_hour, _unowned),
}
