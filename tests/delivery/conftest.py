"""What the delivery tests share: hand-made rows on both databases, a real SMTP server and chat robots on loopback."""

from collections.abc import Iterator

import pytest
from handmade import NOW, World
from pydantic import SecretStr
from sqlalchemy import Engine

from demo.robots import Robots
from demo.smtp import MailSink
from tracker.settings import Settings


@pytest.fixture
def world(database: Engine) -> World:
    return World(database)


@pytest.fixture
def sink() -> Iterator[MailSink]:
    with MailSink() as running:
        yield running


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    """The platforms' clock stands at NOW."""
    monkeypatch.setenv("CHEBIAO_NOW", NOW.isoformat())
    with Robots() as running:
        yield running


@pytest.fixture
def settings(sink: MailSink) -> Settings:
    return Settings(smtp_url=SecretStr(sink.url), mail_from="车标 <chebiao@example.cn>", mail_domain="example.cn")
