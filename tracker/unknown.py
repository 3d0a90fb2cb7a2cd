"""What the reader met on a portal's pages and did not know, gathered from the stored readings."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import Connection, select

from tracker.projects import PUBLICATION, VERSION

NEWEST = 5_000
"""Publications looked at, the newest first: what portals print now is what the tables have to learn."""

WHAT = {
    "label": "label",
    "kind": "kind of notice",
    "key": "field of the data",
    "value": "value",
    "layout": "layout",
    "encoding": "encoding",
    "size": "size",
}
"""Words for an issue's `what`, as msgids."""


@dataclass(frozen=True)
class Unknown:
    """A label, a kind of notice, a key of the data or a layout that no table of config/reading knows."""

    portal: str
    what: str
    words: str
    notices: int
    url: str
    """The newest page with it."""


def unknown(connection: Connection, portal: str | None = None, newest: int = NEWEST) -> list[Unknown]:
    """The issues of the newest readings by portal and words, the most frequent first."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in islice(_readings(connection, portal), newest):
        said: list[dict[str, Any]] = json.loads(zlib.decompress(row.reading)).get("issues", [])
        for issue in {(each["what"], each["words"]) for each in said}:
            found.setdefault((row.portal, *issue), []).append(row.url)
    rows = [Unknown(*key, notices=len(urls), url=urls[0]) for key, urls in found.items()]
    return sorted(rows, key=lambda row: (-row.notices, row.portal, row.what, row.words))


def _readings(connection: Connection, portal: str | None) -> Iterator[Any]:
    query = (
        select(PUBLICATION.c.portal, PUBLICATION.c.url, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .order_by(PUBLICATION.c.last_seen_at.desc(), PUBLICATION.c.id.desc())
    )
    if portal:
        query = query.where(PUBLICATION.c.portal == portal)
    yield from connection.execution_options(yield_per=200).execute(query)
