"""Is what a poll brought what this portal usually brings? The second judgement, after the crawl's own.

`expect:` in the portal's YAML says what is normal. A page can be sound in form and yet tell nothing: a changed layout
that hides the deadlines, a portal that has said nothing new for days. Such a poll is `suspect`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from crawler.clock import SHANGHAI
from crawler.notice import Notice
from crawler.page import GOOD, ChannelResult
from crawler.portals import Expect, Portal
from tracker.intake import Counts
from tracker.projects import PUBLICATION, VERSION, unpack
from tracker.workdays import load_calendar

LEAST = 20
"""Notices below which a share says nothing."""
MOST = 200
OPEN_KINDS = frozenset({"tender", "negotiation", "consultation", "inquiry", "prequalification", "framework"})
"""Kinds that cannot do without a deadline."""
NUMBERLESS = frozenset({"intention", "opinion", "single_source", "other"})
"""Kinds that come before a number is given, or may do without one."""


def share_faults(expect: Expect, notices: Sequence[Notice]) -> list[str]:
    """Which shares are below what is normal, in words; nothing is said of fewer than twenty notices."""
    tenders = [each for each in notices if each.kind in OPEN_KINDS]
    numbered = [each for each in notices if each.kind not in NUMBERLESS]
    asked = (
        ("deadline", expect.deadline, tenders, ("bid_deadline", "prequalification_deadline")),
        ("number", expect.number, numbered, ("project_number",)),
        ("buyer", expect.buyer, notices, ("buyer",)),
    )
    faults = []
    for name, least, among, keys in asked:
        have = sum(any(key in each.times or key in each.texts for key in keys) for each in among)
        if least is not None and len(among) >= LEAST and have < least * len(among):
            faults.append(f"{have} of {len(among)} notices have a {name}, {least:.0%} are usual: changed layout?")
    return faults


def judge(
    connection: Connection,
    portal: Portal,
    results: Sequence[ChannelResult],
    counts: Mapping[str, Counts],
    at: datetime,
) -> list[ChannelResult]:
    """The results with those turned to `suspect` that look well and are not. Worse states stay as they are."""
    new = sum(counts[each.channel].new + counts[each.channel].changed for each in results if each.channel in counts)
    shares = _shares(connection, portal, new) if new else {}
    silence = _silence(connection, portal, at) if not new else None
    return [_judged(each, counts.get(each.channel, Counts()), shares.get(each.channel), silence) for each in results]


def _judged(result: ChannelResult, counts: Counts, shares: str | None, silence: str | None) -> ChannelResult:
    if result.state not in GOOD:
        return result
    seen = counts.new + counts.changed + counts.unchanged + counts.failed
    drift = None
    if counts.failed >= 5 and counts.failed * 2 > seen:
        drift = f"{counts.failed} of {seen} notices could not be read: changed layout?"
    reasons = [each for each in (drift, shares, silence) if each]
    return result.model_copy(update={"state": "suspect", "reason": "; ".join(reasons)}) if reasons else result


def _shares(connection: Connection, portal: Portal, new: int) -> dict[str, str]:
    """By channel, what is below the portal's usual shares among its newest notices.

    The share is the portal's, since one channel may hold few; it is named at the channels whose own is below it.
    """
    query = (
        select(PUBLICATION.c.channel, VERSION.c.reading)
        .join(VERSION, VERSION.c.id == PUBLICATION.c.version_id)
        .where(PUBLICATION.c.portal == portal.id, PUBLICATION.c.state == "read")
        .order_by(VERSION.c.id.desc())
        .limit(min(max(new, LEAST), MOST))
    )
    by_channel: defaultdict[str, list[Notice]] = defaultdict(list)
    for channel, reading in connection.execute(query):
        by_channel[channel].append(unpack(reading))
    faults = share_faults(portal.expect, [each for notices in by_channel.values() for each in notices])
    if not faults:
        return {}
    bad = {channel for channel, notices in by_channel.items() if share_faults(portal.expect, notices)}
    return dict.fromkeys(bad or by_channel, "; ".join(faults))


def _silence(connection: Connection, portal: Portal, at: datetime) -> str | None:
    """Why it has been too quiet for too long; days off do not count."""
    last = connection.scalar(select(func.max(PUBLICATION.c.first_seen_at)).where(PUBLICATION.c.portal == portal.id))
    if last is None:
        return None
    quiet = at - last
    day, today, calendar = last.astimezone(SHANGHAI).date(), at.astimezone(SHANGHAI).date(), load_calendar()
    while (day := day + timedelta(days=1)) < today:
        if not calendar.is_working(day):
            quiet -= timedelta(days=1)
    hours = quiet / timedelta(hours=1)
    if hours <= portal.expect.longest_silence_h:
        return None
    return f"nothing new for {hours:.0f} hours, days off not counted; {portal.expect.longest_silence_h} are usual"
