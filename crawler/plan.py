"""What the tracker asks of a crawl. Without a plan everything is new and every channel is due."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

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
    known: dict[str, Known] = {}
    """By the portal's own key."""
    pending: tuple[Row, ...] = ()
    """Rows listed in an earlier poll whose details could not be fetched then."""
    recheck: tuple[Row, ...] = ()
    """Known notices to fetch again, conditionally where a validator is known."""
    likely: tuple[str, ...] = ()
    """Words in a title that put its detail first when the budget is short."""
    detail_budget: int | None = None
    """Most details to fetch in this poll; None takes the portal's own figure."""
    base_url: str | None = None
    """A replica on loopback that stands in for the portal."""
