"""The patterns of tender documents as data: `config/documents/*.yaml`, typed, compiled and cross-checked.

A user's file in `$CHEBIAO_HOME/documents` replaces the shipped one of its name. docs/documents.md explains the keys.
"""

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from crawler.config import ConfigurationError, config_folder, read_yaml
from tracker.documents.model import Kind, Mark
from tracker.i18n import _
from tracker.procedures.law import Named, Regime, load_law
from tracker.procedures.regimes import Pattern
from tracker.workdays import Row

Reads = Literal["none", "sentences", "asks", "items", "ceiling", "sheet"]
"""How a part is read: not at all, by sentences, by points that ask, every point, ceilings, label and contents."""


def _any(patterns: Collection[str]) -> "re.Pattern[str] | None":
    return re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None


class Zone(Row):
    """A part of a document, told by its heading."""

    id: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    reads: Literal["none", "sentences", "asks", "items"]
    kind: Kind | None = None
    closed: bool = False
    """A heading inside opens no other zone."""
    heads: tuple[Pattern, ...] = ()
    leads: tuple[Pattern, ...] = ()

    @cached_property
    def head(self) -> "re.Pattern[str] | None":
        return _any(self.heads)

    @cached_property
    def lead(self) -> "re.Pattern[str] | None":
        return _any(self.leads)


class TableRow(Row):
    """A kind of table, told by the heads of its columns."""

    id: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    reads: Reads
    kind: Kind | None = None
    topic: str = ""
    columns: Mapping[str, tuple[Pattern, ...]]
    needs: tuple[str, ...]

    @cached_property
    def heads(self) -> "Mapping[str, re.Pattern[str]]":
        return {name: found for name, patterns in self.columns.items() if (found := _any(patterns))}


class _Zones(Row):
    zones: tuple[Zone, ...]
    tables: tuple[TableRow, ...]


class Topic(Row):
    id: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z0-9]+(-[a-z0-9]+)*$")]
    labels: tuple[Pattern, ...] = ()
    find: tuple[Pattern, ...] = ()
    unless: tuple[Pattern, ...] = ()
    zones: tuple[str, ...] = ()
    money: bool = False
    common: bool = False

    @property
    def kind(self) -> str:
        return self.id.partition(".")[0]

    @cached_property
    def label(self) -> "re.Pattern[str] | None":
        return _any(self.labels)

    @cached_property
    def found(self) -> "re.Pattern[str] | None":
        return _any(self.find)

    @cached_property
    def barred(self) -> "re.Pattern[str] | None":
        return _any(self.unless)


class _Void(Row):
    find: tuple[Pattern, ...]
    excepted: tuple[str, ...] = Field(default=(), alias="except")
    unless: tuple[Pattern, ...] = ()


class _Topics(Row):
    others_act: Pattern
    nothing: Pattern
    void: _Void
    topics: tuple[Topic, ...]


class _Definition(Row):
    mark: Mark
    find: tuple[Pattern, ...]


class _Marks(Row):
    signs: str
    means: Mapping[str, Mark]
    defined: tuple[_Definition, ...]


class FlagRow(Named):
    """A clause a person should look at, and the ground in law."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    level: Literal["alert", "note"]
    kinds: tuple[Kind, ...] = ()
    topics: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = ()
    find: tuple[Pattern, ...] = ()
    more_than: float | None = None
    unless: tuple[Pattern, ...] = ()
    scored_again: str = ""
    rules: tuple[str, ...] = ()
    legal: str = ""
    regimes: tuple[Regime, ...] = ()
    methods: tuple[str, ...] = ()

    @cached_property
    def patterns(self) -> "tuple[re.Pattern[str], ...]":
        return tuple(re.compile(each) for each in self.find)

    @cached_property
    def barred(self) -> "re.Pattern[str] | None":
        return _any(self.unless)

    @model_validator(mode="after")
    def _grounded(self) -> "FlagRow":
        if not self.rules and not self.legal:
            raise ValueError("rules: a flag needs a ground; name a rule of config/procedures or write `legal`")
        return self


class Flags(Row):
    question: Mapping[Regime, tuple[str, ...]]
    flags: tuple[FlagRow, ...]


TaxAnswer = Literal["full", "half", "exempt", "depends", "unknown"]


class TaxRow(Named):
    """Purchase tax of a kind of vehicle over a time of invoices."""

    id: str
    vehicles: tuple[str, ...] = ()
    energy: Literal["", "new"] = ""
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")
    answer: TaxAnswer
    legal: str = ""
    read: Literal["text", "secondary", "own"]


class _Tax(Row):
    rows: tuple[TaxRow, ...]


@dataclass(frozen=True)
class Patterns:
    """All files, cross-checked."""

    zones: tuple[Zone, ...]
    tables: tuple[TableRow, ...]
    topics: tuple[Topic, ...]
    others_act: "re.Pattern[str]"
    nothing: "re.Pattern[str]"
    void: "re.Pattern[str]"
    void_unless: "re.Pattern[str] | None"
    void_except: tuple[str, ...]
    signs: str
    means: Mapping[str, Mark]
    defined: "tuple[tuple[Mark, re.Pattern[str]], ...]"

    @cached_property
    def common(self) -> frozenset[str]:
        """Topics that hold for every lot."""
        return frozenset(topic.id for topic in self.topics if topic.common)


Files = tuple[tuple[Path, int], ...]


def _files() -> Files:
    """The files that count, with their times: equal as long as nobody edits one."""
    return tuple((path, path.stat().st_mtime_ns) for path in config_folder("documents").values())


def load_patterns() -> Patterns:
    """The shipped and the user's files. ConfigurationError names file, line or key, and fix."""
    return _patterns(_files())


def load_flags() -> Flags:
    """As `load_patterns`; every rule named must be there."""
    return _flags(_files())


def load_tax() -> tuple[TaxRow, ...]:
    return _tax(_files())


@cache
def _flags(files: Files) -> Flags:
    path = next(path for path, _time in files if path.stem == "flags")
    found = read_yaml(path, Flags)
    named = [(f"flags {row.id}: rules", row.rules) for row in found.flags]
    named += [(f"question {regime}", rules) for regime, rules in found.question.items()]
    for where, rules in named:
        for name in rules:
            if name not in load_law().rules:
                close = difflib.get_close_matches(name, load_law().rules, n=1)
                hint = _("; did you mean {name}?").format(name=close[0]) if close else ""
                raise ConfigurationError(f"{path}: {where}: " + _("no rule {rule_id}").format(rule_id=name) + hint)
    return found


@cache
def _tax(files: Files) -> tuple[TaxRow, ...]:
    return read_yaml(next(path for path, _time in files if path.stem == "tax"), _Tax).rows


@cache
def _patterns(files: Files) -> Patterns:
    """Read once for a state of the files."""
    paths = {path.stem: path for path, _time in files}
    zones = read_yaml(paths["zones"], _Zones)
    topics = read_yaml(paths["topics"], _Topics)
    marks = read_yaml(paths["marks"], _Marks)
    known = {zone.id for zone in zones.zones}
    scopes = [(topic.id, topic.zones) for topic in topics.topics] + [("void", topics.void.excepted)]
    for where, names in scopes:
        for name in names:
            if name not in known:
                raise ConfigurationError(
                    _("{path}: {where}: zones: nothing is called {name}; known: {known}").format(
                        path=paths["topics"], where=where, name=name, known=", ".join(sorted(known))
                    )
                )
    void, unless = _any(topics.void.find), _any(topics.void.unless)
    assert void is not None
    return Patterns(
        zones.zones,
        zones.tables,
        topics.topics,
        re.compile(topics.others_act),
        re.compile(topics.nothing),
        void,
        unless,
        topics.void.excepted,
        marks.signs,
        marks.means,
        tuple((each.mark, pattern) for each in marks.defined if (pattern := _any(each.find))),
    )
