"""Dates of tracked projects that come near: to who follows, owns or deputises, and at last to the owner's lead."""

from datetime import datetime, time, timedelta

from tracker.hours import local, next_digest
from tracker.router.cases import CRITICAL, NOTHING, Case, Duty, Rule, answers, mail

LATEST_MORNING = time(9)


def morning(case: Case) -> datetime:
    """What is counted in days leaves at the hour of the person's digest, at nine at the latest, never in the night."""
    here = local(case.person, case.now)
    return max(case.now, datetime.combine(here.date(), min(case.person.digest_at, LATEST_MORNING), here.tzinfo))


NEAR = timedelta(hours=30)


def in_digest_soon(case: Case) -> bool:
    """Whether a digest that comes today or tomorrow shows it anyway."""
    return next_digest(case.person, case.now, case.calendar) <= case.now + NEAR


def _reminder(case: Case) -> Duty:
    """The last day's come by themselves; the earlier ones stand in the digest of that morning (要办)."""
    data = case.event.data
    earliest = datetime.fromisoformat(data["earliest"])
    if answers(case):
        if data["step"].endswith("d") and not data["last_days"]:
            return NOTHING if in_digest_soon(case) else mail(not_before=morning(case))
        hold = None if data["again"] or not data["step"].endswith("d") else morning(case)
        return mail(passes_at=earliest - CRITICAL, not_before=hold)
    return mail(passes_at=earliest - CRITICAL, private=True)


def _whom(case: Case) -> bool:
    return answers(case) or (bool(case.event.data["lead"]) and case.person.name == case.roles.lead)


RULES = {"reminder": Rule(_reminder, _whom)}
