"""What was stored of a publication: its versions, readings, originals, and what people corrected in them."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from crawler.notice import Notice
from tracker.decisions import publication
from tracker.projects import OVERRIDE, VERSION, unpack
from tracker.tables import Blob, table
from tracker.team.people import PERSON

BLOB = table(Blob)


@dataclass(frozen=True)
class Archived:
    """A publication with its newest reading."""

    publication: Row[Any]
    notice: Notice | None
    """None where it was listed and not read."""
    versions: Sequence[Row[Any]]
    """Newest first."""
    corrections: Sequence[Row[Any]]
    """By hand, newest first; `by` is the person's name."""


def archived(connection: Connection, identity: int) -> Archived:
    """A publication as it is kept. Raises Mistake where there is none."""
    row = publication(connection, str(identity))
    versions = connection.execute(
        select(VERSION).where(VERSION.c.publication_id == row.id).order_by(VERSION.c.number.desc())
    ).all()
    newest = next((each for each in versions if each.id == row.version_id), None)
    corrections = (
        select(OVERRIDE, PERSON.c.name.label("by"))
        .join(PERSON, PERSON.c.id == OVERRIDE.c.person_id)
        .where(OVERRIDE.c.publication_id == row.id)
        .order_by(OVERRIDE.c.id.desc())
    )
    return Archived(row, unpack(newest.reading) if newest else None, versions, connection.execute(corrections).all())


def body_of(connection: Connection, kept: Archived) -> bytes | None:
    """The bytes of the newest version as they were fetched; None once retention has let them go."""
    newest = kept.versions[0] if kept.versions else None
    if newest is None or newest.blob_hash is None:
        return None
    return bytes_of(connection, newest.blob_hash)


def bytes_of(connection: Connection, digest: str) -> bytes | None:
    """What is stored under this hash; None where nothing is, or not any more."""
    packed = connection.scalar(select(BLOB.c.packed).where(BLOB.c.hash == digest))
    return zlib.decompress(packed) if packed is not None else None
