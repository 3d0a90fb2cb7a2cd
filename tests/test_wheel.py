"""The wheel: two top-level packages, and everything they need travels inside them."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_its_only_top_level_names_are_crawler_and_tracker(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"crawler", "tracker"}


def test_config_templates_migrations_and_language_travel_along(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, inside in (("config", "crawler/_config"), ("templates", "tracker/_templates")):
        wanted = {
            f"{inside}/{path.relative_to(ROOT / folder).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert wanted
        assert wanted <= names
    for part in ("tracker/migrations/env.py", "tracker/locale/zh_CN/LC_MESSAGES/chebiao.po"):
        assert part in names
    assert any(name.startswith("tracker/migrations/versions/") for name in names)


def test_an_installed_wheel_finds_its_files(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]);"
        "from crawler.config import shipped; from crawler.portals import load_portals;"
        "from tracker.delivery.render import templates; from tracker.i18n import catalogue;"
        "assert shipped().name == '_config' and templates().name == '_templates';"
        "assert 'ccgp' in load_portals(); assert catalogue('zh_CN').gettext('Monday') is not None; print('found')"
    )
    command = [sys.executable, "-I", "-c", program, str(site)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "found", done.stderr
