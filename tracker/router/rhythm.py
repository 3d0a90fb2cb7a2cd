"""Windows in which an organiser buys again: to who has business there; to everybody where nobody has."""

from tracker.router.cases import Case, Duty, Rule
from tracker.router.reminders import morning


def _ahead(case: Case) -> Duty:
    """A low frequency waits for the digest, which has a part for it."""
    return Duty(at_once=True, digest=False, not_before=morning(case))


def _whom(case: Case) -> bool:
    people = case.event.data["people"]
    return not people or case.person.name in people


RULES = {"rhythm-ahead": Rule(_ahead, _whom)}
