"""What goes along with a digest until the board has an address."""

import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO

import pytest
from handmade import NOW, World, at, busy_day, date, full_day
from openpyxl import load_workbook
from test_digest_content import HOSTILE, made

from demo.smtp import MailSink
from tracker.delivery.deliveries import deliver_due
from tracker.delivery.letters import letter_of
from tracker.delivery.render import SECTIONS
from tracker.digest import Digest
from tracker.digest.workbook import workbook
from tracker.i18n import language
from tracker.settings import Settings


@pytest.fixture
def monday(world: World) -> Digest:
    return made(world, full_day(world))


def rows(content: bytes, sheet: str) -> list[list[object]]:
    book = load_workbook(BytesIO(content))
    return [[cell.value for cell in row] for row in book[sheet].iter_rows(min_row=2)]


def test_the_workbook_holds_every_entry_once_a_part_with_the_next_date(monday: Digest) -> None:
    with language("zh_CN"):
        content = workbook(monday)
    entries = rows(content, "全部条目")
    parts = [str(row[0]) for row in entries]
    assert parts.count("要办的事") == len(monday.today) == 4
    assert parts.count("新标") == 3
    (fire,) = [row for row in entries if row[0] == "要办的事" and row[1] == "青湖市消防救援支队水罐消防车采购项目"]
    assert fire[2:9] == ["林芳", "获取采购文件", at("11-24 17:00").replace(tzinfo=None), 1, "消防车", 2, 5_600_000]
    (clinic,) = [row for row in entries if row[0] == "新标" and "负压" in str(row[1])]
    assert clinic[4] == datetime(2026, 11, 25)  # a day without an hour  # noqa: DTZ001
    assert str(clinic[-1]).startswith("https://www.ccgp.gov.cn/")


def test_the_workbook_tells_changes_results_work_and_sources(monday: Digest) -> None:
    with language("zh_CN"):
        content = workbook(monday)
    (bus, van) = rows(content, "有变动")
    assert bus[2:6] == ["递交截止", "2026-12-03 09:30", "2026-11-27 09:30", "提前"]
    assert "现更正为" in str(bus[6])
    assert "厂家授权书到手" in str(bus[7])
    assert (van[2], van[3], van[4]) == ("终止", None, None)
    won = rows(content, "结果")[0]
    assert won[5:8] == ["江北宏达汽车销售有限公司", 17_980_000, "红旗"]
    work = {str(row[0]): row for row in rows(content, "事务与款项")}
    assert work["货款"][3:5] == ["逾期 10 天", 1_260_000]
    assert work["归集截止"][1] == "省政府采购中心"
    assert work["CA 证书"][2] == datetime(2026, 12, 5)  # noqa: DTZ001
    assert rows(content, "信息来源")[0][:2] == ["全部来源", "已读 4/5"]


@pytest.mark.parametrize("name", [*HOSTILE, "＝1+1", "-2+3", "@SUM(A1)", "\t=1", "x" * 40_000])
def test_h19_scraped_text_is_never_a_formula_and_never_breaks_the_file(world: World, name: str) -> None:
    me = world.person()
    stored = name.replace("\x00", "")[:20_000]
    project = world.project(stored, date("bid_deadline", "12-20 09:30", stored[:300]), buyer=stored[:200])
    world.published(project)
    moved = {"milestone": "bid_deadline", "words": stored}
    world.event("deadline-moved", project, "2026-12-18 09:30", "2026-12-20 09:30", **moved)
    content = workbook(made(world, me))
    for formulas in (False, True):
        for sheet in load_workbook(BytesIO(content), data_only=formulas):
            for row in sheet.iter_rows():
                assert all(cell.data_type != "f" for cell in row)


def test_without_an_address_of_the_board_the_mail_brings_its_whole_list(world: World) -> None:
    """With one, it brings nothing and leads there; a quiet day brings nothing either."""
    digest = made(world, busy_day(world))
    bare, linked = letter_of(digest, Settings()), letter_of(digest, Settings(public_url="https://t.example.cn/"))
    assert [each.name for each in bare.attached] == ["车标日报 2026-11-23.html", "车标日报 2026-11-23.xlsx"]
    assert "t.example.cn" not in bare.page.html + bare.page.text
    assert not re.search(r"/projects/\d", bare.page.html + bare.page.text)
    assert linked.attached == ()
    for item in digest.new:
        for page in (linked.page.html, linked.page.text):
            assert f"https://t.example.cn/projects/{item.project_id}" in page
    quiet = replace(digest, **dict.fromkeys((*SECTIONS, "told", "skipped", "dead"), ()))
    assert quiet.quiet
    assert letter_of(quiet, Settings()).attached == ()


def test_the_attached_page_cuts_nothing(world: World) -> None:
    me = world.person()
    for number in range(80):
        world.published(world.project(f"第{number:03}号消防车采购", date("bid_deadline", "12-20 09:30")))
    digest = made(world, me)
    letter = letter_of(digest, Settings())
    page = letter.attached[0].content.decode()
    assert letter.page.text.count("▶") == 50
    assert page.count("“bid_deadline 12-20 09:30”") == 80
    assert "只列一行" not in page


def test_a_list_that_cannot_be_made_holds_up_no_mail(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_digest: Digest) -> bytes:
        raise ValueError("no")

    monkeypatch.setattr("tracker.delivery.letters.workbook", broken)
    letter = letter_of(made(world, busy_day(world)), Settings())
    assert [each.name for each in letter.attached] == ["车标日报 2026-11-23.html"]


def test_the_list_arrives_with_the_mail(world: World, sink: MailSink, settings: Settings) -> None:
    busy_day(world)
    world.digests(NOW)
    deliver_due(world.engine, NOW, settings)
    mine = [mail.message for mail in sink.messages if str(mail.message["Subject"]).startswith("车标 11-23")]
    assert len(mine) == 2
    for message in mine:
        names = [part.get_filename() for part in message.iter_attachments()]  # type: ignore[attr-defined]
        assert {"车标日报 2026-11-23.html", "车标日报 2026-11-23.xlsx"} <= set(names)
        book = next(part for part in message.iter_attachments() if str(part.get_filename()).endswith(".xlsx"))  # type: ignore[attr-defined]
        assert load_workbook(BytesIO(book.get_content())).sheetnames[0] == "全部条目"
