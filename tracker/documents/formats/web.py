"""HTML and plain text, by the reader of notices."""

import re
from collections.abc import Iterator
from pathlib import Path

from crawler.judge import page_title, visible
from crawler.reading.blocks import read_html
from crawler.text import UndecodableError, decode
from tracker.documents.formats.radicals import tidy
from tracker.documents.lines import Line, Parsed, row

MAX_BYTES = 40 * 1024 * 1024
_LOGIN = re.compile(r"type\s*=\s*[\"']?password", re.I)
_LOGIN_WORDS = re.compile(r"登录|登錄|用户名|验证码|log ?in", re.I)


def parse_html(path: Path) -> Parsed:
    """A page as a document; a login page in place of one is none."""
    try:
        text = decode(_bytes(path))
    except UndecodableError:
        return Parsed("unreadable", ("damaged",))
    if _LOGIN.search(text) and (_LOGIN_WORDS.search(page_title(text)) or len(visible(text)) < 600):
        return Parsed("unreadable", ("login",))
    page = read_html(text)
    lines = tuple(lines_of(page.text))
    if not lines:
        return Parsed("unreadable", ("scan" if "<img" in text else "empty",))
    cut = any(issue.what == "size" for issue in page.issues)
    return Parsed("partly" if cut else "read", ("size",) if cut else (), lines)


def parse_text(path: Path) -> Parsed:
    try:
        text = decode(_bytes(path))
    except UndecodableError:
        return Parsed("unreadable", ("damaged",))
    lines = tuple(Line(words) for line in text.splitlines() if (words := tidy(line)))
    return Parsed("read", (), lines) if lines else Parsed("unreadable", ("empty",))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BYTES)


def lines_of(text: str) -> Iterator[Line]:
    """Rows end with ` |` there; rows below each other with as many cells are one table."""
    number, width = 0, 0
    for printed in text.split("\n"):
        words = tidy(printed)
        if not words:
            continue
        if not words.endswith(" |"):
            width = 0
            yield Line(words)
            continue
        cells = words.removesuffix(" |").split(" | ")
        if len(cells) != width:
            number, width = number + 1, len(cells)
        yield row(cells, None, number)
