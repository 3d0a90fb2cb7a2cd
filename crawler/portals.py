"""Portal definitions: one YAML file a portal, `config/portals/<id>.yaml` or the user's own of the same name."""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from crawler.config import FileError, config_file, config_folder, read_yaml
from crawler.urls import Gate, is_loopback, origin


def _pattern(words: str) -> str:
    try:
        re.compile(words)
    except re.error as error:
        raise ValueError(f"no valid regular expression ({error})") from None
    return words


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"{name} is no time zone; write one such as Asia/Shanghai") from None
    return name


Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=60)]
Share = Annotated[float, Field(ge=0, le=1)]
Pattern = Annotated[str, AfterValidator(_pattern)]
Zone = Annotated[str, AfterValidator(_zone)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Bilingual(Strict):
    zh: str
    """the Chinese name"""
    en: str
    """the English name"""


class Rate(Strict):
    delay_s: float = Field(ge=0)
    """seconds between two requests to this host, 2 or more for a real one"""
    why: str
    """where the figure comes from, in the portal's own words if it has any"""


class Interval(Strict):
    min: int = Field(ge=5)
    """minutes between two polls at the least"""
    max: int = Field(le=10080)
    """minutes between two polls at the most"""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min: {self.min} is above max {self.max}")
        return self


class Expect(Strict):
    """What is normal; a poll outside it is `suspect`."""

    min_rows: int = Field(1, ge=0)
    """rows a first list page shows at the least; 0 where an empty list is normal"""
    usual: int | None = None
    """rows a working day usually brings over all channels"""
    deadline: Share | None = None
    """share of tender notices with a bid deadline, 0 to 1"""
    number: Share | None = None
    """share of notices with a project number, 0 to 1"""
    buyer: Share | None = None
    """share of notices with a buyer, 0 to 1"""
    longest_silence_h: int = 72
    """hours without any new notice that are still normal"""


class Sign(Strict):
    """What gives a page away that is not what it was asked for."""

    kind: Literal["blocked", "captcha", "login", "maintenance", "not_found"]
    """what such a page means"""
    title: Pattern | None = None
    """regular expression that the whole `<title>` matches"""
    words: Pattern | None = None
    """regular expression found in the visible text of a page that shows nearly nothing else"""
    form: Pattern | None = None
    """regular expression found in the raw HTML of such a page, for instance a password field"""
    url: Pattern | None = None
    """regular expression found in the address a redirect leads to"""

    @model_validator(mode="after")
    def _some(self) -> Self:
        if not (self.title or self.words or self.form or self.url):
            raise ValueError("a sign needs one of title, words, form, url")
        return self


class Signs(Strict):
    """`config/pages.yaml`: signs that hold on every portal."""

    signs: tuple[Sign, ...]


class Channel(Strict):
    id: Id
    """short name, never changed later: polls and health hang on it"""
    name: Bilingual
    """what the channel lists"""
    path: str = Field(pattern=r"^/")
    """its first list page, from the root of base_url"""
    kind: str = ""
    """what the portal calls these notices; a hint for reading, never the last word"""
    short_window: bool = False
    """true where a notice may be open for a few days only: polled every 15-30 minutes in working hours"""
    repeats: bool = False
    """true where the rows repeat notices of other channels with other facts; they then never count as changed"""
    interval: Interval | None = None
    """bounds of the adaptive schedule where they differ from the portal's"""
    min_rows: int | None = Field(None, ge=0)
    """overrides expect.min_rows"""


class Portal(Strict):
    id: Id
    """the file's name without .yaml"""
    name: Bilingual
    """as shown to people"""
    owner: str
    """who runs it"""
    standing: Literal["official", "branch", "platform", "enterprise", "other"] = "other"
    """whose word counts first where portals differ: official is ccgp, branch its provinces (87号令 11)"""
    family: Id
    """the module of crawler/spiders that knows this kind of portal"""
    base_url: str
    """scheme and host of the portal, such as https://www.example.gov.cn"""
    hosts: tuple[str, ...] = ()
    """further hosts of the same portal; *.name allows all below it"""
    shares_host: str | None = None
    """base_url of another portal on whose host its notices stand; the two are never polled at the same time"""
    attachment_hosts: tuple[str, ...] = ()
    """hosts its attachments may be fetched from"""
    terms: str
    """what its terms of use say on automated reading, and when that was looked up"""
    robots: str
    """what its robots.txt said, and when that was looked up"""
    rate: Rate
    """politeness"""
    time_zone: Zone = "Asia/Shanghai"
    """IANA zone of the times it prints"""
    licence: str
    """under which terms its notices may be kept and shown"""
    caveats: tuple[str, ...]
    """what a reader of its data should know"""
    not_covered: tuple[str, ...] = ()
    """parts that are not read, and why"""
    expect: Expect
    """what is normal"""
    interval: Interval
    """bounds of the adaptive schedule, minutes"""
    detail_budget: int = Field(ge=1)
    """most details to fetch in one poll"""
    channels: tuple[Channel, ...] = Field(min_length=1)
    """the lists it has"""
    signs: tuple[Sign, ...] = ()
    """signs of block, login or error pages that only this portal has"""
    replica: bool = False
    """true for a stand-in on loopback: no delays, and its publications are marked"""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(f"base_url: {self.base_url} must be scheme and host only")
        if is_loopback(parts.hostname) != self.replica:
            raise ValueError("base_url: a host on loopback needs `replica: true`, and a replica a host on loopback")
        if not self.replica and self.rate.delay_s < 2:
            raise ValueError(f"rate.delay_s: {self.rate.delay_s:g} is impolite; write 2 or more")
        ids = [channel.id for channel in self.channels]
        if twice := sorted({i for i in ids if ids.count(i) > 1}):
            raise ValueError(f"channels: the id {twice[0]} stands twice; ids are unique")
        return self

    @property
    def claim(self) -> str:
        """The name under which its host is claimed: who holds it may send requests there."""
        return f"host:{self.shares_host or self.base_url}"

    def channel(self, channel_id: str) -> Channel | None:
        return next((c for c in self.channels if c.id == channel_id), None)

    def gate(self, base_url: str | None = None) -> Gate:
        """The URL gate of a crawl; `base_url` is the replica that stands in. Raises Refused if it is malformed."""
        parts = urlsplit(self.base_url)
        if base_url is not None or self.replica:
            return Gate(frozenset(), loopback=origin(base_url or self.base_url))
        return Gate(
            frozenset({parts.hostname or "", *self.hosts}),
            frozenset({parts.port} if parts.port else ()),
        )

    def attachment_gate(self, base_url: str | None = None) -> Gate:
        """The gate for its attachments: the portal's own hosts and attachment_hosts."""
        own = self.gate(base_url)
        return own if own.loopback else Gate(own.hosts | frozenset(self.attachment_hosts), own.ports)


class Portals(dict[str, Portal]):
    """The usable portals by id, and in `errors` one FileError for each file that is not."""

    errors: tuple[FileError, ...] = ()


def load_portal(path: Path) -> Portal:
    """One definition. Raises FileError naming file, line, key and fix."""
    portal = read_yaml(path, Portal)
    if portal.id != path.stem:
        raise FileError(path, [f"{path}: id: {portal.id!r} is not the file's name; write id: {path.stem}"])
    return portal


def load_portals(paths: Iterable[Path] | None = None) -> Portals:
    """Every portal, shipped and the user's own. A broken file never hides the others: see `errors`."""
    found, errors = Portals(), []
    for path in paths if paths is not None else config_folder("portals").values():
        try:
            portal = _portal(path, _modified(path))
        except FileError as error:
            errors.append(error)
        else:
            found[portal.id] = portal
    found.errors = tuple(errors)
    return found


def _modified(path: Path) -> int:
    """When a file was last changed, in ns; 0 where it cannot be asked (a dangling link): reading it tells why."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@cache
def _portal(path: Path, _state: int) -> Portal:
    """Read once for a state of the file: every page of the board that names portals asks."""
    return load_portal(path)


def common_signs() -> tuple[Sign, ...]:
    """Signs that hold on every portal. Raises FileError."""
    return read_yaml(config_file("pages.yaml"), Signs).signs
