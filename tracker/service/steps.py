"""The steps of the service, watched: when each ran last, which hangs, and an end for one that does.

A step that hangs cannot be ended inside its process. So the process ends itself, at once and whole, and is started
again (supervise.py, or systemd): every job is claimed by a lease that runs out. Whoever looks next writes the event. A
loop in C that never gives Python its turn is ended by faulthandler, whose clock needs no turn.
"""

import faulthandler
import logging
import os
import sys
import threading
import time as stopwatch
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, select, update

from crawler.clock import now
from crawler.text import one_line
from tracker.db import reading
from tracker.events import Change, write
from tracker.service.leases import insert_new
from tracker.tables import Step, table

STEP = table(Step)
log = logging.getLogger(__name__)

HUNG = 70
"""The exit code of a process that ended itself because a step hung (EX_SOFTWARE)."""
DEAF_S = 120
"""A process in which Python gets no turn for so long is ended."""
KEPT = timedelta(days=7)
"""Steps of processes that have gone are forgotten after so long."""


class Watch:
    """Looks after the steps of one process. `end` is what ends it; a test gives its own."""

    def __init__(
        self, engine: Engine, owner: str, *, end: Callable[[int], Any] = os._exit, deaf_s: int = DEAF_S
    ) -> None:
        self.engine, self.owner, self._end, self._deaf_s = engine, owner, end, deaf_s
        self._ends: dict[str, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True, name="watch")

    def start(self) -> None:
        faulthandler.dump_traceback_later(DEAF_S, exit=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        faulthandler.cancel_dump_traceback_later()

    @contextmanager
    def step(self, name: str, limit_s: float) -> Iterator[Callable[[], None]]:
        """Run a step. It yields what a long step calls to say that it is alive: its time starts anew."""
        self._write(name, started_at=now(), limit_at=now() + timedelta(seconds=limit_s), ended_at=None, error=None)
        began = stopwatch.monotonic()

        def alive() -> None:
            with self._lock:
                self._ends[name] = stopwatch.monotonic() + limit_s

        alive()
        error: str | None = None
        try:
            yield alive
        except Exception as fault:
            error = one_line(f"{type(fault).__name__}: {fault}", 300)
            log.exception("step %s", name)
        finally:
            with self._lock:
                self._ends.pop(name, None)
            self._write(name, ended_at=now(), error=error)
            log.debug("step %s took %.2f s", name, stopwatch.monotonic() - began)

    def _write(self, name: str, **values: Any) -> None:
        mine = STEP.c.name == name, STEP.c.owner == self.owner
        with self.engine.begin() as connection:
            if not connection.execute(update(STEP).where(*mine).values(values)).rowcount:
                connection.execute(insert_new(connection, STEP).values(name=name, owner=self.owner, **values))

    def _look(self) -> None:
        while not self._over.wait(0.5):
            faulthandler.dump_traceback_later(DEAF_S, exit=True)  # not now: we have the turn
            with self._lock:
                late = [name for name, end in self._ends.items() if stopwatch.monotonic() > end]
            if late:
                log.critical("%s hangs; this process ends and is started again", ", ".join(late))
                faulthandler.dump_traceback(sys.stderr)
                self._end(HUNG)
                return


# --- what others see ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ran:
    """How a step stands, over all processes."""

    name: str
    ended_at: datetime | None
    """None: it has never ended."""
    running: bool
    hangs: bool
    error: str


def stands(connection: Connection, at: datetime) -> list[Ran]:
    """Each step by name with its latest end."""
    rows: dict[str, list[Any]] = {}
    for row in connection.execute(select(STEP).order_by(STEP.c.name, STEP.c.started_at)):
        rows.setdefault(row.name, []).append(row)
    found = []
    for name, mine in rows.items():
        open_ones = [row for row in mine if row.ended_at is None]
        found.append(
            Ran(
                name,
                max((row.ended_at for row in mine if row.ended_at is not None), default=None),
                running=any(row.limit_at > at for row in open_ones),
                hangs=any(row.limit_at <= at for row in open_ones),
                error=mine[-1].error or "",
            )
        )
    return found


def report_lost(engine: Engine, at: datetime) -> int:
    """Write an event for each step whose process never said how it ended; returns how many.

    It hung, was killed, or the machine went down.
    """
    lost = (STEP.c.ended_at.is_(None), STEP.c.limit_at <= at)
    with reading(engine) as connection:
        if not connection.execute(select(STEP.c.name).where(*lost)).first():
            return 0
    with engine.begin() as connection:
        rows = connection.execute(select(STEP).where(*lost)).all()
        for row in rows:
            log.error("step %s of %s, begun %s, did not end", row.name, row.owner, row.started_at.isoformat())
            began = {"step": row.name, "owner": row.owner, "started_at": row.started_at.isoformat()}
            once = f"{row.name}|{row.owner}|{row.started_at.isoformat()}"
            write(connection, [Change("step-lost", None, row.name, began, once)], cause="clock", seen_at=at, once=once)
            mine = (STEP.c.name == row.name, STEP.c.owner == row.owner, STEP.c.ended_at.is_(None))
            connection.execute(update(STEP).where(*mine).values(ended_at=at, error="did not end"))
    return len(rows)


def tidy_steps(connection: Connection, at: datetime) -> None:
    """Forget the steps of processes long gone."""
    connection.execute(delete(STEP).where(STEP.c.ended_at < at - KEPT))
