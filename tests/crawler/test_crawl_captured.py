"""Pages captured from the live portal, served from loopback and crawled as they are."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from crawl_replica import crawl

pytestmark = pytest.mark.xdist_group("crawl-captured")  # one worker builds what all of them use

LISTS = "/cggg/dfgg/gzgg/index.htm"
CAPTURED = {
    "/cggg/dfgg/gzgg/202609/t20260924_101.htm": "correction_beijing_20260924.html",
    "/cggg/dfgg/gzgg/202609/t20260924_102.htm": "failedbid_beijing_20260924.html",
    "/cggg/dfgg/gzgg/202609/t20260929_103.htm": "award_central_pumch_20260929.html",
}


@contextmanager
def serving(pages: dict[str, bytes]) -> Iterator[str]:
    """A plain web server for a few fixed pages; everything else is 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = pages.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def captured(shared: Path) -> dict[str, bytes]:
    folder = shared / "data" / "pages"
    return {path: (folder / name).read_bytes() for path, name in CAPTURED.items()}


def test_captured_notices_come_through_byte_for_byte(captured: dict[str, bytes]) -> None:
    rows = "".join(f'<li><a href="{path}" title="t">t</a>发布时间：<em>2026-09-24 10:00</em></li>' for path in captured)
    listed = f"<ul class='c_list_bid'>{rows}</ul><script>Pager({{size:1, current:0}});</script>".encode()
    with serving({**captured, LISTS: listed}) as base:
        done = crawl(base, channels=["dfgg-gzgg"])
    assert done.channel("dfgg-gzgg").state == "ok"
    assert {page.row.key: page.body for page in done.pages} == {path[-7:-4]: body for path, body in captured.items()}


def test_a_captured_search_page_in_place_of_a_list_is_a_failure_and_no_refusal(shared: Path) -> None:
    """It even carries a hidden captcha, which must not be taken for a captcha page."""
    body = (shared / "data" / "pages" / "ccgp_search_web.html").read_bytes()
    with serving({LISTS: body}) as base:
        done = crawl(base, channels=["dfgg-gzgg"])
    channel = done.channel("dfgg-gzgg")
    assert (channel.state, channel.reason) == ("failed", f"the list is missing on {LISTS}")
    assert channel.evidence is not None
