"""What `project show` adds to a project's dates: whose turn it is and what is next, our own work, every ground."""

from datetime import datetime
from typing import Any

from rich.text import Text
from sqlalchemy import Connection, Row

from tracker.bidding import bids
from tracker.cli.output import indented, out
from tracker.decisions import tracked_ids
from tracker.explain import grounds
from tracker.i18n import _, both
from tracker.present import KINDS, NATURES, legal, moment, money, word
from tracker.standing import Standing, done_by, rights, standings
from tracker.state import ProceedingState, ProjectState
from tracker.team import notes, tasks, work
from tracker.words import BIDS, OUTCOMES

ACTORS = {
    "buyer": "the buyer's turn",
    "agency": "the agency's turn",
    "bidder": "our turn",
    "committee": "the committee's turn",
    "both": "both sides' turn",
}
"""msgids."""


def show_positions(connection: Connection, row: Row[Any], state: ProjectState, at: datetime) -> None:
    """`purchase-1 · bid preparation · our turn → submit by …`, and for a tracked project the rights still open."""
    for each in positions(connection, row, state, at):
        head = [f"{each.proceeding}{f' [{each.lot}]' if each.lot else ''}", str(each.stage or "–")]
        head += [_(ACTORS[each.turn])] if each.turn else []
        indented(" · ".join(head))
        for action in each.actions[:3]:
            by = f"{moment(action.earliest, action.precision, at)}  " if action.earliest else ""
            indented(f"→ {by}{action.what}", 4)
    tracked = row.id in tracked_ids(connection)
    statuses = {f"{bid.proceeding}{bid.lot and '|'}{bid.lot}": bid.status for bid in bids.bids_of(connection, row.id)}
    for right in rights(state, at, tracked=tracked, statuses=statuses):
        due = moment(right.milestone.earliest, right.milestone.precision, at)
        lot = f" [{right.milestone.lot}]" if right.milestone.lot else ""
        indented(f"§ {due}  {right.name}{lot} ({legal(right.milestone.legal_ref)})", 4)


def positions(connection: Connection, row: Row[Any], state: ProjectState, at: datetime) -> list[Standing]:
    """Where each proceeding and lot stands, less the steps we have taken."""
    held = {each.bid_id for each in bids.deposits_of(connection, row.id) if each.bound_at is not None}
    done: set[str] = set()
    for bid in bids.bids_of(connection, row.id):
        done |= done_by(bid.status, deposit_bound=bid.id in held)
    return list(standings(state, at, done))


def show_proceeding(proceeding: ProceedingState) -> None:
    """What the law treats apart, the lots, who won, and what may make it fail."""
    lines = [f"{_(NATURES[each.value])} “{each.words}”" for each in proceeding.natures]
    for lot in proceeding.lots:
        said = (lot.name, money(lot.budget or lot.ceiling) if lot.budget or lot.ceiling else None)
        ended = word(OUTCOMES, lot.outcome) or both(lot.stage_zh, lot.stage_en)
        lines.append(" · ".join(filter(None, (f"[{lot.no}]", *said, ended))))
    for award in proceeding.awards:
        paid = (award.brand, award.model, money(award.amount) if award.amount else None)
        lot_no = f"[{award.lot}] " if award.lot else ""
        lines.append(f"{lot_no}{word(KINDS, award.stage)}: " + " · ".join(filter(None, (award.supplier, *paid))))
    lines += [f"⚠ {both(risk.zh, risk.en)} “{risk.words}”" for risk in proceeding.risks]
    for line in lines:
        indented(line)


def show_work(connection: Connection, row: Row[Any], at: datetime) -> None:
    """Owner, bids, open tasks, dates of our own and notes, where there are any."""
    lines: list[str] = []
    if (given := work.assignment(connection, row.id)) is not None:
        lines.append(" · ".join(filter(None, (_("owner: {name}").format(name=given.owner), given.instruction))))
    ours = bids.bids_of(connection, row.id)
    lines += [f"{bid.proceeding} {bid.lot} {bid.bidder}: {word(BIDS, bid.status)}" for bid in ours]
    for task in tasks.tasks(connection, identity=row.id):
        due = f"{moment(task.due_at, 'minute', at)}  " if task.due_at else ""
        lines.append(f"☐ {due}{task.title} ({task.owner})")
    for own in tasks.milestones_of(connection, row.id):
        mark = "☑" if own.done_at else "☐"
        said = own.result or own.name
        lines.append(f"{mark} {moment(own.due_at, 'minute', at)}  {_(tasks.OWN_NAMES[own.kind])} {said} ({own.owner})")
    lines += [f"“{note.text}” ({note.by})" for note in notes.notes_of(connection, row.id)]
    if lines:
        out.print(Text(f"\n{_('our work')}", style="bold"))
        for line in lines:
            indented(line)


def show_grounds(connection: Connection, row: Row[Any], at: datetime) -> None:
    """Every fact that is no date, with what it rests on."""
    out.print(Text(f"\n{_('why')}", style="bold"))
    for each in grounds(connection, row, at):
        source = f" ({each.source})" if each.source else ""
        indented(f"{each.what}: {each.value}")
        indented(f"{each.why}{source}", 6)
