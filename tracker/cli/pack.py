"""`pack week|month`: the team's report, on screen or as the workbook that the mail brings along."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import typer

from crawler.clock import now, today
from tracker.cli.common import config, engine
from tracker.cli.output import say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.delivery.render import render_pack
from tracker.i18n import _, language
from tracker.packs import Pack, PackKind, compose_pack, period_before
from tracker.packs.workbook import workbook
from tracker.team import kept

PERIODS: dict[str, PackKind] = {"week": "weekly", "month": "monthly"}
FORMATS = (".xlsx", ".html", ".txt", ".json")
Form = Literal["week", "month"]


def register(app: typer.Typer) -> None:
    app.command("pack")(pack)


def pack(
    period: Annotated[Form, typer.Argument(metavar="week|month")],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help=_("Excel, HTML, text or JSON by its ending; else on screen.")),
    ] = None,
    before: Annotated[
        str | None,
        typer.Option("--before", metavar="DAY", help=_("The last one that was over on that day; else today.")),
    ] = None,
) -> None:
    if out is not None and out.suffix.lower() not in FORMATS:
        raise Mistake(
            _("{name} is no report; end it with one of {known}").format(name=out.name, known=", ".join(FORMATS))
        )
    day: date = kept.day(before) if before else today()
    with reading(engine()) as connection:
        found = compose_pack(connection, period_before(PERIODS[period], day), now())
    with language(config().language):
        content = _content(found, out.suffix.lower() if out is not None else ".txt")
    if out is None:
        typer.echo(content.decode())
    else:
        out.write_bytes(content)
        say(_("written: {path}").format(path=out))


def _content(found: Pack, suffix: str) -> bytes:
    if suffix == ".xlsx":
        return workbook(found)
    page = render_pack(found, board=config().public_url)
    return {".html": page.html, ".txt": page.text, ".json": page.json}[suffix].encode()
