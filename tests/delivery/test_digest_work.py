"""The parts of a digest that tell of the team's own work: errands, rights, windows ahead, money, keys, what moves."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from handmade import NOW, World, at, date, full_day, right
from sqlalchemy import update
from test_digest_content import made, names, page

from tracker.delivery.render import render
from tracker.digest import Digest, compose
from tracker.i18n import language
from tracker.present import columns
from tracker.state import AwardState
from tracker.tables import (
    Assignment,
    Bid,
    Credential,
    Deposit,
    Forecast,
    Organisation,
    OwnMilestone,
    Payment,
    PlatformAccount,
    Project,
    Publication,
    Rhythm,
    Task,
    table,
)

ENTITY = "远江示例汽车销售有限公司"


@pytest.fixture
def monday(world: World) -> Digest:
    return made(world, full_day(world))


def flat(text: str) -> str:
    """Without the line ends of a phone."""
    return re.sub(r"\s+", "", text)


# --- errands --------------------------------------------------------------------------------------------------------


def test_what_the_reader_is_to_do_stands_among_what_is_to_be_done_by_time(monday: Digest) -> None:
    assert [(each.kind, each.title, each.by) for each in monday.errands] == [
        ("task", "向厂家要授权书", "林芳"),
        ("own-milestone", "visit", ""),
        ("task", "确认样车到场时间", ""),
    ]
    text = page(monday).text
    order = ["向厂家要授权书", "拜访采购人", "确认样车到场时间", "白石镇人民政府洒水车询价采购", "另 2 件列在"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "== 要办的事 7 ==" in text
    assert "逾期 3 天 任务" in text
    assert "林芳交办" in text


def test_only_what_is_due_by_today_and_not_done_is_an_errand(world: World) -> None:
    me, lin = world.person(), world.person("林芳", "lin@example.cn")
    passed = world.project("放弃了的消防车", date("bid_deadline", "12-20 09:30"))
    world.decide("pass", passed, me)
    for title, due, more in (
        ("今天的", "11-23 23:59", {}),
        ("明天的", "11-24 00:00", {}),
        ("做完的", "11-20 09:00", {"state": "done"}),
        ("别人的", "11-20 09:00", {"owner_id": lin}),
        ("放弃项目的", "11-20 09:00", {"project_id": passed}),
    ):
        world.add(Task, **{"title": title, "owner_id": me, "person_id": me, "due_at": at(due)} | more)
    assert [each.title for each in made(world, me).errands] == ["今天的"]


def test_an_answer_that_an_assignment_asks_for_is_an_errand_until_it_is_given(world: World) -> None:
    me, lin = world.person(), world.person("林芳", "lin@example.cn")
    project = world.project("消防车采购", date("bid_deadline", "12-20 09:30"))
    asked = {"owner_id": me, "person_id": lin, "instruction": "先问清资格条件", "due_at": at("11-20 18:00")}
    number = world.add(Assignment, project_id=project, **asked)
    (errand,) = made(world, me).errands
    assert (errand.kind, errand.title, errand.by) == ("feedback", "先问清资格条件", "林芳")
    rows = table(Assignment)
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == number).values(feedback="已问清"))
        assert compose(connection, me, NOW).errands == ()


# --- rights ---------------------------------------------------------------------------------------------------------


def test_a_right_that_ends_in_the_coming_days_is_told_with_its_rule_and_owner(monday: Digest) -> None:
    (item,) = monday.windows
    assert (item.name, item.owner) == ("平山县卫生健康局流动体检车采购项目", "王小明")
    part = page(monday).text.partition("== 质疑、异议、签约：最后期限 1 ==")[2]
    assert flat(part).startswith(
        "还剩3天对采购文件提出质疑的最后一天11-26周四平山县卫生健康局流动体检车采购项目负责：王小明"
    )


@pytest.mark.parametrize(
    ("rule", "standing", "status", "day", "told"),
    [
        ("gp.remedy.challenge-documents", "taker", None, "11-26", True),
        ("gp.remedy.challenge-documents", "taker", "considering", "11-26", False),  # who has no documents has no right
        ("gp.remedy.challenge-result", "participant", "submitted", "12-04", True),
        ("gp.remedy.challenge-result", "participant", "submitted", "12-29", False),  # too far ahead
        ("gp.contract.signing", "winner", "lost", "11-26", False),
        ("gp.bond.refund-not-awarded", "participant", "lost", "11-26", False),  # owed to us: told as money
    ],
)
def test_a_right_is_told_when_it_is_ours_and_near(
    world: World, rule: str, standing: str, status: str | None, day: str, told: bool
) -> None:
    me = world.person()
    project = world.project("消防车采购", right(rule, day, "最后一天", standing=standing))
    world.decide("track", project, me)
    if status is not None:
        world.add(Bid, project_id=project, proceeding="purchase-1", bidder=ENTITY, status=status, person_id=me)
    assert names(made(world, me).windows) == (["消防车采购"] if told else [])


def test_rights_of_what_nobody_tracks_are_not_told(world: World) -> None:
    me = world.person()
    world.project("消防车采购", right("gp.remedy.challenge-documents", "11-26", "最后一天"))
    assert made(world, me).windows == ()


# --- windows ahead --------------------------------------------------------------------------------------------------


def test_windows_ahead_name_the_organiser_what_it_rests_on_and_what_we_follow_there(monday: Digest) -> None:
    bus, batch = monday.ahead
    assert (bus.organiser, bus.kind, bus.support) == ("云溪市公共交通集团", "monthly", "5/6")
    assert [each.name for each in bus.purchases] == ["云溪公交集团2026年纯电动公交车采购"]
    assert (batch.kind, batch.first) == ("batch", NOW.date() + timedelta(days=5))
    text = page(monday).text
    assert "11-24 周二 – 11-26 周四 月度开标" in text
    assert "系预计，并非公告：6 期中 5 期" in text
    assert "11-28 周六 归集截止" in text


def test_only_open_forecasts_of_rhythms_that_hold_within_ten_working_days(world: World) -> None:
    me = world.person()
    organisation = world.add(Organisation, key="平山县公安局", name="平山县公安局")
    own = {"organiser": "平山县公安局", "organiser_key": "平山县公安局", "kind": "monthly", "origin": "entered"}
    rule = {"rule": "day 25", "words": "采购中心每月 25 日开标", "valid_from": NOW.date(), "person_id": me}
    ended = world.add(Rhythm, **own, **rule | {"ended_at": None})
    for key, first, outcome in (
        ("平山县公安局|||monthly|entered", 2, None),
        ("远处的局|open||monthly|learned", 40, None),
        ("过了的局|open||monthly|learned", -3, None),
        ("已应验的局|open||monthly|learned", 1, "hit"),
    ):
        day = NOW.date() + timedelta(days=first)
        world.add(Forecast, rhythm_key=key, first=day, last=day, support="", made_at=NOW, blind=False, outcome=outcome)
    coming = world.project("平山县公安局执法车采购意向", kind="intention", buyer="平山县公安局")
    rows = table(Project)
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == coming).values(buyer_id=organisation))
    (window,) = made(world, me).ahead
    assert (window.organiser, window.support) == ("平山县公安局", "采购中心每月 25 日开标")
    assert [each.project_id for each in window.purchases] == [coming]
    rhythms = table(Rhythm)
    with world.engine.begin() as connection:
        connection.execute(update(rhythms).where(rhythms.c.id == ended).values(ended_at=NOW))
        assert compose(connection, me, NOW).ahead == ()


# --- intentions -----------------------------------------------------------------------------------------------------


def buyer_with_a_habit(world: World, lag_days: int, *, kind: str) -> int:
    """Three earlier purchases of a buyer, each with its notice so many days after its month or call; and a new one."""
    office = world.add(Organisation, key="云岭市卫健委", name="云岭市卫健委")
    rows, publications = table(Project), table(Publication)
    numbers = []
    for month in (3, 5, 7, None):
        begin = NOW.replace(month=month, day=1) if month else NOW.replace(day=3)
        dates = (date("expected_at", f"{begin:%m-%d}"),) if kind == "intention" else ()
        number = world.project(f"云岭市救护车{month}", *dates, kind=kind, buyer="云岭市卫健委", portals=("a", "b"))
        first, second = (row.id for row in world.rows(Publication, project_id=number))
        days = {first: begin, second: begin + timedelta(days=lag_days) if month else None}
        with world.engine.begin() as connection:
            connection.execute(update(rows).where(rows.c.id == number).values(buyer_id=office))
            for publication, day in days.items():
                at_ = {"published_at": day, "kind": kind if publication == first else "tender"}
                connection.execute(update(publications).where(publications.c.id == publication).values(**at_))
        numbers.append(number)
    return numbers[-1]


@pytest.mark.parametrize("kind", ["intention", "opinion"])
def test_an_intention_and_a_call_for_opinions_say_how_this_buyer_usually_goes_on(world: World, kind: str) -> None:
    me = world.person()
    world.published(buyer_with_a_habit(world, 20, kind=kind), kind)
    digest = made(world, me)
    (item,) = digest.intentions
    assert item.usual is not None
    assert (item.usual.days, item.usual.came, item.usual.never) == (20, 3, 0)
    assert "该采购人通常20天后发公告（3次中3次）" in flat(page(digest).text)
    assert "该采购人通常 20 天后发公告" in page(digest).html


# --- money ----------------------------------------------------------------------------------------------------------


def test_money_outside_is_told_overdue_first_with_what_dates_it(monday: Digest) -> None:
    assert [(each.kind, each.amount, each.overdue) for each in monday.money] == [
        ("payment", 126_000_000, True),
        ("deposit", 8_000_000, True),
        ("deposit", 11_200_000, False),
    ]
    assert monday.money[1].rule_id == "gp.bond.refund-not-awarded"
    part = page(monday).text.partition("== 在外款项 145.2 万元 ==")[2]
    assert "逾期 货款 126 万元" in part
    assert "应于 11-18 周三 逾期 5 天" in part
    assert "未到期 1 笔，共 11.2 万元" in part
    assert "青湖市消防救援支队水罐消防车采购项目" not in part  # not overdue: in the sum, and in the whole list
    assert "青湖市消防救援支队水罐消防车采购项目" in render(monday, complete=True).text.partition("在外款项")[2]


def test_what_came_back_is_outside_no_longer(world: World) -> None:
    me = world.person()
    project = world.project("校车采购", outcome="awarded")
    bid = world.add(Bid, project_id=project, proceeding="purchase-1", bidder=ENTITY, status="won", person_id=me)
    paid = {"project_id": project, "bid_id": bid, "person_id": me}
    world.add(Deposit, amount=100, paid_at=NOW, returned_at=NOW, **paid)
    world.add(Deposit, amount=200, **paid)  # not paid yet
    world.add(Payment, amount=300, received_at=NOW, **paid)
    digest = made(world, me)
    assert digest.money == ()
    assert "在外款项" not in page(digest).text


# --- keys and papers ------------------------------------------------------------------------------------------------


def test_keys_and_papers_are_told_a_month_before_and_after_their_end(world: World) -> None:
    me = world.person()
    held = {"company": ENTITY, "person_id": me}
    for platform, until in (("近", "12-20"), ("远", "12-24"), ("刚过", "11-01"), ("早过", "10-20")):
        world.add(PlatformAccount, platform=platform, ca_until=at(until).date(), holder="林芳", **held)
    world.add(Credential, kind="licence", name="营业执照", until=at("11-24").date(), owner_id=me, **held)
    world.add(Credential, kind="licence", name="旧证", until=at("11-24").date(), retired_at=NOW, **held)
    digest = made(world, me)
    assert [(each.kind, each.name, each.holder) for each in digest.endings] == [
        ("ca-key", "刚过", "林芳"),
        ("paper", "营业执照", "王小明"),
        ("ca-key", "近", "林芳"),
    ]
    assert digest.quiet  # no news, and yet told
    assert "证书与资质到期 3" in page(digest).text


def test_keys_of_company_yaml_count_until_the_platform_stands_in_the_table(
    world: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CHEBIAO_HOME", str(home))
    (home / "company.yaml").write_text(
        f"name: {ENTITY}\nplatforms:\n"
        "  - {id: zcygov, until: 2026-12-01}\n  - {id: 某交易平台, until: 2026-12-02}\n"
    )
    me = world.person()
    assert [each.name for each in made(world, me).endings] == ["政采云", "某交易平台"]
    world.add(PlatformAccount, company=ENTITY, platform="zcygov", ca_until=at("12-20").date(), person_id=me)
    with world.engine.connect() as connection:
        found = compose(connection, me, NOW).endings
    assert [(each.name, each.until.isoformat()) for each in found] == [
        ("某交易平台", "2026-12-02"),
        ("政采云", "2026-12-20"),
    ]
    (home / "company.yaml").write_text("name: [broken")
    with world.engine.connect() as connection:  # `doctor` names the file; the mail leaves
        assert [each.name for each in compose(connection, me, NOW).endings] == ["政采云"]


# --- what moved dates touch -----------------------------------------------------------------------------------------


def test_a_moved_deadline_says_what_of_our_work_hangs_on_it(world: World) -> None:
    me = world.person()
    project = world.project("公交车采购", date("bid_deadline", "11-27 09:30"), date("deposit_deadline", "11-26 17:00"))
    world.decide("track", project, me)
    dated = {"project_id": project, "owner_id": me, "person_id": me}
    world.add(OwnMilestone, kind="sample-car", due_at=at("11-30 10:00"), **dated)
    world.add(OwnMilestone, kind="visit", due_at=at("11-24 10:00"), **dated)
    bid = world.add(Bid, project_id=project, proceeding="purchase-1", bidder=ENTITY, person_id=me)
    world.add(Deposit, project_id=project, bid_id=bid, amount=100, due_at=at("12-02 17:00"), person_id=me)
    for kind, before, after in (
        ("bid_deadline", "2026-12-03 09:30", "2026-11-27 09:30"),
        ("deposit_deadline", "2026-12-02 17:00", "2026-11-26 17:00"),
    ):
        world.event("deadline-moved", project, before, after, milestone=kind, lot="")
    digest = made(world, me)
    (item,) = digest.moved
    late = {each.name: each.due for each in item.touched if each.late}
    assert late["送样车"] == at("11-30 10:00")  # our date now lies behind the bid
    assert late["保证金"] == at("11-26 17:00")  # noted from the old date, and not paid
    assert "拜访采购人" not in {each.name for each in item.touched}
    assert any("标书" in each.name or "上传" in each.name for each in item.touched)
    rendered = page(digest)
    said = f"牵动我方 {len(item.touched)} 项工作"
    assert said in rendered.text.replace("\n", "")
    assert said in rendered.html


def test_of_what_nobody_tracks_no_work_hangs_on_a_date(world: World) -> None:
    me = world.person()
    project = world.project("公交车采购", date("bid_deadline", "11-27 09:30"))
    world.event("deadline-moved", project, "2026-12-03 09:30", "2026-11-27 09:30", milestone="bid_deadline", lot="")
    assert made(world, me).moved[0].touched == ()


def test_h50_a_list_that_cannot_be_read_never_hides_a_moved_date(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_anything: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("tracker.digest.affected.build", broken)
    me = world.person()
    project = world.project("公交车采购", date("bid_deadline", "11-27 09:30"))
    world.decide("track", project, me)
    world.event("deadline-moved", project, "2026-12-03 09:30", "2026-11-27 09:30", milestone="bid_deadline", lot="")
    (item,) = made(world, me).moved
    assert (item.touched, item.changes[0].shortened) == ((), True)


# --- results --------------------------------------------------------------------------------------------------------


def test_a_result_names_winner_brand_model_and_unit_price(world: World) -> None:
    me = world.person()
    award = AwardState(
        supplier="江北宏达汽车销售有限公司",
        amount=76_800_000,
        brand="某牌",
        model="ABC6501",
        unit_price=25_600_000,
        source="ccgp/1",
        stage="award",
    )
    world.published(world.project("公务用车采购", outcome="awarded", awards=(award,)), "award")
    rendered = page(made(world, me))
    said = "中标（成交）：江北宏达汽车销售有限公司76.8万元某牌ABC6501单价25.6万元"
    assert said in flat(rendered.text)
    assert "单价 25.6 万元" in rendered.html


# --- the whole ------------------------------------------------------------------------------------------------------


def test_every_line_of_a_full_day_fits_a_phone_in_both_languages(monday: Digest) -> None:
    for code in ("zh_CN", "en"):
        for line in page(replace(monday, language=code)).text.splitlines():
            assert columns(line) <= 40 or line.strip().startswith("https://"), line


def test_each_line_of_the_first_screen_has_its_facts_further_down_or_on_a_wide_screen(monday: Digest) -> None:
    """Owner, action, days left, types, number, budget, region, buyer, method, why, address."""
    rendered = page(monday)
    for text in (rendered.html, rendered.text):
        for fact in (
            "负责：林芳",
            "获取采购文件",
            "明天",
            "消防车",
            "560 万元",
            "浙江省",
            "青湖市消防救援支队",
            "公开招标",
        ):
            assert fact in text
    body = rendered.html.partition("<body")[2]
    assert body.count('class="soft wide"') >= 4
    assert body.count('class="soft narrow"') >= 4


def test_a_full_day_in_english_has_no_chinese_words_of_ours(monday: Digest) -> None:
    text = page(replace(monday, language="en")).text
    for part in ("== To do 7 ==", "3 days overdue task", "Money outside", "Keys and papers that end", "monthly tender"):
        assert part in text
    assert not re.search("逾期|在外|到期|牵动|归集|看板", text)


def test_the_json_holds_the_new_parts(monday: Digest) -> None:
    with language("zh_CN"):
        kept = page(monday).json
    for key in ('"errands"', '"windows"', '"ahead"', '"money"', '"endings"', '"touched"', '"usual"', '"unit_price"'):
        assert key in kept
