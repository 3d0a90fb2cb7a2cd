"""`notice add`: a notice that came by phone, by WeChat or on paper."""

import sys
from pathlib import Path
from typing import Annotated, get_args

import typer

from tracker import manual
from tracker.cli.common import As, Json, engine
from tracker.cli.output import json_line, say
from tracker.cli.work import notice_app
from tracker.decisions import Mistake
from tracker.i18n import _


def register(_app: typer.Typer) -> None:
    notice_app.command("add", help=_("Add one by hand: an address, a file, pasted text (-), or field by field."))(add)


def add(
    who: As,
    source: Annotated[
        str | None, typer.Argument(metavar="[URL|FILE|-]", help=_("- reads pasted text from standard input."))
    ] = None,
    title: Annotated[str, typer.Option("--title", metavar="TEXT")] = "",
    buyer: Annotated[str, typer.Option("--buyer", metavar="NAME")] = "",
    number: Annotated[str, typer.Option("--number", metavar="NUMBER", help=_("The project's number."))] = "",
    deadline: Annotated[str, typer.Option("--deadline", metavar="TIME", help=_("2026-12-03 09:30, Beijing."))] = "",
    budget: Annotated[str, typer.Option("--budget", metavar="YUAN", help=_("Such as 2550000 or 255万."))] = "",
    published: Annotated[
        str, typer.Option("--published", metavar="DAY", help=_("When it was published, such as 2026-12-03."))
    ] = "",
    form: Annotated[str, typer.Option("--form", metavar="|".join(manual.TITLES))] = "open",
    note: Annotated[str, typer.Option("--note", metavar="TEXT", help=_("How you know of it."))] = "",
    base_url: Annotated[str | None, typer.Option("--base-url", hidden=True)] = None,
    as_json: Json = False,
) -> None:
    known = next((each for each in get_args(manual.Form) if each == form), None)
    if known is None:
        raise Mistake(_("{form!r} is no form; write one of: {known}").format(form=form, known=", ".join(manual.TITLES)))
    if source is None:
        page = manual.from_fields(
            title, buyer=buyer, number=number, deadline=deadline, budget=budget, form=known, published=published
        )
    elif buyer or number or deadline or budget:
        raise Mistake(_("give either an address, a file or text, or the fields"))
    elif source == "-":
        page = manual.from_text(sys.stdin.read(), title, published)
    elif source.startswith(("http://", "https://")):
        if title or published:
            raise Mistake(_("a page says itself how it is called and when it was published; leave those options out"))
        page = manual.from_url(engine(), source, base_url=base_url)
    else:
        page = manual.from_file(Path(source), title, published)
    for each in manual.add_notice(engine(), who, page, note):
        if as_json:
            json_line({"id": each.publication_id, "project": each.project_id})
        else:
            said = _("notice {id} stands in project {project}")
            say(said.format(id=each.publication_id, project=each.project_id))
    if manual.TOLD in page.row.facts:
        say(_("its day of publishing is not known: periods count from today; --published DAY corrects it"))
