"""Working days: the shipped year tables, arithmetic beside a slow reference, and tables a user brings."""

import json
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import ConfigurationError, shipped
from tracker.workdays import Calendar, YearTable, import_year, load_calendar, read_year

DAY = timedelta(days=1)
KNOWN = st.dates(date(2024, 1, 1), date(2026, 12, 31))
ANY = st.dates(date(2020, 1, 1), date(2055, 12, 31))


def all_days(year: int) -> list[date]:
    return [date(year, 1, 1) + n * DAY for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_every_day_of_a_shipped_year_agrees_with_chinesecalendar(calendar: Calendar, year: int) -> None:
    ours = {day for day in all_days(year) if calendar.is_working(day)}
    theirs = {day for day in all_days(year) if chinese_calendar.is_workday(day)}
    assert ours == theirs
    assert ours == {day for day in all_days(year) if calendar.is_working(day, cautious=True)}


def test_shipped_tables_name_their_source(calendar: Calendar) -> None:
    assert sorted(calendar.tables) == [2024, 2025, 2026]
    for table in calendar.tables.values():
        assert f"关于{table.year}年部分节假日安排的通知" in table.source


def test_national_day_week_and_its_make_up_saturday(calendar: Calendar) -> None:
    assert not calendar.is_working(date(2026, 10, 7))
    assert calendar.is_working(date(2026, 10, 10)), "a Saturday that works for the week before"
    assert calendar.add_working_days(date(2026, 9, 28), 5) == date(2026, 10, 10)
    assert calendar.roll(date(2026, 10, 4)) == date(2026, 10, 8)
    assert calendar.previous_working_day(date(2026, 10, 8)) == date(2026, 9, 30)
    assert calendar.working_days_between(date(2026, 9, 28), date(2026, 10, 10)) == 5
    assert calendar.working_days_between(date(2026, 10, 10), date(2026, 9, 28)) == -5


def slow_reference(day: date) -> bool:
    """A working day by the neighbour package, one day at a time."""
    return bool(chinese_calendar.is_workday(day))


@given(start=KNOWN, count=st.integers(1, 60))
def test_adding_walks_day_by_day(start: date, count: int) -> None:
    calendar = load_calendar()
    day, left = start, count
    while left and day < date(2026, 12, 31):
        day += DAY
        left -= slow_reference(day)
    if left == 0:
        assert calendar.add_working_days(start, count) == day
        assert calendar.working_days_between(start, day) == count


@given(start=KNOWN.filter(lambda day: day > date(2024, 4, 1)), count=st.integers(1, 40))
def test_going_back_walks_day_by_day(start: date, count: int) -> None:
    day, left = start, count
    while left:
        day -= DAY
        left -= slow_reference(day)
    assert load_calendar().add_working_days(start, -count) == day


@given(day=ANY, count=st.integers(-40, 40))
def test_whatever_the_year_the_end_is_a_working_day_and_the_count_comes_back(day: date, count: int) -> None:
    calendar = load_calendar()
    end = calendar.add_working_days(day, count)
    assert count == 0 or calendar.is_working(end)
    if count >= 0:
        assert calendar.working_days_between(day, end) == count
    rolled = calendar.roll(day)
    assert rolled >= day
    assert calendar.is_working(rolled)
    assert calendar.add_working_days(rolled - DAY, 1) == rolled


@given(day=ANY, count=st.integers(0, 40))
def test_the_cautious_view_never_ends_later(day: date, count: int) -> None:
    calendar = load_calendar()
    assert calendar.add_working_days(day, count, cautious=True) <= calendar.add_working_days(day, count)


def test_h38_a_year_without_a_table_is_known_as_such(calendar: Calendar) -> None:
    new_year = date(2027, 1, 1)
    assert not calendar.knows(new_year)
    assert not calendar.knows(date(2026, 12, 31), new_year)
    assert calendar.knows(date(2025, 12, 31), date(2026, 1, 1))
    assert not calendar.is_working(new_year, cautious=True), "a statutory holiday whatever the notice says"
    saturday = date(2027, 1, 9)
    assert calendar.is_working(saturday, cautious=True), "调休 may turn it into a working day"
    assert not calendar.is_working(saturday)


def test_h38_statutory_days_of_2027_with_their_make_up_days(calendar: Calendar) -> None:
    statutory = calendar.statutory.days(2027)
    assert len(statutory) == 13
    assert [f"{day:%m-%d}" for day, name in statutory.items() if name == "春节"] == ["02-05", "02-06", "02-07", "02-08"]
    made_up = sorted(set(calendar.statutory.with_make_up(2027)) - set(statutory))
    assert [f"{day:%m-%d}" for day in made_up] == ["02-09", "02-10", "05-03", "05-04", "10-04", "10-05"]


@pytest.mark.parametrize(("year", "days"), [(2024, 11), (2025, 13), (2050, 13)])
def test_the_number_of_statutory_days_follows_the_version_of_the_law(calendar: Calendar, year: int, days: int) -> None:
    assert len(calendar.statutory.days(year)) == days


def table_of(year: int, calendar: Calendar, /, **changes: object) -> dict[str, object]:
    """A year file in holiday-cn's form, with the make-up days that the rule foresees."""
    days = [
        {"name": name, "date": str(day), "isOffDay": True}
        for day, name in calendar.statutory.with_make_up(year).items()
    ]
    return {"$id": "x", "year": year, "papers": ["https://example.org/notice"], "days": days, **changes}


def test_h38_an_imported_year_ends_the_guessing(calendar: Calendar, tmp_path: Path) -> None:
    file = tmp_path / "download.json"
    days = [*table_of(2027, calendar)["days"], {"name": "国庆节", "date": "2027-10-09", "isOffDay": False}]  # type: ignore[misc]
    file.write_text(json.dumps(table_of(2027, calendar, days=days)), encoding="utf-8")

    table = import_year(file)

    assert table.year == 2027
    after = load_calendar()
    assert after.knows(date(2027, 10, 9))
    assert after.is_working(date(2027, 10, 9)), "the Saturday that works"
    assert not calendar.is_working(date(2027, 10, 9)), "as it was guessed before"
    assert load_calendar() is after, "nothing is read twice while no file changes"


def test_the_users_table_replaces_the_shipped_one(tmp_path: Path) -> None:
    text = (shipped() / "calendar" / "2026.yaml").read_text(encoding="utf-8")
    own = tmp_path / "mine.yaml"
    own.write_text(
        text.replace(
            "{name: 国庆节, date: 2026-10-10, isOffDay: false}", "{name: 国庆节, date: 2026-10-11, isOffDay: false}"
        )
    )
    import_year(own)
    assert not load_calendar().is_working(date(2026, 10, 10))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"days": []}, "days: 里面没有放假日"),
        ({"days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": "yes"}]}, "isOffDay"),
        ({"days": [{"name": "元旦", "date": "2027-02-30", "isOffDay": True}]}, "date"),
        ({"days": [{"name": "元旦", "date": "2026-01-01", "isOffDay": True}]}, "不在 2027 年"),
        ({"days": [{"name": "元旦", "date": "2027-01-01", "isOffDay": True}] * 2}, "出现两次"),
        ({"year": "next"}, "year"),
    ],
)
def test_a_wrong_table_is_refused_with_its_key_and_nothing_is_written(
    calendar: Calendar, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(table_of(2027, calendar, **change), ensure_ascii=False), encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        import_year(file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)
    assert not (tmp_path / "calendar").exists()


def test_a_table_that_forgets_a_statutory_holiday_is_refused(calendar: Calendar, tmp_path: Path) -> None:
    days = [day for day in table_of(2027, calendar)["days"] if day["name"] != "中秋节"]  # type: ignore[attr-defined]
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(table_of(2027, calendar, days=days)), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="2027-09-15"):
        import_year(file)


def test_a_make_up_day_in_the_middle_of_a_week_is_refused(calendar: Calendar, tmp_path: Path) -> None:
    days = [*table_of(2027, calendar)["days"], {"name": "元旦", "date": "2027-01-05", "isOffDay": False}]  # type: ignore[misc]
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(table_of(2027, calendar, days=days)), encoding="utf-8")
    with pytest.raises(ConfigurationError, match="2027-01-05"):
        import_year(file)


def test_h21_an_unquoted_impossible_date_names_the_file(calendar: Calendar, tmp_path: Path) -> None:
    file = tmp_path / "2027.yaml"
    file.write_text("year: 2027\ndays:\n  - {name: 元旦, date: 2027-02-30, isOffDay: true}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"2027\.yaml"):
        read_year(file, calendar.statutory)


def test_a_file_in_the_folder_must_bear_its_year(tmp_path: Path, calendar: Calendar) -> None:
    folder = tmp_path / "calendar"
    folder.mkdir()
    (folder / "2028.yaml").write_text(json.dumps(table_of(2027, calendar)), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"2027\.yaml"):
        load_calendar()


def test_a_december_day_belongs_to_the_later_years_notice(calendar: Calendar) -> None:
    next_year = YearTable.model_validate(
        {"year": 2027, "days": [{"name": "元旦", "date": "2026-12-31", "isOffDay": True}]}
    )
    with_next = Calendar({**calendar.tables, 2027: next_year}, calendar.statutory)
    assert not with_next.is_working(date(2026, 12, 31))
    assert calendar.is_working(date(2026, 12, 31))
