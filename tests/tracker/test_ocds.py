"""OCDS 1.1: a release for each publication, a record for each proceeding, valid by the standard's own schema."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from sqlalchemy import Engine, select

from crawler.clock import SHANGHAI, now
from crawler.page import Page
from demo.notices import world
from tests.shell import Shell
from tracker import ocds
from tracker.db import open_database, reading
from tracker.intake import take_page
from tracker.projects import PUBLICATION

from .pages import correction, page_of, tender, termination

pytestmark = pytest.mark.xdist_group("ocds")  # one worker builds what all of them use

REQUIRED = ("ocid", "id", "date", "tag", "initiationType")


def filled(engine: Engine, *pages: Page) -> None:
    for each in pages:
        take_page(engine, each, replica=True)


def all_records(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        return list(ocds.records(connection, ocds.living(connection, vehicles=False)))


def test_a_tender_and_its_correction_are_two_releases_of_one_process(database: Engine) -> None:
    filled(database, tender(), correction("2026年12月03日 09点30分", "2026年12月10日 14点00分"))
    (record,) = all_records(database)
    first, second = record["releases"]
    assert (first["tag"], second["tag"]) == (["tender"], ["tenderAmendment"])
    assert first["tender"]["tenderPeriod"]["endDate"] == "2026-12-03T09:30:00+08:00"
    assert second["tender"]["amendments"][0]["description"] == "bid_deadline: 2026-12-03T09:30 → 2026-12-10T14:00"
    compiled = record["compiledRelease"]
    assert compiled["tender"]["tenderPeriod"] == {"endDate": "2026-12-10T14:00:00+08:00"}
    assert compiled["tender"]["value"] == {"amount": 1_800_000.0, "currency": "CNY"}
    assert compiled["tender"]["procurementMethod"] == "open"
    assert compiled["buyer"]["name"] == "远江市公安局"


def test_a_failed_tender_is_unsuccessful(database: Engine) -> None:
    filled(database, tender(), termination())
    (record,) = all_records(database)
    assert record["compiledRelease"]["tender"]["status"] == "unsuccessful"


def test_a_record_is_found_by_its_ocid_and_by_nothing_else(database: Engine) -> None:
    filled(database, tender())
    (record,) = all_records(database)
    with reading(database) as connection:
        assert ocds.find(connection, record["ocid"]) == record
        for wrong in (
            "ocds-chebiao-1",
            "ocds-chebiao-x-purchase-1",
            "ocds-other-1-purchase-1",
            "",
            "ocds-chebiao-９-x",
        ):
            assert ocds.find(connection, wrong) is None


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('ocds') / 'chebiao.sqlite'}")
    filled(engine, *(page_of(sample) for sample in world()))
    found = all_records(engine)
    with reading(engine) as connection:
        read = connection.execute(select(PUBLICATION.c.id).where(PUBLICATION.c.state == "read")).all()
    assert sum(len(each["releases"]) for each in found) == len(read), "every publication is a release of one record"
    return found


def test_every_release_has_what_the_standard_asks_for(whole: list[dict[str, Any]]) -> None:
    releases = [release for record in whole for release in (*record["releases"], record["compiledRelease"])]
    for release in releases:
        assert all(release.get(name) for name in REQUIRED), release
        assert datetime.fromisoformat(release["date"]).tzinfo is not None
        parties = {party["id"] for party in release.get("parties", ())}
        named = [release.get("buyer"), release.get("tender", {}).get("procuringEntity")]
        named += [supplier for award in release.get("awards", ()) for supplier in award.get("suppliers", ())]
        assert {each["id"] for each in named if each} <= parties
        awards = {award["id"] for award in release.get("awards", ())}
        assert {contract["awardID"] for contract in release.get("contracts", ())} <= awards
    assert len({release["id"] for release in releases}) == len(releases)
    ids = {record["ocid"] for record in whole}
    related = [each for record in whole for each in record["compiledRelease"].get("relatedProcesses", ())]
    assert related
    assert {each["identifier"] for each in related} <= ids


def test_packages_are_valid_by_the_schema(whole: list[dict[str, Any]], shared: Path) -> None:
    folder = shared / "data" / "international" / "ocds" / "schema-1.1.5"
    schemas = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    versioned = "https://standard.open-contracting.org/schema/1__1__5/versioned-release-validation-schema.json"
    registry: Registry[Any] = Registry().with_resources(
        [(schema["id"], Resource.from_contents(schema)) for schema in schemas.values()]
        + [(versioned, Resource.from_contents({"$schema": "http://json-schema.org/draft-04/schema#"}))]
    )
    releases = [release for record in whole for release in record["releases"]]
    made: dict[str, Callable[[], str]] = {
        "record-package-schema.json": lambda: "".join(ocds.package("records", whole, now(), "https://example.cn/r")),
        "release-package-schema.json": lambda: "".join(
            ocds.package("releases", releases, now(), "https://example.cn/r")
        ),
    }
    for name, text in made.items():
        validator = Draft4Validator(schemas[name], registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER)
        faults = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(json.loads(text()))]
        assert not faults, faults[:5]


def test_a_package_is_json_piece_by_piece() -> None:
    at = datetime(2026, 11, 21, 9, 0, tzinfo=SHANGHAI)
    told = json.loads("".join(ocds.package("releases", [{"ocid": "a"}, {"ocid": "b"}], at, "https://example.cn/x")))
    assert [each["ocid"] for each in told["releases"]] == ["a", "b"]
    assert told["publishedDate"] == "2026-11-21T09:00:00+08:00"
    assert json.loads("".join(ocds.package("records", [], at, "https://example.cn/x")))["records"] == []


def test_the_command_writes_a_package_and_names_what_is_not_there(tmp_path: Path) -> None:
    filled(open_database(f"sqlite:///{tmp_path / 'chebiao.sqlite'}"), tender())
    shell = Shell(tmp_path)
    assert [len(each["releases"]) for each in json.loads(shell("ocds"))["records"]] == [1]
    shell("ocds", "1", "--as", "releases", "--out", str(tmp_path / "x.json"))
    assert len(json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))["releases"]) == 1
    shell("ocds", "7", code=2)
    assert "7" in shell.said
