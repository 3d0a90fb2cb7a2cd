"""Text from outside made safe and comparable: decoding, cleaning, folding, comparison keys."""

import re
import unicodedata
from functools import lru_cache

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
ZERO_WIDTH = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff\ufffe\uffff"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\ufe58\ufe63\uff0d"
MAX_TITLE = 300
"""Characters of a title that are kept; a longer one is cut with a mark."""

_CLEAN: dict[int, str | None] = dict.fromkeys((*range(32), *range(127, 160)))
_CLEAN |= dict.fromkeys(range(55296, 57344))  # lone surrogates cannot be stored or sent
_CLEAN |= {ord(char): None for char in BIDI + ZERO_WIDTH}
_CLEAN |= {ord(char): "\n" for char in "\n\x0b\x0c\x85\u2028\u2029"}
_CLEAN |= {ord(char): " " for char in "\t\xa0\u2002\u2003\u2009\u202f"}

_BRACKETS = {
    "〔": "(",
    "〕": ")",
    "【": "(",
    "】": ")",
    "〈": "(",
    "〉": ")",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
}


class UndecodableError(ValueError):
    """Bytes in no encoding we can read without turning them into mojibake."""


def clean(text: str) -> str:
    """Without control, bidirectional, zero-width and surrogate characters; line ends are `\\n`, tabs are blanks."""
    if text.isprintable():
        return text  # nothing that goes is printable
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CLEAN)


def one_line(text: str, limit: int = MAX_TITLE) -> str:
    """Cleaned text on one line, cut at `limit` characters with a mark."""
    flat = " ".join(clean(text).split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _fold_map() -> dict[int, str]:
    """Single characters whose compatibility form is one other character: full width, small forms, dashes."""
    table: dict[int, str] = {}
    for code in (*range(0x3000, 0x3001), *range(0xFE10, 0xFE70), *range(0xFF01, 0xFFE7)):
        flat = unicodedata.normalize("NFKC", chr(code))
        if len(flat) == 1:
            table[code] = flat
    table |= {ord(char): "-" for char in DASHES}
    table |= {ord(char): "~" for char in "～〜∼"}
    table |= {0x91C6: "采"}  # a look-alike that portals type for 采
    table |= {0x2236: ":", 0xFE30: ":", 0xFF5E: "~"}
    return table


_FOLD = _fold_map()
_KEY = {code: _BRACKETS.get(char, char) for code, char in _FOLD.items()} | {ord(k): v for k, v in _BRACKETS.items()}


def fold(text: str) -> str:
    """The same text, character for character, with full-width forms and dashes made plain.

    The length never changes, so an offset found in the folded text is an offset in the text.
    """
    return text.translate(_FOLD)


def comparison_key(text: str) -> str:
    """What makes two spellings equal: width, dashes, brackets, case and white space do not count."""
    flat = unicodedata.normalize("NFKC", text).casefold().translate(_KEY)
    return "".join(flat.split()).strip("。.,;:、")


_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w-]+)", re.I)
_BOMS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_MOJIBAKE = 0.01
"""Largest share of U+FFFD among the characters beyond ASCII that still passes as damage in transit."""


@lru_cache(maxsize=64)
def _codec(name: str) -> str | None:
    """The encoding really meant by a declared name: gb2312 and gbk pages hold gb18030 text."""
    name = name.strip().lower().replace("_", "-")
    if name in {"gb2312", "gbk", "gb-2312", "x-gbk", "cp936", "gb18030", "hz-gb-2312"}:
        return "gb18030"
    if name in {"", "iso-8859-1", "latin-1", "latin1", "ascii", "us-ascii", "windows-1252"}:
        return None  # servers' defaults, never true of a Chinese page
    try:
        "".encode(name)
    except LookupError:
        return None
    return name


def _damage(text: str) -> float:
    if "\ufffd" not in text:
        return 0.0
    beyond = sum(1 for char in text if char > "\x7f")
    return text.count("\ufffd") / beyond if beyond else 0.0


def decode(body: bytes, declared: str | None = None) -> str:
    """Bytes of a page as text.

    UTF-8 that decodes is UTF-8, whatever was declared: Chinese text in another encoding does not pass as such
    by chance. Then the declared encoding, the page's own meta, gb18030. Raises UndecodableError where every
    reading leaves more than a hundredth of the characters beyond ASCII unreadable.
    """
    for mark, codec in _BOMS:
        if body.startswith(mark):
            text = body.decode(codec, errors="replace")
            if _damage(text) <= _MOJIBAKE:
                return text
    meta = _META.search(body[:4096])
    named = (next(group for group in meta.groups() if group).decode("ascii") if meta else "") or ""
    tried: dict[str, float] = {}
    candidates: tuple[str | None, ...] = ("utf-8", _codec(declared or ""), _codec(named), "gb18030")
    for name in candidates:
        if name is None or name in tried:
            continue
        text = body.decode(name, errors="replace")
        tried[name] = _damage(text)
        if tried[name] <= _MOJIBAKE:
            return text
    seen = ", ".join(f"{name} {share:.0%} unreadable" for name, share in tried.items())
    raise UndecodableError(f"no encoding fits ({seen}); declared {declared or 'none'}, meta {named or 'none'}")
