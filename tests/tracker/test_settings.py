"""Settings: flag over environment over the home's file over the shipped one; every mistake names file, line and fix."""

from datetime import time
from pathlib import Path

import pytest

from crawler.config import ConfigurationError, config_file, config_folder, shipped
from tracker.settings import Settings, database_url, load, origins


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    return tmp_path


def test_the_shipped_file_alone_is_enough() -> None:
    found = load()
    assert found.digest_at == time(7, 30)
    assert database_url(found).startswith("sqlite:///")


def test_each_layer_wins_over_the_one_below(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "chebiao.toml").write_text('mail_from = "a@example.cn"\ncontact = "home"\nkeep_raw_days = 90\n')
    monkeypatch.setenv("CHEBIAO_CONTACT", "environment")
    monkeypatch.setenv("CHEBIAO_KEEP_RAW_DAYS", "60")
    found = load(keep_raw_days=30)
    assert (found.mail_from, found.contact, found.keep_raw_days) == ("a@example.cn", "environment", 30)
    assert origins()["contact"] == "environment"
    assert origins()["keep_raw_days"] == "flag"
    assert origins()["mail_from"].endswith("chebiao.toml")


@pytest.mark.parametrize("url", ["", "https://tenders.example.cn", "http://10.0.0.7:8080/chebiao"])
def test_the_public_address_has_no_slash_at_its_end(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_PUBLIC_URL", f"{url}/" if url else "")
    assert load().public_url == url


def test_h71_an_unknown_key_names_file_line_and_the_nearest_right_one(home: Path) -> None:
    (home / "chebiao.toml").write_text('contact = "x"\n\nkeep_raw_day = 3\n')
    with pytest.raises(ConfigurationError, match=r"chebiao\.toml, line 3: unknown key 'keep_raw_day'.*'keep_raw_days'"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("CHEBIAO_DIGEST_AD", "8:00", "did you mean 'digest_at'"),
        ("CHEBIAO_DIGEST_AT", "morning", "digest_at .from environment"),
        ("CHEBIAO_SMTP_URL_FILE", "no/such/file", "cannot read"),
        ("CHEBIAO_PUBLIC_URL", "tenders.example.cn", "write https://HOST"),
        ("CHEBIAO_PUBLIC_URL", "https://me:secret@example.cn", "write https://HOST"),
        ("CHEBIAO_PUBLIC_URL", "javascript:alert(1)", "write https://HOST"),
    ],
)
def test_h71_a_mistake_in_the_environment_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=says):
        load()


def test_broken_toml_names_its_line(home: Path) -> None:
    (home / "chebiao.toml").write_text('contact = "x"\nportals = [\n')
    with pytest.raises(ConfigurationError, match=r"chebiao\.toml: .*"):
        load()


def test_h68_secrets_come_from_files_and_are_not_printed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "secret").write_text("smtps://me:hunter2@mail.example.cn\n")
    monkeypatch.setenv("CHEBIAO_SMTP_URL_FILE", str(home / "secret"))
    found = load()
    assert found.smtp_url is not None
    assert found.smtp_url.get_secret_value() == "smtps://me:hunter2@mail.example.cn"
    assert "hunter2" not in repr(found)
    assert "hunter2" not in str(found)


def test_a_bare_database_url_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/db")
    assert database_url(load()).startswith("sqlite:///")


@pytest.mark.parametrize("prefix", ["postgres", "postgresql"])
def test_postgresql_goes_through_psycopg(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv("CHEBIAO_DATABASE_URL", f"{prefix}://u:p@127.0.0.1/db")
    assert database_url(load()) == "postgresql+psycopg://u:p@127.0.0.1/db"


def test_every_setting_stands_commented_in_the_shipped_file() -> None:
    text = (shipped() / "chebiao.toml").read_text(encoding="utf-8").lower()  # secrets stand by their variable
    assert [key for key in Settings.model_fields if key not in text] == []


def test_the_users_file_replaces_the_shipped_one_whole(home: Path) -> None:
    (home / "vehicles.yaml").write_text("own: true\n")
    (home / "portals").mkdir()
    (home / "portals" / "ccgp.yaml").write_text("id: ccgp\n")
    assert config_file("vehicles.yaml").parent == home
    assert config_folder("portals")["ccgp"].parent == home / "portals"
