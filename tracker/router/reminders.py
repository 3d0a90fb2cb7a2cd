"""Dates of tracked projects that come near: to who follows, owns or deputises, and at last to the owner's lead."""

from datetime import datetime, time, timedelta

from tracker.delivery.hours import local, next_digest
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
    passes_at = datetime.fromisoformat(data["earliest"]) - CRITICAL
    if not _is_asked(case):
        return mail(passes_at=passes_at, private=True)
    if data["last_days"]:
        first = not data["hourly"] and not data["again"]
        return mail(passes_at=passes_at, not_before=morning(case) if first else None)
    shown = not data["people"] and in_digest_soon(case)  # dates of our own have no place in the digest before their day
    return NOTHING if shown else mail(not_before=morning(case))


def _is_asked(case: Case) -> bool:
    return answers(case) or case.person.name in case.event.data["people"]


def _whom(case: Case) -> bool:
    return _is_asked(case) or (bool(case.event.data["lead"]) and case.person.name == case.roles.lead)


RULES = {"reminder": Rule(_reminder, _whom)}
