"""Group robots of WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书): one JSON POST each.

A message has arrived only when the platform says so in its answer: HTTP 200 with another code than 0 is a failure
(pitfalls CH1). Addresses and keys are secrets; they stand in one TOML file that `CHEBIAO_CHAT_ROBOTS_FILE` names:

    [sales]
    medium = "wecom"
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…"

    [leads]
    medium = "dingtalk"
    url = "https://oapi.dingtalk.com/robot/send?access_token=…"
    sign = "SEC…"          # DingTalk and Feishu, where the robot asks for signatures (加签, 签名校验)
"""

import base64
import hashlib
import hmac
import json
import re
import time as stopwatch
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from crawler.config import ConfigurationError
from crawler.text import one_line
from crawler.urls import Gate, Refused, is_loopback, origin
from tracker.delivery.mail import Answer, Outcome
from tracker.i18n import _
from tracker.settings import Settings

Medium = Literal["wecom", "dingtalk", "feishu"]

TIMEOUT = httpx.Timeout(15, connect=10)
LONGEST_S = 60
"""For a whole answer, however slowly it drips; far below the lease of a delivery."""
ANSWER_BYTES = 64 * 1024
PAUSE_S = 60
"""How long a robot rests after a refusal for too many messages that names no time."""
LONGEST_PAUSE_S = 3600


@dataclass(frozen=True)
class Platform:
    """What one platform takes and answers."""

    hosts: frozenset[str]
    path: str
    """Begins the path of every robot's address."""
    bytes: int
    """Largest message; `measured` says what is counted."""
    measured: Literal["text", "body"]
    per_minute: int
    """Messages of one robot."""
    code: str
    """Key of the answer that is 0 for success."""
    words: str
    codes: Mapping[int, Outcome]
    """What a code means; any other one is `transient`."""
    slow: Mapping[int, int]
    """Codes for too many messages, with the seconds to wait."""


PLATFORMS: dict[str, Platform] = {
    "wecom": Platform(
        hosts=frozenset({"qyapi.weixin.qq.com"}),
        path="/cgi-bin/webhook/send",
        bytes=4096,
        measured="text",
        per_minute=20,
        code="errcode",
        words="errmsg",
        codes={
            40058: "permanent",  # too long, or another field that does not fit
            45002: "permanent",
            44004: "permanent",
            40001: "channel",
            40014: "channel",
            93000: "channel",  # no such robot: the key is wrong, or the robot was removed from the group
            93004: "channel",
            93008: "channel",
        },
        slow={45009: PAUSE_S, 45033: PAUSE_S},
    ),
    "dingtalk": Platform(
        hosts=frozenset({"oapi.dingtalk.com", "api.dingtalk.com"}),
        path="/robot/send",
        bytes=20_000,
        measured="body",
        per_minute=20,
        code="errcode",
        words="errmsg",
        codes={
            101002: "permanent",  # too long
            460101: "permanent",
            400105: "permanent",
            430102: "permanent",  # words the platform refuses
            430103: "permanent",
            430104: "permanent",
            300001: "channel",
            300005: "channel",
            310000: "channel",  # signature, keyword or address list of the robot's security settings
            400013: "channel",
            400101: "channel",
            400102: "channel",
            400106: "channel",
        },
        slow={130101: 600, 410100: 600},  # the platform shuts a robot out for ten minutes
    ),
    "feishu": Platform(
        hosts=frozenset({"open.feishu.cn", "open.larksuite.com"}),
        path="/open-apis/bot/v2/hook/",
        bytes=20 * 1024,
        measured="body",
        per_minute=100,
        code="code",
        words="msg",
        codes={
            9499: "permanent",
            19002: "permanent",
            230025: "permanent",  # too long
            19001: "channel",
            19007: "channel",
            19021: "channel",  # signature, or this machine's clock is an hour off
            19022: "channel",
            19024: "channel",
        },
        slow={11232: PAUSE_S, 11233: PAUSE_S, 11247: PAUSE_S},
    ),
}


# --- the file of robots ---------------------------------------------------------------------------------------------


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    medium: Medium
    url: SecretStr
    sign: SecretStr = SecretStr("")
    replica: bool = False


@dataclass(frozen=True)
class Robot:
    """One robot with its secrets, which never show in a repr."""

    name: str
    medium: Medium
    url: str = field(repr=False)
    sign: str = field(default="", repr=False)
    replica: bool = False

    @property
    def platform(self) -> Platform:
        return PLATFORMS[self.medium]

    @property
    def secrets(self) -> frozenset[str]:
        """Every part of the address that lets somebody else write to the group, and the key it signs with."""
        parts = urlsplit(self.url)
        values = {each.partition("=")[2] for each in parts.query.split("&")}
        return frozenset(each for each in (*values, parts.path.rpartition("/")[2], self.sign) if len(each) >= 6)


def robots(settings: Settings) -> dict[str, Robot]:
    """Every robot of the file by name; none without a file. Raises ConfigurationError that shows no secret."""
    if settings.chat_robots is None:
        return {}
    try:
        tables = tomllib.loads(settings.chat_robots.get_secret_value())
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"\(at .*\)", str(error))  # the rest of the words may quote the file
        raise ConfigurationError(
            _("the file of robots (CHEBIAO_CHAT_ROBOTS_FILE) is no TOML {place}").format(
                place=place[0] if place else ""
            )
        ) from None
    return {name: _robot(name, entry) for name, entry in tables.items()}


def _robot(name: str, entry: object) -> Robot:
    try:
        found = _Entry.model_validate(entry)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        said = "; ".join(f"{'.'.join(map(str, each['loc'])) or name}: {each['msg']}" for each in faults)
        raise ConfigurationError(_("robot {name}: {faults}").format(name=name, faults=said)) from None
    robot = Robot(
        name, found.medium, found.url.get_secret_value().strip(), found.sign.get_secret_value().strip(), found.replica
    )
    check_address(robot)
    return robot


def check_address(robot: Robot) -> None:
    """Through the one URL gate: only the platform's own hosts over https; loopback only for a replica.

    Raises ConfigurationError, which names what is wrong and never the address.
    """
    platform = robot.platform
    try:
        parts = urlsplit(robot.url)
        Gate(platform.hosts, loopback=origin(robot.url) if robot.replica else None).check(robot.url)
        if robot.replica:
            _only_loopback(robot.url)
    except Refused as error:
        raise ConfigurationError(
            _("robot {name}: its address is refused ({fault}); a robot of {medium} stands at {host}").format(
                name=robot.name, fault=error.fault, medium=robot.medium, host=" / ".join(sorted(platform.hosts))
            )
        ) from None
    if parts.scheme != "https" and not robot.replica:
        raise ConfigurationError(_("robot {name}: write https://, the address is a secret").format(name=robot.name))
    if not parts.path.startswith(platform.path):
        raise ConfigurationError(
            _("robot {name}: the path of its address begins with {path} at {medium}; copy the address anew").format(
                name=robot.name, path=platform.path, medium=robot.medium
            )
        )


def _only_loopback(url: str) -> None:
    if not is_loopback(urlsplit(url).hostname or ""):
        raise Refused(url, "host", "a replica stands on loopback")


def robot_of(settings: Settings, name: str) -> Robot:
    """One robot by name. Raises ConfigurationError naming which there are."""
    known = robots(settings)
    if name not in known:
        raise ConfigurationError(
            _("there is no robot {name!r} in the file that CHEBIAO_CHAT_ROBOTS_FILE names; there is: {known}").format(
                name=one_line(name, 40), known=", ".join(known) or _("none")
            )
        )
    return known[name]


# --- sending --------------------------------------------------------------------------------------------------------


def post(robot: Robot, content: bytes, at: datetime, before: Callable[[], bool]) -> Answer:
    """Send one message. Never raises for what the network or the platform does.

    `content` is the JSON without signature, which belongs to the moment `at`. `before` is called before anything
    leaves; False stops there.
    """
    if not before():
        return Answer("transient", text="lease lost before sending")
    body, query = _signed(robot, content, at)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    # A company's proxy stands in the environment; on loopback none stands between.
    client = httpx.Client(timeout=TIMEOUT, follow_redirects=False, trust_env=not robot.replica)
    try:
        with client, client.stream("POST", robot.url + query, content=body, headers=headers) as response:
            return _judged(robot, response, _read(response), at)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        return Answer("transient", text=_said(robot, f"{type(error).__name__}: {error}"), reached=False)
    except httpx.HTTPError as error:  # from here on the message may have arrived
        return Answer("unknown", text=_said(robot, f"{type(error).__name__}: {error}"), reached=False)


def _signed(robot: Robot, content: bytes, at: datetime) -> tuple[bytes, str]:
    """The body and what is added to the address. DingTalk signs in the address, Feishu in the body."""
    if not robot.sign:
        return content, ""
    if robot.medium == "dingtalk":
        stamp = str(int(at.timestamp() * 1000))
        mark = hmac.new(robot.sign.encode(), f"{stamp}\n{robot.sign}".encode(), hashlib.sha256).digest()
        both = httpx.QueryParams(timestamp=stamp, sign=base64.b64encode(mark).decode())
        return content, f"&{both}" if "?" in robot.url else f"?{both}"
    if robot.medium == "feishu":
        stamp = str(int(at.timestamp()))
        mark = hmac.new(f"{stamp}\n{robot.sign}".encode(), b"", hashlib.sha256).digest()
        signed = {"timestamp": stamp, "sign": base64.b64encode(mark).decode(), **json.loads(content)}
        return json.dumps(signed, ensure_ascii=False).encode(), ""
    return content, ""


def _read(response: httpx.Response) -> bytes:
    """The answer, cut at a size and a time no platform's answer comes near."""
    body, end = b"", stopwatch.monotonic() + LONGEST_S
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > ANSWER_BYTES or stopwatch.monotonic() > end:
            raise httpx.ReadTimeout("the answer is too long or too slow")
    return body


def _judged(robot: Robot, response: httpx.Response, body: bytes, at: datetime) -> Answer:
    platform, status = robot.platform, response.status_code
    if status == 429:
        return Answer("transient", "429", _said(robot, body), reached=False, wait_s=_wait(response, at, PAUSE_S))
    if status == 413:
        return Answer("permanent", "413", _said(robot, body))
    if status >= 500:
        return Answer("transient", str(status), _said(robot, body), reached=False, wait_s=_wait(response, at, 0))
    if status != 200:
        return Answer("channel", str(status), _said(robot, body))
    try:
        said = json.loads(body)
        code = int(said[platform.code])
    except (ValueError, TypeError, KeyError):
        words = _("no answer of the platform: {words}").format(words=_said(robot, body))
        return Answer("transient", "200", words, reached=False)
    if code == 0:
        return Answer("sent", "0", "")
    words = _said(robot, str(said.get(platform.words, "")))
    if code in platform.slow:
        return Answer("transient", str(code), words, reached=False, wait_s=platform.slow[code])
    outcome = platform.codes.get(code, "transient")
    return Answer(outcome, str(code), words, reached=outcome != "transient")


def _wait(response: httpx.Response, at: datetime, otherwise: float) -> float:
    """Seconds that `Retry-After` asks for (a number or a date), within reason; without one, `otherwise`."""
    named = response.headers.get("Retry-After", "")
    try:
        asked = float(named) if named.isdigit() else (parsedate_to_datetime(named) - at).total_seconds()
    except (TypeError, ValueError):
        return otherwise
    return min(max(asked, 0), LONGEST_PAUSE_S)


def _said(robot: Robot, words: bytes | str) -> str:
    """The platform's words without our secrets, which some answers repeat."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    for secret in sorted(robot.secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return one_line(text, 300)


def size(medium: Medium, content: Any) -> int:
    """Bytes of a message as its platform counts them; `content` is the JSON as a mapping."""
    if PLATFORMS[medium].measured == "text":
        return len(content["markdown"]["content"].encode())
    # Room for the signature that is added when it leaves.
    return len(json.dumps(content, ensure_ascii=False).encode()) + 120
