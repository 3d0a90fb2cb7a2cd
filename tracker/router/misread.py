"""We had misread this: a verdict that a new reading turns. A date that it moves stands in moves.py."""

from tracker.kinds import WANTED
from tracker.router.cases import WAITS, Case, Duty, Rule, at_once


def _verdict(case: Case) -> Duty:
    """At once where it made a vehicle tender of it, or took one away."""
    wanted = case.event.before in WANTED or case.event.after in WANTED
    return at_once(case) if case.event.cause == "re-read" and wanted else WAITS


RULES = {"verdict": Rule(_verdict)}
