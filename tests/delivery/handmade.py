"""Rows made by hand, as intake would write them: projects, notices, events, people, sources."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from crawler.clock import SHANGHAI
from tracker.delivery.deliveries import make_digests
from tracker.reminders import remind
from tracker.router import route
from tracker.state import AwardState, MilestoneState, ProceedingState, ProjectState, as_json
from tracker.tables import (
    Bid,
    Channel,
    Credential,
    Decision,
    Delivery,
    Deposit,
    Event,
    Forecast,
    Milestone,
    Organisation,
    OwnMilestone,
    Payment,
    Person,
    PlatformAccount,
    Proceeding,
    Project,
    Publication,
    Task,
    table,
)
from tracker.team.people import add_person

NOW = datetime(2026, 11, 23, 7, 30, tzinfo=SHANGHAI)
"""A Monday, the hour of the digest."""
CRASHES = [
    ("in-claim", 0, 1, ["sent"]),
    ("after-claim", 0, 1, ["transient", "sent"]),
    ("before-data", 0, 1, ["unknown", "sent"]),
    ("during-data", 0, 1, ["unknown", "sent"]),
    ("before-record", 1, 2, ["unknown", "sent"]),
]
"""Where a sender dies (crash_worker.py), how many messages have arrived by then and in the end, and the tries."""


def at(text: str) -> datetime:
    """`11-24 09:30` in 2026, Beijing time; a day alone is its midnight."""
    day, _, hour = text.partition(" ")
    return datetime.fromisoformat(f"2026-{day}T{hour or '00:00'}:00").replace(tzinfo=SHANGHAI)


def side_by_side(work: Callable[[], object], workers: int = 3) -> None:
    """Several workers at once, each doing the same; the fault of any is raised."""
    with ThreadPoolExecutor(workers) as pool:
        for each in [pool.submit(work) for _n in range(workers)]:
            each.result()


def date(kind: str, when: str, words: str = "", **more: Any) -> MilestoneState:
    """A printed date; without an hour it is a whole day."""
    earliest = at(when)
    minute = " " in when
    return MilestoneState(
        kind=kind,
        earliest=earliest,
        latest=earliest if minute else earliest + timedelta(days=1),
        precision="minute" if minute else "day",
        words=words or f"{kind} {when}",
        source="ccgp/1",
        bidder_acts=kind not in ("opening_at", "expected_at"),
        **more,
    )


@dataclass
class World:
    """Writes rows; each method commits."""

    engine: Engine
    number: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def route(self, now: datetime = NOW) -> int:
        """From events to duties; returns how many were routed."""
        with self.engine.begin() as connection:
            return route(connection, now)

    def tick(self, now: datetime = NOW) -> int:
        """As the service does, but for the digests: reminders, then duties; returns how many were reminded of."""
        with self.engine.begin() as connection:
            said = remind(connection, now)
        self.route(now)
        return said

    def digests(self, now: datetime = NOW, **more: bool) -> int:
        """The digests that are due, with everything routed; returns how many were made."""
        self.route(now)
        with self.engine.begin() as connection:
            return make_digests(connection, now, **more)

    def person(self, name: str = "王小明", email: str | None = "wang@example.cn", **more: Any) -> int:
        """Somebody who gets the digest, and no reports unless they are asked for."""
        more = {"packs": "none"} | more
        with self.engine.begin() as connection:
            added = more.pop("added_at", NOW - timedelta(days=10))
            return add_person(connection, name, email, added, **more).id

    def project(
        self,
        name: str,
        *dates: MilestoneState,
        verdict: str = "yes",
        kind: str = "purchase",
        outcome: str | None = None,
        awards: tuple[AwardState, ...] = (),
        portals: tuple[str, ...] = ("ccgp",),
        urls: tuple[str, ...] = (),
        method: str | None = "open",
        **more: Any,
    ) -> int:
        """A project with its proceeding and one publication a portal."""
        proceeding = ProceedingState(
            key=f"{kind}-1",
            kind=kind,
            method=method,
            stage_zh="招标公告",
            stage_en="tender notice",
            outcome=outcome,
            milestones=dates,
            awards=awards,
        )
        bought = {"vehicle_types": ("police_car",), "vehicle_count": 3}
        facts = {"buyer": "青湖市公安局", "region": "浙江省"} | bought | more
        state = ProjectState(
            name=name,
            vehicle_purchase=verdict,
            proceedings=(proceeding,),
            reasons=facts.pop("reasons", ("标题含“执法执勤用车”", "品目 A02030617")),
            reasons_en=facts.pop("reasons_en", ("title says 执法执勤用车",)),
            **facts,
        )
        with self.engine.begin() as connection:
            project_id = self._add(
                connection,
                Project,
                name=name,
                buyer=state.buyer,
                region=state.region,
                vehicle_purchase=verdict,
                stage="",
                closed=outcome is not None,
                replica=False,
                state=as_json(state),
                state_hash="x",
                first_seen_at=NOW - timedelta(days=1),
                changed_at=NOW - timedelta(days=1),
            )
            row = {"project_id": project_id, "key": proceeding.key, "kind": kind, "round": 1, "stage": ""}
            proceeding_id = self._add(connection, Proceeding, **row)
            for each in dates:
                stored = set(table(Milestone).c.keys()) - {"conflict"}
                row = each.model_dump(include=stored) | {"proceeding_id": proceeding_id, "conflict": [], "evidence": {}}
                connection.execute(insert(table(Milestone)).values(row))
            for place, portal in enumerate(portals):
                key = str(next(self.number))
                self._add(
                    connection,
                    Publication,
                    portal=portal,
                    channel="dfgg-gkzb",
                    page_key=key,
                    key=key,
                    url=urls[place] if urls else f"https://www.ccgp.gov.cn/cggg/dfgg/gkzb/202611/t20261122_{key}.htm",
                    title=name,
                    kind="tender",
                    facts={},
                    row_hash="x",
                    state="read",
                    replica=False,
                    published_at=NOW - timedelta(hours=20),
                    first_seen_at=NOW - timedelta(hours=18),
                    last_seen_at=NOW - timedelta(hours=18),
                    project_id=project_id,
                )
        return project_id

    def event(
        self,
        kind: str,
        project_id: int | None = None,
        before: str | None = None,
        after: str | None = None,
        *,
        cause: str = "published",
        seen_at: datetime | None = None,
        occurred_at: datetime | None = None,
        portal: str | None = None,
        channel: str | None = None,
        data: dict[str, Any] | None = None,
        **more: Any,
    ) -> int:
        seen = seen_at or NOW - timedelta(hours=12)
        publication = table(Publication)
        with self.engine.begin() as connection:
            query = select(publication.c.id).where(publication.c.project_id == project_id).limit(1)
            return self._add(
                connection,
                Event,
                key=f"{kind}:{next(self.number)}",
                kind=kind,
                cause=cause,
                project_id=project_id,
                publication_id=connection.execute(query).scalar() if project_id else None,
                before=before,
                after=after,
                data=(data or {}) | more,
                seen_at=seen,
                occurred_at=occurred_at or seen - timedelta(hours=2),
                portal=portal,
                channel=channel,
            )

    def published(self, project_id: int, kind: str = "tender", **more: Any) -> int:
        return self.event("published", project_id, data={"kind": kind, "same_as": more.pop("same_as", None)}, **more)

    def decide(self, kind: str, project_id: int, person_id: int, when: datetime = NOW - timedelta(hours=6)) -> int:
        with self.engine.begin() as connection:
            row = {"kind": kind, "project_id": project_id, "person_id": person_id, "at": when, "data": {}}
            return self._add(connection, Decision, **row)

    def source(self, channel: str, state: str | None = "ok", portal: str = "ccgp", **more: Any) -> None:
        ok = state in ("ok", "empty")
        values = {
            "portal": portal,
            "channel": channel,
            "next_due_at": NOW + timedelta(minutes=20),
            "deep_due_at": NOW + timedelta(hours=20),
            "interval_minutes": 60,
            "state": state,
            "reason": "" if ok else "块页：您的访问过于频繁",
            "failures": 0 if ok else 3,
            "blind_since": None if ok else NOW - timedelta(hours=9),
            "last_ok_at": NOW - timedelta(minutes=25) if ok else NOW - timedelta(hours=10),
            "last_poll_at": NOW - timedelta(minutes=25),
        }
        with self.engine.begin() as connection:
            connection.execute(insert(table(Channel)).values(values | more))

    def rows(self, model: type[Any], **where: Any) -> list[Any]:
        rows = table(model)
        query = select(rows).where(*(rows.c[name] == value for name, value in where.items()))
        with self.engine.connect() as connection:
            return list(connection.execute(query.order_by(*rows.primary_key.columns)))

    def delivery(self, **where: Any) -> Any:
        (row,) = self.rows(Delivery, **where)
        return row

    def add_organisation(self, name: str) -> int:
        return self.add(Organisation, key=name, name=name)

    def add(self, model: type[Any], /, **values: Any) -> int:
        """One row of any table; what it needs beside `values` is as the model has it."""
        made = model(**{"at": NOW - timedelta(days=3)} | values if "at" in table(model).c else values)
        row = {name: getattr(made, name) for name in table(model).c.keys() if name != "id"}  # noqa: SIM118
        with self.engine.begin() as connection:
            return self._add(connection, model, **row)

    def _add(self, connection: Connection, model: type[Any], /, **values: Any) -> int:
        rows = table(model)
        added: int = connection.execute(insert(rows).values(values).returning(rows.c.id)).scalar_one()
        return added


def right(rule_id: str, when: str, label: str, **more: Any) -> MilestoneState:
    """The last day of a right that the law gives who takes part."""
    dated = date(rule_id, when, f"{label}，自知道之日起7个工作日", rule_id=rule_id, alarm="tracked", **more)
    return dated.model_copy(update={"bidder_acts": False, "label": label, "label_en": rule_id})


def busy_day(world: World) -> int:
    """A Monday with everything in it; returns the person whose digest it is."""
    me = world.person()
    lin = world.person("林芳", "lin@example.cn")
    fire = world.project(
        "青湖市消防救援支队水罐消防车采购项目",
        date("documents_until", "11-24 17:00", "获取招标文件时间：2026年11月17日至2026年11月24日17:00"),
        date("bid_deadline", "12-08 09:30", "投标截止时间：2026年12月8日09时30分（北京时间）"),
        buyer="青湖市消防救援支队",
        vehicle_types=("fire_engine",),
        vehicle_count=2,
        budget=560_000_000,
        reasons=("标题含“消防车”", "品目 A02030619"),
    )
    world.decide("track", fire, lin)
    bus = world.project(
        "云溪公交集团2026年纯电动公交车采购",
        date("bid_deadline", "11-27 09:30", "递交截止时间提前至2026年11月27日9:30"),
        date("deposit_deadline", "11-26 17:00", "保证金到账截止时间：2026年11月26日17:00"),
        buyer="云溪市公共交通集团有限公司",
        region="江西省",
        vehicle_types=("bus",),
        vehicle_count=40,
        budget=3_280_000_000,
        reasons=("标题含“公交车”",),
    )
    world.decide("track", bus, me)
    world.event(
        "deadline-moved",
        bus,
        "2026-12-03 09:30",
        "2026-11-27 09:30",
        milestone="bid_deadline",
        proceeding="purchase-1",
        lot="",
        shortened=True,
        words="原投标截止时间2026年12月3日9:30，现更正为2026年11月27日9:30",
    )
    van = world.project(
        "桐源县教育局校车采购（第二次）", verdict="yes", outcome="terminated", vehicle_types=("school_bus",)
    )
    world.event(
        "terminated",
        van,
        None,
        "terminated",
        proceeding="purchase-1",
        lots=["all"],
        words="有效投标人不足三家，本项目废标",
    )
    clinic = world.project(
        "临川县人民医院负压救护车采购项目",
        date("documents_until", "11-25", "获取文件：11月19日至11月25日"),
        date("bid_deadline", "12-10 14:30", "投标截止：2026年12月10日14:30"),
        buyer="临川县人民医院",
        region="江西省",
        vehicle_types=("ambulance",),
        vehicle_count=1,
        budget=78_000_000,
        portals=("ccgp", "jxggzy"),
        reasons=("标题含“救护车”", "品目 A02030618"),
    )
    world.published(clinic)
    police = world.project(
        "青湖市公安局2026年执法执勤用车更新采购",
        date("question_deadline", "12-01", "供应商应在知道其权益受损之日起七个工作日内提出", provisional=True),
        date("bid_deadline", "12-15 09:00", "开标时间：2026-12-15 09:00"),
        budget=1_150_000_000,
        vehicle_types=("sedan", "suv"),
        vehicle_count=46,
    )
    world.published(police)
    inquiry = world.project(
        "白石镇人民政府洒水车询价采购",
        date("bid_deadline", "11-24 10:00", "响应文件递交截止：2026年11月24日10:00"),
        buyer="白石镇人民政府",
        method="inquiry",
        vehicle_types=("sprinkler",),
        vehicle_count=1,
        budget=38_500_000,
        reasons=("标题含“洒水车”",),
    )
    world.published(inquiry, "inquiry")
    check = world.project(
        "岭东区城管局环卫一体化服务及设备采购",
        verdict="review",
        buyer="岭东区城市管理局",
        reasons=("设备清单未写明是否含车辆",),
        vehicle_types=(),
        vehicle_count=None,
    )
    world.published(check)
    wish = world.project(
        "省气象局2027年应急观测车采购意向",
        date("expected_at", "12-20"),
        kind="intention",
        buyer="省气象局",
        budget=240_000_000,
        vehicle_types=("vehicle",),
        vehicle_count=2,
        method=None,
    )
    world.published(wish, "intention")
    dealer = "江北宏达汽车销售有限公司"
    won = world.project(
        "东屏区机关事务中心公务用车采购",
        outcome="awarded",
        awards=(
            AwardState(
                supplier=dealer,
                amount=179_800_00 * 100,
                brand="红旗",
                source="ccgp/1",
                stage="award",
            ),
        ),
        vehicle_types=("sedan",),
    )
    world.published(won, "award")
    late = world.project(
        "河西街道办事处巡逻车询价",
        date("bid_deadline", "11-20 10:00", "响应截止 2026-11-20 10:00"),
        method="inquiry",
        vehicle_types=("mpv",),
        vehicle_count=2,
    )
    world.published(late, "inquiry", seen_at=at("11-22 20:00"), occurred_at=at("11-19 16:00"))
    for channel in ("dfgg-gkzb", "dfgg-jzxtpgg", "dfgg-jzxcs", "zygg-gkzb"):
        world.source(channel)
    world.source("dfgg-gzgg", "blocked")
    return me


def full_day(world: World) -> int:
    """The busy Monday, and all that hangs on the team's own work: errands, rights, windows, money, keys."""
    me = busy_day(world)
    project = {row.name: row.id for row in world.rows(Project)}
    fire = project["青湖市消防救援支队水罐消防车采购项目"]
    bus = project["云溪公交集团2026年纯电动公交车采购"]
    lin = next(row.id for row in world.rows(Person) if row.name == "林芳")
    disputed = world.project(
        "平山县卫生健康局流动体检车采购项目",
        right("gp.remedy.challenge-documents", "11-26", "对采购文件提出质疑的最后一天"),
        date("bid_deadline", "12-11 09:30", "投标截止时间：2026年12月11日09:30"),
        buyer="平山县卫生健康局",
        region="河北省",
        vehicle_types=("medical",),
        vehicle_count=2,
        budget=240_000_000,
    )
    world.decide("track", disputed, me)
    won = world.project("虹桥区城管局洗扫车采购项目", outcome="contracted", buyer="虹桥区城市管理局", region="上海市")
    lost = world.project(
        "北川市公安局执法车辆采购",
        date(
            "gp.bond.refund-not-awarded",
            "11-18",
            "成交通知书发出之日起5个工作日内",
            rule_id="gp.bond.refund-not-awarded",
        ),
        outcome="awarded",
        buyer="北川市公安局",
    )
    world.add(Task, owner_id=me, title="向厂家要授权书", due_at=at("11-20 18:00"), project_id=bus, person_id=lin)
    world.add(Task, owner_id=me, title="确认样车到场时间", due_at=at("11-23 17:30"), project_id=fire, person_id=me)
    world.add(OwnMilestone, owner_id=me, kind="visit", due_at=at("11-23 14:00"), project_id=disputed, person_id=me)
    ours = {"bidder": "远江示例汽车销售有限公司", "proceeding": "purchase-1", "person_id": me}
    bids = {
        name: world.add(
            Bid, project_id=name, status=status, closed_at=at("11-11") if status != "submitted" else None, **ours
        )
        for name, status in ((won, "won"), (lost, "lost"), (fire, "submitted"))
    }
    world.add(Deposit, project_id=lost, bid_id=bids[lost], amount=8_000_000, paid_at=at("10-20"), person_id=me)
    world.add(Deposit, project_id=fire, bid_id=bids[fire], amount=11_200_000, paid_at=at("11-19"), person_id=me)
    world.add(
        Payment, project_id=won, bid_id=bids[won], amount=126_000_000, due_at=at("11-13"), name="到货款", person_id=me
    )
    for key, first, last, support in (
        ("云溪市公共交通集团|open|bus|monthly|learned", 1, 3, "5/6"),
        ("省政府采购中心|batch||batch|declared", 5, 5, ""),
    ):
        window = {"first": NOW.date() + timedelta(days=first), "last": NOW.date() + timedelta(days=last)}
        world.add(Forecast, rhythm_key=key, support=support, made_at=NOW, blind=False, **window)
    entity = "远江示例汽车销售有限公司"
    world.add(
        PlatformAccount, company=entity, platform="zcygov", ca_until=at("12-05").date(), holder="林芳", person_id=me
    )
    world.add(
        Credential,
        company=entity,
        kind="authorisation",
        name="某品牌经销授权书",
        until=at("11-20").date(),
        person_id=me,
    )
    return me
