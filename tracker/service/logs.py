"""The log: one line a step on stderr, as JSON on request, without secrets and without the body of any mail."""

import json
import logging
import re
import sys
from collections.abc import Collection
from datetime import UTC, datetime
from typing import IO
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError
from tracker.delivery.robots import robots
from tracker.settings import Settings

QUIET = ("apscheduler", "httpx", "httpcore", "alembic", "asyncio", "uvicorn.error")
"""Libraries of which only warnings are of use. What httpx says at INFO would name a robot's address."""
_LINKS = re.compile(r"(/(?:u|ics)/)[\w-]{16,}")
"""Addresses that open something by themselves."""
_BREAKS = {ord(char): " ⏎ " for char in "\n\r\x0b\x0c\x85\u2028\u2029"} | {0x1B: "␛"}
"""What would begin a new line, or colour a terminal: the log quotes strangers."""
SHORTEST = 4
"""A shorter secret is part of too many words to be searched for."""


def start(settings: Settings, *, verbose: bool = False, as_json: bool = False, to: IO[str] | None = None) -> None:
    """Send the log of this process to stderr."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(Line(secrets_of(settings), as_json=as_json))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
    for noisy in QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def secrets_of(settings: Settings) -> frozenset[str]:
    """Every word that must not be seen: passwords inside addresses, and the keys of robots."""
    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            found |= _inside(value.get_secret_value())
    try:
        for robot in robots(settings).values():
            found |= {robot.url, *robot.secrets}
    except ConfigurationError:  # `doctor` tells; its words show no secret
        pass
    return frozenset(each for each in found if len(each) >= SHORTEST)


def _inside(secret: str) -> set[str]:
    """The secret itself, and of an address the password as it stands there and as it is meant."""
    if "://" not in secret:
        return {secret}
    try:
        password = urlsplit(secret).password or ""
    except ValueError:
        password = ""
    return {secret, password, unquote(password)}


class Line(logging.Formatter):
    """One record on one line; only a traceback takes more, and none in JSON."""

    def __init__(self, secrets: Collection[str] = (), *, as_json: bool = False) -> None:
        super().__init__()
        self.secrets, self.as_json = sorted(secrets, key=len, reverse=True), as_json

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).astimezone(SHANGHAI)
        said = self._clean(record.getMessage()).translate(_BREAKS)
        trace = self._clean(self.formatException(record.exc_info)) if record.exc_info else ""
        if self.as_json:
            line = {"at": at.isoformat(timespec="milliseconds"), "level": record.levelname.lower()}
            line |= {"who": record.name, "what": said} | ({"trace": trace} if trace else {})
            return json.dumps(line, ensure_ascii=False)
        head = f"{at.isoformat(timespec='seconds')} {record.levelname} {record.name}: {said}"
        return f"{head}\n{trace}" if trace else head

    def _clean(self, text: str) -> str:
        for secret in self.secrets:
            text = text.replace(secret, "…")
        return _LINKS.sub(r"\1…", text)
