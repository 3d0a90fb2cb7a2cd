"""What moved, before → after, with the words of the notice that moved it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.text import one_line
from tracker.db import chunks
from tracker.digest.known import Known
from tracker.digest.model import Change
from tracker.kinds import NEVER_CUT
from tracker.present import link
from tracker.tables import Publication, table

PUBLICATION = table(Publication)
WITH_FIELDS = ("changed", "attachment-changed", "requirements-changed")
"""Events that tell field by field; each stands for itself."""


def changes_of(events: Sequence[Row[Any]], urls: dict[int, str], known: Known | None) -> tuple[Change, ...]:
    """What moved, one Change a date: a date that moved twice shows its whole way."""
    steps: defaultdict[tuple[Any, ...], list[Row[Any]]] = defaultdict(list)
    for event in events:
        slot = (event.kind, *(event.data.get(part) for part in ("proceeding", "lot", "milestone", "rule_id", "field")))
        alone = event.id if event.kind in WITH_FIELDS else None
        steps[(*slot, alone)].append(event)
    moved_by = {event.publication_id for event in events if event.kind == "deadline-moved"}
    made = []
    for way in steps.values():
        last = way[-1]
        if last.kind == "changed" and last.publication_id in moved_by and not _details(last, dates=False):
            continue  # the moved date says it already
        made.append(_change(way, urls, known))
    made.sort(key=lambda each: (not each.shortened, each.kind not in NEVER_CUT, each.event_id))
    return tuple(_together(made))


def _together(changes: list[Change]) -> Iterator[Change]:
    """Dates that moved the same way in one notice (submission and opening) are told once."""
    groups: dict[tuple[Any, ...], Change] = {}
    for each in changes:
        alike = (each.way, each.url, each.cause) if each.kind == "deadline-moved" else (each.event_id,)
        first = groups.get(alike)
        groups[alike] = each if first is None else replace(first, what=(*first.what, *each.what))
    for each in groups.values():
        yield replace(each, what=tuple(dict.fromkeys(each.what)))


def _change(way: list[Row[Any]], urls: dict[int, str], known: Known | None) -> Change:
    last, data = way[-1], way[-1].data
    values = [] if last.kind == "published" else [way[0].before, *(each.after for each in way)]
    if last.kind == "conflict":
        values = [each.get("value") for each in data.get("values", [])]
    shown = [one_line(str(each), 80) for each in values if each not in (None, "")]
    source = known.urls.get(data.get("source", ""), "") if known else ""
    return Change(
        event_id=last.id,
        kind=last.kind,
        what=tuple(each for each in (data.get("milestone") or data.get("field"),) if each),
        way=tuple(shown),
        words=one_line(data.get("words") or "", 200),
        url=source or urls.get(last.publication_id, ""),
        shortened=last.kind == "deadline-moved" and bool(way[0].before and last.after and last.after < way[0].before),
        cause=last.cause,
        lots=tuple(one_line(str(each), 20) for each in data.get("lots", []) if each != "all"),
        details=_details(last),
    )


_SAID_BY_EVENTS = {"bid_deadline", "opening_at", "documents_until", "corrections"}
"""Fields of a silent edit that a moved date of the same publication tells better."""


def _details(event: Row[Any], *, dates: bool = True) -> tuple[tuple[str, str, str], ...]:
    fields = event.data.get("fields", []) if event.kind in WITH_FIELDS else []
    return tuple(
        (
            one_line(str(each["field"]), 40),
            one_line(each.get("before") or "", 80),
            one_line(each.get("after") or "", 80),
        )
        for each in fields
        if dates or each["field"].partition(" [")[0] not in _SAID_BY_EVENTS
    )[:6]


def publication_urls(connection: Connection, events: Iterable[Row[Any]]) -> dict[int, str]:
    """Addresses that may be shown, by publication."""
    urls: dict[int, str] = {}
    for part in chunks({event.publication_id for event in events if event.publication_id}):
        query = select(PUBLICATION.c.id, PUBLICATION.c.url).where(PUBLICATION.c.id.in_(part))
        urls |= {row.id: link(row.url) for row in connection.execute(query)}
    return urls
