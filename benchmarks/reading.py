"""How long reading takes, as a ratio to what BeautifulSoup (lxml) alone takes to parse the same pages.

    python benchmarks/reading.py [FOLDER ...]

Folders of .html pages; without one, the project's own fixture pages, each repeated. Interleaved, medians of processor
time; what one batch left behind is collected before the next, so that reading does not pay for the trees that parsing
alone left. Prints the ratio (aim: at most 2), pages/s of a whole reading, and pages/s of `reprocess`' part that starts
from stored text.
"""

import argparse
import gc
import statistics
import sys
import time
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crawler.reading import read_document  # noqa: E402
from crawler.text import decode  # noqa: E402

FIXTURES = ROOT / "tests" / "fixtures" / "notices" / "html"


def pages(folders: list[Path]) -> list[str]:
    """The pages' markup. Raises SystemExit where there is none."""
    found = [decode(path.read_bytes()) for folder in folders for path in sorted(folder.glob("*.html"))]
    if not found:
        raise SystemExit(f"no .html in {', '.join(map(str, folders))}")
    return found


def seconds(work: object, *arguments: object, **named: object) -> float:
    begun = time.process_time()
    work(*arguments, **named)  # type: ignore[operator]
    return time.process_time() - begun


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, default=[FIXTURES])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    markup = pages(options.folders)
    texts = [read_document(html=page)[0].text for page in markup]  # warms up the tables too
    parsing, reading, rereading = [], [], []
    for _ in range(options.rounds):
        gc.collect()
        parsing.append(sum(seconds(BeautifulSoup, page, "lxml") for page in markup))
        gc.collect()
        reading.append(sum(seconds(read_document, html=page) for page in markup))
        gc.collect()
        rereading.append(sum(seconds(read_document, text=text) for text in texts))
    parse, read, again = map(statistics.median, (parsing, reading, rereading))
    size = sum(map(len, markup)) / len(markup) / 1000
    print(f"{len(markup)} pages of {size:.1f} k characters, {options.rounds} rounds, medians")
    print(f"BeautifulSoup(lxml) parse  {len(markup) / parse:8.1f} pages/s")
    print(f"read_document(html)        {len(markup) / read:8.1f} pages/s   ratio {read / parse:.2f} (aim <= 2)")
    print(f"read_document(text)        {len(markup) / again:8.1f} pages/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
