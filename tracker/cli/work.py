"""`project track|pass|…`, `notice correct`, `undo`: what people decide; each takes `--as NAME`."""

from typing import Annotated

import typer

from tracker import decisions
from tracker.bidding import bids
from tracker.cli.bid import lock_lines
from tracker.cli.common import As, Reason, engine
from tracker.cli.lists import project_app
from tracker.cli.output import say
from tracker.i18n import _
from tracker.present import word
from tracker.words import MARKS

notice_app = typer.Typer(no_args_is_help=True)

Id = Annotated[int, typer.Argument(metavar="PROJECT")]
Undo = Annotated[bool, typer.Option("--undo", help=_("Take it back."))]


def register(app: typer.Typer) -> None:
    project_app.command("track", help=_("The team follows it and gets its changes."))(track)
    project_app.command("pass", help=_("Not for us; it sends nothing any more."))(pass_)
    project_app.command("favourite", help=_("Keep it at hand for oneself."))(favourite)
    project_app.command("judge", help=_("Say whether it buys vehicles; this wins over the rules."))(judge)
    project_app.command("merge", help=_("Two projects are one purchase."))(merge)
    project_app.command("split", help=_("This notice belongs to another purchase."))(split)
    app.add_typer(notice_app, name="notice")
    notice_app.command("correct", help=_("Correct a misread value by hand."))(correct)
    app.command("undo")(undo)


def _mark(identity: int, who: str, kind: decisions.Mark, reason: str | None, take_back: bool) -> None:
    with engine().begin() as connection:
        if take_back:
            decisions.unmark(connection, who, identity, kind)
            say(_("taken back"))
            return
        done = decisions.mark(connection, who, identity, kind, reason)
        held = bids.lock(connection, done.project_id) if kind == "track" else None
    say(
        _("project {project}: {kind} (decision {id}, `chebiao undo {id}` takes it back)").format(
            project=done.project_id, kind=word(MARKS, kind), id=done.id
        )
    )
    for line in lock_lines(held) if held else ():  # another branch is told before it begins
        say(line)


def track(identity: Id, who: As, reason: Reason = None, take_back: Undo = False) -> None:
    _mark(identity, who, "track", reason, take_back)


def pass_(identity: Id, who: As, reason: Reason = None, take_back: Undo = False) -> None:
    _mark(identity, who, "pass", reason, take_back)


def favourite(identity: Id, who: As, reason: Reason = None, take_back: Undo = False) -> None:
    _mark(identity, who, "favourite", reason, take_back)


def judge(
    identity: Id, verdict: Annotated[str, typer.Argument(metavar="yes|no|mixed")], who: As, reason: Reason = None
) -> None:
    with engine().begin() as connection:
        done = decisions.judge(connection, who, identity, verdict, reason)
    say(_("kept as decision {id}").format(id=done.id))


def merge(identity: Id, other: Annotated[int, typer.Argument(metavar="OTHER")], who: As, reason: Reason = None) -> None:
    with engine().begin() as connection:
        done = decisions.merge(connection, who, identity, other, reason)
    say(_("project {project} holds both now (decision {id})").format(project=done.project_id, id=done.id))


def split(name: Annotated[str, typer.Argument(metavar="NOTICE")], who: As, reason: Reason = None) -> None:
    with engine().begin() as connection:
        done = decisions.split(connection, who, name, reason)
        found = decisions.publication(connection, name)
    say(_("the notice stands in project {project} now (decision {id})").format(project=found.project_id, id=done[0].id))


def correct(
    name: Annotated[str, typer.Argument(metavar="NOTICE", help=_("Its id or portal/key."))],
    field: Annotated[str, typer.Argument(help=_("Such as bid_deadline."))],
    value: Annotated[str, typer.Argument(help=_("Such as “2026-12-03 09:30”; empty: there is none."))],
    who: As,
    reason: Annotated[str, typer.Option("--reason", help=_("Why; shown beside the value."))],
    lot: Annotated[str, typer.Option("--lot")] = "",
) -> None:
    with engine().begin() as connection:
        decisions.correct(connection, who, name, field, value or None, reason, lot)
    say(_("corrected; if the page changes, both values will be shown"))


def undo(decision: Annotated[int, typer.Argument(metavar="DECISION")], who: As) -> None:
    with engine().begin() as connection:
        decisions.undo(connection, who, decision)
    say(_("taken back"))
