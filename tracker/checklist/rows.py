"""The lines of checklists as data: `config/checklists/*.yaml`, typed and cross-checked.

`plan.yaml` holds the steps of the backward plan, `specs.yaml` the points of technical tables, `laws.yaml` the short
names of laws; every other file is a part: lines for a method, a phase or types of vehicles. docs/checklists.md explains
the keys. A user's file in `$CHEBIAO_HOME/checklists` replaces the shipped one of its name.
"""

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from crawler.config import ConfigurationError, config_folder, read_yaml
from crawler.notice import MONEY, TEXTS, TIMES
from tracker.checklist.model import Phase, SectionId, Who
from tracker.i18n import _
from tracker.procedures.law import Named, Regime, load_law
from tracker.procedures.law import Source as LawSource
from tracker.procedures.regimes import Pattern
from tracker.procedures.stages import load_procedures
from tracker.relevance.vocabulary import vocabulary
from tracker.turns import ROUND_STEPS
from tracker.workdays import Row

CLAUSES = (
    "qualification",
    "star",
    "triangle",
    "payment",
    "agency_fee",
    "delivery",
    "warranty",
    "deposit",
    "performance_bond",
    "documents",
    "sme",
)
ROLES = ("buyer", "agency", "project", "finance", "other")
FACTS = (
    *TEXTS,
    *TIMES,
    *MONEY,
    *(f"clause.{kind}" for kind in CLAUSES),
    *(f"contact.{role}" for role in ROLES),
    "consortium",
    "sme_only",
    "lots",
    "items",
    "codes",
    "attachments",
    "corrections",
)
"""What a line may ask of a notice's reading."""


LineId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)+$")]


class Scope(Row):
    """Where a line or step belongs; an empty list leaves it open."""

    phases: tuple[Phase, ...] = ()
    methods: tuple[str, ...] = ()
    regimes: tuple[Regime, ...] = ()
    only_if: tuple[Pattern, ...] = ()
    """Only where a notice says one of these."""
    unless: tuple[Pattern, ...] = ()
    """Not where a notice says one of these."""

    def within(self, outer: "Scope") -> "Scope":
        """This scope, its open lists closed by those of the file."""
        return Scope(**{name: getattr(self, name) or getattr(outer, name) for name in Scope.model_fields})


class StepRow(Named, Scope):
    """A step of the plan: so many working days before the earliest known of some dates, or on the day of tracking."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    who: Who
    before: tuple[str, ...] = ()
    """Printed times (keys of crawler.notice.TIMES) and rule_ids."""
    working_days: Annotated[int, Field(ge=0, le=60)] = 0
    starts: Literal["tracking"] | None = None
    line: str = ""
    """The line that is the same piece of work: one tick settles both. Where it is on no list the step stands alone."""


class LineRow(Named, Scope):
    id: LineId
    section: SectionId
    who: Who = "tool"
    says: tuple[str, ...] = ()
    find: tuple[Pattern, ...] = ()
    note: Named | None = None
    rules: tuple[str, ...] = ()
    legal: str = ""
    """The ground where no rule of config/procedures has it."""
    due: tuple[str, ...] = ()
    """Steps of the plan or of a round, printed times, rule_ids; the first known one counts."""
    each_round: bool = False
    after_correction: bool = False


class PointRow(Named):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    find: tuple[Pattern, ...] = ()


class Part(Named, Scope):
    """One file of lines."""

    vehicles: tuple[str, ...] = ()
    """Types of config/vehicles.yaml it is for, with the types below them that have no file of their own."""
    also: tuple[str, ...] = ()
    """Other vehicle files whose lines count too."""
    specs: tuple[str, ...] = ()
    """Points of specs.yaml in the order of the technical table."""
    lines: tuple[LineRow, ...] = ()


class _Plan(Row):
    steps: tuple[StepRow, ...]


class _Laws(Row):
    laws: tuple[LawSource, ...]


class _Specs(Row):
    points: tuple[PointRow, ...]


@dataclass(frozen=True)
class Rows:
    """All files, cross-checked."""

    steps: tuple[StepRow, ...]
    points: Mapping[str, PointRow]
    parts: Mapping[str, Part]
    laws: Mapping[str, LawSource]
    """What the short names in `legal` mean, those of config/procedures/laws.yaml included."""

    def cited(self, refs: Iterable[str]) -> tuple[LawSource, ...]:
        """The laws that references name, in the order of the files."""
        names = {name for ref in refs for name in short_names(ref)}
        return tuple(law for short, law in self.laws.items() if short in names)

    def vehicle_part(self, vehicle: str) -> str | None:
        """The file of a vehicle type, or of the nearest type above it."""
        own = {name: stem for stem, part in self.parts.items() for name in part.vehicles}
        types = vocabulary().types
        at: str | None = vehicle
        while at is not None and at not in own:
            at = types[at].parent if at in types else None
        return own[at] if at is not None else None


def load_rows() -> Rows:
    """The shipped and the user's files. ConfigurationError names file, line or key, and fix."""
    return _rows(tuple((path, path.stat().st_mtime_ns) for path in config_folder("checklists").values()))


@cache
def _rows(files: tuple[tuple[Path, int], ...]) -> Rows:
    """Read once for a state of the files."""
    paths = {path.stem: path for path, _time in files}
    steps = read_yaml(paths.pop("plan"), _Plan).steps
    points = {point.id: point for point in read_yaml(paths.pop("specs"), _Specs).points}
    laws = {law.short: law for law in read_yaml(paths.pop("laws"), _Laws).laws}
    parts = {stem: read_yaml(path, Part) for stem, path in paths.items()}
    rows = Rows(steps, points, parts, {**load_law().sources, **laws})
    problems = list(_problems(rows))
    if problems:
        folder = next(iter(paths.values())).parent
        raise ConfigurationError("\n".join(f"{folder / f'{stem}.yaml'}: {problem}" for stem, problem in problems))
    return rows


def _problems(rows: Rows) -> Iterator[tuple[str, str]]:
    """What files name that is not there, and what stands twice: (file, words)."""
    dates = {*TIMES, *load_law().rules}
    for step in rows.steps:
        where = f"steps {step.id}"
        if bool(step.before) == bool(step.starts):
            yield "plan", _("{where}: give either `before` or `starts`").format(where=where)
        for problem in (*_unknown(where, "before", step.before, dates), *_scope(where, step)):
            yield "plan", problem
    for name in _twice(step.id for step in rows.steps):
        yield "plan", _("{where}: given twice; keep one").format(where=f"steps {name}")
    known_due = {*dates, *ROUND_STEPS, *(step.id for step in rows.steps)}
    seen: dict[str, str] = {}
    owners: dict[str, str] = {}
    for stem, part in rows.parts.items():
        for problem in (
            *_unknown(stem, "vehicles", part.vehicles, vocabulary().types),
            *_unknown(stem, "specs", part.specs, rows.points),
            *_unknown(stem, "also", part.also, rows.parts),
            *_scope(stem, part),
        ):
            yield stem, problem
        for vehicle in part.vehicles:
            if owners.setdefault(vehicle, stem) != stem:
                yield (
                    stem,
                    _("vehicles: {name} stands in {other}.yaml already; keep one").format(
                        name=vehicle, other=owners[vehicle]
                    ),
                )
        for line in part.lines:
            if seen.setdefault(line.id, stem) != stem:
                yield stem, _("{where}: given twice; keep one").format(where=f"lines {line.id} ({seen[line.id]}.yaml)")
            for problem in (
                *_unknown(line.id, "says", line.says, FACTS),
                *_unknown(line.id, "rules", line.rules, load_law().rules),
                *_unknown(line.id, "due", line.due, known_due),
                *_unknown(line.id, "legal", short_names(line.legal), rows.laws),
                *_scope(line.id, line),
            ):
                yield stem, problem
        for name in _twice(line.id for line in part.lines):
            yield stem, _("{where}: given twice; keep one").format(where=f"lines {name}")


def _scope(where: str, scope: Scope) -> Iterator[str]:
    yield from _unknown(where, "methods", scope.methods, load_procedures())


def _unknown(where: str, key: str, names: Iterable[str], known: Collection[str]) -> Iterator[str]:
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = _("; did you mean {name}?").format(name=close[0]) if close else ""
            yield _("{where}: {key}: nothing is called {name}").format(where=where, key=key, name=name) + hint


def short_names(ref: str) -> tuple[str, ...]:
    """`M87`, `GPR` of `GP: M87 18; GPR 31`."""
    return tuple(name for name in re.findall(r"\b[A-Z]{1,4}(?:/T)?\d{0,3}\b(?!:)", ref) if not name.isdigit())


def _twice(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
