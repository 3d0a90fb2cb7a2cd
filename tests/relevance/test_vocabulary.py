"""The file of words: what is wrong in it is named with file, key and fix; the user's own replaces the shipped."""

import re
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.config import ConfigurationError, shipped
from tracker.relevance import classify, likely_words, vocabulary
from tracker.relevance.vocabulary import FILE, load, trie


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with the user's own copy."""
    monkeypatch.setenv("CHEBIAO_HOME", str(tmp_path))
    return Path(shutil.copy(shipped() / FILE, tmp_path / FILE))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_users_own_words_count(own: Path) -> None:
    assert classify("云岭县蒸汽爬犁采购").vehicle_purchase == "no"
    edit(own, "words: [照明车,", "words: [蒸汽爬犁, 照明车,")
    found = classify("云岭县蒸汽爬犁采购")
    assert (found.vehicle_purchase, found.types) == ("yes", ("lighting_vehicle",))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "words: [照明车,",
            "words: [消防车, 照明车,",
            "消防车 stands in types.fire_engine and in types.lighting_vehicle",
        ),
        ("parent: special", "parent: spaceship", "no type 'spaceship'"),
        ("generic: true", "generic: perhaps", "types.0.generic"),
        ("class: rail", "class: trains", "no class 'trains'"),
        ("max_yuan: 120000", "max_yuan: -1", "limits.rows.0.max_yuan"),
        ("spec: [common]", "spec: [wings]", "wings"),
        ("purchase:", "purchases:", "purchases: unknown key; did you mean 'purchase'?"),
        ("purchase:", "purchase: [", "mend the YAML"),
    ],
)
def test_an_error_names_file_key_and_fix(own: Path, old: str, new: str, said: str) -> None:
    edit(own, old, new)
    with pytest.raises(ConfigurationError) as caught:
        classify("消防车采购")
    assert said in str(caught.value)
    assert re.search(rf"{re.escape(str(own))}, line \d+: ", str(caught.value))


def test_a_file_that_is_no_mapping_or_missing(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("- 1\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"list\.yaml, line 1"):
        load(tmp_path / "list.yaml")
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")


@given(
    st.lists(st.text(alphabet="车辆救护消防用", min_size=1, max_size=4), min_size=1, max_size=12),
    st.text(alphabet="车辆救护消防用", max_size=12),
)
def test_a_trie_finds_the_longest_word_at_each_place(words: list[str], text: str) -> None:
    pattern = re.compile(trie(words))
    longest = re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    assert [m.span() for m in pattern.finditer(text)] == [m.span() for m in longest.finditer(text)]


def test_likely_words_cover_every_vehicle_word() -> None:
    likely = likely_words()
    assert "车" in likely
    assert all(any(part in word for part in likely) for word, t in vocabulary().tokens.items() if t.kind == "vehicle")
    assert "铁骑" in likely


def test_types_the_reference_notices_use_exist(shared: Path) -> None:
    readme = (shared / "gold" / "vehicles" / "README.md").read_text(encoding="utf-8")
    listed = re.search(r"^Types: (.+)\.$", readme, re.M)
    assert listed is not None
    assert set(listed.group(1).split(", ")) <= set(vocabulary().types)


def test_every_type_says_what_a_specification_must_answer() -> None:
    data = vocabulary().data
    assert all(row.spec for row in data.types)
    assert all(point.zh and point.en for points in data.spec_points.values() for point in points)
