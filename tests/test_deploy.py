"""What stands in deploy/ fits the program: settings, commands, addresses, secrets. No image is built here."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracker.cli import app
from tracker.service.serve import ROLES
from tracker.settings import Settings
from tracker.web import DEFAULT_HOST, DEFAULT_PORT

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
ELSEWHERE = {"CHEBIAO_HOME"}
"""Read by crawler.config, not by the settings."""


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def is_setting(name: str) -> bool:
    key = name.removeprefix("CHEBIAO_").lower()
    return name in ELSEWHERE or key in Settings.model_fields or key.removesuffix("_file") in Settings.model_fields


def test_every_variable_that_is_named_is_a_setting() -> None:
    names: set[str] = set()
    for path in (*DEPLOY.rglob("*"), ROOT / "docs/channels.md"):
        if path.is_file() and ".git" not in path.name:
            names |= set(re.findall(r"CHEBIAO_[A-Z_]*[A-Z]", path.read_text(encoding="utf-8")))
    assert {name for name in names if not is_setting(name)} == set()
    assert "CHEBIAO_SMTP_URL_FILE" in names


def test_every_command_that_is_named_parses(compose: dict[str, Any]) -> None:
    import typer

    command = typer.main.get_command(app)
    calls = [
        service["command"]
        for service in compose["services"].values()
        if service.get("image") == "chebiao" and "command" in service
    ]
    (cmd,) = re.findall(r"^CMD (\[.*\])$", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"), re.M)
    calls.append(yaml.safe_load(cmd))
    for unit in UNITS:
        (found,) = re.findall(r"^ExecStart=\S+/chebiao (.*)$", unit.read_text(encoding="utf-8"), re.M) or [None]
        calls += [found.replace("%i", role).split() for role in ROLES] if found else []
    assert ["serve", "--only", "web"] in calls
    for call in calls:
        context, rest = command, list(call)
        while hasattr(context, "get_command"):
            context = context.get_command(typer.Context(context), rest.pop(0))
            assert context is not None, call
        context.make_context(call[-1], rest, resilient_parsing=False)


# --- containers -----------------------------------------------------------------------------------------------------


def test_nothing_listens_beyond_this_machine(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        ports = [str(each) for each in service.get("ports", [])]
        assert all(each.startswith("127.0.0.1:") for each in ports), name
        assert "--host" not in service.get("command", [])
    assert compose["services"]["database"]["network_mode"] == "none"
    assert compose["services"]["database"]["command"][-1] == "listen_addresses="
    assert DEFAULT_HOST == "127.0.0.1"  # what the app listens on by itself


def test_secrets_are_files_and_all_of_them_are_declared(compose: dict[str, Any]) -> None:
    declared = set(compose["secrets"])
    assert all(set(each) == {"file"} for each in compose["secrets"].values())
    for service in compose["services"].values():
        assert set(service["secrets"]) <= declared
        for key, value in service["environment"].items():
            if value.startswith("/run/secrets/"):
                assert key.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]
            assert not re.search(r"password|secret|token", key, re.I) or key.endswith("_FILE")
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|SECRET|TOKEN|_URL)", text, re.M)
    assert "secrets" not in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    assert (DEPLOY / "secrets/.gitignore").read_text() == "*\n!.gitignore\n"


def test_containers_have_no_rights_and_their_volumes_are_declared(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert not {"privileged", "cap_add", "pid", "ipc"} & set(service), name
        assert "no-new-privileges:true" in service["security_opt"]
        assert {each.partition(":")[0] for each in service["volumes"]} <= set(compose["volumes"])
        assert "restart" in service
    app_service = compose["services"]["app"]
    assert (app_service["cap_drop"], app_service["read_only"]) == (["ALL"], True)
    waits = {name: each["condition"] for name, each in app_service["depends_on"].items()}
    assert waits == {"upgrade": "service_completed_successfully"}


def test_the_image_copies_what_the_wheel_needs_runs_without_root_and_asks_for_its_health() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = set(" ".join(re.findall(r"^COPY (?!--)(.*) \S+$", text, re.M)).split())
    assert copied == {"pyproject.toml", "README.md", "constraints.txt", "crawler", "tracker", "config", "templates"}
    assert all((ROOT / each).exists() for each in copied)
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[0] == "!"}
    assert allowed == copied
    assert re.findall(r"^USER (.*)$", text, re.M) == ["10001"]
    (probe,) = re.findall(r"urlopen\('(.*?)'", text)
    assert probe == f"http://{DEFAULT_HOST}:{DEFAULT_PORT}/health"


# --- systemd --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units with a program that exists on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not here (it comes with systemd)")
    folder = tmp_path_factory.mktemp("units")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        (folder / unit.name).write_text(text.replace("/opt/chebiao/bin/chebiao", "/bin/true"), encoding="utf-8")
    return folder


def test_systemd_understands_the_units(units: Path) -> None:
    named = [
        units / "chebiao.service",
        units / "chebiao.target",
        *(units / f"chebiao@{role}.service" for role in ROLES),
    ]
    done = subprocess.run(["systemd-analyze", "verify", *map(str, named)], capture_output=True, text=True, timeout=60)
    ours = [line for line in done.stderr.splitlines() if str(units) in line or "chebiao" in line]
    assert (done.returncode, ours) == (0, [])


@pytest.mark.parametrize("name", ["chebiao.service", "chebiao@.service"])
def test_the_units_are_hardened(units: Path, name: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(units / name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-2000:]


def test_the_units_differ_in_what_they_run_only() -> None:
    def rules(name: str) -> list[str]:
        lines = (DEPLOY / "systemd" / name).read_text(encoding="utf-8").splitlines()
        start = lines.index("[Service]")
        return [line for line in lines[start : lines.index("[Install]")] if not line.startswith("ExecStart=")]

    assert rules("chebiao.service") == rules("chebiao@.service")
    wanted = (DEPLOY / "systemd/chebiao.target").read_text(encoding="utf-8")
    assert set(re.findall(r"chebiao@(\w+)\.service", wanted)) == set(ROLES)
