"""How packs are worded: the handbooks' name of the table, the steps, a period."""

from tracker.i18n import _
from tracker.packs.model import StepKind
from tracker.packs.period import PackKind, Period

TITLES: dict[PackKind, str] = {
    "weekly": "New customers of the week",
    "monthly": "New customers of the month",
}
"""周新增客户信息汇总表 and 月新增客户信息汇总表, as the trade's handbooks call them (a msgid each)."""
NAMES: dict[PackKind, str] = {"weekly": "Weekly report", "monthly": "Monthly report"}
STEP_NAMES: dict[StepKind, str] = {
    "new": "new purchases",
    "tracked": "tracked",
    "registered": "registrations",
    "submitted": "bids handed in",
    "won": "won",
    "lost": "lost",
    "dropped": "void or withdrawn",
}


def title(kind: PackKind) -> str:
    return _(TITLES[kind])


def name(kind: PackKind) -> str:
    return _(NAMES[kind])


def step(kind: StepKind) -> str:
    return _(STEP_NAMES[kind])


def days(period: Period) -> str:
    """`11-16 至 11-22`; a month as `2026-11`."""
    if period.kind == "monthly":
        return f"{period.first:%Y-%m}"
    return _("{first} to {last}").format(first=f"{period.first:%m-%d}", last=f"{period.last:%m-%d}")
