"""Sources that cannot be read, and those that can be read again."""

from tracker.router.cases import Case, Duty, Rule, waits


def _blind(_case: Case) -> Duty:
    """Written at the second failure in a row (tracker/service/poll.py)."""
    return Duty(at_once=True)


RULES = {
    "source-blind": Rule(_blind),
    "source-back": Rule(waits),
}
