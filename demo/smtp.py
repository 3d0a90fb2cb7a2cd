"""A mail server on loopback that delivers nothing: it keeps what it gets, and refuses on request.

    python -m demo.smtp --port 2525 --folder outbox

prints `ready smtp://127.0.0.1:2525` and writes each message as an .eml file. In tests:

    with MailSink() as sink:
        sink.answer("rcpt", "550 5.1.1 no such user", match="gone@*")
        send(sink.url, ...)
        assert sink.messages[0].recipients == ("anna@example.cn",)

Answers are scripted by stage: `connect`, `auth`, `mail`, `rcpt`, `data` (after the whole message). An answer is a
reply line such as `450 4.2.0 try later`, or `drop`: the connection ends there without a word. `421 …` ends the
connection after the line.
"""

# ruff: noqa: ARG002 (aiosmtpd fixes the parameters of its hooks)

import argparse
import asyncio
import email
import email.policy
import re
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from demo.loopback import Loopback, serve

Stage = Literal["connect", "auth", "mail", "rcpt", "data"]
STAGES: tuple[Stage, ...] = ("connect", "auth", "mail", "rcpt", "data")
DROP = "drop"


@dataclass(frozen=True)
class Mail:
    """A message as it came over the wire."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    login: str | None = None
    """The user who had logged in."""

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


@dataclass
class Answer:
    stage: Stage
    words: str
    match: str = "*"
    """A glob over the address (at `auth` the user, at `connect` the client, at `data` the first recipient)."""
    times: int | None = None
    after: int = 0
    keep: bool = False
    """At `data`: the message counts as received although the client is told otherwise."""
    hits: int = 0

    def strikes(self, stage: Stage, subject: str) -> bool:
        """Whether it is this answer's turn; counts."""
        if stage != self.stage or not fnmatchcase(subject, self.match):
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        if self.after:
            self.after -= 1
            return False
        self.hits += 1
        return True


class _Server(SMTP):
    """Greets with the scripted words where there are any."""

    def __init__(self, sink: "MailSink") -> None:
        with warnings.catch_warnings():
            # That a login without TLS is unsafe is no news on loopback.
            warnings.simplefilter("ignore")
            super().__init__(
                sink,
                hostname="localhost",
                enable_SMTPUTF8=True,
                auth_require_tls=False,
                # One mechanism, so that a client asks once and a scripted refusal counts once.
                auth_exclude_mechanism=["LOGIN"],
                authenticator=sink.authenticate if sink.login else None,
                auth_required=sink.login is not None,
                loop=asyncio.get_running_loop(),
            )
        self.sink = sink

    async def push(self, status: str | bytes) -> None:
        words = status.decode() if isinstance(status, bytes) else status
        if words.startswith("220 ") and self.session is not None and self.session.host_name is None:
            words = self.sink.scripted("connect", str(self.session.peer)) or words
        assert self.transport is not None
        if words == DROP:
            # aiosmtpd cancels the conversation when the connection is lost.
            cast(asyncio.Transport, self.transport).abort()
            return
        await super().push(words)
        if words.startswith("421"):
            self.transport.close()


class MailSink(Loopback):
    """The sink in a thread of its own. With `login` (user, password) it asks for authentication.

    `messages` holds what was accepted, in order; `attempts` counts envelopes that were begun (MAIL FROM). `on_mail`
    is called with each accepted message, in the server's thread.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        login: tuple[str, str] | None = None,
        on_mail: Callable[[Mail], None] | None = None,
    ) -> None:
        super().__init__(port)
        self.login = login
        self.messages: list[Mail] = []
        self.attempts = 0
        self._on_mail = on_mail
        self._answers: list[Answer] = []
        self._lock = threading.Lock()

    @property
    def url(self) -> str:
        """For CHEBIAO_SMTP_URL, with the login where one is asked for."""
        user = f"{self.login[0]}:{self.login[1]}@" if self.login else ""
        return f"smtp://{user}{self.host}:{self.port}"

    def answer(
        self,
        stage: Stage,
        words: str,
        *,
        match: str = "*",
        times: int | None = None,
        after: int = 0,
        keep: bool = False,
    ) -> Answer:
        """Scripts a refusal, `times` over (default: always), letting `after` matching ones pass first.

        ValueError where `words` is neither a reply line nor `drop`, or the stage is unknown.
        """
        if stage not in STAGES:
            raise ValueError(f"unknown stage {stage!r}; there are: {', '.join(STAGES)}")
        if words != DROP and not re.match(r"[245]\d\d ", words):
            raise ValueError(f"{words!r} is no reply line; write e.g. '450 4.2.0 try later' or 'drop'")
        scripted = Answer(stage, words, match, times, after, keep)
        with self._lock:
            self._answers.append(scripted)
        return scripted

    def clear_answers(self) -> None:
        with self._lock:
            self._answers.clear()

    def _striking(self, stage: Stage, subject: str) -> Answer | None:
        with self._lock:
            return next((a for a in self._answers if a.strikes(stage, subject)), None)

    def scripted(self, stage: Stage, subject: str) -> str | None:
        found = self._striking(stage, subject)
        return found.words if found else None

    async def _listen(self) -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(lambda: _Server(self), self.host, self.port)

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """aiosmtpd's hook: 535 for a wrong login, or the scripted words."""
        given = cast(LoginPassword, data)
        user, password = given.login.decode(), given.password.decode()
        if refusal := self.scripted("auth", user):
            return AuthResult(success=False, handled=False, message=refusal)
        return AuthResult(success=(user, password) == self.login, handled=False, auth_data=user)

    # aiosmtpd finds its hooks by these names.
    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        if refusal := self.scripted("mail", address):
            return refusal
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if refusal := self.scripted("rcpt", address):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients = tuple(envelope.rcpt_tos)
        scripted = self._striking("data", recipients[0])
        if scripted is None or scripted.keep or scripted.words.startswith("2"):
            user = session.auth_data if isinstance(session.auth_data, str) else None
            content = envelope.original_content or b""
            mail = Mail(envelope.mail_from or "", recipients, content, user)
            self.messages.append(mail)
            if self._on_mail:
                self._on_mail(mail)
        return scripted.words if scripted else "250 OK"


def write(folder: Path, number: int, mail: Mail) -> Path:
    """One .eml file, named by number and subject."""
    subject = re.sub(r"[^\w.-]+", "_", str(mail.message["Subject"] or "mail")).strip("_")[:60]
    path = folder / f"{number:04d}-{subject}.eml"
    path.write_bytes(mail.raw)
    return path


def main(arguments: list[str] | None = None) -> int:
    """The sink as a process. Ends on SIGTERM or Ctrl-C with 0; 2 for a mistake in the arguments."""
    parser = argparse.ArgumentParser(prog="python -m demo.smtp", description="A mail sink on loopback.")
    parser.add_argument("--port", type=int, default=2525, help="0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where the .eml files go")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    count = len(list(options.folder.glob("*.eml")))

    def keep(mail: Mail) -> None:
        nonlocal count
        count += 1
        print(write(options.folder, count, mail), flush=True)

    sink = MailSink(port=options.port, on_mail=keep)
    try:
        serve(sink, lambda: sink.url)
    except OSError as error:
        parser.error(f"cannot listen on port {options.port}: {error.strerror}; take another with --port")
    return 0


if __name__ == "__main__":
    sys.exit(main())
