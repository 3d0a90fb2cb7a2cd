"""`config/vehicles.yaml`, validated and compiled: which words there are and what each one is."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, model_validator

from crawler.config import ConfigurationError, config_file, read_yaml

FILE = "vehicles.yaml"


class Entry(BaseModel):
    """What every row has: an id and its names in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$")
    zh: str
    en: str


class VehicleType(Entry):
    parent: str | None = None
    generic: bool = False
    """Its words name no kind: they need a purchase word beside them."""
    umbrella: bool = False
    """Says less than the kinds below it, and gives way to them."""
    use: Literal["relevant", "review", "exclude"] = "relevant"
    use_class: str | None = None
    words: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    """Words in titles without Chinese; a plural with s is understood."""
    codes: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    psc: tuple[str, ...] = ()
    spec: tuple[str, ...] = ()


class Class(Entry):
    """What a notice with 车 in it is about when it buys no vehicle."""

    kind: Literal["service", "goods", "name"]
    fleet: bool = False
    """It tells of vehicles the buyer has: kept as a signal."""
    over: bool = False
    """Decides even after a purchase word: 车辆采购项目监理."""
    doubt: bool = False
    """Before a vehicle that is bought it makes a case for a person: 租赁车辆采购."""
    mountable: bool = False
    """May stand on a chassis of its own; brackets that say so (`built_on`) make a case for a person."""
    words: tuple[str, ...] = ()
    latin: tuple[str, ...] = ()
    """Words in titles without Chinese; a plural with s is understood."""
    codes: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()
    psc: tuple[str, ...] = ()


class Ambiguous(Entry):
    over: bool = False
    needs_vehicle: bool = False
    words: tuple[str, ...]


class WithoutCar(Entry):
    """Equipment that may be, or include, vehicles."""

    type: str
    means_vehicles: bool = False
    """Nothing else can be meant (运力); a vehicle named in the body settles it."""
    words: tuple[str, ...]


class Context(Entry):
    """Words elsewhere in the title that make a plain vehicle word mean another class."""

    cls: str = Field(alias="class")
    verdict: Literal["no", "review"] = "review"
    """Of the words beside the vehicle; in the buyer's name they are a case for a person at most."""
    vehicles: tuple[str, ...]
    words: tuple[str, ...]


class Buyer(Entry):
    doubt: bool = False
    """Buys trolleys and works vehicles too: an unlisted X车 there is for a person."""
    equips: bool = False
    """Its 装备, without more, may be vehicles."""
    words: tuple[str, ...]


class Organisation(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    endings: tuple[str, ...]
    stops: tuple[str, ...]


class UseClass(Entry):
    words: tuple[str, ...]


class Edition2013(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    type: str


class Catalogue(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    edition_2013: dict[str, Edition2013]
    review: dict[str, str]


class Limit(BaseModel):
    """One row of the limits for official cars; `max_yuan` is inclusive and meant for the bare price."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    use: tuple[str, ...]
    types: tuple[str, ...]
    max_yuan: int = Field(gt=0)
    litres: float | None = None
    energy: tuple[Literal["fuel", "new-energy"], ...]
    ref: str
    check: bool = True
    """Local rules may differ."""


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    bare: tuple[str, ...]
    inclusive: tuple[str, ...]
    buyers: tuple[str, ...]
    rows: tuple[Limit, ...]


class Data(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purchase: tuple[str, ...]
    procedures: tuple[str, ...]
    purchase_latin: tuple[str, ...]
    weak: tuple[str, ...]
    toys: tuple[str, ...]
    plain_equipment: tuple[str, ...]
    between: tuple[str, ...]
    outdoors: tuple[str, ...]
    built_on: tuple[str, ...]
    neutral: tuple[str, ...]
    joiners: tuple[str, ...]
    not_after_car: str
    works: tuple[str, ...]
    endings: tuple[str, ...]
    types: tuple[VehicleType, ...]
    classes: tuple[Class, ...]
    ambiguous: tuple[Ambiguous, ...]
    without_car: tuple[WithoutCar, ...]
    contexts: tuple[Context, ...]
    buyers: tuple[Buyer, ...]
    organisation: Organisation
    energy: dict[Literal["new-energy", "fuel"], tuple[str, ...]]
    use_classes: tuple[UseClass, ...]
    catalogue: Catalogue
    cpv_review: dict[str, str]
    psc_review: dict[str, str]
    unspsc: dict[str, str]
    """Prefix to type id."""
    limits: Limits
    spec_points: dict[str, tuple[Entry, ...]]

    @model_validator(mode="after")
    def _consistent(self) -> "Data":
        types, classes = {t.id for t in self.types}, {c.id for c in self.classes}
        for kind in self.types:
            if kind.parent is not None and kind.parent not in types:
                raise ValueError(f"types.{kind.id}.parent: no type {kind.parent!r}; name one of types[].id")
            if unknown := set(kind.spec) - set(self.spec_points):
                raise ValueError(f"types.{kind.id}.spec: {sorted(unknown)} stand not in spec_points; add them")
        for row in self.without_car:
            if row.type not in types:
                raise ValueError(f"without_car.{row.id}.type: no type {row.type!r}; name one of types[].id")
        for prefix, type_id in self.unspsc.items():
            if type_id not in types:
                raise ValueError(f"unspsc.{prefix}: no type {type_id!r}; name one of types[].id")
        for context in self.contexts:
            if context.cls not in classes:
                raise ValueError(f"contexts.{context.id}.class: no class {context.cls!r}; name one of classes[].id")
        seen: dict[str, str] = {}
        for place, words in self._lists():
            for word in words:
                if word in seen and seen[word] != place:
                    raise ValueError(f"the word {word} stands in {seen[word]} and in {place}; keep one of them")
                seen[word] = place
        return self

    def _lists(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield "purchase", self.purchase
        yield "procedures", self.procedures
        yield "neutral", self.neutral
        yield "joiners", self.joiners
        for name in ("types", "classes", "ambiguous", "without_car"):
            for row in getattr(self, name):
                yield f"{name}.{row.id}", row.words


class Token(NamedTuple):
    """A known word in a phrase; `row` is its VehicleType, Class, Ambiguous or WithoutCar."""

    kind: Literal["vehicle", "class", "ambiguous", "equipment", "purchase", "neutral", "joiner", "unknown", "doubt"]
    word: str
    row: VehicleType | Class | Ambiguous | WithoutCar | None = None


def trie(words: Iterable[str], after: dict[str, str] | None = None) -> str:
    """One regular expression for many words: the longest match wins, whatever their number.

    `after` gives the look-ahead pattern of a word, where it needs one.
    """
    root: dict[str, dict] = {}  # type: ignore[type-arg]  # a tree of letters: recursive types say no more
    for word in words:
        node = root
        for letter in word:
            node = node.setdefault(letter, {})
        node[""] = {"": {}} if after is None or word not in after else {after[word]: {}}

    def build(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
        ends = next(iter(node[""])) if "" in node else None
        branches = [re.escape(letter) + build(child) for letter, child in node.items() if letter]
        if not branches:
            return ends or ""
        inner = "|".join(branches)
        if ends is None:
            return inner if len(branches) == 1 else f"(?:{inner})"
        return f"(?:{inner}|{ends})" if ends else f"(?:{inner})?"

    return build(root)


@dataclass(frozen=True)
class Vocabulary:
    data: Data

    @cached_property
    def tokens(self) -> dict[str, Token]:
        """Every word with what it is; `…车` of a type also as `…车辆`."""
        found: dict[str, Token] = {}
        for word in (*self.data.purchase, *self.data.procedures):
            found[word] = Token("purchase", word)
        for word in self.data.neutral:
            found[word] = Token("neutral", word)
        for word in self.data.joiners:
            found[word] = Token("joiner", word)
        for row in self.data.classes:
            found.update((word, Token("class", word, row)) for word in row.words)
        for doubtful in self.data.ambiguous:
            found.update((word, Token("ambiguous", word, doubtful)) for word in doubtful.words)
        for equipment in self.data.without_car:
            found.update((word, Token("equipment", word, equipment)) for word in equipment.words)
        for kind in self.data.types:
            found.update((word, Token("vehicle", word, kind)) for word in kind.words)
        for word, token in list(found.items()):
            if word.endswith("车") and len(word) > 1 and token.kind in ("vehicle", "ambiguous"):
                found.setdefault(word + "辆", Token(token.kind, word + "辆", token.row))
        return found

    @cached_property
    def word(self) -> re.Pattern[str]:
        """Any known word, the longest at each place."""
        bound = f"(?![{self.data.not_after_car}])"
        kinds = ("vehicle", "ambiguous")
        after = {w: bound for w, token in self.tokens.items() if w.endswith("车") and token.kind in kinds}
        return re.compile(trie(self.tokens, after))

    @cached_property
    def endings(self) -> frozenset[str]:
        return frozenset(self.data.endings)

    @cached_property
    def bracketed(self) -> re.Pattern[str] | None:
        """Words that hold brackets themselves (租赁(购买)), to be found before brackets are taken off."""
        words = [w for row in self.data.ambiguous for w in row.words if "(" in w]
        return re.compile("|".join(map(re.escape, words))) if words else None

    @cached_property
    def equipment(self) -> re.Pattern[str]:
        """A field of work, and the words between it and its 装备 or 设备 that change nothing."""
        things = sorted(self.data.plain_equipment, key=len, reverse=True)
        ends = re.compile(f"(?:{'|'.join(map(re.escape, things))})$")
        fields = {ends.sub("", word) for row in self.data.without_car for word in row.words if ends.search(word)}
        return re.compile(f"({trie(fields - {''})}){self._between}{{1,3}}(?={trie(things)})")

    @cached_property
    def bare_equipment(self) -> re.Pattern[str]:
        """A whole phrase that says 装备 and no more."""
        bought = trie((*self.data.purchase, *self.data.procedures, *self.data.neutral))
        return re.compile(rf"{self._between}*装备(?:{bought}|[\d\W])*")

    @cached_property
    def _between(self) -> str:
        return f"(?:{trie((*self.data.between, *self.data.neutral))})"

    @cached_property
    def latin_tokens(self) -> dict[str, Token]:
        """The words of titles without Chinese, lower case, singular and plural."""
        found: dict[str, Token] = {}
        for other in self.data.classes:
            for word in other.latin:
                found[word] = found[word + "s"] = Token("class", word, other)
        for row in self.data.types:
            for word in row.latin:
                found[word] = found[word + "s"] = Token("vehicle", word, row)
        return found | {word: Token("purchase", word) for word in self.data.purchase_latin}

    @cached_property
    def latin(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{trie(self.latin_tokens)})(?![\w-])")

    @cached_property
    def trigger(self) -> re.Pattern[str]:
        """Whether a title can say anything about vehicles at all; most cannot, and end here."""
        telling = {"车", "辆"} | {
            w for w, t in self.tokens.items() if t.kind in ("vehicle", "equipment") and "车" not in w
        }
        telling |= {w for row in self.data.ambiguous if not row.needs_vehicle for w in row.words if "车" not in w}
        telling |= {w for row in self.data.classes if row.id in ("rail", "vessel") for w in row.words if "车" in w}
        telling |= {*self.data.built_on, "装备"}
        return re.compile(trie(telling))

    @cached_property
    def likely(self) -> tuple[str, ...]:
        """The shortest words that any title of interest holds: 车 covers all its compounds."""
        wanted = {w for w, t in self.tokens.items() if t.kind in ("vehicle", "equipment")}
        return tuple(sorted(w for w in wanted if not any(o in w for o in wanted if o != w)))

    @cached_property
    def types(self) -> dict[str, VehicleType]:
        return {row.id: row for row in self.data.types}

    def above(self, type_id: str) -> Iterator[str]:
        """The ids of the wider types of a type, nearest first."""
        up = self.types[type_id].parent
        while up is not None:
            yield up
            up = self.types[up].parent

    def below(self, type_id: str) -> tuple[str, ...]:
        """The ids of all narrower types."""
        return tuple(each for each in self.types if type_id in self.above(each))

    def specific(self, *groups: Iterable[str]) -> tuple[str, ...]:
        """Type ids in the order met; an umbrella (车辆, 专用车) gives way to a kind below it."""
        ids = list(dict.fromkeys(t for group in groups for t in group))
        wider = {up for t in ids for up in self.above(t) if self.types[up].umbrella}
        return tuple(t for t in ids if t not in wider)

    def vague(self, types: Iterable[str]) -> bool:
        """Whether only umbrellas, or nothing, are named."""
        return all(self.types[t].umbrella for t in types)

    @cached_property
    def classes(self) -> dict[str, Class]:
        return {row.id: row for row in self.data.classes}

    @cached_property
    def organisation(self) -> re.Pattern[str]:
        """The name of an organisation, up to its ending (局, 医院, 有限公司); no purchase word stands in it."""
        stops = "|".join(map(re.escape, self.data.organisation.stops))
        endings = "|".join(sorted(map(re.escape, self.data.organisation.endings), key=len, reverse=True))
        return re.compile(rf"(?:(?!{stops})[^\W_]){{1,40}}?(?:{endings})")

    @cached_property
    def works(self) -> re.Pattern[str]:
        return re.compile(f"(?:{'|'.join(map(re.escape, self.data.works))})$")


def load(path: Path) -> Vocabulary:
    """The vocabulary of a file. Raises ConfigurationError naming file, line, key and fix."""
    return Vocabulary(read_yaml(path, Data))


@cache
def _loaded(path: Path, changed: int) -> Vocabulary:  # noqa: ARG001  # part of the key: a change is a new file
    return load(path)


@cache
def _path(chosen_home: str | None) -> Path:  # noqa: ARG001  # part of the key: config_file reads it itself
    return config_file(FILE)


def vocabulary() -> Vocabulary:
    """The file that counts: the user's in `$CHEBIAO_HOME`, else the shipped one. A change to it is seen at once,
    a file newly put there at the next start. Raises ConfigurationError if it cannot be used."""
    path = _path(os.environ.get("CHEBIAO_HOME"))
    try:
        return _loaded(path, os.stat(path).st_mtime_ns)  # noqa: PTH116  # asked for every title; Path is slower
    except OSError as fault:
        raise ConfigurationError(f"{path}: cannot be read ({fault}); restore the file or remove your copy") from fault
