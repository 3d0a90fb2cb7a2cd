"""From a laid-out text to a Notice: every reader called once, their answers put together."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from crawler.notice import (
    Attachment,
    Conflict,
    Correction,
    Evidence,
    Issue,
    Kind,
    Lot,
    Money,
    Notice,
    Reading,
    When,
)
from crawler.reading import awards, clauses, corrections, identity, items, kinds, parties, sums, times
from crawler.reading.dates import first_moment
from crawler.reading.intentions import split_rows
from crawler.reading.lots import mentions, read_lots, settle
from crawler.reading.pauses import pause_of
from crawler.reading.sheet import Sheet, lay_out
from crawler.reading.structured import with_data
from crawler.reading.tables import Table, read_tables
from crawler.text import clean, fold, one_line


@dataclass(frozen=True)
class Source:
    """A document ready for reading: cleaned text and what its page, list or data gave beside it."""

    title: str
    text: str
    url: str | None = None
    portal: str | None = None
    published: str = ""
    crumbs: tuple[str, ...] = ()
    facts: dict[str, str] = field(default_factory=dict)
    from_data: bool = False
    """Whether the facts are a portal's JSON record rather than a list row."""
    attachments: tuple[Attachment, ...] = ()
    issues: tuple[Issue, ...] = ()
    key: str | None = None


def assemble(source: Source) -> list[Notice]:
    """The notices a source holds: one, or one a row of an intention table."""
    sheet = lay_out(source.text)
    title = one_line(source.title) or _first_line(source.text)
    kind, kind_evidence = kinds.kind_of(title, source.crumbs, sheet)
    method = kinds.method_of(title, kind, sheet)
    issues = [*source.issues, *sheet.issues]
    if kind == "other" and not kind_evidence and source.text.strip():
        issues.append(Issue("kind", title, "no rule of config/reading/kinds.yaml knows this kind of notice"))
    tables = read_tables(sheet)
    lots, blocks = read_lots(sheet, tables, title, kind)
    changes: tuple[Correction, ...] = ()
    stretches: list[tuple[int, int]] = []
    if kind == "correction":
        changes, stretches = corrections.read_corrections(sheet, tables, blocks)

    def in_a_change(offset: int) -> bool:
        return any(start <= offset < end for start, end in stretches)

    read_times, lot_times, time_conflicts, time_issues = times.read_times(sheet, kind, blocks, in_a_change)
    money, money_conflicts, money_issues = sums.read_sums(sheet, tables, kind, lots, blocks, in_a_change)
    conflicts = [*time_conflicts, *money_conflicts]
    _settle_totals([lot for lot in lots if not _changed(lot, in_a_change)], money, conflicts)
    lots = _lone_lot(lots, money, kind)
    changed = {change.field for change in changes}
    conflicts = [c for c in conflicts if c.field not in changed]
    texts = _texts(sheet, tables, title, kind)
    folded_title = fold(title)
    title_lots = [number for _, _, numbers in mentions(folded_title) for number in numbers]
    won = awards.read_awards(sheet, tables, kind, blocks, title_lots[0] if len(title_lots) == 1 else None)
    ended: tuple[str, ...] = ()
    if kind in ("termination", "award", "award_candidate"):
        ended = corrections.terminated(sheet, tables, folded_title, kind == "termination", blocks, {a.lot for a in won})
    elif kind == "correction":
        ended = corrections.cancelled(sheet)
    if kind == "award" and not won and (ended or _FAILED.search(sheet.folded)) and not _won_unread(sheet):
        kind = "termination"  # 结果公告 that announces a failure
        ended = ended or corrections.terminated(sheet, tables, folded_title, True, blocks)
    pause = pause_of(folded_title, sheet.folded, kind)
    notice = Notice(
        title=title,
        url=source.url,
        portal=source.portal,
        key=source.key,
        published=_published(source, sheet),
        kind=kind,
        kind_evidence=kind_evidence,
        method=method.value if method else None,
        texts=texts,
        times=read_times,
        money=money,
        consortium_allowed=clauses.consortium(sheet, tables),
        sme_only=clauses.sme_only(sheet),
        lots=lots,
        lot_times=lot_times,
        items=items.read_items(sheet, tables, kind, blocks),
        awards=won,
        corrections=changes,
        terminated_lots=ended,
        suspended=pause == "suspended",
        resumed=pause == "resumed",
        codes=_codes(sheet),
        clauses=clauses.read_clauses(sheet, blocks),
        contacts=parties.read_contacts(sheet),
        attachments=source.attachments,
        conflicts=tuple(conflicts),
        issues=(*issues, *time_issues, *money_issues),
        references=identity.references(sheet, read_times),  # type: ignore[arg-type]
        companions=identity.companions(source.portal, source.facts.get("life", "")),
        text=source.text,
    )
    notice = with_data(notice, source.facts, unknown_keys=source.from_data)
    return split_rows(notice, sheet, tables) if kind == "intention" else [notice]


_FAILED = re.compile(r"废标理由|流标|废标|采购失败|招标失败")
_WON = re.compile(r"(?:公司|厂|中心|集团|合作社|研究院)[^。\n]{0,60}?\d[\d,]*(?:\.\d+)?\s*[(]?万?元")

_NOBODY_WON = re.compile(r"废标|流标|失败|不足")


def _won_unread(sheet: Sheet) -> bool:
    """A result that names a supplier with a sum is an award, though its table could not be taken apart."""
    said = (line for s in sheet.named("award") for line in re.split(r"[。\n]", sheet.folded[s.body : s.end]))
    return any(_WON.search(line) and not _NOBODY_WON.search(line) for line in said)


def _changed(lot: Lot, in_a_change: Callable[[int], bool]) -> bool:
    """Whether a lot's sums stand in what a correction changes: they speak for no total."""
    return any(e.start >= 0 and in_a_change(e.start) for e in lot.evidence)


def _settle_totals(lots: Sequence[Lot], money: dict[str, Reading[Money]], conflicts: list[Conflict]) -> None:
    """Totals from lots where none is printed, and the check of the sum where one is."""
    total, ceiling = money.get("budget"), money.get("ceiling")
    budget_sum, ceiling_sum, mismatch = settle(lots, total.value if total else None, ceiling.value if ceiling else None)
    evidence = tuple(e for lot in lots for e in lot.evidence if e.rule not in ("lots:mention", "lots:title"))[:12]
    if budget_sum is not None:
        money["budget"] = Reading(budget_sum, evidence, 0.85)
    if ceiling_sum is not None:
        money["ceiling"] = Reading(ceiling_sum, evidence, 0.85)
    if mismatch is not None and total is not None and not any(c.field == "budget" for c in conflicts):
        lots_sum = Reading(sums.plain(Money(mismatch)), evidence, 0.5)
        conflicts.append(Conflict("budget", (Reading(sums.plain(total.value), total.evidence, 0.5), lots_sum)))


_OPENED = (
    "tender",
    "prequalification",
    "negotiation",
    "consultation",
    "inquiry",
    "single_source",
    "framework",
    "opinion",
)


def _lone_lot(lots: tuple[Lot, ...], money: dict[str, Reading[Money]], kind: Kind) -> tuple[Lot, ...]:
    """A purchase of one lot: the total is that lot's."""
    total = money.get("budget")
    titled = any(evidence.rule == "lots:title" for lot in lots for evidence in lot.evidence)
    if (
        kind in _OPENED
        and len(lots) == 1
        and titled
        and lots[0].budget is None
        and total is not None
        and total.value.kind == "total"
    ):
        return (replace(lots[0], budget=total.value, evidence=(*lots[0].evidence, *total.evidence)),)
    return lots


_SINGLE = {
    "region": "region",
    "opening_place": "opening_place",
    "delivery_period": "delivery_period",
    "delivery_place": "delivery_place",
    "category": "category",
}
_NOTHING = re.compile(r"^[\s/\-—.。]*$|^无$|^[个年月日天]{1,2}$")
"""Values that say nothing; a unit alone is what a form leaves of an empty field."""


def _texts(sheet: Sheet, tables: list[Table], title: str, kind: Kind) -> dict[str, Reading[str]]:
    texts = dict(parties.read_parties(sheet, kind))
    number, plan = identity.read_number(sheet, tables, title, kind)
    name = identity.read_name(sheet, title)
    named = {"project_number": number, "plan_number": plan, "project_name": name}
    texts |= {key: value for key, value in named.items() if value is not None}
    for key, label in _SINGLE.items():
        hit = next((h for h in sheet.of(label) if not _NOTHING.match(sheet.words(h))), None)
        if hit is not None:
            texts[key] = Reading(
                sheet.words(hit), (sheet.evidence(hit.value, hit.end, hit.label, "labels:" + label),), 0.9
            )
    if "opening_place" not in texts:
        places = [hit for hit in sheet.of("place") if hit.section in ("opening", "submission")]
        place = next((hit for hit in places if hit.section == "opening"), next(iter(places), None))
        if place is not None:
            texts["opening_place"] = Reading(
                sheet.words(place), (sheet.evidence(place.value, place.end, place.label, "labels:place"),), 0.85
            )
    if (
        "delivery_period" not in texts
        and (hit := next((h for h in sheet.of("period") if not _NOTHING.match(sheet.words(h))), None)) is not None
    ):
        texts["delivery_period"] = Reading(
            sheet.words(hit), (sheet.evidence(hit.value, hit.end, hit.label, "labels:period"),), 0.8
        )
    how = [
        h
        for h in sheet.hits
        if sheet.words(h) and (h.key == "doc_how" or (h.section == "documents" and h.key in ("how", "place")))
    ]
    if how:
        best = next((h for h in how if h.key != "place"), how[0])
        texts["documents_how"] = Reading(
            sheet.words(best),
            tuple(
                sheet.evidence(h.value, h.end, h.label, "labels:documents")
                for h in (best, *(other for other in how if other is not best))
            ),
            0.9,
        )
    return texts


# What may not stand in front is asked behind the first sign: the engine then skips at once to where that sign stands.
_CATALOGUE = re.compile(r"[ABC](?<![A-Za-z\d].)\d{4,10}(?![A-Za-z\d])")
_OLD_CATALOGUE = re.compile(r"34(?<!\d34)\d{6}-\d(?!\d)")


def _codes(sheet: Sheet) -> tuple[str, ...]:
    """Catalogue names and codes as printed."""
    out = [
        words
        for hit in sheet.of("category")
        if not _NOTHING.match(words := sheet.words(hit)) and (hit.summary or hit.sep == "colon")
    ]
    out += _CATALOGUE.findall(sheet.folded) + _OLD_CATALOGUE.findall(sheet.folded)
    return tuple(dict.fromkeys(out))


def _first_line(text: str) -> str:
    return one_line(next((line for line in text.split("\n") if line.strip()), ""))


def _published(source: Source, sheet: Sheet) -> Reading[When] | None:
    """When the portal published it: its own page, its list, or a label in the text."""
    for words, origin in ((source.published, "data"), (source.facts.get("published", ""), "list")):
        signed = "签" in words  # a contract's page shows when it was signed where others show when they were published
        moment = first_moment(fold(clean(words))) if words and not signed else None
        if moment and moment.when:
            return Reading(moment.when, (Evidence(words, origin, rule="published"),), 0.95)  # type: ignore[arg-type]
    for hit in sheet.of("published"):
        moment = first_moment(sheet.folded, hit.value, hit.end)
        if moment and moment.when:
            return Reading(moment.when, (sheet.evidence(moment.start, moment.end, hit.label, "labels:published"),), 0.9)
    return None
