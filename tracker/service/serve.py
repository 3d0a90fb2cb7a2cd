"""`chebiao serve`: the clock that ticks. What is due stands in the tables; a tick claims it and does it.

Two processes on one database do each job once, because every job is claimed by one conditional statement. A sleeping
machine wakes to overdue rows and does what was missed once. Each job has a role, so that roles can run in processes of
their own (tracker/service/supervise.py); a job that hangs ends its process (tracker/service/steps.py).
"""

import logging
import signal
import threading
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor as JobPool
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, Engine

from crawler.clock import now
from crawler.config import ConfigurationError
from crawler.portals import Portal, load_portals
from tracker.attachments import refresh
from tracker.db import reading
from tracker.delivery.deliveries import has_digests_to_make, make_digests, make_supplements, send_due
from tracker.keeping import let_go
from tracker.reminders import has_fallen_due, remind
from tracker.rhythms import keep_forecasts
from tracker.router import has_to_route, route
from tracker.search import tidy
from tracker.service.leases import claim, held, process_name
from tracker.service.poll import poll
from tracker.service.recheck import asked_for, hasten
from tracker.service.schedule import claim_due, due, enrol, give_back
from tracker.service.steps import Watch, report_lost, tidy_steps
from tracker.settings import Settings

log = logging.getLogger(__name__)

HOSTS_AT_ONCE = 4
"""Portals polled side by side; one host is never asked by two processes."""

ROLES = ("poller", "router", "sender", "clock", "web")
HOUR = 3600
ALIVE_S = 900
"""A step is taken to hang after so long. Sending says that it is alive before each message, which takes less."""


@dataclass(frozen=True)
class Job:
    """One step of the service, done again and again."""

    name: str
    role: str
    step: Callable[..., object]
    every_s: float
    limit_s: float
    told: bool = False
    """Takes what it calls to say that it is alive."""


class Service:
    """Everything that runs until it is told to stop. Each step is a method that tests call with a driven clock."""

    def __init__(self, engine: Engine, settings: Settings, *, base_url: str | None = None) -> None:
        self.engine, self.settings, self.base_url = engine, settings, base_url
        self.name = process_name()
        self.stop = threading.Event()
        self.watch = Watch(engine, self.name)
        self._polls = ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="poll")
        self._running: dict[str, Future[None]] = {}
        with engine.begin() as connection:
            enrol(connection, self.portals(), now())

    def jobs(self) -> tuple[Job, ...]:
        """Everything that is done again and again, but polls, which each have a thread, and the web."""
        tick = self.settings.tick_seconds
        return (
            Job("polls", "poller", self.tick_polls, tick, ALIVE_S),
            Job("documents", "poller", self.tick_documents, tick, 2 * HOUR),
            Job("route", "router", self.tick_route, tick, ALIVE_S),
            Job("digests", "clock", self.tick_clock, tick, ALIVE_S),
            Job("send", "sender", self.tick_send, tick, ALIVE_S, told=True),
            Job("housekeeping", "clock", self.tick_housekeeping, 6 * HOUR, 2 * HOUR),
        )

    def portals(self) -> list[Portal]:
        """The portals that are switched on. Read anew each time, so that an edited file counts at once."""
        found = load_portals()
        for error in found.errors:
            log.error("%s", error)
        chosen = self.settings.portals
        return [portal for portal in found.values() if not chosen or portal.id in chosen]

    def _finds(self, look: Callable[[Connection, datetime], object]) -> bool:
        """Whether a look finds something to do. It only reads: a service with nothing to do keeps no writer waiting."""
        with reading(self.engine) as connection:
            return bool(look(connection, now()))

    def tick_polls(self) -> int:
        """Start a poll of every portal that is due and not being polled; returns how many were started."""
        portals = {portal.id: portal for portal in self.portals()}
        if self._finds(asked_for):
            with self.engine.begin() as connection:
                hasten(connection, now())
        with reading(self.engine) as connection:
            waiting = due(connection, list(portals.values()), now())
        started = 0
        for each in waiting:
            running = self._running.get(each.portal)
            if running is not None and not running.done():
                continue
            self._running[each.portal] = self._polls.submit(self._guarded_poll, portals[each.portal])
            started += 1
        return started

    def _guarded_poll(self, portal: Portal) -> None:
        # The crawl and the fetching of files each end by themselves after this time; storing takes some more.
        limit = 2 * self.settings.crawl_timeout_seconds + ALIVE_S
        with self.watch.step(f"poll {portal.id}", limit):
            self.poll_portal(portal)

    def poll_portal(self, portal: Portal) -> bool:
        """Poll what is due of one portal, unless another process does; returns whether it was done here."""
        with held(self.engine, portal.claim, self.settings.lease_seconds) as mine:
            if not mine:
                return False
            with self.engine.begin() as connection:
                at = now()
                waiting = [claim_due(connection, portal, each, at) for each in due(connection, [portal], at)]
            for each in filter(None, waiting):
                log.info("poll %s %s: %s", portal.id, each.mode, ", ".join(each.channels))
                report = poll(
                    self.engine,
                    portal,
                    channels=each.channels,
                    mode=each.mode,
                    base_url=self.base_url,
                    timeout_s=self.settings.crawl_timeout_seconds,
                    stop=self.stop,
                )
                if report is None:
                    with self.engine.begin() as connection:
                        give_back(connection, each, now())
                    break
                counts = ", ".join(f"{report.total(name)} {name}" for name in ("new", "changed", "failed"))
                log.info("poll %s ended %s: %s %s", portal.id, report.state, counts, report.reason)
                if report.state not in {"blocked", "failed"}:
                    self._files(portal)
            return any(waiting)

    def _files(self, portal: Portal) -> None:
        """The files of tracked projects, under the same lease: one thing at a time per host."""
        asked = refresh(
            self.engine,
            portal,
            base_url=self.base_url,
            timeout_s=self.settings.crawl_timeout_seconds,
            stop=self.stop,
        )
        if asked:
            log.info("asked %s for %d files", portal.id, asked)

    def tick_documents(self) -> None:
        """Read the new files of tracked projects, and derive their checklists anew, in one process at a time."""
        from tracker.checklist.work import refresh_all, stale  # slow to import, like what reads files
        from tracker.documents.shelf import catch_up, has_to_catch_up

        if not self._finds(lambda connection, _at: has_to_catch_up(connection) or stale(connection)):
            return
        with held(self.engine, "documents", self.settings.lease_seconds) as mine:
            read, changed = (catch_up(self.engine), refresh_all(self.engine, now())) if mine else (0, 0)
        if read:
            log.info("read %d documents", read)
        if changed:
            log.info("%d checklists have changed", changed)

    def tick_route(self) -> None:
        """From events to duties."""
        if not self._finds(lambda connection, _at: has_to_route(connection)):
            return
        with self.engine.begin() as connection:
            routed = route(connection, now())
        if routed:
            log.info("routed %d events", routed)

    def tick_clock(self) -> None:
        """What is due by the hour: reminders, digests, supplements.

        And what a process that has gone left unfinished is said.
        """
        report_lost(self.engine, now())
        self._remind()
        self._make_digests()

    def _make_digests(self) -> None:
        if not self._finds(has_digests_to_make):
            return
        with self.engine.begin() as connection:
            made = make_digests(connection, now()) + make_supplements(connection, now())
        if made:
            log.info("made %d digests", made)

    def _remind(self) -> None:
        """Reminders that have fallen due; a file of plans that cannot be read stops no digest."""
        try:
            if not self._finds(has_fallen_due):
                return
            with self.engine.begin() as connection:
                said = remind(connection, now())
        except ConfigurationError as error:
            log.error("no reminders: %s", error)
            return
        if said:
            log.info("reminded of %d", said)

    def tick_send(self, alive: Callable[[], None] = lambda: None) -> None:
        """Send what waits, by mail and by group robots."""
        counts = send_due(self.engine, now(), self.settings, alive=alive)
        if counts:
            log.info("sending: %s", ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())))

    def tick_mail(self) -> None:
        """From events to what has left, in one go."""
        report_lost(self.engine, now())
        self._remind()
        self.tick_route()
        self._make_digests()
        self.tick_send()

    def tick_housekeeping(self) -> None:
        """Retention, rhythm forecasts and the search index, by one process at a time."""
        with self.engine.begin() as connection:
            if not claim(connection, "housekeeping", self.name, 3600):
                return
        gone = let_go(self.engine, self.settings.keep_raw_days)
        if gone:
            log.info("let %d raw pages go that are older than %d days", gone, self.settings.keep_raw_days)
        with self.engine.begin() as connection:
            keep_forecasts(connection, now())
            tidy_steps(connection, now())
        untidy = True
        while untidy:
            with self.engine.begin() as connection:
                untidy = tidy(connection)

    def run(
        self,
        roles: Collection[str] = ROLES,
        *,
        host: str | None = None,
        port: int | None = None,
        gone: Callable[[], bool] = lambda: False,
    ) -> None:
        """Do the jobs of these roles until SIGTERM, SIGINT, `stop`, or until `gone` says that nobody wants them.

        Work that runs is finished or given back. Raises ConfigurationError where the board cannot be served.
        """
        web, board = self._board(host, port) if "web" in roles else (None, None)
        scheduler = BackgroundScheduler(
            executors={"default": JobPool(5)},
            # A late tick is done once, however late (pitfalls AP3, AP4).
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        for job in self.jobs():
            if job.role in roles:
                scheduler.add_job(self._do, args=(job,), id=f"{job.name} at start")
                scheduler.add_job(
                    self._do, "interval", args=(job,), seconds=job.every_s, id=job.name, replace_existing=True
                )
        _on_signals(self.stop.set)
        self.watch.start()
        scheduler.start()
        if board is not None:
            board.start()
        log.info("serving %s as %s, looking every %d s", ", ".join(roles), self.name, self.settings.tick_seconds)
        try:
            while not self.stop.wait(0.5) and not gone():
                if board is not None and not board.is_alive():
                    raise RuntimeError("the board ended by itself")
        finally:
            if web is not None and board is not None:
                web.stop()
                board.join(10)
            self.close(scheduler)

    def _board(self, host: str | None, port: int | None) -> tuple[Any, threading.Thread]:
        from tracker.web.app import DEFAULT_HOST, DEFAULT_PORT, Web  # slow to import, and only this role needs it

        web = Web(self.engine, self.settings, host or DEFAULT_HOST, DEFAULT_PORT if port is None else port)
        return web, threading.Thread(target=web.run, name="web", daemon=True)

    def _do(self, job: Job) -> None:
        if self.stop.is_set():
            return
        with self.watch.step(job.name, job.limit_s) as alive:
            job.step(alive) if job.told else job.step()

    def close(self, scheduler: Any = None) -> None:
        self.stop.set()
        if scheduler is not None:
            scheduler.shutdown(wait=True)
        self._polls.shutdown(wait=True, cancel_futures=True)
        self.watch.stop()
        log.info("stopped")


def _complain(event: JobExecutionEvent) -> None:
    log.error("tick %s: %s", event.job_id, event.exception or "missed", exc_info=event.exception)


def _on_signals(stop: Callable[[], None]) -> None:
    """SIGTERM and Ctrl-C end cleanly, where the system has them and this is the main thread."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if (number := getattr(signal, name, None)) is not None:
            signal.signal(number, lambda *_: stop())
