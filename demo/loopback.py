"""A server on 127.0.0.1 in a thread of its own, for tests and the demo."""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, cast


class Loopback:
    """Runs an asyncio server in the background between `with` and its end.

    Subclasses say how it starts. `port` 0 takes a free one; the true one stands in `port` afterwards. OSError where
    the port is taken.
    """

    host = "127.0.0.1"

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=type(self).__name__)

    async def _listen(self) -> asyncio.Server:
        raise NotImplementedError

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:  # told to the thread that waits in __enter__
            self._failed = error
        finally:
            self._ready.set()

    async def _main(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await self._listen()
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        # Not wait_closed: it waits for clients that keep their connection.
        talks = asyncio.all_tasks() - {cast(asyncio.Task[object], asyncio.current_task())}
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        # One more turn, in which the closed transports give their sockets back.
        await asyncio.sleep(0)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        if self._failed:
            raise self._failed
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop and self._stop and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)


def serve(server: Loopback, address: Callable[[], str]) -> None:
    """Runs a server as a process: prints `ready ADDRESS`, ends on SIGTERM or Ctrl-C. OSError as at the start."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with server:
        print(f"ready {address()}", flush=True)
        # A wait without a limit cannot be interrupted on Windows.
        while not stop.wait(0.5):
            pass
