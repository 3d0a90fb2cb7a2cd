"""kill -9 at any moment of a poll: running it again loses nothing and doubles nothing."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from demo.notices import world
from demo.portal import ReplicaPortal
from tracker.db import open_database, reading
from tracker.export import canonical
from tracker.tables import METADATA

SAMPLES = [sample for sample in world() if sample.vehicles != "no"][:24]
CHANNELS = sorted({f"{sample.area}-{sample.channel}" for sample in SAMPLES})
KILLS_A_DATABASE = 8


def polling(home: Path, base_url: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"CHEBIAO_HOME": str(home), "CHEBIAO_LEASE_SECONDS": "1"}
    channels = [word for channel in CHANNELS for word in ("--channel", channel)]
    command = [sys.executable, "-m", "tracker", "poll", "ccgp", "--base-url", base_url, *channels]
    return subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


def contents(engine: Engine) -> tuple[list[str], Counter[tuple[str, ...]]]:
    """The canonical export, and the history without ids."""
    event, publication = METADATA.tables["event"], METADATA.tables["publication"]
    query = select(event, publication.c.key.label("name")).outerjoin(
        publication, publication.c.id == event.c.publication_id
    )
    with reading(engine) as connection:
        history = Counter(
            (row.kind, str(row.name), str(row.before), str(row.after))
            for row in connection.execute(query)
            if row.kind == "published"
        )
        return list(canonical(connection)), history


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.long) for seed in (2, 3))])
def test_a_poll_killed_at_random_points_ends_like_one_that_ran_through(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with ReplicaPortal(SAMPLES) as portal:
        whole = tmp_path / "whole"
        began = time.monotonic()
        assert polling(whole, portal.base_url).wait(120) == 0
        takes = time.monotonic() - began

        broken = tmp_path / "broken"
        for _ in range(KILLS_A_DATABASE):
            child = polling(broken, portal.base_url)
            # Start-up takes more than half of it: most kills hit while pages are being stored.
            time.sleep(takes * chance.uniform(0.45, 0.95))
            os.killpg(child.pid, signal.SIGKILL)
            child.wait(30)
        assert polling(broken, portal.base_url).wait(120) == 0

    expected = contents(open_database(f"sqlite:///{whole / 'chebiao.sqlite'}"))
    found = contents(open_database(f"sqlite:///{broken / 'chebiao.sqlite'}"))
    assert found == expected
    assert len(expected[1]) >= len(SAMPLES)
