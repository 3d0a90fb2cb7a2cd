"""Where a proceeding stands, whose turn it is, and what the bidder can still do."""

import re
from datetime import datetime
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.clock import SHANGHAI
from crawler.config import ConfigurationError, shipped
from crawler.notice import TIMES, Kind
from tracker.procedures.law import Law, Regime
from tracker.procedures.stages import (
    Due,
    Procedure,
    ending_of,
    load_endings,
    load_procedures,
    open_actions,
    procedure_for,
    stage_of,
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def instants(**times: str) -> dict[str, Due]:
    """Printed times by their names, each a minute."""
    return {name: Due(at(value), at(value)) for name, value in times.items()}


def test_there_is_one_file_for_each_method(methods: dict[str, Procedure]) -> None:
    assert set(methods) == {
        "open", "invited", "prequalification", "negotiation", "consultation",
        "inquiry", "single_source", "framework", "enterprise", "combined",
    }  # fmt: skip


def test_steps_have_both_languages_an_actor_and_known_sources(methods: dict[str, Procedure], law: Law) -> None:
    for method in methods.values():
        ids = [stage.id for stage in method.stages]
        assert len(ids) == len(set(ids)), method.method
        for stage in method.stages:
            assert re.search(r"[\u4e00-\u9fff]", stage.zh)
            assert stage.en.isascii() or "公告" in stage.en
            for due in stage.act.due if stage.act else ():
                assert due in TIMES or due in law.rules


@pytest.mark.parametrize(
    ("method", "regime", "kinds", "stage", "turn"),
    [
        ("open", "GP", set(), None, "buyer"),
        ("open", "GP", {"intention"}, "intention", "buyer"),
        ("open", "GP", {"intention", "tender"}, "documents", "bidder"),
        ("open", "GP", {"tender", "correction"}, "documents", "bidder"),
        ("open", "GP", {"award", "tender"}, "award", "buyer"),
        ("open", "GP", {"award"}, "award", "buyer"),
        ("open", "TB", {"tender", "award_candidate"}, "candidates", "buyer"),
        ("open", "GP", {"tender", "award", "contract"}, "contract", "both"),
        ("invited", "GP", {"prequalification"}, "list", "buyer"),
        ("prequalification", "GP", {"prequalification"}, "documents", "bidder"),
        ("negotiation", "GP", {"negotiation"}, "documents", "bidder"),
        ("consultation", "GP", {"opinion"}, "opinion", "buyer"),
        ("single_source", "GP", {"single_source"}, "notice", "agency"),
        ("framework", "GP", {"framework", "award"}, "award", "buyer"),
        ("enterprise", "ENT", {"inquiry"}, "documents", "bidder"),
    ],
)
def test_the_notices_prove_the_step(
    methods: dict[str, Procedure], method: str, regime: Regime, kinds: set[Kind], stage: str | None, turn: str
) -> None:
    position = stage_of(methods[method], kinds, regime)
    assert (position.stage.id if position.stage else None) == stage
    assert position.turn == turn
    assert position.state == "open"
    assert position.act, "there is always something for the bidder to do or to watch"


def test_the_clock_moves_a_tender_on(methods: dict[str, Procedure]) -> None:
    tender = methods["open"]
    position = stage_of(tender, {"tender"}, "GP", passed={"documents_from", "documents_until"})
    assert position.stage
    assert (position.stage.id, position.turn) == ("submission", "bidder")
    after = stage_of(tender, {"tender"}, "GP", passed={"documents_until", "bid_deadline", "opening_at"})
    assert after.stage
    assert (after.stage.id, after.turn) == ("evaluation", "committee")


def test_a_termination_ends_it_and_leaves_the_refund(methods: dict[str, Procedure]) -> None:
    position = stage_of(methods["open"], {"tender", "termination"}, "GP")
    assert (position.state, position.turn) == ("ended", None)
    assert position.act
    assert "退还" in position.act.zh


ALL_KINDS: list[Kind] = [
    "intention",
    "opinion",
    "tender",
    "correction",
    "award_candidate",
    "award",
    "contract",
    "acceptance",
]


@given(
    seen=st.sets(st.sampled_from(ALL_KINDS)),
    more=st.sampled_from(ALL_KINDS),
    regime=st.sampled_from(["GP", "TB", "PLA", "ENT", None]),
    method=st.sampled_from(sorted(load_procedures())),
)
def test_another_notice_never_moves_a_proceeding_back(
    seen: set[Kind], more: Kind, regime: Regime | None, method: str
) -> None:
    procedure = load_procedures()[method]
    order = {stage.id: n for n, stage in enumerate(procedure.under(regime))}
    before, after = (stage_of(procedure, kinds, regime).stage for kinds in (seen, seen | {more}))
    assert before is None or (after is not None and order[after.id] >= order[before.id])


def test_suspended_and_done(methods: dict[str, Procedure]) -> None:
    assert stage_of(methods["open"], {"tender"}, "GP", suspended=True).state == "suspended"
    done = stage_of(methods["open"], {"tender", "award", "contract", "acceptance"}, "GP")
    assert done.state == "done"
    assert done.act, "the bill is still to be paid"


def test_earliest_open_action_first(methods: dict[str, Procedure]) -> None:
    due = instants(
        documents_until="2026-09-21T17:00", bid_deadline="2026-10-12T09:30", opening_at="2026-10-12T09:30"
    ) | {
        "gp.remedy.challenge-documents": Due(at("2026-09-29"), at("2026-09-30"), "day"),
        "gp.bond.plan": Due(at("2026-10-10"), at("2026-10-11"), "day"),
    }

    def acts(now: str, **more: set[str]) -> list[str]:
        return [action.stage for action in open_actions(methods["open"], "GP", due, at(now), kinds={"tender"}, **more)]

    start = acts("2026-09-15")
    assert [*dict.fromkeys(start)][:2] == ["documents", "notice"]
    assert set(start) == {"documents", "notice", "questions", "deposit", "submission", "opening"}
    assert acts("2026-09-15", done={"documents", "notice"})[0] == "questions"
    assert acts("2026-10-01", done={"questions"}) == ["deposit", "submission", "opening"]
    assert acts("2026-10-12T09:31") == ["evaluation"]
    found = open_actions(methods["open"], "GP", due, at("2026-09-15"), kinds={"tender"})
    assert {each.stage: each.precision for each in found}["questions"] == "day", "no hour where the law names a day"


def test_without_any_date_the_step_itself_says_what_to_do(methods: dict[str, Procedure]) -> None:
    (action,) = open_actions(methods["open"], "GP", {}, at("2026-09-15"), kinds={"intention"})
    assert (action.stage, action.earliest, action.source) == ("intention", None, "")


def test_after_a_termination_only_the_refund_is_open(methods: dict[str, Procedure]) -> None:
    due = instants(bid_deadline="2026-10-12T09:30", **{"gp.bond.refund-terminated": "2026-10-01T00:00"})
    (action,) = open_actions(methods["open"], "GP", due, at("2026-09-20"), kinds={"tender", "termination"})
    assert (action.stage, action.source) == ("closing", "gp.bond.refund-terminated")


def test_h37_a_qualification_opens_the_purchase_and_failing_closes_it(methods: dict[str, Procedure]) -> None:
    qualification = methods["prequalification"]
    assert qualification.passed
    assert qualification.passed.procedure == "open"
    assert qualification.failed
    assert "gp.remedy.challenge-process" in qualification.failed.rules


def test_h37_a_negotiation_has_rounds_and_a_way_out(methods: dict[str, Procedure]) -> None:
    steps = [stage.id for stage in methods["negotiation"].under("GP")]
    order = ["first-response", "talks", "written-changes", "resubmission", "leaving", "last-price"]
    assert [step for step in steps if step in order] == order
    assert {stage.id for stage in methods["negotiation"].stages if stage.round} == {
        "talks",
        "written-changes",
        "resubmission",
    }
    (leaving,) = [stage for stage in methods["negotiation"].stages if stage.id == "leaving"]
    assert leaving.rules == ("gp.bond.refund-exit",)


def test_h37_the_combined_way_is_two_proceedings_in_order(methods: dict[str, Procedure]) -> None:
    assert methods["combined"].sequence == ("negotiation", "open")
    assert methods["combined"].note
    assert set(methods["combined"].note.rules) == {"gp.no-bargaining", "tb.no-bargaining"}


@pytest.mark.parametrize(
    ("method", "regime", "kinds", "found"),
    [
        ("open", "GP", {"tender"}, "open"),
        ("open", "GP", {"prequalification"}, "prequalification"),
        ("open", "GP", {"prequalification", "tender"}, "open"),
        ("invited", "GP", {"tender"}, "invited"),
        (None, "GP", {"consultation"}, "consultation"),
        ("inquiry", "ENT", {"inquiry"}, "enterprise"),
        ("open", "ENT", {"tender"}, "open"),
        ("other", "GP", {"award"}, None),
        (None, None, {"award"}, None),
    ],
)
def test_which_steps_fit_a_notice(
    method: str | None, regime: Regime | None, kinds: set[Kind], found: str | None
) -> None:
    procedure = procedure_for(method, regime, kinds)  # type: ignore[arg-type]  # literals, as parametrized
    assert (procedure.method if procedure else None) == found


def test_a_regime_sees_its_own_steps_only(methods: dict[str, Procedure]) -> None:
    gp, tb, unknown = ({stage.id for stage in methods["open"].under(regime)} for regime in ("GP", "TB", None))
    assert "questions" in gp - tb
    assert {"objections", "candidates"} <= tb - gp
    assert unknown <= gp & tb


@pytest.mark.parametrize(
    ("words", "state", "ending"),
    [
        ("某县公安局执法执勤车辆采购项目第2包废标公告", "ended", "void"),
        ("洒水车采购项目流标公告", "ended", "lapsed"),
        ("救护车采购项目终止公告 采购任务取消", "ended", "terminated"),
        ("关于暂停校车采购项目的公告", "suspended", "suspended"),
    ],
)
def test_the_words_of_an_end(words: str, state: str, ending: str) -> None:
    found = ending_of(words, "GP")
    assert found
    assert (found.id, found.state) == (ending, state)
    assert found.follows.zh
    assert ending_of("中标公告", "GP") is None


def test_endings_name_known_rules(law: Law) -> None:
    assert {rule for ending in load_endings() for rule in ending.rules} <= set(law.rules)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("use: clarification", "use: clarificaton", "clarificaton"),
        ("gp.tender.bid-window", "gp.tender.bid-windows", "gp.tender.bid-windows"),
        ("actor: agency", "actor: nobody", "actor"),
    ],
)
def test_a_slip_in_a_method_names_the_file(tmp_path: Path, old: str, new: str, words: str) -> None:
    folder = Path(copytree(shipped() / "procedures", tmp_path / "procedures"))
    file = folder / ("stages.yaml" if old.startswith("actor") else "open.yaml")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=words) as caught:
        load_procedures()
    assert file.name in str(caught.value)


def test_a_method_of_the_users_own(tmp_path: Path) -> None:
    folder = tmp_path / "procedures"
    folder.mkdir()
    (folder / "auction.yaml").write_text(
        "method: auction\nzh: 网上竞价\nen: Online auction\nregimes: [GP]\nopening: [inquiry]\nlegal_ref: house rules\n"
        "stages:\n  - use: notice\n    proof: {kinds: [inquiry]}\n  - use: submission\n  - use: award\n",
        encoding="utf-8",
    )
    assert [stage.id for stage in load_procedures()["auction"].stages] == ["notice", "submission", "award"]
