"""The shelf: files of people and of notices, versions, archives, what changed, and that a crash loses nothing."""

import hashlib
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import docx
import pytest
import time_machine
from sqlalchemy import Engine, insert, select, update

from tests.tracker.pages import correction, tender, termination
from tracker.attachments import ATTACHMENT, path_of
from tracker.bidding.requirements import requirements_of
from tracker.db import reading
from tracker.decisions import Mistake, mark, merge
from tracker.documents import shelf
from tracker.documents.flags import decide, questions
from tracker.documents.model import Requirement
from tracker.documents.stored import DOCUMENT_VERSION
from tracker.intake import take_page
from tracker.projects import PUBLICATION
from tracker.team.people import PersonError, add_person
from tracker.views import events, projects

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
WHO = "王小明"
LINES = (
    "第一章 投标人资格要求",
    "1、投标人须提供车辆制造商出具的授权书。",
    "第二章 技术要求",
    "1、★轴距不小于2700mm。",
    "2、▲功率不小于110kW。",
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as driven:
        yield driven


@pytest.fixture
def project(database: Engine) -> int:
    take_page(database, tender())
    with database.begin() as connection:
        add_person(connection, WHO, None, NOW)
        (row,) = projects(connection, NOW)
    return row.id


def word(path: Path, *lines: str) -> Path:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return path


def asked(database: Engine, project: int, *, documents: bool = True) -> list[Requirement]:
    with reading(database) as connection:
        found = requirements_of(connection, project)
    return [each for each in found if ("/" not in each.place.file) == documents]


def cards(database: Engine, project: int) -> list[shelf.Card]:
    with reading(database) as connection:
        return shelf.documents(connection, project)


# --- files of a person ----------------------------------------------------------------------------------------------


def test_a_file_is_kept_under_its_hash_read_and_what_it_requires_is_at_hand(
    database: Engine, project: int, tmp_path: Path
) -> None:
    path = word(tmp_path / "招标文件.docx", *LINES)
    shelf.add(database, WHO, project, [path])
    (card,) = cards(database, project)
    assert (card.name, card.version, card.state, card.kind, card.requirements) == (
        "招标文件.docx",
        1,
        "read",
        "docx",
        3,
    )
    assert path_of(card.hash).read_bytes() == path.read_bytes()
    assert [(each.kind, each.mark) for each in asked(database, project)] == [
        ("qualification", ""),
        ("technical", "★"),
        ("technical", "▲"),
    ]
    assert asked(database, project, documents=False)[0].words == "本项目不接受联合体投标。"


def test_the_same_file_twice_is_one_version(database: Engine, project: int, tmp_path: Path) -> None:
    path = word(tmp_path / "招标文件.docx", *LINES)
    assert len(shelf.add(database, WHO, project, [path])) == 1
    assert shelf.add(database, WHO, project, [path]) == []
    assert len(cards(database, project)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "招标文件（更正后）.docx",
        "招标文件 V2.docx",
        "招标文件-修改版20261118.docx",
        "招标文件(1).docx",
        "招标文件_终稿.docx",
    ],
)
def test_a_new_version_is_known_by_its_name_and_the_old_one_stays(
    database: Engine, project: int, tmp_path: Path, name: str
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    before = {each.label or each.words: each.key for each in asked(database, project)}
    new = word(tmp_path / name, *LINES[:3], "1、★轴距不小于2650mm。", "2、▲功率不小于110kW。", "3、须配备ESP。")
    shelf.add(database, WHO, project, [new])
    (card,) = cards(database, project)
    assert card.version == 2
    with reading(database) as connection:
        found = shelf.changes(connection, card.id)
        kept = shelf.versions(connection, card.id)
        first = shelf.requirements_of_version(connection, kept[-1].id)
        (event,) = [row for row in events(connection, 100) if row.kind == "requirements-changed"]
    assert [each.words for each in found.added] == ["须配备ESP。"]
    assert [(each.before.words, each.after.words) for each in found.changed] == [
        ("★轴距不小于2700mm。", "★轴距不小于2650mm。")
    ]
    assert not found.dropped
    assert [row.number for row in kept] == [2, 1]
    assert first[1].words == "★轴距不小于2700mm。"
    wheelbase = next(each for each in asked(database, project) if "2650" in each.words)
    assert wheelbase.replaces == before["★轴距不小于2700mm。"]
    assert event.data["fields"][0] == {
        "field": "★ ★轴距不小于2650mm。",
        "before": "★轴距不小于2700mm。",
        "after": "★轴距不小于2650mm。",
    }


def test_another_name_is_another_document_unless_a_person_says_which(
    database: Engine, project: int, tmp_path: Path
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    (card,) = cards(database, project)
    shelf.add(database, WHO, project, [word(tmp_path / "采购需求.docx", "第一章 技术要求", "1、轴距不小于9m。")])
    assert [each.name for each in cards(database, project)] == ["招标文件.docx", "采购需求.docx"]
    shelf.add(database, WHO, project, [word(tmp_path / "定稿给大家.docx", *LINES[2:])], of=card.id)
    assert [(each.name, each.version) for each in cards(database, project)] == [
        ("定稿给大家.docx", 2),
        ("采购需求.docx", 1),
    ]


def test_what_cannot_be_read_is_kept_and_never_fine(database: Engine, project: int, tmp_path: Path) -> None:
    for name, body in (("需求.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1old"), ("图.7z", b"7z\xbc\xaf\x27\x1c")):
        (tmp_path / name).write_bytes(body)
    shelf.add(database, WHO, project, [tmp_path / "需求.doc", tmp_path / "图.7z"])
    assert [(each.state, each.reasons, each.requirements) for each in cards(database, project)] == [
        ("unreadable", ("format",), 0),
        ("unreadable", ("format",), 0),
    ]


def test_an_unreadable_version_is_no_reason_to_call_everything_dropped(
    database: Engine, project: int, tmp_path: Path
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    (card,) = cards(database, project)
    (tmp_path / "扫描.pdf").write_bytes(b"%PDF-1.7\n")
    shelf.add(database, WHO, project, [tmp_path / "扫描.pdf"], of=card.id)
    with reading(database) as connection:
        assert not [row for row in events(connection, 100) if row.kind == "requirements-changed"]
    shelf.add(database, WHO, project, [word(tmp_path / "c.docx", *LINES[:4])], of=card.id)
    with reading(database) as connection:
        assert [each.words for each in shelf.changes(connection, card.id).dropped] == ["▲功率不小于110kW。"]


def test_mistakes_are_told(database: Engine, project: int, tmp_path: Path) -> None:
    path = word(tmp_path / "a.docx", *LINES)
    with pytest.raises(PersonError, match="no person"):
        shelf.add(database, "张三", project, [path])
    with pytest.raises(Mistake, match="no project 99"):
        shelf.add(database, WHO, 99, [path])
    with pytest.raises(Mistake, match="no document 7 here"):
        shelf.add(database, WHO, project, [path], of=7)
    with pytest.raises(Mistake, match="no folders"):
        shelf.add(database, WHO, project, [tmp_path])
    with pytest.raises(Mistake, match="No such file"):
        shelf.add(database, WHO, project, [tmp_path / "gone.pdf"])
    with pytest.raises(Mistake, match="one file with --of"):
        shelf.add(database, WHO, project, [path, path], of=None or _first(database, project, path))
    assert len(cards(database, project)) == 1


def _first(database: Engine, project: int, path: Path) -> int:
    shelf.add(database, WHO, project, [path])
    return cards(database, project)[0].id


# --- archives -------------------------------------------------------------------------------------------------------


def packed(path: Path, *files: Path, **more: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for each in files:
            made.write(each, f"采购文件/{each.name}")
        for name, body in more.items():
            made.writestr(name, body)
    return path


def test_an_archive_comes_apart_and_a_new_one_makes_versions(database: Engine, project: int, tmp_path: Path) -> None:
    one, other = word(tmp_path / "招标文件.docx", *LINES), word(tmp_path / "合同.docx", "第五章 合同条款")
    shelf.add(database, WHO, project, [packed(tmp_path / "采购文件包.zip", one, other)])
    assert [(each.name, each.archive, each.state) for each in cards(database, project)] == [
        ("采购文件包.zip", "", "read"),
        ("采购文件/招标文件.docx", "采购文件包.zip", "read"),
        ("采购文件/合同.docx", "采购文件包.zip", "read"),
    ]
    new = word(tmp_path / "招标文件（更正）.docx", *LINES[:4])
    shelf.add(database, WHO, project, [packed(tmp_path / "采购文件包（更正）.zip", new)])
    assert [(each.name, each.version, each.left_out) for each in cards(database, project)] == [
        ("采购文件包（更正）.zip", 2, False),
        ("采购文件/招标文件（更正）.docx", 2, False),
        ("采购文件/合同.docx", 1, True),
    ]


def test_h39_archives_in_archives_end_somewhere(database: Engine, project: int, tmp_path: Path) -> None:
    inner = packed(tmp_path / "0.zip", word(tmp_path / "招标文件.docx", *LINES))
    for depth in range(1, 6):
        inner = packed(tmp_path / f"{depth}.zip", inner)
    shelf.add(database, WHO, project, [inner])
    found = cards(database, project)
    assert [(each.state, each.reasons) for each in found] == [
        ("read", ()),
        ("read", ()),
        ("read", ()),
        ("refused", ("depth",)),
    ]


def test_h40_equal_names_in_an_archive_are_documents_of_their_own(
    database: Engine, project: int, tmp_path: Path
) -> None:
    one, other = word(tmp_path / "清单.docx", *LINES[:2]), word(tmp_path / "b.docx", *LINES[2:])
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as made:
        made.write(one, "清单.docx")
        with pytest.warns(UserWarning, match="Duplicate name"):
            made.write(other, "清单.docx")
    shelf.add(database, WHO, project, [tmp_path / "a.zip"])
    assert [(each.name, each.version, each.requirements) for each in cards(database, project)] == [
        ("a.zip", 1, 0),
        ("清单.docx", 1, 1),
        ("清单.docx", 1, 2),
    ]


# --- files of notices -----------------------------------------------------------------------------------------------


def fetched(database: Engine, key: str, name: str, path: Path) -> None:
    """As if the portal had given this file for a notice."""
    body = path.read_bytes()
    digest = hashlib.sha256(body).hexdigest()
    path_of(digest).parent.mkdir(parents=True, exist_ok=True)
    path_of(digest).write_bytes(body)
    with database.begin() as connection:
        publication = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.key == key))
        values = {"hash": digest, "size": len(body), "kind": "docx", "state": "fetched", "fetched_at": NOW}
        same = ATTACHMENT.c.publication_id == publication, ATTACHMENT.c.name == name
        if not connection.execute(update(ATTACHMENT).where(*same).values(**values)).rowcount:
            named = {"publication_id": publication, "name": name, "url": f"http://x/{name}", "detail": ""}
            connection.execute(insert(ATTACHMENT).values(**named, **values, first_seen_at=NOW))


def test_attachments_of_tracked_projects_come_onto_the_shelf(database: Engine, project: int, tmp_path: Path) -> None:
    fetched(database, "1001", "招标文件.docx", word(tmp_path / "a.docx", *LINES))
    assert shelf.catch_up(database) == 0
    with database.begin() as connection:
        mark(connection, WHO, project, "track")
    assert shelf.catch_up(database) == 1
    assert shelf.catch_up(database) == 0
    assert [(each.name, each.requirements) for each in cards(database, project)] == [("招标文件.docx", 3)]


def test_a_corrected_document_of_a_correction_notice_is_a_new_version(
    database: Engine, project: int, tmp_path: Path
) -> None:
    fetched(database, "1001", "招标文件.docx", word(tmp_path / "a.docx", *LINES))
    shelf.take_in(database, project)
    take_page(database, correction("2026年12月03日 09点30分", "2026年12月08日 09点30分"))
    fetched(database, "1002", "招标文件（更正后）.docx", word(tmp_path / "b.docx", *LINES[:4]))
    shelf.take_in(database, project)
    (card,) = cards(database, project)
    assert (card.version, card.requirements) == (2, 2)
    with reading(database) as connection:
        (event,) = [row for row in events(connection, 100) if row.kind == "requirements-changed"]
    assert (event.cause, event.data["dropped"]) == ("published", 1)


def test_files_that_name_nothing_are_told_apart_by_where_they_come_from(
    database: Engine, project: int, tmp_path: Path
) -> None:
    fetched(database, "1001", "附件1.docx", word(tmp_path / "a.docx", *LINES))
    take_page(database, correction("2026年12月03日 09点30分", "2026年12月08日 09点30分"))
    fetched(database, "1002", "附件1.docx", word(tmp_path / "b.docx", "第一章 技术要求", "1、颜色须经确认。"))
    shelf.take_in(database, project)
    assert [each.version for each in cards(database, project)] == [1, 1]
    fetched(database, "1001", "附件1.docx", word(tmp_path / "c.docx", *LINES[:4]))  # exchanged without a word
    shelf.take_in(database, project)
    assert [each.version for each in cards(database, project)] == [2, 1]


def test_what_comes_with_an_end_asks_nothing(database: Engine, project: int, tmp_path: Path) -> None:
    take_page(database, termination())
    fetched(database, "1001", "招标文件.docx", word(tmp_path / "a.docx", *LINES))
    with database.begin() as connection:
        connection.execute(update(PUBLICATION).where(PUBLICATION.c.key == "1001").values(kind="award"))
    shelf.take_in(database, project)
    assert cards(database, project) == []


# --- keeping --------------------------------------------------------------------------------------------------------


def test_a_version_left_unread_by_an_ended_process_is_read_by_the_next(
    database: Engine, project: int, tmp_path: Path
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    with database.begin() as connection:
        connection.execute(update(DOCUMENT_VERSION).values(state="waiting", packed=None))
    assert shelf.read_waiting(database) == 1
    assert cards(database, project)[0].state == "read"


def test_reading_anew_with_a_new_reader_adds_no_event_and_keeps_the_keys(
    database: Engine, project: int, tmp_path: Path
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件v2.docx", *LINES[:4])])
    keys = [each.key for each in asked(database, project)]
    assert shelf.read_again(database) == 0
    with database.begin() as connection:
        connection.execute(update(DOCUMENT_VERSION).values(reader_version="0"))
        before = len(events(connection, 100))
    assert shelf.read_again(database) == 2
    assert [each.key for each in asked(database, project)] == keys
    with reading(database) as connection:
        assert len(events(connection, 100)) == before


def test_documents_move_along_when_projects_are_joined(database: Engine, project: int, tmp_path: Path) -> None:
    take_page(database, tender(key="2001", number="QQ-2026-9", buyer="青岭县公安局", name="囚车采购"))
    with reading(database) as connection:
        other = next(row.id for row in projects(connection, NOW) if row.id != project)
    shelf.add(database, WHO, other, [word(tmp_path / "招标文件.docx", *LINES)])
    with database.begin() as connection:
        merge(connection, WHO, project, other)
    assert [each.requirements for each in cards(database, project)] == [3]
    assert len(asked(database, project)) == 3


# --- flags of a project ---------------------------------------------------------------------------------------------


def test_a_flag_comes_with_the_last_day_to_question_it_and_a_person_decides(
    database: Engine, project: int, tmp_path: Path
) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    with reading(database) as connection:
        (found,) = questions(connection, project, NOW)
    assert (found.flag.id, found.flag.level, found.verdict) == ("maker-letter", "alert", None)
    assert [ground.rule_id for ground in found.flag.grounds] == ["gp.tender.no-maker-authorisation"]
    (until,) = found.until
    assert until.rule_id == "gp.remedy.challenge-documents"
    assert until.earliest < until.latest
    key = found.flag.requirement.key
    with database.begin() as connection:
        decide(connection, WHO, project, "maker-letter", key, "question", "ask before Friday")
        decide(connection, WHO, project, "maker-letter", key, "leave", "the maker gives it")
    with reading(database) as connection:
        (found,) = questions(connection, project, NOW)
        (kept,) = [row for row in events(connection, 100) if row.kind == "flag_decision-changed"]
    assert (found.verdict, found.reason, found.by) == ("leave", "the maker gives it", WHO)
    assert kept.person_id


def test_a_decision_names_what_there_is(database: Engine, project: int, tmp_path: Path) -> None:
    shelf.add(database, WHO, project, [word(tmp_path / "招标文件.docx", *LINES)])
    with database.begin() as connection:
        with pytest.raises(Mistake, match="no flag 'nonsense'"):
            decide(connection, WHO, project, "nonsense", "0" * 16, "leave")
        with pytest.raises(Mistake, match="no requirement 0000"):
            decide(connection, WHO, project, "maker-letter", "0" * 16, "leave")
