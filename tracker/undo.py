"""Taking back what was done, step by step, the last one first."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Connection

from tracker import decisions
from tracker.decisions import Mistake
from tracker.i18n import _

Step = dict[str, Any]
"""`{"take-back": "decision", "id": 12}`: a key of HOW and what it needs."""


def take_back(connection: Connection, who: str, steps: Sequence[Step]) -> None:
    """All of the steps. Raises Mistake where somebody else changed the thing meanwhile; nothing is taken back then."""
    for step in reversed(steps):
        how = HOW.get(step["take-back"])
        if how is None:
            raise Mistake(_("this cannot be taken back any more"))
        how(connection, who, step["id"])


HOW: dict[str, Callable[[Connection, str, int], None]] = {
    "decision": decisions.undo,
    "ended-decision": decisions.renew,
}
