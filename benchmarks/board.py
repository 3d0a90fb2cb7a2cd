"""How the board's pages grow: each at many projects beside few, and beside a bare FastAPI page of the same size.

`python -m benchmarks.board [MANY] [FEW]` (default 100000 1000, SQLite in a temporary folder) from the checkout's root.
Invented projects, one notice each: three in ten buy vehicles, one in twenty is open, one in fifty tracked, one in ten
passed, six in ten of the closed ones awarded; the sources have been polled for a fortnight; and the demo's purchases,
read by intake, one of them tracked with a task and a note. Every address of the board that can be read is asked for,
lists also filtered and far behind their first page. Prints one line an address: milliseconds of processor time (median
of the rounds) at FEW, at MANY, of the bare page, and both ratios.
"""

import random
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from time import process_time
from typing import Any, get_args

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from sqlalchemy import Connection, Engine, insert, select
from starlette.testclient import TestClient

from crawler.clock import now
from crawler.page import Page, Row
from crawler.portals import load_portals
from demo import pages as demo_pages
from demo.notices import world
from tracker import ocds
from tracker.bidding.bids import open_bid
from tracker.db import open_database
from tracker.decisions import mark
from tracker.delivery import ics
from tracker.delivery.unsubscribe import ensure_link, link_of
from tracker.intake import take_page
from tracker.projects import PROJECT, PUBLICATION, VERSION
from tracker.settings import Settings
from tracker.state import AwardState, MilestoneState, ProceedingState, ProjectState, as_json
from tracker.tables import (
    Award,
    Channel,
    Decision,
    DigestItem,
    Event,
    Milestone,
    NoticeText,
    Poll,
    Proceeding,
    Project,
    Publication,
    table,
)
from tracker.team import accounts
from tracker.team.notes import add_note
from tracker.team.people import add_person
from tracker.team.tasks import add_task
from tracker.web.app import create_app, routes
from tracker.web.pages.preparation import File

ROUNDS, SLOW = 7, 1.0
"""An address that takes so many seconds is asked for once."""
BATCH = 5_000
KINDS = ("police_car", "fire_engine", "ambulance", "bus", "sanitation", "pickup")
BRANDS = ("红旗", "比亚迪", "上汽大众", "宇通", "江铃", "福田", "东风", "长安")
REGIONS = ("浙江", "江苏", "河北", "四川", "湖北", "山东", "浙江宁波", "重庆")


def build(path: Path, count: int) -> Engine:
    """A database with so many projects; deterministic."""
    engine = open_database(f"sqlite:///{path}")
    at, chance = now(), random.Random(7)
    with engine.begin() as connection:
        reader = add_person(connection, "王经理", "wang@example.cn", at - timedelta(days=30))
        accounts.set_role(connection, reader.name, "admin")
    for start in range(1, count + 1, BATCH):
        rows = [_rows(each, at, chance, reader.id) for each in range(start, min(start + BATCH, count + 1))]
        with engine.begin() as connection:
            for model in (Project, Proceeding, Milestone, Award, Publication, NoticeText, Event, DigestItem, Decision):
                batch = [row for each in rows for row in each.get(model, ())]
                if batch:
                    connection.execute(insert(table(model)), batch)
    _polled(engine, at)
    _read(engine, at)
    return engine


def _polled(engine: Engine, at: datetime) -> None:
    """Every channel of every portal, polled each hour for a fortnight."""
    channels = [
        {"portal": portal.id, "channel": each.id} for portal in load_portals().values() for each in portal.channels
    ]
    times = [at - timedelta(hours=n) for n in range(24 * 14, 0, -1)]
    good = {"next_due_at": at, "deep_due_at": at, "state": "ok", "last_ok_at": at, "last_poll_at": at}
    with engine.begin() as connection:
        connection.execute(insert(table(Channel)), [each | good for each in channels])
        polls = [
            each | {"started_at": when, "ended_at": when, "state": "ok", "missing": []}
            for when in times
            for each in channels
        ]
        connection.execute(insert(table(Poll)), polls)


READ = "警用车辆购置"
"""The demo's purchase that is tracked here."""


def _read(engine: Engine, at: datetime) -> None:
    """The vehicle purchases of the demo, through intake; one is tracked, with a task and a note."""
    for sample in sorted(world(at.date()), key=lambda each: each.published):
        if not sample.slug.startswith("other-"):
            facts = {"title": sample.title, "published": f"{sample.published:%Y-%m-%d %H:%M}", "buyer": sample.buyer}
            url = f"https://www.ccgp.gov.cn/cggg/demo/{sample.id}.htm"
            row = Row(channel="dfgg-gkzb", key=f"demo-{sample.id}", url=url, facts=facts, row_hash=str(sample.id))
            packed = Page.pack(demo_pages.detail(sample).encode())
            take_page(engine, Page(portal="ccgp", row=row, fetched_at=at, encoding="utf-8", packed=packed))
    with engine.begin() as connection:
        project = _tracked(connection)
        mark(connection, "王经理", project, "track")
        add_note(connection, "王经理", project, "样车须到场。")
        add_task(connection, "王经理", "准备公告目录截图", identity=project, due=at + timedelta(hours=9))
        open_bid(connection, "王经理", project, bidder="示例汽车销售有限公司")
        page = connection.scalar(select(VERSION.c.blob_hash).limit(1))
        judged = {"portal": "ccgp", "channel": "dfgg-gkzb", "started_at": at, "ended_at": at, "state": "suspect"}
        connection.execute(insert(table(Poll)).values(**judged, reason="0 rows", evidence=page, missing=[]))


def _tracked(connection: Connection) -> int:
    found = connection.scalar(select(PROJECT.c.id).where(PROJECT.c.name.contains(READ), PROJECT.c.alias_of.is_(None)))
    assert found is not None, f"the demo has no {READ}"
    return int(found)


def _rows(number: int, at: datetime, chance: random.Random, reader: int) -> dict[type, list[dict[str, Any]]]:
    vehicles, is_open = chance.random() < 0.3, chance.random() < 0.05
    seen = at - timedelta(minutes=chance.randrange(60 * 24 * (20 if is_open else 900)))
    deadline = at + timedelta(hours=chance.randrange(1, 500)) if is_open else seen + timedelta(days=20)
    name, buyer = f"第{number}号{chance.choice(REGIONS)}车辆采购项目", f"示例{number % 900}局"
    vehicle, region, count = chance.choice(KINDS), chance.choice(REGIONS), chance.randrange(1, 60)
    price = chance.randrange(8, 90) * 1_000_000
    awards: tuple[AwardState, ...] = ()
    if vehicles and not is_open and chance.random() < 0.6:
        won = AwardState(
            stage="award",
            supplier=f"第{chance.randrange(800)}汽车销售有限公司",
            amount=price * count,
            brand=chance.choice(BRANDS),
            unit_price=price,
            source=f"ccgp/{number}",
        )
        awards = (won,)
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
        region=region,
        vehicle_purchase="yes" if vehicles else "no",
        vehicle_types=(vehicle,) if vehicles else (),
        vehicle_count=count,
        budget=price * count,
        reasons=("标题中心词 车辆",),
        proceedings=(
            ProceedingState(
                key="purchase-1",
                kind="purchase",
                method="open",
                stage_zh="递交投标文件",
                outcome=None if is_open else "awarded",
                milestones=(milestone,),
                awards=awards,
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
        Award: [
            {
                "proceeding_id": number,
                "no": 1,
                "supplier": each.supplier,
                "supplier_key": each.supplier,
                "stage": each.stage,
                "amount": each.amount,
                "unit_price": each.unit_price,
                "brand": each.brand,
                "vehicles": vehicle,
                "region": region,
                "at": seen,
            }
            for each in awards
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


KEPT = (
    "/?whole=todo",
    "/inbox?regions=浙江",
    "/inbox?vehicles=消防车&min=500万",
    "/inbox?q=消防车",
    "/inbox?show=all",
    "/inbox?show=passed",
    "/inbox?show=snoozed",
    "/projects?show=mine",
    "/projects?show=favourites",
    "/calendar?show=all",
    "/calendar?view=week&show=all",
    "/results?by=buyer&span=all",
    "/results?vehicle=fire_engine&by=region",
    "/api/v1/projects?show=new&sort=due&vehicles=消防车",
    "/api/v1/deadlines?tracked=false",
)
"""Addresses people keep."""


def pages(engine: Engine) -> list[str]:
    """Every address that can be read, with what its parameters stand for; lists also by what people keep of them."""
    with engine.begin() as connection:
        project = _tracked(connection)
        notice = connection.scalar(select(PUBLICATION.c.id).where(PUBLICATION.c.project_id == project))
        judged = connection.scalar(select(table(Poll).c.evidence).where(table(Poll).c.evidence.is_not(None)))
        ensure_link(connection, 1, now())
        stop = link_of(connection, 1, Settings(public_url="http://127.0.0.1")).rpartition("/")[2]
        values: dict[str, list[str]] = {
            "kind": ["task"],
            "name": list(get_args(File)),
            "ending": ["csv", "xlsx"],
            "what": ["records", "releases"],
            "process": [ocds.ocid(project, "purchase-1")],
            "digest": [str(judged)],
        }
        feed = ics.new_address(connection, 1, now(), Settings())
    found = []
    for path in [route.path for route, _needed in routes() if "GET" in (route.methods or ())]:
        identity = notice if "/notices/" in path else 1 if "/errands/" in path else project
        values |= {
            "identity": [str(identity)],
            "token": [feed.split("/")[2].removesuffix(".ics") if "ics" in path else stop],
        }
        names = re.findall(r"{(\w+)", path)
        bare = re.sub(r"{[^}]*}", "{}", path)
        found += [bare.format(*chosen) for chosen in product(*(values[name] for name in names))]
    return [*(each for each in found if not each.startswith(("/login", "/setup/"))), *KEPT]


def measure(client: TestClient, path: str) -> tuple[float, int, int]:
    """Milliseconds (median), status, bytes."""
    times: list[float] = []
    while len(times) < ROUNDS and (len(times) < 2 or times[-1] < SLOW * 1000):
        began = process_time()
        answer = client.get(path, follow_redirects=False)
        times.append((process_time() - began) * 1000)
    return statistics.median(times[1:]), answer.status_code, len(answer.content)


def last_page(client: TestClient, path: str) -> str:
    """The address ten pages behind the first of a list."""
    for _turn in range(10):
        further = re.search(r'href="([^"]+)" data-more', client.get(path).text)
        if further is None:
            break
        path = further[1].replace("&amp;", "&")
    return path


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
        yield f"{'address':44} {few:>8} {many:>8} {'bare':>6} {'growth':>7} {'to bare':>8}  ms"
        addresses = [(there, here, there) for here, there in zip(pages(small), pages(large), strict=True)]
        lists = ("/inbox?show=all", "/results")
        addresses += [(f"{path}, ten pages on", last_page(one, path), last_page(other, path)) for path in lists]
        for name, here, there in addresses:
            before, _status, _size = measure(one, here)
            after, status, size = measure(other, there)
            alone, _status, _size = measure(bare(size), "/")
            shown = f"{re.sub(r'[-_0-9A-Za-z]{20,}', '…', name)} [{status}]"
            yield f"{shown:44} {before:8.1f} {after:8.1f} {alone:6.1f} {after / before:7.2f} {after / alone:8.1f}"


def main() -> None:
    many, few = (int(each) for each in (*sys.argv[1:], *("100000", "1000")[len(sys.argv) - 1 :]))
    for line in lines(many, few):
        print(line, flush=True)


if __name__ == "__main__":
    main()
