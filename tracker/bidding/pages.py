"""The matrix, the day of the opening and the gate as pages and text, in the language of the moment."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from crawler.clock import SHANGHAI
from tracker import present
from tracker.bidding.matrix import AGAIN, DEVIATIONS, STATUSES, Matrix
from tracker.bidding.opening import ROLES, Sheet, Step
from tracker.bidding.readiness import GROUPS, Readiness
from tracker.documents.words import KINDS
from tracker.i18n import _, current
from tracker.pages import environment


def _page(name: str, values: dict[str, Any]) -> str:
    lang = "zh-CN" if current().startswith("zh") else "en"
    return environment().get_template(name).render(values | {"lang": lang})


# --- matrix ---------------------------------------------------------------------------------------------------------


def matrix_html(matrix: Matrix) -> str:
    """One table a kind, for A4 across."""
    return _page("bid/matrix.html", _matrix_values(matrix))


def matrix_text(matrix: Matrix, width: int = 100) -> str:
    """For a terminal, folded at `width` columns."""
    return present.fold_text(_page("bid/matrix.txt", _matrix_values(matrix)), width)


def _matrix_values(matrix: Matrix) -> dict[str, Any]:
    return {
        "matrix": matrix,
        "groups": [(kind, list(rows)) for kind, rows in groupby(matrix.ours, key=lambda row: row.kind)],
        "kind_name": KINDS,
        "status_name": STATUSES,
        "deviation_name": DEVIATIONS,
        "again_name": AGAIN,
    }


# --- the day of the opening -----------------------------------------------------------------------------------------


def sheet_html(sheet: Sheet) -> str:
    """One page of A4."""
    return _page("bid/opening.html", _sheet_values(sheet))


def sheet_text(sheet: Sheet, width: int = 100) -> str:
    """For a terminal, folded at `width` columns."""
    return present.fold_text(_page("bid/opening.txt", _sheet_values(sheet)), width)


def _sheet_values(sheet: Sheet) -> dict[str, Any]:
    return {
        "sheet": sheet,
        "days": list(_days(sheet)),
        "role_name": ROLES,
        "span": _span,
        "relative": lambda step: _relative(step, sheet.opening if sheet.precision == "minute" else None),
        "who": lambda step: _(", ").join(_(ROLES[role]) for role in step.roles),
        "minutes": lambda span: int(span.total_seconds() // 60),
    }


def _days(sheet: Sheet) -> Iterator[tuple[str, list[Step]]]:
    """Steps under the day they fall on; those without a time under the day of the opening, or no day at all."""
    opening = sheet.opening.astimezone(SHANGHAI).date() if sheet.opening else None

    def day_of(step: Step) -> Any:
        return step.starts.astimezone(SHANGHAI).date() if step.starts else opening

    for day, steps in groupby(sheet.steps, key=day_of):
        yield (present.day(day, sheet.made_at) if day else _("day to be found out")), list(steps)


def _span(step: Step) -> str:
    """`09:30 – 10:00`, as far as it is known."""
    if step.starts is None:
        return ""
    first = f"{step.starts.astimezone(SHANGHAI):%H:%M}"
    return f"{first} – {step.ends.astimezone(SHANGHAI):%H:%M}" if step.ends else first


def _relative(step: Step, opening: datetime | None) -> str:
    """`T−30`: minutes before or after the opening, on its day."""
    if step.starts is None or opening is None or abs(step.starts - opening) > timedelta(hours=12):
        return ""
    minutes = round((step.starts - opening).total_seconds() / 60)
    return f"T{'+' if minutes > 0 else '−'}{abs(minutes)}" if minutes else "T"


# --- the gate -------------------------------------------------------------------------------------------------------


def ready_text(ready: Readiness, width: int = 100) -> str:
    """For a terminal, folded at `width` columns."""
    held = sum(each.group != "note" for each in ready.findings)
    values = {"ready": ready, "group_name": GROUPS, "held": held}
    return present.fold_text(_page("bid/ready.txt", values), width)
