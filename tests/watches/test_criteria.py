"""One watch against one purchase: what fits, what narrowly does not, and what nobody can know."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import ConfigurationError
from tracker.decisions import Mistake
from tracker.i18n import language
from tracker.regions import Place
from tracker.relevance import vocabulary
from tracker.watches import Criteria, Facts, criteria_from, matches, preset, presets, read_toml

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
FIRE = Facts(
    title="宁波市消防救援支队泡沫水罐消防车采购项目",
    items="泡沫水罐消防车",
    buyer="宁波市消防救援支队",
    place=Place(("浙江省", "宁波市")),
    verdict="yes",
    types=("fire_engine",),
    methods=frozenset({"open"}),
    kinds=frozenset({"tender"}),
    portals=frozenset({"ccgp"}),
    amount=560_000_000,
    acts=((NOW + timedelta(days=6), NOW + timedelta(days=6)),),
    reasons=("标题中心词 消防车",),
    reasons_en=("head of title 消防车",),
)


def failed(facts: Facts = FIRE, **asked: Any) -> list[str]:
    return [each.criterion for each in matches(criteria_from(asked), facts, NOW).findings if not each.fits]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"regions": ["宁波"]},
        {"regions": ["上海", "浙江"]},
        {"vehicles": ["消防车"]},
        {"vehicles": ["special"]},  # covers the kinds below it
        {"vehicles": ["vehicle"]},
        {"buyer_kinds": ["fire"]},
        {"buyer_kinds": ["police"], "buyers": ["消防救援"]},  # by kind or by name
        {"methods": ["open", "inquiry"]},
        {"stages": ["tender"]},
        {"amount": {"min": "500万", "max": "0.06亿"}},
        {"keywords": {"any": ["云梯", "泡沫"], "all": ["消防车"], "none": ["维修"]}},
        {"keywords": {"any": ["消 防 车"]}},
        {"portals": ["ccgp"]},
        {"min_days_left": 6},
    ],
)
def test_it_fits(asked: dict[str, Any]) -> None:
    assert failed(**asked) == []


@pytest.mark.parametrize(
    ("asked", "criterion"),
    [
        ({"regions": ["杭州"]}, "regions"),
        ({"vehicles": ["ambulance"]}, "vehicles"),
        ({"buyers": ["公安局"]}, "buyers"),
        ({"buyer_kinds": ["medical"]}, "buyer_kinds"),
        ({"methods": ["inquiry"]}, "methods"),
        ({"stages": ["award"]}, "stages"),
        ({"amount": {"max": 5_000_000}}, "amount"),
        ({"amount": {"min": 6_000_000}}, "amount"),
        ({"keywords": {"any": ["云梯"]}}, "keywords.any"),
        ({"keywords": {"all": ["消防车", "云梯"]}}, "keywords.all"),
        ({"keywords": {"none": ["泡沫"]}}, "keywords.none"),
        ({"keywords": {"any": ["宁波市消防救援支队"], "fields": ["winner"]}}, "keywords.any"),
        ({"min_days_left": 7}, "min_days_left"),
        ({"classes": ["lease"]}, "classes"),
    ],
)
def test_one_criterion_fails(asked: dict[str, Any], criterion: str) -> None:
    assert failed(**asked) == [criterion]


def test_the_reasons_name_the_words() -> None:
    with language("en"):
        match = matches(criteria_from({"regions": ["浙江"], "keywords": {"any": ["泡沫"]}}), FIRE, NOW)
    assert match.reasons == ("buys vehicles: head of title 消防车", "浙江省宁波市", "word 泡沫")


@pytest.mark.parametrize(
    ("facts", "asked", "switch"),
    [
        (replace(FIRE, place=Place()), {"regions": ["宁波"]}, {"unknown_region": False}),
        (replace(FIRE, place=Place(("浙江省",))), {"regions": ["宁波"]}, {"unknown_region": False}),
        (replace(FIRE, amount=None), {"amount": {"min": 1}}, {"amount": {"min": 1, "unknown": False}}),
        (replace(FIRE, types=()), {"vehicles": ["fire_engine"]}, {"untyped": False}),
        (replace(FIRE, types=("vehicle",)), {"vehicles": ["fire_engine"]}, {"untyped": False}),
        (replace(FIRE, verdict="review"), {}, {"review": False}),
    ],
)
def test_what_is_not_known_is_taken_unless_the_watch_says_so(
    facts: Facts, asked: dict[str, Any], switch: dict[str, Any]
) -> None:
    assert failed(facts, **asked) == []
    assert len(failed(facts, **(asked | switch))) == 1


@pytest.mark.parametrize("name", ["methods", "buyers"])
def test_a_criterion_that_cannot_be_judged_loses_nothing(name: str) -> None:
    silent = replace(FIRE, methods=frozenset(), buyer="")
    assert failed(silent, **{name: ["open"] if name == "methods" else ["公安局"]}) == []


def test_days_left_count_for_news_only() -> None:
    asked = Criteria(min_days_left=30)
    assert not matches(asked, FIRE, NOW).hit
    assert matches(asked, FIRE, NOW, news=False).hit
    over = replace(FIRE, acts=((NOW - timedelta(days=2), NOW - timedelta(days=1)),))
    assert not matches(Criteria(min_days_left=0), over, NOW).hit


def test_services_around_vehicles_are_told_to_those_who_ask() -> None:
    lease = Facts(title="公务用车租赁服务", verdict="no", classes=frozenset({"lease"}))
    assert failed(lease) == ["classes"]
    assert failed(lease, classes=["lease"]) == []
    assert failed(lease, classes=["purchase", "租赁、运输服务"]) == []


def test_a_narrow_miss_failed_one_thing_where_others_held() -> None:
    elsewhere = replace(FIRE, place=Place(("江苏省", "南京市")))
    miss = matches(criteria_from({"regions": ["浙江"], "vehicles": ["消防车"]}), elsewhere, NOW).near_miss
    assert miss is not None
    assert miss.criterion == "regions"
    bus = replace(FIRE, types=("bus",))
    assert matches(Criteria(vehicles=("fire_engine",)), bus, NOW).near_miss is None  # another world
    assert matches(criteria_from({"regions": ["浙江"], "vehicles": ["ambulance"]}), elsewhere, NOW).near_miss is None


@given(
    st.sets(st.sampled_from(sorted(vocabulary().types)), min_size=1, max_size=3),
    st.sampled_from(sorted(vocabulary().types)),
)
def test_a_wider_watch_never_loses_what_a_narrower_one_takes(asked: set[str], bought: str) -> None:
    facts = replace(FIRE, types=(bought,))
    narrow = Criteria(vehicles=tuple(asked), untyped=False)
    wide = Criteria(vehicles=tuple({up for kind in asked for up in (kind, *vocabulary().above(kind))}), untyped=False)
    assert matches(wide, facts, NOW).hit or not matches(narrow, facts, NOW).hit


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ({"regions": ["朝阳区"]}, "朝阳区"),
        ({"vehicles": ["消防年"]}, "消防车"),
        ({"amount": {"min": "1万块"}}, "50万"),
        ({"amount": {"min": 2, "max": 1}}, "amount"),
        ({"buyer_kinds": ["polise"]}, "police"),
        ({"portals": ["ccpg"]}, "ccgp"),
        ({"classes": ["leese"]}, "lease"),
        ({"keywords": {"none": [" "]}}, "keywords.none"),
        ({"min_days_left": -1}, "min_days_left"),
    ],
)
def test_h71_a_wrong_criterion_names_the_right_one(asked: dict[str, Any], hint: str) -> None:
    with pytest.raises(Mistake, match=hint):
        criteria_from(asked)


TOML = """# What we sell
name = "宁波消防车"
regions = ["宁波市"]
vehicles = ["消防车"]

[amount]
min = "50万"

[keywords]
none = ["维修"]
"""


def test_a_watch_is_a_toml_file(tmp_path: Path) -> None:
    file = tmp_path / "watch.toml"
    file.write_text(TOML, encoding="utf-8")
    read = read_toml(file)
    assert read.name == "宁波消防车"
    assert read.criteria == criteria_from(
        {
            "regions": ["浙江省宁波市"],
            "vehicles": ["fire_engine"],
            "amount": {"min": 500_000},
            "keywords": {"none": ["维修"]},
        }
    )


@pytest.mark.parametrize(
    ("before", "after", "line", "hint"),
    [
        ("vehicles", "vehicels", 4, "vehicles"),
        ('["宁波市"]', '["宁坡市"]', 3, "regions"),
        ('min = "50万"', 'minimum = "50万"', 7, "min"),
        ('min = "50万"', 'min = "很多"', 7, "50万"),
        ("none", "not", 10, "none"),
        ("[amount]", "[amount", 6, "line 6"),
    ],
)
def test_h71_an_error_in_it_names_the_line_and_the_fix(
    tmp_path: Path, before: str, after: str, line: int, hint: str
) -> None:
    file = tmp_path / "watch.toml"
    file.write_text(TOML.replace(before, after), encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        read_toml(file)
    assert f"line {line}" in str(error.value)
    assert hint in str(error.value)


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "watch.toml"
    file.write_bytes("name = '车'".encode("gb18030"))
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_toml(file)


@pytest.mark.parametrize(
    ("name", "takes", "leaves"),
    [
        ("car-dealer", "sedan", "fire_engine"),
        ("fire-truck-maker", "fire_engine", "sedan"),
        ("sanitation-vehicle-maker", "sweeper", "ambulance"),
        ("bus-maker", "school_bus", "tractor"),
        ("special-vehicle-converter", "ambulance", "sedan"),
        ("heavy-truck-dealer", "tractor", "bus"),
    ],
)
def test_ready_made_watches_take_their_trade(name: str, takes: str, leaves: str) -> None:
    criteria = preset(name).criteria
    plain = replace(FIRE, title="某单位采购项目", items="")
    assert matches(criteria, replace(plain, types=(takes,)), NOW).hit
    assert not matches(criteria, replace(plain, types=(leaves,)), NOW).hit


def test_every_ready_made_watch_can_be_read() -> None:
    assert sorted(presets()) == sorted(
        [
            "bus-maker",
            "car-dealer",
            "fire-truck-maker",
            "heavy-truck-dealer",
            "sanitation-vehicle-maker",
            "special-vehicle-converter",
        ]
    )
    assert all(preset(name).name for name in presets())
    with pytest.raises(Mistake, match="car-dealer"):
        preset("car")
