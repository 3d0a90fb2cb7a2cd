"""The whole of a digest as a workbook, to filter and to pass on: entries, changes, results, work and money, sources.

In the language of the moment; text stays text, times are Beijing time.
"""

from collections.abc import Iterator
from datetime import datetime, time

from crawler.clock import SHANGHAI
from tracker import present, sheets
from tracker.digest.model import Action, Change, Digest, Item
from tracker.i18n import _, both, current
from tracker.sheetlook import COUNT, MINUTE, YUAN, Column, add_table, file_of, tint
from tracker.sheets import ZONE_HEADING, Value

PARTS = {
    "today": "To do",
    "moved": "Changed",
    "windows": "Questions, objections, signatures: last days",
    "new": "New tenders",
    "check": "To check: may buy vehicles",
    "intentions": "Intentions and calls for opinions",
    "results": "Results and failed tenders",
    "others": "Other notices",
    "late": "Found after closing",
}
"""Sections in the order of the mail (a msgid each)."""


def workbook(digest: Digest) -> bytes:
    """An .xlsx file with everything of the digest."""
    book = sheets.workbook(digest.now)
    made = add_table(book, _("All entries"), _entry_columns(), list(_entries(digest)))
    tint(made, "AND(ISNUMBER($F2),$F2>=0,$F2<=1)", "late", "D", "F")  # today or tomorrow
    if digest.moved:
        add_table(book, _("Changed"), _change_columns(), list(_changes(digest)))
    if digest.results:
        add_table(book, _("Results"), _result_columns(), list(_results(digest)))
    if work := [*_errands(digest), *_money(digest), *_endings(digest), *_ahead(digest)]:
        add_table(book, _("Work and money"), _work_columns(), work)
    add_table(book, _("Sources"), _source_columns(), list(_sources(digest)))
    return file_of(book)


def _yuan(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100


def _names(types: tuple[str, ...]) -> str:
    return "、".join(present.vehicle_name(each) for each in types)


# --- all entries ----------------------------------------------------------------------------------------------------


def _entry_columns() -> tuple[Column, ...]:
    return (
        Column(_("Part"), 16),
        Column(_("Project"), 44),
        Column(_("Owner"), 10),
        Column(_("Next action"), 20),
        Column(f"{_('By')}（{ZONE_HEADING}）", 22, MINUTE),
        Column(_("Days left"), 9, COUNT),
        Column(_("Vehicles"), 20),
        Column(_("Units"), 8, COUNT),
        Column(_("Budget (yuan)"), 16, YUAN),
        Column(_("Region"), 14),
        Column(_("Buyer"), 30),
        Column(_("Method"), 14),
        Column(_("Stage"), 16),
        Column(_("Why"), 36),
        Column(_("Project no."), 22),
        Column(_("Source"), 16),
        Column(_("Address"), 46),
    )


def _entries(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for part, name in PARTS.items():
        for item in getattr(digest, part):
            action = item.rights[0] if part == "windows" else item.next or item.past
            yield (_(name), item.name, item.owner, *_due(action, digest.now), *_facts(item))


def _due(action: Action | None, now: datetime) -> tuple[Value, ...]:
    if action is None:
        return "", None, None
    days = (present.local(action.earliest).date() - present.local(now).date()).days
    when = action.earliest if action.precision == "minute" else present.local(action.earliest).date()
    return present.word(present.ACTS, action.kind), when, days


def _facts(item: Item) -> tuple[Value, ...]:
    return (
        _names(item.vehicles),
        item.vehicle_count,
        _yuan(item.budget),
        item.region,
        item.buyer,
        present.word(present.METHODS, item.method) if item.method else "",
        both(item.stage, item.stage_en),
        "；".join(item.reasons if current().startswith("zh") else item.reasons_en),
        item.number,
        present.portal_name(item.links[0].portal) if item.links else "",
        item.url,
    )


# --- changes and results --------------------------------------------------------------------------------------------


def _change_columns() -> tuple[Column, ...]:
    return (
        Column(_("Project"), 44),
        Column(_("Owner"), 10),
        Column(_("What"), 20),
        Column(_("Before"), 20),
        Column(_("After"), 20),
        Column(_("Earlier"), 8),
        Column(_("Words of the notice"), 50),
        Column(_("What of ours hangs on it"), 60),
        Column(_("Address"), 46),
    )


def _changes(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for item in digest.moved:
        ours = "\n".join(
            " ".join(
                part
                for part in (
                    both(each.name, each.name_en),
                    present.short(each.due, "day") if each.due else "",
                    _("late") if each.late else "",
                )
                if part
            )
            for each in item.touched
        )
        for change in item.changes:
            before, after = _way(change)
            yield (
                item.name,
                item.owner,
                "、".join(present.word(present.MOMENTS, each) for each in change.what)
                or present.change_name(change.kind),
                before,
                after,
                _("earlier") if change.shortened else "",
                change.words,
                ours,
                change.url or item.url,
            )


def _way(change: Change) -> tuple[str, str]:
    """The first and the last value; the steps of a silent edit one a line."""
    if change.details:
        fields = [(present.word(present.MOMENTS, name), before, after) for name, before, after in change.details]
        return "\n".join(f"{name}：{before}" for name, before, _after in fields), "\n".join(
            f"{name}：{after}" for name, _before, after in fields
        )
    if not change.way or (change.kind in present.CHANGES and change.kind not in ("verdict", "conflict")):
        return "", ""
    worded = [_value(change.kind, each) for each in change.way]
    return (worded[0] if len(worded) > 1 else ""), worded[-1]


def _value(kind: str, value: str) -> str:
    if kind == "amount-changed" and value.isdigit():
        return present.money(int(value))
    return present.word(present.VERDICTS, value) if kind == "verdict" else value


def _result_columns() -> tuple[Column, ...]:
    return (
        Column(_("Project"), 44),
        Column(_("Buyer"), 30),
        Column(_("Region"), 14),
        Column(_("Stage"), 14),
        Column(_("lot"), 8),
        Column(_("Supplier"), 34),
        Column(_("Amount (yuan)"), 18, YUAN),
        Column(_("Brand"), 14),
        Column(_("Model"), 18),
        Column(_("Unit price (yuan)"), 18, YUAN),
        Column(_("Address"), 46),
    )


def _results(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for item in digest.results:
        shared = item.name, item.buyer, item.region
        if not item.results:
            yield (*shared, both(item.stage, item.stage_en), "", "", None, "", "", None, item.url)
        for each in item.results:
            stage = present.word(present.KINDS, each.stage)
            price = _yuan(each.amount), each.brand, each.model, _yuan(each.unit_price)
            yield (*shared, stage, each.lot, each.supplier, *price, item.url)


# --- work, money, sources -------------------------------------------------------------------------------------------


def _work_columns() -> tuple[Column, ...]:
    return (
        Column(_("Kind"), 16),
        Column(_("What"), 48),
        Column(f"{_('By')}（{ZONE_HEADING}）", 22, MINUTE),
        Column(_("State"), 14),
        Column(_("Amount (yuan)"), 18, YUAN),
        Column(_("Who"), 16),
        Column(_("Remark"), 60),
    )


def _errands(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for each in digest.errands:
        state = present.overdue(each.due, digest.now)
        yield _("task"), present.own_name(each.title), each.due, state, None, digest.person, each.project


def _money(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for each in digest.money:
        kind = _("deposit") if each.kind == "deposit" else _("payment")
        state = present.overdue(each.due, digest.now) if each.due else ""
        day = present.local(each.due).date() if each.due else None
        yield kind, each.name, day, state, _yuan(each.amount), each.owner, each.words or each.buyer


def _endings(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for each in digest.endings:
        kind = _("CA key") if each.kind == "ca-key" else _("paper")
        last = datetime.combine(each.until, time(23, 59), SHANGHAI)
        yield kind, each.name, each.until, present.overdue(last, digest.now), None, each.holder, each.company


def _ahead(digest: Digest) -> Iterator[tuple[Value, ...]]:
    for each in digest.ahead:
        kind = present.window_kind(each.kind, each.origin)
        days = present.day(each.first, digest.now)
        state = days if each.last == each.first else f"{days} – {present.day(each.last, digest.now)}"
        names = "；".join(one.name for one in each.purchases)
        yield kind, each.organiser, None, state, None, "", names or present.support_words(each.support)


def _source_columns() -> tuple[Column, ...]:
    return (
        Column(_("Source"), 28),
        Column(_("State"), 14),
        Column(f"{_('Since')}（{ZONE_HEADING}）", 22, MINUTE),
        Column(_("Why"), 60),
        Column(_("May hide"), 60),
    )


def _sources(digest: Digest) -> Iterator[tuple[Value, ...]]:
    health = digest.sources
    read = _("%(read)s/%(total)s read") % {"read": health.read, "total": health.total}
    yield _("All sources"), read, health.last_ok_at, "", ""
    for each in health.blind:
        hidden = "、".join(present.channel_name(each.portal, channel) for channel in each.channels)
        yield present.portal_name(each.portal), _("not read"), each.since, each.reason, hidden
