"""`watch`, `search`, `project gates`, `relevance review`, `audit import` as a user meets them."""

from pathlib import Path

import pytest

from tests.shell import Shell
from tests.tracker.pages import tender
from tracker.db import open_database
from tracker.intake import take_page

pytestmark = pytest.mark.xdist_group("watch-commands")  # one worker builds what all of them use


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Two tenders, and two people with nothing set up."""
    run = Shell(tmp_path_factory.mktemp("home"), CHEBIAO_NOW="2026-11-20T09:00:00+08:00", CHEBIAO_LANG="zh_CN")
    engine = open_database(f"sqlite:///{run.home / 'chebiao.sqlite'}")
    take_page(engine, tender())
    take_page(engine, tender(key="7", number="Z-2026-7", buyer="宁波市消防救援支队", name="水罐消防车采购项目"))
    engine.dispose()
    for name in ("王小明", "林芳"):
        run("person", "add", name)
    return run


def test_a_watch_is_added_tried_edited_and_removed(shell: Shell) -> None:
    shell("watch", "add", "宁波", "--as", "王小明", "--region", "宁波", "--min", "50万", "--show-last-30-days")
    (row,) = shell.rows("watch", "list", "--as", "王小明")
    assert row["criteria"] == {"regions": ["浙江省宁波市"], "amount": {"min": 500_000.0}}
    shell("watch", "edit", "宁波", "--as", "王小明", "--max", "100万", "--no-unknown-region")
    (row,) = shell.rows("watch", "list", "--as", "王小明")
    assert row["criteria"] == {
        "regions": ["浙江省宁波市"],
        "unknown_region": False,
        "amount": {"min": 500_000.0, "max": 1_000_000.0},
    }
    (missed,) = [
        each for each in shell.rows("watch", "test", "宁波", "--as", "王小明") if each["missed_by"] == "amount"
    ]
    assert missed["name"] == "水罐消防车采购项目"
    shell("watch", "remove", "宁波", "--as", "王小明")
    assert "全部购车招标" in shell.said
    assert shell.rows("watch", "list") == []


def test_a_watch_is_tried_before_it_is_added(shell: Shell) -> None:
    found = shell.rows("watch", "test", "--preset", "fire-truck-maker")
    assert [(row["name"], row["hit"]) for row in found] == [("水罐消防车采购项目", True)]
    assert "消防车" in str(found[0]["reasons"])
    said = shell("watch", "test", "--preset", "fire-truck-maker", CHEBIAO_LANG="en")
    assert "buys vehicles" in said
    assert "caught: 1" in shell.said


def test_a_ready_made_watch_takes_options_on_top(shell: Shell) -> None:
    shell("watch", "add", "--preset", "car-dealer", "--region", "宁波", "--as", "林芳")
    (row,) = shell.rows("watch", "list", "--as", "林芳")
    assert row["name"] == "轿车经销商"
    assert row["criteria"]["regions"] == ["浙江省宁波市"]  # type: ignore[index]
    assert "car-dealer" in shell("watch", "presets")
    shell("watch", "remove", "轿车经销商", "--as", "林芳")


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["--region", "朝阳区"], "北京市朝阳区"),
        (["--vehicle", "消防年"], "消防车"),
        (["--preset", "cars"], "car-dealer"),
        (["--file", "nowhere.toml"], "nowhere.toml"),
        ([], "至少"),
    ],
)
def test_h71_a_mistake_in_a_watch_ends_with_the_fix_and_code_2(shell: Shell, arguments: list[str], hint: str) -> None:
    shell("watch", "add", "试", "--as", "王小明", *arguments, code=2)
    assert hint in shell.said


def test_search_finds_words_inside_words(shell: Shell) -> None:
    (row,) = shell.rows("search", "消防车")
    assert set(row) >= {"id", "project", "rank", "title", "kind", "url", "published_at", "excerpt"}
    assert row["title"] == "宁波市消防救援支队水罐消防车采购项目公开招标公告"
    assert shell.rows("search", "采购", "--buyer-kind", "police") != shell.rows("search", "采购")
    assert shell.rows("search", '"%_') == []
    (older,) = shell.rows("search", "采购", "--limit", "1", "--after", str(row["rank"]))
    assert older["rank"] < row["rank"]  # type: ignore[operator]
    shell("search", "--rebuild")
    assert "2" in shell.said
    assert shell.rows("search", "消防车") == [row]


def test_gates_quote_the_notice(shell: Shell) -> None:
    gates = shell.rows("project", "gates", "1")
    assert [row["id"] for row in gates][:2] == ["role", "licence"]
    assert {row["answer"] for row in gates} <= {"yes", "no", "unknown"}
    consortium = next(row for row in gates if row["id"] == "consortium")
    assert "不接受联合体" in str(consortium["evidence"])
    assert "联合体" in shell("project", "gates", "1")
    shell("project", "gates", "99", code=2)


def test_a_correction_is_listed_with_the_rule(shell: Shell) -> None:
    shell("project", "judge", "1", "no", "--as", "王小明", "--reason", "只买警灯")
    (row,) = shell.rows("relevance", "review")
    assert (row["verdict"], row["why"]) == ("no", "只买警灯")
    assert row["erred"][0]["rules"]  # type: ignore[index]
    assert "警用车辆" in shell("relevance", "review")
    decision = str(row["decision_id"])
    shell("undo", decision, "--as", "王小明")


def test_an_audit_says_what_became_of_each_row(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    rows = [
        "标题,发布时间,链接",
        "水罐消防车采购项目,2026-11-19,",
        "别处的客车采购,2026-11-19,https://ggzy.example.cn/1",
    ]
    file.write_text("\n".join(rows), encoding="utf-8")
    first, second = shell.rows("audit", "import", str(file))
    assert (first["result"], first["publication_id"]) == ("had", 2)
    assert (second["result"], second["why"]) == ("missed", "not covered")
    assert "ggzy.example.cn" in shell("audit", "import", str(file))
    shell("audit", "import", str(tmp_path / "nothing.csv"), code=2)


def test_a_watch_of_a_team_speaks_to_all_its_people(shell: Shell) -> None:
    shell("team", "set", "华东组", "--as", "王小明", "--lead", "王小明", "--member", "林芳")
    shell("watch", "add", "华东消防", "--as", "林芳", "--team", "华东组", "--vehicle", "消防车")
    assert "华东组" in shell.said
    (row,) = shell.rows("watch", "list")
    assert (row["whose"], row["team"], row["person"]) == ("华东组", "华东组", "")
    assert shell.rows("watch", "list", "--as", "王小明") == shell.rows("watch", "list", "--as", "林芳") == [row]
    shell("watch", "edit", "华东消防", "--as", "王小明", "--min", "100万")
    shell("person", "add", "赵敏")
    shell("watch", "edit", "华东消防", "--as", "赵敏", "--min", "1万", code=2)
    shell("watch", "add", "华东消防", "--as", "赵敏", "--team", "华东组", "--vehicle", "消防车", code=2)
    assert "不在团队" in shell.said
    shell("watch", "remove", "华东消防", "--as", "林芳")
    assert shell.rows("watch", "list") == []
