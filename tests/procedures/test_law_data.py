"""The rows of config/procedures: whole, unique, and those of the reference in both directions."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest
import yaml

from crawler.config import ConfigurationError, shipped
from crawler.notice import TIMES
from tracker.i18n import language
from tracker.present import legal
from tracker.procedures.law import Law, NoSuchRule, PeriodRule, load_law
from tracker.procedures.stages import Procedure

RULE_ID = re.compile(r"(count|calendar|gp|tb|ent)(\.[a-z][a-z0-9-]*)+")


def test_every_rule_id_is_well_formed_and_stands_once(law: Law) -> None:
    assert len(law.rules) > 200
    for rule_id, rows in law.rules.items():
        assert RULE_ID.fullmatch(rule_id), rule_id
        assert len(rows) == 1, f"{rule_id}: no rule has changed since this was written"


def test_every_row_speaks_both_languages_and_names_its_source(law: Law) -> None:
    for rule_id, (rule, *_later) in law.rules.items():
        assert re.search(r"[\u4e00-\u9fff]", rule.zh), rule_id
        assert rule.en.isprintable(), rule_id
        assert rule.legal_ref, rule_id
        expected = {"gp": "GP", "tb": "TB", "ent": "ENT"}.get(rule_id.split(".")[0])
        assert rule.regime == expected, rule_id


def test_every_citation_begins_with_a_known_law(law: Law) -> None:
    other = (
        "practice",
        "platform",
        "house rules",
        "the document",
        "documents",
        "notices",
        "as named",
        "reading",
        "the articles",
    )
    for rule_id, (rule, *_later) in law.rules.items():
        first = re.match(r"[A-Z]+\d*(?![a-z])|[\u4e00-\u9fff]+", rule.legal_ref)
        assert (first and first.group() in law.sources) or rule.legal_ref.startswith(other), (
            f"{rule_id}: {rule.legal_ref}"
        )


def test_people_read_a_law_as_the_trade_cites_it(law: Law) -> None:
    for rows in law.rules.values():
        for rule in rows:
            assert not re.search(r"[A-Za-z]{2,}", legal(rule.legal_ref)), rule.legal_ref
    assert legal("GPR 53(1), M94 10–11") == "政府采购法实施条例第53条第1项、财政部94号令第10–11条"
    assert legal("M74 29, 37; practice") == "财政部74号令第29条、第37条、惯例"
    with language("en"):
        assert legal("M94 10–11") == "M94 10–11"


def test_periods_have_an_anchor_and_bound_a_printed_time(law: Law) -> None:
    for rule_id, (rule, *_later) in law.rules.items():
        if isinstance(rule, PeriodRule):
            assert rule.anchors or rule.length is None, rule_id
            assert rule.bounds in (None, "correction", *TIMES), rule_id
            assert "notice-published" not in rule.anchors or rule.notices or rule_id.startswith("gp."), rule_id
            if rule.acts == "bidder":
                assert rule.bidder_acts, rule_id
        else:
            assert rule.sort in {"requirement", "amount", "counting"}


def test_every_rule_about_a_method_is_reached_by_the_steps_of_one(law: Law, methods: dict[str, Procedure]) -> None:
    reached = {rule for method in methods.values() for stage in method.stages for rule in stage.rules}
    reached |= {rule for method in methods.values() for form in method.forms for rule in form.rules}
    reached |= {
        rule for method in methods.values() for note in (method.failed, method.note) if note for rule in note.rules
    }
    # Conventions, rare methods (合作创新, 紧急采购) and consequences belong to no step.
    outside = re.compile(
        r"(count|calendar|gp\.innovation|gp\.emergency)\.|gp\.penalty\.supplier|gp\.sme\.reserve-failed"
    )
    assert {rule for rule in law.rules if not outside.match(rule)} <= reached


@pytest.mark.parametrize(
    ("rule_id", "day", "words"),
    [
        ("gp.tender.bid-windows", date(2026, 1, 1), "gp.tender.bid-window"),
        ("gp.payment.sme", date(2024, 5, 1), "2025-06-01"),
        ("gp.tender.min-bidders", date(2026, 1, 1), "投标人不足3家"),
    ],
)
def test_asking_for_a_period_that_is_not_there_says_why(law: Law, rule_id: str, day: date, words: str) -> None:
    with pytest.raises(NoSuchRule, match=words):
        law.period(rule_id, day)


@pytest.fixture
def own_law(tmp_path: Path) -> Path:
    """A user's own copy of the law, to edit."""
    return Path(copytree(shipped() / "procedures", tmp_path / "procedures"))


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_change_of_law_is_one_edit_with_valid_from(own_law: Path) -> None:
    """The bid window becomes 25 days in 2027: the old row ends, a new one begins."""
    rows = yaml.safe_load((own_law / "rules-gp.yaml").read_text(encoding="utf-8"))
    old = next(row for row in rows["periods"] if row["rule_id"] == "gp.tender.bid-window")
    rows["periods"].append({**old, "length": 25, "valid_from": date(2027, 1, 1)})
    old["valid_to"] = date(2026, 12, 31)
    (own_law / "rules-gp.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")

    law = load_law()

    assert law.period("gp.tender.bid-window", date(2026, 12, 31)).length == 20
    assert law.period("gp.tender.bid-window", date(2027, 1, 1)).length == 25


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("anchors: [documents-issued]", "anchors: [documents-isued]", "documents-isued"),
        ("length: 20", "length: -20", "length"),
        ("bidder_acts: true", "bider_acts: true", "bider_acts"),
        ("within: gp.single-source.publicity", "within: gp.single-source.publicities", "gp.single-source.publicities"),
    ],
)
def test_a_slip_in_the_law_names_file_and_place(own_law: Path, old: str, new: str, words: str) -> None:
    edit(own_law / "rules-gp.yaml", old, new)
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_law()
    assert "rules-gp.yaml" in str(caught.value)


def test_two_versions_in_force_at_once_are_refused(own_law: Path) -> None:
    rows = yaml.safe_load((own_law / "rules-tb.yaml").read_text(encoding="utf-8"))
    rows["periods"].append({**rows["periods"][0], "length": 9})
    (own_law / "rules-tb.yaml").write_text(yaml.safe_dump(rows, allow_unicode=True), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"rules-tb\.yaml.*valid_to"):
        load_law()


# The reference, where it is at hand.


def reference(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Rule id, section and row of every table of the reference that has a rule_id column."""
    section, head = "", None
    for line in text.splitlines():
        heading = re.match(r"#+ ([\d.]*\d)", line)
        section = heading.group(1) if heading else section
        if not line.startswith("|"):
            head = None
            continue
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if head is None:
            head = cells
        elif head[0] == "rule_id" and set(line) - set("|- "):
            for rule_id in re.findall(r"`([\w.-]+)`", cells[0]):
                yield rule_id, section, dict(zip(head[1:], cells[1:], strict=False))


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[tuple[str, str, dict[str, str]]]:
    return list(reference((shared / "domain" / "law.md").read_text(encoding="utf-8")))


def test_the_reference_and_the_data_hold_the_same_rules(law: Law, rows: list[tuple[str, str, dict[str, str]]]) -> None:
    assert {rule_id for rule_id, _section, _row in rows} == set(law.rules)


WORDS = {
    "opening": ["opening"],
    "decision of the 复议 received": ["review-decision-received"],
    "acceptance": ["complaint-accepted"],
    "–": [],
}
UNITS = {"d": "day", "wd": "working_day", "year": "year", "years": "year", "months": "month"}


def test_every_period_is_that_of_the_reference(law: Law, rows: list[tuple[str, str, dict[str, str]]]) -> None:
    compared = 0
    for rule_id, _section, row in rows:
        if "length" not in row:
            continue
        rule = law.rules[rule_id][0]
        assert isinstance(rule, PeriodRule), rule_id
        compared += 1
        if "anchor" in row:
            assert [*rule.anchors] == (re.findall(r"`([\w-]+)`", row["anchor"]) or WORDS[row["anchor"]]), rule_id
        number = re.match(r"([≥≤=]) (\d+)$", row["length"])
        if number:
            assert (rule.comparison, rule.length) == (number[1], int(number[2])), rule_id
        elif row["length"] == "not before":
            assert (rule.comparison, rule.length) == ("≥", 0), rule_id
        else:
            assert rule.length is None, rule_id
            assert bool(rule.within) == row["length"].startswith("inside"), rule_id
        if row["unit"] in UNITS:
            assert rule.unit == UNITS[row["unit"]], rule_id
        if row.get("dir") in {"after", "before"}:
            assert rule.direction == row["dir"], rule_id
        assert rule.bidder_acts == (row.get("B") == "●"), rule_id
        assert rule.mandatory_only == (row.get("M") == "M"), rule_id
        assert rule.legal_ref == row["legal_ref"], rule_id
        if re.match(r"\d{4}", row.get("valid_from", "")):
            assert str(rule.valid_from).startswith(row["valid_from"].split(",")[0]), rule_id
        if row.get("conf."):
            assert rule.confidence.replace("-", " (") in row["conf."], rule_id
    assert compared > 95


def test_every_other_rule_cites_what_the_reference_cites_and_is_no_surer(
    law: Law, rows: list[tuple[str, str, dict[str, str]]]
) -> None:
    compared = 0
    for rule_id, _section, row in rows:
        if "length" in row:
            continue
        rule = law.rules[rule_id][0]
        compared += 1
        if row.get("legal_ref"):
            assert rule.legal_ref == row["legal_ref"], rule_id
        said = row.get("conf.", "")
        if said and said != "as above":
            assert rule.confidence.replace("-", " (") in said, rule_id
    assert compared > 110


def test_anchors_are_those_of_the_reference(law: Law, shared: Path) -> None:
    text = (shared / "domain" / "law.md").read_text(encoding="utf-8")
    table = text[text.index("| anchor | Chinese term |") : text.index("## 6.")]
    named = set(re.findall(r"`([a-z-]+)`", table))
    # Ours beside them: moments the tables name in words, and the proxies that notices of an end or a pause give.
    ours = {
        "opening",
        "review-decision-received",
        "complaint-accepted",
        "termination-published",
        "suspension-published",
        "deposit-deadline",
    }
    assert set(law.anchors) == named | ours


def test_the_calendar_is_that_of_the_reference(shared: Path) -> None:
    """Days off and 调休 working days, read from the reference's own table."""
    from tracker.workdays import load_calendar

    text = (shared / "domain" / "law.md").read_text(encoding="utf-8")
    for year in (2024, 2025, 2026):
        off_cell, on_cell = re.search(rf"^\| {year} \| (.+?) \| (.+?) \|$", text, re.M).groups()  # type: ignore[union-attr]
        on = {date.fromisoformat(f"{year}-{day}") for day in re.findall(r"\d\d-\d\d", on_cell)}
        off: set[date] = set()
        for first, last in re.findall(r"(\d\d-\d\d)(?:–(\d\d-\d\d))?", off_cell):
            start, end = (date.fromisoformat(f"{year}-{day or first}") for day in (first, last))
            off |= {date.fromordinal(n) for n in range(start.toordinal(), end.toordinal() + 1)}
        days = load_calendar().tables[year].days
        assert {day.date for day in days if day.isOffDay} == off
        assert {day.date for day in days if not day.isOffDay} == on
