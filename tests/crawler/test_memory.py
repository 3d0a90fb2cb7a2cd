"""A crawl's limit of memory counts what the crawl took, not what the service that started it holds."""

import subprocess
import sys

from crawler.memory import peak

HELD = 300 << 20
CHILD = """
import os
from scrapy.utils.test import get_crawler
from crawler.memory import OwnMemory, peak
print(OwnMemory(get_crawler()).get_virtual_size(), peak(os.getpid()))
"""
PARENT = f"""
import subprocess, sys
held = b"x" * {HELD}
print(subprocess.run([sys.executable, "-c", {CHILD!r}], capture_output=True, text=True, check=True).stdout)
"""


def test_what_the_starting_process_holds_is_not_counted() -> None:
    ran = subprocess.run([sys.executable, "-c", PARENT], capture_output=True, text=True, check=True)
    limit, own = map(int, ran.stdout.split())
    assert 10 << 20 < limit <= own < HELD


def test_a_process_that_is_gone_has_no_peak() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    assert peak(child.pid) == 0
