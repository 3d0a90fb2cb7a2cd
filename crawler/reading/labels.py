"""The label tables of config/reading/labels.yaml, compiled once.

Labels become one expression shaped like a trie, so that one pass over a text finds the longest known label at
every place, with white space allowed inside it. Headings become one expression over the heading's words.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from crawler.config import config_file
from crawler.text import fold


@dataclass(frozen=True)
class Field:
    """What a label leads to; a row under `fields`."""

    key: str
    words: tuple[str, ...]
    weak: bool = False
    block: bool = False
    prose: bool = False


@dataclass(frozen=True)
class Labels:
    """The compiled tables."""

    fields: dict[str, Field]
    by_words: dict[str, tuple[str, int]]
    """Label without white space -> key and rank among its key's spellings."""
    pattern: re.Pattern[str]
    headings: re.Pattern[str]

    def key(self, words: str) -> str | None:
        """The key of a label's words, brackets and white space aside; None where it is unknown."""
        bare = re.sub(r"\s+", "", words)
        found = self.by_words.get(bare) or self.by_words.get(re.sub(r"\([^()]*\)$", "", bare))
        return found[0] if found else None

    def section(self, heading: str) -> str | None:
        """The section a heading opens, its number and white space taken off; None where it opens none."""
        match = self.headings.fullmatch(heading)
        return match.lastgroup if match else None


TAIL = (
    r"(?P<paren>(?: *\((?!\d+\))[^()\n]{0,40}(?:\([^()\n]*\)[^()\n]*)?\)){0,2}) *"
    r"(?:(?P<colon>(?:为|是)?[ \n]?:[: ]*)|(?P<bar>\|)|(?P<end>\n|$)|(?P<prose>(?:定|设)?为|是)|(?P<gap> {2,})"
    r"|(?P<bare>(?=(?:19|20)\d\d *[年./-])))"
)


def _trie(words: list[str]) -> str:
    """One expression for many words, common beginnings shared, longest first, blanks allowed inside."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}

    def write(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
        branches = [re.escape(char) + ((" *" + rest) if (rest := write(below)) else "") for char, below in node.items() if char]
        if not branches:
            return ""
        inner = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
        return f"(?:{inner})?" if "" in node else inner

    return write(root)


@lru_cache(maxsize=4)
def load(path: str | None = None) -> Labels:
    """The label tables. Raises ValueError naming file, key and fix where the file is wrong."""
    file = Path(path) if path else config_file("reading/labels.yaml")
    raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    unknown = set(raw) - {"fields", "sections"}
    if unknown:
        raise ValueError(f"{file}: unknown key {sorted(unknown)[0]!r}; known are fields and sections")
    fields: dict[str, Field] = {}
    by_words: dict[str, tuple[str, int]] = {}
    for key, row in (raw.get("fields") or {}).items():
        if not isinstance(row, dict) or not row.get("words"):
            raise ValueError(f"{file}: fields.{key}: needs a list `words`")
        extra = set(row) - {"words", "weak", "block", "prose"}
        if extra:
            raise ValueError(f"{file}: fields.{key}: unknown key {sorted(extra)[0]!r}; known are words, weak, block, prose")
        words = tuple(dict.fromkeys(re.sub(r"\s+", "", fold(str(word))) for word in row["words"]))
        fields[key] = Field(key, words, bool(row.get("weak")), bool(row.get("block")), bool(row.get("prose")))
        for rank, word in enumerate(words):
            if word in by_words and by_words[word][0] != key:
                raise ValueError(f"{file}: {word!r} stands under fields.{by_words[word][0]} and fields.{key}; keep one")
            by_words[word] = (key, rank)
    pattern = re.compile(rf"(?P<label>{_trie(list(by_words))})(?={TAIL.replace('?P<', '?P<t_')})")
    groups = []
    for section, headings in (raw.get("sections") or {}).items():
        try:
            for heading in headings:
                re.compile(heading)
        except re.error as error:
            raise ValueError(f"{file}: sections.{section}: {heading!r} is no regular expression: {error}") from error
        groups.append(f"(?P<{section}>{'|'.join(f'(?:{heading})' for heading in headings)})")
    return Labels(fields, by_words, pattern, re.compile("|".join(groups)))
