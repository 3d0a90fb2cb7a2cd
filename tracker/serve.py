"""`chebiao serve`: the clock that ticks. What is due stands in the tables; a tick claims it and does it.

Two processes on one database do each job once, because every job is claimed by one conditional statement. A sleeping
machine wakes to overdue rows and does what was missed once.
"""

import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.pool import ThreadPoolExecutor as JobPool
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Engine

from crawler.clock import now
from crawler.portals import Portal, load_portals
from tracker.attachments import refresh
from tracker.deliveries import deliver_due, make_digests
from tracker.keeping import let_go
from tracker.leases import claim, held, process_name
from tracker.poll import poll
from tracker.recheck import hasten
from tracker.rhythms import keep_forecasts
from tracker.router import route
from tracker.schedule import claim_due, due, enrol, give_back
from tracker.search import tidy
from tracker.settings import Settings

log = logging.getLogger(__name__)

HOSTS_AT_ONCE = 4
"""Portals polled side by side; one host is never asked by two processes."""


class Service:
    """Everything that runs until it is told to stop. Each step is a method that tests call with a driven clock."""

    def __init__(self, engine: Engine, settings: Settings, *, base_url: str | None = None) -> None:
        self.engine, self.settings, self.base_url = engine, settings, base_url
        self.name = process_name()
        self.stop = threading.Event()
        self._polls = ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="poll")
        self._running: dict[str, Future[None]] = {}
        with engine.begin() as connection:
            enrol(connection, self.portals(), now())

    def portals(self) -> list[Portal]:
        """The portals that are switched on. Read anew each time, so that an edited file counts at once."""
        found = load_portals()
        for error in found.errors:
            log.error("%s", error)
        chosen = self.settings.portals
        return [portal for portal in found.values() if not chosen or portal.id in chosen]

    def tick_polls(self) -> int:
        """Start a poll of every portal that is due and not being polled; returns how many were started."""
        portals = {portal.id: portal for portal in self.portals()}
        with self.engine.begin() as connection:
            hasten(connection, now())
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
        try:
            self.poll_portal(portal)
        except Exception:
            log.exception("poll of %s", portal.id)

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

    def tick_mail(self) -> None:
        """Route events, make the digests that are due, send what waits."""
        with self.engine.begin() as connection:
            route(connection, now())
        with self.engine.begin() as connection:
            make_digests(connection, now())
        if self.settings.smtp_url is not None:
            deliver_due(self.engine, now(), self.settings)

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
        untidy = True
        while untidy:
            with self.engine.begin() as connection:
                untidy = tidy(connection)

    def run(self) -> None:
        """Tick until SIGTERM, SIGINT or `stop`; work that runs is finished or given back."""
        scheduler = BackgroundScheduler(
            executors={"default": JobPool(4)},
            # A late tick is done once, however late (pitfalls AP3, AP4).
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            timezone="UTC",
        )
        scheduler.add_listener(_complain, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        seconds = self.settings.tick_seconds
        for name, step, every in (
            ("polls", self.tick_polls, seconds),
            ("mail", self.tick_mail, seconds),
            ("housekeeping", self.tick_housekeeping, 6 * 3600),
        ):
            scheduler.add_job(step, id=f"{name} at start")
            scheduler.add_job(step, "interval", seconds=every, id=name, replace_existing=True)
        _on_signals(self.stop.set)
        scheduler.start()
        log.info("serving as %s, looking every %d s", self.name, seconds)
        try:
            while not self.stop.wait(1.0):
                pass
        finally:
            self.close(scheduler)

    def close(self, scheduler: Any = None) -> None:
        self.stop.set()
        if scheduler is not None:
            scheduler.shutdown(wait=True)
        self._polls.shutdown(wait=True, cancel_futures=True)
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
