"""Fixtures every room shares."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference folder beside the checkout; it is on developers' machines and in CI only."""
    if not (SHARED / "README.md").is_file():
        pytest.skip("the reference folder ../shared is not here (only on developers' machines and in CI)")
    return SHARED
