"""Catalogue of 2013 and 2022, CPV, PSC, UNSPSC."""

import csv
from pathlib import Path

import pytest

from tracker.relevance import vocabulary
from tracker.relevance.codes import judge


@pytest.mark.parametrize(
    ("printed", "verdict", "types", "edition"),
    [
        ("A02030609 消防车", "yes", ("fire_engine",), "2022"),
        ("A02030609", "yes", ("fire_engine",), "2022"),
        ("A02030501-0002", "yes", ("sedan",), "2022"),
        ("A020306 客车", "yes", ("bus",), "2013"),
        ("A02030600 专用车辆", "yes", ("special",), "2022"),
        ("A02030601 小型客车", "yes", ("mpv",), "2013"),  # in 2022 the number means 厢式专用汽车: the name wins
        ("货物/设备/车辆/摩托车/三轮摩托车", "yes", ("motorcycle",), ""),
        ("消防车", "yes", ("fire_engine",), ""),
        ("A02031100 车辆附属设施及零部件", "review", (), ""),
        ("A02030636 轨道交通车辆", "no", (), "2022"),
        ("C23110300 车辆及其他运输机械租赁服务", "no", (), ""),
        ("A02210300", "review", (), "2022"),
        ("A02210400 工业车辆", "no", (), ""),
    ],
)
def test_the_chinese_catalogue(printed: str, verdict: str, types: tuple[str, ...], edition: str) -> None:
    found = judge(vocabulary(), printed)
    assert found is not None
    assert (found.verdict, found.types) == (verdict, types)
    if edition:
        assert found.edition == edition


@pytest.mark.parametrize(
    ("printed", "scheme", "verdict", "type_or_class"),
    [
        ("34144210-3", "CPV", "yes", "fire_engine"),
        ("34114121", "CPV", "yes", "ambulance"),
        ("34100000-8", "CPV", "review", "unclear"),  # used for anything with wheels
        ("50110000-9", "CPV", "no", "repair"),
        ("60171000-7", "CPV", "no", "lease"),
        ("34350000-5", "CPV", "no", "parts"),
        ("34921100-0", "CPV", "yes", "sweeper"),
        ("34921000-9", "CPV", "no", "devices"),
        ("34139000-0", "CPV", "yes", "chassis"),
        ("2310", "PSC", "yes", "car"),
        ("PSC W023", "PSC", "no", "lease"),
        ("4210", "PSC", "review", "unclear"),
        ("25101503", "UNSPSC", "yes", "car"),
    ],
)
def test_international_codes(printed: str, scheme: str, verdict: str, type_or_class: str) -> None:
    found = judge(vocabulary(), printed)
    assert found is not None
    assert (found.scheme, found.verdict) == (scheme, verdict)
    assert type_or_class in (*found.types, found.cls)


@pytest.mark.parametrize(
    "printed", ["A02061800 生活用电器", "33100000-1", "", "项目编号：N5133992026000187", "办公家具"]
)
def test_other_codes_say_nothing(printed: str) -> None:
    assert judge(vocabulary(), printed) is None


def test_the_whole_catalogue_of_vehicles(shared: Path) -> None:
    with (shared / "data" / "catalogue-A0203.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    silent = [r["code"] for r in rows if judge(vocabulary(), r["code"]) is None]
    assert silent == []
    bare = {r["code"]: judge(vocabulary(), r["code"]) for r in rows}
    named = {r["code"]: judge(vocabulary(), f"{r['code']} {r['name']}") for r in rows}
    assert {c: f and f.verdict for c, f in bare.items()} == {c: f and f.verdict for c, f in named.items()}


def test_cpv_as_the_reference_sorts_it(shared: Path) -> None:
    wanted = {
        "vehicle": {"yes", "review"},
        "motorcycle": {"yes"},
        "parts": {"no"},
        "repair": {"no"},
        "hire_with_driver": {"no"},
        "bicycle": {"no"},
        "mobile_machinery": {"no"},
        "body_or_trailer": {"yes", "review"},
        "military": {"review"},
    }
    # vehicles.md, section 2: "not road cars or trucks"
    machines = {"34132000", "34144710", "34144750", "34144751"}
    with (shared / "data" / "cpv-vehicles.csv").open(encoding="utf-8") as file:
        rows = [r for r in csv.DictReader(file) if r["use"] in wanted and r["code"] not in machines]
    found = {r["code"]: judge(vocabulary(), f"{r['code']}-{r['check_digit']}") for r in rows}
    wrong = {r["code"] for r in rows if (f := found[r["code"]]) is None or f.verdict not in wanted[r["use"]]}
    assert wrong == set()
