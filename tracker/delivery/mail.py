"""One mail to one person: built so that every header survives, sent so that every outcome is known.

Outcomes: `sent`; `transient` (nothing was taken, try later); `permanent` (this address or mail never);
`channel` (login, sender, missing TLS: no mail can leave until somebody mends it); `unknown` (the connection broke after
the content began to leave: it may or may not have arrived).
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError
from crawler.text import one_line
from crawler.urls import is_loopback
from tracker.i18n import _
from tracker.settings import Settings

Outcome = Literal["sent", "transient", "permanent", "channel", "unknown"]

WIRE = SMTP.clone(max_line_length=998)
"""Headers are not folded: folding loses blanks between Chinese and ASCII (pitfalls ML2)."""
TIMEOUT_S = 20
"""For each step of the conversation; the worst sum of them is below the lease of a delivery."""
ANSWER_TIMEOUT_S = 60
"""For the last answer: a server may scan the mail before it takes it."""
SUBJECT = 60


def header_text(text: str, limit: int = SUBJECT) -> str:
    """Any text made fit for a header: one line, no control or bidirectional characters, nothing that decodes.

    What looks like an encoded word (`=?utf-8?…`) would be decoded by the receiver, so its mark is broken.
    """
    return one_line(text.replace("=?", "＝?"), limit)


def file_name(name: str) -> str:
    """A name that every system stores: no path, no character that one of them forbids; its end stays when it is cut."""
    flat = re.sub(r'[\\/:*?"<>|%;]+', " ", header_text(name, 200)).strip(". ") or "file"
    stem, dot, end = flat.rpartition(".")
    return f"{stem[:SUBJECT].rstrip()}{dot}{end}" if dot else flat[:SUBJECT]


@dataclass(frozen=True)
class Server:
    """Where mail leaves, as `smtp_url` says."""

    host: str
    port: int
    security: Literal["ssl", "starttls", "none"]
    user: str = ""
    password: str = field(default="", repr=False)


def server(settings: Settings) -> Server:
    """Reads `smtp_url`. Raises ConfigurationError that names the fix and never the password."""
    if settings.smtp_url is None:
        raise ConfigurationError(_("mail is off: set CHEBIAO_SMTP_URL, e.g. smtps://user:password@smtp.example.cn:465"))
    try:
        parts = urlsplit(settings.smtp_url.get_secret_value())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigurationError(
            _("smtp_url cannot be read; percent-encode special characters in the password, e.g. @ as %40")
        ) from None
    if parts.scheme not in ("smtp", "smtps") or not host:
        raise ConfigurationError(_("smtp_url must begin with smtp:// or smtps:// and name a host"))
    wish = parse_qs(parts.query).get("starttls", [""])[0]
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme == "smtps":
        return Server(host, port or 465, "ssl", user, password)
    if wish not in ("", "0", "1"):
        raise ConfigurationError(_("smtp_url: starttls is 1 or 0"))
    if user and not wish and not is_loopback(host):
        raise ConfigurationError(
            _("smtp_url would send the password in clear text: use smtps://, or smtp://…?starttls=1")
        )
    return Server(host, port or (587 if wish == "1" else 25), "starttls" if wish == "1" else "none", user, password)


def sender(settings: Settings) -> Address:
    """The From address. Raises ConfigurationError."""
    name, address = parseaddr(settings.mail_from)
    try:
        return Address(header_text(name), addr_spec=address)
    except (ValueError, IndexError, LookupError) as error:
        raise ConfigurationError(
            _("mail_from {value!r} is no address ({error}); write e.g. Chebiao <tenders@example.cn>").format(
                value=settings.mail_from, error=error
            )
        ) from None


@dataclass(frozen=True)
class Attached:
    """A file that goes with a mail."""

    name: str
    """As the reader saves it."""
    content: bytes
    subtype: tuple[str, str] = ("application", "octet-stream")
    parameters: tuple[tuple[str, str], ...] = ()
    """Of the Content-Type."""


def build(
    settings: Settings,
    *,
    to: Address,
    subject: str,
    text: str,
    html: str | None,
    message_id: str,
    at: datetime,
    attached: Sequence[Attached] = (),
    unsubscribe: str = "",
) -> bytes:
    """The whole message as it goes over the wire. `message_id` is the left part; the domain is the settings'.

    `unsubscribe` is the address where the reader stops the mails (RFC 2369); over https a mail program may do it for
    them by one POST (RFC 8058), never by a GET.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender(settings)
    message["To"] = to
    message["Subject"] = header_text(subject)
    message["Date"] = at.astimezone(SHANGHAI)
    message["Message-ID"] = f"<{message_id}@{settings.mail_domain}>"
    message["Auto-Submitted"] = "auto-generated"  # no answering machine answers (RFC 3834)
    if unsubscribe:
        message["List-Unsubscribe"] = f"<{unsubscribe}>"
    if unsubscribe.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(text.replace("\u00a0", " "), cte="base64")
    if html is not None:
        message.add_alternative(html, subtype="html", cte="base64")
        message.set_boundary(f"=_{message_id}")  # a second try differs in nothing but its date
    for each in attached:
        main, sub = each.subtype
        parameters = dict(each.parameters)
        message.add_attachment(
            each.content, maintype=main, subtype=sub, filename=file_name(each.name), params=parameters
        )
    if attached:
        message.set_boundary(f"=_{message_id}-files")
    return message.as_bytes(policy=WIRE)


# --- sending --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """How one try ended, with the server's code and words."""

    outcome: Outcome
    code: str = ""
    text: str = ""
    reached: bool = True
    """False when no conversation came about: the next mail would fare no better."""
    wait_s: float = 0
    """Seconds that the other side asks to be left alone."""


class _Ended(Exception):
    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def send(where: Server, envelope_from: str, to: str, content: bytes, before_data: Callable[[], bool]) -> Answer:
    """Send one message to one recipient. Never raises for what the network or the server does.

    `before_data` is called when the server has accepted the recipient and before any content leaves; False stops there.
    """
    try:
        with _session(where, envelope_from) as smtp:
            _expect(smtp.mail(envelope_from), {250}, permanent="channel")
            _expect(smtp.rcpt(to), {250, 251}, permanent="permanent")
            if not before_data():
                return Answer("transient", text="lease lost before sending")
            _expect(smtp.docmd("DATA"), {354}, permanent="permanent")
            return _content(smtp, content)
    except _Ended as ended:
        return ended.answer
    except smtplib.SMTPResponseException as error:
        kind: Outcome = "channel" if error.smtp_code >= 500 else "transient"
        return Answer(kind, str(error.smtp_code), _said(error.smtp_error), reached=False)
    except smtplib.SMTPNotSupportedError as error:
        return Answer("channel", text=_said(error), reached=False)
    except (OSError, smtplib.SMTPException, ValueError) as error:
        return Answer("transient", text=_said(f"{type(error).__name__}: {error}"), reached=False)


def _content(smtp: smtplib.SMTP, content: bytes) -> Answer:
    """From here on a break leaves us in doubt."""
    dotted = re.sub(rb"(?m)^\.", b"..", re.sub(rb"\r\n|\r|\n", b"\r\n", content))
    try:
        smtp.send(dotted + (b"" if dotted.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        if smtp.sock is not None:
            smtp.sock.settimeout(ANSWER_TIMEOUT_S)
        code, words = smtp.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Answer("unknown", text=_said(f"{type(error).__name__}: {error}"))
    if code == 250:
        return Answer("sent", "250", _said(words))
    return _judged(code, words, "permanent")


def _expect(reply: tuple[int, bytes], good: set[int], permanent: Outcome) -> None:
    code, words = reply
    if code not in good:
        raise _Ended(_judged(code, words, permanent))


def _judged(code: int, words: bytes, permanent: Outcome) -> Answer:
    """4xx and routing trouble (5.4.4) pass; a missing login is nobody's address at fault; other 5xx stay."""
    said = _said(words)
    if code in (530, 534, 535, 538):
        return Answer("channel", str(code), said)
    if code < 500 or re.search(r"\b5\.4\.4\b", said):
        return Answer("transient", str(code), said, reached=code != 421)
    return Answer(permanent, str(code), said)


def _said(words: object) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
    return one_line(text, 300)


@contextmanager
def _session(where: Server, envelope_from: str) -> Iterator[smtplib.SMTP]:
    """A greeted, encrypted, logged-in connection. In HELO we are the sender's domain: host names may be Chinese."""
    name = envelope_from.rpartition("@")[2] or "localhost"
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if where.security == "ssl":
        smtp = smtplib.SMTP_SSL(where.host, where.port, name, timeout=TIMEOUT_S, context=context)
    else:
        smtp = smtplib.SMTP(where.host, where.port, name, timeout=TIMEOUT_S)
    try:
        if where.security == "starttls":
            smtp.starttls(context=context)
        smtp.ehlo_or_helo_if_needed()
        if where.user:
            smtp.login(where.user, where.password)
        yield smtp
    finally:
        _goodbye(smtp)


def _goodbye(smtp: smtplib.SMTP) -> None:
    """A server that hangs up at QUIT changes nothing about what it took."""
    try:
        if smtp.sock is not None:
            smtp.sock.settimeout(2)
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


# --- doctor ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Finding:
    """One thing `doctor` looked at."""

    good: bool
    what: str
    fix: str = ""


def doctor_mail(settings: Settings, at: datetime, test_to: str | None = None) -> list[Finding]:
    """Reads the settings, connects and logs in; with `test_to`, sends a test mail there."""
    try:
        where, address = server(settings), sender(settings)
    except ConfigurationError as error:
        return [Finding(False, _("mail"), str(error))]
    found = []
    if where.user and "@" in where.user and where.user.lower() != address.addr_spec.lower():
        found.append(
            Finding(
                False,
                _("mail_from is {address}, the login is {user}").format(address=address.addr_spec, user=where.user),
                _("QQ Mail and 163 refuse another From than the account itself; set mail_from to it"),
            )
        )
    if settings.mail_domain == Settings.model_fields["mail_domain"].default and not is_loopback(where.host):
        found.append(
            Finding(False, _("mail_domain is not set"), _("set it to a domain of yours; it ends every Message-ID"))
        )
    place = f"{where.host}:{where.port}"
    try:
        with _session(where, address.addr_spec):
            found.append(Finding(True, _("mail server {place} answers and takes the login").format(place=place)))
    except smtplib.SMTPAuthenticationError as error:
        what = _("mail server {place} refuses the login: {words}").format(place=place, words=_said(error.smtp_error))
        fix = _("check user and password in CHEBIAO_SMTP_URL; QQ Mail and 163 want the 授权码, not the password")
        return [*found, Finding(False, what, fix)]
    except (OSError, smtplib.SMTPException) as error:
        what = _("mail server {place} cannot be used: {words}").format(place=place, words=_said(error))
        return [*found, Finding(False, what, _("check host, port and security (smtps, or starttls=1)"))]
    if test_to:
        found.append(_test_mail(settings, where, address, test_to, at))
    return found


def _test_mail(settings: Settings, where: Server, address: Address, to: str, at: datetime) -> Finding:
    text = _("This is the test mail of Chebiao. If you can read it, digests will arrive.")
    content = build(
        settings,
        to=Address(addr_spec=to),
        subject=_("Chebiao: test mail"),
        text=text + "\n",
        html=None,
        message_id=f"test-{at.timestamp():.0f}",
        at=at,
    )
    answer = send(where, address.addr_spec, to, content, lambda: True)
    if answer.outcome == "sent":
        return Finding(True, _("test mail sent to {to}").format(to=to))
    words = _("test mail to {to} failed: {code} {text}").format(to=to, code=answer.code, text=answer.text)
    return Finding(False, words, _("look at the server's words"))
