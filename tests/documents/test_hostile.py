"""Files from strangers: each fails itself at most, says why, and writes nothing but into the store under its hash."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import docx
import openpyxl
import pytest
from PIL import Image

from crawler.filetypes import safe_name, sniff
from tracker.documents import archive
from tracker.documents.archive import Entry, Refused, shown
from tracker.documents.reader import read, unpack

Packed = Iterable[tuple[str | zipfile.ZipInfo, bytes]]


def zipped(path: Path, entries: Packed) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in entries:
            packed.writestr(name, body)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    folder = tmp_path / "store"
    folder.mkdir()
    return folder


def kept(store: Path) -> list[str]:
    """Everything below the store, as paths."""
    return sorted(str(path.relative_to(store)) for path in store.rglob("*") if path.is_file())


# --- 39: archives ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["../../etc/x.txt", "/etc/x.txt", "C:\\x.txt", "..\\..\\x.txt", "a/../../x.txt"])
def test_h39_a_name_that_climbs_is_only_words(tmp_path: Path, store: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", [(name, b"words")])
    found = unpack(path, store)
    (entry,) = found.entries
    assert entry.name.rpartition("/")[2] == "x.txt"
    assert ".." not in entry.name
    assert kept(store) == [f"{entry.hash[:2]}/{entry.hash}"]
    assert sorted(each.name for each in tmp_path.iterdir() if each.name != "home") == ["a.zip", "store"]


def test_h39_a_link_in_an_archive_is_left_out(tmp_path: Path, store: Path) -> None:
    link = zipfile.ZipInfo("招标文件.pdf")
    link.external_attr = 0o120777 << 16
    path = zipped(tmp_path / "a.zip", [(link, b"/etc/passwd"), ("说明.txt", "正文".encode())])
    assert [entry.name for entry in unpack(path, store).entries] == ["说明.txt"]


def test_h39_megabytes_from_kilobytes_are_refused_and_nothing_stays(tmp_path: Path, store: Path) -> None:
    path = zipped(tmp_path / "a.zip", [("小.txt", "正文".encode()), ("大.txt", b"\0" * 60_000_000)])
    assert path.stat().st_size < 100_000
    assert unpack(path, store).refused == "bomb"
    assert kept(store) == []


def test_h39_a_size_that_lies_does_not_help(tmp_path: Path, store: Path) -> None:
    """The directory says ten bytes, the entry holds sixty million."""
    path = zipped(tmp_path / "a.zip", [("大.txt", b"\0" * 60_000_000)])
    body = path.read_bytes().replace(struct.pack("<I", 60_000_000), struct.pack("<I", 10))
    path.write_bytes(body)
    found = unpack(path, store)
    assert found.refused in ("damaged", "bomb")
    assert kept(store) == []


def test_h39_an_archive_of_thousands_is_refused_before_it_is_listed(tmp_path: Path, store: Path) -> None:
    path = zipped(tmp_path / "a.zip", [(f"{n}.txt", b"") for n in range(archive.MAX_ENTRIES + 1)])
    assert unpack(path, store).refused == "entries"


def test_h39_entries_that_share_their_bytes_are_refused(tmp_path: Path, store: Path) -> None:
    """A second directory entry that points at the bytes of the first, as overlapping bombs do."""
    body = zipped(tmp_path / "a.zip", [("一.txt", b"x" * 5000), ("二.txt", b"y" * 5000)]).read_bytes()
    at = body.rindex(b"PK\x01\x02")
    patched = body[: at + 42] + struct.pack("<I", 0) + body[at + 46 :]
    (tmp_path / "b.zip").write_bytes(patched)
    assert unpack(tmp_path / "b.zip", store).refused in ("bomb", "damaged")
    assert kept(store) == []


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\xff" * 18, b"PK\x03\x04" + b"x" * 500])
def test_h39_half_an_archive_is_damaged(tmp_path: Path, store: Path, body: bytes) -> None:
    (tmp_path / "a.zip").write_bytes(body)
    assert unpack(tmp_path / "a.zip", store).refused in ("damaged", "entries")


def test_h39_an_archive_with_a_password_says_so(tmp_path: Path, store: Path) -> None:
    body = bytearray(zipped(tmp_path / "a.zip", [("招标文件.txt", b"secret words")]).read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = body.index(mark)
        body[at + offset] |= 1
    (tmp_path / "a.zip").write_bytes(bytes(body))
    assert unpack(tmp_path / "a.zip", store).refused == "encrypted"


def test_h39_the_rest_of_a_refused_archive_leaves_nothing_behind(tmp_path: Path, store: Path) -> None:
    """In the process itself: what was written before the refusal goes again, what lay there before stays."""
    known = zipped(tmp_path / "a.zip", [("一.txt", b"known")])
    (entry,) = archive.unpack(known, store)
    body = zipped(tmp_path / "b.zip", [("一.txt", b"known"), ("二.txt", b"new"), ("三.txt", b"z" * 900)]).read_bytes()
    (tmp_path / "b.zip").write_bytes(body.replace(zlib.crc32(b"z" * 900).to_bytes(4, "little"), b"\1\2\3\4"))
    with pytest.raises(Refused):
        archive.unpack(tmp_path / "b.zip", store)
    assert kept(store) == [f"{entry.hash[:2]}/{entry.hash}"]


# --- 40: names ------------------------------------------------------------------------------------------------------


def gbk_named(path: Path, names: list[bytes]) -> Path:
    """An archive as Chinese programs write it: names in GBK, without the UTF-8 flag."""
    placeholders = [b"%03d" % n + b"_" * (len(name) - 3) for n, name in enumerate(names)]
    zipped(path, [(each.decode(), b"text %d" % n) for n, each in enumerate(placeholders)])
    body = path.read_bytes()
    for placeholder, name in zip(placeholders, names, strict=True):
        body = body.replace(placeholder, name)
    path.write_bytes(body)
    return path


def test_h40_names_in_gbk_are_readable(tmp_path: Path, store: Path) -> None:
    path = gbk_named(tmp_path / "a.zip", ["招标文件/采购需求.txt".encode("gbk"), "图纸一.txt".encode("gbk")])
    assert [entry.name for entry in unpack(path, store).entries] == ["招标文件/采购需求.txt", "图纸一.txt"]


def test_h40_a_character_that_ends_in_a_backslash_byte_is_whole(tmp_path: Path, store: Path) -> None:
    name = "乗車証明.txt".encode("gbk")
    assert b"\\" in name
    path = gbk_named(tmp_path / "a.zip", [name])
    assert [entry.name for entry in unpack(path, store).entries] == ["乗車証明.txt"]


def test_h40_reserved_long_and_equal_names_are_all_kept(tmp_path: Path, store: Path) -> None:
    names = ["CON.txt", "长" * 300 + ".txt", "清单.txt", "清单.txt", "A.txt", "a.txt"]
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = zipped(tmp_path / "a.zip", [(name, b"text %d" % n) for n, name in enumerate(names)])
    entries = unpack(path, store).entries
    assert [entry.name for entry in entries] == ["_CON.txt", shown(names[1]), "清单.txt", "清单.txt", "A.txt", "a.txt"]
    assert len(entries[1].name) <= 130
    assert len({entry.hash for entry in entries}) == len(kept(store)) == 6


# --- 41: PDF --------------------------------------------------------------------------------------------------------


def pdf(*objects: bytes, trailer: bytes = b"") -> bytes:
    """A PDF of these objects, the first of which is the catalogue; the reader finds them without a table."""
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"trailer\n<</Root 1 0 R /Size %d %s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, at)


CATALOGUE = b"<</Type /Catalog /Pages 2 0 R>>"
PAGES = b"<</Type /Pages /Kids [3 0 R] /Count 1>>"
PAGE = b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources <</XObject <</X 5 0 R>>>>>>"


def stream(body: bytes, head: bytes = b"") -> bytes:
    return b"<<%s /Length %d>>\nstream\n%s\nendstream" % (head, len(body), body)


def flate(size: int, fill: bytes) -> bytes:
    packer = zlib.compressobj(1)
    chunk = fill * (1 << 20)
    body = b"".join(packer.compress(chunk) for _ in range(size >> 20)) + packer.flush()
    return stream(body, b"/Filter /FlateDecode")


ENCRYPTED = b"/Encrypt <</Filter /Standard /V 1 /R 2 /Length 40 /P -44 /O (%s) /U (%s)>> /ID [(a) (a)]" % (
    b"o" * 32,
    b"u" * 32,
)
SELF = stream(b"/X Do", b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources <</XObject <</X 5 0 R>>>>")


@pytest.mark.parametrize(
    ("body", "states"),
    [
        (pdf(CATALOGUE, PAGES, PAGE, stream(b"")), {"empty"}),
        (pdf(CATALOGUE, PAGES, PAGE, stream(b""), trailer=ENCRYPTED), {"encrypted"}),
        (pdf(CATALOGUE, b"<</Type /Pages /Kids [] /Count 0>>"), {"damaged"}),
        (pdf(CATALOGUE, b"<</Type /Pages /Kids [2 0 R 2 0 R] /Count 2>>"), {"damaged", "empty"}),
        (pdf(CATALOGUE, PAGES, PAGE, stream(b"/X Do"), SELF), {"damaged", "empty"}),
        (pdf(CATALOGUE, PAGES, PAGE, stream(b"q " * 50_000)), {"empty", "damaged"}),
        (pdf(CATALOGUE, PAGES, PAGE, b"4 0 R"), {"time"}),
        (pdf(CATALOGUE, PAGES, PAGE, stream(b"[" * 3000)), {"damaged", "empty"}),
        (b"%PDF-1.7\nxref\n0 1\ntrailer\n<</Prev 9 /Root 1 0 R>>\nstartxref\n9\n%%EOF", {"damaged"}),
        (b"%PDF-1.7\n", {"damaged"}),
        (b"%PDF-1.4\n" + b"\xff" * 2000, {"damaged"}),
    ],
    ids="blank encrypted no-pages tree-loop form-in-itself deep-states loop nesting endless-table cut noise".split(),
)
def test_h41_a_hostile_pdf_says_why_it_is_not_read(tmp_path: Path, body: bytes, states: set[str]) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(body)
    parsed = read(path, "pdf", timeout_s=8)
    assert parsed.state == "unreadable"
    assert set(parsed.reasons) <= states
    assert not parsed.lines


def test_h41_a_scan_is_not_readable_here(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    Image.new("L", (800, 1100), 220).save(path, save_all=True, append_images=[Image.new("L", (800, 1100), 200)])
    parsed = read(path, "pdf")
    assert (parsed.state, parsed.reasons, parsed.pages, parsed.unread) == ("unreadable", ("scan",), 2, (1, 2))


def test_h41_an_image_of_absurd_size_is_never_decoded(tmp_path: Path) -> None:
    image = stream(b"x", b"/Type /XObject /Subtype /Image /Width 2000000000 /Height 2000000000 /BitsPerComponent 8")
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(CATALOGUE, PAGES, PAGE, stream(b"595 0 0 842 0 0 cm /X Do"), image))
    assert read(path, "pdf", timeout_s=60).reasons in (("scan",), ("empty",), ("damaged",))


def test_h41_a_stream_that_swells_dies_of_its_own_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf(CATALOGUE, PAGES, PAGE, flate(800 << 20, b" ")))
    assert path.stat().st_size < 5_000_000
    parsed = read(path, "pdf", timeout_s=120)
    assert parsed.state == "unreadable"
    assert set(parsed.reasons) <= {"memory", "damaged", "crash", "empty"}


def test_h41_time_is_limited(tmp_path: Path, tender: Callable[[str, str], Path]) -> None:
    assert read(tender("police", "pdf"), "pdf", timeout_s=0.05).reasons == ("time",)


# --- 26, 42: office files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["word/document.xml", "word/styles.xml", "word/_rels/document.xml.rels"])
def test_h26_entities_in_a_word_file_are_refused(tmp_path: Path, part: str) -> None:
    document = docx.Document()
    document.add_paragraph("招标文件")
    document.save(str(tmp_path / "plain.docx"))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with zipfile.ZipFile(tmp_path / "plain.docx") as old, zipfile.ZipFile(tmp_path / "a.docx", "w") as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(info, bomb + body.partition(b"?>")[2] if info.filename == part else body)
    parsed = read(tmp_path / "a.docx", "docx")
    assert (parsed.state, parsed.reasons) == ("refused", ("entities",))


def test_h42_a_part_that_swells_is_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.docx", [("word/document.xml", b" " * 60_000_000)])
    parsed = read(path, "docx")
    assert (parsed.state, parsed.reasons) == ("refused", ("bomb",))


def test_h42_macros_and_links_are_not_followed_and_rows_are_capped(tmp_path: Path) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("清单")
    sheet.append(['=HYPERLINK("http://127.0.0.1/")', "=[1]外部!A1", "轴距"])
    for n in range(20_500):
        sheet.append([n])
    book.save(tmp_path / "plain.xlsx")
    with zipfile.ZipFile(tmp_path / "plain.xlsx") as old, zipfile.ZipFile(tmp_path / "a.xlsx", "w") as new:
        for info in old.infolist():
            new.writestr(info, old.read(info))
        new.writestr("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 macro")
        new.writestr("xl/externalLinks/externalLink1.xml", "<externalLink/>")
    parsed = read(tmp_path / "a.xlsx", "xlsx")
    assert (parsed.state, parsed.reasons) == ("partly", ("size",))
    assert len(parsed.lines) == 20_001
    assert "HYPERLINK" not in parsed.lines[1].text


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("需求.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 500),
        ("需求.wps", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"y" * 500),
        ("需求.rar", b"Rar!\x1a\x07\x01\x00" + b"x" * 50),
        ("需求.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 50),
        ("图纸.dwg", b"AC1027\0" + b"\x01" * 50),
    ],
)
def test_h42_what_is_not_parsed_says_so(tmp_path: Path, name: str, body: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    parsed = read(path, sniff(body))
    assert (parsed.state, parsed.reasons) == ("unreadable", ("format",))


def test_h42_an_ofd_is_kept_and_not_parsed(tmp_path: Path) -> None:
    body = zipped(tmp_path / "a.ofd", [("OFD.xml", b"<OFD/>"), ("Doc_0/Document.xml", b"<x/>")]).read_bytes()
    assert sniff(body) == "ofd"
    assert read(tmp_path / "a.ofd", "ofd").reasons == ("format",)


def test_h42_a_picture_is_a_scan(tmp_path: Path) -> None:
    made = io.BytesIO()
    Image.new("L", (60, 60)).save(made, "PNG")
    (tmp_path / "a.png").write_bytes(made.getvalue())
    assert read(tmp_path / "a.png", sniff(made.getvalue())).reasons == ("scan",)


# --- 43, 44, 45: lies, logins, serving back -------------------------------------------------------------------------


def test_h43_an_ending_that_lies_changes_nothing(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("1、轴距不小于2700mm。")
    document.save(str(tmp_path / "招标文件.docx"))
    path = (tmp_path / "招标文件.docx").rename(tmp_path / "招标文件.pdf")
    kind = sniff(path.read_bytes())
    assert kind == "docx"
    assert read(path, kind).lines[0].text == "1、轴距不小于2700mm。"
    assert safe_name(path.name, kind) == "招标文件.pdf.docx"


def test_h43_h44_a_login_page_served_as_a_pdf_is_no_document(tmp_path: Path) -> None:
    page = "<html><title>用户登录</title><body><form>用户名<input><input type='password'></form></body></html>"
    path = tmp_path / "招标文件.pdf"
    path.write_text(page, encoding="utf-8")
    kind = sniff(path.read_bytes())
    assert kind == "html"
    parsed = read(path, kind)
    assert (parsed.state, parsed.reasons, parsed.lines) == ("unreadable", ("login",), ())


@pytest.mark.parametrize(
    "name", ["<svg onload=x>.svg", "a\r\nSet-Cookie: b.html", "\u202elmth.pdf", "x.html/../../y.svg"]
)
def test_h45_a_name_to_serve_under_is_one_line_without_a_path(tmp_path: Path, store: Path, name: str) -> None:
    path = zipped(tmp_path / "a.zip", [(name, b"<svg xmlns='x'/>")])
    entries: tuple[Entry, ...] = unpack(path, store).entries
    for entry in entries:
        assert not set(entry.name) & set('<>:"|?*\r\n\0\u202e')
        assert not entry.name.startswith(("/", "."))
