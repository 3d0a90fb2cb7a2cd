"""Search over titles, items, buyers and bodies: every word literally, the newest notice first.

One meaning, two databases. SQLite: an FTS5 table of character pairs, where a word is an exact phrase. PostgreSQL: a GIN
index over the same pairs proposes, the stored text decides. The order is `rank` (minute of publishing, then id), which
is also the cursor of the next page. The index is kept by `index_text` and can be made anew from the stored texts.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, text, update

from crawler.clock import now
from crawler.notice import Notice
from crawler.text import one_line
from tracker.grams import asked_grams, grams, normal, phrase, tokens, words
from tracker.regions import Place, place_of
from tracker.tables import NoticeText, Publication, table
from tracker.watches import Criteria, facts_of_publications, matches

NOTICE_TEXT, PUBLICATION = table(NoticeText), table(Publication)

BODY = 16_000
"""Characters of the body that are searched."""
BATCH = 200
_ID_BITS = 32
_FTS = "notice_index"
_MAKE = text(
    f"CREATE VIRTUAL TABLE IF NOT EXISTS {_FTS} USING fts5(tokens, content='', columnsize=0, tokenize='ascii')"
)
_ADD = text(f"INSERT INTO {_FTS}(rowid, tokens) VALUES (:rank, :tokens)")  # noqa: S608  # a constant
_DROP = text(f"INSERT INTO {_FTS}({_FTS}, rowid, tokens) VALUES ('delete', :rank, :tokens)")  # noqa: S608


@dataclass(frozen=True)
class Found:
    """One notice that a search found."""

    publication_id: int
    project_id: int | None
    rank: int
    """Give it as `after` to go on behind this notice."""
    portal: str
    title: str
    kind: str
    url: str
    published_at: datetime | None
    excerpt: str
    """The text around the first word that was asked for, as search compares it (lower case, plain width)."""
    reasons: tuple[str, ...] = ()
    """Why it passed the filters."""


# --- keeping the index ----------------------------------------------------------------------------------------------


def prepare(connection: Connection) -> None:
    """Make SQLite's index if it is not there; it is derived data and no part of the schema's history."""
    if connection.dialect.name == "sqlite":
        connection.execute(_MAKE)


def rank_of(publication_id: int, at: datetime) -> int:
    """Minute of publishing and id in one number: unique, and a higher one is newer."""
    return max(int(at.timestamp()) // 60, 0) << _ID_BITS | publication_id


@dataclass(frozen=True)
class Told:
    """What a publication's list row said of it."""

    title: str
    facts: dict[str, str]
    at: datetime
    """When it was published, else when it was first seen."""


def index_text(connection: Connection, publication_id: int, notice: Notice, new: Told | None = None) -> None:
    """Make a publication's newest reading searchable; what was indexed of it before goes.

    `new` is given for one that was stored just now, of which nothing can be indexed yet.
    """
    prepare(connection)
    row = new or _told(connection, publication_id)
    title = notice.title or row.title
    buyer = _text(notice, "buyer") or str(row.facts.get("buyer", ""))
    items = "\n".join(
        dict.fromkeys([*(each.name for each in notice.items), *(each.name or "" for each in notice.lots)])
    )
    winner = "\n".join(dict.fromkeys(each.supplier for each in notice.awards if each.supplier))
    body = [title, _text(notice, "project_number"), _text(notice, "project_name"), items, buyer, winner]
    indexed = normal("\n".join([*filter(None, body), notice.text[:BODY]]))
    if new is None:
        remove(connection, publication_id)
    rank = rank_of(publication_id, row.at)
    values = {
        "publication_id": publication_id,
        "rank": rank,
        "title": title,
        "buyer": buyer,
        "items": items,
        "winner": winner,
        "place": place_json(_place(notice, row.facts, buyer, title)),
        "packed": zlib.compress(indexed.encode(), 6),
    }
    if connection.dialect.name == "postgresql":
        values["grams"] = grams(indexed)
    connection.execute(insert(NOTICE_TEXT), values)
    if connection.dialect.name == "sqlite":
        _fts(connection, rank, indexed)


def _told(connection: Connection, publication_id: int) -> Told:
    columns = (PUBLICATION.c.published_at, PUBLICATION.c.first_seen_at, PUBLICATION.c.title, PUBLICATION.c.facts)
    row = connection.execute(select(*columns).where(PUBLICATION.c.id == publication_id)).one()
    return Told(row.title, row.facts, row.published_at or row.first_seen_at)


def remove(connection: Connection, publication_id: int) -> None:
    """Take a publication out of the index."""
    where = NOTICE_TEXT.c.publication_id == publication_id
    old = connection.execute(select(NOTICE_TEXT.c.rank, NOTICE_TEXT.c.packed).where(where)).one_or_none()
    if old is None:
        return
    if connection.dialect.name == "sqlite":
        _fts(connection, old.rank, _unpacked(old.packed), gone=True)
    connection.execute(delete(NOTICE_TEXT).where(where))


def rebuild(connection: Connection) -> int:
    """Make the index anew from the stored texts, such as after a restore; returns how many there are."""
    if connection.dialect.name == "sqlite":
        connection.execute(text(f"DROP TABLE IF EXISTS {_FTS}"))
        prepare(connection)
    query = select(NOTICE_TEXT.c.rank, NOTICE_TEXT.c.packed).order_by(NOTICE_TEXT.c.rank).limit(BATCH)
    last, count = -1, 0
    while rows := connection.execute(query.where(NOTICE_TEXT.c.rank > last)).all():
        for row in rows:
            indexed = _unpacked(row.packed)
            if connection.dialect.name == "sqlite":
                _fts(connection, row.rank, indexed)
            else:
                mine = NOTICE_TEXT.c.rank == row.rank
                connection.execute(update(NOTICE_TEXT).where(mine).values(grams=grams(indexed)))
        last, count = rows[-1].rank, count + len(rows)
    return count


def tidy(connection: Connection, pages: int = 2_000) -> bool:
    """One short step of joining the parts that SQLite's index grew in; whether there is more to do.

    Every commit adds a part and each query looks into all of them: joined, it answers several times faster. Call it
    until it says False, each step in its own transaction, so that no writer waits long. PostgreSQL does it by itself.
    """
    if connection.dialect.name != "sqlite":
        return False
    prepare(connection)
    before = connection.execute(text("SELECT total_changes()")).scalar_one()
    # Minus: begin a join of all parts; one change or none means that nothing was left (SQLite FTS5, 6.8).
    connection.execute(text(f"INSERT INTO {_FTS}({_FTS}, rank) VALUES ('merge', :pages)"), {"pages": -pages})  # noqa: S608
    after = connection.execute(text("SELECT total_changes()")).scalar_one()
    return bool(after - before >= 2)


def _fts(connection: Connection, rank: int, indexed: str, *, gone: bool = False) -> None:
    connection.execute(_DROP if gone else _ADD, {"rank": rank, "tokens": tokens(indexed)})


def _unpacked(packed: bytes) -> str:
    return zlib.decompress(packed).decode()


def _text(notice: Notice, name: str) -> str:
    reading = notice.texts.get(name)
    return reading.value if reading else ""


def _place(notice: Notice, facts: dict[str, str], buyer: str, title: str) -> Place:
    address = next((each.address for each in notice.contacts if each.role == "buyer" and each.address), "")
    return place_of(
        portal=_text(notice, "region") or facts.get("region", ""), buyer=buyer, address=address, title=title
    )


def place_json(place: Place) -> dict[str, Any]:
    return {
        "path": list(place.path),
        "words": [[each.words, each.source] for each in place.evidence],
        "open": list(place.open),
    }


# --- asking ---------------------------------------------------------------------------------------------------------


def search(
    connection: Connection,
    query: str,
    *,
    filters: Criteria | None = None,
    limit: int = 50,
    after: int | None = None,
) -> list[Found]:
    """The newest notices that hold every word of `query` and pass the filters.

    Words are literal and may stand inside longer ones. An empty query finds every notice. Never an error for what was
    typed; a query is cut at MAX_QUERY characters, MAX_WORDS words of MAX_WORD characters each.
    """
    asked = words(query)
    if not asked and query.strip():
        return []  # nothing but characters that no text holds
    found: list[Found] = []
    size = BATCH if filters else min(BATCH, max(limit, 20))
    for batch in _candidates(connection, asked, after, size):
        shown = _shown(connection, batch, asked)
        if filters is not None:
            facts = facts_of_publications(connection, [each.publication_id for each in shown])
            judged = ((each, matches(filters, facts[each.publication_id], now())) for each in shown)
            shown = [
                Found(**(vars(each) | {"reasons": tuple(f.words for f in match.findings)}))
                for each, match in judged
                if match.hit
            ]
        found += shown[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _candidates(
    connection: Connection, asked: Sequence[str], after: int | None, size: int
) -> Iterator[list[tuple[int, str]]]:
    """Rank and text of the notices that hold every word, the newest first, in batches."""
    last = after if after is not None else 1 << 62
    if connection.dialect.name == "postgresql":  # a plan made for any word is a bad one for every word
        connection.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    propose = _proposed_by_fts if asked and connection.dialect.name == "sqlite" else _proposed
    while rows := propose(connection, asked, last, size):
        texts = [(row.rank, _unpacked(row.packed)) for row in rows]
        yield [(rank, said) for rank, said in texts if all(word in said for word in asked)]
        if len(rows) < size:
            return
        last = rows[-1].rank


def _proposed_by_fts(connection: Connection, asked: Sequence[str], last: int, size: int) -> list[Row[Any]]:
    known = text("SELECT 1 FROM sqlite_master WHERE name = :name")
    if connection.execute(known, {"name": _FTS}).first() is None:
        return []
    query = text(
        f"SELECT rowid FROM {_FTS} WHERE {_FTS} MATCH :phrases AND rowid < :last ORDER BY rowid DESC LIMIT :size"  # noqa: S608
    )
    values = {"phrases": " ".join(map(phrase, asked)), "last": last, "size": size}
    ranks = list(connection.scalars(query, values))
    return _rows(connection, select(NOTICE_TEXT.c.rank, NOTICE_TEXT.c.packed).where(NOTICE_TEXT.c.rank.in_(ranks)))


def _proposed(connection: Connection, asked: Sequence[str], last: int, size: int) -> list[Row[Any]]:
    query = select(NOTICE_TEXT.c.rank, NOTICE_TEXT.c.packed).where(NOTICE_TEXT.c.rank < last).limit(size)
    wanted = sorted({gram for word in asked for gram in asked_grams(word)})
    if wanted:
        query = query.where(NOTICE_TEXT.c.grams.op("@>")(wanted))
    return _rows(connection, query)


def _rows(connection: Connection, query: Any) -> list[Row[Any]]:
    return list(connection.execute(query.order_by(NOTICE_TEXT.c.rank.desc())))


def _shown(connection: Connection, batch: Sequence[tuple[int, str]], asked: Sequence[str]) -> list[Found]:
    ids = {rank & ((1 << _ID_BITS) - 1): (rank, said) for rank, said in batch}
    columns = ("id", "project_id", "portal", "title", "kind", "url", "published_at")
    query = select(*(PUBLICATION.c[name] for name in columns)).where(PUBLICATION.c.id.in_(ids))
    rows = {row.id: row for row in connection.execute(query)}
    return [
        Found(
            publication_id=identity,
            project_id=rows[identity].project_id,
            rank=rank,
            portal=rows[identity].portal,
            title=one_line(rows[identity].title),
            kind=rows[identity].kind,
            url=rows[identity].url,
            published_at=rows[identity].published_at,
            excerpt=_excerpt(said, asked),
        )
        for identity, (rank, said) in ids.items()
    ]


def _excerpt(said: str, asked: Sequence[str]) -> str:
    """The surroundings of the first word, from the body where it stands there too."""
    if not asked:
        return ""
    head = said.find("\n") + 1
    at = said.find(asked[0], head)
    at = at if at >= 0 else said.find(asked[0])
    return one_line(said[max(at - 20, 0) : at + len(asked[0]) + 40])
