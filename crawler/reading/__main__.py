"""`python -m crawler.reading FILE...` prints one notice a line; unusable input goes to stderr, exit status 2."""

import json
import sys
from pathlib import Path

from crawler.reading import read_document
from crawler.reading.files import BadInput, documents
from crawler.reading.printed import as_schema


def main(arguments: list[str]) -> int:
    """Read the files and print their notices. 0 when all were read, 2 when a file or line was skipped."""
    bad: list[BadInput] = []
    for name in arguments:
        for document in documents(Path(name), bad.append):
            for notice in read_document(**document.arguments):
                sys.stdout.write(json.dumps(as_schema(notice, id=document.id), ensure_ascii=False) + "\n")
    for problem in bad:
        sys.stderr.write(f"skipped {problem}\n")
    return 2 if bad or not arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
