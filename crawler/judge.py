"""What a fetched page is, told before anything in it is parsed: HTTP 200 is not success.

Pure functions over status, headers and bytes. A page is told by its frame and title, never by a word somewhere in
it: a tender may lawfully be called 验证码系统采购.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Literal

from parsel import Selector
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from crawler.portals import Sign

Verdict = Literal["blocked", "captcha", "login", "maintenance", "not_found", "refresh", "empty", "undecodable"]
REFUSALS = frozenset({"blocked", "captcha", "login", "maintenance"})
"""Verdicts that mean: not now, or not for us. The host is left alone at once."""

BLOCK_STATUS = frozenset({401, 403, 407, 412, 418, 429, 451, 521})
"""418, 412 and 521 are how Chinese web firewalls ask for a script-made cookie; nothing here computes one."""

GONE_STATUS = frozenset({404, 410})
LONGEST_WAIT_S = 24 * 3600
"""Ceiling for Retry-After; a server that asks for a year is asked again after a day."""

_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.I)
_REFRESH = re.compile(
    r"<meta[^>]{0,80}http-equiv\s*=\s*[\"']?refresh[\"']?[^>]{0,80}content\s*=\s*[\"']?\s*\d*\s*;?\s*url\s*=\s*"
    r"[\"']?([^\"'>\s]+)",
    re.I,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
FRAME_TEXT = 500
"""A page with more visible characters than this shows something besides a block message or a login form."""
_LOOKED_AT = 200_000
"""Characters of a page that are looked at; none of these pages is longer."""


@dataclass(frozen=True)
class Finding:
    """What a page turned out to be, with the words that gave it away."""

    verdict: Verdict
    words: str
    target: str = ""
    """Of a meta refresh: where it leads, as printed."""

    def __str__(self) -> str:
        names = {"refresh": "page that sends elsewhere", "empty": "empty page", "undecodable": "undecodable page"}
        return f"{names.get(self.verdict, f'{self.verdict} page')} {self.words}".rstrip()


def text_of(body: bytes, declared: str | None = None) -> str | None:
    """The page's characters, or None where no encoding fits.

    UTF-8 is tried first, whatever was declared: text in another encoding is almost never valid UTF-8. GB2312 and GBK
    labels are read as GB18030, which holds both.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    named = [declared] if declared else []
    if match := _META_CHARSET.search(body, 0, 4096):
        named.append(match[1].decode("ascii", "replace"))
    names = ["gb18030" if name.lower() in ("gb2312", "gbk", "gb_2312-80", "x-gbk") else name for name in named]
    for encoding in ("utf-8-sig", *names, "gb18030"):
        try:
            return body.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    # A few broken bytes in an otherwise sound page (a cut title, mixed sources) do not make it unreadable.
    for encoding in ("utf-8", *names):
        try:
            text = body.decode(encoding, "replace")
        except LookupError:
            continue
        if text.count("\ufffd") * 200 <= len(text):
            return text
    return None


def page_title(text: str) -> str:
    match = _TITLE.search(text)
    return " ".join(unescape(match[1]).split()) if match else ""


def visible(text: str) -> str:
    """The text of the body that a reader sees, blanks folded."""
    root = Selector(text=text[:_LOOKED_AT], type="html", huge_tree=False)
    shown = root.xpath("//body//text()[not(ancestor::script or ancestor::style or ancestor::template)]").getall()
    return " ".join(" ".join(shown).split())


def finding(text: str, signs: Iterable[Sign]) -> Finding | None:
    """Which sign a page shows that is not what it was asked for; None where none is met."""
    title = page_title(text)
    shown = visible(text)
    bare = len(shown) <= FRAME_TEXT  # ordinary pages may hold a hidden captcha, or a login in their head
    for sign in signs:
        if sign.title and title and re.fullmatch(sign.title, title, re.I):
            return Finding(sign.kind, title)
        if sign.words and bare and (match := re.search(sign.words, f"{title} {shown}")):
            return Finding(sign.kind, match[0])
        if sign.form and bare and (match := re.search(sign.form, text[:_LOOKED_AT])):
            return Finding(sign.kind, match[0][:80])
    if match := _REFRESH.search(text[:20_000]):
        return Finding("refresh", f"to {match[1][:200]}", match[1])
    return None


def redirect_finding(target: str, signs: Iterable[Sign]) -> Finding | None:
    """What the address of a redirect gives away (`…/serverisbusy`, a login)."""
    for sign in signs:
        if sign.url and (match := re.search(sign.url, target)):
            return Finding(sign.kind, f"at {match[0]}")
    return None


def failure_words(error: BaseException | None, limit_mb: float) -> str:
    """Why a request brought no answer, for a person. `limit_mb` is the size limit that held for it."""
    match error:
        case DownloadCancelledError():
            return f"larger than the limit of {limit_mb:.3g} MB"
        case IgnoreRequest() if "DOWNLOAD_MAXSIZE" in str(error):
            return f"unpacks to more than the limit of {limit_mb:.3g} MB"
        case ResponseDataLossError():
            return "the page is cut short"
        case DownloadTimeoutError():
            return "no answer in time"
        case CannotResolveHostError():
            return "host name not found"
        case DownloadConnectionRefusedError():
            return "connection refused"
        case DownloadFailedError() if "ConnectionLost" in str(error) or "ConnectionDone" in str(error):
            return "connection lost"
        case DownloadFailedError() if "certificate" in str(error):
            return "its certificate is not valid"
        case IgnoreRequest():
            return str(error)[:200]
        case _:
            return f"{type(error).__name__}: {str(error)[:200]}"


def retry_after(value: str | None, now: datetime) -> int | None:
    """Seconds a Retry-After header asks to wait, at most a day; None for nonsense, absence and the past.

    Both forms of RFC 9110 §10.2.3: seconds, or an HTTP date, which is in GMT.
    """
    if not value:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        seconds = int(value[:12])
    else:
        try:
            at = parsedate_to_datetime(value)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        seconds = int(((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
    return min(seconds, LONGEST_WAIT_S) if seconds > 0 else None
