"""Two people edit one thing: the second sees both and chooses (hostile 65)."""

from dataclasses import asdict, is_dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Connection

from tracker.db import reading
from tracker.present import money
from tracker.team import kept, people
from tracker.web.csrf import FIELD
from tracker.web.show import back_to, page, part, wants_part

SILENT = {FIELD, "version", "back"}
HUNDREDTHS = {"price", "winner_price", "amount"}
"""Columns in hundredths of CNY; forms take yuan."""


async def conflict(request: Request, error: Exception) -> Response:
    """A page with both values of every field that differs; sending it again overwrites what is there now."""
    assert isinstance(error, kept.EditedMeanwhile | people.EditedMeanwhile)
    form = await request.form()
    theirs = _plain(error.now)
    mine = {name: value for name, value in form.items() if name not in SILENT and isinstance(value, str)}
    with reading(request.app.state.engine) as connection:
        fields = [
            {"name": name, "mine": value, "theirs": known}
            for name, value in mine.items()
            if (known := _known(connection, theirs, name)) is not None and known != value.strip()
        ]
    values: dict[str, Any] = {
        "said": str(error),
        "fields": fields,
        "action": request.url.path,
        "mine": mine,
        "version": theirs.get("version"),
        "back_to": back_to(request, str(form.get("back", ""))),
    }
    if wants_part(request):
        html = part(request, "web/conflict.html", **values)
        return Response(html, 409, {"HX-Retarget": "#dialog", "HX-Reswap": "innerHTML"}, "text/html")
    return page(request, "web/conflict_page.html", status=409, **values)


def _plain(row: Any) -> dict[str, Any]:
    return asdict(row) if is_dataclass(row) and not isinstance(row, type) else dict(row._mapping)


def _known(connection: Connection, theirs: dict[str, Any], field: str) -> str | None:
    """What stands there now under the field's name, as history words it; None where the row has no such column."""
    for name in (field, f"{field}_at", f"{field}_id"):
        if name in theirs:
            value = theirs[name]
            return money(value) if name in HUNDREDTHS else kept.plain(connection, name, value) or ""
    return None
