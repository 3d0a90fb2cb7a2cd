"""What one digest says: composed from ids, so that sending it again gives the same text.

`compose` gathers facts only; wording belongs to the templates (tracker/delivery/render.py).
"""

from tracker.digest.compose import ATTEMPT, DELIVERY, DIGEST, DIGEST_ITEM, EVENT, PERSON, compose
from tracker.digest.items import open_actions
from tracker.digest.known import Known, is_passed, living, load, matched
from tracker.digest.model import (
    Action,
    Ahead,
    Blind,
    Change,
    Dead,
    Digest,
    Ending,
    Errand,
    Health,
    Item,
    Link,
    Owed,
    Result,
    Skipped,
    Told,
    Touched,
    Usual,
)
from tracker.digest.sources import health
from tracker.kinds import EARLY_KINDS, MOVING_EVENTS, RESULT_EVENTS, TENDER_KINDS, WANTED

__all__ = [
    "ATTEMPT",
    "DELIVERY",
    "DIGEST",
    "DIGEST_ITEM",
    "EARLY_KINDS",
    "EVENT",
    "MOVING_EVENTS",
    "PERSON",
    "RESULT_EVENTS",
    "TENDER_KINDS",
    "WANTED",
    "Action",
    "Ahead",
    "Blind",
    "Change",
    "Dead",
    "Digest",
    "Ending",
    "Errand",
    "Health",
    "Item",
    "Known",
    "Link",
    "Owed",
    "Result",
    "Skipped",
    "Told",
    "Touched",
    "Usual",
    "compose",
    "health",
    "is_passed",
    "living",
    "load",
    "matched",
    "open_actions",
]
