"""Why a project is what the tracker says it is: every join, verdict, regime, date and rule with its ground.

`chebiao project show ID --explain` prints it, the board can show it; nothing here is stored.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, select

from crawler.notice import Notice
from tracker.derive import Announcement, Member, announcements, regime_finding, telling
from tracker.i18n import _, both
from tracker.linking import LINKABLE, link, why
from tracker.procedures.law import Law, Regime, Text, load_law
from tracker.procedures.regimes import load_signals
from tracker.projects import PUBLICATION, VERSION, link_decisions, standings, unpack
from tracker.state import ProceedingState, ProjectState

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
    for name, value in (("project_name", state.name), ("project_number", state.number), ("buyer", state.buyer)):
        yield from _printed(notices, name, value)
    for name in ("budget", "ceiling", "deposit"):
        yield from _amount(notices, name, getattr(state, name))
    for proceeding in state.proceedings:
        yield Ground(
            _("stage"),
            both(proceeding.stage_zh, proceeding.stage_en) or "–",
            _("proven by notices of kind: {kinds}").format(kinds=", ".join(proceeding.kinds) or "–"),
            proceeding.key,
        )
        for risk in proceeding.risks:
            yield Ground(_("risk"), both(risk.zh, risk.en), f"{risk.words} · {risk.rule_id}", risk.source)
    for note in rule_notes(state, at.date()):
        yield Ground(_("rule"), str(note.text), f"{note.legal_ref} · {note.rule_id} · {note.scope}", note.proceeding)


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
    finding = regime_finding(telling(chain), state.buyer, load_signals())
    for each in finding.evidence:
        said = f"“{each.words}” ({each.signal.id}, {each.signal.regime} +{each.signal.points})"
        yield Ground(_("law it is under"), state.regime or "–", said)
    if not finding.evidence:
        yield Ground(_("law it is under"), "–", _("no sign of one"))


def _printed(notices: Sequence[tuple[str, Notice]], name: str, value: str | None) -> Iterator[Ground]:
    """Where a text stands, in each notice that prints it."""
    for key, notice in notices if value else ():
        reading = notice.texts.get(name)
        if reading is not None and reading.evidence:
            yield Ground(name, reading.value, f"“{reading.evidence[0].words}”", key)


def _amount(notices: Sequence[tuple[str, Notice]], name: str, value: int | None) -> Iterator[Ground]:
    for key, notice in notices if value is not None else ():
        reading = notice.money.get(name)
        if reading is not None and reading.evidence:
            yield Ground(name, f"{reading.value.hundredths / 100:.2f}", f"“{reading.evidence[0].words}”", key)
