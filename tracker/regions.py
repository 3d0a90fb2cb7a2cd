"""Where a purchase is: province, prefecture and county, with the words that say so.

The names are `config/regions.yaml` (GB/T 2260). A name that several places share (朝阳区, 鼓楼区) counts only beside
a name that decides between them; without one it is left open, never guessed.
"""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from crawler.config import config_file, read_yaml
from crawler.text import fold, one_line
from tracker.i18n import _

FILE = "regions.yaml"
_PEOPLES = (
    "朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|壮族|哈尼族|傣族|白族|景颇族|傈僳族|回族|蒙古族|满族|瑶族|畲族|黎族|"
    "各族|纳西族|拉祜族|佤族|布朗族|独龙族|怒族|普米族|水族|仡佬族|仫佬族|毛南族|达斡尔族|鄂温克族|裕固族|保安族|东乡族|"
    "撒拉族|土族|蒙古|哈萨克族|哈萨克|柯尔克孜|锡伯|塔吉克"
)
_AUTONOMOUS = re.compile(rf"^(.{{2,}}?)(?:{_PEOPLES})+自治(州|县)$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_STREET = re.compile(r"[路街道巷弄]|大[学道街]|中[学路]|医院|学院")
"""What follows a bare name that is then no place: 南京路, 中山大学."""
_NO_PLACE = {"市": "场", "区": "域块间"}
"""东方市场 is no 东方市, 中原区域 no 中原区."""


class Province(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(pattern=r"^\d\d$")
    name: str
    short: str
    alias: str
    """Counts only where it is all a field says: 沪."""
    other: tuple[str, ...] = ()
    cities: dict[str, str]
    """`3301 杭州市` to the names of its counties; `4690 -` where they stand directly under the province."""


class Names(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    provinces: tuple[Province, ...]


@dataclass(frozen=True)
class Region:
    """One province, prefecture or county."""

    path: tuple[str, ...]
    """Full names from the province down."""
    code: str
    """Of GB/T 2260, of the region itself or, for a county, of its prefecture."""
    level: str
    """province, city or county."""

    @property
    def name(self) -> str:
        return "".join(self.path)


@dataclass(frozen=True)
class Seen:
    """The words that named a region and where they stood."""

    words: str
    source: str
    """`portal`, `buyer`, `address` or `title`."""
    region: str


@dataclass(frozen=True)
class Place:
    """Where a purchase is, as far as the words tell; nothing known is an empty path."""

    path: tuple[str, ...] = ()
    evidence: tuple[Seen, ...] = ()
    open: tuple[str, ...] = ()
    """Names met that several places share and nothing decided between."""

    @property
    def name(self) -> str:
        return "".join(self.path)

    def within(self, region: Sequence[str]) -> bool | None:
        """Whether it lies in the region; None where that is not known (only the province is, and a city is asked)."""
        asked = tuple(region)
        if self.path[: len(asked)] == asked:
            return True
        return None if asked[: len(self.path)] == self.path else False


@dataclass(frozen=True)
class _Mention:
    words: str
    source: str
    text: int
    start: int
    end: int
    candidates: tuple[Region, ...]


class Gazetteer:
    """The names of the file, found in texts."""

    def __init__(self, names: Names) -> None:
        self.full: dict[str, list[Region]] = {}
        """Names that say by their ending what they are."""
        self.bare: dict[str, list[Region]] = {}
        """宁波, 浙江: other words begin alike, so they count at the start or behind another place."""
        self.whole: dict[str, list[Region]] = {}
        """沪, 昆山: only where they are all a field says."""
        self.regions: dict[tuple[str, ...], Region] = {}
        for province in names.provinces:
            self._province(province)

    def _province(self, row: Province) -> None:
        province = Region((row.name,), row.code, "province")
        self._add(province, full=(row.name,), bare=(row.short, *(each for each in row.other)), whole=(row.alias,))
        for head, counties in row.cities.items():
            code, name = head.split()
            above = province
            if name != "-":
                above = Region((row.name, name), code, "city")
                self._city(above, name)
            for county in counties.split():
                self._county(Region((*above.path, county), code, "county"), county)

    def _city(self, region: Region, name: str) -> None:
        autonomous = _AUTONOMOUS.match(name)
        if autonomous:
            stem = autonomous[1]
            self._add(region, full=(name, f"{stem}州"), bare=(stem,) if len(stem) > 2 else ())
            if len(stem) == 2:
                self._add(region, whole=(stem,))
        else:
            stem = re.sub(r"(市|盟|地区)$", "", name)
            self._add(region, full=(name,), bare=(stem,))

    def _county(self, region: Region, name: str) -> None:
        autonomous = _AUTONOMOUS.match(name)
        self._add(region, full=(name, f"{autonomous[1]}县") if autonomous else (name,))
        if name.endswith("市"):
            self._add(region, whole=(name[:-1],))

    def _add(
        self, region: Region, full: Iterable[str] = (), bare: Iterable[str] = (), whole: Iterable[str] = ()
    ) -> None:
        self.regions[region.path] = region
        for names, table in ((full, self.full), (bare, self.bare), (whole, self.whole)):
            for name in names:
                table.setdefault(name, []).append(region)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Every full and bare name, the longest first."""
        names = sorted({*self.full, *self.bare}, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names)))

    def mentions(self, source: str, text: str, number: int = 0) -> Iterator[_Mention]:
        """The places a text names, in order."""
        flat = fold(one_line(text, 300)).strip()
        if flat in self.whole and flat not in self.full and flat not in self.bare:
            yield _Mention(flat, source, number, 0, len(flat), tuple(self.whole[flat]))
            return
        end_of_last = -1
        at = 0
        while match := self.pattern.search(flat, at):
            name = match[0]
            start, end = match.span()
            opens = start == 0 or start == end_of_last or not _HAN.match(flat[start - 1])
            if name in self.full:
                behind = flat[end : end + 1]
                good = not (behind and behind in _NO_PLACE.get(name[-1], "")) and (opens or len(name) > 2)
                found = self.full[name]
            else:
                good = opens and not _STREET.match(flat, end)
                found = self.bare[name]
            if good:
                provinces = [each for each in found if each.level == "province"]
                yield _Mention(name, source, number, start, end, tuple(provinces or found))
                end_of_last, at = end, end
            else:
                at = start + 1

    def place(self, texts: Iterable[tuple[str, str]]) -> Place:
        """Where texts of one notice stand, the weightiest first: each later one may only say it more closely."""
        found = [each for n, (source, text) in enumerate(texts) for each in self.mentions(source, text, n)]
        known: Region | None = None
        seen: list[Seen] = []
        waiting: list[_Mention] = []
        for mention in found:
            narrowed = self._decide(mention, known, found)
            if narrowed is None:
                waiting.append(mention)
                continue
            known = self._closer(known, narrowed, mention, seen)
        undecided = []
        for mention in waiting:
            narrowed = self._decide(mention, known, ())
            if narrowed is None:
                undecided.append(mention.words)
            else:
                known = self._closer(known, narrowed, mention, seen)
        return Place(known.path if known else (), tuple(seen), tuple(dict.fromkeys(undecided)))

    @staticmethod
    def _decide(mention: _Mention, known: Region | None, all_mentions: Sequence[_Mention]) -> Region | None:
        """The one candidate that fits what is known, or what stands beside it; one that holds all others is that."""
        if outer := _widest(mention.candidates):
            return outer
        if known is not None:
            fitting = [c for c in mention.candidates if _inside(c.path, known.path) or _inside(known.path, c.path)]
            return fitting[0] if len(fitting) == 1 else None
        sure = [m.candidates[0].path for m in all_mentions if len(m.candidates) == 1 and m.text == mention.text]
        fitting = [c for c in mention.candidates if any(_inside(c.path, each) for each in sure)]
        return fitting[0] if len(fitting) == 1 else None

    @staticmethod
    def _closer(known: Region | None, found: Region, mention: _Mention, seen: list[Seen]) -> Region | None:
        """`found` where it says more closely what is known; the words are kept."""
        if known is not None and not _inside(found.path, known.path):
            return known
        if known is None or found.path != known.path:
            seen.append(Seen(mention.words, mention.source, found.name))
        return found

    def named(self, words: str) -> Region:
        """The region a person means by `浙江省宁波市`, `宁波`, `沪` or `昆山`. Raises UnknownRegion: what to write."""
        flat = fold(one_line(words, 80)).replace(" ", "").replace("/", "")
        if flat in self.whole and flat not in self.bare:
            candidates = self.whole[flat]
        else:
            mentions = list(self.mentions("watch", flat))
            covered = "".join(each.words for each in mentions) == flat
            place = self.place([("watch", flat)])
            if covered and place.path and not place.open:
                return self.regions[place.path]
            candidates = list(mentions[-1].candidates) if covered and mentions else []
        if outer := _widest(candidates):
            return outer
        if candidates:
            choice = ", ".join(each.name for each in candidates[:6])
            raise UnknownRegion(_("{name} may be {choice}; write which").format(name=words, choice=choice))
        near = difflib.get_close_matches(flat, [*self.full, *self.bare], n=1)
        if near:
            raise UnknownRegion(_("no region {name}; did you mean {near}?").format(name=words, near=near[0]))
        raise UnknownRegion(
            _("no region {name}; write a province, city or county, such as 浙江省宁波市").format(name=words)
        )


class UnknownRegion(ValueError):
    """A name that is no region, or several; the message says what to write."""


def _widest(candidates: Sequence[Region]) -> Region | None:
    """The candidate that the others lie in: 恩施 is 恩施州 with 恩施市 in it."""
    return next((each for each in candidates if all(_inside(c.path, each.path) for c in candidates)), None)


def _inside(path: tuple[str, ...], outer: tuple[str, ...]) -> bool:
    return path[: len(outer)] == outer


def gazetteer() -> Gazetteer:
    """The names in force. Raises ConfigurationError naming file, line and fix."""
    return _gazetteer(_file(os.environ.get("CHEBIAO_HOME")))


@cache
def _file(chosen_home: str | None) -> Path:  # noqa: ARG001  # part of the key: config_file reads it itself
    return config_file(FILE)


@cache
def _gazetteer(path: Path) -> Gazetteer:
    return Gazetteer(read_yaml(path, Names))


def place_of(*, portal: str = "", buyer: str = "", address: str = "", title: str = "") -> Place:
    """Where a notice buys: by the portal's 行政区域 first, then the buyer's name, its address and the title."""
    texts = (("portal", portal), ("buyer", buyer), ("address", address), ("title", title))
    return gazetteer().place((source, text) for source, text in texts if text)
