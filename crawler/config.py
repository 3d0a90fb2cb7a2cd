"""Where configuration files stand (the user's own first, then the shipped ones), and how they are read."""

import difflib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from platformdirs import user_data_path
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def home() -> Path:
    """`$CHEBIAO_HOME`, or the platform's user data directory. Not created here."""
    chosen = os.environ.get("CHEBIAO_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("chebiao", appauthor=False)


def shipped() -> Path:
    """The shipped `config/` folder: `crawler/_config` in the wheel, `config/` in a checkout."""
    here = Path(__file__).resolve().parent
    wheel = here / "_config"
    return wheel if wheel.is_dir() else here.parent / "config"


def config_file(name: str) -> Path:
    """The file that counts for `name` (such as `vehicles.yaml`): the user's replaces the shipped one whole."""
    own = home() / name
    return own if own.is_file() else shipped() / name


def config_folder(name: str) -> dict[str, Path]:
    """Every YAML file of a folder such as `portals`, by its stem; the user's file of the same stem wins."""
    return {path.stem: path for base in (shipped() / name, home() / name) for path in sorted(base.glob("*.yaml"))}


class ConfigurationError(Exception):
    """What is wrong, in which file or variable, on which line or key, and how to mend it."""


class FileError(ConfigurationError):
    """A file that cannot be used; one line of the message for each fault."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.path = path


M = TypeVar("M", bound=BaseModel)


def read_yaml(path: Path, model: type[M]) -> M:
    """The file as `model`. Raises FileError naming file, line, key and what to write instead.

    A rule over several keys says which one it is about by beginning its message with `key: `.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, [f"{path}: {error.strerror}"]) from None
    except UnicodeDecodeError as error:
        raise FileError(path, [f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8"]) from None
    try:
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        data = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        what = getattr(error, "problem", None) or str(error)
        raise FileError(path, [f"{path}, line {line}: {what}; mend the YAML there"]) from None
    faults = [f"{path}, line {line}: {key}: written twice; keep one" for line, key in _twice(tree)]
    try:
        found = model.model_validate(data)
    except ValidationError as error:
        faults += [_problem(path, tree, model, item) for item in error.errors(include_url=False)]
    if faults:
        raise FileError(path, faults)
    return found


def _twice(node: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """Keys written twice in one mapping, of which YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen and key.value != "<<":
                    yield key.start_mark.line + 1, key.value
                seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _problem(path: Path, tree: yaml.Node | None, model: type[BaseModel], item: ErrorDetails) -> str:
    """One validation error with the line it stands on and what to write instead."""
    where, said = item["loc"], item["msg"].removeprefix("Value error, ")
    about, colon, rest = said.partition(": ")
    if item["type"] == "value_error" and colon and about.replace(".", "").isidentifier():
        where, said = (*where, *about.split(".")), rest
    key = ".".join(str(part) for part in where) or "the whole file"
    meaning = _node(model, where).get("description", "")
    if item["type"] == "missing":
        said = f"missing; add it ({meaning})" if meaning else "missing; add it"
    elif meaning and item["type"] != "extra_forbidden" and not isinstance(item["input"], dict):
        said = f"{said}, but it is {item['input']!r:.60}; it means: {meaning}"
    if item["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(where[-1]), _keys(model, where[:-1]), n=1)
        said = f"unknown key; did you mean {close[0]!r}?" if close else "unknown key; remove it"
    return f"{path}, line {_line(tree, where)}: {key}: {said}"


def _line(node: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """The line of the key at `where`, or of the nearest thing above it that exists."""
    line = 1
    for part in where:
        if isinstance(node, yaml.MappingNode):
            pair = next((pair for pair in node.value if pair[0].value == str(part)), None)
            if pair is None:
                return line
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line


def _keys(model: type[BaseModel], where: tuple[int | str, ...]) -> list[str]:
    """The keys that may stand below `where`."""
    return list(_resolved(model.model_json_schema(), _node(model, where)).get("properties", {}))


def _node(model: type[BaseModel], where: tuple[int | str, ...]) -> dict[str, Any]:
    """The model's schema at `where`."""
    schema = model.model_json_schema()
    node = schema
    for part in where:
        node = _resolved(schema, node)
        node = node.get("items", {}) if isinstance(part, int) else _below(node, part)
    return node


def _below(node: dict[str, Any], key: str) -> dict[str, Any]:
    found = node.get("properties", {}).get(key) or node.get("additionalProperties")
    return found if isinstance(found, dict) else {}


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """`node` with its reference followed; of alternatives, the first that has keys."""
    if "$ref" in node:
        return _resolved(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    for choice in node.get("anyOf", ()):
        resolved = _resolved(schema, choice)
        if "properties" in resolved or "items" in resolved:
            return resolved
    return node
