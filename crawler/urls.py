"""The one URL gate: every address that is fetched passes it, and every hop of a redirect again.

What an outsider can write into a page (a link, a Location header, an attachment) must never make this machine
talk to its own network. The gate judges the text of a URL; `forbidden_address` judges what a name resolved to and
is asked at connect time (crawler/resolver.py), so that a name that changes its mind between check and connect fails.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

import httpx

Fault = Literal["form", "scheme", "userinfo", "address", "port", "host"]
"""`host` alone is harmless (another site: the portal moved, or a link leads away); the others are refusals."""

MAX_LENGTH = 2083
"""Scrapy's URLLENGTH_LIMIT, which drops longer ones without a word."""

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\]")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMERIC = re.compile(r"(0x[0-9a-f]*|[0-9]+)")
_DEFAULT_PORTS = {"http": 80, "https": 443}

SESSION_KEYS = frozenset(
    "jsessionid sessionid session sid phpsessionid phpsessid token access_token ticket sign nonce "
    "timestamp ts _t _ t time rnd rand random r v _v callback from spm utm_source utm_medium utm_campaign".split()
)
"""Query parameters that change from visit to visit and say nothing about which notice it is."""


class Refused(ValueError):
    """An address that will not be fetched. `fault` says why in one word, the message in a sentence."""

    def __init__(self, url: str, fault: Fault, why: str, host: str = "") -> None:
        shown = url if len(url) <= 200 else url[:200] + "…"
        super().__init__(f"address refused: {shown!r}: {why}")
        self.fault, self.why, self.host = fault, why, host


def forbidden_address(address: str) -> str | None:
    """Why an IP address must not be connected to, or None where it is an ordinary public one."""
    try:
        ip = ip_address(address)
    except ValueError:
        return "no IP address"
    mapped = getattr(ip, "ipv4_mapped", None) or getattr(ip, "sixtofour", None)
    if mapped is not None:
        return forbidden_address(str(mapped)) or "an IPv4 address in IPv6 clothes"
    for kind in ("loopback", "link_local", "multicast", "unspecified", "reserved", "private"):
        if getattr(ip, f"is_{kind}"):
            return f"a {kind.replace('_', '-')} address"
    # 100.64.0.0/10 of providers (CGNAT) is neither private nor global in the standard library's words.
    return None if ip.is_global else "not a public address"


def is_loopback(host: str) -> bool:
    """True for `localhost` and literal loopback addresses only; no name is resolved."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Gate:
    """Which addresses one crawl may fetch.

    `hosts` are exact names, or `*.name` for everything below one. `loopback` is the origin (`127.0.0.1:8000`) of a
    replica; with it set, nothing else is let through, so a replica cannot lead to a real portal either.
    """

    hosts: frozenset[str]
    ports: frozenset[int] = frozenset()
    """Besides 80 for http and 443 for https."""
    loopback: str | None = None

    def check(self, url: str) -> str:
        """`url` itself if it may be fetched; raises Refused otherwise."""
        if len(url) > MAX_LENGTH:
            raise Refused(url, "form", f"longer than {MAX_LENGTH} characters")
        if _UNSAFE.search(url):
            raise Refused(url, "form", "it holds a backslash, a blank or a control character")
        parts = _split(url)
        host, port = _agreed(url, parts)
        if f"{host}:{port}" == self.loopback:
            return url
        _judge_literal(url, host)
        if self.loopback is not None:
            raise Refused(url, "host", f"a replica at {self.loopback} stands in for the portal", host)
        if not self.allows(host):
            raise Refused(url, "host", f"{host} is not a host of this portal", host)
        if port != _DEFAULT_PORTS[parts.scheme] and port not in self.ports:
            raise Refused(url, "port", f"port {port} is not the portal's", host)
        return url

    def allows(self, host: str) -> bool:
        """Whether a host is one of the portal's."""
        if host in self.hosts:
            return True
        above = host.split(".")
        return any(f"*.{'.'.join(above[n:])}" in self.hosts for n in range(1, len(above)))


def _judge_literal(url: str, host: str) -> None:
    """Refuse addresses written as numbers, other than plain public ones, and names of the own network."""
    if host.startswith("["):
        raise Refused(url, "address", f"{host} is an IPv6 literal")
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise Refused(url, "address", f"{host} is a name of the own network")
    if _NUMERIC.fullmatch(host.rpartition(".")[2]):
        try:
            IPv4Address(host)
        except ValueError:
            raise Refused(url, "address", f"{host} is an IP address in disguise") from None
        if (why := forbidden_address(host)) is not None:
            raise Refused(url, "address", f"{host} is {why}")


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise Refused(url, "form", f"no well-formed URL ({error})") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise Refused(url, "scheme", f"{parts.scheme or 'no scheme'}; only http and https are fetched")
    if "@" in parts.netloc:
        raise Refused(url, "userinfo", "it carries a user name")
    return parts


def _agreed(url: str, parts: SplitResult) -> tuple[str, int]:
    """Host and port that both parsers see. One that two parsers read differently is an attack or a mistake."""
    host, port = parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    try:
        other = httpx.URL(url)
        second = other.raw_host.decode("ascii"), other.port or _DEFAULT_PORTS[other.scheme]
    except (httpx.InvalidURL, UnicodeError, KeyError, ValueError, TypeError) as error:
        raise Refused(url, "form", f"two parsers do not agree on it ({error})") from None
    if ":" in host:  # an IPv6 literal; no portal has one, a replica may
        return f"[{host}]", port
    if not host.isascii() and "xn--" in second[0]:
        # A look-alike (сcgp.gov.cn with a Cyrillic с) becomes another ASCII name and is no host of the portal.
        # What becomes a plain name instead (full-width letters and dots) is nobody's honest spelling.
        host = second[0]
    if second != (host, port) or not _HOST.fullmatch(host):
        raise Refused(url, "form", f"two parsers do not agree on it ({host}:{port}, {second[0]}:{second[1]})")
    return host, port


def origin(url: str) -> str:
    """`host:port` of a URL, as Gate.loopback holds it. Raises Refused for a malformed one."""
    host, port = _agreed(url, _split(url))
    return f"{host}:{port}"


def absolute(base: str, href: str) -> str:
    """A link as printed, made absolute against the page it stands on; blanks around it go, as browsers do.

    No judgement: the result still has to pass a Gate. Non-ASCII characters are percent-encoded as UTF-8.
    """
    joined = urljoin(base, href.strip(" \t\r\n\f"))
    return quote(joined, safe="%/:=&?~#+!$,;'@()*[]\\ |\"<>^`{}")


def swapped(url: str, base_url: str) -> str:
    """The same path and query on another origin: how a replica stands in for the portal."""
    there, base = urlsplit(url), urlsplit(base_url)
    return urlunsplit((base.scheme, base.netloc, there.path, there.query, ""))


def canonical_key(url: str, drop: frozenset[str] = SESSION_KEYS) -> str:
    """A key for notices whose portal prints none: path and the parameters that tell notices apart.

    Scheme, host, fragment, `;jsessionid=…`, session tokens, counters and timestamps are left out and parameters
    sorted, so the same notice stays one, on a mirror and a replica too.
    """
    parts = urlsplit(url)
    path = re.sub(r";[^/]*", "", parts.path) or "/"
    kept = sorted((k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k.lower() not in drop)
    return path + (f"?{urlencode(kept)}" if kept else "")
