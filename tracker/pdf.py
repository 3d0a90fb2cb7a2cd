"""HTML to PDF by Chromium, as it would print: A4, page numbers from the page's own style.

The page is written to a folder of its own and opened from there; it holds no script and fetches nothing (its
Content-Security-Policy says so), and the browser gets no network and no profile.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from tracker.decisions import Mistake
from tracker.i18n import _

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
TIMEOUT_S = 120
ARGUMENTS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
STRING = rb"(?:\((?:\\.|[^\\()])*\)|<[0-9A-Fa-f]*>)"
"""A string of a PDF, in brackets or hexadecimal (7.3.4)."""


def browser() -> str:
    """The browser that prints: `CHEBIAO_CHROMIUM`, else the first one found. Raises Mistake where there is none."""
    chosen = os.environ.get("CHEBIAO_CHROMIUM", "")
    found = next(filter(None, map(shutil.which, (chosen,) if chosen else BROWSERS)), None)
    if found is None:
        raise Mistake(
            _("no Chromium to print a PDF with; install it, name it in CHEBIAO_CHROMIUM, or write .html and print that")
        )
    return found


def pdf(html: str, author: str = "") -> bytes:
    """The page as PDF. The file names `author` (the bidding entity) and no program or person. Raises Mistake."""
    with tempfile.TemporaryDirectory(prefix="chebiao-pdf-") as folder:
        page, made = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(html, encoding="utf-8")
        command = [browser(), *ARGUMENTS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={made}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to run as root with one
        try:
            done = subprocess.run(
                [*command, page.as_uri()], capture_output=True, timeout=TIMEOUT_S, check=False, encoding="utf-8"
            )
        except subprocess.TimeoutExpired:
            raise Mistake(
                _("Chromium took more than {n} s to print; write .html and print that").format(n=TIMEOUT_S)
            ) from None
        if not made.is_file():
            lines = done.stderr.strip().splitlines()
            raise Mistake(_("Chromium could not print: {words}").format(words=lines[-1] if lines else done.returncode))
        return _signed(made.read_bytes(), author)


def _signed(content: bytes, author: str) -> bytes:
    """The file with what Chromium says of itself taken out, and the author put in.

    The document information is one small dictionary in plain text; it is overwritten in place and a new one appended,
    as the format provides for (PDF 32000-1, 7.5.6), so that nothing else of the file is touched.
    """
    trailer = content.rfind(b"trailer")
    info = re.search(rb"/Info (\d+) 0 R", content[trailer:]) if trailer >= 0 else None
    start = re.search(rb"startxref\s+(\d+)\s+%%EOF\s*$", content)
    root = re.search(rb"/Root (\d+ \d+ R)", content[trailer:]) if trailer >= 0 else None
    size = re.search(rb"/Size (\d+)", content[trailer:]) if trailer >= 0 else None
    if not (info and start and root and size):
        return content
    number = int(info[1])
    old = re.search(rb"(?:^|\n)%d 0 obj\s*<<(.*?)>>\s*endobj" % number, content, re.S)
    if old is None:
        return content
    blank = re.sub(rb"/(?:Creator|Producer|Author) " + STRING, lambda match: b" " * len(match[0]), old[1])
    content = content[: old.start(1)] + blank + content[old.end(1) :]
    title = re.search(rb"/Title " + STRING, blank)
    said = b"/Author <" + author.encode("utf-16-be").hex().encode().join((b"feff", b"")) + b">" if author else b""
    fresh = b"%d 0 obj\n<< %s %s >>\nendobj\n" % (number, title[0] if title else b"", said)
    at = len(content)
    table = b"xref\n%d 1\n%010d 00000 n \n" % (number, at)
    end = b"trailer\n<< /Size %s /Root %s /Info %d 0 R /Prev %s >>\nstartxref\n%d\n%%%%EOF\n" % (
        size[1], root[1], number, start[1], at + len(fresh),
    )  # fmt: skip
    return content + fresh + table + end
