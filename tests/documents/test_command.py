"""`chebiao document`: from two files to what they require, what changed and what to question."""

from pathlib import Path

import docx
import pytest

from tests.shell import Shell

pytestmark = pytest.mark.xdist_group("document-commands")  # one worker builds what all of them use

NOW = "2026-11-20T10:00:00+08:00"
ME = ("--as", "王小明")
TEXT = (
    "远江市公安局警用车辆采购项目公开招标公告\n项目编号：YJZC-2026-0117\n采购人：远江市公安局\n"
    "根据《中华人民共和国政府采购法》，预算金额：180万元\n首次公告日期：2026年11月10日\n"
    "四、提交投标文件截止时间：2026年12月03日 09点30分（北京时间）\n五、公告期限\n自本公告发布之日起5个工作日。"
)
LINES = (
    "第一章 投标人资格要求",
    "1、投标人须提供车辆制造商出具的授权书。",
    "第二章 投标人须知",
    "1、投标报价应包含车辆购置税、上牌、保险和运输等全部费用。",
    "第三章 技术要求",
    "1、★轴距不小于2700mm。",
    "2、▲功率不小于110kW。",
)


def word(path: Path, *lines: str) -> str:
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    document.save(str(path))
    return str(path)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A tender by the law of government procurement with one document on its shelf."""
    folder = tmp_path_factory.mktemp("home")
    run = Shell(folder, CHEBIAO_LANG="en", CHEBIAO_NOW=NOW)
    run("person", "add", "王小明")
    run("notice", "add", "-", *ME, stdin=TEXT)
    run("document", "add", "1", word(folder / "招标文件.docx", *LINES), *ME)
    return run


def test_what_was_added_is_listed_with_what_came_of_it(shell: Shell) -> None:
    assert "招标文件.docx: read, 4 requirements" in shell.said
    (row,) = shell.rows("document", "list", "1")
    assert (row["name"], row["version"], row["state"], row["requirements"]) == ("招标文件.docx", 1, "read", 4)


def test_one_document_shows_what_it_requires_and_its_text(shell: Shell) -> None:
    rows = shell.rows("document", "show", "1")
    assert [(row["kind"], row["mark"], row["section"]) for row in rows] == [
        ("qualification", "", "第一章 投标人资格要求 1、"),
        ("price", "", "第二章 投标人须知 1、"),
        ("technical", "★", "第三章 技术要求 1、"),
        ("technical", "▲", "第三章 技术要求 2、"),
    ]
    assert [row["text"] for row in shell.rows("document", "show", "1", "--text")] == list(LINES)
    assert "第三章 技术要求 1、" in "".join(shell("document", "show", "1").split("\n"))


def test_requirements_by_kind_and_mark_and_the_purchase_tax(shell: Shell) -> None:
    assert [row["mark"] for row in shell.rows("document", "requirements", "1", "--marked")] == ["★", "▲"]
    assert [row["kind"] for row in shell.rows("document", "requirements", "1", "--kind", "price")] == ["price"]
    shell("document", "requirements", "1", "--kind", "price")
    assert "purchase tax, by the day of the invoice" in shell.said


def test_flags_come_with_law_and_last_day_and_are_decided(shell: Shell) -> None:
    (row,) = shell.rows("document", "flags", "1")
    assert (row["flag"], row["level"], row["legal"]) == ("maker-letter", "alert", "M87 2, 17")
    assert row["until"]
    assert row["verdict"] is None
    shell("document", "decide", "1", row["flag"], row["requirement"], "question", "--reason", "GP tender", *ME)
    (row,) = shell.rows("document", "flags", "1")
    assert (row["verdict"], row["reason"], row["by"]) == ("question", "GP tender", "王小明")


def test_a_new_version_shows_its_difference(shell: Shell, tmp_path: Path) -> None:
    new = word(tmp_path / "招标文件（更正后）.docx", *LINES[:5], "1、★轴距不小于2650mm。", "3、须配备ESP。")
    shell("document", "add", "1", new, *ME)
    assert "version 2, read" in shell.said
    rows = shell.rows("document", "diff", "1")
    assert [(row["change"], row["before"], row["after"]) for row in rows] == [
        ("added", None, "须配备ESP。"),
        ("changed", "★轴距不小于2700mm。", "★轴距不小于2650mm。"),
        ("dropped", "▲功率不小于110kW。", None),
    ]
    shell("document", "diff", "1", "--old", "2", "--new", "2")
    assert "both versions ask the same" in shell.said


def test_what_cannot_be_read_says_so_and_mistakes_end_with_2(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "需求.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    shell("document", "add", "1", str(tmp_path / "需求.doc"), *ME)
    assert "not readable here: format not parsed here" in shell.said
    shell("document", "show", "99", code=2)
    assert "no document 99" in shell.said
    shell("document", "add", "1", str(tmp_path / "gone.pdf"), *ME, code=2)
    assert "No such file" in shell.said


def test_reading_anew_says_how_many(shell: Shell) -> None:
    shell("document", "reread")
    assert "0 documents read anew" in shell.said
