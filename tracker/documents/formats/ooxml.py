"""What Word and Excel files share: they are archives of XML, looked at before anything in them is believed."""

import zipfile

from lxml import etree

from tracker.documents.lines import Reason

MAX_PART = 150 * 1024 * 1024
"""Bytes of one part, unpacked."""
MAX_WHOLE = 400 * 1024 * 1024
MAX_RATIO = 400
"""Unpacked to packed bytes of a large part: no text a person wrote shrinks so far."""
MAX_ENTRIES = 20_000
LARGE = 20 * 1024 * 1024
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")


def check(archive: zipfile.ZipFile) -> Reason | None:
    """Why the file is refused; None where it is as office programs write it. Nothing is unpacked whole."""
    infos = archive.infolist()
    if len(infos) > MAX_ENTRIES:
        return "entries"
    if sum(info.file_size for info in infos) > MAX_WHOLE:
        return "bomb"
    for info in infos:
        packed = max(info.compress_size, 1)
        if info.file_size > MAX_PART or (info.file_size > LARGE and info.file_size / packed > MAX_RATIO):
            return "bomb"
        if info.flag_bits & 1:
            return "encrypted"
        if info.filename.endswith((".xml", ".rels")):
            with archive.open(info) as file:
                head = file.read(4096)
            if any(mark in head or mark.decode().encode("utf-16-le") in head for mark in _DECLARED):
                return "entities"
    return None


def part(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    """One part as a tree, entities and network off; None where there is none. Raises XMLSyntaxError, BadZipFile."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    with archive.open(info) as file:
        return etree.parse(file, parser).getroot()
