"""Awards, each once, counted by type, region, buyer, winner and brand; unit prices printed or computed."""

from datetime import datetime

import pytest
from sqlalchemy import Engine

from crawler.clock import SHANGHAI
from tests.tracker.pages import page, tender
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.intake import take_page
from tracker.results import Asked, groups, prices, vehicle_id, wins

BUYERS = {"YJZC-2026-0117": "远江市公安局", "YJZC-2026-0118": "云溪市公安局"}


def award(
    kind: str,
    winner: str,
    amount: str,
    *,
    key: str,
    number: str = "YJZC-2026-0117",
    published: str = "2026-12-08 10:00",
) -> object:
    """A result, a contract or a list of candidates of the tender with the same number."""
    buyer = BUYERS[number]
    body = f"""<html><body><div class="vF_detail_content_container"><div class="vF_detail_content">
    <p>一、项目编号：{number}</p><p>二、项目名称：警用车辆采购项目</p>
    <p>三、中标（成交）信息</p><p>供应商名称：{winner}</p><p>供应商地址：示例省远江市示例路2号</p>
    <p>中标（成交）金额：{amount}（万元）</p>
    <p>四、主要标的信息</p>
    <table><tr><td>供应商名称</td><td>货物名称</td><td>品牌</td><td>规格型号</td><td>数量</td></tr>
    <tr><td>{winner}</td><td>警用轿车</td><td>红旗</td><td>CA7150</td><td>6辆</td></tr></table>
    <p>1.采购人信息</p><p>名称：{buyer}</p></div></div></body></html>"""
    return page(body, key=key, title=f"{buyer}警用车辆采购项目{kind}", published=published, buyer=buyer)


@pytest.fixture
def filled(database: Engine) -> Engine:
    pages = [
        tender(),
        award("中标候选人公示", "甲汽车销售有限公司", "150", key="2001", published="2026-12-05 10:00"),
        award("中标公告", "甲汽车销售有限公司", "150", key="2002"),
        award("合同公告", "甲汽车销售有限公司", "150", key="2003", published="2026-12-20 10:00"),
        tender(key="1002", number="YJZC-2026-0118", buyer="云溪市公安局", published="2026-11-11 10:00"),
        award("中标公告", "乙汽车有限公司", "162", key="2004", number="YJZC-2026-0118", published="2026-12-09 09:00"),
    ]
    for each in pages:
        take_page(database, each, replica=True)
    return database


def test_candidate_award_and_contract_are_one_win(filled: Engine) -> None:
    with reading(filled) as connection:
        found = wins(connection, Asked())
    assert [(each.winner, each.amount) for each in found] == [
        ("乙汽车有限公司", 162_000_000),
        ("甲汽车销售有限公司", 150_000_000),
    ]
    assert {each.brand for each in found} == {"红旗"}
    assert found[1].at == datetime(2026, 12, 5, 10, 0, tzinfo=SHANGHAI), "the first word of it"


def test_a_price_for_one_vehicle_is_computed_where_one_winner_sells_one_type(filled: Engine) -> None:
    with reading(filled) as connection:
        found = prices(connection, Asked(buyer="远江"))
    assert [(each.unit_price, each.computed) for each in found] == [(25_000_000, True)]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("winner", ["乙汽车有限公司", "甲汽车销售有限公司"]),
        ("buyer", ["云溪市公安局", "远江市公安局"]),
        ("brand", ["红旗"]),
    ],
)
def test_wins_are_counted_by_one_thing(filled: Engine, by: str, expected: list[str]) -> None:
    with reading(filled) as connection:
        found = groups(connection, Asked(), by)  # type: ignore[arg-type]
    assert sorted(each.name for each in found) == sorted(expected)
    assert sum(each.wins for each in found) == 2
    assert sum(each.amount for each in found) == 312_000_000


def test_filters_and_pages(filled: Engine) -> None:
    with reading(filled) as connection:
        first = wins(connection, Asked(), limit=1)
        rest = wins(connection, Asked(), after=first[0].key, limit=5)
        none = wins(connection, Asked(winner="丙"))
        police = wins(connection, Asked(vehicle=vehicle_id("警车")))
        early = wins(connection, Asked(until=datetime(2026, 12, 6, tzinfo=SHANGHAI)))
    assert [each.winner for each in (*first, *rest)] == ["乙汽车有限公司", "甲汽车销售有限公司"]
    assert none == []
    assert len(police) == 2
    assert [each.winner for each in early] == ["甲汽车销售有限公司"]
    with pytest.raises(Mistake, match="飞碟"):
        vehicle_id("飞碟")
