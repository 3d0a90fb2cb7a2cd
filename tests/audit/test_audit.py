"""The list of another service: what we had, when, and why not."""

from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import time_machine
from openpyxl import Workbook
from sqlalchemy import Engine, insert

from crawler.page import Listed as ListedLine
from crawler.page import Page
from crawler.portals import load_portals
from tests.tracker.pages import page, tender
from tracker.audit import Audit, Finding, Listed, read_list, summary
from tracker.corrections import corrections
from tracker.db import reading
from tracker.decisions import Mistake, judge, undo
from tracker.intake import take_listed, take_page
from tracker.tables import Poll, table
from tracker.team.people import add_person
from tracker.watches import add_watch, criteria_from, list_watches

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TITLE = "远江市公安局警用车辆采购项目公开招标公告"
CCGP = "http://www.ccgp.gov.cn/cggg/dfgg/gkzb/202611/t20261110_{key}.htm"


@pytest.fixture(autouse=True)
def _frozen() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def complaints(said: list[str]) -> Any:
    return said.append


# --- reading lists --------------------------------------------------------------------------------------------------


def sheet(path: Path, *rows: list[Any]) -> Path:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(path)
    return path


def test_an_excel_list_under_any_sensible_heading(tmp_path: Path) -> None:
    file = sheet(
        tmp_path / "list.xlsx",
        ["某服务 11 月导出"],
        ["序号", "公告名称", "地区", "公告发布时间", "原文链接"],
        [1, TITLE, "浙江", datetime(2026, 11, 10, 8, 0, tzinfo=UTC).replace(tzinfo=None), CCGP.format(key=1)],
        [],
        [2, "某县消防车采购", "江苏", "2026年11月9日", '=HYPERLINK("https://example.cn/9.htm","查看")'],
    )
    assert read_list(file, complaints([])) == [
        Listed(3, TITLE, date(2026, 11, 10), CCGP.format(key=1)),
        Listed(5, "某县消防车采购", date(2026, 11, 9), "https://example.cn/9.htm"),
    ]


def test_a_title_that_is_a_link_itself(tmp_path: Path) -> None:
    book = Workbook()
    rows = book.active
    assert rows is not None
    rows.append(["项目", "日期"])
    rows.append([TITLE, "2026-11-10"])
    rows.cell(2, 1).hyperlink = "https://example.cn/9.htm"
    book.save(tmp_path / "list.xlsx")
    assert read_list(tmp_path / "list.xlsx", complaints([])) == [
        Listed(2, TITLE, date(2026, 11, 10), "https://example.cn/9.htm")
    ]


def test_h26_a_small_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = sheet(tmp_path / "list.xlsx", ["标题"], ["车" * 30_000])
    monkeypatch.setattr("tracker.audit.MAX_UNPACKED", 10_000)
    with pytest.raises(Mistake, match=r"list\.xlsx"):
        read_list(file, complaints([]))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_a_csv_in_any_usual_encoding(tmp_path: Path, encoding: str, mark: str) -> None:
    file = tmp_path / "list.csv"
    rows = [["title", "date", "link"], [TITLE, "2026/11/10", "http://example.cn/1"], ["客车采购项目", "", ""]]
    file.write_bytes("\r\n".join(mark.join(row) for row in rows).encode(encoding))
    assert [(each.row, each.title, each.published) for each in read_list(file, complaints([]))] == [
        (2, TITLE, date(2026, 11, 10)),
        (3, "客车采购项目", None),
    ]


def mail(path: Path, *, html: str = "", plain: str = "") -> Path:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "今日推送", "a@example.cn", "b@example.cn"
    message["Date"] = "Tue, 10 Nov 2026 08:00:00 +0800"
    message.set_content(plain or "见网页版")
    if html:
        message.add_alternative(html, subtype="html")
    path.write_bytes(message.as_bytes())
    return path


def test_a_saved_mail_with_links(tmp_path: Path) -> None:
    links = f'<ul><li><a href="http://example.cn/1">{TITLE}</a> 2026-11-09</li><li><a href="http://example.cn/u">退订</a></li></ul>'
    assert read_list(mail(tmp_path / "a.eml", html=links), complaints([])) == [
        Listed(1, TITLE, date(2026, 11, 9), "http://example.cn/1")
    ]
    said = f"1. {TITLE}\nhttp://example.cn/1\n\n某县消防车采购公告 http://example.cn/2\n"
    assert read_list(mail(tmp_path / "b.eml", plain=said), complaints([])) == [
        Listed(1, TITLE, date(2026, 11, 10), "http://example.cn/1"),
        Listed(2, "某县消防车采购公告", date(2026, 11, 10), "http://example.cn/2"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "hint"),
    [
        ("list.pdf", b"%PDF", ".xlsx"),
        ("list.xlsx", b"not a zip", ".xlsx"),
        ("list.csv", "甲,乙\n1,2\n".encode(), "标题"),
        ("list.eml", b"Subject: x\r\n\r\nnothing here", "链接"),
        ("list.csv", b"\xff\xfe\x00\xd8" * 40, "list.csv"),
    ],
)
def test_a_file_of_another_kind_says_what_to_give(tmp_path: Path, name: str, content: bytes, hint: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(Mistake, match=hint):
        read_list(file, complaints([]))


def test_a_row_without_title_and_link_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("标题,日期\n,2026-11-10\n客车采购项目,2026-11-10\n", encoding="utf-8")
    said: list[str] = []
    assert [each.title for each in read_list(file, complaints(said))] == ["客车采购项目"]
    assert "2" in said[0]


# --- looking it up --------------------------------------------------------------------------------------------------


def ask(
    engine: Engine, title: str = TITLE, day: date | None = date(2026, 11, 19), link: str = "", who: str = ""
) -> Finding:
    with reading(engine) as connection:
        watches = list_watches(connection) if who else []
        return Audit(connection, list(load_portals().values()), watches).judge(Listed(2, title, day, link))


def poll(engine: Engine, state: str, day: int, reason: str = "", channel: str = "dfgg-gkzb") -> None:
    at = datetime(2026, 11, day, 2, 0, tzinfo=UTC)
    row = {"portal": "ccgp", "channel": channel, "started_at": at, "ended_at": at + timedelta(minutes=5)}
    with engine.begin() as connection:
        connection.execute(insert(table(Poll)).values(row | {"state": state, "reason": reason, "missing": []}))


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        f"【浙江】{TITLE}",
        f"{TITLE}-某某招标网",
        "远江市公安局警用车辆采购项目",
        "警用车辆采购项目",
    ],
)
def test_had_it_by_its_title_however_the_other_service_dresses_it(database: Engine, title: str) -> None:
    take_page(database, tender())
    found = ask(database, title)
    assert (found.result, found.publication_id, found.seen_at) == ("had", 1, NOW)


def test_had_it_by_its_link_whatever_the_title(database: Engine) -> None:
    original: Page = tender()
    take_page(database, original)
    assert ask(database, "另一个标题", link=original.row.url).result == "had"
    mirror = original.row.url.replace("http://", "https://") + "?from=mail"
    assert ask(database, "另一个标题", link=mirror).publication_id == 1


def test_late_is_said_with_the_days(database: Engine) -> None:
    take_page(database, tender())
    found = ask(database, day=date(2026, 11, 10))
    assert (found.result, found.why) == ("late", "late")
    assert "9 天" in found.words


def test_filtered_names_the_rule(database: Engine) -> None:
    body = "<p>项目名称：公务车辆保险服务</p>"
    take_page(database, page(body, key="5", title="远江市公安局公务车辆保险服务采购公告", published="2026-11-19 10:00"))
    found = ask(database, "远江市公安局公务车辆保险服务采购公告")
    assert (found.result, found.why) == ("filtered", "not vehicles")
    assert "保险" in found.words


def test_filtered_by_a_watch_names_the_criterion(database: Engine) -> None:
    take_page(database, tender())
    with database.begin() as connection:
        card = add_person(connection, "王小明", None, NOW)
        add_watch(connection, card, "公交", criteria_from({"vehicles": ["bus"]}))
    found = ask(database, who="王小明")
    assert (found.result, found.why) == ("filtered", "watch")
    assert "公交: vehicles" in found.words


def test_on_the_list_but_never_fetched(database: Engine) -> None:
    take_listed(database, ListedLine(portal="ccgp", row=tender().row, why="budget"))
    found = ask(database)
    assert (found.result, found.why) == ("missed", "not fetched")


def test_a_source_that_we_do_not_read(database: Engine) -> None:
    found = ask(database, link="https://ggzy.example.cn/1.htm")
    assert (found.result, found.why) == ("missed", "not covered")
    assert "ggzy.example.cn" in found.words


@pytest.mark.parametrize(
    ("polls", "why", "words"),
    [
        ([], "blind", "三天内未读取"),
        ([("blocked", 19, "频繁访问")], "blind", "频繁访问"),
        ([("ok", 19, ""), ("failed", 20, "HTTP 503")], "blind", "HTTP 503"),
        ([("ok", 19, ""), ("ok", 20, "")], "unknown", "地方公开招标公告"),
        ([("blocked", 12, "频繁访问"), ("ok", 19, "")], "unknown", "地方公开招标公告"),
        ([("blocked", 19, "频繁访问"), ("ok", 20, "")], "unknown", "地方公开招标公告"),  # made good the next day
    ],
)
def test_blind_at_that_time(database: Engine, polls: list[tuple[str, int, str]], why: str, words: str) -> None:
    for state, day, reason in polls:
        poll(database, state, day, reason)
    found = ask(database, link=CCGP.format(key=77))
    assert (found.result, found.why) == ("missed", why)
    assert words in found.words


def test_blindness_is_that_of_the_channel_that_should_have_held_it(database: Engine) -> None:
    poll(database, "ok", 19)
    poll(database, "blocked", 19, "频繁访问", channel="zygg-gkzb")
    central, local = CCGP.replace("dfgg", "zygg"), CCGP.replace("zygg", "dfgg")
    assert ask(database, link=local.format(key=77)).why == "unknown", "another channel's trouble is not its own"
    assert ask(database, link=central.format(key=77)).why == "blind"


def test_without_a_folder_in_the_link_the_kind_in_the_title_names_the_channels(database: Engine) -> None:
    link = "https://www.ccgp.gov.cn/t20261119_77.htm"
    for channel in ("dfgg-gkzb", "zygg-gkzb", "batch-zyzb", "batch-zzzb"):
        poll(database, "ok", 19, channel=channel)
    assert ask(database, "某县公交车采购项目公开招标公告", link=link).why == "unknown"
    found = ask(database, "某县公交车采购项目竞争性谈判公告", link=link)
    assert found.why == "blind"
    assert "竞争性谈判" in found.words


def test_an_old_purchase_of_the_same_name_is_another(database: Engine) -> None:
    take_page(database, tender(published="2025-11-10 10:00"))
    assert ask(database).result == "missed"


def test_the_results_are_counted(database: Engine) -> None:
    take_page(database, tender())
    findings = [ask(database), ask(database, day=date(2026, 11, 10)), ask(database, "某县客车采购项目")]
    assert summary(findings) == {"had": 1, "late": 1, "filtered": 0, "missed": 1}


# --- corrections by people ------------------------------------------------------------------------------------------


def test_corrections_stand_beside_the_rule_that_erred(database: Engine) -> None:
    take_page(database, tender())
    with database.begin() as connection:
        add_person(connection, "王小明", None, NOW)
        done = judge(connection, "王小明", 1, "no", "只买警灯")
    with reading(database) as connection:
        (found,) = corrections(connection)
    assert (found.person, found.verdict, found.why) == ("王小明", "no", "只买警灯")
    assert found.erred[0].verdict == "yes"
    assert found.erred[0].rules
    assert any("警用车辆" in each for each in found.erred[0].reasons)
    with database.begin() as connection:
        undo(connection, "王小明", done.id)
    with reading(database) as connection:
        assert list(corrections(connection)) == []
