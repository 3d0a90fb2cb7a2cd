# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""The label tables of config/reading/labels.yaml, compiled once.

Labels become one expression shaped like a trie, so that one pass over a text finds the longest known label at
every place, with white space allowed inside it. Headings become one expression over the heading's words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import lru_cache
from pathlib import Path

import yaml

from crawler.config import config_file
from crawler.text import fold

MEMO = 16_000
"""Labels, and as many headings, that are remembered."""


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
    templates: tuple[tuple[str, int], ...]
    """Key and rank of the spellings with braces, in the order of their groups in the patterns."""
    pattern: re.Pattern[str]
    whole: re.Pattern[str]
    """The spellings with braces alone, for a label without blanks."""
    headings: re.Pattern[str]
    lookup: Callable[[str], tuple[str, int] | None] = dataclass_field(init=False, compare=False)
    """Key and rank of a label without blanks; a spelling written out wins over one that braces make."""
    key: Callable[[str], str | None] = dataclass_field(init=False, compare=False)
    """The key of a label's words, brackets and white space aside; None where it is unknown."""
    section: Callable[[str], str | None] = dataclass_field(init=False, compare=False)
    """The section a heading opens, its number and white space taken off; None where it opens none."""

    def __post_init__(self) -> None:
        """Answers are remembered: the same few hundred labels and headings stand in every notice."""
        for name, answer in (("lookup", self._lookup), ("key", self._key), ("section", self._section)):
            object.__setattr__(self, name, lru_cache(maxsize=MEMO)(answer))

    def _lookup(self, bare: str) -> tuple[str, int] | None:
        found = self.by_words.get(bare)
        if found is None and (match := self.whole.fullmatch(bare)) and match.lastgroup:
            found = self.templates[int(match.lastgroup[1:])]
        return found

    def _key(self, words: str) -> str | None:
        bare = re.sub(r"\s+", "", words)
        found = self._lookup(bare) or (self._lookup(re.sub(r"\([^()]*\)$", "", bare)) if bare.endswith(")") else None)
        return found[0] if found else None

    def _section(self, heading: str) -> str | None:
        match = self.headings.fullmatch(heading)
        return match.lastgroup if match else None


TAIL = (  # its last group that matched is the sign behind the label
    r"(?P<paren>(?: *\((?!\d+\))[^()\n]{0,40}(?:\([^()\n]*\)[^()\n]*)?\)){0,2}) *"
    r"(?:(?P<colon>(?:为|是)?[ \n]?:[: ]*)|(?P<bar>\|)|(?P<end>\n|$)|(?P<prose>(?:定|设)?为|是)|(?P<gap> {2,})"
    r"|(?P<bare>(?=(?:约|共计|为)?(?:人民币)?[¥]?(?:19|20)\d\d *[年./-]|(?:约|共计)? *(?:人民币)?[¥]?\d[\d,.]* *(?:万|亿|元))))"
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
        branches = [
            re.escape(char) + ((" *" + rest) if (rest := write(below)) else "") for char, below in node.items() if char
        ]
        if not branches:
            return ""
        inner = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
        return f"(?:{inner})?" if "" in node else inner

    return write(root)


def _bare(word: str) -> str:
    return re.sub(r"\s+", "", fold(word))


_BRACES = re.compile(r"\{([^{}]*)\}")


def template(word: str) -> str:
    """A spelling with `{a|b|}` in it as an expression for all its spellings, blanks allowed inside."""

    def spaced(part: str) -> str:
        return " *".join(re.escape(char) for char in part)

    out: list[str] = []
    at = 0
    for match in _BRACES.finditer(word):
        if word[at : match.start()]:
            out.append(spaced(word[at : match.start()]))
        choices = sorted(match[1].split("|"), key=len, reverse=True)
        out.append(f"(?:{'|'.join(spaced(choice) for choice in choices if choice)})" + ("?" if "" in choices else ""))
        at = match.end()
    if word[at:]:
        out.append(spaced(word[at:]))
    return " *".join(out)


def beginnings(word: str) -> set[str]:
    """The characters a spelling with braces can begin with."""
    match = _BRACES.match(word)
    if match is None:
        return {word[0]} if word else set()
    choices = match[1].split("|")
    first = {choice[0] for choice in choices if choice}
    return first | beginnings(word[match.end() :]) if "" in choices else first


def remainder(word: str, char: str) -> str | None:
    """What follows a spelling's first character, if that is `char`, as an expression; None where it cannot be."""
    match = _BRACES.match(word)
    if match is None:
        return template(word[1:]) if word.startswith(char) else None
    choices = sorted(match[1].split("|"), key=len, reverse=True)
    rest = word[match.end() :]
    begun = [choice[1:] for choice in choices if choice.startswith(char)]
    ways = [template(choice + rest) for choice in begun]
    if "" in choices and (further := remainder(rest, char)) is not None:
        ways.append(further)
    return f"(?:{'|'.join(ways)})" if ways else None


@lru_cache(maxsize=4)
def load(path: str | None = None) -> Labels:
    """The label tables. Raises ValueError naming file, key and fix where the file is wrong."""
    file = Path(path) if path else config_file("reading/labels.yaml")
    raw = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    unknown = set(raw) - {"fields", "sections"}
    if unknown:
        raise ValueError(f"{file}: unknown key {sorted(unknown)[0]!r}; known are fields and sections")
    fields: dict[str, Field] = {}
    literal: dict[str, str] = {}
    for key, row in (raw.get("fields") or {}).items():
        if not isinstance(row, dict) or not row.get("words"):
            raise ValueError(f"{file}: fields.{key}: needs a list `words`")
        extra = set(row) - {"words", "weak", "block", "prose"}
        if extra:
            known = "words, weak, block, prose"
            raise ValueError(f"{file}: fields.{key}: unknown key {sorted(extra)[0]!r}; known are {known}")
        for word in (_bare(str(word)) for word in row["words"] if "{" not in str(word)):
            if len(word) < 2:
                raise ValueError(f"{file}: fields.{key}: {word!r} is too short for a label")
            if literal.setdefault(word, key) != key:
                raise ValueError(f"{file}: {word!r} stands under fields.{literal[word]} and fields.{key}; keep one")
        flags = {name: bool(row.get(name)) for name in ("weak", "block", "prose")}
        fields[key] = Field(key, tuple(dict.fromkeys(_bare(str(word)) for word in row["words"])), **flags)
    by_words = {
        word: (key, rank) for key, field in fields.items() for rank, word in enumerate(field.words) if "{" not in word
    }
    made = [(key, rank, word) for key, field in fields.items() for rank, word in enumerate(field.words) if "{" in word]
    names = tuple((key, rank) for key, rank, _ in made)
    templates = "|".join(f"(?P<t{number}>{template(word)})" for number, (_, _, word) in enumerate(made))
    # One branch a first character lets the engine skip at once whatever begins no label. Within it a spelling written
    # out wins over a longer one that braces make only where the latter does not fit.
    branches = []
    for char in sorted({word[0] for word in by_words}.union(*(beginnings(word) for _, _, word in made))):
        ways = [rest for _, _, word in made if (rest := remainder(word, char)) is not None]
        if literal_rests := [word[1:] for word in by_words if word[0] == char]:
            ways.append(_trie(literal_rests))
        branches.append(f"{re.escape(char)} *(?:{'|'.join(ways)})")
    pattern = re.compile(f"(?P<label>{'|'.join(branches)})(?={TAIL})")
    whole = re.compile(templates.replace(" *", "")) if made else re.compile("(?!)")
    groups = []
    for section, headings in (raw.get("sections") or {}).items():
        try:
            for heading in headings:
                re.compile(heading)
        except re.error as error:
            raise ValueError(f"{file}: sections.{section}: {heading!r} is no regular expression: {error}") from error
        groups.append(f"(?P<{section}>{'|'.join(f'(?:{heading})' for heading in headings)})")
    return Labels(fields, by_words, names, pattern, whole, re.compile("|".join(groups)))
