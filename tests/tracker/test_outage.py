"""A portal is away for three days and comes back with 400 notices: none is lost, and one digest tells of them."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, func, select

from crawler.clock import SHANGHAI
from demo.others import many
from demo.portal import ReplicaPortal
from demo.smtp import MailSink
from tracker.db import open_database, reading
from tracker.service.serve import Service
from tracker.settings import Settings
from tracker.tables import Channel, Digest, DigestItem, Event, Project, Publication, table
from tracker.team.people import add_person

CHANNEL, DIGEST, ITEM, EVENT, PROJECT, PUBLICATION = map(
    table, (Channel, Digest, DigestItem, Event, Project, Publication)
)
MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=SHANGHAI)


def digests(engine: Engine) -> dict[str, int]:
    """Items of each daily digest that was made, by day."""
    query = (
        select(DIGEST.c.local_date, func.count(ITEM.c.id))
        .join(ITEM, isouter=True)
        .where(DIGEST.c.kind == "daily")
        .group_by(DIGEST.c.local_date)
    )
    with reading(engine) as connection:
        return {day.isoformat(): count for day, count in connection.execute(query)}


def test_h13_three_days_down_then_400_notices_none_lost_and_one_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))

    def at(instant: datetime) -> datetime:
        monkeypatch.setenv("CHEBIAO_NOW", instant.isoformat())
        return instant

    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    at(MONDAY)
    with ReplicaPortal(()) as replica, MailSink() as sink:
        mail = {
            "smtp_url": SecretStr(sink.url),
            "mail_from": "Chebiao <chebiao@example.cn>",
            "mail_domain": "example.cn",
        }
        service = Service(engine, Settings(**mail), base_url=replica.base_url)
        ccgp = next(portal for portal in service.portals() if portal.id == "ccgp")
        with engine.begin() as connection:
            person = add_person(connection, "李经理", "li@example.cn", MONDAY - timedelta(days=10)).id
        replica.set_fault("503")
        for hours in range(0, 72, 12):
            at(MONDAY + timedelta(hours=hours))
            with engine.begin() as connection:  # as long as it backs off, by six hours at most
                connection.execute(CHANNEL.update().values(next_due_at=MONDAY))
            service.poll_portal(ccgp)
            at(MONDAY + timedelta(hours=hours, minutes=40))
            service.tick_mail()
        mails = [
            (str(each.message["Subject"]), str(each.message.get_body(("plain",)).get_content()))
            for each in sink.messages
        ]
        blind = [(subject, text) for subject, text in mails if "周报" not in subject]
        told = dict(digests(engine))
        assert len(told) == 3, "a digest each morning, with nothing but the blind source"
        assert all("中国政府采购网" in text for _, text in blind)
        assert not [subject for subject, _ in blind if "无新" in subject], "nobody knows whether there is anything new"

        replica.clear_faults()
        replica.add(*many(400, today=(MONDAY + timedelta(days=3)).date()))
        at(MONDAY + timedelta(days=2, hours=20))
        with engine.begin() as connection:
            connection.execute(CHANNEL.update().values(next_due_at=MONDAY))
        assert service.poll_portal(ccgp)
        for morning in (3, 4):
            at(MONDAY + timedelta(days=morning, minutes=40))
            service.tick_mail()

    with reading(engine) as connection:
        kept = connection.scalar(select(func.count()).where(PUBLICATION.c.state == "read"))
        news = set(
            connection.scalars(
                select(EVENT.c.id)
                .join(PROJECT, PROJECT.c.id == EVENT.c.project_id)
                .where(EVENT.c.kind == "published", PROJECT.c.vehicle_purchase.in_(["yes", "mixed"]))
            )
        )
        items = connection.execute(
            select(ITEM.c.event_id, DIGEST.c.local_date).join(DIGEST).where(ITEM.c.person_id == person)
        ).all()
    days = {day.isoformat() for event, day in items if event in news}
    assert kept == 400
    assert news
    assert news <= {event for event, _ in items}, "every vehicle tender is in a digest"
    assert days == {"2026-11-26"}, "and all of them in one"
