"""`serve`, `doctor`, `backup`, `restore`, `forget`, `reprocess`, `db`, `calendar`: running it and keeping it well."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from tracker import db, keeping, settings
from tracker.cli.common import config, engine
from tracker.cli.output import err, out, say
from tracker.decisions import Mistake
from tracker.doctor import examine
from tracker.i18n import _
from tracker.service import logs
from tracker.service.serve import ROLES
from tracker.service.supervise import Supervisor, Wish, work
from tracker.workdays import import_year

db_app = typer.Typer(no_args_is_help=True)
calendar_app = typer.Typer(no_args_is_help=True)
SIGNS = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "fault": "[red]✗[/]"}


def register(app: typer.Typer) -> None:
    app.command("serve")(serve)
    app.command("doctor")(doctor)
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("forget")(forget)
    app.command("reprocess")(reprocess)
    app.add_typer(db_app, name="db")
    db_app.command("upgrade", help=_("Bring the database to this version."))(upgrade)
    app.add_typer(calendar_app, name="calendar")
    calendar_app.command("import", help=_("Add or replace the table of one year."))(import_calendar)


def serve(
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(ROLES), help=_("Only this part, in this process; may be repeated.")),
    ] = None,
    host: Annotated[str | None, typer.Option(help=_("Where the board listens; this machine alone by default."))] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help=_("The board's port; 0 takes a free one."))] = None,
    base_url: Annotated[
        str | None, typer.Option(help=_("A replica on loopback that stands in for the portals."))
    ] = None,
    log_json: Annotated[bool, typer.Option("--log-json", "--json-logs", help=_("Log lines as JSON."))] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v")] = False,
) -> None:
    unknown = sorted(set(only or ()) - set(ROLES))
    if unknown:
        raise Mistake(_("there is no part {name!r}; there is: {known}").format(name=unknown[0], known=", ".join(ROLES)))
    wish = Wish(base_url, host, port, verbose, log_json)
    if only:
        work(tuple(dict.fromkeys(only)), wish)
        return
    logs.start(config(), verbose=verbose, as_json=log_json)
    db.open_database(settings.database_url(config())).dispose()  # upgraded once, before several processes use it
    raise typer.Exit(Supervisor(wish).run())


def doctor(
    mail: Annotated[str | None, typer.Option("--mail", metavar="ADDRESS", help=_("Send a test mail there."))] = None,
    offline: Annotated[bool, typer.Option("--offline", help=_("Do not look at the portals."))] = False,
) -> None:
    faults = 0
    for finding in examine(test_mail=mail, look_at_portals=not offline):
        faults += finding.level == "fault"
        out.print(f"{SIGNS[finding.level]} ", end="")
        out.print(f"{finding.what}", markup=False)
        if finding.fix:
            out.print(f"    → {finding.fix}", markup=False)
    raise typer.Exit(1 if faults else 0)


def backup(file: Annotated[Path, typer.Argument(metavar="FILE")]) -> None:
    with err.status(_("copying")):
        count = keeping.backup(engine(), file)
    say(_("{count} rows in {file}").format(count=count, file=file))


def restore(file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]) -> None:
    with err.status(_("restoring")):
        count = keeping.restore(engine(), file)
    say(_("{count} rows restored").format(count=count))


def forget(words: Annotated[str, typer.Argument(metavar="PERSON-OR-PHONE")]) -> None:
    with err.status(_("blanking")):
        done = keeping.forget(engine(), words)
    said = _("blanked in {pages} pages, {readings} readings, {projects} projects; it stays in force")
    say(said.format(pages=done.pages, readings=done.readings, projects=done.projects))


def reprocess(
    dry_run: Annotated[bool, typer.Option("--dry-run", help=_("Only show what would change."))] = False,
) -> None:
    with Progress(console=err, transient=True) as progress:
        task = progress.add_task(_("reading"), total=None)
        done = keeping.reprocess(engine(), lambda count: progress.update(task, completed=count), apply=not dry_run)
    say(_("{publications} notices read anew, {changed} changed").format(**vars(done)))
    for name, count in done.fields.most_common():
        say(f"  {count:6d}  {name}")
    for where, change in done.examples:
        out.print(f"{where} {change['field']}: {change['before']} → {change['after']}", markup=False)


def upgrade() -> None:
    target = db.connect(settings.database_url(config()))
    db.upgrade(target)
    say(_("the database is at revision {revision}").format(revision=db.revision(target)))


def import_calendar(file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)]) -> None:
    table = import_year(file)
    say(_("working days of {year} are known now").format(year=table.year))
