"""The sample world holds together, whatever the day it is built for."""

import io
import re
import zipfile
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from demo import notices
from demo.formats import moment
from demo.pages import AREAS, BATCHES, CHANNELS
from demo.sample import TEMPLATES, Sample, Template
from demo.workdays import is_working, step

DAYS = (
    date(2026, 11, 21),  # a Saturday
    date(2026, 11, 23),  # a Monday
    date(2026, 10, 5),  # in the National Day holiday
    date(2026, 2, 25),  # just after the Spring Festival
    date(2027, 1, 4),  # a year whose holidays are not announced
    date(2024, 2, 29),
)


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture
def world(today: date) -> tuple[Sample, ...]:
    return notices.world(today)


@pytest.fixture
def named(world: tuple[Sample, ...]) -> dict[str, Sample]:
    return notices.by_slug(world)


def due(sample: Sample) -> datetime:
    assert sample.deadline is not None
    return sample.deadline


def working_days(first: date, last: date) -> int:
    """Working days after `first`, up to and with `last`."""
    return sum(is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def test_everything_was_published_before_today_on_working_days(world: tuple[Sample, ...], today: date) -> None:
    assert all(s.published.date() < today and is_working(s.published.date()) for s in world)
    assert all(s.published.utcoffset() == timedelta(hours=8) for s in world)
    assert all(9 <= s.published.hour < 18 or s.published.hour == 8 for s in world)


def test_ids_slugs_and_paths_are_unique_and_rise_with_time(world: tuple[Sample, ...]) -> None:
    for values in ([s.id for s in world], [s.slug for s in world], [s.path for s in world]):
        assert len(set(values)) == len(values)
    assert [s.id for s in world] == sorted((s.id for s in world), reverse=True)
    assert [s.published for s in world] == sorted((s.published for s in world), reverse=True)


def test_a_number_belongs_to_one_project_and_a_project_has_one_but_for_re_tenders(world: tuple[Sample, ...]) -> None:
    projects, numbers = defaultdict(set), defaultdict(set)
    for s in world:
        if s.number:
            projects[s.number].add(s.project)
            numbers[s.project].add(s.number)
    assert all(len(p) == 1 for p in projects.values())
    assert {p for p, n in numbers.items() if len(n) > 1} == {"garbage"}
    assert [s.slug for s in world if not s.number] == ["police-intentions"]


def test_windows_are_as_long_as_the_law_wants(world: tuple[Sample, ...]) -> None:
    """20 days for a tender, 10 for a consultation, 3 working days for negotiation and inquiry."""
    for s in world:
        first = s.published.date()
        if s.kind in {"tender", "framework"}:
            assert (due(s).date() - first).days >= 20, s.slug
        elif s.kind == "consultation":
            assert (due(s).date() - first).days >= 10, s.slug
        elif s.kind in {"negotiation", "inquiry"}:
            assert working_days(first, due(s).date()) >= 3, s.slug
        elif s.kind == "prequalification":
            assert working_days(first, due(s).date()) >= 5, s.slug
        if s.deadline:
            assert is_working(s.deadline.date()), s.slug


def test_documents_are_offered_long_enough(world: tuple[Sample, ...]) -> None:
    for s in world:
        window = dict(s.summary).get("获取招标文件时间") or dict(s.summary).get("获取采购文件时间")
        if window is None:
            continue
        found = re.findall(r"(\d{4})年(\d\d)月(\d\d)日", window)[:2]
        first, last = (date(*map(int, part)) for part in found)
        assert s.published.date() <= first < last < due(s).date(), s.slug
        assert working_days(first, last) + is_working(first) >= (5 if s.kind == "tender" else 3), s.slug


def test_corrections_move_deadlines_as_their_names_say(named: dict[str, Sample]) -> None:
    assert due(named["sanitation-earlier"]) < due(named["sanitation-tender"])
    assert due(named["snow-tender"]) < due(named["snow-later"]) < due(named["snow-later-again"])
    assert "再次更正" in named["snow-later-again"].body
    for slug, original in (("sanitation-earlier", "sanitation-tender"), ("snow-later", "snow-tender")):
        fix, first = named[slug], named[original]
        assert first.published < fix.published < due(fix)
        form: Template = "central" if "sanitation" in slug else "table"
        assert fix.body.index(moment(due(first), form)) < fix.body.index(moment(due(fix), form))
        assert dict(fix.summary)["首次公告日期"] == f"{first.published:%Y年%m月%d日}"
    assert "night-lights" not in {s.project for slug, s in named.items() if slug != "night-lights-orphan"}


def test_the_stories_run_in_order(named: dict[str, Sample], today: date) -> None:
    order = (
        ("tractors-prequalification", "tractors-tender"),
        ("enforcement-tender", "enforcement-ended"),
        ("garbage-tender", "garbage-award", "garbage-lot-failed", "garbage-second"),
        ("school-buses-tender", "school-buses-award", "school-buses-contract"),
        ("batch-award", "batch-tender"),
        ("clinic-conflict", "clinic-conflict-again"),
    )
    for story in order:
        times = [named[slug].published for slug in story]
        assert times == sorted(times), story
    for opened, after in (
        ("tractors-prequalification", "tractors-tender"),
        ("garbage-tender", "garbage-award"),
        ("school-buses-tender", "school-buses-award"),
    ):
        assert due(named[opened]) < named[after].published
    assert named["tractors-prequalification"].number == named["tractors-tender"].number
    assert named["garbage-second"].number != named["garbage-tender"].number
    assert "（第二次）" in named["garbage-second"].title
    # The contract follows the award within 30 days and more than nothing.
    gap = named["school-buses-contract"].published - named["school-buses-award"].published
    assert timedelta(days=0) < gap < timedelta(days=45)
    open_now = [s for s in named.values() if s.deadline and s.deadline.date() >= today and s.vehicles == "yes"]
    assert len(open_now) >= 12


def test_the_short_windows_are_still_open(named: dict[str, Sample], today: date) -> None:
    for slug in (
        "pickups-inquiry",
        "fire-negotiation",
        "police-tender",
        "ambulances-consultation",
        "sanitation-earlier",
    ):
        assert due(named[slug]).date() > today, slug


def test_conflicts_and_days_without_a_time_are_printed(named: dict[str, Sample]) -> None:
    clinic = named["clinic-conflict"]
    opening = dict(clinic.summary)["开标时间"]
    assert opening != f"{due(clinic):%Y年%m月%d日 %H:%M}"
    assert moment(due(clinic), "central") in clinic.body
    driving = named["driving-day-only"]
    assert f"提交投标文件截止时间：{due(driving):%Y年%m月%d日}　" in driving.body
    assert not re.search(r"截止时间：[^<]*[点:时]", driving.body)
    assert named["clinic-conflict-again"].body == clinic.body


def test_no_notice_contradicts_itself_but_the_one_that_is_meant_to(world: tuple[Sample, ...]) -> None:
    for s in world:
        rows = dict(s.summary)
        opening = rows.get("开标时间") or rows.get("响应文件开启时间")
        if opening is None or s.project == "clinic":
            continue
        form = "%Y年%m月%d日" if s.project == "driving" else "%Y年%m月%d日 %H:%M"
        assert opening == due(s).strftime(form), s.slug
        body = re.sub(r"[年月]", "-", s.body).replace("日", "")
        for year, month, day in re.findall(r"(\d{4})年(\d\d)月(\d\d)日", rows.get("获取招标文件时间", "")):
            assert f"{year}-{month}-{day}" in body, s.slug


def test_what_a_reader_should_find_stands_in_the_body(world: tuple[Sample, ...]) -> None:
    for s in world:
        text = re.sub(r"<[^>]+>", "", s.body)
        if s.number:
            assert s.number in text, s.slug
        assert s.buyer in text, s.slug
        if s.deadline and s.slug != "driving-day-only":
            assert any(moment(s.deadline, form) in text for form in TEMPLATES), s.slug
        assert len(text) > 200, s.slug


def test_the_kinds_and_the_traps_asked_for_are_all_there(world: tuple[Sample, ...]) -> None:
    assert {s.kind for s in world} >= {
        "intention",
        "opinion",
        "prequalification",
        "tender",
        "negotiation",
        "consultation",
        "inquiry",
        "single_source",
        "framework",
        "correction",
        "termination",
        "award_candidate",
        "award",
        "contract",
        "acceptance",
    }
    hidden = [s.title for s in world if s.vehicles in {"yes", "mixed"} and "车" not in s.title]
    assert len(hidden) >= 5
    assert any("铁骑" in t for t in hidden)
    others = [s for s in world if s.vehicles == "no"]
    assert len(others) >= 60
    for word in ("保险", "维修", "租赁", "停车", "车辆段", "充电桩", "驾驶员", "汽车", "轮胎", "报废", "推车"):
        assert any(word in s.title for s in others), word
    assert len({(s.area, s.channel) for s in others}) >= 10
    assert {s.batch for s in world} == {None, *BATCHES}
    # On the true site every channel has rows, so an empty one is a fault.
    assert {(s.area, s.channel) for s in world} == {(a, c) for a in AREAS for c in CHANNELS}
    lots = {s.slug: len(re.findall(r">第\d包<", s.body)) for s in world if s.slug == "police-tender"}
    assert lots == {"police-tender": 3}


def test_nothing_in_it_leads_to_a_real_person_or_place(world: tuple[Sample, ...]) -> None:
    for s in (*world, *notices.many(60, DAYS[0])):
        words = "\n".join((s.body, *(value for _, value in s.summary)))
        assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", words), s.slug
        for area, number in re.findall(r"(?<![\d-])(\d{3,4})-(\d{7,8})(?!\d)", words):
            assert set(number) == {"0"}, f"{s.slug}: {area}-{number}"
        hosts = re.findall(r"(?:https?://|@)([A-Za-z0-9.-]+)", words)
        assert all(f".{host}".endswith(".example.cn") for host in hosts), s.slug


def test_the_word_document_of_a_sample_opens(named: dict[str, Sample]) -> None:
    (file,) = named["police-tender"].files
    with zipfile.ZipFile(io.BytesIO(file.data)) as packed:
        assert packed.testzip() is None
        assert "★1.投标车型须列入" in packed.read("word/document.xml").decode()
    assert notices.by_slug(notices.world(DAYS[1]))["police-tender"].files[0].id == file.id


def test_news_shortens_the_police_tender_and_brings_an_inquiry() -> None:
    now = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        police = notices.by_slug(notices.world())["police-tender"]
        earlier, inquiry = notices.news()
    assert earlier.number == police.number
    assert due(earlier) < due(police)
    assert f"{earlier.published:%Y-%m-%d %H:%M}" == "2026-11-23 10:30"
    assert moment(due(police), "table") in earlier.body
    assert inquiry.kind == "inquiry"
    assert earlier.id == inquiry.id == 0


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.integers(-60, 60))
def test_steps_land_on_working_days_and_count_them(day: date, count: int) -> None:
    there = step(day, count)
    assert is_working(there)
    if count > 0:
        assert working_days(day, there) == count
    elif count < 0:
        assert sum(is_working(there + timedelta(days=n)) for n in range((day - there).days)) == -count
    else:
        assert there >= day
        assert working_days(day, there) <= 1
