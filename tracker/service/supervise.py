"""`chebiao serve` as several processes: roles apart, so that one that hangs or dies takes nothing else along.

The parent does no work; it starts a process for each group of roles, starts it again when it ends, and passes SIGTERM
on. A child whose parent has gone stops by itself.
"""

import gc
import logging
import multiprocessing
import signal
import threading
import time as stopwatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any

from crawler.config import ConfigurationError
from tracker import db, settings
from tracker.service import logs
from tracker.service.serve import Service

log = logging.getLogger(__name__)

GROUPS: tuple[tuple[str, ...], ...] = (("poller",), ("router", "sender", "clock"), ("web",))
BACK_OFF_S = (1, 2, 5, 15, 60)
HEALTHY_S = 300
"""A process that ran so long begins its back-off anew."""
PATIENCE_S = 60
"""For a process to end by itself after SIGTERM."""
MISTAKE = 2
"""Exit code of a process that cannot start with these settings: starting it again would not help."""


@dataclass(frozen=True)
class Wish:
    """How the service is wanted, as the command line says."""

    base_url: str | None = None
    host: str | None = None
    port: int | None = None
    verbose: bool = False
    log_json: bool = False


def work(roles: Sequence[str], wish: Wish) -> None:
    """Do the jobs of these roles in this process. Raises ConfigurationError."""
    config = settings.load()
    logs.start(config, verbose=wish.verbose, as_json=wish.log_json)
    engine = db.open_database(settings.database_url(config))
    parent = multiprocessing.parent_process()

    def gone() -> bool:
        return parent is not None and not parent.is_alive()

    Service(engine, config, base_url=wish.base_url).run(roles, host=wish.host, port=wish.port, gone=gone)


def _child(roles: Sequence[str], wish: Wish) -> None:
    try:
        work(roles, wish)
    except ConfigurationError as mistake:
        log.critical("%s", mistake)
        raise SystemExit(MISTAKE) from None


@dataclass
class Child:
    """One process and its history."""

    roles: tuple[str, ...]
    process: BaseProcess | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


@dataclass
class Supervisor:
    """Keeps the processes running. `target` is what each does; a test gives its own."""

    wish: Wish
    groups: Sequence[tuple[str, ...]] = GROUPS
    target: Callable[[Sequence[str], Wish], None] = _child
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> int:
        """Until SIGTERM, SIGINT or `stop`; returns the exit code: 2 where the settings let a process not start."""
        # Forked, the processes share the memory of what was imported; nothing is open and no thread runs yet.
        gc.freeze()  # nor does a collection of garbage write to that memory
        context: Any = multiprocessing.get_context("fork" if hasattr(signal, "SIGCHLD") else "spawn")
        children = [Child(roles) for roles in self.groups]
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        try:
            while not self.stop.is_set():
                for child in children:
                    if self._look(child) == MISTAKE:
                        return MISTAKE
                    if child.process is None and stopwatch.monotonic() >= child.again_at:
                        child.process = context.Process(target=self.target, args=(child.roles, self.wish))
                        child.process.start()
                        child.started = stopwatch.monotonic()
                self.stop.wait(0.2)
            return 0
        finally:
            self._end(children)

    def _look(self, child: Child) -> int | None:
        """The exit code of a process that has ended; says when it starts again."""
        if child.process is None or child.process.exitcode is None:
            return None
        code, lived = child.process.exitcode, stopwatch.monotonic() - child.started
        child.process.close()
        child.process = None
        child.failures = 0 if lived > HEALTHY_S else child.failures + 1
        wait = BACK_OFF_S[min(child.failures, len(BACK_OFF_S) - 1)] if child.failures else 0
        child.again_at = stopwatch.monotonic() + wait
        if code != MISTAKE:
            log.error("%s ended with %d; started again in %d s", ", ".join(child.roles), code, wait)
        return code

    def _end(self, children: Sequence[Child]) -> None:
        living = [child.process for child in children if child.process is not None]
        for process in living:
            process.terminate()
        end = stopwatch.monotonic() + PATIENCE_S
        for process in living:
            process.join(max(end - stopwatch.monotonic(), 0.1))
            if process.exitcode is None:
                log.error("process %s does not end by itself; it is killed", process.pid)
                process.kill()
                process.join()
