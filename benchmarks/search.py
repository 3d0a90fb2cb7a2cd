"""How search grows: p95 of a query over many notices beside that over few.

`python -m benchmarks.search [MANY] [FEW] [URL]` (default 1000000 10000, SQLite in a temporary folder) from the
checkout's root. Invented notices of about 1,200 characters, one in twenty about vehicles; queries of two characters
as people type them, longer ones, several words, rare ones and ones that nothing holds. Prints one JSON line. The bar:
p95 over MANY is at most 5 times p95 over FEW.
"""

import json
import random
import sys
import tempfile
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from sqlalchemy import Connection, Engine, insert, text

from tracker.db import open_database, reading
from tracker.grams import grams, normal, tokens
from tracker.search import NOTICE_TEXT, PUBLICATION, prepare, rank_of, search, tidy

START = datetime(2024, 1, 1, tzinfo=UTC)
PLACES = [a + b + c for a in "青岚云柳石东枫松" for b in "湖溪屏江泽安阳原" for c in "县市区"]
BUYERS = [
    "公安局",
    "消防救援支队",
    "人民医院",
    "教育局",
    "环境卫生中心",
    "机关事务管理局",
    "公共交通集团有限公司",
    "职业学院",
]
VEHICLES = [
    "警车",
    "泡沫消防车",
    "负压救护车",
    "洗扫车",
    "纯电动公交车",
    "客车",
    "执法执勤用车",
    "重型牵引车",
    "校车",
    "皮卡",
]
OTHERS = [
    "打印机",
    "学生宿舍家具",
    "物业服务",
    "办公电脑",
    "道路工程",
    "食堂食材",
    "信息系统",
    "医用耗材",
    "图书",
    "空调",
]
CLAUSES = (
    "供应商应当具有独立承担民事责任的能力",
    "提交投标文件截止时间为公告载明的时间",
    "本项目不接受联合体投标",
    "获取采购文件的方式为在线下载",
    "付款方式为验收合格后支付合同金额的百分之九十五",
    "供应商认为权益受到损害的可以提出质疑",
    "交货地点由采购人指定",
    "质保期自验收合格之日起计算",
)
QUERIES = [
    *("警车", "客车", "校车", "皮卡", "采购", "消防", "公安局", "车"),
    *("泡沫消防车", "执法执勤用车", "纯电动公交车", "负压救护车 人民医院", "洗扫车 青湖县", "警车 公安局 采购"),
    *("枫泽区", "2024-00007", "青湖县公安局警车", "柳屏市 校车", "投标 空调", "水陆两栖", "消防客车", "百分之九十六"),
]
ROUNDS = 5
LIMIT = 50
STEP = 2_000


def notice(number: int, chance: random.Random) -> str:
    """The text of an invented notice as it is indexed."""
    what = chance.choice(VEHICLES if number % 20 == 0 else OTHERS)
    buyer = chance.choice(PLACES) + chance.choice(BUYERS)
    body = "。\n".join(chance.choice(CLAUSES) + str(chance.randrange(10_000)) for _ in range(48))
    return normal(f"{buyer}{what}采购项目公开招标公告\n{2024 + number % 3}-{number:05d}\n{what}\n{buyer}\n{body}")


def fill(engine: Engine, first: int, end: int) -> None:
    """Notices `first` to `end`, a minute apart."""
    chance = random.Random(first)
    for start in range(first, end, STEP):
        with engine.begin() as connection:
            prepare(connection)
            numbers = range(start, min(start + STEP, end))
            said = {n: notice(n, chance) for n in numbers}
            connection.execute(insert(PUBLICATION), [_publication(n, said[n]) for n in numbers])
            connection.execute(insert(NOTICE_TEXT), [_text(connection, n, said[n]) for n in numbers])
            if engine.dialect.name == "sqlite":
                rows = [{"rank": _rank(n), "tokens": tokens(said[n])} for n in numbers]
                connection.execute(text("INSERT INTO notice_index(rowid, tokens) VALUES (:rank, :tokens)"), rows)


def _at(number: int) -> datetime:
    return START + timedelta(minutes=number)


def _rank(number: int) -> int:
    return rank_of(number + 1, _at(number))


def _publication(number: int, said: str) -> dict[str, object]:
    key = str(number)
    return {
        "id": number + 1,
        "portal": "ccgp",
        "channel": "dfgg-gkzb",
        "page_key": key,
        "key": key,
        "url": f"https://www.ccgp.gov.cn/{key}.htm",
        "title": said.partition("\n")[0],
        "kind": "tender",
        "facts": {},
        "row_hash": "",
        "state": "read",
        "replica": False,
        "published_at": _at(number),
        "first_seen_at": _at(number),
        "last_seen_at": _at(number),
    }


def _text(connection: Connection, number: int, said: str) -> dict[str, object]:
    row: dict[str, object] = {
        "publication_id": number + 1,
        "rank": _rank(number),
        "title": said.partition("\n")[0],
        "buyer": "",
        "items": "",
        "winner": "",
        "place": {},
        "packed": zlib.compress(said.encode(), 1),
    }
    return row | {"grams": grams(said)} if connection.dialect.name == "postgresql" else row


def settle(engine: Engine) -> None:
    """What the nightly care and autovacuum do."""
    more = True
    while more:
        with engine.begin() as connection:
            more = tidy(connection)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE notice_text"))


def p95(engine: Engine) -> tuple[float, str]:
    """Milliseconds that 95 of 100 queries stay below, and the slowest query."""
    settle(engine)
    took: list[tuple[float, str]] = []
    with reading(engine) as connection:
        for round_ in range(ROUNDS + 1):
            for query in QUERIES:
                begin = perf_counter()
                search(connection, query, limit=LIMIT)
                if round_:  # the first one warms the cache
                    took.append((1000 * (perf_counter() - begin), query))
    took.sort()
    return took[int(len(took) * 0.95)][0], took[-1][1]


def main(many: int, few: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "search.sqlite"
        engine = open_database(url or f"sqlite:///{file}")
        fill(engine, 0, few)
        small, _slowest = p95(engine)
        begin = perf_counter()
        fill(engine, few, many)
        rate = (many - few) / (perf_counter() - begin)
        large, slowest = p95(engine)
        size = file.stat().st_size / many if file.is_file() else None
        engine.dispose()
    print(
        json.dumps(
            {
                "notices": many,
                "p95_ms": round(large, 1),
                "notices_few": few,
                "p95_ms_few": round(small, 1),
                "times_slower": round(large / small, 2),
                "slowest": slowest,
                "indexed_per_second": round(rate),
                "bytes_per_notice": round(size) if size else None,
            },
            ensure_ascii=False,
        )
    )


if __name__ == "__main__":
    given = sys.argv[1:]
    main(int(given[0]) if given else 1_000_000, int(given[1]) if given[1:] else 10_000, given[2] if given[2:] else None)
