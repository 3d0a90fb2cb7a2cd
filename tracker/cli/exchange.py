"""`ocds`: what is known in the words of the Open Contracting Data Standard, for other programs."""

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from crawler.clock import now
from tracker import ocds
from tracker.cli.common import engine
from tracker.cli.output import say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _

Projects = Annotated[
    list[int] | None,
    typer.Argument(metavar="[PROJECT…]", help=_("Their numbers; without any, every vehicle purchase.")),
]


def register(app: typer.Typer) -> None:
    app.command("ocds")(export)


def export(
    projects: Projects = None,
    what: Annotated[Literal["records", "releases"], typer.Option("--as", help=_("Which package."))] = "records",
    path: Annotated[Path | None, typer.Option("--out", metavar="FILE", help=_("Write there."))] = None,
) -> None:
    with reading(engine()) as connection:
        known = ocds.living(connection, vehicles=projects is None)
        chosen = known if projects is None else projects
        if missing := set(chosen) - set(known):
            raise Mistake(_("there is no project {id}; `chebiao projects` lists them").format(id=min(missing)))
        records = ocds.records(connection, chosen)
        content = records if what == "records" else (release for each in records for release in each["releases"])
        pieces = ocds.package(what, content, now(), f"urn:chebiao:{what}")
        if path is None:
            for piece in pieces:
                sys.stdout.write(piece)
            return
        with path.open("w", encoding="utf-8") as file:
            file.writelines(pieces)
    say(_("written: {path}").format(path=path))
