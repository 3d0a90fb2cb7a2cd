"""Files of unknown origin read in a child process: a hostile one fails itself and nothing else."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from crawler.filetypes import FileKind
from tracker.documents.archive import Entry
from tracker.documents.formats import READABLE
from tracker.documents.lines import Parsed, Reason, load

READER_VERSION = "2"
"""Counted up when the same file would be read otherwise; `chebiao document reread` then reads all anew."""
TIMEOUT_S = 900.0
"""Of the clock on the wall; the child limits its processor time itself."""
MAX_ANSWER = 200 * 1024 * 1024
"""Bytes of text of one file."""
_PASSED_ON = ("PATH", "PYTHONPATH", "CHEBIAO_HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "SYSTEMROOT")
"""All the child sees of the environment: no settings, no secrets."""
_NOT_READ: dict[str, Reason] = {"jpg": "scan", "png": "scan", "gif": "scan", "tif": "scan"}


@dataclass(frozen=True)
class Unpacked:
    entries: tuple[Entry, ...] = ()
    refused: Reason | None = None


def read(path: Path, kind: FileKind, timeout_s: float = TIMEOUT_S) -> Parsed:
    """What stands in a file. Never raises for what is in it: what cannot be read says why."""
    if kind not in READABLE:
        return Parsed("unreadable", (_NOT_READ.get(kind, "format"),))
    said = _ask("read", path, kind, path.parent, timeout_s)
    if isinstance(said, bytes):
        try:
            return load(said)
        except ValueError:
            return Parsed("unreadable", ("crash",))
    return Parsed("unreadable", (said,))


def unpack(path: Path, into: Path, timeout_s: float = TIMEOUT_S) -> Unpacked:
    """The files of an archive, as they lie in the store `into`; none where it is refused."""
    said = _ask("unpack", path, "zip", into, timeout_s)
    if not isinstance(said, bytes):
        return Unpacked(refused=said)
    try:
        data = json.loads(said)
        return Unpacked(tuple(Entry(**each) for each in data["entries"]), data["refused"])
    except (ValueError, KeyError, TypeError):
        return Unpacked(refused="crash")


def _ask(what: str, path: Path, kind: str, into: Path, timeout_s: float) -> bytes | Reason:
    """The child's answer, or why there is none."""
    environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"PYTHONUTF8": "1"}
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "tracker.documents.child", what, str(path), kind, str(into)],
                stdin=subprocess.DEVNULL,
                stdout=answer,
                stderr=subprocess.DEVNULL,
                env=environment,
                timeout=timeout_s,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "time"
        if done.returncode:
            return _why(done.returncode)
        if answer.tell() > MAX_ANSWER:
            return "size"
        answer.seek(0)
        return answer.read()


def _why(code: int) -> Reason:
    ended_for_time = {-each for name in ("SIGXCPU", "SIGKILL") if (each := getattr(signal, name, None))}
    return "time" if code in ended_for_time else "crash"
