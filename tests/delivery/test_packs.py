"""The weekly and monthly packs: what came, what we did, how it ended, what is outside, who else won."""

import json
import re
import zlib
from dataclasses import replace
from datetime import date as day
from datetime import datetime, timedelta
from io import BytesIO

import pytest
import time_machine
from handmade import NOW, World, at, busy_day, date, full_day
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import update
from test_digest_content import HOSTILE

from crawler.notice import Contact, Notice
from demo.smtp import MailSink
from tracker.bidding import bids, registration
from tracker.delivery.deliveries import deliver_due, make_digests
from tracker.delivery.hours import last_pack
from tracker.delivery.letters import letter_of, pack_book
from tracker.delivery.render import render_pack
from tracker.i18n import language
from tracker.packs import Pack, compose_pack, period_before
from tracker.packs.workbook import workbook
from tracker.present import columns
from tracker.projects import NOTICE
from tracker.settings import Settings
from tracker.tables import Award, Digest, Proceeding, Project, Publication, Version, table
from tracker.team.people import add_person, edit_person, person
from tracker.workdays import load_calendar

ENTITY = "远江示例汽车销售有限公司"


def move(world: World, when: str, project: int, *steps: str, who: str = "王小明", lot: str = "", **more: object) -> int:
    """A bid brought through these steps on one day; returns its number."""
    with time_machine.travel(at(when), tick=False), world.engine.begin() as connection:
        found = [each for each in bids.bids_of(connection, project) if each.lot == lot]
        bid = found[0] if found else bids.open_bid(connection, who, project, ENTITY, lot=lot)
        for step in steps:
            values = more if step == steps[-1] else {}
            bids.change_bid(connection, who, bid.id, step, **values)  # type: ignore[arg-type]
    return int(bid.id)


def won_by(world: World, project: int, supplier: str, amount: int, when: str, **more: object) -> None:
    (proceeding,) = world.rows(Proceeding, project_id=project)
    values = {
        "no": 1,
        "supplier": supplier,
        "supplier_key": supplier,
        "stage": "award",
        "amount": amount,
        "at": at(when),
    }
    world.add(Award, proceeding_id=proceeding.id, **values | {"vehicles": "sedan", "region": "浙江省"} | more)


def busy_week(world: World, me: int) -> None:
    """The week before the Monday of the busy day: four bids of ours with their ends, and two wins of others."""
    project = {row.name: row.id for row in world.rows(Project)}
    fire = project["青湖市消防救援支队水罐消防车采购项目"]
    bus = project["云溪公交集团2026年纯电动公交车采购"]
    with time_machine.travel(at("11-18 10:00"), tick=False), world.engine.begin() as connection:
        registration.register(connection, "林芳", fire, "registered", proof="报名回执 17")
    world.decide("track", bus, me, at("11-17 08:30"))
    move(world, "11-17 09:00", bus, "submitted", price=3_190_000_000)
    police = world.project(
        "临江市公安局警务用车采购", buyer="临江市公安局", region="浙江省", vehicle_count=12, budget=260_000_000
    )
    move(world, "11-19 15:00", police, "submitted", "opened", "won", price=251_800_000)
    street = world.project(
        "城关镇洗扫车采购", buyer="城关镇人民政府", region="安徽省", vehicle_types=("sanitation",), vehicle_count=2
    )
    lost = {"reason": "价格高出 6%", "rank": 2, "winner": "别家汽车贸易有限公司", "winner_price": 91_000_000}
    move(world, "11-20 16:00", street, "submitted", "opened", "lost", price=96_500_000, **lost)
    won_by(world, street, "别家汽车贸易有限公司", 91_000_000, "11-20 10:00", brand="某牌", unit_price=45_500_000)
    won_by(world, police, ENTITY, 251_800_000, "11-19 18:00")
    won_by(world, bus, "北方客车有限公司", 3_100_000_000, "11-21 09:00", brand="北方")


@pytest.fixture
def pack(world: World) -> Pack:
    me = busy_day(world)
    busy_week(world, me)
    with world.engine.connect() as connection:
        return compose_pack(connection, period_before("weekly", NOW.date()), NOW)


def cells(content: bytes, sheet: str) -> list[list[object]]:
    book = load_workbook(BytesIO(content))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=2)]


def counts(pack: Pack) -> dict[str, tuple[int, float, int]]:
    return {kind: (each.number, each.units, each.amount) for kind, each in pack.total.counts.items()}


# --- periods --------------------------------------------------------------------------------------------------------


@given(st.dates(day(2024, 1, 1), day(2030, 12, 31)), st.sampled_from(["weekly", "monthly"]))
def test_a_period_is_whole_over_and_next_to_the_one_before(today: day, kind: str) -> None:
    period = period_before(kind, today)  # type: ignore[arg-type]  # parametrised
    assert period.last < today
    assert (today - period.last).days <= (7 if kind == "weekly" else 31)
    assert period.before.last + timedelta(days=1) == period.first
    if kind == "weekly":
        assert (period.first.weekday(), (period.last - period.first).days) == (0, 6)
    else:
        assert (period.first.day, (period.last + timedelta(days=1)).day) == (1, 1)
    assert period.holds(period.start)
    assert not period.holds(period.end)


def test_the_week_of_a_monday_is_the_one_that_ended_on_sunday() -> None:
    assert (period_before("weekly", NOW.date()).first, period_before("weekly", NOW.date()).last) == (
        day(2026, 11, 16),
        day(2026, 11, 22),
    )
    assert period_before("monthly", day(2027, 1, 4)).first == day(2026, 12, 1)


# --- content --------------------------------------------------------------------------------------------------------


def test_what_came_what_we_did_and_how_it_ended(pack: Pack) -> None:
    assert counts(pack) == {
        "new": (11, 114, 5_846_500_000 - 240_000_000),
        "tracked": (1, 40, 3_280_000_000),
        "registered": (1, 2, 560_000_000),
        "submitted": (3, 54, 3_538_300_000),
        "won": (1, 12, 251_800_000),
        "lost": (1, 2, 96_500_000),
    }
    (lost,) = pack.ended("lost")
    assert (lost.reason, lost.rank, lost.winner, lost.winner_price) == (
        "价格高出 6%",
        2,
        "别家汽车贸易有限公司",
        91_000_000,
    )
    assert pack.before.counts == {}


def test_counts_by_person_region_and_type_add_up(pack: Pack) -> None:
    for tallies in (pack.by_person, pack.by_province):
        for kind in ("new", "submitted", "won", "lost"):
            assert sum(each.of(kind).number for each in tallies) == pack.total.of(kind).number  # type: ignore[arg-type]
    assert [each.name for each in pack.by_person] == ["王小明", "林芳", ""]
    assert {each.name: each.of("won").units for each in pack.by_vehicle if each.of("won").number} == {"police_car": 12}
    assert pack.by_province[0].name == "浙江省"


def test_rivals_are_all_winners_but_our_bidding_entities(pack: Pack) -> None:
    assert [(each.group.name, each.group.wins, each.brands) for each in pack.rivals] == [
        ("北方客车有限公司", 1, ("北方",)),
        ("别家汽车贸易有限公司", 1, ("某牌",)),
    ]
    assert all(each.winner != ENTITY for each in pack.rival_wins)


def test_a_step_that_was_taken_back_does_not_count(world: World) -> None:
    world.person()
    project = world.project("校车采购", vehicle_count=3)
    move(world, "11-17 09:00", project, "submitted", price=100)
    move(world, "11-18 09:00", project, "preparing", reason="系统退回")
    again = world.project("公交车采购", vehicle_count=4)
    move(world, "11-17 09:00", again, "submitted", "opened", "lost", reason="误记")
    move(world, "11-18 09:00", again, "won", reason="改正", price=300)
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert [(each.kind, each.purchase.name) for each in found.steps] == [
        ("submitted", "公交车采购"),
        ("won", "公交车采购"),
    ]


def test_what_happened_in_other_weeks_stands_in_theirs(world: World) -> None:
    world.person()
    project = world.project("校车采购")
    move(world, "11-15 23:59", project, "registered")
    move(world, "11-23 00:00", project, "submitted")
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert found.steps == ()
    assert found.before.of("registered").number == 1
    with world.engine.connect() as connection:
        month = compose_pack(connection, period_before("monthly", day(2026, 12, 1)), at("12-01 08:00"))
    assert [each.kind for each in month.steps] == ["registered", "submitted"]


def test_old_purchases_that_appear_now_are_no_news_and_a_known_buyer_is_no_new_customer(world: World) -> None:
    world.person()
    old = world.project("去年的消防车")
    known, fresh = (
        world.project("老客户第一单", buyer="青湖市公安局"),
        world.project("老客户第二单", buyer="青湖市公安局"),
    )
    office = world.add_organisation("青湖市公安局")
    rows, publications = table(Project), table(Publication)
    with world.engine.begin() as connection:
        long_ago = NOW - timedelta(days=200)
        connection.execute(update(publications).where(publications.c.project_id == old).values(published_at=long_ago))
        connection.execute(update(rows).where(rows.c.id.in_([known, fresh])).values(buyer_id=office))
        connection.execute(update(rows).where(rows.c.id == known).values(first_seen_at=NOW - timedelta(days=60)))
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert [(each.purchase.name, each.first_time) for each in found.customers] == [("老客户第二单", False)]


def test_the_contact_is_the_buyer_s_as_the_newest_notice_prints_it(world: World) -> None:
    world.person()
    project = world.project("消防车采购", date("bid_deadline", "12-08 09:30"))
    (publication,) = world.rows(Publication, project_id=project)
    notice = Notice(
        title="消防车采购",
        contacts=(
            Contact("agency", person="代理", phone="0571-1"),
            Contact("buyer", person="赵工", phone="0571-88880000"),
        ),
    )

    reading = {"publication_id": publication.id, "number": 1, "reading": zlib.compress(NOTICE.dump_json(notice))}
    version = world.add(Version, reading_hash="x", reader_version="1", fetched_at=NOW, **reading)
    rows = table(Publication)
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == publication.id).values(version_id=version))
        (customer,) = compose_pack(connection, period_before("weekly", NOW.date()), NOW).customers
    assert (customer.contact, customer.phone, customer.closes_at) == ("赵工", "0571-88880000", at("12-08 09:30"))


def test_one_project_that_cannot_be_read_stands_with_its_name(world: World) -> None:
    world.person()
    sick, well = world.project("坏的消防车"), world.project("好的消防车")
    rows = table(Project)
    with world.engine.begin() as connection:
        connection.execute(update(rows).where(rows.c.id == sick).values(state={"budget": "many"}))
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert {each.purchase.name for each in found.customers} == {"坏的消防车", "好的消防车"}
    assert well


# --- how it looks ---------------------------------------------------------------------------------------------------


def test_the_mail_says_what_counts_in_its_subject_and_fits_a_phone(pack: Pack) -> None:
    page = render_pack(pack)
    assert page.subject == "车标周报 11-16 至 11-22｜新增 11、投标 3、中标 1、未中标 1"
    assert len(page.subject) <= 60
    for line in page.text.splitlines():
        assert columns(line) <= 40 or line.strip().startswith("https://"), line
    assert "原因：价格高出 6%" in page.text
    assert "中标：别家汽车贸易有限公司 91 万元" in page.text
    for address in set(re.findall(r'href="([^"]+)"', page.html)):
        assert address in re.sub(r"\s+", "", page.text)
    assert json.loads(page.json)["period"] == {"kind": "weekly", "first": "2026-11-16", "last": "2026-11-22"}


def test_the_workbook_bears_the_handbooks_name(pack: Pack) -> None:
    with language("zh_CN"):
        content = workbook(pack)
    (file,) = pack_book(pack)
    assert file.name == "周新增客户信息汇总表 11-16 至 11-22.xlsx"
    sheets = load_workbook(BytesIO(content)).sheetnames
    assert sheets == ["周新增客户信息汇总表", "汇总", "跟踪与投标", "中标与未中标", "保证金与应收款", "对手中标"]
    fire = next(row for row in cells(content, "周新增客户信息汇总表") if row[2] == "青湖市消防救援支队")
    assert fire[3:5] == ["是", "浙江省"]
    assert fire[7:11] == ["消防车", 2, 5_600_000, "公开招标"]
    total = cells(content, "汇总")[0]
    assert total[:5] == ["合计", "11-16 至 11-22", 11, 114, 56_065_000]
    (won, lost) = cells(content, "中标与未中标")
    assert (won[0], won[9]) == ("中标", 2_518_000)
    assert lost[10:14] == [2, "价格高出 6%", "别家汽车贸易有限公司", 910_000]
    assert [row[0] for row in cells(content, "对手中标")] == ["北方客车有限公司", "别家汽车贸易有限公司"]


def test_money_is_told_in_the_pack_as_in_the_digest(world: World) -> None:
    full_day(world)
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert [each.amount for each in found.late_money] == [126_000_000, 8_000_000]
    rows = cells(workbook(found), "保证金与应收款")
    assert [(row[0], row[5]) for row in rows] == [("货款", "逾期"), ("保证金", "逾期"), ("保证金", None)]


def test_an_empty_week_says_so(world: World) -> None:
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    assert render_pack(found).subject == "车标周报 11-16 至 11-22｜无新增"
    assert cells(workbook(found), "周新增客户信息汇总表") == []


@pytest.mark.parametrize("name", [*HOSTILE, "＝1+1", "-2+3", "@SUM(A1)"])
def test_h17_h19_scraped_text_never_acts_in_a_pack(world: World, name: str) -> None:
    world.person()
    stored = name.replace("\x00", "")[:5_000]
    project = world.project(stored, buyer=stored[:200], urls=("javascript:alert(1)",))
    move(world, "11-19 09:00", project, "submitted", "lost", reason=stored[:300], winner=stored[:100], price=100)
    won_by(world, project, stored[:100], 100, "11-19 10:00", brand=stored[:50])
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    page = render_pack(found)
    assert "<script>" not in page.html
    assert "<img" not in page.html
    assert 'href="javascript' not in page.html
    assert not re.search(r"[\r\x00\x1b\u2028\u202e]", page.text + page.html)
    for sheet in load_workbook(BytesIO(workbook(found))):
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


# --- when it leaves -------------------------------------------------------------------------------------------------


def made(world: World, now: datetime) -> list[tuple[str, day]]:
    with world.engine.begin() as connection:
        make_digests(connection, now)
    return [(row.kind, row.local_date) for row in world.rows(Digest)]


def test_the_weekly_pack_falls_due_on_monday_at_eight_and_only_once(world: World) -> None:
    world.person(packs="weekly,monthly", added_at=at("11-20 09:00"))
    assert ("weekly", day(2026, 11, 23)) not in made(world, at("11-23 07:59"))
    assert made(world, at("11-23 08:00")).count(("weekly", day(2026, 11, 23))) == 1
    assert made(world, at("11-23 18:00")).count(("weekly", day(2026, 11, 23))) == 1
    # A machine that slept over the next Monday makes it once, when it wakes.
    assert [row for row in made(world, at("12-03 10:00")) if row[0] == "weekly"] == [
        ("weekly", day(2026, 11, 23)),
        ("weekly", day(2026, 11, 30)),
    ]


def test_h54_a_clock_set_back_makes_no_second_pack(world: World) -> None:
    world.person(packs="weekly", added_at=at("11-01 09:00"))
    made(world, at("11-23 08:00"))
    assert [row for row in made(world, at("11-17 12:00")) if row[0] == "weekly"] == [("weekly", day(2026, 11, 23))]


def test_the_monthly_pack_falls_due_on_the_first_working_day(world: World) -> None:
    world.person(packs="monthly", added_at=at("10-20 09:00"))
    kinds = [row for row in made(world, at("11-02 08:00")) if row[0] == "monthly"]  # 1 November 2026 is a Sunday
    assert kinds == [("monthly", day(2026, 11, 1))]
    (row,) = world.rows(Digest, kind="monthly")
    with world.engine.connect() as connection:
        found = compose_pack(connection, period_before("monthly", row.local_date), at("11-02 08:00"))
    assert (found.period.first, found.period.last) == (day(2026, 10, 1), day(2026, 10, 31))


@pytest.mark.parametrize(
    ("days", "now", "slot"),
    [
        ("working", "10-08 09:00", "10-08 08:00"),  # Monday 5 October is a holiday: the week's first working day
        ("working", "10-07 09:00", "09-28 08:00"),
        ("daily", "10-05 09:00", "10-05 08:00"),
    ],
)
def test_who_reads_on_working_days_gets_it_on_the_week_s_first_one(
    world: World, days: str, now: str, slot: str
) -> None:
    world.person(packs="weekly", digest_days=days)
    with world.engine.connect() as connection:
        who = person(connection, "王小明")
    assert last_pack(who, "weekly", at(now), load_calendar())[0] == at(slot)


def test_nobody_gets_a_pack_of_the_time_before_they_came_or_against_their_will(world: World) -> None:
    world.person(packs="weekly,monthly", added_at=at("11-23 08:01"))
    world.person("林芳", "lin@example.cn", packs="none")
    assert not {kind for kind, _day in made(world, at("11-23 09:00"))} & {"weekly", "monthly"}
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "林芳"), packs="monthly")
        assert person(connection, "林芳").packs == "monthly"
    with world.engine.begin() as connection, pytest.raises(ValueError, match="weekly"):
        add_person(connection, "陈", None, NOW, packs="yearly")


def test_the_pack_arrives_with_its_workbook(world: World, sink: MailSink, settings: Settings) -> None:
    me = busy_day(world)
    busy_week(world, me)
    with world.engine.begin() as connection:
        edit_person(connection, person(connection, "王小明"), packs="weekly")
        make_digests(connection, at("11-23 08:00"))
    deliver_due(world.engine, at("11-23 08:00"), settings)
    (mail,) = [each.message for each in sink.messages if "周报" in str(each.message["Subject"])]
    (book,) = mail.iter_attachments()
    assert book.get_filename() == "周新增客户信息汇总表 11-16 至 11-22.xlsx"
    assert load_workbook(BytesIO(book.get_content())).sheetnames[0] == "周新增客户信息汇总表"
    (row,) = [each for each in world.rows(Digest) if each.kind == "weekly"]
    assert world.delivery(digest_id=row.id).state == "sent"


def test_a_late_pack_says_so(pack: Pack) -> None:
    page = letter_of(replace(pack, due_at=at("11-23 08:00")), Settings()).page
    assert "迟到：本邮件应于 11-23 周一 08:00 发出。" in page.text.replace("\n", "")
