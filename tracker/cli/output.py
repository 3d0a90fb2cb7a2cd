"""How commands speak: rows on stdout (tables for people, one JSON object a line for programs), the rest on stderr."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from crawler.clock import SHANGHAI
from crawler.text import one_line
from tracker.i18n import _

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
NO_WORDS: Mapping[str, Mapping[Any, str]] = {}


def say(message: str) -> None:
    """A line for the person at the terminal, never for a program."""
    err.print(Text(message), soft_wrap=True)


def indented(text: str, depth: int = 2, style: str = "") -> None:
    """A line that keeps its indent where the terminal is too narrow for it."""
    out.print(Padding(Text(text, style=style, overflow="fold"), (0, 0, 0, depth), expand=False))


def json_line(row: Mapping[str, Any]) -> None:
    """One object a line; instants in UTC."""
    sys.stdout.write(json.dumps(row, ensure_ascii=False, default=_plain) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, timedelta):
        return round(value.total_seconds())
    return value.isoformat()


def rows(
    found: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    titles: Sequence[str],
    *,
    as_json: bool,
    wide: str = "",
    words: Mapping[str, Mapping[Any, str]] = NO_WORDS,
) -> int:
    """Print rows and return how many there were.

    `wide` names the columns (parted by a blank) that share the room that is left; `words` gives, by column, what people
    read in place of a word of the programme.
    """
    count = 0
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    for column, title in zip(columns, titles, strict=True):
        is_wide = column in wide.split()
        table.add_column(
            title, ratio=1 if is_wide else None, overflow="fold" if is_wide else "ellipsis", no_wrap=not is_wide
        )
    for row in found:
        count += 1
        if as_json:
            json_line(row)
        else:
            table.add_row(*(cell(_worded(row[column], words.get(column, {}))) for column in columns))
    if not as_json and count:
        out.print(table)
    return count


def _worded(value: Any, words: Mapping[Any, str]) -> Any:
    return _(words[value]) if isinstance(value, str) and value in words else value


def cell(value: Any) -> Text:
    """A value for a table: never markup, whatever a portal wrote."""
    if value is None:
        return Text("–", style="dim")
    if isinstance(value, bool):
        return Text("✓" if value else "")
    if isinstance(value, datetime):
        return Text(f"{value.astimezone(SHANGHAI):%m-%d %H:%M}")
    if isinstance(value, timedelta):
        return Text(age(value))
    return Text(one_line(str(value)))


def age(span: timedelta) -> str:
    """A duration in its largest unit: `3 天`, `5 小时`, `12 分`."""
    minutes = int(span.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return _("{n} d").format(n=minutes // 1440)
    return _("{n} h").format(n=minutes // 60) if minutes >= 120 else _("{n} min").format(n=minutes)
