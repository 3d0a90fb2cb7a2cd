"""`chebiao checklist` as a user meets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook
from sqlalchemy import Engine

from demo.sample import Sample
from tests.tracker.pages import page_of
from tracker.intake import take_page


@pytest.fixture
def chebiao(store: Engine, samples: dict[str, Sample], tmp_path: Path) -> "Run":
    take_page(store, page_of(samples["fire-negotiation"]))
    return Run(tmp_path)


class Run:
    """Runs the command over the database of the test, on 2026-11-20."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "CHEBIAO_HOME": str(self.home),
            "CHEBIAO_DATABASE_URL": f"sqlite:///{self.home / 'chebiao.sqlite'}",
            "CHEBIAO_NOW": "2026-11-20T09:00:00+08:00",
        }
        command = [sys.executable, "-m", "tracker", "checklist", *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, encoding="utf-8", timeout=120, cwd=self.home, check=False
        )


def test_without_a_file_text_page_and_json_go_to_stdout(chebiao: Run) -> None:
    shown = chebiao("1")
    assert shown.returncode == 0, shown.stderr
    assert "泡沫水罐消防车采购项目" in shown.stdout
    assert chebiao("1", "--format", "html").stdout.startswith("<!DOCTYPE html>")
    lines = chebiao("1", "--format", "json").stdout.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["project_id"] == 1


def test_the_ending_of_the_file_tells_the_format(chebiao: Run) -> None:
    for name in ("清单.docx", "清单.xlsx", "清单.html"):
        done = chebiao("1", "--output", name)
        assert done.returncode == 0, done.stderr
        assert done.stdout == ""
        assert name in done.stderr
    assert Document(str(chebiao.home / "清单.docx")).tables
    assert load_workbook(chebiao.home / "清单.xlsx").sheetnames
    assert "<!DOCTYPE html>" in (chebiao.home / "清单.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("1", "--format", "docx"), "--output"),
        (("1", "--format", "xlsx"), "--output"),
        (("1", "--output", "清单.odt"), ".docx"),
        (("99",), "chebiao projects"),
        (("1", "--output", "没有的文件夹/清单.html"), "没有的文件夹"),
    ],
)
def test_a_mistake_is_a_sentence_and_code_two(chebiao: Run, arguments: tuple[str, ...], said: str) -> None:
    done = chebiao(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
