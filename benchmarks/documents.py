"""Pages a second of a tender document of 300 pages, beside the bare parser library on the same file.

    python -m benchmarks.documents [FILE.pdf]

Without a file one is made of our own tender for police cars by Chromium, lot after lot, until it has 300 pages. Bare is
pdfplumber giving text and tables of every page and nothing else; ours is the child process that `chebiao document add`
starts, with its limit of 500 MB, and then the requirements. Each in a process of its own, in turn; medians of processor
time, so that other work on the machine hardly counts. Fails below a ratio of 0.8, or where ours passes its memory.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LEAST = 0.8
PAGES = 300
BARE = """
import logging, sys, pdfplumber
logging.disable(logging.ERROR)
with pdfplumber.open(sys.argv[1]) as document:
    for page in document.pages:
        page.extract_text()
        page.extract_tables()
        page.close()
"""
"""What the library offers by itself; pages are let go of, or its memory grows with the document."""


def made(folder: Path) -> Path:
    """A document of 300 pages."""
    from tests.documents.making import as_pdf, blocks

    return as_pdf(blocks("police") * (PAGES // 56 + 1), folder / "tender.pdf")


def run(command: list[str], into: Path) -> tuple[float, int]:
    """Processor seconds and peak resident bytes of a child. Raises where it fails."""
    with into.open("wb") as out:
        child = subprocess.Popen(command, stdout=out)
        _pid, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command[:4])} ended with {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def main() -> int:
    from tracker.documents.child import MEMORY
    from tracker.documents.lines import load
    from tracker.documents.requirements import requirements

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = options.file or made(folder)
        commands = {
            "bare": [sys.executable, "-c", BARE, str(path)],
            "ours": [sys.executable, "-m", "tracker.documents.child", "read", str(path), "pdf", name],
        }
        seconds: dict[str, list[float]] = {each: [] for each in commands}
        memory = dict.fromkeys(commands, 0)
        for _ in range(options.rounds):
            for each, command in commands.items():
                spent, peak = run(command, folder / each)
                seconds[each].append(spent)
                memory[each] = max(memory[each], peak)
        parsed = load((folder / "ours").read_bytes())
    begun = time.process_time()
    found = requirements(parsed.lines, path.name)
    asked = time.process_time() - begun
    pages = parsed.pages or 0
    bare, ours = statistics.median(seconds["bare"]), statistics.median(seconds["ours"])
    print(f"{path.name}: {pages} pages, {len(parsed.lines)} lines, {parsed.state}")
    print(f"bare pdfplumber  {pages / bare:6.1f} pages/s  {memory['bare'] >> 20:4d} MB")
    print(f"ours, as text    {pages / ours:6.1f} pages/s  {memory['ours'] >> 20:4d} MB (limit {MEMORY >> 20} MB)")
    print(f"requirements     {asked:6.2f} s for {len(found)}, {pages / (ours + asked):.1f} pages/s together")
    print(f"ratio            {bare / ours:6.2f} (least {LEAST})")
    print(
        json.dumps({"ratio": round(bare / ours, 3), "pages_per_s": round(pages / ours, 1), "mb": memory["ours"] >> 20})
    )
    whole = parsed.state == "read" and not parsed.unread
    return 0 if whole and bare / ours >= LEAST and memory["ours"] <= MEMORY else 1


if __name__ == "__main__":
    sys.exit(main())
