"""`python -m tracker.relevance FILE.jsonl`"""

import sys
from pathlib import Path

from tracker.relevance.files import classify_file

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tracker.relevance FILE.jsonl")
    sys.exit(1 if classify_file(Path(sys.argv[1])) else 0)
