"""What pages held that the reader does not know is kept and can be asked for, portal by portal."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from tracker.cli import app
from tracker.db import reading
from tracker.intake import take_page
from tracker.unknown import Unknown, unknown

from .pages import FETCHED, page, tender

ODD = "<p>远江市公安局勘查车采购</p><p>神秘事项编号：SM-1</p>"


def test_h10_an_unknown_label_is_recorded_for_its_portal(database: Engine) -> None:
    for key in ("1", "2"):
        take_page(database, page(ODD.replace("SM-1", f"SM-{key}"), key=key, title=f"勘查车采购招标公告{key}"))
    take_page(database, tender(key="3"))
    with reading(database) as connection:
        found = unknown(connection)
        assert unknown(connection, "ggzy") == []
    labels = [row for row in found if row.what == "label"]
    assert labels == [Unknown("ccgp", "label", "神秘事项编号", 2, labels[0].url)]


def test_h10_an_unknown_kind_is_recorded(database: Engine) -> None:
    take_page(database, page("<p>关于食堂的情况说明</p>", key="9", title="关于食堂的情况"))
    with reading(database) as connection:
        assert [(row.what, row.words) for row in unknown(connection)] == [("kind", "关于食堂的情况")]


def test_the_command_lists_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_NOW", FETCHED.isoformat())
    run = CliRunner().invoke
    assert run(app, ["portal", "unknown", "--json"]).stdout == ""
    from tracker.cli.common import engine

    take_page(engine(), page(ODD, key="1", title="勘查车采购招标公告"))
    said = [json.loads(line) for line in run(app, ["portal", "unknown", "ccgp", "--json"]).stdout.splitlines()]
    assert [(row["what"], row["words"]) for row in said] == [("label", "神秘事项编号")]
