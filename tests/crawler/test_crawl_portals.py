"""Portal definitions: what a person who edits one is told."""

from pathlib import Path

import pytest
import yaml

from crawler.config import FileError, shipped
from crawler.loader import families, spider_class
from crawler.portals import Portal, common_signs, load_portal, load_portals

SMALL = """\
id: example
name: {zh: 示例采购网, en: Example Procurement}
owner: 示例市财政局
family: ccgp
base_url: https://zfcg.example.gov.cn
terms: none found
robots: HTTP 404 in 2026-11
rate:
  delay_s: 3
  why: unknown, so the usual
licence: public by law
caveats: []
expect:
  min_rows: 1
interval: {min: 60, max: 240}
detail_budget: 100
channels:
  - id: tenders
    name: {zh: 招标公告, en: Tenders}
    path: /zbgg/index.htm
"""


def written(tmp_path: Path, text: str, name: str = "example.yaml") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def complaint(tmp_path: Path, before: str, after: str) -> str:
    assert before in SMALL
    with pytest.raises(FileError) as caught:
        load_portal(written(tmp_path, SMALL.replace(before, after)))
    return str(caught.value)


def test_a_small_definition_is_enough(tmp_path: Path) -> None:
    portal = load_portal(written(tmp_path, SMALL))
    assert portal.channels[0].name.zh == "招标公告"
    assert portal.time_zone == "Asia/Shanghai"
    assert portal.gate().check("https://zfcg.example.gov.cn/zbgg/index.htm")


def test_an_unknown_key_is_refused_with_line_and_nearest_right_key(tmp_path: Path) -> None:
    said = complaint(tmp_path, "detail_budget: 100", "detail_budgt: 100")
    assert "example.yaml, line 16: detail_budgt: unknown key; did you mean 'detail_budget'?" in said
    assert "detail_budget: missing; add it (most details to fetch in one poll)" in said


def test_an_unknown_key_deep_inside_names_its_own_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, "path: /zbgg/index.htm", "path: /zbgg/index.htm\n    shortwindow: true")
    assert "example.yaml, line 21: channels.0.shortwindow: unknown key; did you mean 'short_window'?" in said


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("delay_s: 3", "delay_s: 0.5", "example.yaml, line 9: rate.delay_s: 0.5 is impolite; write 2 or more"),
        ("delay_s: 3", "delay_s: three", "example.yaml, line 9: rate.delay_s: "),
        ("terms: none found\n", "", "terms: missing; add it (what its terms of use say"),
        (
            "https://zfcg.example.gov.cn",
            "https://zfcg.example.gov.cn/x",
            "example.yaml, line 5: base_url: https://zfcg.example.gov.cn/x must be scheme and host only",
        ),
        (
            "https://zfcg.example.gov.cn",
            "http://127.0.0.1:8000",
            "example.yaml, line 5: base_url: a host on loopback needs `replica: true`",
        ),
        ("{min: 60, max: 240}", "{min: 300, max: 240}", "example.yaml, line 15: interval.min: 300 is above max 240"),
        ("path: /zbgg/index.htm", "path: zbgg", "channels.0.path: "),
        ("family: ccgp\n", "family: ccgp\nfamily: ccgp\n", "example.yaml, line 5: family: written twice; keep one"),
        ("owner: 示例市财政局", "owner: [示例市财政局", "mend the YAML there"),
        ("owner: 示例市财政局", "time_zone: Asia/Peking\nowner: 示例市财政局", "Asia/Peking is no time zone"),
        ("caveats: []", "caveats: []\nsigns:\n  - kind: blocked\n    title: '(['", "no valid regular expression"),
        ("caveats: []", "caveats: []\nsigns:\n  - kind: blocked", "needs one of title, words, form, url"),
        ("id: example\n", "id: other\n", "'other' is not the file's name; write id: example"),
    ],
)
def test_a_mistake_is_named_with_its_fix(tmp_path: Path, before: str, after: str, told: str) -> None:
    assert told in complaint(tmp_path, before, after)


def test_the_same_channel_twice_is_refused(tmp_path: Path) -> None:
    twice = SMALL + SMALL[SMALL.index("  - id: tenders") :]
    with pytest.raises(FileError, match=r"example\.yaml, line 17: channels: the id tenders stands twice"):
        load_portal(written(tmp_path, twice))


def test_broken_files_do_not_hide_the_others(tmp_path: Path) -> None:
    good = written(tmp_path, SMALL)
    broken = written(tmp_path, "id: [", "broken.yaml")
    empty = written(tmp_path, "", "empty.yaml")
    latin = tmp_path / "latin.yaml"
    latin.write_bytes("id: caf\xe9".encode("latin-1"))
    dangling = tmp_path / "dangling.yaml"
    dangling.symlink_to(tmp_path / "gone.yaml")
    portals = load_portals([broken, good, empty, latin, tmp_path / "absent.yaml", dangling])
    assert list(portals) == ["example"]
    told = [error.path.name for error in portals.errors]
    assert told == ["broken.yaml", "empty.yaml", "latin.yaml", "absent.yaml", "dangling.yaml"]
    assert all(str(error).startswith(str(error.path)) for error in portals.errors)


def test_the_users_file_replaces_the_shipped_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    (tmp_path / "portals").mkdir()
    written(tmp_path / "portals", SMALL)
    own = (shipped() / "portals" / "ccgp.yaml").read_text("utf-8").replace("delay_s: 3", "delay_s: 9")
    written(tmp_path / "portals", own, "ccgp.yaml")
    portals = load_portals()
    assert {"example", "ccgp"} <= set(portals)
    assert portals["ccgp"].rate.delay_s == 9


@pytest.mark.parametrize("path", sorted((shipped() / "portals").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_portal_is_sound_and_its_family_is_known(path: Path) -> None:
    portal = load_portal(path)
    assert portal.family in families()
    assert spider_class(portal).name == portal.id
    assert len({channel.path for channel in portal.channels}) == len(portal.channels)


def test_ccgp_has_all_static_channels() -> None:
    portal = load_portal(shipped() / "portals" / "ccgp.yaml")
    static = {c.path for c in portal.channels if c.path.startswith("/cggg/")}
    codes = "gkzb yqzbgg zgysgg jzxtpgg jzxcs xjgg zbgg cjgg gzgg fblbgg qtgg dylygg".split()
    assert static == {f"/cggg/{area}/{code}/index.htm" for area in ("zygg", "dfgg") for code in codes}
    assert {c.path for c in portal.channels if c.repeats} == {
        f"/zydwplcg/{p}/" for p in ("zy/zyzb", "zy/zyzhb", "zz/zzzb", "zz/zzzhb")
    }
    assert {c.id for c in portal.channels if c.short_window} >= {"dfgg-xjgg", "zygg-xjgg"}


def test_a_family_without_a_module_is_named(tmp_path: Path) -> None:
    portal = load_portal(written(tmp_path, SMALL.replace("family: ccgp", "family: epoint")))
    with pytest.raises(ValueError, match=r"no module crawler/spiders/epoint\.py; known are .*ccgp"):
        spider_class(portal)


def test_every_key_of_a_definition_says_what_it_is_for() -> None:
    for name, field in Portal.model_fields.items():
        assert field.description, f"{name} has no description; the error messages and docs use it"


def test_the_common_signs_are_sound() -> None:
    kinds = {sign.kind for sign in common_signs()}
    assert kinds == {"blocked", "captcha", "login", "maintenance", "not_found"}


def test_the_worked_example_of_the_documentation_is_valid(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "portals.md").read_text("utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    portal = load_portal(written(tmp_path, example, f"{yaml.safe_load(example)['id']}.yaml"))
    assert portal.family in families()
