"""`checklist`: all that a complete answer to a tender needs, and how far people are with it."""

from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import As, engine
from tracker.cli.groups import ShowFirst
from tracker.cli.output import say
from tracker.cli.paper import Form, Format, Output, write
from tracker.db import reading
from tracker.i18n import _
from tracker.team import kept

checklist_app = typer.Typer(
    cls=ShowFirst,
    no_args_is_help=True,
)
Project = Annotated[int, typer.Argument(metavar="PROJECT", help=_("Its number in `chebiao projects`."))]


def register(app: typer.Typer) -> None:
    app.add_typer(checklist_app, name="checklist")
    checklist_app.command("show", help=_("As a page, PDF, Word, Excel, JSON or text."))(show)
    checklist_app.command("set", help=_("Say how a line or step stands: who has it, by when, what proves it."))(set_)


def show(project: Project, form: Form = None, output: Output = None) -> None:
    from tracker import checklist as lists  # Word and Excel are slow to import; other commands go without
    from tracker.checklist.work import refresh, stale
    from tracker.delivery.render import as_json
    from tracker.pdf import pdf

    with reading(engine()) as connection:
        waits = project in stale(connection)
    if waits:  # what came in since is told before it is shown
        with engine().begin() as connection:
            refresh(connection, project, now())
    with reading(engine()) as connection:
        found = lists.build(connection, project, now())
    write(
        form,
        output,
        {
            Format.html: lambda: lists.html(found),
            Format.pdf: lambda: pdf(lists.html(found), found.bidder),
            Format.docx: lambda: lists.word(found),
            Format.xlsx: lambda: lists.excel(found),
            Format.json: lambda: f"{as_json(found)}\n",
            Format.text: lambda: lists.text(found),
        },
    )


def set_(
    project: Project,
    items: Annotated[
        list[str], typer.Argument(metavar="ITEM…", help=_("Ids of lines or steps, as the list shows them."))
    ],
    who: As,
    status: Annotated[
        str | None, typer.Option("--status", metavar="open|doing|done|check-again|not-applicable")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", metavar="NAME")] = None,
    due: Annotated[str | None, typer.Option("--due", metavar="DAY", help=_("Another day than the plan's."))] = None,
    evidence: Annotated[
        str | None, typer.Option("--evidence", metavar="TEXT", help=_("Number, receipt, file, page that proves it."))
    ] = None,
    version: Annotated[
        int | None, typer.Option("--version", help=_("The version you looked at; another one is refused."))
    ] = None,
) -> None:
    from tracker.checklist.model import ITEM_STATUS
    from tracker.checklist.work import set_item

    for item in items:
        with engine().begin() as connection:
            row = set_item(
                connection,
                who,
                project,
                item,
                now(),
                status=status,
                owner=owner,
                due=kept.day(due) if due else None,
                evidence=evidence,
                version=version,
            )
        said = _("{item} is {status} (version {version})")
        say(said.format(item=row.item, status=ITEM_STATUS[row.status], version=row.version))
