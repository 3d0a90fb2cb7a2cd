"""Text as search compares it: width, case and blanks inside Chinese do not count, every other character does.

Chinese has no blanks between words, so the index holds pairs of characters: 泡沫消防车 is 泡沫 沫消 消防 防车, and
消防车 is found as 消防 followed by 防车. Punctuation is a character like any other: `%`, `_` and quotes are literal.
"""

import re
import unicodedata
from collections.abc import Iterator

from crawler.text import clean

MAX_QUERY = 2_000
"""Characters of a query that are looked at."""
MAX_WORDS = 16
MAX_WORD = 64
"""Characters of one word that are compared; the rest of a longer one is not looked at."""

_INNER_BLANK = re.compile(r"(?<=[\u3400-\u9fff])[ \u3000]+(?=[\u3400-\u9fff])")
_PLAIN = {code: code + 0xFEE0 for code in range(0x21, 0x7F) if not chr(code).isalnum()}
"""ASCII punctuation to full width: a tokenizer takes that for letters, and normal text holds none of it."""


def normal(text: str) -> str:
    """Width and case folded, blanks between Chinese characters taken out; lines stay apart."""
    return _INNER_BLANK.sub("", unicodedata.normalize("NFKC", clean(text)).casefold())


def words(query: str) -> tuple[str, ...]:
    """The words of a query, in order, without repetition; bounded, whatever is typed."""
    flat = unicodedata.normalize("NFKC", clean(query[:MAX_QUERY])).casefold()
    return tuple(dict.fromkeys(word[:MAX_WORD] for word in flat.split()))[:MAX_WORDS]


def pairs(run: str) -> Iterator[str]:
    """Neighbouring characters of a text without blanks."""
    for at in range(len(run) - 1):
        yield run[at : at + 2]


def tokens(normal_text: str) -> str:
    """The text for a tokenizer that splits at blanks: pairs in order, each run closed by its last character, so that
    no phrase reaches from one run into the next; then every character once, for words of one character."""
    plain = normal_text.translate(_PLAIN)
    stream = [token for run in plain.split() for token in (*pairs(run), run[-1])]
    return " ".join([*stream, *sorted(set("".join(plain.split())))])


_LATIN = re.compile(r"[!-~]{4,}")


def _fours(run: str) -> Iterator[str]:
    """Runs of four letters, digits or signs: pairs of digits are in every notice and find no project number."""
    for latin in _LATIN.findall(run):
        for at in range(len(latin) - 3):
            yield latin[at : at + 4]


def grams(normal_text: str) -> list[str]:
    """Every pair, every four of Latin, and every character once, sorted."""
    runs = normal_text.split()
    found = {token for run in runs for token in (*pairs(run), *_fours(run))}
    return sorted(found.union(*runs))


def asked_grams(word: str) -> set[str]:
    """The grams that a text with the word holds: those that tell most."""
    return {*pairs(word), *_fours(word)} if len(word) > 1 else {word}


def phrase(word: str) -> str:
    """A word as an FTS5 phrase over `tokens`."""
    plain = word.translate(_PLAIN)
    return '"' + " ".join(pairs(plain) if len(plain) > 1 else plain) + '"'
