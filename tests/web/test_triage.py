"""Triage in a real browser: by keyboard, by pointer, by thumb, and what it leaves behind."""

from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from tracker.db import reading
from tracker.decisions import PASS_REASONS
from tracker.projects import DECISION
from tracker.tables import Watch, table

from .conftest import NOW, Board, Visit


def names(page: Page) -> list[str]:
    return page.locator(".item .name").all_inner_texts()


def current(page: Page) -> str:
    return page.locator(".item[aria-current=true] .name").inner_text()


def live(board: Board, kind: str) -> list[tuple[int, dict[str, object]]]:
    with reading(board.engine) as connection:
        query = select(DECISION).where(DECISION.c.kind == kind, DECISION.c.undone_at.is_(None))
        return [(row.project_id, row.data) for row in connection.execute(query.order_by(DECISION.c.id))]


def note(page: Page) -> str:
    return page.locator("[data-note]").inner_text()


def test_j_and_k_walk_and_stop_at_the_ends(visit: Visit) -> None:
    page = visit("/inbox")
    listed = names(page)
    assert current(page) == listed[0]
    page.keyboard.press("k")
    assert current(page) == listed[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert current(page) == listed[2]
    page.keyboard.press("k")
    assert current(page) == listed[1]
    for _ in range(len(listed) + 3):
        page.keyboard.press("j")
    assert current(page) == listed[-1]


def test_track_with_one_key_moves_on_to_the_next(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    first, second = names(page)[:2]
    page.keyboard.press("t")
    expect(page.locator(".item .name").first).to_have_text(second)
    assert current(page) == second
    assert note(page).startswith(f"已跟踪：{first}")
    assert live(board, "track")[-1][1] == {"who": "李丽"}


def test_pass_with_a_reason_is_seen_by_a_colleague_and_hidden_from_both(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    first = names(page)[0]
    page.keyboard.press("x")
    expect(page.locator(".item[aria-current=true] details[open]")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator(".item .name").first).not_to_have_text(first)
    assert live(board, "pass") == [(board.project(first), {"who": "李丽", "why": 3})]
    other = visit("/inbox", "王经理")
    assert first not in names(other)
    other.goto("/inbox?show=passed")
    line = other.locator(".item", has_text=first)
    expect(line).to_contain_text("放弃 李丽：地区或交货")


def test_digits_do_nothing_before_x_and_other_keys_close_nothing(visit: Visit, board: Board) -> None:
    page = visit("/inbox")
    page.keyboard.press("3")
    page.keyboard.press("q")
    page.keyboard.press("x")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.wait_for_timeout(200)
    assert live(board, "pass") == []


def test_u_takes_back_and_the_line_returns_where_it_stood(visit: Visit, board: Board) -> None:
    page = visit("/inbox")
    listed = names(page)
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.locator(".item")).to_have_count(len(listed) - 1)
    page.keyboard.press("u")
    expect(page.locator(".item")).to_have_count(len(listed))
    assert names(page) == listed
    assert note(page).startswith("已撤销")
    assert [who for _, who in live(board, "track")] == [{"who": "李丽"}]  # from before


def test_undo_of_a_track_brings_back_the_pass_it_had_ended(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    first = names(page)[0]
    page.keyboard.press("x")
    page.keyboard.press("5")
    expect(page.locator("[data-note]")).to_contain_text("已放弃")
    page.goto("/inbox?show=passed")
    page.keyboard.press("t")
    expect(page.locator(".empty")).to_be_visible()
    assert live(board, "pass") == []
    page.keyboard.press("u")
    expect(page.locator(".item .name")).to_have_text(first)
    assert live(board, "pass") == [(board.project(first), {"who": "李丽", "why": 5})]


def test_favourite_stays_in_the_list_and_is_mine_alone(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    first = names(page)[0]
    page.keyboard.press("f")
    expect(page.locator(".item").first.locator("[value=unfavourite]")).to_be_visible()
    assert current(page) == first
    page.goto("/projects?show=favourites")
    assert names(page) == [first]
    assert names(visit("/projects?show=favourites", "赵磊")) == []


def test_snoozed_is_out_of_my_sight_until_the_day_and_not_out_of_others(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    target = next(each for each in names(page) if "除雪" in each)
    page.locator(".item", has_text=target).click(position={"x": 4, "y": 4})
    assert current(page) == target
    page.keyboard.press("s")
    page.keyboard.press("2")
    expect(page.locator("[data-note]")).to_contain_text("稍后再看（2026-11-26）")
    assert target not in names(page)
    assert target in names(visit("/inbox", "赵磊"))
    page.goto("/inbox?show=snoozed")
    assert names(page) == [target]
    board.at(NOW + timedelta(days=3))
    page.goto("/inbox")
    assert target in names(page)


def test_assign_opens_a_form_and_the_line_leaves_after_it(visit: Visit, board: Board) -> None:
    page = visit("/inbox")
    first = names(page)[0]
    page.keyboard.press("a")
    dialog = page.locator("dialog#dialog[open]")
    expect(dialog).to_contain_text(first)
    dialog.locator("select[name=owner]").select_option("赵磊")
    dialog.locator("textarea").fill("本周内去一趟")
    dialog.get_by_role("button", name="指派").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-note]")).to_contain_text("已指派给赵磊")
    assert first not in names(page)
    assert first in names(visit("/projects?show=mine", "赵磊"))
    page.keyboard.press("u")
    expect(page.locator(".item .name").first).to_have_text(first)
    assert names(visit("/projects?show=mine", "赵磊")) == []


def test_a_note_is_kept_and_keys_are_letters_inside_a_field(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    before = len(names(page))
    page.keyboard.press("n")
    field = page.locator("dialog textarea")
    expect(field).to_be_focused()
    page.keyboard.type("jxt u 试车")
    page.locator("#dialog button.main").click()
    expect(page.locator("[data-note]")).to_contain_text("备注已保存")
    assert len(names(page)) == before
    page.locator("[data-search]").focus()
    page.keyboard.type("t")
    assert len(names(page)) == before
    page.keyboard.press("Escape")
    page.keyboard.press("Control+t")
    page.wait_for_timeout(150)
    assert len(names(page)) == before


def test_open_source_search_go_and_help(visit: Visit) -> None:
    page = visit("/inbox")
    page.keyboard.press("?")
    expect(page.locator("dialog#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog#keys")).to_be_hidden()
    with page.context.expect_page() as opened:
        page.keyboard.press("v")
    opened.value.close()
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url("**/projects")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(lambda url: url.endswith("/"))


def test_keys_can_be_switched_off_in_a_browser(visit: Visit, board: Board) -> None:
    page = visit("/inbox")
    page.keyboard.press("?")
    page.locator("[data-keys-off]").check()
    page.locator("#keys button").click()
    before = len(names(page))
    page.keyboard.press("t")
    page.wait_for_timeout(200)
    assert len(names(page)) == before
    page.locator(".item").first.locator("[value=track]").click()
    expect(page.locator(".item")).to_have_count(before - 1)


def test_by_thumb_on_a_phone(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽", width=390, height=844, touch=True)
    first, second = names(page)[:2]
    item = page.locator(".item").first
    for button in item.locator(".verbs > :is(button, a), .verbs > details > summary").all():
        box = button.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44
    item.locator("summary[data-key=x]").tap()
    item.get_by_role("button", name=PASS_REASONS[1] and "不是车辆").tap()
    expect(page.locator(".item .name").first).to_have_text(second)
    page.locator("[data-undo]").tap()
    expect(page.locator(".item .name").first).to_have_text(first)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide == 390


def test_chosen_ones_and_a_whole_filter_at_once(visit: Visit, board: Board) -> None:
    page = visit("/inbox?regions=江苏")
    listed = names(page)
    assert len(listed) >= 3
    for box in page.locator("[data-picked]").all()[:2]:
        box.check()
    page.locator("#bulk [value=track]").click()
    expect(page.locator("[data-note]")).to_contain_text("已跟踪：2 个项目")
    assert names(page) == listed[2:]
    page.locator("#bulk [name=whole]").check()
    page.locator("#bulk summary").click()
    page.locator("#bulk [value=pass-2]").click()
    expect(page.locator("[data-note]")).to_contain_text("不是我们的车型")
    assert names(page) == []
    assert "regions" in page.url
    page.keyboard.press("u")
    expect(page.locator(".item")).to_have_count(len(listed) - 2)


def test_a_filter_becomes_a_watch_in_one_click_and_can_be_taken_back(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    page.locator(".filter > summary").click()
    page.locator("[name=regions]").fill("浙江、江苏")
    page.locator("[name=vehicles]").fill("消防车")
    page.locator(".filter button.main").click()
    page.wait_for_url("**regions=**")
    assert "min=" not in page.url
    assert [each.strip() for each in page.locator(".filter-chip").all_inner_texts()] == ["浙江省", "江苏省", "消防车"]
    page.get_by_role("button", name="存为订阅").click()
    expect(page.locator("[data-note]")).to_contain_text("浙江省 · 江苏省 · 消防车")
    with reading(board.engine) as connection:
        criteria = connection.execute(select(table(Watch).c.criteria)).scalars().all()
    assert criteria == [{"regions": ["浙江省", "江苏省"], "vehicles": ["fire"]}] or criteria[0]["vehicles"]
    page.keyboard.press("u")
    expect(page.locator("[data-note]")).to_contain_text("已撤销")
    with reading(board.engine) as connection:
        assert connection.execute(select(table(Watch).c.id)).all() == []
