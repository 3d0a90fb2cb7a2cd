"""Replicas of portals whose lists are answered in JSON: sockets, log and faults of `demo.portal`, content of their own.

Besides the faults of `demo/faults.py` these strike JSON lists:

| name | what happens |
| --- | --- |
| `code=N` | HTTP 200, `{"code": N, …}` in place of the list |
| `renamed=FIELD` | that field of every record has another name |
| `no-records` | the list is there, and empty, and the total is 0 |
| `held-back` | the list is empty although the total says otherwise |
| `null-list` | the list is null |
"""

import argparse
import json
from abc import abstractmethod
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from crawler import clock
from demo.faults import FAULTS, Ask, Fault, Reply, Scope
from demo.loopback import serve
from demo.portal import ReplicaPortal, Request

JSON = "application/json; charset=utf-8"
CAPTCHA = "iVBORw0KGgo="


def answer(data: dict[str, Any]) -> Reply:
    return Reply(body=json.dumps(data, ensure_ascii=False).encode(), content_type=JSON)


def _changed(ask: Ask, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Reply:
    page = ask.honest()
    return page.with_body(json.dumps(change(json.loads(page.content())), ensure_ascii=False).encode(), JSON)


def _code(ask: Ask) -> Reply:
    code = int(ask.arg or 829)
    extra = {"captchaToken": "t", "captchaImage": CAPTCHA} if code == 829 else {}
    return answer(
        {"code": code, "message": "请求过于频繁" if code == 800 else "参数错误", "msg": "验证码错误", **extra}
    )


def _holder(data: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Where the records and the total stand: `data.records` of ggzy, `data` of freecms."""
    inner = data["data"]
    return (inner, "records") if isinstance(inner, dict) else (data, "data")


def _renamed(ask: Ask) -> Reply:
    def change(data: dict[str, Any]) -> dict[str, Any]:
        holder, name = _holder(data)
        holder[name] = [{k + "New" if k == ask.arg else k: v for k, v in row.items()} for row in holder[name]]
        return data

    return _changed(ask, change)


def _emptied(total: int | None, rows: list[Any] | None) -> Callable[[Ask], Reply]:
    def effect(ask: Ask) -> Reply:
        def change(data: dict[str, Any]) -> dict[str, Any]:
            holder, name = _holder(data)
            holder[name] = rows
            if total is not None:
                holder["total"] = total
                holder["pages"] = total
            return data

        return _changed(ask, change)

    return effect


FAULTS |= {
    "code": ("list", _code),
    "renamed": ("list", _renamed),
    "no-records": ("list", _emptied(0, [])),
    "held-back": ("list", _emptied(None, [])),
    "null-list": ("list", _emptied(0, None)),
}


class AnsweringReplica(ReplicaPortal):
    """A replica whose content is what `respond` gives. Requests are logged, faults strike as on `ReplicaPortal`.

    In a fault's path glob the form of a POST counts as the query.
    """

    def __init__(self, *, faults: Iterable[str | Fault] = (), port: int = 0) -> None:
        super().__init__((), faults=faults, port=port)

    @abstractmethod
    def respond(self, path: str, asked: dict[str, str]) -> Reply:
        """The honest answer to a path and the parameters of its query or form."""

    @abstractmethod
    def kind_of(self, path: str) -> Scope:
        """Which faults may strike this path."""

    @abstractmethod
    def first_page(self, asked: dict[str, str]) -> dict[str, str]:
        """The same question for page 1."""

    def _answer(self, request: Request) -> Reply:
        parts = urlsplit(request.path)
        query = request.body.decode("utf-8", "replace") if request.method == "POST" else parts.query
        asked = dict(parse_qsl(query, keep_blank_values=True))
        whole = f"{parts.path}?{query}" if query else parts.path
        with self._lock:
            scope: Scope = "robots" if parts.path == "/robots.txt" else self.kind_of(parts.path)
            striking = next((fault for fault in self._faults if fault.strikes(whole, scope)), None)
            if striking is None:
                return self.respond(parts.path, asked)
            return striking.reply(
                Ask(
                    path=whole,
                    arg=striking.arg,
                    honest=lambda: self.respond(parts.path, asked),
                    shifted=lambda _rows: self.respond(parts.path, asked),
                    first=lambda: self.respond(parts.path, self.first_page(asked)),
                    hits=striking.hits,
                    today=clock.today().isoformat(),
                )
            )


def main(name: str, make: Callable[[int, list[Fault]], AnsweringReplica]) -> int:
    """A replica as a process, like `demo.portal`: prints `ready URL`, ends on SIGTERM or Ctrl-C with 0."""
    parser = argparse.ArgumentParser(prog=f"python -m {name}", description="A replica on loopback.")
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME[=ARG][@GLOB][#COUNT][+AFTER]")
    options = parser.parse_args()
    try:
        faults = [Fault.parse(words) for words in options.fault]
    except ValueError as error:
        parser.error(str(error))
    replica = make(options.port, faults)
    try:
        serve(replica, lambda: replica.base_url)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}; take another with --port")
    return 0
