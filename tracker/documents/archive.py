"""ZIP archives taken apart: every entry streamed into the store under its hash; a name is display text, never a path.

Bounded in bytes, entries, depth and by the shares of packed and unpacked; what passes a bound is refused as a whole.
"""

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from crawler.filetypes import FileKind, safe_name, sniff
from crawler.text import one_line
from tracker.documents.lines import Reason

MAX_ENTRIES = 2_000
"""Of one archive; a set of tender documents with drawings has some dozens."""
MAX_ENTRY = 150 * 1024 * 1024
MAX_WHOLE = 600 * 1024 * 1024
"""Bytes that all entries of one archive may unpack to."""
MAX_RATIO = 200
"""Unpacked to packed bytes of what is large; documents and pictures hardly shrink."""
LARGE = 20 * 1024 * 1024
MAX_DEPTH = 3
"""Archives within archives that are opened."""
MAX_DIRECTORY = 8 * 1024 * 1024
"""Bytes of an archive's list of entries."""
_CHUNK = 1 << 16


class Refused(Exception):
    """The archive is not opened, or not further; the reason is the argument."""

    @property
    def reason(self) -> Reason:
        return self.args[0]  # type: ignore[no-any-return]  # as it is raised


@dataclass(frozen=True)
class Entry:
    """One file of an archive, as it lies in the store."""

    name: str
    """Cleaned, folders kept with `/`."""
    hash: str
    size: int
    kind: FileKind


def unpack(path: Path, into: Path) -> list[Entry]:
    """Every file of an archive, each written into `into` under its hash. Raises Refused, and then leaves nothing there.

    Links and folders are left out. Names without the UTF-8 flag are read as GBK, as Chinese programs write them.
    """
    made: list[Path] = []
    try:
        return list(_entries(path, into, made))
    except BaseException:
        for each in made:
            each.unlink(missing_ok=True)
        raise


def _entries(path: Path, into: Path, made: list[Path]) -> Iterator[Entry]:
    try:
        _directory(path)
        with zipfile.ZipFile(path, metadata_encoding="gbk") as archive:
            infos = [info for info in archive.infolist() if not info.is_dir() and not _is_link(info)]
            _look(infos, path.stat().st_size)
            left = MAX_WHOLE
            for info in infos:
                entry = _stream(archive, info, into, left, made)
                left -= entry.size
                yield entry
    except (
        zipfile.BadZipFile,
        zlib.error,
        UnicodeDecodeError,
        EOFError,
        ValueError,
        NotImplementedError,
        struct.error,
    ):
        raise Refused("damaged") from None
    except RuntimeError as error:  # the library's word for an entry with a password
        raise Refused("encrypted" if "password" in str(error) else "damaged") from None


def _directory(path: Path) -> None:
    """Refuse a list of entries too long to be read, before the library loads it whole."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - 65_557))
        tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < 22:
        raise Refused("damaged")
    count, length = struct.unpack_from("<HI", tail, at + 10)
    if count > MAX_ENTRIES or length > MAX_DIRECTORY:
        raise Refused("entries")


def _look(infos: list[zipfile.ZipInfo], size: int) -> None:
    if len(infos) > MAX_ENTRIES:
        raise Refused("entries")
    whole = sum(info.file_size for info in infos)
    if whole > MAX_WHOLE or (whole > LARGE and whole > MAX_RATIO * max(size, 1)):
        raise Refused("bomb")
    ends = sorted((info.header_offset, info.header_offset + info.compress_size) for info in infos)
    if any(start < end for (_a, end), (start, _b) in pairwise(ends)):
        raise Refused("bomb")  # entries that share their bytes
    for info in infos:
        if info.file_size > MAX_ENTRY or (info.file_size > LARGE and info.file_size > MAX_RATIO * info.compress_size):
            raise Refused("bomb")


def _is_link(info: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(info.external_attr >> 16)


def _stream(archive: zipfile.ZipFile, info: zipfile.ZipInfo, into: Path, left: int, made: list[Path]) -> Entry:
    """One entry into the store, whole or not at all, whatever size it states."""
    digest = hashlib.sha256()
    size = 0
    head = b""
    partial = into / f".{os.getpid()}.partial"
    try:
        with archive.open(info) as source, partial.open("wb") as out:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                if size > min(MAX_ENTRY, left):
                    raise Refused("bomb")
                digest.update(chunk)
                head = head or chunk
                out.write(chunk)
        name = digest.hexdigest()
        target = into / name[:2] / name
        kind = sniff(partial.read_bytes()) if head.startswith(b"PK") else sniff(head)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(target)
            made.append(target)
    finally:
        partial.unlink(missing_ok=True)
    return Entry(shown(info.filename), name, size, kind)


def shown(name: str) -> str:
    """The name of an entry to show: folders kept, nothing that climbs or stands for a drive."""
    parts = [part for part in one_line(name, 1000).replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(safe_name(part) for part in parts[-4:]) or "file"
