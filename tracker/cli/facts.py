"""`project enter …`: what we know and no notice prints; each is a decision that `undo` takes back."""

from typing import Annotated, Literal

import typer

from tracker import entered
from tracker.cli.common import As, engine
from tracker.cli.lists import project_app
from tracker.cli.output import say
from tracker.decisions import Done
from tracker.i18n import _
from tracker.turns import ROUND_STEPS

enter_app = typer.Typer(no_args_is_help=True, help=_("Facts no notice prints: results, rounds, moments, terms."))

Id = Annotated[int, typer.Argument(metavar="PROJECT")]
At = Annotated[str, typer.Option("--at", metavar="TIME", help=_("2026-12-03 17:00 or 2026-12-03, Beijing."))]
Where = Annotated[str | None, typer.Option("--proceeding", metavar="KEY", help=_("Such as purchase-1; else the last."))]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help=_("Shown beside the value."))]


def register(_app: typer.Typer) -> None:
    project_app.add_typer(enter_app, name="enter")
    enter_app.command("qualification", help=_("We passed or failed it; this opens or closes the purchase."))(result)
    enter_app.command("round", help=_("A step of a round of talks and its time."))(round_)
    enter_app.command("leave", help=_("We leave the talks before the last price; the deposit comes back."))(leave)
    enter_app.command("moment", help=_("A moment a period starts at, such as challenge-received."))(moment)
    enter_app.command("nature", help=_("An emergency purchase, or a mandatory tender, or not."))(nature)
    enter_app.command("term", help=_("A term of the contract, such as the warranty bond's."))(term)


def _kept(done: Done) -> None:
    say(_("kept as decision {id}; `chebiao undo {id}` takes it back").format(id=done.id))


def result(
    identity: Id,
    outcome: Annotated[Literal["passed", "failed"], typer.Argument()],
    at: At,
    who: As,
    where: Where = None,
    note: Note = "",
) -> None:
    with engine().begin() as connection:
        passed = outcome == "passed"
        done = entered.qualification(connection, who, identity, passed=passed, at=at, where=where, note=note)
    _kept(done)


def round_(
    identity: Id,
    number: Annotated[int, typer.Argument(metavar="ROUND", min=1)],
    step: Annotated[str, typer.Argument(metavar="|".join(ROUND_STEPS))],
    at: At,
    who: As,
    where: Where = None,
    note: Note = "",
) -> None:
    with engine().begin() as connection:
        done = entered.negotiation_round(connection, who, identity, number, step, at, where=where, note=note)
    _kept(done)


def leave(identity: Id, at: At, who: As, where: Where = None, note: Note = "") -> None:
    with engine().begin() as connection:
        done = entered.leave(connection, who, identity, at, where=where, note=note)
    _kept(done)


def moment(
    identity: Id,
    name: Annotated[str, typer.Argument(metavar="MOMENT")],
    at: At,
    who: As,
    where: Where = None,
    note: Note = "",
) -> None:
    with engine().begin() as connection:
        done = entered.anchor(connection, who, identity, name, at, where=where, note=note)
    _kept(done)


def nature(
    identity: Id,
    name: Annotated[Literal["emergency", "mandatory"], typer.Argument()],
    who: As,
    holds: Annotated[bool, typer.Option("--yes/--no", help=_("Whether it is one."))] = True,
    where: Where = None,
    note: Note = "",
) -> None:
    with engine().begin() as connection:
        done = entered.nature(connection, who, identity, name, holds=holds, where=where, note=note)
    _kept(done)


def term(
    identity: Id,
    name: Annotated[str, typer.Argument(metavar="|".join(entered.KNOWN_TERMS))],
    length: Annotated[int, typer.Argument(metavar="LENGTH", min=1)],
    unit: Annotated[str, typer.Argument(metavar="|".join(entered.UNITS))],
    start: Annotated[str, typer.Option("--from", metavar="MOMENT", help=_("The moment it starts at."))],
    who: As,
    where: Where = None,
    note: Note = "",
) -> None:
    with engine().begin() as connection:
        done = entered.term(connection, who, identity, name, length, unit, start, where=where, note=note)
    _kept(done)
