"""Before an organiser buys again: told in time, a visit that becomes a task, and what it turns into with the notice."""

from datetime import UTC, date, timedelta

import pytest
import time_machine
from handmade import NOW, World, at
from handmade import date as dated
from sqlalchemy import update

from demo.smtp import MailSink
from tracker.agenda import agenda
from tracker.delivery.deliveries import deliver_due
from tracker.digest import compose
from tracker.rhythms import add_rhythm, end_rhythm, keep_forecasts
from tracker.settings import Settings
from tracker.state import AwardState
from tracker.tables import Delivery, Event, Forecast, Organisation, Publication, Task, table

CENTRE = "青湖市公共资源交易中心"


@pytest.fixture
def centre(world: World) -> int:
    """A centre that buys on the second Wednesday, as 王小明 knows; 12-09 is the next."""
    me = world.person()
    with time_machine.travel(at("11-20 09:00"), tick=False), world.engine.begin() as connection:
        add_rhythm(connection, "王小明", CENTRE, "monthly", "weekday 2 3", words="每月第二个周三开标")
        keep_forecasts(connection, at("11-20 09:00"))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    return me


def leads(world: World) -> list[int]:
    return [row.data["lead"] for row in world.rows(Event, kind="rhythm-ahead")]


def test_ten_five_and_one_working_days_before_the_window(world: World, centre: int) -> None:
    assert [row.first for row in world.rows(Forecast)] == [date(2026, 12, 9)]
    for day in (
        "11-24 12:00",
        "11-25 06:59",
        "11-25 07:00",
        "11-26 07:00",
        "12-02 07:00",
        "12-08 07:00",
        "12-09 08:00",
    ):
        world.tick(at(day))
        world.tick(at(day) + timedelta(minutes=1))
    assert leads(world) == [10, 5, 1]
    ahead = {row.id for row in world.rows(Event, kind="rhythm-ahead")}
    assert [row.person_id for row in world.rows(Delivery) if row.event_id in ahead] == [centre] * 3


def test_h54_lead_times_slept_through_are_told_by_the_next_one(world: World, centre: int) -> None:
    world.tick(at("12-04 10:00"))
    assert leads(world) == [5]


def test_the_first_one_makes_a_visit_task_for_who_has_business_there(world: World, centre: int) -> None:
    lin = world.person("林芳", "lin@example.cn")
    known = world.project(
        "青湖市2026年第二批公务用车采购意向", agency=CENTRE, kind="intention", vehicle_types=("sedan",)
    )
    world.decide("track", known, lin)
    world.tick(at("11-25 07:00"))
    world.tick(at("12-02 07:00"))
    (task,) = world.rows(Task)
    assert task.title == f"拜访 {CENTRE}（12-09 周三 前）：月度开标"
    assert (task.owner_id, task.project_id) == (lin, known)
    assert task.due_at == at("12-08 17:00").astimezone(UTC)
    assert {row.person_id for row in world.rows(Delivery, kind="alert")} == {lin}
    assert [row.kind for row in world.rows(Event) if row.kind == "task-added"] == ["task-added"]


def test_it_names_what_is_known_there_the_last_rounds_with_prices_and_what_to_prepare(
    world: World, centre: int, sink: MailSink, settings: Settings
) -> None:
    known = world.project("青湖市2026年第二批公务用车采购意向", agency=CENTRE, kind="intention")
    world.decide("track", known, centre)
    award = AwardState(
        supplier="江北宏达汽车销售有限公司", amount=35_960_000, brand="红旗", model="H5", unit_price=17_980_000,
        source="ccgp/1", stage="award",
    )  # fmt: skip
    world.project("青湖市2026年第一批公务用车采购", agency=CENTRE, outcome="awarded", awards=(award,))
    world.tick(at("11-25 07:00"))
    assert deliver_due(world.engine, at("11-25 07:30"), settings) == {"sent": 1}
    mail = sink.messages[0].message
    assert mail["Subject"] == f"【采购节奏】{CENTRE} 12-09 周三"
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    flat = text.replace("\n", "").replace(" ", "")
    for words in (
        "距预计时段还有10个工作日（据以往规律推算，并非公告）。",
        "每月第二个周三开标",
        "青湖市2026年第二批公务用车采购意向",
        "江北宏达汽车销售有限公司·红旗H5·单价17.98万元·35.96万元",
        "公告目录和3C证明",
        "拜访：王小明",
        "只作书面询问、现场踏勘、质疑。",
    ):
        assert words in flat, words


def test_a_rhythm_that_was_ended_is_told_no_more(world: World, centre: int) -> None:
    with world.engine.begin() as connection:
        end_rhythm(connection, "王小明", 1)
    world.tick(at("11-25 07:00"))
    assert leads(world) == []


def test_the_cut_off_of_a_batch_is_told_as_such(world: World, sink: MailSink, settings: Settings) -> None:
    """归集截止: what is to be bought in the batch has to be named by then."""
    world.person()
    with time_machine.travel(at("11-20 09:00"), tick=False), world.engine.begin() as connection:
        add_rhythm(
            connection, "王小明", CENTRE, "batch", "dates 2026-12-08", form="batch", declared=True, words="第六期"
        )
        keep_forecasts(connection, at("11-20 09:00"))
        connection.execute(update(table(Event)).values(routed_at=NOW))
    world.tick(at("12-07 07:00"))
    deliver_due(world.engine, at("12-07 07:30"), settings)
    body = sink.messages[0].message.get_body(("plain",))
    assert body is not None
    assert "归集截止" in body.get_content()
    assert leads(world) == [1]


# --- from the notice to the result ----------------------------------------------------------------------------------


def visit(world: World) -> tuple[str, str, int | None]:
    (task,) = world.rows(Task)
    return task.state, task.title, task.project_id


def test_with_the_notice_the_visit_turns_and_with_the_result_it_is_done(world: World, centre: int) -> None:
    world.tick(at("11-25 07:00"))
    other = world.project("别处的公务用车采购", dated("bid_deadline", "12-30 09:30"), agency="云溪市公共资源交易中心")
    world.published(other)
    world.tick(at("11-26 07:00"))
    assert visit(world)[1].startswith("拜访")
    project = world.project(
        "青湖市第二批公务用车采购",
        dated("question_deadline", "12-15 17:00"),
        dated("bid_deadline", "12-30 09:30"),
        agency=CENTRE,
    )
    world.published(project)
    world.tick(at("12-09 10:00"))
    state, title, where = visit(world)
    assert (state, where) == ("open", project)
    assert title == "公告已发布，结果公布前不再拜访，只作书面询问、现场踏勘、质疑（青湖市第二批公务用车采购）"
    assert world.rows(Task)[0].due_at == at("12-15 17:00").astimezone(UTC)
    world.event("awarded", project, None, "awarded", proceeding="purchase-1", lots=["all"])
    world.tick(at("12-31 10:00"))
    assert visit(world)[0] == "done"
    assert [row.cause for row in world.rows(Event, kind="task-changed")] == ["clock", "clock"]


def test_a_visit_that_has_turned_is_not_made_again(world: World, centre: int) -> None:
    world.tick(at("11-25 07:00"))
    world.published(world.project("青湖市第二批公务用车采购", agency=CENTRE))
    world.tick(at("11-26 07:00"))
    world.tick(at("12-02 07:00"))
    assert len(world.rows(Task)) == 1


def test_where_nobody_can_be_named_everybody_is_told_and_there_is_no_task(world: World) -> None:
    first, second = world.person(), world.person("林芳", "lin@example.cn")
    row = {"rhythm_key": f"{CENTRE}|batch||batch|learned", "first": date(2026, 12, 9), "last": date(2026, 12, 11)}
    with world.engine.begin() as connection:
        connection.execute(table(Organisation).insert().values(key=CENTRE, name=CENTRE, aliases=[]))
        connection.execute(table(Forecast).insert().values(row | {"support": "5/6", "made_at": NOW, "blind": False}))
    world.tick(at("12-08 07:00"))
    assert {each.person_id for each in world.rows(Delivery, kind="alert")} == {first, second}
    assert world.rows(Task) == []


# --- in the calendar ------------------------------------------------------------------------------------------------


def windows(world: World) -> list[tuple[str, str]]:
    with world.engine.connect() as connection:
        found = agenda(connection, date(2026, 12, 1), date(2026, 12, 31))
    return [(each.what, each.name) for each in found if each.kind == "window"]


def test_the_calendar_shows_a_window_until_somebody_ends_its_rhythm(world: World, centre: int) -> None:
    assert windows(world) == [("月度开标", CENTRE)]
    with time_machine.travel(at("11-24 09:00"), tick=False), world.engine.begin() as connection:
        end_rhythm(connection, "王小明", 1)
    assert windows(world) == []


@pytest.mark.parametrize(("origin", "what"), [("learned", "批次采购公告"), ("declared", "归集截止")])
def test_the_calendar_names_a_batch_as_the_digest_does(world: World, origin: str, what: str) -> None:
    row = {"rhythm_key": f"{CENTRE}|batch||batch|{origin}", "first": date(2026, 12, 9), "last": date(2026, 12, 11)}
    with world.engine.begin() as connection:
        connection.execute(table(Forecast).insert().values(row | {"support": "5/6", "made_at": NOW, "blind": False}))
    assert windows(world) == [(what, CENTRE)]


def test_the_digest_goes_on_while_visits_are_told(world: World, centre: int) -> None:
    world.tick(at("11-25 07:00"))
    with world.engine.connect() as connection:
        assert compose(connection, centre, at("11-25 07:30")).ahead[0].organiser == CENTRE
    assert world.rows(Publication) == []
