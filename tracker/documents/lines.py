"""A file as text: paragraphs and rows of tables in order, each with the page it stands on."""

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

State = Literal["read", "partly", "unreadable", "refused"]
Reason = Literal[
    "encrypted", "scan", "scanned-pages", "garbled", "damaged", "format", "empty", "login", "time", "memory", "size",
    "bomb", "entries", "depth", "entities", "embedded", "hidden", "pictures", "crash",
]  # fmt: skip
"""Why a file is not, or not wholly, readable here; `tracker.documents.words.REASONS` has them in words."""


@dataclass(frozen=True)
class Line:
    """A paragraph, or a row of a table."""

    text: str
    """Of a row: its cells between ` | `."""
    page: int | None = None
    """From 1; None where the format has no pages."""
    cells: tuple[str, ...] = ()
    table: int = 0
    """Number of the table in the file, from 1; 0 for a paragraph."""
    level: int = 0
    """Of a heading marked as such by its style, 1 the outermost; 0 where no style says so."""


@dataclass(frozen=True)
class Parsed:
    """What came of reading one file."""

    state: State
    reasons: tuple[Reason, ...] = ()
    lines: tuple[Line, ...] = ()
    pages: int | None = None
    unread: tuple[int, ...] = ()
    """Pages of which nothing could be read."""


MAX_LINE = 8_000
"""Characters of a paragraph or row; no clause a person wrote is longer."""
MAX_LINES = 100_000
MAX_TEXT = 6_000_000
"""Characters of a file that are kept; a set of documents of 2,000 pages has a third of it."""


def bounded(parsed: Parsed) -> Parsed:
    """With no more text than is taken in; what was cut says so."""
    kept: list[Line] = []
    left = MAX_TEXT
    for line in parsed.lines[:MAX_LINES]:
        if len(line.text) > MAX_LINE:
            line = Line(line.text[:MAX_LINE], line.page, tuple(c[:MAX_LINE] for c in line.cells[:200]), line.table)
        left -= len(line.text)
        if left < 0:
            break
        kept.append(line)
    if tuple(kept) == parsed.lines:
        return parsed
    return replace(parsed, state="partly", reasons=(*parsed.reasons, "size"), lines=tuple(kept))


def row(cells: Iterable[str], page: int | None, table: int) -> Line:
    """A row of a table as a line."""
    kept = tuple(" ".join(cell.split()) for cell in cells)
    return Line(" | ".join(kept), page, kept, table)


def dump(parsed: Parsed) -> bytes:
    """As JSON: what the child process says."""
    lines = [[each.text, each.page, list(each.cells), each.table, each.level] for each in parsed.lines]
    data: dict[str, Any] = {
        "state": parsed.state,
        "reasons": parsed.reasons,
        "pages": parsed.pages,
        "unread": parsed.unread,
        "lines": lines,
    }
    return json.dumps(data, ensure_ascii=False).encode()


def load(said: bytes) -> Parsed:
    """The reverse of `dump`. Raises ValueError on anything else."""
    data = json.loads(said)
    if not isinstance(data, dict):
        raise ValueError("no object")
    try:
        lines = tuple(Line(text, page, tuple(cells), table, level) for text, page, cells, table, level in data["lines"])
        return Parsed(data["state"], tuple(data["reasons"]), lines, data["pages"], tuple(data["unread"]))
    except (KeyError, TypeError) as error:
        raise ValueError(str(error)) from None


def pack(parsed: Parsed) -> bytes:
    """As it is stored."""
    return zlib.compress(dump(parsed), 6)


def unpack(packed: bytes) -> Parsed:
    return load(zlib.decompress(packed))
