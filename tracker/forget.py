"""`chebiao forget`: blank a person's name or phone in everything that is kept, for good.

Only a salted hash of the words stays, so that a later page, or the archive read anew, is blanked again without the
words being known here. A name is found where the reader sees a contact, a phone where digits run like one.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from crawler.clock import now
from crawler.notice import NOTICE, Notice
from tracker.service.leases import insert_new
from tracker.tables import Forgotten, table

FORGOTTEN = table(Forgotten)
_ALL = select(FORGOTTEN.c.digest, FORGOTTEN.c.length)
BLANK = "▇"
_PHONE = re.compile(r"(?<!\d)(?:\d[\d\-－—–()（） ]{5,20}\d)(?!\d)")
_NAME = re.compile(r"[\u3400-\u9fff·]{2,8}|[A-Za-z][A-Za-z .'-]{1,40}")


def digest(words: str) -> str:
    """The hash that stands for the words; a phone counts by its digits only."""
    digits = re.sub(r"\D", "", words)
    plain = digits if len(digits) >= 7 else re.sub(r"\s+", "", words)
    return hashlib.sha256(b"chebiao-forget:" + plain.encode()).hexdigest()


def remember_to_forget(connection: Connection, words: str) -> None:
    """Put the words on the list of what is blanked from now on."""
    row = {"digest": digest(words), "length": len(words), "at": now()}
    connection.execute(insert_new(connection, FORGOTTEN).values(**row))


@dataclass(frozen=True)
class Blanker:
    """Blanks forgotten words; with an empty list it returns what it was given."""

    digests: frozenset[str] = frozenset()
    lengths: frozenset[int] = frozenset()

    @classmethod
    def load(cls, connection: Connection) -> "Blanker":
        rows = list(connection.execute(_ALL))
        return cls(frozenset(row.digest for row in rows), frozenset(row.length for row in rows))

    def __bool__(self) -> bool:
        return bool(self.digests)

    def _found(self, text: str) -> Iterator[str]:
        """The forgotten words that occur in the text."""
        for match in _PHONE.finditer(text):
            if digest(match[0]) in self.digests:
                yield match[0]
        names: set[str] = set()
        for match in _NAME.finditer(text):
            run = match[0]
            for length in self.lengths:
                names |= {run[at : at + length] for at in range(len(run) - length + 1)}
        yield from (name for name in names if digest(name) in self.digests)

    def text(self, text: str) -> str:
        """The text with each forgotten word replaced by blocks of the same length, so that offsets stand."""
        for word in set(self._found(text)) if self else ():
            text = text.replace(word, BLANK * len(word))
        return text

    def bytes(self, body: bytes) -> bytes:
        """A raw page in any of the encodings portals use."""
        if not self:
            return body
        for encoding in ("utf-8", "gb18030"):
            try:
                text = body.decode(encoding)
            except UnicodeDecodeError:
                continue
            blanked = self.text(text)
            return body if blanked == text else blanked.replace(BLANK, "*").encode(encoding)
        return body

    def notice(self, notice: Notice) -> Notice:
        """A reading in all its values and evidence."""
        if not self:
            return notice
        plain = NOTICE.dump_json(notice, exclude_defaults=True).decode()
        blanked = self.text(plain)
        return notice if blanked == plain else NOTICE.validate_json(blanked)
