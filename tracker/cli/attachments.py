"""`attachments`: the files a purchase names, and fetching them."""

from typing import Annotated, Any

import typer
from sqlalchemy import Row

from crawler.portals import load_portals
from tracker import attachments as files
from tracker.cli.common import Json, engine
from tracker.cli.output import err, rows, say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.projects import PROJECT


def register(app: typer.Typer) -> None:
    app.command("attachments")(attachments)


def attachments(
    project: Annotated[int, typer.Argument(metavar="PROJECT", help=_("Its number in `chebiao projects`."))],
    fetch: Annotated[bool, typer.Option("--fetch", help=_("Ask the portals for them now."))] = False,
    base_url: Annotated[
        str | None, typer.Option(help=_("A replica on loopback that stands in for the portal."))
    ] = None,
    as_json: Json = False,
) -> None:
    with engine().begin() as connection:
        living = connection.execute(PROJECT.select().where(PROJECT.c.id == project)).one_or_none()
        if living is None:
            raise Mistake(_("there is no project {id}; `chebiao projects` lists them").format(id=project))
        project = living.alias_of or project
        files.note(connection, [project])
    if fetch:
        with err.status(_("fetching")) as status:
            files.fetch_project(
                engine(), project, load_portals(), base_url=base_url, progress=lambda name: status.update(name[:60])
            )
            status.update(_("reading"))
            from tracker.documents.shelf import take_in  # what reads files is slow to import

            take_in(engine(), project)
    with reading(engine()) as connection:
        found = [_shown(row) for row in files.of_project(connection, project)]
    titles = (_("file"), _("state"), _("kind"), _("bytes"), _("fetched"), _("why"))
    rows(found, ("name", "state", "kind", "size", "fetched_at", "detail"), titles, as_json=as_json, wide="name")
    if not found:
        say(_("its notices name no files"))
    if any(row["state"] == "needs-login" for row in found):
        say(_("what needs a login is handed out by the portal to registered suppliers; fetch it there by hand"))
    if fetch and any(row["state"] in {"failed", "refused"} for row in found):
        raise typer.Exit(1)


def _shown(row: Row[Any]) -> dict[str, Any]:
    """A file with the name to show and the place where its bytes lie."""
    return dict(row._mapping) | {
        "name": files.shown_name(row),
        "path": str(files.path_of(row.hash)) if row.hash else None,
    }
