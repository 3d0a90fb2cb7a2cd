"""Files of titles: one JSON object a line in, one judgement a line out."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from tracker.i18n import _
from tracker.relevance.judge import classify


def classify_file(
    path: Path,
    out: TextIO | None = None,
    complain: Callable[[str], None] | None = None,
) -> int:
    """Judge every line of a JSONL file and print one JSON object a line; returns the number of bad lines.

    A line needs `title`; `text` is read if there is one. A bad line is told to `complain` (stderr by default) with
    file, line and fix, and the rest goes on. OSError where the file cannot be read.
    """
    out = out or sys.stdout
    complain = complain or (lambda message: print(message, file=sys.stderr))  # noqa: T201  # the command's answer
    bad = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file, 1):
            if not raw.strip():
                continue
            try:
                title, text = _line(raw)
            except ValueError as fault:
                bad += 1
                complain(f"{path}:{number}: {fault}")
                continue
            found = classify(title, text)
            answer = {
                "title": title,
                "vehicle_purchase": found.vehicle_purchase,
                "types": list(found.types),
                "class": found.cls,
                "reasons": [str(reason) for reason in found.reasons],
            }
            out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return bad


def _line(raw: bytes) -> tuple[str, str]:
    """Title and text of one line; ValueError says what is wrong and how to mend it."""
    try:
        row = json.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise ValueError(_("not UTF-8; save the file as UTF-8")) from fault
    except (json.JSONDecodeError, RecursionError) as fault:
        raise ValueError(_('not JSON; write one object a line, such as {"title": "…"}')) from fault
    if not isinstance(row, dict) or not isinstance(row.get("title"), str):
        raise ValueError(_('no "title"; every line needs one as a string'))
    text = row.get("text")
    if text is not None and not isinstance(text, str):
        raise ValueError(_('"text" must be a string; leave it out where there is none'))
    return row["title"], text or ""
