"""`account list|link|role|close|token`: who may use the board."""

from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import Json, config, engine
from tracker.cli.output import out, rows, say
from tracker.db import reading
from tracker.i18n import _
from tracker.team import accounts, people
from tracker.web import DEFAULT_HOST, DEFAULT_PORT

account_app = typer.Typer(no_args_is_help=True)
RoleName = Annotated[str, typer.Argument(metavar="|".join(accounts.ROLES))]


def register(app: typer.Typer) -> None:
    app.add_typer(account_app, name="account")
    account_app.command("list", help=_("Who may do what on the board."))(list_)
    account_app.command("link", help=_("A link by which a person sets a password, the first time or anew."))(link)
    account_app.command("role", help=_("Change what a person may do."))(role)
    account_app.command("close", help=_("No more access; mails stay as they are."))(close)


def list_(as_json: Json = False) -> None:
    with reading(engine()) as connection:
        found = [
            {"name": each.person.name, "role": each.role or None, "logs_in": each.has_password and each.person.active}
            for each in accounts.members(connection)
        ]
    titles = (_("name"), _("role"), _("logs in"))
    rows(found, ("name", "role", "logs_in"), titles, as_json=as_json, words={"role": accounts.NAMES})


def link(
    name: str,
    role: Annotated[str | None, typer.Option("--role", metavar="|".join(accounts.ROLES))] = None,
) -> None:
    with engine().begin() as connection:
        token = accounts.invite(connection, name, role, now())
        card = people.person(connection, name)
    board = config().public_url or f"http://{DEFAULT_HOST}:{DEFAULT_PORT}"
    hours = int(accounts.INVITATION.total_seconds() // 3600)
    said = _("give {name} this link; it works once, within {n} hours, and shows on no screen again:")
    say(said.format(name=card.name, n=hours))
    out.print(f"{board}/setup/{token}", markup=False, soft_wrap=True)


def role(name: str, new: RoleName) -> None:
    with engine().begin() as connection:
        done = accounts.set_role(connection, name, new)
    say(_("{name} is {role} now").format(name=done.person.name, role=_(accounts.NAMES[done.role])))


def close(name: str) -> None:
    with engine().begin() as connection:
        accounts.close_account(connection, name)
    say(_("{name} can no longer log in").format(name=name))
