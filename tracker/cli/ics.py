"""`ics export|link|revoke`: the dates of tracked projects for calendar programs."""

from pathlib import Path
from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import config, engine
from tracker.cli.output import say
from tracker.db import reading
from tracker.delivery import ics
from tracker.i18n import _
from tracker.team.people import person

ics_app = typer.Typer(no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="PERSON")]


def register(app: typer.Typer) -> None:
    app.add_typer(ics_app, name="ics")
    ics_app.command("export", help=_("What a person follows, as an .ics file."))(export)
    ics_app.command("link", help=_("A new secret address of a person's calendar; the one before ends."))(link)
    ics_app.command("revoke", help=_("End the address of a person's calendar."))(revoke)


def export(name: Name, output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE")] = None) -> None:
    with reading(engine()) as connection:
        content = ics.feed(connection, person(connection, name).id, now(), config())
    if output is None:
        typer.echo(content, nl=False)
        return
    output.write_bytes(content)
    say(_("written: {path}").format(path=output))


def link(name: Name) -> None:
    with engine().begin() as connection:
        address = ics.new_address(connection, person(connection, name).id, now(), config())
    if not config().public_url:
        say(_("public_url is not set: put the board's address before this path"))
    typer.echo(address)
    say(_("Whoever has it sees the dates; it is shown this once. A calendar program fetches changes late: no alarm."))


def revoke(name: Name) -> None:
    with engine().begin() as connection:
        ended = ics.end_addresses(connection, person(connection, name).id, now())
    say(_("{count} addresses of {name} have ended").format(count=ended, name=name))
