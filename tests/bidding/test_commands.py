"""`bid`, `matrix`, `platform`, `credential` and `checklist set` as a user meets them."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook

from tests.shell import Shell

pytestmark = pytest.mark.xdist_group("bid-commands")  # one worker builds what all of them use

NOW = "2026-11-20T10:00:00+08:00"
ME = ("--as", "王小明")
ENTITY = "远江示例汽车销售有限公司"
NOTICE = """远江市公安局警用车辆采购项目公开招标公告
项目编号：YJZC-2026-0117
项目名称：警用车辆采购项目
采购人：远江市公安局
根据《中华人民共和国政府采购法》
二、申请人的资格要求
1.投标人须具有独立承担民事责任的能力，提供营业执照。
2.投标人须提供近三年类似业绩。
★最高车速不低于160km/h，不满足的投标无效。
开标后30分钟内完成解密。
提交投标文件截止时间：2026年12月03日 09点30分（北京时间）
开标时间：2026年12月03日 09点30分（北京时间）
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Two people, a tender somebody was told of, and our bid."""
    run = Shell(tmp_path_factory.mktemp("home"), CHEBIAO_LANG="en", CHEBIAO_NOW=NOW)
    for name in ("王小明", "李经理"):
        run("person", "add", name)
    run("notice", "add", "-", *ME, stdin=NOTICE)
    run("project", "bid", "open", "1", "--bidder", ENTITY, *ME)
    return run


def test_a_line_is_ticked_and_the_list_shows_it(shell: Shell) -> None:
    shell("checklist", "set", "1", "formal.copies", "formal.e-sign", "--status", "done", "--evidence", "一正四副", *ME)
    assert "formal.e-sign is done (version 1)" in shell.said
    shell("checklist", "set", "1", "formal.copies", "--status", "doing", "--version", "0", *ME, code=2)
    assert "changed by somebody else" in shell.said
    shell("checklist", "set", "1", "formal.copy", "--status", "done", *ME, code=2)
    assert "formal.copies" in shell.said
    text = shell("checklist", "1")
    assert "[✓] formal.copies" in text
    found = json.loads(shell("checklist", "show", "1", "-f", "json"))
    line = next(each for section in found["sections"] for each in section["lines"] if each["id"] == "formal.copies")
    assert (line["kept"]["status"], line["kept"]["by"], line["kept"]["evidence"]) == ("done", "王小明", "一正四副")
    assert found["bidder"] == ENTITY


def test_the_matrix_is_shown_answered_and_shouts(shell: Shell) -> None:
    rows = json.loads(shell("matrix", "1", "-f", "json"))["rows"]
    star = next(each for each in rows if each["mark"] == "★")
    assert "160km/h" in star["words"]
    shell("matrix", "set", "1", star["key"][:8], "--deviation", "worse", "--answer", "155km/h", *ME)
    assert "★ NOT MET" in shell.said
    assert "!! ★ NOT MET" in shell("matrix", "1")
    shell("matrix", "set", "1", "--kind", "qualification", "--status", "reviewed", "--deviation", "met", *ME)
    rows = json.loads(shell("matrix", "1", "-f", "json"))["rows"]
    kept = [each for each in rows if each["kind"] == "qualification" and not each["mark"]]
    assert kept
    assert all(each["status"] == "reviewed" for each in kept)
    shell("matrix", "set", "1", "--kind", "quality", "--status", "done", *ME, code=2)
    assert "qualification" in shell.said
    shell("matrix", "set", "1", "--status", "done", *ME, code=2)
    assert "--kind" in shell.said


def test_from_the_account_to_encrypt_again(shell: Shell) -> None:
    account = ("--ca", "CFCA", "--ca-serial", "0017", "--ca-until", "2027-03-31", "--holder", "王小明")
    shell("platform", "add", "zcygov", "--company", ENTITY, "--admission", "admitted", *account, *ME)
    shell("bid", "register", "1", "registered", "--proof", "receipt 12", "--fee", "500", "--account", "1", *ME)
    assert "the document fee is not paid" in shell.said
    shell("bid", "register", "1", "fee-paid", *ME)
    shell("bid", "register", "1", "downloaded", *ME)
    assert "documents downloaded" in shell.said
    shell("bid", "uploaded", "1", "--receipt", "R-88", "--account", "1", *ME)
    assert "0017 (2027-03-31)" in shell.said
    shell("platform", "set", "1", "--ca-serial", "0018", *ME)
    assert "ENCRYPT AGAIN: bid 1 of project 1" in shell.said
    (row,) = shell.rows("platform", "list")
    assert (row["ca_serial"], row["company"]) == ("0018", ENTITY)
    shell("credential", "add", "test-report", "警灯检验报告", "--company", ENTITY, "--until", "2026-12-01", *ME)
    assert [each["name"] for each in shell.rows("credential", "list", "--ending", "30")] == ["警灯检验报告"]
    shell("credential", "set", "1", "--retired", *ME)
    assert shell.rows("credential", "list") == []


def test_the_gate_and_the_lock(shell: Shell) -> None:
    said = shell("bid", "ready", "1", code=1)
    assert "points hold it up" in said
    shell("bid", "ready", "1", *ME, code=2)
    assert "--despite" in shell.said
    shell("bid", "ready", "1", "--despite", "the lead has decided", *ME)
    shell("project", "bid", "set", "1", "--valid-until", "2027-03-03", *ME)
    found = json.loads(shell("bid", "ready", "1", "-f", "json", code=1))
    assert found["valid_until"] == "2027-03-03"
    shell("bid", "lock", "1")
    assert ENTITY in shell.said
    assert "GPR 18" in shell.said
    shell("project", "track", "1", "--as", "李经理")
    assert ENTITY in shell.said, "who tracks it is told at once who bids"
    shell("project", "bid", "open", "1", "--bidder", "二店", "--as", "李经理", code=2)
    assert "M87 37" in shell.said


def test_sheet_and_papers_go_where_they_are_told(shell: Shell, tmp_path: Path) -> None:
    shell("bid", "duty", "1", "attends", "王小明", "--phone", "138 0000 0001", *ME)
    assert "138 0000 0001" in shell("bid", "sheet", "1")
    assert "09:30 – 10:00" in shell("bid", "sheet", "1")
    shell("bid", "papers", "1", "-o", str(tmp_path / "投标文件.docx"))
    assert Document(str(tmp_path / "投标文件.docx")).core_properties.author == ENTITY
    shell("matrix", "1", "-o", str(tmp_path / "matrix.xlsx"))
    assert load_workbook(BytesIO((tmp_path / "matrix.xlsx").read_bytes())).properties.creator == ENTITY
    for arguments, says in (
        (("bid", "papers", "1"), "--output"),
        (("matrix", "1", "-o", str(tmp_path / "matrix.docx")), "xlsx"),
        (("matrix", "1", "-f", "docx"), "there is no docx"),
        (("bid", "sheet", "1", "-o", str(tmp_path / "none" / "sheet.html")), "none"),
        (("bid", "ready", "99"), "chebiao projects"),
    ):
        shell(*arguments, code=2)
        assert says in shell.said
