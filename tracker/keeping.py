"""Keeping and letting go: backup, restore, retention, forgetting a person, reading the archive anew."""

import io
import itertools
import json
import tarfile
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sqlalchemy import Connection, Engine, Row, Table, func, insert, or_, select, text, update

from crawler.clock import now
from crawler.config import ConfigurationError, home
from crawler.notice import Notice
from crawler.page import Page
from crawler.page import Row as ListRow
from crawler.reading import READER_VERSION, read
from tracker import db, search
from tracker.archive import bytes_of
from tracker.decisions import decided
from tracker.derive import Rules
from tracker.events import Change, value_changes, write
from tracker.forget import Blanker, remember_to_forget
from tracker.intake import BLOB, fingerprint, understood
from tracker.projects import DECISION, PROJECT, PUBLICATION, VERSION, Trigger, index_links, pack, settle, unpack
from tracker.tables import METADATA, Note, Person, table

PERSON, NOTE = table(Person), table(Note)
MANIFEST = "chebiao-backup.json"
FORMAT = 1


# --- backup and restore ---------------------------------------------------------------------------------------------


def backup(engine: Engine, target: Path) -> int:
    """Database and the files of the home folder into one archive; returns the rows kept.

    Taken in one read transaction, so it is consistent while others write. Raises OSError (disk full, no permission).
    """
    partial = target.with_name(target.name + ".partial")
    rows = 0
    try:
        with tarfile.open(partial, "w:gz", compresslevel=6) as archive, db.reading(engine) as connection:
            for each in METADATA.sorted_tables:
                rows += _dump(connection, each, archive)
            manifest = {"format": FORMAT, "revision": db.revision(engine), "made_at": now().isoformat(), "rows": rows}
            _add(archive, MANIFEST, io.BytesIO(json.dumps(manifest).encode()))
            for path in sorted(home().rglob("*")):
                if _belongs(path):
                    archive.add(path, arcname=f"home/{path.relative_to(home()).as_posix()}", recursive=False)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return rows


def _belongs(path: Path) -> bool:
    """Files a person or the archive put into the home folder; not the database, logs or earlier backups."""
    inside = path.relative_to(home())
    return path.is_file() and inside.parts[0] != "logs" and not path.name.startswith("chebiao.sqlite")


def _add(archive: tarfile.TarFile, name: str, data: IO[bytes]) -> None:
    info = tarfile.TarInfo(name)
    info.size = data.seek(0, io.SEEK_END)
    data.seek(0)
    archive.addfile(info, data)


def _dump(connection: Connection, each: Table, archive: tarfile.TarFile) -> int:
    """One table as JSON lines, through a file so that memory stays flat; returns its rows."""
    count = 0
    with tempfile.TemporaryFile() as lines:
        for row in connection.execution_options(yield_per=500).execute(select(each)):
            lines.write(json.dumps(dict(row._mapping), default=_tagged, ensure_ascii=False).encode() + b"\n")
            count += 1
        _add(archive, f"tables/{each.name}.jsonl", lines)
    return count


_PLAIN: dict[str, Callable[[str], Any]] = {
    "$bytes": bytes.fromhex,
    "$datetime": datetime.fromisoformat,
    "$date": date.fromisoformat,
    "$time": time.fromisoformat,
}


def _tagged(value: Any) -> dict[str, str]:
    """A value that JSON does not know, under its type's name."""
    words = value.hex() if isinstance(value, bytes) else value.isoformat()
    return {f"${type(value).__name__}": words}


def _untagged(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1 and (tag := next(iter(value))) in _PLAIN:
        return _PLAIN[tag](value[tag])
    return value


def restore(engine: Engine, source: Path) -> int:
    """Fill an empty database and the home folder from a backup; returns the rows restored.

    Raises ConfigurationError when the file is no backup, newer than this program, or the database holds data already.
    """
    try:
        with tarfile.open(source, "r:gz") as archive:
            manifest = json.loads(_member(archive, MANIFEST))
            if manifest.get("format") != FORMAT:
                raise ConfigurationError(f"{source}: backup format {manifest.get('format')} is not known here; update")
            return _fill(engine, archive, manifest, source)
    except (tarfile.TarError, KeyError, EOFError, zlib.error, json.JSONDecodeError) as error:
        raise ConfigurationError(f"{source}: not a complete Chebiao backup ({error}); nothing was restored") from None


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    return file.read()


def _fill(engine: Engine, archive: tarfile.TarFile, manifest: dict[str, Any], source: Path) -> int:
    here = db.revision(engine)
    if manifest["revision"] != here:
        raise ConfigurationError(f"{source}: made at database revision {manifest['revision']}, this one is at {here}")
    rows = 0
    with engine.begin() as connection:
        for each in METADATA.sorted_tables:
            if connection.scalar(select(func.count()).select_from(each)):
                raise ConfigurationError(
                    f"the database holds {each.name} rows already; restore into an empty CHEBIAO_HOME or database"
                )
        for each in METADATA.sorted_tables:
            rows += _load(connection, each, archive)
            _next_id(connection, each)
        search.rebuild(connection)
    _files(archive)
    return rows


def _load(connection: Connection, each: Table, archive: tarfile.TarFile) -> int:
    """The rows of one table; references inside it are set when all of them are there."""
    file = archive.extractfile(f"tables/{each.name}.jsonl")
    if file is None:
        raise KeyError(each.name)
    inner = [column.name for column in each.c for key in column.foreign_keys if key.column.table is each]
    later: list[dict[str, Any]] = []
    count = 0
    while batch := [_row(line) for line in itertools.islice(file, 500)]:
        later += [row.copy() for row in batch if any(row[name] is not None for name in inner)]
        connection.execute(insert(each), [row | dict.fromkeys(inner) for row in batch])
        count += len(batch)
    for row in later:
        connection.execute(update(each).where(each.c.id == row["id"]).values({name: row[name] for name in inner}))
    return count


def _row(line: bytes) -> dict[str, Any]:
    return {name: _untagged(value) for name, value in json.loads(line).items()}


def _next_id(connection: Connection, each: Table) -> None:
    """PostgreSQL's sequence goes on after the restored ids; SQLite's does by itself."""
    if connection.dialect.name == "postgresql" and "id" in each.c:
        sequence = f"pg_get_serial_sequence('\"{each.name}\"', 'id')"
        highest = f'coalesce((SELECT max(id) FROM "{each.name}"), 1)'  # noqa: S608  (names of our own tables)
        connection.execute(text(f"SELECT setval({sequence}, {highest})"))


def _files(archive: tarfile.TarFile) -> None:
    for member in archive.getmembers():
        inside = PurePosixPath(member.name)
        if inside.parts[:1] != ("home",) or not member.isfile() or ".." in inside.parts:
            continue
        target = home().joinpath(*inside.parts[1:])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_member(archive, member.name))


# --- retention ------------------------------------------------------------------------------------------------------


def let_go(engine: Engine, keep_days: int) -> int:
    """Drop raw pages of untracked notices that buy no vehicles and are old enough; text and reading stay."""
    followed = PROJECT.c.id.in_(decided("track", "favourite"))
    kept = (
        select(VERSION.c.blob_hash)
        .join(PUBLICATION, PUBLICATION.c.id == VERSION.c.publication_id)
        .outerjoin(PROJECT, PROJECT.c.id == PUBLICATION.c.project_id)
        .where(
            VERSION.c.blob_hash.is_not(None),
            or_(PROJECT.c.id.is_(None), PROJECT.c.vehicle_purchase != "no", followed),
        )
    )
    old = (
        BLOB.c.packed.is_not(None),
        BLOB.c.stored_at < now() - timedelta(days=keep_days),
        BLOB.c.hash.not_in(kept),
    )
    with engine.begin() as connection:
        return connection.execute(update(BLOB).where(*old).values(packed=None)).rowcount


# --- forgetting -----------------------------------------------------------------------------------------------------


@dataclass
class Forgot:
    """What was blanked."""

    person: bool = False
    pages: int = 0
    readings: int = 0
    projects: int = 0


def forget(engine: Engine, words: str) -> Forgot:
    """Blank a name or phone in people, archive, readings and everything derived; it stays in force afterwards."""
    done = Forgot()
    with engine.begin() as connection:
        remember_to_forget(connection, words)
        blanker = Blanker.load(connection)
        done.person = _forget_person(connection, words)
        done.pages = _blank_pages(connection, blanker)
        seeds = _blank_readings(connection, blanker, done)
        _blank_history(connection, blanker)
        for seed in seeds:
            settle(connection, [seed], Trigger("person", f"forget{seed}"))
        done.projects = len(seeds)
    return done


def _forget_person(connection: Connection, words: str) -> bool:
    found = connection.execute(select(PERSON).where(or_(PERSON.c.name == words, PERSON.c.email == words))).one_or_none()
    if found is None:
        return False
    blank = {"name": f"forgotten-{found.id}", "email": None, "active": False, "forgotten_at": now()}
    connection.execute(update(PERSON).where(PERSON.c.id == found.id).values(**blank))
    return True


def _blank_pages(connection: Connection, blanker: Blanker) -> int:
    """The hash stays the page's name; what it names is the page without the words."""
    count = 0
    for digest in connection.scalars(select(BLOB.c.hash).where(BLOB.c.packed.is_not(None))).all():
        body = bytes_of(connection, digest) or b""
        blanked = blanker.bytes(body)
        if blanked is not body:
            packed = zlib.compress(blanked, 6)
            connection.execute(update(BLOB).where(BLOB.c.hash == digest).values(packed=packed))
            count += 1
    return count


def _blank_readings(connection: Connection, blanker: Blanker, done: Forgot) -> list[int]:
    touched: dict[int, None] = {}
    newest = VERSION.c.id.in_(select(PUBLICATION.c.version_id)).label("newest")
    for row in connection.execute(select(VERSION.c.id, VERSION.c.publication_id, VERSION.c.reading, newest)):
        notice = unpack(row.reading)
        blanked = blanker.notice(notice)
        if blanked is notice:
            continue
        values = {"reading": pack(blanked), "reading_hash": fingerprint(blanked)}
        connection.execute(update(VERSION).where(VERSION.c.id == row.id).values(**values))
        done.readings += 1
        touched[row.publication_id] = None
        if row.newest:
            search.index_text(connection, row.publication_id, blanked)
    for row in connection.execute(select(PUBLICATION)):
        blank = {name: _blanked(row._mapping[name], blanker) for name in ("facts", "title", "linkable")}
        if any(blank[name] != row._mapping[name] for name in blank):
            connection.execute(update(PUBLICATION).where(PUBLICATION.c.id == row.id).values(**blank))
            if row.version_id is not None:
                touched[row.id] = None
    return list(touched)


_HISTORY = (
    (METADATA.tables["event"], ("key", "before", "after", "data")),
    (NOTE, ("text",)),
    (DECISION, ("reason", "data")),
    (METADATA.tables["assignment"], ("instruction", "feedback")),
    (METADATA.tables["task"], ("title", "feedback")),
    (METADATA.tables["own_milestone"], ("name", "result")),
    (METADATA.tables["bid"], ("reason", "receipt", "ready_despite")),
    (METADATA.tables["checklist"], ("items",)),
    (METADATA.tables["checklist_item"], ("evidence",)),
    (METADATA.tables["matrix_row"], ("words", "answer", "place", "evidence")),
    (METADATA.tables["duty"], ("name", "phone")),
    (METADATA.tables["platform_account"], ("login", "holder", "hotline")),
    (METADATA.tables["credential"], ("name", "issuer", "place")),
    (METADATA.tables["registration"], ("proof",)),
    (METADATA.tables["rhythm"], ("words",)),
)


def _blank_history(connection: Connection, blanker: Blanker) -> None:
    """Events, notes and reasons stay as facts, without the words."""
    for each, columns in _HISTORY:
        for row in connection.execute(select(each)):
            changed = {
                name: blanked
                for name in columns
                if (blanked := _blanked(row._mapping[name], blanker)) != row._mapping[name]
            }
            if changed:
                (key,) = each.primary_key
                connection.execute(update(each).where(key == row._mapping[key.name]).values(**changed))


def _blanked(value: Any, blanker: Blanker) -> Any:
    """A stored value, text or JSON, without the forgotten words."""
    if value is None or isinstance(value, str):
        return value and blanker.text(value)
    return json.loads(blanker.text(json.dumps(value, ensure_ascii=False)))


# --- reading anew ---------------------------------------------------------------------------------------------------


@dataclass
class Reprocessed:
    """What reading the archive anew changed."""

    publications: int = 0
    changed: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    without_page: int = 0
    """Read from the stored reading, since the raw page was let go."""
    examples: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def reprocess(engine: Engine, progress: Callable[[int], None] = lambda _: None, *, apply: bool = True) -> Reprocessed:
    """Read every newest version anew with the present reader, relink and derive; one transaction a project.

    Differences become events of cause `re-read`. Running it twice changes nothing the second time.
    """
    done, rules = Reprocessed(), Rules.load()
    with db.reading(engine) as connection:
        query = select(PUBLICATION.c.id, PUBLICATION.c.project_id).where(PUBLICATION.c.version_id.is_not(None))
        together: dict[tuple[str, int], list[int]] = {}
        for row in connection.execute(query.order_by(PUBLICATION.c.id)):
            of = ("project", row.project_id) if row.project_id is not None else ("alone", row.id)
            together.setdefault(of, []).append(row.id)
        blanker = Blanker.load(connection)
    for ids in together.values():
        with engine.begin() as connection:
            again = [each for identity in ids if (each := _reread(connection, identity, blanker, done, apply))]
            _settle_again(connection, again, rules)
        done.publications += len(ids)
        progress(done.publications)
    return done


@dataclass(frozen=True)
class Reread:
    """A publication that was read anew and stored, but not yet linked and derived."""

    row: Row[Any]
    version: int
    notice: Notice
    fields: list[dict[str, Any]]
    """What another reading changed."""

    @property
    def once(self) -> str:
        return f"r{self.version}:{fingerprint(self.notice)[:12]}"


def _settle_again(connection: Connection, again: Sequence[Reread], rules: Rules) -> None:
    """Link and derive what was read anew of one project, and say what changed."""
    if not again:
        return
    first = next((each for each in again if each.fields), again[0])
    trigger = Trigger("re-read", first.once, first.row.id, first.row.published_at)
    settled = settle(connection, [each.row.id for each in again], trigger, {e.row.id: e.notice for e in again}, rules)
    for each in again:
        if each.fields:
            change = Change("re-read", None, None, {"fields": each.fields}, f"{each.row.portal}/{each.row.key}")
            write(
                connection,
                [change],
                cause="re-read",
                seen_at=now(),
                once=each.once,
                project_id=settled.project_of[each.row.id],
                publication_id=each.row.id,
            )


def _reread(connection: Connection, identity: int, blanker: Blanker, done: Reprocessed, apply: bool) -> Reread | None:
    row = connection.execute(select(PUBLICATION).where(PUBLICATION.c.id == identity)).one()
    version = connection.execute(select(VERSION).where(VERSION.c.id == row.version_id)).one()
    old = unpack(version.reading)
    new = next((each for each in _read_again(connection, row, version, blanker) if (each.key or None) == old.key), None)
    if new is None:
        done.without_page += 1
        new = old
    fields = value_changes(old, new)
    if fields:
        done.changed += 1
        done.fields.update(each["field"] for each in fields)
        done.examples += [(f"{row.portal}/{row.key}", each) for each in fields[: max(0, 20 - len(done.examples))]]
    if not apply:
        return None
    link, said = understood(row.portal, row.key, new, row.published_at)
    connection.execute(
        update(VERSION)
        .where(VERSION.c.id == version.id)
        .values(reading=pack(new), reading_hash=fingerprint(new), reader_version=READER_VERSION)
    )
    connection.execute(
        update(PUBLICATION).where(PUBLICATION.c.id == identity).values(title=new.title or row.title, **said)
    )
    index_links(connection, identity, link)
    search.index_text(connection, identity, new)
    return Reread(row, version.id, new, fields)


def _read_again(connection: Connection, row: Any, version: Any, blanker: Blanker) -> Iterator[Notice]:
    body = bytes_of(connection, version.blob_hash) if version.blob_hash is not None else None
    if body is None:
        return
    page = Page(
        portal=row.portal,
        row=ListRow(channel=row.channel, key=row.page_key, url=row.url, facts=row.facts, row_hash=row.row_hash),
        fetched_at=version.fetched_at,
        content_type=version.content_type,
        encoding=version.encoding,
        packed=Page.pack(body),
    )
    yield from (blanker.notice(each) for each in read(page))
