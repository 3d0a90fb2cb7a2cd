"""`checklist`: all that a complete answer to a tender needs, as a page, Word, Excel, JSON or text."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from crawler.clock import now
from tracker.cli.common import engine
from tracker.cli.output import say
from tracker.db import reading
from tracker.decisions import Mistake
from tracker.i18n import _


class Format(StrEnum):
    html = "html"
    docx = "docx"
    xlsx = "xlsx"
    json = "json"
    text = "text"


BY_SUFFIX = {".html": Format.html, ".htm": Format.html, ".txt": Format.text} | {f".{each}": each for each in Format}


def register(app: typer.Typer) -> None:
    app.command("checklist", help=_("Lay out all that a complete answer needs, by whom and by when."))(checklist)


def checklist(
    project: Annotated[int, typer.Argument(metavar="PROJECT", help=_("Its number in `chebiao projects`."))],
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help=_("Without it the file's ending decides, else text.")),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help=_("Where to write; needed for docx and xlsx."))
    ] = None,
) -> None:
    chosen = form or _by_suffix(output)
    if output is None and chosen in {Format.docx, Format.xlsx}:
        raise Mistake(_("a {form} file needs a place: add --output checklist.{form}").format(form=chosen.value))
    from tracker import checklist as lists  # Word and Excel are slow to import; other commands go without
    from tracker.render import as_json

    with reading(engine()) as connection:
        found = lists.build(connection, project, now())
    match chosen:
        case Format.html:
            content = lists.html(found).encode()
        case Format.docx:
            content = lists.word(found)
        case Format.xlsx:
            content = lists.excel(found)
        case Format.json:
            content = f"{as_json(found)}\n".encode()
        case Format.text:
            content = lists.text(found).encode()
    if output is None:
        sys.stdout.write(content.decode())
        return
    output.write_bytes(content)
    say(_("written: {path}").format(path=output))


def _by_suffix(output: Path | None) -> Format:
    if output is None:
        return Format.text
    suffix = output.suffix.lower()
    if suffix not in BY_SUFFIX:
        known = ", ".join(sorted(BY_SUFFIX))
        raise Mistake(
            _("{path}: no format has this ending; use one of {known} or --format").format(path=output, known=known)
        )
    return BY_SUFFIX[suffix]
