"""Files a person hands us, one document after the other; a bad one is reported and skipped."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.text import UndecodableError, decode

MAX_FILE = 200 * 1024 * 1024
"""Bytes of one file; a larger one is refused."""


@dataclass(frozen=True)
class Document:
    """One document of a file, ready for `read_document(**arguments)`."""

    id: str
    arguments: dict[str, Any]


@dataclass(frozen=True)
class BadInput:
    """A file or line that could not be used, with what to do about it."""

    path: Path
    line: int | None
    reason: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" if self.line else str(self.path)
        return f"{where}: {self.reason}; {self.fix}"


def documents(path: Path, report: Callable[[BadInput], None]) -> Iterator[Document]:
    """The documents of a .html, .txt or .jsonl file. Every unusable file or line goes to `report`, none raises."""
    suffix = path.suffix.lower()
    if suffix not in {".html", ".htm", ".txt", ".jsonl", ".ndjson"}:
        report(
            BadInput(path, None, f"unknown kind of file {suffix or 'without an ending'}", "give .html, .txt or .jsonl")
        )
        return
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            report(BadInput(path, None, f"{size} bytes", f"files up to {MAX_FILE} bytes are read"))
            return
        body = path.read_bytes()
    except OSError as error:
        report(BadInput(path, None, error.strerror or str(error), "check the path and your rights"))
        return
    try:
        content = decode(body)
    except UndecodableError as error:
        report(BadInput(path, None, str(error), "save the file as UTF-8"))
        return
    if not content.strip():
        report(BadInput(path, None, "empty file", "nothing to read"))
    elif suffix in {".html", ".htm"}:
        yield Document(path.stem, {"html": content})
    elif suffix == ".txt":
        yield Document(path.stem, {"text": content})
    else:
        yield from _lines(path, content, report)


def _lines(path: Path, content: str, report: Callable[[BadInput], None]) -> Iterator[Document]:
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            report(BadInput(path, number, f"no JSON: {error}", "one JSON object a line"))
            continue
        if not isinstance(row, dict):
            report(BadInput(path, number, "no JSON object", 'write {"id": …, "title": …, "text": …}'))
            continue
        body = {key: row[key] for key in ("text", "html") if isinstance(row.get(key), str)}
        if not body:
            report(BadInput(path, number, "neither text nor html", 'add "text" or "html"'))
            continue
        yield Document(
            str(row.get("id") or f"{path.stem}:{number}"),
            {
                "title": str(row.get("title") or ""),
                "url": str(row["url"]) if row.get("url") else None,
                "portal": str(row["portal"]) if row.get("portal") else None,
                "published": str(row.get("published_at") or row.get("published") or ""),
                **body,
            },
        )
