"""Where a page, a Word file, a workbook or a PDF goes: to a file whose ending tells the format, or to stdout."""

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.output import say
from tracker.decisions import Mistake
from tracker.i18n import _


class Format(StrEnum):
    html = "html"
    pdf = "pdf"
    docx = "docx"
    xlsx = "xlsx"
    json = "json"
    text = "text"


BINARY = {Format.pdf, Format.docx, Format.xlsx}
BY_SUFFIX = {".html": Format.html, ".htm": Format.html, ".txt": Format.text} | {f".{each}": each for each in Format}

Form = Annotated[
    Format | None, typer.Option("--format", "-f", help=_("Without it the file's ending decides, else text."))
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="FILE", help=_("Where to write; needed for pdf, docx and xlsx.")),
]
Makers = Mapping[Format, Callable[[], str | bytes]]
"""How each format is made; only the one that is asked for is."""


def chosen(form: Format | None, output: Path | None, known: Makers) -> Format:
    """The format that is meant. Raises Mistake naming those there are."""
    found = form or _by_suffix(output, known)
    if found not in known:
        raise Mistake(
            _("there is no {form} of this; there is: {known}").format(form=found.value, known=", ".join(known))
        )
    if output is None and found in BINARY:
        raise Mistake(
            _("a {form} file needs a place: add --output {name}.{form}").format(form=found.value, name=_("file"))
        )
    return found


def write(form: Format | None, output: Path | None, makers: Makers) -> None:
    """Make the one that is meant and put it where it belongs. Raises Mistake."""
    made = makers[chosen(form, output, makers)]()
    content = made.encode() if isinstance(made, str) else made
    if output is None:
        sys.stdout.write(content.decode())
        return
    output.write_bytes(content)
    say(_("written: {path}").format(path=output))


def _by_suffix(output: Path | None, known: Makers) -> Format:
    if output is None:
        return Format.text
    suffix = output.suffix.lower()
    if suffix not in BY_SUFFIX:
        endings = ", ".join(sorted(ending for ending, form in BY_SUFFIX.items() if form in known))
        raise Mistake(
            _("{path}: no format has this ending; use one of {known} or --format").format(path=output, known=endings)
        )
    return BY_SUFFIX[suffix]
