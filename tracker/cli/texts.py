"""`read`, `classify`, `link`, `period`: the engines on files and dates, nothing stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from crawler.notice import Notice
from crawler.reading.explain import explain_html, explain_terminal
from crawler.reading.files import Document, Fault, documents
from crawler.reading.printed import as_schema
from tracker.cli.common import Json
from tracker.cli.output import json_line, out, say
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.linking import link_file
from tracker.procedures import period as compute_period
from tracker.relevance import classify, classify_file

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("Pages as .html, .txt or .jsonl."))]
File = Annotated[Path, typer.Argument(metavar="FILE.jsonl")]


def register(app: typer.Typer) -> None:
    app.command("read", help=_("Read notices from files and print what they say, one JSON object a line."))(read)
    app.command("classify", help=_("Say which titles buy vehicles, and why."))(classify_command)
    app.command("link", help=_("Say which notices belong together; nothing is stored."))(link)
    app.command("period", help=_("Compute one legal period, step by step."))(period)


def read(
    files: Files,
    explain: Annotated[bool, typer.Option("--explain", help=_("Show where each value stands."))] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help=_("The same as a page."))] = None,
) -> None:
    faults = 0
    pages: list[str] = []
    for file in files:
        for found in documents(file):
            if isinstance(found, Fault):
                faults += 1
                say(f"chebiao: {found}")
                continue
            for identity, notice in _notices(found):
                if html is not None:
                    pages.append(explain_html(notice))
                elif explain:
                    out.print(explain_terminal(notice))
                else:
                    verdict = classify(notice.title, notice.text, notice=notice).vehicle_purchase
                    json_line(as_schema(notice, id=identity) | {"vehicle_purchase": verdict})
    if html is not None:
        html.write_text("\n".join(pages), encoding="utf-8")
        say(_("written: {path}").format(path=html))
    raise typer.Exit(2 if faults else 0)


def _notices(document: Document) -> Iterator[tuple[str, Notice]]:
    """The notices of a document under its id; the rows of a table under `id#row`."""
    for notice in document.read():
        yield (f"{document.id}#{notice.key}" if notice.key else document.id), notice


def classify_command(file: File) -> None:
    faults = 0
    for row in classify_file(file):
        if "error" in row:
            faults += 1
            say(f"chebiao: {row['error']}")
        else:
            json_line(row)
    raise typer.Exit(2 if faults else 0)


def link(file: File, as_json: Json = False) -> None:
    faults = 0
    found: list[dict[str, Any]] = []
    for row in link_file(file):
        if "error" in row:
            faults += 1
            say(f"chebiao: {row['error']}")
        elif as_json:
            json_line(row)
        else:
            found.append(row)
    groups: dict[str, list[str]] = {}
    for row in found:
        groups.setdefault(row["project"], []).append(row["id"])
    for project, members in groups.items():
        out.print(f"{project}: {', '.join(members)}", markup=False)
    raise typer.Exit(2 if faults else 0)


def period(
    rule_id: Annotated[str, typer.Argument(metavar="RULE_ID", help=_("Such as gp.notice.period."))],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help=_("The day it counts from, 2026-09-28."))],
    as_json: Json = False,
) -> None:
    try:
        found = compute_period(rule_id, start)
    except ValueError as mistake:
        raise Mistake(str(mistake)) from None
    if as_json:
        json_line(found)
        return
    for name, value in found.items():
        out.print(f"{name}: {value}", markup=False)
