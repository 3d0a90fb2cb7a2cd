"""The promise, over sixty days with holidays, outages and restarts.

A published change is in the next digest or an alert, or that digest names the source that could not be read.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest

from crawler.clock import SHANGHAI
from demo.season import Drive, Published, Season, Told
from tracker.db import open_database, reading
from tracker.projects import PROJECT
from tracker.team.people import add_person
from tracker.workdays import load_calendar

pytestmark = [pytest.mark.xdist_group("season"), pytest.mark.timeout(1500)]
"""One worker drives it once; two months take a while."""
FIRST = date(2026, 9, 14)
"""Mid-Autumn, the National Day week and its working Saturdays lie ahead."""
DIGEST = time(7, 30)
READER, QUIET = "li@example.cn", "zhao@example.cn"


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after the first."""
    return datetime.combine(FIRST + timedelta(days=day), time(hour, minute), SHANGHAI)


def is_blind(at: datetime) -> bool:
    """Away for two days and a morning, and once more for a night."""
    return on(8, 9) <= at < on(10, 12) or on(37, 19) <= at < on(38, 9)


def is_mail_off(at: datetime) -> bool:
    """Over the digest of one morning, and for a whole day."""
    return on(15, 7) <= at < on(15, 9) or on(43, 7) <= at < on(43, 19)


@pytest.fixture(scope="module")
def drive(tmp_path_factory: pytest.TempPathFactory) -> Drive:
    home = tmp_path_factory.mktemp("season")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CHEBIAO_HOME", str(home))
        patch.setenv("CHEBIAO_NOW", on(0, 6).isoformat())
        engine = open_database(f"sqlite:///{home / 'chebiao.sqlite'}")
        before = on(-1, 12)
        with engine.begin() as connection:
            add_person(connection, "李经理", READER, before, digest_at=DIGEST)
            quiet = {"quiet_from": time(21), "quiet_to": time(7, 30)}
            add_person(connection, "赵磊", QUIET, before, digest_at=DIGEST, digest_days="daily", **quiet)
        made = Drive(engine, Season.of(FIRST), is_blind, is_mail_off)
        made.real = frozenset([each for each in made.instants() if each.hour == 10][::3][:20])
        made.restarts = frozenset(on(day, 10) for day in (5, 15, 22, 43))
        made.run()
    return made


def digests_due(address: str, day: date) -> bool:
    return address == QUIET or load_calendar().is_working(day)


def latest(drive: Drive, change: Published, address: str) -> datetime:
    """When it must have arrived: with the first digest after the first poll that could read it."""
    seen = next(at for at, good in drive.polls if good and at >= change.at)
    day = seen.astimezone(SHANGHAI).date()
    while not (digests_due(address, day) and datetime.combine(day, DIGEST, SHANGHAI) >= seen):
        day += timedelta(days=1)
    slot = datetime.combine(day, DIGEST, SHANGHAI)
    return next(at for at in drive.instants() if at > slot and not is_mail_off(at))


def tells(mail: Told, change: Published) -> bool:
    """Whether a mail says what changed, with the purchase's own name."""
    text = "".join(mail.text.split())
    if mail.at < change.at or "".join(change.name.split())[:24] not in text:
        return False
    if change.event == "moved":
        assert change.deadline is not None
        return f"{change.deadline:%m-%d}" in text
    return change.event == "new" or "终止" in text


def first_told(drive: Drive, change: Published, address: str) -> datetime | None:
    return next((mail.at for mail in drive.mails if mail.to == address and tells(mail, change)), None)


@pytest.mark.parametrize("address", [READER, QUIET])
def test_every_published_change_is_told_in_time(drive: Drive, address: str) -> None:
    assert len(drive.season.told) > 80
    assert {each.event for each in drive.season.told} == {"new", "moved", "terminated"}
    missing = []
    for change in drive.season.told:
        told = first_told(drive, change, address)
        if told is None or told > latest(drive, change, address):
            missing.append((change.event, change.at.isoformat(), change.name, told, latest(drive, change, address)))
    assert not missing, f"{len(missing)} of {len(drive.season.told)}: {missing[:5]}"


@pytest.mark.parametrize("address", [READER, QUIET])
def test_a_digest_that_could_not_know_names_the_source(drive: Drive, address: str) -> None:
    checked = 0
    for mail in drive.mails:
        if mail.to != address or mail.at.time() != time(7, 31):
            continue
        polled = [good for at, good in drive.polls if at <= mail.at]
        if not polled[-1]:
            checked += 1
            assert "中国政府采购网" in mail.text
            assert "未读" in mail.text or "未能读取" in mail.text, mail.text[:2000]
    assert checked >= 2


def test_one_digest_a_day_at_most_and_none_on_days_off(drive: Drive) -> None:
    supplement = time(16, 1)
    digests = [mail for mail in drive.mails if mail.subject.startswith("车标 ") and mail.at.time() != supplement]
    days = Counter((mail.to, mail.at.date()) for mail in digests)
    assert not [each for each, count in days.items() if count > 1 and each[0] == READER]
    off = [each for each in days if each[0] == READER and not load_calendar().is_working(each[1])]
    assert off == []
    assert date(2026, 10, 10) in {day for to, day in days if to == READER}, "a working Saturday"


def test_nothing_is_sent_twice(drive: Drive) -> None:
    ids = Counter(mail.message_id for mail in drive.mails)
    assert [each for each, count in ids.items() if count > 1] == []


def test_quiet_hours_hold_what_can_wait(drive: Drive) -> None:
    for mail in drive.mails:
        if mail.to == QUIET and not mail.subject.startswith("车标 "):
            assert time(7, 30) <= mail.at.time() <= time(21), mail.subject


def test_some_polls_ran_the_real_spider_in_a_child(drive: Drive) -> None:
    assert drive.real_polls >= 18
    with reading(drive.engine) as connection:
        names = [row.name for row in connection.execute(PROJECT.select().where(PROJECT.c.alias_of.is_(None)))]
    wanted = {each.name for each in drive.season.told}
    assert wanted <= set(names), "each purchase is one project, whoever fetched it"
    assert len([each for each in names if each in wanted]) == len(wanted)
