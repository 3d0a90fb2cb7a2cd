"""One module a format: a file in, `Parsed` out. Run in the child process of tracker.documents.child only."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from tracker.documents.lines import Parsed

_AT = {
    "pdf": "pdf.parse",
    "docx": "word.parse",
    "xlsx": "excel.parse",
    "html": "web.parse_html",
    "text": "web.parse_text",
}
READABLE = frozenset(_AT)
"""Kinds of files that are read; of any other it is said that it is not."""


def _reader(where: str) -> Callable[[Path], Parsed]:
    module, _, name = where.partition(".")

    def read(path: Path) -> Parsed:
        parse: Callable[[Path], Parsed] = getattr(import_module(f"{__name__}.{module}"), name)  # only what is needed
        return parse(path)

    return read


READERS: Mapping[str, Callable[[Path], Parsed]] = {kind: _reader(where) for kind, where in _AT.items()}
