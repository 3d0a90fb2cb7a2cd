"""The compliance matrix: verbatim requirements, our answers, what changed words do to them."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, select

from tests.tracker.pages import tender
from tracker import decisions
from tracker.bidding import bids, credentials
from tracker.bidding.matrix import ROW, Answer, Matrix, carry, matrix, set_rows
from tracker.bidding.requirements import requirements_of
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.documents.model import Requirement
from tracker.intake import take_page
from tracker.team import kept
from tracker.views import events

from .conftest import ASKED, ENTITY, NOW, shelve

STAR, TRIANGLE = ASKED[1], ASKED[2]


@pytest.fixture
def shelved(database: Engine, project: int) -> Engine:
    with database.begin() as connection:
        shelve(connection, ASKED)
    return database


def shown(engine: Engine) -> Matrix:
    with reading(engine) as connection:
        return matrix(connection, 1, NOW)


def row(engine: Engine, asked: Requirement) -> Answer:
    return next(each for each in shown(engine).rows if each.key == asked.key)


def test_every_requirement_stands_in_it_word_for_word_with_its_place(shelved: Engine) -> None:
    found = {each.key: each for each in shown(shelved).rows}
    assert {each.key for each in ASKED} <= set(found)
    star = found[STAR.key]
    assert (star.words, star.mark, star.source, star.place_asked) == (
        "★1.最高车速 | ≥160km/h", "★", "招标文件.docx", "第三章 2.1, p. 17",
    )  # fmt: skip
    assert (star.status, star.deviation, star.version) == ("open", "", 0)
    of_notice = [each for each in found.values() if each.source.startswith("ccgp/")]
    assert of_notice, "what only the notice asks stands in it, too"


def test_qualification_stands_before_scoring_and_contract(shelved: Engine) -> None:
    kinds = [each.kind for each in shown(shelved).rows]
    assert kinds.index("qualification") < kinds.index("technical") < kinds.index("scoring") < kinds.index("submission")


def test_an_answer_is_kept_with_who_and_when_and_shouts_where_a_star_is_missed(shelved: Engine) -> None:
    with shelved.begin() as connection:
        paper = credentials.add_credential(connection, "王小明", ENTITY, "test-report", "最高车速检验报告")
        (done,) = set_rows(
            connection, "王小明", 1, [STAR.key[:6]], status="drafted", owner="李经理", answer="165km/h",
            deviation="better", place="技术部分 p. 12", credential_id=paper.id,
        )  # fmt: skip
        assert (done.owner, done.answer, done.deviation, done.by, done.at) == (
            "李经理",
            "165km/h",
            "better",
            "王小明",
            NOW,
        )
        assert (done.place, done.credential, done.shout) == ("技术部分 p. 12", "最高车速检验报告", False)
        (worse,) = set_rows(connection, "李经理", 1, [STAR.key], deviation="worse")
        (lost,) = set_rows(connection, "李经理", 1, [TRIANGLE.key], deviation="none")
    assert worse.shout
    assert (lost.shout, lost.loses) == (False, True)
    assert [each.key for each in shown(shelved).shouts] == [STAR.key]


def test_h65_two_people_on_one_row(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "王小明", 1, [STAR.key], status="drafted", version=0)
        set_rows(connection, "王小明", 1, [STAR.key], answer="165", version=1)
    with shelved.begin() as connection, pytest.raises(kept.EditedMeanwhile):
        set_rows(connection, "李经理", 1, [STAR.key], answer="170", version=1)
    assert row(shelved, STAR).answer == "165"


def test_many_rows_are_set_at_once_and_mistakes_name_the_fix(shelved: Engine) -> None:
    with shelved.begin() as connection:
        done = set_rows(connection, "王小明", 1, [each.key for each in ASKED], status="reviewed", deviation="met")
        assert len(done) == len(ASKED)
        assert all(each.settled for each in done)
        for keys, values, said in (
            (["zzzz"], {}, "chebiao matrix"),
            ([""], {}, "chebiao matrix"),
            ([STAR.key], {"status": "finished"}, "drafted"),
            ([STAR.key], {"deviation": "equal"}, "better"),
            ([STAR.key], {"credential_id": 99}, "99"),
        ):
            with pytest.raises(Mistake, match=said):
                set_rows(connection, "王小明", 1, keys, **values)


def test_changed_words_take_the_work_along_to_be_checked_again(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "王小明", 1, [STAR.key], status="done", answer="165km/h", deviation="met", place="p. 12")
        set_rows(connection, "王小明", 1, [ASKED[3].key], status="done")
        stricter = replace(STAR, words="★1.最高车速 | ≥170km/h", replaces=STAR.key)
        shelve(connection, [stricter, *(each for each in ASKED[2:] if each.kind != "scoring")], number=2)
    before = row(shelved, stricter)
    assert (before.answer, before.was, bool(before.again), before.settled) == ("165km/h", STAR.words, True, False)
    with shelved.begin() as connection:
        assert carry(connection, 1, NOW) == (stricter.key,)
        assert carry(connection, 1, NOW) == ()
    assert row(shelved, stricter) == replace(before, version=2)
    assert [each.words for each in shown(shelved).dropped] == [ASKED[3].words], "its work stays in sight"
    with reading(shelved) as connection:
        (told,) = [each for each in events(connection, 50) if each.kind == "matrix-changed"]
    assert told.data["rows"][0]["after"] == stricter.words
    with shelved.begin() as connection:
        (checked,) = set_rows(connection, "李经理", 1, [stricter.key], status="done", deviation="worse")
    assert (checked.again, checked.was, checked.shout) == ("", "", True)


def test_a_mark_that_becomes_a_star_is_another_requirement(shelved: Engine) -> None:
    with shelved.begin() as connection:
        set_rows(connection, "王小明", 1, [TRIANGLE.key], status="done", deviation="worse")
        starred = replace(TRIANGLE, mark="★", words="★2.轴距 | ≥2800mm", replaces=TRIANGLE.key)
        shelve(connection, [*ASKED[:2], starred, *ASKED[3:]], number=2)
    found = row(shelved, starred)
    assert found.shout, "the same deviation that cost points before voids the bid now"
    assert not found.settled


def test_rows_of_lots_we_do_not_bid_for_are_not_ours(database: Engine, project: int) -> None:
    lots = [replace(STAR, lot=lot, words=f"★第{lot}包 最高车速") for lot in ("1", "2")]
    with database.begin() as connection:
        shelve(connection, [*lots, ASKED[0]])
        assert {each.lot for each in matrix(connection, 1, NOW).ours if each.source == "招标文件.docx"} == {
            "1",
            "2",
            "",
        }
        bids.open_bid(connection, "王小明", 1, ENTITY, lot="2")
        found = matrix(connection, 1, NOW)
    assert found.lots == ("2",)
    assert {each.lot for each in found.ours if each.source == "招标文件.docx"} == {"2", ""}


def test_the_documents_of_an_earlier_proceeding_do_not_count_for_the_next(database: Engine, project: int) -> None:
    with database.begin() as connection:
        shelve(connection, ASKED)
        assert len({each.key for each in requirements_of(connection, 1)} & {each.key for each in ASKED}) == len(ASKED)


def test_joined_projects_keep_the_answer_given_last(shelved: Engine) -> None:
    take_page(shelved, tender(key="2001", number="LHZC-2026-0031", buyer="柳河县公安局", name="巡逻车采购项目"))
    with shelved.begin() as connection:
        shelve(connection, ASKED, project=2)
        set_rows(connection, "王小明", 1, [STAR.key], answer="160")
        set_rows(connection, "李经理", 2, [STAR.key], answer="165")
        decisions.merge(connection, "李经理", 1, 2)
        carry(connection, 1, NOW)
        assert [each.answer for each in connection.execute(select(ROW)).all()] == ["165"]
