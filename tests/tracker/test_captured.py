"""The whole line over real pages of ccgp, captured in September 2026 and served from loopback."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.clock import now
from crawler.portals import load_portals
from tracker.db import open_database, reading
from tracker.delivery.render import render
from tracker.digest import compose
from tracker.router import route
from tracker.service.poll import poll
from tracker.team.people import add_person
from tracker.views import notices

PLACES = {
    "zygg-zbgg": "award_central_pumch_20260929.html",
    "dfgg-gzgg": "correction_beijing_20260924.html",
    "dfgg-fblbgg": "failedbid_beijing_20260924.html",
}


@pytest.fixture
def site(shared: Path) -> Iterator[str]:
    """Each captured page in the list of its channel, under an address of the portal's own form."""
    answers: dict[str, bytes] = {}
    for number, (channel, name) in enumerate(PLACES.items()):
        folder = f"/cggg/{channel.replace('-', '/')}"
        link = f"./202609/t20260924_2730000{number}.htm"
        row = f'<li><a href="{link}" title="{name}">x</a>发布时间：<em>2026-09-24 15:32</em> 地域：<em>北京</em></li>'
        pager = "<script>Pager({size:1, current:0, prefix:'index',suffix:'htm'});</script>"
        answers[f"{folder}/index.htm"] = f'<html><ul class="c_list_bid">{row}</ul>{pager}</html>'.encode()
        answers[f"{folder}/{link[2:]}"] = (shared / "data" / "pages" / name).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answers.get(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_real_pages_go_from_the_list_to_the_digest(site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    engine = open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}")
    report = poll(engine, load_portals()["ccgp"], channels=list(PLACES), base_url=site)
    assert report is not None
    assert (report.state, report.total("new"), report.total("failed")) == ("ok", 3, 0)
    with reading(engine) as connection:
        kinds = sorted(row.kind for row in notices(connection, 10))
    assert kinds == ["award", "correction", "termination"]
    with engine.begin() as connection:
        card = add_person(connection, "李经理", "li@example.cn", now())
        route(connection, now())
        said = render(compose(connection, card.id, now()))
    assert said.text
    assert "3/3" in said.text
