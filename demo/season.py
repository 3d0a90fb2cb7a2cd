"""Sixty days of one portal, and the service driven through them: what was published, and what people were told when.

The clock is driven (`CHEBIAO_NOW`), the spider is replaced where its plan goes in and its lines come out; some polls
run the real child on a replica. tests/simulation checks the promise on it, benchmarks/latency.py prints how long it
took.
Everything is invented and the same for the same first day.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, Self
from unittest import mock

from pydantic import SecretStr
from sqlalchemy import Engine, update

from crawler.clock import SHANGHAI
from crawler.page import ChannelResult, Page, Result, Row, Unchanged
from crawler.plan import Plan
from crawler.spiders.listdetail import row_hash
from demo import others, pages
from demo.formats import Change, Item, Project, at, correction, moment, tender, termination
from demo.portal import ReplicaPortal
from demo.sample import Sample
from demo.smtp import MailSink
from demo.workdays import is_working, step
from tracker.service import poll
from tracker.service.serve import Service
from tracker.settings import Settings
from tracker.tables import Channel, table

CHANNEL = table(Channel)
FIRST_ID = 41_000_000
WHAT = ("消防车采购", "执法执勤用车采购", "洒水车采购", "救护车采购", "警用车辆采购")
HOURS = (time(6, 50), time(7, 31), time(10, 0), time(13, 0), time(16, 1), time(20, 0))
"""When the machine wakes: a poll before the digest, the digest, and polls over the day."""
Event = Literal["new", "moved", "terminated"]


@dataclass(frozen=True)
class Published:
    """One thing that people must be told."""

    event: Event
    at: datetime
    sample: Sample
    name: str
    """Of the purchase; no other has it."""
    deadline: datetime | None = None
    """The new one, where it moved."""


@dataclass
class Season:
    """What a portal publishes from `first` on, for so many days."""

    first: date
    days: int = 60
    samples: list[Sample] = field(default_factory=list)
    told: list[Published] = field(default_factory=list)

    @classmethod
    def of(cls, first: date, days: int = 60) -> Self:
        made = cls(first, days)
        working = [first + timedelta(days=n) for n in range(days) if is_working(first + timedelta(days=n))]
        for index, day in enumerate(working):
            for half in (0, 1):
                made._purchase(2 * index + half, at(day, 9 + 5 * half, (17 * index) % 60))
            made._other(index, at(day, 11, (7 * index) % 60))
        made.samples = [
            replace(each, id=FIRST_ID + 37 * n)
            for n, each in enumerate(sorted(made.samples, key=lambda each: (each.published, each.slug)))
        ]
        by_slug = {each.slug: each for each in made.samples}
        last = datetime.combine(first + timedelta(days=days - 3), time(), SHANGHAI)
        made.told = [replace(each, sample=by_slug[each.sample.slug]) for each in made.told if each.at < last]
        return made

    def _purchase(self, index: int, published: datetime) -> None:
        """A tender of vehicles; some deadlines move, a few purchases end."""
        project = self._project(index, WHAT[index % len(WHAT)], "辆", "yes", published.date())
        day = published.date()
        deadline = at(step(max(day + timedelta(days=21), step(day, 8)), 0), 9, 30)
        opened = tender(
            project,
            slug=f"season-{index}",
            published=published,
            documents=(day, step(day, 5)),
            deadline=deadline,
            place="公共资源交易中心开标室",
        )
        self._add("new", opened, project.name)
        if index % 4 == 1:
            later = at(step(deadline.date(), 5 if index % 8 == 1 else -2), 14, 0)
            words = [f"{moment(each, project.template)}（北京时间）" for each in (deadline, later)]
            changed = correction(
                project,
                slug=f"season-{index}-moved",
                published=at(step(day, 4), 15, index % 60),
                first=day,
                subject="采购公告",
                changes=(Change("提交投标文件截止时间", *words), Change("开标时间", *words)),
                in_table=index % 8 == 5,
                deadline=later,
            )
            self._add("moved", changed, project.name, later)
        elif index % 10 == 2:
            ended = termination(
                project,
                slug=f"season-{index}-ended",
                published=at(step(day, 6), 10, index % 60),
                reasons=("因采购需求发生变化，终止本次采购活动。",),
            )
            self._add("terminated", ended, project.name)

    def _project(self, index: int, what: str, unit: str, vehicles: Any, day: date) -> Project:
        city = tuple(others.PLACES)[index % 6]
        buyer = f"{city}市第{index + 1}区{others.OFFICES[index % len(others.OFFICES)]}"
        item = Item(what.removesuffix("采购"), index % 7 + 1, unit, "技术参数、数量及交付要求详见采购文件第五章")
        return others.project_of(index, buyer, what, item, 200_000 * (index % 7 + 1), day, vehicles)

    def _other(self, index: int, published: datetime) -> None:
        """Something that is none of our business."""
        project = self._project(500 + index, "办公家具采购", "套", "no", published.date())
        self.samples.append(
            tender(
                project,
                slug=f"season-other-{index}",
                published=published,
                documents=(published.date(), step(published.date(), 5)),
                deadline=at(step(published.date(), 20), 9, 0),
                place="公共资源交易中心开标室",
            )
        )

    def _add(self, event: Event, sample: Sample, name: str, deadline: datetime | None = None) -> None:
        self.samples.append(sample)
        self.told.append(Published(event, sample.published, sample, name, deadline))

    def out(self, now: datetime) -> list[Sample]:
        """What is on the portal by now, oldest first."""
        return [each for each in self.samples if each.published <= now]


# --- the portal, without a child process ----------------------------------------------------------------------------


class RecordedCrawl:
    """Stands where `tracker.service.poll.Crawl` stands: a plan goes in, lines come out."""

    def __init__(self, season: Season, now: Callable[[], datetime], blind: Callable[[datetime], bool]) -> None:
        self.season, self.now, self.blind = season, now, blind
        self.fault = ""

    def __call__(self, portal: str, plan: Plan, _timeout_s: float, _stop: object) -> Self:
        self.portal, self.plan = portal, plan
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def lines(self) -> Iterator[Page | Unchanged | Result]:
        at, channels = self.now(), tuple(self.plan.channels or ())
        if self.blind(at):
            yield Result(
                portal=self.portal,
                started_at=at,
                ended_at=at,
                requests=len(channels),
                rows=0,
                pages=0,
                reconciled=True,
                channels=tuple(ChannelResult(channel=each, state="failed", reason="HTTP 503") for each in channels),
            )
            return
        rows = dict.fromkeys(channels, 20)
        sent = 0
        for sample in self.season.out(at):
            row = row_of(sample)
            known = self.plan.known.get(row.key)
            if row.channel in rows and (known is None or known.row_hash != row.row_hash):
                sent += 1
                body = Page.pack(pages.detail(sample).encode())
                yield Page(portal=self.portal, row=row, fetched_at=at, encoding="utf-8", packed=body)
        for row in self.plan.recheck:
            yield Unchanged(portal=self.portal, row=row)
        yield Result(
            portal=self.portal,
            started_at=at,
            ended_at=at,
            requests=len(channels),
            rows=sum(rows.values()),
            pages=sent,
            reconciled=True,
            channels=tuple(ChannelResult(channel=each, state="ok", requests=1, rows=20) for each in channels),
        )


def row_of(sample: Sample) -> Row:
    """The list row of a notice, as the spider of ccgp makes it."""
    facts = {
        "title": sample.title,
        "published": sample.published.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        "region": sample.region,
        "buyer": sample.buyer,
    }
    channel = f"{sample.area}-{sample.channel}"
    url = f"http://www.ccgp.gov.cn{sample.path}"
    return Row(channel=channel, key=str(sample.id), url=url, facts=facts, row_hash=row_hash(facts))


# --- the service, driven --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A mail as it arrived."""

    at: datetime
    to: str
    subject: str
    text: str
    message_id: str


@dataclass
class Drive:
    """The service on a driven clock, from the first to the last day of a season."""

    engine: Engine
    season: Season
    blind: Callable[[datetime], bool] = lambda _at: False
    mail_off: Callable[[datetime], bool] = lambda _at: False
    real: frozenset[datetime] = frozenset()
    """Instants at which the poll runs a real child on a replica."""
    restarts: frozenset[datetime] = frozenset()
    mails: list[Told] = field(default_factory=list)
    polls: list[tuple[datetime, bool]] = field(default_factory=list)
    """When the portal was polled, and whether it could be read."""
    real_polls: int = 0
    shown: set[int] = field(default_factory=set)
    """Numbers of what the replica has."""
    now: datetime = datetime(2000, 1, 1, tzinfo=SHANGHAI)

    def instants(self) -> Iterator[datetime]:
        """Every moment at which the machine wakes."""
        for n in range(self.season.days):
            for hour in HOURS:
                yield datetime.combine(self.season.first + timedelta(days=n), hour, SHANGHAI)

    def run(self) -> None:
        with MailSink() as sink, ReplicaPortal(()) as replica:
            service = self._service(sink)
            for instant in self.instants():
                self._set(instant)
                if instant in self.restarts:
                    service = self._service(sink)
                sink.clear_answers()
                if self.mail_off(instant):
                    sink.answer("connect", "421 4.3.2 service not available")
                self._poll(service, replica)
                service.tick_mail()
                self._take(sink)

    def _set(self, instant: datetime) -> None:
        self.now = instant
        os.environ["CHEBIAO_NOW"] = instant.isoformat()

    def _service(self, sink: MailSink) -> Service:
        mail: dict[str, Any] = {"smtp_url": SecretStr(sink.url), "mail_domain": "example.cn"}
        return Service(self.engine, Settings(portals=("ccgp",), mail_from="Chebiao <chebiao@example.cn>", **mail))

    def _poll(self, service: Service, replica: ReplicaPortal) -> None:
        """Whatever its schedule says, the portal is asked now."""
        ccgp = next(each for each in service.portals() if each.id == "ccgp")
        with self.engine.begin() as connection:
            connection.execute(update(CHANNEL).values(next_due_at=self.now))
        dark = self.blind(self.now)
        if self.now in self.real and not dark:
            fresh = [each for each in self.season.out(self.now) if each.id not in self.shown]
            replica.add(*fresh)
            self.shown |= {each.id for each in fresh}
            service.base_url = replica.base_url
            self.real_polls += 1
            service.poll_portal(ccgp)
            service.base_url = None
        else:
            crawl = RecordedCrawl(self.season, lambda: self.now, self.blind)
            with mock.patch.object(poll, "Crawl", crawl):
                service.poll_portal(ccgp)
        self.polls.append((self.now, not dark))

    def _take(self, sink: MailSink) -> None:
        for mail in sink.messages[len(self.mails) :]:
            body = mail.message.get_body(("plain",))
            self.mails.append(
                Told(
                    at=self.now,
                    to=mail.recipients[0],
                    subject=str(mail.message["Subject"]),
                    text=body.get_content() if body is not None else "",
                    message_id=str(mail.message["Message-ID"]),
                )
            )
