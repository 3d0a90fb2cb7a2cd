"""Lists that come as JSON: decoded, and checked for the fields a family relies on before anything is taken from them.

A field that was renamed must be named, not read as an empty list: `records[0] has no field 'publishTime'; is it
'publishDate' now?`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from crawler.spiders.listdetail import ListMissing
from crawler.text import one_line

_TAG = re.compile(r"<[^<>]{0,200}>")
_EPOCH = re.compile(r"\d{10}(?:\d{3})?")
_PLAUSIBLE = range(946_684_800, 4_102_444_800)
"""Seconds since 1970 that a notice can have been published at: 2000 to 2100."""


def decoded(text: str) -> Mapping[str, Any]:
    """The answer as a JSON object. Raises ListMissing for HTML or anything else in its place."""
    try:
        answer = json.loads(text)
    except (ValueError, RecursionError):
        what = "HTML" if text.lstrip()[:1] == "<" else "something else"
        raise ListMissing(f"{what} in place of a JSON list") from None
    if not isinstance(answer, dict):
        raise ListMissing(f"a JSON {type(answer).__name__} in place of an object")
    return answer


def field(node: Mapping[str, Any], name: str, where: str) -> Any:
    """`node[name]`, which may be null. Raises ListMissing naming the field and what it may be called now."""
    if name in node:
        return node[name]
    near = get_close_matches(name, node, n=1)
    raise ListMissing(f"{where} has no field {name!r}" + (f"; is it {near[0]!r} now?" if near else ""))


def objects(node: Mapping[str, Any], name: str, where: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects. Raises ListMissing where it is none."""
    rows = field(node, name, where)
    if rows is None:  # some servers write null for an empty list
        return ()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ListMissing(f"{where}.{name} is no list of objects")
    return rows


def number(node: Mapping[str, Any], name: str, where: str) -> int:
    """A count, written as a number or as words. Raises ListMissing where it is neither."""
    value = field(node, name, where)
    words = str(value)
    if isinstance(value, bool) or not (words.isascii() and words.isdigit()):
        raise ListMissing(f"{where}.{name} is {words[:40]!r}, no count")
    return int(words)


def words(value: object) -> str:
    """A field as a list prints it: on one line, without the tags that mark hits; empty for null."""
    return one_line(_TAG.sub("", str(value))) if isinstance(value, str | int | float) else ""


def moment(value: object, zone: ZoneInfo) -> str:
    """A publishing time as printed; one in seconds or milliseconds since 1970 as `2026-03-17 09:30` in `zone`.

    Empty where a number is no plausible time.
    """
    said = words(value)
    if not said.isdigit() or len(said) in (8, 14):  # 20260317, 20260317093000
        return _spaced(said) if said.isdigit() else said
    if not _EPOCH.fullmatch(said) or (seconds := int(said[:10])) not in _PLAUSIBLE:
        return ""
    return datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%d %H:%M")


def _spaced(digits: str) -> str:
    day = f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}"
    return f"{day} {digits[8:10]}:{digits[10:12]}" if len(digits) == 14 else day


def query_of(url: str) -> dict[str, str]:
    """The parameters of an address."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def with_query(url: str, **changes: str | int) -> str:
    """Path and query of an address with some parameters set."""
    path = urlsplit(url).path
    return f"{path}?{urlencode(query_of(url) | {name: str(value) for name, value in changes.items()}, safe=',')}"


def page_fault(page: int, pages: int, rows: int) -> str | None:
    """What is odd about a page of a list that counts its rows: an empty page before the end."""
    if rows or page >= pages:
        return None
    return f"page {page} of {pages} is empty: the total is wrong, or rows are held back"
