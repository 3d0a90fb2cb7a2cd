"""The command line as a user meets it: fixed JSON keys, clear mistakes, exit codes, tables of 80 columns."""

import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from demo.notices import world
from demo.portal import ReplicaPortal
from demo.smtp import MailSink
from tests.shell import Shell
from tracker.cli.commands import COMMANDS, HIDDEN, PARTS, made

pytestmark = pytest.mark.xdist_group("cli")  # one worker builds what all of them use

SAMPLES = [sample for sample in world() if sample.vehicles != "no"][:14]
CHANNELS = sorted({f"{sample.area}-{sample.channel}" for sample in SAMPLES})
KEYS = {
    "poll": {"portal", "state", "reason", "requests", "rows", "new", "changed", "unchanged", "failed"},
    "portals": {"id", "family", "state", "last_ok", "lag"},
    "notices": {"id", "portal", "url", "title", "kind", "project"},
    "projects": {"id", "name", "buyer", "stage", "next_action", "next_at"},
    "events": {"id", "kind", "cause", "before", "after"},
    "polls": {"portal", "channel", "state", "reason"},
}


@pytest.fixture(scope="module")
def sink() -> Iterator[MailSink]:
    with MailSink() as found:
        yield found


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, sink: MailSink) -> Iterator[Shell]:
    """A home that has polled a small replica once."""
    run = Shell(
        tmp_path_factory.mktemp("home"),
        child=True,
        CHEBIAO_SMTP_URL=sink.url,
        CHEBIAO_MAIL_FROM="chebiao@example.cn",
        COLUMNS="80",
    )
    with ReplicaPortal(SAMPLES) as portal:
        run("person", "add", "李经理", "li@example.cn")
        chosen = [word for channel in CHANNELS for word in ("--channel", channel)]
        (report,) = run.rows("poll", "ccgp", "--base-url", portal.base_url, *chosen)
        assert report.keys() >= KEYS["poll"]
        assert (report["state"], report["failed"]) == ("ok", 0)
        yield run


@pytest.mark.parametrize("command", ["portals", "notices", "projects", "events", "polls"])
def test_json_lines_have_their_fixed_keys(shell: Shell, command: str) -> None:
    found = shell.rows(command)
    assert found
    assert all(row.keys() >= KEYS[command] for row in found)


def test_projects_filter_and_what_is_to_be_done(shell: Shell) -> None:
    found = shell.rows("projects", "--vehicles")
    assert any(row["next_action"] for row in found)
    assert len(found) <= len(shell.rows("projects"))


def width(line: str) -> int:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", line)
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain)


@pytest.mark.parametrize("command", ["portals", "notices", "projects", "events", "polls", "deadlines"])
def test_tables_fit_80_columns(shell: Shell, command: str) -> None:
    lines = shell(command).splitlines()
    assert len(lines) > 1
    assert max(map(width, lines)) <= 80


def test_tracking_and_undo_name_the_person(shell: Shell) -> None:
    identity = str(shell.rows("projects", "--vehicles")[0]["id"])
    shell("project", "track", identity, "--as", "李经理")
    assert [row["id"] for row in shell.rows("projects", "--tracked")] == [int(identity)]
    shell("project", "track", identity, "--undo", "--as", "李经理")
    assert shell.rows("projects", "--tracked") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("poll", "nowhere"), "no portal 'nowhere'"),
        (("polll",), "no command 'polll'; perhaps 'poll'"),
        (("project", "show", "99999"), "no project 99999"),
        (("project", "track", "1", "--as", "nobody"), "no person 'nobody'"),
        (("person", "add", "x", "no-address"), "no-address"),
        (("person", "add", "y", "y@example.cn", "--at", "late"), "no time of day"),
        (("period", "gp.no.such-rule", "--from", "2026-09-28"), "gp.no.such-rule"),
        (("period", "gp.tender.notice-period", "--from", "soon"), "soon"),
        (("digest", "--format", "pdf"), "'pdf' is no format"),
        (("undo", "4711", "--as", "李经理"), "no decision 4711"),
        (("restore", "no-such-file"), "no-such-file"),
    ],
)
def test_a_users_mistake_is_a_sentence_and_code_2(shell: Shell, arguments: tuple[str, ...], says: str) -> None:
    shell(*arguments, code=2, CHEBIAO_LANG="en")
    assert says in " ".join(shell.said.split())


def test_h71_a_wrong_setting_stops_every_command_with_its_fix(shell: Shell) -> None:
    shell("projects", code=2, CHEBIAO_DIGEST_ATT="8:00")
    assert "digest_at" in shell.said


def test_an_unreachable_portal_ends_with_code_1_and_says_why(shell: Shell) -> None:
    shell("poll", "ccgp", "--base-url", "http://127.0.0.1:9", "--channel", CHANNELS[0], code=1)
    assert "refused" in shell.said


def test_a_digest_is_sent_once_a_day(shell: Shell, sink: MailSink) -> None:
    before = len(sink.messages)
    shell("digest", "--send")
    shell("digest", "--send")
    assert len([mail for mail in sink.messages[before:] if str(mail.message["Subject"]).startswith("车标 ")]) == 1


def test_h68_no_secret_reaches_output_or_logs(shell: Shell) -> None:
    secret = "smtp://me:hunter2@127.0.0.1:9"
    shell("doctor", "--offline", code=1, CHEBIAO_SMTP_URL=secret)
    logs = "".join(path.read_text(errors="replace") for path in (shell.home / "logs").glob("*"))
    assert "hunter2" not in shell.said + logs


def test_read_prints_the_contract_and_skips_a_bad_line(shell: Shell, tmp_path: Path) -> None:
    lines = [
        {"id": "a", "title": "甲县公安局警车采购项目公开招标公告", "text": "项目编号：JX-1\n预算金额：30万元"},
        {"id": "b", "title": "乙县校车采购项目终止公告", "text": "采购项目编号：YX-2\n供应商不足三家，废标"},
    ]
    good, other = map(json.dumps, lines)
    (tmp_path / "pages.jsonl").write_text(f"{good}\n{{not json\n{other}", encoding="utf-8")
    found = [json.loads(line) for line in shell("read", str(tmp_path / "pages.jsonl"), code=2).splitlines()]
    assert [row["id"] for row in found] == ["a", "b"]
    assert [row["kind"] for row in found] == ["tender", "termination"]
    assert found[0]["budget_yuan"] == 300_000
    assert "vehicle_purchase" in found[0]
    assert "pages.jsonl:2" in shell.said


def test_classify_says_why(shell: Shell, tmp_path: Path) -> None:
    titles = ["某市公安局警用摩托车采购项目", "某市公务用车定点维修服务项目"]
    (tmp_path / "t.jsonl").write_text("\n".join(json.dumps({"title": title}) for title in titles), encoding="utf-8")
    found = [json.loads(line) for line in shell("classify", str(tmp_path / "t.jsonl")).splitlines()]
    assert [row["vehicle_purchase"] for row in found] == ["yes", "no"]
    assert all(row["reasons"] and row["class"] for row in found)


def test_period_prints_every_step(shell: Shell) -> None:
    (found,) = shell.rows("period", "gp.tender.notice-period", "--from", "2026-09-28")
    assert found.keys() >= {"rule_id", "from", "until", "latest_arguable", "provisional", "steps"}
    assert found["until"] == "2026-10-10"


def test_help_teaches_and_every_command_has_a_sentence(shell: Shell) -> None:
    said = shell("--help", CHEBIAO_LANG="en")
    assert "First steps" in said
    commands = re.findall(r"^│ ([a-z]+) +(\S.*?) *│$", said, re.M)
    assert len(commands) > 20
    assert all(sentence for _, sentence in commands)


HELP = """
import sys
from tracker.cli import main
try:
    main()
finally:
    slow = {"alembic", "bs4", "docx", "lxml", "openpyxl", "pdfplumber", "pydantic", "scrapy", "sqlalchemy", "sqlmodel"}
    print(*sorted(slow & set(sys.modules)), file=sys.stderr)
"""


def test_help_waits_for_nothing_slow() -> None:
    asked = [sys.executable, "-c", HELP, "--help"]
    said = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True)
    assert said.stderr.strip() == ""
    assert all(name in said.stdout for name in COMMANDS.keys() - HIDDEN)


def test_each_command_is_listed_with_the_modules_that_make_it() -> None:
    for name in COMMANDS:
        assert made(name).help
    assert typer.main.get_group(PARTS).commands.keys() == COMMANDS.keys()
