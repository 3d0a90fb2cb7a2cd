"""The gate before a bid is handed in, and the day of the opening."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from crawler.clock import SHANGHAI
from demo.sample import Sample
from tests.checklist.conftest import samples  # noqa: F401  (the demo's invented notices)
from tests.tracker.pages import correction, page_of
from tracker import decisions
from tracker.bidding import bids, credentials, opening, registration
from tracker.bidding.matrix import matrix, set_rows
from tracker.bidding.readiness import Readiness, declare_ready, ready
from tracker.checklist.build import build
from tracker.checklist.work import refresh, refresh_all, set_item
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.intake import take_page
from tracker.procedures.engine import months_after
from tracker.team import work

from .conftest import ASKED, ENTITY, NOW, shelve


@pytest.fixture
def bidding(database: Engine, project: int) -> Engine:
    """A bid for the tender, its document on the shelf."""
    with database.begin() as connection:
        shelve(connection, ASKED)
        bids.open_bid(connection, "王小明", project, ENTITY)
    return database


def gate(engine: Engine, at: datetime = NOW) -> Readiness:
    with reading(engine) as connection:
        return ready(connection, 1, at)


def texts(found: Readiness, group: str) -> str:
    return "\n".join(each.text for each in found.of(group))  # type: ignore[arg-type]


def settle_all(engine: Engine) -> None:
    """Everything that can be settled: documents, lines, steps, rows."""
    with engine.begin() as connection:
        registration.register(connection, "王小明", 1, "registered", proof="回执 1")
        registration.register(connection, "王小明", 1, "downloaded", fee=0)
        checklist = build(connection, 1, NOW)
        for item in {line.id for line in checklist.lines} | {step.key for step in checklist.plan.steps}:
            set_item(connection, "王小明", 1, item, NOW, status="done")
        rows = [each.key for each in matrix(connection, 1, NOW).rows]
        set_rows(connection, "李经理", 1, rows, status="reviewed", deviation="met")


def test_without_a_bid_there_is_nothing_to_be_ready(database: Engine, project: int) -> None:
    with reading(database) as connection, pytest.raises(Mistake, match="project bid open"):
        ready(connection, 1, NOW)


def test_the_gate_says_what_is_open_and_what_only_a_person_can_check(bidding: Engine) -> None:
    found = gate(bidding)
    assert not found.clear
    assert found.deadline == datetime(2026, 12, 3, 1, 30, tzinfo=UTC)
    assert found.valid_until == date(2027, 3, 3), "90 days from the day of the deadline"
    assert "未注册" in texts(found, "open")
    assert "★" in texts(found, "open")
    assert "签字、盖章" in texts(found, "person")
    loud = [each.loud for each in found.of("open")]
    assert loud == sorted(loud, reverse=True), "what voids the bid stands first"


def test_when_all_is_settled_it_is_clear_and_a_person_declares_it(bidding: Engine) -> None:
    with bidding.begin() as connection, pytest.raises(Mistake, match="--despite"):
        declare_ready(connection, "王小明", 1, NOW)
    settle_all(bidding)
    found = gate(bidding)
    assert [each.text for each in found.findings if each.group != "note"] == []
    assert found.clear
    with bidding.begin() as connection:
        bid = declare_ready(connection, "王小明", 1, NOW)
    assert (bid.ready_at, bid.ready_despite) == (NOW, None)


def test_a_correction_takes_the_word_back_and_the_gate_closes(bidding: Engine) -> None:
    settle_all(bidding)
    with bidding.begin() as connection:
        declare_ready(connection, "王小明", 1, NOW)
    take_page(bidding, correction("2026年12月03日 09点30分", "2026年12月10日 14点00分"))
    refresh_all(bidding, NOW + timedelta(hours=1))
    found = gate(bidding, NOW + timedelta(hours=1))
    assert found.ready_at is None
    assert "项目名称、编号、包号" in texts(found, "open"), "names throughout are checked again after each correction"
    with bidding.begin() as connection:
        bid = declare_ready(connection, "王小明", 1, NOW, despite="只改了开标时间")
    assert bid.ready_despite == "只改了开标时间"


def test_a_star_that_is_not_met_is_shouted_whatever_else_is_done(bidding: Engine) -> None:
    settle_all(bidding)
    with bidding.begin() as connection:
        set_rows(connection, "李经理", 1, [ASKED[1].key], deviation="worse")
        set_rows(connection, "李经理", 1, [ASKED[2].key], deviation="worse")
    found = gate(bidding)
    (shout,) = found.of("open")
    assert shout.loud
    assert "最高车速" in shout.text
    assert "63(6)" in shout.legal
    assert "▲" in texts(found, "note"), "points lost hold nothing up"


def test_papers_and_keys_that_end_too_early_are_named(bidding: Engine) -> None:
    settle_all(bidding)
    with bidding.begin() as connection:
        cited = credentials.add_credential(
            connection, "王小明", ENTITY, "test-report", "警灯报告", until=date(2026, 12, 1)
        )
        credentials.add_credential(connection, "王小明", ENTITY, "certificate", "ISO9001", until=date(2027, 1, 31))
        credentials.add_credential(connection, "王小明", ENTITY, "licence", "营业执照", until=date(2027, 3, 3))
        credentials.add_credential(connection, "王小明", "别家公司", "licence", "别家执照", until=date(2026, 12, 1))
        set_rows(connection, "李经理", 1, [ASKED[1].key], credential_id=cited.id)
        account = credentials.add_account(connection, "王小明", ENTITY, "zcygov", ca_until=date(2026, 12, 2))
        registration.register(connection, "王小明", 1, "downloaded", account_id=account.id)
    found = gate(bidding)
    assert "警灯报告" in texts(found, "ends")
    assert "2026-12-02" in texts(found, "ends")
    assert "ISO9001" in texts(found, "note"), "nothing in the matrix cites it"
    said = "".join(each.text for each in found.findings)
    assert "营业执照" not in said
    assert "别家" not in said
    with bidding.begin() as connection:
        bids.change_bid(connection, "王小明", 1, None)
        registration.upload(connection, "王小明", 1, receipt="回执", account_id=account.id)
        credentials.change_account(connection, "王小明", account.id, ca_serial="0018", ca_until=date(2028, 3, 31))
    assert "重新加密" in texts(gate(bidding), "open")


def test_a_deposit_is_asked_for_paid_and_bound(bidding: Engine) -> None:
    settle_all(bidding)
    with bidding.begin() as connection:
        deposit = bids.add_deposit(connection, "王小明", 1, amount=3_000_000)
    assert "没有付" in texts(gate(bidding), "open") or "未付" in texts(gate(bidding), "open")
    with bidding.begin() as connection:
        bids.mark_deposit(connection, "王小明", deposit.id, "paid")
    assert "绑定" in texts(gate(bidding), "open")
    with bidding.begin() as connection:
        bids.mark_deposit(connection, "王小明", deposit.id, "bound")
    assert gate(bidding).clear


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(1, 24))
def test_months_end_on_the_same_day_or_on_the_last_one(first: date, months: int) -> None:
    end = months_after(first, months)
    assert (end.year * 12 + end.month) - (first.year * 12 + first.month) == months
    assert end.day == first.day or (end + timedelta(days=1)).day == 1


# --- the day of the opening -----------------------------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def test_the_day_in_minutes_with_the_printed_window(bidding: Engine) -> None:
    with bidding.begin() as connection:
        work.assign(connection, "李经理", 1, "王小明", deputy="李经理")
        opening.set_duty(connection, "王小明", 1, "attends", "王小明", "138 0000 0001")
        page = opening.sheet(connection, 1, NOW)
    steps = {each.id: each for each in page.steps}
    assert page.electronic
    assert page.window == timedelta(minutes=30)
    assert steps["environment"].starts == at("2026-12-02 15:00")
    assert steps["sign-in"].starts == at("2026-12-03 09:00")
    assert (steps["decrypt"].starts, steps["decrypt"].ends) == (at("2026-12-03 09:30"), at("2026-12-03 10:00"))
    assert steps["record"].starts == at("2026-12-03 10:10"), "after the decryption"
    assert "解密" in steps["decrypt"].says[0].words
    assert "arrive" not in steps
    assert "second-price" not in steps, "a tender has no second price"
    calls = {each.role: each for each in page.calls}
    assert (calls["attends"].name, calls["attends"].phone) == ("王小明", "138 0000 0001")
    assert calls["deputy"].name == "李经理"
    assert any("替补" in each for each in page.warnings), "the deputy has no number yet"


def test_what_is_not_printed_is_said_to_be_unknown(database: Engine, project: int) -> None:
    with database.begin() as connection:
        shelve(connection, [ASKED[0]])
        page = opening.sheet(connection, 1, NOW)
    steps = {each.id: each for each in page.steps}
    assert not page.electronic
    assert "arrive" in steps
    assert "decrypt" not in steps
    with database.begin() as connection:
        shelve(connection, [ASKED[0], Requirementless], number=2)
        page = opening.sheet(connection, 1, NOW)
    decrypt = next(each for each in page.steps if each.id == "decrypt")
    assert (decrypt.unknown, decrypt.ends) == (True, None)
    assert any("解密" in each for each in page.warnings)


Requirementless = type(ASKED[0])("submission", "投标人须自行解密投标文件。", ASKED[0].place)
"""Decryption without a word on how long."""


def test_a_negotiation_has_a_last_price_on_its_page(database: Engine, samples: dict[str, Sample]) -> None:  # noqa: F811
    take_page(database, page_of(samples["fire-negotiation"]))
    with reading(database) as connection:
        page = opening.sheet(connection, 1, NOW)
    assert "second-price" in {each.id for each in page.steps}


def test_a_role_is_noted_once_and_others_as_often_as_needed(bidding: Engine) -> None:
    with bidding.begin() as connection:
        opening.set_duty(connection, "王小明", 1, "deputy", "李经理", "1")
        opening.set_duty(connection, "王小明", 1, "deputy", "赵工", "2")
        opening.set_duty(connection, "王小明", 1, "other", "张工", "3")
        opening.set_duty(connection, "王小明", 1, "other", "孙工", "4")
        assert [(row.role, row.name) for row in opening.duties(connection, 1)] == [
            ("deputy", "赵工"), ("other", "张工"), ("other", "孙工"),
        ]  # fmt: skip
        with pytest.raises(Mistake, match="ca-holder"):
            opening.set_duty(connection, "王小明", 1, "boss", "王小明")


def test_every_step_of_the_file_says_when(bidding: Engine) -> None:
    with bidding.begin() as connection:
        decisions.mark(connection, "王小明", 1, "track")
        refresh(connection, 1, NOW)
        page = opening.sheet(connection, 1, NOW)
    assert all(each.starts for each in page.steps)
    times = [each.starts for each in page.steps if each.starts]
    assert times == sorted(times)
