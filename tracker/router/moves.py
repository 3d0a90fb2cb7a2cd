"""What changed in a purchase we know: dates, amounts, pages, files. A date that comes earlier is louder."""

from datetime import datetime, timedelta

from crawler.clock import SHANGHAI
from tracker.present import ACTS
from tracker.router.cases import WAITS, Case, Duty, Rule, at_once, waits


def _moved(case: Case) -> Duty:
    """At once where the old or the new date still lies ahead; what a law or calendar recomputes can wait."""
    event = case.event
    if event.cause not in ("published", "re-read") or not case.matched or not _lies_ahead(case):
        return WAITS
    return at_once(case, loud=bool(event.before and event.after and event.after < event.before))


def _dropped(case: Case) -> Duty:
    """A printed date to act by that is taken back, in a purchase we follow."""
    printed = not case.event.data.get("rule_id") and case.event.data.get("milestone") in ACTS
    is_news = case.event.cause in ("published", "re-read") and case.tracked
    return at_once(case) if printed and is_news and _lies_ahead(case) and not case_closed(case) else WAITS


def case_closed(case: Case) -> bool:
    """Every proceeding of the project has ended: its dates fall away by themselves."""
    return case.project is None or case.project.state.closed


def _followed(case: Case) -> Duty:
    """Suspended, or the page has gone (hostile 15): who follows it has to know before going on."""
    return at_once(case) if case.tracked and case.event.cause in ("published", "re-read") else WAITS


def _lies_ahead(case: Case) -> bool:
    days = [_day_end(each) for each in (case.event.before, case.event.after) if each is not None]
    return any(day is None or day > case.now for day in days)


def _day_end(value: str) -> datetime | None:
    """The end of the local day an event's value names; None where it names none."""
    try:
        day = datetime.strptime(value[:10], "%Y-%m-%d").replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
    return day + timedelta(days=1)


RULES = {
    "deadline-moved": Rule(_moved),
    "date-dropped": Rule(_dropped),
    "suspended": Rule(_followed),
    "withdrawn": Rule(_followed),
    **dict.fromkeys(
        (
            "amount-changed",
            "attachment-changed",
            "back-again",
            "changed",
            "conflict",
            "date-recomputed",
            "requirements-changed",
            "resumed",
        ),
        Rule(waits),
    ),
}
