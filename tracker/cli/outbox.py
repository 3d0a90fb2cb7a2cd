"""`deliveries`: what was to be told to whom and how it went; `deliveries resend`; `ack`: a reminder has been seen."""

from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import As, Json, Limit, engine
from tracker.cli.output import rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.delivery import outbox
from tracker.i18n import _
from tracker.reminders import acknowledge_project
from tracker.words import DELIVERIES, EVENTS

deliveries_app = typer.Typer(invoke_without_command=True)


def register(app: typer.Typer) -> None:
    app.add_typer(deliveries_app, name="deliveries")
    deliveries_app.callback()(show)
    deliveries_app.command("resend", help=_("Send what did not arrive again, or try now what waits."))(resend)
    app.command("ack")(ack)


def show(
    context: typer.Context,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="|".join(outbox.STATES), help=_("Those in this state; may be repeated.")),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help=_("Those sent and called off too."))] = False,
    who: Annotated[str | None, typer.Option("--for", metavar="NAME", help=_("Of this person."))] = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    if context.invoked_subcommand:
        return
    states = outbox.STATES if everything else tuple(state or outbox.OPEN)
    with reading(engine()) as connection:
        found = [vars(each) for each in outbox.letters(connection, states=states, who=who, limit=limit)]
    columns = ("id", "person", "what", "about", "tells", "state", "next_at", "reason")
    titles = (_("id"), _("person"), _("what"), _("about"), _("tells"), _("state"), _("next try"), _("reason"))
    count = rows(
        found,
        columns,
        titles,
        as_json=as_json,
        wide="about reason",
        words={"state": DELIVERIES, "what": EVENTS | DELIVERIES},
    )
    if not count and not as_json:
        say(_("nothing waits and nothing is lost") if states == outbox.OPEN else _("nothing of this kind"))


def resend(
    who: As,
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[NUMBER]...")] = None,
    dead: Annotated[bool, typer.Option("--dead", help=_("Everything that did not arrive."))] = False,
) -> None:
    with engine().begin() as connection:
        wanted = list(numbers or ())
        if dead:
            wanted += [each.id for each in outbox.letters(connection, states=("dead",), limit=10_000)]
        if not wanted:
            raise Mistake(_("name a number of `chebiao deliveries`, or --dead"))
        for number in dict.fromkeys(wanted):
            outbox.resend(connection, who, number, now())
    say(_("{count} will be sent again by `chebiao serve`, or now by `chebiao digest --send`").format(count=len(wanted)))


def ack(identities: Annotated[list[int], typer.Argument(metavar="PROJECT...")], who: As) -> None:
    with engine().begin() as connection:
        for identity in dict.fromkeys(identities):
            done = acknowledge_project(connection, who, identity)
            say(
                _("project {project}: seen (decision {id}, `chebiao undo {id}` takes it back)").format(
                    project=done.project_id, id=done.id
                )
            )
