"""Where a proceeding stands: the steps of its method, whose turn it is, and what the bidder does next.

The steps are data: `config/procedures/stages.yaml` and one file a method. What a notice proves holds without a clock
(`stage_of`); what is due next needs the present instant (`open_actions`).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import dropwhile
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from crawler.config import ConfigurationError, read_yaml
from crawler.notice import TIMES, Kind, Method
from tracker.i18n import _
from tracker.procedures.law import SPECIAL, Named, Regime, Text, file_named, files_now, is_rules, load_law
from tracker.workdays import Row

Actor = Literal["buyer", "agency", "bidder", "committee", "both"]
State = Literal["open", "suspended", "ended", "done"]


class Proof(Row):
    kinds: tuple[Kind, ...] = ()
    times: tuple[str, ...] = ()
    """Printed times (keys of crawler.notice.TIMES) that have passed."""


class Act(Named):
    due: tuple[str, ...] = ()
    """Printed times and rule_ids; the earliest known one counts."""

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(due for due in self.due if due in TIMES)


class Stage(Named):
    id: str
    actor: Actor
    regimes: tuple[Regime, ...] = ()
    """Empty: under every regime of the method."""
    proof: Proof = Proof()
    side: bool = False
    round: bool = False
    when: Literal["ended"] | None = None
    act: Act | None = None
    done: Named | None = None
    """What is still to do once the bidder has taken this step."""
    rules: tuple[str, ...] = ()


class Note(Named):
    rules: tuple[str, ...] = ()


class Passed(Named):
    procedure: str


class Form(Named):
    """A kind of enterprise purchase, found by words of the title."""

    id: str
    words: tuple[str, ...]
    rules: tuple[str, ...]


class Procedure(Named):
    """A procurement method and its steps in order."""

    method: str
    regimes: tuple[Regime, ...]
    opening: tuple[Kind, ...]
    """Kinds of the notice that opens it; its publication is `notice-published`."""
    legal_ref: str
    stages: tuple[Stage, ...] = ()
    sequence: tuple[str, ...] = ()
    """Several proceedings of one project in this order, instead of stages of its own."""
    passed: Passed | None = None
    failed: Note | None = None
    note: Note | None = None
    forms: tuple[Form, ...] = ()

    def under(self, regime: Regime | None) -> tuple[Stage, ...]:
        """The steps that exist under a regime; those of no regime in particular where it is not known."""
        return tuple(stage for stage in self.stages if not stage.regimes or regime in stage.regimes)

    def rule_ids(self, regime: Regime | None) -> tuple[str, ...]:
        """Rules of those steps, in order, each once."""
        return tuple(dict.fromkeys(rule_id for stage in self.under(regime) for rule_id in stage.rules))


class Ending(Named):
    """An end or a pause of a proceeding or of one lot."""

    id: str
    state: State
    words: tuple[str, ...]
    follows: Named
    regimes: tuple[Regime, ...] = ()
    rules: tuple[str, ...] = ()
    legal_ref: str


class _Then(Row):
    method: str
    start: str


class _File(BaseModel):
    """A method file before its shared steps are filled in."""

    model_config = ConfigDict(extra="allow", frozen=True)

    method: str
    stages: tuple[dict[str, Any], ...] = ()
    then: _Then | None = None


class _Shared(Row):
    stages: tuple[Stage, ...]


class _Endings(Row):
    endings: tuple[Ending, ...]


@dataclass(frozen=True)
class Position:
    """Where a proceeding stands."""

    stage: Stage | None
    """The last step that is proven; None before any."""
    state: State
    turn: Actor | None
    """Whose turn it is; None when it has ended."""
    next: Stage | None
    """The present or next step that asks something of the bidder."""

    @property
    def act(self) -> Text | None:
        return self.next.act.name if self.next and self.next.act else None


@dataclass(frozen=True)
class Action:
    """Something the bidder can still do, and by when."""

    stage: str
    what: Text
    earliest: datetime | None
    """None: as soon as possible."""
    latest: datetime | None
    source: str
    """The printed time or the rule_id that sets the date, empty where none is known."""
    precision: str = "minute"
    """`day` stands for all its hours: it is shown without one, never as the midnight it begins with."""


class Due(NamedTuple):
    """When something is due: the earliest and the latest it can mean, aware."""

    earliest: datetime
    latest: datetime
    precision: str = "minute"


def load_procedures() -> Mapping[str, Procedure]:
    """All methods by id. ConfigurationError names file, key and fix."""
    return _procedures(files_now())


@cache
def _procedures(files: tuple[tuple[Path, int], ...]) -> Mapping[str, Procedure]:
    shared = {stage.id: stage for stage in file_named(files, "stages", _Shared).stages}
    paths = {path.stem: path for path, _time in files if path.stem not in SPECIAL and not is_rules(path.stem)}
    raw = {stem: read_yaml(path, _File) for stem, path in paths.items()}
    found = {stem: _procedure(paths[stem], file, shared) for stem, file in raw.items()}
    known = load_law().rules
    for stem, procedure in found.items():
        problem = _problem(procedure, found, known)
        if problem:
            raise ConfigurationError(f"{paths[stem]}: {problem}")
    for stem, file in raw.items():
        if file.then:
            rest = _from(found, file.then)
            if not rest:
                raise ConfigurationError(
                    _("{path}: then: no step {step} in method {method}; correct it").format(
                        path=paths[stem], step=file.then.start, method=file.then.method
                    )
                )
            found[stem] = found[stem].model_copy(update={"stages": (*found[stem].stages, *rest)})
    return {procedure.method: procedure for procedure in found.values()}


def _from(found: Mapping[str, Procedure], then: _Then) -> tuple[Stage, ...]:
    """The steps of another method from one of them on; none where that is not there."""
    stages = found[then.method].stages if then.method in found else ()
    return tuple(dropwhile(lambda stage: stage.id != then.start, stages))


def _procedure(path: Path, file: _File, shared: Mapping[str, Stage]) -> Procedure:
    stages = []
    for index, row in enumerate(file.stages):
        name = row.get("use")
        if name is not None and name not in shared:
            raise ConfigurationError(
                _("{path}: stages[{index}].use: no step {name} in stages.yaml; correct it").format(
                    path=path, index=index, name=name
                )
            )
        base = shared[name].model_dump(exclude_unset=True) if name else {}
        own = {key: value for key, value in row.items() if key not in {"use", "more_rules"}}
        rules = (*own.get("rules", base.get("rules", ())), *row.get("more_rules", ()))
        stages.append({**base, **own, "rules": rules})
    data = file.model_dump(exclude={"stages", "then"}) | {"stages": stages}
    try:
        return Procedure.model_validate(data)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))}: {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"{path}: {problems}") from None


def _problem(procedure: Procedure, known: Mapping[str, Procedure], rules: Collection[str]) -> str | None:
    """What a method file names that is not there."""
    notes = [note for note in (procedure.failed, procedure.note) if note]
    parts: list[Stage | Form | Note] = [*procedure.stages, *procedure.forms, *notes]
    named = [rule for part in parts for rule in part.rules]
    due = [due for stage in procedure.stages if stage.act for due in stage.act.due if due not in TIMES]
    times = [time for stage in procedure.stages for time in stage.proof.times if time not in TIMES]
    methods = [*procedure.sequence, *([procedure.passed.procedure] if procedure.passed else [])]
    for message, names in (
        (_("no rule {name}; correct it"), [name for name in (*named, *due) if name not in rules]),
        (_("no printed time {name}; correct it"), times),
        (_("no method {name}; correct it"), [name for name in methods if name not in known]),
    ):
        if names:
            return message.format(name=names[0])
    return None


def procedure_for(
    method: Method | None,
    regime: Regime | None,
    kinds: Collection[Kind],
    known: Mapping[str, Procedure] | None = None,
) -> Procedure | None:
    """The steps that fit: an enterprise purchase outside a tender, a prequalification, else by method or notice.

    `known` spares looking at the files again where many are asked for.
    """
    known = known or load_procedures()
    tender = method in {"open", "invited"} or "tender" in kinds
    if regime == "ENT" and not tender:
        return known["enterprise"]
    if "prequalification" in kinds and "tender" not in kinds:
        return known["prequalification"]
    if method and method in known:
        return known[method]
    opened = next((known[name] for name in _BY_OPENING for kind in known[name].opening if kind in kinds), None)
    # Candidates are named in tenders only; a result seen without its opening is under 招标投标 one of a tender, too.
    tendered = "award_candidate" in kinds or (regime == "TB" and "award" in kinds)
    return opened or (known["open"] if tendered and regime == "TB" else None)


_BY_OPENING = ("open", "negotiation", "consultation", "inquiry", "single_source", "framework")
"""Methods that the kind of a notice names by itself."""


def stage_of(
    procedure: Procedure,
    kinds: Collection[Kind],
    regime: Regime | None,
    *,
    suspended: bool = False,
    passed: Collection[str] = (),
) -> Position:
    """Where a proceeding (or one lot) stands, from the kinds of notices seen.

    `passed` are the printed times that lie in the past; without them no clock is needed and the step is the one the
    notices prove. A termination ends it whatever came before, unless a result came for the same lot: give the
    kinds of that lot then.
    """
    steps = procedure.under(regime)
    main = [stage for stage in steps if not stage.side]
    reached = [n for n, stage in enumerate(main) if _proven(stage, kinds, passed)]
    stage = main[reached[-1]] if reached else None
    if "termination" in kinds:
        return Position(stage, "ended", None, next((step for step in steps if step.when == "ended"), None))
    if not main:
        return Position(None, "open", None, None)
    if stage is main[-1]:
        return Position(stage, "done", None, stage)
    later = main[reached[-1] :] if reached else main
    following = next((step for step in later if step.act and not step.when), None)
    if suspended:  # who paused it lets it go on
        return Position(stage, "suspended", "buyer", following)
    return Position(stage, "open", stage.actor if stage else main[0].actor, following)


def _proven(stage: Stage, kinds: Collection[Kind], passed: Collection[str]) -> bool:
    return any(kind in kinds for kind in stage.proof.kinds) or any(time in passed for time in stage.proof.times)


def open_actions(
    procedure: Procedure,
    regime: Regime | None,
    due: Mapping[str, Due],
    at: datetime,
    *,
    kinds: Collection[Kind] = (),
    done: Collection[str] = (),
) -> list[Action]:
    """What the bidder can still do, the earliest first.

    `due` holds each printed time and each computed rule_id; an action whose latest has passed is gone, and one in
    `done` (step ids) is left out. After a termination only the refund remains.
    """
    passed = {name for name, each in due.items() if each.latest < at}
    ended = "termination" in kinds
    position = stage_of(procedure, kinds, regime, passed=passed)
    found = []
    steps = procedure.under(regime)
    for stage in steps:
        if stage.act is None or stage.id in done or (stage.when == "ended") != ended:
            continue
        dates = [(due[name], name) for name in stage.act.due if name in due and due[name].latest >= at]
        if dates:
            (earliest, latest, precision), name = min(dates)
            found.append(Action(stage.id, stage.act.name, earliest, latest, name, precision))
        elif stage is position.next and not any(name in due for name in stage.act.due):
            found.append(Action(stage.id, stage.act.name, None, None, ""))
    return in_order(found, steps, at)


def in_order(actions: Iterable[Action], steps: Sequence[Stage], at: datetime) -> list[Action]:
    """The earliest first, those without a date last; of equals the bidder's own steps: submitting before opening."""
    place = {stage.id: (stage.actor != "bidder", n) for n, stage in enumerate(steps)}
    first = (False, -1)
    return sorted(actions, key=lambda each: (each.earliest is None, each.earliest or at, place.get(each.stage, first)))


def load_endings() -> tuple[Ending, ...]:
    return _endings(files_now())


@cache
def _endings(files: tuple[tuple[Path, int], ...]) -> tuple[Ending, ...]:
    return file_named(files, "endings", _Endings).endings


def ending_of(words: str, regime: Regime | None, endings: Iterable[Ending] | None = None) -> Ending | None:
    """Which end or pause the words of a notice (title and reason) tell of; the first in the file that fits."""
    for ending in endings or load_endings():
        if (not ending.regimes or regime in ending.regimes) and any(word in words for word in ending.words):
            return ending
    return None
