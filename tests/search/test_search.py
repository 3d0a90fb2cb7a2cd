"""Search: words inside words, literal whatever is typed, the same answer on both databases."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, update

from crawler.notice import Item, Notice, Reading
from tests.tracker.pages import tender
from tracker import grams
from tracker.db import insert_row, open_database, reading
from tracker.intake import take_page
from tracker.keeping import forget
from tracker.search import BODY, NOTICE_TEXT, PUBLICATION, index_text, rebuild, remove, search, tidy
from tracker.tables import METADATA
from tracker.watches import criteria_from

DAY = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
Put = Callable[..., int]


def put(engine: Engine, title: str, text: str = "", *, key: str = "", at: datetime = DAY, **more: Any) -> int:
    """A publication that was read and indexed."""
    notice = Notice(title=title, text=text, **more)
    with engine.begin() as connection:
        row = {
            "portal": "ccgp",
            "channel": "dfgg-gkzb",
            "page_key": key or title,
            "key": key or title,
            "url": "https://www.ccgp.gov.cn/1.htm",
            "title": title,
            "kind": "tender",
            "facts": {},
            "row_hash": "x",
            "state": "read",
            "replica": False,
            "published_at": at,
            "first_seen_at": at,
            "last_seen_at": at,
        }
        identity = insert_row(connection, PUBLICATION, **row)
        index_text(connection, identity, notice)
    return identity


def ids(engine: Engine, query: str, **more: Any) -> list[int]:
    with reading(engine) as connection:
        return [found.publication_id for found in search(connection, query, **more)]


@pytest.fixture
def three(database: Engine) -> Engine:
    """1: a foam fire engine, 2: police cars, 3: printers; each a day newer."""
    put(database, "岷安市消防救援支队泡沫消防车采购项目", "预算 300 万元")
    put(database, "沧平市公安局警车采购项目", "制式警车 6 辆，GL8 型 2 辆", at=DAY + timedelta(days=1))
    put(database, "某局打印机采购项目", "消防通道内不得停车", at=DAY + timedelta(days=2))
    return database


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("消防车", [1]),
        ("泡沫消防车", [1]),
        ("警车", [2]),
        ("消防", [3, 1]),  # the newest first
        ("车", [3, 2, 1]),
        ("gl8", [2]),
        ("ＧＬ８", [2]),
        ("消防 打印机", [3]),
        ("打印机 消防 停车", [3]),
        ("消防车 警车", []),
        ("防车采", [1]),
        ("300 万元", [1]),
        ("", [3, 2, 1]),
        ("   ", [3, 2, 1]),
        ("消防停车", []),  # both stand there, but not together
    ],
)
def test_words_are_found_inside_longer_ones(three: Engine, query: str, found: list[int]) -> None:
    assert ids(three, query) == found


def test_blanks_inside_chinese_do_not_hide_a_word(database: Engine) -> None:
    identity = put(database, "消 防 车 采购", "")
    assert ids(database, "消防车") == [identity]


def test_titles_items_buyers_and_winners_are_searched(database: Engine) -> None:
    identity = put(
        database, "装备采购项目", items=(Item("水罐消防车", 2, "辆"),), texts={"buyer": Reading("青湖市应急管理局")}
    )
    assert ids(database, "水罐消防车") == ids(database, "青湖市应急") == [identity]


def test_no_word_reaches_over_a_line(database: Engine) -> None:
    put(database, "消防", "车辆")
    assert ids(database, "消防车") == []


def test_the_first_16000_characters_of_a_body_are_searched(database: Engine) -> None:
    identity = put(database, "采购", "空" * (BODY - 4) + "尾部客车" + "超出校车")
    assert ids(database, "尾部客车") == [identity]
    assert ids(database, "校车") == []


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "_",
        '"',
        "'",
        "100%",
        "a_b",
        '"消防车"',
        "消防*",
        "NEAR(消防 车)",
        "AND",
        "OR NOT",
        "^消防",
        "消防:车",
        "(",
        "--",
        ";",
        "\\",
    ],
)
def test_h69_signs_are_taken_literally(three: Engine, query: str) -> None:
    assert ids(three, query) == []
    identity = put(three, "怪", f"说明：{query}。")
    assert ids(three, query) == [identity]


@pytest.mark.parametrize("query", ["车" * 10_000, "消防 " * 5_000, "x" * 10_000, "\u200b\u202e\x00", "\ud800", "😀🚒"])
def test_h69_a_long_or_strange_query_is_bounded_and_never_an_error(three: Engine, query: str) -> None:
    assert ids(three, query) == ([3, 1] if query.startswith("消防") else [])


def test_pages_follow_each_other_without_gap_or_repetition(database: Engine) -> None:
    made = [put(database, f"警车采购{n}", at=DAY + timedelta(minutes=n % 3)) for n in range(12)]
    seen: list[int] = []
    after = None
    with reading(database) as connection:
        while page := search(connection, "警车", limit=5, after=after):
            seen += [found.publication_id for found in page]
            after = page[-1].rank
    assert sorted(seen) == made
    assert [(n - 1) % 3 for n in seen] == sorted(((n - 1) % 3 for n in seen), reverse=True)


def test_a_new_reading_replaces_the_old_one(database: Engine) -> None:
    identity = put(database, "警车采购", "甲方")
    with database.begin() as connection:
        connection.execute(update(PUBLICATION).values(published_at=DAY - timedelta(days=9)))
        index_text(connection, identity, Notice(title="客车采购", text="乙方"))
    assert ids(database, "警车") == ids(database, "甲方") == []
    assert ids(database, "客车") == ids(database, "乙方") == [identity]
    with database.begin() as connection:
        remove(connection, identity)
    assert ids(database, "客车") == ids(database, "") == []


def test_intake_keeps_the_index(database: Engine) -> None:
    assert ids(database, "警用") == []
    take_page(database, tender())
    take_page(database, tender("2026年12月09日 09点30分"))  # a silent edit
    assert ids(database, "警用轿车") == ids(database, "12月09日") == [1]
    assert ids(database, "12月03日") == []


def test_the_index_is_made_anew_from_the_stored_texts(three: Engine) -> None:
    before = ids(three, "消防")
    with three.begin() as connection:
        if three.dialect.name == "postgresql":
            connection.execute(update(NOTICE_TEXT).values(grams=None))
        assert rebuild(connection) == 3
    assert ids(three, "消防") == before


def test_a_tidied_index_answers_the_same(three: Engine) -> None:
    before = [ids(three, query) for query in ("消防", "车", "gl8")]
    steps = 0
    more = True
    while more and steps < 50:
        with three.begin() as connection:
            more = tidy(connection, 1)
        steps += 1
    assert not more
    assert [ids(three, query) for query in ("消防", "车", "gl8")] == before


def test_filters_are_those_of_watches_and_say_why(database: Engine) -> None:
    with time_machine.travel(DAY, tick=False):
        take_page(database, tender())
        take_page(database, tender(key="7", number="Z-2026-7", buyer="宁波市消防救援支队", name="水罐消防车采购项目"))
    everything = criteria_from({"classes": [], "regions": ["宁波"], "unknown_region": False})
    assert ids(database, "采购", filters=everything) == [2]
    assert ids(database, "采购", filters=criteria_from({"vehicles": ["消防车"]})) == [2]
    assert ids(database, "采购", filters=criteria_from({"stages": ["award"]})) == []
    with reading(database) as connection:
        (found,) = search(connection, "采购", filters=everything)
    assert found.reasons == ("浙江省宁波市",)


def test_the_surroundings_of_the_word_are_shown(database: Engine) -> None:
    put(database, "采购项目", "第一章\n本次采购泡沫消防车两辆，交货期六十天。")
    with reading(database) as connection:
        (found,) = search(connection, "泡沫消防车")
    assert "本次采购泡沫消防车两辆" in found.excerpt


ALPHABET = '消防车警采购a1%_" '


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.text(ALPHABET, max_size=12), min_size=1, max_size=6),
    st.lists(st.text(ALPHABET, min_size=1, max_size=5), min_size=1, max_size=8),
)
def test_both_databases_give_the_same_ids_as_plain_containment(
    both: tuple[Engine, Engine], texts: list[str], queries: list[str]
) -> None:
    for engine in both:
        with engine.begin() as connection:
            connection.execute(METADATA.tables["notice_text"].delete())
            connection.execute(PUBLICATION.delete())
            if engine.dialect.name == "sqlite":
                rebuild(connection)
        for n, text in enumerate(texts):
            put(engine, f"t{n}", text, key=str(n), at=DAY + timedelta(minutes=n))
    for query in queries:
        expected = [
            n
            for n in reversed(range(len(texts)))
            if all(word in grams.normal(f"t{n}\n{texts[n]}") for word in grams.words(query))
        ]
        for engine in both:
            with reading(engine) as connection:
                assert [int(found.title[1:]) for found in search(connection, query)] == expected, (engine, query)


@pytest.fixture
def both(tmp_path: Path, postgres: Any) -> Any:
    """One empty database of each kind."""
    url = postgres.borrow()
    engines = open_database(f"sqlite:///{tmp_path / 'search.sqlite'}"), open_database(url)
    yield engines
    for engine in engines:
        engine.dispose()
    postgres.give_back(url)


@given(st.text(max_size=300))
def test_what_is_indexed_can_be_stored_and_split(text: str) -> None:
    normal = grams.normal(text)
    assert "\x00" not in normal
    assert set(grams.grams(normal)) >= {run[:2] for run in normal.split() if len(run) > 1}
    for word in grams.words(text):
        assert grams.phrase(word).count('"') == 2


def test_forgotten_words_are_found_no_more(database: Engine) -> None:
    take_page(database, tender())
    assert ids(database, "0000-0000001") == [1]
    forget(database, "0000-0000001")
    assert ids(database, "0000-0000001") == []
    assert ids(database, "警用轿车") == [1]
