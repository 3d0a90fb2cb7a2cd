"""What a spider says: the lines a crawl writes to stdout, one JSON object each.

A crawl is `page`, `listed`, `gone` and `file` lines in any order, then exactly one `result` line. A crawl without a
result line has failed, whatever its exit code (Scrapy exits with 0 when every callback raised).
"""

import base64
import zlib
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

State = Literal["ok", "empty", "partial", "suspect", "blocked", "failed"]
GOOD: Final[frozenset[str]] = frozenset({"ok", "empty"})
"""States of a channel that was read whole."""
FROM_BEST = ("empty", "ok", "never", "partial", "suspect", "blocked", "failed")
"""By this the worst of several states is told: empty only where all are. `never` is what was not polled yet."""


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Row(Line):
    """One row of a list page, as the list printed it."""

    channel: str
    key: str
    """The portal's own key of the notice, canonical: no session, counter or timestamp in it."""
    url: str
    facts: dict[str, str] = {}
    """What the list says of the notice: any of title, published, kind, region, buyer, agency, number."""
    row_hash: str
    """Of the facts; a known key with another hash is fetched again."""


class Page(Line):
    """One fetched document with the facts its list gave. Nothing in it is interpreted."""

    type: Literal["page"] = "page"
    portal: str
    row: Row
    fetched_at: AwareDatetime
    status: int = 200
    content_type: str = "text/html"
    encoding: str | None = None
    """As the response declared it; the reader decides."""
    etag: str | None = None
    last_modified: str | None = None
    packed: str
    """The raw body: base64 of zlib."""
    recheck: bool = False

    @property
    def body(self) -> bytes:
        return zlib.decompress(base64.b64decode(self.packed))

    @staticmethod
    def pack(body: bytes) -> str:
        return base64.b64encode(zlib.compress(body, 6)).decode("ascii")


class Listed(Line):
    """A row that was seen but whose detail was not fetched; it is offered again in the next plan."""

    type: Literal["listed"] = "listed"
    portal: str
    row: Row
    why: Literal["budget", "refused", "unreadable", "off-site"]
    detail: str = ""
    """For a person: status or fault, e.g. `HTTP 503 after 2 retries`."""


class Gone(Line):
    """A known notice whose page answers 404 or 410: withdrawn, never deleted here."""

    type: Literal["gone"] = "gone"
    portal: str
    row: Row
    status: int


class Unchanged(Line):
    """A re-checked page that answered 304."""

    type: Literal["unchanged"] = "unchanged"
    portal: str
    row: Row


class File(Line):
    """One attachment that the plan named; its bytes lie in the store under their hash."""

    type: Literal["file"] = "file"
    portal: str
    row: Row
    """As the plan gave it: the key is the address as printed."""
    outcome: Literal["fetched", "unchanged", "gone", "needs-login", "refused", "failed"]
    detail: str = ""
    """For a person, where it was not fetched."""
    fetched_at: AwareDatetime
    hash: str | None = None
    """SHA-256 of the bytes, hex."""
    size: int = 0
    kind: str = "unknown"
    """What the bytes are (crawler/filetypes.py), whatever the name says."""
    etag: str | None = None
    last_modified: str | None = None


class ChannelResult(Line):
    """How the poll of one channel ended."""

    channel: str
    state: State
    reason: str = ""
    """Empty when ok; else what was seen, for a person: `block page 频繁访问 on index.htm`."""
    requests: int = 0
    rows: int = 0
    """Rows on the list pages read."""
    fetched: int = 0
    """Details that came back as readable pages."""
    unfetched: int = 0
    """Rows whose details are still to be fetched."""
    missing: tuple[str, ...] = ()
    """URLs without a good end (at most 50)."""
    evidence: str | None = None
    """The page that made the judgement, packed like Page.packed; None when ok."""
    moved_to: str | None = None
    """Another host that the portal redirects to."""
    retry_after_s: int | None = None


class Result(Line):
    """The last line of every crawl."""

    type: Literal["result"] = "result"
    portal: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    requests: int
    rows: int
    pages: int
    reconciled: bool
    """Every request had an end: callbacks + errbacks + filtered on purpose = requests."""
    channels: tuple[ChannelResult, ...]


AnyLine = Annotated[Page | Listed | Gone | Unchanged | File | Result, Field(discriminator="type")]
LINE: TypeAdapter[Page | Listed | Gone | Unchanged | File | Result] = TypeAdapter(AnyLine)
