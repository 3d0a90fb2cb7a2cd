"""The patterns of tender documents as data: `config/documents/*.yaml`, typed, compiled and cross-checked.

A user's file in `$CHEBIAO_HOME/documents` replaces the shipped one of its name. docs/documents.md explains the keys.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from crawler.config import ConfigurationError, config_folder, read_yaml
from tracker.documents.model import Kind, Mark
from tracker.i18n import _
from tracker.procedures.regimes import Pattern
from tracker.workdays import Row

Reads = Literal["none", "sentences", "items", "ceiling", "sheet"]
"""How a part is read: not at all; sentence by sentence; every point or row; ceilings; label and contents."""


def _any(patterns: Collection[str]) -> "re.Pattern[str] | None":
    return re.compile("|".join(f"(?:{each})" for each in patterns)) if patterns else None


class Zone(Row):
    """A part of a document, told by its heading."""

    id: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    reads: Literal["none", "sentences", "items"]
    kind: Kind | None = None
    heads: tuple[Pattern, ...]
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
    unless: tuple[Pattern, ...] = ()


class _Topics(Row):
    others_act: Pattern
    void: _Void
    topics: tuple[Topic, ...]


class _Definition(Row):
    mark: Mark
    find: tuple[Pattern, ...]


class _Marks(Row):
    signs: str
    means: Mapping[str, Mark]
    defined: tuple[_Definition, ...]


@dataclass(frozen=True)
class Patterns:
    """All files, cross-checked."""

    zones: tuple[Zone, ...]
    tables: tuple[TableRow, ...]
    topics: tuple[Topic, ...]
    others_act: "re.Pattern[str]"
    void: "re.Pattern[str]"
    void_unless: "re.Pattern[str] | None"
    signs: str
    means: Mapping[str, Mark]
    defined: "tuple[tuple[Mark, re.Pattern[str]], ...]"

    def zone(self, name: str) -> Zone | None:
        return next((zone for zone in self.zones if zone.id == name), None)


def load_patterns() -> Patterns:
    """The shipped and the user's files. ConfigurationError names file, line or key, and fix."""
    return _patterns(tuple((path, path.stat().st_mtime_ns) for path in config_folder("documents").values()))


@cache
def _patterns(files: tuple[tuple[Path, int], ...]) -> Patterns:
    """Read once for a state of the files."""
    paths = {path.stem: path for path, _time in files}
    zones = read_yaml(paths["zones"], _Zones)
    topics = read_yaml(paths["topics"], _Topics)
    marks = read_yaml(paths["marks"], _Marks)
    known = {zone.id for zone in zones.zones}
    for topic in topics.topics:
        for name in topic.zones:
            if name and name not in known:
                raise ConfigurationError(
                    _("{path}: {where}: zones: nothing is called {name}; known: {known}").format(
                        path=paths["topics"], where=topic.id, name=name, known=", ".join(sorted(known))
                    )
                )
    void, unless = _any(topics.void.find), _any(topics.void.unless)
    assert void is not None
    return Patterns(
        zones.zones,
        zones.tables,
        topics.topics,
        re.compile(topics.others_act),
        void,
        unless,
        marks.signs,
        marks.means,
        tuple((each.mark, pattern) for each in marks.defined if (pattern := _any(each.find))),
    )
