"""What a file is, told by its first bytes and never by its name; and names that are safe to show and to save under."""

import io
import re
import zipfile
from typing import Literal

from crawler.text import one_line

FileKind = Literal[
    "pdf", "docx", "xlsx", "pptx", "ofd", "zip", "ole", "rar", "7z", "gz",
    "html", "xml", "jpg", "png", "gif", "tif", "text", "unknown",
]  # fmt: skip
"""`ole` is doc, xls and wps alike."""

_MAGIC: tuple[tuple[bytes, FileKind], ...] = (
    (b"%PDF-", "pdf"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
)
_INSIDE: tuple[tuple[str, FileKind], ...] = (
    ("word/", "docx"),
    ("xl/", "xlsx"),
    ("ppt/", "pptx"),
    ("OFD.xml", "ofd"),
)
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|meta|div|title)\b", re.I | re.S)
_ENDINGS: dict[FileKind, tuple[str, ...]] = {
    "ole": ("doc", "xls", "wps", "et", "ppt", "dps", "msg"),
    "jpg": ("jpg", "jpeg"),
    "tif": ("tif", "tiff"),
    "html": ("html", "htm"),
    "text": ("txt", "csv"),
    "zip": ("zip", "zbj", "gef", "jar"),
}
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
MAX_NAME = 120
"""Characters of a file name; 255 bytes are the limit of common file systems, and a Chinese character takes three,
but paths add up."""
MAX_ENTRIES = 5000
"""Names of an archive that are looked at to tell a document from a plain archive."""


def sniff(body: bytes) -> FileKind:
    """What the bytes are. Never raises; what is no known kind is `text` where it decodes as such, else `unknown`."""
    kind = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if kind == "zip":
        return _inside(body)
    if kind is not None:
        return kind
    if b"%PDF-" in body[:1024]:  # readers take it there as well
        return "pdf"
    if _HTML.match(body[:4096]):
        return "html"
    if body.lstrip()[:5] == b"<?xml":
        return "html" if b"<html" in body[:2048].lower() else "xml"
    head = body[:4096]
    return "text" if head and b"\0" not in head and _decodes(head) else "unknown"


def _inside(body: bytes) -> FileKind:
    """A zip archive by the names in its directory; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [info.filename for info in archive.infolist()[:MAX_ENTRIES]]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return "zip"
    return next((kind for start, kind in _INSIDE if any(name.startswith(start) for name in names)), "zip")


def _decodes(head: bytes) -> bool:
    for encoding in ("utf-8", "gb18030"):
        for cut in range(4):  # the head may end inside a character
            try:
                text = head[: len(head) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return all(char.isprintable() or char in "\r\n\t\f\ufeff" for char in text)
    return False


def safe_name(name: str, kind: FileKind = "unknown") -> str:
    """A name to show and to save under: one line, no path, nothing a file system or shell takes for something else.

    Its ending is made to fit the kind where it lies: a page served as `.pdf` is called `….pdf.html`.
    """
    bare = one_line(name, 1000).replace("\\", "/").rpartition("/")[2]
    bare = re.sub(r'[<>:"|?*\x00-\x1f]', "_", bare).strip(". ") or "file"
    stem, dot, ending = bare.rpartition(".")
    if not dot or len(ending) > 8 or not ending.isalnum():
        stem, ending = bare, ""
    fitting = _ENDINGS.get(kind, (kind,)) if kind != "unknown" else (ending,)
    if ending.lower() not in fitting:
        stem, ending = bare, "" if kind in ("ole", "unknown") else fitting[0]
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    room = MAX_NAME - len(ending) - 1
    stem = stem if len(stem) <= room else stem[: room - 1] + "…"
    return f"{stem}.{ending}" if ending else stem
