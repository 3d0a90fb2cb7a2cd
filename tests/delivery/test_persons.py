"""Persons are added, listed and edited without losing anybody's change; each has digest times of their own."""

from datetime import time

import pytest
from handmade import NOW, World
from hypothesis import given
from hypothesis import strategies as st

from tracker.team.people import EditedMeanwhile, PersonError, add_person, checked_address, edit_person, people, person


def test_a_person_is_added_listed_and_edited(world: World) -> None:
    with world.engine.begin() as connection:
        card = add_person(connection, " 王\r\n小明 ", " wang@example.cn ", NOW, digest_at=time(8, 15))
        assert (card.name, card.email, card.digest_at, card.version) == ("王 小明", "wang@example.cn", time(8, 15), 1)
        changed = edit_person(connection, card, digest_days="daily", active=False)
        assert changed == person(connection, "王 小明")
        assert (changed.digest_days, changed.version) == ("daily", 2)
        assert [each.name for each in people(connection)] == ["王 小明"]
        assert people(connection, active=True) == []


def test_h65_two_people_edit_one_person_and_the_second_sees_it(world: World) -> None:
    with world.engine.begin() as connection:
        mine = add_person(connection, "王小明", "wang@example.cn", NOW)
        edit_person(connection, mine, email="new@example.cn")
        with pytest.raises(EditedMeanwhile) as late:
            edit_person(connection, mine, digest_days="daily")
        assert late.value.now.email == "new@example.cn"
        assert edit_person(connection, late.value.now, digest_days="daily").email == "new@example.cn"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"name": "王小明"}, "王小明"),
        ({"name": " \u200b "}, "姓名"),
        ({"name": "林芳", "email": "lin@"}, "邮箱"),
        ({"name": "林芳", "email": "lin@example.cn\r\nBcc: x@example.cn"}, "邮箱"),
        ({"name": "林芳", "email": "林芳@example.cn"}, "邮箱"),
        ({"name": "林芳", "language": "fr"}, "fr"),
        ({"name": "林芳", "digest_days": "sunday"}, "sunday"),
        ({"name": "林芳", "digest_days": ""}, "mon,wed,fri"),
        ({"name": "林芳", "frequency": "hourly"}, "hourly"),
        ({"name": "林芳", "quiet_from": time(21, 0)}, "21:00-07:30"),
        ({"name": "林芳", "zone": "Asia/Peking"}, "Asia/Peking"),
        ({"name": "林芳", "zone": "../etc/passwd"}, "passwd"),
        ({"name": "林芳", "zone": "Asia"}, "Asia"),
        ({"name": "林芳", "version": 7}, "version"),
    ],
)
def test_what_is_wrong_is_explained(world: World, values: dict[str, object], word: str) -> None:
    with world.engine.begin() as connection:
        add_person(connection, "王小明", "wang@example.cn", NOW)
        given = {"email": None, **values}
        with pytest.raises(PersonError, match=word):
            add_person(connection, now=NOW, **given)  # type: ignore[arg-type]  # wrong on purpose


def test_an_unknown_name_is_answered_with_those_there_are(world: World) -> None:
    with world.engine.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        with pytest.raises(PersonError, match="王小明"):
            person(connection, "王小名")


@given(st.text(max_size=60))
def test_an_address_that_passes_is_safe_in_an_envelope(text: str) -> None:
    try:
        address = checked_address(text)
    except PersonError:
        return
    assert address is None or (
        address.isascii() and address.count("@") == 1 and not set(address) & set(" \r\n<>,;\"'\\")
    )
