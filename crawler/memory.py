"""How much memory a process has taken."""

import os
import re
from pathlib import Path

from scrapy.extensions.memusage import MemoryUsage


def peak(pid: int) -> int:
    """Most memory of a process so far, in bytes; 0 where the system does not tell (it has ended, or is no Linux)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found[1]) * 1024 if found else 0


class OwnMemory(MemoryUsage):
    """Scrapy's limit, held against what this crawl took.

    `ru_maxrss`, which Scrapy reads, begins with what the process held that started it: under a large service every
    crawl would be over the limit before its first request.
    """

    def get_virtual_size(self) -> int:
        """Bytes."""
        return peak(os.getpid()) or super().get_virtual_size()
