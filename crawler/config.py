"""Where configuration files stand: the user's own first, then the shipped ones."""

import os
from pathlib import Path

from platformdirs import user_data_path


def home() -> Path:
    """`$CHEBIAO_HOME`, or the platform's user data directory. Not created here."""
    chosen = os.environ.get("CHEBIAO_HOME")
    return Path(chosen).expanduser() if chosen else user_data_path("chebiao", appauthor=False)


def shipped() -> Path:
    """The shipped `config/` folder: `crawler/_config` in the wheel, `config/` in a checkout."""
    here = Path(__file__).resolve().parent
    wheel = here / "_config"
    return wheel if wheel.is_dir() else here.parent / "config"


def config_file(name: str) -> Path:
    """The file that counts for `name` (such as `vehicles.yaml`): the user's replaces the shipped one whole."""
    own = home() / name
    return own if own.is_file() else shipped() / name


def config_folder(name: str) -> dict[str, Path]:
    """Every YAML file of a folder such as `portals`, by its stem; the user's file of the same stem wins."""
    return {path.stem: path for base in (shipped() / name, home() / name) for path in sorted(base.glob("*.yaml"))}
