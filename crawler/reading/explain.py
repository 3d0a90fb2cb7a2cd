# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""A notice with the words of every value marked: how a person checks a doubtful date.

Both forms take `translate`, which turns the English titles of this module into the reader's language.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from crawler.notice import Evidence, Money, Notice, Period, Reading, When

Translate = Callable[[str], str]
Words = Mapping[str, Mapping[str, str]]
"""What people read in place of a code, by field: `{"kind": {"tender": "tender notice"}}`."""
NO_WORDS: Words = {}

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
    "terminated_lots": "ends without an award",
    "other": "other change",
}
_UNITS = {"working_day": "working days", "day": "days", "week": "weeks", "month": "months", "year": "years"}
_SURE, _DOUBTFUL = 0.85, 0.6
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d$")


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


def rows(notice: Notice, translate: Translate = str, words: Words = NO_WORDS) -> Iterator[Row]:
    """Every value of a notice with its evidence, in the order a bidder asks for them."""
    yield Row("kind", translate(words.get("kind", {}).get(notice.kind, notice.kind)), None, notice.kind_evidence)
    if notice.method:
        yield Row("method", translate(words.get("method", {}).get(notice.method, notice.method)), None, ())
    groups: tuple[dict[str, Reading[object]], ...] = (notice.texts, notice.times, notice.money)  # type: ignore[assignment]
    for group in groups:
        for key, reading in group.items():
            yield Row(key, shown(reading.value, translate), reading.confidence, reading.evidence)
    for number, own in notice.lot_times.items():
        for key, when in own.items():
            yield Row(key, f"{number} · {shown(when.value, translate)}", when.confidence, when.evidence)
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
        where = f"{change.lot} · " if change.lot else ""
        old, new = (
            _cut((side or "–").replace("T", " ") if _TIME.match(side or "") else side or "–")
            for side in (change.before, change.after)
        )
        yield Row("correction", f"{where}{title}: {old} → {new}", None, change.evidence)
    if notice.terminated_lots:
        ended = ", ".join(translate("all lots") if number == "all" else number for number in notice.terminated_lots)
        yield Row("terminated_lots", ended, None, ())


def _cut(words: str, limit: int = 120) -> str:
    return words if len(words) <= limit else words[: limit - 1] + "…"


def stretches(notice: Notice) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The marked stretches of `notice.text` in order and without overlap, each with the keys of what it says."""
    marked: dict[tuple[int, int], dict[str, None]] = {}
    for row in rows(notice):
        for evidence in row.evidence:
            if 0 <= evidence.start < evidence.end <= len(notice.text):
                marked.setdefault((evidence.start, evidence.end), {})[row.key] = None
    last = 0
    for (start, end), keys in sorted(marked.items(), key=lambda pair: (pair[0][0], -pair[0][1])):
        if max(start, last) < end:
            yield max(start, last), end, tuple(keys)
            last = end


def spans(notice: Notice, translate: Translate = str) -> list[tuple[int, int, str]]:
    """The same, each with the titles it stands for."""
    return [
        (start, end, ", ".join(dict.fromkeys(translate(TITLES.get(key, key)) for key in keys)))
        for start, end, keys in stretches(notice)
    ]


def _style(row: Row) -> str:
    if row.confidence is None or row.confidence >= _SURE:
        return "green"
    return "yellow" if row.confidence >= _DOUBTFUL else "red"


def explain_terminal(notice: Notice, translate: Translate = str, words: Words = NO_WORDS) -> RenderableType:
    """The notice for a terminal: a table of values with the words they were read from, then the marked text."""
    table = Table(title=Text(notice.title), show_lines=False, expand=False)
    for heading in ("field", "value", "sure", "read from"):
        table.add_column(translate(heading), overflow="fold")
    for row in rows(notice, translate, words):
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


_CSS = """
body{font:15px/1.7 system-ui,'Noto Sans CJK SC','Microsoft YaHei',sans-serif;margin:0;color:#1f2328;background:#f6f7f9}
article{max-width:92rem;margin:1.5rem auto;padding:0 1.25rem}
h1{font-size:1.25rem;line-height:1.4;margin:0 0 .25rem}h1+p{margin:.1rem 0 .75rem}a{color:#0b57a4;text-decoration:none}
a:hover{text-decoration:underline}
main{display:grid;grid-template-columns:minmax(22rem,36rem) minmax(0,1fr);gap:1.25rem;align-items:start}
section{background:#fff;border:1px solid #dfe3e8;border-radius:.5rem;padding:.75rem 1rem}
table{border-collapse:collapse;width:100%;font-size:.9rem}
td,th{padding:.35rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid #eceff2;overflow-wrap:anywhere}
th{color:#5b6570;font-weight:600;white-space:nowrap}td:first-child{color:#5b6570;white-space:nowrap}
tr:last-child td{border-bottom:0}td:nth-child(2){font-weight:600}td:nth-child(3){white-space:nowrap}
.green{color:#146c2e}.yellow{color:#8a6100}.red{color:#b00020}
.note{margin:.5rem 0 0;padding:.4rem .6rem;border-radius:.35rem;font-size:.9rem}
.note.red{background:#fdeced}.note.yellow{background:#fff6df}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit;margin:0}
mark{background:#ffe58a;border-bottom:2px solid #d48806;color:inherit;padding:0 .1em}
mark:target{outline:3px solid #0b57a4;background:#fff3c4}
@media (max-width:60rem){main{grid-template-columns:1fr}}
@media (max-width:36rem){td:first-child{white-space:normal;min-width:4.5rem}td:nth-child(4),th:nth-child(4){display:none}}
""".replace("\n", "")


def explain_html(notices: Sequence[Notice], translate: Translate = str, words: Words = NO_WORDS) -> str:
    """The same as one page, everything from the notices escaped; it loads nothing and runs no script."""
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    articles = "".join(_article(notice, number, translate, words) for number, notice in enumerate(notices, 1))
    title = escape(notices[0].title) if notices else ""
    return (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_CSS}</style></head><body>{articles}</body></html>'
    )


def _article(notice: Notice, number: int, translate: Translate, coded: Words) -> str:
    """One notice: its values with the words they were read from, and its text with these words marked."""
    marked = spans(notice, translate)
    anchor = {start: f"n{number}s{begin}" for begin, end, _ in marked for start in range(begin, end)}
    body = [f"<article><h1>{escape(notice.title)}</h1>"]
    if notice.url and notice.url.startswith(("http://", "https://")):
        body.append(f'<p><a href="{escape(notice.url, quote=True)}" rel="noreferrer">{escape(notice.url)}</a></p>')
    heads = "".join(f"<th>{escape(translate(word))}</th>" for word in ("field", "value", "sure", "read from"))
    body.append(f"<main><section><table><tr>{heads}</tr>")
    for row in rows(notice, translate, coded):
        first = row.evidence[0] if row.evidence else None
        words = escape(_cut(first.words, 120)) if first else ""
        if first and first.start in anchor:
            words = f'<a href="#{anchor[first.start]}">{words}</a>'
        sure = f"{row.confidence:.0%}" if row.confidence is not None else ""
        title = escape(translate(TITLES.get(row.key, row.key)))
        body.append(
            f'<tr><td>{title}</td><td class="{_style(row)}">{escape(row.value)}</td><td>{sure}</td><td>{words}</td></tr>'
        )
    body.append("</table>")
    for conflict in notice.conflicts:
        values = escape(" / ".join(reading.value.replace("T", " ") for reading in conflict.values))
        title = escape(translate(TITLES.get(conflict.field, conflict.field)))
        body.append(f'<p class="note red">{escape(translate("printed with different values"))}: {title}: {values}</p>')
    body += [
        f'<p class="note yellow">{escape(f"{issue.what}: {issue.words} {issue.detail}")}</p>' for issue in notice.issues
    ]
    text, at = [], 0
    for start, end, titles in marked:
        text.append(escape(notice.text[at:start]))
        text.append(
            f'<mark id="n{number}s{start}" title="{escape(titles, quote=True)}">{escape(notice.text[start:end])}</mark>'
        )
        at = end
    text.append(escape(notice.text[at:]))
    body.append(f"</section><section><pre>{''.join(text)}</pre></section></main></article>")
    return "".join(body)
