"""`chebiao link FILE.jsonl`: read and link notices from a file without storing anything."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from crawler.notice import Notice
from crawler.reading import read_document
from crawler.reading.files import BadInput
from crawler.text import UndecodableError, decode
from tracker.linking import Linkable, link, linkable

Report = Callable[[BadInput], None]


def link_file(path: Path, report: Report) -> Iterator[dict[str, Any]]:
    """`{"id", "notice", "project"}` for each line, in the file's order.

    A line is a JSON object with `id` or `title` at least; `url`, `portal`, `published_at` and `text` (or `html`) help.
    Notice and project are named after their earliest publication. Where one line holds several notices (a table of
    intentions), `parts` lists them and the line itself stands with the first. Unusable lines go to `report`.
    """
    lines: list[tuple[str, list[str]]] = []
    items: list[Linkable] = []
    taken: set[str] = set()
    for number, row in _rows(path, report):
        name = str(row.get("id") or f"{path.stem}:{number}")
        unique = f"{name}#{number}" if name in taken else name
        taken.add(unique)
        keys: list[str] = []
        for at, notice in enumerate(_read(row)):
            keys.append(unique if at == 0 else f"{unique}/{notice.key or at + 1}")
            items.append(linkable(keys[-1], notice))
        lines.append((name, keys))
    linked = link(items)
    for name, keys in lines:
        groups = [{"notice": linked.notice_of[key], "project": linked.project_of[key]} for key in keys]
        yield {"id": name, **groups[0]} | ({"parts": groups} if len(groups) > 1 else {})


def _read(row: dict[str, Any]) -> list[Notice]:
    """The notices of a line, read; a title without text is a notice, too."""

    def text(key: str) -> str | None:
        return str(row[key]) if isinstance(row.get(key), str | int) and row[key] != "" else None

    notices = read_document(
        title=text("title") or "",
        url=text("url"),
        portal=text("portal"),
        published=text("published_at") or text("published") or "",
        html=text("html"),
        text=text("text"),
    )
    return notices or [Notice(title=text("title") or "", portal=text("portal"))]


def _rows(path: Path, report: Report) -> Iterator[tuple[int, dict[str, Any]]]:
    """The usable lines of a file with their numbers."""
    try:
        content = decode(path.read_bytes())
    except OSError as error:
        report(BadInput(path, None, error.strerror or str(error), "check the path and your rights"))
        return
    except UndecodableError as error:
        report(BadInput(path, None, str(error), "save the file as UTF-8"))
        return
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            report(BadInput(path, number, f"no JSON: {error}", "one JSON object a line"))
            continue
        if not isinstance(row, dict) or not (row.get("id") or row.get("title")):
            report(BadInput(path, number, "no id and no title", 'write {"id": …, "title": …, "text": …}'))
            continue
        yield number, row
