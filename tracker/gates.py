"""May we bid? Each gate answered yes, no or unknown, with the words of the notice it rests on.

Signs are `config/gates.yaml`, the company's own facts `company.yaml`. A gate never decides anything: people track or
pass. What neither the notice nor the company's file says is unknown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import Connection, select

from crawler.clock import SHANGHAI, today
from crawler.config import config_file, read_yaml
from crawler.notice import Evidence, Notice
from crawler.text import fold, one_line
from tracker.bidding.bids import lock, printed
from tracker.bidding.credentials import accounts
from tracker.i18n import _, both
from tracker.kinds import TENDER_KINDS
from tracker.present import vehicle_name
from tracker.procedures.brands import LEAST
from tracker.projects import PROJECT, PUBLICATION, VERSION, unpack
from tracker.regions import UnknownRegion, gazetteer
from tracker.relevance import vocabulary
from tracker.state import ProjectState, current
from tracker.tables import Admission
from tracker.watches import Facts, facts_of
from tracker.workdays import load_calendar

Answer = Literal["yes", "no", "unknown"]
Size = Literal["micro", "small", "medium", "large"]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression ({error})") from None
    return pattern


Pattern = Annotated[str, AfterValidator(_compiles)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Strict):
    id: str
    zh: str
    en: str = ""


class Licence(Named):
    common: bool = False
    """Every company has it."""
    signs: tuple[Pattern, ...]


class Platform(Named):
    named: bool = False
    """A platform of one place: its printed name is the account's id."""
    lead: Annotated[int, Field(ge=0, le=60)] = 5
    """Working days until a new account with its CA key can be used, as a rule of thumb."""
    signs: tuple[Pattern, ...]


class RoleSigns(Strict):
    makers_only: tuple[Pattern, ...]
    dealers_too: tuple[Pattern, ...]
    authorisation: tuple[Pattern, ...]


class RegionSigns(Strict):
    local: tuple[Pattern, ...]


class ModelSigns(Strict):
    signs: tuple[Pattern, ...]


class BrandSigns(Strict):
    named: tuple[Pattern, ...]
    equal: Pattern


class Signs(Strict):
    """`config/gates.yaml`."""

    gates: tuple[Named, ...]
    role: RoleSigns
    licences: tuple[Licence, ...]
    region: RegionSigns
    model: ModelSigns
    platform: tuple[Platform, ...]
    brands: BrandSigns


class Offer(Strict):
    """A model we can offer."""

    type: str
    brand: str = ""
    model: str = ""
    announced: bool | None = None
    maker_size: Size | None = None

    @field_validator("type")
    @classmethod
    def _known(cls, kind: str) -> str:
        if kind not in vocabulary().types:
            raise ValueError(f"no vehicle type {kind!r}; known: {', '.join(vocabulary().types)}")
        return kind


class Account(Strict):
    id: str
    until: date | None = None
    """The day the CA key ends."""
    admission: Admission = "admitted"
    """Entry in the platform's register of suppliers."""


class Company(Strict):
    """`company.yaml`: what we are; None and empty are unknown."""

    name: str = ""
    role: Literal["maker", "converter", "dealer"] | None = None
    size: Size | None = None
    registered: str | None = None
    regions: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    models: tuple[Offer, ...] = ()
    platforms: tuple[Account, ...] = ()
    consortium: bool | None = None

    @field_validator("regions", "registered")
    @classmethod
    def _regions(cls, value: str | tuple[str, ...] | None) -> str | tuple[str, ...] | None:
        try:
            if isinstance(value, tuple):
                return tuple(gazetteer().named(each).name for each in value)
            return gazetteer().named(value).name if value else None
        except UnknownRegion as error:
            raise ValueError(str(error)) from None


def load_signs() -> Signs:
    """Raises ConfigurationError naming file, line and fix."""
    path = config_file("gates.yaml")
    return _signs(path, path.stat().st_mtime_ns)


@cache
def _signs(path: Path, _modified: int) -> Signs:
    """Read once for a state of the file: every digest and every look at Today asks."""
    return read_yaml(path, Signs)


def load_company() -> Company:
    """Raises ConfigurationError naming file, line and fix."""
    return read_yaml(config_file("company.yaml"), Company)


@dataclass(frozen=True)
class Quote:
    """Words of a notice."""

    words: str
    source: str
    """`portal/key` of the publication."""


@dataclass(frozen=True)
class Gate:
    id: str
    name: str
    answer: Answer
    why: str
    """In the language of the moment."""
    evidence: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Case:
    """A purchase with its notices, the company, and what is known of the market."""

    state: ProjectState
    facts: Facts
    notices: Sequence[tuple[str, Notice]]
    """By `portal/key`: those that ask for bids, the newest first; where there are none, all."""
    signs: Signs
    company: Company
    day: date
    brands: frozenset[str] = frozenset()
    """That won tenders for these kinds of vehicle, as far as we saw."""
    accounts: tuple[Account, ...] = ()
    """Of the table of accounts; company.yaml holds what nobody entered there."""
    closes: date | None = None
    """Last day to obtain the documents, else to hand in the bid."""
    opens: date | None = None
    """The day of the opening, else of the deadline: the CA key must live as long."""
    bidder: str = ""
    """The entity of ours that bids already."""

    @cached_property
    def texts(self) -> list[tuple[str, str, str]]:
        """Key, text as printed, and the same folded; offsets agree."""
        return [(key, notice.text, fold(notice.text)) for key, notice in self.notices]

    def quotes(self, patterns: Iterable[str]) -> list[Quote]:
        """The sentences that hold a sign, each once."""
        found = {
            _sentence(text, folded, match): key
            for key, text, folded in self.texts
            for pattern in patterns
            for match in re.finditer(pattern, folded)
        }
        return [Quote(words, key) for words, key in found.items()][:4]


def _sentence(text: str, folded: str, match: re.Match[str]) -> str:
    """The sentence around a match as printed, on one line."""
    start = max(folded.rfind(mark, 0, match.start()) for mark in "\n。;") + 1
    ends = [at for mark in "\n。;" if (at := folded.find(mark, match.end())) >= 0]
    return one_line(text[start : min(ends, default=len(text))], 200).strip()


def gates(case: Case) -> list[Gate]:
    """Every gate in the order of the file."""
    judged = {
        "role": _role,
        "licence": _licence,
        "region": _region,
        "model": _model,
        "sme": _sme,
        "consortium": _consortium,
        "platform": _platform,
        "bidder": _bidder,
        "brands": _brands,
    }
    made = []
    for row in case.signs.gates:
        if row.id in judged:
            answer, why, evidence = judged[row.id](case)
            made.append(Gate(row.id, both(row.zh, row.en), answer, why, tuple(evidence)))
    return made


Judged = tuple[Answer, str, Sequence[Quote]]


def _role(case: Case) -> Judged:
    role, signs = case.company.role, case.signs.role
    if only := case.quotes(signs.makers_only):
        if role is None:
            return "unknown", _("makers only; company.yaml does not say what we are"), only
        if role == "dealer":
            return "no", _("makers only, and we are a dealer"), only
        return "yes", _("makers only, and we are one"), only
    asked = case.quotes(signs.authorisation)
    if too := case.quotes(signs.dealers_too):
        why = _("dealers may bid")
        if asked and role == "dealer":
            why = _("dealers may bid with the maker's authorisation: ask for it now")
        return "yes", why, [*too, *(each for each in asked if each not in too)]
    if role in ("maker", "converter"):
        return "yes", _("nothing shuts a maker out"), []
    if asked:
        return "unknown", _("the maker's authorisation is asked for"), asked
    return "unknown", _("the notice does not say who may bid; look into the documents"), []


def _licence(case: Case) -> Judged:
    held = set(case.company.licences)
    asked = [(row, quotes) for row in case.signs.licences if (quotes := case.quotes(row.signs))]
    if not asked:
        return "unknown", _("the notice names no licence; look into the documents"), []
    evidence = [quote for _row, quotes in asked for quote in quotes[:1]]
    missing = [row for row, _quotes in asked if row.id not in held and not row.common]
    names = "、".join(both(row.zh, row.en) for row in missing)
    if not missing:
        return (
            "yes",
            _("we hold what is asked for: {names}").format(
                names="、".join(both(row.zh, row.en) for row, _quotes in asked)
            ),
            evidence,
        )
    if not held:
        return "unknown", _("asked for: {names}; company.yaml lists no licences").format(names=names), evidence
    return "no", _("not among our licences: {names}").format(names=names), evidence


def _region(case: Case) -> Judged:
    place, company = case.facts.place, case.company
    if local := case.quotes(case.signs.region.local):
        where = place.name or _("nowhere stated")
        if company.registered is None:
            return (
                "unknown",
                _("a local seat or shop is asked for ({where}); company.yaml names no seat").format(where=where),
                local,
            )
        asked = [gazetteer().place([("sentence", quote.words)]).path for quote in local]
        target = max((path for path in asked if path), key=len, default=place.path)
        seat = gazetteer().named(company.registered).path
        if target and seat[: len(target)] == target:
            return "yes", _("a local seat is asked for, and ours is there"), local
        return "unknown", _("a local seat or shop is asked for; whether ours counts is for a person"), local
    if not company.regions:
        return "unknown", _("no local seat is asked for; company.yaml names no regions"), []
    inside = [place.within(gazetteer().named(name).path) for name in company.regions]
    if True in inside:
        return "yes", _("we serve {where}").format(where=place.name), []
    if None in inside:
        return "unknown", _("region not known more closely: {where}").format(where=place.name or "–"), []
    return "no", _("outside our regions: {where}").format(where=place.name), []


def _fitting(case: Case) -> list[Offer]:
    """What we offer of the kinds that are bought."""
    known = vocabulary()
    wanted = {kind for kind in case.state.vehicle_types if kind in known.types}
    return [
        each
        for each in case.company.models
        if wanted & {each.type, *known.above(each.type)} or any(each.type in known.above(kind) for kind in wanted)
    ]


def _model(case: Case) -> Judged:
    evidence = case.quotes(case.signs.model.signs)
    kinds = "、".join(map(vehicle_name, case.state.vehicle_types))
    if not case.company.models:
        return "unknown", _("company.yaml lists no models"), evidence
    if not case.state.vehicle_types:
        return "unknown", _("the kind of vehicle is not stated"), evidence
    ours = _fitting(case)
    if not ours:
        return "no", _("we offer no {kinds}").format(kinds=kinds), evidence
    listed = [each for each in ours if each.announced]
    if listed:
        names = "、".join(f"{each.brand} {each.model}".strip() for each in listed)
        return "yes", _("listed in the 公告: {names}").format(names=names), evidence
    if all(each.announced is False for each in ours):
        return "no", _("none of our models for {kinds} is in the 公告").format(kinds=kinds), evidence
    return "unknown", _("company.yaml does not say whether our models are in the 公告"), evidence


def _printed(case: Case, name: Literal["sme_only", "consortium_allowed"]) -> tuple[bool | None, list[Quote]]:
    """What the notices print; the newest that says something counts."""
    for key, notice in case.notices:
        reading = getattr(notice, name)
        if reading is not None:
            words: Sequence[Evidence] = reading.evidence
            return reading.value, [Quote(one_line(each.words, 200), key) for each in words[:2]]
    return None, []


def _sme(case: Case) -> Judged:
    reserved, evidence = _printed(case, "sme_only")
    if reserved is False:
        return "yes", _("not reserved for SMEs"), evidence
    if reserved is None:
        return "unknown", _("the notice does not say whether it is reserved for SMEs"), []
    # 财库〔2020〕46号: of goods the maker counts, not the dealer who bids.
    company = case.company
    sizes = {each.maker_size for each in _fitting(case)} - {None}
    if company.role in ("maker", "converter") and company.size is not None:
        sizes = {company.size}
    if not sizes:
        return "unknown", _("reserved for SMEs; the size of the maker is not in company.yaml"), evidence
    if sizes == {"large"}:
        return "no", _("reserved for SMEs, and the maker is a large enterprise"), evidence
    return "yes", _("reserved for SMEs; offer a model whose maker is one"), evidence


def _consortium(case: Case) -> Judged:
    allowed, evidence = _printed(case, "consortium_allowed")
    if not case.company.consortium:
        why = _("we bid alone") if case.company.consortium is False else _("open to whoever bids alone")
        return "yes", why, evidence
    if allowed is None:
        if case.state.regime == "GP":
            return "yes", _("the notice is silent, so consortia may bid (87号令 19)"), []
        return "unknown", _("the notice does not say whether consortia may bid"), []
    return ("yes", _("consortia may bid"), evidence) if allowed else ("no", _("consortia may not bid"), evidence)


def _platform(case: Case) -> Judged:
    known = {each.id: each for each in (*case.company.platforms, *case.accounts)}
    asked: dict[str, tuple[Platform, str, Quote]] = {}
    for key, text, folded in case.texts:
        for row in case.signs.platform:
            for match in (found for sign in row.signs for found in re.finditer(sign, folded)):
                identity = _place_name(match[0]) if row.named else row.id
                name = identity if row.named else both(row.zh, row.en or row.zh)
                asked.setdefault(identity, (row, name, Quote(_sentence(text, folded, match), key)))
    if not asked:
        return "unknown", _("the notice names no platform that we know"), []
    names = "、".join(name for _row, name, _quote in asked.values())
    evidence = [quote for _row, _name, quote in asked.values()][:4]
    held = {each: found for each in asked if (found := _account(known, each))}
    if not held:
        answer, why = _lead(case, max(row.lead for row, _name, _quote in asked.values()), names)
        if not known:
            return "unknown", _("{why}; no account of ours is noted: `chebiao platform add`").format(why=why), evidence
        return answer, why, evidence
    good = {each: found for each, found in held.items() if found.until is None or found.until >= case.day}
    if not good:
        ended = asked[next(iter(held))][1]
        return "no", _("the CA key for {names} has ended").format(names=ended), evidence
    ours = "、".join(asked[each][1] for each in good)
    if all(each.admission != "admitted" for each in good.values()):
        return "unknown", _("account on {names}, but not in its register of suppliers yet").format(names=ours), evidence
    short = [each for each in good.values() if each.until and case.opens and each.until < case.opens]
    if len(short) == len(good):
        said = _("account on {names}; its CA key ends {day}, before the opening: renew it before encrypting")
        return "unknown", said.format(names=ours, day=short[0].until), evidence
    return "yes", _("account on {names}").format(names=ours), evidence


def _lead(case: Case, days: int, names: str) -> tuple[Answer, str]:
    """Whether an account can still be had in time."""
    ready = load_calendar().add_working_days(case.day, days)
    if case.closes is None:
        return "no", _("no account on {names}; one takes about {n} working days").format(names=names, n=days)
    if ready > case.closes:
        said = _("no account on {names}; one takes about {n} working days, until {ready}: too late for {closes}")
        return "no", said.format(names=names, n=days, ready=ready, closes=case.closes)
    said = _("no account on {names} yet: apply today, it takes about {n} working days, until {ready}, before {closes}")
    return "unknown", said.format(names=names, n=days, ready=ready, closes=case.closes)


def _bidder(case: Case) -> Judged:
    """One tender, one bidding entity (tracker.bidding.bids.lock)."""
    if not case.bidder:
        return "yes", _("no entity of ours bids for it yet"), []
    if not case.company.name:
        return "unknown", _("{name} bids for it; company.yaml does not name us").format(name=case.bidder), []
    if case.bidder == case.company.name:
        return "yes", _("we bid for it already"), []
    return (
        "no",
        _("{name} of our group bids for it; a second bid would be void or collusion").format(name=case.bidder),
        [],
    )


def _place_name(words: str) -> str:
    """Without the words before a platform's name: 登录沧平市公共资源交易中心 is 沧平市公共资源交易中心."""
    return re.sub(
        r"^.*?(?:登录|通过|进入|访问|在|至|到|于|与|和|网址|网站|的|为)(?=[\u3400-\u9fff]{2,}(?:公共资源|政府采购))",
        "",
        words,
    )


def _account(accounts: dict[str, Account], identity: str) -> Account | None:
    return accounts.get(identity) or next((each for name, each in accounts.items() if name in identity), None)


def _brands(case: Case) -> Judged:
    method = case.state.proceedings[-1].method if case.state.proceedings else None
    if method == "single_source":
        return "yes", _("single source: one supplier is enough"), []
    named = [
        each for each in case.quotes(case.signs.brands.named) if not re.search(case.signs.brands.equal, each.words)
    ]
    if named:
        return "no", _("a brand is named and nothing equal is let in; it can be questioned"), named
    if len(case.brands) >= LEAST:
        names = "、".join(sorted(case.brands)[:6])
        return "yes", _("{n} brands have won such vehicles: {names}").format(n=len(case.brands), names=names), []
    return (
        "unknown",
        _("{n} brands seen in awards of such vehicles; fewer than three and the tender fails").format(
            n=len(case.brands)
        ),
        [],
    )


# --- from the database ----------------------------------------------------------------------------------------------

AWARDS_LOOKED_AT = 2_000


def case_of(connection: Connection, project_id: int) -> Case:
    """A project (a living id) with its notices and the company's facts. Raises ConfigurationError."""
    row = connection.execute(select(PROJECT).where(PROJECT.c.id == project_id)).one()
    state = ProjectState.model_validate(row.state)
    query = (
        select(PUBLICATION.c.portal, PUBLICATION.c.key, PUBLICATION.c.kind, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.project_id == project_id, PUBLICATION.c.state != "withdrawn")
        .order_by(PUBLICATION.c.published_at.desc().nulls_last(), PUBLICATION.c.id.desc())
    )
    rows = list(connection.execute(query))
    asking = [each for each in rows if each.kind in TENDER_KINDS] or rows
    notices = [(f"{each.portal}/{each.key}", unpack(each.reading)) for each in asking]
    facts = facts_of(connection, [project_id])[project_id]
    company = load_company()
    held = lock(connection, project_id)
    return Case(
        state=state,
        facts=facts,
        notices=notices,
        signs=load_signs(),
        company=company,
        day=today(),
        brands=frozenset(_brands_seen(connection, state)),
        accounts=tuple(
            Account(id=each.platform, until=each.ca_until, admission=each.admission)
            for each in accounts(connection, company.name or None)
        ),
        closes=_day(state, ("documents_until", "bid_deadline", "prequalification_deadline")),
        opens=_day(state, ("opening_at", "bid_deadline", "prequalification_deadline")),
        bidder=held.bidder if held else "",
    )


def _day(state: ProjectState, kinds: Sequence[str]) -> date | None:
    """The day of the first of some printed times that the present proceeding has."""
    if not state.proceedings:
        return None
    found = printed(state, current(state.proceedings).key, kinds)
    return found.astimezone(SHANGHAI).date() if found else None


def _brands_seen(connection: Connection, state: ProjectState) -> Iterator[str]:
    """Brands that won tenders for one of the same kinds, in the newest awards."""
    kinds = {kind for kind in state.vehicle_types if not vocabulary().vague([kind])}
    awarded = PROJECT.c.stage.like("%award%") | PROJECT.c.closed
    query = select(PROJECT.c.state).where(awarded, PROJECT.c.alias_of.is_(None), PROJECT.c.vehicle_purchase != "no")
    for said in connection.scalars(query.order_by(PROJECT.c.id.desc()).limit(AWARDS_LOOKED_AT)):
        if kinds & set(said.get("vehicle_types", ())):
            for proceeding in said.get("proceedings", ()):
                yield from (one_line(each["brand"], 30) for each in proceeding.get("awards", ()) if each.get("brand"))
