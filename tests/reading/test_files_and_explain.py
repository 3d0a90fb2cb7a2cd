# ruff: noqa: E501 (patterns and notices in Chinese read better whole; a wide character counts twice)
"""Files of a person, the printed schema, the explanation, and the configuration's own errors."""

import json
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from rich.console import Console

from crawler.notice import Notice
from crawler.reading import kinds, labels, read_document, structured
from crawler.reading.__main__ import main
from crawler.reading.blocks import Elements, layouts
from crawler.reading.explain import explain_html, explain_terminal, spans
from crawler.reading.files import BadInput, documents
from crawler.reading.printed import as_schema

TEXT = (
    "项目编号：HK2026-01\n项目名称：勘查车<b>采购</b>\n预算金额：120万元\n四、提交投标文件截止时间、开标时间和地点\n"
    "提交投标文件截止时间：2026年8月25日9时30分\n开标时间：2026年8月25日9时30分\n"
)
KEYS = {
    "id", "kind", "method", "project_number", "project_name", "buyer", "agency", "budget_yuan", "ceiling_yuan", "documents_from", "documents_until",
    "bid_deadline", "opening_at", "prequalification_deadline", "consortium_allowed", "deposit_yuan", "lots", "awards", "corrections", "terminated_lots",
    "items", "conflicts",
}  # fmt: skip


def notice(text: str = TEXT, title: str = "勘查车公开招标公告") -> Notice:
    (one,) = read_document(title=title, text=text)
    return one


def test_printed_schema_has_every_key_but_the_trackers() -> None:
    row = as_schema(notice(), id="7")
    assert set(row) >= KEYS
    assert "vehicle_purchase" not in row
    assert (row["id"], row["bid_deadline"], row["budget_yuan"]) == ("7", "2026-08-25T09:30", 1200000)
    json.dumps(row, ensure_ascii=False)


def test_printed_opinion_is_other_and_a_corrections_dates_stay_null() -> None:
    assert as_schema(notice(title="勘查车意见征询公告"))["kind"] == "other"
    row = as_schema(
        notice("预算金额由120万元更正为130万元。\n投标截止时间：2026年8月25日9时30分", title="勘查车更正公告")
    )
    assert row["bid_deadline"] is None
    assert row["corrections"] == [{"field": "budget_yuan", "before": 1200000, "after": 1300000}]


def test_until_the_deadline_prints_the_deadline() -> None:
    row = as_schema(notice("招标文件下载时间：递交投标文件截止时间前。\n" + TEXT))
    assert row["documents_until"] == "2026-08-25T09:30"


def test_files_of_three_kinds_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><p>项目编号：HK2026-01</p></body></html>", encoding="utf-8")
    (tmp_path / "b.txt").write_bytes("项目编号：HK2026-02".encode("gb18030"))
    lines = ['{"id": "1", "title": "x", "text": "项目编号：HK2026-03"}', "{broken", "[1]", '{"id": "2"}', ""]
    (tmp_path / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "d.doc").write_bytes(b"x")
    (tmp_path / "e.txt").write_bytes(bytes(range(128, 256)) * 9)
    (tmp_path / "f.txt").write_bytes(b" ")
    bad: list[BadInput] = []
    names = ["a.html", "b.txt", "c.jsonl", "d.doc", "e.txt", "f.txt", "missing.txt"]
    found = [document for name in names for document in documents(tmp_path / name, bad.append)]
    assert [document.id for document in found] == ["a", "b", "1"]
    assert [(problem.path.name, problem.line) for problem in bad] == [
        ("c.jsonl", 2), ("c.jsonl", 3), ("c.jsonl", 4), ("d.doc", None), ("e.txt", None), ("f.txt", None), ("missing.txt", None),
    ]  # fmt: skip
    assert str(bad[0]).startswith(f"{tmp_path / 'c.jsonl'}:2: no JSON")
    assert all(problem.fix for problem in bad)


def test_command_prints_a_line_a_notice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    assert main([str(tmp_path / "a.txt")]) == 0
    assert json.loads(capsys.readouterr().out)["project_number"] == "HK2026-01"
    assert main([str(tmp_path / "gone.txt")]) == 2
    assert "gone.txt" in capsys.readouterr().err


def test_terminal_shows_values_words_and_conflicts() -> None:
    console = Console(width=120, record=True, force_terminal=False, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    conflicting = TEXT + "项目概况\n潜在投标人应并于2026年8月24日9时30分前递交投标文件。\n"
    console.print(explain_terminal(notice(conflicting)))
    shown = console.export_text()
    for words in ("HK2026-01", "2026-08-25 09:30", "bid deadline", "printed with different values", "2026-08-24T09:30"):
        assert words in shown


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)


def test_h17_html_page_escapes_everything_and_marks_the_words() -> None:
    page = explain_html([notice(title='勘查车"><script>alert(1)</script>公开招标公告')])
    reader = _Tags()
    reader.feed(page)
    assert "script" not in reader.tags
    assert "b" not in reader.tags
    assert reader.tags.count("mark") >= 5
    assert "default-src 'none'" in page


def test_marked_stretches_do_not_overlap() -> None:
    found = spans(notice())
    assert found
    assert all(one[1] <= two[0] for one, two in pairwise(found))


def test_titles_can_be_translated() -> None:
    page = explain_html([notice()], translate=lambda words: {"bid deadline": "投标截止"}.get(words, words))
    assert "投标截止" in page


@pytest.mark.parametrize(
    ("loader", "content", "message"),
    [
        (labels.load, "fields: {a: {words: [项目编号], colour: red}}", "fields.a: unknown key 'colour'"),
        (labels.load, "fields: {a: {words: [项目编号]}, b: {words: [项目编号]}}", "stands under fields.a and fields.b"),
        (labels.load, "fields: {a: {}}", "fields.a: needs a list `words`"),
        (labels.load, "other: {}", "unknown key 'other'"),
        (labels.load, "fields: {a: {words: [项目编号]}}\nsections: {x: ['(']}", "is no regular expression"),
        (kinds.rules, "first: []", "groups must be"),
        (
            kinds.rules,
            "first: [{kind: nonsense, pattern: x}]\ntitle: []\ncrumbs: []\nbody: []\nmethods: []",
            "'nonsense' is none of",
        ),
        (layouts, "x: {body: ['p']}", "x: key page is missing"),
        (structured.keys, "content: []", "is missing"),
    ],
)
def test_errors_of_configuration_name_file_and_key(tmp_path: Path, loader: object, content: str, message: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError) as caught:
        loader(str(file))  # type: ignore[operator]
    assert str(file) in str(caught.value)
    assert message in str(caught.value)


def test_spelling_with_braces_reads_in_all_its_forms(tmp_path: Path) -> None:
    file = tmp_path / "labels.yaml"
    file.write_text(
        'fields: {due: {words: ["{提交|递交|}投标文件{|的}截止{时间|日期}"]}}\nsections: {x: [甲]}', encoding="utf-8"
    )
    table = labels.load(str(file))
    for words in (
        "提交投标文件截止时间",
        "递交投标文件的截止日期",
        "投标文件截止时间",
        "提 交 投 标 文 件 截 止 时 间",
    ):
        assert table.key(words) == "due"
    assert table.key("投标文件") is None


def test_selectors_of_layouts() -> None:
    from bs4 import BeautifulSoup

    page = Elements(
        BeautifulSoup('<div class="a b"><p id="x"><i>1</i></p></div><i>2</i><meta name="T" content="t">', "lxml")
    )
    assert [tag.get_text() for tag in page.all("div.a p#x i")] == ["1"]
    assert [tag.get_text() for tag in page.all("i")] == ["1", "2"]
    assert page.first("meta[name=T]") is not None
    assert page.first("div.c, p#x") is not None
    with pytest.raises(ValueError, match="only tag"):
        page.first("p > i")
