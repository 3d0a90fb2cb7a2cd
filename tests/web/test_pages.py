"""The pages as people use them: keyboard, phone, paper, without scripts, two at once; and readable by all."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import func, select, update

from tracker.bidding.bids import open_bid
from tracker.db import reading
from tracker.decisions import project
from tracker.projects import PROJECT, PUBLICATION
from tracker.reminders import remind
from tracker.team.accounts import first_link
from tracker.team.tasks import tasks
from tracker.team.work import assignment

from .conftest import NOW, PASSWORD, Board, Client, Visit

PAGES = (
    "/",
    "/inbox",
    "/inbox?show=all",
    "/inbox?regions=nowhere",
    "/projects",
    "/projects/{project}",
    "/projects/{project}/seen",
    "/projects/{project}/assign",
    "/projects/{project}/note",
    "/projects/{project}/checklist",
    "/projects/{project}/matrix",
    "/projects/{project}/opening-day",
    "/notices/{notice}",
    "/errands/task/1",
    "/calendar?show=all",
    "/calendar?view=week&show=all",
    "/sources",
    "/results?span=all",
    "/settings",
    "/nowhere",
)
"""Every kind of page that somebody sees who has logged in."""
ALIKE = {"exclude": [["li.item:nth-child(n+5)"], [".check-line:nth-child(n+5)"], ["tr:nth-child(n+8)"]]}
"""Rows of long lists are alike: the first few speak for all."""


def faults(page: Page) -> list[str]:
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa"]}
    found = Axe().run(page, context=ALIKE, options=rules).response["violations"]
    return [
        f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:200]}" for each in found for node in each["nodes"]
    ]


def looked_at(page: Page, path: str) -> list[str]:
    """What is wrong with a page on a wide screen by day and on a phone by night."""
    page.goto(path)
    found = []
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of two words
        found += faults(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{wide} wide on {width}"] if wide > width else []
    return [f"{path} {each}" for each in found]


def test_every_kind_of_page_is_readable_by_all(visit: Visit, board: Board) -> None:
    project = board.project("警用车辆购置")
    with board.engine.begin() as connection:
        assert remind(connection, NOW)
        open_bid(connection, "李丽", project, "示例汽车销售有限公司")
        notice = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == project))
    page = visit("/login", None)
    found = looked_at(page, "/login")
    page.context.add_cookies([{"name": "chebiao", "value": board.cookie("李丽"), "url": board.url}])
    for path in PAGES:
        found += looked_at(page, path.format(project=project, notice=notice))
    assert found == []


def test_every_control_can_be_reached_and_named_by_the_keyboard_alone(visit: Visit, board: Board) -> None:
    """What can be pressed takes the focus, in the order of the page, and says what it is."""
    project = board.project("警用车辆购置")
    page = visit("/", "李丽")
    silent = """() => [...document.querySelectorAll("a[href], button, summary, input, select, textarea")]
        .filter((each) => each.type !== "hidden")
        .filter((each) => each.checkVisibility({visibilityProperty: true}) && (each.tabIndex < 0 || each.disabled
            || !(each.labels?.length || each.textContent.trim() || each.ariaLabel || each.title)))
        .map((each) => each.outerHTML.slice(0, 120))"""
    for path in (
        "/",
        "/inbox",
        f"/projects/{project}",
        "/calendar?show=all",
        "/sources",
        "/results?span=all",
        "/settings",
    ):
        page.goto(path)
        assert page.evaluate(silent) == [], path
    page.goto("/inbox")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.hash") == "#main"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_open_menus_and_dialogs_are_readable_too(visit: Visit) -> None:
    page = visit("/inbox", "李丽")
    page.keyboard.press("x")
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("#dialog[open]")).to_be_visible()
    assert faults(page) == []
    page.keyboard.press("Escape")
    page.locator(".filter > summary").click()
    assert faults(page) == []
    page.keyboard.press("?")
    assert faults(page) == []


def test_login_in_the_browser_and_back_to_the_page(visit: Visit) -> None:
    page = visit("/projects?show=mine", None)
    assert page.url.endswith("/login?next=%2Fprojects%3Fshow%3Dmine")
    page.locator("[name=name]").fill("李丽")
    page.locator("[name=password]").fill("falsches Wort")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("姓名与密码不符")
    assert page.locator("[name=name]").input_value() == "李丽"
    page.locator("[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects?show=mine")
    page.locator(".me summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page.locator("[name=password]")).to_be_visible()


def test_a_viewer_reads_and_has_nothing_to_press(visit: Visit) -> None:
    page = visit("/inbox", "周敏")
    expect(page.locator(".item").first).to_be_visible()
    assert page.locator(".verbs, #bulk, [data-picked]").count() == 0
    page.keyboard.press("t")
    page.keyboard.press("j")
    page.wait_for_timeout(100)
    assert page.locator("[data-note]").count() == 0


# --- today ----------------------------------------------------------------------------------------------------------


def test_today_has_the_order_of_the_mail(visit: Visit) -> None:
    page = visit("/", "李丽")
    heads = [each.split("\n")[0].rsplit(" ", 1)[0] for each in page.locator(".section > h2").all_inner_texts()]
    wanted = [
        "要办的事",
        "有变动",
        "信息来源",
        "质疑、异议、签约：最后期限",
        "新标",
        "待确认是否购车",
        "采购意向与意见征询",
        "结果与废标",
    ]
    assert [each for each in heads if each in wanted] == wanted
    first = page.locator("#todo .item").first
    expect(first).to_contain_text("今天")


def test_done_takes_the_action_away_for_the_team_until_its_day_moves(visit: Visit, board: Board) -> None:
    page = visit("/", "李丽")
    line = page.locator("#todo .item:not(.errand)", has_text="警用车辆购置项目")
    line.click(position={"x": 4, "y": 4})
    expect(line).to_contain_text("获取采购文件")
    page.keyboard.press("d")
    expect(page.locator("[data-note]")).to_contain_text("已办：沧平市公安局")
    other = visit("/projects", "赵磊")
    expect(other.locator(".item", has_text="警用车辆购置项目").locator(".c-due")).not_to_contain_text("获取采购文件")
    page.keyboard.press("u")
    expect(page.locator("[data-note]")).to_contain_text("已撤销")
    other.reload()
    expect(other.locator(".item", has_text="警用车辆购置项目").locator(".c-due")).to_contain_text("获取采购文件")


def test_a_task_is_closed_from_today_and_comes_back(visit: Visit, board: Board) -> None:
    page = visit("/", "李丽")
    errand = page.locator(".errand")
    expect(errand).to_contain_text("公告目录截图")
    errand.locator("[data-key=d]").click()
    expect(errand).to_have_count(0)
    with reading(board.engine) as connection:
        assert tasks(connection, owner="李丽") == []
    page.locator("[data-undo]").click()
    expect(errand).to_have_count(1)


def test_a_pass_on_today_takes_the_project_out_of_every_part(visit: Visit) -> None:
    page = visit("/", "李丽")
    name = "苏澜市公共交通管理处纯电动公交车采购项目"
    assert page.locator(".item", has_text=name).count() == 2
    line = page.locator("#new .item", has_text=name)
    line.click(position={"x": 4, "y": 4})
    page.keyboard.press("x")
    page.keyboard.press("2")
    expect(page.locator(".item", has_text=name)).to_have_count(0)


def test_a_long_part_of_today_ends_with_the_way_to_all_of_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    made = client("李丽")

    def lines(path: str, part: str) -> int:
        section = made.get(path).text.split(f'<section class="section" id="{part}">')[1].split("</section>")[0]
        return section.count(" data-item tabindex")

    all_new, all_moved = lines("/", "new"), lines("/", "moved")
    assert min(all_new, all_moved) > 1
    monkeypatch.setattr("tracker.web.pages.today.MOST", 1)
    assert lines("/", "new") == 1
    assert f'/?whole=new#new">全部 {all_new} 项' in made.get("/").text
    assert lines("/?whole=new", "new") == all_new
    assert lines("/", "moved") == all_moved


def test_snoozed_lines_leave_today_and_are_counted(visit: Visit) -> None:
    page = visit("/", "李丽")
    line = page.locator("#new .item", has_text="牵引车").first
    line.click(position={"x": 4, "y": 4})
    page.keyboard.press("s")
    page.keyboard.press("1")
    expect(page.locator("[data-note]")).to_contain_text("稍后再看（2026-11-24）")
    page.reload()
    expect(page.locator(".summary")).to_contain_text("稍后 1")


# --- without scripts ------------------------------------------------------------------------------------------------


def test_everything_simple_works_without_scripts(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽", java_script_enabled=False)
    listed = page.locator(".item .name").all_inner_texts()
    page.locator(".item").first.locator("[value=track]").click()
    note, first = page.locator("[data-note]"), page.locator(".item .name").first
    expect(note).to_contain_text("已跟踪")
    expect(first).to_have_text(listed[1], use_inner_text=True)
    page.locator("[data-undo]").click()
    expect(first).to_have_text(listed[0], use_inner_text=True)
    page.locator(".item").first.locator("summary[data-key=x]").click()
    page.locator(".item").first.locator("[value=pass-4]").click()
    expect(note).to_contain_text("资格或授权")
    page.locator(".item").first.locator("[data-key=a]").click()
    page.wait_for_url("**/assign*")
    page.locator("select[name=owner]").select_option("赵磊")
    page.locator("main button.main").click()
    page.wait_for_url(lambda url: url.split("?")[0].endswith("/inbox"))
    with reading(board.engine) as connection:
        found = assignment(connection, board.project(listed[1]))
    assert found is not None
    assert found.owner == "赵磊"
    page.goto("/")
    page.locator(".errand [data-key=d]").click()
    expect(note).to_contain_text("已办")
    page.goto("/inbox")
    page.locator(".filter > summary").click()
    page.locator("[name=vehicles]").fill("消防车")
    page.locator(".filter button.main").click()
    page.wait_for_url("**vehicles=*")
    assert 0 < page.locator(".item").count() < len(listed)


# --- two at once ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scripts", [True, False])
def test_h65_two_people_assign_one_project_and_the_second_sees_both(visit: Visit, board: Board, scripts: bool) -> None:
    identity = board.project("牵引车")
    setter = visit(f"/projects/{identity}/assign", "王经理")
    setter.locator("[name=owner]").select_option("李丽")
    setter.locator("main button.main").click()
    expect(setter.locator("[data-note]")).to_contain_text("已指派给李丽")
    one, two = (visit(f"/projects/{identity}/assign", who, java_script_enabled=scripts) for who in ("王经理", "赵磊"))
    one.locator("[name=owner]").select_option("赵磊")
    one.locator("[name=instruction]").fill("赵磊去")
    one.locator("main button.main").click()
    expect(one.locator("[data-note]")).to_contain_text("已指派给赵磊")
    two.locator("[name=owner]").select_option("王经理")
    two.locator("[name=instruction]").fill("我来")
    two.locator("main button.main").click()
    both = two.locator(".both")
    expect(both).to_contain_text("赵磊去")
    expect(both).to_contain_text("我来")
    expect(both).to_contain_text("王经理")
    with reading(board.engine) as connection:
        found = assignment(connection, identity)
    assert found is not None
    assert found.owner == "赵磊"
    two.get_by_role("button", name="用我的").click()
    expect(two.locator("[data-note]")).to_contain_text("已指派给王经理")
    with reading(board.engine) as connection:
        found = assignment(connection, identity)
    assert found is not None
    assert (found.owner, found.instruction) == ("王经理", "我来")


# --- paging, paper, words from outside ------------------------------------------------------------------------------


def test_pages_of_a_list_follow_without_gap_or_double(
    visit: Visit, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit("/inbox?show=all")
    whole = page.locator(".item .name").all_inner_texts()
    monkeypatch.setattr("tracker.web.pages.lists.LIMIT", 7)
    page.reload()
    found = page.locator(".item .name").all_inner_texts()
    while page.locator("[data-more]").count():
        page.locator("[data-more]").click()
        page.wait_for_load_state()
        found += page.locator(".item .name").all_inner_texts()
    assert found[: len(whole)] == whole
    with reading(board.engine) as connection:
        living = select(func.count()).select_from(PROJECT).where(PROJECT.c.alias_of.is_(None))
        assert len(found) == connection.scalar(living)
    page.goto("/inbox?after=nonsense")
    expect(page.get_by_role("alert")).to_contain_text("请从头开始")


def test_search_finds_notices_whatever_was_decided(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    page.keyboard.press("/")
    page.keyboard.type("警用 侦查")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=**")
    page.goto("/inbox?show=all&q=警用车辆")
    expect(page.locator(".item", has_text="警用车辆购置项目")).to_be_visible()
    for hostile in ("%", "_", '"', "' OR 1=1 --", "*", "(" * 50, "车" * 5000):
        assert page.request.get("/inbox", params={"show": "all", "q": hostile}).status == 200


def test_on_paper_there_is_nothing_to_press(visit: Visit) -> None:
    page = visit("/")
    page.emulate_media(media="print")
    for hidden in (".top", ".verbs", "#notes", ".banner"):
        for each in page.locator(hidden).all():
            expect(each).to_be_hidden()
    expect(page.locator(".item .name").first).to_be_visible()


def test_h17_words_from_portals_are_only_words(visit: Visit, board: Board) -> None:
    wild = '<img src=x onerror=alert(1)>{{7*7}}{% for %}"><script>alert(2)</script>'
    identity = board.project("牵引车")
    with board.engine.begin() as connection:
        row = project(connection, identity)
        state = row.state | {"name": wild, "buyer": wild, "region": wild, "reasons": [wild]}
        connection.execute(update(PROJECT).where(PROJECT.c.id == identity).values(name=wild, state=state))
        own = update(PUBLICATION).where(PUBLICATION.c.project_id == identity)
        connection.execute(own.values(title=wild, url="javascript:alert(3)"))
    page = visit("/inbox")
    line = page.locator(f"#p{identity}")
    expect(line.locator(".name")).to_have_text(wild)
    assert line.locator("img, script").count() == 0
    assert page.locator('a[href^="javascript"]').count() == 0
    page.locator(f"#p{identity} [value=track]").click()
    expect(page.locator("[data-note]")).to_contain_text("<img src=x")


def test_one_broken_project_is_named_and_hides_no_other(visit: Visit, board: Board) -> None:
    page = visit("/inbox")
    before = page.locator(".item").count()
    with board.engine.begin() as connection:
        broken = update(PROJECT).where(PROJECT.c.id == board.project("牵引车"))
        connection.execute(broken.values(state={"name": "坏", "proceedings": 7}))
    page.reload()
    expect(page.locator(".item")).to_have_count(before - 1)
    expect(page.locator("#list > .fault")).to_contain_text("牵引车")


def test_english_from_end_to_end(visit: Visit, board: Board) -> None:
    page = visit("/inbox", "李丽")
    page.locator(".me summary").click()
    page.get_by_role("button", name="English").click()
    page.wait_for_load_state()
    expect(page.locator("h1")).to_have_text("Inbox")
    page.keyboard.press("t")
    expect(page.locator("[data-note]")).to_contain_text("tracked:")
    page.goto("/")
    assert page.locator("h1").inner_text() == "Today"


def test_the_first_minutes_of_a_new_board(visit: Visit, board: Board) -> None:
    """A link for the first account does not exist once somebody can log in."""
    with board.engine.begin() as connection:
        assert first_link(connection, NOW + timedelta(hours=1)) is None
