"""`link_file`: notices in a file, read and linked without storing anything."""

import json
from pathlib import Path
from typing import Any

from crawler.reading.files import BadInput
from tracker.linking.files import link_file


def written(tmp_path: Path, *rows: dict[str, Any] | str) -> Path:
    file = tmp_path / "notices.jsonl"
    lines = (row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def linked(file: Path) -> tuple[list[dict[str, Any]], list[str]]:
    complaints: list[BadInput] = []
    return list(link_file(file, complaints.append)), [str(bad) for bad in complaints]


TENDER = {
    "id": "a",
    "portal": "省政府采购网",
    "title": "青禾县公安局执法执勤车辆采购项目公开招标公告",
    "published_at": "2026-03-02",
    "text": "一、项目基本情况\n项目编号：QHZC-2026-G-0417\n项目名称：执法执勤车辆采购项目\n预算金额：860000元\n"
    "采购人信息\n名称：青禾县公安局\n四、提交投标文件截止时间\n2026年03月24日09点30分（北京时间）",
}
COPY = {
    "id": "b",
    "portal": "全国公共资源交易平台",
    "title": "[青禾县]青禾县公安局<em style='color:red'>执法执勤车辆</em>采购项目公开招标公告",
    "published_at": "2026-03-03",
    "text": "相关附件： 执法执勤车辆采购项目招标文件.zip",
}
AWARD = {
    "id": "c",
    "portal": "省政府采购网",
    "title": "青禾县公安局执法执勤车辆采购项目中标结果公告",
    "published_at": "2026-03-30",
    "text": "一、项目编号：QHZC-2026-G-0417（政府采购计划编号：备2026-118）\n二、项目名称：执法执勤车辆采购项目\n"
    "三、中标信息\n供应商名称：白石汽车销售有限公司\n中标金额：85万元",
}
OTHER = {"id": "d", "title": "白石市中心医院负压救护车采购项目竞争性磋商公告", "published_at": "2026-03-02"}


def test_a_line_for_each_notice_with_its_groups(tmp_path: Path) -> None:
    lines, complaints = linked(written(tmp_path, TENDER, COPY, AWARD, OTHER))
    assert lines == [
        {"id": "a", "notice": "a", "project": "a"},
        {"id": "b", "notice": "a", "project": "a"},
        {"id": "c", "notice": "c", "project": "a"},
        {"id": "d", "notice": "d", "project": "d"},
    ]
    assert complaints == []


def test_the_order_of_lines_changes_no_group(tmp_path: Path) -> None:
    rows = [TENDER, COPY, AWARD, OTHER]
    forwards, _ = linked(written(tmp_path, *rows))
    backwards, _ = linked(written(tmp_path, *reversed(rows)))
    assert forwards == list(reversed(backwards))


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines, complaints = linked(written(tmp_path, TENDER, "{broken", "[1, 2]", {"text": "没有标题"}, "", AWARD))
    assert [line["project"] for line in lines] == ["a", "a"]
    assert [complaint.split(": ", 1)[0].rsplit(":", 1)[1] for complaint in complaints] == ["2", "3", "4"]
    assert "one JSON object a line" in complaints[0]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    lines, complaints = linked(tmp_path / "none.jsonl")
    assert lines == []
    assert "none.jsonl" in complaints[0]


def test_two_lines_with_one_id_are_two_publications(tmp_path: Path) -> None:
    lines, _ = linked(written(tmp_path, TENDER, OTHER | {"id": "a"}))
    assert [line["project"] for line in lines] == ["a", "a#2"]


def test_odd_values_in_a_line_are_no_crash(tmp_path: Path) -> None:
    odd = {"id": 7, "title": "公务用车采购\x00招标公告", "published_at": None, "text": ["no", "text"], "portal": 12}
    lines, complaints = linked(written(tmp_path, odd, {"title": "只有标题"}))
    assert [line["id"] for line in lines] == ["7", "notices:2"]
    assert complaints == []
