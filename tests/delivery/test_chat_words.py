"""What a chat group reads: short blocks, numbered messages, nothing that a stranger wrote is markup."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from handmade import NOW, World, at, busy_day, date
from hypothesis import given
from hypothesis import strategies as st

from demo.robots import read
from tracker.delivery.alerts import compose_alert
from tracker.delivery.chat import BLOCK, Block, Said, changed, messages, neutral, say_alert, say_digest
from tracker.delivery.robots import PLATFORMS, Medium, size
from tracker.digest import Change, compose
from tracker.digest.model import Ahead, Ending, Errand, Owed

MEDIA: tuple[Medium, ...] = ("wecom", "dingtalk", "feishu")


def digest_of(world: World, person: int) -> Said:
    with world.engine.connect() as connection:
        digest = compose(connection, person, NOW)
    return say_digest(digest)


def alert_of(world: World, event: int, person: int) -> Said:
    with world.engine.connect() as connection:
        alert = compose_alert(connection, event, person, NOW)
    return say_alert(alert)


# --- words ----------------------------------------------------------------------------------------------------------


def test_a_digest_in_a_group_says_what_the_mail_says_in_short_blocks(world: World) -> None:
    me = busy_day(world)
    world.route(NOW)
    said = digest_of(world, me)
    assert said.title.startswith("车标 11-23 周一｜")
    assert all(len(block.plain) <= BLOCK for block in said.blocks)
    plain = "\n\n".join(block.plain for block in said.blocks)
    assert (
        "云溪公交集团2026年纯电动公交车采购\n【提前】递交截止 12-03 09:30 → 11-27 09:30\n▶ 缴纳保证金 11-26 周四 17:00"
        in plain
    )
    assert "未读到：中国政府采购网\n自 11-22 周日 22:30 起\n块页：您的访问过于频繁" in plain  # the source is named
    heads = [block.lines[0].split(" ")[0] for block in said.blocks if block.heading]
    assert heads[:4] == ["要办的事", "有变动", "信息来源", "新标"]


def test_what_was_told_in_full_above_is_one_line_below(world: World) -> None:
    me = world.person()
    world.published(world.project("黎明消防车采购", date("bid_deadline", "11-24 16:00")))
    world.route(NOW)
    first, second = (block for block in digest_of(world, me).blocks if block.lines[0] == "黎明消防车采购")
    assert "无人负责" in first.plain
    assert second.lines == ("黎明消防车采购", "▶ 递交投标/响应文件 11-24 周二 16:00 (明天)")


def test_an_alert_is_one_message_with_the_words_of_the_correction(world: World) -> None:
    me = world.person()
    project = world.project("云溪公交车采购", date("bid_deadline", "11-27 09:30"))
    event = world.event(
        "deadline-moved",
        project,
        "2026-12-03 09:30",
        "2026-11-27 09:30",
        proceeding="purchase-1",
        lot="",
        milestone="bid_deadline",
        rule_id="",
        words="现更正为11月27日9:30",
    )
    said = alert_of(world, event, me)
    assert said.title == "【截止提前】云溪公交车采购 11-27 09:30"
    (block,) = said.blocks
    assert block.lines[1] == "【提前】递交截止 12-03 09:30 → 11-27 09:30"
    assert "“现更正为11月27日9:30”" in block.lines
    assert block.url.startswith("https://www.ccgp.gov.cn/")
    assert len(messages("wecom", said)) == 1


def test_h56_a_message_that_is_late_says_so_and_counts_the_true_time_left(world: World) -> None:
    me = world.person()
    event = world.event("source-blind", portal="ccgp", channel="dfgg-gkzb", cause="poll", reason="HTTP 403")
    with world.engine.connect() as connection:
        alert = compose_alert(connection, event, me, NOW, due_at=NOW - timedelta(hours=2))
    said = say_alert(alert)
    assert said.blocks[0].plain == "延迟送达：本消息原应于 11-23 周一 05:30 发出。"
    assert "HTTP 403" in said.blocks[1].plain


def test_h51_nothing_new_is_one_line_and_the_sources(world: World) -> None:
    me = world.person()
    world.source("dfgg-gkzb")
    said = digest_of(world, me)
    since, sources = (block.plain for block in said.blocks)
    assert since.startswith("11-13 周五 07:30 以来没有新")
    assert sources == "信息来源 已读 1/1"


def test_h50_an_item_that_cannot_be_worded_is_named_and_the_others_go_out(world: World) -> None:
    me = world.person()
    for number in range(5):
        world.published(world.project(f"第{number}号消防车采购", date("bid_deadline", "12-24 16:00")))
    world.route(NOW)
    with world.engine.connect() as connection:
        digest = compose(connection, me, NOW)
    poisoned = replace(digest.new[2], vehicle_count="x")  # type: ignore[arg-type]
    digest = replace(digest, new=(*digest.new[:2], poisoned, *digest.new[3:]))
    plain = "\n".join(block.plain for block in say_digest(digest).blocks)
    assert "新标 4" in plain
    assert "未能显示的条目 1" in plain
    assert plain.count(digest.new[2].name) == 1


@pytest.mark.parametrize(
    ("kind", "way", "said"),
    [
        ("terminated", ("terminated",), "终止"),
        ("verdict", ("no", "yes"), "重新判定 不购车 → 购车"),
        ("amount-changed", ("128500000", "99000000"), "预算 128.5 万元 → 99 万元"),
        ("conflict", ("2026-12-03 09:30", "2026-12-04 09:30"), "不一致 递交截止 12-03 09:30 / 12-04 09:30"),
        ("deadline-moved", ("2026-12-03 09:30", "2027-01-04 09:30"), "递交截止 12-03 09:30 → 2027-01-04 09:30"),
    ],
)
def test_a_change_is_one_line(kind: str, way: tuple[str, ...], said: str) -> None:
    what = ("budget",) if kind == "amount-changed" else ("bid_deadline",) if "09:30" in way[-1] else ()
    assert changed(Change(1, kind, what, way), at("11-23 07:30")) == said


# --- strangers' text ------------------------------------------------------------------------------------------------


HOSTILE = [
    "<font color='warning'>紧急</font>",
    "[点这里](javascript:alert(1))",
    "@all <@all> @所有人",
    "**粗** `code` # 标题",
    "![图](https://evil.example.cn/x.png)",
    "见 https://evil.example.cn/login",
    '<at user_id="all">所有人</at>',
    "第一行\n# 第二行\u2028第三行",
]


@pytest.mark.parametrize("title", HOSTILE)
@pytest.mark.parametrize("medium", MEDIA)
def test_h17_a_title_is_shown_and_never_markup_or_link(medium: Medium, title: str) -> None:
    (body,) = messages(medium, Said(title, (Block((title, title)),)))
    content = json.loads(body)
    shown = read(content)
    if medium == "feishu":  # pieces with a sort: text is not read as markup
        lines = content["content"]["post"]["zh_cn"]["content"]
        assert {piece["tag"] for line in lines for piece in line} == {"text"}
    else:
        ours = shown.removeprefix("### ").replace("**", "")
        assert not set("*`[]<>@#") & set(ours)
    assert "://" not in shown
    assert neutral("消防车") == "消防车"


def test_h17_only_the_gate_makes_links() -> None:
    block = Block(("消防车",), "https://www.ccgp.gov.cn/a(b).htm", "政采网](javascript:x)[")
    (body,) = messages("wecom", Said("车标", (block,)))
    assert "[政采网］(javascript:x)［](https://www.ccgp.gov.cn/a%28b%29.htm)" in read(json.loads(body))


def test_a_link_too_long_for_a_short_block_stays_away(world: World) -> None:
    me = world.person()
    url = "https://www.ccgp.gov.cn/" + "x" * 300
    world.published(world.project("消防车采购", date("bid_deadline", "12-24 16:00"), urls=(url,)))
    world.route(NOW)
    block = next(each for each in digest_of(world, me).blocks if each.lines[0] == "消防车采购")
    assert block.url == ""
    assert len(block.plain) <= BLOCK


# --- splitting ------------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=70), min_size=1, max_size=4
)
BLOCKS = st.builds(Block, LINES.map(tuple), heading=st.booleans())


@given(st.lists(BLOCKS, max_size=60), st.sampled_from(MEDIA))
def test_h52_split_between_blocks_by_bytes_nothing_lost_nothing_cut(blocks: list[Block], medium: Medium) -> None:
    named = [replace(each, lines=(f"条目{number}；", *each.lines)) for number, each in enumerate(blocks)]
    bodies = [json.loads(each) for each in messages(medium, Said("车标 11-23", tuple(named)))]
    assert all(size(medium, each) <= PLATFORMS[medium].bytes for each in bodies)
    shown = [read(each) for each in bodies]
    where = [next(n for n, text in enumerate(shown) if f"条目{number}；" in text) for number in range(len(named))]
    assert where == sorted(where)
    assert sum(text.count("条目") for text in shown) >= len(named)
    if len(shown) > 1:
        assert [f"({n}/{len(shown)})" in text for n, text in enumerate(shown, 1)] == [True] * len(shown)


def test_h52_a_heading_stays_with_what_it_is_the_head_of() -> None:
    filler = [Block(("长" * 290,)) for _n in range(4)]
    blocks = (*filler, Block(("有变动 1",), heading=True), Block(("变" * 290,)))
    pages = [read(json.loads(each)) for each in messages("wecom", Said("车标", blocks))]
    assert len(pages) == 2
    assert "有变动" not in pages[0]
    assert pages[1].index("有变动") < pages[1].index("变变")


def test_h52_a_character_at_the_edge_of_4096_bytes_is_never_cut() -> None:
    for extra in range(6):
        blocks = tuple(Block(("字" * 299 + "x" * (n == 0) * extra,)) for n in range(20))
        for each in messages("wecom", Said("车标", blocks)):
            assert "\ufffd" not in each.decode("utf-8")


def test_a_block_no_message_can_hold_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="4096"):
        messages("wecom", Said("车标", (Block(("字" * 5000,) * 2),)))


# --- what is one person's own ---------------------------------------------------------------------------------------


def test_errands_money_and_keys_are_told_to_their_reader_and_not_to_a_team(world: World) -> None:
    me = world.person()
    with world.engine.connect() as connection:
        digest = compose(connection, me, NOW)
    digest = replace(
        digest,
        errands=(Errand("task", "交公告目录截图", at("11-23 17:00")),),
        money=(
            Owed("deposit", 1, "消防车采购", "消防支队", "王小明", 12_000_000, due=at("11-20"), overdue=True),
            Owed("payment", 2, "校车采购", "教育局", "王小明", 50_000_000),
        ),
        endings=(Ending("ca-key", "远达汽车", "省平台 CA 锁", at("11-30").date()),),
        ahead=(Ahead("省直采购中心", "monthly", "declared", "", "", at("12-01").date(), at("12-05").date()),),
    )
    own = [block.plain for block in say_digest(digest).blocks]
    team = [block.plain for block in say_digest(digest, shared=True).blocks]
    assert any("交公告目录截图" in each for each in own)
    assert any(each.startswith("逾期 保证金 12 万元") and "消防车采购" in each for each in own)
    assert any("50 万元" in each and "逾期 " not in each for each in own)
    assert any("省平台 CA 锁" in each for each in own)
    assert any("省直采购中心" in each for each in own)
    assert any("省直采购中心" in each for each in team)
    assert not any(word in each for each in team for word in ("交公告目录截图", "万元", "CA 锁"))
    assert all(len(each) <= BLOCK for each in own)
