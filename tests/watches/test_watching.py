"""From a page to a person: whose watch asks for it, why, and what follows later."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import Engine, select, update

from tests.tracker.pages import correction, page, tender
from tracker.db import reading
from tracker.decisions import Mistake, mark
from tracker.digest import compose
from tracker.intake import take_page
from tracker.projects import PROJECT
from tracker.router import route
from tracker.tables import DigestItem, Event, table
from tracker.team.people import Card, add_person, person
from tracker.team.work import set_team
from tracker.watches import (
    WATCH,
    Watched,
    add_watch,
    criteria_from,
    edit_watch,
    find_watch,
    hand_over_watches,
    list_watches,
    remove_watch,
    try_watch,
)

DIGEST_ITEM, EVENT = table(DigestItem), table(Event)
NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
OLD, NEW = "2026年12月03日 09点30分", "2026年12月15日 14点00分"


@pytest.fixture(autouse=True)
def _frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def someone(engine: Engine, name: str = "王小明", **watches: dict[str, Any]) -> Card:
    """A person with watches by name."""
    with engine.begin() as connection:
        card = add_person(connection, name, f"p{abs(hash(name))}@example.cn", NOW - timedelta(days=1))
        for title, asked in watches.items():
            add_watch(connection, card, title, criteria_from(asked))
    return card


def routed(engine: Engine) -> None:
    with engine.begin() as connection:
        route(connection, NOW)


def told(engine: Engine, card: Card) -> list[tuple[str, list[str]]]:
    """Kinds of the events that wait for a person, with the words of the watch."""
    query = (
        select(EVENT.c.kind, DIGEST_ITEM.c.why)
        .join(EVENT, EVENT.c.id == DIGEST_ITEM.c.event_id)
        .where(DIGEST_ITEM.c.person_id == card.id)
        .order_by(EVENT.c.id)
    )
    with reading(engine) as connection:
        return [(row.kind, row.why["words"] if row.why else []) for row in connection.execute(query)]


FIRE = tender(key="2001", number="X-2026-2001", buyer="宁波市消防救援支队", name="水罐消防车采购项目")
POLICE = tender()


def test_without_a_watch_one_gets_all_vehicle_tenders(database: Engine) -> None:
    card = someone(database)
    for each in (FIRE, POLICE):
        take_page(database, each)
    routed(database)
    assert told(database, card) == [("published", []), ("published", [])]


def test_with_a_watch_one_gets_what_it_asks_for_and_reads_why(database: Engine) -> None:
    card = someone(database, 宁波={"regions": ["宁波"], "unknown_region": False})
    for each in (FIRE, POLICE):
        take_page(database, each)
    routed(database)
    ((kind, words),) = told(database, card)
    assert kind == "published"
    assert words[0].startswith("订阅“宁波”")
    assert "浙江省宁波市" in words[0]
    with reading(database) as connection:
        digest = compose(connection, card.id, NOW)
    (item,) = [*digest.new, *digest.today]
    assert item.name == "水罐消防车采购项目"
    assert item.reasons[0] == words[0]


def test_two_watches_that_ask_for_one_purchase_are_one_item_with_both_reasons(database: Engine) -> None:
    card = someone(database, 宁波={"regions": ["宁波"]}, 消防={"vehicles": ["消防车"]})
    take_page(database, FIRE)
    routed(database)
    ((_kind, words),) = told(database, card)
    assert len(words) == 2


def test_a_new_watch_floods_nobody_and_shows_the_backlog_when_asked(database: Engine) -> None:
    take_page(database, FIRE)
    card = someone(database, 消防={"vehicles": ["消防车"]})
    routed(database)
    assert told(database, card) == []
    with reading(database) as connection:
        criteria = find_watch(connection, card, "消防").criteria
        assert criteria is not None
        (found,) = try_watch(connection, criteria, NOW - timedelta(days=30), NOW)
    assert (found.name, found.match.hit) == ("水罐消防车采购项目", True)


def test_what_moves_later_follows_a_purchase_that_was_told(database: Engine) -> None:
    card = someone(database, 消防={"keywords": {"any": ["水罐"]}, "stages": ["tender"]})
    take_page(database, FIRE)
    routed(database)
    moved = correction(
        OLD, NEW, key="2002", number="X-2026-2001", buyer="宁波市消防救援支队", name="水罐消防车采购项目"
    )
    take_page(database, moved)
    routed(database)
    kinds = [kind for kind, _why in told(database, card)]
    assert "deadline-moved" in kinds
    assert all(words for _kind, words in told(database, card))


def test_a_purchase_that_is_none_any_more_is_told_to_those_who_were_told(database: Engine) -> None:
    card = someone(database, 消防={"vehicles": ["消防车"]})
    other = someone(database, "林芳", 公交={"vehicles": ["bus"]})
    take_page(database, FIRE)
    routed(database)
    with database.begin() as connection:
        connection.execute(update(PROJECT).values(vehicle_purchase="no"))
        row = {"kind": "verdict", "cause": "re-read", "key": "verdict:x", "before": "yes", "after": "no"}
        project = connection.scalar(select(PROJECT.c.id))
        connection.execute(EVENT.insert().values(row | {"project_id": project, "data": {}, "seen_at": NOW}))
    routed(database)
    assert [kind for kind, _why in told(database, card)] == ["published", "verdict"]
    assert told(database, other) == []


def test_a_paused_watch_is_silent_and_brings_not_everything_back(database: Engine) -> None:
    card = someone(database, 消防={"vehicles": ["消防车"]})
    with database.begin() as connection:
        edit_watch(connection, find_watch(connection, card, "消防"), active=False)
    take_page(database, FIRE)
    routed(database)
    assert told(database, card) == []


def test_after_the_last_watch_one_gets_all_again(database: Engine) -> None:
    card = someone(database, 公交={"vehicles": ["bus"]})
    with database.begin() as connection:
        remove_watch(connection, find_watch(connection, card, "公交"))
    take_page(database, FIRE)
    routed(database)
    assert [kind for kind, _why in told(database, card)] == ["published"]


def test_what_a_colleague_tracks_comes_whatever_the_watch(database: Engine) -> None:
    card = someone(database, 公交={"vehicles": ["bus"]})
    someone(database, "林芳")
    take_page(database, FIRE)
    with database.begin() as connection:
        mark(connection, "林芳", connection.scalar(select(PROJECT.c.id)) or 0, "track")
    routed(database)
    assert "published" in [kind for kind, _why in told(database, card)]


def test_h50_a_watch_that_cannot_be_read_takes_all_and_says_so(database: Engine) -> None:
    card = someone(database, 坏={"vehicles": ["消防车"]})
    with database.begin() as connection:
        connection.execute(update(WATCH).values(criteria={"vehicles": ["hovercraft"]}))
    take_page(database, POLICE)
    routed(database)
    ((_kind, words),) = told(database, card)
    assert "hovercraft" in words[0]


def test_a_project_whose_state_cannot_be_read_stops_nobody(database: Engine) -> None:
    card = someone(database, 宁波={"regions": ["宁波"], "unknown_region": False})
    take_page(database, POLICE)
    with database.begin() as connection:
        connection.execute(update(PROJECT).values(state={"what": "is this"}))
    take_page(database, FIRE)
    routed(database)
    assert [kind for kind, _why in told(database, card)] == ["published"]


def test_a_narrow_miss_is_shown_with_what_failed(database: Engine) -> None:
    take_page(database, FIRE)
    take_page(database, page("<p>公务用车租赁</p>", key="9", title="某局打印机采购项目公开招标公告"))
    asked = criteria_from({"regions": ["宁波"], "vehicles": ["救护车"]})
    with reading(database) as connection:
        (found,) = try_watch(connection, asked, NOW - timedelta(days=30), NOW)
    assert not found.match.hit
    assert found.match.near_miss is not None
    assert found.match.near_miss.criterion == "vehicles"


def test_two_people_who_edit_one_watch_lose_nothing(database: Engine) -> None:
    card = someone(database, 消防={"vehicles": ["消防车"]})
    with database.begin() as connection:
        before: Watched = find_watch(connection, card, "消防")
        edit_watch(connection, before, name="消防车")
        with pytest.raises(Mistake, match="重"):
            edit_watch(connection, before, name="别的")
        assert [each.name for each in list_watches(connection)] == ["消防车"]


def test_names_are_ones_own(database: Engine) -> None:
    card = someone(database, 消防={"vehicles": ["消防车"]})
    someone(database, "林芳", 消防={"vehicles": ["消防车"]})
    with database.begin() as connection:
        with pytest.raises(Mistake):
            add_watch(connection, card, " 消防 ", criteria_from({}))
        with pytest.raises(Mistake, match="消防"):
            find_watch(connection, person(connection, "林芳"), "公交")


# --- watches of teams, and of who leaves ----------------------------------------------------------------------------


def test_a_watch_of_a_team_tells_its_members_and_its_lead(database: Engine) -> None:
    lead, member, outsider = (someone(database, name) for name in ("林芳", "赵敏", "孙平"))
    with database.begin() as connection:
        set_team(connection, "林芳", "宁波组", lead="林芳", members=("赵敏",))
        made = add_watch(connection, lead, "消防", criteria_from({"vehicles": ["消防车"]}), team="宁波组")
        assert made.team == "宁波组"
        with pytest.raises(Mistake, match="宁波组"):
            add_watch(connection, outsider, "消防", criteria_from({}), team="宁波组")
    for each in (FIRE, POLICE):
        take_page(database, each)
    routed(database)
    for card in (lead, member):
        ((kind, (words,)),) = told(database, card)
        assert kind == "published"
        assert "消防" in words
    assert len(told(database, outsider)) == 2, "who is in no team has no watch"


def test_who_joins_a_team_gets_its_watches_and_who_leaves_no_longer(database: Engine) -> None:
    lead, other = someone(database, "林芳"), someone(database, "赵敏")
    with database.begin() as connection:
        set_team(connection, "林芳", "宁波组", lead="林芳", members=("林芳",))
        add_watch(connection, lead, "消防", criteria_from({"vehicles": ["消防车"]}), team="宁波组")
        assert list_watches(connection, other) == []
        set_team(connection, "林芳", "宁波组", members=("林芳", "赵敏"))
        assert [each.name for each in list_watches(connection, other)] == ["消防"]
        watch = find_watch(connection, other, "消防")
        edit_watch(connection, watch, name="消防车")
        set_team(connection, "林芳", "宁波组", members=())
        assert list_watches(connection, other) == []
        assert [each.name for each in list_watches(connection, lead)] == ["消防车"]


def test_a_person_and_their_team_may_use_one_name(database: Engine) -> None:
    card = someone(database, 消防={"vehicles": ["消防车"]})
    with database.begin() as connection:
        set_team(connection, card.name, "宁波组", lead=card.name)
        add_watch(connection, card, "消防", criteria_from({"min_days_left": 3}), team="宁波组")
        with pytest.raises(Mistake, match="消防"):
            add_watch(connection, card, "消防", criteria_from({}), team="宁波组")
        assert find_watch(connection, card, "消防").team == "", "one's own first"


def test_handed_over_watches_go_on_for_the_other_and_rest_for_the_giver(database: Engine) -> None:
    giver = someone(database, "王小明", 消防={"vehicles": ["消防车"]}, 停用={"vehicles": ["校车"]})
    taker = someone(database, "林芳", 消防={"vehicles": ["洒水车"]})
    with database.begin() as connection:
        edit_watch(connection, find_watch(connection, giver, "停用"), active=False)
        assert hand_over_watches(connection, giver, taker) == 1
        assert [each.name for each in list_watches(connection, taker)] == ["消防", "消防（王小明）"]
        assert list_watches(connection, giver, active=True) == []
        assert hand_over_watches(connection, giver, taker) == 0
    for each in (FIRE, POLICE):
        take_page(database, each)
    routed(database)
    assert told(database, giver) == []
    ((_kind, (words,)),) = told(database, taker)
    assert "消防（王小明）" in words


def test_who_got_everything_goes_on_getting_everything(database: Engine) -> None:
    giver, taker = someone(database, "王小明", 消防={"vehicles": ["消防车"]}), someone(database, "林芳")
    with database.begin() as connection:
        hand_over_watches(connection, giver, taker)
    for each in (FIRE, POLICE):
        take_page(database, each)
    routed(database)
    assert [kind for kind, _words in told(database, taker)] == ["published", "published"]
