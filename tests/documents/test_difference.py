"""What a new version asks otherwise: two corrections of the tender for police cars, and the rules of pairing."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.documents.making import HERE, as_docx, parse
from tracker.documents.difference import Difference, difference, read_otherwise, with_history
from tracker.documents.formats import READERS
from tracker.documents.model import Place, Requirement
from tracker.documents.requirements import requirements

FIRST = (
    ("| 3 | 轴距（mm） | ▲≥2680 |", "| 3 | 轴距（mm） | ▲≥2650 |"),
    ("| 9 | 排放标准 | ★国六b |", "| 9 | 排放标准 | ★国六b |\n| 10 | 混合动力 | ★插电式混合动力，纯电续航≥80km |"),
    ("（1）包2投标人须提供车辆制造商针对本项目出具的授权书；\n", ""),
    ("自2023年1月1日以来须具有不少于3个囚车", "自2023年1月1日以来须具有不少于2个囚车"),
    ("合同签订之日起60日内交付，涂装", "合同签订之日起90日内交付，涂装"),
)
"""The first correction: a wheelbase, a parameter more, a qualification less, a number, a time."""
SECOND = (
    ("| 3 | 轴距（mm） | ▲≥2650 |", "| 3 | 轴距（mm） | ★≥2650 |"),
    ("包3：人民币20000元", "包3：人民币15000元"),
    ("7.2 投标文件使用国家法定计量单位。", "7.2 投标文件使用国家法定计量单位，图纸另附。"),
)
"""The second: a parameter becomes ★, a deposit shrinks, and a sentence that asks nothing changes."""


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> list[list[Requirement]]:
    """The tender as first published, after one and after two corrections, each read from Word."""
    text = (HERE / "police.md").read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("versions")
    found = []
    for number, edits in enumerate(((), FIRST, SECOND)):
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        path = as_docx(list(parse(text)), folder / f"{number}.docx")
        found.append(requirements(READERS["docx"](path).lines, "招标文件.docx"))
    return found


def said(found: Difference) -> tuple[list[str], list[tuple[str, str]], list[str]]:
    return (
        [each.words for each in found.added],
        [(each.before.words, each.after.words) for each in found.changed],
        [each.words for each in found.dropped],
    )


def test_the_first_correction_adds_changes_and_drops(versions: list[list[Requirement]]) -> None:
    added, changed, dropped = said(difference(versions[0], versions[1]))
    assert added == ["混合动力 | ★插电式混合动力，纯电续航≥80km"]
    assert dropped == ["包2投标人须提供车辆制造商针对本项目出具的授权书；"]
    assert changed == [
        (
            "包2投标人自2023年1月1日以来须具有不少于3个囚车或押解车供货业绩；",
            "包2投标人自2023年1月1日以来须具有不少于2个囚车或押解车供货业绩；",
        ),
        ("轴距（mm） | ▲≥2680", "轴距（mm） | ▲≥2650"),
        (
            "交货时间：合同签订之日起60日内交付，涂装车辆的交货时间自效果图书面确认之日起算。",
            "交货时间：合同签订之日起90日内交付，涂装车辆的交货时间自效果图书面确认之日起算。",
        ),
    ]


def test_the_second_correction_makes_a_parameter_a_must(versions: list[list[Requirement]]) -> None:
    found = difference(versions[1], versions[2])
    assert [(each.before.mark, each.after.mark, each.after.lot) for each in found.changed] == [
        ("", "", "3"),
        ("▲", "★", "1"),
    ]
    assert said(found)[0] == said(found)[2] == []


def test_a_changed_requirement_names_the_key_it_had_before(versions: list[list[Requirement]]) -> None:
    third = with_history(versions[1], versions[2])
    wheelbase = next(each for each in third if each.label == "轴距（mm）")
    (before,) = [each for each in versions[1] if each.label == "轴距（mm）"]
    assert wheelbase.replaces == before.key != wheelbase.key
    assert sum(bool(each.replaces) for each in third) == 2


def test_what_only_moves_is_no_difference(versions: list[list[Requirement]]) -> None:
    moved = [replace(each, place=Place("other.pdf", "第九章", 99)) for each in reversed(versions[0])]
    assert not difference(versions[0], moved)


@pytest.mark.parametrize(
    ("before", "after", "paired"),
    [
        ("轴距≥2680mm", "轴距≥2650mm", True),
        ("整车质保不少于3年", "整车质保不少于5年或者15万公里", True),
        ("整车质保不少于3年", "须提供公告页打印件", False),
    ],
)
def test_only_what_is_alike_is_a_change(before: str, after: str, paired: bool) -> None:
    place = Place("a.docx", "第三章 2.1")
    found = difference([Requirement("technical", before, place)], [Requirement("technical", after, place)])
    assert len(found.changed) == paired


def test_another_lot_or_kind_is_never_a_change() -> None:
    one = Requirement("technical", "轴距≥2680mm", Place("a"), lot="1")
    for other in (replace(one, lot="2"), replace(one, kind="scoring")):
        found = difference([one], [other])
        assert (found.added, found.changed, found.dropped) == ((other,), (), (one,))


REQUIREMENT = st.builds(
    Requirement,
    kind=st.sampled_from(["technical", "scoring"]),
    words=st.text("轴距质保≥1234 年", min_size=1, max_size=12),
    place=st.builds(Place, st.just("a"), st.sampled_from(["1", "2"])),
    lot=st.sampled_from(["", "1"]),
    label=st.sampled_from(["", "轴距"]),
)


@given(st.lists(REQUIREMENT, max_size=8), st.lists(REQUIREMENT, max_size=8))
def test_nothing_is_lost_between_two_versions(old: Sequence[Requirement], new: Sequence[Requirement]) -> None:
    found = difference(old, new)
    before, after = {each.key for each in old}, {each.key for each in new}
    gone = [each.key for each in found.dropped] + [each.before.key for each in found.changed]
    come = [each.key for each in found.added] + [each.after.key for each in found.changed]
    assert sorted(gone) == sorted(before - after)
    assert sorted(come) == sorted(after - before)
    assert not difference(old, old)


def test_what_is_read_anew_keeps_the_work_on_the_same_words() -> None:
    once = Requirement("technical", "车长10400mm～10600mm", Place("招标文件.docx", "第三章", 9))
    kept = Requirement("warranty", "质保期3年", Place("招标文件.docx", "第三章", 9), replaces="0" * 16)
    now = replace(once, lot="A", mark="★")
    assert [each.replaces for each in read_otherwise([once, kept], [now, replace(kept, replaces="")])] == [
        once.key,
        "0" * 16,
    ]
