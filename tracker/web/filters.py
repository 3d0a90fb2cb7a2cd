"""Filters in the address of a list: the criteria of a watch, so that a list can become one."""

import re
from typing import Any

from starlette.datastructures import QueryParams

from tracker.filters import MANY, NAMES, YES_NO, criteria_with, fields_of
from tracker.watches import Criteria
from tracker.web.show import with_query

_BETWEEN = re.compile(r"[,，、;；\n]+")


def given(params: QueryParams) -> dict[str, Any]:
    """What an address asks for, by field; several values are separated by commas or given again."""
    found: dict[str, Any] = {}
    for name in NAMES:
        values = [each.strip() for value in params.getlist(name) for each in _BETWEEN.split(value) if each.strip()]
        if not values:
            continue
        if name in MANY:
            found[name] = tuple(dict.fromkeys(values))
        elif name in YES_NO:
            found[name] = values[-1] not in ("0", "no", "false")
        else:
            found[name] = values[-1]
    return found


def criteria_in(params: QueryParams) -> Criteria | None:
    """The criteria of an address; None where it names none. Raises Mistake naming field and fix."""
    fields = given(params)
    return criteria_with(Criteria(), fields) if fields else None


def query_of(criteria: Criteria) -> list[tuple[str, str]]:
    """The way back: parameters that ask for these criteria."""
    made = []
    for name, value in fields_of(criteria).items():
        if name in MANY:
            made.append((name, ",".join(value)))
        elif name in YES_NO:
            made.append((name, "1" if value else "0"))
        else:
            made.append((name, f"{value:g}" if isinstance(value, float) else str(value)))
    return made


def without(url: str, params: QueryParams, name: str, value: str) -> str:
    """The address without one value of one field."""
    fields = given(params)
    left = [each for each in fields.get(name, ()) if each != value] if name in MANY else []
    return with_query(url, **{name: ",".join(left) or None, "after": None})
