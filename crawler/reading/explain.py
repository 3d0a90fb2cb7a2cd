# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""A notice with the words of every value marked: how a person checks a doubtful date.

Both forms take `translate`, which turns the English titles of this module into the reader's language.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crawler.notice import Evidence, Money, Notice, Period, Reading, When

Translate = Callable[[str], str]

TITLES = {
    "kind": "kind of notice",
    "method": "method of purchase",
    "project_number": "project number",
    "project_name": "project name",
    "buyer": "buyer",
    "agency": "agency",
    "plan_number": "plan number",
    "region": "region",
    "category": "category",
    "budget": "budget",
    "ceiling": "ceiling price",
    "deposit": "bid deposit",
    "award_total": "award total",
    "agency_fee": "agency fee",
    "document_price": "price of the documents",
    "contract_amount": "contract amount",
    "documents_from": "documents from",
    "documents_until": "documents until",
    "documents_how": "how to obtain the documents",
    "bid_deadline": "bid deadline",
    "opening_at": "opening",
    "opening_place": "place of opening",
    "prequalification_deadline": "application deadline",
    "deposit_deadline": "deposit deadline",
    "question_deadline": "deadline for questions",
    "opinion_deadline": "deadline for opinions",
    "expected_at": "expected",
    "contract_signed_at": "contract signed",
    "first_published_at": "first published",
    "delivery_period": "delivery period",
    "delivery_place": "place of delivery",
    "consortium_allowed": "consortium allowed",
    "sme_only": "for small and medium enterprises only",
    "lot": "lot",
    "item": "item",
    "award": "award",
    "correction": "change",
}
_UNITS = {"working_day": "working days", "day": "days", "week": "weeks", "month": "months", "year": "years"}
_SURE, _DOUBTFUL = 0.85, 0.6


@dataclass(frozen=True)
class Row:
    """One value as shown: its field's key, words for it, where it was read."""

    key: str
    value: str
    confidence: float | None
    evidence: tuple[Evidence, ...]


def shown(value: object, translate: Translate = str) -> str:
    """A value for a person's eyes; local time in China, money in its currency."""
    if isinstance(value, When):
        return value.local.replace("T", " ")
    if isinstance(value, Period):
        if value.anchor == "bid-deadline" and value.length == 0:
            return translate("until the bid deadline")
        return f"{value.length} {translate(_UNITS[value.unit])} ({value.anchor})"
    if isinstance(value, Money):
        if value.kind == "rate":
            return f"{value.hundredths / 100:g}%"
        amount = f"{value.hundredths / 100:,.2f} {value.currency}"
        if value.upper is not None:
            amount += f" – {value.upper / 100:,.2f}"
        return amount + (f" ({translate('a unit')})" if value.kind == "unit" else "")
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    return str(value)


def rows(notice: Notice, translate: Translate = str) -> Iterator[Row]:
    """Every value of a notice with its evidence, in the order a bidder asks for them."""
    yield Row("kind", notice.kind, None, notice.kind_evidence)
    if notice.method:
        yield Row("method", notice.method, None, ())
    groups: tuple[dict[str, Reading[object]], ...] = (notice.texts, notice.times, notice.money)  # type: ignore[assignment]
    for group in groups:
        for key, reading in group.items():
            yield Row(key, shown(reading.value, translate), reading.confidence, reading.evidence)
    for name, answer in (("consortium_allowed", notice.consortium_allowed), ("sme_only", notice.sme_only)):
        if answer is not None:
            yield Row(name, shown(answer.value, translate), answer.confidence, answer.evidence)
    for lot in notice.lots:
        parts = [lot.no, lot.name or "", shown(lot.budget, translate) if lot.budget else ""]
        yield Row("lot", " · ".join(part for part in parts if part), None, lot.evidence)
    for item in notice.items:
        yield Row(
            "item",
            f"{item.name} × {item.quantity:g} {item.unit or ''}".strip() if item.quantity is not None else item.name,
            None,
            item.evidence,
        )
    for award in notice.awards:
        parts = [
            f"#{award.rank}",
            award.lot or "",
            award.supplier or "",
            shown(award.amount, translate) if award.amount else "",
        ]
        yield Row("award", " · ".join(part for part in parts if part), None, award.evidence)
    for change in notice.corrections:
        title = translate(TITLES.get(change.field, change.field))
        yield Row(
            "correction", f"{title}: {_cut(change.before or '?')} → {_cut(change.after or '?')}", None, change.evidence
        )


def _cut(words: str, limit: int = 120) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"


def spans(notice: Notice, translate: Translate = str) -> list[tuple[int, int, str]]:
    """The marked stretches of `notice.text` in order and without overlap, each with the titles it stands for."""
    marked: dict[tuple[int, int], list[str]] = {}
    for row in rows(notice, translate):
        title = translate(TITLES.get(row.key, row.key))
        for evidence in row.evidence:
            if 0 <= evidence.start < evidence.end <= len(notice.text):
                titles = marked.setdefault((evidence.start, evidence.end), [])
                if title not in titles:
                    titles.append(title)
    out: list[tuple[int, int, str]] = []
    for (start, end), titles in sorted(marked.items(), key=lambda pair: (pair[0][0], -pair[0][1])):
        begin = max(start, out[-1][1]) if out else start
        if begin < end:
            out.append((begin, end, ", ".join(titles)))
    return out


def _style(row: Row) -> str:
    if row.confidence is None or row.confidence >= _SURE:
        return "green"
    return "yellow" if row.confidence >= _DOUBTFUL else "red"


def explain_terminal(notice: Notice, translate: Translate = str) -> RenderableType:
    """The notice for a terminal: a table of values with the words they were read from, then the marked text."""
    table = Table(title=Text(notice.title), show_lines=False, expand=False)
    for heading in ("field", "value", "sure", "read from"):
        table.add_column(translate(heading), overflow="fold")
    for row in rows(notice, translate):
        first = row.evidence[0] if row.evidence else None
        label = f"{first.label}：" if first and first.label else ""
        table.add_row(
            Text(translate(TITLES.get(row.key, row.key))),
            Text(row.value, style=_style(row)),
            Text(f"{row.confidence:.0%}" if row.confidence is not None else ""),
            Text(_cut(label + first.words.replace("\n", " "), 80) if first else ""),
        )
    parts: list[RenderableType] = [table]
    for conflict in notice.conflicts:
        values = " / ".join(
            f"{reading.value} ({_cut(reading.evidence[0].words, 40) if reading.evidence else ''})"
            for reading in conflict.values
        )
        title = translate(TITLES.get(conflict.field, conflict.field))
        parts.append(Text(f"{translate('printed with different values')}: {title}: {values}", style="red"))
    parts += [Text(f"{issue.what}: {issue.words} {issue.detail}", style="yellow") for issue in notice.issues]
    text = Text(notice.text)
    for start, end, _ in spans(notice, translate):
        text.stylize("bold black on bright_yellow", start, end)
    parts.append(text)
    return Group(*parts)


_CSS = (
    "body{font:15px/1.7 system-ui,'Microsoft YaHei',sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}"
    "mark{background:#ffe58a;border-bottom:2px solid #d48806}.red{color:#b00020}.yellow{color:#8a6100}.green{color:#146c2e}"
    "pre{white-space:pre-wrap;word-break:break-word;font:inherit}"
)


def explain_html(notice: Notice, translate: Translate = str) -> str:
    """The same as one page, everything from the notice escaped; it loads nothing and runs no script."""
    body = [f"<h1>{escape(notice.title)}</h1>"]
    if notice.url and notice.url.startswith(("http://", "https://")):
        body.append(f'<p><a href="{escape(notice.url, quote=True)}" rel="noreferrer">{escape(notice.url)}</a></p>')
    heads = "".join(f"<th>{escape(translate(word))}</th>" for word in ("field", "value", "sure", "read from"))
    body.append(f"<table><tr>{heads}</tr>")
    for row in rows(notice, translate):
        first = row.evidence[0] if row.evidence else None
        link = (
            f'<a href="#s{first.start}">{escape(_cut(first.words, 120))}</a>'
            if first and first.start >= 0
            else escape(_cut(first.words, 120))
            if first
            else ""
        )
        sure = f"{row.confidence:.0%}" if row.confidence is not None else ""
        title = escape(translate(TITLES.get(row.key, row.key)))
        body.append(
            f'<tr><td>{title}</td><td class="{_style(row)}">{escape(row.value)}</td><td>{sure}</td><td>{link}</td></tr>'
        )
    body.append("</table>")
    for conflict in notice.conflicts:
        values = escape(" / ".join(reading.value for reading in conflict.values))
        title = escape(translate(TITLES.get(conflict.field, conflict.field)))
        body.append(f'<p class="red">{escape(translate("printed with different values"))}: {title}: {values}</p>')
    body += [
        f'<p class="yellow">{escape(f"{issue.what}: {issue.words} {issue.detail}")}</p>' for issue in notice.issues
    ]
    body.append(f"<pre>{''.join(_marked(notice, translate))}</pre>")
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<title>{escape(notice.title)}</title><style>{_CSS}</style></head><body>{''.join(body)}</body></html>"
    )


def _marked(notice: Notice, translate: Translate) -> Iterator[str]:
    at = 0
    for start, end, titles in spans(notice, translate):
        yield escape(notice.text[at:start])
        yield f'<mark id="s{start}" title="{escape(titles, quote=True)}">{escape(notice.text[start:end])}</mark>'
        at = end
    yield escape(notice.text[at:])
