"""YAML files that people edit, read strictly: an error names file, line, key and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)
Where = tuple[str | int, ...]


class FileError(ValueError):
    """A file that cannot be used. One line of the message per fault: `file:line: key: what; fix`."""

    def __init__(self, path: Path, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.path, self.faults = path, tuple(faults)


def load(path: Path, model: type[M]) -> M:
    """The file's content as `model`. FileError where it is unreadable, no YAML, or breaks the model."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(path, [f"{path}: unreadable ({error}); save it as UTF-8 text"]) from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or str(error)
        raise FileError(
            path, [f"{path}{line}: no valid YAML: {problem}; check indentation, quotes and colons near this line"]
        ) from None
    if not isinstance(root, yaml.MappingNode):
        raise FileError(path, [f"{path}:1: one mapping of keys expected, as in the shipped files"])
    lines = dict(_lines(root))
    faults = [f"{path}:{line}: {key}: written twice; keep one" for line, key in _twice(root)]
    try:
        found = model.model_validate(data)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            at, words = _about(fault["loc"], _words(fault, model), lines)
            faults.append(f"{path}:{_line(lines, at)}: {_dotted(at)}: {words}")
    if faults:
        raise FileError(path, faults)
    return found


def _lines(node: yaml.Node, at: Where = ()) -> Iterator[tuple[Where, int]]:
    yield at, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            inside = (*at, key.value)
            yield from _lines(value, inside)
            yield inside, key.start_mark.line + 1  # the key's line, not that of a value below it
    elif isinstance(node, yaml.SequenceNode):
        for n, item in enumerate(node.value):
            yield from _lines(item, (*at, n))


def _twice(node: yaml.Node) -> Iterator[tuple[int, str]]:
    """Keys written twice in one mapping, of which YAML would silently take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1, str(key.value)
            seen.add(key.value)
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _twice(item)


def _about(at: Where, words: str, lines: Mapping[Where, int]) -> tuple[Where, str]:
    """A rule over several keys is raised at the mapping around them; its message begins with `key: ` then."""
    key, colon, rest = words.partition(": ")
    inside = (*at, *key.split("."))
    return (inside, rest) if colon and inside in lines else (at, words)


def _line(lines: Mapping[Where, int], at: Where) -> int:
    """Of the key, or of the nearest mapping around it that the file has."""
    while at not in lines:
        at = at[:-1]
    return lines[at]


def _dotted(at: Where) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in at).lstrip(".") or "the file"


def _words(fault: ErrorDetails, model: type[BaseModel]) -> str:
    at = fault["loc"]
    if fault["type"] == "extra_forbidden":
        owner = _model_at(model, at[:-1])
        known = sorted(owner.model_fields) if owner else []
        near = get_close_matches(str(at[-1]), known, n=1, cutoff=0.5)
        return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known are {', '.join(known)}"
    meaning = _meaning(model, at)
    if fault["type"] == "missing":
        return f"missing; add it{f' ({meaning})' if meaning else ''}"
    message = fault["msg"].removeprefix("Value error, ")
    if isinstance(fault["input"], dict):
        return message  # a rule over several keys; the mapping itself says nothing
    shown = repr(fault["input"])
    shown = shown if len(shown) <= 60 else shown[:60] + "…"
    return f"{message}, but it is {shown}{f'; {meaning}' if meaning else ''}"


def _model_at(model: type[BaseModel], at: Where) -> type[BaseModel] | None:
    """The model that a place in the file is read into."""
    for part in at:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part)
        inner = next(_models(field.annotation), None) if field else None
        if inner is None:
            return None
        model = inner
    return model


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType, tuple, list, dict):
        for part in get_args(annotation):
            yield from _models(part)


def _meaning(model: type[BaseModel], at: Where) -> str:
    """What the model says a key is for, or the nearest key around it."""
    for end in range(len(at), 0, -1):
        owner = _model_at(model, at[: end - 1])
        if owner and (field := owner.model_fields.get(str(at[end - 1]))) and field.description:
            return field.description
    return ""
