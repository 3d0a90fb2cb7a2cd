"""One poll of a portal: plan, child process, intake of its lines, and the judgement of each channel.

The child is `python -m crawler crawl PORTAL`. No result line means failed, whatever its exit code.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Literal

from pydantic import ValidationError
from sqlalchemy import Connection, Engine, Row, insert, select, update

from crawler.clock import now
from crawler.config import home
from crawler.page import FROM_BEST, GOOD, LINE, ChannelResult, File, Gone, Listed, Page, Result, Unchanged
from crawler.plan import Known, Plan
from crawler.portals import Portal
from tracker.db import reading
from tracker.derive import Rules
from tracker.events import Change, write
from tracker.intake import (
    Counts,
    pending_rows,
    store_evidence,
    take_gone,
    take_listed,
    take_page,
    take_unchanged,
)
from tracker.projects import PUBLICATION
from tracker.relevance import likely_words
from tracker.service import recheck
from tracker.service.expect import judge
from tracker.service.schedule import Ended, after_poll
from tracker.tables import Channel, Poll, table

CHANNEL, POLL = table(Channel), table(Poll)
log = logging.getLogger(__name__)

KNOWN_LIMIT = 50_000
"""Newest notices a plan names; an older one that shows up again is fetched and found unchanged."""

Line = Page | Listed | Gone | Unchanged | File | Result


@dataclass
class PollReport:
    """What one poll of a portal did, by channel and in sum."""

    portal: str
    channels: list[ChannelResult]
    counts: dict[str, Counts] = field(default_factory=dict)
    requests: int = 0

    @property
    def state(self) -> str:
        """The worst state of its channels; empty only where all of them are."""
        return max((each.state for each in self.channels), key=FROM_BEST.index, default="failed")

    @property
    def reason(self) -> str:
        bad = [each for each in self.channels if each.state not in GOOD]
        return "; ".join(f"{each.channel}: {each.reason}" for each in bad)

    def total(self, name: str) -> int:
        return sum(getattr(each, name) for each in self.counts.values())


def make_plan(
    connection: Connection,
    portal: Portal,
    *,
    channels: Sequence[str] | None = None,
    mode: Literal["quick", "deep"] = "quick",
    base_url: str | None = None,
    budget: int | None = None,
) -> Plan:
    """What the next crawl should do, from what is stored."""
    wanted = list(channels or [each.id for each in portal.channels])
    return Plan(
        mode=mode,
        channels=tuple(wanted),
        known=_known(connection, portal.id),
        pending=tuple(pending_rows(connection, portal.id, wanted)),
        recheck=tuple(recheck.rows(connection, portal.id, wanted, now())),
        likely=likely_words(),
        back_to=_gaps(connection, portal.id),
        detail_budget=budget,
        base_url=base_url,
    )


OVERLAP = timedelta(hours=48)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _gaps(connection: Connection, portal: str) -> dict[str, datetime]:
    """How far back a channel must be read whose last poll had no good end: 48 h before the last one that had."""
    query = select(CHANNEL).where(CHANNEL.c.portal == portal, CHANNEL.c.state.is_not(None))
    return {
        row.channel: row.last_ok_at - OVERLAP if row.last_ok_at else EPOCH
        for row in connection.execute(query)
        if row.state not in GOOD
    }


def _known(connection: Connection, portal: str) -> dict[str, Known]:
    query = (
        select(PUBLICATION.c.page_key, PUBLICATION.c.row_hash, PUBLICATION.c.etag, PUBLICATION.c.last_modified)
        .where(PUBLICATION.c.portal == portal, PUBLICATION.c.state != "listed")
        .order_by(PUBLICATION.c.id.desc())
        .limit(KNOWN_LIMIT)
    )
    return {
        row.page_key: Known(row_hash=row.row_hash, etag=row.etag, last_modified=row.last_modified)
        for row in connection.execute(query)
    }


def poll(
    engine: Engine,
    portal: Portal,
    *,
    channels: Sequence[str] | None = None,
    mode: Literal["quick", "deep"] = "quick",
    base_url: str | None = None,
    budget: int | None = None,
    timeout_s: float = 3600,
    stop: threading.Event | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> PollReport | None:
    """Poll one portal now and store what it says. Never raises for what a portal does.

    None when `stop` was set: what came before is stored, nothing is judged, and the poll stays due.
    """
    started = now()
    with reading(engine) as connection:
        plan = make_plan(connection, portal, channels=channels, mode=mode, base_url=base_url, budget=budget)
    replica = portal.replica or base_url is not None
    rules = Rules.load()
    counts: defaultdict[str, Counts] = defaultdict(Counts)
    result: Result | None = None
    stop = stop or threading.Event()
    with Crawl(portal.id, plan, timeout_s, stop) as crawl:
        for line in crawl.lines():
            if isinstance(line, Result):
                result = line
                break
            _take(engine, line, counts[line.row.channel], replica, rules)
            progress(line.row.facts.get("title", line.row.url))
    if stop.is_set():
        return None
    report = PollReport(portal.id, _channels(plan, result, crawl.fault), dict(counts))
    report.requests = result.requests if result else 0
    with engine.begin() as connection:
        report.channels = judge(connection, portal, report.channels, counts, now())
        for channel in report.channels:
            _record(connection, portal, channel, counts[channel.channel], mode, started)
    return report


def _take(engine: Engine, line: Line, counts: Counts, replica: bool, rules: Rules) -> None:
    """One line through the door; a line that cannot be stored is counted and named, and the next one follows."""
    try:
        match line:
            case Page():
                counts.add(take_page(engine, line, replica=replica, rules=rules))
            case Listed():
                counts.add(take_listed(engine, line, replica=replica))
            case Gone():
                counts.add(take_gone(engine, line))
            case Unchanged():
                counts.add(take_unchanged(engine, line))
    except Exception as error:  # a bad notice never stops the others; the poll ends as partial and names it
        log.exception("cannot store %s", line.row.url if not isinstance(line, Result) else line)
        if not isinstance(line, Result):
            counts.failed += 1
            counts.problems.append(f"{line.row.url}: {type(error).__name__}: {error}".splitlines()[0][:300])


def _channels(plan: Plan, result: Result | None, fault: str) -> list[ChannelResult]:
    """A judgement for every channel that was asked for; without a result line each has failed."""
    judged = {each.channel: each for each in result.channels} if result else {}
    missing = fault or "the crawl ended without a result line"
    return [
        judged.get(each) or ChannelResult(channel=each, state="failed", reason=missing) for each in plan.channels or ()
    ]


class Crawl:
    """The child process and its lines; ended at the timeout or when asked to stop."""

    def __init__(self, portal: str, plan: Plan, timeout_s: float, stop: threading.Event) -> None:
        self.portal, self.plan, self.timeout_s, self.stop = portal, plan, timeout_s, stop
        self.fault = ""
        self._over = threading.Event()

    def __enter__(self) -> "Crawl":
        logs = home() / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._log: IO[bytes] = (logs / f"crawl-{self.portal}.log").open("wb")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "crawler", "crawl", self.portal, "--plan", "-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def lines(self) -> Iterator[Line]:
        """The lines as they come. A line that is none of ours is a fault, not an end."""
        stdin, stdout = self._child.stdin, self._child.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(self.plan.model_dump_json().encode() + b"\n")
            stdin.close()
        except BrokenPipeError:
            self.fault = "the crawl ended before it read its plan"
        for raw in stdout:
            try:
                yield LINE.validate_json(raw)
            except ValidationError as error:
                first = error.errors(include_input=False, include_url=False)[0]
                self.fault = f"the crawl wrote a line that is none: {first['msg']}"
                log.error("%s: %s", self.portal, self.fault)

    def _watch(self) -> None:
        end = time.monotonic() + self.timeout_s
        while not self._over.wait(0.2):
            if self.stop.is_set() or time.monotonic() > end:
                self.fault = "stopped" if self.stop.is_set() else f"the crawl was ended after {self.timeout_s:.0f} s"
                self._child.kill()
                return

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._child.stdout is not None:
            self._child.stdout.close()
        try:
            code = self._child.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        self._log.close()
        if code and not self.fault:
            self.fault = f"the crawl ended with code {code}: {self._last_words()}"

    def _last_words(self) -> str:
        path = home() / "logs" / f"crawl-{self.portal}.log"
        lines = [line for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else "it said nothing"


def _record(
    connection: Connection,
    portal: Portal,
    result: ChannelResult,
    counts: Counts,
    mode: str,
    started: datetime,
) -> None:
    """The poll's row, the channel's health and, at the second failure in a row and at recovery, an event."""
    state, reason = result.state, result.reason
    if counts.problems and state in GOOD:
        state, reason = "partial", "; ".join(counts.problems[:5])
    ended = now()
    connection.execute(
        insert(POLL).values(
            portal=portal.id,
            channel=result.channel,
            mode=mode,
            started_at=started,
            ended_at=ended,
            state=state,
            reason=reason,
            requests=result.requests,
            rows=result.rows,
            new=counts.new,
            changed=counts.changed,
            unchanged=max(0, result.rows - counts.new - counts.changed - counts.failed - result.unfetched),
            failed=counts.failed,
            unfetched=result.unfetched,
            missing=list(result.missing),
            evidence=store_evidence(connection, result.evidence),
        )
    )
    known = connection.execute(
        select(CHANNEL).where(CHANNEL.c.portal == portal.id, CHANNEL.c.channel == result.channel)
    ).one_or_none()
    health = _health(known, state, reason, ended)
    outcome = Ended(mode, ended, health["failures"], counts.new + counts.changed, result.retry_after_s)
    schedule = after_poll(portal, result.channel, known.interval_minutes if known else None, outcome)
    schedule.setdefault("deep_due_at", known.deep_due_at if known is not None else ended)
    if known is None:
        connection.execute(insert(CHANNEL).values(portal=portal.id, channel=result.channel, **health, **schedule))
    else:
        same = (CHANNEL.c.portal == portal.id, CHANNEL.c.channel == result.channel)
        connection.execute(update(CHANNEL).where(*same).values(**health, **schedule))
    change = _source_event(known, health)
    if change is not None:
        write(
            connection,
            [change],
            cause="poll",
            seen_at=ended,
            once=str(health["blind_since"] or (known.blind_since if known else "")),
            portal=portal.id,
            channel=result.channel,
        )


def _health(known: Row[Any] | None, state: str, reason: str, at: datetime) -> dict[str, Any]:
    good = state in GOOD
    failures = 0 if good else (known.failures if known else 0) + 1
    blind_since = None if good else (known.blind_since if known and known.blind_since else at)
    return {
        "state": state,
        "reason": reason,
        "failures": failures,
        "blind_since": blind_since,
        "last_poll_at": at,
        "last_ok_at": at if good else (known.last_ok_at if known else None),
    }


def _source_event(known: Row[Any] | None, health: dict[str, Any]) -> Change | None:
    """Blind at the second failure in a row; back at the first success after that."""
    if health["failures"] == 2:
        data = {"reason": health["reason"], "state": health["state"], "since": health["blind_since"].isoformat()}
        return Change("source-blind", None, health["state"], data)
    if known is not None and known.failures >= 2 and health["failures"] == 0:
        since = known.blind_since.isoformat() if known.blind_since else None
        return Change("source-back", known.state, health["state"], {"since": since})
    return None
