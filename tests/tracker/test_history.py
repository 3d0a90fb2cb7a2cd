"""Whatever the order of arrival, the same state; read anew as often as one likes, the same bytes."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine

from crawler.page import Page
from tracker.db import open_database, reading
from tracker.derive import Rules
from tracker.export import canonical
from tracker.intake import take_page
from tracker.keeping import reprocess
from tracker.views import events

from .pages import correction, page, tender, termination

PLACES = [first + second + kind for first in "远临青石柳岚" for second in "江湖禾桥坪溪" for kind in "市县区"]
BUYERS = [place + office for place in PLACES for office in ("公安局", "水务局", "教育局")]
GOODS = ("警用车辆采购项目", "抢险车采购项目", "专用校车采购项目")


def moment(day: date) -> str:
    return f"{day.year}年{day.month:02d}月{day.day:02d}日 09点30分"


def award(number: str, buyer: str, name: str, *, key: str, published: str) -> Page:
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目编号：{number}</p><p>二、项目名称：{name}</p><p>三、中标（成交）信息</p>
    <p>供应商名称：示例汽车销售有限公司</p><p>中标（成交）金额：171.000000（万元）</p>
    <p>九、凡对本次公告内容提出询问，请按以下方式联系</p><p>1.采购人信息</p><p>名称：{buyer}</p></div></div></body></html>"""
    return page(body, key=key, title=f"{buyer}{name}中标结果公告", published=published, buyer=buyer)


def history(dice: Random, n: int, buyers: Sequence[str] = BUYERS) -> list[Page]:
    """One purchase as it is published: a tender, corrections of corrections, copies, an end, perhaps a second try."""
    buyer, name = dice.choice(buyers), dice.choice(GOODS)
    number = f"YJZC-2026-{n:04d}"
    same = {"number": number, "buyer": buyer, "name": name}
    day = date(2026, 3, 2) + timedelta(days=dice.randrange(200))
    deadline = day + timedelta(days=dice.randint(20, 30))
    keys = (f"{n:04d}{step:02d}" for step in range(100))
    found = [tender(moment(deadline), key=next(keys), published=f"{day} 10:00", **same)]
    if dice.random() < 0.5:
        portal = dice.choice(("elsewhere", "another"))
        found.append(tender(moment(deadline), key=next(keys), published=f"{day} 16:00", portal=portal, **same))
    for _ in range(dice.randrange(4)):
        day += timedelta(days=dice.randint(1, 4))
        later = deadline + timedelta(days=dice.randint(-3, 9))
        if later != deadline:
            said = f"{day} {dice.randint(9, 17):02d}:00"
            found.append(correction(moment(deadline), moment(later), key=next(keys), published=said, **same))
            deadline = later
    day = max(day, deadline) + timedelta(days=2)
    end = dice.choice(("award", "termination", "again", "open"))
    if end == "award":
        found.append(award(number, buyer, name, key=next(keys), published=f"{day} 11:00"))
    if end in ("termination", "again"):
        found.append(termination(key=next(keys), published=f"{day} 15:00", **same))
    if end == "again":
        day += timedelta(days=6)
        second = {"number": f"{number}-2", "buyer": buyer, "name": f"{name}（二次）"}
        again = moment(day + timedelta(days=21))
        found.append(tender(again, key=next(keys), published=f"{day} 10:00", **second))
    return found


def take(engine: Engine, pages: Sequence[Page]) -> list[str]:
    rules = Rules.load()  # once, as a poll does
    for each in pages:
        take_page(engine, each, rules=rules)
    with reading(engine) as connection:
        return list(canonical(connection))


@pytest.mark.parametrize("seed", range(8))
def test_a_generated_history_ends_in_the_same_state_in_any_order(database: Engine, tmp_path: Path, seed: int) -> None:
    """The shuffled one runs on SQLite whatever the first runs on: the databases agree, too."""
    dice = Random(seed)
    pages = [each for n in range(3) for each in history(dice, seed * 10 + n, BUYERS[:3])]
    in_order = take(database, sorted(pages, key=lambda each: each.row.facts["published"]))
    shuffled = dice.sample(pages, len(pages))
    repeated = dice.sample(shuffled, len(shuffled) // 2)
    other = open_database(f"sqlite:///{tmp_path / 'other.sqlite'}")
    assert take(other, [*shuffled, *repeated]) == in_order
    other.dispose()


def same_bytes_twice(engine: Engine, publications: int) -> None:
    dice = Random(publications)
    pages: list[Page] = []
    while len(pages) < publications:
        pages += history(dice, len(pages))
    before = "\n".join(take(engine, pages[:publications])).encode()
    with reading(engine) as connection:
        told = len(events(connection, 10**6))
    exports = []
    for _ in range(2):
        done = reprocess(engine)
        assert (done.publications, done.changed) == (publications, 0)
        with reading(engine) as connection:
            exports.append("\n".join(canonical(connection)).encode())
            assert len(events(connection, 10**6)) == told, "what is not new is no event"
    assert exports[0] == exports[1] == before


def test_reading_the_archive_anew_twice_gives_the_same_bytes(database: Engine) -> None:
    same_bytes_twice(database, 120)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_reading_ten_thousand_publications_anew_twice_gives_the_same_bytes(database: Engine) -> None:
    same_bytes_twice(database, 10_000)
