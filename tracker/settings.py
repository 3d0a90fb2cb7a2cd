"""Settings: flag > environment (`CHEBIAO_*`, `*_FILE` for secrets) > `$CHEBIAO_HOME/chebiao.toml` > shipped.

`doctor` prints where each value came from (`origins`).
"""

import difflib
import os
import re
import tomllib
from datetime import time
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from crawler.config import ConfigurationError, home, shipped

PREFIX = "CHEBIAO_"


class Settings(BaseModel):
    """One typed object; every key stands commented in `config/chebiao.toml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: SecretStr | None = None
    """None: SQLite in the home folder."""
    smtp_url: SecretStr | None = None
    """`smtp://user:password@host:587?starttls=1`, `smtps://…:465`; None: mail is off and `doctor` says so."""
    mail_from: str = "Chebiao <chebiao@localhost>"
    mail_domain: str = "chebiao.localhost"
    """Right side of every Message-ID."""
    public_url: str = ""
    """Where people open the board, such as `https://tenders.example.cn`; without it mails carry no links of ours."""
    chat_robots: SecretStr | None = None
    """The file of group robots (tracker/delivery/robots.py): give its path as CHEBIAO_CHAT_ROBOTS_FILE."""
    digest_at: time = time(7, 30)
    """Asia/Shanghai."""
    digest_days: Literal["working", "daily"] = "working"
    keep_raw_days: int = Field(default=180, ge=1)
    """Raw pages of untracked notices that buy no vehicles."""
    contact: str = ""
    """An address that the honest user agent names, so that a portal can reach you."""
    portals: list[str] = []
    """Ids of the portals to poll; empty means every shipped one."""
    tick_seconds: int = Field(default=20, ge=1, le=600)
    crawl_timeout_seconds: int = Field(default=3600, ge=10)
    lease_seconds: float = Field(default=15, ge=1)
    """A process that dies gives up what it was polling after so long."""
    language: Literal["zh_CN", "en"] = "zh_CN"

    @field_validator("public_url")
    @classmethod
    def _address(cls, url: str) -> str:
        """Without a slash at the end; only what every mail program takes for a link."""
        if url and not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:\d{1,5})?(/[A-Za-z0-9._~/-]*)?", url):
            raise ValueError("write https://HOST or https://HOST/PATH, without blanks, user name or `?`")
        return url.rstrip("/")


_loaded: dict[str, str] = {}


def origins() -> dict[str, str]:
    """Where each value of the last `load` came from: `environment`, a file's path, `shipped` or `flag`."""
    return dict(_loaded)


def load(**flags: Any) -> Settings:
    """The settings in force. Raises ConfigurationError naming file or variable, key and fix."""
    values: dict[str, Any] = {}
    _loaded.clear()
    for path in (shipped() / "chebiao.toml", home() / "chebiao.toml"):
        if path.is_file():
            _take(values, _toml(path), str(path) if path.parent != shipped() else "shipped")
    _take(values, _environment(), "environment")
    _take(values, {key: value for key, value in flags.items() if value is not None}, "flag")
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, item['loc']))} (from {_loaded.get(str(item['loc'][0]), 'defaults')}): {item['msg']}"
            for item in error.errors(include_input=False, include_url=False)
        )
        raise ConfigurationError(f"settings: {problems}") from None


def database_url(settings: Settings) -> str:
    """The SQLAlchemy URL; PostgreSQL always through psycopg 3."""
    if settings.database_url is None:
        return f"sqlite:///{home() / 'chebiao.sqlite'}"
    url = settings.database_url.get_secret_value()
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _take(values: dict[str, Any], layer: dict[str, Any], origin: str) -> None:
    values |= layer
    _loaded.update(dict.fromkeys(layer, origin))


def _toml(path: Path) -> dict[str, Any]:
    text = path.read_text(encoding="utf-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: {error}; mend that line or remove the file") from None
    for key in table:
        if key not in Settings.model_fields:
            number = next((n for n, line in enumerate(text.splitlines(), 1) if line.strip().startswith(key)), 0)
            raise ConfigurationError(f"{path}, line {number}: unknown key {key!r}; {_nearest(key)}")
    return table


def _nearest(key: str) -> str:
    close = difflib.get_close_matches(key, Settings.model_fields, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(Settings.model_fields)}"


_OTHERS = {"CHEBIAO_HOME", "CHEBIAO_NOW", "CHEBIAO_LANG"}
"""Read elsewhere: by crawler.config, the clock and the interface."""


def _environment() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, raw in os.environ.items():
        if not name.startswith(PREFIX) or name in _OTHERS or name.startswith("CHEBIAO_TEST_"):
            continue
        key, value = name.removeprefix(PREFIX).lower(), raw
        if key.endswith("_file") and key.removesuffix("_file") in Settings.model_fields:
            key = key.removesuffix("_file")
            try:
                value = Path(raw).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigurationError(f"{name}: cannot read {raw}: {error.strerror}") from None
        if key not in Settings.model_fields:
            raise ConfigurationError(f"environment variable {name} is not a setting; {_nearest(key)}")
        found[key] = [part.strip() for part in value.split(",") if part.strip()] if key == "portals" else value
    return found
