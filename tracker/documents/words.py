"""What people read in place of the words of the programme (a msgid each)."""

from collections.abc import Mapping
from typing import Final

STATES: Final[Mapping[str, str]] = {
    "waiting": "waits to be read",
    "read": "read",
    "partly": "read in part",
    "unreadable": "not readable here",
    "refused": "refused",
}
REASONS: Final[Mapping[str, str]] = {
    "encrypted": "encrypted",
    "scan": "scan without text",
    "scanned-pages": "scanned pages without text",
    "garbled": "text in a font that hides its characters",
    "damaged": "damaged",
    "format": "format not parsed here",
    "empty": "no text in it",
    "login": "a login page, no document",
    "time": "took too long",
    "memory": "needs too much memory",
    "size": "too long, cut",
    "bomb": "unpacks to an unreasonable size",
    "entries": "too many entries",
    "depth": "archives nested too deep",
    "entities": "holds XML entities",
    "embedded": "embedded objects not read",
    "hidden": "hidden sheets not read",
    "pictures": "pictures not read",
    "crash": "its reader broke down",
}
KINDS: Final[Mapping[str, str]] = {
    "qualification": "qualification",
    "conformity": "conformity",
    "commercial": "commercial",
    "technical": "technical",
    "scoring": "scoring",
    "submission": "submission",
    "deposit": "bid deposit",
    "price": "price rule",
    "delivery": "delivery",
    "warranty": "warranty",
    "payment": "terms of payment",
    "contract": "contract term",
    "void": "void-bid clause",
}
VERDICTS: Final[Mapping[str, str]] = {"question": "to be questioned", "leave": "left as it is"}
LEVELS: Final[Mapping[str, str]] = {"alert": "to question?", "note": "note"}
CHANGES: Final[Mapping[str, str]] = {
    "added": "added",
    "changed": "changed",
    "dropped": "dropped",
    "unplaced": "clause not found",
}
