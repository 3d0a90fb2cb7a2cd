"""The purchases of the sample world, from `world.yaml`: who buys what, in how many lots, through which agency."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from demo.formats import Party, Project


@dataclass(frozen=True)
class _World:
    agencies: dict[str, Party]
    suppliers: dict[str, Party]
    projects: dict[str, dict[str, Any]]


_WORLD = TypeAdapter(_World).validate_python(
    yaml.safe_load(Path(__file__).with_name("world.yaml").read_text(encoding="utf-8"))
)
AGENCIES, SUPPLIERS = _WORLD.agencies, _WORLD.suppliers
_PROJECT = TypeAdapter(Project)


@cache
def _fixed(key: str) -> Project:
    said = dict(_WORLD.projects[key])
    agency = said.get("agency")
    said["agency"] = AGENCIES[agency] if isinstance(agency, str) else agency
    return _PROJECT.validate_python({"key": key, **said})


def purchase(key: str, today: date) -> Project:
    """A purchase with the year and month of `today`. KeyError for a key that `world.yaml` does not have."""
    project = _fixed(key)
    words = {"year": today.year, "next_year": today.year + 1, "month": today.month}
    return replace(project, number=project.number.format(**words), name=project.name.format(**words))
