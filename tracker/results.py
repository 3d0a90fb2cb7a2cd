"""Who won what, at which price: awards of vehicle purchases, counted by type, region, buyer, winner and brand.

Amounts are integer hundredths of CNY. A unit price is the printed one, or, marked as computed, the amount of a purchase
of one type and one winner divided by its number of vehicles.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any, Literal, Protocol

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from crawler.text import comparison_key
from tracker.db import beyond
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.present import vehicle_name
from tracker.projects import AWARD, PROCEEDING, PROJECT
from tracker.relevance import vocabulary

By = Literal["vehicle", "region", "buyer", "winner", "brand"]
GROUPS: dict[By, str] = {
    "vehicle": "vehicle type",
    "region": "region",
    "buyer": "buyer",
    "winner": "winner",
    "brand": "brand",
}
"""A msgid each."""
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""Sorts what has no day behind everything that has one."""


@dataclass(frozen=True)
class Asked:
    """Which awards; an empty field asks for all."""

    vehicle: str = ""
    """Id of a type; its kinds count too."""
    region: tuple[str, ...] = ()
    """Full names from the province down."""
    buyer: str = ""
    winner: str = ""
    brand: str = ""
    since: datetime | None = None
    until: datetime | None = None
    candidates: bool = False
    """Count those who are only proposed as well."""


@dataclass(frozen=True)
class Win:
    """A lot won."""

    id: int
    project_id: int
    project: str
    buyer: str
    region: tuple[str, ...]
    """Full names from the province down."""
    lot: str
    winner: str
    brand: str
    model: str
    vehicles: tuple[str, ...]
    amount: int | None
    unit_price: int | None
    computed: bool
    stage: str
    at: datetime | None

    @property
    def key(self) -> tuple[datetime, int]:
        """Sort keys, for the page behind it."""
        return self.at or UNDATED, self.id


@dataclass(frozen=True)
class Group:
    """Wins that share a type, a region, a buyer, a winner or a brand."""

    key: str
    name: str
    wins: int
    amount: int
    """Of those whose amount is printed."""
    without_amount: int
    price: int | None
    """Median of the unit prices."""
    last: datetime | None


def vehicle_id(word: str) -> str:
    """The type a word names, by id or name. Raises Mistake."""
    if not word or word in vocabulary().types:
        return word
    found = next((each.id for each in vocabulary().types.values() if word in (each.zh, each.en)), None)
    if found is None:
        raise Mistake(_("there is no vehicle type {word}; `chebiao watch criteria` lists them").format(word=word))
    return found


def wins(
    connection: Connection, asked: Asked, *, after: tuple[Any, ...] | None = None, limit: int | None = None
) -> list[Win]:
    """Lots won, the newest first; `after` is the key of the last one seen."""
    # With a first day there is none without one, and the index of days finds the newest without looking at the rest.
    when = AWARD.c.at if asked.since else func.coalesce(AWARD.c.at, UNDATED)
    query = _query(asked).order_by(when.desc(), AWARD.c.id.desc())
    if after is not None:
        query = query.where(beyond((when, after[0], True), (AWARD.c.id, after[1], True)))
    return [_win(row) for row in connection.execute(query.limit(limit))]


def groups(connection: Connection, asked: Asked, by: By) -> list[Group]:
    """What was won, by one thing, the most often won first. What has no name in it is a group without one."""
    return grouped(numbers(connection, asked, by), by)


class Counted(Protocol):
    """What a win is counted by."""

    @property
    def amount(self) -> int | None: ...
    @property
    def unit_price(self) -> int | None: ...
    @property
    def at(self) -> datetime | None: ...


def numbers(connection: Connection, asked: Asked, by: By) -> Sequence[Row[Any]]:
    """Every award asked for, with no more than what it is counted and drawn by: there may be tens of thousands."""
    of = {
        "vehicle": AWARD.c.vehicles,
        "region": AWARD.c.region,
        "buyer": PROJECT.c.buyer,
        "winner": AWARD.c.supplier.label("winner"),
        "brand": AWARD.c.brand,
    }[by]
    return connection.execute(
        _of_purchases(asked, AWARD.c.id, of, AWARD.c.amount, AWARD.c.unit_price, AWARD.c.at)
    ).all()


def grouped(won: Iterable[Counted], by: By) -> list[Group]:
    """Wins at hand, or the rows of `numbers`, counted."""
    names: dict[str, str] = {}
    found: dict[str, list[Counted]] = {}
    of: dict[Any, list[tuple[str, str]]] = {}
    place = "vehicles" if by == "vehicle" else by
    for win in won:
        said = getattr(win, place)
        if said not in of:
            of[said] = list(_keys(said, by))
        for key, name in of[said]:
            names.setdefault(key, name)
            found.setdefault(key, []).append(win)
    made = [_group(key, names[key], each) for key, each in found.items()]
    return sorted(made, key=lambda each: (-each.wins, -each.amount, each.name))


def _keys(said: str | tuple[str, ...] | None, by: By) -> Iterator[tuple[str, str]]:
    """The groups a win belongs to, by what it says there: a purchase of two types to both."""
    if by == "vehicle":
        types = said.split() if isinstance(said, str) else said
        yield from ((each, vehicle_name(each)) for each in types or ("",))
    elif by == "region":
        path = said.split("/") if isinstance(said, str) else said
        province = path[0] if path else ""
        yield province, province
    else:
        name = said if isinstance(said, str) else ""
        yield comparison_key(name), name


def _group(key: str, name: str, found: Sequence[Counted]) -> Group:
    prices = [each.unit_price for each in found if each.unit_price]
    amounts = [each.amount for each in found if each.amount is not None]
    return Group(
        key=key,
        name=name,
        wins=len(found),
        amount=sum(amounts),
        without_amount=len(found) - len(amounts),
        price=round(median(prices)) if prices else None,
        last=max((each.at for each in found if each.at), default=None),
    )


def prices(connection: Connection, asked: Asked, *, limit: int | None = None) -> list[Win]:
    """The newest wins with a unit price and a day, oldest first, to draw over time."""
    query = _query(asked).where(AWARD.c.unit_price.is_not(None), AWARD.c.at.is_not(None))
    newest = query.order_by(AWARD.c.at.desc(), AWARD.c.id.desc()).limit(limit)
    return [_win(row) for row in reversed(connection.execute(newest).all())]


def _query(asked: Asked) -> Select[Any]:
    return _of_purchases(asked, AWARD, PROJECT.c.id.label("project_id"), PROJECT.c.name, PROJECT.c.buyer)


def _of_purchases(asked: Asked, *columns: Any) -> Select[Any]:
    query = (
        select(*columns)
        .join_from(AWARD, PROCEEDING, PROCEEDING.c.id == AWARD.c.proceeding_id)
        .join(PROJECT, PROJECT.c.id == PROCEEDING.c.project_id)
        # Behind coalesce, so that SQLite walks the awards by their day, not every vehicle purchase there ever was.
        .where(func.coalesce(PROJECT.c.vehicle_purchase, "").in_(["yes", "mixed"]))
    )
    return query.where(*_which(asked))


def _which(asked: Asked) -> Iterator[ColumnElement[bool]]:
    if asked.vehicle:
        kinds = [asked.vehicle, *vocabulary().below(asked.vehicle)]
        padded = " " + AWARD.c.vehicles + " "
        yield or_(*(padded.contains(f" {each} ", autoescape=True) for each in kinds))
    if asked.region:
        inside = "/".join(asked.region)
        yield or_(AWARD.c.region == inside, AWARD.c.region.startswith(f"{inside}/", autoescape=True))
    if asked.buyer:
        yield PROJECT.c.buyer.contains(asked.buyer.strip(), autoescape=True)
    if asked.winner:
        yield AWARD.c.supplier_key.contains(comparison_key(asked.winner), autoescape=True)
    if asked.brand:
        yield func.lower(AWARD.c.brand).contains(asked.brand.strip().lower(), autoescape=True)
    if asked.since:
        yield AWARD.c.at >= asked.since
    if asked.until:
        yield AWARD.c.at < asked.until
    if not asked.candidates:
        yield AWARD.c.stage != "award_candidate"


def _win(row: Row[Any]) -> Win:
    return Win(
        id=row.id,
        project_id=row.project_id,
        project=row.name,
        buyer=row.buyer or "",
        region=tuple(filter(None, row.region.split("/"))),
        lot=row.lot,
        winner=row.supplier,
        brand=row.brand or "",
        model=row.model or "",
        vehicles=tuple(row.vehicles.split()),
        amount=row.amount,
        unit_price=row.unit_price,
        computed=row.computed,
        stage=row.stage,
        at=row.at,
    )
