"""A mail as it goes over the wire: headers, text, and what the server's answers mean."""

import email
import email.policy
import re
from collections.abc import Callable
from email.headerregistry import Address

import pytest
from handmade import NOW
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from crawler.config import ConfigurationError
from demo.smtp import MailSink
from tracker.delivery.mail import (
    SUBJECT,
    Attached,
    Server,
    build,
    doctor_mail,
    file_name,
    header_text,
    send,
    sender,
    server,
)
from tracker.settings import Settings

SETTINGS = Settings(mail_from="车标 <chebiao@example.cn>", mail_domain="example.cn")


def letter(**more: str) -> bytes:
    said = {"subject": "车标", "text": "今天\n", "html": "<p>今天</p>", "message_id": "delivery-1"} | more
    return build(SETTINGS, to=Address("王小明", addr_spec="wang@example.cn"), at=NOW, **said)  # type: ignore[arg-type]


def parsed(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


TEXTS = st.text(st.characters(codec=None, categories=None), max_size=120) | st.text(
    st.sampled_from("招标更正截止 abc-09:30【】（）=?_\r\n\t\u2028\u202e\u200b\x00\x1b\udc80"), max_size=120
)


@settings(max_examples=400, deadline=None)
@given(TEXTS)
@example("【更正】××公安局警务用车 截止提前至 10-08 09:30 rest of it")
@example("=?utf-8?b?5L2g5aW9?= =?utf-8?q?=0D=0ABcc:_evil@example.com?=")
@example("a\r\nBcc: evil@example.com\r\n\r\nbody")
@example("采购 A 车 B 辆 C " * 6)
def test_h60_any_subject_survives_the_wire(text: str) -> None:
    raw = letter(subject=text)
    head = raw.split(b"\r\n\r\n", 1)[0]
    assert head.isascii()
    message = parsed(raw)
    assert message["Subject"] == header_text(text)
    assert len(message["Subject"]) <= SUBJECT
    assert message["Bcc"] is None
    assert max(map(len, head.split(b"\r\n"))) <= 998


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_h60_any_name_survives_in_to(name: str) -> None:
    to = Address(header_text(name), addr_spec="wang@example.cn")
    raw = build(SETTINGS, to=to, subject="x", text="x", html=None, message_id="d-1", at=NOW)
    (address,) = parsed(raw)["To"].addresses
    assert address.addr_spec == "wang@example.cn"
    assert address.display_name == header_text(name)


def test_h60_mixes_of_chinese_and_ascii_lose_no_blank() -> None:
    import random

    pick = random.Random(7)
    for _round in range(400):
        words = "".join(pick.choice("招标采购车辆 ab-09:30 ") for _n in range(pick.randint(20, 60)))
        assert parsed(letter(subject=words))["Subject"] == header_text(words)


def test_the_sender_is_encoded_by_its_name_only() -> None:
    """QQ Mail refuses a From that is one encoded word (pitfalls ML5)."""
    raw = letter()
    (line,) = re.findall(rb"(?m)^From: (.*)\r$", raw)
    assert line.endswith(b" <chebiao@example.cn>")
    assert parsed(raw)["From"] == "车标 <chebiao@example.cn>"


def test_headers_say_who_made_it_and_that_nobody_should_answer() -> None:
    message = parsed(letter())
    assert message["Message-ID"] == "<delivery-1@example.cn>"
    assert message["Date"].datetime == NOW
    assert str(message["Date"]).endswith("+0800")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"


def test_an_ascii_subject_stays_as_it_is() -> None:
    assert b"\r\nSubject: Chebiao 11-23 Mon\r\n" in letter(subject="Chebiao 11-23 Mon")


def test_both_parts_come_back_unchanged_and_every_line_is_short() -> None:
    text = "第一行\n.\n..两点开头\n" + "长" * 2000 + "\u00a0尾\n"
    raw = letter(text=text, html="<p>" + "宽" * 3000 + "</p>")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    plain, html = (part.get_content() for part in parsed(raw).iter_parts())
    assert plain.replace("\r\n", "\n") == text.replace("\u00a0", " ")
    assert html.strip() == "<p>" + "宽" * 3000 + "</p>"


EXCEL = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def test_files_go_along_beside_text_and_html_with_chinese_names() -> None:
    files = (
        Attached("车标日报 2026-11-23.xlsx", bytes(range(256)) * 40, EXCEL),
        Attached("a.html", b"<p>", ("text", "html")),
    )
    to = Address("王小明", addr_spec="wang@example.cn")
    raws = [
        build(SETTINGS, to=to, subject="x", text="今\n", html="<p>", message_id="d-1", at=NOW, attached=files)
        for _try in range(2)
    ]
    assert raws[0] == raws[1]  # a second try differs in nothing
    message = parsed(raws[0])
    assert message.get_content_type() == "multipart/mixed"
    assert next(part.get_content_type() for part in message.iter_parts()) == "multipart/alternative"
    assert message.get_body(("plain",)).get_content().strip() == "今"  # type: ignore[union-attr]
    found = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    assert found["车标日报 2026-11-23.xlsx"] == files[0].content
    assert max(map(len, raws[0].split(b"\r\n"))) <= 998


@given(TEXTS)
def test_h60_any_name_of_a_file_is_one_that_every_system_stores(text: str) -> None:
    name = file_name(f"{text}.xlsx")
    assert name == "xlsx" or name.endswith(".xlsx")
    assert 0 < len(name) <= SUBJECT + len(".xlsx")
    assert not set(name) & set('\\/:*?"<>|\r\n\x00')
    files = (Attached(f"{text}.xlsx", b"x"),)
    to = Address(addr_spec="wang@example.cn")
    raw = build(SETTINGS, to=to, subject="x", text="x", html=None, message_id="d-1", at=NOW, attached=files)
    assert raw.split(b"\r\n\r\n", 1)[0].isascii()
    assert [part.get_filename() for part in parsed(raw).iter_attachments()] == [name]


# --- where mail leaves ----------------------------------------------------------------------------------------------


def configured(url: str, **more: str) -> Settings:
    return Settings(smtp_url=SecretStr(url), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://me:p%40ss@smtp.example.cn", Server("smtp.example.cn", 465, "ssl", "me", "p@ss")),
        ("smtps://a%40qq.com:k@smtp.qq.com:994", Server("smtp.qq.com", 994, "ssl", "a@qq.com", "k")),
        ("smtp://me:p@smtp.example.cn?starttls=1", Server("smtp.example.cn", 587, "starttls", "me", "p")),
        ("smtp://127.0.0.1:2525", Server("127.0.0.1", 2525, "none")),
        ("smtp://relay.intern:25", Server("relay.intern", 25, "none")),
        ("smtp://me:p@relay.intern?starttls=0", Server("relay.intern", 25, "none", "me", "p")),
    ],
)
def test_smtp_url(url: str, expected: Server) -> None:
    assert server(configured(url)) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://smtp.example.cn",
        "smtp://",
        "smtp://me:secret@smtp.example.cn",  # a password in clear text over the net
        "smtp://me:secret@smtp.example.cn?starttls=yes",
        "smtps://me:secret@host:notaport",
        "smtps://[me:secret",
    ],
)
def test_a_wrong_smtp_url_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError) as wrong:
        server(configured(url))
    assert "smtp" in str(wrong.value)
    assert "secret" not in str(wrong.value)


def test_the_password_is_in_no_repr() -> None:
    assert "p@ss" not in repr(server(configured("smtps://me:p%40ss@smtp.example.cn")))


def test_a_sender_without_an_address_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="mail_from"):
        sender(Settings(mail_from="车标"))


# --- answers --------------------------------------------------------------------------------------------------------


def outcome(sink: MailSink, before: Callable[[], bool] = lambda: True, **login: str) -> tuple[str, str]:
    where = Server(sink.host, sink.port, "none", **login)
    answer = send(where, "chebiao@example.cn", "wang@example.cn", letter(text=".\n"), before)
    return answer.outcome, answer.code


@pytest.mark.parametrize(
    ("stage", "words", "expected"),
    [
        ("connect", "421 4.3.2 too many connections", ("transient", "421")),
        ("connect", "554 5.3.2 no mail here", ("channel", "554")),
        ("connect", "drop", ("transient", "")),
        ("mail", "421 4.3.2 shutting down", ("transient", "421")),
        ("mail", "451 4.3.0 later", ("transient", "451")),
        ("mail", "530 5.7.0 authentication required", ("channel", "530")),
        ("mail", "553 5.7.1 sender is not the account", ("channel", "553")),
        ("rcpt", "450 4.2.0 mailbox busy", ("transient", "450")),
        ("rcpt", "550 5.1.1 no such user", ("permanent", "550")),
        ("rcpt", "553 5.1.3 bad address", ("permanent", "553")),
        ("rcpt", "550 5.4.4 unable to route", ("transient", "550")),
        ("rcpt", "drop", ("transient", "")),
        ("data", "450 4.7.0 greylisted", ("transient", "450")),
        ("data", "554 5.7.1 looks like spam", ("permanent", "554")),
        ("data", "drop", ("unknown", "")),
    ],
)
def test_h48_what_each_answer_means(sink: MailSink, stage: str, words: str, expected: tuple[str, str]) -> None:
    sink.answer(stage, words)  # type: ignore[arg-type]  # parametrised
    assert outcome(sink) == expected
    assert sink.messages == []


def test_a_good_answer_means_sent_and_the_dots_are_whole(sink: MailSink) -> None:
    assert outcome(sink) == ("sent", "250")
    (mail,) = sink.messages
    assert mail.recipients == ("wang@example.cn",)
    assert mail.raw.splitlines() == letter(text=".\n").splitlines()


def test_two_tries_differ_in_nothing() -> None:
    assert letter() == letter()


def test_no_content_leaves_when_the_lease_is_lost(sink: MailSink) -> None:
    assert outcome(sink, before=lambda: False)[0] == "transient"
    assert sink.messages == []


def test_h48_a_wrong_password_is_a_matter_of_the_channel() -> None:
    with MailSink(login=("me", "right")) as sink:
        assert outcome(sink, user="me", password="wrong") == ("channel", "535")
        assert outcome(sink, user="me", password="right") == ("sent", "250")


def test_a_server_that_is_not_there_is_transient_and_not_reached(unused_port: int) -> None:
    answer = send(Server("127.0.0.1", unused_port, "none"), "a@example.cn", "b@example.cn", b"x", lambda: True)
    assert (answer.outcome, answer.reached) == ("transient", False)


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
    return port


# --- doctor ---------------------------------------------------------------------------------------------------------


def test_doctor_says_that_mail_is_off() -> None:
    (finding,) = doctor_mail(Settings(), NOW)
    assert not finding.good
    assert "CHEBIAO_SMTP_URL" in finding.fix


def test_doctor_sends_a_test_mail() -> None:
    with MailSink(login=("chebiao@example.cn", "key")) as sink:
        url = sink.url.replace("chebiao@example.cn", "chebiao%40example.cn")
        config = configured(url, mail_from="车标 <chebiao@example.cn>", mail_domain="example.cn")
        findings = doctor_mail(config, NOW, "wang@example.cn")
        assert [each.good for each in findings] == [True, True]
        assert sink.messages[0].message["Subject"] == "车标：测试邮件"


def test_doctor_names_a_refused_login_and_a_foreign_sender() -> None:
    with MailSink(login=("me@example.cn", "right")) as sink:
        url = f"smtp://me%40example.cn:wrong@{sink.host}:{sink.port}"
        findings = doctor_mail(configured(url, mail_from="x <other@example.cn>", mail_domain="example.cn"), NOW)
    assert [each.good for each in findings] == [False, False]
    assert "授权码" in findings[1].fix
    assert "wrong" not in findings[1].what
