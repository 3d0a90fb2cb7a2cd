"""`chebiao portal check` and `chebiao portal new`, as a person runs them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.portals import load_portal
from demo.freecms import FreecmsReplica
from demo.ggzy import Entry, GgzyReplica
from demo.portal import ReplicaPortal
from tests.crawler.crawl_replica import NOON, notice
from tracker.cli import app
from tracker.look import scrubbed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    monkeypatch.setenv("CHEBIAO_NOW", NOON.isoformat())
    return tmp_path


@pytest.fixture
def replica() -> Iterator[ReplicaPortal]:
    with ReplicaPortal([notice(n) for n in range(1, 51)]) as portal:
        yield portal


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words, env={"COLUMNS": "200"})


def test_check_explains_what_it_saw_and_stores_nothing(replica: ReplicaPortal, home: Path) -> None:
    done = run("portal", "check", "ccgp", "--channel", "dfgg-gkzb", "--base-url", replica.base_url)
    assert done.exit_code == 0, done.output
    assert "dfgg-gkzb: ok" in done.stdout
    assert "示例县第50小学" in done.stdout
    assert "SL-0050" in done.stdout
    lists = [request.path for request in replica.requests if "index" in request.path]
    assert len(lists) == 1, "one list page, although every row is unknown"
    assert [path.name for path in home.rglob("*") if path.is_file()] == ["crawl-ccgp.log"]


def test_check_as_json(replica: ReplicaPortal) -> None:
    done = run("portal", "check", "ccgp", "--channel", "dfgg-gkzb", "-n", "2", "--json", "--base-url", replica.base_url)
    said = json.loads(done.stdout)
    assert (said["good"], said["would_keep"], len(said["notices"])) == (True, 20, 2)
    assert said["channels"][0]["state"] == "ok"
    assert any("cgyx" in words for words in said["not_covered"])


def test_h2_check_shows_the_page_that_blocks(replica: ReplicaPortal) -> None:
    replica.set_fault("captcha")
    done = run("portal", "check", "ccgp", "--channel", "dfgg-gkzb", "--base-url", replica.base_url)
    assert done.exit_code == 1
    assert "blocked" in done.stdout
    assert "频繁" in done.stdout


def test_check_of_a_json_list_shows_the_field_that_is_gone() -> None:
    with GgzyReplica([Entry("a" * 36, "校车采购", NOON)], faults=["renamed=publishTime"]) as portal:
        done = run("portal", "check", "ggzy", "--channel", "p-0201", "--base-url", portal.base_url)
    assert done.exit_code == 1
    assert "no field 'publishTime'" in done.stdout


def test_mistakes_are_answered_with_what_there_is() -> None:
    for words in (("check", "ccpg"), ("check", "ccgp", "--channel", "dfgg"), NEW):
        done = run("portal", *words, *(("--family", "nonsense") if words is NEW else ()))
        assert done.exit_code != 0
        assert "ccgp" in str(done.exception) or "dfgg-gkzb" in str(done.exception)


NEW = (
    "new", "--id", "example-city", "--zh", "示例市政府采购网", "--en", "Example City", "--owner", "示例市财政局",
    "--url", "https://zfcg.example.gov.cn", "--kind", "采购公告",
    "--path", "/freecms/rest/v1/notice/selectInfoMore.do?siteId=1&channel=2&currPage=1&pageSize=20",
)  # fmt: skip


def test_new_writes_a_file_polls_once_and_keeps_a_sample(home: Path) -> None:
    body = "<p>项目编号：SL-1</p><p>联系人：赵小明 电话：13912345678、0571-12345678 a.b@mail.cn</p>"
    with FreecmsReplica([notice(1, body=body)]) as portal:
        done = run("portal", *NEW, "--family", "freecms", "--base-url", portal.base_url)
    assert done.exit_code == 0, done.output
    made = load_portal(home / "portals" / "example-city.yaml")
    assert (made.name.zh, made.rate.delay_s, made.channels[0].kind) == ("示例市政府采购网", 5, "采购公告")
    page = (home / "samples" / "example-city" / "page.html").read_text(encoding="utf-8")
    assert "13912345678" not in page
    assert "12345678" not in page
    assert "a.b@mail.cn" not in page
    expected = json.loads((home / "samples" / "example-city" / "expected.json").read_text(encoding="utf-8"))
    assert expected["notices"][0]["project_number"] == "SL-1"
    with FreecmsReplica([notice(1)]) as portal:
        assert run("portal", "check", "example-city", "--base-url", portal.base_url).exit_code == 0


def test_new_asks_for_what_is_not_given(home: Path) -> None:
    with FreecmsReplica([notice(1)]) as portal:
        answers = ["city-two", "示例", "Two", "局", "freecms", "https://two.example.gov.cn", NEW[-1], "公告"]
        words = ["portal", "new", "--base-url", portal.base_url]
        done = CliRunner().invoke(app, words, input="\n".join(answers) + "\n")
    assert done.exit_code == 0, done.output
    assert (home / "portals" / "city-two.yaml").is_file()


def test_a_wrong_answer_leaves_no_file(home: Path) -> None:
    words = [word if word != "https://zfcg.example.gov.cn" else "http://127.0.0.1/" for word in NEW]
    done = run("portal", *words, "--family", "freecms")
    assert "replica" in str(done.exception)
    assert not (home / "portals" / "example-city.yaml").exists()


def test_contact_persons_are_masked() -> None:
    text = "联系人：赵小明，手机13912345678；固话（0571）12345678、010-1234567 zhao@mail.cn 编号 20261234567890123"
    said = scrubbed(text, ["赵小明"])
    assert "赵小明" not in said
    assert re.findall(r"\d{7,}", said) == ["13800000000", "00000000", "00000000", "20261234567890123"]
