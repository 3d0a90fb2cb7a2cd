"""One line a step, JSON on request, never a secret or the body of a mail (hostile 68)."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from tracker.service import logs
from tracker.settings import Settings

ROBOTS = """
[sales]
medium = "dingtalk"
url = "https://oapi.dingtalk.com/robot/send?access_token=robot-t0ken"
sign = "SECr0bot"
"""
SETTINGS = Settings(
    smtp_url=SecretStr("smtps://me%40qq.com:p%40ss-w0rd@smtp.example.cn:465"),
    database_url=SecretStr("postgresql://chebiao:db-pa55@db/chebiao"),
    chat_robots=SecretStr(ROBOTS),
)
SECRETS = ("p%40ss-w0rd", "p@ss-w0rd", "db-pa55", "robot-t0ken", "SECr0bot")


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    """Where the log goes; the handlers of the test run come back afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers, root.level = before, level


@pytest.mark.parametrize("as_json", [True, False])
def test_h68_no_secret_in_whatever_is_logged(out: io.StringIO, as_json: bool) -> None:
    logs.start(SETTINGS, verbose=True, as_json=as_json, to=out)
    for secret in SECRETS:
        logging.getLogger("tracker.x").info("trying %s", f"smtp://x:{secret}@host")
        try:
            raise OSError(f"cannot reach https://x/?key={secret}")
        except OSError:
            logging.getLogger("tracker.x").exception("failed with %r", {"key": secret})
    token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"
    logging.getLogger("tracker.web").warning("GET /ics/%s.ics and /u/%s?x=1 and /setup/%s", token, token, "one-time")
    said = out.getvalue()
    assert "trying" in said
    assert "cannot reach" in said
    assert [secret for secret in SECRETS if secret in said] == []
    assert token not in said
    assert "/ics/….ics and /u/…?x=1 and /setup/one-time" in said  # the link of the first account is meant to be read


def test_json_lines_hold_whatever_was_said(out: io.StringIO) -> None:
    logs.start(Settings(), as_json=True, to=out)
    logging.getLogger("tracker.x").info('title "%s"', '车"\n\u2028\x1b[31m{"level": "error"}')
    try:
        raise ValueError("x\ny")
    except ValueError:
        logging.getLogger("tracker.x").exception("step")
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert lines[0]["what"] == 'title "车" ⏎  ⏎ ␛[31m{"level": "error"}"'
    assert {"at", "level", "who", "what"} == set(lines[0])
    assert lines[0]["at"].endswith("+08:00")
    assert lines[1]["trace"].endswith("ValueError: x\ny")


def test_a_stranger_s_text_begins_no_line_of_its_own(out: io.StringIO) -> None:
    logs.start(Settings(), to=out)
    logging.getLogger("tracker.x").info("title %s", "车\r\n2026-11-23 ERROR tracker.delivery.mail: forged")
    assert len(out.getvalue().splitlines()) == 1


def test_what_httpx_says_of_addresses_stays_out(out: io.StringIO) -> None:
    logs.start(SETTINGS, verbose=True, to=out)
    logging.getLogger("httpx").info("HTTP Request: POST https://x/?key=unknown-to-us")
    assert out.getvalue() == ""


def test_a_broken_file_of_robots_stops_no_log(out: io.StringIO) -> None:
    logs.start(Settings(chat_robots=SecretStr("[sales")), to=out)
    logging.getLogger("tracker.x").info("said")
    assert "said" in out.getvalue()
