"""`classify FILE.jsonl`: a judgement a line; a bad line is named and the rest goes on."""

import io
import json
import subprocess
import sys
from pathlib import Path

from tracker.i18n import language
from tracker.relevance import classify_file

GOOD = '{"title": "澜坪县消防车采购", "text": "采购泡沫消防车2辆。"}'


def run(path: Path, content: bytes) -> tuple[int, list[dict[str, object]], list[str]]:
    path.write_bytes(content)
    out, said = io.StringIO(), list[str]()
    bad = classify_file(path, out, said.append)
    return bad, [json.loads(line) for line in out.getvalue().splitlines()], said


def test_one_json_object_a_line(tmp_path: Path) -> None:
    bad, answers, said = run(tmp_path / "t.jsonl", GOOD.encode())
    assert (bad, said) == (0, [])
    assert answers == [
        {
            "title": "澜坪县消防车采购",
            "vehicle_purchase": "yes",
            "types": ["fire_engine"],
            "class": "purchase",
            "reasons": ["标题中心词 消防车", "正文 泡沫消防车 2辆"],
        }
    ]


def test_bad_lines_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    lines = [GOOD, "{", '"消防车"', '{"text": "x"}', '{"title": 7}', '{"title": "a", "text": []}', "", GOOD]
    with language("en"):
        bad, answers, said = run(tmp_path / "t.jsonl", "\n".join(lines).encode() + b"\n\xff\xfe{}")
    assert (bad, len(answers)) == (6, 2)
    path = tmp_path / "t.jsonl"
    assert [line.split(": ")[0] for line in said] == [f"{path}:{n}" for n in (2, 3, 4, 5, 6, 9)]
    assert 'no "title"' in said[2]
    assert "UTF-8" in said[-1]


def test_a_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    bad, answers, _ = run(tmp_path / "t.jsonl", b"\xef\xbb\xbf" + GOOD.encode() + b"\r\n")
    assert (bad, len(answers)) == (0, 1)


def test_as_a_module(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_text(GOOD + "\nbad\n", encoding="utf-8")
    ended = subprocess.run(
        [sys.executable, "-m", "tracker.relevance", str(path)], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert json.loads(ended.stdout)["vehicle_purchase"] == "yes"
    assert f"{path}:2" in ended.stderr
