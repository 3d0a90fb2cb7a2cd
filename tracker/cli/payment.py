"""`project payment`: what a buyer owes us for a bid we won."""

from typing import Annotated

import typer

from tracker.bidding import payments
from tracker.cli.common import As, Json, engine
from tracker.cli.lists import project_app
from tracker.cli.output import rows, say
from tracker.cli.team import At, Due, Number, Version, Yuan, due_time, in_yuan
from tracker.db import reading
from tracker.i18n import _
from tracker.team import kept

payment_app = typer.Typer(no_args_is_help=True, help=_("Payments of bids we won: due, received."))


def register(_app: typer.Typer) -> None:
    project_app.add_typer(payment_app, name="payment")
    payment_app.command("add", help=_("Note an instalment; without a day the contract's or the law's counts."))(add)
    payment_app.command("received", help=_("The money has come."))(received)
    payment_app.command("move", help=_("Give it another day."))(move)
    payment_app.command("list", help=_("Those of a project, or all that have not come."))(show)


def add(
    number: Annotated[int, typer.Argument(metavar="BID")],
    who: As,
    amount: Annotated[str, Yuan],
    due: Due = None,
    name: Annotated[str, typer.Option("--name", help=_("Which instalment, such as 到货款."))] = "",
) -> None:
    with engine().begin() as connection:
        row = payments.add_payment(connection, who, number, kept.fen(amount), due=due_time(due), name=name)
    say(_("payment {id}: {amount:.2f} yuan").format(id=row.id, amount=row.amount / 100))


def received(number: Number, who: As, at: At = None, version: Version = None) -> None:
    with engine().begin() as connection:
        payments.receive_payment(connection, who, number, at=due_time(at), version=version)
    say(_("kept"))


def move(number: Number, due: Annotated[str, typer.Argument(metavar="TIME")], who: As, version: Version = None) -> None:
    with engine().begin() as connection:
        payments.move_payment(connection, who, number, kept.instant(due), version)
    say(_("kept"))


def show(identity: Annotated[int | None, typer.Argument(metavar="[PROJECT]")] = None, as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [in_yuan(dict(row._mapping), "amount") for row in payments.payments(connection, identity)]
    columns = ("id", "project_id", "bid_id", "name", "amount_yuan", "due_at", "received_at")
    titles = (_("id"), _("project"), _("bid"), _("name"), _("amount"), _("due"), _("received"))
    rows(found, columns, titles, as_json=as_json, wide="name")
