"""Sorts of notices and of events, as delivery, rhythms and gates sort them."""

WANTED = ("yes", "mixed")
"""Verdicts of a vehicle tender; `review` is listed as to be checked."""
TENDER_KINDS = frozenset(
    {"tender", "prequalification", "negotiation", "consultation", "inquiry", "single_source", "framework"}
)
EARLY_KINDS = frozenset({"intention", "opinion"})
RESULT_KINDS = frozenset({"award_candidate", "award", "contract", "acceptance"})
RESULT_EVENTS = frozenset({"awarded", "contracted"})
MOVING_EVENTS = frozenset(
    {
        "deadline-moved",
        "date-recomputed",
        "date-dropped",
        "conflict",
        "amount-changed",
        "changed",
        "terminated",
        "suspended",
        "resumed",
        "withdrawn",
        "back-again",
        "verdict",
        "re-tendered",
        "attachment-changed",
        "requirements-changed",
    }
)
NEVER_CUT = frozenset({"deadline-moved", "date-recomputed", "terminated", "conflict"})
SOURCE_EVENTS = frozenset({"source-blind", "source-back"})
