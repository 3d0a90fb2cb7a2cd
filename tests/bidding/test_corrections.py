"""A correction that quotes single clauses: the matrix, the checklist and the gate say so."""

import json

import pytest
import time_machine
from sqlalchemy import Engine
from typer.testing import CliRunner

from tests.tracker.pages import page
from tracker.bidding import bids
from tracker.bidding.matrix import Answer, carry, matrix, set_rows
from tracker.bidding.pages import matrix_html, matrix_text
from tracker.bidding.readiness import ready
from tracker.bidding.requirements import corrected
from tracker.checklist import build
from tracker.checklist.work import refresh
from tracker.cli import app
from tracker.db import reading
from tracker.intake import take_page

from .conftest import ASKED, ENTITY, NOW, shelve

STAR = ASKED[1]


def correct(engine: Engine, *changes: str, key: str = "1002") -> None:
    """A correction of the tender that quotes clauses of its documents."""
    said = "".join(f"<p>{each}</p>" for each in changes)
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目基本情况</p><p>原公告的采购项目编号：YJZC-2026-0117</p><p>原公告的采购项目名称：警用车辆采购项目</p>
    <p>首次公告日期：2026年11月10日</p><p>二、更正信息</p><p>更正事项：采购文件</p><p>更正内容：</p>{said}
    <p>更正日期：2026年11月19日</p><p>四、凡对本次公告内容提出询问，请按以下方式联系</p>
    <p>1.采购人信息</p><p>名称：远江市公安局</p></div></div></body></html>"""
    title, buyer = "远江市公安局警用车辆采购项目更正公告", "远江市公安局"
    take_page(engine, page(body, key=key, title=title, published="2026-11-19 15:00", buyer=buyer))


@pytest.fixture
def shelved(database: Engine, project: int) -> Engine:
    with database.begin() as connection:
        shelve(connection, ASKED)
        bids.open_bid(connection, "王小明", project, ENTITY)
        refresh(connection, project, NOW)
    return database


def row(engine: Engine, words: str) -> Answer:
    with reading(engine) as connection:
        return next(each for each in matrix(connection, 1, NOW).rows if words in each.words)


SLOWER = "1、原招标文件第三章2.1“★1.最高车速：≥160km/h”，现更正为“★1.最高车速：≥150km/h”。"
NOWHERE = "2、第三章第9.9条“车身颜色为白色”修改为“车身颜色为藏青色”。"


def test_work_goes_over_to_the_corrected_clause_and_is_to_be_checked_again(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "王小明", 1, [STAR.key], status="done", answer="155km/h", deviation="worse")
    correct(shelved, SLOWER)
    found = row(shelved, "≥150km/h")
    assert (found.answer, found.was, bool(found.again), found.settled) == ("155km/h", STAR.words, True, False)
    assert (found.corrected, found.mark) == ("ccgp/1002, 二、更正信息", "★")
    assert "原招标文件第三章2.1" in found.said
    with shelved.begin() as connection:
        (moved,) = carry(connection, 1, NOW)
        set_rows(connection, "王小明", 1, [moved], status="done", deviation="better")
    settled = row(shelved, "≥150km/h")
    assert (settled.settled, settled.shout, settled.was) == (True, False, STAR.words)


def test_a_clause_that_nobody_touched_shows_old_and_new_too(shelved: Engine) -> None:
    correct(shelved, SLOWER)
    found = row(shelved, "≥150km/h")
    assert (found.status, found.was, found.again) == ("open", STAR.words, "")
    with reading(shelved) as connection:
        shown = matrix(connection, 1, NOW)
    assert STAR.words in matrix_html(shown)
    assert "ccgp/1002" in matrix_text(shown)
    assert STAR.words not in {each.words for each in shown.rows}


def test_a_change_nobody_can_place_is_loud_until_a_person_settles_it(shelved: Engine) -> None:
    correct(shelved, NOWHERE)
    with reading(shelved) as connection:
        shown = matrix(connection, 1, NOW)
        gate = ready(connection, 1, NOW)
        warnings = [str(each) for each in build(connection, 1, NOW).warnings]
    (left,) = shown.unplaced
    assert left.words == NOWHERE.removeprefix("2、").rstrip("。")
    loud = [each for each in gate.findings if each.where == left.key]
    assert [each.loud for each in loud] == [True]
    assert any("车身颜色" in each for each in warnings)
    assert "车身颜色" in matrix_html(shown).split("<table", 1)[0]
    with shelved.begin() as connection:
        set_rows(connection, "李经理", 1, [left.key], status="done", answer="见技术部分第4页")
        assert matrix(connection, 1, NOW).unplaced == ()


def test_the_checklist_line_that_quotes_the_clause_goes_back_to_check_again(shelved: Engine) -> None:
    correct(shelved, SLOWER)
    with shelved.begin() as connection:
        difference = refresh(connection, 1, NOW)
        lines = {each.id: each for each in build(connection, 1, NOW).lines}
    assert difference is not None
    quoting = [name for name, line in lines.items() if any("≥150km/h" in quote.words for quote in line.says)]
    assert quoting
    assert "technical.marks" in set(quoting) & set(difference.changed)
    assert set(quoting) <= {*difference.changed, *difference.added}


def test_copies_and_the_documents_own_correction_count_once(shelved: Engine) -> None:
    correct(shelved, SLOWER)
    correct(shelved, SLOWER, key="1009")
    with reading(shelved) as connection:
        assert len(corrected(connection, 1).placed) == 1


def test_the_command_lists_what_was_placed_and_shouts_what_was_not(
    shelved: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.cli.document.engine", lambda: shelved)
    correct(shelved, SLOWER, NOWHERE)
    with time_machine.travel(NOW, tick=False):
        shown = CliRunner().invoke(app, ["document", "corrections", "1"])
        listed = CliRunner().invoke(app, ["document", "corrections", "1", "--json"])
    assert "!!" in shown.output
    rows = [json.loads(line) for line in listed.output.splitlines()]
    assert [(each["change"], each["before"]) for each in rows] == [
        ("changed", STAR.words),
        ("unplaced", "车身颜色为白色"),
    ]
