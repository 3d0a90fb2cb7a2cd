"""A sender that dies by signal 9 at a named point: `python crash_worker.py DATABASE SMTP|file:ROBOTS INSTANT POINT`."""

import os
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import httpx
from pydantic import SecretStr

from tracker.db import connect
from tracker.delivery import deliveries, mail
from tracker.settings import Settings


def die(*_anything: Any, **_more: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(original: Callable[..., Any]) -> Callable[..., Any]:
    def both(*words: Any, **more: Any) -> Any:
        original(*words, **more)
        die()

    return both


def at_third(original: Callable[..., Any]) -> Callable[..., Any]:
    calls = iter(range(3))

    def counted(*words: Any, **more: Any) -> Any:
        return die() if next(calls) == 2 else original(*words, **more)

    return counted


def half(smtp: smtplib.SMTP, content: bytes) -> mail.Answer:
    smtp.send(content[: len(content) // 2])
    return die()  # type: ignore[no-any-return]


class Half(httpx.Client):
    """Sends half of a body, then dies."""

    def stream(self, *words: Any, content: bytes, **more: Any) -> Any:
        def halves() -> Any:
            yield content[: len(content) // 2]
            die()

        return super().stream(*words, content=halves(), headers={"Content-Length": str(len(content))})


def main() -> None:
    database, target, instant, point = sys.argv[1:]
    match point:
        case "in-claim":  # before its commit
            deliveries.claim = then_die(deliveries.claim)
        case "after-claim":
            deliveries.prepare = die
        case "before-data":  # marked as sending, nothing has left
            deliveries.mark_sending = then_die(deliveries.mark_sending)
        case "during-data":
            mail._content = half
            httpx.Client = Half  # type: ignore[misc]
        case "before-record":  # the server has taken it
            deliveries.record = die
        case "before-third-record":
            deliveries.record = at_third(deliveries.record)
    if target.startswith("file:"):
        settings = Settings(chat_robots=SecretStr(Path(target.removeprefix("file:")).read_text(encoding="utf-8")))
    else:
        settings = Settings(smtp_url=SecretStr(target), mail_from="chebiao@example.cn", mail_domain="example.cn")
    print(dict(deliveries.send_due(connect(database), datetime.fromisoformat(instant), settings)))


main()
