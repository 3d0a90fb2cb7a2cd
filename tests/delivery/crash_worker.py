"""A sender that dies by signal 9 at a named point: `python crash_worker.py DATABASE SMTP INSTANT POINT`."""

import os
import signal
import smtplib
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pydantic import SecretStr

from tracker import deliveries, mail
from tracker.db import connect
from tracker.settings import Settings


def die(*_anything: Any, **_more: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def then_die(original: Callable[..., Any]) -> Callable[..., Any]:
    def both(*words: Any, **more: Any) -> Any:
        original(*words, **more)
        die()

    return both


def half(smtp: smtplib.SMTP, content: bytes) -> mail.Answer:
    smtp.send(content[: len(content) // 2])
    return die()  # type: ignore[no-any-return]


def main() -> None:
    database, url, instant, point = sys.argv[1:]
    match point:
        case "in-claim":  # before its commit
            deliveries.claim = then_die(deliveries.claim)
        case "after-claim":
            deliveries.prepare = die
        case "before-data":  # marked as sending, nothing has left
            deliveries.mark_sending = then_die(deliveries.mark_sending)
        case "during-data":
            mail._content = half
        case "before-record":  # the server has taken it
            deliveries.record = die
    settings = Settings(smtp_url=SecretStr(url), mail_from="chebiao@example.cn", mail_domain="example.cn")
    print(dict(deliveries.deliver_due(connect(database), datetime.fromisoformat(instant), settings)))


main()
