"""How a purchase ends: without an award, which is news even of one that nobody tracked, or with a winner."""

from tracker.router.cases import WAITS, Case, Duty, Rule, at_once, waits


def _terminated(case: Case) -> Duty:
    """终止, 废标, 流标: work on it stops, and a new round may follow (待重招)."""
    return at_once(case) if case.event.cause in ("published", "re-read") and case.matched else WAITS


RULES = {
    "terminated": Rule(_terminated),
    "awarded": Rule(waits),
    "contracted": Rule(waits),
}
