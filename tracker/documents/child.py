"""`python -m tracker.documents.child read|unpack FILE KIND INTO`: one file of unknown origin, in a process of its own.

Limits itself before it looks at the file: memory, processor time, size of files, no core. Says one JSON object on
stdout; whatever happens to it happens to this file only.
"""

import gc
import json
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from types import FrameType

MEMORY = 500 * 1024 * 1024
"""Bytes of address space."""
PROCESSOR_S = 300
FILE = 700 * 1024 * 1024
"""Bytes of a file it may write."""
GRACE_S = 20
"""After the soft limit of time, to say what has been read so far."""


def main(arguments: list[str]) -> int:
    what, path, kind, into = arguments
    _limit()
    gc.set_threshold(100_000, 50, 50)  # readers make objects by the million that live as long as a page
    answer = _read(Path(path), kind) if what == "read" else _unpack(Path(path), Path(into))
    sys.stdout.buffer.write(answer)
    return 0


def _limit() -> None:
    """Where the system knows limits; the parent's clock holds everywhere."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_S, PROCESSOR_S + GRACE_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _late)


def _late(_number: int, _frame: FrameType | None) -> None:
    raise TimeoutError


def _read(path: Path, kind: str) -> bytes:
    from tracker.documents.formats import READERS
    from tracker.documents.lines import Parsed, bounded, dump

    try:
        return dump(bounded(READERS[kind](path)))
    except MemoryError:
        return dump(Parsed("unreadable", ("memory",)))
    except TimeoutError:
        return dump(Parsed("unreadable", ("time",)))
    except RecursionError:
        return dump(Parsed("unreadable", ("damaged",)))


def _unpack(path: Path, into: Path) -> bytes:
    from tracker.documents.archive import Refused, unpack
    from tracker.documents.lines import Reason

    entries: list[dict[str, object]] = []
    reason: Reason | None = None
    try:
        entries = [asdict(entry) for entry in unpack(path, into)]
    except Refused as refused:
        reason = refused.reason
    except MemoryError:
        reason = "memory"
    except TimeoutError:
        reason = "time"
    return json.dumps({"entries": entries, "refused": reason}, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
