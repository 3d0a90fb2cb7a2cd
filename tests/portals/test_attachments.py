"""Attachments: told by their bytes, kept under their hash, looked at again, never taken for what they are not."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from typer.testing import CliRunner

from crawler.clock import now
from crawler.filetypes import MAX_NAME, FileKind, safe_name, sniff
from crawler.portals import Portal, load_portals
from demo.portal import ReplicaPortal
from demo.sample import File, Sample
from tests.crawler.crawl_replica import NOON, notice
from tracker import attachments
from tracker.attachments import ATTACHMENT, fetch_project, of_project, path_of, refresh
from tracker.cli import app
from tracker.db import open_database, reading
from tracker.decisions import mark
from tracker.delivery.render import render
from tracker.digest import compose
from tracker.projects import PUBLICATION
from tracker.router import route
from tracker.service.poll import poll
from tracker.team.people import add_person
from tracker.views import events

PDF = File("招标文件.pdf", b"%PDF-1.7\n" + b"x" * 3000)
LIAR = File("图纸.pdf", b"PK\x03\x04" + b"y" * 100)


def tender(*files: File, n: int = 1) -> Sample:
    rows = tuple((f"附件{k}", file.name) for k, file in enumerate(files, 1))
    links = "".join(f'<p><a class="bizDownload" href="" id="{file.id}">{file.name}</a></p>' for file in files)
    return notice(n, files=files, body=f"<p>一、项目编号：SL-{n:04}</p>{links}", summary=rows)


def office(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


# --- kinds and names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"%PDF-1.4 ...", "pdf"),
        (b"\r\n\r\n%PDF-1.4 behind some blanks", "pdf"),
        (office("[Content_Types].xml", "word/document.xml"), "docx"),
        (office("[Content_Types].xml", "xl/workbook.xml"), "xlsx"),
        (office("OFD.xml", "Doc_0/Document.xml"), "ofd"),
        (office("标书.txt"), "zip"),
        (b"PK\x03\x04 cut in the middle", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old word", "ole"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"<!DOCTYPE html><html></html>", "html"),
        (b"\n <!-- x --> <HTML>", "html"),
        ("采购清单\r\n".encode("gb18030") * 300, "text"),
        ("采购清单\n".encode() * 1000, "text"),
        (b"\x00\x01\x02", "unknown"),
        (b"", "unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",  # bytes of an archive hold the second it was packed
)
def test_h43_a_file_is_what_its_bytes_say(body: bytes, kind: str) -> None:
    assert sniff(body) == kind


@pytest.mark.parametrize(
    ("name", "kind", "safe"),
    [
        ("招标文件.pdf", "pdf", "招标文件.pdf"),
        ("招标文件.pdf", "html", "招标文件.pdf.html"),
        ("../../etc/passwd", "text", "passwd.txt"),
        ("C:\\Windows\\w.doc", "ole", "w.doc"),
        ("con.pdf", "pdf", "_con.pdf"),
        ("LPT1", "pdf", "_LPT1.pdf"),
        ("a\r\nSet-Cookie: x.zip", "zip", "a Set-Cookie_ x.zip"),
        ("\u202egpj.exe", "unknown", "gpj.exe"),
        ("...", "pdf", "file.pdf"),
        ("需求.wps", "ole", "需求.wps"),
        ("清单 V1.2", "xlsx", "清单 V1.2.xlsx"),
    ],
)
def test_h40_h43_names_are_safe_and_fit_the_bytes(name: str, kind: FileKind, safe: str) -> None:
    assert safe_name(name, kind) == safe


@given(st.text(max_size=400), st.sampled_from(["pdf", "ole", "html", "unknown", "zip", "text"]))
def test_h40_any_name_becomes_one_that_can_be_saved(name: str, kind: FileKind) -> None:
    safe = safe_name(name, kind)
    assert 0 < len(safe) <= MAX_NAME + 10
    assert not set(safe) & set('<>:"/\\|?*\r\n\0')
    assert safe.strip(". ") == safe
    assert safe_name(safe, kind) == safe


@given(st.binary(max_size=600))
def test_h43_no_bytes_make_sniffing_fail(body: bytes) -> None:
    assert sniff(body)


# --- fetching -------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_NOW", NOON.isoformat())
    return tmp_path


@pytest.fixture
def engine(home: Path) -> Engine:
    return open_database(f"sqlite:///{home / 'chebiao.sqlite'}")


@pytest.fixture
def replica() -> Iterator[ReplicaPortal]:
    with ReplicaPortal([tender(PDF, LIAR)]) as portal:
        yield portal


@pytest.fixture
def ccgp() -> Portal:
    return load_portals()["ccgp"]


def read_in(engine: Engine, ccgp: Portal, replica: ReplicaPortal) -> int:
    """Poll, and give the project of the one tender."""
    report = poll(engine, ccgp, channels=["dfgg-gkzb"], base_url=replica.base_url)
    assert report is not None
    assert report.state == "ok", report.reason
    with reading(engine) as connection:
        project = connection.scalar(select(PUBLICATION.c.project_id))
    assert isinstance(project, int)
    return project


def states(engine: Engine, project: int) -> dict[str, str]:
    with reading(engine) as connection:
        return {row.name: row.state for row in of_project(connection, project)}


def test_files_come_into_the_store_under_their_hash(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, home: Path
) -> None:
    project = read_in(engine, ccgp, replica)
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    with reading(engine) as connection:
        rows = {row.name: row for row in of_project(connection, project)}
    pdf, liar = rows[PDF.name], rows[LIAR.name]
    assert (pdf.state, pdf.kind, pdf.size) == ("fetched", "pdf", len(PDF.data))
    assert path_of(pdf.hash).read_bytes() == PDF.data
    assert path_of(pdf.hash).parent.parent == home / "files"
    assert (liar.kind, attachments.shown_name(liar)) == ("zip", "图纸.pdf.zip")
    assert not list((home / "files").rglob("*.partial"))


def test_h14_a_replaced_document_is_news(engine: Engine, ccgp: Portal, replica: ReplicaPortal) -> None:
    project = read_in(engine, ccgp, replica)
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    with reading(engine) as connection:
        before = {row.name: row.hash for row in of_project(connection, project)}
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    kinds = [row.kind for row in _events(engine)]
    assert "attachment-changed" not in kinds, "the same bytes are no news"
    # The same address, other bytes: the portal's file is exchanged without a word.
    replica._site._files[PDF.id] = replica._site._files[LIAR.id]
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    (event,) = [row for row in _events(engine) if row.kind == "attachment-changed"]
    assert (event.data["was"], event.project_id) == (before[PDF.name], project)
    assert event.data["is"] != before[PDF.name]
    assert path_of(before[PDF.name]).is_file(), "the former version stays"
    with engine.begin() as connection:
        me = add_person(connection, "王经理", "w@example.com", now())
        mark(connection, "王经理", project, "track")
        route(connection, now())
        text = render(compose(connection, me.id, now())).text
    assert "文件已替换" in text
    assert f"{PDF.name}：2 KB, {before[PDF.name][:8]} → " in text


def _events(engine: Engine) -> list[Any]:
    with reading(engine) as connection:
        return list(events(connection, 100))


@pytest.mark.parametrize(
    ("fault", "state", "why"),
    [
        ("login", "needs-login", "login"),
        ("redirect-login", "needs-login", "login"),
        ("captcha", "refused", "频繁"),
        ("403", "refused", "HTTP 403"),
        ("404", "gone", "HTTP 404"),
        ("500", "failed", "HTTP 500"),
        ("truncated", "failed", "cut short"),
        ("bomb=150", "failed", "unpacks to more than the limit of 100 MB"),
        ("length", "failed", "larger than the limit"),
        ("redirect-private", "refused", "never fetched"),
        ("redirect=http://evil.example/x", "refused", "another host"),
    ],
)
def test_h39_h43_h44_what_is_no_file_is_said_and_not_kept(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, home: Path, fault: str, state: str, why: str
) -> None:
    project = read_in(engine, ccgp, replica)
    name, _, arg = fault.partition("=")
    replica.set_fault(name, arg=arg, path="*/oss/*")
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    with reading(engine) as connection:
        rows = of_project(connection, project)
    assert {row.state for row in rows} == {state}, [row.detail for row in rows]
    assert all(why in row.detail for row in rows if not row.detail.startswith("not asked"))
    assert not [path for path in (home / "files").rglob("*") if path.is_file()]


def test_a_file_we_hold_is_kept_when_it_cannot_be_had_today(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal
) -> None:
    project = read_in(engine, ccgp, replica)
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    replica.set_fault("500", path="*/oss/*")
    fetch_project(engine, project, {"ccgp": ccgp}, base_url=replica.base_url)
    assert set(states(engine, project).values()) == {"fetched"}


def test_files_of_tracked_projects_are_fetched_and_again_after_a_day(
    engine: Engine, ccgp: Portal, replica: ReplicaPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = read_in(engine, ccgp, replica)
    assert refresh(engine, ccgp, base_url=replica.base_url) == 0, "nobody tracks it"
    with engine.begin() as connection:
        add_person(connection, "王经理", "w@example.com", now())
        mark(connection, "王经理", project, "track")
    assert refresh(engine, ccgp, base_url=replica.base_url) == 2
    assert refresh(engine, ccgp, base_url=replica.base_url) == 0
    monkeypatch.setenv("CHEBIAO_NOW", (NOON + timedelta(hours=25)).isoformat())
    assert refresh(engine, ccgp, base_url=replica.base_url) == 2
    with reading(engine) as connection:
        checked = set(connection.scalars(select(ATTACHMENT.c.checked_at)))
    assert checked == {now()}


def test_the_command_lists_and_fetches(engine: Engine, ccgp: Portal, replica: ReplicaPortal, home: Path) -> None:
    project = str(read_in(engine, ccgp, replica))
    run = CliRunner()
    listed = run.invoke(app, ["attachments", project, "--json"])
    assert [json.loads(line)["state"] for line in listed.stdout.splitlines()] == ["named", "named"]
    done = run.invoke(app, ["attachments", project, "--fetch", "--json", "--base-url", replica.base_url])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert {row["state"] for row in rows} == {"fetched"}, done.output
    assert all(Path(row["path"]).is_file() for row in rows)
    assert "999" in str(run.invoke(app, ["attachments", "999"]).exception)
