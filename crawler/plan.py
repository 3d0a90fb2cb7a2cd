"""What the tracker asks of a crawl. Without a plan everything is new and every channel is due."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from crawler.page import Row


class Known(BaseModel):
    """A notice the tracker has already stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row_hash: str
    etag: str | None = None
    last_modified: str | None = None


class Plan(BaseModel):
    """Read from stdin as one JSON object by `python -m crawler crawl PORTAL --plan -`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mode: Literal["quick", "deep"] = "quick"
    """quick: page 1 of each channel, going on while rows are unknown or changed. deep: 48 h back."""
    channels: tuple[str, ...] | None = None
    """The due ones; None means all."""
    back_to: dict[str, AwareDatetime] = {}
    """By channel: page back at least to this publishing time, whatever is known on the way. The tracker names it for
    a channel whose last poll did not end whole (killed, partial, blocked): its last whole poll less 48 h, or 1970
    where there never was one. Known rows alone would end the paging in front of the gap."""
    known: dict[str, Known] = {}
    """By the portal's own key."""
    pending: tuple[Row, ...] = ()
    """Rows listed in an earlier poll whose details could not be fetched then."""
    recheck: tuple[Row, ...] = ()
    """Known notices to fetch again, conditionally where a validator is known."""
    files: tuple[Row, ...] = ()
    """Attachments to fetch in place of everything else; the key is the address, also in `known` where one is held."""
    files_into: str | None = None
    """Folder of the content-addressed store; the bytes are written there, the lines name their hash."""
    likely: tuple[str, ...] = ()
    """Words in a title that put its detail first when the budget is short."""
    detail_budget: int | None = None
    """Most details to fetch in this poll; None takes the portal's own figure."""
    list_pages: int | None = None
    """Most list pages to read of a channel; None goes on as far as rows are new. A look at a portal reads one."""
    base_url: str | None = None
    """A replica on loopback that stands in for the portal."""
