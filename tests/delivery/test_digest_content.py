"""What stands in a digest, and in which order."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from handmade import NOW, World, at, busy_day, date
from sqlalchemy import update

from tracker.delivery.render import Rendered, render
from tracker.digest import Digest, compose
from tracker.i18n import language
from tracker.present import columns
from tracker.router import route
from tracker.tables import Delivery, DigestItem, Event, Project, table
from tracker.tables import Digest as DigestRow


def made(world: World, person: int, now=NOW) -> Digest:
    """The digest of this morning, as it is sent."""
    world.digests(now)
    (row,) = [each for each in world.rows(DigestRow) if each.person_id == person][-1:]
    with world.engine.connect() as connection:
        return compose(connection, person, now, digest_id=row.id)


def page(digest: Digest) -> Rendered:
    return render(digest)


def names(items) -> list[str]:
    return [item.name for item in items]


@pytest.fixture
def monday(world: World) -> Digest:
    return made(world, busy_day(world))


def test_what_to_do_comes_first_with_the_earliest_open_action_and_its_owner(monday: Digest) -> None:
    assert [(item.next.kind, item.name, item.owner) for item in monday.today if item.next] == [
        ("bid_deadline", "白石镇人民政府洒水车询价采购", ""),
        ("documents_until", "青湖市消防救援支队水罐消防车采购项目", "林芳"),
        ("documents_until", "临川县人民医院负压救护车采购项目", ""),
        ("deposit_deadline", "云溪公交集团2026年纯电动公交车采购", "王小明"),
    ]


def test_the_order_of_the_parts(monday: Digest) -> None:
    order = ["要办的事", "有变动", "信息来源", "新标", "待确认是否购车", "采购意向", "结果与废标", "发现时已截止"]
    rendered = page(monday)
    for text in (rendered.text, rendered.html.partition("<body")[2]):
        places = [re.search(rf"(== |>){part}", text) for part in order]
        starts = [place.start() for place in places if place]
        assert len(starts) == len(order)
        assert starts == sorted(starts)


def test_a_moved_date_shows_before_and_after_with_the_words_of_the_notice(monday: Digest) -> None:
    (bus, van) = monday.moved
    assert bus.changes[0].way == ("2026-12-03 09:30", "2026-11-27 09:30")
    assert bus.changes[0].shortened
    assert van.changes[0].kind == "terminated"
    text = page(monday).text
    assert "【提前】" in text
    assert "12-03 09:30\n    → 11-27 09:30" in text
    assert "现更" in text
    assert "有效投标人不足三家" in text


def test_sources_say_who_is_blind_since_when_and_what_that_hides(monday: Digest) -> None:
    assert (monday.sources.read, monday.sources.total) == (4, 5)
    text = page(monday).text
    assert "已读 4/5" in text
    assert (
        "未读到：中国政府采购网\n  自 11-22 周日 22:30 起\n  块页：您的访问过于频繁\n  可能漏掉： 地方更正公告" in text
    )


def test_new_tenders_stand_by_their_earliest_action(monday: Digest) -> None:
    assert names(monday.new) == [
        "白石镇人民政府洒水车询价采购",
        "临川县人民医院负压救护车采购项目",
        "青湖市公安局2026年执法执勤用车更新采购",
    ]
    assert names(monday.check) == ["岭东区城管局环卫一体化服务及设备采购"]
    assert names(monday.intentions) == ["省气象局2027年应急观测车采购意向"]
    assert names(monday.results) == ["东屏区机关事务中心公务用车采购"]


def test_each_item_says_all_a_bid_manager_asks(monday: Digest) -> None:
    text = page(monday).text
    item = text[text.index("\n临川县人民医院负压救护车采购项目") :]
    item = item[: item.index("\n\n")]
    for part in (
        "临川县人民医院 · 江西省",
        "救护车 1 辆 · 78 万元 · 公开招标",
        "获取采购文件 还剩 2 天",
        "11-25 周三 北京时间",
        "“获取文件：11月19日至11月25日”",
        "递交投标/响应文件 12-10 周四 14:30",
        "无人负责",
        "入选： 标题含“救护车”",
        "2 个来源",
        "https://www.ccgp.gov.cn/",
    ):
        assert part in item, part


def test_found_after_closing_names_the_delay_of_the_source(monday: Digest) -> None:
    (late,) = monday.late
    assert late.delay == timedelta(days=3, hours=4)
    assert "发现时已截止。\n  公告发布 3 天后才看到。\n  递交截止 11-20 周五 10:00" in page(monday).text


def test_the_subject_says_what_counts_within_60_characters(monday: Digest) -> None:
    assert page(monday).subject == "车标 11-23 周一｜提前 1 项、要办 4、变动 2、新标 3、结果 1、1 个来源未读到"


def test_every_line_of_the_text_part_fits_a_phone(monday: Digest) -> None:
    for code in ("zh_CN", "en"):
        for line in page(replace(monday, language=code)).text.splitlines():
            assert columns(line) <= 40 or line.strip().startswith("https://"), line


def test_the_english_digest_has_no_chinese_words_of_ours(monday: Digest) -> None:
    text = page(replace(monday, language="en")).text
    assert "== To do 4 ==" in text
    assert "2 days left obtain documents" in text
    assert not re.search("北京时间|要办|未读到|无人负责", text)


def test_the_json_form_holds_facts(monday: Digest) -> None:
    found = json.loads(page(monday).json)
    assert found["today"][0]["actions"][0]["kind"] == "bid_deadline"
    assert datetime.fromisoformat(found["today"][0]["actions"][0]["earliest"]) == at("11-24 10:00")
    assert found["sources"]["read"] == 4
    assert found["late"][0]["delay"] == (3 * 24 + 4) * 3600


def test_sending_again_gives_the_same_text(world: World) -> None:
    me = busy_day(world)
    first = made(world, me)
    world.published(world.project("后来的消防车", date("bid_deadline", "12-30 09:30")))
    world.source("zygg-jzxcs", "failed")
    world.route(NOW)
    row = world.rows(DigestRow, person_id=me)[-1]
    with world.engine.connect() as connection:
        again = compose(connection, me, NOW, digest_id=row.id)
    assert page(again).text == page(first).text


def test_h51_a_quiet_day_says_so_in_one_line_and_still_names_the_sources(world: World) -> None:
    me = world.person()
    world.source("dfgg-gkzb")
    digest = made(world, me)
    assert digest.quiet
    rendered = page(digest)
    assert rendered.subject == "车标 11-23 周一｜今日无新，来源已读 1/1"
    assert "没有新情况" in rendered.text
    assert "全部读到，最近一次 11-23 周一 07:05。" in rendered.text
    assert "没有新情况" in rendered.html


def test_a_channel_that_nobody_polls_any_more_is_not_called_read(world: World) -> None:
    me = world.person()
    world.source("dfgg-gkzb", next_due_at=NOW - timedelta(hours=3))
    world.source("dfgg-cjgg", None, last_ok_at=None, blind_since=None)
    digest = made(world, me)
    assert (digest.sources.read, digest.sources.total) == (0, 2)
    assert {each.state for each in digest.sources.blind} == {"overdue", "never"}
    rendered = page(digest)
    assert "未读到" in rendered.text
    assert digest.quiet
    assert rendered.subject == "车标 11-23 周一｜2 个来源未读到", "nobody knows whether there is nothing new"


def test_h51_two_hundred_items_are_all_there_fifty_in_full(world: World) -> None:
    me = world.person()
    for number in range(200):
        project = world.project(f"第{number:03}号消防车采购", date("bid_deadline", "12-20 09:30"))
        if number < 60:
            moved = {"milestone": "bid_deadline", "words": f"第{number:03}次更正"}
            world.event("deadline-moved", project, "2026-12-18 09:30", "2026-12-20 09:30", **moved)
        else:
            world.published(project)
    rendered = page(made(world, me))
    for number in range(200):
        assert f"第{number:03}号" in rendered.text
        assert f"第{number:03}号" in rendered.html
    assert rendered.text.count("▶") == 50
    assert "有 90 条在此只列一行，完整内容见附件。" in rendered.text.replace("\n", "")
    assert rendered.text.count("次更正”") == 60  # moved dates are never cut
    assert len(rendered.html) < 600_000


def test_h50_one_poisoned_item_among_two_hundred_is_named_and_the_others_go_out(world: World) -> None:
    me = world.person()
    projects = [world.project(f"第{n:03}号救护车采购", date("bid_deadline", "12-20 09:30")) for n in range(200)]
    for project in projects:
        world.published(project)
    world.route(NOW)
    rows = table(Project)
    with world.engine.begin() as connection:
        sick = update(rows).where(rows.c.id == projects[77])
        connection.execute(sick.values(state={"name": "第077号", "budget": "many"}))
    rendered = page(made(world, me))
    listed = rendered.text.partition("未能显示的条目 1")
    assert "第077号救护车采购" in listed[2]
    assert sum(f"第{n:03}号" in listed[0] for n in range(200)) == 199


def test_an_item_that_breaks_its_template_is_named_too(world: World) -> None:
    digest = made(world, busy_day(world))
    broken = replace(digest.new[1], budget="so many")  # type: ignore[arg-type]  # what no type check would let in
    rendered = page(replace(digest, new=(digest.new[0], broken, digest.new[2])))
    assert "未能显示的条目 1" in rendered.text
    assert digest.new[2].name in rendered.text
    assert digest.new[2].name in rendered.html


def test_an_event_already_told_is_one_line(world: World) -> None:
    me = busy_day(world)
    with world.engine.begin() as connection:
        route(connection, NOW - timedelta(hours=10))
        rows = table(Delivery)
        told = update(rows).where(rows.c.person_id == me, rows.c.kind == "alert")
        connection.execute(told.values(state="sent", sent_at=NOW - timedelta(hours=9)))
    digest = made(world, me)
    assert names(digest.moved) == []
    assert {each.name for each in digest.told} == {
        "云溪公交集团2026年纯电动公交车采购",
        "桐源县教育局校车采购（第二次）",
    }
    told = page(digest).text.partition("已即时提醒 2")[2]
    assert "递交截止\n    12-03 09:30\n    → 11-27 09:30" in told


def test_an_alert_that_never_left_is_told_in_full(world: World) -> None:
    me = busy_day(world)
    with world.engine.begin() as connection:
        route(connection, NOW - timedelta(hours=10))
        rows = table(Delivery)
        connection.execute(update(rows).where(rows.c.kind == "alert").values(state="dead"))
    assert len(made(world, me).moved) == 2


def test_h32_moved_and_moved_back_shows_the_whole_way(world: World) -> None:
    me = world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    for before, after in (("2026-12-20 09:30", "2026-12-10 09:30"), ("2026-12-10 09:30", "2026-12-20 09:30")):
        world.event("deadline-moved", project, before, after, milestone="bid_deadline", lot="", proceeding="p-1")
    (item,) = made(world, me).moved
    assert item.changes[0].way == ("2026-12-20 09:30", "2026-12-10 09:30", "2026-12-20 09:30")
    assert not item.changes[0].shortened


def test_submission_and_opening_that_move_together_are_told_once_and_what_follows_in_one_line(world: World) -> None:
    me = world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    for kind in ("bid_deadline", "opening_at"):
        world.event("deadline-moved", project, "2026-12-20 09:30", "2026-12-10 09:30", milestone=kind, lot="")
    rule = "ent.bond.plan"
    world.event("date-recomputed", project, "2026-12-18", "2026-12-09", milestone=rule, rule_id=rule, cause="rule")
    digest = made(world, me)
    assert [each.what for each in digest.moved[0].changes] == [("bid_deadline", "opening_at"), (rule,)]
    text = page(digest).text
    assert "【提前】 递交截止、开标\n    12-20 09:30\n    → 12-10 09:30" in text
    assert "随之重算：\n    保证金计划日 12-09" in text


def test_what_exceeds_the_first_screen_follows_the_sources_and_nothing_is_lost(world: World) -> None:
    me = world.person()
    for number in range(12):
        world.project(f"第{number:02}号消防车采购", date("bid_deadline", f"11-24 {9 + number:02}:00"))
    world.source("dfgg-gkzb")
    rendered = page(made(world, me))
    for text in (rendered.text, rendered.html):
        assert all(f"第{number:02}号" in text for number in range(12))
        assert text.index("第04号") < text.index("信息来源") < text.index("第05号")
    assert "另 7 件列在信息来源之后" in rendered.text


def test_what_was_sent_today_is_what_today_s_digest_shows(world: World) -> None:
    me = busy_day(world)
    sent = made(world, me)
    with world.engine.connect() as connection:
        assert page(compose(connection, me, NOW)).text == page(sent).text
        tomorrow = compose(connection, me, NOW + timedelta(days=1))
    assert names(tomorrow.new) == []


def test_one_entry_for_a_project_with_many_notices(world: World) -> None:
    me = world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"), portals=("ccgp", "a", "b"))
    world.published(project)
    world.published(project, same_as="ccgp/1")
    world.published(project, same_as="ccgp/1")
    digest = made(world, me)
    assert names(digest.new) == ["消防车采购"]
    assert len(digest.new[0].links) == 3


def test_what_is_published_long_ago_is_filed_not_told(world: World) -> None:
    me = world.person()
    old = world.project("老项目消防车", outcome="awarded")
    world.published(old, "award", occurred_at=NOW - timedelta(days=200))
    digest = made(world, me)
    assert (digest.filed, names(digest.results)) == (1, [])
    assert "另有 1 份 30 天前的旧公告" in page(digest).text.replace("\n", "")


def test_a_mail_that_did_not_arrive_is_named_in_the_next_digest(world: World) -> None:
    from tracker.delivery.deliveries import Claim, claim, record

    me = world.person()
    lin = world.person("林芳", "gone@example.cn")
    world.event("source-blind", portal="ccgp", channel="x", cause="poll")
    world.route(NOW - timedelta(hours=3))
    delivery = world.delivery(person_id=lin)
    with world.engine.begin() as connection:
        claim(connection, delivery.id, NOW - timedelta(hours=2), "w")
    record(world.engine, Claim(delivery.id, 1, "w"), NOW - timedelta(hours=2), "permanent", "550", "no such user")
    digest = made(world, me)
    assert [(each.person, each.reason) for each in digest.dead] == [("林芳", "550 no such user")]
    assert "未送达的邮件 1" in page(digest).text


def test_a_project_passed_since_is_left_out(world: World) -> None:
    me = busy_day(world)
    world.route(NOW)
    fire = world.rows(Project, name="青湖市消防救援支队水罐消防车采购项目")[0].id
    world.decide("pass", fire, me, NOW - timedelta(minutes=1))
    assert "青湖市消防救援支队水罐消防车采购项目" not in page(made(world, me)).text


def test_h56_a_deadline_that_passed_before_the_mail_left_is_worded_as_past(world: World) -> None:
    me = world.person()
    world.published(world.project("洒水车询价", date("bid_deadline", "11-23 09:00")), seen_at=at("11-23 07:00"))
    made(world, me)
    row = world.rows(DigestRow)[-1]
    with world.engine.connect() as connection:
        text = page(compose(connection, me, at("11-23 12:00"), digest_id=row.id)).text
    assert "递交截止 11-23 周一 09:00 已过" in text.replace("\n  ", " ")
    assert "还剩" not in text


def test_places_that_disagree_are_shown_and_the_earlier_counts(world: World) -> None:
    me = world.person()
    two = (
        {"value": "2026-12-01 09:30", "words": "12月1日9:30", "source": "ccgp/1"},
        {"value": "2026-12-03 09:30", "words": "12月3日9:30", "source": "x/2"},
    )
    world.published(world.project("消防车采购", date("bid_deadline", "12-01 09:30", conflict=two)))
    rendered = page(made(world, me))
    assert "各处不一致：" in rendered.text
    assert "12-01 09:30 / 12-03 09:30" in rendered.html


def test_what_a_reader_misread_is_admitted(world: World) -> None:
    me = world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    moved = {"milestone": "bid_deadline", "lot": ""}
    world.event("deadline-moved", project, "2026-12-20 09:30", "2026-12-02 09:30", cause="re-read", **moved)
    assert "此前我们读错了。" in page(made(world, me)).text


def test_without_a_person_it_shows_what_anybody_would_read(world: World) -> None:
    busy_day(world)
    with world.engine.connect() as connection:
        digest = compose(connection, None, NOW)
    assert len(digest.new) == 3
    with language("zh_CN"):
        assert "要办的事" in page(digest).text


HOSTILE = [
    "<script>alert(1)</script>消防车",
    '"><img src=x onerror=alert(1)>救护车',
    "{{7*7}}{% for x in y %}校车",
    "采购\r\nBcc: evil@example.com\u2028车辆\u202e\x00\x1b",
    "=cmd|' /C calc'!A0",
    "[点我](javascript:alert(1))",
    "长" * 10_000,
]


@pytest.mark.parametrize("name", HOSTILE)
def test_h17_h18_scraped_text_is_shown_literally_and_never_acts(world: World, name: str) -> None:
    me = world.person()
    stored = name.replace("\x00", "")  # PostgreSQL takes no NUL; intake removes it before
    hostile = {"buyer": stored[:200], "reasons": (stored[:100],)}
    project = world.project(
        stored,
        date("bid_deadline", "11-24 09:30", stored[:300]),
        urls=("javascript:alert(document.cookie)",),
        **hostile,
    )
    world.published(project)
    moved = {"milestone": "bid_deadline", "words": stored, "source": stored, "lots": [stored]}
    world.event("deadline-moved", project, stored[:50], "2026-12-20 09:30", **moved)
    rendered = page(made(world, me))
    assert "<script>" not in rendered.html
    assert "<img" not in rendered.html
    assert "javascript:" not in rendered.html.replace("[点我](javascript:alert(1))", "")
    assert 'href="javascript' not in rendered.html
    assert "49" not in rendered.text
    assert not re.search(r"[\r\x00\x1b\u2028\u202e]", rendered.text + rendered.html)
    assert len(rendered.html) < 100_000
    if "{{" in name:
        assert "{{7*7}}" in rendered.html
        assert "{{7*7}}" in rendered.text


def test_a_window_takes_every_event_without_a_digest_whenever_it_was_committed(world: World) -> None:
    """No watermark: an event with a lower id that is routed late is in the next digest all the same."""
    me = world.person()
    early = world.published(world.project("先见的消防车", date("bid_deadline", "12-20 09:30")))
    late = world.published(world.project("后见的消防车", date("bid_deadline", "12-20 09:30")))
    rows = table(Event)
    with world.engine.begin() as connection:  # the early one is not committed yet, as it were
        connection.execute(update(rows).where(rows.c.id == early).values(routed_at=NOW))
    assert names(made(world, me).new) == ["后见的消防车"]
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == early).values(routed_at=None))
    tuesday = at("11-24 07:30")
    assert names(made(world, me, tuesday).new) == ["先见的消防车"]
    assert {row.event_id: row.digest_id for row in world.rows(DigestItem)}[late] == 1
