"""What came by phone or WeChat: the same door, the same project, the same alarms, source 人工."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Engine, select

from crawler.page import Page
from demo.notices import world
from demo.portal import ReplicaPortal
from tracker import manual
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.intake import take_page
from tracker.present import portal_name
from tracker.projects import PUBLICATION
from tracker.router import DELIVERY, route
from tracker.team.people import add_person
from tracker.views import events, projects

from .pages import tender

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wang(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CHEBIAO_LANG", "en")
    with database.begin() as connection:
        add_person(connection, "王小明", "wang@example.cn", NOW)
    with time_machine.travel(NOW, tick=False):
        yield


def told(**more: str) -> Page:
    said = {"buyer": "远江市公安局", "number": "YJZC-2026-0117", "deadline": "2026-11-23 09:30", "budget": "180万"}
    return manual.from_fields("警用车辆采购项目", **(said | more))  # type: ignore[arg-type]


def test_five_fields_become_a_project_with_its_deadline_and_an_alert(database: Engine) -> None:
    (added,) = manual.add_notice(database, "王小明", told(), "their clerk called")
    with database.begin() as connection:
        (row,) = projects(connection, NOW)
        assert row.id == added.project_id
        assert (row.name, row.buyer, row.state.budget) == ("警用车辆采购项目", "远江市公安局", 180_000_000)
        assert row.vehicle_purchase == "yes"
        assert row.next
        assert row.next.kind == "bid_deadline"
        assert row.next.earliest == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
        route(connection, NOW)
        assert len(connection.execute(select(DELIVERY)).all()) == 1, "due within the next working days: told at once"
        (said,) = [each for each in events(connection, 10) if each.kind == "entered-by-hand"]
        assert (said.cause, said.data["note"]) == ("person", "their clerk called")
        assert said.person_id
    assert portal_name("manual") == "by hand"


def test_said_again_it_is_one_notice_and_a_new_deadline_is_a_change(database: Engine) -> None:
    manual.add_notice(database, "王小明", told())
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        manual.add_notice(database, "王小明", told())
        manual.add_notice(database, "王小明", told(deadline="2026-11-25 09:30"))
    with reading(database) as connection:
        (row,) = projects(connection, NOW)
        assert row.next
        assert row.next.earliest == datetime(2026, 11, 25, 1, 30, tzinfo=UTC)
        kinds = [each.kind for each in events(connection, 50)]
    assert kinds.count("published") == 1
    assert kinds.count("changed") == 1
    assert kinds.count("deadline-moved") == 1


@pytest.mark.parametrize("first", ["by hand", "portal"])
def test_the_official_notice_joins_what_was_told_and_the_earlier_date_counts(database: Engine, first: str) -> None:
    steps = [
        lambda: manual.add_notice(database, "王小明", told(deadline="2026-12-01 09:30")),
        lambda: take_page(database, tender(published="2026-11-20 10:00")),
    ]
    for step in steps if first == "by hand" else steps[::-1]:
        step()
    with reading(database) as connection:
        (row,) = projects(connection, NOW)
    milestone = next(each for each in row.state.proceedings[0].milestones if each.kind == "bid_deadline")
    assert milestone.earliest == datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
    assert {said.value for said in milestone.conflict} == {"2026-12-01 09:30", "2026-12-03 09:30"}
    assert milestone.source == "ccgp/1001", "the official place is named first"


PASTED = """远江市公安局警用车辆采购项目公开招标公告
项目编号：YJZC-2026-0117
项目名称：警用车辆采购项目
采购人：远江市公安局
预算金额：180万元
提交投标文件截止时间：2026年12月03日 09点30分（北京时间）
<script>alert(1)</script>"""


def test_pasted_text_and_a_saved_file_are_read_like_any_page(database: Engine, tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_text(PASTED, encoding="gb18030")
    (one,) = manual.add_notice(database, "王小明", manual.from_text(PASTED))
    (other,) = manual.add_notice(database, "王小明", manual.from_file(file))
    assert one == other, "the same words are the same notice"
    with reading(database) as connection:
        (row,) = projects(connection, NOW)
        assert row.state.number == "YJZC-2026-0117"
        assert row.next
        assert row.next.kind == "bid_deadline"
        assert connection.execute(select(PUBLICATION.c.portal)).scalar() == "manual"


def test_a_page_of_a_known_portal_is_fetched_by_its_own_spider(database: Engine) -> None:
    sample = next(each for each in world() if each.vehicles != "no")
    with ReplicaPortal([sample]) as portal:
        url = portal.url(sample).replace(portal.base_url.rstrip("/"), "http://www.ccgp.gov.cn")
        page = manual.from_url(database, url, base_url=portal.base_url)
    (added,) = manual.add_notice(database, "王小明", page)
    with reading(database) as connection:
        row = connection.execute(select(PUBLICATION).where(PUBLICATION.c.id == added.publication_id)).one()
    assert (row.portal, row.url) == ("manual", page.row.url)
    assert row.title


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("http://example.org/notice.htm", "belongs to no portal"),
        ("http://127.0.0.1/notice.htm", "refused"),
        ("http://user@www.ccgp.gov.cn/x.htm", "refused"),
        ("notice", "no address"),
    ],
)
def test_an_address_outside_the_gate_is_never_fetched(database: Engine, url: str, says: str) -> None:
    with pytest.raises(Mistake, match=says):
        manual.from_url(database, url)


def test_what_cannot_be_a_notice_is_refused() -> None:
    with pytest.raises(Mistake, match="nothing was pasted"):
        manual.from_text(" \n ")
    with pytest.raises(Mistake, match="title"):
        manual.from_fields(" ")
    with pytest.raises(Mistake, match="no time"):
        told(deadline="soon")
    with pytest.raises(Mistake, match="no amount"):
        told(budget="much")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """A Word file as an agency sends it: a title over two lines, a table, the day under the signature."""
    import docx

    document = docx.Document()
    for line in (
        "远江市公安局",
        "警用车辆采购项目公开招标公告",
        "项目编号：YJZC-2026-0117",
        "项目名称：警用车辆采购项目",
    ):
        document.add_paragraph(line)
    table = document.add_table(rows=0, cols=2)
    for words in (
        ("采购人", "远江市公安局"),
        ("预算金额", "180万元"),
        ("资格要求", "满足《中华人民共和国政府采购法》第二十二条规定"),
    ):
        for cell, said in zip(table.add_row().cells, words, strict=True):
            cell.text = said
    for line in ("提交投标文件截止时间：2026年12月03日 09点30分（北京时间）", "远江市公安局", "2026年11月10日"):
        document.add_paragraph(line)
    path = tmp_path / "招标公告.docx"
    document.save(str(path))
    return path


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_word_file_is_read_with_its_title_and_the_day_it_was_signed(database: Engine, made: Path) -> None:
    page = manual.from_file(made)
    assert page.row.facts["title"] == "远江市公安局警用车辆采购项目公开招标公告"
    assert page.row.facts["published"] == "2026-11-10"
    assert manual.TOLD not in page.row.facts
    manual.add_notice(database, "王小明", page)
    with reading(database) as connection:
        (row,) = projects(connection, NOW)
    assert (row.state.number, row.state.budget) == ("YJZC-2026-0117", 180_000_000)
    question = next(
        each for each in row.state.proceedings[0].milestones if each.rule_id == "gp.remedy.challenge-documents"
    )
    assert "发布 2026-11-10 + 5个工作日" in question.words, "not from the day it was passed on"


def test_the_day_of_publishing_is_the_printed_one_else_a_given_one_else_today() -> None:
    words = "某县警车采购项目公开招标公告\n项目编号：AB-2026-0117\n{}\n采购人：某县公安局"
    assert manual.from_text(words.format("公告时间：2026年11月12日")).row.facts["published"] == "2026-11-12"
    assert manual.from_text(words.format(""), published="2026-11-16").row.facts["published"] == "2026-11-16"
    told_today = manual.from_text(words.format("")).row.facts
    assert told_today["published"] == told_today[manual.TOLD] == "2026-11-20 10:00"
    later = manual.from_text(words.format("") + "\n2026年12月20日").row.facts
    assert later["published"] == "2026-11-20 10:00", "a day to come is no day of publishing"


def test_a_saved_page_has_its_title_from_its_body_not_from_its_markup(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        "<!DOCTYPE html>\n<html><body><h1>某县警车采购项目公开招标公告</h1><p>项目编号：AB-2026-0117</p>", "utf-8"
    )
    assert manual.from_file(file).row.facts["title"] == "某县警车采购项目公开招标公告"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "save it as"),
        (b"%PDF-1.7\nnothing in it", "nothing could be read"),
        (b"", "nothing was pasted"),
    ],
)
def test_a_file_that_is_no_notice_is_refused_with_what_to_do(tmp_path: Path, body: bytes, says: str) -> None:
    file = tmp_path / "notice.pdf"
    file.write_bytes(body)
    with pytest.raises(Mistake, match=says):
        manual.from_file(file)
    with pytest.raises(Mistake, match="check the path"):
        manual.from_file(tmp_path / "missing.pdf")
