"""Checklist and matrix: edited in place, by two people at once, and taken away as files."""

import io

import httpx
from docx import Document
from openpyxl import load_workbook
from playwright.sync_api import expect

from .conftest import Board, Visit

POLICE = "警用车辆"


def test_a_line_is_kept_in_place(board: Board, visit: Visit) -> None:
    page = visit(f"/projects/{board.project(POLICE)}/checklist", "李丽")
    line = page.locator(".check-line").nth(3)
    name = line.get_attribute("id")
    line.locator("summary").click()
    line.locator("select[name=status]").select_option("done")
    line.locator("input[name=evidence]").fill("营业执照扫描件 <i>")
    line.locator("button.main").click()
    expect(page.locator(f"[id='{name}'] summary .chip").last).to_have_text("已完成")
    page.reload()
    kept = page.locator(f"[id='{name}']")
    kept.locator("summary").click()
    expect(kept.locator(".shown")).to_contain_text("营业执照扫描件 <i>")
    expect(kept.locator(".shown")).to_contain_text("李丽")


def test_of_two_people_the_second_sees_both(board: Board, visit: Visit) -> None:
    path = f"/projects/{board.project(POLICE)}/checklist"
    first, second = visit(path, "李丽"), visit(path, "赵磊")
    for page, status in ((first, "done"), (second, "doing")):
        line = page.locator(".check-line").nth(2)
        line.locator("summary").click()
        line.locator("select[name=status]").select_option(status)
        line.locator("input[name=evidence]").fill(f"由{status}")
    first.locator(".check-line").nth(2).locator("button.main").click()
    expect(first.locator("#notes")).to_contain_text("已保存")
    second.locator(".check-line").nth(2).locator("button.main").click()
    expect(second.locator("#dialog")).to_contain_text("由done")
    expect(second.locator("#dialog")).to_contain_text("由doing")
    first.reload()
    line = first.locator(".check-line").nth(2)
    line.locator("summary").click()
    expect(line.locator(".shown")).to_contain_text("由done")


def test_a_star_that_is_not_met_is_shouted(board: Board, visit: Visit) -> None:
    page = visit(f"/projects/{board.project(POLICE)}/matrix", "李丽")
    rows = page.locator(".check-line")
    assert rows.count() > 0
    row = rows.first
    row.locator("summary").click()
    row.locator("select[name=deviation]").select_option("met")
    row.locator("select[name=status]").select_option("drafted")
    row.locator("textarea").fill("完全响应")
    row.locator("button.main").click()
    expect(rows.first.locator("summary")).to_contain_text("满足")


def test_a_viewer_has_no_form(board: Board, visit: Visit) -> None:
    for name in ("checklist", "matrix"):
        page = visit(f"/projects/{board.project(POLICE)}/{name}", "周敏")
        assert page.locator("main form").count() == 0


def test_files_open_and_hold_the_project(board: Board) -> None:
    identity = board.project(POLICE)
    cookies = {"chebiao": board.cookie("李丽")}

    def content(name: str) -> bytes:
        answer = httpx.get(f"{board.url}/projects/{identity}/files/{name}", cookies=cookies, timeout=60)
        assert answer.status_code == 200, answer.text
        assert "attachment" in answer.headers["content-disposition"]
        return answer.content

    words = "\n".join(each.text for each in Document(io.BytesIO(content("checklist.docx"))).paragraphs)
    assert POLICE in words
    assert load_workbook(io.BytesIO(content("checklist.xlsx"))).sheetnames
    assert load_workbook(io.BytesIO(content("matrix.xlsx"))).sheetnames
    assert httpx.get(f"{board.url}/projects/{identity}/files/etc.passwd", cookies=cookies).status_code == 422


def test_the_opening_day_is_a_page_for_paper(board: Board) -> None:
    answer = httpx.get(
        f"{board.url}/projects/{board.project(POLICE)}/opening-day", cookies={"chebiao": board.cookie("周敏")}
    )
    assert answer.status_code == 200
    assert "script" not in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
