"""Deposits that should be back and are not: to who bid, and to the lead."""

from tracker.router.cases import Case, Duty, Rule, answers, mail
from tracker.router.reminders import morning


def _overdue(case: Case) -> Duty:
    return mail(private=True, not_before=morning(case))


def _whom(case: Case) -> bool:
    return answers(case) or case.person.name == case.roles.lead


RULES = {"deposit-overdue": Rule(_overdue, _whom)}
