"""How the board's pages grow: each at many projects beside few, and beside a bare FastAPI page of the same size.

`python -m benchmarks.board [MANY] [FEW]` (default 100000 1000, SQLite in a temporary folder) from the checkout's root.
Invented projects, one notice each: three in ten buy vehicles, one in twenty is open, one in fifty tracked, one in ten
passed. Prints one line a page: milliseconds of processor time (median of the rounds) at FEW, at MANY, of the bare page,
and both ratios.
"""

import random
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from time import process_time
from typing import Any

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlalchemy import Engine, func, insert, select
from starlette.testclient import TestClient

from crawler.clock import now
from tracker import accounts
from tracker.db import open_database
from tracker.people import add_person
from tracker.projects import PROJECT
from tracker.settings import Settings
from tracker.state import MilestoneState, ProceedingState, ProjectState, as_json
from tracker.tables import Decision, DigestItem, Event, Milestone, NoticeText, Proceeding, Project, Publication, table
from tracker.web.app import create_app, routes

ROUNDS = 7
BATCH = 5_000
KINDS = ("police_car", "fire", "ambulance", "bus", "sanitation", "pickup")
REGIONS = ("浙江", "江苏", "河北", "四川", "湖北", "山东", "浙江宁波", "重庆")


def build(path: Path, count: int) -> Engine:
    """A database with so many projects; deterministic."""
    engine = open_database(f"sqlite:///{path}")
    at, chance = now(), random.Random(7)
    with engine.begin() as connection:
        reader = add_person(connection, "王经理", None, at - timedelta(days=30))
        accounts.set_role(connection, reader.name, "admin")
    for start in range(1, count + 1, BATCH):
        rows = [_rows(each, at, chance, reader.id) for each in range(start, min(start + BATCH, count + 1))]
        with engine.begin() as connection:
            for model in (Project, Proceeding, Milestone, Publication, NoticeText, Event, DigestItem, Decision):
                batch = [row for each in rows for row in each.get(model, ())]
                if batch:
                    connection.execute(insert(table(model)), batch)
    return engine


def _rows(number: int, at: datetime, chance: random.Random, reader: int) -> dict[type, list[dict[str, Any]]]:
    vehicles, is_open = chance.random() < 0.3, chance.random() < 0.05
    seen = at - timedelta(minutes=chance.randrange(60 * 24 * (20 if is_open else 900)))
    deadline = at + timedelta(hours=chance.randrange(1, 500)) if is_open else seen + timedelta(days=20)
    name, buyer = f"第{number}号{chance.choice(REGIONS)}车辆采购项目", f"示例{number % 900}局"
    milestone = MilestoneState(
        kind="bid_deadline",
        earliest=deadline,
        latest=deadline,
        precision="minute",
        words="提交投标文件截止时间",
        bidder_acts=is_open,
        source=f"ccgp/{number}",
    )
    state = ProjectState(
        name=name,
        buyer=buyer,
        region=chance.choice(REGIONS),
        vehicle_purchase="yes" if vehicles else "no",
        vehicle_types=(chance.choice(KINDS),) if vehicles else (),
        vehicle_count=chance.randrange(1, 60),
        budget=chance.randrange(10, 9000) * 1_000_000,
        reasons=("标题中心词 车辆",),
        proceedings=(
            ProceedingState(
                key="purchase-1",
                kind="purchase",
                method="open",
                stage_zh="递交投标文件",
                outcome=None if is_open else "awarded",
                milestones=(milestone,),
            ),
        ),
    )
    rows: dict[type, list[dict[str, Any]]] = {
        Project: [
            {
                "id": number,
                "name": name,
                "buyer": buyer,
                "region": state.region,
                "vehicle_purchase": state.vehicle_purchase,
                "stage": "",
                "closed": not is_open,
                "replica": True,
                "state": as_json(state),
                "state_hash": "x",
                "first_seen_at": seen,
                "changed_at": seen,
            }
        ],
        Proceeding: [
            {"id": number, "project_id": number, "key": "purchase-1", "kind": "purchase", "round": 1, "stage": ""}
        ],
        Milestone: [
            {
                "proceeding_id": number,
                "kind": milestone.kind,
                "earliest": deadline,
                "latest": deadline,
                "precision": "minute",
                "words": milestone.words,
                "bidder_acts": is_open,
                "conflict": [],
                "evidence": {},
            }
        ],
        Publication: [
            {
                "id": number,
                "portal": "ccgp",
                "channel": "dfgg-gkzb",
                "page_key": str(number),
                "key": str(number),
                "url": f"https://www.ccgp.gov.cn/cggg/{number}.htm",
                "title": name,
                "kind": "tender",
                "facts": {},
                "row_hash": "",
                "state": "read",
                "published_at": seen,
                "first_seen_at": seen,
                "last_seen_at": seen,
                "project_id": number,
                "relevance": {"class": "purchase" if vehicles else "other"},
            }
        ],
        NoticeText: [
            {
                "publication_id": number,
                "rank": number,
                "title": name,
                "buyer": buyer,
                "items": "",
                "winner": "",
                "place": {"path": ["浙江省"]},
                "packed": b"",
            }
        ],
    }
    if vehicles and is_open:
        event = {"id": number, "key": f"e{number}", "kind": "published", "cause": "published", "project_id": number}
        data = {"kind": "tender"}
        rows[Event] = [
            event | {"publication_id": number, "data": data, "seen_at": seen, "occurred_at": seen, "routed_at": at}
        ]
        rows[DigestItem] = [{"person_id": reader, "event_id": number}] if at - seen < timedelta(days=1) else []
    if vehicles and (mark := chance.random()) < 0.12:
        kind = "track" if mark < 0.02 else "pass"
        rows[Decision] = [
            {"kind": kind, "project_id": number, "person_id": reader, "data": {"who": "王经理"}, "at": seen}
        ]
    return rows


def pages(engine: Engine) -> list[str]:
    """Every page without parameters, and some addresses people keep."""
    with engine.connect() as connection:
        one = connection.scalar(select(func.max(PROJECT.c.id)).where(PROJECT.c.vehicle_purchase == "yes"))
    plain = [
        route.path
        for route, needed in routes()
        if "GET" in (route.methods or ()) and "{" not in route.path and needed not in ("anyone", "signed")
    ]
    known = ["/inbox?regions=浙江", "/inbox?vehicles=消防车&min=500万", "/inbox?show=all", f"/projects/{one}"]
    return [*plain, *known]


def measure(client: TestClient, path: str) -> tuple[float, int, int]:
    """Milliseconds (median), status, bytes."""
    answer = client.get(path)
    times = []
    for _ in range(ROUNDS):
        began = process_time()
        answer = client.get(path)
        times.append((process_time() - began) * 1000)
    return statistics.median(times), answer.status_code, len(answer.content)


def client_of(engine: Engine) -> TestClient:
    client = TestClient(create_app(engine, Settings()), base_url="http://127.0.0.1")
    with engine.begin() as connection:
        client.cookies.set("chebiao", accounts.start_session(connection, 1, now()))
    return client


def bare(size: int) -> TestClient:
    """The same number of bytes from FastAPI alone."""
    app, content = FastAPI(), "x" * size

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse(content)

    return TestClient(app)


def lines(many: int, few: int) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = (build(Path(folder) / f"{count}.sqlite", count) for count in (few, many))
        one, other = client_of(small), client_of(large)
        yield f"{'page':44} {few:>8} {many:>8} {'bare':>6} {'growth':>7} {'to bare':>8}  ms"
        for path in pages(large):
            before, _status, _size = measure(one, path)
            after, status, size = measure(other, path)
            alone, _status, _size = measure(bare(size), "/")
            shown = f"{path} [{status}]"
            yield f"{shown:44} {before:8.1f} {after:8.1f} {alone:6.1f} {after / before:7.2f} {after / alone:8.1f}"


def main() -> None:
    many, few = (int(each) for each in (*sys.argv[1:], *("100000", "1000")[len(sys.argv) - 1 :]))
    for line in lines(many, few):
        print(line, flush=True)


if __name__ == "__main__":
    main()
