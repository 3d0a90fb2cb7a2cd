"""What a crawl does with its plan: known rows, re-checks, budgets, what is left over, and being killed."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import yaml
from crawl_replica import NOON, ROOT, Crawl, crawl, environment, notice, notices

from crawler.__main__ import main
from crawler.page import LINE, Page, Result
from crawler.plan import Known, Plan
from demo.portal import ReplicaPortal

ALL_28 = 28


def numbers(keys: list[str]) -> list[int]:
    return [int(key) - 27_000_000 for key in keys]


def lists_read(portal: ReplicaPortal, since: int = 0) -> list[str]:
    return [r.path.rpartition("/")[2] for r in portal.requests[since:] if "/index" in r.path]


def test_a_second_quick_poll_with_nothing_new_makes_one_request_a_channel() -> None:
    everywhere = [
        *notices(range(1, 26)),
        *notices(range(30, 33), channel="xjgg"),
        *notices(range(40, 43), area="zygg", batch="zy/zyzb"),
    ]
    with ReplicaPortal(everywhere, page_size=10) as portal:
        first = crawl(portal, channels=None)
        sent = len(portal.requests)
        second = crawl(portal, channels=None, known=first.known())
        assert len(portal.requests) - sent == ALL_28 + 1  # and robots.txt
    assert first.result.pages == 31
    assert second.result.requests == ALL_28
    assert second.lines == [second.result]
    assert {c.requests for c in second.result.channels} == {1}
    assert second.channel("dfgg-gkzb").rows == 10


def test_paging_goes_on_while_rows_are_unknown_and_stops_in_known_ground() -> None:
    with ReplicaPortal(notices(range(1, 101)), page_size=10) as portal:
        first = crawl(portal)
        portal.add(*notices(range(101, 116)))
        sent = len(portal.requests)
        second = crawl(portal, known=first.known())
        # 15 new ones fill page 1 and half of page 2; page 3 holds ten known ones in a row.
        assert lists_read(portal, sent) == ["index.htm", "index_1.htm", "index_2.htm"]
    assert sorted(numbers(second.keys)) == list(range(101, 116))


def test_h11_one_known_row_among_new_ones_does_not_end_the_paging() -> None:
    with ReplicaPortal(notices(range(1, 31)), page_size=10) as portal:
        first = crawl(portal)
        known = {key: value for key, value in first.known().items() if int(key) % 3 == 0}
        second = crawl(portal, known=known)
    assert sorted(numbers(second.keys)) == [n for n in range(1, 31) if (27_000_000 + n) % 3]


def test_h14_a_row_that_changed_on_the_list_is_fetched_again() -> None:
    with ReplicaPortal(notices(range(1, 6))) as portal:
        first = crawl(portal)
        portal.replace(notice(3, title="示例县第3小学课桌椅采购项目公开招标公告（更正）"))
        second = crawl(portal, known=first.known())
    assert numbers(second.keys) == [3]
    assert second.pages[0].row.facts["title"].endswith("（更正）")


def test_a_deep_poll_reads_48_hours_back_whatever_is_known() -> None:
    with ReplicaPortal(notices(range(1, 1000), channel="gkzb"), page_size=100) as portal:
        first = crawl(portal, detail_budget=0)
        known = {line.row.key: Known(row_hash=line.row.row_hash) for line in first.listed}
        sent = len(portal.requests)
        deep = crawl(portal, mode="deep", known=known)
        # Five minutes apart, 48 hours are 576 notices: six pages, and the one after that ends it.
        assert lists_read(portal, sent) == ["index.htm", *(f"index_{n}.htm" for n in range(1, 7))]
    assert deep.result.pages == 0


def test_back_to_leads_past_known_rows_to_the_gap_a_killed_poll_left() -> None:
    with ReplicaPortal(notices(range(1, 61)), page_size=10) as portal:
        first = crawl(portal)
        known = {key: value for key, value in first.known().items() if int(key) > 27_000_040}
        quick = crawl(portal, known=known)
        mended = crawl(portal, known=known, back_to={"dfgg-gkzb": datetime(1970, 1, 1, tzinfo=UTC)})
        partly = crawl(portal, known=known, back_to={"dfgg-gkzb": NOON - timedelta(minutes=5 * (1000 - 35))})
    assert quick.result.pages == 0
    assert sorted(numbers(mended.keys)) == list(range(1, 41))
    assert {35, 40} <= set(numbers(partly.keys))


def test_a_notice_listed_twice_is_fetched_once() -> None:
    """Batch pages and the mixed channels repeat notices of the other channels with other facts."""
    both = notices(range(1, 4), area="zygg", batch="zy/zyzb")
    with ReplicaPortal(both) as portal:
        first = crawl(portal, channels=["zygg-gkzb", "batch-zyzb"])
        assert sum("/t2026" in r.path for r in portal.requests) == 3
        batch_only = crawl(portal, channels=["batch-zyzb"], known=first.known())
        gkzb_only = crawl(portal, channels=["zygg-gkzb"], known=first.known())
    assert first.channel("zygg-gkzb").rows == first.channel("batch-zyzb").rows == 3
    assert batch_only.result.pages == gkzb_only.result.pages == 0


# -- Budget


def test_likely_titles_come_first_then_short_windows_and_the_rest_is_said() -> None:
    samples = [
        *notices(range(1, 5)),
        notice(5, title="示例县人民医院救护车采购项目公开招标公告"),
        *notices(range(11, 13), channel="xjgg"),
        notice(13, channel="xjgg", title="示例县公安局警车询价公告"),
    ]
    with ReplicaPortal(samples) as portal:
        done = crawl(portal, channels=["dfgg-gkzb", "dfgg-xjgg"], likely=["车", "客车"], detail_budget=4)
        order = [int(r.path[-12:-4]) - 27_000_000 for r in portal.requests if "/t2026" in r.path]
    assert order[:2] == [13, 5]
    assert set(order[2:]) == {11, 12}
    assert {line.why for line in done.listed} == {"budget"}
    assert sorted(numbers([line.row.key for line in done.listed])) == [1, 2, 3, 4]
    assert done.channel("dfgg-gkzb").unfetched == 4
    assert done.channel("dfgg-gkzb").state == "ok"


def test_what_was_left_over_is_fetched_by_the_next_poll_and_listed_once() -> None:
    with ReplicaPortal(notices(range(1, 11))) as portal:
        first = crawl(portal, detail_budget=4)
        rows = tuple(line.row for line in first.listed)
        second = crawl(portal, known=first.known(), pending=rows, detail_budget=4)
        third = crawl(portal, known=first.known() | second.known(), pending=tuple(x.row for x in second.listed))
    assert len(first.pages) == 4
    assert first.lines.index(first.listed[0]) < first.lines.index(first.pages[0])  # said before anything can happen
    assert sorted(numbers([*first.keys, *second.keys, *third.keys])) == list(range(1, 11))
    assert second.result.requests == 1 + 4


def test_a_budget_of_nothing_names_every_row() -> None:
    with ReplicaPortal(notices(range(1, 8))) as portal:
        done = crawl(portal, detail_budget=0)
    assert len(done.listed) == 7
    assert done.result.requests == 1
    assert done.result.reconciled


def test_a_plan_without_channels_fetches_what_is_pending_and_reports_no_channel() -> None:
    with ReplicaPortal(notices(range(1, 4))) as portal:
        rows = tuple(line.row for line in crawl(portal, detail_budget=0).listed)
        done = crawl(portal, channels=[], pending=rows)
    assert sorted(numbers(done.keys)) == [1, 2, 3]
    assert done.result.channels == ()
    assert done.code == 0


def test_rows_stored_from_a_replica_at_another_port_are_found_again() -> None:
    with ReplicaPortal(notices([1])) as portal:
        rows = tuple(line.row for line in crawl(portal, detail_budget=0).listed)
    with ReplicaPortal(notices([1])) as portal:
        done = crawl(portal, channels=[], pending=rows)
    assert numbers(done.keys) == [1]


# -- Re-check


def rechecked(portal: ReplicaPortal, first: Crawl, *keys: int, **plan: Any) -> Crawl:
    rows = tuple(first.row(str(27_000_000 + n)) for n in keys)
    return crawl(portal, channels=[], known=first.known(), recheck=rows, **plan)


def test_a_recheck_is_conditional() -> None:
    with ReplicaPortal(notices(range(1, 4))) as portal:
        first = crawl(portal)
        sent = len(portal.requests)
        done = rechecked(portal, first, 1, 2)
        headers = [r.headers for r in portal.requests[sent:] if "/t2026" in r.path]
    assert sorted(numbers([line.row.key for line in done.unchanged])) == [1, 2]
    assert not done.pages
    assert all("if-none-match" in given and "if-modified-since" in given for given in headers)


def test_h14_a_silent_edit_comes_back_as_a_page() -> None:
    with ReplicaPortal(notices(range(1, 4))) as portal:
        first = crawl(portal)
        portal.replace(notice(2, body="<p>一、项目编号：SL-0002</p><p>投标截止时间已提前</p>"))
        done = rechecked(portal, first, 1, 2)
    (page,) = done.pages
    assert page.recheck
    assert "已提前" in page.body.decode()
    assert numbers([line.row.key for line in done.unchanged]) == [1]


@pytest.mark.parametrize("status", [404, 410])
def test_h15_a_withdrawn_notice_is_said_to_be_gone(status: int) -> None:
    with ReplicaPortal(notices(range(1, 4)), faults=[]) as portal:
        first = crawl(portal)
        portal.set_fault(str(status), path="/cggg/*_27000002.htm")
        done = rechecked(portal, first, 1, 2, 3)
    (gone,) = done.gone
    assert (gone.row.key, gone.status) == ("27000002", status)
    assert done.code == 0


def test_h15_a_portal_that_loses_its_archive_has_not_withdrawn_everything() -> None:
    with ReplicaPortal(notices(range(1, 9))) as portal:
        first = crawl(portal)
        portal.set_fault("404")
        done = rechecked(portal, first, *range(1, 9))
    assert not done.gone
    (channel,) = done.result.channels
    assert channel.state == "suspect"
    assert channel.reason == "8 known notices at once answer HTTP 404"
    assert len(channel.missing) == 8


def test_h15_a_few_withdrawn_among_many_that_stand_are_believed() -> None:
    with ReplicaPortal(notices(range(1, 11))) as portal:
        first = crawl(portal)
        for n in (1, 2, 3, 4):
            portal.set_fault("404", path=f"/cggg/*_2700000{n}.htm")
        done = rechecked(portal, first, *range(1, 11))
    assert sorted(numbers([line.row.key for line in done.gone])) == [1, 2, 3, 4]
    assert len(done.unchanged) == 6


def test_a_new_row_whose_page_is_not_there_yet_is_no_fault_and_comes_again() -> None:
    with ReplicaPortal(notices(range(1, 4)), faults=["404@/cggg/*_27000002.htm"]) as portal:
        first = crawl(portal)
        (listed,) = first.listed
        second = crawl(portal, known=first.known(), pending=(listed.row,))
    assert first.channel("dfgg-gkzb").state == "ok"
    assert (listed.why, listed.detail) == ("unreadable", "HTTP 404")
    assert numbers([line.row.key for line in second.gone]) == [2]


def test_a_recheck_that_fails_is_named_but_not_listed() -> None:
    with ReplicaPortal(notices(range(1, 4))) as portal:
        first = crawl(portal)
        portal.set_fault("500", path="/cggg/*_27000002.htm")
        done = rechecked(portal, first, 1, 2, 3)
    assert not done.listed
    (channel,) = done.result.channels
    assert (channel.state, len(channel.missing)) == ("partial", 1)


def test_a_row_of_a_channel_that_is_no_more_is_still_fetched() -> None:
    with ReplicaPortal(notices([1])) as portal:
        row = crawl(portal).pages[0].row
        old = row.model_copy(update={"channel": "former"})
        done = crawl(portal, channels=[], pending=(old,))
    assert numbers(done.keys) == [1]
    assert done.pages[0].row.channel == "former"


def test_h16_the_same_notice_under_another_address_stays_one() -> None:
    with ReplicaPortal(notices([1])) as portal:
        first = crawl(portal)
        row = first.pages[0].row
        again = row.model_copy(update={"url": row.url + "?token=abc&_t=1"})
        done = crawl(portal, known=first.known(), recheck=(again,))
    assert [line.row.key for line in (*done.pages, *done.gone, *done.unchanged)] == [row.key]


# -- Killed


@pytest.mark.parametrize("lines", [0, 1, 7, 23])
def test_a_killed_crawl_leaves_whole_lines_and_no_result_and_the_next_one_finds_the_rest(lines: int) -> None:
    with ReplicaPortal(notices(range(1, 41)), faults=["slow=0.05@/cggg/*/t*"]) as portal:
        child = subprocess.Popen(
            [sys.executable, "-m", "crawler", "crawl", "ccgp", "--plan", "-", "--base-url", portal.base_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment(),
        )
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(Plan(channels=("dfgg-gkzb",)).model_dump_json().encode())
        child.stdin.close()
        got = [child.stdout.readline() for _ in range(lines)]
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
        assert child.wait(20) == -signal.SIGKILL
        whole = [*got, *rest.splitlines(keepends=True)]
        read = [LINE.validate_json(line) for line in whole if line.endswith(b"\n")]
        assert sum(not line.endswith(b"\n") for line in whole) <= 1  # at most the one it was writing
        assert not any(isinstance(line, Result) for line in read)
        assert all(isinstance(line, Page) and line.body for line in read)
        stored = Crawl(list(read), 1, "").known()
        mended = crawl(portal, known=stored)
    assert not set(stored) & set(mended.keys)
    assert sorted(numbers([*stored, *mended.keys])) == list(range(1, 41))


# -- The command


def command(*arguments: str, home: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "crawler", *arguments],
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        env=environment(home),
    )


@pytest.mark.parametrize(
    ("arguments", "stdin", "said"),
    [
        (["crawl", "cgcp"], b"", "no portal 'cgcp'; did you mean ccgp?"),
        (["crawl", "ccgp", "--plan", "-"], b"{", "--plan -: the whole: Invalid JSON"),
        (["crawl", "ccgp", "--plan", "-"], b'{"mode":"slow"}', "--plan -: mode: Input should be 'quick' or 'deep'"),
        (["crawl", "ccgp", "--plan", "-"], b'{"chanels":[]}', "--plan -: chanels: Extra inputs are not permitted"),
        (["crawl", "ccgp", "--plan", "-"], b'{"channels":["x"]}', "ccgp has no channel 'x'; it has batch-zyzb"),
        (["crawl", "ccgp", "--plan", "no-such-file"], b"", "--plan no-such-file: No such file"),
        (["crawl", "ccgp", "--base-url", "http://example.org"], b"", "is not on loopback"),
        (["crawl", "ccgp", "--base-url", "127.0.0.1:8000"], b"", "--base-url: "),
        (["crawl", "ccgp", "--base-url", "http://10.0.0.1:80"], b"", "is not on loopback"),
    ],
)
def test_the_callers_mistakes_are_one_clear_line(
    arguments: list[str],
    stdin: bytes,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(stdin)))
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert said in told.err
    assert told.err.count("\n") == 1


def test_a_broken_portal_file_is_named_and_the_others_can_be_crawled(tmp_path: Path) -> None:
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "mine.yaml").write_text("id: mine\nnam: x\n", "utf-8")
    done = command("crawl", "mine", home=tmp_path)
    assert done.returncode == 2
    assert "mine.yaml, line 2: nam: unknown key; did you mean 'name'?" in done.stderr.decode()
    listed = command("list", home=tmp_path)
    assert "\nccgp\t" in f"\n{listed.stdout.decode()}"
    assert "mine.yaml, line 2" in listed.stderr.decode()


def test_a_second_member_of_a_family_needs_nothing_but_its_file(tmp_path: Path) -> None:
    """Another site of the same software, at other paths, with a list that may be empty."""
    shipped = yaml.safe_load((ROOT / "config" / "portals" / "ccgp.yaml").read_text("utf-8"))
    shipped.update(
        id="city",
        name={"zh": "示例市政府采购网", "en": "Example City"},
        base_url="https://zfcg.example.gov.cn",
        hosts=[],
        channels=[
            {"id": "tenders", "name": {"zh": "招标", "en": "Tenders"}, "path": "/cggg/dfgg/gkzb/index.htm"},
            {"id": "all", "name": {"zh": "全部", "en": "All"}, "path": "/cggg/zygg/", "min_rows": 0},
        ],
    )
    (tmp_path / "portals").mkdir()
    (tmp_path / "portals" / "city.yaml").write_text(yaml.safe_dump(shipped, allow_unicode=True), "utf-8")
    mixed = [replace(notice(9), area="zygg", channel="xjgg", title="示例部询价公告")]
    with ReplicaPortal([*notices(range(1, 4)), *mixed]) as portal:
        done = crawl(portal, portal_id="city", channels=None, home=tmp_path)
    assert {p.portal for p in done.pages} == {"city"}
    assert sorted(numbers(done.keys)) == [1, 2, 3, 9]
    assert {c.channel: c.state for c in done.result.channels} == {"tenders": "ok", "all": "ok"}
    assert done.row("27000009").facts["kind"] == "询价公告"


def scrapy(*arguments: str, home: Path | None = None) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "scrapy", *arguments], capture_output=True, cwd=ROOT, timeout=60, env=environment(home)
    )


def test_scrapys_own_command_works_too(tmp_path: Path) -> None:
    assert "ccgp" in scrapy("list").stdout.decode().split()
    plan = tmp_path / "plan.json"
    plan.write_text(Plan(channels=("dfgg-gkzb",)).model_dump_json(), "utf-8")
    out = tmp_path / "out.jsonl"
    with ReplicaPortal(notices(range(1, 6))) as portal:
        done = scrapy("crawl", "ccgp", "-O", str(out), "-a", f"plan={plan}", "-s", f"REPLICA_URL={portal.base_url}")
    assert done.returncode == 0, done.stderr.decode()
    lines = [LINE.validate_python(json.loads(line)) for line in out.read_text("utf-8").splitlines()]
    assert isinstance(lines[-1], Result)
    assert sorted(numbers([line.row.key for line in lines if isinstance(line, Page)])) == [1, 2, 3, 4, 5]
    assert "示例县" in out.read_text("utf-8")


def test_a_crawl_whose_time_is_over_ends_itself_and_says_what_is_left(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with ReplicaPortal(notices(range(1, 121)), faults=["slow=0.5@/cggg/*/t*"]) as portal:
        scrapy("crawl", "ccgp", "-O", str(out), "-s", f"REPLICA_URL={portal.base_url}", "-s", "CRAWL_SECONDS=2")
    done = Crawl([LINE.validate_python(json.loads(line)) for line in out.read_text("utf-8").splitlines()], 1, "")
    assert done.result.reconciled
    assert 0 < len(done.pages) < 120
    assert {line.why for line in done.listed} == {"budget"}
    assert sorted(numbers([*done.keys, *(line.row.key for line in done.listed)])) == list(range(1, 121))
    assert done.channel("dfgg-gkzb").unfetched == 120 - len(done.pages)


def test_a_list_that_never_ends_leaves_time_for_the_notices(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with ReplicaPortal(notices(range(1, 61)), faults=["slow=0.4@/cggg/*/index*"], page_size=2) as portal:
        scrapy("crawl", "ccgp", "-O", str(out), "-s", f"REPLICA_URL={portal.base_url}", "-s", "CRAWL_SECONDS=6")
    done = Crawl([LINE.validate_python(json.loads(line)) for line in out.read_text("utf-8").splitlines()], 1, "")
    channel = done.channel("dfgg-gkzb")
    assert channel.state == "partial"
    assert "the time for lists is over" in channel.reason
    assert 0 < channel.fetched == channel.rows < 60
