"""Watches: what a person wants to be told of, and why a purchase is, narrowly is not, or is not one of them.

A criterion that cannot be judged (no region known, no method named) never loses a purchase, unless the watch says so;
the reason then says that it is not known. `matches` is pure; the rest of this module loads what it looks at.
"""

import difflib
import logging
import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from sqlalchemy import Connection, Row, delete, func, insert, or_, select, update

from crawler.clock import now
from crawler.config import ConfigurationError, home, shipped
from crawler.notice import Kind, Method
from crawler.portals import load_portals
from crawler.text import one_line
from tracker.db import chunks, insert_row
from tracker.decisions import Mistake
from tracker.grams import normal
from tracker.i18n import _, both
from tracker.linking import normal_buyer
from tracker.present import KINDS, METHODS, money, portal_name, vehicle_name, word
from tracker.regions import Place, UnknownRegion, gazetteer, place_of
from tracker.relevance import vocabulary
from tracker.relevance.facts import buyer_kind
from tracker.state import ProjectState
from tracker.tables import DigestItem, Event, NoticeText, Project, Publication, Team, TeamMember, Watch, table
from tracker.team.people import Card

log = logging.getLogger(__name__)
DIGEST_ITEM, EVENT, NOTICE_TEXT, PROJECT = table(DigestItem), table(Event), table(NoticeText), table(Project)
PUBLICATION, TEAM, TEAM_MEMBER, WATCH = table(Publication), table(Team), table(TeamMember), table(Watch)

Where = Literal["title", "items", "buyer", "winner"]
PURCHASE = "purchase"
"""The class of notices that buy vehicles; the others are `classes` of config/vehicles.yaml."""
_SUM = re.compile(r"^\s*([\d,]+(?:\.\d+)?)\s*(亿元?|万元?|元)?\s*$")
_FACTOR = {"亿": 100_000_000, "万": 10_000}


# --- what is asked for ----------------------------------------------------------------------------------------------


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Strict):
    """Budget or ceiling in yuan, both ends included; `50万` and `1.2亿` are understood."""

    min: float | None = Field(None, ge=0)
    max: float | None = Field(None, ge=0)
    unknown: bool = True
    """Whether a purchase that prints no amount is taken."""

    @field_validator("min", "max", mode="before")
    @classmethod
    def _yuan(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        found = _SUM.match(value)
        if not found:
            raise ValueError(_("{value!r} is no amount; write yuan, such as 500000 or 50万").format(value=value))
        return float(found[1].replace(",", "")) * _FACTOR.get((found[2] or "元")[0], 1)

    @model_validator(mode="after")
    def _ordered(self) -> "Amount":
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError(_("min is above max; exchange the two"))
        return self


class Keywords(Strict):
    """Literal words; width, case and blanks inside Chinese do not count."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    fields: tuple[Where, ...] = ("title", "items")

    @field_validator("any", "all", "none")
    @classmethod
    def _some(cls, words: tuple[str, ...]) -> tuple[str, ...]:
        if any(not word.strip() for word in words):
            raise ValueError(_("an empty word is in every text; remove it"))
        return words


def _known(words: Iterable[str], known: dict[str, str], what: str) -> tuple[str, ...]:
    """Ids for ids or names. Raises ValueError naming the nearest one."""
    by_name = {name: identity for identity, name in known.items()} | {identity: identity for identity in known}
    found = []
    for word_ in words:
        if word_ not in by_name:
            near = difflib.get_close_matches(word_, by_name, n=1, cutoff=0.5)
            hint = _("did you mean {near!r}?").format(near=near[0]) if near else ", ".join(known)
            raise ValueError(_("no {what} {word!r}; {hint}").format(what=what, word=word_, hint=hint))
        found.append(by_name[word_])
    return tuple(dict.fromkeys(found))


class Criteria(Strict):
    """What a watch asks for; empty means that it does not matter. All criteria must hold, of one any word will do."""

    regions: tuple[str, ...] = ()
    """Full names, such as 浙江省宁波市; 宁波, 沪 and 昆山 are understood."""
    unknown_region: bool = True
    """Whether a purchase is taken whose region, or city, is not known."""
    vehicles: tuple[str, ...] = ()
    """Ids or Chinese names of config/vehicles.yaml; one covers the kinds below it."""
    untyped: bool = True
    """Whether a purchase is taken that names no kind (车辆, 专用车)."""
    buyer_kinds: tuple[str, ...] = ()
    buyers: tuple[str, ...] = ()
    """Names or parts of names; a buyer fits by kind or by name."""
    methods: tuple[Method, ...] = ()
    stages: tuple[Kind, ...] = ()
    amount: Amount = Amount()
    keywords: Keywords = Keywords()
    portals: tuple[str, ...] = ()
    min_days_left: int | None = Field(None, ge=0, le=365)
    """Days until the next thing a bidder has to do; judged when a purchase is new."""
    classes: tuple[str, ...] = (PURCHASE,)
    """`purchase`, and classes of services around vehicles (lease, repair, insurance …); none: whatever it is."""
    review: bool = True
    """Whether purchases are taken of which a person has yet to say that they buy vehicles."""

    @field_validator("regions")
    @classmethod
    def _regions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(dict.fromkeys(gazetteer().named(name).name for name in names))
        except UnknownRegion as error:
            raise ValueError(str(error)) from None

    @field_validator("vehicles")
    @classmethod
    def _vehicles(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        rows = vocabulary().types.values()
        words = {word: row.id for row in rows for word in row.words}
        return _known((words.get(name, name) for name in names), {row.id: row.zh for row in rows}, _("vehicle type"))

    @field_validator("buyer_kinds")
    @classmethod
    def _kinds(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, {row.id: row.zh for row in vocabulary().data.buyers}, _("kind of buyer"))

    @field_validator("classes")
    @classmethod
    def _classes(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        known = {PURCHASE: "采购"} | {row.id: row.zh for row in vocabulary().data.classes}
        return _known(names, known, _("class"))

    @field_validator("portals")
    @classmethod
    def _portals(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return _known(names, {row.id: row.name.zh for row in load_portals().values()}, _("portal"))


class WatchFile(Criteria):
    """A watch in a TOML file: the criteria and what it is called."""

    name: str = Field("", max_length=60)

    @property
    def criteria(self) -> Criteria:
        return Criteria.model_validate(self.model_dump(exclude={"name"}, exclude_defaults=True))


def read_toml(path: Path) -> WatchFile:
    """A watch from a file. Raises ConfigurationError naming file, line, key and fix."""
    try:
        content = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from None
    try:
        return WatchFile.model_validate(tomllib.loads(content))
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}; mend that line") from None
    except ValidationError as error:
        problems = (
            f"{path}, line {_line(content, item['loc'])}: {_problem(item['loc'], item['msg'], item['type'])}"
            for item in error.errors(include_url=False)
        )
        raise ConfigurationError("\n".join(problems)) from None


def criteria_from(values: dict[str, Any]) -> Criteria:
    """Criteria from options. Raises Mistake naming the option and the fix."""
    try:
        return Criteria.model_validate(values)
    except ValidationError as error:
        problems = (_problem(item["loc"], item["msg"], item["type"]) for item in error.errors(include_url=False))
        raise Mistake("; ".join(problems)) from None


def _problem(where: tuple[int | str, ...], said: str, kind: str) -> str:
    keys = [str(part) for part in where if not isinstance(part, int)]
    if kind == "extra_forbidden":
        inner: dict[str, type[BaseModel]] = {"amount": Amount, "keywords": Keywords}
        fields = list((inner.get(keys[0], WatchFile) if len(keys) > 1 else WatchFile).model_fields)
        near = difflib.get_close_matches(keys[-1], fields, n=1)
        said = (
            _("unknown key; did you mean {near!r}?").format(near=near[0])
            if near
            else _("unknown key; known: {known}").format(known=", ".join(fields))
        )
    return f"{'.'.join(keys)}: {said.removeprefix('Value error, ')}"


def _line(content: str, where: tuple[int | str, ...]) -> int:
    """The line on which a key stands; a key of a table is looked for below the table's head."""
    keys = [str(part) for part in where if not isinstance(part, int)]
    at = 1
    for number, line in enumerate(content.splitlines(), 1):
        plain = line.strip()
        if len(keys) > 1 and re.match(rf"\[\s*{re.escape(keys[0])}\s*\]|{re.escape('.'.join(keys))}\s*=", plain):
            at, keys = number, keys[1:]
            if "=" in plain:
                return number
        elif re.match(rf"[\"']?{re.escape(keys[0])}[\"']?\s*(=|\.)|\[\s*{re.escape(keys[0])}\s*\]", plain):
            return number
    return at


def presets() -> dict[str, Path]:
    """The ready-made watches by name; the user's own file of the same name wins."""
    return {path.stem: path for base in (shipped(), home()) for path in sorted((base / "watches").glob("*.toml"))}


def preset(name: str) -> WatchFile:
    """A ready-made watch. Raises Mistake naming those there are."""
    found = presets()
    if name not in found:
        raise Mistake(_("no ready-made watch {name!r}; there are: {known}").format(name=name, known=", ".join(found)))
    return read_toml(found[name])


# --- what it is compared with ---------------------------------------------------------------------------------------


NOWHERE = Place()


@dataclass(frozen=True)
class Facts:
    """What watches look at in a purchase."""

    title: str = ""
    items: str = ""
    buyer: str = ""
    winner: str = ""
    place: Place = NOWHERE
    verdict: str = "no"
    types: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    """Of services around vehicles that its notices are about."""
    methods: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    portals: frozenset[str] = frozenset()
    amount: int | None = None
    """Hundredths of CNY: budget, else ceiling."""
    acts: tuple[tuple[datetime, datetime], ...] = ()
    """Earliest and latest instant of everything a bidder has to do."""
    reasons: tuple[str, ...] = ()
    reasons_en: tuple[str, ...] = ()


def facts_of(connection: Connection, project_ids: Collection[int]) -> dict[int, Facts]:
    """The facts of projects, by id; ids that became an alias or do not exist are left out."""
    members = _members(connection, PUBLICATION.c.project_id, project_ids)
    grouped: defaultdict[int, list[Row[Any]]] = defaultdict(list)
    for row in members:
        grouped[row.project_id].append(row)
    projects = _projects(connection, project_ids)
    return {row.id: _facts(row, grouped[row.id]) for row in projects if row.alias_of is None}


def facts_of_publications(connection: Connection, publication_ids: Collection[int]) -> dict[int, Facts]:
    """The facts of single notices: what their purchase says, with the notice's own stage, portal and words."""
    rows = list(_members(connection, PUBLICATION.c.id, publication_ids))
    whole = facts_of(connection, {row.project_id for row in rows if row.project_id is not None})
    return {row.id: replace(whole.get(row.project_id, Facts()), **_own(row)) for row in rows}


def _own(row: Row[Any]) -> dict[str, Any]:
    return {
        "title": row.own_title or row.title,
        "items": row.items or "",
        "winner": row.winner or "",
        "kinds": frozenset({row.kind}),
        "portals": frozenset({row.portal}),
    }


def _projects(connection: Connection, ids: Collection[int]) -> Iterable[Row[Any]]:
    for part in chunks(ids):
        yield from connection.execute(select(PROJECT).where(PROJECT.c.id.in_(part)))


def _members(connection: Connection, column: Any, ids: Collection[int]) -> Iterable[Row[Any]]:
    columns: list[Any] = [PUBLICATION.c[name] for name in ("id", "project_id", "portal", "kind", "title", "relevance")]
    columns += [NOTICE_TEXT.c.title.label("own_title")]
    columns += [NOTICE_TEXT.c[name] for name in ("items", "buyer", "winner", "place")]
    for part in chunks(ids):
        query = select(*columns).outerjoin(NOTICE_TEXT, NOTICE_TEXT.c.publication_id == PUBLICATION.c.id)
        yield from connection.execute(query.where(column.in_(part)).order_by(PUBLICATION.c.id))


def _facts(project: Row[Any], members: Sequence[Row[Any]]) -> Facts:
    state = _state(project)
    dates = (each for proceeding in state.proceedings for each in proceeding.milestones if each.bidder_acts)
    awards = [award.supplier for proceeding in state.proceedings for award in proceeding.awards]
    return Facts(
        title="\n".join(dict.fromkeys([state.name, *(row.own_title or row.title for row in members)])),
        items="\n".join(dict.fromkeys(row.items for row in members if row.items)),
        buyer=state.buyer or next((row.buyer for row in members if row.buyer), ""),
        winner="\n".join(dict.fromkeys([*awards, *(row.winner for row in members if row.winner)])),
        place=_place(state, members),
        verdict=project.vehicle_purchase,
        types=state.vehicle_types,
        classes=frozenset(row.relevance["class"] for row in members if row.relevance and row.relevance.get("class")),
        methods=frozenset(each.method for each in state.proceedings if each.method),
        kinds=frozenset(row.kind for row in members),
        portals=frozenset(row.portal for row in members),
        amount=state.budget if state.budget is not None else state.ceiling,
        acts=tuple((each.earliest, each.latest) for each in dates),
        reasons=state.reasons,
        reasons_en=state.reasons_en,
    )


def _state(project: Row[Any]) -> ProjectState:
    """The stored state; of one that this version cannot read, what stands in the row: it loses nobody a tender."""
    try:
        return ProjectState.model_validate(project.state)
    except ValidationError:
        log.warning("the state of project %s cannot be read", project.id)
        return ProjectState(name=project.name, buyer=project.buyer, region=project.region)


def _place(state: ProjectState, members: Sequence[Row[Any]]) -> Place:
    """The place told most closely by a notice of the project, else what its own fields say."""
    told = [tuple(row.place["path"]) for row in members if row.place]
    path = max(told, key=len, default=())
    return Place(path) if path else place_of(portal=state.region or "", buyer=state.buyer or "")


# --- whether it fits ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One criterion of a watch, judged."""

    criterion: str
    """A key of the watch, such as `regions` or `keywords.none`."""
    fits: bool
    words: str
    """For a person, in the language of the moment."""


PLAIN = frozenset({"classes", "vehicles", "regions", "buyers", "buyer_kinds", "methods", "stages", "portals"})
"""Criteria that split the world: missing one says little where nothing else is asked."""


@dataclass(frozen=True)
class Match:
    findings: tuple[Finding, ...]

    @property
    def hit(self) -> bool:
        return all(each.fits for each in self.findings)

    @property
    def near_miss(self) -> Finding | None:
        """The one criterion that failed, where exactly one did.

        A watch that asks for one thing only is narrowly missed where that thing is not known or is a matter of degree:
        other vehicles are no narrow miss of a watch for fire engines, fire engines elsewhere are one of a city's.
        """
        failed = [each for each in self.findings if not each.fits]
        if len(failed) != 1:
            return None
        others = any(each.fits and each.criterion not in ("classes", "review") for each in self.findings)
        return failed[0] if others or failed[0].criterion not in PLAIN else None

    @property
    def reasons(self) -> tuple[str, ...]:
        return tuple(each.words for each in self.findings)


def matches(criteria: Criteria, facts: Facts, at: datetime, *, news: bool = True) -> Match:
    """Every criterion the watch sets, judged. `news` is False for later changes: days left do not matter then."""
    judged = [
        _class(criteria, facts),
        _vehicles(criteria, facts),
        _regions(criteria, facts),
        _buyers(criteria, facts),
        _choice("methods", criteria.methods, facts.methods, METHODS),
        _choice("stages", criteria.stages, facts.kinds, KINDS),
        _amount(criteria.amount, facts.amount),
        *_keywords(criteria.keywords, facts),
        _portals(criteria, facts),
        _days_left(criteria, facts, at) if news else None,
    ]
    return Match(tuple(each for each in judged if each is not None))


def _class(criteria: Criteria, facts: Facts) -> Finding | None:
    if not criteria.classes:
        return None
    why = both("；".join(facts.reasons[:2]), "; ".join(facts.reasons_en[:2]))
    if PURCHASE in criteria.classes and facts.verdict in ("yes", "mixed"):
        return Finding("classes", True, _("buys vehicles: {why}").format(why=why))
    if PURCHASE in criteria.classes and facts.verdict == "review":
        return Finding("review", criteria.review, _("perhaps a vehicle purchase: {why}").format(why=why))
    shared = sorted(facts.classes & set(criteria.classes) - {PURCHASE})
    if shared:
        row = vocabulary().classes[shared[0]]
        return Finding("classes", True, both(row.zh, row.en))
    return Finding("classes", False, _("no vehicle purchase: {why}").format(why=why))


def _vehicles(criteria: Criteria, facts: Facts) -> Finding | None:
    if not criteria.vehicles:
        return None
    known, wanted = vocabulary(), set(criteria.vehicles)
    lines = {kind: {kind, *known.above(kind)} for kind in facts.types if kind in known.types}
    fitting = [kind for kind, line in lines.items() if line & wanted]
    if fitting:
        return Finding("vehicles", True, "、".join(map(vehicle_name, fitting)))
    names = "、".join(map(vehicle_name, facts.types))
    above = {up for kind in wanted for up in known.above(kind)}
    if not lines or any(kind in above and known.types[kind].umbrella for kind in lines):
        words = _("kind not stated: {names}").format(names=names or "–")
        return Finding("untyped", criteria.untyped, words)
    return Finding("vehicles", False, _("other vehicles: {names}").format(names=names))


def _regions(criteria: Criteria, facts: Facts) -> Finding | None:
    if not criteria.regions:
        return None
    known = gazetteer()
    answers = {name: facts.place.within(known.named(name).path) for name in criteria.regions}
    inside = [name for name, answer in answers.items() if answer]
    if inside:
        return Finding("regions", True, facts.place.name)
    if None in answers.values():
        where = facts.place.name or _("nowhere stated")
        return Finding(
            "unknown_region", criteria.unknown_region, _("region not known more closely: {where}").format(where=where)
        )
    return Finding("regions", False, _("elsewhere: {where}").format(where=facts.place.name))


def _buyers(criteria: Criteria, facts: Facts) -> Finding | None:
    if not (criteria.buyer_kinds or criteria.buyers):
        return None
    if not facts.buyer:
        return Finding("buyers", True, _("buyer not stated"))
    name = normal(facts.buyer)
    for asked in criteria.buyers:
        if normal(asked) in name or (normal_buyer(asked) or asked) == normal_buyer(facts.buyer):
            return Finding("buyers", True, _("buyer: {name}").format(name=facts.buyer))
    kind = buyer_kind(vocabulary(), facts.buyer)
    if kind in criteria.buyer_kinds:
        row = next(row for row in vocabulary().data.buyers if row.id == kind)
        return Finding("buyer_kinds", True, f"{both(row.zh, row.en)}：{facts.buyer}")
    failed = "buyer_kinds" if criteria.buyer_kinds else "buyers"
    return Finding(failed, False, _("other buyer: {name}").format(name=facts.buyer))


def _choice(key: str, asked: Sequence[str], has: frozenset[str], names: dict[str, str]) -> Finding | None:
    if not asked:
        return None
    if not has:
        return Finding(key, True, _("not stated"))
    shared = [each for each in asked if each in has]
    shown = "、".join(word(names, each) for each in shared or sorted(has))
    return Finding(key, bool(shared), shown)


def _amount(asked: Amount, amount: int | None) -> Finding | None:
    if asked.min is None and asked.max is None:
        return None
    if amount is None:
        return Finding("amount.unknown", asked.unknown, _("amount not stated"))
    yuan = amount / 100
    fits = (asked.min is None or yuan >= asked.min) and (asked.max is None or yuan <= asked.max)
    return Finding("amount", fits, money(amount))


def _keywords(asked: Keywords, facts: Facts) -> list[Finding]:
    texts = [normal(str(getattr(facts, name))) for name in asked.fields]

    def there(word_: str) -> bool:
        return any(normal(word_).strip() in each for each in texts)

    found = []
    if asked.any:
        hits = [each for each in asked.any if there(each)]
        words = _("word {words}") if hits else _("none of the words {words}")
        found.append(Finding("keywords.any", bool(hits), words.format(words="、".join(hits or asked.any))))
    if asked.all:
        missing = [each for each in asked.all if not there(each)]
        words = _("without the word {words}") if missing else _("word {words}")
        found.append(Finding("keywords.all", not missing, words.format(words="、".join(missing or asked.all))))
    if asked.none and (hits := [each for each in asked.none if there(each)]):
        found.append(Finding("keywords.none", False, _("excluded word {words}").format(words="、".join(hits))))
    return found


def _portals(criteria: Criteria, facts: Facts) -> Finding | None:
    if not criteria.portals:
        return None
    shared = sorted(facts.portals & set(criteria.portals))
    return Finding("portals", bool(shared), "、".join(map(portal_name, shared or sorted(facts.portals))))


def _days_left(criteria: Criteria, facts: Facts, at: datetime) -> Finding | None:
    if criteria.min_days_left is None:
        return None
    if not facts.acts:
        return Finding("min_days_left", True, _("no date stated"))
    ahead = [earliest for earliest, latest in facts.acts if latest > at]
    if not ahead:
        return Finding("min_days_left", False, _("all dates are past"))
    days = max((min(ahead) - at).days, 0)
    return Finding("min_days_left", days >= criteria.min_days_left, _("{n} days left").format(n=days))


# --- watches in the database ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Watched:
    """A watch as it stands, for one of those it speaks to: that of a team is there once for each of its people."""

    id: int
    person_id: int
    name: str
    team: str
    """Name of the team it belongs to; empty for a person's own."""
    criteria: Criteria | None
    """None where the stored criteria can no longer be read, such as a vehicle type that the file lost."""
    fault: str
    from_event: int
    active: bool
    version: int
    created_at: datetime


def _watched(row: Row[Any], person_id: int, team: str = "") -> Watched:
    criteria, fault = None, ""
    try:
        criteria = Criteria.model_validate(row.criteria)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        fault = one_line(_problem(first["loc"], first["msg"], first["type"]), 300)
    return Watched(
        row.id, person_id, row.name, team, criteria, fault, row.from_event, row.active, row.version, row.created_at
    )


def checked_name(name: str) -> str:
    """A watch's name on one line. Raises Mistake."""
    shown = one_line(name, 60).strip()
    if not shown:
        raise Mistake(_("the watch has no name; give it one, such as 宁波轿车"))
    return shown


def team_of(connection: Connection, person: Card, name: str) -> Row[Any]:
    """A team that a person leads or belongs to, whose watches they may therefore make. Raises Mistake."""
    mine = _teams_of(connection, person.id)
    found = next((row for row in mine if row.name == name.strip()), None)
    if found is None:
        known = ", ".join(row.name for row in mine) or _("none yet")
        raise Mistake(
            _("{person} is in no team {name!r}; in: {known} (`chebiao team set NAME --member PERSON`)").format(
                person=person.name, name=name, known=known
            )
        )
    return found


def _teams_of(connection: Connection, person_id: int) -> list[Row[Any]]:
    belongs = select(TEAM_MEMBER.c.team_id).where(TEAM_MEMBER.c.person_id == person_id)
    query = select(TEAM).where(or_(TEAM.c.lead_id == person_id, TEAM.c.id.in_(belongs)))
    return list(connection.execute(query.order_by(TEAM.c.id)))


def _crews(connection: Connection) -> dict[int, tuple[str, list[int]]]:
    """The name of each team and the people its watches speak to: its members and its lead."""
    people: defaultdict[int, set[int]] = defaultdict(set)
    for row in connection.execute(select(TEAM_MEMBER)):
        people[row.team_id].add(row.person_id)
    teams = connection.execute(select(TEAM).order_by(TEAM.c.id)).all()
    return {row.id: (row.name, sorted(people[row.id] | ({row.lead_id} if row.lead_id else set()))) for row in teams}


def add_watch(
    connection: Connection, person: Card, name: str, criteria: Criteria, *, team: str | None = None
) -> Watched:
    """A new watch of a person, or of a team they are in; it starts from now, whatever has been published before.

    Raises Mistake.
    """
    name = checked_name(name)
    crew = team_of(connection, person, team) if team is not None else None
    whose = {"team_id": crew.id} if crew else {"person_id": person.id}
    _name_is_free(connection, whose, name)
    newest = connection.scalar(select(func.max(EVENT.c.id))) or 0
    values = {
        "name": name,
        "criteria": criteria.model_dump(mode="json", exclude_defaults=True),
        "created_at": now(),
        "from_event": newest,
        "active": True,
        "version": 1,
    }
    identity = insert_row(connection, WATCH, **whose, **values)
    row = connection.execute(select(WATCH).where(WATCH.c.id == identity)).one()
    return _watched(row, person.id, crew.name if crew else "")


def _name_is_free(connection: Connection, whose: Mapping[str, int], name: str, but: int | None = None) -> None:
    """Raises Mistake where the person or team has a watch of that name already."""
    column, identity = next(iter(whose.items()))
    taken = select(WATCH.c.id).where(WATCH.c[column] == identity, WATCH.c.name == name, WATCH.c.id != (but or 0))
    if connection.execute(taken).first():
        raise Mistake(_("there is a watch {name} already; edit it, or take another name").format(name=name))


def list_watches(connection: Connection, person: Card | None = None, *, active: bool = False) -> list[Watched]:
    """Everybody's watches, or one person's, their own before those of their teams.

    A team's watch comes once for each of its people.
    """
    crews = _crews(connection)
    query = select(WATCH).order_by(WATCH.c.id)
    found: list[Watched] = []
    for row in connection.execute(query.where(WATCH.c.active) if active else query):
        team, crew = ("", [row.person_id]) if row.team_id is None else crews[row.team_id]
        found += [_watched(row, each, team) for each in crew if person is None or each == person.id]
    return sorted(found, key=lambda each: (each.person_id, bool(each.team), each.id))


def find_watch(connection: Connection, person: Card, name: str) -> Watched:
    """By name or number, a person's own before those of their teams. Raises Mistake naming those there are."""
    mine = list_watches(connection, person)
    found = next((each for each in mine if name in (each.name, str(each.id))), None)
    if found is None:
        known = ", ".join(each.name for each in mine) or _("none yet")
        raise Mistake(
            _("{person} has no watch {name!r}; there is: {known}").format(person=person.name, name=name, known=known)
        )
    return found


def edit_watch(
    connection: Connection,
    before: Watched,
    *,
    name: str | None = None,
    criteria: Criteria | None = None,
    active: bool | None = None,
) -> None:
    """Change a watch from the version that was looked at. Raises Mistake where somebody else changed it meanwhile."""
    values: dict[str, Any] = {"version": before.version + 1}
    if name is not None:
        values["name"] = checked_name(name)
        row = connection.execute(select(WATCH).where(WATCH.c.id == before.id)).one()
        whose = {"team_id": row.team_id} if row.team_id else {"person_id": row.person_id}
        _name_is_free(connection, whose, values["name"], before.id)
    if criteria is not None:
        values["criteria"] = criteria.model_dump(mode="json", exclude_defaults=True)
    if active is not None:
        values["active"] = active
    mine = (WATCH.c.id == before.id, WATCH.c.version == before.version)
    if not connection.execute(update(WATCH).where(*mine).values(**values)).rowcount:
        raise Mistake(_("the watch was changed by somebody else meanwhile; look at it and repeat your change"))


def remove_watch(connection: Connection, watch: Watched) -> None:
    """Take a watch away; a person without any gets all vehicle tenders again."""
    connection.execute(delete(WATCH).where(WATCH.c.id == watch.id))


def hand_over_watches(connection: Connection, giver: Card, taker: Card) -> int:
    """Copy a person's own active watches to another one and pause them; returns how many.

    Who had no watch got every vehicle tender and goes on doing so: they get a watch for all of them beside the others.
    The giver's stay, paused: without any, the giver would be told of everything.
    """
    own = [each for each in list_watches(connection, giver, active=True) if not each.team]
    had = list_watches(connection, taker)
    names = {each.name for each in had if not each.team}
    if own and not had:
        names.add(add_watch(connection, taker, _("all vehicle tenders"), Criteria()).name)
    for each in own:
        row = connection.execute(select(WATCH).where(WATCH.c.id == each.id)).one()
        name = each.name if each.name not in names else one_line(f"{each.name}（{giver.name}）", 60)
        names.add(name)
        copied = {key: row._mapping[key] for key in ("criteria", "created_at", "from_event")}
        connection.execute(insert(WATCH).values(person_id=taker.id, name=name, active=True, version=1, **copied))
        edit_watch(connection, each, active=False)
    return len(own)


# --- for the router and the digest ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Why:
    """The watches that ask for a purchase, and their reasons."""

    watches: tuple[int, ...]
    words: tuple[str, ...]
    """One line a watch: its name and the reasons, in the language of the moment."""

    def as_json(self) -> dict[str, Any]:
        return {"watches": list(self.watches), "words": list(self.words)}


def wanted_by(
    watches: Sequence[Watched], facts: Facts, at: datetime, *, event: int | None = None, news: bool = True
) -> Why | None:
    """The watches that a purchase fits; None for none. An event up to `from_event` is backlog of a watch.

    A watch that cannot be read takes every vehicle purchase and says so: it never loses one in silence.
    """
    found: list[tuple[int, str]] = []
    for watch in watches:
        if not watch.active or (event is not None and event <= watch.from_event):
            continue
        criteria = watch.criteria if watch.criteria is not None else Criteria()
        match = matches(criteria, facts, at, news=news)
        if match.hit:
            broken = (
                [_("this watch cannot be read ({fault}); edit it").format(fault=watch.fault)] if watch.fault else []
            )
            found.append(
                (
                    watch.id,
                    _("watch {name}: {reasons}").format(name=watch.name, reasons=" · ".join([*broken, *match.reasons])),
                )
            )
    return Why(tuple(each for each, _words in found), tuple(words for _id, words in found)) if found else None


def still_asked(
    connection: Connection,
    by_person: Mapping[int, Sequence[Watched]],
    projects: Collection[int],
    home: Mapping[int, int],
) -> dict[tuple[int, int], Why]:
    """By person and project: the reason for which it was told before, where one of those watches still stands.

    `home` says where projects that were joined into others live now.
    """
    live = {person: {each.id for each in watches if each.active} for person, watches in by_person.items()}
    ids = {*projects, *(joined for joined, lives in home.items() if lives in projects)}
    found: dict[tuple[int, int], Why] = {}
    for part in chunks(ids):
        query = (
            select(DIGEST_ITEM.c.person_id, DIGEST_ITEM.c.why, EVENT.c.project_id)
            .join(EVENT, EVENT.c.id == DIGEST_ITEM.c.event_id)
            .where(EVENT.c.project_id.in_(part), DIGEST_ITEM.c.why.is_not(None))
            .order_by(DIGEST_ITEM.c.id)
        )
        for row in connection.execute(query):
            if live.get(row.person_id, set()) & set(row.why["watches"]):
                project = home.get(row.project_id, row.project_id)
                found[row.person_id, project] = Why(tuple(row.why["watches"]), tuple(row.why["words"]))
    return found


# --- trying a watch -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried:
    """What a watch makes of one purchase of the past."""

    project_id: int
    name: str
    buyer: str
    seen_at: datetime
    match: Match


def try_watch(connection: Connection, criteria: Criteria, since: datetime, at: datetime) -> list[Tried]:
    """Purchases with a notice first seen since then that fit, or failed exactly one criterion; the newest first.

    Behind the others stand those that failed a criterion that splits the world, such as the region.

    Days left are counted from the day of that notice, as the watch would have done.
    """
    query = (
        select(PUBLICATION.c.project_id, func.max(PUBLICATION.c.first_seen_at).label("seen_at"))
        .join(PROJECT, PROJECT.c.id == PUBLICATION.c.project_id)
        .where(PUBLICATION.c.first_seen_at >= since, PUBLICATION.c.first_seen_at <= at)
        .group_by(PUBLICATION.c.project_id)
    )
    if criteria.classes:  # what is about no vehicles at all is no narrow miss
        near = {*criteria.classes, *(row.id for row in vocabulary().data.classes if row.fleet)}
        about = PUBLICATION.c.relevance["class"].as_string().in_(near)
        query = query.where(or_(PROJECT.c.vehicle_purchase != "no", about))
    seen = {row.project_id: row.seen_at for row in connection.execute(query)}
    found: list[Tried] = []
    for identity, facts in facts_of(connection, seen).items():
        match = matches(criteria, facts, seen[identity])
        if match.hit or match.near_miss:
            name = facts.title.partition("\n")[0]
            found.append(Tried(identity, name, facts.buyer, seen[identity], match))
    newest = sorted(found, key=lambda each: (each.seen_at, each.project_id), reverse=True)
    return sorted(newest, key=lambda each: each.match.near_miss is not None and each.match.near_miss.criterion in PLAIN)
