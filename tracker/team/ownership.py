"""Who owns a project: rules that people edit (config/ownership.yaml), each with what it says and why. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import Field

from crawler.config import config_file, read_yaml
from tracker.i18n import _
from tracker.present import day, local
from tracker.workdays import Row

RuleName = Literal["first-registered", "region", "depth"]
ContactKind = Literal["track", "note", "task", "milestone", "bid"]


class Region(Row):
    region: str = Field(min_length=2)
    person: str


class Ownership(Row):
    """The file as it stands."""

    rules: tuple[RuleName, ...]
    points: dict[ContactKind, int]
    margin: int = Field(ge=0)
    regions: tuple[Region, ...] = ()
    lead: str | None = None
    settle_within: int = Field(default=2, ge=1, le=30)


def load_ownership() -> Ownership:
    """The rules in force. Raises ConfigurationError."""
    return read_yaml(config_file("ownership.yaml"), Ownership)


@dataclass(frozen=True)
class Contact:
    """Something a person did for this project, or for another one of the same buyer."""

    person: str
    kind: ContactKind
    at: datetime
    here: bool


@dataclass(frozen=True)
class Saying:
    """What one rule says."""

    rule: RuleName
    person: str | None
    why: str


@dataclass(frozen=True)
class Finding:
    """Who owns a project by the rules, and what each of them says, in order."""

    owner: str | None
    sayings: tuple[Saying, ...]


def owner_by_rules(contacts: Sequence[Contact], region: str | None, rules: Ownership) -> Finding:
    """Ask the rules in order; the first that names somebody decides."""
    ask = {
        "first-registered": lambda: _first(contacts),
        "region": lambda: _region(region or "", rules),
        "depth": lambda: _depth(contacts, rules),
    }
    sayings = tuple(Saying(rule, *ask[rule]()) for rule in rules.rules)
    return Finding(next((each.person for each in sayings if each.person), None), sayings)


def _first(contacts: Sequence[Contact]) -> tuple[str | None, str]:
    here = [each for each in contacts if each.here]
    if not here:
        return None, _("nobody has done anything here yet")
    first = min(here, key=lambda each: (each.at, each.person))
    when = day(local(first.at).date(), max(each.at for each in here))
    return first.person, _("{person} was first, on {day} ({kind})").format(
        person=first.person, day=when, kind=_(CONTACTS[first.kind])
    )


def _region(region: str, rules: Ownership) -> tuple[str | None, str]:
    fitting = [each for each in rules.regions if each.region in region]
    if not fitting:
        return None, _("nobody is named for the region {region}").format(region=region or "–")
    best = max(fitting, key=lambda each: len(each.region))
    return best.person, _("{person} has the region {region}").format(person=best.person, region=best.region)


def _depth(contacts: Sequence[Contact], rules: Ownership) -> tuple[str | None, str]:
    points: defaultdict[str, int] = defaultdict(int)
    for each in contacts:
        points[each.person] += rules.points.get(each.kind, 0)
    ranked = sorted(points.items(), key=lambda each: (-each[1], each[0]))
    if not ranked or ranked[0][1] == 0:
        return None, _("nobody is in contact with this buyer")
    shown = ", ".join(f"{name} {score}" for name, score in ranked[:3])
    if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < rules.margin:
        return None, _("too close: {points}").format(points=shown)
    return ranked[0][0], _("deepest contact with this buyer: {points}").format(points=shown)


CONTACTS: dict[ContactKind, str] = {
    "track": "tracked it",
    "note": "wrote a note",
    "task": "made a task",
    "milestone": "arranged a milestone",
    "bid": "opened a bid",
}
"""msgids."""
