"""`project assign|own|note|milestone|bid|deposit`, `task`, `team`, `person hand-over`: who does what by when."""

from datetime import datetime
from typing import Annotated, Any, Literal

import typer

from crawler.clock import now
from tracker.bidding import bids
from tracker.cli.common import As, Json, engine
from tracker.cli.lists import project_app
from tracker.cli.output import rows, say
from tracker.cli.people import person_app
from tracker.db import reading
from tracker.decisions import Mistake, project
from tracker.i18n import _
from tracker.present import word
from tracker.team import kept, notes, ownership, tasks, work
from tracker.words import BIDS, FORMS

task_app = typer.Typer(no_args_is_help=True)
team_app = typer.Typer(no_args_is_help=True)
note_app = typer.Typer(no_args_is_help=True, help=_("Notes on a project: add, edit, list."))
milestone_app = typer.Typer(no_args_is_help=True, help=_("Dates of our own: visit, sample car, test drive, approval."))
bid_app = typer.Typer(no_args_is_help=True, help=_("Our bids, from considering to won or lost."))
deposit_app = typer.Typer(no_args_is_help=True, help=_("Deposits: due, paid, bound, returned."))

Id = Annotated[int, typer.Argument(metavar="PROJECT")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help=_("As the list shows it."))]
Version = Annotated[int | None, typer.Option("--version", help=_("The version you looked at; another one is refused."))]
Due = Annotated[str | None, typer.Option("--due", metavar="TIME", help=_("2026-12-03 17:00 or 2026-12-03, Beijing."))]
Owner = Annotated[str | None, typer.Option("--owner", metavar="NAME", help=_("Who does it; else oneself."))]


def register(app: typer.Typer) -> None:
    project_app.command("assign", help=_("Give it to an owner, with instruction and due time."))(assign)
    project_app.command("feedback", help=_("Answer the assignment."))(feedback)
    project_app.command("own", help=_("Who owns it by the rules and why; --claim says: mine."))(own)
    for name, each in (("note", note_app), ("milestone", milestone_app), ("bid", bid_app), ("deposit", deposit_app)):
        project_app.add_typer(each, name=name)
    app.add_typer(task_app, name="task")
    app.add_typer(team_app, name="team")
    person_app.command("hand-over", help=_("All projects, tasks, notes and watches of A go to B."))(hand_over)
    note_app.command("add", help=_("Write a note."))(note_add)
    note_app.command("edit", help=_("Change its wording."))(note_edit)
    note_app.command("list", help=_("The notes of a project."))(note_list)
    milestone_app.command("add", help=_("Plan one."))(milestone_add)
    milestone_app.command("move", help=_("Give it another date."))(milestone_move)
    milestone_app.command("done", help=_("It took place; say what came of it."))(milestone_done)
    milestone_app.command("list", help=_("Those of a project."))(milestone_list)
    bid_app.command("open", help=_("Consider bidding; the first bid fixes the bidding entity."))(bid_open)
    bid_app.command("set", help=_("Move it on, or note price, rank, winner, next contact."))(bid_set)
    bid_app.command("list", help=_("Our bids on a project."))(bid_list)
    deposit_app.command("add", help=_("Note a deposit; amount and due time come from the notice."))(deposit_add)
    deposit_app.command("paid", help=_("It was paid."))(deposit_paid)
    deposit_app.command("bound", help=_("The platform matched it to bidder and lot."))(deposit_bound)
    deposit_app.command("returned", help=_("It came back."))(deposit_returned)
    deposit_app.command("list", help=_("Those of a project, or all that are still out."))(deposit_list)
    task_app.command("add", help=_("Something to do."))(task_add)
    task_app.command("list", help=_("Open tasks, the earliest due first."))(task_list)
    task_app.command("edit", help=_("Change title, owner or due time."))(task_edit)
    task_app.command("done", help=_("It is done, with what came of it."))(task_done)
    team_app.command("set", help=_("Make a team, or change its lead and members."))(team_set)
    team_app.command("list", help=_("All teams."))(team_list)


def due_time(text: str | None) -> datetime | None:
    """What `--due` and `--at` say; None where they are left out. Raises Mistake."""
    return kept.instant(text) if text else None


# --- assignment, ownership, hand-over -------------------------------------------------------------------------------


def assign(
    identity: Id,
    owner: Annotated[str, typer.Argument(metavar="NAME")],
    who: As,
    deputy: Annotated[str | None, typer.Option("--deputy", metavar="NAME")] = None,
    team: Annotated[str | None, typer.Option("--team", metavar="TEAM")] = None,
    instruction: Annotated[str, typer.Option("--instruction", metavar="TEXT", help=_("What is to be done."))] = "",
    due: Due = None,
    version: Version = None,
) -> None:
    with engine().begin() as connection:
        found = work.assign(
            connection,
            who,
            identity,
            owner,
            deputy=deputy,
            team=team,
            instruction=instruction,
            due=due_time(due),
            version=version,
        )
    say(_("project {project} is {owner}'s now").format(project=found.project_id, owner=found.owner))
    if found.due_at:
        say(_("feedback is asked for: `chebiao project feedback {project} TEXT --as NAME`").format(project=identity))


def feedback(
    identity: Id, text: Annotated[str, typer.Argument(metavar="TEXT")], who: As, version: Version = None
) -> None:
    with engine().begin() as connection:
        work.give_feedback(connection, who, identity, text, version)
    say(_("kept"))


def own(
    identity: Id,
    who: Annotated[str | None, typer.Option("--as", metavar="NAME", help=_("The person who does this."))] = None,
    claim: Annotated[bool, typer.Option("--claim", help=_("Say that it is mine; the lead settles disputes."))] = False,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT")] = "",
    as_json: Json = False,
) -> None:
    if not claim:
        with reading(engine()) as connection:
            finding, present = work.ownership(connection, identity), work.owner_name(connection, identity)
        if not as_json:
            say(_("owner: {name} · by the rules: {rules}").format(name=present or "–", rules=finding.owner or "–"))
        _sayings(finding, as_json)
        return
    if who is None:
        raise Mistake(_("say who claims it: --as NAME"))
    with engine().begin() as connection:
        done = work.claim(connection, who, identity, reason)
    _sayings(done.finding, as_json)
    if done.task is None:
        say(_("project {project} is {owner}'s now").format(project=identity, owner=done.owner))
    else:
        said = _("disputed: {owner} has it; {lead} settles it (task {task})")
        say(said.format(owner=done.owner, lead=done.lead, task=done.task))


def _sayings(finding: ownership.Finding, as_json: bool) -> None:
    found = [vars(each) for each in finding.sayings]
    rows(found, ("rule", "person", "why"), (_("rule"), _("person"), _("why")), as_json=as_json, wide="why")


def hand_over(
    giver: Annotated[str, typer.Argument(metavar="A")], taker: Annotated[str, typer.Argument(metavar="B")], who: As
) -> None:
    with engine().begin() as connection:
        done = work.hand_over(connection, who, giver, taker)
    said = _(
        "handed over: {projects} projects, {tasks} tasks, {milestones} milestones, {notes} notes, {teams} teams, "
        "{lines} lines to prepare, {credentials} credentials, {watches} watches"
    )
    say(said.format(**vars(done)))


def team_set(
    name: str,
    who: As,
    lead: Annotated[str | None, typer.Option("--lead", metavar="NAME")] = None,
    member: Annotated[list[str] | None, typer.Option("--member", metavar="NAME", help=_("Once for each."))] = None,
) -> None:
    with engine().begin() as connection:
        work.set_team(connection, who, name, lead, tuple(member) if member else None)
    say(_("kept"))


def team_list(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [vars(each) | {"members": ", ".join(each.members)} for each in work.teams(connection)]
    titles = (_("name"), _("lead"), _("members"))
    rows(found, ("name", "lead", "members"), titles, as_json=as_json, wide="members")


# --- notes ----------------------------------------------------------------------------------------------------------


def note_add(identity: Id, text: str, who: As) -> None:
    with engine().begin() as connection:
        number = notes.add_note(connection, who, identity, text)
    say(_("kept as {id}").format(id=number))


def note_edit(number: Number, text: str, who: As, version: Version = None) -> None:
    with engine().begin() as connection:
        notes.edit_note(connection, who, number, text, version)
    say(_("kept"))


def note_list(identity: Id, as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [vars(each) for each in notes.notes_of(connection, project(connection, identity).id)]
    titles = (_("id"), _("when"), _("by"), _("keeper"), _("note"))
    rows(found, ("id", "at", "by", "keeper", "text"), titles, as_json=as_json, wide="text")


# --- milestones of our own ------------------------------------------------------------------------------------------

OwnKind = Annotated[str, typer.Argument(metavar="|".join(tasks.OWN_KINDS))]


def milestone_add(
    identity: Id,
    kind: OwnKind,
    due: Annotated[str, typer.Argument(metavar="TIME")],
    who: As,
    name: Annotated[str, typer.Option("--name")] = "",
    owner: Owner = None,
) -> None:
    with engine().begin() as connection:
        number = tasks.add_milestone(connection, who, identity, kind, kept.instant(due), name, owner)
    say(_("kept as {id}").format(id=number))


def milestone_move(
    number: Number, due: Annotated[str, typer.Argument(metavar="TIME")], who: As, version: Version = None
) -> None:
    with engine().begin() as connection:
        tasks.move_milestone(connection, who, number, kept.instant(due), version)
    say(_("kept"))


def milestone_done(number: Number, result: str, who: As, version: Version = None) -> None:
    with engine().begin() as connection:
        tasks.finish_milestone(connection, who, number, result, version=version)
    say(_("kept"))


def milestone_list(identity: Id, as_json: Json = False) -> None:
    with reading(engine()) as connection:
        own_dates = tasks.milestones_of(connection, project(connection, identity).id)
    found = [vars(each) for each in own_dates]
    titles = (_("id"), _("when"), _("what"), _("owner"), _("name"), _("result"))
    rows(
        found,
        ("id", "due_at", "kind", "owner", "name", "result"),
        titles,
        as_json=as_json,
        wide="result",
        words={"kind": tasks.OWN_NAMES},
    )


# --- bids and deposits ----------------------------------------------------------------------------------------------


def bid_open(
    identity: Id,
    bidder: Annotated[str, typer.Option("--bidder", metavar="NAME", help=_("The bidding entity."))],
    who: As,
    lot: Annotated[str, typer.Option("--lot")] = "",
    proceeding: Annotated[str | None, typer.Option("--proceeding", metavar="KEY")] = None,
) -> None:
    with engine().begin() as connection:
        row = bids.open_bid(connection, who, identity, bidder, lot, proceeding)
    say(_("bid {id} for {place} is being considered").format(id=row.id, place=f"{row.proceeding} {lot}".strip()))


Yuan = typer.Option(metavar="YUAN", help=_("Such as 2550000 or 255万."))


def bid_set(
    number: Number,
    who: As,
    status: Annotated[str | None, typer.Option("--status", metavar="|".join(bids.STATUSES))] = None,
    price: Annotated[str | None, Yuan] = None,
    rank: Annotated[int | None, typer.Option("--rank", min=1)] = None,
    winner: Annotated[str | None, typer.Option("--winner", metavar="NAME")] = None,
    winner_price: Annotated[str | None, Yuan] = None,
    reason: Annotated[str | None, typer.Option("--reason", metavar="TEXT")] = None,
    next_contact: Annotated[str | None, typer.Option("--next-contact", metavar="DAY")] = None,
    valid_until: Annotated[
        str | None, typer.Option("--valid-until", metavar="DAY", help=_("Last day the bid binds us."))
    ] = None,
    version: Version = None,
) -> None:
    values: dict[str, Any] = {
        "price": kept.fen(price) if price else None,
        "rank": rank,
        "winner": winner,
        "winner_price": kept.fen(winner_price) if winner_price else None,
        "reason": reason,
        "next_contact": kept.day(next_contact) if next_contact else None,
        "valid_until": kept.day(valid_until) if valid_until else None,
    }
    with engine().begin() as connection:
        done = bids.change_bid(connection, who, number, status, version=version, **values)
    shown = {**done.bid._mapping, "status": word(BIDS, done.bid.status)}
    say(_("bid {id} is {status} (version {version})").format(**shown))
    for ask in done.asks:
        say(f"? {ask}")
    for task in done.tasks:
        say(_("task {id}: the deposit is to come back").format(id=task))


def bid_list(identity: Id, as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [in_yuan(dict(row._mapping), "price", "winner_price") for row in bids.bids_of(connection, identity)]
    columns = ("id", "lot", "status", "bidder", "price_yuan", "rank", "version")
    titles = (_("id"), _("lot"), _("status"), _("bidder"), _("price"), _("rank"), _("version"))
    rows(found, columns, titles, as_json=as_json, wide="bidder", words={"status": BIDS})


def in_yuan(row: dict[str, Any], *names: str) -> dict[str, Any]:
    """Amounts in yuan, as the other commands print them."""
    for name in names:
        amount = row.pop(name)
        row[f"{name}_yuan"] = None if amount is None else amount / 100
    return row


def deposit_add(
    number: Annotated[int, typer.Argument(metavar="BID")],
    who: As,
    amount: Annotated[str | None, Yuan] = None,
    due: Due = None,
    form: Annotated[str, typer.Option("--form", metavar="|".join(bids.FORMS))] = "transfer",
) -> None:
    with engine().begin() as connection:
        money = kept.fen(amount) if amount else None
        row = bids.add_deposit(connection, who, number, amount=money, due=due_time(due), form=form)
    say(_("deposit {id}: {amount:.2f} yuan").format(id=row.id, amount=row.amount / 100))


At = Annotated[str | None, typer.Option("--at", metavar="TIME", help=_("When; else now."))]


def _step(
    number: int, who: str, step: Literal["paid", "bound", "returned"], at: str | None, version: int | None, **more: Any
) -> None:
    with engine().begin() as connection:
        bids.mark_deposit(connection, who, number, step, at=due_time(at), version=version, **more)
    say(_("kept"))


def deposit_paid(
    number: Number,
    who: As,
    form: Annotated[str | None, typer.Option("--form", metavar="|".join(bids.FORMS))] = None,
    at: At = None,
    version: Version = None,
) -> None:
    _step(number, who, "paid", at, version, form=form)


def deposit_bound(number: Number, who: As, at: At = None, version: Version = None) -> None:
    _step(number, who, "bound", at, version)


def deposit_returned(number: Number, who: As, at: At = None, version: Version = None) -> None:
    _step(number, who, "returned", at, version)


def deposit_list(
    identity: Annotated[int | None, typer.Argument(metavar="[PROJECT]")] = None, as_json: Json = False
) -> None:
    with reading(engine()) as connection:
        listed = bids.deposits_of(connection, identity) if identity else bids.deposits_out(connection)
    found = [in_yuan(dict(row._mapping), "amount") for row in listed]
    columns = ("id", "project_id", "amount_yuan", "due_at", "form", "paid_at", "bound_at", "returned_at")
    titles = (_("id"), _("project"), _("amount"), _("due"), _("form"), _("paid"), _("bound"), _("returned"))
    rows(found, columns, titles, as_json=as_json, wide="form", words={"form": FORMS})


# --- tasks ----------------------------------------------------------------------------------------------------------


def task_add(
    title: str,
    who: As,
    owner: Owner = None,
    due: Due = None,
    identity: Annotated[int | None, typer.Option("--project", metavar="PROJECT")] = None,
) -> None:
    with engine().begin() as connection:
        number = tasks.add_task(connection, who, title, owner=owner, due=due_time(due), identity=identity)
    say(_("kept as {id}").format(id=number))


def task_list(
    owner: Owner = None,
    identity: Annotated[int | None, typer.Option("--project", metavar="PROJECT")] = None,
    closed: Annotated[bool, typer.Option("--closed", help=_("The closed ones too."))] = False,
    as_json: Json = False,
) -> None:
    at = now()
    with reading(engine()) as connection:
        found = [
            vars(each) | {"late": each.state == "open" and each.due_at is not None and each.due_at < at}
            for each in tasks.tasks(connection, owner=owner, identity=identity, closed=closed)
        ]
    columns = ("id", "due_at", "late", "owner", "project_id", "title")
    titles = (_("id"), _("due"), _("late"), _("owner"), _("project"), _("task"))
    rows(found, columns, titles, as_json=as_json, wide="title")


def task_edit(
    number: Number,
    who: As,
    title: Annotated[str | None, typer.Option("--title")] = None,
    owner: Owner = None,
    due: Due = None,
    version: Version = None,
) -> None:
    with engine().begin() as connection:
        tasks.edit_task(connection, who, number, version, title=title, owner=owner, due=due_time(due))
    say(_("kept"))


def task_done(
    number: Number,
    who: As,
    feedback: Annotated[str | None, typer.Option("--feedback", metavar="TEXT")] = None,
    dropped: Annotated[bool, typer.Option("--dropped", help=_("It will not be done."))] = False,
    version: Version = None,
) -> None:
    with engine().begin() as connection:
        tasks.close_task(connection, who, number, feedback, dropped=dropped, version=version)
    say(_("kept"))
