"""Stand-ins for the group robots of WeCom, DingTalk and Feishu on loopback: they keep what they get.

    with Robots() as chat:
        sales = chat.group("wecom", "sales")
        chat.refuse(sales, code=45009, times=1)
        …
        assert "消防车" in chat.messages[0].text

They answer as the platforms do: HTTP 200 whatever happened, with a code in the body; limits in bytes, signatures,
messages a minute. `chat.file()` is the file of robots that names the groups.

    python -m demo.robots --port 2600 --file robots.toml --folder outbox
"""

import argparse
import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from crawler import clock
from demo.answering import answer
from demo.faults import Reply
from demo.loopback import serve
from demo.portal import ReplicaPortal, Request

Medium = Literal["wecom", "dingtalk", "feishu"]
PATHS: dict[Medium, str] = {
    "wecom": "/cgi-bin/webhook/send?key=",
    "dingtalk": "/robot/send?access_token=",
    "feishu": "/open-apis/bot/v2/hook/",
}
MANY = {"wecom": 45009, "dingtalk": 130101, "feishu": 11232}


@dataclass
class Group:
    """One group with its robot."""

    medium: Medium
    name: str
    token: str
    sign: str = ""
    per_minute: int = 20
    arrived: list[datetime] = field(default_factory=list)


@dataclass(frozen=True)
class Message:
    """A message that appeared in a group."""

    group: str
    body: dict[str, Any]
    text: str
    """All that a reader sees."""


@dataclass
class Refusal:
    token: str
    reply: Reply
    times: int | None = None
    keep: bool = False
    """The message appears although the sender is told otherwise."""


class Robots(ReplicaPortal):
    """The three platforms on one port. `messages` holds what appeared in groups, in order."""

    def __init__(self, *, port: int = 0, on_message: Callable[[Message], None] | None = None) -> None:
        super().__init__((), port=port)
        self.groups: dict[str, Group] = {}
        self.messages: list[Message] = []
        self._refusals: list[Refusal] = []
        self._on_message = on_message

    def group(self, medium: Medium, name: str, *, sign: str = "", per_minute: int = 20) -> Group:
        """A new group, known by its token."""
        made = Group(medium, name, f"token-of-{name}-{medium}", sign, per_minute)
        self.groups[made.token] = made
        return made

    def url(self, group: Group) -> str:  # type: ignore[override]  # a robot's address in place of a notice's
        return self.base_url + PATHS[group.medium] + group.token

    def file(self) -> str:
        """The file of robots with every group."""
        tables = []
        for each in self.groups.values():
            sign = f'sign = "{each.sign}"\n' if each.sign else ""
            tables.append(f'[{each.name}]\nmedium = "{each.medium}"\nurl = "{self.url(each)}"\nreplica = true\n{sign}')
        return "\n".join(tables)

    def refuse(
        self,
        group: Group,
        *,
        code: int | None = None,
        words: str = "refused",
        reply: Reply | None = None,
        times: int | None = None,
        keep: bool = False,
    ) -> None:
        """Answers with a code in the body, or with `reply`, `times` over (default: always)."""
        made = reply if reply is not None else self._coded(group.medium, code or 0, words)
        with self._lock:
            self._refusals.append(Refusal(group.token, made, times, keep))

    def relent(self) -> None:
        """Takes every refusal back."""
        with self._lock:
            self._refusals.clear()

    def _answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        medium: Medium | None = next((m for m, path in PATHS.items() if request.path.startswith(path)), None)
        if medium is None or request.method != "POST":
            return Reply(404, b"not found", "text/plain", plain=True)
        with self._lock:
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            token = query.get("key") or query.get("access_token") or parts.path.rpartition("/")[2]
            group = self.groups.get(token)
            if group is None or group.medium != medium:
                return self._coded(medium, *_UNKNOWN[medium])
            refusal = next((each for each in self._refusals if each.token == token and each.times != 0), None)
            if refusal is not None:
                refusal.times = None if refusal.times is None else refusal.times - 1
                if refusal.keep:
                    self._keep(group, request.body)
                return refusal.reply
            if fault := self._fault(group, request.body, query):
                return self._coded(medium, *fault)
            self._keep(group, request.body)
            return answer(_DONE[medium])

    def _fault(self, group: Group, body: bytes, query: dict[str, str]) -> tuple[int, str] | None:
        """Code and words of what is wrong with a message, in the order in which platforms look."""
        try:
            said = json.loads(body)
        except ValueError:
            return {"wecom": 40008, "dingtalk": 40035, "feishu": 9499}[group.medium], "invalid JSON"
        now = clock.now()
        if group.sign and not _is_signed(group, said, query, now):
            return {"wecom": 0, "dingtalk": 310000, "feishu": 19021}[group.medium], "sign not match"
        if group.medium == "wecom" and len(said["markdown"]["content"].encode()) > 4096:
            return 40058, "markdown.content exceed max length 4096"
        if group.medium == "dingtalk" and len(body) > 20_000:
            return 460101, "message too long"
        if group.medium == "feishu" and len(body) > 20 * 1024:
            return 230025, "the length of the message exceeds the limit"
        if sum(each > now - timedelta(minutes=1) for each in group.arrived) >= group.per_minute:
            return MANY[group.medium], "send too fast"
        return None

    def _keep(self, group: Group, body: bytes) -> None:
        said = json.loads(body)
        group.arrived.append(clock.now())
        message = Message(group.name, said, read(said))
        self.messages.append(message)
        if self._on_message:
            self._on_message(message)

    def _coded(self, medium: Medium, code: int, words: str) -> Reply:
        names = ("code", "msg") if medium == "feishu" else ("errcode", "errmsg")
        return answer(dict(zip(names, (code, words), strict=True)))


_UNKNOWN: dict[str, tuple[int, str]] = {
    "wecom": (93000, "invalid webhook url, hint: [1]"),
    "dingtalk": (300005, "token is not exist"),
    "feishu": (19001, "param invalid: incoming webhook access token invalid"),
}
_DONE: dict[str, dict[str, Any]] = {
    "wecom": {"errcode": 0, "errmsg": "ok"},
    "dingtalk": {"errcode": 0, "errmsg": "ok"},
    "feishu": {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"},
}


def _is_signed(group: Group, said: dict[str, Any], query: dict[str, str], now: datetime) -> bool:
    """The signature of the platform, not older than an hour."""
    if group.medium == "dingtalk":
        stamp, given = query.get("timestamp", ""), query.get("sign", "")
        key, text, unit = group.sign.encode(), f"{stamp}\n{group.sign}".encode(), 1000
    else:
        stamp, given = str(said.get("timestamp", "")), str(said.get("sign", ""))
        key, text, unit = f"{stamp}\n{group.sign}".encode(), b"", 1
    if not stamp.isdigit() or abs(int(stamp) / unit - now.timestamp()) > 3600:
        return False
    return hmac.compare_digest(base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode(), given)


def read(said: dict[str, Any]) -> str:
    """What a reader of the group sees of a message."""
    if "markdown" in said:
        shown = said["markdown"]
        return str(shown.get("content") or shown.get("text"))
    post = said["content"]["post"]["zh_cn"]
    lines = ("".join(piece["text"] + piece.get("href", "") for piece in line) for line in post["content"])
    return "\n".join((post["title"], *lines))


def main(arguments: list[str] | None = None) -> int:
    """One group of each platform as a process. Ends on SIGTERM or Ctrl-C with 0; 2 for a mistake in the arguments."""
    parser = argparse.ArgumentParser(prog="python -m demo.robots", description="Chat robots on loopback.")
    parser.add_argument("--port", type=int, default=2600, help="0 takes a free one")
    parser.add_argument("--file", type=Path, required=True, help="where the file of robots is written")
    parser.add_argument("--folder", type=Path, required=True, help="where the messages go, one file each")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    count = len(list(options.folder.glob("*.txt")))

    def keep(message: Message) -> None:
        nonlocal count
        count += 1
        path = options.folder / f"{count:04d}-{message.group}.txt"
        path.write_text(message.text, encoding="utf-8")
        print(path, flush=True)

    chat = Robots(port=options.port, on_message=keep)
    for medium in ("wecom", "dingtalk", "feishu"):
        chat.group(medium, medium, sign="" if medium == "wecom" else "SECdemo")

    def ready() -> str:
        options.file.write_text(chat.file(), encoding="utf-8")
        return chat.base_url

    try:
        serve(chat, ready)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}; take another with --port")
    return 0


if __name__ == "__main__":
    sys.exit(main())
