"""The mail sink keeps what it gets and refuses as scripted."""

import smtplib
import subprocess
import sys
from email.message import EmailMessage
from pathlib import Path

import pytest

from demo.smtp import MailSink

ROOT = Path(__file__).resolve().parents[2]


def letter(*to: str, subject: str = "车标日报：3 个截止日期") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "车标 <chebiao@example.cn>"
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message["Message-ID"] = "<digest-1@example.cn>"
    message.set_content("今天要做：获取招标文件\n.\n行首的点要完整\n")
    message.add_alternative("<p>今天要做</p>", subtype="html")
    return message


def send(sink: MailSink, message: EmailMessage) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
        if sink.login:
            client.login(*sink.login)
        return client.send_message(message)


def test_a_message_comes_back_as_it_was_sent() -> None:
    with MailSink() as sink:
        sent = letter("anna@example.cn", "bo@example.cn")
        assert send(sink, sent) == {}
        (mail,) = sink.messages
    assert mail.sender == "chebiao@example.cn"
    assert mail.recipients == ("anna@example.cn", "bo@example.cn")
    assert mail.message["Subject"] == sent["Subject"]
    assert mail.message["Message-ID"] == "<digest-1@example.cn>"
    plain = mail.message.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["今天要做：获取招标文件", ".", "行首的点要完整"]
    assert sink.url == f"smtp://127.0.0.1:{sink.port}"


def test_one_bad_recipient_among_several_is_refused_and_the_others_get_theirs() -> None:
    with MailSink() as sink:
        sink.answer("rcpt", "550 5.1.1 no such user", match="gone@*")
        refused = send(sink, letter("anna@example.cn", "gone@example.cn"))
        assert refused["gone@example.cn"][0] == 550
        assert sink.messages[0].recipients == ("anna@example.cn",)


@pytest.mark.parametrize(
    ("stage", "words", "code"),
    [
        ("mail", "450 4.2.0 try later", 450),
        ("data", "554 5.7.1 spam", 554),
        ("mail", "421 4.3.2 shutting down", 421),
        ("connect", "421 4.3.2 too many connections", 421),
        ("data", "451 4.3.0 try later", 451),
    ],
)
def test_scripted_answers_reach_the_client_and_nothing_is_kept(stage: str, words: str, code: int) -> None:
    with MailSink() as sink:
        scripted = sink.answer(stage, words, times=1)  # type: ignore[arg-type]  # parametrised
        with pytest.raises(smtplib.SMTPResponseException) as refused:
            send(sink, letter("anna@example.cn"))
        assert refused.value.smtp_code == code
        assert (scripted.hits, sink.messages) == (1, [])
        send(sink, letter("anna@example.cn"))
        assert len(sink.messages) == 1


@pytest.mark.parametrize("keep", [False, True])
def test_h46_the_connection_drops_after_the_data(keep: bool) -> None:
    """The sender cannot tell whether the message was taken; both endings can be played."""
    with MailSink() as sink:
        sink.answer("data", "drop", times=1, keep=keep)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            send(sink, letter("anna@example.cn"))
        assert len(sink.messages) == keep
        assert sink.attempts == 1


def test_a_connection_dropped_at_the_greeting() -> None:
    with MailSink() as sink:
        sink.answer("connect", "drop", times=1)
        with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
            send(sink, letter("anna@example.cn"))
        send(sink, letter("anna@example.cn"))
        assert len(sink.messages) == 1


def test_a_login_is_asked_for_and_a_wrong_one_refused_with_535() -> None:
    with MailSink(login=("bot", "secret")) as sink:
        with smtplib.SMTP(sink.host, sink.port, timeout=5) as client:
            with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
                client.login("bot", "wrong")
            assert refused.value.smtp_code == 535
        with smtplib.SMTP(sink.host, sink.port, timeout=5) as client, pytest.raises(smtplib.SMTPException):
            client.send_message(letter("anna@example.cn"))
        send(sink, letter("anna@example.cn"))
        assert sink.messages[0].login == "bot"
        assert sink.url == f"smtp://bot:secret@127.0.0.1:{sink.port}"
        sink.answer("auth", "535 5.7.8 account suspended", match="bot", times=1)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            send(sink, letter("anna@example.cn"))


def test_an_answer_can_let_some_pass_first() -> None:
    with MailSink() as sink:
        sink.answer("rcpt", "450 4.2.2 mailbox full", after=1, times=1)
        send(sink, letter("anna@example.cn"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(sink, letter("bo@example.cn"))
        send(sink, letter("cai@example.cn"))
        assert [m.recipients[0] for m in sink.messages] == ["anna@example.cn", "cai@example.cn"]


def test_a_misspelt_script_is_refused_at_once() -> None:
    with MailSink() as sink:
        with pytest.raises(ValueError, match="no reply line"):
            sink.answer("rcpt", "no such user")
        with pytest.raises(ValueError, match="unknown stage 'body'; there are: connect"):
            sink.answer("body", "550 no")  # type: ignore[arg-type]  # the mistake under test


def test_as_a_process_it_writes_eml_files(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "demo.smtp", "--port", "0", "--folder", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", cwd=ROOT) as process:
        assert process.stdout
        word, url = process.stdout.readline().split()
        assert word == "ready"
        host, port = url.removeprefix("smtp://").split(":")
        with smtplib.SMTP(host, int(port), timeout=5) as client:
            client.send_message(letter("anna@example.cn"))
        written = Path(process.stdout.readline().strip())
        assert written.name == "0001-车标日报_3_个截止日期.eml"
        assert b"Message-ID: <digest-1@example.cn>" in written.read_bytes()
        process.terminate()
        assert process.wait(10) == 0
