"""What mails look like: rendered by Chromium at desktop and phone width, light and dark.

`CHEBIAO_TEST_PICTURES=docs/pictures pytest tests/delivery/test_mail_pictures.py` keeps the pictures of the docs.
"""

import os
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest
import time_machine
from handmade import NOW, World, at, busy_day, full_day
from openpyxl import load_workbook
from test_packs import busy_week

from tracker.db import open_database
from tracker.delivery.alerts import FAMILIES, Bundle, compose_alert, compose_bundle
from tracker.delivery.deliveries import make_digests
from tracker.delivery.render import Rendered, render, render_alert, render_bundle, render_pack
from tracker.digest import Digest, compose
from tracker.digest.workbook import workbook
from tracker.i18n import language
from tracker.packs import Pack, compose_pack, period_before
from tracker.packs.workbook import workbook as book_of_pack
from tracker.reminders import remind
from tracker.rhythms import add_rhythm, keep_forecasts
from tracker.router import route
from tracker.tables import Digest as DigestRow
from tracker.tables import Event, Project
from tracker.team.work import assign

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SOFFICE, PDFTOPPM = shutil.which("soffice"), shutil.which("pdftoppm")
KEPT = {("digest", 600), ("digest", 375), ("full", 375), ("pack", 600), ("reminder", 375), ("folded", 600)}
"""Mails whose pictures stand in the docs."""
PAGES = {"digest-excel": 3, "pack-excel": 1}
"""Which page of a workbook does."""
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (Debian: apt install chromium)")


@pytest.fixture
def mails(tmp_path: Path) -> dict[str, Rendered]:
    """A full digest, a quiet one, and alerts of several kinds."""
    world = World(open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}"))
    me = busy_day(world)
    calm = World(open_database(f"sqlite:///{tmp_path / 'calm.sqlite'}"))
    calm.source("dfgg-gkzb")
    with world.engine.begin() as connection:
        route(connection, NOW)
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
    blind = world.event(
        "source-blind", portal="ccgp", channel="dfgg-gzgg", cause="poll", reason="块页：您的访问过于频繁"
    )
    newest = {row.person_id: row.id for row in world.rows(DigestRow, kind="daily")}
    fire = next(row.id for row in world.rows(Project, name="青湖市消防救援支队水罐消防车采购项目"))
    centre = "青湖市公共资源交易中心"
    with time_machine.travel(NOW, tick=False), world.engine.begin() as connection:
        assign(connection, "林芳", fire, "王小明", instruction="先书面询问底盘参数，周三前答复", due=at("11-25 18:00"))
        add_rhythm(connection, "王小明", centre, "monthly", "weekday 2 3", words="每月第二个周三开标")
        keep_forecasts(connection, NOW)
    for now in ("12-07 07:00", "12-08 06:30"):
        with world.engine.begin() as connection:
            remind(connection, at(now))
    events = {row.kind: row.id for row in world.rows(Event)}
    several = [row.id for row in world.rows(Event) if row.kind in FAMILIES]
    with calm.engine.connect() as connection:
        quiet = compose(connection, None, NOW)
    with world.engine.connect() as connection:
        digest = compose(connection, me, NOW, digest_id=newest[me])
        made = {
            "digest": render(digest),
            "quiet": render(quiet),
            "moved": render_alert(compose_alert(connection, events["deadline-moved"], me, NOW)),
            "terminated": render_alert(compose_alert(connection, events["terminated"], me, NOW)),
            "blind": render_alert(compose_alert(connection, blind, me, NOW)),
            "assigned": render_alert(compose_alert(connection, events["assignment-added"], me, NOW)),
            "reminder": render_alert(
                compose_alert(connection, events["reminder"], me, at("12-08 06:30")), board="https://tenders.example.cn"
            ),
            "rhythm": render_alert(compose_alert(connection, events["rhythm-ahead"], me, at("12-08 07:30"))),
        }
        folded = compose_bundle(connection, several, me, NOW)
        assert isinstance(folded, Bundle)
        made["folded"] = render_bundle(folded)
    digest, pack = team_day(tmp_path)
    made |= {"full": render(digest, board="https://tenders.example.cn"), "pack": render_pack(pack)}
    made["list"] = render(digest, complete=True)
    world.engine.dispose()
    calm.engine.dispose()
    return made


def team_day(folder: Path) -> tuple[Digest, Pack]:
    """A digest with all of the team's own work in it, and the pack of the week before."""
    world = World(open_database(f"sqlite:///{folder / 'team.sqlite'}"))
    me = full_day(world)
    busy_week(world, me)
    with world.engine.begin() as connection:
        route(connection, NOW)
    with world.engine.begin() as connection:
        make_digests(connection, NOW)
    newest = {row.person_id: row.id for row in world.rows(DigestRow, kind="daily")}
    with world.engine.connect() as connection:
        digest = compose(connection, me, NOW, digest_id=newest[me])
        pack = compose_pack(connection, period_before("weekly", NOW.date()), NOW)
    world.engine.dispose()
    return digest, pack


def picture(html: str, target: Path, width: int, height: int, *, dark: bool = False, scale: float = 1) -> bytes:
    """A PNG of a mail in a window of that width; the page is framed, since Chromium's windows have a least width."""
    page = target.with_suffix(".html")
    page.write_text(html, encoding="utf-8")
    frame = target.with_suffix(".frame.html")
    style = f"border:0;width:{width}px;height:{height}px"
    frame.write_text(f'<body style="margin:0"><iframe src="{page.name}" style="{style}"></iframe>', encoding="utf-8")
    assert CHROMIUM is not None
    command = [
        CHROMIUM,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        f"--user-data-dir={target.parent / 'profile'}",
        f"--force-device-scale-factor={scale}",
        f"--window-size={width},{height}",
        f"--blink-settings=preferredColorScheme={0 if dark else 1}",
        f"--screenshot={target}",
        frame.resolve().as_uri(),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=90)
    return target.read_bytes()


def dom(html: str, tmp_path: Path, width: int, script: str) -> str:
    """What a script finds in the mail when it is shown at that width."""
    (tmp_path / "mail.html").write_text(html, encoding="utf-8")
    frame = tmp_path / "measure.html"
    frame.write_text(
        f'<body><iframe id="f" src="mail.html" style="border:0;width:{width}px;height:3000px"></iframe>'
        '<pre id="r"></pre>'
        f"<script>f.onload=()=>{{const d=f.contentDocument;r.textContent='<<'+({script})+'>>'}}</script>",
        encoding="utf-8",
    )
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=5000", "--dump-dom"]
    done = subprocess.run([*command, frame.as_uri()], check=True, capture_output=True, timeout=90, text=True)
    found = re.search(r"&lt;&lt;(.*?)&gt;&gt;", done.stdout)
    assert found, done.stdout[-500:]
    return found[1]


@needs_chromium
def test_h59_pictures_at_desktop_and_phone_width_light_and_dark(mails: dict[str, Rendered], tmp_path: Path) -> None:
    keep = os.environ.get("CHEBIAO_TEST_PICTURES")
    folder = Path(keep) if keep else tmp_path
    for name, width, height, dark in (
        ("digest", 600, 1000, False),
        ("digest", 375, 667, True),
        ("quiet", 375, 300, False),
        ("moved", 375, 667, False),
        ("blind", 600, 400, True),
        ("assigned", 600, 420, False),
        ("reminder", 375, 420, False),
        ("rhythm", 375, 600, True),
        ("folded", 600, 1000, False),
        ("full", 600, 1600, False),
        ("full", 375, 1000, True),
        ("list", 900, 1000, False),
        ("pack", 600, 1000, False),
        ("pack", 375, 667, True),
    ):
        target = tmp_path / f"{name}-{width}-{'dark' if dark else 'light'}.png"
        png = picture(mails[name].html, target, width, height, dark=dark)
        assert png.startswith(b"\x89PNG")
        assert 5_000 < len(png) < 400_000
        if keep and (name, width) in KEPT:
            shutil.copy(target, folder / f"mail-{target.name}")


@needs_chromium
@pytest.mark.parametrize("width", [320, 375, 600])
def test_h59_nothing_is_wider_than_the_screen(mails: dict[str, Rendered], tmp_path: Path, width: int) -> None:
    for mail in mails.values():
        assert int(dom(mail.html, tmp_path, width, "d.documentElement.scrollWidth")) <= width


@needs_chromium
def test_to_do_changes_and_sources_fill_the_first_phone_screen(mails: dict[str, Rendered], tmp_path: Path) -> None:
    """On a usual day (four things to do, two changes, one blind source) the next part begins below 667 px."""
    script = "[...d.querySelectorAll('p')].find(p=>p.textContent.startsWith('新标')).getBoundingClientRect().top"
    assert 560 <= float(dom(mails["digest"].html, tmp_path, 375, script)) <= 740


def test_h59_html_that_outlook_qq_and_163_render(mails: dict[str, Rendered]) -> None:
    """Nested tables, inline styles, no images, scripts, forms, floats or outside fonts (pitfalls §7)."""
    for mail in mails.values():
        body = mail.html.partition("<body")[2]
        assert not re.search(r"<(img|script|form|iframe|link|object|video|svg)\b", mail.html)
        assert not re.search(r"float:|position:|background-image|@import|@font-face|colspan", mail.html)
        assert 'width="600"' in mail.html  # the mso table
        assert body.count("<table") == body.count("</table>")
        assert all('role="presentation"' in tag for tag in re.findall(r"<table[^>]*>", body))
        for paragraph in re.findall(r"<p\b[^>]*>", body):
            assert "font-size" in paragraph
        assert len(mail.html.encode()) < 100_000  # Gmail cuts at 102 KB


def test_h59_text_alone_is_complete(mails: dict[str, Rendered]) -> None:
    """Every address and every name of the HTML part stands in the text part."""
    for mail in mails.values():
        flat = re.sub(r"\s+", "", mail.text)
        for address in set(re.findall(r'href="([^"]+)"', mail.html)):
            assert address in flat
    for name in (
        "白石镇人民政府洒水车询价采购",
        "东屏区机关事务中心公务用车采购",
        "岭东区城管局环卫一体化服务及设备采购",
    ):
        assert name in re.sub(r"\s+", "", mails["digest"].text)


def test_dark_mode_recolours_everything_that_has_a_colour(mails: dict[str, Rendered]) -> None:
    """Each element with a colour of its own carries a class that the dark style knows."""
    for mail in mails.values():
        known = set(re.findall(r"\.([a-z-]+)\{(?:background-)?color|\.([a-z-]+)\{[^}]*color", mail.html))
        classes = {word for pair in known for word in pair if word}
        for tag in re.findall(r"<(?:p|a|span|td|table)\b[^>]*color:#[^>]*>", mail.html.partition("<body")[2]):
            found = re.search(r'class="([^"]*)"', tag)
            assert found, tag
            assert set(found[1].split()) & classes, tag


@pytest.mark.skipif(SOFFICE is None or PDFTOPPM is None, reason="no LibreOffice or poppler-utils here")
def test_the_workbooks_open_in_libreoffice_and_show_every_sheet(tmp_path: Path) -> None:
    """Rendered to pages and looked at; kept for the docs like the mails."""
    assert SOFFICE is not None
    assert PDFTOPPM is not None
    digest, pack = team_day(tmp_path)
    with language("zh_CN"):
        books = {"digest-excel": workbook(digest), "pack-excel": book_of_pack(pack)}
    keep = os.environ.get("CHEBIAO_TEST_PICTURES")
    for name, content in books.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
        profile = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
        command = [SOFFICE, profile, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)]
        subprocess.run([*command, str(tmp_path / f"{name}.xlsx")], check=True, capture_output=True, timeout=150)
        pages = [PDFTOPPM, "-r", "80", "-png", str(tmp_path / f"{name}.pdf"), str(tmp_path / name)]
        subprocess.run(pages, check=True, capture_output=True, timeout=60)
        made = sorted(tmp_path.glob(f"{name}-*.png"))
        assert len(made) >= len(load_workbook(BytesIO(content)).sheetnames)
        if keep:
            shutil.copy(made[PAGES[name]], Path(keep) / f"{name}.png")
