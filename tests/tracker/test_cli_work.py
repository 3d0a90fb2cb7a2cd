"""The commands of the human side, from a notice somebody was told of to a bid that is lost and its deposit back."""

from pathlib import Path

import pytest

from tests.shell import Shell

pytestmark = pytest.mark.xdist_group("cli-work")  # one worker builds what all of them use

NOW = "2026-11-20T10:00:00+08:00"


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Two people, a tender that one of them was told of, and its correction as it was pasted from a chat."""
    run = Shell(tmp_path_factory.mktemp("home"), CHEBIAO_LANG="en", CHEBIAO_NOW=NOW)
    for name in ("王小明", "李经理"):
        run("person", "add", name)
    fields = ("--buyer", "远江市公安局", "--number", "YJZC-2026-0117", "--deadline", "2026-12-03 09:30")
    run("notice", "add", "--title", "警用车辆采购项目", *fields, "--budget", "180万", "--as", "王小明")
    text = (
        "远江市公安局警用车辆采购项目更正公告\n原公告的采购项目编号：YJZC-2026-0117\n"
        "原公告的采购项目名称：警用车辆采购项目\n采购人：远江市公安局\n根据《中华人民共和国政府采购法》，"
        "更正内容：原公告的提交投标文件截止时间：2026年12月03日 09点30分，更正为：2026年12月08日 14点00分。"
    )
    run("notice", "add", "-", "--as", "王小明", stdin=text)
    run("project", "track", "1", "--as", "王小明")
    return run


def test_from_an_assignment_to_a_lost_bid_and_its_deposit(shell: Shell) -> None:
    me = ("--as", "李经理")
    shell("project", "assign", "1", "王小明", "--instruction", "visit them", "--due", "2026-11-24 17:00", *me)
    assert "王小明" in shell.said
    (rule,) = [row for row in shell.rows("project", "own", "1") if row["rule"] == "first-registered"]
    assert rule["why"]
    shell("project", "note", "add", "1", "they want white cars", *me)
    shell("project", "milestone", "add", "1", "test-drive", "2026-11-26 14:00", *me)
    shell("project", "bid", "open", "1", "--bidder", "示例汽车销售有限公司", *me)
    shell("project", "bid", "open", "1", "--bidder", "另一家公司", *me, code=2)
    assert "one bidding entity" in shell.said
    shell("project", "deposit", "add", "1", "--amount", "3万", *me)
    shell("project", "deposit", "paid", "1", "--form", "bank-guarantee", *me)
    shell("project", "bid", "set", "1", "--status", "submitted", "--price", "175.5万", "--version", "1", *me)
    shell("project", "bid", "set", "1", "--status", "opened", "--version", "1", *me, code=2)
    assert "version 2" in shell.said
    shell("project", "bid", "set", "1", "--status", "lost", "--reason", "price", "--winner", "别家", *me)
    assert "the deposit is to come back" in shell.said
    (bid,) = shell.rows("project", "bid", "list", "1")
    assert (bid["status"], bid["price_yuan"], bid["winner"]) == ("lost", 1_755_000, "别家")
    assert [row["project_id"] for row in shell.rows("project", "deposit", "list")] == [1]
    assert [row["owner"] for row in shell.rows("task", "list")] == ["王小明"]
    shell("person", "hand-over", "王小明", "李经理", *me)
    assert "1 projects, 1 tasks" in shell.said
    shell("project", "deposit", "returned", "1", *me)
    assert shell.rows("task", "list") == []
    said = shell("project", "show", "1")
    assert all(words in said for words in ("they want white cars", "owner: 李经理", "test drive"))


def test_show_explains_joins_verdict_law_and_dates(shell: Shell, tmp_path: Path) -> None:
    said = " ".join(shell("project", "show", "1", "--explain").split())
    assert "same project number and buyer" in said
    assert "政府采购法" in said
    assert "gp." in said
    assert "12-08" in said
    assert "our turn" in said


def test_an_emergency_purchase_is_entered_shown_and_explained(shell: Shell) -> None:
    shell("project", "enter", "nature", "1", "emergency", "--as", "王小明", "--note", "flood")
    decision = shell.said.split("decision ")[1].split(";")[0]
    said = " ".join(shell("project", "show", "1", "--explain").split())
    assert "emergency purchase “王小明" in said
    assert "next: " in said
    shell("undo", decision, "--as", "王小明")
    assert "emergency purchase" not in shell("project", "show", "1")


def test_facts_nobody_prints_can_be_entered_and_taken_back(shell: Shell) -> None:
    shell("project", "enter", "moment", "1", "challenge-received", "--at", "2026-11-20", "--as", "王小明")
    decision = shell.said.split("decision ")[1].split(";")[0]
    assert "gp.remedy.challenge-answer" in {row["kind"] for row in shell.rows("deadlines", "1")}
    shell("undo", decision, "--as", "王小明")
    assert "gp.remedy.challenge-answer" not in {row["kind"] for row in shell.rows("deadlines", "1")}
    shell("project", "enter", "round", "1", "1", "last-price", "--at", "2026-12-05 10:00", "--as", "王小明", code=2)
    assert "no rounds" in shell.said


def test_a_period_is_counted_from_the_moment_that_happened(shell: Shell) -> None:
    """The reference's third worked example: a result notice before the National Day holiday."""
    said = shell("period", "gp.remedy.challenge-result", "--from", "2026-09-29", "--anchor", "result-published")
    assert "2026-09-29 → 2026-10-15" in said
    assert "M94" in said or "GPL 52" in said
    assert "provisional" in shell("period", "gp.tender.notice-period", "--from", "2026-12-30")
    shell("period", "gp.tender.notice-period", "--from", "soon", code=2)
    assert "2026-12-03" in shell.said, "says how a day is written"
    shell("period", "gp.tender.notice-period", "--from", "2026-09-28", "--anchor", "delivery", code=2)
    assert "notice-published" in shell.said


def test_what_is_over_is_no_longer_asked_for(shell: Shell) -> None:
    shell(
        "notice",
        "add",
        "--title",
        "除雪车采购项目",
        "--buyer",
        "北岭公路局",
        "--deadline",
        "2026-12-03 09:30",
        "--as",
        "王小明",
    )
    number = shell.said.split("project ")[1].split()[0].rstrip(".")
    before = shell("project", "show", number)
    assert before.index("upload or hand in".capitalize()) > 0
    shell("project", "bid", "open", number, "--bidder", "示例汽车销售有限公司", "--as", "王小明")
    bid = str(shell.rows("project", "bid", "list", number)[0]["id"])
    for status in ("registered", "preparing", "withdrawn"):
        shell("project", "bid", "set", bid, "--status", status, "--reason", "no car", "--as", "王小明")
    assert "Upload or hand in" not in shell("project", "show", number)


def test_rhythms_are_entered_listed_and_ended(shell: Shell) -> None:
    shell("rhythm", "add", "示例省政府采购中心", "monthly", "weekday 2 3", "--words", "their notice", "--as", "王小明")
    (found,) = shell.rows("rhythm", "--organiser", "示例省政府采购中心")
    assert (found["state"], found["origin"], found["first"], found["support"]) == (
        "expected",
        "entered",
        "2026-12-09",
        "their notice",
    )
    assert "预计 12-09" in shell("rhythm", "--organiser", "示例省政府采购中心", CHEBIAO_LANG="zh_CN")
    shell("rhythm", "end", "1", "--as", "王小明")
    assert shell.rows("rhythm", "--organiser", "示例省政府采购中心") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("task", "add", "x", "--due", "soon"), "no time"),
        (("task", "done", "4711"), "no task 4711"),
        (("project", "bid", "open", "99", "--bidder", "x"), "no project 99"),
        (("project", "assign", "1", "nobody"), "no person 'nobody'"),
        (("notice", "add", "http://example.org/x.htm"), "belongs to no portal"),
        (("rhythm", "add", "x", "monthly", "day 99"), "cannot be read"),
    ],
)
def test_a_mistake_is_a_sentence_and_code_2(shell: Shell, arguments: tuple[str, ...], says: str) -> None:
    shell(*arguments, "--as", "王小明", code=2)
    assert says in shell.said
