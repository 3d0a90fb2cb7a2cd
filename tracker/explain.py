"""Why a project is what the tracker says it is: every join, verdict, regime, date and rule with its ground.

`chebiao project show ID --explain` prints it, the board can show it; nothing here is stored.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, select

from crawler.notice import Notice
from tracker.derive import Announcement, Member, announcements, regime_finding, telling
from tracker.i18n import _, both
from tracker.linking import LINKABLE, link, why
from tracker.present import KINDS, METHODS, NATURES, VERDICTS, legal, money, vehicle_name, word
from tracker.procedures.law import Law, Regime, Text, load_law
from tracker.procedures.regimes import load_signals
from tracker.projects import PUBLICATION, VERSION, link_decisions, standings, unpack
from tracker.state import ProceedingState, ProjectState
from tracker.tables import NoticeText, table

NOTICE_TEXT = table(NoticeText)

NOTED = (
    "gp.tender.same-brand",
    "gp.tender.same-brand-count",
    "gp.nontender.same-brand",
    "tb.same-brand",
    "ent.same-brand",
    "gp.related-suppliers",
    "tb.related-suppliers",
    "ent.related-suppliers",
    "tb.interested-party",
    "tb.collusion-signs",
    "gp.no-bargaining",
    "tb.no-bargaining",
    "gp.tender.no-maker-authorisation",
    "gp.nontender.maker-authorisation",
    "tb.maker-authorisation",
    "ent.maker-authorisation",
)
"""Rules on brands and on related bidders, shown where their scope fits."""


@dataclass(frozen=True)
class RuleNote:
    """A rule that holds for one proceeding, with its scope."""

    proceeding: str
    rule_id: str
    text: Text
    scope: str
    legal_ref: str
    confidence: str


def rule_notes(state: ProjectState, on: date, law: Law | None = None) -> list[RuleNote]:
    """Brand and relation rules in force for the project's proceedings; none where the regime is not known."""
    law = law or load_law()
    regime = cast("Regime | None", state.regime)
    found: list[RuleNote] = []
    for proceeding in state.proceedings if regime else ():
        if proceeding.kind not in {"qualification", "purchase"}:
            continue
        binding = {rule.rule_id: rule for rule in law.requirements(regime, _method(proceeding), on)}
        for rule_id in NOTED:
            if rule := binding.get(rule_id):
                scope = f"{regime} {', '.join(rule.methods)}".strip()
                found.append(RuleNote(proceeding.key, rule_id, rule.name, scope, rule.legal_ref, rule.confidence))
    return found


def _method(proceeding: ProceedingState) -> str:
    if proceeding.method:
        return proceeding.method
    return "open" if proceeding.kind == "qualification" else "other"


# --- the ground of every fact ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ground:
    """One fact with what it rests on."""

    what: str
    value: str
    why: str
    source: str = ""


def grounds(connection: Connection, row: Row[Any], at: datetime) -> Iterator[Ground]:
    """Every fact of a project that is not a date: joins, verdict, regime, texts and amounts, rules, risks."""
    state = ProjectState.model_validate(row.state)
    yield from _joins(connection, row.id)
    zh, en = state.reasons, state.reasons_en
    for said in zip(zh, en or zh, strict=False):
        yield Ground(_("vehicles"), state.vehicle_purchase, both(*said))
    chain = announcements(_members(connection, row.id))
    notices = [(member.key, member.notice) for each in chain for member in each.members]
    if chain:
        yield from _regime(chain, state)
    for name, what in (
        ("project_name", _("name")),
        ("project_number", _("number")),
        ("buyer", _("buyer")),
        ("agency", _("agency")),
        ("documents_how", _("how to obtain the documents")),
    ):
        yield from _printed(notices, name, what)
    yield from _place(connection, row.id)
    for name, what in (("budget", _("budget")), ("ceiling", _("ceiling")), ("deposit", _("deposit"))):
        yield from _amount(notices, name, what)
    yield from _vehicles(connection, row.id)
    for proceeding in state.proceedings:
        yield from _standing(proceeding, notices)
        for risk in proceeding.risks:
            yield Ground(_("risk"), both(risk.zh, risk.en), f"{risk.words} · {risk.rule_id}", risk.source)
    for note in rule_notes(state, at.date()):
        yield Ground(
            _("rule"), str(note.text), f"{legal(note.legal_ref)} · {note.rule_id} · {note.scope}", note.proceeding
        )


def _standing(proceeding: ProceedingState, notices: Sequence[tuple[str, Notice]]) -> Iterator[Ground]:
    """Why a proceeding and its lots stand where they stand: the notices that prove it."""
    told = _("proven by notices of kind: {kinds}")
    stage = both(proceeding.stage_zh, proceeding.stage_en) or "–"
    shown = ", ".join(word(KINDS, each) for each in proceeding.kinds) or "–"
    yield Ground(_("stage"), stage, told.format(kinds=shown), proceeding.key)
    for key, notice in notices:
        if notice.method and notice.method == proceeding.method:
            yield Ground(_("method"), word(METHODS, notice.method), f"“{notice.title}”", key)
            break
    if proceeding.re_tender_of:
        why_again = _("a later attempt at {key}").format(key=proceeding.re_tender_of)
        yield Ground(_("proceeding"), proceeding.key, why_again, proceeding.key)
    if proceeding.outcome:
        last = next((key for key, notice in reversed(notices) if _ends(notice, proceeding.outcome)), "")
        yield Ground(_("outcome"), proceeding.outcome, _("the last notice that says so"), last)
    for lot in proceeding.lots:
        if lot.outcome and lot.outcome != proceeding.outcome:
            shown = ", ".join(word(KINDS, each) for each in lot.kinds) or "–"
            yield Ground(f"{_('lot')} {lot.no}", lot.outcome, told.format(kinds=shown), proceeding.key)
    for award in proceeding.awards:
        said = " · ".join(filter(None, (award.supplier, money(award.amount) if award.amount else "")))
        yield Ground(_("winner"), said, word(KINDS, award.stage), award.source)
    for nature in proceeding.natures:
        yield Ground(_("law it is under"), _(NATURES[nature.value]), f"“{nature.words}”", nature.source)
    actor, following = proceeding.turn, both(proceeding.next_zh, proceeding.next_en)
    if actor or following:
        yield Ground(_("next"), following or "–", _("the step {stage} leads to it").format(stage=stage), proceeding.key)


def _ends(notice: Notice, outcome: str) -> bool:
    kinds = {"terminated": "termination", "awarded": "award", "contracted": "contract"}
    return notice.suspended if outcome == "suspended" else notice.kind == kinds.get(outcome)


def _place(connection: Connection, project: int) -> Iterator[Ground]:
    """Where it is bought, and the words that say so."""
    query = (
        select(NOTICE_TEXT.c.place, PUBLICATION.c.portal, PUBLICATION.c.key)
        .join(PUBLICATION, PUBLICATION.c.id == NOTICE_TEXT.c.publication_id)
        .where(PUBLICATION.c.project_id == project)
        .order_by(PUBLICATION.c.id)
    )
    found = [(row, row.place) for row in connection.execute(query) if row.place and row.place.get("path")]
    yield from _together(
        Ground(_("region"), "".join(place["path"]), _quoted(place.get("words", ())), f"{row.portal}/{row.key}")
        for row, place in found
    )


def _quoted(said: Iterable[Sequence[str]]) -> str:
    return "; ".join(f"“{words}” ({source})" for words, source in said)


def _vehicles(connection: Connection, project: int) -> Iterator[Ground]:
    """What each notice buys, and by which rule."""
    query = select(PUBLICATION.c.portal, PUBLICATION.c.key, PUBLICATION.c.relevance).where(
        PUBLICATION.c.project_id == project, PUBLICATION.c.relevance.is_not(None)
    )
    found = []
    for row in connection.execute(query.order_by(PUBLICATION.c.id)):
        names = "、".join(map(vehicle_name, row.relevance.get("types", ())))
        reasons = row.relevance.get("reasons", ())
        rules = "; ".join(f"{both(each['zh'], each['en'])} ({each['rule']})" for each in reasons)
        verdict = word(VERDICTS, row.relevance.get("vehicle_purchase", "no"))
        found.append(Ground(_("vehicles"), f"{verdict} {names}".strip(), rules or "–", f"{row.portal}/{row.key}"))
    yield from _together(found)


def _joins(connection: Connection, project: int) -> Iterator[Ground]:
    """Why the publications stand in one project, and what a person decided of them."""
    query = select(PUBLICATION.c.linkable).where(
        PUBLICATION.c.project_id == project, PUBLICATION.c.linkable.is_not(None)
    )
    items = [LINKABLE.validate_python(each) for each in connection.scalars(query.order_by(PUBLICATION.c.id))]
    pairs = link_decisions(connection)
    must = [pair for kind, pair in pairs if kind == "must-link"]
    cannot = [pair for kind, pair in pairs if kind == "cannot-link"]
    for linked in link(items, must=must, cannot=cannot).projects:
        for join in linked.joins:
            yield Ground(_("joined"), f"{join.one} + {join.other}", f"{why(join)} ({join.confidence:.2f})")


def _members(connection: Connection, project: int) -> list[Member]:
    """Newest readings as derivation sees them."""
    query = (
        select(PUBLICATION, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.project_id == project)
        .order_by(PUBLICATION.c.id)
    )
    ranks = standings()
    return [
        Member(
            key=f"{row.portal}/{row.key}",
            notice=unpack(row.reading),
            same=str(row.notice_id),
            rank=ranks.get(row.portal, len(ranks)),
            listed=row.published_at,
        )
        for row in connection.execute(query)
    ]


def _regime(chain: Sequence[Announcement], state: ProjectState) -> Iterator[Ground]:
    """The signals that point to the law; the strongest first, those for another regime too."""
    signals = load_signals()
    finding = regime_finding(telling(chain), state.buyer, signals)
    names = {each.id: str(each.name) for each in signals.regimes}
    for each in finding.evidence:
        said = f"“{each.words}” ({each.signal.id}, {names[each.signal.regime]} +{each.signal.points})"
        yield Ground(_("law it is under"), names.get(finding.regime, "–") if finding.regime else "–", said)
    if not finding.evidence:
        yield Ground(_("law it is under"), "–", _("no sign of one"))


def _printed(notices: Sequence[tuple[str, Notice]], name: str, what: str) -> Iterator[Ground]:
    """Where a text stands, in the notices that print it."""
    yield from _together(
        Ground(what, reading.value, f"“{reading.evidence[0].words}”", key)
        for key, notice in notices
        if (reading := notice.texts.get(name)) is not None and reading.evidence
    )


def _amount(notices: Sequence[tuple[str, Notice]], name: str, what: str) -> Iterator[Ground]:
    yield from _together(
        Ground(what, f"{reading.value.hundredths / 100:.2f}", f"“{reading.evidence[0].words}”", key)
        for key, notice in notices
        if (reading := notice.money.get(name)) is not None and reading.evidence
    )


def _together(found: Iterable[Ground]) -> Iterator[Ground]:
    """One line where several notices say the same in the same words."""
    sources: dict[Ground, list[str]] = {}
    for each in found:
        sources.setdefault(replace(each, source=""), []).append(each.source)
    for each, keys in sources.items():
        yield replace(each, source=", ".join(keys))
