"""`read`, `classify`, `link`, `period`: the engines on files and dates, nothing stored."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from crawler.notice import Notice
from crawler.reading import read_document
from crawler.reading.files import BadInput, documents
from crawler.reading.printed import as_schema
from tracker.cli.common import Json
from tracker.cli.output import json_line, out, say
from tracker.decisions import Mistake
from tracker.i18n import _
from tracker.linking.files import link_file
from tracker.present import KINDS, METHODS, legal, rule_name
from tracker.procedures.engine import period as compute_period
from tracker.relevance import classify, classify_file
from tracker.team.kept import day

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", help=_("Pages as .html, .txt or .jsonl."))]
File = Annotated[Path, typer.Argument(metavar="FILE.jsonl")]


def register(app: typer.Typer) -> None:
    app.command("read")(read)
    app.command("classify")(classify_command)
    app.command("link")(link)
    app.command("period")(period)


def read(
    files: Files,
    explain: Annotated[bool, typer.Option("--explain", help=_("Show where each value stands."))] = False,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help=_("The same as a page."))] = None,
) -> None:
    from crawler.reading.explain import explain_html, explain_terminal

    words = {"kind": KINDS, "method": METHODS}
    bad: list[BadInput] = []
    shown: list[Notice] = []
    for file in files:
        for document in documents(file, bad.append):
            for notice in read_document(**document.arguments):
                if html is not None:
                    shown.append(notice)
                elif explain:
                    out.print(explain_terminal(notice, _, words))
                else:
                    json_line(_printed(document.id, notice))
    if html is not None:
        html.write_text(explain_html(shown, _, words), encoding="utf-8")
        say(_("written: {path}").format(path=html))
    _end(bad)


def _printed(identity: str, notice: Notice) -> dict[str, Any]:
    """The contract of a read notice; the rows of a table stand under `id#row`."""
    name = f"{identity}#{notice.key}" if notice.key else identity
    verdict = classify(notice.title, notice.text, notice=notice).vehicle_purchase
    return as_schema(notice, id=name) | {"vehicle_purchase": verdict}


def _end(bad: Sequence[object]) -> NoReturn:
    """Name what was skipped; bad input is the user's mistake, and the rest was done."""
    for problem in bad:
        say(_("skipped {problem}").format(problem=problem))
    raise typer.Exit(2 if bad else 0)


def classify_command(file: File) -> None:
    bad: list[str] = []
    classify_file(file, complain=bad.append)
    _end(bad)


def link(file: File, as_json: Json = False) -> None:
    bad: list[object] = []
    projects: dict[str, list[str]] = {}
    for row in link_file(file, bad.append):
        if as_json:
            json_line(row)
        projects.setdefault(row["project"], []).append(row["id"])
    if not as_json:
        for project, members in projects.items():
            out.print(f"{project}: {', '.join(members)}", markup=False)
    _end(bad)


def period(
    rule_id: Annotated[str, typer.Argument(metavar="RULE_ID", help=_("Such as gp.tender.notice-period."))],
    start: Annotated[str, typer.Option("--from", metavar="DATE", help=_("The day it counts from, 2026-09-28."))],
    anchor: Annotated[
        str | None, typer.Option("--anchor", metavar="MOMENT", help=_("What happened that day, if not the rule's own."))
    ] = None,
    as_json: Json = False,
) -> None:
    first = day(start)
    try:
        found = compute_period(rule_id, first, anchor=anchor)
    except ValueError as mistake:
        raise Mistake(str(mistake)) from None
    if as_json:
        json_line(found)
        return
    out.print(f"{rule_id}  {rule_name(rule_id)} ({legal(found['legal_ref'])})", markup=False)
    until, latest = found["until"], found["latest_arguable"]
    if until:
        said = f"{start} → {until}"
        if latest != until:
            said += _(" (arguable until {day})").format(day=latest)
        if found["provisional"]:
            said += _(", provisional: that year has no working-day table yet")
        out.print(said, markup=False)
    for step in found["steps"]:
        out.print(f"  {step}", markup=False)
