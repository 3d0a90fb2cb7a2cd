"""The gate before a bid is handed in: what is open, what ends too early, what only a person can check.

Plain rules over the checklist, the matrix, the registration, the deposit and the shelf of papers. It ticks nothing off:
a person declares a bid ready, and says why where something is still open. A correction takes the word back.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row

from crawler.clock import SHANGHAI
from tracker.bidding import bids
from tracker.bidding.bids import BID
from tracker.bidding.credentials import ACCOUNT, credentials, key_words
from tracker.bidding.matrix import Matrix, matrix
from tracker.bidding.registration import STATES, opening_of, registration
from tracker.checklist.build import build
from tracker.checklist.facts import speaks_of
from tracker.checklist.model import Checklist
from tracker.checklist.rows import load_rows
from tracker.checklist.work import refresh
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.procedures.engine import months_after
from tracker.state import ProjectState
from tracker.team import kept
from tracker.team.people import person

Group = Literal["open", "ends", "person", "note"]
GROUPS: Final[dict[Group, str]] = {
    "open": "open",
    "ends": "ends too early",
    "person": "only a person can check it",
    "note": "to be known",
}
"""A msgid each, in their order. A note holds nothing up."""


@dataclass(frozen=True)
class Finding:
    """One thing between us and handing in, worded in the language of the moment."""

    group: Group
    text: str
    where: str = ""
    """Item of the checklist, key of the matrix, number of a paper: what to open."""
    legal: str = ""
    loud: bool = False
    """It voids the bid as it stands."""


@dataclass(frozen=True)
class Readiness:
    project_id: int
    name: str
    bidder: str
    made_at: datetime
    deadline: datetime | None
    valid_until: date | None
    """Last day the bid binds us, where it is known."""
    ready_at: datetime | None
    findings: tuple[Finding, ...]

    @property
    def clear(self) -> bool:
        """Nothing holds it up."""
        return all(each.group == "note" for each in self.findings)

    def of(self, group: Group) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.group == group)


def ready(connection: Connection, identity: int, at: datetime) -> Readiness:
    """What stands between a project's bid and handing it in. Raises Mistake where there is no project or no bid."""
    target = project(connection, identity)
    ours = _bid(connection, target.id)
    checklist, rows = build(connection, target.id, at), matrix(connection, target.id, at)
    deadline = bids.printed(
        ProjectState.model_validate(target.state),
        ours.proceeding,
        ("bid_deadline", "prequalification_deadline"),
        ours.lot,
    )
    valid_until = ours.valid_until or _validity(rows, deadline)
    found = (
        *_bidder(connection, target.id),
        *_registered(connection, target, ours),
        *_deposit(connection, target, ours, checklist),
        *_matrix(rows),
        *_lines(checklist),
        *_key(connection, target, ours),
        *_papers(connection, ours, rows, deadline, valid_until),
        *_notes(rows, checklist, deadline, valid_until, at),
    )
    order = list(GROUPS)
    return Readiness(
        project_id=target.id,
        name=checklist.name,
        bidder=ours.bidder,
        made_at=at,
        deadline=deadline,
        valid_until=valid_until,
        ready_at=ours.ready_at,
        findings=tuple(sorted(found, key=lambda each: (order.index(each.group), not each.loud))),
    )


def declare_ready(
    connection: Connection, who: str, identity: int, at: datetime, *, despite: str = "", version: int | None = None
) -> Row[Any]:
    """A person says that the bid is ready; what is still open needs a reason. Raises Mistake, EditedMeanwhile."""
    by = person(connection, who)
    refresh(connection, identity, at)
    found, ours = ready(connection, identity, at), _bid(connection, project(connection, identity).id)
    held = [each for each in found.findings if each.group != "note"]
    if held and not despite.strip():
        raise Mistake(
            _("{n} points hold it up, the first: {text}; settle them, or say why: --despite TEXT").format(
                n=len(held), text=held[0].text
            )
        )
    before = kept.get(connection, BID, ours.id, version)
    return kept.edit(connection, BID, by, before, ready_at=at, ready_despite=despite.strip() if held else None)


def _bid(connection: Connection, identity: int) -> Row[Any]:
    """Our bid of the project that is not closed, else the newest. Raises Mistake where there is none."""
    held = bids.bids_of(connection, identity)
    if not held:
        raise Mistake(
            _("there is no bid for project {id}; open one: `chebiao project bid open {id} --bidder NAME`").format(
                id=identity
            )
        )
    going = [each for each in held if each.status not in bids.CLOSED]
    return (going or held)[-1]


def _bidder(connection: Connection, identity: int) -> Iterator[Finding]:
    held = bids.lock(connection, identity)
    if held is not None and held.others:
        said = _("two entities of ours stand in one tender: {names}; all but one must withdraw")
        names = "、".join((held.bidder, *held.others))
        yield Finding("open", said.format(names=names), legal="; ".join(held.reasons), loud=True)


def _registered(connection: Connection, target: Row[Any], ours: Row[Any]) -> Iterator[Finding]:
    got = registration(connection, target.id, ours.proceeding, ours.lot)
    if got.downloaded_at is None:
        state = _(STATES[got.state])
        yield Finding(
            "open", _("the documents are not ours yet: {state}").format(state=state), "project.documents", loud=True
        )
    if got.fee_open:
        yield Finding("open", _("the document fee is not paid"), "project.documents")


def _deposit(connection: Connection, target: Row[Any], ours: Row[Any], checklist: Checklist) -> Iterator[Finding]:
    state = ProjectState.model_validate(target.state)
    mine = [row for row in bids.deposits_of(connection, target.id) if row.bid_id == ours.id]
    for row in mine:
        if row.paid_at is None:
            yield Finding(
                "open", _("deposit {id} is not paid").format(id=row.id), "terms.deposit", "M87 63(1); GPR 33", True
            )
        elif row.bound_at is None:
            said = _("deposit {id} is paid and not bound to bidder and lot").format(id=row.id)
            yield Finding("open", said, "terms.deposit-bound", "M87 63(1); GPR 33")
    line = next((each for each in checklist.lines if each.id == "terms.deposit"), None)
    asked = state.deposit or (line is not None and line.says)
    unless = next((step.unless for step in load_rows().steps if step.line == "terms.deposit-bound"), ())
    waived = line is not None and any(speaks_of(unless, quote.words) for quote in line.says)
    settled = line is not None and line.kept is not None and line.kept.settled
    if not mine and asked and not waived and not settled:
        yield Finding("open", _("a deposit is asked for and none is noted"), "terms.deposit", "M87 63(1); GPR 33", True)


def _matrix(rows: Matrix) -> Iterator[Finding]:
    for row in rows.ours:
        words = row.words if len(row.words) <= 80 else f"{row.words[:79]}…"
        if row.shout:
            yield Finding(
                "open", _("★ NOT MET: {words}").format(words=words), row.key, "M87 50, 63(6); TBR 51(6)", True
            )
        elif row.unplaced and not row.settled:
            said = _("a correction changes a clause that was not found here, look for it: {words}")
            yield Finding("open", said.format(words=words), row.key, loud=True)
        elif row.again:
            yield Finding(
                "open", _("its words have changed, check the answer again: {words}").format(words=words), row.key
            )
        elif row.mark == "★" and not row.deviation:
            yield Finding(
                "open", _("★ without a word on whether we meet it: {words}").format(words=words), row.key, loud=True
            )
    left = [row for row in rows.ours if not row.settled and not row.shout and not row.again]
    if left:
        said = _("{n} of {all} requirements are open or drafted only").format(n=len(left), all=len(rows.ours))
        yield Finding("open", said, left[0].key)
    lost = [row for row in rows.ours if row.loses]
    if lost:
        yield Finding("note", _("{n} ▲ are not met and cost points").format(n=len(lost)), lost[0].key)


BEFORE = {"project", "qualification", "supply", "technical", "scoring", "terms", "making"}
"""Sections whose lines must be settled before the bid is handed in; handing in and the opening come after."""


def _lines(checklist: Checklist) -> Iterator[Finding]:
    for line in checklist.lines:
        if line.section not in BEFORE or (line.kept is not None and line.kept.settled):
            continue
        if line.kept is not None and line.kept.status == "check-again":
            yield Finding("open", _("check again: {text}").format(text=line.text), line.id)
        elif line.who == "person":
            yield Finding("person", str(line.text), line.id, "; ".join(dict.fromkeys(each.ref for each in line.legal)))
        elif line.status == "find":
            yield Finding("note", _("the notice does not say: {text}").format(text=line.text), line.id)
        elif line.status == "open":
            yield Finding("open", str(line.text), line.id)
    for step in checklist.plan.steps:
        if step.key.startswith("plan.") and step.due.late:
            yield Finding("open", _("late: {text}").format(text=step.text), step.key)


def _key(connection: Connection, target: Row[Any], ours: Row[Any]) -> Iterator[Finding]:
    """The CA key: the one that encrypted is the one that decrypts, and lives beyond the opening."""
    opening = opening_of(target, ours.proceeding, ours.lot)
    got = registration(connection, target.id, ours.proceeding, ours.lot)
    account_id = ours.account_id or got.account_id
    if account_id is None:
        return
    key = kept.get(connection, ACCOUNT, account_id)
    if opening is not None and key.ca_until is not None and key.ca_until < opening.astimezone(SHANGHAI).date():
        said = _("the CA key {key} ends before the opening: renew it, then encrypt and upload again")
        yield Finding("ends", said.format(key=key_words(key)), f"platform:{key.id}", loud=True)
    if ours.account_id is not None and (ours.ca_serial, ours.ca_until) != (key.ca_serial, key.ca_until):
        said = _("encrypted with {old}, the key is {new} now: encrypt and upload again")
        old = key_words(ours)
        yield Finding("open", said.format(old=old, new=key_words(key)), f"platform:{key.id}", loud=True)


def _papers(
    connection: Connection, ours: Row[Any], rows: Matrix, deadline: datetime | None, valid_until: date | None
) -> Iterator[Finding]:
    """Papers that end before the deadline or before the bid stops binding us; those the matrix cites first."""
    due = deadline.astimezone(SHANGHAI).date() if deadline else None
    cited = {row.credential_id for row in rows.ours if row.credential_id is not None}
    last = max((each for each in (due, valid_until) if each is not None), default=None)
    if last is None:
        return
    for paper in credentials(connection, ours.bidder, ending_by=last - timedelta(days=1)):
        before_due = due is not None and paper.until < due
        said = (
            _("{name} ends {day}, before the deadline")
            if before_due
            else _("{name} ends {day}, before the bid stops binding us")
        )
        group: Group = "ends" if paper.id in cited or before_due else "note"
        where = f"credential:{paper.id}"
        yield Finding(
            group, said.format(name=paper.name, day=paper.until), where, loud=before_due and paper.id in cited
        )


def _notes(
    rows: Matrix, checklist: Checklist, deadline: datetime | None, valid_until: date | None, at: datetime
) -> Iterator[Finding]:
    if deadline is not None and deadline <= at:
        yield Finding("open", _("the deadline has passed"), "project.dates", loud=True)
    if deadline is None:
        yield Finding("open", _("no deadline was read yet"), "project.dates")
    if valid_until is None:
        yield Finding("note", _("how long the bid binds us is not known; set it: --valid-until DAY"), "terms.validity")
    for name in rows.unread:
        yield Finding("person", _("not read here, look into it: {document}").format(document=name))
    if not rows.rows:
        yield Finding("person", _("no requirement was read yet: bring the tender documents in"), "technical.table")
    for each in checklist.conflicts:
        values = " / ".join(rival.value for rival in each.values)
        yield Finding("person", _("contradiction: {values}").format(values=f"{each.field} {values}"))


VALIDITY = re.compile(r"有效期[^\d。；;]{0,30}?(?P<n>\d{1,3})\s*(?:个)?(?P<unit>日历[天日]|工作日|天|日|个?月|月)")


def _validity(rows: Matrix, deadline: datetime | None) -> date | None:
    """The last day of the bid's validity, counted from the day of the deadline, as a requirement says it.

    Working days are left to a person: documents rarely say which calendar they mean.
    """
    if deadline is None:
        return None
    first = deadline.astimezone(SHANGHAI).date()
    for row in rows.ours:
        match = VALIDITY.search(row.words) if row.topic == "submission.validity" else None
        if match is None or match["unit"] == "工作日":
            continue
        number = int(match["n"])
        if match["unit"].endswith("月"):
            return months_after(first, number)
        return first + timedelta(days=number)
    return None
